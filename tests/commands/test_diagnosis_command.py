"""`examgen analyse diagnosis`: the fields, the refusal of profiles, Q-matrices that cannot be."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from examgen.analyses.diagnosis import LEAST_FOR_PROFILES
from tests.commands.conftest import Run
from tests.commands.hostile_responses import text
from tests.psychometrics.reference import found as at_hand
from tests.test_docs_statistics import fields

Q = "item,x,y\nI1,1,0\nI2,1,0\nI3,1,0\nI4,0,1\nI5,0,1\nI6,0,1\n"


def document(run: Run, *words: object) -> dict[str, Any]:
    ran = run("analyse", "diagnosis", *words, "--json")
    assert (ran.status, ran.err) == (0, ""), ran.text
    assert not re.search(r"\bnan\b|infinity", ran.out, flags=re.I)
    return dict(json.loads(ran.out))


def sat(n: int, seed: int = 1) -> Any:
    rng = np.random.default_rng(seed)
    alpha = np.repeat(rng.random((n, 2)) < 0.5, 3, axis=1)
    return (rng.random((n, 6)) < np.where(alpha, 0.9, 0.15)).astype(int).astype(object)


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(cells: Any, q: str = Q) -> tuple[object, ...]:
        (tmp_path / "s.csv").write_text(text(cells))
        (tmp_path / "q.csv").write_text(q)
        return tmp_path / "s.csv", "--exclude", "g", "--q", tmp_path / "q.csv"

    return write


def test_profiles_of_enough_candidates(run: Run, written: Any, tmp_path: Path) -> None:
    words = written(sat(LEAST_FOR_PROFILES))
    told = document(run, *words, "--profiles", tmp_path / "p.csv", "--out", tmp_path / "t.xlsx")
    assert told["candidates_told"] is True
    assert all(row["told"] and row["accuracy"] > 0.8 for row in told["attributes"])
    assert [note["code"] for note in told["notes"]] == ["simple-structure"]
    rows = list(csv.DictReader((tmp_path / "p.csv").read_text("utf-8-sig").splitlines()))
    assert len(rows) == LEAST_FOR_PROFILES
    assert all(0 <= float(row["x"]) <= 1 for row in rows)
    assert {row["map"] for row in rows} <= {"00", "01", "10", "11"}


def test_no_profile_of_few_candidates(run: Run, written: Any, tmp_path: Path) -> None:
    words = written(sat(LEAST_FOR_PROFILES - 1))
    told = document(run, *words)
    assert told["candidates_told"] is False
    assert not any(row["told"] for row in told["attributes"])
    assert "profiles-refused" in [note["code"] for note in told["notes"]]
    assert f"{LEAST_FOR_PROFILES - 1} candidates are too few" in run.refused(
        "analyse", "diagnosis", *words, "--profiles", tmp_path / "p.csv"
    )
    assert not (tmp_path / "p.csv").exists()


def test_attributes_of_the_same_items_are_not_told(run: Run, written: Any) -> None:
    q = "item,x,y,z\n" + "".join(f"I{n},{int(n < 4)},{int(n < 4)},{int(n > 3)}\n" for n in range(1, 7))
    told = document(run, *written(sat(LEAST_FOR_PROFILES), q))
    assert [row["told"] for row in told["attributes"]] == [False, False, True]
    said = {note["item"]: note["message"] for note in told["notes"] if note["code"] == "same-items"}
    assert list(said) == ["x", "y"]
    assert "the same items ask for y" in said["x"]
    # both models are one likelihood here and end where EM does: a test of one against the other is not below 0
    assert told["likelihood_ratio"]["chisq"] >= 0


def test_an_attribute_of_two_items_is_not_told(run: Run, written: Any, tmp_path: Path) -> None:
    words = written(sat(600), Q.replace("I1,1,0", "I1,0,1"))
    told = document(run, *words, "--profiles", tmp_path / "p.csv")
    assert [row["told"] for row in told["attributes"]] == [False, told["attributes"][1]["told"]]
    rows = list(csv.DictReader((tmp_path / "p.csv").read_text("utf-8-sig").splitlines()))
    assert {row["x"] for row in rows} == {""}


FAULTS = {
    "other columns": "a,b\nI1,1\n",
    "no attribute": "item\nI1\n",
    "an item that is not there": "item,x\nZ,1\n",
    "an item twice": "item,x\nI1,1\nI1,1\n",
    "another cell": "item,x\nI1,2\n",
    "nothing asked": "item,x\nI1,0\n",
    "an attribute that nothing asks for": "item,x,y\nI1,1,0\n",
    "thirteen attributes": "item," + ",".join(f"a{n}" for n in range(13)) + "\nI1" + ",1" * 13 + "\n",
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_q_matrix_that_cannot_be_is_refused(run: Run, written: Any, case: str) -> None:
    assert run("analyse", "diagnosis", *written(sat(50), FAULTS[case])).status == 1


@pytest.mark.parametrize(
    "cells",
    [np.ones((40, 6), int), np.zeros((40, 6), int), sat(2), np.full((40, 6), "", object), sat(1)],
    ids=["all right", "all wrong", "two candidates", "nothing", "one candidate"],
)
def test_answers_that_tell_nothing(run: Run, written: Any, cells: Any) -> None:
    ran = run("analyse", "diagnosis", *written(cells), "--json")
    assert ran.status in (0, 1)
    assert not re.search(r"\bnan\b|infinity", ran.out, flags=re.I)
    json.loads(ran.out)


def refused(run: Run, *words: object) -> str:
    ran = run("analyse", "diagnosis", *words, "--json")
    assert ran.status == 1
    return str(json.loads(ran.out)["error"]["message"])


def test_what_determines_no_model_is_refused(run: Run, written: Any) -> None:
    assert "right and wrong answers" in refused(run, *written(np.ones((40, 6), int)))
    two = "item,x,y\nI1,1,0\nI2,0,1\n"
    assert "do not determine the 7 parameters" in refused(run, *written(sat(60), two))


def test_an_item_that_nobody_answered_is_left_out(run: Run, written: Any) -> None:
    cells = sat(60)
    cells[:, 2] = ""
    told = document(run, *written(cells))
    assert [row["item"] for row in told["items"]] == ["I1", "I2", "I4", "I5", "I6"]
    assert ("item-without-answers", "I3") in {(note["code"], note["item"]) for note in told["notes"]}
    cells[:, :3] = ""
    assert "asks for x" in refused(run, *written(cells))


BOTH = "item,x,y\n" + "".join(f"I{n + 1},{int(n % 3 != 1)},{int(n % 3 != 0)}\n" for n in range(10))


def test_gdina_is_at_least_as_likely_as_dina(run: Run, written: Any) -> None:
    """By chance alone, where EM of G-DINA had ended below."""
    words = written(np.random.default_rng(3).integers(0, 2, (40, 10)), BOTH)
    told = document(run, *words)
    assert told["other_model"]["log_likelihood"] > told["model"]["log_likelihood"]
    other = document(run, *words, "--model", "gdina")
    assert other["model"]["log_likelihood"] > other["other_model"]["log_likelihood"]


def test_a_chance_that_is_not_told_has_no_error(run: Run, written: Any) -> None:
    """Twenty candidates, each of them twice: errors of some chances had been 24,000."""
    theta = np.random.default_rng(12).normal(size=(20, 1))
    right = np.random.default_rng(13).random((20, 10)) < 1 / (1 + np.exp(np.linspace(-1.5, 1.5, 10) - theta))
    told = document(run, *written(np.repeat(right.astype(int), 2, axis=0), BOTH))
    errors = [row[name] for row in told["items"] for name in ("se_guess", "se_slip")]
    assert None in errors
    assert max(error or 0 for error in errors) <= 0.5


def test_wrong_usage(run: Run, written: Any, tmp_path: Path) -> None:
    words = written(sat(50))
    for more in (
        ("--model", "lcdm"),
        ("--structure", "odd"),
        ("--run", 1),
        ("--by", "pc"),
        ("--profiles", words[0]),
    ):
        assert run("analyse", "diagnosis", *words, *more).status == 2
    assert run("analyse", "diagnosis", words[0], "--exclude", "g").status == 2
    assert run("analyse", "diagnosis", tmp_path).status == 2


def test_every_field_is_documented(run: Run, root: Path) -> None:
    words = (at_hand("data/sim_diagnosis.csv"), "--q", at_hand("data/sim_diagnosis_q.csv"))
    found: dict[str, set[str]] = {}
    for model in ("dina", "gdina"):
        for place, name in fields(document(run, *words, "--model", model)):
            found.setdefault(place, set()).add(name)
    page = (root / "docs" / "diagnosis.md").read_text("utf-8")
    told: dict[str, set[str]] = {}
    for section in re.split(r"^### ", page, flags=re.M)[1:]:
        head, _, body = section.partition("\n")
        names = re.findall(r"`([^`]+)`", head)
        cells = re.findall(r"^\| ([^|]+) \|", body.split("\n## ")[0], flags=re.M)
        for place in names[1:] or [""]:
            told[place] = {one for cell in cells for one in re.findall(r"`([^`]+)`", cell)}
    found["model"] |= {"structure", "structure_chosen_by", "se"}
    assert told[""] - {"exam", "run", "release", "by"} == found[""]
    assert told.pop("other_model") >= found.pop("other_model")
    for place in ("model", "attributes[]", "items[]", "profiles[]", "fit", "likelihood_ratio"):
        assert told[place] == found[place], place
