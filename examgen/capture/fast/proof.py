"""Whole lines of a delimited table → the rows whose bytes prove well formed, as arrays; numpy only.

A row is proven where the careful path (`rows`, `structures`, `cells`) would give exactly this row. Whatever
is doubtful is left to it: quotes that do not enclose a field, control characters, ids of unusual characters,
what may be a header, more or fewer fields, forms that are unknown or were not dealt, answers that the form
does not ask for, marks that are not options.

Two ways are tried. Where every answer of a row is one letter, written as in most rows, its answers are a
line of a matrix, proven by arithmetic on all of it (`single_letters`). The rows that are left, if they are
some, are freed of quotes, cut at their delimiters, and their cells looked up (`answers`). Of rows with their
marks it is then proven who answered by which form (`_identified`): ids are ASCII letters and digits, `-`, `_`
and `/`; in UTF-8 also Thai consonants and digits. Some that the careful path would take may be called
doubtful, never the other way round: those are read with care.
"""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.strings import str_len

from examgen.capture.cells import MONTHS, says_totals
from examgen.capture.columns import AnswerColumns
from examgen.capture.fast.answers import cell_rows, like_headers, string_rows
from examgen.capture.fast.grid import LONGEST_NAME, Names, RowGrid, look_up
from examgen.capture.fast.lines import (
    ByteLines,
    Bytes,
    Flags,
    are_even,
    doubtful_lines,
    ended_texts,
    even_lines,
    filled,
    lines_of,
    of_lines,
    texts_at,
    thai_characters,
    windows,
    without_quotes,
)
from examgen.capture.fast.single_letters import (
    AnswerWriting,
    RowsToProve,
    letter_rows,
    without_field_quotes,
    writing_of,
)
from examgen.capture.rows import merged
from examgen.core.candidate_numbers import canonical_numbers
from examgen.core.responses.rows import Batch, Cells, Ints, Marks, Texts

FEWEST = 80
"""Rows that are worth another way; fewer are quicker read one by one."""

_NEARLY = 10
"""Where fewer than all but one in so many lines are proven by a writing, it is told anew."""

_AT_A_TIME = 1 << 18
"""Bytes that are cut at their delimiters at a time."""


_NONE = np.empty(0, np.int64)
_NOTHING = Batch(_NONE, np.empty(0, "S1"), _NONE, np.empty((0, 0), np.uint8), True)


class ProvenRows(NamedTuple):
    """What was proven of n lines.

    `proven` (n,); `batch` has the proven rows in order, their `line` the number of the line from 0; `starts`
    and `ends` (n,) of all lines, in bytes, `ends` being the places of the line feeds. `writing` is how
    answers are written, where that held for nearly all lines: lines that follow are most likely written so.
    """

    proven: Flags
    batch: Batch
    starts: Ints
    ends: Ints
    writing: AnswerWriting | None = None


