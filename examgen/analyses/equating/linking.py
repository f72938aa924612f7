"""Two calibrations with items in common → the line that carries the new scale to the old one.

With it: how far each common item has drifted, and scores of the new form as scores of the old one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analyses.documents import Document, plain
from examgen.analyses.equating.options import LinkingOptions
from examgen.analyses.equating.parameters import Calibration, calibration_of, read_parameters
from examgen.analyses.irt import prior_of
from examgen.analyses.options import ResponseSource
from examgen.analyses.sources import load_responses
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import Message, option, tell
from examgen.psychometrics.equating.drift import Drift, DriftErrors, DriftRule, PurifiedLink, drift, purified
from examgen.psychometrics.equating.irt_equating import (
    ends,
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
)
from examgen.psychometrics.irt.marginal.models import fit_mml
from examgen.psychometrics.irt.quadrature import Grid

Floats = NDArray[np.float64]
FEWEST = 2
MOST_ERROR, MOST_DIFFICULTY = 1.5, 20.0
"""Standard error of a difficulty, and distance from the others, in logits, beyond which an item does not
link."""
UNLIKE = 1.35
"""Ratio of the slopes by mean/mean and mean/sigma beyond which it is told."""
FEW, SHARE = 5, 0.2
"""Fewer common items, or a smaller share of the shorter form (Kolen & Brennan, 2014, p. 287), are told of."""
FAR = 3.0
"""A slope beyond this, or below its inverse, is told of."""
LEAST_AGREEMENT = 0.9
"""Correlation of difficulties below which it is told (Huynh & Meyer, 2010, ask for 0.95)."""


class _CommonItems(NamedTuple):
    """Items of both calibrations that can link them."""

    names: tuple[str, ...]
    in_old: NDArray[np.int64]
    in_new: NDArray[np.int64]


def analyse_link(old: ResponseSource, new: ResponseSource, asked: LinkingOptions) -> Document:
    """The line from the new scale to the old: `slope`, `intercept`, `anchors`, `items`, `notes` …

    Raises WrongUsage for options of responses that go with tables of parameters, Refused where too few items
    are in common.
    """
    if asked.model is None and not (old.says_nothing and new.says_nothing):
        raise WrongUsage(
            tell(
                "options of responses go with {model}: without it OLD and NEW are tables of parameters",
                model=option("model"),
            )
        )
    pair = _calibration(old, asked), _calibration(new, asked)
    return link_calibrations(*pair, asked)


def link_calibrations(old: Calibration, new: Calibration, asked: LinkingOptions) -> Document:
    """The same of two calibrations."""
    notes: list[Document] = []
    for code, message in (*old.notes, *new.notes):
        notes.append(_note(code, message))
    common, left = _in_common(old, new)
    notes += left
    o, n = old.items.some(common.in_old), new.items.some(common.in_new)
    criterion = CurveCriterion(plink_grid("equal" if asked.weights == "equal" else "normal"), asked.symmetric)
    slope, told = _known_slope(o, n, asked)
    notes += told

    def by(own_old: Items, own_new: Items) -> Link:
        try:
            return link_scales(own_old, own_new, asked.method, criterion, slope)
        except ValueError as reason:
            raise Refused(_undefined(asked.method, old.name, new.name)) from reason

    grid, rule = plink_grid("normal"), DriftRule(asked.drift_z, asked.drift_rmsd)
    errors = _item_errors(old, new, common)
    if asked.purify:
        clean = purified(o, n, by, grid, rule, errors)
    else:
        clean = PurifiedLink(by(o, n), np.ones(len(common.names), dtype=np.bool_), True, False)
    link, kept = clean.link, clean.kept
    found = drift(o, n, link, grid, rule, errors)
    notes += _drift_notes(common.names, found, kept, asked.purify, clean)
    notes += _anchor_notes(o, n, old, new, common, clean)
    linked = _Linked(old, new, common, kept, criterion, slope is not None)
    constants, its_errors = [], None
    for way in METHODS:
        try:
            own = (
                link
                if way == asked.method
                else link_scales(o.some(kept), n.some(kept), way, criterion, slope)
            )
        except ValueError:
            constants.append(_line(way, None, None))
            continue
        error = _errors(linked, own, way)
        constants.append(_line(way, own, error))
        if way == asked.method:
            its_errors = error
    notes += _error_notes(its_errors, old, new)
    here = carried(n, link)
    columns = {
        "a_old": o.a, "b_old": o.b, "c_old": o.c, "a_new": n.a, "b_new": n.b, "c_new": n.c,
        "a_linked": here.a, "b_linked": here.b, "displacement": found.displacement,
        "displacement_se": np.full(len(common.names), np.nan) if errors is None else found.se,
        "z_a": found.z_a, "z_b": found.z_b, "d2": found.d2, "rmsd": found.rmsd,
        "drifts": found.drifts, "used": kept,
    }  # fmt: skip
    anchors = {what: plain(values) for what, values in columns.items()}
    document: Document = {
        **_line(asked.method, link, its_errors),
        "equation": f"theta_old = {link.slope:.6f} * theta_new {_signed(link.intercept)}",
        "old": _side(old),
        "new": _side(new),
        "inverse": {"slope": plain(link.inverse.slope), "intercept": plain(link.inverse.intercept)},
        "slope_known": slope is not None,
        "criterion": {"weights": asked.weights, "symmetric": asked.symmetric},
        "rule": {"z": asked.drift_z, "rmsd": asked.drift_rmsd},
        "n_common": len(common.names),
        "n_used": int(kept.sum()),
        "dropped": [name for name, stays in zip(common.names, kept, strict=True) if not stays],
        "b_correlation": plain(_correlation(o.b[kept], n.b[kept])),
        "b_sd_ratio": plain(_ratio(o.b[kept], n.b[kept])),
        "constants": constants,
        "anchors": [
            {"item": name, **{what: anchors[what][k] for what in anchors}}
            for k, name in enumerate(common.names)
        ],
        "items": _carried(new, link),
        "equating": None,
    }
    if asked.equate is not None:
        document["equating"], told = _equated(linked, link, asked)
        notes += told
    document["notes"] = notes
    return document


def _error_notes(errors: Floats | None, old: Calibration, new: Calibration) -> list[Document]:
    """What standard errors of the constants lack."""
    if errors is None:
        words = tell("without standard errors of the parameters (se_a, se_b) the constants have none, either")
        return [_note("no-standard-errors", words)]
    if old.exact and new.exact:
        return []
    words = tell(
        "standard errors take parameters of different items as independent, for that is all "
        "that a table tells: from files of responses ({model}) they are whole",
        model=option("model"),
    )
    return [_note("errors-by-item", words)]


def _note(code: str, message: Message, item: str | None = None) -> Document:
    return {"code": code, "item": item, "message": message}


def _signed(value: float) -> str:
    return f"{'-' if value < 0 else '+'} {abs(value):.6f}"


def _side(one: Calibration) -> Document:
    return {"file": one.name, "sha256": one.sha256, "n_items": len(one.names)}


def _line(method: str, link: Link | None, error: Floats | None) -> Document:
    """Constants and their errors; null where there are none."""
    se = (None, None) if error is None else (plain(error[0]), plain(error[1]))
    line = (None, None) if link is None else (plain(link.slope), plain(link.intercept))
    return {
        "method": method,
        "slope": line[0],
        "intercept": line[1],
        "se_slope": se[0],
        "se_intercept": se[1],
    }


def _calibration(source: ResponseSource, asked: LinkingOptions) -> Calibration:
    if asked.model is None:
        return read_parameters(source.files[0])

    prior = prior_of(asked.prior_c, asked.model)
    loaded = load_responses(source, 1)
    fit = fit_mml(loaded.scored.cells, asked.model, prior_c=prior)
    return calibration_of(loaded.name, loaded.scored.items, fit, loaded.sha256)


# ── common items ─────────────────────────────────────────────────────────────────────────────


def _in_common(old: Calibration, new: Calibration) -> tuple[_CommonItems, list[Document]]:
    """Items of the same name that can link; Refused where they are too few."""
    place = {name: n for n, name in enumerate(old.names)}
    pairs = [(place[name], n) for n, name in enumerate(new.names) if name in place]
    if not pairs:
        message = tell("have no items in common: names of items must be the same in both")
        raise Refused(
            tell("{old} and {new} {message}", old=old.name, new=new.name, message=message),
            [Problem(new.name, "no-common-items", message)],
        )
    rising = [(i, j) for i, j in pairs if old.items.a[i] > 0 and new.items.a[j] > 0]
    turned = tell("its slope is not above 0 in one of the files: it does not link; look at its key")
    notes = [_note("negative-slope", turned, new.names[j]) for i, j in pairs if (i, j) not in set(rising)]
    known = [_known(one, [pair[n] for pair in rising]) for n, one in enumerate((old, new))]
    sound = [(i, j) for i, j in rising if known[0][i] and known[1][j]]
    vague = tell("its difficulty is hardly known in one of the files: it does not link")
    notes += [_note("unknown-difficulty", vague, new.names[j]) for i, j in rising if (i, j) not in set(sound)]
    if len(sound) < FEWEST:
        message = tell(
            "{n} common item(s) that can link: one item cannot tell a change of the scale from one of "
            "the item; two are the least, and a fifth of the form is usual",
            n=len(sound),
        )
        raise Refused(
            tell("{old} and {new}: {message}", old=old.name, new=new.name, message=message),
            [Problem(new.name, "too-few-common-items", message)],
        )
    in_old, in_new = np.array(sound, dtype=np.int64).T
    return _CommonItems(tuple(new.names[j] for j in in_new), in_old, in_new), notes


def _item_errors(old: Calibration, new: Calibration, common: _CommonItems) -> DriftErrors | None:
    """Standard errors of the common items, where both calibrations have them."""
    if old.covariance is None or new.covariance is None:
        return None
    found: list[Floats] = []
    for one, places in ((old, common.in_old), (new, common.in_new)):
        variances = np.diagonal(one.covariance).reshape(3, -1)[:2, places]  # type: ignore[arg-type]
        found += list(np.sqrt(np.maximum(np.nan_to_num(variances), 0.0)))
    return DriftErrors(*found)


def _known(one: Calibration, common: Sequence[int]) -> NDArray[np.bool_]:
    """(J,) items whose difficulty is known: with slopes near 0 it runs off anywhere. The unit is that in
    which the middle one of the common slopes is 1, whatever the scale."""
    n = len(one.names)
    if not common:
        return np.ones(n, dtype=np.bool_)
    unit, middle = float(np.median(one.items.a[common])), float(np.median(one.items.b[common]))
    error = np.zeros(n) if one.covariance is None else np.sqrt(np.diagonal(one.covariance)[n : 2 * n])
    with np.errstate(invalid="ignore"):
        near = np.abs(one.items.b - middle) * unit <= MOST_DIFFICULTY
        return np.asarray(near & ~(error * unit > MOST_ERROR))


def _known_slope(old: Items, new: Items, asked: LinkingOptions) -> tuple[float | None, list[Document]]:
    """The slope where all items of each calibration discriminate alike, as under Rasch and 1PL."""
    alike = [float(np.ptp(one.a)) <= 1e-6 * float(one.a.mean()) for one in (old, new)]
    if asked.free_slope:
        return None, []
    if all(alike):
        slope = float(new.a.mean() / old.a.mean())
        words = tell(
            "all slopes are alike in each file (Rasch, 1PL): the slope of the link is theirs, {slope:.4f}, "
            "whatever the method; {free_slope} estimates it",
            slope=slope,
            free_slope=option("free-slope"),
        )
        return slope, [_note("equal-slopes", words)]
    if any(alike):
        words = tell(
            "slopes are alike in one file and differ in the other: the two models are not the same, and no "
            "line makes them so; calibrate both by one model"
        )
        return None, [_note("models-differ", words)]
    return None, []


def _undefined(method: str, old: str, new: str) -> Message:
    if method == "mean-sigma":
        return tell(
            "the common items of {old} or {new} all have the same difficulty: mean-sigma needs them to "
            "differ; take haebara, stocking-lord or mean-mean",
            old=old,
            new=new,
        )
    return tell(
        "the common items of {old} and {new} do not tell the line from one scale to the other: from -4 to 4 "
        "on the scale of {old} their curves are flat",
        old=old,
        new=new,
    )


def _anchor_notes(
    o: Items, n: Items, old: Calibration, new: Calibration, common: _CommonItems, clean: PurifiedLink
) -> list[Document]:
    """What a person must know of the common items."""
    notes: list[Document] = []
    shorter = min(len(old.names), len(new.names))
    if len(common.names) < max(FEW, SHARE * shorter):
        words = tell(
            "only {n} common items, of {shorter} in the shorter form: the constants rest on few; a fifth of "
            "the form, and five, are the usual least",
            n=len(common.names),
            shorter=shorter,
        )
        notes.append(_note("few-anchors", words))
    if ((o.c > 0).any()) != ((n.c > 0).any()):
        words = tell("one file has lower asymptotes (c) and the other none: calibrate both by one model")
        notes.append(_note("asymptotes-differ", words))
    agreement = _correlation(o.b, n.b)
    if len(common.names) >= FEW and agreement < LEAST_AGREEMENT:
        words = tell(
            "difficulties of the common items hardly agree (correlation {agreement:.2f}): are they the "
            "same items in both files?",
            agreement=agreement,
        )
        notes.append(_note("difficulties-disagree", words))
    link, kept = clean.link, clean.kept
    slopes, difficulties = float(n.a[kept].mean() / o.a[kept].mean()), _ratio(o.b[kept], n.b[kept])
    unlike = len(common.names) >= FEW and not 1 / UNLIKE <= slopes / difficulties <= UNLIKE
    if unlike and np.isfinite(difficulties):
        words = tell(
            "slopes of the common items say that a unit of NEW is {slopes:.2f} of OLD, difficulties "
            "{difficulties:.2f}: is one of the files on the metric with 1.7?",
            slopes=slopes,
            difficulties=difficulties,
        )
        notes.append(_note("methods-disagree", words))
    if not 1 / FAR <= link.slope <= FAR:
        words = tell(
            "a slope of {slope:.2f} is far from 1: are both files on the logistic metric without 1.7, and "
            "of the same items?",
            slope=link.slope,
        )
        notes.append(_note("far-slope", words))
    return notes


def _drift_notes(
    names: Sequence[str], found: Drift, kept: NDArray[np.bool_], purify: bool, clean: Any
) -> list[Document]:
    notes = []
    for name, d, rmsd, drifts, stays in zip(
        names, found.displacement, found.rmsd, found.drifts, kept, strict=True
    ):
        if not (drifts or not stays):
            continue
        harder = tell("harder") if d > 0 else tell("easier")
        what = tell(
            "has drifted: {size:.2f} {harder} than it was, and its curve differs by {rmsd:.3f}",
            size=abs(d),
            harder=harder,
            rmsd=rmsd,
        )
        end = tell("left out of the link") if not stays else tell("still part of the link")
        notes.append(_note("drift", tell("{what}: {end}", what=what, end=end), name))
    if found.drifts[kept].any() and not purify:
        words = tell("{purify} links again without the items that have drifted", purify=option("purify"))
        notes.append(_note("drift-kept", words))
    if clean.too_many:
        words = tell(
            "so many common items drift that fewer than half of them, or than three, would be left: no more "
            "were left out; look at the items, and whether both files are of the same test"
        )
        notes.append(_note("too-many-drift", words))
    elif not clean.settled:
        words = tell("which items drift depends on which are left out, in a circle: the last round stands")
        notes.append(_note("drift-unsettled", words))
    return notes


def _correlation(x: Floats, y: Floats) -> float:
    if len(x) < 2 or x.std() < 1e-9 or y.std() < 1e-9:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def _ratio(x: Floats, y: Floats) -> float:
    return float(x.std() / y.std()) if y.std() > 1e-9 else float("nan")


def _carried(new: Calibration, link: Link) -> list[Document]:
    """The new calibration's items on the old scale; errors as if the constants were known."""
    here, n = carried(new.items, link), len(new.names)
    errors = np.full((3, n), np.nan)
    if new.covariance is not None:
        errors = np.sqrt(np.maximum(np.diagonal(new.covariance), 0.0)).reshape(3, n)
    columns = {
        "a": here.a, "b": here.b, "c": here.c, "u": here.u, "se_a": errors[0] / link.slope,
        "se_b": errors[1] * link.slope, "se_c": errors[2],
    }  # fmt: skip
    told = {what: plain(np.asarray(values)) for what, values in columns.items()}
    return [{"item": name, **{what: told[what][k] for what in told}} for k, name in enumerate(new.names)]


