"""Findings from a conversion of scores: the harder form, the equivalent of a cut, and cautions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from examgen.stats.equating_methods import (
    BY_RANKS,
    ENOUGH_LINEAR,
    ENOUGH_RANKS,
    FAR_APART,
    Advice,
    MethodOptions,
)
from examgen.stats.equating_scores import FormCounts, ScoreCounts
from examgen.stats.matrix import Floats
from examgen.stats.results import Argument, Note, sentences
from examgen.stats.score_distributions import step_of

_ALONE, _WEAK = 0.01, 0.5
"""Share of a group with anchor scores that the other lacks, and correlation of anchor and total, from or
below which an anchor tells little."""
TEXTS: dict[str, str] = {
    # notes
    "identity-as-good": "identity (unconverted scores on X) would be as good or better here. Its "
    "estimated error is {identity_error:.2f} points, that of {method} {error:.2f} (Kolen & Brennan 2014, "
    "section 8.3)",
    "identity-as-good.alike": "identity (unconverted scores on X) would be as good or better here. "
    "The forms do not differ by more than random error, and the estimated error of {method} is "
    "{error:.2f} points (Kolen & Brennan 2014, section 8.3)",
    "cut-above": "a cut of {cut:g} is above the full score of Y, {most:g}. Cuts are points on Y",
    "few-candidates": "{n:,} persons are few for {method}; the rule of thumb is {enough:,} of each form "
    "(Kolen & Brennan 2014, section 8.3)",
    "empty-scores": "{n} of {all} scores on Y do not occur; the middle of the gap is used, and "
    "{smooth} closes it",
    "unseen-scores": "{n} scores on X from {first:g} to {last:g} do not occur. Their conversion "
    "rests on no data and has no standard error; {smooth} estimates both",
    "beyond-scale": "{n} [person has|persons have] a score on X whose equivalent lies outside the scale of Y",
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
    "assumption.apart": "All results assume that the two groups are equally able, which what both forms "
    "have in common contradicts. See the notes.",
    "assumption.neat": "All results assume that the common items have the same difficulty for both "
    "groups. The data cannot check this.",
    "assumption.items": "All results assume that the common items have the same difficulty for both "
    "groups. A note names those that clearly differ from the others.",
}
"""The messages by code (the part before a full stop); a pair holds the singular and the plural."""
note = sentences(TEXTS)


# ── what the conversion means ────────────────────────────────────────────────────────────────


class Comparison(NamedTuple):
    """Equivalent scores on both forms, at the cut or else at the mean of X.

    Attributes
    ----------
    at : str
        `cut` or `mean`.
    cut : float or None
        The cut on Y.
    least : float or None
        The lowest score on X that reaches the cut.
    score : float or None
        The score on X; None if the cut is outside the conversion.
    equated : float
        Its equivalent on Y.
    difference : float or None
        `equated` minus `score`; None if the scales differ.
    se : float or None
        The standard error of `equated`, in points of Y. That of `score`, in points of X, is `se` divided by
        the slope of the conversion there.
    harder : str or None
        The harder form: `x`, `y` or `neither`.
    sure : bool or None
        Whether the absolute difference is above 1.96 standard errors.
    """

    at: str
    cut: float | None
    least: float | None
    score: float | None
    equated: float
    difference: float | None
    se: float | None
    harder: str | None
    sure: bool | None


def compared(counts: ScoreCounts, ys: Floats, se: Floats, cut: float | None) -> Comparison:
    """Return which form is harder, from the equivalents on Y and their errors (K,)."""
    xs, scale, totals = counts.x.scale, counts.y.scale, counts.x.totals
    at, x, least = "mean", float(totals @ xs / totals.sum()), None
    if cut is not None:
        reached = np.flatnonzero(ys >= cut - 1e-9)
        at, least = "cut", float(xs[reached[0]]) if len(reached) else None
        if not ys[0] - 1e-9 <= cut <= ys[-1] + 1e-9:
            return Comparison(at, cut, least, None, cut, None, None, None, None)
        # the score on X that is worth the cut: on the line between the two scores about it
        about = slice(max(int(reached[0]) - 1, 0), int(reached[0]) + 1)
        x = float(np.interp(cut, ys[about], xs[about]))
    y, error = float(np.interp(x, xs, ys)), float(np.interp(x, xs, se))
    known = error if np.isfinite(error) else None
    if xs[-1] != scale[-1]:
        return Comparison(at, cut, least, x, y, None, known, None, None)
    difference = y - x
    harder = "x" if difference > 0.005 else "y" if difference < -0.005 else "neither"
    sure = None if known is None else bool(abs(difference) > 1.96 * known)
    return Comparison(at, cut, least, x, y, difference, known, harder, sure)


def findings(own: Comparison, table: pl.DataFrame, decimals: int, assumed: str) -> Iterator[Note]:
    """Yield the findings of a conversion for a coordinator. `table` has each `score`, `equated` and
    `rounded`; `assumed` is the design, `items` if the common items are known by name, or `apart` if these
    contradict it."""
    if own.cut is not None:
        yield from _at_cut(own, own.cut, table, decimals)
    if own.score is not None:
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
    if assumed != "sg":
        yield note(f"assumption.{assumed}")


def _brief(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"


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


# ── what a reader must know ──────────────────────────────────────────────────────────────────


def advised(advice: Advice | None, method: str) -> Iterator[Note]:
    """Yield a note if unconverted scores would have no greater error."""
    if advice is not None and advice.method == "identity":
        values = {"method": method, "error": advice.error}
        if advice.identity_error:
            yield note("identity-as-good", **values, identity_error=advice.identity_error)
        else:
            yield note("identity-as-good.alike", **values)


def cut_above(cut: float, scale: Floats) -> Iterator[Note]:
    """Yield a note if a cut is above the full score of Y, for example because it is on another scale or a
    percentage."""
    if cut > scale[-1]:
        yield note("cut-above", cut=cut, most=scale[-1])


def cautions(counts: ScoreCounts, asked: MethodOptions, conversion: Floats, unseen: Floats) -> Iterator[Note]:
    """Yield cautions about the samples; `unseen` are the scores on X for which there are no data."""
    method, scale, totals, others = asked.method, counts.y.scale, counts.x.totals, counts.y.totals
    n_least = int(min(totals.sum(), others.sum()))
    enough = 30 if "arc" in method else ENOUGH_RANKS if method in BY_RANKS else ENOUGH_LINEAR
    if method != "identity" and n_least < enough:
        yield note("few-candidates", n=n_least, method=method, enough=enough)
    smooth = Argument("smooth", "loglinear")
    if method in BY_RANKS and asked.smooth is None and (empty := int((others == 0).sum())):
        yield note("empty-scores", n=empty, all=len(others), smooth=smooth)
    if len(unseen):
        yield note("unseen-scores", n=len(unseen), first=unseen[0], last=unseen[-1], smooth=smooth)
    half = 0.5 * step_of(scale) + 1e-9
    off = (conversion < scale[0] - half) | (conversion > scale[-1] + half)
    if n := int(totals[off].sum()):
        yield note("beyond-scale", n=n)
    if len(counts.x.anchor):
        yield from _of_anchor(counts.x, counts.y, counts.apart, asked)


def _of_anchor(x: FormCounts, y: FormCounts, off: float, asked: MethodOptions) -> Iterator[Note]:
    anchor, total = float(y.anchor[-1]), float(x.scale[-1])
    if len(y.anchor) == 2:
        yield note("anchor-of-one")
    elif anchor < min(total / 5, 30):
        yield note("short-anchor", anchor=anchor, total=total)
    if anchor > total:
        yield note("anchor-longer")
    if off >= FAR_APART:
        yield note("groups-apart", off=off)
    there = [form.table.sum(axis=0) for form in (x, y)]
    alone = max(float(a[b == 0].sum() / a.sum()) for a, b in (there, there[::-1]))
    if asked.method == "frequency-estimation" and asked.smooth is None and alone > _ALONE:
        yield note("anchor-alone", share=alone, smooth=Argument("smooth", "loglinear"))
    for form in (x, y):
        r, names = form.correlation, {"anchor": f"anchor_{form.name}", "form": form.name}
        if np.isnan(r):
            yield note("weak-anchor.constant", **names)
        elif r < _WEAK:
            yield note("weak-anchor", r=r, **names)
