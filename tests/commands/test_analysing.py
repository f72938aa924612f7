"""`examgen analyse items | irt`: the documents that others rely on, and R's numbers in them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.commands.conftest import Run
from tests.commands.hostile_responses import answers, text
from tests.psychometrics.reference import found, result_table, results


def document(run: Run, *words: object) -> dict[str, Any]:
    ran = run("analyse", *words, "--json")
    assert (ran.status, ran.err) == (0, ""), ran.text
    return dict(json.loads(ran.out))


def column(rows: list[dict[str, Any]], field: str) -> list[float]:
    return [np.nan if row[field] is None else row[field] for row in rows]


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    path = tmp_path / "scores.csv"
    path.write_text(text(answers(300, 8)))
    return path


# ── the contract ─────────────────────────────────────────────────────────────────────────────


def test_new_candidates_by_the_parameters_of_a_bank(run: Run, tmp_path: Path) -> None:
    """R's abilities of everybody, and of one candidate alone, from R's parameters and population."""
    known, theirs = results("sim_dif__2pl_mml"), result_table("sim_dif__2pl_mml_scores")
    bank = tmp_path / "bank.csv"
    rows = zip(known["item"], known["a"], known["b"], strict=True)
    bank.write_text("item,a,b\n" + "".join(f"{item},{a!r},{b!r}\n" for item, a, b in rows))
    whole = Path(found("data/sim_dif.csv"))
    one = tmp_path / "one.csv"
    one.write_text("".join(whole.read_text("utf-8").splitlines(keepends=True)[:2]), "utf-8")
    words = ("irt", "--model", "2pl", "--anchors", bank, "--exclude", "group")
    for answers_of, n in ((whole, len(theirs["id"])), (one, 1)):
        out = tmp_path / "abilities.csv"
        told = document(run, *words, answers_of, "--fix-ability", "0,1", "--scores", out)
        [ability] = told["population"]
        assert (ability["mean"], ability["sd"], ability["se_mean"]) == (0, 1, None)
        assert (told["n_parameters"], told["n_persons"], told["converged"]) == (0, n, True)
        if n > 1:
            assert told["loglik"] == pytest.approx(known["loglik"], abs=1e-4)
            grid, rows = told["curves"], {row["item"]: row["information"] for row in told["item_information"]}
            own = np.array([rows[item] for item in known["item"]])
            for row, total in zip(grid, own.sum(axis=0), strict=True):
                assert total == pytest.approx(row["information"])
            at = [known["theta_grid"].index(row["theta"]) for row in grid]
            assert own == pytest.approx(np.array(known["item_information"])[at].T, abs=1e-6)
        with out.open(encoding="utf-8-sig", newline="") as file:
            read = list(csv.DictReader(file))
        assert [row["candidate_id"] for row in read] == theirs["id"][:n]
        for field, close in (("eap", 1e-8), ("map", 1e-5), ("ml", 1e-4), ("wle", 1e-4), ("eap_se", 1e-8)):
            his = theirs[field if field != "eap_se" else "se_eap"][:n]
            finite = [k for k in range(n) if read[k][field] and abs(float(his[k])) < 6]
            assert [float(read[k][field]) for k in finite] == pytest.approx(
                [float(his[k]) for k in finite], abs=close
            )
    assert document(run, *words, whole, "--fix-ability", "0.5,2")["loglik"] < known["loglik"]
    bank.write_text("".join(bank.read_text().splitlines(keepends=True)[:-1]))
    for more, said in (
        (("--fix-ability", "0,1"), "has none of I30"), (("--fix-ability", "0"), "Write for example 0,1"),
        (("--fix-ability", "0,0"), "Write for example 0,1"), (("--fix-ability", "0,1", "--group", "group"), "cannot be combined with"),
    ):  # fmt: skip
        ran = run("analyse", *words, whole, *more)
        assert (ran.status, said in " ".join(ran.text.split())) == (2, True), ran.text
    ran = run("analyse", "irt", whole, "--model", "2pl", "--fix-ability", "0,1", "--exclude", "group")
    assert ran.status == 2


def test_outfit_stands_beside_its_z(run: Run, scores: Path) -> None:
    for model in ("2pl", "rasch-cml"):
        ran = run("analyse", "irt", scores, "--model", model, "--exclude", "g", "--verbose")
        [heads] = [line.split() for line in ran.out.splitlines() if "outfit" in line]
        assert heads[heads.index("outfit") + 1] == heads[heads.index("infit") + 1] == "Z"


def test_abilities_are_written_a_line_a_candidate(run: Run, scores: Path, tmp_path: Path) -> None:
    for model, kinds in (("2pl", "ml wle map eap eap_sum"), ("rasch-cml", "ml wle")):
        out = tmp_path / f"{model}.csv"
        document(run, "irt", scores, "--model", model, "--exclude", "g", "--scores", out)
        header, *lines = out.read_text("utf-8-sig").splitlines()
        assert set(kinds.split()) <= set(header.split(","))
        assert len(lines) == 300
        assert lines[0].startswith("C0,")


# ── R's numbers ──────────────────────────────────────────────────────────────────────────────


def test_a_workbook_holds_the_rows_of_the_document(run: Run, scores: Path, tmp_path: Path) -> None:
    import polars as pl

    out = tmp_path / "items.csv"
    told = document(run, "items", scores, "--exclude", "g", "--out", out)
    frame = pl.read_csv(out)
    assert frame["item"].to_list() == [row["item"] for row in told["items"]]
    assert frame["facility"].to_list() == pytest.approx(column(told["items"], "facility"))
