"""What a candidate's page must say of scaled score, rank, percentile rank, T and criteria met, from the files."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from tests.reports.readback.raw import Line, Raw, read_table
from tests.reports.readback.speech import number, short

Message = tuple[str, dict[str, object]]
NAMES = {
    "scaled": ("คะแนนแปลง", "Scaled score"),
    "rank": ("ลำดับที่", "Rank"),
    "percentile": ("ตำแหน่งเปอร์เซ็นไทล์", "Percentile rank"),
    "t_score": ("คะแนนที", "T-score"),
    "criteria_met": ("เกณฑ์ที่ผ่าน", "Criteria met"),
}
RANGE = "The range of the true score is {low} to {high}."
CUT_RANGE = "The range of the true score is {low} to {high}, cut where scaled scores end."
NO_RANGE = "Scaled scores end here: no range of the true score can be told."


class Expected(NamedTuple):
    """A line: its name in Thai and English, its value, and the messages of what it means."""

    name: tuple[str, str]
    value: str
    messages: list[Message]


class Standings:
    """The lines of one candidate; `ends` is the range of the true score, where there is one."""

    def __init__(
        self, raw: Raw, person: Line, cut: Decimal | None, ends: tuple[Decimal, Decimal] | None
    ) -> None:
        self.raw, self.person, self.cut, self.ends = raw, person, cut, ends
        self.asked = raw.audit["options"]["report"]

    def expected(self) -> Iterator[Expected]:
        """Those that candidates.csv tells of."""
        person = self.person
        if person.get("scaled"):
            yield Expected(NAMES["scaled"], short(person["scaled"]), list(self._scaled_words()))
        n = {"n": number(self.raw.n)}
        if person.get("rank"):
            assert "scaled" in person, "the oracle knows ranks by scaled scores"
            words = "Of the {n} candidates scored, by scaled score; 1 is the highest, equals share a rank."
            yield Expected(NAMES["rank"], person["rank"], [(words, n)])
        if person.get("percentile"):
            words = "Percentage of the {n} scored candidates with a lower score (ties count half)."
            value = Decimal(person["percentile"]).quantize(Decimal("0.1"), ROUND_HALF_UP)
            assert 0 < value < 100
            yield Expected(NAMES["percentile"], short(value), [(words, n)])
        if person.get("t_score"):
            words = "The {n} candidates scored have a mean of 50 and a standard deviation of 10."
            yield Expected(
                NAMES["t_score"], _whole(Decimal(person["t_score"])), [(words, n), *self._t_range()]
            )
        if person.get("criteria_met"):
            yield self._criteria()

    # ── scaled scores ────────────────────────────────────────────────────────────────────────

    def scaled(self, points: Decimal, *, held: bool = True) -> Decimal:
        """By the line of the form, for the points that it was printed with."""
        rule, form = self.asked["scaled"], self.person["form"]
        line = rule["forms"].get(form, rule)
        share = Fraction(points) * self._n_printed() / Fraction(Decimal(self.person["max_score"]))
        value = Fraction(str(line["slope"])) * share + Fraction(str(line["intercept"]))
        steps = (value * 10 ** rule["decimals"] + Fraction(1, 2)).__floor__()
        found = Decimal(steps).scaleb(-rule["decimals"])
        return found if rule["floor"] is None or not held else max(found, Decimal(str(rule["floor"])))

    def _range(self, low: str, high: str) -> Iterator[Message]:
        """Its ends as they are told; cut where the floor stands in place of an end."""
        assert self.ends is not None
        cut = any(self.scaled(end) != self.scaled(end, held=False) for end in self.ends)
        if low != high:
            yield CUT_RANGE if cut else RANGE, {"low": low, "high": high}
        elif cut:
            yield NO_RANGE, {}

    def _n_printed(self) -> int:
        """The full score of the form as it was printed."""
        key = read_table(self.raw.package / "secure" / "key.csv")
        return sum(int(row["points"]) for row in key if row["form"] == self.person["form"])

    def _scaled_words(self) -> Iterator[Message]:
        assert self.scaled(Decimal(self.person["score"])) == Decimal(self.person["scaled"])
        least, most = self.raw.scale_ends(self.person["form"])
        if (self.raw.audit["options"].get("scoring") or {}).get("floor") != "none":
            least = self.raw.given(self.person["form"])[1]
        scale = {"least": short(self.scaled(least)), "most": short(self.scaled(most))}
        yield "The scale of this form goes from {least} to {most}.", scale
        if self._n_printed() > Decimal(self.person["max_score"]):
            yield "Points count in proportion to the full score as printed, since some was dropped.", {}
        if self.cut is not None:
            values = {"points": short(self.cut), "cut": short(self.scaled(self.cut))}
            yield "The cut of {points} points is {cut} on it; points decide.", values
        if self.ends is not None:
            low, high = (short(self.scaled(end)) for end in self.ends)
            yield from self._range(low, high)

    def _t_range(self) -> Iterator[Message]:
        assert self.asked["t_score"] == "linear"
        if self.ends is None:
            return
        spread = float(np.std([float(one["scaled"]) for one in self.raw.candidates]))
        own = self.scaled(Decimal(self.person["score"]))
        steps = [10 * float(self.scaled(end) - own) / spread for end in self.ends]
        low, high = (_whole(Decimal(self.person["t_score"]) + Decimal(step)) for step in steps)
        yield from self._range(low, high)

    # ── criteria ─────────────────────────────────────────────────────────────────────────────

    def _criteria(self) -> Expected:
        rows = [self.raw.line(self.person, place) for place in self.raw.places() if place[0] == "pc"]
        statuses = [row["status"] for row in rows]
        met, judged = statuses.count("met"), sum(one in ("met", "not_met") for one in statuses)
        assert met == int(self.person["criteria_met"])
        values = {
            "stated": len(rows),
            "asked": sum(one != "not_assessed" for one in statuses),
            "judged": judged,
            "n": self.raw.judgement["min_items"],
        }
        words = (
            "Met, of those judged. Of {stated} criteria of the standard {asked} were asked, {judged} of them "
            "with the {n} items or more that a judgement needs."
        )
        return Expected(NAMES["criteria_met"], f"{met} / {judged}", [(words, values)])


def _whole(value: Decimal) -> str:
    return short(str(value.quantize(Decimal(1), ROUND_HALF_UP)))
