"""Two people, or two tabs: what somebody has changed since a page was opened is not replaced unseen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.site.conftest import Browser, Client
from tests.site.sittings.conftest import AT, PLAIN, UNIT, file, hidden, upload

SCALED = b"slope: 2\nintercept: %d\npoints: 4\n"
LIST = b"candidate_id,name,room,seat\n000%d,A,R1,1\n"
ODD = b"who;what;a;b;c;d\n0001;A;A;B;C;D\n"
CHANGED = "the record has changed since you opened the page"


@pytest.fixture
def other(exam: Path, browser: Browser) -> Client:
    return browser("psychometrician", UNIT)


def refused(answer: Any) -> str:
    page: str = answer.content.decode()
    assert answer.status_code == 422
    assert CHANGED in page
    return page


def test_a_conversion_replaces_only_the_one_that_was_seen(
    grader: Client, sitting: Path, other: Client
) -> None:
    def gave(client: Client, intercept: int, opened: dict[str, str]) -> Any:
        sent = {"kind": "scaled", "given": [file("f.yaml", SCALED % intercept)]}
        return client.post(f"{AT}/rules/", {**opened, **sent})

    opened, away = hidden(grader.get(f"{AT}/rules/")), f"{AT}/rules/remove/"
    assert gave(other, 1, opened).status_code == 302
    asked = gave(grader, 2, opened)
    assert '<td class="number">1</td>' in refused(asked), "what stands there now is shown"
    assert gave(grader, 2, hidden(asked)).status_code == 302
    seen = hidden(grader.get(f"{AT}/rules/"), away)
    assert gave(other, 3, hidden(other.get(f"{AT}/rules/"))).status_code == 302
    refused(grader.post(away, seen))
    assert (sitting / "scaled.yaml").read_bytes() == SCALED % 3
    assert grader.post(away, hidden(grader.get(f"{AT}/rules/"), away)).status_code == 302


def test_what_is_said_of_files_replaces_only_what_was_seen(
    grader: Client, sitting: Path, browser: Browser
) -> None:
    second, reading, columns = browser("grader", UNIT), f"{AT}/answers/reading/", f"{AT}/answers/columns/1/"
    upload(grader, ("odd.csv", ODD), ("plain.csv", PLAIN))
    page = grader.get(f"{AT}/answers/")
    opened = hidden(page, reading)
    assert second.post(reading, {**opened, "encoding": "cp874"}).status_code == 302
    refused(grader.post(reading, {**opened, "delimiter": "semicolon"}))
    again = hidden(grader.get(f"{AT}/answers/"), reading)
    assert grader.post(reading, {**again, "delimiter": ""}).status_code == 302

    said = {"column0": "candidate_id", "column1": "form", **{f"column{n + 1}": str(n) for n in range(1, 5)}}
    sent = {**hidden(grader.get(columns)), **said, "save": "1"}
    assert second.post(columns, sent).status_code == 302
    asked = grader.post(columns, {**sent, "column1": "", "form_is": "B"})
    assert '<option value="B" selected>' in refused(asked), "what was chosen stands in the fields"
    assert grader.page(columns).count(" selected>question ") == 4, "what was said is shown again"
    upload(second, ("a.csv", PLAIN))  # odd.csv is the second file now
    assert grader.post(columns, {**hidden(asked), **said, "save": "1"}).status_code == 302
    assert "odd.csv" in (sitting / "columns.yaml").read_text("utf-8")

    stale = re.findall(r'name="seen" value="(.*?)"', page.content.decode())
    newer = ("plain.csv", PLAIN + b"0004,A,A,A,A,A\n")
    assert upload(second, newer, replace="on", seen=stale).status_code == 302
    asked = upload(grader, ("plain.csv", PLAIN), replace="on", seen=stale)
    assert "another file of this name was added" in asked.content.decode()
    assert b"0004" in (sitting / "answers/plain.csv").read_bytes()
    away = {"name": "plain.csv", "seen": hidden(page, f"{AT}/answers/remove/")["seen"]}
    assert grader.post(f"{AT}/answers/remove/", away).status_code == 422
    assert (sitting / "answers/plain.csv").exists()


def test_a_list_replaces_only_the_roster_that_was_seen(grader: Client, sitting: Path) -> None:
    address, room = f"{AT}/roster/list/", f"{AT}/roster/1/"
    opened = hidden(grader.get(address))
    assert grader.post(address, {**opened, "given": [file("list.csv", LIST % 1)]}).status_code == 302
    asked = grader.post(address, {**opened, "given": [file("list.csv", LIST % 2)]})
    refused(asked)
    assert b"0001" in (sitting / "roster.csv").read_bytes()
    seen = hidden(grader.get(room))["seen"]
    assert grader.post(room, {"seen": seen}).status_code == 302
    sent = {**hidden(asked), "given": [file("list.csv", LIST % 2)]}
    assert grader.post(address, sent).status_code == 302, "who came changes no list"
    assert b"0002" in (sitting / "roster.csv").read_bytes()
