"""What of files is looked at, and when: never a row, a file or a spelling too few."""

from __future__ import annotations

import html
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from examgen.evidence.persons import delimited, erasing
from examgen.evidence.persons.rows import changed_cells
from examgen.evidence.persons.spelling import Person, Spellings
from examgen.evidence.persons.walking import files_of
from tests.evidence.people import NAME, OTHER, PERSON, THAI, Path, ok
from tests.evidence.searching import traces

SPACED, DECOMPOSED = "1-1002 0030\u200b0148", "\u212a1234567"
WHO = [
    Person(PERSON, "erased-1", (NAME,)),
    Person("K1234567", "erased-2"),
    Person('Q"123456', "erased-3", ('ชูใจ "จุ๋ม" ทองคำแท้', "Chujai O'Brien")),
    Person("77", "erased-4"),
]
CELLS = st.sampled_from(
    [
        *(PERSON, THAI, NAME, SPACED, "K1234567", DECOMPOSED, "k1234567", 'Q"123456', "77", "7"),
        *('นางชูใจ "จุ๋ม" ทองคำแท้', 'กับ ชูใจ"จุ๋ม"ทองคำแท้ด้วย', "Miss Chujai O'Brien", "Chujai OBrien"),
        *("", "A", "12.5", f"{PERSON}; 9", f"see {THAI}", "ชูใจ ทองคำแท้จริง", "x, y", 'say "no"', "two\nlines"),
    ]
)
HEADS = st.permutations(["candidate_id", "name", "source", "note", "score"])


def written(rows: list[list[str]], mark: str, is_quoted: bool) -> str:
    """A table as spreadsheets write it."""

    def cell(text: str) -> str:
        needs = is_quoted or any(one in text for one in (mark, '"', "\n"))
        return '"' + text.replace('"', '""') + '"' if needs else text

    return "".join(mark.join(map(cell, row)) + "\r\n" for row in rows)


@given(
    HEADS,
    st.lists(st.lists(CELLS, min_size=5, max_size=5), max_size=12),
    st.integers(0, 4),
    st.sampled_from(",;\t"),
    st.booleans(),
)
def test_what_changes_is_found_without_a_look_at_every_row(
    heads: list[str], rows: list[list[str]], n_persons: int, mark: str, is_quoted: bool
) -> None:
    spellings = Spellings(WHO[:n_persons])
    table = delimited.Records(written([heads, *rows], mark, is_quoted))
    assert [*table] == [heads, *rows]
    found = changed_cells(table, spellings, among=spellings.may_stand_at(table.written))
    assert found == changed_cells([heads, *rows], spellings)


@pytest.mark.parametrize(
    ("record", "becomes"),
    [
        ('"1-1002"-00300-14-8,Chujai,0812345678\n', "erased-1,,\n"),
        ('x,"ชูใจ "ทองคำแท้,\n', "x,erased-1,\n"),
        (f'9,a\rb"c" {PERSON},\n', '9,a\rb"c" erased-1,\n'),
    ],
)
def test_quotes_that_no_writer_of_tables_sets_so(record: str, becomes: str) -> None:
    heading = "candidate_id,name,phone\n"
    found = delimited.without_persons((heading + record).encode(), Spellings(WHO[:1]))
    assert found.decode() == heading + becomes


def test_what_is_no_table_is_a_text(place: Path) -> None:
    """A carriage return by itself beside a quote; a cell that is too long for a reader of tables."""
    (place / "cr.csv").write_text(f'candidate_id,name\n9,a\rb"c {PERSON}"\n{PERSON},"x"\n', "utf-8")
    (place / "long.csv").write_text(f'candidate_id,name\n{PERSON},"{"x" * 140_000}"\n', "utf-8")
    roster = place / "output/X/sitting/roster.csv"
    roster.write_bytes(roster.read_bytes().replace(OTHER.encode(), OTHER.encode() + b"\xff", 1))
    ok(place, "forget", PERSON, "--by", "DPO", "--reason", "asked for it")
    assert traces(place, [PERSON]) == []
    assert OTHER.encode() + b"\xff" in roster.read_bytes()


