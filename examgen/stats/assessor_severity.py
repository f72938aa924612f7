"""Severity of assessors and centres, and difficulty of tasks, by the many-facet Rasch model.

Assessors are compared within a group linked by common candidates; each unlinked group has a separate model.
Points on a task are treated as ordered categories.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple, cast

import numpy as np
import polars as pl

from examgen.stats.arguments import DataError, objects, shown, word
from examgen.stats.many_facet_model import (
    MOST_CATEGORIES,
    FacetEstimates,
    ManyFacetFit,
    Steps,
    as_categories,
    expected_points,
    fit_many_facet,
    linked_groups,
)
from examgen.stats.matrix import Floats, Ints
from examgen.stats.ratings import FEW, Ratings, ratings_of
from examgen.stats.results import Argument, Note, Result, frame, frame_of_rows, sentences

FEW_OF_ASSESSOR = 10
"""With fewer candidates, an assessor gets no verdict on severity."""
NOTABLE = 0.05
"""A proportion of the highest total. An assessor is severe or lenient if the expected total of an average
candidate differs by at least this from that with an average assessor, and the difference is beyond chance."""
LEVEL = 0.05
"""The proportion of panels of equally severe assessors in which at least one assessor is called severe or
lenient."""
MISFIT = 1.5
"""Mean squares above this are unproductive for measurement (Linacre 2002)."""
_NEARLY = 0.7
"""Tasks whose highest points given are more than this share of the highest of all may have one scale."""
STEPS: tuple[Steps, ...] = ("rating-scale", "partial-credit")
TEXTS: dict[str, str] = {
    "title": "Many-facet Rasch model: {candidates:,} × {assessors} × {tasks} candidates, assessors, tasks",
    "one-assessor": "there is only one assessor, so severity cannot be estimated",
    "not-linked": "assessors are in {n} [group that no candidate links|groups that share no candidates, so "
    "severity is compared only within a group: {groups}. To compare all, let assessors of different groups "
    "rate the same candidates]",
    "same-points": "ratings of {names} differ too little to estimate severity",
    "not-estimable": "{names} [gave|each gave] only the highest, or only the lowest, points, so their "
    "severity has no finite estimate. Findings on severity are about the others",
    "steps-by-task": "the highest points given are {high:g}, but {low:g} on {tasks}, so each task has steps "
    "of its own. If all tasks have one scale, take {argument}",
    "bands": "points of {tasks} have more than {most} steps, so the many-facet model groups them into bands",
    "same-on-task": "all points of {tasks} are the same, so it is left out of the many-facet model",
    "few-candidates": "{names} rated only {n} candidates. Their severity is a rough estimate with fewer than "
    "{few}",
    "not-converged": "the many-facet model has not converged. Severities are provisional",
    "facet-not-linked": "{facets} cannot be a facet, because this needs candidates rated at several levels "
    "of it, by assessors who rated at several",
    # findings
    "severity": "Assessors are not equally severe (p {p}). An average candidate gets {low:.1f} points from "
    "{most}, the most severe, and {high:.1f} from {least}, the most lenient.",
    "severity.some": "Assessors are not equally severe (p {p}). Among those whose severity can be estimated, "
    "an average candidate gets {low:.1f} points from {most}, the most severe, and {high:.1f} from {least}, "
    "the most lenient.",
    "severity.alike": "Assessors of {n} candidates do not differ in severity more than by chance (p {p}).",
    "stands-apart": "{names} [differs|differ] from the other assessors beyond chance, by {share:.0f} % of "
    "the highest total or more. Discuss this before the next round.",
    "erratic": "Points of {names} agree less with those of the others than the model expects (infit above "
    "{most}). Read some of the ratings again.",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""
note = sentences(TEXTS)


class ManyFacet(Result):
    """A many-facet Rasch analysis, as returned by `many_facet`.

    Attributes
    ----------
    assessors : polars.DataFrame
        A row for each assessor, the most severe of each `group` first: `ratings`, `severity` in logits (0 on
        average) with its `se`, `fair_points` (the expected points of a candidate of average ability, summed
        over the tasks), `infit`, `outfit`, and the `verdict`: `severe`, `lenient`, `alike` or `unknown`. Null
        if there is no finite estimate.
    models : polars.DataFrame
        A row for each group of assessors linked by candidates, from 1: `assessors`, `candidates`, `ratings`,
        `steps`, `sd` and `se_sd` of ability, `log_likelihood`, `n_parameters`, `aic`, `bic`; Wald's test that
        all assessors are alike (`chi_square`, `df`, `p`); `reliability`, the separation reliability of the
        assessors (printed as `assessor_reliability`), 0–1, which should be low; `candidate_reliability` of
        the candidates' abilities, 1 − mean(se²) / sd², which should be high; `fair_points` of an average
        assessor; `converged`.
    tasks : polars.DataFrame
        `task`, `difficulty`, `se`, `infit`, `outfit`, `ratings`; this and the following tables also have the
        `group`.
    candidates : polars.DataFrame
        `ability` (posterior mean, logits) with its `se`.
    facets : dict of str to polars.DataFrame
        Further facets: `measure`, `se`, `infit`, `outfit`, `ratings`.
    centres : polars.DataFrame
        `centre`, `candidates`, `assessors`, `severity` (of the centre as a facet, or else the mean severity
        of its assessors, weighted by their ratings there), `se`, `fair_points`.
    thresholds : polars.DataFrame
        `task`, `step`, `points` after the step, `threshold`.
    findings, notes : tuple of Note
        The meaning of the figures, and remarks on the data.
    """

    assessors: pl.DataFrame
    models: pl.DataFrame
    tasks: pl.DataFrame
    candidates: pl.DataFrame
    facets: Mapping[str, pl.DataFrame]
    centres: pl.DataFrame
    thresholds: pl.DataFrame
    findings: tuple[Note, ...]
    notes: tuple[Note, ...]

    @property
    def model(self) -> dict[str, Any]:
        """The row of `models` for the group with the most ratings."""
        return self.models.row(int(self.models["ratings"].arg_max() or 0), named=True)

    @property
    def title(self) -> str:
        """The numbers of candidates, assessors and tasks."""
        sizes = {name: len(getattr(self, name)) for name in ("candidates", "assessors", "tasks")}
        return note("title", **sizes)

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The assessors, the centres and the models."""
        models = self.models.rename({"reliability": "assessor_reliability"})
        tables = {"severity": self.assessors, "centres": self.centres, "models": models}
        return {name: table for name, table in tables.items() if len(table)}


