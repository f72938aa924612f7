"""Conversion between tables of item parameters with names and the arrays of examgen.stats.irt_models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats.arguments import ArgumentError, DataError, RowFaults, number_of, shown
from examgen.stats.columns import ROW_NAMES, columns_of
from examgen.stats.irt_models import DICHOTOMOUS, GRADED, PARTIAL_CREDIT, ItemParameters
from examgen.stats.matrix import Cells, Floats, Ints
from examgen.stats.results import Argument, Note, note_of

PARTIAL = ("grm", "pcm", "gpcm")
_KINDS = {"grm": GRADED, "pcm": PARTIAL_CREDIT, "gpcm": PARTIAL_CREDIT}
_PARAMETERS = ("a", "b", "d", "c", "u")
FAR = 100.0
"""The maximum absolute slope, difficulty or intercept, on a logit scale."""
_STEP = re.compile(r"b\d+")
_INTERCEPT = re.compile(r"d\d+")
"""Intercepts of steps, which our own tables have beside `b1` …"""
_OF_R = {"a1": "a", "g": "c"}
"""Names of mirt for parameters that are ours."""
_LIKELY = {
    "a": ("alpha", "disc", "discrim", "discrimination", "dscrmn", "slope"),
    "b": ("beta", "dffclt", "diff", "difficulty", "eta", "intercept", "location", "threshold", "xsi"),
    "c": ("asymptote", "guess", "guessing", "gussng", "lower", "pseudo-guessing", "pseudo_guessing"),
}
"""What other programs call each parameter: refused where the table does not have it under our name."""
_NEVER = re.compile(r"a[2-9]|a\d\d+|[cdgu]\d+|ak\d+|tau\d*|delta\d*|specific|beta ?item.*|b\.cat\d+.*")
"""Names of parameters that no model here has: further dimensions, nominal categories, intercepts of steps."""
_OWN = (
    *("item", "scores", "group", "n", "slope", "intercept"),
    *("item_hash", "administration", "form", "date", "facility", "item_rest", "scale"),
)
"""Columns of our own tables that are no parameters."""
_OF_FIT = frozenset(("n", "infit", "z_infit", "outfit", "z_outfit", "s_x2", "n_s_x2", "df", "p", "rmsea"))
"""Columns of our own tables of fitted items, which has all of them."""
_NEAR = 0.02
"""How far b may be from −d / a in a table that has both, as tables round."""
_GREATEST = 127
TEXTS: dict[str, str] = {
    "no-parameters": "{argument} has the columns {columns}; expected item, and a, b (or b1, b2 …), c, u. "
    "If these are responses, fit them first with {irt}",
    "unknown-parameter": "{argument} has no {own}, but a column {name}: name it {own} if it is that "
    "parameter of c + (1 − c) / (1 + exp(−a(θ − b))), or leave it out",
    "unknown-parameter.never": "{argument} has the column {name}, which no model here has; parameters are a, "
    "b (or b1, b2 …), c, as coef(m, IRTpars = TRUE) of mirt has them, or its a1, d, g",
    "item-twice": "{argument} has the item {item} twice",
    "upper-asymptote": "{argument} has u {u:g} for item {item}: no model here has an upper asymptote below 1",
    "none-of-the-items": "{argument} has none of the items {items}; it has {rows}",
    "no-slope": "{argument} has b but no a for item {item}; where all slopes are 1, leave a out",
    "model-of-steps": "{argument} has steps {steps}. Partial scores need {model}",
    "not-below-1": "{argument}: c of item {item} is not below 1",
    "not-a-parameter": "{name} of item {item} is `{value}`, no number",
    "not-a-parameter.slope": "`{value}` is not a slope. Write a number other than 0",
    "not-a-parameter.range": "{name} of item {item} is {value:g}; it must be a number from {low:g} to "
    "{high:g}",
    "score-unknown": "{data}: item {item} has a score of {score}; the highest of the model is {top}",
    "score-unknown.between": "{data}: item {item} has a score of {score}; the scores of the model are "
    "{known}",
    "no-difficulty": "{argument} has no difficulty of {n} [item|items], so [it is|they are] estimated: "
    "{items}",
    "unused-items": "{n} of the {of} items of {argument} are not among the items of the data, and are not "
    "used: {items}",
    "unused-columns": "{argument} has columns that are no parameters and were not used: {columns}",
}
"""The messages by code, which ends before a dot."""
ItemScores = Sequence[Ints | None]
"""For each item the scores that its categories represent; None if these are 0, 1, 2 …"""


def note(key: str, argument: str, **values: Any) -> Note:
    """Return a message of this module about a table."""
    return note_of(TEXTS, key, {"argument": Argument(argument), **values})


class KnownItems(NamedTuple):
    """Named items with known parameters."""

    names: tuple[str, ...]
    parameters: ItemParameters
    scores: ItemScores
    notes: tuple[Note, ...] = ()
    """Remarks on the table, such as unused columns."""

    def some(self, places: Ints) -> KnownItems:
        """Return the items at these indices."""
        scores = [self.scores[j] for j in places.tolist()]
        return KnownItems(
            tuple(self.names[j] for j in places),
            self.parameters.part(places),
            tuple(scores),
            self.notes,
        )

    def scores_of(self, j: int) -> Ints:
        """Return the scores that the categories of an item represent."""
        own = self.scores[j]
        return np.arange(int(self.parameters.n_categories[j])) if own is None else own

    def told_scores(self) -> pl.Series:
        """Return the column `scores` of a table, with texts such as `"1 2 3"`; null for an item without
        parameters."""
        usable = self.parameters.usable.tolist()
        texts = [" ".join(map(str, self.scores_of(j))) if ok else None for j, ok in enumerate(usable)]
        return pl.Series("scores", texts, dtype=pl.String)

    def counted(self, cells: Cells, argument: str) -> Cells:
        """Return the scores (N, J) as categories. Raises an error if a score has no category in the
        parameters of its item."""
        made = cells
        usable, tops = self.parameters.usable, self.parameters.n_categories - 1
        beyond = cells.max(axis=0, initial=0) > tops
        for j, own in enumerate(self.scores):
            if own is None and not (usable[j] and beyond[j]):
                continue
            known = self.scores_of(j)
            category = np.full(_GREATEST + 1, -1, dtype=np.int8)
            category[known] = np.arange(len(known))
            column = cells[:, j]
            found = np.where(column < 0, column, category[column])
            odd = (column >= 0) & (found < 0)
            if odd.any():
                score, top = int(column[odd].max()), int(known[-1])
                values = {"data": argument, "item": self.names[j], "score": score, "top": top}
                key = "score-unknown" + ".between" * (score < top)
                raise DataError(note_of(TEXTS, key, {**values, "known": shown(known.tolist())}))
            made = cells.copy() if made is cells else made
            made[:, j] = found
        return made

    def scored(self, cells: Cells) -> Cells:
        """Return the scores (N, J) that categories represent."""
        made = cells
        for j, own in enumerate(self.scores):
            if own is not None:
                made = cells.copy() if made is cells else made
                made[:, j] = np.where(cells[:, j] < 0, cells[:, j], own[np.maximum(cells[:, j], 0)])
        return made


class ItemTable(NamedTuple):
    """A table of item parameters as read."""

    rows: tuple[str, ...]
    """Names of the items."""
    values: dict[str, Floats]
    """The values of `a`, `b`, `b1` … and `c`, for those that the table has; NaN if missing."""
    columns: dict[str, NDArray[Any]]
    """All columns of the table, by name in lower case."""
    notes: tuple[Note, ...]


def item_table(table: object, argument: str, *, unnamed: bool = False, far: float = FAR) -> ItemTable:
    """Read a table of item parameters: `a`, `b` (or `b1` …), `c`, or mirt's `a1`, `d`, `g`; mirt's `u` must
    be 1.

    Parameters
    ----------
    table : data frame or mapping
        Columns, with the names of the items in `item`, in the pandas index, or in a first column of row
        names; or {item: {parameter: value}}, or the output of `examgen analyse irt --json`. Case is ignored.
    argument : str
        The name of the argument, for error messages.
    unnamed : bool
        Whether the items may lack names; they are then called `i1`, `i2` …
    far : float
        The maximum absolute slope, difficulty or intercept; a greater number is treated as a mistake.

    Raises
    ------
    ArgumentError
        If a column name can only be that of another parameter, or values are out of range.
    """
    if isinstance(table, Mapping) and table and all(isinstance(one, Mapping) for one in table.values()):
        fields = list(dict.fromkeys(name for one in table.values() for name in one))
        table = {"item": list(table)} | {name: [one.get(name) for one in table.values()] for name in fields}
    given, index = columns_of(table, argument)
    columns: dict[str, NDArray[Any]] = {}
    for name, cells in given.items():
        own = name.strip().lower()
        own = _OF_R.get(own, own)
        if own in columns and (own in _PARAMETERS or own == "item"):
            raise ArgumentError(f"{argument} has the column {own} twice, one of them as {name}: keep one")
        columns.setdefault(own, cells)
    if "item" not in columns:
        first = next(iter(columns), None)
        if index is not None:
            columns["item"] = index
        elif first in (*ROW_NAMES, "index"):
            columns["item"] = columns.pop(first)
    steps = sorted(filter(_STEP.fullmatch, columns), key=lambda name: int(name[1:]))
    has_none = not {*_PARAMETERS, *steps} & set(columns)
    if not has_none or "item" in columns:  # else these are hardly parameters
        _refuse_other_names(columns, given, argument)
    if has_none or ("item" not in columns and not unnamed):
        raise DataError(note("no-parameters", argument, columns=shown(given), irt=Argument("irt")))
    n = len(next(iter(columns.values()), ()))
    rows = (
        [f"i{j + 1}" for j in range(n)]
        if "item" not in columns
        else [str(one).strip() for one in columns["item"].tolist()]
    )
    if len(set(rows)) < len(rows):
        twice = next(one for one in rows if rows.count(one) > 1)
        raise DataError(note("item-twice", argument, item=twice))
    faults = RowFaults(argument)
    values = {
        name: numbers_of(columns[name], name, rows, faults, far)
        for name in ("a", "b", *steps, "c", "u", "d")
        if name in columns
    }
    for row in np.flatnonzero(values.get("a", np.ones(n)) == 0).tolist() if "d" not in values else ():
        faults.add(row, "a", note("not-a-parameter.slope", argument, value=str(columns["a"][row])))
    faults.end()
    if (u := values.pop("u", None)) is not None and (u < 1.0).any():
        place = int(np.nanargmin(u))
        raise DataError(note("upper-asymptote", argument, u=u[place], item=rows[place]))
    if (d := values.pop("d", None)) is not None:
        _from_intercepts(d, values, rows, argument)
    if steps and (b := values.pop("b", None)) is not None:
        if (both := np.isfinite(values[steps[0]]) & (np.abs(b - values[steps[0]]) > 0)).any():
            raise ArgumentError(
                f"{argument} has b and {steps[0]} for item {rows[int(both.argmax())]}: keep one"
            )
        values[steps[0]] = np.where(np.isfinite(b), b, values[steps[0]])
    printed = isinstance(table, Mapping) and isinstance(table.get("model"), str)  # its columns are ours
    of_fit = _OF_FIT if columns.keys() >= _OF_FIT else frozenset[str]()
    odd = [
        name
        for name, cells in columns.items()
        if not printed and name not in of_fit and _is_unread(name, steps, cells)
    ]
    notes = (note("unused-columns", argument, columns=shown(odd)),) if odd else ()
    return ItemTable(tuple(rows), values, columns, notes)


def _refuse_other_names(columns: Mapping[str, object], typed: Iterable[str], argument: str) -> None:
    written = {name.strip().lower(): name for name in typed}
    for name in columns:
        own = next((ours for ours, theirs in _LIKELY.items() if name in theirs and ours not in columns), None)
        if own == "b" and ("b1" in columns or "d" in columns):
            own = None
        if own is not None:
            raise DataError(note("unknown-parameter", argument, own=own, name=written.get(name, name)))
        if _NEVER.fullmatch(name) and not (_INTERCEPT.fullmatch(name) and "b1" in columns):
            raise DataError(note("unknown-parameter.never", argument, name=written.get(name, name)))


def _from_intercepts(d: Floats, values: dict[str, Floats], rows: Sequence[str], argument: str) -> None:
    """b = −d / a."""
    a = values.get("a", np.ones(len(d)))
    if (lacking := np.isfinite(d) & ~(np.abs(a) > 0)).any():
        raise ArgumentError(
            f"{argument} has d for item {rows[int(lacking.argmax())]}, but no a other than 0: b is −d / a"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        b = -d / a
    own = values.get("b", np.full(len(d), np.nan))
    if (apart := np.abs(own - b) > _NEAR * np.maximum(np.abs(own), 1.0)).any():
        j = int(apart.argmax())
        raise ArgumentError(
            f"{argument} has b and d for item {rows[j]} that are not of one curve: b is {own[j]:g}, "
            f"−d / a is {b[j]:g}; keep one"
        )
    values["b"] = np.where(np.isfinite(own), own, b)


def _is_unread(name: str, steps: Sequence[str], cells: NDArray[Any]) -> bool:
    """Whether it is a column of numbers that nobody asks for: a text cannot be a parameter."""
    own = name in _PARAMETERS or name in _OWN or name in steps or name.startswith("se_")
    if own or (steps and _INTERCEPT.fullmatch(name)):
        return False
    known = [number_of(one) for one in cells.tolist() if not isinstance(one, bool)]
    numbers = [one for one in known if one is not None]
    return len(numbers) == len(known) and not bool(np.isnan(numbers).all())


def parameters_from(
    table: object, items: Sequence[str] | None, model: str | None, argument: str, *, free: bool = False,
    far: float = FAR,
) -> KnownItems:  # fmt: skip
    """Return the parameters of items in a table, as read by `item_table`.

    Parameters
    ----------
    table : data frame or mapping
        As `item_table` takes it, also with a column `scores`.
    items : sequence of str, optional
        The items to return, in this order; by default those of the table.
    model : str, optional
        The model of steps `b1` …: `grm`, `pcm` or `gpcm`.
    argument : str
        The name of the argument, for error messages.
    free : bool
        Whether missing parameters are free (for anchors) instead of those of a simpler model.
    far : float
        As `item_table` takes it.
    """
    if isinstance(table, Mapping) and isinstance(of_fit := table.get("model"), str):
        model = model or of_fit
    rows, values, columns, notes = item_table(table, argument, far=far)
    names = rows if items is None else tuple(items)
    steps = sorted(filter(_STEP.fullmatch, values), key=lambda name: int(name[1:]))
    place = {name: row for row, name in enumerate(rows)}
    known = np.array([place.get(name, -1) for name in names])
    if not (known >= 0).any():
        raise DataError(note("none-of-the-items", argument, items=shown(names), rows=shown(rows)))
    if unused := [name for name in rows if name not in names]:
        more = note("unused-items", argument, n=len(unused), of=len(rows), items=shown(unused))
        notes = (*notes, more)

    def column(name: str, otherwise: float) -> Floats:
        own = values.get(name, np.full(len(rows), np.nan))
        found = np.where(known >= 0, own[known], np.nan)
        return found if free else np.where(np.isnan(found) & (known >= 0), otherwise, found)

    b = np.stack([column(name, np.nan) for name in steps or ["b"]], axis=1)
    a = column("a", np.nan) if "a" in values else np.where(np.isnan(b[:, 0]), np.nan, 1.0)
    if (np.isfinite(b[:, 0]) & np.isnan(a)).any():
        one = names[int(np.flatnonzero(np.isfinite(b[:, 0]) & np.isnan(a))[0])]
        raise DataError(note("no-slope", argument, item=one))
    if steps and (kind := _KINDS.get(model or "")) is None:
        models = Argument("model", "grm|pcm|gpcm")
        raise DataError(note("model-of-steps", argument, steps=shown(steps), model=models))
    kinds = np.full(len(names), DICHOTOMOUS if not steps else kind, dtype=np.int8)
    blank = [names[j] for j in np.flatnonzero((known >= 0) & np.isnan(b).all(axis=1)).tolist()]
    if free and blank:
        notes = (*notes, note("no-difficulty", argument, n=len(blank), items=shown(blank)))
    d = -a[:, None] * b
    if steps and kind == PARTIAL_CREDIT:
        d = np.where(np.isnan(d), np.nan, np.cumsum(np.nan_to_num(d), axis=1))
    parameters = ItemParameters(kinds, a, d, column("c", 0.0))
    _refuse_what_is_no_curve(names, b, parameters, argument)
    scores: list[Ints | None] = [None] * len(names)
    for j, row in enumerate(known.tolist() if steps and "scores" in columns else ()):
        if row >= 0 and np.isfinite(d[j]).any():
            n_scores = 1 + int(np.isfinite(d[j]).sum())
            scores[j] = _item_scores(
                columns["scores"][row], n_scores, f"{argument}: scores of item {names[j]}"
            )
    return KnownItems(names, parameters, tuple(scores), notes)


def _refuse_what_is_no_curve(
    names: Sequence[str], b: Floats, parameters: ItemParameters, argument: str
) -> None:
    """Refuses asymptotes and steps by which some score has no chance at all, or a negative one."""

    def first(wrong: Any) -> int:
        return int(np.flatnonzero(wrong)[0])

    there = ~np.isnan(b)
    if (gap := (there[:, 1:] & ~there[:, :-1]).any(axis=1)).any():
        j = first(gap)
        k = first(there[j, 1:] & ~there[j, :-1])
        raise ArgumentError(f"{argument}: item {names[j]} has b{k + 2}, but no b{k + 1}")
    graded = parameters.kind == GRADED
    if (disorder := (np.diff(parameters.d, axis=1) >= 0).any(axis=1) & graded).any():
        j = first(disorder)
        own = ", ".join(f"{one:g}" for one in b[j][there[j]])
        order = "rise" if parameters.a[j] > 0 else "fall, as its slope is below 0"
        raise ArgumentError(f"{argument}: the steps of item {names[j]} are {own}; those of grm {order}")
    if (whole := parameters.c >= 1.0).any():
        raise DataError(note("not-below-1", argument, item=names[first(whole)]))


def _item_scores(value: object, n: int, of: str) -> Ints | None:
    """What the column `scores` says of an item with so many; None for 0, 1, 2 …"""
    if value is None or value == "" or (isinstance(value, float) and np.isnan(value)):
        return None
    parts = str(value).split()
    found = np.array([int(one) if one.isdecimal() and len(one) < 4 else _GREATEST + 1 for one in parts])
    if len(found) != n or (np.diff(found) <= 0).any() or found[-1] > _GREATEST:
        raise ArgumentError(
            f"{of} are {value!r}; expected {n} whole numbers that rise, one more than its steps, such as "
            f"{' '.join(map(str, range(1, n + 1)))!r}"
        )
    return None if np.array_equal(found, np.arange(n)) else found


def numbers_of(
    values: NDArray[np.generic], name: str, rows: Sequence[str], faults: RowFaults, far: float
) -> Floats:
    """Return a column of numbers (J,) for the items named by `rows`, NaN if missing. Adds a fault for each
    invalid cell."""
    low, high = (0.0, 1.0) if name in ("c", "u") else (-far, far)
    low = 0.0 if name.startswith("se_") else low
    made = [number_of(value) for value in values.tolist()]
    for row, (value, number) in enumerate(zip(values.tolist(), made, strict=True)):
        said = {"name": name, "item": rows[row]}
        if number is None:
            fault = note("not-a-parameter", faults.argument, value=str(value)[:40], **said)
            faults.add(row, name, fault)
        elif number < low or number > high:
            ends = {"value": number, "low": low, "high": high}
            faults.add(row, name, note("not-a-parameter.range", faults.argument, **said, **ends))
    return np.array([np.nan if one is None else one for one in made], dtype=np.float64)
