"""`examgen analyse irt`: fits that failed, known items that do not fit, what the screen shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.commands.conftest import Run


def guttman(path: Path) -> Path:
    """Answers in perfect order: slopes have no end."""
    rows = [",".join(["P" + str(n), *("1" if n > j else "0" for j in range(6))]) for n in range(7)]
    path.write_text("\n".join(["id," + ",".join(f"Q{j + 1}" for j in range(6)), *rows * 3]) + "\n")
    return path


@pytest.mark.parametrize("language", ["en", "th"])
def test_a_model_that_did_not_converge_fails_and_writes_nothing(
    run: Run, tmp_path: Path, language: str
) -> None:
    path, scores, table = guttman(tmp_path / "g.csv"), tmp_path / "scores.csv", tmp_path / "items.csv"
    words = ("--lang", language, "analyse", "irt", path, "--scores", scores, "--out", table)
    ran = run(*words)
    assert ran.status == 1
    assert {"en": "NOT CONVERGED", "th": "ไม่ลู่เข้า"}[language] in ran.out
    assert "--unconverged" in ran.out
    assert not scores.exists()
    assert not table.exists()
    assert run(*words, "--json").status == 1
    assert run(*words, "--unconverged").status == 0
    assert scores.exists()
    assert table.exists()


def test_one_known_item_that_does_not_fit_is_named(run: Run, tmp_path: Path) -> None:
    rng, b = np.random.default_rng(5), np.linspace(-1.5, 1.5, 8)
    cells = (rng.random((400, 8)) < 1 / (1 + np.exp(b - rng.normal(size=(400, 1))))).astype(int)
    path, known = tmp_path / "a.csv", tmp_path / "b.csv"
    heads = [f"I{j}" for j in range(8)]
    lines = ["id," + ",".join(heads), *(f"P{n}," + ",".join(map(str, row)) for n, row in enumerate(cells))]
    path.write_text("\n".join(lines) + "\n")
    b[3] += 1.5
    known.write_text("item,a,b\n" + "".join(f"{i},1,{one}\n" for i, one in zip(heads, b, strict=True)))
    [note] = run.json("analyse", "irt", path, "--model", "rasch", "--anchors", known)["notes"]
    assert (note["code"], note["values"]["item"]) == ("anchors-misfit", "I3")
