"""The content of a question file of another program, in any format: questions, and those that are refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from examgen.core.text.markdown import Holds
from examgen.core.words import Message

Kind = Literal["single", "multiple", "truefalse"]


class QuestionPicture(NamedTuple):
    """An image in a text: its name in the file, and its bytes; None if the file does not have them."""

    name: str
    data: bytes | None


class Passage(NamedTuple):
    """A text of a question.

    `markdown` is the text in the form of an item of the bank. `plain` has only its words: no markup, entities
    resolved, blocks and cells separated by a space, no pictures, LaTeX as written, MathML as its characters.
    `lost` lists features that the Markdown of items cannot express (`underline`, `audio`).
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
    """An option: its text, whether it is right, and the share of the points that it earns.

    `weight` is None if the file states only right or wrong. `feedback` is for candidates who chose the
    option. `fixed` is true if it keeps its place when options are shuffled.
    """

    text: Passage
    right: bool
    weight: float | None = None
    feedback: Passage | None = None
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question with options, as in the file.

    `id` is its id in the file, `name` its title, and `source` its place (`quiz.xml:12`,
    `package.zip/item.xml`). `tags` are words that may name criteria, `category` is its folder, `stimulus` the
    name and the text that it shares with other questions. `further` are hints and other texts that explain
    it. `reference` is the source that the file cites. `warnings` state what a person should check: no key, a
    doubtful key, content left out. `doubt` is the reason why the question is held back until somebody
    corrects the file, even if it can be read.
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
    further: tuple[Passage, ...] = ()
    reference: str = ""
    category: str | None = None
    stimulus: tuple[str, Passage] | None = None
    tags: tuple[str, ...] = ()
    warnings: tuple[Message, ...] = ()
    doubt: Message | None = None

    @property
    def right(self) -> tuple[int, ...]:
        """The positions of the right options, from 0."""
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
        """Return the question as a JSON object for a dry run of `bank import`; texts have no markup."""
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
    """A question that does not become an item: its place, its kind, and the reason."""

    source: str
    kind: str
    reason: Message
    name: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the question as a JSON object for a dry run of `bank import`."""
        return {"source": self.source, "kind": self.kind, "name": self.name, "reason": str(self.reason)}


@dataclass(slots=True)
class QuestionFile:
    """The questions of a file, usable and refused; `notes` are about the file as a whole."""

    format: str
    questions: list[Question] = field(default_factory=list)
    set_aside: list[RefusedQuestion] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the file as a JSON object for a dry run of `bank import`."""
        return {
            "format": self.format,
            "items": [one.as_dict() for one in self.questions],
            "set_aside": [one.as_dict() for one in self.set_aside],
            "notes": [str(one) for one in self.notes],
        }


def unlike(choices: Sequence[Choice]) -> bool:
    """Return whether a reader can distinguish all options by their text and pictures."""
    seen = [
        (one.text.plain, tuple((picture.name, picture.data) for picture in one.text.pictures))
        for one in choices
    ]
    return len(set(seen)) == len(seen)


def joined(parts: Sequence[Passage], holds: Holds) -> Passage:
    """Join passages into one, each below the previous one."""
    if len(parts) < 2:
        return parts[0] if parts else NOTHING
    return Passage(
        ("\n" if holds == "lines" else "\n\n").join(part.markdown for part in parts),
        " ".join(part.plain for part in parts if part.plain),
        tuple(picture for part in parts for picture in part.pictures),
        tuple(dict.fromkeys(name for part in parts for name in part.lost)),
    )
