"""Where a row of a decision and the row that is there now differ is shown, however long both are."""

from __future__ import annotations

from examgen.capture.grader_decisions import _where_apart


def test_the_difference_shows_in_long_texts() -> None:
    now, then = _where_apart("0004,A," + "A," * 60 + "C,D", "0004,A," + "A," * 60 + "B,D")
    assert now.startswith("…")
    assert (now[-3:], then[-3:]) == ("C,D", "B,D")


def test_short_texts_are_shown_whole() -> None:
    assert _where_apart("0004,A,B", "0004,A") == ("0004,A,B", "0004,A")
