"""Help and usage errors for a reader of Thai. Loaded for no other.

Typer and the click within it write English. What they ask of us (commands, options, arguments) has its
messages in the catalogue, a paragraph each, and is put in place before anything is printed; what they say
themselves is listed here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING, Any

from typer import core
from typer._click.core import Context
from typer._click.formatting import HelpFormatter

from examgen.commands.screen import width
from examgen.core.words import noted, thai_of

if TYPE_CHECKING:
    from typer.exceptions import TyperException

HEADINGS = (
    noted("Arguments"),
    noted("Options"),
    noted("Commands"),
    noted("default: {default}"),
    noted("env var: {var}"),
    noted("required"),
)
USAGE = noted("Usage: ")
HELP = noted("Show this message and exit.")
TRY = noted("Try '{command} {option}' for help.")
ERROR = noted("Error: {message}")
ERRORS = (
    noted("No such option: {name} (Possible options: {options})"),
    noted("No such option: {name}"),
    noted("No such command {name}. Did you mean {names}?"),
    noted("No such command {name}."),
    noted("Missing command."),
    noted("Missing argument {name}."),
    noted("Missing option {name}."),
    noted("Got unexpected extra argument(s) ({words})"),
    noted("Option {name} requires an argument."),
    noted("Option {name} requires {n} arguments."),
    noted("Option {name} does not take a value."),
    noted("Argument {name} takes {n} values."),
    noted("Invalid value for {name}: {message}"),
    noted("Invalid value: {message}"),
    noted("Input should be a valid integer, unable to parse string as an integer"),
    noted("Input should be a valid number, unable to parse string as a number"),
    noted("Input should be greater than or equal to {n}"),
    noted("Input should be less than or equal to {n}"),
    noted("File {path} does not exist."),
    noted("Directory {path} does not exist."),
    noted("Path {path} does not exist."),
    noted("File {path} is a directory."),
    noted("Directory {path} is a file."),
)
"""What typer, click and pydantic say of words that they do not understand. The first that fits stands."""


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a help text, each on one line: the messages of the catalogue."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", inspect.cleandoc(text)) if part.strip()]


@contextmanager
def in_thai(command: Any) -> Iterator[None]:
    """Within this the command, and all that stand below it, explain themselves in Thai."""
    with ExitStack() as undo:

        def put(owner: Any, name: str, value: Any) -> None:
            undo.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, value)

        put(Context, "formatter_class", _Formatter)
        put(core, "_", lambda text: _thai(text) if text in HEADINGS else text)
        for one in explained(command):
            if told := [_thai(part) for part in paragraphs(one.help)]:
                put(one, "help", "\n\n".join(told))
                if hasattr(one, "short_help"):
                    put(one, "short_help", told[0])
        yield


def explained(command: Any) -> Iterator[Any]:
    """The command, its parameters, and those of all below it, that have a help text."""
    yield from (one for one in (command, *command.params) if getattr(one, "help", None))
    for below in getattr(command, "commands", {}).values():
        yield from explained(below)


def _thai(text: str) -> str:
    return thai_of(text) or text


def misused(error: TyperException) -> Iterator[str]:
    """Lines that tell of words which the command line does not understand."""
    context = getattr(error, "ctx", None)
    if not hasattr(error, "show") or type(error).__name__ == "NoArgsIsHelpError":
        yield error.format_message()
        return
    if context is not None:
        with in_thai(context.command):
            yield context.get_usage()
        yield _thai(TRY).format(command=context.command_path, option=context.help_option_names[0])
        yield ""
    yield _thai(ERROR).format(message=of_click(error.format_message()))


def of_click(text: str) -> str:
    """A sentence of click's, typer's or pydantic's in Thai; one that is not known as it is."""
    for msgid in ERRORS:
        if found := _pattern(msgid).fullmatch(text):
            return _thai(msgid).format(**{name: of_click(value) for name, value in found.groupdict().items()})
    return text


@cache
def _pattern(msgid: str) -> re.Pattern[str]:
    parts = ((re.escape(text), name) for text, name, _, _ in Formatter().parse(msgid))
    return re.compile("".join(text + (f"(?P<{name}>.+?)" if name else "") for text, name in parts), re.S)


class _Formatter(HelpFormatter):
    """Help as typer lays it out, of lines that break where Thai may break."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        start = f"{' ' * self.current_indent}{prefix or _thai(USAGE)}{prog} "
        lines = _lines(args, self.width - width(start))
        self.write(start + ("\n" + " " * width(start)).join(lines) + "\n")

    def write_text(self, text: str) -> None:
        space = " " * self.current_indent
        blocks = ("\n".join(space + line for line in _lines(part, self.width - len(space)))
                  for part in paragraphs(text))  # fmt: skip
        self.write("\n\n".join(blocks) + "\n")

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        first = min(max(len(name) for name, _ in rows), col_max) + col_spacing
        space = " " * (self.current_indent + first)
        for name, text in rows:
            lines = _lines(_thai(text), max(self.width - first - 2, 10)) or [""]
            start = f"{' ' * self.current_indent}{name}"
            own = (
                start + " " * (first - len(name)) if len(name) <= first - col_spacing else f"{start}\n{space}"
            )
            self.write(own + f"\n{space}".join(lines) + "\n")


def _lines(text: str, most: int) -> list[str]:
    """The text in lines of so many columns, broken at spaces, and within a long run of Thai between words."""
    lines: list[str] = []
    for run in text.split():
        for n, piece in enumerate([run] if width(run) <= most else _words(run)):
            gap = "" if n or not lines else " "
            if lines and width(lines[-1] + gap + piece) <= most:
                lines[-1] += gap + piece
            else:
                lines.append(piece)
    return lines


def _words(run: str) -> list[str]:
    from pythainlp.tokenize import word_tokenize

    return list(word_tokenize(run))
