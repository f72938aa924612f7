"""Answer files, once all rows are read → those that are refused, and rows that wait for a person.

Refused are files with columns that are not understood (`answer_columns`), with many rows of which most is not
understood, and those of another exam. If a person says so (`--unreadable`), the rows in doubt are set aside,
or all are scored as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from examgen.capture.cells import LETTERS_WRITTEN, read_mark, second_of_question, single_mark
from examgen.capture.files import AnswerFile
from examgen.capture.parts import answer_cells, not_understood, other_cells, raw_rows
from examgen.capture.reasons import NO_CANDIDATE, UNREADABLE_MARKS
from examgen.core.exam.names import base_form
from examgen.core.exam.package import PrintedQuestion
from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import BLANK, INVALID, Ints, QuarantinedRow
from examgen.core.words import Message, joined, option, tell, tell_n
from examgen.scoring.answer_columns import (
    LOWEST,
    RULES,
    Column,
    Doubt,
    Rule,
    is_letter,
    is_many,
    is_number,
    is_row_of_letters,
    is_row_of_points,
    meaning,
    points,
    shown_cell,
)
from examgen.scoring.answer_rows import ReadAnswers, RowSource
from examgen.scoring.earn import earn
from examgen.scoring.key import Key

_MOST_EXAMINED = 20_000
"""Rows of a file with a mark that is not understood whose texts are looked at; any rows, where texts of
options are numbers or letters."""
_SAMPLE = 4_000
"""Other rows whose texts are looked at."""
_FIRST_ROWS, _ROWS_AT_ONCE = 256, 1 << 16
_FEWEST_WRONG = 40
"""Answers of a file that are not all wrong by chance."""
_OTHER_SIZE = {"question_missing", "unknown_question", "answers_wrong_length"}


class Doubted(NamedTuple):
    """The rows that wait because answers in their file are not understood, or because they are the key, by
    their places, each with its reason; and what is reported of them, and of answers that may be others."""

    rows: dict[int, str]
    reports: list[Message]


def doubted_rows(source: RowSource, read: ReadAnswers, key: Key, refuses: bool) -> Doubted:
    """The rows that wait. With `refuses`, raises Refused with the files of which columns are in doubt."""
    rows: dict[int, str] = {}
    reports: list[Message] = []
    if source.kept is not None:
        return Doubted(rows, reports)
    problems: list[Problem] = []
    has_two_meanings = _has_two_meanings(source)
    for file, n_rows in zip(source.files, read.n_rows, strict=True):
        places = np.flatnonzero(read.rows.file == file.number)
        set_aside = [row.row for row in read.set_aside if row.file == file.number]
        answers = _FileAnswers(source, read, file, places, set_aside, n_rows)
        rows |= dict.fromkeys(answers.of_key(key), NO_CANDIDATE)
        if source.layout.accepts_unreadable:
            continue
        if message := answers.of_another_exam(key):
            doubted, faults = places.tolist(), [message]
        else:
            doubted, of_file = answers.with_second_marks()
            faults = []
            if answers.may_be_in_doubt() or has_two_meanings:
                waiting, faults, more = answers.examined(_MOST_EXAMINED if has_two_meanings else _SAMPLE)
                doubted, of_file = [*doubted, *waiting], [*of_file, *more]
            reports += [tell("{file}: {message}", file=file.structure.name, message=one) for one in of_file]
        rows |= dict.fromkeys(doubted, UNREADABLE_MARKS)
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
    return Doubted(rows, reports)


def _has_two_meanings(source: RowSource) -> bool:
    """Whether an option's text may be read as the letter or number of an option."""
    texts = source.layout.texts
    if texts is None:
        return False
    forms = {base_form(form): form for form in source.layout.options}
    questions = chain.from_iterable(map(texts.questions, forms.values()))
    return any(meaning(text) is not None for question in questions for text in question.options)


