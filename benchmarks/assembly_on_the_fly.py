"""A form for each of 10,000 candidates from 1,000 items: time, faults, exposure, overlap and its bound."""

from __future__ import annotations

import time
from collections.abc import Iterator

import assembly_banks
import numpy as np

from examgen.assembly.on_the_fly import sampling
from examgen.assembly.on_the_fly.sampled import Sampled

N_CANDIDATES = 10_000
EXPOSURE = 0.2
SEED = 2569
NEAR = 30
"""Candidates who sit near each other: the next ones in order."""
INSTANCES = {
    "information within 2 % of its target": assembly_banks.Instance(1, 60, 1_000, 20, "absolute", 0.02),
    "information within 5 % of its target": assembly_banks.Instance(1, 60, 1_000, 20, "absolute", 0.05),
    "as informative as can be, within 5 %": assembly_banks.Instance(
        1, 60, 1_000, 20, "relative", 0.05, as_bank=True
    ),
}


def figures() -> Iterator[str]:
    """A line for each instance."""
    for name, instance in INSTANCES.items():
        task = assembly_banks.task(instance)
        start, busy = time.perf_counter(), time.process_time()
        sampled = sampling.sample(task, N_CANDIDATES, EXPOSURE, SEED)
        drawn = time.perf_counter()
        faults = sampling.recount(task, sampled, EXPOSURE)
        done, busy = time.perf_counter(), time.process_time() - busy
        yield (
            f"on the fly, {N_CANDIDATES:,} × {instance.length} from {instance.n_items:,}, {name}: "
            f"{done - start:.1f} s ({busy:.1f} s of the processor), {done - drawn:.1f} s of it to recount; "
            f"{_quality(sampled, len(faults))}"
        )


def _quality(sampled: Sampled, n_faults: int) -> str:
    ceiling = sampling.most_forms(EXPOSURE, N_CANDIDATES)
    least = sampled.least_overlap
    level = "" if sampled.level is None else f"; level {sampled.level:.3f} of {sampled.highest_level:.3f}"
    return (
        f"constraints broken {n_faults}; greatest exposure {sampled.uses.max():,} of {ceiling:,} allowed; "
        f"overlap {sampled.overlap:.3f}, at least {least:.3f} ({sampled.overlap / least - 1:.1%} above); "
        f"{sampled.n_distinct:,} distinct; two within {NEAR} places share {_nearby(sampled)} at most{level}"
    )


def _nearby(sampled: Sampled) -> int:
    """The most items that two candidates near each other share."""
    forms = sampled.forms
    held = np.zeros((len(forms), forms.max() + 1), np.bool_)
    held[np.arange(len(forms))[:, None], forms] = True
    return max(
        int(held[np.arange(len(forms) - gap)[:, None], forms[gap:]].sum(axis=1).max())
        for gap in range(1, NEAR + 1)
    )


if __name__ == "__main__":
    for line in figures():
        print(line, flush=True)
