"""What commands say to type is told on pages as what to press."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from examgen.core.words import in_language, joined, tell, thai_of
from examgen.site.on_page import PRESSED, on_page


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("command", PRESSED)
def test_each_sentence_is_one_that_a_command_says_and_loses_no_value_but_options(command: str) -> None:
    page = PRESSED[command]
    assert thai_of(command) is not None, "no command says so any more"
    assert places(command) - {"words"} == places(page)
    for said in (page, thai_of(page)):
        assert said is not None
        assert not re.search(r"--\w", said)


@pytest.mark.parametrize("command", PRESSED)
def test_what_stands_between_quotation_marks_is_a_name_of_the_site(command: str) -> None:
    """In the English the English name, in the Thai its Thai."""
    page = PRESSED[command]
    names = re.findall("“([^”]+)”", page)
    assert re.findall("“([^”]+)”", str(thai_of(page))) == [thai_of(name) for name in names]


def test_a_sentence_within_another_is_reworded_with_its_values() -> None:
    inner = tell("{n:,} row(s) cannot be scored; without --strict the others are", n=1200)
    said = on_page(joined([tell("{source}: {message}", source="a", message=inner), "b"], between="; "))
    assert said.startswith("a: 1,200 row(s) cannot be scored; where “Refuse the scoring")
    assert "1,200 แถว" in in_language(said, "th")
    assert on_page("--strict as somebody wrote it") == "--strict as somebody wrote it"
