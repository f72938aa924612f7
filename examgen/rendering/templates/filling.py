"""Template and context → HTML or PDF. Templates are looked up in the given folders; the first one wins.

A template of a workspace may extend the one it replaces: `{% extends "builtin/booklet.html" %}`. It can
change how a paper looks, can access only its context (`sandbox`), and has limited time and memory for a
page (`limits`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from examgen.core.problems import Refused
from examgen.core.resources import builtin, fonts
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import SetLine, line_setter
from examgen.rendering.templates.limits import limited
from examgen.rendering.templates.sandbox import Sandbox, TemplateSetting, filled, sandbox


def fill(name: str, context: Mapping[str, object], folders: Sequence[Path], set_line: SetLine) -> str:
    """Return the template's text filled from the context. Raises Refused with template and line."""
    setting = TemplateSetting(tuple(folders), frozenset(messages(folders).items()), set_line)
    return _filled(_known_sandbox(setting), name, context, folders, _are_own(name, folders))


def filler(name: str, folders: Sequence[Path], set_line: SetLine) -> Callable[[Mapping[str, object]], str]:
    """Return a `fill` for thousands of contexts: files are read once, and recurring texts are typeset
    once."""
    setting = TemplateSetting(tuple(folders), frozenset(messages(folders).items()), set_line, keep=True)
    # made only for these pages, so that its caches are freed with them
    environment, is_own = sandbox(setting), _are_own(name, folders)
    return lambda context: _filled(environment, name, context, folders, is_own)


def _filled(
    environment: Sandbox, name: str, context: Mapping[str, object], folders: Sequence[Path], is_own: bool
) -> str:
    if not is_own:
        return filled(environment, name, context, folders)
    with limited():
        # whatever is raised in here is the template's fault: its context fills the built-in ones
        return filled(environment, name, context, folders, (Exception,))


_known_sandbox: Callable[[TemplateSetting], Sandbox] = lru_cache(maxsize=8)(sandbox)


def _are_own(name: str, folders: Sequence[Path]) -> bool:
    """Return whether this template, or one that a built-in template may use, is not ours."""
    ours = builtin("templates").resolve()
    others = [folder for folder in folders if folder.resolve() != ours]
    return any((folder / one).exists() for one in (name, *_built_in()) for folder in others)


@cache
def _built_in() -> tuple[str, ...]:
    folder = builtin("templates")
    return tuple(
        path.relative_to(folder).as_posix() for kind in ("html", "css") for path in folder.rglob(f"*.{kind}")
    )


def print_pdf(
    name: str,
    context: Mapping[str, object],
    title: str,
    templates: Sequence[Path],
    media: Sequence[Path] = (),
) -> bytes:
    """Return the template as PDF; the page can only read the templates' folders, our fonts and the media."""
    from examgen.rendering.pdf.document import render_pdf

    html = fill(name, {**context, "fonts": fonts().as_uri()}, templates, line_setter(templates))
    try:
        return render_pdf(html, title=title, language="th", readable=(*templates, fonts(), *media))
    except Refused as reason:
        raise Refused.because(
            "{name}: {message}", reason.problems, name=name, message=reason.message
        ) from reason
