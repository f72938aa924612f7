"""A scored run → everything that its answers show about the items, as plain values for the report.

Classical statistics and groups of candidates are computed form by form, since totals of different forms are
not comparable; an item of several forms has the mean over forms, weighted by candidates. A blank counts as
wrong, as in the score; the item response model ignores items that were not reached. That model takes all
forms at once. It puts forms without common items on one scale by assuming that their candidates are alike,
and a note says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from examgen.analyses.administrations import (
    CHUNK,
    Administration,
    made_up,
    points_of_forms,
    responses_of,
)
from examgen.analyses.alarms import least_of, misfits, raised
from examgen.analyses.documents import Document, fit_items, fit_model, note, notes, numbers, rows
from examgen.analyses.exam_irt import fitted
from examgen.analyses.run_subscores import subscores_of
from examgen.core.exam.names import RESULTS
from examgen.core.exam.package import read_written
from examgen.core.files import Progress, quiet
from examgen.core.problems import Refused, WrongUsage
from examgen.core.responses.matrix import (
    NOT_ADMINISTERED,
    NOT_REACHED,
    OMITTED,
    Chosen,
    Scored,
    administered,
    with_columns,
)
from examgen.core.scored_run import ScoredRun
from examgen.core.words import option, tell
from examgen.psychometrics.classical.items import OVER_FORMS, ItemStatistics, PooledItems
from examgen.psychometrics.classical.observed import ObservedItems, observed
from examgen.psychometrics.classical.statistics import classical
from examgen.rendering.parts import unapproved_of
from examgen.scoring.runs.compare import run_of
from examgen.scoring.runs.read import read_scored
from examgen.stats.irt_curves import linked
from examgen.stats.irt_models import Fit, Note
from examgen.stats.results import plain

MOST_FORMS = 20
"""With more forms (each candidate may have their own), none is analysed by itself."""
MOST_CELLS = 40_000_000
"""Of more the item response model is fitted to a sample, whose errors are small: its work and its memory are
then not those of a national sitting."""
FEW_FOR_SLOPES = 500
"""If an item has fewer candidates, slopes are not estimated: the model is Rasch."""
_POOLED = tuple(name for name, how in OVER_FORMS.items() if how in ("mean", "one form"))


class ExamAnalysis(NamedTuple):
    """The result: `document` has only JSON values; the other fields are for those who write files from it."""

    document: Document
    administration: Administration
    chosen: Chosen
    """The responses to the analysed items."""
    columns: tuple[int, ...]
    """The places of these items among the administration's columns."""
    fit: Fit


