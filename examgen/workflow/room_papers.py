"""Booklets of rooms → seating plan, attendance list and packing slip of each, from several processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.models import Booklet, Exam
from examgen.workflow.processes import in_order, usable_cpus

Pages = dict[str, tuple[int, int]]
"""By serial, the pages of booklet and answer sheet."""


class RoomPapers(NamedTuple):
    """What the papers of a room are made from."""

    room: str
    booklets: tuple[Booklet, ...]
    pages: Pages


class _Means(NamedTuple):
    """What the papers of all rooms are made with."""

    exam: Exam
    templates: tuple[Path, ...]


def without_orders(booklets: Iterable[Booklet]) -> tuple[Booklet, ...]:
    """The booklets without the orders of their items, which no paper of a room shows: they take much room."""
    return tuple(one._replace(order=one.order._replace(items=(), options=())) for one in booklets)


def printed_rooms(
    sat: Exam, templates: Sequence[Path], rooms: Sequence[RoomPapers]
) -> Iterator[dict[str, bytes]]:
    """The papers of each room by their file names, in the order of the rooms."""
    return in_order(room_papers, rooms, _Means, (sat, tuple(templates)), usable_cpus())


def room_papers(means: _Means, of: RoomPapers) -> dict[str, bytes]:
    """The papers of one room."""
    from examgen.papers import rooms

    sat, templates = means
    return {
        "seating-plan.pdf": rooms.seating_plan(sat, of.room, of.booklets, templates),
        "attendance.pdf": rooms.attendance(sat, of.room, of.booklets, templates),
        "packing-slip.pdf": rooms.packing_slip(sat, of.room, of.booklets, templates, of.pages),
    }
