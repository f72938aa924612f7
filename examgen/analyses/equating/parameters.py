"""A table of item parameters, or a fit → the parameters of one calibration as arrays, with their errors.

`analyse irt --out` and other programs write such tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analyses.documents import in_both
from examgen.capture.tabular.coded_columns import CodedTable, read_coded
from examgen.core.problems import Problem, Refused, WrongUsage, has_errors
from examgen.core.storage import read_input
from examgen.core.words import Message, option, tell, tell_n
from examgen.psychometrics.equating.irt_linking import Items
from examgen.psychometrics.equating.parameter_errors import ItemErrors, fit_covariance, table_covariance

Floats = NDArray[np.float64]
_NAMES = ("item", "item_id", "name")
_COLUMNS = {
    "a": ("a", "discrimination"), "b": ("b", "difficulty"), "c": ("c", "g", "guessing"), "u": ("u",),
    "d": ("d",), "se_a": ("se_a",), "se_b": ("se_b",), "se_c": ("se_c", "se_g"),
    "se_d": ("se_d",),
}  # fmt: skip
_NOTHING = frozenset(("", "na", "n/a", "nan", "null", "none", "-", "."))
MOST_ITEMS = 1_000
"""With more items in a table, no covariance matrix of their parameters is built."""
MOST_SLOPE, MOST_DIFFICULTY = 1e3, 1e6
"""Larger numbers are taken for typing errors."""


class Calibration(NamedTuple):
    """The J items of one calibration, and the precision of their parameters."""

    name: str
    sha256: str
    names: tuple[str, ...]
    items: Items
    covariance: Floats | None
    """(3J, 3J) of all a, then all b, then all c; None if standard errors are unknown."""
    exact: bool
    """Whether the covariance is complete; a table gives covariances only between a and b of an item."""
    notes: tuple[tuple[str, Message], ...]
    """Pairs of a code and a sentence."""


def read_parameters(path: Path) -> Calibration:
    """The items of a table: a column `item`, and `b` (or `a` and `d`), `a`, `c` and standard errors.

    Column names may be in any case; `g` is c, and `u`, which some programs write, must be 1. Without a column
    `a`, slopes are 1. If an item has several lines, as in the statistics of the bank, the last line with a
    difficulty counts.

    Raises
    ------
    WrongUsage
        If there is no such file.
    Refused
        With every invalid cell; for a table without the columns; if no item has a difficulty.
    """
    if not path.is_file():
        raise WrongUsage(tell("{path} is not a file", path=path))
    data = read_input(path)
    table, digest = read_coded(path.name, data), hashlib.sha256(data).hexdigest()
    heads = {column.name.strip().lower(): n for n, column in reversed(list(enumerate(table.columns)))}
    name = next((heads[one] for one in _NAMES if one in heads), None)
    place = {
        what: next(heads[one] for one in known if one in heads)
        for what, known in _COLUMNS.items()
        if any(one in heads for one in known)
    }
    if name is None or not ("b" in place or {"a", "d"} <= set(place)):
        if any(head.startswith(("b_", "d_")) for head in heads):
            message = tell(
                "has items of partial scores only: what is linked are items that are right or wrong"
            )
        else:
            message = tell(
                "is not a table of item parameters: it needs the columns `item` and `b`, and "
                "may have `a`, `c`, `se_a`, `se_b`, `se_c`; of a file of responses say "
                "the {model}",
                model=option("model"),
            )
        raise Refused(
            tell("{name} {message}", name=path.name, message=message),
            [Problem(path.name, "parameter-columns", message)],
        )
    rows, notes = _rows(path.name, table, name, place)
    names = tuple(rows)
    value = {what: np.array([row.get(what, np.nan) for row in rows.values()]) for what in _COLUMNS}
    if "a" not in place:
        value["a"] = np.ones(len(names))
    with np.errstate(divide="ignore", invalid="ignore"):
        value["b"] = np.where(np.isnan(value["b"]), -value["d"] / value["a"], value["b"])
    problems = [
        Problem(path.name, "no-slope", tell("has a difficulty and no slope: write its a too"), item, "a")
        for item, a in zip(names, value["a"], strict=True)
        if np.isnan(a)
    ]
    if problems:
        raise has_errors(path.name, problems)
    items = Items(value["a"], value["b"], np.nan_to_num(value["c"], nan=0.0))
    errors = ItemErrors(value["se_a"], value["se_b"], value["se_c"], value["se_d"])
    covariance = table_covariance(items, errors) if len(names) <= MOST_ITEMS else None
    if len(names) > MOST_ITEMS:
        words = tell("{name}: more than {most:,} items: no standard errors", name=path.name, most=MOST_ITEMS)
        notes.append(("too-many-items", words))
    # in a `statistics.csv` of the bank, the scales (named by administrations) of its lines with parameters
    scales = list[str]()
    for row in range(table.n_rows) if {"administration", "b"} <= set(heads) else ():
        said = {
            head: table.columns[heads[head]].texts[table.columns[heads[head]].codes[row]].strip()
            for head in ("scale", "administration", "b")
            if head in heads
        }
        if said["b"]:
            scales.append(said.get("scale") or said["administration"])
    scales = list(dict.fromkeys(scales))
    if len(scales) > 1:
        words = tell(
            "{name}: lines of several scales ({scales}): parameters of different scales do not link as one",
            name=path.name,
            scales=_few(scales),
        )
        notes.append(("several-scales", words))
    return Calibration(path.name, digest, names, items, covariance, False, tuple(notes))


def _rows(
    label: str, table: CodedTable, name: int, place: dict[str, int]
) -> tuple[dict[str, dict[str, float]], list[tuple[str, Message]]]:
    """The numbers of each item that has a difficulty, in the order of the table, and notes.

    Raises Refused with every invalid cell, and if no item has a difficulty.
    """
    rows: dict[str, dict[str, float]] = {}
    problems: list[Problem] = []
    without, again = list[str](), list[str]()
    for row in range(table.n_rows):
        column = table.columns[name]
        item = column.texts[column.codes[row]].strip()
        found: dict[str, float] = {}
        for what, at in place.items():
            text = table.columns[at].texts[table.columns[at].codes[row]].strip()
            if text.lower() in _NOTHING:
                continue
            # with a decimal point, or with the decimal comma that some locales write
            try:
                number = float(text.replace(",", ".") if "." not in text and text.count(",") == 1 else text)
            except ValueError:
                number = np.nan
            fault: Message | None = None
            if what == "a" and not (0 < abs(number) <= MOST_SLOPE):
                fault = tell("slope: write a number other than 0")
            elif what in ("b", "d") and not abs(number) <= MOST_DIFFICULTY:
                fault = tell("difficulty: write a number")
            elif what == "c" and not 0 <= number < 1:
                fault = tell("lower asymptote: write a number from 0 to below 1")
            elif what == "u" and number != 1:
                fault = tell("upper asymptote of a model that is here: it is 1")
            elif what.startswith("se_") and not 0 <= number < np.inf:
                fault = tell("standard error: write a number of 0 or more")
            if fault:
                where = f"{label}:{table.lines[row]}"
                message = tell("`{text}` is not a {what}", text=text[:40], what=fault)
                problems.append(Problem(where, "parameter-value", message, item, what))
            found[what] = number
        if not item:
            if found:
                where = f"{label}:{table.lines[row]}"
                problems.append(Problem(where, "no-item", tell("has numbers and no name of an item")))
            continue
        if "b" not in found and ("d" not in found or found.get("a", 0.0) == 0.0):
            without.append(item)
            continue
        if item in rows and rows[item] != found:
            again.append(item)
        rows[item] = found
    if problems:
        raise has_errors(label, problems)
    if not rows:
        message = tell("has a difficulty of no item: there is nothing to link")
        raise Refused(
            tell("{name} {message}", name=label, message=message),
            [Problem(label, "no-parameters", message)],
        )
    notes: list[tuple[str, Message]] = []
    if left := [item for item in dict.fromkeys(without) if item not in rows]:
        words = tell_n(
            "{name}: {n} item without a difficulty is left out: {items}",
            "{name}: {n} items without a difficulty are left out: {items}",
            len(left),
            name=label,
            items=_few(left),
        )
        notes.append(("no-parameters", words))
    if again:
        names = list(dict.fromkeys(again))
        words = tell_n(
            "{name}: {n} item stands there more than once with other numbers; its last line counts: {items}",
            "{name}: {n} items stand there more than once with other numbers; the last line of each "
            "counts: {items}",
            len(names),
            name=label,
            items=_few(names),
        )
        notes.append(("several-lines", words))
    return rows, notes


def _few(names: list[str]) -> str:
    return ", ".join(names[:8]) + (" …" if len(names) > 8 else "")


# ── of a fit ─────────────────────────────────────────────────────────────────────────────────


def calibration_of(name: str, names: Sequence[str], fit: Any, sha256: str = "") -> Calibration:
    """The estimated items of a fit, with the covariance of their parameters."""
    found = fit.parameters
    whole = Items(found.a, found.b[:, 0], found.c)
    sound = np.isfinite(whole.a) & np.isfinite(whole.b) & np.isfinite(whole.c)
    endless = {note.item for note in fit.notes if note.code == "slope-to-infinity"}
    sound &= ~np.isin(np.arange(len(names)), [item for item in endless if item is not None])
    if not sound.any():
        reasons = [
            Problem(name, note.code, in_both(note.message), None if note.item is None else names[note.item])
            for note in fit.notes[:50]
        ]
        raise Refused(tell("{name}: no item can be estimated", name=name), reasons)
    notes = [
        (note.code, tell("{name}: {message}", name=name, message=in_both(note.message)))
        for note in fit.notes
        if note.item is None
    ]
    if left := [one for one, is_sound in zip(names, sound, strict=True) if not is_sound]:
        words = tell_n(
            "{name}: {n} item could not be estimated: {items}",
            "{name}: {n} items could not be estimated: {items}",
            len(left),
            name=name,
            items=_few(left),
        )
        notes.append(("no-parameters", words))
    places = np.flatnonzero(sound)
    items = whole.some(places)
    own = tuple(names[int(place)] for place in places)
    covariance = fit_covariance(fit.covariance, fit.free, places, items, shared_slope=fit.model == "1pl")
    return Calibration(name, sha256, own, items, covariance, True, tuple(notes))
