"""Tables of personal forms → every rule of drawing that one of them breaks, and every key that is wrong.

It looks at what was written, knows nothing of how it was drawn, and shares no code with what draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.models import LETTERS, Exam, Form, PapersRule, PrintedItem
from examgen.problems import Problem

FORMS, KEY = "forms.csv", "key.csv"
MOST_NAMED = 10
"""Forms that are named for one fault; the others are counted."""

Matrix = npt.NDArray[np.int64]
_SHARED = ["form", "question", "item", "unit", "element", "pc"]


class _Drawn(NamedTuple):
    """The personal forms of one base form, (forms, questions)."""

    exam: Exam
    rule: PapersRule
    base: Form
    names: list[str]
    places: Matrix
    """Place in the base form of each printed item."""

    def where(self, broken: npt.NDArray[np.bool_]) -> list[str]:
        """The forms for which it is so."""
        return [self.names[n] for n in np.flatnonzero(broken).tolist()]


def recount_personal(
    exam: Exam, rule: PapersRule, forms: pl.DataFrame, key: pl.DataFrame, base: Mapping[str, str]
) -> list[Problem]:
    """Problems of the personal forms; `base` names the form that each was drawn from."""
    names = forms["form"].unique(maintain_order=True).to_list()
    if set(names) != set(base):
        lacking, foreign = sorted(set(base) - set(names)), sorted(set(names) - set(base))
        found = [*_named("form-missing", lacking, "was dealt and has no rows")]
        found += _named("form-foreign", foreign, "has rows and was dealt to nobody")
        return found
    if not forms.select(_SHARED).equals(key.select(_SHARED)):
        return [Problem(KEY, "table-differs", f"does not have the questions of {FORMS}")]
    table = forms.with_columns(key["key"], key["points"])
    if faults := [*_items(exam, rule, table, base)]:
        return faults
    problems: list[Problem] = []
    for form in exam.forms:
        mine = table.filter(pl.col("form").replace_strict(base) == form.name)
        if mine.height:
            problems += _form(exam, rule, form, mine)
    return problems


def _named(code: str, names: Sequence[str], what: str, field: str | None = None) -> Iterator[Problem]:
    for name in names[:MOST_NAMED]:
        yield Problem(f"form {name}", code, what, field=field)
    if len(names) > MOST_NAMED:
        yield Problem("forms", code, f"{what}: {len(names) - MOST_NAMED:,} forms more", field=field)


# ── single questions ─────────────────────────────────────────────────────────────────────────


def _items(exam: Exam, rule: PapersRule, table: pl.DataFrame, base: Mapping[str, str]) -> Iterator[Problem]:
    """Rows that are not what the snapshot says of their item: each kind of row is looked at once."""
    printed = {(form.name, p.item.id): p for form in exam.forms for p in form.items}
    known = {form.name for form in exam.forms}
    if unknown := sorted({name for name, of in base.items() if of not in known}):
        yield from _named("base-unknown", unknown, "was drawn from a form that the exam does not have")
        return
    kinds = table.with_columns(base=pl.col("form").replace_strict(base)).unique(
        ["base", "item", "unit", "element", "pc", "options", "key", "points"], maintain_order=True
    )
    for row in kinds.iter_rows(named=True):
        p = printed.get((row["base"], row["item"]))
        source = f"form {row['form']}"
        if p is None:
            message = f"question {row['question']} is not an item of form {row['base']}"
            yield Problem(source, "item-foreign", message, row["item"])
        else:
            for code, message in _row_faults(exam, rule, p, row):
                yield Problem(source, code, f"question {row['question']}: {message}", row["item"])


def _row_faults(
    exam: Exam, rule: PapersRule, p: PrintedItem, row: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    order = str(row["options"]).split(" ")
    if sorted(order) != sorted(p.item.options):
        yield "option-order", "does not print every option once"
        return
    if (row["unit"], row["element"], row["pc"], row["points"]) != (p.unit, p.element, p.item.pc, p.points):
        yield "row-differs", "unit, element, criterion or points are not those of secure/items.yaml"
    right = "|".join(letter for letter, option in zip(LETTERS, order, strict=False) if option in p.item.key)
    if row["key"] != right:
        yield "key-wrong", f"the key says {row['key']}, by secure/items.yaml it is {right}"
    fixed = exam.blueprint.order.options == "as_written" or not rule.personal.options
    for place, option in enumerate(p.order):
        if order[place] != option and (fixed or option in p.item.anchored):
            yield "option-moved", f"option {option} is not in its place, where it must stay"


# ── orders ───────────────────────────────────────────────────────────────────────────────────


def _form(exam: Exam, rule: PapersRule, base: Form, table: pl.DataFrame) -> Iterator[Problem]:
    names, n = table["form"].unique(maintain_order=True).to_list(), len(base.items)
    numbers = table["question"].to_numpy()
    if table.height != len(names) * n or (numbers.reshape(-1, n) != np.arange(1, n + 1)).any():
        wrong = table.group_by("form", maintain_order=True).agg(pl.col("question"))
        bad = [name for name, found in wrong.iter_rows() if found != list(range(1, n + 1))]
        yield from _named("questions-not-in-order", bad, f"does not have questions 1 to {n} in their order")
        return
    place = {p.item.id: i for i, p in enumerate(base.items)}
    places = table["item"].replace_strict(place, return_dtype=pl.Int64).to_numpy().reshape(-1, n)
    drawn = _Drawn(exam, rule, base, names, places)
    if twice := drawn.where((np.sort(places, axis=1) != np.arange(n)).any(axis=1)):
        yield from _named("item-twice", twice, f"does not print every item of form {base.name} once")
        return
    for check in (_shifts, _sets, _sections, _anchor):
        yield from check(drawn)


def _shifts(drawn: _Drawn) -> Iterator[Problem]:
    personal = drawn.rule.personal
    most = personal.max_shift if personal.items else 0
    if most is None:
        return
    far = np.abs(drawn.places - np.arange(drawn.places.shape[1])) > most
    message = f"an item stands more than {most} places from its place in form {drawn.base.name}"
    yield from _named("item-moved", drawn.where(far.any(axis=1)), message, "papers.personal.max_shift")


def _groups(base: Form) -> list[list[int]]:
    """Places of items that belong together, by stimulus."""
    keyed = groupby(
        enumerate(base.items), key=lambda pair: (pair[1].unit, pair[1].item.shared_stimulus or pair[0])
    )
    return [[place for place, _ in members] for _, members in keyed]


def _sets(drawn: _Drawn) -> Iterator[Problem]:
    printed_at = np.argsort(drawn.places, axis=1)
    apart = np.zeros(len(drawn.names), dtype=np.bool_)
    for group in _groups(drawn.base):
        where = printed_at[:, group]
        apart |= (where != where[:, :1] + np.arange(len(group))).any(axis=1)
    message = "items of a stimulus do not stand together in their order"
    yield from _named("stimulus-apart", drawn.where(apart), message, "stimuli")


def _sections(drawn: _Drawn) -> Iterator[Problem]:
    """Pilot items at the end, and elements whole and in their order, where that is asked."""
    blueprint, items = drawn.exam.blueprint, drawn.base.items
    rank = {
        (str(unit.code), element.code): n
        for unit in drawn.exam.units
        for n, element in enumerate(unit.elements, 1000 * drawn.exam.units.index(unit))
    }
    at_end = np.zeros(len(items), dtype=np.int64)
    element = np.zeros(len(items), dtype=np.int64)
    apart = blueprint.pilot is None or blueprint.pilot.place == "end"
    for group in _groups(drawn.base):
        at_end[group] = apart and all(items[place].points == 0 for place in group)
        element[group] = min(rank.get((items[place].unit, items[place].element), -1) for place in group)
    checks = [("pilot-place", "pilot items do not stand at the end", at_end, "pilot.place")]
    if drawn.rule.sections == "element" or blueprint.order.items in ("by_element", "by_criterion"):
        change = (np.diff(element) != 0) | (np.diff(at_end) != 0)
        parts = np.concatenate([[0], np.cumsum(change)])
        checks.append(("section-order", "an item stands outside its element", parts, "papers.sections"))
    for code, message, part, field in checks:
        back = np.diff(part[drawn.places], axis=1) < 0
        yield from _named(code, drawn.where(np.asarray(back.any(axis=1))), message, field)


def _anchor(drawn: _Drawn) -> Iterator[Problem]:
    rule = drawn.exam.blueprint.anchor
    if rule is None or rule.place != "same":
        return
    anchored = [n for n, p in enumerate(drawn.base.items) if p.item.id in drawn.exam.anchor]
    moved = (drawn.places[:, anchored] != np.array(anchored)).any(axis=1)
    yield from _named("anchor-place", drawn.where(moved), "an anchor item has another number", "anchor.place")
