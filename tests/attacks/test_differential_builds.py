"""Two builds of one blueprint that differ in a rule on right answers, compared booklet by booklet."""

from __future__ import annotations

import random
from typing import Any

import pytest

from examgen.assembly.assemble import assemble
from examgen.core.models.bank_unit import BankUnit
from tests.attacks.attacks import Booklet, by_differing
from tests.attacks.shaped import drawn_anew
from tests.samples import PCS, blueprint, item_data, shelf

N_FORMS = 26


def unit_of(n: int) -> BankUnit:
    chance = random.Random(16)
    return shelf(items=[item_data(PCS[k % 3], k, key=chance.choice("abcd")) for k in range(1, n + 1)])


def built(unit: BankUnit, seed: int, **limits: int) -> list[Booklet]:
    n = len(unit.items)
    order: dict[str, Any] = {"items": "mixed", "shared": "any", **limits}
    asked = blueprint(items=n, forms=N_FORMS, overlap={"min": 0, "max": n}, seed=seed, order=order)
    exam = assemble([unit], *asked)
    return [
        [(p.item.stem, [p.item.options[option] for option in p.order]) for p in form.items]
        for form in exam.forms
    ]


def test_pairs_of_builds_tell_every_key_where_a_limit_redraws() -> None:
    """The same attack on orders as they were drawn before."""
    items = unit_of(6).items
    seeds = [*range(390, 400), *range(2_040, 2_050)]  # of the first 2,050 two tell something
    left = by_differing((drawn_anew(items, seed, 5), drawn_anew(items, seed, 6)) for seed in seeds)
    assert left == {frozenset((item.stem, item.options[item.key[0]]) for item in items)}


@pytest.mark.parametrize(
    ("n", "limits", "others", "seeds"),
    [
        (6, {"longest_run": 5}, {}, [*range(1, 20), 55]),
        (7, {}, {"longest_run": 7, "key_spread": 7}, [264, 383, 765]),
    ],
    ids=["a limit of the blueprint", "the limits of a blueprint that names none"],
)
def test_pairs_tell_nothing(n: int, limits: dict[str, int], others: dict[str, int], seeds: list[int]) -> None:
    """With redrawn orders some of these seeds left one key: 14 and 55, and 264, 383 and 765."""
    unit = unit_of(n)
    pairs = [
        pair
        for seed in seeds
        for pair in zip(built(unit, seed, **limits), built(unit, seed, **others), strict=True)
    ]
    assert len(pairs) == N_FORMS * len(seeds)
    assert by_differing(pairs) == set()
