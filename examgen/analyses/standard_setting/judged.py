"""Ratings of items by judges (Angoff, yes/no Angoff, Ebel) → cut scores of forms, their errors, their
judges."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from examgen.analyses.standard_setting.options import AngoffOptions, EbelOptions, SettingOptions
from examgen.analyses.standard_setting.ratings import (
    Ratings,
    Values,
    from_grid,
    grid_table,
    of_bank,
    of_tables,
    placed_items,
    shares_of,
)
from examgen.analyses.standard_setting.subjects import (
    ALL,
    CandidateTotals,
    Document,
    KnownItem,
    SourcesRead,
    Subject,
    TestForm,
    impact,
    known_of,
    note,
    subject_of,
    totals_of,
)
from examgen.bank.cuts import Panelled, judged_cut, panelled
from examgen.capture.judge_tables import read_ratings
from examgen.core.models.decisions import FormCut
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.uncertainty import fisher, t_quantile
from examgen.core.words import tell, tell_n
from examgen.psychometrics.cut_scores.bookmark import BookmarkItems, ability_at, probabilities
from examgen.psychometrics.cut_scores.judges import (
    LEAST_JUDGES,
    apart,
    components,
    consistency,
    correlation,
    with_others,
)
from examgen.stats.results import plain

Floats = NDArray[np.float64]


def angoff(options: AngoffOptions) -> Document:
    """The cut of each form by the Angoff method, from tables of ratings or from those on record in a bank."""
    sources = SourcesRead(options.exam)
    if options.bank is not None:
        subject = subject_of(options)
        ratings = of_bank(sources, subject, options.bank, options.kind)
    else:
        ratings = of_tables(read_ratings(sources.files(options.ratings), options.scale), options.kind)
        subject = subject_of(options, ratings.named)
    return _document(options, sources, subject, ratings, options.round_, options.statistics)


def ebel(options: EbelOptions) -> Document:
    """The cut of each form by Ebel's method: items in a grid of difficulty and relevance, and for each cell
    of it the share of its items that a borderline candidate answers rightly, as each judge expects.

    A judge's rating of an item is that judge's share for the cell in which the item stands: the cell that the
    judge put it in, where the table of items has a column `judge`, else the one that all agreed on. The cut
    and all that is told of it follow as for Angoff ratings.

    References
    ----------
    Ebel, R. L. (1972). Essentials of educational measurement (2nd ed.). Prentice-Hall. Chapter 19.
    """
    sources = SourcesRead(options.exam)
    placed = placed_items(*sources.file(options.placed))
    grid = shares_of(*sources.file(options.shares), options.scale)
    values, faults = from_grid(placed, grid, options.placed.name)
    if faults:
        raise Refused(tell("{shares} does not contain all proportions", shares=options.shares.name), faults)
    subject = subject_of(options, values)
    ratings = Ratings("ebel", {1: {ALL: values}})
    found = _document(options, sources, subject, ratings, None, options.statistics)
    return {**found, "grid": grid_table(placed, grid, subject)}


# ── what is told of a panel ──────────────────────────────────────────────────────────────────


def _document(
    options: SettingOptions,
    sources: SourcesRead,
    subject: Subject,
    ratings: Ratings,
    round_: int | None,
    statistics: Path | None,
) -> Document:
    if round_ is not None and round_ not in ratings.rounds:
        rounds = ", ".join(map(str, ratings.rounds))
        message = tell("there is no round {round}. Existing rounds: {known}", round=round_, known=rounds)
        raise WrongUsage(message)
    last = round_ or max(ratings.rounds)
    rated = {item for values in ratings.rounds[last].values() for item in values}
    lacking = [item for item in subject.items if item not in rated]
    if not subject.items or not rated & set(subject.items):
        message = tell("no rating is of an item of these forms. Check that the items are named by their ids")
        raise Refused(message, [Problem(tell("the ratings"), "items-unknown", message)])
    if lacking:
        message = tell("has no rating in round {round}. Have it rated", round=last)
        problems = [
            Problem(form.name, "item-unrated", message, item)
            for form in subject.forms
            for item in form.points
            if item in set(lacking)
        ]
        raise Refused(
            tell_n("{n} scored item has no rating", "{n} scored items have no rating", len(lacking)),
            problems[:50],
        )
    known = known_of(sources, statistics, subject)
    totals = totals_of(sources, options, subject)
    notes: list[Document] = []
    forms, judges = [], []
    for form in subject.forms:
        told, own = _form(options, form, ratings, last, known, totals, notes)
        forms.append(told)
        judges += own
    notes += _notes(subject, ratings, last, judges)
    rows = []
    for values in ratings.rounds[last].values():
        for item in subject.items:
            if item not in values:
                continue
            said = np.array([float(one) for one in values[item].values()])
            rows.append(
                {
                    "item": item,
                    "judges": len(said),
                    "mean": float(said.mean()),
                    "sd": float(said.std(ddof=1)) if len(said) > 1 else None,
                    "lowest": float(said.min()),
                    "highest": float(said.max()),
                    "facility": known.get(item, KnownItem()).facility,
                }
            )
    by_round: list[Document] = []  # by round and form: the cut, its error, and each judge's own
    for which, by_unit in ratings.rounds.items():
        rated = {item for values in by_unit.values() for item in values}
        for form in subject.forms:
            row: Document = {"round": which, "form": form.name, "judged": None, "se": None, "judges": None}
            own_cuts: dict[str, float | None] = {}
            by_round.append(row | {"own": own_cuts})
            if not set(form.points) <= rated:
                continue
            parts = _parts(form, by_unit, ratings.kind)
            found = judged_cut(parts)
            by_round[-1] |= {
                "judged": float(found.judged),
                "se": None if found.se is None else float(found.se),
                "judges": found.judges,
            }
            for panel, points in parts:
                names, shares = _matrix(panel, points)
                sums = (shares * np.array(list(points.values()), dtype=np.float64)).sum(axis=1)
                for judge, total in zip(names, sums.tolist(), strict=True):
                    own_cuts[judge if len(parts) == 1 else f"{panel.panel} {judge}"] = plain(total)
    return {
        "method": ratings.kind,
        "exam": subject.exam,
        "fingerprint": subject.fingerprint,
        "round": last,
        "moved_by_se": float(options.adjust_se),
        "forms": forms,
        "judges": judges,
        "rounds": by_round,
        "items": rows,
        "sources": sources.read,
        "notes": list(
            {(one["code"], one["item"], one["judge"], one["message"]): one for one in notes}.values()
        ),
    }


def _parts(form: TestForm, by_unit: Mapping[str, Values], name: str) -> list[tuple[Panelled, dict[str, int]]]:
    """Each panel with the points of the form's items that it rated."""
    found = []
    for unit, values in by_unit.items():
        points = {item: worth for item, worth in form.points.items() if item in values}
        if points:
            found.append((panelled(unit or name, {item: values[item] for item in points}), points))
    return found


