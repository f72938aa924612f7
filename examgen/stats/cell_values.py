"""Interpretation of cell values as scores, or as reasons for a missing score.

A blank is an empty cell, None or NaN; in a cell of an item also `BLANK_WORDS`. Negative numbers, and codes
named by the user, give the reason for a missing score.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from examgen.stats.arguments import BLANK_WORDS, ArgumentError, absent, brief, collection, number_of
from examgen.stats.matrix import MISSING_KINDS, NOT_ADMINISTERED, OMITTED
from examgen.stats.plain_text import plain_text

GREATEST_SCORE = 127
ELSEWHERE = "\x00elsewhere"
"""The cell of an item that is missing from the person's file, or for which a long table has no row."""
Codes = Mapping[object, int]
"""Codes for no answer, as normalised by `plain_code`, with their kinds; the empty text is a blank."""
_WORDS = {"true": 1.0, "false": 0.0}


def codes_of(missing: Mapping[object, object] | Collection[object]) -> dict[object, int]:
    """Return the codes for no answer with their kinds; the default kind is omitted."""
    if not isinstance(missing, Mapping):
        codes = dict.fromkeys((plain_code(cell) for cell in collection("missing", missing)), OMITTED)
        codes.pop("", None)
        return codes
    kinds = {word: kind for kind, word in MISSING_KINDS.items()}
    if wrong := [one for one in missing.values() if not isinstance(one, str) or one not in kinds]:
        raise ArgumentError(f"missing has the kind {brief(wrong[0])}; kinds are {', '.join(kinds)}")
    return {plain_code(cell): kinds[str(kind)] for cell, kind in missing.items()}


def plain_code(value: object) -> object:
    """Return a value in the form in which it is compared with codes for no answer: 9, "9" and 9.0 are the
    same."""
    if absent(value):
        return ""
    if isinstance(value, (bool, int, float, np.bool_, np.integer, np.floating)):
        return float(value)
    text = str(value).strip()
    try:
        number = float(text)
    except ValueError:
        return text
    return number if np.isfinite(number) else text


def _number(value: Any) -> float | None:
    """The number that a cell is or writes; a truth value in words is 1 or 0."""
    word = plain_text(value) if isinstance(value, str) else ""
    return _WORDS[word] if word in _WORDS else number_of(value)


def is_negative(value: object) -> bool:
    """Return whether a value is a negative whole number."""
    number = _number(value)
    return number is not None and number < 0 and number == np.rint(number)


def kind_of_nothing(value: object, codes: Codes, blank: int) -> int | None:
    """Return the kind of a missing value, `blank` for an empty cell; None if the cell has a value."""
    if value == ELSEWHERE:
        return NOT_ADMINISTERED
    code = plain_code(value)
    if code in codes:
        return codes[code]
    if code == "" or (isinstance(value, str) and plain_text(value) in BLANK_WORDS):
        return codes.get("", blank)
    if not is_negative(value):
        return None
    kind = int(_number(value) or 0)
    return kind if kind in MISSING_KINDS else OMITTED


def score(value: object, codes: Codes, unit: int = 1) -> int | None:
    """Return a score as a number of units, `unit` of which make one point, or the kind of a missing value;
    None for anything else."""
    kind = kind_of_nothing(value, codes, NOT_ADMINISTERED)
    if kind is not None:
        return kind
    number = _number(value)
    if number is None or not 0 <= number * unit <= GREATEST_SCORE or (number * unit) % 1:
        return None
    return int(number * unit)


def is_half(value: object) -> bool:
    """Return whether a value has a half point."""
    number = _number(value)
    return number is not None and number % 1 == 0.5


def shown_codes(codes: Sequence[object]) -> list[object]:
    """Return codes for display: 9, not 9.0."""
    return [f"{one:g}" if isinstance(one, float) else one for one in codes]
