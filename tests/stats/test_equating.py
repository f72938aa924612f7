"""`es.equate`: vectors and frames, each design and method, R's numbers through the front."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import examgen.stats as es
from examgen.stats.equating_methods import EQUIVALENT_GROUPS, NONEQUIVALENT_GROUPS
from examgen.stats.results import Note
from tests.psychometrics.reference import compare, raw, results

RNG = np.random.default_rng(1)
ABLE = RNG.normal(size=(2, 600)) + np.array([[0.0], [0.3]])
HARD = RNG.normal(size=30)


def _responses(form: int) -> pl.DataFrame:
    """20 items of the form's own and 10 that both have."""
    noise = RNG.logistic(size=(600, 30))
    right = (noise < ABLE[form][:, None] - HARD + 0.2 * form).astype(int)
    names = [*(f"{'xy'[form]}{j}" for j in range(20)), *(f"a{j}" for j in range(10))]
    return pl.DataFrame({name: right[:, j] for j, name in enumerate(names)})


X, Y = _responses(0), _responses(1)
TOTALS = [form.sum_horizontal().to_numpy() for form in (X, Y)]
ANCHORS = [form.select([f"a{j}" for j in range(10)]).sum_horizontal().to_numpy() for form in (X, Y)]


@pytest.mark.parametrize("method", EQUIVALENT_GROUPS)
@pytest.mark.parametrize("design", ["eg", "sg"])
def test_every_method_without_an_anchor(method: str, design: str) -> None:
    found = es.equate(*TOTALS, method, design=design, points=30)
    assert found.table["equated"].is_finite().all()
    assert len(found.table) == 31
    assert (found.convert([0.0, np.nan, 30])[[0, 2]] == found.table["equated"].to_numpy()[[0, 30]]).all()
    other = es.equate(*TOTALS, method, design=design, points=30, bootstrap=40, seed=3)
    assert other.se_method == "bootstrap"
    assert (
        other.to_dict()["table"]
        == es.equate(*TOTALS, method, design=design, points=30, bootstrap=40, seed=3).to_dict()["table"]
    )


@pytest.mark.parametrize("method", NONEQUIVALENT_GROUPS)
def test_every_method_with_an_anchor_from_frames_and_from_vectors(method: str) -> None:
    of_frames = es.equate(X, Y, method)
    of_vectors = es.equate(
        *TOTALS, method, anchor_x=ANCHORS[0], anchor_y=ANCHORS[1], points=30, anchor_points=10
    )
    assert of_frames.design == "neat"
    assert of_frames.table["equated"].to_list() == of_vectors.table["equated"].to_list()
    assert of_frames.table["se"].drop_nulls().min() >= 0


def test_an_external_anchor_is_not_in_the_total() -> None:
    found = es.equate(X, Y, "chained-equipercentile", anchor="external")
    assert found.table["score"].to_list() == list(range(21))


def test_numbers_of_equate() -> None:
    columns = raw("actmath")
    x, y = (np.repeat(np.arange(41), np.array(columns[name], int)) for name in ("xcount", "ycount"))
    theirs = results("actmath__equating")["results"]
    for method, se in (("linear", True), ("equipercentile", True), ("circle-arc", False)):
        found = es.equate(x, y, method, points=40, smooth=None)
        compare("es.equate", method, found.table["equated"], theirs[method]["yx"], 1e-5)
        if se:
            own = found.table["se"].fill_null(0.0)  # null where nobody has the score; R has 0
            compare("es.equate", f"{method} se", own, theirs[method]["se"], 1e-5)
    smooth = es.equate(x, y, "equipercentile", points=40, degree=4)
    compare("es.equate", "smooth", smooth.table["equated"], theirs["equipercentile_loglinear_4"]["yx"], 2e-4)


def test_errors_of_one_group_are_those_of_many_samples() -> None:
    able = np.random.default_rng(5).normal(size=800)
    x, y = (
        np.random.default_rng(seed).binomial(30, 1 / (1 + np.exp(-able + shift)))
        for seed, shift in ((6, 0.0), (7, 0.4))
    )
    one = es.equate(x, y, "linear", design="sg", points=30)
    many = es.equate(x, y, "linear", design="sg", points=30, bootstrap=2000)
    apart = es.equate(x, y, "linear", design="eg", points=30)
    middle = slice(8, 23)
    se, boot, eg = (found.table["se"].to_numpy()[middle] for found in (one, many, apart))
    assert np.abs(se / boot - 1).max() < 0.06
    assert (se < eg).all()


def test_identity_is_advised_where_forms_do_not_differ() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.binomial(40, 0.6, (2, 60))
    found = es.equate(x, y, points=40)
    assert found.method == "circle-arc"
    assert found.advice is not None
    assert found.advice.method == "identity"
    assert "identity" in found.notes[0]
    assert es.equate(x, y + 0.0, "mean", points=(40, 41)).advice is None


