"""Scores on two forms → the scores of one that mean the same on the other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.psychometrics.equating import errors, methods
from examgen.psychometrics.equating.advice import ENOUGH_LINEAR, ENOUGH_RANKS, Advice, advise, method_for
from examgen.psychometrics.equating.designs import (
    BY_RANKS,
    EQUIVALENT_GROUPS,
    NONEQUIVALENT_GROUPS,
    WITH_SYNTHETIC,
)
from examgen.psychometrics.equating.methods import MethodOptions
from examgen.psychometrics.equating.presmoothing import Degrees, LogLinear, SmoothingCandidate, choose, fit
from examgen.psychometrics.equating.scores import Scales, joint_moments, moments
from examgen.stats.arguments import (
    ArgumentError,
    counted,
    is_row,
    kind_of,
    number,
    objects,
    shown,
    vector,
    whole,
    word,
)
from examgen.stats.response_data import IDS, Responses, as_responses, columns_of
from examgen.stats.results import Result, frame

Floats = NDArray[np.float64]
DESIGNS = ("eg", "sg", "neat")
_OF_NEAT = {
    "equipercentile": "frequency-estimation",
    "circle-arc": "chained-circle-arc",
    "linear": "tucker",
    "mean": "tucker-mean",
}
_WORDS = {"eg": "equivalent groups", "sg": "one group", "neat": "common items", "irt": "items on one scale"}
_DECIMALS = 12
_NO_ERROR = 1e-9
"""An error below this is none: the conversion does not move with the sample."""
_WEAK = 0.5
"""An anchor that correlates less with the total says little of the groups."""


@dataclass(frozen=True, repr=False, eq=False)
class Equating(Result):
    """What `equate`, and the `equate` of a link, return.

    Attributes
    ----------
    method, design : str
    table : polars.DataFrame
        A row for each score on X: `score`, `equated` (its equivalent on Y), `se`, `low` and `high` (its
        interval), `n` persons who have it. Null where an error is not known; 0 at scores
        that nobody has, without smoothing, which a note says.
    forms : polars.DataFrame
        `form`, `n`, `mean`, `sd`, `skewness`, `kurtosis`, `points` of X and Y; with an anchor its
        `anchor_mean` and `anchor_sd`, and its `correlation` with the score.
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
    notes : tuple of str
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

    def _title(self) -> str:
        return f"Equating by {self.method}, {_WORDS[self.design]}"

    def _figures(self) -> Mapping[str, object]:
        found: dict[str, object] = {}
        for row in self.forms.iter_rows(named=True):
            if row.get("n"):
                found[row["form"]] = f"n {row['n']:,}, mean {row['mean']:.2f}, sd {row['sd'] or 0:.2f}"
        if self.slope is not None:
            found |= {"slope": self.slope, "intercept": self.intercept}
        if self.advice is not None:
            found["root mean square error"] = (
                f"{self.advice.error:.2f} points, of scores as they are {self.advice.identity_error:.2f}"
            )
        samples = f" ({self.replications:,} samples)" if self.se_method == "bootstrap" else ""
        return found | {"errors by": self.se_method + samples}

    def _table(self) -> pl.DataFrame:
        return self.table

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
        ax.set_title(self._title())
        beside(ax, grow=new)
        return with_thai(ax)


class _Form(NamedTuple):
    """The scores of a form."""

    totals: Floats
    """(N,) NaN where there is none."""
    anchor: Floats | None
    points: float | None
    """Full score, where items tell it."""
    anchor_points: float | None
    notes: tuple[str, ...] = ()


class _Counts(NamedTuple):
    x: Floats
    y: Floats
    pairs: Floats | None
    """(K, L) of a single group."""
    scales: Scales
    n_lost: int


