"""Who sits and what they mark: answers, people, cohorts, items and units for sittings."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.samples import item_data

Answer = Callable[[int, str], str]
"""Question and right letters (`A`, `A|C`) → what is marked."""
SHEET = dict[str, str]


# ── what somebody marks ──────────────────────────────────────────────────────────────────────


def right(question: int, key: str) -> str:
    return key


def blank(question: int, key: str) -> str:
    return ""


def wrong(question: int, key: str) -> str:
    return next(letter for letter in "ABCD" if letter not in key)


def first(n: int, then: Answer = wrong) -> Answer:
    """The first n right, the others wrong, or what is said."""
    return lambda question, key: key if question <= n else then(question, key)


def but(*wrongly: int, then: Answer = wrong) -> Answer:
    """All right but these questions."""
    return lambda question, key: then(question, key) if question in wrongly else key


def always(mark: str) -> Answer:
    return lambda question, key: mark


def able(ability: float, seed: int) -> Answer:
    """Right with that chance, else any of the others or nothing; the same whenever the sheet is filled anew."""
    chance = random.Random(seed)

    def answer(question: int, key: str) -> str:
        if question == 1:
            chance.seed(seed)
        return key if chance.random() < ability else chance.choice([*(x for x in "ABCD" if x not in key), ""])

    return answer


# ── who sat ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Person:
    """Somebody who sat: the id is told by the place in the list."""

    answer: Answer
    form: str = "A"
    own: SHEET = field(default_factory=dict)
    """Columns beside the answers, and of roster and list: name, centre, room, synthetic."""
    listed: SHEET = field(default_factory=dict)
    """Columns of roster and list that the answers have not, or otherwise."""


def people(*answers: Answer, form: str = "A", **own: str) -> list[Person]:
    """People of one form with the same columns."""
    return [Person(answer, form, dict(own)) for answer in answers]


def spread(n: int, form: str = "A", low: float = 0.3, high: float = 0.95, **own: str) -> list[Person]:
    """People from weak to able."""
    step = (high - low) / max(n - 1, 1)
    return [Person(able(low + step * k, 31 * k + n + ord(form)), form, dict(own)) for k in range(n)]


def misled(question: int, sat: Sequence[Person]) -> list[Person]:
    """The same people, who all take a wrong answer to a question where they would know the right one."""

    def but_one(answer: Answer) -> Answer:
        return lambda q, key: wrong(q, key) if q == question and answer(q, key) == key else answer(q, key)

    return [Person(but_one(one.answer), one.form, one.own) for one in sat]


def in_turn(question: int, sat: Sequence[Person]) -> list[Person]:
    """The same people, of whom every second has a question right, whoever they are."""

    def turn(answer: Answer, mark: Answer) -> Answer:
        return lambda q, key: mark(q, key) if q == question else answer(q, key)

    return [Person(turn(one.answer, (right, wrong)[n % 2]), one.form, one.own) for n, one in enumerate(sat)]


def items_of(each: Mapping[str, int], **changes: Any) -> Iterator[dict[str, Any]]:
    """So many items of each criterion."""
    for pc, n in each.items():
        for k in range(1, n + 1):
            yield item_data(pc, k, **changes)


def of_centres(**sizes: int) -> list[Person]:
    """So many people of each centre; those of the second are better, those of the third weaker."""
    return [
        Person(able((0.65, 0.9, 0.6)[k] + 0.3 * (n % 7) / 7 - 0.1, 100 * k + n), "A", {"centre": name})
        for k, (name, size) in enumerate(sizes.items())
        for n in range(size)
    ]


def listed(sat: Sequence[Person], **columns: str) -> list[Person]:
    """The same people, of whom roster and list say this and the answers do not."""
    return [Person(one.answer, one.form, one.own, {**one.listed, **columns}) for one in sat]


def codes(n: int) -> list[str]:
    """So many criteria of two elements."""
    return [f"E{k % 2 + 1}.{k // 2 + 1:02d}" for k in range(n)]


def unit_of(n: int) -> dict[str, Any]:
    """A unit of so many criteria."""
    return {
        "elements": [
            {
                "code": code,
                "title": f"สมรรถนะย่อย {code}",
                "criteria": [{"code": c, "text": f"เกณฑ์ {c}"} for c in codes(n) if c.startswith(code)],
            }
            for code in ("E1", "E2")
        ]
    }
