"""The pages of appeals and complaints: the record that the command keeps, by those whose it is."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from examgen.scoring.releases import release
from examgen.scoring.score import score
from examgen.scoring.sitting_folder import sitting_of
from examgen.site.audit.models import Entry
from examgen.sitting.cases import states
from examgen.sitting.taking import take, understood
from tests.scanning import drawn_sheets
from tests.site.conftest import Browser, Client, Make, point
from tests.site.sittings.conftest import AT, EXAM, file, stated

PAGE = f"{AT}/cases/"
UNIT = "T-1"
OPEN = {"kind": "appeal", "candidate": "10001", "about": "ขอให้ตรวจอีกครั้ง"}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exam of two candidates whose sheets were scanned, scored and released."""
    folder = tmp_path_factory.mktemp("cases")
    exam = drawn_sheets.exam_with_sheets(folder / EXAM, ["10001", "10002"])
    serials = {row["candidate_id"]: serial for serial, row in drawn_sheets.dealt(exam).items()}
    for who, letters in (("10001", "ABCD"), ("10002", "BAAC")):
        drawn_sheets.save(drawn_sheets.personal(exam, serials[who], letters), folder / f"{who}.png")
    place = sitting_of(exam)
    take(place, [understood(place, folder / f"{who}.png") for who in ("10001", "10002")], "scanner")
    score(exam, place.answers, options=place.options(signals=False), acts=place.acts())
    release(exam, 1, "committee", "r", date(2026, 11, 20), open_looks="later")
    return exam


@pytest.fixture
def exam(released: Path, settings: Any, tmp_path: Path, person: Make) -> Path:
    folder = tmp_path / "workspace"
    (folder / "item_bank").mkdir(parents=True)
    (folder / "examgen.yaml").write_text("cases: {appeal_days: 30}\n", "utf-8")
    point(settings, folder)
    copied = Path(shutil.copytree(released, folder / "output" / EXAM))
    stated(person)
    return copied


@pytest.fixture
def approver(exam: Path, browser: Browser) -> Client:
    return browser("approver", UNIT)


def opened(client: Client, **more: Any) -> str:
    answer = client.post(PAGE, {**OPEN, **more})
    assert answer.status_code == 302, re.findall("(?s)faults?.*?</ul>", answer.content.decode())
    return str(answer.headers["location"])


def marked(letters: str) -> dict[str, Any]:
    return {f"q{n}": list(one) for n, one in enumerate(letters.split(), 1)}


def test_a_case_goes_its_way_over_three_people(
    grader: Client, approver: Client, exam: Path, browser: Browser
) -> None:
    page = opened(grader, given=[file("letter.txt", b"please")])
    assert page == f"{PAGE}A1/"
    [one] = states(sitting_of(exam))
    assert one.case.by == grader.get("/").wsgi_request.user.signature
    assert (one.case.release, one.case.handler) == (1, one.case.by)
    text = grader.page(page)
    assert "letter.txt" in text
    assert "Read the answers a second time" in text
    assert grader.get(f"{page}files/1/").content == b"please"
    assert grader.get(f"{page}files/2/").status_code == 404

    reader = browser("grader", UNIT)
    form = reader.page(f"{page}read/")
    assert form.count("<fieldset") == 4
    assert not re.search(r"checked|points|scored as|1 of 4", form.split("<main")[1])
    picture = reader.get(f"{page}sheet/1/")
    assert (picture["Content-Type"], picture.content[8:12]) == ("image/webp", b"WEBP")
    assert "no-store" in picture["Cache-Control"]
    assert reader.get(f"{page}sheet/2/").status_code == 404
    assert reader.post(f"{page}read/", marked("A B C")).status_code == 422
    assert reader.post(f"{page}read/", marked("A B C A-")).status_code == 422
    assert reader.post(f"{page}read/", marked("A B C Z")).status_code == 422
    assert reader.post(f"{page}read/", marked("A B AC -")).status_code == 302
    [one] = states(sitting_of(exam))
    [reading] = one.case.readings
    assert (reading.answers, reading.source) == ("1=A 2=B 3=A|C 4=-", "picture")
    assert [each.question for each in reading.differences] == [3, 4]
    assert "question 3: scored" in reader.page(page)
    assert reader.post(f"{page}read/", marked("A B C D")).status_code == 422, "read before"

    assert grader.post(f"{page}decide/", {"outcome": "dismissed", "reason": "x"}).status_code == 403
    decided = approver.post(f"{page}decide/", {"outcome": "dismissed", "reason": "as scored"})
    assert decided.status_code == 302
    assert [d.decision for d in sitting_of(exam).decisions()] == ["appeal-dismissed"]
    assert grader.post(f"{page}answer/", {"sent": "", "digits": "thai"}).status_code == 302
    [one] = states(sitting_of(exam))
    assert one.status == "closed"
    letter = grader.get(f"{page}files/2/")
    assert letter.content.startswith(b"%PDF")
    assert letter["Content-Disposition"].startswith("attachment")
    acts = Entry.objects.filter(about=EXAM, what__startswith="cases.").values_list("what", flat=True)
    assert sorted(acts) == ["cases.answer", "cases.decide", "cases.open", "cases.read"]


