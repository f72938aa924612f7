"""Observed-score equating: scores on one form that are equivalent to scores on another."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import starmap
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl

from examgen.stats import arguments
from examgen.stats import equating_methods as methods
from examgen.stats.arguments import ArgumentError, DataError
from examgen.stats.data_notes import cut_as_share
from examgen.stats.equating_findings import (
    Comparison,
    advised,
    cautions,
    compared,
    cut_above,
    findings,
)
from examgen.stats.equating_methods import BY_RANKS, DESIGNS, WITH_SYNTHETIC, Advice, MethodOptions
from examgen.stats.equating_scores import ScoreCounts, form_scores, of_both, score_counts
from examgen.stats.equating_scores import note as of_scores
from examgen.stats.matrix import Floats
from examgen.stats.results import Argument, Note, Result, frame, frame_of_rows, sentences
from examgen.stats.score_distributions import Degrees, LogLinear, choose, fit, moments, percentile_ranks

_DESIGNS = {"eg": "equivalent groups", "sg": "one group", "neat": "common items", "irt": "items on one scale"}
_SAME = {
    "levine-observed": "levine", "levine-observed-score": "levine", "frequency": "frequency-estimation",
    "poststratification": "frequency-estimation", "chained": "chained-equipercentile", "circle": "circle-arc",
}  # fmt: skip
_WITH_ANCHOR = {
    "equipercentile": "frequency-estimation", "circle-arc": "chained-circle-arc", "linear": "tucker",
    "mean": "tucker-mean",
}  # fmt: skip
_MIDDLE, _BEYOND = (0.05, 0.95), 2.0
"""Percentile ranks on X where a line is held against the curve, and errors of both from which they differ."""
_DOUBTS = (
    *("gap", "stray-score", "code-among-scores", "from-1", "no-zero", "reversed", "unlike", "is-sum"),
    *("far-scores", "below-0", "shares"),
)
"""Notes on data that may be why there is no conversion."""
_NO_ERROR = 1e-9
"""An error below this is none: the conversion does not move with the sample."""
_DECIMALS = 12
"""Of what is computed: the last digits depend on how many threads a machine multiplies with."""
_CURVES = {
    "linear": "equipercentile", "tucker": "frequency-estimation", "chained-linear": "chained-equipercentile"
}  # fmt: skip
"""The curve that takes the same as alike as a line does, so that it shows whether the line fits. Levine's has
none. Where groups are apart, the one to report is the chained curve."""
TEXTS: dict[str, str] = {
    "title": "Equating by {method}, {design}",
    # refusals
    "degree-unsmoothed": "{argument} goes with {smooth}",
    "not-smoothed": "{argument} goes with methods of percentile ranks, which {method} is not",
    "no-synthetic": "{argument} goes with a synthetic population, which {method} has not",
    "needs-anchor": "{argument} needs an anchor: common items, or scores on them",
    "degrees": "{argument} has {n} numbers; expected one, or with an anchor up to three",
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
    "method-with-anchor": "with an anchor, {name} stands for {method}",
    "method-chosen": "{method} was chosen, as the smaller sample has {n:,} persons; see {argument}",
    "method-chosen.apart": "{method} was chosen, as the groups are {off:.2f} standard deviations apart on "
    "the anchor and the smaller sample has {n:,} persons; see {argument}",
    "line-off-curve": "the smoothed curve of the same scores is up to {by:.2f} points from this line, at "
    "{x:g} points on X, more than sampling explains. Report the curve: {method} with {smooth}",
    "bootstrap-lost": "{n} of {all} bootstrap samples determine no conversion and are left out",
    "no-error": "the standard error is unknown, and missing, at some scores",
}
"""The messages by code (the part before a full stop); a pair holds the singular and the plural."""
note = sentences(TEXTS)


class Equating(Result):
    """A conversion of scores from form X to form Y, as returned by `equate` and by the `equate` of a link.

    Attributes
    ----------
    method, design : str
    table : polars.DataFrame
        A row for each score on X: `score`, `equated` (its equivalent on Y), `se`, `low` and `high` (its
        interval), `n` persons with that score, `rounded` (the equivalent to report). Errors are null if
        unknown, for example outside the observed scores without smoothing; a note says so.
    forms : polars.DataFrame
        `form`, `n`, `mean`, `sd`, `skewness`, `kurtosis`, `lowest` and `highest` score, `least` and `points`
        (ends of the scale) of X and Y; with an anchor its `anchor_mean` and `anchor_sd`, and its
        `correlation` with the score; with a synthetic population its `synthetic_mean` and `synthetic_sd`.
    slope, intercept : float or None
        For linear methods: equated = slope × score + intercept.
    advice : Advice or None
        `method` is `identity` if the estimated error of unconverted scores is no greater than that of the
        conversion; `error` and `identity_error` are both in points. `error` covers only the sampling of
        persons, not the choice of a method. None if the scales differ.
    se_method : str
        `formula`, `delta` (by differences) or `bootstrap`.
    replications : int
        The number of bootstrap samples used.
    smoothing : polars.DataFrame
        The log-linear models tried for each form, and whether each was `taken`; empty without smoothing.
    notes : tuple of Note
    findings : tuple of Note
        The meaning of the conversion, in sentences.
    anchor : dict or None
        `kind`, `points`, the names of the `items` if known, and how far the `groups` are apart on it: their
        difference, absolute, in standard deviations (the root of the mean of both variances).
    weight : float or None
        The weight of X's persons in the synthetic population; None for methods without one.
    comparison : Comparison or None
        Which form is harder, and by how much.
    decimals : int
        The number of decimals of `rounded`.
    """

    _tables = (("conversion", "table"), ("forms", "forms"), ("smoothing", "smoothing"))
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
        """The line, the errors, and the method of the standard errors."""
        found: dict[str, object] = {"slope": self.slope, "intercept": self.intercept, "weight": self.weight}
        found["groups_apart"] = None if self.anchor is None else self.anchor["groups"]
        if self.advice is not None:
            found |= {"error": self.advice.error, "identity_error": self.advice.identity_error}
        found |= {"se_method": self.se_method, "replications": self.replications or None}
        return {name: value for name, value in found.items() if value is not None}

    def convert(self, scores: object) -> Floats:
        """Return the equivalents on Y (N,) of scores on X, by linear interpolation between scores in the
        table; NaN stays NaN.

        Raises
        ------
        ArgumentError
            If a score is outside the table.
        """
        x, y = (self.table[name].cast(pl.Float64).to_numpy() for name in ("score", "equated"))
        one = not arguments.is_row(scores)
        own = arguments.vector(
            "scores", [scores] if one else scores, missing=True, low=float(x[0]), high=float(x[-1])
        )
        return np.asarray(np.interp(own, x, y))

    def plot(self, ax: Any = None) -> Any:
        """Draw what the conversion adds to each score, with its interval, by matplotlib (an extra), and
        return the axes.

        The line is only dotted at scores that nobody has.
        """
        from examgen.stats.irt_plots import axes, beside, with_thai

        new, ax = ax is None, axes(ax)
        x, y, low, high = (
            self.table[name].cast(pl.Float64).to_numpy() for name in ("score", "equated", "low", "high")
        )
        ax.axhline(0.0, color="0.6", linewidth=0.8, label="identity")
        nobody = np.zeros(len(x), dtype=np.bool_)
        if "n" in self.table.columns and self.method in BY_RANKS:
            nobody = ((self.table["n"] == 0) & self.table["se"].is_null()).to_numpy()
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
    """Convert scores on form X to scores on form Y by observed-score equating.

    Parameters
    ----------
    x, y : array_like, shapes (N,) and (M,), or data frames
        Total scores of the persons who took X, and of those who took Y: a vector, a table of one column, or a
        table with a column `total` and optionally `anchor` and `count`. Or their responses, as `responses`
        takes them: the total is the sum of scores (missing if all are missing), and the items with the same
        names in both are the anchor. Items without names give no anchor.
    method : str
        `auto` (by the smaller number of persons: circle-arc below 100, linear below 1,500, else
        equipercentile with log-linear smoothing; with an anchor chained circle-arc, Tucker or frequency
        estimation, and where the groups are 0.2 sd or more apart on it chained linear, from 0.3 Levine, and
        chained equipercentile from 1,500 persons), or one of: `identity`, `mean`, `linear`, `circle-arc`,
        `equipercentile`; with an anchor `tucker`, `tucker-mean`, `levine`, `levine-mean`, `levine-true`,
        `chained-mean`, `chained-linear`, `chained-circle-arc`, `frequency-estimation`,
        `chained-equipercentile`.
    design : {"eg", "sg", "neat"}, optional
        Equivalent groups; one group that took both forms (a row of x and of y is one person); nonequivalent
        groups with an anchor. By default `neat` if there is an anchor, else `eg`; required if all items are
        common.
    anchor_x, anchor_y : array_like, shapes (N,) and (M,), optional
        Scores of the same persons on the common items. With responses, `anchor_x` may name the common items
        that form the anchor (`anchors` of `link`).
    count_x, count_y : array_like, shapes (N,) and (M,), optional
        The number of persons that each row represents; 1 by default.
    anchor : {"internal", "external"}
        Whether the anchor is part of the total. With responses, external common items are excluded from the
        total.
    points : float or (float, float), optional
        Full score of both forms, or of X and of Y. By default that of the items, else the highest score.
    least : float or (float, float), optional
        Lowest possible score of both forms, or of X and of Y. By default 0, or the lowest score if that is
        below 0.
    anchor_points : float, optional
        Full score of the anchor.
    step : float, optional
        The distance between possible scores. By default 1, or the fraction of a point that occurs.
    weight : float, optional
        The weight of X's persons in the synthetic population, 0 to 1; by default their proportion.
    smooth : {"none", "loglinear"}, optional
        Presmoothing for equipercentile methods. By default `none`, but `loglinear` if `auto` chose the method
        or `degree` is given. With `auto`, `loglinear` chooses an equipercentile method.
    degree : int or (int, int, int), optional
        Degree of the log-linear models; with an anchor, degrees of total, anchor and products. By default
        chosen by `select`.
    select : {"aic", "bic", "lr"}
    cut : float, optional
        A cut on Y; the findings report the equivalent score on X.
    decimals : int
        The number of decimals of `rounded`, 0 to 4; halves are rounded up.
    bootstrap : int
        The number of bootstrap samples for standard errors and percentile intervals; 0 for analytic ones.
    seed : int
        Seed of the bootstrap.
    level : float
        Level of the intervals, 0 to 1.
    spread : callable
        A function that calls another with each of several argument tuples, for the bootstrap. The default,
        `itertools.starmap`, may be replaced with one that uses several processes.

    Returns
    -------
    Equating
        `.table`, `.advice`, `.findings`, `.convert(scores)`, `.plot()`.

    Raises
    ------
    ArgumentError
        If scores are off the scale, arguments cannot be combined, or the samples do not determine the
        conversion.

    See Also
    --------
    link : linking of item response scales, and equating by them.

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
    anchor = arguments.word("anchor", anchor, ("internal", "external"))
    if not _takes_two(spread):
        what = arguments.brief(spread)
        raise ArgumentError(
            f"spread is {what}; it must be a function of a function and its calls, such as itertools.starmap"
        )
    design = None if design is None else arguments.word("design", design, ("eg", "sg", "neat"))
    anchors, persons = (anchor_x, anchor_y), (count_x, count_y)
    forms, notes = form_scores(x, y, anchors, persons, anchor == "external", design)
    has_anchor = forms[0].anchor is not None
    design = ("neat" if has_anchor else "eg") if design is None else design
    if (design == "neat") != has_anchor:
        what = "needs anchor_x and anchor_y" if design == "neat" else "takes no anchor"
        raise ArgumentError(f"design is {design!r}, which {what}")
    named = re.sub(r"[\s_/]+", "-", str(method).strip().lower())
    method, smoothed, degrees = checked(
        design, method, smooth, degree, select=select, bootstrap=bootstrap, seed=seed, decimals=decimals,
        level=level, weight=weight, step=step, anchor_points=anchor_points, cut=cut, points=points,
    )  # fmt: skip
    is_internal = anchor == "internal"
    counts = score_counts(forms, design, points, least, anchor_points, step, internal=is_internal)
    notes += counts.notes
    if has_anchor and _WITH_ANCHOR.get(named) == method:
        notes.append(note("method-with-anchor", method=method, name=named))
    totals, others, scales = counts.x.totals, counts.y.totals, counts.scales
    tables = counts.x.table, counts.y.table
    n_least = int(min(totals.sum(), others.sum()))
    if method == "auto":
        is_sound = has_anchor and min(counts.x.correlation, counts.y.correlation) > 0
        off = counts.apart if is_sound and n_least >= methods.ENOUGH_ARC else 0.0
        method = methods.method_for(n_least, "neat" if design == "neat" else "eg", off)
        smoothed = method in BY_RANKS and smooth is None
        key = "method-chosen.apart" if off >= methods.APART else "method-chosen"
        notes.append(note(key, method=method, n=n_least, off=off, argument=Argument("method")))
    doubts = _doubts(notes)
    _refuse_undetermined(counts, method, doubts)
    models, smoothing = None, pl.DataFrame()
    if smoothed:
        models, smoothing = _smoothed(counts, degrees, arguments.word("select", select, _SELECT))
    share = float(totals.sum() / (totals.sum() + others.sum())) if weight is None else weight
    asked = MethodOptions(method, share, is_internal, models)
    # what floating point adds beyond is noise, and would round a half down
    conversion = np.round(methods.equated(*tables, scales, asked), _DECIMALS) + 0.0
    _refuse_falling(conversion, method, doubts)
    if bootstrap:
        made = methods.bootstrap(*tables, scales, asked, bootstrap, seed, spread, counts.pairs)
        ends, se_method, used = methods.spread_of(made, level), "bootstrap", len(made)
    else:
        error, se_method = methods.analytic(*tables, scales, asked, counts.pairs)
        half = error * (NormalDist().inv_cdf(0.5 + level / 2) if level < 1 else np.inf)
        ends, used = (error, conversion - half, conversion + half), 0
    # a sample in which nobody differs says nothing of how far another one would lie
    is_lost = 1 in (np.count_nonzero(totals), np.count_nonzero(others)) and method != "identity"
    se, low, high = (np.where(is_lost, np.nan, np.round(one, _DECIMALS)) for one in ends)
    # an error of 0 where nobody has the score is that of the end of the scale, whatever the sample
    unseen = (totals == 0) & (se < _NO_ERROR) & (method in BY_RANKS)
    if used < bootstrap:
        notes.append(note("bootstrap-lost", n=bootstrap - used, all=bootstrap))
    if not np.isfinite(se).all():
        notes.append(note("no-error"))
    for one in (se, low, high):
        one[unseen] = np.nan
    notes += [] if cut is None else [*cut_as_share(cut, float(scales.y[-1])), *cut_above(cut, scales.y)]
    xs, advice = scales.x, None
    if np.array_equal(xs, scales.y) and method != "identity":
        advice = methods.advise(xs, totals, conversion, se, method)
    notes += [] if bootstrap else _off_curve(counts, asked, conversion, se)
    notes = [*advised(advice, method), *notes, *cautions(counts, asked, conversion, xs[unseen])]
    fitted = tables if models is None else (models[0].counts(), models[1].counts())
    synthetic = methods.synthetic_of(*fitted, scales, asked)
    line = None if method in BY_RANKS else methods.line_of(*tables, scales, asked)
    slope, intercept = (None, None) if line is None else (float(line.slope), float(line.intercept))
    table = frame(
        {
            "score": xs.astype(np.int64) if (xs == np.rint(xs)).all() else xs, "equated": conversion,
            "se": se, "low": low, "high": high, "n": totals.astype(np.int64),
            "rounded": [_rounded(one, decimals) for one in conversion],
        }
    )  # fmt: skip
    comparison = compared(counts, conversion, se, cut)
    common = {
        "kind": anchor, "points": float(max(scales.anchor, default=0)), "items": [*forms[0].items],
        "groups": counts.apart,
    }  # fmt: skip
    is_apart = design == "eg" and any(one.code == "groups-apart" for one in notes)
    assumed = "apart" if is_apart else "items" if len(forms[0].items) > 2 else design
    return Equating(
        method, design, table, _of_forms(counts, synthetic), slope, intercept, advice, se_method, used,
        smoothing, tuple(notes), tuple(findings(comparison, table, decimals, assumed)),
        common if has_anchor else None, None if synthetic is None else share, comparison, decimals,
    )  # fmt: skip


