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
    assert one.case.release == 1
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


def test_an_auditor_sees_no_marks_of_a_reading(grader: Client, exam: Path, browser: Browser) -> None:
    page = opened(grader)
    browser("grader", UNIT).post(f"{page}read/", marked("A B C -"))
    text = browser("auditor").page(page)
    assert "question 4 was read otherwise" in text
    assert "scored ง" not in text


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