def equate(
    x: object,
    y: object,
    method: str = "auto",
    *,
    design: str | None = None,
    anchor_x: object = None,
    anchor_y: object = None,
    anchor: str = "internal",
    points: object = None,
    anchor_points: float | None = None,
    step: float = 1.0,
    weight: float | None = None,
    smooth: str | None = None,
    degree: object = None,
    select: str = "aic",
    replications: int = 0,
    seed: int = 1,
    level: float = 0.95,
) -> Equating:
    """Scores on form X as scores on form Y, by observed-score equating.

    Parameters
    ----------
    x, y : array_like, shapes (N,) and (M,), or data frames
        Total scores of the persons who took X, and of those who took Y; a table of one column is such
        scores. Or their responses, as `responses` takes them: the total is the sum of scores (nothing where
        one is missing), and items of the same name in both are the anchor. Items without names have none.
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
    anchor : {"internal", "external"}
        Whether the anchor is a part of the total. Of responses, external common items are left out of it.
    points : float or (float, float), optional
        Full score of both forms, or of X and of Y. Left out: what the items have, else the highest score.
    anchor_points : float, optional
        Full score of the anchor.
    step : float
        How far apart possible scores are; they begin at 0.
    weight : float, optional
        Of X's persons in the synthetic population, 0 to 1; else their share.
    smooth : {"none", "loglinear"}, optional
        Of equipercentile methods, beforehand. Left out: `none`, but `loglinear` where `auto` chose the method
        or `degree` is given.
    degree : int or (int, int, int), optional
        Of the log-linear models; with an anchor of total, anchor and products. Else `select` chooses.
    select : {"aic", "bic", "lr"}
    replications : int
        Standard errors and percentile intervals by so many bootstrap samples; 0: analytic ones.
    seed : int
        Of the bootstrap.
    level : float
        Of the intervals, 0 to 1.

    Returns
    -------
    Equating
        `.table`, `.advice`, `.convert(scores)`, `.plot()`.

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
    select = word("select", select, ("aic", "bic", "lr"))
    number("step", step, 1e-6)
    number("level", level, 0.0, 1.0)
    whole("replications", replications, 0, 100_000)
    whole("seed", seed, 0)
    if weight is not None:
        number("weight", weight, 0.0, 1.0)
    if not isinstance(method, str):
        raise ArgumentError(f"method is {kind_of(method)}; it is auto or a method by its name")
    if design is not None:
        design = word("design", design, DESIGNS)
    forms = _forms(x, y, anchor_x, anchor_y, anchor == "external", design)
    has_anchor = forms[0].anchor is not None
    design = ("neat" if has_anchor else "eg") if design is None else design
    if (design == "neat") != has_anchor:
        what = "needs anchor_x and anchor_y" if design == "neat" else "takes no anchor"
        raise ArgumentError(f"design is {design!r}, which {what}")
    counts = _counted(forms, design, points, anchor_points, step, internal=anchor == "internal")
    sizes = int(counts.x.sum()), int(counts.y.sum())
    notes = [note for form in forms for note in form.notes]
    if counts.n_lost:
        notes.append(f"left out, without a score: {counted(counts.n_lost, 'person')}")
    if points is None and forms[0].points is None:
        notes.append(f"points were not given: {counts.scales.x[-1]:g}, the highest score, is taken as full")
    chosen = isinstance(method, str) and method == "auto"
    method = _method(method, design, min(sizes))
    if chosen:
        notes.append(f"{method} was chosen, as the smaller sample has {min(sizes):,} persons")
    of_forms = _of_forms(counts)
    _sound(counts, method, of_forms)
    by_ranks = method in BY_RANKS
    if smooth is not None:
        smooth = word("smooth", smooth, ("none", "loglinear"))
    for name, given in (
        ("smooth", smooth == "loglinear"), ("degree", degree is not None),
    ):  # fmt: skip
        if given and not by_ranks:
            raise ArgumentError(f"{name} goes with {', '.join(sorted(BY_RANKS))}; the method is {method}")
    if weight is not None and method not in WITH_SYNTHETIC:
        raise ArgumentError(f"weight goes with a synthetic population, which {method} has not")
    models, smoothing = None, pl.DataFrame()
    if by_ranks and smooth != "none" and (smooth == "loglinear" or chosen or degree is not None):
        models, smoothing = _smoothed(counts, degree, select, design == "neat")
    elif degree is not None:
        raise ArgumentError("degree is given, but smooth is 'none'")
    own_weight = sizes[0] / sum(sizes) if weight is None else weight
    asked = MethodOptions(method, own_weight, anchor == "internal", models)
    conversion = np.round(methods.equated(counts.x, counts.y, counts.scales, asked), _DECIMALS) + 0.0
    if not np.isfinite(conversion).all():
        raise ArgumentError(f"x and y do not determine the conversion by {method}")
    if (np.diff(conversion) < -1e-9).any():
        raise ArgumentError(f"x and y: by {method} more points on X would be worth fewer on Y")
    se, low, high, se_method, used = _errors(counts, asked, conversion, replications, seed, level)
    totals = counts.x.sum(axis=1) if has_anchor else counts.x
    nobody = by_ranks & (totals == 0) & (se < _NO_ERROR)
    if replications and used < replications:
        notes.append(f"{replications - used} of {replications} bootstrap samples determine no conversion")
    advice = None
    if np.array_equal(counts.scales.x, counts.scales.y) and method != "identity":
        advice = advise(counts.scales.x, totals, conversion, se, method)
    if advice is not None and advice.method == "identity":
        notes.insert(
            0,
            "identity (scores on X as they are) would be as good or better here: it is estimated to be "
            f"{advice.identity_error:.2f} points off, {method} {advice.error:.2f}",
        )
    points_x = counts.scales.x.astype(np.int64) if step == int(step) else counts.scales.x
    notes += _cautions(counts, method, sizes, of_forms)
    if nobody.any():
        notes.append(
            f"{counted(int(nobody.sum()), 'score')} on X that nobody has, from {points_x[nobody][0]:g} to "
            f"{points_x[nobody][-1]:g}: the conversion there rests on no person, and the error of 0 is none; "
            "smooth='loglinear' estimates both"
        )
    line = None if by_ranks else methods.line_of(counts.x, counts.y, counts.scales, asked)
    table = frame(
        {
            "score": points_x, "equated": conversion, "se": se, "low": low, "high": high,
            "n": totals.astype(np.int64),
        }
    )  # fmt: skip
    return Equating(
        method,
        design,
        table,
        of_forms,
        None if line is None else float(line.slope),
        None if line is None else float(line.intercept),
        advice,
        se_method,
        used,
        smoothing,
        tuple(notes),
    )


# ── what was given ───────────────────────────────────────────────────────────────────────────


def _is_table(values: object) -> bool:
    if isinstance(values, (Responses, Mapping)) or hasattr(values, "columns"):
        return True
    return (
        isinstance(values, (np.ndarray, list, tuple))
        and is_row(values)
        and len(values) > 0
        and np.ndim(values[0]) == 1
    )


def _unnamed(values: object) -> bool:
    """Whether the items of a table have no names but those that `responses` makes."""
    return not (isinstance(values, (Responses, Mapping)) or hasattr(values, "columns"))


def _totals_of(name: str, values: object) -> object:
    """The scores in a table of one column; any other value as it is."""
    if not _is_table(values):
        return values
    if isinstance(values, Responses):
        return np.where(values.cells[:, 0] < 0, np.nan, values.cells[:, 0]) if values.n_items == 1 else values
    columns, _ = columns_of(values, name)
    own = [column for column in columns if column.strip().lower() not in IDS]
    return columns[own[0]] if len(own) == 1 and np.ndim(columns[own[0]]) == 1 else values


def _table(name: str, values: object) -> Responses:
    """Responses to a form; what is refused is refused by the argument's own name."""
    try:
        return as_responses(values)
    except ArgumentError as refused:
        raise ArgumentError(re.sub(r"^data\b", name, str(refused))) from None


