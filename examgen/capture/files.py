"""Answer files → what they are, from their first bytes: which table, which columns, where its rows begin.

Structure is recognised from the content and said back; a file that is not an answer file is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from examgen.capture.answer_layout import NO_OPTIONS, AnswerLayout, ReadingOptions
from examgen.capture.cells import RecordTable, TableRecord, visible
from examgen.capture.columns import OTHER_SIZE, AnswerColumns
from examgen.capture.tabular.containers import (
    LARGEST_BYTES,
    TEXT,
    binary_tables,
    container_of,
    is_gzip,
    refusal,
)
from examgen.capture.tabular.encodings import UTF8, AnswerSource, Encoding, source_blocks
from examgen.capture.tabular.heads import (
    HEAD_BYTES,
    MOST_TITLES,
    are_titles,
    chosen_table,
    head_of,
    may_stand_lower,
    no_rows,
    place_of,
    refuse_blank,
    text_head,
)
from examgen.capture.tabular.text import DELIMITERS
from examgen.core.files import check_regular
from examgen.core.problems import Refused
from examgen.core.responses.rows import FileStructure, Part
from examgen.core.words import Message, joined, option, tell

FEWEST_BYTES = 1 << 16
"""A smaller part is not worth reading by itself."""

LEAST_GUESSED = 8 << 20
"""Bytes of a text that are soon looked at for their encoding."""


class AnswerFile(NamedTuple):
    """An answer file as it was recognised; `number` is its place among the files that are scored.

    The rows of a text begin at byte `start` (of what is unpacked), on line `first_line`. `encoding` is None
    where nothing but ASCII has been seen so far. `table` is the number of the table of a workbook.
    `is_whole` says that the file cannot be read in parts.
    """

    number: int
    path: Path
    structure: FileStructure
    container: str
    is_gzip: bool
    columns: AnswerColumns
    encoding: Encoding | None
    delimiter: str
    start: int
    first_line: int
    table: int
    is_whole: bool
    said: tuple[str, ...] = ()
    """The parts of what is said back of it."""

    @property
    def source(self) -> AnswerSource:
        """Where its bytes are."""
        return AnswerSource(self.path, self.structure.name, self.is_gzip)


def recognise(
    number: int,
    path: Path,
    layout: AnswerLayout,
    shown: str | None = None,
    options: ReadingOptions = NO_OPTIONS,
    guess: bool = False,
) -> AnswerFile:
    """What the file is, from its head; `shown` is what it is called where not by its name.

    Only where its head is not ASCII is the whole file looked at, for the encoding; with `guess` that is put
    off for a large one whose head is UTF-8 (`head_is_guess`). Raises Refused where it
    is not an answer file, or where `options` contradict what it holds.
    """
    name = visible(shown if shown is not None else path.name)
    options = options.of(name)
    check_regular(path)
    if path.is_dir():
        raise refusal(name, "not-an-answer-file", tell("is a folder. Give the answer files one by one"))
    with path.open("rb") as file:
        source = AnswerSource(path, name, is_gzip(file.read(2)))
    data = head_of(source, HEAD_BYTES[0])
    refuse_blank(source, data)
    container = container_of(name, data)
    if container != TEXT:
        return _binary_file(number, source, container, layout, options)
    is_large = not source.is_gzip and path.stat().st_size > LEAST_GUESSED
    return _text_file(number, source, layout, options, guess and is_large)


def kept_file(number: int, path: Path, structure: FileStructure) -> AnswerFile:
    """A file of which nothing is read any more: what it said is kept elsewhere."""
    columns = AnswerColumns("wide", (), 0, None, (), None, None, ())
    return AnswerFile(number, path, structure, "parquet", False, columns, None, "", 0, 1, 0, True)


def head_is_guess(file: AnswerFile) -> bool:
    """Whether what stands up to the end of the header was read in an encoding that nothing proves."""
    if file.container != TEXT or file.encoding is not None or file.is_gzip:
        return False
    with file.path.open("rb") as head:
        return not head.read(file.start).isascii()


def parts_of(file: AnswerFile, n: int) -> list[Part]:
    """The file in some `n` parts that can be read by themselves; in one where it cannot be cut."""
    end = file.structure.size
    n = 1 if file.is_whole else max(1, min(n, (end - file.start) // FEWEST_BYTES))
    return parts_at(file, [file.start + (end - file.start) * k // n for k in range(1, n)])


def parts_at(file: AnswerFile, places: Sequence[int]) -> list[Part]:
    """The file in parts that begin at its rows and at these bytes, in order."""
    bounds = [file.start, *places, None]
    lines = [file.first_line, *[None] * len(places)]
    return [
        Part(file.number, file.path, start or 0, end, line)
        for start, end, line in zip(bounds, bounds[1:], lines, strict=False)
    ]


def file_tables(file: AnswerFile, layout: AnswerLayout) -> RecordTable:
    """The table of a workbook or Parquet file."""
    source = file.source
    data = file.path if not file.is_gzip else _unpacked(source)
    return binary_tables(source.name, file.container, data)[file.table]


def said_back(file: AnswerFile, encoding: Encoding) -> FileStructure:
    """How the file was recognised, once it is known what all of its text is written in."""
    if file.container != TEXT or file.encoding is not None:
        return file.structure
    said = (encoding.name if part == UTF8.name else part for part in file.said)
    return file.structure._replace(label=joined(said))


# ── text ─────────────────────────────────────────────────────────────────────────────────────


def _text_file(
    number: int, source: AnswerSource, layout: AnswerLayout, options: ReadingOptions, guess: bool
) -> AnswerFile:
    found = text_head(source, layout, options, guess)
    head, columns, encoding, start, is_lower = found
    n_answers = len(columns.questions) or max(layout.sizes.values())
    written = (DELIMITERS[head.delimiter], (encoding or UTF8).name)
    said = _said(source, columns, n_answers, written, _remarks(columns, head.header, is_lower, layout))
    is_whole = (
        source.is_gzip
        or (encoding is not None and encoding.is_wide)
        or columns.structure == "long"
        or layout.grader_decisions.names(source.name)
    )
    size = source.path.stat().st_size
    structure = FileStructure(source.name, joined(said), columns.extra_names, size)
    return AnswerFile(
        number, source.path, structure, TEXT, source.is_gzip, columns, encoding, head.delimiter,
        start, head.n_lines + 1, 0, is_whole, said,
    )  # fmt: skip


_STRUCTURES = {"wide": tell("wide"), "one string": tell("one string"), "long": tell("long")}


def _said(
    source: AnswerSource, columns: AnswerColumns, n_answers: int, table: Sequence[str], remarks: Iterable[str]
) -> tuple[str, ...]:
    """What is said back of a file, part by part."""
    shape = _STRUCTURES[columns.structure], tell("{n} answers", n=n_answers)
    return (*shape, *table, *([tell("gzip")] if source.is_gzip else []), *remarks)


def _remarks(
    columns: AnswerColumns, header: TableRecord, is_lower: bool, layout: AnswerLayout
) -> Iterator[Message]:
    """What is said back of headings that are not the usual ones."""
    if is_lower:
        yield tell("header on line {n}", n=header.line)
    if columns.in_words:
        yield tell("questions by their stems")
    if columns.form is not None:
        return
    if columns.only_form:
        yield tell("form {form}", form=columns.only_form)
    elif len(layout.sizes) > 1:
        yield tell("no form column; the form assigned to each candidate is used")


# ── workbooks and Parquet ────────────────────────────────────────────────────────────────────


def _binary_file(
    number: int, source: AnswerSource, container: str, layout: AnswerLayout, options: ReadingOptions
) -> AnswerFile:
    tables = binary_tables(source.name, container, _unpacked(source) if source.is_gzip else source.path)
    numbered = list(enumerate(tables))
    if options.sheet is not None and any(table.sheet for table in tables):
        numbered = [(k, table) for k, table in numbered if table.sheet == options.sheet]
        if not numbered:
            labels = joined(tell("sheet {name!r}", name=table.sheet) for table in tables)
            message = tell(
                "there is no sheet {sheet!r} with rows. Its sheets: {labels}",
                sheet=options.sheet,
                labels=labels,
            )
            raise refusal(source.name, "no-such-sheet", message)
    found = [table for _, table in numbered]
    chosen, header, columns = _chosen(source.name, found, layout, options)
    table = found[chosen]
    if not any(record.line > header.line for record in table.body(columns.width)):
        raise no_rows(place_of(source.name, header))
    n_answers = len(columns.questions) or max(layout.sizes.values())
    remarks = _remarks(columns, header, header.line > table.header.line, layout)
    label = joined(_said(source, columns, n_answers, [table.label], remarks))
    structure = FileStructure(source.name, label, columns.extra_names, source.path.stat().st_size)
    return AnswerFile(
        number, source.path, structure, container, source.is_gzip, columns, None, ",",
        0, header.line + 1, numbered[chosen][0], True,
    )  # fmt: skip


def _chosen(
    name: str, tables: Sequence[RecordTable], layout: AnswerLayout, options: ReadingOptions
) -> tuple[int, TableRecord, AnswerColumns]:
    """Which table is that of the answers, and its heading, which may stand below some rows of titles."""
    labels = [table.label for table in tables]
    said = options.columns.heading if options.columns else None
    if said is None:
        try:
            number, columns = chosen_table(name, labels, [table.header for table in tables], layout, options)
            return number, tables[number].header, columns
        except Refused as refused:
            if not may_stand_lower(refused):
                raise
            first = refused
    else:
        first = refusal(
            name,
            "columns-not-there",
            tell(
                "{columns} gives line {said} as the header, but that line is not a header",
                said=said,
                columns=option("columns"),
            ),
        )
    for number, table in enumerate(tables):
        above: list[Sequence[str]] = []
        for record in [table.header, *islice(table.body(0), MOST_TITLES if said is None else said)]:
            if said in (None, record.line):
                try:
                    _, columns = chosen_table(name, labels[number : number + 1], [record], layout, options)
                    if said is not None or are_titles(above, record):
                        return number, record, columns
                except Refused as refused:
                    first = refused if refused.problems[0].code == OTHER_SIZE else first
            above.append(record.fields)
    raise first


def _unpacked(source: AnswerSource) -> bytes:
    data = b"".join(islice(source_blocks(source, 1 << 20), LARGEST_BYTES >> 21))
    if len(data) >= LARGEST_BYTES >> 1:
        raise refusal(
            source.name, "too-large", tell("the unpacked file exceeds 1 GiB. Unpack it before you add it")
        )
    return data
