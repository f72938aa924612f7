"""Splits the text of an item into words and measures its length. PyThaiNLP (newmm) splits Thai by its
dictionary.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import Any

from examgen.bank.rules.patterns import SARA_AE, SARA_E
from examgen.core.text.formulas import on_one_line
from examgen.core.text.markdown import in_words, with_formulas_as

_MARKUP = re.compile(r"!\[[^\]]{0,500}\]\([^)]{0,500}\)|\\(?P<sign>[*_`\\])|[*`\\]+|(?<!_)_{1,2}(?!_)")
_ABOVE_OR_BELOW = re.compile("[\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]")

_LONG_NUMBER = re.compile("([0-9\u0e50-\u0e59]{100})[0-9\u0e50-\u0e59]+")
"""A number of more than 100 digits; newmm searches all remaining digits for each digit of a number."""
_THAI = re.compile("[\u0e01-\u0e4e]")

_WORD = re.compile(r"[\w\u0e00-\u0e7f]", re.UNICODE)
_ENGLISH_STOPWORDS = frozenset(
    re.findall(
        r"\w+",
        "a about after all an and any are as at be because been before being best between both but by "
        "can could did do does done during each first following for from had has have her his how if in "
        "into is it its kind many may might more most much must need no not of off on one only "
        "or other out over same she should so some such than that the their them then there these they this "
        "those to two type under up use used uses using was well were what when where which while who whom "
        "whose why will with would you your ",
    )
)


@lru_cache(maxsize=16_384)
def plain(text: str) -> str:
    """Return the text without Markdown and images, single-spaced; an escaped sign stays, and a formula is written on one line."""
    text = in_words(text)
    if "$" in text:
        text = with_formulas_as(text, on_one_line)
    if "*" in text or "_" in text or "`" in text or "\\" in text or "![" in text:
        text = _MARKUP.sub(lambda found: found["sign"] or "", text)
    return " ".join(text.split())


@lru_cache(maxsize=16_384)
def folded(text: str) -> str:
    """Return the plain text in lower case, with two sara e as the sara ae that they look like."""
    return plain(text).casefold().replace(SARA_E * 2, SARA_AE)


@lru_cache(maxsize=16_384)
def is_thai(text: str) -> bool:
    """Return whether a text contains Thai letters."""
    return bool(_THAI.search(text))


@lru_cache(maxsize=16_384)
def length(text: str) -> int:
    """Return the number of characters that take up room on the line; marks above and below do not count."""
    return room(plain(text))


def room(text: str) -> int:
    """Return the number of characters of plain text that take up room on the line."""
    return len(_ABOVE_OR_BELOW.sub("", text))


@lru_cache(maxsize=16_384)
def words(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, without spaces and punctuation."""
    text = _LONG_NUMBER.sub(r"\1", folded(text))
    cut = _tokenize()(text) if is_thai(text) else re.findall(r"[\w'-]+", text)
    return tuple(word for word in cut if _WORD.search(word))


_PIECE = re.compile(r"\s+|[\u0e00-\u0e7f]+|\w+|.", re.DOTALL)


def pieces(text: str) -> list[str]:
    """Split a text into words and the text between them; joined, the pieces are the text."""
    found: list[str] = []
    for run in _PIECE.findall(text):
        cut = _tokenize()(run) if is_thai(run) else [run]
        found += cut if "".join(cut) == run else [run]
    return found


@cache
def _pythainlp() -> Any:
    """Return the corpus of PyThaiNLP, set up so that it creates no folder in the user's home and uses no
    network.
    """
    if "PYTHAINLP_READ_MODE" not in os.environ:  # its older name; both together are an error
        os.environ.setdefault("PYTHAINLP_READ_ONLY", "1")
    os.environ.setdefault("PYTHAINLP_OFFLINE", "1")
    import pythainlp.corpus

    return pythainlp.corpus


@cache
def _tokenize() -> Callable[[str], list[str]]:
    _pythainlp()
    from pythainlp.tokenize import word_tokenize

    return partial(word_tokenize, engine="newmm", keep_whitespace=False)


@cache
def _thai_stopwords() -> frozenset[str]:
    return frozenset(_pythainlp().thai_stopwords())


@lru_cache(maxsize=16_384)
def endings(word: str) -> tuple[str, ...]:
    """Return the words of the dictionary in which a Thai compound ends, without the compound itself."""
    known = _pythainlp().thai_words()
    ends = (word[n:] for n in range(1, len(word) - 1))
    return tuple(end for end in ends if end in known and end not in _thai_stopwords())


@lru_cache(maxsize=16_384)
def content(text: str) -> frozenset[str]:
    """Return the words that carry meaning, without function words and single letters."""
    found = words(text)
    thai = _thai_stopwords() if any(is_thai(word) for word in found) else frozenset()
    return frozenset(
        word for word in found if word not in _ENGLISH_STOPWORDS and word not in thai and len(word) > 1
    )
