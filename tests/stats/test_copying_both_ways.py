"""Answers in common by the command and by the function: the same numbers, the same notes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.commands.conftest import Run
from tests.stats.both_ways import asked, same_both_ways

ITEMS = [f"I{j}" for j in range(1, 21)]


def chosen(n: int = 120, seed: int = 1) -> pl.DataFrame:
    """Options; two candidates with the same answers, many of them wrong, and one who took most of theirs."""
    rng = np.random.default_rng(seed)
    b = np.linspace(-1.5, 1, len(ITEMS))
    right = rng.random((n, len(ITEMS))) < 1 / (1 + np.exp(b - rng.standard_normal((n, 1))))
    cells = np.where(right, "A", rng.choice(list("BCD"), right.shape))
    cells[0, ::2] = "C"
    cells[1], cells[2, :17] = cells[0], cells[0, :17]
    room = [None if k == 5 else "north" if k < n // 2 else "south" for k in range(n)]
    return pl.DataFrame(
        {"id": [f"c{k}" for k in range(n)], "room": room, **dict(zip(ITEMS, cells.T, strict=True))}
    )


def data_of(folder: Path) -> es.Responses:
    """What the command read."""
    return es.read_responses(folder / "x.csv", key=folder / "key.csv", exclude=["room"])


KEY = pl.DataFrame({"item": ITEMS, "key": ["A"] * len(ITEMS)})
PAIRS = pl.DataFrame({"source": ["c0", "c0", "c7"], "copier": ["c1", "c9", "c8"]})
CURVES = pl.DataFrame({"item": ITEMS, "a": [1.2] * 20, "b": np.linspace(-1.5, 1, 20), "c": [0.2] * 20})
OPTIONS = pl.DataFrame({
    "item": [item for item in ITEMS for _ in "ABCD"], "option": list("ABCD") * 20,
    "a": [0.9, -0.3, -0.3, -0.3] * 20, "c": [0.6, -0.2, -0.2, -0.2] * 20,
})  # fmt: skip
ABILITIES = pl.DataFrame({"id": [f"c{k}" for k in range(0, 120, 2)], "theta": np.linspace(-2, 2, 60)})
CASES: dict[str, dict[str, Any]] = {
    "all pairs": {},
    "omega": {"index": "omega", "adjust": "bh", "alpha": 0.2},
    "bonferroni, within rooms": {"adjust": "bonferroni", "rooms": "room"},
    "right and wrong": {"model": "2pl", "alpha": 0.5},
    "named pairs": {"pairs": PAIRS, "index": "omega"},
    "known parameters of options": {"items": OPTIONS, "abilities": ABILITIES},
    "known curves": {"items": CURVES, "model": "2pl", "adjust": "bh", "alpha": 0.9},
}


@pytest.mark.parametrize("case", CASES)
def test_the_same_both_ways(run: Run, tmp_path: Path, case: str) -> None:
    arguments = CASES[case]
    words = {"room" if name == "rooms" else name: value for name, value in arguments.items()}
    words |= {} if "rooms" in arguments else {"exclude": "room"}
    ran = asked(run, tmp_path, "copying", chosen(), key=KEY, **words)
    found = es.copying(data_of(tmp_path), **arguments)
    same_both_ways(json.loads(ran.out), found)
    assert len(found.pairs)


FAULTS: dict[str, tuple[pl.DataFrame, str, str]] = {
    "pairs": (pl.DataFrame({"source": ["c0", "x"], "copier": ["c0", "c1"]}), "pairs.csv:3: source: `x` is not a candidate",
              "pairs, row 1: `x` is not a candidate"),
    "items": (CURVES.with_columns(c=pl.lit(1.0)), "items.csv:2: c: a lower asymptote must be",
              "items, row 0: a lower asymptote must be"),
    "abilities": (pl.DataFrame({"id": ["c0"], "theta": ["high"]}), "abilities.csv:2: theta: `high` is not a number",
                  "abilities, row 0: `high` is not a number"),
}  # fmt: skip


@pytest.mark.parametrize("argument", FAULTS)
def test_faults_are_told_by_line_or_row(run: Run, tmp_path: Path, argument: str) -> None:
    table, by_line, by_row = FAULTS[argument]
    ran = asked(run, tmp_path, "copying", chosen(), key=KEY, exclude="room", model="2pl", **{argument: table})
    assert ran.status == 1
    problems = json.loads(ran.out)["problems"]
    assert any(by_line in f"{one['source']}: {one['field']}: {one['message']}" for one in problems)
    with pytest.raises(es.ArgumentError, match=by_row.replace("`", ".")):
        es.copying(data_of(tmp_path), model="2pl", **{argument: table})  # type: ignore[arg-type]


def test_pairs_with_a_blank_sheet_are_not_counted(run: Run, tmp_path: Path) -> None:
    blank = pl.int_range(pl.len()) >= 110
    table = chosen().drop("room").with_columns(pl.when(~blank).then(pl.col(ITEMS)))
    found = json.loads(asked(run, tmp_path, "copying", table, key=KEY).out)
    data = es.read_responses(tmp_path / "x.csv", key=tmp_path / "key.csv")
    same_both_ways(found, es.copying(data))
    assert found["n_compared"] == 110 * 109 // 2
    assert {"blank-sheets"} <= {one["code"] for one in found["notes"]}
    assert es.copying(data, pairs=[("c0", "c1"), ("c0", "c115")]).n_compared == 1


@pytest.mark.parametrize(
    ("parameters", "codes"),
    [
        (CURVES, set()),
        (CURVES.with_columns(b=-3 * pl.col("b")), {"anchors-reversed"}),
        (CURVES.with_columns(b=5.0, c=0.0), {"anchors-misfit", "far-abilities"}),
    ],
)
def test_parameters_that_do_not_fit(
    run: Run, tmp_path: Path, parameters: pl.DataFrame, codes: set[str]
) -> None:
    ran = asked(run, tmp_path, "copying", chosen(), key=KEY, exclude="room", items=parameters, model="2pl")
    found = json.loads(ran.out)
    same_both_ways(found, es.copying(data_of(tmp_path), items=parameters, model="2pl"))
    doubts = {"anchors-reversed", "anchors-misfit", "far-abilities"}
    assert {one["code"] for one in found["notes"]} & doubts == codes
