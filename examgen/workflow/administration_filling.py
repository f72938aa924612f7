"""Answers read again → the matrix of choices, with who the candidates are.

Parts are filled into one file by whatever workers there are; no more than the matrix ever stands in memory.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen import capture, exam
from examgen.item_responses import NOT_ADMINISTERED, NOT_REACHED, Chosen
from examgen.responses import BLANK, Batch, Ints, Marks
from examgen.spool import Spool, blocks
from examgen.workflow import scoring_parts
from examgen.workflow import scoring_tasks as tasks
from examgen.workflow.administration_columns import Column, Columns
from examgen.workflow.administrations import CHUNK, Administration
from examgen.workflow.processes import results
from examgen.workflow.settling import Settled
from examgen.workflow.signals import ROOM_NAMES

FILLING, CELLS = "filling.pickle", "cells"
_MANY_FORMS = 100
"""Up to so many forms, each is filled by itself, which is the fastest."""


class ReadAgain(NamedTuple):
    """Answers read again, and the rows that are not scored."""

    reading: tasks.Reading
    read: scoring_parts.ReadParts
    settled: Settled


# ── filling ──────────────────────────────────────────────────────────────────────────────────


class _Filling(NamedTuple):
    """What every part is filled with; `rooms` by file the extra column that names rooms, or None."""

    columns: Columns
    n_questions: Ints
    rooms: tuple[int | None, ...]


def fill(folder: Path, number: int, dropped: Ints, first: int) -> int:
    """Fills the rows of a part, from the matrix's row `first` on; returns how many there are."""
    how: _Filling = tasks.shared(folder, FILLING)
    n_columns = len(how.columns.columns)
    room = how.rooms[tasks.part_of(folder, number).file]
    done = 0
    with (folder / CELLS).open("r+b") as file, Spool(tasks.place(folder, "who", number)) as who:
        file.seek(first * n_columns)
        for batch in _kept(folder, number, dropped):
            for start in range(0, batch.size, CHUNK):
                part = slice(start, start + CHUNK)
                form = batch.form[part].astype(np.int64, copy=False)
                file.write(cells_of(how.columns, how.n_questions, form, batch.marks[part]).tobytes())
            rooms = list(batch.extras[room]) if room is not None else None
            who.append({"ids": batch.ids, "form": batch.form, "rooms": rooms})
            done += batch.size
    return done


def _kept(folder: Path, number: int, dropped: Ints) -> Iterator[Batch]:
    """The rows of a part that are scored, read once more."""
    with_: tasks.Reading = tasks.shared(folder, tasks.READING)
    part, start = with_.parts[number], 0
    for chunk in capture.read_part(with_.files[part.file], part, with_.layout, with_.careful):
        if (batch := chunk.batch) is None or not batch.size:
            continue
        inside = dropped[np.searchsorted(dropped, start) : np.searchsorted(dropped, start + batch.size)]
        keep = np.ones(batch.size, dtype=np.bool_)
        keep[inside - start] = False
        start += batch.size
        yield batch if keep.all() else capture.rows_of(batch, keep)


def cells_of(columns: Columns, n_questions: Ints, form: Ints, marks: Marks) -> NDArray[np.int8]:
    """(n, columns) places of options, or kinds of missing, of rows of marks (n, questions) on their forms."""
    width = columns.column.shape[1]
    marks = (
        marks[:, :width] if marks.shape[1] >= width else np.pad(marks, ((0, 0), (0, width - marks.shape[1])))
    )
    # a column more takes what lies past the end of a form
    cells = np.full((len(form), len(columns.columns) + 1), NOT_ADMINISTERED, dtype=np.int8)
    last = width - (marks[:, ::-1] != BLANK).argmax(axis=1)
    last[~marks.any(axis=1)] = 0
    here = np.unique(form)
    for n in here if len(here) <= _MANY_FORMS else ():
        rows = np.flatnonzero(form == n)
        size = int(n_questions[n])
        found = _choices(columns, columns.printing[n, :size], marks[rows, :size], last[rows])
        cells[rows[:, None], columns.column[n, :size]] = found
    if len(here) > _MANY_FORMS:
        found = _choices(columns, columns.printing[form], marks, last)
        cells[np.arange(len(form))[:, None], columns.column[form]] = found
    return cells[:, :-1]


def _choices(columns: Columns, printing: NDArray[np.int32], marks: Marks, last: Ints) -> NDArray[np.int8]:
    found: NDArray[np.int8] = columns.places.ravel().take(
        printing.astype(np.int64) * columns.places.shape[1] + marks
    )
    found[(marks == BLANK) & (np.arange(marks.shape[1]) >= last[:, None])] = NOT_REACHED
    return found


