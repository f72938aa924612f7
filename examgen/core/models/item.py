"""The content of a unit in the item bank: items, stimuli, instruments for other methods, and evidence about
them.

Assessors rate each task of an instrument (an interview, a portfolio list, an observation) on its anchors. For
drawing, printing and scoring, a task is an item whose options are its anchors and whose key is the highest of
them.
"""

from __future__ import annotations

import hashlib
import json
from itertools import combinations
from typing import Annotated, Any, Literal, NamedTuple, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from examgen.core.models.decisions import PassRule
from examgen.core.models.field_types import (
    Bilingual,
    Cognitive,
    Count,
    Level,
    LongText,
    Model,
    Positive,
    Status,
    Text,
    one_or_several,
)
from examgen.core.models.papers import GregorianDay
from examgen.core.models.standard import Unit, UnitLevels
from examgen.core.text.characters import LETTERS
from examgen.core.words import Message, invalid, tell

ItemId = Annotated[str, Field(min_length=1, pattern=r"^[^\s/\\,|.][^\s/\\,|]*$")]
OptionId = Annotated[str, Field(pattern=r"^[a-z]$")]
DecidedBy = Literal["knowledge", "judgement", "stem"]
"""What determines the key: knowledge, professional judgement of the case, or information in the stem alone.
"""
DECIDED_BY: tuple[DecidedBy, ...] = get_args(DecidedBy)
DECIDED_BY_WORDS: dict[str, Message] = {
    "knowledge": tell("knowledge"),
    "judgement": tell("judgement"),
    "stem": tell("the stem alone"),
}


class Kin(NamedTuple):
    """A set of items of which a form has at most one."""

    kind: Literal["family", "model"]
    name: str


class Origin(Model):
    """The item model from which an item was generated. `bank generate` writes this.

    - `id`: the id of the model.
    - `seed`: the seed of the random draw.
    - `values`: the drawn values by name. Numbers are exact (`0.1`, `1/3`), dates are written 2026-11-20.
    - `mistakes`: by option, the mistake from which the distractor was computed.
    """

    id: ItemId
    seed: int
    values: dict[str, str]
    mistakes: dict[OptionId, str] = {}


class Item(Model):
    """A multiple-choice item of the bank.

    Texts may have inline Markdown, images and formulas. A stem may also have tables and lists: a list starts
    after a blank line and has at least two entries, numbered from `1.` if they are numbered.

    - `id`: a unique id, never reused; no blank, comma, slash or bar.
    - `pcs`: the criteria that the item measures; it counts for the first.
    - `levels`: the levels that it suits, or `[]` if the unit states none.
    - `cognitive`: `remember`, `understand`, `apply`, `analyse` or `evaluate`.
    - `stem`, `options`: the question, and two to five options by id: `{a: …, b: …}`. Papers may print the
      options in another order.
    - `key`: the id of the right option, or a list if several are right. Unless the blueprint's `scoring`
      changes this, a single mark on any of them earns the points.
    - `rationale`: by option, why it is right or wrong.
    - `reference`: where a reviewer can check the key.
    - `status`: `draft`, `review`, `approved`, `pilot`, `operational` or `retired`.
    - `enemies`: ids of items that must not be on the same form; it is enough if one of the two names the
      other.
    - `shared_stimulus`: the id of a text in `stimuli.yaml`.
    - `anchored`: options that keep their places on every form, for example `[d]` for "all of the above".
    - `time_s`: the seconds that a candidate is expected to need.
    - `waivers`: by code of a rule of `bank check`, the reason why its finding does not apply here.
    - `family`: a name for items with the same options, each of which is the key of one of them. A form has at
      most one item of a family.
    - `right_if`: by option, when that option would be right.
    - `decided_by`: what determines the key: `knowledge`, `judgement` or `stem` (the stem alone).
    - `model`: only for an item generated from an item model. A form has at most one item of a model.
    """

    id: ItemId
    pcs: Annotated[tuple[str, ...], Field(min_length=1)]
    levels: tuple[Level, ...]
    cognitive: Cognitive
    stem: Text
    options: Annotated[dict[OptionId, Text], Field(min_length=2, max_length=len(LETTERS))]
    key: Annotated[tuple[OptionId, ...], one_or_several, Field(min_length=1)]
    rationale: dict[OptionId, Text]
    reference: Text
    status: Status
    enemies: tuple[str, ...] = ()
    shared_stimulus: str | None = None
    anchored: tuple[OptionId, ...] = ()
    time_s: Positive | None = None
    waivers: dict[str, Text] = {}
    # left out where they say nothing, so that other items read as they always did
    family: Annotated[ItemId | None, Field(exclude_if=lambda value: value is None)] = None
    right_if: Annotated[dict[OptionId, Text], Field(exclude_if=lambda value: not value)] = {}
    decided_by: Annotated[DecidedBy | None, Field(exclude_if=lambda value: value is None)] = None
    model: Annotated[Origin | None, Field(exclude_if=lambda value: value is None)] = None

    @property
    def pc(self) -> str:
        """The criterion that the item counts for."""
        return self.pcs[0]

    @property
    def reasons(self) -> dict[str, str]:
        """By option, the reason why it is right or wrong here and when it would be right; options without
        either are left out."""
        said = {
            option: " ".join(filter(None, (self.rationale.get(option), self.right_if.get(option))))
            for option in self.options
        }
        return {option: text for option, text in said.items() if text}

    @property
    def kin(self) -> tuple[Kin, ...]:
        """The sets to which the item belongs and of which a form has at most one: its family, and the
        instances of its model."""
        family = () if self.family is None else (Kin("family", self.family),)
        return family if self.model is None else (*family, Kin("model", self.model.id))

    def is_enemy(self, other: Item) -> bool:
        """Returns whether the two items must never be on the same form: one lists the other as an enemy, or
        they are kin."""
        named = other.id in self.enemies or self.id in other.enemies
        return named or any(one in other.kin for one in self.kin)

    def sha256(self) -> str:
        """Returns the hash of what a candidate sees and of the key, independent of the order of the
        options."""
        seen = {"stem": self.stem, "options": dict(sorted(self.options.items())), "key": sorted(self.key)}
        return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()

    def keyed_as(self, sha256: str) -> tuple[str, ...] | None:
        """Returns the key with which this item would have that hash; None if more than the key differs."""
        names = sorted(self.options)
        keys = (key for n in range(1, len(names) + 1) for key in combinations(names, n))
        return next((key for key in keys if self.model_copy(update={"key": key}).sha256() == sha256), None)


