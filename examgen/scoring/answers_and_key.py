"""Answers of a file to one form, compared with its key → what somebody should check: files, questions and
rows that are right throughout, no better than guessing, or far better if moved to another place.

Chance means guessing among the options of each question. Questions are checked in a sample of the rows.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from examgen.core.responses.rows import BLANK, Ints, Marks
from examgen.core.words import Message, tell
from examgen.scoring.answer_columns import is_many
from examgen.scoring.file_answers import Flags, Floats, lines_shown, questions_shown
from examgen.scoring.key import Key

_FEWEST = 3
"""Fewest adjacent questions, or rows, that cannot show the same thing by chance."""
FEWEST_ALIKE = 10
"""Fewest candidates whose answers are compared with guessing, or with each other."""
_FEWEST_IN_ORDER, _MOST_IN_ORDER = 20, 4_000
"""Fewest and most rows whose order is checked."""
_MOST_COMPARED = 1_000
"""The most rows in which columns are compared with each other."""
_FEWEST_OF_TWO = 6
"""Fewest candidates who mark each option if only two options are marked at all."""
_OF_FORM, _OF_PART, _FEWEST_DOUBLE = 0.03, 0.1, 5
"""The greatest shares of several marks among the answers to a form, and to a question or in a row, of which
there are at least so many.
"""
_SAMPLE, _MOST_LOOKED_AT = 20_000, 20_000
_SURE, _SURE_OF_RUN = 5.0, 4.0
"""Nats by which rows must be likelier as guesses than as answers of weak candidates: in all, and in a run. In
simulated files without guesses, about one in 300 passes either.
"""
_FAR = 3.0
"""Standard errors by which few guesses are below the other rows, and rows between are fewer than those below
and above.
"""
IN_ORDER = 0.95
"""The share of rows with no fewer points than the row before in a file in the order of points."""
_FEWER = 40
"""One file in so many has a row that fits other questions by chance."""
_FEWEST_BLANK, _LONGEST_PATTERN = 4, 6
"""Fewest adjacent questions that are blank together, and most answers in a pattern that candidates draw."""
_RARE = 5e-4
"""The chance that a file without a fault shows the pattern."""
_USUAL = 100
"""Wrong answers to a question before it counts which ones candidates choose."""
_GUESSING = 0.1
"""The least share of candidates who guess."""
_TIED = 1.5
"""Standard errors by which right answers to exchanged questions are those of the abler candidates."""
_MUCH, _LOW = 0.2, 0.35
"""The least gain in the share of right answers by another key, and the share below which a question is
low.
"""


@dataclass(frozen=True)
class KeyedAnswers:
    """Rows of answers to one form, which may be printed in several orders, with its key.

    `marks` (n, questions), `forms` (n,) and `lines` (n,) are those of rows with any answer; `where` are the
    values by which messages name the file.
    """

    marks: Marks
    forms: npt.NDArray[np.integer]
    lines: Ints
    key: Key
    where: Mapping[str, Any]
    is_in_order: bool = False
    """Whether the candidate numbers rise from row to row."""

    @cached_property
    def sample(self) -> KeyedAnswers:
        """At most a number of rows, from the whole file."""
        n = len(self.marks)
        return self if n <= _SAMPLE else self.some(slice(None, None, n // _SAMPLE))

    @cached_property
    def is_guessed(self) -> bool:
        """Whether no more of the answers are right than by guessing."""
        counts = self.sample.counts
        if not counts.any():
            return False
        chance = float(self.sample.chances[counts].mean())
        return self._share <= chance + 2.5 * math.sqrt(chance * (1 - chance) / int(counts.sum()))

    @cached_property
    def _share(self) -> float:
        counts = self.sample.counts
        return float(self.sample.right[counts].mean()) if counts.any() else 0.0

    def reports(self) -> Iterator[Message]:
        """Yield messages about everything in the answers to a form that should be checked."""
        if len(self.marks) < FEWEST_ALIKE:
            return
        sample = self.sample
        yield from self.repeated_halves()
        if not self.is_guessed and not self.is_right:
            yield from sample.questions()
            yield from self.moved()
        yield from self.blank_blocks()
        several = (np.bitwise_count(sample.marks) > 1) & (np.bitwise_count(sample.keys) == 1)
        yield from sample.double_marks(several)
        if self._is_one_order:
            yield from self._letters()

    @cached_property
    def is_right(self) -> bool:
        """Whether every answer is right."""
        return self._share == 1 and bool(self.right.all())

    def is_rarely_right(self, n: int) -> bool:
        """Return whether so many rows would rarely have every answer right among the others."""
        is_wrong = np.count_nonzero(~self.right & self.counts, axis=1) > 0
        n_others = len(is_wrong) - n
        share = (n_others - np.count_nonzero(is_wrong) + 1) / (n_others + 2)
        return n * math.log(share) < math.log(_RARE)

    def is_below(self, others: KeyedAnswers) -> bool:
        """Return whether these few rows are guesses, and far below the others by the normal distribution."""
        if len(self.marks) <= _FEWEST or len(others.marks) < FEWEST_ALIKE or not self.is_guessed:
            return False
        of_other = (others.sample.right & others.sample.counts).mean(axis=1)
        lead = of_other.mean() - (self.right & self.counts).mean()
        return bool(lead > _FAR * of_other.std() / math.sqrt(len(self.marks)))

    def level(self, fewest: int = FEWEST_ALIKE, whole: KeyedAnswers | None = None) -> Iterator[Message]:
        """Report answers that are right throughout, or no more often than by guessing. Of the answers to one
        form, those of the `whole` file may explain the former.
        """
        if len(self.marks) < fewest:
            return
        if self.is_right and (whole is None or whole.is_rarely_right(len(self.marks))):
            yield tell(
                "{file}: all {n:,} candidates have every answer right. Check that these are answers "
                "and not the key.",
                **self.where,
            )
        elif self.is_guessed:
            yield tell(
                "{file}: {share:.0%} of the answers of {n:,} candidates are right, no more than by guessing. "
                "Check that answers, columns and form belong to this exam, and how answers are written.",
                share=self._share,
                **self.where,
            )

    def order(self, places: Sequence[Ints]) -> Iterator[Message]:
        """Yield messages about rows that are guesses among others, and about columns in an order. Each of
        `places` (n,) has the number of a row's centre or room, or -1.
        """
        if len(self.marks) >= FEWEST_ALIKE:
            yield from self.rows(places)
        if len(self.marks) >= _FEWEST_IN_ORDER:
            yield from self.columns_in_order()
            yield from self.of_key()
            yield from self.filled_ends()
            yield from self.repeated_columns()

    def at(self, rows: slice | Sequence[int] | Ints | Flags) -> dict[str, Any]:
        """Return the values by which messages name the file and some of the rows."""
        return {**self.where, "lines": lines_shown(self.lines[rows].tolist())}

    def some(self, places: slice | Ints) -> KeyedAnswers:
        """Return some of the rows."""
        return KeyedAnswers(self.marks[places], self.forms[places], self.lines[places], self.key, self.where)

    @cached_property
    def _is_one_order(self) -> bool:
        return bool((self.forms == self.forms[0]).all())

    def _of_key(self, table: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(1 or n, questions) a table of the key for each row."""
        forms = self.forms[:1] if self._is_one_order else self.forms
        return np.asarray(table[forms, : self.marks.shape[1]])

    @cached_property
    def keys(self) -> Marks:
        """(1 or n, questions) the right letters of each row."""
        return self._of_key(self.key.keys)

    @cached_property
    def counts(self) -> Flags:
        """(n, questions) whether each answer counts."""
        return np.broadcast_to(self._of_key(self.key.points > 0), self.marks.shape)

    @cached_property
    def chances(self) -> npt.NDArray[np.float64]:
        """(n, questions) the chance that a guess is right."""
        return np.broadcast_to(1 / np.maximum(self._of_key(self.key.n_options), 1), self.marks.shape)

    @cached_property
    def guessed(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """(1 or n,) mean and standard deviation of the number of scored answers that a guesser has right."""
        forms = self.forms[:1] if self._is_one_order else self.forms
        chances = np.where(self.key.points > 0, 1 / np.maximum(self.key.n_options, 1), 0)
        chances = chances[:, : self.marks.shape[1]]
        return chances.sum(axis=1)[forms], np.sqrt((chances * (1 - chances)).sum(axis=1))[forms]

    @cached_property
    def _first_right(self) -> Flags:
        some = self.some(slice(0, _MOST_IN_ORDER))
        return some.right & some.counts

    @cached_property
    def right(self) -> Flags:
        """(n, questions) whether each answer is right."""
        return _are_right(self.marks, self.keys)

    # ── questions ────────────────────────────────────────────────────────────────────────────

    def _letters(self) -> Iterator[Message]:
        """Questions at which only two letters occur, or only one wrong one."""
        start = self.marks[:_SAMPLE]
        few: list[int] = []
        for place in np.flatnonzero(self.key.n_options[self.forms[0], : start.shape[1]] > _FEWEST).tolist():
            if len(np.unique(start[:256, place])) <= _FEWEST:
                n_marked = np.bincount(self.marks[:, place], minlength=2)[1:]
                if np.count_nonzero(n_marked) == 2 and n_marked[n_marked > 0].min() >= 3 * _FEWEST_OF_TWO:
                    few.append(place)
        if few:
            yield tell(
                "{file}: only two different answers of {n:,} candidates occur at {questions}. Check "
                "that they are the letters of options, not right and wrong.",
                questions=questions_shown(few),
                **self.where,
            )
        same = np.flatnonzero(
            (start == start[0]).all(axis=0) & ~self.right[0] & self.counts[0] & (start[0] != BLANK)
        )
        if wrong := [place for place in same.tolist() if (self.marks[:, place] == start[0, place]).all()]:
            yield tell(
                "{file}: all {n:,} candidates have the same wrong answer to {questions}. Check the "
                "columns and the key.",
                questions=questions_shown(wrong),
                **self.where,
            )

    def columns_in_order(self) -> Iterator[Message]:
        """Report questions whose answers are sorted although the rows are in the order of the candidate
        numbers, or are the same in more consecutive rows than chance explains: a column that was sorted by
        itself or filled down.
        """
        marks = self.marks[:_MOST_IN_ORDER]
        n, size = marks.shape
        ordered: list[int] = []
        filled: list[int] = []
        sure = math.log(n * size / _RARE)
        for place, column in enumerate(marks.T):
            steps = np.diff(column[column != BLANK].astype(np.int16))
            changes = np.diff(self.forms[:_MOST_IN_ORDER][column != BLANK]) != 0
            # in blocks of forms, the usual letter of each form may rise as well
            inner = steps[~changes] if 4 * np.count_nonzero(changes) < n else steps
            if np.count_nonzero(inner) > 1 and ((steps >= 0).all() or (steps <= 0).all()):
                n_of_letters = [n_of + 1 for n_of in np.bincount(column[column != BLANK]).tolist()]
                by_chance = sum(map(math.lgamma, n_of_letters)) - math.lgamma(
                    sum(n_of_letters) - len(n_of_letters) + 1
                )
                if self.is_in_order and by_chance < math.log(_RARE / size):
                    ordered.append(place)
                continue
            ends = np.flatnonzero(np.diff(column, append=255))
            lengths = np.diff(ends, prepend=-1)
            longest = int(np.argmax(np.where(column[ends] != BLANK, lengths, 0)))
            length = int(lengths[longest])
            end = int(ends[longest]) + 1
            if n - length >= FEWEST_ALIKE and self._gain_of_run(place, end, length) > sure:
                filled.append(place)
        if ordered:
            yield tell(
                "{file}: the answers to {questions} are sorted, and the rows are not. Check whether the "
                "column was sorted by itself.",
                questions=questions_shown(ordered),
                **self.where,
            )
        if 0 < len(filled) <= max(1, size // 10):  # else the rows stand in an order
            yield tell(
                "{file}: many rows one below the other have the same answer to {questions}. Check whether "
                "the column was filled down.",
                questions=questions_shown(filled),
                **self.where,
            )

    def repeated_columns(self) -> Iterator[Message]:
        """Report questions whose answers are those of another question in more consecutive rows than chance
        explains: a column that was copied over another.

        Counted are the rows in which not both answers are right, so that ability explains nothing. By chance,
        the answers agree there as often as the shares of their letters on each form say, or as in other rows.
        """
        some = self.some(slice(0, _MOST_COMPARED))
        marks, right = some.marks, some.right
        n, size = marks.shape
        rows = np.arange(n)[:, None]
        found: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for one in range(size - 1):
            is_same = marks[:, one + 1 :] == marks[:, [one]]
            lengths = rows - np.maximum.accumulate(np.where(is_same, -1, rows), axis=0)
            ends = lengths.argmax(axis=0)
            for k in np.flatnonzero(lengths.max(axis=0) >= FEWEST_ALIKE).tolist():
                other, end = one + 1 + k, int(ends[k]) + 1
                run = slice(end - int(lengths[end - 1, k]), end)
                tells = (marks[:, one] != BLANK) & ~(right[:, one] & right[:, other])
                chance = some._log_chance_of_same(one, other, tells, is_same[:, k], run)
                n_ways = (size if k == 0 else size * size) * (1 if run == slice(0, n) else n)
                if math.log(n_ways) + chance < math.log(_RARE):
                    found.setdefault((run.start, end), []).append((one, other))
        for (start, end), pairs in found.items() if sum(map(len, found.values())) <= size else ():
            yield tell(
                "{file}: the answers to {questions} repeat those to {others} (lines {start} to {end}). Check "
                "whether columns were copied over others.",
                questions=questions_shown([other for _, other in pairs]),
                others=questions_shown([one for one, _ in pairs]),
                start=int(some.lines[start]),
                end=int(some.lines[end - 1]),
                **self.where,
            )

    def _log_chance_of_same(self, one: int, other: int, tells: Flags, is_same: Flags, run: slice) -> float:
        """Return the logarithm of the chance that two questions have the same answer in all telling rows of a
        run.
        """
        is_in = np.zeros(len(tells), np.bool_)
        is_in[run] = True
        outside = tells & ~is_in
        usual = (np.count_nonzero(is_same & outside) + 1) / (np.count_nonzero(outside) + 4)
        chance = 0.0
        for form, n_in in zip(*np.unique(self.forms[is_in & tells], return_counts=True), strict=True):
            own = tells & (self.forms == form)
            shares = [
                np.bincount(self.marks[own, place], minlength=256) / own.sum() for place in (one, other)
            ]
            chance += int(n_in) * math.log(max(usual, float(shares[0] @ shares[1])))
        return chance

    def exchanged(self, is_whole: bool) -> Iterator[Message]:
        """Report two questions whose answers are right far more often by the key of each other. On one form
        of several, popular wrong answers may be, too, but are not those of the abler candidates.
        """
        if len(self.marks) < _FEWEST_IN_ORDER:
            return
        some = self.some(slice(0, _MOST_COMPARED))
        keys = np.broadcast_to(some.keys, some.marks.shape)
        own = some.right & some.counts
        n_right = np.count_nonzero(own, axis=1)
        low = np.flatnonzero(some.counts.any(axis=0) & some.marks.any(axis=0) & (own.mean(axis=0) < _LOW))
        found: list[int] = []
        for one, other in combinations(() if any(some.shifted()) else low.tolist(), 2):
            tells = keys[:, one] != keys[:, other]
            if np.count_nonzero(tells) < 2 * FEWEST_ALIKE:
                continue
            pair = own[tells][:, [one, other]]
            hits = np.column_stack(
                [_are_right(some.marks[tells, a], keys[tells, b]) for a, b in ((other, one), (one, other))]
            )
            gain = hits.sum(axis=1) - pair.sum(axis=1)
            ability = n_right[tells] - pair.sum(axis=1)
            if (hits.mean(axis=0) - pair.mean(axis=0)).min() > 2 * _MUCH and pair.mean(axis=0).max() < _LOW:
                tie = np.corrcoef(gain, ability)[0, 1] if gain.std() and ability.std() else 1.0
                found += [one, other] if is_whole or tie * math.sqrt(len(gain)) > _TIED else []
        for one, other in zip(found[::2], found[1::2], strict=True):
            if found.count(one) == found.count(other) == 1:  # else more than two have moved
                yield tell(
                    "{file}: the answers to {questions} may be exchanged. Check the columns.",
                    questions=questions_shown([one, other]),
                    **self.where,
                )

    def _gain_of_run(self, place: int, end: int, length: int) -> float:
        """Return how many nats likelier the answers to a question are if all rows of a run have one answer
        for a reason of their own than if, on each form, they have it as often as the other rows.
        """
        column, forms = self.marks[:_MOST_IN_ORDER, place], self.forms[:_MOST_IN_ORDER]
        right = self._first_right
        is_in = np.zeros(len(column), np.bool_)
        is_in[end - length : end] = True
        # rows may stand in the order of their points
        abler = _log_odds(np.delete(right[is_in], place, axis=1)) - _log_odds(
            np.delete(right[~is_in], place, axis=1)
        )
        gain = 0.0
        for form, n_in in zip(*np.unique(forms[is_in], return_counts=True), strict=True):
            is_same = column[~is_in & (forms == form)] == column[end - 1]
            n_same, n_other = np.count_nonzero(is_same), np.count_nonzero(~is_same)
            lead = max(abler if right[is_in & (forms == form), place].all() else -abler, 0)
            alone, all_ = (math.log((n + 0.5) / (n_other + 0.5)) for n in (n_same, n_same + n_in))
            odds = np.linspace(alone, all_, 9)
            others = n_same * np.log1p(np.exp(-odds)) + n_other * np.log1p(np.exp(odds))
            gain += float((others + n_in * np.log1p(np.exp(-odds - lead))).min() - others[0])
        return gain

    def questions(self) -> Iterator[Message]:
        """Report questions that nobody has right, whose wrong answers are missing, or whose answers fit
        another question.
        """
        marks, counts, n = self.marks, self.counts.any(axis=0), len(self.marks)
        n_marked, n_right = np.count_nonzero(marks, axis=0), np.count_nonzero(self.right, axis=0)
        is_answered = counts & (n_marked >= FEWEST_ALIKE)
        none = [
            place
            for place in np.flatnonzero(counts & (n_marked >= 2 * FEWEST_ALIKE) & (n_right == 0)).tolist()
            if len(letters := np.bincount(marks[:, place])[1:]) and np.count_nonzero(letters) > 1
            # else a hard question, whose wrong options attract alike
            if 10 * (n - n_marked[place]) > n or 2 * letters.max() > n_marked[place] or n_marked[place] > 60
        ]
        if none:
            yield tell(
                "{file}: no answer to {questions} is right. Check the columns and the key.",
                questions=questions_shown(none),
                **self.where,
            )
        answered = marks != BLANK
        n_left_out = np.count_nonzero(~answered & np.roll(answered, 1, axis=1), axis=0)  # no one stops before
        n_blank = np.where(is_answered & (n_right == n_marked), n_left_out, 0)
        if len(alone := np.flatnonzero((n_blank * 10 > n) & (n_blank >= FEWEST_ALIKE / 2))):
            yield tell(
                "{file}: every answer to {questions} is right, and many are blank. Check whether "
                "wrong answers have been left out.",
                questions=questions_shown(alone.tolist()),
                **self.where,
            )
        yield from self.shifted()

    def of_key(self) -> Iterator[Message]:
        """Report adjacent questions that everybody has right, more often than the easiest other question
        explains: the key may stand in place of the answers.
        """
        n, shares = len(self.marks), (self.right & self.counts).mean(axis=0)
        start, end = _longest_run(shares == 1)
        most = (max(np.delete(shares, range(start, end)), default=1.0) * n + 1) / (n + 2)
        if not _FEWEST <= end - start <= len(shares) / 3:
            return
        if n * (end - start) * math.log(most) < math.log(_RARE / len(shares)):
            yield tell(
                "{file}: all {n:,} candidates are right at {questions}, and at no other question. Check that "
                "these are answers and not the key.",
                questions=questions_shown([*range(start, end)]),
                **self.where,
            )

    def filled_ends(self) -> Iterator[Message]:
        """Report three rows or more that all end in the same letter, each in more questions than chance
        explains: it may have been filled in for blanks.
        """
        some = self.some(slice(0, _MOST_LOOKED_AT))
        n, size = some.marks.shape
        last = some.marks[:, -1]
        chances = np.zeros((n, size))
        for form in np.unique(some.forms):
            is_own = some.forms == form
            for letter in np.unique(last[is_own]).tolist():
                n_same = np.count_nonzero(some.marks[is_own] == letter, axis=0)
                chances[is_own & (last == letter)] = np.log((n_same + 1) / (np.count_nonzero(is_own) + 2))
        is_end = np.cumprod((some.marks == last[:, None])[:, ::-1], axis=1)
        is_rare = (chances[:, ::-1] * is_end).sum(axis=1) < -math.log(_FEWER * n)
        for letter in np.unique(last[is_rare & (last != BLANK)]).tolist():
            found = np.flatnonzero(is_rare & (last == letter) & (is_end.sum(axis=1) < size))
            if len(found) >= _FEWEST:
                yield tell(
                    "{file}: the last answers of {n_rows:,} candidates are all the same (lines {lines}). "
                    "Check whether blanks were filled in.",
                    n_rows=len(found),
                    **some.at(found),
                )

    def shifted(self) -> Iterator[Message]:
        """Report adjacent questions whose answers are right far more often by the key of their neighbour."""
        share = (self.right & self.counts).mean(axis=0)
        for step, neighbour in (
            (1, tell("the question before each of them")),
            (-1, tell("the question after each of them")),
        ):
            gain = self.by_neighbour(step).mean(axis=0) - share
            start, end = _longest_run(gain > _MUCH)
            if end - start >= _FEWEST:
                yield tell(
                    "{file}: the answers to {questions} are right far more often if they are taken as "
                    "answers to {neighbour}. Check the columns.",
                    questions=questions_shown([*range(start, end)]),
                    neighbour=neighbour,
                    **self.where,
                )
                return

    def double_marks(self, several: Flags) -> Iterator[Message]:
        """Report that many answers are several marks, in all, or at some questions or in some rows alone."""
        marked = self.marks != BLANK
        columns, rows = (
            (n_several >= _FEWEST_DOUBLE) & (n_several > _OF_PART * np.count_nonzero(marked, axis))
            for axis in (0, 1)
            for n_several in [np.count_nonzero(several, axis)]
        )
        elsewhere = marked & ~columns & ~rows[:, None]
        n_elsewhere, n_several = np.count_nonzero(elsewhere), np.count_nonzero(several & elsewhere)
        is_most = 2 * np.count_nonzero(elsewhere) < np.count_nonzero(marked)
        if is_most or (n_several >= _FEWEST_DOUBLE and n_several > _OF_FORM * n_elsewhere):
            yield tell(
                "{file}: of {n:,} candidates one answer in {few} is several marks. Check how answers are "
                "written.",
                few=round(np.count_nonzero(marked) / np.count_nonzero(several)),
                **self.where,
            )
            return
        if columns.any():
            yield tell(
                "{file}: many answers to {questions} are several marks. Check the columns.",
                questions=questions_shown(np.flatnonzero(columns).tolist()),
                **self.where,
            )
        if rows.any():
            yield tell(
                "{file}: many answers on lines {lines} are several marks. Check how they are written.",
                **self.at(rows),
            )

    def without_right(self) -> Iterator[Message]:
        """Report rows of few answers with blanks between, none of which is right: right answers may be
        missing.
        """
        if not len(self.marks):
            return
        answered = self.marks != BLANK
        is_past = np.cumsum(answered[:, ::-1], axis=1)[:, ::-1] == 0
        n_between = np.count_nonzero(~answered & ~is_past, axis=1)
        is_empty = (3 * n_between > self.marks.shape[1]) & ~(self.right & self.counts).any(axis=1)
        found = np.flatnonzero(is_empty & (np.count_nonzero(answered, axis=1) > 1))
        if len(found):
            yield tell(
                "{file}: all answers on lines {lines} are wrong, and many between them are blank. Check "
                "whether right answers have been left out.",
                **self.at(found),
            )

    # ── rows ─────────────────────────────────────────────────────────────────────────────────

    def rows(self, places: Sequence[Ints] = ()) -> Iterator[Message]:
        """Report rows that are no better than guessing while others are, if they are many, several
        consecutive ones, or those of one of some `places`.
        """
        n = len(self.marks)
        n_right = np.count_nonzero(self.right & self.counts, axis=1)
        guessed, sd = (np.broadcast_to(each, n) for each in self.guessed)
        low = np.flatnonzero(n_right <= guessed + 1.5 * sd)
        n_high = np.count_nonzero(n_right > guessed + 3 * sd)
        if not len(low) or n_high < _FEWEST:
            yield from self.some(low[:_MOST_LOOKED_AT]).without_right()
            return
        # Rows are guesses, or normally distributed about a higher level (expectation and maximisation), or
        # all are normally distributed.
        above = n_right - guessed
        least = float(sd.mean())
        by_guess = _normal(above, 0, sd)
        by_one = _normal(above, above.mean(), max(above.std(), least))
        is_guess = np.where(n_right <= guessed + 1.5 * sd, 0.9, 0.1)
        for _ in range(20):
            share, others = max(float(is_guess.mean()), _GUESSING), 1 - is_guess
            usual = float(np.average(above, weights=others))
            spread = float(np.sqrt(np.average((above - usual) ** 2, weights=others)))
            by_usual = _normal(above, usual, max(spread, least))
            is_guess = share * by_guess / (share * by_guess + (1 - share) * by_usual)
        by_either = share * by_guess + (1 - share) * by_usual
        # A file of candidates from weak to strong has as many between, and one in the order of points has
        # the weak one below the other.
        n_between = np.count_nonzero((above > 1.5 * sd) & (above <= 5 * sd))
        is_gap = all(
            n_of - n_between > _FAR * math.sqrt(n_of + n_between)
            for n_of in (len(low), n - len(low) - n_between)
        )
        is_many_low = is_gap and np.log(by_either / by_one).sum() > _SURE
        steps = np.diff(n_right)
        is_sorted = max((steps >= 0).mean(), (steps <= 0).mean()) > IN_ORDER
        # In rows that stand in no order, guesses are as frequent in any run of them, and in any place.
        gains = np.log(by_guess / by_either)
        start, end, _ = best_run(gains)
        n_ways = 2 if start == 0 or end == n else n  # rows of something else stand above or below the others
        some = [] if is_sorted else [(np.arange(start, end), n_ways)]
        for codes in places:
            of_place = np.bincount(codes + 1, weights=gains)[1:]  # -1 if a row has no place
            some.append((np.flatnonzero(codes == np.argmax(of_place)), int(np.count_nonzero(of_place))))
        guesses = [low] if is_many_low else [
            rows for rows, n_ways in some
            if _FEWEST <= len(rows) < n
            and gains[rows].sum() > math.log(n_ways) + _SURE_OF_RUN
            and above[rows].sum() <= max(2.5 * math.sqrt((sd[rows] ** 2).sum()), sd[rows].sum())
        ]  # fmt: skip
        for rows in guesses[:1]:
            yield tell(
                "{file}: {n_low:,} of {n:,} candidates are no more right than by guessing (lines "
                "{lines}), the others are. Check their form, and that their answers are read as they "
                "were given.",
                n_low=len(rows),
                **self.at(rows),
            )
        yield from self.some(low[:_MOST_LOOKED_AT]).without_right()

    def blank_blocks(self) -> Iterator[Message]:
        """Report adjacent questions that are blank in several consecutive rows but in hardly any other row,
        as after a lost page. The chance is that of a run of so many rows, each blank at the rate of the other
        rows.
        """
        n, size = self.marks.shape
        fewest = max(_FEWEST_BLANK, size // 10)
        rows = np.flatnonzero(size - np.count_nonzero(self.marks, axis=1) >= fewest)
        if not _FEWEST <= len(rows) <= min(n / 2, _MOST_LOOKED_AT):
            return
        is_blank = self.marks[rows] == BLANK
        longest = [_longest_run(flags) for flags in is_blank]
        blocks = Counter(one for one in longest if one[1] - one[0] >= fewest)
        named = set[int]()
        for (first, end), count in blocks.most_common() if n - len(rows) >= _FEWEST else ():
            flags = np.zeros(n, np.bool_)
            flags[rows[is_blank[:, first:end].all(axis=1)]] = True
            start, behind = _longest_run(flags)
            length, n_others = behind - start, int(np.count_nonzero(flags)) - (behind - start)
            n_exact = sum(
                longest[k] == (first, end) for k in np.flatnonzero((rows >= start) & (rows < behind)).tolist()
            )
            chance = n * len(blocks) * ((n_others + 1) / (n - length + 1)) ** length
            is_stop = end == size and is_many(count, n)  # which is reported as such
            if is_stop or length < _FEWEST or 5 * n_exact < 4 * length or chance > _RARE:
                continue
            if named.isdisjoint(range(start, behind)):
                named.update(range(start, behind))
                yield tell(
                    "{file}: {questions} are blank in {n_rows:,} rows one below the other (lines {lines}), "
                    "and in hardly any other. Check whether a page of theirs was lost.",
                    questions=questions_shown([*range(first, end)]),
                    n_rows=length,
                    **self.at(slice(start, behind)),
                )

    def repeated_halves(self) -> Iterator[Message]:
        """Report rows in which the second half of the answers repeats the first, unless the halves of other
        rows agree so often that this may be chance.
        """
        n, size = self.marks.shape
        half = size // 2
        start = min(half, _FEWEST_BLANK)
        is_start_same = (self.marks[:, :start] == self.marks[:, size - half :][:, :start]).all(axis=1)
        found = [
            place
            for place in np.flatnonzero(is_start_same).tolist()
            if (self.marks[place, :half] == self.marks[place, size - half :]).all()
            and 4 * np.count_nonzero(self.marks[place]) >= 3 * size
            and not is_pattern(self.marks[place])
        ]
        if not found:
            return
        is_same, others = self.marks[:, :half] == self.marks[:, size - half :], np.ones(n, np.bool_)
        others[found] = False
        agreeing = (np.count_nonzero(is_same[others], axis=0) + 1) / (np.count_nonzero(others) + 2)
        is_most = 2 * len(found) > n and bool((self.keys[:, :half] != self.keys[:, size - half :]).any())
        if is_most or n * agreeing.prod() < _RARE:
            yield tell(
                "{file}: in {n_rows:,} rows the second half of the answers repeats the first (lines "
                "{lines}). Check whether one page was captured twice.",
                n_rows=len(found),
                **self.at(found),
            )

    def by_neighbour(self, step: int) -> Flags:
        """(n, questions) whether each answer is right by the key of the question before (1) or after (-1)."""
        found = np.zeros(self.marks.shape, np.bool_)
        here, there = (slice(1, None), slice(None, -1))[::step]
        found[:, here] = _are_right(self.marks[:, here], self.keys[:, there]) & self.counts[:, there]
        return found

    def moved(self) -> Iterator[Message]:
        """Report rows whose answers are right far more often if those from some question on are moved by one:
        more often than guessing, or the row's rate of right answers, explains. In files with very many rows
        only those at the level of guessing are checked.
        """
        rows = self
        if len(self.marks) > _MOST_LOOKED_AT:
            guessed, sd = self.guessed
            n_right = np.count_nonzero(self.right & self.counts, axis=1)
            rows = self.some(np.flatnonzero(n_right <= guessed + 1.5 * sd)[:_MOST_LOOKED_AT])
        if not len(rows.marks):
            return
        sure = math.log(_FEWER * len(self.marks))
        for step in (1, -1):
            by_blank, anywhere = rows.surprise_of_moving(step)
            found = (by_blank > sure) | (anywhere > sure + math.log(_FEWER))
            if not found.any() or 2 * np.count_nonzero(found) > len(found):
                continue
            # Where cells of some rows have shifted, those of others may have.
            found |= by_blank > math.log(_FEWEST * len(found) / np.count_nonzero(found))
            yield tell(
                "{file}: the answers on lines {lines} are right far more often when they are moved by a "
                "question. Check whether cells have shifted there.",
                **rows.at(found),
            )

    def surprise_of_moving(self, step: int) -> tuple[Floats, Floats]:
        """Return (n,) how surprising it is, in nats, that answers are right once they are moved from some
        question on.

        The first array is for moves from a blank on, or before a blank at the end; the second for moves from
        any question. The surprise is the lesser of two: under guessing from there on, with wrong answers
        chosen as the other candidates choose them, by the tail of the binomial distribution (Bahadur and Rao,
        1960); and under one rate of right answers in the whole row, by the ratio of the likelihoods.
        """
        by_other, right = self.by_neighbour(step) & ~self.right, self.right & self.counts
        here, there = (slice(1, None), slice(None, -1))[::step]
        n, size = self.marks.shape
        tells, guessed = np.zeros((n, size), np.bool_), np.array(self.chances)
        tells[:, here] = (self.keys[:, here] != self.keys[:, there]) & (self.marks[:, here] != BLANK)
        n_wrong = np.count_nonzero(tells & ~self.right, axis=0)
        usual = guessed.mean(axis=0)
        n_chosen = np.count_nonzero(by_other, axis=0) + _USUAL * usual
        chosen = n_chosen * (1 - usual) / (n_wrong + _USUAL * (1 - usual))
        guessed = np.maximum(guessed, chosen)
        lost = right & ~self.by_neighbour(step)
        gains = _to_the_end(by_other.astype(np.int16) - lost)
        row, place = np.nonzero(gains >= _FEWEST)
        n_gained, n_telling = (_to_the_end(each.astype(np.int16))[row, place] for each in (by_other, tells))
        chance = np.minimum(_to_the_end(np.where(tells, guessed, 0))[row, place] / n_telling, 1 - 1e-6)
        share = np.minimum(n_gained / n_telling, 1 - 1e-3)
        odds = share * (1 - chance) / ((1 - share) * chance)
        guessing = n_telling * (share * np.log(odds) + np.log((1 - share) / (1 - chance)))
        guessing += np.log(np.maximum(2 * np.pi * n_telling * share * (1 - share), 1)) / 2
        guessing += np.log(np.maximum(1 - 1 / odds, 1e-9))
        n_right, n_marked = np.count_nonzero(right, axis=1)[row], np.count_nonzero(self.marks, axis=1)[row]
        rate = np.clip((n_right + gains[row, place]) / n_marked, 1e-3, 0.97)
        by_rate = gains[row, place] * np.log(rate / (1 - rate) * (1 - chance) / chance)
        surprise = np.zeros((n, size))
        surprise[row, place] = np.where(odds > 1, np.minimum(guessing, by_rate), 0)
        is_open = self.marks == BLANK if step == 1 else self.marks[:, -1:] == BLANK
        return np.where(is_open, surprise, 0).max(axis=1), surprise.max(axis=1)


def _log_odds(right: Flags) -> float:
    """Return the log odds of a right answer."""
    n_right = np.count_nonzero(right)
    return math.log((n_right + 1) / (right.size - n_right + 1))


def _are_right(marks: Marks, keys: Marks) -> Flags:
    return np.asarray((marks != BLANK) & (marks & ~keys == 0))


def _to_the_end(steps: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(n, questions) the sums from each question to the last."""
    return np.asarray(np.cumsum(steps[:, ::-1], axis=1)[:, ::-1])


def is_pattern(row: Marks) -> bool:
    """Return whether all answers of a row repeat a few, as ABCD again and again."""
    return any(bool((row[period:] == row[:-period]).all()) for period in range(1, _LONGEST_PATTERN + 1))


def best_run(gains: Floats) -> tuple[int, int, float]:
    """Return the start, the end (exclusive) and the sum of the adjacent values with the greatest sum."""
    sums = np.concatenate([[0.0], np.cumsum(gains)])
    above = sums - np.minimum.accumulate(sums)
    end = int(np.argmax(above))
    return int(np.argmin(sums[: end + 1])), end, float(above[end])


def _normal(values: Floats, mean: float, sd: Floats | float) -> Floats:
    """Return the densities of a normal distribution, at least 1e-200 of the unit."""
    return np.asarray(np.exp(-(((values - mean) / sd) ** 2) / 2) / sd + 1e-200)


def _longest_run(flags: Flags) -> tuple[int, int]:
    """Return the start and the end (exclusive) of the longest run of flags."""
    steps = np.diff(np.concatenate([[0], flags, [0]]).astype(np.int8))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    if not len(starts):
        return 0, 0
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])
