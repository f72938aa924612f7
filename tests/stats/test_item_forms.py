"""Items of several forms: each form as if it stood alone, an item over forms weighted by candidates."""

from __future__ import annotations

import numpy as np
import pytest

from examgen.stats.irt_forms import forms_on_scale, s_x2_by_form, sample_of_forms, standardised
from examgen.stats.item_statistics import classical, items_by_form, items_of_all
from examgen.stats.matrix import NOT_ADMINISTERED, OMITTED, Chosen
from examgen.stats.mml_fit import fit_mml

RNG = np.random.default_rng(5)
N, J = 400, 14
FORM = np.repeat([0, 1], [250, 150])
ON = {0: [*range(10)], 1: [*range(6, 14)]}
"""The items of each form: 6 to 9 are on both."""
RIGHT = (RNG.normal(size=(N, 1)) - np.linspace(-1.5, 1.5, J) + RNG.logistic(size=(N, J)) > 0).astype(np.int8)
CELLS = np.full((N, J), NOT_ADMINISTERED, dtype=np.int8)
for number, own in ON.items():
    CELLS[np.ix_(number == FORM, own)] = RIGHT[np.ix_(number == FORM, own)]
CELLS[:20, 2] = OMITTED
CHOSEN = Chosen(range(N), tuple(f"i{j}" for j in range(J)), CELLS, (("a", "b"),) * J, (frozenset({1}),) * J)
COUNTED = np.arange(J) != 3  # a pilot item
QUESTIONS = {n: [*range(J)] for n in ON}


def test_each_form_is_what_it_is_alone_and_an_item_of_both_the_weighted_mean() -> None:
    forms, items = items_by_form(CHOSEN, FORM, COUNTED, QUESTIONS)
    assert [forms[n].places for n in (0, 1)] == [ON[0], ON[1]]
    alone = {}
    for n, form in forms.items():
        counted = [j for j in ON[n] if COUNTED[j]]
        assert form.counted == counted
        cells = np.maximum(CELLS[n == FORM][:, counted], 0)  # a blank counts as wrong
        alone[n] = classical(cells)
        assert form.test["alpha"] == alone[n].test["alpha"]
        assert form.score_counts == np.bincount(cells.sum(axis=1), minlength=len(counted) + 1).tolist()
    rows = {row["item"]: row for row in items.to_dicts()}
    place = {n: {j: k for k, j in enumerate(forms[n].counted)} for n in forms}
    for j, row in enumerate(rows.values()):
        on = [n for n in ON if j in ON[n]]
        assert row["n"] == sum({0: 250, 1: 150}[n] for n in on)
        if not COUNTED[j]:
            assert row["item_total"] is None
            assert row["facility"] == pytest.approx((CELLS[:250, j] > 0).mean())
            continue
        for name in ("facility", "item_rest", "item_total", "d27"):
            values = [alone[n].items[name][place[n][j]] for n in on]
            assert row[name] == pytest.approx(np.average(values, weights=[(250, 150)[n] for n in on]))


def test_with_no_form_by_itself_only_what_totals_do_not_compare_is_told() -> None:
    row = items_of_all(CHOSEN, COUNTED).row(7, named=True)
    assert row["facility"] == pytest.approx((CELLS[:, 7] > 0).mean())
    assert row["item_rest"] is not None
    assert row["item_total"] is None


def test_the_cut_is_the_ability_that_expects_it_and_items_without_a_curve_go_off_it() -> None:
    cells = CELLS.copy()
    cells[FORM == 0, 0] = 1  # all have it right
    fit = fit_mml(cells, "rasch")
    counted = {"A": ON[0], "B": ON[1]}
    _, found, notes = forms_on_scale(
        fit, cells, np.array(["A", "B"])[FORM], counted, counted, {"A": 6.0, "B": 4.0}
    )
    for form, points, items in (("A", 5.0, ON[0][1:]), ("B", 4.0, ON[1])):
        at = found["cuts"][form]
        assert at is not None
        assert fit.parameters.expected_scores(np.array([at]))[0, items].sum() == pytest.approx(
            points, abs=1e-9
        )
    assert found["curves"][0] == []
    assert found["cuts_apart"] is not None
    assert found["cuts_apart"]["logits"] == pytest.approx(abs(found["cuts"]["A"] - found["cuts"]["B"]))
    assert sum(n for *_, n in found["form_persons"]["A"]) == 250
    assert not notes
    few = cells[[*range(30), *range(250, 400)]]
    form = np.array(["A"] * 30 + ["B"] * 150)
    _, told, notes = forms_on_scale(fit_mml(few, "rasch"), few, form, counted, counted, {"A": 6.0, "B": 99.0})
    assert told["cuts"] == {"A": None, "B": None}
    assert [(form, note.code, note.values) for form, note in notes] == [
        ("A", "cut-without-ability", {"n": 30}),
        ("B", "cut-without-ability", {}),
    ]


def test_s_x2_by_form_is_that_of_the_form_alone_for_the_items_of_one_form() -> None:
    fit = fit_mml(CELLS, "2pl")
    found = s_x2_by_form(fit, CELLS, [*ON.values()])
    assert set(found) == {*range(6), *range(10, 14)}
    assert all(row["s_x2_df"] > 0 for row in found.values())
    assert s_x2_by_form(fit, CELLS, [[*range(J)]]) == {}


def test_rasch_on_a_scale_of_unit_width_has_the_curves_of_the_fit() -> None:
    fit = fit_mml(CELLS, "rasch")
    found, sd = standardised(fit), float(fit.sd[0])
    z = np.linspace(-2, 2, 5)[:, None]
    logits = found["a"] * (z - found["b"])
    theta = float(fit.mean[0]) + sd * z
    assert np.allclose(logits, fit.parameters.a * (theta - fit.parameters.b[:, 0]))
    slope = fit_mml(CELLS, "1pl")
    other = standardised(slope)
    for name in ("a", "b", "se_a", "se_b"):  # the same model by another parametrisation
        assert np.allclose(found[name], other[name], atol=2e-4)


@pytest.mark.parametrize(("most", "size"), [(10**9, 400), (2800, 200), (1, 2)])
def test_a_sample_takes_evenly_of_each_form(monkeypatch: pytest.MonkeyPatch, most: int, size: int) -> None:
    monkeypatch.setattr("examgen.stats.irt_forms.MOST_CELLS", most)
    sample = sample_of_forms(FORM, J)
    assert len(sample) == size
    assert sorted(sample.tolist()) == sample.tolist()
    assert np.bincount(FORM[sample], minlength=2)[0] >= size // 2
