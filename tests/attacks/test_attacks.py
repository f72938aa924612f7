"""Booklets pooled for their key: each attack succeeds on orders of the old kind, and on ours within chance.

What the attacks see is what is printed: stems, and options in their order.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from math import comb
from typing import Any, NamedTuple

import numpy as np
import pytest

from examgen.assembly.assemble import assemble
from examgen.assembly.booklets import deal
from examgen.core.models.form import Candidate, Exam, Form, with_order
from examgen.core.models.item import BankUnit, Item
from examgen.core.models.papers import PapersRule
from tests.attacks.attacks import (
    Booklet,
    Seen,
    Whole,
    by_algebra,
    by_annealing,
    by_neighbours,
    by_viterbi,
    count_costs,
    named,
    run_costs,
    seen,
)
from tests.attacks.shaped import shaped
from tests.effort import some
from tests.samples import PCS, blueprint, item_data, shelf

N_PERSONAL, N_FIXED, N_BANK, N_ITEMS = 300, 200, 168, 40
SELDOM = 1e-4
"""An attack without knowledge finds more keys than it may here once in ten thousand times."""

Attack = Callable[[Seen], Whole]
ATTACKS: dict[str, Attack] = {
    "algebra": by_algebra,
    "runs, neighbours": by_neighbours,
    "runs, annealing": lambda found: by_annealing(found, run_costs, 3, 1, 25, start=by_neighbours(found)),
    "counts, annealing": lambda found: by_annealing(found, count_costs, 300, 10, 30),
}
IN_ONE_ORDER: dict[str, Attack] = {**ATTACKS, "runs, Viterbi": by_viterbi}


@cache
def bank(n: int = N_BANK) -> BankUnit:
    """Items whose keys are drawn by chance."""
    chance = random.Random(16)
    return shelf(items=[item_data(PCS[k % 3], k, key=chance.choice("abcd")) for k in range(1, n + 1)])


def hits(items: Sequence[Item], found: Seen, attack: Attack) -> int:
    """How many keys an attack finds."""
    right = {item.stem: item.options[item.key[0]] for item in items}
    return sum(right[stem] == text for stem, text in named(found, attack(found)).items())


def most_by_chance(n: int, of: int = 4) -> int:
    """The greatest number of n keys that guessing finds, but for `SELDOM`: a binomial quantile."""
    tail, k = 0.0, n + 1
    while tail <= SELDOM:
        k -= 1
        tail += comb(n, k) * (1 / of) ** k * (1 - 1 / of) ** (n - k)
    return k


# ── the attacks can succeed ──────────────────────────────────────────────────────────────────


class Old(NamedTuple):
    """Booklets as they were drawn before."""

    booklets: int
    items: int
    even: bool
    longest: int = 3
    mixed: bool = True
    of: int | None = None
    """Each booklet holds some items of a bank of so many."""


@pytest.mark.parametrize(
    ("old", "attack"),
    some([
        (Old(300, 40, even=True), "algebra"),
        (Old(200, 40, even=True, of=168), "algebra"),
        (Old(300, 40, even=False, mixed=False), "runs, Viterbi"),
        (Old(300, 40, even=False, longest=2), "runs, neighbours"),
        (Old(600, 30, even=False), "runs, annealing"),
        (Old(300, 40, even=True), "counts, annealing"),
    ], 4),
)  # fmt: skip
def test_an_attack_finds_every_key_where_a_rule_on_keys_shaped_the_orders(old: Old, attack: str) -> None:
    chance = np.random.default_rng(3)
    items = bank(old.of or old.items).items
    drawn = [
        [items[n] for n in sorted(chance.choice(len(items), old.items, replace=False))]
        if old.of
        else list(items)
        for _ in range(old.booklets)
    ]
    found = seen([shaped(one, chance, old.even, old.longest, old.mixed) for one in drawn])
    assert len(found.stems) == (old.of or old.items)
    assert hits(items, found, IN_ONE_ORDER[attack]) == len(found.stems)


# ── ours ─────────────────────────────────────────────────────────────────────────────────────


def booklet(form: Form) -> Booklet:
    return [(p.item.stem, [p.item.options[option] for option in p.order]) for p in form.items]


def personal(unit: BankUnit, **asked: bool) -> Iterator[Booklet]:
    """Booklets of one form, orders drawn for each candidate."""
    exam = assemble([unit], *blueprint(items=N_ITEMS, papers={"personal": asked}))
    people = [Candidate(candidate_id=str(n)) for n in range(N_PERSONAL)]
    rule = PapersRule.model_validate({"personal": asked})
    for one in deal(exam, people, rule):
        yield booklet(with_order(exam.forms[0], one.order, one.form))


def forms(exams: Sequence[Exam]) -> Iterator[Booklet]:
    for exam in exams:
        yield from map(booklet, exam.forms)


def built(unit: BankUnit, **asked: Any) -> Exam:
    return assemble([unit], *blueprint(items=N_ITEMS, **asked))


def drawn(kind: str, of: BankUnit) -> list[Booklet]:
    """What candidates of that kind of exam see."""
    match kind:
        case "options":
            return list(personal(of, options=True))
        case "items and options":
            return list(personal(of, items=True, options=True))
        case _:
            return list(forms([built(of, forms=4, seed=seed) for seed in range(1, N_FIXED // 4 + 1)]))


@cache
def ours(kind: str) -> list[Booklet]:
    """Of the bank whose keys the attacks look for."""
    return drawn(kind, bank())


KINDS = ("options", "items and options", "fixed forms")


TRIED = [(kind, attack) for kind in KINDS for attack in (IN_ONE_ORDER if kind == "options" else ATTACKS)]


@pytest.mark.parametrize(("kind", "attack"), some(TRIED, 4))
def test_no_attack_finds_more_keys_than_chance(kind: str, attack: str) -> None:
    booklets = ours(kind)
    assert len(booklets) == (N_FIXED if kind == "fixed forms" else N_PERSONAL)
    found = seen(booklets)
    assert len(found.stems) == (N_ITEMS if "options" in kind else N_BANK)
    assert hits(bank().items, found, IN_ONE_ORDER[attack]) <= most_by_chance(len(found.stems))


def test_the_bound_of_chance() -> None:
    assert (most_by_chance(40), most_by_chance(168)) == (21, 64)


# ── whatever the attack ──────────────────────────────────────────────────────────────────────
