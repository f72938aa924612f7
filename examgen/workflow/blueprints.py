"""Blueprints: the file of one read, with the lines of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from examgen import bank
from examgen.models import QUALIFICATION, Blueprint
from examgen.problems import Problem, Refused
from examgen.workflow.files import read_document
from examgen.yamlfile import Document, validate


def read_blueprint(path: Path, bank_folder: Path | None = None) -> tuple[Blueprint, Document]:
    """The blueprint of a file; `Refused` with every fault. The bank tells the units of a qualification."""
    document = read_document(path, "the blueprint")
    asked = document.data
    if isinstance(asked, dict) and asked.get("units") == QUALIFICATION:
        asked = {**asked, "units": _qualification(asked, bank_folder, document)}
    blueprint, problems = validate(document, [], asked, Blueprint)
    if blueprint is None:
        raise Refused("the blueprint is not right", problems)
    return blueprint, document


def _qualification(asked: dict[str, Any], bank_folder: Path | None, document: Document) -> Sequence[str]:
    """The units of the bank that name the occupation at the level."""
    occupation, level = asked.get("occupation"), asked.get("level")
    where = document.at(["units"])
    if not occupation or not level:
        message = "a qualification is an occupation at a level: name both, `occupation` and `level`"
        raise Refused("the blueprint is not right", [Problem(where, "qualification", message, field="units")])
    codes = bank.unit_codes(bank_folder) if bank_folder else []
    units = [unit for code in codes if bank_folder and (unit := bank.load_standard(bank_folder / code))]
    named = [
        str(unit.code)
        for unit in units
        if any(one.name == occupation and level in one.levels for one in unit.occupations)
    ]
    if not named:
        known = sorted(
            {f"{one.name} ({', '.join(map(str, one.levels))})" for unit in units for one in unit.occupations}
        )
        message = (
            f"no unit of the bank names {occupation} at level {level}; they name {'; '.join(known) or 'none'}"
        )
        raise Refused("the blueprint is not right", [Problem(where, "qualification", message, field="units")])
    return named
