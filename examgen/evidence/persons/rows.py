"""Rows of a table → the cells that change: numbers of candidates, names, what else a person's row says.

The same for every kind of table: text, workbook, Parquet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from examgen.evidence.persons.columns import is_of_what_is_given, is_whose, names_candidates, says_why, stays
from examgen.evidence.persons.spelling import Spellings

_MOST_TITLES = 20
"""Lines above the heading in which it is looked for."""
Cells = Mapping[tuple[int, int], str]
"""By row and column, from 0, what a cell says now."""


def heading_of(rows: Sequence[Sequence[str]]) -> int | None:
    """Which row heads the table: the first one that names a column of candidates; None where none does."""
    for n, row in enumerate(rows[:_MOST_TITLES]):
        if any(is_whose(cell) for cell in row):
            return n
    for n, row in enumerate(rows[:_MOST_TITLES]):
        if any(names_candidates(cell) for cell in row):
            return n
    return None


def changed_cells(
    rows: Sequence[Sequence[str]],
    spellings: Spellings,
    theirs: Mapping[int, str] | None = None,
    among: Iterable[int] | None = None,
) -> dict[tuple[int, int], str]:
    """The cells that change, `among` some rows if they are named; `theirs` has what takes the place of the
    number in rows of these persons that say another one."""
    found: dict[tuple[int, int], str] = {}
    head = heading_of(rows)
    names = rows[head] if head is not None else ()
    of_health = {c for c, name in enumerate(names) if is_of_what_is_given(names) and says_why(name)}
    whose = [n for n, cell in enumerate(names) if is_whose(cell)]
    others = [n for n, cell in enumerate(names) if names_candidates(cell) and n not in whose]
    for n in range(len(rows)) if among is None else sorted(among):
        row = rows[n]
        if head is not None and n > head:
            numbers = {c: of for c in whose if c < len(row) and (of := spellings.of_candidate(row[c]))}
            if theirs and n in theirs and not numbers and whose and whose[0] < len(row):
                numbers = {whose[0]: theirs[n]}
            for c in others:
                if c < len(row) and row[c] and (named := _named(row[c], spellings)) is not None:
                    found[n, c] = named
            if numbers:
                for c, cell in enumerate(row):
                    if c in numbers:
                        found[n, c] = numbers[c]
                    elif cell and (c >= len(names) or c in of_health or not stays(names[c], cell)):
                        found[n, c] = ""
        for c, cell in enumerate(row):
            if (n, c) not in found and cell and (plain := text_of(cell, spellings)) != cell:
                found[n, c] = plain
    return found


def _named(cell: str, spellings: Spellings) -> str | None:
    """A cell that names one candidate, or several with commas, blanks or bars between; None where it names
    none of these."""
    if (put := spellings.of_candidate(cell)) is not None:
        return put
    for between in (", ", ",", "; ", ";", " | ", "|", "\n", " "):
        parts = cell.split(between)
        if len(parts) > 1:
            puts = [spellings.of_candidate(one) or one for one in parts]
            if puts != parts:
                return between.join(puts)
    return None


def text_of(text: str, spellings: Spellings) -> str:
    """Any text as it is without the persons."""
    put = spellings.whole(text)
    return spellings.in_text(text) if put is None else put
