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
from tests.psychometrics.reference import compare, compare_likelihood, found, raw, result_table, results

Number = (int, float)


def document(run: Run, *words: object) -> dict[str, Any]:
    ran = run("analyse", *words, "--json")
    assert (ran.status, ran.err) == (0, ""), ran.text
    return dict(json.loads(ran.out))


def column(rows: list[dict[str, Any]], field: str) -> list[float]:
    return [np.nan if row[field] is None else row[field] for row in rows]


def all_of(rows: list[dict[str, Any]], fields: str, kind: Any) -> None:
    """Every row has these fields, each of this kind or null."""
    for row in rows:
        for field in fields.split():
            assert row[field] is None or isinstance(row[field], kind), (field, row[field])


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    path = tmp_path / "scores.csv"
    path.write_text(text(answers(300, 8)))
    return path


# ── the contract ─────────────────────────────────────────────────────────────────────────────


def test_fields_of_a_classical_analysis(run: Run, scores: Path) -> None:
    told = document(run, "items", scores, "--exclude", "g")
    all_of([told["test"]], "n_candidates n_items", int)
    all_of([told["test"]], "mean sd alpha kr20 kr21 sem split_half lambda2 omega", Number)
    all_of(told["items"], "item", str)
    all_of(told["items"], "n", int)
    all_of(told["items"], "facility item_total item_rest biserial d27 alpha_if_deleted", Number)
    all_of(told["items"], "flags", list)
    assert [row["item"] for row in told["items"]] == [f"I{n}" for n in range(1, 9)]
    assert None not in told["test"].values()
    assert told["options"] == []


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
        model = told["model"]
        assert (model["mean"], model["sd"], model["se_mean"]) == ([0], [1], [None])
        assert (model["n_parameters"], model["n_candidates"], model["converged"]) == (0, n, True)
        if n > 1:
            assert model["log_likelihood"] == pytest.approx(known["loglik"], abs=1e-4)
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
    assert document(run, *words, whole, "--fix-ability", "0.5,2")["model"]["log_likelihood"] < known["loglik"]
    bank.write_text("".join(bank.read_text().splitlines(keepends=True)[:-1]))
    for more, said in (
        (("--fix-ability", "0,1"), "lacks I30"), (("--fix-ability", "0"), "Write for example 0,1"),
        (("--fix-ability", "0,0"), "Write for example 0,1"), (("--fix-ability", "0,1", "--group", "group"), "cannot be combined with"),
    ):  # fmt: skip
        ran = run("analyse", *words, whole, *more)
        assert (ran.status, said in " ".join(ran.text.split())) == (2, True), ran.text
    ran = run("analyse", "irt", whole, "--model", "2pl", "--fix-ability", "0,1", "--exclude", "group")
    assert ran.status == 2


def test_outfit_stands_beside_its_z(run: Run, scores: Path) -> None:
    for model, head in (("2pl", "Z"), ("rasch-cml", "t")):
        ran = run("analyse", "irt", scores, "--model", model, "--exclude", "g", "--verbose")
        [heads] = [line.split() for line in ran.out.splitlines() if "outfit" in line]
        assert heads[heads.index("outfit") + 1] == heads[heads.index("infit") + 1] == head


