"""The share of the standard that the paper asked, and the outcomes in the cohort, as plain tables.

First, candidates are counted by the units that they earned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from examgen.scoring.criteria import (
    FormCriteria,
    Units,
    groups_of,
    shapes_of,
)
from examgen.scoring.exact_arithmetic import Ints, fraction_text
from examgen.scoring.judge import ends_of

if TYPE_CHECKING:
    from examgen.core.models.decisions import Judgement

Shape = tuple[int, int, int]
"""Number of items, highest units, lowest units."""
Tally = Sequence[Mapping[Shape, Ints]]
"""For each criterion and each shape, the number of candidates by units above the lowest."""


def tally(asked: FormCriteria, form: Ints, units: Units) -> list[dict[Shape, Ints]]:
    """Return, for each criterion and each shape in which forms ask it, the number of candidates by units
    above the lowest; from form indices (n,) and units of the criteria (n, C).
    """
    found: list[dict[Shape, Ints]] = []
    for k, column in enumerate(zip(*(part.T for part in shapes_of(asked)), strict=True)):
        shapes, number = np.unique(np.stack(column, axis=1), axis=0, return_inverse=True)
        of_row = number.ravel()[form]
        counts = {}
        for n, (n_items, most, least) in enumerate(shapes.tolist()):
            own = units[of_row == n, k].astype(np.int64) - least
            counts[n_items, most, least] = np.bincount(own, minlength=most - least + 1)
        found.append(counts)
    return found


class CriterionOutcome(NamedTuple):
    """The outcomes of one criterion (or element, or unit): the candidates whose form asks it, their mean
    percentage (None if there are none), and the number with each status.
    """

    candidates: int
    mean_percent: str | None
    met: int
    not_met: int
    insufficient: int
    undecided: int


def outcomes(counted: Tally, judgement: Judgement, units: Sequence[str]) -> list[CriterionOutcome]:
    """Return the outcome of each criterion of a tally; `units` are the codes of the units that they belong
    to.
    """
    found = []
    for by_shape, unit in zip(counted, units, strict=True):
        candidates = met = not_met = insufficient = undecided = 0
        percents = Fraction(0)  # the sum of the candidates' unrounded percentages
        for (n_items, most, least), counts in by_shape.items():
            if not (n_items and most):
                continue
            n = int(counts.sum())
            candidates += n
            percents += Fraction(100 * int(counts @ np.arange(least, most + 1)), most)
            if n_items < judgement.min_items:
                insufficient += n
                continue
            ends = ends_of(n_items, most, least, judgement, judgement.percent_of(unit))
            below = int(counts[: max(ends.not_met - least, 0)].sum())
            reached = int(counts[max(ends.met - least, 0) :].sum())
            met, not_met, undecided = met + reached, not_met + below, undecided + n - reached - below
        mean = fraction_text(percents / candidates) if candidates else None
        found.append(CriterionOutcome(candidates, mean, met, not_met, insufficient, undecided))
    return found


def candidates_of(counted: Tally) -> int:
    """Return the number of candidates in the tally."""
    return sum(int(counts.sum()) for counts in counted[0].values()) if counted else 0


def outcome_columns(judgement: Judgement) -> tuple[str, ...]:
    """Return the columns of outcomes, without `undecided` if no certainty is required."""
    return CriterionOutcome._fields if judgement.certainty is not None else CriterionOutcome._fields[:-1]


MOST_COLUMNS = 1000
"""The most forms that have a column each; with more, there are two columns for the minimum and the maximum of
any form.
"""

Cell = str | int | None


class CoverageTable(NamedTuple):
    """The names of the columns, and the rows of cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def pc_coverage(
    asked: FormCriteria,
    counted: Tally,
    judgement: Judgement,
    base: Mapping[str, str],
) -> CoverageTable:
    """Return a row for each PC: the items asked on each form, the candidates, their mean and statuses.

    `counted` is the `tally`. `base` names the form from which an individual form was drawn, which asks the
    same items: the two share a column.
    """
    names, n_items = form_columns(asked.names, asked.n_items, base)
    found = outcomes(counted, judgement, [unit for unit, _, _ in asked.criteria])
    told = outcome_columns(judgement)
    rows = [
        (*criterion, *n_items[:, i].tolist(), *found[i][: len(told)])
        for i, criterion in enumerate(asked.criteria)
    ]
    items = [f"items_{name}" for name in names]
    return CoverageTable(("unit", "element", "pc", *items, *told), tuple(rows))


def form_columns(names: Sequence[str], counts: Ints, base: Mapping[str, str]) -> tuple[list[str], Ints]:
    """Return the names of the forms that have a column, and the counts (forms, K) of each."""
    found: dict[str, int] = {}
    for n, name in enumerate(names):
        found.setdefault(base.get(name, name), n)
    own = counts[list(found.values())]
    if len(found) <= MOST_COLUMNS:
        return list(found), own
    return ["least", "most"], np.stack([own.min(axis=0), own.max(axis=0)])


def standard_coverage(
    asked: FormCriteria,
    counted: Tally,
    judgement: Judgement,
    base: Mapping[str, str],
) -> CoverageTable:
    """Return a row for the whole standard, each unit and each element: the number of criteria in it, how many
    of them each form asks and their share, and what the cohort met.

    `met_of_asked` is the share of judgements that are `met`, over candidates and the criteria that their
    forms ask; `met_of_all` is the mean over candidates of the share of all criteria that they met. Both are
    in per cent with two decimals, None if nobody was judged. `counted` is the `tally`.
    """
    groups = groups_of(asked.criteria)
    found = outcomes(counted, judgement, [unit for unit, _, _ in asked.criteria])
    sat = candidates_of(counted)
    parts: list[tuple[str, str, str, np.ndarray]] = [("all", "", "", np.ones(len(found), dtype=np.bool_))]
    parts += [("unit", unit, "", groups.units.member == n) for n, (unit, _) in enumerate(groups.units.names)]
    parts += [("element", *name, groups.elements.member == n) for n, name in enumerate(groups.elements.names)]
    stated = [int(members.sum()) for *_, members in parts]
    is_asked = (asked.n_items > 0).astype(np.int64)
    names, counts = form_columns(
        asked.names, np.stack([is_asked[:, members].sum(axis=1) for *_, members in parts], axis=1), base
    )
    rows = []
    for n, (kind, unit, element, members) in enumerate(parts):
        shares = [share_text(count, stated[n]) for count in counts[:, n].tolist()]
        own = [found[i] for i in np.flatnonzero(members)]
        met, judged = sum(one.met for one in own), sum(one.candidates for one in own)
        ends = (share_text(met, judged), share_text(met, sat * stated[n]))
        rows.append((kind, unit, element, stated[n], *counts[:, n].tolist(), *shares, *ends))
    columns = [*(f"asked_{name}" for name in names), *(f"percent_{name}" for name in names)]
    heads = ("part", "unit", "element", "criteria", *columns, "met_of_asked", "met_of_all")
    return CoverageTable(heads, tuple(rows))


def share_text(part: int, whole: int) -> str | None:
    """Return a share in per cent with two decimals; None if the whole is 0."""
    return fraction_text(Fraction(100 * part, whole)) if whole else None
