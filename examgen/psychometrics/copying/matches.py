"""How likely so many equal answers of two candidates are by chance: ω and GBT, pair by pair.

Only items that both answered are compared: two blanks are not alike. Answers are taken as independent given
the abilities of the two.

References
----------
Wollack, J. A. (1997). A nominal response model approach for detecting answer copying. Applied Psychological
    Measurement, 21(4), 307–320.
van der Linden, W. J., & Sotaridona, L. (2006). Detecting answer copying when the regular response process
    follows a known response model. Journal of Educational and Behavioral Statistics, 31(3), 283–304.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.psychometrics.copying.answers import Bools, ChosenOptions, Floats, Ints
from examgen.psychometrics.signals.tails import at_least
from examgen.stats.distributions import normal_upper


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


def _chance_of_match(answers: ChosenOptions, chances: Floats, pairs: CandidatePairs) -> Floats:
    """(n, J) chance that both choose the same option; 0 where one did not answer."""
    both = answers.answered[pairs.source] & answers.answered[pairs.copier]
    one, other = chances[pairs.source], chances[pairs.copier]
    return np.asarray(np.where(both, np.einsum("njk,njk->nj", one, other), 0.0))


def gbt(answers: ChosenOptions, chances: Floats, pairs: CandidatePairs) -> tuple[Floats, Floats]:
    """(n,) generalised binomial test and expected matches: the exact tail of the number of matches (van der
    Linden & Sotaridona 2006), the same whichever of the two is called the source."""
    same = answers.cells[pairs.source] == answers.cells[pairs.copier]
    matches = np.count_nonzero(same & answers.answered[pairs.source], axis=1)
    chance = np.minimum(_chance_of_match(answers, chances, pairs), 1.0)
    return at_least(chance)[np.arange(len(matches)), matches], chance.sum(axis=1)
