"""Reads the quantities in texts, in any digits, separators, fractions and units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

from examgen.bank.rules.patterns import NUMBER_WORDS, THAI_NUMERAL, UNITS
from examgen.core.text.thai import arabic_digits

BASE_UNITS = frozenset(base for base, _ in UNITS.values())
"""The units to which others are converted."""
_NUMBER = r"(?:\d{1,3}(?:[ ,]\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:e[-+]?\d+)?|\.\d+"
_NUMBERS = re.compile(
    rf"(?<![\w.,])(?P<sign>[-−]?)(?P<top>{_NUMBER})(?:\s?[/⁄]\s?(?P<bottom>{_NUMBER}))?", re.I
)
_ALONE = re.compile(rf"{_NUMBERS.pattern}\s?(?P<unit>[^\d\s.,/][^\d]*)?\.?", re.I)
_ONES = "|".join(word for word in NUMBER_WORDS if word.isascii())
_MORE = {
    word: n
    for words, first, step in (
        ("eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 11, 1),
        ("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10),
    )
    for n, word in enumerate(words.split())
    for n in [first + step * n]
}
_SPELLED = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_MORE)})(?:[- ](?P<ones>{_ONES}))?|(?P<one>{_ONES}))(?P<hundred> hundred)?\b",
    re.I,
)


def folded_signs(text: str) -> str:
    """Return a text with Arabic digits, and with superscripts, subscripts and fractions as plain digits."""
    return arabic_digits(unicodedata.normalize("NFKC", text))


def numbers(text: str) -> Iterator[float]:
    """Yield the numbers of a text in order; English number words count as numbers."""
    yield from map(_value, _NUMBERS.finditer(in_digits(folded_signs(text))))


def in_digits(text: str, units: Collection[str] = ()) -> str:
    """Return a text with English number words as digits, and with Thai ones where one of these units follows."""

    def value(found: re.Match[str]) -> str:
        words = (found[name] or "zero" for name in ("tens", "ones", "one"))
        n = sum(_MORE.get(word.lower(), NUMBER_WORDS.get(word.lower(), 0)) for word in words)
        return str(n * 100 if found["hundred"] else n)

    def thai_value(found: re.Match[str]) -> str:
        from pythainlp.util import thaiword_to_num

        return f" {thaiword_to_num(found[0].strip())} "

    text = _SPELLED.sub(value, text)
    if thai := "|".join(re.escape(unit) for unit in units if unit and THAI_NUMERAL.search(text)):
        text = re.sub(rf"{THAI_NUMERAL.pattern}\s?(?={thai})", thai_value, text)
    return text


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
