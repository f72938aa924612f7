"""Answer files → how a scoring would read them: their columns, the first rows, the marks as understood.

Nothing is scored and no key is read. For a file that is not recognised, the cells of its columns are shown,
so that a person can assign the columns.
"""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from examgen.capture.answer_files import (
    HEAD_BYTES,
    AnswerFile,
    first_tables,
    head_of,
    recognise,
    refuse_blank,
)
from examgen.capture.answer_layout import LIMITS, AnswerLayout, ColumnMapping, ReadingLimits, ReadingOptions
from examgen.capture.cells import fold, question_number
from examgen.capture.columns import FORM_NAMES, named_column
from examgen.capture.file_chunks import read_file
from examgen.capture.grader_decisions import shown_names
from examgen.core.exam.manifest import letters_of
from examgen.core.files import read_input
from examgen.core.problems import ExamgenError, Problem, Refused
from examgen.core.responses.rows import BLANK, INVALID
from examgen.core.tables.opening import container_of, container_tables, is_gzip, open_tables
from examgen.core.tables.records import Table, TableRecord, visible
from examgen.core.tables.streams import TableSource
from examgen.core.words import tell
from examgen.scoring.exam_layout import columns_file, printed_layout
from examgen.scoring.sitting_folder import COLUMNS, Sitting
from examgen.stats.checklists import CANDIDATE_NAMES

ROWS, SAMPLES, LINES = 8, 5, 24
"""The maximum numbers of rows in a preview, of sample values of a column, and of lines that may be the
heading."""
MOST_SEEN = 1 << 22
"""The maximum number of unpacked bytes read from a packed file."""
MOST_COUNTED = 1 << 20
"""The maximum size in bytes of a file whose rows are counted before it is scored."""
_SMALL = ReadingLimits(block=1 << 15)
BLANK_SHOWN, INVALID_SHOWN = "–", "✗"


class SeenRow(NamedTuple):
    """A row as it would be scored: its candidate, form and a mark for each question; or the reason why it is
    set aside."""

    line: int
    candidate_id: str
    form: str
    marks: tuple[str, ...]
    reason: str
    """The code of the reason why it is set aside; empty if it is not."""
    raw: str = ""


class Role(NamedTuple):
    """The role of a column: `candidate_id`, `form`, `answers`, `questions`, `question`, `answer` or `extra`;
    for `questions`, also the number of the question."""

    heading: str
    role: str
    question: int | None = None


