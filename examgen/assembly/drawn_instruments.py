"""Forms of assembled tasks → forms as the instruments have them: in their order, with their points."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from examgen.core.models.blueprint import Blueprint
from examgen.core.models.decisions import PassRule, SecondLook
from examgen.core.models.form import Form
from examgen.core.models.item import BankUnit, Instrument
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell
from examgen.core.yamlfile import Document


def drawn_instruments(shelves: Sequence[BankUnit], tasks: Collection[str]) -> tuple[Instrument, ...]:
    """Return the instruments that have any of these tasks, in the order of their ids."""
    found = [
        one for shelf in shelves for one in shelf.instruments if any(task.id in tasks for task in one.tasks)
    ]
    return tuple(sorted(found, key=lambda one: one.id))


def in_instruments(forms: Sequence[Form], instruments: Sequence[Instrument]) -> tuple[Form, ...]:
    """Return the forms with the tasks of each instrument together, in its order, each worth its highest
    anchor."""
    tasks = [task for one in instruments for task in one.tasks]
    place = {task.id: n for n, task in enumerate(tasks)}
    return tuple(
        form.model_copy(
            update={
                "items": tuple(
                    printed.model_copy(
                        update={"question": n, "points": tasks[place[printed.item.id]].points[-1]}
                    )
                    for n, printed in enumerate(sorted(form.items, key=lambda p: place[p.item.id]), 1)
                )
            }
        )
        for form in forms
    )


def with_pass_rule(blueprint: Blueprint, instruments: Sequence[Instrument], document: Document) -> Blueprint:
    """Return the blueprint with the pass rule of its instruments, if it has none of its own. Raises Refused
    if the instruments have different rules."""
    first = instruments[0].pass_rule if instruments else None
    if blueprint.pass_rule is not None:
        return blueprint.model_copy(update={"pass_rule": _with_second_look(blueprint.pass_rule)})
    if any(one.pass_rule != first for one in instruments):
        message = tell(
            "is missing, and the drawn instruments have different rules ({names}). Write a rule here.",
            names=", ".join(one.id for one in instruments),
        )
        problem = Problem(document.at(["pass"]), "pass-missing", message, field="pass")
        raise Refused.because("{exam} was not built", [problem], exam=blueprint.exam)
    return blueprint.model_copy(update={"pass_rule": first and _with_second_look(first)})


ONE_STEP = SecondLook(sem=Decimal("0.5"))
"""The default rule for a second look: it marks candidates whose result would differ if one of two assessors
had given a point more or less. Lord's standard error does not apply, because it assumes items scored right or
wrong."""


def _with_second_look(rule: PassRule) -> PassRule:
    return (
        rule if "second_look" in rule.model_fields_set else rule.model_copy(update={"second_look": ONE_STEP})
    )
