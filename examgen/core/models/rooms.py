"""An exam room, as lists, rosters and answers name it."""

from __future__ import annotations

from typing import NamedTuple


class ExamRoom(NamedTuple):
    """A room by its centre, for two centres may call a room alike; either is empty where no list names it."""

    centre: str
    name: str

    @property
    def shown(self) -> str:
        """What people read where no column of its own says the centre."""
        return " – ".join(filter(None, self))
