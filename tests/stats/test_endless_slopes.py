"""The slope of one item without end: said, and what does not rest on it stands; of two nothing stands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

import examgen.stats as es
from tests.commands.conftest import Run, run  # noqa: F401


def answers(seed: int, n: int = 250) -> NDArray[np.int64]:
    """Eight items, the first of them steep: with some seeds its slope has no end."""
    rng, a, b = np.random.default_rng(seed), np.array([4.0, *np.linspace(0.7, 1.5, 7)]), np.linspace(-1, 1, 8)
    return (rng.random((n, 8)) < 1 / (1 + np.exp(-a * (rng.standard_normal((n, 1)) - b)))).astype(np.int64)


def codes(found: es.Result) -> list[str]:
    return [getattr(one, "code", "") for one in found.notes]  # type: ignore[attr-defined]


def test_decisions_by_abilities_count_the_item_as_a_step_and_say_so() -> None:
    cells = answers(6)
    fit = es.irt(cells, "2pl")
    assert not fit.converged
    found = es.decisions(cells, 5, model="2pl")
    assert {"slope-to-infinity", "endless-slope"} <= set(codes(found))
    assert "not-converged" not in codes(found)
    assert found.table["consistency"].null_count() == 0
    given = es.decisions(cells, 5, items=fit.items, methods=["lee"]).table
    assert given.equals(found.table.filter(method="lee"))
    twice = cells.copy()
    twice[:, 1] = twice[:, 2]
    refused = es.decisions(twice, 5, model="2pl")
    assert "not-converged" in codes(refused)
    assert refused.table["consistency"].null_count() == 3


def test_a_link_leaves_the_item_out(run: Run, tmp_path: Path) -> None:  # noqa: F811
    cells, other = answers(6), answers(2, 900)
    for errors in (True, False):
        found = es.link(es.irt(cells, "2pl", standard_errors=errors), es.irt(other, "2pl"))
        assert found.converged
        assert found.anchors["item"].to_list() == [f"i{j}" for j in range(2, 9)]
        assert {"slope-to-infinity", "left-out"} <= set(codes(found))
        assert abs(found.slope - 1) < 3 * (found.se_slope or 0.1)
    for name, own in (("x", cells), ("y", other)):
        columns = {f"i{j + 1}": own[:, j] for j in range(8)}
        pl.DataFrame(columns).with_row_index("id").write_csv(tmp_path / f"{name}.csv")
    out = tmp_path / "linked.csv"
    words = ("analyse", "link", tmp_path / "x.csv", tmp_path / "y.csv", "--model", "2pl", "--out", out)
    assert run(*words).status == 0
    assert out.exists()
    twice = cells.copy()
    twice[:, 1] = twice[:, 2]
    assert not es.link(es.irt(twice, "2pl"), es.irt(other, "2pl")).converged
