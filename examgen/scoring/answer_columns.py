"""Columns of answer files, once all rows are read → files that are refused, and rows that wait for a person.

A cell becomes a mark before the other cells of its column are known. Only together do these show that they
are points instead of answers, or texts that are no longer those of the options. Such files are refused; if
a person says so (`--unreadable`), the rows are set aside or scored as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from examgen.capture.cells import LETTERS_WRITTEN, PLAIN, RIGHT_WRONG, loosely, read_mark
from examgen.capture.columns import MOST_FORMS
from examgen.capture.files import AnswerFile
from examgen.capture.parts import AnswerCell, answer_cells, not_understood, other_cells, raw_rows
from examgen.capture.reasons import UNREADABLE_MARKS
from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import INVALID, Ints, QuarantinedRow
from examgen.core.words import Message, joined, option, tell, tell_n
from examgen.scoring.answer_rows import ReadAnswers, RowSource

_FEWEST, _SHARE = 3, 10
_MOST_EXAMINED = 20_000
"""Rows of a file whose cells are looked at."""
_FEWEST_ONES = 10
_ROWS_AT_ONCE = 1 << 16


class _Doubt(NamedTuple):
    """A question of which answers in one file are systematically not understood: its name, how many of how
    many these are, some of them, and the rows that wait."""

    question: Message
    n: int
    n_rows: int
    examples: tuple[str, ...]
    rows: Ints


def doubted_rows(source: RowSource, read: ReadAnswers, refuses: bool) -> list[int]:
    """The rows that wait because answers to a question in their file are systematically not understood.

    With `refuses`, raises Refused with the files that have such rows, hold points instead of answers, or have
    many rows of which most is not understood.
    """
    if source.kept is not None or source.layout.accepts_unreadable:
        return []
    rows: set[int] = set()
    problems: list[Problem] = []
    for file, n_rows in zip(source.files, read.n_rows, strict=True):
        places = np.flatnonzero(read.rows.file == file.number)
        set_aside = [one.row for one in read.set_aside if one.file == file.number]
        unreadable = [row for row in set_aside if row.reason == UNREADABLE_MARKS]
        doubts = _doubts(source, read, file, places)
        rows.update(place for one in doubts for place in one.rows.tolist())
        if refuses and (unreadable or doubts or _is_one_letter(read, places)):
            raws = [*(row.raw for row in unreadable[:_MOST_EXAMINED]), *_raws(read, file, places)]
            faults = _points(file, raws) or _unreadable(file, unreadable, n_rows) or map(_in_doubt, doubts)
            problems += [Problem(file.structure.name, "not-understood", message) for message in faults]
    if problems:
        raise Refused(
            tell_n(
                "{n} of {reading_n} answer files cannot be understood",
                "{n} of {reading_n} answer files cannot be understood",
                len({one.source for one in problems}),
                reading_n=len(source.files),
            ),
            problems,
        )
    return sorted(rows)


def _raws(read: ReadAnswers, file: AnswerFile, places: Ints) -> Iterator[str]:
    """The texts of the first rows in these places; those that were not kept are read once more."""
    some = places[:_MOST_EXAMINED].tolist()
    lines = {int(read.rows.line[place]) for place in some if not read.rows.raws.get(place)}
    texts = raw_rows(file, lines) if lines else {}
    for place in some:
        yield read.rows.raws.get(place) or texts[int(read.rows.line[place])]


# ── rows that are mostly not understood ──────────────────────────────────────────────────────


def _is_many(n: int, n_rows: int) -> bool:
    """More than one row in ten, and more than two or all: so many are no fault of candidates."""
    return n >= max(2, min(_FEWEST, n_rows)) and n * _SHARE > n_rows


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


# ── points instead of answers ────────────────────────────────────────────────────────────────


def _is_one_letter(read: ReadAnswers, places: Ints) -> bool:
    """Whether all rows in these places mark one and the same letter, or none."""
    letters: set[int] = set()
    for start in range(0, len(places), _ROWS_AT_ONCE):
        marks = read.rows.marks[places[start : start + (64 if not start else _ROWS_AT_ONCE)]]
        letters |= {*np.flatnonzero(np.bincount(marks.ravel(), minlength=256)).tolist()} - {0, INVALID}
        if len(letters) > 1:
            return False
    return len(places) > 0


def _points(file: AnswerFile, raws: Sequence[str]) -> list[Message]:
    """The fault of a file that says whether answers are right, or their points, in place of the answers."""
    cells = [cell for raw in raws for cell in answer_cells(file, raw)]
    columns: dict[int, set[str]] = {}
    for cell in cells:
        columns.setdefault(cell.question, set()).add(_plainly(cell.text))
    values = {value for column in columns.values() for value in column} - {""}
    if not (_are_right_wrong(values) or _are_points(columns, len(cells), len(raws))):
        return []
    beside = [
        name for name, texts in other_cells(file, raws).items()
        if len(texts) > 1 and all(read_mark(text) not in (0, INVALID) for text in texts)
    ]  # fmt: skip
    shown = ", ".join(f"`{value}`" for value in sorted(values)[:4])
    if beside:
        return [
            tell(
                "these are points, not answers: all cells are {shown}. Letters are in {beside}. Assign "
                "those columns with {columns}. If the cells are answers, choose with {unreadable} to "
                "score them as they are (score)",
                shown=shown,
                beside=", ".join(f"`{name[:40]}`" for name in beside[:4]),
                columns=option("columns"),
                unreadable=option("unreadable"),
            )
        ]
    return [
        tell(
            "these are points, not answers: all cells are {shown}. Give the letters that the candidates "
            "marked. If the cells are answers, choose with {unreadable} to score them as they are "
            "(score)",
            shown=shown,
            unreadable=option("unreadable"),
        )
    ]


def _plainly(text: str) -> str:
    """A cell as it is compared: `1.0` is `1`, and a dash is nothing."""
    plain = text.translate(PLAIN).strip().upper().removeprefix('="').removesuffix('"')
    number = _number(plain)
    return ("" if plain == "-" else plain) if number is None else f"{number:g}"


def _number(text: str) -> float | None:
    return float(text) if text.replace(".", "", 1).isdecimal() else None


def _are_right_wrong(values: set[str]) -> bool:
    """Whether cells say that answers are right or wrong; a `C` alone is an answer."""
    return any(values <= pair for pair in RIGHT_WRONG) and any(read_mark(one) == INVALID for one in values)


def _are_points(columns: dict[int, set[str]], n_cells: int, n_rows: int) -> bool:
    """Whether cells are points: 0 and the points of a question, or ones alone, whoever answered."""
    values = {value for column in columns.values() for value in column} - {""}
    numbers = {_number(value) for value in values}
    if None in numbers or not numbers:
        return False
    if numbers == {1.0}:
        return n_cells >= _FEWEST_ONES and n_rows > 1
    if 0.0 not in numbers:
        return False
    most = max(len(column - {"", "0"}) for column in columns.values())
    is_part = any(number is not None and number % 1 for number in numbers)
    return len(numbers) <= 2 or is_part or (most == 1 and n_rows >= 2 * _FEWEST)


# ── questions whose answers are not understood ───────────────────────────────────────────────


def _doubts(source: RowSource, read: ReadAnswers, file: AnswerFile, places: Ints) -> list[_Doubt]:
    """The questions of which many answers are texts but no options, or several are one such text, or most are
    not understood at all: a single sign, as `X`, may be what a candidate wrote. A question is the same on all
    forms that print it."""
    rows, layout = read.rows, source.layout
    faulty = _with_invalid(read, places)
    if not len(faulty):
        return []
    names = list(layout.options)
    forms = [names[form] for form in rows.form[faulty[:_MOST_EXAMINED]].tolist()]
    cells: dict[object, list[str]] = {}
    spots: dict[object, set[tuple[str, int]]] = {}
    for place, form, raw in zip(faulty.tolist(), forms, _raws(read, file, faulty), strict=False):
        for cell in answer_cells(file, raw):
            n = cell.question
            if 0 < n <= layout.sizes[form] and rows.marks[place, n - 1] == INVALID and _is_foreign(cell):
                question = _asked(source, form, n)
                cells.setdefault(question, []).append(cell.text.strip())
                spots.setdefault(question, set()).add((form, n))
    scale = max(1.0, len(faulty) / _MOST_EXAMINED)
    found: list[_Doubt] = []
    for question, texts in cells.items():
        own = spots[question]
        which = {names.index(form) for form, _ in own} if len(names) <= MOST_FORMS else None
        asked = np.ones(len(places), np.bool_) if which is None else np.isin(rows.form[places], [*which])
        n, n_rows = round(scale * len(texts)), int(asked.sum())
        whole = [text for text in texts if sum(map(str.isalnum, text)) > 2]
        n_whole, is_most = round(scale * len(whole)), n >= _FEWEST and 2 * n > n_rows
        is_common = any(k > 1 for k in Counter(map(loosely, whole)).values())
        if is_most or _is_many(n_whole, n_rows) or (layout.texts is not None and is_common):
            waiting = _waiting(read, faulty, own, names)
            examples = tuple(text for text, _ in Counter(texts).most_common(2))
            found.append(_Doubt(_named(own, len(names)), n, n_rows, examples, waiting))
    return found


def _with_invalid(read: ReadAnswers, places: Ints) -> Ints:
    """Those of the rows with a mark that is not understood."""
    found = [np.empty(0, np.int64)]
    for start in range(0, len(places), _ROWS_AT_ONCE):
        some = places[start : start + _ROWS_AT_ONCE]
        found.append(some[(read.rows.marks[some] == INVALID).any(axis=1)])
    return np.concatenate(found)


def _is_foreign(cell: AnswerCell) -> bool:
    """Whether a cell is no letter at all; one beyond the options was marked."""
    return read_mark(cell.text) == INVALID


def _asked(source: RowSource, form: str, number: int) -> object:
    """What tells a question from others: what is printed, or else its place."""
    if source.layout.texts is None:
        return form, number
    printed = source.layout.texts.questions(form)[number - 1]
    return printed.stem, tuple(sorted(printed.options))


def _waiting(read: ReadAnswers, faulty: Ints, spots: Iterable[tuple[str, int]], names: list[str]) -> Ints:
    """The rows whose mark at one of these questions is not understood."""
    rows = read.rows
    waits = np.zeros(len(faulty), np.bool_)
    for form, number in spots:
        waits |= (rows.form[faulty] == names.index(form)) & (rows.marks[faulty, number - 1] == INVALID)
    return faulty[waits]


def _named(spots: set[tuple[str, int]], n_forms: int) -> Message:
    """A question by its number, and its form where there are several."""
    if n_forms == 1:
        return tell("question {n}", n=min(n for _, n in spots))
    places = (tell("question {n} of form {form}", n=n, form=form) for form, n in sorted(spots)[:4])
    return joined(places)


def _in_doubt(doubt: _Doubt) -> Message:
    return tell(
        "{question}: {n:,} of {rows:,} answers are neither a letter nor a printed option, for example "
        "{examples}. The options may have been edited after the form was made. Correct the file, "
        "or choose with {unreadable} whether these rows are set aside (aside) or scored as they are "
        "(score)",
        question=doubt.question,
        n=doubt.n,
        rows=doubt.n_rows,
        examples="; ".join(f"{text[:60]!r}" for text in doubt.examples),
        unreadable=option("unreadable"),
    )
