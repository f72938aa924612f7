"""Characters: the letters of printed options, and those that make a text look like another.

Marks that turn the direction of writing do so in Thai and English: `U+202E` before `321` shows 123. They are
refused wherever people write names, ids and texts. What is merely invisible is another matter: a zero-width
space is a hint where a Thai word may break, and is dropped from names and ids (`capture.cells`), so that two
that look alike are the same; so are those whose characters were typed in another order (`composed_text`).
"""

from __future__ import annotations

import re
import unicodedata

from examgen.core.words import Message, tell

DIRECTION_MARKS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""As they stand between the brackets of a regular expression."""

direction_mark = re.compile(f"[{DIRECTION_MARKS}]").search
"""Finds the first of them in a text."""
LETTERS = "ABCDE"
THAI_LETTERS = "กขคงจ"
LETTER_PLACES = {letter: n for letters in (LETTERS, THAI_LETTERS) for n, letter in enumerate(letters)}
"""The place of the option that is printed with a letter, from 0."""
_TWO_OF_SARA_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")


def turned(text: str) -> Message | None:
    """What is wrong with a text that turns its direction, said of it; None where it does not."""
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
    """The letters that papers print before options, by what their blueprint says of it (`thai`, `latin`)."""
    return THAI_LETTERS if choices == "thai" else LETTERS


def composed_text(text: str) -> str:
    """The same characters in one order: composed (NFC), and sara am (U+0E33) as one where it was typed as
    two, which NFC leaves apart though they look the same."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    return _TWO_OF_SARA_AM.sub("\\1\u0e33", text) if "\u0e4d" in text else text
