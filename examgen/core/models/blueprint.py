"""What an exam must measure and how it is judged, as a coordinator writes it.

The constraints are those of van der Linden (2005), Linear Models for Optimal Test Design: counts,
quantities, statistics, overlap and order. Every part is optional but a name, a title, units, length, time.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from examgen.core.models.amounts import Interval, Overlap, Percent, Quota
from examgen.core.models.base import (
    MOST_ITEMS,
    Bilingual,
    Choices,
    Cognitive,
    Count,
    Level,
    Model,
    Positive,
    Status,
    Text,
    UnitCode,
)
from examgen.core.models.decisions import FROM_FILE, Judgement, PassRule, ReportRule
from examgen.core.models.papers import PapersRule
from examgen.core.models.scoring import ScoringRule
from examgen.core.words import option, tell

MOST_CANDIDATES = 20_000
"""Forms of their own that candidates of one exam may have: an exam is held in memory as a whole."""
QUALIFICATION = "qualification"
"""In place of the units: every unit of the bank that names the occupation at the level."""


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise ValueError(tell("names one twice: name each once"))
    return values


def _levels_as_numbers(value: object) -> object:
    """Levels as numbers, where a file of ours has them as the keys that JSON allows."""
    if not isinstance(value, dict):
        return value
    return {int(k) if isinstance(k, str) and k.isdecimal() else k: quota for k, quota in value.items()}


# ── counts ───────────────────────────────────────────────────────────────────────────────────


class StimulusRule(Model):
    """Of a stimulus that a form uses, how many items it asks; without numbers all of them."""

    min: Positive | None = None
    max: Positive | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(tell("min {min} is more than max {max}", min=self.min, max=self.max))
        return self


class ItemSet(Model):
    """Named items of which a form holds `min` to `max`; or, `together`, all of them or none."""

    name: Text
    items: Annotated[tuple[Text, ...], Field(min_length=1), AfterValidator(_each_once)]
    min: Count = 0
    max: Count | None = None
    together: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.together and (self.min or self.max is not None):
            raise ValueError(tell("give either `together` or min and max"))
        if not self.together and not self.min and self.max is None:
            raise ValueError(tell("give min, max or `together: true`"))
        if self.max is not None and self.min > self.max:
            raise ValueError(tell("min {min} is more than max {max}", min=self.min, max=self.max))
        return self


# ── quantities and statistics ────────────────────────────────────────────────────────────────

QuantityName = Literal["facility", "reading_length", "time_s", "age_days", "times_used"]


class Quantity(Model):
    """Bounds on a quantity of items: on the mean of a form, on its sum, on each single item."""

    mean: Interval | None = None
    sum: Interval | None = None
    each: Interval | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.mean is None and self.sum is None and self.each is None:
            raise ValueError(tell("give at least one of mean, sum, each"))
        return self


class FacilityTarget(Model):
    """Mean facility of a form within `within` of `target`; `spread` bounds its root mean square distance
    from the target, which is the standard deviation where the mean is on target."""

    target: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    within: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.05
    spread: Interval | None = None


Ability = Annotated[float, Field(ge=-10, le=10, allow_inf_nan=False)]
Amplitude = Annotated[float, Field(ge=1e-3, le=1e4, allow_inf_nan=False)]


class InformationTarget(Model):
    """Test information at values of θ: as high as can be in this `shape`, or as near as can be to `target`.

    `within` is how far the curves of the forms may lie apart (shape), or from the target.
    """

    at: Annotated[tuple[Ability, ...], Field(min_length=1, max_length=41)]
    shape: tuple[Amplitude, ...] | None = None
    target: tuple[Amplitude, ...] | None = None
    within: Percent = Decimal(2)

    @model_validator(mode="after")
    def _one_for_each_point(self) -> Self:
        if (self.shape is None) == (self.target is None):
            raise ValueError(tell("give either shape or target"))
        if len(self.shape or self.target or ()) != len(self.at):
            raise ValueError(tell("`at` names {n} points: give a number for each", n=len(self.at)))
        if len(set(self.at)) < len(self.at):
            raise ValueError(tell("`at` names a point twice"))
        return self


class Reliability(Model):
    """Marginal reliability for θ ~ N(0, 1): 1 − E[1 / (I(θ) + 1)], the prior counting for 1."""

    min: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]


class StandardError(Model):
    """Standard error of θ at a point, as the cut score: 1 / √I(θ)."""

    at: Ability
    max: Annotated[float, Field(ge=0.01, le=100, allow_inf_nan=False)]


class StatisticsRule(Model):
    """What the statistics of the items must make of a form; items that lack them are not used."""

    facility: FacilityTarget | None = None
    information: InformationTarget | None = None
    reliability: Reliability | None = None
    sem: StandardError | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.facility or self.information or self.reliability or self.sem):
            raise ValueError(tell("give at least one of facility, information, reliability, sem"))
        return self


# ── forms and order ──────────────────────────────────────────────────────────────────────────


class AnchorRule(Model):
    """Items that all forms share, beside what `overlap` allows: a small copy of the whole form, where
    `mirror` holds, each quota within one item of its share."""

    items: Positive
    mirror: bool = True
    place: Literal["same", "near", "any"] = "near"

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"items": value} if isinstance(value, int) and not isinstance(value, bool) else value


class PilotRule(Model):
    """Unscored items of each form, beside its `items`: of these statuses, or without the statistics that
    the blueprint asks; printed at the end or among the others."""

    items: Positive
    statuses: Annotated[tuple[Status, ...], Field(min_length=1)] = ("pilot",)
    place: Literal["end", "among"] = "end"

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"items": value} if isinstance(value, int) and not isinstance(value, bool) else value


class ExposureRule(Model):
    """Ceilings: an item that has had so many administrations or candidates is not used; so many forms of
    this exam may hold it, those of an anchor aside; its greatest share of the candidates where each has a
    form of their own."""

    administrations: Positive | None = None
    candidates: Positive | None = None
    forms: Positive | None = None
    share: Annotated[Percent, Field(gt=0)] | None = None


class OrderRule(Model):
    """How a form is printed: its items, the options of each, whether shared items stand near each other.

    `key_spread` and `longest_run` are read for the sake of older blueprints and have no effect."""

    items: Literal["by_criterion", "by_element", "mixed", "easy_to_hard"] = "by_criterion"
    options: Literal["shuffled", "as_written"] = "shuffled"
    key_spread: Positive | None = None
    longest_run: Positive | None = None
    shared: Literal["near", "any"] = "near"


def _own_cut(rule: PassRule | None) -> PassRule | None:
    if rule is not None and rule.cut == FROM_FILE:
        raise ValueError(
            tell(
                "a cut of a file is given when answers are scored ({cut}): leave it out here",
                cut=option("cut"),
            )
        )
    return rule


class Blueprint(Model):
    """What an exam must measure and how it is judged, as a coordinator writes it."""

    exam: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    title: Bilingual
    units: Annotated[tuple[UnitCode, ...], Field(min_length=1), AfterValidator(_each_once)]
    level: Level | None = None
    occupation: str | None = None
    scope: Annotated[tuple[str, ...], AfterValidator(_each_once)] = ()
    forms: Annotated[int, Field(ge=1, le=999, strict=True)] | Literal["per_candidate"] = 1
    candidates: Annotated[int, Field(ge=1, le=MOST_CANDIDATES, strict=True)] | None = None
    spare: Annotated[int, Field(ge=0, le=99, strict=True)] = 0
    items: Annotated[int, Field(ge=1, le=MOST_ITEMS, strict=True)]
    unit_mix: dict[UnitCode, Quota] = {}
    criteria: dict[str, Quota] = {}
    cognitive: dict[Cognitive, Quota] = {}
    level_mix: Annotated[dict[Level, Quota], BeforeValidator(_levels_as_numbers)] = {}
    status_mix: dict[Status, Quota] = {}
    stimuli: StimulusRule = StimulusRule()
    sets: tuple[ItemSet, ...] = ()
    quantities: dict[QuantityName, Quantity] = {}
    statistics: StatisticsRule | None = None
    pilot: PilotRule | None = None
    statuses: Annotated[tuple[Status, ...], Field(min_length=1)] = ("operational",)
    overlap: Overlap = Overlap(min=0, max=0)
    anchor: AnchorRule | None = None
    exclude_last: Count = 0
    exposure: ExposureRule = ExposureRule()
    order: OrderRule = OrderRule()
    as_of: date | None = None
    time_min: Annotated[int, Field(ge=1, le=1440, strict=True)]
    pass_rule: Annotated[PassRule | None, Field(alias="pass"), AfterValidator(_own_cut)] = None
    judgement: Judgement = Judgement()
    report: ReportRule = ReportRule()
    scoring: ScoringRule = ScoringRule()
    choices: Choices = "thai"
    papers: PapersRule = PapersRule()
    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True)] = 1

    @model_validator(mode="after")
    def _per_candidate(self) -> Self:
        if (self.forms == "per_candidate") != (self.candidates is not None):
            raise ValueError(tell("`forms: per_candidate` and `candidates` go together"))
        return self

    @property
    def n_forms(self) -> int:
        """Forms to be built, the spare ones among them; one for each candidate where it is so asked."""
        return (
            (self.candidates or 0) + self.spare
            if self.forms == "per_candidate"
            else int(self.forms) + self.spare
        )

    @property
    def printed_items(self) -> int:
        """Items that a candidate finds on paper, pilot items among them."""
        return self.items + (self.pilot.items if self.pilot else 0)


def matches(pattern: str, pc: str, element: str) -> bool:
    """Whether a blueprint's pattern (`all`, `A4012.*`, `A4012.01`) names this criterion."""
    if pattern in ("all", pc):
        return True
    return pattern.endswith(".*") and pattern[:-2] == element
