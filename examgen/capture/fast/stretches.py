"""Whole lines that wait to be read, and stretches of those whose bytes prove nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.capture.tabular.streams import Lines
from examgen.responses.rows import Ints

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


def quoted_runs(
    data: bytes, starts: Ints, ends: Ints, proven: Flags, alone: Collection[int]
) -> Iterator[tuple[int, int]]:
    """The stretches of lines that are not proven in which a quote stands, and the lines `alone`."""
    if not alone and b'"' not in data:
        return
    for a, b in runs(proven, sorted(alone)):
        if a in alone or data.find(b'"', int(starts[a]), int(ends[b - 1])) >= 0:
            yield a, b
