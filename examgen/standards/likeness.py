"""Two texts → how alike they are, by the pairs of characters that they share.

Thai is written without blanks, so characters are compared, not words: the Dice coefficient of the
multisets of character bigrams (Dice 1945; Adamson & Boreham 1974). Letters and marks count, blanks
and punctuation do not, nor the words that open and close many criteria (ต้องสามารถ … ได้).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_FRAME = re.compile(r"^(?:ต้อง)?(?:สามารถ)?(?P<inner>.+?)(?:ได้)?$")

Bigrams = Counter[str]


def same_words(text: str) -> str:
    """The text without blanks and invisible characters: two editions that set it differently agree."""
    kept = (c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c)[0] not in "ZC")
    return "".join(kept)


def bigrams(text: str) -> Bigrams:
    """The pairs of characters of a text, its beginning and end among them."""
    folded = unicodedata.normalize("NFC", text).casefold().translate(_ARABIC)
    letters = "".join(c for c in folded if unicodedata.category(c)[0] in "LMN")
    found = _FRAME.match(letters)
    framed = f"^{found['inner'] if found else letters}$"
    return Counter(framed[n : n + 2] for n in range(len(framed) - 1))


def likeness(one: Bigrams, other: Bigrams) -> float:
    """Dice coefficient, 0 (nothing in common) to 1 (the same pairs)."""
    return 2 * (one & other).total() / (one.total() + other.total())


def coverage(whole: Bigrams, *parts: Bigrams) -> float:
    """How much of `whole` stands in any of the parts, 0 to 1."""
    together: Bigrams = Counter()
    for part in parts:
        together |= part
    return (whole & together).total() / whole.total()
