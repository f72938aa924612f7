"""`examgen analyse dif`: R's numbers in its document, whom an item favours, and files of several forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.commands.conftest import Run
from tests.commands.hostile_responses import text
from tests.psychometrics.reference import compare, found, results


def document(run: Run, *words: object) -> Any:
    return run.json("analyse", "dif", *words)


def words_of(run: Run, *words: object) -> str:
    """The lines of the screen as one."""
    return " ".join(run.ok("analyse", "dif", *words).text.split())


def column(rows: list[dict[str, Any]], name: str) -> list[Any]:
    return [row[name] for row in rows]


def written(path: Path, cells: Any, groups: str) -> Path:
    """A file of scores and of the group of each candidate, by letter."""
    path.write_text(text(cells, items=[f"Q{n}" for n in range(1, cells.shape[1] + 1)], groups=[*groups]))
    return path


@pytest.fixture(scope="module")
def groups(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 candidates of like ability on 20 items; Q5 is a logit harder for f, Q9 a logit easier."""
    generator = np.random.default_rng(5)
    theta, focal = generator.normal(size=600), np.arange(600) % 2
    b = np.tile(np.linspace(-1.5, 1.3, 20), (600, 1))
    b[:, 4] += focal
    b[:, 8] -= focal
    right = generator.random(b.shape) < 1 / (1 + np.exp(b - theta[:, None]))
    return written(tmp_path_factory.mktemp("dif") / "dif.csv", right.astype(int), "mf" * 300)


def test_sibtest_with_another_least_number_of_candidates(run: Run) -> None:
    """mirt's call has Jmin = 2."""
    file = "sim_dif__dif_sibtest"
    words = (found("data/sim_dif.csv"), "--group", "group", "--focal", "focal", "--method")
    effects = column(document(run, *words, "sibtest", "--least", 2)["items"], "effect")
    compare(file, "CLI beta", effects, results(file)["results"]["beta"], 1e-8)
    assert effects != column(document(run, *words, "sibtest")["items"], "effect")
    for more, said in (
        (("mh", "--least", 2), "--least applies only to --method sibtest"),
        (("sibtest", "--least", -1), "--least is -1; it must be a whole number from 0"),
    ):
        assert said in run.refused("analyse", "dif", *words, *more, status=2)


@pytest.mark.parametrize("method", ["mh", "logistic", "std", "sibtest"])
def test_whom_an_item_favours_is_said(run: Run, groups: Path, method: str) -> None:
    words = (groups, "--group", "g", "--focal", "f", "--method", method)
    told = {row["item"]: row for row in document(run, *words)["items"]}
    assert (told["Q5"]["favours"], told["Q9"]["favours"]) == ("m", "f")
    screen = words_of(run, *words)
    for item, favoured, other in (("Q5", "m", "f"), ("Q9", "f", "m")):
        _, _, line = screen.partition(f"easier for {favoured} than for {other} at the same sum of scores:")
        assert item in line.split("easier")[0].split("effect")[0]
    assert "< 0.001" in screen


def test_what_stands_out_is_first(run: Run, groups: Path) -> None:
    lines = run.ok("analyse", "dif", groups, "--group", "g", "--focal", "f").text.splitlines()
    [head] = [n for n, line in enumerate(lines) if line.split()[:2] == ["item", "n"]]
    assert {line.split()[0] for line in lines[head + 1 : head + 3]} == {"Q5", "Q9"}
    strict = run.ok("analyse", "dif", groups, "--group", "g", "--focal", "f", "--alpha", "1e-30").text
    assert "no item is flagged" in strict


def test_lines_that_cross_favour_nobody_for_all(run: Run, tmp_path: Path) -> None:
    """Q3 tells the able of f from the others, and hardly those of m."""
    generator = np.random.default_rng(1)
    theta, focal = generator.normal(size=1000), np.arange(1000) % 2
    slope = np.ones((1000, 16))
    slope[:, 2] = np.where(focal, 3.0, 0.1)
    right = generator.random(slope.shape) < 1 / (1 + np.exp(-slope * theta[:, None]))
    path = written(tmp_path / "cross.csv", right.astype(int), "mf" * 500)
    words = (path, "--group", "g", "--focal", "f", "--method", "logistic")
    told = {row["item"]: row for row in document(run, *words)["items"]}
    assert told["Q3"]["flagged"]
    assert told["Q3"]["favours"] == "crossing"
    assert "easier for m or for f, depending on the sum of scores: Q3" in words_of(run, *words)
