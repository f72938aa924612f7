"""What the figures of a cohort's report must show: bars, cut, band, a sign for each candidate and criterion."""

from __future__ import annotations

from decimal import Decimal
from math import ceil, floor

from bs4 import Tag

from tests.reports.readback.drawings import Drawn, Scale
from tests.reports.readback.frame import near
from tests.reports.readback.raw import Raw, per_cent
from tests.reports.readback.reader import Figure, Page, Shape
from tests.reports.readback.speech import DECISIONS, STATUSES, Tongue, short

GAP = 0.6
"""Px between a bar and its end."""


class Bars:
    """The bars of a distribution as the rules of the report have them: whole points where all forms have the
    same points and cut, else steps of five per cent."""

    def __init__(self, raw: Raw) -> None:
        mosts = {one["max_score"] for one in raw.candidates}
        self.in_points = len(mosts) == 1
        self.most = float(mosts.pop()) if self.in_points else 100.0
        values = [float(one["score"]) for one in raw.candidates] if self.in_points else raw.percents()
        least = min(0.0, *values)
        self.step = max(1, ceil((self.most - least + 1) / 60)) if self.in_points else 5
        self.whole = self.in_points and all(value == int(value) for value in values)
        self.single = self.whole and self.step == 1
        self.first = floor(least / self.step)
        last = floor(self.most / self.step) if self.single else ceil(self.most / self.step) - 1
        self.rows: list[tuple[float, int, int]] = []
        for k in range(self.first, last + 1):
            own = [n for n, value in enumerate(values) if min(floor(value / self.step), last) == k]
            passed = sum(raw.candidates[n]["decision"] == "pass" for n in own)
            self.rows.append((float(k * self.step), len(own), passed))
        self.last = float(last * self.step)

    def until(self, low: float) -> float:
        """Where a range ends: the last one with the full score."""
        return min(low + self.step, self.most) if not self.single else low + 1

    def greatest(self, low: float) -> float | None:
        """The greatest score of a bar of whole scores."""
        if not self.whole:
            return None
        return low if self.single else self.most if low == self.last else low + self.step - 1

    def told(self, low: float) -> str:
        """The scores of a bar."""
        greatest = self.greatest(low)
        if greatest is not None:
            return f"{low:g}" if greatest == low else f"{low:g}–{greatest:g}"
        return f"{low:g}–{'<' if low < self.last else ''}{self.until(low):g}"


def claim_distribution(figure: Figure, raw: Raw, tongue: Tongue) -> None:
    """The distribution of scores: what it says and where everything stands."""
    bars, drawn = Bars(raw), Drawn(figure)
    x, y = drawn.across(tongue), drawn.upwards(tongue)
    fills = {words: sign.paint["fill"] for sign, words in drawn.legend("rect")}
    named = {name: tongue.pair(th, en) for name, (_, th, en) in DECISIONS.items()}
    margin = "cut ± one SEM" if bars.in_points else "cut ± widest SEM"
    named["band"] = tongue.label(margin)
    paint = {name: fills[words] for name, ways in named.items() for words in ways if words in fills}
    assert len(paint) == len(fills) == 3
    _check_cuts(drawn, bars, raw, tongue, x)
    low, high = _check_band(drawn, bars, raw, x, paint["band"])
    _check_bars(drawn, bars, x, y, paint)
    drawn.done()
    shown = [f"{bars.told(low)}: {n}" for low, n, _ in bars.rows if n]
    assert figure.description is not None
    text, band = figure.description.text, f"{_tenths(low)}–{_tenths(high)}"
    wanted = [
        f"{head}: {tongue.figures('; '.join(shown))}; {words}: {tongue.figures(band)}"
        for head in tongue.label("Candidates by score")
        for words in named["band"]
    ]
    assert text in wanted, f"{text!r} is none of {wanted}"
    figure.description.is_claimed = True


def _check_bars(drawn: Drawn, bars: Bars, x: Scale, y: Scale, paint: dict[str, str]) -> None:
    """Those who passed below, the others on top of them, a little apart from the bars beside them."""
    shift = 0.5 if bars.single else 0.0
    wanted: list[tuple[float, float, float, str]] = []
    for low, n, passed in bars.rows:
        if passed:
            wanted.append((low - shift, 0, passed, paint["pass"]))
        if n > passed:
            wanted.append((low - shift, passed, n, paint["fail"]))
    rects = [one for one in drawn.shapes if one.kind == "rect"]
    for rect, (low, below, above, fill) in zip(rects, wanted, strict=True):
        near(rect["x"], x(low) + GAP)
        near(rect["x"] + rect["width"], x(low + bars.step) - GAP)
        near(rect["y"], y(above))
        near(rect["y"] + rect["height"], y(below))
        assert rect.paint["fill"] == fill
    drawn.take(*rects)


def _check_cuts(drawn: Drawn, bars: Bars, raw: Raw, tongue: Tongue, x: Scale) -> None:
    """The least and the greatest cut; of whole scores, each in the middle of its bar, between two bars."""
    mosts = {one["max_score"] for one in raw.candidates}
    found = [float(_cut(raw, most)) / (1 if bars.in_points else float(most) / 100) for most in mosts]
    cuts = sorted({round(min(found), 9), round(max(found), 9)})
    lines = [one for one in drawn.shapes if "stroke-dasharray" in one.paint]
    for line, cut in zip(lines, cuts, strict=True):
        near(line["x1"], x(ceil(cut) - 0.5 if bars.single else cut))
        near(line["x2"], line["x1"])
        near(line["y1"], drawn.top)
        near(line["y2"], drawn.bottom)
        (word,) = (w for w in drawn.figure.words if 0 < drawn.top - w.y < 8 and abs(w.x - line["x1"]) < 6)
        tongue.tells(word.passage, value=short(str(round(cut, 2))))
    drawn.take(*lines)


