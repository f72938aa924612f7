"""Scores, item parameters and abilities → fit of items: infit and outfit with Z, S-X².

Definitions as `mirt::itemfit` 1.45.

Observed and expected counts by sum score → the same with sparse rows and categories merged.

Step by step what `mirt` 1.45 does (`collapseCells`), so that S-X² and its degrees of freedom agree.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.core.responses.matrix import Scores, score_cells
from examgen.core.words import tell
from examgen.psychometrics.distributions import chi_square_tail
from examgen.psychometrics.fit.residuals import finite_abilities, moments, standardised
from examgen.psychometrics.irt.abilities import ScoredAnswers, answers_of
from examgen.psychometrics.irt.curves import Floats, curves, n_categories, row_chunks
from examgen.psychometrics.irt.items import Estimated, ItemParameters, Note
from examgen.psychometrics.irt.lord_wingersky import leave_one_out, sum_score_likelihoods
from examgen.psychometrics.irt.quadrature import Grid, normal_grid

_SHARE_OF_ROWS = 0.05
MOST_ITEMS = 5_000
"""With more items sum scores are not compared."""


def collapsed(observed: Floats, expected: Floats, least: float) -> tuple[Floats, Floats]:
    """Merged counts (rows left, categories left); an expected count of 0 is a cell that is no more.

    Parameters
    ----------
    observed, expected : ndarray, shape (rows, K)
        `expected` is NaN where a category and a sum score exclude each other.
    least : float
        The least expected count that is left alone.

    Returns
    -------
    observed, expected : ndarray
        Fewer than two rows where nothing can be compared.
    """
    o, e = _without_impossible(observed, expected)
    o, e = o[o.sum(axis=1) > 0], e[o.sum(axis=1) > 0]
    sparse = (e < least).any(axis=1)
    o, e = _without_singles(o, e)
    if len(e) > 1 and e.shape[1] > 2:
        o, e = _across(o, e, sparse, least)
        o, e = _without_rare_categories(o, e, least)
    return _merged_rows(o, e, least)


def _without_impossible(observed: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """The first and last scores, which exclude categories, go to the first and last score that do not."""
    rows = np.flatnonzero(np.isnan(expected).any(axis=1))
    o, e = observed.copy(), np.nan_to_num(expected)
    if len(rows) < 2:
        return o, e
    half = len(rows) // 2
    above, below = rows[half - 1] + 1, rows[half] - 1
    if not rows[0] < above <= below < rows[-1]:
        return o[:0], e[:0]
    for table in (o, e):
        table[above] += table[rows[0] : above].sum(axis=0)
        table[below] += table[below + 1 : rows[-1] + 1].sum(axis=0)
    keep = np.ones(len(o), dtype=np.bool_)
    keep[rows[0] : above] = keep[below + 1 : rows[-1] + 1] = False
    return o[keep], e[keep]


def _without_singles(o: Floats, e: Floats) -> tuple[Floats, Floats]:
    """Upwards, a row with one candidate goes to the next; the last to the one before."""
    o, e = o.copy(), e.copy()
    keep = np.ones(len(o), dtype=np.bool_)
    for j in range(len(o) - 1):
        if o[j].sum() == 1:
            keep[j] = False
            o[j + 1] += o[j]
            e[j + 1] += e[j]
    o, e = o[keep], e[keep]
    if len(o) > 1 and o[-1].sum() == 1:
        o[-2] += o[-1]
        e[-2] += e[-1]
        return o[:-1], e[:-1]
    return o, e


def _across(o: Floats, e: Floats, sparse: np.ndarray, least: float) -> tuple[Floats, Floats]:
    """In rows with a small expected count, the smallest category goes to its smaller neighbour, again and
    again; what is left stands at the left. `sparse` counts rows before singles were merged, as in mirt."""
    for j in np.flatnonzero(sparse[: len(e)]).tolist():
        few, seen = e[j].tolist(), o[j].tolist()
        while len(few) > 2:
            last_smallest = max(k for k, value in enumerate(few) if value == min(few))
            to = _smaller_neighbour(few, last_smallest)
            few[to] += few[last_smallest]
            seen[to] += seen[last_smallest]
            del few[last_smallest], seen[last_smallest]
            if min(few) >= least:
                break
        e[j], o[j] = 0.0, 0.0
        e[j, : len(few)], o[j, : len(seen)] = few, seen
    return o, e


def _smaller_neighbour(values: list[float], k: int) -> int:
    if k == 0:
        return 1
    if k == len(values) - 1:
        return k - 1
    return k - 1 if values[k - 1] <= values[k + 1] else k + 1


def _without_rare_categories(o: Floats, e: Floats, least: float) -> tuple[Floats, Floats]:
    """The last categories while they are rare, then any that hardly any row has, go to the one below."""
    while e.shape[1] > 2 and e[:, -1].sum() < least * np.ceil(len(e) * 0.1):
        o[:, -2] += o[:, -1]
        e[:, -2] += e[:, -1]
        o, e = o[:, :-1], e[:, :-1]
    keep = np.ones(e.shape[1], dtype=np.bool_)
    for k in range(e.shape[1] - 1, 0, -1):
        if np.count_nonzero(e[:, k] > 0) / len(e) < _SHARE_OF_ROWS:
            keep[k] = False
            o[:, k - 1] += o[:, k]
            e[:, k - 1] += e[:, k]
    return o[:, keep], e[:, keep]


def _merged_rows(o: Floats, e: Floats, least: float) -> tuple[Floats, Floats]:
    """While an expected count is small: its row goes to the neighbour with fewer candidates."""
    while len(e) > 1:
        small = np.flatnonzero(((e < least) & (e != 0)).any(axis=1))
        if not len(small):
            break
        row = int(small[0])
        if row == 0:
            to = 1
        elif row == len(e) - 1:
            to = row - 1
        else:
            to = row - 1 if o[row - 1].sum() <= o[row + 1].sum() else row + 1
        o[to] += o[row]
        e[to] += e[row]
        o, e = np.delete(o, row, axis=0), np.delete(e, row, axis=0)
    return o, e


class ItemFit(NamedTuple):
    """Mean squares and their Z, (J,) each; near 1 and 0 where the model holds."""

    n: NDArray[np.int64]
    """Answers that were compared."""
    outfit: Floats
    z_outfit: Floats
    infit: Floats
    z_infit: Floats
    notes: tuple[Note, ...]


class SX2(NamedTuple):
    """S-X² of items, (J,) each; NaN without degrees of freedom."""

    statistic: Floats
    df: Floats
    p: Floats
    rmsea: Floats
    n: int
    """Candidates who answered every item: only they are compared."""
    notes: tuple[Note, ...]


class SumScoreTables(NamedTuple):
    """Answers to one item by sum score 1 … S − 1, before rows are merged, (S − 1, K) each."""

    item: int
    observed: Floats
    expected: Floats
    """NaN where a category and a sum score exclude each other; else counts."""


def item_fit(scores: Scores, parameters: ItemParameters, theta: ArrayLike) -> ItemFit:
    """Infit and outfit of items at given abilities.

    With residual x − E, variance W and fourth central moment C of the score: outfit = Σ (x − E)² / W / n,
    infit = Σ (x − E)² / Σ W; Z by the cube root (Wilson & Hilferty), with variances from C. W below 0.0032
    is taken as that, q above √2 as that, as mirt does. All candidates count, those with nothing or everything
    right too; an infinite theta becomes the greatest finite one + 0.1, or the least − 0.1 (eRm leaves these
    candidates out, and its numbers are others). Where answers are missing, mirt's Z of outfit divides by the
    numbers of answers to other items (a matrix by a vector along the wrong side); this one does not.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative is missing.
    parameters : ItemParameters
    theta : array_like, shape (N,)
        ML abilities for mirt's `itemfit(…, method = 'ML')`; candidates with NaN are left out.

    Returns
    -------
    ItemFit
        NaN for items that nobody answered or without parameters.

    References
    ----------
    Wright, B. D., & Masters, G. N. (1982). Rating scale analysis, ch. 5, p. 100–101.
    """
    scores = score_cells(scores)
    answers, ability = answers_of(scores, parameters), finite_abilities(theta, len(scores))
    sums = _ItemFitSums(len(answers.items))
    for rows in row_chunks(len(scores), len(answers.items) * (parameters.d.shape[1] + 1)):
        known = np.isfinite(ability[rows])
        sums.add(answers.cells[rows][known], answers.parameters, ability[rows][known])
    return _item_fit(sums, answers, len(parameters.a))


class _ItemFitSums:
    """Sums over candidates, by item."""

    def __init__(self, n_items: int) -> None:
        self.n = np.zeros(n_items)
        self.z2, self.kurtosis, self.residual2, self.weight, self.spread = np.zeros((5, n_items))

    def add(self, cells: NDArray[np.int8], parameters: ItemParameters, theta: Floats) -> None:
        """Counts these candidates in."""
        there = cells >= 0
        made = moments(parameters, theta)
        residual2 = np.where(there, (cells - made.mean) ** 2, 0.0)
        weight, fourth = np.where(there, made.variance, 0.0), np.where(there, made.fourth, 0.0)
        self.n += there.sum(axis=0)
        self.z2 += (residual2 / made.variance).sum(axis=0)
        self.kurtosis += (fourth / made.variance**2).sum(axis=0)
        self.residual2 += residual2.sum(axis=0)
        self.weight += weight.sum(axis=0)
        self.spread += (fourth - weight**2).sum(axis=0)


def _item_fit(sums: _ItemFitSums, answers: ScoredAnswers, n_items: int) -> ItemFit:
    with np.errstate(divide="ignore", invalid="ignore"):
        outfit, infit = sums.z2 / sums.n, sums.residual2 / sums.weight
        q_outfit = np.sqrt(sums.kurtosis / sums.n**2 - 1.0 / sums.n)
        q_infit = np.sqrt(sums.spread) / sums.weight
    columns = (outfit, standardised(outfit, q_outfit), infit, standardised(infit, q_infit))
    placed = np.full((4, n_items), np.nan)
    placed[:, answers.items] = columns
    n = np.zeros(n_items, dtype=np.int64)
    n[answers.items] = sums.n
    empty = [
        Note("no-answers", int(j), tell("nobody who answered it has an ability to compare the answers with."))
        for j in answers.items
        if n[j] == 0
    ]
    return ItemFit(n, placed[0], placed[1], placed[2], placed[3], (*answers.notes, *empty))


def s_x2(
    scores: Scores,
    parameters: ItemParameters,
    free: Estimated,
    grid: Grid | None = None,
    *,
    least_expected: float = 1.0,
) -> SX2:
    """S-X² of Orlando & Thissen: observed and expected shares by sum score.

    The expected share of category k at sum score s is Σ_q w_q P_k(θ_q) S*(s − k | θ_q) / Σ_q w_q S(s | θ_q),
    S* from the other items. Sum scores 1 … S − 1; rows are merged as `mirt::itemfit` merges them:
    (1) scores without candidates are dropped; (2) upwards, a score with exactly one candidate is added to
    the next, the last one to the one before; (3) while an expected count is below `least_expected`, the
    lowest such row: the first to the second, the last to the one before, any other to the neighbour with
    fewer candidates (the lower one on a tie). df = rows left − parameters of the item − parameters of the
    distribution of ability. With more than two categories, neighbouring categories are merged first.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Candidates with a missing answer are left out, with a note.
    parameters : ItemParameters
    free : Estimated
        `estimated(model, parameters)`: for the degrees of freedom.
    grid : Grid
        61 points on [−6, 6], N(0, 1), where not given.
    least_expected : float

    Returns
    -------
    SX2

    References
    ----------
    Orlando, M., & Thissen, D. (2000). Likelihood-based item-fit indices for dichotomous item response theory
    models. Applied Psychological Measurement 24, 50–64. Kang, T., & Chen, T. T. (2008). Performance of the
    generalized S-X² item fit index for polytomous IRT models. Journal of Educational Measurement 45, 391–406.
    """
    scores, n_items = score_cells(scores), len(parameters.a)
    statistic, df = np.full(n_items, np.nan), np.full(n_items, np.nan)
    answers = answers_of(scores, parameters)
    complete = _complete(answers)
    n, notes = int(np.count_nonzero(complete)), list(answers.notes)
    if n < len(scores):
        message = tell(
            "S-X² compares the {n} of {scores_n} candidates who have a score on every item.",
            n=n,
            scores_n=len(scores),
        )
        notes.append(Note("incomplete", None, message, (f"{n}", f"{len(scores)}")))
    if not 2 <= len(answers.items) <= MOST_ITEMS or not n:
        notes.append(Note("s-x2-undefined", None, tell("There is nothing to compare sum scores of.")))
        nothing = np.full(n_items, np.nan)
        return SX2(nothing, nothing, nothing, nothing, n, tuple(notes))
    for table in _tables(answers, complete, grid or normal_grid()):
        observed, expected = collapsed(table.observed, table.expected, least_expected)
        if observed.ndim == 2 and observed.shape[1] > 1 and len(observed) > 1:
            cells = expected > 0
            lost = int(free.per_item[table.item]) + free.n_group
            df[table.item] = max(np.count_nonzero(cells) - len(expected) - lost, 0)
            statistic[table.item] = ((observed - expected)[cells] ** 2 / expected[cells]).sum()
    statistic[~(df > 0)] = np.nan
    notes += [
        Note("s-x2-undefined", int(j), tell("has too few sum scores left for S-X²."))
        for j in answers.items[~(df[answers.items] > 0)]
    ]
    return SX2(statistic, df, chi_square_tail(statistic, df), rmsea(statistic, df, n), n, tuple(notes))


def rmsea(statistic: ArrayLike, df: ArrayLike, n: int) -> Floats:
    """√((X²/df − 1) / (n − 1)); 0 where X² is below df, NaN without degrees of freedom or for n < 2."""
    x, by = np.asarray(statistic, dtype=np.float64), np.asarray(df, dtype=np.float64)
    defined = (by > 0) & np.isfinite(x) & (n > 1)
    excess = x / np.where(by > 0, by, 1.0) - 1.0
    value = np.sqrt(np.maximum(np.where(defined, excess, 0.0), 0.0) / max(n - 1, 1))
    return np.asarray(np.where(defined, value, np.nan))


def _complete(answers: ScoredAnswers) -> NDArray[np.bool_]:
    found = np.ones(len(answers.cells), dtype=np.bool_)
    if not answers.complete:
        for rows in row_chunks(len(found), len(answers.items)):
            found[rows] = (answers.cells[rows] >= 0).all(axis=1)
    return found


def _tables(answers: ScoredAnswers, complete: NDArray[np.bool_], grid: Grid) -> list[SumScoreTables]:
    greatest = n_categories(answers.parameters) - 1
    observed = _observed(answers.cells, complete, greatest)
    p = curves(answers.parameters, grid.nodes).p
    everything = sum_score_likelihoods(p, greatest) @ grid.weights
    n_by_score = observed[:, 0].sum(axis=1)
    made = []
    for j, rest in leave_one_out(p, greatest):
        expected = np.full((len(everything), greatest[j] + 1), np.nan)
        for k in range(greatest[j] + 1):
            at = slice(k, k + len(rest))
            share = rest @ (grid.weights * p[:, j, k])
            total = everything[at]
            expected[at, k] = share / np.where(total > 0, total, 1.0) * n_by_score[at]
        counts = observed[:, j, : greatest[j] + 1]
        made.append(SumScoreTables(int(answers.items[j]), counts[1:-1], expected[1:-1]))
    return made


def _observed(cells: NDArray[np.int8], complete: NDArray[np.bool_], greatest: NDArray[np.int64]) -> Floats:
    """(S + 1, J, K) how many candidates with each sum score have each score in each item."""
    top = int(greatest.sum())
    counts = np.zeros((top + 1, len(greatest), int(greatest.max(initial=0)) + 1))
    for chunk in row_chunks(len(cells), max(len(greatest), 1) // 4 + 1):
        rows = cells[chunk][complete[chunk]]
        if not len(rows):
            continue
        sums = rows.sum(axis=1, dtype=np.int64)
        order = np.argsort(sums, kind="stable")
        found, first = np.unique(sums[order], return_index=True)
        ordered = rows[order]
        n_rows = np.diff(np.append(first, len(rows)))
        rest = np.repeat(n_rows[:, None], len(greatest), axis=1)
        for k in range(counts.shape[2] - 1, 0, -1):
            having = np.add.reduceat(ordered == k, first, axis=0, dtype=np.int64)
            counts[found, :, k] += having
            rest = rest - having
        counts[found, :, 0] += rest
    return counts
