"""Bytes of an answer file → its tables, by what the content is, whatever the name says."""

from __future__ import annotations

import zlib

from examgen.capture.parquet import parquet_tables
from examgen.capture.records import Table
from examgen.capture.sheets import LARGEST_BYTES, refusal, workbook_tables
from examgen.capture.text import text_tables

_GZIP = b"\x1f\x8b"
_FOREIGN = (
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\xd0\xcf\x11\xe0", "an old .xls workbook or one locked with a password: save it as .xlsx, unlocked"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"{\\rtf", "an RTF document"),
)


def open_tables(name: str, data: bytes) -> list[Table]:
    """The tables that the bytes can be read as; raises Refused where they hold none."""
    if data.startswith(_GZIP):
        return [
            Table(f"{table.label}, gzip", table.header, table.body)
            for table in _open(name, _unpack(name, data))
        ]
    return _open(name, data)


def _open(name: str, data: bytes) -> list[Table]:
    if not data.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\x1a"):
        raise refusal(name, "empty-file", "the file is empty; expected a header and rows of answers")
    if data.startswith(b"PK\x03\x04"):
        return workbook_tables(name, data)
    if data.startswith(b"PAR1"):
        return parquet_tables(name, data)
    for magic, kind in (*_FOREIGN, (_GZIP, "a gzip file inside a gzip file")):
        if data.startswith(magic):
            raise refusal(name, "not-an-answer-file", f"this is {kind}; expected a table of answers")
    tables = text_tables(data)
    if tables and "\0" in tables[0].header.raw:
        raise refusal(name, "binary-file", "this is no text; expected a table (CSV, XLSX, Parquet)")
    return tables


def _unpack(name: str, data: bytes) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        while data.strip(b"\0"):
            member = zlib.decompressobj(wbits=31)
            parts.append(member.decompress(data, LARGEST_BYTES - size + 1))
            size += len(parts[-1])
            if size > LARGEST_BYTES:
                raise refusal(name, "too-large", "the file unpacks to more than 2 GiB: split it")
            if not member.eof:
                raise refusal(name, "damaged-gzip", "the gzip file is cut off: copy it again")
            data = member.unused_data
    except zlib.error as fault:
        raise refusal(name, "damaged-gzip", f"the gzip file is damaged ({fault}): copy it again") from fault
    return b"".join(parts)
