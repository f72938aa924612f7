"""Messages about the cells of a workbook: faults of a line, how a cell was read, faults that checks find.

A line with faults is checked as well, with stand-ins for what could not be read, so that all that is wrong
with it is told at once; nothing is written then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from examgen.bank.workbook.columns import heading_of
from examgen.bank.workbook.table import ItemCell, ItemRow
from examgen.bank.workbook.values import reading
from examgen.core.models.item import Item
from examgen.core.models.standard import Unit
from examgen.core.problems import Problem
from examgen.core.words import tell
from examgen.core.yamlfile import fault_words

UNDERSTOOD, UNREAD = "cell-understood", "cells-understood"
_MOST_CELLS = 8


class PlacedItem(NamedTuple):
    """Place of an item in the file: its line, its cells by field, the faulty fields."""

    item: str
    where: str
    cells: Mapping[str, ItemCell]
    faulty: frozenset[str] = frozenset()


def cell_of(row: ItemRow, field: str) -> ItemCell:
    """The cell of a field; where the file has no such column, an empty one at the line."""
    return row.cells.get(field) or ItemCell("", row.where, heading=heading_of(field))


def understood(cell: ItemCell, field: str, value: Any, item: str | None = None) -> list[Problem]:
    """How a cell was read, where that is not what stands in it."""
    message = reading(field, cell.text, value)
    if cell.note:
        message = tell("{note}, read as {text!r}", note=cell.note, text=cell.text)
    return [cell.problem(UNDERSTOOD, message, item, field, "notice")] if message else []


def invalid(row: ItemRow, error: ValidationError) -> Iterator[Problem]:
    """Yield the faults that the model of an item finds on a line."""
    for fault in error.errors(include_url=False):
        field = ".".join(str(part) for part in fault["loc"])
        if field == "options":
            too_few = tell("has too few options. Fill in at least two of their columns.")
            yield cell_of(row, "options.a").problem("value", too_few, field=field)
        else:
            cell = row.cells.get(field, ItemCell("", row.where))
            yield cell.problem("value", fault_words(fault), field=field or None)


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Those that keep the file from being imported."""
    return [problem for problem in problems if problem.severity == "error"]


def fields_of(problems: Iterable[Problem]) -> frozenset[str]:
    """The fields in which there are errors."""
    return frozenset(problem.field for problem in errors_of(problems) if problem.field)


def is_unclear(problem: Problem) -> bool:
    """Whether it cannot be told what the other cells of the line say."""
    return problem.field is None or problem.code == "cell-merged"


# ── lines with faults ────────────────────────────────────────────────────────────────────────


def letters_stood_in(row: ItemRow, faulty: Iterable[str]) -> dict[str, str]:
    """A text in place of each option or rationale that could not be read."""
    lettered = (field for field in faulty if "." in field and field in row.cells)
    return {field: f"… {row.cells[field].where}" for field in lettered}


def stood_in(
    row: ItemRow, data: Mapping[str, Any], faulty: Iterable[str], unit: Unit, name: str
) -> Item | None:
    """The item of a line as it might be once its faults are mended; None where too little of it is there."""
    whole = {"pcs": [unit.criteria[0].code], "levels": (), "cognitive": "apply", "reference": "…", **data}
    for field, text in letters_stood_in(row, faulty).items():
        group, _, letter = field.partition(".")
        whole[group] = {**whole[group], letter: text}
    if not whole["options"]:
        return None
    whole = {"stem": f"… {row.where}", "key": next(iter(whole["options"])), **whole, "id": name}
    try:
        return Item.model_validate(whole)
    except ValidationError:
        return None


def _is_doubtful(problem: Problem, faulty: frozenset[str]) -> bool:
    """Whether a finding on a line with faults may be of a stand-in."""
    if problem.severity != "error" or problem.field is None:
        return True
    own = problem.field
    return any(own == one or own.startswith(f"{one}.") or one.startswith(f"{own}.") for one in faulty)


# ── what the checks of the bank find ─────────────────────────────────────────────────────────


def at_cells(problems: Sequence[Problem], placed: Iterable[PlacedItem]) -> list[Problem]:
    """Problems of the bank's files, told at the cells of the items that the file changes or adds."""
    places = {one.item: one for one in placed}
    return [
        _at_cell(problem, places[problem.item]) if problem.item in places else problem
        for problem in problems
        if problem.item not in places
        or not places[problem.item].faulty
        or not _is_doubtful(problem, places[problem.item].faulty)
    ]


def _at_cell(problem: Problem, placed: PlacedItem) -> Problem:
    cells, field = placed.cells, problem.field or ""
    while field and field not in cells:
        field = field.rpartition(".")[0]
    group = [cell for name, cell in cells.items() if problem.field and name.startswith(f"{problem.field}.")]
    cell = cells.get(field) or (group[0] if group else ItemCell("", placed.where))
    return cell.problem(problem.code, problem.message, problem.item, problem.field, problem.severity)


# ── the order in which they are told ─────────────────────────────────────────────────────────


def when_refused(problems: Sequence[Problem], file: str) -> list[Problem]:
    """Errors first, then the rest; how cells were read is summed up, since nothing was taken from them."""
    read = [problem for problem in problems if problem.code == UNDERSTOOD]
    others = [one for one in problems if one.severity != "error" and one.code != UNDERSTOOD]
    return [*errors_of(problems), *others, *_summed(read, file)]


def _summed(read: Sequence[Problem], file: str) -> list[Problem]:
    if not read:
        return []
    cells = [problem.source.rpartition("!")[2] for problem in read]
    named = ", ".join(cells[:_MOST_CELLS]) + (" …" if len(cells) > _MOST_CELLS else "")
    n = tell("1 cell was") if len(cells) == 1 else tell("{n} cells were", n=len(cells))
    message = tell("fix the errors to see how {n} read ({named})", n=n, named=named)
    return [Problem(file, UNREAD, message, severity="notice")]
