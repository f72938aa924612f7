"""Spellings, files and neighbours that make a person hard to erase, and that nobody else is erased with."""

from __future__ import annotations

import json
import shutil
import unicodedata
import zipfile
from datetime import date
from pathlib import Path

import pikepdf
import polars as pl
import pytest
from openpyxl import Workbook, load_workbook
from PIL import Image, PngImagePlugin

from examgen.capture.centre_returns import RETURN_LISTS
from examgen.evidence.persons.retention import retention
from examgen.evidence.persons.spelling import Person, Spellings, compact_name
from tests.evidence.people import (
    NAME,
    OTHER,
    OTHER_NAME,
    PERSON,
    THAI,
    examgen,
    names,
    numbers,
    ok,
    tombstone_in,
)
from tests.evidence.searching import traces
from tests.sittings import contents, table, write_table

ASKED = ("--by", "DPO", "--reason", "request 3/2569")
DAY = ("--date", "2026-11-21")
DIGITS = "1100200300148"
BARE = "ชูใจ ทองคำแท้"


def forget(place: Path) -> tuple[str, dict[str, str]]:
    """The tombstone, and by path what became of each file."""
    status, text = examgen(place, "forget", PERSON, *ASKED, "--json")
    assert status in (0, 3), text
    said = json.loads(text)
    return said["erasure"]["forgotten"][0], {one["path"]: one["becomes"] for one in said["files"]}


def test_thai_words_follow_a_number_without_a_blank(place: Path) -> None:
    why = ("--reason", f"ลอกจากผู้สอบหมายเลข{DIGITS}ที่นั่งติดกัน", "--evidence", f"เลข{THAI}ของ{BARE}", *DAY)
    ok(place, "decide", "output/X", OTHER, "--as", "withheld", "--by", "committee", *why)
    (place / "note.txt").write_text(f"โทรหาผู้สอบ{DIGITS}แล้ว\nรหัส 9{DIGITS} และ {DIGITS}5\n", "utf-8")
    tombstone, _ = forget(place)
    assert traces(place / "output", [PERSON, NAME, BARE]) == []
    assert (place / "note.txt").read_text(
        "utf-8"
    ) == f"โทรหาผู้สอบ{tombstone}แล้ว\nรหัส 9{DIGITS} และ {DIGITS}5\n"
    ok(place, "verify", "output/X")


def test_a_number_to_which_letters_are_joined_is_told(place: Path) -> None:
    (place / "note.txt").write_text(f"ID{DIGITS} {DIGITS}\n", "utf-8")
    tombstone, became = forget(place)
    assert (place / "note.txt").read_text("utf-8") == f"ID{DIGITS} {tombstone}\n"
    assert became["note.txt"] == "left"


def test_days_amounts_and_numbers_of_others_stay(place: Path) -> None:
    head = [
        "candidate_id",
        "name",
        "registered",
        "came by",
        "paid",
        "number of the firm",
        "trainer's telephone",
    ]
    rest = ["2026-11-21", "10:30:00", "12,500.00", "0105551234567", "02-111-2222"]
    rows = [[PERSON, NAME, *rest], [OTHER, OTHER_NAME, *rest], [numbers()[0], names()[numbers()[0]], *rest]]
    write_table(place / "firms.csv", rows, head)
    (place / "note.txt").write_text("2026-11-21 10:30:00 12,500.00 0105551234567 02-111-2222\n", "utf-8")
    before = contents(place)
    forget(place)
    after = (place / "firms.csv").read_bytes().splitlines()
    assert after[2:] == before["firms.csv"].splitlines()[2:]
    assert [cell for cell in rest if cell.encode() in after[1]] == []
    assert (place / "note.txt").read_bytes() == before["note.txt"]
    assert "2026-11-21" in (place / "output/X/results/releases/0001.json").read_text("utf-8")


def test_another_script_and_other_characters_of_a_name(place: Path) -> None:
    write_table(
        place / "names.csv", [[PERSON, NAME, "Chujai Thongkhamthae"]], ["candidate_id", "name", "name_en"]
    )
    decomposed = BARE.replace("\u0e33", "\u0e4d\u0e32")
    assert unicodedata.normalize("NFC", decomposed) != BARE
    (place / "note.txt").write_text(f"{decomposed}; CHUJAI THONGKHAMTHAE; ชูใจ_ทองคำแท้\n", "utf-8")
    (place / "ใบสมัคร_ชูใจ_ทองคำแท้.csv").write_text("a,b\n", "utf-8")
    tombstone, _ = forget(place)
    assert (place / "note.txt").read_text("utf-8") == "; ".join([tombstone] * 3) + "\n"
    assert (place / f"ใบสมัคร_{tombstone}.csv").exists()


