"""A run of Thai → the words between which a printed line may end, by the dictionary that Pango uses."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from examgen.core.problems import MissingDependency
from examgen.rendering.pdf import engine


@lru_cache(4096)
def thai_words(run: str) -> tuple[str, ...]:
    """Return the words; if printing is not available, the run unchanged."""
    try:
        engine.weasyprint()
    except MissingDependency:
        return (run,)
    from weasyprint.text.line_break import get_log_attrs  # once its libraries have been found

    told = get_log_attrs(run, "th")
    ends = [0, *(n for n in range(1, len(run)) if told[n].is_line_break), len(run)]
    return tuple(run[begin:end] for begin, end in pairwise(ends))
