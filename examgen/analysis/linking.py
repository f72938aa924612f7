"""Tables of item parameters, or responses → `examgen.stats.link`: the scale of NEW put on that of OLD.

A table is one of `analyse irt --out`, of another program, or the `statistics.csv` of a unit.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from examgen.analysis import equating, shown
from examgen.analysis.linking_options import LinkingOptions
from examgen.analysis.parts import Parts
from examgen.analysis.response_options import ResponseSource
from examgen.analysis.shown import Words, message_note
from examgen.analysis.sources import load_responses
from examgen.core.files import read_input
from examgen.core.problems import ExamgenError, Problem, Refused, WrongUsage, has_errors
from examgen.core.tables.coded import read_coded
from examgen.core.words import noted, option, tell, tell_n
from examgen.stats import linking as stats
from examgen.stats.arguments import ArgumentError
from examgen.stats.arguments import shown as few
from examgen.stats.equating import Equating
from examgen.stats.item_response import irt
from examgen.stats.linking import Linking
from examgen.stats.response_data import Responses
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
# fmt: off
WORDS: dict[str, str] = {
    **equating.WORDS,
    "stocking-lord": "Stocking–Lord", "haebara": "Haebara",
    "mean-sigma": tell("mean and standard deviation of difficulties"),
    "mean-mean": tell("means of slopes and difficulties"),
    "se_slope": tell("standard error of the slope"), "se_intercept": tell("standard error of the intercept"),
    "n_common": tell("common items"), "n_used": tell("of these used for linking"),
    "b_correlation": tell("correlation of the difficulties"),
    "b_sd_ratio": tell("ratio of their standard deviations"),
    "anchors": tell("common items"), "constants": tell("all methods"), "method": tell("method"),
    "item": tell("item"), "b_y": tell("b of OLD"), "b_linked": tell("b of NEW, converted"),
    "a_y": tell("a of OLD"), "a_linked": tell("a of NEW, converted"), "displacement": tell("harder by"),
    "z_b": "z b", "z_a": "z a", "rmsd": "RMSD", "drifts": tell("drifts"), "used": tell("used"),
    "NOT CONVERGED": tell("NOT CONVERGED"), "no number should be used": tell("no number should be used"),
    "theta": tell("ability"), "irt": tell("items on one scale"),
    "items on one scale": tell("items on one scale"),
}
# fmt: on
"""What people call the names in a result."""


class Linked(NamedTuple):
    """What was found, of which tables, and what people call them."""

    result: Linking
    equated: Equating | None
    words: Words
    sources: dict[str, Any]

    def document(self) -> dict[str, Any]:
        """What `--json` prints."""
        scores = None if self.equated is None else self.equated.to_dict()
        return {**self.result.to_dict(), "equating": scores, **self.sources}

    def parts(self) -> Parts:
        """The line, the items that made it, and scores where these were asked for."""
        if self.equated is None:
            yield from shown.parts(self.result, self.words)
            return
        yield from shown.parts(replace(self.result, notes=()), self.words)
        yield from shown.parts(self.equated, self.words)

    def conversion(self, decimals: int) -> str:
        """YAML for `examgen score --scaled`: number right on NEW as number right on OLD."""
        assert self.equated is not None
        line = f"slope {self.result.slope:.6f}, intercept {self.result.intercept:.6f}"
        method = f"{self.equated.method}, {self.result.method}, {line}"
        new, old = (
            equating.FormScores(source["file"], None, source["sha256"], np.empty(0))
            for source in (self.sources["new"], self.sources["old"])
        )
        whole = replace(self.equated, method=equating.quoted(method), decimals=decimals)
        return equating.conversion_text(equating.Equated(whole, new, old, self.words))


def link_files(old: ResponseSource, new: ResponseSource, options: LinkingOptions) -> Linked:
    """The items of NEW on the scale of OLD, and scores where these are asked for.

    Raises WrongUsage for options of responses without a model, since the files are then tables of parameters;
    Refused with what is wrong in a table, and where the common items do not determine the line.
    """
    if options.model is None and not (old.says_nothing and new.says_nothing and options.prior_c is None):
        raise WrongUsage(
            tell(
                "options of responses go with {model}: without it OLD and NEW are tables of parameters",
                model=option("model"),
            )
        )
    names = {"items_x": new.files[0].name, "items_y": old.files[0].name}
    words = {**WORDS, **names, "x": names["items_x"], "y": names["items_y"]}
    both = " + ".join((names["items_y"], names["items_x"]))
    tables: dict[str, Any] = {}
    notes: list[Note] = []
    sources = {}
    for name, argument, source in (("old", "items_y", old), ("new", "items_x", new)):
        try:
            if options.model is None:
                tables[argument], told, digest = read_parameters(source.files[0])
            else:
                tables[argument], told, digest = _calibrated(source, options)
        except ArgumentError as error:
            raise shown.refusal(error, words, names[argument]) from None
        notes += told
        sources[name] = {"file": names[argument], "sha256": digest}
    try:
        result = stats.link(**tables, **options.arguments())
        equated = options.equate and result.equate(options.equate, weight=options.new_weight)
    except ArgumentError as error:
        raise _refusal(error, words, both) from None
    result = replace(result, notes=(*notes, *result.notes))
    if equated is not None:
        equated = replace(equated, notes=(*notes, *equated.notes))
    return Linked(result, equated, words, sources)


def _refusal(error: ArgumentError, words: Words, source: str) -> ExamgenError:
    """What is wrong with a table, by the name of its file."""
    if isinstance(error.args[0], Note):
        return shown.refusal(error, words, source)
    text = str(error)
    for argument in ("items_x", "items_y"):
        text = text.replace(argument, words[argument])
    message = shown.message(text)
    return Refused(message, [Problem(source, "parameter-table", message)])


def _calibrated(source: ResponseSource, options: LinkingOptions) -> tuple[Any, list[Note], str]:
    loaded = load_responses(source, 1)
    data = Responses(*loaded.scored, loaded.chosen)
    fit = irt(data, str(options.model), prior_c=options.prior_c)
    return fit, [message_note(one.code, one.message) for one in loaded.notices], loaded.sha256


def read_parameters(path: Path) -> tuple[dict[str, list[Any]], list[Note], str]:
    """The columns of a table of item parameters, what to know of them, and the hash of the file.

    If an item has several lines, as in the statistics of the bank, the last one with a difficulty counts.
    Raises WrongUsage if there is no such file; Refused with every cell that cannot be a parameter, and for a
    table of something else.
    """
    if not path.is_file():
        raise WrongUsage(tell("{path} is not a file", path=path))
    data = read_input(path)
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
    return Refused(
        tell("{name} {message}", name=name, message=message), [Problem(name, "parameter-columns", message)]
    )