def test_large_files_get_another_name_too(place: Path) -> None:
    rows = "".join(f"99002003{n:06d},somebody\n" for n in range(60_000))
    large = place / f"{PERSON}.csv"
    large.write_text(f"candidate_id,name\n{rows}{PERSON},x\n", "utf-8")
    large.chmod(0o640)
    ok(place, "forget", PERSON, "--by", "DPO", "--reason", "asked for it")
    assert traces(place, [PERSON]) == []
    [renamed] = [path for path in place.glob("*.csv") if path.stat().st_size > 1_000_000]
    assert renamed.read_text("utf-8").startswith(f"candidate_id,name\n{rows}forgotten-")
    assert renamed.stat().st_mode & 0o777 == 0o640


def test_a_name_in_quotes_is_found_however_a_file_writes_them(place: Path) -> None:
    name, foreign = 'นายชูใจ "จุ๋ม" ทองคำแท้', "Chujai O'Brien"
    (place / "list.csv").write_text(
        f'candidate_id,name,name_en,note\n{PERSON},"{name.replace(chr(34), chr(34) * 2)}",{foreign},\n'
        f'{OTHER},,,"กับ {name.replace(chr(34), chr(34) * 2)} และ {foreign}"\n',
        "utf-8",
    )
    (place / "said.json").write_text(json.dumps({"note": f"{name}, {foreign}"}, ensure_ascii=False), "utf-8")
    (place / "escaped.json").write_text(json.dumps({"note": f"{name}, {foreign}"}), "utf-8")
    pages = [place / f"output/X/reports/run-0002/said-{n}.html" for n in range(4)]
    written = [html.escape(name), html.escape(foreign), str(escape(name)), str(escape(foreign))]
    for page, text in zip(pages, written, strict=True):
        page.write_text(f"<p>{text}</p>", "utf-8")
    ok(place, "forget", PERSON, "--by", "DPO", "--reason", "asked for it")
    assert traces(place, ["จุ๋ม", "O'Brien"]) == []
    assert not any(page.exists() for page in pages)


def test_two_who_look_at_once_do_not_stop_each_other(place: Path) -> None:
    with erasing.scratch_folder(place):
        ok(place, "forget", PERSON, "--by", "DPO", "--reason", "asked for it")
    assert traces(place, [PERSON]) == []


def test_many_rows_are_passed_over() -> None:
    rows = [["candidate_id", "name"], *([f"99002003{n:05d}", "สมหญิง"] for n in range(5000))]
    rows[4321] = [SPACED, ""]
    table = delimited.Records(written(rows, ",", False))
    assert [*Spellings(WHO[:2]).may_stand_at(table.written)] == [4321]


def test_what_is_not_the_workspaces_own_is_neither_searched_nor_changed(place: Path) -> None:
    others = [place / one for one in (".git/logs/HEAD", "item_bank/.git/COMMIT_EDITMSG", ".venv/a.csv")]
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"candidate_id,note\n{PERSON},{NAME}\n", "utf-8")
    (place / ".examgen-web" / "uploads").mkdir(parents=True, exist_ok=True)
    (place / ".examgen-web" / "uploads" / "sent.csv").write_text(f"candidate_id\n{PERSON}\n", "utf-8")
    searched = {path.relative_to(place).as_posix() for path in files_of(place)}
    assert {"notes.txt", ".examgen-web/uploads/sent.csv"} <= searched
    assert not {one for one in searched if ".git/" in one or ".venv/" in one}
    text = ok(place, "forget", PERSON, "--by", "DPO", "--reason", "asked for it")
    assert ".git" not in text
    assert ".venv" not in text
    for path in others:
        assert PERSON in path.read_text("utf-8")
