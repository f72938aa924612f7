"""Reads a gettext catalogue (`.po`), or reports every fault in it with its line.

Templates of papers and reports read their catalogues here, because a workspace may override them. The
package's own catalogues, which cannot be overridden, are read by `words`. Babel is loaded only here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.files import read_input
from examgen.core.problems import Problem, Refused
from examgen.core.words import joined, tell

_PLACE = re.compile(r"\{([a-z_]\w*)\}")
_QUOTED = r'"(?:[^"\\]|\\[\\trn"])*"'
_LINE = re.compile(rf"#.*|(?:(?:msgctxt|msgid|msgid_plural|msgstr(?:\[[0-9]\])?) +)?{_QUOTED}")

_MOST_PLURALS = 10
"""The number of plural forms, from `msgstr[0]` to `msgstr[9]`."""
_MOST_BYTES = 2_000_000
"""The maximum size of a catalogue in bytes; the built-in one is a tenth of that."""


class Translation(NamedTuple):
    """A message of a catalogue: the English, its plural if any, the Thai, and the line number (from 1)."""

    english: str
    plural: str | None
    thai: str
    line: int


def translations(path: Path) -> tuple[Translation, ...]:
    """Returns the messages of a catalogue, without fuzzy and obsolete ones. Raises Refused with all faulty
    lines."""
    if path.stat().st_size > _MOST_BYTES:
        raise Refused.because(
            "{path} has more than {n:,} bytes, which is too large for a catalogue", path=path, n=_MOST_BYTES
        )
    try:
        text = read_input(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused.because("{path} is not UTF-8 text. Save it as UTF-8.", path=path) from None
    return _read(text, str(path))


@cache
def _read(text: str, source: str) -> tuple[Translation, ...]:
    faults = [
        Problem(
            f"{source}:{n}",
            "po-line",
            tell('is not a line of a .po file. Write msgid "…", msgstr "…" or # …'),
        )
        for n, line in enumerate(text.split("\n"), 1)
        if line.strip() and not _LINE.fullmatch(line.strip())
    ]
    read = [] if faults else list(_parsed(text, source))
    for one in read:
        extra = sorted(set(_PLACE.findall(one.thai)) - set(_PLACE.findall(f"{one.english} {one.plural}")))
        if extra:
            message = tell(
                "the Thai uses {place}, which {english!r} does not have",
                place=f"{{{extra[0]}}}",
                english=one.english,
            )
            faults.append(Problem(f"{source}:{one.line}", "po-placeholder", message))
    if faults:
        raise Refused.because("{source} cannot be read", faults, source=source)
    return tuple(read)


def _parsed(text: str, source: str) -> Iterator[Translation]:
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import PoFileError, PoFileParser

    class Headless(Catalog):
        """Ignores the header of the file, in which `nplurals=9999999999` would fill the memory."""

        num_plurals = _MOST_PLURALS

        def __setitem__(self, id: Any, message: Any) -> None:
            if id != "":
                super().__setitem__(id, message)

    catalogue = Headless(locale="th")
    # comments except flags are emptied, because their parsing takes quadratic time
    bare = (line.lstrip() for line in text.split("\n"))
    is_place = (line.startswith("#") and not line.startswith("#,") for line in bare)
    lines = ("" if skip else line for line, skip in zip(text.split("\n"), is_place, strict=True))
    try:
        PoFileParser(catalogue, ignore_obsolete=True, abort_invalid=True).parse(lines)
    except PoFileError as error:
        reason = str(error).removesuffix(f" on {error.lineno}")
        fault = Problem(f"{source}:{error.lineno + 1}", "po-message", joined([reason]))
        raise Refused.because("{source} cannot be read", [fault], source=source) from error
    for one in catalogue:
        if one.id and not one.fuzzy:
            english, plural = (one.id, None) if isinstance(one.id, str) else one.id
            thai = one.string if isinstance(one.string, str) else (one.string or [""])[0]
            yield Translation(str(english), plural, str(thai), one.lineno or 1)
