"""Constraints of each form, forms and overlap → the items of each form, by HiGHS.

The exact model: a binary for each item and form (van der Linden 2005, eq. 6.1 ff.), a binary for
each item and pair of forms where overlap is bounded. Weights drawn from the seed make the optimum
unique, so that the forms do not depend on the machine; runs stop by gap and nodes, never by clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

import highspy
import numpy as np
import numpy.typing as npt

from examgen.assembly.constraints import LinearConstraint
from examgen.models import Overlap

MAX_NODES = 1_000
SHARED_COST = 10**7
"""Cost of an item that two forms share; the weights of all items of all forms must stay below it."""

_SHORTAGE_COST = 10**9


class SearchEnded(Exception):
    """The search stopped at its limit with no forms found, and no proof that there are none."""


class Row(NamedTuple):
    """least ≤ Σ value · column ≤ greatest."""

    columns: Sequence[int]
    values: Sequence[float]
    least: float
    greatest: float


class Solution(NamedTuple):
    """Items of each form as positions in the pool; shortage by (constraint, form) if elastic."""

    forms: tuple[tuple[int, ...], ...]
    shortage: dict[tuple[int, int], int]
    objective: float
    bound: float


def solve(
    n_items: int,
    n_forms: int,
    rows: Sequence[LinearConstraint],
    overlap: Overlap,
    weight: Callable[[int, int], int],
    elastic: bool = False,
) -> Solution | None:
    """The best forms found, or None where there are none; `SearchEnded` where neither is known.

    `weight(item, form)` is a small cost that breaks ties. With `elastic`, quotas may be missed at
    a price, and the solution says by how much each is.
    """
    if n_items == 0:
        return None
    model = _Model(n_items, n_forms, weight)
    for number, row in enumerate(rows):
        for form in range(n_forms):
            model.form_row(number, row, form, elastic and row.elastic)
    model.overlap_rows(overlap)
    return model.run()


class _Model:
    """Columns and rows while they are collected; columns 0 … items · forms − 1 are the choices."""

    def __init__(self, n_items: int, n_forms: int, weight: Callable[[int, int], int]) -> None:
        self.n_items, self.n_forms = n_items, n_forms
        self.costs = [float(weight(i, f)) for f in range(n_forms) for i in range(n_items)]
        self.upper = [1.0] * len(self.costs)
        self.rows: list[Row] = []
        self.slacks: dict[int, tuple[int, int]] = {}

    def choice(self, item: int, form: int) -> int:
        return form * self.n_items + item

    def column(self, cost: float, upper: float) -> int:
        self.costs.append(cost)
        self.upper.append(upper)
        return len(self.costs) - 1

    def form_row(self, number: int, row: LinearConstraint, form: int, elastic: bool) -> None:
        columns = [self.choice(item, form) for item in row.items]
        values = [float(c) for c in row.coefficients]
        if elastic:
            for sign in (1.0, -1.0):
                slack = self.column(_SHORTAGE_COST, float(self.n_items))
                self.slacks[slack] = (number, form)
                columns.append(slack)
                values.append(sign)
        self.rows.append(Row(columns, values, row.least, row.greatest))

    def overlap_rows(self, overlap: Overlap) -> None:
        """Bounds on the items that two forms share; what need not be shared is not."""
        for item in range(self.n_items):
            self._use(item, 1 if overlap.max == 0 else self.n_forms)
        if overlap.max == 0:
            return
        greatest = overlap.max if overlap.max is not None else self.n_items
        for one, other in combinations(range(self.n_forms), 2):
            shared = [self._both(item, one, other, overlap.min > 0) for item in range(self.n_items)]
            self.rows.append(Row(shared, [1.0] * len(shared), overlap.min, greatest))

    def _use(self, item: int, times: int) -> None:
        """The item's n-th use costs n − 1 times: the sum is what pairs of forms share, C(n, 2)."""
        uses = [self.column(SHARED_COST * n, 1.0) for n in range(times)]
        choices = [self.choice(item, form) for form in range(self.n_forms)]
        signs = [1.0] * len(choices) + [-1.0] * len(uses)
        self.rows.append(Row([*choices, *uses], signs, 0, 0))

    def _both(self, item: int, one: int, other: int, counted: bool) -> int:
        """A column that is 1 where both forms hold the item; exactly so where `counted`."""
        column = self.column(0, 1.0)
        first, second = self.choice(item, one), self.choice(item, other)
        self.rows.append(Row([column, first, second], [1.0, -1.0, -1.0], -1, highspy.kHighsInf))
        if counted:
            self.rows.append(Row([column, first], [1.0, -1.0], -highspy.kHighsInf, 0))
            self.rows.append(Row([column, second], [1.0, -1.0], -highspy.kHighsInf, 0))
        return column

    def run(self) -> Solution | None:
        highs = _highs()
        if highs.passModel(self._lp()) == highspy.HighsStatus.kError:
            raise AssertionError("HiGHS does not take the model")
        highs.run()
        if highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return None
        info = highs.getInfo()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            raise SearchEnded(highs.modelStatusToString(highs.getModelStatus()))
        values = np.rint(np.array(highs.getSolution().col_value)).astype(int)
        return self._solution(values, info.objective_function_value, info.mip_dual_bound)

    def _solution(self, values: npt.NDArray[np.int_], objective: float, bound: float) -> Solution:
        grid = values[: self.n_items * self.n_forms].reshape(self.n_forms, self.n_items)
        shortage: dict[tuple[int, int], int] = {}
        for slack, place in self.slacks.items():
            if values[slack]:
                shortage[place] = shortage.get(place, 0) + int(values[slack])
        forms = tuple(tuple(int(i) for i in np.flatnonzero(row)) for row in grid)
        return Solution(forms, shortage, objective, bound)

    def _lp(self) -> highspy.HighsLp:
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.costs), len(self.rows)
        lp.col_cost_ = np.array(self.costs)
        lp.col_lower_, lp.col_upper_ = np.zeros(len(self.costs)), np.array(self.upper)
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(self.costs)
        lp.row_lower_ = np.array([float(row.least) for row in self.rows])
        lp.row_upper_ = np.array([float(row.greatest) for row in self.rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *(len(row.columns) for row in self.rows)])
        lp.a_matrix_.index_ = np.array([c for row in self.rows for c in row.columns], dtype=np.int32)
        lp.a_matrix_.value_ = np.array([v for row in self.rows for v in row.values], dtype=float)
        return lp


def _highs() -> highspy.Highs:
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", 0),
        ("mip_rel_gap", 0.0),
        ("mip_abs_gap", 0.5),
        ("mip_max_nodes", MAX_NODES),
    ):
        highs.setOptionValue(name, value)
    return highs