def test_who_has_a_longer_name_keeps_it() -> None:
    who = Person(PERSON, "forgotten-1", (NAME,))
    found = Spellings([who], [compact_name("ชูใจ ทองคำแท้จริง"), compact_name("ศรีชูใจ ทองคำแท้")])
    text = "นางชูใจ ทองคำแท้จริง, ศรีชูใจ  ทองคำแท้ และชูใจ ทองคำแท้"
    assert found.in_text(text) == "นางชูใจ ทองคำแท้จริง, ศรีชูใจ  ทองคำแท้ และforgotten-1"


@pytest.fixture
def cased(place: Path) -> Path:
    """A complaint of somebody else with papers of many kinds that name the person."""
    papers = place / "papers"
    papers.mkdir()
    for kind in ("note", "attached", "title"):
        pdf = pikepdf.new()
        page = pdf.add_blank_page(page_size=(200, 200))
        if kind == "note":
            note = {"/Type": pikepdf.Name.Annot, "/Subtype": pikepdf.Name.Text, "/Contents": f"{NAME}"}
            page.obj.Annots = pikepdf.Array(
                [pdf.make_indirect(pikepdf.Dictionary({**note, "/Rect": [1, 1, 9, 9]}))]
            )
        elif kind == "attached":
            pdf.attachments["a.txt"] = f"{NAME}".encode()
        else:
            pdf.docinfo["/Title"] = NAME
        pdf.save(papers / f"{kind}.pdf")
    said = PngImagePlugin.PngInfo()
    said.add_itxt("Author", NAME)
    Image.new("L", (9, 9)).save(papers / "photo.png", pnginfo=said)
    with zipfile.ZipFile(papers / "letter.docx", "w") as archive:
        archive.writestr("word/document.xml", "<p><r>ชูใจ ทอง</r><r>คำแท้</r></p>")
    (papers / "mail.eml").write_text("Subject: x\n\nx\n", "utf-8")
    files = [word for path in sorted(papers.iterdir()) for word in ("--file", path)]
    ok(place, "case", "open", "output/X", "--as", "complaint", "--candidate", OTHER, "--by", "clerk",
       "--about", f"เสียงดังจาก{BARE}", *files)  # fmt: skip
    shutil.rmtree(papers)
    return place


def test_papers_of_anothers_case_that_name_the_person(cased: Path) -> None:
    _, became = forget(cased)
    of = {path.rpartition("-")[2]: how for path, how in became.items() if "/cases/" in path}
    assert of == {
        "note.pdf": "emptied", "attached.pdf": "emptied", "title.pdf": "emptied",
        "photo.png": "left", "letter.docx": "left", "mail.eml": "left",
    }  # fmt: skip
    ok(cased, "verify", "output/X")
    ok(cased, "score", "output/X")
    assert "C1" in ok(cased, "case", "show", "output/X")


def test_a_paper_that_lies_in_two_cases(cased: Path) -> None:
    paper = cased / "both.txt"
    paper.write_text("nothing of anybody\n", "utf-8")
    for who in (PERSON, OTHER):
        ok(cased, "case", "open", "output/X", "--as", "complaint", "--candidate", who, "--by", "clerk",
           "--about", "x", "--file", paper)  # fmt: skip
    why = ("--reason", "settled", "--by", "director")
    ok(cased, "case", "decide", "output/X", "C2", "--as", "withdrawn", *why)
    ok(cased, "case", "decide", "output/X", "C2", "--as", "closed", *why)
    forget(cased)
    ok(cased, "verify", "output/X")


def test_an_accreditation_file_goes_and_is_not_broken(place: Path) -> None:
    with zipfile.ZipFile(place / "full.zip", "w") as archive:
        archive.writestr("6-sitting/roster.csv", f"candidate_id,name\n{PERSON},{NAME}\n")
        archive.writestr("manifest.json", json.dumps({"kind": "examgen accreditation file", "lines": []}))
        archive.writestr("manifest.json.sig", "{}")
    text = ok(place, "forget", PERSON, *ASKED)
    assert not (place / "full.zip").exists()
    assert "examgen dossier EXAM --sign KEY --out full.zip" in text


