"""Two people, or two tabs: what somebody has changed since a page was opened is not replaced unseen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from examgen.site.audit.models import Entry
from examgen.site.uploads import all_kept
from tests.site.conftest import Browser, Client
from tests.site.sittings.conftest import AT, EXAM, PLAIN, UNIT, file, hidden, upload

SCALED = b"slope: 2\nintercept: %d\npoints: 4\n"
LIST = b"candidate_id,name,room,seat\n000%d,A,R1,1\n"
ODD = b"who;what;a;b;c;d\n0001;A;A;B;C;D\n"


def gave(client: Client, intercept: int, opened: dict[str, str]) -> Any:
    sent = {"kind": "scaled", "given": [file("f.yaml", SCALED % intercept)]}
    return client.post(f"{AT}/rules/", {**opened, **sent})


@pytest.fixture
def other(exam: Path, browser: Browser) -> Client:
    return browser("psychometrician", UNIT)


def test_a_conversion_replaces_only_the_one_that_was_seen(
    grader: Client, sitting: Path, other: Client
) -> None:
    opened = hidden(grader.get(f"{AT}/rules/"))
    assert gave(other, 1, opened).status_code == 302
    asked = gave(grader, 2, opened)
    assert asked.status_code == 409
    who = Entry.objects.filter(what="rules.give").get().who
    for words in (f"It was คุณ{who}, ", '<td class="number">1</td>', "Your file f.yaml was not lost"):
        assert words in asked.content.decode(), words
    assert (sitting / "scaled.yaml").read_bytes() == SCALED % 1
    waits = hidden(asked)
    assert other.post(f"{AT}/rules/", waits).status_code == 404, "it is another's file"
    assert grader.post(f"{AT}/rules/", waits).status_code == 302
    assert (sitting / "scaled.yaml").read_bytes() == SCALED % 2
    away = f"{AT}/rules/remove/"
    seen = hidden(grader.get(f"{AT}/rules/"), away)
    assert gave(other, 3, hidden(other.get(f"{AT}/rules/"))).status_code == 302
    assert "Nothing was taken away" in grader.post(away, seen).content.decode()
    (sitting / "scaled.yaml").write_bytes(SCALED % 4)
    asked = gave(grader, 5, seen)
    assert "by a command or by hand" in asked.content.decode()
    assert grader.post(f"{AT}/rules/", {**hidden(asked), "drop": "1"}).status_code == 302
    assert (sitting / "scaled.yaml").read_bytes() == SCALED % 4
    assert grader.post(away, hidden(grader.get(f"{AT}/rules/"), away)).status_code == 302
    names = {one.who for one in Entry.objects.filter(what__startswith="rules.")}
    assert [all_kept(name, f"{EXAM} rules") for name in names] == [[], []]


def test_what_is_said_of_files_replaces_only_what_was_seen(
    grader: Client, sitting: Path, browser: Browser
) -> None:
    second = browser("grader", UNIT)
    upload(grader, ("odd.csv", ODD), ("plain.csv", PLAIN))
    page = grader.get(f"{AT}/answers/")
    reading = f"{AT}/answers/reading/"
    opened = hidden(page, reading)
    assert second.post(reading, {**opened, "encoding": "cp874"}).status_code == 302
    asked = grader.post(reading, {**opened, "delimiter": "semicolon"})
    assert asked.status_code == 409
    assert "<dd>CP874 (TIS-620)</dd>" in asked.content.decode()
    assert '<option value="semicolon" selected>' in asked.content.decode()
    assert grader.post(reading, {**hidden(asked, reading), "delimiter": ""}).status_code == 302

    columns = f"{AT}/answers/columns/1/"
    before = hidden(grader.get(columns))
    said = {"column0": "candidate_id", "column1": "form", **{f"column{n + 1}": str(n) for n in range(1, 5)}}
    sent = {**before, **said, "save": "1"}
    assert second.post(columns, sent).status_code == 302
    asked = grader.post(columns, {**sent, "column1": "", "form_is": "B"})
    assert asked.status_code == 409
    assert "<td>question 4</td>" in asked.content.decode()
    assert '<option value="B" selected>' in asked.content.decode()
    assert grader.page(columns).count(" selected>question ") == 4, "what was said is shown again"
    upload(second, ("a.csv", PLAIN))  # odd.csv is the second file now
    assert grader.post(columns, {**hidden(asked), **said, "save": "1"}).status_code == 302
    assert "odd.csv" in (sitting / "columns.yaml").read_text("utf-8")

    stale = re.findall(r'name="seen" value="(.*?)"', page.content.decode())
    assert (
        upload(second, ("plain.csv", PLAIN + b"0004,A,A,A,A,A\n"), replace="on", seen=stale).status_code
        == 302
    )
    asked = upload(grader, ("plain.csv", PLAIN), replace="on", seen=stale)
    assert "another file of this name was added" in asked.content.decode()
    assert b"0004" in (sitting / "answers/plain.csv").read_bytes()
    away = {"name": "plain.csv", "seen": hidden(page, f"{AT}/answers/remove/")["seen"]}
    assert grader.post(f"{AT}/answers/remove/", away).status_code == 422
    assert (sitting / "answers/plain.csv").exists()


def test_a_list_replaces_only_the_roster_that_was_seen(
    grader: Client, sitting: Path, browser: Browser
) -> None:
    address = f"{AT}/roster/list/"
    opened = hidden(grader.get(address))
    for n in (1, 2):
        asked = grader.post(address, {**opened, "given": [file("list.csv", LIST % n)]})
    assert asked.status_code == 409
    assert "R1: 1 person" in asked.content.decode()
    room = f"{AT}/roster/1/"
    seen = hidden(grader.get(room))["seen"]
    assert grader.post(room, {"seen": seen, "candidate-0": "0001", "status-0": "present"}).status_code == 302
    assert grader.post(address, hidden(asked)).status_code == 302, "who came changes no list"
    assert b"0002" in (sitting / "roster.csv").read_bytes()
