"""A file's bytes → its content as text, without what the clock, the machine and drawn keys put into it.

CSV, JSON, Parquet and workbooks by their values, PDFs by their words, where each word is, and pictures of
their first pages; archives by their members; pictures by their pixels.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

PASSWORD = "ลับ & <secret>"
"""What encrypted PDFs of the journeys are opened with."""
KEYS = Path(__file__).resolve().parents[2] / "tests" / "goldens" / "keys"
"""Keys that never change; journeys sign with them."""
MONTHS_EN = "January February March April May June July August September October November December".split()  # noqa: SIM905
MONTHS_TH = "มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม".split()  # noqa: SIM905
FIRST_DAY = (2026, 11, 21)
"""Days from here on are the clock's; steps that may name a day name an earlier one."""
ISO = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d| UTC)?)?")
PDF_DATE = re.compile(r"D:(20\d\d)(\d\d)(\d\d)\d{6}[Z+\-\d']*")
DAY_EN = re.compile(rf"\b(\d\d?) ({'|'.join(MONTHS_EN)}) (20\d\d)")
DAY_TH = re.compile(rf"([\d๐-๙]{{1,2}}) ({'|'.join(MONTHS_TH)}) (?:พ\.ศ\. )?([\d๐-๙]{{4}})")
SECONDS = re.compile(r"\b\d+(?:\.\d+)?(?= (?:s|ms|seconds?|วินาที)\b)|(?<=\"seconds\": )[\d.]+")
FLOAT = re.compile(r"(?<![\w.])-?\d+\.\d+(?:[eE][-+]?\d+)?(?![\w.])|(?<![\w.])-?\d+[eE]-\d+(?![\w.])")
HASH = re.compile(r"\b[0-9a-f]{16,128}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


def masked(text: str) -> str:
    """The text with the clock's days, times and durations masked, and numbers to ten digits."""
    for pattern in (ISO, PDF_DATE):
        text = pattern.sub(lambda m: _day(m, int(m[1]), int(m[2]), int(m[3])), text)
    text = DAY_EN.sub(lambda m: _day(m, int(m[3]), MONTHS_EN.index(m[2]) + 1, int(m[1])), text)
    text = DAY_TH.sub(lambda m: _day(m, int(m[3]) - 543, MONTHS_TH.index(m[2]) + 1, int(m[1])), text)
    return FLOAT.sub(_rounded, SECONDS.sub("#", text))


def _day(found: re.Match[str], *day: int) -> str:
    return "<day>" if day >= FIRST_DAY else found[0]


def _rounded(found: re.Match[str]) -> str:
    text = found[0]
    if 0 < abs(float(text)) < 1e-12:
        return "0"
    digits = len(text.partition("e")[0].replace("-", "").replace(".", "").lstrip("0"))
    return f"{float(text):.10g}" if digits > 10 else text


def digest_of(text: str) -> str:
    """A short hash of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def text_of(name: str, data: bytes) -> str:
    """The content of a file as text."""
    suffix = Path(name).suffix.lower()
    if data.startswith(b"%PDF"):
        return _pdf(data)
    if data.startswith(b"PK\x03\x04"):
        return _workbook(data) if suffix == ".xlsx" else _zip(data)
    if data.startswith(b"PAR1"):
        return _parquet(data)
    if data.startswith(b"\x1f\x8b"):
        return _tar(data) if name.endswith(".tar.gz") else text_of("", gzip.decompress(data))
    if data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*")):
        return _picture(data)
    if data.startswith(b"SQLite format"):
        return "a database\n"
    if b"PRIVATE KEY-----" in data or b"-----BEGIN CERTIFICATE" in data or name.endswith(".public.json"):
        is_fixed = any(data == path.read_bytes() for path in KEYS.iterdir())
        return data.decode() if is_fixed else "newly drawn keys\n"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return f"bytes {hashlib.sha256(data).hexdigest()}\n"
    if suffix in (".html", ".xml", ".svg", ".qti"):
        return _markup(text)
    if suffix == ".csv":
        return _table(text)
    return json_text(text) if suffix == ".json" else text


def json_text(text: str) -> str:
    """A JSON document by its values: names in order, a line each; any other text as it is."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    except ValueError:
        return text


def _table(text: str) -> str:
    mark = "﻿"
    written = io.StringIO()
    rows = csv.reader(io.StringIO(text.removeprefix(mark), newline=""))
    csv.writer(written, lineterminator="\n").writerows(rows)
    return ("(byte order mark)\n" if text.startswith(mark) else "") + written.getvalue()


def _markup(text: str) -> str:
    text = re.sub(r"(data:[\w/+.;=-]*base64,)([\w+/=]+)", lambda m: m[1] + digest_of(m[2]), text)
    return text.replace("><", ">\n<")


def _pdf(data: bytes) -> str:
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(data)
        file.flush()
        for password in ([], ["-upw", PASSWORD]):
            words = _poppler("pdftotext", "-bbox-layout", *password, file.name, "-")
            if words:
                break
        else:
            return "a PDF that cannot be read\n"
        text = _poppler("pdftotext", "-layout", *password, file.name, "-").decode("utf-8", "replace")
        pages = _poppler("pdftoppm", "-r", "40", "-gray", "-l", "2", *password, file.name)
    places = re.sub(rb"<(title|meta)[^\n]*", b"", words)
    return (
        f"PDF{' (encrypted)' if password else ''}, {text.count(chr(12))} pages; "
        f"places of words {hashlib.sha256(places).hexdigest()[:12]}, "
        f"first pages {hashlib.sha256(pages).hexdigest()[:12]}\n{text}"
    )


def _poppler(*words: str) -> bytes:
    ran = subprocess.run(words, capture_output=True, check=False)
    return b"" if ran.returncode else ran.stdout


def _zip(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = sorted((one.filename, archive.read(one)) for one in archive.infolist() if not one.is_dir())
    return "".join(
        f"── {name}\n{text_of(name if '.rels' not in name else 'a.xml', body)}\n" for name, body in members
    )


def _workbook(data: bytes) -> str:
    from openpyxl import load_workbook

    parts = []
    for sheet in load_workbook(io.BytesIO(data)).worksheets:
        checks = [f"{one.sqref} {one.type} {one.formula1}" for one in sheet.data_validations.dataValidation]
        parts.append(f"── {sheet.title} {sheet.sheet_state} {sheet.freeze_panes}; checks {sorted(checks)}\n")
        for row in sheet.iter_rows():
            cells = [f"{cell.coordinate} {cell.value!r}" for cell in row if cell.value is not None]
            parts.append(", ".join(cells) + "\n")
    return "".join(parts)


def _parquet(data: bytes) -> str:
    import polars as pl

    table = pl.read_parquet(io.BytesIO(data))
    head = ", ".join(f"{name}: {kind}" for name, kind in table.schema.items())
    rows = (json.dumps(row, ensure_ascii=False, default=_plain) for row in table.rows())
    return "\n".join([head, *rows, ""])


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return value.to_list() if hasattr(value, "to_list") else str(value)


def _tar(data: bytes) -> str:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return "\n".join(sorted(one.name for one in archive.getmembers())) + "\n"


def _picture(data: bytes) -> str:
    from PIL import Image, ImageSequence

    with Image.open(io.BytesIO(data)) as picture:
        frames = [
            f"{frame.size} {frame.mode} {hashlib.sha256(frame.tobytes()).hexdigest()[:16]}"
            for frame in ImageSequence.Iterator(picture)
        ]
    return "picture " + "\n".join(frames) + "\n"