def test_an_export_in_which_answers_follow_the_number(place: Path) -> None:
    folder = place / "output/X/exports/run-0003/iteman"
    folder.mkdir(parents=True)
    (folder / "iteman3-A.txt").write_text(f"6 O N 13\n{DIGITS}ABCDAB\n", "utf-8")
    text = ok(place, "forget", PERSON, *ASKED)
    assert not folder.exists()
    assert "examgen export output/X --format iteman --replace" in text


def test_answers_named_by_the_person_and_a_misread_number_in_a_workbook(place: Path) -> None:
    exam = place / "output/X"
    rows = table(exam / "sitting/answers/plain.csv")
    head = [*rows[0]]
    book = Workbook()
    assert book.active is not None
    for cells in [head, *([row[name] for name in head] for row in rows)]:
        book.active.append(cells)
    book.active.cell(2, 1).value = "l1OO2OO3OO148"
    name = f"ตอบ_{DIGITS}.xlsx"
    book.save(place / name)
    ok(place, "take", exam, "--back", "plain.csv", "--back", "identities.csv", "--reason", "typed again")
    whose = [[name, "2", PERSON, "", "the name on the sheet", "clerk", "2026-11-20"]]
    write_table(place / "identities.csv", whose,
                ["file", "line", "candidate_id", "form", "reason", "by", "date"])  # fmt: skip
    ok(place, "take", exam, name)
    ok(place, "take", exam, "identities.csv")
    ok(place, "score", exam)
    tombstone, _ = forget(place)
    run = max((exam / "results/runs").iterdir())
    responses = pl.read_parquet(run / "responses.parquet")
    assert f"ตอบ_{tombstone}.xlsx" in set(responses["file"])
    sheet = load_workbook(exam / f"sitting/answers/ตอบ_{tombstone}.xlsx").active
    assert sheet is not None
    assert sheet.cell(2, 1).value == tombstone
    assert traces(place, [DIGITS, NAME, "l1OO2OO3OO148"]) == []
    ok(place, "verify", exam)


def test_another_exam_of_the_same_person_that_is_not_past_its_time(place: Path) -> None:
    later = place / "output/Y"
    shutil.copytree(place / "output/X", later)
    ok(place, "release", later, "--run", 1, "--by", "c", "--reason", "r", "--open-looks", "x")
    ok(
        place,
        "case",
        "open",
        "output/Y",
        "--as",
        "complaint",
        "--candidate",
        PERSON,
        "--about",
        "x",
        "--by",
        "c",
    )
    (place / "examgen.yaml").write_text("site: {keep: {persons: 30}}\n", "utf-8")
    before = contents(later)
    done = retention(place, today=date(2026, 12, 23))
    assert done.persons == len(numbers())
    assert traces(place / "output/X", [PERSON, NAME]) == []
    assert contents(later) == before


def test_a_certificate_keeps_the_title_of_its_unit(place: Path) -> None:
    from tests.evidence.test_rules_of_keeping import certificate

    certificate(place, {"act": "issued", "until": "2026-11-20"})
    tombstone = tombstone_in(ok(place, "forget", PERSON, *ASKED))
    said = json.loads((place / "register/certificates.jsonl").read_text("utf-8"))
    assert (said["candidate_id"], said["name"], said["title"]) == (tombstone, tombstone, "T")


def test_a_short_number_is_told_to_be_searched_for(place: Path) -> None:
    write_table(place / "few.csv", [["7", "มานพ"]], ["candidate_id", "name"])
    said = json.loads(ok(place, "forget", "7", *ASKED, "--json"))
    assert "7" in said["names_not_looked_for"]


def test_who_checked_an_identity_stays_under_the_headings_of_the_form(place: Path) -> None:
    attendance = next(of for of in RETURN_LISTS if of.name == "attendance")
    said = {
        "candidate_id": PERSON,
        "name": NAME,
        "status": "present",
        "document": "บัตรประชาชน",
        "identity": "matched",
        "checked_by": "กรรมการคุมสอบ 1",
        "remark": f"{NAME} มาสาย",
    }
    heads = [f"{one.label.th} {one.label.en}" for one in attendance.columns]
    write_table(place / "sheet.csv", [[said.get(one.role, "") for one in attendance.columns]], heads)
    _, became = forget(place)
    assert became["sheet.csv"] == "rewritten"
    text = (place / "sheet.csv").read_text("utf-8-sig")
    assert "กรรมการคุมสอบ 1" in text
    assert traces(place, [PERSON, NAME]) == []
    assert "มาสาย" not in text
