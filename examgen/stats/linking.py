"""Linking of two calibrations: the line between their ability scales, items that drift, and scores equated by
the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from examgen.stats import linking_methods as numerics
from examgen.stats.arguments import (
    ArgumentError,
    DataError,
    RowFaults,
    nearly_common,
    number,
    objects,
    shown,
    truth,
    word,
)
from examgen.stats.columns import columns_of
from examgen.stats.equating import Equating
from examgen.stats.irt_items import KnownItems, numbers_of, parameters_from
from examgen.stats.irt_models import DICHOTOMOUS, UNSETTLED, ItemParameters
from examgen.stats.linking_methods import Drift, Link, LinkRule
from examgen.stats.matrix import Bools, Floats, Ints
from examgen.stats.mml_fit import ENDLESS
from examgen.stats.quadrature import Grid
from examgen.stats.results import Argument, Note, Result, frame, note_of

_FEWEST = 2
MOST_ERROR, MOST_DIFFICULTY = 1.5, 20.0
"""An item does not link when the standard error of its difficulty, or its distance from the median, is
larger. The unit is a logit of an item with the median slope: where a slope is near 0, b can be anything."""
MOST_ITEMS = 1_000
"""With more items in a table, no covariance matrix of their parameters is built."""
_FAR = 1e6
"""A greater slope or difficulty is taken for a mistake; scales of reports have hundreds."""
_ALIKE = 1e-4
"""Slopes are alike within this share of their mean: tables round."""
_OPPOSITE = 0.5
"""Difficulties that correlate less than minus this are of opposite signs."""
_FEW, _SHARE = 5, 0.2
"""Fewer common items, or a smaller share of the shorter form, are few (Kolen & Brennan, 2014, p. 287)."""
_UNLIKE = 1.35
"""By how much slopes and difficulties may differ about the unit."""
_STEEP = 3.0
"""A slope above this or below its inverse is told."""
_LEAST_AGREEMENT = 0.9
"""Of difficulties that correlate less it is told (Huynh & Meyer, 2010, ask for 0.95)."""
_CONSTANTS = {"method": pl.String} | dict.fromkeys(
    ("slope", "intercept", "se_slope", "se_intercept"), pl.Float64
)
TEXTS: dict[str, str] = {
    "title": "{x} on the scale of {y} by {method}",
    # refusals
    "no-parameters": "{table} has no item with a and b",
    "unknown-anchors": "{argument} names {items}, which are not in both tables",
    "unlike-items": "{item} has the scores {scores_x} in {x} and {scores_y} in {y}. Leave it out with "
    "{argument}",
    "unlike-items.model": "{item} has partial scores of different models in {x} and {y}. Leave it out with "
    "{argument}",
    "no-common-items": "{x} and {y} have no item in common. Items need the same name in both",
    "too-few-common-items": "{x} and {y} have {n} common [item|items] that can link. At least two are "
    "needed; a fifth of the form is usual",
    "no-drift": "{argument} needs items scored 0 and 1. Drift of items with partial scores is not tested",
    "not-determined.same": "the common items of {x} or {y} all have the same difficulty, so {method} has no "
    "result. Use another method",
    "not-determined.far": "the curves of the common items are flat from -4 to 4 on the scale of {y}, so "
    "{method} has no result",
    "not-determined.endless": "the common items of {x} and {y} do not determine the line by {method}",
    "partial-scores": "{argument} needs items scored 0 and 1, and there are items with partial scores",
    "curve-not-rising": "the expected score of {table} does not rise with ability. Check the keys of items "
    "with negative slopes, or leave the items out",
    # notes
    "of-table": "{table}: {note}",
    "not-converged": "{table}: the model did not converge, so no number of the link should be used",
    "left-out": "{table}: {n} [item|items] could not be estimated and [is|are] left out: {items}",
    "too-many-items": "{table} has more than {most:,} items, so there are no standard errors",
    "negative-slope": "{n} common [item does|items do] not link because [its slope is|their slopes are] not "
    "above 0 in one table: {items}. Check the [key|keys]",
    "unknown-difficulty": "{n} common [item does|items do] not link because [its difficulty is|their "
    "difficulties are] hardly known in one table: {items}",
    "items-alike": "{items}: the other table has these names in other letters or with other spaces, so they "
    "do not link. Write each name in one way",
    "same-file": "{x} and {y} have the same items with the same parameters, so the line says nothing. "
    "Check that they are two calibrations",
    "equal-slopes": "all slopes are alike in each table (Rasch, 1PL), so the slope of the line is theirs, "
    "{slope:.4f}. {argument} estimates it",
    "models-differ": "slopes are alike in one table and differ in the other. Calibrate both by one model",
    "drift": "{n} common [item has|items have] drifted and still [links|link]: {items}",
    "drift-dropped": "{n} common [item has|items have] drifted and [is|are] left out of the link: {items}",
    "drift-kept": "{argument} links again without the items that have drifted",
    "too-many-drift": "so many common items have drifted that fewer than half of them, or than three, would "
    "be left, so the rest were kept. Check the items, and whether both tables are of the same test",
    "drift-unsettled": "which items drift depends on which are left out, in a circle. The last round is used",
    "few-anchors": "only {n} items are in common, and the shorter form has {shorter}. The usual minimum is a "
    "fifth of the form, and five",
    "asymptotes-differ": "one table has lower asymptotes (c) and the other none. Calibrate both by one model",
    "difficulties-disagree": "the difficulties of the common items hardly agree (correlation {r:z.2f}). "
    "Check that they are the same items in both tables",
    "difficulties-disagree.reversed": "the difficulties of the common items have opposite signs "
    "(correlation {r:z.2f}). One table may have easiness, as beta of eRm is, in place of difficulty. Change "
    "its sign",
    "methods-disagree": "a unit of {x} is {slopes:.2f} of {y} by slopes and {difficulties:.2f} by "
    "difficulties. Check whether one table has the constant 1.7",
    "far-slope": "a slope of {slope:.2f} is far from 1. Check that both tables are on the logistic metric "
    "without 1.7, and of the same items",
    "no-standard-errors": "slope and intercept have no standard errors because the parameters have none",
    "errors-by-item": "standard errors take the items as independent, because a table shows no more. Use the "
    "fits, or the responses",
    "below-guessing": "scores up to {score} lie below what guessing alone brings ({sum:.2f}, the sum of c), "
    "so they have no true score. They are interpolated between 0 and {other:.2f} on {y} (Kolen, 1981)",
    # findings
    "line": "θ of {y} = {slope:.4f} × θ of {x} + {intercept:.4f}",
    "line.minus": "θ of {y} = {slope:.4f} × θ of {x} − {intercept:.4f}",
    "zero": "0 on the scale of {x} is {intercept:.2f} above 0 on the scale of {y}",
    "zero.minus": "0 on the scale of {x} is {intercept:.2f} below 0 on the scale of {y}",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""


def note(key: str, **values: Any) -> Note:
    """Return a message of this module."""
    sides = {name: f"items_{name}" for name in "xy" if f"{{{name}}}" in TEXTS[key]}
    return note_of(TEXTS, key, sides | values)


class Calibration(NamedTuple):
    """A calibration: items with their parameters, and the covariance of these."""

    known: KnownItems
    covariance: Floats | None
    """(3J, 3J) of a, b and c, for items scored 0 and 1; None if standard errors are unknown."""
    exact: bool
    """Whether the covariance comes from a fit, instead of a table of standard errors."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the J items."""
        return self.known.names

    @property
    def parameters(self) -> ItemParameters:
        """The parameters of the J items."""
        return self.known.parameters

    @property
    def errors(self) -> Floats:
        """(3, J) standard errors of a, b and c; NaN where unknown."""
        if self.covariance is None:
            return np.full((3, len(self.names)), np.nan)
        return np.sqrt(np.maximum(np.diagonal(self.covariance), 0.0)).reshape(3, -1)


