"""Orders that booklets show → a guess of the key: what somebody does who collects booklets and has no key.

Each attack looks for the key by which the booklets keep some rule on the places of right answers: letters
evenly spread, no long runs. It knows the printed texts alone; options are told apart by what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

Booklet = Sequence[tuple[str, Sequence[str]]]
"""The stem of each question, and its options in printed order."""


class Seen(NamedTuple):
    """Booklets of questions with as many options each."""

    stems: list[str]
    options: list[list[str]]
    """Of each item, by text."""
    items: Whole
    """(booklets, questions): the item of each question."""
    letters: Whole
    """(booklets, questions, options): where each option of the question's item is printed."""


def seen(booklets: Sequence[Booklet]) -> Seen:
    """What the booklets show."""
    texts = {stem: sorted(options) for booklet in booklets for stem, options in booklet}
    stems = sorted(texts)
    number = {stem: n for n, stem in enumerate(stems)}
    items = [[number[stem] for stem, _ in booklet] for booklet in booklets]
    letters = [
        [[list(options).index(text) for text in texts[stem]] for stem, options in booklet]
        for booklet in booklets
    ]
    return Seen(stems, [texts[stem] for stem in stems], np.array(items), np.array(letters))


def named(found: Seen, guess: Whole) -> dict[str, str]:
    """A guess as texts: the option of each stem that is taken for right."""
    return {stem: found.options[n][guess[n]] for n, stem in enumerate(found.stems)}


# ── linear algebra ───────────────────────────────────────────────────────────────────────────


def by_algebra(found: Seen) -> Whole:
    """Even letters are linear equations for the key: less its mean it is a null vector of them."""
    n_booklets, _, n_options = found.letters.shape
    n_items = len(found.stems)
    counts = np.zeros((n_booklets, n_options, n_items, n_options))
    booklet = np.arange(n_booklets)[:, None, None]
    counts[booklet, found.letters, found.items[:, :, None], np.arange(n_options)] = 1
    away = _away(n_options)
    rows = (counts @ away).reshape(n_booklets * n_options, -1)
    return _peaks(np.linalg.eigh(rows.T @ rows)[1][:, 0], away)


def _away(n_options: int) -> Floats:
    """A basis of what adds up to nothing within an item."""
    return np.asarray(np.linalg.svd(np.ones((1, n_options)))[2][1:].T)


def _peaks(vector: Floats, away: Floats) -> Whole:
    """The option of each item that stands out, above and not below."""
    key = vector.reshape(-1, away.shape[1]) @ away.T
    return np.asarray((key * np.sign((key**3).sum())).argmax(axis=1))


# ── runs, items in one order ─────────────────────────────────────────────────────────────────


def by_viterbi(found: Seen, run: int = 4) -> Whole:
    """The key with the fewest runs where all booklets have the items in one order, exactly: a path through
    the keys of any three neighbours."""
    assert (found.items == found.items[0]).all()
    n_questions, n_options = found.letters.shape[1:]
    at = (found.letters[..., None] == np.arange(n_options)).astype(np.float64)
    costs = np.zeros((n_options,) * (run - 1))
    came: list[Whole] = []
    for last in range(run - 1, n_questions):
        first, *rest = range(last - run + 1, last + 1)
        alike = at[:, first]
        for question in rest:  # (booklets, options of all, letters)
            alike = (alike[:, :, None] * at[:, None, question]).reshape(len(at), -1, n_options)
        total = costs[..., None] + alike.sum(axis=(0, 2)).reshape((n_options,) * run)
        came.append(total.argmin(axis=0))
        costs = total.min(axis=0)
    state = [int(n) for n in np.unravel_index(int(costs.argmin()), costs.shape)]
    path = list(state)
    for step in reversed(came):
        state = [int(step[tuple(state)]), *state[:-1]]
        path.insert(0, state[0])
    guess = np.zeros(len(found.stems), np.int64)
    guess[found.items[0]] = path
    return guess


# ── runs, items in any order ─────────────────────────────────────────────────────────────────


def by_neighbours(found: Seen) -> Whole:
    """Where long runs are forbidden, right answers of neighbours stand less often at one letter: the key, less
    its mean, is near the lowest eigenvector of how often each two options do."""
    n_items, n_options = len(found.stems), found.letters.shape[2]
    at = (found.letters[..., None] == np.arange(n_options)).astype(np.float64)
    alike = np.einsum("fqal,fqbl->fqab", at[:, :-1], at[:, 1:]) - 1 / n_options
    pairs = np.zeros((n_items, n_items, n_options, n_options))
    np.add.at(pairs, (found.items[:, :-1], found.items[:, 1:]), alike)
    pairs += pairs.transpose(1, 0, 3, 2)
    away = _away(n_options)
    matrix = np.einsum("ijab,ac,bd->icjd", pairs, away, away).reshape(n_items * (n_options - 1), -1)
    return _peaks(np.linalg.eigh(matrix)[1][:, 0], away)


# ── annealing ────────────────────────────────────────────────────────────────────────────────


class Where(NamedTuple):
    """The booklets that have an item, and its question in each."""

    booklets: Whole
    places: Whole


Energies = Callable[[Whole, Whole, Where], Floats]
"""Of the printed letters of a guessed key (booklets, questions), of those of an item's options in each booklet
that has it, and of where that is: what each option costs."""


def run_costs(printed: Whole, own: Whole, where: Where) -> Floats:
    """Runs of four for each option of the item, and in part those of two and three, which lead the way while
    most of the guess is wrong."""
    costs = np.zeros(own.shape[1])
    for run, weight in ((2, 0.3), (3, 0.3), (4, 1.0)):
        reach = run - 1
        padded = np.pad(printed, ((0, 0), (reach, reach)), constant_values=-1)
        around = padded[where.booklets[:, None], where.places[:, None] + np.arange(2 * reach + 1)]
        alike = around[:, None] == own[..., None]
        alike[..., reach] = True
        for start in range(run):
            costs += weight * alike[..., start : start + run].all(axis=2).sum(axis=0)
    return costs


def count_costs(printed: Whole, own: Whole, where: Where) -> Floats:
    """How unevenly letters are spread for each option of the item: Σ count², less what they have in common."""
    counts = (printed[where.booklets][:, :, None] == np.arange(own.shape[1])).sum(axis=1)
    counts[np.arange(len(own)), printed[where]] -= 1
    return np.asarray(2.0 * np.take_along_axis(counts, own, axis=1).sum(axis=0))


def by_annealing(
    found: Seen, costs_of: Energies, hot: float, cold: float, sweeps: int, start: Whole | None = None
) -> Whole:
    """The guess that Gibbs sampling ends at while it cools, from chance or a better start."""
    chance = np.random.default_rng(1)
    n_items, n_options = len(found.stems), found.letters.shape[2]
    rows = np.arange(len(found.items))[:, None], np.arange(found.items.shape[1])
    where = [Where(*np.nonzero(found.items == item)) for item in range(n_items)]
    guess = chance.integers(0, n_options, n_items) if start is None else start.copy()
    printed = found.letters[(*rows, guess[found.items])]
    for heat in np.geomspace(hot, cold, sweeps):
        for item in chance.permutation(n_items).tolist():
            own = found.letters[where[item]]
            costs = costs_of(printed, own, where[item])
            weights = np.exp((costs.min() - costs) / heat)
            guess[item] = chance.choice(n_options, p=weights / weights.sum())
            printed[where[item]] = own[:, guess[item]]
    return guess
