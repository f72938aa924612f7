"""Records of one table → rows of marks and faults, each record accounted for exactly once.

Wide and one-string tables have a row on each record; of a long table a row is one candidate's
group of lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import itemgetter

from examgen.capture.cells import drop_invisible, read_id, read_marks, unwrap
from examgen.capture.columns import Structure
from examgen.capture.long_rows import read_groups
from examgen.capture.overlays import VOIDED
from examgen.capture.records import Record
from examgen.capture.rows import Fault, Reading, Row, fault, readable, record_fault, repaired, with_identity

RowReader = Callable[[Record], Row | Fault]


def read_rows(records: Iterable[Record], reading: Reading) -> Iterator[Row | Fault]:
    """Rows and faults in the order of their first lines."""
    return (
        read_groups(records, reading)
        if reading.columns.structure == "long"
        else map(row_reader(reading), records)
    )


def row_reader(reading: Reading) -> RowReader:
    """What reads one record of a table that has a row on each; what a grader has decided stands."""
    make = _READERS[reading.columns.structure]
    read = make(reading)
    if not reading.overlays.names(reading.source):
        return lambda record: readable(read(record), reading)
    return partial(_decided, reading, read)


def _decided(reading: Reading, read: RowReader, record: Record) -> Row | Fault:
    identity = reading.overlays.identity(reading.source, record.line)
    if identity is None:
        found = read(record)
    elif identity.void:
        found = fault(record, reading, VOIDED)
    else:
        as_decided = _READERS[reading.columns.structure](reading.decided(identity))
        found = as_decided(with_identity(record, identity, reading))
    return readable(repaired(found, reading), reading)


def _string_reader(reading: Reading) -> RowReader:
    return partial(_string_row, reading)


def _wide_reader(reading: Reading) -> RowReader:
    columns = reading.columns
    pick, pick_extras = _picker(columns.questions), _picker(columns.extras)

    def read(record: Record) -> Row | Fault:
        if reason := record_fault(record, reading):
            return fault(record, reading, reason)
        form = str(reading.form(record))
        marks = reading.marks(pick(record.fields), form)
        size = reading.sizes[form]
        if len(marks) < size:
            return fault(record, reading, "question_missing")
        if any(marks[size:]):
            return fault(record, reading, "unknown_question")
        candidate = read_id(record.fields[columns.candidate])
        return Row(record.line, candidate, form, marks[:size], pick_extras(record.fields), record.raw)

    return read


def _string_row(reading: Reading, record: Record) -> Row | Fault:
    columns = reading.columns
    if reason := record_fault(record, reading):
        return fault(record, reading, reason)
    form = str(reading.form(record))
    # Not stripped: a space at either end is a question left blank.
    answers = drop_invisible(unwrap(record.fields[columns.answer or 0]))
    if len(answers) != reading.sizes[form]:
        return fault(record, reading, "answers_wrong_length")
    candidate = read_id(record.fields[columns.candidate])
    extras = tuple(record.fields[i] for i in columns.extras)
    return Row(record.line, candidate, form, read_marks(answers), extras, record.raw)


def _picker(indices: Sequence[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    if len(indices) > 1:
        return itemgetter(*indices)
    return lambda fields: tuple(fields[i] for i in indices)


_READERS: dict[Structure, Callable[[Reading], RowReader]] = {
    "wide": _wide_reader,
    "one string": _string_reader,
}
