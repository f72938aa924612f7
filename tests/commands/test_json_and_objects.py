"""The tables of `examgen analyse … --json` are those of `examgen.stats`: the same columns, the same numbers; and
what the command printed goes into the functions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.commands.conftest import Run

Rows = Sequence[Mapping[str, Any]]


def alike(
    rows: Rows, table: pl.DataFrame, names: Mapping[str, str] = {}, without: Sequence[str] = ()
) -> None:  # fmt: skip
    """Every column of the object's table is in the rows, by its name there, and holds the same values."""
    assert len(rows) == len(table) > 0
    for name in table.columns:
        if name in without:
            continue
        theirs = [row[names.get(name, name)] for row in rows]
        for row, (one, other) in enumerate(zip(table[name].to_list(), theirs, strict=True)):
            if isinstance(one, float) and other is not None:
                assert one == pytest.approx(other, rel=1e-9, abs=1e-12), (name, row)
            else:
                assert one == other, (name, row)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    data = es.example(n_persons=400, n_items=10, seed=3)
    frame = data.frame().rename({"person": "candidate_id"})
    path = tmp_path / "answers.csv"
    frame.with_columns(pl.Series("sex", data.others["sex"])).write_csv(path)
    return path


def test_what_irt_printed_is_a_table_of_items(run: Run, tmp_path: Path) -> None:
    """Of partial scores too, whose categories stand for scores that somebody has."""
    b = np.linspace(-1, 1, 5)[:, None] + np.array([-0.8, 0.0, 0.8])
    items = {
        "item": list("abcde"),
        "a": [0.8, 1.0, 1.2, 1.4, 1.6],
        **{f"b{k + 1}": b[:, k] for k in range(3)},
    }
    frame = es.simulate(items, 400, model="grm").responses.frame()
    frame = frame.with_columns(b=pl.when(pl.col("b") == 1).then(2).otherwise("b"))
    frame.rename({"person": "candidate_id"}).write_csv(tmp_path / "x.csv")
    told = run.json("analyse", "irt", tmp_path / "x.csv", "--model", "grm")
    fit = es.irt(frame, "grm")
    assert told["items"] == fit.items.to_dicts()
    assert told["items"][1]["scores"] == "0 2 3"
    given = es.abilities(frame, told, population=(fit.mean, fit.sd))
    assert given["theta"].to_list() == pytest.approx(fit.abilities()["theta"].to_list())
    assert es.link(told, fit).slope == pytest.approx(1.0)
    again = es.irt(frame, "grm", anchors=told)
    assert again.items["b1"].to_list() == pytest.approx(fit.items["b1"].to_list())


def test_decisions(run: Run, file: Path) -> None:
    told = run.json("analyse", "decisions", file, "--exclude", "sex", "--cut", "6")
    found = es.decisions(es.read_responses(file, exclude=["sex"]), 6)
    for name, value in json.loads(found.to_json()).items():
        assert told[name] == value, name


def test_decisions_by_known_items_and_by_totals(run: Run, tmp_path: Path) -> None:
    """A blank cell, cuts off the scale and that all reach: the same numbers, findings and notes."""
    right = np.random.default_rng(4).binomial(1, 0.7, (80, 6)).astype(object)
    right[0, 3] = None
    cells = pl.DataFrame({"id": [*map(str, range(80))], **{f"i{n}": [*right[:, n]] for n in range(6)}})
    known = pl.DataFrame({"item": [f"i{n}" for n in range(6)], "a": [1.2] * 6, "b": np.linspace(-1, 1, 6)})
    total = pl.DataFrame({"id": [*map(str, range(79))], "total": right[1:].sum(axis=1).astype(int)})
    for name, frame in (("cells", cells), ("known", known), ("total", total)):
        frame.write_csv(tmp_path / f"{name}.csv")
    for words, found in (
        (("cells.csv", "--items", tmp_path / "known.csv"), es.decisions(cells, [4, 99, 1], items=known)),
        (("total.csv", "--max-score", 6), es.decisions(total["total"], [4, 99, 1], max_score=6)),
    ):
        told = run.json("analyse", "decisions", tmp_path / words[0], *words[1:], "--cut", "1,4,99")
        assert {"cut-outside", "one-sided"} <= {one["code"] for one in told["notes"]}
        for name, value in json.loads(found.to_json()).items():
            assert told[name] == value, name


