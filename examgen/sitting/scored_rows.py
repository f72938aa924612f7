"""A row that a run scored → the row as the worklist decides on it: its candidate, its marks, or that it is
not used."""

from __future__ import annotations

from examgen.capture.answer_files import recognise
from examgen.capture.answer_layout import ReadingOptions
from examgen.capture.file_chunks import raw_rows
from examgen.core.problems import ExamgenError
from examgen.core.responses.rows import INVALID
from examgen.scoring.exam_layout import columns_file, printed_layout
from examgen.scoring.sitting_folder import COLUMNS, Sitting, file_shown
from examgen.sitting.preview import shown_mark
from examgen.sitting.second_reading import ScoredRow
from examgen.sitting.worklist import Aside


def as_decidable(sitting: Sitting, row: ScoredRow) -> Aside:
    """Return the row in the form on which decisions are made, with its original text if its file is a text
    that still exists. Questions whose mark is not an option are in doubt."""
    unclear = tuple(n for n, mark in enumerate(row.marks, 1) if mark >= INVALID)
    return Aside(0, row.file, row.known_as, row.line, row.candidate_id, "", _raw(sitting, row), unclear)


def answers_read(row: ScoredRow) -> list[str]:
    """Return the answers that were read, in the letters that the papers print."""
    return [shown_mark(mark, row.letters) for mark in row.marks]


def _raw(sitting: Sitting, row: ScoredRow) -> str:
    """Return the original text of the row; empty if its file is gone or is not a text, or if the row covers
    more than one line."""
    paths = sitting.answers
    layout = printed_layout(sitting.exam)
    options = ReadingOptions(*sitting.options().reading, columns=columns_file(sitting.given(COLUMNS)))
    for number, (path, (shown, own)) in enumerate(zip(paths, file_shown(paths).items(), strict=True)):
        if own == row.known_as:
            try:
                file = recognise(number, path, layout, shown, options)
                found = raw_rows(file, [row.line]) if file.container == "text" else {}
            except (ExamgenError, OSError):
                return ""  # the page of answers says why
            text = found.get(row.line, "").strip("\r")
            return text if text.count('"') % 2 == 0 else ""
    return ""
