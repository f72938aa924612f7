"""Rows that were set aside → their answers question by question, and the rows that contradict each other.

A row is read again from its text in quarantine.csv, with the columns that its file has now. If its file is
gone or reads differently, only the text is available.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from typing import NamedTuple

from examgen.capture.answer_files import AnswerFile, recognise
from examgen.capture.answer_layout import AnswerLayout, ReadingOptions
from examgen.capture.answers import read_records
from examgen.capture.cells import UNDECIDED, fold
from examgen.capture.grader_decisions import IdentityDecision, shown_names
from examgen.capture.quarantine_reasons import QUARANTINE_REASONS
from examgen.capture.rows import reading, with_identity
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.manifest import letters_of
from examgen.core.problems import ExamgenError
from examgen.core.tables.records import TableRecord, visible
from examgen.scoring.exam_layout import columns_file, printed_layout
from examgen.scoring.sitting_folder import COLUMNS, Sitting, file_shown
from examgen.sitting.preview import beginning, shown_mark
from examgen.sitting.worklist import Aside, Decision, Ruling

ONE_SHEET = "sheet_of_two"
_OF_ONE = frozenset(one.code for one in QUARANTINE_REASONS if one.contradicts) - {ONE_SHEET}
"""Reasons for rows that contradict others of the same candidate."""
_DOUBT = "?"
_SOMEBODY = IdentityDecision("somebody", "", False, None, "", "", "", "")


class RowRead(NamedTuple):
    """The content of a row: its form and the answer to each question, in printed letters; `sheet` is the
    serial of its sheet, if it comes from a scan."""

    form: str
    answers: tuple[str, ...]
    sheet: str


def rows_read(sitting: Sitting, rows: Sequence[Aside]) -> list[RowRead | None]:
    """Return the content of each row; None for a row that cannot be read."""
    paths = sitting.answers
    places = {
        known_as: (number, path, shown)
        for number, (path, shown, known_as) in enumerate(
            zip(paths, shown_names(paths), file_shown(paths).values(), strict=True)
        )
    }
    layout = printed_layout(sitting.exam)
    columns = columns_file(sitting.given(COLUMNS))
    options = ReadingOptions(*sitting.options().reading, columns=columns)
    letters, files = letters_of(sitting.exam), dict[str, AnswerFile | None]()
    found: list[RowRead | None] = []
    for row in rows:
        if row.known_as not in files:
            files[row.known_as] = None
            if row.known_as in places:
                number, path, shown = places[row.known_as]
                try:
                    with beginning(path) as begins:
                        files[row.known_as] = recognise(number, begins, layout, shown, options)
                except (ExamgenError, OSError):
                    pass  # the page of answers says why
        file = files[row.known_as]
        found.append(_read(row, file, layout, letters) if file else None)
    return found


def _read(row: Aside, file: AnswerFile, layout: AnswerLayout, letters: str) -> RowRead | None:
    delimiter = file.delimiter if file.container == "text" else ","
    try:
        lines = [*csv.reader(StringIO(row.raw), delimiter=delimiter)]
        records = [TableRecord(row.line + n, fields, row.raw) for n, fields in enumerate(lines)]
        # the candidate of the row, and whether they may have that form, are separate questions
        how = reading(file.structure.name, file.columns, layout).decided(_SOMEBODY).as_any_form()
        if not row.candidate_id:
            records = [with_identity(one, _SOMEBODY, how) for one in records]
        found = read_records(records, how)
        [one] = found.rows
    except (ExamgenError, csv.Error, ValueError):
        return None
    if not one.form:
        return None
    marks = found.marks[0, : len(layout.options[one.form])].tolist()
    answers = [_DOUBT if mark == UNDECIDED else shown_mark(mark, letters) for mark in marks]
    extras = dict(zip(map(fold, file.structure.extra_names), one.extras, strict=False))
    return RowRead(one.form, tuple(answers), visible(extras.get("sheet", "")))


def rivals(sitting: Sitting, rows: Sequence[Aside], row: Aside) -> list[Aside]:
    """Return the rows of the same candidate or sheet of which at most one counts, including that row; empty
    if it contradicts no other row that was set aside."""
    if row.reason in _OF_ONE:
        number = canonical_number(row.candidate_id)
        found = [
            one for one in rows if one.reason in _OF_ONE and canonical_number(one.candidate_id) == number
        ]
    elif row.reason == ONE_SHEET:
        same = [one for one in rows if one.reason == ONE_SHEET]
        sheets = {
            one.number: read.sheet for one, read in zip(same, rows_read(sitting, same), strict=True) if read
        }
        sheet = sheets.get(row.number, "")
        found = [one for one in same if sheet and sheets.get(one.number) == sheet]
    else:
        return []
    return found if len(found) > 1 else []


def only(row: Aside, among: Sequence[Aside], reason: str) -> list[Ruling]:
    """Return the decisions by which that row counts and the others belong to nobody."""
    return [
        Ruling(one, Decision(row.candidate_id) if one == row else Decision(is_void=True), reason)
        for one in among
    ]
