"""A form → how unevenly the positions of its right answers are distributed, with a notice if that is
unlikely by chance.

Nothing is drawn by this. A rule on the positions of right answers would be an equation or an inequality for
the key in every form that follows it, and two builds that differ only in such a rule would reveal the key
where they differ. Randomness is what hides keys (Bar-Hillel & Attali 2002, Seek whence: answer sequences
and their consequences in key-balanced multiple-choice tests, The American Statistician 56, 299–303).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt

from examgen.assembly.order.ordering import Place, key_place
from examgen.core.models.form import Exam
from examgen.core.words import noted, tell

Floats = npt.NDArray[np.float64]

SELDOM = 2.0**-12
"""The probability below which an uneven distribution gives a notice; the two notices together have up to
twice this probability."""


# ── runs ─────────────────────────────────────────────────────────────────────────────────────


def run_of(places: Iterable[Place]) -> int:
    """Return the length of the longest run of one right letter; a question with several right answers ends a
    run."""
    longest = run = 0
    before: Place = None
    for place in places:
        run = (run + 1 if place == before else 1) if place is not None else 0
        before = place
        longest = max(longest, run)
    return longest


@lru_cache(maxsize=4096)
def _long_runs(sizes: tuple[int, ...], longest: int) -> float:
    """Return the probability that a random order has a run longer than `longest`.

    Exact, by a Markov chain over the letter of the last question and the length of its run (Fu & Koutras
    1994, Distribution theory of runs: a Markov chain approach, Journal of the American Statistical
    Association 89, 1050–1058).
    """
    runs: Floats = np.zeros((max(sizes), longest))
    kept, beyond = 1.0, 0.0
    for size in sizes:
        found = np.zeros_like(runs)
        found[:size, 0] = (kept - runs[:size].sum(axis=1)) / size
        found[:size, 1:] = runs[:size, :-1] / size
        lost = float(runs[:size, -1].sum()) / size
        kept, beyond = kept - lost, beyond + lost
        runs = found
    return beyond


# ── counts ───────────────────────────────────────────────────────────────────────────────────


def spread_of(sizes: Sequence[int], places: Sequence[Place]) -> int:
    """Return the largest difference between the counts of two right letters, among questions with equal
    numbers of options."""
    worst = 0
    for size in set(sizes):
        here = [place for n, place in zip(sizes, places, strict=True) if n == size and place is not None]
        counts = [here.count(letter) for letter in range(size)]
        worst = max(worst, max(counts) - min(counts))
    return worst


@lru_cache(maxsize=4096)
def _wide_spreads(sizes: tuple[int, ...], greatest: int) -> float:
    """Return an upper bound of the probability that, in a random order, the counts of two right letters
    differ by more than `greatest` among questions with equal numbers of options (`sizes`): the sum of the
    exact probabilities for each pair of letters (Bonferroni's inequality)."""
    beyond = 0.0
    for size in sorted(set(sizes)):
        n = sizes.count(size)
        shares = _differences(size, n)
        pair = float(shares[: max(n - greatest, 0)].sum() + shares[n + greatest + 1 :].sum())
        beyond += size * (size - 1) / 2 * pair
    return beyond


@lru_cache(maxsize=4096)
def _differences(size: int, n: int) -> Floats:
    """Return the distribution of the difference between the counts of two letters in n questions, from −n to
    n."""
    shares: Floats = np.ones(1)
    for _ in range(n):
        shares = np.convolve(shares, [1 / size, 1 - 2 / size, 1 / size])
    return shares


# ── notices ──────────────────────────────────────────────────────────────────────────────────


_LONG_RUN = noted(
    "form {form}: one letter is right {run} times in a row; by chance, at most one form in "
    "4,096 has more than {longest}. No rule arranges the order by the key. Check the "
    "options with fixed positions."
)
_WIDE_SPREAD = noted(
    "form {form}: counts of right answers differ by {spread} between two letters; by "
    "chance, at most one form in 4,096 differs by more than {greatest}. No rule arranges "
    "the order by the key. Check the options with fixed positions."
)
OF_PLACES = (_LONG_RUN, _WIDE_SPREAD)


def notices(exam: Exam) -> tuple[str, ...]:
    """Return notices on forms whose right answers are distributed more unevenly than is likely by chance.
    There are none if each candidate gets an individual order."""
    personal = exam.blueprint.papers.personal
    if personal.items or personal.options:
        return ()
    told: list[str] = []
    for form in exam.forms:
        sizes = [len(p.order) for p in form.items]
        places: list[Place] = [key_place(p.item, p.order) for p in form.items]
        in_turn = tuple(sorted(sizes))  # those of few options together, where runs are long
        longest = _narrowest(partial(_long_runs, in_turn), 1)
        if (run := run_of(places)) > longest:
            told.append(tell(_LONG_RUN, form=form.name, run=run, longest=longest))
        greatest = _narrowest(partial(_wide_spreads, in_turn), 0)
        if (spread := spread_of(sizes, places)) > greatest:
            told.append(tell(_WIDE_SPREAD, form=form.name, spread=spread, greatest=greatest))
    return tuple(told)


def _narrowest(beyond: Callable[[int], float], first: int) -> int:
    """Return the smallest limit that is exceeded by chance with a probability of at most `SELDOM`."""
    limit = first
    while beyond(limit) > SELDOM:
        limit += 1
    return limit
