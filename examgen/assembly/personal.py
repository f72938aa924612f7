"""Form and serial → the form as one booklet prints it: items and options in an order of its own.

What holds whatever is drawn: items of a stimulus stand together in their order; anchored options, and all
options where the blueprint prints them as written, stay where they are; no item moves more than `max_shift`
places; pilot items of the end stay there; elements stay whole and in their order where the blueprint orders
items by criterion or element, or where papers have a heading for each element; items of an anchor that has
the same numbers in every form keep them. All else is uniform chance, without a look at the key: a rule on
the places of right answers, kept in many booklets, is an equation for the key in each of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from itertools import groupby, permutations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.order.limit_words import person_problems
from examgen.assembly.order.options import choice, unkeyed
from examgen.models import Exam, Form, PapersRule, PersonalForm
from examgen.problems import Problem

Numbers = npt.NDArray[np.uint64]
Order = tuple[int, ...]


class Loose(NamedTuple):
    """What of a form chance may order, worked out once for all its booklets."""

    form: str
    secret: bytes
    """What chance rests on beside the serial: the seed, and what the items say."""
    blocks: tuple[tuple[int, ...], ...]
    """Places (from 0) of items that stand together."""
    section: tuple[int, ...]
    """Of each block; blocks do not leave their section."""
    base: npt.NDArray[np.float64]
    width: npt.NDArray[np.float64]
    """(blocks,): blocks are sorted by base + u · width, u uniform in [0, 1)."""
    orders: tuple[tuple[Order, ...], ...]
    """Of each item: the orders that its options may have, as places in the order of the form."""
    n_orders: Numbers


def drawing_problems(exam: Exam, rule: PapersRule) -> list[Problem]:
    """Why what `personal` asks cannot be drawn for this exam."""
    order, personal, source = exam.blueprint.order, rule.personal, exam.blueprint.exam
    problems = []
    if personal.options and order.options == "as_written":
        message = "`order.options: as_written` leaves no order to draw: ask `shuffled`, or leave it out"
        problems.append(Problem(source, "nothing-to-draw", message, field="papers.personal.options"))
    if personal.items and order.items == "easy_to_hard" and personal.max_shift is None:
        message = "items stand from easy to hard: say in `max_shift` how many places they may leave theirs"
        problems.append(Problem(source, "shift-needed", message, field="papers.personal.max_shift"))
    for field, message in person_problems(exam.blueprint, "papers.personal") if _is_personal(rule) else ():
        problems.append(Problem(source, "key-rule-for-persons", message, field=field))
    return problems


def _is_personal(rule: PapersRule) -> bool:
    return rule.personal.items or rule.personal.options


# ── what may be drawn ────────────────────────────────────────────────────────────────────────


def loose(exam: Exam, form: Form, rule: PapersRule) -> Loose:
    """What of a form chance may order by these rules."""
    order = exam.blueprint.order
    blocks = _blocks(form)
    section = _sections(exam, form, blocks, rule)
    sizes = [len(block) for block in blocks]
    base, width = _reach(sizes, section, rule.personal.max_shift)
    choices = [choice(p.item, order.options) for p in form.items]
    drawn = rule.personal.options
    orders = tuple(_orders(one.n_options, one.free if drawn else ()) for one in choices)
    return Loose(
        form=form.name,
        secret=_secret(exam, form),
        blocks=blocks,
        section=section,
        base=base,
        width=width if rule.personal.items else np.zeros(len(blocks)),
        orders=orders,
        n_orders=np.array([len(mine) for mine in orders], dtype=np.uint64),
    )


def _secret(exam: Exam, form: Form) -> bytes:
    """Who knows the seed and this code, but not the bank, cannot work an order out. Nothing of the key, nor
    of which option is `a`, goes into it."""
    said = [[unkeyed(p.item), [p.item.options[option] for option in p.order]] for p in form.items]
    texts = json.dumps([exam.blueprint.seed, form.name, said], ensure_ascii=False)
    return hashlib.sha256(texts.encode()).digest()


def _blocks(form: Form) -> tuple[tuple[int, ...], ...]:
    keyed = groupby(
        range(len(form.items)),
        key=lambda n: (form.items[n].unit, form.items[n].item.shared_stimulus or form.items[n].question),
    )
    return tuple(tuple(members) for _, members in keyed)


def _sections(exam: Exam, form: Form, blocks: Sequence[Sequence[int]], rule: PapersRule) -> tuple[int, ...]:
    """The number of each block's section: neighbours of one kind are a section."""
    blueprint = exam.blueprint
    whole = rule.sections == "element" or blueprint.order.items in ("by_element", "by_criterion")
    numbers = {
        (str(unit.code), element.code): n
        for n, (unit, element) in enumerate(
            (unit, element) for unit in exam.units for element in unit.elements
        )
    }
    still = set(exam.anchor) if blueprint.anchor and blueprint.anchor.place == "same" else set()
    pilots_apart = blueprint.pilot is None or blueprint.pilot.place == "end"

    def kind(block: Sequence[int]) -> tuple[object, ...]:
        printed = [form.items[n] for n in block]
        at_end = pilots_apart and all(p.points == 0 for p in printed)
        element = min(numbers.get((p.unit, p.element), -1) for p in printed) if whole else 0
        fixed = block[0] if any(p.item.id in still for p in printed) else -1
        return at_end, element, fixed

    kinds = [kind(block) for block in blocks]
    found = [n for n, (_, same) in enumerate(groupby(kinds)) for _ in same]
    return tuple(found)