def _takes_two(function: object) -> bool:
    """Whether it can be called with two arguments, as far as its signature tells."""
    try:
        inspect.signature(function).bind(None, None)  # type: ignore[arg-type]
    except ValueError:  # a built-in without a signature
        return True
    except TypeError:
        return False
    return True


# ── which arguments go together ──────────────────────────────────────────────────────────────

_SELECT = ("aic", "bic", "lr")
_CHECKS: Mapping[str, Callable[[str, object], object]] = {
    "anchor": partial(arguments.word, words=("internal", "external")),
    "select": partial(arguments.word, words=_SELECT),
    "bootstrap": partial(arguments.whole, low=0, high=100_000),
    "seed": partial(arguments.whole, low=0),
    "decimals": partial(arguments.whole, low=0, high=4),
    "level": partial(arguments.number, low=0.0, high=1.0),
    "weight": partial(arguments.number, low=0.0, high=1.0),
    "step": partial(arguments.number, low=1e-6),
    "anchor_points": partial(arguments.number, low=1e-6),
    "cut": arguments.number,
    "points": partial(of_both, low=1e-6),
}
_OPTIONAL = ("weight", "step", "anchor_points", "cut", "points")


def checked(
    design: str | None = None, method: object = "auto", smooth: object = None, degree: object = None, *,
    weight: object = None, anchor: object = "internal", points: object = None, anchor_points: object = None,
    step: object = None, select: object = "aic", cut: object = None, decimals: object = 0,
    bootstrap: object = 0, seed: object = 1, level: object = 0.95,
) -> tuple[str, bool, Degrees | None]:  # fmt: skip
    """Return the method by its standard name, whether counts are smoothed, and the degrees of smoothing,
    before there are data. Raises ArgumentError for arguments of `equate` that cannot be combined."""
    given = locals()
    for name, check in _CHECKS.items():
        if name not in _OPTIONAL or given[name] is not None:
            check(name, given[name])
    neat = design == "neat" or (design is None and _is_of_anchor(method, degree))
    own, is_smooth = method_named(method, neat)
    smooth = "loglinear" if is_smooth and smooth is None else smooth
    smooth = None if smooth is None else arguments.word("smooth", smooth, ("none", "loglinear"))
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
    return own, wanted, degrees


