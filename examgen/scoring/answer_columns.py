"""Columns of answer files → which of them are not understood, and what they may hold instead.

A cell becomes a mark before the other cells of its column are known. Only together do the cells show that
they are points, texts that no longer match the options, or numbers with two meanings. A single odd cell is a
wrong answer, and is reported as one. A column is not understood if a rule of `RULES` applies: the same oddity
occurs so often, or so clearly, that no candidate has caused it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
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
FEWEST_CELLS = 6
"""Fewest cells of a column whose numbers are compared with each other, or with the letters of other
columns.
"""
MOST_OPTIONS = 5
LOWEST = 2
"""The greatest number that may be points if there is no 0: 1 for a wrong answer and 2 for a right one."""
_MOST_POINTS = 12
_POINTS = re.compile(r"([+-]?[0-9]{1,6}(?:[.,][0-9]{1,6})?) ?(?:/ ?[0-9]{1,6}|PTS?|POINTS?|MARKS?|คะแนน|%)?")
_LETTER_AND_NUMBER = re.compile(r"(?:ข้อ ?)?(?:[A-Ea-eก-จ] ?[0-5]|[0-5] ?[A-Ea-eก-จ])")
_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}-\d\d-\d\d")


@dataclass(eq=False)
class Column:
    """The answers to one question in one file.

    `places` are the form and number of the question, several if forms print the same one; `printed` is what
    they print, perhaps with the options in different orders. `n_rows` is the number of rows of the `forms`
    that ask it. `cells` counts each text that is not blank; `among_letters` counts the numbers in rows in
    which most answers are letters.
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
        """Return the mark that a cell is read as, in the first order of the options in which it is one."""
        marks = (read_in_words(text, question, self.in_words) for question in self.printed)
        return next((mark for mark in marks if mark != INVALID), read_mark(text))

    def where(self, test: Callable[[str], bool]) -> Counter[str]:
        """Return the cells that pass a test, with their counts."""
        return Counter({text: n for text, n in self.cells.items() if test(text)})

    def invalid(self) -> Counter[str]:
        """Return the cells that are not understood, with their counts."""
        return self.where(lambda text: self.mark(text) == INVALID)

    @cached_property
    def options(self) -> set[str]:
        """The texts of the options, normalised for comparison with cells."""
        return {_plainly(text) for question in self.printed for text in question.options}

    @cached_property
    def loose_options(self) -> set[str]:
        """The texts of the options without differences that two spellings of one text may have."""
        return {loosely(text) for question in self.printed for text in question.options}

    def is_of_texts(self) -> bool:
        """Return whether every cell is the text of an option, apart from its spelling."""
        return all(loosely(text) in self.loose_options for text in self.cells)

    def is_text_of_other(self, text: str, mark: int) -> bool:
        """Return whether a cell with that mark is, after normalisation, the text of another option."""
        plain = _plainly(text)
        return plain in self.options and any(
            plain == _plainly(shown) and mark != 1 << k
            for question in self.printed
            for k, shown in enumerate(question.options)
        )


