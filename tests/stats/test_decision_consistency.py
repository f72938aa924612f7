"""Decisions: from responses and from totals, of one cut and of several."""

from __future__ import annotations

import numpy as np
import pytest

import examgen.stats as es
from examgen.stats.decision_consistency import FormTotals, decisions_of_forms, form_totals
from examgen.stats.decision_methods import ScaledTotals, agreement, alpha, livingston_lewis


def test_totals_and_responses_agree_where_the_reliability_is_given() -> None:
    data = es.example(n_items=20)
    totals = data.cells.sum(axis=1)
    of_data = es.decisions(data, 10, reliability=0.8, methods=["livingston-lewis", "hanson-brennan"])
    of_totals = es.decisions(
        totals, 10, reliability=0.8, max_score=20, methods=["livingston-lewis", "hanson-brennan"]
    )
    assert of_data.table.equals(of_totals.table)
    assert of_data.model is None
    again = of_data.contingency.filter(method="hanson-brennan")
    assert again["share"].sum() == pytest.approx(1)
    same = again.filter(again["first"] == again["second"])["share"].sum()
    assert same == pytest.approx(of_data.table.filter(method="hanson-brennan")["consistency"][0])


def test_several_cuts_part_the_scale_into_levels() -> None:
    found = es.decisions(es.example(n_persons=200, n_items=10), [4, 7, 99])
    assert found.levels is not None
    assert found.levels["consistency"].null_count() == len(found.levels)  # a cut beyond the scale
    found = es.decisions(es.example(n_persons=200, n_items=10), [4, 7])
    assert found.model == "rasch"
    assert found.levels is not None
    single = found.table.filter(method="lee")["consistency"].min()
    assert found.levels.filter(method="lee")["consistency"][0] < single
    assert found.contingency.filter(found.contingency["cut"].is_null())["first"].max() == 2


def test_forms_are_weighted_by_their_persons_and_cut_by_their_own_cut() -> None:
    """Each form by itself by Livingston & Lewis; half points, as 60 units of 2."""
    cells = es.example(n_persons=300, n_items=20).cells.astype(float)
    parts = cells[:100], cells[100:]
    forms = [
        form_totals(name, cut, own.sum(axis=1), 0, 20, 2, own.sum(axis=0), (own**2).sum(axis=0))
        for name, cut, own in zip("AB", (5.0, 6.0), parts, strict=True)
    ]
    for form, own in zip(forms, parts, strict=True):
        assert form.totals.reliability == pytest.approx(alpha(own.astype(np.int8)), abs=1e-12)
        assert (form.totals.most, form.totals.values.max()) == (10, own.sum(axis=1).max() / 2)
    found = decisions_of_forms(forms, number_right=False)
    singles = [agreement(livingston_lewis(form.totals, [form.cut]).states) for form in forms]
    for name in ("accuracy", "false_pass", "pass_rate"):
        own = sum(getattr(one, name) * n for one, n in zip(singles, (100, 200), strict=True)) / 300
        assert found.table[name][0] == pytest.approx(own, abs=1e-12)
    own = np.trace(singles[0].contingency) / 3 + np.trace(singles[1].contingency) * 2 / 3
    assert found.table["consistency"][0] == pytest.approx(own, abs=1e-12)
    assert found.pass_rate_seen == sum((form.totals.values >= form.cut).sum() for form in forms) / 300
    assert [one.code for one in found.findings] == ["same-decision", "again", "right"]


def test_a_form_without_a_result_leaves_all_without() -> None:
    some = np.array([3.0, 5, 6, 8, 2, 9, 7, 1, 5, 4])
    forms = [FormTotals(name, 5, ScaledTotals(some, 0, 10, own)) for name, own in (("A", 0.7), ("B", 0.0))]
    found = decisions_of_forms(forms, number_right=True)
    assert found.table["consistency"].to_list() == [None]
    assert [(one["code"], one["values"]["form"]) for one in found.to_dict()["notes"]] == [
        ("reliability-not-positive", "B")
    ]
    assert (found.findings, found.to_dict()["forms"][1]["n"]) == ((), 10)
    alone = decisions_of_forms(forms[:1], number_right=True)
    off = abs(alone.table["pass_rate"][0] - 0.6)
    assert ("far-off" in [one["code"] for one in alone.to_dict()["notes"]]) == (off > 0.05)


def test_a_model_that_did_not_converge_has_no_figures() -> None:
    """A Guttman pattern: slopes of the 2PL are endless; methods by totals hold."""
    found = es.decisions(np.repeat(np.tri(7, 6, -1, dtype=int), 20, axis=0), 3, model="2pl")
    codes = [getattr(one, "code", "") for one in found.notes]
    assert {"not-converged", "slope-to-infinity"} <= set(codes)
    assert codes.count("not-converged") == 1
    known = found.table.drop_nulls("consistency")["method"].to_list()
    assert known == ["livingston-lewis", "hanson-brennan"]


def test_known_items_that_go_against_the_answers_are_told() -> None:
    data = es.example(n_persons=300, n_items=12)
    fitted = es.irt(data, "2pl").items
    turned = fitted.with_columns(-fitted["b"])
    codes = [
        {getattr(one, "code", "") for one in es.decisions(data, 6, items=items).notes}
        for items in (fitted, turned)
    ]
    assert codes == [{"two-parameters", "cut-rounded"}, {"two-parameters", "cut-rounded", "anchors-reversed"}]


@pytest.mark.parametrize(
    ("methods", "n"), [("lee-quadrature", 1), (["lee", "rudner"], 1), ("hanson-brennan", 0), (None, 0)]
)
def test_a_reliability_that_no_method_uses_is_named(methods: object, n: int) -> None:
    found = es.decisions(es.example(n_items=8), 4, methods=methods, reliability=0.7)
    assert sum(getattr(one, "code", "") == "reliability-unused" for one in found.notes) == n


def test_two_parameters_in_place_of_four_are_told() -> None:
    found = es.decisions(es.example(n_persons=300, n_items=12), 6)
    assert {one["n_parameters"] for one in found.to_dict()["parameters"] if one["n_parameters"]} == {2}
    [told] = [str(one) for one in found.notes if getattr(one, "code", "") == "two-parameters"]
    assert told.startswith("livingston-lewis, hanson-brennan: no beta distribution with four parameters")
    fewer = es.decisions(es.example(n_persons=300, n_items=12), 6, beta=2)
    assert "two-parameters" not in {getattr(one, "code", "") for one in fewer.notes}


@pytest.mark.parametrize(("seed", "code"), [(0, "no-variance"), (1, "two-parameters")])
def test_answers_that_have_nothing_to_do_with_ability_have_no_true_variance(seed: int, code: str) -> None:
    guesses = (np.random.default_rng(seed).random((120, 6)) < 0.5).astype(int)
    found = es.decisions(guesses, 3, model="rasch")
    assert {code, "no-true-variance"} <= {getattr(one, "code", "") for one in found.notes}


def test_a_fit_without_a_spread_of_abilities_has_no_reliability() -> None:
    """Answers in a perfect order, of two groups."""
    cells = (np.arange(300)[:, None] % 9 > np.arange(8)).astype(int)
    fit = es.irt(cells, "rasch", groups=np.arange(300) % 2)
    assert np.isnan(fit.reliability)
    assert "reliability" not in fit.figures
