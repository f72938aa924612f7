"""The register of a sitting: who was to come, where they sat, what they were dealt, whether they came.

Held as columns, so that a million candidates take little memory; ids are UTF-8, composed (NFC).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from examgen.responses.rows import Ints, Texts
from examgen.text.characters import composed_text

PRESENT, ABSENT, NOT_KNOWN = 1, 0, -1
"""What a register says of a candidate's coming."""

_CHUNK = 4096
_END = "\x1f"
"""Parts texts in a chunk: white space, which no single-spaced text holds."""


class Column:
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

    `place` gives the place of each id. `rooms` and `forms` are names, `room` (n,) and `form` (n,) their
    numbers, -1 where the list says none; a form is one that answers are scored by. `status` (n,) is
    `PRESENT`, `ABSENT` or `NOT_KNOWN`. `spare` counts booklets that were nobody's,
    `sha256` is that of the list.
    """

    name: str
    place: Mapping[bytes, int]
    names: Column
    seats: Column
    rooms: tuple[str, ...]
    room: npt.NDArray[np.int32]
    forms: tuple[str, ...]
    form: npt.NDArray[np.int32]
    status: npt.NDArray[np.int8]
    spare: int = 0
    sha256: str = ""

    @property
    def size(self) -> int:
        """The number of candidates."""
        return len(self.status)

    def places(self, ids: Texts) -> Ints:
        """The place of each id (UTF-8, composed or not), -1 where the list does not have it."""
        place = self.place
        found = [place.get(candidate, -1) for candidate in ids.tolist()]
        if -1 in found:
            found = [
                place.get(composed(candidate), -1) if at < 0 else at
                for at, candidate in zip(found, ids.tolist(), strict=True)
            ]
        return np.array(found, dtype=np.int64)


def composed(candidate: bytes) -> bytes:
    """An id in UTF-8 as it is compared."""
    if candidate.isascii():
        return candidate
    text = composed_text(candidate.decode("utf-8", "surrogateescape"))
    return text.encode("utf-8", "surrogateescape")
