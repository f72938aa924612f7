"""Output of commands: in the user's language, on a terminal or into a file.

All other packages only make messages; the language is decided only here. JSON and files are always in
English.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TextIO

from examgen.analysis.parts import Part, ReportedFiles, ReportedLine, ReportedProblems
from examgen.core.problems import Problem, Severity, WrongUsage
from examgen.core.words import Language, in_language, tell

OPTION, VARIABLE = "--lang", "EXAMGEN_LANG"
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The environment variables for the locale; the first that is set applies, as in POSIX."""

_reader: ContextVar[Language] = ContextVar("reader", default="en")


def choose(words: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Set the user's language from the `--lang` before the command, or else from the environment, and return
    the words without it. Raises WrongUsage for an unknown language."""
    _reader.set("en")
    asked, rest = None, list(words)
    at = 0
    while at < len(rest) and rest[at].startswith("-"):
        name, is_one, value = rest[at].partition("=")
        if name != OPTION:
            at += 1
            continue
        asked = _language(value if is_one else "".join(rest[at + 1 : at + 2]), OPTION)
        del rest[at : at + (1 if is_one else 2)]
    _reader.set(asked or _of_environment(environ))
    return rest


def _of_environment(environ: Mapping[str, str]) -> Language:
    if wanted := environ.get(VARIABLE):
        return _language(wanted, VARIABLE)
    locale = next((environ[name] for name in _LOCALE if environ.get(name)), "")
    return "th" if locale.partition(".")[0].partition("_")[0] == "th" else "en"


def _language(value: str, where: str) -> Language:
    if value == "en":
        return "en"
    if value == "th":
        return "th"
    raise WrongUsage.because("{option} must be en or th, not {value!r}", option=where, value=value)


def reader() -> Language:
    """Return the user's language."""
    return _reader.get()


def said(text: str) -> str:
    """Return a text in the user's language."""
    return in_language(text, _reader.get())


def width(text: str) -> int:
    """Return the number of terminal columns that a text takes. Marks above and below a letter take none."""
    return len(text) if text.isascii() else sum(unicodedata.category(char) != "Mn" for char in text)


MOST_OF_A_KIND = 1000
"""The maximum number of problems of one kind shown in a file or pipe."""
MOST_ON_A_TERMINAL = 20
"""The maximum number of problems of one kind shown on a terminal."""
_A_SCREEN = 40
"""The number of problems above which the numbers by kind are shown."""
_SEVERITIES = {"error": tell("error"), "warning": tell("warning"), "notice": tell("notice")}
_CONTROLS = dict.fromkeys((*range(9), *range(11, 32), 127))
_COLOURS = {"error": "red", "warning": "yellow", "notice": "cyan"}


def say(text: str = "", style: str = "") -> None:
    """Print one line as it is, without markup and without wrapping."""
    clear_progress()
    _write(sys.stdout, _styled(said(text), style))


def say_aside(text: str, style: str = "", rest: str = "") -> None:
    """Print one line on the error stream; `rest` is not styled."""
    clear_progress()
    _write(sys.stderr, _styled(text, style) + _styled(rest, ""))


def _styled(text: str, style: str) -> str:
    """Return a text without control characters, in the colours of a style such as `bold red`."""
    import click

    words = style.split()
    switches = {word: True for word in words if word in ("bold", "dim", "reverse")}
    colour = next((word for word in words if word not in switches), None)
    return click.style(text.translate(_CONTROLS), fg=colour, **switches)


def _write(stream: TextIO, text: str) -> None:
    """Print a line and flush it, without colours where nobody sees them. If the reading program has ended
    (`| head`), the exit status does not change."""
    import click

    try:
        click.echo(text, stream, color=bool(os.environ.get("FORCE_COLOR")) or None)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def short(path: Path) -> str:
    """Return the path relative to the current folder if it is below it, else unchanged."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


_is_over_progress: ContextVar[bool] = ContextVar("is_over_progress", default=False)
"""Whether the last line on the terminal is a line of progress."""


def clear_progress() -> None:
    """Erase the line of progress, to make room for another line."""
    if _is_over_progress.get():
        _is_over_progress.set(False)
        with suppress(BrokenPipeError):
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def progress(message: str) -> None:
    """Show progress on the error stream; a terminal shows the last line, until there is more."""
    if sys.stderr.isatty():
        overwrite(message)
        _is_over_progress.set(True)
    else:
        say_aside(f"… {said(message)}", "dim")


def overwrite(message: str) -> None:
    """Replace the last line of progress, on a terminal."""
    text = f"… {said(message)}"[: shutil.get_terminal_size().columns - 1]
    with suppress(BrokenPipeError):
        print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)


def print_json(data: Any) -> None:
    """Print one JSON document on standard output."""
    print(json.dumps(data, ensure_ascii=False, indent=2))


def show_problems(problems: Iterable[Problem]) -> None:
    """Print every problem on a line of its own on the error stream, up to a maximum of each kind. If there
    are many, also print the number of each kind."""
    most = MOST_ON_A_TERMINAL if sys.stderr.isatty() else MOST_OF_A_KIND
    told = Counter[tuple[Severity, str]]()
    for problem in problems:
        told[problem.severity, problem.code] += 1
        if told[problem.severity, problem.code] <= most:
            severity = said(_SEVERITIES[problem.severity])
            say_aside(f"  {severity}: ", _COLOURS[problem.severity], problem.told(reader()))
    for (_, code), n in told.items():
        if n > most:
            more = tell("  … and {n:,} more of this kind [{code}]", n=n - most, code=code)
            say_aside(said(more), "dim")
    if told.total() > _A_SCREEN:
        for name in reversed(_SEVERITIES):
            kinds = [(code, n) for (severity, code), n in told.most_common() if severity == name]
            if kinds:
                n_of = tell("  {severity} ({n:,}): ", severity=_SEVERITIES[name], n=sum(n for _, n in kinds))
                say_aside(said(n_of), _COLOURS[name], ", ".join(f"{code} {n:,}" for code, n in kinds))
    if most == MOST_ON_A_TERMINAL < max(told.values(), default=0):
        hint = tell("  `2> FILE` writes up to {n:,} of each kind to a file", n=MOST_OF_A_KIND)
        say_aside(said(hint), "dim")


def severity_words(severity: str) -> str:
    """Return the name of a severity."""
    return _SEVERITIES[severity]


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]], numbers_from: int = 1) -> None:
    """Print a table, a line for each row; columns from `numbers_from` on are right-aligned."""
    say(title, "bold")
    cells = [[_cell(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padding = [" " * (most - width(cell)) for cell, most in zip(row, widths, strict=True)]
        columns = [
            space + cell if n >= numbers_from else cell + space
            for n, (cell, space) in enumerate(zip(row, padding, strict=True))
        ]
        say("  ".join(columns).rstrip())


def _cell(value: object) -> str:
    """Return a cell of a table as text."""
    return "" if value is None else said(value).rstrip() if isinstance(value, str) else str(value)


def show(parts: Iterable[Part]) -> None:
    """Print the result, part by part."""
    for part in parts:
        if isinstance(part, ReportedLine):
            say(*part)
        elif isinstance(part, ReportedFiles):
            show_files(*part)
        elif isinstance(part, ReportedProblems):
            show_problems(part.problems)
        else:
            table(part.title, part.heads, part.rows, part.numbers_from)


def levels(values: Sequence[int]) -> str:
    """Return levels as a list in words."""
    return ", ".join(str(level) for level in values) or tell("not stated")


def show_files(title: str, paths: Iterable[Path]) -> None:
    """Print paths to open."""
    say(title)
    for path in paths:
        say(f"  {short(path)}")
