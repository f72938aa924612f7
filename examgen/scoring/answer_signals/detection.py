"""Rows of an administration → signals for a person, never a verdict.

The signals and their order do not depend on the order of the rows. What each test assumes and how often it
is wrong stands in `docs/scoring.md`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from examgen.core.responses.rows import Ints, Marks, marks_hash
from examgen.core.words import tell
from examgen.scoring.answer_signals.plan import (
    LETTER_BITS,
    RULES,
    Bools,
    FormKeys,
    SignalRows,
    SignalRules,
)
from examgen.scoring.answer_signals.similarity import (
    CELLS,
    UNCHOSEN,
    AnswerModel,
    RowPairs,
    answer_cells,
    bins_of,
    log_chance_of,
    right_cells,
    similar_pairs,
)
from examgen.scoring.answer_signals.tables import KINDS, WORDS, Signal, SignalFigures
from examgen.stats.pair_search import connected
from examgen.stats.poisson_binomial import Floats, at_least, at_most

LETTERS = "ABCDE"
PERIODS = (1, 2, 3, 4, 5, 6)
"""Lengths of repeating patterns that are looked for: 1 is one letter, 4 is ABCD again and again."""
LEAST_FOR_PATTERN = 20
"""Questions from which on patterns other than one letter are looked for."""
_REMARKABLE = 1e-4
"""The chance of hits on another key from which on a row is not compared with others."""
_FEWEST_WRONG = 3
_RARE = math.log(1e-4)


def signals_of(
    forms: FormKeys, rows: SignalRows, model: AnswerModel | None, rules: SignalRules = RULES
) -> list[Signal]:
    """All signals of an administration, by kind, then by file and line; without a `model` of answers only
    those of single rows."""
    n_rows, apart = len(rows.line), np.zeros(len(rows.line), dtype=np.bool_)
    found = list(_of_single_rows(forms, rules, rows, apart))
    if model is not None:
        _, which, often = np.unique(
            marks_hash(rows.form, rows.marks), return_inverse=True, return_counts=True
        )
        found += same_answers(forms, rules, n_rows, rows.take(often[which] > 1), model)
        others = rows.take(~apart)
        found += _similar(others, similar_pairs(forms, rules, model, others))

    def order(signal: Signal) -> tuple[int, int, int, bytes]:
        rows = signal.rows
        return KINDS.index(signal.kind), int(rows.file[0]), int(rows.line[0]), bytes(rows.ids[0])

    return sorted(found, key=order)


def _signal(kind: str, rows: SignalRows, figures: SignalFigures) -> Signal:
    rows = rows.take(np.lexsort((rows.ids, rows.line, rows.file)))
    said = tell(WORDS[kind], **figures, chance=figures.chance)
    return Signal(kind, rows, figures, said.en, said.th)


def _log(chance: float) -> float:
    return math.log(max(chance, 1e-300))


# ── signals of one row ───────────────────────────────────────────────────────────────────────


def _of_single_rows(forms: FormKeys, rules: SignalRules, rows: SignalRows, apart: Bools) -> Iterator[Signal]:
    """The signal of each row that has one: a blank or patterned row says no more. Marks in `apart` the rows
    that are not to be compared with others, which they resemble anyway."""
    asked = forms.n_questions[rows.form]
    period = pattern_periods(forms, rules, rows.form, rows.marks)
    fits = _best_fits(forms, rules, rows)
    right = np.bitwise_count(forms.keys) / np.maximum(forms.n_options, 1)
    chances = at_most(np.where(forms.items >= 0, np.minimum(right, 1), 0))
    under = chances[rows.form, rows.right]
    apart |= (period >= 0) | (fits.chance <= _REMARKABLE) | (under <= rules.under_chance)
    for n in np.flatnonzero(apart).tolist():
        figures, form = SignalFigures(right=int(rows.right[n]), asked=int(asked[n])), int(rows.form[n])
        others = fits.able.get(form, [])
        level = min(_REMARKABLE, rules.wrong_form / max(len(rows.line) * len(others), 1))
        if period[n] >= 0:
            kind = "blank_row" if period[n] == 0 else "one_letter" if period[n] == 1 else "pattern"
            counts = _letter_counts(rows.marks[n : n + 1], int(period[n]))[:, :, 0]
            if period[n]:
                figures["fitting"] = int(counts.max(axis=1).sum())
                figures["letters"] = "".join(LETTERS[letter] for letter in counts.argmax(axis=1))
        elif fits.chance[n] <= level:
            kind, other = "wrong_form", int(fits.other[n])
            single = _single(rows.marks[n : n + 1], forms)
            scores = {k: int(np.count_nonzero(single & forms.keys[k])) for k in sorted([form, *others])}
            differing = forms.keys[other] & ~forms.keys[form]
            figures["form"], figures["other"] = forms.names[form], forms.names[other]
            figures["other_right"] = scores[other]
            figures["hits"] = int(np.count_nonzero(single & differing))
            figures["differing"] = int(np.count_nonzero(_by_chance(forms, form, other)))
            figures["log_chance"] = _log(float(fits.chance[n]))
            figures["right_under_each"] = " ".join(f"{forms.names[k]}={n}" for k, n in scores.items())
        elif under[n] <= rules.under_chance:
            kind, figures["log_chance"] = "under_chance", _log(float(under[n]))
        else:
            continue
        yield _signal(kind, rows.take(np.array([n])), figures)


def pattern_periods(forms: FormKeys, rules: SignalRules, form: Ints, marks: Marks) -> Ints:
    """(n,) the length of the pattern that a row repeats, but for some questions: 0 of a blank row, -1 of one
    without a pattern."""
    size = forms.n_questions[form]
    least = size - np.floor(size * rules.deviating + 1e-9)
    found = np.where(marks.any(axis=1), -1, 0)
    for period in PERIODS:
        fewest = max(rules.fewest_questions, LEAST_FOR_PATTERN if period > 1 else 0)
        fitting = _letter_counts(marks, period).max(axis=1).sum(axis=0)
        found[(found < 0) & (size >= fewest) & (fitting >= least)] = period
    return found


def _letter_counts(marks: Marks, period: int) -> Ints:
    """(period, letters, n) how often each letter stands alone in each place of a period."""
    columns, step = np.ascontiguousarray(marks.T), max(period, 1)
    places = [[columns[k::step] == 1 << n for n in range(LETTER_BITS)] for k in range(step)]
    return np.array([[own.sum(axis=0) for own in letters] for letters in places], dtype=np.int64)


class _OtherFits(NamedTuple):
    """(n,) the other form whose key fits a row best, and the chance of so many hits; of each form the others
    whose keys may fit remarkably."""

    chance: Floats
    other: Ints
    able: dict[int, list[int]]


def _best_fits(forms: FormKeys, rules: SignalRules, rows: SignalRows) -> _OtherFits:
    n_rows, n_forms = len(rows.form), len(forms.names)
    best, best_score = np.full(n_rows, np.inf), np.zeros(n_rows, dtype=np.int64)
    found = _OtherFits(best, np.full(n_rows, -1), {})
    for own in np.unique(rows.form).tolist() if 1 < n_forms <= rules.most_forms else ():
        of = np.flatnonzero(rows.form == own)
        single, key = _single(rows.marks[of], forms), forms.keys[own]
        own_score = np.count_nonzero(single & key, axis=1)
        for other in range(n_forms):
            chances = _by_chance(forms, own, other)
            tail = at_least(chances[None])[0]
            is_as_long = forms.n_questions[other] == forms.n_questions[own]
            if other == own or not is_as_long or tail[np.count_nonzero(chances)] > _REMARKABLE:
                continue
            found.able.setdefault(own, []).append(other)
            score = np.count_nonzero(single & forms.keys[other], axis=1)
            hits = np.count_nonzero(single & forms.keys[other] & ~key, axis=1)
            chance = np.where(score > own_score, tail[hits], np.inf)
            is_better = (chance < best[of]) | ((chance == best[of]) & (score > best_score[of]))
            for array, values in (
                (best, chance),
                (best_score, score),
                (found.other, np.full(len(of), other)),
            ):
                array[of[is_better]] = values[is_better]
    return found


def _single(marks: Marks, forms: FormKeys) -> Marks:
    """The answers with one mark alone, in as many columns as the keys have."""
    width = forms.keys.shape[1]
    single = np.where(np.bitwise_count(marks) == 1, marks, 0)[:, :width]
    return np.pad(single, ((0, 0), (0, width - single.shape[1])))


def _by_chance(forms: FormKeys, own: int, other: int) -> Floats:
    """(questions,): chance to tick by luck what is right on the other form and wrong on the own."""
    differing = forms.keys[other] & ~forms.keys[own]
    chance = np.bitwise_count(differing) / np.maximum(forms.n_options[own], 1)
    return np.asarray(np.where(forms.items[own] >= 0, np.minimum(chance, 1), 0))


# ── signals of several rows ──────────────────────────────────────────────────────────────────


def same_answers(
    forms: FormKeys, rules: SignalRules, n_rows: int, rows: SignalRows, model: AnswerModel
) -> Iterator[Signal]:
    """Groups of candidates among some of `n_rows` rows whose answers, by item and canonical option, are all
    the same.

    With t the chance that a candidate of this ability answers just so, of n rows at most C(n, m) t^(m − 1)
    groups of m are expected to agree by chance in any answers so rare. The level is shared out among the m.
    """
    cells = np.sort(answer_cells(forms, rows.form, rows.marks), axis=1)
    has_pattern = pattern_periods(forms, rules, rows.form, rows.marks) >= 0
    groups: dict[bytes, dict[bytes, int]] = {}
    for n in np.lexsort((rows.line, rows.file)).tolist():
        if not has_pattern[n]:
            groups.setdefault(cells[n].tobytes(), {}).setdefault(bytes(rows.ids[n]), n)
    is_right = right_cells(forms)
    for members in groups.values():
        row = rows.take(np.array(list(members.values())))
        own = cells[next(iter(members.values()))]
        chosen = own[(own >= 0) & (own % CELLS != UNCHOSEN)]
        wrong = int(np.count_nonzero(is_right[chosen] == 0))
        ability = int(bins_of(forms, row.form[:1], row.right[:1])[0])
        log_chance = log_chance_of(model, ability, chosen, row.ids)
        rare = _log_groups(n_rows, len(members), log_chance) <= math.log(rules.same_answers)
        if len(members) > 1 and wrong >= _FEWEST_WRONG and rare:
            figures = SignalFigures(
                candidates=len(members), wrong=wrong, asked=int(np.count_nonzero(own >= 0))
            )
            figures["log_chance"] = log_chance
            yield _signal("same_answers", row, figures)


def _log_groups(n_rows: int, m: int, log_chance: float) -> float:
    """Log of how many groups of m of n rows are expected in answers of this chance, times the 2^(m − 1) that
    m shares the level with. None are rare of three or more whose answers are not rare themselves: what is
    expected of many hangs on each digit of the chance."""
    if m > 2 and log_chance > _RARE:
        return math.inf
    others = max(n_rows - m, 0)
    ways = math.lgamma(others + m + 1) - math.lgamma(m + 1) - math.lgamma(others + 1)
    return ways + (m - 1) * (log_chance + math.log(2))


def _similar(rows: SignalRows, pairs: RowPairs) -> Iterator[Signal]:
    """Groups that hang together by pairs with too many wrong answers in common."""
    for group in connected(pairs.first, pairs.second):
        members = np.array(group)
        of = np.flatnonzero(np.isin(pairs.first, members))
        best = of[np.lexsort((-pairs.same[of], pairs.chance[of]))[0]]
        figures = SignalFigures(candidates=len(group), pairs=len(of), same=int(pairs.same[best]))
        figures["expected"] = f"{pairs.expected[best]:.1f}"
        figures["log_chance"] = _log(float(pairs.chance[best]))
        yield _signal("similar_wrong_answers", rows.take(members), figures)
