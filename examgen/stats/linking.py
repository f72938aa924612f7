"""Item parameters of two calibrations → the line between their ability scales, items that drift, and scores
equated by the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.psychometrics.equating.category_linking import carried_parameters, link_parameters
from examgen.psychometrics.equating.drift import Drift, DriftErrors, DriftRule, PurifiedLink, drift, purified
from examgen.psychometrics.equating.irt_equating import (
    observed_score_jacobians,
    observed_scores,
    rises,
    true_score_jacobians,
    true_scores,
)
from examgen.psychometrics.equating.irt_linking import (
    METHODS,
    CurveCriterion,
    Items,
    Link,
    Method,
    carried,
    delta_covariance,
    link_jacobians,
    link_scales,
    plink_grid,
    slopes_alike,
    well_known,
)
from examgen.psychometrics.equating.parameter_errors import ItemErrors, fit_covariance, table_covariance
from examgen.stats.arguments import ArgumentError, counted, number, objects, shown, truth, word
from examgen.stats.equating import Equating
from examgen.stats.irt_curves import take_items
from examgen.stats.irt_items import ItemScores, KnownItems, parameters_from
from examgen.stats.irt_models import DICHOTOMOUS, ItemParameters
from examgen.stats.quadrature import Grid
from examgen.stats.response_data import columns_of
from examgen.stats.results import Result, frame

Floats = NDArray[np.float64]
_FEWEST = 2


class _Side(NamedTuple):
    """One calibration."""

    names: tuple[str, ...]
    parameters: ItemParameters
    covariance: Floats | None
    """(3J, 3J) of a, b and c of items scored 0 and 1; None where standard errors are unknown."""
    exact: bool
    scores: ItemScores
    """What the categories of items with partial scores stand for."""
    notes: tuple[str, ...] = ()
    """What the table has besides."""

    @property
    def partial(self) -> bool:
        """Whether an item has more than two scores."""
        return bool((self.parameters.kind != DICHOTOMOUS).any())

    @property
    def known(self) -> KnownItems:
        """The items with what their categories stand for."""
        return KnownItems(self.names, self.parameters, self.scores)

    @property
    def items(self) -> Items:
        """As the linking of right and wrong takes them."""
        own = self.parameters
        return Items(own.a, own.b[:, 0], own.c)


@dataclass(frozen=True, repr=False, eq=False)
class Linking(Result):
    """What `link` returns: θ on Y's scale = slope · θ on X's scale + intercept.

    Attributes
    ----------
    method : str
    slope, intercept : float
        A and B.
    se_slope, se_intercept : float or None
        By the delta method, where the tables have standard errors.
    constants : polars.DataFrame
        A and B by each of the four methods.
    items : polars.DataFrame
        X's items on Y's scale, with their standard errors (A and B taken as known).
    anchors : polars.DataFrame
        The common items: parameters on both scales, `displacement` of b and its error, robust z of slopes and
        difficulties, `rmsd` of the curves, whether the item `drifts` and whether it was `used`. Of items with
        partial scores the parameters alone.
    dropped : tuple of str
        Common items that the link does without.
    notes : tuple of str
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
    notes: tuple[str, ...]
    _x: _Side
    _y: _Side
    _by_parameters: tuple[Floats, Floats] | None
    """Derivatives of A and B by a, b and c of all items of Y, and of X."""

    def _title(self) -> str:
        sign = "−" if self.intercept < 0 else "+"
        return f"Link by {self.method}: θ(Y) = {self.slope:.4f} θ(X) {sign} {abs(self.intercept):.4f}"

    def _figures(self) -> Mapping[str, object]:
        drifting = self.anchors["drifts"].sum() if "drifts" in self.anchors.columns else None
        return {
            "common items": len(self.anchors),
            "used": int(self.anchors["used"].sum()),
            "drifting": drifting,
            "se of A": self.se_slope,
            "se of B": self.se_intercept,
        }

    def _table(self) -> pl.DataFrame:
        some = ("item", "a_y", "a_linked", "b_y", "b_linked", "displacement", "rmsd", "drifts", "used")
        return self.anchors.select([name for name in some if name in self.anchors.columns])

    def _remarks(self) -> Sequence[str]:
        return self.notes

    def equate(self, scores: str = "true", *, weight: float = 0.0) -> Equating:
        """Number right on X as number right on Y, by the two calibrations on one scale.

        Parameters
        ----------
        scores : {"true", "observed"}
            Lord's true-score equating by the test curves, below the sum of c by Kolen's line; or
            equipercentile equating of the scores that the model expects of a population.
        weight : float
            Of `observed`: the share of X's population N(0, 1) on its own scale, against that of Y, 0 to 1.

        Raises
        ------
        ArgumentError
            For items with partial scores, and where an expected score does not rise with ability.
        """
        scores = word("scores", scores, ("true", "observed"))
        number("weight", weight, 0.0, 1.0)
        if self._x.partial or self._y.partial:
            raise ArgumentError("items have partial scores; equating by the model takes items of 0 and 1")
        link, new, old = Link(self.slope, self.intercept), self._x.items, self._y.items
        here = carried(new, link)
        of_link = self._by_parameters
        if scores == "true":
            for name, one in (("x", here), ("y", old)):
                if not rises(one):
                    raise ArgumentError(
                        f"items_{name}: the expected score does not rise with ability; "
                        "leave out items with negative slopes"
                    )
            found = true_scores(here, old)
            y, theta = found.y, found.theta
            jacobians = None if of_link is None else true_score_jacobians(new, old, link, found, of_link)
        else:
            wide = plink_grid("normal")
            own = np.exp(-0.5 * ((wide.nodes - link.intercept) / link.slope) ** 2)
            grid = Grid(wide.nodes, (1.0 - weight) * wide.weights + weight * own / own.sum())
            seen = observed_scores(here, old, grid)
            y, theta = seen.y, np.full(len(seen.y), np.nan)
            jacobians = (
                None if of_link is None else observed_score_jacobians(new, old, link, seen, grid, of_link)
            )
        se = np.full(len(y), np.nan)
        if jacobians is not None and self._x.covariance is not None and self._y.covariance is not None:
            with np.errstate(invalid="ignore"):
                whole = delta_covariance(jacobians, (self._y.covariance, self._x.covariance))
                se = np.sqrt(np.maximum(np.diagonal(whole), 0.0))
        columns: dict[str, object] = {"score": np.arange(len(y)), "equated": y, "se": se}
        columns |= {"low": y - 1.959964 * se, "high": y + 1.959964 * se}
        if scores == "true":
            columns["theta"] = theta
        forms = frame({"form": ["x", "y"], "points": [len(self._x.names), len(self._y.names)]})
        return Equating(
            f"{scores} scores", "irt", frame(columns), forms, None, None, None, "delta", 0,
            pl.DataFrame(), self.notes,
        )  # fmt: skip