def test_fields_of_options(run: Run, scores: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.csv"
    key.write_text("item,key\n" + "".join(f"I{n},1\n" for n in range(1, 9)))
    told = document(run, "items", scores, "--exclude", "g", "--key", key)
    all_of(told["options"], "item option", str)
    all_of(told["options"], "n", int)
    all_of(told["options"], "share point_biserial mean_score", Number)
    assert {(row["item"], row["option"]) for row in told["options"] if row["option"]} == {
        (f"I{n}", option) for n in range(1, 9) for option in "01"
    }
    assert told["test"] == document(run, "items", scores, "--exclude", "g")["test"]


@pytest.mark.parametrize("model", ["rasch-cml", "rasch", "1pl", "2pl", "3pl"])
def test_fields_of_a_model(run: Run, scores: Path, model: str) -> None:
    told = document(run, "irt", scores, "--model", model, "--exclude", "g")
    own = told["model"]
    assert own["name"] == model
    all_of([own], "n_parameters iterations", int)
    all_of([own], "log_likelihood aic bic", Number)
    all_of([own], "converged", bool)
    assert own["aic"] == pytest.approx(2 * own["n_parameters"] - 2 * own["log_likelihood"])
    all_of(told["items"], "a b c d difficulty se_a se_b se_c infit outfit", Number)
    if model != "rasch-cml":
        all_of(told["items"], "s_x2 s_x2_df s_x2_p", Number)
    assert all(row["difficulty"] == row["b"] == pytest.approx(-row["d"] / row["a"]) for row in told["items"])


@pytest.mark.parametrize("model", ["grm", "pcm", "gpcm"])
def test_fields_of_a_model_of_partial_scores(run: Run, tmp_path: Path, model: str) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(text(answers(300, 6) + answers(300, 6, seed=2)))
    for row in document(run, "irt", path, "--model", model, "--exclude", "g")["items"]:
        assert len(row["b"]) == len(row["d"]) == len(row["se_b"]) == 2
        assert row["difficulty"] == pytest.approx(np.mean(row["b"]))
    on_screen = run("analyse", "irt", path, "--model", model, "--exclude", "g")
    assert (on_screen.status, "I6" in on_screen.out) == (0, True)


def test_abilities_are_written_a_line_a_candidate(run: Run, scores: Path, tmp_path: Path) -> None:
    for model, kinds in (("2pl", "ml wle map eap eap_sum"), ("rasch-cml", "ml wle")):
        out = tmp_path / f"{model}.csv"
        document(run, "irt", scores, "--model", model, "--exclude", "g", "--scores", out)
        header, *lines = out.read_text("utf-8-sig").splitlines()
        assert set(kinds.split()) <= set(header.split(","))
        assert len(lines) == 300
        assert lines[0].startswith("C0,")


def test_scores_that_nobody_has_are_told_and_points_are_kept(run: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "points.csv", tmp_path / "abilities.csv"
    rows = [(f"C{n}", (0, 4, 9)[n % 3], n // 3 % 2, n // 7 % 2, n // 5 % 2) for n in range(60)]
    path.write_text("\n".join(",".join(map(str, row)) for row in [("id", *"abcd"), *rows]))
    found = document(run, "irt", path, "--model", "pcm", "--scores", out)
    (told,) = [note for note in found["notes"] if note["code"] == "category-unused"]
    assert (told["item"], "0, 4, 9 count as 0, 1, 2" in told["message"]) == ("a", True)
    earned = [line.split(",")[1] for line in out.read_text("utf-8-sig").splitlines()[1:]]
    assert earned == [str(sum(row[1:])) for row in rows]  # type: ignore[arg-type]


# ── R's numbers ──────────────────────────────────────────────────────────────────────────────


def test_classical_numbers(run: Run) -> None:
    file = "sim2pl__ctt_items"
    told, theirs = document(run, "items", found("data/sim2pl.csv")), results(file)
    pairs = {
        "facility": "p", "item_total": "r_item_total", "item_rest": "r_item_rest",
        "biserial": "biserial_total", "d27": "D27_threshold", "alpha_if_deleted": "alpha_if_deleted",
    }  # fmt: skip
    for ours, name in pairs.items():
        compare(file, f"CLI {ours}", column(told["items"], ours), theirs[name], 1e-10)
    whole = results("sim2pl__ctt_test")
    for ours, name in {"alpha": "alpha", "kr20": "kr20_var_n", "sem": "sem"}.items():
        compare("sim2pl__ctt_test", f"CLI {ours}", told["test"][ours], whole[name], 1e-10)


def test_options_of_a_real_test(run: Run, tmp_path: Path) -> None:
    file = "cttdata__distractors"
    theirs = results(file)
    key = tmp_path / "key.csv"
    key.write_text(
        "item,key\n" + "".join(f"{i},{k}\n" for i, k in zip(theirs["item"], theirs["key"], strict=True))
    )
    told = document(run, "items", found("data/cttdata.csv"), "--key", key)
    rows = [row for row in told["options"] if row["option"] and row["n"]]
    assert [(r["item"], r["option"]) for r in rows] == list(
        zip(theirs["options"]["item"], theirs["options"]["option"], strict=True)
    )
    pairs = {"n": "n", "share": "proportion", "mean_score": "mean_total", "point_biserial": "r_option_total"}
    for ours, name in pairs.items():
        compare(file, f"CLI {ours}", column(rows, ours), theirs["options"][name], 1e-10)


def test_conditional_rasch(run: Run) -> None:
    file = "lsat7__rasch_cml"
    told, theirs = document(run, "irt", found("data/lsat7.csv"), "--model", "rasch-cml"), results(file)
    compare(file, "CLI log_likelihood", told["model"]["log_likelihood"], theirs["loglik"], 1e-6)
    pairs = {"b": "difficulty", "se_b": "se", "infit": "infit_msq", "outfit": "outfit_msq"}
    for ours, name in pairs.items():
        compare(file, f"CLI {ours}", column(told["items"], ours), theirs[name], 1e-4)


@pytest.mark.parametrize("model", ["rasch", "1pl", "2pl"])
def test_marginal_models(run: Run, model: str) -> None:
    file = f"lsat7__{model}_mml"
    told, theirs = document(run, "irt", found("data/lsat7.csv"), "--model", model), results(file)
    compare_likelihood(file, told["model"]["log_likelihood"], theirs["loglik"], 1e-4)
    compare(file, "CLI a", column(told["items"], "a"), theirs["a"], 1e-3)
    compare(file, "CLI d", column(told["items"], "d"), theirs["d"], 1e-3)
    compare(file, "CLI se_d", column(told["items"], "se_d"), theirs["se_d"], 0.01, relative=True)


def test_a_workbook_holds_the_rows_of_the_document(run: Run, scores: Path, tmp_path: Path) -> None:
    import polars as pl

    out = tmp_path / "items.csv"
    told = document(run, "items", scores, "--exclude", "g", "--out", out)
    frame = pl.read_csv(out)
    assert frame["item"].to_list() == [row["item"] for row in told["items"]]
    assert frame["facility"].to_list() == pytest.approx(column(told["items"], "facility"))


def test_two_forms_are_pooled_through_common_items(run: Run, tmp_path: Path) -> None:
    cells = answers(200, 9)
    names = [f"I{n}" for n in range(1, 10)]
    for name, rows, items in (("x", slice(0, 100), slice(0, 6)), ("y", slice(100, 200), slice(3, 9))):
        (tmp_path / f"{name}.csv").write_text(text(cells[rows, items], items=names[items]))
    told = document(run, "irt", tmp_path / "x.csv", tmp_path / "y.csv", "--model", "rasch", "--exclude", "g")
    assert [(row["item"], row["n"]) for row in told["items"]] == [
        *((name, 100) for name in names[:3]), *((name, 200) for name in names[3:6]),
        *((name, 100) for name in names[6:]),
    ]  # fmt: skip


def test_the_kinds_of_nothing(run: Run, tmp_path: Path) -> None:
    cells = answers(60, 5)
    cells[0, 0], cells[1, 1], cells[2, 4] = "9", "8", "7"
    path = tmp_path / "scores.csv"
    path.write_text(text(cells))
    codes = ["--omitted", "9", "--not-administered", "8", "--not-reached", "7"]
    rows = document(run, "items", path, "--exclude", "g", *codes)["items"]
    assert [row["omitted"] for row in rows] == [1, 0, 0, 0, 0]
    assert [row["not_administered"] for row in rows] == [0, 1, 0, 0, 0]
    assert [row["not_reached"] for row in rows] == [0, 0, 0, 0, 1]


def test_the_data_sets_have_the_items_that_are_compared() -> None:
    assert list(raw("lsat7"))[1:] == results("lsat7__2pl_mml")["item"]
