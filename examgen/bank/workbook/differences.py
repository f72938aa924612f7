"""Compares a table read from a workbook with the unit in the bank, and plans the changes or reports faults.

A cell that has the text in the bank, or the text at the time of export, is no change. So text that a person
has not edited is never reinterpreted and stays as it was, whatever it looks like. A new line gets the next id
of its criterion that no item ever had.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import ValidationError

from examgen.bank.workbook.columns import cells_of, heading_of, whole_sha256
from examgen.bank.workbook.faults import errors_of, invalid, understood
from examgen.bank.workbook.table import ItemCell, ItemRow, ItemTable
from examgen.bank.workbook.texts import clean, digest, plain_digits
from examgen.bank.workbook.values import same, value_of
from examgen.core.models.item import BankUnit, Item
from examgen.core.problems import Problem
from examgen.core.words import tell
from examgen.core.yamlfile import nearest, suggestion

_WIDTH, _MOST_DIGITS = 3, 18
REQUIRED = ("pcs", "levels", "cognitive", "stem", "key", "reference")
_CONTENT = ("stem", "options", "rationale", "reference")


class FieldChange(NamedTuple):
    """A change of one field of an item: the value in the bank, the value in the file, its cell and its
    heading.
    """

    field: str
    old: Any
    new: Any
    where: str
    heading: str | None = None


class ChangedItem(NamedTuple):
    """An item that the file changes."""

    item: str
    where: str
    changes: tuple[FieldChange, ...]
    cells: dict[str, ItemCell]


class Added(NamedTuple):
    """A new item, with its new id."""

    item: Item
    where: str
    cells: dict[str, ItemCell]


class ImportPlan(NamedTuple):
    """The changes that an import would make, for the lines whose cells can all be read. None is made if any
    problem is an error.
    """

    changed: tuple[ChangedItem, ...]
    added: tuple[Added, ...]
    unchanged: int
    removed: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def rows(self) -> dict[str, ItemRow]:
        """Return, by item, the lines of the items that are changed or added."""
        changed = {one.item: ItemRow(one.where, one.cells) for one in self.changed}
        return changed | {one.item.id: ItemRow(one.where, one.cells) for one in self.added}


class Numbering:
    """The highest number ever used for an item of each criterion, and the number of its digits."""

    def __init__(self, used: Iterable[str]) -> None:
        self._last: dict[str, tuple[int, int]] = {}
        for name in used:
            self.take(name)

    def take(self, name: str) -> None:
        """Register an id such as `A4012.02-021`; a text of another form has no effect."""
        pc, _, number = name.rpartition("-")
        if pc and number.isdecimal() and len(number) <= _MOST_DIGITS:
            last, width = self._last.get(pc, (0, 0))
            self._last[pc] = max(last, int(number)), max(width, len(number))

    def next_id(self, pc: str) -> str:
        """Return the id after the highest one, such as `A4012.02-022`, without registering it."""
        last, width = self._last.get(pc, (0, _WIDTH))
        return f"{pc}-{last + 1:0{width}d}"


def plan(table: ItemTable, shelf: BankUnit, used: Sequence[str] = ()) -> ImportPlan:
    """Return the changes of the table to the unit; `used` are ids used before, in whichever file."""
    work = _Comparison(shelf, table, used)
    for row in table.rows:
        work.take(row)
    exported = table.record.items if table.record else {}
    removed = tuple(name for name in exported if name not in work.lines and name in work.items)
    # Columns that were exported and are no longer in the file: their values stay unchanged.
    here = {field for row in table.rows for field in row.cells}
    gone = [field for one in [*exported.values()][:1] for field in one.cells if here and field not in here]
    if gone:
        message = tell(
            "lacks the columns {gone}; their values stay unchanged", gone=", ".join(map(heading_of, gone))
        )
        where = table.rows[0].where.rsplit("!", 1)[0]
        work.problems.append(Problem(where, "column-gone", message, severity="notice"))
    return ImportPlan(tuple(work.changed), tuple(work.added), work.unchanged, removed, tuple(work.problems))


class _Comparison:
    """The plan while it is made: which ids are in use, and on which line."""

    def __init__(self, shelf: BankUnit, table: ItemTable, used: Iterable[str]) -> None:
        self.unit = shelf.unit
        self.items = {item.id: item for item in shelf.items}
        self.is_exported = table.record is not None
        self.recorded = table.record.items if table.record else {}
        self.problems = list(table.problems)
        self.used = {*used, *self.items, *self.recorded}
        written = (clean(row.cells["id"].text) for row in table.rows if "id" in row.cells)
        self.numbering = Numbering([*self.used, *written])
        self.lines: dict[str, str] = {}
        self.changed: list[ChangedItem] = []
        self.added: list[Added] = []
        self.unchanged = 0

    @cached_property
    def texts(self) -> dict[str, str]:
        """The id of the item with each hash of a text."""
        return {item.sha256(): item.id for item in self.items.values()}

    def take(self, row: ItemRow) -> None:
        """Process one line of the file."""
        written = row.cells.get("id", ItemCell("", row.where))
        # The id of the bank that is meant, or what was written.
        forms = (written.text, clean(written.text), plain_digits(clean(written.text)))
        is_known = (form for form in forms if form in self.items or form in self.recorded)
        name = next(is_known, clean(written.text))
        if written.fault:
            self._refuse(row, written.problem(*written.fault, field="id"))
        elif not clean(name):
            filled = (field for field, cell in row.cells.items() if clean(cell.text) or cell.fault)
            if any(field.split(".")[0] in _CONTENT for field in filled):
                self._add(row, None)
        elif name in self.lines:
            message = tell(
                "is already the id on {line}. Leave it empty for a new item.", line=self.lines[name]
            )
            self._refuse(row, written.problem("item-twice", message, name, "id"))
        elif name in self.items:
            self.lines[name] = written.where
            self._compare(row, self.items[name])
        else:
            self.lines[name] = written.where
            self._unknown(row, name, written)

    def _refuse(self, row: ItemRow, fault: Problem) -> None:
        """Report a line whose id is wrong, together with the faults of its filled cells."""
        _, faults = self._data(row)
        filled = {field for field, cell in row.cells.items() if clean(cell.text) or cell.fault}
        self.problems += [fault, *(one for one in faults if one.field in filled)]

    def _unknown(self, row: ItemRow, name: str, written: ItemCell) -> None:
        if recorded := self.recorded.get(name):
            if any(
                recorded.cells.get(field, digest("")) != digest(cell.text)
                for field, cell in row.cells.items()
            ):
                message = tell("is no longer in the bank, but its line was changed. Remove the line.")
                self.problems.append(written.problem("conflict", message, name, "id"))
            return
        codes = [criterion.code for criterion in self.unit.criteria]
        pc, _, number = name.rpartition("-")
        if not self.is_exported and name not in self.used and pc in codes and re.fullmatch(r"\d+", number):
            self._add(row, name)
            return
        # looked for among the items of the criterion that it seems to name
        pcs = nearest(pc, codes)
        near = [known for known in self.items if known.rpartition("-")[0] in pcs]
        message = tell(
            "is not an item of {unit}. Leave the id empty for a new item{near}",
            unit=self.unit.code,
            near=suggestion(name, near),
        )
        self._refuse(row, written.problem("item-unknown", message, name, "id"))

    def _compare(self, row: ItemRow, item: Item) -> None:
        faults: list[Problem] = []
        changes: list[FieldChange] = []
        recorded = self.recorded.get(item.id)
        before = cells_of(item)
        for field, cell in row.cells.items():
            if field == "id":
                continue
            if cell.fault:
                faults.append(cell.problem(*cell.fault, item=item.id, field=field))
            elif cell.text != before.get(field, "") and not (
                recorded and recorded.cells.get(field) == digest(cell.text)
            ):
                self._change(item, field, cell, changes, faults)
        if changes and recorded and recorded.whole != whole_sha256(item):
            names = ", ".join(change.heading or change.field for change in changes)
            message = tell(
                "was changed both in the bank after this file was exported and here ({names}). Export again.",
                names=names,
            )
            faults.append(Problem(self.lines[item.id], "conflict", message, item.id))
        self.problems += faults
        if not changes:
            self.unchanged += 1
            return
        if not errors_of(faults):
            self.changed.append(ChangedItem(item.id, self.lines[item.id], tuple(changes), row.cells))
        self.problems += _of_hidden(row, item.id)

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
        """Add a new item, unless the same file is read a second time."""
        data, faults = self._data(row)
        self.problems += faults
        if errors_of(faults):
            return
        try:
            item = Item.model_validate({**data, "id": name or self.numbering.next_id(data["pcs"][0])})
        except ValidationError as error:
            self.problems += invalid(row, error)
            return
        twin = self.texts.setdefault(item.sha256(), item.id)
        if twin != item.id and name is None:
            message = tell(
                "has the same text as {twin} and was not added. To change that item, write its id here.",
                twin=twin,
            )
            self.problems.append(Problem(row.where, "item-there", message, severity="notice"))
            return
        self.used.add(item.id)
        self.numbering.take(item.id)
        self.lines[item.id] = row.where
        self.added.append(Added(item, row.where, row.cells))
        self.problems += _of_hidden(row, item.id)

    def _data(self, row: ItemRow) -> tuple[dict[str, Any], list[Problem]]:
        """Return the fields of a new item, and the faults that prevent it."""
        data: dict[str, Any] = {"status": "draft", "options": {}, "right_if": {}, "rationale": {}}
        faults = []
        for field in dict.fromkeys((*row.cells, *REQUIRED)):
            cell = row.cells.get(field) or ItemCell("", row.where, heading=heading_of(field))
            if field == "id" or (field == "status" and not clean(cell.text) and not cell.fault):
                continue
            if cell.fault:
                faults.append(cell.problem(*cell.fault, field=field))
                continue
            try:
                value = value_of(field, cell.text, self.unit)
                if value is None and field in REQUIRED:
                    raise ValueError(tell("is empty. Write its text."))
            except ValueError as error:
                faults.append(cell.problem("cell-value", error.args[0], field=field))
                continue
            name, _, letter = field.partition(".")
            if value is not None:
                (data[name] if letter else data)[letter or name] = value
            faults += understood(cell, field, value)
        return data, faults


def _of_hidden(row: ItemRow, name: str) -> list[Problem]:
    if not row.hidden:
        return []
    return [
        Problem(row.where, "row-hidden", tell("is on a hidden line and was read"), name, severity="notice")
    ]
