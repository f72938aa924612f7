"""Scored rows of an administration → integrity signals: rows that a person should look at.

The statistics are in `examgen.scoring.answer_signals`. This module finds the exam room of each row and hands
the rows to the statistics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
from examgen.core.responses.rows import AnswerRows, id_hash
from examgen.core.words import Message, option, tell
from examgen.scoring.answer_signals import similarity, tables
from examgen.scoring.answer_signals.detection import signals_of
from examgen.scoring.answer_signals.plan import RULES, FormKeys, SignalRows, number_right
from examgen.scoring.answer_signals.tables import Signal
from examgen.scoring.key import Key

SAMPLE = 50_000
"""About how many candidates are sampled to estimate how often each option is chosen."""


class FoundSignals(NamedTuple):
    """All signals, the names behind the numbers in them, and notes on what could not be compared."""

    signals: list[Signal]
    names: tables.SignalNames
    notes: tuple[str, ...]


def find(
    asked: Package, key: Key, files: Sequence[AnswerFile], scored: AnswerRows, register: Register | None
) -> FoundSignals:
    """All signals of the rows that are scored."""
    forms = forms_of(key, asked)
    labels, notes = _rooms(scored, files, register)
    number = {name: n for n, name in enumerate(dict.fromkeys(labels))}
    room = np.array([number[label] for label in labels], dtype=np.int64)
    right = number_right(forms, scored.form, scored.marks)
    rows = SignalRows(scored.file, scored.line, scored.ids, room, scored.form, right, scored.marks)
    model = None
    if similarity.n_items(forms) > similarity.MOST_ITEMS:
        notes = [
            tell("answers were not compared because the exam has more than {n:,} items",
                 n=similarity.MOST_ITEMS)
        ]  # fmt: skip
    else:
        rate = max(1, len(scored) // SAMPLE)
        sample = id_hash(scored.ids) % np.uint64(rate) == 0
        counted = similarity.tally(forms, scored.form[sample], scored.marks[sample], right[sample])
        model = similarity.answer_model(counted, rate)
    names = tables.SignalNames([file.structure.name for file in files], key.names, list(number))
    return FoundSignals(signals_of(forms, rows, model), names, tuple(notes))


def _rooms(
    scored: AnswerRows, files: Sequence[AnswerFile], register: Register | None
) -> tuple[list[str], list[Message]]:
    """The room of each row, and notes on rooms that are too large to compare.

    It comes from the roster, else from the answer file; without either, the file is the room.
    """
    spelling, labels = OneSpelling(), [""] * len(scored)
    places = np.full(len(scored), -1)
    if register is not None:
        for known in register.rooms:
            spelling.room(known)
        at = register.places(scored.ids)
        places = np.where(at >= 0, register.room[at], -1)
    for file in files:
        own = np.flatnonzero(scored.file == file.number)
        centres, rooms = (
            [""] * len(own) if name is None else scored.extras[name].gather(own).to_list()
            for name in _room_columns(file)
        )
        for n, centre, room in zip(own.tolist(), centres, rooms, strict=True):
            written = ExamRoom(centre.strip() if room.strip() else "", room.strip())
            said = register.rooms[places[n]] if register is not None and places[n] >= 0 else written
            labels[n] = spelling.room(said).shown if any(said) else file.structure.name
    notes = [
        tell(
            "{name}: {n:,} candidates were not compared with each other. Give their rooms in a "
            "column `room` or with {roster}",
            name=name,
            n=n,
            roster=option("roster"),
        )
        for name, n in Counter(labels).items()
        if n > RULES.largest_room
    ]
    return labels, notes


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
