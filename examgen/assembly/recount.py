"""Forms and their blueprint → every constraint that they break, counted without the solver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np

from examgen.assembly.constraints import anchor, constraints, groups
from examgen.assembly.measures import GRID, information, reliability
from examgen.assembly.order.check import print_problems
from examgen.assembly.task import LinearConstraint
from examgen.assembly.usable import NOTHING_KNOWN, Pool, barred, may_pilot, places, unscored
from examgen.core.models.form import Exam, PrintedItem
from examgen.core.problems import Problem
from examgen.core.words import Message, tell

_ROUNDING = 1e-4
"""Tolerance for sums of rounded coefficients beyond a bound that is not a count."""


def recount(exam: Exam) -> list[Problem]:
    """Return the problems of the forms; empty if the blueprint is met."""
    blueprint, anchored = exam.blueprint, set(exam.anchor)
    problems: list[Problem] = []

    def pool_of(printed: Sequence[PrintedItem]) -> Pool:
        pilots = frozenset(p.item.id for p in printed if not p.points)
        return Pool(
            tuple(p.item for p in printed), places(exam.units, blueprint.scope), exam.evidence, pilots
        )

    def count(rows: Iterable[LinearConstraint], source: str) -> None:
        for row in rows:
            total = sum(row.coefficients)
            slack = 0 if row.counts else _ROUNDING
            if not row.least - slack <= total <= row.greatest + slack:
                message = tell(
                    "{row}: {total:g}, but the blueprint requires {least:g} to {greatest:g}",
                    row=row.name,
                    total=total,
                    least=row.least,
                    greatest=row.greatest,
                )
                problems.append(Problem(source, "quota", message, field=row.field))

    for form in exam.forms:
        source = f"form {form.name}"
        for printed in form.items:
            item = printed.item
            if (why := _not_usable(exam, printed)) is not None:
                message = tell("may not be used ({reasons})", reasons=why)
                problems.append(Problem(source, "not-usable", message, item=item.id))
            if sorted(printed.order) != sorted(item.options):
                message = tell("does not print every option exactly once")
                problems.append(Problem(source, "option-order", message, item=item.id))
        pool = pool_of(form.items)
        if len({item.id for item in pool.items}) < len(pool.items):
            problems.append(Problem(source, "item-twice", tell("prints an item twice")))
        count(constraints(pool, blueprint), source)
        rule = blueprint.statistics and blueprint.statistics.reliability
        if rule:
            known = [pool.known(pool.items[n]) for n in pool.scored]
            reached = reliability(information(known, GRID.tolist()).sum(axis=0))
            if reached < rule.min - _ROUNDING:
                message = tell(
                    "reliability {reached:.4f}, but the blueprint requires {min:g}",
                    reached=reached,
                    min=rule.min,
                )
                problems.append(Problem(source, "reliability", message, field="statistics.reliability"))
    # A form may contain only as many items of a stimulus or set as the blueprint allows.
    # How many items it has is known from all forms together: the bank may have changed since.
    by_id = {p.item.id: p for form in exam.forms for p in form.items}
    every = pool_of([by_id[name] for name in sorted(by_id)])
    for group in groups(every, blueprint):
        members = {every.items[n].id for n in group.items}
        for form in exam.forms:
            n_held = sum(p.item.id in members for p in form.items)
            if n_held and not group.least <= n_held <= group.greatest:
                message = tell(
                    "{group}: {held}, but {least} to {greatest} belong together",
                    group=group.name,
                    held=n_held,
                    least=group.least,
                    greatest=group.greatest,
                )
                problems.append(Problem(f"form {form.name}", "group", message, field=group.field))
    problems += _between(exam)
    if blueprint.anchor is not None:
        for form in exam.forms:
            if lacking := anchored - {p.item.id for p in form.items}:
                message = tell("lacks {lacking} of the anchor", lacking=", ".join(sorted(lacking)))
                problems.append(Problem(f"form {form.name}", "anchor", message, field="anchor"))
        pool = pool_of([p for p in exam.forms[0].items if p.item.id in anchored])
        own = anchor(pool, blueprint, constraints(pool, blueprint))
        assert own is not None
        count(own.rows, "the anchor")
    # Information of the forms at the points of the blueprint: how far apart, how far from the target.
    goal = blueprint.statistics and blueprint.statistics.information
    if goal:
        within = float(goal.within) / 100
        counted = [[p for p in form.items if p.points] for form in exam.forms]
        evidence = [[exam.evidence.get(p.item.id, NOTHING_KNOWN) for p in items] for items in counted]
        sums = np.array([information(known, goal.at).sum(axis=0) for known in evidence])
        curves = sums / np.array(goal.shape or goal.target)
        lowest = curves.min() if goal.shape else 1 - within
        highest = lowest * (1 + within) if goal.shape else 1 + within
        for form, curve in zip(exam.forms, curves, strict=True):
            if curve.min() < lowest - _ROUNDING or curve.max() > highest + _ROUNDING:
                message = tell(
                    "information at θ = {at} is {np} times the target",
                    at=list(goal.at),
                    np=np.round(curve, 3).tolist(),
                )
                problems.append(
                    Problem(f"form {form.name}", "information", message, field="statistics.information")
                )
    return [*problems, *print_problems(exam)]


def _not_usable(exam: Exam, printed: PrintedItem) -> Message | None:
    """Return the first reason why an item may not be used in the form as it is; None if it may."""
    item, blueprint = printed.item, exam.blueprint
    known = exam.evidence.get(item.id, NOTHING_KNOWN)
    where = places(exam.units, blueprint.scope)
    if (why := next(barred(item, known.uses, blueprint, where, frozenset()), None)) is not None:
        return why
    why = next(unscored(item, known, blueprint), None)
    if printed.points or why is None:
        return why
    return None if may_pilot(item, known, blueprint) else tell("as a pilot item: {reason}", reason=why)


def _between(exam: Exam) -> Iterator[Problem]:
    """Check the items that forms share besides the anchor, and the number of forms with each item."""
    overlap, exposure = exam.blueprint.overlap, exam.blueprint.exposure
    held = [{p.item.id for p in form.items} - set(exam.anchor) for form in exam.forms]
    most = exposure.forms
    greatest = overlap.max if overlap.max is not None else exam.blueprint.printed_items
    for (one, mine), (other, theirs) in combinations(zip(exam.forms, held, strict=True), 2):
        shared = len(mine & theirs)
        if not overlap.min <= shared <= greatest:
            message = tell(
                "share {shared} items, but the blueprint allows {min} to {greatest}",
                shared=shared,
                min=overlap.min,
                greatest=greatest,
            )
            yield Problem(f"forms {one.name} and {other.name}", "overlap", message)
    if most is not None:
        uses = Counter(name for items in held for name in items)
        for name, n in sorted(uses.items()):
            if n > most:
                message = tell("is in {uses} forms, but the blueprint allows {most}", uses=n, most=most)
                yield Problem("forms", "exposure", message, item=name)
