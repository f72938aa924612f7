"""How often the decisions of a run's own rule would repeat, against brute force and against the run itself."""

from __future__ import annotations

import csv
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.decisions import ASKED, RULES, TRUTHS, Sat, brute_force, estimates
from examgen.analysis.decisions.criteria import Earned, fit_criteria, thresholds_of
from examgen.models.decisions import PassRule
from examgen.problems import Refused
from examgen.scoring.decisions import decide
from examgen.workflow.analyses.rule_decisions import analyse_rule, standards_of
from tests.reports.scored_samples import Answer, right, sat, wrong


def test_decisions_repeat_as_often_as_brute_force_says() -> None:
    """Of every rule within the errors that docs/decisions.md tells."""
    known = Sat(TRUTHS[1], np.random.default_rng(5))
    standards = [standards_of(rule, ASKED, None) for rule in RULES.values()]
    errors = estimates(known, 1_500, standards) - brute_force(known, standards, 50_000)[:, :5]
    assert np.abs(errors[:, :4]).max() < 0.02
    assert np.abs(errors[:, :4]).mean() < 0.008


def test_correlations_of_criteria_come_back() -> None:
    known = Sat(TRUTHS[1], np.random.default_rng(6))
    cells = known.answered(known.abilities(8_000)).astype(np.int8)
    groups = (np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2]), np.zeros(10, np.int64))
    earned = Earned(cells, np.tile([0.0, 1.0], (40, 1)), np.repeat(np.arange(10), 4), groups)
    found = fit_criteria(earned, known.a)
    assert found.correlations[:2] == pytest.approx((0.85, 0.70), abs=0.05)
    assert math.isnan(found.correlations[2])
    assert float(np.median(found.slopes / known.a)) == pytest.approx(1, abs=0.06)


def test_thresholds_give_back_what_was_earned() -> None:
    shares = np.array([[0.9, 0.4], [0.5, np.nan], [0.03, 0.01]])
    slopes = np.array([1.5, 0.0, 2.2])
    theta = np.random.default_rng(1).standard_normal((1, 1, 400_000))
    found = thresholds_of(shares, slopes)
    back = (1 / (1 + np.exp(-(slopes[:, None, None] * theta + found[:, :, None])))).mean(axis=2)
    assert back[np.isfinite(shares)] == pytest.approx(shares[np.isfinite(shares)], abs=0.002)


def test_the_truth_is_held_against_the_percentage_itself() -> None:
    """At 50 % of 3 points 2 must be earned, and 1.5 be true."""
    asked = ASKED._replace(n_items=ASKED.n_items - 1, max_units=ASKED.max_units - 1)
    rules = standards_of(PassRule(criteria={"all": 50}), asked, None)
    form = np.zeros(1, np.int64)
    for true, passes in ((1.49, False), (1.5, True), (1.51, True)):
        units = np.full((1, 10), round(true * rules.finer))
        assert decide(rules.true, form, units).passed.tolist() == [passes]
    assert [decide(rules.earned, form, np.full((1, 10), n)).passed[0] for n in (1, 2)] == [False, True]


# ── of a scored run ──────────────────────────────────────────────────────────────────────────

PENALTY = {"wrong": "1/3", "floor": "none"}


def sitting(folder: Path, n: int, **asked: Any) -> Path:
    """A package with a run: candidates of any ability, some blanks among their marks."""
    rng = np.random.default_rng(11)

    def answers(theta: float) -> Answer:
        chances, blanks = rng.random(40), rng.random(40)

        def answer(question: int, key: str) -> str:
            if chances[question] < 1 / (1 + np.exp(-theta)):
                return key
            return "" if blanks[question] < 0.3 else wrong(question, key)

        return answer

    scored({f"C{k:03d}": answers(theta) for k, theta in enumerate(rng.normal(0.8, 1, n))}, folder, **asked)
    return folder


def scored(candidates: dict[str, Answer], folder: Path, **asked: Any) -> None:
    sat(folder, candidates, n_items=12, **asked)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """150 candidates, a penalty for wrong answers, a rule of two parts."""
    rule = {"percent": 40, "elements": {"all": 30}}
    return sitting(tmp_path_factory.mktemp("rule") / "exam", 150, **{"pass": rule, "scoring": PENALTY})


def test_who_passed_is_who_passed_in_the_run(folder: Path) -> None:
    with (folder / "results" / "candidates.csv").open(encoding="utf-8-sig", newline="") as file:
        decisions = [row["decision"] for row in csv.DictReader(file)]
    found = analyse_rule(folder)
    told = found.document
    assert found.n_candidates == told["n_candidates"] == len(decisions) == 150
    assert told["pass_rate_seen"] == pytest.approx(decisions.count("pass") / 150)
    [row] = told["methods"]
    assert row["method"] == "rule"
    assert row["pass_rate"] == pytest.approx(told["pass_rate_seen"], abs=0.05)
    assert sum(map(sum, row["contingency"])) == pytest.approx(1)
    assert sum(map(sum, row["truth"])) == pytest.approx(1)
    assert told["notes"] == []


def test_the_same_seed_says_the_same(folder: Path) -> None:
    once, again, other = (json.dumps(analyse_rule(folder, seed=seed).document) for seed in (1, 1, 2))
    assert once == again != other


def test_every_field_of_a_rule_stands_on_the_page(folder: Path, root: Path) -> None:
    told = analyse_rule(folder).document
    page = (root / "docs" / "decisions.md").read_text("utf-8")
    for head, fields in (("`rule` document", told), ("`rule` `model`", told["model"])):
        body = page.split(f"### {head}")[1].split("\n##")[0]
        cells = re.findall(r"^\| ([^|]+) \|", body, flags=re.M)
        assert {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)} == set(fields)


def test_few_candidates_are_told_and_none_alike_have_no_figures(tmp_path: Path) -> None:
    few = analyse_rule(sitting(tmp_path / "few", 20, **{"pass": {"percent": 60}})).document
    assert [one["code"] for one in few["notes"]] == ["few-candidates"]
    assert few["methods"][0]["consistency"] is not None
    scored({f"C{n}": right for n in range(30)}, tmp_path / "same", **{"pass": {"percent": 60}})
    same = analyse_rule(tmp_path / "same").document
    assert [one["code"] for one in same["notes"]] == ["few-candidates", "one-sided", "no-model"]
    assert (same["model"], same["methods"][0]["consistency"]) == (None, None)
    with pytest.raises(Refused, match="decided by no rule"):
        analyse_rule(sitting(tmp_path / "none", 5, **{"pass": None}))
