"""Pretest items of an Iteman control file: told of, and part of no total."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from examgen.analyses.files import write_rows
from examgen.analyses.items import analyse_items
from examgen.analyses.options import ResponseSource
from examgen.core.problems import Refused

N = 120
RIGHT = (np.random.default_rng(8).random((N, 7)) < np.linspace(0.3, 0.8, N)[:, None]).astype(int)
RATING = np.random.default_rng(9).integers(0, 4, N)
PRETEST = ("I2", "I5")


def analysed(folder: Path, items: list[int], pretest: tuple[str, ...] = PRETEST) -> dict[str, Any]:
    """Key A, else B; the rating R counts. `items` are those that the control file names."""
    cells = [[*np.where(row == 1, "A", "B"), str(rating)] for row, rating in zip(RIGHT, RATING, strict=True)]
    heads = ["id", *(f"I{j}" for j in range(7)), "R"]
    lines = [heads, *([str(n), *row] for n, row in enumerate(cells))]
    (folder / "options.csv").write_text("".join(",".join(line) + "\n" for line in lines))
    control = [f"I{j},A,2,T,{'P' if f'I{j}' in pretest else 'Y'},M" for j in items]
    (folder / "control.csv").write_text("\n".join([*control, "R,,4,T,Y,R"]) + "\n")
    return analyse_items(ResponseSource(files=(folder / "options.csv",), control=folder / "control.csv"))


@pytest.fixture
def told(tmp_path: Path) -> dict[str, Any]:
    return analysed(tmp_path, list(range(7)))


def test_what_counts_is_as_if_there_were_no_pretest_item(told: dict[str, Any], tmp_path: Path) -> None:
    without = analysed(tmp_path, [0, 1, 3, 4, 6])
    assert told["test"] == without["test"]
    assert told["test"]["n_items"] == 6
    assert [row for row in told["items"] if "pretest" not in row] == without["items"]
    assert [row for row in told["options"] if row["item"] not in PRETEST] == without["options"]
    for field in ("conditional_sem", "alarms"):
        assert told[field] == without[field]


def test_a_pretest_item_is_told_of_in_its_place(told: dict[str, Any]) -> None:
    assert [row["item"] for row in told["items"]] == [*(f"I{j}" for j in range(7)), "R"]
    assert list(dict.fromkeys(row["item"] for row in told["options"])) == [f"I{j}" for j in range(7)]
    rows = [row for row in told["items"] if row.get("pretest") is True]
    assert [row["item"] for row in rows] == list(PRETEST)
    total = RIGHT[:, [0, 1, 3, 4, 6]].sum(axis=1) + RATING
    for row, j in zip(rows, (2, 5), strict=True):
        assert (row["n"], row["flags"]) == (N, [])
        assert row["facility"] == pytest.approx(RIGHT[:, j].mean())
        assert row["item_rest"] == pytest.approx(np.corrcoef(RIGHT[:, j], total)[0, 1])
        assert {name for name, value in row.items() if value is not None} == {
            "item", "n", "facility", "item_rest", "flags", "pretest",
        }  # fmt: skip
    (note,) = (note for note in told["notes"] if note["code"] == "pretest")
    assert note["message"].endswith("I2, I5")


def test_options_of_a_pretest_item_go_with_the_scored_items(told: dict[str, Any]) -> None:
    total = RIGHT[:, [0, 1, 3, 4, 6]].sum(axis=1)
    key, other, blank = (row for row in told["options"] if row["item"] == "I2")
    assert (key["option"], key["is_key"], other["option"], blank["n"]) == ("A", True, "B", 0)
    assert key["n"] + other["n"] == N
    assert key["share"] == pytest.approx(RIGHT[:, 2].mean())
    assert key["point_biserial_rest"] == pytest.approx(np.corrcoef(RIGHT[:, 2], total)[0, 1])
    assert (key["mean_score"], key["point_biserial"], key["fifths"]) == (None, None, [None] * 5)


def test_rows_with_pretest_items_are_written(told: dict[str, Any], tmp_path: Path) -> None:
    write_rows(tmp_path / "items.csv", {"items": told["items"]})
    header, *lines = (tmp_path / "items.csv").read_text("utf-8-sig").splitlines()
    assert header.endswith(",pretest")
    assert len(lines) == 8


def test_a_test_of_nothing_but_pretest_items_is_refused(tmp_path: Path) -> None:
    (tmp_path / "options.csv").write_text("id,I0\n1,A\n2,B\n")
    (tmp_path / "control.csv").write_text("I0,A,2,T,P,M\n")
    with pytest.raises(Refused, match="pretest items only"):
        analyse_items(ResponseSource(files=(tmp_path / "options.csv",), control=tmp_path / "control.csv"))
