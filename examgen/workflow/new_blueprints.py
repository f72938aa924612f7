"""`blueprint new`: the first blueprint of a unit, which builds where the bank allows it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from examgen import assembly
from examgen.assembly.first_blueprint import Asked, proposals, text_of
from examgen.models import BankUnit, Blueprint
from examgen.problems import BlueprintNotMet, Problem, Refused, WrongUsage
from examgen.storage import write_file
from examgen.workflow.banks import load_bank
from examgen.yamlfile import Document, parse, validate


class NewBlueprint(NamedTuple):
    """The file, what it asks for, and whether forms were found for it."""

    path: Path
    asked: Asked
    notices: tuple[str, ...]
    builds: bool


def new_blueprint(
    workspace: Path,
    code: str,
    level: int | None = None,
    occupation: str | None = None,
    path: Path | None = None,
    replace: bool = False,
) -> NewBlueprint:
    """Writes the blueprint; `Refused` where the standard does not assess the level by a written test."""
    exam = code if level is None else f"{code}-L{level}"
    path = path or Path(f"{exam}.yaml")
    if path.suffix not in (".yaml", ".yml"):
        raise WrongUsage(f"{path} must end in .yaml")
    if path.exists() and not replace:
        raise WrongUsage(f"{path} is there already: name another with --out, or --replace it")
    shelves, problems = load_bank(workspace / "item_bank", [code])
    if not shelves:
        raise Refused(f"{code} has faults: mend them first", [p for p in problems if p.severity == "error"])
    asked, notices, builds = _best(shelves[0], level, occupation, exam)
    write_file(path, text_of(asked, exam).encode(), shared=True)
    return NewBlueprint(path, asked, notices, builds)


def _best(
    shelf: BankUnit, level: int | None, occupation: str | None, exam: str
) -> tuple[Asked, tuple[str, ...], bool]:
    """The first proposal that has forms, else the last; what the standard says of it."""
    notices: tuple[str, ...] = ()
    asked = None
    for asked in proposals(shelf.unit, shelf.items, level, occupation):
        blueprint, document = _read(text_of(asked, exam))
        notices = _allowed(shelf, blueprint, document)
        try:
            assembly.assemble([shelf], blueprint, document)
        except BlueprintNotMet:
            continue
        return asked, notices, True
    assert asked is not None
    return asked, notices, False


def _read(text: str) -> tuple[Blueprint, Document]:
    document, faults = parse(text, "the new blueprint")
    blueprint, wrong = validate(document, [], document.data, Blueprint)
    if blueprint is None:
        raise Refused("no blueprint was written", [*faults, *wrong])
    return blueprint, document


def _allowed(shelf: BankUnit, blueprint: Blueprint, document: Document) -> tuple[str, ...]:
    try:
        return assembly.check_blueprint(blueprint, [shelf.unit], document)
    except Refused as refusal:
        code = str(shelf.unit.code)
        told = [
            Problem(code, one.code, one.message, field=f"--{one.field}" if one.field else None)
            for one in refusal.problems
        ]
        raise Refused("no blueprint was written", told) from refusal
