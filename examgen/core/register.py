"""The register of a sitting: who was to come, where they sat, what they were dealt, whether they came.

Held as columns, so that a million candidates take little memory; ids are UTF-8, composed (NFC).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.core.candidate_numbers import canonical_bytes
from examgen.core.models.rooms import ExamRoom
from examgen.core.responses.rows import Ints, Texts
from examgen.core.words import Message, tell

PRESENT, ABSENT, NOT_KNOWN = 1, 0, -1
"""What a register says of a candidate's coming."""


class RosterColumn(NamedTuple):
    """A column of the roster, by the name that files and tables have for it."""

    name: str
    label: Message
    """As a candidate's report calls it."""
    heads: tuple[tuple[str, ...], ...]
    """What a list may call it, the best first; equals stand together."""


ROSTER_COLUMNS = (
    RosterColumn(
        "seat",
        tell("Seat"),
        (("seat",), ("ที่นั่งสอบ", "ที่นั่ง", "เลขที่นั่ง", "seat_no", "seat_number")),
    ),
)
"""What a roster says of a candidate beside number, name, centre, room, form and status. Each is written to
the run and read from there; reports show it, but not under codes."""
PLACES = "places.csv"
PLACES_HEADER = ("candidate_id", "centre", "room", *(one.name for one in ROSTER_COLUMNS))
"""A file of a run, where the roster says anything of this: what it says of each."""

_CHUNK = 4096
_END = "\x1f"
"""Parts texts in a chunk: white space, which no single-spaced text holds."""


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

    `place` gives the place of each id. `rooms` and `forms` are what they are called,
    `room` (n,) and `form` (n,) their numbers, -1 where the list says none; a form is one that answers are
    scored by. `status` (n,) is `PRESENT`, `ABSENT` or `NOT_KNOWN`. `spare` counts booklets that were
    nobody's, `sha256` is that of the list.
    """

    name: str
    place: Mapping[bytes, int]
    names: PackedTexts
    columns: Mapping[str, PackedTexts]
    """Of `ROSTER_COLUMNS` the texts, by the name of the column."""
    rooms: tuple[ExamRoom, ...]
    room: npt.NDArray[np.int32]
    forms: tuple[str, ...]
    form: npt.NDArray[np.int32]
    status: npt.NDArray[np.int8]
    spare: int = 0
    sha256: str = ""
    _otherwise: dict[bytes, int] = field(init=False, default_factory=dict)
    """By number as it is compared, the place of those that the list writes otherwise; -1 of several."""

    def __post_init__(self) -> None:
        """Compares the numbers that are more than letters and digits of ASCII."""
        for one, at in self.place.items():
            if not one.isalnum() and (number := canonical_bytes(one)) != one:
                is_one = number not in self.place and number not in self._otherwise
                self._otherwise[number] = at if is_one else -1

    @property
    def size(self) -> int:
        """The number of candidates."""
        return len(self.status)

    def with_forms(self, dealt: Mapping[str, str]) -> Register:
        """The same with the forms that were dealt, by candidate, where the list says none."""
        numbers = {name: n for n, name in enumerate(self.forms)}
        form = self.form.copy()
        for one, at in self.place.items() if dealt else ():
            if form[at] < 0 and (own := dealt.get(one.decode("utf-8", "surrogateescape"))):
                form[at] = numbers.setdefault(own, len(numbers))
        return replace(self, forms=tuple(numbers), form=form)

    def find(self, candidate: bytes) -> int:
        """The place of a number in UTF-8, however it is written; -1 where the list does not have it."""
        if (at := self.place.get(candidate)) is not None:
            return at
        number = canonical_bytes(candidate)
        return self._otherwise.get(number, self.place.get(number, -1))

    @property
    def has_places(self) -> bool:
        """Whether it says of anybody what places.csv has."""
        return bool(self.rooms) or any(text for texts in self.columns.values() for text in texts)

    def places_of(self) -> Iterator[tuple[str, ...]]:
        """Where each is to sit, as the columns of places.csv."""
        for n, (one, number) in enumerate(zip(self.place, self.room.tolist(), strict=True)):
            centre, room = self.rooms[number] if number >= 0 else ("", "")
            own = (self.columns[column.name][n] for column in ROSTER_COLUMNS)
            yield one.decode("utf-8", "surrogateescape"), centre, room, *own

    def places(self, ids: Texts) -> Ints:
        """The place of each id."""
        return np.fromiter(map(self.find, ids.tolist()), np.int64, len(ids))
