"""What is written where there is no terminal is, letter by letter, what rich would write there."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.commands import screen, terminal
from examgen.core.problems import Problem, Severity

TEXTS = st.text(st.sampled_from("aB1 –ก่ำé中[red]:smile:\\%\t\x07\u200b\n…"), max_size=120)
CELLS = st.one_of(st.none(), st.integers(), st.text(st.sampled_from("ab %-.1"), max_size=14))

HEADS = st.text(st.sampled_from("ab%"), min_size=1, max_size=14)


def written(write: Callable[[], None]) -> str:
    """What goes to the screen, where that is a file."""
    with pytest.MonkeyPatch.context() as patch:
        stream = io.StringIO()
        patch.setattr(sys, "stdout", stream)
        patch.setattr(sys, "stderr", stream)
        write()
        return stream.getvalue()


@given(TEXTS, TEXTS)
def test_a_line_is_as_rich_writes_it(text: str, rest: str) -> None:
    assert written(lambda: screen.say(text, "bold")) == written(lambda: terminal.say(text, "bold"))
    message = written(lambda: screen.progress(text + rest))
    assert message == written(lambda: terminal.print_to_stderr(f"… {text}", "dim", rest))


@given(st.lists(HEADS, min_size=1, max_size=5), st.integers(0, 4), st.integers(0, 5), st.data())
def test_tables_are_those_of_rich(
    heads: list[str], n_rows: int, numbers_from: int, data: st.DataObject
) -> None:
    rows = [data.draw(st.tuples(*[CELLS] * len(heads))) for _ in range(n_rows)]
    texts = [heads, *(["" if cell is None else str(cell) for cell in row] for row in rows)]
    plain = written(lambda: screen.table("Title", heads, rows, numbers_from))
    assert plain == "Title\n" + written(lambda: terminal.table(texts, numbers_from))


def problems(severity: Severity, code: str, n: int) -> list[Problem]:
    return [Problem("items.yaml:1", code, "is wrong", severity=severity) for _ in range(n)]


MANY = [*problems("error", "key", 1), *problems("warning", "length", 30), *problems("warning", "words", 35)]


def test_of_many_problems_the_end_says_how_many_there_are_of_each_kind() -> None:
    shown = written(lambda: screen.show_problems(MANY)).splitlines()
    assert len(shown) == len(MANY) + 2
    assert shown[-2:] == ["  warning (65): words 35, length 30", "  error (1): key 1"]
    assert len(written(lambda: screen.show_problems(MANY[:20])).splitlines()) == 20


def test_a_terminal_shows_few_of_a_kind_and_how_to_see_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", stream)
    screen.show_problems(MANY)
    shown = stream.getvalue()
    assert shown.count("is wrong") == 1 + 20 + 20
    assert "10 more of this kind [length]" in shown
    assert "`2> FILE` writes up to 1,000 of each kind" in shown


def test_colours_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(terminal, "say", lambda text, style: seen.append(f"{style}: {text}"))
    screen.say("no colour", "bold")
    monkeypatch.setenv("FORCE_COLOR", "1")
    screen.say("colour", "bold")
    assert seen == ["bold: colour"]
