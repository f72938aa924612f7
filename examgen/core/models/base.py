"""What all models rest on: words with a fixed meaning, and strictness."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WrapValidator

from examgen.core.words import Message, tell

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
"""Cognitive categories as people read them."""
STATUS_WORDS: dict[str, Message] = {
    "draft": tell("draft"),
    "review": tell("review"),
    "approved": tell("approved"),
    "pilot": tell("pilot"),
    "operational": tell("operational"),
    "retired": tell("retired"),
}


Told = Annotated[str, WrapValidator(lambda value, read: value if isinstance(value, Message) else read(value))]
"""A text that is a message where it is made, and plain where it is read from a file."""
LONGEST_TEXT = 40_000
Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
LongText = Annotated[str, Field(min_length=1, max_length=2 * LONGEST_TEXT)]
"""What fills pages, as a case may."""
Level = Annotated[int, Field(ge=1, le=8, strict=True)]
UnitCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9-](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?$")]
"""A code that can name a folder, and can lead nowhere else."""
LARGEST = 1_000_000
"""No count that people write is larger."""
Count = Annotated[int, Field(ge=0, le=LARGEST, strict=True)]
Positive = Annotated[int, Field(ge=1, le=LARGEST, strict=True)]


one_or_several = BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
"""Has a list of texts written as one text where there is one."""


class Model(BaseModel):
    """Frozen, and strict about fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Bilingual(Model):
    """A text in Thai and English."""

    th: Text
    en: Text
