"""Forms as they stand → free items that could stand in for a shared one, in all forms that hold it.

A swap in one form alone changes what that form shares with others; a stand-in everywhere does not.
"""

from __future__ import annotations

import numpy as np

from examgen.assembly.search.highs import Floats, Integers
from examgen.assembly.search.standing import Standing
from examgen.assembly.search.swapping import bend_growth, misfit_growth


def stand_ins(standing: Standing, form: int) -> tuple[Integers, Integers]:
    """Pairs of a shared item of the form and an unused item of its class."""
    plan = standing.plan
    shared = np.flatnonzero(standing.held[form] & (standing.uses > 1))
    free = np.flatnonzero(standing.uses == 0)
    one, two = np.nonzero(plan.item_class[shared][:, None] == plan.item_class[free][None, :])
    return shared[one], free[two]


def stand_in_growths(standing: Standing, out: Integers, into: Integers) -> tuple[Floats, Floats]:
    """By how much each stand-in raises the misfit and the bend of all forms that hold the item."""
    plan = standing.plan
    misfit, bend = np.zeros(len(out)), np.zeros(len(out))
    step = plan.broad_across[into] - plan.broad_across[out]
    curve = plan.values[into] - plan.values[out]
    for form in range(plan.n_forms):
        pairs = np.flatnonzero(standing.held[form, out])
        forms = np.full(len(pairs), form)
        misfit[pairs] += misfit_growth(standing, forms, step[pairs], plan.across, out[pairs], into[pairs])
        bend[pairs] += bend_growth(standing, forms, curve[pairs])
    return misfit, bend


def stand_in(standing: Standing, out: int, into: int) -> list[int]:
    """Put an item in the place of another in all forms that hold it; these forms."""
    forms = np.flatnonzero(standing.held[:, out]).tolist()
    for form in forms:
        standing.drop(form, out)
        standing.add(form, into)
    return forms
