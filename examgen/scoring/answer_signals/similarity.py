"""Candidates of a room → pairs who share more identical wrong answers than chance explains.

The index is the generalised binomial test (van der Linden & Sotaridona 2006) on identical incorrect answers,
conditional on the answers of one of the two, as in omega (Wollack 1997). An item that one candidate got wrong
is a hit if the other chose the same wrong option. The probability of a hit is the other's probability of
choosing that option: the proportion in the group with a similar number right (`AnswerModel`), scaled so that
the expected number of the other's wrong answers is the number given. The number of hits is then
Poisson-binomial. Both directions are tested, and the smaller probability is doubled.

An answer is a *cell*: item number × 6 + canonical option, or + 5 unless exactly one letter is marked. So
answers to one item are compared across forms that print it at another place or its options in another order.

References
----------
van der Linden, W. J., & Sotaridona, L. (2006). Detecting answer copying when the regular response process
follows a known response model. Journal of Educational and Behavioral Statistics, 31(3), 283-304.
Wollack, J. A. (1997). A nominal response model approach for detecting answer copying. Applied Psychological
Measurement, 21(4), 307-320.
Hoeffding, W. (1956). On the distribution of the number of successes in independent trials. Annals of
Mathematical Statistics, 27(3), 713-721.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.core.responses.rows import Ints, Marks, Texts, id_hash
from examgen.scoring.answer_signals.plan import LETTER_BITS, FormKeys, SignalRows, SignalRules
from examgen.stats.poisson_binomial import Floats, at_least, most_hits_log

CELLS = LETTER_BITS + 1
UNCHOSEN = LETTER_BITS
BINS = 20
MOST_ITEMS = 20_000
"""With more items no model is made, and answers are not compared."""

_LEAST_ROWS = 100
_LETTER = np.array([mask.bit_length() - 1 if mask.bit_count() == 1 else UNCHOSEN for mask in range(256)])
_LETTER[1 << LETTER_BITS :] = UNCHOSEN
Singles = npt.NDArray[np.float32]


class SimilarityTally(NamedTuple):
    """Counts of a sample of rows.

    `rows` (bins,) counts candidates by proportion right, `cells` (bins, items × 6) their answers.
    """

    rows: Ints
    cells: Ints


class AnswerModel(NamedTuple):
    """Probabilities of answers by ability.

    `group` (bins,) is the group of each bin of proportion right. `chance` (groups, items × 6) has
    probabilities above 0 that sum to 1 over the six cells of an item. They come from `counted`, a sample of
    one in `rate` candidates.
    """

    group: Ints
    chance: Floats
    counted: SimilarityTally
    rate: int


def n_items(forms: FormKeys) -> int:
    """The number of items on all forms together."""
    return int(forms.items.max(initial=-1)) + 1


def answer_cells(forms: FormKeys, form: Ints, marks: Marks) -> Ints:
    """(n, questions) the cell of each answer; -1 after the last question of the form."""
    width = min(marks.shape[1], forms.keys.shape[1])
    letter = _LETTER[marks[:, :width]]
    # of the rows' own forms alone: there may be a form for each of 200,000 candidates
    option = np.pad(forms.canonical[form, :width], ((0, 0), (0, 0), (0, 1)), constant_values=UNCHOSEN)
    found = np.take_along_axis(option, letter[:, :, None], axis=2)[:, :, 0]
    items = forms.items[form, :width]
    return np.asarray(np.where(items >= 0, items * CELLS + found, -1), dtype=np.int64)


def right_cells(forms: FormKeys) -> Ints:
    """(items × 6,) 1 if the answer is right on any form, else 0."""
    found = np.zeros(n_items(forms) * CELLS, dtype=np.int64)
    f, q, letter = np.nonzero(
        ((forms.keys[:, :, None] >> np.arange(LETTER_BITS)) & 1) & (forms.items >= 0)[:, :, None]
    )
    found[forms.items[f, q] * CELLS + forms.canonical[f, q, letter]] = 1
    return found


def bins_of(forms: FormKeys, form: Ints, right: Ints) -> Ints:
    """(n,) the bin of the proportion right, 0 … `BINS` - 1."""
    return np.asarray(np.clip(right * BINS // (forms.n_questions[form] + 1), 0, BINS - 1), dtype=np.int64)


def tally(forms: FormKeys, form: Ints, marks: Marks, right: Ints) -> SimilarityTally:
    """The tally of these rows."""
    bins, n_cells = bins_of(forms, form, right), n_items(forms) * CELLS
    cells = answer_cells(forms, form, marks)
    flat = (bins[:, None] * n_cells + cells)[cells >= 0]
    counts = np.bincount(flat, minlength=BINS * n_cells).reshape(BINS, n_cells)
    return SimilarityTally(np.bincount(bins, minlength=BINS), counts)


def answer_model(counted: SimilarityTally, rate: int = 1) -> AnswerModel:
    """Probabilities from counts.

    Neighbouring bins are joined until the group has 100 rows. The proportions of a group are shrunk towards
    those of all candidates with a weight of 4 rows, and the latter by half a row for each cell.
    """
    # join bins upwards until each group has enough rows; the remaining top bins join the last group
    group, now, held = np.zeros(len(counted.rows), dtype=np.int64), 0, 0
    for k, n in enumerate(counted.rows.tolist()):
        group[k] = now
        held += n
        if held >= _LEAST_ROWS:
            now, held = now + 1, 0
    group = np.minimum(group, max(now - 1, 0)) if held < _LEAST_ROWS else group
    n_groups = int(group.max(initial=0)) + 1
    cells = np.zeros((n_groups, counted.cells.shape[1] // CELLS, CELLS))
    np.add.at(cells, group, counted.cells.reshape(BINS, -1, CELLS))
    every = cells.sum(axis=0) + 0.5
    every /= every.sum(axis=1, keepdims=True)
    cells += 4 * every
    cells /= cells.sum(axis=2, keepdims=True)
    return AnswerModel(group, cells.reshape(n_groups, -1), counted, rate)


def log_chance_of(model: AnswerModel, ability: int, chosen: Ints, ids: Texts) -> float:
    """Log of the probability that another candidate in the bin `ability` gives the same answers, by what the
    others of that group chose.

    The candidates `ids`, who gave them, are left out: many of them would make their own answers look usual.
    If k of n others chose a cell, its probability is (k + 1) / (n + 2): so a few others cannot make it
    extreme.
    """
    own = np.count_nonzero(id_hash(ids) % np.uint64(model.rate) == 0)
    counts = model.counted.cells[model.group == model.group[ability]].sum(axis=0).reshape(-1, CELLS)
    item = chosen // CELLS
    others = np.maximum(counts[item].sum(axis=1) - own, 0)
    alike = np.minimum(np.maximum(counts[item, chosen % CELLS] - own, 0), others)
    return float(np.log((alike + 1) / (others + 2)).sum())


class RowPairs(NamedTuple):
    """Pairs of rows, `first` < `second`: the number of wrong answers in common, the expected number, and the
    probability of at least that number."""

    first: Ints
    second: Ints
    same: Ints
    expected: Floats
    chance: Floats


def similar_pairs(forms: FormKeys, rules: SignalRules, model: AnswerModel, rows: SignalRows) -> RowPairs:
    """Pairs of candidates in the same room who share more wrong answers than chance explains.

    Rooms must be complete, in any order; those of -1 are unknown, and not compared. Leave out rows that
    have a signal of their own (blank, patterned, wrong form): they resemble each other anyway. The level is
    divided among all pairs that are compared (Bonferroni), so that the probability of any false alarm is at
    most `rules.similar`.
    """
    _, _, _, room, form, right, marks = rows
    sizes = np.unique(room[room >= 0], return_counts=True)[1]
    sizes = sizes[sizes <= rules.largest_room]
    of_pairs = int((sizes * (sizes - 1) // 2).sum())
    level = rules.similar / max(of_pairs, 1)
    table = model.chance.astype(np.float32)
    wrong = right_cells(forms) == 0
    wrong[UNCHOSEN::CELLS] = False
    table[:, ~wrong] = 0
    order = np.argsort(room, kind="stable")
    starts = np.flatnonzero(np.diff(room[order], prepend=-2) != 0)
    found, items = [], n_items(forms)
    for own in np.split(order, starts[1:]):
        if 2 <= len(own) <= rules.largest_room and room[own[0]] >= 0:
            cells = answer_cells(forms, form[own], marks[own])
            group = model.group[bins_of(forms, form[own], right[own])]
            # pairs of one room, by places in it
            asked = np.zeros((len(cells), items), dtype=np.bool_)
            who, where = np.nonzero(cells >= 0)
            asked[who, cells[who, where] // CELLS] = True
            chosen = np.zeros((len(cells), items * CELLS), dtype=np.float32)
            chosen[who, cells[who, where]] = 1
            chosen *= wrong
            chances = table[group] * np.repeat(asked, CELLS, axis=1)
            given, expected = chosen.sum(axis=1), chances.sum(axis=1)
            chances *= (given / np.maximum(expected, 1e-9))[:, None]
            np.minimum(chances, 1, out=chances)
            same = np.rint(chosen @ chosen.T).astype(np.int64)
            mean = (chosen @ chances.T).astype(np.float64)
            # larger than the exact chance, by a factor of about e**3
            bound = most_hits_log(same, mean, np.maximum(given, 1)[:, None])
            np.fill_diagonal(bound, 0)
            some = (bound <= min(np.log(level) + 7, -1e-9)) & (same > 0)
            first, second = np.nonzero(np.triu(some | some.T, 1))
            pairs = _exact(chosen, chances, first, second, level)
            found.append(pairs._replace(first=own[pairs.first], second=own[pairs.second]))
    return _ordered(found)


def _exact(chosen: Singles, chances: Singles, first: Ints, second: Ints, level: float) -> RowPairs:
    """The pairs whose exact probability is within the level: twice that of the less likely direction."""
    found = [_ordered([])]
    for at in range(0, len(first), 1000):
        a, b = first[at : at + 1000], second[at : at + 1000]
        hits = (chosen[a] * chosen[b]).sum(axis=1).astype(np.int64)
        one, other = (_tail(chosen[x] * chances[y], hits) for x, y in ((a, b), (b, a)))
        expected = np.where(one[0] <= other[0], one[1], other[1])
        chance = np.minimum(2 * np.minimum(one[0], other[0]), 1)
        kept = chance <= level
        found.append(RowPairs(a[kept], b[kept], hits[kept], expected[kept], chance[kept]))
    return _ordered(found)


def _tail(agreeing: Singles, hits: Ints) -> tuple[Floats, Floats]:
    """Probability of at least `hits` hits, and their expected number, from chances (pairs, items × 6)."""
    by_item = agreeing.astype(np.float64).reshape(len(hits), -1, CELLS).sum(axis=2)
    return at_least(by_item)[np.arange(len(hits)), hits], by_item.sum(axis=1)


def _ordered(found: list[RowPairs]) -> RowPairs:
    """The pairs as one table, each with the smaller row first."""
    empty, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
    a, b, same, expected, chance = (
        np.concatenate(columns)
        for columns in zip((empty, empty, empty, nothing, nothing), *found, strict=True)
    )
    first, second = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((second, first))
    return RowPairs(first[order], second[order], same[order], expected[order], chance[order])
