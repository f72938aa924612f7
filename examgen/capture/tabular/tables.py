"""Bytes of a file → its tables, by what the content is, whatever the name says; packed files are unpacked."""

from __future__ import annotations

import gzip
import zlib
from io import BytesIO

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
    try:
        with gzip.open(BytesIO(data)) as file:
            unpacked = file.read(LARGEST_BYTES + 1)
    except EOFError as fault:
        raise refusal(name, "damaged-gzip", tell("the gzip file is incomplete. Copy it again")) from fault
    except (zlib.error, gzip.BadGzipFile) as fault:
        raise refusal(
            name, "damaged-gzip", tell("the gzip file is damaged ({fault}). Copy it again", fault=fault)
        ) from fault
    if len(unpacked) > LARGEST_BYTES:
        raise refusal(name, "too-large", tell("the unpacked file exceeds 2 GiB. Split it"))
    return bytes(unpacked)
