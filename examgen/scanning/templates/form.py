"""form.yaml → `Form`: where the bubbles of somebody else's answer sheet are, in millimetres of its blank.

The origin is the upper left corner of the picture of the blank, x to the right, y down. Each field is a
lattice of bubbles: where its upper left and its lower right bubble have their middles, and how many values
run across or down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BeforeValidator, Field, model_validator

from examgen.core.models.base import Model, Text
from examgen.core.problems import Problem, Refused
from examgen.core.storage import read_input
from examgen.core.text.characters import LETTERS
from examgen.core.words import Message, listed, noted, tell, tell_n
from examgen.core.yamlfile import Document, parse, validate

SCHEMA, VERSION = "examgen-form", 1
FORM_YAML, FORM_PNG, FORM_PAGE = "form.yaml", "form.png", "form.html"
MOST_MM = 2_000.0
MOST_NEAR = 20.0
"""Millimetres: fields farther apart share no bubble."""
DIGITS = "0123456789"
OUTSIDE = noted("bubbles of {field} lie beyond the edge of the paper ({width:g} × {height:g} mm)")

Length = Annotated[float, Field(gt=0.0, le=MOST_MM)]


def _pair(value: object) -> object:
    """Two numbers; said where a comma in place of the decimal point has made four of them."""
    if isinstance(value, list) and len(value) in (3, 4):
        raise ValueError(tell("must be two numbers, x and y: write decimals with a point, as 10.5"))
    return value


Place = Annotated[
    tuple[Annotated[float, Field(ge=0.0, le=MOST_MM)], Annotated[float, Field(ge=0.0, le=MOST_MM)]],
    BeforeValidator(_pair),
]
"""x and y, mm."""
Direction = Literal["across", "down"]


def _texts(value: object) -> object:
    """`ABCD`, or `[1, 2, 3, 4]`, as the texts that it means."""
    if isinstance(value, str):
        return tuple(value)
    if isinstance(value, list):
        return [str(one) if type(one) is int else one for one in value]
    return value


Printed = Annotated[str, Field(min_length=1, max_length=8)]
"""What is printed for a value."""


class Bubble(Model):
    """What a bubble of the form looks like: size over all, mm."""

    width: Length
    height: Length
    shape: Literal["circle", "ellipse", "box", "brackets"] = "circle"


class _Lattice(Model):
    runs: Direction
    """How the values of one question, or the digits of one place, follow one another."""
    first: Place
    """The middle of the upper left bubble."""
    last: Place
    """The middle of the lower right bubble."""
    bubble: Bubble | None = None
    """Where it differs from that of the form."""

    @property
    def size(self) -> tuple[int, int]:
        """Choices, and values of each."""
        raise NotImplementedError

    @property
    def name(self) -> Message:
        """What people call it."""
        raise NotImplementedError

    def places(self) -> list[list[tuple[float, float]]]:
        """The middles of the bubbles: of each choice those of its values."""
        n, k = self.size
        (x0, y0), (x1, y1) = self.first, self.last

        def between(a: float, b: float, i: int, of: int) -> float:
            return a if of < 2 else a + (b - a) * i / (of - 1)

        if self.runs == "across":
            return [[(between(x0, x1, j, k), between(y0, y1, i, n)) for j in range(k)] for i in range(n)]
        return [[(between(x0, x1, i, n), between(y0, y1, j, k)) for j in range(k)] for i in range(n)]

    @model_validator(mode="after")
    def _is_a_lattice(self) -> Self:
        n, k = self.size
        across, down = (k, n) if self.runs == "across" else (n, k)
        for count, a, b, axis in (
            (across, self.first[0], self.last[0], "x"),
            (down, self.first[1], self.last[1], "y"),
        ):
            if count > 1 and b <= a:
                raise ValueError(
                    tell(
                        "{n} bubbles lie side by side, and {axis} of last is not larger than that of first",
                        n=count, axis=axis,
                    )
                )  # fmt: skip
            if count == 1 and abs(b - a) > 0.01:
                raise ValueError(tell("one bubble alone, and {axis} of first and last differ", axis=axis))
        return self


class NumberField(_Lattice):
    """Places of the candidate number."""

    kind: Literal["number"]
    digits: Annotated[int, Field(ge=1, le=40, strict=True)]
    """How many places."""
    first_digit: Annotated[int, Field(ge=1, le=40, strict=True)] = 1
    """The place of the number that the first of them is."""
    values: Annotated[tuple[Printed, ...], Field(min_length=2, max_length=40), BeforeValidator(_texts)] = (
        tuple(DIGITS)
    )

    @property
    def size(self) -> tuple[int, int]:
        """Places, and values of each."""
        return self.digits, len(self.values)

    @property
    def name(self) -> Message:
        """By its places."""
        return tell(
            "the number, digits {first} to {last}",
            first=self.first_digit,
            last=self.first_digit + self.digits - 1,
        )


class QuestionsField(_Lattice):
    """Questions, one below or beside the other."""

    kind: Literal["questions"]
    questions: Annotated[int, Field(ge=1, le=500, strict=True)]
    first_question: Annotated[int, Field(ge=1, le=500, strict=True)]
    letters: Annotated[
        tuple[Printed, ...], Field(min_length=2, max_length=len(LETTERS)), BeforeValidator(_texts)
    ]
    """What is printed for the first, second … answer."""

    @property
    def size(self) -> tuple[int, int]:
        """Questions, and answers of each."""
        return self.questions, len(self.letters)

    @property
    def name(self) -> Message:
        """By its questions."""
        return tell(
            "questions {first} to {last}",
            first=self.first_question,
            last=self.first_question + self.questions - 1,
        )


class VersionField(_Lattice):
    """The one choice that says which form (version, series, set) of the test it is."""

    kind: Literal["form"]
    values: Annotated[tuple[Printed, ...], Field(min_length=2, max_length=40), BeforeValidator(_texts)]

    @property
    def size(self) -> tuple[int, int]:
        """One choice, and its values."""
        return 1, len(self.values)

    @property
    def name(self) -> Message:
        """It is one."""
        return tell("the form")


class IgnoredField(_Lattice):
    """Bubbles that say nothing that is read."""

    kind: Literal["ignored"]
    choices: Annotated[int, Field(ge=1, le=500, strict=True)]
    values: Annotated[int, Field(ge=1, le=100, strict=True)]

    @property
    def size(self) -> tuple[int, int]:
        """Choices, and values of each."""
        return self.choices, self.values

    @property
    def name(self) -> Message:
        """They have none."""
        return tell("ignored bubbles")


AnyField = Annotated[NumberField | QuestionsField | VersionField | IgnoredField, Field(discriminator="kind")]


class Form(Model):
    """An answer sheet that somebody else printed."""

    schema_name: Annotated[Literal["examgen-form"], Field(alias="schema")]
    version: Literal[1]
    name: Annotated[Text, Field(max_length=100)]
    """The code of the exam in the ledger where no exam is given."""
    picture: Annotated[str, Field(max_length=255)] = ""
    """The blank, upright, beside this file; empty where there is none."""
    turn: Literal[0, 90, 180, 270] = 0
    """Degrees by which the picture in its file is turned clockwise first; lengths are those of it then."""
    drawn: bool = False
    """Whether the picture is a drawing of the bubbles, and of marks at the corners, and not a blank."""
    width: Length
    height: Length
    """Of what the picture shows, mm."""
    bubble: Bubble
    number_check: Literal["none", "thai_id"] = "none"
    candidate_from: Literal["bubbles", "file_name"] = "bubbles"
    """Where a form has no bubbles for the number, the name of a file may say whose its page is."""
    one_bit: bool = False
    """Whether scans in black and white are read, though light marks are lost on them."""
    fields: Annotated[tuple[AnyField, ...], Field(min_length=1, max_length=200)]

    @property
    def questions(self) -> tuple[QuestionsField, ...]:
        """Its questions."""
        return tuple(one for one in self.fields if isinstance(one, QuestionsField))

    @property
    def numbers(self) -> tuple[NumberField, ...]:
        """Its parts of the candidate number."""
        return tuple(one for one in self.fields if isinstance(one, NumberField))

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms that it has bubbles for."""
        return next((one.values for one in self.fields if isinstance(one, VersionField)), ())


