"""The roster by room: uploaded, recorded by invigilators, taken by the scoring, its ledger shown."""

from __future__ import annotations

from pathlib import Path

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
    said = {"candidate-0": "0003", "status-0": "present", "candidate-1": "0004", "status-1": "absent"}
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
        assert "Not on the roster, but scored" in page
        assert "Absent, but scored" not in page
        assert "Nobody recorded who came: these numbers count rows of answers, not attendance." in page
        assert "registered = with a row + without a row" in page
        assert "3 scored = 1 who came + 0 who are recorded as absent + 2 who are not on the roster" in page, (
            address
        )
    assert "3 rows read = 3 scored" in grader.page(f"{AT}/runs/1/")


def test_the_second_in_a_room_sees_the_first(grader: Client, sitting: Path, browser: Browser) -> None:
    given(grader)
    one, other = browser("invigilator", UNIT), browser("invigilator", UNIT)
    was = state(other, 1)
    said = {"candidate-0": "0001", "candidate-1": "0002"}
    one.post(f"{AT}/roster/1/", {"seen": was, **said, "status-0": "present", "status-1": "present"})
    answer = other.post(f"{AT}/roster/1/", {"seen": was, **said, "status-0": "absent", "status-1": "present"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Recorded now" in page
    assert 'name="status-0" value="absent" checked' in page
    assert [row["status"] for row in table(sitting / "roster.csv")][:2] == ["present", "present"]


def test_a_list_anew_keeps_who_came_and_a_faulty_one_changes_nothing(grader: Client, sitting: Path) -> None:
    given(grader)
    said = {"candidate-0": "0003", "status-0": "present", "candidate-1": "0004", "status-1": "absent"}
    grader.post(f"{AT}/roster/2/", {"seen": state(grader, 2), **said})
    twice = LIST + "0001,ซ้ำ,ห้อง 1,9\n".encode()
    address = f"{AT}/roster/list/"
    answer = grader.post(address, {"given": [file("list.csv", twice)]})
    assert answer.status_code == 422
    assert b"stands on lines" in answer.content
    anew = file("list.csv", LIST + "0005,ใหม่,ห้อง 3,1\n".encode())
    grader.post(address, {**hidden(grader.get(address)), "given": [anew]})
    kept = {row["candidate_id"]: row["status"] for row in table(sitting / "roster.csv")}
    assert kept == {"0001": "", "0002": "", "0003": "present", "0004": "absent", "0005": ""}


def test_what_a_list_says_of_organisations_is_kept(grader: Client, sitting: Path) -> None:
    lines = [f"{line},{('สังกัด', 'ก', '', '=ข', 'ก')[n]}" for n, line in enumerate(LIST.decode().splitlines())]
    data = "\n".join(lines).encode()
    assert grader.post(f"{AT}/roster/list/", {"given": [file("list.csv", data)]}).status_code == 302
    said = {"candidate-0": "0003", "status-0": "present"}
    assert grader.post(f"{AT}/roster/2/", {"seen": state(grader, 2), **said}).status_code == 302
    kept = table(sitting / "roster.csv")
    assert [row["organisation"] for row in kept] == ["ก", "", "'=ข", "ก"]
    assert [row["status"] for row in kept] == ["", "", "present", ""]


def test_rooms_of_two_centres_are_recorded_apart(grader: Client, exam: Path, sitting: Path) -> None:
    text = LIST.decode().replace("room,seat", "room,seat,ศูนย์สอบ").replace("ห้อง 2", "ห้อง 1")
    lines = [f"{line},{('', 'เหนือ', 'เหนือ', 'ใต้', 'ใต้')[n]}" for n, line in enumerate(text.splitlines())]
    lines[0] = lines[0].removesuffix(",")
    data = "\n".join(lines).encode()
    assert grader.post(f"{AT}/roster/list/", {"given": [file("list.csv", data)]}).status_code == 302
    page = grader.page(f"{AT}/roster/")
    assert "เหนือ – ห้อง 1" in page
    assert "ใต้ – ห้อง 1" in page
    said = {"candidate-0": "0003", "status-0": "absent", "candidate-1": "0004", "status-1": "present"}
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