class Columns:
    """All columns of a file, and what they have in common."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.cells = Counter[str]()
        self.signs = Counter[str]()
        for column in columns:
            self.cells.update(column.cells)
            for text, n in column.invalid().items():
                self.signs[_sign(text)] += n
        self.is_lettered = (
            2 * sum(n for text, n in self.cells.items() if is_letter(text)) > self.cells.total()
        )
        self.n_zeros = _zeros(self.cells)
        self.in_words = any(column.in_words for column in columns)
        self.has_first = any(column.mark(text) & 1 for column in columns for text in column.cells)
        self.has_greater = any(
            (_number(text) or 0) > LOWEST for column in columns for text in column.among_letters
        )

    def are_alike_elsewhere(self, column: Column, is_letters: bool) -> bool:
        """Return whether most answers to the other questions are letters of options, or numbers if not
        `is_letters`. Below stems, cells that are the text of an option do not count.
        """
        n_cells = n_alike = 0
        for other in (one for one in self.columns if one is not column):
            n_cells += other.cells.total()
            n_alike += other.where(
                lambda text, other=other: (  # type: ignore[misc]
                    read_mark(text) != INVALID
                    and is_letter(text) == is_letters
                    and not (column.in_words and _plainly(text) in other.options)
                )
            ).total()
        return 2 * n_alike > n_cells


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
    """Return whether a cell is a number."""
    return _number(text) is not None


def is_letter(text: str) -> bool:
    """Return whether a cell consists of letters of options, not of their numbers."""
    return read_mark(text) not in (BLANK, INVALID) and not any(map(str.isdigit, text))


def is_row_of_letters(cells: Sequence[str]) -> bool:
    """Return whether most answers of a row are letters."""
    return 2 * sum(map(is_letter, cells)) > sum(read_mark(text) != BLANK for text in cells)


def is_row_of_points(cells: Sequence[str]) -> bool:
    """Return whether a row in a file of letters is points or other figures rather than numbers of options.

    Its numbers are only 0, 1 and 2, including a 0; or it has 1 or 2 more often than anybody chooses only the
    first two options; or all its answers are numbers, several of which no option has.
    """
    marked = [text for text in cells if read_mark(text) != BLANK]
    found = [number for number in map(_number, marked) if number is not None]
    numbers, is_whole = {*found}, len(found) == len(marked)
    fewest = 2 if 0 in numbers else FEWEST_CELLS - 1 if len(numbers) == 1 else FEWEST_CELLS + 2
    if is_whole and sum(number > MOST_OPTIONS for number in found) > 1:
        return True
    return numbers <= {0, 1, 2} and len(found) >= fewest and (is_whole or numbers != {0})


def has_no_option(cells: Sequence[str], n_options: Sequence[int]) -> bool:
    """Return whether a row has a 0, or the number or letter of an option that its question does not have."""
    places = zip(map(_place, cells), n_options, strict=False)
    return any(place == 0 or (place or 0) > last for place, last in places)


def is_counted_otherwise(cells: Sequence[str], n_options: Sequence[int]) -> bool:
    """Return whether a row counts the options from 0, or from 2 or B.

    Either several answers are 0 and none is the last option, or several are beyond the last option and none
    is the first. Otherwise a 0 may stand for a blank.
    """
    places = [(_place(text), last) for text, last in zip(cells, n_options, strict=False)]
    marked = [(place, last) for place, last in places if place]
    n_zero, n_beyond = sum(place == 0 for place, _ in places), sum(place > last for place, last in marked)
    return len(marked) >= FEWEST_CELLS + 2 and (
        (n_zero >= _FEWEST and all(place < last for place, last in marked))
        or (n_beyond >= _FEWEST and all(place > 1 for place, _ in marked))
    )


def _place(text: str) -> int | None:
    """The place of an option that a cell gives, from 1, or the 0; None for other cells."""
    mark = read_mark(text)
    return 0 if _number(text) == 0 else mark.bit_length() if mark in (1, 2, 4, 8, 16) else None


def is_many(n: int, n_rows: int) -> bool:
    """Return whether so many rows cannot be faults of candidates: more than one in ten, and at least three or
    both of two.
    """
    return n >= max(2, min(_FEWEST, n_rows)) and n * _SHARE > n_rows


def _are_right_wrong(values: set[str]) -> bool:
    """Whether cells say that answers are right or wrong; a `C` alone is an answer."""
    return any(values <= pair for pair in RIGHT_WRONG) and any(read_mark(text) == INVALID for text in values)


# ── points instead of answers ────────────────────────────────────────────────────────────────


def points(columns: Sequence[Column], other_rows: Sequence[Sequence[str]], n_rows: int) -> set[str]:
    """Return the different cells of a file that has points, or right and wrong, in place of answers; empty
    for any other file.
    """
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


def _zeros(cells: Counter[str]) -> int:
    """How many cells are 0."""
    return sum(n for text, n in cells.items() if _number(text) == 0)


NONE = Counter[str]()
"""The result if no cell is in doubt."""


def _points_in_column(column: Column, file: Columns) -> Counter[str]:
    """A column that says right or wrong; or of numbers where they are 0 and one other; or where others have
    letters and these are 0, 1 and 2 alone, or have a 0."""
    numbers = _numbers(column.cells)
    if column.is_of_texts():
        return NONE
    if numbers is None:
        plain = {*map(_plainly, column.cells)}
        is_points = _are_right_wrong(plain) or _are_written_points(plain)
        is_points &= column.invalid().total() >= _FEWEST
    elif file.is_lettered:
        if 0 in numbers:
            return column.cells
        is_points = numbers <= {1, 2} and column.n_options > LOWEST
    else:
        zeros = _zeros(column.cells)
        is_only = zeros > 1 and zeros == file.n_zeros
        is_points = 0 in numbers and len(numbers) == 2 and (is_many(zeros, column.n_rows) or is_only)
    return column.cells if is_points and column.cells.total() >= FEWEST_CELLS else NONE


def _counted_from_0(column: Column, file: Columns) -> Counter[str]:
    """A column of numbers with a 0, but without the number of the last option, where hardly any other has
    a 0."""
    zeros, last = _zeros(column.cells), column.n_options
    is_low = max(_numbers(column.cells) or {last}) < last
    is_so = zeros >= _FEWEST and 2 * zeros > file.n_zeros and column.cells.total() >= FEWEST_CELLS * last
    return column.cells if is_low and is_so else NONE


def _points_among_letters(column: Column, file: Columns) -> Counter[str]:
    """Several rows of letters have 0, 1 or 2 here, and no other number. Where such rows have greater numbers
    elsewhere, somebody writes letters and numbers."""
    found = column.among_letters
    numbers = {*map(_number, found)}
    is_low = numbers <= {0, 1, 2} and found.total() >= _FEWEST and not file.has_greater
    is_sure = (0 in numbers or column.n_options > LOWEST) and column.options.isdisjoint(map(_plainly, found))
    return found if is_low and is_sure else NONE


# ── cells of two meanings ────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=8192)
def meaning(text: str) -> str | None:
    """Return the number or letter for which a text may be taken; None for any other text."""
    mark, number = read_mark(text), _number(text)
    if number is not None:
        return _plainly(text) if number in (1, 2, 3, 4, 5) else None
    return _plainly(text) if mark not in (BLANK, INVALID) else None


def _of_two_meanings(column: Column, file: Columns) -> Counter[str]:
    """Cells that are the number or letter of one option and the text of another.

    They are numbers (letters) where the column has others that are no texts, and none that are texts alone,
    or where the rest of the file has numbers (letters); below a stem they are texts where neither holds. One
    or two in a column of letters are what these candidates wrote.
    """
    both = column.where(lambda text: _is_both(text, column))
    if not both or (column.is_of_texts() and all(_is_read_as_text(text, column) for text in both)):
        return NONE
    is_letters = is_letter(next(iter(both)))
    marks = column.where(lambda text: _is_mark_alone(text, column))
    has_marks = any(is_letter(text) == is_letters and not _may_be_rounded(text, column) for text in marks)
    has_texts = any(_is_text_alone(text, column) for text in column.cells)
    is_alike = file.are_alike_elsewhere(column, is_letters)
    is_usual = (has_texts and is_alike) or 2 * marks.total() > column.cells.total()
    is_usual &= both.total() < _FEWEST
    is_marks = has_marks or is_alike
    if column.in_words:
        is_clear = not is_marks and all(_is_option(text, column) for text in both)
    else:
        is_clear = is_marks and not has_texts
    return NONE if is_usual or is_clear else both


def _numbers_below_stems(column: Column, file: Columns) -> Counter[str]:
    """Numbers below a stem that are the text of no option, where the options are numbers, too, and the other
    columns have texts: a spreadsheet may have rounded them."""
    texts = [text for question in column.printed for text in question.options]
    if not column.in_words or 2 * sum(map(is_number, texts)) <= len(texts):
        return NONE
    cells = column.where(lambda text: is_number(text) and _is_mark_alone(text, column))
    is_sure = cells.total() >= _FEWEST and not file.are_alike_elsewhere(column, False)
    return cells if is_sure else NONE


def _may_be_rounded(text: str, column: Column) -> bool:
    """Whether a number may be that of an option without its decimals: `4` where an option is `3.5`."""
    number = _number(text)
    options = (_number(option) for question in column.printed for option in question.options)
    return number is not None and any(
        one is not None and one % 1 and abs(one - number) < 1 for one in options
    )


def _is_read_as_text(text: str, column: Column) -> bool:
    """Whether a cell that may be a number, as `001`, was read as the text of an option, among others that
    cannot be numbers of options."""
    others = (other for other in column.cells if meaning(other) is None)
    return read_mark(text) == INVALID and next(others, None) is not None


def _is_option(text: str, column: Column) -> bool:
    """Whether a cell was read as the text of an option."""
    return any(mark_in_words(text, question) != INVALID for question in column.printed)


def _is_mark_alone(text: str, column: Column) -> bool:
    """Whether a cell is the number or letter of an option, and no text of one."""
    return meaning(text) is not None and _plainly(text) not in column.options


def _is_text_alone(text: str, column: Column) -> bool:
    """Whether a cell is the text of an option, and no number or letter of one: `5` where there are four."""
    is_mark = meaning(text) is not None and not read_mark(_plainly(text)) >> column.n_options
    return not is_mark and _plainly(text) in column.options


def _is_both(text: str, column: Column) -> bool:
    """Whether a cell is the number or letter of one option and, as it is compared, the text of another."""
    mark = read_mark(_plainly(text))
    is_mark = meaning(text) is not None and not mark >> column.n_options
    return is_mark and column.is_text_of_other(text, mark)


def _is_other_option(text: str, column: Column) -> bool:
    """Whether a cell that is read as a mark is, word for word, the text of another option."""
    mark = column.mark(text)
    return mark not in (BLANK, INVALID) and column.is_text_of_other(text, mark)


def _texts_among_letters(column: Column, file: Columns) -> Counter[str]:
    """Cells such as `45` or `3/4` that would be a double mark and are the text of an option."""
    if file.in_words:
        return NONE
    return column.where(lambda text: len(_plainly(text)) > 1 and _is_other_option(text, column))


def _numbers_among_letters(column: Column, file: Columns) -> Counter[str]:
    """Cells such as `2` in rows of letters, read as the number of an option; or one or two of them among
    texts in a file of numbers, where they are the text of another."""
    if file.in_words:
        return NONE
    if 2 * column.where(is_letter).total() > column.cells.total():
        found = column.among_letters
        return Counter({text: n for text, n in found.items() if read_mark(text) not in (BLANK, INVALID)})
    both = column.where(lambda text: _is_both(text, column))
    has_texts = any(_is_text_alone(text, column) for text in column.cells)
    is_few = has_texts and both.total() < _FEWEST and file.are_alike_elsewhere(column, False)
    return both if is_few else NONE


# ── cells that are no options ────────────────────────────────────────────────────────────────


def _no_options(column: Column, file: Columns) -> Counter[str]:
    """Most cells are no option; or one text stands for several candidates and no option reads so, or for
    many; or a spreadsheet has changed several cells; or there are many letters that no option has, in a file
    without the first letter or in most cells of the question. Texts that each occur once are faults of
    candidates, as is a single sign, for example `X`."""
    invalid, n_rows, same = column.invalid(), column.n_rows, Counter[str]()
    for text, n in invalid.items():
        if sum(map(str.isalnum, text)) > 2:
            same[text.strip()] += n
    is_common = bool(column.loose_options) and any(
        n >= max(2, min(_FEWEST, n_rows)) and loosely(without_letter(text)) not in column.loose_options
        for text, n in same.items()
    )
    is_most = invalid.total() >= _FEWEST and 2 * invalid.total() > n_rows
    n_changed = sum(n for text, n in invalid.items() if _is_changed(text, column))
    if is_most or is_common or any(is_many(n, n_rows) for n in same.values()) or n_changed >= _FEWEST:
        return invalid
    beyond = column.where(lambda text: _is_beyond(text, column) and _plainly(text) not in column.options)
    # double marks with such a letter are faults of candidates: they do not count for most cells
    n_single = sum(n for text, n in beyond.items() if len(_plainly(text)) == 1)
    is_of_most = 2 * n_single > n_rows
    is_told = n_single >= FEWEST_CELLS if is_of_most else not file.has_first
    return beyond if is_told and is_many(beyond.total(), n_rows) else NONE


def _is_beyond(text: str, column: Column) -> bool:
    """Whether a cell is a letter that the question does not have."""
    mark = read_mark(text)
    return mark not in (INVALID, UNDECIDED) and mark >> column.n_options > 0


def _is_changed(text: str, column: Column) -> bool:
    """Whether a spreadsheet has made a cell a date, an error, or an option's number in another writing."""
    number = _number(text)
    options = {_number(shown) for question in column.printed for shown in question.options}
    return (number is not None and number in options) or is_changed(text) or _DATE.fullmatch(text) is not None


