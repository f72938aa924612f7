"""Cut scores: the result of the standard-setting methods, and their common parts.

The methods are in `item_cuts` (judgements of items) and `person_cuts` (judgements of persons, and limits).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from examgen.stats import arguments
from examgen.stats.arguments import ArgumentError, DataError
from examgen.stats.data_notes import notes_on_totals
from examgen.stats.distributions import normal_quantile, t_quantile
from examgen.stats.judge_ratings import SCALES, exact
from examgen.stats.matrix import Floats
from examgen.stats.response_data import as_responses, totals_alone
from examgen.stats.results import Argument, Note, Result, frame, sentences

KINDS = ("angoff", "angoff-yes-no", "ebel")
CENTRES = ("median", "mean")
PLACES = ("before", "at", "between")
ERRORS = ("se_judges", "se_items", "se_both", "agreement")
"""Errors and agreement of a panel, over judges and items."""
_DECIMALS = 4
"""Of a cut and its error: a scoring compares with these digits."""
_UNITS = 10**_DECIMALS
TEXTS: dict[str, str] = {
    "title": "Cut score by {method}: {cut} points",
    "title.scale": "Cut score by {method}: {cut} of {points} points ({percent} %)",
    "title.form": "Cut score by {method}, form {form}: {cut} of {points} points ({percent} %)",
    "moved": "moved from {judged} to {cut}",
    "least-mark": "{least} is the lowest whole mark that passes",
    # refusals
    "no-points": "{points} gives no item a point, so there is no scale for a cut",
    "no-error": "{argument} needs a standard error, but this cut has none",
    "no-scores": "{scores} has no score",
    "cut-outside-scale": "the cut would be {cut:.2f}, outside the scale from 0 to {high:g}, so these scores "
    "give no cut",
    # notes
    "no-score": "left out, without a score: {n:,} [person|persons]",
    "no-total": "{n} [candidate lacks|candidates lack] a total score and [is|are] not counted among those "
    "who would pass",
    "above-full-score": "{scores}: {n:,} [score is|scores are] above the maximum score of {most:g} points",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""
note = sentences(TEXTS)


class CutScore(Result):
    """A cut score, as returned by the standard-setting functions.

    Attributes
    ----------
    method : str
    cut : float
        The cut in points, rounded half up to four decimals; scoring compares scores with this value.
    judged : float
        The cut before it was moved by `adjust_se` and rounded.
    se : float
        Standard error over judges, or over persons if persons were judged; NaN if undefined.
    low, high : float
        The 95 % interval of the cut, truncated to the scale: ± t SE over judges (Student's t, for several
        panels by the smallest one), ± 1.96 SE over persons.
    points : float or None
        The full score.
    se_over : str
        "judges" or "candidates".
    n_judges, n_candidates : int or None
        The number of judges in the standard error, and of persons from whom the cut was derived.
    moved_by_se : float
    settings : dict
        The settings of the method.
    details : dict
        Further figures of the method by name.
    judges : polars.DataFrame or None
        A row for each judge: the judge's own `cut` (null for one who rated half of the items or fewer), its
        studentized distance from the others (`apart`), whether that is `outlying` (5 % over the panel) …
    items : polars.DataFrame or None
        A row for each item; for bookmarks, the booklet.
    impact : polars.DataFrame or None
        The pass rates at the cut, and one and two standard errors on either side.
    notes : tuple of Note
        Remarks on the data and the cut.
    """

    method: str
    cut: float
    judged: float
    se: float
    low: float
    high: float
    points: float | None
    se_over: str
    n_judges: int | None
    n_candidates: int | None
    moved_by_se: float = 0.0
    settings: Mapping[str, object] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    judges: pl.DataFrame | None = None
    items: pl.DataFrame | None = None
    impact: pl.DataFrame | None = None
    notes: tuple[Note, ...] = ()
    form: str = ""

    @property
    def percent(self) -> float | None:
        """The cut as a percentage of the full score; None if that is unknown."""
        return 100 * self.cut / self.points if self.points else None

    @property
    def title(self) -> str:
        """The method and the cut."""
        values = {"method": self.method, "cut": f"{self.cut:.2f}"}
        if self.percent is None:
            return note("title", **values)
        values |= {"points": f"{self.points:g}", "percent": f"{self.percent:.1f}"}
        return note("title.form", form=self.form, **values) if self.form else note("title.scale", **values)

    @property
    def figures(self) -> Mapping[str, object]:
        """The standard error and interval of the cut, and further figures of the method."""
        panels = self.details.get("panels", ())
        errors = {name: panels[0][name] for name in ERRORS} if len(panels) == 1 else {}
        found = {name: one for name, one in self.details.items() if name != "panels"}
        sizes = {"n_judges": self.n_judges, "n_candidates": self.n_candidates}
        known = {name: n for name, n in sizes.items() if n is not None}
        settings = {name: one for name, one in self.settings.items() if (name, one) != ("round", 1)}
        error = {"se": self.se, "low": self.low, "high": self.high}
        return error | settings | known | found | errors

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The tables of judges and of pass rates, without columns that have no information."""
        tables = {"judges": self.judges, "impact": self.impact}
        return {
            name: one.select(column for column in one if _tells(column))
            for name, one in tables.items()
            if one is not None
        }

    @property
    def findings(self) -> tuple[Note, ...]:
        """The meaning of the cut for a committee."""
        found = []
        if self.moved_by_se:
            found.append(note("moved", cut=f"{self.cut:.2f}", judged=f"{self.judged:.2f}"))
        if self.points is not None:
            found.append(note("least-mark", least=least_mark(self.cut)))
        return tuple(found)


