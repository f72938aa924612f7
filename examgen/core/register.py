"""The register of a sitting: who was registered, where they sat, which form they were assigned, who came.

It is kept as columns, so that a million candidates take little memory; ids are UTF-8 in NFC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.core.candidate_numbers import canonical_bytes
from examgen.core.exam.names import CANDIDATES_CSV
from examgen.core.models.base import ExamRoom
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
    """Whether it says where somebody sits: it is then left out where the answers name another centre."""
    is_reported: bool = True
    """Whether reports tell candidates of it."""


TRAINER = "trainer"
"""Who trained the candidate, and so may not assess them."""
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
"""Columns of a roster besides number, name, centre, room, form and status. The run keeps each of them, and
reports show them."""
_OF_PRINTING = ("candidate_id", "centre", "room", "form", "seat", "name")
PLACES = "places.csv"
REPORTED_COLUMNS = tuple(one for one in ROSTER_COLUMNS if one.is_reported)
"""Those of them that a run keeps and reports show."""
PLACES_HEADER = ("candidate_id", "centre", "room", *(one.name for one in REPORTED_COLUMNS))
"""A file of a run with the place of each candidate, if the roster has any of these columns."""

_CHUNK = 4096
_END = "\x1f"
"""Separates texts in a chunk: white space that no single-spaced text has."""


class PackedTexts:
    """Single-spaced texts by number, joined a few thousand at a time: a tenth of the memory of a list."""

    __slots__ = ("_chunks", "_last", "_open", "_shown")

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self._chunks: list[str] = []
        self._open: list[str] = []
        self._last = -1
        self._shown: list[str] = []
        for text in texts:
            self.append(text)

    def append(self, text: str) -> None:
        """Adds a text at the end."""
        self._open.append(text)
        if len(self._open) == _CHUNK:
            self._chunks.append(_END.join(self._open))
            self._open = []

    def __len__(self) -> int:
        return len(self._chunks) * _CHUNK + len(self._open)

    def __getitem__(self, number: int) -> str:
        chunk, place = divmod(number, _CHUNK)
        if chunk == len(self._chunks):
            return self._open[place]
        if chunk != self._last:
            self._shown, self._last = self._chunks[chunk].split(_END), chunk
        return self._shown[place]

    def __iter__(self) -> Iterator[str]:
        return (self[number] for number in range(len(self)))


@dataclass(frozen=True, slots=True)
class Register:
    """The candidates of a list by place, from 0, in its order.

    `place` has the place of each id. `rooms` and `forms` are names; `room` (n,) and `form` (n,) are numbers
    into them, -1 if the list gives none. A form is one whose key scores answers. `status` (n,) is `PRESENT`,
    `ABSENT` or `NOT_KNOWN`. `spare` counts booklets that nobody was assigned; `sha256` is that of the list.
    """

    name: str
    place: Mapping[bytes, int]
    names: PackedTexts
    columns: Mapping[str, PackedTexts]
    """The texts of `ROSTER_COLUMNS`, by the name of the column."""
    rooms: tuple[ExamRoom, ...]
    room: npt.NDArray[np.int32]
    forms: tuple[str, ...]
    form: npt.NDArray[np.int32]
    status: npt.NDArray[np.int8]
    spare: int = 0
    sha256: str = ""
    _otherwise: dict[bytes, int] = field(init=False, default_factory=dict)
    """The places of ids that are not canonical, by canonical number; -1 if several have the same one."""

    def __post_init__(self) -> None:
        """Finds the canonical numbers of ids that have more than ASCII letters and digits."""
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
        """The candidates whom papers were printed for, by its candidates.csv. Nobody
        knows whether they came, whatever further columns say."""
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
            names=PackedTexts([name for *_, name in rows]),
            columns={"seat": PackedTexts([seat for *_, seat, _ in rows])},
            rooms=tuple(rooms),
            room=np.array(room_of, dtype=np.int32),
            forms=tuple(forms),
            form=np.array(form_of, dtype=np.int32),
            status=np.full(len(rows), NOT_KNOWN, dtype=np.int8),
        )

    def with_forms(self, dealt: Mapping[str, str]) -> Register:
        """The register with the assigned forms (by candidate) where the list gives none."""
        numbers = {name: n for n, name in enumerate(self.forms)}
        form = self.form.copy()
        for one, at in self.place.items() if dealt else ():
            if form[at] < 0 and (own := dealt.get(one.decode("utf-8", "surrogateescape"))):
                form[at] = numbers.setdefault(own, len(numbers))
        return replace(self, forms=tuple(numbers), form=form)

    def find(self, candidate: bytes) -> int:
        """The place of a candidate number in UTF-8, in any spelling; -1 if the list does not have it."""
        if (at := self.place.get(candidate)) is not None:
            return at
        number = canonical_bytes(candidate)
        return self._otherwise.get(number, self.place.get(number, -1))

    @property
    def trainers(self) -> dict[str, str]:
        """Who trained each candidate, by number as it is compared, where the list says it."""
        texts = self.columns.get(TRAINER, ())
        return {
            canonical_bytes(who).decode("utf-8", "surrogateescape"): texts[at]
            for who, at in self.place.items()
            if texts and texts[at]
        }

    @property
    def has_places(self) -> bool:
        """Whether it has anything for places.csv."""
        reported = (self.columns.get(one.name, ()) for one in REPORTED_COLUMNS)
        return bool(self.rooms) or any(text for texts in reported for text in texts)

    def places_of(self) -> Iterator[tuple[str, ...]]:
        """The place of each candidate, as the columns of places.csv."""
        for n, (one, number) in enumerate(zip(self.place, self.room.tolist(), strict=True)):
            centre, room = self.rooms[number] if number >= 0 else ("", "")
            own = (self.columns[column.name][n] for column in REPORTED_COLUMNS)
            yield one.decode("utf-8", "surrogateescape"), centre, room, *own

    def places(self, ids: Texts) -> Ints:
        """The place of each id in the register; -1 if the list does not have it."""
        return np.fromiter(map(self.find, ids.tolist()), np.int64, len(ids))
