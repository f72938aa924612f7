"""Reads the quantities in texts, in any digits, separators, fractions and units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from examgen.bank.rules.patterns import NUMBER_WORDS, UNITS
from examgen.core.text.thai import arabic_digits

_NUMBER = r"(?:\d{1,3}(?:[ ,]\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:e[-+]?\d+)?|\.\d+"
_NUMBERS = re.compile(
    rf"(?<![\w.,])(?P<sign>[-−]?)(?P<top>{_NUMBER})(?:\s?[/⁄]\s?(?P<bottom>{_NUMBER}))?", re.I
)
_ALONE = re.compile(rf"{_NUMBERS.pattern}\s?(?P<unit>[^\d\s.,/][^\d]*)?\.?", re.I)
_WORDS = re.compile(rf"\b(?:{'|'.join(word for word in NUMBER_WORDS if word.isascii())})\b", re.I)


def folded_signs(text: str) -> str:
    """Return a text with Arabic digits, and with superscripts, subscripts and fractions as plain digits."""
    return arabic_digits(unicodedata.normalize("NFKC", text))


def numbers(text: str) -> Iterator[float]:
    """Yield the numbers of a text in order; English number words count as numbers."""
    text = _WORDS.sub(lambda found: str(NUMBER_WORDS[found[0].lower()]), folded_signs(text))
    yield from map(_value, _NUMBERS.finditer(text))


def quantity(text: str) -> tuple[float, str] | None:
    """Return the value and unit of a text that is one number with or without a unit, converted to the base
    unit (`1 km`: 1000 m); None for any other text.
    """
    found = _ALONE.fullmatch(folded_signs(text).strip())
    if found is None or re.match(r"0\d", found["top"]):  # 007 is a code
        return None
    unit = (found["unit"] or "").replace(".", "").strip()
    base, factor = UNITS.get(unit, (unit, 1.0))
    return round(_value(found) * factor, 9), base


def _value(found: re.Match[str]) -> float:
    top, bottom = (float(re.sub("[ ,]", "", found[name] or "1")) for name in ("top", "bottom"))
    return (-1 if found["sign"] else 1) * top / (bottom or float("nan"))
