"""The first bytes of an answer file → its header: its encoding, its delimiter, its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from itertools import islice
from typing import NamedTuple, NoReturn

from examgen.capture.answer_layout import AnswerLayout, ReadingOptions
from examgen.capture.cells import UNDECIDED, read_mark
from examgen.capture.columns import OTHER_SIZE, AnswerColumns
from examgen.capture.columns import recognise as columns_of
from examgen.core.problems import Refused, WrongUsage
from examgen.core.responses.rows import BLANK, INVALID
from examgen.core.tables.encodings import CP874, UTF8, Encoding, are_utf8, encoding_counted, encoding_shown
from examgen.core.tables.opening import BLANKS, TABLE_KINDS, binary_file, empty_file
from examgen.core.tables.records import UNREADABLE, Table, TableRecord, refusal, visible
from examgen.core.tables.streams import TableSource, source_blocks
from examgen.core.tables.text import DELIMITERS, DelimitedHead, TextLines, heads, records, text_tables
from examgen.core.words import joined, option, tell

HEAD_BYTES = (1 << 16, 1 << 21)
"""How much is read to recognise a file; the second where the first does not hold its header."""
MOST_TITLES = 20
"""Lines above a heading that may hold titles."""
_LINE_END = re.compile("\r\n|\r|\n")
_SAID_ENCODINGS = {
    "utf-8": ("utf-8",),
    "utf-16": ("utf-16-le", "utf-16-be"),
    "cp874": ("cp874",),
}
_SAME_ENCODING = {"utf8": "utf-8", "utf16": "utf-16", "tis-620": "cp874", "windows-874": "cp874"}


class TextHead(NamedTuple):
    """The head of a text: its header, what its columns are, and where its rows begin."""

    head: DelimitedHead
    columns: AnswerColumns
    encoding: Encoding | None
    start: int
    is_lower: bool
    """Whether titles stand above the header."""


def text_head(source: TableSource, layout: AnswerLayout, options: ReadingOptions, guess: bool) -> TextHead:
    """The header of a text; raises Refused where it is none of an answer file, or has no rows below, and
    WrongUsage where the options name no encoding or delimiter.

    With `guess` a head that is UTF-8 is taken for that, without a look at the rest: the encoding is None.
    """
    delimiter = None
    if options.delimiter is not None:
        ways = {way: mark for mark, word in DELIMITERS.items() for way in (mark, word, repr(mark)[1:-1])}
        if options.delimiter not in ways:
            known = ", ".join(DELIMITERS.values())
            raise WrongUsage(
                tell(
                    "delimiter {delimiter!r} is not known. Write {known}",
                    delimiter=options.delimiter,
                    known=known,
                )
            )
        delimiter = ways[options.delimiter]
    encoding: Encoding | None = None
    for size in HEAD_BYTES:
        data = head_of(source, size)
        is_all = len(data) <= size
        data = data[:size]
        encoding = encoding or _encoding(source, data, options, guess)
        lines = TextLines(data if is_all else data[: len(data) // 2 * 2], encoding or UTF8, is_all)
        found = heads(lines)
        if is_all or (found and all(head.n_lines < len(lines) and not head.header.fault for head in found)):
            break
    if not found and not is_all:
        message = tell("the first 2 MiB contain no header, so this is not a table of answers")
        raise refusal(source.name, "unreadable-header", message)
    if found and "\0" in found[0].header.raw:
        raise binary_file(source.name)
    if found and delimiter is not None:
        found = [head for head in found if head.delimiter == delimiter]
        if not found:
            message = tell(
                "the file itself shows that its delimiter is not {delimiters}. Do not set a delimiter",
                delimiters=DELIMITERS[delimiter],
            )
            raise refusal(source.name, "delimiter-contradicted", message)
    head, columns = _chosen(source.name, found, lines, encoding or UTF8, layout, options)
    rest = lines.between(head.n_lines)
    if is_all and not records(rest, 1, head.delimiter, columns.width, is_last=True, most=1).records:
        raise no_rows(place_of(source.name, head.header))

    # The byte at which the rows begin; a single byte of an 8-bit code is a character of Latin-1, whatever it
    # means.
    written = encoding or UTF8
    codec = written.codec if written.is_wide else "latin-1"
    text = data[written.mark : len(data) // 2 * 2 if written.is_wide else None].decode(codec, "surrogatepass")
    ends = [match.end() for match in islice(_LINE_END.finditer(text), head.n_lines)]
    end = ends[-1] if len(ends) == head.n_lines else len(text)
    start = written.mark + len(text[:end].encode(codec, "surrogatepass"))
    return TextHead(head, columns, encoding, start, head.header.line > found[0].header.line)


def _chosen(
    name: str,
    found: Sequence[DelimitedHead],
    lines: TextLines,
    encoding: Encoding,
    layout: AnswerLayout,
    options: ReadingOptions,
) -> tuple[DelimitedHead, AnswerColumns]:
    """The heading and its columns; it may stand below some lines of titles."""

    def chosen(some: Sequence[DelimitedHead]) -> tuple[DelimitedHead, AnswerColumns]:
        labels = [joined((DELIMITERS[head.delimiter], encoding.name)) for head in some]
        number, columns = chosen_table(name, labels, [head.header for head in some], layout, options)
        return some[number], columns

    said = options.columns.heading if options.columns else None
    delimiters = {head.delimiter for head in found}
    if said is not None:
        return chosen([head for head in heads(lines, said - 1) if head.delimiter in delimiters])
    try:
        return chosen(found)
    except Refused as refused:
        if not found or not may_stand_lower(refused):
            raise
        first = refused
    start = min(head.n_lines for head in found)
    for line in range(start, min(start + MOST_TITLES, len(lines))):
        lower = [head for head in heads(lines, line) if head.delimiter in delimiters]
        try:
            head, columns = chosen(lower)
        except Refused as refused:
            first = refused if refused.problems[0].code == OTHER_SIZE else first
            continue
        above = [text.split(head.delimiter) for text in lines.between(0, head.n_lines - 1)]
        if are_titles(above, head.header):
            return head, columns
    raise first


def may_stand_lower(refused: Refused) -> bool:
    """Whether a first line that was refused as a heading may be a title."""
    return refused.problems[0].code == "not-an-answer-file"


def are_titles(above: Sequence[Sequence[str]], header: TableRecord) -> bool:
    """Whether lines above a heading are titles: none is as full as the heading, or has more than one mark."""
    n_heads = sum(bool(cell.strip()) for cell in header.fields)
    for fields in above:
        written = [cell for cell in fields if cell.strip()]
        n_marks = sum(read_mark(cell) not in (BLANK, INVALID, UNDECIDED) for cell in written)
        if len(written) > max(1, min(3, n_heads // 2)) or n_marks > 1:
            return False
    return True


def _encoding(source: TableSource, head: bytes, options: ReadingOptions, guess: bool) -> Encoding | None:
    said = options.encoding and _SAME_ENCODING.get(options.encoding.lower(), options.encoding.lower())
    if said and said not in _SAID_ENCODINGS:
        raise WrongUsage(
            tell(
                "encoding {encoding!r} is not known. Write {said_encodings}",
                encoding=options.encoding,
                said_encodings=", ".join(_SAID_ENCODINGS),
            )
        )
    found = encoding_shown(head)
    if found is None and (said or not head.isascii()):
        if said == "utf-8":
            return UTF8
        if said == "cp874":
            is_ascii = all(block.isascii() for block in _blocks(source))
            return (
                CP874 if is_ascii or not are_utf8(_blocks(source)) else _contradicted(source.name, said, UTF8)
            )
        if guess and not said and are_utf8([head[: head.rfind(b"\n") + 1]]):
            return None
        found = encoding_of(source)
    if found and said and found.codec not in _SAID_ENCODINGS[said]:
        return _contradicted(source.name, said, found)
    return found


def _contradicted(name: str, said: str, found: Encoding) -> NoReturn:
    message = tell(
        "the encoding of the file is {found}, not {said}. Do not set an encoding", said=said, found=found.name
    )
    raise refusal(name, "encoding-contradicted", message)


def encoding_of(source: TableSource) -> Encoding:
    """The encoding of a text without a mark, from all of its bytes; looked for once by each process."""
    state = source.path.stat()
    return _encoding_of(source, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=64)
def _encoding_of(source: TableSource, _size: int, _mtime_ns: int) -> Encoding:
    return encoding_counted(partial(_blocks, source))


def _blocks(source: TableSource) -> Iterator[bytes]:
    return source_blocks(source, 1 << 20)


def head_of(source: TableSource, size: int) -> bytes:
    """The first bytes, one more than asked for where there are more."""
    return next(source_blocks(source, size + 1), b"")


def first_tables(source: TableSource) -> list[Table]:
    """The head of a text seen with each delimiter; raises Refused where no line of it can be a heading,
    whatever is said of columns and encoding."""
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


def refuse_blank(source: TableSource, head: bytes) -> None:
    """Raises Refused for a file that holds nothing, however long."""
    if head.strip(BLANKS):
        return
    if any(block.strip(BLANKS) for block in source_blocks(source, 1 << 20)):
        return
    raise empty_file(source.name)


def chosen_table(
    name: str,
    labels: Sequence[str],
    headers: Sequence[TableRecord],
    layout: AnswerLayout,
    options: ReadingOptions,
) -> tuple[int, AnswerColumns]:
    """Which table is the one whose header is that of an answer file."""
    sizes, is_assigned = list(layout.sizes.values()), bool(layout.assignment.dealt)
    found: list[tuple[int, AnswerColumns]] = []
    refusals: list[tuple[int, Refused]] = []
    for number, header in enumerate(headers):
        source = place_of(name, header)
        try:
            if header.fault or UNREADABLE.search(header.raw):
                shown = visible(header.raw)[:80]
                message = tell(
                    "the header cannot be read ({raw!r}). Write candidate_id, form, Q1 …", raw=shown
                )
                raise refusal(source, "unreadable-header", message)
            said = options.columns
            found.append((number, columns_of(header.fields, sizes, source, layout.texts, said, is_assigned)))
        except Refused as refused:
            refusals.append((len(header.fields), refused))
    if len(found) > 1:
        ways = joined((labels[number] for number, _ in found), tell(" and "))
        message = tell(
            "the answers can be read in two ways ({ways}). Keep one, or choose one with {sheet} "
            "or {delimiter}",
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


def no_rows(source: str) -> Refused:
    """The refusal of a file that has a header alone."""
    return refusal(source, "no-rows", tell("has a header but no rows of answers"))


def place_of(name: str, header: TableRecord) -> str:
    """Where a header stands, for messages."""
    return f"{name}:{header.line}" if header.line else name
