"""Columns and rows as arrays → HiGHS → status, values, objective and bound.

HiGHS always runs with the same options: changing `threads` within a process makes the next run fail, and a
time limit makes results depend on the machine. Runs stop by gap and nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import highspy
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

INFINITE: float = highspy.kHighsInf

Option = bool | int | float | str
Status = Literal["optimal", "infeasible", "unbounded", "feasible", "unknown"]
"""optimal: within the required gap; feasible: stopped at a limit with a solution; unknown: stopped without
one."""

_ALWAYS: dict[str, Option] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
}


class MipModel(NamedTuple):
    """Minimize costs · x, lower ≤ x ≤ upper, row_lower ≤ A x ≤ row_upper; A by rows (CSR)."""

    costs: Floats
    lower: Floats
    upper: Floats
    integer: Booleans
    starts: Integers
    """(rows + 1,): the position in `columns` and `values` at which each row begins."""
    columns: Integers
    values: Floats
    row_lower: Floats
    row_upper: Floats

    def relaxed(self) -> MipModel:
        """Return the linear relaxation."""
        return self._replace(integer=np.zeros(len(self.costs), np.bool_))

    def draft(self) -> tuple[MipColumns, MipRows]:
        """Return its columns and rows, to which others can be added."""
        columns, rows = MipColumns(), MipRows()
        columns.add((len(self.costs),), self.costs, self.lower, self.upper, self.integer)
        rows.add_model(self)
        return columns, rows


class MipAnswer(NamedTuple):
    """Answer of HiGHS; `values` is empty if it found no solution."""

    status: Status
    values: Floats
    objective: float
    bound: float
    """A bound that no solution can improve on: the dual bound of a MIP, the objective of an LP."""
    reduced_costs: Floats
    """The reduced costs of an LP; empty for a MIP."""


class MipColumns:
    """Collects the columns of a model."""

    def __init__(self) -> None:
        self._parts: list[tuple[Floats, Floats, Floats, Floats]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(
        self,
        shape: tuple[int, ...],
        costs: npt.ArrayLike = 0.0,
        lower: npt.ArrayLike = 0.0,
        upper: npt.ArrayLike = 1.0,
        integer: npt.ArrayLike = True,
    ) -> Integers:
        """Add columns and return their numbers in this shape; all else is broadcast to it."""
        first = self._count
        self._count += int(np.prod(shape))
        bounds = _flat(lower, shape), _flat(upper, shape)
        self._parts.append((_flat(costs, shape), *bounds, _flat(integer, shape)))
        return np.arange(first, self._count, dtype=np.int64).reshape(shape)

    def model(self, rows: MipRows) -> MipModel:
        """Return the model of these columns and rows."""
        costs, lower, upper, integer = (_joined(parts) for parts in zip(*self._parts, strict=True))
        return MipModel(costs, lower, upper, integer > 0, *rows.arrays())


class MipRows:
    """Collects the rows of a model."""

    def __init__(self) -> None:
        self._parts: list[tuple[Floats, Floats, Floats, Floats, Floats]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, columns: npt.ArrayLike, values: npt.ArrayLike, least: float, greatest: float) -> int:
        """Add least ≤ Σ value · column ≤ greatest, and return the number of the row."""
        return int(self.add_block(np.asarray(columns, dtype=np.int64)[None, :], values, least, greatest)[0])

    def add_block(
        self, columns: Integers, values: npt.ArrayLike, least: npt.ArrayLike, greatest: npt.ArrayLike
    ) -> Integers:
        """Add one row for each line of `columns` (rows, width), and return their numbers.

        `values` are broadcast to (rows, width), `least` and `greatest` to (rows,).
        """
        n_rows, width = columns.shape
        bounds = (_flat(width, (n_rows,)), _flat(least, (n_rows,)), _flat(greatest, (n_rows,)))
        self._parts.append((_flat(columns, columns.shape), _flat(values, columns.shape), *bounds))
        self._count += n_rows
        return np.arange(self._count - n_rows, self._count, dtype=np.int64)

    def add_model(self, model: MipModel) -> None:
        """Add all rows of a model."""
        widths = np.diff(model.starts).astype(np.float64)
        self._parts.append(
            (model.columns.astype(np.float64), model.values, widths, model.row_lower, model.row_upper)
        )
        self._count += len(model.row_lower)

    def arrays(self) -> tuple[Integers, Integers, Floats, Floats, Floats]:
        """Return the starts, columns, values, lower bounds and upper bounds of all rows (CSR)."""
        parts = zip(*self._parts, strict=True) if self._parts else [()] * 5
        columns, values, widths, least, greatest = map(_joined, parts)
        starts = np.concatenate([[0], np.cumsum(widths)])
        return starts.astype(np.int64), columns.astype(np.int64), values, least, greatest


def _flat(values: npt.ArrayLike, shape: tuple[int, ...]) -> Floats:
    return np.broadcast_to(np.asarray(values, dtype=np.float64), shape).ravel()


def _joined(parts: Sequence[Floats]) -> Floats:
    return np.concatenate([np.empty(0), *parts])


class _Silent(highspy.Highs):
    """A solver that does not print its banner when it is created, as HiGHS 1.16 does with its callbacks."""

    def enableCallbacks(self) -> None:  # the name of highspy
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def solve(model: MipModel, start: tuple[Integers, Floats] | None = None, **options: Option) -> MipAnswer:
    """Solve the model with a new solver.

    `start` is the start of a MIP search, as some columns and their values; HiGHS completes the rest.
    """
    nothing = np.empty(0)
    if not len(model.costs):
        # HiGHS has no verdict on a model without columns: every row is 0, which it allows or not
        if np.all(model.row_lower <= 0) and np.all(model.row_upper >= 0):
            return MipAnswer("optimal", nothing, 0.0, 0.0, nothing)
        return MipAnswer("infeasible", nothing, float("nan"), float("nan"), nothing)
    highs = _Silent()  # type: ignore[no-untyped-call]
    for name, value in {**options, **_ALWAYS}.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise AssertionError(f"HiGHS has no option {name} = {value!r}")
    # A warning is raised for harmless things too, such as a coefficient below 1e-9, which is dropped.
    if highs.passModel(_program(model)) == highspy.HighsStatus.kError:
        raise AssertionError("HiGHS does not take the model")
    if start is not None and len(start[0]):
        highs.setSolution(len(start[0]), start[0].astype(np.int32), start[1])
    highs.run()
    info = highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    status = _VERDICTS.get(highs.getModelStatus(), "feasible" if found else "unknown")
    if not found:
        return MipAnswer(status, nothing, float("nan"), float("nan"), nothing)
    solution, reached = highs.getSolution(), info.objective_function_value
    if model.integer.any():
        return MipAnswer(status, np.array(solution.col_value), reached, info.mip_dual_bound, nothing)
    return MipAnswer(status, np.array(solution.col_value), reached, reached, np.array(solution.col_dual))


_VERDICTS: dict[highspy.HighsModelStatus, Status] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "unbounded",
}


def _program(model: MipModel) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(model.costs), len(model.row_lower)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = model.costs, model.lower, model.upper
    if model.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(whole)] for whole in model.integer]
    lp.row_lower_, lp.row_upper_ = model.row_lower, model.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = model.starts.astype(np.int32)
    lp.a_matrix_.index_ = model.columns.astype(np.int32)
    lp.a_matrix_.value_ = model.values
    return lp
