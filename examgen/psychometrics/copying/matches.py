"""How likely so many equal answers of two candidates are by chance: ω, GBT and M4, pair by pair.

Only items that both answered are compared: two blanks are not alike. Answers are taken as independent given
the abilities of the two.

References
----------
Wollack, J. A. (1997). A nominal response model approach for detecting answer copying. Applied Psychological
    Measurement, 21(4), 307–320.
van der Linden, W. J., & Sotaridona, L. (2006). Detecting answer copying when the regular response process
    follows a known response model. Journal of Educational and Behavioral Statistics, 31(3), 283–304.
Maynes, D. (2014). Detection of non-independent test taking by similarity analysis. In N. M. Kingston & A. K.
    Clark (Eds.), Test fraud: Statistical detection and methodology (pp. 53–80). Routledge.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.psychometrics.copying.answers import Bools, ChosenOptions, Floats, Ints
from examgen.psychometrics.distributions import normal_upper
from examgen.psychometrics.signals.tails import at_least

_AT_ONCE = 4_000_000
"""Cells of a table held at a time."""
_ALIKE = 1e-9
"""Relative difference of two tails that are the same but for rounding."""


class CandidatePairs(NamedTuple):
    """Ordered pairs of candidates, by their rows."""

    source: Ints
    copier: Ints

    def part(self, of: Ints | Bools | slice) -> CandidatePairs:
        """Some of them."""
        return CandidatePairs(self.source[of], self.copier[of])


class Omega(NamedTuple):
    """ω of each pair: given the source's answers, the copier's matches against those of his ability."""

    matches: Ints
    expected: Floats
    sd: Floats
    z: Floats
    """(matches − expected) / sd; NaN where nothing could be compared."""
    p: Floats
    """Upper normal tail."""


def omega(answers: ChosenOptions, chances: Floats, pairs: CandidatePairs) -> Omega:
    """ω (Wollack 1997, eq. 5–8). `chances` (N, J, K) are the options' at each candidate's ability."""
    theirs, mine = answers.cells[pairs.source], answers.cells[pairs.copier]
    both = (theirs >= 0) & (mine >= 0)
    items = np.arange(theirs.shape[1])
    agree = np.where(both, chances[pairs.copier[:, None], items, theirs], 0.0)
    matches = np.count_nonzero(both & (theirs == mine), axis=1)
    expected, sd = agree.sum(axis=1), np.sqrt((agree * (1.0 - agree)).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(sd > 0, (matches - expected) / sd, np.nan)
    return Omega(matches, expected, sd, z, normal_upper(z))


def _chance_of_match(
    answers: ChosenOptions, chances: Floats, pairs: CandidatePairs, options: Bools | None = None
) -> Floats:
    """(n, J) chance that both choose the same one of the options (J, K); 0 where one did not answer."""
    both = answers.answered[pairs.source] & answers.answered[pairs.copier]
    one, other = chances[pairs.source], chances[pairs.copier]
    if options is not None:
        one = one * options
    return np.asarray(np.where(both, np.einsum("njk,njk->nj", one, other), 0.0))


def gbt(answers: ChosenOptions, chances: Floats, pairs: CandidatePairs) -> tuple[Floats, Floats]:
    """(n,) generalised binomial test and expected matches: the exact tail of the number of matches (van der
    Linden & Sotaridona 2006), the same whichever of the two is called the source."""
    same = answers.cells[pairs.source] == answers.cells[pairs.copier]
    matches = np.count_nonzero(same & answers.answered[pairs.source], axis=1)
    chance = np.minimum(_chance_of_match(answers, chances, pairs), 1.0)
    return at_least(chance)[np.arange(len(matches)), matches], chance.sum(axis=1)


def m4(answers: ChosenOptions, chances: Floats, pairs: CandidatePairs) -> Floats:
    """(n,) M4 (Maynes 2014): right and wrong matches together, by the generalised trinomial.

    The tail has all pairs of counts (n wrong, m right) for which P(N ≥ n, M ≥ m) is at most that of those
    found. NaN where a chance is not a number.
    """
    right = answers.is_right()
    theirs, mine = answers.cells[pairs.source], answers.cells[pairs.copier]
    same = (theirs == mine) & (theirs >= 0)
    n_right = np.count_nonzero(same & right[pairs.source], axis=1)
    n_wrong = np.count_nonzero(same, axis=1) - n_right
    found = np.empty(len(theirs))
    n_items = theirs.shape[1]
    at_once = max(_AT_ONCE // (n_items + 1) ** 2, 1)
    for start in range(0, len(theirs), at_once):
        part = slice(start, start + at_once)
        by_right = _chance_of_match(answers, chances, pairs.part(part), answers.right)
        by_wrong = _chance_of_match(answers, chances, pairs.part(part), ~answers.right)
        chance = trinomial(by_wrong, by_right)
        above = np.cumsum(np.cumsum(chance[:, ::-1, ::-1], axis=1), axis=2)[:, ::-1, ::-1]
        own = above[np.arange(len(above)), n_wrong[part], n_right[part]]
        in_tail = above <= own[:, None, None] * (1.0 + _ALIKE)
        tail = np.minimum(np.where(in_tail, chance, 0.0).sum(axis=(1, 2)), 1.0)
        found[part] = np.where(np.isnan(own), np.nan, tail)
    return found


def trinomial(by_wrong: Floats, by_right: Floats) -> Floats:
    """(n, J + 1, J + 1) chance of each number of wrong and of right matches, given (n, J) chances."""
    n_rows, n_items = by_wrong.shape
    found = np.zeros((n_rows, n_items + 1, n_items + 1))
    found[:, 0, 0] = 1.0
    for done in range(n_items):
        before = found[:, : done + 1, : done + 1].copy()
        wrong, right = by_wrong[:, done, None, None], by_right[:, done, None, None]
        found[:, : done + 1, : done + 1] *= np.maximum(1.0 - wrong - right, 0.0)
        found[:, 1 : done + 2, : done + 1] += wrong * before
        found[:, : done + 1, 1 : done + 2] += right * before
    return found
