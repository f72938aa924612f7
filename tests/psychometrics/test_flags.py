"""What is flagged in items and options: beyond chance, in an exam as a whole, and by whole intervals."""

import numpy as np
import pytest

from examgen.reports.analysis_report.words import ADVICE
from examgen.stats.item_flags import beyond, flags
from examgen.stats.item_statistics import classical
from examgen.stats.matrix import OMITTED
from examgen.stats.option_statistics import option_statistics
from examgen.stats.results import frame
from tests.psychometrics.test_options import some


def of(cells, names=None):
    """Statistics of items, by name."""
    found = classical(cells).items
    return frame({"item": names or [f"Q{j}" for j in range(cells.shape[1])], **found})


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
    items, options = of(chosen.scored().cells), option_statistics(chosen)
    found = flags(items, options)
    by_item = {j: {flag.code for flag in found if flag.values["item"] == f"Q{j}"} for j in range(12)}
    assert "too-easy" in by_item[0]
    assert {"too-hard", "under-chance"} <= by_item[1]
    assert {"negative-discrimination", "distractor-attracts-able"} <= by_item[2]
    assert by_item[3] == {"dead-distractor"}
    assert by_item[4] == {"many-blanks"}
    assert all(not by_item[j] for j in range(5, 12))
    attracted = next(
        flag for flag in found if flag.code == "distractor-attracts-able" and flag.values["item"] == "Q2"
    )
    assert attracted.startswith("c is wrong")


def test_what_is_too_hard_depends_on_how_many_options_there_are():
    """44 right of 200 are .22: fewer than one in four or in two, and more than one in five."""
    cells = np.repeat(np.arange(4), [44, 52, 52, 52]).astype(np.int8)[:, None]
    cells = np.hstack([cells, np.tile([0, 1], 100).astype(np.int8)[:, None]])

    def hard(n_options: int) -> bool:
        chosen = some(cells, n_options=n_options)
        items, statistics = of(chosen.scored().cells), option_statistics(chosen)
        found = flags(items, statistics)
        return any(flag.code == "too-hard" and flag.values["item"] == "Q0" for flag in found)

    assert hard(4)
    assert not hard(5)


def test_odd_marks_are_no_option_that_a_guess_could_take():
    """155 right of 720 are fewer than guessing among four gives, and not fewer than among five."""
    cells = np.repeat(np.arange(5), [155, 185, 185, 185, 10]).astype(np.int8)[:, None]
    cells = np.hstack([cells, np.tile([0, 1], 360).astype(np.int8)[:, None]])

    def codes(last: str) -> set[str]:
        chosen = some(cells, n_options=5)
        chosen = chosen._replace(options=((*"abcd", last),) * 2)
        found = flags(of(chosen.scored().cells), option_statistics(chosen))
        return {flag.code for flag in found if flag.values["item"] == "Q0"}

    assert "under-chance" in codes("*")
    assert "under-chance" in codes("**")
    assert "under-chance" not in codes("e")


@pytest.mark.long("a simulation; each flag has its cases")
def test_of_many_sound_distractors_none_is_said_to_draw_the_able():
    """40 exams of 75 candidates on 40 items, answers that have nothing to do with ability: 5 or fewer exams name
    a distractor, where a test of each alone named 2.5 % of all."""
    generator = np.random.default_rng(11)
    named, alone = 0, 0
    for _ in range(40):
        chosen = some(generator.choice(4, (75, 40), p=[0.4, 0.2, 0.2, 0.2]).astype(np.int8), n_options=4)
        options = option_statistics(chosen)
        found = flags(of(chosen.scored().cells), options)
        named += any(flag.code == "distractor-attracts-able" for flag in found)
        alone += int((options.filter(~options["is_key"])["point_biserial_rest"] * np.sqrt(74) > 1.96).sum())
    assert alone > 80
    assert named <= 5


