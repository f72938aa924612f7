"""Columns of answer files → which of them are not understood, and what it may be that they hold.

A cell becomes a mark before the other cells of its column are known. Only together do these show that they
are points, or texts that are no longer those of the options, or numbers that may be either. A cell that is
odd by itself is a wrong answer, and is reported as one. A column is not understood where a rule of `RULES`
holds: the same thing is odd in it so often, or so surely, that no candidate has caused it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple
from unicodedata import name

from examgen.capture.cells import (
    LOOK_ALIKES,
    PLAIN,
    RIGHT_WRONG,
    UNDECIDED,
    is_changed,
    loosely,
    mark_in_words,
    read_in_words,
    read_mark,
    without_letter,
)
from examgen.core.exam.package import PrintedQuestion
from examgen.core.responses.rows import BLANK, INVALID
from examgen.core.tables.records import unwrap
from examgen.core.words import Message, tell

_FEWEST, _SHARE = 3, 10
_FEWEST_CELLS = 6
"""Of a column whose numbers are compared with each other, or with the letters of other columns."""
MOST_OPTIONS = 5
LOWEST = 2
"""The greatest number that may be points where there is no 0: 1 for a wrong answer and 2 for a right one."""
_MOST_POINTS = 12
_POINTS = re.compile(r"([+-]?[0-9]{1,6}(?:[.,][0-9]{1,6})?) ?(?:/ ?[0-9]{1,6}|PTS?|POINTS?|MARKS?|คะแนน|%)?")
_LETTER_AND_NUMBER = re.compile(r"[A-Ea-eก-จ] ?[1-5]|[1-5] ?[A-Ea-eก-จ]")
_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}-\d\d-\d\d")


@dataclass(eq=False)
class Column:
    """The answers to one question in one file.

    `places` are the form and number of the question, several where forms print the same one, and `printed`
    what they print: its options may stand in several orders. `n_rows` is the number of rows of the `forms`
    that ask it. `cells` has each text and how often it occurs, but for blanks; `among_letters` the numbers in
    rows most of whose answers are letters.
    """

    n_options: int
    in_words: bool
    places: list[tuple[str, int]] = field(default_factory=list)
    printed: set[PrintedQuestion] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    n_rows: int = 0
    cells: Counter[str] = field(default_factory=Counter)
    among_letters: Counter[str] = field(default_factory=Counter)

    def mark(self, text: str) -> int:
        """The mark that a cell is read as, by the first order of the options in which it is one."""
        marks = (read_in_words(text, question, self.in_words) for question in self.printed)
        return next((mark for mark in marks if mark != INVALID), read_mark(text))

    def invalid(self) -> Counter[str]:
        """The cells that are not understood."""
        return Counter({text: n for text, n in self.cells.items() if self.mark(text) == INVALID})

    def is_of_texts(self) -> bool:
        """Whether every cell is the text of an option, as it is printed."""
        texts = {loosely(text) for question in self.printed for text in question.options}
        return all(loosely(text) in texts for text in self.cells)


class Doubt(NamedTuple):
    """Cells of a column that are not understood; with `is_whole`, none of the column is."""

    column: Column
    texts: Counter[str]
    is_whole: bool = False


# ── what cells say ───────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=8192)
def _plainly(text: str) -> str:
    """A cell as it is compared: `1.0` is `1`."""
    plain = unwrap(text).translate(PLAIN).strip().upper()
    number = _number(plain)
    return plain if number is None else f"{number:g}"


def _number(text: str) -> float | None:
    """The number that a text is; None for another text."""
    plain = text.translate(PLAIN).strip().replace(",", ".")
    return float(plain) if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", plain) else None


def _numbers(cells: Iterable[str]) -> set[float] | None:
    """The different numbers of cells; None where one is another text, or there is no cell."""
    numbers = {_number(text) for text in map(_plainly, cells)}
    return None if None in numbers or not numbers else {number for number in numbers if number is not None}


def is_number(text: str) -> bool:
    """Whether a cell is a number."""
    return _number(text) is not None


def is_letter(text: str) -> bool:
    """Whether a cell is letters of options, not their numbers."""
    return read_mark(text) not in (BLANK, INVALID) and not any(map(str.isdigit, text))


def is_row_of_letters(cells: Sequence[str]) -> bool:
    """Whether most answers of a row are letters."""
    return 2 * sum(map(is_letter, cells)) > sum(read_mark(text) != BLANK for text in cells)


def is_row_of_points(cells: Sequence[str]) -> bool:
    """Whether a row is points or other figures and not numbers of options, in a file of letters: all of its
    numbers are 0, 1 and 2, with a 0; or more often 1 or 2 alone than anybody chooses the first two options;
    or all of it is numbers, several of which no option has."""
    marked = [text for text in cells if read_mark(text) != BLANK]
    found = [number for number in map(_number, marked) if number is not None]
    numbers, is_whole = {*found}, len(found) == len(marked)
    fewest = 2 if 0 in numbers else _FEWEST_CELLS - 1 if len(numbers) == 1 else _FEWEST_CELLS + 2
    if is_whole and sum(number > MOST_OPTIONS for number in found) > 1:
        return True
    return numbers <= {0, 1, 2} and len(found) >= fewest and (is_whole or numbers != {0})


def has_no_option(cells: Sequence[str], n_options: Sequence[int]) -> bool:
    """Whether a row has a 0, or the number or letter of an option that its question does not have."""
    places = zip(map(_place, cells), n_options, strict=False)
    return any(place == 0 or (place or 0) > last for place, last in places)


def is_counted_otherwise(cells: Sequence[str], n_options: Sequence[int]) -> bool:
    """Whether a row counts the options from 0, or from 2 or B: several of its answers no option has, and none
    is the last, or the first; a 0 may else be a blank."""
    places = [(_place(text), last) for text, last in zip(cells, n_options, strict=False)]
    marked = [(place, last) for place, last in places if place]
    n_zero, n_beyond = sum(place == 0 for place, _ in places), sum(place > last for place, last in marked)
    return len(marked) >= _FEWEST_CELLS + 2 and (
        (n_zero >= _FEWEST and all(place < last for place, last in marked))
        or (n_beyond >= _FEWEST and all(place > 1 for place, _ in marked))
    )


def _place(text: str) -> int | None:
    """The place of an option that a cell gives, from 1, or the 0; None for other cells."""
    mark = read_mark(text)
    return 0 if _number(text) == 0 else mark.bit_length() if mark in (1, 2, 4, 8, 16) else None


def is_many(n: int, n_rows: int) -> bool:
    """More than one row in ten, and more than two or all: so many are no fault of candidates."""
    return n >= max(2, min(_FEWEST, n_rows)) and n * _SHARE > n_rows


def _are_right_wrong(values: set[str]) -> bool:
    """Whether cells say that answers are right or wrong; a `C` alone is an answer."""
    return any(values <= pair for pair in RIGHT_WRONG) and any(read_mark(text) == INVALID for text in values)


# ── points instead of answers ────────────────────────────────────────────────────────────────


def points(columns: Sequence[Column], other_rows: Sequence[Sequence[str]], n_rows: int) -> set[str]:
    """The different cells of a file that says whether answers are right, or their points, in place of the
    answers; none of another file."""
    cells = Counter(_plainly(text) for row in other_rows for text in row if read_mark(text) != BLANK)
    for column in columns:
        for text, n in column.cells.items():
            cells[_plainly(text)] += n
    numbers = _numbers(cells)
    if not other_rows and all(column.is_of_texts() for column in columns):
        return set()
    if numbers is None:
        return {*cells} if _are_right_wrong({*cells}) or _are_written_points(cells) else set()
    if 0 in numbers:
        return {*cells} if len(numbers) <= 2 or _are_points(cells, columns) else set()
    is_low = numbers == {1} or (numbers <= {1, 2} and all(column.n_options > LOWEST for column in columns))
    return {*cells} if is_low and n_rows > 1 and cells.total() >= 10 * len(numbers) else set()


def _are_written_points(cells: Collection[str]) -> bool:
    """Whether cells are points with their unit, of a maximum, or below 0: `1 pt`, `0/1`, `100%`, `-0.25`."""
    found = [_POINTS.fullmatch(text) for text in cells]
    values = [float(one[1].replace(",", ".")) if one else 1 for one in found]
    return all(found) and len(found) <= _MOST_POINTS and min(values, default=1) <= 0


def _are_points(cells: Counter[str], columns: Sequence[Column]) -> bool:
    """Whether numbers, of which one is 0, are points: many are 0, or several have decimals, or none is that
    of a last option, or some are beyond it. Else 0 is what is written for a blank."""
    n_decimals = sum(n for text, n in cells.items() if "." in text)
    if cells["0"] + n_decimals < _FEWEST:
        return False
    most = [(max(_numbers(column.cells) or {0}), column.n_options) for column in columns]
    return (
        n_decimals >= _FEWEST
        or is_many(cells["0"], sum(column.n_rows for column in columns))
        or all(number < last for number, last in most)
        or any(number > last for number, last in most)
    )


def _columns_of_points(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Columns that say right or wrong; or of numbers where they are 0 and one other; or where others have
    letters and these are 0, 1 and 2 alone, or have a 0."""
    letters = sum(n for column in columns for text, n in column.cells.items() if is_letter(text))
    is_lettered = 2 * letters > sum(column.cells.total() for column in columns)
    all_zeros = sum(map(_zeros, columns))
    for column in columns:
        numbers = _numbers(column.cells)
        if column.is_of_texts():
            continue
        if numbers is None:
            is_points = column.invalid().total() >= _FEWEST and column.cells.total() >= _FEWEST_CELLS
            plain = {*map(_plainly, column.cells)}
            is_points &= _are_right_wrong(plain) or _are_written_points(plain)
        elif is_lettered:
            is_low = numbers <= {0, 1, 2} and column.n_options > LOWEST
            is_points = 0 in numbers or (is_low and column.cells.total() >= _FEWEST_CELLS)
        else:
            zeros = _zeros(column)
            is_points = (
                0 in numbers
                and len(numbers) == 2
                and (is_many(zeros, column.n_rows) or (zeros > 1 and zeros == all_zeros))
            )
            is_points &= column.cells.total() >= _FEWEST_CELLS
        if is_points:
            yield Doubt(column, column.cells, is_whole=True)