def many_facet(
    ratings: object, *, candidate: str | None = None, assessor: str | None = None, task: str | None = None,
    score: str | None = None, centre: str | None = None, facets: object = (), steps: str | None = None,
) -> ManyFacet:  # fmt: skip
    """Fit the many-facet Rasch model: ability of candidates, severity of assessors, difficulty of tasks.

    Parameters
    ----------
    ratings : data frame, mapping of columns, or matrix (candidates, assessors)
        A row for each rating, as for `generalizability`; candidates need not have the same assessors.
    candidate, assessor, task, score, centre : str, optional
        Names of the columns, if they are not the usual ones.
    facets : str or sequence of str
        Columns of further facets (`centre`).
    steps : {"rating-scale", "partial-credit"}, optional
        Whether steps are the same for all tasks (one scale of words, Andrich 1978) or specific to each (words
        for each task, Masters 1982). By default the same if all tasks have the same highest score.

    Returns
    -------
    ManyFacet

    Raises
    ------
    ArgumentError
        If there is only one assessor, scores do not differ, or no two assessors are linked by common
        candidates.

    See Also
    --------
    agreement, generalizability

    Notes
    -----
    Linacre (1989), Eckes (2015), by marginal maximum likelihood (Adams, Wilson & Wu 1997). Equal to
    `TAM::tam.mml.mfr` in R.

    Examples
    --------
    >>> import numpy as np
    >>> import examgen.stats as es
    >>> rng = np.random.default_rng(1)
    >>> ability, severity = rng.normal(size=200), np.array([-0.5, 0.0, 0.5])
    >>> points = rng.binomial(4, 1 / (1 + np.exp(severity - ability[:, None])))
    >>> es.many_facet(points).assessors.select("assessor", "ratings").rows()
    [('assessor 3', 200), ('assessor 2', 200), ('assessor 1', 200)]
    """
    known_steps = None if steps is None else cast(Steps, word("steps", steps, STEPS))
    further = [facets] if isinstance(facets, str) else [str(one) for one in objects("facets", facets)]
    names = {"candidate": candidate, "assessor": assessor, "task": task, "score": score, "centre": centre}
    rated = ratings_of(ratings, names=names, facets=further)
    if len(rated.assessors) < 2:
        raise DataError(note("one-assessor"))
    group_of = linked_groups(rated.candidate, [rated.task, rated.assessor])[1]
    members = [np.flatnonzero(group_of == n) for n in range(int(group_of.max()) + 1)]
    notes = list[Note]()
    if len(members) > 1:
        groups = "; ".join(shown([rated.assessors[n] for n in some]) for some in members[:6])
        notes.append(note("not-linked", n=len(members), groups=groups))
    highest = [float(rated.points[rated.task == n].max()) for n in range(len(rated.tasks))]
    kind: Steps = known_steps or ("rating-scale" if len(set(highest)) == 1 else "partial-credit")
    if known_steps is None and max(highest) > min(highest) > _NEARLY * max(highest):
        tasks = [name for name, top in zip(rated.tasks, highest, strict=True) if top < max(highest)]
        ends = {"high": max(highest), "low": min(highest)}
        notes.append(note("steps-by-task", tasks=shown(tasks), argument=Argument("steps", STEPS[0]), **ends))
    fits = list[_GroupFit]()
    for group, some in enumerate(members, start=1):
        fitted = _fitted(rated.of(np.isin(rated.assessor, some)), group, kind, further, notes)
        fits += [] if fitted is None else [fitted]
    if not fits:
        raise DataError(notes[0])
    notes += rated.remarks()
    known = {row["assessor"]: row for one in fits for row in _severities(one, sum(highest))}
    rows = [
        {"assessor": rated.assessors[n], "group": group, "ratings": int((rated.assessor == n).sum()),
         **known.get(rated.assessors[n], _UNKNOWN)}
        for group, some in enumerate(members, start=1)
        for n in some.tolist()
    ]  # fmt: skip
    rows.sort(key=lambda row: (row["group"], math.isnan(row["severity"]), -row["severity"]))
    if endless := [name for name, row in known.items() if math.isnan(row["severity"])]:
        notes.append(note("not-estimable", n=len(endless), names=shown(endless)))
    assessors, models = frame_of_rows(rows), frame_of_rows([_model(one) for one in fits])
    return ManyFacet(
        assessors, models, pl.concat(_levels(one, "task", "difficulty", one.fit.tasks) for one in fits),
        pl.concat(
            frame({"candidate": one.names("candidate"), "group": [one.group] * len(one.fit.eap),
                   "ability": one.fit.eap, "se": one.fit.se_eap})
            for one in fits
        ),
        {name: pl.concat(
            _levels(one, name, "measure", one.fit.facets[1 + one.facets.index(name)])
            for one in fits if name in one.facets
        ) for name in further if any(name in one.facets for one in fits)},
        frame_of_rows([row for one in fits for row in _centres(one)], _CENTRES),
        frame_of_rows([row for one in fits for row in _thresholds(one)]),
        tuple(_findings(assessors, models)), tuple(notes),
    )  # fmt: skip


