"""Persons who are to be found → every spelling of their numbers and names, and what takes its place.

Numbers are compared as `core/candidate_numbers` compares them: Thai digits, blanks and dashes make no other
number. A number of fewer than `SHORTEST` characters is only looked for where a number of a candidate stands
by itself (a column, a field): in a free text `7` may be anything. A name is looked for in free text where it
has `SHORTEST_NAME` letters in two words and nobody else is called so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from examgen.core.candidate_numbers import canonical_number
from examgen.core.text.characters import composed_text

SHORTEST, SHORTEST_NAME = 6, 7
"""Characters that count, of numbers and of names that are looked for in free text."""
_LONG = 10
"""Characters from which a number is one also where a dash joins it to other letters."""
_AT_ONCE = 500
"""Rows of a table that are looked at together."""
_TITLES = re.compile(
    r"^(?:นางสาว|นาง|นาย|น\.\s*ส\.|ด\.\s*ช\.|ด\.\s*ญ\.|เด็กชาย|เด็กหญิง|ว่าที่ร้อยตรี|ว่าที่\s*ร\.\s*ต\.|ดร\.|"
    r"Mr\.?|Mrs\.?|Ms\.?|Miss|Dr\.?)\s*(?=\S)",
    re.IGNORECASE,
)


class _Compact(dict[int, str | None]):
    """By character what it is in a number, None where it is nothing (`str.translate` is far slower with texts
    of no characters)."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        kind = unicodedata.category(character)
        if kind == "Nd":
            found: str | None = str(unicodedata.decimal(character))
        elif kind in ("Pd", "Cf") or character == "\u2212" or character.isspace():
            found = None
        else:
            found = character
        self[code] = found
        return found


class _Lower(dict[int, str | None]):
    """The same in small letters, as names are compared: without what parts words in names of files, and
    `ำ`, which some write and every PDF has in two characters, as `า`."""

    def __missing__(self, code: int) -> str | None:
        plain = _IN_NAMES.get(chr(code), _COMPACT[code])
        small = plain and plain.lower()
        self[code] = small if small and plain and len(small) == len(plain) else plain
        return self[code]


_IN_NAMES = {"_": None, ".": None, "\u0e4d": None, "\u0e33": "\u0e32"}
_COMPACT, _LOWER = _Compact(), _Lower()


def compact(text: str) -> str:
    """The characters of a text that count in a number."""
    return text.translate(_COMPACT)


def compact_name(text: str) -> str:
    """The characters of a text that count in a name."""
    return text.translate(_LOWER)


class Person(NamedTuple):
    """A person to be found: the number as the user wrote it, what takes its place, the names in the files of
    the workspace; other numbers of theirs (of identity documents, misread ones, codes of pseudonymous
    exports), each with what takes its place."""

    number: str
    tombstone: str
    names: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()

    @property
    def is_short(self) -> bool:
        """Whether the number is too short to be looked for in free text."""
        return len(canonical_number(self.number)) < SHORTEST


def without_title(name: str) -> str:
    """A name without what stands before it."""
    return _TITLES.sub("", composed_text(" ".join(name.split())))


def names_in_text(names: Iterable[str], of_others: Collection[str]) -> tuple[list[str], list[str]]:
    """Names that can be looked for in free text, and those that cannot: too short, one word alone, or the
    name of somebody else, too."""
    safe: list[str] = []
    unsafe: list[str] = []
    for name in names:
        plain = without_title(name)
        is_safe = len(plain.split()) > 1 and len(compact_name(plain)) >= SHORTEST_NAME
        (safe if is_safe and compact_name(plain) not in of_others else unsafe).append(name)
    return safe, unsafe


class Spellings:
    """All spellings of some persons. Names of others in which a name of theirs stands are `spared`."""

    def __init__(self, persons: Iterable[Person], spared: Iterable[str] = ()) -> None:
        self.persons = tuple(persons)
        self._spared = dict.fromkeys(spared, "")
        self.sought = self.persons, sorted(self._spared)
        """Who is looked for: two of the same find the same."""
        self.numbers: dict[str, str] = {}
        """By number as it is compared what takes its place, also of short ones."""
        self.names: dict[str, str] = {}
        for one in self.persons:
            self.numbers[canonical_number(one.number)] = one.tombstone
            self.numbers |= {canonical_number(other): put for other, put in one.others}
            for name in one.names:
                plain = compact_name(without_title(name))
                self.names[plain] = one.tombstone
        self._long = {number: put for number, put in self.numbers.items() if len(number) >= SHORTEST}
        self._of_numbers = _alternatives(self._long)
        self._of_names = _alternatives({**self._spared, **self.names})
        self._unquoted = tuple(
            _alternatives({unquoted(text): "" for text in texts}) for texts in (self._long, self.names)
        )

    def of_candidate(self, text: str) -> str | None:
        """What takes the place of a number that stands by itself where numbers of candidates stand."""
        if not text:
            return None
        plain = text.strip().removeprefix("'")
        return self.numbers.get(canonical_number(plain)) if plain else None

    def whole(self, text: str) -> str | None:
        """What takes the place of a text that is nothing but a number, wherever it stands."""
        plain = text.strip().removeprefix("'")
        return self._long.get(canonical_number(plain)) if len(plain) >= SHORTEST else None

    def is_in(self, text: str) -> bool:
        """Whether a text may hold a number or a name: some that do not, never one that does too few."""
        return bool(
            (self._of_numbers and self._of_numbers.search(compact(text)))
            or (self._of_names and self._of_names.search(compact_name(text)))
        )

    def may_stand_at(self, rows: Sequence[str]) -> Sequence[int]:
        """The places of the rows of a table, as they are written, in which somebody may stand, in whatever
        column: never one too few."""
        if len(self._long) < len(self.numbers):  # a short number is told by its column
            return range(len(rows))
        found: list[int] = []
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            if self._may_stand_in_row("".join(some)):
                found += [n for n, one in enumerate(some, start) if self._may_stand_in_row(one)]
        return found

    def _may_stand_in_row(self, text: str) -> bool:
        # where a number stands by itself it is compared in composed characters
        return self.may_be_quoted_in(text) or (not text.isascii() and composed_text(text) != text)

    def may_be_quoted_in(self, text: str) -> bool:
        """Whether a file may hold a number or a name, whatever quotes it puts around or into it: some that do
        not, never one that does too few."""
        numbers, names = self._unquoted
        plain = unquoted(text)
        return bool(
            (numbers and numbers.search(compact(plain))) or (names and names.search(compact_name(plain)))
        )

    def is_joined_in(self, text: str) -> bool:
        """Whether a long number stands in a text and letters are joined to it, so that it may be another."""

        def fits(text: str, start: int, end: int, size: int) -> bool:
            around = text[start - 1 : start], text[end : end + 1]
            return size >= _LONG and not any(one.isdecimal() for one in around)

        return _replaced(text, self._of_numbers, compact, _COMPACT, self._long, fits) != text

    def may_stand_in(self, text: str) -> bool:
        """Whether somebody may stand in a text whose words are in pieces, as those of a PDF."""
        is_long = all(len(number) >= _LONG for number in self._long)
        return self.is_in(text) if is_long else self.says(text)

    def in_text(self, text: str) -> str:
        """The text with every number and name replaced that stands there as a word; the very text where
        there is none."""
        if len(text) < SHORTEST or not self.is_in(text):
            return text
        found = _replaced(text, self._of_numbers, compact, _COMPACT, self._long, _is_number)
        return _replaced(found, self._of_names, compact_name, _LOWER, self.names, _is_name)

    def says(self, text: str) -> bool:
        """Whether a number or a name stands in a text as a word."""
        return self.in_text(text) != text


