"""What the strips of a large cohort must show: a column for each candidate, a strip for each place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.reports.readback.drawings import Drawn, Scale, value_of
from tests.reports.readback.frame import near
from tests.reports.readback.raw import Raw, per_cent
from tests.reports.readback.reader import Figure, Shape, Word
from tests.reports.readback.speech import Tongue

MOST_COLUMNS = 500
SHADES = ("#fbf7f0", "#dbe6ef", "#aecbe0", "#2f6b9a", "#12395a")
THIN = "#555"


def order_of(raw: Raw) -> list[int]:
    """Candidates from the best score down, equals in the order of the files."""
    return sorted(range(raw.n), key=lambda n: -per_cent(raw.candidates[n]))


def claim_strips(
    figure: Figure, raw: Raw, tongue: Tongue, statuses: dict[tuple[str, str], list[str]]
) -> None:
    """The curve of scores, who passed, and for each place who met it."""
    assert raw.n <= MOST_COLUMNS, "the oracle knows no columns of several candidates"
    drawn, order, places = Drawn(figure), order_of(raw), raw.places()
    x = drawn.across(tongue)
    (curve,) = (one for one in drawn.shapes if one.kind == "path" and one.paint["d"].count("V") == raw.n + 1)
    drawn.take(curve)
    half, whole = (_tick(figure, tongue, value) for value in (50, 100))
    foot = _tick(figure, tongue, 0)
    near(half - whole, foot - half)
    heights = [float(text) for text in re.findall(r"V([\d.]+)", curve.paint["d"])][:-1]
    rights = [float(text) for text in re.findall(r"H([\d.]+)", curve.paint["d"])]
    near(curve.points[0][0], drawn.left)
    for k, n in enumerate(order):
        near(heights[k], foot + (whole - foot) * per_cent(raw.candidates[n]) / 100)
        near(rights[k], x(k + 1))
    decision, *names = [one for one in figure.words if one.anchor == "start"]
    tongue.labels(decision.passage, "Decision")
    passed = [raw.candidates[n]["decision"] == "pass" for n in order]
    _take_strip(drawn, decision, x, ["met" if one else "not_met" for one in passed])
    told = []
    for word, (level, code, _, _) in zip(names, places, strict=True):
        word.passage.says(code)
        own = [statuses[level, code][n] for n in order]
        _take_strip(drawn, word, x, own)
        met, judged = own.count("met"), own.count("met") + own.count("not_met")
        told.append(f"{code}: {tongue.figures(f'{met:,}/{judged:,}')}")
    drawn.done()
    assert figure.description is not None
    tongue.labels(figure.description, "Met, of those judged", after=f": {'; '.join(told)}")


def _tick(figure: Figure, tongue: Tongue, value: int) -> float:
    """Where a per cent stands on the axis of scores."""
    (word,) = (w for w in figure.words if w.anchor == "end" and w.passage.numbers and value_of(w) == value)
    word.passage.says(tongue.figures(value))
    return word.y - 3.5


def _take_strip(drawn: Drawn, name: Word, x: Scale, statuses: Sequence[str]) -> None:
    """The strip beside a name: in each column the darkest shade for met, the lightest for not met, a thin
    line for too few items, nothing for what was not asked."""
    (frame,) = (one for one in drawn.shapes if one.kind == "rect" and -2 < name.y - _middle(one) < 6)
    near(frame["x"], drawn.left)
    near(frame["x"] + frame["width"], drawn.right)
    top, bottom = frame["y"], frame["y"] + frame["height"]
    paths = [one for one in drawn.shapes if one.kind == "path" and top - 0.1 <= _first(one)[1] < bottom]
    found: dict[int, str] = {}
    for path in paths:
        for left, upper, right, tall in _boxes(path):
            is_thin = path.paint["fill"] == THIN
            near(upper, _middle(frame) - 1 if is_thin else top)
            near(tall, 2 if is_thin else frame["height"])
            own = [k for k in range(len(statuses)) if left - 0.05 <= x(k) and x(k + 1) <= right + 0.05]
            assert own, f"{name.passage.text}: {left}–{right} is not a column"
            near(x(own[0]), left)
            near(x(own[-1] + 1), right)
            assert not set(own) & set(found)
            found |= dict.fromkeys(own, path.paint["fill"])
    fills = {"met": SHADES[4], "not_met": SHADES[0], "insufficient": THIN}
    wanted = {k: fills[status] for k, status in enumerate(statuses) if status in fills}
    assert found == wanted, name.passage.text
    drawn.take(frame, *paths)


def _boxes(path: Shape) -> list[tuple[float, float, float, float]]:
    found = re.findall(r"M([\d.]+) ([\d.]+)H([\d.]+)v([\d.]+)H[\d.]+Z", path.paint["d"])
    return [(float(a), float(b), float(c), float(d)) for a, b, c, d in found]


def _first(path: Shape) -> tuple[float, float]:
    return path.points[0]


def _middle(rect: Shape) -> float:
    return rect["y"] + rect["height"] / 2


def strips_rows(raw: Raw, statuses: dict[tuple[str, str], list[str]]) -> list[dict[str, object]]:
    """The table behind the strips."""
    rows = []
    for k, n in enumerate(order_of(raw)):
        person = raw.candidates[n]
        row: dict[str, object] = {
            "from_rank": k + 1,
            "to_rank": k + 1,
            "mean_percent": per_cent(person),
            "passed": int(person["decision"] == "pass"),
        }
        for level, code, _, _ in raw.places():
            status = statuses[level, code][n]
            unit = raw.units[0]["code"]
            row[f"{unit}:{code} met"] = int(status == "met")
            row[f"{unit}:{code} judged"] = int(status in ("met", "not_met"))
        rows.append(row)
    return rows
