"""What ordinary use does not do: too many requests, values that no form offers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import ResolverMatch, reverse

from examgen.core.problems import Refused, WrongUsage
from examgen.site import abuse, demo
from examgen.site.jobs import queue
from examgen.site.jobs.models import Job
from tests.site.conftest import UNIT, Browser, Client
from tests.site.test_access import pages

# ── how often ────────────────────────────────────────────────────────────────────────────────


def test_costly_pages_are_there() -> None:
    names = {match.name for match in _all_names()}
    assert set(abuse.COSTLY) <= names


def _all_names() -> Iterator[Any]:
    from django.urls import URLPattern, get_resolver

    def below(patterns: Any) -> Iterator[Any]:
        for one in patterns:
            if isinstance(one, URLPattern):
                yield one
            else:
                yield from below(one.url_patterns)

    assert [*pages()]
    yield from below(get_resolver().url_patterns)


def test_nobody_asks_for_more_than_a_person_can_look_at(
    served: Path, person: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SITE = settings.SITE._replace(is_demo=False)
    one, two = person("administrator", name="anna"), person("auditor", name="arun")
    limits = abuse.Limits(lambda request: None)  # type: ignore[arg-type, return-value]
    monkeypatch.setattr(abuse.time, "time", lambda: 6_000_000_000.0)

    def asked(user: Any, page: str) -> int:
        request = RequestFactory().get("/")
        request.user, request.session = user, {}  # type: ignore[assignment]
        request._messages = ()  # type: ignore[attr-defined]
        request.csp_nonce = ""  # type: ignore[attr-defined]
        request.resolver_match = ResolverMatch(lambda: None, (), {}, page)
        answer = limits.process_view(request)
        return answer.status_code if answer is not None else 200

    costly = [asked(one, "record-csv") for _ in range(abuse.COSTLY["record-csv"] + 2)]
    assert costly == [200] * abuse.COSTLY["record-csv"] + [429, 429]
    assert asked(one, "home") == 200, "other pages are still there"
    assert asked(two, "record-csv") == 200, "and for others that one, too"
    rest = [asked(one, "home") for _ in range(abuse.MOST_PAGES)]
    assert rest[0] == 200
    assert rest[-1] == 429
    assert asked(one, "account_logout") == 200
    monkeypatch.setattr(abuse.time, "time", lambda: 6_000_000_060.0)
    assert asked(one, "record-csv") == 200, "a minute later it goes on"


def test_one_person_does_not_fill_the_queue(served: Path, person: Any) -> None:
    user, other = person("writer", name="wit"), person("writer", name="win")
    for _ in range(queue.MOST_WAITING):
        queue.ask("bank-check", UNIT, user, unit=UNIT)
    with pytest.raises(Refused, match="wait already"):
        queue.ask("bank-check", UNIT, user, unit=UNIT)
    queue.ask("bank-check", UNIT, other, unit=UNIT)
    assert Job.objects.count() == queue.MOST_WAITING + 1


# ── values that no form offers ───────────────────────────────────────────────────────────────


def test_what_no_form_offers_is_logged_without_what_was_sent(
    served: Path, browser: Browser, person: Any, caplog: pytest.LogCaptureFixture
) -> None:
    admin, user = browser("administrator"), person("", name="wit")
    with caplog.at_level(logging.WARNING, "examgen.access"):
        admin.post(f"/people/{user.pk}/", {"role": "superuser", "unit": "../etc"})
        admin.post("/people/", {"username": "ordinary mistake!", "name": ""})
    found = [one for one in caplog.records if one.name == "examgen.access"]
    assert [one.getMessage() for one in found] == ["a form refused what it does not offer: role, unit"]
    assert (found[0].page, found[0].user) == ("person", int(admin.session["_auth_user_id"]))  # type: ignore[attr-defined]
    assert not user.grants.exists()


# ── what the site says of itself ─────────────────────────────────────────────────────────────


def said(workspace: Path, text: str) -> None:
    (workspace / "examgen.yaml").write_text(text, "utf-8")


def test_security_txt_names_whom_to_tell(workspace: Path, db: None) -> None:
    assert reverse("security-txt") == "/.well-known/security.txt"
    assert Client().get("/.well-known/security.txt").status_code == 404
    said(workspace, "site: {security_contact: 'mailto:security@body.example'}")
    answer = Client().get("/.well-known/security.txt")
    lines = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert lines["Contact"] == "mailto:security@body.example"
    assert {"Expires", "Canonical"} <= {*lines}


def test_a_demo_is_served_of_a_workspace_of_a_demo_alone(workspace: Path) -> None:
    with pytest.raises(WrongUsage, match="not of a demo"):
        demo.make_workspace(workspace, print)
    (workspace / ".examgen-web" / demo.PASSWORD).write_text("x", "ascii")
    demo.make_workspace(workspace, print)
