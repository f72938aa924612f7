"""What a bank holds of a unit: items, stimuli, and what administrations have shown of an item."""

from __future__ import annotations

import hashlib
import json
from itertools import combinations
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import Field

from examgen.core.models.base import Cognitive, Level, LongText, Model, Positive, Status, Text, one_or_several
from examgen.core.text.characters import LETTERS
from examgen.core.words import Message, tell

ItemId = Annotated[str, Field(min_length=1, pattern=r"^[^\s/\\,|.][^\s/\\,|]*$")]
OptionId = Annotated[str, Field(pattern=r"^[a-z]$")]
DecidedBy = Literal["knowledge", "judgement", "stem"]
"""What finds the key: something learnt, the trade's sense of the case, or what the stem prints alone."""
DECIDED_BY: tuple[DecidedBy, ...] = get_args(DecidedBy)
DECIDED_BY_WORDS: dict[str, Message] = {
    "knowledge": tell("knowledge"),
    "judgement": tell("judgement"),
    "stem": tell("the stem alone"),
}


class Kin(NamedTuple):
    """A set of items of which a form holds one at most."""

    kind: Literal["family", "model"]
    name: str


class Origin(Model):
    """Where an instance of an item model comes from: the model, the seed, the values that were drawn.

    Numbers are written exactly (`0.1`, `1/3`), dates as ISO 8601 has them. `mistakes` names, by option, the
    mistake that the distractor was computed from.
    """

    id: ItemId
    seed: int
    values: dict[str, str]
    mistakes: dict[OptionId, str] = {}


class Item(Model):
    """A multiple-choice question of the bank.

    Texts are inline Markdown with images and formulas; `stem` holds tables and lists too, a list after a
    blank line, with two entries at least, numbered from `1.` if at all.

    `options` maps canonical option ids to text, whatever order is printed; `key` names the right
    ones (a single mark on any of them earns the point); `pcs[0]` is the criterion it counts for;
    `anchored` options keep their place on every form; `time_s` is the time that a candidate is expected
    to need, in seconds; `waivers` gives, by code of a rule of `bank check`, the reason why it does not
    apply here. `decided_by` is what its author says finds the key; `right_if` tells, by option, when that
    option would be right. Items of one `family` have the same options, each of which is the key of one of
    them. `model` is there where the item is an instance of an item model. Two items of one family, and two
    instances of one model, never meet in a form.
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
        """By option, why it is right or wrong here, and when it would be; only those that say either."""
        said = {
            option: " ".join(filter(None, (self.rationale.get(option), self.right_if.get(option))))
            for option in self.options
        }
        return {option: text for option, text in said.items() if text}

    @property
    def kin(self) -> tuple[Kin, ...]:
        """The sets of items of which a form holds one at most: its family's, and its model's instances."""
        family = () if self.family is None else (Kin("family", self.family),)
        return family if self.model is None else (*family, Kin("model", self.model.id))

    def is_enemy(self, other: Item) -> bool:
        """Whether the two must never meet in a form: one names the other, or they are kin."""
        named = other.id in self.enemies or self.id in other.enemies
        return named or any(one in other.kin for one in self.kin)

    def sha256(self) -> str:
        """Hash of what a candidate sees and of the key, whatever order the options stand in."""
        seen = {"stem": self.stem, "options": dict(sorted(self.options.items())), "key": sorted(self.key)}
        return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()

    def keyed_as(self, sha256: str) -> tuple[str, ...] | None:
        """The key with which this item would have that hash; None where more than the key is another."""
        names = sorted(self.options)
        keys = (key for n in range(1, len(names) + 1) for key in combinations(names, n))
        return next((key for key in keys if self.model_copy(update={"key": key}).sha256() == sha256), None)


class Stimulus(Model):
    """A case, table or extract that several items refer to; printed once, above them."""

    id: str
    text: LongText


class Use(Model):
    """An administration in which an item was asked, and to how many candidates where that is known; or
    an exam that was printed with it, of which it is not known that anybody sat it (`is_sat`)."""

    administration: str
    date: str
    n: int | None = None
    is_sat: bool = True


class Evidence(Model):
    """What is known of an item as it reads now; statistics of an earlier text are none of it.

    `facility` is the proportion right and `item_rest` the item–rest correlation, both over all forms and
    administrations, weighted by candidates; `a`, `b` and `c` are parameters of the logistic model (D = 1).
    """

    facility: float | None = None
    item_rest: float | None = None
    a: float | None = None
    b: float | None = None
    c: float | None = None
    uses: tuple[Use, ...] = ()