def _reach(
    sizes: Sequence[int], section: Sequence[int], max_shift: int | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Of each block, the least key it is sorted by and how much chance adds at most.

    Sorted by key, block j passes block i before it only where j's least key is below i's greatest. The width
    ends where the first block begins that may not be passed: one whose passing would move either of the two
    by more than `max_shift`.
    """
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
    base, width = np.zeros(len(sizes)), np.zeros(len(sizes))
    for i, size in enumerate(sizes):
        last = max(j for j in range(i, len(sizes)) if section[j] == section[i])
        if max_shift is None:
            first = section.index(section[i])
            base[i], width[i] = starts[first], starts[last + 1] - starts[first]
            continue
        passed = i
        while (
            passed < last
            and starts[passed + 1] - starts[i] <= max_shift
            and starts[passed + 2] - starts[i] - size <= max_shift
        ):
            passed += 1
        base[i], width[i] = starts[i], starts[passed + 1] - starts[i] if passed > i else 0
    return base, width


@cache
def _orders(n_options: int, free: tuple[int, ...]) -> tuple[Order, ...]:
    """Every order of so many options in which only the free places change."""
    found = []
    for moved in permutations(free):
        order = list(range(n_options))
        for place, option in zip(free, moved, strict=True):
            order[place] = option
        found.append(tuple(order))
    return tuple(found)


# ── one booklet ──────────────────────────────────────────────────────────────────────────────


def personal_form(drawn: Loose, serial: str) -> PersonalForm:
    """The form as the booklet of that serial prints it; the same whenever and wherever it is drawn."""
    n_blocks, n_items = len(drawn.blocks), len(drawn.orders)
    named = hashlib.shake_128(drawn.secret + serial.encode())
    numbers: Numbers = np.frombuffer(named.digest(8 * (n_blocks + n_items)), dtype="<u8")
    uniform = (numbers[:n_blocks] >> np.uint64(11)) * 2.0**-53
    line: list[int] = np.argsort(drawn.base + uniform * drawn.width, kind="stable").tolist()
    if n_blocks < n_items:
        line = [n for block in line for n in drawn.blocks[block]]
    picks: list[int] = (numbers[n_blocks:] % drawn.n_orders).tolist()
    return PersonalForm(drawn.form, tuple(line), tuple(drawn.orders[n][picks[n]] for n in line))