def _form(
    options: SettingOptions,
    form: TestForm,
    ratings: Ratings,
    last: int,
    known: Mapping[str, KnownItem],
    totals: CandidateTotals | None,
    notes: list[Document],
) -> tuple[Document, list[Document]]:
    """What is told of a form and its panels, and of each judge on it."""
    parts = _parts(form, ratings.rounds[last], ratings.kind)
    found = judged_cut(parts, options.adjust_se)
    if options.adjust_se and found.se is None:
        message = tell("needs a standard error, and so at least two judges who rated every scored item")
        raise Refused(tell("the cut score cannot be moved"), [Problem(form.name, "no-error", message)])
    panels, judges = [], []
    for panel, points in parts:
        name = panel.panel if len(parts) > 1 else None
        names, shares = _matrix(panel, points)
        worth = np.array(list(points.values()), dtype=np.float64)
        whole = np.asarray(np.isfinite(shares).all(axis=1), dtype=np.bool_)
        complete = (shares * worth)[whole]
        sums = complete.sum(axis=1)
        parted = components(complete)
        for part in () if parted is None else parted.negative:
            message = tell("the estimated variance of {part} is below 0 and is set to 0", part=_PARTS[part])
            notes.append(note("variance-below-0", message))
        panels.append(
            {
                "panel": name,
                "judges": len(complete),
                "items": len(points),
                "sd": plain(float(sums.std(ddof=1))) if len(sums) > 1 else None,
                "variance": None if parted is None else {part: getattr(parted, part) for part in _PARTS},
                **{part: None if parted is None else plain(getattr(parted, part)) for part in _ERRORS},
            }
        )
        own_cuts, distance = (shares * worth).sum(axis=1), apart(sums)
        t, outlying = np.full(len(names), np.nan), np.zeros(len(names), dtype=np.bool_)
        t[whole], outlying[whole] = distance.t, distance.outlying
        r, away = with_others(shares)
        facility = np.array([_number(known.get(item, KnownItem()).facility) for item in points])
        curves = curves_of(points, known)
        for j, judge in enumerate(names):
            said = None
            if curves is not None and whole[j]:
                theta = ability_at(curves, float(own_cuts[j]))
                if np.isfinite(theta):
                    said = consistency(shares[j], probabilities(curves, theta), theta)
            judges.append(
                {
                    "form": form.name,
                    "panel": name,
                    "judge": judge,
                    "rated": int(np.isfinite(shares[j]).sum()),
                    "cut": plain(float(own_cuts[j])),
                    "apart": plain(float(t[j])),
                    "outlying": bool(outlying[j]),
                    "r_others": plain(float(r[j])),
                    "distance": plain(float(away[j])),
                    "r_facility": plain(correlation(shares[j], facility)),
                    "theta": None if said is None else said.theta,
                    "error": None if said is None else said.error,
                    "consistency": None if said is None else plain(said.value),
                }
            )
    return {
        "form": form.name,
        "items": len(form.points),
        "points": form.most,
        **cut_fields(found, form.most),
        "se_over": "judges",
        "judges": found.judges,
        "candidates": None,
        "panels": panels,
        "impact": impact(totals, form.name, found),
    }, judges


