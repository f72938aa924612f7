"""Rows of tables in which nobody stands are left as they are without a closer look: never one too few."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from examgen.evidence.persons import delimited
from examgen.evidence.persons.rows import changed_cells
from examgen.evidence.persons.spelling import Person, Spellings
from examgen.evidence.persons.walking import files_of
from tests.evidence.people import NAME, PERSON, THAI, Path, ok

SPACED, DECOMPOSED = "1-1002 0030\u200b0148", "\u212a1234567"
WHO = [
    Person(PERSON, "erased-1", (NAME,)),
    Person("K1234567", "erased-2"),
    Person('Q"123456', "erased-3"),
    Person("77", "erased-4"),
]
CELLS = st.sampled_from(
    [
        *(PERSON, THAI, NAME, SPACED, "K1234567", DECOMPOSED, "k1234567", 'Q"123456', "77", "7"),
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
