"""The rules for passing, judging and reporting scores, and the decisions about persons and cases."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal, NamedTuple, Self, get_args

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from examgen.core.models.field_types import (
    LARGEST,
    Count,
    Method,
    Model,
    Percent,
    Positive,
    Text,
    UnitCode,
    short,
    written_number,
)
from examgen.core.words import Message, invalid, tell

ANGOFF = "angoff"
"""A value in place of a raw cut score: use the bank's Angoff ratings, when the exam is built."""


FROM_FILE = "file"
"""A value in place of a raw cut score: use the cuts in a file. Only the rule of a run has it, never a
blueprint."""


def _cut(value: object) -> object:
    if value is None or value in (ANGOFF, FROM_FILE):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST:
        return value
    raise invalid("write a raw score (27) with its reason, or angoff")


Cut = Annotated[
    Count | Literal["angoff", "file"] | None,
    BeforeValidator(_cut),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": LARGEST},
                {"const": ANGOFF},
                {"type": "null"},
            ]
        }
    ),
]


Number = Annotated[
    Decimal,
    # as it is written, not as floating point holds it
    BeforeValidator(lambda value: Decimal(str(value)) if isinstance(value, float) else value),
    written_number(),
    Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False),
    short,
]
"""A number exactly as written: 0.1 is one tenth."""


class AtLeast(Model):
    """The number of criteria, elements or units that a candidate must reach.

    - `met`: how many.
    - `of` (default `criteria`): `criteria`, `elements` or `units`.
    - `among` (default `[all]`): which of them count, by code; for criteria also by element (`A4012.*`).
    - `percent`: the percentage of its points at which one is reached, 0 to 100.

    Parts that a form does not ask count as not reached. Example: `{met: 5, of: criteria, percent: 60}`.
    """

    met: Positive
    of: Literal["criteria", "elements", "units"] = "criteria"
    among: Annotated[tuple[Text, ...], Field(min_length=1)] = ("all",)
    percent: Percent


class AngoffRule(Model):
    """The Angoff ratings that set the cut score, and its adjustment; for `cut: angoff` only.

    - `kind`: `angoff` or `angoff-yes-no`; needed only if the bank has both.
    - `round`: the round of ratings, from 1; the default is the last one.
    - `adjust_se` (default 0): moves the cut by this many of its standard errors, from -3 to 3; -1 favours
      candidates.
    """

    kind: Literal["angoff", "angoff-yes-no"] | None = None
    round: Positive | None = None
    adjust_se: Annotated[Number, Field(ge=-3, le=3)] = Decimal(0)


class SecondLook(Model):
    """Candidates marked for a second look, because their total is close to the cut.

    `sem` is the distance from the cut, in both directions: `lord` (default) for one standard error of
    measurement at the cut (Lord's binomial error), or a number of points. `{sem: 0}` marks nobody.
    """

    sem: Literal["lord"] | Annotated[Number, Field(ge=0)] = "lord"


class PassRule(Model):
    """Who passes. Give one or more parts; a candidate must meet all of them.

    - `percent`: the percentage of all points, 0 to 100, for example `60`.
    - `cut`: the cut score in points (`27`) with its `reason`, such as the standard-setting study, or `angoff`
      for the cut score of the bank's Angoff ratings.
    - `angoff`: which Angoff ratings count, and by how much the cut is moved.
    - `criteria`: percentages in single criteria, by code, element or `all`: `{all: 50, "A4012.*": 60}`.
    - `elements`, `units`: percentages in elements and units, by code or `all`: `{A4012: 50}`.
    - `at_least`: a percentage in at least so many criteria, elements or units.
    - `second_look`: which candidates are marked for a second look.
    """

    percent: Percent | None = None
    criteria: dict[str, Percent] = {}
    elements: dict[str, Percent] = {}
    units: dict[str, Percent] = {}
    at_least: AtLeast | None = None
    cut: Cut = None
    angoff: AngoffRule = AngoffRule()
    reason: str | None = None
    second_look: SecondLook = SecondLook()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        by_part = self.criteria or self.elements or self.units or self.at_least
        if self.percent is None and self.cut is None and not by_part:
            raise invalid("give at least one of percent, cut, criteria, elements, units, at_least")
        if self.raw_cut is not None and not self.reason:
            raise invalid("a raw cut score needs its reason")
        if self.cut != ANGOFF and self.angoff != AngoffRule():
            raise invalid("`cut: angoff` also needs `angoff`, which states how the cut is found")
        return self

    @property
    def raw_cut(self) -> int | None:
        """The cut score if it was set by hand as a raw score, else None."""
        return self.cut if isinstance(self.cut, int) else None


