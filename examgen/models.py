"""The vocabulary: frozen models of what people write and of what is printed.

Units follow the public unit documents of Thailand's professional-qualification system (TPQI);
items, blueprints and forms use the terms of the testing literature.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)

LETTERS = "ABCDE"
MOST_ITEMS = 500
THAI_LETTERS = "กขคงจ"

Method = Literal[
    "written_objective",
    "written",
    "interview",
    "practical",
    "portfolio",
    "observation",
    "simulation",
    "other",
]
Cognitive = Literal["remember", "understand", "apply", "analyse", "evaluate"]
Status = Literal["draft", "review", "approved", "pilot", "operational", "retired"]
Choices = Literal["thai", "latin"]
COGNITIVE: tuple[Cognitive, ...] = get_args(Cognitive)
STATUSES: tuple[Status, ...] = get_args(Status)

Level = Annotated[int, Field(ge=1, le=8, strict=True)]
UnitCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9-](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?$")]
"""A code that can name a folder, and can lead nowhere else."""


class Model(BaseModel):
    """Frozen, and strict about fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# ── standards ────────────────────────────────────────────────────────────────────────────────


class Occupation(Model):
    """An occupation of section 5, with the qualification levels stated for it."""

    name: str
    levels: tuple[Level, ...] = ()


class Criterion(Model):
    """A performance criterion (PC); `system_code` where the document has a second code column."""

    code: str
    system_code: str | None = None
    text: str


class Element(Model):
    """An element of competency (EOC) with its criteria."""

    code: str
    title: str
    criteria: tuple[Criterion, ...]


class Assessment(Model):
    """How section 18 has one group assessed; no levels means every level of the unit."""

    occupation: str | None = None
    levels: tuple[Level, ...] = ()
    methods: tuple[Method, ...]


class ReadingWarning(Model):
    """What is not certain in a reading: its kind, and the line and text concerned."""

    kind: str
    message: str
    line: int | None = None
    text: str | None = None


class Refusal(Model):
    """Why a document was not read as a unit."""

    kind: Literal["not_a_unit", "no_criteria", "truncated", "multiple_units", "criterion_without_code"]
    message: str


class AssessmentQuote(Model):
    """The words of section 18 behind the entry of `Unit.assessment` at the same position."""

    section: str
    text: str


class Source(Model):
    """The document that a unit was read from, and the words that decide what may be tested."""

    document: str
    sha256: str
    assessment: tuple[AssessmentQuote, ...] = ()


class Unit(Model):
    """A unit of competency (UoC), as read from its published document."""

    code: str | None
    title: str | None
    field: str | None = None
    revision: str | None = None
    description: str | None = None
    occupations: tuple[Occupation, ...] = ()
    sector: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    elements: tuple[Element, ...] = ()
    skills: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()
    regulations: tuple[str, ...] = ()
    assessment: tuple[Assessment, ...] = ()
    warnings: tuple[ReadingWarning, ...] = ()
    error: Refusal | None = None
    source: Source | None = None

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """All criteria in the order of the document."""
        return tuple(c for element in self.elements for c in element.criteria)

    def element_of(self, pc: str) -> str:
        """The code of the element that `pc` belongs to; KeyError where it is not of this unit."""
        for element in self.elements:
            if any(c.code == pc for c in element.criteria):
                return element.code
        raise KeyError(pc)

    def reading(self) -> dict[str, Any]:
        """The unit as the JSON of the contract: what was read, without its provenance."""
        return self.model_dump(mode="json", exclude={"source"})


# ── bank ─────────────────────────────────────────────────────────────────────────────────────

