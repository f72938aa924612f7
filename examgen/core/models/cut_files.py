"""The file of cut scores that a standard setting writes and a scoring reads: `cut.yaml`."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from examgen.core.models.base import Count, Model, Positive, Text
from examgen.core.models.decisions import FormCut, Number
from examgen.core.words import Message, tell

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
    """The cut of one form, in points from 0 to `points`.

    `judged` is the result of the panel; `cut` is the one that is used, after a decision to move it. `se` is
    the standard error of `judged` over judges or candidates, or null. `judges` and `candidates` are the
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
                message = tell(
                    "{name} {value} is outside the scale (0 to {points} points)",
                    name=name,
                    value=value,
                    points=self.points,
                )
                raise ValueError(message)
        return self

    @property
    def of_form(self) -> JudgedCut:
        """The cut in the form that an exam uses."""
        return JudgedCut(
            cut=self.cut, judged=self.judged, se=self.se, judges=self.judges or 0, candidates=self.candidates
        )


class JudgedCut(FormCut):
    """A cut that was set after the exam was built; `candidates` is the number on which it rests, if any."""

    candidates: Count | None = None


class CutSource(Model):
    """A file from which judgements were read."""

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
