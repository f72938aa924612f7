"""`examgen analyse copying`: the document that others rely on, CopyDetect's numbers in it, and odd inputs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.commands.conftest import Ran, Run
from tests.psychometrics.reference import found

DATA, KEY = "data/sim_copy.csv", "data/sim_copy_key.csv"
FIELDS = {
    "first", "second", "p_gbt", "p_omega", "p_adjusted", "listed", "matches", "expected", "same_wrong",
    "n_items", "omega", "theta_first", "theta_second", "room",
}  # fmt: skip


def document(ran: Ran) -> dict[str, Any]:
    assert (ran.status, ran.err) == (0, ""), ran.text
    assert "NaN" not in ran.out
    assert "Infinity" not in ran.out
    return dict(json.loads(ran.out))


def table(path: Path, *rows: object) -> Path:
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))  # type: ignore[attr-defined]
    return path


def test_planted_pairs_are_listed_with_every_index(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "pairs.csv"
    told = document(run("analyse", "copying", found(DATA), "--key", found(KEY), "--json", "--out", out))
    assert told["n_compared"] == 1000 * 999 // 2
    rule = {"index": "gbt", "adjust": "holm", "alpha": 0.05, "limit": 0.001}
    assert {name: told[name] for name in rule} == rule
    assert all(set(row) == FIELDS for row in told["pairs"])
    planted = {("P0497", "P0541"), ("P0311", "P0161")}
    assert {tuple(sorted((row["first"], row["second"]))) for row in told["pairs"]} == {
        tuple(sorted(pair)) for pair in planted
    }
    assert told["n_listed"] == 2
    assert [row["listed"] for row in told["pairs"]] == [True] * 2
    assert out.read_text("utf-8-sig").startswith("first,second,p_gbt,p_omega,p_adjusted")
    ran = run("analyse", "copying", found(DATA), "--key", found(KEY))
    assert "never a verdict" in ran.out
    assert "The order of a pair is no evidence of who copied" in " ".join(ran.out.split())
    assert "source" not in ran.out.lower()
    assert "copier" not in ran.out.lower()
    assert "cheat" not in ran.text
    assert "P0497" in ran.out


def test_the_page_names_every_field(run: Run, root: Path) -> None:
    told = document(run("analyse", "copying", found(DATA), "--key", found(KEY), "--json"))
    page = (
        (root / "docs" / "scoring.md")
        .read_text("utf-8")
        .split("### The JSON of copying")[1]
        .split("\n## ")[0]
    )
    named = set(re.findall(r"`(\w+)`", page))
    assert {*told, *told["pairs"][0]} - named == set()


def answers(n: int, n_items: int, seed: int = 1) -> np.ndarray[Any, np.dtype[np.str_]]:
    rng = np.random.default_rng(seed)
    right = rng.random((n, n_items)) < 1 / (
        1 + np.exp(np.linspace(-2, 1, n_items) - rng.standard_normal((n, 1)))
    )
    return np.where(right, "A", rng.choice(list("BCD"), (n, n_items)))


def sheet(path: Path, cells: Any, *more: tuple[str, list[str]], ids: list[str] | None = None) -> Path:
    names = ids or [f"c{n}" for n in range(len(cells))]
    heads = ["id", *(name for name, _ in more), *(f"I{j}" for j in range(cells.shape[1]))]
    rows = [[names[n], *(own[n] for _, own in more), *row] for n, row in enumerate(cells)]
    return table(path, heads, *rows)


def key_of(path: Path, n_items: int) -> Path:
    return table(path, ("item", "key"), *((f"I{j}", "A") for j in range(n_items)))


def test_pooled_files_are_compared_on_what_they_share(run: Run, tmp_path: Path) -> None:
    cells = answers(120, 30)
    cells[0, ::2] = "C"
    cells[60] = cells[0]
    one, other = cells[:60, :25], cells[60:, 5:]
    table(
        tmp_path / "a.csv", ["id", *(f"I{j}" for j in range(25))], *([f"a{n}", *r] for n, r in enumerate(one))
    )
    table(
        tmp_path / "b.csv",
        ["id", *(f"I{j}" for j in range(5, 30))],
        *([f"b{n}", *r] for n, r in enumerate(other)),
    )
    key = key_of(tmp_path / "k.csv", 30)
    told = document(run("analyse", "copying", tmp_path / "a.csv", tmp_path / "b.csv", "--key", key, "--json"))
    first = told["pairs"][0]
    assert {first["first"], first["second"]} == {"a0", "b0"}
    assert (first["n_items"], first["matches"]) == (20, 20)
    assert None not in [row[name] for row in told["pairs"] for name in ("p_gbt", "p_omega")]


@pytest.mark.parametrize(("n_items", "said"), [(12, False), (30, True)])
def test_twins_count_once_on_a_long_form(run: Run, tmp_path: Path, n_items: int, said: bool) -> None:
    rng = np.random.default_rng(4)
    ability, difficulty = rng.normal(size=120), rng.normal(size=n_items)
    right = (rng.random((120, n_items)) < 1 / (1 + np.exp(difficulty - ability[:, None]))).astype(int)
    right[:2] = np.arange(n_items) % 2  # six wrong at least, the same
    path = table(tmp_path / "right.csv", ("id", *(f"i{n}" for n in range(n_items))))
    with path.open("a") as file:
        file.writelines(f"c{n}," + ",".join(map(str, row)) + "\n" for n, row in enumerate(right))
    notes = {
        note["code"]: note["message"] for note in document(run("analyse", "copying", path, "--json"))["notes"]
    }
    assert ("same-answers" in notes) == said
    if said:
        assert notes["same-answers"].startswith("1 candidate has exactly the answers of another")


def test_who_left_much_blank_has_copied_nothing(run: Run, tmp_path: Path) -> None:
    """Of few answers the slopes of some items have no end; equal answers to these had a p of 1e-12."""
    rng = np.random.default_rng(0)
    ability = rng.normal(size=(60, 1))
    right = (rng.random((60, 20)) < 1 / (1 + np.exp(np.linspace(-1.5, 1.5, 20) - ability))).astype(int)
    cells = np.where(rng.random(right.shape) < 0.6, "", right.astype(str))
    told = document(run("analyse", "copying", sheet(tmp_path / "s.csv", cells), "--json"))
    assert told["n_listed"] == 0
    assert "not-compared" in {note["code"] for note in told["notes"]}
    assert told["n_items"] < 20
