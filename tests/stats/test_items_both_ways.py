"""Items from the command line and from Python: the same numbers, the same findings, the same notes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import examgen.stats as es
from tests.commands.conftest import Run, run

__all__ = ["run"]

RNG = np.random.default_rng(7)
RIGHT = (RNG.random((90, 6)) < 1 / (1 + np.exp(np.linspace(-1.5, 1.5, 6) - RNG.normal(size=(90, 1))))).astype(
    int
)
CELLS: dict[str, Any] = {
    "right and wrong": RIGHT,
    "partial": RIGHT + (RNG.random((90, 6)) < 0.5),
    "few": RIGHT[:12],
    "holes": np.where(RNG.random((90, 6)) < 0.1, -3, RIGHT),
    "two forms": np.where(np.arange(90)[:, None] // 45 == np.arange(6) // 3, RIGHT, -3),
    "two items never right": np.where(np.arange(6) < 2, 0, RIGHT),
    "all alike": np.ones((30, 4), dtype=int),
}


def both(run: Run, path: Path, key: Path | None = None, *words: str, **options: Any) -> tuple[Any, Any]:
    """What the command prints of a file, and the library returns of it, without notes on how it was read."""
    ours = run.json("analyse", "items", path, *(["--key", key] if key else []), *words)
    theirs = es.items(es.read_responses(path, key=key), **options)
    known = {
        **theirs.to_dict(),
        "notes": [note for note in theirs.to_dict()["notes"] if isinstance(note, dict)],
    }
    codes = {"columns-left-out", "first-column-names", "rows-numbered"}
    ours["notes"] = [note for note in ours["notes"] if note["code"] not in codes]
    assert {ours.pop("file"), len(ours.pop("sha256"))} == {path.name, 64}
    return ours, known


@pytest.mark.parametrize("name", CELLS)
def test_scores(run: Run, tmp_path: Path, name: str) -> None:
    path = tmp_path / "scores.csv"
    rows = ["" if cell < 0 else str(cell) for cell in CELLS[name].ravel().tolist()]
    width = CELLS[name].shape[1]
    lines = [",".join(rows[n * width : (n + 1) * width]) for n in range(len(CELLS[name]))]
    heads = ",".join(["id", *(f"Q{j}" for j in range(width))])
    path.write_text("\n".join([heads, *(f"P{n},{line}" for n, line in enumerate(lines))]) + "\n")
    ours, theirs = both(run, path)
    assert ours == theirs
    assert (
        both(run, path, None, "--min-n", "5", min_n=5)[0]["findings"]
        == es.items(es.read_responses(path), min_n=5).to_dict()["findings"]
    )


def test_options_with_a_wrong_key(run: Run, tmp_path: Path) -> None:
    path, key = tmp_path / "options.csv", tmp_path / "key.csv"
    other = RNG.choice(list("BCD"), RIGHT.shape)
    cells = np.where(RIGHT == 1, "A", other)
    cells[3, 2] = cells[5, 4] = ""
    lines = [",".join([f"P{n}", *row]) for n, row in enumerate(cells.tolist())]
    path.write_text("\n".join([",".join(["id", *(f"Q{j}" for j in range(6))]), *lines]) + "\n")
    key.write_text("item,key\n" + "".join(f"Q{j},{'B' if j == 1 else 'A'}\n" for j in range(6)))
    ours, theirs = both(run, path, key)
    assert ours == theirs
    assert ours["alarms"][0]["item"] == "Q1"
    assert ours["alarms"][0]["suggested"] == "A"
    assert ours["findings"][0]["code"] == "key-alarm"
    flags = [one["code"] for one in ours["findings"][1:] if one["values"]["item"] == "Q1"]
    assert ours["items"][1]["flags"] == flags
    assert "distractor-attracts-able" in flags
