"""Answers of everybody → what is usual: the model of options, abilities, forms; all that pairs are compared
on."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from examgen.core.responses.matrix import Chosen
from examgen.psychometrics.copying.answers import (
    Bools,
    Cells,
    ChoiceModel,
    ChosenOptions,
    Floats,
    Ints,
    abilities,
    logistic_model,
    nominal_model,
)
from examgen.psychometrics.copying.screening import CopyingData
from examgen.stats.irt_abilities import map as greatest
from examgen.stats.irt_models import Note, dichotomous
from examgen.stats.mml_fit import fit_mml
from examgen.stats.mml_nominal import fit_nominal

LEAST_CANDIDATES = 50
"""With fewer candidates no model is estimated."""
LEAST_SAME_WRONG = 5
"""On a form that is not short, two candidates with the same answers throughout, at least this many of them
wrong, are not alike by chance."""
LEAST_BITS = 24.0
"""A form is short if the base-2 logarithms of its items' numbers of options sum to less. With 12 items scored
right or wrong, a quarter of 350 candidates have the same answers as somebody else."""
MOST_FORMS = 20
"""With more forms, all are treated as one form with all items."""
PRIOR_VARIANCE = {"nominal": 10.0, "2pl": 5.0}
"""The prior variance of abilities by model, as in CopyDetect: so wide that estimates are nearly ML."""
ModelName = Literal["nominal", "2pl"]


class UsualChoices(NamedTuple):
    """The model of what is usual."""

    model: ChoiceModel
    used: Bools
    """(J,) items that can be compared."""
    notes: tuple[Note, ...]
    endless: tuple[int, ...]
    """Items whose curve is a step: every match by chance would be a miracle, so they are not compared."""
    n_same: int
    """Candidates with the very answers of another, many of them wrong, who were left out of the model."""


def options_compared(chosen: Chosen) -> ChosenOptions:
    """Options, with marks that are none of the item's as no answer."""
    right = np.zeros((len(chosen.options), max(2, *map(len, chosen.options), 0)), dtype=np.bool_)
    cells = chosen.cells.copy()
    for j, (names, key) in enumerate(zip(chosen.options, chosen.keys, strict=True)):
        right[j, list(key)] = True
        odd = [place for place, name in enumerate(names) if not name.strip("*")]
        cells[np.isin(cells[:, j], odd), j] = -1
    return ChosenOptions(np.maximum(cells, np.int8(-1)), right)


def scores_compared(scored: Cells, chosen: Chosen | None) -> ChosenOptions:
    """Right and wrong; a blank is scored as wrong, but nobody can copy it."""
    cells = scored if chosen is None else np.where(chosen.cells >= 0, scored, np.int8(-1)).astype(np.int8)
    right = np.tile(np.array([False, True]), (cells.shape[1], 1))
    return ChosenOptions(np.maximum(cells, np.int8(-1)), right)


def distinct_rows(answers: ChosenOptions) -> Ints:
    """The rows from which the model is estimated.

    Of several rows with the same answers throughout, at least `LEAST_SAME_WRONG` of them wrong, only one is
    used: if many candidates had the same stolen key, the model would take its answers for usual. With a short
    form all rows are used: leaving out equal rows would favour able candidates.
    """
    if sum(np.log2(len(np.unique(own[own >= 0])) or 1) for own in answers.cells.T) < LEAST_BITS:
        return np.arange(len(answers.cells))
    n_wrong = np.count_nonzero(answers.answered & ~answers.is_right(), axis=1)
    _, first, which = np.unique(answers.cells, axis=0, return_index=True, return_inverse=True)
    own = np.arange(len(answers.cells))
    return np.flatnonzero((first[which.reshape(-1)] == own) | (n_wrong < LEAST_SAME_WRONG))


def usual_choices(answers: ChosenOptions, name: ModelName) -> UsualChoices:
    """The nominal model of options, or the 2PL of right and wrong."""
    distinct = distinct_rows(answers)
    usual, n_same = answers.part(distinct), len(answers.cells) - len(distinct)
    if name == "nominal":
        keys = [frozenset(np.flatnonzero(row).tolist()) for row in answers.right]
        nominal = fit_nominal(usual.cells, keys)
        beyond = ((0, 0), (0, answers.right.shape[1] - nominal[0].shape[1]))
        a, c = (np.pad(one, beyond, constant_values=np.nan) for one in nominal[:2])
        used = np.asarray(np.isfinite(a).any(axis=1))
        return UsualChoices(nominal_model(a, c), used, tuple(nominal.notes), (), n_same)
    fit = fit_mml(usual.cells, "2pl", standard_errors=False)
    a, d = fit.parameters.a, fit.parameters.d[:, 0]
    used = np.asarray(np.isfinite(a) & np.isfinite(d))
    steep = (one.item for one in fit.notes if one.code == "slope-to-infinity")
    endless = tuple(place for place in steep if place is not None)
    used[list(endless)] = False
    model = logistic_model(np.where(used, a, 1.0), np.zeros(len(a)))
    model.c[:, 1] = np.where(used, d, 0.0)
    return UsualChoices(model, used, tuple(fit.notes), endless, n_same)


def abilities_of(answers: ChosenOptions, model: ChoiceModel, name: ModelName) -> Floats:
    """(N,) under the wide prior of that model."""
    variance = PRIOR_VARIANCE[name]
    if model.guessing.any():
        items = dichotomous(model.a[:, 1], model.c[:, 1], model.guessing)
        return np.nan_to_num(greatest(answers.cells, items, sd=float(np.sqrt(variance))).theta)
    return abilities(answers.cells, model, variance)


def copying_data(answers: ChosenOptions, model: ChoiceModel, theta: Floats, there: Bools) -> CopyingData:
    """All that pairs are compared on; `there` (N, J) are the items that each candidate was given."""
    has, form = np.unique(there, axis=0, return_inverse=True)
    form = form.reshape(-1).astype(np.int64)
    if len(has) > MOST_FORMS:
        has, form = np.ones_like(has[:1]), np.zeros_like(form)
    return CopyingData(answers, model, theta, form, has)