def _common_items(
    x: object, y: object, tables: tuple[Responses, Responses], design: str | None
) -> tuple[list[str], tuple[str, ...]]:
    """The items that both forms have by their names, and what must be known of it."""
    if design in ("eg", "sg"):
        return [], ()
    common = [item for item in tables[0].items if item in tables[1].items]
    notes: tuple[str, ...] = ()
    if _unnamed(x) or _unnamed(y):
        common = []
        notes = ("the items have no names, which would tell an anchor: the groups are taken as equivalent",)
    if design == "neat" and not common:
        raise ArgumentError("x and y have no item of the same name; design 'neat' needs common items")
    made = all(table.items == tuple(f"i{j + 1}" for j in range(table.n_items)) for table in tables)
    if design is None and common and (made or set(tables[0].items) == set(tables[1].items)):
        raise ArgumentError(
            f"x and y have all items in common ({shown(common)}), and so nothing to equate: say design='eg' "
            "or 'sg', or name the anchor in anchor_x; total scores are a vector, or a table of one column"
        )
    return common, notes


def _forms(
    x: object, y: object, anchor_x: object, anchor_y: object, external: bool, design: str | None
) -> tuple[_Form, _Form]:
    x, y = _totals_of("x", x), _totals_of("y", y)
    if _is_table(x) != _is_table(y):
        raise ArgumentError(
            f"x is {kind_of(x)} and y {kind_of(y)}; both are vectors of scores, or both tables of responses"
        )
    if not _is_table(x):
        if (anchor_x is None) != (anchor_y is None):
            raise ArgumentError(
                "anchor_x and anchor_y go together: scores on the common items of both groups"
            )
        made = []
        for name, values, beside in (("x", x, anchor_x), ("y", y, anchor_y)):
            totals = vector(name, values, missing=True, low=0.0)
            own = None
            if beside is not None:
                scores = _totals_of(f"anchor_{name}", beside)
                own = vector(f"anchor_{name}", scores, len(totals), missing=True, low=0.0)
            made.append(_Form(totals, own, None, None))
        return made[0], made[1]
    tables = _table("x", x), _table("y", y)
    notes: tuple[str, ...] = ()
    if anchor_x is None and anchor_y is None:
        common, notes = _common_items(x, y, tables, design)
    else:
        common = [
            str(one) for one in objects("anchor_x", anchor_x if anchor_x is not None else anchor_y).tolist()
        ]
        if odd := [item for item in common if not all(item in table.items for table in tables)]:
            raise ArgumentError(f"anchor_x names {shown(odd)}, which both forms do not have")
    full = {
        item: max(int(table.greatest[table.items.index(item)]) for table in tables if item in table.items)
        for item in dict.fromkeys((*tables[0].items, *tables[1].items))
    }
    forms = []
    for name, table in zip("xy", tables, strict=True):
        cells = np.maximum(table.cells, 0).astype(np.float64)
        inside = np.array([not (external and item in common) for item in table.items])
        beside = np.array([item in common for item in table.items])
        if not inside.any():
            raise ArgumentError(f"{name} has no item beside the external anchor")
        nothing = (table.cells < 0).all(axis=1)
        totals = np.where(nothing, np.nan, cells[:, inside].sum(axis=1))
        own = np.where(nothing, np.nan, cells[:, beside].sum(axis=1)) if common else None
        points = float(sum(full[item] for item, there in zip(table.items, inside, strict=True) if there))
        n_missing = int((table.cells < 0)[~nothing].sum())
        note = tuple(f"{name}: {one}" for one in table.notes)
        note += (f"{name}: {n_missing:,} missing scores count as 0 in the totals",) if n_missing else ()
        forms.append(_Form(totals, own, points, float(sum(full[item] for item in common)), notes + note))
        notes = ()
    return forms[0], forms[1]


