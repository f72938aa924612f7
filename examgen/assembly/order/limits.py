"""Questions in printed order → how uneven the places of their right answers may be, and what that tells.

The orders of a form's options are drawn uniformly and drawn anew where right answers stand beyond a limit:
one letter too often running, or too many more of one letter than of another. Each key keeps almost every
order, so that an order tells almost nothing of its key. With Q the uniform distribution of orders and
P(· | key) that of the orders kept,

    I(key; order) ≤ max over keys of D(P(· | key) ‖ Q) = −log2 P(a uniform order is kept)

whatever is believed of the key beforehand (Cover & Thomas 2006, Elements of Information Theory, 2nd ed.,
section 13.1: any Q bounds the capacity). Forms are drawn independently, so that their bits add up at most.

Forms → why the limits that a blueprint names give keys away, and notices of right answers beyond them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.order.ordering import Choice, Place, choice, key_place
from examgen.models.blueprint import Blueprint
from examgen.models.build_figures import SERIES
from examgen.models.form import Exam, Form
from examgen.models.item import Item
from examgen.problems import Problem
from examgen.words import listed, noted, tell
from examgen.yamlfile import Document

Floats = npt.NDArray[np.float64]

SELDOM = 2.0**-12
"""How often a uniform order may be beyond a limit that the blueprint leaves open: twice that for both."""
MOST_BITS = 0.005
"""What a form's orders may tell of its key where the blueprint names the limits, half of it for each."""

Question = tuple[int, tuple[int, ...]]
"""How many options it has, and where its right answer may stand; nowhere in particular where several are."""


class Limits(NamedTuple):
    """The greatest run of one letter and the greatest difference between counts of two letters that a form
    may have, and how many bits of its key its orders then tell at most."""

    longest_run: int
    key_spread: int
    bits: float

    def allow(self, sizes: Sequence[int], places: Sequence[Place]) -> bool:
        """Whether right answers may stand at these places of questions with so many options."""
        return run_of(places) <= self.longest_run and spread_of(sizes, places) <= self.key_spread


def are_shaped(blueprint: Blueprint) -> bool:
    """Whether any rule looks at the key: none does where orders are drawn for a person."""
    personal = blueprint.papers.personal
    return blueprint.forms != "per_candidate" and not (personal.items or personal.options)


def limits(choices: Iterable[Choice], blueprint: Blueprint) -> Limits | None:
    """The limits of a form with these questions; None where no rule looks at its key.

    They are those of the blueprint, or wide ones where it names none. Where anchored options make them too
    narrow to be kept by chance they are wider: a rule that cannot be kept so is not kept at all.
    """
    if not are_shaped(blueprint):
        return None
    questions = [(one.n_options, one.places) for one in choices]
    order = blueprint.order
    run = max(order.longest_run or 1, narrowest_run(questions, _share(order.longest_run)))
    spread = max(order.key_spread or 0, narrowest_spread(questions, _share(order.key_spread)))
    redrawn = min(long_runs(questions, run) + wide_spreads(questions, spread), 0.5)
    return Limits(run, spread, -math.log2(1 - redrawn))


def as_free(items: Iterable[Item]) -> list[Question]:
    """Questions of as many options, all of them free; those of few options together, where runs are long."""
    sizes = sorted(len(item.options) for item in items)
    return [(n, tuple(range(n))) for n in sizes]


def choices_of(items: Iterable[Item], blueprint: Blueprint) -> list[Choice]:
    """What the orders of the items' options may be by that blueprint."""
    return [choice(item, blueprint.order.options) for item in items]


def _share(asked: int | None) -> float:
    """How often a uniform order may be beyond this limit."""
    return SELDOM if asked is None else ASKED_SHARE


ASKED_SHARE = 1 - 2.0 ** (-MOST_BITS / 2)


def narrowest_run(questions: Sequence[Question], share: float) -> int:
    """The shortest limit that no more than this share of uniform orders is beyond."""
    return _narrowest(lambda limit: long_runs(questions, limit), share, 1)


