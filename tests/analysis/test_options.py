"""Statistics of options against CTT and base R, and their laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from examgen.analysis import classical
from examgen.analysis.classical_flags import beyond, flags
from examgen.analysis.options import BLANK, option_statistics
from examgen.item_responses import NOT_ADMINISTERED, NOT_REACHED, OMITTED, Chosen
from tests.analysis import reference

FILES = {"cttdata": "cttdata_key", "irtoys_unscored": "irtoys_key", "sat12_raw": "sat12_key"}
COLUMNS = {
    "n": "n",
    "share": "proportion",
    "mean_score": "mean_total",
    "point_biserial": "r_option_total",
    "point_biserial_rest": "r_option_rest",
    "point_biserial_ctt": "r_ctt_package",
    "low27": "p_lower27",
    "high27": "p_upper27",
}


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


def rows_of(found, chosen, table):
    """Our row of each of theirs."""
    named = {
        (chosen.items[j], chosen.options[j][o] if o != BLANK else "missing"): row
        for row, (j, o) in enumerate(zip(found.item.tolist(), found.option.tolist(), strict=True))
    }
    return [named[item, str(option)] for item, option in zip(table["item"], table["option"], strict=True)]


@pytest.mark.parametrize("name", FILES)
def test_options_as_base_r(name):
    chosen, file = chosen_of(name), f"{name}__distractors"
    theirs, found = reference.results(file)["options"], option_statistics(chosen)
    rows = rows_of(found, chosen, theirs)
    for ours, quantity in COLUMNS.items():
        reference.compare(file, f"options.{quantity}", getattr(found, ours)[rows], theirs[quantity], 1e-10)
    assert found.is_key[rows].tolist() == theirs["is_key"]


@pytest.mark.parametrize("name", FILES)
def test_options_as_ctt_prints_them(name):
    chosen, file = chosen_of(name), f"{name}__distractors"
    theirs, found = reference.results(file)["ctt_package"], option_statistics(chosen, groups=4)
    rows = rows_of(found, chosen, theirs)
    for ours, quantity in (("n", "n"), ("share", "rspP"), ("point_biserial_ctt", "pBis")):
        reference.compare(
            file, f"ctt_package.{quantity}", getattr(found, ours)[rows], theirs[quantity], 1e-10
        )
    for group, quantity in enumerate(("lower", "mid50", "mid75", "upper")):
        reference.compare(file, f"ctt_package.{quantity}", found.fifths[rows, group], theirs[quantity], 1e-10)
    lift = found.fifths[rows, 3] - found.fifths[rows, 0]
    reference.compare(file, "ctt_package.discrim", lift, theirs["discrim"], 1e-10)


@pytest.mark.parametrize("name", FILES)
def test_the_key_is_the_item(name):
    """With no score missing, the key's row repeats the item's statistics."""
    chosen = chosen_of(name)
    found, items = option_statistics(chosen), classical.item_statistics(chosen.scored().cells)
    assert found.share[found.is_key] == pytest.approx(items.facility, abs=1e-12)
    assert found.point_biserial[found.is_key] == pytest.approx(items.item_total, abs=1e-12)
    assert found.point_biserial_rest[found.is_key] == pytest.approx(items.item_rest, abs=1e-12)


CELLS = st.integers(2, 20).flatmap(
    lambda n: arrays(np.int8, (n, 4), elements=st.sampled_from([-3, -2, -1, 0, 1, 2]))
)


@given(CELLS)
@settings(max_examples=80, deadline=None)
def test_shares_add_up_and_chunks_change_nothing(cells):
    chosen = some(cells)
    found = option_statistics(chosen)
    for j in range(4):
        rows = found.of(j)
        assert found.option[rows].tolist() == [0, 1, 2, BLANK]
        assert (
            found.n[rows].sum() == (cells[:, j] != NOT_ADMINISTERED).sum() == found.administered[rows.start]
        )
        if found.administered[rows.start]:
            assert found.share[rows].sum() == pytest.approx(1)
        held = ~np.isnan(found.fifths[rows]).any(axis=0)
        assert found.fifths[rows][:, held].sum(axis=0) == pytest.approx(np.ones(held.sum()))
    for r in (found.point_biserial, found.point_biserial_rest, found.point_biserial_ctt):
        assert (np.isnan(r) | (np.abs(r) <= 1)).all()


def test_chunks_of_candidates_change_nothing(monkeypatch):
    generator = np.random.default_rng(8)
    chosen = some(generator.integers(-3, 3, (500, 6)))
    whole = option_statistics(chosen)
    monkeypatch.setattr("examgen.analysis.options._CELLS_AT_ONCE", 7 * 6)
    for one, other in zip(whole, option_statistics(chosen), strict=True):
        assert np.allclose(one, other, equal_nan=True, atol=1e-12)


@given(arrays(np.int8, (12, 4), elements=st.sampled_from([-1, 0, 1, 2])))
@settings(max_examples=60, deadline=None)
def test_whole_answers_count_the_same_among_those_of_other_forms(cells):
    """One who had none of the items changes nothing, but the sums are then taken in the general way."""
    absent = np.full((1, 4), NOT_ADMINISTERED, np.int8)
    keys = [0, 0, 1, 2]
    one, other = (
        option_statistics(some(cells, keys=keys)),
        option_statistics(some(np.vstack([cells, absent]), keys=keys)),
    )
    for name, column in one._asdict().items():
        assert np.allclose(column, getattr(other, name), equal_nan=True, atol=1e-9), name


def test_several_right_options_count_as_the_key():
    chosen = some([[0, 1], [1, 0], [2, 0], [0, 2], [1, 1]])._replace(keys=(frozenset({0, 1}), frozenset({0})))
    found = option_statistics(chosen)
    assert found.is_key.tolist() == [True, True, False, False, True, False, False, False]
    total = chosen.scored().cells.sum(axis=1)
    assert found.mean_score[1] == total[[1, 4]].mean()
    rest = np.array([0, 1, 1, 0, 0])
    assert found.point_biserial_rest[1] == pytest.approx(np.corrcoef([0, 1, 0, 0, 1], rest)[0, 1])


def test_those_who_did_not_have_an_item_do_not_count():
    """The total of those with a form of two items is prorated; their rest is what they got on the other."""
    answers = [[0, 0, 0], [0, 1, 0], [1, 1, NOT_ADMINISTERED], [0, 0, NOT_ADMINISTERED], [1, 0, 1], [2, 1, 0]]
    found = option_statistics(some(answers))
    third = found.of(2)
    assert found.administered[third].tolist() == [4] * 4
    assert found.n[third].tolist() == [3, 1, 0, 0]
    first = found.of(0)
    rest = np.array([2.0, 1.0, 0.0, 2.0, 1.0, 1.0])  # two other items, or one of them times two
    picked = np.array([1, 1, 0, 1, 0, 0])
    assert found.point_biserial_rest[first][0] == pytest.approx(np.corrcoef(picked, rest)[0, 1])
    total = np.array([3.0, 2.0, 0.0, 3.0, 1.0, 1.0])
    assert found.mean_score[first][0] == pytest.approx(total[[0, 1, 3]].mean())
    assert found.point_biserial[first][0] == pytest.approx(np.corrcoef(picked, total)[0, 1])


def test_a_distractor_that_nobody_takes_has_a_row():
    found = option_statistics(some([[0, 1], [1, 0], [0, 0]]))
    assert found.n.tolist() == [2, 1, 0, 0, 2, 1, 0, 0]
    assert np.isnan(found.mean_score[2])
    assert np.isnan(found.point_biserial[2])


def test_blanks_not_reached_count_as_wrong_where_it_is_said():
    answers = [[0, 0], [0, NOT_REACHED], [1, NOT_REACHED], [1, 0]]
    blank = 7
    assert option_statistics(some(answers)).mean_score[blank] == pytest.approx((2 + 0) / 2)
    assert option_statistics(some(answers), not_reached_wrong=True).mean_score[blank] == pytest.approx(
        (1 + 0) / 2
    )


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (1, 1), (2, 1)])
def test_next_to_nothing(shape):
    found = option_statistics(some(np.zeros(shape, np.int8)))
    assert len(found.item) == shape[1] * 4
    assert np.isnan(found.point_biserial_rest).all()


def planted(n=400):
    """Six items: one too easy, one hard, one reversed, one with a dead distractor; the rest sound."""
    generator = np.random.default_rng(3)
    ability = generator.normal(size=n)
    right = generator.random((n, 12)) < 1 / (1 + np.exp(-1.5 * ability[:, None]))
    cells = np.where(right, 0, generator.integers(1, 4, (n, 12))).astype(np.int8)
    cells[:, 0] = np.where(generator.random(n) < 0.98, 0, 1)
    cells[:, 1] = np.where(generator.random(n) < 0.10, 0, generator.integers(1, 4, n))
    cells[:, 2] = np.where(ability < 0, 0, 2)
    cells[:, 3] = np.where(right[:, 3], 0, generator.integers(1, 3, n))
    cells[:, 4] = np.where(generator.random(n) < 0.2, OMITTED, cells[:, 4])
    return some(cells, n_options=4)


def test_flags_name_what_is_wrong():
    chosen = planted()
    items, options = classical.item_statistics(chosen.scored().cells), option_statistics(chosen)
    found = flags(items, options, names=lambda item, option: chosen.options[item][option])
    by_item = {j: {flag.code for flag in found if flag.item == j} for j in range(12)}
    assert "too-easy" in by_item[0]
    assert {"too-hard", "under-chance"} <= by_item[1]
    assert {"negative-discrimination", "distractor-attracts-able"} <= by_item[2]
    assert by_item[3] == {"dead-distractor"}
    assert by_item[4] == {"many-blanks"}
    assert all(not by_item[j] for j in range(5, 12))
    attracted = next(flag for flag in found if flag.code == "distractor-attracts-able" and flag.item == 2)
    assert attracted.sentence.startswith("c is wrong")


def test_odd_marks_are_no_option_that_a_guess_could_take():
    """155 right of 720 are fewer than guessing among four gives, and not fewer than among five."""
    cells = np.repeat(np.arange(5), [155, 185, 185, 185, 10]).astype(np.int8)[:, None]
    cells = np.hstack([cells, np.tile([0, 1], 360).astype(np.int8)[:, None]])
    chosen = some(cells, n_options=5)
    items, statistics = classical.item_statistics(chosen.scored().cells), option_statistics(chosen)

    def codes(last: str) -> set[str]:
        found = flags(items, statistics, names=lambda item, option: last if option == 4 else "abcd"[option])
        return {flag.code for flag in found if flag.item == 0}

    assert "under-chance" in codes("*")
    assert "under-chance" in codes("**")
    assert "under-chance" not in codes("e")


def test_a_correlation_below_zero_by_chance_does_not_accuse_the_key():
    generator = np.random.default_rng(1)
    cells = (generator.normal(size=(200, 1)) + generator.normal(size=(200, 6)) > 0).astype(np.int8)
    cells[:, 0] = generator.integers(0, 2, 200)
    cells[:, 1] = cells[:, 2:].sum(axis=1) + generator.normal(size=200) < 2
    items = classical.item_statistics(cells)
    assert items.item_rest[0] < 0 < items.item_rest_high[0]
    found = {flag.item: flag.code for flag in flags(items) if flag.item < 2}
    assert found == {0: "low-discrimination", 1: "negative-discrimination"}


def test_under_the_least_number_of_candidates_nothing_is_flagged():
    chosen = planted(19)
    items, options = classical.item_statistics(chosen.scored().cells), option_statistics(chosen)
    assert flags(items, options) == ()
    assert flags(items, options, least_certain=10)


def test_under_50_candidates_only_what_is_beyond_chance_is_flagged():
    """Its whole 95 % interval is beyond the limit; from 50 on the figure itself counts."""
    chosen = planted(49)
    items, options = classical.item_statistics(chosen.scored().cells), option_statistics(chosen)
    few, many = flags(items, options), flags(items, options, least_candidates=40)
    assert {(flag.item, flag.code) for flag in few} < {(flag.item, flag.code) for flag in many}
    of = {(flag.item, flag.code) for flag in few}
    assert {(1, "too-hard"), (2, "negative-discrimination")} <= of
    assert items.facility[0] > 0.95
    assert "too-easy" not in {flag.code for flag in few}  # 48 of 49: as many may be right of 0.89
    assert "dead-distractor" not in {flag.code for flag in few}


def test_a_figure_and_its_limit_are_told_apart():
    assert beyond(0.9505, 0.95) == ("0.951", "0.950")
    assert beyond(0.97, 0.95) == ("0.97", "0.95")
    assert beyond(0.9955, 0.95) == ("0.996", "0.950")
    assert beyond(1.0, 0.95) == ("1.00", "0.95")
    assert beyond(0.1499, 0.15) == ("0.1499", "0.1500")
    assert beyond(0.0496, 0.05, 3, per_cent=True) == ("4.96%", "5.00%")


def test_a_distractor_is_idle_only_where_there_were_wrong_answers_enough():
    """Of 100: 3 of 12 wrong answers are as many as chance may leave one of three distractors, 3 of 60 are not."""
    found = {}
    for n_wrong in (12, 60):
        cells = np.concatenate(
            [np.full(100 - n_wrong, 0), np.full(3, 3), np.arange(n_wrong - 3) % 2 + 1]
        ).astype(np.int8)[:, None]
        chosen = some(np.hstack([cells, np.tile([0, 1], 50)[:, None]]), n_options=4)
        items, options = classical.item_statistics(chosen.scored().cells), option_statistics(chosen)
        idle = [flag for flag in flags(items, options) if (flag.item, flag.code) == (0, "dead-distractor")]
        found[n_wrong] = [flag.sentence for flag in idle]
    assert found[12] == []
    [told] = [one for one in found[60] if one.startswith("option 4 ")]
    assert (
        told
        == "option 4 was chosen by 3.0%, fewer than 5.0%: 3 of 60 wrong answers, where an even share would be 20"
    )