class _FileAnswers(NamedTuple):
    """The rows of one file: those that were read, by their places, and those that were set aside."""

    source: RowSource
    read: ReadAnswers
    file: AnswerFile
    places: Ints
    set_aside: Sequence[QuarantinedRow]
    n_rows: int

    @property
    def unreadable(self) -> list[QuarantinedRow]:
        """The rows of which most is not understood."""
        return [row for row in self.set_aside if row.reason == UNREADABLE_MARKS]

    def of_key(self, key: Key) -> list[int]:
        """The rows that answer all as the key does and whose number has no digit, where most numbers have one
        and no list of candidates is known: a key in other words than those that are read as such."""
        rows, assignment, width = self.read.rows, self.source.layout.assignment, self.read.rows.ids.itemsize
        if assignment.dealt or len(assignment.roster):
            return []
        signs = np.ascontiguousarray(rows.ids[self.places]).view(np.uint8).reshape(-1, width)
        others = self.places[~((signs >= ord("0")) & (signs <= ord("9"))).any(axis=1)]
        if not 0 < len(others) * 10 <= len(self.places):
            return []
        names = [rows.ids[place].decode("utf-8", "replace") for place in others.tolist()]
        others = others[[not any(map(str.isdigit, name)) for name in names]]
        units = earn(key, rows.form[others], rows.marks[others]).units.sum(axis=1)
        right = others[units == key.max_total[rows.form[others]]]
        met = self.read.met[self.file.number]
        return [place for place in right.tolist() if int(rows.line[place]) not in met]

    def of_another_exam(self, key: Key) -> Message | None:
        """The fault of a file whose rows all have the answers of a longer or shorter exam, or of which no
        answer is right."""
        rows, sizes = self.read.rows, {*self.source.layout.sizes.values()}
        if len(self.set_aside) > 1 and {row.reason for row in self.set_aside} <= _OTHER_SIZE:
            counts = {len(answer_cells(self.file, row.raw)) for row in self.set_aside[:_SAMPLE]}
            if len(counts) == 1 and not len(self.places) and not counts & sizes:
                return tell(
                    "each row has {n} answers, but this exam has {last} questions. Check that the file "
                    "belongs to this exam",
                    n=counts.pop(),
                    last=max(sizes),
                )
        n_answers = 0
        for start in range(0, len(self.places), _FIRST_ROWS):
            some = self.places[start : start + _FIRST_ROWS]
            if (earn(key, rows.form[some], rows.marks[some]).units > 0).any():
                return None
            n_answers += int(np.count_nonzero(rows.marks[some]))
        if len(self.places) < 3 or n_answers < _FEWEST_WRONG:
            return None
        return tell(
            "none of the {n:,} answers is right. They may belong to another exam, or a sign may stand in "
            "place of right answers. Correct the file, or choose with {unreadable} to score them as they "
            "are (score)",
            n=n_answers,
            unreadable=option("unreadable"),
        )

    def with_second_marks(self) -> tuple[list[int], list[Message]]:
        """The rows with a mark in a column of its own beside that of a question, and what is said of them."""
        rows, columns = self.read.rows, self.file.columns
        doubted: list[int] = []
        names: list[Message | str] = []
        for name, column in zip(self.file.structure.extra_names, columns.extras, strict=True):
            heading, before = columns.names[column], column - 1
            while before in columns.extras and not columns.names[before]:
                before -= 1
            is_second = second_of_question(heading) is not None
            if not is_second and (heading or before not in columns.questions):
                continue
            cells = rows.extras[name].gather(self.places).str.strip_chars()
            marked = self.places[(cells != "").fill_null(False).to_numpy()].tolist()
            are_marks = all(not text or single_mark(text) for text in cells.unique().to_list())
            if marked and are_marks and (is_second or 2 * len(marked) < len(cells)):
                doubted += marked
                names.append(heading or tell("column {n}", n=column + 1))
        if not doubted:
            return [], []
        message = tell_n(
            "{columns}: {n:,} row has a mark in a column of its own beside a question, and is set aside. "
            "Write double marks in one cell (AC), or give the column a heading in words.",
            "{columns}: {n:,} rows have a mark in a column of its own beside a question, and are set aside. "
            "Write double marks in one cell (AC), or give the column a heading in words.",
            len({*doubted}),
            columns=joined(names),
        )
        return doubted, [message]

    def _among_letters(self) -> Ints:
        """The rows with a mark that is written as a number, in a file that has letters."""
        rows = self.read.rows
        assert rows.numbered is not None
        numbered: Ints = self.places[rows.numbered[self.places] > 0]
        marks = rows.marks[numbered]
        n_marked = np.count_nonzero((marks != BLANK) & (marks != INVALID), axis=1)
        is_mixed = rows.numbered[numbered] < n_marked
        if 2 * (len(numbered) - np.count_nonzero(is_mixed)) < len(self.places):
            return numbered
        mixed: Ints = numbered[is_mixed]
        return mixed

    def may_be_in_doubt(self) -> bool:
        """Whether a mark is not understood, or is a number among letters; or at a question with more options
        all rows mark the first two alone, which may be points."""
        if self.unreadable or len(self._invalid()) or len(self._among_letters()):
            return True
        marks = self.read.rows.marks
        n_options = np.zeros(marks.shape[1], np.int64)
        for form in {*self.source.layout.options.values()}:
            n_options[: len(form)] = np.maximum(n_options[: len(form)], form)
        low = n_options > LOWEST
        for start in (0, *range(_FIRST_ROWS, len(self.places), _ROWS_AT_ONCE)):
            end = start + _ROWS_AT_ONCE if start else _FIRST_ROWS
            low &= (marks[self.places[start:end]] <= LOWEST).all(axis=0)
            if not low.any():
                return False
        return len(self.places) > 0

    def examined(self, n_sample: int) -> tuple[list[int], list[Message], list[Message]]:
        """The rows in doubt, the faults for which the file is refused, and what is reported. Looked at are
        rows with a mark that is not understood or a number among letters, and about so many others from all
        of the file."""
        invalid, among_letters = self._invalid(), self._among_letters()
        every = max(1, len(self.places) // n_sample)
        some = np.union1d(self.places[::every], invalid[:_MOST_EXAMINED])
        raws = self._raws(np.union1d(some, among_letters[:_MOST_EXAMINED]))
        cells = {place: answer_cells(self.file, raw) for place, raw in raws.items()}
        unreadable = self.unreadable
        rows_unreadable = [answer_cells(self.file, row.raw) for row in unreadable[:_MOST_EXAMINED]]
        columns = self._columns(cells, scale=max(1.0, len(invalid) / _MOST_EXAMINED))
        if values := points(columns, rows_unreadable, len(self.places) + len(unreadable)):
            texts = [*(row.raw for row in unreadable[:_SAMPLE]), *raws.values()]
            return list(self.places.tolist()), [_fault_of_points(self.file, values, texts)], []
        doubts = {rule: of_rule for rule in RULES if (of_rule := [*rule.holds(columns)])}
        n_forms = len(self.source.layout.options)
        said = [(rule.effect, _report(rule, some, n_forms)) for rule, some in doubts.items()]
        faults = [message for effect, message in said if effect == "refused"]
        reports = [message for effect, message in said if effect != "refused"]
        waits = [some for rule, some in doubts.items() if rule.effect != "reported"]
        waiting = self._waiting([*chain.from_iterable(waits)], invalid, cells)
        if points_rows := self._rows_of_points(among_letters, cells):
            waiting.update(points_rows)
            reports.append(_report_of_points(self.read.rows.line[points_rows].tolist()))
        return sorted(waiting), _unreadable(self.file, unreadable, self.n_rows) or faults, reports

    def _rows_of_points(self, among_letters: Ints, cells: Mapping[int, Sequence[str]]) -> list[int]:
        """The rows of points in a file of letters whose questions have more than two options."""
        if max(map(max, {*self.source.layout.options.values()})) <= LOWEST:
            return []
        numbered = self.read.rows.numbered
        assert numbered is not None
        is_lettered = 2 * np.count_nonzero(numbered[self.places]) < len(self.places)
        own = (place for place in among_letters.tolist() if is_lettered and place in cells)
        met = self.read.met[self.file.number]
        return [
            place for place in own if is_row_of_points(cells[place]) and self.read.rows.line[place] not in met
        ]

    def _invalid(self) -> Ints:
        """The places of rows with a mark that is not understood."""
        invalid = [np.empty(0, np.int64)]
        for start in range(0, len(self.places), _ROWS_AT_ONCE):
            some = self.places[start : start + _ROWS_AT_ONCE]
            invalid.append(some[(self.read.rows.marks[some] == INVALID).any(axis=1)])
        return np.concatenate(invalid)

    def _raws(self, places: Ints) -> dict[int, str]:
        """By place the texts of rows; those that were not kept are read once more."""
        rows = self.read.rows
        lines = {place: int(rows.line[place]) for place in places.tolist()}
        lost = {line for place, line in lines.items() if not rows.raws.get(place)}
        texts = raw_rows(self.file, lost) if lost else {}
        return {place: rows.raws.get(place) or texts.get(line, "") for place, line in lines.items()}

    def _columns(self, cells_of: Mapping[int, list[str]], scale: float) -> list[Column]:
        """The columns of some rows; a cell that is not understood stands for so many. A question is the same
        on all forms that print it, and booklets with orders of their own have the questions of one form."""
        layout, names = self.source.layout, list(self.source.layout.options)
        asking = Counter[str]()
        for number, n_of_form in enumerate(np.bincount(self.read.rows.form[self.places]).tolist()):
            asking[base_form(names[number])] += n_of_form
        rows: dict[str, list[list[str]]] = {}
        for place, own in cells_of.items():
            rows.setdefault(names[self.read.rows.form[place]], []).append(own)
        columns: dict[object, Column] = {}
        for form, cells in rows.items():
            printed = layout.texts.questions(form) if layout.texts is not None else ()
            lettered = [row for row in cells if is_row_of_letters(row)]
            for n, n_options in enumerate(layout.options[form], 1):
                shown = printed[n - 1] if n <= len(printed) else None
                same = (shown.stem, *sorted(shown.options)) if shown else (form, n)
                column = columns.setdefault(same, Column(n_options, self.file.columns.in_words))
                if base_form(form) not in column.forms:
                    column.forms.add(base_form(form))
                    column.n_rows += asking[base_form(form)]
                column.places.append((form, n))
                column.printed |= {PrintedQuestion(shown.stem, tuple(shown.options))} if shown else set()
                texts = (row[n - 1].strip() for row in cells if n <= len(row))
                column.cells.update(text for text in texts if read_mark(text) != BLANK)
                numbers = (row[n - 1].strip() for row in lettered if n <= len(row))
                column.among_letters.update(filter(is_number, numbers))
        for column in columns.values() if scale > 1 else ():
            for text in column.invalid():
                column.cells[text] = round(column.cells[text] * scale)
        return list(columns.values())

    def _waiting(
        self, doubts: Sequence[Doubt], invalid: Ints, cells_of: Mapping[int, Sequence[str]]
    ) -> set[int]:
        """The rows that have one of the cells in doubt, whose mark nobody has decided; or that have any mark
        in a column that is wholly in doubt."""
        rows = self.read.rows
        numbers = {name: n for n, name in enumerate(self.source.layout.options)}
        waiting: set[int] = set()
        spots: dict[int, list[tuple[int, Counter[str]]]] = {}
        for doubt in doubts:
            for form, n in doubt.column.places:
                if doubt.is_whole:
                    marked = (rows.marks[self.places, n - 1] != BLANK) & (
                        rows.form[self.places] == numbers[form]
                    )
                    waiting.update(self.places[marked].tolist())
                else:
                    spots.setdefault(numbers[form], []).append((n - 1, doubt.texts))
        for place in {*invalid.tolist(), *cells_of} if spots else ():
            cells = cells_of.get(place)
            for n, texts in spots.get(int(rows.form[place]), ()):
                mark = rows.marks[place, n]
                if cells is None:
                    is_doubted = mark == INVALID
                else:
                    text = cells[n].strip() if n < len(cells) else ""
                    is_doubted = text in texts and mark in (INVALID, read_mark(text))
                if is_doubted:
                    waiting.add(place)
        return waiting


# ── the faults of a file ─────────────────────────────────────────────────────────────────────


def _fault_of_points(file: AnswerFile, values: set[str], raws: Iterable[str]) -> Message:
    """The fault of a file of points; letters may stand in other columns."""
    shown = ", ".join(f"`{value}`" for value in sorted(values)[:6])
    beside = [
        name for name, texts in other_cells(file, raws).items()
        if len(texts) > 1 and all(is_letter(text) or read_mark(text) == BLANK for text in texts)
    ]  # fmt: skip
    what = tell("these are points, not answers")
    if not beside and values >= {"0", "1", "2"} and all(value.isdecimal() for value in values):
        what = tell("these are points, not answers, or options counted from 0")
    advice = tell("Give the letters that the candidates marked.")
    if beside:
        advice = tell(
            "Letters are in {beside}. Assign those columns with {columns}.",
            beside=", ".join(f"`{name[:40]}`" for name in beside[:4]),
            columns=option("columns"),
        )
    return tell(
        "{what}: all cells are {shown}. {advice} If the cells are answers, choose with {unreadable} to "
        "score them as they are (score)",
        what=what,
        shown=shown,
        advice=advice,
        unreadable=option("unreadable"),
    )


def _report(rule: Rule, doubts: Sequence[Doubt], n_forms: int) -> Message:
    """What is said of columns that a rule holds of: the fault of the file, or what is reported of it."""
    examples = sum((doubt.texts for doubt in doubts), Counter[str]())
    values = {
        "questions": _questions(doubts, n_forms),
        "examples": "; ".join(shown_cell(text) for text, _ in examples.most_common(3)),
        "n": examples.total(),
        "cause": rule.cause,
    }
    if rule.effect == "refused":
        return tell(
            "{questions}: {n:,} of {rows:,} answers are not understood, for example {examples}. {cause} Or "
            "choose with {unreadable} whether these rows are set aside (aside) or scored as they are (score)",
            rows=sum(doubt.column.n_rows for doubt in doubts),
            unreadable=option("unreadable"),
            **values,
        )
    effect = tell("their rows are set aside") if rule.effect == "aside" else tell("scored")
    return tell("{questions}: {examples} (answers: {n:,}, {effect}). {cause}", effect=effect, **values)


def _report_of_points(lines: Sequence[int]) -> Message:
    """What is reported of rows of points among rows of letters."""
    return tell_n(
        "{n:,} row has points (0, 1, 2) among rows of letters and is set aside (line {lines}). Give the "
        "letters that the candidates marked.",
        "{n:,} rows have points (0, 1, 2) among rows of letters and are set aside (lines {lines}). Give the "
        "letters that the candidates marked.",
        len(lines),
        lines=", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else ""),
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
    if not is_many(len(rows), n_rows):
        return []
    examples = [
        f"line {row.line}, `{name[:40]}`: {shown_cell(cell)}"
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