class Stimulus(Model):
    """A case, table or extract to which several items refer; printed once, above them.

    - `id`: the id that items name as `shared_stimulus`.
    - `text`: Markdown with images, formulas, tables and lists.
    """

    id: str
    text: LongText


class Use(Model):
    """An administration in which an item was used, with the number of candidates if known; or an exam that
    was printed with it and may not have been sat (`is_sat` is false)."""

    administration: str
    date: str
    n: int | None = None
    is_sat: bool = True


class Evidence(Model):
    """Evidence about an item in its current wording; statistics of earlier wordings are not included.

    `facility` is the proportion right and `item_rest` the item–rest correlation, both over all forms and
    administrations, weighted by candidates. `a`, `b` and `c` are the parameters of the logistic model (D =
    1).
    """

    facility: float | None = None
    item_rest: float | None = None
    a: float | None = None
    b: float | None = None
    c: float | None = None
    uses: tuple[Use, ...] = ()


# ── provenance ──────────────────────────────────────────────────────────────────────────────


class Provenance(Model):
    """Where an item or an instrument comes from.

    - `drafted_by`: who wrote the draft.
    - `help`: what the author used, such as a language model, an item model, or a text that was translated.
    - `read_by`: who has read it, as a list.
    - `answers_for`: the person or committee that is responsible for it.
    - `day`: the day of the draft, in the common era: 2026-11-20.
    """

    drafted_by: Text
    help: str = ""
    read_by: tuple[Text, ...] = ()
    answers_for: str = ""
    # left out where it says nothing, so that packages without it stay what they are
    day: Annotated[GregorianDay | None, Field(exclude_if=lambda value: value is None)] = None


class SomeProvenance(Provenance):
    """The provenance of some items of a unit.

    - `ids`: the ids of these items; the id of an item model stands for all items generated from it.
    - `drafted_by`, `help`, `read_by`, `answers_for`, `day`: as for all items.
    """

    ids: Annotated[tuple[ItemId, ...], Field(min_length=1)]

    @property
    def provenance(self) -> Provenance:
        """The provenance without the item ids."""
        return Provenance.model_validate(self.model_dump(exclude={"ids"}))