def faults_of(form: Form) -> Iterator[tuple[str, Message]]:
    """What is wrong with the fields together: the field, and what."""
    if not form.questions:
        yield "fields", tell("no field has the kind questions: at least one is needed")
    if sum(isinstance(one, VersionField) for one in form.fields) > 1:
        yield "fields", tell("several fields have the kind form: name one, and make the others ignored")
    numbers = [
        n for one in form.questions for n in range(one.first_question, one.first_question + one.questions)
    ]
    yield from _numbered(numbers, tell("question"))
    digits = [n for one in form.numbers for n in range(one.first_digit, one.first_digit + one.digits)]
    yield from _numbered(digits, tell("digit of the number"))
    if form.number_check == "thai_id" and len(digits) != 13:
        yield "number_check", tell("thai_id needs a number of 13 digits, and it has {n}", n=len(digits))
    for n, field in enumerate(form.fields):
        for x, y in (field.first, field.last):
            if x > form.width or y > form.height:
                yield f"fields.{n}", tell(OUTSIDE, field=field.name, width=form.width, height=form.height)
                break
    yield from _overlapping(form)


def _overlapping(form: Form) -> Iterator[tuple[str, Message]]:
    """Fields that are read of which bubbles lie on those of another one."""
    read = [(n, one) for n, one in enumerate(form.fields) if not isinstance(one, IgnoredField)]
    for k, (n, one) in enumerate(read):
        for _, other in read[:k]:
            if any(
                a < b
                for axis in (0, 1)
                for a, b in (
                    (one.last[axis] + MOST_NEAR, other.first[axis] - MOST_NEAR),
                    (other.last[axis] + MOST_NEAR, one.first[axis] - MOST_NEAR),
                )
            ):
                continue
            near = min((of.bubble or form.bubble).width for of in (one, other)) / 2
            low = min((of.bubble or form.bubble).height for of in (one, other)) / 2
            there = [at for choice in other.places() for at in choice]
            twice = sum(
                any(abs(x - u) < near and abs(y - v) < low for u, v in there)
                for choice in one.places()
                for x, y in choice
            )
            if twice:
                yield (
                    f"fields.{n}",
                    tell_n(
                        "{field}: {n} bubble is one of {other}, too",
                        "{field}: {n} bubbles are some of {other}, too",
                        twice,
                        field=one.name,
                        other=other.name,
                    ),
                )


