"""A command that is made alone is the one that is made with all, and so is the help on all that stand by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer._click.core import Context

from examgen.commands import commands


def below(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield words
    for name, one in getattr(command, "commands", {}).items():
        yield from below(one, (*words, name))


def told(program: Any, words: tuple[str, ...]) -> str:
    command, context = program, Context(program, info_name="examgen")
    for word in words:
        command = command.commands[word]
        context = Context(command, context, info_name=word)
    return str(command.get_help(context))


def test_each_command_and_the_help_on_it() -> None:
    whole = commands()
    every = list(below(whole))
    assert len(every) > 60
    for words in every:
        assert told(commands([*words, "--help"]), words) == told(whole, words), words