def narrowest_spread(questions: Sequence[Question], share: float) -> int:
    """The smallest limit that no more than this share of uniform orders is beyond."""
    return _narrowest(lambda limit: wide_spreads(questions, limit), share, 0)


def _narrowest(beyond: Callable[[int], float], share: float, first: int) -> int:
    limit = first
    while beyond(limit) > share:
        limit += 1
    return limit


# ── runs ─────────────────────────────────────────────────────────────────────────────────────


def run_of(places: Iterable[Place]) -> int:
    """How often one letter is right running, at most; questions with several right answers end a run."""
    longest = run = 0
    before: Place = None
    for place in places:
        run = (run + 1 if place == before else 1) if place is not None else 0
        before = place
        longest = max(longest, run)
    return longest


def long_runs(questions: Sequence[Question], longest: int) -> float:
    """The share of uniform orders with a run of more than `longest`, exact: a Markov chain over the letter of
    the last question and the length of its run (Fu & Koutras 1994, Distribution theory of runs: a Markov
    chain approach, Journal of the American Statistical Association 89, 1050–1058)."""
    return _long_runs(tuple(places for _, places in questions), min(longest, len(questions) or 1))


@lru_cache(maxsize=4096)
def _long_runs(questions: tuple[tuple[int, ...], ...], longest: int) -> float:
    letters = 1 + max((place for places in questions for place in places), default=0)
    runs: Floats = np.zeros((letters, longest))
    kept, beyond = 1.0, 0.0
    for places in questions:
        found = np.zeros_like(runs)
        if here := list(places):
            share = 1 / len(here)
            found[here, 0] = share * (kept - runs[here].sum(axis=1))
            found[here, 1:] = share * runs[here, :-1]
            lost = share * float(runs[here, -1].sum())
            kept, beyond = kept - lost, beyond + lost
        runs = found
    return beyond


# ── counts ───────────────────────────────────────────────────────────────────────────────────


def spread_of(sizes: Sequence[int], places: Sequence[Place]) -> int:
    """Most less least over the letters, the worst among questions with as many options."""
    worst = 0
    for size in set(sizes):
        here = [place for n, place in zip(sizes, places, strict=True) if n == size and place is not None]
        counts = [here.count(letter) for letter in range(size)]
        worst = max(worst, max(counts) - min(counts))
    return worst


def wide_spreads(questions: Sequence[Question], greatest: int) -> float:
    """No less than the share of uniform orders in which the counts of two letters differ by more than
    `greatest`: that of each pair of letters, exact, added up (Bonferroni's inequality)."""
    groups: dict[int, list[tuple[int, ...]]] = {}
    for size, places in questions:
        if places:
            groups.setdefault(size, []).append(places)
    return sum(_wide_spreads(size, tuple(sorted(group)), greatest) for size, group in sorted(groups.items()))


@lru_cache(maxsize=4096)
def _wide_spreads(size: int, questions: tuple[tuple[int, ...], ...], greatest: int) -> float:
    beyond = 0.0
    for pair in combinations(range(size), 2):
        one, other = (tuple(places.count(letter) / len(places) for places in questions) for letter in pair)
        shares, middle = _differences(one, other), len(questions)
        beyond += float(shares[: max(middle - greatest, 0)].sum() + shares[middle + greatest + 1 :].sum())
    return beyond


@lru_cache(maxsize=4096)
def _differences(one: tuple[float, ...], other: tuple[float, ...]) -> Floats:
    """The distribution of the count of one letter less that of another, from −n to n, by the share of each
    question's orders in which its right answer stands there."""
    shares: Floats = np.ones(1)
    for here, there in zip(one, other, strict=True):
        shares = np.convolve(shares, [there, 1 - here - there, here])
    return shares


RULES = ("longest_run", "key_spread")


def person_problems(blueprint: Blueprint, asked: str) -> Iterator[tuple[str, str]]:
    """Rules on the places of right answers, as fields and reasons, where orders are drawn for a person."""
    for name in RULES:
        if getattr(blueprint.order, name) is not None:
            message = tell(
                "looks at the key, and `{asked}` draws orders for each person: a rule on right "
                "answers that shapes so many booklets tells the key to who compares them; leave "
                "it out",
                asked=asked,
            )
            yield f"order.{name}", message


