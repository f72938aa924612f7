"""`examgen analyse subscores`: a response file with a map, a run, and what nothing can be told of."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.commands.conftest import Run
from tests.commands.hostile_responses import answers, text
from tests.test_docs_statistics import fields

PARTS = {f"I{n}": "short" if n <= 2 else "long" if n <= 8 else "rest" for n in range(1, 11)}


def write_map(path: Path, parts: dict[str, str], level: str = "") -> Path:
    lines = [f"{item},{part}" + (f",{level}" if level else "") for item, part in parts.items()]
    path.write_text("item,subscore" + (",level" if level else "") + "\n" + "\n".join(lines) + "\n")
    return path


def document(run: Run, *words: object) -> dict[str, Any]:
    ran = run("analyse", "subscores", *words, "--json")
    assert (ran.status, ran.err) == (0, ""), ran.text
    assert not re.search(r"\bnan\b|infinity", ran.out, flags=re.I)
    return dict(json.loads(ran.out))


def by_part(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["subscore"]: row for row in told["table"]}


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    path = tmp_path / "scores.csv"
    path.write_text(text(answers(1000, 10, slope=2)))
    return path


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    return write_map(tmp_path / "map.csv", PARTS)


def test_items_of_one_ability_have_no_score_worth_reporting(run: Run, scores: Path, mapping: Path) -> None:
    told = document(run, scores, "--exclude", "g", "--subscores", mapping)
    rows = by_part(told)
    assert rows["short"]["verdict"] == "not_worth"
    assert rows["short"]["instead"] == "total"
    assert rows["short"]["n_items"] == 2
    assert rows["short"]["prmse_subscore"] < rows["short"]["prmse_total"]
    assert rows["short"]["gain_high"] < 0
    assert rows["long"]["verdict"] != "worth"
    ran = run.ok("analyse", "subscores", scores, "--exclude", "g", "--subscores", mapping)
    assert "the score for long tells no more than the total. Report only the total" in ran.out
    assert by_part(told)["short"]["both_add"]
    assert re.search(r"for .*short.* alone tells no more than the total.*\s.*Report the augmented", ran.out)


def test_a_larger_part_that_is_worth_its_score_is_named(run: Run, tmp_path: Path) -> None:
    """Two elements of abilities that are correlated 0.5, 18 items each in criteria of 2 and 16."""
    rng = np.random.default_rng(4)
    theta = np.sqrt(0.5) * (rng.normal(size=(800, 1)) + rng.normal(size=(800, 2)))
    ability, b = np.repeat(theta, 18, axis=1), np.tile(np.linspace(-1.5, 1.5, 18), 2)
    right = (rng.random(ability.shape) < 1 / (1 + np.exp(2 * (b - ability)))).astype(int)
    (tmp_path / "s.csv").write_text(text(right))
    lines = [f"I{n + 1},{'AB'[n // 18]},element" for n in range(36)]
    lines += [f"I{n + 1},{'AB'[n // 18]}{'12'[n % 18 not in (3, 12)]},pc" for n in range(36)]
    (tmp_path / "m.csv").write_text("item,subscore,level\n" + "\n".join(lines) + "\n")
    words = (tmp_path / "s.csv", "--exclude", "g", "--subscores", tmp_path / "m.csv")
    told = by_part(document(run, *words))
    assert [told[name]["verdict"] for name in "AB"] == ["worth", "worth"]
    for name in ("A1", "B1"):
        assert (told[name]["n_items"], told[name]["verdict"], told[name]["instead"]) == (
            2,
            "not_worth",
            name[0],
        )
    shown = run("analyse", "subscores", *words).out
    assert "the score for A1 tells no more than the total. Report A instead" in shown
    assert re.search(r"the scores for A, .*B.* tell more than the total and can be reported", shown)


def test_scores_of_candidates_are_written(run: Run, scores: Path, mapping: Path, tmp_path: Path) -> None:
    out, table = tmp_path / "augmented.csv", tmp_path / "parts.xlsx"
    told = document(run, scores, "--exclude", "g", "--subscores", mapping, "--scores", out, "--out", table)
    rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
    assert len(rows) == 1000
    assert list(rows[0]) == [
        "id",
        "form",
        *(n + m for n in ("short", "long", "rest") for m in ("", "_augmented")),
    ]
    given = list(csv.DictReader(scores.read_text().splitlines()))
    assert [float(row["long"]) for row in rows] == [sum(int(r[f"I{n}"]) for n in range(3, 9)) for r in given]
    better = [float(row["long_augmented"]) for row in rows]
    assert np.mean(better) == pytest.approx(by_part(told)["long"]["mean"])
    assert table.stat().st_size


MAPS = {
    "other columns": ("a,b\nI1,x\n", 1, "columns-missing"),
    "an item that is not there": ("item,subscore\nI1,x\nZ9,x\n", 1, "map-item"),
    "no name": ("item,subscore\nI1,\n", 1, "map-item"),
    "in two parts": ("item,subscore\nI1,x\nI1,y\n", 1, "map-item"),
    "empty": ("item,subscore\n", 1, "map-empty"),
}


@pytest.mark.parametrize("case", MAPS)
def test_a_map_that_cannot_be_is_refused(run: Run, scores: Path, tmp_path: Path, case: str) -> None:
    content, status, code = MAPS[case]
    (tmp_path / "m.csv").write_text(content)
    ran = run("analyse", "subscores", scores, "--exclude", "g", "--subscores", tmp_path / "m.csv", "--json")
    assert ran.status == status
    assert code in [problem["code"] for problem in json.loads(ran.out)["problems"]]


def test_wrong_usage(run: Run, scores: Path, mapping: Path, tmp_path: Path) -> None:
    def status(*words: object) -> int:
        return run("analyse", "subscores", *words).status

    assert status(scores) == 2
    assert status(scores, "--exclude", "g", "--subscores", tmp_path / "none.csv") == 2
    assert status(scores, "--subscores", mapping, "--run", 1) == 2
    assert status(tmp_path) == 2
    assert status(tmp_path, "--subscores", mapping) == 2
    assert status(tmp_path, scores) == 2
    assert status(scores, "--subscores", mapping, "--exclude", "g", "--scores", mapping) == 2
    assert status(scores, "--subscores", mapping, "--exclude", "g", "--out", mapping) == 2


def test_every_field_is_documented(run: Run, scores: Path, mapping: Path, root: Path, tmp_path: Path) -> None:
    cells = answers(300, 10)
    cells[:150, 4] = ""
    cells[:5, 5] = ""
    (tmp_path / "forms.csv").write_text(text(cells))
    found: dict[str, set[str]] = {}
    for path in (scores, tmp_path / "forms.csv"):
        for place, name in fields(document(run, path, "--exclude", "g", "--subscores", mapping)):
            found.setdefault(place, set()).add(name)
    found = {place: names for place, names in found.items() if not place.endswith(".values")}
    page = (root / "docs" / "judgement.md").read_text("utf-8").split("## Is the score of a part")[1]
    told: dict[str, set[str]] = {}
    for section in re.split(r"^### ", page, flags=re.M)[1:]:
        head, _, body = section.partition("\n")
        names = re.findall(r"`([^`]+)`", head)
        cells_ = re.findall(r"^\| ([^|]+) \|", body.split("\n## ")[0], flags=re.M)
        for place in [""] if "document" in head else names[1:]:
            told[place] = {f for cell in cells_ for f in re.findall(r"`([^`]+)`", cell)}
    assert told.pop("") - {"exam", "run", "release"} == found.pop("")
    assert told == found


def test_who_has_no_answer_and_what_nobody_was_given_is_named(run: Run, tmp_path: Path) -> None:
    cells = [[str(one) for one in row] for row in answers(40, 10, slope=2)]
    cells[3] = [""] * 10
    for row in cells:
        row[6] = ""
    header = ",".join(["candidate_id", *(f"I{n}" for n in range(1, 11))])
    lines = [",".join([f"C{n}", *row]) for n, row in enumerate(cells)]
    (tmp_path / "s.csv").write_text("\n".join([header, *lines]) + "\n")
    told = document(run, tmp_path / "s.csv", "--subscores", write_map(tmp_path / "map.csv", PARTS))
    assert [form["form"] for form in told["forms"]] == [""]
    assert (told["n_persons"], told["n_left_out"]) == (39, 0)
    assert [(one["code"], one["values"]) for one in told["notes"]][:2] == [
        ("no-answers", {"n": 1}),
        ("item-not-given", {"n": 1, "part": "long"}),
    ]


def test_nothing_is_decided_by_a_prmse_above_one(run: Run, tmp_path: Path) -> None:
    """Two items that hardly go with each other, and each with the total: the estimates contradict each other."""
    path, drawn = tmp_path / "scores.csv", np.random.default_rng(5)
    ability = drawn.normal(size=60)
    right = (1.4 * ability[:, None] + drawn.normal(size=(60, 10)) > 0).astype(int)
    right[:, :2] = 0.7 * ability[:, None] + drawn.normal(size=(60, 2)) > 0
    lines = [",".join(["id", *PARTS]), *(f"{n}," + ",".join(map(str, row)) for n, row in enumerate(right))]
    path.write_text("\n".join(lines), "utf-8")
    told = document(run, path, "--subscores", write_map(tmp_path / "map.csv", PARTS))
    row = by_part(told)["short"]
    assert (row["prmse_total"], row["prmse_both"]) == (None, None)
    assert 0 < row["prmse_subscore"] < 1
    assert row["verdict"] in ("not_worth", "undecided")
    assert row["both_add"] is None
    [note] = [one for one in told["notes"] if one["code"] == "above-one"]
    assert note["values"] == {"parts": "short"}
    assert "contradict" in note["message"]
