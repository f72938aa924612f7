"""Models that mirt fitted: the reference's scores, item parameters and population, for what is computed from them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.irt_models import Estimated, ItemParameters, dichotomous, estimated
from examgen.stats.quadrature import Grid, normal_grid
from tests.psychometrics import reference

_SCORED = {"sat12": "sat12_scored"}


class Fitted(NamedTuple):
    scores: NDArray[np.int8]
    parameters: ItemParameters
    sd: float
    free: Estimated
    results: dict[str, Any]

    def grid(self, n_nodes: int = 61) -> Grid:
        return normal_grid(n_nodes, sd=self.sd)


def names(ending: str, field: str | None = None) -> list[str]:
    """Reference files `*__<ending>`, without the suffix; only those that have the field."""
    roots = (reference.OURS, reference.SHARED)
    found = sorted({path.stem for root in roots for path in (root / "results").glob(f"*__{ending}.*")})
    return [name for name in found if field is None or field in reference.results(name)]


def fitted(name: str) -> Fitted:
    """The model of a file such as `lsat6__2pl_mml`."""
    results = reference.results(name)
    data, method = name.split("__")
    parameters = dichotomous(*(reference.floats(results[key]) for key in ("a", "d", "g")))
    free = estimated(method.split("_", maxsplit=1)[0], parameters)
    scores = reference.scores(_SCORED.get(data, data))
    return Fitted(scores, parameters, float(results["theta_variance"]) ** 0.5, free, results)


def column(table: dict[str, list[str]], title: str) -> NDArray[np.float64]:
    """A column of numbers in which NA and blank are NaN."""
    return np.array([float(cell) if cell not in ("", "NA") else np.nan for cell in table[title]])
