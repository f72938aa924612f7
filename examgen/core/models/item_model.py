"""An item model as an item writer writes it: variables, computed values, a key and computed distractors."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from examgen.core.models.field_types import Cognitive, Level, Model, Positive, Text, one_or_several
from examgen.core.models.item import DecidedBy, ItemId
from examgen.core.text.characters import LETTERS
from examgen.core.words import invalid

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
    """Numbers from `from` to `to`, both included, in steps of `step` (default 1).

    Example: `{from: 6000, to: 36000, step: 600}`.
    """

    least: Annotated[Number, Field(alias="from")]
    greatest: Annotated[Number, Field(alias="to")]
    step: Annotated[Number, Field(gt=0)] = 1


class DayRange(Model):
    """Days from `from` to `to`, both included; with `workdays: true`, no Saturdays and Sundays.

    Example: `{from: 2026-01-01, to: 2026-12-31, workdays: true}`.
    """

    least: Annotated[datetime.date, Field(alias="from")]
    greatest: Annotated[datetime.date, Field(alias="to")]
    workdays: bool = False


class TimeRange(Model):
    """Times of day from `from` to `to`, both included, in steps of `step` minutes (default 1, at most 720).

    Example: `{from: "08:00", to: "16:30", step: 15}`.
    """

    least: Annotated[datetime.time, Field(alias="from")]
    greatest: Annotated[datetime.time, Field(alias="to")]
    step: Annotated[Positive, Field(le=720)] = 1


class Table(Model):
    """A table, of which one row is drawn; each of its cells gets the name of its column.

    Example: `{columns: [city, distance], rows: [[Chiang Mai, 700], [Khon Kaen, 450]]}`.
    """

    columns: Annotated[tuple[Name, ...], Field(min_length=1, max_length=_MOST_PARTS)]
    rows: Annotated[tuple[tuple[Scalar, ...], ...], Field(min_length=1, max_length=_MOST_ROWS)]

    @model_validator(mode="after")
    def _rows_fit(self) -> Table:
        for n, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise invalid(
                    "row {n} has {cells} values for {columns} columns",
                    n=n,
                    cells=len(row),
                    columns=len(self.columns),
                )
        return self


KINDS = ("list", "names", "integer", "decimal", "date", "time", "table")


class Variable(Model):
    """A value that is drawn for each instance. Give exactly one kind.

    - `list`: values to draw from: `[6, 9, 12]`.
    - `names`: names of people or places, drawn as from a `list`.
    - `integer`, `decimal`: numbers from `from` to `to` in steps of `step`.
    - `date`, `time`: days, and times of day.
    - `table`: rows whose cells are drawn together.
    - `draw: 3`: draws three different values, named `name_1`, `name_2` and `name_3`; at most 12.
    - `sorted: true`: puts these in ascending order.
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
            raise invalid("must have exactly one kind. Write one of {kinds}.", kinds=", ".join(KINDS))
        return self


class Answer(Model):
    """The right option of an item model.

    - `value`: an expression, such as `fee * rate / 100`.
    - `text`: how the option is printed, if not by the template `option`.
    - `rationale`: why it is right; it may contain values, `{{ fee }}`.
    """

    value: Formula
    text: Text | None = None
    rationale: Text


class Distractor(Answer):
    """A wrong option of an item model.

    - `mistake`: a name for the mistake that leads to it, in small letters, digits and `_`.
    - `value`: an expression for the result of that mistake.
    - `wrong`: a condition, such as `months > 1`. The option is used only if it holds for the drawn values.
    - `text`: how the option is printed, if not by the template `option`.
    - `rationale`: why it is wrong; it may contain values, `{{ fee }}`.
    """

    mistake: Name
    wrong: Formula | None = None


class ItemModel(Model):
    """An item whose figures are drawn at random. `bank generate` makes items (instances) from it.

    - `id`, `pcs`, `levels`, `cognitive`, `reference`, `enemies`, `family`, `decided_by`, `shared_stimulus`,
      `time_s`, `waivers`: as for an item.
    - `variables`: values that are drawn, by name, 1 to 60.
    - `compute`: names for expressions over the variables and the names above.
    - `conditions`: expressions that must hold for the drawn values, such as `extra % 1 == 0`.
    - `stem`: the question, with values: `{{ fee | baht }}`.
    - `option` (default `{{ value }}`): how the value of an option is printed: `{{ value | baht }}`.
    - `key`: the right option. `distractors`: wrong options, 1 to 60.
    - `choices` (default 4): the number of options of an instance: the key and distractors that are wrong for
      the drawn values.
    - `apart`: the smallest difference between the values of two options.
    - `order` (default `ascending`): the order of the values: `ascending`, `descending` or `shuffled`.
    - `language` (default `th`): `th` or `en`. `digits` (default `arabic`): `arabic` or `thai`.
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