def _counted(
    forms: tuple[_Form, _Form], design: str, points: object, anchor_points: float | None, step: float,
    *, internal: bool,
) -> _Counts:  # fmt: skip
    if design == "sg" and len(forms[0].totals) != len(forms[1].totals):
        raise ArgumentError(
            f"x has {len(forms[0].totals)} persons and y {len(forms[1].totals)}; design 'sg' has both scores "
            "of each person"
        )
    known = [np.isfinite(form.totals) for form in forms]
    if design == "sg":
        known = [known[0] & known[1]] * 2  # the same persons: each is counted once
    lost = sum(int((~own).sum()) for own in (known[:1] if design == "sg" else known))
    if design == "neat":
        both = zip(known, forms, strict=True)
        known = [own & np.isfinite(np.asarray(form.anchor)) for own, form in both]
        lost = sum(int((~own).sum()) for own in known)
    for name, own in zip("xy", known, strict=True):
        if own.sum() < 2:
            raise ArgumentError(
                f"{name} has {counted(int(own.sum()), 'person')} with a score; at least two are needed"
            )
    totals = [form.totals[own] for form, own in zip(forms, known, strict=True)]
    highest = max(float(own.max()) for own in totals)
    if points is None:
        full = [highest if form.points is None else form.points for form in forms]
    elif isinstance(points, (list, tuple, np.ndarray)):
        full = vector("points", points, 2, low=step).tolist()
    else:
        full = [number("points", points, step)] * 2
    scales = [_scale(name, top, step) for name, top in zip(("points", "points"), full, strict=True)]
    places = [_places(name, own, scale, step) for name, own, scale in zip("xy", totals, scales, strict=True)]
    anchors: list[Floats] = []
    v = np.empty(0)
    if design == "neat":
        anchors = [np.asarray(form.anchor)[own] for form, own in zip(forms, known, strict=True)]
        for name, of_all, part in zip("xy", totals, anchors, strict=True):
            if internal and (above := np.flatnonzero(part > of_all + 1e-9)).size:
                raise ArgumentError(
                    f"anchor_{name} has the score {part[above[0]]:g} where {name} has {of_all[above[0]]:g}; "
                    "an internal anchor is a part of the total: say anchor='external' if it is not"
                )
        top = (
            forms[0].anchor_points if anchor_points is None else number("anchor_points", anchor_points, step)
        )
        v = _scale("anchor_points", max(float(own.max()) for own in anchors) if top is None else top, step)
    elif anchor_points is not None:
        raise ArgumentError(f"anchor_points goes with design 'neat', not {design!r}")
    made, pairs = [], None
    for n, (own, scale) in enumerate(zip(places, scales, strict=True)):
        if design == "neat":
            beside = _places(f"anchor_{'xy'[n]}", anchors[n], v, step)
            cells = np.bincount(own * len(v) + beside, minlength=len(scale) * len(v))
            made.append(cells.reshape(len(scale), len(v)).astype(np.float64))
        else:
            made.append(np.bincount(own, minlength=len(scale)).astype(np.float64))
    if design == "sg":
        cells = np.bincount(places[0] * len(scales[1]) + places[1], minlength=len(scales[0]) * len(scales[1]))
        pairs = cells.reshape(len(scales[0]), len(scales[1])).astype(np.float64)
    return _Counts(made[0], made[1], pairs, Scales(scales[0], scales[1], v), lost)


