"""Editions of a unit: storing, listing and comparing them, and the blueprints of the bank that a new edition
no longer allows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from examgen.assembly.blueprints import read_blueprint
from examgen.assembly.compliance import check_blueprint
from examgen.bank import editions as shelved
from examgen.bank.loading import load_unit, unit_codes, unit_yaml
from examgen.bank.reviews.statuses import approval, reviews_of
from examgen.bank.standards.differing import UnitDifference, differences, unchanged
from examgen.bank.whole_bank import load_bank
from examgen.core.files import read_input, sha256
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.item import BankUnit
from examgen.core.models.standard import Unit
from examgen.core.problems import ExamgenError, Problem, Refused
from examgen.core.words import command, tell
from examgen.core.yamlfile import Document


class BankBlueprint(NamedTuple):
    """A blueprint of the bank, with its file name and document."""

    name: str
    blueprint: Blueprint
    document: Document


def unit_folder(bank_folder: Path, code: str) -> Path:
    """Return the folder of a unit. Raises `Refused` if the bank has no unit with this code."""
    if code not in unit_codes(bank_folder):
        load_bank(bank_folder, [code])
        raise Refused.because(
            "{code} has no unit.yaml. Import its document with {command}.",
            code=code,
            command=command("unit import", "FILE"),
        )
    return bank_folder / code


def blueprints_of(bank_folder: Path, code: str) -> list[BankBlueprint]:
    """Return the blueprints in the bank's folders that cover a unit, without those that have faults."""
    found, known = [], unit_codes(bank_folder)
    for path in sorted(bank_folder.glob("*/blueprints/*.y*ml")):
        try:
            blueprint, document = read_blueprint(path, bank_folder)
        except ExamgenError:
            continue
        if code in blueprint.units and set(blueprint.units) <= set(known):
            found.append(BankBlueprint(path.relative_to(bank_folder).as_posix(), blueprint, document))
    return found


def no_longer_allowed(bank_folder: Path, plans: Sequence[BankBlueprint], new: Unit) -> list[Problem]:
    """Return the reasons why the new edition does not allow blueprints that the present one allows."""
    problems: list[Problem] = []
    for plan in plans:
        before = _units(bank_folder, plan.blueprint)
        known = {fault.message for fault in _refusals(plan, before)}
        after = _refusals(plan, [new if unit.code == new.code else unit for unit in before])
        problems += [fault for fault in after if fault.message not in known]
    return problems


def _units(bank_folder: Path, blueprint: Blueprint) -> list[Unit]:
    return [shelved.read_edition(unit_folder(bank_folder, code), "present").unit for code in blueprint.units]


def _refusals(plan: BankBlueprint, units: Sequence[Unit]) -> tuple[Problem, ...]:
    try:
        check_blueprint(plan.blueprint, units, plan.document)
    except Refused as refusal:
        return refusal.problems
    return ()


Filing = Literal["new", "same", "present", "waiting"]


class Filed(NamedTuple):
    """The outcome of filing an edition that was just read: its state, the files to write, and the reasons why
    it waits or the blueprints that it no longer allows."""

    state: Filing
    folder: Path
    edition: str
    files: dict[Path, bytes]
    reasons: tuple[Problem, ...] = ()


def file_edition(folder: Path, unit: Unit, document: str, source: bytes) -> Filed:
    """Return how to file a unit that was just read. It becomes the present edition if no item would lose its
    criterion; otherwise it waits."""
    path, data = folder / "unit.yaml", unit_yaml(unit).encode()
    edition = sha256(data)
    if not path.is_file():
        return Filed("new", folder, edition, {folder / shelved.SOURCE_FILE: source, path: data})
    present, problems = shelved.read_standard(read_input(path), str(path))
    if present is not None and _content(present) == _content(unit):
        edition = sha256(read_input(path))
        missing = not (folder / shelved.SOURCE_FILE).exists() and (
            present.source is not None and present.source.sha256 == sha256(source)
        )
        return Filed("same", folder, edition, {folder / shelved.SOURCE_FILE: source} if missing else {})
    reasons = problems if present is None else _lose(folder, present, unit, document)
    if not reasons:
        refused = no_longer_allowed(folder.parent, blueprints_of(folder.parent, folder.name), unit)
        files = shelved.replacing(folder, data, source, {"how": "import"})
        return Filed("present", folder, edition, files, tuple(refused))
    place = shelved.edition_folder(folder, data)
    return Filed("waiting", place, edition, shelved.edition_files(folder, data, source), tuple(reasons))


