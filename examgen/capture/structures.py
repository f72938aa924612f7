"""Records of one table → rows of marks and faults, each record accounted for exactly once.

Wide and one-string tables have a row on each record; of a long table a row is one candidate's
group of lines.

Records of a long table → one row for each candidate's group of lines.

Lines of one candidate and form belong together wherever they stand in the file; where every
question comes the same number of times, the group is that many rows (a file appended to itself).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import itemgetter

from examgen.capture.cells import Record, drop_invisible, question_number, read_marks, unwrap
from examgen.capture.columns import Structure
from examgen.capture.overlays import VOIDED, Identity
from examgen.capture.rows import (
    FORM_NOT_DEALT,
    Fault,
    Reading,
    Row,
    as_any_form,
    fault,
    readable,
    record_fault,
    repaired,
    with_identity,
    with_marks,
)

_ONE_LINE_FAULTS = frozenset(
    (
        "undecodable",
        "broken_quote",
        "line_too_long",
        "header_repeated",
        "too_many_fields",
        "too_few_fields",
        "merged_cells",
        "no_candidate",
        "candidate_id_too_long",
        "totals_line",
    )
)


def read_groups(records: Iterable[Record], reading: Reading) -> Iterator[Row | Fault]:
    """Rows and faults in the order of their first lines."""
    groups: dict[tuple[str, str], list[Record]] = {}
    found: list[Row | Fault] = []
    for record in map(partial(_named_by_decision, reading), records):
        reason = record_fault(record, reading)
        if reason in _ONE_LINE_FAULTS:
            is_void = (identity := reading.overlays.identity(reading.source, record.line)) and identity.void
            found.append(fault(record, reading, VOIDED if is_void else reason or ""))
        else:
            groups.setdefault(_group_key(record, reading, reason), []).append(record)
    for group in groups.values():
        found.extend(readable(repaired(row, reading), reading) for row in _as_decided(group, reading))
    return iter(sorted(found, key=lambda row: row.line))


def _named_by_decision(reading: Reading, record: Record) -> Record:
    """The record of a line without a candidate as that of the one that a grader has decided on."""
    identity = reading.overlays.identity(reading.source, record.line)
    if identity is None or identity.void or record_fault(record, reading) != "no_candidate":
        return record
    return with_identity(record, identity, reading)


def _as_decided(group: list[Record], reading: Reading) -> Iterator[Row | Fault]:
    """The rows of a group of lines, each with what was decided on its first line, by which it is known."""
    decided = reading.overlays.identities.get(reading.source)
    for lines in _rows_of(group, reading) if decided else (group,):
        identity = reading.overlays.identity(reading.source, lines[0].line)
        if identity is None:
            yield from _read_group(lines, reading)
        elif identity.void:
            raw = "\n".join(record.raw for record in lines)
            somebody, as_decided = _as_somebodys(lines[0], identity, reading)
            made = _read_group([with_identity(record, somebody, reading) for record in lines], as_decided)
            yield _voided(lines[0]._replace(raw=raw), next(made, None), reading)
        else:
            named = [with_identity(record, identity, reading) for record in lines]
            yield from _read_group(named, reading.decided(identity))


def _rows_of(group: list[Record], reading: Reading) -> list[list[Record]]:
    """The lines of each row of a group; all of them together where they are set aside together."""
    numbers = [question_number(record.fields[reading.columns.question or 0]) or 0 for record in group]
    passes = _passes(group, numbers)
    if record_fault(group[0], reading):
        return [group]
    if _group_fault(numbers, reading.sizes[str(reading.form(group[0]))], len(passes)):
        return [group]
    return [sorted(lines.values(), key=lambda record: record.line) for lines in passes]


def _group_key(record: Record, reading: Reading, reason: str | None) -> tuple[str, str]:
    columns = reading.columns
    form = reading.form(record) if reason != FORM_NOT_DEALT else None
    # A form unknown or not dealt is kept apart from the others by a character no form name begins with.
    said = form or "\0" + ("" if columns.form is None else record.fields[columns.form])
    return reading.candidate(record), said


def _read_group(group: list[Record], reading: Reading) -> Iterator[Row | Fault]:
    first = group[0]
    reason = record_fault(first, reading)
    size = 0 if reason else reading.sizes[str(reading.form(first))]
    numbers = [question_number(record.fields[reading.columns.question or 0]) or 0 for record in group]
    passes = _passes(group, numbers)
    if not reason:
        reason = _group_fault(numbers, size, len(passes))
    if reason:
        raw = "\n".join(record.raw for record in group)
        found = fault(first._replace(raw=raw), reading, reason)
        if reason == FORM_NOT_DEALT and reading.named(first) not in reading.dealing.owners:
            found = with_marks(found, next(_read_group(group, as_any_form(reading))))
        yield found
        return
    for lines in passes:
        yield _row(lines, reading, size)


def _passes(group: list[Record], numbers: list[int]) -> list[dict[int, Record]]:
    """The k-th lines of all questions, for each k."""
    passes: list[dict[int, Record]] = []
    times: dict[int, int] = {}
    for number, record in zip(numbers, group, strict=True):
        k = times[number] = times.get(number, 0) + 1
        if k > len(passes):
            passes.append({})
        passes[k - 1][number] = record
    return passes


def _group_fault(numbers: list[int], size: int, n_passes: int) -> str | None:
    if any(not 1 <= number <= size for number in numbers):
        return "unknown_question"
    if len(set(numbers)) < size:
        return "question_missing"
    return "question_repeated" if len(numbers) != size * n_passes else None


def _row(lines: dict[int, Record], reading: Reading, size: int) -> Row:
    columns = reading.columns
    in_order = sorted(lines.values(), key=lambda record: record.line)
    first = in_order[0]
    answers = [lines[number].fields[columns.answer or 0] for number in range(1, size + 1)]
    form = str(reading.form(first))
    return Row(
        first.line,
        reading.candidate(first),
        form,
        reading.marks(answers, form),
        tuple(_joined(record.fields[i] for record in in_order) for i in columns.extras),
        "\n".join(record.raw for record in in_order),
    )


def _joined(values: Iterable[str]) -> str:
    """The one value of all lines, or the different ones in order."""
    return " | ".join(value for value in dict.fromkeys(values) if value)


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
        return lambda record: readable(_of_other_form(record, read(record), reading), reading)
    return partial(_decided, reading, read)


def _decided(reading: Reading, read: RowReader, record: Record) -> Row | Fault:
    identity = reading.overlays.identity(reading.source, record.line)
    if identity is None:
        found = _of_other_form(record, read(record), reading)
    elif identity.void:
        somebody, as_decided = _as_somebodys(record, identity, reading)
        made = _READERS[reading.columns.structure](as_decided)(with_identity(record, somebody, reading))
        found = _voided(record, made, reading)
    else:
        read = _READERS[reading.columns.structure](reading.decided(identity))
        found = read(with_identity(record, identity, reading))
    return readable(repaired(found, reading), reading)


def _as_somebodys(record: Record, identity: Identity, reading: Reading) -> tuple[Identity, Reading]:
    """How a row that was made nobody's would be read as somebody's, by the form that it has."""
    own = fault(record, reading, VOIDED).candidate_id or ""
    form = reading.dealing.form_of(own) if reading.by_list else None
    somebody = identity._replace(candidate_id="somebody", form=form or identity.form, void=False)
    return somebody, as_any_form(reading.decided(somebody))


def _voided(record: Record, found: Row | Fault | None, reading: Reading) -> Fault:
    """The record as nobody's, with its marks where they could be read: they tell the same sheet elsewhere."""
    return with_marks(fault(record, reading, VOIDED), found)


def _of_other_form(record: Record, found: Row | Fault, reading: Reading) -> Row | Fault:
    """The row with the marks that it has by a form that its candidate was not dealt, as on a spare sheet; not
    by the serial of a booklet, which is another candidate's."""
    if (
        isinstance(found, Row)
        or found.reason != FORM_NOT_DEALT
        or reading.named(record) in reading.dealing.owners
    ):
        return found
    return with_marks(found, _READERS[reading.columns.structure](as_any_form(reading))(record))


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
        candidate = reading.candidate(record)
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
    candidate = reading.candidate(record)
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
