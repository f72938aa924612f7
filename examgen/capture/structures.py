"""Records of one table → rows of marks and faults, each record accounted for exactly once.

Wide and one-string tables have a row on each record; of a long table a row is one candidate's group of lines.
Lines of one candidate and form belong together wherever they stand in the file; where every question comes
the same number of times, the group is that many rows (a file appended to itself).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter, itemgetter

from examgen.capture.cells import question_number, read_marks
from examgen.capture.columns import Structure
from examgen.capture.grader_decisions import VOIDED, IdentityDecision
from examgen.capture.reasons import FORM_NOT_DEALT, identified, is_of_candidate, row_or_fault
from examgen.capture.rows import (
    AnswerRow,
    Fault,
    ReadingContext,
    as_any_form,
    fault,
    repaired,
    with_identity,
    with_marks,
)
from examgen.core.tables.records import TableRecord, drop_invisible, unwrap

_LINE = attrgetter("line")


def read_groups(records: Iterable[TableRecord], reading: ReadingContext) -> Iterator[AnswerRow | Fault]:
    """Rows and faults in the order of their first lines."""
    groups: dict[tuple[str, str], list[TableRecord]] = {}
    found: list[AnswerRow | Fault] = []
    for line in records:
        record, one = line, identified(line, reading)
        identity = reading.grader_decisions.identity(reading.source, line.line)
        if identity is not None and not identity.void and one == "no_candidate":
            # A line without a candidate is one of the candidate that a grader has decided on.
            record = with_identity(line, identity, reading)
            one = identified(record, reading)
        if not isinstance(one, str):
            groups.setdefault((one.candidate, one.form), []).append(record)
        elif is_of_candidate(one):
            # A form unknown or not dealt is kept apart from the others by a character no form name begins
            # with.
            form = reading.form(record) if one != FORM_NOT_DEALT else None
            place = reading.columns.form
            said = form or "\0" + ("" if place is None else record.fields[place])
            groups.setdefault((reading.candidate(record), said), []).append(record)
        else:
            is_void = identity is not None and identity.void
            found.append(fault(record, reading, VOIDED if is_void else one))
    for group in groups.values():
        found.extend(row_or_fault(repaired(row, reading), reading) for row in _decided_rows(group, reading))
    return iter(sorted(found, key=_LINE))


def _decided_rows(group: list[TableRecord], reading: ReadingContext) -> Iterator[AnswerRow | Fault]:
    """The rows of a group of lines, each with what was decided on its first line, by which it is known."""
    rows = [group]
    if reading.grader_decisions.identities.get(reading.source):
        reason, passes = _passes(group, reading)
        if not reason:
            rows = [sorted(lines.values(), key=_LINE) for lines in passes]
    for lines in rows:
        identity = reading.grader_decisions.identity(reading.source, lines[0].line)
        if identity is None:
            yield from _rows_of_group(lines, reading)
        elif identity.void:
            raw = "\n".join(record.raw for record in lines)
            somebody, as_decided = _as_somebodys(lines[0], identity, reading)
            made = _rows_of_group([with_identity(record, somebody, reading) for record in lines], as_decided)
            yield _voided(lines[0]._replace(raw=raw), next(made, None), reading)
        else:
            named = [with_identity(record, identity, reading) for record in lines]
            yield from _rows_of_group(named, reading.decided(identity))


def _rows_of_group(group: list[TableRecord], reading: ReadingContext) -> Iterator[AnswerRow | Fault]:
    first, columns = group[0], reading.columns
    reason, passes = _passes(group, reading)
    if reason:
        raw = "\n".join(record.raw for record in group)
        found = fault(first._replace(raw=raw), reading, reason)
        if reason == FORM_NOT_DEALT and reading.named(first) not in reading.assignment.owners:
            found = with_marks(found, next(_rows_of_group(group, as_any_form(reading))))
        yield found
        return
    form = str(reading.form(first))
    for lines in passes:
        in_order = sorted(lines.values(), key=_LINE)
        answers = [lines[n].fields[columns.answer or 0] for n in range(1, reading.sizes[form] + 1)]
        extras = [dict.fromkeys(record.fields[i] for record in in_order) for i in columns.extras]
        yield AnswerRow(
            in_order[0].line,
            reading.candidate(in_order[0]),
            form,
            reading.marks(answers, form),
            tuple(" | ".join(filter(None, values)) for values in extras),
            "\n".join(record.raw for record in in_order),
        )


def _passes(
    group: list[TableRecord], reading: ReadingContext
) -> tuple[str | None, list[dict[int, TableRecord]]]:
    """Why a group is set aside, or the lines of each of its rows by question: the k-th of every question."""
    one = identified(group[0], reading)
    if isinstance(one, str):
        return one, []
    size = reading.sizes[one.form]
    passes: list[dict[int, TableRecord]] = []
    times: Counter[int] = Counter()
    for record in group:
        number = question_number(record.fields[reading.columns.question or 0]) or 0
        times[number] += 1
        if times[number] > len(passes):
            passes.append({})
        passes[times[number] - 1][number] = record
    if any(not 1 <= number <= size for number in times):
        return "unknown_question", []
    if len(times) < size:
        return "question_missing", []
    return ("question_repeated" if len(group) != size * len(passes) else None), passes


# ── a row on each record ─────────────────────────────────────────────────────────────────────

RowReader = Callable[[TableRecord], AnswerRow | Fault]


def read_rows(records: Iterable[TableRecord], reading: ReadingContext) -> Iterator[AnswerRow | Fault]:
    """Rows and faults in the order of their first lines."""
    return (
        read_groups(records, reading)
        if reading.columns.structure == "long"
        else map(row_reader(reading), records)
    )


def row_reader(reading: ReadingContext) -> RowReader:
    """What reads one record of a table that has a row on each; what a grader has decided stands."""
    make = _READERS[reading.columns.structure]
    read = make(reading)
    if not reading.grader_decisions.names(reading.source):
        return lambda record: row_or_fault(_of_other_form(record, read(record), reading), reading)

    def decided(record: TableRecord) -> AnswerRow | Fault:
        identity = reading.grader_decisions.identity(reading.source, record.line)
        if identity is None:
            found = _of_other_form(record, read(record), reading)
        elif identity.void:
            somebody, as_decided = _as_somebodys(record, identity, reading)
            found = _voided(record, make(as_decided)(with_identity(record, somebody, reading)), reading)
        else:
            found = make(reading.decided(identity))(with_identity(record, identity, reading))
        return row_or_fault(repaired(found, reading), reading)

    return decided


def _as_somebodys(
    record: TableRecord, identity: IdentityDecision, reading: ReadingContext
) -> tuple[IdentityDecision, ReadingContext]:
    """How a row that was made nobody's would be read as somebody's, by the form that it has."""
    own = fault(record, reading, VOIDED).candidate_id or ""
    form = reading.assignment.form_of(own) if reading.by_list else None
    somebody = identity._replace(candidate_id="somebody", form=form or identity.form, void=False)
    return somebody, as_any_form(reading.decided(somebody))


def _voided(record: TableRecord, found: AnswerRow | Fault | None, reading: ReadingContext) -> Fault:
    """The record as nobody's, with its marks where they could be read: they tell the same sheet elsewhere."""
    return with_marks(fault(record, reading, VOIDED), found)


