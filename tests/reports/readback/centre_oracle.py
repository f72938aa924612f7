"""What the report of centres and forms must say, from the files of the run: every number in its place."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from typing import NamedTuple

import numpy as np
from bs4 import Tag

from tests.reports.readback import measures
from tests.reports.readback.frame import MIN_N, claim_few, claim_fixed, claim_frame, claim_tiles, interval
from tests.reports.readback.oracle_decision import Decision, Said
from tests.reports.readback.raw import Line, Raw, per_cent
from tests.reports.readback.reader import Page
from tests.reports.readback.speech import Tongue, ends, fixed, in_order, number, percent

VERDICTS = {
    "within": ("", "within"), "small": ("", "too few to compare"),
    "below-95": ("↓", "below 95 %"), "above-95": ("↑", "above 95 %"),
    "below-99.8": ("↓↓", "below 99.8 %"), "above-99.8": ("↑↑", "above 99.8 %"),
}  # fmt: skip
MEANS = ("candidates", "mean score, %", "95 % interval", "standard deviation")
RATES = ("passed", "%", "95 % interval")


class Group(NamedTuple):
    """Candidates of a centre or of a form."""

    name: str
    values: list[float]
    passed: int
    verdict: str = ""
    forms: tuple[tuple[str, int], ...] = ()

    @property
    def n(self) -> int:
        """How many."""
        return len(self.values)

    @property
    def mean(self) -> float:
        """Of scores in per cent."""
        return float(np.mean(self.values))

    @property
    def sd(self) -> float | None:
        """Of n - 1; None of one."""
        return float(np.std(self.values, ddof=1)) if self.n > 1 else None

    @property
    def ends(self) -> tuple[float, float] | None:
        """Student's interval of the mean; None of one."""
        return measures.mean_interval(self.values) if self.n > 1 else None


def groups(raw: Raw, names: list[str]) -> list[Group]:
    """The candidates in groups, `names` being the group of each; in the order that people count names."""
    found = []
    for name in sorted(set(names), key=lambda name: (not name, in_order(name))):
        own = [one for one, of in zip(raw.candidates, names, strict=True) if of == name]
        values = [per_cent(one) for one in own]
        sat = sorted(Counter(one["form"] for one in own).items())
        found.append(Group(name, values, sum(one["decision"] == "pass" for one in own), "", tuple(sat)))
    return found


def centres(raw: Raw) -> list[Group]:
    """The centres with what is said of each against the limits."""
    found = groups(raw, [raw.centre(one) for one in raw.candidates])
    if not any(one.name for one in found):
        return []
    large = [one for one in found if one.name and one.n >= MIN_N]
    rate = raw.passed / raw.n

    def verdict(one: Group) -> str:
        if one.n < MIN_N:
            return "small"
        return measures.verdict(one.passed, one.n, rate) if one in large and len(large) > 1 else ""

    return [one._replace(verdict=verdict(one)) for one in found]


def forms(raw: Raw) -> list[Group]:
    """The forms."""
    return groups(raw, [one["form"] for one in raw.candidates])


def contrasts(raw: Raw) -> list[tuple[Group, Group]]:
    """Forms that are compared, by pairs."""
    return list(combinations([one for one in forms(raw) if one.n >= MIN_N], 2))


def claim_centre(page: Page, raw: Raw, tongue: Tongue) -> None:
    """Claims every number of the page."""
    claim_frame(page, raw, tongue)
    at, of = centres(raw), forms(raw)
    n_named = sum(bool(one.name) for one in at)
    centre = {"centre": "centre", "room": "room", "": "centre"}[raw.place_column]
    tiles = [(number(n_named), _some(n_named, centre)), (number(len(of)), _some(len(of), "form") + " sat")]
    assert raw.printed == len(of), "the oracle knows no form that nobody sat"
    claim_tiles(page, tongue, raw, tiles)
    if 0 < raw.n < MIN_N:
        notice = next(
            one for one in page.passages if one.numbers and one.place.startswith("p") and not one.is_claimed
        )
        tongue.tells(notice, n=MIN_N)
    claim_few(page, raw, tongue)
    _claim_centres(page, page.section(tongue.heading(f"{centre}s".capitalize())), raw, tongue, at)
    _claim_forms(page, page.section(tongue.heading("Forms")), raw, tongue, of)
    claim_fixed(page, tongue)


# ── centres ──────────────────────────────────────────────────────────────────────────────────


def _some(n: int, what: str) -> str:
    return what if n == 1 else f"{what}s"


