"""What the figures of centres and forms must show: points, limits, whiskers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil
from typing import Protocol

from tests.reports.readback import measures
from tests.reports.readback.drawings import Drawn, Scale
from tests.reports.readback.frame import MIN_N, near
from tests.reports.readback.raw import Raw
from tests.reports.readback.reader import Figure, Shape
from tests.reports.readback.speech import Tongue, percent
from tests.reports.readback.speech import number as written

LEVELS = ("95", "99.8")


class Group(Protocol):
    """Candidates of a centre or of a form."""

    @property
    def name(self) -> str: ...
    @property
    def n(self) -> int: ...
    @property
    def passed(self) -> int: ...
    @property
    def verdict(self) -> str: ...
    @property
    def mean(self) -> float: ...
    @property
    def ends(self) -> tuple[float, float] | None: ...


def claim_funnel(
    figure: Figure,
    raw: Raw,
    tongue: Tongue,
    shown: Sequence[Group],
    numbers: dict[str, str],
    small: Sequence[str],
) -> None:
    """Points of the centres, limits and the rate of all; `numbers` are the centres' in the table, `small` those
    that are not drawn."""
    drawn = Drawn(figure)
    x, y = drawn.across(tongue), drawn.upwards(tongue)
    _check_range(drawn, y, [100 * one.passed / one.n for one in shown])
    rate, most = raw.passed / raw.n, max(one.n for one in shown)
    pens = {words: _pen(sign) for sign, words in drawn.legend("polyline")}
    _claim_signs(drawn, tongue, shown)
    for level in LEVELS:
        (words,) = (
            w for w in figure.words if w.passage.text in pens and level in _arabic(w.passage.text).split()
        )
        words.passage.tells(
            *[tongue.figures(level)] * (2 if _arabic(words.passage.text).count(level) > 1 else 1)
        )
        curves = [
            one for one in drawn.shapes if one.kind == "polyline" and _pen(one) == pens[words.passage.text]
        ]
        low, high = curves
        for curve, end in ((low, 0), (high, 1)):
            counts = [round(_back(x, at)) for at, _ in curve.points]
            first = max(MIN_N, ceil(_back(x, drawn.left) - 1e-6))
            assert (counts[0], counts[-1]) == (first, most)
            assert counts == sorted(set(counts))
            for count, (px, py) in zip(counts, curve.points, strict=True):
                near(px, x(count), 0.02)
                near(py, y(100 * measures.funnel(count, rate, float(level) / 100)[end]))
        drawn.take(low, high)
    (of_all,) = (one for one in drawn.shapes if one.kind == "polyline")
    assert _pen(of_all) in (pens[way] for way in tongue.label("all candidates") if way in pens)
    for (px, py), side in zip(of_all.points, (drawn.left, drawn.right), strict=True):
        near(px, side)
        near(py, y(100 * rate))
    drawn.take(of_all)
    outside = [one for one in shown if one.verdict != "within"]
    for one in shown:
        _take_point(drawn, one, x(one.n), y(100 * one.passed / one.n))
    _claim_numbers(
        figure,
        tongue,
        {numbers[one.name]: (x(one.n), y(100 * one.passed / one.n)) for one in shown if one.name in numbers},
    )
    drawn.done()
    named = "; ".join(
        f"{one.name}: {tongue.figures(percent(one.passed, one.n))} ({tongue.figures(one.n)})"
        for one in outside
    )
    ways = [f": {named or tongue.figures(0)}"]
    if small:
        ways = [f"{ways[0]}; {said}: {', '.join(small)}" for said in tongue.label("not drawn")]
    assert figure.description is not None
    head = tongue.fill("{n} centres; outside the limits", {"n": len(shown)})
    tongue.one_of(figure.description, [f"{one}{rest}" for one in head for rest in ways])


def _check_range(drawn: Drawn, y: Scale, points: list[float]) -> None:
    """From the first round share to the last, within 0 and 100; points or limits reach about as far."""
    shares = [share for share, _ in y.ticks]
    near(y(shares[0]), drawn.bottom)
    near(y(shares[-1]), drawn.top)
    assert 0 <= shares[0] < shares[-1] <= 100
    lines = [at for shape in drawn.shapes if shape.kind == "polyline" for _, at in shape.points]
    seen = [*points, *(_back(y, at) for at in lines if drawn.top <= at <= drawn.bottom)]
    slack = 0.05 * (max(seen) - min(seen)) + 0.5
    assert shares[0] <= min(seen) + 0.1 < shares[1] + slack
    assert shares[-1] >= max(seen) - 0.1 > shares[-2] - slack


def _take_point(drawn: Drawn, one: Group, x: float, y: float) -> None:
    """A disc within the limits; the head of an arrow beyond them, up or down, two beyond the outer ones."""
    kind = "circle" if one.verdict == "within" else "path"
    found = [shape for shape in drawn.shapes if shape.kind == kind and _is_about(shape, x, y)]
    assert found, f"{one.name}: no {kind} at {x:.1f}, {y:.1f}"
    if kind == "path":
        assert _heads(found[0]) == [one.verdict.startswith("above")] * (1 + one.verdict.endswith("99.8"))
    drawn.take(found[0])


def _heads(shape: Shape) -> list[bool]:
    """The heads of arrows that a sign has: whether each points up."""
    return [
        rise.startswith("-") for rise in re.findall(r"M[-\d.]+ [-\d.]+l[-\d.]+ (-?[\d.]+)l", shape.paint["d"])
    ]


def _claim_signs(drawn: Drawn, tongue: Tongue, shown: Sequence[Group]) -> None:
    """The legend has every sign that is drawn: a disc, one head of an arrow, two, and no other."""
    found: dict[str, list[Shape]] = {}
    for shape, words in [*drawn.legend("path"), *drawn.legend("path"), *drawn.legend("circle")]:
        found.setdefault(words, []).append(shape)
    kinds = {one.verdict.partition("-")[2] for one in shown}
    wanted = [(tongue.label("within the limits"), ["circle"])]
    for level, n in (("95", 1), ("99.8", 2)):
        if level in kinds:
            ways = [f"{words} {tongue.figures(level)} %" for words in tongue.label("beyond the limits")]
            wanted.append((ways, ["path", "path"]))
            (own,) = (shapes for words, shapes in found.items() if words in ways)
            assert sorted(map(_heads, own)) == [[False] * n, [True] * n]
    assert len(found) == len(wanted)
    for ways, shapes in wanted:
        (words,) = (words for words in found if words in ways)
        assert [one.kind for one in found[words]] == shapes
        (word,) = (w for w in drawn.figure.words if w.passage.text == words)
        offs = [-11.0] if shapes == ["circle"] else [-11.0, -24.0]
        assert all(
            _is_about(one, word.x + off, word.y - 4) for one, off in zip(found[words], offs, strict=True)
        )
        word.passage.is_claimed = True


def _claim_numbers(figure: Figure, tongue: Tongue, places: dict[str, tuple[float, float]]) -> None:
    """The number that a centre has in the table stands beside its point, if it stands there at all."""
    told = [w for w in figure.words if w.passage.numbers and not w.passage.is_claimed]
    assert len({word.passage.text for word in told}) == len(told)
    for word in told:
        near_by = [
            number for number, (x, y) in places.items() if abs(word.x - x) < 22 and abs(word.y - 4 - y) < 13
        ]
        assert _arabic(word.passage.text) in near_by, f"{word.passage.text} at {word.x}, {word.y}"
        word.passage.says(tongue.figures(_arabic(word.passage.text)))


def _is_about(shape: Shape, x: float, y: float) -> bool:
    """Whether a sign has its middle there."""
    if shape.kind == "circle":
        return abs(shape["cx"] - x) < 0.1 and abs(shape["cy"] - y) < 0.1
    corners = []
    for x0, y0, *steps in re.findall(r"M(N) (N)l(N) (N)l(N) (N)".replace("N", r"[-\d.]+"), shape.paint["d"]):
        (ax, ay), (bx, by) = zip(*[iter(map(float, steps))] * 2, strict=True)
        corners += [(float(x0), float(y0)), (float(x0) + ax, float(y0) + ay)]
        corners.append((float(x0) + ax + bx, float(y0) + ay + by))
    if not corners:
        return False
    across, down = zip(*corners, strict=True)
    middle = (min(across) + max(across)) / 2, (min(down) + max(down)) / 2
    return bool(abs(middle[0] - x) < 0.1 and abs(middle[1] - y) < 0.1)


def _is_at(shape: Shape, x: float, y: float) -> bool:
    found = shape.points[0] if shape.points else (shape["cx"], shape["cy"])
    return abs(found[0] - x) < 0.1 and abs(found[1] - y) < 0.1


def _pen(shape: Shape) -> tuple[str, str]:
    return shape.paint["stroke"], shape.paint.get("stroke-dasharray", "")


def _back(scale: Scale, place: float) -> float:
    (v0, p0), *_, (v1, p1) = scale.ticks
    return v0 + (place - p0) * (v1 - v0) / (p1 - p0)


def _arabic(text: str) -> str:
    return "".join(str(int(c)) if c.isdecimal() else c for c in text)


# ── forms ────────────────────────────────────────────────────────────────────────────────────


def claim_forms(figure: Figure, tongue: Tongue, shown: Sequence[Group]) -> None:
    """Mean and pass rate of each form, with their intervals."""
    drawn = Drawn(figure)
    x = drawn.across(tongue)
    grid = [one for one in drawn.shapes if one.kind == "line" and one.paint["stroke"] == "#e2e2e2"]
    assert [(one["x1"], one["x2"]) for one in grid] == [(place, place) for _, place in x.ticks]
    drawn.take(*grid)
    drawn.top = grid[0]["y1"]
    signs = {words: _look(sign) for sign, words in drawn.legend("path")}
    looks = [
        next(signs[way] for way in tongue.label(message) if way in signs)
        for message in ("mean score, %", "pass rate, %")
    ]
    told = []
    for one in shown:
        (word,) = (w for w in figure.words if w.anchor == "end" and w.passage.text == one.name)
        word.passage.says(one.name)
        middle = word.y - 4
        _take_whisker(drawn, x, middle - 7, one.mean, one.ends, looks[0], (-4, 0))
        low, high = measures.wilson(one.passed, one.n)
        rate = 100 * one.passed / one.n
        _take_whisker(drawn, x, middle + 7, rate, (100 * low, 100 * high), looks[1], (0, -5.2))
        told.append(
            f"{one.name}: {tongue.figures(written(one.mean, 1))}, {tongue.figures(percent(one.passed, one.n))}"
        )
    drawn.done()
    assert figure.description is not None
    tongue.labels(figure.description, "Forms: mean score and pass rate", after=f": {'; '.join(told)}")


def _take_whisker(
    drawn: Drawn,
    x: Scale,
    y: float,
    value: float,
    ends: tuple[float, float] | None,
    look: tuple[str, str],
    corner: tuple[float, float],
) -> None:
    """A sign at the value, a line between the ends of its interval, each end with an upright."""
    signs = [
        one for one in drawn.shapes if one.kind == "path" and _is_at(one, x(value) + corner[0], y + corner[1])
    ]
    assert [_look(one) for one in signs] == [look]
    drawn.take(*signs)
    if ends is None:
        return
    low, high = (x(min(max(end, 0.0), 100.0)) for end in ends)
    own = [one for one in drawn.shapes if one.kind == "line" and abs((one["y1"] + one["y2"]) / 2 - y) < 0.1]
    found = sorted((one["x1"], one["x2"], one["y2"] - one["y1"]) for one in own)
    wanted = sorted([(low, high, 0.0), (low, low, 6.0), (high, high, 6.0)])
    for (a, b, tall), (to_a, to_b, to_tall) in zip(found, wanted, strict=True):
        near(a, to_a)
        near(b, to_b)
        near(tall, to_tall)
    drawn.take(*own)


def _look(shape: Shape) -> tuple[str, str]:
    return "".join(c for c in shape.paint["d"] if c.isalpha()), shape.paint["fill"]
