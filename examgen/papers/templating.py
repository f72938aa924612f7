"""Template and context → HTML. Templates are looked up in the given folders, the first one wins.

A template of a workspace may extend the one it stands for: `{% extends "builtin/booklet.html" %}`.

Jinja2 in a sandbox, autoescaped, undefined names refused: a workspace's own template can change how
a paper looks, and reaches nothing that it was not handed.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from examgen.papers.language import template_words
from examgen.papers.thai import SetLine
from examgen.problems import Refused

BUILTIN = "builtin/"
"""What a name starts with that is looked up in the last folder only."""

_FAULTS = (TemplateError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What a template that is badly written can raise while it is filled in."""

_Source = tuple[str, str, Callable[[], bool]]


def fill(name: str, context: Mapping[str, object], folders: Sequence[Path], set_line: SetLine) -> str:
    """The template's text with the context filled in; raises Refused naming template and line."""
    environment = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(lambda wanted: _load(wanted, folders)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thai"] = set_line
    environment.globals.update(template_words(folders, set_line))
    try:
        return environment.get_template(name).render(context)
    except TemplateNotFound as error:
        looked = ", ".join(map(str, folders))
        raise Refused(f"template {error.name} is not in {looked}") from error
    except TemplateSyntaxError as error:
        where = error.filename or error.name or name
        raise Refused(f"template {where}, line {error.lineno}: {error.message}") from error
    except _FAULTS as error:
        raise Refused(f"template {_place(error, folders) or name}: {error}") from error


def _load(name: str, folders: Sequence[Path]) -> _Source | None:
    """Source of a template, never from outside the folders, whatever name or link asks for it."""
    plain = name.removeprefix(BUILTIN)
    for folder in folders if plain == name else folders[-1:]:
        path = (folder / plain).resolve()
        if path.is_file() and path.is_relative_to(folder.resolve()):
            try:
                return path.read_text("utf-8"), str(path), lambda: True
            except UnicodeDecodeError:
                raise Refused(f"template {path} is not UTF-8 text") from None
    return None


def _place(error: Exception, folders: Sequence[Path]) -> str | None:
    """`file, line n` of the innermost template line that raised."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if any(Path(frame.filename).is_relative_to(folder.resolve()) for folder in folders):
            return f"{frame.filename}, line {frame.lineno}"
    return None