def _tells(column: pl.Series) -> bool:
    return bool(column.any()) if column.name == "outlying" else column.null_count() < len(column)


def least_mark(cut: float) -> int:
    """Return the lowest whole mark that reaches a cut: 20 for a cut of 19.12, 19 for a cut of 19."""
    return math.ceil(cut - 1e-9)


# ── what verbs share ─────────────────────────────────────────────────────────────────────────


def checked(**arguments: object) -> dict[str, Any]:
    """Return the arguments, normalised. Raises ArgumentError for values that are invalid for any data."""
    return {name: _CHECKS[name](name, value) for name, value in arguments.items()}


_CHECKS: Mapping[str, Callable[[str, object], Any]] = {
    "scale": partial(arguments.word, words=SCALES),
    "round": partial(arguments.whole, low=1),
    "kind": partial(arguments.word, words=KINDS),
    "response": arguments.chance,
    "guessing": arguments.truth,
    "place": partial(arguments.word, words=PLACES),
    "centre": partial(arguments.word, words=CENTRES),
    "probability": arguments.chance,
    "equal_groups": arguments.truth,
    "border": partial(arguments.number, low=-arguments.GREATEST_POINTS, high=arguments.GREATEST_POINTS),
    "adjust_se": partial(arguments.number, low=-3, high=3),
}


def points_of_items(points: object, items: Sequence[str]) -> Floats:
    """Return the points of each item (J,). Raises ArgumentError if no item has any."""
    worth = arguments.of_items("points", points, items, 0.0, arguments.GREATEST_POINTS)
    if not worth.any():
        raise ArgumentError(note("no-points", points=Argument("points")))
    return worth


