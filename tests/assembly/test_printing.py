"""Printed forms: order of items, keys and options, whatever the blueprint's `order` asks."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.assembly.order.check import print_problems
from examgen.assembly.order.key_places import notices
from examgen.assembly.order.printed import print_forms
from examgen.assembly.personal import loose, personal_form
from examgen.assembly.usable import Pool, places
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.models.item import Evidence, Item
from tests.effort import examples
from tests.samples import PCS, blueprint_data, item_data, shelf

Case = tuple[Blueprint, list[list[Item]], dict[str, Evidence], list[str], list[str]]


def asked(**changes: Any) -> Blueprint:
    return Blueprint.model_validate(blueprint_data(**changes))


def items_of(rows: Sequence[dict[str, Any]]) -> list[Item]:
    return [Item.model_validate(row) for row in rows]


def bank(per_pc: int, **changes: Any) -> list[Item]:
    return items_of([item_data(pc, n, **changes) for pc in PCS for n in range(1, per_pc + 1)])


def printed(case: Case, turned: bool = False) -> Exam:
    """The exam of these forms; the items may be given in another order."""
    plan, forms, evidence, pilots, anchor = case
    unit = shelf(0).unit
    every = {item.id: item for form in forms for item in form}
    pool = Pool(tuple(every[name] for name in sorted(every)), places([unit]))
    given = [list(reversed(form)) for form in forms] if turned else forms
    names = [chr(ord("A") + n) for n in range(len(forms))]
    found = print_forms(pool, given, names, plan, evidence, pilots)
    return Exam(blueprint=plan, units=(unit,), forms=found, evidence=evidence, anchor=tuple(anchor))


def simple(forms: Sequence[Sequence[Item]], **changes: Any) -> Exam:
    return printed((asked(**changes), [list(form) for form in forms], {}, [], []))


def letters(form: Form) -> list[str]:
    return [p.key_letters for p in form.items]


def longest_run(form: Form) -> int:
    return max(len(list(run)) for letter, run in groupby(letters(form)) if len(letter) == 1)


def ids(form: Form) -> list[str]:
    return [p.item.id for p in form.items]


# ── any form ─────────────────────────────────────────────────────────────────────────────────


def a_bank(chance: random.Random, anchoring: bool) -> list[Item]:
    """Items with two to five options, one or two of them right, some anchored, some of one stimulus."""
    rows = []
    for pc in PCS:
        for n in range(1, 21):
            options = {o: f"ตัวเลือก {o} {pc} {n}" for o in "abcde"[: chance.choice([4, 4, 4, 5, 3])]}
            key = [chance.choice("abc")] if chance.random() < 0.95 else ["a", "c"]
            row = item_data(pc, n, options=options, key=key, rationale=options)
            if anchoring and chance.random() < 0.3:
                row["anchored"] = chance.sample(sorted(options), chance.randint(1, len(options)))
            if n <= 8:
                row["shared_stimulus"] = f"case-{pc}-{n % 2}"
            rows.append(row)
    return items_of(rows)


@st.composite
def cases(draw: st.DrawFn, anchoring: bool = True) -> Case:
    chance = random.Random(draw(st.integers(0, 10**9)))
    items = a_bank(chance, anchoring)
    order: dict[str, Any] = {
        "items": draw(st.sampled_from(["by_criterion", "by_element", "mixed", "easy_to_hard"])),
    }
    stimuli = {item.shared_stimulus for item in items if item.shared_stimulus}
    pilots = [item.id for item in items if item.id.endswith(("-019", "-020"))]
    anchor = [item.id for item in items if item.id.endswith(("-009", "-010", "-011"))]
    forms = []
    for _ in range(draw(st.integers(1, 4))):
        used = set(chance.sample(sorted(stimuli), 2))
        rest = [i for i in items if not i.shared_stimulus and i.id not in (*pilots, *anchor)]
        forms.append(
            [item for item in items if item.shared_stimulus in used or item.id in anchor]
            + chance.sample(rest, 12)
            + [item for item in items if item.id in pilots and chance.random() < 0.7]
        )
        chance.shuffle(forms[-1])
    evidence = {
        item.id: Evidence(facility=round(chance.random(), 2)) for item in items if chance.random() < 0.8
    }
    plan = asked(
        order=order,
        pilot={"items": 3, "place": draw(st.sampled_from(["end", "among"]))},
        anchor=len(anchor),
        seed=draw(st.integers(0, 99)),
    )
    return plan, forms, evidence, pilots, anchor


@settings(max_examples=examples(60))
@given(case=cases())
def test_any_form_keeps_what_the_order_asks(case: Case) -> None:
    _, forms, _, pilots, _ = case
    exam = printed(case)
    assert print_problems(exam) == []
    for form, items in zip(exam.forms, forms, strict=True):
        assert sorted(ids(form)) == sorted(item.id for item in items)
        assert [p.question for p in form.items] == list(range(1, len(items) + 1))
        for p in form.items:
            assert sorted(p.order) == sorted(p.item.options)
            assert all(p.order["abcde".index(option)] == option for option in p.item.anchored)
            assert p.points == (p.item.id not in pilots)
        together = [p.item.shared_stimulus for p in form.items if p.item.shared_stimulus]
        assert len(list(groupby(together))) == len(set(together))
        for name in set(together):
            places = [n for n, p in enumerate(form.items) if p.item.shared_stimulus == name]
            assert places == list(range(places[0], places[0] + len(places)))
            assert [form.items[n].item.id for n in places] == sorted(form.items[n].item.id for n in places)


@settings(max_examples=examples(20))
@given(case=cases())
def test_the_order_in_which_items_are_given_does_not_count(case: Case) -> None:
    assert printed(case) == printed(case, turned=True)


def test_a_form_is_drawn_the_same_on_every_machine() -> None:
    alone = simple([bank(8)], seed=7).forms[0]
    assert [int(name[-1]) for name in ids(alone)[:8]] == [1, 6, 3, 5, 7, 2, 4, 8]
    assert "".join(letters(alone)) == "DCDBABDDCCBDCDACBBADDDAD"
    assert ["".join(p.order) for p in alone.items[:4]] == ["dacb", "bdca", "abcd", "abcd"]


# ── order of items ───────────────────────────────────────────────────────────────────────────


def test_by_criterion_and_by_element_make_sections_and_mixed_makes_none() -> None:
    items = bank(8)
    by_criterion = [p.item.pc for p in simple([items]).forms[0].items]
    assert by_criterion == sorted(by_criterion)
    by_element = simple([items], order={"items": "by_element"}).forms[0].items
    assert [p.element for p in by_element] == ["E1"] * 16 + ["E2"] * 8
    assert [p.item.pc for p in by_element] != sorted(p.item.pc for p in by_element)
    mixed = [p.element for p in simple([items], order={"items": "mixed"}).forms[0].items]
    assert len(list(groupby(mixed))) > 4


def test_easy_items_come_first_and_unknown_ones_stand_in_the_middle_by_chance() -> None:
    items = bank(5)
    evidence = {item.id: Evidence(facility=n / 10) for n, item in enumerate(items[:10])}
    middles = set()
    for seed in range(6):
        plan = asked(order={"items": "easy_to_hard"}, seed=seed)
        form = printed((plan, [items], evidence, [], [])).forms[0]
        known = [evidence[name].facility for name in ids(form) if name in evidence]
        assert known == sorted(known, key=lambda facility: -(facility or 0))
        assert set(ids(form)[5:10]) == {item.id for item in items[10:]}
        middles.add(tuple(ids(form)[5:10]))
    assert len(middles) > 1


def test_a_stimulus_stands_by_the_mean_facility_of_its_items() -> None:
    rows = [item_data("E1.01", n) for n in range(1, 7)]
    for row in rows[:2]:
        row["shared_stimulus"] = "case-1"
    items = items_of(rows)
    evidence = {
        item.id: Evidence(facility=facility)
        for item, facility in zip(items, [0.9, 0.3, 0.7, 0.65, 0.5, 0.2], strict=True)
    }
    plan = asked(order={"items": "easy_to_hard"})
    form = printed((plan, [items], evidence, [], [])).forms[0]
    assert [int(name[-1]) for name in ids(form)] == [3, 4, 1, 2, 5, 6]


def test_pilot_items_stand_at_the_end_or_among_the_others_and_count_nothing() -> None:
    items = bank(6)
    pilots = [item.id for item in items if item.id.endswith(("1", "2"))]
    end = printed((asked(pilot=6), [items], {}, pilots, [])).forms[0].items
    assert [p.points for p in end] == [1] * 12 + [0] * 6
    plan = asked(pilot={"items": 6, "place": "among"}, order={"items": "mixed"})
    among = printed((plan, [items], {}, pilots, [])).forms[0].items
    assert {p.item.id for p in among if not p.points} == set(pilots)
    assert [p.points for p in among] != sorted((p.points for p in among), reverse=True)


def test_a_pilot_item_of_a_stimulus_stays_with_the_scored_ones() -> None:
    rows = [item_data("E1.01", n) for n in range(1, 7)]
    for row in rows[:3]:
        row["shared_stimulus"] = "case-1"
    items = items_of(rows)
    exam = printed((asked(pilot=2), [items], {}, [items[1].id, items[4].id], []))
    form = exam.forms[0]
    start = ids(form).index(items[0].id)
    assert ids(form)[start : start + 3] == [item.id for item in items[:3]]
    assert ids(form)[-1] == items[4].id
    assert print_problems(exam) == []


# ── keys and options ─────────────────────────────────────────────────────────────────────────


def test_every_order_of_free_options_is_as_likely_and_no_two_questions_lean_on_each_other() -> None:
    """24 orders, 300 forms of 12 questions; pairs of neighbours have their keys at one letter 1 time in 4."""
    items = bank(4)
    forms = [simple([items], seed=seed).forms[0] for seed in range(300)]
    orders = Counter(p.order for form in forms for p in form.items)
    assert len(orders) == 24
    assert sum((n - 150) ** 2 / 150 for n in orders.values()) < 49.7  # 23 degrees of freedom, 1 in 1000
    alike = sum(one == other for form in forms for one, other in pairwise(letters(form)))
    assert abs(alike - 825) < 3.3 * (3300 * 0.25 * 0.75) ** 0.5


def moved(items: Sequence[Item]) -> list[Item]:
    """The same questions with another key each."""
    turn = dict(zip("abcde", "bcaed", strict=True))
    return [item.model_copy(update={"key": tuple(turn[key] for key in item.key)}) for item in items]


def relabelled(items: Sequence[Item]) -> list[Item]:
    """The same questions, whose options the bank has in another order."""
    turn = dict(zip("abcd", "dabc", strict=True))
    return [
        item.model_copy(
            update={
                "key": tuple(turn[key] for key in item.key),
                "options": {turn[o]: text for o, text in item.options.items()},
            }
        )
        for item in items
    ]


def texts(exam: Exam) -> list[list[tuple[str, ...]]]:
    """What is printed: the options of every question of every form."""
    return [[(p.item.stem, *(p.item.options[o] for o in p.order)) for p in f.items] for f in exam.forms]


@settings(max_examples=examples(30))
@given(case=cases(anchoring=False))
def test_neither_keys_nor_the_names_of_options_shape_an_order(case: Case) -> None:
    plan, forms, *rest = case
    was = texts(printed(case))
    assert texts(printed((plan, [moved(form) for form in forms], *rest))) == was  # type: ignore[arg-type]
    four = [[item for item in form if len(item.options) == 4] for form in forms]
    was = texts(printed((plan, four, *rest)))  # type: ignore[arg-type]
    assert texts(printed((plan, [relabelled(form) for form in four], *rest))) == was  # type: ignore[arg-type]


def test_options_as_written_keep_their_order_and_no_key_orders_the_items() -> None:
    rows = [item_data(pc, n, key="a") for pc in PCS for n in range(1, 21)]
    exam = simple([items_of(rows)], order={"options": "as_written"})
    form = exam.forms[0]
    assert {p.order for p in form.items} == {("a", "b", "c", "d")}
    shuffled = simple([items_of([{**row, "key": "b"} for row in rows])], order={"options": "as_written"})
    assert ids(shuffled.forms[0]) == ids(form)
    assert print_problems(exam) == []
    run, spread = notices(exam)
    assert (
        "form A: one letter is right 60 times in a row; by chance, at most one form in 4,096 has more than 9"
        in run
    )
    assert (
        "form A: counts of right answers differ by 60 between two letters; by chance, at most one form in 4,096 differs by more than 22"
        in spread
    )


def test_what_chance_seldom_does_to_two_letters_is_exact() -> None:
    """Of 17 questions of two options the counts differ by 15 or more in 1.1 of 4,096 forms, by 17 in 0.06."""
    rows = [item_data("E1.01", n, key="a", options={"a": "x", "b": "y"}) for n in range(1, 18)]
    _, spread = notices(simple([items_of(rows)], order={"options": "as_written"}))
    assert (
        "counts of right answers differ by 17 between two letters; by chance, at most one form in 4,096 differs by more than 15"
        in spread
    )


def test_a_notice_says_that_keys_cannot_move() -> None:
    rows = [item_data("E1.01", n, key="a", anchored=["a", "b", "c", "d"]) for n in range(1, 21)]
    rows += [item_data("E2.01", n, key="a") for n in range(1, 21)]
    for seed in range(5):
        exam = simple([items_of(rows)], seed=seed)
        assert longest_run(exam.forms[0]) >= 20
        assert print_problems(exam) == []
        assert any("times in a row" in notice for notice in notices(exam))


def test_anchored_options_stay_and_the_others_do_not() -> None:
    items = bank(20, anchored=["d"])
    form = simple([items]).forms[0]
    assert {p.order[3] for p in form.items} == {"d"}
    assert {p.order[0] for p in form.items} == {"a", "b", "c"}


ASCENDING = (
    ("14,000 บาท", "16,000 บาท", "20,000 บาท", "124,000 บาท"), ("๗ วัน", "๑๕ วัน", "๓๐ วัน", "๙๐ วัน"),
    ("7.5%", "**8%**", "10%", "12.25%"), ("5 มกราคม 2569", "12 มกราคม 2569", "23 มกราคม 2569"),
    ("8:05 น.", "8:30 น.", "10:15 น."), ("-5 °C", "0 °C", "5 °C"), ("1–3 ปี", "4–6 ปี", "7–9 ปี"),
    ("3 วัน นับแต่วันยื่น", "7 วัน นับแต่วันรับ", "15 วัน นับแต่วันแจ้ง"),
)  # fmt: skip


def numeric(texts: Sequence[str], n: int, **changes: Any) -> Item:
    """An item whose options are written in the order 2, 1, 3 …"""
    mixed = [texts[1], texts[0], *texts[2:]]
    options = dict(zip("abcd", mixed, strict=False))
    row = item_data("E1.01", n, options=options, key="a", rationale=dict.fromkeys(options, "เหตุผล"))
    return Item.model_validate({**row, **changes})


def printed_texts(forms: Sequence[Form]) -> set[tuple[str, ...]]:
    return {tuple(p.item.options[option] for option in p.order) for form in forms for p in form.items}


def test_quantities_print_from_least_to_greatest_in_every_form_and_booklet() -> None:
    items = [numeric(texts, n) for n, texts in enumerate(ASCENDING, 1)]
    papers = {"personal": {"options": True, "items": True}}
    exam = simple([items] * 6, papers=papers)
    assert printed_texts(exam.forms) == set(ASCENDING)
    drawn = loose(exam, exam.forms[0], exam.blueprint.papers)
    booklets = [personal_form(drawn, f"A-{n}") for n in range(20)]
    assert {order for one in booklets for order in one.options} == {(0, 1, 2), (0, 1, 2, 3)}


def test_an_author_may_have_quantities_otherwise() -> None:
    money, odd = ASCENDING[0], ("7 วัน", "15 เดือน", "30 ปี", "90 นาที")
    written = (money[1], money[0], *money[2:])
    assert printed_texts(simple([[numeric(money, 1)]] * 9, order={"options": "as_written"}).forms) == {
        written
    }
    for texts, says in (
        (money, {"anchored": ["d"]}), (odd, {}), (("5 วัน", "๕ วัน", "6 วัน"), {}),
        (money, {"waivers": {"options-not-in-numeric-order": "ลำดับอื่น"}}),
    ):  # fmt: skip
        forms = simple([[numeric(texts, n, **says) for n in range(1, 10)]] * 4).forms
        assert len(printed_texts(forms)) > 3, (texts, says)


# ── what forms share ─────────────────────────────────────────────────────────────────────────


def overlapping(n_forms: int, n_items: int, n_shared: int, per_pc: int = 100) -> list[list[Item]]:
    """Forms of `n_items`, of which the first `n_shared` are the same."""
    items = bank(per_pc)
    random.Random(3).shuffle(items)
    own = n_items - n_shared
    return [items[:n_shared] + items[n_shared + k * own :][:own] for k in range(n_forms)]


def apart(exam: Exam) -> int:
    """The greatest difference between the numbers of a question that several forms ask."""
    numbers: dict[str, list[int]] = {}
    for form in exam.forms:
        for p in form.items:
            numbers.setdefault(p.item.id, []).append(p.question)
    return max(max(found) - min(found) for found in numbers.values())


@pytest.mark.parametrize("n_shared", [10, 25, 60])
def test_shared_items_stand_near_each_other_in_all_forms(n_shared: int) -> None:
    forms = overlapping(4, 60, n_shared)
    near = simple(forms, order={"items": "mixed"})
    assert apart(near) <= 3
    first, *others = near.forms
    far = near.model_copy(update={"forms": (renumbered(first, first.items[::-1]), *others)})
    assert apart(far) > 20
    assert "shared-apart" in codes(far)


def test_near_items_leave_all_else_to_chance() -> None:
    exam = simple(overlapping(2, 60, 20), order={"items": "mixed"})
    shared = set(ids(exam.forms[0])) & set(ids(exam.forms[1]))
    one, other = (
        [p.order for p in sorted(form.items, key=lambda p: p.item.id) if p.item.id in shared]
        for form in exam.forms
    )
    assert sum(a != b for a, b in zip(one, other, strict=True)) > 15
    own = [n for n, p in enumerate(exam.forms[0].items) if p.item.id not in shared]
    again = simple(overlapping(2, 60, 20), order={"items": "mixed"}, seed=2)
    assert own != [n for n, p in enumerate(again.forms[0].items) if p.item.id not in shared]


def test_pairwise_overlap_stays_within_a_few_places() -> None:
    items = bank(110)
    random.Random(5).shuffle(items)
    for n_forms in (4, 6):
        forms: list[list[Item]] = [[] for _ in range(n_forms)]
        rest = iter(items)
        for one in range(n_forms):
            for other in range(one):
                for _ in range(6):
                    item = next(rest)
                    forms[one].append(item)
                    forms[other].append(item)
        for form in forms:
            form.extend(next(rest) for _ in range(60 - len(form)))
        exam = simple(forms, order={"items": "mixed"})
        assert print_problems(exam) == []
        assert apart(exam) <= 5


# ── the recount ──────────────────────────────────────────────────────────────────────────────


def codes(exam: Exam, *forms: Form, **changes: Any) -> set[str]:
    plan = Blueprint.model_validate({**exam.blueprint.model_dump(by_alias=True), **changes})
    changed = exam.model_copy(update={"forms": forms or exam.forms, "blueprint": plan})
    return {problem.code for problem in print_problems(changed)}


def renumbered(form: Form, items: Sequence[PrintedItem]) -> Form:
    numbered = [p.model_copy(update={"question": n}) for n, p in enumerate(items, 1)]
    return form.model_copy(update={"items": tuple(numbered)})


def test_a_recount_sees_what_is_printed_otherwise_than_asked() -> None:
    rows = [item_data(pc, n) for pc in PCS for n in range(1, 9)]
    for row in rows[:3]:
        row["shared_stimulus"] = "case-1"
    exam = simple([items_of(rows)])
    form = exam.forms[0]
    assert codes(exam) == set()
    assert "item-order" in codes(exam, renumbered(form, form.items[::-1]))
    assert "stimulus-apart" in codes(exam, renumbered(form, form.items[::-1]))
    assert "option-moved" in codes(exam, order={"options": "as_written"})
    assert "points" in codes(exam, renumbered(form, [p.model_copy(update={"points": 0}) for p in form.items]))
    pilot = [form.items[-1].model_copy(update={"points": 0}), *form.items[:-1]]
    assert "pilot-place" in codes(exam, renumbered(form, pilot), pilot=1, order={"items": "mixed"})


def test_a_recount_sees_an_anchored_option_that_moved() -> None:
    exam = simple([bank(6, anchored=["d"])])
    assert codes(exam) == set()
    [form] = exam.forms
    moved = form.items[0].model_copy(update={"order": form.items[0].order[::-1]})
    assert "option-moved" in codes(exam, renumbered(form, [moved, *form.items[1:]]))
