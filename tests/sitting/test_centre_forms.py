"""The forms of a centre: what they have filled in already, and how they come back."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from examgen.capture.centre_cells import Moment, Serials
from examgen.capture.centre_returns import RETURN_LISTS, read_returns
from examgen.core.models.form import Candidate
from examgen.core.problems import Refused
from examgen.papers.centre_forms.workbook import HEAD_ROW
from examgen.scoring.sitting_folder import Sitting, sitting_of
from examgen.sitting.centre_forms import centres_of, write_centre_forms
from tests.papers.pages import page_texts
from tests.sittings import build, print_for

PLAN = """\
date: 2026-11-20
begins: "09:00"
ends: "11:00"
centres:
  - name: กรุงเทพ
    rooms:
      - {name: "301", invigilators: [นางสมศรี ใจดี, "=นายคุม สอบ"]}
      - {name: "302", invigilators: [นางสมศรี ใจดี]}
  - name: เชียงใหม่
accommodation:
  - {candidate_id: "0002", given: ผู้ช่วยอ่านข้อสอบ, extra_minutes: 30, reason: สายตาเลือนราง, approved_by: แพทย์}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Sitting:
    """Two centres, whose rooms bear the same names."""
    folder = build(tmp_path_factory.mktemp("workspace") / "output" / "T-1-L4")
    people = [
        Candidate(
            candidate_id=f"{n:04d}",
            name="=สมชาย",
            centre="กรุงเทพ" if n < 6 else "เชียงใหม่",
            room="301" if n % 6 < 4 else "302",
            seat=str(n % 6 + 1),
        )
        for n in range(9)
    ]
    print_for(folder, people)
    (folder / "sitting").mkdir()
    (folder / "sitting/sitting.yaml").write_text(PLAN, encoding="utf-8")
    return sitting_of(folder)


@pytest.fixture(scope="module")
def written(place: Sitting) -> Path:
    """The forms of all centres."""
    out = place.exam.parent.parent / "forms"
    write_centre_forms(place, out.parent, out)
    return out


def fill(sheet: Worksheet, row: int, **cells: str | int) -> None:
    """Writes into cells of a line, by the names of the columns."""
    columns = [one.role for one in next(of for of in RETURN_LISTS if of.name == sheet.title).columns]
    for role, value in cells.items():
        sheet.cell(HEAD_ROW + row, columns.index(role) + 1).value = value


def column(sheet: Worksheet, role: str) -> list[str]:
    of = next(of for of in RETURN_LISTS if of.name == sheet.title)
    n = [one.role for one in of.columns].index(role) + 1
    cells = (sheet.cell(row, n).value for row in range(HEAD_ROW + 1, sheet.max_row + 1))
    return [str(cell) for cell in cells if cell]


def test_each_centre_has_a_workbook_and_sheets_readable_by_their_owner_alone(written: Path) -> None:
    files = {path.relative_to(written).as_posix() for path in written.rglob("*.*") if path.suffix}
    assert files == {
        f"{centre}/{name}"
        for centre in ("กรุงเทพ", "เชียงใหม่")
        for name in (
            *(f"returns-{centre}.xlsx", "incidents.pdf", "accommodation.pdf", "packets.pdf"),
            "declarations.pdf",
        )
    }
    assert all((written / name).stat().st_mode & 0o77 == 0 for name in files)


def test_what_is_known_is_filled_in_and_nothing_on_anybodys_health(written: Path) -> None:
    book = load_workbook(written / "กรุงเทพ/returns-กรุงเทพ.xlsx")
    assert book.sheetnames == ["how to fill in", *(one.name for one in RETURN_LISTS)]
    assert column(book["attendance"], "candidate_id") == [f"{n:04d}" for n in range(6)]
    assert column(book["attendance"], "room") == ["301"] * 4 + ["302"] * 2
    assert column(book["attendance"], "name") == ["'=สมชาย"] * 6
    assert column(book["incidents"], "number")[:3] == ["1", "2", "3"]
    assert column(book["accommodation"], "candidate_id") == ["0002"]
    assert column(book["accommodation"], "approved") == ["ผู้ช่วยอ่านข้อสอบ เพิ่มเวลา 30 นาที"]
    assert column(book["packets"], "packet") == ["301", "302"]
    assert column(book["packets"], "first") == ["A-0001-19", "B-0006-74"]
    assert column(book["declarations"], "name") == ["นางสมศรี ใจดี", "'=นายคุม สอบ"]
    cells = [str(cell.value) for sheet in book for row in sheet for cell in row if cell.value]
    assert not [cell for cell in cells if "สายตา" in cell or "แพทย์" in cell]
    sheet = "".join(page_texts((written / "กรุงเทพ/accommodation.pdf").read_bytes()))
    assert "0002" in sheet
    assert "11:30" in sheet
    assert "สายตา" not in sheet
    assert not column(
        load_workbook(written / "เชียงใหม่/returns-เชียงใหม่.xlsx")["accommodation"], "candidate_id"
    )


