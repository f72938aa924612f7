"""An item model as an item writer writes it: variables, computed values, a key and computed distractors."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from examgen.core.models.base import Cognitive, Level, Model, Positive, Text, one_or_several
from examgen.core.models.item import DecidedBy, ItemId
from examgen.core.text.characters import LETTERS
from examgen.core.words import tell

MOST_VALUES = 1_000_000
_MOST_PARTS = 60
_MOST_ROWS = 500
_MOST_DRAWN = 12


_numbers_as_text = BeforeValidator(
    lambda value: str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
)
"""Accepts a number where an expression is expected: `value: 5`."""
Formula = Annotated[str, _numbers_as_text, Field(min_length=1, max_length=600)]
"""An expression over the names of the model."""
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Scalar = Annotated[bool | int | float | datetime.date | str, Field(union_mode="left_to_right")]
Number = Annotated[int | float, Field(ge=-1e12, le=1e12)]


class NumberRange(Model):
    """Numbers from `from` to `to`, both included, in steps of `step`."""

    least: Annotated[Number, Field(alias="from")]
    greatest: Annotated[Number, Field(alias="to")]
    step: Annotated[Number, Field(gt=0)] = 1


class DayRange(Model):
    """Days from `from` to `to`, both included; `workdays` leaves out Saturdays and Sundays."""

    least: Annotated[datetime.date, Field(alias="from")]
    greatest: Annotated[datetime.date, Field(alias="to")]
    workdays: bool = False


class TimeRange(Model):
    """Times of day from `from` to `to`, both included, `step` minutes apart."""

    least: Annotated[datetime.time, Field(alias="from")]
    greatest: Annotated[datetime.time, Field(alias="to")]
    step: Annotated[Positive, Field(le=720)] = 1


class Table(Model):
    """Rows whose cells are drawn together; each cell has the name of its column."""

    columns: Annotated[tuple[Name, ...], Field(min_length=1, max_length=_MOST_PARTS)]
    rows: Annotated[tuple[tuple[Scalar, ...], ...], Field(min_length=1, max_length=_MOST_ROWS)]

    @model_validator(mode="after")
    def _rows_fit(self) -> Table:
        for n, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                message = tell(
                    "row {n} has {cells} values for {columns} columns",
                    n=n,
                    cells=len(row),
                    columns=len(self.columns),
                )
                raise ValueError(message)
        return self


KINDS = ("list", "names", "integer", "decimal", "date", "time", "table")


class Variable(Model):
    """A value that is drawn for each instance, of exactly one kind.

    `draw: 3` draws three different values, named `name_1`, `name_2` and `name_3`; `sorted` puts them in
    ascending order. `names` are names of people and places, drawn as from a `list`.
    """

    list_: Annotated[tuple[Scalar, ...] | None, Field(alias="list", min_length=1, max_length=_MOST_ROWS)] = (
        None
    )
    names: Annotated[tuple[Text, ...] | None, Field(min_length=1, max_length=_MOST_ROWS)] = None
    integer: NumberRange | None = None
    decimal: NumberRange | None = None
    date: DayRange | None = None
    time: TimeRange | None = None
    table: Table | None = None
    draw: Annotated[Positive, Field(le=_MOST_DRAWN)] | None = None
    sorted: bool = False

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Variable:
        given = [kind for kind in KINDS if getattr(self, "list_" if kind == "list" else kind) is not None]
        if len(given) != 1:
            raise ValueError(
                tell("must have exactly one kind. Write one of {kinds}.", kinds=", ".join(KINDS))
            )
        return self


class Answer(Model):
    """An option: its value, its text if it is not written like the others, and why it is right or wrong."""

    value: Formula
    text: Text | None = None
    rationale: Text


class Distractor(Answer):
    """A wrong option and the mistake that leads to it; it is used only where the condition `wrong` holds."""

    mistake: Name
    wrong: Formula | None = None


class ItemModel(Model):
    """A question whose figures are drawn at random; its instances are items.

    `compute` gives names to expressions over the variables and the names before them; `conditions` must hold
    for the drawn values. `option` is the template that writes the value of an option. An instance has
    `choices` options: the key, and distractors that are wrong for the drawn values. The values of its options
    differ by at least `apart`, and are printed in ascending order unless `order` says otherwise.
    """

    id: ItemId
    pcs: Annotated[tuple[str, ...], one_or_several, Field(min_length=1)]
    levels: tuple[Level, ...]
    cognitive: Cognitive
    language: Literal["th", "en"] = "th"
    digits: Literal["arabic", "thai"] = "arabic"
    variables: Annotated[dict[Name, Variable], Field(min_length=1, max_length=_MOST_PARTS)]
    compute: Annotated[dict[Name, Formula], Field(max_length=2 * _MOST_PARTS)] = {}
    conditions: Annotated[tuple[Formula, ...], one_or_several, Field(max_length=_MOST_PARTS)] = ()
    stem: Text
    option: Text = "{{ value }}"
    key: Answer
    distractors: Annotated[tuple[Distractor, ...], Field(min_length=1, max_length=_MOST_PARTS)]
    choices: Annotated[int, Field(ge=2, le=len(LETTERS), strict=True)] = 4
    apart: Formula | None = None
    order: Literal["ascending", "descending", "shuffled"] = "ascending"
    reference: Text
    enemies: tuple[str, ...] = ()
    family: ItemId | None = None
    decided_by: DecidedBy | None = None
    shared_stimulus: str | None = None
    time_s: Positive | None = None
    waivers: dict[str, Text] = {}

    def parts(self) -> dict[str, Any]:
        """Returns the key and the distractors, by field name."""
        return {"key": self.key} | {f"distractors.{n}": one for n, one in enumerate(self.distractors)}
