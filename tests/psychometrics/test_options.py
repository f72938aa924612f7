"""Statistics of options against CTT and base R, and their laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from polars.testing import assert_frame_equal

from examgen.stats.item_statistics import classical
from examgen.stats.matrix import NOT_ADMINISTERED, NOT_REACHED, OMITTED, Chosen
from examgen.stats.option_statistics import option_statistics
from tests.effort import examples
from tests.psychometrics import reference

FILES = {"cttdata": "cttdata_key", "irtoys_unscored": "irtoys_key", "sat12_raw": "sat12_key"}
COLUMNS = {
    "n": "n", "share": "proportion", "mean_score": "mean_total", "point_biserial": "r_option_total",
    "point_biserial_rest": "r_option_rest",
}  # fmt: skip


def chosen_of(name):
    """A data file of options; blanks are omitted."""
    answers, key = reference.raw(name), reference.raw(FILES[name])["key"]
    items = tuple(title for title in answers if title != "id")
    names = tuple(sorted({cell for title in items for cell in answers[title] if cell}))
    cells = [[names.index(cell) if cell else OMITTED for cell in answers[title]] for title in items]
    keys = tuple(frozenset({names.index(option)}) for option in key)
    table = np.array(cells, dtype=np.int8).T.copy()
    return Chosen(range(len(table)), items, table, (names,) * len(items), keys)


def some(cells, n_options=3, keys=None):
    cells = np.array(cells, dtype=np.int8)
    names = tuple("abcdefgh"[:n_options])
    n_items = cells.shape[1]
    right = keys or [0] * n_items
    items = tuple(f"Q{j}" for j in range(n_items))
    return Chosen(range(len(cells)), items, cells, (names,) * n_items, tuple(frozenset({k}) for k in right))


def rows_of(found, table):
    """Our row of each of theirs."""
    named = {(row["item"], row["option"] or "missing"): n for n, row in enumerate(found.to_dicts())}
    return [named[item, str(option)] for item, option in zip(table["item"], table["option"], strict=True)]


def numbers(found, column):
    """A column with NaN where it is null."""
    return np.array([np.nan if one is None else one for one in found[column].to_list()])


def fifths(found):
    return np.array([[np.nan if one is None else one for one in row] for row in found["fifths"].to_list()])


@pytest.mark.parametrize("name", FILES)
def test_options_as_base_r(name):
    chosen, file = chosen_of(name), f"{name}__distractors"
    theirs, found = reference.results(file)["options"], option_statistics(chosen)
    rows = rows_of(found, theirs)
    for ours, quantity in COLUMNS.items():
        reference.compare(file, f"options.{quantity}", numbers(found, ours)[rows], theirs[quantity], 1e-10)
    assert found["is_key"][rows].to_list() == theirs["is_key"]


@pytest.mark.parametrize("name", FILES)
def test_options_as_ctt_prints_them(name):
    chosen, file = chosen_of(name), f"{name}__distractors"
    theirs, found = reference.results(file)["ctt_package"], option_statistics(chosen, groups=4)
    rows = rows_of(found, theirs)
    for ours, quantity in (("n", "n"), ("share", "rspP")):
        reference.compare(
            file, f"ctt_package.{quantity}", numbers(found, ours)[rows], theirs[quantity], 1e-10
        )
    for group, quantity in enumerate(("lower", "mid50", "mid75", "upper")):
        reference.compare(
            file, f"ctt_package.{quantity}", fifths(found)[rows, group], theirs[quantity], 1e-10
        )
    lift = fifths(found)[rows, 3] - fifths(found)[rows, 0]
    reference.compare(file, "ctt_package.discrim", lift, theirs["discrim"], 1e-10)


@pytest.mark.parametrize("name", FILES)
def test_the_key_is_the_item(name):
    """With no score missing, the key's row repeats the item's statistics."""
    chosen = chosen_of(name)
    found, items = option_statistics(chosen), classical(chosen.scored().cells).items
    keys = found.filter("is_key")
    assert keys["share"].to_list() == pytest.approx(items["facility"], abs=1e-12)
    assert keys["point_biserial"].to_list() == pytest.approx(items["item_total"], abs=1e-12)
    assert keys["point_biserial_rest"].to_list() == pytest.approx(items["item_rest"], abs=1e-12)


CELLS = st.integers(2, 20).flatmap(
    lambda n: arrays(np.int8, (n, 4), elements=st.sampled_from([-3, -2, -1, 0, 1, 2]))
)


@given(CELLS)
@settings(max_examples=examples(80), deadline=None)
def test_shares_add_up_and_chunks_change_nothing(cells):
    chosen = some(cells)
    found = option_statistics(chosen)
    for j in range(4):
        rows = found.filter(item=f"Q{j}")
        assert rows["option"].to_list() == ["a", "b", "c", None]
        assert rows["n"].sum() == (cells[:, j] != NOT_ADMINISTERED).sum() == rows["administered"][0]
        if rows["administered"][0]:
            assert rows["share"].sum() == pytest.approx(1)
        own = fifths(rows)
        held = ~np.isnan(own).any(axis=0)
        assert own[:, held].sum(axis=0) == pytest.approx(np.ones(held.sum()))
    for r in (numbers(found, "point_biserial"), numbers(found, "point_biserial_rest")):
        assert (np.isnan(r) | (np.abs(r) <= 1)).all()


@given(arrays(np.int8, (12, 4), elements=st.sampled_from([-1, 0, 1, 2])))
@settings(max_examples=examples(60), deadline=None)
def test_whole_answers_count_the_same_among_those_of_other_forms(cells):
    """One who had none of the items changes nothing, but the sums are then taken in the general way."""
    absent = np.full((1, 4), NOT_ADMINISTERED, np.int8)
    keys = [0, 0, 1, 2]
    one, other = (
        option_statistics(some(cells, keys=keys)),
        option_statistics(some(np.vstack([cells, absent]), keys=keys)),
    )
    assert_frame_equal(one, other, abs_tol=1e-9)


def test_several_right_options_count_as_the_key():
    chosen = some([[0, 1], [1, 0], [2, 0], [0, 2], [1, 1]])._replace(keys=(frozenset({0, 1}), frozenset({0})))
    found = option_statistics(chosen)
    assert found["is_key"].to_list() == [True, True, False, False, True, False, False, False]
    total = chosen.scored().cells.sum(axis=1)
    assert found["mean_score"][1] == total[[1, 4]].mean()
    rest = np.array([0, 1, 1, 0, 0])
    assert found["point_biserial_rest"][1] == pytest.approx(np.corrcoef([0, 1, 0, 0, 1], rest)[0, 1])


def test_those_who_did_not_have_an_item_do_not_count():
    """The total of those with a form of two items is prorated; their rest is what they got on the other."""
    answers = [[0, 0, 0], [0, 1, 0], [1, 1, NOT_ADMINISTERED], [0, 0, NOT_ADMINISTERED], [1, 0, 1], [2, 1, 0]]
    found = option_statistics(some(answers))
    third, first = found.filter(item="Q2"), found.filter(item="Q0")
    assert third["administered"].to_list() == [4] * 4
    assert third["n"].to_list() == [3, 1, 0, 0]
    rest = np.array([2.0, 1.0, 0.0, 2.0, 1.0, 1.0])  # two other items, or one of them times two
    picked = np.array([1, 1, 0, 1, 0, 0])
    assert first["point_biserial_rest"][0] == pytest.approx(np.corrcoef(picked, rest)[0, 1])
    total = np.array([3.0, 2.0, 0.0, 3.0, 1.0, 1.0])
    assert first["mean_score"][0] == pytest.approx(total[[0, 1, 3]].mean())
    assert first["point_biserial"][0] == pytest.approx(np.corrcoef(picked, total)[0, 1])


def test_a_distractor_that_nobody_takes_has_a_row():
    found = option_statistics(some([[0, 1], [1, 0], [0, 0]]))
    assert found["n"].to_list() == [2, 1, 0, 0, 2, 1, 0, 0]
    assert found["mean_score"][2] is None
    assert found["point_biserial"][2] is None


def test_blanks_not_reached_count_as_wrong_where_it_is_said():
    answers = [[0, 0], [0, NOT_REACHED], [1, NOT_REACHED], [1, 0]]
    blank = 7
    assert option_statistics(some(answers))["mean_score"][blank] == pytest.approx((2 + 0) / 2)
    assert option_statistics(some(answers), not_reached_wrong=True)["mean_score"][blank] == pytest.approx(
        (1 + 0) / 2
    )


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (1, 1), (2, 1)])
def test_next_to_nothing(shape):
    found = option_statistics(some(np.zeros(shape, np.int8)))
    assert len(found) == shape[1] * 4
    assert found["point_biserial_rest"].null_count() == len(found)