# ── errors ───────────────────────────────────────────────────────────────────────────────────


class _Linked(NamedTuple):
    """Two calibrations, and how the one was put on the scale of the other."""

    old: Calibration
    new: Calibration
    common: _CommonItems
    kept: NDArray[np.bool_]
    criterion: CurveCriterion
    slope_known: bool


def _of_link(of: _Linked, link: Link, method: Method) -> tuple[Floats, Floats]:
    """(2, 3J) derivatives of the constants by the parameters of all items of each calibration."""
    places = of.common.in_old[of.kept], of.common.in_new[of.kept]
    pair = link_jacobians(
        of.old.items.some(places[0]),
        of.new.items.some(places[1]),
        link,
        method,
        of.criterion,
        of.slope_known,
    )
    out = []
    for jacobian, place, one in zip(pair, places, (of.old, of.new), strict=True):
        whole = np.zeros((2, 3, len(one.names)))
        whole[:, :, place] = jacobian.reshape(2, 3, -1)
        out.append(whole.reshape(2, -1))
    return out[0], out[1]


def _errors(of: _Linked, link: Link, method: Method) -> Floats | None:
    """(2,) standard errors of slope and intercept by the delta method, where parameters have theirs."""
    if of.old.covariance is None or of.new.covariance is None:
        return None
    jacobians = _of_link(of, link, method)
    used = [np.flatnonzero(np.abs(one).sum(axis=0) > 0) for one in jacobians]
    covariance = delta_covariance(
        (jacobians[0][:, used[0]], jacobians[1][:, used[1]]),
        (of.old.covariance[np.ix_(used[0], used[0])], of.new.covariance[np.ix_(used[1], used[1])]),
    )
    variances = np.diagonal(covariance)
    if not np.isfinite(variances).all() or (variances < -1e-12).any():
        return None
    return np.sqrt(np.maximum(variances, 0.0))


