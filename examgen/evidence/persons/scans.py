"""Folders of scans → the pages of persons in them; the pictures of these pages emptied, and what was read of
the bubbles of their numbers.

A scan that was taken in keeps its name, which is the SHA-256 that it had: decisions in galleries name rows by
it. Its page is an empty one of the same size from then on.
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from PIL import Image

from examgen.core.storage import read_csv
from examgen.evidence.persons.documents import value_without
from examgen.evidence.persons.spelling import Spellings
from examgen.rendering.pdf.blank_pages import with_blank_pages
from examgen.scanning.folder import BUBBLES, PAGES, SCAN

_HEAD_SIZE = 8
_NUMBER = "number"


class TheirPages(NamedTuple):
    """Pages of persons in a folder of scans: by SHA-256 and page the name of the source."""

    sources: dict[tuple[str, int], str]

    @property
    def by_source(self) -> set[tuple[str, int]]:
        """Name of the source and page."""
        return {(source, page) for (_, page), source in self.sources.items()}


def is_scan(folder: Path) -> bool:
    """Whether a folder is one that a scan wrote."""
    return (folder / SCAN).is_file() and (folder / PAGES).is_file()


def pages_in(folder: Path, spellings: Spellings, serials: Collection[str]) -> TheirPages:
    """The pages of the persons, by their numbers or the serials of their booklets."""
    found: dict[tuple[str, int], str] = {}
    names = ("source", "page", "sha256", "candidate_id", "serial")
    with suppress(OSError, pl.exceptions.PolarsError):
        table = read_csv(folder / PAGES, {})
        if set(names) <= set(table.columns):
            for source, page, digest, number, serial in table.select(names).iter_rows():
                if spellings.of_candidate(number) is not None or (serial and serial in serials):
                    found[digest, int(page)] = source
    return TheirPages(found)


def emptied(data: bytes, pages: Collection[int]) -> bytes:
    """The bytes of a scan, a picture or a PDF, with these pages (from 1) empty. Raises OSError or ValueError
    where it cannot be read."""
    if data[:1024].find(b"%PDF-") >= 0:
        return with_blank_pages(data, pages)
    out = io.BytesIO()
    with Image.open(io.BytesIO(data)) as opened:
        kind, n = opened.format or "PNG", getattr(opened, "n_frames", 1)
        frames = []
        for number in range(1, n + 1):
            opened.seek(number - 1)
            dpi = opened.info.get("dpi")
            if number in pages:
                frames.append((Image.new("L", opened.size, 255), dpi))
            else:
                frames.append((opened.copy(), dpi))
    first, dpi = frames[0]
    said = {"dpi": dpi} if dpi else {}
    if kind == "TIFF":
        rest = [frame for frame, _ in frames[1:]]
        first.save(out, "TIFF", save_all=True, append_images=rest, compression="tiff_lzw", **said)
    else:
        first.save(out, kind, **said)
    return out.getvalue()


# ── what was read ────────────────────────────────────────────────────────────────────────────


def number_bubbles(folder: Path) -> dict[tuple[str, int], list[bool]]:
    """By source and page, which of its bubbles are those of a number, in the order of reading."""
    path = folder / BUBBLES
    if not path.is_file():
        return {}
    try:
        frame = pl.read_parquet(path, columns=["source", "page", "group"])
    except (OSError, pl.exceptions.PolarsError):
        return {}
    found: dict[tuple[str, int], list[bool]] = {}
    for source, page, group in frame.iter_rows():
        found.setdefault((source, page), []).append(group == _NUMBER)
    return found


def journal_without(data: bytes, pages: Mapping[tuple[str, int], list[bool]], spellings: Spellings) -> bytes:
    """The journal of a scan without the numbers of persons: as they were read, and the bubbles of them. Of a
    page of which these are not known nothing stays."""
    parts = []
    for n, frame in enumerate(_frames(data)):
        if not n:
            parts.append(_framed(frame))
            continue
        cut = frame.index(0)
        head = json.loads(frame[:cut])
        mask = pages.get((head["sha256"], head["page"]))
        if mask is None:
            parts.append(_framed(frame))
            continue
        if len(mask) != head["n"]:
            continue
        arrays = bytearray(frame[cut + 1 :])
        size, theirs = head["n"], np.array(mask)
        at = 2 * 4 * size  # behind x and y: darkness, state, margin
        np.frombuffer(arrays, "<f4", size, at)[theirs] = 0
        np.frombuffer(arrays, "|u1", size, at + 4 * size)[theirs] = 0
        np.frombuffer(arrays, "<f4", size, at + 5 * size)[theirs] = 0
        head = value_without(head, spellings)
        identity = head.get("identity")
        if isinstance(identity, list) and len(identity) > 5 and identity[4] != identity[3]:
            identity[4] = spellings.of_candidate(str(identity[4] or "")) or ""
            identity[5] = identity[5] if identity[4] else "none"
        text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
        parts.append(_framed(text + b"\0" + bytes(arrays)))
    return b"".join(parts)


def _framed(frame: bytes) -> bytes:
    return len(frame).to_bytes(4, "little") + zlib.crc32(frame).to_bytes(4, "little") + frame


def _frames(data: bytes) -> Iterator[bytes]:
    at = 0
    while len(head := data[at : at + _HEAD_SIZE]) == _HEAD_SIZE:
        end = at + _HEAD_SIZE + int.from_bytes(head[:4], "little")
        if end > len(data):
            return
        yield data[at + _HEAD_SIZE : end]
        at = end
