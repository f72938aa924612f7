"""Scored rows of an administration → integrity signals: rows that a person should look at.

The statistics are in `examgen.scoring.answer_signals`. This module finds the exam room of each row and hands
the rows to the statistics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.capture.cells import CENTRE_HEADS, ROOM_HEADS
from examgen.capture.files import AnswerFile
from examgen.capture.list_columns import OneSpelling
from examgen.capture.parts import raw_rows
from examgen.core.exam.package import Package
from examgen.core.models.base import ExamRoom
from examgen.core.register import Register
from examgen.core.responses.rows import AnswerRows, Ints, id_hash, marks_hash
from examgen.core.words import option, tell
from examgen.scoring.answer_signals import similarity, tables
from examgen.scoring.answer_signals.detection import repeated, resolve_signals
from examgen.scoring.answer_signals.plan import (
    FormKeys,
    SignalRows,
    SignalRules,
    joined_rows,
    number_right,
    signal_plan,
    suspects,
)
from examgen.scoring.answer_signals.tables import Signal
from examgen.scoring.key import Key

MOST_MARKS = 400_000_000
"""With more answers (rows × questions) rooms are not compared: all answers would have to fit into memory."""
SAMPLE = 50_000
"""About how many candidates are sampled to estimate how often each option is chosen."""

_AT_ONCE = 1 << 16
"""Rows that are looked at together."""
_RULES = SignalRules()


class FoundSignals(NamedTuple):
    """All signals, the names behind the numbers in them, and notes on what could not be compared."""

    signals: list[Signal]
    names: tables.SignalNames
    notes: tuple[str, ...]


# ── over the whole administration ────────────────────────────────────────────────────────────


def find(
    asked: Package, key: Key, files: Sequence[AnswerFile], scored: AnswerRows, register: Register | None
) -> FoundSignals:
    """All signals of the rows that are scored."""
    forms = forms_of(key, asked)
    plan, rate = signal_plan(forms), max(1, len(scored) // SAMPLE)
    hashes, suspected, counted = [], [_nothing(forms)], similarity.no_tally(forms)
    for places in _some(scored):
        form, marks = scored.form[places], scored.marks[places]
        right = number_right(forms, form, marks)
        found = suspects(plan, form, marks, right)
        hashes.append(found.hashes)
        suspected.append(_rows(scored, forms, places[found.rows]))
        sample = id_hash(scored.ids[places]) % np.uint64(rate) == 0
        counted += similarity.tally(forms, form[sample], marks[sample], right[sample])
    rows = joined_rows(suspected)
    names = tables.SignalNames([file.structure.name for file in files], key.names, ())
    if similarity.n_items(forms) > similarity.MOST_ITEMS:
        note = tell(
            "answers were not compared because the exam has more than {n:,} items", n=similarity.MOST_ITEMS
        )
        return FoundSignals(resolve_signals(plan, len(scored), rows), names, (note,))
    model = similarity.answer_model(counted, rate)
    hash_of = np.concatenate([np.empty(0, np.uint64), *hashes])
    again = repeated(hash_of.copy())
    if len(scored) * forms.keys.shape[1] > MOST_MARKS:
        alike = joined_rows([_nothing(forms), _rows(scored, forms, np.flatnonzero(np.isin(hash_of, again)))])
        signals = resolve_signals(plan, len(scored), rows, alike if len(again) else None, model)
        note = tell("rooms were not compared because there are too many answers")
        return FoundSignals(signals, names, (note,))
    every = joined_rows([_nothing(forms), *(_rows(scored, forms, places) for places in _some(scored))])
    every, rooms, notes = _with_rooms(every, _written_rooms(scored, files), files, register)
    pairs = _pairs(forms, model, every, rows)
    alike = every.take(np.isin(marks_hash(every.form, every.marks), again))
    signals = resolve_signals(plan, len(scored), rows, alike, model, pairs)
    return FoundSignals(signals, names._replace(rooms=rooms), notes)


def _some(scored: AnswerRows) -> Iterator[Ints]:
    """The places of all rows, some at a time."""
    for start in range(0, len(scored), _AT_ONCE):
        yield np.arange(start, min(start + _AT_ONCE, len(scored)))


def _rows(scored: AnswerRows, forms: FormKeys, places: Ints) -> SignalRows:
    """The rows in these places, of rooms that are not known."""
    form, marks = scored.form[places], scored.marks[places]
    own = scored.file[places], scored.line[places], scored.ids[places], np.full(len(places), -1)
    return SignalRows(*own, form, number_right(forms, form, marks), marks)


def _nothing(forms: FormKeys) -> SignalRows:
    none = np.empty(0, dtype=np.int64)
    marks = np.empty((0, forms.keys.shape[1]), dtype=np.uint8)
    return SignalRows(none, none, np.empty(0, dtype="S1"), none, none, none, marks)


def _written_rooms(scored: AnswerRows, files: Sequence[AnswerFile]) -> list[ExamRoom]:
    """The room of each row as the answer file names it, with its centre where it names one."""
    found: list[ExamRoom] = []
    for file in files:
        own = np.flatnonzero(scored.file == file.number)
        nothing = [""] * len(own)
        centres, rooms = (
            nothing if name is None else scored.extras[name].gather(own).to_list()
            for name in _room_columns(file)
        )
        found += [
            ExamRoom(centre.strip(), room.strip()) if room.strip() else ExamRoom("", "")
            for centre, room in zip(centres, rooms, strict=True)
        ]
    return found


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


def _room_columns(file: AnswerFile) -> tuple[str | None, str | None]:
    """The extra columns of a file that name the centre and the room."""
    centre, room = (
        next((name for name in file.structure.extra_names if name.strip().casefold() in heads), None)
        for heads in (CENTRE_HEADS, ROOM_HEADS)
    )
    return centre, room


def forms_of(key: Key, asked: Package) -> FormKeys:
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


def raws_of(found: FoundSignals, files: Sequence[AnswerFile]) -> Mapping[tuple[int, int], str]:
    """The text of rows that may belong to another form, by file and line; only for text files."""
    lines: dict[int, set[int]] = {}
    for signal in found.signals:
        if signal.kind == "wrong_form":
            lines.setdefault(int(signal.rows.file[0]), set()).add(int(signal.rows.line[0]))
    return {
        (file, line): raw
        for file, wanted in lines.items()
        if files[file].container == "text"
        for line, raw in raw_rows(files[file], wanted).items()
    }
