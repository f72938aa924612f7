"""Columns of a delimited table and a layout → `RowGrid`: what a proof of rows from their bytes must know.

All that the careful path knows as texts stands here as bytes and numbers: marks of single characters, names
of forms, whose booklet is which, what a header further down begins with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.strings import str_len

from examgen.capture.answer_layout import AnswerLayout, BookletAssignment
from examgen.capture.cells import read_mark
from examgen.capture.columns import AnswerColumns
from examgen.capture.rows import ReadingContext, beyond_options, reading
from examgen.core.responses.rows import BLANK, Ints, Marks, Texts

ENCODINGS = ("utf-8", "cp874")
UNPROVEN = 0xFF
"""Entry of `RowGrid.marks` for a byte that is not a character by itself."""

LONGEST_NAME = 64
"""Bytes of the longest id or form that is proven."""

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_/.-]*")
_ID = re.compile(r"[0-9A-Za-zก-ฮ๐-๙][0-9A-Za-z_/.ก-ฮ๐-๙-]*")
_MULTIPLIERS = np.array(
    [(0x9E3779B97F4A7C15 * (2 * k + 1)) % 2**64 for k in range(LONGEST_NAME // 8)], np.uint64
)


class Directory(NamedTuple):
    """Texts and a number for each, to be looked up by the thousand; sorted by `keys`."""

    keys: npt.NDArray[np.uint64]
    texts: Texts
    numbers: Ints


class Names(NamedTuple):
    """What the form column may say: `text` → number of the name; what follows is by that number.

    `form` is the number of the form by whose key the name is scored, `owned` whether it is the serial of a
    booklet, `owner` the candidate that it was dealt (empty: anybody's). `dealt` says the number of the name
    that a candidate was dealt as a form, -2 where that is not a name. `letter` has the names of one byte.
    `of_file` is the number of the name of all rows where no column says it, -1 where that is unknown.
    `is_closed` says that only those of `dealt` and of `roster` are taken. `otherwise` says by number as it is
    compared which of `written` it is, of those that the lists write otherwise; `is_whole` that no id is left
    out of this that no proven id can be.
    """

    text: Directory
    letter: Ints
    form: Ints
    owned: npt.NDArray[np.bool_]
    owner: Texts
    dealt: Directory
    of_file: int
    is_closed: bool
    roster: Directory
    otherwise: Directory
    written: Texts
    is_whole: bool


class RowGrid(NamedTuple):
    """Where the fields of a row stand, and what its bytes mean.

    A row is `candidate` … in `width` fields, of which the fields `first` to `first + n_cells - 1` hold the
    answers (one field where they are one string). `form` is None where no column says it: then it is that of
    the file, or with `by_list` the one that each candidate was dealt. `marks` (256,) is the mark that a
    character stands for; `sizes` (F,) the questions of each form; `beyond` (F, most questions) the bits of a
    mark that are not options of the question, and `beyond_any` those of any form.
    """

    encoding: str
    delimiter: int
    width: int
    first: int
    n_cells: int
    one_string: bool
    candidate: int
    form: int | None
    by_list: bool
    extras: tuple[int, ...]
    marks: Marks
    sizes: Ints
    beyond: Marks
    beyond_any: Marks
    names: Names
    suspects: frozenset[str]
    suspect_ids: Mapping[int, Texts]
    """By length: what an id that could begin a header looks like, with bit 5 of every byte set."""
    suspect_numbers: Mapping[int, Texts]
    """Those of them that are digits."""

    @property
    def n_questions(self) -> int:
        """The most questions of any form."""
        return int(self.beyond.shape[1])

    @property
    def singles(self) -> tuple[int, ...]:
        """The fields that are not answers, in order."""
        return (*range(self.first), *range(self.first + self.n_cells, self.width))


def grid_of(
    columns: AnswerColumns, delimiter: str, layout: AnswerLayout, encoding: str = "utf-8"
) -> RowGrid | None:
    """The grid of a table; None where its rows cannot be proven: a long table, questions out of order,
    answers in words or, as one string, in the first column, an encoding that is not a superset of ASCII."""
    block = columns.questions or (columns.answer or 0,)
    in_order = tuple(block) == tuple(range(block[0], block[0] + len(block)))
    one_string = columns.structure == "one string"
    if columns.structure == "long" or columns.in_words or not in_order or (one_string and block[0] == 0):
        return None
    if encoding not in ENCODINGS:
        return None
    beyond = beyond_options(layout)
    how = reading("", columns, layout)
    # The marks of characters; of what ends a cell, the mark of a cell that is empty.
    marks = np.full(256, UNPROVEN, np.uint8)
    for byte in range(32, 256 if encoding == "cp874" else 127):
        character = bytes([byte]).decode(encoding, "replace")
        marks[byte] = read_mark(character)
    marks[[ord(delimiter), ord("\n")]] = UNPROVEN if one_string else BLANK
    return RowGrid(
        encoding=encoding,
        delimiter=ord(delimiter),
        width=columns.width,
        first=block[0],
        n_cells=len(block),
        one_string=one_string,
        candidate=columns.candidate,
        form=columns.form,
        by_list=how.by_list,
        extras=columns.extras,
        marks=marks,
        sizes=np.array(list(how.sizes.values()), np.int64),
        beyond=beyond,
        beyond_any=np.bitwise_or.reduce(beyond, axis=0),
        names=_names(how, layout.assignment),
        suspects=how.suspects,
        suspect_ids=_suspect_ids(how.suspects),
        suspect_numbers=_suspect_ids(filter(str.isdigit, how.suspects)),
    )


# ── names of forms, and who may use which ────────────────────────────────────────────────────


def _names(how: ReadingContext, assignment: BookletAssignment) -> Names:
    names = list(dict.fromkeys([*how.sizes, *assignment.forms]))
    number = {name: i for i, name in enumerate(names)}
    form_number = {form: i for i, form in enumerate(how.sizes)}
    forms = [form_number.get(assignment.forms.get(name, name), -1) for name in names]
    # The names as they may be written, as far as they are plain ASCII.
    written = {text for name in names for text in (name, name.lower(), name.upper())}
    written = {text for text in written if len(text) <= LONGEST_NAME and _NAME.fullmatch(text)}
    said = {
        text: number[name]
        for text in (sorted(written) if how.columns.form is not None else ())
        if (name := how.name_of(text)) is not None
    }
    headings = how.suspects if how.columns.form == 0 else frozenset()
    said = {text: i for text, i in said.items() if forms[i] >= 0 and text.lower() not in headings}
    letter = np.full(256, -1, np.int64)
    for text, i in said.items():
        if len(text) == 1:
            letter[ord(text)] = i
    odd = [
        (number, one)
        for number, one in assignment.otherwise.items()
        if one and _is_id(number) and _is_id(one)
    ]
    # Those that are longer are in no proven row.
    kept = assignment.roster[str_len(assignment.roster) <= LONGEST_NAME]
    room = min(-(-max(kept.itemsize, 1) // 8) * 8, LONGEST_NAME)
    # An owner whose id no proven one can be is a byte that is in none.
    owners = [assignment.owners.get(name, "") for name in names]
    return Names(
        text=directory(said),
        letter=letter,
        form=np.array(forms, np.int64),
        owned=np.array([name in assignment.owners for name in names]),
        owner=np.array([who.encode() if not who or _is_id(who) else b"\xff" for who in owners], np.bytes_),
        dealt=directory({who: number.get(form, -2) for who, form in assignment.dealt.items() if _is_id(who)}),
        of_file=number.get(how.form_of_file or "", -1) if how.columns.form is None else -1,
        is_closed=assignment.is_closed,
        roster=_sorted(kept.astype(f"S{room}"), np.zeros(len(kept), np.int64)),
        otherwise=directory({number: n for n, (number, _) in enumerate(odd)}),
        written=_padded([one.encode() for _, one in odd]),
        is_whole=len(odd) == sum(map(bool, assignment.otherwise.values())),
    )


def _is_id(text: str) -> bool:
    """Whether a text is like ids that are proven: those of the careful path that may be, and more."""
    return len(text.encode("utf-8", "replace")) <= LONGEST_NAME and _ID.fullmatch(text) is not None


def _suspect_ids(suspects: Iterable[str]) -> dict[int, Texts]:
    by_length: dict[int, set[bytes]] = {}
    for suspect in suspects:
        text = suspect.encode("utf-8", "replace")
        if len(text) <= LONGEST_NAME:
            by_length.setdefault(len(text), set()).add(bytes(byte | 0x20 for byte in text))
    return {length: np.array(sorted(texts), np.bytes_) for length, texts in by_length.items()}


def directory(entries: Mapping[str, int]) -> Directory:
    """A directory of texts no longer than `LONGEST_NAME`."""
    texts = _padded([text.encode() for text in entries])
    return _sorted(texts, np.array(list(entries.values()), np.int64))


def _padded(texts: Sequence[bytes]) -> Texts:
    longest = max([1, *map(len, texts)])
    return np.array(texts, f"S{-(-longest // 8) * 8}")


def _sorted(texts: Texts, numbers: Ints) -> Directory:
    keys = _keys(texts)
    order = np.argsort(keys, kind="stable")
    return Directory(keys[order], texts[order], numbers[order])


def look_up(entries: Directory, texts: Texts) -> Ints:
    """The numbers of texts, -1 where the directory has none; the texts' item size is a multiple of 8."""
    if not len(entries.keys):
        return np.full(len(texts), -1, np.int64)
    place = np.minimum(np.searchsorted(entries.keys, _keys(texts)), len(entries.keys) - 1)
    return np.where(entries.texts[place] == texts, entries.numbers[place], -1)


def _keys(texts: Texts) -> npt.NDArray[np.uint64]:
    # Words past a text's end are 0 and add nothing, so keys do not depend on the width of the array.
    words = texts.view(np.uint64).reshape(len(texts), texts.itemsize // 8)
    keys: npt.NDArray[np.uint64] = words[:, 0] * _MULTIPLIERS[0]
    for k in range(1, words.shape[1]):
        keys += words[:, k] * _MULTIPLIERS[k]
    return keys
