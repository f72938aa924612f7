"""False alarms and power of the indices of answer similarity, and how long all pairs take.

    PYTHONPATH=. .venv/bin/python benchmarks/copying.py alarms    docs/copying.md, false alarms
    PYTHONPATH=. .venv/bin/python benchmarks/copying.py power     docs/copying.md, planted pairs
    PYTHONPATH=. .venv/bin/python benchmarks/copying.py rooms     docs/copying.md, false lists of a whole room
    PYTHONPATH=. .venv/bin/python benchmarks/copying.py times     docs/copying.md, all pairs

Candidates are drawn from a known model, parameters and abilities estimated from them as the command does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.copying.answers import (
    ChoiceModel,
    ChosenOptions,
    abilities,
    logistic_model,
    nominal_model,
)
from examgen.psychometrics.copying.matches import CandidatePairs
from examgen.psychometrics.copying.screening import INDICES, CopyingData, measure, search
from examgen.psychometrics.distributions import adjusted
from examgen.psychometrics.irt.marginal.models import fit_mml
from examgen.psychometrics.irt.marginal.nominal import fit_nominal

OPTIONS = 4
LEVEL = 1e-3
SEED = 20261121
Cells = NDArray[np.int8]


class Truth(NamedTuple):
    """What answers are drawn from; option 0 is right."""

    name: str
    guessing: bool = False
    """Right or wrong by a three-parameter model, c from 0.15 to 0.25; distractors by ability."""
    speeded: bool = False
    """Three in ten candidates tick anything in the last fifth of the items."""


TRUTHS = (
    Truth("nominal"),
    Truth("3PL", guessing=True),
    Truth("nominal, speeded", speeded=True),
)


def drawn(truth: Truth, n: int, n_items: int, rng: np.random.Generator) -> Cells:
    theta = rng.standard_normal(n)
    a, c = rng.normal(0, 0.4, (2, n_items, OPTIONS))
    a[:, 0] += 1.0
    c[:, 0] += rng.normal(0.6, 0.6, n_items)
    chances = ChoiceModel(a, c, np.zeros(n_items)).chances(theta)
    if truth.guessing:
        slope, place, lower = (
            rng.lognormal(0, 0.3, n_items),
            rng.normal(0, 1, n_items),
            rng.uniform(0.15, 0.25, n_items),
        )
        right = lower + (1 - lower) / (1 + np.exp(-slope * (theta[:, None] - place)))
        wrong = chances[:, :, 1:] / chances[:, :, 1:].sum(axis=2, keepdims=True)
        chances = np.concatenate([right[:, :, None], (1 - right)[:, :, None] * wrong], axis=2)
    cells = (rng.random((n, n_items, 1)) > chances.cumsum(axis=2)).sum(axis=2)
    cells = np.minimum(cells, OPTIONS - 1)
    if truth.speeded:
        late = slice(n_items - n_items // 5, n_items)
        rows = np.flatnonzero(rng.random(n) < 0.3)
        cells[rows, late] = rng.integers(0, OPTIONS, (len(rows), n_items // 5))
    return cells.astype(np.int8)


def sitting(cells: Cells, model_name: str) -> CopyingData:
    """Estimated as `analyse copying` does, without the items on which all are alike."""
    learned = cells if model_name == "nominal" else cells == 0
    cells = cells[:, (learned != learned[0]).any(axis=0)]
    n, n_items = cells.shape
    if model_name == "nominal":
        right = np.zeros((n_items, OPTIONS), dtype=np.bool_)
        right[:, 0] = True
        fit = fit_nominal(cells, [frozenset([0])] * n_items)
        a, c = (np.pad(one, ((0, 0), (0, OPTIONS - one.shape[1])), constant_values=np.nan) for one in fit[:2])
        model, variance, guessing = nominal_model(a, c), 10.0, None
    else:
        cells = (cells == 0).astype(np.int8)
        right = np.tile(np.array([False, True]), (n_items, 1))
        found = fit_mml(cells, "2pl", standard_errors=False).parameters
        slope = np.where(np.isfinite(found.a), found.a, 1.0)
        model = logistic_model(slope, -np.nan_to_num(found.d[:, 0]) / slope)
        variance, guessing = 5.0, 0.2
    theta = abilities(cells, model, variance)
    every = np.ones((1, n_items), dtype=np.bool_)
    return CopyingData(
        ChosenOptions(cells, right), model, theta, np.zeros(n, dtype=np.int64), every, guessing
    )


def some_pairs(n: int, many: int, rng: np.random.Generator) -> CandidatePairs:
    source, copier = rng.integers(0, n, (2, many))
    apart = source != copier
    return CandidatePairs(source[apart], copier[apart])


def share(p: NDArray[np.float64], level: float) -> float:
    known = p[np.isfinite(p)]
    return float((known <= level).mean()) if len(known) else float("nan")


def alarms() -> Iterator[str]:
    """Share of pairs without copying with p ≤ 0.001, times 1000: 1.0 is what is promised."""
    yield "| drawn from | estimated | candidates | items | " + " | ".join(INDICES) + " |"
    yield "|---|---|---|---|" + "---|" * len(INDICES)
    rng = np.random.default_rng(SEED)
    for truth in TRUTHS:
        for model_name in ("nominal", "2pl"):
            for n, n_items in ((50, 40), (100, 40), (300, 40), (1000, 40), (1000, 100)):
                found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in INDICES}
                for _ in range(max(2, 1000 // n)):
                    own = sitting(drawn(truth, n, n_items, rng), model_name)
                    many = 40_000 // max(2, 1000 // n)
                    quick = measure(own, some_pairs(n, many, rng), tuple(k for k in INDICES if k != "m4"))
                    slow = measure(own, some_pairs(n, many // 4, rng), ("m4",))
                    for name in INDICES:
                        found[name].append((slow if name == "m4" else quick).p[name])
                rates = [f"{1000 * share(np.concatenate(found[name]), LEVEL):.2f}" for name in INDICES]
                yield f"| {truth.name} | {model_name} | {n:,} | {n_items} | " + " | ".join(rates) + " |"


def planted(cells: Cells, part: float, many: int, rng: np.random.Generator) -> CandidatePairs:
    """Copiers take that share of the items from a source of any ability; in place."""
    n, n_items = cells.shape
    order = rng.permutation(n)
    source, copier = order[:many], order[many : 2 * many]
    for s, c in zip(source, copier, strict=True):
        items = rng.choice(n_items, round(part * n_items), replace=False)
        cells[c, items] = cells[s, items]
    return CandidatePairs(source, copier)


def power() -> Iterator[str]:
    """Share of planted pairs found: at p ≤ 0.001 for the pair alone, and by Holm in a room of 500."""
    shown = ("omega", "gbt", "m4", "k1", "s2")
    yield (
        "| estimated | candidates | items | copied | "
        + " | ".join(shown)
        + " | "
        + " | ".join(f"{name}, room" for name in shown)
        + " |"
    )
    yield "|---|---|---|---|" + "---|" * (2 * len(shown))
    rng = np.random.default_rng(SEED + 1)
    for model_name in ("nominal", "2pl"):
        for n, n_items in ((100, 40), (500, 40), (500, 100)):
            for part in (0.3, 0.5, 0.8):
                found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in shown}
                many = n // 25
                for _ in range(max(80 // many, 1)):
                    cells = drawn(TRUTHS[1], n, n_items, rng)
                    pairs = planted(cells, part, many, rng)
                    p = measure(sitting(cells, model_name), pairs, shown).p
                    for name in shown:
                        found[name].append(p[name])
                every = {name: np.nan_to_num(np.concatenate(own), nan=1.0) for name, own in found.items()}
                alone = [f"{100 * share(every[name], LEVEL):.0f} %" for name in shown]
                n_pairs = 500 * 499 / 2
                levels = [0.05 / (n_pairs if name in ("gbt", "m4") else 2 * n_pairs) for name in shown]
                room = [
                    f"{100 * share(every[name], own):.0f} %" for name, own in zip(shown, levels, strict=True)
                ]
                yield (
                    f"| {model_name} | {n:,} | {n_items} | {100 * part:.0f} % | "
                    + " | ".join(alone + room)
                    + " |"
                )


def rooms() -> Iterator[str]:
    """Sittings without copying in which any pair at all is listed by Holm at 0.05."""
    yield "| drawn from | estimated | candidates | items | sittings | m4 | gbt | omega |"
    yield "|---|---|---|---|---|---|---|---|"
    rng = np.random.default_rng(SEED + 2)
    for truth in TRUTHS:
        for model_name in ("nominal", "2pl"):
            for n, n_items in ((100, 40), (500, 40)):
                times, counts = 20, dict.fromkeys(("m4", "gbt", "omega"), 0)
                for _ in range(times):
                    own = sitting(drawn(truth, n, n_items, rng), model_name)
                    for name in counts:
                        found = search(own, [np.arange(n)], name, 1e-5)
                        listed = adjusted(found.p, "holm", found.n_compared) <= 0.05
                        counts[name] += bool(listed.any())
                told = " | ".join(str(count) for count in counts.values())
                yield f"| {truth.name} | {model_name} | {n:,} | {n_items} | {times} | {told} |"


def times() -> Iterator[str]:
    """Seconds of processor for all pairs."""
    yield "| candidates | items | pairs | parameters | abilities | gbt | exact | m4 | omega | k1 |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    rng = np.random.default_rng(SEED + 3)
    for n, n_items in ((500, 100), (2000, 100), (20_000, 100)):
        cells = drawn(TRUTHS[1], n, n_items, rng)
        t = [time.process_time()]
        fit = fit_nominal(cells, [frozenset([0])] * n_items)
        t.append(time.process_time())
        model = nominal_model(fit.a, fit.c)
        theta = abilities(cells, model, 10.0)
        t.append(time.process_time())
        right = np.zeros((n_items, OPTIONS), dtype=np.bool_)
        right[:, 0] = True
        one = np.zeros(n, dtype=np.int64)
        own = CopyingData(
            ChosenOptions(cells, right), model, theta, one, np.ones((1, n_items), dtype=np.bool_)
        )
        n_pairs = n * (n - 1) // 2
        limit = min(LEVEL, 10_000 / n_pairs)
        found = search(own, [np.arange(n)], "gbt", limit)
        t.append(time.process_time())
        search(own, [np.arange(n)], "m4", min(limit, 50 / n_pairs))
        t.append(time.process_time())
        search(own, [np.arange(n)], "omega", limit / 2)
        t.append(time.process_time())
        if n < 5000:
            search(own, [np.arange(n)], "k1", limit / 2)
        t.append(time.process_time())
        spent = [f"{after - before:.2f} s" for before, after in pairwise(t)]
        spent[5] = spent[5] if n < 5000 else "–"
        told = [f"{n:,}", n_items, f"{n_pairs:,}", *spent[:3], f"{found.n_exact:,}", *spent[3:]]
        yield "| " + " | ".join(map(str, told)) + " |"


def main() -> None:
    tables = {"alarms": alarms, "power": power, "rooms": rooms, "times": times}
    for name in sys.argv[1:] or list(tables):
        for line in tables[name]():
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