def analyse_exam(
    folder: Path,
    run: str | None = None,
    *,
    model: str | None = None,
    min_n: int | None = None,
    progress: Progress = quiet,
    scored: ScoredRun | None = None,
) -> ExamAnalysis:
    """Everything about the items of a scored run; `scored` is that run, where the caller has read it already.

    `model` is by default chosen by the number of candidates. `min_n` is the least number of candidates of an
    item for a flag or an alarm; by default 20 for findings beyond chance, and 50 for the rest. Raises
    Refused if a file of the run has changed since it was written, or if nobody was scored.
    """
    package = read_written(folder)
    progress(tell("reading the responses of the run"))
    found = responses_of(folder, run)
    places = tuple(n for n, one in enumerate(found.columns) if one.standing in ("scored", "pilot"))
    if not len(found.chosen.candidates) or not places:
        raise Refused(
            tell(
                "{folder}: run {run} has no scores on any item, so there is nothing to analyse",
                folder=folder,
                run=found.run,
            )
        )
    chosen = found.chosen.part(places)
    progress(tell("classical statistics"))
    forms = []
    if len(found.forms) <= MOST_FORMS:
        taken = [n for n in range(len(found.forms)) if (found.form == n).any()]
        points = points_of_forms(scored or read_scored(folder, str(found.run)), found.forms)
        forms = [_form(found, chosen, places, n, points[found.forms[n]]) for n in taken]
    pooled, least = _pooled(found, chosen, places, forms), least_of(min_n)
    items: list[Document] = []
    for place, row in zip(places, rows(pooled, len(places)), strict=True):
        one = found.columns[place]
        items.append(
            {
                "name": one.name,
                "item": one.item,
                "unit": one.unit,
                "element": one.element,
                "pc": one.pc,
                "standing": one.standing,
                "key": list(one.key_ids),
                "item_hash": one.item_hash,
                "asked": [
                    {"form": form, "question": question, "order": list(order)}
                    for form, question, order in one.asked
                ],
                **row,
            }
        )
    progress(tell("item response model"))
    fit, irt, curves, fit_notes, theta = _irt(found, chosen, model, forms)
    options, alarms, flags = raised(found, chosen, places, pooled, least, None if forms else theta)
    for row, own, curve in zip(items, irt.pop("items"), curves, strict=True):
        row |= {"irt": own, **curve}
        row["flags"] = [flag for flag in flags if flag["item"] == row["name"]]
        row["examined"] = (
            "fully" if row["n"] >= least.fully else "partly" if row["n"] >= least.at_all else "no"
        )
        if fit.converged and row["n"] >= least.fully:
            row["flags"] += misfits(own)

    def trouble(row: Document) -> tuple[bool, int, float]:
        """The sort key of items: examined items with the gravest flags first, then the least discriminating;
        the other items follow in the order of the exam."""
        if row["examined"] == "no":
            return True, 0, 0.0
        gravity = sum(_GRAVITY.get(flag["code"], 1) for flag in row["flags"])
        rest = row["item_rest"]
        return False, -gravity, math.inf if rest is None else rest

    items.sort(key=trouble)
    n_unapproved, n_printed = unapproved_of(package.exam)
    told: list[Document] = []
    for form in forms:
        of_all = [one for one in form.notes if one.item is None]
        told += [{**one, "form": form.document["form"]} for one in notes(of_all, ())]
    return ExamAnalysis(
        {
            "exam": found.name,
            "title": package.exam.blueprint.title.model_dump(),
            "level": package.exam.blueprint.level,
            "run": found.run,
            "fingerprint": found.fingerprint,
            "release": found.release.as_dict(),
            "draft": package.exam.has_drafts,
            "n_unapproved": n_unapproved,
            "n_printed": n_printed,
            "n_synthetic": made_up(run_of(folder / RESULTS, str(found.run)).folder)[0],
            "n_candidates": len(found.chosen.candidates),
            "n_items": len(places),
            "n_examined": sum(row["n"] >= least.at_all for row in items),
            "min_n": least.at_all,
            "n_fully_examined": sum(row["n"] >= least.fully for row in items),
            "min_n_fully": least.fully,
            "forms": [form.document for form in forms],
            "items": items,
            "options": options,
            "alarms": alarms,
            "irt": irt,
            "subscores": plain(subscores_of(found).table),
            "notes": [*told, *fit_notes],
        },
        found,
        chosen,
        places,
        fit,
    )


# ── forms ────────────────────────────────────────────────────────────────────────────────────


class _AnalysedForm(NamedTuple):
    """The analysis of one form: its items among the analysed ones, and their statistics."""

    document: Document
    places: tuple[int, ...]
    counted: tuple[int, ...]
    """The items that count in the total: no pilot items."""
    n: Any
    statistics: dict[str, Any]
    """A value for each of `places`; NaN if only items that count have the statistic."""
    notes: tuple[Note, ...]


def _form(
    found: Administration, chosen: Chosen, columns: Sequence[int], n: int, points: Document
) -> _AnalysedForm:
    candidates = np.flatnonzero(found.form == n)
    cells = chosen.cells[candidates]
    asked = [
        next((question for name, question, _ in found.columns[column].asked if name == found.forms[n]), 0)
        for column in columns
    ]
    had = np.flatnonzero(administered(cells)).tolist()
    places = tuple(sorted(had, key=lambda place: asked[place]))  # halves are odd and even questions
    counted = tuple(place for place in places if found.columns[columns[place]].standing == "scored")
    counts = np.isin(places, counted)
    part = chosen.part(places, candidates)
    scored = with_columns(part.scored(not_reached_wrong=True).cells, np.flatnonzero(counts))
    result = classical(
        Scored(range(len(scored)), tuple(part.items[n] for n in np.flatnonzero(counts)), scored)
    )
    score_counts = np.zeros(len(counted) + 1, dtype=np.int64)
    for start in range(0, len(scored), CHUNK):
        totals = np.maximum(scored[start : start + CHUNK], 0).sum(axis=1)
        score_counts += np.bincount(totals, minlength=len(counted) + 1)
    cut, unlike = _cut(found, candidates, [columns[place] for place in counted], points["cut_points"])
    document = {
        "form": found.forms[n],
        **numbers(result.test),
        "n_pilot": len(places) - len(counted),
        "cut": cut,
        "score_counts": [[s, k] for s, k in enumerate(score_counts.tolist())],
        **points,
    }
    seen = _observed(part, counts)
    statistics = {"facility": seen.facility, "item_rest": seen.item_rest}
    for name in _POOLED:
        statistics.setdefault(name, np.full(len(places), np.nan))[counts] = getattr(result.items, name)
    return _AnalysedForm(document, places, counted, seen.n, statistics, (*result.notes, *unlike))


