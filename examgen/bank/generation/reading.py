"""An item model → the same with its expressions and texts read, or every fault of them with its field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from examgen.bank.generation import draws, expressions, texts
from examgen.bank.generation.draws import Source
from examgen.bank.generation.expressions import Expression
from examgen.bank.generation.functions import FUNCTIONS, Wrong
from examgen.bank.generation.texts import Template, Writing
from examgen.core.models.item_model import Answer, Distractor, ItemModel
from examgen.core.words import Message, tell

VALUE = "value"
"""What a text of an option calls the option's own value."""
FieldFault = tuple[str, Message]
"""The field of a model, and what is wrong there."""


class ReadAnswer(NamedTuple):
    """An option with its parts read."""

    field: str
    value: Expression
    text: Template
    rationale: Template
    mistake: str | None
    wrong: Expression | None


class ReadModel(NamedTuple):
    """A model that can be drawn from."""

    model: ItemModel
    sources: tuple[Source, ...]
    compute: dict[str, Expression]
    conditions: tuple[Expression, ...]
    stem: Template
    reference: Template
    key: ReadAnswer
    distractors: tuple[ReadAnswer, ...]
    apart: Expression | None


def read_model(model: ItemModel) -> tuple[ReadModel | None, list[FieldFault]]:
    """The model read; None where it has faults, all of which are told."""
    reader = _Reader(model)
    found = reader.read()
    return (None if reader.faults else found), reader.faults


class _Reader:
    def __init__(self, model: ItemModel) -> None:
        self.model = model
        self.faults: list[FieldFault] = []
        self._writing = Writing(model.language, model.digits)
        self._known: frozenset[str] = frozenset()

    def read(self) -> ReadModel | None:
        model = self.model
        faulty = [one for name, of in model.variables.items() for one in draws.faults(name, of)]
        self.faults += faulty
        sources = tuple(draws.source_of(name, of) for name, of in model.variables.items())
        drawn = [name for source in sources for name in source.given()]
        self.faults += _names(model, drawn)
        self._known = frozenset(drawn)
        compute: dict[str, Expression | None] = {}
        for name, text in model.compute.items():
            compute[name] = self._expression(f"compute.{name}", text)
            self._known |= {name}
        conditions = [self._expression(f"conditions.{n}", one) for n, one in enumerate(model.conditions)]
        stem = self._template("stem", model.stem)
        reference = self._template("reference", model.reference)
        apart = self._expression("apart", model.apart) if model.apart is not None else None
        option = self._template("option", model.option, own=True)
        key = self._answer("key", model.key, option)
        distractors = [
            self._answer(f"distractors.{n}", one, option) for n, one in enumerate(model.distractors)
        ]
        if len(model.distractors) < model.choices - 1:
            message = tell(
                "are {n}, and {choices} choices take {least}",
                n=len(model.distractors),
                choices=model.choices,
                least=model.choices - 1,
            )
            self.faults.append(("distractors", message))
        if self.faults or stem is None or reference is None or key is None:
            return None
        return ReadModel(
            model,
            sources,
            {name: one for name, one in compute.items() if one is not None},
            tuple(one for one in conditions if one is not None),
            stem,
            reference,
            key,
            tuple(one for one in distractors if one is not None),
            apart,
        )

    def _answer(self, field: str, one: Answer, option: Template | None) -> ReadAnswer | None:
        value = self._expression(f"{field}.value", one.value)
        text = self._template(f"{field}.text", one.text, own=True) if one.text is not None else option
        rationale = self._template(f"{field}.rationale", one.rationale, own=True)
        mistake = one.mistake if isinstance(one, Distractor) else None
        written = one.wrong if isinstance(one, Distractor) else None
        wrong = self._expression(f"{field}.wrong", written) if written is not None else None
        if value is None or text is None or rationale is None:
            return None
        return ReadAnswer(field, value, text, rationale, mistake, wrong)

    def _expression(self, field: str, text: str) -> Expression | None:
        try:
            return expressions.read(text, self._known)
        except Wrong as wrong:
            self.faults.append((field, wrong.message))
            return None

    def _template(self, field: str, text: str, own: bool = False) -> Template | None:
        try:
            return texts.read(text, self._known | {VALUE} if own else self._known, self._writing)
        except Wrong as wrong:
            self.faults.append((field, wrong.message))
            return None


def _names(model: ItemModel, drawn: list[str]) -> Iterator[FieldFault]:
    """A name that stands for two things, or that means something already."""
    twice = {name for name, n in Counter([*drawn, *model.compute]).items() if n > 1}
    for name in sorted(twice):
        field = f"compute.{name}" if name in model.compute else "variables"
        yield field, tell("{name} is given twice: each name has one meaning", name=name)
    for name in [*drawn, *model.compute]:
        if name in FUNCTIONS or name == VALUE or name in _WORDS:
            field = f"compute.{name}" if name in model.compute else f"variables.{name}"
            yield field, tell("{name} has a meaning of its own: choose another name", name=name)
    mistakes = Counter(one.mistake for one in model.distractors)
    for n, one in enumerate(model.distractors):
        if mistakes[one.mistake] > 1:
            yield (
                f"distractors.{n}.mistake",
                tell("{name} is given twice: each name has one meaning", name=one.mistake),
            )


_WORDS = {
    "and",
    "or",
    "not",
    "in",
    "is",
    "if",
    "else",
    "true",
    "false",
    "none",
    "for",
    "lambda",
    "as",
    "from",
    "import",
}