def test_equate(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.binomial(20, 0.5, 600), rng.binomial(20, 0.55, 600)
    for name, total in (("x", x), ("y", y)):
        pl.DataFrame({"total": total}).write_csv(tmp_path / f"{name}.csv")
    for method in ("linear", "equipercentile"):
        words = ("--design", "eg", "--method", method, "--points", "20")
        told = run.json("analyse", "equate", tmp_path / "x.csv", tmp_path / "y.csv", *words)
        found = es.equate(x, y, method, points=20)
        for name, value in json.loads(found.to_json()).items():
            assert told[name] == value, name


def test_equate_with_common_items(run: Run, tmp_path: Path) -> None:
    """Items with a blank cell and a blank sheet: the same numbers, findings and notes."""
    rng = np.random.default_rng(3)
    frames = {}
    for form, able in (("x", 0.45), ("y", 0.65)):
        right = rng.binomial(1, able, (90, 12)).astype(object)
        right[0, 3], right[1] = None, None
        names = [*(f"{form}{n}" for n in range(9)), "a1", "a2", "a3"]
        columns = {name: [*right[:, n]] for n, name in enumerate(names)}
        frames[form] = pl.DataFrame({"id": [f"{form}{n}" for n in range(90)], **columns})
        frames[form].write_csv(tmp_path / f"{form}.csv")
    for method in ("levine", "frequency-estimation", "auto"):
        words = ("--design", "neat", "--method", method, "--cut", 6.5, "--decimals", 1)
        told = run.json("analyse", "equate", tmp_path / "x.csv", tmp_path / "y.csv", *words)
        found = es.equate(frames["x"], frames["y"], method, cut=6.5, decimals=1)
        codes = {one["code"] for one in told["notes"]}
        assert {"blanks-wrong", "no-score"} <= codes
        for name, value in json.loads(found.to_json()).items():
            assert told[name] == value, name


def test_cut(run: Run, tmp_path: Path) -> None:
    """Cut scores by every method: the same figures, judges and notes."""
    rng = np.random.default_rng(4)
    ratings = rng.uniform(0.3, 0.9, (6, 5)).round(3)
    ratings[1, 2] = np.nan
    judges = [f"J{n}" for n in range(6)]
    tables: dict[str, dict[str, Any]] = {
        "r": {"judge": judges, **{f"i{n}": ratings[:, n] for n in range(5)}},
        "b": {"judge": judges[:4], "bookmark": [6, 3, 3, 2]},
        "p": {"item": [f"i{n}" for n in range(5)], "a": rng.uniform(0.6, 1.5, 5), "b": rng.normal(size=5), "c": [0.2] * 5,
              "facility": rng.uniform(0.2, 0.9, 5)},
        "h": {"judge": ["A", "B"], "min_cut": [9, 8], "max_cut": [14, 15], "min_fail": [0.1, 0.2], "max_fail": [0.7, 0.8]},
    }  # fmt: skip
    score = rng.binomial(20, 0.6, 40)
    able = score + rng.normal(0, 2, 40) > 12
    grade = np.clip(score // 4, 1, 4)
    tables["g"] = {"score": score, "group": np.where(able, "yes", "no"), "grade": grade}
    files = {name: tmp_path / f"{name}.csv" for name in tables}
    for name, table in tables.items():
        pl.DataFrame(table).fill_nan(None).write_csv(files[name])
    parameters = {name: tables["p"][name] for name in ("item", "a", "b", "c")}
    limits = {name: value for name, value in tables["h"].items() if name != "judge"}
    both: list[tuple[tuple[object, ...], Any]] = [
        (("angoff", files["r"], "--statistics", files["p"], "--adjust-se", -1, "--totals", files["g"]),
         es.angoff(tables["r"], statistics=tables["p"], adjust_se=-1, totals=score)),
        (("bookmark", files["b"], "--parameters", files["p"], "--rp", "0.6", "--centre", "mean"),
         es.bookmark(dict(zip(judges, [6, 3, 3, 2], strict=False)), parameters, response=0.6, centre="mean")),
        (("borderline", files["g"].with_name("n.csv")), es.borderline_group(score, ~able)),
        (("contrasting", files["g"], "--at", 0.7, "--points", 20),
         es.contrasting_groups(score, able, probability=0.7, points=20)),
        (("regression", files["g"], "--border", 2), es.borderline_regression(score, grade, 2)),
        (("hofstee", files["h"], "--totals", files["g"]), es.hofstee(score, limits)),
    ]  # fmt: skip
    near = {"score": score, "group": np.where(able, "competent", "borderline")}
    pl.DataFrame(near).write_csv(tmp_path / "n.csv")
    for words, found in both:
        told = run.json("analyse", "cut", "--method", *words)
        [form] = told["forms"]
        plain = json.loads(found.to_json())
        same = ("cut", "judged", "se", "low", "high", "se_over")
        assert [form[name] for name in same] == [plain[name] for name in same], words
        assert {name: form[name] for name in plain["details"]} == plain["details"]
        assert form["impact"] == plain["impact"]
        assert told["notes"] == plain["notes"]
        if plain["judges"] is not None:
            assert told["judges"] == [{"form": "", **row} for row in plain["judges"]]


def test_link(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    a, b = rng.lognormal(0, 0.3, 12), rng.normal(0, 1, 12)
    names = [f"i{j}" for j in range(12)]
    old = {"item": names, "a": a, "b": b, "se_a": np.full(12, 0.1), "se_b": np.full(12, 0.08)}
    new = old | {"a": a * 1.2 + rng.normal(0, 0.05, 12), "b": (b - 0.3) / 1.2 + rng.normal(0, 0.05, 12)}
    for name, table in (("old", old), ("new", new)):
        pl.DataFrame(table).write_csv(tmp_path / f"{name}.csv")
    told = run.json("analyse", "link", tmp_path / "old.csv", tmp_path / "new.csv")
    found = es.link(new, old)
    assert (found.slope, found.intercept) == pytest.approx((told["slope"], told["intercept"]))
    alike(told["constants"], found.constants)
    alike(told["items"], found.items)
    alike(told["anchors"], found.anchors)
