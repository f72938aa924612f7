"""A total with its scales, cut score, group and error → the sentences that a report has beside the points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from examgen.core.exam.names import base_form
from examgen.core.text.thai import in_digits
from examgen.core.words import Pair, tell
from examgen.rendering.parts import joined, number, short
from examgen.reports.candidate_report.error import tenths

if TYPE_CHECKING:
    from examgen.rendering.parts import Words
    from examgen.scoring.counted_key import ScaledPoints
    from examgen.scoring.scored_run import ScoredRun

COLUMNS = ("scaled", "rank", "percentile", "t_score")
"""Columns of candidates.csv whose value depends only on the form and the score."""
COVERAGE = ("criteria_met", "met_of_asked", "met_of_all")
_NAMES = {
    "scaled": tell("Scaled score"),
    "rank": tell("Rank"),
    "percentile": tell("Percentile rank"),
    "t_score": tell("T-score"),
    "met": tell("Criteria met"),
}


class ScoreStanding(NamedTuple):
    """One result beside the score: its name, its value and what it means."""

    name: Pair
    value: str
    said: Pair
    is_own: bool = False
    """Whether the value may differ between candidates with the same score."""


class TotalOnForm(NamedTuple):
    """A total on a form: its points, the range of the true score (not rounded) if there is one, the lowest
    and highest total that is reported, and the cut score."""

    form: str
    points: Decimal
    range: tuple[Decimal, Decimal] | None
    least: Decimal
    most: Decimal
    cut: Decimal | None


class StandingWords:
    """Makes the sentences about totals; the candidates of the run `everybody` are the reference group."""

    def __init__(self, words: Words, everybody: ScoredRun) -> None:
        report = everybody.audit["options"].get("report") or {}
        table = everybody.candidates
        self.words, self.n = words, number(table.height)
        told = COLUMNS if table.height > 1 else COLUMNS[:1]  # one candidate is no group
        self.columns = tuple(name for name in told if name in table.columns)
        self._key = everybody.key
        self._is_linear = report.get("t_score") == "linear"
        # the full score of each form as printed; nothing where a conversion names the full score it is for
        said = everybody.audit.get("scaled") or report.get("scaled") or {}
        is_named = said.get("points") or any(one.get("points") for one in (said.get("forms") or {}).values())
        self._printed = {
            form.name: sum(one.points for one in form.items) for form in everybody.exam.forms if not is_named
        }
        # the column that ranks are by, as scoring has it
        if "scaled" in table.columns:
            self._by = "scaled"
        else:
            self._by = "score" if table["max_score"].n_unique() <= 1 else "percent"
        values = table[self._by].cast(pl.String).cast(pl.Float64, strict=False).drop_nulls().to_numpy()
        self._spread = float(values.std()) if len(values) else 0.0

    def of(self, total: TotalOnForm, row: Mapping[str, str]) -> Iterator[ScoreStanding]:
        """Yield the results that a row of candidates.csv has."""
        words = self.words
        for name in self.columns:
            if not row[name]:
                continue
            if name == "scaled":
                value, said = short(row["scaled"]), self._scaled(total)
            elif name == "rank":
                value = row["rank"]
                if self._by == "scaled":
                    said = words(
                        "Of the {n} candidates scored, by scaled score; 1 is the highest, equals share a "
                        "rank.",
                        n=self.n,
                    )
                elif self._by == "score":
                    said = words(
                        "Of the {n} candidates scored, by points; 1 is the highest, equals share a rank.",
                        n=self.n,
                    )
                else:
                    said = words(
                        "Of the {n} candidates scored, by per cent of the points of their form; 1 is the "
                        "highest, equals share a rank.",
                        n=self.n,
                    )
            elif name == "percentile":
                # nobody is above everybody, so that neither end is ever reached
                tenth = min(max(tenths(Decimal(row["percentile"])), Decimal("0.1")), Decimal("99.9"))
                value = short(str(tenth))
                said = words(
                    "Percentage of the {n} scored candidates with a lower score (ties count half).",
                    n=self.n,
                )
            else:
                t_score = Decimal(row["t_score"])
                value, said = _whole(t_score), self._t_score(total, t_score)
            yield ScoreStanding(_NAMES[name], in_digits(value, words.digits), said)

    def _scaled(self, total: TotalOnForm) -> Pair:
        said = self.words(
            "The scale of this form goes from {least} to {most}.",
            least=self._on_scale(total, total.least),
            most=self._on_scale(total, total.most),
        )
        if total.most < self._printed.get(base_form(total.form), total.most):
            drop = self.words(
                "Points count in proportion to the full score as printed, since some was dropped."
            )
            said = joined(said, drop)
        if total.cut is not None:
            cut = self.words(
                "The cut of {points} points is {cut} on it; points decide.",
                points=short(str(total.cut)),
                cut=self._on_scale(total, total.cut),
            )
            said = joined(said, cut)
        if total.range is not None:
            low, high = (self._on_scale(total, end) for end in total.range)
            said = joined(said, *self._range(total, low, high))
        return said

    def _on_scale(self, total: TotalOnForm, points: Decimal) -> str:
        found = self._scaled_at(total, points)
        return "–" if found is None else short(str(found.value))

    def _scaled_at(self, total: TotalOnForm, points: Decimal) -> ScaledPoints | None:
        return self._key.scaled(total.form, Fraction(points))

    def _range(self, total: TotalOnForm, low: str, high: str) -> Iterator[Pair]:
        """Yield a sentence on the range of the true score with its rounded ends; none if the ends are equal
        and not limited by the scale."""
        found = [self._scaled_at(total, end) for end in total.range or ()]
        is_held = self._by == "scaled" and any(end is not None and end.is_held for end in found)
        if low == high:
            if is_held:
                yield self.words("Scaled scores end here: no range of the true score can be told.")
        elif is_held:
            yield self.words(
                "The range of the true score is {low} to {high}, cut where scaled scores end.",
                low=low,
                high=high,
            )
        else:
            yield self.words("The range of the true score is {low} to {high}.", low=low, high=high)

    def _t_score(self, total: TotalOnForm, t_score: Decimal) -> Pair:
        words = self.words
        if not self._is_linear:
            return words(
                "Made from the percentile rank, so that the {n} candidates scored are spread about 50 "
                "with a standard deviation of about 10.",
                n=self.n,
            )
        said = words("The {n} candidates scored have a mean of 50 and a standard deviation of 10.", n=self.n)
        if total.range is None or not self._spread:
            return said
        own = self._compared(total, total.points)
        ends = []
        for end in total.range:
            steps = 10 * float(self._compared(total, end) - own) / self._spread
            ends.append(_whole(t_score + Decimal(steps)))
        return joined(said, *self._range(total, *ends))

    def _compared(self, total: TotalOnForm, points: Decimal) -> Decimal:
        """Return points on the measure by which candidates are ranked."""
        if self._by == "percent":
            return 100 * points / total.most
        found = self._scaled_at(total, points) if self._by == "scaled" else None
        return points if found is None else found.value


def _whole(value: Decimal) -> str:
    whole = value.quantize(Decimal(1), ROUND_HALF_UP)
    return short(str(whole or abs(whole)))


class CoverageWords(NamedTuple):
    """The sentences about the number of criteria met on one form."""

    n_judged: int
    said: Pair

    def of(self, met: str, words: Words) -> ScoreStanding:
        """Return the number of criteria met, out of those that could be judged."""
        value = in_digits(f"{met} / {self.n_judged}", words.digits)
        return ScoreStanding(_NAMES["met"], value, self.said, is_own=True)


def coverage_words(words: Words, judged: int, asked: int, stated: int, min_items: int) -> CoverageWords:
    """Return the sentence that explains the count of criteria met: of those judged, covered by the form, and
    in the standard."""
    said = words(
        "Met, of those judged. Of {stated} criteria of the standard {asked} were asked, {judged} of them "
        "with the {n} items or more that a judgement needs.",
        stated=stated,
        asked=asked,
        judged=judged,
        n=min_items,
    )
    return CoverageWords(judged, said)
