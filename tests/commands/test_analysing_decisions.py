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

METHODS = ("livingston-lewis", "hanson-brennan", "lee", "lee-quadrature", "rudner")
SHARES = (
    "consistency", "accuracy", "kappa", "false_pass", "false_fail", "chance", "pass_rate", "pass_again",
    "fail_again",
)  # fmt: skip


def document(run: Run, *words: object) -> dict[str, Any]:
    return told(run("analyse", "decisions", *words, "--json"))


def by_method(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["method"]: row for row in rows}


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
    assert "note: q1, q2: excluded, because all candidates who answered are right" in ran.out, ran.text


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
