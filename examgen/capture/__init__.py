"""Answer files (bytes) → `Responses`: what candidates marked, and what could not be read.

Structure is recognised from the content and said back; row faults go to quarantine word for
word; a file that is no answer file is refused. `docs/` and `QUARANTINE_REASONS` say the rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from examgen.capture.columns import Columns, recognise
from examgen.capture.containers import open_tables
from examgen.capture.dealing import NO_LIST, Dealing, dealing_of
from examgen.capture.reasons import QUARANTINE_REASONS, Reason
from examgen.capture.records import UNREADABLE, Record, Table, visible
from examgen.capture.rows import Fault, Row, reading
from examgen.capture.settle import FileRows, settle
from examgen.capture.structures import read_rows
from examgen.capture.synthetic import DIRTY_KINDS, dirty, synthetic_csv
from examgen.problems import Problem, Refused
from examgen.tables import InputFile, Responses

__all__ = [
    "DIRTY_KINDS",
    "QUARANTINE_REASONS",
    "AnswerLayout",
    "Dealing",
    "Reason",
    "dealing_of",
    "dirty",
    "read_answers",
    "synthetic_csv",
]


@dataclass(frozen=True, slots=True)
class AnswerLayout:
    """What the forms of an exam ask: the number of options of each question, in order."""

    options: dict[str, tuple[int, ...]]
    dealing: Dealing = NO_LIST
    """Whose booklet is which, where they were printed for a list."""

    @property
    def sizes(self) -> dict[str, int]:
        """The number of questions of each form."""
        return {form: len(numbers) for form, numbers in self.options.items()}


def read_answers(files: Sequence[tuple[str, bytes]], layout: AnswerLayout) -> Responses:
    """What candidates marked, from files of (name, content).

    Raises Refused, with every file's problems, where one of them is no answer file.
    """
    read: list[FileRows] = []
    problems: list[Problem] = []
    for name, data in files:
        try:
            read.append(_read_file(visible(name), data, layout))
        except Refused as refused:
            problems.extend(refused.problems)
    if problems:
        raise Refused(f"{len(problems)} of {len(files)} answer file(s) cannot be read", problems)
    return settle(read, layout.options)


def _read_file(name: str, data: bytes, layout: AnswerLayout) -> FileRows:
    sizes = layout.sizes
    table, columns = _recognised(name, open_tables(name, data), sizes)
    rows: list[Row] = []
    faults: list[Fault] = []
    how = reading(name, table.header.fields, columns, sizes, layout.dealing)
    for row in read_rows(table.body(columns.width), how):
        rows.append(row) if isinstance(row, Row) else faults.append(row)
    if not rows and not faults:
        raise _refusal(_place(name, table.header), "no-rows", "there is a header but no row of answers")
    n_answers = len(columns.questions) or max(sizes.values())
    structure = f"{columns.structure}, {n_answers} answers, {table.label}"
    file = InputFile(name, hashlib.sha256(data).hexdigest(), structure, len(rows) + len(faults))
    return FileRows(file, columns.extra_names, tuple(rows), tuple(faults))


def _recognised(name: str, tables: Sequence[Table], sizes: dict[str, int]) -> tuple[Table, Columns]:
    """The one table whose header is that of an answer file."""
    found: list[tuple[Table, Columns]] = []
    refusals: list[tuple[int, Refused]] = []
    for table in tables:
        try:
            found.append((table, _columns(name, table.header, sizes)))
        except Refused as refused:
            refusals.append((len(table.header.fields), refused))
    if len(found) > 1:
        labels = " and ".join(table.label for table, _ in found)
        raise _refusal(name, "ambiguous-table", f"answers can be read in two ways ({labels}): keep one")
    if found:
        return found[0]
    if not refusals:
        raise _refusal(name, "empty-file", "the file is empty; expected a header and rows of answers")
    raise max(refusals, key=lambda entry: entry[0])[1]


def _columns(name: str, header: Record, sizes: dict[str, int]) -> Columns:
    source = _place(name, header)
    if header.fault or UNREADABLE.search(header.raw):
        message = f"header unreadable ({visible(header.raw)[:80]!r}): write candidate_id, form, Q1 …"
        raise _refusal(source, "unreadable-header", message)
    return recognise(header.fields, list(sizes.values()), source)


def _place(name: str, header: Record) -> str:
    return f"{name}:{header.line}" if header.line else name


def _refusal(source: str, code: str, message: str) -> Refused:
    return Refused(f"{source}: {message}", [Problem(source, code, message)])