def limit_problems(
    forms: Sequence[Sequence[Item]], blueprint: Blueprint, document: Document
) -> list[Problem]:
    """Limits of the blueprint that are too narrow for forms of this size."""
    order = blueprint.order
    if not are_shaped(blueprint) or (order.longest_run is None and order.key_spread is None):
        return []
    problems: dict[str, Problem] = {}
    for form in forms:
        questions = as_free(form)
        for name, asked, beyond, narrowest in (
            ("longest_run", order.longest_run, long_runs, narrowest_run),
            ("key_spread", order.key_spread, wide_spreads, narrowest_spread),
        ):
            if asked is not None and (share := beyond(questions, asked)) > ASKED_SHARE:
                field = f"order.{name}"
                least, usual = narrowest(questions, ASKED_SHARE), narrowest(questions, SELDOM)
                advice = tell(
                    "ask {least} or more, or leave it out, which allows {usual}", least=least, usual=usual
                )
                message = tell(
                    "{asked} {why}. For {size} {advice}",
                    asked=asked,
                    why=_why(share),
                    size=_size(questions),
                    advice=advice,
                )
                problem = Problem(document.at(["order", name]), "key-limit", message, field=field)
                problems.setdefault(field, problem)
    return list(problems.values())


def _why(share: float) -> str:
    """`lets the printed orders of a form tell up to 0.4 bits of its key, those of 200 forms 88`."""
    if share >= 1:
        return tell("leaves hardly an order to chance, so that the printed orders tell the key")
    bits = -math.log2(1 - share)
    return tell(
        "lets the printed orders of a form tell up to {bits:.2g} bits of its key, those of "
        "{series} forms {bits_2:.3g}, and {most_bits:g} is the most for a form",
        bits=bits,
        series=SERIES,
        bits_2=bits * SERIES,
        most_bits=MOST_BITS,
    )


def _size(questions: Sequence[Question]) -> str:
    """`a form of 40 questions with 4 options`."""
    sizes = sorted({n for n, _ in questions})
    counts = {n: sum(size == n for size, _ in questions) for n in sizes}
    parts = [tell("{count} questions with {n} options", count=count, n=n) for n, count in counts.items()]
    return tell("a form of {parts}", parts=listed(parts))


# ── notices ──────────────────────────────────────────────────────────────────────────────────


_LONG_RUN = noted(
    "form {form}: one letter is right {run} times running, by chance {longest} at most: options that may not "
    "move stand so, and nothing shapes the orders by the key"
)
_WIDE_SPREAD = noted(
    "form {form}: counts of right answers differ by {spread} between two letters, by chance {greatest} at "
    "most: options that may not move stand so, and nothing shapes the orders by the key"
)
OF_PLACES = (_LONG_RUN, _WIDE_SPREAD)


def notices(exam: Exam) -> tuple[str, ...]:
    """Forms whose right answers stand more unevenly than forms of their size do by chance: options that may
    not move have put them there."""
    if not are_shaped(exam.blueprint):
        return ()
    return tuple(notice for form in exam.forms for notice in _notices(form, exam.blueprint))


def _notices(form: Form, blueprint: Blueprint) -> Iterator[str]:
    order, questions = blueprint.order, as_free(p.item for p in form.items)
    places: list[Place] = [key_place(p.item, p.order) for p in form.items]
    sizes = [len(p.order) for p in form.items]
    longest = max(order.longest_run or 1, narrowest_run(questions, SELDOM))
    if (run := run_of(places)) > longest:
        yield tell(_LONG_RUN, form=form.name, run=run, longest=longest)
    greatest = max(order.key_spread or 0, narrowest_spread(questions, SELDOM))
    if (spread := spread_of(sizes, places)) > greatest:
        yield tell(_WIDE_SPREAD, form=form.name, spread=spread, greatest=greatest)
