"""The settled responses of a run as a Parquet file: what everything after a scoring begins with.

    candidate_id   text: as it was read, nothing put before it
    form           text: as in secure/forms.csv
    file           text: the answer file, by the name that quarantine.csv calls it
    line           whole number: its line there, from 1
    marks          so many bytes as the longest form has questions, each a bit mask: 0 blank, bit k letter k,
                   several bits a multiple mark, 128 what is not an option; 0 past the form's last question

Each candidate who is scored has one row, in the order of candidates.csv. Nothing is compressed, and every
column is one page, so that marks stand in the file as they stand in memory: where each row goes is known
beforehand, any number of processes write it, and who reads it maps it. Only numpy is needed for either; any
reader of Parquet opens it. The bytes depend on the rows alone, but for the cut where a page is full.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.core.disk import make_room
from examgen.core.problems import Refused
from examgen.core.responses.rows import Ints, Marks, Texts
from examgen.core.responses.thrift import Long, read, varint, written
from examgen.core.words import tell

NAME = "responses.parquet"
MAGIC = b"PAR1"

_INT32, _BYTE_ARRAY, _FIXED = 1, 6, 7
_TEXT, _REQUIRED = 0, 0
_PLAIN, _RLE, _RLE_DICTIONARY = 0, 3, 8
_DATA_PAGE, _DICTIONARY_PAGE = 0, 2
_KINDS = {
    "candidate_id": _BYTE_ARRAY, "form": _BYTE_ARRAY, "file": _BYTE_ARRAY, "line": _INT32, "marks": _FIXED
}  # fmt: skip
PAGE_BYTES = 1 << 30
"""A page that has so many bytes is full: the next part begins a group of rows of its own."""
_MOST_PAGE_BYTES = (1 << 31) - 1
_ROWS_AT_ONCE = 1 << 16


class Shape(NamedTuple):
    """What all rows of a table have in common: names of forms and of answer files, and how many questions
    the longest form has."""

    forms: tuple[str, ...]
    files: tuple[str, ...]
    n_questions: int

    @property
    def form_bytes(self) -> int:
        """Bytes of the number of a form."""
        return 1 if len(self.forms) <= 1 << 8 else 2 if len(self.forms) <= 1 << 16 else 4


class PartRows(NamedTuple):
    """The rows of a part, all of one answer file, by its number: how many, and the bytes of their ids."""

    file: int
    n_rows: int
    id_bytes: int


class RowPlace(NamedTuple):
    """Where in the file the next row of a part goes: its marks, its form, its line, its id."""

    marks: int
    form: int
    line: int
    ids: int


class TablePlan(NamedTuple):
    """A table that is to be written: `pieces` that stand between the rows, and where; the place of each part;
    and up to where the file is whole once the parts are written up to each."""

    pieces: tuple[tuple[int, bytes], ...]
    places: tuple[RowPlace, ...]
    whole: tuple[int, ...]


class ResponseRows(NamedTuple):
    """Rows of one answer file as they are read; `form` are places among the forms that were asked for, `file`
    that of its name among `files_of`."""

    ids: Texts
    form: Ints
    file: int
    line: Ints
    marks: Marks


def id_bytes(ids: Texts) -> int:
    """The bytes of all ids."""
    return int(np.count_nonzero(np.ascontiguousarray(ids).view(np.uint8))) if len(ids) else 0


# ── writing ──────────────────────────────────────────────────────────────────────────────────


class _Chunk(NamedTuple):
    """A column of a group: the place of its dictionary, 0 where it has none, that of its page, and the bytes
    of both with their headers."""

    dictionary: int
    page: int
    size: int


def plan(shape: Shape, parts: Sequence[PartRows]) -> TablePlan:
    """Where everything goes; raises Refused where a part is more than a page can hold."""
    pieces: list[tuple[int, bytes]] = [(0, MAGIC)]
    places: list[RowPlace] = []
    whole: list[int] = []
    groups: list[tuple[int, dict[str, _Chunk]]] = []
    at = len(MAGIC)
    for own in _groups(shape, parts):
        if n_rows := sum(part.n_rows for part in own):
            chunks, starts, at = _group(shape, own, n_rows, at, pieces)
            groups.append((n_rows, chunks))
        else:
            starts = RowPlace(at, at, at, at)
        rows = list(accumulate((part.n_rows for part in own), initial=0))
        texts = list(accumulate((4 * part.n_rows + part.id_bytes for part in own), initial=0))
        places += [
            RowPlace(
                starts.marks + n * shape.n_questions,
                starts.form + n * shape.form_bytes,
                starts.line + n * 4,
                starts.ids + text,
            )
            for n, text in zip(rows[:-1], texts[:-1], strict=True)
        ]
        whole += [*(starts.marks + n * shape.n_questions for n in rows[1:-1]), at]
    footer = _footer(shape, groups)
    return TablePlan((*pieces, (at, footer)), tuple(places), (*whole[:-1], at + len(footer)))


def begin(path: Path, plan: TablePlan) -> None:
    """Makes the file, without its rows."""
    with path.open("wb") as file:
        make_room(file.fileno(), plan.whole[-1])
        for at, data in plan.pieces:
            file.seek(at)
            file.write(data)


def _groups(shape: Shape, parts: Sequence[PartRows]) -> Iterator[list[PartRows]]:
    """The parts in groups, of which each column fits into a page."""
    own: list[PartRows] = []
    for part in parts:
        longest = max(part.n_rows * shape.n_questions, 4 * part.n_rows + part.id_bytes)
        if longest > _MOST_PAGE_BYTES:
            raise Refused(tell("the answer file has too many rows. Split it into several files."))
        if own and max(_columns(shape, [*own, part])) > PAGE_BYTES:
            yield own
            own = []
        own.append(part)
    if own:
        yield own


def _columns(shape: Shape, parts: Sequence[PartRows]) -> tuple[int, int]:
    """Bytes of the longest columns, which are those of marks and of ids."""
    n_rows = sum(part.n_rows for part in parts)
    return n_rows * shape.n_questions, 4 * n_rows + sum(part.id_bytes for part in parts)


def _group(
    shape: Shape, parts: Sequence[PartRows], n_rows: int, at: int, pieces: list[tuple[int, bytes]]
) -> tuple[dict[str, _Chunk], RowPlace, int]:
    """A group from a place on: its columns, where rows begin in each, and where it ends; what stands between
    rows is put to the pieces."""
    chunks: dict[str, _Chunk] = {}
    starts: dict[str, int] = {}
    eights = -(-n_rows // 8)
    form_head = bytes((8 * shape.form_bytes,)) + varint(eights << 1 | 1)
    # the number of the file of each row, as runs
    bits = max(1, (len(shape.files) - 1).bit_length())
    files = bytes((bits,))
    for file, own in groupby(parts, key=lambda part: part.file):
        if n := sum(part.n_rows for part in own):
            files += varint(n << 1) + file.to_bytes(-(-bits // 8), "little")
    marks, ids = _columns(shape, parts)
    # marks first: they are most of the file, and whole from its beginning as the parts are written
    for name, head, size, names in (
        ("marks", b"", marks, ()),
        ("form", form_head, eights * 8 * shape.form_bytes, shape.forms),
        ("line", b"", 4 * n_rows, ()),
        ("candidate_id", b"", ids, ()),
        ("file", files, 0, shape.files),
    ):
        before = _dictionary(names) if names else b""
        n_bytes, encoding = len(head) + size, _RLE_DICTIONARY if names else _PLAIN
        page = {1: n_rows, 2: encoding, 3: _RLE, 4: _RLE}
        header = written({1: _DATA_PAGE, 2: n_bytes, 3: n_bytes, 5: page})
        pieces.append((at, before + header + head))
        starts[name] = at + len(before) + len(header) + len(head)
        end = starts[name] + size
        chunks[name] = _Chunk(at if names else 0, at + len(before), end - at)
        at = end
    return chunks, RowPlace(starts["marks"], starts["form"], starts["line"], starts["candidate_id"]), at


def _dictionary(names: Sequence[str]) -> bytes:
    texts = [name.encode() for name in names]
    data = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    header = {1: _DICTIONARY_PAGE, 2: len(data), 3: len(data), 7: {1: len(names), 2: _PLAIN}}
    return written(header) + data


def _footer(shape: Shape, groups: Sequence[tuple[int, Mapping[str, _Chunk]]]) -> bytes:
    """What the end of the file says of it: the columns, and where each is in each group."""
    schema: list[dict[int, Any]] = [{4: b"responses", 5: len(_KINDS)}]
    for name, kind in _KINDS.items():
        wide = {2: shape.n_questions} if kind == _FIXED else {}
        text = {6: _TEXT} if kind == _BYTE_ARRAY else {}
        schema.append({1: kind, **wide, 3: _REQUIRED, 4: name.encode(), **text})
    told = []
    for n_rows, chunks in groups:
        columns = []
        for name, kind in _KINDS.items():
            dictionary, page, size = chunks[name]
            own: dict[int, Any] = {
                1: kind,
                2: [_PLAIN, _RLE, _RLE_DICTIONARY] if dictionary else [_PLAIN],
                3: [name.encode()],
                4: 0,
                5: Long(n_rows),
                6: Long(size),
                7: Long(size),
                9: Long(page),
                **({11: Long(dictionary)} if dictionary else {}),
            }
            columns.append({2: Long(dictionary or page), 3: own})
        size = sum(chunk.size for chunk in chunks.values())
        told.append({1: columns, 2: Long(size), 3: Long(n_rows)})
    n_all = Long(sum(n for n, _ in groups))
    data = written({1: 1, 2: schema, 3: n_all, 4: told, 6: b"examgen"})
    return data + struct.pack("<I", len(data)) + MAGIC


class RowWriter:
    """Writes the rows of a part into an open file, from its place on."""

    def __init__(self, descriptor: int, place: RowPlace, shape: Shape) -> None:
        self._descriptor, self._at, self._form = descriptor, list(place), f"<u{shape.form_bytes}"

    def add(self, ids: Texts, form: Ints, line: Ints, marks: Marks) -> None:
        """The next rows; `form` are places in the forms of the shape."""
        columns = marks, form.astype(self._form), line.astype("<i4"), _behind_lengths(ids)
        for n, column in enumerate(columns):
            data = np.ascontiguousarray(column).data.cast("B") if column.size else memoryview(b"")
            os.lseek(self._descriptor, self._at[n], os.SEEK_SET)
            self._at[n] += len(data)
            while data:
                data = data[os.write(self._descriptor, data) :]


def _behind_lengths(ids: Texts) -> Marks:
    """Each id behind its length, as Parquet has texts."""
    ids = np.ascontiguousarray(ids)
    letters = ids.view(np.uint8).reshape(len(ids), ids.itemsize)
    longest = len(ids[0]) if len(ids) else 0
    if longest and letters[:, longest - 1].all() and not letters[:, longest:].any():
        # all of one length, as nearly always
        found = np.empty(len(ids), [("length", "<u4"), ("id", f"V{longest}")])
        found["length"] = longest
        found["id"] = np.ndarray((len(ids),), f"V{longest}", ids, strides=(ids.itemsize,))
        return found.view(np.uint8)
    cells = np.empty((len(ids), 4 + ids.itemsize), np.uint8)
    cells[:, 4:] = letters
    length = np.count_nonzero(letters, axis=1).astype("<u4")
    cells[:, :4] = length[:, None].view(np.uint8)
    return np.asarray(cells[np.arange(cells.shape[1]) < 4 + length[:, None]])


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def width_of(path: Path) -> int:
    """How many marks each row has."""
    return int(_told(path)[2][-1][2])


def n_rows_of(path: Path) -> int:
    """How many candidates there are."""
    return int(_told(path)[3])


def files_of(path: Path) -> tuple[str, ...]:
    """Names of the answer files, in the order in which they were read; none where nobody was scored."""
    groups = _told(path)[4]
    return tuple(_names(_mapped(path), _column(groups[0], "file"))) if groups else ()


def read_rows(path: Path, forms: Mapping[str, int]) -> Iterator[ResponseRows]:
    """The rows, some ten thousands at a time; `forms` says the place of each form.

    Takes a file of ours that is what its audit says: nothing else is promised to be understood.
    """
    told = _told(path)
    groups, width = told[4], told[2][-1].get(2)
    data = _mapped(path) if groups else np.empty(0, np.uint8)
    for group in groups:
        n_rows = group[3]
        place, number = _forms(data, group, forms)
        line = _values(data, _column(group, "line")).view("<i4")
        marks = _values(data, _column(group, "marks")).reshape(n_rows, width)
        ids, at = _values(data, _column(group, "candidate_id")), 0
        for file, start, end in _stretches(_values(data, _column(group, "file")).tobytes()):
            own = slice(start, end)
            texts, at = _texts(ids, at, end - start)
            yield ResponseRows(texts, place[number[own]], file, line[own].astype(np.int64), marks[own])
            _let_go(data)


def _forms(
    data: npt.NDArray[np.uint8], group: Mapping[int, Any], forms: Mapping[str, int]
) -> tuple[Ints, npt.NDArray[np.unsignedinteger]]:
    """The places of the forms in the dictionary of a group, and the number there of each row."""
    place = np.array([forms[name] for name in _names(data, _column(group, "form"))], np.int64)
    packed = _values(data, _column(group, "form"))  # places in the dictionary, by whole bytes
    head = 2
    while packed[head - 1] > 0x7F:
        head += 1
    return place, packed[head:].view(f"<u{packed[0] // 8}")


def _told(path: Path) -> dict[int, Any]:
    """What the end of the file says of it."""
    with path.open("rb") as file:
        file.seek(-8, os.SEEK_END)
        size, magic = struct.unpack("<I4s", file.read(8))
        if magic != MAGIC:
            raise Refused(tell("{path} is not a Parquet file", path=path))
        file.seek(-8 - size, os.SEEK_END)
        return read(file.read(size))[0]


def _mapped(path: Path) -> npt.NDArray[np.uint8]:
    return np.memmap(path, np.uint8, "r")


def _let_go(data: npt.NDArray[np.uint8]) -> None:
    """Of a mapped file nothing stays in the memory of the process: who looks again has it read again."""
    mapped = getattr(data, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def _column(group: Mapping[int, Any], name: str) -> Mapping[int, Any]:
    found: Mapping[int, Any] = group[1][list(_KINDS).index(name)][3]
    return found


def _values(data: npt.NDArray[np.uint8], column: Mapping[int, Any], place: int = 9) -> npt.NDArray[np.uint8]:
    """The bytes of a column's page without its header."""
    at = column[place]
    header, size = read(data[at : at + 64].tobytes())
    return np.asarray(data[at + size : at + size + header[3]])


