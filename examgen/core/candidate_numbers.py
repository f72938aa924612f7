"""Candidate numbers: which are one number, however they are written, and how a list writes them.

Thai and full-width digits are the digits that they stand for; blanks, dashes and characters that cannot be
seen are nothing. All else counts: letters and their case, zeros before a number, `/`, `_` and full stops.
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
    """The number as it is compared: two that are written otherwise are one candidate's where this is the
    same. A text without letters or digits, which is no number, stays what it is."""
    if number.isalnum() and number.isascii():
        return number
    plain = "".join(map(_plain, composed_text(number)))
    return plain if any(map(str.isalnum, plain)) else number


_MINUS = "\u2212"
_GONE = b"- \t\n\x0b\x0c\r\x1c\x1d\x1e\x1f"
"""What is nothing in a number of ASCII."""
_HAS_LETTER = re.compile(b"[0-9A-Za-z]").search


@cache
def _plain(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Nd":
        return str(unicodedata.decimal(character))
    is_nothing = kind in ("Pd", "Cf") or character == _MINUS or character.isspace()
    return "" if is_nothing else character


LONGEST = 32
"""Characters of a candidate number on a list, at most."""


def number_fault(number: str, codes: Collection[str] = ()) -> Message | None:
    """What is wrong with the candidate number that a list gives somebody, or None: it has letters, digits,
    dashes and slashes, begins with a letter or digit, and is none of the `codes` of the bank."""
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
    """The characters of a number that count, each as it is written: one for each box of a sheet."""
    composed = composed_text(number)
    return "".join(one for one in composed if _plain(one)) or composed


def canonical_bytes(number: bytes) -> bytes:
    """The same of a number in UTF-8."""
    if number.isalnum():  # ASCII alone
        return number
    if number.isascii():
        plain = number.translate(None, _GONE)
        return plain if _HAS_LETTER(plain) else number
    text = canonical_number(number.decode("utf-8", "surrogateescape"))
    return text.encode("utf-8", "surrogateescape")


def canonical_numbers(numbers: npt.NDArray[np.bytes_]) -> npt.NDArray[np.bytes_]:
    """(n,) the same of many; where all are plain they are given back as they are."""
    written = numbers.tolist()
    if all(map(bytes.isalnum, written)):
        return numbers
    return np.array([*map(canonical_bytes, written)], np.bytes_)


def canonical_column(numbers: pl.Series) -> pl.Series:
    """The same of a column; null where it is."""
    import polars as pl

    if not numbers.str.contains("[^0-9A-Za-z]").any():
        return numbers
    found = [None if one is None else canonical_number(one) for one in numbers]
    return pl.Series(numbers.name, found, dtype=pl.String)


def otherwise_written(listed: Collection[str]) -> dict[str, str]:
    """By number as it is compared, how a list writes it, of those that it writes otherwise; empty where it
    has several that are one number, as lists of earlier versions may: only the very same is then the same."""
    found: dict[str, str] = {}
    for one in listed:
        if not (one.isascii() and one.isalnum()) and (number := canonical_number(one)) != one:
            found[number] = one if found.setdefault(number, one) == one and number not in listed else ""
    return found


def as_listed(number: str, is_listed: Callable[[str], bool], otherwise: Mapping[str, str]) -> str:
    """How a list writes a number, which is given back where the list has none that is the same; `otherwise`
    is what `otherwise_written` says of the list."""
    if is_listed(number):
        return number
    plain = canonical_number(number)
    if plain in otherwise:
        return otherwise[plain] or number
    return plain if is_listed(plain) else number


def writing_of(listed: Iterable[str]) -> Callable[[str], str]:
    """What gives a number as a list writes it."""
    numbers = dict.fromkeys(listed)
    otherwise = otherwise_written(numbers)
    return lambda number: as_listed(number, numbers.__contains__, otherwise)


def written_as(numbers: pl.Series, others: pl.Series) -> pl.Series:
    """The numbers of a column as another column writes them, where it has them."""
    import polars as pl

    if canonical_column(numbers) is numbers and canonical_column(others) is others:
        return numbers
    writing = writing_of(others.drop_nulls())
    return pl.Series(numbers.name, [None if one is None else writing(one) for one in numbers], pl.String)
