"""Messages about the cells of a workbook: how a cell was read, faults found by checks, and their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from examgen.bank.workbook.columns import heading_of
from examgen.bank.workbook.table import ItemCell, ItemRow
from examgen.bank.workbook.values import reading
from examgen.core.problems import Problem
from examgen.core.words import tell
from examgen.core.yamlfile import fault_words

UNDERSTOOD, UNREAD = "cell-understood", "cells-understood"
_MOST_CELLS = 8


def understood(cell: ItemCell, field: str, value: Any, item: str | None = None) -> list[Problem]:
    """Return a notice of how a cell was read, if that differs from its text."""
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
            cell = row.cells.get("options.a") or ItemCell("", row.where, heading=heading_of("options.a"))
            yield cell.problem("value", too_few, field=field)
        else:
            cell = row.cells.get(field, ItemCell("", row.where))
            yield cell.problem("value", fault_words(fault), field=field or None)


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems that prevent an import."""
    return [problem for problem in problems if problem.severity == "error"]


def at_cells(problems: Iterable[Problem], rows: Mapping[str, ItemRow]) -> list[Problem]:
    """Return problems of the bank's files, located at the cells of the items that the file changes or
    adds.
    """
    found = ((problem, rows.get(problem.item or "")) for problem in problems)
    return [_at_cell(problem, row) if row else problem for problem, row in found]


def _at_cell(problem: Problem, row: ItemRow) -> Problem:
    field = problem.field or ""
    while field and field not in row.cells:
        field = field.rpartition(".")[0]
    group = (cell for name, cell in row.cells.items() if name.startswith(f"{problem.field}."))
    cell = row.cells.get(field) or next(group, ItemCell("", row.where))
    return cell.problem(problem.code, problem.message, problem.item, problem.field, problem.severity)


def when_refused(problems: Sequence[Problem], file: str) -> list[Problem]:
    """Return errors first, then the rest. How cells were read is summarised, because nothing was imported."""
    others = [one for one in problems if one.severity != "error" and one.code != UNDERSTOOD]
    cells = [one.source.rpartition("!")[2] for one in problems if one.code == UNDERSTOOD]
    if cells:
        named = ", ".join(cells[:_MOST_CELLS]) + (" …" if len(cells) > _MOST_CELLS else "")
        n = tell("1 cell was") if len(cells) == 1 else tell("{n} cells were", n=len(cells))
        message = tell("fix the errors to see how {n} read ({named})", n=n, named=named)
        others.append(Problem(file, UNREAD, message, severity="notice"))
    return [*errors_of(problems), *others]