class Linking(Result):
    """The line between two ability scales, θ on Y = slope · θ on X + intercept, as returned by `link`.

    Attributes
    ----------
    method : str
    slope, intercept : float
        A and B.
    se_slope, se_intercept : float or None
        By the delta method; None if the tables have no standard errors.
    constants : polars.DataFrame
        A and B by each of the four methods.
    items : polars.DataFrame
        X's items on Y's scale, with their standard errors (treating A and B as known).
    anchors : polars.DataFrame
        The common items: parameters on both scales, `displacement` of b (above 0: harder on X) and its error,
        robust z of slopes and difficulties, `rmsd` of the curves, whether the item `drifts` and whether it
        was `used`. For items with partial scores only the parameters.
    dropped : tuple of str
        Common items that were not used for the link.
    b_correlation, b_sd_ratio : float or None
        Correlation of the difficulties used for the link, and ratio of their standard deviations, Y to X;
        Huynh & Meyer (2010) recommend at least 0.95, and 0.9 to 1.1.
    notes : tuple of Note
    findings : tuple of Note
        The line, in sentences.
    """

    method: str
    slope: float
    intercept: float
    se_slope: float | None
    se_intercept: float | None
    constants: pl.DataFrame
    items: pl.DataFrame
    anchors: pl.DataFrame
    dropped: tuple[str, ...]
    b_correlation: float | None
    b_sd_ratio: float | None
    notes: tuple[Note, ...]
    findings: tuple[Note, ...]
    _x: Calibration
    _y: Calibration
    _by_parameters: tuple[Floats, Floats] | None
    """Derivatives of A and B by a, b and c of all items of X, and of Y."""

    @property
    def converged(self) -> bool:
        """Whether both calibrations converged; True for tables, which do not record it."""
        return all(_code(one) != "not-converged" for one in self.notes)

    @property
    def title(self) -> str:
        """The two scales and the method."""
        return note("title", method=self.method)

    @property
    def figures(self) -> Mapping[str, object]:
        """The slope and intercept, their errors, and the numbers of common items and of items used."""
        names = ("slope", "intercept", "se_slope", "se_intercept")
        found = {name: getattr(self, name) for name in names}
        found |= {"n_common": len(self.anchors), "n_used": int(self.anchors["used"].sum())}
        found |= {name: getattr(self, name) for name in ("b_correlation", "b_sd_ratio")}
        known = {name: value for name, value in found.items() if value is not None}
        return known if self.converged else {"NOT CONVERGED": "no number should be used", **known}

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The common items, and the line by each method."""
        columns = (
            "item", "b_y", "b_linked", "displacement", "a_y", "a_linked", "z_b", "z_a", "rmsd", "drifts",
            "used",
        )  # fmt: skip
        anchors = self.anchors.select([name for name in columns if name in self.anchors.columns])
        return {"anchors": anchors, "constants": self.constants}

    def equate(self, scores: str = "true", *, weight: float = 0.0) -> Equating:
        """Convert number-correct scores on X to scores on Y, with both calibrations on one scale.

        Parameters
        ----------
        scores : {"true", "observed"}
            Lord's true-score equating by the test characteristic curves, with Kolen's linear interpolation
            below the sum of c; or equipercentile equating of the score distributions that the model expects
            in a population.
        weight : float
            For `observed`: the weight of X's population, N(0, 1) on its own scale, against that of Y, 0 to 1.
            0 is the population of the scale that is kept; equivalents hardly depend on it.

        Raises
        ------
        ArgumentError
            If items have partial scores, or an expected score does not rise with ability.
        """
        scores, weight = word("scores", scores, ("true", "observed")), number("weight", weight, 0.0, 1.0)
        if _is_partial(self._x.parameters) or _is_partial(self._y.parameters):
            raise DataError(note("partial-scores", argument=Argument("equate")))
        x, y, link = self._x.parameters, self._y.parameters, Link(self.slope, self.intercept)
        assert self._by_parameters is not None
        here, notes = numerics.carried(x, link), list(self.notes)
        theta = None
        if scores == "true":
            for table, items in (("items_y", y), ("items_x", here)):
                if not numerics.rises(items):
                    raise DataError(note("curve-not-rising", table=table))
            equated, theta = numerics.true_scores(here, y)
            jacobians = numerics.true_score_jacobians(x, y, link, theta, self._by_parameters)
            low = np.flatnonzero(np.isnan(theta[1 : (len(theta) + 1) // 2]))
            if len(low):
                sums = numerics.ends(here)[0], numerics.ends(y)[0]
                notes.append(note("below-guessing", score=int(low[-1]) + 1, sum=sums[0], other=sums[1]))
        else:
            wide = numerics.ability_grid()
            own = np.exp(-0.5 * ((wide.nodes - link.intercept) / link.slope) ** 2)
            grid = Grid(wide.nodes, (1.0 - weight) * wide.weights + weight * own / own.sum())
            equated = numerics.observed_scores(here, y, grid)[0]
            jacobians = numerics.observed_score_jacobians(x, y, link, grid, self._by_parameters)
        se = np.full(len(equated), np.nan)
        if self._x.covariance is not None and self._y.covariance is not None:
            whole = numerics.delta_covariance(jacobians, (self._x.covariance, self._y.covariance))
            se = np.sqrt(np.maximum(np.diagonal(whole), 0.0))
        columns: dict[str, object] = {"score": np.arange(len(equated)), "equated": equated, "se": se}
        columns |= {"low": equated - 1.959964 * se, "high": equated + 1.959964 * se}
        columns |= {} if theta is None else {"theta": theta}
        points = [len(self._x.names), len(self._y.names)]
        forms = frame({"form": ["items_x", "items_y"], "least": [0, 0], "points": points})
        return Equating(
            f"{scores} scores", "irt", frame(columns), forms, None, None, None, "delta", 0,
            pl.DataFrame(), tuple(notes),
        )  # fmt: skip


def checked(
    method: object = "stocking-lord", weights: object = "normal", symmetric: object = False,
    free_slope: object = False, purify: object = False, drift_z: object = 1.645, drift_rmsd: object = 0.08,
) -> tuple[str, str]:  # fmt: skip
    """Return the method and the weights. Raises ArgumentError for arguments that `link` never accepts."""
    for name, value in (("symmetric", symmetric), ("free_slope", free_slope), ("purify", purify)):
        truth(name, value)
    number("drift_z", drift_z, 0.0)
    number("drift_rmsd", drift_rmsd, 0.0, 1.0)
    return word("method", method, numerics.METHODS), word("weights", weights, ("normal", "equal"))


def link(
    items_x: object, items_y: object, method: str = "stocking-lord", *, anchors: object = None,
    model: str | None = None, weights: str = "normal", symmetric: bool = False, free_slope: bool = False,
    purify: bool = False, drift_z: float = 1.645, drift_rmsd: float = 0.08,
) -> Linking:  # fmt: skip
    """Transform the scale of one calibration to that of another, by their common items.

    Parameters
    ----------
    items_x, items_y : data frame, mapping or IrtFit
        The items of both calibrations: `item`, `a`, `b` (or `b1`, `b2` …), `c`, with standard errors `se_a`,
        `se_b`, `se_c` if known; `fit.items` of `irt`, or mirt's `a1`, `d`, `g`. With the fit itself, errors
        use its full covariance. X is transformed to the scale of Y.
    method : {"stocking-lord", "haebara", "mean-sigma", "mean-mean"}
    anchors : sequence of str, optional
        The names of the common items; by default those with the same name. (In `irt`, `anchors` are items
        with known parameters.)
    model : {"grm", "pcm", "gpcm"}, optional
        The model of items with steps `b1`, `b2` …; not needed for a fit.
    weights : {"normal", "equal"}
        The weights of abilities from −4 to 4 in the criterion of the curve methods.
    symmetric : bool
        Whether the criterion sums over both directions, X to Y and Y to X.
    free_slope : bool
        Whether to estimate A even if all slopes within each calibration are equal (Rasch), so that A is
        known.
    purify : bool
        Whether to link again without the drifting items, until the set of drifting items no longer changes.
    drift_z, drift_rmsd : float
        An item drifts if the robust z of its slope or difficulty is beyond `drift_z`, the difference is at
        least as many standard errors, and its curves differ by at least `drift_rmsd`.

    Returns
    -------
    Linking
        `.slope`, `.intercept`, `.items` on Y's scale, `.anchors` with their drift, `.equate("true")`.

    Raises
    ------
    ArgumentError
        If a table does not hold items, or fewer than two common items can be used.

    See Also
    --------
    irt : calibrates. equate : equating of observed scores.

    Notes
    -----
    Kolen & Brennan (2014), chapter 6; Stocking & Lord (1983), Haebara (1980), Marco (1977), Loyd & Hoover
    (1980); Kim & Lee (2006) for items with partial scores; errors by Ogasawara (2000, 2001); drift by Huynh &
    Meyer (2010). In R: `plink::plink`. All is without the constant 1.7 (D = 1). Haebara's criterion takes the
    curves of all categories; plink takes of an item of 0 and 1 the curve of 1 alone, which makes another line
    where such items stand among others with partial scores.

    Examples
    --------
    >>> import examgen.stats as es
    >>> y = {"item": ["a", "b", "c"], "a": [1.0, 1.2, 0.8], "b": [-1.0, 0.0, 1.0]}
    >>> x = {"item": ["a", "b", "c"], "a": [1.2, 1.44, 0.96], "b": [-1.25, -1.25 / 3, 1.25 / 3]}
    >>> found = es.link(x, y)
    >>> round(found.slope, 4), round(found.intercept, 4)
    (1.2, 0.5)
    >>> found.equate("true").convert([1, 2]).round(3)
    array([1., 2.])
    """
    method, weights = checked(method, weights, symmetric, free_slope, purify, drift_z, drift_rmsd)
    x, of_x = _calibration(items_x, model, "items_x")
    y, of_y = _calibration(items_y, model, "items_y")
    in_x, in_y, aside = _common(x, y, anchors)
    on_x, on_y = _some(x, in_x), _some(y, in_y)
    if len(in_x) == len(x.names) == len(y.names) and _same(on_x, on_y):
        aside.append(note("same-file"))
    slope, of_slopes = _known_slope(on_x, on_y, free_slope)
    rule = LinkRule(method, numerics.ability_grid(weights), symmetric, slope)
    errors = np.nan_to_num(np.concatenate([x.errors[:2, in_x], y.errors[:2, in_y]]))
    is_partial = _is_partial(on_x)
    if purify and is_partial:
        raise ArgumentError(note("no-drift", argument=Argument("purify")))

    def by(kept: Bools) -> Link:
        return numerics.link_scales(on_x.part(kept), on_y.part(kept), rule)

    def drifts(line: Link) -> Bools:
        return numerics.drift(on_x, on_y, line, errors, drift_z, drift_rmsd).drifts

    try:
        line, kept, end = numerics.purified(len(in_x), by, drifts if purify else None)
    except ValueError as reason:
        raise DataError(note(f"not-determined.{reason}", method=method)) from None
    drifted = None if is_partial else numerics.drift(on_x, on_y, line, errors, drift_z, drift_rmsd)
    constants, by_parameters = _constants(x, y, in_x[kept], in_y[kept], line, rule)
    table = _anchor_table(x, y, in_x, in_y, line, kept, drifted)
    agreement, notes = _agreement(on_x, on_y, kept, line, min(len(x.names), len(y.names)))
    own: dict[str, Any] = constants.row(by_predicate=pl.col("method") == method, named=True)
    if not is_partial and own["se_slope"] is None:
        notes.append(note("no-standard-errors"))
    elif not is_partial and not (x.exact and y.exact):
        notes.append(note("errors-by-item"))
    return Linking(
        **(own | agreement), constants=constants, items=_carried_items(x, line), anchors=table,
        dropped=tuple(table.filter(~pl.col("used"))["item"]),
        notes=(*of_x, *of_y, *aside, *of_slopes, *_drift_notes(table, end, purify), *notes),
        findings=_findings(line), _x=x, _y=y, _by_parameters=by_parameters,
    )  # fmt: skip


def _is_partial(items: ItemParameters) -> bool:
    return bool((items.kind != DICHOTOMOUS).any())


def _same(x: ItemParameters, y: ItemParameters) -> bool:
    return all(np.array_equal(*pair, equal_nan=True) for pair in ((x.a, y.a), (x.d, y.d), (x.c, y.c)))


def _some(one: Calibration, places: Ints) -> ItemParameters:
    """Some of the items, with as many steps as these have."""
    items = one.parameters.part(places)
    return items._replace(d=items.d[:, ~np.isnan(items.d).all(axis=0)])


def _calibration(table: Any, model: str | None, argument: str) -> tuple[Calibration, list[Note]]:
    """One calibration, of a table or of a fit, without items that have no parameters."""
    fit = table if isinstance(getattr(table, "items", None), pl.DataFrame) else None
    if fit is not None:
        model, table = model or str(getattr(fit, "model", "")), fit.items
    known = parameters_from(table, None, model, argument, far=_FAR)
    sound = np.isfinite(known.parameters.a) & np.isfinite(known.parameters.d[:, 0])
    vcov = getattr(fit, "vcov", None)
    labels = [] if vcov is None else vcov["parameter"].to_list()
    free = getattr(fit, "_free", None)
    if free is not None and not free.shared_slope:
        finite = sound & (~free.a | (np.abs(known.parameters.a) <= ENDLESS))
        sound = finite if finite.any() else sound
    if not sound.any():
        raise DataError(note("no-parameters", table=argument))
    places = np.flatnonzero(sound)
    notes = [*known.notes]
    if fit is not None:  # of single items only what leaves the fit without a maximum is told
        said = [
            one
            for one in fit.notes
            if _code(one) in UNSETTLED or not (isinstance(one, Note) and "item" in one.values)
        ]
        notes += [Note(_code(one), TEXTS["of-table"], table=argument, note=one) for one in said]
        if not getattr(fit, "_settled", True):
            notes.append(note("not-converged", table=argument))
    if len(places) < len(known.names):
        lost = [name for name, there in zip(known.names, sound, strict=True) if not there]
        notes.append(note("left-out", table=argument, n=len(lost), items=shown(lost)))
    names, known = known.names, known.some(places)
    if _is_partial(known.parameters):
        return Calibration(known, None, False), notes
    if vcov is not None:
        covariance = vcov.drop("parameter").cast(pl.Float64).to_numpy()
        if model == "1pl":  # one slope for all items
            labels = ["a" if label.endswith(".a") else label for label in labels]
        whole = numerics.fit_covariance(covariance, labels, known.names, known.parameters)
        return Calibration(known, whole, True), notes
    if len(places) > MOST_ITEMS:
        notes.append(note("too-many-items", table=argument, most=MOST_ITEMS))
        return Calibration(known, None, False), notes
    columns = {name.strip().lower(): values for name, values in columns_of(table, argument)[0].items()}
    errors, faults = np.full((4, len(sound)), np.nan), RowFaults(argument)
    for row, name in enumerate(("se_a", "se_b", "se_c" if "se_c" in columns else "se_g", "se_d")):
        if name in columns:
            errors[row] = numbers_of(columns[name], name, names, faults, np.inf)
    faults.end()
    return Calibration(known, numerics.table_covariance(known.parameters, errors[:, places]), False), notes


def _code(remark: str) -> str:
    return remark.code if isinstance(remark, Note) else "of-table"


def _common(x: Calibration, y: Calibration, anchors: object) -> tuple[Ints, Ints, list[Note]]:
    """Ints of the common items that can link, in X and in Y, and what was set aside."""
    place = {name: j for j, name in enumerate(y.names)}
    common = [name for name in x.names if name in place]
    if anchors is not None:
        named = {str(one) for one in objects("anchors", anchors).tolist()}
        if unknown := sorted(named - set(common)):
            values = {"argument": Argument("anchors"), "items": shown(unknown)}
            raise ArgumentError(note("unknown-anchors", **values))
        common = [name for name in common if name in named]
    alike = nearly_common(x.names, y.names)
    notes = [note("items-alike", items=shown(alike))] if alike else []
    if not common:
        raise DataError(note("no-common-items"), *notes)
    in_x = np.array([x.names.index(name) for name in common], dtype=np.int64)
    in_y = np.array([place[name] for name in common], dtype=np.int64)
    for name, j, k in zip(common, in_x.tolist(), in_y.tolist(), strict=True):
        own, other = x.known.scores_of(j).tolist(), y.known.scores_of(k).tolist()
        values = {"item": name, "argument": Argument("anchors")}
        if own != other:
            raise DataError(note("unlike-items", scores_x=shown(own), scores_y=shown(other), **values))
        if len(own) > _FEWEST and x.parameters.kind[j] != y.parameters.kind[k]:
            raise DataError(note("unlike-items.model", **values))
    rising = (x.parameters.a[in_x] > 0) & (y.parameters.a[in_y] > 0)
    known = np.ones(len(common), dtype=np.bool_)
    for side, places in ((x, in_x), (y, in_y)):
        a, b = side.parameters.a[places], side.parameters.b[places, 0]
        if (
            rising.any()
        ):  # in the unit in which the median slope is 1, so that it does not depend on the scale
            unit, middle = float(np.median(a[rising])), float(np.median(b[rising]))
            known &= np.abs(b - middle) * unit <= MOST_DIFFICULTY
            known &= ~(side.errors[1, places] * unit > MOST_ERROR)
    for code, which in (("negative-slope", ~rising), ("unknown-difficulty", rising & ~known)):
        names = [name for name, there in zip(common, which, strict=True) if there]
        notes += [note(code, n=len(names), items=shown(names))] if names else []
    kept = rising & known
    if kept.sum() < _FEWEST:
        raise DataError(note("too-few-common-items", n=int(kept.sum())))
    return in_x[kept], in_y[kept], notes


def _known_slope(x: ItemParameters, y: ItemParameters, free_slope: bool) -> tuple[float | None, list[Note]]:
    """The slope between calibrations whose items all discriminate alike, as under Rasch and 1PL."""
    alike = [float(np.ptp(one.a)) <= _ALIKE * float(one.a.mean()) for one in (x, y)]
    if free_slope or not any(alike):
        return None, []
    if not all(alike):
        return None, [note("models-differ")]
    slope = float(x.a.mean() / y.a.mean())
    return slope, [note("equal-slopes", slope=slope, argument=Argument("free_slope"))]


def _constants(
    x: Calibration, y: Calibration, in_x: Ints, in_y: Ints, line: Link, rule: LinkRule
) -> tuple[pl.DataFrame, tuple[Floats, Floats] | None]:
    """The line by each method, and how ours depends on a, b and c of all items of X and of Y."""
    on_x, on_y = _some(x, in_x), _some(y, in_y)
    rows, ours = [], None
    for method in numerics.METHODS:
        rows.append(dict.fromkeys(("method", "slope", "intercept", "se_slope", "se_intercept")))
        rows[-1]["method"] = method
        own = rule._replace(method=method)
        try:
            found = line if method == rule.method else numerics.link_scales(on_x, on_y, own)
        except ValueError:
            continue
        rows[-1] |= found._asdict()
        if _is_partial(on_x):
            continue
        by_x, by_y = numerics.link_jacobians(on_x, on_y, found, own)
        whole = _spread(by_x, in_x, len(x.names)), _spread(by_y, in_y, len(y.names))
        ours = whole if method == rule.method else ours
        if x.covariance is None or y.covariance is None:
            continue
        variances = np.diagonal(numerics.delta_covariance(whole, (x.covariance, y.covariance)))
        if np.isfinite(variances).all():
            se = np.sqrt(np.maximum(variances, 0.0))
            rows[-1] |= {"se_slope": float(se[0]), "se_intercept": float(se[1])}
    return pl.DataFrame(rows, schema=_CONSTANTS), ours


def _spread(jacobian: Floats, places: Ints, n: int) -> Floats:
    """(2, 3J) derivatives by all items of a calibration, from those of its anchors."""
    whole = np.zeros((2, 3, n))
    whole[:, :, places] = jacobian.reshape(2, 3, -1)
    return whole.reshape(2, -1)


def _steps(parameters: ItemParameters, ending: str = "") -> dict[str, object]:
    """`a`, `b` (or `b1` …), `c` where it differs from 0."""
    columns: dict[str, object] = {f"a{ending}": parameters.a}
    for k in range(parameters.d.shape[1]):
        columns[f"b{k + 1 if _is_partial(parameters) else ''}{ending}"] = parameters.b[:, k]
    if (parameters.c != 0).any():
        columns[f"c{ending}"] = parameters.c
    return columns


def _carried_items(x: Calibration, line: Link) -> pl.DataFrame:
    columns: dict[str, object] = {"item": list(x.names)}
    if any(own is not None for own in x.known.scores):
        columns["scores"] = x.known.told_scores()
    columns |= _steps(numerics.carried(x.parameters, line))
    if x.covariance is not None:
        columns |= {"se_a": x.errors[0] / line.slope, "se_b": x.errors[1] * line.slope}
        columns |= {"se_c": x.errors[2]} if "c" in columns else {}
    return frame(columns)


def _anchor_table(
    x: Calibration, y: Calibration, in_x: Ints, in_y: Ints, line: Link, kept: Bools, found: Drift | None
) -> pl.DataFrame:
    on_x, on_y = _some(x, in_x), _some(y, in_y)
    columns: dict[str, object] = {"item": [x.names[j] for j in in_x]}
    for parameters, ending in ((on_x, "_x"), (on_y, "_y"), (numerics.carried(on_x, line), "_linked")):
        columns |= _steps(parameters, ending)
    if found is not None:
        columns |= found._asdict()
        if x.covariance is None or y.covariance is None:
            columns["displacement_se"] = np.full(len(in_x), np.nan)
    return frame(columns | {"used": kept})


def _drift_notes(table: pl.DataFrame, end: str, purify: bool) -> list[Note]:
    if "drifts" not in table.columns:
        return []
    notes = []
    for code, which in (("drift", pl.col("drifts") & pl.col("used")), ("drift-dropped", ~pl.col("used"))):
        some = table.filter(which)
        if len(some):
            names = [f"{item} ({d:+.2f})" for item, d in some.select("item", "displacement").rows()]
            notes.append(note(code, n=len(some), items=shown(names)))
    if notes and not purify:
        notes.append(note("drift-kept", argument=Argument("purify")))
    if end != "settled":
        notes.append(note("too-many-drift" if end == "too-many" else "drift-unsettled"))
    return notes


def _agreement(
    x: ItemParameters, y: ItemParameters, kept: Bools, line: Link, shorter: int
) -> tuple[dict[str, float | None], list[Note]]:
    """How well the difficulties that link agree, and what makes the link doubtful.

    `shorter` is the number of items of the shorter form.
    """
    n, notes = len(kept), []
    if n < max(_FEW, _SHARE * shorter):
        notes.append(note("few-anchors", n=n, shorter=shorter))
    if (x.c > 0).any() != (y.c > 0).any():
        notes.append(note("asymptotes-differ"))
    there = ~np.isnan(x.d) & kept[:, None]
    r, _ = _alike(x.b[there], y.b[there])
    if r is not None and r < -_OPPOSITE:
        notes.append(note("difficulties-disagree.reversed", r=r))
    elif n >= _FEW and r is not None and r < _LEAST_AGREEMENT:
        notes.append(note("difficulties-disagree", r=r))
    correlation, ratio = _alike(x.b[there], y.b[there])
    slopes = float(x.a[kept].mean() / y.a[kept].mean())
    unit = slopes if ratio is None else _unit(x.b[there], y.b[there])
    if n >= _FEW and not 1 / _UNLIKE <= slopes / unit <= _UNLIKE:
        notes.append(note("methods-disagree", slopes=slopes, difficulties=unit))
    if not 1 / _STEEP <= line.slope <= _STEEP:
        notes.append(note("far-slope", slope=line.slope))
    return {"b_correlation": correlation, "b_sd_ratio": ratio}, notes


def _alike(x: Floats, y: Floats) -> tuple[float | None, float | None]:
    """The correlation, and the ratio of standard deviations of y to x; None where they do not vary."""
    if x.std() < 1e-9:
        return None, None
    return None if y.std() < 1e-9 else float(np.corrcoef(x, y)[0, 1]), float(y.std() / x.std())


def _unit(x: Floats, y: Floats) -> float:
    """The median ratio of differences of two difficulties, Y to X: an item that drifts hardly moves it."""
    of_y, of_x = (np.abs(np.subtract.outer(one, one))[np.triu_indices(len(one), 1)] for one in (y, x))
    differ = (of_x > 0) & (of_y > 0)
    return float(np.median(of_y[differ] / of_x[differ]))


def _findings(line: Link) -> tuple[Note, ...]:
    below = ".minus" * (line.intercept < 0)
    return (
        note(f"line{below}", slope=line.slope, intercept=abs(line.intercept)),
        note(f"zero{below}", intercept=abs(line.intercept)),
    )
