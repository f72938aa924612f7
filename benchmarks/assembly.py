"""Assembly at size: seconds, share of the bound, likeness of the forms, and the plain model beside it.

`run.py` prints `figures()`. As a script: `python benchmarks/assembly.py [instance …]`; with `--plain NAME` it
runs the plain model (a binary for each item and form) of one instance and prints each better solution that
HiGHS finds, until it is killed, which is how `figures` gives it its time.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from assembly_banks import INSTANCES, task

from examgen.assembly.search import aggregate, fast
from examgen.assembly.search.exact import model_of
from examgen.assembly.search.highs import new_highs, pass_model
from examgen.assembly.search.recount import curves, recount
from examgen.assembly.task import SearchEnded, Solution, Task

PLAIN = ("M", "L")
"""Instances that the plain model is given as well."""
PLAIN_S = 60
"""Seconds of processor time until it is killed."""
SEED = 1


def figures(names: Iterable[str] = INSTANCES, plain: Iterable[str] = PLAIN) -> Iterator[str]:
    """A line for each instance, and one for each of the plain models."""
    for name in names:
        asked = task(INSTANCES[name])
        start, wall = time.process_time(), time.perf_counter()
        try:
            found = fast.assemble(asked, SEED)
        except SearchEnded as ended:
            yield f"assembly {name}: nothing found: {ended}"
            continue
        processor, clock = time.process_time() - start, time.perf_counter() - wall
        took = f"{processor:.2f} s of processor, {clock:.2f} s by the clock"
        yield f"assembly {name} ({_size(asked)}): {took}; {_quality(asked, found)}"
    for name in plain:
        yield f"assembly {name}, plain model: {_plain(name)}"


def _size(asked: Task) -> str:
    length = next(row.least for row in asked.rows if row.field == "items")
    return f"{asked.n_forms} × {length:g} from {asked.n_items:,}"


def _quality(asked: Task, found: Solution) -> str:
    broken = len(recount(asked, found))
    if asked.goal is None or found.objective is None or found.bound is None:
        return f"{broken} broken"
    reached = np.array(curves(asked.goal, found.forms))
    apart = (reached.max(axis=0) / reached.min(axis=0)).max() - 1
    near = (
        f"{found.objective / found.bound:.4f} of the bound" if found.bound else f"{found.objective:.3%} off"
    )
    return f"{near}; curves at most {apart:.3%} apart; {broken} broken"


def _plain(name: str) -> str:
    """The last line of the plain model before it is killed."""
    command = [sys.executable, str(Path(__file__)), "--plain", name]
    of_all = aggregate.relaxation(aggregate.aggregate(task(INSTANCES[name])))
    bound = aggregate.goal_of(of_all)

    def killed() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (PLAIN_S, PLAIN_S))

    done = subprocess.run(command, check=False, capture_output=True, text=True, preexec_fn=killed)
    lines = done.stdout.split("\n")[:-1]
    if not lines:
        return f"no forms in {PLAIN_S} s of processor"
    seconds, value = map(float, lines[-1].split())
    share = f"{value / bound:.4f} of the bound" if bound else f"{value:.3%} off"
    return f"{share} after {seconds:.0f} s of processor; stopped at {PLAIN_S} s"


def run_plain(name: str) -> None:
    """Print the seconds and the goal of each solution of the plain model that is better than the last."""
    asked = task(INSTANCES[name])
    assert asked.goal is not None
    draft = model_of(asked)
    model = draft.columns.model(draft.rows)
    relative = asked.goal.kind == "relative"
    costs = np.zeros(len(model.costs))
    costs[draft.level] = -1.0 if relative else 1.0
    highs = new_highs(mip_rel_gap=0.005)
    pass_model(highs, model._replace(costs=costs))

    def say(event: object) -> None:
        print(time.process_time(), abs(event.data_out.objective_function_value), flush=True)  # type: ignore[attr-defined]

    highs.cbMipImprovingSolution += say
    highs.run()


def main() -> None:
    """The figures of the instances named, or of all."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--plain"]:
        run_plain(arguments[1])
        return
    for line in figures(arguments or INSTANCES, () if arguments else PLAIN):
        print(line, flush=True)


if __name__ == "__main__":
    main()
