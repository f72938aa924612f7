"""Reads the item models of a unit (`models/*.yaml`), with every fault of their files and of their
instances.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.bank.checks import (
    Check,
    LocatedItem,
    UnitDraft,
    criteria_are_known,
    images_exist,
    keys_are_options,
    levels_are_stated,
    stimuli_exist,
    text_is_normal,
)
from examgen.bank.generation.instances import NOT_WRONG, REASONS, Instance, Maker, ModelFault
from examgen.bank.generation.reading import ReadModel, read_model
from examgen.bank.loading import MODEL_FOLDER, entries_of, name_of
from examgen.bank.rules.applying import Settings, judge_unit
from examgen.bank.rules.rule import Rule
from examgen.core.changes import steady
from examgen.core.models.item import Item
from examgen.core.models.item_model import ItemModel
from examgen.core.problems import Problem, Severity
from examgen.core.words import Message, joined, tell, tell_n
from examgen.core.yamlfile import Document, validate

SAMPLE = 12
"""The number of instances by which a model is judged."""
_PATIENCE = 1_000
"""The number of failed draws in a row after which a model counts as exhausted."""
_STRUCTURE: tuple[Check, ...] = (
    criteria_are_known,
    levels_are_stated,
    stimuli_exist,
    text_is_normal,
    images_exist,
    keys_are_options,
)


_OF_THE_EDITION = ("pc-unknown", "level-unknown", "level-missing")
"""Faults that a new edition of the standard can cause. They are only warnings, so the rest of the bank stays
usable.
"""


class FoundModel(NamedTuple):
    """An item model with its document and position; `read` is None if its parts have faults."""

    model: ItemModel
    read: ReadModel | None
    document: Document
    position: int

    def problem(self, field: str, code: str, message: Message, severity: Severity = "error") -> Problem:
        """Return a problem of this model, located at the line of `field`."""
        where = self.document.at([self.position, *(int(p) if p.isdigit() else p for p in field.split("."))])
        return Problem(where, code, message, item=self.model.id, field=field, severity=severity)


def load_models(folder: Path) -> tuple[list[FoundModel], list[Problem]]:
    """Return the models of a unit's folder, and every fault of their files and parts."""
    found: list[FoundModel] = []
    problems: list[Problem] = []
    with steady(folder.parent):
        place = folder / MODEL_FOLDER
        paths = sorted(path for path in place.glob("*") if path.suffix in (".yaml", ".yml"))
        for path in paths:
            members, document, faults = entries_of(path, folder, MODEL_FOLDER)
            problems += faults
            for n, data in enumerate(members):
                model, faults = validate(document, [n], data, ItemModel, item=name_of(data))
                problems += faults
                if model is not None:
                    read, wrong = read_model(model)
                    one = FoundModel(model, read, document, n)
                    problems += [one.problem(field, "model-part", message) for field, message in wrong]
                    found.append(one)
    first: dict[str, FoundModel] = {}
    for one in found:
        earlier = first.setdefault(one.model.id, one)
        if earlier is not one:
            where = earlier.document.at([earlier.position])
            message = tell("is already the id of the model at {where}. Choose another id.", where=where)
            problems.append(one.problem("id", "model-twice", message))
    return found, problems


class Sample(NamedTuple):
    """Some instances of a model, and the problems that drawing them revealed."""

    instances: list[Instance]
    problems: list[Problem]


def check_models(
    shelf: UnitDraft, found: Sequence[FoundModel], rules: Sequence[Rule], settings: Settings
) -> tuple[list[Problem], list[Problem]]:
    """Check the item models of a unit. Return the faults of the models, and the findings of the item rules in
    a sample of their instances.
    """
    faults: list[Problem] = []
    findings: list[Problem] = []
    items = {one.item.id for one in shelf.found}
    of_items = [rule for rule in rules if rule.check is not None]
    for one in found:
        for enemy in one.model.enemies:
            if enemy not in items:
                message = tell("{enemy} is not an item of {code}", enemy=enemy, code=shelf.code)
                faults.append(one.problem("enemies", "enemy-unknown", message))
        sample = sampled(one)
        faults += sample.problems
        alone = [_alone(shelf, one, made.item) for made in sample.instances]
        wrong = [(n, fault) for n, own in enumerate(alone) for check in _STRUCTURE for fault in check(own)]
        faults += _told(one, sample.instances, wrong)
        ruled = [(n, judge_unit(own, of_items, settings).problems) for n, own in enumerate(alone)]
        findings += _told(
            one, sample.instances, [(n, fault) for n, all_ in ruled for fault in all_ if fault.item]
        )
    return faults, findings