def _is_of_anchor(method: object, degree: object) -> bool:
    """Whether arguments go with an anchor alone."""
    try:
        method_named(method, neat=False)
    except ArgumentError:
        return True
    return arguments.is_row(degree) and len(degree) > 1  # type: ignore[arg-type]


def method_named(method: object, neat: bool) -> tuple[str, bool]:
    """Return the standard name of a method given in any of its spellings, and whether the spelling asks for
    smoothing."""
    known = ("auto", *DESIGNS["neat" if neat else "eg"])
    if not isinstance(method, str):
        return arguments.word("method", method, known), False
    name = re.sub(r"[\s_/]+", "-", method.strip().lower())
    is_smooth = "loglinear" in name
    name = name.replace("loglinear", "").strip("-") or "equipercentile"
    name = re.sub("^(tucker|levine.*|freq.*)-(linear|equipercentile)$", r"\1", name)
    name = _SAME.get(name, name)
    name = _WITH_ANCHOR.get(name, name) if neat else name
    if name not in known and name in methods.NONEQUIVALENT_GROUPS:
        raise ArgumentError(note("needs-anchor", argument=Argument("method", name)))
    return (name, is_smooth) if name in known else (arguments.word("method", method, known), False)


def _degrees(degree: object, neat: bool) -> Degrees | None:
    if degree is None:
        return None
    given = (
        [degree]
        if isinstance(degree, (int, np.integer))
        else list(arguments.objects("degree", degree).tolist())
    )
    if not 1 <= len(given) <= (3 if neat else 1):
        raise ArgumentError(note("degrees", argument=Argument("degree"), n=len(given)))
    total, *rest = (arguments.whole("degree", one, 1, 20) for one in given)
    if not neat:
        return Degrees(total)
    return Degrees(total, rest[0] if len(rest) == 2 else total, rest[-1] if rest else min(2, total))


