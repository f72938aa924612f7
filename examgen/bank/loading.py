"""Reads the folder of a unit (`unit.yaml`, `items/*.yaml`, `stimuli.yaml`, `levels.yaml`, instruments) →
`BankUnit` and problems.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import yaml

from examgen.bank import levels
from examgen.bank.checks import CHECKS, LocatedItem, UnitDraft
from examgen.bank.instruments import faults_of, read_instruments
from examgen.bank.levels import LEVELS_FILE
from examgen.bank.texts import parsed, read_yaml
from examgen.core.changes import steady
from examgen.core.files import read_input
from examgen.core.models.item import BankUnit, Instrument, Item, Stimulus
from examgen.core.models.standard import Unit, UnitLevels
from examgen.core.problems import Problem, system_words
from examgen.core.words import command, tell
from examgen.core.yamlfile import MOST_MEGABYTES, Document, validate

UNIT_FILE = "unit.yaml"
ITEM_FOLDER = "items"
STIMULI_FILE = "stimuli.yaml"
MODEL_FOLDER = "models"
MEDIA_FOLDER = "media"
MOST_FAULTS = 1000
"""The number of faults in a file of items after which its remaining items are not read."""


class ItemFile(NamedTuple):
    """The items of a file, and its faults."""

    found: tuple[LocatedItem, ...]
    problems: tuple[Problem, ...]


def unit_codes(bank: Path) -> list[str]:
    """Return the codes of the units in a bank folder, sorted."""
    if not bank.is_dir():
        return []
    with steady(bank):
        return sorted(folder.name for folder in bank.iterdir() if (folder / UNIT_FILE).is_file())


@contextmanager
def uncollected() -> Iterator[None]:
    """Turn off the garbage collector, which would walk every new tree of nodes and find nothing.

    The trees contain no cycles and are freed when the unit has been read; walking them takes a third of the
    time of reading a whole bank.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@uncollected()
def load_unit(
    folder: Path, instead: Mapping[str, bytes] | None = None
) -> tuple[BankUnit | None, list[Problem]]:
    """Read one unit of the bank; None if any of its files has an error.

    Problems of severity "warning" leave the unit usable. `instead` gives contents, by file name, that are
    read in place of the files of items.
    """
    shelf, problems = read_unit_draft(folder, instead)
    if shelf is None or any(problem.severity == "error" for problem in problems):
        return None, problems
    items = tuple(sorted((one.item for one in shelf.found), key=lambda item: item.id))
    bank_unit = BankUnit(
        unit=shelf.unit,
        items=items,
        stimuli=shelf.stimuli,
        meanings=shelf.meanings,
        instruments=tuple(one.instrument for one in shelf.instruments),
    )
    return bank_unit, problems


@uncollected()
def read_unit_draft(
    folder: Path, instead: Mapping[str, bytes] | None = None
) -> tuple[UnitDraft | None, list[Problem]]:
    """Read one unit with the lines of its files, despite any faults; None if `unit.yaml` cannot be read.

    `instead` gives contents, by file name, that are read in place of the files of items; these files need not
    exist.
    """
    with steady(folder.parent):
        unit, problems = _load_standard(folder)
        found, faults = _load_items(folder, instead or {})
        stimuli, more = _load_stimuli(folder)
        meanings, of_levels = _load_levels(folder, unit)
        instruments, of_instruments = read_instruments(folder)
    problems += faults + more + of_levels + of_instruments
    if unit is None:
        return None, problems
    shelf = UnitDraft(folder, unit, tuple(found), stimuli, meanings, tuple(instruments))
    ids = [one.item.id for one in found], [one.id for one in stimuli]
    problems += faults_of(shelf.instruments, unit, *ids)
    return shelf, problems + [problem for check in CHECKS for problem in check(shelf)]


def load_standard(folder: Path) -> Unit | None:
    """Return the standard of a unit, without its items; None if it cannot be read."""
    with steady(folder.parent):
        return _load_standard(folder)[0]


def unit_yaml(unit: Unit) -> str:
    """Return the text of the `unit.yaml` of a unit."""
    data = unit.model_dump(mode="json", exclude={"error"})
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10_000)


class UnitIds(NamedTuple):
    """The code of a unit, and its ids that no other unit may use."""

    unit: str
    items: tuple[str, ...]
    stimuli: tuple[str, ...]
    instruments: tuple[str, ...]
    tasks: tuple[str, ...]


def names(
    unit: Unit, items: Iterable[Item], stimuli: Iterable[Stimulus], instruments: Iterable[Instrument]
) -> UnitIds:
    """Return the ids of a unit."""
    held = tuple(instruments)
    return UnitIds(
        str(unit.code),
        tuple(item.id for item in items),
        tuple(one.id for one in stimuli),
        tuple(one.id for one in held),
        tuple(task.id for one in held for task in one.tasks),
    )


def across_units(units: Iterable[BankUnit]) -> list[Problem]:
    """Return a problem for each id that two units share: of items, stimuli, instruments and tasks."""
    return named_twice(names(unit.unit, unit.items, unit.stimuli, unit.instruments) for unit in units)


def named_twice(units: Iterable[UnitIds]) -> list[Problem]:
    """Return a problem for each id that occurs in two of the units."""
    first: dict[str, str] = {}
    problems = []
    for unit in units:
        kinds = dict.fromkeys(unit.items, tell("item")) | dict.fromkeys(unit.stimuli, tell("stimulus"))
        kinds |= dict.fromkeys(unit.instruments, tell("instrument")) | dict.fromkeys(unit.tasks, tell("task"))
        for name, what in kinds.items():
            if name in first:
                message = tell(
                    "{what} {name} is also in {first}. Give each a different id.",
                    what=what,
                    name=name,
                    first=first[name],
                )
                problems.append(Problem(unit.unit, f"{what}-twice", message, item=name, field="id"))
            first.setdefault(name, unit.unit)
    return problems


