"""Rows of a DIF analysis → which group each item favours, among candidates of like totals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from examgen.workflow.analysis_documents import Document

CROSSING = "crossing"
"""In place of a group: whom the item favours depends on the total."""

_SIGNED = {
    "mh": ("mh_delta", 1),
    "std": ("std_p_dif", 1),
    "raju": ("signed_area", -1),
    "sibtest": ("beta", -1),
}
"""By method, the field whose sign tells it; 1 where a positive one favours the focal group."""


def with_direction(
    rows: Sequence[Document], method: str, groups: tuple[str, str], totals: tuple[float, float]
) -> list[Document]:
    """The rows with `favours`: the name of a group, `crossing`, or None where there is no telling; and those
    of `mh` with `ets_signed`.

    Parameters
    ----------
    groups : names of the reference and of the focal group.
    totals : the 10 % and the 90 % quantile of totals, between which regression lines may cross.
    """
    found = []
    for row in rows:
        sign = _sign(row, method, totals)
        favours = CROSSING if sign is None else {1: groups[1], -1: groups[0]}.get(sign)
        own = {**row, "favours": favours}
        if method == "mh":
            ets = row.get("ets") or None
            own["ets_signed"] = ets if ets in (None, "A") or not sign else f"{ets}{'+' if sign > 0 else '-'}"
        found.append(own)
    return found


def _sign(row: Document, method: str, totals: tuple[float, float]) -> int | None:
    """1 where the focal group does better than its like, −1 where worse, 0 where there is no telling, None
    where that depends on the total."""
    if method == "logistic":
        return _of_lines(row, totals)
    if method == "lr":
        b = row.get("b")
        return 0 if not b or len(b) != 2 or None in b else _of(b[0] - b[1])
    field, way = _SIGNED[method]
    value = row.get(field)
    return 0 if value is None else way * _of(value)


def _of_lines(row: Document, totals: tuple[float, float]) -> int | None:
    """By the difference of the regression lines, β₂ + β₃ total, at low and at high totals."""
    coefficients: Any = row.get("coefficients")
    if not coefficients or len(coefficients) != 4 or None in coefficients:
        return 0
    low, high = (_of(coefficients[2] + coefficients[3] * total) for total in totals)
    return low if low == high else None


def _of(value: float) -> int:
    return (value > 0) - (value < 0)