def test_a_table_of_one_column_is_scores_and_no_anchor() -> None:
    totals, anchors = ([own.astype(float) for own in both] for both in (TOTALS, ANCHORS))
    expected = es.equate(*totals, "linear", points=30).table.rows()
    for x, y in (
        [pl.DataFrame({"id": range(600), "total": own}) for own in totals],
        [own[:, None] for own in totals],
        [{"total": own} for own in totals],
        [es.responses({"total": own}) for own in totals],
        [pl.DataFrame({"total": totals[0]}), totals[1]],
    ):
        found = es.equate(x, y, "linear", points=30)
        assert (found.design, found.table.rows()) == ("eg", expected)
    x, y = (pl.DataFrame({"total": own}) for own in totals)
    beside = {"anchor_x": pl.DataFrame({"v": anchors[0]}), "anchor_y": pl.DataFrame({"v": anchors[1]})}
    found = es.equate(x, y, "tucker", points=30, anchor_points=10, **beside)
    assert found.table.rows() == es.equate(X, Y, "tucker").table.rows()


def test_items_without_names_are_no_anchor() -> None:
    x, y = (form.to_numpy() for form in (X, Y))
    found = es.equate(x, y, "linear")
    assert found.design == "eg"
    assert found.table.rows() == es.equate(*TOTALS, "linear", points=30).table.rows()
    assert "no names" in found.notes[0]
    assert es.equate(x, y, "tucker", anchor_x=["i29", "i30"]).forms["anchor_mean"].is_not_null().all()
    for alike in ((es.responses(x), es.responses(y[:, :20])), (X, X.head(300))):
        with pytest.raises(es.ArgumentError, match=r"all items in common .*: say design='eg'"):
            es.equate(*alike, "linear")
        assert es.equate(*alike, "linear", design="eg", points=30).design == "eg"
    with pytest.raises(es.ArgumentError, match="needs common items"):
        es.equate(x, y, "linear", design="neat")


def test_an_anchor_that_is_no_part_or_no_measure_of_the_total() -> None:
    rng = np.random.default_rng(8)
    other = rng.integers(0, 5, (2, 600))
    weak = {"anchor_x": other[0], "anchor_y": other[1], "points": 30, "anchor_points": 10}
    found = es.equate(*TOTALS, "tucker", anchor="external", **weak)
    assert [note[:24] for note in found.notes if "correlates only" in note] == [
        "anchor_x correlates only",
        "anchor_y correlates only",
    ]
    against = weak | {"anchor_x": 30 - TOTALS[0], "anchor_points": 30}
    for method in ("levine", "levine-true", "levine-mean"):
        with pytest.raises(es.ArgumentError, match=f"anchor_x correlates -1.00 with x; {method} takes both"):
            es.equate(*TOTALS, method, anchor="external", **against)
    own = ANCHORS[0].copy()
    own[7] = TOTALS[0][7] + 1
    with pytest.raises(
        es.ArgumentError, match=f"x: the anchor is {own[7]} where the total is {own[7] - 1}; an"
    ):
        es.equate(*TOTALS, "levine", anchor_x=own, anchor_y=ANCHORS[1], points=30)
    assert not [note for note in es.equate(X, Y, "levine").notes if "correlates" in note]


def test_a_row_stands_for_as_many_persons_as_its_count() -> None:
    scores, count = np.unique(TOTALS[0], return_counts=True)
    found = es.equate(scores, TOTALS[1], "linear", count_x=count, points=30)
    assert found.to_dict() == es.equate(*TOTALS, "linear", points=30).to_dict()


def test_scores_below_zero_and_between_whole_points_have_a_scale() -> None:
    """By hand: the means are 0.75 and 1.25, so each score is worth half a point more."""
    x, y = [-1, 0.5, 1.5, 2], [-0.5, 1, 2, 2.5]
    found = es.equate(x, y, "mean", points=3)
    assert found.table["score"].to_list() == [n / 2 for n in range(-2, 7)]
    assert (found.table["equated"] - found.table["score"]).to_list() == pytest.approx([0.5] * 9)
    assert found.forms["least"].to_list() == [-1, -0.5]
    assert "1/2 of a point apart" in "".join(found.notes)
    assert es.equate(x, y, "mean", points=3, least=-2).table["score"][0] == -2
    thirds = es.equate([1 / 3, 1, 2], [0, 2 / 3, 2], "mean", points=2).table["score"].to_list()
    assert thirds == [n / 3 for n in range(7)]


def test_what_a_cut_is_worth_is_found() -> None:
    """By hand: y = x + 1, so a cut of 10 on Y is 9 points on X."""
    x = np.repeat(np.arange(6, 13), 20)
    found = es.equate(x, x + 1, "mean", points=20, cut=10, decimals=1)
    codes = [one.code for one in found.findings]
    assert codes == ["at-cut", "points-decide", "rounding-agrees", "harder", "assumption"]
    assert found.comparison is not None
    assert (found.comparison.score, found.comparison.least, found.comparison.difference) == (9, 9, 1)
    assert found.table["rounded"][9] == 10
    assert found.to_dict()["findings"][0]["values"] == {"cut": "10", "x": "9", "least": "9"}


