"""Columns of answer files, once all rows are read → files that are refused, and rows that wait for a person.

A cell becomes a mark before the other cells of its column are known. Only together do these show that they
are points, or texts that are no longer those of the options, or numbers that may be either. A cell that is
odd by itself is a wrong answer, and is reported as one. A column is not understood where a rule of `RULES`
holds: the same thing is odd in it so often, or so surely, that no candidate has caused it. Such files are
refused; if a person says so (`--unreadable`), the rows are set aside or scored as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np

from examgen.capture.cells import (
    LETTERS_WRITTEN,
    PLAIN,
    RIGHT_WRONG,
    UNDECIDED,
    is_changed,
    loosely,
    mark_in_words,
    read_mark,
)
from examgen.capture.files import AnswerFile
from examgen.capture.parts import answer_cells, not_understood, other_cells, raw_rows
from examgen.capture.reasons import UNREADABLE_MARKS
from examgen.core.exam.exam_tables import PrintedQuestion
from examgen.core.exam.names import base_form
from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import BLANK, INVALID, Ints, QuarantinedRow
from examgen.core.tables.records import unwrap
from examgen.core.words import Message, joined, option, tell, tell_n
from examgen.scoring.answer_rows import ReadAnswers, RowSource
from examgen.scoring.earn import earn
from examgen.scoring.key import Key

_FEWEST, _SHARE = 3, 10
_FEWEST_WRONG = 40
"""Answers of a file that are not all wrong by chance."""
_OTHER_SIZE = {"question_missing", "unknown_question", "answers_wrong_length"}
_FEWEST_CELLS = 6
"""Of a column whose numbers are compared with each other, or with the letters of other columns."""
_MOST_EXAMINED = 20_000
"""Rows of a file with odd cells whose texts are looked at."""
_SAMPLE = 4_000
"""Of a larger file, rows without odd cells whose texts are looked at."""
_FIRST_ROWS, _ROWS_AT_ONCE = 256, 1 << 16
_LETTERED = re.compile(r"^\s*\(?[A-Ea-eกขคงจ1-5๑-๕]\s*[.):]\s*(?=\S)")
_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}-\d\d-\d\d")
_LOWEST = 2
"""The greatest number that may be points where there is no 0: 1 for a wrong answer and 2 for a right one."""


class Column(NamedTuple):
    """The answers to one question in one file.

    `places` are the form and number of the question, several where forms print the same one, and `printed`
    what they print: its options may stand in several orders. `cells` has each text and how often it occurs;
    blanks are left out. `n_rows` is the number of rows whose form asks it.
    """

    places: frozenset[tuple[str, int]]
    printed: frozenset[PrintedQuestion]
    n_options: int
    n_rows: int
    cells: Counter[str]
    in_words: bool = False


class Doubt(NamedTuple):
    """Cells of a column that are not understood; with `is_whole`, none of the column is."""

    column: Column
    texts: Counter[str]
    is_whole: bool = False


def doubted_rows(source: RowSource, read: ReadAnswers, key: Key, refuses: bool) -> list[int]:
    """The rows that wait because answers in their file are not understood.

    With `refuses`, raises Refused with the files that have such rows, or many rows of which most is not
    understood, or that are those of another exam.
    """
    if source.kept is not None or source.layout.accepts_unreadable:
        return []
    rows: set[int] = set()
    problems: list[Problem] = []
    has_two_meanings = _has_two_meanings(source)
    for file, n_rows in zip(source.files, read.n_rows, strict=True):
        places = np.flatnonzero(read.rows.file == file.number)
        set_aside = [one.row for one in read.set_aside if one.file == file.number]
        unreadable = [row for row in set_aside if row.reason == UNREADABLE_MARKS]
        if message := _of_another_exam(source, read, key, file, places, set_aside):
            problems.append(Problem(file.structure.name, "not-understood", message))
            rows.update(places.tolist())
            continue
        odd = _with_invalid(read, places)
        if not (len(odd) or unreadable or has_two_meanings or _has_low_column(source, read, places)):
            continue
        n_sample = len(places) if has_two_meanings or len(places) <= _MOST_EXAMINED else _SAMPLE
        some = np.union1d(places[:n_sample], odd[:_MOST_EXAMINED])
        scale = max(1.0, len(odd) / _MOST_EXAMINED)
        columns = _columns(source, read, file, some, places, scale)
        raws = [row.raw for row in unreadable[:_MOST_EXAMINED]]
        other_rows = [answer_cells(file, raw) for raw in raws]
        if points := _points(columns, other_rows, len(places) + len(unreadable)):
            rows.update(places.tolist())
            faults = [_told_points(file, points, [*raws, *_raws(read, file, some[:_SAMPLE])])]
        else:
            doubts = {rule: [*rule.holds(columns)] for rule in RULES}
            for doubt in chain.from_iterable(doubts.values()):
                rows.update(_waiting(source, read, file, places, doubt))
            faults = _unreadable(file, unreadable, n_rows) or [
                _told(rule, found, len(source.layout.options))
                for rule, found in doubts.items()
                if found and rule.cause
            ]
        problems += [Problem(file.structure.name, "not-understood", message) for message in faults]
    if problems and refuses:
        raise Refused(
            tell_n(
                "{n} of {reading_n} answer files cannot be understood",
                "{n} of {reading_n} answer files cannot be understood",
                len({problem.source for problem in problems}),
                reading_n=len(source.files),
            ),
            problems,
        )
    return sorted(rows)


def _of_another_exam(
    source: RowSource,
    read: ReadAnswers,
    key: Key,
    file: AnswerFile,
    places: Ints,
    set_aside: Sequence[QuarantinedRow],
) -> Message | None:
    """The fault of a file whose rows all have the answers of a longer or shorter exam, or of which no answer
    is right; None of another file."""
    rows = read.rows
    if len(set_aside) > 1 and not len(places) and {row.reason for row in set_aside} <= _OTHER_SIZE:
        sizes = {len(answer_cells(file, row.raw)) for row in set_aside[:_SAMPLE]}
        if len(sizes) == 1 and not sizes & {*source.layout.sizes.values()}:
            return tell(
                "each row has {n} answers, but this exam has {last} questions. Check that the file "
                "belongs to this exam",
                n=sizes.pop(),
                last=max(source.layout.sizes.values()),
            )
    n_answers = 0
    for start in range(0, len(places), _FIRST_ROWS):
        some = places[start : start + _FIRST_ROWS]
        if (earn(key, rows.form[some], rows.marks[some]).units > 0).any():
            return None
        n_answers += int(np.count_nonzero(rows.marks[some]))
    if len(places) < _FEWEST or n_answers < _FEWEST_WRONG:
        return None
    return tell(
        "none of the {n:,} answers is right. They may belong to another exam, or a sign may stand in "
        "place of right answers. Correct the file, or choose with {unreadable} to score them as they "
        "are (score)",
        n=n_answers,
        unreadable=option("unreadable"),
    )


# ── the cells of columns ─────────────────────────────────────────────────────────────────────


def _columns(
    source: RowSource, read: ReadAnswers, file: AnswerFile, some: Ints, places: Ints, scale: float
) -> list[Column]:
    """The columns of some rows of a file. A question is the same on all forms that print it."""
    layout, names = source.layout, list(source.layout.options)
    asking = np.bincount(read.rows.form[places], minlength=len(names))
    rows: dict[str, list[list[str]]] = {}
    forms = (names[form] for form in read.rows.form[some].tolist())
    for form, raw in zip(forms, _raws(read, file, some), strict=True):
        rows.setdefault(form, []).append(answer_cells(file, raw))
    columns: dict[object, Column] = {}
    for form, cells in rows.items():
        printed = layout.texts.questions(form) if layout.texts is not None else ()
        for n, n_options in enumerate(layout.options[form], 1):
            question = printed[n - 1] if n <= len(printed) else None
            key = (question.stem, *sorted(question.options)) if question else (form, n)
            texts = Counter(row[n - 1].strip() for row in cells if n <= len(row))
            before = columns.get(key) or Column(frozenset(), frozenset(), n_options, 0, Counter())
            columns[key] = before._replace(
                places=before.places | {(form, n)},
                printed=before.printed | ({question} if question else frozenset()),
                n_rows=before.n_rows + int(asking[names.index(form)]),
                cells=before.cells + texts,
                in_words=file.columns.in_words,
            )
    return [
        column._replace(cells=Counter({
            text: round(n * scale) if _mark(column, text) == INVALID else n
            for text, n in column.cells.items() if read_mark(text) != BLANK
        }))
        for column in columns.values()
    ]  # fmt: skip


def _raws(read: ReadAnswers, file: AnswerFile, places: Ints) -> Iterator[str]:
    """The texts of the rows in these places; those that were not kept are read once more."""
    lines = {int(read.rows.line[place]) for place in places.tolist() if not read.rows.raws.get(place)}
    texts = raw_rows(file, lines) if lines else {}
    for place in places.tolist():
        yield read.rows.raws.get(place) or texts.get(int(read.rows.line[place]), "")


def _mark(column: Column, text: str) -> int:
    """The mark that a cell of the column was read as, where options are printed in one order."""
    mark = read_mark(text)
    in_words = (mark_in_words(text, question) for question in column.printed)
    if mark != INVALID and not column.in_words:
        return mark
    return next((other for other in in_words if other != INVALID), mark)


def _with_invalid(read: ReadAnswers, places: Ints) -> Ints:
    """Those of the rows with a mark that is not understood."""
    found = [np.empty(0, np.int64)]
    for start in range(0, len(places), _ROWS_AT_ONCE):
        some = places[start : start + _ROWS_AT_ONCE]
        found.append(some[(read.rows.marks[some] == INVALID).any(axis=1)])
    return np.concatenate(found)


def _has_low_column(source: RowSource, read: ReadAnswers, places: Ints) -> bool:
    """Whether all rows in these places mark the first two options alone of a question that has more."""
    n_options = np.zeros(read.rows.marks.shape[1], np.int64)
    for form in {*source.layout.options.values()}:
        n_options[: len(form)] = np.maximum(n_options[: len(form)], form)
    low = n_options > _LOWEST
    for start in (0, *range(_FIRST_ROWS, len(places), _ROWS_AT_ONCE)):
        end = start + _ROWS_AT_ONCE if start else _FIRST_ROWS
        low &= (read.rows.marks[places[start:end]] <= _LOWEST).all(axis=0)
        if not low.any():
            return False
    return len(places) > 0


def _waiting(
    source: RowSource, read: ReadAnswers, file: AnswerFile, places: Ints, doubt: Doubt
) -> Iterator[int]:
    """The rows that have one of the cells in doubt, whose mark is not understood and nobody has decided; or
    that have any mark there."""
    names, rows = list(source.layout.options), read.rows
    for form, number in doubt.column.places:
        marks = rows.marks[places, number - 1]
        is_odd = marks != BLANK if doubt.is_whole else marks == INVALID
        waiting = places[is_odd & (rows.form[places] == names.index(form))]
        if doubt.is_whole or len(waiting) > _MOST_EXAMINED:
            yield from waiting.tolist()
            continue
        for place, raw in zip(waiting.tolist(), _raws(read, file, waiting), strict=True):
            if answer_cells(file, raw)[number - 1].strip() in doubt.texts:
                yield place


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


def _is_letter(text: str) -> bool:
    """Whether a cell is letters of options, not their numbers."""
    return read_mark(text) not in (BLANK, INVALID) and not any(map(str.isdigit, text))


def _is_many(n: int, n_rows: int) -> bool:
    """More than one row in ten, and more than two or all: so many are no fault of candidates."""
    return n >= max(2, min(_FEWEST, n_rows)) and n * _SHARE > n_rows


def _are_right_wrong(values: set[str]) -> bool:
    """Whether cells say that answers are right or wrong; a `C` alone is an answer."""
    return any(values <= pair for pair in RIGHT_WRONG) and any(read_mark(text) == INVALID for text in values)


# ── points instead of answers ────────────────────────────────────────────────────────────────


def _points(columns: Sequence[Column], other_rows: Sequence[Sequence[str]], n_rows: int) -> set[str]:
    """The different cells of a file that says whether answers are right, or their points, in place of the
    answers; none of another file."""
    cells = Counter(_plainly(text) for row in other_rows for text in row if read_mark(text) != BLANK)
    for column in columns:
        for text, n in column.cells.items():
            cells[_plainly(text)] += n
    if _are_right_wrong({*cells}):
        return {*cells}
    numbers, n = _numbers(cells), cells.total()
    if numbers is None:
        return set()
    has_many_zeros = _is_many(cells["0"], sum(column.n_rows for column in columns))
    if not (_are_points(numbers, columns) or has_many_zeros):
        return set()
    if 0 not in numbers and (n_rows < 2 or n < 10 * len(numbers)):
        return set()
    return {*cells}


def _are_points(numbers: set[float], columns: Sequence[Column]) -> bool:
    """Whether numbers are points: 1 alone, or 1 and 2, where there are more options; or 0 and others, of
    which none is that of a last option. Where 0 is a blank, last options are marked too."""
    if 0 not in numbers:
        return numbers <= {1, 2} and (
            len(numbers) == 1 or all(column.n_options > _LOWEST for column in columns)
        )
    if len(numbers) <= 2 or any(number % 1 for number in numbers):
        return True
    return all(column.n_options > max(_numbers(column.cells) or {0}) for column in columns) or max(
        numbers
    ) > max(column.n_options for column in columns)


def _told_points(file: AnswerFile, values: set[str], raws: Iterable[str]) -> Message:
    """The fault of a file of points; letters may stand in other columns."""
    shown = ", ".join(f"`{value}`" for value in sorted(values)[:6])
    beside = [
        name for name, texts in other_cells(file, raws).items()
        if len(texts) > 1 and all(_is_letter(text) or read_mark(text) == BLANK for text in texts)
    ]  # fmt: skip
    if beside:
        return tell(
            "these are points, not answers: all cells are {shown}. Letters are in {beside}. Assign "
            "those columns with {columns}. If the cells are answers, choose with {unreadable} to "
            "score them as they are (score)",
            shown=shown,
            beside=", ".join(f"`{name[:40]}`" for name in beside[:4]),
            columns=option("columns"),
            unreadable=option("unreadable"),
        )
    if values >= {"0", "1", "2"} and all(value.isdecimal() for value in values):
        return tell(
            "these are points, not answers, or options counted from 0: all cells are {shown}. Give the "
            "letters that the candidates marked. If the cells are answers, choose with {unreadable} to "
            "score them as they are (score)",
            shown=shown,
            unreadable=option("unreadable"),
        )
    return tell(
        "these are points, not answers: all cells are {shown}. Give the letters that the candidates "
        "marked. If the cells are answers, choose with {unreadable} to score them as they are "
        "(score)",
        shown=shown,
        unreadable=option("unreadable"),
    )


def _columns_of_points(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Columns that say right or wrong; or of numbers where they are 0 and one other; or where others have
    letters and these are 0, 1 and 2 alone, or have a 0."""
    letters = sum(n for column in columns for text, n in column.cells.items() if _is_letter(text))
    is_lettered = 2 * letters > sum(column.cells.total() for column in columns)
    for column in columns:
        numbers = _numbers(column.cells)
        if numbers is None:
            is_points = column.cells.total() >= _FEWEST and _are_right_wrong({*map(_plainly, column.cells)})
        elif is_lettered:
            is_low = numbers <= {0, 1, 2} and column.n_options > _LOWEST
            is_points = 0 in numbers or (is_low and column.cells.total() >= _FEWEST_CELLS)
        else:
            zeros = sum(n for text, n in column.cells.items() if _number(text) == 0)
            is_points = 0 in numbers and len(numbers) == 2 and _is_many(zeros, column.n_rows)
            is_points &= column.cells.total() >= _FEWEST_CELLS
        if is_points:
            yield Doubt(column, column.cells, is_whole=True)


