"""Bytes of an answer file → its tables, by what the content is, whatever the name says."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Literal

from examgen.capture.cells import RecordTable
from examgen.capture.tabular.text import text_tables
from examgen.capture.tabular.workbooks import LARGEST_BYTES, refusal, workbook_tables
from examgen.core.problems import Refused
from examgen.core.words import tell

_GZIP = b"\x1f\x8b"
FOREIGN = (
    (b"%PDF", tell("a PDF file")),
    (b"\x89PNG", tell("a picture")),
    (b"\xff\xd8\xff", tell("a picture")),
    (b"GIF8", tell("a picture")),
    (
        b"\xd0\xcf\x11\xe0",
        tell("an old .xls workbook or one locked with a password: save it as .xlsx, unlocked"),
    ),
    (b"7z\xbc\xaf", tell("a 7z archive")),
    (b"Rar!", tell("a RAR archive")),
    (b"BZh", tell("a bzip2 archive")),
    (b"\xfd7zXZ", tell("an xz archive")),
    (b"{\\rtf", tell("an RTF document")),
)
"""First bytes of what is no table of answers, and what it is."""


Container = Literal["text", "workbook", "parquet", "results"]
BLANKS = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\x1a"
"""What a file without any content may hold."""


def open_tables(name: str, data: bytes) -> list[RecordTable]:
    """The tables that the bytes can be read as; raises Refused where they hold none."""
    suffix = ", gzip" if is_gzip(data) else ""
    if suffix:
        data = _unpack(name, data)
    if not data.strip(BLANKS):
        raise empty_file(name)
    container = container_of(name, data)
    tables = text_tables(data) if container == "text" else binary_tables(name, container, data)
    if container == "text" and tables and "\0" in tables[0].header.raw:
        raise binary_file(name)
    return [table._replace(label=table.label + suffix) for table in tables]


def is_gzip(head: bytes) -> bool:
    """Whether these are the first bytes of a gzip file."""
    return head.startswith(_GZIP)


def container_of(name: str, head: bytes) -> Container:
    """What kind of table the first bytes of a file begin; raises Refused where it is none."""
    if head.startswith(b"PK\x03\x04"):
        return "workbook"
    if head.startswith(b"PAR1"):
        return "parquet"
    for magic, kind in (*FOREIGN, (_GZIP, tell("a gzip file inside a gzip file"))):
        if head.startswith(magic):
            raise refusal(
                name,
                "not-an-answer-file",
                tell("this is {kind}; expected a table (CSV, XLSX, Parquet)", kind=kind),
            )
    return "text"


def binary_tables(name: str, container: Container, data: bytes | Path) -> list[RecordTable]:
    """The tables of a workbook or Parquet file, of which rows are read as they are asked for."""
    if container == "workbook":
        return workbook_tables(name, data)
    from examgen.capture.tabular.parquet import (
        parquet_tables,  # loads what starts processes, for what few files are
    )

    return parquet_tables(name, data)


def empty_file(name: str) -> Refused:
    """The refusal of a file that holds nothing."""
    return refusal(name, "empty-file", tell("the file is empty; expected a header and rows below it"))


def binary_file(name: str) -> Refused:
    """The refusal of bytes that are not text."""
    return refusal(name, "binary-file", tell("this is not text; expected a table (CSV, XLSX, Parquet)"))


def _unpack(name: str, data: bytes) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        while data.strip(b"\0"):
            member = zlib.decompressobj(wbits=31)
            parts.append(member.decompress(data, LARGEST_BYTES - size + 1))
            size += len(parts[-1])
            if size > LARGEST_BYTES:
                raise refusal(name, "too-large", tell("the file unpacks to more than 2 GiB: split it"))
            if not member.eof:
                raise refusal(name, "damaged-gzip", tell("the gzip file is cut off: copy it again"))
            data = member.unused_data
    except zlib.error as fault:
        raise refusal(
            name, "damaged-gzip", tell("the gzip file is damaged ({fault}): copy it again", fault=fault)
        ) from fault
    return b"".join(parts)
