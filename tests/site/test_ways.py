"""Nobody is shown a way that ends in a refusal: as each role every page is opened, and whatever links and
forms it has are followed and sent."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from examgen.site.accounts.models import Role, User
from examgen.site.jobs.models import Job, State
from tests.samples import write_unit
from tests.site.conftest import Client, Make, name_of
from tests.site.lived import EVERY_ROLE, happened, signed_in
from tests.site.sittings.conftest import UNIT, stated

ENDING = {"account_logout", "sessions-end", "sessions-end-all"}
"""Forms that end the session with which the others are sent."""
OF_EACH = {"job": 20}
"""Pages that are opened of a kind, of others two."""


class Ways(HTMLParser):
    """Where the links of a page lead to, and where its forms are sent."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.here = address
        self.links: list[str] = []
        self.sent: list[str] = []
        self._form: tuple[str, str] | None = None
        self._is_off = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [self._whole(one) for name in ("href", "hx-get") if (one := given.get(name))]
        if one := given.get("hx-post"):
            self.sent.append(self._whole(one))
        if tag == "form":
            self._form = given.get("method") or "get", self._whole(given.get("action") or self.here)
        if tag == "fieldset" and "disabled" in given:
            self._is_off += 1
        if tag == "button" and self._form and self._form[0] == "post" and not self._is_off:
            self.sent.append(self._whole(given.get("formaction") or self._form[1]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "fieldset" and self._is_off:
            self._is_off -= 1

    def _whole(self, link: str) -> str:
        return self.here.partition("?")[0] + link if link[0] == "?" else link.partition("#")[0]


def refused_ways(client: Client, *first: str) -> tuple[list[str], set[str]]:
    """The ways that end in a refusal, or nowhere, each with the page that has it; and the kinds of pages."""
    n_of: Counter[str] = Counter()
    todo, known, found = [(one, "") for one in first], {*first}, []
    sent: dict[str, str] = {}
    while todo:
        address, whence = todo.pop(0)
        answer = client.get(address)
        if answer.status_code in (403, 404, 405, 500):
            found.append(f"{address} ({answer.status_code}) on {whence}")
        elif answer.headers.get("content-type", "").startswith("text/html") and answer.status_code == 200:
            ways = Ways(address)
            ways.feed(answer.content.decode())
            for form in ways.sent:
                sent.setdefault(form, address)
            for link in ways.links:
                name = name_of(link)
                if (
                    link[:1] == "/"
                    and link not in known
                    and not link.startswith("/static/")
                    and n_of[name] < OF_EACH.get(name, 2)
                ):
                    n_of[name] += 1
                    known.add(link)
                    todo.append((link, address))
        answer.close()
    kinds = Counter[str]()
    for address, whence in sent.items():
        name = name_of(address)
        kinds[name] += 1
        if name in ENDING or kinds[name] > 2:
            continue
        answer = client.post(address)
        if answer.status_code in (403, 404, 405, 500):
            found.append(f"{address} ({answer.status_code}, sent) on {whence}")
        answer.close()
    return found, {name_of(one) for one in known}


@pytest.fixture
def lived(site: Path, person: Make) -> Path:
    """The site once things have happened in it."""
    write_unit(site / "item_bank", code="T-2")
    stated(person)
    happened(*(signed_in(person, EVERY_ROLE, name) for name in ("1001", "1002")))
    by = User.objects.get(username="1001")
    for kind, place in (("bank-take", f"/bank/{UNIT}/"),):
        Job.objects.create(kind=kind, about=UNIT, state=State.DONE, by=by, result={"address": place})
    return site


@pytest.mark.long("every link of every role; guards.test_rights tries every page for each role")
def test_whatever_a_role_is_shown_it_may_do(lived: Path, person: Make) -> None:
    found: dict[str, list[str]] = {}
    opened: dict[str, set[str]] = {}
    for role in Role.values:
        client = signed_in(person, role, f"as-{role}", "" if role in ("auditor", "administrator") else UNIT)
        found[role], opened[role] = refused_ways(client, "/")
    assert not any(found.values()), "\n".join(
        f"{role}: {one}" for role, some in found.items() for one in some
    )
    assert {"answers", "corrections", "results", "bank-unit", "papers", "record"} <= opened["auditor"]
    assert {"bank-item", "bank-new"} <= opened["writer"]
    assert {"answers", "row", "proposal"} <= opened["grader"]
