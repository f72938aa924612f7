"""Lists beside the result files, as CSV: what each number right means, and the rows that were set aside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from examgen.reports.result_cells import csv_cell, csv_head, csv_line
from examgen.reports.result_layout import Judged, Place, ResultLayout
from examgen.responses import CriterionScale, SetAside

PC_SCALE_COLUMNS = (
    *("level", "unit", "element", "pc", "forms"),
    *("asked", "correct", "percent", "low", "high", "status"),
)
QUARANTINE_COLUMNS = ("file", "line", "candidate_id", "reason", "raw")
NOT_ON_LIST = "not_on_list"
_MOST_FORMS = 50
"""Forms that are named one by one."""


def pc_scale(layout: ResultLayout) -> bytes:
    """pc_scale.csv: a line for each number of points in each PC, element and unit, by how many items ask it.

    `low` and `high` are the interval in per cent. `forms` are those that ask it so: with more than 50 of them
    the first, the last and how many.
    """
    lines = [csv_head(PC_SCALE_COLUMNS)]
    for judged in (layout.criteria, layout.groups):
        for k, (place, scales) in enumerate(zip(judged.places, judged.scales, strict=True)):
            forms = _forms(layout, judged, k)
            for s, scale in enumerate(scales):
                if forms[s]:
                    lines += _scale_lines(place, _named(forms[s]), scale)
    return b"".join(lines)


def _forms(layout: ResultLayout, judged: Judged, k: int) -> list[list[str]]:
    """The forms that have each scale of place k."""
    found: list[list[str]] = [[] for _ in judged.scales[k]]
    for form, s in zip(layout.forms, judged.shape[:, k].tolist(), strict=True):
        found[s].append(form)
    return found


def _named(forms: list[str]) -> str:
    if len(forms) <= _MOST_FORMS:
        return " ".join(forms)
    return f"{forms[0]} … {forms[-1]} ({len(forms):,})"


def _scale_lines(place: Place, forms: str, scale: CriterionScale) -> Iterator[bytes]:
    where = csv_line([place.level, place.unit or None, place.element or None, place.pc or None, forms])[:-1]
    meaning = zip(scale.points, scale.percent, scale.low, scale.high, scale.status, strict=True)
    for points, percent, low, high, status in meaning:
        numbers = (str(scale.n_items), points if scale.n_items else None, percent, low, high, status)
        yield b"%s,%s\n" % (where, ",".join(text or "" for text in numbers).encode())


def quarantine(rows: Iterable[tuple[str, SetAside]], may_be: Mapping[str, str] = {}) -> Iterator[bytes]:
    """quarantine.csv, line by line: the name of the file and the row; `may_be` says by id whose a row of one
    who is on no list may be, and makes a column where it says anything."""
    yield csv_head((*QUARANTINE_COLUMNS, "may_be") if may_be else QUARANTINE_COLUMNS)
    few = lru_cache(csv_cell)  # names of files, and reasons
    for file, row in rows:
        cells = few(file), row.line, csv_cell(row.candidate_id), few(row.reason), csv_cell(row.raw)
        line = b"%s,%d,%s,%s,%s" % cells
        yield b"%s,%s\n" % (line, csv_cell(whose(row, may_be))) if may_be else line + b"\n"


def whose(row: SetAside, may_be: Mapping[str, str]) -> str:
    """Whose a row may be that is set aside because its id is on no list; empty where that is not so."""
    return may_be.get(row.candidate_id or "", "") if row.reason == NOT_ON_LIST else ""
