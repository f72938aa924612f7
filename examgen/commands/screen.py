"""Output of commands: in the language of the reader, on a terminal or into a file.

Every other package makes messages; here alone it is decided which language the reader has. JSON and files
are English in any.
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
from examgen.commands.loading import on_use
from examgen.core.problems import Problem, Severity, WrongUsage
from examgen.core.words import Language, in_language, tell

with on_use():
    from examgen.commands import terminal

OPTION, VARIABLE = "--lang", "EXAMGEN_LANG"
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Of these the first that says anything is the user's locale, as POSIX has it."""

_reader: ContextVar[Language] = ContextVar("reader", default="en")


def choose(words: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """The words without the root's `--lang`, which stands before the command; from now on the reader has the
    language that it names, or the environment where it is not there. Raises WrongUsage for any other."""
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
    raise WrongUsage(tell("{option} must be en or th, not {value!r}", option=where, value=value))


def reader() -> Language:
    """The language of the reader."""
    return _reader.get()


def said(text: str) -> str:
    """A text in the reader's language."""
    return in_language(text, _reader.get())


def width(text: str) -> int:
    """Columns of a terminal that a text takes: marks above and below a letter take none."""
    return len(text) if text.isascii() else sum(unicodedata.category(char) != "Mn" for char in text)


MOST_OF_A_KIND = 1000
"""Problems of one kind that are shown."""
MOST_ON_A_TERMINAL = 20
"""The same where it is a terminal that shows them."""
_A_SCREEN = 40
"""Problems after which it is said how many there are of each kind."""
_SEVERITIES = {"error": tell("error"), "warning": tell("warning"), "notice": tell("notice")}
_COLOURS = {"error": "red", "warning": "yellow", "notice": "cyan"}


def say(text: str = "", style: str = "") -> None:
    """One line, as it is: no markup, no wrapping inside paths."""
    text = said(text)
    clear_progress()
    if _is_plain(sys.stdout, text):
        _write(sys.stdout, text)
        return
    terminal.say(text, style)


def _say_aside(text: str, style: str, rest: str = "") -> None:
    """One line on the error stream, its `rest` without the style."""
    clear_progress()
    if _is_plain(sys.stderr, text + rest):
        _write(sys.stderr, text + rest)
        return
    terminal.print_to_stderr(text, style, rest)


def _is_plain(stream: TextIO, text: str) -> bool:
    """Whether rich would write just this text: no style, and no tab or other character that acts."""
    wanted = os.environ.get("FORCE_COLOR") or os.environ.get("TTY_COMPATIBLE") == "1"
    return not wanted and not stream.isatty() and text.isprintable()


def _write(stream: TextIO, text: str) -> None:
    """A line, and at once; its reader may leave early (`| head`) without changing the exit status."""
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def short(path: Path) -> str:
    """The path from here where it lies below, as it is elsewhere."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


_is_over_progress: ContextVar[bool] = ContextVar("is_over_progress", default=False)
"""Whether the last line of the terminal says what is being done."""


def clear_progress() -> None:
    """Makes room for a line in place of what was being done."""
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
        _say_aside(f"… {said(message)}", "dim")


def overwrite(message: str) -> None:
    """Replace the last line of progress, on a terminal."""
    text = f"… {said(message)}"[: shutil.get_terminal_size().columns - 1]
    with suppress(BrokenPipeError):
        print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)


def print_json(data: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(data, ensure_ascii=False, indent=2))


def show_problems(problems: Iterable[Problem]) -> None:
    """Every problem on a line of its own, on the error stream; of each kind no more than anyone reads, and
    where there are many how many there are of each."""
    most = MOST_ON_A_TERMINAL if sys.stderr.isatty() else MOST_OF_A_KIND
    told = Counter[tuple[Severity, str]]()
    for problem in problems:
        told[problem.severity, problem.code] += 1
        if told[problem.severity, problem.code] <= most:
            severity = said(_SEVERITIES[problem.severity])
            _say_aside(f"  {severity}: ", _COLOURS[problem.severity], problem.told(reader()))
    for (_, code), n in told.items():
        if n > most:
            more = tell("  … and {n:,} more of this kind [{code}]", n=n - most, code=code)
            _say_aside(said(more), "dim")
    if told.total() > _A_SCREEN:
        for name in reversed(_SEVERITIES):
            kinds = [(code, n) for (severity, code), n in told.most_common() if severity == name]
            if kinds:
                n_of = tell("  {severity} ({n:,}): ", severity=_SEVERITIES[name], n=sum(n for _, n in kinds))
                _say_aside(said(n_of), _COLOURS[name], ", ".join(f"{code} {n:,}" for code, n in kinds))
    if most == MOST_ON_A_TERMINAL < max(told.values(), default=0):
        hint = tell("  `2> FILE` writes up to {n:,} of each kind to a file", n=MOST_OF_A_KIND)
        _say_aside(said(hint), "dim")


def severity_words(severity: str) -> str:
    """Name the severity of a problem."""
    return _SEVERITIES[severity]


def table(
    title: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[object]],
    numbers_from: int = 1,
    wide: bool = False,
) -> None:
    """A table; columns from `numbers_from` on are aligned to the right. A `wide` one has a line for each
    row, however long, and never two."""
    say(title, "bold")
    cells = [
        [*map(said, heads)],
        *(
            ["" if cell is None else said(cell) if isinstance(cell, str) else str(cell) for cell in row]
            for row in rows
        ),
    ]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            " " * (most - width(cell.rstrip())) + cell.rstrip()
            if n >= numbers_from
            else cell + " " * (most - width(cell))
            for n, (cell, most) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]
    if wide:
        for line in lines:
            say(line)
        return
    columns = shutil.get_terminal_size().columns
    fitted = _fitted(cells, widths, columns)
    if fitted is None:  # a path, a number of a candidate: what is broken cannot be copied
        for line in lines:
            say(line.rstrip())
        return
    text = "".join(lines)
    if text.isascii() and _is_plain(sys.stdout, text) and len(lines[0]) <= columns:
        for line in lines:
            _write(sys.stdout, line)
        return
    clear_progress()
    terminal.table(cells, numbers_from, fitted)


def _fitted(cells: Sequence[Sequence[str]], widths: Sequence[int], columns: int) -> list[int] | None:
    """Widths of columns with which the rows fit, and no word is broken; None where there are none."""
    least = [
        max((width(word) for cell in column for word in cell.split(" ")), default=0)
        for column in zip(*cells, strict=True)
    ]
    found = list(widths)
    while sum(found) + 2 * (len(found) - 1) > columns:
        spare = [now - most for now, most in zip(found, least, strict=True)]
        if max(spare) <= 0:
            return None
        found[max(range(len(found)), key=lambda n: (spare[n] > 0, found[n]))] -= 1
    return found


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
            table(*part)


def levels(values: Sequence[int]) -> str:
    """Levels as a person writes them."""
    return ", ".join(str(level) for level in values) or tell("not stated")


def show_files(title: str, paths: Iterable[Path]) -> None:
    """Paths to open."""
    say(title)
    for path in paths:
        say(f"  {short(path)}")
