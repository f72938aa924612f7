"""The result tables put together cell by cell, by dictionaries and loops: what the fast writers must equal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from examgen.scoring.results import JudgedColumns, ResultLayout, ResultRows

Line = list[str | None]


def candidates(layout: ResultLayout, rows: ResultRows) -> Iterator[tuple[Line, Line, Line]]:
    """Of each candidate: texts that came in, our own, texts that came in."""
    for n, f in enumerate(rows.form.tolist()):
        place = int(rows.units[n].sum()) - layout.total.least_units[f]
        kinds = rows.kinds[n].tolist()
        own: Line = [*layout.total.leading[f][place]]
        own.append(None if rows.passed is None else "pass" if rows.passed[n] else "fail")
        own += map(str, kinds)
        if layout.second_look:
            own.append("yes" if rows.second_look is not None and rows.second_look[n] else "no")
        if layout.total.trailing_names:
            own += layout.total.trailing[f][place]
        yield _who(layout, rows, n), own, [cells[n] for cells in rows.extras]


def judged(layout: ResultLayout, rows: ResultRows, which: JudgedColumns) -> Iterator[tuple[Line, Line, Line]]:
    """The same of pc_results and element_results."""
    for n in range(len(rows.ids)):
        own: Line = []
        for _, scale, place in meanings(layout, rows, which, n):
            correct = scale.points[place] if scale.n_items else None
            own += [correct, scale.percent[place], scale.status[place]]
        yield _who(layout, rows, n), own, []


def meanings(
    layout: ResultLayout, rows: ResultRows, which: JudgedColumns, n: int
) -> Iterator[tuple[Any, Any, int]]:
    """Each judgement of a candidate: where it stands, its scale, the place in it."""
    f = int(rows.form[n])
    for k, at in enumerate(which.places):
        scale = which.scales[k][which.shape[f][k]]
        criteria = [
            c
            for c, one in enumerate(layout.criteria.places)
            if one.unit == at.unit and at.element in ("", one.element) and at.pc in ("", one.pc)
        ]
        yield at, scale, sum(int(rows.units[n, c]) for c in criteria) - scale.least_units


def _who(layout: ResultLayout, rows: ResultRows, n: int) -> Line:
    return [rows.ids[n].decode(), layout.forms[rows.form[n]]]


def csv_text(lines: Iterator[tuple[Line, Line, Line]]) -> str:
    """As the csv module writes them; texts that came in are neutral and their empty ones quoted."""
    found = []
    for before, own, after in lines:
        cells = [*(neutral(text) for text in before), *own, *(neutral(text) for text in after)]
        outer = {*range(len(before)), *range(len(before) + len(own), len(cells))}
        marked = ["\0" if text == "" and n in outer else text for n, text in enumerate(cells)]
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerow(marked)
        found.append(out.getvalue().removesuffix("\r\n").replace("\0", '""') + "\n")
    return "".join(found)


def neutral(text: str | None) -> str | None:
    """Led by an apostrophe where a spreadsheet would run it."""
    return f"'{text}" if text and text[0] in "=+-@\t\r" else text
