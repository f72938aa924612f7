"""Columns and rows as arrays → HiGHS → status, values, objective and bound.

HiGHS always runs with the same options: `threads` changed in a process makes the next run fail, and a clock
makes results depend on the machine. Runs stop by gap and nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import highspy
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

INFINITE: float = highspy.kHighsInf

Option = bool | int | float | str
Status = Literal["optimal", "infeasible", "unbounded", "feasible", "unknown"]
"""optimal: within the gap asked; feasible: stopped at a limit with values; unknown: stopped with none."""

_ALWAYS: dict[str, Option] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
}


class MipModel(NamedTuple):
    """Minimize (or maximize) costs · x, lower ≤ x ≤ upper, row_lower ≤ A x ≤ row_upper; A by rows (CSR)."""

    costs: Floats
    lower: Floats
    upper: Floats
    integer: npt.NDArray[np.bool_]
    starts: npt.NDArray[np.integer]
    """(rows + 1,): where each row begins in `columns` and `values`."""
    columns: npt.NDArray[np.integer]
    values: Floats
    row_lower: Floats
    row_upper: Floats
    maximize: bool = False


class MipAnswer(NamedTuple):
    """Answer of HiGHS; `values` is empty if it found no solution."""

    status: Status
    values: Floats
    objective: float
    bound: float
    """What no values can better: the dual bound of a MIP, the objective of an LP."""
    row_duals: Floats
    """Of an LP, else empty; as `reduced_costs`."""
    reduced_costs: Floats


class MipColumns:
    """Columns while they are collected."""

    def __init__(self) -> None:
        self._costs: list[Floats] = []
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []
        self._integer: list[npt.NDArray[np.bool_]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(
        self,
        shape: tuple[int, ...],
        costs: Floats | float = 0.0,
        lower: Floats | float = 0.0,
        upper: Floats | float = 1.0,
        integer: bool = True,
    ) -> Integers:
        """Add columns and return their numbers in this shape; costs and bounds are broadcast to it."""
        first, count = self._count, int(np.prod(shape))
        self._costs.append(_flat(costs, shape))
        self._lower.append(_flat(lower, shape))
        self._upper.append(_flat(upper, shape))
        self._integer.append(np.full(count, integer))
        self._count += count
        return np.arange(first, self._count, dtype=np.int64).reshape(shape)

    def model(self, rows: MipRows, maximize: bool = False) -> MipModel:
        """These columns under these rows."""
        start = np.empty(0)
        return MipModel(
            np.concatenate([start, *self._costs]),
            np.concatenate([start, *self._lower]),
            np.concatenate([start, *self._upper]),
            np.concatenate([np.empty(0, np.bool_), *self._integer]),
            *rows.arrays(),
            maximize,
        )


class MipRows:
    """Rows while they are collected."""

    def __init__(self) -> None:
        self._columns: list[Integers] = []
        self._values: list[Floats] = []
        self._widths: list[Integers] = []
        self._least: list[Floats] = []
        self._greatest: list[Floats] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(
        self,
        columns: Sequence[int] | Integers,
        values: Sequence[float] | Floats | float,
        least: float,
        greatest: float,
    ) -> int:
        """Add least ≤ Σ value · column ≤ greatest; returns the number of the row."""
        return int(self.add_block(np.asarray(columns, dtype=np.int64)[None, :], values, least, greatest)[0])

    def add_block(
        self,
        columns: Integers,
        values: Sequence[float] | Floats | float,
        least: Floats | float,
        greatest: Floats | float,
    ) -> Integers:
        """Add one row for each line of `columns` (rows, width), and return their numbers.

        `values` are broadcast to (rows, width), `least` and `greatest` to (rows,).
        """
        n_rows, width = columns.shape
        self._columns.append(columns.astype(np.int64).ravel())
        self._values.append(_flat(np.asarray(values, dtype=np.float64), columns.shape))
        self._widths.append(np.full(n_rows, width, dtype=np.int64))
        self._least.append(_flat(least, (n_rows,)))
        self._greatest.append(_flat(greatest, (n_rows,)))
        self._count += n_rows
        return np.arange(self._count - n_rows, self._count, dtype=np.int64)

    def add_group(self, members: Integers, used: int, least: int, greatest: int) -> None:
        """Add that none of a group are held, or least to greatest; `used` is the column that says whether any
        are, each item by itself too, for a tighter relaxation."""
        both, ones = np.append(members, used), np.ones(len(members))
        self.add(both, np.append(ones, -float(least)), 0.0, INFINITE)
        self.add(both, np.append(ones, -float(greatest)), -INFINITE, 0.0)
        pairs = np.stack([members, np.full(len(members), used)], axis=1)
        self.add_block(pairs, [1.0, -1.0], -INFINITE, 0.0)

    def arrays(self) -> tuple[Integers, Integers, Floats, Floats, Floats]:
        """Starts, columns, values, least and greatest of all rows (CSR)."""
        start, none = np.empty(0), np.empty(0, np.int64)
        return (
            np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate([none, *self._widths]))]),
            np.concatenate([none, *self._columns]),
            np.concatenate([start, *self._values]),
            np.concatenate([start, *self._least]),
            np.concatenate([start, *self._greatest]),
        )


def _flat(values: Floats | float, shape: tuple[int, ...]) -> Floats:
    return np.broadcast_to(np.asarray(values, dtype=np.float64), shape).ravel()


class _Silent(highspy.Highs):
    """A solver that does not print who it is while it is made, as HiGHS 1.16 does with its callbacks."""

    def enableCallbacks(self) -> None:  # the name of highspy
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def new_highs(**options: Option) -> highspy.Highs:
    """A silent solver of one thread, with these options besides."""
    highs = _Silent()  # type: ignore[no-untyped-call]
    for name, value in {**options, **_ALWAYS}.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise AssertionError(f"HiGHS has no option {name} = {value!r}")
    return highs


def pass_model(highs: highspy.Highs, model: MipModel) -> None:
    """Give the model to the solver, in place of what it had."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(model.costs), len(model.row_lower)
    lp.col_cost_ = model.costs
    lp.col_lower_, lp.col_upper_ = model.lower, model.upper
    if model.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(whole)] for whole in model.integer]
    lp.row_lower_, lp.row_upper_ = model.row_lower, model.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = model.starts.astype(np.int32)
    lp.a_matrix_.index_ = model.columns.astype(np.int32)
    lp.a_matrix_.value_ = model.values
    lp.sense_ = highspy.ObjSense.kMaximize if model.maximize else highspy.ObjSense.kMinimize
    # A warning is raised for harmless things too, such as a coefficient below 1e-9, which is dropped.
    if highs.passModel(lp) == highspy.HighsStatus.kError:
        raise AssertionError("HiGHS does not take the model")