def test_a_verdict_on_discrimination_rests_on_the_interval_and_never_asks_to_drop_an_item():
    """Of 75 candidates a correlation of 0.02 may be one of 0.2; of 3,000 it may not."""
    found = {}
    for n in (75, 3000):
        generator = np.random.default_rng(8)
        rest = generator.normal(size=(n, 1)) + generator.normal(size=(n, 12))
        cells = np.hstack([generator.integers(0, 2, (n, 1)), rest > 0]).astype(np.int8)
        items = of(cells)
        assert items["item_rest"][0] < 0.15
        found[n] = {flag.code for flag in flags(items) if flag.values["item"] == "Q0"}
    assert found == {75: set(), 3000: {"low-discrimination"}}
    assert not any("retire" in advice.en or "เลิกใช้" in advice.th for advice in ADVICE.values())


def test_a_correlation_below_zero_by_chance_does_not_accuse_the_key():
    generator = np.random.default_rng(1)
    cells = (generator.normal(size=(200, 1)) + generator.normal(size=(200, 6)) > 0).astype(np.int8)
    cells[:, 0] = generator.integers(0, 2, 200)
    cells[:, 1] = cells[:, 2:].sum(axis=1) + generator.normal(size=200) < 2
    items = of(cells)
    assert items["item_rest"][0] < 0 < items["item_rest_high"][0]
    found = {flag.values["item"]: flag.code for flag in flags(items) if flag.values["item"] < "Q2"}
    assert found == {"Q0": "low-discrimination", "Q1": "negative-discrimination"}


def test_under_the_least_number_of_candidates_nothing_is_flagged():
    chosen = planted(19)
    items, options = of(chosen.scored().cells), option_statistics(chosen)
    assert flags(items, options) == ()
    assert flags(items, options, min_n=10)


def test_under_50_candidates_only_what_is_beyond_chance_is_flagged():
    """Its whole 95 % interval is beyond the limit; from 50 on the figure itself counts."""
    chosen = planted(49)
    items, options = of(chosen.scored().cells), option_statistics(chosen)
    few, many = flags(items, options), flags(items, options, min_n=40)
    assert {(flag.values["item"], flag.code) for flag in few} < {
        (flag.values["item"], flag.code) for flag in many
    }
    told = {(flag.values["item"], flag.code) for flag in few}
    assert {("Q1", "too-hard"), ("Q2", "negative-discrimination")} <= told
    assert items["facility"][0] > 0.95
    assert "too-easy" not in {flag.code for flag in few}  # 48 of 49: as many may be right of 0.89
    assert "dead-distractor" not in {flag.code for flag in few}


def test_a_figure_and_its_limit_are_told_apart():
    assert beyond(0.9505, 0.95) == {"shown": "0.951", "limit": "0.950"}
    assert beyond(0.97, 0.95) == {"shown": "0.97", "limit": "0.95"}
    assert beyond(0.9955, 0.95) == {"shown": "0.996", "limit": "0.950"}
    assert beyond(1.0, 0.95) == {"shown": "1.00", "limit": "0.95"}
    assert beyond(0.1499, 0.15) == {"shown": "0.1499", "limit": "0.1500"}
    assert beyond(0.0496, 0.05, "%", 3) == {"shown": "4.96%", "limit": "5.00%"}


def test_a_distractor_is_idle_only_where_there_were_wrong_answers_enough():
    """Of 100: 3 of 12 wrong answers are as many as chance may leave one of three distractors, 3 of 60 are not."""
    found = {}
    for n_wrong in (12, 60):
        cells = np.concatenate(
            [np.full(100 - n_wrong, 0), np.full(3, 3), np.arange(n_wrong - 3) % 2 + 1]
        ).astype(np.int8)[:, None]
        chosen = some(np.hstack([cells, np.tile([0, 1], 50)[:, None]]), n_options=4)
        items, options = of(chosen.scored().cells), option_statistics(chosen)
        idle = [
            flag
            for flag in flags(items, options)
            if (flag.values["item"], flag.code) == ("Q0", "dead-distractor")
        ]
        found[n_wrong] = [str(flag) for flag in idle]
    assert found[12] == []
    [told] = [one for one in found[60] if one.startswith("d ")]
    assert told == "d was chosen by 3.0%, fewer than 5.0%: 3 of 60 wrong answers (an even share would be 20)"
