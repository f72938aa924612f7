"""Form and serial → the form as one booklet prints it, with its own order of items and options.

Every order follows these rules. Items of a stimulus stay together in their order. Anchored options, and all
options if the blueprint prints them as written, stay in place. No item moves more than `max_shift` places.
Pilot items at the end stay there. Elements stay whole and in order if the blueprint orders items by
criterion or element, or if papers have a heading for each element. Everything else is uniformly random and
independent of the key, because a rule on the positions of right answers, applied in many booklets, would be
an equation for the key in each of them.

The recount reports every rule that a personal form breaks, and every wrong key. It reads only the written
tables and shares no code with the drawing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby, permutations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.assembly.order.ordering import free_places, unkeyed
from examgen.core.coded_columns import changed, texts_of
from examgen.core.models.form import Exam, Form, PersonalForm, PrintedItem
from examgen.core.models.papers import PapersRule
from examgen.core.problems import Problem
from examgen.core.text.characters import LETTERS
from examgen.core.words import Message, tell, tell_n

FORMS, KEY = "forms.csv", "key.csv"
MOST_NAMED = 10
"""The maximum number of forms named for one fault; the rest are counted."""

_SHARED = ("form", "question", "item", "unit", "element", "pc")
_KIND = ("base", "item", "unit", "element", "pc", "options", "key", "points")


def recount_personal(
    exam: Exam, rule: PapersRule, forms: pl.DataFrame, key: pl.DataFrame, base: Mapping[str, str]
) -> list[Problem]:
    """Return the problems of the personal forms. `forms` and `key` are the tables as text; `base` maps each
    form to the one it was drawn from."""
    names = set(texts_of(forms["form"]))
    if names != set(base):
        lacking, foreign = sorted(set(base) - names), sorted(names - set(base))
        found = [*_named("form-missing", lacking, tell("was assigned but has no rows"))]
        found += _named("form-foreign", foreign, tell("has rows but was assigned to no candidate"))
        return found
    if not forms.select(_SHARED).equals(key.select(_SHARED)):
        return [Problem(KEY, "table-differs", tell("does not have the questions of {forms}", forms=FORMS))]
    known = [form.name for form in exam.forms]
    if unknown := sorted({name for name, of in base.items() if of not in known}):
        return [*_named("base-unknown", unknown, tell("was drawn from a form that the exam does not have"))]
    of_base = changed(forms["form"], lambda texts: texts.replace_strict(dict(base)))
    table = forms.with_columns(key["key"], key["points"], of_base.alias("base"))
    # Rows that differ from the snapshot of their item; each kind of row is checked once.
    printed = {(form.name, p.item.id): p for form in exam.forms for p in form.items}
    faults: list[Problem] = []
    for row in table.unique(subset=_KIND, keep="first", maintain_order=True).iter_rows(named=True):
        source, question = f"form {row['form']}", row["question"]
        p = printed.get((row["base"], row["item"]))
        if p is None:
            message = tell(
                "question {question} is not an item of form {base}", question=question, base=row["base"]
            )
            faults.append(Problem(source, "item-foreign", message, row["item"]))
        else:
            for code, fault in _row_faults(exam, rule, p, row):
                message = tell("question {question} {fault}", question=question, fault=fault)
                faults.append(Problem(source, code, message, row["item"]))
    if faults:
        return faults
    problems: list[Problem] = []
    for form in exam.forms:
        mine = table.filter(pl.col("base") == form.name)
        if mine.height:
            problems += _form(exam, rule, form, mine)
    return problems


def _named(code: str, names: Sequence[str], what: Message, field: str | None = None) -> Iterator[Problem]:
    for name in names[:MOST_NAMED]:
        yield Problem(f"form {name}", code, what, field=field)
    if len(names) > MOST_NAMED:
        yield Problem(
            "forms",
            code,
            tell_n("{what}: {n:,} more form", "{what}: {n:,} more forms", len(names) - MOST_NAMED, what=what),
            field=field,
        )


# ── single questions ─────────────────────────────────────────────────────────────────────────


def _row_faults(
    exam: Exam, rule: PapersRule, p: PrintedItem, row: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    order = str(row["options"]).split(" ")
    if sorted(order) != sorted(p.item.options):
        yield "option-order", tell("does not print every option exactly once")
        return
    told = row["unit"], row["element"], row["pc"], row["points"]
    if told != (p.unit, p.element, p.item.pc, str(p.points)):
        yield "row-differs", tell("unit, element, criterion or points differ from secure/items.yaml")
    right = "|".join(letter for letter, option in zip(LETTERS, order, strict=False) if option in p.item.key)
    if row["key"] != right:
        yield (
            "key-wrong",
            tell("the key is {key}, but {right} in secure/items.yaml", key=row["key"], right=right),
        )
    fixed = exam.blueprint.order.options == "as_written" or not rule.personal.options
    for place, option in enumerate(p.order):
        if order[place] != option and (fixed or option in p.item.anchored):
            yield (
                "option-moved",
                tell("option {option} is not in its fixed position", option=option),
            )


# ── orders ───────────────────────────────────────────────────────────────────────────────────


def _form(exam: Exam, rule: PapersRule, base: Form, mine: pl.DataFrame) -> Iterator[Problem]:
    """Yield the faults in the rows `mine`, which are all rows drawn from one form."""
    names, n = texts_of(mine["form"]).to_list(), len(base.items)
    numbers = mine["question"].cast(pl.String).cast(pl.Int64)
    if len(mine) != len(names) * n or (numbers.to_numpy().reshape(-1, n) != np.arange(1, n + 1)).any():
        by_form = mine.select("form", numbers).group_by("form", maintain_order=True).agg("question")
        bad = [name for name, of in by_form.iter_rows() if of != [*range(1, n + 1)]]
        yield from _named(
            "questions-not-in-order", bad, tell("does not have questions 1 to {n} in order", n=n)
        )
        return
    place = {p.item.id: i for i, p in enumerate(base.items)}
    printed = mine["item"].cast(pl.String)
    places = printed.replace_strict(place, default=-1, return_dtype=pl.Int64).to_numpy().reshape(-1, n)
    if (twice := (np.sort(places, axis=1) != np.arange(n)).any(axis=1)).any():
        message = tell("does not print every item of form {base} exactly once", base=base.name)
        yield from _named("item-twice", [names[n] for n in np.flatnonzero(twice)], message)
        return
    # Of each rule, the forms that break it.
    found: list[tuple[str, npt.NDArray[np.bool_], Message, str]] = []
    most = rule.personal.max_shift if rule.personal.items else 0
    if most is not None:
        far = np.asarray((np.abs(places - np.arange(n)) > most).any(axis=1))
        message = tell(
            "an item is more than {most} places from its place in form {base}", most=most, base=base.name
        )
        found.append(("item-moved", far, message, "papers.personal.max_shift"))
    # Places of items that belong together, by stimulus.
    keyed = groupby(
        enumerate(base.items), key=lambda pair: (pair[1].unit, pair[1].item.shared_stimulus or pair[0])
    )
    groups = [[place for place, _ in members] for _, members in keyed]
    printed_at, apart = np.argsort(places, axis=1), np.zeros(len(names), dtype=np.bool_)
    for group in groups:
        where = printed_at[:, group]
        apart |= (where != where[:, :1] + np.arange(len(group))).any(axis=1)
    message = tell("items of a stimulus are not together in order")
    found.append(("stimulus-apart", apart, message, "stimuli"))
    # Pilot items at the end, and elements whole and in order, if that is required.
    blueprint, items = exam.blueprint, base.items
    rank = {
        (str(unit.code), element.code): place
        for number, unit in enumerate(exam.units)
        for place, element in enumerate(unit.elements, 1000 * number)
    }
    at_end, element = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    pilots_apart = blueprint.pilot is None or blueprint.pilot.place == "end"
    for group in groups:
        at_end[group] = pilots_apart and all(items[place].points == 0 for place in group)
        element[group] = min(rank.get((items[place].unit, items[place].element), -1) for place in group)
    parts = [("pilot-place", tell("pilot items are not at the end"), at_end, "pilot.place")]
    if rule.sections == "element" or blueprint.order.items in ("by_element", "by_criterion"):
        change = (np.diff(element) != 0) | (np.diff(at_end) != 0)
        whole = np.concatenate([[0], np.cumsum(change)])
        parts.append(("section-order", tell("an item is outside its element"), whole, "papers.sections"))
    for code, message, part, field in parts:
        back = np.diff(part[places], axis=1) < 0
        found.append((code, np.asarray(back.any(axis=1)), message, field))
    for code, broken, message, field in found:
        yield from _named(code, [names[n] for n in np.flatnonzero(broken)], message, field)


Numbers = npt.NDArray[np.uint64]
Order = tuple[int, ...]


class Loose(NamedTuple):
    """Parts of a form that may be put in random order, computed once for all its booklets."""

    form: str
    secret: bytes
    """The input of the random draw besides the serial: a hash of the seed and the content of the items."""
    blocks: tuple[tuple[int, ...], ...]
    """The places (from 0) of items that stay together."""
    section: tuple[int, ...]
    """The section of each block; blocks do not leave their section."""
    base: npt.NDArray[np.float64]
    width: npt.NDArray[np.float64]
    """(blocks,): blocks are sorted by base + u · width, u uniform in [0, 1)."""
    orders: tuple[tuple[Order, ...], ...]
    """For each item, the permitted orders of its options, as places in the order of the form."""
    n_orders: Numbers


def drawing_problems(exam: Exam, rule: PapersRule) -> list[Problem]:
    """Return the reasons why the orders that `personal` requires cannot be drawn for this exam."""
    order, personal, source = exam.blueprint.order, rule.personal, exam.blueprint.exam
    problems = []
    if personal.options and order.options == "as_written":
        message = tell(
            "`order.options: as_written` leaves no order to draw. Use `shuffled`, or remove the line."
        )
        problems.append(Problem(source, "nothing-to-draw", message, field="papers.personal.options"))
    if personal.items and order.items == "easy_to_hard" and personal.max_shift is None:
        message = tell(
            "items are in order from easy to hard. Enter in `max_shift` how many places they may move."
        )
        problems.append(Problem(source, "shift-needed", message, field="papers.personal.max_shift"))
    return problems


# ── what may be drawn ────────────────────────────────────────────────────────────────────────


def loose(exam: Exam, form: Form, rule: PapersRule) -> Loose:
    """Return the parts of a form that these rules allow in random order."""
    order = exam.blueprint.order
    keyed = groupby(
        range(len(form.items)),
        key=lambda n: (form.items[n].unit, form.items[n].item.shared_stimulus or form.items[n].question),
    )
    blocks = tuple(tuple(members) for _, members in keyed)
    # The number of each block's section: neighbours of one kind are a section.
    blueprint = exam.blueprint
    whole = rule.sections == "element" or blueprint.order.items in ("by_element", "by_criterion")
    numbers = {
        (str(unit.code), element.code): n
        for n, (unit, element) in enumerate(
            (unit, element) for unit in exam.units for element in unit.elements
        )
    }
    pilots_apart = blueprint.pilot is None or blueprint.pilot.place == "end"

    def kind(block: Sequence[int]) -> tuple[object, ...]:
        printed = [form.items[n] for n in block]
        at_end = pilots_apart and all(p.points == 0 for p in printed)
        element = min(numbers.get((p.unit, p.element), -1) for p in printed) if whole else 0
        return at_end, element

    kinds = [kind(block) for block in blocks]
    found = [n for n, (_, same) in enumerate(groupby(kinds)) for _ in same]
    section = tuple(found)
    sizes = [len(block) for block in blocks]
    base, width = _reach(sizes, section, rule.personal.max_shift)
    orders = tuple(
        _orders(len(p.item.options), free_places(p.item, order.options) if rule.personal.options else ())
        for p in form.items
    )
    said = [[unkeyed(p.item), [p.item.options[option] for option in p.order]] for p in form.items]
    texts = json.dumps([exam.blueprint.seed, form.name, said], ensure_ascii=False)
    return Loose(
        form=form.name,
        secret=hashlib.sha256(texts.encode()).digest(),
        blocks=blocks,
        section=section,
        base=base,
        width=width if rule.personal.items else np.zeros(len(blocks)),
        orders=orders,
        n_orders=np.array([len(mine) for mine in orders], dtype=np.uint64),
    )


def _reach(
    sizes: Sequence[int], section: Sequence[int], max_shift: int | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return, for each block, the minimum of its sort key and the width of its random part.

    Sorted by key, block j can pass block i before it only if j's minimum is below i's maximum. The width
    ends at the first block that may not be passed, because passing it would move either of the two by more
    than `max_shift`.
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
    """Return every order of `n_options` options in which only the free places change."""
    found = []
    for moved in permutations(free):
        order = list(range(n_options))
        for place, option in zip(free, moved, strict=True):
            order[place] = option
        found.append(tuple(order))
    return tuple(found)


# ── one booklet ──────────────────────────────────────────────────────────────────────────────


def personal_form(drawn: Loose, serial: str) -> PersonalForm:
    """Return the form as the booklet with this serial prints it. The result is always the same."""
    n_blocks, n_items = len(drawn.blocks), len(drawn.orders)
    named = hashlib.shake_128(drawn.secret + serial.encode())
    numbers: Numbers = np.frombuffer(named.digest(8 * (n_blocks + n_items)), dtype="<u8")
    uniform = (numbers[:n_blocks] >> np.uint64(11)) * 2.0**-53
    line: list[int] = np.argsort(drawn.base + uniform * drawn.width, kind="stable").tolist()
    if n_blocks < n_items:
        line = [n for block in line for n in drawn.blocks[block]]
    picks: list[int] = (numbers[n_blocks:] % drawn.n_orders).tolist()
    return PersonalForm(drawn.form, tuple(line), tuple(drawn.orders[n][picks[n]] for n in line))
