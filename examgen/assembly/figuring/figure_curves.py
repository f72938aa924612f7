"""Forms and item parameters → test information, expected score and reliability over θ, unrounded.

The three-parameter logistic model with D = 1 (see Birnbaum 1968, in Lord & Novick, ch. 20). Written apart
from `measures`, whose rounded coefficients the solver works on: the two are held to each other by test.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.figuring.figure_counts import Held
from examgen.models import Evidence, Exam, InformationTarget
from examgen.models.figures import Information, Known, Target

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
    return Information(
        grid=tuple(GRID.tolist()),
        curves=_tuples(drawn.information),
        characteristic=_tuples(drawn.expected),
        missing=_missing(found, complete),
        reliability=_where_complete(found, complete, 1 - (1 / (drawn.information + 1)) @ NORMAL),
        expected_score=_where_complete(found, complete, drawn.expected @ NORMAL),
        target=_target(exam, found),
    )


def _tuples(matrix: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())


def _missing(found: Held, complete: npt.NDArray[np.bool_]) -> tuple[tuple[str, ...], ...]:
    lacking = (found.scored > 0) & ~complete[None, :]
    return tuple(tuple(found.items[n].id for n in np.flatnonzero(row)) for row in lacking)


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
