"""Conversion of the items of a response table to scores; cells that are not scores are refused, with their
locations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from examgen.stats.arguments import DataError, number_of, shown
from examgen.stats.cell_values import (
    GREATEST_SCORE,
    Codes,
    is_half,
    is_negative,
    plain_code,
    score,
)
from examgen.stats.columns import Column, score_columns
from examgen.stats.matrix import Cells
from examgen.stats.response_tables import SHOWN, ResponseTable, are_numbered
from examgen.stats.results import Argument, Note, sentences

_FEW, _NEARLY_ALL = 20, 0.95
"""A column with this share of different values among more persons than that is hardly an item."""
SHOWN_COLUMNS = 3
"""The maximum number of columns without a score that are listed singly."""
_NO_SCORE = -9
TEXTS: dict[str, str] = {
    "no-scores": "{data} contains cells that are not scores",
    "not-a-score": "`{text}` is not a score. Write 0, 1, 2 … or leave the cell blank. If it stands for no "
    "answer, name it with {missing}. If the cells are options, give their key with {key}. Exclude a column "
    "that is not an item with {exclude}",
    "not-a-score.half": "`{text}` is half a point, and only item analysis takes half points. Multiply all "
    "scores by 2, or give total scores where the analysis takes them",
    "not-a-score.total": "`{text}` is not a score of an item. If the column holds total scores, give them as "
    "a table or a vector to an analysis that takes totals",
    "not-a-score.column": "contains no score, only {shown}. Exclude the column with {exclude}, or, if these "
    "are options, give their key with {key}",
    "not-a-score.columns": "{n} columns ({names}) contain no score, for example only {shown}. If these are "
    "options, give their key with {key}. Exclude columns that are no items with {exclude}",
    "not-a-score.more": "and {n} more cells of this column",
    "all-different": "{item} has {n} different values of {n_persons} persons, unlike scores. If it "
    "identifies the candidates, call it `id`. If it is not an item, leave it out with {argument}. If it is "
    "one, name it like the item beside it, with a number (q1, q2)",
    "below-zero": "{n} [cell is a number|cells are numbers] below 0 and [counts|count] as missing. Write 0 "
    "for an answer that counts as wrong",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""
note = sentences(TEXTS)


def scores(table: ResponseTable, codes: Codes, unit: int = 1) -> Cells:
    """Return the scores (N, J) as whole numbers, `unit` of which make one point; negative if missing.

    A blank counts as not administered, since the table does not give the reason. Raises DataError with every
    cell that is not a score.
    """
    cells = np.empty((table.n_rows, len(table.items)), dtype=np.int8)
    faults: list[Note] = []
    columns = {column.name for column in table.items}
    may_be_totals = columns <= {*score_columns(columns).values()}
    for j, column in enumerate(table.items):
        values = [score(value, codes, unit) for value in column.values]
        faults += _faults(table, column, values, may_be_totals=may_be_totals)
        known = [_NO_SCORE if value is None else value for value in values]
        cells[:, j] = np.array(known, dtype=np.int8)[column.codes]
    of_columns = [one for one in faults if one.text == TEXTS["not-a-score.column"]]
    if len(of_columns) > SHOWN_COLUMNS:
        names = shown([one.values["field"] for one in of_columns])
        last = of_columns[-1].values | {"n": len(of_columns), "names": names, "field": ""}
        head = note("not-a-score.columns", **last | {"exclude": Argument("exclude")})
        faults = [head, *(one for one in faults if one not in of_columns)]
    if faults:
        raise DataError(note("no-scores", data=table.name), *faults)
    return cells


def unit_of(table: ResponseTable) -> int:
    """Return 2 if there are half points, else 1."""
    return 2 if any(is_half(value) for column in table.items for value in column.values) else 1


def below_zero(table: ResponseTable, codes: Codes) -> Iterator[Note]:
    """Yield a note on negative numbers that are not named as codes for no answer."""
    n = sum(
        count
        for column in table.items
        for value, count in zip(column.values, column.counts(), strict=True)
        if is_negative(value) and plain_code(value) not in codes
    )
    if n:
        yield note("below-zero", n=n)


def _faults(
    table: ResponseTable, column: Column, values: Sequence[int | None], *, may_be_totals: bool
) -> Iterator[Note]:
    wrong = [code for code, value in enumerate(values) if value is None]
    rows = np.flatnonzero(np.isin(column.codes, wrong)).tolist() if wrong else []
    arguments = {
        "exclude": Argument("exclude", column.name),
        "key": Argument("key"),
        "missing": Argument("missing"),
    }
    is_totals = may_be_totals and None not in map(number_of, column.values)
    if len(rows) > 1 and not is_totals and all(value is None or value < 0 for value in values):
        texts = [f"`{_text(column.values[code])[:20]}`" for code in wrong]
        only = ", ".join(texts[:3]) + (" …" if len(texts) > 3 else "")
        yield note("not-a-score.column", shown=only, **arguments, where=table.name, field=column.name)
        return
    for row in rows[:SHOWN]:
        value = column.values[column.codes[row]]
        key = "not-a-score" + (".total" if is_totals else ".half" * is_half(value))
        yield note(key, text=_text(value)[:40], **arguments, **table.place(row, column.name))
    if len(rows) > SHOWN:
        yield note("not-a-score.more", n=len(rows) - SHOWN, where=table.name, field=column.name)


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def refuse_names(table: ResponseTable, cells: Cells, *, are_named: bool) -> None:
    """Raise DataError for an item whose values are nearly all different, since these are numbers of persons,
    not scores.

    With more persons than possible scores this cannot happen, so that only small tables are checked. If the
    names are the user's, an item whose name differs from its neighbour's only in a number is accepted.
    """
    n, items = len(cells), [column.name for column in table.items]
    if not _FEW < n <= 2 * (GREATEST_SCORE + 1):
        return
    ordered = np.sort(cells, axis=0)
    different = 1 + np.count_nonzero(np.diff(ordered, axis=0), axis=0)
    for j in np.flatnonzero(different >= _NEARLY_ALL * n).tolist():
        beside = (*items[max(j - 1, 0) : j], *items[j + 1 : j + 2])
        if not are_named or not any(are_numbered(items[j], one) for one in beside):
            values = {"n": int(different[j]), "n_persons": n, "argument": Argument("exclude", items[j])}
            raise DataError(note("all-different", item=items[j], **values))
