"""Items of forms → the forms as printed: order of the items, order of each item's options.

What the blueprint's `order` asks is kept: sections, stimuli together, anchored options, runs and spread
of the right answers, places of items that several forms share, pilot items apart. Chance decides on the
rest.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from examgen.assembly.chance import Chance
from examgen.assembly.order.keying import (
    Choice,
    choice,
    even_places,
    excess,
    option_order,
    spread,
    without_long_runs,
)
from examgen.assembly.order.mending import Bounds, Draft, mended
from examgen.assembly.order.ordering import (
    N_DRAWS,
    Block,
    Common,
    Layout,
    NoCommonPlace,
    Rank,
    arranged,
    blocks,
    common_places,
)
from examgen.assembly.usable import Pool
from examgen.models import LETTERS, Blueprint, Evidence, Form, Item, OrderRule, PrintedItem
from examgen.problems import BlueprintNotMet, Problem

N_ORDERS = 20
"""Orders of its items that are tried for a form."""
N_DRAWS_FOR_RUNS = 3
"""Draws of common places that are tried where a run of one letter stays too long."""


class _Rules(NamedTuple):
    """What all forms are printed by."""

    pool: Pool
    seed: int
    layout: Layout
    choices: Mapping[str, Choice]
    hashes: Mapping[str, str]

    @property
    def order(self) -> OrderRule:
        return self.layout.rule

    def content(self, items: Iterable[Item]) -> str:
        """Hash of the secret text of items, whatever their order."""
        return hashlib.sha256("".join(sorted(self.hashes[item.id] for item in items)).encode()).hexdigest()


class _NotPrinted(Exception):
    """A form cannot be printed as the blueprint asks: the field and the reason."""

    def __init__(self, field: str, code: str, reason: str, lasting: bool = False) -> None:
        super().__init__(reason)
        self.field, self.code, self.reason = field, code, reason
        self.lasting = lasting
        """Whether it is so whatever is drawn."""


def print_forms(
    pool: Pool,
    forms: Sequence[Sequence[Item]],
    names: Sequence[str],
    blueprint: Blueprint,
    evidence: Mapping[str, Evidence],
    pilots: Collection[str] = (),
    anchor: Collection[str] = (),
) -> tuple[Form, ...]:
    """The forms as candidates see them; `pilots` and `anchor` are ids of items.

    Chance rests on the seed and on the text of the items, which is secret: who knows the seed and
    this code, but not the bank, cannot work out a key. The order of the items given does not count.
    Raises `BlueprintNotMet` where no order was found that keeps what `order` and `anchor.place` ask.
    """
    layout = Layout(
        rule=blueprint.order,
        pilot_place=blueprint.pilot.place if blueprint.pilot else "end",
        anchor_place=blueprint.anchor.place if blueprint.anchor else "any",
        facility={name: one.facility for name, one in evidence.items() if one.facility is not None},
        pilots=frozenset(pilots),
        anchor=frozenset(anchor),
    )
    return _printed(forms, names, _rules(pool, forms, blueprint.seed, layout), blueprint.exam)


def _rules(pool: Pool, forms: Sequence[Sequence[Item]], seed: int, layout: Layout) -> _Rules:
    items = {item.id: item for form in forms for item in form}
    choices = {name: choice(item, layout.rule.options) for name, item in items.items()}
    return _Rules(pool, seed, layout, choices, {name: item.sha256() for name, item in items.items()})


def _printed(
    forms: Sequence[Sequence[Item]], names: Sequence[str], rules: _Rules, exam: str
) -> tuple[Form, ...]:
    """All forms by the first draw of common places by which each of them can be printed."""
    cut = [blocks(rules.pool, items, rules.layout) for items in forms]
    chances = [
        Chance(rules.seed, rules.content(items), name) for items, name in zip(forms, names, strict=True)
    ]
    together = Chance(rules.seed, rules.content({item.id: item for form in forms for item in form}.values()))
    for attempt in range(N_DRAWS):
        name = None
        try:
            common = _common(cut, rules, together, attempt)
            found = []
            for name, form, chance in zip(names, cut, chances, strict=True):
                found.append(_form(name, form, common, rules, chance))
            name = None
            _check_anchor(found, rules)
            return tuple(found)
        except _NotPrinted as reason:
            few = reason.code != "anchor-place" and attempt + 1 >= N_DRAWS_FOR_RUNS
            if reason.lasting or few or attempt + 1 == N_DRAWS or not common.fractions:
                source = f"form {name}" if name else "forms"
                fault = Problem(source, reason.code, reason.reason, field=reason.field)
                raise BlueprintNotMet(f"{exam} cannot be printed as it is asked", [fault]) from None
    raise AssertionError("unreachable: the last draw returns or raises")


def _common(cut: Sequence[Sequence[Block]], rules: _Rules, together: Chance, attempt: int) -> Common:
    try:
        return common_places(cut, rules.layout, together, attempt)
    except NoCommonPlace as reason:  # the sections are what they are, whatever is drawn
        raise _NotPrinted("anchor.place", "anchor-place", f"{reason}{_ANCHOR_ADVICE}", lasting=True) from None


_ANCHOR_ADVICE = (
    ": anchor items cannot have the same numbers everywhere; ask exact counts for each section, "
    "`order.items: mixed`, or `anchor.place: near`"
)


def _check_anchor(forms: Sequence[Form], rules: _Rules) -> None:
    """Anchor items of a stimulus that is longer in one form than in another may have moved."""
    if rules.layout.anchor_place != "same":
        return
    numbers: dict[str, set[int]] = {}
    for form in forms:
        for p in form.items:
            numbers.setdefault(p.item.id, set()).add(p.question)
    moved = sorted(name for name in rules.layout.anchor if len(numbers.get(name, ())) > 1)
    if moved:
        reason = f"{', '.join(moved)} got different numbers{_ANCHOR_ADVICE}"
        raise _NotPrinted("anchor.place", "anchor-place", reason)


# ── one form ─────────────────────────────────────────────────────────────────────────────────


def _form(name: str, form: Sequence[Block], common: Common, rules: _Rules, chance: Chance) -> Form:
    draft = _draft(form, common, rules, chance)
    items = [item for block in draft.line for item in block.items]
    return Form(
        name=name,
        items=tuple(_question(number, item, draft, rules, chance) for number, item in enumerate(items, 1)),
    )


def _question(number: int, item: Item, draft: Draft, rules: _Rules, chance: Chance) -> PrintedItem:
    place = rules.pool.places[item.pc]
    return PrintedItem(
        question=number,
        item=item,
        unit=place.unit,
        element=place.element,
        order=option_order(item, rules.choices[item.id], draft.places[item.id], chance),
        points=0 if item.id in rules.layout.pilots else 1,
    )


def _draft(form: Sequence[Block], common: Common, rules: _Rules, chance: Chance) -> Draft:
    """Order and keys within the bounds; with a less even spread only where no order has an even one."""
    fits = False
    movable = any(len(rules.choices[item.id].places) > 1 for block in form for item in block.items)
    for loose in (False, True) if movable else (False,):
        for attempt in range(N_ORDERS):
            line = arranged(form, common, chance, attempt)
            if line is None:
                continue
            fits = True
            if draft := _keyed(line, common, rules, chance, attempt, loose):
                return draft
            if _is_hopeless(form, rules):
                raise _NotPrinted(
                    "order.longest_run", "key-run", _why_runs(form, common, rules), lasting=True
                )
    if not fits:
        reason = f"the other items do not fit between the anchor items{_ANCHOR_ADVICE}"
        raise _NotPrinted("anchor.place", "anchor-place", reason)
    raise _NotPrinted("order.longest_run", "key-run", _why_runs(form, common, rules))


def _is_hopeless(form: Sequence[Block], rules: _Rules) -> bool:
    """Whether a section has too few questions to part those that are right at one letter."""
    sections: dict[Rank, list[Choice]] = {}
    for block in form:
        sections.setdefault(block.rank, []).extend(rules.choices[item.id] for item in block.items)
    for choices in sections.values():
        still = Counter(one.places[0] for one in choices if len(one.places) == 1)
        if any(n > rules.order.longest_run * (len(choices) - n + 1) for n in still.values()):
            return True
    return False


def _keyed(
    line: Sequence[Block], common: Common, rules: _Rules, chance: Chance, attempt: int, loose: bool
) -> Draft | None:
    """The right answers of an order of items; None where a run stays too long."""
    order, items = rules.order, [item for block in line for item in block.items]
    choices = [rules.choices[item.id] for item in items]
    even = even_places(choices, chance)
    _check_spread(choices, even, rules)
    places = without_long_runs(choices, even, order.longest_run, chance)
    draft = Draft(tuple(line), {item.id: place for item, place in zip(items, places, strict=True)})
    if not excess(places, order.longest_run):
        return draft
    before = accumulate((block.size for block in line), initial=0)
    homes = {
        block.label: n for block, n in zip(line, before, strict=False) if block.label in common.fractions
    }
    bounds = Bounds(rules.choices, order.longest_run, common.starts, homes, order.key_spread, loose)
    return mended(draft, bounds, chance, attempt)


def _check_spread(choices: Sequence[Choice], even: Sequence[int | None], rules: _Rules) -> None:
    least, asked = spread([one.n_options for one in choices], even), rules.order.key_spread
    if asked is None or least <= asked:
        return
    reason = (
        f"the letters of the right answers differ by at least {least} questions, {asked} allowed: "
        f"{_fixed(choices)}; choose other items, let options be shuffled, or allow {least}"
    )
    raise _NotPrinted("order.key_spread", "key-spread", reason, lasting=True)


def _why_runs(form: Sequence[Block], common: Common, rules: _Rules) -> str:
    order = rules.order
    advice = ["let options be shuffled"] if order.options == "as_written" else ["anchor fewer options"]
    advice += ["allow longer runs"] + (["`order.items: mixed`"] if order.items != "mixed" else [])
    advice += ["`order.shared: any`"] if common.fractions and order.shared == "near" else []
    fixed = _fixed([rules.choices[item.id] for block in form for item in block.items])
    return (
        f"no order was found in which no letter is right more than {order.longest_run} times running: "
        f"{fixed}; {', or '.join(advice)}"
    )


def _fixed(choices: Sequence[Choice]) -> str:
    """`of 40 right answers 31 cannot move (A 20, B 11)`."""
    asked = [one for one in choices if one.places]
    still = [one.places[0] for one in asked if len(one.places) == 1]
    letters = ", ".join(f"{LETTERS[place]} {still.count(place)}" for place in sorted(set(still)))
    return f"of {len(asked)} right answers {len(still)} cannot move" + (f" ({letters})" if still else "")