def _content(unit: Unit) -> dict[str, Any]:
    """Return the content of a unit without its source and its uncertainties of reading."""
    return unit.model_dump(mode="json", exclude={"source", "warnings", "error"})


def _lose(folder: Path, present: Unit, unit: Unit, document: str) -> list[Problem]:
    """Return problems with the items of a unit that would arise if this became the present edition."""
    shelf, problems = load_unit(folder)
    if shelf is None:
        return [problem for problem in problems if problem.severity == "error"]
    used = [*shelf.items, *(item for one in shelf.instruments for item in one.items)]
    needed = sorted({pc for item in used for pc in item.pcs})
    same, known = unchanged(present, unit), {criterion.code for criterion in unit.criteria}
    gone = [pc for pc in needed if pc not in known]
    other = [pc for pc in needed if pc in known and pc not in same]
    levels = sorted({level for item in used for level in item.levels} - set(unit.levels))
    words = [
        tell("does not have {gone}", gone=", ".join(gone)) if gone else "",
        tell("has {other} in other words or in another element", other=", ".join(other)) if other else "",
        tell("does not state level {levels}", levels=", ".join(map(str, levels))) if levels else "",
        tell("states levels") if unit.levels and any(not item.levels for item in used) else "",
    ]
    code = "items-without-criterion"
    return [
        Problem(
            document,
            code,
            tell("{what}, for which {folder} contains items", what=what, folder=folder.name),
            severity="warning",
        )
        for what in words
        if what
    ]


def list_editions(bank_folder: Path, code: str) -> list[shelved.Edition]:
    """Return the editions of a unit, the present one first."""
    return shelved.editions(unit_folder(bank_folder, code))


def why_waiting(bank_folder: Path, code: str, edition: str) -> tuple[Problem, ...]:
    """Return the problems with items that prevent an edition from becoming the present one automatically;
    empty for an earlier edition."""
    folder = unit_folder(bank_folder, code)
    present, waiting = shelved.read_edition(folder, "present"), shelved.edition_named(folder, edition)
    if waiting.state != "waiting":
        return ()
    return tuple(_lose(folder, present.unit, waiting.unit, f"{code}@{waiting.short}"))


# ── comparing ────────────────────────────────────────────────────────────────────────────────


class Touched(NamedTuple):
    """The items, including tasks of instruments, that a difference affects, and the items and instruments
    among them with a valid approval."""

    items: tuple[str, ...]
    approvals: tuple[str, ...]


class EditionComparison(NamedTuple):
    """Two editions, the older first, with every difference and what it affects, and the reasons why
    blueprints would no longer be allowed. If the newer edition is the present one, nothing is affected,
    because items already use it."""

    old: shelved.Edition
    new: shelved.Edition
    differences: list[tuple[UnitDifference, Touched]]
    blueprints: list[Problem]


def compare(bank_folder: Path, code: str, edition: str) -> EditionComparison:
    """Return the differences between the present edition of a unit and another one."""
    folder = unit_folder(bank_folder, code)
    present, other = shelved.read_edition(folder, "present"), shelved.edition_named(folder, edition)
    if other.state == "earlier":
        found = differences(other.unit, present.unit)
        return EditionComparison(other, present, [(one, Touched((), ())) for one in found], [])
    shelves, _ = load_bank(bank_folder, [code])
    history, _ = reviews_of(folder)
    approved = {one.item for one in history if approval(one.item, history)}
    found = differences(present.unit, other.unit)
    return EditionComparison(
        present,
        other,
        [(one, _touched(one, shelves, approved)) for one in found],
        no_longer_allowed(bank_folder, blueprints_of(bank_folder, code), other.unit),
    )


def _touched(one: UnitDifference, shelves: Sequence[BankUnit], approved: set[str]) -> Touched:
    """Return what is affected by a change to a criterion, to a level or to its written test."""
    code = one.old.code if one.about == "criterion" and one.kinds != ("unchanged",) and one.old else None
    is_level = (one.about == "level" and one.kinds == ("removed",)) or "written_test_lost" in one.kinds
    owners = {item.id: item.id for shelf in shelves for item in shelf.items}
    owners |= {task.id: held.id for shelf in shelves for held in shelf.instruments for task in held.tasks}
    items = [
        item.id
        for shelf in shelves
        for item in (*shelf.items, *(task for held in shelf.instruments for task in held.items))
        if code in item.pcs or (is_level and (one.level is None or one.level in item.levels))
    ]
    owning = dict.fromkeys(owners[item] for item in items)
    return Touched(tuple(items), tuple(owner for owner in owning if owner in approved))