# ── what is computed ─────────────────────────────────────────────────────────────────────────


def _doubts(notes: Sequence[Note]) -> list[Note]:
    """What is doubtful in the data; of the table of a form, the note itself is the fault."""
    faults = [(one, one.values.get("note", one)) for one in notes]
    doubtful = [(one, fault) for one, fault in faults if fault.code in _DOUBTS]
    return [
        one if one is fault else of_scores("of-table", **one.values, fault=fault) for one, fault in doubtful
    ]


def _refuse_undetermined(counts: ScoreCounts, method: str, doubts: Sequence[Note]) -> None:
    """Refuses samples that say nothing by that method, with what is doubtful in the data."""
    for form in counts[:2]:
        anchor = f"anchor_{form.name}"
        constant = np.count_nonzero(form.totals) == 1
        if constant and method not in ("identity", "mean", "circle-arc", "chained-mean"):
            raise DataError(note("constant-score", form=form.name, method=method), *doubts)
        if len(form.anchor) and not form.of_anchor.sd > 0:
            raise DataError(note("constant-anchor", anchor=anchor), *doubts)
        if method.startswith("levine") and (r := form.correlation) <= 0:
            values = {"anchor": anchor, "r": r, "form": form.name, "method": method}
            raise DataError(note("levine-undefined", **values), *doubts)


