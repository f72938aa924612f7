"""`examgen analyse decisions`: R's numbers in its document, every field on its page, a word on any file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.commands.conftest import Run
from tests.commands.hostile_responses import SCORES, answers, text
from tests.commands.test_analysing_hostile import file_of, told, words_of
from tests.psychometrics.reference import compare, found, results

METHODS = ("livingston-lewis", "hanson-brennan", "lee", "lee-quadrature", "rudner")
SHARES = (
    "consistency", "accuracy", "kappa", "false_pass", "false_fail", "chance", "pass_rate", "pass_again",
    "fail_again",
)  # fmt: skip


def document(run: Run, *words: object) -> dict[str, Any]:
    return told(run("analyse", "decisions", *words, "--json"))


def by_method(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["method"]: row for row in rows}


@pytest.mark.parametrize("name", ["sat12", "sim2pl"])
def test_the_document_has_the_numbers_of_r(run: Run, tmp_path: Path, name: str) -> None:
    file = f"{name}__decision_consistency"
    theirs = results(file)
    items = tmp_path / "items.csv"
    rows = zip(theirs["item"], theirs["a"], theirs["b"], strict=True)
    items.write_text("item,a,b\n" + "".join(f"{item},{a!r},{b!r}\n" for item, a, b in rows))
    data = found(f"data/{'sat12_scored' if name == 'sat12' else name}.csv")
    told = document(run, data, "--cut", 16, "--items", items)
    compare(file, "command: alpha", told["reliability"], theirs["alpha"], 1e-4)
    ours = by_method(told["table"])
    assert tuple(ours) == METHODS
    found_by_r = theirs["results"]
    for method, kind in (("livingston-lewis", "livingston_lewis"), ("hanson-brennan", "hanson_brennan")):
        own, r = ours[method], found_by_r[f"{kind}_cut_16_4P"]
        (_, _, accuracy), (false_fail, false_pass, _), _ = r["accuracy_matrix"]
        values = [own[field] for field in ("consistency", "accuracy", "kappa", "false_pass", "false_fail")]
        rest = [r["consistency"]["p"], accuracy, r["consistency"]["Kappa"], false_pass, false_fail]
        compare(file, f"command: {method}", values, rest, 1e-4)
    for method in ("lee", "rudner"):
        own, r = ours[method], found_by_r[f"{method}_eap_cut_16"]
        values = [own["consistency"], own["accuracy"]]
        compare(file, f"command: {method}", values, [r["consistency"], r["accuracy"]], 1e-4)


def test_every_field_stands_on_the_page(run: Run, tmp_path: Path, root: Path) -> None:
    path = file_of(tmp_path, text(answers(300, 12)))
    told = document(run, path, "--cut", 5, "--cut", 8, "--exclude", "g")
    page = (root / "docs" / "judgement.md").read_text("utf-8")
    parts = dict(re.findall(r"^### (`decisions`[^\n]*)\n(.*?)(?=^##|\Z)", page, flags=re.M | re.S))
    objects = {
        "`decisions` document": told,
        "`decisions` `table[]`": told["table"][0],
        "`decisions` `contingency[]`": told["contingency"][0],
        "`decisions` `truth[]`": told["truth"][0],
        "`decisions` `parameters[]`": told["parameters"][0],
    }
    assert set(parts) == set(objects)
    for head, body in parts.items():
        cells = re.findall(r"^\| ([^|]+) \|", body, flags=re.M)
        assert {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)} == set(objects[head]), head
    assert (told["cuts"], len(told["levels"])) == ([5.0, 8.0], len(METHODS))
    assert set(told["levels"][0]) == set(told["table"][0]) - {"cut"}
    assert set(re.findall(r"^\| `([a-z-]+)` \| [^|]+ \| [^|]+ \|$", page, flags=re.M)) >= set(METHODS)


def test_totals_say_as_much_as_responses(run: Run, tmp_path: Path) -> None:
    cells = answers(400, 20)
    whole = document(run, file_of(tmp_path, text(cells)), "--cut", 11, "--exclude", "g")
    lines = [f"C{n};{total},0" for n, total in enumerate(cells.sum(axis=1))]
    path = file_of(tmp_path, "\n".join(["id;total", *lines, "C;"]) + "\n", "totals.csv")
    words = ("--cut", 11, "--max-score", 20, "--reliability", repr(whole["reliability"]))
    own = document(run, path, *words)
    for name in ("table", "contingency", "truth"):
        assert own[name] == [row for row in whole[name] if row["method"] in METHODS[:2]]
    assert (own["n_persons"], own["n_items"], own["reliability_kind"]) == (400, None, "given")
    assert [one["code"] for one in own["notes"]] == ["left-out"]
    guessed = document(run, path, "--cut", 11, "--max-score", 20)
    assert guessed["reliability_kind"] == "kr21"
    assert "Give the maximum score with --max-score" in run("analyse", "decisions", path, "--cut", 11).err
    assert "must include all of them" in run.refused(
        "analyse", "decisions", path, "--cut", 11, "--max-score", 5, status=2
    )


def test_partial_scores_are_for_methods_that_take_them(run: Run, tmp_path: Path) -> None:
    cells = answers(600, 16)
    path = file_of(tmp_path, text(cells[:, ::2] + cells[:, 1::2]))
    rows = by_method(document(run, path, "--cut", 9, "--exclude", "g")["table"])
    null = {method for method, row in rows.items() if row["consistency"] is None}
    assert null == {"hanson-brennan"}
    assert rows["lee-quadrature"]["consistency"] == pytest.approx(
        rows["livingston-lewis"]["consistency"], abs=0.03
    )


@pytest.mark.parametrize("names", [list(SCORES)[n::4] for n in range(4)])
def test_something_is_said_of_any_scores(tmp_path: Path, run: Run, names: list[str]) -> None:
    for name in names:
        path = file_of(tmp_path, SCORES[name], "responses.csv.gz" if name == "gzip" else "responses.csv")
        options = ["--max-score", 1] if name in ("one item", "one cell") else []
        ran = document(run, path, "--cut", 1, "--cut", 5, "--exclude", "g", *options)
        if "error" in ran:
            assert words_of(ran), name
            continue
        for row in [*ran["table"], *(ran["levels"] or ())]:
            shares = [row[field] for field in SHARES if field != "kappa" and row[field] is not None]
            assert all(-1e-3 <= share <= 1 + 1e-3 for share in shares), (name, row)
            lacking = row["consistency"] is None
            assert not lacking or words_of(ran), (name, row["method"])
        whole: dict[tuple[str, float | None], float] = {}
        for row in ran["contingency"]:
            place = row["method"], row["cut"]
            whole[place] = whole.get(place, 0.0) + row["share"]
        assert list(whole.values()) == pytest.approx([1] * len(whole)), name


def test_what_cannot_be_asked_is_told(run: Run, tmp_path: Path) -> None:
    path = file_of(tmp_path, text(answers(60, 8)))
    for words, said in (
        (("--cut", "nan"), "--cut is nan; it must be a number"),
        (("--cut", 4, "--beta", 3), "--beta is 3; it must be one of 4, 2"),
        (("--cut", 4, "--reliability", 1.5), "--reliability is 1.5; it must be a number from -1 to 1"),
        (("--cut", 4, "--reliability", "nan"), "--reliability is nan"),
        (("--cut", 4, "--max-score", "inf"), "--max-score is inf; it must be a number"),
        (("--cut", 4, "--model", "grm"), "--model grm does not fit these scores"),
        (("--cut", 4, "--model", "5pl"), "--model is '5pl'; it must be one of"),
        (("--cut", 4, "--min-score", 3), "must include all of them"),
    ):
        ran = run("analyse", "decisions", path, "--exclude", "g", *words)
        assert (ran.status, said in ran.err) == (2, True), ran.text
    beyond = document(run, path, "--cut", 0, "--cut", 9, "--exclude", "g")
    assert {row["consistency"] for row in beyond["table"]} == {None}
    assert [one["code"] for one in beyond["notes"]] == ["cut-outside", "cut-outside", "few-candidates"]


def test_a_note_of_an_item_names_it_on_the_screen(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "right.csv"
    path.write_text("candidate_id,q1,q2\n1,1,1\n2,1,1\n3,1,1\n")
    ran = run("analyse", "decisions", path, "--cut", 2)
    assert "note: q1, q2: all candidates who answered are right" in ran.out, ran.text


def test_what_was_left_out_when_reading_is_a_note_as_others_are(run: Run, tmp_path: Path) -> None:
    data, key = tmp_path / "letters.csv", tmp_path / "key.csv"
    rows = "".join(f"{n},{'AB'[n % 2]},{'AB'[n // 2 % 2]},{'AB'[n % 3 > 0]}\n" for n in range(40))
    data.write_text("who,i1,i2,i3\n" + rows)
    key.write_text("item,key\ni1,A\ni2,A\n")
    words = ("analyse", "decisions", data, "--key", key, "--cut", 1)
    found = told(run(*words, "--json"))
    assert all(set(one) == {"code", "message", "values"} for one in found["notes"])
    [left_out] = [one for one in found["notes"] if one["code"] == "columns-left-out"]
    assert f"note: {left_out['message']}" in run.ok(*words).text.splitlines()


def test_a_person_reads_what_the_columns_mean(run: Run, tmp_path: Path) -> None:
    path = file_of(tmp_path, text(answers(80, 8)))
    ran = run.ok("analyse", "decisions", path, "--cut", 4, "--exclude", "g")
    assert "livingston-lewis" in ran.out
    assert "would also pass on the parallel form" in re.sub(r"\s+", " ", ran.out)


def test_the_model_is_that_of_analyse_irt_to_the_last_digit(run: Run, tmp_path: Path) -> None:
    path = file_of(tmp_path, text(answers(60, 8)))
    told = document(run, path, "--cut", 5, "--exclude", "g")
    irt = run.json("analyse", "irt", path, "--model", "rasch", "--exclude", "g")
    assert (told["model"], told["ability_sd"]) == ("rasch", irt["population"][0]["sd"])


def test_abilities_that_do_not_vary_are_told_from_nobody(run: Run, tmp_path: Path) -> None:
    """By chance alone: normal about one ability, `rudner` had been right always, with nobody passing."""
    path = file_of(tmp_path, text(np.random.default_rng(3).integers(0, 2, (40, 10))))
    told = document(run, path, "--cut", 6, "--exclude", "g")
    rows = by_method(told["table"])
    assert rows["rudner"]["consistency"] is None
    assert rows["lee"]["consistency"] is not None
    assert {("no-variance", None), ("no-true-variance", "rudner")} <= {
        (one["code"], one["values"].get("method")) for one in told["notes"]
    }


def test_one_candidate_has_no_spread_and_rounding_no_kappa(run: Run, tmp_path: Path) -> None:
    assert document(run, file_of(tmp_path, text(answers(1, 6))), "--cut", 3, "--exclude", "g")["sd"] is None
    path = file_of(tmp_path, text(np.eye(10, dtype=int)[np.arange(40) % 10]))
    assert by_method(document(run, path, "--cut", 6, "--exclude", "g")["table"])["lee"]["kappa"] == 0
