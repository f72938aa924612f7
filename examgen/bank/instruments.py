"""Reads the instruments of a unit (`instruments/*.yaml`), and checks them against the unit and its items.

A file is one instrument. As with items, an error prevents the use of the unit; a warning is for the author.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.bank.texts import read_yaml
from examgen.core.files import read_input
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.field_types import Method, Status
from examgen.core.models.item import BankUnit, Instrument
from examgen.core.models.standard import METHODS, Unit
from examgen.core.problems import Problem, Severity
from examgen.core.text.markdown import images
from examgen.core.words import Message, listed, tell, tell_n
from examgen.core.yamlfile import Document, load, suggestion, validate

INSTRUMENT_FOLDER = "instruments"
_STATUS = re.compile(rb"^status:[ \t]*\w+", re.MULTILINE)
"""The line of the status, the only one that begins with `status:` without indentation."""


class LocatedInstrument(NamedTuple):
    """An instrument and the file that contains it."""

    instrument: Instrument
    document: Document

    def problem(
        self, path: Sequence[int | str], code: str, message: Message, severity: Severity = "error"
    ) -> Problem:
        """Return a problem of this instrument, located at the line of `path`."""
        field = ".".join(map(str, path))
        item = self.instrument.id
        if len(path) > 1 and path[0] == "tasks":
            item = self.instrument.tasks[int(path[1])].id
        return Problem(self.document.at(path), code, message, item=item, field=field, severity=severity)


def instrument_files(folder: Path) -> list[Path]:
    """Return the files of a unit's instruments, by name."""
    place = folder / INSTRUMENT_FOLDER
    found = place.iterdir() if place.is_dir() else ()
    return sorted(path for path in found if path.suffix in (".yaml", ".yml"))


def read_instruments(folder: Path) -> tuple[list[LocatedInstrument], list[Problem]]:
    """Return the instruments of a unit, and the faults of their files."""
    found: list[LocatedInstrument] = []
    problems: list[Problem] = []
    for path in instrument_files(folder):
        source = path.relative_to(folder.parent).as_posix()
        document, faults = read_yaml(path, source)
        problems += faults
        if faults:
            continue
        name = document.data.get("id") if isinstance(document.data, dict) else None
        one, faults = validate(
            document, [], document.data, Instrument, item=name if isinstance(name, str) else None
        )
        problems += faults
        if one is not None:
            found.append(LocatedInstrument(one, document))
    return found, problems


def faults_of(
    found: Sequence[LocatedInstrument], unit: Unit, items: Collection[str], stimuli: Collection[str]
) -> Iterator[Problem]:
    """Yield the faults of the instruments of a unit whose items and stimuli have these ids."""
    known = [criterion.code for criterion in unit.criteria]
    tasks = [task.id for one in found for task in one.instrument.tasks]
    first: dict[str, str] = {**dict.fromkeys(items, "items"), **dict.fromkeys(stimuli, "stimuli.yaml")}
    for one in found:
        instrument = one.instrument
        yield from _ids(one, first)
        yield from _levels(one, unit)
        for name in instrument.pass_rule.criteria if instrument.pass_rule else ():
            if name not in ("all", *known) and not name.endswith(".*"):
                yield one.problem(["pass", "criteria", name], "pc-unknown", no_criterion(name, unit, known))
        for n, task in enumerate(instrument.tasks):
            for pc in task.pcs:
                if pc not in known:
                    yield one.problem(["tasks", n, "pcs"], "pc-unknown", no_criterion(pc, unit, known))
            if len(set(task.pcs)) < len(task.pcs):
                message = tell("lists a criterion twice. List it once.")
                yield one.problem(["tasks", n, "pcs"], "pc-twice", message)
            for enemy in task.enemies:
                if enemy == task.id or enemy not in tasks:
                    message = tell(
                        "{enemy} is not another task of an instrument of {code}{suggestion}",
                        enemy=enemy,
                        code=str(unit.code),
                        suggestion=suggestion(enemy, tasks),
                    )
                    yield one.problem(["tasks", n, "enemies"], "enemy-unknown", message)
            texts = {"ask": task.ask, "guide": task.guide}
            texts |= {f"anchors.{points}": text for points, text in task.anchors.items()}
            for field, text in texts.items():
                if "![" in text and images(text, "stem"):
                    message = tell(
                        "contains a picture. Put pictures into the case, which is printed for all."
                    )
                    yield one.problem(["tasks", n, *field.split(".")], "picture-in-task", message)


