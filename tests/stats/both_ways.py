"""What a command prints as JSON beside what the function of the library returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from examgen.stats.results import Result


def same_both_ways(document: Mapping[str, Any], result: Result) -> None:
    """Every field of the result is in the document, with the same numbers and the same notes."""
    own = result.to_dict()
    for name in own:
        assert _alike(document[name], own[name]), (name, document[name], own[name])


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(_alike(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return bool(one == (pytest.approx(other, rel=1e-12) if isinstance(one, float) else other))