class Preview(NamedTuple):
    """An answer file before it is scored. With `faults` it cannot be scored."""

    name: str
    path: Path
    label: str = ""
    roles: tuple[Role, ...] = ()
    rows: tuple[SeenRow, ...] = ()
    faults: tuple[Problem, ...] = ()
    n_rows: int | None = None
    """The number of rows; None if the file is too long to be read just for that."""

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its faults."""
        return frozenset(one.code for one in self.faults)


def check_table(path: Path, name: str) -> list[Problem]:
    """Return the reasons why a file cannot be a table of answers, however its columns are assigned; empty if
    it may be one."""
    try:
        tables_of(path, name)
    except ExamgenError as error:
        return list(error.problems) or [Problem(name, "not-a-table", error.message)]
    return []


def tables_of(path: Path, name: str) -> list[Table]:
    """Return the ways in which a file can be read as a table, from its first bytes. Raises Refused if it is
    not a table."""
    with path.open("rb") as file:
        source = TableSource(path, name, is_gzip(file.read(2)))
    head = head_of(source, HEAD_BYTES[0])
    refuse_blank(source, head)
    container = container_of(name, head)
    if container != "text":
        if source.is_gzip:
            return open_tables(name, read_input(path))
        return container_tables(name, container, path)
    return first_tables(source)


def previews(sitting: Sitting, columns: ColumnMapping | None = None) -> list[Preview]:
    """Return a preview of every answer file of a sitting; `columns` replaces the saved assignment of
    columns."""
    paths = sitting.answers
    if not paths:
        return []
    layout = printed_layout(sitting.exam)
    said = columns or columns_file(sitting.given(COLUMNS))
    options = ReadingOptions(*sitting.options().reading, columns=said)
    letters = letters_of(sitting.exam)
    found = []
    for number, (path, shown) in enumerate(zip(paths, shown_names(paths), strict=True)):
        try:
            with beginning(path) as begins:
                file = recognise(number, begins, layout, shown, options)
                rows = tuple(islice(_rows(file, layout, letters), ROWS))
                n_rows = _n_rows(file, layout) if _is_short(path) else None
        except ExamgenError as error:
            faults = error.problems or (Problem(shown, "unreadable", error.message),)
            found.append(Preview(shown, path, faults=tuple(faults)))
            continue
        columns_read = file.columns
        question = {place: n for n, place in enumerate(columns_read.questions, 1)}
        single = {
            columns_read.candidate: "candidate_id",
            columns_read.form: "form",
            columns_read.question: "question",
            columns_read.answer: "answer" if columns_read.structure == "long" else "answers",
        }
        roles = tuple(
            Role(heading, "questions", question[place])
            if place in question
            else Role(heading, single.get(place, "extra"))
            for place, heading in enumerate(columns_read.names)
        )
        found.append(Preview(shown, path, file.structure.label, roles, rows, n_rows=n_rows))
    return found


def shown_mark(mark: int, letters: str) -> str:
    """Return a mark as a page shows it, in the letters that the papers print."""
    own = [letter for k, letter in enumerate(letters) if mark < INVALID and mark >> k & 1]
    return BLANK_SHOWN if mark == BLANK else "|".join(own) or INVALID_SHOWN


@contextmanager
def beginning(path: Path) -> Iterator[Path]:
    """Yield the file itself or, for a long compressed text, a file with only its beginning, compressed. Its
    unpacked size has no limit, and a page that shows the first rows need not read more."""
    with path.open("rb") as file:
        is_packed = is_gzip(file.read(2))
    head = head_of(TableSource(path, path.name, True), MOST_SEEN) if is_packed else b""
    if len(head) <= MOST_SEEN or container_of(path.name, head) != "text":
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        begins = Path(folder) / path.name
        end = head.rfind(b"\n") + 1
        if len(head) - end > LIMITS.longest_line:  # a line that is too long and is reported as such
            end = MOST_SEEN
        begins.write_bytes(gzip.compress(head[:end], 1))
        yield begins


def _is_short(path: Path) -> bool:
    """Return whether a file is short enough to count its rows each time a page shows it."""
    if path.stat().st_size > MOST_COUNTED:
        return False
    with path.open("rb") as file:
        return not is_gzip(file.read(2))


def _n_rows(file: AnswerFile, layout: AnswerLayout) -> int:
    return sum(len(found.set_aside) + len(found.rows) for found in read_file(file, layout, _SMALL))


def _rows(file: AnswerFile, layout: AnswerLayout, letters: str) -> Iterator[SeenRow]:
    """Yield the first rows of a file, in the order of their lines."""
    forms = [*layout.options]
    for rows, set_aside, _ in read_file(file, layout, _SMALL):
        found = [
            SeenRow(one.line, visible(one.candidate_id or ""), "", (), one.reason, visible(one.raw[:300]))
            for one in set_aside
        ]
        for n in range(min(len(rows), ROWS)):
            form = forms[int(rows.form[n])]
            candidate = rows.ids[n].decode("utf-8", "backslashreplace")
            marks = rows.marks[n, : len(layout.options[form])].tolist()
            shown = tuple(shown_mark(mark, letters) for mark in marks)
            found.append(SeenRow(int(rows.line[n]), candidate, form, shown, ""))
        yield from sorted(found, key=lambda row: row.line)


# ── columns by hand ──────────────────────────────────────────────────────────────────────────


class ByHand(NamedTuple):
    """A file as rows of cells, for a person who assigns its columns."""

    labels: tuple[str, ...]
    """The ways in which it can be read: by delimiter, or by sheet."""
    chosen: int
    lines: tuple[tuple[int, tuple[str, ...]], ...]
    """The line numbers and cells of the first lines, one of which is the heading."""
    heading: int
    """The number of the line used as the heading."""

    @property
    def headings(self) -> tuple[str, ...]:
        """The cells of the heading."""
        return next((cells for line, cells in self.lines if line == self.heading), ())

    def samples(self, column: int) -> list[str]:
        """Return the first values below the heading that are not empty."""
        below = (cells for line, cells in self.lines if line > self.heading)
        found = (cells[column] for cells in below if column < len(cells) and cells[column].strip())
        return list(islice(found, SAMPLES))


def by_hand(path: Path, name: str, way: int | None = None, heading: int | None = None) -> ByHand:
    """Return a file as rows of cells, read in the given way, otherwise the one with the most columns. The
    heading is the given line, otherwise the first of those with the most filled cells."""
    tables = tables_of(path, name)
    seen = [[table.header, *islice(table.body(0), LINES)] for table in tables]
    if way is None or not 0 <= way < len(tables):
        way = max(range(len(tables)), key=lambda n: max(len(record.fields) for record in seen[n]))
    records: list[TableRecord] = seen[way]
    lines = tuple((one.line, tuple(visible(cell.strip()[:200]) for cell in one.fields)) for one in records)
    if heading not in {line for line, _ in lines}:
        fullest = max(sum(bool(cell) for cell in cells) for _, cells in lines)
        heading = next(line for line, cells in lines if sum(bool(cell) for cell in cells) == fullest)
    return ByHand(tuple(table.label for table in tables), way, lines, heading or 1)


def columns_of(table: ByHand, roles: Sequence[str], form_is: str = "") -> dict[str, object]:
    """Return the content of a columns file from the role of each column: a role, the number of a question, or
    empty. A column is named by its heading if no other column has the same heading."""
    counts: dict[str, int] = {}
    for cell in table.headings:
        counts[cell.casefold()] = counts.get(cell.casefold(), 0) + 1
    said: dict[str, object] = {}
    questions: dict[int, str | int] = {}
    problems: list[Problem] = []
    for column, role in enumerate(roles):
        heading = table.headings[column] if column < len(table.headings) else ""
        is_plain = heading and counts[heading.casefold()] == 1 and heading.isprintable()
        place: str | int = heading if is_plain and not heading.isdecimal() else column + 1
        if role.isdecimal():
            if int(role) in questions:
                message = tell("question {n} is assigned to two columns. Keep one", n=int(role))
                problems.append(Problem(COLUMNS, "column-twice", message, field=f"column{column}"))
            questions[int(role)] = place
        elif role:
            if role in said:
                message = tell("two columns have the same meaning. Keep one")
                problems.append(Problem(COLUMNS, "column-twice", message, field=f"column{column}"))
            said[role] = place
    if problems:
        raise Refused.because("the columns contradict each other", problems)
    if questions:
        said["questions"] = dict(sorted(questions.items()))
    if form_is:
        said["form_is"] = form_is
    first = table.lines[0][0]
    if table.heading != first:
        said["heading"] = table.heading
    return said


def guessed(table: ByHand, most: int) -> list[str]:
    """Guess the roles of columns from their headings, for a person to check: candidate, form, and each
    question once."""
    found: list[str] = []
    for heading in table.headings:
        number = question_number(heading) or _last_number(heading)
        is_free = number is not None and 1 <= number <= most and str(number) not in found
        found.append(str(number) if is_free else "")
    if sum(map(bool, found)) < 2:
        found = [""] * len(found)
    folded = [fold(heading) for heading in table.headings]
    for role, names in (("candidate_id", CANDIDATE_NAMES), ("form", FORM_NAMES)):
        with suppress(Refused):  # of several that could be it, none is taken
            place = named_column(folded, names, role, "")
            if place is not None and not found[place]:
                found[place] = role
    return found


def said_before(table: ByHand, said: ColumnMapping) -> list[str] | None:
    """Return the roles that were saved before; None if the table lacks some of those columns."""
    found = [""] * len(table.headings)
    folded = [heading.casefold() for heading in table.headings]
    for role, place in (*said.roles.items(), *((str(n), one) for n, one in said.questions.items())):
        if isinstance(place, int):
            column = place - 1
        else:
            column = folded.index(place.casefold()) if place.casefold() in folded else -1
        if not 0 <= column < len(found):
            return None
        found[column] = role
    return found


def _last_number(heading: str) -> int | None:
    digits = ""
    for char in reversed(heading.strip().rstrip(".)]:")):
        if not char.isdecimal():
            break
        digits = char + digits
    return int(digits) if digits and len(digits) < 4 else None


def filled(chosen: list[str], first: int | None, last: int | None, most: int) -> list[str]:
    """Assign the columns from `first` to `last` (counted from 1) to question 1 and the following."""
    if first is None or last is None or not 1 <= first <= last <= len(chosen):
        return chosen
    plain = ["" if one.isdecimal() else one for one in chosen]
    for n, column in enumerate(range(first - 1, last), 1):
        if n <= most:
            plain[column] = str(n)
    return plain
