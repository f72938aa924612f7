"""Blueprints: the file of one read, with the lines of its parts.

`blueprint new`: the first blueprint of a unit, which builds where the bank allows it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen.assembly.compliance import check_blueprint
from examgen.bank.loading import load_standard, unit_codes
from examgen.bank.whole_bank import load_bank
from examgen.core.files import read_document
from examgen.core.models.blueprint import QUALIFICATION, Blueprint
from examgen.core.models.item import BankUnit
from examgen.core.problems import BlueprintNotMet, Problem, Refused, WrongUsage
from examgen.core.storage import write_file
from examgen.core.words import Language, tell
from examgen.core.yamlfile import Document, parse, validate

if TYPE_CHECKING:
    from examgen.assembly.first_blueprint import Asked


class NewBlueprint(NamedTuple):
    """The file, what it asks for, and whether forms were found for it."""

    path: Path
    asked: Asked
    notices: tuple[str, ...]
    builds: bool


def new_blueprint(
    workspace: Path,
    code: str,
    level: int | None,
    occupation: str | None,
    path: Path | None,
    replace: bool = False,
    language: Language = "en",
) -> NewBlueprint:
    """Writes the blueprint, its comments in that language; `Refused` where the standard does not assess the
    level by a written test."""
    from examgen.assembly.first_blueprint import text_of

    exam = code if level is None else f"{code}-L{level}"
    path = path or Path(f"{exam}.yaml")
    if path.suffix not in (".yaml", ".yml"):
        raise WrongUsage(tell("{path} must end in .yaml", path=path))
    if path.exists() and not replace:
        raise WrongUsage(tell("{path} is there already: name another with --out, or --replace it", path=path))
    shelves, problems = load_bank(workspace / "item_bank", [code])
    if not shelves:
        raise Refused(
            tell("{code} has faults: mend them first", code=code),
            [p for p in problems if p.severity == "error"],
        )
    asked, notices, builds = _best(shelves[0], level, occupation, exam)
    write_file(path, text_of(asked, exam, language).encode(), shared=True)
    return NewBlueprint(path, asked, notices, builds)


def _best(
    shelf: BankUnit, level: int | None, occupation: str | None, exam: str
) -> tuple[Asked, tuple[str, ...], bool]:
    """The first proposal that has forms, else the last; what the standard says of it."""
    from examgen.assembly.assemble import assemble
    from examgen.assembly.first_blueprint import proposals, text_of

    notices: tuple[str, ...] = ()
    asked = None
    for asked in proposals(shelf.unit, shelf.items, level, occupation):
        document, faults = parse(text_of(asked, exam), tell("the new blueprint"))
        blueprint, wrong = validate(document, [], document.data, Blueprint)
        if blueprint is None:
            raise Refused(tell("no blueprint was written"), [*faults, *wrong])
        notices = _allowed(shelf, blueprint, document)
        try:
            assemble([shelf], blueprint, document)
        except BlueprintNotMet:
            continue
        return asked, notices, True
    assert asked is not None
    return asked, notices, False


def _allowed(shelf: BankUnit, blueprint: Blueprint, document: Document) -> tuple[str, ...]:
    try:
        return check_blueprint(blueprint, [shelf.unit], document)
    except Refused as refusal:
        code = str(shelf.unit.code)
        told = [
            Problem(code, one.code, one.message, field=f"--{one.field}" if one.field else None)
            for one in refusal.problems
        ]
        raise Refused(tell("no blueprint was written"), told) from refusal


def read_blueprint(path: Path, bank_folder: Path | None) -> tuple[Blueprint, Document]:
    """The blueprint of a file; `Refused` with every fault. The bank tells the units of a qualification."""
    return _checked(read_document(path, tell("the blueprint")), bank_folder)


def blueprint_of(text: str, source: str, bank_folder: Path | None = None) -> tuple[Blueprint, Document]:
    """The blueprint that a text says, as of a file of that name; `Refused` with every fault."""
    document, problems = parse(text, source)
    if problems:
        raise Refused(tell("{what} cannot be read", what=tell("the blueprint")), problems)
    return _checked(document, bank_folder)


def _checked(document: Document, bank_folder: Path | None) -> tuple[Blueprint, Document]:
    asked = document.data
    if isinstance(asked, dict) and asked.get("units") == QUALIFICATION:
        # The units of the bank that name the occupation at the level.
        occupation, level = asked.get("occupation"), asked.get("level")
        where = document.at(["units"])
        if not occupation or not level:
            message = tell("a qualification is an occupation at a level: name both, `occupation` and `level`")
            raise Refused(
                tell("the blueprint is not right"), [Problem(where, "qualification", message, field="units")]
            )
        codes = unit_codes(bank_folder) if bank_folder else []
        units = [unit for code in codes if bank_folder and (unit := load_standard(bank_folder / code))]
        named = [
            str(unit.code)
            for unit in units
            if any(one.name == occupation and level in one.levels for one in unit.occupations)
        ]
        if not named:
            known = sorted(
                {
                    f"{one.name} ({', '.join(map(str, one.levels))})"
                    for unit in units
                    for one in unit.occupations
                }
            )
            message = tell(
                "no unit of the bank names {occupation} at level {level}; they name {known}",
                occupation=occupation,
                level=level,
                known="; ".join(known) or tell("none"),
            )
            raise Refused(
                tell("the blueprint is not right"), [Problem(where, "qualification", message, field="units")]
            )
        asked = {**asked, "units": named}
    blueprint, problems = validate(document, [], asked, Blueprint)
    if blueprint is None:
        raise Refused(tell("the blueprint is not right"), problems)
    return blueprint, document
