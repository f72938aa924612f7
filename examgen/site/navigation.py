"""The navigation at the top of every page, for the roles of the user."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from django.http import HttpRequest

from examgen.core.words import tell
from examgen.site.access import readers
from examgen.site.accounts.models import Role, grants_of
from examgen.site.body import brand
from examgen.site.handbook import own_page
from examgen.site.language import address, said
from examgen.site.requests import this_page


class Entry(NamedTuple):
    """A page in the menu: its label, its URL name, and the roles that may open it but do not see it in the
    menu."""

    words: str
    name: str
    seldom: Collection[Role] = ()

    def is_for(self, roles: Collection[Role]) -> bool:
        """Returns whether a user with these roles has it in the menu."""
        return not readers(address(self.name)).difference(self.seldom).isdisjoint(roles)


HOME = "home"
PLACES = (
    Entry(tell("Home"), HOME),
    Entry(tell("Standards"), "standards"),
    Entry(tell("Item bank"), "bank"),
    Entry(tell("Reviews"), "reviews"),
    Entry(tell("Blueprints"), "blueprints"),
    Entry(tell("Exams"), "exams"),
    Entry(tell("Analyses"), "analyses", {Role.GRADER}),
    Entry(tell("Certificates"), "certificates"),
    Entry(tell("Jobs"), "jobs"),
    Entry(tell("People"), "people", {Role.AUDITOR}),
    Entry(tell("Certification body"), "body", {Role.AUDITOR}),
    Entry(tell("Record"), "record"),
)
UNSENT = tell(
    "You were no longer signed in: what you sent has not been taken. Sign in, then send it once more."
)


def context(request: HttpRequest) -> dict[str, Any]:
    """Returns the context that the frame of every page needs."""
    user = getattr(request, "user", None)
    is_in = user is not None and user.is_authenticated
    held = {one.role for one in grants_of(user)} if is_in else set()
    places = [
        {
            "words": said(one.words),
            "address": address(one.name),
            "is_here": is_here(request.path, one.name),
        }
        for one in PLACES
        if one.is_for(held)
    ]
    was_not_taken = said(UNSENT) if request.GET.get("unsent") else ""
    verify = {"words": said(tell("Verify a report or a certificate")), "address": address("verify")}
    return {
        "places": places,
        "help": own_page(user) if is_in else address("handbook"),
        "handbook": said(tell("Handbook")),
        "verify": verify,
        "brand": brand(),
        "this_page": this_page(request),
        "was_not_taken": was_not_taken,
        "user_language": "th" if any("\u0e00" <= letter <= "\u0e7f" for letter in str(user)) else "en",
    }


def is_here(path: str, name: str) -> bool:
    """Returns whether the path is the page with that URL name, or below it."""
    steps = path.split("/")
    if steps[1:3] == ["reviews", "exam"]:  # of an exam, as its trail says
        return name == "exams"
    place = address(name)
    return path == place or (place != "/" and path.startswith(place))