def _smoothed(
    counts: ScoreCounts, degrees: Degrees | None, select: str
) -> tuple[tuple[LogLinear, LogLinear], pl.DataFrame]:
    """The log-linear models of both forms, and a row for each model that was tried."""
    models, rows = [], list[dict[str, Any]]()
    for form in counts[:2]:
        scales = [form.scale, form.anchor][: form.table.ndim]
        tried: Sequence[LogLinear] = ()
        if degrees is None:
            model, tried = choose(form.table, scales, select)
        else:
            model = fit(form.table, scales, degrees)
        if model is None:
            raise DataError(note("cannot-smooth", form=form.name, argument=Argument("smooth", "none")))
        models.append(model)
        rows += [
            {
                "form": form.name, "degree": one.degrees.total, "degree_anchor": one.degrees.anchor or None,
                "degree_products": one.degrees.cross or None, "deviance": one.deviance, "df": one.df,
                "aic": one.aic, "bic": one.bic, "p": one.p, "taken": one.taken,
            }
            for one in tried or (model,)
        ]  # fmt: skip
    return (models[0], models[1]), frame_of_rows(rows)


def _off_curve(counts: ScoreCounts, asked: MethodOptions, conversion: Floats, se: Floats) -> list[Note]:
    """That a line is farther from the smoothed curve of the same scores than the errors of both explain."""
    if (curve := _CURVES.get(asked.method)) is None:
        return []
    try:
        models, _ = _smoothed(counts, None, "aic")
    except DataError:
        return []
    given = counts.x.table, counts.y.table, counts.scales, asked._replace(method=curve, smooth=models)
    off = np.abs(methods.equated(*given) - conversion)
    rank = percentile_ranks(counts.x.totals / counts.x.totals.sum())
    far = (rank >= _MIDDLE[0]) & (rank <= _MIDDLE[1]) & (off > _BEYOND * se)
    if far.any():  # the errors of the curve take their time
        far &= off > _BEYOND * np.hypot(se, methods.analytic(*given, counts.pairs)[0])
    if not far.any():
        return []
    at = int(np.argmax(np.where(far, off, 0.0)))
    if curve == "frequency-estimation" and counts.apart >= methods.APART:
        curve = "chained-equipercentile"
    values = {"method": curve, "smooth": Argument("smooth", "loglinear")}
    return [note("line-off-curve", by=float(off[at]), x=float(counts.x.scale[at]), **values)]


