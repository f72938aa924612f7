"""A message and its Thai name the same values and have the same figures: neither language tells less."""

from __future__ import annotations

import re
from collections import Counter

from tests.reports.readback.speech import catalogue

_PLACE = re.compile(r"\{(\w+)\}")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def _told(text: str) -> tuple[set[str], Counter[str]]:
    """The values that a message has places for, and the figures written in it."""
    return set(_PLACE.findall(text)), Counter(_FIGURE.findall(_PLACE.sub("", text)))


def test_english_and_thai_of_every_message_have_the_same_values_and_figures() -> None:
    assert len(catalogue()) > 700
    faults = [(english, thai) for english, thai in catalogue().items() if _told(english) != _told(thai)]
    assert not faults
