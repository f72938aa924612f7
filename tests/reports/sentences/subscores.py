"""Which parts' scores tell no more than the total, from the answers: Haberman's comparison once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.reports.sentences.analysis_facts import AnalysisFacts

LEAST, LEAST_OF_A_FORM = 100, 30


def no_more(a: AnalysisFacts) -> dict[str, list[str]]:
    """What to report instead → the parts, as `E1.01 (3)`, that surely tell no more than the total."""
    forms = [one for one in a.forms.values() if len(a.forms) == 1 or one.n >= LEAST_OF_A_FORM]
    parts = _parts(a)
    gains = {
        name: _pooled([_gain(form.x, _own(form.items, items)) for form in forms])
        for name, items in parts.items()
    }
    told: dict[str, list[str]] = {}
    for name, items in parts.items():
        n, gain, se = gains[name]
        if n < LEAST or not gain + 1.96 * se < 0:
            continue
        larger = [one for one in parts if parts[one] > items and gains[one][1] - 1.96 * gains[one][2] > 0]
        instead = min(larger, key=lambda one: len(parts[one]), default="total")
        most = max(len(_own(form.items, items)) for form in forms)
        told.setdefault(instead, []).append(f"{name} ({most})")
    return told


def _parts(a: AnalysisFacts) -> dict[str, set[str]]:
    """Criteria, elements, units where there are several, each in the order of the forms."""
    rows = [row for row in a.facts.key if row["item"] in a.items]
    found: dict[str, set[str]] = {}
    for level in ("pc", "element", "unit"):
        names = dict.fromkeys(row[level] for row in rows)
        if level != "unit" or len(names) > 1:
            found |= {name: {row["item"] for row in rows if row[level] == name} for name in names}
    return found


def _own(items: Sequence[str], part: set[str]) -> list[int]:
    return [n for n, item in enumerate(items) if item in part]


def _gain(x: Any, own: list[int]) -> tuple[float, float, float]:
    """Candidates, reliability less the correlation of the total with a parallel part, its variance."""
    varying = [n for n in own if x[:, n].std() > 0]
    if len(varying) < 2 or len(own) == x.shape[1]:
        return 0, np.nan, np.nan
    e = x - x.mean(axis=0)
    s, t, m = e[:, varying].sum(axis=1), e.sum(axis=1), len(varying)
    each = np.stack([s * s, s * t, (e[:, varying] ** 2).sum(axis=1), t * t], axis=1)

    def gain(v: Any) -> float:
        alpha = m / (m - 1) * (1 - v[2] / v[0])
        return float(alpha - abs((v[1] - (1 - alpha) * v[0]) / np.sqrt(v[0] * v[3])))

    at = each.sum(axis=0) / (len(x) - 1)
    steps = np.diag(1e-5 * at)
    slope = [(gain(at + one) - gain(at - one)) / (2 * one.sum()) for one in steps]
    return len(x), gain(at), float((each @ slope).var(ddof=1) / len(x))


def _pooled(found: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    known = [one for one in found if one[0]]
    n = sum(one[0] for one in known)
    if not n:
        return 0, np.nan, np.nan
    mean = sum(one[0] * one[1] for one in known) / n
    return n, mean, float(np.sqrt(sum((one[0] / n) ** 2 * one[2] for one in known)))
