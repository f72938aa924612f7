"""Candidate lists before printing: a table that people can correct, and the faults in it.

A list in any format that `render` accepts becomes a plain CSV table with one line for each row. The same
reader then reports its faults by those line numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from examgen.capture.candidate_lists import read_roster
from examgen.capture.cells import NOT_MARKED, fold, read_id
from examgen.capture.grader_decisions import clean_text, restored
from examgen.capture.list_columns import (
    ACCESSIBLE,
    EXTRA_MINUTES,
    GIVEN,
    LARGE_PRINT,
    OTHER_HELP,
    PLAIN_MARKS,
    VARIANTS,
    help_asked,
    is_marked,
    minutes_asked,
    recognised_list,
)
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.names import CANDIDATES_CSV
from examgen.core.exam.package import read_package
from examgen.core.files import read_input
from examgen.core.models.form import Candidate
from examgen.core.models.papers import CandidateNumber, PapersRule
from examgen.core.models.sitting import SittingPlan
from examgen.core.problems import Problem, Refused
from examgen.core.tables.records import visible
from examgen.core.words import Message, command, tell
from examgen.scoring.numbers_to_check import zeros_lost
from examgen.scoring.sitting_plan import PLAN

NAME = "candidates.csv"
_MEANT = VARIANTS | GIVEN
"""By folded heading, the columns that affect a printing, besides those that papers show."""
MOST_OF_HELP = 200
"""The maximum length in characters of an accommodation, the same as in the plan of a sitting."""
_MINUTES = re.compile(r"(\d{1,3})\D{0,12}")


class ListTable(NamedTuple):
    """A candidate list: the column headings, and the cells of each row by its line in the file sent."""

    heads: tuple[str, ...]
    rows: Mapping[int, tuple[str, ...]]

    def as_csv(self) -> bytes:
        """Return the table as CSV in UTF-8: headings on the first line, each row on its own line number."""
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(self.heads)
        for before, (line, row) in zip((1, *self.rows), self.rows.items(), strict=False):
            text.write("\n" * (line - before - 1))
            writer.writerow(row)
        return text.getvalue().encode("utf-8-sig", "replace")


def list_table(name: str, data: bytes) -> ListTable:
    """Return a list in any format as a table. Raises Refused if it is not a candidate list."""
    table, columns = recognised_list(visible(name), data)
    width = len(columns.names)
    rows = {record.line: _cells(record.fields, width) for record in table.body(width)}
    heads = tuple(_line(head) for head in columns.names)
    return ListTable(heads, rows)


def own_table(data: bytes) -> ListTable:
    """Return the table that `as_csv` wrote."""
    heads, *lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    return ListTable(tuple(heads), {n: tuple(cells) for n, cells in enumerate(lines, 2) if cells})


def says(candidate: Candidate, column: str) -> str | None:
    """Return the cell of a candidate in a column of a variant, however its heading is written; None if
    there is no such column."""
    heads = (name for name in candidate.extra if VARIANTS.get(fold(name)) == column)
    return next((candidate.extra[name] for name in heads), None)


def gets(candidate: Candidate, column: str) -> bool:
    """Return whether a candidate gets this variant of the booklet."""
    return is_marked(says(candidate, column) or "")


class Variants(NamedTuple):
    """The number of candidates who get each variant of the booklet."""

    large_print: int
    accessible: int


def variants_of(candidates: Sequence[Candidate]) -> Variants:
    """Return how many candidates of a list get each variant."""
    return Variants(*(sum(gets(one, column) for one in candidates) for column in (LARGE_PRINT, ACCESSIBLE)))


def variant_faults(
    name: str, candidates: Sequence[Candidate], accessible: bool, large_print: bool
) -> list[Problem]:
    """Return a problem for each requested variant for which the list has no column of candidates who get
    it."""
    return [
        Problem(
            name,
            "no-column",
            tell(
                "no column `{column}`. Add it and enter x for candidates who get that version.", column=column
            ),
        )
        for column, wanted in ((ACCESSIBLE, accessible), (LARGE_PRINT, large_print))
        if wanted and not any(says(one, column) is not None for one in candidates)
    ]


def help_faults(name: str, data: bytes, plan: SittingPlan | None) -> list[Problem]:
    """Return a problem for each row that requests extra time or other help that the plan of the sitting does
    not give."""
    given = {canonical_number(one.candidate_id): one for one in (plan.accommodation if plan else ())}
    problems = []
    for line, head, cell, who in _extra_cells(name, data):
        column, planned = GIVEN.get(fold(head)), given.get(who)
        message = None
        if column == EXTRA_MINUTES:
            if (minutes := minutes_of(cell)) is None:
                message = _not_minutes(head, cell)
            elif minutes > (has := planned.extra_minutes if planned else 0):
                message = tell(
                    "`{head}` requests {minutes} more minutes, but the plan of the sitting "
                    "gives {has}. Write them under `accommodation` in {plan} and add it "
                    "with {take}",
                    head=head, minutes=minutes, has=has, plan=PLAN, take=command("take"),
                )  # fmt: skip
        elif column == OTHER_HELP and is_marked(cell) and planned is None:
            message = tell(
                "`{head}` requests {help}, but the plan of the sitting gives nothing. "
                "Write it under `accommodation` in {plan} and add it with {take}",
                head=head, help=cell, plan=PLAN, take=command("take"),
            )  # fmt: skip
        if message is not None:
            problems.append(Problem(f"{name}:{line}", "help-not-planned", message))
    return problems


def _column_words(column: str) -> Message:
    """Say how to enter a request in the column that it belongs to."""
    if column in (LARGE_PRINT, ACCESSIBLE):
        return tell("enter x in the column `{column}`", column=column)
    return tell("write it in the column `{column}`", column=column)


def doubts(name: str, data: bytes) -> list[Problem]:
    """Return warnings about a candidate list: numbers that may have lost leading zeros, cells that may
    request a special version, more time or other help but are ignored, and unusual entries that are treated
    as requests."""
    table, columns = recognised_list(visible(name), data)
    rows = [*table.body(len(columns.names))]
    numbers = [canonical_number(read_id(record.fields[columns.candidate])) for record in rows]
    names = [columns.name.of(record.fields) for record in rows]
    problems = [
        Problem(f"{name}:{line}", "zeros-lost", message, severity="warning")
        for line, message in _lost_zeros([record.line for record in rows], numbers, names).items()
    ]
    for line, head, cell, _ in _extra_cells(name, data):
        column = VARIANTS.get(fold(head))
        may_ask = fold(head) not in _MEANT and is_marked(cell)
        for one in dict.fromkeys((*help_asked(cell), *help_asked(head)) if may_ask else ()):
            message = tell(
                "`{head}` {cell} may be a request for {help}. If it is, {where}",
                head=head, cell=cell, help=_HELP_WORDS[one], where=_column_words(one),
            )  # fmt: skip
            problems.append(Problem(f"{name}:{line}", "may-ask-for-help", message, severity="warning"))
        if column is not None and is_marked(cell) and cell.casefold() not in PLAIN_MARKS:
            message = tell(
                "`{head}` {cell} is treated as a request for {help}",
                head=head,
                cell=cell,
                help=_HELP_WORDS[column],
            )
            problems.append(Problem(f"{name}:{line}", "odd-mark", message, severity="warning"))
    return problems


_HELP_WORDS = {
    LARGE_PRINT: tell("large print"),
    ACCESSIBLE: tell("a version for screen readers"),
    EXTRA_MINUTES: tell("more time"),
    OTHER_HELP: tell("other help"),
}


def _extra_cells(name: str, data: bytes) -> Iterator[tuple[int, str, str, str]]:
    """Yield the line, heading and text of every cell that is not a candidate number, name or place, and the
    number of its candidate."""
    table, columns = recognised_list(visible(name), data)
    for record in table.body(len(columns.names)):
        who = canonical_number(read_id(record.fields[columns.candidate]))
        for place in columns.extras:
            yield record.line, columns.names[place].strip(), clean_text(record.fields[place]), who


def marked_variants(table: ListTable) -> dict[str, frozenset[int]]:
    """Return the lines marked for each variant, without checking whether the list has faults."""
    found = {}
    for column in (LARGE_PRINT, ACCESSIBLE):
        place = _place(table, column)
        marked = (n for n, row in table.rows.items() if place is not None and is_marked(_cell(row, place)))
        found[column] = frozenset(marked)
    return found


def with_variants(
    table: ListTable, lines: Collection[int], chosen: Mapping[str, Collection[int]]
) -> ListTable:
    """Return the table with exactly the chosen lines marked for each variant, among `lines`; other lines are
    unchanged."""
    for column, marked in chosen.items():
        before = marked_variants(table)[column]
        cells = {
            line: "x" if line in marked else "" for line in lines if (line in before) != (line in marked)
        }
        table = _with_column(table, column, cells)
    return table


class GivenHelp(NamedTuple):
    """Accommodations that a list gives a candidate, other than a variant of the booklet."""

    minutes: int
    other: str

    def __bool__(self) -> bool:
        return self.minutes > 0 or bool(self.other)


def given_help(table: ListTable) -> dict[int, GivenHelp]:
    """Return the lines of a table that give somebody extra time or other help. Minutes that cannot be read
    count as 0."""
    minutes, other = _place(table, EXTRA_MINUTES), _place(table, OTHER_HELP)
    found = {
        line: GivenHelp(minutes_of(_cell(row, minutes)) or 0, _help_of(_cell(row, other)))
        for line, row in table.rows.items()
    }
    return {line: one for line, one in found.items() if one}


def with_help(table: ListTable, given: Mapping[int, GivenHelp]) -> ListTable:
    """Return the table in which the candidates of these lines get exactly this extra time and other help."""
    table = _with_column(table, EXTRA_MINUTES, {line: str(one.minutes or "") for line, one in given.items()})
    return _with_column(table, OTHER_HELP, {line: one.other for line, one in given.items()})


def minutes_of(text: str) -> int | None:
    """Return the minutes written in a cell, with or without their unit. Empty or unmarked cells are 0; None
    if the text is not a number of minutes."""
    found = _MINUTES.fullmatch(text.strip())
    return int(found[1]) if found else None if is_marked(text) else 0


def _help_of(text: str) -> str:
    return " ".join(text.split())[:MOST_OF_HELP] if is_marked(text) else ""


def _with_column(table: ListTable, column: str, cells: Mapping[int, str]) -> ListTable:
    """Return the table with new cells in a column that affects printing. The column is added if it is missing
    and needed."""
    place = _place(table, column)
    if place is None:
        if not any(cells.values()):
            return table
        place = len(table.heads)
        table = ListTable((*table.heads, column), {n: (*row, "") for n, row in table.rows.items()})
    rows = dict(table.rows)
    for line, cell in cells.items():
        rows[line] = (*rows[line][:place], cell, *rows[line][place + 1 :])
    return ListTable(table.heads, rows)


def _place(table: ListTable, column: str) -> int | None:
    return next((n for n, head in enumerate(table.heads) if _MEANT.get(fold(head)) == column), None)


def _cell(row: Sequence[str], place: int | None) -> str:
    return row[place] if place is not None and place < len(row) else ""


class Remark(NamedTuple):
    """A remark in a list about a candidate that printing ignores."""

    line: int
    text: str
    wants: tuple[str, ...]
    """The columns for the requests that the remark seems to make."""
    open: Mapping[str, GivenHelp]
    """The requests among `wants` that are not yet granted, with the minutes or help to enter."""


def remarks_of(
    table: ListTable, candidates: Sequence[Candidate], given: Mapping[int, GivenHelp]
) -> list[Remark]:
    """Return every remark in a list without faults. `given` are the accommodations other than booklet
    variants, by line."""
    marked, found = marked_variants(table), []
    for line, one in zip(table.rows, candidates, strict=False):
        has = given.get(line, GivenHelp(0, ""))
        for head, cell in one.extra.items():
            column, text = _MEANT.get(fold(head)), " ".join(cell.split())
            wants = [want for want in dict.fromkeys(help_asked(text)) if want != column]
            minutes = minutes_asked(text)
            if minutes and EXTRA_MINUTES not in wants and column != EXTRA_MINUTES:
                wants.append(EXTRA_MINUTES)
            if text.casefold() in NOT_MARKED or (column is not None and not wants):
                continue
            not_given = {}
            for want in wants:
                if want in marked:
                    if line not in marked[want]:
                        not_given[want] = GivenHelp(0, "")
                elif want == EXTRA_MINUTES and minutes:
                    if has.minutes < minutes:
                        not_given[want] = GivenHelp(minutes, "")
                elif not has:
                    not_given[want] = GivenHelp(0, text[:MOST_OF_HELP])
            found.append(Remark(line, text, tuple(wants), not_given))
    return found


_MOST_ALIKE = 0.8
"""A number or an empty name is reported as unusual if at least this proportion of the list is of the other
kind."""


def to_look_at(table: ListTable, candidates: Sequence[Candidate]) -> dict[int, list[Message]]:
    """Return possible slips of a list without faults, by line: a number that lost its zeros or has an unusual
    length or form, and a missing name."""
    found: dict[int, list[Message]] = {}
    numbers = [canonical_number(one.candidate_id) for one in candidates]
    lost = _lost_zeros([*table.rows], numbers, [one.name for one in candidates])
    lengths = Counter(map(len, numbers)).most_common(1)
    plain = sum(one.candidate_id == number for one, number in zip(candidates, numbers, strict=True))
    named = sum(bool(one.name) for one in candidates)
    for line, one, number in zip(table.rows, candidates, numbers, strict=True):
        own = [lost[line]] if line in lost else []
        usual, n = lengths[0]
        if not own and len(number) != usual and n >= _MOST_ALIKE * len(numbers):
            own.append(
                tell(
                    "{number} has {n} characters, and nearly all others have {usual}",
                    number=one.candidate_id,
                    n=len(number),
                    usual=usual,
                )
            )
        if one.candidate_id != number and plain >= _MOST_ALIKE * len(numbers):
            own.append(
                tell(
                    "{typed} stays as it is typed. It is the same as {number}",
                    typed=one.candidate_id,
                    number=number,
                )
            )
        if not one.name and named >= _MOST_ALIKE * len(numbers):
            own.append(tell("the name is empty"))
        if own:
            found[line] = own
    return found


def _lost_zeros(lines: Sequence[int], numbers: Sequence[str], names: Sequence[str]) -> dict[int, Message]:
    """By line, the numbers that have fewer digits than those that begin with 0; with the one that it is but
    for its zeros, where that bears the same name."""
    ids = np.array([number.encode("utf-8", "replace") for number in numbers], np.bytes_)
    with_zeros = {
        (number.lstrip("0"), name): number
        for number, name in zip(numbers, names, strict=True)
        if number.startswith("0")
    }
    if not with_zeros:
        return {}
    found = {}
    for place in zeros_lost(ids).tolist():
        number, other = numbers[place], with_zeros.get((numbers[place], names[place]))
        found[lines[place]] = (
            tell("{number} may be the same person as {other}: zeros may be lost", number=number, other=other)
            if other
            else tell(
                "{number} has fewer digits than the others, which begin with 0: zeros may be lost",
                number=number,
            )
        )
    return found


def unused_heads(candidates: Sequence[Candidate]) -> list[str]:
    """Return the columns of a list that no paper shows and that do not affect printing."""
    return [name for name in (candidates[0].extra if candidates else ()) if fold(name) not in _MEANT]


def same_names(candidates: Sequence[Candidate]) -> int:
    """Return how many names occur more than once in a list."""
    return sum(n > 1 for name, n in Counter(one.name for one in candidates).items() if name)


def _cells(fields: Sequence[str], width: int) -> tuple[str, ...]:
    """Return as many cells as the table has columns, or more if the line has more that are not empty."""
    cells = [_line(cell) for cell in fields]
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    return tuple(cells + [""] * (width - len(cells)))


def _line(cell: str) -> str:
    return " ".join(cell.split("\n")).replace("\r", " ")


def mended(table: ListTable, cells: Mapping[tuple[int, int], str], removed: Sequence[int]) -> ListTable:
    """Return the table with cells replaced, by line and column, and without the removed lines."""
    width = len(table.heads)
    rows = {}
    for line, row in table.rows.items():
        if line not in removed:
            changed = [cells.get((line, column), cell) for column, cell in enumerate(row)]
            rows[line] = _cells(changed, width)
    return ListTable(table.heads, rows)


class CheckedList(NamedTuple):
    """A list as a printing would read it: its candidates, or its faults by line. Line 0 holds the faults of
    the whole list."""

    candidates: tuple[Candidate, ...]
    faults: Mapping[int, Sequence[Problem]]


def checked(table: ListTable, folder: Path, rule: PapersRule | None = None) -> CheckedList:
    """Read a list for the exam in `folder`, checking candidate numbers by the rule of its papers. `rule`
    replaces that of the blueprint."""
    number = (rule or read_package(folder).exam.blueprint.papers).candidate_number
    try:
        asked = number if number != CandidateNumber() else None
        found = CheckedList(read_roster(NAME, table.as_csv(), asked, read_package(folder).codes), {})
    except Refused as refused:
        faults: dict[int, list[Problem]] = {}
        for one in refused.problems:
            line = one.source.rpartition(":")[2]
            faults.setdefault(int(line) if line.isdecimal() else 0, []).append(one)
        return CheckedList((), faults)
    if faulty := _unread_minutes(table):
        return CheckedList((), faulty)
    return found


def _unread_minutes(table: ListTable) -> dict[int, list[Problem]]:
    """Return a problem for each line whose extra minutes are not a number."""
    place, found = _place(table, EXTRA_MINUTES), dict[int, list[Problem]]()
    for line, row in table.rows.items():
        if minutes_of(cell := _cell(row, place)) is None:
            message = _not_minutes(table.heads[place or 0].strip(), cell)
            found[line] = [Problem(f"{NAME}:{line}", "extra-minutes", message)]
    return found


def _not_minutes(head: str, cell: str) -> Message:
    return tell(
        "`{role}` {cell} is not a number of minutes. Write a number, for example 15, or leave it empty.",
        role=head,
        cell=cell,
    )


def printed_list(folder: Path) -> ListTable | None:
    """Return the list with which the papers of the exam in `folder` were printed, without the assigned
    booklets; None if they were printed without a list."""
    path = folder / CANDIDATES_CSV
    if not path.is_file():
        return None
    heads, *lines = [*csv.reader(io.StringIO(read_input(path).decode("utf-8-sig"), newline=""))]
    kept = [n for n, head in enumerate(heads) if head not in ("form", "serial", "base")]
    number = heads.index("candidate_id")
    rows = [tuple(restored(line[n]) for n in kept) for line in lines if line[number]]
    return ListTable(tuple(heads[n] for n in kept), dict(enumerate(rows, 2))) if rows else None
