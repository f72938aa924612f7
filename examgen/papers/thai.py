"""Plain text → HTML whose lines break only where Thai is rightly broken.

Pango breaks between words by libthai's dictionary. It needs help in three places: a line may end
after an opening “ before Thai, before ๆ that stands after a space, and inside a word that the
dictionary does not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from markupsafe import Markup, escape

from examgen.problems import Refused

SetLine = Callable[[str], Markup]

WORDS_FILE = "unbroken-words.txt"

_OPENING = re.compile("([“‘«])(?=[ก-ฮเ-ไ])")
_REPEATED = re.compile(" (?=[ๆฯ])")


def line_setter(templates: Sequence[Path]) -> SetLine:
    """The function that prepares a text for the line breaker, with the words of all those folders."""
    words = unbroken_words(templates)
    # a longer word first, so that it is not taken for the shorter one that it begins with
    pattern = "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w)))
    known = re.compile(f"({pattern})") if pattern else None

    def set_line(text: str) -> Markup:
        html = _REPEATED.sub("\u00a0", str(escape(text)))
        # an empty inline box is a place where WeasyPrint breaks no line
        html = _OPENING.sub(r"\1<span></span>", html)
        return Markup(known.sub(r'<span class="unbroken">\1</span>', html) if known else html)

    return set_line


def unbroken_words(templates: Sequence[Path]) -> frozenset[str]:
    """The words of every `unbroken-words.txt` in those folders."""
    words: set[str] = set()
    for folder in templates:
        path = folder / WORDS_FILE
        if path.is_file():
            try:
                lines = path.read_text("utf-8-sig").splitlines()
            except UnicodeDecodeError:
                raise Refused(f"{path} is not UTF-8 text: save it as UTF-8") from None
            words.update(line.strip() for line in lines if line.strip() and not line.startswith("#"))
    return frozenset(words)