def media(folder: Path, texts: Sequence[str]) -> dict[str, bytes]:
    """Return the contents of the files in a unit's media folder that any of the texts names, by their path
    within that folder.
    """
    place = (folder / MEDIA_FOLDER).resolve()
    found = {path.relative_to(place).as_posix(): path for path in sorted(place.rglob("*")) if path.is_file()}
    return {
        name: read_input(path)
        for name, path in found.items()
        if path.resolve().is_relative_to(place) and any(name in unquote(text) for text in texts)
    }


def _read(path: Path, folder: Path) -> tuple[Document, list[Problem]]:
    return read_yaml(path, path.relative_to(folder.parent).as_posix())


def _load_standard(folder: Path) -> tuple[Unit | None, list[Problem]]:
    path = folder / UNIT_FILE
    if not path.is_file():
        message = tell(
            "has no {unit_file}. Import its document with {command}.",
            unit_file=UNIT_FILE,
            command=command("unit import", "FILE"),
        )
        return None, [Problem(folder.name, "unit-missing", message)]
    document, problems = _read(path, folder)
    if problems:
        return None, problems
    unit, problems = validate(document, [], document.data, Unit)
    if unit is not None and unit.code != folder.name:
        message = tell(
            "is {code}, but the folder is {folder}. Rename one of them.", code=unit.code, folder=folder.name
        )
        problems.append(Problem(document.at(["code"]), "unit-code", message, field="code"))
    return unit, problems


def _load_items(folder: Path, instead: Mapping[str, bytes]) -> tuple[list[LocatedItem], list[Problem]]:
    found: list[LocatedItem] = []
    problems: list[Problem] = []
    place = folder / ITEM_FOLDER
    try:
        paths = {path for path in place.iterdir() if path.suffix in (".yaml", ".yml")}
    except FileNotFoundError:
        paths = set()
    except OSError as error:
        source = f"{folder.name}/{ITEM_FOLDER}"
        return [], [
            Problem(source, "unreadable", tell("cannot be read: {strerror}", strerror=system_words(error)))
        ]
    for path in sorted(paths | {place / name for name in instead}):
        source = path.relative_to(folder.parent).as_posix()
        try:
            data = instead[path.name] if path.name in instead else read_input(path, MOST_MEGABYTES)
        except OSError as error:
            problems.append(Problem(source, "unreadable", system_words(error)))
            continue
        said = _item_file(data, source)
        found += said.found
        problems += said.problems
    return found, problems


def _item_file(data: bytes, source: str) -> ItemFile:
    entries, document, problems = _members(*parsed(data, source), tell("items"))
    found = []
    n_before = len(problems)
    for n, entry in enumerate(entries):
        if len(problems) - n_before > MOST_FAULTS:
            message = tell("has too many errors; the last {n:,} items were not read", n=len(entries) - n)
            problems.append(Problem(document.at([n]), "too-many-faults", message))
            break
        item, faults = validate(document, [n], entry, Item, item=name_of(entry))
        problems += faults
        if item is not None:
            found.append(LocatedItem(item, document, n))
    return ItemFile(tuple(found), tuple(problems))


def _load_stimuli(folder: Path) -> tuple[tuple[Stimulus, ...], list[Problem]]:
    path = folder / STIMULI_FILE
    if not path.is_file():
        return (), []
    entries, document, problems = entries_of(path, folder, tell("stimuli"))
    stimuli: list[Stimulus] = []
    for n, data in enumerate(entries):
        stimulus, faults = validate(document, [n], data, Stimulus, item=name_of(data))
        problems += faults
        if stimulus is not None:
            if any(other.id == stimulus.id for other in stimuli):
                message = tell(
                    "{stimulus} already exists. Choose another id for this stimulus.", stimulus=stimulus.id
                )
                problems.append(Problem(document.at([n, "id"]), "stimulus-twice", message, field="id"))
            stimuli.append(stimulus)
    return tuple(stimuli), problems


def _load_levels(folder: Path, unit: Unit | None) -> tuple[UnitLevels | None, list[Problem]]:
    """Read the descriptions of a unit's levels; None if there is no such file or it has faults."""
    path = folder / LEVELS_FILE
    if not path.is_file():
        return None, []
    document, problems = _read(path, folder)
    if problems:
        return None, problems
    found, problems = validate(document, [], document.data, UnitLevels)
    if found is not None and unit is not None:
        problems += levels.faults(document, found, unit)
    return found, problems


def entries_of(path: Path, folder: Path, what: str) -> tuple[list[Any], Document, list[Problem]]:
    """Read a file that must be a list: its members, the document and the problems."""
    return _members(*_read(path, folder), what)


def _members(
    document: Document, problems: list[Problem], what: str
) -> tuple[list[Any], Document, list[Problem]]:
    if isinstance(document.data, list) or problems:
        return document.data or [], document, problems
    if document.root is None:
        fault = Problem(
            document.source, "empty-file", tell("contains no {what}. Add one or remove the file.", what=what)
        )
    else:
        fault = Problem(
            document.at([]),
            "not-a-list",
            tell("must be a list of {what}. Begin each with '- id:'.", what=what),
        )
    return [], document, [fault]


def name_of(data: Any) -> str | None:
    """Return the id of an entry, or None if it has none."""
    name = data.get("id") if isinstance(data, dict) else None
    return name if isinstance(name, str) else None
