"""Name, context and folders → the filled text of a template; a template that fails is refused with its
line.

Jinja2 in a sandbox, with autoescape; undefined names are refused. The sandbox prevents a template from
accessing anything outside; `limits.py` limits the time and memory of templates of a workspace.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from jinja2 import (
    FunctionLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment, safe_range

from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import tell
from examgen.rendering.language import digits_filter, template_words
from examgen.rendering.line_breaks import SetLine
from examgen.rendering.templates.limits import lift

BUILTIN = "builtin/"
"""Prefix of names that are looked up in the last folder only."""

_FAULTS = (
    TemplateError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""The exceptions that a badly written template can raise while it is filled."""

_LONGEST = 100_000
_GREATEST_POWER = 64
_MOST_BITS = 100_000
"""The longest result of `*` on a text, the largest exponent of `**`, and the maximum number of bits of a
product or power; no template needs more."""

MOST_WRITTEN = 20_000_000
_MOST_COUNTED = 1_000_000

_TEXTS_KEPT = 4096
"""The number of typeset texts that a filler caches; the texts of a standard recur on every page."""

_MOST_COMPILED = 256
_COMPILED: dict[tuple[object, ...], Any] = {}
"""Compiled templates by their line setter, text, name and options."""


class TemplateSetting(NamedTuple):
    """What an environment of templates depends on, whatever the context: folders, messages, line setter."""

    folders: tuple[Path, ...]
    known: frozenset[tuple[str, str]]
    """Pairs of English and Thai messages."""
    set_line: SetLine
    keep: bool = False
    """Whether it is for thousands of contexts, so that each file is read once and recurring texts are typeset
    once."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, which also prevents `*` and `**` from filling the memory."""

    def __init__(self, set_line: SetLine) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self._set_line = set_line
        self._safe: dict[tuple[type, str], bool] = {}

    def compile(
        self,
        source: Any,
        name: str | None = None,
        filename: str | None = None,
        raw: bool = False,
        defer_init: bool = False,
    ) -> Any:
        """Compile as Jinja does, but only once in a process, because the texts in a template are typeset when
        it is compiled."""
        key = self._set_line, source, name, filename, raw, defer_init
        if key not in _COMPILED:
            if len(_COMPILED) >= _MOST_COMPILED:
                _COMPILED.clear()
            _COMPILED[key] = super().compile(source, name, filename, raw, defer_init)  # type: ignore[call-overload]
        return _COMPILED[key]

    intercepted_binops = frozenset({"*", "**"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Decide as Jinja does, but once for each type of object: the answer depends on nothing else."""
        asked = type(obj), attr
        if asked not in self._safe:
            self._safe[asked] = super().is_safe_attribute(obj, attr, value)
        return self._safe[asked]

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Evaluate as Jinja does. Raises ValueError for a power, a number or a repeated text that is too
        large."""
        if operator == "**" and abs(right) > _GREATEST_POWER:
            raise ValueError(f"a power of {right} is more than a template may ask")
        if isinstance(left, int) and isinstance(right, int):
            bits = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
            if bits > _MOST_BITS:
                raise ValueError(f"a number of {bits} bits is more than a template may ask")
        for text, times in ((left, right), (right, left)):
            if (
                isinstance(text, str | list | tuple)
                and isinstance(times, int)
                and len(text) * times > _LONGEST
            ):
                raise ValueError(f"a text repeated {times} times is more than a template may ask")
        return super().call_binop(context, operator, left, right)

    def handle_exception(self, source: str | None = None) -> NoReturn:
        """Raise the exception again with the lines of the template, as Jinja does."""
        lift()
        super().handle_exception(source)


class _Loader(FunctionLoader):
    """Reads templates from the folders."""

    def __init__(self, folders: Sequence[Path]) -> None:
        def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
            found = _source(name, folders)
            return (*found, lambda: _source(name, folders) == found) if found else None

        super().__init__(load)


def sandbox(setting: TemplateSetting) -> Sandbox:
    """Return a sandbox that caches compiled templates between pages; a file that has changed is read again,
    unless `setting.keep`."""
    set_line = lru_cache(maxsize=_TEXTS_KEPT)(setting.set_line) if setting.keep else setting.set_line
    environment = Sandbox(setting.set_line)
    environment.auto_reload = not setting.keep
    environment.loader = _Loader(setting.folders)
    environment.filters["thai"] = set_line
    environment.filters["digits"] = digits_filter
    environment.globals.update(template_words(dict(setting.known), set_line))
    return environment


def filled(
    environment: Sandbox,
    name: str,
    context: Mapping[str, object],
    folders: Sequence[Path],
    faults: tuple[type[Exception], ...] = _FAULTS,
) -> str:
    """Return the text of a filled template. Raises Refused with template and line for these faults."""
    left = _MOST_COUNTED

    def counted_range(*bounds: int) -> range:
        """Jinja's `range` with a limit on the total length of all ranges, which no page needs to exceed."""
        nonlocal left
        one = safe_range(*bounds)
        left -= len(one)
        if left < 0:
            raise ValueError(f"its ranges count to more than {_MOST_COUNTED:,} together")
        return one

    try:
        template = environment.get_template(name)
        parts, length = [], 0
        for part in template.generate({**context, "range": counted_range}):
            parts.append(part)
            length += len(part)
            if length > MOST_WRITTEN:
                raise ValueError(f"it writes more than {MOST_WRITTEN:,} characters")
        return "".join(parts)
    except TemplateNotFound as error:
        asked = tell("template {place}: ", place=place) if (place := _place(error, folders)) else ""
        looked = ", ".join(map(str, folders))
        raise Refused.because(
            "{asked}template {error} is not in {looked}", asked=asked, error=error.name, looked=looked
        ) from error
    except TemplateSyntaxError as error:
        where = error.filename or error.name or name
        raise Refused.because(
            "template {where}, line {lineno}: {message}",
            where=where,
            lineno=error.lineno,
            message=error.message,
        ) from error
    except ExamgenError:
        raise
    except faults as error:
        reason = str(error) or type(error).__name__
        if isinstance(error, MemoryError):
            reason = tell("it uses more memory than a template may use")
        raise Refused.because(
            "template {place}: {reason}",
            place=_place(error, folders) or path_of(name, folders),
            reason=reason,
        ) from error


def _source(name: str, folders: Sequence[Path]) -> tuple[str, str] | None:
    """Return the text and path of a template; None if there is no such file."""
    path = _found(name, folders)
    if path is None:
        return None
    try:
        return path.read_text("utf-8"), str(path)
    except UnicodeDecodeError:
        raise Refused.because("template {path} is not UTF-8 text", path=path) from None


def _found(name: str, folders: Sequence[Path]) -> Path | None:
    """Return the file of a template; names and links never lead outside the folders."""
    plain = name.removeprefix(BUILTIN)
    for folder in folders if plain == name else folders[-1:]:
        path = (folder / plain).resolve()
        if path.is_file() and path.is_relative_to(folder.resolve()):
            return path
    return None


def path_of(name: str, folders: Sequence[Path]) -> str:
    """Return the path of a template, as messages show it."""
    return str(_found(name, folders) or name)


def _place(error: Exception, folders: Sequence[Path]) -> str | None:
    """Return `file, line n` of the innermost template line that raised the error."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if any(Path(frame.filename).is_relative_to(folder.resolve()) for folder in folders):
            return tell("{filename}, line {lineno}", filename=frame.filename, lineno=frame.lineno)
    return None
