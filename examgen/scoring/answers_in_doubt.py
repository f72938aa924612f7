"""Answer files whose rows have all been read → the files that are refused, and the rows that wait for a
person.

A file is refused if it has columns that are not understood (`answer_columns`), if many of its rows are mostly
unreadable, or if it seems to belong to another exam. With `--unreadable`, a person chooses whether the rows
in doubt are set aside or all rows are scored as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np
import polars as pl

from examgen.capture.answer_files import AnswerFile
from examgen.capture.cells import (
    LETTERS_WRITTEN,
    numbers_in,
    question_beside,
    read_mark,
    says_test,
    single_mark,
)
from examgen.capture.columns import is_form_name
from examgen.capture.file_chunks import answer_cells, not_understood, other_cells, raw_rows
from examgen.capture.grader_decisions import Met
from examgen.capture.quarantine_reasons import NO_CANDIDATE, UNREADABLE_MARKS
from examgen.core.exam.names import base_form
from examgen.core.exam.package import PrintedQuestion
from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import BLANK, INVALID, Ints, QuarantinedRow
from examgen.core.words import Message, joined, option, tell, tell_n
from examgen.scoring.answer_columns import (
    FEWEST_CELLS,
    LOWEST,
    Column,
    Doubt,
    Rule,
    doubts_of,
    has_no_option,
    is_blank_sign,
    is_counted_otherwise,
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
from examgen.scoring.file_answers import (
    MOST_NAMED,
    FileAnswers,
    first_of,
    has_list,
    lines_shown,
    question_shown,
)
from examgen.scoring.key import Key
from examgen.scoring.numbers_to_check import copies, numbered, unlike_others, users_column

_MOST_EXAMINED = 20_000
"""Most rows examined of those with a mark that is not understood; of any rows, if texts of options are
numbers or letters.
"""
_SAMPLE = 4_000
"""Other rows whose texts are examined."""
_FIRST_ROWS, _ROWS_AT_ONCE = 256, 1 << 16
_FEWEST_WRONG = 40
"""Fewest answers in a file that cannot all be wrong by chance."""
_FEWER = 20
"""One file in so many has a row that looks like points by chance."""
_FEWEST_SAME = 6
"""Fewest candidates who cannot all choose the same wrong answer where others choose none."""
_FEWEST_BETWEEN = 2
"""Blanks between the answers of a row of right ones alone."""
_OTHER_SIZE = {"question_missing", "unknown_question", "answers_wrong_length"}


class Finding(NamedTuple):
    """A doubt about a file: the message, and the rows that are set aside for it. Unless `reason` is
    NO_CANDIDATE, the rows are scored if a person accepts unreadable rows.
    """

    message: Message | None
    """None if the reason in the quarantine is enough."""
    rows: Collection[int] = ()
    is_refused: bool = False
    """Whether the file is refused unless a person chooses what happens to these rows."""
    reason: str = UNREADABLE_MARKS


def doubted_rows(
    source: RowSource, read: ReadAnswers, key: Key, refuses: bool
) -> tuple[dict[int, str], list[Message]]:
    """Return the rows that wait for a person because answers in their file are not understood or because they
    are the key, with the reason by row index; and the messages about them. With `refuses`, raises Refused
    with every fault for which a file is refused.
    """
    rows: dict[int, str] = {}
    reports: list[Message] = []
    if source.kept is not None:
        return rows, reports
    problems: list[Problem] = []
    has_two_meanings, is_scored = _has_two_meanings(source), source.layout.accepts_unreadable
    for file, n_rows in zip(source.files, read.n_rows, strict=True):
        set_aside = [row.row for row in read.set_aside if row.file == file.number]
        answers = _DoubtedFile(source, read, key, file, set_aside, n_rows)
        for found in answers.findings(has_two_meanings):
            if not is_scored or found.reason == NO_CANDIDATE:
                rows |= dict.fromkeys(found.rows, found.reason)
            name, message = file.structure.name, found.message
            if found.is_refused and refuses and not is_scored:
                message = tell(
                    "{fault} Or choose with {unreadable} whether these rows are set aside (aside) or "
                    "scored as they are (score)",
                    fault=message,
                    unreadable=option("unreadable"),
                )
                problems.append(Problem(name, "not-understood", message))
            elif found.is_refused:
                outcome = tell("scored as they are") if is_scored else tell("set aside")
                reports.append(
                    tell("{file}: {outcome}: {message}", file=name, outcome=outcome, message=message)
                )
            elif message:
                reports.append(tell("{file}: {message}", file=name, message=message))
    if problems:
        raise Refused(
            tell_n(
                "{n} of {reading_n} answer files cannot be understood",
                "{n} of {reading_n} answer files cannot be understood",
                len({problem.source for problem in problems}),
                reading_n=len(source.files),
            ),
            problems,
        )
    return rows, reports


def _has_two_meanings(source: RowSource) -> bool:
    """Return whether the text of an option may be read as the letter or number of an option, or as a
    blank.
    """
    texts = source.layout.texts
    if texts is None:
        return False
    forms = {base_form(form): form for form in source.layout.options}
    questions = chain.from_iterable(map(texts.questions, forms.values()))
    shown = chain.from_iterable(question.options for question in questions)
    return any(meaning(text) is not None or is_blank_sign(text) for text in shown)


@dataclass(frozen=True)
class _DoubtedFile(FileAnswers):
    """An answer file with its rows: those that were read, and those that were `set_aside` then."""

    set_aside: Sequence[QuarantinedRow]
    n_rows: int

    @cached_property
    def unreadable(self) -> list[QuarantinedRow]:
        """The rows that are mostly unreadable."""
        return [row for row in self.set_aside if row.reason == UNREADABLE_MARKS]

    def findings(self, has_two_meanings: bool) -> list[Finding]:
        """Return everything in the file that is in doubt."""
        found = [*self.no_candidates(), *self.hidden_rows(), *self.contradicting_forms()]
        found += [*self.two_alphabets(), *self.marks_beside(), *self.one_answer()]
        if self.may_be_in_doubt() or has_two_meanings:
            found += self.examined(_MOST_EXAMINED if has_two_meanings else _SAMPLE)
        is_refused = any(one.is_refused for one in found)
        return found if is_refused else [*found, *self.another_exam()]

    def no_candidates(self) -> Iterator[Finding]:
        """Find rows that may not belong to candidates, if there is no list of candidates.

        Rows whose number is unlike the others are set aside if they look like the key, a test, or figures
        about other rows; the rest are reported. The file is refused if its candidate numbers only count the
        rows.
        """
        rows, columns = self.rows, self.file.columns
        if has_list(self.source):
            return
        if (users := users_column(self)) is not None:
            message = tell(
                "`{taken}` counts the rows, and `{other}` may be the candidate number. Assign the columns "
                "with {columns}.",
                taken=columns.names[columns.candidate],
                other=users,
                columns=option("columns"),
            )
            yield Finding(message, self.places.tolist(), is_refused=True)
        ids = rows.ids[self.places]
        unlike = self.places[np.union1d(unlike_others(ids), copies(ids))]
        unlike = unlike[[line not in self.decided for line in rows.line[unlike].tolist()]]
        if not len(unlike):
            return
        is_figures = (self._n_numbered[unlike] == self._n_marked(unlike)) & (not self._is_of_numbers)
        aside = [
            row
            for row, share, figures in zip(unlike.tolist(), self.shares(unlike), is_figures, strict=True)
            for name in [self.id_at(row)]
            if figures or says_test(name) or (share == 1 and not any(map(str.isdigit, name)))
        ]
        yield Finding(None, aside, reason=NO_CANDIDATE)
        others = np.setdiff1d(unlike, aside)
        if len(others):
            yield Finding(
                tell_n(
                    "{n:,} candidate number is unlike all others: {shown}. Check that it is a candidate.",
                    "{n:,} candidate numbers are unlike all others: {shown}. Check that they are candidates.",
                    len(others),
                    shown=numbered(self, others),
                )
            )

    def hidden_rows(self) -> Iterator[Finding]:
        """Report rows that are hidden in a workbook, because people may not know that they are read."""
        hidden = [line for line in self._lines() if line in self.file.structure.hidden]
        if hidden:
            yield Finding(
                tell_n(
                    "{n:,} hidden row is read like the others (line {lines}). Check that it belongs to the "
                    "answers, or delete it.",
                    "{n:,} hidden rows are read like the others (lines {lines}). Check that they "
                    "belong to the answers, or delete them.",
                    len(hidden),
                    lines=lines_shown(hidden),
                )
            )

    def two_alphabets(self) -> Iterator[Finding]:
        """Report rows with both Latin and Thai letters: each letter means an option, but perhaps not the
        intended one.
        """
        assert self.rows.mixed is not None
        mixed = self.places[self.rows.mixed[self.places]]
        if len(mixed):
            yield Finding(
                tell_n(
                    "{n:,} row has Latin and Thai letters (line {lines}; {effect}). On a Thai keyboard, D "
                    "becomes ก. Write the letters of one alphabet.",
                    "{n:,} rows have Latin and Thai letters (lines {lines}; {effect}). On a Thai keyboard, D "
                    "becomes ก. Write the letters of one alphabet.",
                    len(mixed),
                    lines=lines_shown(self._lines(mixed)),
                    effect=tell("scored"),
                )
            )

    def contradicting_forms(self) -> Iterator[Finding]:
        """Find rows in which a second form column names a different form."""
        columns, form_of = self.file.columns, self.source.contexts[self.file.number].form_of
        if columns.is_declared or columns.form is None:
            return
        forms = [*map(base_form, self.source.layout.options)]
        own = [forms[form] for form in self.rows.form[self.places].tolist()]
        for heading, _, cells in (one for one in self.columns if is_form_name(one.heading)):
            named = {cell: {*map(form_of, cell.split(" | "))} - {""} for cell in cells.unique()}
            others = [n for n, cell in enumerate(cells) if named[cell] - {own[n]}]
            if others:
                first = others[0]
                message = tell(
                    "`{form}` and `{other}` name different forms in {n:,} rows, for example in "
                    "line {line} ({one}, {two}). Keep one of the columns, or assign the columns "
                    "with {columns}.",
                    form=columns.names[columns.form],
                    other=heading,
                    n=len(others),
                    line=int(self.rows.line[self.places[first]]),
                    one=own[first],
                    two=cells[first],
                    columns=option("columns"),
                )
                yield Finding(message, self.places[others].tolist(), is_refused=True)

    def one_answer(self) -> Iterator[Finding]:
        """Find questions of more than two options to which all who answered, on a form or on all forms, gave
        one answer, which is wrong for some of them, while many gave none: points may stand there, as 1 or
        nothing.
        """
        names = [*map(base_form, self.source.layout.options)]
        base = np.array([names.index(name) for name in names])[self.rows.form]
        several = len({*names}) > 1
        found: list[tuple[str, int]] = []
        waiting = set[int]()
        for form in ("", *(sorted({*names}) if several else ())):
            own = self.places[base[self.places] == names.index(form)] if form else self.places
            some = own[:: max(1, len(own) // _SAMPLE)]
            marks, of_row = self.rows.marks[some], self.rows.form[some]
            answered = marks != BLANK
            n_answered = np.count_nonzero(answered, axis=0)
            is_one = (marks == marks.max(axis=0, initial=BLANK)) | ~answered
            is_wrong = answered & (marks & ~self.key.keys[of_row] != 0)
            few = np.flatnonzero((n_answered >= _FEWEST_SAME) & is_one.all(axis=0) & is_wrong.any(axis=0))
            for n in few.tolist():
                is_asked = int(self.key.n_options[of_row, n].min()) > LOWEST
                if is_asked and is_many(len(some) - int(n_answered[n]), len(some)) and ("", n) not in found:
                    found.append((form, n))
                    waiting.update(own[self.rows.marks[own, n] != BLANK].tolist())
        if found:
            message = tell(
                "{questions}: all who answered gave the same answer, wrong for some of them, and many gave "
                "none. These may be points, as 1 or nothing. Give the letters that the candidates marked.",
                questions=first_of(question_shown(n + 1, form) for form, n in found),
            )
            yield Finding(message, waiting, is_refused=True)

    def another_exam(self) -> Iterator[Finding]:
        """Yield a finding if the file seems to belong to another exam: all rows have the number of answers of
        a longer or shorter exam, or no answer is right.
        """
        rows, sizes = self.rows, {*self.source.layout.sizes.values()}
        if len(self.set_aside) > 1 and {row.reason for row in self.set_aside} <= _OTHER_SIZE:
            counts = {len(answer_cells(self.file, row.raw)) for row in self.set_aside[:_SAMPLE]}
            if len(counts) == 1 and not len(self.places) and not counts & sizes:
                last, n = max(sizes), counts.pop()
                message = tell(
                    "each row has {n} answers, but this exam has {last} questions. Check that the file "
                    "belongs to this exam.",
                    n=n,
                    last=last,
                )
                if self.file.columns.question is not None and n == last - 1:
                    message = tell("{message} The questions may be counted from 0.", message=message)
                yield Finding(message, is_refused=True)
                return
        n_answers = 0
        for start in range(0, len(self.places), _FIRST_ROWS):
            some = self.places[start : start + _FIRST_ROWS]
            if (earn(self.key, rows.form[some], rows.marks[some]).units > 0).any():
                return
            n_answers += int(np.count_nonzero(rows.marks[some]))
        if len(self.places) < 3 or n_answers < _FEWEST_WRONG:
            return
        message = tell(
            "none of the {n:,} answers is right. They may belong to another exam, or a sign may stand in "
            "place of right answers. Correct the file.",
            n=n_answers,
        )
        yield Finding(message, self.places.tolist(), is_refused=True)

    def marks_beside(self) -> Iterator[Finding]:
        """Find marks in columns that are not those of the questions.

        Rows are set aside if they are the few with a mark in such a column. If most rows have one, a person
        may have to name the answer columns, unless the column holds the key.
        """
        columns, n_rows = self.file.columns, len(self.places)
        if columns.is_declared or not columns.questions or not n_rows:
            return
        doubted = set[int]()
        seconds: list[Message | str] = []
        sets: list[tuple[str, bool]] = []
        first, last = min(columns.questions), max(columns.questions)
        numbers = {*range(1, len(columns.questions) + 1)}
        for (heading, _, texts_of), column in zip(self.columns, columns.extras, strict=True):
            cells, before = texts_of, column - 1
            while before in columns.extras and not columns.names[before]:
                before -= 1
            number = question_beside(heading)
            named = number if number in numbers else None
            is_beside = first < column < last or (not heading and before in columns.questions)
            if not (named or is_beside or column == last + 1 or numbers.intersection(numbers_in(heading))):
                continue
            if column == last + 1:  # an answer that has moved to where others have the same text
                text, count = cells.value_counts(sort=True).row(0)
                if 10 * count > 8 * n_rows and not is_letter(text):
                    cells, is_beside = cells.replace(text, ""), True
            marked = (cells != "").to_numpy()
            texts = [text for text in cells.unique().to_list() if text]
            if not texts or not all(map(single_mark, texts)):
                continue
            shown = heading or tell("column {n}", n=column + 1)
            if 2 * np.count_nonzero(marked) < n_rows:
                if named or is_beside:
                    doubted.update(self.places[marked].tolist())
                    seconds.append(shown)
            elif any(map(is_letter, texts)) != self._is_of_numbers and not self._is_key(cells, named):
                sets.append((str(shown), bool(named)))
        if doubted:
            message = tell_n(
                "{columns}: {n:,} row has a mark in a column of its own beside a question ({effect}). Write "
                "double marks in one cell (AC), or assign the columns with {option}.",
                "{columns}: {n:,} rows have a mark in a column of its own beside a question ({effect}). "
                "Write double marks in one cell (AC), or assign the columns with {option}.",
                len(doubted),
                columns=joined(seconds),
                effect=self._effect_aside,
                option=option("columns"),
            )
            yield Finding(message, doubted)
        if any(is_named for _, is_named in sets) or 2 * len(sets) >= max(4, len(columns.questions)):
            more = [tell("{n} more", n=len(sets) - MOST_NAMED)] if len(sets) > MOST_NAMED else []
            message = tell(
                "columns beside those of the questions have answers, too: {shown}. Name the columns of the "
                "candidates' answers with {columns}, or give the others another heading.",
                shown=joined([*(f"`{name[:40]}`" for name, _ in sets[:MOST_NAMED]), *more]),
                columns=option("columns"),
            )
            yield Finding(message, self.places.tolist(), is_refused=True)

    def _is_key(self, cells: pl.Series, question: int | None) -> bool:
        """Return whether the cells are a key: the same in all rows of a form although the answers differ, and
        right if a question is named.
        """
        forms = self.rows.form[self.places]
        if question is not None:
            marks = np.array([*map(read_mark, cells.to_list())], np.uint8)
            if (marks & ~self.key.keys[forms, question - 1]).any():
                return False
        frame = pl.DataFrame({"form": forms, "cell": cells}).unique()
        answers = np.column_stack([forms[:_SAMPLE], self.rows.marks[self.places[:_SAMPLE]]])
        is_same = not frame["form"].is_duplicated().any()
        return is_same and len(np.unique(answers, axis=0)) > len(np.unique(answers[:, 0]))

    # ── what the rows have ───────────────────────────────────────────────────────────────────

    @property
    def decided(self) -> Mapping[int, Met]:
        """The rows that a grader has decided on, by line."""
        return self.read.met[self.file.number]

    def _lines(self, rows: Ints | None = None) -> list[int]:
        lines: list[int] = self.rows.line[self.places if rows is None else rows].tolist()
        return lines

    def _n_marked(self, rows: Ints) -> Ints:
        """(n,) how many questions of some rows have a mark that is understood."""
        marks = self.rows.marks[rows]
        return np.asarray(np.count_nonzero((marks != BLANK) & (marks != INVALID), axis=1))

    @property
    def _n_numbered(self) -> Ints:
        """(n,) how many marks of each row of all files are written as numbers."""
        assert self.rows.numbered is not None
        return self.rows.numbered

    @cached_property
    def _is_of_numbers(self) -> bool:
        """Whether most answers of the file are numbers."""
        return bool(2 * np.count_nonzero(self._n_numbered[self.places]) > len(self.places))

    @property
    def _effect_aside(self) -> Message:
        """What happens to rows that wait, in words for reports."""
        return tell("scored") if self.source.layout.accepts_unreadable else tell("their rows are set aside")

    @cached_property
    def _among_letters(self) -> Ints:
        """The rows with a mark that is written as a number, in a file that has letters."""
        numbered = self.places[self._n_numbered[self.places] > 0]
        is_mixed = self._n_numbered[numbered] < self._n_marked(numbered)
        few = 2 * (len(numbered) - np.count_nonzero(is_mixed)) < len(self.places)
        return np.asarray(numbered if few else numbered[is_mixed])

    @cached_property
    def _invalid(self) -> Ints:
        """The rows with a mark that is not understood."""
        parts = (
            self.places[start : start + _ROWS_AT_ONCE] for start in range(0, len(self.places), _ROWS_AT_ONCE)
        )
        found = [some[(self.rows.marks[some] == INVALID).any(axis=1)] for some in parts]
        return np.concatenate([np.empty(0, np.int64), *found])

    @cached_property
    def _low_among_numbers(self) -> Ints:
        """The rows of a file of numbers that have only 1 and 2, more often than candidates choose them: both,
        or one of them with blanks between.
        """
        rows, places = self.rows, self.places
        none = np.empty(0, np.int64)
        if not self._is_of_numbers:
            return none
        letters = np.bitwise_or.reduce(rows.marks[places] & (0xFF ^ INVALID), axis=1)
        low = places[letters <= LOWEST + 1]
        if not len(low) or 2 * len(low) > len(places):
            return none
        marks, n_options = rows.marks[low], self.key.n_options[rows.form[low]]
        is_marked = (marks != BLANK) & (marks != INVALID)
        chosen = np.where(is_marked, np.log(np.maximum(n_options / LOWEST, 1)), 0).sum(axis=1)
        is_past = np.cumsum(is_marked[:, ::-1], axis=1)[:, ::-1] == 0
        has_blanks = np.count_nonzero(~is_marked & ~is_past, axis=1) >= _FEWEST_BETWEEN
        has_both = np.bitwise_count(np.bitwise_or.reduce(np.where(is_marked, marks, 0), axis=1)) > 1
        return np.asarray(low[(chosen > np.log(_FEWER * len(places))) & (has_both | has_blanks)])

    # ── the texts of cells ───────────────────────────────────────────────────────────────────

    def may_be_in_doubt(self) -> bool:
        """Return whether the texts of cells must be examined: rows are unreadable, a mark is not understood
        or is a number among letters, rows have only the numbers 1 and 2, or all rows mark only the first two
        of more options, which may be points.
        """
        if self.unreadable or any(
            len(rows) for rows in (self._invalid, self._among_letters, self._low_among_numbers)
        ):
            return True
        low = self.key.n_options.max(axis=0) > LOWEST
        for start in (0, *range(_FIRST_ROWS, len(self.places), _ROWS_AT_ONCE)):
            end = start + _ROWS_AT_ONCE if start else _FIRST_ROWS
            low &= (self.rows.marks[self.places[start:end]] <= LOWEST).all(axis=0)
            if not low.any():
                return False
        return len(self.places) > 0

    def examined(self, n_sample: int) -> Iterator[Finding]:
        """Yield what is found in the texts of rows with a mark that is not understood or a number among
        letters, and of about `n_sample` other rows from the whole file.
        """
        invalid, unreadable = self._invalid, self.unreadable
        every = max(1, len(self.places) // n_sample)
        some = np.union1d(self.places[::every], invalid[:_MOST_EXAMINED])
        raws = self._raws(np.union1d(some, self._among_letters[:_MOST_EXAMINED]))
        cells = {place: answer_cells(self.file, raw) for place, raw in raws.items()}
        rows_unreadable = [answer_cells(self.file, row.raw) for row in unreadable[:_MOST_EXAMINED]]
        columns = self._columns(cells, scale=max(1.0, len(invalid) / _MOST_EXAMINED))
        if values := points(columns, rows_unreadable, len(self.places) + len(unreadable)):
            texts = [*(row.raw for row in unreadable[:_SAMPLE]), *raws.values()]
            yield Finding(_fault_of_points(self.file, values, texts), self.places.tolist(), is_refused=True)
            return
        waiting: set[int] = set()
        if unclear := _unreadable(self.file, unreadable, self.n_rows):
            yield Finding(unclear, is_refused=True)
        for rule, doubts in doubts_of(columns).items():
            rows = self._waiting(doubts, cells) if rule.effect != "reported" else set[int]()
            waiting |= rows
            effect = self._effect_aside if rule.effect == "aside" else tell("scored")
            message = _report(rule, doubts, len(self.source.layout.options), effect)
            # where most of the rows is not understood, columns are not told as well
            is_told = rule.effect != "refused" or not unclear
            yield Finding(message if is_told else None, rows, is_told and rule.effect == "refused")
        if of_points := self._rows_of_points(cells):
            waiting.update(of_points)
            message = tell_n(
                "{n:,} row has points (0, 1, 2), figures, or options counted from another number, unlike the "
                "others (line {lines}; {effect}). Give the options that the candidates marked.",
                "{n:,} rows have points (0, 1, 2), figures, or options counted from another number, unlike "
                "the others (lines {lines}; {effect}). Give the options that the candidates marked.",
                len(of_points),
                lines=lines_shown(self._lines(np.array(of_points))),
                effect=self._effect_aside,
            )
            yield Finding(message, of_points)
        if (first := self._first_that_is_no_option(waiting, cells)) is not None:
            yield Finding(
                tell("answers that are no option are scored as wrong or blank, first {first}", first=first)
            )

    def _first_that_is_no_option(
        self, waiting: Collection[int], cells: Mapping[int, Sequence[str]]
    ) -> Message | None:
        """The first cell that is no option, in a row that is scored, with its place."""
        for place in (place for place in self._invalid.tolist() if place in cells and place not in waiting):
            n = int(np.argmax(self.rows.marks[place] == INVALID))
            text = cells[place][n] if n < len(cells[place]) else ""
            line = int(self.rows.line[place])
            return tell("line {line}, question {n}: {cell}", line=line, n=n + 1, cell=shown_cell(text))
        return None

    def _rows_of_points(self, cells: Mapping[int, Sequence[str]]) -> list[int]:
        """Return the rows of points, or of options counted from another number, if questions have more than
        two options. Among letters, rows of points are recognised by their numbers.
        """
        options, form = [*self.source.layout.options.values()], self.rows.form
        if max(map(max, {*options})) <= LOWEST:
            return []
        found, no_options, counted = set[int](), set[int](), set[int]()
        for place in {*self._among_letters.tolist(), *self._invalid.tolist()} & cells.keys():
            own, n_options = cells[place], options[form[place]]
            if not self._is_of_numbers and is_row_of_points(own):
                found.add(place)
            elif has_no_option(own, n_options):
                no_options.add(place)
                counted |= {place} if is_counted_otherwise(own, n_options) else set()
        if 2 * len(counted) > len(no_options):  # else 0 is written for a blank
            found |= counted
        found.update(self._low_among_numbers.tolist())
        return sorted(place for place in found if self.rows.line[place] not in self.decided)

    def _raws(self, places: Ints) -> dict[int, str]:
        """By place the texts of rows; those that were not kept are read once more."""
        kept = self.rows.raws
        lines = {place: int(self.rows.line[place]) for place in places.tolist()}
        lost = {line for place, line in lines.items() if not kept.get(place)}
        texts = raw_rows(self.file, lost) if lost else {}
        return {place: kept.get(place) or texts.get(line, "") for place, line in lines.items()}

    def _columns(self, cells_of: Mapping[int, list[str]], scale: float) -> list[Column]:
        """Return the columns made of some rows; the counts of cells that are not understood are multiplied by
        `scale`. A question is the same on all forms that print it, and booklets in an individual order have
        the questions of one form.
        """
        layout, names = self.source.layout, list(self.source.layout.options)
        asking = Counter[str]()
        for number, n_of_form in enumerate(np.bincount(self.rows.form[self.places]).tolist()):
            asking[base_form(names[number])] += n_of_form
        rows: dict[str, list[list[str]]] = {}
        for place, own in cells_of.items():
            rows.setdefault(names[self.rows.form[place]], []).append(own)
        columns: dict[object, Column] = {}
        for form, cells in rows.items():
            printed = layout.texts.questions(form) if layout.texts is not None else ()
            lettered = [row for row in cells if is_row_of_letters(row)]
            for n, n_options in enumerate(layout.options[form], 1):
                shown = printed[n - 1] if n <= len(printed) else None
                texts = [row[n - 1].strip() for row in cells if n <= len(row)]
                is_numbered = len(texts) >= FEWEST_CELLS and 2 * sum(map(is_number, texts)) > len(texts)
                same = (shown.stem, *sorted(shown.options), is_numbered) if shown else (form, n)
                column = columns.setdefault(same, Column(n_options, self.file.columns.in_words))
                if base_form(form) not in column.forms:
                    column.forms.add(base_form(form))
                    column.n_rows += asking[base_form(form)]
                column.places.append((form, n))
                column.printed |= {PrintedQuestion(shown.stem, tuple(shown.options))} if shown else set()
                signs = {*filter(is_blank_sign, shown.options if shown else ())}
                column.cells.update(text for text in texts if read_mark(text) != BLANK or text in signs)
                numbers = (row[n - 1].strip() for row in lettered if n <= len(row))
                column.among_letters.update(filter(is_number, numbers))
        for column in columns.values() if scale > 1 else ():
            for text in column.invalid():
                column.cells[text] = round(column.cells[text] * scale)
        return list(columns.values())

    def _waiting(self, doubts: Sequence[Doubt], cells_of: Mapping[int, Sequence[str]]) -> set[int]:
        """The rows that have one of the cells in doubt, whose mark nobody has decided; or that have any mark
        in a column that is wholly in doubt."""
        rows = self.rows
        numbers = {name: n for n, name in enumerate(self.source.layout.options)}
        waiting: set[int] = set()
        spots: dict[int, list[tuple[int, Counter[str]]]] = {}
        for doubt in doubts:
            for form, n in doubt.column.places:
                if doubt.rule.is_whole:
                    is_marked = rows.marks[self.places, n - 1] != BLANK
                    waiting.update(
                        self.places[is_marked & (rows.form[self.places] == numbers[form])].tolist()
                    )
                else:
                    spots.setdefault(numbers[form], []).append((n - 1, doubt.texts))
        for place in {*self._invalid.tolist(), *cells_of} if spots else ():
            cells = cells_of.get(place)
            for n, texts in spots.get(int(rows.form[place]), ()):
                mark, text = rows.marks[place, n], cells[n].strip() if cells and n < len(cells) else ""
                if mark == INVALID if cells is None else text in texts and mark in (INVALID, read_mark(text)):
                    waiting.add(place)
        return waiting


# ── the faults of a file ─────────────────────────────────────────────────────────────────────


def _fault_of_points(file: AnswerFile, values: set[str], raws: Iterable[str]) -> Message:
    """Return the fault of a file of points; names other columns that hold letters."""
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
    return tell("{what}: all cells are {shown}. {advice}", what=what, shown=shown, advice=advice)


def _report(rule: Rule, doubts: Sequence[Doubt], n_forms: int, effect: Message) -> Message:
    """Return the message about columns to which a rule applies: the fault of the file, or a report."""
    examples = sum((doubt.texts for doubt in doubts), Counter[str]())
    places = sorted({place[::-1] for doubt in doubts for place in doubt.column.places})
    values = {
        "questions": first_of(question_shown(n, form if n_forms > 1 else "") for n, form in places),
        "examples": "; ".join(shown_cell(text) for text, _ in examples.most_common(3)),
        "n": examples.total(),
        "cause": rule.cause,
    }
    if rule.effect == "refused":
        return tell(
            "{questions}: {n:,} of {rows:,} answers are not understood, for example {examples}. {cause}",
            rows=sum(doubt.column.n_rows for doubt in doubts),
            **values,
        )
    return tell("{questions}: {examples} (answers: {n:,}, {effect}). {cause}", effect=effect, **values)


def _unreadable(file: AnswerFile, rows: Sequence[QuarantinedRow], n_rows: int) -> Message | None:
    """Return the fault of a file if many of its rows are mostly unreadable."""
    if not is_many(len(rows), n_rows):
        return None
    examples = [
        f"line {row.line}, `{name[:40]}`: {shown_cell(cell)}"
        for row in rows[:4]
        for name, cell in not_understood(file, row.raw)[:2]
    ]
    return tell(
        "{n:,} of {rows:,} rows contain mostly unreadable marks ({examples}). Accepted are letters "
        "({letters}) and the text of an option as printed for the candidate's form, with or without its "
        "letter. Correct the file, or assign its columns with {columns}.",
        n=len(rows),
        rows=n_rows,
        examples="; ".join(examples[:4]),
        letters=LETTERS_WRITTEN,
        columns=option("columns"),
    )
