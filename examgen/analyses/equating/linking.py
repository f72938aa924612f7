"""Two calibrations with common items → the linear transformation of the new scale to the old one.

The document also says how far each common item has drifted and, if asked, which score of the old form
corresponds to each score of the new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from examgen.analyses.documents import Document, in_both, note
from examgen.analyses.equating.options import LinkingOptions
from examgen.analyses.equating.parameters import Calibration, calibration_of, read_parameters
from examgen.analyses.options import ResponseSource
from examgen.analyses.sources import load_responses
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import option, tell, tell_n
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
    slopes_alike,
    well_known,
)
from examgen.stats.item_response import checked
from examgen.stats.mml_fit import fit_mml
from examgen.stats.quadrature import Grid
from examgen.stats.results import plain

Floats = NDArray[np.float64]
FEWEST = 2
UNLIKE = 1.35
"""A note is made when the mean/mean and mean/sigma slopes differ by a larger factor."""
FEW, SHARE = 5, 0.2
"""A note is made when there are fewer common items, or when they are a smaller share of the shorter form
(Kolen & Brennan, 2014, p. 287)."""
FAR = 3.0
"""A note is made when the slope is above this or below its inverse."""
LEAST_AGREEMENT = 0.9
"""A note is made when the difficulties correlate less (Huynh & Meyer, 2010, ask for 0.95)."""


def analyse_link(old: ResponseSource, new: ResponseSource, asked: LinkingOptions) -> Document:
    """The link from the new scale to the old: `slope`, `intercept`, `anchors`, `items`, `notes` …

    Raises WrongUsage for options of responses without a model, since the files are then tables of parameters;
    Refused where `link_calibrations` does.
    """
    if asked.model is None and not (old.says_nothing and new.says_nothing):
        raise WrongUsage(
            tell(
                "options of responses go with {model}: without it OLD and NEW are tables of parameters",
                model=option("model"),
            )
        )
    pair = []
    for source in (old, new):
        if asked.model is None:
            pair.append(read_parameters(source.files[0]))
            continue
        try:
            prior = checked(asked.model, prior_c=asked.prior_c)[1]
        except ValueError as reason:
            raise WrongUsage(in_both(reason.args[0])) from None
        loaded = load_responses(source, 1)
        fit = fit_mml(loaded.scored.cells, asked.model, prior_c=prior)
        pair.append(calibration_of(loaded.name, loaded.scored.items, fit, loaded.sha256))
    return link_calibrations(pair[0], pair[1], asked)


def link_calibrations(old: Calibration, new: Calibration, asked: LinkingOptions) -> Document:
    """The document of `analyse_link` for two calibrations.

    Raises Refused when too few common items can link, when they do not determine the link, or when
    true-score equating is asked for and an expected score does not rise with ability.
    """
    notes = [note(code, message) for code, message in (*old.notes, *new.notes)]
    in_old, in_new, left = _in_common(old, new)
    notes += left
    names = [new.names[j] for j in in_new]
    o, n = old.items.some(in_old), new.items.some(in_new)
    criterion = CurveCriterion(plink_grid("equal" if asked.weights == "equal" else "normal"), asked.symmetric)
    # where all items of each calibration discriminate alike, as under Rasch and 1PL, the slope is known
    slope: float | None = None
    alike = [slopes_alike(one) for one in (o, n)]
    if all(alike) and not asked.free_slope:
        slope = float(n.a.mean() / o.a.mean())
        words = tell(
            "all slopes are alike in each file (Rasch, 1PL): the slope of the link is theirs, {slope:.4f}, "
            "whatever the method; {free_slope} estimates it",
            slope=slope,
            free_slope=option("free-slope"),
        )
        notes.append(note("equal-slopes", words))
    elif any(alike) and not asked.free_slope:
        words = tell(
            "slopes are alike in one file and differ in the other: the two models are not the same, and no "
            "line makes them so; calibrate both by one model"
        )
        notes.append(note("models-differ", words))

    def by(own_old: Items, own_new: Items) -> Link:
        try:
            return link_scales(own_old, own_new, asked.method, criterion, slope)
        except ValueError as reason:
            if asked.method == "mean-sigma":
                message = tell(
                    "the common items of {old} or {new} all have the same difficulty: mean-sigma needs them "
                    "to differ; take haebara, stocking-lord or mean-mean",
                    old=old.name,
                    new=new.name,
                )
            else:
                message = tell(
                    "the common items of {old} and {new} do not tell the line from one scale to the other: "
                    "from -4 to 4 on the scale of {old} their curves are flat",
                    old=old.name,
                    new=new.name,
                )
            raise Refused(message) from reason

    # find the items that have drifted; if asked, link again without them
    grid, rule = plink_grid("normal"), DriftRule(asked.drift_z, asked.drift_rmsd)
    errors = None
    if old.covariance is not None and new.covariance is not None:
        found: list[Floats] = []
        for covariance, places in ((old.covariance, in_old), (new.covariance, in_new)):
            variances = np.diagonal(covariance).reshape(3, -1)[:2, places]
            found += list(np.sqrt(np.maximum(np.nan_to_num(variances), 0.0)))
        errors = DriftErrors(*found)
    if asked.purify:
        clean = purified(o, n, by, grid, rule, errors)
    else:
        clean = PurifiedLink(by(o, n), np.ones(len(names), dtype=np.bool_), True, False)
    link, kept = clean.link, clean.kept
    drifted = drift(o, n, link, grid, rule, errors)
    notes += _item_notes(names, o, n, drifted, clean, min(len(old.names), len(new.names)), asked)

    def by_parameters(own: Link, way: Method) -> tuple[Floats, Floats]:
        """(2, 3J) derivatives of the constants with respect to all item parameters, for each calibration."""
        out = []
        pair = link_jacobians(o.some(kept), n.some(kept), own, way, criterion, slope is not None)
        for jacobian, place, one in zip(pair, (in_old[kept], in_new[kept]), (old, new), strict=True):
            whole = np.zeros((2, 3, len(one.names)))
            whole[:, :, place] = jacobian.reshape(2, 3, -1)
            out.append(whole.reshape(2, -1))
        return out[0], out[1]

    # the constants of every method; delta-method standard errors need those of the parameters
    constants = []
    for way in METHODS:
        line: Document = {"method": way, **dict.fromkeys(("slope", "intercept", "se_slope", "se_intercept"))}
        constants.append(line)
        try:
            own = (
                link
                if way == asked.method
                else link_scales(o.some(kept), n.some(kept), way, criterion, slope)
            )
        except ValueError:
            continue
        line |= {"slope": plain(own.slope), "intercept": plain(own.intercept)}
        if old.covariance is None or new.covariance is None:
            continue
        jacobians = by_parameters(own, way)
        used = [np.flatnonzero(np.abs(one).sum(axis=0) > 0) for one in jacobians]
        covariance = delta_covariance(
            (jacobians[0][:, used[0]], jacobians[1][:, used[1]]),
            (old.covariance[np.ix_(used[0], used[0])], new.covariance[np.ix_(used[1], used[1])]),
        )
        variances = np.diagonal(covariance)
        if np.isfinite(variances).all() and (variances >= -1e-12).all():
            se = np.sqrt(np.maximum(variances, 0.0))
            line |= {"se_slope": plain(se[0]), "se_intercept": plain(se[1])}
    ours = next(line for line in constants if line["method"] == asked.method)
    if ours["se_slope"] is None:
        words = tell("without standard errors of the parameters (se_a, se_b) the constants have none, either")
        notes.append(note("no-standard-errors", words))
    elif not (old.exact and new.exact):
        words = tell(
            "standard errors take parameters of different items as independent, for that is all that a table "
            "shows: from files of responses ({model}) they are whole",
            model=option("model"),
        )
        notes.append(note("errors-by-item", words))
    equating = None
    if asked.equate is not None:
        equating, told = _equated(old, new, link, by_parameters(link, asked.method), asked)
        notes += told

    # The common items on both scales, and all new items on the old one. Errors take the constants as known.
    here, every = carried(n, link), carried(new.items, link)
    known = np.full((3, len(new.names)), np.nan)
    if new.covariance is not None:
        known = np.sqrt(np.maximum(np.diagonal(new.covariance), 0.0)).reshape(known.shape)
    anchors = {
        "item": names, "a_old": o.a, "b_old": o.b, "c_old": o.c, "a_new": n.a, "b_new": n.b, "c_new": n.c,
        "a_linked": here.a, "b_linked": here.b, "displacement": drifted.displacement,
        "displacement_se": np.full(len(names), np.nan) if errors is None else drifted.se,
        "z_a": drifted.z_a, "z_b": drifted.z_b, "d2": drifted.d2, "rmsd": drifted.rmsd,
        "drifts": drifted.drifts, "used": kept,
    }  # fmt: skip
    items = {
        "item": new.names, "a": every.a, "b": every.b, "c": every.c,
        "se_a": known[0] / link.slope, "se_b": known[1] * link.slope, "se_c": known[2],
    }  # fmt: skip
    old_side, new_side = (
        {"file": one.name, "sha256": one.sha256, "n_items": len(one.names)} for one in (old, new)
    )
    sign = "-" if link.intercept < 0 else "+"
    return {
        **ours,
        "equation": f"theta_old = {link.slope:.6f} * theta_new {sign} {abs(link.intercept):.6f}",
        "old": old_side,
        "new": new_side,
        "inverse": {"slope": plain(link.inverse.slope), "intercept": plain(link.inverse.intercept)},
        "slope_known": slope is not None,
        "criterion": {"weights": asked.weights, "symmetric": asked.symmetric},
        "rule": {"z": asked.drift_z, "rmsd": asked.drift_rmsd},
        "n_common": len(names),
        "n_used": int(kept.sum()),
        "dropped": [name for name, stays in zip(names, kept, strict=True) if not stays],
        "b_correlation": plain(_correlation(o.b[kept], n.b[kept])),
        "b_sd_ratio": plain(_ratio(o.b[kept], n.b[kept])),
        "constants": constants,
        "anchors": _by_row(anchors),
        "items": _by_row(items),
        "equating": equating,
        "notes": notes,
    }


def _by_row(columns: Mapping[str, Any]) -> list[Document]:
    """Columns → one document for each row."""
    values = [plain(one) for one in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]


def _in_common(
    old: Calibration, new: Calibration
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[Document]]:
    """Indices of the common items that can link, in `old` and in `new`, and notes on those that cannot.

    Raises Refused for fewer than `FEWEST`.
    """
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
    notes = [note("negative-slope", turned, new.names[j]) for i, j in pairs if (i, j) not in set(rising)]
    known = []
    for one, common in ((old, [i for i, _ in rising]), (new, [j for _, j in rising])):
        n = len(one.names)
        error = np.zeros(n) if one.covariance is None else np.sqrt(np.diagonal(one.covariance)[n : 2 * n])
        known.append(well_known(one.items, error, np.array(common, dtype=np.int64)))
    sound = [(i, j) for i, j in rising if known[0][i] and known[1][j]]
    vague = tell("its difficulty is hardly known in one of the files: it does not link")
    notes += [note("unknown-difficulty", vague, new.names[j]) for i, j in rising if (i, j) not in set(sound)]
    if len(sound) < FEWEST:
        message = tell_n(
            "{n} common item that can link: one item cannot tell a change of the scale from one of "
            "the item; two are the least, and a fifth of the form is usual",
            "{n} common items that can link: one item cannot tell a change of the scale from one of "
            "the item; two are the least, and a fifth of the form is usual",
            len(sound),
        )
        raise Refused(
            tell("{old} and {new}: {message}", old=old.name, new=new.name, message=message),
            [Problem(new.name, "too-few-common-items", message)],
        )
    in_old, in_new = np.array(sound, dtype=np.int64).T
    return in_old, in_new, notes


def _item_notes(
    names: Sequence[str],
    o: Items,
    n: Items,
    found: Drift,
    clean: PurifiedLink,
    shorter: int,
    asked: LinkingOptions,
) -> list[Document]:
    """Notes on the common items: which have drifted, and what makes the link doubtful.

    `shorter` is the number of items of the shorter form.
    """
    notes: list[Document] = []
    link, kept = clean.link, clean.kept
    for name, d, rmsd, drifts, stays in zip(
        names, found.displacement, found.rmsd, found.drifts, kept, strict=True
    ):
        if drifts or not stays:
            what = tell(
                "has drifted: {size:.2f} {harder} than it was, and its curve differs by {rmsd:.3f}",
                size=abs(d),
                harder=tell("harder") if d > 0 else tell("easier"),
                rmsd=rmsd,
            )
            end = tell("left out of the link") if not stays else tell("still part of the link")
            notes.append(note("drift", tell("{what}: {end}", what=what, end=end), name))
    if found.drifts[kept].any() and not asked.purify:
        words = tell("{purify} links again without the items that have drifted", purify=option("purify"))
        notes.append(note("drift-kept", words))
    if clean.too_many:
        words = tell(
            "so many common items drift that fewer than half of them, or than three, would be left: the rest "
            "were kept; look at the items, and whether both files are of the same test"
        )
        notes.append(note("too-many-drift", words))
    elif not clean.settled:
        words = tell("which items drift depends on which are left out, in a circle: the last round is used")
        notes.append(note("drift-unsettled", words))
    if len(names) < max(FEW, SHARE * shorter):
        words = tell(
            "only {n} common items, of {shorter} in the shorter form: the constants rest on few; a fifth of "
            "the form, and five, are the usual least",
            n=len(names),
            shorter=shorter,
        )
        notes.append(note("few-anchors", words))
    if ((o.c > 0).any()) != ((n.c > 0).any()):
        words = tell("one file has lower asymptotes (c) and the other none: calibrate both by one model")
        notes.append(note("asymptotes-differ", words))
    agreement = _correlation(o.b, n.b)
    if len(names) >= FEW and agreement < LEAST_AGREEMENT:
        words = tell(
            "difficulties of the common items hardly agree (correlation {agreement:.2f}): are they the "
            "same items in both files?",
            agreement=agreement,
        )
        notes.append(note("difficulties-disagree", words))
    slopes, difficulties = float(n.a[kept].mean() / o.a[kept].mean()), _ratio(o.b[kept], n.b[kept])
    unlike = len(names) >= FEW and not 1 / UNLIKE <= slopes / difficulties <= UNLIKE
    if unlike and np.isfinite(difficulties):
        words = tell(
            "slopes of the common items say that a unit of NEW is {slopes:.2f} of OLD, difficulties "
            "{difficulties:.2f}: is one of the files on the metric with 1.7?",
            slopes=slopes,
            difficulties=difficulties,
        )
        notes.append(note("methods-disagree", words))
    if not 1 / FAR <= link.slope <= FAR:
        words = tell(
            "a slope of {slope:.2f} is far from 1: are both files on the logistic metric without 1.7, and "
            "of the same items?",
            slope=link.slope,
        )
        notes.append(note("far-slope", words))
    return notes


def _correlation(x: Floats, y: Floats) -> float:
    if len(x) < 2 or x.std() < 1e-9 or y.std() < 1e-9:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def _ratio(x: Floats, y: Floats) -> float:
    return float(x.std() / y.std()) if y.std() > 1e-9 else float("nan")


def _equated(
    old: Calibration, new: Calibration, link: Link, of_link: tuple[Floats, Floats], asked: LinkingOptions
) -> tuple[Document, list[Document]]:
    """The score of the old form for each score of the new one, with its standard error; and notes.

    `of_link` has the derivatives of the link with respect to the parameters of both calibrations. Raises
    Refused when true-score equating is asked for and an expected score does not rise with ability.
    """
    notes: list[Document] = []
    here = carried(new.items, link)
    n_new = len(new.names)
    theta: list[float | None] = [None] * (n_new + 1)
    if asked.equate == "true":
        for name, items in ((old.name, old.items), (new.name, here)):
            if not rises(items):
                message = tell(
                    "the expected score does not rise with ability, as true-score equating needs: look at "
                    "the keys of items with negative slopes, or leave them out of the file"
                )
                raise Refused(
                    tell("{name}: {message}", name=name, message=message),
                    [Problem(name, "curve-not-rising", message)],
                )
        found = true_scores(here, old.items)
        theta, y = plain(found.theta), found.y
        jacobians = true_score_jacobians(new.items, old.items, link, found, of_link)
        beyond = [x for x in range(n_new + 1) if theta[x] is None]
        low = [x for x in beyond if 0 < x < n_new / 2]
        if low:
            words = tell(
                "scores up to {score} lie below what guessing alone brings ({sum:.2f}, the sum of c): no "
                "true score is so low; they are interpolated between 0 and the old form's {old:.2f} "
                "(Kolen, 1981)",
                score=max(low),
                sum=ends(here)[0],
                old=ends(old.items)[0],
            )
            notes.append(note("below-guessing", words))
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
