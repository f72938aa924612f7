"""The basis of all models: strict fields, fixed vocabularies, amounts and rooms."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Literal, NamedTuple, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WrapValidator,
    model_validator,
)

from examgen.core.words import Message, invalid, tell

MOST_ITEMS = 500

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

CATEGORY_WORDS: dict[str, Message] = {
    "remember": tell("remember"),
    "understand": tell("understand"),
    "apply": tell("apply"),
    "analyse": tell("analyse"),
    "evaluate": tell("evaluate"),
}
"""The names of the cognitive categories for people."""
STATUS_WORDS: dict[str, Message] = {
    "draft": tell("draft"),
    "review": tell("review"),
    "approved": tell("approved"),
    "pilot": tell("pilot"),
    "operational": tell("operational"),
    "retired": tell("retired"),
}


Told = Annotated[str, WrapValidator(lambda value, read: value if isinstance(value, Message) else read(value))]
"""A text that is a message when created, and a plain text when read from a file."""
LONGEST_TEXT = 40_000
Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
LongText = Annotated[str, Field(min_length=1, max_length=2 * LONGEST_TEXT)]
"""A text that may fill pages, such as a case."""
Level = Annotated[int, Field(ge=1, le=8, strict=True)]
UnitCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9-](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?$")]
"""A code that is safe as the name of a folder."""
LARGEST = 1_000_000
"""The largest count that people can write."""
Count = Annotated[int, Field(ge=0, le=LARGEST, strict=True)]
Positive = Annotated[int, Field(ge=1, le=LARGEST, strict=True)]


one_or_several = BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
"""Turns a single text into a tuple, for a field that takes one text or a list."""


class Model(BaseModel):
    """A frozen model that rejects unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Bilingual(Model):
    """A text in Thai (`th`) and English (`en`); both are required.

    Example: `{th: "…", en: Competency test}`.
    """

    th: Text
    en: Text


class Range(Model):
    """A minimum and a maximum, or a single value for both."""

    @model_validator(mode="before")
    @classmethod
    def _exact(cls, value: object) -> object:
        return value if isinstance(value, dict | Range) else {"min": value, "max": value}


# ── amounts ─────────────────────────────────────────────────────────────────────────────────


_SHARE = re.compile(r"^(\d+(?:\.\d+)?)\s*%$")


def _amount(value: object) -> object:
    if isinstance(value, str) and (found := _SHARE.match(value)) and Fraction(found[1]) <= 100:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST:
        return value
    raise invalid("write a count (4) or a share of the form (40%)")


Amount = Annotated[int | str, BeforeValidator(_amount)]


class Quota(Range):
    """How many items of one kind a form has.

    Write a number for exactly that many (`10`), a share of the scored items of a form (`40%`), or a minimum
    and a maximum: `{min: 4, max: 6}`. Each of the two is a number or a share, and one of them may be left
    out. Shares are rounded inwards: a minimum up, a maximum down.
    """

    min: Amount | None = None
    max: Amount | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if type(self.min) is type(self.max) and self.bounds(10_000)[0] > self.bounds(10_000)[1]:
            raise invalid("min {min} is more than max {max}", min=self.min, max=self.max)
        return self

    def bounds(self, n_items: int) -> tuple[int, int]:
        """Returns the minimum and maximum count in a form of `n_items`. A share is rounded inwards."""
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
            raise invalid("write a percentage (60)") from None
    return value


def _write_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def written_number() -> PlainSerializer:
    """Returns a serialiser that writes a decimal as a plain number."""
    return PlainSerializer(_write_number)


MOST_DECIMALS = 20


def _short(value: Decimal) -> Decimal:
    # 1e-999999999 is a fraction whose denominator fills the memory
    if value.is_finite() and int(value.as_tuple().exponent) < -MOST_DECIMALS:
        raise invalid("write at most {most_decimals} decimals", most_decimals=MOST_DECIMALS)
    return value


short = AfterValidator(_short)
"""Limits the number of decimals, so that exact arithmetic is possible."""
Percent = Annotated[Decimal, BeforeValidator(_percent), written_number(), Field(ge=0, le=100), short]
"""A percentage: `60` and `60%` are the same."""


Bound = Annotated[float, Field(ge=-1e7, le=1e7, allow_inf_nan=False)]


class Interval(Range):
    """A range of values.

    Write `{min: 0.4, max: 0.8}`. Either of the two may be left out; a single number is both.
    """

    min: Bound | None = None
    max: Bound | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min is None and self.max is None:
            raise invalid("give min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise invalid("min {min} is more than max {max}", min=self.min, max=self.max)
        return self

    @property
    def least(self) -> float:
        """The lower bound; −inf if there is none."""
        return -math.inf if self.min is None else self.min

    @property
    def greatest(self) -> float:
        """The upper bound; inf if there is none."""
        return math.inf if self.max is None else self.max


class Overlap(Range):
    """The number of items, including pilot items, that any two forms share in addition to an anchor.

    Write a number (`0`: no common items) or a range: `{min: 2, max: 5}`. In a range, `min` is 0 and `max` has
    no limit if left out.
    """

    min: Annotated[int, Field(ge=0, le=MOST_ITEMS, strict=True)] = 0
    max: Annotated[int, Field(ge=0, le=MOST_ITEMS, strict=True)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max is not None and self.min > self.max:
            raise invalid("min {min} is more than max {max}", min=self.min, max=self.max)
        return self


# ── rooms ───────────────────────────────────────────────────────────────────────────────────


class ExamRoom(NamedTuple):
    """A room, identified with its centre because two centres may use the same room name. Either is empty if
    no list gives it."""

    centre: str
    name: str

    @property
    def shown(self) -> str:
        """The text shown if there is no separate column for the centre."""
        return " – ".join(filter(None, self))
