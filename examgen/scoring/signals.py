"""Scored rows of an administration → integrity signals: rows that a person should look at.

The statistics are in `examgen.scoring.answer_signals`. This module reads the rows in the workers, finds the
exam room of each and hands them to the statistics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.capture.cells import CENTRE_HEADS, ROOM_HEADS
from examgen.capture.files import AnswerFile
from examgen.capture.list_columns import OneSpelling
from examgen.capture.parts import raw_rows
from examgen.core.exam.exam_tables import ExamTables
from examgen.core.models.rooms import ExamRoom
from examgen.core.processes import results
from examgen.core.register import Register
from examgen.core.responses.rows import Hashes, Ints, id_hash
from examgen.core.words import option, tell
from examgen.scoring import tasks
from examgen.scoring.answer_signals import similarity, tables
from examgen.scoring.answer_signals.detection import repeated, resolve_signals
from examgen.scoring.answer_signals.plan import (
    FormKeys,
    SignalPlan,
    SignalRows,
    SignalRules,
    joined_rows,
    number_right,
    signal_plan,
    suspects,
)
from examgen.scoring.answer_signals.tables import Signal
from examgen.scoring.key import Key
from examgen.scoring.parts import ReadParts
from examgen.scoring.plan import ScoringPlan
from examgen.scoring.repeats import ResolvedRepeats
from examgen.scoring.spooled import Block, lines_of

MOST_MARKS = 400_000_000
"""With more answers (rows × questions) rooms are not compared: all answers would have to fit into memory."""
SAMPLE = 50_000
"""About how many candidates are sampled to estimate how often each option is chosen."""

LOOKING = "looking.pickle"
_RULES = SignalRules()


RoomColumns = tuple[int | None, int | None]
"""Indices of the extra columns of a file that name the centre and the room; None if no column does."""


class Looking(NamedTuple):
    """What the workers need to examine a part. The sample has one candidate in `rate`; `rooms` has the room
    columns of each file."""

    plan: SignalPlan
    rate: int
    rooms: tuple[RoomColumns, ...]


class Looked(NamedTuple):
    """What a worker found in a part: a hash of each row, suspected rows, and counts of sampled answers."""

    hashes: Hashes
    suspected: SignalRows
    counted: similarity.SimilarityTally


class Gathered(NamedTuple):
    """Rows of a part, and the room of each as the answer file names it; empty where it names none."""

    rows: SignalRows
    rooms: Sequence[ExamRoom]


class FoundSignals(NamedTuple):
    """All signals, the names behind the numbers in them, and notes on what could not be compared."""

    signals: list[Signal]
    names: tables.SignalNames
    notes: tuple[str, ...]


# ── in the workers ───────────────────────────────────────────────────────────────────────────


def look(folder: Path, number: int, dropped: Ints) -> Looked:
    """Examines every row of a part, except those at the places in `dropped`."""
    how: Looking = tasks.shared(folder, LOOKING)
    forms = how.plan.forms
    hashes, suspected, counted = [], [], similarity.no_tally(forms)
    for block in tasks.kept_rows(folder, number, dropped):
        form, marks = block["form"].astype(np.int64), block["marks"]
        right = number_right(forms, form, marks)
        found = suspects(how.plan, form, marks, right)
        hashes.append(found.hashes)
        suspected.append(_rows(folder, number, block, right, found.rows))
        sample = id_hash(block["ids"]) % np.uint64(how.rate) == 0
        counted += similarity.tally(forms, form[sample], marks[sample], right[sample])
    none = np.empty(0, dtype=np.uint64)
    return Looked(np.concatenate([none, *hashes]), joined_rows([_nothing(forms), *suspected]), counted)


def gather(folder: Path, number: int, dropped: Ints, wanted: Hashes | None) -> Gathered:
    """The rows of a part with their rooms; only those with a hash in `wanted` (ascending), if it is given."""
    how: Looking = tasks.shared(folder, LOOKING)
    forms = how.plan.forms
    columns = how.rooms[tasks.part_of(folder, number).file]
    found = [_nothing(forms)]
    rooms: list[ExamRoom] = []
    for block in tasks.kept_rows(folder, number, dropped):
        form, marks = block["form"].astype(np.int64), block["marks"]
        right = number_right(forms, form, marks)
        places = np.arange(len(form))
        if wanted is not None:
            own = suspects(how.plan, form, marks, right).hashes
            nearest = np.minimum(np.searchsorted(wanted, own), len(wanted) - 1)
            places = np.flatnonzero(wanted[nearest] == own)
        found.append(_rows(folder, number, block, right, places))
        rooms += _written_rooms(block, columns, places.tolist())
    return Gathered(joined_rows(found), rooms)


def _written_rooms(block: Block, columns: RoomColumns, places: list[int]) -> list[ExamRoom]:
    """The room of each row at `places` as the answer file names it, with its centre where it names one."""
    nothing = [""] * len(places)
    centres, rooms = (
        nothing if column is None else block["extras"][column].taken(places) for column in columns
    )
    pairs = zip(centres, map(str.strip, rooms), strict=True)
    return [ExamRoom(centre.strip(), room) if room else ExamRoom("", "") for centre, room in pairs]


def _rows(folder: Path, number: int, block: Block, right: Ints, places: Ints) -> SignalRows:
    file = np.full(len(places), tasks.part_of(folder, number).file, dtype=np.int64)
    unknown = np.full(len(places), -1, dtype=np.int64)
    form = block["form"][places].astype(np.int64)
    own = lines_of(block)[places], block["ids"][places], unknown, form, right[places]
    return SignalRows(file, *own, block["marks"][places])


def _nothing(forms: FormKeys) -> SignalRows:
    none = np.empty(0, dtype=np.int64)
    marks = np.empty((0, forms.keys.shape[1]), dtype=np.uint8)
    return SignalRows(none, none, np.empty(0, dtype="S1"), none, none, none, marks)


# ── over the whole administration ────────────────────────────────────────────────────────────


def find(
    folder: Path,
    executor: Executor | None,
    asked: ExamTables,
    plan: ScoringPlan,
    read: ReadParts,
    settled: ResolvedRepeats,
    register: Register | None,
) -> FoundSignals:
    """All signals of a scoring, once it is resolved which row of a repeated candidate counts."""
    forms, files = forms_of(plan.key, asked), plan.files
    n_rows = sum(read.sizes) - sum(map(len, settled.dropped))
    rooms = tuple(map(_room_columns, files))
    signals_plan = signal_plan(forms)
    rate = max(1, n_rows // SAMPLE)
    tasks.share(folder, LOOKING, Looking(signals_plan, rate, rooms))
    calls = [(folder, number, dropped) for number, dropped in enumerate(settled.dropped)]
    looked = list(results(executor, look, calls))
    suspected = joined_rows([_placed(one.suspected, read, n) for n, one in enumerate(looked)])
    counted = looked[0].counted
    for one in looked[1:]:
        counted += one.counted
    if similarity.n_items(forms) > similarity.MOST_ITEMS:
        note = tell(
            "answers were not compared because the exam has more than {n:,} items", n=similarity.MOST_ITEMS
        )
        return FoundSignals(resolve_signals(signals_plan, n_rows, suspected), _names(plan, ()), (note,))
    model = similarity.answer_model(counted, rate)
    alike = repeated(np.concatenate([one.hashes for one in looked]))
    if n_rows * forms.keys.shape[1] > MOST_MARKS:
        rows, _ = _gathered(executor, calls, read, alike) if len(alike) else (None, [])
        signals = resolve_signals(signals_plan, n_rows, suspected, rows, model)
        return FoundSignals(
            signals, _names(plan, ()), (tell("rooms were not compared because there are too many answers"),)
        )
    rows, written = _gathered(executor, calls, read, None)
    assert rows is not None
    rows, names, notes = _with_rooms(rows, written, files, register)
    hashes = suspects(signals_plan, rows.form, rows.marks, rows.right).hashes
    pairs = _pairs(forms, model, rows, suspected)
    signals = resolve_signals(
        signals_plan, n_rows, suspected, rows.take(np.isin(hashes, alike)), model, pairs
    )
    return FoundSignals(signals, _names(plan, names), notes)


def _gathered(
    executor: Executor | None, calls: Sequence[tuple[Any, ...]], read: ReadParts, wanted: Hashes | None
) -> tuple[SignalRows | None, list[ExamRoom]]:
    found = list(results(executor, gather, [(*call, wanted) for call in calls]))
    rows = joined_rows([_placed(one.rows, read, n) for n, one in enumerate(found)])
    return rows, [room for one in found for room in one.rooms]


def _placed(rows: SignalRows, read: ReadParts, number: int) -> SignalRows:
    """The rows, with lines counted from the start of the file instead of the part."""
    return rows._replace(line=rows.line + read.first_line[number])


def _with_rooms(
    rows: SignalRows, written: Sequence[ExamRoom], files: Sequence[AnswerFile], register: Register | None
) -> tuple[SignalRows, list[str], tuple[str, ...]]:
    """The rows with room numbers, the names of the rooms, and notes on rooms that are too large to compare.

    A row's room comes from the roster, else from the answer file; without either, its file is its room.
    """
    spelling, rooms = OneSpelling(), written
    if register is not None:
        for known in register.rooms:
            spelling.room(known)
        places = register.places(rows.ids)
        numbers = np.where(places >= 0, register.room[places], -1).tolist()
        rooms = [register.rooms[n] if n >= 0 else said for n, said in zip(numbers, written, strict=True)]
    labels = [
        spelling.room(said).shown if any(said) else files[file].structure.name
        for said, file in zip(rooms, rows.file.tolist(), strict=True)
    ]
    number = {name: n for n, name in enumerate(dict.fromkeys(labels))}
    room = np.array([number[label] for label in labels], dtype=np.int64)
    sizes = np.bincount(room, minlength=len(number))
    large = [name for name, n in number.items() if sizes[n] > _RULES.largest_room]
    notes = [
        tell(
            "{name}: {n:,} candidates were not compared with each other. Give their rooms in a "
            "column `room` or with {roster}",
            name=name,
            n=sizes[number[name]],
            roster=option("roster"),
        )
        for name in large
    ]
    return rows._replace(room=room), list(number), tuple(notes)


def _pairs(
    forms: FormKeys, model: similarity.AnswerModel, rows: SignalRows, suspected: SignalRows
) -> tuple[SignalRows, similarity.RowPairs]:
    """The rows that are not suspected themselves, and the pairs of them that share too many wrong answers."""
    odd = {(file, line) for file, line in zip(suspected.file.tolist(), suspected.line.tolist(), strict=True)}
    places = zip(rows.file.tolist(), rows.line.tolist(), strict=True)
    own = rows.take(np.array([place not in odd for place in places], dtype=np.bool_))
    sizes = np.bincount(own.room) if len(own.room) else np.zeros(1, dtype=np.int64)
    of_pairs = similarity.n_pairs(sizes, _RULES)
    found = similarity.similar_pairs(forms, _RULES, model, own.room, own.form, own.marks, own.right, of_pairs)
    return own, found


def _names(plan: ScoringPlan, rooms: Sequence[str]) -> tables.SignalNames:
    return tables.SignalNames([file.structure.name for file in plan.files], plan.key.names, rooms)


def _room_columns(file: AnswerFile) -> RoomColumns:
    names = [name.strip().casefold() for name in file.structure.extra_names]
    centre, room = (
        next((n for n, name in enumerate(names) if name in heads), None)
        for heads in (CENTRE_HEADS, ROOM_HEADS)
    )
    return centre, room


def forms_of(key: Key, asked: ExamTables) -> FormKeys:
    """The forms as signals need them: an item and its options have the same numbers on every form."""
    place = {form: f for f, form in enumerate(key.names)}
    orders: dict[str, int] = {}
    columns = (asked.forms[name] for name in ("form", "question", "options"))
    told = (
        (place.get(form, -1), int(question) - 1, orders.setdefault(options, len(orders)))
        for form, question, options in zip(*columns, strict=True)
    )
    where = np.fromiter(chain.from_iterable(told), dtype=np.int32).reshape(-1, 3)
    where = where[where[:, 0] >= 0]
    ranks = np.zeros((max(1, len(orders)), 5), dtype=np.int64)
    for text, n in orders.items():
        options = text.split()
        ranks[n, : len(options)] = [sorted(options).index(option) for option in options]
    canonical = np.zeros((*key.keys.shape, 5), dtype=np.int64)
    canonical[where[:, 0], where[:, 1]] = ranks[where[:, 2]]
    inside = np.arange(key.keys.shape[1]) < key.n_questions[:, None]
    items: npt.NDArray[np.int64] = np.where(inside, key.items, -1)
    return FormKeys(key.names, key.keys, key.n_options.astype(np.int64), items, canonical)


def raws_of(found: FoundSignals, plan: ScoringPlan) -> Mapping[tuple[int, int], str]:
    """The text of rows that may belong to another form, by file and line; only for text files."""
    lines: dict[int, set[int]] = {}
    for signal in found.signals:
        if signal.kind == "wrong_form":
            lines.setdefault(int(signal.rows.file[0]), set()).add(int(signal.rows.line[0]))
    return {
        (file, line): raw
        for file, wanted in lines.items()
        if plan.files[file].container == "text"
        for line, raw in raw_rows(plan.files[file], wanted).items()
    }
