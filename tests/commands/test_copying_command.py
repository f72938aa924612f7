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
    "source", "copier", "p_gbt", "p_omega", "p_adjusted", "listed", "matches", "expected", "same_wrong",
    "n_items", "omega", "theta_source", "theta_copier", "room",
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
    assert {tuple(sorted((row["source"], row["copier"]))) for row in told["pairs"]} == {
        tuple(sorted(pair)) for pair in planted
    }
    assert told["n_listed"] == 2
    assert [row["listed"] for row in told["pairs"]] == [True] * 2
    assert out.read_text("utf-8-sig").startswith("source,copier,p_gbt,p_omega,p_adjusted")
    ran = run("analyse", "copying", found(DATA), "--key", found(KEY))
    assert "never a verdict" in ran.out
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


def test_blanks_constants_and_odd_marks(run: Run, tmp_path: Path) -> None:
    cells = answers(80, 12).astype("U2")
    cells[4], cells[5] = "A", "A"  # two who have all right
    cells[:, 0] = "A"  # everybody right
    cells[6:, 1], cells[:6, 1] = "A", ""  # everybody who answered
    cells[0], cells[1] = "", ""  # two who answered nothing
    cells[2, 5], cells[3, 5] = "AB", "AB"
    file, key = sheet(tmp_path / "a.csv", cells), key_of(tmp_path / "k.csv", 12)
    pairs = table(tmp_path / "p.csv", ("source", "copier"), ("c0", "c1"), ("c4", "c5"), ("c2", "c3"))
    told = document(run("analyse", "copying", file, "--key", key, "--pairs", pairs, "--json"))
    assert told["n_items"] == 10
    by = {row["source"]: row for row in told["pairs"]}
    assert (by["c0"]["matches"], by["c0"]["n_items"]) == (0, 0)
    assert (by["c0"]["p_gbt"], by["c0"]["p_omega"]) == (1, None)
    assert by["c4"]["p_gbt"] > 0.1
    assert {"one-option", "no-p"} <= {note["code"] for note in told["notes"]}


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
    assert {first["source"], first["copier"]} == {"a0", "b0"}
    assert (first["n_items"], first["matches"]) == (20, 20)
    assert None not in [row[name] for row in told["pairs"] for name in ("p_gbt", "p_omega")]


@pytest.mark.parametrize(
    ("n", "n_items", "said"),
    [(1, 10, "A comparison needs two"), (30, 10, "At least 50 are needed"), (80, 2, "but 3 are needed")],
)
def test_too_little_is_refused(run: Run, tmp_path: Path, n: int, n_items: int, said: str) -> None:
    file, key = sheet(tmp_path / "a.csv", answers(n, n_items)), key_of(tmp_path / "k.csv", n_items)
    assert said in run.refused("analyse", "copying", file, "--key", key)


def test_what_does_not_fit_together_is_named(run: Run, tmp_path: Path) -> None:
    cells = answers(60, 10)
    file = sheet(tmp_path / "a.csv", cells, ids=["c0", "c0", *(f"c{n}" for n in range(2, 60))])
    key = key_of(tmp_path / "k.csv", 10)
    pairs = table(tmp_path / "p.csv", ("source", "copier"), ("c0", "c2"), ("c3", "nobody"), ("c4", "c4"))
    ran = run("analyse", "copying", file, "--key", key, "--pairs", pairs)
    assert ran.status == 1
    for said in ("is on several rows", "is not a candidate", "the same candidate"):
        assert said in ran.err
    few = table(tmp_path / "i.csv", ("item", "option", "a", "c"), ("I0", "A", 1, 0), ("I0", "B", "x", 0))
    assert "is not a number" in run("analyse", "copying", file, "--key", key, "--items", few).err
    gaps = table(tmp_path / "g.csv", ("item", "option", "a", "c"), ("I0", "A", 1, 0), ("I0", "B", -1, 0))
    assert "has no parameters" in run("analyse", "copying", file, "--key", key, "--items", gaps).err
    assert "requires the columns" in run("analyse", "copying", file, "--key", key, "--items", key).err
    for words, said in (
        (("--index", "x"), "x"),
        (("--adjust", "x"), "--adjust"),
        (("--model", "x"), "--model"),
        (("--alpha", "2"), "--alpha"),
        (("--rooms",), "--rooms"),
        (("--items", tmp_path / "none.csv"), "is not a file"),
    ):
        assert said in run.refused("analyse", "copying", file, "--key", key, *words, status=2)
    scored = sheet(tmp_path / "scored.csv", (cells == "A").astype(int))
    assert "--model nominal needs options. Give their key with --key" in run.refused(
        "analyse", "copying", scored, "--model", "nominal", status=2
    )


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
