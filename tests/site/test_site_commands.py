"""docs/validation/site-commands.md has every command and option, pages that there are, and forms that have the options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.urls import URLPattern, get_resolver

from examgen.commands.tree import root
from examgen.core.options import Argument
from examgen.site.analyses.kinds import KINDS
from tests.every_command import every_command

PAGE = Path("docs/validation/site-commands.md")


class Row(NamedTuple):
    """A command as the table has it."""

    pages: list[str]
    there: set[str]
    reasons: str

    @property
    def left_out(self) -> set[str]:
        return set(re.findall(r"`(--?[\w-]+)`", self.reasons))


def rows() -> dict[str, Row]:
    """The table."""
    found = {}
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 4:
            names, there = (re.findall(r"`([\w-]+)`", cell) for cell in cells[1:3])
            name = cells[0].strip("`")
            assert name not in found, name
            found[name] = Row(names, set(there), cells[3])
    return found


def of_all() -> set[str]:
    """The options that the line above the table speaks of."""
    [line] = [one for one in PAGE.read_text("utf-8").splitlines() if one.startswith("Of all commands")]
    return set(re.findall(r"`(--[\w-]+)`", line))


def options(command: Any) -> set[str]:
    return {one.opts[-1] for one in command.params if one.param_type_name == "option" and one.name != "help"}


@pytest.fixture(scope="module")
def program() -> dict[str, Any]:
    """Every command by its words, and the program itself."""
    return {"examgen": root(), **dict(every_command())}


def test_every_command_and_option_is_in_the_table(program: dict[str, Any]) -> None:
    table, known = rows(), of_all()
    assert set(table) == set(program), "a command is new, or gone"
    for name, command in program.items():
        row, own = table[name], options(command) - known
        assert row.there | row.left_out == own, f"{name}: {(row.there | row.left_out) ^ own}"
        assert not row.there & row.left_out, name
        assert not row.there or row.pages, f"{name}: on which page?"
    assert known <= set().union(*map(options, program.values()))


def test_what_is_left_out_has_its_reason() -> None:
    for name, row in rows().items():
        for part in filter(None, row.reasons.split("; ")):
            assert re.fullmatch(r"(`--?[\w-]+` ?)+: .{4,}", part), (name, part)


def names(patterns: Any) -> Iterator[str]:
    """The names of the addresses of the site."""
    for one in patterns:
        if isinstance(one, URLPattern):
            yield one.name or ""
        else:
            yield from names(one.url_patterns)


def test_the_pages_are_on_the_site() -> None:
    named = {page for row in rows().values() for page in row.pages}
    assert named - set(names(get_resolver().url_patterns)) == set()


@pytest.mark.parametrize("words", dict.fromkeys(one.words for one in KINDS.values()))
def test_the_forms_of_an_analysis_have_the_options_of_its_command(
    words: str, program: dict[str, Any]
) -> None:
    mine: set[str] = set()
    for one in KINDS.values():
        if one.words == words:
            declared = one.command.declared()
            fields = {*one.form.base_fields, *one.base.implied} & declared.keys()  # type: ignore[attr-defined]
            mine |= {declared[name].words for name in fields} - {
                own.words for own in declared.values() if isinstance(own.option, Argument)
            }
    assert mine == rows()[words].there
    assert mine <= options(program[words])