class MethodsRule(Model):
    """The total over all methods of assessment that the standard requires, in addition to passing each.

    - `percent`: the percentage of the weighted total that is required, 0 to 100.
    - `weights`: the weight of each method in per cent, each above 0 and together 100.

    Example: `{percent: 60, weights: {written_objective: 30, interview: 70}}`.
    """

    percent: Percent
    weights: dict[Method, Percent]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if sum(self.weights.values()) != 100 or not all(self.weights.values()):
            raise invalid("`weights` must be above 0 and add up to 100")
        return self


class Certainty(Model):
    """How certain `met` and `not_met` must be; everything less certain is `undecided`.

    - `percent`: the certainty, from 50 to 99.9 per cent.
    - `by` (default `posterior`): `posterior` for the probability, given the answers, that the true share of
      points reaches the standard, or does not; `interval` for a one-sided confidence interval of that share,
      of the kind that `interval` of the judgement names.
    - `prior` (default `uniform`): for `posterior`, the prior distribution of the share: `uniform` or
      `jeffreys`.

    Example: `{percent: 80}`.
    """

    percent: Annotated[Percent, Field(ge=50, le=Decimal("99.9"))]
    by: Literal["posterior", "interval"] = "posterior"
    prior: Literal["uniform", "jeffreys"] | None = None

    @model_validator(mode="after")
    def _has_a_prior(self) -> Self:
        if self.by == "interval" and self.prior is not None:
            raise invalid("an interval has no prior. Remove `prior`, or write `by: posterior`.")
        return self


class ChosenError(Model):
    """The error rates for which `build` computes how many items a criterion needs; they change no result.

    - `percent` (default 10): how often, in per cent of exams, a candidate may be judged wrongly; from 0.1 to
      50.
    - `apart` (default 10): how far, in per cent of the points, the true share of such a candidate is from the
      standard; from 1 to 50. Candidates closer to it are misjudged more often.
    - `undecided` (default 20): with `certainty`, how often such a candidate may be left undecided; from 1 to
      99.
    """

    percent: Annotated[Percent, Field(ge=Decimal("0.1"), le=50)] = Decimal(10)
    apart: Annotated[Percent, Field(ge=1, le=50)] = Decimal(10)
    undecided: Annotated[Percent, Field(ge=1, le=99)] = Decimal(20)


