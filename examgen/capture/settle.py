"""Rows of all files → one row a candidate: identical repeats kept once, conflicting rows set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from examgen.capture.encodings import UTF8
from examgen.capture.files import AnswerFile, parts_of, said_back
from examgen.capture.layout import AnswerLayout
from examgen.capture.parts import raw_rows, read_part
from examgen.capture.rows import Fault, Row
from examgen.capture.text_heads import no_rows
from examgen.responses import Batch
from examgen.tables import INVALID, QUARANTINE, RESPONSE_ROWS, InputFile, Marks, Responses

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class FileRows:
    """What was read from one file; rows whose bytes proved well formed have no text of their own."""

    source: AnswerFile
    file: InputFile
    extra_names: tuple[str, ...]
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


def whole_file(file: AnswerFile, sha256: str, layout: AnswerLayout) -> FileRows:
    """All rows of a file."""
    rows: list[Row] = []
    faults: list[Fault] = []
    encoding = file.encoding or UTF8
    forms = list(layout.options)
    for chunk in read_part(file, parts_of(file, 1)[0], layout):
        rows += _rows(chunk.batch, forms) if chunk.batch is not None else []
        faults += [Fault(*row) for row in chunk.set_aside]
        encoding = chunk.encoding
    name = file.structure.name
    if not rows and not faults:
        raise no_rows(name)
    label = said_back(file, encoding).label
    found = InputFile(name, sha256, label, len(rows) + len(faults))
    return FileRows(file, found, file.structure.extra_names, tuple(rows), tuple(faults))


def _rows(batch: Batch, forms: Sequence[str]) -> list[Row]:
    extras = zip(*batch.extras, strict=True) if batch.extras else ((),) * batch.size
    ids, form = batch.ids.tolist(), batch.form.tolist()
    columns = zip(batch.line.tolist(), ids, form, batch.marks, extras, strict=True)
    return [
        Row(line, candidate.decode(), forms[form], marks.tobytes(), tuple(cells), batch.raws.get(place, ""))
        for place, (line, candidate, form, marks, cells) in enumerate(columns)
    ]


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
    faults += _with_texts([placed[i] for i in conflicting], files)
    faults.sort(key=lambda entry: (entry[0], entry[1].line))
    return Responses(
        rows=_table([placed[i] for i in kept], files),
        marks=marks[kept],
        quarantine=_quarantine(faults, files),
        files=tuple(file.file for file in files),
        rows_read=sum(file.file.rows for file in files),
        identical_repeats=repeats,
    )


def _with_texts(conflicting: Sequence[_Placed], files: Sequence[FileRows]) -> list[tuple[int, Fault]]:
    texts = [
        raw_rows(file.source, [row.line for n, row in conflicting if n == k and not row.raw])
        for k, file in enumerate(files)
    ]
    return [
        (k, Fault(row.line, row.candidate_id, "conflicting_rows", row.raw or texts[k][row.line]))
        for k, row in conflicting
    ]


_CHUNK = 65_536
"""Rows looked at at a time, so that what is not an option of theirs takes little memory."""


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
    import polars as pl

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
    import polars as pl

    rows = [(files[k].file.name, *fault) for k, fault in faults]
    return pl.DataFrame(rows, schema=QUARANTINE, orient="row")
