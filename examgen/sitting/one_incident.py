"""An incident that somebody enters individually → a list of one line among the returns of centres.

Its number is assigned here. The forms of centres use the numbers below `FIRST`, so that a form returned later
cannot have the same number.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from examgen.capture.cells import fold
from examgen.capture.centre_returns import Incident
from examgen.core.csv_files import csv_cells
from examgen.core.exam.names import NO_CENTRE, folder_names
from examgen.core.exam.package import read_package
from examgen.core.files import write_file
from examgen.core.problems import Refused
from examgen.scoring.sitting_events import events_of, places_of
from examgen.scoring.sitting_folder import Sitting
from examgen.sitting.taking import Given, take

FIRST = 101
"""The first number assigned here, at each centre."""
FIELDS = (
    "day",
    "time",
    "centre",
    "room",
    "kind",
    "candidates",
    "what",
    "done",
    "reported_by",
    "minutes_lost",
)
"""The fields of an incident, named like the columns of the list."""
_SAME = ("day", "time", "room", "kind", "what")


def enter_incident(sitting: Sitting, said: Mapping[str, str], by: str) -> str:
    """Record an incident and return its name. Raises Refused with every fault, or if the same incident is
    already recorded. The folder is locked, so that no two incidents get the same number."""
    with sitting.changing():
        exam = read_package(sitting.exam)
        events, places = events_of(sitting, exam), places_of(sitting, exam)
        named = said.get("centre", "")
        centre = places.centres.get(fold(named), named) or places.only
        here = [one for one in events.incidents if fold(one.centre) == fold(centre)]
        if (twin := next((one for one in here if _is_same(one, said, places.day)), None)) is not None:
            raise Refused.because("this is already recorded as incident {name}", name=twin.name)
        number = max([FIRST - 1, *(one.number for one in here)]) + 1
        cells = {"number": str(number), **{name: said.get(name, "") for name in FIELDS}, "centre": centre}
        text = "".join(f"{csv_cells(line)}\n" for line in (cells, cells.values()))
        [folder] = folder_names([centre], NO_CENTRE).values()
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / f"incident-{folder}-{number}.csv"
            write_file(path, b"\xef\xbb\xbf" + text.encode())
            take(sitting, [Given(path, path.name, "returns")], by)
    return f"{centre} {number}".strip()


def _is_same(one: Incident, said: Mapping[str, str], day: str) -> bool:
    """Return whether the same incident was recorded before, as when a button is pressed twice; `day` is the
    day of the exam."""
    given = {**said, "day": said.get("day") or day}
    own = {**one._asdict(), "day": one.day or day}
    return all(fold(str(own[name])) == fold(given.get(name, "")) for name in _SAME)
