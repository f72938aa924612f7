"""Breslow and Day's test that the odds ratio is the same at all levels, and its trend form (`difBD`)."""

from __future__ import annotations

import numpy as np

from examgen.analysis.dif_columns import Floats, divide
from examgen.analysis.dif_counts import Strata


def breslow_day(part: Strata) -> dict[str, Floats]:
    """The test of equal odds ratios, over levels where both groups and both answers occur."""
    (a, c), (b, d) = part.right.transpose(1, 0, 2), part.wrong.transpose(1, 0, 2)
    reference, focal, rights, counts = a + b, c + d, a + c, a + b + c + d
    used = (reference > 0) & (focal > 0) & (rights > 0) & (b + d > 0)
    size = np.where(used, counts, np.inf)
    odds = divide((a * d / size).sum(axis=1), (b * c / size).sum(axis=1))[:, None]
    half = odds * (reference + rights) + (focal - rights)
    root = np.sqrt(np.maximum(half**2 - 4 * odds * (odds - 1) * reference * rights, 0.0))
    # the root of the quadratic that lies in range, in the form that loses no digits
    first = divide(2 * odds * reference * rights, half + root)
    expected = np.where(half > 0, first, divide(half - root, 2 * (odds - 1)))
    cells = np.stack([expected, reference - expected, rights - expected, focal - rights + expected])
    used &= (cells > 0).all(axis=0) & np.isfinite(cells).all(axis=0)
    weight = 1.0 / np.where(used, 1.0 / np.where(used, cells, 1.0), 1.0).sum(axis=0)
    weight, away = np.where(used, weight, 0.0), np.where(used, a - expected, 0.0)
    chisq = np.where(used, away**2 / np.where(used, weight, 1.0), 0.0).sum(axis=1)
    df = used.sum(axis=1) - 1.0
    centre = divide((weight * part.levels).sum(axis=1), weight.sum(axis=1))[:, None]
    across = (weight * (part.levels - centre) ** 2).sum(axis=1)
    some = (df >= 1) & np.isfinite(odds[:, 0])
    trend = (part.levels * away).sum(axis=1) ** 2
    return {
        "breslow_day": np.where(some, chisq, np.nan),
        "breslow_day_df": np.where(some, df, np.nan),
        "breslow_day_trend": np.where(some, divide(trend, across), np.nan),
    }