def _letters_with_numbers(column: Column, file: Columns) -> Counter[str]:
    """Most cells are a letter and a number, as `B3`: an answer and something else."""
    cells = column.where(lambda text: _LETTER_AND_NUMBER.fullmatch(text) is not None)
    is_most = cells.total() >= FEWEST_CELLS and 2 * cells.total() > column.cells.total()
    return cells if is_most else NONE


def _few_letters_with_numbers(column: Column, file: Columns) -> Counter[str]:
    """Some cells are a letter and a number, as `D1`, which would be a double mark."""
    return column.where(
        lambda text: _LETTER_AND_NUMBER.fullmatch(text) is not None and _plainly(text) not in column.options
    )


def _letters_with_signs(column: Column, file: Columns) -> Counter[str]:
    """Cells with a sign at a letter, as `B*`, that occurs several times in the file, or in place of many
    letters of the file: it may tell the key, or a double mark."""

    def is_usual(sign: str) -> bool:
        n = file.signs[sign]
        return bool(sign) and (n >= _FEWEST if "L" in sign else is_many(n, file.cells.total()))

    signed = column.invalid()
    return Counter({text: n for text, n in signed.items() if is_usual(_sign(text))})


def is_blank_sign(text: str) -> bool:
    """Return whether a text is a sign that is read as a blank, such as `-`."""
    return bool(text.strip()) and read_mark(text) == BLANK


