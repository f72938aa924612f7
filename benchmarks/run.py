"""Speed against a yardstick in the same run, each figure with its budget; asserts nothing.

Times on a shared machine are noisy. The ratio to a yardstick that suffers the same noise is less so.

    python benchmarks/run.py
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import item_response
import papers
import scoring
from processes import examgen, run


def help_figures(turns: int = 11) -> Iterator[str]:
    """The start of the program."""
    seconds = statistics.median(run(examgen("--help")).processor for _ in range(turns))
    yield f"examgen --help: {seconds:.2f} s of processor (budget: 0.6 s at most)"


def main() -> None:
    """Print every figure."""
    for figures in (help_figures, scoring.figures, papers.figures, item_response.figures):
        for line in figures():
            print(line, flush=True)


if __name__ == "__main__":
    main()
