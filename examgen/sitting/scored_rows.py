"""A row that a run scored → the row as the worklist decides on it: its candidate, its marks, or that it is
not used."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from examgen.capture.answer_files import recognise
from examgen.capture.answer_layout import ReadingOptions
from examgen.capture.file_chunks import raw_rows
from examgen.core.exam.manifest import letters_of
from examgen.core.exam.runs import Run
from examgen.core.problems import ExamgenError
from examgen.core.responses import table as response_table
from examgen.core.responses.rows import INVALID
from examgen.scoring.exam_layout import columns_file, printed_layout
from examgen.scoring.sitting_folder import COLUMNS, Sitting, file_shown
from examgen.sitting.preview import INVALID_SHOWN, shown_mark
from examgen.sitting.second_reading import ScoredRow
from examgen.sitting.worklist import Aside

NEAR = 3
"""The number of rows shown before and after a row without a candidate number."""


def as_decidable(sitting: Sitting, row: ScoredRow) -> Aside:
    """Return the row in the form on which decisions are made, with its original text if its file is a text
    that still exists. Questions whose mark is not an option are in doubt."""
    unclear = tuple(n for n, mark in enumerate(row.marks, 1) if mark >= INVALID)
    return Aside(0, row.file, row.known_as, row.line, row.candidate_id, "", _raw(sitting, row), unclear)


def answers_read(row: ScoredRow) -> list[str]:
    """Return the answers that were read, in the letters that the papers print."""
    return [shown_mark(mark, row.letters) for mark in row.marks]


def who_answered_so(sitting: Sitting, run: Run, form: str, answers: Sequence[str]) -> list[str]:
    """Return the candidates of a run who gave exactly these answers, in printed letters, on the form; nobody
    if nothing is marked."""
    letters, path = letters_of(sitting.exam), run.folder / response_table.NAME
    marks = [
        INVALID
        if answer == INVALID_SHOWN
        else sum(1 << letters.index(one) for one in answer.split("|") if one in letters)
        for answer in answers
    ]
    if not any(marks) or not path.is_file():
        return []
    found = pl.scan_parquet(path).filter(pl.col("form") == form)
    alike = found.filter(pl.col("marks") == bytes(marks).ljust(response_table.width_of(path), b"\0"))
    return alike.select("candidate_id").collect()["candidate_id"].to_list()


def near_rows(sitting: Sitting, known_as: str, line: int) -> list[tuple[int, str]]:
    """Return the original text of the rows before and after a line, with their line numbers; none if the file
    is gone or is not a text."""
    lines = [*range(line - NEAR, line), *range(line + 1, line + NEAR + 1)]
    return sorted(_texts(sitting, known_as, lines).items())


def _raw(sitting: Sitting, row: ScoredRow) -> str:
    """Return the original text of the row; empty if it is not known, or covers more than one line."""
    found = _texts(sitting, row.known_as, [row.line]).get(row.line, "")
    return found if found.count('"') % 2 == 0 else ""


def _texts(sitting: Sitting, known_as: str, lines: Sequence[int]) -> dict[int, str]:
    """Return these lines of an answer file, if it is a text."""
    paths = sitting.answers
    layout = printed_layout(sitting.exam)
    options = ReadingOptions(*sitting.options().reading, columns=columns_file(sitting.given(COLUMNS)))
    for number, (path, (shown, own)) in enumerate(zip(paths, file_shown(paths).items(), strict=True)):
        if own == known_as:
            try:
                file = recognise(number, path, layout, shown, options)
                found = raw_rows(file, lines) if file.container == "text" else {}
            except (ExamgenError, OSError):
                return {}  # the page of answers says why
            return {line: text.strip("\r") for line, text in found.items()}
    return {}
