"""Item response models by name: the numbers are those of the arrays, and nothing of the model is forgotten."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

import examgen.stats as es
from examgen.stats import irt_abilities as arrays
from examgen.stats.mml_curves import LogitNormal
from examgen.stats.mml_fit import fit_groups, fit_mml
from examgen.stats.quadrature import normal_grid
from tests.commands.conftest import Run, run  # noqa: F401

DATA = es.example(n_persons=400, n_items=6)
PARTIAL = es.example("partial", n_persons=400, n_items=4)


@pytest.mark.parametrize("model", ["rasch", "1pl", "2pl", "3pl", "grm", "pcm", "gpcm"])
def test_a_fit_has_the_numbers_of_the_arrays_and_names(model: str) -> None:
    data = PARTIAL if model in ("grm", "pcm", "gpcm") else DATA
    prior = {"prior_c": "norm:-1.1:0.5"} if model == "3pl" else {}
    fit = es.irt(data, model, **prior)
    wanted = fit_mml(data.cells, model, prior_c=LogitNormal(-1.1, 0.5) if prior else None)
    assert fit.items["item"].to_list() == list(data.items)
    assert np.allclose(fit.items["a"], wanted.parameters.a)
    first = "b1" if model in ("grm", "pcm", "gpcm") else "b"
    assert np.allclose(fit.items[first], wanted.parameters.b[:, 0])
    assert np.allclose(fit.items[f"se_{first}"].to_numpy(), wanted.se_b[:, 0], equal_nan=True)
    assert (fit.loglik, fit.aic, fit.bic) == (wanted.log_likelihood, wanted.aic, wanted.bic)
    assert fit.vcov is not None
    assert np.allclose(fit.vcov.drop("parameter").to_numpy(), wanted.covariance)
    own = arrays.eap(data.cells, wanted.parameters, normal_grid(121, mean=0.0, sd=float(wanted.sd[0])))
    assert np.allclose(fit.abilities()["theta"], own.theta)
    assert len(fit.model_fit().to_dict()) == 10
    assert fit.item_fit()["s_x2"].null_count() == 0
    assert len(fit.local_dependence()) == data.n_items * (data.n_items - 1) // 2


def test_conditional_estimates_have_no_population() -> None:
    fit = es.irt(DATA, "rasch-cml")
    assert abs(float(fit.items["b"].sum())) < 1e-8
    assert np.isnan(fit.sd)
    assert fit.abilities().equals(fit.abilities("ml"))
    with pytest.raises(es.ArgumentError, match="no population"):
        fit.abilities("eap")
    assert fit.abilities("eap", population=(0, 1))["theta"].is_finite().all()
    assert fit.item_fit()["infit"].null_count() == 0
    assert "lz_star" in fit.person_fit().columns
    assert fit.andersen("sex").df == 5
    wald = fit.item_wald("sex")
    assert wald["z"].arg_max() == 0  # made so
    assert fit.local_dependence()["ld_x2"].null_count() == 15


def test_groups_by_the_name_of_a_column() -> None:
    fit = es.irt(DATA, "2pl", groups="sex", free=["I01"])
    number = (DATA.others["sex"] == "m").to_numpy().astype(int)
    wanted = fit_groups(DATA.cells, number, free=np.arange(6) == 0).fits
    assert fit.items.filter(pl.col("item") == "I01")["group"].to_list() == ["f", "m"]
    assert fit.population["group"].to_list() == ["f", "m"]
    assert np.allclose(fit.population["mean"].to_numpy(), [one.mean[0] for one in wanted])
    theta, men = fit.abilities()["theta"].to_numpy(), number == 1
    grid = normal_grid(121, mean=float(wanted[1].mean[0]), sd=float(wanted[1].sd[0]))
    assert np.allclose(theta[men], arrays.eap(DATA.cells[men], wanted[1].parameters, grid).theta)
    assert len(fit.item_fit("m")) == 6
    with pytest.raises(es.ArgumentError, match="f, m"):
        fit.item_fit()


def test_groups_of_partial_scores() -> None:
    cells = PARTIAL.cells.copy()
    cells[(PARTIAL.others["sex"] == "f").to_numpy() & (cells[:, 0] == 1), 0] = 0
    data = es.Responses(PARTIAL.persons, PARTIAL.items, cells, None, PARTIAL.others)
    fit = es.irt(data, "grm", groups="sex", free=["I01"])
    assert fit.items["group"].to_list() == ["f", "m", None, None, None]
    assert fit.items["b3"].is_null().to_list() == [True, False, False, False, False]
    assert fit.population["se_mean"].null_count() == 1
    women = es.abilities(data.cells[::2], fit, population=(0, 1))["theta"]
    assert np.allclose(fit.abilities()["theta"][::2], women)
    with pytest.raises(es.ArgumentError, match="a score of 1; the scores of the model are 0, 2, 3"):
        es.abilities(data.cells, fit)


@pytest.mark.parametrize("model", ["2pl", "gpcm", "grm"])
def test_persons_scored_from_a_table_of_items_are_those_of_the_fit(model: str) -> None:
    data = DATA if model == "2pl" else PARTIAL
    fit = es.irt(data, model)
    named = {} if model == "2pl" else {"model": model}
    for method in ("eap", "map", "ml", "wle", "eap-sum"):
        theirs = es.abilities(data, fit.items, method=method, **named)
        assert theirs["theta"].to_numpy() == pytest.approx(
            fit.abilities(method)["theta"].to_numpy(), abs=1e-9
        )
    one = dict(zip(data.items, data.cells[7].tolist(), strict=True))
    assert es.abilities(one, fit)["theta"][0] == pytest.approx(fit.abilities()["theta"][7])
    few = {name: score for name, score in one.items() if name != data.items[0]}
    assert es.abilities(few, fit)["se"][0] > fit.abilities()["se"][7]


def test_categories_that_nobody_has_are_not_counted_and_scored_as_the_fit_does() -> None:
    cells = np.where(PARTIAL.cells >= 2, PARTIAL.cells + 3, PARTIAL.cells)
    fit, plain = es.irt(es.responses(cells), "grm"), es.irt(PARTIAL.cells, "grm")
    assert fit.loglik == pytest.approx(plain.loglik)
    assert np.allclose(fit.abilities(data=cells)["theta"], fit.abilities()["theta"])
    assert any("some scores do not occur" in note for note in fit.notes)


def test_anchors_free_the_population() -> None:
    first = es.irt(DATA, "2pl")
    fit = es.irt(DATA, "2pl", anchors=first.items.head(3))
    assert fit.items["b"].to_list()[:3] == pytest.approx(first.items["b"].to_list()[:3])
    assert fit.mean != 0
    assert abs(fit.mean) < 0.1
    steps = es.irt(PARTIAL, "gpcm")
    known = es.irt(PARTIAL, "gpcm", anchors=steps.items.head(2))
    assert known.loglik == pytest.approx(steps.loglik, abs=0.01)


def test_curves_add_up() -> None:
    fit = es.irt(PARTIAL, "gpcm")
    curves = fit.probabilities([-1.0, 0.5])
    assert curves.group_by("item", "theta").agg(pl.col("probability").sum())["probability"].to_numpy() == (
        pytest.approx(1)
    )
    by_item = fit.information([0.5], by_item=True)["information"].sum()
    assert fit.information([0.5])["information"][0] == pytest.approx(by_item)
    assert fit.plausible_values(3, seed=1).columns == ["person", "pv1", "pv2", "pv3"]


def test_patterns_without_a_model() -> None:
    found = es.person_fit(DATA)
    assert found["u3"].drop_nulls().is_between(0, 1).all()
    assert not found.notes
    twice = es.person_fit(pl.DataFrame({"id": ["a", "a", "b", "c"], "x": [0, 1, -1, 1], "y": [0, 1, -1, 0]}))
    assert [one.code for one in twice.notes] == ["below-zero", "ids-repeated"]
    with pytest.raises(es.ArgumentError, match="0 and 1"):
        es.person_fit(PARTIAL)


def test_results_print_and_become_json() -> None:
    fit = es.irt(DATA, "rasch")
    assert len(repr(fit).splitlines()) < 20
    assert "NaN" not in fit.to_json()
    assert fit.to_dict()["items"][0]["se_a"] is None
    assert "<table" in fit._repr_html_()


def test_an_item_without_estimates_is_named() -> None:
    cells = DATA.cells.copy()
    cells[:, 2] = 1
    fit = es.irt(cells, "rasch")
    assert fit.left_out == ("i3",)
    assert fit.items["b"][2] is None
    assert any(note.startswith("item i3: ") for note in fit.notes)


def test_items_without_persons_in_common_are_told() -> None:
    cells = DATA.cells.copy()
    cells[:200, :3], cells[200:, 3:] = -1, -1
    assert any("no person in common" in note for note in es.irt(cells, "rasch").notes)
    cells[0] = 1
    assert not any("no person in common" in note for note in es.irt(cells, "rasch").notes)


STEPS = pl.DataFrame(
    {"item": [f"q{j}" for j in range(6)], "a": [1.0, 1.3, 0.8, 1.1, 1.5, 0.9]}
    | {f"b{k + 1}": np.linspace(-0.6, 0.6, 6) + shift for k, shift in enumerate((-1.6, -0.4, 0.5, 1.5))}
)


def test_known_items_keep_their_scores_where_nobody_has_some() -> None:
    rare = STEPS.with_columns(b1=pl.when(pl.col("item") == "q0").then(-9.0).otherwise("b1"))
    made = es.simulate(rare, n=500, seed=4, mean=0.5, model="grm").responses
    assert made.cells[:, 0].min() == 1
    fit = es.irt(made, "grm", anchors=rare)
    assert fit.mean == pytest.approx(0.5, abs=0.15)
    assert np.allclose(fit.items["b1"], rare["b1"])
    assert "scores" not in fit.items.columns
    # nobody has the highest score of any item: its steps are known all the same
    short = es.responses(made.frame().head(80).drop("person").with_columns(pl.all().clip(1, 3)))
    assert es.irt(short, "grm", anchors=rare.head(3)).items["b4"][0] == pytest.approx(rare["b4"][0])


@pytest.mark.parametrize("model", ["grm", "gpcm"])
def test_items_scored_from_1_are_scored_from_1_everywhere(model: str) -> None:
    plain = es.simulate(STEPS, n=400, seed=5, model=model).responses
    coded = es.responses(plain.cells + 1, items=plain.items)
    few = es.responses(coded.cells[(coded.cells < 5).all(axis=1)], items=plain.items)
    fit, by_zero = es.irt(coded, model), es.irt(plain, model)
    assert fit.items["scores"].to_list() == ["1 2 3 4 5"] * 6
    expected = fit.abilities(data=few)["theta"].to_numpy()
    for items in (fit, fit.items, pl.read_csv(fit.items.write_csv().encode())):
        told = {} if isinstance(items, es.IrtFit) else {"model": model}
        assert np.allclose(es.abilities(few, items, population=(0, 1), **told)["theta"], expected)
    assert np.array_equal(es.simulate(fit, 50).responses.cells, es.simulate(by_zero, 50).responses.cells + 1)
    again = es.irt(few, model, anchors=fit)
    assert again.items["scores"].to_list() == ["1 2 3 4 5"] * 6
    assert np.allclose(again.items["b4"], fit.items["b4"])
    assert np.allclose(again.abilities(population=(0, 1))["theta"], expected)
    assert set(fit.probabilities()["score"]) == {1, 2, 3, 4, 5}
    linked = es.link(fit, again)
    there = es.abilities(few, linked.items, model=model, method="ml")["theta"].to_numpy()
    here = es.abilities(few, fit, method="ml")["theta"].to_numpy() * linked.slope + linked.intercept
    assert np.allclose(there[np.isfinite(here)], here[np.isfinite(here)], atol=1e-4)
    with pytest.raises(es.ArgumentError, match="the scores of the model are 1, 2, 3, 4, 5"):
        es.abilities(plain, fit)
    with pytest.raises(es.ArgumentError, match="q0 has the scores 1, 2, 3, 4, 5 in items_x and 0, 1, 2"):
        es.link(fit, by_zero)


def test_scores_of_a_gap_and_of_groups() -> None:
    plain = es.simulate(STEPS, n=600, seed=6, model="grm").responses.cells
    plain[plain[:, 1] == 2, 1] = 3
    sex = np.arange(600) % 2
    plain[(sex == 1) & (plain[:, 2] == 0), 2] = 1
    data = es.responses(plain, items=STEPS["item"].to_list())
    fit = es.irt(data, "grm", groups=sex, free=["q2"])
    told = fit.items.filter(pl.col("item").is_in(["q0", "q1", "q2"])).select("item", "group", "scores")
    assert told.rows() == [
        ("q0", None, "0 1 2 3 4"),
        ("q1", None, "0 1 3 4"),
        ("q2", "0", "0 1 2 3 4"),
        ("q2", "1", "1 2 3 4"),
    ]
    of_second = fit.probabilities(group="1").filter(pl.col("item") == "q2")["score"]
    assert set(of_second) == {1, 2, 3, 4}
    with pytest.raises(es.ArgumentError, match="expected 5 whole numbers that rise"):
        es.abilities(plain[:, :1], STEPS.head(1).with_columns(scores=pl.lit("1 2 3")), model="grm")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"b2": [-2.4, 0.0]}, "the steps of item q0 are -2.2, -2.4, .* those of grm rise"),
        ({"b1": [1.0, 1.0], "b2": [1.0, 1.5]}, "the steps of item q0 are 1, 1, "),
        ({"b2": [None, 0.0]}, "item q0 has b3, but no b2"),
        ({"b1": [None, 0.0]}, "item q0 has b2, but no b1"),
        ({"a": [1.0, None]}, "has b but no a for item q1"),
        ({"c": [0.1, 1.0], "u": [1.0, 1.0]}, "c of item q1 is not below 1"),
        ({"c": [0.1, 0.2], "u": [1.0, 0.9]}, "u 0.9 for item q1: no model here has an upper asymptote"),
    ],
)
def test_parameters_that_are_no_curve_are_refused_everywhere(changed: Any, sentence: str) -> None:
    items = STEPS.head(2).with_columns(**{name: pl.Series(own) for name, own in changed.items()})
    if "c" in changed:
        items = items.select("item", "a", "c", "u", b="b1")
    model = None if "c" in changed else "grm"
    for verb in (
        lambda: es.abilities([[1, 1]], items, model=model),
        lambda: es.link(items, items, model=model),
        lambda: es.simulate(items, 9, model=model),
        lambda: es.irt(es.responses(np.eye(2, dtype=int), items=["q0", "q1"]), model or "3pl", anchors=items),
    ):
        with pytest.raises(es.ArgumentError, match=sentence):
            verb()


OURS = {"item": ["q1", "q2", "q3"], "a": [1.2, 0.8, 1.5], "b": [-0.5, 0.25, 1.0], "c": [0.2, 0.0, 0.15]}
OF_MIRT = {
    "item": OURS["item"], "a1": OURS["a"], "d": [-a * b for a, b in zip(OURS["a"], OURS["b"], strict=True)],
    "g": OURS["c"], "u": [1, 1, 1],
}  # fmt: skip
TABLES = {
    "as mirt prints it": OF_MIRT,
    "as mirt prints it with IRTpars": {"item": OURS["item"], "a": OURS["a"], "b": OURS["b"], "g": OURS["c"]},
    "in capitals": {name.upper(): values for name, values in OURS.items()},
    "from a file with row names": pl.DataFrame({("" if n == "item" else n): v for n, v in OURS.items()}),
    "with d beside b": OURS | {"d": [0.6, -0.2, -1.5]},
    "with a name that is ours, too": OURS | {"difficulty": ["easy", "middling", "hard"]},
}


def _verbs_of(items: Any) -> list[Any]:
    """What each verb that takes a table of item parameters makes of it."""
    data = es.responses([[1, 0, 0], [1, 1, 0], [0, 1, 1], [1, 1, 1]] * 9, items=["q1", "q2", "q3"])
    return [
        es.abilities(data, items)["theta"].to_list(),
        es.simulate(items, 20).responses.cells.ravel().tolist(),
        es.link(items, OURS).constants["slope"].to_list(),
        es.irt(data, "3pl", anchors=items).loglik,
        es.bookmark([2, 3, 3], items).cut,
    ]


@pytest.mark.parametrize("table", TABLES)
def test_names_of_mirt_are_read_by_every_verb(table: str) -> None:
    for found, expected in zip(_verbs_of(TABLES[table]), _verbs_of(OURS), strict=True):
        assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"a": None, "discrimination": [1.0, 1.0, 1.0]}, "no a, but a column discrimination"),
        ({"b": None, "Dffclt": [0.0, 0.0, 1.0]}, "no b, but a column Dffclt"),
        ({"c": None, "guessing": [0.2, 0.2, 0.2]}, "no c, but a column guessing"),
        ({"a2": [0.5, 0.0, 0.0]}, "the column a2, which no model here has"),
        ({"d1": [0.5, 0.0, 0.0]}, "the column d1, which no model here has"),
        ({"g": [0.2, 0.0, 0.15]}, "the column c twice, one of them as g"),
        ({"d": [0.6, 0.2, -1.5]}, "b and d for item q2 that are not of one curve"),
        ({"b": None, "a": [1.0, 0.0, 1.0], "d": [0.0, 1.0, 0.0]}, "no a other than 0"),
    ],
)
def test_a_name_that_can_only_be_a_parameter_is_refused_by_every_verb(changed: Any, sentence: str) -> None:
    table = {name: values for name, values in (OURS | changed).items() if values is not None}
    for verb in (
        lambda: es.abilities([[1, 1, 0]], table),
        lambda: es.simulate(table, 9),
        lambda: es.link(OURS, table),
        lambda: es.irt(es.responses(np.eye(3, dtype=int), items=OURS["item"]), "3pl", anchors=table),
        lambda: es.bookmark([2, 3], table),
    ):
        with pytest.raises(es.ArgumentError, match=sentence):
            verb()


def test_columns_of_numbers_that_are_no_parameters_are_told() -> None:
    table = OURS | {"p_hat": [0.1, 0.2, 0.3], "se_a": [0.1, 0.1, 0.1], "words": ["x", "y", "z"]}
    told = "columns that are no parameters and were not used: p_hat"
    with pytest.warns(UserWarning, match=told):
        es.abilities([[1, 1, 0]], table)
    data = es.responses([[1, 0, 0], [1, 1, 0], [0, 1, 1], [1, 1, 1]] * 9, items=OURS["item"])
    for found in (
        es.simulate(table, 9).responses, es.link(table, OURS),
        es.irt(data, "3pl", anchors=table), es.bookmark([2, 3], table),
    ):  # fmt: skip
        assert any(told in note for note in found.notes)


def test_items_of_0_and_1_stand_among_items_with_steps() -> None:
    both = pl.DataFrame({"item": ["q1", "q2"], "a": [1.2, 1.0], "b": [0.3, None], "b1": [None, -1.0],
                         "b2": [None, 1.0]})  # fmt: skip
    found = es.abilities({"q1": 1}, both, model="grm")["theta"][0]
    assert found == pytest.approx(es.abilities({"q1": 1}, {"q1": {"a": 1.2, "b": 0.3}})["theta"][0])
    with pytest.raises(es.ArgumentError, match=r"b and b1 for item q1: keep one"):
        es.abilities({"q1": 1}, both.with_columns(b1=pl.lit(0.0)), model="grm")


@pytest.mark.parametrize(("model", "data"), [("2pl", DATA), ("rasch", DATA), ("grm", PARTIAL)])
def test_groups_without_an_item_in_common_are_fitted_each_by_itself(model: str, data: es.Responses) -> None:
    fit = es.irt(data, model, groups="sex", free=data.items)
    sex = data.others["sex"].to_numpy()
    alone = {one: es.irt(es.responses(data.cells[sex == one], items=data.items), model) for one in ("f", "m")}
    assert fit.loglik == pytest.approx(sum(one.loglik for one in alone.values()))
    assert fit.n_parameters == sum(one.n_parameters for one in alone.values())
    assert "each group was fitted by itself" in fit.notes[0]
    step = "b" if model != "grm" else "b1"
    for name, one in alone.items():
        assert fit.items.filter(group=name)[step].to_list() == pytest.approx(one.items[step].to_list())
        own = fit.abilities()["theta"].to_numpy()[sex == name]
        assert own == pytest.approx(one.abilities()["theta"].to_numpy())
    shared = es.irt(data, model, groups="sex")
    assert fit.loglik > shared.loglik
    json.loads(fit.to_json())


def test_the_reliability_is_that_of_what_each_person_answered() -> None:
    rng = np.random.default_rng(7)
    theta, b = rng.normal(size=2000), rng.normal(size=40)
    cells = (rng.random((2000, 40)) < 1 / (1 + np.exp(-1.2 * (theta[:, None] - b)))).astype(float)
    printed = {}
    for share in (1.0, 0.5, 0.25):
        order = rng.random(cells.shape).argsort(axis=1)
        fit = es.irt(np.where(order < 40 * share, cells, np.nan), "2pl", standard_errors=False)
        truth = np.corrcoef(fit.abilities()["theta"].to_numpy(), theta)[0, 1] ** 2
        printed[share] = fit.reliability
        assert fit.reliability == pytest.approx(truth, abs=0.03)
        assert fit.figures["reliability"] == fit.reliability
    assert printed[1.0] > printed[0.5] + 0.05 > printed[0.25] + 0.1
    assert fit.marginal_reliability > 0.8


def test_after_conditional_estimation_the_reliability_is_that_of_the_estimates() -> None:
    found = es.irt(DATA, "rasch-cml")
    at = found.abilities("ml").filter(pl.col("theta").is_finite())
    variance = float(np.var(at["theta"].to_numpy(), ddof=1))
    wanted = 1 - float((at["se"].to_numpy() ** 2).mean()) / variance
    assert found.reliability == pytest.approx(wanted, abs=1e-6)


def test_the_same_note_of_many_items_is_one_note() -> None:
    rng = np.random.default_rng(3)
    theta, steps = rng.normal(size=(300, 1, 1)), np.linspace(-1.5, 1.5, 5)
    cells = 1 + (rng.random((300, 12, 5)) < 1 / (1 + np.exp(-(theta - steps)))).sum(axis=2)
    found = es.irt(cells, "grm", standard_errors=False)
    [note] = [one for one in found.notes if getattr(one, "code", "") == "category-unused"]
    assert note.startswith("items i1, i2, i3, ")
    assert note.endswith("some scores do not occur, so 1, 2, 3, 4, 5, 6 count as 0, 1, 2, 3, 4, 5")


def test_known_items_that_are_turned_are_told_where_persons_are_scored() -> None:
    turned = {f"I0{j + 1}": {"b": b} for j, b in enumerate((1.5, 0.9, 0.3, -0.3, -0.9, -1.5))}
    with pytest.warns(UserWarning, match="as easiness does"):
        es.abilities(DATA, turned)


def test_persons_of_infinite_ability_have_no_fit() -> None:
    fit = es.irt(es.example(n_persons=300, n_items=6), "2pl")
    found = fit.person_fit("ml")
    endless = found.filter(~pl.col("theta").is_finite())
    assert len(endless)
    for name in ("lz", "lz_star", "infit", "outfit", "z_infit", "z_outfit"):
        assert endless[name].null_count() == len(endless)
    assert found["lz_star"].null_count() < len(found)


def test_a_prior_and_a_fit_without_end_are_told_with_the_fit_of_the_model() -> None:
    """M2 hardly sees misfit that a prior causes."""
    data = es.example(n_persons=300, n_items=8)
    codes = {
        prior: [one.code for one in es.irt(data, "3pl" if prior else "2pl", prior_c=prior).model_fit().notes]
        for prior in ("norm:-1.1:0.5", None)
    }
    assert codes["norm:-1.1:0.5"][0] == "m2-prior"
    assert "m2-prior" not in codes[None]


def test_a_table_of_rasch_items_does_not_tell_the_spread_of_abilities() -> None:
    items = {"item": [f"i{n}" for n in range(20)], "b": np.linspace(-2, 2, 20)}
    by = {sd: es.simulate(items, 400, sd=sd).responses for sd in (1.0, 1.8)}
    for data, method, is_told in (
        (by[1.8], "eap", True), (by[1.8], "wle", False), (by[1.0], "eap", False), ({"i0": 1}, "eap", True),
    ):  # fmt: skip
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            es.abilities(data, items, method=method)
        told = [str(one.message) for one in caught]
        assert any("all slopes of items are 1" in one for one in told) == is_told
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        es.abilities({"i0": 1}, items, population=(0, 1.8))
        es.abilities({"i0": 1}, {**items, "a": [1.2] * 20})


def test_a_table_of_sums_is_not_judged_as_answers_of_persons() -> None:
    items = pl.DataFrame({"item": [f"i{n}" for n in range(30)], "a": 1.2, "b": np.linspace(-2, 2, 30)})
    sums = pl.DataFrame(
        {name: [int(total > n) for total in range(31)] for n, name in enumerate(items["item"])}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert es.abilities(sums, items, method="eap-sum")["theta"].is_sorted()
    with pytest.warns(UserWarning, match="mean scores|differ"):
        es.abilities(sums, items)


def steep_answers(seed: int, n: int = 250) -> NDArray[np.int64]:
    """Eight items, the first of them steep: with some seeds its slope has no end."""
    rng, a, b = np.random.default_rng(seed), np.array([4.0, *np.linspace(0.7, 1.5, 7)]), np.linspace(-1, 1, 8)
    return (rng.random((n, 8)) < 1 / (1 + np.exp(-a * (rng.standard_normal((n, 1)) - b)))).astype(np.int64)


def codes(found: es.Result) -> list[str]:
    return [getattr(one, "code", "") for one in found.notes]  # type: ignore[attr-defined]


def test_decisions_by_abilities_count_the_item_as_a_step_and_say_so() -> None:
    cells = steep_answers(6)
    fit = es.irt(cells, "2pl")
    assert not fit.converged
    found = es.decisions(cells, 5, model="2pl")
    assert {"slope-to-infinity", "endless-slope"} <= set(codes(found))
    assert "not-converged" not in codes(found)
    assert found.table["consistency"].null_count() == 0
    given = es.decisions(cells, 5, items=fit.items, methods=["lee"]).table
    assert given.equals(found.table.filter(method="lee"))
    twice = cells.copy()
    twice[:, 1] = twice[:, 2]
    refused = es.decisions(twice, 5, model="2pl")
    assert "not-converged" in codes(refused)
    assert refused.table["consistency"].null_count() == 3


def test_a_link_leaves_the_item_out(run: Run, tmp_path: Path) -> None:  # noqa: F811
    cells, other = steep_answers(6), steep_answers(2, 900)
    for errors in (True, False):
        found = es.link(es.irt(cells, "2pl", standard_errors=errors), es.irt(other, "2pl"))
        assert found.converged
        assert found.anchors["item"].to_list() == [f"i{j}" for j in range(2, 9)]
        assert {"slope-to-infinity", "left-out"} <= set(codes(found))
        assert abs(found.slope - 1) < 3 * (found.se_slope or 0.1)
    for name, own in (("x", cells), ("y", other)):
        columns = {f"i{j + 1}": own[:, j] for j in range(8)}
        pl.DataFrame(columns).with_row_index("id").write_csv(tmp_path / f"{name}.csv")
    out = tmp_path / "linked.csv"
    words = ("analyse", "link", tmp_path / "x.csv", tmp_path / "y.csv", "--model", "2pl", "--out", out)
    assert run(*words).status == 0
    assert out.exists()
    twice = cells.copy()
    twice[:, 1] = twice[:, 2]
    assert not es.link(es.irt(twice, "2pl"), es.irt(other, "2pl")).converged
