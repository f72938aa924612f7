"""Answer files whose rows have all been read → the files that are refused, and the rows that wait for a
person.

A file is refused if it has columns that are not understood (`answer_columns`), if many of its rows are mostly
unreadable, or if it seems to belong to another exam. With `--unreadable`, a person chooses whether the rows
in doubt are set aside or all rows are scored as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
from examgen.capture.quarantine_reasons import NO_CANDIDATE, UNREADABLE_MARKS
from examgen.core.exam.names import base_form
from examgen.core.exam.package import PrintedQuestion
from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import BLANK, INVALID, Ints, Marks, QuarantinedRow, Texts
from examgen.core.words import Message, joined, option, tell, tell_n
from examgen.scoring.answer_columns import (
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
from examgen.scoring.answers_and_key import first_of, lines_shown, question_shown
from examgen.scoring.earn import earn
from examgen.scoring.key import Key
from examgen.scoring.numbers_to_check import number_texts, numbers_of_users

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
_FEWEST_BETWEEN = 2
"""Blanks between the answers of a row of right ones alone."""
_MOST_NAMED = 4
_FEWEST_ALIKE = 4
"""Candidate numbers of a file, of which nearly all are alike."""
_FEWEST_DIGITS, _FAR_APART = 5, 100
"""Digits of numbers that all have as many; places of a sequence between two numbers of it, for each."""
_OTHER_SIZE = {"question_missing", "unknown_question", "answers_wrong_length"}


class Doubted(NamedTuple):
    """The rows that wait for a person because answers in their file are not understood or because they are
    the key: the reason by row index, and the messages for the report.
    """

    rows: dict[int, str]
    reports: list[Message]


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


def doubted_rows(source: RowSource, read: ReadAnswers, key: Key, refuses: bool) -> Doubted:
    """Return the rows in doubt and the messages about them. With `refuses`, raises Refused with every fault
    for which a file is refused.
    """
    rows: dict[int, str] = {}
    reports: list[Message] = []
    if source.kept is not None:
        return Doubted(rows, reports)
    problems: list[Problem] = []
    has_two_meanings, is_scored = _has_two_meanings(source), source.layout.accepts_unreadable
    for file, n_rows in zip(source.files, read.n_rows, strict=True):
        places = np.flatnonzero(read.rows.file == file.number)
        set_aside = [row.row for row in read.set_aside if row.file == file.number]
        answers = _FileAnswers(source, read, file, places, set_aside, n_rows)
        for found in answers.findings(key, has_two_meanings):
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
    return Doubted(rows, reports)


def unlike_others(ids: Texts, places: Ints) -> Ints:
    """Return the indices of the few candidate numbers that are written unlike nearly all others, such as
    `guest1` among `690001`.

    All runs of digits count as alike, and so do all runs of letters. Their lengths are compared only if most
    numbers have leading zeros (`CM-9` among `CM-00001`), or if every number consists of digits: the few that
    are longer or shorter, such as `6901`, are returned unless they may continue the sequence of the others.
    """
    none = np.empty(0, np.int64)
    if len(places) < _FEWEST_ALIKE:
        return none
    signs = np.ascontiguousarray(ids[places]).view(np.uint8)
    if not (signs > ord("9")).any() and not ((signs > 0) & (signs < ord("0"))).any():
        return _of_other_lengths(ids, places, signs.reshape(len(places), -1))
    texts = number_texts(ids[places]).str.replace_all(r"[\s\-‐-―]", "")
    signs_of = texts.str.replace_all(r"\p{Nd}", "9").str.replace_all(r"[\p{L}\p{M}]", "A")
    shapes = [signs_of.str.replace_all("9+", "9").str.replace_all("A+", "A")]
    if texts.str.contains(r"(?:^|\D)0").sum() > len(places) / 2:
        shapes.append(signs_of)  # zeros before a number give all as many digits: `CM-9` among `CM-00001`
    for shape in shapes:
        usual = shape.value_counts(sort=True)
        n_unlike = len(places) - usual["count"][0]
        if 0 < n_unlike <= max(1, len(places) / 10):
            return np.asarray(places[(shape != usual[shape.name][0]).to_numpy()])
    return none


def copies(ids: Texts, places: Ints) -> Ints:
    """Return the indices of candidate numbers that are another number with letters before or behind it."""
    signs = np.ascontiguousarray(ids[places]).view(np.uint8)
    if len(places) > _MOST_EXAMINED or not (signs > ord("9")).any():
        return np.empty(0, np.int64)
    texts = number_texts(ids[places]).str.replace_all(r"[\s()\-]", "")
    stems = texts.str.replace(r"^[\p{L}\p{M}]+(\d{2,})$|^(.*\d{2,})[\p{L}\p{M}]+$", "$1$2")
    is_copy = (stems != texts) & stems.is_in(texts.to_list())
    found: Ints = places[is_copy.to_numpy()]
    return found


def _of_other_lengths(ids: Texts, places: Ints, signs: Marks) -> Ints:
    """Return the indices of the few numbers that have more or fewer digits than nearly all others and are far
    from them.
    """
    n_digits = np.count_nonzero(signs, axis=1) if not signs[:, -1].all() else np.zeros(1, np.int64)
    usual = int(np.bincount(n_digits).argmax())
    is_usual = n_digits == usual
    if usual < _FEWEST_DIGITS or is_usual.all() or 10 * np.count_nonzero(~is_usual) > len(places):
        return np.empty(0, np.int64)
    numbers = [int(one) for one in ids[places].tolist()]
    ends = [number for number, own in zip(numbers, is_usual.tolist(), strict=True) if own]
    near = _FAR_APART * len(places)
    is_far = [not min(ends) - near < number < max(ends) + near for number in numbers]
    found: Ints = places[~is_usual & np.array(is_far)]
    return found


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


class _FileAnswers(NamedTuple):
    """The rows of one file: the indices of those that were read, and those that were set aside."""

    source: RowSource
    read: ReadAnswers
    file: AnswerFile
    places: Ints
    set_aside: Sequence[QuarantinedRow]
    n_rows: int

    @property
    def unreadable(self) -> list[QuarantinedRow]:
        """The rows that are mostly unreadable."""
        return [row for row in self.set_aside if row.reason == UNREADABLE_MARKS]

    def findings(self, key: Key, has_two_meanings: bool) -> list[Finding]:
        """Return everything in the file that is in doubt."""
        found = [*self.no_candidates(key), *self.hidden_rows(), *self.contradicting_forms()]
        found += [*self.two_alphabets(), *self.marks_beside(key)]
        if self.may_be_in_doubt() or has_two_meanings:
            found += self.examined(_MOST_EXAMINED if has_two_meanings else _SAMPLE)
        is_refused = any(one.is_refused for one in found)
        return found if is_refused else [*found, *self.another_exam(key)]

    def no_candidates(self, key: Key) -> Iterator[Finding]:
        """Find rows that may not belong to candidates, if there is no list of candidates.

        Rows whose number is unlike the others are set aside if they look like the key, a test, or figures
        about other rows; the rest are reported. The file is refused if its candidate numbers only count the
        rows.
        """
        rows, assignment = self.read.rows, self.source.layout.assignment
        if assignment.dealt or len(assignment.roster):
            return
        if (users := numbers_of_users(self.file, rows, self.places)) is not None:
            message = tell(
                "`{taken}` counts the rows, and `{other}` may be the candidate number. Assign the columns "
                "with {columns}.",
                taken=self.file.columns.names[self.file.columns.candidate],
                other=users,
                columns=option("columns"),
            )
            yield Finding(message, self.places.tolist(), is_refused=True)
        unlike = np.union1d(unlike_others(rows.ids, self.places), copies(rows.ids, self.places))
        met = self.read.met[self.file.number]
        unlike = unlike[[int(line) not in met for line in rows.line[unlike].tolist()]]
        if not len(unlike):
            return
        names = [rows.ids[place].decode("utf-8", "replace") for place in unlike.tolist()]
        units = earn(key, rows.form[unlike], rows.marks[unlike]).units.sum(axis=1)
        is_right = (units == key.max_total[rows.form[unlike]]).tolist()
        assert rows.numbered is not None
        n_marked = np.count_nonzero((rows.marks[unlike] != BLANK) & (rows.marks[unlike] != INVALID), axis=1)
        is_figures = (rows.numbered[unlike] == n_marked) & (not self._is_of_numbers())
        aside = [
            place
            for place, name, right, figures in zip(unlike.tolist(), names, is_right, is_figures, strict=True)
            if figures or says_test(name) or (right and not any(map(str.isdigit, name)))
        ]
        yield Finding(None, aside, reason=NO_CANDIDATE)
        others = [
            f"{name} (line {rows.line[place]})"
            for place, name in zip(unlike.tolist(), names, strict=True)
            if place not in aside
        ]
        if others:
            yield Finding(
                tell_n(
                    "{n:,} candidate number is unlike all others: {shown}. Check that it is a candidate.",
                    "{n:,} candidate numbers are unlike all others: {shown}. Check that they are candidates.",
                    len(others),
                    shown=", ".join(others[:_MOST_NAMED]) + (", …" if len(others) > _MOST_NAMED else ""),
                )
            )

    def hidden_rows(self) -> Iterator[Finding]:
        """Report rows that are hidden in a workbook, because people may not know that they are read."""
        lines = self.read.rows.line[self.places].tolist()
        if hidden := [line for line in lines if line in self.file.structure.hidden]:
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
        rows = self.read.rows
        assert rows.mixed is not None
        mixed = self.places[rows.mixed[self.places]].tolist()
        if mixed:
            yield Finding(
                tell_n(
                    "{n:,} row has Latin and Thai letters (line {lines}; {effect}). On a Thai keyboard, D "
                    "becomes ก. Write the letters of one alphabet.",
                    "{n:,} rows have Latin and Thai letters (lines {lines}; {effect}). On a Thai keyboard, D "
                    "becomes ก. Write the letters of one alphabet.",
                    len(mixed),
                    lines=lines_shown(rows.line[mixed].tolist()),
                    effect=self._effect("reported"),
                )
            )

    def contradicting_forms(self) -> Iterator[Finding]:
        """Find rows in which a second form column names a different form."""
        rows, columns, context = self.read.rows, self.file.columns, self.source.contexts[self.file.number]
        if columns.is_declared or columns.form is None:
            return
        forms = list(self.source.layout.options)
        for name, column in zip(self.file.structure.extra_names, columns.extras, strict=True):
            if not is_form_name(columns.names[column]):
                continue
            cells = rows.extras[name].gather(self.places).to_list()
            own = [base_form(forms[form]) for form in rows.form[self.places].tolist()]
            named = {cell: {*map(context.form_of, cell.split(" | "))} - {""} for cell in {*cells} if cell}
            others = [n for n, cell in enumerate(cells) if named.get(cell, set()) - {own[n]}]
            if others:
                first = others[0]
                yield Finding(
                    tell(
                        "`{form}` and `{other}` name different forms in {n:,} rows, for example in "
                        "line {line} ({one}, {two}). Keep one of the columns, or assign the columns "
                        "with {columns}.",
                        form=columns.names[columns.form],
                        other=columns.names[column],
                        n=len(others),
                        line=int(rows.line[self.places[first]]),
                        one=own[first],
                        two=cells[first],
                        columns=option("columns"),
                    ),
                    self.places[others].tolist(),
                    is_refused=True,
                )

    def another_exam(self, key: Key) -> Iterator[Finding]:
        """Yield a finding if the file seems to belong to another exam: all rows have the number of answers of
        a longer or shorter exam, or no answer is right.
        """
        rows, sizes = self.read.rows, {*self.source.layout.sizes.values()}
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
            if (earn(key, rows.form[some], rows.marks[some]).units > 0).any():
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

    def marks_beside(self, key: Key) -> Iterator[Finding]:
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
        for name, column in zip(self.file.structure.extra_names, columns.extras, strict=True):
            heading, before = columns.names[column], column - 1
            while before in columns.extras and not columns.names[before]:
                before -= 1
            number = question_beside(heading)
            named = number if number in numbers else None
            is_beside = first < column < last or (not heading and before in columns.questions)
            if not (named or is_beside or column == last + 1 or numbers.intersection(numbers_in(heading))):
                continue
            cells = self.read.rows.extras[name].gather(self.places).fill_null("").str.strip_chars()
            if column == last + 1:  # an answer that has moved to where others have the same text
                usual = cells.value_counts(sort=True)
                if 10 * usual["count"][0] > 8 * n_rows and not is_letter(usual[cells.name][0]):
                    cells, is_beside = cells.replace(usual[cells.name][0], ""), True
            marked = (cells != "").to_numpy()
            texts = [text for text in cells.unique().to_list() if text]
            if not texts or not all(map(single_mark, texts)):
                continue
            shown = heading or tell("column {n}", n=column + 1)
            if 2 * np.count_nonzero(marked) < n_rows and not (named or is_beside):
                continue
            if 2 * np.count_nonzero(marked) < n_rows:
                doubted.update(self.places[marked].tolist())
                seconds.append(shown)
            elif any(map(is_letter, texts)) != self._is_of_numbers() and not self._is_key(cells, key, named):
                sets.append((str(shown), bool(named)))
        if doubted:
            yield Finding(self._report_of_seconds(seconds, doubted), doubted)
        if any(is_named for _, is_named in sets) or 2 * len(sets) >= max(4, len(columns.questions)):
            message = tell(
                "columns beside those of the questions have answers, too: {shown}. Name the columns of the "
                "candidates' answers with {columns}, or give the others another heading.",
                shown=joined(
                    [*(f"`{name[:40]}`" for name, _ in sets[:_MOST_NAMED])]
                    + ([tell("{n} more", n=len(sets) - _MOST_NAMED)] if len(sets) > _MOST_NAMED else [])
                ),
                columns=option("columns"),
            )
            yield Finding(message, self.places.tolist(), is_refused=True)

    def _report_of_seconds(self, columns: Sequence[Message | str], doubted: Collection[int]) -> Message:
        return tell_n(
            "{columns}: {n:,} row has a mark in a column of its own beside a question ({effect}). Write "
            "double marks in one cell (AC), or assign the columns with {option}.",
            "{columns}: {n:,} rows have a mark in a column of its own beside a question ({effect}). Write "
            "double marks in one cell (AC), or assign the columns with {option}.",
            len(doubted),
            columns=joined(columns),
            effect=self._effect("aside"),
            option=option("columns"),
        )

    def _is_key(self, cells: pl.Series, key: Key, question: int | None) -> bool:
        """Return whether the cells are a key: the same in all rows of a form although the answers differ, and
        right if a question is named.
        """
        rows = self.read.rows
        if question is not None:
            right = key.keys[rows.form[self.places], question - 1]
            if (np.array([*map(read_mark, cells.to_list())], np.uint8) & ~right).any():
                return False
        frame = pl.DataFrame({"form": rows.form[self.places], "cell": cells})
        is_same = bool(frame.group_by("form").agg(pl.col("cell").n_unique())["cell"].eq(1).all())
        places = self.places[:_SAMPLE]
        answers = {
            (form, marks.tobytes()) for form, marks in zip(rows.form[places], rows.marks[places], strict=True)
        }
        return is_same and len(answers) > len({*rows.form[places].tolist()})

    def _is_of_numbers(self) -> bool:
        """Whether most answers of the file are numbers."""
        numbered = self.read.rows.numbered
        assert numbered is not None
        return bool(2 * np.count_nonzero(numbered[self.places]) > len(self.places))

    def _effect(self, effect: str) -> Message:
        """Return what happens to the rows, in words for reports."""
        is_aside = effect == "aside" and not self.source.layout.accepts_unreadable
        return tell("their rows are set aside") if is_aside else tell("scored")

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
        """Return whether the texts of cells must be examined: rows are unreadable, a mark is not understood
        or is a number among letters, rows have only the numbers 1 and 2, or all rows mark only the first two
        of more options, which may be points.
        """
        if (
            self.unreadable
            or len(self._invalid())
            or len(self._among_letters())
            or len(self._low_among_numbers())
        ):
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

    def examined(self, n_sample: int) -> Iterator[Finding]:
        """Yield what is found in the texts of rows with a mark that is not understood or a number among
        letters, and of about `n_sample` other rows from the whole file.
        """
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
            yield Finding(_fault_of_points(self.file, values, texts), self.places.tolist(), is_refused=True)
            return
        waiting: set[int] = set()
        if unclear := _unreadable(self.file, unreadable, self.n_rows):
            yield Finding(unclear, is_refused=True)
        for rule, doubts in doubts_of(columns).items():
            rows = self._waiting(doubts, invalid, cells) if rule.effect != "reported" else set[int]()
            waiting |= rows
            message = _report(rule, doubts, len(self.source.layout.options), self._effect(rule.effect))
            # where most of the rows is not understood, columns are not told as well
            is_told = rule.effect != "refused" or not unclear
            yield Finding(message if is_told else None, rows, is_told and rule.effect == "refused")
        if rows_of_points := self._rows_of_points(np.union1d(among_letters, invalid), cells):
            waiting.update(rows_of_points)
            lines = self.read.rows.line[rows_of_points].tolist()
            yield Finding(_report_of_points(lines, self._effect("aside")), rows_of_points)
        if (first := self._first_that_is_no_option(invalid, waiting, cells)) is not None:
            yield Finding(
                tell("answers that are no option are scored as wrong or blank, first {first}", first=first)
            )

    def _first_that_is_no_option(
        self, invalid: Ints, waiting: Collection[int], cells: Mapping[int, Sequence[str]]
    ) -> Message | None:
        """The first cell that is no option, in a row that is scored, with its place."""
        rows = self.read.rows
        for place in (place for place in invalid.tolist() if place in cells and place not in waiting):
            for n in np.flatnonzero(rows.marks[place] == INVALID).tolist():
                text = cells[place][n] if n < len(cells[place]) else ""
                line = int(rows.line[place])
                return tell("line {line}, question {n}: {cell}", line=line, n=n + 1, cell=shown_cell(text))
        return None

    def _rows_of_points(self, odd: Ints, cells: Mapping[int, Sequence[str]]) -> list[int]:
        """Return the rows of points, or of options counted from another number, if questions have more than
        two options. Among letters, rows of points are recognised by their numbers.
        """
        options, form = [*self.source.layout.options.values()], self.read.rows.form
        if max(map(max, {*options})) <= LOWEST:
            return []
        is_lettered, met = not self._is_of_numbers(), self.read.met[self.file.number]
        cells_of = {place: cells[place] for place in odd.tolist() if place in cells}
        found = {place for place, own in cells_of.items() if is_lettered and is_row_of_points(own)}
        no_options = {
            place for place, own in cells_of.items() if has_no_option(own, options[form[place]])
        } - found
        counted = {place for place in no_options if is_counted_otherwise(cells[place], options[form[place]])}
        if 2 * len(counted) > len(no_options):  # else 0 is written for a blank
            found |= counted
        found.update(self._low_among_numbers().tolist())
        return sorted(place for place in found if self.read.rows.line[place] not in met)

    def _low_among_numbers(self) -> Ints:
        """Return the rows of a file of numbers that have only 1 and 2, more often than candidates choose
        them: both, or one of them with blanks between.
        """
        rows, places = self.read.rows, self.places
        none = np.empty(0, np.int64)
        if not self._is_of_numbers():
            return none
        letters = np.bitwise_or.reduce(rows.marks[places] & (0xFF ^ INVALID), axis=1)
        low = places[letters <= LOWEST + 1]
        if not len(low) or 2 * len(low) > len(places):
            return none
        options = np.zeros((len(self.source.layout.options), rows.marks.shape[1]))
        for number, own in enumerate(self.source.layout.options.values()):
            options[number, : len(own)] = own
        marks = rows.marks[low]
        is_marked = (marks != BLANK) & (marks != INVALID)
        chosen = np.where(is_marked, np.log(np.maximum(options[rows.form[low]] / LOWEST, 1)), 0).sum(axis=1)
        is_past = np.cumsum(is_marked[:, ::-1], axis=1)[:, ::-1] == 0
        has_blanks = np.count_nonzero(~is_marked & ~is_past, axis=1) >= _FEWEST_BETWEEN
        own = np.bitwise_count(np.bitwise_or.reduce(np.where(is_marked, marks, 0), axis=1)) > 1
        found: Ints = low[(chosen > np.log(_FEWER * len(places))) & (own | has_blanks)]
        return found

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
        """Return the columns made of some rows; the counts of cells that are not understood are multiplied by
        `scale`. A question is the same on all forms that print it, and booklets in an individual order have
        the questions of one form.
        """
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
                signs = {*filter(is_blank_sign, shown.options if shown else ())}
                column.cells.update(text for text in texts if read_mark(text) != BLANK or text in signs)
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
                if doubt.rule.is_whole:
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


def _report_of_points(lines: Sequence[int], effect: Message) -> Message:
    """What is reported of rows of points, of figures, or of options counted otherwise."""
    return tell_n(
        "{n:,} row has points (0, 1, 2), figures, or options counted from another number, unlike the others "
        "(line {lines}; {effect}). Give the options that the candidates marked.",
        "{n:,} rows have points (0, 1, 2), figures, or options counted from another number, unlike the "
        "others (lines {lines}; {effect}). Give the options that the candidates marked.",
        len(lines),
        lines=lines_shown(lines),
        effect=effect,
    )


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
