"""Every page × every role: what the table says is what is answered; no page is without its line."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib import auth
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, get_resolver

from examgen.site.access import Access
from examgen.site.accounts.roles import Role
from tests.effort import some
from tests.site.conftest import OTHER, UNIT, Browser, Client

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


@pytest.fixture(autouse=True)
def _without_lines_of_refusals() -> Iterator[None]:
    """Each of thousands of refusals would be a line of the log, with a trace; what these say, test_security
    tells."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


OURS = [(route, view) for route, view in pages() if not route.startswith(OTHERS_OWN)]


def test_every_page_says_who_may_open_it() -> None:
    without = [route for route, view in OURS if not isinstance(getattr(view, "access", None), Access)]
    assert without == []
    assert len(OURS) > 3


@pytest.fixture
def known(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions that need no database, and who has signed in read from it once for a test, not once for each of
    thousands of requests: which page asks whom is tried here, how people are known in test_door."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    read, users = auth.get_user, {}

    def user(request: HttpRequest) -> Any:
        cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if cookie not in users:
            users[cookie] = read(request)
        return users[cookie]

    monkeypatch.setattr(auth, "get_user", user)


def asked(client: Client, method: str, route: str) -> int:
    client.raise_request_exception = False
    return client.generic(method, address(route)).status_code


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_an_account_other_pages_ask_to_sign_in(served: Path, db: None, method: str) -> None:
    client = Client()
    for route, view in OURS:
        client.cookies.clear()
        answer = client.generic(method, address(route))
        is_asked = answer.status_code == 302 and "/accounts/login/" in answer.headers["location"]
        assert is_asked is not view.access.is_public, route


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


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("unit", some([UNIT, "", OTHER], 1))
def test_a_page_is_refused_to_every_role_that_its_line_does_not_name(
    served: Path, known: None, browser: Browser, role: str, unit: str
) -> None:
    client = browser(role, unit)
    for method in ("GET", "POST"):
        for route, view in OURS:
            access = view.access
            holds = role in access.roles(method)
            if role == Role.AUDITOR and method == "POST":
                holds = holds and access.write == frozenset(Role)
            if access.within == "unit":
                holds = holds and unit in {"", NAMED["unit"]}
            if access.within == "exam":  # there is none: whoever has the role for all units is told so
                holds = holds and unit == ""
            answer = asked(client, method, route)
            if access.is_public or holds:
                assert answer != 403, (role, unit, method, route)
            else:
                assert answer == 403, (role, unit, method, route, answer)


def test_nobody_opens_anything_with_no_role(served: Path, browser: Browser) -> None:
    client = browser("")
    for route, view in OURS:
        if not view.access.is_public and view.access.write != frozenset(Role):
            assert asked(client, "GET", route) == 403, route
