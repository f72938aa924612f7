"""How often a rule on elements or criteria would decide alike: the scorer's own rule, on two simulated sittings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import examgen.stats as es
from examgen.analysis.decisions import decisions_of_run
from examgen.stats.decision_consistency import FormRule, decisions_of_rule
from tests.analyses.test_exam_analyses import built, scored
from tests.sittings import table

RULES = [
    {"elements": {"all": 60}},
    {"percent": 60, "criteria": {"all": 50}},
    {"percent": 50, "at_least": {"met": 2, "percent": 60}},
]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_on_more_than_a_total_is_simulated(tmp_path: Path, rule: dict[str, object]) -> None:
    built(tmp_path, 300, **{"pass": rule})
    exam = scored(tmp_path, {"kind": "credit_all", "form": "A", "question": 1, "everywhere": True})
    found = decisions_of_run(exam).document()
    path = exam / "results/candidates.csv"
    passed = [row["decision"] == "pass" for row in table(path)]
    assert found["pass_rate_seen"] == pytest.approx(np.mean(passed))  # decided as the scorer did
    [row] = found["table"]
    assert row["method"] == "simulation"
    assert 0.5 < row["consistency"] < 1
    assert (row["accuracy"], row["false_pass"]) == (None, None)
    assert "simulated" in {one["code"] for one in found["notes"]}
    assert decisions_of_run(exam).document() == found


def test_points_in_parts_have_no_simulation(tmp_path: Path) -> None:
    built(tmp_path, 60, **{"pass": {"elements": {"all": 60}}, "scoring": {"wrong": "1/3"}})
    found = decisions_of_run(scored(tmp_path)).document()
    assert [row["consistency"] for row in found["table"]] == [None]
    assert [one["code"] for one in found["notes"]] == ["more-than-total"]


def test_a_rule_on_the_total_is_as_in_the_method_of_lee() -> None:
    data = es.example(n_persons=1500, n_items=30, seed=4)
    form = FormRule("A", data.items, data.cells, lambda cells: cells.sum(axis=1) >= 18)
    simulated = decisions_of_rule([form]).table.row(0, named=True)
    lee = es.decisions(data, 18, methods="lee-quadrature").table.row(0, named=True)
    for name in ("consistency", "pass_rate", "pass_again", "fail_again"):
        assert simulated[name] == pytest.approx(lee[name], abs=0.015), name
    assert simulated["kappa"] == pytest.approx(lee["kappa"], abs=0.03)


def test_a_form_without_a_model_leaves_all_without() -> None:
    data = es.example(n_persons=200, n_items=10)
    alike = np.ones((20, 10), dtype=np.int8)
    forms = [
        FormRule(name, data.items, cells, lambda cells: cells.sum(axis=1) >= 5)
        for name, cells in (("A", data.cells), ("B", alike))
    ]
    found = decisions_of_rule(forms)
    assert found.table["consistency"].to_list() == [None]
    assert found.findings == ()
    assert [one["n"] for one in found.to_dict()["forms"]] == [200, 20]
