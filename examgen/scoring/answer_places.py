"""Answers of a file to all of its forms, with their keys → cells that fit the row above or below better, and
rows that fit another form better.

Both compare how likely the same answers are in two places. Where they are in place, the ratio of the two
likelihoods has a mean of 1, so its logarithm passes c from some row on with a chance of at most exp(-c)
(Ville 1939). The forms of a file are judged together, because each row is compared with its own key.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from examgen.core.responses.rows import BLANK, Ints, Marks
from examgen.core.words import Message, tell
from examgen.scoring.answer_columns import MOST_OPTIONS
from examgen.scoring.answers_and_key import IN_ORDER, KeyedAnswers, best_run
from examgen.scoring.file_answers import Flags, Floats, question_shown, questions_shown

_RARE = 5e-4
"""The chance that a file without a fault is reported."""
_FEWEST, _FEWEST_ROWS, _MOST_ANSWERS = 3, 10, 40_000
"""Fewest rows of another form that are reported, fewest rows that are compared with each other, and the most
answers that are.
"""
_WEIGHT = 8.0
"""Answers of others that count in an estimated share of right ones."""
_MOST_CUTS, _FEW_OF = 20, 10
_ABILITIES = np.arange(-2.5, 2.6, 0.5)
_PRIOR = -((_ABILITIES / 0.9) ** 2) / 2 - np.log(np.exp(-((_ABILITIES / 0.9) ** 2) / 2).sum())
"""Abilities, in log odds from the mean, and the logarithms of their shares among candidates."""
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
    steps = np.diff(np.count_nonzero(rows.right & rows.counts, axis=1))
    if max((steps >= 0).mean(), (steps <= 0).mean()) > IN_ORDER:  # each row is like those beside it
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
    _, which = np.unique(forms, return_inverse=True)
    shape = int(which.max()) + 1, right.shape[1]
    n_right, n_counted = np.zeros(shape), np.zeros(shape)
    np.add.at(n_right, which, right)
    np.add.at(n_counted, which, counts)
    usual = (n_right.sum(axis=0) + 1) / (n_counted.sum(axis=0) + 2)
    return _logit((n_right + _WEIGHT * usual) / (n_counted + _WEIGHT))[which]


def _logit(share: Floats) -> Floats:
    share = np.clip(share, 0.05, 0.95)
    return np.asarray(np.log(share / (1 - share)))
