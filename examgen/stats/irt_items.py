"""Item parameters as tables with names ↔ the arrays of `examgen.psychometrics.irt`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.psychometrics.irt.items import DICHOTOMOUS, GRADED, PARTIAL_CREDIT, ItemParameters
from examgen.stats.arguments import ArgumentError, kind_of, shown
from examgen.stats.response_data import columns_of
from examgen.stats.results import frame

Floats = NDArray[np.float64]
PARTIAL = ("grm", "pcm", "gpcm")
_KINDS = {"grm": GRADED, "pcm": PARTIAL_CREDIT, "gpcm": PARTIAL_CREDIT}
_RANGES = {"a": (-100.0, 100.0), "b": (-100.0, 100.0), "c": (0.0, 1.0), "u": (0.0, 1.0)}


def items_frame(
    names: Sequence[str], model: str, parameters: ItemParameters, errors: Mapping[str, Floats]
) -> pl.DataFrame:
    """`item`, `a`, `b` (or `b1` …), with 3PL and 4PL `c` and `u`, each with its standard error.

    Parameters
    ----------
    names : sequence of str
    model : str
    parameters : ItemParameters
    errors : mapping
        Standard errors by parameter: `a`, `c`, `u` (J,), `b` (J, M).
    """
    columns: dict[str, object] = {"item": list(names), "a": parameters.a, "se_a": errors["a"]}
    b, n_steps = parameters.b, parameters.d.shape[1]
    for k in range(n_steps):
        name = f"b{k + 1}" if model in PARTIAL else "b"
        columns |= {name: b[:, k], f"se_{name}": errors["b"][:, k]}
    if model in ("3pl", "4pl"):
        columns |= {"c": parameters.c, "se_c": errors["c"]}
    if model == "4pl":
        columns |= {"u": parameters.u, "se_u": errors["u"]}
    return frame(columns)


def parameters_from(
    table: object, items: Sequence[str] | None, model: str | None, argument: str, *, free: bool = False
) -> tuple[tuple[str, ...], ItemParameters]:
    """Parameters of items from a table with the columns `item`, `a`, `b` (or `b1` …), `c`, `u`.

    Parameters
    ----------
    table : data frame or mapping
        Of columns, or {item: {parameter: value}}.
    items : sequence of str, optional
        Which items, in this order; those of the table, where not given.
    model : str, optional
        Of steps `b1` …: `grm`, `pcm` or `gpcm`.
    argument : str
        For the sentence that refuses.
    free : bool
        Whether parameters that are not given are free (anchors), and not those of a simpler model.
    """
    if isinstance(table, Mapping) and table and all(isinstance(one, Mapping) for one in table.values()):
        fields = list(dict.fromkeys(name for one in table.values() for name in one))
        table = {"item": list(table)} | {name: [one.get(name) for one in table.values()] for name in fields}
    columns, _ = columns_of(table, argument)
    if "item" not in columns or not ({"a", "b", "b1", "c", "u"} & set(columns)):
        raise ArgumentError(
            f"{argument} is {kind_of(table)} with the columns {shown(columns)}; expected item, and a, b "
            "(or b1, b2 …), c, u"
        )
    rows = [str(one) for one in columns["item"].tolist()]
    if len(set(rows)) < len(rows):
        twice = next(one for one in rows if rows.count(one) > 1)
        raise ArgumentError(f"{argument} has the item {twice} twice")
    names = tuple(rows) if items is None else tuple(items)
    steps = sorted((name for name in columns if re.fullmatch(r"b\d+", name)), key=lambda name: int(name[1:]))
    values = {
        name: _numbers(columns[name], name, rows, argument)
        for name in ("a", *(steps or ["b"]), "c", "u")
        if name in columns
    }
    place = {name: row for row, name in enumerate(rows)}
    known = np.array([place.get(name, -1) for name in names])
    if not (known >= 0).any():
        raise ArgumentError(f"{argument} has none of the items {shown(names)}; it has {shown(rows)}")

    def column(name: str, otherwise: float) -> Floats:
        own = values.get(name, np.full(len(rows), np.nan))
        found = np.where(known >= 0, own[known], np.nan)
        return found if free else np.where(np.isnan(found) & (known >= 0), otherwise, found)

    b = np.stack([column(name, np.nan) for name in steps or ["b"]], axis=1)
    a = column("a", 1.0) if "a" in values else np.where(np.isnan(b[:, 0]), np.nan, 1.0)
    if (np.isfinite(b[:, 0]) & np.isnan(a)).any():
        one = names[int(np.flatnonzero(np.isfinite(b[:, 0]) & np.isnan(a))[0])]
        raise ArgumentError(f"{argument} has b but no a for item {one}")
    if steps and (kind := _KINDS.get(model or "")) is None:
        raise ArgumentError(f"{argument} has steps {shown(steps)}; say model='grm', 'pcm' or 'gpcm'")
    kinds = np.full(len(names), DICHOTOMOUS if not steps else kind, dtype=np.int8)
    d = -a[:, None] * b
    if steps and kind == PARTIAL_CREDIT:
        d = np.where(np.isnan(d), np.nan, np.cumsum(np.nan_to_num(d), axis=1))
    c, u = column("c", 0.0), column("u", 1.0)
    return names, ItemParameters(kinds, a, d, c, u)


def _numbers(values: NDArray[np.generic], name: str, rows: Sequence[str], argument: str) -> Floats:
    made = np.full(len(rows), np.nan)
    low, high = _RANGES[name[0]]
    for row, value in enumerate(values.tolist()):
        if value is None or value == "":
            continue
        try:
            made[row] = float(value)
        except (TypeError, ValueError):
            raise ArgumentError(f"{argument}: {name} of item {rows[row]} is {value!r}, no number") from None
        if not np.isnan(made[row]) and not low <= made[row] <= high:
            raise ArgumentError(
                f"{argument}: {name} of item {rows[row]} is {made[row]:g}; it is a number from "
                f"{low:g} to {high:g}"
            )
    return made
