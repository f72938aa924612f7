"""What an import of a workbook would do: values, from the comparison with the bank to the files written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from examgen.bank.workbook.faults import Placed
from examgen.bank.workbook.table import Cell
from examgen.core.models.item import Item
from examgen.core.problems import Problem


class Change(NamedTuple):
    """One field of one item: what the bank says, what the file says, where and under which heading."""

    field: str
    old: Any
    new: Any
    where: str
    heading: str | None = None


class Changed(NamedTuple):
    """An item that the file changes; `stood_in` are texts for options that the line has, but not legibly."""

    item: str
    where: str
    changes: tuple[Change, ...]
    cells: dict[str, Cell]
    faulty: frozenset[str] = frozenset()
    stood_in: Mapping[str, str] = {}


class Added(NamedTuple):
    """A new item, with the id it gets; where fields are faulty, as it might be once they are mended."""

    item: Item
    where: str
    cells: dict[str, Cell]
    faulty: frozenset[str] = frozenset()


class Plan(NamedTuple):
    """What an import would do; nothing, where any problem is an error. `unfinished` are new lines with
    faults, to be checked with the rest and never written."""

    changed: tuple[Changed, ...]
    added: tuple[Added, ...]
    unchanged: int
    removed: tuple[str, ...]
    problems: tuple[Problem, ...]
    unfinished: tuple[Added, ...] = ()

    def placed(self) -> list[Placed]:
        """Where the items that are concerned stand in the file."""
        new = (Placed(one.item.id, one.where, one.cells, one.faulty) for one in self.all_new)
        return [*(Placed(one.item, one.where, one.cells, one.faulty) for one in self.changed), *new]

    @property
    def all_new(self) -> tuple[Added, ...]:
        """New items, the unfinished ones too."""
        return (*self.added, *self.unfinished)
