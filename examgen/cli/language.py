"""The language that the command line speaks, and how wide its texts are.

Everything behind `cli` makes messages; here alone it is decided which language the reader has. JSON and files
are English in any.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from contextvars import ContextVar

from examgen.problems import WrongUsage
from examgen.words import Language, in_language, tell

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
