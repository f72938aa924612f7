"""Applies the rules to units of the bank; findings that an item waives are returned separately.

A waiver without effect is itself a warning: `waiver-idle` if its rule finds nothing, `waiver-unknown` if
there is no such rule. Retired items are not judged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, Field, create_model

from examgen.bank.checks import UnitDraft
from examgen.bank.rules import NEAR_DUPLICATE, RULES, likeness
from examgen.bank.rules.rule import Rule, RuleFault
from examgen.bank.settings import WorkspaceSettings
from examgen.core.models.field_types import Model
from examgen.core.problems import Problem
from examgen.core.words import tell
from examgen.core.yamlfile import Document, suggestion, validate

CODES = tuple(rule.code for rule in RULES)


class Waived(NamedTuple):
    """A finding that its item waives, and the reason."""

    problem: Problem
    reason: str


class Findings(NamedTuple):
    """The findings in a bank: those that remain, and those that were waived."""

    problems: list[Problem]
    waived: list[Waived]


def _short(value: object) -> object:
    """Return the mapping that `off`, `on` or a severity such as `warning` abbreviates; other values
    unchanged.
    """
    if value is False or value == "off":
        return {"off": True}
    if value is True or value == "on":
        return {}
    return {"severity": value} if isinstance(value, str) else value


@cache
def _settings_model() -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for rule in RULES:
        own = create_model(f"{rule.setting.__name__}Entry", __base__=rule.setting, off=(bool, False))
        entry = Annotated[own, BeforeValidator(_short)]  # type: ignore[valid-type]
        fields[rule.code.replace("-", "_")] = (entry, Field(default=own(), alias=rule.code))
    return create_model("Rules", __base__=Model, **fields)


Settings = Mapping[str, Any]
"""The settings of the rules that are on, by code."""


def read_settings(document: Document | None) -> tuple[Settings, list[Problem]]:
    """Return the rule settings of a workspace and the faults of its file; the built-in settings without a
    file.
    """
    if document is None or document.data is None:
        return {rule.code: rule.setting() for rule in RULES}, []
    top, problems = validate(document, [], document.data, WorkspaceSettings)
    read, faults = validate(document, ["rules"], top.rules if top else {}, _settings_model())
    chosen = read if read is not None else _settings_model()()
    entries = {rule.code: getattr(chosen, rule.code.replace("-", "_")) for rule in RULES}
    return {code: entry for code, entry in entries.items() if not entry.off}, [*problems, *faults]


class JudgedUnit(NamedTuple):
    """The findings of a judged unit, and the data that rules across units need.

    It can be sent between processes. `stems` are its only texts.
    """

    code: str
    problems: list[Problem]
    stems: list[likeness.ItemStem]
    waivers: dict[tuple[str, str], tuple[str, str]]


def chosen(settings: Settings, only: Collection[str] = ()) -> list[Rule]:
    """Return the rules that are on; with `only`, those of them that it names."""
    return [rule for rule in RULES if rule.code in settings and (not only or rule.code in only)]


def judge_unit(shelf: UnitDraft, rules: Sequence[Rule], settings: Settings) -> JudgedUnit:
    """Return the findings of the rules in a unit, with the data that rules across units need."""
    sound = [one for one in shelf.found if set(one.item.key) < set(one.item.options)]
    shelf = shelf._replace(found=tuple(one for one in sound if one.item.status != "retired"))
    kept = JudgedUnit(shelf.code, [], [], {})
    for one in shelf.found:
        for code, reason in one.item.waivers.items():
            kept.waivers[one.item.id, code] = (one.document.at([one.position, "waivers", code]), reason)
    for rule in rules:
        if rule.code == NEAR_DUPLICATE:
            kept.stems.extend(likeness.stems(shelf))
        for fault in rule.check(shelf, settings[rule.code]) if rule.check else ():
            kept.problems.append(_problem(rule, fault, shelf, settings))
    return kept


def settle(
    units: Iterable[JudgedUnit], rules: Sequence[Rule], settings: Settings, whole_bank: bool = True
) -> Findings:
    """Return the findings of all units, in order, and those across units, with waivers applied.

    Unless `whole_bank` is set, idle waivers of rules across units are not reported.
    """
    problems: list[Problem] = []
    stems: list[likeness.ItemStem] = []
    waivers: dict[tuple[str, str], tuple[str, str]] = {}
    for unit in units:
        problems += unit.problems
        stems += unit.stems
        waivers |= unit.waivers
    for rule in rules:
        if rule.code == NEAR_DUPLICATE:
            twins = [*likeness.twins(stems)]
            are_twins = {pair.later.item for pair in twins}
            alike = likeness.near_duplicates(stems, settings[rule.code])
            for pair in (*twins, *(pair for pair in alike if pair.later.item not in are_twins)):
                severity = "error" if pair.is_contradiction else rule.severity
                problems.append(
                    Problem(
                        pair.later.where,
                        rule.code,
                        likeness.message(pair),
                        pair.later.item,
                        "key" if pair.keys_differ else "stem",
                        settings[rule.code].severity or severity,
                    )
                )
    stand: list[Problem] = []
    waived: list[Waived] = []
    for problem in problems:
        place = waivers.get((problem.item or "", problem.code))
        waived += [Waived(problem, place[1])] if place else []
        stand += [] if place else [problem]
    ran = {rule.code for rule in rules if whole_bank or rule.check is not None}
    # Waivers without effect, and those of unknown rules.
    used = {(one.problem.item, one.problem.code) for one in waived}
    for (item, code), (where, _) in waivers.items():
        field = f"waivers.{code}"
        if code not in CODES:
            message = tell(
                "{code} is not a rule that can be waived{suggestion}",
                code=code,
                suggestion=suggestion(code, CODES),
            )
            stand.append(Problem(where, "waiver-unknown", message, item, field, "warning"))
        elif code in ran and (item, code) not in used:
            message = tell("{code} no longer applies here. Remove the waiver.", code=code)
            stand.append(Problem(where, "waiver-idle", message, item, field, "warning"))
    return Findings(stand, waived)


def _problem(rule: Rule, fault: RuleFault, shelf: UnitDraft, settings: Settings) -> Problem:
    severity = settings[rule.code].severity or fault.severity or rule.severity
    if fault.found is not None:
        return fault.found.problem(fault.field, rule.code, fault.message, severity)
    return Problem(f"{shelf.code}/items", rule.code, fault.message, field=fault.field, severity=severity)