def _zeros(column: Column) -> int:
    """How many cells of a column are 0."""
    return sum(n for text, n in column.cells.items() if _number(text) == 0)


def _columns_counted_from_0(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Columns of numbers with a 0, but without the number of the last option, where hardly any other has
    a 0."""
    zeros = sum(map(_zeros, columns))
    for column in columns:
        numbers = _numbers(column.cells) or set()
        if (
            _zeros(column) >= _FEWEST
            and 2 * _zeros(column) > zeros
            and max(numbers, default=column.n_options) < column.n_options
            and column.cells.total() >= _FEWEST_CELLS * column.n_options
        ):
            yield Doubt(column, column.cells, is_whole=True)


def _points_among_letters(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Columns in which several rows of letters have 0, 1 or 2, and no other number. Where such rows have
    greater numbers elsewhere, somebody writes letters and numbers."""
    has_greater = any((_number(text) or 0) > LOWEST for column in columns for text in column.among_letters)
    for column in columns:
        options = {_plainly(text) for question in column.printed for text in question.options}
        numbers = {_number(text) for text in column.among_letters}
        is_low = numbers <= {0, 1, 2} and column.among_letters.total() >= _FEWEST
        is_sure = 0 in numbers or column.n_options > LOWEST
        if (
            is_low
            and is_sure
            and not has_greater
            and not any(_plainly(text) in options for text in column.among_letters)
        ):
            yield Doubt(column, column.among_letters)


# ── cells of two meanings ────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=8192)
def meaning(text: str) -> str | None:
    """The number or letter that a text may be taken for; None of other texts."""
    mark, number = read_mark(text), _number(text)
    if number is not None:
        return _plainly(text) if number in (1, 2, 3, 4, 5) else None
    return _plainly(text) if mark not in (BLANK, INVALID) else None


def _columns_of_two_meanings(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Columns of cells that are the number or letter of one option and the text of another.

    They are numbers (letters) where the column has others that are no texts, and none that are texts alone,
    or where the rest of the file has numbers (letters); below a stem they are texts where neither holds. One
    or two in a column of letters are what these candidates wrote.
    """
    for column in columns:
        options = {_plainly(text) for question in column.printed for text in question.options}
        both = Counter({text: n for text, n in column.cells.items() if _is_both(text, column)})
        if not both or (column.is_of_texts() and all(_is_read_as_text(text, column) for text in both)):
            continue
        is_letters = is_letter(next(iter(both)))
        marks = Counter({text: n for text, n in column.cells.items() if _is_mark_alone(text, options)})
        has_marks = any(is_letter(text) == is_letters for text in marks)
        has_texts = any(meaning(text) is None and _plainly(text) in options for text in column.cells)
        is_usual = 2 * marks.total() > column.cells.total() and both.total() < _FEWEST
        is_alike = _are_alike_elsewhere(columns, column, is_letters)
        if column.in_words:
            is_clear = not has_marks and not is_alike and all(_is_option(text, column) for text in both)
        else:
            is_clear = not has_texts and (has_marks or is_alike)
        if not (is_usual or is_clear):
            yield Doubt(column, both, is_whole=True)


def _numbers_below_stems(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Columns below stems with numbers that are the text of no option, where the options are numbers, too,
    and the other columns have texts: a spreadsheet may have rounded them."""
    for column in (one for one in columns if one.in_words):
        texts = [text for question in column.printed for text in question.options]
        options = {_plainly(text) for text in texts}
        if 2 * sum(map(is_number, texts)) > len(texts) and not _are_alike_elsewhere(columns, column, False):
            found = {text for text in column.cells if is_number(text) and _is_mark_alone(text, options)}
            cells = Counter({text: column.cells[text] for text in found})
            if cells.total() >= _FEWEST:
                yield Doubt(column, cells, is_whole=True)


def _is_read_as_text(text: str, column: Column) -> bool:
    """Whether a cell that may be a number, as `001`, was read as the text of an option, among others that
    cannot be numbers of options."""
    others = (other for other in column.cells if meaning(other) is None)
    return read_mark(text) == INVALID and next(others, None) is not None


def _is_option(text: str, column: Column) -> bool:
    """Whether a cell was read as the text of an option."""
    return any(mark_in_words(text, question) != INVALID for question in column.printed)


def _is_mark_alone(text: str, options: Collection[str]) -> bool:
    """Whether a cell is the number or letter of an option, and no text of one."""
    return meaning(text) is not None and _plainly(text) not in options


def _is_both(text: str, column: Column) -> bool:
    """Whether a cell is the number or letter of one option and, as it is compared, the text of another."""
    plain = _plainly(text)
    mark = read_mark(plain)
    return (
        meaning(text) is not None
        and not mark >> column.n_options
        and any(
            plain == _plainly(shown) and mark != 1 << k
            for question in column.printed
            for k, shown in enumerate(question.options)
        )
    )


def _are_alike_elsewhere(columns: Sequence[Column], column: Column, is_letters: bool) -> bool:
    """Whether most answers to the other questions are letters, or numbers, of options; below stems not those
    that are the texts of options."""
    n_cells = n_alike = 0
    for other in (one for one in columns if one is not column):
        texts = {_plainly(text) for question in other.printed for text in question.options}
        n_cells += other.cells.total()
        for text, n in other.cells.items():
            is_mark = read_mark(text) != INVALID and is_letter(text) == is_letters
            n_alike += n if is_mark and not (column.in_words and _plainly(text) in texts) else 0
    return 2 * n_alike > n_cells


def _is_other_option(text: str, column: Column) -> bool:
    """Whether a cell that is read as a mark is, word for word, the text of another option."""
    mark, plain = column.mark(text), _plainly(text)
    return mark not in (BLANK, INVALID) and any(
        plain == _plainly(shown) and mark != 1 << k
        for question in column.printed
        for k, shown in enumerate(question.options)
    )


def _texts_among_letters(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Cells such as `45` or `3/4` that would be a double mark and are the text of an option."""
    for column in () if any(column.in_words for column in columns) else columns:
        texts = {text for text in column.cells if len(_plainly(text)) > 1 and _is_other_option(text, column)}
        if texts:
            yield Doubt(column, Counter({text: column.cells[text] for text in texts}))


def _numbers_among_letters(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Cells such as `2` among letters: read as the number of an option, and the text of another."""
    for column in () if any(column.in_words for column in columns) else columns:
        letters = sum(n for text, n in column.cells.items() if is_letter(text))
        texts = {
            text for text in column.cells
            if len(_plainly(text)) == 1 and not is_letter(text) and _is_other_option(text, column)
        }  # fmt: skip
        if texts and 2 * letters > column.cells.total():
            yield Doubt(column, Counter({text: column.cells[text] for text in texts}))


# ── cells that are no options ────────────────────────────────────────────────────────────────


def _columns_without_options(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Columns of which most cells are no option, or in which one text stands for several candidates and no
    option reads so, or for many; or with several cells that a spreadsheet has changed; or with many letters
    that no option has, in a file without the first letter. Texts that each occur once are faults of
    candidates, as is a single sign, for example `X`."""
    has_first = any(column.mark(text) & 1 for column in columns for text in column.cells)
    for column in columns:
        invalid = column.invalid()
        options = {loosely(text) for question in column.printed for text in question.options}
        same = Counter[str]()
        for text, n in invalid.items():
            if sum(map(str.isalnum, text)) > 2:
                same[text.strip()] += n
        beyond = Counter({text: n for text, n in column.cells.items() if _is_beyond(text, column)})
        is_most = invalid.total() >= _FEWEST and 2 * invalid.total() > column.n_rows
        is_common = bool(options) and any(
            n >= max(2, min(_FEWEST, column.n_rows)) and loosely(without_letter(text)) not in options
            for text, n in same.items()
        )
        is_often = any(is_many(n, column.n_rows) for n in same.values())
        n_changed = sum(n for text, n in invalid.items() if _is_changed(text, column))
        if is_most or is_common or is_often or n_changed >= _FEWEST:
            yield Doubt(column, invalid)
        elif not has_first and is_many(beyond.total(), column.n_rows):
            yield Doubt(column, beyond)


def _is_beyond(text: str, column: Column) -> bool:
    """Whether a cell is a letter that the question does not have."""
    mark = read_mark(text)
    return mark not in (INVALID, UNDECIDED) and mark >> column.n_options > 0


def _is_changed(text: str, column: Column) -> bool:
    """Whether a spreadsheet has made a cell a date, an error, or an option's number in another writing."""
    number = _number(text)
    options = {_number(shown) for question in column.printed for shown in question.options}
    return (number is not None and number in options) or is_changed(text) or _DATE.fullmatch(text) is not None


def _letters_with_numbers(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Columns most of whose cells are a letter and a number, as `B3`: an answer and something else."""
    for column in columns:
        cells = Counter({text: n for text, n in column.cells.items() if _LETTER_AND_NUMBER.fullmatch(text)})
        if cells.total() >= _FEWEST_CELLS and 2 * cells.total() > column.cells.total():
            yield Doubt(column, cells, is_whole=True)


def _columns_with_signs(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Columns with a sign at a letter, as `B*`, that occurs several times in the file, or in place of many
    letters of the file: it may tell the key, or a double mark."""
    signs = Counter[str]()
    for column in columns:
        for text, n in column.invalid().items():
            signs[_sign(text)] += n
    n_cells = sum(column.cells.total() for column in columns)
    several = {
        sign for sign, n in signs.items()
        if sign and (n >= _FEWEST if "L" in sign else is_many(n, n_cells))
    }  # fmt: skip
    for column in columns:
        signed = Counter({text: n for text, n in column.invalid().items() if _sign(text) in several})
        if signed:
            yield Doubt(column, signed)


def is_blank_sign(text: str) -> bool:
    """Whether a text is a sign that is read as a blank, as `-`."""
    return bool(text.strip()) and read_mark(text) == BLANK


def _blanks_that_are_options(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Columns with a sign for a blank that is the text of an option, as `-` beside `+`, where no other cell
    is a letter or number alone."""
    for column in () if any(column.in_words for column in columns) else columns:
        options = {_plainly(text) for question in column.printed for text in question.options}
        signs = Counter({text: n for text, n in column.cells.items() if is_blank_sign(text)})
        if signs and not any(_is_mark_alone(text, options) for text in column.cells):
            yield Doubt(column, signs)


def _look_alikes(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Cells with a letter of another script that looks like the letter of an option."""
    for column in columns:
        plain = {text: text.translate(LOOK_ALIKES) for text in column.cells if not text.isascii()}
        texts = {text for text, other in plain.items() if other != text and read_mark(other) != INVALID}
        if texts:
            yield Doubt(column, Counter({text: column.cells[text] for text in texts}))


def shown_cell(text: str) -> str:
    """A cell as examples show it, with the names of characters that look like others."""
    names = [f"U+{ord(sign):04X} {name(sign)}" for sign in text if ord(sign) in LOOK_ALIKES]
    return f"{text[:60]!r} ({names[0]})" if names else repr(text[:60])


@lru_cache(maxsize=8192)
def _sign(text: str) -> str:
    """The signs of a cell that is not understood, with `L` for a letter of an option; empty for other cells,
    and for numbers."""
    if read_mark(text) != INVALID or _number(text) is not None:
        return ""
    plain = "".join("L" if read_mark(sign) not in (BLANK, INVALID) else sign for sign in _plainly(text))
    signs = plain.replace("L", "")
    return plain if len(plain) <= 4 and signs and not any(map(str.isalnum, signs)) else ""


# ── the rules ─────────────────────────────────────────────────────────────────────────────────


class Rule(NamedTuple):
    """A way in which columns are not understood: which are so, and what it may be that they hold."""

    holds: Callable[[Sequence[Column]], Iterator[Doubt]]
    cause: Message
    effect: Literal["refused", "aside", "reported"] = "refused"
    """Whether the file is refused; or the rows are set aside; or all is scored, and it is reported."""


RULES = (
    Rule(
        _columns_of_points,
        tell("These are points, not answers. Give the letters that the candidates marked."),
    ),
    Rule(
        _columns_counted_from_0,
        tell("These may be options counted from 0. Write letters."),
    ),
    Rule(
        _columns_of_two_meanings,
        tell("They are the number or letter of one option and the text of another. Write letters."),
    ),
    Rule(
        _numbers_below_stems,
        tell(
            "They are numbers, and no option has this text. A spreadsheet may have rounded them. Correct the "
            "file, or write letters."
        ),
    ),
    Rule(
        _columns_with_signs,
        tell(
            "A sign beside or in place of a letter may stand for the key or a double mark. Write "
            "letters alone."
        ),
    ),
    Rule(
        _blanks_that_are_options,
        tell("The sign is read as a blank, and is the text of an option, too. Write letters."),
    ),
    Rule(
        _letters_with_numbers,
        tell("They are a letter and a number in one cell. Write the letter of the answer alone."),
    ),
    Rule(
        _columns_without_options,
        tell(
            "They are neither a letter nor a printed option. The options may have been edited after the form "
            "was made, or a spreadsheet has changed the cells. Correct the file."
        ),
    ),
    Rule(
        _points_among_letters,
        tell("These are points in a column of letters. Give the letters that the candidates marked."),
    ),
    Rule(
        _texts_among_letters,
        tell("They may be a double mark or the text of an option. Write letters."),
        "aside",
    ),
    Rule(
        _look_alikes,
        tell("A letter of another script only looks like the letter of an option. Type it again."),
        "aside",
    ),
    Rule(
        _numbers_among_letters,
        tell("They count as the number of an option, but are also the text of another. Check the answers."),
        "reported",
    ),
)
"""Every way in which a column is not understood; a file may have several."""
