"""An instrument of assessment other than the written test: an interview, a portfolio list, an observation.

Assessors rate each task of an instrument by its anchors. To whatever draws, prints and scores, a task is an
item whose options are its anchors and whose key is the highest of them.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from examgen.core.models.base import (
    Bilingual,
    Cognitive,
    Count,
    Level,
    LongText,
    Model,
    Positive,
    Status,
    Text,
)
from examgen.core.models.decisions import PassRule
from examgen.core.models.item import Item, ItemId, Stimulus
from examgen.core.models.provenance import Provenance
from examgen.core.text.characters import LETTERS
from examgen.core.words import tell

RatedMethod = Literal["interview", "practical", "portfolio", "observation", "simulation", "other"]
"""The methods of assessment that an instrument can be: all but the written test."""
YES_NO: dict[int, str] = {0: "ไม่ใช่ (no)", 1: "ใช่ (yes)"}
"""The anchors of a task that is rated by yes or no."""


def _anchors(value: Any) -> Any:
    if value == "yes_no":
        return YES_NO
    if isinstance(value, dict):  # in JSON, keys are text
        return {int(k) if isinstance(k, str) and k.isdecimal() else k: text for k, text in value.items()}
    return value


def _scale(value: dict[int, str]) -> dict[int, str]:
    if least := min(value):
        raise ValueError(tell("begins at {least}. State what earns 0 points.", least=least))
    if len({" ".join(text.split()) for text in value.values()}) < len(value):
        raise ValueError(tell("two anchors have the same text. Word them differently."))
    return value


Anchors = Annotated[
    dict[Count, Text],
    BeforeValidator(_anchors),
    Field(min_length=2, max_length=len(LETTERS)),
    AfterValidator(_scale),
]


class Task(Model):
    """A row of an instrument: a question, a task, a document or a skill, and how it is rated.

    `pcs[0]` is the criterion it counts for. `guide` says what a good answer has; `anchors` has, by points,
    what earns them, from 0 up: two to five, or `yes_no`. `evidence` is what the assessor looks at or notes.
    """

    id: ItemId
    pcs: Annotated[tuple[str, ...], Field(min_length=1)]
    cognitive: Cognitive
    ask: Text
    guide: Text
    anchors: Anchors
    evidence: str = ""
    reference: str = ""
    enemies: tuple[str, ...] = ()
    minutes: Positive | None = None

    @property
    def points(self) -> tuple[int, ...]:
        """What can be given, from the least."""
        return tuple(sorted(self.anchors))


class Instrument(Model):
    """A file of `instruments/`: what it says before its tasks, its own pass rule where it has one, the
    tasks."""

    id: ItemId
    method: RatedMethod
    title: Bilingual
    levels: tuple[Level, ...] = ()
    status: Status
    minutes: Positive
    for_assessor: LongText
    for_candidate: LongText
    case: LongText | None = None
    provenance: Provenance
    pass_rule: Annotated[PassRule | None, Field(alias="pass")] = None
    tasks: Annotated[tuple[Task, ...], Field(min_length=1)]

    @property
    def stimulus(self) -> Stimulus | None:
        """Its case, which keeps its tasks together; None without a case."""
        return Stimulus(id=self.id, text=self.case) if self.case is not None else None

    @property
    def items(self) -> tuple[Item, ...]:
        """Its tasks as items."""
        return tuple(self._item(task) for task in self.tasks)

    def _item(self, task: Task) -> Item:
        options = {chr(ord("a") + n): task.anchors[points] for n, points in enumerate(task.points)}
        return Item(
            id=task.id,
            pcs=task.pcs,
            levels=self.levels,
            cognitive=task.cognitive,
            stem=task.ask,
            options=options,
            key=(max(options),),
            rationale={},
            reference=task.reference or self.id,
            status=self.status,
            enemies=task.enemies,
            shared_stimulus=self.id if self.case is not None else None,
            anchored=tuple(options),
            time_s=task.minutes * 60 if task.minutes else None,
        )

    def sha256(self) -> str:
        """Hash of what assessors and candidates are given, which an approval binds."""
        seen = self.model_dump(mode="json", exclude={"status", "provenance"})
        return hashlib.sha256(json.dumps(seen, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


class AssessingRule(Model):
    """How ratings become points: how many assessors rate each candidate, and how far apart they may be.

    Points of a task are the median of its ratings. Where two ratings of a task are more than `apart` points
    apart, or two totals of a candidate more than `total_apart`, somebody decides (moderation).
    """

    assessors: Annotated[int, Field(ge=1, le=5, strict=True)] = 2
    apart: Count = 1
    total_apart: Positive | None = None
