"""Cells that say an option in words → marks, where the words are those of one printed option.

Web forms write the text of the option that was chosen, often with its letter before it. A letter beside a
text counts only where that form prints that text at that letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Protocol

from examgen.capture.cells import PLAIN, read_mark, unwrap
from examgen.responses import INVALID


class Question(Protocol):
    """A printed question."""

    @property
    def stem(self) -> str:
        """Its stem."""

    @property
    def options(self) -> Sequence[str]:
        """The texts of its options, as they are lettered."""


class Texts(Protocol):
    """What the forms of an exam print."""

    def questions(self, form: str) -> Sequence[Question]:
        """The questions of a form, from the first."""

    def forms(self) -> Sequence[str]:
        """The names of all that is printed."""


Fold = Callable[[str], str]

_LONGEST = 4000
"""Characters of a cell that may be options."""
_MOST_PARTS = 18
_ENDS = " ,;|"
"""What some programs write behind the last of several options."""
_LETTERED = re.compile(r"\(?\s*([A-Ea-eกขคงจ1-5๑-๕])\s*(?:[.):]|\s-)\s*(?=\S)")
_BETWEEN = re.compile(r"[,;|\n]")
_MARKUP = re.compile(r"[*_`$\\]")


def mark_in_words(cell: str, question: Question) -> int:
    """The bit mask of a cell that holds texts of options of a question; `INVALID` where it does not.

    Texts are compared but for spaces; where that finds nothing, but for capitals and marks of emphasis too.
    """
    text = unwrap(cell).strip()
    if not text or len(text) > _LONGEST:
        return INVALID
    texts = tuple(question.options)
    for fold in (_closely, loosely):
        options = _bits(texts, fold)
        if (found := _one(text, fold, options)) is not None:
            return found
        text = text.rstrip(_ENDS)
        parts = _BETWEEN.split(text)
        if 1 < len(parts) <= _MOST_PARTS:
            signs = [*_BETWEEN.findall(text), ""]
            several = set(_several(list(zip(parts, signs, strict=True)), fold, options))
            if len(several) == 1:
                return several.pop()
    return INVALID


@lru_cache(maxsize=4096)
def _bits(texts: tuple[str, ...], fold: Fold) -> dict[str, int]:
    """The bit of each option by its text; a text that two options share is none."""
    folded = [fold(text) for text in texts]
    return {text: 1 << k for k, text in enumerate(folded) if text and folded.count(text) == 1}


def _one(text: str, fold: Fold, options: dict[str, int]) -> int | None:
    """The bit of a text, or of a text behind its letter; None where it is not an option, or letter and text
    disagree."""
    if bit := options.get(fold(text)):
        return bit
    found = _LETTERED.match(text.strip())
    if found is None:
        return None
    bit = options.get(fold(text.strip()[found.end() :]))
    return bit if bit is not None and bit == read_mark(found[1]) else None


def _several(
    parts: Sequence[tuple[str, str]], fold: Fold, options: dict[str, int], marked: int = 0
) -> Iterator[int]:
    """What parts, each with the sign behind it, can mean together: an option may hold such signs itself."""
    if not parts:
        yield marked
        return
    text = ""
    for end, (part, sign) in enumerate(parts, 1):
        bit = _one(text + part, fold, options)
        if bit and not bit & marked:
            yield from _several(parts[end:], fold, options, marked | bit)
        text += part + sign


@lru_cache(maxsize=65536)
def _closely(text: str) -> str:
    """The text without its spaces, with one way to write each character."""
    return "".join(text.translate(PLAIN).replace("\u0e4d\u0e32", "\u0e33").split())


@lru_cache(maxsize=65536)
def loosely(text: str) -> str:
    """The text without spaces, marks of emphasis and an end mark; capitals do not count."""
    return _MARKUP.sub("", _closely(text)).casefold().rstrip(".:*")


def read_in_words(cell: str, question: Question | None, in_words: bool) -> int:
    """The mark of a cell; of a table of answers `in_words`, an option's text comes before a letter."""
    mark = read_mark(cell)
    if question is None or (mark != INVALID and not in_words):
        return mark
    said = mark_in_words(cell, question)
    return said if said != INVALID else mark
