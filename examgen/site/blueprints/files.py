"""The blueprint files of a unit, and who may build or replace an exam with them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from django.http import Http404

from examgen.assembly.blueprints import blueprint_of, read_blueprint
from examgen.core.files import read_input, sha256
from examgen.core.models.blueprint import Blueprint
from examgen.core.problems import Refused
from examgen.core.readings import Readings
from examgen.core.yamlfile import Document
from examgen.site.access import may
from examgen.site.accounts.models import Role
from examgen.site.workspace import bank, exam_folders, unit_folder, units_of_exam, workspace
from examgen.sitting.setting_aside import in_use

MOST_CHARACTERS = 200_000
"""The maximum length of a blueprint that the site accepts, in characters."""


def blueprints_of(unit: str) -> dict[str, Path]:
    """Returns the file of each blueprint of a unit, by name."""
    found = sorted((unit_folder(unit) / "blueprints").glob("*.y*ml"))
    return {path.stem: path for path in found if path.suffix in {".yaml", ".yml"} and path.is_file()}


class ListedBlueprint(NamedTuple):
    """A blueprint in a list: its file name, the blueprint (None if it has faults), and when it was last
    changed."""

    name: str
    asked: Blueprint | None
    written_at: datetime


def listed_blueprints(unit: str) -> list[ListedBlueprint]:
    """Returns the blueprints of a unit, sorted by level, then by name."""
    found = []
    for name, path in blueprints_of(unit).items():
        asked = _read_before.of(path, [path], partial(_asked, path))
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        found.append(ListedBlueprint(name, asked, written))
    return sorted(found, key=lambda one: ((one.asked.level if one.asked else None) or 0, one.name))


_read_before = Readings[Blueprint | None](512)


def _asked(path: Path) -> Blueprint | None:
    try:
        return read_blueprint(path, bank())[0]
    except Refused:
        return None


def blueprint_file(unit: str, name: str) -> Path:
    """Returns the file of that blueprint. Raises Http404 if there is none."""
    try:
        return blueprints_of(unit)[name]
    except KeyError:
        raise Http404 from None


def free_name(name: str, taken: Collection[str]) -> str:
    """Returns the name with the lowest number appended that is not taken: for `level-4`, that is `level-4-2`;
    for `level-4-2`, it is `level-4-3`."""
    base, _, number = name.rpartition("-")
    name = base if number.isdecimal() and base in taken else name
    return next(one for one in (f"{name[:95]}-{n}" for n in count(2)) if one not in taken)


def free_exam(unit: str, name: str) -> str:
    """Returns the name if no exam and no blueprint of the unit has it, so that both can have the same;
    otherwise the next free one."""
    there = listed_blueprints(unit)
    names = {one.name for one in there} | {one.asked.exam for one in there if one.asked}
    taken = exam_folders().keys() | names
    return free_name(name, taken) if name in taken else name


def text_of(path: Path) -> str:
    """Returns the text of a blueprint. Bytes that are not UTF-8 become replacement characters."""
    return read_input(path).decode("utf-8-sig", "replace").replace("\r\n", "\n")


def mark_of(text: str) -> str:
    """Returns a hash by which a form recognises the text that it was made from."""
    return sha256(text.encode())[:16]


def read(text: str, name: str) -> tuple[Blueprint, Document]:
    """Returns the blueprint in a text. Raises Refused with every fault."""
    return blueprint_of(text, f"{name}.yaml", bank())


def check_may(user: Any, blueprint: Blueprint, is_built: bool = False) -> None:
    """Raises Refused unless the user is an assembler of all units of the blueprint.

    With `is_built`, the user must also be an assembler of an existing exam with the same name.
    """
    if not may(user, {Role.ASSEMBLER}, blueprint.units):
        lacking = [code for code in blueprint.units if not may(user, {Role.ASSEMBLER}, [code])]
        raise Refused.because(
            "you are not a coordinator of {units}. An administrator can give you that role.",
            units=listed(lacking),
        )
    there = units_of_exam(blueprint.exam)
    if is_built and there is not None and not may(user, {Role.ASSEMBLER}, there):
        raise Refused.because(
            "an exam {exam} of other units already exists. Choose another name.", exam=blueprint.exam
        )


def check_replace(user: Any, exam: str, confirmed: str) -> None:
    """Raises Refused unless the user typed the exam's name and, if the exam is scored, is an approver of its
    units."""
    if confirmed != exam:
        raise Refused.because("write {exam} to set the existing exam of that name aside", exam=exam)
    if in_use(workspace(), exam).runs and not may(user, {Role.APPROVER}, units_of_exam(exam)):
        raise Refused.because(
            "{exam} has been scored. It must be set aside by a coordinator who is also an approver.",
            exam=exam,
        )


def listed(names: Collection[str]) -> str:
    """Returns the codes, separated by commas."""
    return ", ".join(names)
