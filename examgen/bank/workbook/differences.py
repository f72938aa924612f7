"""A table read from a workbook, and the unit as the bank has it → what to change, or what is wrong.

A cell that says what the bank says, or what it said when it was exported, is no change. So a text that
a person has not touched is never read anew, and comes back as it was, whatever it looks like.

A new line gets the next id of its criterion, which no item ever had.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import ValidationError

from examgen.bank.workbook.columns import cells_of, heading_of, whole_sha256
from examgen.bank.workbook.faults import (
    PlacedItem,
    cell_of,
    errors_of,
    fields_of,
    invalid,
    is_unclear,
    letters_stood_in,
    stood_in,
    understood,
)
from examgen.bank.workbook.table import ExportRecord, ItemCell, ItemRow, ItemTable
from examgen.bank.workbook.texts import clean, digest, plain_digits
from examgen.bank.workbook.values import same, value_of
from examgen.core.models.item import BankUnit, Item
from examgen.core.models.standard import Unit
from examgen.core.problems import Problem
from examgen.core.words import tell
from examgen.core.yamlfile import nearest, suggestion

_WIDTH, _MOST_DIGITS = 3, 18
REQUIRED = ("pcs", "levels", "cognitive", "stem", "key", "reference")
_CONTENT = ("stem", "options", "rationale", "reference")
_MOST_NAMED = 12


class FieldChange(NamedTuple):
    """One field of one item: what the bank says, what the file says, where and under which heading."""

    field: str
    old: Any
    new: Any
    where: str
    heading: str | None = None


class ChangedItem(NamedTuple):
    """An item that the file changes; `stood_in` are texts for options that the line has, but not legibly."""

    item: str
    where: str
    changes: tuple[FieldChange, ...]
    cells: dict[str, ItemCell]
    faulty: frozenset[str] = frozenset()
    stood_in: Mapping[str, str] = {}


class Added(NamedTuple):
    """A new item, with the id it gets; where fields are faulty, as it might be once they are mended."""

    item: Item
    where: str
    cells: dict[str, ItemCell]
    faulty: frozenset[str] = frozenset()


class ImportPlan(NamedTuple):
    """Changes that an import would make; none if any problem is an error. `unfinished` are new lines with
    faults, to be checked with the rest and never written."""

    changed: tuple[ChangedItem, ...]
    added: tuple[Added, ...]
    unchanged: int
    removed: tuple[str, ...]
    problems: tuple[Problem, ...]
    unfinished: tuple[Added, ...] = ()

    def placed(self) -> list[PlacedItem]:
        """Return the places of the items concerned in the file."""
        new = (PlacedItem(one.item.id, one.where, one.cells, one.faulty) for one in self.all_new)
        return [*(PlacedItem(one.item, one.where, one.cells, one.faulty) for one in self.changed), *new]

    @property
    def all_new(self) -> tuple[Added, ...]:
        """New items, the unfinished ones too."""
        return (*self.added, *self.unfinished)


class Numbering:
    """The highest number that each criterion ever gave an item, and how many digits they have."""

    def __init__(self, used: Iterable[str]) -> None:
        self._last: dict[str, tuple[int, int]] = {}
        for name in used:
            self.take(name)

    def take(self, name: str) -> None:
        """An id is given: `A4012.02-021`; what is not one numbers nothing."""
        pc, _, number = name.rpartition("-")
        if pc and number.isdecimal() and len(number) <= _MOST_DIGITS:
            last, width = self._last.get(pc, (0, 0))
            self._last[pc] = max(last, int(number)), max(width, len(number))

    def next_id(self, pc: str) -> str:
        """The number after the highest: `A4012.02-022`. It is not taken by that."""
        last, width = self._last.get(pc, (0, _WIDTH))
        return f"{pc}-{last + 1:0{width}d}"


def plan(table: ItemTable, shelf: BankUnit, used: Sequence[str] = ()) -> ImportPlan:
    """Return the changes of the table to the unit; `used` are ids that were used before, whatever file
    names them."""
    work = _Comparison(shelf, table.record, list(table.problems), [*used, *(item.id for item in shelf.items)])
    for row in table.rows:
        if "id" in row.cells:
            work.numbering.take(clean(row.cells["id"].text))
    for row in table.rows:
        work.take(row)
    removed = work.not_in_file()
    work.problems += _columns_gone(table)
    return ImportPlan(
        tuple(work.changed),
        tuple(work.added),
        work.unchanged,
        removed,
        tuple(work.problems),
        tuple(work.unfinished),
    )


def _columns_gone(table: ItemTable) -> list[Problem]:
    """Columns that were exported and are not in the file any more: what they held stays."""
    here = {field for row in table.rows for field in row.cells}
    exported = next(iter(table.record.items.values())).cells if table.record and table.record.items else {}
    gone = [field for field in exported if field not in here and here]
    if not gone:
        return []
    message = tell(
        "lacks the columns {gone}; their values stay unchanged", gone=", ".join(map(heading_of, gone))
    )
    return [Problem(table.rows[0].where.rsplit("!", 1)[0], "column-gone", message, severity="notice")]


class _Comparison:
    """The plan while it grows: which ids are taken, and by which line."""

    def __init__(
        self, shelf: BankUnit, record: ExportRecord | None, problems: list[Problem], used: list[str]
    ) -> None:
        self.unit: Unit = shelf.unit
        self.items = {item.id: item for item in shelf.items}
        self.record = record
        self.problems = problems
        self.used = {*used, *(record.items if record else ())}
        self.numbering = Numbering(self.used)
        self.lines: dict[str, str] = {}
        self.changed: list[ChangedItem] = []
        self.added: list[Added] = []
        self.unfinished: list[Added] = []
        self.unchanged = 0
        self.near: dict[str, list[str]] = {}

    @cached_property
    def texts(self) -> dict[str, str]:
        """Hash of a text → the item that has it; asked for where an item is new."""
        return {item.sha256(): item.id for item in self.items.values()}

    def take(self, row: ItemRow) -> None:
        """One line of the file."""
        written = row.cells.get("id", ItemCell("", row.where))
        if written.fault:
            self.problems.append(written.problem(*written.fault, field="id"))
            self._look_besides(row)
            return
        # The id of the bank that is meant, or what was written.
        recorded = self.record.items if self.record else {}
        forms = (written.text, clean(written.text), plain_digits(clean(written.text)))
        is_known = (form for form in forms if form in self.items or form in recorded)
        name = next(is_known, clean(written.text))
        if not clean(name):
            if _has_content(row):
                self._add(row, None)
            return
        if name in self.lines:
            message = tell(
                "is already the id on {line}. Leave it empty for a new item.", line=self.lines[name]
            )
            self.problems.append(written.problem("item-twice", message, name, "id"))
            self._look_besides(row)
            return
        self.lines[name] = written.where
        if name in self.items:
            self._compare(row, self.items[name])
        else:
            self._unknown(row, name, written)

    def _unknown(self, row: ItemRow, name: str, written: ItemCell) -> None:
        recorded = self.record.items.get(name) if self.record else None
        if recorded is not None:
            if any(
                recorded.cells.get(field, digest("")) != digest(cell.text)
                for field, cell in row.cells.items()
            ):
                message = tell("is no longer in the bank, but its line was changed. Remove the line.")
                self.problems.append(written.problem("conflict", message, name, "id"))
            return
        codes = [criterion.code for criterion in self.unit.criteria]
        is_of_the_unit = any(re.fullmatch(rf"{re.escape(code)}-\d+", name) for code in codes)
        if self.record is not None or name in self.used or not is_of_the_unit:
            near = suggestion(name, self._near(name.rpartition("-")[0]))
            message = tell(
                "is not an item of {unit}. Leave the id empty for a new item{near}",
                unit=self.unit.code,
                near=near,
            )
            self.problems.append(written.problem("item-unknown", message, name, "id"))
            self._look_besides(row)
            return
        self._add(row, name)

    def _near(self, written: str) -> list[str]:
        """The items among which a wrong id is looked for: those of the criterion that it seems to name."""
        if written not in self.near:
            known = [criterion.code for criterion in self.unit.criteria]
            pcs = nearest(written, known)
            self.near[written] = [name for name in self.items if name.rpartition("-")[0] in pcs]
        return self.near[written]

    def _look_besides(self, row: ItemRow) -> None:
        """Find further faults on a line whose id is wrong: only in filled cells, as it may be meant for
        an item of the bank."""
        data, faults = self._data(row)
        empty = {
            fault.field
            for fault in faults
            if fault.field
            and not (
                fault.field in row.cells
                and bool(clean(row.cells[fault.field].text) or row.cells[fault.field].fault)
            )
        }
        self.problems += [fault for fault in faults if fault.field not in empty]
        self._try(row, data, faults)

    def _try(self, row: ItemRow, data: dict[str, Any], faults: Sequence[Problem]) -> None:
        """A line with faults, to be checked for others."""
        [pc, *_] = data.get("pcs") or [self.unit.criteria[0].code]
        name, faulty = self.numbering.next_id(pc), fields_of(faults)
        item = None if any(map(is_unclear, faults)) else stood_in(row, data, faulty, self.unit, name)
        if item:
            self._use(name)
            self.unfinished.append(Added(item, row.where, row.cells, faulty))

    def _use(self, name: str) -> None:
        self.used.add(name)
        self.numbering.take(name)

    def _compare(self, row: ItemRow, item: Item) -> None:
        faults: list[Problem] = []
        changes: list[FieldChange] = []
        recorded = self.record.items.get(item.id) if self.record else None
        before = cells_of(item)
        for field, cell in row.cells.items():
            old = before.get(field, "")
            if field == "id":
                continue
            if cell.fault:
                faults.append(cell.problem(*cell.fault, item=item.id, field=field))
            elif cell.text != old and not (recorded and recorded.cells.get(field) == digest(cell.text)):
                self._change(item, field, cell, changes, faults)
        if changes and recorded and recorded.whole != whole_sha256(item):
            names = ", ".join(change.heading or change.field for change in changes)
            message = tell(
                "was changed both in the bank after this file was exported and here ({names}). Export again.",
                names=names,
            )
            faults.append(Problem(self.lines[item.id], "conflict", message, item.id))
        self.problems += faults
        if changes:
            wrong = fields_of(faults)
            lacking = [field for field in wrong if not before.get(field)]
            where, texts = self.lines[item.id], letters_stood_in(row, lacking)
            self.changed.append(ChangedItem(item.id, where, tuple(changes), row.cells, wrong, texts))
            self.problems += _of_hidden(row, item.id)
        else:
            self.unchanged += 1

    def _change(
        self, item: Item, field: str, cell: ItemCell, changes: list[FieldChange], faults: list[Problem]
    ) -> None:
        try:
            new = value_of(field, cell.text, self.unit)
        except ValueError as error:
            faults.append(cell.problem("cell-value", error.args[0], item.id, field))
            return
        faults += understood(cell, field, new, item.id)
        name, _, letter = field.partition(".")
        value = getattr(item, name)
        old = value.get(letter) if letter else value
        if same(field, old, new) if old is not None and new is not None else old == new:
            return
        if new is None and field in ("stem", "reference"):
            faults.append(cell.problem("cell-empty", tell("is empty. Write its text."), item.id, field))
            return
        changes.append(FieldChange(field, old, new, cell.where, cell.heading))

    def _add(self, row: ItemRow, name: str | None) -> None:
        data, faults = self._data(row)
        if errors_of(faults):
            self._try(row, data, faults)
        else:
            data["id"] = name or self.numbering.next_id(data["pcs"][0])
            try:
                item = Item.model_validate(data)
                faults += self._new(row, item, name is not None)
            except ValidationError as error:
                faults += list(invalid(row, error))
        self.problems += faults

    def _new(self, row: ItemRow, item: Item, named: bool) -> list[Problem]:
        """A new item, unless a file is read for the second time."""
        twin = self.texts.setdefault(item.sha256(), item.id)
        if twin != item.id and not named:
            message = tell(
                "has the same text as {twin} and was not added. To change that item, write its id here.",
                twin=twin,
            )
            return [Problem(row.where, "item-there", message, severity="notice")]
        self._use(item.id)
        self.lines[item.id] = row.where
        self.added.append(Added(item, row.where, row.cells))
        return _of_hidden(row, item.id)

    def _data(self, row: ItemRow) -> tuple[dict[str, Any], list[Problem]]:
        """The fields of a new item, or what keeps them from being one."""
        data: dict[str, Any] = {"options": {}, "right_if": {}, "rationale": {}}
        faults = []
        for field in [*row.cells, *(field for field in REQUIRED if field not in row.cells)]:
            cell = cell_of(row, field)
            if field == "id" or (field == "status" and not clean(cell.text) and not cell.fault):
                continue
            try:
                if cell.fault:
                    faults.append(cell.problem(*cell.fault, field=field))
                else:
                    value = value_of(field, cell.text, self.unit)
                    name, _, letter = field.partition(".")
                    if letter and value is not None:
                        data[name][letter] = value
                    elif not letter and (value is not None or field in REQUIRED):
                        if value is None:
                            raise ValueError(tell("is empty. Write its text."))
                        data[name] = value
                    faults += understood(cell, field, value)
            except ValueError as error:
                faults.append(cell.problem("cell-value", error.args[0], field=field))
        return {"status": "draft", **data}, faults

    def not_in_file(self) -> tuple[str, ...]:
        """Items that were exported and have no line any more: they stay."""
        return tuple(
            name
            for name in (self.record.items if self.record else ())
            if name not in self.lines and name in self.items
        )


def _has_content(row: ItemRow) -> bool:
    filled = [field for field, cell in row.cells.items() if clean(cell.text) or cell.fault]
    return any(field.split(".")[0] in _CONTENT for field in filled)


def _of_hidden(row: ItemRow, name: str) -> list[Problem]:
    if not row.hidden:
        return []
    return [
        Problem(row.where, "row-hidden", tell("is on a hidden line and was read"), name, severity="notice")
    ]