def link(
    items_x: object,
    items_y: object,
    method: str = "stocking-lord",
    *,
    anchors: object = None,
    model: str | None = None,
    weights: str = "normal",
    symmetric: bool = False,
    free_slope: bool = False,
    purify: bool = False,
    drift_z: float = 1.645,
    drift_rmsd: float = 0.08,
) -> Linking:
    """The scale of one calibration put on that of another, by their common items.

    Parameters
    ----------
    items_x, items_y : data frame, mapping or IrtFit
        The items of both calibrations: `item`, `a`, `b` (or `b1`, `b2` …), `c`, with standard errors
        `se_a`, `se_b`, `se_c` where they are known; `fit.items` of `irt`, or mirt's `a1`, `d`, `g`. Of a fit
        itself errors are exact. X is carried to the scale of Y.
    method : {"stocking-lord", "haebara", "mean-sigma", "mean-mean"}
    anchors : sequence of str, optional
        The common items; else those of the same name.
    model : {"grm", "pcm", "gpcm"}, optional
        Of items with steps `b1`, `b2` …; a fit knows its own.
    weights : {"normal", "equal"}
        What abilities from −4 to 4 count in the criterion of curves.
    symmetric : bool
        Whether the criterion looks in both directions.
    free_slope : bool
        Whether A is estimated where all slopes of each calibration are alike (Rasch), and so known.
    purify : bool
        Whether to link again without items that drift, until the same ones do.
    drift_z, drift_rmsd : float
        An item drifts beyond this robust z, where its curve differs by as much, too.

    Returns
    -------
    Linking
        `.slope`, `.intercept`, `.items` on Y's scale, `.anchors` with their drift, `.equate("true")`.

    Raises
    ------
    ArgumentError
        For tables that are not of items, and fewer than two common items that can link.

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
    method = word("method", method, METHODS)
    way: Method = next(one for one in METHODS if one == method)
    weights = word("weights", weights, ("normal", "equal"))
    for name, value in (("symmetric", symmetric), ("free_slope", free_slope), ("purify", purify)):
        truth(name, value)
    rule = DriftRule(number("drift_z", drift_z, 0.0), number("drift_rmsd", drift_rmsd, 0.0, 1.0))
    x, y = (_side(table, model, name) for table, name in ((items_x, "items_x"), (items_y, "items_y")))
    in_x, in_y, notes = _common(x, y, anchors)
    notes = [*x.notes, *y.notes, *notes]
    names = [x.names[j] for j in in_x]
    criterion = CurveCriterion(plink_grid("equal" if weights == "equal" else "normal"), symmetric)
    alike = [slopes_alike(_some(side, places)) for side, places in ((x, in_x), (y, in_y))]
    slope: float | None = None
    if all(alike) and not free_slope:
        slope = float(x.parameters.a[in_x].mean() / y.parameters.a[in_y].mean())
        notes.append(
            f"all slopes are alike in each table: A is theirs, {slope:.4f}; free_slope=True estimates it"
        )
    elif any(alike) and not free_slope:
        notes.append("slopes are alike in one table and differ in the other: calibrate both by one model")
    partial = x.partial or y.partial
    if partial:
        new, old = (take_items(side.parameters, places) for side, places in ((x, in_x), (y, in_y)))
        if purify:
            raise ArgumentError("purify is True, but drift of items with partial scores is not tested")

        def by_method(own: Method) -> Link:
            return link_parameters(old, new, own, criterion, slope)

        kept = np.ones(len(names), dtype=np.bool_)
        found = _linked(lambda: by_method(way), method)
        drifted = errors = None
    else:
        o, n = _some(y, in_y), _some(x, in_x)
        errors = _errors(x, y, in_x, in_y)
        clean = PurifiedLink(Link(1.0, 0.0), np.ones(len(names), dtype=np.bool_), True, False)
        grid = plink_grid("normal")
        if purify:
            clean = purified(
                o, n, lambda a, b: _linked(lambda: link_scales(a, b, way, criterion, slope), method),
                grid, rule, errors,
            )  # fmt: skip
            found = clean.link
        else:
            found = _linked(lambda: link_scales(o, n, way, criterion, slope), method)
        kept = clean.kept
        drifted = drift(o, n, found, grid, rule, errors)
        notes += _drift_notes(names, drifted, clean, purify)

        def by_method(own: Method) -> Link:
            return link_scales(o.some(kept), n.some(kept), own, criterion, slope)

    rows = []
    by_parameters = None
    for own in METHODS:
        row: dict[str, float | str | None] = {"method": own}
        rows.append(row | dict.fromkeys(("slope", "intercept", "se_slope", "se_intercept")))
        try:
            line = found if own == way else by_method(own)
        except ValueError:
            continue
        rows[-1] |= {"slope": line.slope, "intercept": line.intercept}
        if partial:
            continue
        jacobians = link_jacobians(
            _some(y, in_y[kept]), _some(x, in_x[kept]), line, own, criterion, slope is not None
        )
        whole = tuple(
            _spread(jacobian, places[kept], len(side.names))
            for jacobian, places, side in zip(jacobians, (in_y, in_x), (y, x), strict=True)
        )
        if own == way:
            by_parameters = whole[0], whole[1]
        if x.covariance is None or y.covariance is None:
            continue
        used = [np.flatnonzero(np.abs(one).sum(axis=0) > 0) for one in whole]
        variances = np.diagonal(
            delta_covariance(
                (whole[0][:, used[0]], whole[1][:, used[1]]),
                (y.covariance[np.ix_(used[0], used[0])], x.covariance[np.ix_(used[1], used[1])]),
            )
        )
        if np.isfinite(variances).all():
            se = np.sqrt(np.maximum(variances, 0.0))
            rows[-1] |= {"se_slope": float(se[0]), "se_intercept": float(se[1])}
    ours = next(row for row in rows if row["method"] == method)
    if ours["se_slope"] is None and not partial:
        notes.append("A and B have no standard errors: the tables have no se_a and se_b")
    elif not partial and not (x.exact and y.exact):
        notes.append("errors take items as independent, as a table shows no more: give the fits themselves")
    return Linking(
        method,
        found.slope,
        found.intercept,
        ours["se_slope"],
        ours["se_intercept"],
        frame({name: [row[name] for row in rows] for name in rows[0]}),
        _carried_items(x, found),
        _anchor_table(x, y, in_x, in_y, found, kept, drifted, errors is not None),
        tuple(name for name, stays in zip(names, kept, strict=True) if not stays),
        tuple(notes),
        x,
        y,
        by_parameters,
    )


def _side(table: object, model: str | None, argument: str) -> _Side:
    """One calibration, of a table or of a fit."""
    labels = None
    own = getattr(table, "vcov", None)
    if own is not None and hasattr(table, "items"):
        labels = own["parameter"].to_list()
        covariance = own.drop("parameter").cast(pl.Float64).to_numpy()
    name_of_model = ""
    if isinstance(of_fit := getattr(table, "items", None), pl.DataFrame):
        name_of_model, table = str(getattr(table, "model", "")), of_fit
        model = model or name_of_model
    known = parameters_from(table, None, model, argument)
    names, parameters = known.names, known.parameters
    sound = np.isfinite(parameters.a) & np.isfinite(parameters.d[:, 0]) & np.isfinite(parameters.c)
    if not sound.any():
        raise ArgumentError(f"{argument} has no item with a and b")
    places = np.flatnonzero(sound)
    known = known.some(places)
    side = _Side(known.names, known.parameters, None, False, known.scores, known.notes)
    if side.partial:
        return side
    if labels is not None:
        place = {f"{name}.{what}": (what, k, 0) for k, name in enumerate(names) for what in "adc"}
        free = [place.get(label, ("", -1, 0)) for label in labels]
        exact = fit_covariance(covariance, free, places, side.items, shared_slope=name_of_model == "1pl")
        return side._replace(covariance=exact, exact=True)
    columns, _ = columns_of(table, argument)
    errors = []
    for what in ("se_a", "se_b", "se_c", "se_d"):
        values = columns.get(what, np.full(len(names), np.nan)).tolist()
        errors.append(np.array([np.nan if one is None else float(one) for one in values])[places])
    return side._replace(covariance=table_covariance(side.items, ItemErrors(*errors)))


def _some(side: _Side, places: NDArray[np.int64]) -> Items:
    return side.items.some(places)


def _common(x: _Side, y: _Side, anchors: object) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str]]:
    """Places of the common items that can link, in X and in Y, and what was set aside."""
    place = {name: j for j, name in enumerate(y.names)}
    common = [name for name in x.names if name in place]
    if anchors is not None:
        named = [str(one) for one in objects("anchors", anchors).tolist()]
        if odd := [name for name in named if name not in common]:
            raise ArgumentError(f"anchors names {shown(odd)}, which both tables do not have")
        common = [name for name in common if name in named]
    notes = []
    in_x = np.array([x.names.index(name) for name in common], dtype=np.int64)
    in_y = np.array([place[name] for name in common], dtype=np.int64)
    for j, k in zip(in_x.tolist(), in_y.tolist(), strict=True):
        own, other = (side.known.scores_of(place).tolist() for side, place in ((x, j), (y, k)))
        if own != other:
            raise ArgumentError(
                f"items_x and items_y: {x.names[j]} has the scores {shown(own)} in one and {shown(other)} in "
                "the other; leave it out by anchors="
            )
    rising = (x.parameters.a[in_x] > 0) & (y.parameters.a[in_y] > 0)
    if not rising.all():
        turned = [name for name, up in zip(common, rising, strict=True) if not up]
        notes.append(f"{shown(turned)}: the slope is not above 0 in one table; look at the key")
    known = np.ones(len(common), dtype=np.bool_)
    for side, places in ((x, in_x), (y, in_y)):
        n = len(side.names)
        error = np.zeros(n) if side.covariance is None else np.sqrt(np.diagonal(side.covariance)[n : 2 * n])
        known &= well_known(side.items, error, places[rising])[places]
    if not (known | ~rising).all():
        vague = [name for name, ok, up in zip(common, known, rising, strict=True) if up and not ok]
        notes.append(f"{shown(vague)}: the difficulty is hardly known in one table")
    kept = rising & known
    if kept.sum() < _FEWEST:
        raise ArgumentError(
            f"items_x and items_y have {counted(int(kept.sum()), 'common item')} that can link "
            f"({shown(x.names)}; {shown(y.names)}); at least {_FEWEST} are needed"
        )
    return in_x[kept], in_y[kept], notes


def _linked(by: Callable[[], Link], method: str) -> Link:
    """The link, or a sentence where the items do not determine it."""
    try:
        return by()
    except ValueError as reason:
        raise ArgumentError(f"items_x and items_y do not determine A and B by {method}: {reason}") from None


def _errors(x: _Side, y: _Side, in_x: NDArray[np.int64], in_y: NDArray[np.int64]) -> DriftErrors | None:
    if x.covariance is None or y.covariance is None:
        return None
    found = []
    for side, places in ((y, in_y), (x, in_x)):
        variances = np.diagonal(side.covariance).reshape(3, -1)[:2, places]  # type: ignore[arg-type]
        found += list(np.sqrt(np.maximum(np.nan_to_num(variances), 0.0)))
    return DriftErrors(*found)


def _spread(jacobian: Floats, places: NDArray[np.int64], n: int) -> Floats:
    """(2, 3J) derivatives by all items of a calibration, from those of its anchors."""
    whole = np.zeros((2, 3, n))
    whole[:, :, places] = jacobian.reshape(2, 3, -1)
    return whole.reshape(2, -1)


def _drift_notes(names: Sequence[str], found: Drift, clean: PurifiedLink, purify: bool) -> list[str]:
    notes = []
    for name, d, rmsd, drifts, stays in zip(
        names, found.displacement, found.rmsd, found.drifts, clean.kept, strict=True
    ):
        if drifts or not stays:
            end = "left out" if not stays else "still part of the link; purify=True leaves it out"
            far = f"{abs(d):.2f} {'harder' if d > 0 else 'easier'} on X, its curve {rmsd:.3f} off"
            notes.append(f"{name} has drifted, {far}: {end}")
    if clean.too_many:
        notes.append("so many common items drift that too few would be left: the rest were kept")
    elif purify and not clean.settled:
        notes.append("which items drift depends on which are left out, in a circle: the last round is used")
    return notes


def _steps(parameters: ItemParameters, ending: str) -> dict[str, object]:
    """`a`, `b` (or `b1` …), `c` where it differs from 0."""
    partial = bool((parameters.kind != DICHOTOMOUS).any())
    columns: dict[str, object] = {f"a{ending}": parameters.a}
    for k in range(parameters.d.shape[1]):
        columns[f"b{k + 1 if partial else ''}{ending}"] = parameters.b[:, k]
    if (parameters.c != 0).any():
        columns[f"c{ending}"] = parameters.c
    return columns


def _carried_items(x: _Side, found: Link) -> pl.DataFrame:
    columns: dict[str, object] = {"item": list(x.names)}
    if any(own is not None for own in x.scores):
        columns["scores"] = x.known.told_scores()
    columns |= _steps(carried_parameters(x.parameters, found), "")
    if x.covariance is not None:
        se_a, se_b, se_c = np.sqrt(np.maximum(np.diagonal(x.covariance), 0.0)).reshape(3, -1)
        columns |= {"se_a": se_a / found.slope, "se_b": se_b * found.slope}
        if "c" in columns:
            columns["se_c"] = se_c
    return frame(columns)


def _anchor_table(
    x: _Side,
    y: _Side,
    in_x: NDArray[np.int64],
    in_y: NDArray[np.int64],
    found: Link,
    kept: NDArray[np.bool_],
    drifted: Drift | None,
    known: bool,
) -> pl.DataFrame:
    of_x, of_y = take_items(x.parameters, in_x), take_items(y.parameters, in_y)
    columns: dict[str, object] = {"item": [x.names[j] for j in in_x]}
    for parameters, ending in ((of_x, "_x"), (of_y, "_y"), (carried_parameters(of_x, found), "_linked")):
        columns |= _steps(parameters, ending)
    if drifted is not None:
        columns |= {
            "displacement": drifted.displacement,
            "displacement_se": drifted.se if known else np.full(len(in_x), np.nan),
            "z_a": drifted.z_a,
            "z_b": drifted.z_b,
            "rmsd": drifted.rmsd,
            "drifts": drifted.drifts,
        }
    return frame(columns | {"used": kept})
