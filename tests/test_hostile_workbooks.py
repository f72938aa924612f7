"""Workbooks of a few kilobytes that were made to take minutes, and cells that no spreadsheet has."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest

from examgen.bank.reviews.forms import read_ratings
from examgen.bank.workbook.columns import RECORD_SHEET
from examgen.bank.workbook.reading import read_table
from examgen.capture.candidate_lists import read_register, read_roster
from examgen.core.problems import Refused
from examgen.core.tables.opening import open_tables
from tests.effort import promptly, some

FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
HEAD = "".join(
    f'<c r="{letter}1" t="inlineStr"><is><t>{word}</t></is></c>'
    for letter, word in zip("ABCDE", ["id", "stem", "key", "options.a", "candidate_id"], strict=True)
)
ROWS = f'<row r="1">{HEAD}</row><row r="2"><c r="A2"><v>1</v></c></row>'


def workbook(rows: str = ROWS, behind: str = "", shared: str = "", titles: tuple[str, ...] = ("S",)) -> bytes:
    """A workbook each of whose sheets has these rows, and what stands behind them."""
    main, rel = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    numbers = range(1, len(titles) + 1)
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}worksheet+xml"/>'
            for n in numbers
        )
        + f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}sharedStrings+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>'
        + "".join(f'<sheet name="{t}" sheetId="{n}" r:id="r{n}"/>' for n, t in enumerate(titles, 1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": "<Relationships "
        'xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{rel}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in numbers
        )
        + f'<Relationship Id="s" Type="{rel}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{shared}</sst>',
    }
    for n in numbers:
        parts[f"xl/worksheets/sheet{n}.xml"] = (
            f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData>{behind}</worksheet>'
        )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def answers(data: bytes) -> None:
    """As answers, rosters, returns and lists are read: all rows of each table."""
    for table in open_tables("a.xlsx", data):
        for _ in table.body(len(table.header.fields)):
            pass


READERS: dict[str, Callable[[bytes], object]] = {
    "answers": answers,
    "items": lambda data: read_table(data, "a.xlsx"),
    "ratings": lambda data: read_ratings(data, "a.xlsx"),
}
LARGE = "A1:XFD1048576"
HOSTILE = {
    "a cell in the last corner": workbook(ROWS + FAR),
    "nothing but a cell in the last corner": workbook(FAR),
    "a row beyond the last": workbook(ROWS + '<row r="99999999999"><c r="A1"><v>1</v></c></row>'),
    "a cell beyond the last row": workbook(ROWS + '<row r="3"><c r="A9999999999"><v>1</v></c></row>'),
    "everything merged": workbook(behind=f'<mergeCells><mergeCell ref="{LARGE}"/></mergeCells>'),
    "a link of every cell": workbook(
        behind=f'<hyperlinks><hyperlink ref="{LARGE}" display="x" location="S!A1"/></hyperlinks>'
    ),
    "a rule for every cell": workbook(
        behind=f'<dataValidations><dataValidation sqref="{LARGE}" type="whole"/></dataValidations>'
    ),
    "rows that all end in the last column": workbook(
        ROWS + "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(3, 30_000))
    ),
    "cells that do not end": workbook(ROWS + "<c>" * 200_000 + "<f"),
    "a head of a cell that does not end": workbook(ROWS + "<c " * 200_000 + "<f"),
    "merged cells that do not end": workbook(behind="<mergeCell " * 60_000),
    "rows that come again and again": workbook(ROWS * 2000 + FAR + FAR),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("case", HOSTILE)
def test_a_workbook_of_a_few_kilobytes_takes_no_time(reader: str, case: str) -> None:
    data = HOSTILE[case]
    if reader == "ratings":  # its hidden record is read first
        data = data if len(data) > 100_000 else with_record(case)
    with promptly(), suppress(Refused):
        READERS[reader](data)


def with_record(case: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(HOSTILE[case])) as archive:
        text = archive.read("xl/worksheets/sheet1.xml").decode()
    rows = text.partition("<sheetData>")[2].partition("</sheetData>")[0]
    behind = text.partition("</sheetData>")[2].partition("</worksheet>")[0]
    return workbook(rows, behind, titles=("S", RECORD_SHEET))


LONG = "ก" * 40_000


@pytest.mark.parametrize("reader", ["answers", "items"])
@pytest.mark.parametrize(
    "data",
    [
        workbook(f'{ROWS}<row r="3"><c r="B3" t="inlineStr"><is><t>{LONG}</t></is></c></row>'),
        workbook(f'{ROWS}<row r="3"><c r="B3" t="s"><v>0</v></c></row>', shared=f"<si><t>{LONG}</t></si>"),
    ],
)
def test_a_text_longer_than_a_spreadsheet_has_is_refused_with_its_cell(reader: str, data: bytes) -> None:
    with pytest.raises(Refused) as fault:
        READERS[reader](data)
    (problem,) = fault.value.problems
    assert problem.code == "cell-too-long"
    assert "B3" in f"{problem.source} {problem.message}"
    assert "40,000" in problem.message


def test_a_workbook_that_is_a_bomb_or_holds_a_part_twice_is_refused() -> None:
    from tests.test_hostile_archives import overlapping

    out = io.BytesIO(workbook())
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    for data in (overlapping(), out.getvalue()):
        for read in (answers, READERS["items"]):
            with pytest.raises(Refused):
                read(data)
        assert read_ratings(data, "a.xlsx")[0] == []


def test_what_spreadsheets_write_is_read_as_before(tmp_path: Path) -> None:
    """Blank rows between, columns left out, a text of the length that they have at most."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["B2"], sheet["D2"], sheet["B9"], sheet["E9"] = "candidate_id", "Q1", "0001", "x" * 32_767
    book.save(tmp_path / "a.xlsx")
    (table,) = open_tables("a.xlsx", (tmp_path / "a.xlsx").read_bytes())
    assert (table.header.line, table.header.fields) == (2, ["", "candidate_id", "", "Q1"])
    (row,) = table.body(4)
    assert (row.line, row.fields[1], row.fields[4]) == (9, "0001", "x" * 32_767)


