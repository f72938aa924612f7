"""How often the words of the key alarm are said of sound keys and of wrong ones: the table of docs/validation/recovery.md.

python -m tests.psychometrics.key_alarm_rates [exams]
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from examgen.stats.key_alarm import key_alarm
from examgen.stats.matrix import Chosen
from examgen.stats.option_statistics import option_statistics

N_ITEMS = 30
PLANTED = 4
"""Wrong keys that are tried of each exam, one by one."""
KINDS = {
    "2PL": "distractors taken unequally, whatever the ability",
    "3PL": "a quarter guess right",
    "nominal": "distractors differ in how able those are who take them",
    "3PL, hard": "difficulties 1 sd higher",
    "nominal, hard": "the key 1 logit less attractive: a third are right",
    "half unknown": "of half of the items nobody knows the answer",
}


def cells_of(kind: str, n: int, generator: np.random.Generator) -> NDArray[np.int8]:
    """(n, items) options chosen; 0 is right."""
    theta = generator.normal(size=n)
    hard = 1.0 if kind.endswith("hard") else 0.0
    if kind.startswith("nominal"):
        return np.stack([_nominal(theta, hard, generator) for _ in range(N_ITEMS)], axis=1)
    a, b = np.exp(generator.normal(0, 0.3, N_ITEMS)), generator.normal(hard, 1, N_ITEMS)
    p = 1 / (1 + np.exp(-a * (theta[:, None] - b)))
    if kind.startswith("3PL"):
        p = 0.25 + 0.75 * p
    if kind == "half unknown":
        p[:, : N_ITEMS // 2] = 0.25
    right = generator.random(p.shape) < p
    draw = [generator.choice([1, 2, 3], n, p=generator.dirichlet([2.0] * 3)) for _ in range(N_ITEMS)]
    return np.where(right, 0, np.stack(draw, axis=1)).astype(np.int8)


def _nominal(theta: NDArray[np.float64], hard: float, generator: np.random.Generator) -> NDArray[np.int8]:
    """Bock's nominal model: the key's slope is greater than any distractor's by 0.2 at least."""
    key = 0.9 + 0.3 * generator.random()
    slopes = np.r_[key, np.minimum(generator.normal(0, 0.4, 3), key - 0.2)]
    places = np.r_[generator.normal(0.8 - hard, 1), generator.normal(0, 0.7, 3)]
    p = np.exp(theta[:, None] * slopes + places)
    p /= p.sum(axis=1, keepdims=True)
    return np.minimum((generator.random((len(theta), 1)) > p.cumsum(axis=1)).sum(axis=1), 3).astype(np.int8)


def words(cells: NDArray[np.int8], key: NDArray[np.int64]) -> dict[int, str]:
    """By item, the word of its alarm where one option is suggested."""
    items = tuple(map(str, range(N_ITEMS)))
    keys = tuple(frozenset({int(one)}) for one in key)
    chosen = Chosen(range(len(cells)), items, cells, (("a", "b", "c", "d"),) * N_ITEMS, keys)
    found = key_alarm(chosen, option_statistics(chosen)).table
    return {int(row["item"]): row["sure"] for row in found.to_dicts() if row["suggested"] is not None}


def rates(kind: str, n: int, exams: int) -> str:
    """A line of the table: per cent of sound keys, and of wrong ones, that each word is said of."""
    generator = np.random.default_rng(n)
    sound: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for _ in range(exams):
        cells, key = cells_of(kind, n, generator), np.zeros(N_ITEMS, dtype=np.int64)
        sound.update(words(cells, key).values())
        for item in generator.choice(N_ITEMS, PLANTED, replace=False):
            planted = key.copy()
            planted[item] = generator.integers(1, 4)
            wrong[words(cells, planted).get(int(item), "")] += 1
    likely = wrong["likely"] + wrong["almost certain"]
    of_sound, of_wrong = 100 / (exams * N_ITEMS), 100 / (exams * PLANTED)
    cells_shown = [
        *(f"{sound[word] * of_sound:.2f}" for word in ("almost certain", "likely", "possible")),
        *(
            f"{count * of_wrong:.0f}"
            for count in (wrong["almost certain"], likely, likely + wrong["possible"])
        ),
    ]
    return f"| {kind} | {n} | {' | '.join(cells_shown)} |"


if __name__ == "__main__":
    for kind in KINDS:
        for n in (20, 30, 48, 150):
            print(rates(kind, n, int(sys.argv[1]) if len(sys.argv) > 1 else 100), flush=True)
