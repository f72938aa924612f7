"""Characters: the letters of printed options, and characters that make one text look like another.

Marks that change the direction of writing also do so in Thai and English: `U+202E` before `321` shows 123.
They are refused wherever people write names, ids and texts. Characters that are only invisible are treated
differently: a zero-width space shows where a Thai word may break. It is dropped from names and ids
(`capture.cells`), so that two that look the same are the same. The same applies to characters typed in
another order (`composed_text`).
"""

from __future__ import annotations

import re
import unicodedata

from examgen.core.words import Message, tell

DIRECTION_MARKS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""The direction marks, in the form used between the brackets of a regular expression."""

direction_mark = re.compile(f"[{DIRECTION_MARKS}]").search
"""Finds the first direction mark in a text."""
LETTERS = "ABCDE"
THAI_LETTERS = "กขคงจ"
LETTER_PLACES = {letter: n for letters in (LETTERS, THAI_LETTERS) for n, letter in enumerate(letters)}
"""The index of the option printed with a letter, from 0."""
_TWO_OF_SARA_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")


def turned(text: str) -> Message | None:
    """Returns the fault of a text with a direction mark, as a predicate ("contains …"); None if it has
    none."""
    found = None if text.isascii() else direction_mark(text)
    if found is None:
        return None
    code, place = ord(found[0]), found.start() + 1
    return tell(
        "contains the invisible character U+{code:04X} at position {place}, which changes "
        "the direction of writing. Remove it.",
        code=code,
        place=place,
    )


def printed_letters(choices: str) -> str:
    """Returns the letters printed before options on papers, by the setting in the blueprint (`thai`,
    `latin`)."""
    return THAI_LETTERS if choices == "thai" else LETTERS


def composed_text(text: str) -> str:
    """Returns the text with its characters in one order: composed (NFC), and sara am (U+0E33) as one
    character even if typed as two, which NFC leaves separate although they look the same."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    return _TWO_OF_SARA_AM.sub("\\1\u0e33", text) if "\u0e4d" in text else text
