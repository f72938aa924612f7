"""A unit of competency, as read from its published document, and the meaning of its levels."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from examgen.core.models.field_types import Bilingual, Level, Method, Model, Text, Told
from examgen.core.words import TRANSLATABLE, Message, joined, message_in, noted, tell, with_ids

METHODS: dict[str, str] = {
    "written_objective": noted("objective written test"),
    "written": noted("written test"),
    "interview": noted("interview"),
    "practical": noted("practical test"),
    "portfolio": noted("portfolio"),
    "observation": noted("observation at work"),
    "simulation": noted("simulation"),
    "other": noted("another method"),
}
"""The names of the methods of assessment."""
WRITTEN: frozenset[str] = frozenset({"written_objective", "written"})
"""The methods of assessment that are written tests."""
_OBJECTIVE = WRITTEN - {"written"}


class Occupation(Model):
    """An occupation of section 5 of the document, with the qualification levels stated for it."""

    name: str
    levels: tuple[Level, ...] = ()


class Criterion(Model):
    """A performance criterion (PC): its code and its text.

    `system_code` is the code in the second column of codes, if the document has one.
    """

    code: str
    system_code: str | None = None
    text: str


class Element(Model):
    """An element of competency (EOC): its code, its title and its criteria."""

    code: str
    title: str
    criteria: tuple[Criterion, ...]


class Assessment(Model):
    """The methods by which section 18 assesses a group of candidates.

    - `occupation`: the occupation of the group; all occupations if left out.
    - `levels`: its levels; `[]` means all levels of the unit.
    - `methods`: the methods of assessment.
    """

    occupation: str | None = None
    levels: tuple[Level, ...] = ()
    methods: tuple[Method, ...]


_ADVICE = {
    "level_unplaced": tell(
        "no occupation of the unit has the level. If it belongs to one, write both on one "
        "line of section 5 in a copy of the document, and import the copy."
    ),
    "levels_not_stated": tell(
        "if the document states levels, check that sections 5 and 18 are complete in the "
        "text, and import it again. If it states none, leave `level` out of blueprints and "
        "the levels of items empty."
    ),
    "levels_conflict": tell(
        "check in the document which levels are meant. Items and blueprints may use any "
        "level of the two sections."
    ),
}


_MESSAGE = "message"
_MESSAGE_IDS = _MESSAGE + TRANSLATABLE


class WithMessage(Model):
    """A model with a `message`; files store the message's id and values next to it."""

    model_config = ConfigDict(
        json_schema_extra=lambda schema: schema["properties"].update({_MESSAGE_IDS: {"type": "object"}})
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        if not isinstance(data, dict) or isinstance(data.get(_MESSAGE), Message):
            return data
        plain = {name: value for name, value in data.items() if name != _MESSAGE_IDS}
        return (
            {**plain, _MESSAGE: message_in(data, _MESSAGE)} if isinstance(data.get(_MESSAGE), str) else plain
        )

    @model_serializer(mode="wrap")
    def _written(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        return {**written, **with_ids(_MESSAGE, getattr(self, _MESSAGE))}


class ReadingWarning(WithMessage):
    """A place in a document that may have been read wrongly: its kind, a message, its line and its text."""

    kind: str
    message: Told
    line: int | None = None
    text: str | None = None

    @property
    def advice(self) -> str | None:
        """What to do about the warning, if the message alone does not say so. It is not stored."""
        return _ADVICE.get(self.kind)


class Refusal(WithMessage):
    """Why a document was not read as a unit: the kind of fault, and a message."""

    kind: Literal["not_a_unit", "no_criteria", "truncated", "multiple_units", "criterion_without_code"]
    message: Told


class AssessmentQuote(Model):
    """The wording of section 18 behind the entry of `assessment` at the same position."""

    section: str
    text: str


class Source(Model):
    """The document from which a unit was read: its name and SHA-256, and the wording of section 18."""

    document: str
    sha256: str
    assessment: tuple[AssessmentQuote, ...] = ()


class Besides(NamedTuple):
    """What the standard requires besides a method of assessment. `of_some`: only for some of the
    occupations."""

    unit: str
    level: int | None
    methods: tuple[Method, ...]
    of_some: bool = False

    @property
    def said(self) -> Message:
        """The requirement in words: `ASM-REE-5-059ZB, level 5: interview`."""
        place: str = self.unit
        if self.level is not None:
            place = tell("{unit}, level {level}", unit=self.unit, level=self.level)
        if self.of_some:
            place = tell("{place}, for some occupations", place=place)
        # beside an objective test, `written` means a test that is not objective
        words = METHODS | {"written": noted("written test that is not objective")}
        return tell(
            "{place}: {methods}", place=place, methods=joined(tell(words[one]) for one in self.methods)
        )


class Unit(Model):
    """A unit of competency (UoC) as read from its published document. `examgen unit import` writes this.

    - `code`, `title`, `field`, `revision`, `description`, `sector`: as in the document.
    - `occupations`: the occupations of section 5 with their levels. `levels`: all levels of the unit.
    - `elements`: the elements of competency with their criteria.
    - `skills`, `knowledge`, `regulations`: lists of texts.
    - `assessment`: the methods of assessment by occupation and level (section 18).
    - `warnings`: what may have been read wrongly. `error`: why the document was not read as a unit.
    - `source`: the document that was read.
    """

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
        """The code of the element to which `pc` belongs; raises KeyError if `pc` is not in this unit."""
        for element in self.elements:
            if any(c.code == pc for c in element.criteria):
                return element.code
        raise KeyError(pc)

    def assessed(self, level: int | None, occupation: str | None) -> list[list[int]]:
        """The positions of the entries of `assessment` that apply at a level, as a list for each occupation.

        Without an occupation, all occupations are meant. An entry without an occupation applies to all.
        """
        entries = [n for n, entry in enumerate(self.assessment) if not entry.levels or level in entry.levels]
        common = [n for n in entries if self.assessment[n].occupation is None]
        names = dict.fromkeys(self.assessment[n].occupation for n in entries if n not in common)
        return [
            sorted([*common, *(n for n in entries if self.assessment[n].occupation == name)])
            for name in names
            if occupation in (None, name)
        ] or [common]

    @property
    def objective_levels(self) -> tuple[int, ...]:
        """The levels that the standard assesses by an objective written test, for all occupations or some."""
        return tuple(
            level
            for level in self.levels
            if any(
                "written_objective" in self.assessment[n].methods
                for group in self.assessed(level, None)
                for n in group
            )
        )

    def besides(
        self, level: int | None, occupation: str | None, method: Method = "written_objective"
    ) -> Besides | None:
        """Returns what the standard requires besides a method, by default the written test; None if it names
        no method for one of the occupations."""
        groups = [
            {m: None for n in own for m in self.assessment[n].methods}
            for own in self.assessed(level, occupation)
        ]
        if not all(groups):
            return None

        def covered(own: Collection[Method]) -> Collection[str]:
            if method not in WRITTEN:
                return (method,)
            return _OBJECTIVE if _OBJECTIVE & {*own} else WRITTEN

        others = [tuple(m for m in own if m not in covered(own)) for own in groups]
        every = tuple(dict.fromkeys(m for own in others for m in own))
        at = level if self.levels else None
        return Besides(str(self.code), at, every, any(set(own) != set(every) for own in others))

    def reading(self) -> dict[str, Any]:
        """Returns the unit as contract JSON: everything that was read, without its source."""
        return self.model_dump(mode="json", exclude={"source"})


# ── levels ──────────────────────────────────────────────────────────────────────────────────


class LevelDescriptor(Model):
    """A level of the framework, described in three domains: knowledge, skills, autonomy and
    responsibility."""

    level: Level
    knowledge: Bilingual
    skills: Bilingual
    responsibility: Bilingual


class Framework(Model):
    """A framework of qualification levels.

    `checked` is true if the wording is that of the sources, and false if it is a summary.
    """

    name: Bilingual
    checked: bool
    sources: Annotated[tuple[Text, ...], Field(min_length=1)]
    levels: Annotated[tuple[LevelDescriptor, ...], Field(min_length=1)]


class LevelExample(Model):
    """A case that shows a level, and what has to be weighed in it, each in Thai and English."""

    case: Bilingual
    weighed: Bilingual


class LevelMeaning(Model):
    """What a unit requires of candidates at one level. Texts are in Thai and English.

    - `level`: the level, 1 to 8.
    - `occupation`: who works at this level.
    - `asked`: what they must do, in general.
    - `adds`: what has to be weighed at this level and not at the level below.
    - `examples`: cases that show it.
    - `elements`: what they must do, by code of the element.
    """

    level: Level
    occupation: Bilingual | None = None
    asked: Bilingual
    adds: Bilingual | None = None
    examples: tuple[LevelExample, ...] = ()
    elements: dict[str, Bilingual] = {}


class UnitLevels(Model):
    """The file `levels.yaml` of a unit: what each level requires of candidates.

    - `drafted_by`: who wrote the draft.
    - `status` (default `draft`): `draft`, or `agreed` once experts have agreed to it, with `agreed_by`.
    - `levels`: a description of each level.
    """

    drafted_by: Text
    status: Literal["draft", "agreed"] = "draft"
    agreed_by: Text | None = None
    levels: Annotated[tuple[LevelMeaning, ...], Field(min_length=1)]

    @property
    def is_draft(self) -> bool:
        """Whether no expert has agreed to the levels yet."""
        return self.status == "draft"

    def of(self, level: int) -> LevelMeaning | None:
        """Returns the meaning of a level; None if there is none."""
        return next((one for one in self.levels if one.level == level), None)
