"""Reads and checks `provenance.yaml` of a unit: the origin of its items, and the people responsible for them.

The file is separate from the items, so a later statement of who drafted an item changes no approved text and
no exam that was built. An instrument has its provenance in its own file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from examgen.bank.finding import ids_written
from examgen.bank.reviews.statuses import NEEDS_APPROVAL
from examgen.bank.texts import read_yaml
from examgen.core.files import read_input
from examgen.core.models.form import Exam
from examgen.core.models.item import Provenance, UnitProvenance
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell, tell_n
from examgen.core.yamlfile import Document, suggestion, validate

if TYPE_CHECKING:
    from examgen.bank.checks import UnitDraft

PROVENANCE_FILE = "provenance.yaml"
_MODELS = "models"
_MOST_NAMED = 12


def read_provenance(folder: Path) -> tuple[UnitProvenance | None, Document | None, list[Problem]]:
    """Read the provenance file of a unit's folder: its content, its lines, and its faults; nothing if
    there is no file."""
    path = folder / PROVENANCE_FILE
    source = f"{folder.name}/{PROVENANCE_FILE}"
    if not path.is_file():
        return None, None, []
    document, problems = read_yaml(path, source)
    if problems:
        return None, document, problems
    found, problems = validate(document, [], document.data, UnitProvenance)
    return found, document, problems


def provenance_is_told(shelf: UnitDraft) -> Iterator[Problem]:
    """Check that `provenance.yaml` has no errors and lists existing items, and that approved items and
    instruments state who drafted them and who is responsible for them.
    """
    found, document, problems = read_provenance(shelf.folder)
    yield from problems
    if problems:
        return
    if found is not None and document is not None:
        yield from _faults(shelf, found, document)
    approved = [one.item for one in shelf.found if one.item.status in NEEDS_APPROVAL]
    told = {
        item.id: found.of(item.id, item.model.id if item.model is not None else None) if found else None
        for item in approved
    }
    if lacking := sorted(name for name, one in told.items() if one is None):
        message = tell_n(
            "{n} approved item ({items}) does not state who drafted it and who is "
            "responsible for it. Enter it in {file} of the unit.",
            "{n} approved items ({items}) do not state who drafted them and who is "
            "responsible for them. Enter them in {file} of the unit.",
            len(lacking),
            items=_named(lacking),
            file=PROVENANCE_FILE,
        )
        yield Problem(_source(shelf), "provenance-missing", message, severity="notice")
    silent = [name for name, one in told.items() if one is not None and not one.answers_for]
    silent += [
        one.instrument.id
        for one in shelf.instruments
        if one.instrument.status in NEEDS_APPROVAL and not one.instrument.provenance.answers_for
    ]
    if silent:
        message = tell_n(
            "{n} approved item or instrument ({items}) has no responsible person. Enter a "
            "name at `answers_for`.",
            "{n} approved items and instruments ({items}) have no responsible person. "
            "Enter a name at `answers_for`.",
            len(silent),
            items=_named(sorted(silent)),
        )
        yield Problem(_source(shelf), "nobody-answers", message, severity="notice")


def _source(shelf: UnitDraft) -> str:
    return f"{shelf.code}/{PROVENANCE_FILE}"


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (" …" if len(names) > _MOST_NAMED else "")


def _faults(shelf: UnitDraft, found: UnitProvenance, document: Document) -> Iterator[Problem]:
    known = {one.item.id for one in shelf.found}
    known |= {one.item.model.id for one in shelf.found if one.item.model is not None}
    for path in sorted((shelf.folder / _MODELS).glob("*.y*ml")):
        known |= set(ids_written(read_input(path)))
    first: dict[str, int] = {}
    for n, one in enumerate(found.some):
        for k, name in enumerate(one.ids):
            where: list[int | str] = ["some", n, "ids", k]
            if name in first:
                message = tell(
                    "{item} is already listed on line {line}. Enter its provenance once.",
                    item=name,
                    line=first[name],
                )
                problem = Problem(document.at(where), "provenance-twice", message, item=name, field="ids")
                yield problem._replace(severity="warning")
            elif name not in known:
                message = tell(
                    "{item} is not an item or item model of {code}{suggestion}",
                    item=name,
                    code=shelf.code,
                    suggestion=suggestion(name, sorted(known)),
                )
                problem = Problem(
                    document.at(where), "provenance-of-nothing", message, item=name, field="ids"
                )
                yield problem._replace(severity="warning")
            first.setdefault(name, document.line(where))


class ToldProvenance(NamedTuple):
    """The origin of a part of an exam as the bank states it now; None if the bank does not state it."""

    kind: Literal["item", "instrument"]
    id: str
    unit: str
    provenance: Provenance | None
    model: str = ""
    """The item model that the item is an instance of."""

    def as_dict(self) -> dict[str, object]:
        """Return the record for JSON."""
        said = None if self.provenance is None else self.provenance.model_dump(mode="json")
        return {**self._asdict(), "provenance": said}


def provenance_of(bank: Path, exam: Exam) -> tuple[ToldProvenance, ...]:
    """Return the origin of each item and instrument of an exam.

    Origins of items are as the bank states them now, those of instruments as when the exam was built. Raises
    Refused with every fault of the files.
    """
    files: dict[str, UnitProvenance | None] = {}
    problems: list[Problem] = []
    for code in (str(unit.code) for unit in exam.units):
        files[code], _, faults = read_provenance(bank / code)
        problems += faults
    if problems:
        raise Refused.because("the provenance of items cannot be read", problems)
    printed = {one.item.id: one for form in exam.forms for one in form.items}
    if exam.instruments:
        units = {
            instrument.id: next(
                (printed[task.id].unit for task in instrument.tasks if task.id in printed), ""
            )
            for instrument in exam.instruments
        }
        return tuple(
            ToldProvenance("instrument", one.id, units[one.id], one.provenance) for one in exam.instruments
        )
    told = []
    for name in sorted(printed):
        item, unit = printed[name].item, printed[name].unit
        model, found = item.model.id if item.model is not None else "", files.get(unit)
        provenance = found.of(name, model) if found is not None else None
        told.append(ToldProvenance("item", name, unit, provenance, model))
    return tuple(told)