def test_who_read_does_not_decide(approver: Client, exam: Path, browser: Browser) -> None:
    page = opened(approver)
    assert approver.post(f"{page}read/", marked("A B C D")).status_code == 302
    text = approver.page(page)
    assert "You may not decide this case: read the answers again for this case" in text
    assert 'name="outcome"' not in text, "what is barred is not offered"
    assert "appeal A1" not in approver.page("/").partition("What waits for others")[0]
    answer = approver.post(f"{page}decide/", {"outcome": "allowed", "reason": "x"})
    assert answer.status_code == 422
    assert "read the answers again for this case" in answer.content.decode()
    other = browser("approver", UNIT)
    assert "appeal A1: decide the case" in other.page("/").partition("What waits for others")[0]
    text = other.page(page)
    assert "Yours to do" in text
    assert "Have them read once more" in text, "small, once they are read"
    assert other.post(f"{page}decide/", {"outcome": "allowed", "reason": "x"}).status_code == 302
    assert "The result is not changed yet" in other.page(page)
    assert other.post(f"{page}close/", {"reason": "the same points"}).status_code == 302
    assert states(sitting_of(exam))[0].status == "closed"


def test_who_decided_on_the_row_sees_no_sheet(grader: Client, exam: Path) -> None:
    place = sitting_of(exam)
    marks = exam.parents[1] / "marks.csv"
    row = "1/responses.csv,2,1,A,looked"
    signature = grader.get("/").wsgi_request.user.signature
    marks.write_text(f"file,line,question,answer,reason,by,date\n{row},{signature},2026-11-20\n", "utf-8")
    take(place, [understood(place, marks)], "c")
    page = opened(grader)
    assert "decided on a mark or a row of this candidate" in grader.page(page)
    assert grader.get(f"{page}sheet/1/").status_code == 404
    assert grader.get(f"{page}read/").status_code == 422


def test_faults_are_said_and_nothing_is_on_record(grader: Client, exam: Path) -> None:
    for wrong, said in (
        ({**OPEN, "candidate": "99999"}, "on no list of this sitting"),
        ({**OPEN, "candidate": ""}, "Give the candidate number"),
        ({**OPEN, "kind": "complaint", "candidate": ""}, "give the person who complains"),
        ({**OPEN, "received": "2026-11-19"}, "is before release 1"),
        ({**OPEN, "received": "2126-11-19"}, "is in the future"),
        ({**OPEN, "about": ""}, "This field is required"),
        ({**OPEN, "kind": "petition"}, "Select a valid choice"),
    ):
        answer = grader.post(PAGE, wrong)
        assert answer.status_code == 422, wrong
        assert said in answer.content.decode(), said
    assert states(sitting_of(exam)) == []
    assert not Entry.objects.filter(what="cases.open").exists()
    page = opened(grader)
    assert grader.post(f"{page}answer/", {"digits": "arabic"}).status_code == 422, "not decided"
    assert grader.post(f"{page}add/", {}).status_code == 422
    assert grader.post(f"{page}add/", {"note": "seen"}).status_code == 302
    assert grader.get(f"{PAGE}A2/").status_code == 404
    assert grader.post(f"{PAGE}A2/add/", {"note": "x"}).status_code == 404
    assert grader.get(f"{PAGE}..%2f/").status_code == 404


def test_cases_are_not_for_everybody(grader: Client, approver: Client, exam: Path, browser: Browser) -> None:
    page = opened(grader)
    auditor = browser("auditor")
    assert "ขอให้ตรวจอีกครั้ง" in auditor.page(page)
    assert "<form" not in auditor.page(page).split("<main")[1]
    assert auditor.get(f"{page}read/").status_code == 403
    assert auditor.get(f"{page}sheet/1/").status_code == 403
    assert auditor.post(PAGE, OPEN).status_code == 403
    for role in ("invigilator", "assessor", "psychometrician", "assembler"):
        other = browser(role, UNIT)
        assert other.get(PAGE).status_code == 403, role
        assert other.get(page).status_code == 403, role
        assert other.get(f"{page}files/1/").status_code == 403, role
    psychometrician = browser("psychometrician", UNIT)
    assert "Appeals and complaints" not in psychometrician.page(f"{AT}/")
    assert "Appeals and complaints" in approver.page(f"{AT}/")


def test_an_auditor_sees_no_marks_of_a_reading(grader: Client, exam: Path, browser: Browser) -> None:
    page = opened(grader)
    browser("grader", UNIT).post(f"{page}read/", marked("A B C -"))
    text = browser("auditor").page(page)
    assert "question 4 was read otherwise" in text
    assert "scored ง" not in text