def _names(data: npt.NDArray[np.uint8], column: Mapping[int, Any]) -> list[str]:
    """The dictionary of a column."""
    found: list[str] = []
    whole, at = _values(data, column, place=11).tobytes(), 0
    while at < len(whole):
        end = at + 4 + int.from_bytes(whole[at : at + 4], "little")
        found.append(whole[at + 4 : end].decode())
        at = end
    return found


def _stretches(page: bytes) -> Iterator[tuple[int, int, int]]:
    """The files of rows, and which rows are theirs: from, to; not too many at a time."""
    size, at, row = -(-page[0] // 8), 1, 0
    while at < len(page):
        n, shift = 0, 0
        while True:
            n |= (page[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if page[at - 1] <= 0x7F:
                break
        file = int.from_bytes(page[at : at + size], "little")
        at, end = at + size, row + (n >> 1)
        for start in range(row, end, _ROWS_AT_ONCE):
            yield file, start, min(start + _ROWS_AT_ONCE, end)
        row = end


def _texts(data: npt.NDArray[np.uint8], at: int, n: int) -> tuple[Texts, int]:
    """The next texts, which each stand behind their length, and where they end."""
    length = int.from_bytes(data[at : at + 4].tobytes(), "little")
    end = at + n * (4 + length)
    if end <= len(data):
        cells = data[at:end].reshape(n, 4 + length)
        if (cells[:, :4] == cells[0, :4]).all():
            return np.ascontiguousarray(cells[:, 4:]).view(f"S{length}").ravel(), end
    found, cells_of = list[bytes](), data.data
    for _ in range(n):
        end = at + 4 + int.from_bytes(cells_of[at : at + 4], "little")
        found.append(bytes(cells_of[at + 4 : end]))
        at = end
    return np.array(found), at