def _of_other_form(
    record: TableRecord, found: AnswerRow | Fault, reading: ReadingContext
) -> AnswerRow | Fault:
    """The row with the marks that it has by a form that its candidate was not dealt, as on a spare sheet; not
    by the serial of a booklet, which is another candidate's."""
    if (
        isinstance(found, AnswerRow)
        or found.reason != FORM_NOT_DEALT
        or reading.named(record) in reading.assignment.owners
    ):
        return found
    return with_marks(found, _READERS[reading.columns.structure](as_any_form(reading))(record))


def _wide_reader(reading: ReadingContext) -> RowReader:
    columns = reading.columns
    pick, pick_extras = _picker(columns.questions), _picker(columns.extras)

    def read(record: TableRecord) -> AnswerRow | Fault:
        one = identified(record, reading)
        if isinstance(one, str):
            return fault(record, reading, one)
        form = one.form
        marks = reading.marks(pick(record.fields), form)
        size = reading.sizes[form]
        if len(marks) < size:
            return fault(record, reading, "question_missing")
        if any(marks[size:]):
            return fault(record, reading, "unknown_question")
        extras = pick_extras(record.fields)
        return AnswerRow(record.line, one.candidate, form, marks[:size], extras, record.raw)

    return read


def _string_reader(reading: ReadingContext) -> RowReader:
    place, extras_at = reading.columns.answer or 0, reading.columns.extras

    def read(record: TableRecord) -> AnswerRow | Fault:
        one = identified(record, reading)
        if isinstance(one, str):
            return fault(record, reading, one)
        # Not stripped: a space at either end is a question left blank.
        answers = drop_invisible(unwrap(record.fields[place]))
        if len(answers) != reading.sizes[one.form]:
            return fault(record, reading, "answers_wrong_length")
        extras = tuple(record.fields[i] for i in extras_at)
        return AnswerRow(record.line, one.candidate, one.form, read_marks(answers), extras, record.raw)

    return read


def _picker(indices: Sequence[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    if len(indices) > 1:
        return itemgetter(*indices)
    return lambda fields: tuple(fields[i] for i in indices)


_READERS: dict[Structure, Callable[[ReadingContext], RowReader]] = {
    "wide": _wide_reader,
    "one string": _string_reader,
}