def _observed(chosen: Chosen, counted: Any) -> ObservedItems:
    """Facility and item–rest correlation of every item, against the total of the counted items."""
    worth = np.zeros((len(chosen.items), max(map(len, chosen.options), default=0)))
    for row, key in zip(worth, chosen.keys, strict=True):
        row[list(key)] = 1.0
    return observed(chosen.cells, worth, counted)


def _cut(
    found: Administration, candidates: Any, scored: Sequence[int], points: float | None
) -> tuple[float | None, list[Note]]:
    """The cut score as a number right: the cut in points minus the points that a correction gave candidates.

    Points that only those who answered get count as given if most answered; a note says for how many
    candidates that is not true. None if the total decides nothing, or if a point is not one item right
    (other points, partial credit or a penalty).
    """
    own = [found.columns[place] for place in scored]
    if points is None or any(not {*one.worth, one.blank} <= {0, found.unit} for one in own):
        return None, []
    given, unlike = 0.0, np.zeros(len(candidates), dtype=np.bool_)
    for place, one in enumerate(found.columns):
        if one.standing != "credited":
            continue
        cells = found.chosen.cells[candidates, place]
        if (cells != NOT_ADMINISTERED).any():
            has = (cells >= 0) | (one.blank > 0)
            most = bool(2 * np.count_nonzero(has) >= len(has))
            unlike |= has != most
            given += most * one.worth[0] / found.unit
    if not unlike.any():
        return max(points - given, 0.0), []
    message = tell(
        "for {n} of {all} candidates the cut in items right differs, because a question counts "
        "as right for all who answered it, and not all did",
        n=int(unlike.sum()),
        all=len(unlike),
    )
    return max(points - given, 0.0), [Note("cut-unlike", None, message)]


# ── items ────────────────────────────────────────────────────────────────────────────────────


