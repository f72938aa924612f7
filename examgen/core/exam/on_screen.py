"""What a form and its questions are called on screen, and by these names which form a result is of.

A name says form, build and question: nothing of the item behind it, and nothing of its key. The build is told
by a digest of what candidates read, so that results of another build of the same exam are never taken for
those of this one. Choices are called by the letters of the answer sheet.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from examgen.core.text.characters import LETTERS

_DIGITS = 12
_PICTURE = re.compile(r"(!\[[^]]*\])\((?:<[^>]*>|[^)]*)\)")
"""What a picture is called is not shown, and may say more than it: a digest could be tried for that."""


class ScreenQuestion(Protocol):
    """A question as candidates read it."""

    @property
    def stem(self) -> str:
        """Its stem."""

    @property
    def options(self) -> Sequence[str]:
        """Its options, as they are lettered."""


class ScreenForm(NamedTuple):
    """A form by its name, its number of questions, and the digest of what it shows."""

    name: str
    n_questions: int
    digest: str

    def test(self, exam: str) -> str:
        """The identifier of its test."""
        return f"T_{_plain(exam)}_{_plain(self.name)}_{self.digest}"

    def question(self, number: int) -> str:
        """The identifier of a question. It has no full stop, which parts names from variables in QTI."""
        return f"Q{number:03d}_{_plain(self.name)}_{self.digest}"


def screen_form(name: str, questions: Sequence[ScreenQuestion]) -> ScreenForm:
    """What that form is called on screen."""
    shown = [name, [[_PICTURE.sub(r"\1", text) for text in (one.stem, *one.options)] for one in questions]]
    digest = hashlib.sha256(json.dumps(shown, ensure_ascii=False).encode()).hexdigest()
    return ScreenForm(name, len(questions), digest[:_DIGITS])


def choices(n: int) -> str:
    """What the options of a question are called, in their order."""
    return LETTERS[:n]


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", text)
