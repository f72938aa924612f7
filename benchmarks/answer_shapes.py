"""Answer files in the shapes that usual programs write, for the speed of scoring: all well formed, all with
one answer of A to D in each cell and a form of A to D.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

N_ITEMS, FORMS = 100, 4
CHUNK = 50_000
SEED = 2569

Bytes = npt.NDArray[np.uint8]

_GIVEN = ("สมชาย", "สมหญิง", "ประเสริฐ", "กนกวรรณ", "วิชัย", "นภา", "ณัฐพงศ์", "ศิริพร", "พิมพ์ชนก", "ธนา")
_FAMILY = ("ใจดี", "ศรีสุข", "ทองคำ", "แก้วมณี", "วงศ์สวัสดิ์", "บุญมา", "จันทร์เพ็ญ", "สายทอง", "คำแสน")


def _digits(rng: np.random.Generator, first: int, n: int) -> list[str]:
    return [f"{k:08d}" for k in range(first, first + n)]


def _letters(rng: np.random.Generator, first: int, n: int) -> list[str]:
    return [f"TH-{k:06d}-{'ABCDEFGH'[k % 8]}" for k in range(first, first + n)]


def _uuids(rng: np.random.Generator, first: int, n: int) -> list[str]:
    texts = (rng.bytes(16).hex() for _ in range(n))
    return [f"{t[:8]}-{t[8:12]}-4{t[13:16]}-a{t[17:20]}-{t[20:]}" for t in texts]


def _thai_letters(rng: np.random.Generator, first: int, n: int) -> list[str]:
    return [f"{'กขคงจฉชซ'[k % 8]}ท-{k:06d}" for k in range(first, first + n)]


def _thai_digits(rng: np.random.Generator, first: int, n: int) -> list[str]:
    thai = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
    return [text.translate(thai) for text in _digits(rng, first, n)]


def _unequal(rng: np.random.Generator, first: int, n: int) -> list[str]:
    return [str(k) for k in (np.arange(first, first + n) * 7919 % 10_000_019 + 1).tolist()]


def _numbers(rng: np.random.Generator, first: int, n: int) -> list[str]:
    return [str(10_000_000 + k) for k in range(first, first + n)]


def _names(rng: np.random.Generator, n: int) -> list[str]:
    given, family = rng.integers(0, len(_GIVEN), n).tolist(), rng.integers(0, len(_FAMILY), n).tolist()
    return [f"{_GIVEN[a]} {_FAMILY[b]}" for a, b in zip(given, family, strict=True)]


class Shape(NamedTuple):
    """What a file looks like: its ids, whether ids and other texts are quoted, and so on.

    `name` says where a column of Thai names stands: behind the id, behind the answers, or nowhere.
    """

    ids: Callable[[np.random.Generator, int, int], list[str]] = _digits
    quoted_ids: bool = False
    quoted: bool = False
    end: str = "\n"
    mark: bytes = b""
    name: str = ""
    blank_share: float = 0.0


SHAPES: Mapping[str, Shape] = {
    "ids of digits": Shape(),
    "ids of letters and dashes": Shape(_letters),
    "UUIDs": Shape(_uuids),
    "ids with Thai letters": Shape(_thai_letters),
    "ids of Thai digits": Shape(_thai_digits),
    "Thai names behind the id": Shape(name="id"),
    "Thai names behind the answers": Shape(name="answers"),
    "every field quoted": Shape(quoted_ids=True, quoted=True),
    "text alone quoted": Shape(_numbers, quoted=True),
    "CRLF and BOM": Shape(end="\r\n", mark=b"\xef\xbb\xbf"),
    "ids of unequal length": Shape(_unequal),
    "2 % of empty cells": Shape(blank_share=0.02),
}


def write(path: Path, shape: Shape, n_candidates: int) -> Path:
    """A wide file of answers of that shape."""
    rng = np.random.default_rng(SEED)
    head = ["candidate_id", *["ชื่อ-สกุล"] * (shape.name == "id"), "form"]
    head += [f"Q{n}" for n in range(1, N_ITEMS + 1)] + ["ชื่อ-สกุล"] * (shape.name == "answers")
    quote = '"' if shape.quoted else ""
    line = ",".join(f"{quote}{name}{quote}" for name in head) + shape.end
    with path.open("wb") as file:
        file.write(shape.mark + line.encode())
        for first in range(0, n_candidates, CHUNK):
            file.write(_rows(rng, shape, first, min(CHUNK, n_candidates - first)))
    return path


def _rows(rng: np.random.Generator, shape: Shape, first: int, n: int) -> bytes:
    """Rows, put together as matrices of bytes in which a zero is nothing."""
    quote = '"' if shape.quoted else ""
    around = '"' if shape.quoted_ids else ""
    columns = [_column([f"{around}{who}{around}" for who in shape.ids(rng, first, n)])]
    if shape.name == "id":
        columns.append(_column([f",{quote}{name}{quote}" for name in _names(rng, n)]))
    columns.append(_cells(65 + rng.integers(0, FORMS, (n, 1)), quote))
    answers = 65 + rng.integers(0, 4, (n, N_ITEMS))
    if shape.blank_share:
        answers[rng.random(answers.shape) < shape.blank_share] = 0
    columns.append(_cells(answers, quote))
    if shape.name == "answers":
        columns.append(_column([f",{quote}{name}{quote}" for name in _names(rng, n)]))
    columns.append(_column([shape.end] * n))
    return np.concatenate(columns, axis=1).tobytes().replace(b"\0", b"")


def _column(texts: list[str]) -> Bytes:
    found = np.array([text.encode() for text in texts], np.bytes_)
    return found.view(np.uint8).reshape(len(texts), -1)


def _cells(characters: npt.NDArray[np.int64], quote: str) -> Bytes:
    cell = np.frombuffer(f",{quote}_{quote}".encode(), np.uint8)
    found = np.tile(cell, (*characters.shape, 1))
    found[:, :, 1 + len(quote)] = characters
    return found.reshape(len(characters), -1)
