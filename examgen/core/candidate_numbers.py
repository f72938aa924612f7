"""Candidate numbers: which spellings are the same number, and how a list spells them.

Thai and full-width digits count as the digits they represent. Blanks, dashes and invisible characters are
ignored. Everything else counts: letters and their case, leading zeros, `/`, `_` and full stops.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from examgen.core.text.characters import composed_text
from examgen.core.words import Message, tell

if TYPE_CHECKING:
    import polars as pl


def canonical_number(number: str) -> str:
    """Returns the canonical form of a number. Two spellings are the same candidate's number if they have the
    same canonical form. A text without letters or digits is not a number and is returned unchanged."""
    if number.isalnum() and number.isascii():
        return number
    plain = "".join(map(_plain, composed_text(number)))
    return plain if any(map(str.isalnum, plain)) else number


_MINUS = "\u2212"
_GONE = b"- \t\n\x0b\x0c\r\x1c\x1d\x1e\x1f"
"""The characters that are ignored in an ASCII number."""
_HAS_LETTER = re.compile(b"[0-9A-Za-z]").search


@cache
def _plain(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Nd":
        return str(unicodedata.decimal(character))
    is_nothing = kind in ("Pd", "Cf") or character == _MINUS or character.isspace()
    return "" if is_nothing else character


LONGEST = 32
"""The maximum number of characters of a candidate number in a list."""


def number_fault(number: str, codes: Collection[str] = ()) -> Message | None:
    """Returns the fault of a candidate number in a list, or None. A number may have letters, digits, dashes
    and slashes; it must begin with a letter or digit, and not be one of the `codes` of the bank."""
    is_plain = number.isascii() and number.isalnum()
    for n, character in enumerate(number) if not is_plain else ():
        kind = unicodedata.category(character)
        is_joined = n > 0 and (kind == "Pd" or character in ("/", _MINUS))
        if not character.isalnum() and not is_joined:
            return tell(
                "{number}: a candidate number has letters, digits, dashes and slashes, and begins with a "
                "letter or digit. Remove “{character}”.",
                number=number,
                character=f"U+{ord(character):04X}" if character.isspace() or kind[0] == "C" else character,
            )
    if len(number) > LONGEST:
        return tell("{number}: a candidate number has at most {n} characters", number=number, n=LONGEST)
    if number in codes:
        return tell("{number} is a code of the bank. Give the candidate another number.", number=number)
    return None


def places(number: str) -> str:
    """Returns the characters of a number that are not ignored, as written: one for each box of a sheet."""
    composed = composed_text(number)
    return "".join(one for one in composed if _plain(one)) or composed


def canonical_bytes(number: bytes) -> bytes:
    """Returns the canonical form of a number in UTF-8."""
    if number.isalnum():  # ASCII alone
        return number
    if number.isascii():
        plain = number.translate(None, _GONE)
        return plain if _HAS_LETTER(plain) else number
    text = canonical_number(number.decode("utf-8", "surrogateescape"))
    return text.encode("utf-8", "surrogateescape")


def canonical_numbers(numbers: npt.NDArray[np.bytes_]) -> npt.NDArray[np.bytes_]:
    """Returns the canonical forms (n,) of numbers in UTF-8; the same array if all are ASCII letters and
    digits."""
    written = numbers.tolist()
    if all(map(bytes.isalnum, written)):
        return numbers
    return np.array([*map(canonical_bytes, written)], np.bytes_)


def canonical_column(numbers: pl.Series) -> pl.Series:
    """Returns the canonical forms of a column of numbers; null stays null."""
    import polars as pl

    if not numbers.str.contains("[^0-9A-Za-z]").any():
        return numbers
    found = [None if one is None else canonical_number(one) for one in numbers]
    return pl.Series(numbers.name, found, dtype=pl.String)


def otherwise_written(listed: Collection[str]) -> dict[str, str]:
    """Returns the spelling in a list of each number that is not in canonical form, by canonical form. It is
    empty if the list has several spellings of one number, as lists of earlier versions may; then only an
    identical spelling matches."""
    found: dict[str, str] = {}
    for one in listed:
        if not (one.isascii() and one.isalnum()) and (number := canonical_number(one)) != one:
            found[number] = one if found.setdefault(number, one) == one and number not in listed else ""
    return found


def as_listed(number: str, is_listed: Callable[[str], bool], otherwise: Mapping[str, str]) -> str:
    """Returns the spelling of a number in a list; the number itself if the list does not have it. `otherwise`
    is the result of `otherwise_written` for the list."""
    if is_listed(number):
        return number
    plain = canonical_number(number)
    if plain in otherwise:
        return otherwise[plain] or number
    return plain if is_listed(plain) else number


def writing_of(listed: Iterable[str]) -> Callable[[str], str]:
    """Returns a function that gives the spelling of a number in a list."""
    numbers = dict.fromkeys(listed)
    otherwise = otherwise_written(numbers)
    return lambda number: as_listed(number, numbers.__contains__, otherwise)


def written_as(numbers: pl.Series, others: pl.Series) -> pl.Series:
    """Returns the numbers of a column in the spelling of another column, if it has them."""
    import polars as pl

    if canonical_column(numbers) is numbers and canonical_column(others) is others:
        return numbers
    writing = writing_of(others.drop_nulls())
    return pl.Series(numbers.name, [None if one is None else writing(one) for one in numbers], pl.String)