def _ids(one: LocatedInstrument, first: dict[str, str]) -> Iterator[Problem]:
    instrument = one.instrument
    named: list[tuple[list[int | str], str]] = [(["id"], instrument.id)]
    named += [(["tasks", n, "id"], task.id) for n, task in enumerate(instrument.tasks)]
    for path, name in named:
        if name in first:
            message = tell(
                "{name} is already an id of {where}. Choose another id.", name=name, where=first[name]
            )
            yield one.problem(path, "id-twice", message)
        first.setdefault(name, one.document.source)


def no_criterion(pc: str, unit: Unit, known: Sequence[str]) -> Message:
    """Return the message that a code is not a criterion of the unit."""
    return tell(
        "{pc} is not a criterion of {code}{suggestion}",
        pc=pc,
        code=str(unit.code),
        suggestion=suggestion(pc, known),
    )


def faults_of_levels(levels: Sequence[int], unit: Unit) -> Iterator[tuple[str, Message]]:
    """Yield code and message for each level that the unit does not state, and if there are no levels although
    the unit has some.
    """
    stated = listed(map(str, unit.levels)) if unit.levels else ""
    if unit.levels and not levels:
        yield "level-missing", tell("list the levels that it suits (of {stated})", stated=stated)
    none = tell("{code} states no level. Leave the levels empty (in YAML, [])", code=str(unit.code))
    for level in levels:
        if level not in unit.levels:
            message = tell(
                "{code} does not state level {wrong}. Its levels are {stated}.",
                code=str(unit.code),
                wrong=level,
                stated=stated,
            )
            yield "level-unknown", message if unit.levels else none


def _levels(one: LocatedInstrument, unit: Unit) -> Iterator[Problem]:
    instrument, stated = one.instrument, unit.levels
    for code, message in faults_of_levels(instrument.levels, unit):
        yield one.problem(["levels"], code, message)
    at_levels: tuple[int | None, ...] = instrument.levels or (None,)
    unused: dict[frozenset[Method], list[int | None]] = {}
    for at_level in at_levels:
        asked = {m for e in unit.assessment if not e.levels or at_level in e.levels for m in e.methods}
        if instrument.method not in asked and (at_level is None or at_level in stated):
            unused.setdefault(frozenset(asked), []).append(at_level)
    for methods, levels in unused.items():
        used = listed(tell(METHODS[m]) for m in METHODS if m in methods) if methods else tell("no method")
        numbers = [str(level) for level in levels if level is not None]
        where = (
            tell_n("level {numbers}", "levels {numbers}", len(numbers), numbers=listed(numbers))
            if numbers
            else tell("this unit")
        )
        message = tell(
            "the standard assesses {where} by {used}, not by {method}, so its result is not used there",
            where=where,
            used=used,
            method=tell(METHODS[instrument.method]),
        )
        yield one.problem(["method"], "method-not-asked", message, severity="notice")


def drawn_from(shelves: Sequence[BankUnit], blueprint: Blueprint) -> Sequence[BankUnit]:
    """Return the units from which a blueprint draws; for an exam rated by assessors, tasks take the place of
    items.
    """
    if not blueprint.is_rated:
        return shelves
    return [_with_tasks(shelf, blueprint.method) for shelf in shelves]


def _with_tasks(shelf: BankUnit, method: str) -> BankUnit:
    """Return the unit with the tasks of its instruments of one method as items, and their cases as
    stimuli.
    """
    some = [one for one in shelf.instruments if one.method == method]
    return shelf.model_copy(
        update={
            "items": tuple(sorted((item for one in some for item in one.items), key=lambda item: item.id)),
            "stimuli": tuple(case for one in some if (case := one.stimulus) is not None),
        }
    )


def with_status(folder: Path, wanted: Mapping[str, Status]) -> dict[Path, bytes]:
    """Return the files of the instruments with these ids, by path, with a new status and otherwise
    unchanged.
    """
    found: dict[Path, bytes] = {}
    for path in instrument_files(folder) if wanted else ():
        data = read_input(path)
        said = load(data)
        name = str(said.get("id")) if isinstance(said, dict) else ""
        if name in wanted:
            status = f"status: {wanted[name]}".encode()
            found[path] = _STATUS.sub(lambda _, status=status: status, data, count=1)  # type: ignore[misc]
    return found
