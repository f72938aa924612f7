"""The pages of the site: each view says its address, its name and who may open it; a test goes through every
page with every role.

    @allowed("bank/<str:unit>/<str:item>/", "bank-item", read=BANK, write={Role.WRITER})
    def item(request, unit, item): ...

Reading is GET and HEAD; anything else is writing. A role is asked for in the unit that the address names, or
in every unit of the exam that it names. An auditor reads whatever is not `secret` and
writes nothing, whatever other roles he has been given: those do not hold (`grants_of`). No page says
whether what somebody may not see is there: a person without the role gets 403 for what is there and for what
is not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache, wraps
from typing import Any, Literal, NamedTuple, TypeVar

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.urls import URLPattern, path, resolve

from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.site.accounts.roles import EVERYBODY, Role, grants_of, is_auditor
from examgen.site.requests import this_page, wants_part
from examgen.site.workspace import units_of_exam

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
Within = Literal["site", "unit", "exam"]
READING = {"GET", "HEAD", "OPTIONS"}


class Access(NamedTuple):
    """What a page asks of who opens it; no roles at all: nobody may."""

    read: frozenset[Role]
    write: frozenset[Role]
    within: Within
    is_secret: bool
    is_public: bool
    post_only: bool = False

    def roles(self, method: str) -> frozenset[Role]:
        """The roles of which one must be held for a request of that method."""
        if method not in READING:
            return self.write
        return self.read if self.is_secret else self.read | {Role.AUDITOR}


PAGES: list[URLPattern] = []
"""The pages of all modules that have been loaded."""


def allowed(
    route: str,
    name: str,
    read: Collection[Role] = (),
    write: Collection[Role] = (),
    secret: bool = False,
    post_only: bool = False,
    is_fresh: bool = False,
) -> Callable[[View], View]:
    """A view for the roles named; `secret` keeps auditors out, too. Who writes may read; a view
    that is `post_only` has no page, and `is_fresh` is that of `fresh`."""
    within: Within = "exam" if "<str:exam>" in route else "unit" if "<str:unit>" in route else "site"
    access = Access(frozenset(read) | frozenset(write), frozenset(write), within, secret, False, post_only)
    return lambda view: _page(route, name, fresh(view) if is_fresh else view, access)


def public(route: str, name: str) -> Callable[[View], View]:
    """A view for everybody, also without an account."""
    return lambda view: _page(route, name, view, Access(frozenset(), frozenset(), "site", False, True))


def signed_in(route: str, name: str) -> Callable[[View], View]:
    """A view for everybody who has an account."""
    return lambda view: _page(route, name, view, Access(EVERYBODY, EVERYBODY, "site", False, False))


def fresh(view: View) -> View:
    """A view that writes only for who has said his password or second factor in the last ten minutes; what
    was sent waits for that. A demo asks nobody."""
    asks: Callable[[View], View] = reauthentication_required(
        allow_get=True, enabled=lambda request: not settings.SITE.is_demo
    )
    return asks(view)


def _page(route: str, name: str, view: View, access: Access) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not access.is_public:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            check(request, access, kwargs)
        if access.post_only and request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return view(request, *args, **kwargs)

    guarded.access = access  # type: ignore[attr-defined]
    PAGES.append(path(route, guarded, name=name))
    return guarded  # type: ignore[return-value]


def _to_sign_in(request: Any) -> HttpResponseBase:
    """The way to the door and back; where something was sent, the door says that it was not taken. Of a part
    of a page, which has no room for a door, the whole page goes there; what is being written stays."""
    if wants_part(request):
        headers = {"HX-Refresh": "true"} if request.method in READING else None
        return HttpResponse(status=401, headers=headers)
    answer = redirect_to_login(this_page(request))
    if request.method not in READING:
        answer.headers["location"] += "&unsent=1"
    return answer


def check(request: HttpRequest, access: Access, named: dict[str, Any]) -> None:
    """Raises PermissionDenied unless who asks has one of the roles where the address asks for it."""
    check_user(request.user, request.method or "POST", access, named)


def check_user(user: Any, method: str, access: Access, named: dict[str, Any]) -> None:
    """The same of somebody and a method."""
    roles = access.roles(method)
    if access.is_public or access.write == EVERYBODY:
        return
    if method not in READING and is_auditor(user):
        raise PermissionDenied
    if access.within == "site":
        if not any(one.role in roles for one in grants_of(user)):
            raise PermissionDenied
        return
    units = {named["unit"]} if access.within == "unit" else units_of_exam(named["exam"])
    if not may(user, roles, units):
        raise PermissionDenied
    if units is None:
        raise Http404


@cache
def readers(address: str) -> frozenset[Role]:
    """The roles that may open the page of that address, in a unit or in all."""
    access: Access = resolve(address).func.access  # type: ignore[attr-defined]
    return access.roles("GET")


def opens(user: Any, address: str) -> bool:
    """Whether the page of that address is open to somebody: no link is shown that ends in a refusal."""
    try:
        found = resolve(address.partition("?")[0])
        check_user(user, "GET", found.func.access, found.kwargs)  # type: ignore[attr-defined]
    except (Http404, PermissionDenied):
        return False
    return True


def may(user: Any, roles: Collection[Role], units: Collection[str] | None) -> bool:
    """Whether somebody has, for each unit, one of the roles; None is units that nobody knows."""
    held = [one.unit for one in grants_of(user) if one.role in roles]
    return "" in held or (bool(units) and all(unit in held for unit in units or ()))


def check_still(user: Any, roles: Collection[Role], units: Collection[str] | None) -> None:
    """Refuses work that somebody asked for who has none of the roles any more when it is done."""
    if not may(user, roles, units):
        raise Refused(tell("you may no longer do this: the role that it asks for was taken from you"))


def units_for(user: Any, roles: Collection[Role]) -> set[str] | None:
    """The units in which somebody has one of the roles; None where it is all of them."""
    held = {one.unit for one in grants_of(user) if one.role in roles}
    return None if "" in held else held
