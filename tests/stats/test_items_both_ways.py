"""Items from the command line and from Python: the same numbers, the same findings, the same notes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import examgen.stats as es
from tests.commands.conftest import Run, run
from tests.stats.both_ways import as_arguments

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
    """What the command prints of a file, and the library returns of it."""
    ours = run.json("analyse", "items", path, *(["--key", key] if key else []), *words)
    known = es.items(es.read_responses(path, key=key), **options).to_dict()
    assert {ours.pop("file"), len(ours.pop("sha256"))} == {path.name, 64}
    return as_arguments(ours, known), known


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


# ── what is no item, no candidate, no score ──────────────────────────────────────────────────


def scores_file(path: Path, cells: Any, ids: Any = None) -> Path:
    names = ids or [f"P{n}" for n in range(len(cells))]
    lines = [
        ",".join([name, *map(str, row)]) for name, row in zip(names, np.asarray(cells).tolist(), strict=True)
    ]
    path.write_text("\n".join([",".join(["id", *(f"Q{j}" for j in range(len(cells[0])))]), *lines]) + "\n")
    return path


def notes_both_ways(run: Run, path: Path, key: Path | None = None) -> dict[str, dict[str, Any]]:
    ours, theirs = both(run, path, key)
    assert ours == theirs
    return {note["code"]: {**note["values"], "message": note["message"]} for note in ours["notes"]}


def test_prorated_totals_give_no_kr21(run: Run, tmp_path: Path) -> None:
    booklets = np.where(np.arange(90)[:, None] % 2 == np.arange(6) // 4, RIGHT.astype(str), "")
    booklets[:, 2:4] = RIGHT[:, 2:4]
    path = scores_file(tmp_path / "booklets.csv", booklets)
    assert both(run, path)[0]["test"]["kr21"] is None
    assert both(run, scores_file(tmp_path / "whole.csv", RIGHT))[0]["test"]["kr21"] > 0


@pytest.mark.parametrize(("codes", "shown"), [([9], "9"), ([99], "99"), ([8, 9], "8, 9")])
def test_a_code_for_no_answer_that_counts_as_a_score_is_told(
    run: Run, tmp_path: Path, codes: list[int], shown: str
) -> None:
    cells = RIGHT.copy()
    for n, code in enumerate(codes):
        cells[n::9, 2] = cells[n::11, 4] = code
    found = notes_both_ways(run, scores_file(tmp_path / "nine.csv", cells))
    assert (found["gap"]["items"], found["gap"]["codes"]) == ("Q2, Q4", shown)
    assert f"no candidate has 2 to {codes[0] - 1}" in found["gap"]["message"]
    ordinary = RIGHT + 4 * (np.arange(6) == 3) * (RIGHT[:, :1] + RIGHT[:, 1:2])  # 0 1 4 5 8 9 of an essay
    assert "gap" not in notes_both_ways(run, scores_file(tmp_path / "essay.csv", ordinary))


def test_scores_that_do_not_begin_at_0_are_told(run: Run, tmp_path: Path) -> None:
    found = notes_both_ways(run, scores_file(tmp_path / "onetwo.csv", RIGHT + 1))
    assert found["no-zero"]["least"] == 1
    one_easy = RIGHT.copy()
    one_easy[:, 0] = 1
    assert "no-zero" not in notes_both_ways(run, scores_file(tmp_path / "easy.csv", one_easy))


def test_a_column_that_is_no_item_is_told(run: Run, tmp_path: Path) -> None:
    age = RNG.integers(18, 60, (90, 1))
    path = scores_file(tmp_path / "age.csv", np.hstack([RIGHT, age]))
    found = notes_both_ways(run, path)
    assert (found["unlike"]["items"], found["unlike"]["low"]) == ("Q6", age.min())
    assert "--exclude" in " ".join(run("analyse", "items", path).text.split())
    essay = np.hstack([RIGHT, RIGHT.sum(axis=1, keepdims=True) + RNG.integers(0, 4, (90, 1))])
    assert "unlike" not in notes_both_ways(run, scores_file(tmp_path / "essay.csv", essay))


def test_numbers_below_0_are_told(run: Run, tmp_path: Path) -> None:
    """−1 is an omitted answer, which is told."""
    negative = np.where(RIGHT == 1, 1, np.where(RNG.random(RIGHT.shape) < 0.5, -1, 0))
    path = scores_file(tmp_path / "neg.csv", negative)
    assert notes_both_ways(run, path)["below-zero"]["n"] == (negative == -1).sum()
    data = es.read_responses(path)
    for found in (data, es.items(data), es.reliability(data), es.irt(data), es.decisions(data, 3)):
        codes = {"omitted-scores", "below-zero"}
        [note] = [one for one in found.notes if one.code in codes]
        assert (note.code, note.values["n"]) == ("below-zero", (negative == -1).sum())
    array = np.where(negative < 0, -1, negative)
    assert "omitted-scores" in {one.code for one in es.items(array).notes}
    assert not es.read_responses(path, missing={-1: "not_reached"}).notes


def test_notes_of_reading_have_codes(tmp_path: Path) -> None:
    path = tmp_path / "who.csv"
    path.write_text("who,Q0,Q1\n" + "".join(f"P{n},{n % 2},{n % 3 == 0:d}\n" for n in range(60)))
    data = es.read_responses(path, missing=["X"])
    assert [one.code for one in data.notes] == ["first-column-names", "codes-not-met"]
    assert all(isinstance(one, dict) and one["code"] for one in es.items(data).to_dict()["notes"])
    keyed = es.responses({"i1": ["A", "B", "*", "N/A"], "i2": ["A", "B", "A", "A"]}, key={"i1": "A"})
    assert [one.code for one in keyed.notes] == [
        "columns-left-out",
        "words-for-nothing",
        "unlike-key",
    ]
    assert es.responses({"": [3, 4], "i1": [1, 0]}).notes[0].code == "first-column-names"


def test_blank_sheets_are_told_with_the_figures_without_them(run: Run, tmp_path: Path) -> None:
    path, key = tmp_path / "options.csv", tmp_path / "key.csv"
    cells = np.where(RIGHT == 1, "A", "B")
    cells[:20] = ""
    scores_file(path, cells)
    key.write_text("item,key\n" + "".join(f"Q{j},A\n" for j in range(6)))
    found = notes_both_ways(run, path, key)["blank-sheets"]
    without = es.items(RIGHT[20:]).test
    assert (found["n"], found["mean"]) == (20, f"{without['mean']:.3f}")
    assert found["alpha"] == f"{without['alpha']:.3f}"


def test_ids_that_are_repeated_are_told(run: Run, tmp_path: Path) -> None:
    ids = [f"P{n % 60}" for n in range(90)]
    path = scores_file(tmp_path / "dup.csv", RIGHT, ids)
    found = notes_both_ways(run, path)
    assert found["ids-repeated"]["n"] == 30
    assert run("analyse", "items", path).text.count("repeat an id") == 1


# ── half points ──────────────────────────────────────────────────────────────────────────────


def test_half_points_are_taken(run: Run, tmp_path: Path) -> None:
    """Everything but the unit is as of twice the points."""
    halves = np.hstack([RIGHT, RIGHT[:, :1] * 1.5 + RNG.integers(0, 4, (90, 1)) / 2])
    path = scores_file(tmp_path / "halves.csv", halves)
    ours, of_array = run.json("analyse", "items", path), es.items(halves)
    of_file = es.items(es.read_responses(path, halves=True))
    assert of_file.to_dict()["test"] == ours["test"] == of_array.to_dict()["test"]
    assert of_file.to_dict()["items"] == ours["items"]
    twice = es.items((halves * 2).astype(int), max_score={f"i{j + 1}": 2 for j in range(6)} | {"i7": 6})
    test, items = of_array.test, of_array.items
    assert test["alpha"] == pytest.approx(twice.test["alpha"])
    assert (test["mean"], test["sem"]) == pytest.approx((halves.sum(axis=1).mean(), twice.test["sem"] / 2))
    assert items["facility"].to_list() == pytest.approx(twice.items["facility"].to_list())
    assert items["max_score"].to_list() == [1.0] * 6 + [3.0]
    assert items["sd"].to_list() == pytest.approx(np.std(halves, axis=0, ddof=1))
    assert of_array.scores["score"].to_list() == np.arange(0, 9.5, 0.5).tolist()
    assert es.reliability(halves)["omega"] == pytest.approx(es.reliability((halves * 2).astype(int))["omega"])
    assert es.reliability(halves).sem == pytest.approx(test["sem"])
    for verb in (es.irt, es.dif):
        with pytest.raises(es.ArgumentError, match="half points"):
            verb(
                es.read_responses(path, halves=True),
                **({"groups": np.arange(90) % 2} if verb is es.dif else {}),
            )
    with pytest.raises(es.ArgumentError, match=r"`0\.75`"):
        es.items(halves / 2 + 0.25)


def test_cells_that_are_no_option_of_the_key(run: Run, tmp_path: Path) -> None:
    """Half of the rows have 1 and 2 where the key has A and B; −1 is no answer, not an option."""
    path, key = tmp_path / "mixed.csv", tmp_path / "key.csv"
    key.write_text("item,key\n" + "".join(f"Q{j},A\n" for j in range(6)))
    lines = [",".join("BA"[one] if n < 45 else "21"[one] for one in row) for n, row in enumerate(RIGHT)]
    lines[:2] = ["-1,−1,A,B,A,B"] * 2
    path.write_text(
        "id," + ",".join(f"Q{j}" for j in range(6)) + "\n"
        + "".join(f"P{n},{line}\n" for n, line in enumerate(lines)), "utf-8"
    )  # fmt: skip
    ours, theirs = both(run, path, key)
    whole = (
        run.json("analyse", "items", path, "--key", key),
        es.items(es.read_responses(path, key=key)).to_dict(),
    )
    [one], [other] = ([n for n in of["notes"] if n["code"] == "unlike-key"] for of in whole)
    assert one["message"] == other["message"]
    assert "1" in one["message"]
    assert "-1" not in one["message"]
    for of in (ours, theirs):
        of["notes"] = [n for n in of["notes"] if n["code"] != "unlike-key"]
    assert ours == theirs


def test_cells_of_a_group_are_counted_in_it(run: Run, tmp_path: Path) -> None:
    """Words for no answer and options that only others have are not told of a group, nor are they options."""
    cells = np.where(RIGHT == 1, "A", "B").astype(object)
    cells[:3, 1], cells[3:5, 2], cells[60:62, 1] = "N/A", "7", "-"
    rows = [f"c{n},{'fm'[n >= 45]},{','.join(row)}" for n, row in enumerate(cells.tolist())]
    head, key = "id,sex,a,b,c,d,e,f", tmp_path / "key.csv"
    (path := tmp_path / "r.csv").write_text("\n".join([head, *rows]))
    key.write_text("item,key\n" + "".join(f"{item},A\n" for item in "abcdefg"))
    ours = run.json("analyse", "items", path, "--by", "sex", "--key", key)
    for found, part in zip(ours["groups"], (rows[:45], rows[45:]), strict=True):
        (alone := tmp_path / "part.csv").write_text("\n".join([head, *part]))
        known = es.items(es.read_responses(alone, key=key, exclude=["sex"])).to_dict()
        for one in (found, known):
            one["notes"].sort(key=lambda note: str(note["code"]))
        group = as_arguments(found, known)
        assert {name: group[name] for name in known} == known