# ── the matrix ───────────────────────────────────────────────────────────────────────────────


def matrix_of(
    run: exam.Run,
    asked: exam.Asked,
    columns: Columns,
    found: ReadAgain,
    scratch: Path,
    workers: Executor | None,
) -> Administration:
    """The matrix of a run, filled by the workers from what they left in the folder of the reading."""
    reading, settled = found.reading, found.settled
    kept = [size - len(dropped) for size, dropped in zip(found.read.sizes, settled.dropped, strict=True)]
    n_rows, n_columns = sum(kept), len(columns.columns)
    key = reading.key
    tasks.leave(scratch, FILLING, _Filling(columns, key.n_questions, tuple(map(_room_column, reading.files))))
    with (scratch / CELLS).open("wb") as file:
        file.truncate(n_rows * n_columns)
    firsts = np.concatenate([[0], np.cumsum(kept)]).tolist()
    calls = [(scratch, n, dropped, firsts[n]) for n, dropped in enumerate(settled.dropped)]
    filled = list(results(workers, fill, calls))
    assert filled == kept
    cells = np.fromfile(scratch / CELLS, dtype=np.int8).reshape(n_rows, n_columns)
    (scratch / CELLS).unlink()
    ids, form, rooms, room = _who(scratch, len(kept), n_rows, asked)
    base, of_form = _base_forms(key.names)
    kept_columns = _only_options_that_occur(columns.columns, cells)
    names = tuple(one.name for one in kept_columns)
    options, right = tuple(one.options for one in kept_columns), tuple(one.key for one in kept_columns)
    return Administration(
        run.audit["exam"], run.number, run.fingerprint, Chosen(ids, names, cells, options, right),
        kept_columns, base, of_form[form], rooms, room, key.unit, key.floor_total,
    )  # fmt: skip


def _room_column(file: capture.AnswerFile) -> int | None:
    names = [name.strip().casefold() for name in file.structure.extra_names]
    return next((n for n, name in enumerate(names) if name in ROOM_NAMES), None)


def _base_forms(names: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """The forms that those of the key were drawn from, and which of them each is."""
    base = [exam.base_form(name) for name in names]
    number = {name: n for n, name in enumerate(dict.fromkeys(base))}
    return tuple(number), np.array([number[name] for name in base], dtype=np.int32)


def _who(
    scratch: Path, n_parts: int, n_rows: int, asked: exam.Asked
) -> tuple[tuple[str, ...], Ints, tuple[str, ...], NDArray[np.int32]]:
    """Ids, forms and rooms of all rows: a room as the list of candidates has it, else as the answers have."""
    dealt = _dealt_rooms(asked)
    number: dict[str, int] = {}
    ids: list[str] = []
    form, room = np.empty(n_rows, dtype=np.int64), np.empty(n_rows, dtype=np.int32)
    for part in range(n_parts):
        for block in blocks(tasks.place(scratch, "who", part)):
            own = [one.decode() for one in block["ids"].tolist()]
            rows = slice(len(ids), len(ids) + len(own))
            written = block["rooms"] or [""] * len(own)
            named = [dealt.get(one) or said.strip() for one, said in zip(own, written, strict=True)]
            form[rows] = block["form"]
            room[rows] = [number.setdefault(name, len(number)) for name in named]
            ids += own
    return tuple(ids), form, tuple(number), room


def _dealt_rooms(asked: exam.Asked) -> Mapping[str, str]:
    columns = (asked.dealt.get(name, ()) for name in ("candidate_id", "room"))
    return {
        unicodedata.normalize("NFC", one): room for one, room in zip(*columns, strict=True) if one and room
    }


def _only_options_that_occur(columns: Sequence[Column], cells: NDArray[np.int8]) -> tuple[Column, ...]:
    """The columns without options that are none of the item's own and that nobody has; cells follow."""
    most = max((len(one.options) for one in columns), default=0)
    least = min((one.n_own for one in columns), default=0)
    occurs = np.zeros((most, len(columns)), dtype=np.bool_)
    for start in range(0, len(cells), CHUNK):
        part = cells[start : start + CHUNK]
        for place in range(least, most):
            occurs[place] |= (part == place).any(axis=0)
    found = []
    for n, one in enumerate(columns):
        stay = [p for p in range(len(one.options)) if p < one.n_own or occurs[p, n] or p in one.key]
        new = {p: place for place, p in enumerate(stay)}
        for old, place in new.items():
            if old != place:
                column = cells[:, n]
                column[column == old] = place
        found.append(
            one._replace(
                options=tuple(one.options[p] for p in stay),
                worth=tuple(one.worth[p] for p in stay),
                key=frozenset(new[p] for p in one.key),
            )
        )
    return tuple(found)