OptionId = Annotated[str, Field(pattern=r"^[a-z]$")]
Text = Annotated[str, Field(min_length=1)]


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Item(Model):
    """A multiple-choice question of the bank.

    `options` maps canonical option ids to text, whatever order is printed; `key` names the right
    ones (a single mark on any of them earns the point); `pcs[0]` is the criterion it counts for;
    `waivers` gives, by code of a rule of `bank check`, the reason why it does not apply here.
    """

    id: Annotated[str, Field(min_length=1, pattern=r"^[^\s/\\,|.][^\s/\\,|]*$")]
    pcs: Annotated[tuple[str, ...], Field(min_length=1)]
    levels: tuple[Level, ...]
    cognitive: Cognitive
    stem: Text
    options: Annotated[dict[OptionId, Text], Field(min_length=2, max_length=len(LETTERS))]
    key: Annotated[tuple[OptionId, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
    rationale: dict[OptionId, Text]
    reference: Text
    status: Status
    enemies: tuple[str, ...] = ()
    shared_stimulus: str | None = None
    waivers: dict[str, Text] = {}

    @property
    def pc(self) -> str:
        """The criterion that the item counts for."""
        return self.pcs[0]

    def sha256(self) -> str:
        """Hash of what a candidate sees and of the key, whatever order the options stand in."""
        seen = {"stem": self.stem, "options": dict(sorted(self.options.items())), "key": sorted(self.key)}
        return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()


class Stimulus(Model):
    """A case, table or extract that several items refer to; printed once, above them."""

    id: str
    text: Text


class BankUnit(Model):
    """One unit of the bank: the standard, its items and its shared stimuli."""

    unit: Unit
    items: tuple[Item, ...]
    stimuli: tuple[Stimulus, ...] = ()


# ── blueprint ────────────────────────────────────────────────────────────────────────────────


class Bilingual(Model):
    """A text in Thai and English."""

    th: Text
    en: Text


_SHARE = re.compile(r"^(\d+(?:\.\d+)?)\s*%$")


def _amount(value: object) -> object:
    if isinstance(value, str) and (found := _SHARE.match(value)) and Fraction(found[1]) <= 100:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError("write a count (4) or a share of the form (40%)")


Amount = Annotated[int | str, BeforeValidator(_amount)]


class Quota(Model):
    """How many items: `min` and `max`, each a count or a share of the form; exact if equal."""

    min: Amount | None = None
    max: Amount | None = None

    @model_validator(mode="before")
    @classmethod
    def _exact(cls, value: object) -> object:
        return value if isinstance(value, dict | Quota) else {"min": value, "max": value}

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if type(self.min) is type(self.max) and self.bounds(10_000)[0] > self.bounds(10_000)[1]:
            raise ValueError(f"min {self.min} is more than max {self.max}")
        return self

    def bounds(self, n_items: int) -> tuple[int, int]:
        """Least and greatest count in a form of `n_items`; a share is rounded inwards."""
        least = self.min if self.min is not None else 0
        greatest = self.max if self.max is not None else n_items
        return (
            least if isinstance(least, int) else math.ceil(_fraction(least) * n_items),
            greatest if isinstance(greatest, int) else math.floor(_fraction(greatest) * n_items),
        )


def _fraction(share: str) -> Fraction:
    return Fraction(share.rstrip("% ")) / 100


def _percent(value: object) -> object:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            return Decimal(str(value).rstrip("% "))
        except InvalidOperation:
            raise ValueError("write a percentage (60)") from None
    return value


def _write_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


Percent = Annotated[Decimal, BeforeValidator(_percent), PlainSerializer(_write_number), Field(ge=0, le=100)]


def _not_yet(*words: str) -> Callable[[object], object]:
    """A check that tells what the design has and this version has not; with no words, any value."""

    def check(value: object) -> object:
        if value in words or (not words and value is not None):
            what = f"`{value}`" if words else "this field"
            raise ValueError(f"{what} is not available in this version of examgen: leave it out")
        return value

    return check


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise ValueError("names one twice: name each once")
    return values


Count = Annotated[int, Field(ge=0, strict=True)]


class PassRule(Model):
    """When a candidate passes: every part that is given must hold.

    `percent` of all points; `criteria` percent in each PC that a pattern names (`all`, `A4012.*`,
    `A4012.01`); `cut` a raw score, set by a standard-setting study that `reason` names.
    """

    percent: Percent | None = None
    criteria: dict[str, Percent] = {}
    cut: Annotated[Count | None, BeforeValidator(_not_yet("angoff"))] = None
    reason: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.percent is None and self.cut is None and not self.criteria:
            raise ValueError("give at least one of percent, criteria, cut")
        if self.cut is not None and not self.reason:
            raise ValueError("a raw cut score needs its reason")
        return self


class Judgement(Model):
    """When a PC is `met`: at least `percent` of its points, judged only on `min_items` or more."""

    min_items: Annotated[int, Field(ge=1, strict=True)] = 3
    percent: Percent = Decimal(60)


class Overlap(Model):
    """Items that any two forms share."""

    min: Annotated[int, Field(ge=0, le=MOST_ITEMS, strict=True)] = 0
    max: Annotated[int, Field(ge=0, le=MOST_ITEMS, strict=True)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _exact(cls, value: object) -> object:
        return value if isinstance(value, dict | Overlap) else {"min": value, "max": value}

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is more than max {self.max}")
        return self


class Blueprint(Model):
    """What an exam must measure and how it is judged, as a coordinator writes it."""

    exam: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    title: Bilingual
    units: Annotated[tuple[UnitCode, ...], Field(min_length=1), AfterValidator(_each_once)]
    level: Level | None = None
    occupation: str | None = None
    forms: Annotated[int, Field(ge=1, le=999, strict=True), BeforeValidator(_not_yet("per_candidate"))] = 1
    items: Annotated[int, Field(ge=1, le=MOST_ITEMS, strict=True)]
    criteria: dict[str, Quota] = {}
    cognitive: dict[Cognitive, Quota] = {}
    statuses: Annotated[tuple[Status, ...], Field(min_length=1)] = ("operational",)
    overlap: Overlap = Overlap(min=0, max=0)
    statistics: Annotated[None, BeforeValidator(_not_yet()), Field(exclude=True)] = None
    time_min: Annotated[int, Field(ge=1, le=1440, strict=True)]
    pass_rule: Annotated[PassRule | None, Field(alias="pass")] = None
    judgement: Judgement = Judgement()
    choices: Choices = "thai"
    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True)] = 1


def matches(pattern: str, pc: str, element: str) -> bool:
    """Whether a blueprint's pattern (`all`, `A4012.*`, `A4012.01`) names this criterion."""
    if pattern in ("all", pc):
        return True
    return pattern.endswith(".*") and pattern[:-2] == element


# ── forms ────────────────────────────────────────────────────────────────────────────────────


class PrintedItem(Model):
    """An item as one form prints it: its number, and the order of its canonical option ids."""

    question: int
    item: Item
    unit: str
    element: str
    order: tuple[OptionId, ...]
    points: int = 1

    @property
    def key_letters(self) -> str:
        """The printed letters of the key: `C`, or `A|C` where several are right."""
        return "|".join(LETTERS[i] for i, option in enumerate(self.order) if option in self.item.key)

    @property
    def key_mask(self) -> int:
        """The key as a bit mask: bit i for the option printed at position i."""
        return sum(1 << i for i, option in enumerate(self.order) if option in self.item.key)


class Form(Model):
    """A snapshot of one printed version of an exam; scoring and reports read it, never the bank."""

    name: str
    items: tuple[PrintedItem, ...]


class Exam(Model):
    """Everything that a sitting rests on: blueprint, the standard, forms and stimuli as printed."""

    blueprint: Blueprint
    units: tuple[Unit, ...]
    forms: tuple[Form, ...]
    stimuli: tuple[Stimulus, ...] = ()
    notices: tuple[str, ...] = ()
    void_approvals: tuple[str, ...] = ()
    """Printed items whose text is not the one that was approved."""

    @property
    def has_drafts(self) -> bool:
        """Whether any printed item's text has not been approved by a subject-matter expert."""
        return bool(self.void_approvals) or any(
            printed.item.status in ("draft", "review") for form in self.forms for printed in form.items
        )