_KINDS, _FIELDS = ("csv", "csv.gz", "xlsx"), ("candidate_id", "name", "remark")


@pytest.mark.parametrize(
    ("kind", "field"),
    # in `make test` three, of each kind and each field one
    some([(kind, _FIELDS[(n + k) % 3]) for n, kind in enumerate(_KINDS) for k in range(3)], 3),
)
def test_a_cell_of_five_million_letters_is_refused_with_its_line_and_field(kind: str, field: str) -> None:
    heads = ["candidate_id", "name", "remark"]
    cells = ["0001" if one != field else "ก" * 5_000_001 for one in heads]
    data = f"{','.join(heads)}\n{','.join(cells)}\n".encode()
    if kind == "csv.gz":
        data = gzip.compress(data)
    if kind == "xlsx":
        text = ""
        for n, row in ((1, heads), (2, cells)):
            each = (
                f'<c r="{x}{n}" t="inlineStr"><is><t>{v}</t></is></c>'
                for x, v in zip("ABC", row, strict=True)
            )
            text += f'<row r="{n}">{"".join(each)}</row>'
        data = workbook(text)
    for read in (lambda: read_register("list", data, ["A"], None), lambda: read_roster("list", data)):
        with pytest.raises(Refused) as fault:
            read()
        (problem,) = fault.value.problems
        told = f"{problem.source} {problem.message}"
        assert "5,000,001" in told
        assert len(told) < 1000
        assert ("S!" + "ABC"[heads.index(field)] + "2" if kind == "xlsx" else f"list:2 `{field}`") in told


def test_a_gzip_file_of_many_empty_members_takes_no_time() -> None:
    data = gzip.compress(b"") * 100_000 + gzip.compress(b"candidate_id\n1\n")
    with promptly():
        (table, *_) = open_tables("a.csv.gz", data)
    assert table.header.fields == ["candidate_id"]


def test_a_heading_of_five_million_letters_is_refused() -> None:
    with pytest.raises(Refused) as fault:
        read_register("list", f"candidate_id,{'ก' * 5_000_001}\n1,\n".encode(), ["A"], None)
    assert [one.code for one in fault.value.problems] == ["unreadable-header"]
    assert len(fault.value.problems[0].message) < 1000
