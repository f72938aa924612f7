"""Tables of item parameters: of `analyse irt --out`, of another program, or `statistics.csv` of a unit."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from examgen.analysis.shown import message_note
from examgen.analysis.tables import content_of, refused
from examgen.core.problems import Problem, Refused, has_errors
from examgen.core.tables.coded import read_coded
from examgen.core.words import noted, option, tell, tell_n
from examgen.stats.arguments import shown as few
from examgen.stats.irt_models import ItemParameters, dichotomous
from examgen.stats.results import Note

_NAMES = ("item", "item_id", "name")
_NOTHING = frozenset(("", "na", "n/a", "nan", "null", "none", "-", "."))
_NUMBERS: dict[str, tuple[str, Callable[[float], bool]]] = {
    "a": (noted("`{text}` is not a slope. Write a number other than 0"), lambda a: 0 < abs(a) <= 1e3),
    "b": (noted("`{text}` is not a difficulty. Write a number"), lambda b: abs(b) <= 1e6),
    "c": (
        noted("`{text}` is not a lower asymptote. Write a number from 0 to below 1"),
        lambda c: 0 <= c < 1,
    ),
    "u": (noted("`{text}` is not possible. The models here have an upper asymptote of 1"), lambda u: u == 1),
    "se": (
        noted("`{text}` is not a standard error. Write a number of 0 or more"),
        lambda se: 0 <= se < np.inf,
    ),
}
_KINDS = {"a": "a", "a1": "a", "b": "b", "d": "b", "c": "c", "g": "c", "u": "u"}
_KINDS |= dict.fromkeys(("se_a", "se_b", "se_c", "se_d", "se_g"), "se")
"""Columns of numbers, and what is said of a cell that cannot be one."""


def read_anchors(path: Path, items: Sequence[str]) -> ItemParameters:
    """Known parameters of items: columns `item` and any of `a`, `b`, `c`; NaN is free. A `u` must be 1.

    Without a column `a` slopes are 1. Of a file of statistics with several lines an item, the last one that
    says a parameter counts. Raises Refused with every cell that is not a number, and where no item of the
    responses is among them.
    """
    table = read_coded(path.name, content_of(path))
    columns = {column.name: column for column in table.columns}
    if "item" not in columns or not {"a", "b", "c"} & set(columns):
        raise refused(
            path.name, "anchor-columns", tell("requires the columns `item` and one of `a`, `b`, `c`")
        )
    place = {item: n for n, item in enumerate(items)}
    values = {name: np.full(len(items), np.nan) for name in ("a", "b", "c", "u")}
    problems: list[Problem] = []
    for row in range(table.n_rows):
        item = columns["item"].texts[columns["item"].codes[row]]
        for name, known in values.items():
            text = columns[name].texts[columns[name].codes[row]] if name in columns else ""
            if item not in place or not text:
                continue
            try:
                value = float(text)
            except ValueError:
                value = np.nan
            known[place[item]] = value
            # steeper or farther away than these is a slip of the keyboard
            least, most = {"c": (0, 1), "u": (1, 1)}.get(name, (-100, 100))
            at_end = {"a": 0, "c": 1}.get(name)
            if not least <= value <= most or value == at_end:
                where = f"{path.name}:{table.lines[row]}"
                message = tell(_NUMBERS[name][0], text=text[:40])
                problems.append(Problem(where, "anchor-value", message, item, name))
    problems += [
        Problem(path.name, "anchor-without-slope", tell("has b but no a. Write its slope, too"), item, "a")
        for item, n in place.items()
        if "a" in columns and np.isfinite(values["b"][n]) and np.isnan(values["a"][n])
    ]
    if problems:
        raise has_errors(path.name, problems)
    if all(np.isnan(known).all() for known in values.values()):
        raise refused(path.name, "no-anchors", tell("contains no parameters of the items in the responses"))
    if "a" not in columns:
        values["a"] = np.where(np.isnan(values["b"]), np.nan, 1.0)
    return dichotomous(values["a"], -values["a"] * values["b"], values["c"])


def read_parameters(path: Path) -> tuple[dict[str, list[Any]], list[Note], str]:
    """The columns of a table of item parameters, what to know of them, and the hash of the file.

    If an item has several lines, as in the statistics of the bank, the last one with a difficulty counts.
    Raises WrongUsage if there is no such file; Refused with every cell that cannot be a parameter, and for a
    table of something else.
    """
    data = content_of(path)
    table = read_coded(path.name, data)
    columns = {
        column.name.strip().lower(): [column.texts[code].strip() for code in column.codes.tolist()]
        for column in reversed(table.columns)
    }
    name = next((one for one in _NAMES if one in columns), None)
    if name is None or any(re.fullmatch(r"[bd]_?\d+", head) for head in columns):
        raise _no_parameters(path.name, is_partial=name is not None)
    items, lines = columns.pop(name), [f"{path.name}:{line}" for line in table.lines]
    problems: list[Problem] = []
    for head in _KINDS.keys() & columns.keys():
        said, is_possible = _NUMBERS[_KINDS[head]]
        for row, text in enumerate(columns[head]):
            columns[head][row] = value = _number(text)
            if value is not None and not is_possible(value):
                message = tell(said, text=text[:40])
                problems.append(Problem(lines[row], "parameter-value", message, items[row], head))
    numbers = list(zip(*(columns[head] for head in columns if head in _KINDS), strict=True))
    nothing = [None] * len(items)
    is_known = [
        (b, d) != (None, None)
        for b, d in zip(columns.get("b", nothing), columns.get("d", nothing), strict=True)
    ]
    problems += [
        Problem(line, "no-item", tell("has numbers and no name of an item"))
        for line, item, known in zip(lines, items, is_known, strict=True)
        if known and not item
    ]
    if problems:
        raise has_errors(path.name, sorted(problems, key=lambda one: int(one.source.rpartition(":")[2])))
    last = {item: row for row, item in enumerate(items) if is_known[row]}
    again = {item for row, item in enumerate(items) if is_known[row] and numbers[row] != numbers[last[item]]}
    last = {item: row for row, item in enumerate(items) if item and item not in last} | last
    kept = {head: [values[row] for row in last.values()] for head, values in columns.items()}
    notes = _notes_of(path.name, [item for item in last if item in again], _scales(columns, is_known))
    return {"item": list(last), **kept}, notes, hashlib.sha256(data).hexdigest()


def _scales(columns: dict[str, list[Any]], is_known: list[bool]) -> list[str]:
    """The scales of the lines with parameters, in the statistics of a bank."""
    if "administration" not in columns:
        return []
    names = columns["administration"]
    pairs = zip(columns.get("scale", names), names, is_known, strict=True)
    return list(dict.fromkeys(scale or name for scale, name, known in pairs if known))


def _notes_of(name: str, again: list[str], scales: list[str]) -> list[Note]:
    notes = []
    if again:
        words = tell_n(
            "{name}: {n} item has several lines with different numbers, and the last one counts: {items}",
            "{name}: {n} items have several lines with different numbers, and the last ones count: {items}",
            len(again),
            name=name,
            items=few(again),
        )
        notes.append(message_note("several-lines", words))
    if len(scales) > 1:
        words = tell(
            "{name}: the lines are of several scales ({scales}), which do not link as one",
            name=name,
            scales=few(scales),
        )
        notes.append(message_note("several-scales", words))
    return notes


def _number(text: str) -> float | None:
    """With a decimal point, or with the decimal comma that some locales write; NaN for what is no number."""
    if text.lower() in _NOTHING:
        return None
    try:
        return float(text.replace(",", ".") if "." not in text and text.count(",") == 1 else text)
    except ValueError:
        return np.nan


def _no_parameters(name: str, *, is_partial: bool) -> Refused:
    if is_partial:
        message = tell("has items with partial scores, and only items scored 0 and 1 are linked")
    else:
        message = tell(
            "is not a table of item parameters: it needs the columns `item` and `b`, and may have `a`, `c`, "
            "`se_a`, `se_b`, `se_c`; of a file of responses say the {model}",
            model=option("model"),
        )
    return refused(name, "parameter-columns", message)