def test_open_cases_are_told_where_results_are_released(grader: Client, approver: Client, exam: Path) -> None:
    opened(grader, due=date.today().isoformat())
    assert "open appeals: A1" in approver.page(f"{AT}/runs/1/release/")
    assert "open appeals: A1" in approver.page(PAGE)


def test_pages_speak_thai(grader: Client, exam: Path) -> None:
    page = opened(grader)
    grader.cookies["language"] = "th"
    assert "อุทธรณ์และข้อร้องเรียน" in grader.page(PAGE)
    assert "ขอให้ตรวจอีกครั้ง" in grader.page(page)


def test_an_open_appeal_waits_for_who_may_read_and_its_letter_is_seen_before_it_counts_as_sent(
    grader: Client, approver: Client, exam: Path
) -> None:
    page = opened(approver)
    assert "appeal A1: read the answers again" in grader.page("/").partition("What waits for others")[0]
    home = approver.page("/").partition("What waits for others")[2]
    assert "appeal A1: waits for a grader who had no part" in home
    assert grader.post(f"{page}read/", marked("A B C D")).status_code == 302
    assert approver.post(f"{page}decide/", {"outcome": "dismissed", "reason": "x"}).status_code == 302
    [one] = sitting_of(exam).decisions()
    assert one.run == 1
    seen = approver.post(f"{page}answer/", {"sent": "", "digits": "arabic", "look": "1"})
    assert seen.content.startswith(b"%PDF")
    assert states(sitting_of(exam))[0].status == "decided", "looking sends nothing"


def test_no_appeal_before_a_release_and_a_complaint_in_its_place(
    grader: Client, exam: Path, browser: Browser
) -> None:
    with patch("examgen.site.sittings.cases.all_releases", return_value=[]):
        page = grader.page(PAGE)
        refused = grader.post(PAGE, OPEN)
    assert re.search(r'<input[^>]*value="appeal"[^>]*disabled', page)
    assert "Take the letter in as a complaint" in page
    assert refused.status_code == 422
    assert "Take the letter in as a complaint" in refused.content.decode()
    opened(grader, kind="complaint")
    assert "complaint C1" in grader.page("/")


def test_answers_as_read_are_the_graders_and_not_while_they_are_to_be_read_again(
    grader: Client, approver: Client, exam: Path, browser: Browser
) -> None:
    way = f"{AT}/results/candidate/?id=10001"
    text = grader.page(way).split('id="answers"')[1].split("</details>")[0]
    assert re.findall(r"<li>(.*?)</li>", text) == ["ก", "ข", "ค", "ง"]
    assert "line 2" in text
    assert "Two people together can open the key" in text
    for role in (approver, browser("auditor")):
        assert 'id="answers"' not in role.page(way)
    opened(grader)
    text = grader.page(way).split('id="answers"')[1].split("</details>")[0]
    assert "a second time for case A1, by you as well" in text
    assert "<li>" not in text
    row = f"{AT}/runs/1/row/?id=10001"
    text = grader.page(row)
    assert "a second time for case A1, by you as well" in text
    assert "As they were read" not in text
    assert "Correct this row" not in text
    refused = grader.post(row, {"what": "void", "reason": "x", "seen": ""})
    assert refused.status_code == 422
    assert "read the answers for case A1 first" in refused.content.decode()
    assert "Correct this row" in grader.page(f"{AT}/runs/1/row/?id=10002")
    for looks in (grader, approver):
        text = looks.page(f"{AT}/answers/")
        assert "not shown: may be read again for case A1" in text
        assert text.count("<code>ก ") == 0
        assert "<code>ข ก ก ค</code>" in text, "of another"
    assert grader.post(f"{PAGE}A1/read/", marked("A B C D")).status_code == 302
    assert "not shown" not in grader.page(f"{AT}/answers/"), "who has read them knows them"
    assert "Correct this row" in grader.page(row)


def test_a_complaint_says_who_may_read_and_who_decides(
    grader: Client, approver: Client, exam: Path, browser: Browser
) -> None:
    page = opened(grader, kind="complaint")
    assert "complaint C1: read the answers again, where it is about them" in grader.page("/")
    assert "complaint C1: decide the case" in approver.page("/")
    text = grader.page(page)
    assert "Have them read once more" not in text, "nobody has read them"
    assert re.search(r'<a class="button" href="[^"]*read/">Read the answers a second time', text)
    assert "Yours to do: decide the case" in approver.page(page)
    assert browser("grader", UNIT).post(f"{page}read/", marked("A B C D")).status_code == 302
    assert "complaint C1: read" not in grader.page("/")
    assert "Have them read once more" in grader.page(page)
    other = opened(grader, kind="complaint", candidate="", sender="a mother")
    assert "Read the answers" not in grader.page(other)
    assert "complaint C2: decide the case" in approver.page("/")


def test_what_an_empty_deadline_means_is_said(grader: Client, exam: Path) -> None:
    assert "left empty: appeals 30 days, complaints no deadline" in grader.page(PAGE)
    (exam.parents[1] / "examgen.yaml").unlink()
    assert "left empty: no deadline" in grader.page(PAGE)