def test_notes_survive_a_copy() -> None:
    found = es.equate(*(form.head(40) for form in (X, Y)), "tucker")
    for one in found.notes:
        again = pickle.loads(pickle.dumps(one))
        assert (again, again.code, again.values) == (one, one.code, one.values)


@given(st.integers(-5, 5))
def test_a_shift_of_y_shifts_the_equivalents(shift: int) -> None:
    x, y = np.random.default_rng(3).binomial(20, 0.5, (2, 200)) + 6
    for method in ("mean", "linear", "equipercentile"):
        plain, moved = (es.equate(x, own, method, points=40).table["equated"] for own in (y, y + shift))
        inner = slice(x.min(), x.max() + 1)
        assert np.allclose(moved.to_numpy()[inner] - plain.to_numpy()[inner], shift)


def test_a_person_without_one_of_two_scores_is_counted_once() -> None:
    found = es.equate([1, 2, None, 3, 4], [2, 2, 3, None, 5], "linear", design="sg", points=6)
    assert found.notes[0] == "left out, without a score: 2 persons"


def test_scores_that_nobody_has_are_told() -> None:
    rng = np.random.default_rng(3)
    x, y = np.clip(rng.binomial(20, 0.6, (2, 400)), 6, 18)
    for more in ({}, {"bootstrap": 30}):
        found = es.equate(x, y, "equipercentile", points=20, **more)
        assert found.table.filter(n=0)["score"].to_list() == [*range(6), 19, 20]
        assert any(note.startswith("8 scores on X from 0 to 20 do not occur") for note in found.notes)
    assert "se_method bootstrap; replications 30" in repr(found)
    smooth = es.equate(x, y, "equipercentile", points=20, smooth="loglinear")
    assert not any("do not occur" in note for note in smooth.notes)


@pytest.mark.parametrize("more", [{}, {"bootstrap": 30}, {"design": "sg"}])
def test_no_error_is_told_of_scores_that_rest_on_no_data(more: dict[str, Any]) -> None:
    rng = np.random.default_rng(3)
    x, y = np.clip(rng.binomial(20, 0.6, (2, 400)), 6, 18)
    found = es.equate(x, y, "equipercentile", points=20, **more)
    unknown = found.table.filter(pl.col("se").is_null())
    assert unknown["score"].to_list() == [*range(6), 19, 20]
    assert unknown["low"].null_count() == unknown["high"].null_count() == len(unknown)
    assert (found.table["se"].drop_nulls() > 0).all()
    assert [note.code for note in found.notes].count("unseen-scores") == 1
    assert "no-error" not in [note.code for note in found.notes]
    at_the_end = es.equate(x, y, "equipercentile", points=20, cut=19.5, **more)
    assert at_the_end.comparison is not None
    assert at_the_end.comparison.se is None


@pytest.mark.parametrize(("shift", "is_told"), [(0.2, False), (1.8, True)])
def test_a_line_far_from_the_smoothed_curve_is_told(shift: float, is_told: bool) -> None:
    rng = np.random.default_rng(3)
    hard = np.linspace(-2, 2, 40)
    x, y = (
        (rng.logistic(size=(1000, 40)) < rng.normal(size=(1000, 1)) - hard - by).sum(axis=1)
        for by in (0, shift)
    )
    found = es.equate(x, y, points=40)
    assert found.method == "linear"
    assert ("line-off-curve" in {one.code for one in found.notes}) == is_told
    curve = es.equate(x, y, "equipercentile", smooth="loglinear", points=40)
    assert "line-off-curve" not in {one.code for one in curve.notes}


def anchored(rng: np.random.Generator, apart: float = 0.0) -> list[pl.DataFrame]:
    """Forms of 40 items, ten of them common; those of Y alone are 2.5 logits harder, who took X abler by `apart`."""
    hard, forms = np.linspace(-2, 2, 40), []
    for name, by, mean in (("x", 0.0, apart), ("y", 2.5, 0.0)):
        items = [f"a{n}" if n % 4 == 0 else f"{name}{n}" for n in range(40)]
        able = rng.normal(mean, size=(1500, 1))
        own = hard + by * (np.arange(40) % 4 > 0)
        forms.append(pl.DataFrame((rng.logistic(size=(1500, 40)) < able - own).astype(int), schema=items))
    return forms


@pytest.mark.parametrize("method", ["tucker", "chained-linear", "levine"])
def test_a_line_with_an_anchor_is_compared_with_the_curve_of_the_same_assumption(method: str) -> None:
    found = es.equate(*anchored(np.random.default_rng(3)), method)
    told = {getattr(one, "code", "") for one in found.notes}
    assert ("line-off-curve" in told) == (method != "levine")


def test_the_curve_to_report_is_the_chained_one_where_groups_are_apart() -> None:
    """Frequency estimation takes the groups for more alike than they are, as Tucker's method does."""
    rng, curves = np.random.default_rng(3), []
    for apart in (0.0, 0.5):
        notes = es.equate(*anchored(rng, apart), "tucker").notes
        told = [one for one in notes if isinstance(one, Note) and one.code == "line-off-curve"]
        curves += [one.values["method"] for one in told]
    assert curves == ["frequency-estimation", "chained-equipercentile"]
