"""Rows of all files → one row a candidate: identical repeats kept once, conflicting rows set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from examgen.capture.rows import Fault, Row
from examgen.tables import INVALID, QUARANTINE, RESPONSE_ROWS, InputFile, Marks, Responses


@dataclass(frozen=True, slots=True)
class FileRows:
    """What was read from one file."""

    file: InputFile
    extra_names: tuple[str, ...]
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


class _Placed(NamedTuple):
    """A row and the number of its file."""

    file: int
    row: Row


def settle(files: Sequence[FileRows], options: dict[str, tuple[int, ...]]) -> Responses:
    """All rows as one table; `options` are the numbers of options of each form's questions."""
    placed = [_Placed(k, row) for k, file in enumerate(files) for row in file.rows]
    marks = _matrix(placed, options)
    kept, repeats, conflicting = _settled(placed, marks)
    faults = [(k, fault) for k, file in enumerate(files) for fault in file.faults]
    for i in conflicting:
        k, row = placed[i]
        faults.append((k, Fault(row.line, row.candidate_id, "conflicting_rows", row.raw)))
    faults.sort(key=lambda entry: (entry[0], entry[1].line))
    return Responses(
        rows=_table([placed[i] for i in kept], files),
        marks=marks[kept],
        quarantine=_quarantine(faults, files),
        files=tuple(file.file for file in files),
        rows_read=sum(file.file.rows for file in files),
        identical_repeats=repeats,
    )


_CHUNK = 65_536
"""Rows looked at at a time, so that what is no option of theirs takes little memory."""


def _matrix(placed: Sequence[_Placed], options: dict[str, tuple[int, ...]]) -> Marks:
    width = max(map(len, options.values()))
    joined = b"".join(row.marks.ljust(width, b"\0") for _, row in placed)
    marks = np.frombuffer(bytearray(joined), dtype=np.uint8).reshape(len(placed), width)
    layouts = {numbers: n for n, numbers in enumerate(dict.fromkeys(options.values()))}
    beyond = np.zeros((len(layouts), width), dtype=np.uint8)
    for numbers, n in layouts.items():
        beyond[n, : len(numbers)] = [0xFF & ~((1 << number) - 1) for number in numbers]
    layout_of = {form: layouts[numbers] for form, numbers in options.items()}
    layout = np.array([layout_of[row.form] for _, row in placed], dtype=np.intp)
    for start in range(0, len(placed), _CHUNK):
        part = marks[start : start + _CHUNK]
        part[(part & beyond[layout[start : start + _CHUNK]]) != 0] = INVALID
    return marks


def _settled(placed: Sequence[_Placed], marks: Marks) -> tuple[list[int], int, list[int]]:
    """Indices kept, the number of identical repeats, and the indices that conflict."""
    of_candidate: dict[str, list[int]] = {}
    for i, (_, row) in enumerate(placed):
        of_candidate.setdefault(row.candidate_id, []).append(i)
    kept: list[int] = []
    conflicting: list[int] = []
    for group in of_candidate.values():
        if len(group) == 1 or len({(placed[i].row.form, marks[i].tobytes()) for i in group}) == 1:
            kept.append(group[0])
        else:
            conflicting.extend(group)
    return kept, len(placed) - len(kept) - len(conflicting), conflicting


def _table(placed: Sequence[_Placed], files: Sequence[FileRows]) -> pl.DataFrame:
    own = {
        "file": [files[k].file.name for k, _ in placed],
        "line": [row.line for _, row in placed],
        "candidate_id": [row.candidate_id for _, row in placed],
        "form": [row.form for _, row in placed],
    }
    names = dict.fromkeys(name for file in files for name in file.extra_names)
    extras = {name: _extra(name, placed, files) for name in names}
    return pl.DataFrame({**own, **extras}, schema={**RESPONSE_ROWS, **dict.fromkeys(extras, pl.String)})


def _extra(name: str, placed: Sequence[_Placed], files: Sequence[FileRows]) -> list[str | None]:
    places = [file.extra_names.index(name) if name in file.extra_names else None for file in files]
    return [None if (i := places[k]) is None else row.extras[i] for k, row in placed]


def _quarantine(faults: Sequence[tuple[int, Fault]], files: Sequence[FileRows]) -> pl.DataFrame:
    rows = [(files[k].file.name, *fault) for k, fault in faults]
    return pl.DataFrame(rows, schema=QUARANTINE, orient="row")
