"""Forms and their blueprint → every constraint that does not hold, counted without the solver."""

from __future__ import annotations

from itertools import combinations

from examgen.assembly.constraints import Pool, constraints, places
from examgen.assembly.needs import why_not
from examgen.models import Exam, Form, PrintedItem
from examgen.problems import Problem


def recount(exam: Exam) -> list[Problem]:
    """Problems of the forms as they stand; empty where the blueprint is met."""
    problems = [problem for form in exam.forms for problem in _form(exam, form)]
    overlap = exam.blueprint.overlap
    for one, other in combinations(exam.forms, 2):
        shared = len({p.item.id for p in one.items} & {p.item.id for p in other.items})
        greatest = overlap.max if overlap.max is not None else exam.blueprint.items
        if not overlap.min <= shared <= greatest:
            message = f"share {shared} items; the blueprint allows {overlap.min} to {greatest}"
            problems.append(Problem(f"forms {one.name} and {other.name}", "overlap", message))
    return problems


def _form(exam: Exam, form: Form) -> list[Problem]:
    source = f"form {form.name}"
    pool = Pool(tuple(p.item for p in form.items), places(exam.units))
    problems = [problem for p in form.items for problem in _item(exam, p, source)]
    if len({item.id for item in pool.items}) < len(pool.items):
        problems.append(Problem(source, "item-twice", "prints an item twice"))
    for row in constraints(pool, exam.blueprint):
        count = sum(row.coefficients)
        if not row.least <= count <= row.greatest:
            message = f"{row.name}: {count}, the blueprint asks {row.least} to {row.greatest}"
            problems.append(Problem(source, "quota", message, field=row.field))
    return problems


def _item(exam: Exam, printed: PrintedItem, source: str) -> list[Problem]:
    faults = []
    if reason := why_not(printed.item, exam.blueprint):
        faults.append(Problem(source, "not-usable", f"may not be used: {reason}", item=printed.item.id))
    if sorted(printed.order) != sorted(printed.item.options):
        faults.append(
            Problem(source, "option-order", "does not print every option once", item=printed.item.id)
        )
    return faults
