"""A gettext catalogue (`.po`) → its messages, or every fault in it with its line.

Read where somebody's Thai is wanted: by templates of papers and reports, whose catalogues a workspace may
override. What commands say has catalogues that nobody overrides (`words`). Babel is loaded only here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.problems import Problem, Refused
from examgen.core.storage import read_input
from examgen.core.words import joined, tell

_PLACE = re.compile(r"\{([a-z_]\w*)\}")
_QUOTED = r'"(?:[^"\\]|\\[\\trn"])*"'
_LINE = re.compile(rf"#.*|(?:(?:msgctxt|msgid|msgid_plural|msgstr(?:\[[0-9]\])?) +)?{_QUOTED}")

_MOST_PLURALS = 10
"""As many as `msgstr[0]` to `msgstr[9]`."""
_MOST_BYTES = 2_000_000
"""Of a catalogue; the built-in one has a tenth of that."""


class Translation(NamedTuple):
    """A message of a catalogue: the English, its plural where it has one, the Thai, and the line."""

    english: str
    plural: str | None
    thai: str
    line: int


def translations(path: Path) -> tuple[Translation, ...]:
    """The messages of a catalogue but fuzzy and obsolete ones; Refused, with lines, where it is faulty."""
    if path.stat().st_size > _MOST_BYTES:
        raise Refused(
            tell("{path} has more than {n:,} bytes: no catalogue needs so many", path=path, n=_MOST_BYTES)
        )
    try:
        text = read_input(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(tell("{path} is not UTF-8 text: save it as UTF-8", path=path)) from None
    return _read(text, str(path))


@cache
def _read(text: str, source: str) -> tuple[Translation, ...]:
    faults = [
        Problem(
            f"{source}:{n}", "po-line", tell('not a line of a .po file: write msgid "…", msgstr "…" or # …')
        )
        for n, line in enumerate(text.split("\n"), 1)
        if line.strip() and not _LINE.fullmatch(line.strip())
    ]
    read = [] if faults else list(_parsed(text, source))
    for one in read:
        extra = sorted(set(_PLACE.findall(one.thai)) - set(_PLACE.findall(f"{one.english} {one.plural}")))
        if extra:
            message = tell(
                "the Thai asks for {place}, which {english!r} does not give",
                place=f"{{{extra[0]}}}",
                english=one.english,
            )
            faults.append(Problem(f"{source}:{one.line}", "po-placeholder", message))
    if faults:
        raise Refused(tell("{source} cannot be read", source=source), faults)
    return tuple(read)


def _parsed(text: str, source: str) -> Iterator[Translation]:
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import PoFileError, PoFileParser

    class Headless(Catalog):
        """Does nothing that a head tells it: `nplurals=9999999999` would fill the memory."""

        num_plurals = _MOST_PLURALS

        def __setitem__(self, id: Any, message: Any) -> None:
            if id != "":
                super().__setitem__(id, message)

    catalogue = Headless(locale="th")
    # lines that say nothing of a message but where it is from are emptied: they take quadratic time
    bare = (line.lstrip() for line in text.split("\n"))
    is_place = (line.startswith("#") and not line.startswith("#,") for line in bare)
    lines = ("" if skip else line for line, skip in zip(text.split("\n"), is_place, strict=True))
    try:
        PoFileParser(catalogue, ignore_obsolete=True, abort_invalid=True).parse(lines)
    except PoFileError as error:
        reason = str(error).removesuffix(f" on {error.lineno}")
        fault = Problem(f"{source}:{error.lineno + 1}", "po-message", joined([reason]))
        raise Refused(tell("{source} cannot be read", source=source), [fault]) from error
    for one in catalogue:
        if one.id and not one.fuzzy:
            english, plural = (one.id, None) if isinstance(one.id, str) else one.id
            thai = one.string if isinstance(one.string, str) else (one.string or [""])[0]
            yield Translation(str(english), plural, str(thai), one.lineno or 1)
