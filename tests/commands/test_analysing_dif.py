"""`examgen analyse dif`: R's numbers in its document, whom an item favours, and files of several forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.commands.conftest import Run
from tests.commands.hostile_responses import answers, text
from tests.psychometrics.reference import compare, found, results

NAMES = [f"I{n}" for n in range(1, 31)]
EASY, HARD = slice(0, 20), slice(10, 30)
PLAIN = ("--adjust", "none")
"""As difR has it, which purifies where that is said."""


def document(run: Run, *words: object) -> dict[str, Any]:
    return run.json("analyse", "dif", *words)


def words_of(run: Run, *words: object) -> str:
    """The lines of the screen as one."""
    return " ".join(run.ok("analyse", "dif", *words).text.split())


def codes(document: dict[str, Any]) -> list[str]:
    return [note["code"] for note in document["notes"]]


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


def test_mantel_haenszel(run: Run) -> None:
    file = "sim_dif__dif_mantel_haenszel"
    words = ["--group", "group", "--focal", "focal", *PLAIN]
    told = document(run, found("data/sim_dif.csv"), *words)
    theirs = results(file)["results"]["purified_continuity_corrected"]["items"]
    for ours, name in {"mh_chisq": "MH_chisq", "mh_alpha": "alphaMH", "effect": "deltaMH"}.items():
        compare(file, f"CLI {ours}", column(told["items"], ours), theirs[name], 1e-8)


def test_logistic(run: Run) -> None:
    file = "sim_dif__dif_logistic"
    words = ["--group", "group", "--focal", "focal", "--method", "logistic", "--no-purify"]
    told = document(run, found("data/sim_dif.csv"), *words)
    theirs = results(file)["results"]["both_LRT_not_purified"]
    compare(file, "CLI lr_both", column(told["items"], "lr_both"), theirs["statistic"], 1e-5)


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
        [line] = [one for one in screen.split("check ") if f"easier for {favoured} than for {other}" in one]
        assert item in line.split(".")[0]
    assert "< 0.001" in screen


def test_a_favoured_group_is_that_of_the_sign(run: Run, groups: Path) -> None:
    rows = document(run, groups, "--group", "g", "--focal", "f")["items"]
    for row in rows:
        assert row["favours"] == ("f" if row["effect"] > 0 else "m")
    assert {"A", "C"} <= {row["class"] for row in rows}
    screen = words_of(run, groups, "--group", "g", "--focal", "f")
    assert "odds of m divided by those of f at the same total; negative if harder for f" in screen
    assert "class: A negligible, B moderate, C large by the rule of ETS" in screen


def test_what_stands_out_is_first(run: Run, groups: Path) -> None:
    lines = run.ok("analyse", "dif", groups, "--group", "g", "--focal", "f").text.splitlines()
    [head] = [n for n, line in enumerate(lines) if line.split()[:2] == ["item", "n"]]
    assert {line.split()[0] for line in lines[head + 1 : head + 3]} == {"Q5", "Q9"}
    strict = run.ok("analyse", "dif", groups, "--group", "g", "--focal", "f", "--alpha", "1e-30").text
    assert "no item is flagged" in strict


def test_small_groups_are_told_once(run: Run, groups: Path, tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("\n".join(groups.read_text().splitlines()[:61]) + "\n")
    told = document(run, path, "--group", "g", "--focal", "f")
    [note] = [one["message"] for one in told["notes"] if one["code"] == "few-in-group"]
    assert note.startswith("groups of fewer than 100 candidates: m (30), f (30)")


def test_several_focal_groups_are_each_compared(run: Run, groups: Path, tmp_path: Path) -> None:
    path = tmp_path / "three.csv"
    head, *lines = groups.read_text().splitlines()
    lines = [line.replace(",f,", ",g,") if n % 6 == 1 else line for n, line in enumerate(lines)]
    path.write_text("\n".join([head, *lines]) + "\n")
    told = document(run, path, "--group", "g", "--focal", "f,g")
    assert {row["favours"] for row in told["items"]} == {None}
    favours = {(row["focal"], row["item"]): row["favours"] for row in told["contrasts"]}
    for focal in "fg":
        assert (favours[focal, "Q5"], favours[focal, "Q9"]) == ("m", focal)


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
    assert "The total determines whether it is easier for m or f" in words_of(run, *words)


def test_an_odds_ratio_without_end_has_a_side(run: Run, tmp_path: Path) -> None:
    """Of those with one item of two right, all of `m` have the first, all of `f` the second."""
    rows = np.array([[n % 2 == 0, n % 2, n // 2 % 2] for n in range(40)]).astype(int)
    path = written(tmp_path / "s.csv", rows, "mf" * 20)
    told = document(run, path, "--group", "g", "--focal", "f", "--no-purify", *PLAIN)["items"]
    assert [(row["effect"], row["favours"]) for row in told][:2] == [(None, "m"), (None, "f")]


def test_groups_that_answered_alike_favour_nobody(run: Run, tmp_path: Path) -> None:
    """What is 0 but for rounding has no sign and a p; 0 itself has no sign in the document."""
    path = written(tmp_path / "alike.csv", np.tile(answers(60, 8, seed=4), (2, 1)), "F" * 60 + "R" * 60)
    for method in ("logistic", "mh"):
        rows = document(run, path, "--group", "g", "--focal", "F", "--method", method)["items"]
        assert {row["favours"] for row in rows} == {None}
        assert None not in [row["p"] for row in rows]
        assert "-0.0" not in [str(row["effect"]) for row in rows]


# ── several forms ────────────────────────────────────────────────────────────────────────────


def form(path: Path, cells: Any, items: slice, group: str) -> Path:
    """A form of 20 of 30 items; every tenth candidate is of the other group."""
    groups = ["RF"[(group == "F") != (n % 10 == 0)] for n in range(len(cells))]
    path.write_text(text(cells[:, items], items=NAMES[items], groups=groups))
    return path


@pytest.mark.parametrize("method", ["mh", "logistic", "sibtest"])
def test_forms_are_compared_on_the_items_of_both(run: Run, tmp_path: Path, method: str) -> None:
    """The reference group has the easy form, the focal group the hard one; no item has DIF."""
    cells = answers(1200, 30, seed=4)
    files = (
        form(tmp_path / "easy.csv", cells[:600], EASY, "R"),
        form(tmp_path / "hard.csv", cells[600:], HARD, "F"),
    )
    told = document(run, *files, "--group", "g", "--focal", "F", "--method", method)
    assert column(told["items"], "item") == NAMES[10:20]
    assert len(told["flagged"]) <= 2
    [left] = [note["message"] for note in told["notes"] if note["code"] == "not-common"]
    assert left.startswith("20 items")
    assert "I1, I2, I3" in left
    assert "incomplete-matching" not in codes(told)


def test_forms_with_one_common_item_are_refused(run: Run, tmp_path: Path) -> None:
    cells = answers(200, 30)
    files = (
        form(tmp_path / "x.csv", cells[:100], slice(0, 11), "R"),
        form(tmp_path / "y.csv", cells[100:], slice(10, 30), "F"),
    )
    said = run.refused("analyse", "dif", *files, "--group", "g", "--focal", "F")
    assert "the files have 1 item in common" in " ".join(said.split())


def test_files_of_the_same_items_leave_nothing_out(run: Run, tmp_path: Path) -> None:
    cells = answers(200, 30)
    files = tuple(
        form(tmp_path / f"{name}.csv", cells[rows], slice(0, 20), group)
        for name, rows, group in (("x", slice(0, 100), "R"), ("y", slice(100, 200), "F"))
    )
    told = document(run, *files, "--group", "g", "--focal", "F")
    assert column(told["items"], "item") == NAMES[:20]
    assert "not-common" not in codes(told)


@pytest.mark.parametrize(
    ("method", "n_blank", "n_notes"),
    [("mh", 100, 1), ("logistic", 100, 1), ("sibtest", 100, 0), ("mh", 10, 0)],
)
def test_items_not_given_to_blocks_are_told(
    run: Run, tmp_path: Path, method: str, n_blank: int, n_notes: int
) -> None:
    """Of 200 × 8 cells, 400 or 40 are blank; a ninth column that nobody was given is none of them."""
    cells = np.hstack([answers(200, 8), np.full((200, 1), "")])
    cells[:n_blank, :4] = ""
    path = tmp_path / "scores.csv"
    path.write_text(text(cells))
    told = document(run, path, "--group", "g", "--focal", "F", "--method", method)
    messages = [note["message"] for note in told["notes"] if note["code"] == "incomplete-matching"]
    assert len(messages) == n_notes
    assert all(message.startswith("25% of the cells") for message in messages)
