"""The roster by room: uploaded, recorded by invigilators, taken by the scoring, its ledger shown."""

from __future__ import annotations

import re
from pathlib import Path

from examgen.site.audit.models import Entry
from tests.site.conftest import Browser, Client
from tests.site.sittings.conftest import AT, PLAIN, UNIT, file, hidden, scored, upload
from tests.sittings import table

LIST = (
    "candidate_id,name,room,seat\n0001,<script>alert(1)</script>,ห้อง 1,1\n0002,=สมหญิง,ห้อง 1,2\n"
    "0003,สมศักดิ์,ห้อง 2,1\n0004,สมปอง,ห้อง 2,2\n"
).encode()


def given(client: Client) -> None:
    assert client.post(f"{AT}/roster/list/", {"given": [file("list.csv", LIST)]}).status_code == 302


def state(client: Client, room: int) -> str:
    page = client.page(f"{AT}/roster/{room}/")
    return page.split('name="seen" value="')[1].split('"')[0]


def test_who_came_is_recorded_and_scored_with(
    grader: Client, exam: Path, sitting: Path, browser: Browser
) -> None:
    given(grader)
    invigilator = browser("invigilator", UNIT)
    page = invigilator.page(f"{AT}/roster/1/")
    assert "=สมหญิง" in page
    assert "<script>alert" not in page
    assert page.count('type="checkbox" name="absent"') == 2, "one tick each, none of them set"
    assert " checked" not in page
    said = {"absent": ["0004", "0001"]}  # somebody of another room is not of this one
    assert invigilator.post(f"{AT}/roster/2/", {"seen": state(invigilator, 2), **said}).status_code == 302
    kept = {row["candidate_id"]: row["status"] for row in table(sitting / "roster.csv")}
    assert kept == {"0001": "", "0002": "", "0003": "present", "0004": "absent"}
    upload(grader, ("north.csv", PLAIN))
    assert scored(grader).state == "done"
    ledger = {row["name"]: row for row in table(exam / "results/ledger.csv") if row["by"] == "room"}
    assert (ledger["ห้อง 2"]["present"], ledger["ห้อง 2"]["absent"]) == ("1", "1")
    page = grader.page(f"{AT}/roster/")
    assert "registered = came + absent" in page
    assert "Nobody recorded whether 2 candidates came" in page
    assert "Ledger of run" not in invigilator.page(f"{AT}/roster/")


def test_who_is_scored_and_not_on_the_roster_is_in_the_ledger(grader: Client, exam: Path) -> None:
    others = LIST.replace(b"000", b"900").replace(b"9002", b"0002")
    assert grader.post(f"{AT}/roster/list/", {"given": [file("list.csv", others)]}).status_code == 302
    upload(grader, ("north.csv", PLAIN))
    assert grader.post(f"{AT}/answers/reading/", {"unlisted": "score"}).status_code == 302
    scored(grader)
    for address in (f"{AT}/runs/1/", f"{AT}/roster/"):
        page = grader.page(address)
        assert "Not on the list, but scored" in page
        assert "Absent, but scored" not in page
        assert "Nobody recorded who came: these numbers count rows of answers, not attendance." in page
        assert "registered = with a row + without a row" in page
        assert "3 scored = 1 who came + 0 who are recorded as absent + 2 who are not on the list" in page, (
            address
        )
    assert "3 rows read = 3 scored" in grader.page(f"{AT}/runs/1/")


