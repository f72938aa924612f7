"""Scores → an item response model by marginal maximum likelihood (Bock & Aitkin, 1981).

The front of all models: Rasch, 1PL and 2PL are fitted by `two_parameter.py`, the 3PL by `asymptotes.py`,
those of partial scores by `polytomous.py`.

References: Bock, R. D., & Aitkin, M. (1981). Psychometrika 46, 443-459.
"""

from __future__ import annotations

from typing import Any

from examgen.core.responses.matrix import Scores, score_cells
from examgen.psychometrics.irt.marginal.ascent import MOST_STEPS, TOLERANCE
from examgen.psychometrics.irt.marginal.asymptotes import fit_asymptotes
from examgen.psychometrics.irt.marginal.polytomous import fit_polytomous
from examgen.psychometrics.irt.marginal.two_parameter import fit_logistic
from examgen.stats.irt_models import Fit, ItemParameters
from examgen.stats.quadrature import normal_grid

LOGISTIC = ("rasch", "1pl", "2pl")
POLYTOMOUS = ("grm", "pcm", "gpcm")
MODELS = (*LOGISTIC, "3pl", *POLYTOMOUS)


def fit_mml(
    scores: Scores,
    model: str,
    *,
    prior_c: Any = None,
    fixed: ItemParameters | None = None,
    standard_errors: bool = True,
) -> Fit:
    """Fit a model to scores by marginal maximum likelihood; ability on 61 equally spaced nodes, as mirt.

    Parameters
    ----------
    scores : (N, J); categories from 0, negative or NaN where there is no answer: missing at random.
    model : `rasch` (slopes 1, sd of ability free, mean 0), `1pl` (one common slope, sd 1), `2pl`, `3pl`,
        `grm` (graded), `pcm` or `gpcm` (partial credit, with slopes 1 or free).
    prior_c : prior of lower asymptotes, for the 3PL alone; see `fit_asymptotes`.
    fixed : parameters that are known (anchors); NaN is free. A fixed intercept frees the mean of ability, a
        fixed slope its standard deviation.
    standard_errors : from the exact observed information; otherwise NaN.

    Returns
    -------
    Fit
        Items that have no finite estimate are NaN and named in `notes`.

    Raises
    ------
    ValueError
        For an unknown model, scores that are no matrix of whole numbers, or fixed parameters of another
        number of items.
    """
    scores = score_cells(scores)
    if model not in MODELS:
        raise ValueError(f"model {model!r} is none of {', '.join(MODELS)}")
    if fixed is not None and len(fixed.a) != scores.shape[1]:
        raise ValueError("fixed parameters must have one row for each item")
    if model in LOGISTIC:
        return fit_logistic(scores, model, fixed, normal_grid(), standard_errors, MOST_STEPS, TOLERANCE)
    if model == "3pl":
        return fit_asymptotes(scores, prior_c, fixed, standard_errors)
    return fit_polytomous(scores, model, fixed, standard_errors)
