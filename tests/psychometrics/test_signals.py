"""Signals: planted wrongs are found and named, chance seldom is, and the order of rows is of no matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.scoring.answer_signals import detection
from examgen.scoring.answer_signals.plan import FormKeys, SignalRows, SignalRules, number_right
from examgen.scoring.answer_signals.similarity import answer_cells, answer_model, tally
from examgen.scoring.answer_signals.tables import (
    KINDS,
    REASSIGN_COLUMNS,
    SIGNAL_COLUMNS,
    Signal,
    SignalNames,
    counts,
    reassign_rows,
    signal_rows,
)
from tests.effort import examples
from tests.psychometrics.sitting import Sitting, forms_of, own_items, rows_of, sitting

DEFAULT = SignalRules()


def signals_of(forms: FormKeys, rows: SignalRows, rules: SignalRules = DEFAULT) -> list[Signal]:
    """All signals, by a model of these answers."""
    model = answer_model(tally(forms, rows.form, rows.marks, rows.right))
    return detection.signals_of(forms, rows, model, rules)


def who(signals: list[Signal], kind: str) -> list[list[str]]:
    return [[name.decode() for name in signal.rows.ids] for signal in signals if signal.kind == kind]


def changed(given_: Sitting, marks: dict[int, np.ndarray]) -> SignalRows:
    """The rows with other marks for some candidates."""
    every = given_.rows.marks.copy()
    for row, new in marks.items():
        every[row] = new
    return given_.rows._replace(marks=every, right=number_right(given_.forms, given_.rows.form, every))


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
    able = np.flatnonzero(given_.rows.right >= 0.75 * n_questions)[:10]
    form = given_.rows.form.copy()
    form[able] = (form[able] + 1) % 3
    right = number_right(given_.forms, form, given_.rows.marks)
    return given_, given_.rows._replace(form=form, right=right), able.tolist()


@pytest.mark.parametrize("n_questions", [40, 100])
def test_candidates_recorded_with_another_form_are_found_and_can_be_reassigned(n_questions: int) -> None:
    given_, rows, planted = mistaken(n_questions, seed=5)
    signals = signals_of(given_.forms, rows)
    assert [ids for (ids,) in who(signals, "wrong_form")] == [f"c{k:05d}" for k in planted]
    names = SignalNames(["a.csv"], given_.forms.names, [str(k) for k in range(30)])
    lines = [
        dict(zip(REASSIGN_COLUMNS, row, strict=True))
        for row in reassign_rows(signals, names, {(0, 2): "raw"})
    ]
    for line, k in zip(lines, planted, strict=True):
        assert (line["line"], line["form"]) == (str(k + 2), given_.forms.names[given_.rows.form[k]])
        assert (line["by"], line["date"]) == ("", "")
        assert line["reason"].startswith(
            f"key of form {line['form']} fits better: {given_.rows.right[k]} right"
        )
    each = signals[0].figures["right_under_each"]
    assert str(each).count("=") == 3


def test_nobody_is_sent_to_a_form_of_another_length_or_tried_against_too_many() -> None:
    given_, rows, _ = mistaken(40, seed=5)
    none = signals_of(given_.forms, rows, rules=SignalRules(most_forms=2))
    assert not who(none, "wrong_form")
    items = given_.forms.items.copy()
    items[:, 39] = [items[0, 39], -1, items[2, 39]]
    assert len(who(signals_of(given_.forms._replace(items=items), rows), "wrong_form")) < 10


# ── the same answers ─────────────────────────────────────────────────────────────────────────


def test_the_same_answers_with_many_wrong_are_found_and_those_of_the_best_are_not() -> None:
    given_ = sitting(1200, 60, seed=8)
    middling = np.flatnonzero(np.abs(given_.rows.right - 35) <= 2)
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
    row = given_.rows.marks[int(np.argmin(np.abs(given_.rows.right - 12)))]
    signals = signals_of(given_.forms, changed(given_, dict.fromkeys(range(copies), row)))
    (group,) = who(signals, "same_answers")
    assert {f"c{k:05d}" for k in range(copies)} <= set(group)


def test_the_same_answers_are_seen_over_forms_that_shuffle_items_and_options() -> None:
    given_ = sitting(600, 40, seed=4, n_forms=1)
    rng, base = np.random.default_rng(2), given_.forms
    order, turned = rng.permutation(40), np.argsort(rng.random((40, 4)), axis=1)
    canonical = np.concatenate([turned, np.full((40, 1), 4)], axis=1)
    key_letter = np.bitwise_count(base.keys[0, order] - np.uint8(1))
    printed = (1 << np.argmax(turned == key_letter[:, None], axis=1)).astype(np.uint8)
    forms = FormKeys(
        ("A", "B"),
        np.stack([base.keys[0], printed]),
        np.full((2, 40), 4),
        np.stack([base.items[0], base.items[0, order]]),
        np.stack([base.canonical[0], canonical]),
    )
    copied = int(np.argmin(np.abs(given_.rows.right - 20)))
    letter = np.bitwise_count(given_.rows.marks[copied, order] - np.uint8(1))
    on_b = (1 << np.argmax(turned == letter[:, None], axis=1)).astype(np.uint8)
    marks = np.concatenate([given_.rows.marks, on_b[None]])
    rows = rows_of(forms, np.append(given_.rows.form, 1), marks)
    assert rows.right[copied] == rows.right[-1]
    model = answer_model(tally(forms, rows.form, rows.marks, rows.right))
    answers = np.sort(answer_cells(forms, rows.form, rows.marks), axis=1)
    _, which, n_alike = np.unique(answers, axis=0, return_inverse=True, return_counts=True)
    alike = rows.take(n_alike[which.reshape(-1)] > 1)
    assert alike.line.tolist() == [copied + 2, 602]
    (signal,) = detection.same_answers(forms, DEFAULT, 601, alike, model)
    assert (signal.kind, len(signal.rows.line)) == ("same_answers", 2)


def test_one_candidate_twice_is_no_group() -> None:
    given_ = sitting(300, 60, seed=8)
    twice = np.append(np.arange(300), int(np.argmin(np.abs(given_.rows.right - 35))))
    rows = given_.rows.take(twice)._replace(line=np.arange(301) + 2, room=np.full(301, -1))
    assert signals_of(given_.forms, rows) == []


# ── rooms ────────────────────────────────────────────────────────────────────────────────────


def copying(seed: int) -> tuple[Sitting, SignalRows]:
    """Three of one room, two of another, who have 7 answers in 10 from the first of them."""
    given_ = sitting(1200, 80, seed, n_forms=1)
    rng, planted = np.random.default_rng(seed), {}
    low = np.flatnonzero(given_.rows.right < 48)
    for room, n in ((3, 3), (20, 2)):
        source, *rest = low[given_.rows.room[low] == room][:n].tolist()
        for copier in rest:
            taken = rng.random(80) < 0.7
            planted[copier] = np.where(taken, given_.rows.marks[source], given_.rows.marks[copier])
    return given_, changed(given_, planted)


def test_groups_that_copied_in_a_room_are_found() -> None:
    given_, rows = copying(seed=6)
    signals = signals_of(given_.forms, rows)
    found = who(signals, "similar_wrong_answers")
    assert [len(group) for group in found] == [3, 2]
    assert [int(signal.rows.room[0]) for signal in signals] == [3, 20]


def test_independent_candidates_are_seldom_taken_for_copiers() -> None:
    """At a level of 0.05 for any pair of a sitting, 20 sittings have 1 false pair or so."""
    false = 0
    for seed in range(20):
        given_ = sitting(400, 40, seed, n_forms=1)
        false += len(who(signals_of(given_.forms, given_.rows), "similar_wrong_answers"))
    assert false <= 4


def test_rooms_that_are_unknown_or_too_large_are_not_compared() -> None:
    given_, rows = copying(seed=6)
    unknown = rows._replace(room=np.full(1200, -1))
    assert signals_of(given_.forms, unknown) == []
    assert signals_of(given_.forms, rows, rules=SignalRules(largest_room=39)) == []


# ── laws ─────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 2**32))
def test_the_order_of_rows_is_of_no_matter(seed: int) -> None:
    given_, rows = copying(seed=6)
    marks = {0: np.full(80, 4, dtype=np.uint8), 1: given_.rows.marks[700], 2: np.zeros(80, dtype=np.uint8)}
    rows = changed(Sitting(given_.forms, rows), marks)
    names = SignalNames(["a.csv"], given_.forms.names, [str(k) for k in range(30)])
    expected = list(signal_rows(signals_of(given_.forms, rows), names))
    mixed = rows.take(np.random.default_rng(seed).permutation(1200))
    assert list(signal_rows(signals_of(given_.forms, mixed), names)) == expected
    assert len({row[0] for row in expected}) == 4


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
    items, canonical = own_items(keys, sizes)
    forms = FormKeys(tuple("ABC"[:n_forms]), keys, np.full(keys.shape, 4), items, canonical)
    form = rng.integers(0, n_forms, n)
    marks = data.draw(st.sampled_from([2, 16, 32, 256])) - 1 & rng.integers(0, 256, (n, width))
    marks[np.arange(width) >= sizes[form][:, None]] = 0
    rows = rows_of(forms, form, marks.astype(np.uint8), rng.integers(-1, 3, n))
    for signal in signals_of(forms, rows):
        ids = signal.rows.ids.tolist()
        assert (
            len(set(ids))
            == len(ids)
            >= (2 if signal.kind in {"same_answers", "similar_wrong_answers"} else 1)
        )
        assert signal.en
        assert signal.th


def test_the_table_says_each_row_of_each_signal() -> None:
    given_, rows = copying(seed=6)
    names = SignalNames(["a.csv"], given_.forms.names, [f"R{k}" for k in range(30)])
    signals = signals_of(given_.forms, rows)
    table = [dict(zip(SIGNAL_COLUMNS, row, strict=True)) for row in signal_rows(signals, names)]
    assert [(row["signal"], row["room"]) for row in table] == [("1", "R3")] * 3 + [("2", "R20")] * 2
    assert all("expected" in row["figures"] and "1 in " in row["seen_en"] for row in table)
    assert counts(signals)["similar_wrong_answers"] == {"signals": 2, "rows": 5}