_PARTS = {"judges": tell("judges"), "items": tell("items"), "residual": tell("remainder")}
_ERRORS = ("se_judges", "se_items", "se_both", "agreement")


def cut_fields(found: FormCut, most: float) -> Document:
    """A cut as every method tells it."""
    return {
        "cut": float(found.cut),
        "judged": float(found.judged),
        "se": None if found.se is None else float(found.se),
        "percent": 100 * float(found.cut) / most if most else None,
    }


def _matrix(panel: Panelled, points: Mapping[str, int]) -> tuple[tuple[str, ...], Floats]:
    """Judges, and what each expects of each item in points (judges, items), NaN where nothing is said."""
    judges = tuple(judge for judge, said in panel.by_judge.items() if any(item in said for item in points))
    rows = [[panel.by_judge[judge].get(item, np.nan) for item in points] for judge in judges]
    return judges, np.array(rows, dtype=np.float64).reshape(len(judges), len(points)) / panel.denominator


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def curves_of(points: Mapping[str, int], known: Mapping[str, KnownItem]) -> BookmarkItems | None:
    """The curves of the items; None where one of them has none, or a slope is not above 0."""
    own = [known.get(item, KnownItem()) for item in points]
    if not own or not all(one.has_curve for one in own):
        return None
    a = np.array([1.0 if one.a is None else one.a for one in own])
    if (a <= 0).any():
        return None
    b = np.array([_number(one.b) for one in own])
    c = np.array([one.c or 0.0 for one in own])
    return BookmarkItems(a, b, c, np.array(list(points.values()), dtype=np.float64))


def _notes(subject: Subject, ratings: Ratings, last: int, judges: Sequence[Document]) -> list[Document]:
    """What a person should know of the panel, and of single judges."""
    by_unit = ratings.rounds[last]
    asked = set(subject.items)
    rated = {item: said for values in by_unit.values() for item, said in values.items()}
    notes: list[Document] = []
    for row in judges:
        if row["cut"] is None:
            message = tell(
                "did not rate every item. The ratings count in the means of their items, but "
                "the judge does not count in the standard error"
            )
            notes.append(note("judge-incomplete", message, judge=row["judge"]))
        if row["outlying"]:
            message = tell("the judge's own cut differs from those of the others by more than chance")
            notes.append(note("judge-outlying", message, judge=row["judge"]))
        low, _ = fisher(
            np.array(math.nan if row["r_others"] is None else row["r_others"]), np.array(row["rated"])
        )
        if low <= 0:
            message = tell(
                "form {form}: the ratings agree with those of the others no more than by chance "
                "(r = {r:.2f} over {n} items). Let the judges discuss the items and rate again "
                "before the cut is decided",
                form=row["form"],
                r=row["r_others"],
                n=row["rated"],
            )
            notes.append(note("judge-unlike-others", message, judge=row["judge"]))
        if row["r_facility"] is not None and row["r_facility"] < 0:
            message = tell("expects more on items that fewer candidates answer right")
            notes.append(note("judge-against-facility", message, judge=row["judge"]))
    if other := sorted(rated.keys() - asked):
        shown = ", ".join(other[:5]) + (" …" if len(other) > 5 else "")
        message = tell_n(
            "{n} rated item is on no form and is excluded: {shown}",
            "{n} rated items are on no form and are excluded: {shown}",
            len(other),
            shown=shown,
        )
        notes.append(note("items-elsewhere", message))
    message = tell("is named but has rated nothing")
    notes += [note("judge-silent", message, judge=judge) for judge in ratings.silent]
    names = {judge for item, said in rated.items() if item in asked for judge in said}
    sums: dict[tuple[str, str | None], list[float]] = {}
    for row in judges:
        if row["cut"] is not None:
            sums.setdefault((row["form"], row["panel"]), []).append(round(row["cut"], 9))
    agree = bool(sums) and all(len(own) > 1 and len(set(own)) == 1 for own in sums.values())
    return [*notes, *panel_notes(len(names), agree)]


def panel_notes(n_judges: int, agree: bool) -> Iterator[Document]:
    """What the number of judges, or that they agree wholly, keeps from being known."""
    if n_judges == 1:
        yield note("one-judge", tell("there is only one judge, so the cut has no standard error"))
    elif agree:
        message = tell(
            "all judges have the same cut. A standard error of 0 shows that they agree, not "
            "that other judges would"
        )
        yield note("judges-agree", message)
    if n_judges == 2:
        message = tell(
            "with two judges the 95 % interval extends {t:.1f} standard errors to either side "
            "(t with 1 degree of freedom), so it says almost nothing about other judges. Use "
            "more judges",
            t=t_quantile(0.975, 1),
        )
        yield note("two-judges", message)
    if 1 < n_judges < LEAST_JUDGES:
        message = tell("there are fewer than {n} judges, so outliers are not checked", n=LEAST_JUDGES)
        yield note("few-judges", message)
