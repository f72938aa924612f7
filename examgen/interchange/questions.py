"""What a file of another program holds, whatever its format: questions, and what is set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from examgen.core.text.markdown import Holds
from examgen.core.words import Message

Kind = Literal["single", "multiple", "truefalse"]


class QuestionPicture(NamedTuple):
    """An image that a text shows: as the file names it, and its bytes; None where the file has none."""

    name: str
    data: bytes | None


class Passage(NamedTuple):
    """A text of a question.

    `markdown` is what an item of the bank holds; `plain` the words alone: no markup, entities resolved,
    blocks and cells parted by a blank, pictures left out, LaTeX as it is written, MathML as its characters.
    `lost` names what Markdown of items cannot say (`underline`, `audio`).
    """

    markdown: str
    plain: str
    pictures: tuple[QuestionPicture, ...] = ()
    lost: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.plain or self.pictures)


NOTHING = Passage("", "")


@dataclass(frozen=True, slots=True)
class Choice:
    """An option: its text, whether it is right, and what it earns as a share of the points.

    `weight` is None where the file says nothing but right or wrong; `feedback` what is told to those who
    chose it; `fixed` whether it keeps its place when options are shuffled.
    """

    text: Passage
    right: bool
    weight: float | None = None
    feedback: Passage | None = None
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question with options, as the file has it.

    `id` is what the file calls it, `name` the title that it has besides, `source` where it stands
    (`quiz.xml:12`, `package.zip/item.xml`);
    `tags` are words that may name criteria, `category` the folder that it lies in, `stimulus` the name and
    the text that it shares with others. `warnings` say what a
    person should look at: no key, a doubtful one, what was left out; `reference` is where it says it is from;
    `doubt` why it is held back until a person has mended the file, however well it reads.
    """

    id: str
    source: str
    kind: Kind
    stem: Passage
    choices: tuple[Choice, ...]
    points: float | None = None
    name: str = ""
    shuffle: bool | None = None
    feedback: Passage | None = None
    reference: str = ""
    category: str | None = None
    stimulus: tuple[str, Passage] | None = None
    tags: tuple[str, ...] = ()
    warnings: tuple[Message, ...] = ()
    doubt: Message | None = None

    @property
    def right(self) -> tuple[int, ...]:
        """The places of the right options, from 0."""
        return tuple(place for place, choice in enumerate(self.choices) if choice.right)

    @property
    def pictures(self) -> tuple[QuestionPicture, ...]:
        """The pictures of stimulus, stem and options, each name once."""
        shared = self.stimulus[1].pictures if self.stimulus else ()
        found = [
            *shared,
            *self.stem.pictures,
            *(one for choice in self.choices for one in choice.text.pictures),
        ]
        return tuple({one.name: one for one in reversed(found)}.values())[::-1]

    def as_dict(self) -> dict[str, Any]:
        """As a dry run of `bank import` tells it in JSON: texts without markup."""
        return {
            "id": self.id,
            "name": self.name,
            "source": self.source,
            "kind": self.kind,
            "stem": self.stem.plain,
            "options": [choice.text.plain for choice in self.choices],
            "right": list(self.right),
            "weights": [choice.weight for choice in self.choices],
            "points": self.points,
            "feedback": [choice.feedback.plain if choice.feedback else None for choice in self.choices],
            "general_feedback": self.feedback.plain if self.feedback else None,
            "reference": self.reference,
            "category": self.category,
            "stimulus": self.stimulus[0] if self.stimulus else None,
            "tags": list(self.tags),
            "shuffle": self.shuffle,
            "fixed": [choice.fixed for choice in self.choices],
            "images": [one.name for one in self.pictures],
            "missing_images": [one.name for one in self.pictures if one.data is None],
            "warnings": [str(one) for one in self.warnings],
            "doubt": str(self.doubt) if self.doubt is not None else None,
        }


class RefusedQuestion(NamedTuple):
    """What is not taken as an item: where it stands, what kind of question it is, and why it is left."""

    source: str
    kind: str
    reason: Message
    name: str = ""

    def as_dict(self) -> dict[str, str]:
        """As a dry run of `bank import` tells it in JSON."""
        return {"source": self.source, "kind": self.kind, "name": self.name, "reason": str(self.reason)}


@dataclass(slots=True)
class QuestionFile:
    """What came of a file: each question of it is in one of the two lists. `notes` are about the whole."""

    format: str
    questions: list[Question] = field(default_factory=list)
    set_aside: list[RefusedQuestion] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """As a dry run of `bank import` tells it in JSON."""
        return {
            "format": self.format,
            "items": [one.as_dict() for one in self.questions],
            "set_aside": [one.as_dict() for one in self.set_aside],
            "notes": [str(one) for one in self.notes],
        }


def unlike(choices: Sequence[Choice]) -> bool:
    """Whether every option can be told from every other by what a reader sees of it."""
    seen = [
        (one.text.plain, tuple((picture.name, picture.data) for picture in one.text.pictures))
        for one in choices
    ]
    return len(set(seen)) == len(seen)


def joined(parts: Sequence[Passage], holds: Holds) -> Passage:
    """Passages one below the other."""
    if len(parts) < 2:
        return parts[0] if parts else NOTHING
    return Passage(
        ("\n" if holds == "lines" else "\n\n").join(part.markdown for part in parts),
        " ".join(part.plain for part in parts if part.plain),
        tuple(picture for part in parts for picture in part.pictures),
        tuple(dict.fromkeys(name for part in parts for name in part.lost)),
    )