class Judgement(Model):
    """When a criterion, an element or a unit is met.

    - `percent` (default 60): the percentage of its points that is required, 0 to 100.
    - `min_items` (default 3): with fewer items on a form, it is not judged.
    - `units`: other percentages for single units and all that belongs to them: `{ASM-REE-5-059ZB: 70}`.
    - `interval` (default `wilson`), `confidence` (default 95): the printed confidence interval of the
      proportion right, `wilson` or `clopper_pearson`; from 50 to 99.9 per cent.
    - `certainty`: how certain a result must be. Without it, the points alone decide.
    - `error`: the error rates for which `build` computes the number of items needed; they change no result.
    """

    min_items: Positive = 3
    percent: Percent = Decimal(60)
    units: dict[UnitCode, Percent] = {}
    interval: Literal["wilson", "clopper_pearson"] = "wilson"
    confidence: Annotated[Percent, Field(ge=50, le=Decimal("99.9"))] = Decimal(95)
    certainty: Certainty | None = None
    error: ChosenError | None = None

    @model_validator(mode="after")
    def _can_be_certain(self) -> Self:
        if self.certainty is not None and 100 in (self.percent, *self.units.values()):
            raise invalid(
                "no answers can prove with certainty that a candidate reaches 100 %. "
                "Lower the percentage, or remove `certainty`."
            )
        return self

    @property
    def error_chosen(self) -> ChosenError:
        """The chosen error rates, or the defaults."""
        return self.error or ChosenError()

    @model_serializer(mode="wrap")
    def _what_is_asked(self, written: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Leaves out fields that are not set, so that a judgement without them is written as in earlier
        versions."""
        said = written(self)
        if isinstance(said.get("certainty"), dict):
            said["certainty"] = {
                name: value for name, value in said["certainty"].items() if value is not None
            }
        return {name: value for name, value in said.items() if value is not None}

    def percent_of(self, unit: str) -> Decimal:
        """Returns the percentage at which a criterion, an element or the unit itself counts as met in this
        unit."""
        return self.units.get(unit, self.percent)


class Conversion(Model):
    """The conversion of points into scaled scores, by a line or by a table.

    - `slope`, `intercept`: the line slope · points + intercept.
    - `table`: the scaled score of each possible number of points: `{0: 200, 1: 204, 2: 208}`.
    - `points`: the full score for which the conversion was made; the default is that of the form as printed.

    If questions were dropped after printing, points count in proportion: p of 23 as 24 p / 23 of 24.
    """

    slope: Number | None = None
    intercept: Number | None = None
    table: dict[Number, Number] = {}
    points: Positive | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.slope is None) != (self.intercept is None):
            raise invalid("a line needs both slope and intercept")
        if self.slope is not None and self.table:
            raise invalid("give either slope and intercept, or a table")
        return self

    @cached_property
    def exact(self) -> Mapping[Fraction, Fraction]:
        """The table as exact numbers."""
        return {Fraction(raw): Fraction(value) for raw, value in self.table.items()}

    def at(self, points: Fraction) -> Fraction | None:
        """Returns the scaled score of points, not rounded. Between two entries of a table it interpolates
        linearly; beyond the ends of the table it returns None."""
        if not self.table:
            return Fraction(self.slope or 0) * points + Fraction(self.intercept or 0)
        if points in self.exact:
            return self.exact[points]
        below = [raw for raw in self.exact if raw < points]
        above = [raw for raw in self.exact if raw > points]
        if not below or not above:
            return None
        low, high = max(below), min(above)
        share = (points - low) / (high - low)
        return self.exact[low] + share * (self.exact[high] - self.exact[low])

    @property
    def is_given(self) -> bool:
        """Whether the conversion has a line or a table."""
        return self.slope is not None or bool(self.table)


class ScaledScore(Conversion):
    """Scaled scores: a conversion of points by a line (`slope`, `intercept`) or by a `table`.

    - `forms`: conversions of single forms, by name: `{B: {slope: 10.2, intercept: 197}}`.
    - `decimals` (default 0, at most 4): scaled scores are rounded to these; a half is rounded up.
    - `floor`, `ceiling`: the lowest and the highest scaled score, after rounding.
    - `points`: the full score for which the conversion was made; the default is that of the form as printed.
    """

    forms: dict[str, Conversion] = {}
    decimals: Annotated[int, Field(ge=0, le=4, strict=True)] = 0
    floor: Number | None = None
    ceiling: Number | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.is_given and not self.forms:
            raise invalid("give slope and intercept, a table, or a conversion for each of `forms`")
        if any(not one.is_given for one in self.forms.values()):
            raise invalid("each of `forms` needs slope and intercept, or a table")
        if self.floor is not None and self.ceiling is not None and self.floor > self.ceiling:
            raise invalid(
                "floor {floor} is more than ceiling {ceiling}", floor=self.floor, ceiling=self.ceiling
            )
        return self

    def conversion(self, form: str) -> Conversion:
        """Returns the conversion of a form."""
        return self.forms.get(form, self)

    def made_for(self, form: str, points: Fraction, printed: int, full: Fraction) -> Fraction:
        """Returns the points of a form on the scale for which its conversion was made. `printed` is the full
        score of the form as printed; if dropped questions have reduced it to `full`, points are rescaled in
        proportion."""
        return points * (self.conversion(form).points or printed) / full if full else points

    def steps(self, form: str, points: Fraction, printed: int, full: Fraction) -> int | None:
        """Returns the scaled score as a number of units of its last decimal, rounded half up and limited to
        floor and ceiling.

        None if the points are beyond the ends of a table.
        """
        exact = self.conversion(form).at(self.made_for(form, points, printed, full))
        if exact is None:
            return None
        value = self._rounded(exact)
        if self.floor is not None:
            value = max(value, self._rounded(Fraction(self.floor)))
        if self.ceiling is not None:
            value = min(value, self._rounded(Fraction(self.ceiling)))
        return value

    def _rounded(self, value: Fraction) -> int:
        return int((value * 10**self.decimals + Fraction(1, 2)) // 1)


class EquatedForm(Model):
    """A form that was equated: the SHA-256 of the file its scores were read from, and the number of
    candidates if known."""

    name: Text
    sha256: Text
    candidates: Count | None = None


class EquatingAdvice(Model):
    """The advice that the identity function would do as well, with the estimated error of each method in
    points."""

    method: Literal["identity"]
    error: Number
    identity_error: Number


class EquatingSource(Model):
    """Where a conversion comes from, as `analyse equate` and `analyse link` write it."""

    examgen: Text
    design: Text
    method: Text
    x: EquatedForm
    y: EquatedForm
    advice: EquatingAdvice | None = None


class ScaledFile(ScaledScore):
    """A conversion that was read from a file of its own, and its source."""

    source: EquatingSource | None = None


class ReportRule(Model):
    """What reports and results show in addition to points and per cent; nothing by default.

    - `scaled`: a scaled score.
    - `rank: true`: the rank among all candidates scored together; ties share the better rank.
    - `percentile: true`: the percentile rank.
    - `t_score`: `linear` (mean 50, standard deviation 10) or `normalised` (McCall's T).
    - `coverage: true`: how many criteria the candidate met, of those on the form and of all in the units.
    """

    scaled: ScaledScore | None = None
    rank: bool = False
    percentile: bool = False
    t_score: Literal["linear", "normalised"] | None = None
    coverage: bool = False


class FormCut(Model):
    """The cut score of one form, in points, as set by judges when the exam was built or in a file.

    `judged` is the result of the panel (by Angoff, the sum of the mean ratings of the scored items); `se` is
    its standard error (None if there is none); `judges` is the number of judges (by Angoff, the smallest
    number in any unit who rated every item). `cut` is the score used: `judged` after any adjustment that was
    decided. All have at most four decimals.
    """

    cut: Number
    judged: Number
    se: Number | None
    judges: Count


# ── files of cut scores ─────────────────────────────────────────────────────────────────────


CutMethod = Literal[
    "angoff",
    "angoff-yes-no",
    "ebel",
    "bookmark",
    "borderline-group",
    "contrasting-groups",
    "borderline-regression",
    "hofstee",
]
METHOD_WORDS: dict[str, Message] = {
    "angoff": tell("Angoff"),
    "angoff-yes-no": tell("yes/no Angoff"),
    "ebel": tell("Ebel"),
    "bookmark": tell("bookmark"),
    "borderline-group": tell("borderline group"),
    "contrasting-groups": tell("contrasting groups"),
    "borderline-regression": tell("borderline regression"),
    "hofstee": tell("Hofstee"),
}
"""The names of the methods."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class CutOfForm(Model):
    """The cut score of one form, in points from 0 to `points`.

    `judged` is the result of the panel, and `cut` the score used, after any adjustment that was decided. `se`
    is the standard error of `judged` over judges or candidates, or null. `judges` and `candidates` are the
    numbers on which it rests, if the method has them.
    """

    cut: Number
    judged: Number
    se: Annotated[Number, Field(ge=0)] | None = None
    judges: Count | None = None
    candidates: Count | None = None
    points: Positive

    @model_validator(mode="after")
    def _on_the_scale(self) -> Self:
        for name in ("cut", "judged"):
            value: Decimal = getattr(self, name)
            if not 0 <= value <= self.points:
                raise invalid(
                    "{name} {value} is outside the scale (0 to {points} points)",
                    name=name,
                    value=value,
                    points=self.points,
                )
        return self

    @property
    def of_form(self) -> JudgedCut:
        """The cut score in the form in which an exam uses it."""
        return JudgedCut(
            cut=self.cut, judged=self.judged, se=self.se, judges=self.judges or 0, candidates=self.candidates
        )


class JudgedCut(FormCut):
    """A cut score that was set after the exam was built. `candidates` is the number of candidates on which it
    rests, if any."""

    candidates: Count | None = None


class CutSource(Model):
    """A file from which judgements were read, with its SHA-256."""

    file: Text
    sha256: Sha256


class CutFile(Model):
    """The cut scores of an exam's forms, with the method, the source files, and who decided on them and why.

    `exam` and `fingerprint` (the full SHA-256 that `verify` shows for the exam) identify the exam.
    """

    exam: Text
    fingerprint: Sha256
    method: CutMethod
    moved_by_se: Number = Decimal(0)
    forms: Annotated[dict[str, CutOfForm], Field(min_length=1)]
    sources: Annotated[tuple[CutSource, ...], Field(min_length=1)]
    by: Text
    reason: Text
    date: datetime.date


# ── decisions on persons ────────────────────────────────────────────────────────────────────


DecisionName = Literal[
    "withheld", "disqualified", "withdrawn", "restored",
    "upheld", "changed", "reopened", "excused", "remarked", "waived", "appeal-allowed", "appeal-dismissed",
    "dropped",
]  # fmt: skip
About = Literal["result", "second look", "attendance", "marking", "appeal", "method", "proposal"]


class DecisionKind(NamedTuple):
    """What a decision is about, and its name in words."""

    about: About
    words: Message
    looks_at_result: bool = False
    """Whether the decision was based on the candidate's result, and so requires one."""


DECISION_KINDS: Mapping[str, DecisionKind] = {
    "withheld": DecisionKind("result", tell("result withheld")),
    "disqualified": DecisionKind("result", tell("disqualified")),
    "withdrawn": DecisionKind("result", tell("result withdrawn")),
    "restored": DecisionKind("result", tell("the previous decision is reversed")),
    "upheld": DecisionKind("second look", tell("second look: result confirmed"), True),
    "changed": DecisionKind("second look", tell("second look: result changed"), True),
    "reopened": DecisionKind("second look", tell("second look: open again")),
    "excused": DecisionKind("attendance", tell("excused absence")),
    "remarked": DecisionKind("marking", tell("answers marked again by another person"), True),
    "waived": DecisionKind("method", tell("method of assessment waived")),
    "appeal-allowed": DecisionKind("appeal", tell("appeal allowed")),
    "appeal-dismissed": DecisionKind("appeal", tell("appeal dismissed")),
    "dropped": DecisionKind("proposal", tell("expired without confirmation")),
}
"""Every decision that can be made about a person."""
DECISION_NAMES: tuple[str, ...] = get_args(DecisionName)
NO_RESULT = frozenset(("withheld", "disqualified", "withdrawn"))
"""Decisions by which a person has no result until it is `restored`."""
UNTIL_RESTORED = NO_RESULT | {"excused"}
"""Decisions that stay in force until they are reversed."""


# ── appeals and complaints ──────────────────────────────────────────────────────────────────


CaseKind = Literal["appeal", "complaint"]
CaseOutcome = Literal["allowed", "partly", "dismissed", "withdrawn"]
CaseSource = Literal["picture", "paper"]
"""What the answers are read from a second time: the image of the sheet, or the paper itself."""
PREFIXES: Mapping[CaseKind, str] = {"appeal": "A", "complaint": "C"}
"""The first letter of the case number, by kind of case."""
KIND_WORDS: Mapping[str, Message] = {"appeal": tell("appeal"), "complaint": tell("complaint")}
OUTCOME_WORDS: Mapping[str, Message] = {
    "allowed": tell("allowed"),
    "partly": tell("allowed in part"),
    "dismissed": tell("dismissed"),
    "withdrawn": tell("withdrawn by the person who filed it"),
}
SOURCE_WORDS: Mapping[str, Message] = {
    "picture": tell("from the image of the sheet"),
    "paper": tell("from the paper itself"),
}
