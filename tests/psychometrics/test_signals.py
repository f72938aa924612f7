"""Signals: planted wrongs are found and named, chance seldom is, and the order of rows is of no matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.scoring.signals import (
    KINDS,
    REASSIGN_COLUMNS,
    SIGNAL_COLUMNS,
    FormKeys,
    Signal,
    SignalRows,
    SignalRules,
    counts,
    reassign_rows,
    signal_rows,
    signals_of,
)
from tests.effort import examples
from tests.psychometrics.sitting import Sitting, forms_of, rows_of, sitting


def who(signals: list[Signal], kind: str) -> list[list[str]]:
    return [[name.decode() for name in signal.rows.ids] for signal in signals if signal.kind == kind]


def changed(given_: Sitting, marks: dict[int, np.ndarray]) -> SignalRows:
    """The rows with other marks for some candidates."""
    every = given_.rows.marks.copy()
    for row, new in marks.items():
        every[row] = new
    return given_.rows._replace(marks=every)


# ── single rows ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("n_questions", [12, 24, 40, 61, 100, 103])
def test_patterns_are_found_even_where_broken(n_questions: int) -> None:
    given_ = sitting(200, n_questions, seed=3)
    rng, planted = np.random.default_rng(1), {}
    for row, letters in enumerate(("A", "AB", "ABC", "ABCD", "AABCD", "ABCCBA")):
        marks = np.array(
            [1 << "ABCD".index(letters[k % len(letters)]) for k in range(n_questions)], dtype=np.uint8
        )
        marks[rng.choice(n_questions, n_questions // 20, replace=False)] = 2
        planted[row] = marks
    planted[6] = np.zeros(n_questions, dtype=np.uint8)
    signals = signals_of(given_.forms, changed(given_, planted))
    assert who(signals, "blank_row") == [["c00006"]]
    assert who(signals, "one_letter") == [["c00000"]]
    repeating = [[f"c0000{k}"] for k in range(1, 6)] if n_questions >= 20 else []
    assert who(signals, "pattern") == repeating
    assert not who(signals, "same_answers")


def test_few_right_answers_are_under_chance_only_where_luck_seldom_does_that() -> None:
    forms = forms_of(1, 60, seed=2)
    none_right = (1 << (np.bitwise_count(forms.keys - np.uint8(1)) + 1) % 4).astype(np.uint8)
    rows = rows_of(forms, np.zeros(1, dtype=np.int64), none_right)
    (signal,) = signals_of(forms, rows)
    assert signal.kind == "under_chance"
    assert "1 in 31,000,000" in signal.en  # (4/3)**60
    assert "1 ใน 31,000,000" in signal.th
    few = none_right.copy()
    few[0, :6] = forms.keys[0, :6]  # 6 or fewer of 60 by luck: 0.3 %
    assert signals_of(forms, rows_of(forms, np.zeros(1, dtype=np.int64), few)) == []


def test_guessers_are_seldom_taken_for_something_else() -> None:
    forms, rng = forms_of(4, 60, seed=2), np.random.default_rng(11)
    marks = (1 << rng.integers(0, 4, (20_000, 60))).astype(np.uint8)
    found = counts(signals_of(forms, rows_of(forms, rng.integers(0, 4, 20_000), marks)))
    assert found["under_chance"]["rows"] <= 6  # 0.7 expected: 3 right or fewer of 60
    assert sum(found[kind]["rows"] for kind in KINDS if kind != "under_chance") == 0


# ── wrong forms ──────────────────────────────────────────────────────────────────────────────


def mistaken(n_questions: int, seed: int) -> tuple[Sitting, SignalRows, list[int]]:
    """A sitting of three forms, in which ten able candidates are recorded with the next form."""
    given_ = sitting(900, n_questions, seed, n_forms=3)
    able = np.flatnonzero(given_.right >= 0.75 * n_questions)[:10]
    form = given_.rows.form.copy()
    form[able] = (form[able] + 1) % 3
    return given_, given_.rows._replace(form=form), able.tolist()


@pytest.mark.parametrize("n_questions", [40, 100])
def test_candidates_recorded_with_another_form_are_found_and_can_be_reassigned(n_questions: int) -> None:
    given_, rows, planted = mistaken(n_questions, seed=5)
    signals = signals_of(given_.forms, rows)
    assert [ids for (ids,) in who(signals, "wrong_form")] == [f"c{k:05d}" for k in planted]
    lines = [
        dict(zip(REASSIGN_COLUMNS, row, strict=True))
        for row in reassign_rows(signals, ["a.csv"], {(0, 2): "raw"})
    ]
    for line, k in zip(lines, planted, strict=True):
        assert (line["line"], line["form"]) == (str(k + 2), given_.forms.names[given_.rows.form[k]])
        assert (line["by"], line["date"]) == ("", "")
        assert line["reason"].startswith(f"key of form {line['form']} fits better: {given_.right[k]} right")
    each = signals[0].figures["right_under_each"]
    assert str(each).count("=") == 3


def test_nobody_is_sent_to_a_form_of_another_length_or_tried_against_too_many() -> None:
    given_, rows, _ = mistaken(40, seed=5)
    none = signals_of(given_.forms, rows, rules=SignalRules(most_forms=2))
    assert not who(none, "wrong_form")
    forms = given_.forms._replace(n_questions=np.array([40, 39, 40]))
    assert len(who(signals_of(forms, rows), "wrong_form")) < 10


# ── the same answers ─────────────────────────────────────────────────────────────────────────


def test_the_same_answers_with_many_wrong_are_found_and_those_of_the_best_are_not() -> None:
    given_ = sitting(1200, 60, seed=8)
    middling = np.flatnonzero(np.abs(given_.right - 35) <= 2)
    of_form = {k: middling[given_.rows.form[middling] == k] for k in (0, 1)}
    a, b, c = of_form[0][0], of_form[0][5], of_form[0][9]
    best = np.flatnonzero(given_.rows.form == 1)[-4:]
    planted = {int(row): given_.rows.marks[a] for row in (b, c)}
    planted |= {int(row): given_.forms.keys[1] for row in best}
    signals = signals_of(given_.forms, changed(given_, planted))
    assert who(signals, "same_answers") == [sorted(f"c{k:05d}" for k in (a, b, c))]


@pytest.mark.parametrize(("n", "copies"), [(200, 2), (200, 60), (1000, 1000)])
def test_many_with_the_same_answers_do_not_make_them_usual(n: int, copies: int) -> None:
    given_ = sitting(n, 24, seed=8, n_forms=1)
    row = given_.rows.marks[int(np.argmin(np.abs(given_.right - 12)))]
    signals = signals_of(given_.forms, changed(given_, dict.fromkeys(range(copies), row)))
    (group,) = who(signals, "same_answers")
    assert {f"c{k:05d}" for k in range(copies)} <= set(group)


def test_one_candidate_twice_is_no_group() -> None:
    given_ = sitting(300, 60, seed=8)
    twice = np.append(np.arange(300), int(np.argmin(np.abs(given_.right - 35))))
    rows = given_.rows.take(twice)._replace(line=np.arange(301) + 2)
    assert signals_of(given_.forms, rows) == []


def test_independent_candidates_are_seldom_taken_for_copiers() -> None:
    """At a level of 0.01 for any group of a sitting, 20 sittings have no false one."""
    for seed in range(20):
        given_ = sitting(400, 24, seed, n_forms=1)
        assert not who(signals_of(given_.forms, given_.rows), "same_answers")


# ── laws ─────────────────────────────────────────────────────────────────────────────────────


def odd() -> tuple[Sitting, SignalRows]:
    """A sitting with rows of each kind but the wrong form."""
    given_ = sitting(1200, 80, 6, n_forms=1)
    middling = np.flatnonzero(np.abs(given_.right - 45) <= 2)[:3].tolist()
    marks = {0: np.full(80, 4, dtype=np.uint8), 2: np.zeros(80, dtype=np.uint8)}
    marks |= dict.fromkeys(middling, given_.rows.marks[middling[0]])
    return given_, changed(given_, marks)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 2**32))
def test_the_order_of_rows_is_of_no_matter(seed: int) -> None:
    given_, rows = odd()
    files, forms = ["a.csv"], given_.forms
    expected = list(signal_rows(signals_of(forms, rows), files, forms.names))
    mixed = rows.take(np.random.default_rng(seed).permutation(1200))
    assert list(signal_rows(signals_of(forms, mixed), files, forms.names)) == expected
    assert len({row[0] for row in expected}) == 3


@settings(max_examples=examples(40), deadline=None)
@given(st.data())
def test_any_marks_at_all_give_signals_of_different_candidates(data: st.DataObject) -> None:
    n_forms, width, n = (
        data.draw(st.integers(1, 3)),
        data.draw(st.integers(1, 30)),
        data.draw(st.integers(1, 30)),
    )
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    sizes = rng.integers(1, width + 1, n_forms)
    keys = rng.integers(1, 16, (n_forms, width)).astype(np.uint8)
    keys[np.arange(width) >= sizes[:, None]] = 0
    forms = FormKeys(tuple("ABC"[:n_forms]), keys, np.full(keys.shape, 4), sizes)
    form = rng.integers(0, n_forms, n)
    marks = data.draw(st.sampled_from([2, 16, 32, 256])) - 1 & rng.integers(0, 256, (n, width))
    marks[np.arange(width) >= sizes[form][:, None]] = 0
    rows = rows_of(forms, form, marks.astype(np.uint8))
    for signal in signals_of(forms, rows):
        ids = signal.rows.ids.tolist()
        assert len(set(ids)) == len(ids) >= (2 if signal.kind == "same_answers" else 1)
        assert signal.en
        assert signal.th


def test_the_table_says_each_row_of_each_signal() -> None:
    given_, rows = odd()
    signals = signals_of(given_.forms, rows)
    table = [dict(zip(SIGNAL_COLUMNS, row, strict=True)) for row in signal_rows(signals, ["a.csv"], ["A"])]
    assert [row["signal"] for row in table] == ["1", "2", "3", "3", "3"]
    assert all("wrong" in row["figures"] and "1 in " in row["seen_en"] for row in table[2:])
    assert counts(signals)["same_answers"] == {"signals": 1, "rows": 3}
