"""What a qualification level asks of a candidate: in the national framework, and in one unit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from examgen.core.models.base import Bilingual, Level, Model, Text


class LevelDescriptor(Model):
    """A level of the framework by its three domains: knowledge, skills, autonomy and responsibility."""

    level: Level
    knowledge: Bilingual
    skills: Bilingual
    responsibility: Bilingual


class Framework(Model):
    """A framework of qualification levels.

    `checked` is whether the words are those of the sources; if not, they are a summary.
    """

    name: Bilingual
    checked: bool
    sources: Annotated[tuple[Text, ...], Field(min_length=1)]
    levels: Annotated[tuple[LevelDescriptor, ...], Field(min_length=1)]


class LevelExample(Model):
    """A case of a level, and what has to be weighed in it."""

    case: Bilingual
    weighed: Bilingual


class LevelMeaning(Model):
    """What a unit asks of the candidates of a level: of which occupation, in general, and by element.

    `adds` is what must be weighed here that the level below does not ask for, `examples` show it.
    """

    level: Level
    occupation: Bilingual | None = None
    asked: Bilingual
    adds: Bilingual | None = None
    examples: tuple[LevelExample, ...] = ()
    elements: dict[str, Bilingual] = {}


class UnitLevels(Model):
    """`levels.yaml` of a unit: who drafted it, whether experts have agreed to it, and its levels."""

    drafted_by: Text
    status: Literal["draft", "agreed"] = "draft"
    agreed_by: Text | None = None
    levels: Annotated[tuple[LevelMeaning, ...], Field(min_length=1)]

    @property
    def is_draft(self) -> bool:
        """Whether no expert has agreed to it."""
        return self.status == "draft"

    def of(self, level: int) -> LevelMeaning | None:
        """What is said of a level."""
        return next((one for one in self.levels if one.level == level), None)
