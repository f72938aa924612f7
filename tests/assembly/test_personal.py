"""Personal orders: chance within the rules, the same whenever they are drawn, whatever the key is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.assembly.assemble import assemble
from examgen.assembly.booklets import deal
from examgen.assembly.personal import loose, personal_form, recount_personal
from examgen.core.exam.tables import forms_table, key_table
from examgen.core.models.form import Booklet, Candidate, Exam, Form, with_order
from examgen.core.models.item import Stimulus
from examgen.core.models.papers import PapersRule
from examgen.core.problems import Refused
from tests.effort import examples
from tests.samples import blueprint, item_data, shelf

BOTH = {"personal": {"items": True, "options": True}}


def items() -> Iterator[dict[str, Any]]:
    """Single items, two sets of three, items with an anchored option, with two right ones, with five."""
    for pc in ("E1.01", "E1.02", "E2.01"):
        for n in range(1, 15):
            yield item_data(pc, n)
        yield from (item_data(pc, n, shared_stimulus=f"case-{pc}") for n in (21, 22, 23))
        yield from (item_data(pc, n, anchored=["d"]) for n in (31, 32))
        yield item_data(pc, 41, key=["a", "c"])
        yield item_data(pc, 51, options={o: f"{o} {pc}" for o in "abcde"})
        yield from (item_data(pc, n, status="pilot") for n in (61, 62, 63))


@cache
def exam_of(order: str = "mixed", pilot: str = "end") -> Exam:
    bank = shelf(items=list(items()))
    cases = tuple(Stimulus(id=f"case-{pc}", text="…") for pc in ("E1.01", "E1.02", "E2.01"))
    return assemble(
        [bank.model_copy(update={"stimuli": cases})],
        *blueprint(
            items=42,
            pilot={"items": 4, "place": pilot},
            order={"items": order},
            sets=[{"name": "cases", "items": [f"{pc}-021" for pc in ("E1.01", "E1.02")], "min": 2}],
        ),
    )


def booklets(exam: Exam, n: int, **rule: object) -> list[Booklet]:
    candidates = [Candidate(candidate_id=str(k), seat=str(k)) for k in range(n)]
    return list(deal(exam, candidates, PapersRule.model_validate(rule)))


def printed(exam: Exam, one: Booklet) -> Form:
    return with_order(exam.forms[0], one.order, one.form)


SHIFTS = st.one_of(st.none(), st.integers(1, 45))


@settings(max_examples=examples(60))
@given(
    st.sampled_from(["mixed", "by_element", "by_criterion", "easy_to_hard"]),
    st.sampled_from(["end", "among"]),
    SHIFTS,
    st.sampled_from(["none", "element"]),
    st.booleans(),
    st.integers(1, 10_000),
)
def test_the_rules_hold_whatever_is_drawn(
    order: str, pilot: str, shift: int | None, sections: str, options: bool, number: int
) -> None:
    exam = exam_of(order, pilot=pilot)
    if order == "easy_to_hard":
        shift = shift or 5
    rule = PapersRule.model_validate(
        {"sections": sections, "personal": {"items": True, "options": options, "max_shift": shift}}
    )
    base = exam.forms[0]
    form = with_order(base, personal_form(loose(exam, base, rule), f"A-{number}"), "x")
    home = {p.item.id: p.question for p in base.items}
    assert sorted(p.item.id for p in form.items) == sorted(home)
    assert [p.question for p in form.items] == list(range(1, len(home) + 1))
    for p in form.items:
        was = base.items[home[p.item.id] - 1]
        assert shift is None or abs(p.question - was.question) <= shift
        assert sorted(p.order) == sorted(was.order)
        assert options or p.order == was.order
        for option in p.item.anchored:
            assert p.order.index(option) == was.order.index(option)
        assert (p.unit, p.element, p.points) == (was.unit, was.element, was.points)
    cases = [p.item.shared_stimulus for p in form.items]
    for case in {case for case in cases if case}:
        first = cases.index(case)
        names = [p.item.id for p in base.items if p.item.shared_stimulus == case]
        assert [p.item.id for p in form.items[first : first + len(names)]] == names
    if pilot == "end":
        assert all(p.points == 0 for p in form.items[-4:])
    if sections == "element" or order in ("by_element", "by_criterion"):
        counted = form.items[:-4] if pilot == "end" else form.items
        before = base.items[:-4] if pilot == "end" else base.items
        assert [p.element for p in counted] == [p.element for p in before]


def test_it_is_drawn_the_same_each_time_and_otherwise_for_another_seed_or_serial() -> None:
    exam = exam_of()
    rule = PapersRule.model_validate(BOTH)
    base = exam.forms[0]
    one = personal_form(loose(exam, base, rule), "A-0001-00")
    assert personal_form(loose(exam, base, rule), "A-0001-00") == one
    assert personal_form(loose(exam, base, rule), "A-0002-00") != one
    other = exam.model_copy(update={"blueprint": exam.blueprint.model_copy(update={"seed": 2})})
    assert personal_form(loose(other, base, rule), "A-0001-00") != one


def changed(exam: Exam, **change: object) -> Exam:
    """The exam with something else of its first item."""
    base = exam.forms[0]
    item = base.items[0].item.model_copy(update=change)
    first = base.items[0].model_copy(update={"item": item})
    return exam.model_copy(update={"forms": (base.model_copy(update={"items": (first, *base.items[1:])}),)})


def same_orders(one: Exam, other: Exam) -> list[bool]:
    rule = PapersRule.model_validate(BOTH)
    drawn = [loose(exam, exam.forms[0], rule) for exam in (one, other)]
    return [len({personal_form(of, f"A-{n}") for of in drawn}) == 1 for n in range(30)]


def test_the_key_shapes_no_order_and_who_does_not_know_the_bank_cannot_draw_it_again() -> None:
    exam = exam_of()
    item = exam.forms[0].items[0].item
    wrong = next(option for option in item.options if option not in item.key)
    assert all(same_orders(exam, changed(exam, key=(wrong,), rationale={})))
    assert not any(same_orders(exam, changed(exam, reference="หนังสืออีกเล่ม")))


def chi_square(counts: Counter[Any], cells: list[Any]) -> float:
    expected = sum(counts.values()) / len(cells)
    return sum((counts[cell] - expected) ** 2 / expected for cell in cells)


def test_every_order_of_free_options_is_as_likely() -> None:
    """24 orders of four options, 1200 booklets: 23 degrees of freedom, 49.7 is passed once in a thousand."""
    exam = exam_of()
    found = booklets(exam, 1200, **BOTH)
    base = exam.forms[0]
    worst = []
    for place, p in enumerate(base.items):
        if len(p.order) == 4 and not p.item.anchored:
            orders = Counter(one.order.options[one.order.items.index(place)] for one in found)
            cells = list({tuple(order) for order in orders})
            assert len(cells) == 24
            worst.append(chi_square(orders, cells))
    assert sorted(worst)[len(worst) // 2] < 28
    assert max(worst) < 55


def test_every_item_is_as_likely_to_come_first_where_items_are_mixed() -> None:
    exam = assemble([shelf(20)], *blueprint(items=12, order={"items": "mixed"}))
    first = Counter(one.order.items[0] for one in booklets(exam, 6000, personal={"items": True}))
    assert chi_square(first, list(range(12))) < 31.3  # 11 degrees of freedom, one in a thousand


def test_bounded_orders_are_not_all_alike() -> None:
    exam = exam_of()
    found = booklets(exam, 200, personal={"items": True, "max_shift": 3})
    assert len({one.order.items for one in found}) == 200
    shifts = Counter(abs(n - place) for one in found for n, place in enumerate(one.order.items))
    assert set(shifts) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("order", "personal", "code"),
    [
        ({"options": "as_written"}, {"options": True}, "nothing-to-draw"),
        ({"items": "easy_to_hard"}, {"items": True}, "shift-needed"),
    ],
)
def test_what_cannot_be_drawn_is_refused(order: dict[str, str], personal: dict[str, bool], code: str) -> None:
    exam = assemble([shelf(20)], *blueprint(order=order))
    with pytest.raises(Refused) as caught:
        booklets(exam, 3, personal=personal)
    assert [problem.code for problem in caught.value.problems] == [code]


def recounted(exam: Exam, rule: dict[str, Any], *booklets: Booklet) -> set[str]:
    """What is found of booklets of the first form, each as it is printed."""
    made = exam.model_copy(update={"forms": tuple(printed(exam, one) for one in booklets)})
    base = dict.fromkeys((one.form for one in booklets), exam.forms[0].name)
    tables = (table.with_columns(pl.all().cast(str)) for table in (forms_table(made), key_table(made)))
    found = recount_personal(exam, PapersRule.model_validate(rule), *tables, base)
    return {problem.code for problem in found}


@pytest.mark.parametrize("pilot", ["end", "among"])
@pytest.mark.parametrize("order", ["mixed", "by_element"])
def test_booklets_as_they_are_drawn_have_no_fault(pilot: str, order: str) -> None:
    exam = exam_of(order, pilot=pilot)
    assert recounted(exam, BOTH, *booklets(exam, 5, **BOTH)) == set()


def test_items_move_as_far_as_they_may() -> None:
    exam = assemble([shelf(20)], *blueprint(items=12, order={"items": "mixed"}))
    for most in (1, 2, 5):
        found = booklets(exam, 200, personal={"items": True, "max_shift": most})
        shifts = {abs(n - place) for one in found for n, place in enumerate(one.order.items)}
        assert shifts == {*range(most + 1)}


def test_items_of_a_stimulus_that_stand_apart_or_in_another_order_are_found() -> None:
    exam = exam_of()
    rule = {"personal": {"items": True}}
    (one,) = booklets(exam, 1, **rule)
    base = exam.forms[0].items
    case = [n for n, p in enumerate(base) if p.item.shared_stimulus]
    first = one.order.items.index(case[0])
    assert len({base[n].item.shared_stimulus for n in one.order.items[first : first + 3]}) == 1

    def found(*swapped: int) -> set[str]:
        items, (i, k) = list(one.order.items), (first + n for n in swapped)
        items[i], items[k] = items[k], items[i]
        return recounted(exam, rule, one._replace(order=one.order._replace(items=tuple(items))))

    assert found(0, 0) == set()
    assert found(1, 2) == {"stimulus-apart"}
    assert "stimulus-apart" in found(2, 4)


def test_nothing_is_drawn_unless_it_is_asked() -> None:
    exam = exam_of()
    for one in booklets(exam, 3):
        assert one.form == "A"
        assert printed(exam, one) == exam.forms[0]
