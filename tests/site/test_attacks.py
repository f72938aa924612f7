"""The whole site attacked at once: every address without its token, kept by a browser, in parts, by others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings

from examgen.site.accounts.models import Role
from tests.site.conftest import OTHER, PASSWORD, UNIT, Browser, Client
from tests.site.test_access import OURS, address

TAKES_ANYBODY = {"verify/"}
"""What asks for no token: it changes nothing and knows nobody."""
ALL = ",".join(role for role in Role.values if role != Role.AUDITOR)


def test_no_address_hears_a_post_without_its_token_not_even_as_htmx(served: Path, person: Any) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(person(ALL))
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    for route, _ in OURS:
        for headers in (
            {"HX-Request": "true", "HX-Target": "main"},
            {"X-CSRFToken": "b" * 32, "Origin": "https://evil.example"},
        ):
            answer = client.post(address(route), {"csrfmiddlewaretoken": "c" * 32}, headers=headers)
            assert (answer.status_code == 403) is (route not in TAKES_ANYBODY), route


def test_no_page_for_somebody_is_kept_by_a_browser_or_given_in_parts(served: Path, browser: Browser) -> None:
    client = browser(ALL)
    client.raise_request_exception = False
    found = 0
    for route, _ in OURS:
        answer = client.get(address(route), headers={"Range": "bytes=0-9"})
        answer.close()
        found += answer.status_code == 200
        assert answer.status_code != 206, route
        assert "no-store" in answer.headers.get("Cache-Control", ""), route
        if answer.headers.get("Content-Type", "").startswith(("text/csv", "application/")):
            kind = answer.headers.get("Content-Disposition", "")
            assert kind.startswith("attachment") or route in ("health/",), route
    assert found > 20


def test_a_blueprint_of_another_unit_tells_nothing_of_it(workspace: Path, browser: Browser) -> None:
    """The address names one's own unit, the text that is sent another's."""
    mine = browser("assembler", UNIT)
    name = next(path.stem for path in (workspace / "item_bank" / UNIT / "blueprints").glob("*.yaml"))
    text = (workspace / "item_bank" / UNIT / "blueprints" / f"{name}.yaml").read_text("utf-8")
    for sent in (text.replace(UNIT, OTHER), f"{text}\nunits: [{UNIT}, {OTHER}]\n"):
        page = mine.post(f"/blueprints/{UNIT}/{name}/draft/", {"text": sent, "from": "text", "was": "{}"})
        body = page.content.decode()
        items = (workspace / "item_bank" / OTHER / "items").glob("*.yaml")
        stems = [line for path in items for line in path.read_text("utf-8").splitlines() if "stem:" in line]
        assert stems
        assert not any(line.split("stem:", 1)[1].strip()[:40] in body for line in stems if len(line) > 60)
        assert 'class="counts"' not in body
        saved = mine.post(f"/blueprints/{UNIT}/{name}/", {"text": sent, "save": "1", "was": "{}"})
        assert saved.status_code in {409, 422}
    nested = mine.post(
        f"/blueprints/{UNIT}/{name}/draft/", {"text": text, "from": "form", "was": "[" * 100_000}
    )
    assert nested.status_code < 500


def test_an_opening_is_not_granted_by_a_second_session_of_its_asker(
    served: Path, person: Any, browser: Browser
) -> None:
    from examgen.site.openings.models import Opening

    user = person("assembler", name="wit")
    opening = Opening.objects.create(exam="x", fingerprint="0" * 64, files={"a": "b"}, reason="r", by=user)
    for _ in range(2):
        client = browser(user=user)
        answer = client.post(f"/exams/x/openings/{opening.pk}/answer/", {"answer": "grant"})
        assert answer.status_code in {403, 404, 422}
    opening.refresh_from_db()
    assert not opening.is_granted


def test_a_forged_name_stays_one_line(workspace: Path, browser: Browser, capfd: Any) -> None:
    admin = browser("administrator")
    evil = '=cmd|"/c calc"!A1\r\n{"level": "forged"}'
    admin.post("/people/", {"username": "eve", "name": evil})
    admin.post("/people/", {"username": "eve\r\nadmin", "name": "Eve"})
    from examgen.site.accounts.models import User

    assert not User.objects.filter(username__contains="\n").exists()
    assert not any("\n" in one or "\r" in one for one in User.objects.values_list("name", flat=True))
    rows = b"".join(admin.get("/record/record.csv?about=eve")).decode().splitlines()  # type: ignore[call-overload]
    assert all(not cell.startswith(("=", "+", "@")) for row in rows[1:] for cell in row.split(","))
    assert PASSWORD not in "".join(rows)
    assert settings.DEBUG is False
