"""What `analyse items` says on the screen of forms in one file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.commands.conftest import Run


def test_forms_in_one_file_are_told_apart_and_analysed_by_themselves(run: Run, tmp_path: Path) -> None:
    """The file of scores of an exam of two forms without common items."""
    generator = np.random.default_rng(2)
    lines = [",".join(["id", "form", *(f"A{n}" for n in range(6)), *(f"B{n}" for n in range(6))])]
    scores = {}
    for form in "AB":
        theta = generator.normal(size=(80, 1))
        scores[form] = (generator.random((80, 6)) < 1 / (1 + np.exp(-theta))).astype(int)
        for n, row in enumerate(scores[form]):
            own = list(map(str, row))
            lines.append(",".join([f"{form}{n}", form, *(own if form == "A" else [""] * 6 + own)]
                                  + ([""] * 6 if form == "A" else [])))  # fmt: skip
    path = tmp_path / "scores.csv"
    path.write_text("\n".join(lines) + "\n")
    mixed = run.json("analyse", "items", path, "--exclude", "form")
    [note] = [note["message"] for note in mixed["notes"] if note["code"] == "items-apart"]
    assert "2 sets of items with no candidate in common (6, 6 items)" in note
    assert mixed["test"]["alpha"] is None
    told = run.json("analyse", "items", path, "--by", "form")
    assert [one["group"] for one in told["groups"]] == ["A", "B"]
    for one in told["groups"]:
        x = scores[one["group"]]
        alpha = 6 / 5 * (1 - x.var(axis=0, ddof=1).sum() / x.sum(axis=1).var(ddof=1))
        assert one["test"]["alpha"] == pytest.approx(alpha)
        assert [row["item"] for row in one["items"]] == [f"{one['group']}{n}" for n in range(6)]
        assert "items-apart" not in {note["code"] for note in one["notes"]}
    assert run("analyse", "items", path, "--by", "form", "--out", tmp_path / "items.csv").status == 2
    assert "form B" in run("analyse", "items", path, "--by", "form").text


def test_an_id_of_two_groups_is_told(run: Run, tmp_path: Path) -> None:
    rows = [[f"c{n % 39}", "fm"[n >= 39], *((n >> k) & 1 for k in range(4))] for n in range(78)]
    path = tmp_path / "scores.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in [["id", "sex", *"abcd"], *rows]))
    told = run.json("analyse", "items", path, "--by", "sex")
    assert "ids-repeated" in {note["code"] for note in told["notes"]}
