"""A blueprint file or its text → the blueprint, and the document with the lines of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from examgen.bank.instruments import drawn_from
from examgen.bank.loading import across_units, load_standard, unit_codes
from examgen.bank.statistics import DATE_UNKNOWN
from examgen.bank.whole_bank import load_bank, with_evidence
from examgen.core.models.blueprint import QUALIFICATION, Blueprint
from examgen.core.models.item import BankUnit
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell
from examgen.core.yamlfile import Document, parse, read_document, validate


def read_blueprint(path: Path, bank_folder: Path | None) -> tuple[Blueprint, Document]:
    """Read a blueprint from a file. Raises `Refused` with every fault. The bank supplies the units of a
    qualification."""
    return _checked(read_document(path, tell("the blueprint")), bank_folder)


def blueprint_of(text: str, source: str, bank_folder: Path | None = None) -> tuple[Blueprint, Document]:
    """Read a blueprint from a text, reporting faults under the file name `source`. Raises `Refused` with
    every fault."""
    document, problems = parse(text, source)
    if problems:
        raise Refused.because("{what} cannot be read", problems, what=tell("the blueprint"))
    return _checked(document, bank_folder)


def _checked(document: Document, bank_folder: Path | None) -> tuple[Blueprint, Document]:
    asked = document.data
    if isinstance(asked, dict) and asked.get("units") == QUALIFICATION:
        # The units of the bank that name the occupation at the level.
        occupation, level = asked.get("occupation"), asked.get("level")
        where = document.at(["units"])
        if not occupation or not level:
            message = tell("a qualification is an occupation at a level. Give both `occupation` and `level`.")
            raise Refused.because(
                "the blueprint has errors", [Problem(where, "qualification", message, field="units")]
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
                "no unit of the bank lists {occupation} at level {level}. The units list {known}.",
                occupation=occupation,
                level=level,
                known="; ".join(known) or tell("none"),
            )
            raise Refused.because(
                "the blueprint has errors", [Problem(where, "qualification", message, field="units")]
            )
        asked = {**asked, "units": named}
    blueprint, problems = validate(document, [], asked, Blueprint)
    if blueprint is None:
        raise Refused.because("the blueprint has errors", problems)
    if problems := list(_parts_of_one(document)):
        raise Refused.because("the blueprint has errors", problems)
    return blueprint, document


_PERCENTAGES = (
    ("pass", "percent"),
    *(("pass", part, "*") for part in ("criteria", "elements", "units")),
    ("judgement", "percent"),
    ("judgement", "units", "*"),
    ("exposure", "share"),
)
"""Paths of percentages in a blueprint that are not plausible below one."""


def _parts_of_one(document: Document) -> Iterator[Problem]:
    """Yield problems for numbers such as 0.6 if 60 is probably meant; with a pass mark of 0.6 % everybody
    passes."""
    for path in _PERCENTAGES:
        for at, value in _found_at(document.data, path):
            if isinstance(value, float) and 0 < value < 1:
                message = tell(
                    "{value} is ambiguous. Write {hundredfold}% or {value}%.",
                    value=value,
                    hundredfold=f"{value * 100:g}",
                )
                yield Problem(document.at(at), "part-of-one", message, field=".".join(at))


def _found_at(data: object, path: Sequence[str]) -> Iterator[tuple[list[str], object]]:
    """Yield the values at a path of a document, `*` matching any key, with their full paths."""
    if not path:
        yield [], data
    elif isinstance(data, dict):
        for key in data if path[0] == "*" else {path[0]} & data.keys():
            for rest, value in _found_at(data[key], path[1:]):
                yield [str(key), *rest], value


def shelves_of(workspace: Path, blueprint: Blueprint) -> tuple[list[BankUnit], list[Problem]]:
    """Return the units of a blueprint with the evidence on their items, and warnings about them."""
    shelves, problems = load_bank(workspace / "item_bank", blueprint.units)
    if len(shelves) < len(blueprint.units):
        raise Refused.because(
            "the item bank has errors. Fix them first.", [p for p in problems if p.severity == "error"]
        )
    shelves = [*drawn_from(shelves, blueprint)]
    if clashes := across_units(shelves):
        raise Refused.because("these units cannot be in one exam", clashes)
    known, faults = with_evidence(shelves, workspace / "item_bank", blueprint.exam)
    undated = [problem for problem in faults if problem.code == DATE_UNKNOWN]
    if undated and blueprint.exclude_last:
        raise Refused.because("The blueprint depends on administration dates that are not recorded.", undated)
    return known, [*problems, *faults]


def unread(warnings: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return the warnings about statistics or uses that affect the forms."""
    return tuple(problem for problem in warnings if problem.code.startswith(("statistics-", "use-")))