def _scale(name: str, top: float, step: float) -> Floats:
    n = round(top / step)
    if n < 1 or n > 10_000 or abs(n * step - top) > 1e-9 * max(top, 1.0):
        raise ArgumentError(f"{name} is {top:g}; the full score is a multiple of the step ({step:g})")
    return np.asarray(np.arange(n + 1) * step)


def _places(name: str, scores: Floats, scale: Floats, step: float) -> NDArray[np.int64]:
    place = np.rint(scores / step).astype(np.int64)
    wrong = (np.abs(place * step - scores) > 1e-6) | (place >= len(scale)) | (place < 0)
    if wrong.any():
        odd = float(scores[wrong][0])
        raise ArgumentError(f"{name} has the score {odd:g}; scores run from 0 to {scale[-1]:g} by {step:g}")
    return place


def _method(method: str, design: str, n_least: int) -> str:
    of_design = "neat" if design == "neat" else "eg"
    if not isinstance(method, str):
        return word(
            "method", method, ("auto", *(NONEQUIVALENT_GROUPS if design == "neat" else EQUIVALENT_GROUPS))
        )
    if method == "auto":
        return method_for(n_least, of_design)
    known = NONEQUIVALENT_GROUPS if design == "neat" else EQUIVALENT_GROUPS
    own = _OF_NEAT.get(method, method) if design == "neat" else method
    if own in known:
        return own
    if method in (*NONEQUIVALENT_GROUPS, *EQUIVALENT_GROUPS):
        raise ArgumentError(f"method {method!r} needs an anchor: anchor_x and anchor_y, or common items")
    return word("method", method, ("auto", *known))


def _sound(counts: _Counts, method: str, of_forms: pl.DataFrame) -> None:
    """Refuses samples that say nothing by that method."""
    for name, own in (("x", counts.x), ("y", counts.y)):
        total = own if own.ndim == 1 else own.sum(axis=1)
        needs_spread = method not in ("identity", "mean", "circle-arc", "chained-mean")
        if np.count_nonzero(total) == 1 and needs_spread:
            raise ArgumentError(f"{name} has one score for every person; {method} needs scores that differ")
        if own.ndim == 2 and np.count_nonzero(own.sum(axis=0)) == 1:
            raise ArgumentError(f"anchor_{name} is the same for every person: it tells nothing")
        r = of_forms["correlation"]["xy".index(name)] if own.ndim == 2 else None
        if method.startswith("levine") and r is not None and r <= 0:
            raise ArgumentError(
                f"anchor_{name} correlates {r:.2f} with {name}; {method} takes both for measures of one "
                "thing, whose correlation is above 0"
            )