# ── cells of two meanings ────────────────────────────────────────────────────────────────────


def _has_two_meanings(source: RowSource) -> bool:
    """Whether an option's text may be read as the letter or number of an option."""
    texts = source.layout.texts
    if texts is None:
        return False
    forms = {base_form(form): form for form in source.layout.options}
    return any(
        _meaning(text) is not None
        for form in forms.values()
        for question in texts.questions(form)
        for text in question.options
    )


@lru_cache(maxsize=8192)
def _meaning(text: str) -> str | None:
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
        if not both:
            continue
        is_letters = _is_letter(next(iter(both)))
        marks = Counter({text: n for text, n in column.cells.items() if _is_mark_alone(text, options)})
        has_marks = any(_is_letter(text) == is_letters for text in marks)
        has_texts = any(_meaning(text) is None and _plainly(text) in options for text in column.cells)
        is_usual = 2 * marks.total() > column.cells.total() and both.total() < _FEWEST
        is_alike = _are_alike_elsewhere(columns, column, is_letters)
        if column.in_words:
            is_clear = not has_marks and not is_alike and all(_is_option(text, column) for text in both)
        else:
            is_clear = not has_texts and (has_marks or is_alike)
        if not (is_usual or is_clear):
            yield Doubt(column, both, is_whole=True)


