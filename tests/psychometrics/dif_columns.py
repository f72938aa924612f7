"""The columns of `es.dif` as arrays, for groups by number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import examgen.stats as es
from examgen.stats.dif_analysis import DifAnalysis


def analysed(scores: Any, groups: Any, method: str = "mh", **options: Any) -> DifAnalysis:
    """0 is the reference group, 1, 2 … are focal, negative numbers none; without purification or adjustment
    where nothing else is named."""
    groups = np.asarray(groups)
    focal = np.unique(groups[groups > 0]).tolist()
    return es.dif(
        np.asarray(scores),
        groups,
        reference=0,
        focal=focal,
        method=method,
        **{"purify": False, "adjust": None, **options},
    )


def columns(found: DifAnalysis) -> Mapping[str, NDArray[Any]]:
    """Columns of the items; NaN for what is undefined."""
    numbers = found.items.with_columns(found.items.select("n").cast(float))
    return {
        name: np.array(numbers[name].to_list())
        if numbers[name].dtype.is_nested()
        else numbers[name].to_numpy()
        for name in numbers.columns
    }


def codes(found: DifAnalysis) -> set[str]:
    """The codes of the notes."""
    return {getattr(note, "code", "") for note in found.notes}
