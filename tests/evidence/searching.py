"""Everything in a folder that says a number or a name, found without a line of examgen: names of files and
folders, texts in any encoding, archives in archives, workbooks, Parquet, PDF, databases."""

from __future__ import annotations

import gzip
import io
import re
import sqlite3
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pikepdf
import polars as pl
import pypdfium2


def plain(text: str) -> str:
    """Without blanks, dashes and what is not seen, figures in ASCII, letters small."""
    found = []
    for character in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(character)
        if kind == "Nd":
            found.append(str(unicodedata.decimal(character)))
        elif kind not in ("Pd", "Cf") and not character.isspace() and character != "\u2212":
            found.append(character.lower())
    return "".join(found)


def traces(folder: Path, wanted: Sequence[str], but: Sequence[str] = ()) -> list[str]:
    """Where any of the texts stands below a folder; files whose path begins with one of `but` are left
    out."""
    needles = [plain(one) for one in wanted]
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.startswith(tuple(but)) if but else False:
            continue
        if _says(path.name, needles):
            found.append(f"{name}: its name")
        if path.is_file():
            found += [f"{name}: {where}" for where in dict.fromkeys(_in_bytes(path.read_bytes(), needles))]
    return found


def _says(text: str, needles: Sequence[str]) -> bool:
    letters = plain(text)
    return any(one in letters for one in needles)


def _in_bytes(data: bytes, needles: Sequence[str]) -> Iterator[str]:
    for codec in ("utf-8", "utf-16-le", "utf-16-be", "cp874"):
        if _says(data.decode(codec, "replace"), needles):
            yield f"as {codec}"
    if rb"\u" in data:
        said = re.sub(rb"\\u([0-9a-fA-F]{4})", lambda one: chr(int(one[1], 16)).encode(), data)
        if _says(said.decode("utf-8", "replace"), needles):
            yield "escaped"
    if data.startswith(b"\x1f\x8b"):
        yield from (f"unpacked: {where}" for where in _in_bytes(gzip.decompress(data), needles))
    elif data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                if _says(name, needles):
                    yield f"{name}: its name"
                yield from (f"{name}: {where}" for where in _in_bytes(archive.read(name), needles))
    elif data.startswith(b"PAR1"):
        table = pl.read_parquet(io.BytesIO(data))
        for column in table.columns:
            for cell in table[column].to_list():
                text = cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
                if _says(text, needles):
                    yield f"column {column}"
    elif data.startswith(b"%PDF-"):
        yield from _in_pdf(data, needles)
    elif data.startswith(b"SQLite format 3\0"):
        with closing(sqlite3.connect(":memory:")) as database:
            database.deserialize(data[:18] + b"\1\1" + data[20:])  # as one without a log beside it
            for line in database.iterdump():
                if _says(line, needles):
                    yield f"table: {line[:60]}"


def _in_pdf(data: bytes, needles: Sequence[str]) -> Iterator[str]:
    with pypdfium2.PdfDocument(data) as document:
        for n, page in enumerate(document, 1):
            if _says(page.get_textpage().get_text_range(), needles):
                yield f"page {n}"
    with pikepdf.open(io.BytesIO(data)) as pdf:
        if _says(" ".join(map(str, pdf.docinfo.values())), needles) if pdf.trailer.get("/Info") else False:
            yield "what it says of itself"
        for one in pdf.objects:
            if isinstance(one, pikepdf.Stream):
                try:
                    body = one.read_bytes()
                except pikepdf.PdfError:
                    continue
                if _says(body.decode("utf-8", "replace"), needles):
                    yield "a stream"
