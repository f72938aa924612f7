"""How much is tried: what a change is held against each time, or all of it.

`make test` tries a spread of the cases of long tables and fewer examples of what is drawn, and leaves out the
tests that are marked `long` with the reason why that may be; `make test-all` (`EXAMGEN_TESTS=all`) leaves
nothing out.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Case = TypeVar("Case")

ALL = os.environ.get("EXAMGEN_TESTS") == "all"
_FEWEST_EXAMPLES = 8
_EXAMPLES_OF = 8


def examples(n: int) -> int:
    """Of n examples that hypothesis would draw, how many it is to draw."""
    return n if ALL else max(_FEWEST_EXAMPLES, n // _EXAMPLES_OF)


def some(cases: Iterable[Case], n: int) -> list[Case]:
    """All cases, or n of them, the first and the last and others evenly between."""
    known = list(cases)
    if ALL or len(known) <= n:
        return known
    last = len(known) - 1
    return [known[round(k * last / max(1, n - 1))] for k in range(n)]


@contextmanager
def promptly() -> Iterator[None]:
    """What a small file may cost: a minute of this processor is far more than any honest reading takes here,
    and far less than what a hostile file asks for. Not a time by the clock: other work may run beside."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < 60