def cut_score(
    method: str, judged: Fraction | float, se: float, full: float | None, adjust_se: float, totals: object,
    values: Floats | None = None, *, judged_alone: Floats | None = None, n_judges: int | None = None,
    n_candidates: int | None = None, notes: Sequence[Note], **more: Any,
) -> CutScore:  # fmt: skip
    """Return the cut, moved by `adjust_se` within the scale and rounded as for scoring, with its interval and
    pass rates. `values` (N,) are the scores of persons, which must be within the scale, and `judged_alone`
    those of the persons judged."""
    if values is not None:
        high = full if full is not None else max(float(np.nanmax(values)), 0.0)
        if not 0 <= judged <= high:
            raise DataError(note("cut-outside-scale", cut=judged, high=high))
    moved = checked(adjust_se=adjust_se)["adjust_se"]
    if moved and math.isnan(se):
        raise DataError(note("no-error", argument=Argument("adjust_se")))
    cut = _half_up(_half_up(judged) + exact(moved) * (_half_up(se) if moved else 0))
    cut = max(cut, Fraction(0)) if full is None else min(max(cut, Fraction(0)), Fraction(math.ceil(full)))
    within = 0.0, math.inf if full is None else float(full)
    low, high = np.clip(interval(float(cut), se, n_judges), *within).tolist()
    own = values if judged_alone is None else judged_alone
    scores = own if totals is None else total_scores(totals, "totals")
    impact = None if scores is None else _impact(scores, float(cut), se)
    notes = [*notes, *_of_scores(values, "scores", full)]
    notes += () if totals is None else _of_scores(scores, "totals", full)
    over = "candidates" if n_judges is None else "judges"
    return CutScore(
        method, float(cut), float(judged), se, low, high, full, over, n_judges, n_candidates, moved,
        impact=impact, notes=tuple(notes), **more,
    )  # fmt: skip


def _of_scores(scores: Floats | None, name: str, full: float | None) -> Iterator[Note]:
    """What is to be known of the scores of persons."""
    if scores is None:
        return
    seen = scores[np.isfinite(scores)]
    if n := len(scores) - len(seen):
        yield note("no-total" if name == "totals" else "no-score", n=n)
    if full is not None and (n := int((seen > full + 1e-9).sum())):
        yield note("above-full-score", scores=name, n=n, most=full)
    yield from notes_on_totals(seen, name, most=full)


def interval(cut: float, se: float, judges: int | None = None) -> tuple[float, float]:
    """Return the 95 % interval of a cut: cut ± t SE, with n − 1 degrees of freedom for n judges, whose spread
    is estimated; ± 1.96 SE for an error over persons (`judges` is None). NaN without an error.

    With two judges t is 12.71, with three 4.30, with ten 2.26; a cut from few judges is very imprecise.

    References
    ----------
    Student (1908). The probable error of a mean. Biometrika, 6(1), 1–25.
    """
    if not np.isfinite(se) or (judges is not None and judges < 2):
        return np.nan, np.nan
    far = se * (normal_quantile(0.975) if judges is None else t_quantile(0.975, judges - 1))
    return cut - far, cut + far


def _half_up(value: Fraction | float) -> Fraction:
    """To four decimals, half up."""
    return Fraction(math.floor(Fraction(value) * _UNITS + Fraction(1, 2)), _UNITS)


def _impact(scores: Floats, cut: float, se: float) -> pl.DataFrame:
    """Who would pass at the cut, and one and two standard errors to either side."""
    seen = scores[np.isfinite(scores)]
    steps = (-2, -1, 0, 1, 2) if se > 0 else (0,)
    at = [cut + step * se if step else cut for step in steps]
    passing = [int((seen >= one - 1e-9).sum()) for one in at]
    return frame({
        "se": steps, "cut": at, "candidates": [len(seen)] * len(steps), "passing": passing,
        "share": [n / len(seen) for n in passing],
    })  # fmt: skip


def total_scores(scores: object, name: str = "scores") -> Floats:
    """Return total scores (N,); NaN for persons without one."""
    if alone := totals_alone(name, scores):
        most = arguments.GREATEST_POINTS
        found = arguments.vector(name, alone["total"], missing=True, low=-most, high=most)
    else:
        try:
            own = as_responses(scores)
        except ArgumentError as error:
            raise arguments.of_argument(error, name) from None
        totals = own.cells.sum(axis=1, dtype=np.int64).astype(np.float64)
        found = np.where((own.cells >= 0).all(axis=1), totals, np.nan)
    if not np.isfinite(found).any():
        raise DataError(note("no-scores", scores=Argument(name)))
    return found
