"""Editions of a unit: kept beside each other, listed, compared; and which blueprints of the bank a new
edition no longer allows, and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from examgen.assembly.assemble import contradictions
from examgen.assembly.blueprints import read_blueprint
from examgen.assembly.compliance import check_blueprint
from examgen.assembly.supply import quota_supplies
from examgen.assembly.supply import sentence as supply_sentence
from examgen.bank import editions as shelved
from examgen.bank.loading import load_unit, unit_codes, unit_yaml
from examgen.bank.reviews.statuses import REVIEWS_FILE, Review, approval
from examgen.bank.standards.differing import UnitDifference, differences, unchanged
from examgen.bank.standards.reading import read_unit
from examgen.bank.texts import read_records
from examgen.bank.whole_bank import load_bank, with_evidence
from examgen.core.files import read_files, read_input, sha256
from examgen.core.models.blueprint import Blueprint, matches
from examgen.core.models.item import BankUnit, Item
from examgen.core.models.standard import Unit
from examgen.core.problems import ExamgenError, Problem, Refused
from examgen.core.words import Message, command, joined, tell
from examgen.core.yamlfile import Document


class BankBlueprint(NamedTuple):
    """A blueprint of the bank and the file that it stands in."""

    name: str
    blueprint: Blueprint
    document: Document


def unit_folder(bank_folder: Path, code: str) -> Path:
    """The folder of a unit; `Refused` where the bank has none of that code."""
    if code not in unit_codes(bank_folder):
        load_bank(bank_folder, [code])
        raise Refused(
            tell(
                "{code} has no unit.yaml. Import its document with {command}.",
                code=code,
                command=command("unit import", "FILE"),
            )
        )
    return bank_folder / code


def blueprints_of(bank_folder: Path, code: str) -> list[BankBlueprint]:
    """The blueprints in the bank's folders that examine a unit; those with faults are left out."""
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
    """Return the shortages of blueprints that carrying items over would cause, and the quotas that would
    contradict each other, for example if two criteria of five items each became one."""
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
        return contradictions(shelves, plan.blueprint, plan.document)
    except ExamgenError:  # `build` says it, and it is not the edition's doing
        return []


def _lacks(blueprint: Blueprint, shelves: Sequence[BankUnit]) -> dict[Message, str]:
    return {
        supply_sentence(one, blueprint): one.field
        for one in quota_supplies(shelves, blueprint)
        if one.lacking
    }


def _units(bank_folder: Path, blueprint: Blueprint) -> list[Unit]:
    return [shelved.read_edition(unit_folder(bank_folder, code), "present").unit for code in blueprint.units]


def _refusals(plan: BankBlueprint, units: Sequence[Unit]) -> tuple[Problem, ...]:
    try:
        check_blueprint(plan.blueprint, units, plan.document)
    except Refused as refusal:
        return refusal.problems
    return ()


_YAML = (".yaml", ".yml")

Filing = Literal["new", "same", "present", "waiting"]


class Filed(NamedTuple):
    """Place of an edition just read: the files to write, and why it waits or what it no longer allows."""

    state: Filing
    folder: Path
    edition: str
    files: dict[Path, bytes]
    reasons: tuple[Problem, ...] = ()


def file_edition(folder: Path, unit: Unit, document: str, source: bytes) -> Filed:
    """A unit just read becomes the present edition where no item would lose its criterion; else it waits."""
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
        plans = blueprints_of(folder.parent, folder.name)
        shelf, _ = load_unit(folder)
        refused = tuple(
            no_longer_allowed(folder.parent, plans, unit)
            + (
                []
                if shelf is None
                else lacking(folder.parent, plans, shelf, shelf.model_copy(update={"unit": unit}))
            )
        )
        files = shelved.replacing(folder, data, source, {"how": "import"})
        return Filed("present", folder, edition, files, refused)
    place = shelved.edition_folder(folder, data)
    return Filed("waiting", place, edition, shelved.edition_files(folder, data, source), tuple(reasons))


def _content(unit: Unit) -> dict[str, Any]:
    """Return the content of a unit without its source and its uncertainties of reading."""
    return unit.model_dump(mode="json", exclude={"source", "warnings", "error"})


def _lose(folder: Path, present: Unit, unit: Unit, document: str) -> list[Problem]:
    """Return the losses of the items of a unit if it became the present edition."""
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
    """The editions of a unit, the present one first."""
    return shelved.editions(unit_folder(bank_folder, code))


def why_waiting(bank_folder: Path, code: str, edition: str) -> tuple[Problem, ...]:
    """Return the losses of items that keep an edition from becoming the present one by itself; none of an
    earlier edition."""
    folder = unit_folder(bank_folder, code)
    present, waiting = shelved.read_edition(folder, "present"), shelved.edition_named(folder, edition)
    if waiting.state != "waiting":
        return ()
    return tuple(_lose(folder, present.unit, waiting.unit, f"{code}@{waiting.short}"))


# ── comparing ────────────────────────────────────────────────────────────────────────────────