def _blanks_that_are_options(column: Column, file: Columns) -> Counter[str]:
    """Signs for a blank that are the text of an option, as `-` beside `+`, where no other cell of the column
    is a letter or number alone."""
    if file.in_words or any(_is_mark_alone(text, column) for text in column.cells):
        return NONE
    return column.where(is_blank_sign)


def _look_alikes(column: Column, file: Columns) -> Counter[str]:
    """Cells with a letter of another script or keyboard in place of the letter of an option."""

    def looks_alike(text: str) -> bool:
        other = text.translate(LOOK_ALIKES)
        return other != text and read_mark(other) != INVALID

    return column.where(looks_alike)


def shown_cell(text: str) -> str:
    """Return a cell as examples show it, with the name of a character that looks like another."""
    names = [f"U+{ord(sign):04X} {name(sign)}" for sign in text[:4] if ord(sign) in LOOK_ALIKES]
    return f"{text[:60]!r} ({names[0]})" if names and len(text) <= 4 else repr(text[:60])


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
    """A way in which a column is not understood: `holds` returns the cells to which it applies, and `cause`
    says what they may be.
    """

    holds: Callable[[Column, Columns], Counter[str]]
    cause: Message
    effect: Literal["refused", "aside", "reported"] = "refused"
    """Whether the file is refused, the rows are set aside, or all is scored and reported."""
    is_whole: bool = False
    """Whether nothing in the column is understood if the rule applies."""