def _smoothed(
    counts: _Counts, degree: object, select: str, neat: bool
) -> tuple[tuple[LogLinear, LogLinear], pl.DataFrame]:
    degrees = None
    if degree is not None:
        own = [degree] if isinstance(degree, (int, np.integer)) else list(objects("degree", degree).tolist())
        if not 1 <= len(own) <= (3 if neat else 1):
            raise ArgumentError(f"degree has {len(own)} numbers; expected {'1 to 3' if neat else '1'}")
        given = [whole("degree", one, 1, 20) for one in own]
        total = given[0]
        if neat:
            degrees = Degrees(
                total, given[1] if len(given) == 3 else total, given[-1] if len(given) > 1 else min(2, total)
            )
        else:
            degrees = Degrees(total)
    models, rows = [], []
    for name, observed, scale in (("x", counts.x, counts.scales.x), ("y", counts.y, counts.scales.y)):
        scales = [scale, counts.scales.anchor] if neat else [scale]
        tried: list[tuple[LogLinear | SmoothingCandidate, bool]] = []
        if degrees is not None:
            model = fit(observed, scales, degrees)
            tried += [] if model is None else [(model, True)]
        else:
            model, candidates = choose(observed, scales, select)
            tried += [(one, one.taken) for one in candidates]
        if model is None:
            raise ArgumentError(
                f"{name} has too few different scores for log-linear smoothing"
                + (" of that degree" if degrees else "")
                + ": use smooth='none'"
            )
        models.append(model)
        rows += [
            {
                "form": name, "degree": one.degrees.total, "degree_anchor": one.degrees.anchor or None,
                "degree_products": one.degrees.cross or None, "deviance": one.deviance, "df": one.df,
                "aic": one.aic, "bic": one.bic, "taken": taken,
            }
            for one, taken in tried
        ]  # fmt: skip
    return (models[0], models[1]), pl.DataFrame(rows, infer_schema_length=None)


def _errors(
    counts: _Counts, asked: MethodOptions, conversion: Floats, replications: int, seed: int, level: float
) -> tuple[Floats, Floats, Floats, str, int]:
    """Standard errors, the ends of intervals, how they were found, and bootstrap samples that were used."""
    if replications:
        if counts.pairs is None:
            made = errors.bootstrap(counts.x, counts.y, counts.scales, asked, replications, seed)
        else:
            made = errors.paired_bootstrap(counts.pairs, counts.scales, asked, replications, seed)
        low, high = made.interval(level)
        return made.errors(), low, high, "bootstrap", len(made.conversions)
    if counts.pairs is not None and asked.method != "identity":
        found = errors.paired_jackknife(counts.pairs, counts.scales, asked)
        width = counts.scales.y[-1] - counts.scales.y[0]
        se, how = np.where(found < width, found, np.nan), "delta"
    else:
        se, how = errors.analytic(counts.x, counts.y, counts.scales, asked)
    z = NormalDist().inv_cdf(0.5 + level / 2) if level < 1 else np.inf
    return se, conversion - z * se, conversion + z * se, how, 0


def _of_forms(counts: _Counts) -> pl.DataFrame:
    rows = []
    for name, own, scale in (("x", counts.x, counts.scales.x), ("y", counts.y, counts.scales.y)):
        of = moments(own if own.ndim == 1 else own.sum(axis=1), scale)
        row: dict[str, object] = {
            "form": name, "n": int(of.n), "mean": float(of.mean), "sd": float(of.sd),
            "skewness": float(of.skewness), "kurtosis": float(of.kurtosis), "points": float(scale[-1]),
        }  # fmt: skip
        if own.ndim == 2:
            joint = joint_moments(own, scale, counts.scales.anchor)
            with np.errstate(divide="ignore", invalid="ignore"):
                r = joint.covariance / np.sqrt(joint.variance * joint.anchor_variance)
            row |= {
                "anchor_mean": float(joint.anchor_mean),
                "anchor_sd": float(np.sqrt(joint.anchor_variance)),
                "correlation": float(r),
            }
        rows.append(row)
    return frame({name: [row[name] for row in rows] for name in rows[0]})


def _cautions(counts: _Counts, method: str, sizes: tuple[int, int], of_forms: pl.DataFrame) -> list[str]:
    notes = []
    enough = 30 if "arc" in method else ENOUGH_RANKS if method in BY_RANKS else ENOUGH_LINEAR
    if method != "identity" and min(sizes) < enough:
        notes.append(
            f"{min(sizes):,} persons are few for {method}: {enough:,} of each form are the rule of thumb "
            "(Kolen & Brennan, 2014, section 8.3)"
        )
    if len(counts.scales.anchor):
        anchor, total = float(counts.scales.anchor[-1]), float(counts.scales.x[-1])
        if anchor < min(total / 5, 30):
            notes.append(
                f"the anchor has {anchor:g} of {total:g} points; a fifth is the rule of thumb (Angoff)"
            )
        for form, r in of_forms.select("form", "correlation").rows():
            if r is not None and r < _WEAK:
                notes.append(
                    f"anchor_{form} correlates only {r:.2f} with {form}: it says little of how groups differ"
                )
    return notes