def out_of_order(form: Form) -> Iterator[Message]:
    """Where numbers of questions do not grow from left to right, and downward within a column."""
    questions = form.questions
    for k, one in enumerate(questions):
        for other in questions[k + 1 :]:
            first, second = sorted((one, other), key=lambda of: of.first_question)
            is_below = second.first[1] > first.last[1]
            is_left = second.last[0] < first.first[0]
            if second.last[1] < first.first[1] and not second.first[0] > first.last[0]:
                yield tell(
                    "{field} stand above {other}: look whether these are their numbers",
                    field=second.name,
                    other=first.name,
                )
            elif is_left and not is_below:
                yield tell(
                    "{field} stand on the left of {other}: look whether these are their numbers",
                    field=second.name,
                    other=first.name,
                )


def _numbered(numbers: list[int], what: Message) -> Iterator[tuple[str, Message]]:
    twice = sorted(n for n, times in Counter(numbers).items() if times > 1)
    if twice:
        yield "fields", tell("{what} {numbers} is there twice", what=what, numbers=_some(twice))
    missing = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
    if missing:
        yield (
            "fields",
            tell(
                "{what} {numbers} is missing: numbers go from 1 on without a gap",
                what=what,
                numbers=_some(missing),
            ),
        )


def _some(numbers: Iterable[int]) -> Message:
    shown = [str(n) for n in numbers]
    return listed([*shown[:8], *(["…"] if len(shown) > 8 else [])])


def refuse(document: Document, faults: Iterable[tuple[str, Message]]) -> None:
    """Refuses a form of which fields have faults, all at once, with their lines."""
    problems = []
    for field, message in faults:
        at = document.at([int(part) if part.isdecimal() else part for part in field.split(".")])
        problems.append(Problem(at, "form", message, field=field))
    if problems:
        raise Refused(tell("the form cannot be read"), problems)


def parsed_form(path: Path) -> tuple[Form, Document]:
    """A form of which each field by itself is well written, and where its lines are."""
    source = str(path)
    try:
        text = read_input(path, 2).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = tell("is not text in UTF-8")
        raise Refused(tell("the form cannot be read"), [Problem(source, "not-text", message)]) from error
    document, problems = parse(text, source)
    if problems:
        raise Refused(tell("the form cannot be read"), problems)
    form, problems = validate(document, [], document.data, Form)
    if form is None:
        raise Refused(tell("the form cannot be read"), problems)
    return form, document


def form_yaml(form: Form, comment: str = "") -> bytes:
    """The file of a form."""
    said: dict[str, Any] = form.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    said["fields"] = [
        dict(sorted(one.items(), key=lambda of: of[0] in _Lattice.model_fields)) for one in said["fields"]
    ]
    said["fields"] = [{"kind": one.pop("kind"), **one} for one in said["fields"]]
    shown: dict[str, Any] = {
        "allow_unicode": True,
        "sort_keys": False,
        "width": 110,
        "default_flow_style": None,
    }
    text: str = yaml.safe_dump(said, **shown)
    return (comment + text).encode()
