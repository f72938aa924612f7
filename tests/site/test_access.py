"""Every page × every role: what the table says is what is answered; no page is without its line."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.urls import URLPattern, URLResolver, get_resolver

from examgen.site.access import PAGES, Access
from tests.site.conftest import UNIT, Client

OTHERS_OWN = ("accounts/",)
"""Addresses of allauth, which asks for an account where one is needed."""
NOBODYS = "00000000-0000-0000-0000-000000000000"
NAMED: dict[str, Any] = {
    "unit": UNIT,
    "exam": "no-such-exam",
    "opening": "00000000-0000-0000-0000-000000000000",
    "job": NOBODYS,
    "document": NOBODYS,
}
"""What stands for the names of an address; an int where it asks for a number."""


def pages(patterns: Any = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every address of the site with its view."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from pages(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            yield route, one.callback


def address(route: str) -> str:
    """An address of that route."""
    return "/" + "/".join(filled(part) if part.startswith("<") else part for part in route.split("/"))


def filled(part: str) -> str:
    kind, _, name = part.strip("<>").rpartition(":")
    return str(NAMED.get(name, {"int": 1, "uuid": NOBODYS}.get(kind, "none")))


OURS = [(route, view) for route, view in pages() if not route.startswith(OTHERS_OWN)]


def test_every_page_says_who_may_open_it() -> None:
    without = [route for route, view in OURS if not isinstance(getattr(view, "access", None), Access)]
    assert without == []
    assert len(OURS) > 3


def test_what_was_sent_after_the_session_leads_back_to_its_form(served: Path, db: None) -> None:
    client, form = Client(), f"/bank/{UNIT}/new/?from=x"
    sent = client.post(f"/bank/{UNIT}/import/", headers={"referer": f"http://testserver{form}"})
    assert parse_qs(urlsplit(sent.headers["location"]).query) == {"next": [form], "unsent": ["1"]}
    assert "ระบบจึงยังไม่ได้รับสิ่งที่ส่ง" in client.page(sent.headers["location"])
    elsewhere = client.post(f"/bank/{UNIT}/import/", headers={"referer": "http://evil.example/"})
    assert parse_qs(urlsplit(elsewhere.headers["location"]).query)["next"] == [f"/bank/{UNIT}/import/"]
    part = {"HX-Request": "true"}
    asked, given = client.get("/", headers=part), client.post(f"/bank/{UNIT}/import/", headers=part)
    assert (asked.status_code, asked.headers.get("HX-Refresh")) == (401, "true")
    assert (given.status_code, given.headers.get("HX-Refresh")) == (401, None), "what is written stays"


def test_nothing_is_put_around_a_view_that_is_already_a_page() -> None:
    """A decorator above `allowed` would not apply to the page, which is the view as `allowed` made it."""
    views = {page.callback for page in PAGES}
    own = [page for page in PAGES if page.callback.__module__.startswith("examgen.")]
    assert len(own) > 150
    for page in own:
        assert getattr(import_module(page.callback.__module__), page.callback.__name__) in views, page.name