_UNKNOWN: dict[str, Any] = {
    **dict.fromkeys(("severity", "se", "fair_points", "infit", "outfit"), math.nan), "verdict": "unknown",
}  # fmt: skip


class _GroupFit(NamedTuple):
    """The model of a group of assessors whom candidates link."""

    group: int
    ratings: Ratings
    """Those on tasks on which points differ."""
    fit: ManyFacetFit
    steps: Steps
    worth: Floats
    """(T, K + 1) points of each category."""
    constant: float
    """Points of the tasks on which they do not differ."""
    facets: Sequence[str]

    def names(self, what: str) -> list[str]:
        """Of the levels that occur: candidates, assessors, tasks, or those of a facet."""
        if what in ("candidate", "assessor", "task"):
            places, names = getattr(self.ratings, what), getattr(self.ratings, f"{what}s")
        else:
            places, names = self.ratings.facets[what]
        return [names[n] for n in np.unique(places)]

    def fair_points(self, severity: Floats) -> list[float]:
        """Totals of an average candidate by assessors of these severities."""
        totals: list[float] = (self.constant + expected_points(self.fit, self.worth, severity)).tolist()
        return totals


def _fitted(
    ratings: Ratings, group: int, steps: Steps, facets: Sequence[str], notes: list[Note]
) -> _GroupFit | None:
    """The model of the ratings of a group; None where nothing tells its assessors apart."""
    ends = [ratings.points[ratings.task == n] for n in range(len(ratings.tasks))]
    same = [n for n, points in enumerate(ends) if len(points) and points.min() == points.max()]
    names = shown([ratings.assessors[n] for n in np.unique(ratings.assessor)])
    kept = ratings.of(~np.isin(ratings.task, same))
    person, task, assessor = map(_numbered, (kept.candidate, kept.task, kept.assessor))
    if assessor.max(initial=0) < 1 or linked_groups(person, [task, assessor])[1].any():
        if len(np.unique(ratings.assessor)) > 1:  # of one alone it is said that nothing links them
            notes.append(note("same-points", names=names))
        return None
    if same:
        notes.append(note("same-on-task", tasks=shown([ratings.tasks[n] for n in same])))
    if (n := len(np.unique(person))) < FEW:
        notes.append(note("few-candidates", names=names, n=n, few=FEW))
    category, worth, banded = as_categories(kept.points, task, int(task.max()) + 1, steps)
    if banded:
        tasks = shown([ratings.tasks[np.unique(kept.task)[n]] for n in banded])
        notes.append(note("bands", tasks=tasks, most=MOST_CATEGORIES))
    places = [kept.facets[name][0] if name in kept.facets else -1 - 0 * person for name in facets]
    further = [_numbered(one) for one in places]
    is_known = all(one.min() >= 0 and one.max() > one.min() for one in places)
    if not is_known or any(one.any() for one in linked_groups(person, [task, assessor, *further])[1:]):
        notes.append(note("facet-not-linked", facets=shown(facets)))
        facets, further = (), []
    fit = fit_many_facet(category, person, task, [assessor, *further], steps)
    if not fit.converged:
        notes.append(note("not-converged"))
    return _GroupFit(group, kept, fit, steps, worth, float(sum(ends[n][0] for n in same)), facets)


