"""What an exam must measure and how it is judged, as a coordinator writes it.

The constraints are those of van der Linden (2005), Linear Models for Optimal Test Design: counts,
quantities, statistics, overlap and order. Only a name, a title, units, length and time are required.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from examgen.core.models.decisions import FROM_FILE, Judgement, MethodsRule, PassRule, ReportRule
from examgen.core.models.field_types import (
    MOST_ITEMS,
    Bilingual,
    Choices,
    Cognitive,
    Count,
    Interval,
    Level,
    Model,
    Overlap,
    Percent,
    Positive,
    Quota,
    Status,
    Text,
    UnitCode,
)
from examgen.core.models.item import AssessingRule, RatedMethod
from examgen.core.models.papers import PapersRule
from examgen.core.models.scoring import ScoringRule
from examgen.core.words import invalid, listed, option

WRITTEN_TEST: Literal["written_objective"] = "written_objective"
"""The method of an exam that states none."""
QUALIFICATION = "qualification"
"""A value in place of the units: every unit of the bank that names the occupation at the level."""


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise invalid("lists a name twice. List each once.")
    return values


def _levels_as_numbers(value: object) -> object:
    """Turns level keys into numbers, because keys are text in JSON."""
    if not isinstance(value, dict):
        return value
    return {int(k) if isinstance(k, str) and k.isdecimal() else k: quota for k, quota in value.items()}


# ── counts ───────────────────────────────────────────────────────────────────────────────────


class StimulusRule(Model):
    """How many items of a stimulus (such as a case) a form has if it uses the stimulus: `{min: 2, max: 4}`.

    If both are left out, it has all items of the stimulus that the blueprint may use.
    """

    min: Positive | None = None
    max: Positive | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise invalid("min {min} is more than max {max}", min=self.min, max=self.max)
        return self


class ItemSet(Model):
    """A named set of items, and how many of them a form may have.

    - `name`: a name for messages and reports.
    - `items`: the ids of the items.
    - `min` (default 0), `max`: the fewest and the most of them on a form.
    - `together: true`: all of them or none; without `min` and `max`.

    Example: `{name: fire, items: [A4012.01-004, A4012.01-009], max: 1}`.
    """

    name: Text
    items: Annotated[tuple[Text, ...], Field(min_length=1), AfterValidator(_each_once)]
    min: Count = 0
    max: Count | None = None
    together: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.together and (self.min or self.max is not None):
            raise invalid("give either `together` or min and max")
        if not self.together and not self.min and self.max is None:
            raise invalid("give min, max or `together: true`")
        if self.max is not None and self.min > self.max:
            raise invalid("min {min} is more than max {max}", min=self.min, max=self.max)
        return self


# ── quantities and statistics ────────────────────────────────────────────────────────────────

QuantityName = Literal["facility", "reading_length", "time_s", "times_used"]


class Quantity(Model):
    """Bounds on a quantity of the items of a form; give at least one.

    - `mean`: the mean over the scored items of a form.
    - `sum`: the sum over the scored items of a form.
    - `each`: the value of every scored item.

    Each is a number or a range, for example `{mean: {min: 0.5, max: 0.7}}`.
    """

    mean: Interval | None = None
    sum: Interval | None = None
    each: Interval | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.mean is None and self.sum is None and self.each is None:
            raise invalid("give at least one of mean, sum, each")
        return self


class FacilityTarget(Model):
    """The mean facility of a form, which is the expected proportion of correct answers.

    - `target`: the mean, from 0 to 1.
    - `within` (default 0.05): the largest distance of the mean from the target.
    - `spread`: a range for the root mean square distance of the items' facilities from the target. It is
      their standard deviation if the mean is on target.

    Example: `{target: 0.6, within: 0.03}`.
    """

    target: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    within: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.05
    spread: Interval | None = None


Ability = Annotated[float, Field(ge=-10, le=10, allow_inf_nan=False)]
Amplitude = Annotated[float, Field(ge=1e-3, le=1e4, allow_inf_nan=False)]


class InformationTarget(Model):
    """The test information of a form at certain abilities θ (logistic model, D = 1).

    - `at`: 1 to 41 values of θ, from -10 to 10.
    - Either `shape`: relative values, one for each θ. Information is made as high as possible in this shape.
    - Or `target`: absolute values, one for each θ. Information is brought as close to them as possible.
    - `within` (default 2%): the largest excess over the shape, or the largest deviation from the target.

    Example: `{at: [-1, 0, 1], shape: [1, 1.2, 1], within: 2%}`.
    """

    at: Annotated[tuple[Ability, ...], Field(min_length=1, max_length=41)]
    shape: tuple[Amplitude, ...] | None = None
    target: tuple[Amplitude, ...] | None = None
    within: Percent = Decimal(2)

    @model_validator(mode="after")
    def _one_for_each_point(self) -> Self:
        if (self.shape is None) == (self.target is None):
            raise invalid("give either shape or target")
        if len(self.shape or self.target or ()) != len(self.at):
            raise invalid("`at` has {n} points. Give a number for each.", n=len(self.at))
        if len(set(self.at)) < len(self.at):
            raise invalid("`at` lists a point twice")
        return self


class Reliability(Model):
    """The smallest marginal reliability of a form, above 0 and below 1: `{min: 0.8}`.

    It is computed for θ ~ N(0, 1) as 1 − E[1 / (I(θ) + 1)], where I is the test information.
    """

    min: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]


class StandardError(Model):
    """The largest standard error of θ at one ability, such as that of the cut score: `{at: 0.5, max: 0.4}`.

    It is 1 / √I(θ). `at` is from -10 to 10, `max` from 0.01 to 100.
    """

    at: Ability
    max: Annotated[float, Field(ge=0.01, le=100, allow_inf_nan=False)]


class StatisticsRule(Model):
    """Statistical requirements on each form; give at least one.

    - `facility`: the mean proportion of correct answers.
    - `information`: the test information at certain abilities.
    - `reliability`: the smallest marginal reliability.
    - `sem`: the largest standard error at one ability.

    Items without the statistics that these need are not used as scored items.
    """

    facility: FacilityTarget | None = None
    information: InformationTarget | None = None
    reliability: Reliability | None = None
    sem: StandardError | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.facility or self.information or self.reliability or self.sem):
            raise invalid("give at least one of facility, information, reliability, sem")
        return self


# ── forms and order ──────────────────────────────────────────────────────────────────────────


class SharedItems(Model):
    """A number of items on each form, with more about them if it is not written alone."""

    items: Positive

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"items": value} if isinstance(value, int) and not isinstance(value, bool) else value


class AnchorRule(SharedItems):
    """Items that all forms share, in addition to those that `overlap` allows.

    Write their number (`15`), or:

    - `items`: their number.
    - `mirror` (default true): the anchor is a small copy of the form; each quota holds on its scale, within
      one item.
    """

    mirror: bool = True


class PilotRule(SharedItems):
    """Unscored items on each form, in addition to its `items`.

    Write their number (`5`), or:

    - `items`: their number.
    - `statuses` (default `[pilot]`): their statuses. Items that the blueprint could score, but that lack the
      statistics it requires, are used too.
    - `place` (default `end`): `end` prints them after the scored items, `among` prints them between these.
    """

    statuses: Annotated[tuple[Status, ...], Field(min_length=1)] = ("pilot",)
    place: Literal["end", "among"] = "end"


class ExposureRule(Model):
    """Limits on the use of an item; without one there is no limit.

    - `administrations`: an item that was in this many administrations is not used.
    - `candidates`: an item that this many candidates have seen is not used.
    - `forms`: the most forms of this exam that may have the same item, except anchor items.
    """

    administrations: Positive | None = None
    candidates: Positive | None = None
    forms: Positive | None = None


class OrderRule(Model):
    """The printed order of the items and options of a form. Items that several forms share stand in similar
    positions.

    - `items` (default `by_criterion`): `by_criterion`, `by_element`, `mixed`, or `easy_to_hard`.
    - `options` (default `shuffled`): `shuffled`, or `as_written` for the order in the bank.
    """

    items: Literal["by_criterion", "by_element", "mixed", "easy_to_hard"] = "by_criterion"
    options: Literal["shuffled", "as_written"] = "shuffled"


def _own_cut(rule: PassRule | None) -> PassRule | None:
    if rule is not None and rule.cut == FROM_FILE:
        raise invalid(
            "a cut from a file is given when answers are scored ({cut}). Remove it here.", cut=option("cut")
        )
    return rule


class Blueprint(Model):
    """What an exam must measure, how it is printed, and how it is decided.

    Required are `exam`, `title`, `units`, `items` and `time_min`.

    - `exam`: the id of the exam, and the name of its folder: letters, digits, `.`, `_` and `-`.
    - `title`: the title in Thai and English.
    - `method` (default `written_objective`): for an exam that assessors rate, `interview`, `practical`,
      `portfolio`, `observation`, `simulation` or `other`; with `assessing`, the rule for ratings.
    - `outside_standard`: the reason for an exam by a method that the standard does not require. Its result
      decides nothing about the unit.
    - `units`: the codes of units, or `qualification` for all units that name the `occupation` at the `level`.
    - `level`: a level that the units state, 1 to 8. Leave it out if they state none.
    - `occupation`: needed for a qualification, or if the standard assesses occupations of a level
      differently.
    - `scope` (default all): the elements (`A4012.*`) and criteria (`A4012.01`) to cover.
    - `forms` (default 1, at most 999): the number of forms. `spare` (default 0): further forms in reserve.
    - `items`: the number of scored items on a form, at most 500.
    - `criteria`: quotas for `A4012.01`, `A4012.*` or `all` (each criterion).
    - `cognitive`, `unit_mix`, `level_mix`, `status_mix`: quotas by cognitive category, unit, level and
      status.
    - `stimuli`, `sets`, `quantities`, `statistics`: further requirements on each form. Quantities are
      `facility`, `reading_length` (characters), `time_s` (seconds) and `times_used`.
    - `pilot`: unscored items. `anchor`: items on all forms. `overlap` (default 0): items that two forms
      share.
    - `statuses` (default `[operational]`): the statuses of items that may be scored.
    - `exclude_last` (default 0): items of this many last administrations are not used. `exposure`: more
      limits.
    - `order`: the order of items and options. `choices` (default `thai`): option letters, `thai` or `latin`.
    - `time_min`: the time allowed, in minutes, 1 to 1440.
    - `pass`: who passes. `all_methods`: the weighted total over all methods of assessment, in addition to
      passing each of them.
    - `judgement`: when a criterion is met. `report`: what reports add. `scoring`: what marks earn.
    - `papers`: the layout of papers.
    - `seed` (default 1): the same seed, bank and blueprint give the same forms.
    """

    exam: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    title: Bilingual
    # three that are left out where they say nothing, so that exams of written tests read as they always did
    method: Annotated[
        RatedMethod | Literal["written_objective"], Field(exclude_if=lambda value: value == WRITTEN_TEST)
    ] = WRITTEN_TEST
    assessing: Annotated[AssessingRule | None, Field(exclude_if=lambda value: value is None)] = None
    outside_standard: Annotated[Text | None, Field(exclude_if=lambda value: value is None)] = None
    units: Annotated[tuple[UnitCode, ...], Field(min_length=1), AfterValidator(_each_once)]
    level: Level | None = None
    occupation: str | None = None
    scope: Annotated[tuple[str, ...], AfterValidator(_each_once)] = ()
    forms: Annotated[int, Field(ge=1, le=999, strict=True)] = 1
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
    time_min: Annotated[int, Field(ge=1, le=1440, strict=True)]
    pass_rule: Annotated[PassRule | None, Field(alias="pass"), AfterValidator(_own_cut)] = None
    all_methods: Annotated[MethodsRule | None, Field(exclude_if=lambda value: value is None)] = None
    judgement: Judgement = Judgement()
    report: ReportRule = ReportRule()
    scoring: ScoringRule = ScoringRule()
    choices: Choices = "thai"
    papers: PapersRule = PapersRule()
    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True)] = 1

    @model_validator(mode="after")
    def _of_its_method(self) -> Self:
        if not self.is_rated:
            if self.assessing is not None or self.outside_standard is not None:
                raise invalid(
                    "`assessing` and `outside_standard` apply only to exams that "
                    "assessors rate. Add `method`."
                )
            return self
        given = [name for name in ("pilot", "anchor", "statistics") if getattr(self, name) is not None]
        if given:
            raise invalid(
                "{names} cannot be used with forms of an instrument. Remove it.", names=listed(given)
            )
        if self.all_methods is not None:
            raise invalid(
                "`all_methods` belongs in the blueprint of the written test, where results are reported"
            )
        if self.scoring != ScoringRule():
            raise invalid("`scoring` applies to marked answers. Assessors give points (`assessing`).")
        return self

    @property
    def is_rated(self) -> bool:
        """Whether assessors rate what candidates say, show or do, instead of marked answer sheets."""
        return self.method != WRITTEN_TEST

    @property
    def assessing_rule(self) -> AssessingRule:
        """The rule that turns ratings into points."""
        return self.assessing or AssessingRule()

    @property
    def n_forms(self) -> int:
        """The number of forms to build, including spare ones."""
        return self.forms + self.spare

    @property
    def printed_items(self) -> int:
        """The number of items on a candidate's paper, including pilot items."""
        return self.items + (self.pilot.items if self.pilot else 0)


def matches(pattern: str, pc: str, element: str) -> bool:
    """Whether a blueprint's pattern (`all`, `A4012.*`, `A4012.01`) names this criterion."""
    if pattern in ("all", pc):
        return True
    return pattern.endswith(".*") and pattern[:-2] == element