# ── equating ─────────────────────────────────────────────────────────────────────────────────


def _check_rising(name: str, items: Items) -> None:
    """Refuses items whose expected score does not rise with ability."""
    if not rises(items):
        message = tell(
            "the expected score does not rise with ability, as true-score equating needs: look at "
            "the keys of items with negative slopes, or leave them out of the file"
        )
        raise Refused(
            tell("{name}: {message}", name=name, message=message),
            [Problem(name, "curve-not-rising", message)],
        )


def _equated(of: _Linked, link: Link, asked: LinkingOptions) -> tuple[Document, list[Document]]:
    """Each score of the new form as a score of the old one, with its standard error."""
    notes: list[Document] = []
    old, new = of.old, of.new
    here = carried(new.items, link)
    of_link = _of_link(of, link, asked.method)
    n_new = len(new.names)
    theta: list[float | None] = [None] * (n_new + 1)
    if asked.equate == "true":
        _check_rising(old.name, old.items)
        _check_rising(new.name, here)
        found = true_scores(here, old.items)
        theta, y = plain(found.theta), found.y
        jacobians = true_score_jacobians(new.items, old.items, link, found, of_link)
        beyond = [x for x in range(n_new + 1) if theta[x] is None]
        low = [x for x in beyond if 0 < x < n_new / 2]
        if low:
            words = tell(
                "scores up to {score} lie below what guessing alone brings ({sum:.2f}, the sum of c): no "
                "true score is so low; they stand on a line from 0 to the old form's {old:.2f} (Kolen, 1981)",
                score=max(low),
                sum=ends(here)[0],
                old=ends(old.items)[0],
            )
            notes.append(_note("below-guessing", words))
    else:
        wide = plink_grid("normal")
        own = np.exp(-0.5 * ((wide.nodes - link.intercept) / link.slope) ** 2)
        mixed = (1.0 - asked.new_weight) * wide.weights + asked.new_weight * own / own.sum()
        grid = Grid(wide.nodes, mixed)
        seen = observed_scores(here, old.items, grid)
        y = seen.y
        jacobians = observed_score_jacobians(new.items, old.items, link, seen, grid, of_link)
    se: list[float | None] = [None] * (n_new + 1)
    if old.covariance is not None and new.covariance is not None:
        covariance = delta_covariance(jacobians, (old.covariance, new.covariance))
        with np.errstate(invalid="ignore"):
            se = plain(np.sqrt(np.maximum(np.diagonal(covariance), 0.0)))
    return {
        "method": asked.equate,
        "new_weight": asked.new_weight if asked.equate == "observed" else None,
        "table": [
            {"x": x, "y": plain(float(y[x])), "se": se[x], "theta": theta[x]} for x in range(n_new + 1)
        ],
    }, notes