class Doubt(NamedTuple):
    """The cells of a column that are in doubt, and the rule that applies to them."""

    rule: Rule
    column: Column
    texts: Counter[str]


def doubts_of(columns: Sequence[Column]) -> dict[Rule, list[Doubt]]:
    """Return the doubts about columns, by rule. A column that is in doubt as a whole is not checked by later
    rules.
    """
    file, whole = Columns(columns), set[Column]()
    found: dict[Rule, list[Doubt]] = {}
    for rule in RULES:
        for column in (one for one in columns if one not in whole):
            if texts := rule.holds(column, file):
                found.setdefault(rule, []).append(Doubt(rule, column, texts))
        if rule.is_whole:
            whole.update(doubt.column for doubt in found.get(rule, ()))
    return found


RULES = (
    Rule(
        _points_in_column,
        tell("These are points, not answers. Give the letters that the candidates marked."),
        is_whole=True,
    ),
    Rule(
        _counted_from_0,
        tell("These may be options counted from 0. Write letters."),
        is_whole=True,
    ),
    Rule(
        _of_two_meanings,
        tell("They are the number or letter of one option and the text of another. Write letters."),
        is_whole=True,
    ),
    Rule(
        _numbers_below_stems,
        tell(
            "They are numbers, and no option has this text. A spreadsheet may have rounded them. Correct the "
            "file, or write letters."
        ),
        is_whole=True,
    ),
    Rule(
        _letters_with_signs,
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
        is_whole=True,
    ),
    Rule(
        _no_options,
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
        _few_letters_with_numbers,
        tell("They are a letter and a number in one cell. Write the letter of the answer alone."),
        "reported",
    ),
    Rule(
        _look_alikes,
        tell("A letter of another script or keyboard stands in place of that of an option. Type it again."),
        "aside",
    ),
    Rule(
        _numbers_among_letters,
        tell(
            "They count as the number of an option. Check that they are neither letters that were misread "
            "nor texts of options."
        ),
        "reported",
    ),
)
"""Every rule by which a column is not understood; several may apply to a file."""
