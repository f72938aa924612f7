"""Scores on two forms → the scores of one that mean the same on the other."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import starmap
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.stats import equating_methods as methods
from examgen.stats.arguments import (
    GREATEST_POINTS,
    ArgumentError,
    DataError,
    brief,
    is_row,
    kind_of,
    number,
    objects,
    shown,
    vector,
    whole,
    word,
)  # fmt: skip
from examgen.stats.data_notes import repeated_ids
from examgen.stats.equating_methods import BY_RANKS, DESIGNS, WITH_SYNTHETIC, Advice, MethodOptions
from examgen.stats.response_data import IDS, Responses, as_responses, columns_of
from examgen.stats.results import Argument, Note, Result, frame, note_of
from examgen.stats.score_distributions import (
    Degrees,
    Floats,
    FormMoments,
    Joint,
    LogLinear,
    Scales,
    choose,
    fit,
    joint_moments,
    moments,
    step_of,
)  # fmt: skip

_DESIGNS = {"eg": "equivalent groups", "sg": "one group", "neat": "common items", "irt": "items on one scale"}
_SAME = {
    "levine-observed": "levine", "levine-observed-score": "levine", "frequency": "frequency-estimation",
    "poststratification": "frequency-estimation", "chained": "chained-equipercentile", "circle": "circle-arc",
}  # fmt: skip
_WITH_ANCHOR = {
    "equipercentile": "frequency-estimation", "circle-arc": "chained-circle-arc", "linear": "tucker",
    "mean": "tucker-mean",
}  # fmt: skip
MOST_POINTS, MOST_CELLS = 2_000, 250_000
"""Of a scale (half as many of an anchor's), and pairs of total and anchor."""
_FINEST = 1_000_000
_DECIMALS = 12
"""Of what is computed: the last digits depend on how many threads a machine multiplies with."""
_NO_ERROR = 1e-9
"""An error below this is none: the conversion does not move with the sample."""
_FAR_APART, _ALONE, _WEAK = 0.3, 0.01, 0.5
"""Standard deviations between the groups on the anchor, share of a group with anchor scores that the other
lacks, and correlation of anchor and total, from or below which an anchor tells little."""
TEXTS: dict[str, str | tuple[str, str]] = {
    "title": "Equating by {method}, {design}",
    # refusals
    "degree-unsmoothed": "{argument} goes with {smooth}",
    "not-smoothed": "{argument} goes with methods of percentile ranks, which {method} is not",
    "no-synthetic": "{argument} goes with a synthetic population, which {method} has not",
    "needs-anchor": "{argument} needs an anchor: common items, or scores on them",
    "degrees": "{argument} has {n} numbers; expected one, or with an anchor up to three",
    "only-anchor": "{form} has no item beside the external anchor",
    "no-common-items": "{x} and {y} have no item in common by name; {argument} needs common items",
    "one-candidate": (
        "{form} has {n} person with a score; at least two are needed",
        "{form} has {n} persons with a score; at least two are needed",
    ),
    "above-full-score": "{form} has the score {score:g}; scores go from {low:g} to {high:g}; see {argument}",
    "off-scale": "{form} has the score {score:g}; scores go from {low:g} to {high:g} by {step:g}; see "
    "{argument}",
    "off-scale.full": "{argument} is {high:g}; the full score is a multiple of {step:g} above {low:g}",
    "scale-too-fine": "{form} has a scale of {n:,} points, more than {most:,}; round the scores, or give "
    "{argument}",
    "anchor-above-total": "{anchor} has the score {part:g} where {form} has {total:g}; an internal anchor "
    "is a part of the total; give {argument} if it is not",
    "constant-score": "{form} has one score for every person; {method} needs scores that differ",
    "constant-anchor": "{anchor} is the same for every person; it tells nothing",
    "levine-undefined": "{anchor} correlates {r:.2f} with {form}; {method} takes both for measures of one "
    "thing",
    "cannot-smooth": "{form} has too few different scores for log-linear smoothing of that degree; use "
    "{argument}",
    "not-determined": "{x} and {y} do not determine the conversion by {method}",
    "not-determined.arc": "{x} and {y}: the middle of the arc lies outside the scale",
    "not-determined.falls": "{x} and {y}: by {method} more points on X would be worth fewer on Y",
    # notes
    "of-table": "{form}: {note}",
    "unnamed-items": "the items have no names, so there is no anchor; the groups are taken as equivalent",
    "blanks-wrong": (
        "{form}: {n:,} missing score counts as 0 in the totals",
        "{form}: {n:,} missing scores count as 0 in the totals",
    ),
    "no-score": (
        "left out, without a score: {n:,} person",
        "left out, without a score: {n:,} persons",
    ),
    "full-score-taken": "the highest score, {n:g}, is taken as the full score; see {argument}",
    "parts-of-points": "there are parts of a point, so scores are assumed to be 1/{parts} of a point apart",
    "wide-steps": "{form}: all scores are multiples of {apart}; give {argument} if there can be no others",
    "method-chosen": "{method} was chosen, as the smaller sample has {n:,} persons; see {argument}",
    "bootstrap-lost": "{n} of {all} bootstrap samples determine no conversion and are left out",
    "no-error": "the standard error is unknown, and missing, at some scores",
    "identity-as-good": "identity (unconverted scores on X) would be as good or better here. Its "
    "estimated error is {identity_error:.2f} points, that of {method} {error:.2f} (Kolen & Brennan 2014, "
    "section 8.3)",
    "identity-as-good.alike": "identity (unconverted scores on X) would be as good or better here. "
    "The forms do not differ by more than random error, and the estimated error of {method} is "
    "{error:.2f} points (Kolen & Brennan 2014, section 8.3)",
    "few-candidates": "{n:,} persons are few for {method}; the rule of thumb is {enough:,} of each form "
    "(Kolen & Brennan 2014, section 8.3)",
    "empty-scores": "{n} of {all} scores on Y do not occur; the middle of the gap is used, and "
    "{smooth} closes it",
    "unseen-scores": "{n} scores on X from {first:g} to {last:g} do not occur. Their conversion "
    "rests on no data, and their error of 0 is not real; {smooth} estimates both",
    "beyond-scale": (
        "{n} person has a score on X whose equivalent lies outside the scale of Y",
        "{n} persons have a score on X whose equivalent lies outside the scale of Y",
    ),
    "anchor-of-one": "the anchor is one item and says little about how far the groups differ",
    "short-anchor": "the anchor has {anchor:g} of {total:g} points; the rule of thumb is a fifth, or 30 "
    "(Angoff)",
    "anchor-longer": "the anchor has more points than the form",
    "groups-apart": "the groups are {off:.2f} standard deviations apart on the anchor: from 0.3 on methods "
    "disagree, from 0.5 on none is to be trusted alone (Kolen & Brennan 2014, section 8.3)",
    "anchor-alone": "{share:.0%} of one group have anchor scores that do not occur in the other "
    "group, so nothing is known of that group there. {smooth} or a chained method does not need it",
    "weak-anchor": "{anchor} correlates only {r:.2f} with {form}, so it says little of how groups differ",
    "weak-anchor.constant": "{anchor} or {form} does not vary; how far they go together is not known",
    # findings
    "at-cut": "The cut of {cut} points on Y is equivalent to {x} points on X, so {least} or more on X reach"
    " it.",
    "below-all": "Every score on X is equivalent to more than the cut of {cut} points on Y.",
    "above-all": "No score on X is equivalent to the cut of {cut} points on Y.",
    "points-decide": "Decisions use the points on X and the cut for form X, never the converted score.",
    "rounding-agrees": "After rounding to {decimals} decimals, {least} is also the lowest score on X that "
    "converts to {cut} or more.",
    "rounding-crosses": "Rounding changes a decision: {x} points on X are equivalent to {y} and "
    "shown as {shown} when rounded to {decimals} decimals. Decide on one cut on X, {first} or {second} "
    "points, and use it in scoring. With {second}, use more decimals, so that no failing score is shown "
    "as the cut.",
    "worth": "{x} points on X are equivalent to {y} points on Y.",
    "harder": "X is the harder form. {x} points on X are equivalent to {y} on Y, which is {by} more.",
    "easier": "X is the easier form. {x} points on X are equivalent to {y} on Y, which is {by} fewer.",
    "equally-hard": "At {x} points on X both forms are equally difficult (standard error {se}).",
    "equally-hard.unsure": "At {x} points on X both forms are equally difficult.",
    "may-be-chance": "With this number of persons the difference may be chance. Its standard error is {se}.",
    "assumption.eg": "All results assume that the two groups are equally able, for example because "
    "forms were assigned at random. The data cannot check this.",
    "assumption.neat": "All results assume that the common items have the same difficulty for both "
    "groups. The data cannot check this.",
}
"""Sentences by their codes, which end before a full stop; a pair is for one and for several."""


def note(key: str, **values: Any) -> Note:
    """A sentence of this module."""
    return note_of(TEXTS, key, values)


class Comparison(NamedTuple):
    """The same achievement on both forms: at the cut, else at the mean of X."""

    at: str
    """`cut` or `mean`."""
    cut: float | None
    least: float | None
    """The least score on X that reaches the cut."""
    score: float | None
    """On X; None where the cut lies outside the conversion."""
    equated: float
    difference: float | None
    """`equated` less `score`; None where the scales differ."""
    se: float | None
    harder: str | None
    """`x`, `y` or `neither`."""
    sure: bool | None
    """Whether the difference is above 1.96 standard errors."""


@dataclass(frozen=True, repr=False, eq=False)
class Equating(Result):
    """What `equate`, and the `equate` of a link, return.

    Attributes
    ----------
    method, design : str
    table : polars.DataFrame
        A row for each score on X: `score`, `equated` (its equivalent on Y), `se`, `low` and `high` (its
        interval), `n` persons who have it, `rounded` (the equivalent as it is reported). Null where an error
        is not known; 0 at scores that nobody has, without smoothing, which a note says.
    forms : polars.DataFrame
        `form`, `n`, `mean`, `sd`, `skewness`, `kurtosis`, `lowest` and `highest` score, `least` and `points`
        (ends of the scale) of X and Y; with an anchor its `anchor_mean` and `anchor_sd`, and its
        `correlation` with the score; with a synthetic population its `synthetic_mean` and `synthetic_sd`.
    slope, intercept : float or None
        Of linear methods: equated = slope × score + intercept.
    advice : Advice or None
        `method` is `identity` where scores as they are are estimated to err no more than the conversion;
        `error` and `identity_error` are both in points. None where the scales differ.
    se_method : str
        `formula`, `delta` (by differences) or `bootstrap`.
    replications : int
        Bootstrap samples that were used.
    smoothing : polars.DataFrame
        Log-linear models that were tried for each form, and which was `taken`; empty without smoothing.
    notes : tuple of Note
    findings : tuple of Note
        What the conversion means, in sentences.
    anchor : dict or None
        `kind`, `points`, and the names of `items` where they are known.
    weight : float or None
        Of X's persons in the synthetic population; None for methods without one.
    comparison : Comparison or None
        Which form is harder, and by how much.
    decimals : int
        Of `rounded`.
    """

    method: str
    design: str
    table: pl.DataFrame
    forms: pl.DataFrame
    slope: float | None
    intercept: float | None
    advice: Advice | None
    se_method: str
    replications: int
    smoothing: pl.DataFrame
    notes: tuple[str, ...]
    findings: tuple[Note, ...] = ()
    anchor: Mapping[str, Any] | None = None
    weight: float | None = None
    comparison: Comparison | None = None
    decimals: int = 0

    @property
    def title(self) -> str:
        """The method and the design."""
        return note("title", method=self.method, design=_DESIGNS[self.design])

    @property
    def figures(self) -> Mapping[str, object]:
        """The line, the errors, and how they were found."""
        found: dict[str, object] = {"slope": self.slope, "intercept": self.intercept, "weight": self.weight}
        if self.advice is not None:
            found |= {"error": self.advice.error, "identity_error": self.advice.identity_error}
        found |= {"se_method": self.se_method, "replications": self.replications or None}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The conversion, the forms, and the models of smoothing."""
        found = {"conversion": self.table, "forms": self.forms, "smoothing": self.smoothing}
        return {name: table for name, table in found.items() if len(table)}

    def _remarks(self) -> Sequence[str]:
        return self.notes

    def convert(self, scores: object) -> Floats:
        """(N,) the equivalents on Y of scores on X: between two of the table on the line; NaN stays NaN.

        Raises
        ------
        ArgumentError
            For a score beyond those of the table.
        """
        x, y = (self.table[name].cast(pl.Float64).to_numpy() for name in ("score", "equated"))
        one = not is_row(scores)
        own = vector("scores", [scores] if one else scores, missing=True, low=float(x[0]), high=float(x[-1]))
        return np.asarray(np.interp(own, x, y))

    def plot(self, ax: Any = None) -> Any:
        """What the conversion adds to each score, with its interval; the axes of matplotlib (an extra).

        Dotted alone where nobody has the score.
        """
        from examgen.stats.irt_plots import axes, beside, with_thai

        new, ax = ax is None, axes(ax)
        x, y, low, high = (
            self.table[name].cast(pl.Float64).to_numpy() for name in ("score", "equated", "low", "high")
        )
        ax.axhline(0.0, color="0.6", linewidth=0.8, label="identity")
        nobody = np.zeros(len(x), dtype=np.bool_)
        if "n" in self.table.columns and self.method in BY_RANKS:
            n, se = (self.table[name].fill_null(1).to_numpy() for name in ("n", "se"))
            nobody = (n == 0) & (se < _NO_ERROR)
        band = (np.where(nobody, np.nan, one - x) for one in (low, high))
        ax.fill_between(x, *band, alpha=0.25, color="C0")
        ax.plot(x, y - x, color="C0", linestyle=":", linewidth=1.0)
        ax.plot(x, np.where(nobody, np.nan, y - x), color="C0", label=self.method)
        ax.set_xlabel("score on X")
        ax.set_ylabel("equated less score")
        ax.set_title(self.title)
        beside(ax, grow=new)
        return with_thai(ax)


def equate(
    x: object, y: object, method: str = "auto", *, design: str | None = None, anchor_x: object = None,
    anchor_y: object = None, count_x: object = None, count_y: object = None, anchor: str = "internal",
    points: object = None, least: object = None, anchor_points: float | None = None,
    step: float | None = None, weight: float | None = None, smooth: str | None = None, degree: object = None,
    select: str = "aic", cut: float | None = None, decimals: int = 0, bootstrap: int = 0, seed: int = 1,
    level: float = 0.95, spread: methods.Spread = starmap,
) -> Equating:  # fmt: skip
    """Scores on form X as scores on form Y, by observed-score equating.

    Parameters
    ----------
    x, y : array_like, shapes (N,) and (M,), or data frames
        Total scores of the persons who took X, and of those who took Y; a table of one column is such
        scores. Or their responses, as `responses` takes them: the total is the sum of scores (nothing where
        all are missing), and items of the same name in both are the anchor. Items without names have none.
    method : str
        `auto` (by the smaller number of persons: circle-arc below 100, linear below 1,500, else
        equipercentile with log-linear smoothing), or one of: `identity`, `mean`, `linear`, `circle-arc`,
        `equipercentile`; with an anchor `tucker`, `tucker-mean`, `levine`, `levine-mean`, `levine-true`,
        `braun-holland`, `nominal-weights`, `chained-mean`, `chained-linear`, `chained-circle-arc`,
        `frequency-estimation`, `chained-equipercentile`.
    design : {"eg", "sg", "neat"}, optional
        Equivalent groups; one group that took both forms (a row of x and of y is one person); nonequivalent
        groups with an anchor. Left out: `neat` where there is an anchor, else `eg`; needed where all items
        are common.
    anchor_x, anchor_y : array_like, shapes (N,) and (M,), optional
        Scores of the same persons on the common items. Of responses, `anchor_x` may name the common items
        that are the anchor.
    count_x, count_y : array_like, shapes (N,) and (M,), optional
        How many persons each row stands for; 1 where left out.
    anchor : {"internal", "external"}
        Whether the anchor is a part of the total. Of responses, external common items are left out of it.
    points : float or (float, float), optional
        Full score of both forms, or of X and of Y. Left out: what the items have, else the highest score.
    least : float or (float, float), optional
        Lowest possible score of both forms, or of X and of Y. Left out: 0, or the lowest score below it.
    anchor_points : float, optional
        Full score of the anchor.
    step : float, optional
        How far apart possible scores are. Left out: 1, or the part of a point that occurs.
    weight : float, optional
        Of X's persons in the synthetic population, 0 to 1; else their share.
    smooth : {"none", "loglinear"}, optional
        Of equipercentile methods, beforehand. Left out: `none`, but `loglinear` where `auto` chose the method
        or `degree` is given. With `auto`, `loglinear` chooses an equipercentile method.
    degree : int or (int, int, int), optional
        Of the log-linear models; with an anchor of total, anchor and products. Else `select` chooses.
    select : {"aic", "bic", "lr"}
    cut : float, optional
        A cut on Y; the findings tell the score on X that is worth it.
    decimals : int
        Of `rounded`, half up: 0 to 4.
    bootstrap : int
        Standard errors and percentile intervals by so many bootstrap samples; 0: analytic ones.
    seed : int
        Of the bootstrap.
    level : float
        Of the intervals, 0 to 1.
    spread : callable
        Calls a function with each of several arguments, for the bootstrap; one that uses several processes
        takes the place of `itertools.starmap`.

    Returns
    -------
    Equating
        `.table`, `.advice`, `.findings`, `.convert(scores)`, `.plot()`.

    Raises
    ------
    ArgumentError
        For scores off the scale, words that do not go together, and samples that do not determine the
        conversion.

    See Also
    --------
    link : scales of item response models, and equating by them.

    Notes
    -----
    Kolen & Brennan (2014), chapters 2 to 5; Livingston & Kim (2009) for circle-arc; Holland & Thayer (2000)
    for smoothing; errors by Lord (1982), Braun & Holland (1982), else by the infinitesimal jackknife. In R:
    `equate::equate`. Advice: Kolen & Brennan (2014), section 8.3.

    Examples
    --------
    >>> import numpy as np, examgen.stats as es
    >>> rng = np.random.default_rng(1)
    >>> x, y = rng.binomial(40, 0.55, 500), rng.binomial(40, 0.65, 500)
    >>> found = es.equate(x, y, points=40)
    >>> found.method, found.advice.method
    ('linear', 'linear')
    >>> found.convert([20, 22.5]).round(1)
    array([23.8, 26.2])
    """
    anchor = word("anchor", anchor, ("internal", "external"))
    if not _takes_two(spread):
        raise ArgumentError(
            f"spread is {brief(spread)}; it must be a function of a function and its calls, such as "
            "itertools.starmap"
        )
    design = None if design is None else word("design", design, ("eg", "sg", "neat"))
    forms = _forms(x, y, (anchor_x, anchor_y), (count_x, count_y), anchor == "external", design)
    has_anchor = forms[0].anchor is not None
    design = ("neat" if has_anchor else "eg") if design is None else design
    if (design == "neat") != has_anchor:
        what = "needs anchor_x and anchor_y" if design == "neat" else "takes no anchor"
        raise ArgumentError(f"design is {design!r}, which {what}")
    asked = checked(
        design, method=method, anchor=anchor, points=points, anchor_points=anchor_points, step=step,
        weight=weight, smooth=smooth, degree=degree, select=select, cut=cut, decimals=decimals,
        bootstrap=bootstrap, seed=seed, level=level,
    )  # fmt: skip
    own = _counted(forms, design, points, least, anchor_points, step, internal=anchor == "internal")
    notes = [*(one for form in forms for one in form.notes), *own.notes]
    sizes = int(own.x.sum()), int(own.y.sum())
    method, smoothed = asked.method, asked.smooth
    if method == "auto":
        method = methods.method_for(min(sizes), "neat" if design == "neat" else "eg")
        smoothed = method in BY_RANKS and smooth is None
        notes.append(note("method-chosen", method=method, n=min(sizes), argument=Argument("method")))
    _determined(own, method)
    models, smoothing = None, pl.DataFrame()
    if smoothed:
        models, smoothing = _smoothed(own, asked.degrees, asked.select)
    share = sizes[0] / sum(sizes) if weight is None else weight
    numerics = MethodOptions(method, share, anchor == "internal", models)
    # what floating point adds beyond is noise, and would round a half down
    conversion = np.round(methods.equated(own.x, own.y, own.scales, numerics), _DECIMALS) + 0.0
    _rises(conversion, method)
    *ends, se_method, used = _errors(own, numerics, conversion, bootstrap, seed, level, spread)
    se, low, high = (np.round(one, _DECIMALS) for one in ends)
    totals, others = own.totals
    if 1 in (np.count_nonzero(totals), np.count_nonzero(others)) and method != "identity":
        # a sample in which nobody differs says nothing of how far another one would lie
        se, low, high = (np.full_like(se, np.nan) for _ in range(3))
    if used < bootstrap:
        notes.append(note("bootstrap-lost", n=bootstrap - used, all=bootstrap))
    if not np.isfinite(se).all():
        notes.append(note("no-error"))
    xs, advice = own.scales.x, None
    if np.array_equal(xs, own.scales.y) and method != "identity":
        advice = methods.advise(xs, totals, conversion, se, method)
    notes = [*_advised(advice, method), *notes, *_cautions(own, numerics, sizes, conversion, se)]
    counts = (own.x, own.y) if models is None else (models[0].counts(), models[1].counts())
    synthetic = methods.synthetic_of(*counts, own.scales, numerics)
    line = None if method in BY_RANKS else methods.line_of(own.x, own.y, own.scales, numerics)
    table = frame(
        {
            "score": xs.astype(np.int64) if (xs == np.rint(xs)).all() else xs, "equated": conversion,
            "se": se, "low": low, "high": high, "n": totals.astype(np.int64),
            "rounded": [_rounded(one, decimals) for one in conversion],
        }
    )  # fmt: skip
    comparison = _compared(own, conversion, se, cut)
    findings = [*_findings(comparison, table, decimals)]
    if design != "sg":
        findings.append(note(f"assumption.{design}"))
    common = {"kind": anchor, "points": float(max(own.scales.anchor, default=0)), "items": [*forms[0].items]}
    return Equating(
        method, design, table, _of_forms(own, synthetic), None if line is None else float(line.slope),
        None if line is None else float(line.intercept), advice, se_method, used, smoothing, tuple(notes),
        tuple(findings), common if has_anchor else None, None if synthetic is None else share, comparison,
        decimals,
    )  # fmt: skip


# ── which arguments go together ──────────────────────────────────────────────────────────────


class Checked(NamedTuple):
    """The method by its name, whether counts are smoothed, by which degrees, and else what chooses them."""

    method: str
    smooth: bool
    degrees: Degrees | None
    select: str


def checked(
    design: str, *, method: object = "auto", anchor: object = "internal", points: object = None,
    anchor_points: object = None, step: object = None, weight: object = None, smooth: object = None,
    degree: object = None, select: object = "aic", cut: object = None, decimals: object = 0,
    bootstrap: object = 0, seed: object = 1, level: object = 0.95,
) -> Checked:  # fmt: skip
    """What is known of arguments of `equate` before there are data; ArgumentError for what does not fit."""
    word("anchor", anchor, ("internal", "external"))
    select = word("select", select, ("aic", "bic", "lr"))
    whole("bootstrap", bootstrap, 0, 100_000)
    whole("seed", seed, 0)
    whole("decimals", decimals, 0, 4)
    number("level", level, 0.0, 1.0)
    _optional("weight", weight, 0.0, 1.0)
    _optional("step", step, 1e-6)
    _optional("anchor_points", anchor_points, 1e-6)
    _optional("cut", cut)
    if points is not None:
        _both("points", points, 1e-6)
    neat = design == "neat"
    own, is_smooth = method_named(method, neat)
    smooth = "loglinear" if is_smooth and smooth is None else smooth
    smooth = None if smooth is None else word("smooth", smooth, ("none", "loglinear"))
    degrees = _degrees(degree, neat)
    if degrees is not None and smooth == "none":
        values = {"argument": Argument("degree"), "smooth": Argument("smooth", "loglinear")}
        raise ArgumentError(note("degree-unsmoothed", **values))
    wanted = smooth == "loglinear" or degrees is not None
    if wanted and own == "auto":
        own = "frequency-estimation" if neat else "equipercentile"
    if wanted and own not in BY_RANKS:
        argument = Argument("smooth" if smooth == "loglinear" else "degree")
        raise ArgumentError(note("not-smoothed", argument=argument, method=own))
    if weight is not None and own != "auto" and own not in WITH_SYNTHETIC:
        raise ArgumentError(note("no-synthetic", argument=Argument("weight"), method=own))
    return Checked(own, wanted, degrees, select)


def method_named(method: object, neat: bool) -> tuple[str, bool]:
    """A method by its name, in any of its spellings, and whether the name says that counts are smoothed."""
    known = ("auto", *DESIGNS["neat" if neat else "eg"])
    if not isinstance(method, str):
        return word("method", method, known), False
    name = re.sub(r"[\s_/]+", "-", method.strip().lower())
    is_smooth = "loglinear" in name
    name = name.replace("loglinear", "").strip("-") or "equipercentile"
    name = re.sub("^(tucker|levine.*|freq.*)-(linear|equipercentile)$", r"\1", name)
    name = _SAME.get(name, name)
    name = _WITH_ANCHOR.get(name, name) if neat else name
    if name not in known and name in methods.NONEQUIVALENT_GROUPS:
        raise ArgumentError(note("needs-anchor", argument=Argument("method", name)))
    return (name, is_smooth) if name in known else (word("method", method, known), False)


def _degrees(degree: object, neat: bool) -> Degrees | None:
    if degree is None:
        return None
    given = [degree] if isinstance(degree, (int, np.integer)) else list(objects("degree", degree).tolist())
    if not 1 <= len(given) <= (3 if neat else 1):
        raise ArgumentError(note("degrees", argument=Argument("degree"), n=len(given)))
    total, *rest = (whole("degree", one, 1, 20) for one in given)
    if not neat:
        return Degrees(total)
    return Degrees(total, rest[0] if len(rest) == 2 else total, rest[-1] if rest else min(2, total))


def _optional(name: str, value: object, low: float = -np.inf, high: float = np.inf) -> None:
    if value is not None:
        number(name, value, low, high)


def _both(name: str, value: object, low: float = -np.inf) -> list[float]:
    """A number for X and one for Y."""
    if not isinstance(value, (list, tuple, np.ndarray)):
        return [number(name, value, low)] * 2
    given: list[float] = vector(name, value, low=low).tolist()
    if len(given) > 2:
        raise ArgumentError(f"{name} has {len(given)} values; expected one, or one for x and one for y")
    return (given * 2)[:2]


# ── what was given ───────────────────────────────────────────────────────────────────────────


class _Form(NamedTuple):
    """The scores of a form: totals and anchor (N,), NaN where there is none."""

    totals: Floats
    anchor: Floats | None
    counts: Floats | None = None
    """(N,) how many persons a row stands for."""
    points: float | None = None
    """Full score, where items tell it."""
    anchor_points: float | None = None
    items: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def _is_table(values: object) -> bool:
    if isinstance(values, (Responses, Mapping)) or hasattr(values, "columns"):
        return True
    is_list = isinstance(values, (np.ndarray, list, tuple)) and is_row(values) and len(values) > 0
    return is_list and np.ndim(values[0]) == 1  # type: ignore[index]


def _totals_of(name: str, values: object) -> object:
    """The scores in a table of one column; any other value as it is."""
    if isinstance(values, Responses):
        return np.where(values.cells[:, 0] < 0, np.nan, values.cells[:, 0]) if values.n_items == 1 else values
    columns = columns_of(values, name)[0] if _is_table(values) else {}
    own = [column for column in columns if column.strip().lower() not in IDS]
    return columns[own[0]] if len(own) == 1 and np.ndim(columns[own[0]]) == 1 else values


def _forms(
    x: object, y: object, anchors: Sequence[object], counts: Sequence[object], external: bool,
    design: str | None,
) -> list[_Form]:  # fmt: skip
    x, y = _totals_of("x", x), _totals_of("y", y)
    if _is_table(x) != _is_table(y):
        raise ArgumentError(
            f"x is {kind_of(x)} and y {kind_of(y)}; both are vectors of scores, or both tables of responses"
        )
    if _is_table(x):
        forms = _of_responses(x, y, anchors, external, design)
    elif (anchors[0] is None) != (anchors[1] is None):
        raise ArgumentError("anchor_x and anchor_y go together: scores on the common items of both groups")
    else:
        forms = []
        for name, values, beside in zip("xy", (x, y), anchors, strict=True):
            totals, part = _scores(name, values), None
            if beside is not None:
                scores = _totals_of(f"anchor_{name}", beside)
                part = _scores(f"anchor_{name}", scores, len(totals))
            forms.append(_Form(totals, part))
    for n, (name, count) in enumerate(zip(("count_x", "count_y"), counts, strict=True)):
        if count is not None and design == "sg":
            raise ArgumentError(f"{name} goes without design 'sg', in which a row is one person")
        if count is not None:
            own = vector(name, count, len(forms[n].totals), whole=True, low=0.0, high=1e9)
            forms[n] = forms[n]._replace(counts=own)
    return forms


def _takes_two(function: object) -> bool:
    """Whether it can be called with two arguments, as far as its signature tells."""
    if not callable(function):
        return False
    try:
        inspect.signature(function).bind(None, None)
    except TypeError:
        return False
    except ValueError:  # a built-in without a signature
        return True
    return True


def _scores(name: str, values: object, n: int | None = None) -> Floats:
    return vector(name, values, n, missing=True, low=-GREATEST_POINTS, high=GREATEST_POINTS)


def _of_responses(
    x: object, y: object, anchors: Sequence[object], external: bool, design: str | None
) -> list[_Form]:
    """Totals of responses; the anchor are the items that both forms have by name, or those that are named."""
    tables = []
    for name, values in (("x", x), ("y", y)):
        try:
            tables.append(as_responses(values))
        except ArgumentError as refused:  # by the argument's own name
            raise ArgumentError(re.sub(r"^data\b", name, str(refused))) from None
    first, second = (table.items for table in tables)
    common, notes = [item for item in first if item in second], tuple[str, ...]()
    has_names = all(isinstance(one, (Responses, Mapping)) or hasattr(one, "columns") for one in (x, y))
    named = next((one for one in anchors if one is not None), None)
    if named is not None:
        wanted = [str(one) for one in objects("anchor_x", named).tolist()]
        if odd := [item for item in wanted if item not in common]:
            raise ArgumentError(f"anchor_x names {shown(odd)}, which both forms do not have")
        common = wanted
    elif design in ("eg", "sg"):
        common = []
    elif not has_names:
        common, notes = [], (note("unnamed-items"),)
    elif design is None and common:
        made = all(table.items == tuple(f"i{j + 1}" for j in range(table.n_items)) for table in tables)
        if made or set(first) == set(second):
            raise ArgumentError(
                f"x and y have all items in common ({shown(common)}), and so nothing to equate: say "
                "design='eg' or 'sg', or name the anchor in anchor_x; total scores are a vector, or a table "
                "of one column"
            )
    if design == "neat" and not common:
        raise DataError(note("no-common-items", x="x", y="y", argument=Argument("design", "neat")))
    greatest = [dict(zip(table.items, table.greatest.tolist(), strict=True)) for table in tables]
    full = {item: max(own.get(item, 0) for own in greatest) for item in (*first, *second)}
    forms = []
    for name, table in zip("xy", tables, strict=True):
        cells = np.maximum(table.cells, 0).astype(np.float64)
        in_anchor = np.isin(table.items, common)
        inside = ~(in_anchor & external)
        if not inside.any():
            raise DataError(note("only-anchor", form=name))
        nothing = (table.cells < 0).all(axis=1)
        totals, part = (np.where(nothing, np.nan, cells[:, own].sum(axis=1)) for own in (inside, in_anchor))
        notes = (
            *notes,
            *(note("of-table", form=name, note=one) for one in (*table.notes, *repeated_ids(table))),
        )
        if n := int((table.cells < 0)[~nothing].sum()):
            notes = (*notes, note("blanks-wrong", n=n, form=name))
        top = float(sum(full[item] for item, there in zip(table.items, inside, strict=True) if there))
        of_anchor = float(sum(full[item] for item in common))
        forms.append(_Form(totals, part if common else None, None, top, of_anchor, tuple(common), notes))
        notes = ()
    return forms


class _Counts(NamedTuple):
    """How many persons have each score."""

    x: Floats
    """(K,), or with an anchor (K, V)."""
    y: Floats
    pairs: Floats | None
    """(K, L) of a single group."""
    scales: Scales
    notes: tuple[Note, ...]

    @property
    def totals(self) -> tuple[Floats, Floats]:
        """How many persons have each total on X, and on Y."""
        x, y = (own if own.ndim == 1 else own.sum(axis=1) for own in (self.x, self.y))
        return x, y

    @property
    def of_anchor(self) -> tuple[FormMoments, FormMoments]:
        """Moments of the scores on the anchor."""
        x, y = (moments(own.sum(axis=0), self.scales.anchor) for own in (self.x, self.y))
        return x, y

    @property
    def joint(self) -> tuple[Joint, Joint]:
        """Moments of total and anchor together."""
        pairs = ((self.x, self.scales.x), (self.y, self.scales.y))
        x, y = (joint_moments(own, scale, self.scales.anchor) for own, scale in pairs)
        return x, y


def _counted(
    forms: Sequence[_Form], design: str, points: object, least: object, anchor_points: float | None,
    step: float | None, *, internal: bool,
) -> _Counts:  # fmt: skip
    """How many persons have each score, on scales with all scores that are possible."""
    if design == "sg" and len(forms[0].totals) != len(forms[1].totals):
        raise ArgumentError(
            f"x has {len(forms[0].totals)} persons and y {len(forms[1].totals)}; design 'sg' has both scores "
            "of each person"
        )
    if design != "neat" and anchor_points is not None:
        raise ArgumentError(f"anchor_points goes with design 'neat', not {design!r}")
    notes: list[Note] = []
    known = [
        np.isfinite(form.totals) & (True if form.anchor is None else np.isfinite(form.anchor))
        for form in forms
    ]
    if design == "sg":
        known = [known[0] & known[1]] * 2  # the same persons: each is counted once
    counts = [np.ones(len(one.totals)) if one.counts is None else one.counts for one in forms]
    lost = [int(count[~own].sum()) for own, count in zip(known, counts, strict=True)]
    if n := sum(lost[:1] if design == "sg" else lost):
        notes.append(note("no-score", n=n))
    counts = [count[own] for own, count in zip(known, counts, strict=True)]
    for name, count in zip("xy", counts, strict=True):
        if count.sum() < 2:
            raise DataError(note("one-candidate", n=int(count.sum()), form=name))
    totals = [form.totals[own] for form, own in zip(forms, known, strict=True)]
    anchors = [form.anchor[own] for form, own in zip(forms, known, strict=True) if form.anchor is not None]
    if points is not None:
        full = _both("points", points)
    elif forms[0].points is not None and forms[1].points is not None:
        full = [forms[0].points, forms[1].points]
    else:
        full = [max(float(own.max()) for own in totals)] * 2
        notes.append(note("full-score-taken", n=full[0], argument=Argument("points")))
    parts = _parts_of_points([*totals, *anchors])
    if step is None and parts > 1:
        notes.append(note("parts-of-points", parts=parts))
    elif step is None:
        notes += _wide_steps(totals, counts)
    unit = Fraction(1, parts) if step is None else Fraction(step).limit_denominator(_FINEST)
    ends = [0.0, 0.0] if least is None else _both("least", least)
    (xs, ys), places = zip(
        *(
            _placed(name, own, min(low, float(own.min())), high, unit, "points")
            for name, own, low, high in zip("xy", totals, ends, full, strict=True)
        ),
        strict=True,
    )
    if design != "neat":
        x, y = (_tally(at, of, len(scale)) for at, of, scale in zip(places, counts, (xs, ys), strict=True))
        pairs = (
            np.bincount(places[0] * len(ys) + places[1], minlength=len(xs) * len(ys))
            if design == "sg"
            else None
        )
        both = None if pairs is None else pairs.reshape(len(xs), len(ys)).astype(np.float64)
        return _Counts(x, y, both, Scales(xs, ys, np.empty(0)), tuple(notes))
    if internal:
        _within(totals, anchors, counts)
    top = forms[0].anchor_points if anchor_points is None else anchor_points
    top = max(float(own.max()) for own in anchors) if top is None else top
    low = min(0.0, *(float(own.min()) for own in anchors))
    made: list[Floats] = []
    scale = xs
    for name, own, at, k, count in zip("xy", anchors, places, (len(xs), len(ys)), counts, strict=True):
        scale, beside = _placed(f"anchor_{name}", own, low, top, Fraction(1, parts), "anchor_points")
        v = len(scale)
        if v > MOST_POINTS // 2 or v * k > MOST_CELLS:
            raise _too_fine(f"anchor_{name}", v * k, MOST_CELLS)
        made.append(_tally(at * v + beside, count, k * v).reshape(k, v))
    return _Counts(made[0], made[1], None, Scales(xs, ys, scale), tuple(notes))


def _tally(places: NDArray[np.int64], counts: Floats, n: int) -> Floats:
    return np.bincount(places, counts, n).astype(np.float64)


def _parts_of_points(scores: Sequence[Floats]) -> int:
    """In how many parts a point is divided, that all scores are whole numbers of them."""
    parts = 1
    for score in np.unique(np.concatenate([*scores])).tolist():
        parts = math.lcm(parts, Fraction(score).limit_denominator(_FINEST).denominator)
        if parts > _FINEST:
            return _FINEST
    return parts


def _wide_steps(totals: Sequence[Floats], counts: Sequence[Floats]) -> Iterator[Note]:
    for name, own, count in zip("xy", totals, counts, strict=True):
        apart = int(np.gcd.reduce(np.rint(own).astype(np.int64)))
        if apart > 1 and count.sum() >= 30:
            yield note("wide-steps", form=name, apart=apart, argument=Argument("step"))


def _placed(
    form: str, scores: Floats, low: float, high: float, step: Fraction, argument: str
) -> tuple[Floats, NDArray[np.int64]]:
    """The points of a scale, and at which of them each score is."""
    first, last = (Fraction(end).limit_denominator(_FINEST) for end in (low, high))
    n = (last - first) / step
    if n + 1 > MOST_POINTS:
        raise _too_fine(form, int(n) + 1)
    scale = np.array([float(first + k * step) for k in range(max(int(n), 0) + 1)])
    place = np.rint((scores - low) / float(step)).astype(np.int64)
    wrong = (np.abs(scale[np.clip(place, 0, len(scale) - 1)] - scores) > 1e-6) | (scores > high + 1e-6)
    values = {"low": low, "high": high, "step": float(step)}
    if wrong.any():
        score = float(scores[wrong].max())
        key, name = ("above-full-score", argument) if score > high else ("off-scale", "step")
        raise DataError(note(key, form=form, score=score, argument=Argument(name), **values))
    if n.denominator != 1 or n < 1:
        raise DataError(note("off-scale.full", argument=Argument(argument), **values))
    return scale, place


def _too_fine(form: str, n: int, most: int = MOST_POINTS) -> DataError:
    return DataError(note("scale-too-fine", form=form, n=n, most=most, argument=Argument("step")))


def _within(totals: Sequence[Floats], anchors: Sequence[Floats], counts: Sequence[Floats]) -> None:
    """Refuses an internal anchor that has more points than the total: it is no part of it."""
    for name, own, part, count in zip("xy", totals, anchors, counts, strict=True):
        above = np.flatnonzero((part > own + 1e-9) & (count > 0))
        if above.size and own.min() >= 0 and part.min() >= 0:
            values = {"part": float(part[above[0]]), "total": float(own[above[0]])}
            external = Argument("anchor", "external")
            raise DataError(
                note("anchor-above-total", anchor=f"anchor_{name}", form=name, argument=external, **values)
            )


# ── what is computed ─────────────────────────────────────────────────────────────────────────


def _determined(own: _Counts, method: str) -> None:
    """Refuses samples that say nothing by that method."""
    for n, (name, total) in enumerate(zip("xy", own.totals, strict=True)):
        if np.count_nonzero(total) == 1 and method not in ("identity", "mean", "circle-arc", "chained-mean"):
            raise DataError(note("constant-score", form=name, method=method))
        if not len(own.scales.anchor):
            continue
        if not own.of_anchor[n].sd > 0:
            raise DataError(note("constant-anchor", anchor=f"anchor_{name}"))
        if method.startswith("levine") and (r := _correlation(own.joint[n])) <= 0:
            raise DataError(note("levine-undefined", anchor=f"anchor_{name}", r=r, form=name, method=method))


def _correlation(of: Joint) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(of.covariance / np.sqrt(of.variance * of.anchor_variance))


def _smoothed(
    own: _Counts, degrees: Degrees | None, select: str
) -> tuple[tuple[LogLinear, LogLinear], pl.DataFrame]:
    """The log-linear models of both forms, and a row for each model that was tried."""
    models, rows = [], []
    for name, observed, scale in (("x", own.x, own.scales.x), ("y", own.y, own.scales.y)):
        scales = [scale] if observed.ndim == 1 else [scale, own.scales.anchor]
        tried: Sequence[Any] = ()
        if degrees is None:
            model, tried = choose(observed, scales, select)
        else:
            model = fit(observed, scales, degrees)
        if model is None:
            raise DataError(note("cannot-smooth", form=name, argument=Argument("smooth", "none")))
        models.append(model)
        rows += [
            {
                "form": name, "degree": one.degrees.total, "degree_anchor": one.degrees.anchor or None,
                "degree_products": one.degrees.cross or None, "deviance": one.deviance, "df": one.df,
                "aic": one.aic, "bic": one.bic, "p": getattr(one, "p", None),
                "taken": getattr(one, "taken", True),
            }
            for one in tried or (model,)
        ]  # fmt: skip
    return (models[0], models[1]), pl.DataFrame(rows, infer_schema_length=None).fill_nan(None)


def _rises(conversion: Floats, method: str) -> None:
    """Refuses a conversion that the samples do not determine, or that falls."""
    names = {"x": "x", "y": "y"}
    if not np.isfinite(conversion).all():
        if "circle" in method:
            raise DataError(note("not-determined.arc", **names))
        raise DataError(note("not-determined", method=method, **names))
    if (np.diff(conversion) < -1e-9).any():
        raise DataError(note("not-determined.falls", method=method, **names))


def _errors(
    own: _Counts, asked: MethodOptions, conversion: Floats, n: int, seed: int, level: float,
    spread: methods.Spread,
) -> tuple[Floats, Floats, Floats, str, int]:  # fmt: skip
    """Standard errors, the ends of intervals, how they were found, and bootstrap samples that were used."""
    if n:
        if own.pairs is None:
            made = methods.bootstrap(own.x, own.y, own.scales, asked, n, seed, spread)
        else:
            made = methods.paired_bootstrap(own.pairs, own.scales, asked, n, seed)
        return made.errors(), *made.interval(level), "bootstrap", len(made.conversions)
    if own.pairs is not None and asked.method != "identity":
        found = methods.paired_jackknife(own.pairs, own.scales, asked)
        width = own.scales.y[-1] - own.scales.y[0]
        se, how = np.where(found < width, found, np.nan), "delta"
    else:
        se, how = methods.analytic(own.x, own.y, own.scales, asked)
    z = NormalDist().inv_cdf(0.5 + level / 2) if level < 1 else np.inf
    return se, conversion - z * se, conversion + z * se, how, 0


def _of_forms(own: _Counts, synthetic: methods.Synthetic | None) -> pl.DataFrame:
    rows = []
    for n, (name, counts, scale) in enumerate(zip("xy", own.totals, own.scales[:2], strict=True)):
        of, there = moments(counts, scale), scale[counts > 0]
        row: dict[str, Any] = {
            "form": name, "n": int(of.n), "mean": of.mean, "sd": of.sd, "skewness": of.skewness,
            "kurtosis": of.kurtosis, "lowest": there[0], "highest": there[-1], "least": scale[0],
            "points": scale[-1],
        }  # fmt: skip
        if len(own.scales.anchor):
            of_anchor = own.of_anchor[n]
            row |= {"anchor_mean": of_anchor.mean, "anchor_sd": of_anchor.sd}
            row["correlation"] = _correlation(own.joint[n])
        if synthetic is not None:
            row |= {"synthetic_mean": synthetic[n], "synthetic_sd": synthetic[n + 2]}
        rows.append(row)
    return frame(
        {key: [v if isinstance(v := row[key], (str, int)) else float(v) for row in rows] for key in rows[0]}
    )


def _compared(own: _Counts, ys: Floats, se: Floats, cut: float | None) -> Comparison:
    xs, scale = own.scales.x, own.scales.y
    x, least = float(own.totals[0] @ xs / own.totals[0].sum()), None
    if cut is not None:
        reached = np.flatnonzero(ys >= cut - 1e-9)
        least = float(xs[reached[0]]) if len(reached) else None
        if not ys[0] - 1e-9 <= cut <= ys[-1] + 1e-9:
            return Comparison("cut", cut, least, None, cut, None, None, None, None)
        # the score on X that is worth the cut: on the line between the two scores about it
        above = int(reached[0])
        x = float(xs[above])
        if above and ys[above] > ys[above - 1]:
            share = (cut - ys[above - 1]) / (ys[above] - ys[above - 1])
            x = float(xs[above - 1] + min(share, 1.0) * (xs[above] - xs[above - 1]))
    y, error = float(np.interp(x, xs, ys)), float(np.interp(x, xs, se))
    difference = y - x if xs[-1] == scale[-1] else None
    harder, sure = None, None
    if difference is not None:
        harder = "x" if difference > 0.005 else "y" if difference < -0.005 else "neither"
        sure = bool(abs(difference) > 1.96 * error) if np.isfinite(error) else None
    at = "mean" if cut is None else "cut"
    return Comparison(at, cut, least, x, y, difference, error if np.isfinite(error) else None, harder, sure)


# ── in sentences ─────────────────────────────────────────────────────────────────────────────


def _rounded(y: float, decimals: int) -> float:
    """Half up, as scoring rounds."""
    unit = Fraction(1, 10**decimals)
    return float((Fraction(y) / unit + Fraction(1, 2)) // 1 * unit)


def _brief(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"


def _findings(own: Comparison, table: pl.DataFrame, decimals: int) -> Iterator[Note]:
    """What a coordinator can take from a conversion."""
    if own.cut is not None:
        yield from _at_cut(own, own.cut, table, decimals)
    if own.score is None:
        return
    values = {"x": _brief(own.score)}
    if own.difference is None:
        yield note("worth", **values, y=_brief(own.equated))
    elif own.harder == "neither" and own.se is None:
        yield note("equally-hard.unsure", **values)
    elif own.harder == "neither":
        yield note("equally-hard", **values, se=f"{own.se:.2f}")
    else:
        values |= {"y": _brief(own.equated), "by": _brief(abs(own.difference))}
        yield note("harder" if own.harder == "x" else "easier", **values)
        if own.sure is False:
            yield note("may-be-chance", se=f"{own.se:.2f}")


def _at_cut(own: Comparison, value: float, table: pl.DataFrame, decimals: int) -> Iterator[Note]:
    cut = _brief(value)
    if own.least is None:
        yield note("above-all", cut=cut)
    elif own.score is None:
        yield note("below-all", cut=cut)
    else:
        yield note("at-cut", cut=cut, x=_brief(own.score), least=_brief(own.least))
    yield note("points-decide")
    xs, ys, read = (table[name].to_list() for name in ("score", "equated", "rounded"))
    reached = [n for n, y in enumerate(ys) if y >= value - 1e-9]
    after = [n for n, y in enumerate(read) if y >= value]
    if reached == after:
        if after:
            yield note("rounding-agrees", decimals=decimals, least=_brief(xs[after[0]]), cut=cut)
        return
    at = min(rows[0] for rows in (reached, after) if rows)
    yield note(
        "rounding-crosses", x=_brief(xs[at]), y=f"{ys[at]:.3f}", shown=_brief(read[at]), decimals=decimals,
        first=_brief(xs[at]), second=_brief(xs[min(at + 1, len(xs) - 1)]),
    )  # fmt: skip


def _advised(advice: Advice | None, method: str) -> Iterator[Note]:
    if advice is not None and advice.method == "identity":
        values = {"method": method, "error": advice.error}
        if advice.identity_error:
            yield note("identity-as-good", **values, identity_error=advice.identity_error)
        else:
            yield note("identity-as-good.alike", **values)


def _cautions(
    own: _Counts, asked: MethodOptions, sizes: tuple[int, int], conversion: Floats, se: Floats
) -> Iterator[Note]:
    """What a reader must know of the samples."""
    method, n_least, scale = asked.method, min(sizes), own.scales.y
    totals, others = own.totals
    enough = 30 if "arc" in method else methods.ENOUGH_RANKS if method in BY_RANKS else methods.ENOUGH_LINEAR
    if method != "identity" and n_least < enough:
        yield note("few-candidates", n=n_least, method=method, enough=enough)
    smooth = Argument("smooth", "loglinear")
    if method in BY_RANKS and asked.smooth is None and (empty := int((others == 0).sum())):
        yield note("empty-scores", n=empty, all=len(others), smooth=smooth)
    nobody = own.scales.x[(totals == 0) & (se < _NO_ERROR)]
    if method in BY_RANKS and len(nobody):
        yield note("unseen-scores", n=len(nobody), first=nobody[0], last=nobody[-1], smooth=smooth)
    half = 0.5 * step_of(scale) + 1e-9
    off = (conversion < scale[0] - half) | (conversion > scale[-1] + half)
    if n := int(totals[off].sum()):
        yield note("beyond-scale", n=n)
    if len(own.scales.anchor):
        yield from _of_anchor(own, method, is_smooth=asked.smooth is not None)


def _of_anchor(own: _Counts, method: str, *, is_smooth: bool) -> Iterator[Note]:
    anchor, total = float(own.scales.anchor[-1]), float(own.scales.x[-1])
    if len(own.scales.anchor) == 2:
        yield note("anchor-of-one")
    elif anchor < min(total / 5, 30):
        yield note("short-anchor", anchor=anchor, total=total)
    if anchor > total:
        yield note("anchor-longer")
    x, y = own.of_anchor
    off = abs(float(x.mean - y.mean)) / float(np.sqrt((x.sd**2 + y.sd**2) / 2))
    if off >= _FAR_APART:
        yield note("groups-apart", off=off)
    there = [counts.sum(axis=0) for counts in (own.x, own.y)]
    alone = max(float(a[b == 0].sum() / a.sum()) for a, b in (there, there[::-1]))
    if method == "frequency-estimation" and not is_smooth and alone > _ALONE:
        yield note("anchor-alone", share=alone, smooth=Argument("smooth", "loglinear"))
    for name, of in zip("xy", own.joint, strict=True):
        r, names = _correlation(of), {"anchor": f"anchor_{name}", "form": name}
        if np.isnan(r):
            yield note("weak-anchor.constant", **names)
        elif r < _WEAK:
            yield note("weak-anchor", r=r, **names)
