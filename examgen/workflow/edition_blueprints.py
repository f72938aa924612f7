"""Blueprints of the bank, and a new edition of a unit → which of them hold no longer, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from examgen import assembly, bank
from examgen.bank import editions as shelved
from examgen.models import BankUnit, Blueprint, Unit
from examgen.problems import ExamgenError, Problem, Refused
from examgen.storage import read_input, sha256
from examgen.workflow.banks import load_bank
from examgen.workflow.blueprints import read_blueprint
from examgen.workflow.evidence import with_evidence
from examgen.yamlfile import Document


class BankBlueprint(NamedTuple):
    """A blueprint of the bank and the file that it stands in."""

    name: str
    blueprint: Blueprint
    document: Document


def unit_folder(bank_folder: Path, code: str) -> Path:
    """The folder of a unit; `Refused` where the bank has none of that code."""
    if code not in bank.unit_codes(bank_folder):
        load_bank(bank_folder, [code])
        raise Refused(f"{code} has no unit.yaml: import its document with `examgen unit import FILE`")
    return bank_folder / code


def edition_hashes(bank_folder: Path, codes: Sequence[str]) -> Mapping[str, str]:
    """The present edition of each unit: the SHA-256 of its `unit.yaml`."""
    return {code: sha256(read_input(bank_folder / code / "unit.yaml")) for code in codes}


def blueprints_of(bank_folder: Path, code: str) -> list[BankBlueprint]:
    """The blueprints in the bank's folders that examine a unit; those with faults are left out."""
    found, known = [], bank.unit_codes(bank_folder)
    for path in sorted(bank_folder.glob("*/blueprints/*.y*ml")):
        try:
            blueprint, document = read_blueprint(path, bank_folder)
        except ExamgenError:
            continue
        if code in blueprint.units and set(blueprint.units) <= set(known):
            found.append(BankBlueprint(path.relative_to(bank_folder).as_posix(), blueprint, document))
    return found


def no_longer_allowed(bank_folder: Path, plans: Sequence[BankBlueprint], new: Unit) -> list[Problem]:
    """Why the new edition does not allow blueprints that the present one allows."""
    problems: list[Problem] = []
    for plan in plans:
        before = _units(bank_folder, plan.blueprint)
        known = {fault.message for fault in _refusals(plan, before)}
        after = _refusals(plan, _with(new, before))
        problems += [fault for fault in after if fault.message not in known]
    return problems


def _with(new: Unit, units: Sequence[Unit]) -> list[Unit]:
    return [new if unit.code == new.code else unit for unit in units]


def lacking(bank_folder: Path, plans: Sequence[BankBlueprint], old: BankUnit, new: BankUnit) -> list[Problem]:
    """What the bank lacks for blueprints once items were carried over, and did not lack before; and quotas
    that contradict each other now, as where two criteria of five items each became one."""
    problems = []
    for plan in plans:
        if _refusals(plan, _with(new.unit, _units(bank_folder, plan.blueprint))):
            continue
        others = [code for code in plan.blueprint.units if code != old.unit.code]
        shelves = load_bank(bank_folder, others)[0] if others else []
        # statistics stand under the unit's code, whichever edition its items are of
        shelves, _ = with_evidence(shelves, bank_folder)
        [old, new], _ = with_evidence([old, new], bank_folder)
        known = _lacks(plan.blueprint, [*shelves, old])
        added = [
            Problem(plan.document.at(field.split(".")), "items-lacking", sentence, field=field)
            for sentence, field in _lacks(plan.blueprint, [*shelves, new]).items()
            if sentence not in known
        ]
        if not added and not _contradictions(plan, [*shelves, old]):
            added = _contradictions(plan, [*shelves, new])
        problems += added
    return problems


def _contradictions(plan: BankBlueprint, shelves: Sequence[BankUnit]) -> list[Problem]:
    try:
        return assembly.contradictions(shelves, plan.blueprint, plan.document)
    except ExamgenError:  # `build` says it, and it is not the edition's doing
        return []


def _lacks(blueprint: Blueprint, shelves: Sequence[BankUnit]) -> dict[str, str]:
    return {
        assembly.sentence(need, blueprint): need.field
        for need in assembly.needs(shelves, blueprint)
        if need.lacking
    }


def _units(bank_folder: Path, blueprint: Blueprint) -> list[Unit]:
    return [shelved.read_edition(unit_folder(bank_folder, code), "present").unit for code in blueprint.units]


def _refusals(plan: BankBlueprint, units: Sequence[Unit]) -> tuple[Problem, ...]:
    try:
        assembly.check_blueprint(plan.blueprint, units, plan.document)
    except Refused as refusal:
        return refusal.problems
    return ()