def prove(
    data: bytes, grid: RowGrid, fewest: int = FEWEST, *, writing: AnswerWriting | None = None
) -> ProvenRows:
    """The proven rows of whole lines, each ended by a line feed (the last may lack it).

    Fewer than `fewest` rows that the first way leaves are not tried again. `writing` is how answers are
    written, as far as that is known; it says where to begin, not what is proven.
    """
    even = even_lines(data)
    lines = even or lines_of(data)
    if not data or lines.size * (grid.width - 1) > 2 * len(data):
        # A proof takes memory by lines: where most are too short to be rows, there are far too many of them.
        return nothing_proven(data)
    batch, known = _first_way(lines, grid, writing)
    # in a row that is proven every byte was looked at, and none is a line feed
    if even and batch.size < even.size and not are_even(even):
        lines = lines_of(data)
        batch, known = _first_way(lines, grid, writing)
    if batch.size * _NEARLY < lines.size * (_NEARLY - 1):
        known = None
    proven = np.zeros(lines.size, np.bool_)
    proven[batch.line] = True
    rest = np.flatnonzero(~proven)
    if len(rest) >= max(fewest, 1) and not grid.one_string:
        # In pieces of some bytes, whose tables stay in the processor's cache.
        n_bytes = int((lines.ends[rest] - lines.starts[rest]).sum())
        pieces = np.array_split(rest, min(len(rest), n_bytes // _AT_A_TIME + 1))
        found = [_second_way(lines, piece, grid) for piece in pieces]
        batch = reduce(merged, found, batch)
        proven[batch.line] = True
    return ProvenRows(proven, batch, lines.starts, lines.ends, known)


def _first_way(
    lines: ByteLines, grid: RowGrid, writing: AnswerWriting | None
) -> tuple[Batch, AnswerWriting | None]:
    """The rows whose answers are one string, or letters written as in most rows; how these are written."""
    has_quotes = b'"' in lines.data
    if grid.one_string:
        text = lines_of(without_quotes(lines.data, grid.delimiter)) if has_quotes else lines
        return _batch(text, string_rows(text, grid), grid), None
    if grid.first == 0:
        return _NOTHING, None
    told = writing = writing or writing_of(lines, grid)
    if writing.has_blanks and has_quotes:
        lines = lines_of(without_quotes(lines.data, grid.delimiter))
        writing = writing._replace(is_quoted=False)
    if not writing.has_blanks:
        rows = letter_rows(lines, writing, grid)
        return _batch(lines, without_field_quotes(lines, rows) if has_quotes else rows, grid), told

    # The rows of letters and empty cells.
    filler = bytes([writing.filler])
    whole = filled(lines.data, grid.delimiter, filler)
    if whole is None:
        return _batch(lines, letter_rows(lines, writing._replace(has_blanks=False), grid), grid), told
    even = even_lines(whole)
    text = even if even and are_even(even) else lines_of(whole)
    odd = text.ends - text.starts != lines.ends - lines.starts
    return _batch(text, letter_rows(text, writing, grid)._replace(odd=odd), grid, filler), told


def _second_way(lines: ByteLines, rest: Ints, grid: RowGrid) -> Batch:
    """The rows numbered `rest`, as far as they are cut at their delimiters."""
    bounds = zip(lines.starts[rest].tolist(), lines.stops[rest].tolist(), strict=True)
    # An empty line before them, and no carriage returns and quotes that say nothing.
    joined = b"\n".join([b"", *(lines.data[start:stop] for start, stop in bounds), b""])
    text = lines_of(without_quotes(joined, grid.delimiter) if b'"' in joined else joined)
    cut = ByteLines(text.data, text.starts[1:], text.ends[1:], text.stops[1:])
    rows = cell_rows(cut, grid)
    fits = rows.fits & ~doubtful_lines(text, grid.delimiter, grid.encoding)[1:]
    batch = _batch(cut, rows._replace(fits=fits), grid)
    return batch._replace(line=rest[batch.line])


def nothing_proven(data: bytes) -> ProvenRows:
    """The lines of data as a proof that has none of them."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    if data and not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    return ProvenRows(np.zeros(len(ends), np.bool_), _NOTHING, starts, ends)


def _batch(lines: ByteLines, rows: RowsToProve, grid: RowGrid, filler: bytes = b"") -> Batch:
    """The rows that stand with all that is proven of them."""
    fits, ids, form, marks = _identified(lines, rows, grid)
    extras = _extra_cells(lines, fits, rows.begins, rows.finishes, grid, filler)
    line = np.flatnonzero(fits)
    odd = None
    if (grid.sizes == grid.n_questions).all():
        odd = line[:0] if rows.odd is None else np.flatnonzero(rows.odd[line])
    if len(line) < lines.size:
        ids, form, marks = ids[line], form[line], marks[line]
    return Batch(line, ids, form, marks, odd is not None and not len(odd), extras, odd=odd)


# ── extra columns ────────────────────────────────────────────────────────────────────────────

_SPACE, _HIGH = 32, 0x80


def _extra_cells(
    lines: ByteLines,
    fits: Flags,
    begins: dict[int, Ints],
    finishes: dict[int, Ints],
    grid: RowGrid,
    filler: bytes,
) -> tuple[Cells, ...]:
    """The texts of the extra columns of the rows that fit, `filler` being a character that is in none; rows
    in which one of them is doubtful are struck off."""
    others = [column for column in grid.singles if column not in (grid.candidate, grid.form)]
    if not others:
        return ()
    rows = np.flatnonzero(fits)
    found: dict[int, bytes] = {}
    for column in others:
        starts = begins[column][rows]
        found[column] = ended_texts(lines, starts, finishes[column][rows] - starts, Cells.END)
    doubtful = np.zeros(len(rows), np.bool_)
    delimiter = bytes([grid.delimiter])
    for cells in found.values():
        if _are_clean(cells, len(rows), grid):
            continue
        if b"\n" in cells or cells.count(Cells.END) != len(rows):
            doubtful[:] = True
            continue
        texts = lines_of(cells.replace(Cells.END, b"\n"))
        doubtful |= doubtful_lines(texts, 0, grid.encoding)
        if delimiter in cells:
            places = np.flatnonzero(np.frombuffer(texts.data, np.uint8) == grid.delimiter)
            doubtful |= of_lines(texts, places)
    if doubtful.any():
        fits[rows[doubtful]] = False
        kept = np.flatnonzero(~doubtful).tolist()
        found = {column: Cells(cells).taken(kept).data for column, cells in found.items()}
    extras: list[Cells] = []
    for column in grid.extras:
        cells = found[column].replace(filler, b"") if filler else found[column]
        if grid.encoding == "utf-8":
            extras.append(Cells(cells))
        else:
            pieces = Cells(cells).pieces()
            extras.append(Cells.of_bytes([text.decode(grid.encoding).encode() for text in pieces]))
    return tuple(extras)


def _are_clean(cells: bytes, n: int, grid: RowGrid) -> bool:
    """Whether n texts hold nothing but ASCII and Thai characters of UTF-8, none of which is doubtful."""
    text = np.frombuffer(cells, np.uint8)
    is_doubtful = any(mark in cells for mark in (b'"', b"\x7f", bytes([grid.delimiter])))
    if is_doubtful or (text < _SPACE).any():
        return False
    n_high = int(np.count_nonzero(text >= _HIGH))
    return n_high == n or (grid.encoding == "utf-8" and n_high == n + 3 * thai_characters(cells))


_LETTERS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_THAI = 0xE0
"""First byte of Thai characters: consonants are E0 B8 81 to E0 B8 AE, digits E0 B9 90 to E0 B9 99."""


def _among(letters: bytes) -> Flags:
    table = np.zeros(256, np.bool_)
    table[list(letters)] = True
    return table


_BEGINS_ID = _among(_LETTERS)
_PLAIN = _among(_LETTERS + b"\0")
_BEGINS_THAI_ID = _among(_LETTERS + b"\xe0")

_BETWEEN = _among(b"-_/")
_MONTHS = np.array([int.from_bytes(month.lower().encode(), "little") for month in MONTHS], np.uint32)
_BEHIND_A_DAY = ((3, 2), (2, 1), (0, 3))
"""Where a month begins, and what stands between: behind a day of two digits, of one, of none."""
_BEHIND_A_THAI_DAY = ((7, 6), (5, 4), (4, 3))
"""The same where a digit, or both, are Thai."""

_TOTALS_BEGIN = _among(b"acgmstACGMST")
_TOTALS = np.array(
    [int.from_bytes(word, "little") for word in (b"ave", b"cou", b"gra", b"mea", b"sub", b"sum", b"tot")],
    np.uint32,
)
_THAI_TOTALS = np.array([int.from_bytes(word.encode()[2::3], "big") for word in ("รว", "ยอ", "ผล")])
"""How words for sums begin that have no vowel among their first characters."""
_LOW_LINE = ord("_")


def are_written(characters: Bytes, encoding: str) -> Flags:
    """Which texts, rows of bytes with zeros behind them, are written in characters of ids, the first being a
    letter or a digit."""
    # Letters, digits, `-`, `_`, `/` and 0, which texts are filled up with. None of these can stand in what a
    # spreadsheet makes of an id (1.1E+12, a date with its time, #N/A).
    known: Flags = characters - np.uint8(ord("/")) <= ord("9") - ord("/")
    known |= (characters | np.uint8(0x20)) - np.uint8(ord("a")) < 26
    for character in b"-_\0":
        known |= characters == character
    if encoding != "utf-8" or characters.max(initial=0) < _HIGH:
        fits: Flags = _BEGINS_ID.take(characters[:, 0])
    else:
        fits = _BEGINS_THAI_ID.take(characters[:, 0])
        is_high = characters >= _HIGH
        known |= is_high
        # where no text begins within a character, none goes on from one text to the next
        in_a_row = characters.reshape(-1)
        n_thai = np.count_nonzero(_thai(in_a_row[:-2], in_a_row[1:-1], in_a_row[2:]))
        if not fits.all() or 3 * n_thai != np.count_nonzero(is_high):
            # no byte that begins one stands within another, so each takes three of the bytes for itself
            is_letter = _thai(characters[:, :-2], characters[:, 1:-1], characters[:, 2:])
            fits &= 3 * np.count_nonzero(is_letter, axis=1) == np.count_nonzero(is_high, axis=1)
    return fits if known.all() else fits & known.all(axis=1)


def are_plain(ids: Texts) -> Flags:
    """Which ids are letters and digits of ASCII."""
    characters = ids.view(np.uint8).reshape(len(ids), ids.itemsize)
    return np.asarray(_PLAIN.take(characters).all(axis=1))


def _thai(first: Bytes, second: Bytes, third: Bytes) -> Flags:
    """Where three bytes are a consonant or a digit of Thai."""
    is_letter: Flags = (second == 0xB8) & (third - np.uint8(0x81) <= 0xAE - 0x81)
    is_letter |= (second == 0xB9) & (third - np.uint8(0x90) < 10)
    is_letter &= first == _THAI
    return is_letter


def like_dates(characters: Bytes) -> Flags:
    """Which ids begin as what a spreadsheet makes of a day or a month (`7-Jan`, `Jan-07`) does; there are
    eight characters of each or more."""
    like = np.zeros(len(characters), np.bool_)
    is_thai = characters.max(initial=0) >= _HIGH
    for begin, between in (*_BEHIND_A_DAY, *(_BEHIND_A_THAI_DAY if is_thai else ())):
        if begin + 3 > characters.shape[1]:
            continue
        is_between = _BETWEEN.take(characters[:, between])
        if is_between.any():
            like |= is_between & np.isin(_three(characters, begin) | _SMALL, _MONTHS)
    return like


_SMALL, _THREE = np.uint32(0x202020), np.uint32(0xFFFFFF)


def _three(characters: Bytes, begin: int) -> npt.NDArray[np.uint32]:
    """Three bytes of each row (n, 4 or more) as one number, the first byte lowest."""
    before = max(begin + 4 - characters.shape[1], 0)
    numbers = np.ndarray(
        (len(characters),), "<u4", np.ascontiguousarray(characters), begin - before, (characters.shape[1],)
    )
    return np.asarray(numbers >> np.uint32(8 * before) & _THREE, np.uint32)


def may_say_totals(ids: Texts) -> Flags:
    """Which ids of those characters may be words for sums; their item size is a multiple of 8."""
    characters = ids.view(np.uint8).reshape(len(ids), ids.itemsize)
    first = characters[:, 0]
    may = _TOTALS_BEGIN.take(first)
    if may.any():
        # low lines do not count in words
        lined = (characters[:, 1] == _LOW_LINE) | (characters[:, 2] == _LOW_LINE)
        may &= lined | np.isin(_three(characters, 0) | _SMALL, _TOTALS)
    if (is_thai := first == _THAI).any():
        two = characters[:, 2].astype(np.int64) << 8 | characters[:, 5]
        may |= is_thai & ((characters[:, 3] == _LOW_LINE) | np.isin(two, _THAI_TOTALS))
    return may


def rows_of_totals(batch: Batch, columns: AnswerColumns) -> Ints:
    """The places of proven rows that are, by their id or first cell, sums over rows."""
    places = [
        k for k in np.flatnonzero(may_say_totals(batch.ids)).tolist() if says_totals(batch.ids[k].decode())
    ]
    if 0 in columns.extras:
        cells = list(batch.extras[columns.extras.index(0)])
        words = {text for text in set(cells) if says_totals(text)}
        places += [k for k, text in enumerate(cells) if text in words] if words else []
    return np.array(places, np.int64)


_ZERO, _TEN = np.uint8(ord("0")), np.uint8(10)


def _identified(lines: ByteLines, rows: RowsToProve, grid: RowGrid) -> tuple[Flags, Texts, Ints, Marks]:
    """Which rows still stand, who answered, by which form, and the marks, which are options in those rows;
    takes the marks of `rows` over."""
    fits, ids = _ids(lines, rows, grid)
    ids = as_listed(ids, grid.names)
    fits, name = _names(lines, rows, fits, ids, grid)
    fits &= allowed(ids, name, grid.names)
    if 0 in grid.extras:
        fits &= ~like_headers(lines, fits, rows.begins[0], rows.finishes[0], grid)
    form = grid.names.form[name]
    fits &= answers_fit(rows, form, grid)
    marks = of_width(rows.marks, grid.n_questions)
    if (grid.beyond_any & np.uint8(rows.possible)).any():
        fits &= are_options(marks, fits, form, grid)
    return fits, ids, form, marks


def _ids(lines: ByteLines, rows: RowsToProve, grid: RowGrid) -> tuple[Flags, Texts]:
    begins = rows.begins[grid.candidate]
    lengths = rows.finishes[grid.candidate] - begins
    fits = rows.fits & (lengths > 0) & (lengths <= LONGEST_NAME)
    if not fits.all():
        # The length of another row: texts of one length are quicker.
        lengths[~fits] = lengths[fits.argmax()] if fits.any() else 0
        begins = np.where(fits, begins, 0)
    ids = texts_at(lines, begins, lengths, LONGEST_NAME)
    characters = ids.view(np.uint8).reshape(len(ids), ids.itemsize)
    n_digits = np.count_nonzero(characters - _ZERO < _TEN)
    are_numbers = n_digits == int(lengths.sum())
    if not are_numbers:
        fits &= are_written(characters, grid.encoding)
        fits &= ~like_dates(characters)
        # texts are filled up with zeros, and hold none
        if np.count_nonzero(characters) != int(lengths.sum()):
            fits &= np.count_nonzero(characters, axis=1) == lengths
    present = np.bincount(lengths, minlength=1)
    suspects = grid.suspect_numbers if are_numbers else grid.suspect_ids
    for length, texts in suspects.items():
        if length < len(present) and present[length]:
            of_length = np.flatnonzero(lengths == length)
            folded = np.ascontiguousarray(characters[of_length, :length] | 0x20).view(f"S{length}")
            fits[of_length[np.isin(folded[:, 0], texts)]] = False
    return fits, ids


def _names(lines: ByteLines, rows: RowsToProve, fits: Flags, ids: Texts, grid: RowGrid) -> tuple[Flags, Ints]:
    """The number of the name in the form column; 0 where there is no known one."""
    if grid.form is None:
        name = names_unsaid(ids, grid)
        return fits & (name >= 0), np.maximum(name, 0)
    begins = np.minimum(rows.begins[grid.form], len(lines.data))
    lengths = rows.finishes[grid.form] - begins
    name = grid.names.letter[windows(lines, begins, 1)[:, 0]]
    if not (one := lengths == 1).all():
        name[~one] = -1
        longer = np.flatnonzero(fits & (lengths > 1) & (lengths <= LONGEST_NAME))
        texts = texts_at(lines, begins[longer], lengths[longer], LONGEST_NAME)
        found = look_up(grid.names.text, texts)
        # a text ends before its first zero, and names hold none
        found[str_len(texts) < lengths[longer]] = -1
        name[longer] = found
    return fits & (name >= 0), np.maximum(name, 0)


def as_listed(ids: Texts, names: Names) -> Texts:
    """The ids as the lists write them, of those that are written as they are compared."""
    if not len(names.otherwise.keys):
        return ids
    place = look_up(names.otherwise, ids)
    found = place >= 0
    if not found.any():
        return ids
    listed = ids.astype(f"S{max(ids.itemsize, names.written.itemsize)}")
    listed[found] = names.written[place[found]]
    return listed


def names_unsaid(ids: Texts, grid: RowGrid) -> Ints:
    """The numbers of the names where no column says them, negative where there is no known one."""
    return look_up(grid.names.dealt, ids) if grid.by_list else np.full(len(ids), grid.names.of_file)


def allowed(ids: Texts, name: Ints, names: Names) -> Flags | bool:
    """Whether the candidates are taken and may answer by these names: `Dealing.knows` and `allows`."""
    allowed: Flags | bool = True
    known: Flags | bool = False
    if len(names.dealt.keys):
        dealt = look_up(names.dealt, ids)
        known = dealt != -1
        allowed = ~known | (dealt == name)
    if names.owned.any():
        owner = names.owner[name]
        allowed = np.where(names.owned[name], (owner == b"") | (owner == ids), allowed)
    if not names.is_closed and not len(names.dealt.keys) and not len(names.roster.keys):
        return allowed
    known = known | (look_up(names.roster, ids) >= 0)
    if not names.is_closed and names.is_whole:
        known |= are_plain(ids)
        odd = np.flatnonzero(~known)
        # Ids that may be other writings of those of the lists are not known.
        numbers = canonical_numbers(ids[odd])
        texts = numbers.astype(f"S{-(-numbers.itemsize // 8) * 8}")
        is_other = np.zeros(len(odd), np.bool_)
        for listed in (names.dealt, names.roster, names.otherwise):
            is_other |= look_up(listed, texts) != -1
        known[odd] = ~is_other
    return allowed & known


def answers_fit(rows: RowsToProve, form: Ints, grid: RowGrid) -> Flags | bool:
    """Whether there is an answer, if a blank one, to each question of the form, and none to any other."""
    if rows.n_answers is not None:
        return np.equal(rows.n_answers, grid.sizes[form])
    if (grid.sizes == grid.n_cells).all():
        return True
    size = grid.sizes[form]
    fits = size <= grid.n_cells
    for n in set(size[size < grid.n_cells].tolist()):
        fits &= (size != n) | ~rows.marks[:, n:].any(axis=1)
    return fits


def of_width(marks: Marks, width: int) -> Marks:
    """The marks with so many columns, blank behind their own."""
    if marks.shape[1] == width:
        return np.ascontiguousarray(marks)
    wider = np.zeros((len(marks), width), np.uint8)
    wider[:, : marks.shape[1]] = marks
    return wider


def are_options(marks: Marks, fits: Flags, form: Ints, grid: RowGrid) -> Flags | bool:
    """Whether every mark of a row that fits is of options of its question: another may be one in words, or
    so many may be none that the row is set aside."""
    if not (np.bitwise_or.reduce(marks, axis=0) & grid.beyond_any).any():
        return True
    known = np.ones(len(marks), np.bool_)
    rows = np.flatnonzero(fits)
    known[rows] = ~((marks[rows] & grid.beyond[form[rows]]) != 0).any(axis=1)
    return known
