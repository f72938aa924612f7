"""Click's texts in the user's language, with lines broken where Thai may break."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable
from typing import Any

import click
from click import core, decorators, exceptions, formatting, parser, types

from examgen.commands.screen import reader, width
from examgen.core.words import noted, thai_of

SENTENCES = (
    noted("Usage:"),
    noted("Options"),
    noted("Positional arguments"),
    noted("Commands"),
    noted("default: {default}"),
    noted("env var: {var}"),
    noted("required"),
    noted("Show this message and exit."),
    noted("Try '{command} {option}' for help."),
    noted("Error: {message}"),
    noted("Missing command."),
    noted("Missing argument"),
    noted("Missing option"),
    noted("No such option {name!r}."),
    noted("No such command {name!r}."),
    noted("Did you mean {possibility}?"),
    noted("(Did you mean one of: {possibilities}?)"),
    noted("Got unexpected extra argument ({args})"),
    noted("Got unexpected extra arguments ({args})"),
    noted("Option {name!r} does not take a value."),
    noted("Option {name!r} requires an argument."),
    noted("Option {name!r} requires {nargs} arguments."),
    noted("Argument {name!r} takes {nargs} values."),
    noted("Invalid value for {param_hint}: {message}"),
)
"""Click's sentences in error messages about wrong input, and in help texts."""


def _told(text: str) -> str:
    """Return one of click's sentences in the user's language. JSON is always in English."""
    return (thai_of(text) or text) if reader() == "th" and "--json" not in sys.argv else text


def _told_n(one: str, many: str, n: int) -> str:
    return _told(one if n == 1 else many)


for _module in (core, decorators, exceptions, formatting, parser, types):
    for _name, _ours in (
        ("_", _told),
        ("ngettext", _told_n),
    ):  # which gettext would do from files that we have not
        if hasattr(_module, _name):
            setattr(_module, _name, _ours)


class HelpFormatter(click.HelpFormatter):
    """Formats help as click does, but breaks lines between Thai words."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the usage line, continued below its first argument."""
        start = f"{' ' * self.current_indent}{prefix or _told('Usage:') + ' '}{prog} "
        lines = lines_of(args, self.width - width(start))
        self.write(start + ("\n" + " " * width(start)).join(lines) + "\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        space = " " * self.current_indent
        blocks = (
            "\n".join(space + line for line in lines_of(part, self.width - len(space)))
            for part in re.split(r"\n\s*\n", inspect.cleandoc(text))
        )
        self.write("\n\n".join(blocks) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write a list of names with their descriptions next to them."""
        rows = list(rows)
        first = min(max(width(name) for name, _ in rows), col_max) + col_spacing
        space = " " * (self.current_indent + first)
        for name, text in rows:
            start = f"{' ' * self.current_indent}{name}"
            fits = width(name) <= first - col_spacing
            start += " " * (first - width(name)) if fits else f"\n{space}"
            self.write(
                start + f"\n{space}".join(lines_of(text, max(self.width - first - 2, 10)) or [""]) + "\n"
            )


class HelpContext(click.Context):
    """The context of a command call, with help in the user's language."""

    formatter_class = HelpFormatter


def lines_of(text: str, most: int) -> list[str]:
    """Return the text in lines of at most `most` columns, broken at spaces and, in long runs of Thai, between
    words."""
    lines: list[str] = []
    for run in text.split():
        for n, piece in enumerate([run] if width(run) <= most else _words(run)):
            gap = "" if n or not lines else " "
            if lines and width(lines[-1] + gap + piece) <= most:
                lines[-1] += gap + piece
            else:
                lines.append(piece)
    return lines


def _words(run: str) -> list[Any]:
    if run.isascii():
        return [run]
    from pythainlp.tokenize import word_tokenize

    return list(word_tokenize(run))
