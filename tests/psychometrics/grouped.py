"""A model of several groups as tables (G, J) of its items, and vectors (G,) of its groups."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from examgen.stats import mml_fit


def fit_groups(*data: Any, **options: Any) -> SimpleNamespace:
    """What `mml_fit.fit_groups` found, with the first step of each item."""
    found = mml_fit.fit_groups(*data, **options)
    tables = {
        "a": [fit.parameters.a for fit in found.fits],
        "c": [fit.parameters.c for fit in found.fits],
        "d": [fit.parameters.d[:, 0] for fit in found.fits],
        "b": [fit.parameters.b[:, 0] for fit in found.fits],
        "se_a": [fit.se_a for fit in found.fits],
        "se_c": [fit.se_c for fit in found.fits],
        "se_d": [fit.se_d[:, 0] for fit in found.fits],
        "se_b": [fit.se_b[:, 0] for fit in found.fits],
    }
    groups = {
        name: [getattr(fit, name)[0] for fit in found.fits] for name in ("mean", "sd", "se_mean", "se_sd")
    }
    return SimpleNamespace(
        **found._asdict(), **{name: np.array(one) for name, one in {**tables, **groups}.items()}
    )
