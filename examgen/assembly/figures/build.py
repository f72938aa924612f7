"""An exam → the figures of its build, counted and measured anew from the printed forms.

Takes the forms, the blueprint, the units, the evidence and the anchor of the exam, and nothing of the solver:
what a report says of a build holds whoever built it. Terms and designs follow van der Linden (2005), Linear
Models for Optimal Test Design. What cannot be known is None, never NaN.

Forms and item parameters → test information, expected score and reliability over θ, unrounded.

The three-parameter logistic model with D = 1 (see Birnbaum 1968, in Lord & Novick, ch. 20). Written apart
from `measures`, whose rounded coefficients the solver works on: the two are held to each other by test.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.figures.counts import Held, exposure, held, keys, sharing, tallies
from examgen.assembly.measures import QUANTITIES
from examgen.assembly.on_the_fly.sampled import most_forms
from examgen.core.models.blueprint import InformationTarget
from examgen.core.models.build_figures import (
    BuildFigures,
    Demand,
    Difference,
    Exposure,
    Information,
    Known,
    Measured,
    Sharing,
    Target,
)
from examgen.core.models.form import Exam
from examgen.core.models.item import Evidence

Floats = npt.NDArray[np.float64]

GRID: Floats = np.round(np.linspace(-4, 4, 81), 1)
_DENSITY = np.exp(-(GRID**2) / 2)
NORMAL: Floats = _DENSITY / _DENSITY.sum()
"""Weights of the grid for θ ~ N(0, 1)."""


class Curves(NamedTuple):
    """(forms, points): information and expected score of the items whose parameters are known."""

    information: Floats
    expected: Floats


def curves(exam: Exam, found: Held, points: Sequence[float]) -> Curves:
    """The curves of every form at these values of θ."""
    known = [exam.evidence.get(item.id, Evidence()) for item in found.items]
    right = probability(known, points)
    weights = found.scored[:, _complete(known)]
    return Curves(weights @ information(known, points), weights @ right)


def _complete(known: Sequence[Evidence]) -> npt.NDArray[np.bool_]:
    return np.array([one.a is not None and one.b is not None for one in known], dtype=bool)


def _parameters(known: Sequence[Evidence]) -> tuple[Floats, Floats, Floats]:
    """a, b and c of the items that have them, as columns; c is 0 where it is not given."""
    rows = [(one.a, one.b, one.c or 0.0) for one in known if one.a is not None and one.b is not None]
    a, b, c = np.array(rows, dtype=float).reshape(-1, 3).T
    return a[:, None], b[:, None], c[:, None]


def probability(known: Sequence[Evidence], points: Sequence[float]) -> Floats:
    """(items with parameters, points): P(θ) = c + (1 − c) / (1 + exp(−a(θ − b)))."""
    a, b, c = _parameters(known)
    # logistic(x) = (1 + tanh(x / 2)) / 2, which overflows nowhere
    right: Floats = c + (1 - c) * 0.5 * (1 + np.tanh(a * (np.asarray(points, dtype=float)[None, :] - b) / 2))
    return right


def information(known: Sequence[Evidence], points: Sequence[float]) -> Floats:
    """(items with parameters, points): I(θ) = a² (Q / P) ((P − c) / (1 − c))², (see Lord 1980, ch. 5)."""
    a, b, c = _parameters(known)
    logistic = 0.5 * (1 + np.tanh(a * (np.asarray(points, dtype=float)[None, :] - b) / 2))
    right = c + (1 - c) * logistic
    with np.errstate(invalid="ignore", divide="ignore"):
        found = a**2 * (1 - right) / right * logistic**2
    # where P underflows to 0 so does the information
    return np.nan_to_num(found, nan=0.0, posinf=0.0)


def measured_information(exam: Exam, found: Held) -> Information | None:
    """Curves and what follows from them; None where no scored item has parameters."""
    complete = _complete([exam.evidence.get(item.id, Evidence()) for item in found.items])
    if not (found.scored.sum(axis=0)[complete] > 0).any():
        return None
    drawn = curves(exam, found, GRID.tolist())
    lacking = (found.scored > 0) & ~complete[None, :]
    return Information(
        grid=tuple(GRID.tolist()),
        curves=_tuples(drawn.information),
        characteristic=_tuples(drawn.expected),
        missing=tuple(tuple(found.items[n].id for n in np.flatnonzero(row)) for row in lacking),
        reliability=_where_complete(found, complete, 1 - (1 / (drawn.information + 1)) @ NORMAL),
        expected_score=_where_complete(found, complete, drawn.expected @ NORMAL),
        target=_target(exam, found),
    )


def _tuples(matrix: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())


def _where_complete(found: Held, complete: npt.NDArray[np.bool_], values: Floats) -> tuple[Known, ...]:
    lacking = np.asarray(((found.scored > 0) & ~complete[None, :]).any(axis=1), dtype=bool)
    return tuple(None if lacks else float(v) for lacks, v in zip(lacking, values, strict=True))


def _target(exam: Exam, found: Held) -> Target | None:
    rule = exam.blueprint.statistics.information if exam.blueprint.statistics else None
    if rule is None:
        return None
    values = curves(exam, found, rule.at).information
    asked, level, deviation = _deviation(rule, values)
    return Target(
        kind="absolute" if rule.target is not None else "relative",
        at=rule.at,
        asked=asked,
        level=level,
        within=float(rule.within) / 100,
        values=_tuples(values),
        deviation=tuple(deviation.tolist()),
    )


def _deviation(rule: InformationTarget, values: Floats) -> tuple[tuple[float, ...], float, Floats]:
    """What is asked, the level of a shape, and how far off each form is, as a share."""
    asked = rule.target if rule.target is not None else rule.shape
    assert asked is not None
    ratios = values / np.asarray(asked)[None, :]
    if rule.target is not None:
        return asked, 1.0, np.abs(ratios - 1).max(axis=1)
    level = float(ratios.min())
    over = ratios.max(axis=1) / level - 1 if level > 0 else np.zeros(len(ratios))
    return asked, level, over


NEAR = 2.0
"""Curves are compared as shares from −2 to 2: farther out, where few candidates are, small curves make
large shares."""


def figures(exam: Exam) -> BuildFigures:
    """Everything that the forms show, beside what their blueprint asks.

    Quotas, quantities and statistics rest on the scored items; keys, sets, stimuli, enemies, shared items and
    exposure on all that is printed.
    """
    found = held(exam)
    values = _values(exam, found)
    quantities = tuple(one.measured for one in values)
    shown = measured_information(exam, found)
    counted = tallies(exam, found)
    letters, shared, used = keys(exam), sharing(exam, found), exposure(found)
    names = tuple(form.name for form in exam.forms)
    # The largest difference between any two forms in whatever they should have alike.
    differences: list[Difference] = []
    if len(names) >= 2:
        if shown:
            curve_differences: list[Difference] = []
            whole = np.array(shown.curves)
            near = np.abs(GRID) <= NEAR + 1e-9
            if shown.target:
                curve_differences.append(
                    _apart(
                        names,
                        "information at the points",
                        np.array(shown.target.values),
                        shown.target.at,
                        True,
                    )
                )
            curve_differences.append(
                _apart(names, "information from −2 to 2", whole[:, near], GRID[near].tolist(), True)
            )
            curve_differences.append(_apart(names, "information", whole, GRID.tolist(), False))
            curve_differences.append(
                _apart(names, "characteristic curve", np.array(shown.characteristic), GRID.tolist(), False)
            )
            curve_differences.extend(_spread(names, "expected score", shown.expected_score))
            curve_differences.extend(_spread(names, "marginal reliability", shown.reliability))
            differences.extend(curve_differences)
        for one in quantities:
            if one.name in ("facility", "reading_length", "time_s"):
                differences.extend(_spread(names, f"mean {one.name}", one.mean))
        for family in ("criterion", "cognitive"):
            rows = [row for row in counted if row.family == family]
            if rows:
                worst = max(rows, key=lambda row: max(row.counts) - min(row.counts))
                counts = [float(n) for n in worst.counts]
                differences.extend(_spread(names, f"items of a {family}", counts, worst.name))
    return BuildFigures(
        names=names,
        tallies=counted,
        measured=quantities,
        demands=(
            *_quantity_demands(exam, values),
            *_statistics_demands(exam, found, values, shown),
            *_design_demands(exam, found, shared, used),
        ),
        keys=letters,
        sharing=shared,
        exposure=used,
        information=shown,
        differences=tuple(differences),
    )


# ── quantities ───────────────────────────────────────────────────────────────────────────────


class _Values(NamedTuple):
    """A quantity: of each printed item (NaN where unknown), and of the forms."""

    of_items: Floats
    measured: Measured
    each: tuple[Known, Known]
    """Least and greatest of any scored item."""


def _values(exam: Exam, found: Held) -> list[_Values]:
    names = [name for name in QUANTITIES if name != "age_days" or exam.blueprint.as_of is not None]
    return [_quantity(exam, found, name) for name in names]


def _quantity(exam: Exam, found: Held, name: str) -> _Values:
    known = [exam.evidence.get(item.id, Evidence()) for item in found.items]
    raw = [QUANTITIES[name](item, one, exam.blueprint) for item, one in zip(found.items, known, strict=True)]
    values = np.array([np.nan if value is None else value for value in raw], dtype=float)
    there = ~np.isnan(values)
    on_record = there
    if name == "time_s":
        on_record = np.array([item.time_s is not None for item in found.items], dtype=bool)
    n = found.scored @ there
    centre = float(values[there].mean()) if there.any() else 0.0
    apart = np.where(there, values - centre, 0.0)
    safe = np.maximum(n, 1)
    offset = found.scored @ apart / safe
    sd = np.sqrt(np.maximum(found.scored @ apart**2 / safe - offset**2, 0))
    complete = n == found.scored.sum(axis=1)
    scored = values[there & (found.scored.sum(axis=0) > 0)]
    return _Values(
        values,
        Measured(
            name=name,
            known=tuple(int(count) for count in found.scored @ on_record),
            mean=_known(centre + offset, n > 0),
            sd=_known(sd, n > 0),
            total=_known((centre + offset) * n, (n > 0) & complete),
        ),
        (float(scored.min()), float(scored.max())) if scored.size else (None, None),
    )


def _known(values: Floats, there: npt.NDArray[np.bool_]) -> tuple[Known, ...]:
    return tuple(float(v) if known else None for v, known in zip(values, there, strict=True))


# ── demands ──────────────────────────────────────────────────────────────────────────────────


def _quantity_demands(exam: Exam, values: Sequence[_Values]) -> Iterator[Demand]:
    by_name = {one.measured.name: one for one in values}
    for name, asked in exam.blueprint.quantities.items():
        found = by_name.get(name)
        nothing: tuple[Known, ...] = (None,) * len(exam.forms)
        mean = found.measured.mean if found else nothing
        total = found.measured.total if found else nothing
        field = f"quantities.{name}"
        if asked.mean:
            yield Demand(f"mean {name}", f"{field}.mean", mean, asked.mean.min, asked.mean.max)
        if asked.sum:
            yield Demand(f"sum {name}", f"{field}.sum", total, asked.sum.min, asked.sum.max)
        if asked.each:
            each = found.each if found else (None, None)
            yield Demand(f"each {name}", f"{field}.each", each, asked.each.min, asked.each.max, False)


def _statistics_demands(
    exam: Exam, found: Held, values: Sequence[_Values], shown: Information | None
) -> Iterator[Demand]:
    rule = exam.blueprint.statistics
    nothing: tuple[Known, ...] = (None,) * len(exam.forms)
    if rule is None:
        return
    if rule.facility:
        facility = next(one for one in values if one.measured.name == "facility")
        target, within = rule.facility.target, rule.facility.within
        mean = facility.measured.mean
        yield Demand("mean facility", "statistics.facility", mean, target - within, target + within)
        if spread := rule.facility.spread:
            field = "statistics.facility.spread"
            # Root mean square distance of the facilities of each form from the target.
            there = ~np.isnan(facility.of_items)
            n = found.scored @ there
            squares = np.where(there, (facility.of_items - target) ** 2, 0.0)
            distance = _known(np.sqrt(found.scored @ squares / np.maximum(n, 1)), n > 0)
            yield Demand("spread of facility", field, distance, spread.min, spread.max)
    if rule.information:
        target_there = shown.target if shown else None
        off = target_there.deviation if target_there else nothing
        within = float(rule.information.within) / 100
        yield Demand("information off target", "statistics.information", off, None, within)
    if rule.reliability:
        least = rule.reliability.min
        reliability = shown.reliability if shown else nothing
        yield Demand("marginal reliability", "statistics.reliability", reliability, least, None)
    if rule.sem:
        at_cut = curves(exam, found, [rule.sem.at]).information[:, 0]
        errors = tuple(float(v) ** -0.5 if v > 0 else None for v in at_cut)
        yield Demand(f"standard error at θ = {rule.sem.at:g}", "statistics.sem", errors, None, rule.sem.max)


def _design_demands(exam: Exam, found: Held, shared: Sharing, used: Exposure) -> Iterator[Demand]:
    blueprint, n = exam.blueprint, float(len(exam.forms))
    yield Demand("forms", "forms", (n, n), blueprint.n_forms, blueprint.n_forms, False)
    # where each candidate has a form of their own, exposure is bounded and pairs are not
    if shared.pairs and blueprint.forms != "per_candidate":
        seen = (float(shared.pairs[0][0]), float(shared.pairs[-1][0]))
        yield Demand("shared items", "overlap", seen, blueprint.overlap.min, blueprint.overlap.max, False)
    if blueprint.anchor:
        lacking = float(len(shared.outside))
        yield Demand("anchor items that a form lacks", "anchor", (lacking, lacking), None, 0, False)
    anchor = set(exam.anchor)
    counts = [float(n) for name, n in used.uses if name not in anchor] or [0.0]
    ends = (counts[-1], counts[0])
    if blueprint.exposure.forms is not None:
        most = blueprint.exposure.forms
        yield Demand("forms that hold an item", "exposure.forms", ends, None, most, False)
    if blueprint.exposure.share is not None:
        share = (ends[0] / n, ends[1] / n)
        # a ceiling of forms is whole: the share of so many is what may be seen
        most_share = most_forms(float(blueprint.exposure.share) / 100, int(n)) / n
        yield Demand("share of forms that hold an item", "exposure.share", share, None, most_share, False)


# ── how parallel ─────────────────────────────────────────────────────────────────────────────


def _apart(
    names: Sequence[str], name: str, values: Floats, at: Sequence[float], by_share: bool
) -> Difference:
    """Where the curves (forms, points) lie farthest apart, absolutely or as a share of their mean."""
    width = values.max(axis=0) - values.min(axis=0)
    mean = values.mean(axis=0)
    shares = np.divide(width, mean, out=np.zeros_like(width), where=mean > 0)
    worst = int(np.argmax(shares if by_share else width))
    return Difference(
        name, float(width[worst]), names[int(values[:, worst].argmin())],
        names[int(values[:, worst].argmax())], at[worst], float(shares[worst]),
    )  # fmt: skip


def _spread(names: Sequence[str], name: str, values: Sequence[Known], of: str = "") -> Iterator[Difference]:
    """Of one value for each form; nothing where any is unknown."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return
    low, high = min(known), max(known)
    mean = sum(known) / len(known)
    share = (high - low) / mean if mean else None
    lowest, highest = names[known.index(low)], names[known.index(high)]
    yield Difference(name, high - low, lowest, highest, None, share, of)