def _claim_centres(page: Page, part: Tag, raw: Raw, tongue: Tongue, found: list[Group]) -> None:
    compared = [one for one in found if one.verdict not in ("", "small")]
    outside = [one for one in compared if one.verdict != "within"]
    said = [one for one in page.inside(part, "p") if one.numbers and one.text not in fixed(tongue)]
    if compared:
        numbers = _numbers(page, part, found, outside)
        outer = sum(one.verdict.endswith("99.8") for one in outside)
        gap = Decision(raw.package, raw.folder).gap()
        if gap:
            told = next(one for one in said if "form" in one.text or "ชุด" in one.text)
            said.remove(told)
            too = "So a centre's rate depends on the forms that were sat there, too: see the table."
            ways = [f"{one} {rest}" for one in gap_ways(tongue, gap) for rest in tongue.label(too)]
            tongue.one_of(told, ways)
        tongue.tells(
            said.pop(0), n=len(compared), inner=len(outside), outer=outer,
            chance=number(0.05 * len(compared), 1),
        )  # fmt: skip
        _claim_not_drawn(page, part, tongue, found)
    elif found:
        assert not page.figures(part)
        tongue.tells(said.pop(0), n=MIN_N)
    if any(one.verdict == "small" for one in found):
        tongue.tells(said.pop(0), n=MIN_N)
    assert not said
    if not found:
        assert not page.tables(part)
        return
    (table,) = page.tables(part)
    one_of = {"centre": "Centre", "room": "Room", "": "Centre"}[raw.place_column]
    forms_head = ["forms sat"] * (raw.printed > 1)
    tongue.heads(table, one_of, *forms_head, *MEANS, *RATES, "against the limits")
    numbers = _numbers(page, part, found, outside)
    for line, one in zip(table.rows, found, strict=True):
        before = f"{tongue.figures(numbers[one.name])}. " if one.name in numbers else ""
        if one.name:
            line.head.says(f"{before}{one.name}")
        else:
            none = {"centre": "no centre given", "room": "no room given"}
            tongue.labels(line.head, none[raw.place_column], before=before)
        sat = ", ".join(f"{form} {tongue.figures(n)}" for form, n in one.forms)
        line.say(*[sat] * len(forms_head), *_cells(tongue, one), line.cells[-1].text)
        sign, words = VERDICTS.get(one.verdict, ("", ""))
        if words:
            tongue.labels(line.cells[-1], words, before=sign)
        else:
            line.cells[-1].says("")


def _claim_not_drawn(page: Page, part: Tag, tongue: Tongue, found: list[Group]) -> None:
    """Below the funnel: the names of small centres, and how many candidates have none."""
    (caption,) = page.inside(part, "figcaption")
    small = [one.name for one in found if one.name and one.verdict == "small"]
    assert all(one.name for one in found), "the oracle knows no candidate without a centre below a funnel"
    sizes = tongue.fill(
        "Not drawn, for fewer than {n} candidates: {names}.", {"n": MIN_N, "names": ", ".join(small)}
    )
    assert caption.text.endswith(tuple(sizes)) if small else "drawn" not in caption.text
    caption.is_claimed = True


def _numbers(page: Page, part: Tag, found: list[Group], outside: list[Group]) -> dict[str, str]:
    """Centre → its number: that of its line, or, where not every line has one, among those outside."""
    (table,) = page.tables(part)
    is_all = all(re.match(r"\d+\. ", row.head.text) for row in table.rows)
    return {one.name: str(n) for n, one in enumerate(found if is_all else outside, start=1)}


def _cells(tongue: Tongue, one: Group) -> list[str]:
    """Count, mean, its interval within 0 and 100, standard deviation, passed, rate, its interval."""
    mean_ends = "–" if one.ends is None else ends(max(one.ends[0], 0.0), min(one.ends[1], 100.0), 1)
    sd = "–" if one.sd is None else number(one.sd, 1)
    said = [number(one.n), number(one.mean, 1), mean_ends, sd]
    said += [number(one.passed), percent(one.passed, one.n), interval(one.passed, one.n)]
    return [tongue.figures(text) for text in said]


# ── forms ────────────────────────────────────────────────────────────────────────────────────


def _claim_forms(page: Page, part: Tag, raw: Raw, tongue: Tongue, found: list[Group]) -> None:
    figures = page.figures(part)
    assert bool(figures) == (len(found) > 1)
    table, *others = page.tables(part)
    tongue.heads(table, "Form", *MEANS, *RATES, "cut, points")
    for line, one in zip(table.rows, found, strict=True):
        cut = float(cut_of(raw, one.name)[0])
        line.head.says(one.name)
        line.say(*_cells(tongue, one), tongue.figures(number(cut, 0 if cut == int(cut) else 2)))
    pairs = contrasts(raw)
    assert len(others) == bool(pairs)
    if pairs:
        tongue.heads(
            others[0], "Forms", "mean score, percentage points", "95 % interval",
            "pass rate, percentage points", "95 % interval",
        )  # fmt: skip
        for line, (a, b) in zip(others[0].rows, pairs, strict=True):
            line.head.says(f"{a.name} − {b.name}")
            rates = measures.newcombe((a.passed, a.n), (b.passed, b.n))
            means = _difference(tongue, measures.welch(a.values, b.values))
            line.say(*means, *_difference(tongue, [100 * end for end in rates]))
        if gap := Decision(raw.package, raw.folder).gap():
            (notice,) = (page.at(one) for one in part.find_all("p", class_="notice"))
            tongue.one_of(notice, gap_ways(tongue, gap))
    elif len(found) > 1:
        notice = next(one for one in page.inside(part, "p") if one.numbers)
        tongue.tells(notice, n=MIN_N)


def gap_ways(tongue: Tongue, gap: list[Said]) -> list[str]:
    """The sentences about forms that are apart, in the ways that they may stand."""
    thai = " ".join(tongue._thai(one.message, one.values) for one in gap)
    return tongue.pair(thai, " ".join(one.english for one in gap))


def _difference(tongue: Tongue, found: tuple[float, float, float] | list[float]) -> list[str]:
    value, low, high = (_signed(end) for end in found)
    return [tongue.figures(value), tongue.figures(f"{low} … {high}")]


def _signed(value: float) -> str:
    said = number(value, 1)
    return f"+{said}" if not said.startswith("−") and said.strip("0.") else said


def cut_of(raw: Raw, form: str) -> tuple[float, float | None, float]:
    """Cut, one standard error at it and points of a form."""
    one: Line = next(one for one in raw.candidates if one["form"] == form)
    cut = raw.cut(one["max_score"])
    assert cut is not None
    sem = raw.sem(cut, one["max_score"], form)
    return float(cut), None if sem is None else float(sem), float(one["max_score"])
