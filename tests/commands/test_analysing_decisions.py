"""`examgen analyse decisions`: R's numbers in its document, every field on its page, a word on any file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from tests.commands.conftest import Run
from tests.commands.hostile_responses import answers, text
from tests.commands.test_analysing_hostile import file_of, told

METHODS = ("livingston-lewis", "hanson-brennan", "lee", "lee-quadrature", "rudner")


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
