"""What is to be known of the data: every verb tells it, from the command line as from Python, and once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.commands.conftest import Run, run
from tests.stats.both_ways import same_both_ways, same_or_refused

__all__ = ["run"]

RNG = np.random.default_rng(7)
N = 240
RIGHT = (RNG.random((N, 6)) < 1 / (1 + np.exp(np.linspace(-1.5, 1.5, 6) - RNG.normal(size=(N, 1))))).astype(
    int
)
PARTS = {f"Q{j}": "odd" if j % 2 else "even" for j in range(6)}
VERBS: dict[str, tuple[list[Any], Any]] = {
    "items": ([], es.items),
    "irt": (["--model", "grm"], lambda data: es.irt(data, "grm")),
    "decisions": (["--cut", 3], lambda data: es.decisions(data, 3)),
    "dif": (["--group", "g", "--focal", "b"], lambda data: es.dif(data, "g", focal="b")),
    "subscores": (["--subscores", "PARTS"], lambda data: es.subscores(data, PARTS)),
    "copying": ([], es.copying),
}


def with_nines() -> Any:
    cells = RIGHT.copy()
    cells[::9, 2] = 9
    return cells


def notes(run: Run, tmp_path: Path, verb: str, cells: Any, ids: Any = None, key: str = "") -> dict[str, Any]:
    """The notes by their codes, which command and library tell alike and once."""
    path, parts, keys = tmp_path / "r.csv", tmp_path / "parts.csv", tmp_path / "key.csv"
    names = ids or [f"P{n}" for n in range(len(cells))]
    width = np.shape(cells)[1]
    rows = [
        ",".join([name, "ab"[n % 2], *map(str, row)])
        for n, (name, row) in enumerate(zip(names, np.asarray(cells).tolist(), strict=True))
    ]
    path.write_text("\n".join([",".join(["id", "g", *(f"Q{j}" for j in range(width))]), *rows]) + "\n")
    parts.write_text("item,subscore\n" + "".join(f"{item},{part}\n" for item, part in PARTS.items()))
    keys.write_text("item,key\n" + "".join(f"Q{j},{key}\n" for j in range(width)))
    words, function = VERBS[verb]
    words = [parts if one == "PARTS" else one for one in words]
    words += [] if verb == "dif" else ["--exclude", "g"]
    words += ["--key", keys] if key else []
    ours = run.json("analyse", verb, path, *words)
    theirs = function(es.read_responses(path, exclude=["g"], key=keys if key else None))
    same_both_ways(ours, theirs)
    messages = [one["message"] for one in ours["notes"]]
    assert len(messages) == len(set(messages))
    return {one["code"]: one for one in ours["notes"]}


@pytest.mark.parametrize("verb", VERBS)
def test_ids_that_are_repeated(run: Run, tmp_path: Path, verb: str) -> None:
    found = notes(run, tmp_path, verb, RIGHT, [f"P{n % 200}" for n in range(N)])
    assert found["ids-repeated"]["values"] == {"n": 40}


@pytest.mark.parametrize("verb", VERBS)
def test_blank_sheets(run: Run, tmp_path: Path, verb: str) -> None:
    cells = np.where(RIGHT == 1, "A", RNG.choice(list("BCD"), RIGHT.shape))
    cells[:20] = ""
    assert notes(run, tmp_path, verb, cells, key="A")["blank-sheets"]["values"]["n"] == 20


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "copying"])
def test_numbers_that_may_be_no_scores(run: Run, tmp_path: Path, verb: str) -> None:
    assert notes(run, tmp_path, verb, with_nines())["gap"]["values"]["items"] == "Q2"
    age = np.hstack([RIGHT, RNG.integers(18, 30, (N, 1))])
    assert notes(run, tmp_path, verb, age)["unlike"]["values"]["items"] == "Q6"
    if verb != "dif":  # which has nothing to test
        assert notes(run, tmp_path, verb, RIGHT + 1)["no-zero"]["values"] == {"least": 1}


@pytest.mark.parametrize("verb", ["items", "irt", "decisions", "dif", "subscores"])
def test_an_item_that_counts_from_1(run: Run, tmp_path: Path, verb: str) -> None:
    cells = RIGHT + np.eye(6, dtype=int)[2]
    assert notes(run, tmp_path, verb, cells)["from-1"]["values"]["items"] == "Q2"


TWO = {
    "irt": (["--model", "2pl"], lambda data: es.irt(data, "2pl")),
    "decisions": (["--cut", 3, "--model", "rasch"], lambda data: es.decisions(data, 3, model="rasch")),
    "copying": ([], es.copying),
}
NOT_RIGHT_OR_WRONG: dict[str, tuple[Any, str]] = {
    "99": (with_nines() * np.where(with_nines() == 9, 11, 1), "Q2: the highest score is 99, and no candidate has 2"),
    "1 and 2": (RIGHT + np.eye(6, dtype=int)[2], "Q2: every score is 1 or 2. Subtract 1"),
    "an age": (
        np.hstack([RIGHT, RNG.integers(18, 30, (N, 1))]),
        "Q6 has scores from 18 to 29. If it is not an item, leave it out",
    ),
}  # fmt: skip


@pytest.mark.parametrize("verb", TWO)
@pytest.mark.parametrize("name", NOT_RIGHT_OR_WRONG)
def test_a_model_of_right_and_wrong_says_what_is_odd_about_a_column(
    run: Run, tmp_path: Path, verb: str, name: str
) -> None:
    """Another model is advised for parts of points alone."""
    cells, sentence = NOT_RIGHT_OR_WRONG[name]
    words, function = TWO[verb]
    path = tmp_path / "r.csv"
    table = pl.DataFrame(
        {"id": [f"P{n}" for n in range(N)]} | {f"Q{j}": own for j, own in enumerate(cells.T)}
    )
    table.write_csv(path)
    ran = run("analyse", verb, path, *words, "--json")
    assert same_or_refused(ran, lambda: function(table)) - {"scores-above-one"} == {"not-0-1"}
    assert sentence in ran.text
    assert not {"grm", "--model"} & {*ran.text.split()}


def test_an_option_for_no_answer_has_its_name_on_the_command_line(run: Run, tmp_path: Path) -> None:
    notes(run, tmp_path, "decisions", with_nines())
    said = run("analyse", "decisions", tmp_path / "r.csv", "--cut", 3, "--exclude", "g").text
    assert "name it in --omitted" in " ".join(said.split())


def test_equating_takes_ids_of_two_files_for_no_repetition(run: Run, tmp_path: Path) -> None:
    x, y = tmp_path / "x.csv", tmp_path / "y.csv"
    rows = [",".join([f"P{n}", *map(str, row)]) for n, row in enumerate(RIGHT.tolist())]
    for path, names, own in ((x, "ABCDEF", rows), (y, "ABCXYZ", rows)):
        path.write_text("\n".join([",".join(["candidate_id", *names]), *own]) + "\n")
    words = ["--design", "neat", "--method", "tucker"]
    assert "repeat" not in str(run.json("analyse", "equate", x, y, *words)["notes"])
    y.write_text(y.read_text() + rows[0] + "\n")
    found = run.json("analyse", "equate", x, y, *words)["notes"]
    said = es.equate(es.read_responses(x), es.read_responses(y), "tucker").to_dict()["notes"]
    assert [one["values"]["form"] for one in found if "repeats an id" in one["message"]] == ["y"]
    assert [one["values"]["form"] for one in said if "repeats an id" in one["message"]] == ["y"]


def test_a_reversed_item_is_no_code() -> None:
    rng = np.random.default_rng(4)
    cells = np.clip(np.rint(3 + rng.normal(size=(150, 1)) + 0.7 * rng.normal(size=(150, 7))), 1, 5).astype(
        int
    )
    cells[:, 4] = 6 - cells[:, 4]
    codes = {one.code for one in es.items(cells).notes}
    assert "code-among-scores" not in codes