def _pooled(
    found: Administration, chosen: Chosen, places: Sequence[int], forms: Sequence[_AnalysedForm]
) -> Any:
    """Statistics of the items, pooled over the forms that have them."""
    n_items = len(places)
    n, varied = np.zeros(n_items), np.zeros(n_items)
    sums = {name: np.zeros(n_items) for name in _POOLED}
    known = {name: np.zeros(n_items) for name in _POOLED}
    for form in forms:
        own = list(form.places)
        n[own] += form.n
        varied[own] += np.isfinite(form.statistics["item_rest"])
        for name, values in form.statistics.items():
            usable = np.isfinite(values)
            sums[name][own] += np.where(usable, values * form.n, 0.0)
            known[name][own] += np.where(usable, form.n, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = {name: np.where(known[name] > 0, sums[name] / known[name], np.nan) for name in _POOLED}
    if not forms:
        seen = _observed(chosen, np.array([found.columns[place].standing == "scored" for place in places]))
        n = seen.n
        means |= {"facility": seen.facility, "item_rest": seen.item_rest}
    if len(forms) > 1:
        means = {name: values for name, values in means.items() if OVER_FORMS[name] == "mean"}
    # a form where an item does not vary says nothing of its correlation; others have own means
    of_rest = known["item_rest"] - 3 * np.maximum(varied - 1, 0) if forms else n
    missing = _missing(chosen)
    pooled = PooledItems(n, means["facility"], means["item_rest"], of_rest, missing)
    undefined = np.full(n_items, np.nan)
    return ItemStatistics(
        **{
            name: how(pooled) if callable(how) else means.get(name, undefined)
            for name, how in OVER_FORMS.items()
        }
    )


def _missing(chosen: Chosen) -> list[Any]:
    """(J,) how often each item was omitted, not reached and not administered."""
    kinds = (OMITTED, NOT_REACHED, NOT_ADMINISTERED)
    found = np.zeros((len(kinds), len(chosen.items)), dtype=np.int64)
    for start in range(0, len(chosen.cells), CHUNK):
        cells = chosen.cells[start : start + CHUNK]
        found += [np.count_nonzero(cells == kind, axis=0) for kind in kinds]
    return list(found)


_GRAVITY = {
    "negative-discrimination": 16, "under-chance": 16, "distractor-attracts-able": 8, "low-discrimination": 4,
    "misfit": 3, "too-hard": 2, "too-easy": 2, "many-blanks": 2,
}  # fmt: skip


def _sample(form: Any, n_items: int) -> Any:
    """The candidates, in their order, whom the model is fitted to: all, or of each form every so-manyth."""
    every = max(math.ceil(len(form) * n_items / MOST_CELLS), 1)
    order = np.argsort(form, kind="stable")
    first = np.searchsorted(form[order], form[order])
    return np.sort(order[(np.arange(len(form)) - first) % every == 0])


# ── item response model ──────────────────────────────────────────────────────────────────────


def _irt(
    found: Administration, chosen: Chosen, model: str | None, forms: Sequence[_AnalysedForm]
) -> tuple[Fit, Document, list[Document], list[Document], Any]:
    """The fit, its document, the curves of each item, notes, and (N,) abilities."""
    least = len(chosen.cells) - int(_missing(chosen)[-1].max())
    name = model or ("rasch" if least < FEW_FOR_SLOPES else "2pl")
    if name not in ("rasch", "1pl", "2pl", "3pl"):
        raise WrongUsage(
            tell("{model} must be rasch, 1pl, 2pl or 3pl, not {name}", name=name, model=option("model"))
        )
    cuts = {form.document["form"]: form.document["cut"] for form in forms}
    places = {form.document["form"]: form.places for form in forms}
    counted = {form.document["form"]: form.counted for form in forms}
    sample = _sample(found.form, len(chosen.items)) if forms else np.arange(len(chosen.cells))
    some = chosen.part(range(len(chosen.items)), sample)
    result = fitted(some, name, cuts, places, counted, np.array(found.forms)[found.form[sample]])
    told = {
        "model": {**fit_model(result.fit), **result.model},
        "chosen_by": "candidates" if model is None else "user",
        "least_candidates": least,
        "items": [
            own | more for own, more in zip(fit_items(result.fit, chosen.items), result.items, strict=True)
        ],
        "persons": result.persons,
        "form_persons": result.form_persons,
        "information": result.information,
        "form_information": result.form_information,
        "cuts": result.cuts.at,
        "cut_errors": result.cuts.errors,
        "cuts_apart": result.cuts.apart,
    }
    every = [*result.form_notes, *notes(result.notes, chosen.items)]
    if len(sample) < len(chosen.cells):
        message = tell(
            "the item response model, its fit and its curves use {n} of the {all} candidates, "
            "sampled evenly from each form. The other statistics use all",
            n=f"{len(sample):,}",
            all=f"{len(chosen.cells):,}",
        )
        every.append(note("model-of-a-sample", message))
    # (forms, items) whether any candidate of the form was given the item
    given = np.zeros((len(found.forms), len(chosen.items)), dtype=np.bool_)
    for start in range(0, len(chosen.cells), CHUNK):
        of_chunk = found.form[start : start + CHUNK]
        order = np.argsort(of_chunk, kind="stable")
        numbers_of_forms, first = np.unique(of_chunk[order], return_index=True)
        cells = chosen.cells[start : start + CHUNK][order]
        given[numbers_of_forms] |= np.maximum.reduceat(cells, first, axis=0) != NOT_ADMINISTERED
    if not linked(given[given.any(axis=1)]):
        message = tell(
            "The forms have no common items. Their difficulties can be compared only if "
            "the candidates of the forms are equally able."
        )
        every.append(note("forms-not-linked", message))
    return result.fit, told, result.curves, every, result.theta