def _refuse_falling(conversion: Floats, method: str, doubts: Sequence[Note]) -> None:
    """Refuses a conversion that the samples do not determine, or that falls, with what is doubtful in the
    data."""
    names = {"x": "x", "y": "y"}
    if not np.isfinite(conversion).all():
        if "circle" in method:
            raise DataError(note("not-determined.arc", **names), *doubts)
        raise DataError(note("not-determined", method=method, **names), *doubts)
    if (np.diff(conversion) < -1e-9).any():
        raise DataError(note("not-determined.falls", method=method, **names), *doubts)


def _of_forms(counts: ScoreCounts, synthetic: methods.Synthetic | None) -> pl.DataFrame:
    """A row for X and one for Y."""
    rows = []
    for n, form in enumerate(counts[:2]):
        of, there = moments(form.totals, form.scale), form.scale[form.totals > 0]
        numbers = {
            "mean": of.mean, "sd": of.sd, "skewness": of.skewness, "kurtosis": of.kurtosis,
            "lowest": there[0], "highest": there[-1], "least": form.scale[0], "points": form.scale[-1],
        }  # fmt: skip
        if len(form.anchor):
            numbers |= {"anchor_mean": form.of_anchor.mean, "anchor_sd": form.of_anchor.sd}
            numbers["correlation"] = form.correlation
        if synthetic is not None:
            numbers |= {"synthetic_mean": synthetic[n], "synthetic_sd": synthetic[n + 2]}
        floats = {name: float(value) for name, value in numbers.items()}
        rows.append({"form": form.name, "n": int(of.n), **floats})
    return frame_of_rows(rows)


def _rounded(y: float, decimals: int) -> float:
    """Half up, as scoring rounds."""
    unit = Fraction(1, 10**decimals)
    return float((Fraction(y) / unit + Fraction(1, 2)) // 1 * unit)