def _numbered(places: Ints) -> Ints:
    """From 0, without those that do not occur."""
    return np.asarray(np.unique(places, return_inverse=True)[1], dtype=np.int64)


def _severities(fitted: _GroupFit, highest: float) -> Iterator[dict[str, Any]]:
    """A row for each assessor, and whether they stand apart."""
    estimates, n_known = fitted.fit.facets[0], len(fitted.names("assessor"))
    [average] = fitted.fair_points(np.zeros(1))
    for n, (name, fair) in enumerate(
        zip(fitted.names("assessor"), fitted.fair_points(estimates.measure), strict=True)
    ):
        severity, se, verdict = float(estimates.measure[n]), float(estimates.se[n]), "unknown"
        rated = fitted.ratings.candidate[_numbered(fitted.ratings.assessor) == n]
        if math.isfinite(se) and len(np.unique(rated)) >= FEW_OF_ASSESSOR and fitted.fit.n_candidates >= FEW:
            is_sure = abs(severity) > NormalDist().inv_cdf(1 - LEVEL / (2 * n_known)) * se
            is_apart = is_sure and abs(fair - average) >= NOTABLE * highest
            verdict = "alike" if not is_apart else "severe" if severity > 0 else "lenient"
        own = (float(estimates.infit[n]), float(estimates.outfit[n]))
        infit, outfit = own if math.isfinite(severity) else (math.nan, math.nan)
        yield {
            "assessor": name, "severity": severity, "se": se, "fair_points": fair, "infit": infit,
            "outfit": outfit, "verdict": verdict,
        }  # fmt: skip


