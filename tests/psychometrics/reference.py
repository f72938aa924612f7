"""The reference data sets and what R packages found in them; where a set is not at hand, the test skips.

With EXAMGEN_COMPARISONS=FILE every comparison is also appended there: file, quantity, largest difference,
tolerance, pass or fail.
"""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

OURS = Path(__file__).parents[1] / "data" / "psychometrics"
SHARED = Path(__file__).parents[3] / "shared" / "reference" / "psychometrics"
NO_ITEMS = {"id", "Anger", "Gender", "group"}


def found(relative: str) -> Path:
    """A file of the reference set, from here or from ../shared; else the test skips."""
    for root in (OURS, SHARED):
        if (root / relative).is_file():
            return root / relative
    pytest.skip(f"{relative} is not at hand")


def results(name: str) -> dict[str, Any]:
    """A file of results, e.g. `lsat6__ctt_items`."""
    return dict(json.loads(found(f"results/{name}.json").read_text("utf-8")))


def result_table(name: str) -> dict[str, list[str]]:
    """A CSV file of results, by column."""
    return _columns(found(f"results/{name}.csv"))


def raw(name: str) -> dict[str, list[str]]:
    """A data file by column, as text."""
    return _columns(found(f"data/{name}.csv"))


def scores(name: str) -> NDArray[np.int8]:
    """The items of a data file of scores: candidates × items, blank is -1."""
    columns = [column for title, column in raw(name).items() if title not in NO_ITEMS]
    return np.array(
        [[int(cell) if cell else -1 for cell in row] for row in zip(*columns, strict=True)], np.int8
    )


def cells_of(results: dict[str, Any]) -> NDArray[np.int8]:
    """The scores that stand in a file of results: blank is -1."""
    return np.nan_to_num(floats(results["scores"]), nan=-1).astype(np.int8)


def floats(values: ArrayLike) -> NDArray[np.float64]:
    """JSON numbers with null and "Inf", as floats."""
    if isinstance(values, np.ndarray):
        return values.astype(np.float64)
    return np.array(_number(values), dtype=np.float64)


def compare(
    file: str, quantity: str, ours: ArrayLike, theirs: Any, tolerance: float, *, relative: bool = False
) -> None:
    """Ours within `tolerance` of theirs wherever they have a number (NaN and infinite must be so in both)."""
    mine, yours = np.asarray(ours, dtype=np.float64), floats(theirs)
    assert mine.shape == yours.shape, (file, quantity, mine.shape, yours.shape)
    known = np.isfinite(yours)
    difference = np.abs(mine[known] - yours[known])
    if relative:
        difference = difference / np.abs(yours[known])
    largest = float(difference.max()) if known.any() else 0.0
    same_infinite = bool((mine[np.isinf(yours)] == yours[np.isinf(yours)]).all())
    passed = bool(largest <= tolerance) and same_infinite and bool(known.any())
    _record(file, quantity, largest, tolerance, passed)
    assert passed, f"{file} {quantity}: largest difference {largest:.3g}, allowed {tolerance:g}"


def compare_likelihood(file: str, ours: float, theirs: float, slack: float) -> None:
    """Ours at least theirs minus `slack`."""
    _record(file, "log-likelihood (ours less theirs)", ours - theirs, -slack, ours >= theirs - slack)
    assert ours >= theirs - slack, f"{file}: log-likelihood {ours} is below {theirs}"


def _record(file: str, quantity: str, largest: float, tolerance: float, passed: bool) -> None:
    if path := os.environ.get("EXAMGEN_COMPARISONS"):
        line = f"{file}\t{quantity}\t{largest:.3g}\t{tolerance:g}\t{'pass' if passed else 'FAIL'}\n"
        with open(path, "a", encoding="utf-8") as out:
            out.write(line)


def _columns(path: Path) -> dict[str, list[str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    return {title: [row[n] for row in rows] for n, title in enumerate(header)}


def _number(values: Any) -> Any:
    if isinstance(values, (list, tuple)):
        return [_number(value) for value in values]
    if values is None or values == "NA":
        return np.nan
    return {"Inf": np.inf, "-Inf": -np.inf}.get(values, values) if isinstance(values, str) else values
