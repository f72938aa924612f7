"""Where items and instruments come from: who drafted them, with what help, who has read them, who answers
for them (`provenance.yaml` of a unit, `provenance` of an instrument)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from examgen.core.models.base import Model, Text
from examgen.core.models.item import ItemId
from examgen.core.models.papers import GregorianDay
from examgen.core.words import tell


class Provenance(Model):
    """Who drafted an item or instrument and with what help (a language model, an item model, another text
    that was translated), who has read it, who answers for it; the day of the draft."""

    drafted_by: Text
    help: str = ""
    read_by: tuple[Text, ...] = ()
    answers_for: str = ""
    # left out where it says nothing, so that packages without it stay what they are
    day: Annotated[GregorianDay | None, Field(exclude_if=lambda value: value is None)] = None


class SomeProvenance(Provenance):
    """The same of some items of a unit, by their ids; an item model stands for its instances."""

    ids: Annotated[tuple[ItemId, ...], Field(min_length=1)]

    @property
    def provenance(self) -> Provenance:
        """Without the ids."""
        return Provenance.model_validate(self.model_dump(exclude={"ids"}))


class UnitProvenance(Model):
    """`provenance.yaml` of a unit: that of all its items, and of those that have another."""

    all: Provenance | None = None
    some: tuple[SomeProvenance, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.all is None and not self.some:
            raise ValueError(tell("is empty. Write `all` for all items, or `some` for items that differ."))
        return self

    def of(self, item: str, model: str | None = None) -> Provenance | None:
        """That of an item: its own, else that of the item model that it is an instance of, else that of
        all."""
        for name in filter(None, (item, model)):
            for one in self.some:
                if name in one.ids:
                    return one.provenance
        return self.all
