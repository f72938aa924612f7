"""Figures: axes read from their own ticks, and the shapes that are yet to be accounted for."""

from __future__ import annotations

from collections.abc import Iterable

from tests.reports.readback.frame import near
from tests.reports.readback.reader import Figure, Shape, Word
from tests.reports.readback.speech import Tongue

AXIS, GRID = "#000", "#e2e2e2"


def value_of(word: Word) -> float:
    """The number that a tick says."""
    text = "".join(str(int(c)) if c.isdecimal() else c for c in word.passage.text)
    return float(text.replace("−", "-").replace(",", ""))


class Scale:
    """Value → place along one axis, by the ticks at its ends; every other tick stands where they say."""

    def __init__(self, ticks: Iterable[tuple[float, float]]) -> None:
        (v0, p0), *_, (v1, p1) = self.ticks = sorted(ticks)
        self._v0, self._p0, self._unit = v0, p0, (p1 - p0) / (v1 - v0)
        for value, place in self.ticks:
            near(place, self(value), 0.05)

    def __call__(self, value: float) -> float:
        return self._p0 + (value - self._v0) * self._unit


class Drawn:
    """A figure of which shapes and words are taken one by one; what is left at the end nobody has explained."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.shapes = list(figure.shapes)

    def take(self, *shapes: Shape) -> None:
        """These shapes are explained."""
        for one in shapes:
            self.shapes.remove(one)

    def done(self) -> None:
        """Nothing is left."""
        assert not self.shapes, self.shapes[:5]

    # ── axes ─────────────────────────────────────────────────────────────────────────────────

    def across(self, tongue: Tongue) -> Scale:
        """The axis below: its line is the first long black one; each tick has its number below it."""
        lines = [one for one in self.shapes if one.kind == "line" and one.paint.get("stroke") == AXIS]
        axis = next(one for one in lines if one["y1"] == one["y2"])
        self.left, self.right, self.bottom = axis["x1"], axis["x2"], axis["y1"]
        ticks = [one for one in lines if one["x1"] == one["x2"] and one["y1"] == self.bottom]
        self.take(axis, *ticks)
        found = []
        for tick in ticks:
            (word,) = (w for w in self.figure.words if w.x == tick["x1"] and 0 < w.y - self.bottom < 20)
            found.append((value_of(word), tick["x1"]))
            word.passage.says(tongue.figures(f"{value_of(word):,g}"))
        return Scale(found)

    def upwards(self, tongue: Tongue) -> Scale:
        """The axis at the left: faint lines across, each with its number before it; `top` is the panel's, where
        the name of the axis has its middle as far from the top as from the bottom."""
        lines = [one for one in self.shapes if one.kind == "line" and one.paint.get("stroke") == GRID]
        self.take(*lines)
        found = []
        for one in lines:
            assert one["y1"] == one["y2"]
            (word,) = (
                w for w in self.figure.words if w.anchor == "end" and abs(w.y - 3.5 - one["y1"]) < 0.02
            )
            assert word.x < one["x1"]
            found.append((value_of(word), one["y1"]))
            word.passage.says(tongue.figures(f"{value_of(word):,g}"))
        name = min(
            (w for w in self.figure.words if "rotate" in str(w.element.get("transform"))), key=lambda w: w.x
        )
        self.top = 2 * name.y - self.bottom
        return Scale(found)

    def legend(self, kind: str) -> list[tuple[Shape, str]]:
        """Signs above the panel, each with the words beside it."""
        found = []
        for word in (one for one in self.figure.words if one.y < self.top - 8 and one.anchor == "start"):
            own = [
                one
                for one in self.shapes
                if one.kind == kind and 0 < word.x - _left(one) < 40 and abs(_middle(one) - word.y + 4) < 6
            ]
            if own:
                sign = max(own, key=_left)
                self.take(sign)
                found.append((sign, word.passage.text))
        return found


def _left(shape: Shape) -> float:
    return shape.points[0][0] if shape.points else shape.at.get("x", shape.at.get("cx", 0.0))


def _middle(shape: Shape) -> float:
    if shape.kind == "rect":
        return shape["y"] + shape["height"] / 2
    return shape.points[0][1] if shape.points else shape.at.get("cy", 0.0)