def _model(fitted: _GroupFit) -> dict[str, Any]:
    """The model as a whole."""
    fit = fitted.fit
    error = float(np.square(fit.se_eap).mean())
    return {
        "group": fitted.group, "assessors": len(fit.facets[0].n), "candidates": fit.n_candidates,
        "ratings": fit.n_ratings, "steps": fitted.steps, "sd": fit.sd, "se_sd": fit.se_sd,
        "log_likelihood": fit.log_likelihood, "n_parameters": fit.n_parameters, "aic": fit.aic,
        "bic": fit.bic, **fit.facets[0].all_equal(), "reliability": fit.facets[0].reliability,
        "candidate_reliability": max(1.0 - error / fit.sd**2, 0.0),
        "fair_points": fitted.fair_points(np.zeros(1))[0], "converged": fit.converged,
    }  # fmt: skip


def _levels(fitted: _GroupFit, name: str, measure: str, estimates: FacetEstimates) -> pl.DataFrame:
    """The levels of a facet, or the tasks."""
    return frame({
        name: fitted.names(name), "group": [fitted.group] * len(estimates.n), measure: estimates.measure,
        "se": estimates.se, "infit": estimates.infit, "outfit": estimates.outfit, "ratings": estimates.n,
    })  # fmt: skip


_CENTRES = ("centre", "group", "assessors", "candidates", "severity", "se", "fair_points")


def _centres(fitted: _GroupFit) -> Iterator[dict[str, Any]]:
    """Centres as a facet, or the mean severity of the assessors of each, by their ratings there."""
    places, names = fitted.ratings.facets.get("centre", (np.empty(0, dtype=np.int64), ()))
    if len(names) < 2:
        return
    estimates, assessor = fitted.fit.facets[0], _numbered(fitted.ratings.assessor)
    for n, centre in enumerate(np.unique(places[places >= 0])):
        there = places == centre
        used, count = np.unique(assessor[there], return_counts=True)
        if "centre" in fitted.facets:
            facet = fitted.fit.facets[1 + fitted.facets.index("centre")]
            severity, se = float(facet.measure[n]), float(facet.se[n])
        else:
            share = count / count.sum()
            severity = float(share @ estimates.measure[used])
            variance = share @ estimates.covariance[np.ix_(used, used)] @ share
            se = float(np.sqrt(np.maximum(variance, 0.0)))  # of all assessors together it is 0
        yield {
            "centre": names[centre], "group": fitted.group, "assessors": len(used),
            "candidates": len(np.unique(fitted.ratings.candidate[there])), "severity": severity, "se": se,
            "fair_points": fitted.fair_points(np.array([severity]))[0],
        }  # fmt: skip


def _thresholds(fitted: _GroupFit) -> Iterator[dict[str, Any]]:
    for task, points, thresholds in zip(
        fitted.names("task"), fitted.worth, fitted.fit.thresholds, strict=True
    ):
        for k in np.flatnonzero(np.isfinite(thresholds)).tolist():
            yield {
                "task": task, "group": fitted.group, "step": k + 1, "points": float(points[k + 1]),
                "threshold": float(thresholds[k]),
            }  # fmt: skip


def _findings(assessors: pl.DataFrame, models: pl.DataFrame) -> Iterator[Note]:
    """What the severities mean, of groups that are not too small."""
    models = models.filter(pl.col("candidates") >= FEW)
    for model in models.to_dicts():
        in_group = assessors.filter(group=model["group"])
        rows = in_group.filter(pl.col("severity").is_not_null()).to_dicts()
        if len(rows) < 2 or model["p"] is None:
            continue
        most, least = rows[0], rows[-1]
        p = "< 0.001" if model["p"] < 0.001 else f"= {model['p']:.3f}"
        if model["p"] < LEVEL:
            ends = {"most": most["assessor"], "low": most["fair_points"], "least": least["assessor"]}
            key = "severity" if len(rows) == len(in_group) else "severity.some"
            yield note(key, p=p, **ends, high=least["fair_points"])
        else:
            yield note("severity.alike", n=model["candidates"], p=p)
    known = assessors.filter(pl.col("group").is_in(models["group"].to_list()))
    apart = known.filter(pl.col("verdict").is_in(["severe", "lenient"]))["assessor"].to_list()
    if apart:
        yield note("stands-apart", n=len(apart), names=shown(apart), share=100 * NOTABLE)
    erratic = known.filter(pl.col("infit") > MISFIT, pl.col("ratings") >= FEW)["assessor"].to_list()
    if erratic:
        yield note("erratic", names=shown(erratic), most=MISFIT)