def test_drop_down_lists_have_the_words_that_are_read(written: Path) -> None:
    book = load_workbook(written / "กรุงเทพ/returns-กรุงเทพ.xlsx")
    of = {one.name: one for one in RETURN_LISTS}
    n_words = 0
    for name, one in of.items():
        choices = book[name].data_validations.dataValidation
        assert len(choices) == sum(bool(each.words) for each in one.columns)
        for choice, each in zip(choices, (each for each in one.columns if each.words), strict=True):
            sheet, _, cells = choice.formula1.partition("!")
            listed = [row[0].value for row in book[sheet.strip("'")][cells.replace("$", "")]]
            assert listed == [word.th for word in each.words.values()]
            n_words += len(listed)
    assert n_words > 15


def test_a_form_as_it_was_given_says_nothing(written: Path) -> None:
    path = written / "กรุงเทพ/returns-กรุงเทพ.xlsx"
    with pytest.raises(Refused) as refused:
        read_returns(path.name, path.read_bytes())
    assert [one.code for one in refused.value.problems] == ["nothing-filled-in"]


def test_what_is_filled_in_is_read_back(written: Path, tmp_path: Path) -> None:
    source = written / "กรุงเทพ/returns-กรุงเทพ.xlsx"
    book = load_workbook(source)
    fill(book["attendance"], 1, status="มา", document="บัตรประชาชน", identity="สงสัย", checked_by="สมศรี")
    fill(book["attendance"], 2, status="absent")
    fill(
        book["incidents"],
        2,
        time="9.40 น.",
        room="301",
        kind="เจ็บป่วย",
        candidates="0000, 0003",
        what="ไฟดับ",
        minutes_lost=15,
    )
    fill(book["accommodation"], 1, given="ผู้ช่วยอ่าน", extra_minutes=25, began="09:00", ended="11:25")
    fill(
        book["packets"],
        2,
        packed_at="2026-11-19 15:00",
        seal="S-17",
        used="2",
        unused="B-0006-74",
        void="-",
    )
    fill(book["declarations"], 1, interest="-", day="2026-11-20", signed="yes")
    path = tmp_path / source.name
    book.save(path)
    found = read_returns(path.name, path.read_bytes())
    first, second = found.attendance
    assert (first.candidate_id, first.centre, first.room, first.serial) == (
        "0000",
        "กรุงเทพ",
        "301",
        "A-0001-19",
    )
    assert (first.status, first.identity, first.checked_by) == ("present", "doubt", "สมศรี")
    assert (second.candidate_id, second.status, second.identity) == ("0001", "absent", "")
    [incident] = found.incidents
    assert (incident.name, incident.time, incident.kind) == ("กรุงเทพ 2", "09:40", "illness")
    assert (incident.candidates, incident.minutes_lost) == (("0000", "0003"), 15)
    [given] = found.accommodation
    assert (given.candidate_id, given.given, given.extra_minutes) == ("0002", "ผู้ช่วยอ่าน", 25)
    [packet] = found.packets
    assert (packet.packet, packet.room, packet.first, packet.last) == ("302", "302", "B-0006-74", "B-0008-68")
    assert (packet.packed_at, packet.seal, packet.used) == (Moment("2026-11-19", "15:00"), "S-17", 2)
    assert (packet.unused, packet.void) == (Serials((("B-0006-74", "B-0006-74"),)), Serials())
    [declared] = found.declarations
    assert (declared.name, declared.role, declared.interest) == ("นางสมศรี ใจดี", "กรรมการคุมสอบ", "")


def test_an_exam_that_nobody_is_listed_for_has_no_forms(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no centre is known"):
        centres_of(sitting_of(build(tmp_path / "T-1-L4")))