class UnitProvenance(Model):
    """The file `provenance.yaml` of a unit: where its items come from. Give at least one of the two.

    - `all`: the provenance of all items that are not in `some`.
    - `some`: a list of items with another provenance.
    """

    all: Provenance | None = None
    some: tuple[SomeProvenance, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.all is None and not self.some:
            raise invalid("is empty. Write `all` for all items, or `some` for items that differ.")
        return self

    def of(self, item: str, model: str | None = None) -> Provenance | None:
        """Returns the provenance of an item: its own, else that of the item model it was made from, else that
        of all items."""
        for name in filter(None, (item, model)):
            for one in self.some:
                if name in one.ids:
                    return one.provenance
        return self.all


# ── instruments ─────────────────────────────────────────────────────────────────────────────


RatedMethod = Literal["interview", "practical", "portfolio", "observation", "simulation", "other"]
"""The methods of assessment for which there are instruments: all but the written test."""
YES_NO: dict[int, str] = {0: "ไม่ใช่ (no)", 1: "ใช่ (yes)"}
"""The anchors of a task that is rated yes or no."""


def _anchors(value: Any) -> Any:
    if value == "yes_no":
        return YES_NO
    if isinstance(value, dict):  # in JSON, keys are text
        return {int(k) if isinstance(k, str) and k.isdecimal() else k: text for k, text in value.items()}
    return value


def _scale(value: dict[int, str]) -> dict[int, str]:
    if least := min(value):
        raise invalid("begins at {least}. State what earns 0 points.", least=least)
    if len({" ".join(text.split()) for text in value.values()}) < len(value):
        raise invalid("two anchors have the same text. Word them differently.")
    return value


Anchors = Annotated[
    dict[Count, Text],
    BeforeValidator(_anchors),
    Field(min_length=2, max_length=len(LETTERS)),
    AfterValidator(_scale),
]


class Task(Model):
    """A task of an instrument: a question, a practical task, a document or a skill, and how it is rated.

    - `id`: a unique id, never reused.
    - `pcs`: the criteria that the task measures; it counts for the first.
    - `cognitive`: `remember`, `understand`, `apply`, `analyse` or `evaluate`.
    - `ask`: what the candidate is asked or told to do.
    - `guide`: what a good answer contains; only assessors see it.
    - `anchors`: by points, from 0, what earns them: two to five entries, `{0: …, 1: …, 2: …}`. `yes_no` is
      short for 1 point or 0.
    - `evidence`: what the assessor looks at or notes.
    - `reference`: where a reviewer can check the task.
    - `enemies`: ids of tasks that must not be on the same form.
    - `minutes`: the expected time, in minutes.
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
        """The points that can be awarded, in ascending order."""
        return tuple(sorted(self.anchors))


class Instrument(Model):
    """An instrument by which assessors rate candidates, such as an interview or a practical task.

    - `id`: a unique id, never reused.
    - `method`: `interview`, `practical`, `portfolio`, `observation`, `simulation` or `other`.
    - `title`: the title in Thai and English.
    - `levels`: the levels that it suits, or `[]` if the unit states none.
    - `status`: `draft`, `review`, `approved`, `pilot`, `operational` or `retired`.
    - `minutes`: the time for all of it, in minutes.
    - `for_assessor`: instructions printed only for the assessor. `for_candidate`: only for the candidate.
    - `case`: a case printed for both.
    - `provenance`: where the instrument comes from.
    - `pass`: the pass rule; it applies if the blueprint has none.
    - `tasks`: the tasks, at least one.
    """

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
        """The case of the instrument as a stimulus, which keeps its tasks together; None if it has no
        case."""
        return Stimulus(id=self.id, text=self.case) if self.case is not None else None

    @property
    def items(self) -> tuple[Item, ...]:
        """The tasks as items."""
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
        """Returns the hash of everything given to assessors and candidates; approvals refer to it."""
        seen = self.model_dump(mode="json", exclude={"status", "provenance"})
        return hashlib.sha256(json.dumps(seen, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


class AssessingRule(Model):
    """How many assessors rate each candidate, and by how much they may differ.

    - `assessors` (default 2): from 1 to 5.
    - `apart` (default 1): the most points by which two ratings of a task may differ. Otherwise a person
      decides.
    - `total_apart`: the most points by which two totals of a candidate may differ; no limit if left out.
      Otherwise a person decides every task on which the ratings differ.

    The points of a task are the median of its ratings.
    """

    assessors: Annotated[int, Field(ge=1, le=5, strict=True)] = 2
    apart: Count = 1
    total_apart: Positive | None = None


# ── the unit as a whole ─────────────────────────────────────────────────────────────────────


class BankUnit(Model):
    """One unit of the bank: its standard, items, shared stimuli, evidence about the items, the meaning of its
    levels with their sources, and its instruments for other methods of assessment."""

    unit: Unit
    items: tuple[Item, ...]
    stimuli: tuple[Stimulus, ...] = ()
    evidence: dict[str, Evidence] = {}
    meanings: UnitLevels | None = None
    instruments: tuple[Instrument, ...] = ()
