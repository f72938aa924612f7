"""Answers of a file to one form, compared with its key → what somebody should check: files, questions and
rows that are right throughout, no better than guessing, or far better if moved to another place.

Chance means guessing among the options of each question. Questions are checked in a sample of the rows.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from examgen.core.responses.rows import BLANK, Ints, Marks
from examgen.core.words import Message, joined, tell, tell_n
from examgen.scoring.answer_columns import is_many
from examgen.scoring.key import Key

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_FEWEST = 3
"""Fewest adjacent questions, or rows, that cannot show the same thing by chance."""
_FEWEST_ALIKE = 10
"""Fewest candidates whose answers are compared with guessing, or with each other."""
_FEWEST_IN_ORDER, _MOST_IN_ORDER, _SURE_OF_ROWS = 20, 4_000, 5.0
"""Fewest and most rows whose order is checked, and standard deviations of chance beyond which other rows fit
better.
"""
_FEWEST_OF_TWO = 6
"""Fewest candidates who mark each option if only two options are marked at all."""
_SAMPLE, _MOST_LOOKED_AT, _MOST_LOW = 20_000, 20_000, 20
_SURE, _FEWER = 3.3, 20
"""Standard deviations by which the number of rows between two groups must fall short to exclude chance. One
file in `_FEWER` has a row that fits other questions by chance.
"""
_FEWEST_BLANK, _LONGEST_PATTERN = 4, 6
"""Fewest adjacent questions that are blank together, and most answers in a pattern that candidates draw."""
_RARE = 5e-4
"""The chance that a file without a fault shows the pattern."""
_USUAL = 100
"""Wrong answers to a question before it counts which ones candidates choose."""
_USUAL_LOW = 0.15
"""The share of rows at the level of guessing that is not reported."""
_MUCH, _LOW = 0.2, 0.35
"""The least gain in the share of right answers by another key, and the share below which a question is
low.
"""
_MOST_NAMED = 4


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

    def reports(self) -> Iterator[Message]:
        """Yield messages about everything in the answers that should be checked."""
        if len(self.marks) < _FEWEST_ALIKE:
            return
        sample = (
            self if len(self.marks) <= _SAMPLE else self._some(slice(None, None, len(self.marks) // _SAMPLE))
        )
        yield from self.repeated_halves()
        counts = sample.counts
        share, chance = float(sample.right[counts].mean()), float(sample.chances[counts].mean())
        if share == 1 and self.right.all():
            yield tell(
                "{file}: all {n:,} candidates have every answer right. Check that these are answers "
                "and not the key.",
                **self.where,
            )
        elif share <= chance + 2 * np.sqrt(chance * (1 - chance) / counts.sum()):
            yield tell(
                "{file}: {share:.0%} of the answers of {n:,} candidates are right, no more than by guessing. "
                "Check that answers, columns and form belong to this exam, and how answers are written.",
                share=share,
                **self.where,
            )
        else:
            yield from sample.questions()
            yield from self.rows()
            yield from self.moved()
        yield from self.blank_blocks()
        several = (np.bitwise_count(sample.marks) > 1) & (np.bitwise_count(sample.keys) == 1)
        n_marked, n_several = int(np.count_nonzero(sample.marks)), np.count_nonzero(several)
        if is_many(int(n_several), n_marked):
            yield tell(
                "{file}: of {n:,} candidates one answer in {few} is several marks. Check how answers are "
                "written.",
                few=round(n_marked / int(n_several)),
                **self.where,
            )
        elif n_several:
            yield from sample.double_marks(several)
        if self._is_one_order:
            yield from self._letters()
            if len(self.marks) >= _FEWEST_IN_ORDER:
                yield from self.columns_moved()
                yield from self.columns_in_order()

    def _some(self, places: slice | Ints) -> KeyedAnswers:
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
        return np.broadcast_to(self._of_key(self.key.points) > 0, self.marks.shape)

    @cached_property
    def chances(self) -> npt.NDArray[np.float64]:
        """(n, questions) the chance that a guess is right."""
        return np.broadcast_to(1 / np.maximum(self._of_key(self.key.n_options), 1), self.marks.shape)

    @cached_property
    def guessed(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """(1 or n,) mean and standard deviation of the number of scored answers that a guesser has right."""
        chances = np.where(self._of_key(self.key.points) > 0, self.chances[: len(self.keys)], 0)
        return chances.sum(axis=1), np.sqrt((chances * (1 - chances)).sum(axis=1))

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
                if np.count_nonzero(n_marked) == 2 and n_marked[n_marked > 0].min() >= 2 * _FEWEST_OF_TWO:
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

    def columns_moved(self) -> Iterator[Message]:
        """Report questions whose answers fit the row above or below far better than their own, because cells
        were moved.

        For each question, and for all questions up to it, the number right is correlated with that of the
        other questions, in the same row and in the adjacent rows (Fisher's z).
        """
        right = (self.right & self.counts)[:_MOST_IN_ORDER].astype(np.float32)
        n, size = right.shape
        total, upto = right.sum(axis=1), np.cumsum(right, axis=1)

        def gain(own: npt.NDArray[Any]) -> float:
            """Return by how much another row fits better; 0 if that may be chance."""
            rest = total - own
            here, *others = (
                _correlation(own[max(0, -k) : n - max(0, k)], rest[max(0, k) : n + min(0, k)])
                for k in (0, 1, -1)
            )
            best = max(others)
            is_sure = math.atanh(min(best, 0.999)) * math.sqrt(n - 4) > _SURE_OF_ROWS
            return best - here if is_sure and best - here > _MUCH else 0.0

        alone = [place for place in range(size) if gain(right[:, place])]
        parts = [gain(upto[:, place]) for place in range(size - 1)]
        if any(parts):
            first = int(np.argmax(parts))
            yield tell(
                "{file}: the answers up to {question} and those after it fit far better if they are moved "
                "by a row. Check whether cells have moved up or down.",
                question=question_shown(first + 1),
                **self.where,
            )
        elif alone:
            yield tell(
                "{file}: the answers to {questions} fit far better if they are moved by a row. Check whether "
                "cells have moved up or down.",
                questions=questions_shown(alone),
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
        for place, column in enumerate(marks.T):
            steps = np.diff(column[column != BLANK].astype(np.int16))
            if np.count_nonzero(steps) > 1 and ((steps >= 0).all() or (steps <= 0).all()):
                if self.is_in_order:
                    ordered.append(place)
                continue
            ends = np.flatnonzero(np.diff(column, append=255))
            lengths = np.diff(ends, prepend=-1)
            longest = int(np.argmax(np.where(column[ends] != BLANK, lengths, 0)))
            length, letter = int(lengths[longest]), column[ends[longest]]
            n_others, n_same = n - length, int(np.count_nonzero(column == letter)) - length
            chance = n * size * ((n_same + 1) / (n_others + 2)) ** length
            if n_others >= _FEWEST_ALIKE and chance < _RARE**2:
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

    def questions(self) -> Iterator[Message]:
        """Report questions that nobody has right, whose wrong answers are missing, or whose answers fit
        another question.
        """
        marks, counts, n = self.marks, self.counts.any(axis=0), len(self.marks)
        n_marked, n_right = np.count_nonzero(marks, axis=0), np.count_nonzero(self.right, axis=0)
        is_answered = counts & (n_marked >= _FEWEST_ALIKE)
        none = [
            place
            for place in np.flatnonzero(counts & (n_marked >= 2 * _FEWEST_ALIKE) & (n_right == 0)).tolist()
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
        n_blank = np.where(is_answered & (n_right == n_marked), n - n_marked, 0)
        if len(alone := np.flatnonzero((n_blank * 10 > n) & (n_blank >= _FEWEST_ALIKE / 2))):
            yield tell(
                "{file}: every answer to {questions} is right, and many are blank. Check whether "
                "wrong answers have been left out.",
                questions=questions_shown(alone.tolist()),
                **self.where,
            )
        share = n_right / n
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
        low = np.flatnonzero(counts & (share < _LOW) & (n_marked > 0))[:_MOST_LOW].tolist()
        for one, other in combinations(low if n >= 2 * _FEWEST_ALIKE else (), 2):
            gains = [
                _are_right(marks[:, a], self.keys[:, b]).mean() - share[b]
                for a, b in ((one, other), (other, one))
            ]
            if min(gains) > 2 * _MUCH:
                yield tell(
                    "{file}: the answers to {questions} may be exchanged. Check the columns.",
                    questions=questions_shown([one, other]),
                    **self.where,
                )

    def double_marks(self, several: Flags) -> Iterator[Message]:
        """Report questions and rows in which more than a third of the answers are several marks, in a file in
        which few are.
        """
        columns, rows = (
            np.flatnonzero(
                (n_several >= _FEWEST_OF_TWO) & (3 * n_several > np.count_nonzero(self.marks, axis))
            )
            for axis in (0, 1)
            for n_several in [np.count_nonzero(several, axis)]
        )
        if len(columns):
            yield tell(
                "{file}: many answers to {questions} are several marks. Check the columns.",
                questions=questions_shown(columns.tolist()),
                **self.where,
            )
        if len(rows):
            yield tell(
                "{file}: many answers on lines {lines} are several marks. Check how they are written.",
                lines=lines_shown(self.lines[rows].tolist()),
                **self.where,
            )

    def without_right(self) -> Iterator[Message]:
        """Report rows of few answers with blanks between, none of which is right: right answers may be
        missing.
        """
        answered = self.marks != BLANK
        is_past = np.cumsum(answered[:, ::-1], axis=1)[:, ::-1] == 0
        n_between = np.count_nonzero(~answered & ~is_past, axis=1)
        is_empty = (3 * n_between > self.marks.shape[1]) & ~(self.right & self.counts).any(axis=1)
        found = np.flatnonzero(is_empty & (np.count_nonzero(answered, axis=1) > 1))
        if len(found):
            yield tell(
                "{file}: all answers on lines {lines} are wrong, and many between them are blank. Check "
                "whether right answers have been left out.",
                lines=lines_shown(self.lines[found].tolist()),
                **self.where,
            )

    # ── rows ─────────────────────────────────────────────────────────────────────────────────

    def rows(self) -> Iterator[Message]:
        """Report rows that are no better than guessing while others are, if they are many or several
        consecutive ones.
        """
        guessed, sd = self.guessed
        n_right = np.count_nonzero(self.right & self.counts, axis=1)
        is_low, is_high = n_right <= guessed + 1.5 * sd, n_right > guessed + 3 * sd
        low = np.flatnonzero(is_low)
        if not len(low):
            return
        n, n_high = len(self.marks), np.count_nonzero(is_high)
        start, end = _longest_run(is_low)
        rate = max((len(low) - (end - start)) / max(n - (end - start), 1), _USUAL_LOW)
        # Of a level that falls evenly from the one group to the other, as many would lie between the two.
        width, ranges = (
            1.5 * sd.mean(),
            (3 * sd.mean(), max(self.marks.shape[1] - (guessed + 3 * sd).mean(), 1)),
        )
        between = width * (len(low) / ranges[0] + n_high / ranges[1]) / 2
        is_many_low = 10 * len(low) >= n and n - len(low) - n_high < between - _SURE * between**0.5
        n_ways = 2 if start == 0 or end == n else n  # rows of something else stand above or below the others
        if n_high >= _FEWEST and (is_many_low or n_ways * rate ** (end - start) < 0.001):
            named = self.lines[low] if is_many_low else self.lines[start:end]
            yield tell(
                "{file}: {n_low:,} of {n:,} candidates are no more right than by guessing (lines "
                "{lines}), the others are. Check their form, and that their answers are read as they "
                "were given.",
                n_low=len(named),
                lines=lines_shown(named.tolist()),
                **self.where,
            )
        yield from self._some(low[:_MOST_LOOKED_AT]).without_right()

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
                    lines=lines_shown(self.lines[start:behind].tolist()),
                    **self.where,
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
            and not _is_pattern(self.marks[place])
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
                lines=lines_shown(self.lines[found].tolist()),
                **self.where,
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
            rows = self._some(np.flatnonzero(n_right <= guessed + 1.5 * sd)[:_MOST_LOOKED_AT])
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
                lines=lines_shown(rows.lines[found].tolist()),
                **self.where,
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


def _correlation(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    """Return the product-moment correlation; 0 if either is constant."""
    if one.min() == one.max() or other.min() == other.max():
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _are_right(marks: Marks, keys: Marks) -> Flags:
    return np.asarray((marks != BLANK) & (marks & ~keys == 0))


def _to_the_end(steps: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(n, questions) the sums from each question to the last."""
    return np.asarray(np.cumsum(steps[:, ::-1], axis=1)[:, ::-1])


def _is_pattern(row: Marks) -> bool:
    """Whether all answers of a row repeat a few, as ABCD again and again."""
    return any(bool((row[period:] == row[:-period]).all()) for period in range(1, _LONGEST_PATTERN + 1))


def _longest_run(flags: Flags) -> tuple[int, int]:
    """Return the start and the end (exclusive) of the longest run of flags."""
    steps = np.diff(np.concatenate([[0], flags, [0]]).astype(np.int8))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    if not len(starts):
        return 0, 0
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])


def questions_shown(places: Iterable[int], form: str = "") -> Message:
    """Return the first few questions at these 0-based places as text, with the form unless it is empty."""
    return first_of(question_shown(n + 1, form) for n in places)


def first_of(questions: Iterable[Message]) -> Message:
    """Return the first few questions and the number of the others as text."""
    shown = [*questions]
    n_more = len(shown) - _MOST_NAMED
    return joined(
        [
            *shown[:_MOST_NAMED],
            *([tell_n("{n} more question", "{n} more questions", n_more)] if n_more > 0 else []),
        ]
    )


def question_shown(n: int, form: str = "") -> Message:
    """Return a question as text: its number, and its form unless it is empty."""
    return tell("question {n} of form {form}", n=n, form=form) if form else tell("question {n}", n=n)


def lines_shown(lines: Sequence[int]) -> str:
    """Return the first few line numbers as text."""
    return ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")
