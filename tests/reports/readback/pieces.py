"""The pieces of a report that was read: passages, lines of tables, figures, bars in cells."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bs4 import Tag

_NUMBER = re.compile(r"(?:(?<![^\s(…–])[+−-])?\d+(?:,\d{3})*(?:\.\d+)?")


def numbers(text: str) -> list[str]:
    """Every number in a text, with its sign, commas and decimals as they stand."""
    return _NUMBER.findall(text)


def plain(text: str) -> str:
    """A text as it is read: spaces of one kind, no places for breaking lines."""
    return " ".join(re.sub("[\u00ad\u200b\u2060]", "", text).split())


@dataclass(eq=False)
class Passage:
    """A text of the page; `place` tells a person where it stands."""

    place: str
    text: str
    english: str = ""
    """What of it is marked as English, where there is Thai beside it."""
    is_claimed: bool = False

    @property
    def numbers(self) -> list[str]:
        """The numbers in it."""
        return numbers(self.text)

    @property
    def thai(self) -> str:
        """What of it is not marked as English."""
        return plain(self.text.replace(self.english, "", 1)) if self.english else self.text

    def says(self, expected: str) -> None:
        """Claims the passage: this is all of it."""
        self.is_claimed = True
        assert self.text == plain(expected), f"{self.place}: {self.text!r}, not {plain(expected)!r}"

    def tells(self, *expected: str) -> None:
        """Claims the passage: these are its numbers, in this order; words between them are left alone."""
        self.is_claimed = True
        wanted = numbers(" ; ".join(expected))
        assert self.numbers == wanted, f"{self.place}: {self.text!r} has {self.numbers}, not {wanted}"


@dataclass(frozen=True)
class Row:
    """A line of a table."""

    element: Tag
    head: Passage
    cells: list[Passage]
    elements: list[Tag]
    """The cells once more, as they stand in the page."""

    def say(self, *expected: str) -> None:
        """Claims the cells: each says this and nothing else."""
        said = [cell.text for cell in self.cells]
        for cell in self.cells:
            cell.is_claimed = True
        wanted = [plain(text) for text in expected]
        place = self.cells[0].place if self.cells else self.head.place
        assert said == wanted, f"{place}: {said}, not {wanted}"


@dataclass(frozen=True)
class Table:
    """A table: `heads` of its columns (those of the last line of the head), and its lines."""

    element: Tag
    heads: list[Passage]
    rows: list[Row]
    above: list[Row]
    """Lines of the head but the first."""


@dataclass(frozen=True)
class Shape:
    """A rectangle, line, circle, path or polyline of a figure with its numbers; `paint` is the rest."""

    kind: str
    at: dict[str, float]
    points: tuple[tuple[float, float], ...]
    """Of a polyline; of a path the place where it begins."""
    paint: dict[str, str]

    def __getitem__(self, name: str) -> float:
        return self.at[name]


@dataclass(frozen=True)
class Word:
    """Words in a figure and where they stand."""

    x: float
    y: float
    anchor: str
    passage: Passage
    element: Tag


@dataclass(frozen=True)
class Figure:
    """A figure: its text alternative, words and shapes in the order in which they are drawn."""

    element: Tag
    title: Passage | None
    description: Passage | None
    width: float
    height: float
    words: list[Word]
    shapes: list[Shape]

    def of(self, kind: str, **paint: str) -> list[Shape]:
        """Shapes of a kind that are painted so."""
        return [
            one
            for one in self.shapes
            if one.kind == kind
            and all(one.paint.get(name.replace("_", "-")) == v for name, v in paint.items())
        ]


@dataclass(frozen=True)
class Meter:
    """A bar in a cell: share, and the left end and length of its interval, all 0 to 100."""

    share: float
    low: float
    length: float
