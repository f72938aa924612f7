"""Rows that were read from lines which may stand in a quoted note: found once all parts are read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from examgen.capture.quoted_notes import quoted_notes
from examgen.responses.rows import Ints
from examgen.responses.spool import blocks
from examgen.workflow.scoring import tasks
from examgen.workflow.scoring.parts import ReadParts
from examgen.workflow.scoring.rows import lines_of

REASON = "broken_quote"


def rows_in_notes(folder: Path, reading: tasks.Reading, read: ReadParts) -> Mapping[int, Ints]:
    """By part, the places of the rows (ascending), but of those that a grader has decided on."""
    broken: dict[int, list[tuple[int, str]]] = {}
    for number, (part, before) in enumerate(zip(read.parts, read.first_line, strict=True)):
        if not read.found[number].set_aside:
            continue
        for block in blocks(tasks.place(folder, "aside", number)):
            own = [(line + before, raw) for line, _, reason, raw, *_ in block["rows"] if reason == REASON]
            broken.setdefault(part.file, []).extend(own)
    found: dict[int, Ints] = {}
    for file, lines in broken.items():
        stretches = quoted_notes(reading.files[file], sorted(lines))
        decided = reading.layout.overlays.lines(reading.files[file].structure.name)
        for number, part in enumerate(read.parts):
            if stretches and part.file == file:
                found[number] = _between(folder, number, read.first_line[number], stretches, decided)
    return {number: places for number, places in found.items() if len(places)}


def _between(
    folder: Path,
    number: int,
    before: int,
    stretches: Sequence[tuple[int, int]],
    decided: Collection[int],
) -> Ints:
    """The places of the rows of a part whose lines lie within a stretch."""
    firsts, lasts = np.array(stretches, np.int64).T
    found: list[Ints] = [np.empty(0, np.int64)]
    start = 0
    for block in blocks(tasks.place(folder, "rows", number)):
        lines = lines_of(block) + before
        at = np.searchsorted(firsts, lines) - 1
        is_between = (at >= 0) & (lines < lasts[at]) & ~np.isin(lines, list(decided))
        found.append(start + np.flatnonzero(is_between))
        start += len(lines)
    return np.concatenate(found)