def pass_start(highs: highspy.Highs, columns: Integers, values: Floats) -> None:
    """Give the search of a MIP what to begin from: the values of some columns; it completes the rest."""
    if len(columns):
        highs.setSolution(len(columns), columns.astype(np.int32), values)


def run(highs: highspy.Highs) -> MipAnswer:
    """Run what was passed and read what came of it."""
    empty = np.empty(0)
    if highs.getNumCol() == 0:
        # HiGHS has no verdict on a model without columns: every row is 0, which it allows or not
        lp = highs.getLp()
        if np.all(np.array(lp.row_lower_) <= 0) and np.all(np.array(lp.row_upper_) >= 0):
            return MipAnswer("optimal", empty, 0.0, 0.0, np.zeros(lp.num_row_), empty)
        return MipAnswer("infeasible", empty, float("nan"), float("nan"), empty, empty)
    highs.run()
    info = highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    verdicts: dict[highspy.HighsModelStatus, Status] = {
        highspy.HighsModelStatus.kOptimal: "optimal",
        highspy.HighsModelStatus.kInfeasible: "infeasible",
        highspy.HighsModelStatus.kUnbounded: "unbounded",
        highspy.HighsModelStatus.kUnboundedOrInfeasible: "unbounded",
    }
    status = verdicts.get(highs.getModelStatus(), "feasible" if found else "unknown")
    if not found:
        return MipAnswer(status, empty, float("nan"), float("nan"), empty, empty)
    solution = highs.getSolution()
    mip = highspy.HighsVarType.kInteger in highs.getLp().integrality_
    return MipAnswer(
        status,
        np.array(solution.col_value),
        info.objective_function_value,
        info.mip_dual_bound if mip else info.objective_function_value,
        empty if mip else np.array(solution.row_dual),
        empty if mip else np.array(solution.col_dual),
    )


def solve(model: MipModel, **options: Option) -> MipAnswer:
    """Solve the model by a solver of its own."""
    highs = new_highs(**options)
    pass_model(highs, model)
    return run(highs)
