"""Patterns take time in proportion to their text: none lets a line of blanks stand still for a minute."""

from __future__ import annotations

import re
import time

import pytest

from examgen.bank.rules import patterns
from examgen.bank.standards import levels, tokens
from examgen.capture import columns
from examgen.interchange import line_kinds as beside
from examgen.interchange.typed import reading

N = 20_000


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (patterns.LETTER_OF_OPTION, "A, " * (N // 3)),
        (patterns.OPTION_BY_PLACE, "first and " * (N // 10)),
        (patterns.LETTERS_TOGETHER, "A, " * (N // 3)),
        (beside._ANSWER, "ANSWER" + " " * N + "\0"),
        (beside._ANSWER, " " * N + "x"),
        (beside._WITHOUT, " " * N + "x"),
        (beside._WHY, " " * N + "x"),
        (beside._SOURCE, "(" + " " * N + "x"),
        (beside._HEADING, " " * N + "x"),
        (reading._OPTIONS, "\t" * N + "x"),
        (tokens._HEAD_START, " " * N + "x"),
        (tokens._HEAD_START, "|" * N + "x"),
        (columns._NUMBERED, " " * N + "x"),
        (levels.LOST_WORD, " " * N + "x"),
    ],
)
def test_a_long_run_costs_no_more_than_its_length(pattern: re.Pattern[str], text: str) -> None:
    """What the first takes the place of took 61 seconds for 2,000 blanks."""
    begun = time.process_time()
    pattern.search(text) if pattern is levels.LOST_WORD else pattern.match(text)
    assert time.process_time() - begun < 0.5
