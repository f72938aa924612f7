"""Opens a file as tables, by its content whatever its name; compressed files are unpacked.

A file that begins like none of `CONTAINERS` is delimited text. All lists of the supported kinds are made from
the tuples in this module.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from examgen.core.problems import Refused
from examgen.core.tables.kinds import PARQUET, TABLE_KINDS, XLSX
from examgen.core.tables.parquet import parquet_tables
from examgen.core.tables.records import LARGEST_BYTES, Table, refusal
from examgen.core.tables.text import text_tables
from examgen.core.tables.workbooks import workbook_tables
from examgen.core.words import joined, tell

TEXT = "text"
"""The kind of files that are not containers: delimited text."""
GZIP = b"\x1f\x8b"
BLANKS = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\x1a"
"""The bytes that a file without content may have."""


class Container(NamedTuple):
    """A kind of file that is not text.

    `read` returns its tables, whose rows are read on demand; it raises Refused if the file is damaged.
    """

    name: str
    shown: str
    """Its name in lists of kinds, as `TABLE_KINDS` has it."""
    ending: str
    begins: bytes
    read: Callable[[str, bytes | Path], list[Table]]


CONTAINERS = (
    Container("workbook", XLSX, ".xlsx", b"PK\x03\x04", workbook_tables),
    Container("parquet", PARQUET, ".parquet", b"PAR1", parquet_tables),
)

TABLE_ENDINGS = (".csv", ".tsv", ".txt", *(one.ending for one in CONTAINERS))
"""The file name endings of supported tables."""

FOREIGN = (
    (b"%PDF", tell("a PDF file")),
    (b"\x89PNG", tell("a picture")),
    (b"\xff\xd8\xff", tell("a picture")),
    (b"GIF8", tell("a picture")),
    (
        b"\xd0\xcf\x11\xe0",
        tell("an old .xls workbook, or one protected by a password. Save it as .xlsx without a password"),
    ),
    (b"7z\xbc\xaf", tell("a 7z archive")),
    (b"Rar!", tell("a RAR archive")),
    (b"BZh", tell("a bzip2 archive")),
    (b"\xfd7zXZ", tell("an xz archive")),
    (b"{\\rtf", tell("an RTF document")),
    (GZIP, tell("a gzip file inside a gzip file")),
)
"""The first bytes of files that are not tables, and what the files are."""


def open_tables(name: str, data: bytes, may_be_struck: bool = False) -> list[Table]:
    """Returns the tables as which the bytes can be read. Raises Refused if there are none, and for struck-out
    text unless the caller handles it (`may_be_struck`)."""
    is_packed = is_gzip(data)
    if is_packed:
        data = _unpack(name, data)
    if not data.strip(BLANKS):
        raise empty_file(name)
    container = container_of(name, data)
    tables = (
        text_tables(data) if container == TEXT else container_tables(name, container, data, may_be_struck)
    )
    if container == TEXT and tables and "\0" in tables[0].header.raw:
        raise binary_file(name)
    if not is_packed:
        return tables
    return [table._replace(label=joined([table.label, tell("gzip")])) for table in tables]


def _unpack(name: str, data: bytes) -> bytes:
    try:
        with gzip.open(BytesIO(data)) as file:
            unpacked = file.read(LARGEST_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
        raise damaged_gzip(name, fault) from fault
    if len(unpacked) > LARGEST_BYTES:
        raise refusal(name, "too-large", tell("the unpacked file exceeds 2 GiB. Split it"))
    return bytes(unpacked)


def is_gzip(head: bytes) -> bool:
    """Returns whether these are the first bytes of a gzip file."""
    return head.startswith(GZIP)


def container_of(name: str, head: bytes) -> str:
    """Returns the name of the container that begins with these bytes, or `TEXT`. Raises Refused if the file
    cannot be a table."""
    for one in CONTAINERS:
        if head.startswith(one.begins):
            return one.name
    for magic, kind in FOREIGN:
        if head.startswith(magic):
            message = tell(
                "this is {kind}. Expected is a table ({kinds})", kind=kind, kinds=", ".join(TABLE_KINDS)
            )
            raise refusal(name, "not-an-answer-file", message)
    return TEXT


def container_tables(
    name: str, container: str, data: bytes | Path, may_be_struck: bool = False
) -> list[Table]:
    """Returns the tables of a file of that kind. Raises Refused for struck-out text, which would otherwise be
    read like valid text."""
    tables = next(one for one in CONTAINERS if one.name == container).read(name, data)
    place = next((table.struck for table in tables if table.struck), "")
    if place and not may_be_struck:
        message = tell(
            "cell {place} contains struck-out text. Delete what does not count, or remove the strikethrough",
            place=place,
        )
        raise refusal(name, "struck-out", message)
    return tables


def empty_file(name: str) -> Refused:
    """Returns the refusal of a file without content."""
    return refusal(name, "empty-file", tell("the file is empty. Expected are a header and rows below it"))


def binary_file(name: str) -> Refused:
    """Returns the refusal of bytes that are not text."""
    message = tell("this is not text. Expected is a table ({kinds})", kinds=", ".join(TABLE_KINDS))
    return refusal(name, "binary-file", message)


def damaged_gzip(name: str, fault: Exception) -> Refused:
    """Returns the refusal of a file that cannot be unpacked."""
    if isinstance(fault, EOFError):
        return refusal(name, "damaged-gzip", tell("the gzip file is incomplete. Copy it again"))
    message = tell("the gzip file is damaged ({fault}). Copy it again", fault=fault)
    return refusal(name, "damaged-gzip", message)