def _check_band(drawn: Drawn, bars: Bars, raw: Raw, x: Scale, fill: str) -> tuple[float, float]:
    """One standard error on either side of the cut: of several forms whose cuts are the same share of their
    points, the widest. In points or in per cent."""
    wide: list[tuple[Decimal, Decimal]] = []
    for form, most in {(one["form"], one["max_score"]) for one in raw.candidates}:
        cut, unit = _cut(raw, most), 1 if bars.in_points else 100 / Decimal(most)
        sem = raw.sem(cut, most, form)
        assert sem is not None
        wide.append((unit * cut, unit * sem))
    assert max(wide)[0] - min(wide)[0] < Decimal("1e-9"), "the oracle knows no form with another cut"
    cut, sem = wide[0][0], max(sem for _, sem in wide)
    low, high = float(cut - sem), float(cut + sem)
    (band,) = drawn.figure.of("rect", fill=fill)[:1]
    # where each bar is one score, the band has the bars of the scores within it, whole
    near(band["x"], x(ceil(cut - sem) - 0.5 if bars.single else low))
    near(band["x"] + band["width"], x(floor(cut + sem) + 0.5 if bars.single else high))
    near(band["y"], drawn.top)
    near(band["y"] + band["height"], drawn.bottom)
    drawn.take(band)
    return low, high


def _tenths(value: float) -> str:
    return short(f"{value:.1f}")


def _cut(raw: Raw, most: str) -> Decimal:
    found = raw.cut(most)
    assert found is not None
    return found


# ── one by one ───────────────────────────────────────────────────────────────────────────────


def claim_people(
    page: Page, part: Tag, raw: Raw, tongue: Tongue, statuses: dict[tuple[str, str], list[str]]
) -> None:
    """A small cohort: a line for each candidate, from the best score down, a sign in each column."""
    figures = page.figures(part)
    legends = [one for one in figures if str(one.element.get("aria-labelledby")).startswith("people-signs")]
    (figure,) = (one for one in figures if one not in legends)
    (signs,) = {tuple(_signs(legend, tongue).items()) for legend in legends}
    order = sorted(
        range(raw.n), key=lambda n: (-per_cent(raw.candidates[n]), raw.candidates[n]["candidate_id"])
    )
    places = raw.places()
    heads = figure.words[: len(places)]
    for word, (level, code, _, _) in zip(heads, places, strict=True):
        if level == "unit":
            tongue.labels(word.passage, "whole unit")
        else:
            word.passage.says(code)
    assert [word.x for word in heads] == sorted(word.x for word in heads)
    drawn = Drawn(figure)
    told = []
    rest = figure.words[len(places) :]
    for row, n in enumerate(order):
        person = raw.candidates[n]
        named, score, decision = rest[3 * row : 3 * row + 3]
        named.passage.says(person["candidate_id"])
        score.passage.says(tongue.figures(short(person["score"])))
        decision.passage.says(DECISIONS[person["decision"]][0])
        assert named.y == score.y == decision.y
        own = [statuses[level, code][n] for level, code, _, _ in places]
        for word, status in zip(heads, own, strict=True):
            # letters stand on their line, turned ones 4 px right of the middle of their column
            _take_sign(drawn, dict(signs)[status], word.x - 4, named.y - 3.5)
        criteria = [status for (level, *_), status in zip(places, own, strict=True) if level == "pc"]
        judged = sum(status in ("met", "not_met") for status in criteria)
        met = tongue.figures(f"{criteria.count('met')}/{judged}") if judged else "–"
        told.append(f"{person['candidate_id']}: {met}")
    assert len(rest) == 3 * len(order)
    drawn.done()
    assert figure.title is not None
    assert figure.description is not None
    tongue.tells(figure.title, n=1)
    tongue.labels(
        figure.description,
        "Criteria met by each, of those judged in the figure",
        after=f": {'; '.join(told)}",
    )


Sign = tuple[str, str, str]


def _signs(legend: Figure, tongue: Tongue) -> dict[str, Sign]:
    """Status → how it is drawn, as the legend says."""
    found = {}
    for shape, word in zip(legend.shapes, legend.words, strict=True):
        (status,) = (
            name for name, (_, th, en) in STATUSES.items() if word.passage.text in tongue.pair(th, en)
        )
        found[status] = _look(shape)
    assert len(set(found.values())) == len(STATUSES)
    return found


def _look(shape: Shape) -> Sign:
    form = "".join(c for c in shape.paint.get("d", "") if c.isalpha())
    return shape.kind, form, shape.paint.get("fill", "")


def _take_sign(drawn: Drawn, look: Sign, x: float, y: float) -> None:
    found = [one for one in drawn.shapes if abs(_centre(one)[0] - x) < 0.1 and abs(_centre(one)[1] - y) < 0.1]
    assert [_look(one) for one in found] == [look], (
        f"at {x}, {y}: {[_look(one) for one in found]}, not {look}"
    )
    drawn.take(*found)


def _centre(shape: Shape) -> tuple[float, float]:
    if shape.kind == "rect":
        return shape["x"] + shape["width"] / 2, shape["y"] + shape["height"] / 2
    ((x, y),) = shape.points
    return (x, y + 4) if "Z" in shape.paint["d"] else (x + 3, y)
