"""Answers of a file to all of its forms, with their keys → cells that fit the row above or below better, and
rows that fit another form better.

Both compare how likely the same answers are in two places. Where they are in place, the ratio of the two
likelihoods has a mean of 1, so its logarithm passes c from some row on with a chance of at most exp(-c)
(Ville 1939). The forms of a file are judged together, because each row is compared with its own key.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from examgen.core.responses.rows import BLANK, Ints, Marks
from examgen.core.words import Message, tell
from examgen.scoring.answer_columns import MOST_OPTIONS
from examgen.scoring.answers_and_key import IN_ORDER, KeyedAnswers, best_run, is_pattern
from examgen.scoring.file_answers import Flags, Floats, question_shown, questions_shown

_RARE = 5e-4
"""The chance that a file without a fault is reported."""
_FEWEST, _FEWEST_ROWS, _MOST_ANSWERS = 3, 10, 40_000
"""Fewest rows of another form that are reported, fewest rows that are compared with each other, and the most
answers that are.
"""
_RARE_IN_GUESSES = 0.05
"""The chance that rows of guesses, as of candidates who had no time, are reported as answers to others."""
_WEIGHT = 8.0
"""Answers of others that count in an estimated share of right ones."""
_MOST_CUTS, _FEW_OF = 20, 10
_ABILITIES = np.arange(-2.5, 2.6, 0.5)
_PRIOR = -((_ABILITIES / 0.9) ** 2) / 2 - np.log(np.exp(-((_ABILITIES / 0.9) ** 2) / 2).sum())
"""Abilities, in log odds from the mean, and the logarithms of their shares among candidates."""
_MOST_CELLS, _MOST_PARTS = 1_000_000, 200
"""The most answers, and blocks of questions, that are compared with other questions."""
_NOTABLE = 4.0
"""Nats from which a row or a column is looked at more closely."""
_MANY = 50
"""As many forms as only individual orders are, in which no wrong answer is popular in a place."""
_STEPS, _SPREAD, _USUAL = 5, 0.81, 100.0
"""Steps of Newton's method to an ability, the variance of abilities, and the wrong answers to a question
before it counts which ones candidates choose.
"""
_BY_ONE, _GUESSING, _MOST_OF_A_ROW = 0.85, 0.4, 3.0
"""The share of answers right by just one of two keys that are right by that of the form answered, the share
of candidates to whom both keys are alike, and the most, in nats, that one row tells.
"""
_SHARES = (0.05, 0.2, 0.5)
"""Shares of rows on a wrong form that are tried."""


def answers_of_other_rows(answers: KeyedAnswers) -> Iterator[Message]:
    """Report questions, or all questions up to one, whose answers fit the row above or below far better from
    some row to another: cells have moved up or down.
    """
    n, size = answers.marks.shape
    if n < _FEWEST_ROWS:
        return
    rows = answers.some(slice(0, max(_FEWEST_ROWS, _MOST_ANSWERS // size)))
    if _are_in_order(rows):  # each row is like those beside it
        return
    cuts = range(1, size, -(-size // _MOST_CUTS))
    parts = [
        slice(0, size),
        *(slice(at, at + 1) for at in range(size)),
        *(part for at in cuts for part in (slice(0, at), slice(at, size)) if size > 1),
    ]
    sure = math.log(2 * len(rows.marks) * len(parts) / _RARE)
    found: list[tuple[float, slice, Ints]] = []
    for step in (1, -1):
        for part, gains in zip(parts, _gains_of_moving(rows, step, parts), strict=True):
            start, end, gain = best_run(gains)
            run = np.arange(start, end) + max(step, 0)
            if gain > sure and not _is_by_letters(rows, part, run, step):
                found.append((gain, part, rows.lines[run]))
    if not found:
        return
    _, part, lines = max(found, key=lambda one: one[0])
    alone = sorted({own.start for _, own, _ in found if own.stop - own.start == 1})
    where = {"first": int(lines[0]), "last": int(lines[-1]), **answers.where}
    if part == parts[0]:
        yield tell(
            "{file}: the answers on lines {first} to {last} fit far better if they are moved by a row. Check "
            "whether candidate numbers or cells have moved up or down.",
            **where,
        )
    elif part.stop - part.start == 1:
        yield tell(
            "{file}: the answers to {questions} fit far better if they are moved by a row (lines {first} to "
            "{last}). Check whether cells have moved up or down.",
            questions=questions_shown(alone),
            **where,
        )
    else:
        yield tell(
            "{file}: the answers up to {question} and those after it fit far better if they are moved by a "
            "row (lines {first} to {last}). Check whether cells have moved up or down.",
            question=question_shown(part.stop if part.start == 0 else part.start),
            **where,
        )


def answers_of_other_forms(answers: KeyedAnswers, forms: Sequence[int]) -> Iterator[Message]:
    """Report rows that together fit another of these forms far better than their own.

    Counted are the answers that are right by just one of the two keys: by that of the form answered mostly,
    or, of candidates who guess, by either.
    """
    single = _single(answers.marks)
    n, size = single.shape
    if n < _FEWEST:
        return
    best = np.full(n, -np.inf)
    hits, misses, by_form = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    for other in forms:
        key = answers.key.keys[other, :size]
        is_other = answers.forms != other
        n_hits = np.count_nonzero(single & key & ~answers.keys, axis=1)
        n_misses = np.count_nonzero(single & answers.keys & ~key, axis=1)
        as_other, as_own = (
            np.log((1 - _GUESSING) * (2 * _BY_ONE) ** one * (2 - 2 * _BY_ONE) ** two + _GUESSING)
            for one, two in ((n_hits, n_misses), (n_misses, n_hits))
        )
        gain = as_other - as_own
        is_better = is_other & (gain > best)
        best[is_better], by_form[is_better] = gain[is_better], other
        hits[is_better], misses[is_better] = n_hits[is_better], n_misses[is_better]
    n_others = len(forms) - 1
    if n_others < 1 or not (best > 0).any():
        return
    ratio = np.exp(np.minimum(best, _MOST_OF_A_ROW)) / n_others
    surprise = max(np.log1p(share * (ratio - 1)).sum() for share in _SHARES)
    found = np.flatnonzero(best > math.log(_FEWEST))
    if surprise < math.log(len(_SHARES) / _RARE) or len(found) < _FEWEST:
        return
    yield tell(
        "{file}: {n_rows:,} of {n:,} candidates have answers that fit another form better (lines {lines}): "
        "of those right by one of the two keys alone, {hits:,} are right by the key of the other form, "
        "{misses:,} by that of their form. Check whose answers and which booklets they are.",
        n_rows=len(found),
        hits=int(hits[found].sum()),
        misses=int(misses[found].sum()),
        **answers.at(found),
    )


def answers_of_other_questions(answers: KeyedAnswers) -> Iterator[Message]:
    """Report adjacent questions whose answers, in some consecutive rows, fit the question before or after
    each far better; and two questions whose answers, in some rows, fit each other far better.

    A candidate's ability is that of the answers as they are, which makes them likelier there. Cells that have
    moved up to the last question, and questions that are exchanged in all rows, are found elsewhere.
    """
    if len(answers.marks) < _FEWEST_ROWS or answers.marks.shape[1] < _FEWEST:
        return
    rows = answers.some(slice(0, _MOST_CELLS // answers.marks.shape[1]))
    model = _Likelihoods(rows)
    yield from _shifted_blocks(rows, model)
    if not _are_in_order(rows):  # the weak share wrong answers
        yield from _exchanged_in_part(rows, model)
    yield from _repeated_rows(rows, model)
    yield from _blanks_for_a_letter(rows, model)


def _shifted_blocks(rows: KeyedAnswers, model: _Likelihoods) -> Iterator[Message]:
    n, size = rows.marks.shape
    sure = math.log(n * size * size / _RARE)
    best: tuple[float, int, int, int, int, int] = (sure, 0, 0, 0, 0, 0)
    for step in (1, -1):
        here, there = (np.arange(max(step, 0), size + min(step, 0)) - shift for shift in (0, step))
        sums, by_guess = np.zeros((2, n, size + 1))
        moved, is_compared = model.of(here, there), model.counts[:, there]
        sums[:, 1:][:, here] = moved - model.as_is[:, here] * is_compared
        by_guess[:, 1:][:, here] = moved - model.guessed[:, here] * is_compared
        for each in (sums, by_guess):
            np.cumsum(each, axis=1, out=each)
        above = sums - np.minimum.accumulate(sums, axis=1)
        ends = above.argmax(axis=1)
        blocks = Counter[tuple[int, int]]()
        for row in np.flatnonzero(above.max(axis=1) > _NOTABLE).tolist():
            end = int(ends[row])
            blocks[int(sums[row, : end + 1].argmin()), end] += int(above[row, end])
        for (start, end), _ in blocks.most_common(_MOST_PARTS):
            if end <= here[-1] and end - start >= _FEWEST:
                first, last, gain = model.best_part(
                    *(each[:, end] - each[:, start] for each in (sums, by_guess))
                )
                best = max(best, (gain, start, end, first, last, step))
    _, start, end, first, last, step = best
    if end:
        beside = (
            tell("the question before each of them") if step == 1 else tell("the question after each of them")
        )
        yield tell(
            "{file}: the answers to {questions} on lines {first} to {last} fit far better if they are taken "
            "as answers to {neighbour}. Check whether cells have shifted there.",
            questions=questions_shown([*range(start, end)]),
            neighbour=beside,
            first=int(rows.lines[first]),
            last=int(rows.lines[last - 1]),
            **rows.where,
        )


def _exchanged_in_part(rows: KeyedAnswers, model: _Likelihoods) -> Iterator[Message]:
    n, size = rows.marks.shape
    sure = math.log(n * size * size / _RARE)
    runs = [best_run(column) for column in (model.guessed - model.as_is).T]
    low = [place for place, (_, _, gain) in enumerate(runs) if gain > _NOTABLE]
    found = list[tuple[float, int, int, int, int]]()
    for one, other in combinations(low, 2):
        (start, end, _), (begin, stop, _) = runs[one], runs[other]
        if 3 * (min(end, stop) - max(start, begin)) < max(end, stop) - min(start, begin):
            continue  # both are exchanged in the same rows
        pair = np.array([one, other])
        as_other = model.of(pair, pair[::-1])
        first, last, gain = model.best_part(
            *((as_other - each[:, pair]).sum(axis=1) for each in (model.as_is, model.guessed))
        )
        if gain > sure:
            found.append((gain, one, other, first, last))
    named = set[int]()
    for _, one, other, first, last in sorted(found, reverse=True):
        if named.isdisjoint((one, other)):
            named.update((one, other))
            yield tell(
                "{file}: the answers to {questions} may be exchanged on lines {first} to {last}. Check the "
                "columns.",
                questions=questions_shown([one, other]),
                first=int(rows.lines[first]),
                last=int(rows.lines[last - 1]),
                **rows.where,
            )


def _repeated_rows(rows: KeyedAnswers, model: _Likelihoods) -> Iterator[Message]:
    """Report rows with the answers of the row above, if a candidate of the same ability would hardly give
    them all.
    """
    is_same = (rows.marks[1:] == rows.marks[:-1]).all(axis=1)
    chance = model.as_is[1:].sum(axis=1) + math.log(len(rows.marks) / _RARE)
    found = [
        row
        for row in (1 + np.flatnonzero(is_same & (chance < 0))).tolist()
        if not is_pattern(rows.marks[row])
    ]
    if found:
        yield tell(
            "{file}: the answers on lines {lines} are all those of the row above. Check whether rows were "
            "copied, or answers have moved down.",
            **rows.at(found),
        )


def _blanks_for_a_letter(rows: KeyedAnswers, model: _Likelihoods) -> Iterator[Message]:
    """Report consecutive rows in which one letter is missing, and blanks stand where it is likely.

    Otherwise all places of so many blanks are alike.
    """
    n = len(rows.marks)
    answered = rows.marks != BLANK
    is_inside = np.cumsum(answered[:, ::-1], axis=1)[:, ::-1] > 0
    some = np.flatnonzero(np.count_nonzero(~answered & is_inside, axis=1) >= _FEWEST)
    if not 0 < len(some) <= n / 2:
        return
    is_blank, lengths = ~answered[some] & is_inside[some], np.count_nonzero(is_inside[some], axis=1)
    n_blank = np.count_nonzero(is_blank, axis=1)
    ways = [math.log(math.comb(*each)) for each in zip(lengths.tolist(), n_blank.tolist(), strict=True)]
    for letter in range(MOST_OPTIONS):
        is_missing = ~(rows.marks[some] & (1 << letter)).any(axis=1)
        likely = np.where(is_blank, model.of_letter(letter, some), 0).sum(axis=1)
        gains = np.full(n, -_NOTABLE)
        gains[some] = np.where(is_missing, np.maximum(likely + ways, -_NOTABLE), -_NOTABLE)
        first, last, gain = best_run(gains)
        if gain > math.log(MOST_OPTIONS * n / _RARE):
            yield tell(
                "{file}: on lines {first} to {last}, nobody marks option {n_option}, and blanks are where "
                "it is likely. Check whether a sign for it was read as a blank.",
                first=int(rows.lines[first]),
                last=int(rows.lines[last - 1]),
                n_option=letter + 1,
                **rows.where,
            )


class _Likelihoods:
    """How likely each answer is as that of its candidate to any question of the same form.

    A right answer has the odds of the question at the candidate's ability; a wrong one is chosen as often as
    the others who are wrong choose it.
    """

    def __init__(self, rows: KeyedAnswers) -> None:
        self.marks, self.counts = _single(rows.marks), rows.counts
        self.keys: Marks = np.broadcast_to(rows.keys, self.marks.shape)
        self.options: Floats = np.maximum(1 / rows.chances, 2)
        self.is_known = (self.marks > 0) & rows.counts
        right = rows.right & self.is_known
        odds = _log_odds(right, self.is_known, rows.forms)
        ability = np.zeros((len(self.marks), 1))
        for _ in range(_STEPS):
            likely = 1 / (1 + np.exp(-odds - ability))
            slope = np.where(self.is_known, right - likely, 0).sum(axis=1, keepdims=True) - ability / _SPREAD
            curve = np.where(self.is_known, likely * (1 - likely), 0).sum(axis=1, keepdims=True) + 1 / _SPREAD
            ability += np.clip(slope / curve, -1, 1)
        self.right = -np.log1p(np.exp(-odds - ability))
        self.wrong = -np.log1p(np.exp(odds + ability))
        self.form = np.unique(rows.forms, return_inverse=True)[1]
        self.letter = np.bitwise_count(self.marks - 1) * (self.marks > 0)
        is_wrong = self.is_known & ~right
        chosen = np.stack([_by_form(is_wrong & (self.letter == n), self.form) for n in range(8)], axis=2)
        n_others = _by_form(self.options - 1, self.form) / np.bincount(self.form)[:, None]
        usual = _USUAL / n_others[:, :, None]
        self.chosen = np.log((chosen + usual) / (chosen.sum(axis=2, keepdims=True) + _USUAL))
        every = np.arange(self.marks.shape[1])
        self.as_is = self.of(every, every)

    def of(self, places: Ints, questions: Ints) -> Floats:
        """(n, places) the log likelihood of the answers in these places as answers to these questions, 0
        where there is none.
        """
        marks = self.marks[:, places]
        wrong = self.wrong[:, questions] + self.chosen[self.form[:, None], questions, self.letter[:, places]]
        found = np.where(marks & self.keys[:, questions], self.right[:, questions], wrong)
        return np.where(self.is_known[:, places] & self.counts[:, questions], found, 0)

    def of_letter(self, letter: int, rows: Ints) -> Floats:
        """(rows, questions) the log likelihood that some candidates mark a letter."""
        wrong = self.wrong[rows] + self.chosen[self.form[rows], :, letter]
        likely = np.where(self.keys[rows] & (1 << letter), self.right[rows], wrong)
        return np.where(self.options[rows] > letter, likely, -np.inf)

    def best_part(self, gains: Floats, over_guesses: Floats) -> tuple[int, int, float]:
        """Return the start, the end (exclusive) and the sum of the adjacent rows with the greatest gains over
        their answers as they are; 0 if guesses are about as likely.

        Counted are the forms whose other rows have losses, because a popular wrong answer is popular in all
        rows of a form.
        """
        first, last, gain = best_run(gains)
        if gain <= _NOTABLE:
            return first, last, 0.0
        form = self.form if self.form.max() < _MANY else self.form * 0
        inside, as_guesses = (
            np.bincount(form[first:last], each[first:last], int(form.max()) + 1)
            for each in (gains, over_guesses)
        )
        is_counted = np.bincount(form, gains) - inside < -_NOTABLE
        is_no_guess = as_guesses[is_counted].sum() > math.log(self.marks.shape[1] ** 2 / _RARE_IN_GUESSES)
        return first, last, float(inside[is_counted].sum()) if is_no_guess else 0.0

    @property
    def guessed(self) -> Floats:
        """(n, questions) the log likelihood of the answers as guesses, 0 where there is none."""
        return np.where(self.is_known, -np.log(self.options), 0)


def _are_in_order(rows: KeyedAnswers) -> bool:
    """Return whether the rows stand in the order of their points."""
    steps = np.diff(np.count_nonzero(rows.right & rows.counts, axis=1))
    return bool(max((steps >= 0).mean(), (steps <= 0).mean()) > IN_ORDER)


def _single(marks: Marks) -> Marks:
    return np.where(np.bitwise_count(marks) == 1, marks, 0).astype(marks.dtype)


def _is_by_letters(answers: KeyedAnswers, part: slice, run: Ints, step: int) -> bool:
    """Return whether a run of answers to few questions fits the forms of the rows above (1) or below (-1)
    because of the letters alone, whoever gave them.

    Where forms alternate, the popular wrong letter of one may be the right one of the other. Compared are the
    likelihoods of the letters of each form, any shares of which are equally likely beforehand.
    """
    moved = answers.forms.copy()
    moved[run] = answers.forms[run - step]
    n_other = np.count_nonzero(moved != answers.forms)
    if _FEW_OF * (part.stop - part.start) > answers.marks.shape[1] or 4 * n_other < len(run):
        return False
    gain = 0.0
    for column in answers.marks[:, part].T:
        for forms, sign in ((moved, 1), (answers.forms, -1)):
            for form in np.unique(forms):
                n_of = np.bincount(column[(forms == form) & (column != BLANK)])
                gain += sign * (sum(map(math.lgamma, n_of + 1.0)) - math.lgamma(n_of.sum() + MOST_OPTIONS))
    return gain < math.log(len(moved)) + 2


def _gains_of_moving(answers: KeyedAnswers, step: int, parts: Sequence[slice]) -> Iterator[Floats]:
    """Yield for each part, for each row but the first (step 1) or the last (-1), by how many nats its answers
    are likelier as those of the row above (1) or below (-1).

    A right answer has the odds of the question on the row's form at an ability, of which the candidate's
    answers outside the part tell; wrong answers are equally likely.
    """
    n = len(answers.marks)
    here, there = slice(max(step, 0), n + min(step, 0)), slice(max(-step, 0), n - max(step, 0))
    keys: Marks = np.broadcast_to(answers.keys, answers.marks.shape)
    options: Floats = np.broadcast_to(1 / answers.chances, answers.marks.shape)
    marks = _single(answers.marks)
    is_known = (marks > 0) & answers.counts
    right = answers.right & is_known
    odds = _log_odds(right, is_known, answers.forms)
    is_compared = is_known[here] & answers.counts[there]
    moved = (marks[here] & keys[there]) != 0
    moved_odds = np.maximum(_log_odds(moved & is_compared, is_compared, answers.forms[there]), odds[there])
    own = _sums(right, is_known, odds, options)
    kept = _sums(right[here], is_compared, odds[here], options[here])
    others = _sums(moved, is_compared, moved_odds, options[there])
    for part in parts:
        first, end = part.start, part.stop
        rest = _PRIOR[:, None] + own[:, :, -1] - own[:, :, end] + own[:, :, first]
        before = _log_of_sum(rest)
        as_moved = _log_of_sum(rest[:, there] + others[:, :, end] - others[:, :, first]) - before[there]
        as_kept = _log_of_sum(rest[:, here] + kept[:, :, end] - kept[:, :, first]) - before[here]
        yield as_moved - as_kept


def _sums(right: Flags, counts: Flags, odds: Floats, n_options: Floats) -> Floats:
    """(abilities, n, questions + 1) the log likelihood of the answers to the questions before each."""
    found = np.zeros((len(_ABILITIES), right.shape[0], right.shape[1] + 1))
    for ability, sums in zip(_ABILITIES, found, strict=True):
        own = odds + ability
        likely = np.where(right, 0, -own - np.log(np.maximum(n_options - 1, 1))) - np.log1p(np.exp(-own))
        np.cumsum(np.where(counts, likely, 0), axis=1, out=sums[:, 1:])
    return found


def _log_of_sum(logs: Floats) -> Floats:
    most = logs.max(axis=0)
    return np.asarray(most + np.log(np.exp(logs - most).sum(axis=0)))


def _log_odds(right: Flags, counts: Flags, forms: npt.NDArray[np.integer]) -> Floats:
    """(n, questions) the log odds of a right answer to a question on a row's form, drawn towards those of the
    question's place on all forms.
    """
    which = np.unique(forms, return_inverse=True)[1]
    n_right, n_counted = _by_form(right, which), _by_form(counts, which)
    usual = (n_right.sum(axis=0) + 1) / (n_counted.sum(axis=0) + 2)
    return _logit((n_right + _WEIGHT * usual) / (n_counted + _WEIGHT))[which]


def _by_form(values: Flags | Floats, form: npt.NDArray[np.integer]) -> Floats:
    """(forms, questions) the sums over the rows of each form."""
    order = np.argsort(form, kind="stable")
    starts = np.searchsorted(form[order], np.arange(int(form.max()) + 1))
    return np.add.reduceat(values[order], starts, axis=0, dtype=np.float64)


def _logit(share: Floats) -> Floats:
    share = np.clip(share, 0.05, 0.95)
    return np.asarray(np.log(share / (1 - share)))
