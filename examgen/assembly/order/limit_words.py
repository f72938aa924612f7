"""Forms → why the limits that a blueprint names give keys away, and notices of right answers beyond them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from examgen.assembly.order.limits import (
    ASKED_SHARE,
    MOST_BITS,
    SELDOM,
    Question,
    are_shaped,
    as_free,
    long_runs,
    narrowest_run,
    narrowest_spread,
    run_of,
    spread_of,
    wide_spreads,
)
from examgen.assembly.order.options import Place, key_place
from examgen.models import Blueprint, Exam, Form, Item
from examgen.models.figures import SERIES
from examgen.problems import Problem
from examgen.yamlfile import Document

RULES = ("longest_run", "key_spread")


def person_problems(blueprint: Blueprint, asked: str) -> Iterator[tuple[str, str]]:
    """Rules on the places of right answers, as fields and reasons, where orders are drawn for a person."""
    for name in RULES:
        if getattr(blueprint.order, name) is not None:
            message = (
                f"looks at the key, and `{asked}` draws orders for each person: a rule on right answers that "
                f"shapes so many booklets tells the key to who compares them; leave it out"
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
                advice = f"ask {least} or more, or leave it out, which allows {usual}"
                message = f"{asked} {_why(share)}. For {_size(questions)} {advice}"
                problem = Problem(document.at(["order", name]), "key-limit", message, field=field)
                problems.setdefault(field, problem)
    return list(problems.values())


def _why(share: float) -> str:
    """`lets the printed orders of a form tell up to 0.4 bits of its key, those of 200 forms 88`."""
    if share >= 1:
        return "leaves hardly an order to chance, so that the printed orders tell the key"
    bits = -math.log2(1 - share)
    return (
        f"lets the printed orders of a form tell up to {bits:.2g} bits of its key, those of {SERIES} forms "
        f"{bits * SERIES:.3g}, and {MOST_BITS:g} is the most for a form"
    )


def _size(questions: Sequence[Question]) -> str:
    """`a form of 40 questions with 4 options`."""
    sizes = sorted({n for n, _ in questions})
    parts = [f"{sum(size == n for size, _ in questions)} questions with {n} options" for n in sizes]
    return f"a form of {' and '.join(parts)}"


# ── notices ──────────────────────────────────────────────────────────────────────────────────


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
    why = "options that may not move stand so, and nothing shapes the orders by the key"
    longest = max(order.longest_run or 1, narrowest_run(questions, SELDOM))
    if (run := run_of(places)) > longest:
        yield f"form {form.name}: one letter is right {run} times running, by chance {longest} at most: {why}"
    greatest = max(order.key_spread or 0, narrowest_spread(questions, SELDOM))
    if (spread := spread_of(sizes, places)) > greatest:
        yield (
            f"form {form.name}: counts of right answers differ by {spread} between two letters, by chance "
            f"{greatest} at most: {why}"
        )
