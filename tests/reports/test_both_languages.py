"""A message and its Thai name the same values and have the same figures: neither language tells less."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from babel.messages.pofile import read_po

_PLACE = re.compile(r"\{(\w+)\}")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def _told(text: str) -> tuple[set[str], Counter[str]]:
    """The values that a message has places for, and the figures written in it."""
    return set(_PLACE.findall(text)), Counter(_FIGURE.findall(_PLACE.sub("", text)))


def test_english_and_thai_of_every_message_have_the_same_values_and_figures(root: Path) -> None:
    catalogue: dict[str, str] = {}
    with (root / "templates" / "locale" / "th.po").open("rb") as file:
        for one in read_po(file, locale="th"):
            thai = one.string if isinstance(one.string, str) else (one.string or [""])[0]
            catalogue |= {
                english: thai for english in ((one.id,) if isinstance(one.id, str) else one.id) if english
            }
    assert len(catalogue) > 700
    faults = [(english, thai) for english, thai in catalogue.items() if _told(english) != _told(thai)]
    assert not faults
