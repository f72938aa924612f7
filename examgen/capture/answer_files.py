"""Answer files → their structure, from their first bytes: which table, which columns, where the rows begin.

The structure is recognised from the content and reported to the user; a file that is not an answer file is
refused.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from examgen.capture.answer_layout import NO_OPTIONS, AnswerLayout, ReadingOptions
from examgen.capture.cells import loosely, question_number, read_mark, says_no_candidate, single_mark
from examgen.capture.columns import MOST_FORMS, OTHER_SIZES, AnswerColumns
from examgen.capture.columns import recognise as columns_of
from examgen.capture.declared_columns import MOST_TITLES, are_titles, place_of
from examgen.core.files import check_regular
from examgen.core.problems import Refused, WrongUsage
from examgen.core.responses.rows import FileStructure
from examgen.core.tables.encodings import CP874, UTF8, Encoding, are_utf8, encoding_counted, encoding_shown
from examgen.core.tables.kinds import TABLE_KINDS
from examgen.core.tables.opening import (
    BLANKS,
    TEXT,
    binary_file,
    container_of,
    container_tables,
    empty_file,
    is_gzip,
)
from examgen.core.tables.records import LARGEST_BYTES, UNREADABLE, Table, TableRecord, refusal, visible
from examgen.core.tables.streams import TableSource, source_blocks
from examgen.core.tables.text import DELIMITERS, TextLines, heads, records, tables_of, text_tables
from examgen.core.words import Message, joined, option, tell, tell_n

HEAD_BYTES = (1 << 16, 1 << 21)
"""The number of bytes read to recognise a file; the second one if the first does not include its header."""
_NAMED_ENCODINGS = {
    "utf-8": ("utf-8",),
    "utf-16": ("utf-16-le", "utf-16-be"),
    "cp874": ("cp874",),
}
_SAME_ENCODING = {"utf8": "utf-8", "utf16": "utf-16", "tis-620": "cp874", "windows-874": "cp874"}
_MOST_BESIDE = 6
"""The most cells besides the answers of a row: number, name, room, form, time, address."""
_STRUCTURES = {"wide": tell("wide"), "one string": tell("one string"), "long": tell("long")}


class AnswerFile(NamedTuple):
    """An answer file and its recognised structure; `number` is its index among the files that are scored.

    Its rows begin on line `first_line`. `table` is the index of the table in a workbook.
    """

    number: int
    path: Path
    structure: FileStructure
    container: str
    is_gzip: bool
    columns: AnswerColumns
    encoding: Encoding
    delimiter: str
    first_line: int
    table: int = 0

    @property
    def source(self) -> TableSource:
        """The source of its bytes."""
        return TableSource(self.path, self.structure.name, self.is_gzip)


def recognise(
    number: int,
    path: Path,
    layout: AnswerLayout,
    shown: str | None = None,
    options: ReadingOptions = NO_OPTIONS,
) -> AnswerFile:
    """Return the structure of the file from its head, and its encoding from the whole file; `shown` is its
    name in messages if it differs from the file name. Raises Refused if it is not an answer file, or if
    `options` contradict its content.
    """
    name = visible(shown if shown is not None else path.name)
    options = options.of(name)
    check_regular(path)
    if path.is_dir():
        raise refusal(name, "not-an-answer-file", tell("is a folder. Give the answer files one by one"))
    with path.open("rb") as file:
        source = TableSource(path, name, is_gzip(file.read(2)))
    data = head_of(source, HEAD_BYTES[0])
    refuse_blank(source, data)
    container = container_of(name, data)
    if container != TEXT:
        return _binary_file(number, source, container, layout, options)
    return _text_file(number, source, layout, options)


def kept_file(number: int, path: Path, structure: FileStructure) -> AnswerFile:
    """Return an answer file that is no longer read, because its content is stored elsewhere."""
    columns = AnswerColumns("wide", (), 0, None, (), None, None, ())
    return AnswerFile(number, path, structure, "parquet", False, columns, UTF8, "", 1)


def file_tables(file: AnswerFile, layout: AnswerLayout) -> Table:
    """Return the table of a workbook or Parquet file."""
    return _tables(file.source, file.container)[file.table]


def _structure(
    source: TableSource,
    columns: AnswerColumns,
    header: TableRecord,
    is_lower: bool,
    written: Sequence[str],
    layout: AnswerLayout,
    table: Table | None = None,
) -> FileStructure:
    """Return what is reported about a file: its shape, how it is written, unusual headings."""
    n_answers = len(columns.questions) or max(layout.sizes.values())
    parts: list[Message | str] = [_STRUCTURES[columns.structure], tell("{n} answers", n=n_answers), *written]
    if source.is_gzip:
        parts.append(tell("gzip"))
    if is_lower:
        parts.append(tell("header on line {n}", n=header.line))
    if columns.in_words:
        parts.append(tell("questions by their stems"))
    if columns.form is None and columns.only_form:
        parts.append(tell("form {form}", form=columns.only_form))
    elif columns.form is None and len(layout.sizes) > 1:
        parts.append(tell("no form column; the form assigned to each candidate is used"))
    size = source.path.stat().st_size
    found = FileStructure(source.name, joined(parts), columns.extra_names, size)
    return found if table is None else found._replace(hidden=table.hidden, comments=table.comments)


# ── text ─────────────────────────────────────────────────────────────────────────────────────


def _text_file(number: int, source: TableSource, layout: AnswerLayout, options: ReadingOptions) -> AnswerFile:
    """Return the structure of a text. Raises Refused if it is not an answer file, or has no rows below its
    header, and WrongUsage if the options name an unknown encoding or delimiter.
    """
    name = source.name
    delimiter = _named_delimiter(options)
    encoding: Encoding | None = None
    for size in HEAD_BYTES:
        data = head_of(source, size)
        is_all = len(data) <= size
        data = data[:size]
        encoding = encoding or _encoding(source, data, options)
        lines = TextLines(data if is_all else data[: len(data) // 2 * 2], encoding, is_all)
        found = heads(lines)
        if is_all or (found and all(head.n_lines < len(lines) and not head.header.fault for head in found)):
            break
    if not found and not is_all:
        message = tell("the first 2 MiB contain no header, so this is not a table of answers")
        raise refusal(name, "unreadable-header", message)
    if found and "\0" in found[0].header.raw:
        raise binary_file(name)
    assert encoding is not None
    tables = tables_of(lines, encoding)
    if found and delimiter is not None:
        tables = [table for table in tables if table.delimiter == delimiter]
        if not tables:
            message = tell(
                "the file itself shows that its delimiter is not {delimiters}. Do not set a delimiter",
                delimiters=DELIMITERS[delimiter],
            )
            raise refusal(name, "delimiter-contradicted", message)
    place, header, columns = _table_heading(name, tables, layout, options)
    mark, first_line = tables[place].delimiter, header.line + header.raw.count("\n") + 1
    rest = lines.between(first_line - 1)
    if is_all and not records(rest, 1, mark, columns.width, is_last=True, most=1).records:
        raise _no_rows(name, header)
    is_lower = header.line > tables[place].header.line
    marks = (DELIMITERS[mark], encoding.name)
    structure = _structure(source, columns, header, is_lower, marks, layout)
    return AnswerFile(
        number, source.path, structure, TEXT, source.is_gzip, columns, encoding, mark, first_line
    )


def _named_delimiter(options: ReadingOptions) -> str | None:
    if options.delimiter is None:
        return None
    ways = {way: mark for mark, word in DELIMITERS.items() for way in (mark, word, repr(mark)[1:-1])}
    if options.delimiter not in ways:
        known = ", ".join(DELIMITERS.values())
        raise WrongUsage.because(
            "delimiter {delimiter!r} is not known. Write {known}", delimiter=options.delimiter, known=known
        )
    return ways[options.delimiter]


# ── workbooks and Parquet ────────────────────────────────────────────────────────────────────


def _binary_file(
    number: int, source: TableSource, container: str, layout: AnswerLayout, options: ReadingOptions
) -> AnswerFile:
    tables = _tables(source, container)
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
    place, header, columns = _table_heading(source.name, found, layout, options)
    table = found[place]
    if not any(record.line > header.line for record in table.body(columns.width)):
        raise _no_rows(source.name, header)
    if options.sheet is None:
        _check_other_sheets(source.name, [one for one in found if one is not table], columns, layout)
    is_lower = header.line > table.header.line
    structure = _structure(source, columns, header, is_lower, [table.label], layout, table)
    if options.sheet is None:
        structure = structure._replace(unread=tuple(one.sheet for one in found if one is not table))
    return AnswerFile(
        number, source.path, structure, container, source.is_gzip, columns, UTF8, ",",
        header.line + 1, numbered[place][0],
    )  # fmt: skip


def _check_other_sheets(
    name: str, others: Sequence[Table], columns: AnswerColumns, layout: AnswerLayout
) -> None:
    """Raise Refused if sheets that are not read have rows that look like answers."""
    words = set[str]()
    if others and columns.in_words and layout.texts is not None:
        for form in layout.texts.forms()[:MOST_FORMS]:
            questions = layout.texts.questions(form)
            words |= {loosely(option) for question in questions for option in question.options}
    shown = []
    for table in others:
        records = (table.header, *table.body(0))
        lines = [one.line for one in records if _is_like_answers(one.fields, columns, layout, words)]
        if lines:
            shown.append(
                tell_n(
                    "{sheet!r} ({n:,} row like answers, the first is row {line})",
                    "{sheet!r} ({n:,} rows like answers, the first is row {line})",
                    len(lines),
                    sheet=table.sheet,
                    line=lines[0],
                )
            )
    if shown:
        message = tell(
            "sheets are not read: {sheets}. Give them the headings of the first sheet and save each sheet as "
            "a file, or choose the only one that counts with {option}",
            sheets=joined(shown),
            option=option("sheet"),
        )
        raise refusal(name, "sheets-not-read", message)


def _is_like_answers(
    fields: Sequence[str], columns: AnswerColumns, layout: AnswerLayout, words: Collection[str]
) -> bool:
    """Return whether a row of another sheet looks like a candidate's answers: half of the questions, or all
    of them if they are numbers, and hardly anything else; without those of the key.
    """
    cells = [cell.strip() for cell in fields if cell.strip()]
    if columns.structure == "long" and columns.question is not None and columns.answer is not None:
        places = (columns.question, columns.answer)
        question, answer = (fields[n] if n < len(fields) else "" for n in places)
        return question_number(question) is not None and single_mark(answer)
    fewest = min(layout.sizes.values())
    answers = [cell for cell in cells if single_mark(cell) or loosely(cell) in words]
    if not answers and (string := max(cells, key=len, default="")):  # all answers in one cell
        marked = sum(map(single_mark, string))
        return len(string) >= fewest and not string.isdigit() and 10 * marked > 8 * len(string) > 0
    is_lettered = any(not cell.isdigit() for cell in answers)
    return (
        len(answers) >= max(3, fewest // 2 if is_lettered else fewest)
        and 0 < len(cells) - len(answers) <= _MOST_BESIDE
        and len({*map(read_mark, answers)}) > 1
        and not any(cell == "0" or says_no_candidate(cell, is_number=True) for cell in cells)
    )


def _tables(source: TableSource, container: str) -> list[Table]:
    """The tables of a workbook or Parquet file. Raises Refused for a damaged one."""
    if not source.is_gzip:
        return container_tables(source.name, container, source.path)
    data = b"".join(islice(source_blocks(source, 1 << 20), LARGEST_BYTES >> 21))
    if len(data) >= LARGEST_BYTES >> 1:
        message = tell("the unpacked file exceeds 1 GiB. Unpack it before you add it")
        raise refusal(source.name, "too-large", message)
    return container_tables(source.name, container, data)


def _table_heading(
    name: str, tables: Sequence[Table], layout: AnswerLayout, options: ReadingOptions
) -> tuple[int, TableRecord, AnswerColumns]:
    """Return which table has the answers, and its heading, which may follow some rows of titles."""
    labels = [table.label for table in tables]
    line_said = options.columns.heading if options.columns else None
    if line_said is None:
        try:
            number, columns = _chosen(name, labels, [table.header for table in tables], layout, options)
            return number, tables[number].header, columns
        except Refused as refused:
            if not _may_be_lower(refused):
                raise
            first = refused
    else:
        first = refusal(
            name,
            "columns-not-there",
            tell(
                "{columns} gives line {said} as the header, but that line is not a header",
                said=line_said,
                columns=option("columns"),
            ),
        )
    for number, table in enumerate(tables):
        above: list[Sequence[str]] = []
        for record in [table.header, *islice(table.body(0), line_said or MOST_TITLES)]:
            if line_said in (None, record.line):
                try:
                    _, columns = _chosen(name, labels[number : number + 1], [record], layout, options)
                    if line_said is not None or are_titles(above, record):
                        return number, record, columns
                except Refused as refused:
                    first = refused if refused.problems[0].code in OTHER_SIZES else first
            above.append(record.fields)
    raise first


# ── headings ─────────────────────────────────────────────────────────────────────────────────


def _chosen(
    name: str,
    labels: Sequence[str],
    headers: Sequence[TableRecord],
    layout: AnswerLayout,
    options: ReadingOptions,
) -> tuple[int, AnswerColumns]:
    """Return which table has the header of an answer file, and its columns."""
    sizes, is_assigned = list(layout.sizes.values()), bool(layout.assignment.dealt)
    found: list[tuple[int, AnswerColumns]] = []
    refusals: list[tuple[int, Refused]] = []
    for number, header in enumerate(headers):
        place = place_of(name, header)
        try:
            if header.fault or UNREADABLE.search(header.raw):
                shown = visible(header.raw)[:80]
                message = tell(
                    "the header cannot be read ({raw!r}). Write candidate_id, form, Q1 …", raw=shown
                )
                raise refusal(place, "unreadable-header", message)
            columns = columns_of(header.fields, sizes, place, layout.texts, options.columns, is_assigned)
            found.append((number, columns))
        except Refused as refused:
            refusals.append((len(header.fields), refused))
    if len(found) > 1:
        ways = joined((labels[number] for number, _ in found), tell(" and "))
        message = tell(
            "the answers can be read in two ways ({ways}). Choose one with {sheet} or {delimiter}. If "
            "both count, save each sheet as a file",
            ways=ways,
            sheet=option("sheet"),
            delimiter=option("delimiter"),
        )
        raise refusal(name, "ambiguous-table", message)
    if found:
        return found[0]
    if not refusals:
        raise empty_file(name)
    raise max(refusals, key=lambda entry: entry[0])[1]


def _may_be_lower(refused: Refused) -> bool:
    """Return whether a first line that was refused as a heading may be a title."""
    return refused.problems[0].code == "not-an-answer-file"


def _no_rows(name: str, header: TableRecord) -> Refused:
    """Return the refusal of a file that has only a header."""
    return refusal(place_of(name, header), "no-rows", tell("has a header but no rows of answers"))


# ── its bytes ────────────────────────────────────────────────────────────────────────────────


def head_of(source: TableSource, size: int) -> bytes:
    """Return the first `size` bytes, and one more if there are more."""
    return next(source_blocks(source, size + 1), b"")


def refuse_blank(source: TableSource, head: bytes) -> None:
    """Raise Refused for a file without content, however long."""
    if not head.strip(BLANKS) and not any(block.strip(BLANKS) for block in source_blocks(source, 1 << 20)):
        raise empty_file(source.name)


def first_tables(source: TableSource) -> list[Table]:
    """Return the head of a text as read with each delimiter. Raises Refused if no line of it can be a
    heading, whatever the columns and the encoding.
    """
    for size in HEAD_BYTES:
        head = head_of(source, size)
        is_all = len(head) <= size
        tables = text_tables(head if is_all else head[: head.rfind(b"\n") + 1] or head)
        if tables and "\0" in tables[0].header.raw:
            raise binary_file(source.name)
        # A line of text in two columns at least: answers, and whose they are.
        if any(
            not record.fault
            and not UNREADABLE.search(record.raw)
            and sum(bool(cell.strip()) for cell in record.fields) > 1
            for table in tables
            for record in (table.header, *table.body(0))
        ):
            return tables
        if is_all:
            break
    if any(UNREADABLE.search(table.header.raw) for table in tables):
        raise binary_file(source.name)
    message = tell("no line has two columns. Expected is a table ({kinds})", kinds=", ".join(TABLE_KINDS))
    raise refusal(source.name, "not-an-answer-file", message)


def _encoding(source: TableSource, head: bytes, options: ReadingOptions) -> Encoding:
    """Return the encoding of a text, determined from the whole text if its first bytes do not prove it.
    Raises WrongUsage for an unknown encoding, and Refused if the file has an encoding other than the one
    named.
    """
    named = options.encoding and _SAME_ENCODING.get(options.encoding.lower(), options.encoding.lower())
    if named and named not in _NAMED_ENCODINGS:
        raise WrongUsage.because(
            "encoding {encoding!r} is not known. Write {said_encodings}",
            encoding=options.encoding,
            said_encodings=", ".join(_NAMED_ENCODINGS),
        )
    found = encoding_shown(head)
    if found is None:
        blocks = partial(source_blocks, source, 1 << 20)
        if named == "utf-8":
            return UTF8
        is_cp874 = named == "cp874" and (all(map(bytes.isascii, blocks())) or not are_utf8(blocks()))
        found = CP874 if is_cp874 else encoding_counted(blocks)
    if named and found.codec not in _NAMED_ENCODINGS[named]:
        message = tell(
            "the encoding of the file is {found}, not {said}. Do not set an encoding",
            said=named,
            found=found.name,
        )
        raise refusal(source.name, "encoding-contradicted", message)
    return found
