"""Forms and their blueprint → every constraint that does not hold, counted without the solver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from examgen.assembly.constraints import anchor, constraints, groups
from examgen.assembly.measures import GRID, Floats, information, reliability
from examgen.assembly.on_the_fly.sampled import most_forms
from examgen.assembly.order.check import print_problems
from examgen.assembly.task import LinearConstraint
from examgen.assembly.usable import NOTHING_KNOWN, Pool, barred, may_pilot, places, unscored
from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.problems import Problem
from examgen.core.words import tell

_ROUNDING = 1e-4
"""Sums of rounded coefficients may be this far past a bound that is not a count."""


def recount(exam: Exam) -> list[Problem]:
    """Problems of the forms as they stand; empty where the blueprint is met."""
    problems = [problem for form in exam.forms for problem in _form(exam, form)]
    return [*problems, *_groups(exam), *_between(exam), *_anchor(exam), *_curves(exam), *print_problems(exam)]


def _form(exam: Exam, form: Form) -> Iterator[Problem]:
    source = f"form {form.name}"
    for printed in form.items:
        item, blueprint = printed.item, exam.blueprint
        known = exam.evidence.get(item.id, NOTHING_KNOWN)
        reasons = [*barred(item, known, blueprint, places(exam.units, blueprint.scope), frozenset())]
        reasons += unscored(item, known, blueprint) if printed.points else []
        if not printed.points and not may_pilot(item, known, blueprint):
            reasons += [
                tell("as a pilot item: {reason}", reason=reason)
                for reason in unscored(item, known, blueprint)
            ]
        if reasons:
            yield Problem(
                source, "not-usable", tell("may not be used: {reasons}", reasons=reasons[0]), item=item.id
            )
        if sorted(printed.order) != sorted(item.options):
            yield Problem(source, "option-order", tell("does not print every option once"), item=item.id)
    pool = _pool(exam, form.items)
    if len({item.id for item in pool.items}) < len(pool.items):
        yield Problem(source, "item-twice", tell("prints an item twice"))
    for row in constraints(pool, exam.blueprint):
        yield from _row(row, source)
    yield from _reliability(exam, pool, source)


def _groups(exam: Exam) -> Iterator[Problem]:
    """Of a stimulus or a set that goes together, no form may hold a part that the blueprint does not allow.

    How many items it has is known from all forms together: the bank may have changed since.
    """
    printed = {p.item.id: p for form in exam.forms for p in form.items}
    every = _pool(exam, [printed[name] for name in sorted(printed)])
    for group in groups(every, exam.blueprint):
        members = {every.items[n].id for n in group.items}
        for form in exam.forms:
            held = sum(p.item.id in members for p in form.items)
            if held and not group.least <= held <= group.greatest:
                message = tell(
                    "{group}: {held}, where {least} to {greatest} go together",
                    group=group.name,
                    held=held,
                    least=group.least,
                    greatest=group.greatest,
                )
                yield Problem(f"form {form.name}", "group", message, field=group.field)


def _pool(exam: Exam, printed: Sequence[PrintedItem]) -> Pool:
    where = places(exam.units, exam.blueprint.scope)
    pilots = frozenset(p.item.id for p in printed if not p.points)
    return Pool(tuple(p.item for p in printed), where, exam.evidence, pilots)


def _row(row: LinearConstraint, source: str) -> Iterator[Problem]:
    total = sum(row.coefficients)
    slack = 0 if row.counts else _ROUNDING
    if not row.least - slack <= total <= row.greatest + slack:
        message = tell(
            "{row}: {total:g}, the blueprint asks {least:g} to {greatest:g}",
            row=row.name,
            total=total,
            least=row.least,
            greatest=row.greatest,
        )
        yield Problem(source, "quota", message, field=row.field)


def _between(exam: Exam) -> Iterator[Problem]:
    """What forms share beside the anchor, and how many forms hold an item."""
    overlap, anchored = exam.blueprint.overlap, set(exam.anchor)
    held = [{p.item.id for p in form.items} - anchored for form in exam.forms]
    if exam.blueprint.forms == "per_candidate":
        share = exam.blueprint.exposure.share
        if share is not None:
            yield from _uses(held, most_forms(float(share) / 100, len(held)))
        return
    for (one, mine), (other, theirs) in combinations(zip(exam.forms, held, strict=True), 2):
        shared = len(mine & theirs)
        greatest = overlap.max if overlap.max is not None else exam.blueprint.printed_items
        if not overlap.min <= shared <= greatest:
            message = tell(
                "share {shared} items; the blueprint allows {min} to {greatest}",
                shared=shared,
                min=overlap.min,
                greatest=greatest,
            )
            yield Problem(f"forms {one.name} and {other.name}", "overlap", message)
    if exam.blueprint.exposure.forms is not None:
        yield from _uses(held, exam.blueprint.exposure.forms)


def _uses(held: Sequence[set[str]], most: int) -> Iterator[Problem]:
    for name in sorted(set().union(*held)):
        uses = sum(name in items for items in held)
        if uses > most:
            yield Problem(
                "forms",
                "exposure",
                tell("stands in {uses} forms; the blueprint allows {most}", uses=uses, most=most),
                item=name,
            )


def _anchor(exam: Exam) -> Iterator[Problem]:
    if exam.blueprint.anchor is None:
        return
    for form in exam.forms:
        lacking = set(exam.anchor) - {p.item.id for p in form.items}
        if lacking:
            message = tell("lacks {lacking} of the anchor", lacking=", ".join(sorted(lacking)))
            yield Problem(f"form {form.name}", "anchor", message, field="anchor")
    printed = [p for p in exam.forms[0].items if p.item.id in exam.anchor]
    rows = anchor(_pool(exam, printed), exam.blueprint, constraints(_pool(exam, printed), exam.blueprint))
    assert rows is not None
    for row in rows.rows:
        yield from _row(row, "the anchor")


def _reliability(exam: Exam, pool: Pool, source: str) -> Iterator[Problem]:
    rule = exam.blueprint.statistics
    if rule and rule.reliability:
        known = [pool.known(pool.items[n]) for n in pool.scored]
        reached = reliability(information(known, GRID.tolist()).sum(axis=0))
        if reached < rule.reliability.min - _ROUNDING:
            message = tell(
                "reliability {reached:.4f}, the blueprint asks {min:g}",
                reached=reached,
                min=rule.reliability.min,
            )
            yield Problem(source, "reliability", message, field="statistics.reliability")


def _curves(exam: Exam) -> Iterator[Problem]:
    """Information of the forms at the points of the blueprint: how far apart, how far from the target."""
    rule = exam.blueprint.statistics and exam.blueprint.statistics.information
    if not rule:
        return
    within = float(rule.within) / 100
    sums = [_known(exam, form, rule.at) for form in exam.forms]
    curves = np.array(sums) / np.array(rule.shape or rule.target)
    lowest = curves.min() if rule.shape else 1 - within
    highest = lowest * (1 + within) if rule.shape else 1 + within
    for form, curve in zip(exam.forms, curves, strict=True):
        if curve.min() < lowest - _ROUNDING or curve.max() > highest + _ROUNDING:
            message = tell(
                "information at θ = {at} is {np} times what is asked",
                at=list(rule.at),
                np=np.round(curve, 3).tolist(),
            )
            yield Problem(f"form {form.name}", "information", message, field="statistics.information")


def _known(exam: Exam, form: Form, points: Sequence[float]) -> Floats:
    """Information of a form at the points, from its items that count."""
    known = [exam.evidence.get(p.item.id, NOTHING_KNOWN) for p in form.items if p.points]
    curve: Floats = information(known, points).sum(axis=0)
    return curve