QUOTES = ('\\"', "&#34;", "&quot;", "&#39;", "&#x27;", "&apos;", '"', "'")
"""How quotes and apostrophes of a name are written in files: of JSON, of HTML, as they are and doubled."""


def unquoted(text: str) -> str:
    """A text without any quotes and apostrophes."""
    for one in QUOTES:
        text = text.replace(one, "")
    return text


def _alternatives(texts: Mapping[str, str]) -> re.Pattern[str] | None:
    """A pattern that finds any of the texts, the longest first; thousands of them as fast as one."""
    if not texts:
        return None
    tree: dict[str, dict[str, object]] = {}
    for text in texts:
        at: dict[str, object] = tree  # type: ignore[assignment]
        for character in text:
            at = at.setdefault(character, {})  # type: ignore[assignment]
        at[""] = {}
    return re.compile(_branches(tree))


def _branches(tree: Mapping[str, object]) -> str:
    """The pattern of a tree; what no branch leaves stands in one piece, so that the pattern is not deep."""
    parts = []
    for character, below in tree.items():
        if not character:
            continue
        piece, node = re.escape(character), below
        while isinstance(node, dict) and len(node) == 1 and "" not in node:
            [(more, node)] = node.items()
            piece += re.escape(more)
        assert isinstance(node, dict)
        parts.append(piece + (_branches(node) if any(node) else ""))
    pattern = parts[0] if len(parts) == 1 and "" not in tree else f"(?:{'|'.join(parts)})"
    return f"(?:{pattern})?" if "" in tree else pattern


Fits = Callable[[str, int, int, int], bool]


def _replaced(
    text: str,
    pattern: re.Pattern[str] | None,
    plain: Callable[[str], str],
    table: Mapping[int, str | None],
    puts: Mapping[str, str],
    fits: Fits,
) -> str:
    """The text with what the pattern finds in its characters that count replaced, where it is a word."""
    if pattern is None:
        return text
    letters = plain(text)
    if pattern.search(letters) is None:
        return text
    at = [n for n, character in enumerate(text) if table[ord(character)]]
    parts: list[str] = []
    done = place = 0
    while (found := pattern.search(letters, place)) is not None:
        start, end = at[found.start()], at[found.end() - 1] + 1
        if found[0] not in puts:  # somebody else's
            place = found.end()
        elif start >= done and fits(text, start, end, len(found[0])):
            parts += [text[done:start], puts[found[0]]]
            done, place = end, found.end()
        else:
            place = found.start() + 1
    return "".join([*parts, text[done:]]) if parts else text


def _is_number(text: str, start: int, end: int, size: int) -> bool:
    """Whether a number stands there as a word of its own: not as part of a longer number, nor, if it is not
    long itself, of what dashes or a decimal point join. Thai words follow a number without a blank."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if _is_joined(before) or _is_joined(after):
        return False
    if size >= _LONG:
        return True
    joins = "-.,–\u2011/"
    return not (
        (before and before in joins and text[start - 2 : start - 1].isalnum() and start >= 2)
        or (after and after in joins and text[end + 1 : end + 2].isalnum())
    )


def _is_joined(character: str) -> bool:
    is_thai = "\u0e01" <= character <= "\u0e4e" if character else False
    return character.isalnum() and not is_thai


def _is_name(text: str, start: int, end: int, size: int) -> bool:
    """Whether a name stands there: Thai words follow each other without blanks, others do not; a figure
    makes another name."""
    before, after = text[start - 1 : start], text[end : end + 1]
    is_thai = "\u0e00" <= text[start] <= "\u0e7f"
    return not after.isdecimal() and (is_thai or not (before.isalnum() or after.isalnum()))
