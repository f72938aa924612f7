"""Differential item functioning of several forms: candidates are matched on the same items."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from examgen.analyses.dif import analyse_dif
from examgen.analyses.options import DifOptions, ResponseSource
from examgen.core.problems import Refused
from tests.commands.hostile_responses import answers, text

NAMES = [f"I{n}" for n in range(1, 31)]
EASY, HARD = slice(0, 20), slice(10, 30)


def form(path: Path, cells: Any, items: slice, group: str) -> Path:
    """A form of 20 of 30 items; every tenth candidate is of the other group."""
    groups = ["RF"[(group == "F") != (n % 10 == 0)] for n in range(len(cells))]
    path.write_text(text(cells[:, items], items=NAMES[items], groups=groups))
    return path


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """The reference group has the easy form, the focal group the hard one; no item has DIF."""
    folder, cells = tmp_path_factory.mktemp("forms"), answers(1200, 30, seed=4)
    return (
        form(folder / "easy.csv", cells[:600], EASY, "R"),
        form(folder / "hard.csv", cells[600:], HARD, "F"),
    )


def analysed(files: tuple[Path, ...], method: str) -> dict[str, Any]:
    return analyse_dif(ResponseSource(files=files), DifOptions(group="g", focal=("F",), method=method))


def messages(document: dict[str, Any], code: str) -> list[str]:
    return [note["message"] for note in document["notes"] if note["code"] == code]


@pytest.mark.parametrize("method", ["mh", "logistic", "sibtest"])
def test_forms_are_compared_on_the_items_of_both(forms: tuple[Path, ...], method: str) -> None:
    told = analysed(forms, method)
    assert [row["item"] for row in told["items"]] == NAMES[10:20]
    assert sum(row["flagged"] for row in told["items"]) <= 2
    (left,) = messages(told, "not-common")
    assert left.startswith("20 items")
    assert "I1, I2, I3" in left
    assert messages(told, "incomplete-matching") == []


def test_forms_with_one_common_item_are_refused(tmp_path: Path) -> None:
    cells = answers(200, 30)
    files = (
        form(tmp_path / "x.csv", cells[:100], slice(0, 11), "R"),
        form(tmp_path / "y.csv", cells[100:], slice(10, 30), "F"),
    )
    with pytest.raises(Refused, match="1 item") as refused:
        analysed(files, "mh")
    assert [problem.code for problem in refused.value.problems] == ["too-few-common-items"]


def test_files_of_the_same_items_leave_nothing_out(tmp_path: Path) -> None:
    cells = answers(200, 30)
    files = tuple(
        form(tmp_path / f"{name}.csv", cells[rows], slice(0, 20), group)
        for name, rows, group in (("x", slice(0, 100), "R"), ("y", slice(100, 200), "F"))
    )
    told = analysed(files, "mh")
    assert [row["item"] for row in told["items"]] == NAMES[:20]
    assert messages(told, "not-common") == []


@pytest.mark.parametrize(
    ("method", "n_blank", "n_notes"),
    [("mh", 100, 1), ("logistic", 100, 1), ("sibtest", 100, 0), ("mh", 10, 0)],
)
def test_items_not_given_to_blocks_are_told(tmp_path: Path, method: str, n_blank: int, n_notes: int) -> None:
    """Of 200 × 8 cells, 400 or 40 are blank; a ninth column that nobody was given is none of them."""
    cells = np.hstack([answers(200, 8), np.full((200, 1), "")])
    cells[:n_blank, :4] = ""
    path = tmp_path / "scores.csv"
    path.write_text(text(cells))
    found = messages(analysed((path,), method), "incomplete-matching")
    assert len(found) == n_notes
    assert all(message.startswith("25% of the cells") for message in found)


def test_groups_that_answered_alike_favour_nobody(tmp_path: Path) -> None:
    """What is nought but for rounding has no sign and a p; nought itself has no sign in the document."""
    cells = np.tile(answers(60, 8, seed=4), (2, 1))
    path = tmp_path / "alike.csv"
    path.write_text(text(cells, items=NAMES[:8], groups=["F"] * 60 + ["R"] * 60))
    for method, p in (("logistic", "p"), ("mh", "mh_p")):
        rows = analysed((path,), method)["items"]
        assert {row["favours"] for row in rows} == {None}
        assert None not in [row[p] for row in rows]
        assert "-0.0" not in [str(row.get("mh_delta")) for row in rows]
