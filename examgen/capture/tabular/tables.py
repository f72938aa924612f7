"""Bytes of a file → its tables, by what the content is, whatever the name says; packed files are unpacked."""

from __future__ import annotations

import zlib

from examgen.capture.cells import RecordTable
from examgen.capture.tabular.containers import (
    BLANKS,
    LARGEST_BYTES,
    TEXT,
    binary_file,
    binary_tables,
    container_of,
    empty_file,
    is_gzip,
    refusal,
)
from examgen.capture.tabular.text import text_tables
from examgen.core.words import joined, tell


def open_tables(name: str, data: bytes) -> list[RecordTable]:
    """The tables that the bytes can be read as; raises Refused where they hold none."""
    is_packed = is_gzip(data)
    if is_packed:
        data = _unpack(name, data)
    if not data.strip(BLANKS):
        raise empty_file(name)
    container = container_of(name, data)
    tables = text_tables(data) if container == TEXT else binary_tables(name, container, data)
    if container == TEXT and tables and "\0" in tables[0].header.raw:
        raise binary_file(name)
    if not is_packed:
        return tables
    return [table._replace(label=joined([table.label, tell("gzip")])) for table in tables]


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