def _is_option(text: str, column: Column) -> bool:
    """Whether a cell was read as the text of an option."""
    return any(mark_in_words(text, question) != INVALID for question in column.printed)


def _is_mark_alone(text: str, options: Collection[str]) -> bool:
    """Whether a cell is the number or letter of an option, and no text of one."""
    return _meaning(text) is not None and _plainly(text) not in options


def _is_both(text: str, column: Column) -> bool:
    """Whether a cell is the number or letter of one option and, as it is compared, the text of another."""
    plain = _plainly(text)
    return _meaning(text) is not None and any(
        plain == _plainly(shown) and read_mark(plain) != 1 << k
        for question in column.printed
        for k, shown in enumerate(question.options)
    )


def _are_alike_elsewhere(columns: Sequence[Column], column: Column, is_letters: bool) -> bool:
    """Whether most answers to the other questions are letters, or numbers, of options."""
    cells = [cell for other in columns if other is not column for cell in other.cells.items()]
    alike = [n for text, n in cells if read_mark(text) != INVALID and _is_letter(text) == is_letters]
    return bool(cells) and 2 * sum(alike) > sum(n for _, n in cells)


# ── cells that are no options ────────────────────────────────────────────────────────────────


def _columns_without_options(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Columns of which most cells are no option, or in which one text stands for several candidates and no
    option reads so, or for many. Texts that each occur once are faults of candidates, as is a single sign,
    for example `X`."""
    for column in columns:
        odd = Counter({text: n for text, n in column.cells.items() if _mark(column, text) == INVALID})
        options = {loosely(text) for question in column.printed for text in question.options}
        same = Counter[str]()
        for text, n in odd.items():
            if sum(map(str.isalnum, text)) > 2:
                same[text.strip()] += n
        beyond = Counter({text: n for text, n in column.cells.items() if _is_beyond(text, column)})
        is_most = odd.total() >= max(2, min(_FEWEST, column.n_rows)) and 2 * odd.total() > column.n_rows
        is_common = bool(options) and any(
            n > 1 and loosely(_LETTERED.sub("", text)) not in options for text, n in same.items()
        )
        is_many = any(_is_many(n, column.n_rows) for n in same.values())
        if is_most or is_common or is_many:
            yield Doubt(column, odd)
        elif _is_many(beyond.total(), column.n_rows):
            yield Doubt(column, beyond)


def _is_beyond(text: str, column: Column) -> bool:
    """Whether a cell is a letter that the question does not have."""
    mark = read_mark(text)
    return mark not in (INVALID, UNDECIDED) and mark >> column.n_options > 0


def _columns_with_changed_cells(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Columns with a cell that a spreadsheet has changed: no candidate writes so."""
    for column in columns:
        odd = [text for text in column.cells if _mark(column, text) == INVALID]
        if changed := Counter({text: column.cells[text] for text in odd if _is_changed(text, column)}):
            yield Doubt(column, changed)


def _is_changed(text: str, column: Column) -> bool:
    """Whether a spreadsheet has made a cell a date, an error, or an option's number in another writing."""
    number = _number(text)
    options = {_number(shown) for question in column.printed for shown in question.options}
    return (number is not None and number in options) or is_changed(text) or _DATE.fullmatch(text) is not None


def _columns_with_signs(columns: Sequence[Column]) -> Iterator[Doubt]:
    """Columns with a sign at a letter, as `B*`, that occurs several times in the file, or in place of many
    letters of the file: it may tell the key, or a double mark."""
    signs = Counter[str]()
    for column in columns:
        for text, n in column.cells.items():
            signs[_sign(text)] += n
    n_cells = sum(column.cells.total() for column in columns)
    several = {
        sign for sign, n in signs.items()
        if sign and (n >= _FEWEST if "L" in sign else _is_many(n, n_cells))
    }  # fmt: skip
    for column in columns:
        odd = Counter({text: n for text, n in column.cells.items() if _sign(text) in several})
        if odd:
            yield Doubt(column, odd)


@lru_cache(maxsize=8192)
def _sign(text: str) -> str:
    """The signs of a cell that is not understood, with `L` for a letter of an option; empty for other cells,
    and for numbers."""
    if read_mark(text) != INVALID or _number(text) is not None:
        return ""
    plain = "".join("L" if read_mark(sign) not in (BLANK, INVALID) else sign for sign in _plainly(text))
    signs = plain.replace("L", "")
    return plain if len(plain) <= 4 and signs and not any(map(str.isalnum, signs)) else ""


# ── the rules, and what is said of their columns ─────────────────────────────────────────────


class Rule(NamedTuple):
    """A way in which columns are not understood: which are so, and what it may be that they hold; with no
    cause, single cells, whose rows wait and no others."""

    holds: Callable[[Sequence[Column]], Iterator[Doubt]]
    cause: Message | None


RULES = (
    Rule(
        _columns_of_points,
        tell("These are points, not answers. Give the letters that the candidates marked."),
    ),
    Rule(
        _columns_of_two_meanings,
        tell("They are the number or letter of one option and the text of another. Write letters."),
    ),
    Rule(
        _columns_with_signs,
        tell("A sign beside or in place of a letter may mean the key or a double mark. Write letters alone."),
    ),
    Rule(
        _columns_without_options,
        tell(
            "They are neither a letter nor a printed option. The options may have been edited after the form "
            "was made, or a spreadsheet has changed the cells. Correct the file."
        ),
    ),
    Rule(_columns_with_changed_cells, None),
)
"""Every way in which a column is not understood; a file may have several."""


def _told(rule: Rule, doubts: Sequence[Doubt], n_forms: int) -> Message:
    """What is said of columns that a rule holds of."""
    examples = sum((doubt.texts for doubt in doubts), Counter[str]())
    return tell(
        "{questions}: {n:,} of {rows:,} answers are not understood, for example {examples}. {cause} Or "
        "choose with {unreadable} whether these rows are set aside (aside) or scored as they are (score)",
        questions=_questions(doubts, n_forms),
        n=sum(doubt.texts.total() for doubt in doubts),
        rows=sum(doubt.column.n_rows for doubt in doubts),
        examples="; ".join(repr(text[:60]) for text, _ in examples.most_common(3)),
        cause=rule.cause or "",
        unreadable=option("unreadable"),
    )


def _questions(doubts: Sequence[Doubt], n_forms: int) -> Message:
    """The first of the questions by number, and by form where there are several."""
    places = sorted({place[::-1] for doubt in doubts for place in doubt.column.places})
    if n_forms == 1:
        named = [tell("question {n}", n=n) for n, _ in places]
    else:
        named = [tell("question {n} of form {form}", n=n, form=form) for n, form in places]
    more = [tell("{n} more questions", n=len(named) - 4)] if len(named) > 5 else named[4:]
    return joined([*named[:4], *more])


def _unreadable(file: AnswerFile, rows: Sequence[QuarantinedRow], n_rows: int) -> list[Message]:
    """The fault of a file of which many rows are mostly not understood."""
    if not _is_many(len(rows), n_rows):
        return []
    examples = [
        f"line {row.line}, `{name[:40]}`: {cell[:60]!r}"
        for row in rows[:4]
        for name, cell in not_understood(file, row.raw)[:2]
    ]
    return [
        tell(
            "{n:,} of {rows:,} rows contain mostly unreadable marks ({examples}). Accepted are "
            "letters ({letters}) and the text of an option as printed for the candidate's form, "
            "with or without its letter. Correct the file, assign its columns with {columns}, "
            "or choose with {unreadable} whether these rows are set aside (aside) or scored as "
            "they are (score)",
            n=len(rows),
            rows=n_rows,
            examples="; ".join(examples[:4]),
            letters=LETTERS_WRITTEN,
            columns=option("columns"),
            unreadable=option("unreadable"),
        )
    ]
