"""Scores of two forms → the conversion of one into the other, as plain values, and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from examgen.analyses.documents import Document, note, notices
from examgen.analyses.equating.options import EquatingOptions, method_words
from examgen.analyses.equating.scores import FormScores, ScoreCounts, counted, read_forms
from examgen.analyses.options import ResponseSource
from examgen.core.problems import Problem, Refused
from examgen.core.processes import ALONE, Workers, at_work, spread
from examgen.core.words import Message, option, tell
from examgen.psychometrics.equating import errors, methods
from examgen.psychometrics.equating.advice import ENOUGH_LINEAR, ENOUGH_RANKS, advise, method_for
from examgen.psychometrics.equating.designs import BY_RANKS
from examgen.psychometrics.equating.methods import MethodOptions
from examgen.psychometrics.equating.presmoothing import Degrees, LogLinear, SmoothingCandidate, choose, fit
from examgen.psychometrics.equating.scores import Floats, joint_moments, moments, step_of
from examgen.stats.results import plain

FAR_APART = 0.3
"""Standard deviations between the groups on the anchor."""
_ALONE = 0.01
_WORTH_A_PROCESS = 1000
"""Bootstrap samples to be smoothed that pay for a process; without smoothing, ten times as many."""
DECIMALS = 12
"""Of converted scores, before anybody rounds them."""


class Equated(NamedTuple):
    """What was found: the document, and what the file of the conversion is made of."""

    document: Document
    x: FormScores
    y: FormScores
    points: tuple[Fraction, ...]
    """(K,) scores on X, exactly."""
    conversion: Floats
    ends: tuple[Fraction, Fraction]
    """Of the scale of Y."""
    full: Fraction
    """Of X."""


def equate_forms(source: ResponseSource, options: EquatingOptions, workers: Workers = ALONE) -> Equated:
    """The scores of the first form put on the scale of the second; `workers` equate the bootstrap samples.

    Raises WrongUsage for words that mean nothing together, Refused for files that cannot be read, and where
    the samples do not determine the conversion.
    """
    x, y = read_forms(source, options)
    counts = counted(x, y, options)
    notes = notices(counts.notices)
    sizes = int(counts.x.sum()), int(counts.y.sum())
    method, chosen = _method(options, sizes, notes)
    # samples that cannot say anything by that method
    for own, scale, form in ((counts.x, counts.scales.x, x), (counts.y, counts.scales.y, y)):
        total = own if own.ndim == 1 else own.sum(axis=1)
        if total.sum() < 2:
            raise _refused(form, "one-candidate", tell("has one candidate: two at least are needed"))
        if np.count_nonzero(total) == 1 and method not in ("mean", "circle-arc", "chained-mean"):
            message = tell(
                "has the same score ({at:g}) for every candidate: nothing can be equated by {method}",
                at=float(scale[np.flatnonzero(total)[0]]),
                method=method_words(method),
            )
            raise _refused(form, "constant-score", message)
        if own.ndim == 2 and np.count_nonzero(own.sum(axis=0)) == 1:
            message = tell("has the same score on the anchor for every candidate: the anchor tells nothing")
            raise _refused(form, "constant-anchor", message)
    models, smoothing = _smoothing(options, chosen, counts, (x, y))
    weight = options.weight if options.weight is not None else sizes[0] / sum(sizes)
    numerics = MethodOptions(method, weight, options.internal, models)
    # what floating point adds beyond is noise, and would round a half down
    conversion = np.round(methods.equated(counts.x, counts.y, counts.scales, numerics), DECIMALS) + 0.0
    wrong: Message | None = None
    if not np.isfinite(conversion).all():
        if "circle" in method:
            wrong = tell(
                "the middle of the arc lies outside the scale: the candidates are at an end of it, or the "
                "groups are too far apart"
            )
        elif method == "levine":
            wrong = tell(
                "total and anchor do not go together in the samples: {method} is not defined",
                method=method_words(method),
            )
        else:
            wrong = tell(
                "the samples do not determine the conversion by {method}", method=method_words(method)
            )
    elif (np.diff(conversion) < -1e-9).any():
        wrong = tell("by {method} more points on X would be worth less on Y", method=method_words(method))
    if wrong is not None:
        raise Refused(
            tell("nothing was equated: {message}", message=wrong),
            [Problem(f"{x.label} + {y.label}", "not-determined", wrong)],
        )
    table, errors_of = _table(counts, conversion, numerics, options, workers, notes)
    notes += _warnings(counts, method, numerics, (x, y), sizes)
    if len(source.files) == 2 and (x.sha256, x.form) == (y.sha256, y.form):
        notes.append(
            note(
                "same-file", tell("X and Y are the same file, byte for byte: name the file of the other form")
            )
        )
    # candidates whose converted score lies off the scale of Y by more than half a step, as lines lead to
    scale, half = counts.scales.y, 0.5 * step_of(counts.scales.y) + 1e-9
    off = (conversion < scale[0] - half) | (conversion > scale[-1] + half)
    if n_off := int(_totals(counts)[0][off].sum()):
        message = tell(
            "{n} candidates have a score on X that is worth more or less than the scale of Y holds", n=n_off
        )
        notes.append(note("beyond-scale", message))
    advice = _advice(table, counts, method)
    if advice is not None and advice["method"] == "identity":
        values = {"method": method_words(method), "error": advice["error"]}
        message = (
            tell(
                "identity (scores on X as they are) would be as good or better here: it is estimated to be "
                "{own:.2f} points off, {method} {error:.2f} (Kolen & Brennan 2014, section 8.3; Skaggs 2005; "
                "Livingston & Kim 2009)",
                own=advice["identity_error"],
                **values,
            )
            if advice["identity_error"]
            else tell(
                "identity (scores on X as they are) would be as good or better here: the forms do not differ "
                "by more than random error, and {method} is estimated to be {error:.2f} points off (Kolen & "
                "Brennan 2014, section 8.3; Skaggs 2005; Livingston & Kim 2009)",
                **values,
            )
        )
        notes.append(note("identity-as-good", message))
    anchor: Document | None = None
    if len(counts.scales.anchor):
        anchor = {
            "kind": "internal" if options.internal else "external",
            "items": list(x.items),
            "points": plain(counts.scales.anchor[-1]),
        }
        for name, own, scale in (("x", counts.x, counts.scales.x), ("y", counts.y, counts.scales.y)):
            joint = joint_moments(own, scale, counts.scales.anchor)
            with np.errstate(divide="ignore", invalid="ignore"):
                correlation = joint.covariance / np.sqrt(joint.variance * joint.anchor_variance)
            anchor |= {
                f"mean_{name}": plain(joint.anchor_mean),
                f"sd_{name}": plain(np.sqrt(joint.anchor_variance)),
                f"correlation_{name}": plain(correlation),
            }
    both = (counts.x, counts.y) if models is None else (models[0].counts(), models[1].counts())
    synthetic = methods.synthetic_of(*both, counts.scales, numerics)
    line = None if method in BY_RANKS else methods.line_of(counts.x, counts.y, counts.scales, numerics)
    full = counts.points_x[-1], counts.points_y[-1]
    document: Document = {
        "design": options.design,
        "method": method,
        "method_given": options.method is not None,
        "x": _form_told(x, counts.x, counts.scales.x, full[0]),
        "y": _form_told(y, counts.y, counts.scales.y, full[1]),
        "anchor": anchor,
        "synthetic": None
        if synthetic is None
        else {
            "weight": weight,
            **{name: plain(np.asarray(value)[()]) for name, value in synthetic._asdict().items()},
        },
        "line": None
        if line is None
        else {name: plain(np.asarray(value)[()]) for name, value in line._asdict().items()},
        "presmoothing": smoothing,
        **errors_of,
        "table": table,
        "verdict": _verdict(table, full, options.cut, counts),
        "advice": advice,
        "notes": notes,
    }
    ends = counts.points_y[0], counts.points_y[-1]
    return Equated(document, x, y, counts.points_x, conversion, ends, full[0])


def _method(options: EquatingOptions, sizes: tuple[int, int], notes: list[Document]) -> tuple[str, bool]:
    """The method, and whether it is to be smoothed since it was chosen here."""
    if options.method is not None:
        return options.method, False
    least = min(sizes)
    name = method_for(least, options.design)
    message = tell(
        "no {method_option} was given: {method} was chosen, as the smaller sample has {n} candidates",
        method=method_words(name), n=least, method_option=option("method")
    )  # fmt: skip
    notes.append(note("method-chosen", message))
    return name, name in BY_RANKS


def _refused(form: FormScores, code: str, message: Message) -> Refused:
    return Refused(
        tell("{name} {message}", name=form.label, message=message), [Problem(form.label, code, message)]
    )


def _smoothing(
    options: EquatingOptions, chosen: bool, counts: ScoreCounts, forms: tuple[FormScores, FormScores]
) -> tuple[tuple[LogLinear, LogLinear] | None, Document | None]:
    """The models of both forms, and what is told of them and of those that were looked at."""
    if not (options.smooth == "loglinear" or chosen):
        return None, None
    found: list[LogLinear] = []
    told: Document = {"model": "loglinear", "chosen_by": None if options.degree else options.select}
    anchor = counts.scales.anchor
    degrees = None
    if given := options.degree:
        total = given[0]
        degrees = Degrees(
            total, given[1] if len(given) == 3 else total, given[-1] if len(given) > 1 else min(2, total)
        )
    for name, own, scale, form in zip(
        "xy", (counts.x, counts.y), (counts.scales.x, counts.scales.y), forms, strict=True
    ):
        scales = [scale] if own.ndim == 1 else [scale, anchor]
        tried: tuple[SmoothingCandidate, ...] = ()
        if degrees:
            model = fit(own, scales, degrees)
        else:
            model, tried = choose(own, scales, options.select)
        if model is None:
            message = (
                tell(
                    "has too few different scores for log-linear smoothing of that degree: lower {degree}",
                    degree=option("degree"),
                )
                if degrees
                else tell(
                    "has too few different scores for log-linear smoothing: use {smooth}",
                    smooth=option("smooth", "none"),
                )
            )
            raise _refused(form, "cannot-smooth", message)
        found.append(model)
        told[name] = {
            "degree": model.degrees.total,
            "degree_anchor": model.degrees.anchor or None,
            "degree_products": model.degrees.cross or None,
            "deviance": plain(model.deviance),
            "df": model.df,
            "aic": plain(model.aic),
            "bic": plain(model.bic),
            "counts": plain(model.counts()),
            "tried": [
                {
                    "degree": one.degrees.total,
                    "degree_products": one.degrees.cross or None,
                    "deviance": plain(one.deviance),
                    "df": one.df,
                    "aic": plain(one.aic),
                    "bic": plain(one.bic),
                    "p": plain(one.p),
                    "taken": one.taken,
                }
                for one in tried
            ],
        }
    return (found[0], found[1]), told


def _totals(counts: ScoreCounts) -> tuple[Floats, Floats]:
    """How many candidates have each total on X, and on Y."""
    x, y = (own if own.ndim == 1 else own.sum(axis=1) for own in (counts.x, counts.y))
    return x, y


def _table(
    counts: ScoreCounts,
    conversion: Floats,
    numerics: MethodOptions,
    options: EquatingOptions,
    workers: Workers,
    notes: list[Document],
) -> tuple[list[Document], Document]:
    """A row for each score on X, and what is told of their errors."""
    analytic, kind = errors.analytic(counts.x, counts.y, counts.scales, numerics)
    se, low, high = analytic, None, None
    told: Document = {"se_method": kind, "bootstrap": None}
    if options.bootstrap:
        worth = options.bootstrap // (_WORTH_A_PROCESS if numerics.smooth else 10 * _WORTH_A_PROCESS)
        with at_work(workers, worth) as executor:
            made = errors.bootstrap(
                counts.x,
                counts.y,
                counts.scales,
                numerics,
                options.bootstrap,
                options.seed,
                spread(executor),
            )
        used = len(made.conversions)
        se, (low, high) = made.errors(), made.interval()
        told = {
            "se_method": "bootstrap",
            "bootstrap": {"replications": options.bootstrap, "used": used, "seed": options.seed},
        }
        if used < options.bootstrap:
            message = tell(
                "{n} of {all} bootstrap samples did not determine the conversion and are left out",
                n=options.bootstrap - used, all=options.bootstrap,
            )  # fmt: skip
            notes.append(note("bootstrap-lost", message))
    if any(np.count_nonzero(one) == 1 for one in _totals(counts)):
        # a sample in which nobody differs says nothing of how far another one would lie
        analytic = se = np.full_like(se, np.nan)
        low, high = (None, None) if low is None else (se, se)
    if not np.isfinite(se).all():
        notes.append(
            note("no-error", tell("the standard error is not known at every score: there it is null"))
        )
    candidates, _ = _totals(counts)
    columns = {"y": conversion, "se": se}
    if low is not None and high is not None:
        columns |= {"se_analytic": analytic, "low": low, "high": high}
    # the last digits hang on how many threads a machine multiplies with
    rounded = {name: np.round(values, DECIMALS) for name, values in columns.items()}
    rows = []
    for n, point in enumerate(counts.points_x):
        row: Document = {"x": _number(point), **{name: plain(values[n]) for name, values in rounded.items()}}
        rows.append(row | {"n": int(candidates[n])})
    return rows, told


def _number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _form_told(form: FormScores, counts: Floats, scale: Floats, full: Fraction) -> Document:
    total = counts if counts.ndim == 1 else counts.sum(axis=1)
    own = moments(total, scale)
    there = scale[total > 0]
    return {
        "name": form.label,
        "form": form.form,
        "sha256": form.sha256,
        "n": int(own.n),
        "points": _number(full),
        "mean": plain(own.mean),
        "sd": plain(own.sd),
        "skewness": plain(own.skewness),
        "kurtosis": plain(own.kurtosis),
        "lowest": plain(there[0]),
        "highest": plain(there[-1]),
    }


def _verdict(
    table: list[Document], full: tuple[Fraction, Fraction], cut: Fraction | None, counts: ScoreCounts
) -> Document:
    """Which form is harder and by how much: at the cut, else where candidates of X are on the average.

    `difference` is what the same achievement earns on Y less what it earns on X.
    """
    xs = np.array([row["x"] for row in table], dtype=np.float64)
    ys = np.array([row["y"] for row in table], dtype=np.float64)
    se = np.array([np.nan if row["se"] is None else row["se"] for row in table], dtype=np.float64)
    total = counts.x if counts.x.ndim == 1 else counts.x.sum(axis=1)
    x = float(total @ xs / total.sum())
    told: Document = {"at": "mean", "cut": None, "least_x": None}
    if cut is not None:
        reached = np.flatnonzero(ys >= float(cut) - 1e-9)
        told |= {
            "at": "cut",
            "cut": _number(cut),
            "least_x": _number(counts.points_x[reached[0]]) if len(reached) else None,
        }
        inside = bool(ys[0] - 1e-9 <= float(cut) <= ys[-1] + 1e-9)
        if not inside:
            return {
                **told,
                "x": None,
                "y": float(cut),
                "difference": None,
                "se": None,
                "harder": None,
                "sure": None,
            }
        # the score on X that is worth the cut: on the line between the two scores about it
        above = int(reached[0])
        x = float(xs[above])
        if above and ys[above] > ys[above - 1]:
            share = (float(cut) - ys[above - 1]) / (ys[above] - ys[above - 1])
            x = float(xs[above - 1] + min(share, 1.0) * (xs[above] - xs[above - 1]))
    y, error = float(np.interp(x, xs, ys)), float(np.interp(x, xs, se))
    same_scale = full[0] == full[1]
    difference = y - x if same_scale else None
    harder, sure = None, None
    if difference is not None:
        harder = "x" if difference > 0.005 else "y" if difference < -0.005 else "neither"
        sure = bool(abs(difference) > 1.96 * error) if np.isfinite(error) else None
    return {
        **told,
        "x": x,
        "y": y,
        "difference": difference,
        "se": plain(error),
        "harder": harder,
        "sure": sure,
    }


def _advice(table: Sequence[Document], counts: ScoreCounts, method: str) -> Document | None:
    """What `advise` says; None where the scales differ and where errors are not known."""
    if counts.points_x != counts.points_y:
        return None
    x, n, y, se = (
        np.array([np.nan if row[name] is None else row[name] for row in table], dtype=np.float64)
        for name in ("x", "n", "y", "se")
    )
    found = advise(x, n, y, se, method)
    return None if found is None else found._asdict()


def _warnings(
    counts: ScoreCounts,
    method: str,
    asked: MethodOptions,
    forms: tuple[FormScores, FormScores],
    sizes: tuple[int, int],
) -> list[Document]:
    notes = []
    enough = ENOUGH_RANKS if method in BY_RANKS else ENOUGH_LINEAR
    arc = "arc" in method
    for form, n in zip(forms, sizes, strict=True):
        if n < enough and not arc:
            message = tell(
                "{form} has {n} candidates: by the rule of thumb {method} needs {enough} or more (Kolen & "
                "Brennan 2014, section 8.3); random error may be larger than what equating mends",
                form=form.label, n=n, method=method_words(method), enough=enough,
            )  # fmt: skip
            notes.append(note("few-candidates", message))
        elif arc and n < 30:
            message = tell(
                "{form} has {n} candidates: so few tell little about the middle of the arc",
                form=form.label,
                n=n,
            )
            notes.append(note("few-candidates", message))
    empty = counts.y if counts.y.ndim == 1 else counts.y.sum(axis=1)
    if method in BY_RANKS and asked.smooth is None and (empty == 0).any():
        message = tell(
            "{n} of {all} scores on Y were earned by nobody: the middle of the gap is taken; {smooth} "
            "closes it",
            n=int((empty == 0).sum()), all=len(empty), smooth=option("smooth", "loglinear")
        )  # fmt: skip
        notes.append(note("empty-scores", message))
    if not len(counts.scales.anchor):
        return notes
    # an anchor of a fifth of the test, or 30 items (Angoff 1971; Kolen & Brennan 2014, section 8.2.2)
    anchor, total = float(counts.scales.anchor[-1]), float(counts.scales.x[-1])
    if len(forms[0].items) == 1 or len(counts.scales.anchor) == 2:
        notes.append(
            note(
                "anchor-of-one", tell("the anchor is one item: it hardly tells how far apart the groups are")
            )
        )
    elif anchor < min(total / 5, 30):
        message = tell(
            "the anchor has {anchor:g} of {total:g} points; the rule of thumb is a fifth, or 30 (Angoff)",
            anchor=anchor, total=total,
        )  # fmt: skip
        notes.append(note("short-anchor", message))
    if anchor > total:
        notes.append(note("anchor-longer", tell("the anchor has more points than the form")))
    # groups so far apart that methods disagree (Kolen & Brennan 2014, section 8.3: from 0.3 on), or of which
    # one has anchor scores that the other lacks
    of_x, of_y = (moments(own.sum(axis=0), counts.scales.anchor) for own in (counts.x, counts.y))
    spread = float(np.sqrt((of_x.sd**2 + of_y.sd**2) / 2))
    off = abs(float(of_x.mean - of_y.mean)) / spread if spread else 0.0
    if off >= FAR_APART:
        message = tell(
            "the groups are {off:.2f} standard deviations apart on the anchor: from 0.3 on methods disagree, "
            "from 0.5 on none is to be trusted alone (Kolen & Brennan 2014, section 8.3)",
            off=off,
        )
        notes.append(note("groups-apart", message))
    if method == "frequency-estimation" and asked.smooth is None:
        there = [own.sum(axis=0) for own in (counts.x, counts.y)]
        alone = max(float(a[b == 0].sum() / a.sum()) for a, b in (there, there[::-1]))
        if alone > _ALONE:
            message = tell(
                "{share:.0%} of one group have anchor scores that nobody of the other has: nothing is "
                "known of them there; {smooth} or a chained method goes without",
                share=alone,
                smooth=option("smooth", "loglinear"),
            )
            notes.append(note("anchor-alone", message))
    for name, own, scale in (("X", counts.x, counts.scales.x), ("Y", counts.y, counts.scales.y)):
        joint = joint_moments(own, scale, counts.scales.anchor)
        with np.errstate(divide="ignore", invalid="ignore"):
            r = float(joint.covariance / np.sqrt(joint.variance * joint.anchor_variance))
        if np.isnan(r):
            message = tell(
                "total or anchor does not vary on {name}: how far they go together is not known", name=name
            )
            notes.append(note("weak-anchor", message))
        elif r < 0.5:
            message = tell(
                "total and anchor correlate {r:.2f} on {name}: too weak to tell the groups apart",
                r=r,
                name=name,
            )
            notes.append(note("weak-anchor", message))
    return notes
