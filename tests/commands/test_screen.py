"""What commands print: tables, problems in many, colours where they are asked for."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import pytest

from examgen.commands import screen
from examgen.core.problems import Problem, Severity
from examgen.core.words import tell


def written(write: Callable[[], None]) -> str:
    """What goes to the screen, where that is a file."""
    with pytest.MonkeyPatch.context() as patch:
        stream = io.StringIO()
        patch.setattr(sys, "stdout", stream)
        patch.setattr(sys, "stderr", stream)
        write()
        return stream.getvalue()


def test_a_line_is_printed_as_it_is_without_what_rings_or_moves_the_cursor() -> None:
    assert written(lambda: screen.say("[red] :smile: ก่ำ\x07 \x1b[2J", "bold")) == "[red] :smile: ก่ำ [2J\n"


def test_numbers_are_aligned_on_the_right_and_marks_over_thai_take_no_column() -> None:
    rows = [["น้ำ", 7, "x"], ["ab  ", None, "  y"]]
    shown = written(lambda: screen.table("Title", [tell("name"), "n of", "c"], rows, 1)).splitlines()
    assert shown == ["Title", "name  n of    c", "น้ำ       7    x", "ab            y"]


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
    assert written(lambda: screen.say("no colour", "bold red")) == "no colour\n"
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert written(lambda: screen.say("colour", "bold red")) == "\x1b[31m\x1b[1mcolour\x1b[0m\n"
