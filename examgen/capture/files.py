"""Answer files → what they are, from their first bytes: which table, which columns, where its rows begin.

Structure is recognised from the content and said back; a file that is no answer file is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple, NoReturn

from examgen.capture.columns import Columns
from examgen.capture.columns import recognise as columns_of
from examgen.capture.containers import (
    BLANKS,
    Container,
    binary_file,
    binary_tables,
    container_of,
    empty_file,
    is_gzip,
)
from examgen.capture.encodings import (
    CP874,
    UTF8,
    Encoding,
    census,
    encoding_counted,
    encoding_shown,
)
from examgen.capture.layout import NOTHING_SAID, AnswerLayout, ReadingOptions
from examgen.capture.records import UNREADABLE, Record, Table, visible
from examgen.capture.sheets import LARGEST_BYTES, refusal
from examgen.capture.streams import Source, source_blocks
from examgen.capture.text import DELIMITERS, Head, heads, records, text_lines
from examgen.problems import Refused
from examgen.responses import FileStructure, Part

HEAD_BYTES = (1 << 16, 1 << 21)
"""How much is read to recognise a file; the second where the first does not hold its header."""
FEWEST_BYTES = 1 << 16
"""A smaller part is not worth reading by itself."""

_LINE_END = re.compile("\r\n|\r|\n")
_SAID_ENCODINGS = {
    "utf-8": ("utf-8",),
    "utf-16": ("utf-16-le", "utf-16-be"),
    "cp874": ("cp874",),
}
_SAME_ENCODING = {"utf8": "utf-8", "utf16": "utf-16", "tis-620": "cp874", "windows-874": "cp874"}


class AnswerFile(NamedTuple):
    """An answer file as it was recognised; `number` is its place among the files that are scored.

    The rows of a text begin at byte `start` (of what is unpacked), on line `first_line`. `encoding` is None
    where nothing but ASCII has been seen so far. `table` is the number of the table of a workbook.
    `is_whole` says that the file cannot be read in parts.
    """

    number: int
    path: Path
    structure: FileStructure
    container: Container
    is_gzip: bool
    columns: Columns
    encoding: Encoding | None
    delimiter: str
    start: int
    first_line: int
    table: int
    is_whole: bool

    @property
    def source(self) -> Source:
        """Where its bytes are."""
        return Source(self.path, self.structure.name, self.is_gzip)


def recognise(
    number: int,
    path: Path,
    layout: AnswerLayout,
    shown: str | None = None,
    options: ReadingOptions = NOTHING_SAID,
) -> AnswerFile:
    """What the file is, from its head; `shown` is what it is called where not by its name.

    Only where its head is not ASCII is the whole file looked at, for the encoding. Raises Refused where it
    is no answer file, or where `options` contradict what it holds.
    """
    name = visible(shown if shown is not None else path.name)
    with path.open("rb") as file:
        source = Source(path, name, is_gzip(file.read(2)))
    data = _head(source, HEAD_BYTES[0])
    _refuse_blank(source, data)
    container = container_of(name, data)
    if container != "text":
        return _binary_file(number, source, container, layout, options)
    return _text_file(number, source, layout, options)


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


def file_tables(file: AnswerFile) -> Table:
    """The table of a workbook or Parquet file."""
    source = file.source
    data = file.path if not file.is_gzip else _unpacked(source)
    return binary_tables(source.name, file.container, data)[file.table]


def said_back(file: AnswerFile, encoding: Encoding) -> FileStructure:
    """How the file was recognised, once it is known what all of its text is written in."""
    if file.container != "text" or file.encoding is not None:
        return file.structure
    return replace(file.structure, label=file.structure.label.replace(UTF8.name, encoding.name))


# ── text ─────────────────────────────────────────────────────────────────────────────────────


class _TextHead(NamedTuple):
    """The head of a text: its header, what its columns are, and where its rows begin."""

    head: Head
    columns: Columns
    encoding: Encoding | None
    start: int


def _text_file(number: int, source: Source, layout: AnswerLayout, options: ReadingOptions) -> AnswerFile:
    found = _text_head(source, layout, options)
    head, columns, encoding, start = found
    n_answers = len(columns.questions) or max(layout.sizes.values())
    written = (encoding or UTF8).name + (", gzip" if source.is_gzip else "")
    label = f"{columns.structure}, {n_answers} answers, {DELIMITERS[head.delimiter]}, {written}"
    is_whole = (
        source.is_gzip
        or (encoding is not None and encoding.is_wide)
        or columns.structure == "long"
        or layout.overlays.names(source.name)
    )
    size = source.path.stat().st_size
    structure = FileStructure(source.name, label, columns.extra_names, size)
    return AnswerFile(
        number, source.path, structure, "text", source.is_gzip, columns, encoding, head.delimiter,
        start, head.n_lines + 1, 0, is_whole,
    )  # fmt: skip


def _text_head(source: Source, layout: AnswerLayout, options: ReadingOptions) -> _TextHead:
    delimiter = _delimiter_said(source.name, options)
    encoding: Encoding | None = None
    for size in HEAD_BYTES:
        data = _head(source, size)
        is_all = len(data) <= size
        data = data[:size]
        encoding = encoding or _encoding(source, data, options)
        lines = text_lines(data[: len(data) // 2 * 2] if not is_all else data, encoding or UTF8)
        lines = lines if is_all else lines[:-1]
        found = heads(lines, is_all)
        if is_all or (found and all(head.n_lines < len(lines) and not head.header.fault for head in found)):
            break
    if not found and not is_all:
        raise refusal(
            source.name, "unreadable-header", "no line ends in the first 2 MiB: no table of answers"
        )
    if found and "\0" in found[0].header.raw:
        raise binary_file(source.name)
    if found and delimiter is not None:
        found = [head for head in found if head.delimiter == delimiter]
        if not found:
            message = f"the file says itself that its delimiter is not {DELIMITERS[delimiter]}: leave it out"
            raise refusal(source.name, "delimiter-contradicted", message)
    labels = [f"{DELIMITERS[head.delimiter]}, {(encoding or UTF8).name}" for head in found]
    chosen, columns = _recognised(source.name, labels, [head.header for head in found], layout.sizes)
    head = found[chosen]
    if is_all and not _has_rows(lines, head, columns.width):
        raise no_rows(_place(source.name, head.header))
    return _TextHead(head, columns, encoding, _offset(data, encoding or UTF8, head.n_lines))


def _has_rows(lines: Sequence[str], head: Head, width: int) -> bool:
    rest = lines[head.n_lines :]
    return bool(records(rest, 1, head.delimiter, width, is_last=True, most=1).records)


def _offset(data: bytes, encoding: Encoding, n_lines: int) -> int:
    """The byte at which the lines after the first `n_lines` begin."""
    # A single byte of an 8-bit code is a character of Latin-1, whatever it means.
    codec = encoding.codec if encoding.is_wide else "latin-1"
    text = data[encoding.mark : len(data) // 2 * 2 if encoding.is_wide else None].decode(
        codec, "surrogatepass"
    )
    ends = [found.end() for found in islice(_LINE_END.finditer(text), n_lines)]
    end = ends[-1] if len(ends) == n_lines else len(text)
    return encoding.mark + len(text[:end].encode(codec, "surrogatepass"))


def _encoding(source: Source, head: bytes, options: ReadingOptions) -> Encoding | None:
    said = options.encoding and _SAME_ENCODING.get(options.encoding.lower(), options.encoding.lower())
    if said and said not in _SAID_ENCODINGS:
        message = f"encoding {options.encoding!r} is not known: write {', '.join(_SAID_ENCODINGS)}"
        raise refusal(source.name, "unknown-encoding", message)
    found = encoding_shown(head)
    if found is None and (said or not head.isascii()):
        if said == "utf-8":
            return UTF8
        if said == "cp874":
            whole = census(_blocks(source))
            return CP874 if whole.is_ascii or not whole.is_utf8 else _contradicted(source.name, said, UTF8)
        found = encoding_of(source)
    if found and said and found.codec not in _SAID_ENCODINGS[said]:
        return _contradicted(source.name, said, found)
    return found


def _contradicted(name: str, said: str, found: Encoding) -> NoReturn:
    message = f"the file is not {said} but {found.name}: leave the encoding out"
    raise refusal(name, "encoding-contradicted", message)


def encoding_of(source: Source) -> Encoding:
    """The encoding of a text without a mark, from all of its bytes; looked for once by each process."""
    state = source.path.stat()
    return _encoding_of(source, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=64)
def _encoding_of(source: Source, _size: int, _mtime_ns: int) -> Encoding:
    return encoding_counted(partial(_blocks, source))


def _blocks(source: Source) -> Iterator[bytes]:
    return source_blocks(source, 1 << 20)


def _delimiter_said(name: str, options: ReadingOptions) -> str | None:
    if options.delimiter is None:
        return None
    for delimiter, called in DELIMITERS.items():
        if options.delimiter in (delimiter, called, repr(delimiter)[1:-1]):
            return delimiter
    message = f"delimiter {options.delimiter!r} is not known: write {', '.join(DELIMITERS.values())}"
    raise refusal(name, "unknown-delimiter", message)


# ── workbooks and Parquet ────────────────────────────────────────────────────────────────────


def _binary_file(
    number: int, source: Source, container: Container, layout: AnswerLayout, options: ReadingOptions
) -> AnswerFile:
    tables = binary_tables(source.name, container, _unpacked(source) if source.is_gzip else source.path)
    numbered = list(enumerate(tables))
    if options.sheet is not None and container == "workbook":
        wanted = f"sheet {options.sheet!r} of a workbook"
        numbered = [(k, table) for k, table in numbered if table.label == wanted]
        if not numbered:
            labels = ", ".join(table.label.removesuffix(" of a workbook") for table in tables)
            message = f"there is no sheet {options.sheet!r} with rows in it: there is {labels}"
            raise refusal(source.name, "no-such-sheet", message)
    found = [table for _, table in numbered]
    chosen, columns = _recognised(
        source.name, [table.label for table in found], [table.header for table in found], layout.sizes
    )
    table = found[chosen]
    if next(table.body(columns.width), None) is None:
        raise no_rows(_place(source.name, table.header))
    n_answers = len(columns.questions) or max(layout.sizes.values())
    label = f"{columns.structure}, {n_answers} answers, {table.label}" + (", gzip" if source.is_gzip else "")
    structure = FileStructure(source.name, label, columns.extra_names, source.path.stat().st_size)
    return AnswerFile(
        number, source.path, structure, container, source.is_gzip, columns, None, ",",
        0, table.header.line + 1, numbered[chosen][0], True,
    )  # fmt: skip


def _unpacked(source: Source) -> bytes:
    data = b"".join(islice(source_blocks(source, 1 << 20), LARGEST_BYTES >> 21))
    if len(data) >= LARGEST_BYTES >> 1:
        raise refusal(source.name, "too-large", "the file unpacks to more than 1 GiB: give it unpacked")
    return data


# ── what both have ───────────────────────────────────────────────────────────────────────────


def _head(source: Source, size: int) -> bytes:
    """The first bytes, one more than asked for where there are more."""
    return next(source_blocks(source, size + 1), b"")


def _refuse_blank(source: Source, head: bytes) -> None:
    if head.strip(BLANKS):
        return
    if any(block.strip(BLANKS) for block in source_blocks(source, 1 << 20)):
        return
    raise empty_file(source.name)


def _recognised(
    name: str, labels: Sequence[str], headers: Sequence[Record], sizes: dict[str, int]
) -> tuple[int, Columns]:
    """Which table is the one whose header is that of an answer file."""
    found: list[tuple[int, Columns]] = []
    refusals: list[tuple[int, Refused]] = []
    for number, header in enumerate(headers):
        try:
            found.append((number, _columns(name, header, sizes)))
        except Refused as refused:
            refusals.append((len(header.fields), refused))
    if len(found) > 1:
        ways = " and ".join(labels[number] for number, _ in found)
        message = (
            f"answers can be read in two ways ({ways}): keep one, or say which with --sheet or --delimiter"
        )
        raise refusal(name, "ambiguous-table", message)
    if found:
        return found[0]
    if not refusals:
        raise empty_file(name)
    raise max(refusals, key=lambda entry: entry[0])[1]


def _columns(name: str, header: Record, sizes: dict[str, int]) -> Columns:
    source = _place(name, header)
    if header.fault or UNREADABLE.search(header.raw):
        message = f"header unreadable ({visible(header.raw)[:80]!r}): write candidate_id, form, Q1 …"
        raise refusal(source, "unreadable-header", message)
    return columns_of(header.fields, list(sizes.values()), source)


def no_rows(source: str) -> Refused:
    """The refusal of a file that has a header alone."""
    return refusal(source, "no-rows", "there is a header but no row of answers")


def _place(name: str, header: Record) -> str:
    return f"{name}:{header.line}" if header.line else name
