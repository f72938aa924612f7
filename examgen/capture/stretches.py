"""Whole lines that wait to be read, and stretches of those whose bytes prove nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.capture.proof import Proof
from examgen.capture.streams import (
    Lines,
)
from examgen.responses import Batch

Flags = npt.NDArray[np.bool_]


class Pending(NamedTuple):
    """Lines that wait to be read; places are those of `Lines`."""

    data: bytes
    cut: dict[int, int]
    mark: int | None

    def with_more(self, lines: Lines) -> Pending:
        """These lines with the next ones behind them."""
        if not self.data:
            return Pending(*lines)
        moved = {place + len(self.data): size for place, size in lines.cut.items()}
        mark = self.mark if lines.mark is None else lines.mark + len(self.data)
        return Pending(self.data + lines.data, {**self.cut, **moved}, mark)

    def up_to(self, end: int) -> Pending:
        """The lines before a place."""
        return Pending(self.data[:end], {place: n for place, n in self.cut.items() if place < end}, None)

    def behind(self, start: int) -> Pending:
        """The lines from a place on."""
        cut = {place - start: n for place, n in self.cut.items() if place >= start}
        return Pending(self.data[start:], cut, None if self.mark is None else max(0, self.mark - start))


def with_last(items: Iterable[Lines]) -> Iterator[tuple[Lines, bool]]:
    """The items, and of each whether it is the last; one without lines where there is none."""
    items = iter(items)
    item = next(items, Lines(b"", {}, None))
    for after in items:
        yield item, False
        item = after
    yield item, True


def runs(proven: Flags, alone: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Stretches of lines that are not proven; the lines `alone` are stretches of their own."""
    changes = np.flatnonzero(np.diff(np.concatenate([[True], proven, [True]]))).tolist()
    for a, b in zip(changes[0::2], changes[1::2], strict=True):
        start = a
        for line in alone:
            if a <= line < b:
                if start < line:
                    yield start, line
                yield line, line + 1
                start = line + 1
        if start < b:
            yield start, b


def nothing_proven(data: bytes) -> Proof:
    """The lines of data as a proof that has none of them."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    if data and not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    none = np.empty(0, np.int64)
    batch = Batch(none, np.empty(0, "S1"), none, np.empty((0, 0), np.uint8), True)
    return Proof(np.zeros(len(ends), np.bool_), batch, starts, ends)
