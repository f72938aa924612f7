"""Means and standard deviations of ability in several groups → those that are estimates, and what to say."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.words import tell
from examgen.psychometrics.irt.items import Note
from examgen.psychometrics.irt.quadrature import beyond_nodes

Floats = NDArray[np.float64]
FAR, NARROW, WIDE = 5.0, 0.1, 5.0
"""Means and standard deviations beyond which the nodes tell nothing."""
_ROUNDING = 1e-9
_FEW = 30
"""Fewer candidates hardly tell how a group is distributed."""


class GroupAbilities(NamedTuple):
    """(G,) each; NaN where the likelihood rises beyond what the nodes tell."""

    mean: Floats
    sd: Floats
    notes: tuple[Note, ...]


def abilities_of(mean: Floats, sd: Floats, n: NDArray[np.integer]) -> GroupAbilities:
    """`n` (G,) candidates."""
    notes = []
    away, wide = np.abs(mean) >= FAR, sd >= WIDE * (1.0 - _ROUNDING)
    narrow = sd <= NARROW * (1.0 + _ROUNDING)
    for g in range(len(mean)):
        if n[g] < _FEW:
            words = tell(
                "group {group} has only {n} candidates: its mean and sd are hardly known, nor is the scale "
                "where it is the first group",
                group=g,
                n=int(n[g]),
            )
            notes.append(Note("few-in-group", None, words))
        if away[g] or wide[g]:
            words = tell(
                "the mean or sd of ability in group {group} has no estimate: the likelihood rises to the end "
                "of the range that the model looks at",
                group=g,
            )
            notes.append(Note("ability-out-of-range", None, words))
        elif narrow[g]:
            words = tell(
                "the sd of ability in group {group} goes to 0: its candidates differ no more than by chance",
                group=g,
            )
            notes.append(Note("no-variance", None, words))
        elif beyond_nodes(float(mean[g]), float(sd[g])):
            words = tell(
                "the model integrates over abilities from −6 to 6, and those of group {group} reach further: "
                "its mean and sd are off by some per cent, or more",
                group=g,
            )
            notes.append(Note("wide-ability", None, words))
    return GroupAbilities(np.where(away, np.nan, mean), np.where(narrow | wide, np.nan, sd), tuple(notes))
