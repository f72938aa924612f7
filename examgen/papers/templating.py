"""Template and context → HTML or PDF. Templates are looked up in the given folders, the first one wins.

A template of a workspace may extend the one it stands for: `{% extends "builtin/booklet.html" %}`.

Jinja2 in a sandbox, autoescaped, undefined names refused: a workspace's own template can change how
a paper looks, and reaches nothing that it was not handed.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    FunctionLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment, safe_range

from examgen.papers.language import messages, template_words
from examgen.papers.numerals import digits_filter
from examgen.papers.thai import SetLine, line_setter
from examgen.pdf import render_pdf
from examgen.problems import Refused
from examgen.resources import fonts

BUILTIN = "builtin/"
"""What a name starts with that is looked up in the last folder only."""

_FAULTS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a template that is badly written can raise while it is filled in."""

_LONGEST = 100_000
_GREATEST_POWER = 64
"""What `*` may make of a text, and `**` of a number: no template needs more."""

_MOST_WRITTEN = 20_000_000
_MOST_COUNTED = 1_000_000

_TEXTS_KEPT = 4096
"""How many texts a filler keeps as they are set: those of a standard come again on every page."""

_Loaded = tuple[str, str, Callable[[], bool]]


def fill(name: str, context: Mapping[str, object], folders: Sequence[Path], set_line: SetLine) -> str:
    """The template's text with the context filled in; raises Refused naming template and line."""
    environment = _environment(tuple(folders), frozenset(messages(folders).items()), set_line)
    return _filled(environment, name, context, folders)


def filler(name: str, folders: Sequence[Path], set_line: SetLine) -> Callable[[Mapping[str, object]], str]:
    """`fill` for thousands of contexts: files are read once, and texts that come again are set once."""
    known = frozenset(messages(folders).items())
    setter = lru_cache(maxsize=_TEXTS_KEPT)(set_line)
    # made for these pages alone, so that what is kept goes with them
    environment = _environment.__wrapped__(tuple(folders), known, setter)
    environment.auto_reload = False
    return lambda context: _filled(environment, name, context, folders)


def _filled(environment: _Sandbox, name: str, context: Mapping[str, object], folders: Sequence[Path]) -> str:
    try:
        return _written(environment.get_template(name), context)
    except TemplateNotFound as error:
        asked = f"template {place}: " if (place := _place(error, folders)) else ""
        looked = ", ".join(map(str, folders))
        raise Refused(f"{asked}template {error.name} is not in {looked}") from error
    except TemplateSyntaxError as error:
        where = error.filename or error.name or name
        raise Refused(f"template {where}, line {error.lineno}: {error.message}") from error
    except _FAULTS as error:
        reason = str(error) or type(error).__name__
        raise Refused(f"template {_place(error, folders) or name}: {reason}") from error


def _written(template: Template, context: Mapping[str, object]) -> str:
    """What the template writes, as far as a template may go on."""
    parts, length = [], 0
    for part in template.generate({**context, "range": _counted_range()}):
        parts.append(part)
        length += len(part)
        if length > _MOST_WRITTEN:
            raise ValueError(f"it writes more than {_MOST_WRITTEN:,} characters")
    return "".join(parts)


def _counted_range() -> Callable[..., range]:
    """Jinja's `range`, whose ranges taken together are no longer than a page can need."""
    left = _MOST_COUNTED

    def counted(*bounds: int) -> range:
        nonlocal left
        one = safe_range(*bounds)
        left -= len(one)
        if left < 0:
            raise ValueError(f"its ranges count to more than {_MOST_COUNTED:,} together")
        return one

    return counted


def print_pdf(
    name: str,
    context: Mapping[str, object],
    title: str,
    templates: Sequence[Path],
    media: Sequence[Path] = (),
) -> bytes:
    """The template as PDF; the page reads nothing but the templates' folders, our fonts and the media."""
    html = fill(name, {**context, "fonts": fonts().as_uri()}, templates, line_setter(templates))
    try:
        return render_pdf(html, title=title, language="th", readable=(*templates, fonts(), *media))
    except Refused as reason:
        raise Refused(f"{name}: {reason.message}", reason.problems) from reason


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's own sandbox, in which no `*` or `**` fills the memory either."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._safe: dict[tuple[type, str], bool] = {}

    intercepted_binops = frozenset({"*", "**"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """As Jinja's, whose answer depends on the kind of object alone: asked once for each."""
        asked = type(obj), attr
        if asked not in self._safe:
            self._safe[asked] = super().is_safe_attribute(obj, attr, value)
        return self._safe[asked]

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" and abs(right) > _GREATEST_POWER:
            raise ValueError(f"a power of {right} is more than a template may ask")
        for text, times in ((left, right), (right, left)):
            if (
                isinstance(text, str | list | tuple)
                and isinstance(times, int)
                and len(text) * times > _LONGEST
            ):
                raise ValueError(f"a text repeated {times} times is more than a template may ask")
        return super().call_binop(context, operator, left, right)


@lru_cache(maxsize=8)
def _environment(folders: tuple[Path, ...], known: frozenset[tuple[str, str]], set_line: SetLine) -> _Sandbox:
    """What keeps templates compiled from one page to the next; a file that has changed is read anew."""
    environment = _Sandbox(
        loader=FunctionLoader(lambda wanted: _load(wanted, folders)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thai"] = set_line
    environment.filters["digits"] = digits_filter
    environment.globals.update(template_words(dict(known), set_line))
    return environment


def _load(name: str, folders: Sequence[Path]) -> _Loaded | None:
    found = _source(name, folders)
    return (*found, lambda: _source(name, folders) == found) if found else None


def _source(name: str, folders: Sequence[Path]) -> tuple[str, str] | None:
    """Text and path of a template, never from outside the folders, whatever name or link asks for it."""
    plain = name.removeprefix(BUILTIN)
    for folder in folders if plain == name else folders[-1:]:
        path = (folder / plain).resolve()
        if path.is_file() and path.is_relative_to(folder.resolve()):
            try:
                return path.read_text("utf-8"), str(path)
            except UnicodeDecodeError:
                raise Refused(f"template {path} is not UTF-8 text") from None
    return None


def _place(error: Exception, folders: Sequence[Path]) -> str | None:
    """`file, line n` of the innermost template line that raised."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if any(Path(frame.filename).is_relative_to(folder.resolve()) for folder in folders):
            return f"{frame.filename}, line {frame.lineno}"
    return None
