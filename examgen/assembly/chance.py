"""A seed and names → reproducible chance, the same on any machine and Python."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A source of draws that rest on what it was made of, and on the names given to each draw."""

    def __init__(self, *made_of: object) -> None:
        self._made_of = tuple(str(part) for part in made_of)

    def draw(self, *names: object) -> int:
        """A number from 0 to 2³² − 1."""
        text = "\x1f".join([*self._made_of, *(str(name) for name in names)])
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")

    def shuffled(self, values: Iterable[T], *names: object, by: Callable[[T], object] = str) -> list[T]:
        """The values in an order drawn by chance; `by` gives the text that tells one from another."""
        return sorted(values, key=lambda value: (self.draw(*names, by(value)), str(by(value))))