def test_everybody_came_but_a_few_in_all_rooms_at_once(
    grader: Client, sitting: Path, browser: Browser
) -> None:
    """What was recorded before stays; who recorded something meanwhile is not passed over."""
    given(grader)
    one, other = browser("invigilator", UNIT), browser("invigilator", UNIT)
    assert f'href="{AT}/roster/all/"' in one.page(f"{AT}/roster/")
    late = hidden(other.get(f"{AT}/roster/all/"))
    assert one.post(f"{AT}/roster/1/", {"seen": state(one, 1), "absent": "0001"}).status_code == 302
    answer = other.post(f"{AT}/roster/all/", {**late, "absent": ["0002", "0003"]})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert re.findall('name="absent" value="(.*?)"( checked)?', page) == [("0003", " checked"), ("0004", "")]
    now = hidden(other.get(f"{AT}/roster/all/"))
    assert other.post(f"{AT}/roster/all/", {**now, "absent": ["0001", "0003"]}).status_code == 302
    assert [row["status"] for row in table(sitting / "roster.csv")] == [
        "absent",
        "present",
        "absent",
        "present",
    ]
    entry = Entry.objects.filter(what="roster.record").latest("number")
    assert (entry.detail["present"], entry.detail["absent"]) == (1, 1)
    assert f'href="{AT}/roster/all/"' not in one.page(f"{AT}/roster/")
    assert one.post(f"{AT}/roster/2/", {"seen": state(one, 2), "clear": "1"}).status_code == 302
    assert [row["status"] for row in table(sitting / "roster.csv")] == ["absent", "present", "", ""]
    assert browser("approver", UNIT).get(f"{AT}/roster/all/").status_code == 403
    assert browser("auditor").post(f"{AT}/roster/all/", now).status_code == 403


def test_the_second_in_a_room_sees_the_first(grader: Client, sitting: Path, browser: Browser) -> None:
    given(grader)
    one, other = browser("invigilator", UNIT), browser("invigilator", UNIT)
    was = state(other, 1)
    one.post(f"{AT}/roster/1/", {"seen": was})
    answer = other.post(f"{AT}/roster/1/", {"seen": was, "absent": "0001"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Recorded now" in page
    assert 'name="absent" value="0001" checked' in page
    assert [row["status"] for row in table(sitting / "roster.csv")][:2] == ["present", "present"]


def test_a_list_anew_keeps_who_came_and_a_faulty_one_changes_nothing(grader: Client, sitting: Path) -> None:
    given(grader)
    said = {"absent": "0004"}
    grader.post(f"{AT}/roster/2/", {"seen": state(grader, 2), **said})
    twice = LIST + "0001,ซ้ำ,ห้อง 1,9\n".encode()
    address = f"{AT}/roster/list/"
    answer = grader.post(address, {"given": [file("list.csv", twice)]})
    assert answer.status_code == 422
    assert b"is on lines" in answer.content
    anew = file("list.csv", LIST + "0005,ใหม่,ห้อง 3,1\n".encode())
    grader.post(address, {**hidden(grader.get(address)), "given": [anew]})
    kept = {row["candidate_id"]: row["status"] for row in table(sitting / "roster.csv")}
    assert kept == {"0001": "", "0002": "", "0003": "present", "0004": "absent", "0005": ""}


def test_rooms_of_two_centres_are_recorded_apart(grader: Client, exam: Path, sitting: Path) -> None:
    text = LIST.decode().replace("room,seat", "room,seat,ศูนย์สอบ").replace("ห้อง 2", "ห้อง 1")
    lines = [f"{line},{('', 'เหนือ', 'เหนือ', 'ใต้', 'ใต้')[n]}" for n, line in enumerate(text.splitlines())]
    lines[0] = lines[0].removesuffix(",")
    data = "\n".join(lines).encode()
    assert grader.post(f"{AT}/roster/list/", {"given": [file("list.csv", data)]}).status_code == 302
    page = grader.page(f"{AT}/roster/")
    assert "เหนือ – ห้อง 1" in page
    assert "ใต้ – ห้อง 1" in page
    said = {"absent": "0003"}
    assert grader.post(f"{AT}/roster/2/", {"seen": state(grader, 2), **said}).status_code == 302
    kept = table(sitting / "roster.csv")
    assert [(row["centre"], row["room"], row["status"]) for row in kept] == [
        ("เหนือ", "ห้อง 1", ""),
        ("เหนือ", "ห้อง 1", ""),
        ("ใต้", "ห้อง 1", "absent"),
        ("ใต้", "ห้อง 1", "present"),
    ]
    upload(grader, ("north.csv", PLAIN))
    assert scored(grader).state == "done"
    ledger = [row["name"] for row in table(exam / "results/ledger.csv") if row["by"] == "room"]
    assert ledger == ["เหนือ – ห้อง 1", "ใต้ – ห้อง 1"]
