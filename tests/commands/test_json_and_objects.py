"""The tables of `examgen analyse … --json` are those of `examgen.stats`: the same columns, the same numbers; and
what the command printed goes into the functions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.commands.conftest import Run


def test_what_irt_printed_is_a_table_of_items(run: Run, tmp_path: Path) -> None:
    """Of partial scores too, whose categories stand for scores that somebody has."""
    b = np.linspace(-1, 1, 5)[:, None] + np.array([-0.8, 0.0, 0.8])
    items = {
        "item": list("abcde"),
        "a": [0.8, 1.0, 1.2, 1.4, 1.6],
        **{f"b{k + 1}": b[:, k] for k in range(3)},
    }
    frame = es.simulate(items, 400, model="grm").responses.frame()
    frame = frame.with_columns(b=pl.when(pl.col("b") == 1).then(2).otherwise("b"))
    frame.rename({"person": "candidate_id"}).write_csv(tmp_path / "x.csv")
    told = run.json("analyse", "irt", tmp_path / "x.csv", "--model", "grm")
    fit = es.irt(frame, "grm")
    assert told["items"] == fit.items.to_dicts()
    assert told["items"][1]["scores"] == "0 2 3"
    given = es.abilities(frame, told, population=(fit.mean, fit.sd))
    assert given["theta"].to_list() == pytest.approx(fit.abilities()["theta"].to_list())
    assert es.link(told, fit).slope == pytest.approx(1.0)
    again = es.irt(frame, "grm", anchors=told)
    assert again.items["b1"].to_list() == pytest.approx(fit.items["b1"].to_list())
