"""The register of a sitting: the registered candidates, with their room, assigned form and attendance.

It is stored as columns, so that a million candidates take little memory. Ids are UTF-8 in NFC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.core.candidate_numbers import canonical_bytes
from examgen.core.exam.names import CANDIDATES_CSV
from examgen.core.models.field_types import ExamRoom
from examgen.core.responses.rows import Ints, Texts
from examgen.core.words import Message, tell

PRESENT, ABSENT, NOT_KNOWN = 1, 0, -1
"""The attendance of a candidate."""


class RosterColumn(NamedTuple):
    """An extra column of the roster, with its name in files and tables."""

    name: str
    label: Message
    """Its label in a candidate's report."""
    heads: tuple[tuple[str, ...], ...]
    """The headings that a list may have for it, best first; a list with two of one group is refused."""
    of_place: bool = False
    """Whether it states where the candidate sits. It is then left out if the answers name another centre."""
    is_reported: bool = True
    """Whether reports show it to candidates."""


TRAINER = "trainer"
"""The column with the person who trained the candidate, and who may not assess them."""
ROSTER_COLUMNS = (
    RosterColumn(
        "seat",
        tell("Seat"),
        (("seat",), ("ที่นั่งสอบ", "ที่นั่ง", "เลขที่นั่ง", "seat_no", "seat_number")),
        of_place=True,
    ),
    RosterColumn(
        "organisation",
        tell("Organisation"),
        (("organisation", "organization"), ("หน่วยงาน",), ("สังกัด",), ("หน่วยงานต้นสังกัด", "ต้นสังกัด")),
    ),
    RosterColumn(
        TRAINER,
        tell("Trainer"),
        (("trainer", "trainers"), ("ผู้ฝึกอบรม", "ผู้ฝึกสอน", "ครูฝึก", "วิทยากร")),
        is_reported=False,
    ),
)
"""The columns of a roster besides number, name, centre, room, form and status."""
_OF_PRINTING = ("candidate_id", "centre", "room", "form", "seat", "name")
PLACES = "places.csv"
REPORTED_COLUMNS = tuple(one for one in ROSTER_COLUMNS if one.is_reported)
"""The columns that a run keeps and reports show."""
PLACES_HEADER = ("candidate_id", "centre", "room", *(one.name for one in REPORTED_COLUMNS))
"""The header of the file of a run with the place of each candidate. It is written if the roster has any of
these columns."""


@dataclass(frozen=True, slots=True)
class Register:
    """The candidates of a list, in its order. A candidate is identified by the position in it, from 0.

    `place` has the position of each id. `rooms` and `forms` are names; `room` (n,) and `form` (n,) are
    indices into them, -1 if the list gives none. A form is one whose key is used to score the answers.
    `status` (n,) is `PRESENT`, `ABSENT` or `NOT_KNOWN`. `spare` is the number of booklets not assigned to
    anyone; `sha256` is that of the list.
    """

    name: str
    place: Mapping[bytes, int]
    names: pl.Series
    columns: Mapping[str, pl.Series]
    """The texts of `ROSTER_COLUMNS`, by the name of the column."""
    rooms: tuple[ExamRoom, ...]
    room: npt.NDArray[np.int32]
    forms: tuple[str, ...]
    form: npt.NDArray[np.int32]
    status: npt.NDArray[np.int8]
    spare: int = 0
    sha256: str = ""
    _otherwise: dict[bytes, int] = field(init=False, default_factory=dict)
    """The positions of ids that are not canonical, by canonical number; -1 if several have the same one."""

    def __post_init__(self) -> None:
        """Finds the canonical numbers of ids with characters other than letters and digits."""
        for one, at in self.place.items():
            if not one.isalnum() and (number := canonical_bytes(one)) != one:
                is_one = number not in self.place and number not in self._otherwise
                self._otherwise[number] = at if is_one else -1

    @property
    def size(self) -> int:
        """The number of candidates."""
        return len(self.status)

    @classmethod
    def of_printing(cls, printed: pl.DataFrame) -> Register:
        """Returns the register of the candidates for whom papers were printed, from candidates.csv.
        Attendance is not known, whatever its other columns contain."""
        blank = [""] * printed.height
        columns = (printed.get_column(name, default=blank) for name in _OF_PRINTING)
        rows = [row for row in zip(*columns, strict=True) if row[0]]
        rooms, forms = dict[ExamRoom, int](), dict[str, int]()
        room_of = [
            rooms.setdefault(ExamRoom(centre, room), len(rooms)) if centre or room else -1
            for _, centre, room, *_ in rows
        ]
        form_of = [forms.setdefault(form, len(forms)) for *_, form, _, _ in rows]
        return cls(
            name=CANDIDATES_CSV,
            place={one.encode("utf-8", "surrogateescape"): n for n, (one, *_) in enumerate(rows)},
            names=pl.Series("name", [name for *_, name in rows], pl.String),
            columns={"seat": pl.Series("seat", [seat for *_, seat, _ in rows], pl.String)},
            rooms=tuple(rooms),
            room=np.array(room_of, dtype=np.int32),
            forms=tuple(forms),
            form=np.array(form_of, dtype=np.int32),
            status=np.full(len(rows), NOT_KNOWN, dtype=np.int8),
        )

    def with_forms(self, dealt: Mapping[str, str]) -> Register:
        """Returns the register with assigned forms (by candidate) filled in for candidates to whom the list
        gives none."""
        numbers = {name: n for n, name in enumerate(self.forms)}
        form = self.form.copy()
        for one, at in self.place.items() if dealt else ():
            if form[at] < 0 and (own := dealt.get(one.decode("utf-8", "surrogateescape"))):
                form[at] = numbers.setdefault(own, len(numbers))
        return replace(self, forms=tuple(numbers), form=form)

    def find(self, candidate: bytes) -> int:
        """Returns the position of a candidate number in UTF-8, in any spelling; -1 if it is not in the
        list."""
        if (at := self.place.get(candidate)) is not None:
            return at
        number = canonical_bytes(candidate)
        return self._otherwise.get(number, self.place.get(number, -1))

    @property
    def trainers(self) -> dict[str, str]:
        """The person who trained each candidate, by canonical candidate number, if the list names one."""
        names = self.columns[TRAINER].to_list() if TRAINER in self.columns else [""] * self.size
        return {
            canonical_bytes(who).decode("utf-8", "surrogateescape"): names[at]
            for who, at in self.place.items()
            if names[at]
        }

    @property
    def has_places(self) -> bool:
        """Whether there is anything to write to places.csv."""
        reported = (self.columns[one.name] for one in REPORTED_COLUMNS if one.name in self.columns)
        return bool(self.rooms) or any((texts != "").any() for texts in reported)

    def places_of(self) -> Iterator[tuple[str, ...]]:
        """Yields the row of each candidate in places.csv."""
        reported = [self.columns[column.name] for column in REPORTED_COLUMNS]
        for one, number, *texts in zip(self.place, self.room.tolist(), *reported, strict=True):
            centre, room = self.rooms[number] if number >= 0 else ("", "")
            yield one.decode("utf-8", "surrogateescape"), centre, room, *texts

    def places(self, ids: Texts) -> Ints:
        """Returns the position of each id in the register; -1 if it is not in the list."""
        return np.fromiter(map(self.find, ids.tolist()), np.int64, len(ids))
