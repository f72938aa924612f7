"""What share of the standard the paper asked, and what became of it in the cohort. Plain tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from examgen.scoring.asked import Asked, groups_of
from examgen.scoring.exact import Ints, fraction_text
from examgen.scoring.tallies import CriterionTally, Outcome, candidates_of, outcomes

if TYPE_CHECKING:
    from examgen.models import Judgement

MOST_COLUMNS = 1000
"""Forms that have a column; with more, the least and the most of any form have one."""

Cell = str | int | None


class Table(NamedTuple):
    """Names of columns, and rows of as many cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def pc_coverage(asked: Asked, tally: CriterionTally, judgement: Judgement, base: Mapping[str, str]) -> Table:
    """A line for each PC: the items asked on each form, the candidates, their mean and statuses.

    `tally` is that of the criteria. `base` names the form that a personal form was drawn from, which asks
    the same items: the two share a column.
    """
    names, n_items = form_columns(asked.names, asked.n_items, base)
    found = outcomes(tally, judgement, [unit for unit, _, _ in asked.criteria])
    rows = [(*criterion, *n_items[:, i].tolist(), *found[i]) for i, criterion in enumerate(asked.criteria)]
    items = [f"items_{name}" for name in names]
    return Table(("unit", "element", "pc", *items, *Outcome._fields), tuple(rows))


def form_columns(names: Sequence[str], counts: Ints, base: Mapping[str, str]) -> tuple[list[str], Ints]:
    """Names of the forms that have a column, and the counts (forms, K) of each."""
    found: dict[str, int] = {}
    for n, name in enumerate(names):
        found.setdefault(base.get(name, name), n)
    own = counts[list(found.values())]
    if len(found) <= MOST_COLUMNS:
        return list(found), own
    return ["least", "most"], np.stack([own.min(axis=0), own.max(axis=0)])


def standard_coverage(
    asked: Asked, tally: CriterionTally, judgement: Judgement, base: Mapping[str, str]
) -> Table:
    """A line for the whole standard, each unit and each element: how many criteria it states, how many of
    them each form asks and what share that is, and what the cohort met.

    `met_of_asked` is the share of all judgements, over candidates and the criteria that their forms ask,
    that are `met`; `met_of_all` the mean over candidates of criteria met among all that are stated. Both are
    in per cent with two decimals, None where there is nobody. `tally` is that of the criteria.
    """
    groups = groups_of(asked.criteria)
    found = outcomes(tally, judgement, [unit for unit, _, _ in asked.criteria])
    sat = candidates_of(tally)
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
    return Table(heads, tuple(rows))


def share_text(part: int, whole: int) -> str | None:
    """A share in per cent with two decimals; None of nothing."""
    return fraction_text(Fraction(100 * part, whole)) if whole else None
