"""An exam → the exam with cut scores from the bank's ratings, once its pass rule can be applied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from examgen.core.models.blueprint import Blueprint
from examgen.core.models.decisions import AngoffRule, FormCut
from examgen.core.models.form import Exam
from examgen.core.models.item import BankUnit
from examgen.core.models.standard import Unit
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell
from examgen.scoring.criteria import asked_by
from examgen.scoring.decisions import nameless_parts, passing_standard, thin_places
from examgen.scoring.scales import score_scale

MOST_NAMED = 5
"""The most parts to name that can fail people on few items; more are only counted."""


def check_decisions(blueprint: Blueprint, units: Sequence[Unit]) -> None:
    """Raise Refused if the pass rule or the judgement names elements or units that the exam does not have.

    Assembly checks the names of criteria itself, with the line of the blueprint.
    """
    rule = blueprint.pass_rule
    problems = nameless_parts(rule, criteria_of(units)) if rule else []
    problems = [problem for problem in problems if not str(problem.field).startswith("pass.criteria.")]
    for unit in blueprint.judgement.units:
        if unit not in blueprint.units:
            message = tell(
                "{unit} is not one of the units {units}", unit=unit, units=", ".join(blueprint.units)
            )
            problems.append(Problem("blueprint", "unit-unknown", message, field=f"judgement.units.{unit}"))
    if problems:
        raise Refused.because("these points cannot be judged by the pass rule of the blueprint", problems)


def criteria_of(units: Sequence[Unit]) -> list[tuple[str, str, str]]:
    """Return unit, element and code of every criterion, in the order of the standards."""
    return [
        (str(unit.code), element.code, criterion.code)
        for unit in units
        for element in unit.elements
        for criterion in element.criteria
    ]


def with_cuts(built: Exam, shelves: Sequence[BankUnit], bank_folder: Path) -> Exam:
    """Return the exam with the cut score of each form, if ratings set it.

    Raises Refused if the ratings are missing, if a form cannot be passed, or if a total has no scaled score.
    """
    rule, report = built.blueprint.pass_rule, built.blueprint.report
    found = built
    if rule is not None and rule.cut is not None and rule.raw_cut is None:
        found = built.model_copy(update={"cuts": _cuts(built, rule.angoff, shelves, bank_folder)})
    if report.scaled is not None or (rule is not None and rule.at_least is not None):
        asked = asked_by(*_asked(found))
        if rule is not None:
            passing_standard(rule, asked, {name: one.cut for name, one in found.cuts.items()})
        score_scale(asked, report, [])
    notices = (*found.notices, *_thin_parts(found))
    return found.model_copy(update={"notices": notices}) if notices != tuple(found.notices) else found


def _thin_parts(built: Exam) -> Iterator[str]:
    """Notices on parts of the pass rule that can fail somebody on too few items, one for each field."""
    rule, least = built.blueprint.pass_rule, built.blueprint.judgement.min_items
    if rule is None or not (rule.elements or rule.units or rule.at_least):
        return
    thin = thin_places(rule, asked_by(*_asked(built)), least)
    for field in dict.fromkeys(one.field for one in thin):
        asked = dict.fromkeys((one.place.code, one.n_items) for one in thin if one.field == field)
        named = ", ".join(f"{code} ({n})" for code, n in [*asked][:MOST_NAMED])
        left = len(asked) - MOST_NAMED
        which = tell("{names} and {n} more", names=named, n=left) if left > 0 else named
        yield tell(
            "pass.{field} can fail candidates on fewer than {least} items "
            "(judgement.min_items): {which}. Use more items there, or a rule over parts that "
            "have enough",
            field=field,
            least=least,
            which=which,
        )


def _cuts(
    built: Exam, rule: AngoffRule, shelves: Sequence[BankUnit], bank_folder: Path
) -> dict[str, FormCut]:
    from examgen.bank.cuts import form_cuts
    from examgen.bank.reviews.moves import ratings_of
    from examgen.bank.reviews.ratings import current
    from examgen.bank.reviews.settling import present

    ratings = {
        str(shelf.unit.code): current(ratings_of(bank_folder / str(shelf.unit.code)), present(shelf))
        for shelf in shelves
    }
    level = built.blueprint.level
    levels = {str(unit.code): level if unit.levels else None for unit in built.units}
    return form_cuts(built.forms, ratings, rule, levels)


def _asked(built: Exam) -> tuple[list[str], list[tuple[str, str, str]], list[list[tuple[int, int]]]]:
    """The names of the forms, the criteria, and the criterion and points of each item by form."""
    criteria = criteria_of(built.units)
    place = {(unit, pc): n for n, (unit, _, pc) in enumerate(criteria)}
    items = [[(place[one.unit, one.item.pc], one.points) for one in form.items] for form in built.forms]
    return [form.name for form in built.forms], criteria, items