class Touched(NamedTuple):
    """Parts of the bank that one difference affects: items, tasks of instruments, blueprints by file
    name, approvals of items and instruments."""

    items: tuple[str, ...]
    blueprints: tuple[str, ...]
    approvals: tuple[str, ...]
    tasks: tuple[str, ...] = ()


class EditionComparison(NamedTuple):
    """Two editions, every difference with what it touches, and blueprints that would no longer hold."""

    old: Unit
    new: Unit
    differences: list[tuple[UnitDifference, Touched]]
    blueprints: list[Problem]
    notice: str | None


def compare(bank_folder: Path, old: str, new: str) -> EditionComparison:
    """The differences between two editions of a unit, and the parts of the bank that each difference touches.

    `old` and `new` are each a unit's code (its present edition), `CODE@hash`, a `unit.yaml`, or a document.
    """
    before, after = _named(bank_folder, old), _named(bank_folder, new)
    found = differences(before, after)
    # The unit of the bank whose present edition is one of the two.
    shelf: BankUnit | None = None
    for unit in (before, after):
        if shelf is None and unit.code in unit_codes(bank_folder):
            held, _ = load_unit(bank_folder / str(unit.code))
            shelf = held if held is not None and _content(held.unit) == _content(unit) else None
    if shelf is None:
        nothing = Touched((), (), ())
        notice = tell(
            "neither is the present edition of a unit whose items can be read, so the "
            "affected items cannot be listed"
        )
        return EditionComparison(before, after, [(one, nothing) for one in found], [], notice)
    plans = blueprints_of(bank_folder, str(shelf.unit.code))
    # The items that have an approval on record which was not taken back.
    folder = bank_folder / str(shelf.unit.code)
    path = folder / REVIEWS_FILE
    if not path.is_file():
        approvals = []
    else:
        history, problems = read_records(read_input(path), f"{folder.name}/{REVIEWS_FILE}", Review)
        if problems:
            raise Refused(
                tell(
                    "{folder}/{reviews_file} has errors. Fix them first.",
                    folder=folder.name,
                    reviews_file=REVIEWS_FILE,
                ),
                problems,
            )
        approvals = sorted({one.item for one in history if approval(one.item, history)})
    forward = _content(shelf.unit) == _content(before)
    return EditionComparison(
        before,
        after,
        [(one, _touched(one, shelf, plans, approvals, forward)) for one in found],
        no_longer_allowed(bank_folder, plans, after) if forward else [],
        None if forward else tell("{new} is the present edition, so items already use its criteria", new=new),
    )


def _named(bank_folder: Path, name: str) -> Unit:
    path = Path(name)
    if path.is_file():
        [(source, data)] = read_files([path])
        if path.suffix in _YAML:
            unit, problems = shelved.read_standard(data, source)
            if unit is None:
                raise Refused(tell("{path} cannot be read", path=path), problems)
            return unit
        unit = read_unit(data, path.name).unit
        if unit.error:
            message = tell("{path}: {message}", path=path, message=unit.error.message)
            raise Refused(message, [Problem(source, unit.error.kind, joined([unit.error.message]))])
        return unit
    code, _, edition = name.partition("@")
    folder = unit_folder(bank_folder, code)
    if not edition:
        return shelved.read_edition(folder, "present").unit
    return shelved.edition_named(folder, edition).unit


def _touched(
    one: UnitDifference,
    shelf: BankUnit,
    plans: Sequence[BankBlueprint],
    approvals: Sequence[str],
    forward: bool,
) -> Touched:
    if one.kinds == ("unchanged",):
        return Touched((), (), ())
    codes = {part.code for part in (one.old if forward else one.new)}
    mine: list[Item] = []
    within = {item.id: held.id for held in shelf.instruments for item in held.items}
    used = [*shelf.items, *(item for held in shelf.instruments for item in held.items)]
    if one.about == "criterion":
        mine = [item for item in used if codes & set(item.pcs)]
        # a quota or pass rule of a blueprint names the criterion, before or after
        parts = [(str(part.code), str(part.element)) for part in (*one.old, *one.new)]
        named = []
        for plan in plans:
            rule = plan.blueprint.pass_rule.criteria if plan.blueprint.pass_rule else {}
            if any(
                matches(pattern, *part) for pattern in (*plan.blueprint.criteria, *rule) for part in parts
            ):
                named.append(plan.name)
    elif one.about in ("level", "methods"):
        lost = one.about == "level" or "written_test_lost" in one.kinds
        mine = [item for item in used if lost and (one.level is None or one.level in item.levels)]
        named = [plan.name for plan in plans if one.level is None or plan.blueprint.level == one.level]
    elif one.about == "element":
        patterns = {f"{part.code}.*" for part in (*one.old, *one.new)}
        named = [plan.name for plan in plans if patterns & set(plan.blueprint.criteria)]
    else:
        named = []
    own = dict.fromkeys(within.get(item.id, item.id) for item in mine)
    return Touched(
        tuple(item.id for item in mine if item.id not in within),
        tuple(named),
        tuple(name for name in own if name in approvals),
        tuple(item.id for item in mine if item.id in within),
    )