def sampled(one: FoundModel) -> Sample:
    """Return the first instances of a model, with a problem if there are none or few."""
    if one.read is None:
        return Sample([], [])
    maker = Maker(one.read, seed=0)
    instances: list[Instance] = []
    try:
        instances += maker.made(SAMPLE, _PATIENCE)
    except ModelFault as fault:
        message = tell("{message} (drawn: {drawn})", message=fault.message, drawn=fault.drawn)
        return Sample(instances, [one.problem(fault.field, "model-value", message)])
    aside, problems = maker.aside, []
    reasons = joined(tell("{n:,} × {reason}", n=n, reason=REASONS[why]) for why, n in aside.most_common())
    if not instances:
        message = tell("has no usable instance ({reasons})", reasons=reasons)
        problems.append(one.problem("conditions", "model-empty", message))
    elif len(instances) < SAMPLE:
        message = tell_n(
            "has only {n} instance ({reasons})",
            "has only {n} instances ({reasons})",
            len(instances),
            reasons=reasons,
        )
        problems.append(one.problem("variables", "model-few", message, "notice"))
    if instances and aside[NOT_WRONG] > len(instances):
        message = tell(
            "leave too few options in {n} of {of} valid draws. Set conditions, or add distractors.",
            n=aside[NOT_WRONG],
            of=aside[NOT_WRONG] + len(instances),
        )
        problems.append(one.problem("distractors", "model-distractors", message, "warning"))
    places = {tuple(made.item.options).index(made.item.key[0]) for made in instances}
    if len(instances) == SAMPLE and len(places) == 1:
        message = tell("always put the key in the same place. Add distractors on both sides of it.")
        problems.append(one.problem("distractors", "model-key-place", message, "warning"))
    return Sample(instances, problems)


_Fault = tuple[int, Problem]
"""The number of an instance, and a problem of it."""


def judged(
    shelf: UnitDraft, one: FoundModel, item: Item, rules: Sequence[Rule], settings: Settings
) -> tuple[Item, list[Problem]]:
    """Return an instance with only the waivers that it needs, and the problems that prevent its use: faults
    of structure, and findings of rules without a waiver.
    """
    alone = _alone(shelf, one, item)
    found = [problem for check in _STRUCTURE for problem in check(alone)]
    found += [problem for problem in judge_unit(alone, rules, settings).problems if problem.item]
    waivers = {code: reason for code, reason in item.waivers.items() if code in {p.code for p in found}}
    faults = [p for p in found if p.severity != "notice" and p.code not in waivers]
    return item.model_copy(update={"waivers": waivers}), faults


def _alone(shelf: UnitDraft, one: FoundModel, item: Item) -> UnitDraft:
    """Return the unit with only this instance, located at its model."""
    return shelf._replace(found=(LocatedItem(item, one.document, one.position),))


def _told(one: FoundModel, instances: Sequence[Instance], faults: Iterable[_Fault]) -> Iterator[Problem]:
    """Yield the faults of instances as problems of their model, each kind once for each part of the model."""
    kinds: dict[tuple[str, str], list[_Fault]] = {}
    for n, problem in faults:
        field, _, option = (problem.field or "").partition(".")
        part = instances[n].fields.get(option, "") if field in ("options", "rationale") else field
        kinds.setdefault((problem.code, part), []).append((n, problem))
    for (_, part), same in kinds.items():
        n, problem = same[0]
        origin = instances[n].item.model
        drawn = ", ".join(f"{name} = {value}" for name, value in origin.values.items()) if origin else ""
        message = tell(
            "{message} (in {n} of {of} instances; one has {drawn})",
            message=problem.message,
            n=len({number for number, _ in same}),
            of=len(instances),
            drawn=drawn,
        )
        severity: Severity = "warning" if problem.code in _OF_THE_EDITION else problem.severity
        where = one.problem(part or "id", problem.code, message, severity)
        yield where._replace(field=part or None)


def waivers_of(found: Sequence[FoundModel]) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the location and reason of each waiver, by model and rule."""
    return {
        (one.model.id, code): (one.document.at([one.position, "waivers", code]), reason)
        for one in found
        for code, reason in one.model.waivers.items()
    }


def instances_of(items: Collection[Item], model: str) -> list[Item]:
    """Return the items that are instances of a model."""
    return [item for item in items if item.model is not None and item.model.id == model]
