"""Booklets of rooms → seating plan, attendance list and packing slip of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen.models import Booklet, Exam
from examgen.storage import write_file
from examgen.workflow.processes import in_order, usable_cpus

if TYPE_CHECKING:
    from examgen.papers.room_press import RoomPapers

Pages = dict[str, tuple[int, int]]
"""By serial, the pages of booklet and answer sheet."""


class _Means(NamedTuple):
    """What the papers of all rooms are made with."""

    exam: Exam
    templates: tuple[Path, ...]


def without_orders(booklets: Iterable[Booklet]) -> tuple[Booklet, ...]:
    """The booklets without the orders of their items, which no paper of a room shows: they take much room."""
    return tuple(one._replace(order=one.order._replace(items=(), options=())) for one in booklets)


def print_rooms(sat: Exam, templates: Sequence[Path], rooms: Sequence[tuple[Path, RoomPapers]]) -> None:
    """The papers of each room into its folder: composed, or laid out one by one by several processes where a
    workspace has templates of its own."""
    from examgen.papers.room_press import RoomPress, is_composed

    if is_composed(templates):
        RoomPress(sat, templates).write(rooms)
        return
    only = [of for _, of in rooms]
    printed = in_order(room_papers, only, _Means, (sat, tuple(templates)), usable_cpus())
    for (folder, _), files in zip(rooms, printed, strict=True):
        for name, pdf in files.items():
            write_file(folder / name, pdf)


def room_papers(means: _Means, of: RoomPapers) -> dict[str, bytes]:
    """The papers of one room by their file names."""
    from examgen.papers import rooms

    sat, templates = means
    return {
        rooms.PLAN.file: rooms.seating_plan(sat, of.room, of.booklets, templates),
        rooms.LIST.file: rooms.attendance(sat, of.room, of.booklets, templates),
        rooms.SLIP.file: rooms.packing_slip(sat, of.room, of.booklets, templates, of.pages),
    }
