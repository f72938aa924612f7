"""Responses and parts of a test → whether each part has a score worth reporting (added value of subscores).

The parts are the performance criteria and elements of a scored run, or those that a map gives for a response
file. Forms are analysed one by one, since they have different items, and then together (`pooled`). A blank
earns the points of a blank; candidates who were not given the items of a form belong to another form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.analyses.administrations import CHUNK, Administration, responses_of
from examgen.analyses.documents import Document, note, notices
from examgen.analyses.options import ResponseSource, may_write
from examgen.analyses.sources import load_responses
from examgen.capture.tabular.coded_columns import read_coded
from examgen.core.problems import Problem, Refused, WrongUsage, has_errors
from examgen.core.responses.matrix import MISSING_KINDS, NOT_ADMINISTERED
from examgen.core.storage import csv_bytes, read_input, write_file
from examgen.core.words import Message, option, tell, tell_n
from examgen.psychometrics.subscores import (
    FormSubscores,
    PooledSubscores,
    augmented,
    both_add,
    estimates,
    form_subscores,
    pooled,
    prmse,
)
from examgen.stats.results import plain

Z95 = 1.959963984540054
FEW = 30
"""With fewer candidates there is no verdict, and a pattern of given items is not a form."""
_ROUNDING = 1e-9
"""A smaller gain counts as none: with items that repeat each other, part and total say the same."""
TOTAL = "total"
"""The value of `instead` if no larger part has a score worth reporting."""


class SubscorePart(NamedTuple):
    """Items with a score of their own."""

    level: str
    name: str
    items: frozenset[int]
    """Places of the columns of the items."""


class FormOfItems(NamedTuple):
    """Candidates who were given the same items."""

    name: str
    rows: NDArray[np.int64]
    items: NDArray[np.int64]
    """Places of the columns of the items that count."""


class _SubscoreResponses(NamedTuple):
    """The input of the analysis, from a response file or a scored run."""

    head: Document
    parts: tuple[SubscorePart, ...]
    forms: tuple[FormOfItems, ...]
    points: Any
    """A function from rows and items to points."""
    candidates: tuple[str, ...] | range
    dropped: tuple[FormOfItems, ...]
    """Forms with too few candidates."""
    notes: tuple[Document, ...]


def analyse_subscores(
    source: ResponseSource, mapping: Path | None = None, scores: Path | None = None
) -> Document:
    """The analysis of a response file.

    `mapping` has the columns `item`, `subscore` and, if there are several kinds of parts, `level`. `scores`
    is a file for the candidates' estimates. Raises WrongUsage without `mapping`, Refused with every fault of
    the files.
    """
    may_write(scores, source, mapping)
    if mapping is None:
        raise WrongUsage(
            tell(
                "{subscores} must give the part of each item: `item`, `subscore`",
                subscores=option("subscores", "MAP.csv"),
            )
        )
    loaded = load_responses(source)
    items = {item: n for n, item in enumerate(loaded.scored.items)}
    of = read_map(mapping, items)
    parts = tuple(SubscorePart(level, name, frozenset(own)) for (level, name), own in of.items() if own)
    notes = notices(loaded.notices)
    if outside := len(items) - len(set().union(*(part.items for part in parts))):
        message = tell_n(
            "{n} item is in no part and counts only in the total",
            "{n} items are in no part and count only in the total",
            outside,
        )
        notes.append(note("outside", message))
    cells = loaded.scored.cells
    forms, left = _kept(_by_pattern(cells, np.arange(len(cells)), np.arange(cells.shape[1]), ""))
    if not forms:
        message = tell(
            "no {few} candidates have scores on the same items. {blank} counts a blank as no points",
            few=FEW,
            blank=option("blank", "omitted"),
        )
        raise Refused(
            tell("{name}: {message}", name=loaded.name, message=message),
            [Problem(loaded.name, "items-in-common", message)],
        )

    def points(rows: Any, items: Any) -> Any:
        return np.maximum(cells[np.ix_(rows, items)], 0).astype(np.float64)

    head = {"file": loaded.name, "sha256": loaded.sha256}
    own = _SubscoreResponses(head, parts, forms, points, loaded.scored.candidates, left, tuple(notes))
    return _analysed(own, scores)


def analyse_run_subscores(folder: Path, run: str | None = None, scores: Path | None = None) -> Document:
    """The analysis of a scored run: its performance criteria, elements and, if several, units."""
    found = responses_of(folder, run)
    if not len(found.chosen.candidates) or not any(one.standing == "scored" for one in found.columns):
        raise Refused(
            tell(
                "{folder}: run {run} has no scores on any item, so there is nothing to analyse",
                folder=folder,
                run=found.run,
            )
        )
    return _analysed(source_of_run(found), scores)


def subscores_of(found: Administration) -> list[Document]:
    """The rows of `analyse subscores` for an administration that has been read."""
    rows: list[Document] = _analysed(source_of_run(found), None)["subscores"]
    return rows


def source_of_run(found: Administration) -> _SubscoreResponses:
    """A scored run as input: the items that count, in points of the run."""
    counted = [n for n, one in enumerate(found.columns) if one.standing == "scored"]
    parts = tuple(
        SubscorePart(level, name, frozenset(n for n in counted if getattr(found.columns[n], level) == name))
        for level in ("pc", "element", "unit")
        for name in dict.fromkeys(getattr(found.columns[n], level) for n in counted)
    )
    if sum(part.level == "unit" for part in parts) < 2:
        parts = tuple(part for part in parts if part.level != "unit")
    most = max((len(one.worth) for one in found.columns), default=0)
    worth = np.zeros((len(found.columns), len(MISSING_KINDS) + most))
    for row, one in zip(worth, found.columns, strict=True):
        row[len(MISSING_KINDS) + NOT_ADMINISTERED + 1 : len(MISSING_KINDS)] = one.blank
        row[len(MISSING_KINDS) : len(MISSING_KINDS) + len(one.worth)] = one.worth
    worth /= found.unit
    cells = found.chosen.cells

    def points(rows: Any, items: Any) -> Any:
        own = np.asarray(cells[rows]).take(items, axis=1)
        return worth[items, own.astype(np.int64) + len(MISSING_KINDS)]

    forms = []
    for n, name in enumerate(found.forms):
        rows = np.flatnonzero(found.form == n)
        if len(rows):
            forms += _by_pattern(cells, rows, np.array(counted, dtype=np.int64), name)
    kept, left = _kept(forms)
    head = {
        "exam": found.name,
        "run": found.run,
        "release": found.release.as_dict(),
    }
    return _SubscoreResponses(head, parts, kept, points, found.chosen.candidates, left, ())


def _by_pattern(
    cells: Any, rows: NDArray[np.int64], items: NDArray[np.int64], name: str
) -> list[FormOfItems]:
    """Groups of candidates who were given the same items; those who were given none are left out."""
    numbers: dict[bytes, int] = {}
    number = np.empty(len(rows), dtype=np.int32)
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        given = np.asarray(cells[rows[part]])[:, items] != NOT_ADMINISTERED
        kinds, own = np.unique(np.packbits(given, axis=1), axis=0, return_inverse=True)
        number[part] = np.array([numbers.setdefault(one.tobytes(), len(numbers)) for one in kinds])[
            own.ravel()
        ]
    patterns = sorted(pattern for pattern in numbers if any(pattern))
    found = []
    for n, pattern in enumerate(patterns):
        title = (name if len(patterns) == 1 else f"{name}/{n + 1}").strip("/")
        asked = np.unpackbits(np.frombuffer(pattern, np.uint8), count=len(items)).astype(np.bool_)
        found.append(FormOfItems(title, rows[number == numbers[pattern]], items[asked]))
    return found


def _kept(every: Sequence[FormOfItems]) -> tuple[tuple[FormOfItems, ...], tuple[FormOfItems, ...]]:
    """The forms with enough candidates, and the others; a single form is always kept."""
    enough = [len(every) == 1 or (len(form.rows) >= FEW and len(form.items) > 0) for form in every]
    kept = tuple(form for form, one in zip(every, enough, strict=True) if one)
    return kept, tuple(form for form, one in zip(every, enough, strict=True) if not one)


def read_map(path: Path, items: Mapping[str, int]) -> dict[tuple[str, str], set[int]]:
    """The places of items by level and subscore.

    Raises WrongUsage if there is no such file, Refused with every faulty line: an item that the responses
    lack, no name, an item in two parts of one level.
    """
    if not path.is_file():
        raise WrongUsage(tell("{path} is not a file", path=path))
    table = read_coded(path.name, read_input(path))
    columns = {column.name.casefold(): column for column in table.columns}
    if not {"item", "subscore"} <= set(columns):
        message = tell("requires the columns `item` and `subscore`")
        raise Refused(
            tell("{path} {message}", path=path.name, message=message),
            [Problem(path.name, "map-columns", message)],
        )

    def cell(name: str, row: int) -> str:
        column = columns.get(name)
        return "" if column is None else column.texts[column.codes[row]].strip()

    found: dict[tuple[str, str], set[int]] = {}
    part_of: dict[tuple[str, str], str] = {}
    problems: list[Problem] = []
    for row in range(table.n_rows):
        item, name, level = cell("item", row), cell("subscore", row), cell("level", row) or "subscore"
        before = part_of.get((level, item), name)
        fault: Message | None = None
        if item not in items:
            fault = tell("`{item}` is not an item of the responses", item=item[:40])
        elif not name:
            fault = tell("`{item}` has no subscore. Write one, or remove the line", item=item[:40])
        elif before != name:
            fault = tell(
                "`{item}` is in {before} and in {name}. An item can be in only one part of a level",
                item=item[:40],
                before=before[:40],
                name=name[:40],
            )
        if fault is not None:
            problems.append(Problem(f"{path.name}:{table.lines[row]}", "map-item", fault, item[:40] or None))
            continue
        part_of[level, item] = name
        found.setdefault((level, name), set()).add(items[item])
    if not problems and not found:
        message = tell("has a header but no items below it")
        problems.append(Problem(path.name, "map-empty", message))
    if problems:
        raise has_errors(path.name, problems)
    return found


# ── what is found ────────────────────────────────────────────────────────────────────────────


def _analysed(source: _SubscoreResponses, scores: Path | None) -> Document:
    parts, results = source.parts, list[FormSubscores]()
    for form in source.forms:

        def block(part: slice, form: FormOfItems = form) -> Any:
            return source.points(form.rows[part], form.items)

        groups = _groups(parts, form)
        levels = (np.isin(np.arange(len(parts)), own) & groups.any(axis=1) for own in _levels(parts))
        # the strata of alpha are the parts of the first level that has each item of the form exactly once
        strata = next((own for own in levels if (groups[own].sum(axis=0) == 1).all()), None)
        results.append(form_subscores(block, len(form.rows), groups, strata))
    if scores is not None:
        write_estimates(scores, source, results)
    found = pooled(results) if results else None
    rows = _rows(source, results, found)
    notes = _notes(source, rows)
    if found is None:
        notes.append(note("few-candidates", _REASONS["few-candidates"]))
    by_form: list[Document] = []
    for form, result in zip(source.forms, results if len(results) > 1 else (), strict=False):
        for k in np.flatnonzero(result.n_items).tolist():
            own = prmse(
                *(
                    values[k : k + 1]
                    for values in (result.reliability, result.with_total, result.parallel_with_total)
                )
            )
            by_form.append(
                {
                    "form": form.name,
                    "level": parts[k].level,
                    "subscore": parts[k].name,
                    "n": result.n,
                    "n_items": int(result.n_items[k]),
                    "n_varying": int(result.n_varying[k]),
                    "mean": plain(result.mean[k]),
                    "sd": plain(result.sd[k]),
                    "reliability": plain(result.reliability[k]),
                    "prmse_s": plain(own.subscore[0]),
                    "prmse_x": plain(own.total[0]),
                    "prmse_sx": plain(own.both[0]),
                    "gain": plain(result.gain[k]),
                    "gain_se": plain(result.gain_se[k]),
                }
            )
    return {
        **source.head,
        "n_candidates": sum(len(form.rows) for form in source.forms),
        "n_left_out": sum(len(form.rows) for form in source.dropped),
        "least_candidates": FEW,
        "forms": [
            {
                "form": form.name,
                "n_candidates": own.n,
                "n_items": len(form.items),
                "alpha": plain(own.alpha),
                "stratified_alpha": plain(own.stratified_alpha),
            }
            for form, own in zip(source.forms, results, strict=True)
        ],
        "subscores": rows,
        "by_form": by_form,
        "correlations": [] if found is None else list(_correlations(parts, results, found.reliability)),
        "notes": notes,
    }


def _rows(
    source: _SubscoreResponses, results: Sequence[FormSubscores], found: PooledSubscores | None
) -> list[Document]:
    """A row for each part; without figures if no form has enough candidates."""
    parts, rows = source.parts, list[Document]()
    # PRMSE and reliability of augmented subscores: means over forms, weighted by candidates
    sums, weight = np.zeros((2, len(parts))), np.zeros((2, len(parts)))
    for result in results:
        for places in _levels(parts):
            better = augmented(result.covariance[np.ix_(places, places)], result.reliability[places])
            for n, values in enumerate((better.prmse, better.reliability)):
                known = np.isfinite(values)
                sums[n, places] += np.where(known, values, 0.0) * result.n
                weight[n, places] += known * result.n
    with np.errstate(invalid="ignore", divide="ignore"):
        borrowed = np.where(weight > 0, sums / weight, np.nan)
    adds = None if found is None else both_add(found.prmse)
    for k, part in enumerate(parts):
        counts = [
            len(part.items.intersection(form.items.tolist())) for form in source.forms or source.dropped
        ]
        own = [count for count in counts if count]
        row: Document = {"level": part.level, "subscore": part.name}
        row |= {"n": 0, "n_items": min(own, default=0), "n_items_most": max(own, default=0)}
        row |= dict.fromkeys(_FIGURES) | {
            "verdict": "unknown",
            "reason": "few-candidates",
            "forms_apart": False,
        }
        rows.append(row)
        if found is None or adds is None:
            continue
        if len(results) == 1:
            row |= {"mean": plain(results[0].mean[k]), "sd": plain(results[0].sd[k])}
        gain, se = float(found.gain[k]), float(found.gain_se[k])
        verdict, reason = _verdict(source, results, found, k)
        sound = verdict != "unknown" and not any(float(values[k]) > 1 for values in found.prmse)
        row |= {
            "n": int(found.n[k]),
            "reliability": plain(found.reliability[k]),
            "prmse_s": plain(found.prmse.subscore[k]),
            "prmse_x": plain(found.prmse.total[k]),
            "prmse_sx": plain(found.prmse.both[k]),
            "gain": plain(gain),
            "gain_se": plain(se),
            "gain_low": plain(gain - Z95 * se),
            "gain_high": plain(gain + Z95 * se),
            "verdict": verdict,
            "reason": reason,
            "both_add": bool(adds[k]) if sound else None,
            "prmse_augmented": plain(borrowed[0, k]),
            "augmented_reliability": plain(borrowed[1, k]),
            "forms_apart": bool(found.apart[k]),
        }
    # in place of a part not worth reporting: the smallest larger part that is worth reporting
    worth = [part for row, part in zip(rows, parts, strict=True) if row["verdict"] == "worth"]
    for row, part in zip(rows, parts, strict=True):
        if row["verdict"] == "not_worth":
            above = [one for one in worth if one.items > part.items]
            row["instead"] = min(above, key=lambda one: len(one.items)).name if above else TOTAL
    return rows


_FIGURES = (
    "mean", "sd", "reliability", "prmse_s", "prmse_x", "prmse_sx", "gain", "gain_se", "gain_low", "gain_high",
    "verdict", "reason", "instead", "both_add", "prmse_augmented", "augmented_reliability", "forms_apart",
)  # fmt: skip
"""The fields of a row after the counts of items, in order."""


def _groups(parts: Sequence[SubscorePart], form: FormOfItems) -> NDArray[np.bool_]:
    """(K, J) flags: the items of the form that each part has."""
    return np.array([[n in part.items for n in form.items.tolist()] for part in parts], dtype=np.bool_)


def _levels(parts: Sequence[SubscorePart]) -> list[NDArray[np.int64]]:
    """The places of the parts, for each level."""
    names = dict.fromkeys(part.level for part in parts)
    return [np.array([n for n, part in enumerate(parts) if part.level == one]) for one in names]


def _verdict(
    source: _SubscoreResponses, results: Sequence[FormSubscores], found: PooledSubscores, k: int
) -> tuple[str, str | None]:
    """The verdict on a subscore, and the reason if it is unknown."""
    asked = [(form, own) for form, own in zip(source.forms, results, strict=True) if own.n_items[k]]
    if asked and all(own.n_items[k] == len(form.items) for form, own in asked):
        return "unknown", "is-total"
    if max((int(own.n_items[k]) for _, own in asked), default=0) < 2:
        return "unknown", "one-item"
    if max(int(own.n_varying[k]) for _, own in asked) < 2:
        return "unknown", "constant"
    if not int(found.n[k]) and sum(own.n for _, own in asked) >= FEW:
        return "unknown", "same-score"
    if int(found.n[k]) < FEW:
        return "unknown", "few-candidates"
    gain, se = float(found.gain[k]), float(found.gain_se[k])
    if gain - Z95 * se > _ROUNDING:
        return "worth", None
    return ("not_worth" if gain + Z95 * se < _ROUNDING else "undecided"), None


def _correlations(
    parts: Sequence[SubscorePart], results: Sequence[FormSubscores], reliability: Any
) -> Iterable[Document]:
    """Correlations of the parts of a level: the mean over forms, and corrected for attenuation."""
    sums, weight = np.zeros((len(parts),) * 2), np.zeros((len(parts),) * 2)
    for result in results:
        sd = np.where(result.sd > 0, result.sd, np.nan)
        with np.errstate(invalid="ignore"):
            own = result.covariance / np.outer(sd, sd)
        sums += np.where(np.isfinite(own), own, 0.0) * result.n
        weight += np.isfinite(own) * result.n
    with np.errstate(invalid="ignore", divide="ignore"):
        r = sums / weight
        product = np.outer(reliability, reliability)
        sound = (reliability[:, None] > 0) & (reliability[None, :] > 0)
        free = r / np.sqrt(np.where(sound, product, np.nan))
    for own in _levels(parts):
        for place, a in enumerate(own.tolist()):
            for b in own[place + 1 :].tolist():
                yield {
                    "level": parts[a].level,
                    "a": parts[a].name,
                    "b": parts[b].name,
                    "r": plain(r[a, b]),
                    "disattenuated": plain(free[a, b]),
                }


# ── notes ────────────────────────────────────────────────────────────────────────────────────


def _notes(source: _SubscoreResponses, rows: Sequence[Document]) -> list[Document]:
    """Notes on candidates left out, on items that nobody was given, and on doubtful figures."""
    told = list(source.notes)
    if left_out := sum(len(form.rows) for form in source.dropped):
        message = tell_n(
            "{n} candidate is excluded, because fewer than {few} had the same items",
            "{n} candidates are excluded, because fewer than {few} had the same items",
            left_out,
            few=FEW,
        )
        told.append(note("left-out", message))
    every = (*source.forms, *source.dropped)
    if nobody := len(source.candidates) - sum(len(form.rows) for form in every):
        message = tell_n(
            "{n} candidate had no item that counts and is excluded",
            "{n} candidates had no item that counts and are excluded",
            nobody,
        )
        told.append(note("no-answers", message))
    given = {place for form in every for place in form.items.tolist()}
    for part in source.parts:
        if absent := len(part.items - given):
            message = tell_n(
                "{n} of its items was given to no candidate and is excluded",
                "{n} of its items were given to no candidate and are excluded",
                absent,
            )
            told.append(note("item-not-given", message, part.name))
    for row in rows if source.forms else ():
        name = row["subscore"]
        if row["reason"] is not None:
            told.append(note(row["reason"], _REASONS[row["reason"]], name))
        elif row["reliability"] is not None and row["reliability"] <= 0:
            message = tell(
                "the reliability is not above 0, because answers to its items have nothing in "
                "common, so there is no PRMSE"
            )
            told.append(note("no-reliability", message, name))
        elif max(row["prmse_x"] or 0, row["prmse_sx"] or 0, row["prmse_augmented"] or 0) > 1:
            message = tell(
                "the PRMSE is above 1, because the part correlates with the total more than its "
                "reliability allows. With few items or candidates this happens by chance"
            )
            told.append(note("above-one", message, name))
        if row["forms_apart"]:
            message = tell("the forms disagree on how much its score tells beyond the total")
            told.append(note("forms-apart", message, name))
    return told


_REASONS = {
    "is-total": tell("has all the items of the total"),
    "one-item": tell("has one item in a form, so its reliability cannot be estimated from one sitting"),
    "constant": tell("candidates differ on fewer than two of its items, so it has no reliability"),
    "same-score": tell(
        "all candidates have the same score on it, or the same total, so it has no reliability"
    ),
    "few-candidates": tell("fewer than {few} candidates, so nothing is reported", few=FEW),
}


# ── a candidate's estimates ──────────────────────────────────────────────────────────────────


def write_estimates(path: Path, source: _SubscoreResponses, results: Sequence[FormSubscores]) -> None:
    """Writes a CSV of the candidates: the points in each part, and the augmented estimate if there is one."""
    n, k = sum(len(form.rows) for form in source.forms), len(source.parts)
    rows, forms = np.empty(n, dtype=np.int64), list[str]()
    observed, better = np.full((n, k), np.nan), np.full((n, k), np.nan)
    start = 0
    for form, result in zip(source.forms, results, strict=True):
        part = slice(start, start + len(form.rows))
        start, rows[part] = part.stop, form.rows
        forms += [form.name] * len(form.rows)
        groups = _groups(source.parts, form)
        own_points = source.points(form.rows, form.items) @ groups.T.astype(np.float64)
        observed[part] = np.where(groups.any(axis=1), own_points, np.nan)
        for own in _levels(source.parts):
            found = augmented(result.covariance[np.ix_(own, own)], result.reliability[own])
            better[part, own] = estimates(found, own_points[:, own], result.mean[own])
    taken = [part.name for part in source.parts]
    names = [
        part.name if taken.count(part.name) == 1 else f"{part.level} {part.name}" for part in source.parts
    ]
    columns: dict[str, Any] = {"id": [str(source.candidates[row]) for row in rows.tolist()], "form": forms}
    for place, name in enumerate(names):
        columns[name] = observed[:, place]
        columns[f"{name} augmented"] = better[:, place]
    table = pl.DataFrame(columns)[np.argsort(rows, kind="stable")]
    write_file(path, csv_bytes(table.with_columns(pl.selectors.float().fill_nan(None))))
