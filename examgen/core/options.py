"""Options, declared once as a frozen model and used by the command line, the forms of the site, JSON Schema
and Python calls.

    class DifOptions(Options):
        method: Literal["mh", "logistic"] = setting("mh or logistic.", "mh")

An option that several models have is a type: `Annotated[Path | None, Option(tell("…"))]`. The type and
bounds of a field determine the values it takes. One validator of the model checks which options may be
combined, and raises ValueError with a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, ValidationError
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from examgen.core.problems import Problem, WrongUsage
from examgen.core.text.thai import FIRST_BUDDHIST_YEAR, arabic_digits, common_year
from examgen.core.words import Message, as_typed, either, invalid, joined, noted, tell

Shape = Literal["switch", "whole", "number", "text", "choice", "path", "day"]


@dataclass(frozen=True)
class Option:
    """How a field is presented: as `--name` on the command line, as a labelled field on a page."""

    help: Message
    label: str = ""
    """The label on a page; by default, the name in words."""
    hint: str | None = None
    """The text on a page in place of the help; empty if the label is enough."""
    values: tuple[tuple[str, str], ...] = ()
    """The values with their names on a page, in order; "" means that the option is not set."""
    metavar: str = ""
    name: str = ""
    """The name on the command line, if it differs from that of the field."""
    short: str = ""
    """A one-letter name on the command line: `-o`."""
    negative: str = ""
    """The name that turns a switch off: `--no-pdf`."""
    envvar: str = ""
    """An environment variable that sets it."""
    is_rare: bool = False
    """Whether few people use it; the help lists it last, under a separate heading."""
    exams: bool = False
    """Whether a path may be an exam package: a page then offers the exams of the unit."""
    files: bool = True
    """Whether a path may be a file: a page then offers the uploaded files."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema) | {"description": str(self.help)}


@dataclass(frozen=True)
class Argument(Option):
    """A positional argument on the command line."""


def setting(
    help: str, default: Any = ..., /, *, ge: float | None = None, le: float | None = None, **shown: Any
) -> Any:
    """Returns a field of a model that is an option, with its help (a text, or a message), its default unless
    it is required, its bounds, and how else it is presented."""
    return _field(Option, help, default, ge, le, shown)


def argument(help: str, default: Any = ..., /, **shown: Any) -> Any:
    """Returns a field of a model that is a positional argument."""
    return _field(Argument, help, default, None, None, shown)


def _field(
    kind: type[Option], help: str, default: Any, ge: float | None, le: float | None, shown: dict[str, Any]
) -> FieldInfo:
    field: FieldInfo = Field(default, ge=ge, le=le)
    field.metadata.append(kind(help if isinstance(help, Message) else tell(help), **shown))
    return field


class Options(BaseModel):
    """The options of one command or function."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def declared(cls) -> dict[str, Declared]:
        """The options by the names of their fields, with arguments of the command line first."""
        found = {
            name: Declared(name, option, field)
            for name, field in cls.model_fields.items()
            for option in field.metadata
            if isinstance(option, Option)
        }
        return dict(sorted(found.items(), key=lambda one: not isinstance(one[1].option, Argument)))

    def words_of(self, *names: str) -> list[str]:
        """Returns the options among `names` that have a value, as written on the command line."""
        declared = self.declared()
        return [declared[name].words for name in names if getattr(self, name)]


class Declared:
    """A declared option: its name, type of values, default and bounds."""

    def __init__(self, name: str, option: Option, field: FieldInfo) -> None:
        self.name, self.option = name, option
        self.is_required = field.is_required()
        self.default: Any = None if self.is_required else field.get_default(call_default_factory=True)
        self.is_open, kind = _without_none(field.annotation)
        """Whether it may be None."""
        arguments = get_args(kind) if get_origin(kind) is tuple else ()
        self.n_values = len(arguments) if arguments and arguments[-1] is not Ellipsis else 1
        """The number of values that it takes at once."""
        self.is_several = bool(arguments) and self.n_values == 1
        """Whether it may be repeated, or take several values separated by commas."""
        self.choices: tuple[str, ...] = ()
        if arguments:
            _, kind = _without_none(arguments[0])
        if get_origin(kind) is Literal:
            self.shape: Shape = "choice"
            self.choices = tuple(str(one) for one in get_args(kind))
        else:
            kinds: dict[Any, Shape] = {
                bool: "switch",
                int: "whole",
                float: "number",
                Path: "path",
                date: "day",
            }
            self.shape = kinds.get(kind, "text")
        bounds = [*field.metadata, *_bounds(field.annotation)]
        self.least: Any = next((one.ge for one in bounds if isinstance(one, Ge)), None)
        self.most: Any = next((one.le for one in bounds if isinstance(one, Le)), None)

    @property
    def words(self) -> str:
        """The name on the command line, such as `--not-anchor`; for an argument, its placeholder."""
        if isinstance(self.option, Argument):
            return self.option.metavar or self.name.rstrip("_").upper()
        return self.option.name or "--" + self.name.rstrip("_").replace("_", "-")

    @property
    def label(self) -> str:
        """The label on a page."""
        return self.option.label or self.name.strip("_").replace("_", " ").capitalize()


def _bounds(annotation: Any) -> Iterator[Any]:
    """Yields the bounds of a value that may be None, or of each of several values."""
    if get_origin(annotation) is Annotated:
        for one in annotation.__metadata__:
            yield from one.metadata if isinstance(one, FieldInfo) else (one,)
    for inner in get_args(annotation):
        if get_origin(inner) in (Annotated, Union, UnionType):
            yield from _bounds(inner)


def _without_none(annotation: Any) -> tuple[bool, Any]:
    """Whether a type may be None, and the type without None."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        kinds = [one for one in get_args(annotation) if one is not NoneType]
        return len(kinds) < len(get_args(annotation)), _without_none(kinds[0])[1]
    return False, annotation


def split(value: Any) -> Any:
    """Returns the values, given one by one or separated by commas."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, Sequence):
        return value
    return tuple(part.strip() for one in value for part in str(one).split(",") if part.strip())


Names = Annotated[tuple[str, ...], BeforeValidator(split)]
"""Names, given one by one or separated by commas."""


_WRITTEN = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<a>\d{1,2})[/.-](?P<b>\d{1,2})[/.-](?P<c>\d{4})"
)


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = _WRITTEN.fullmatch(arabic_digits(value.strip()))
    if found is None:
        raise invalid("{text} is not a date. Write it as 2026-06-19.", text=value)
    year, *ends = map(int, (found["y"] or found["c"], found["m"] or found["a"], found["d"] or found["b"]))
    orders = [ends] if found["y"] else [ends, ends[::-1]]
    days = {day for month, end in orders if (day := _of_calendar(common_year(year), month, end))}
    if not days:
        raise invalid("{text} is not a date. Write it as 2026-06-19.", text=value)
    wanted = either(map(str, sorted(days)))
    if year >= FIRST_BUDDHIST_YEAR:
        raise invalid("{text} is in the Buddhist era. Write {wanted}.", text=value, wanted=wanted)
    if len(days) > 1:
        raise invalid("{text} could be either of two dates. Write {wanted}.", text=value, wanted=wanted)
    return days.pop()


def _of_calendar(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


Day = Annotated[date, BeforeValidator(_day)]
"""A date, written as 2026-06-19. For a year of the Buddhist era, the error message gives the date to write.
"""

Processes = Annotated[
    Annotated[int, Field(ge=1)] | None,
    Option(tell("Number of processes (default: chosen by the amount of work)."), metavar="N", is_rare=True),
]

_FAULTS = {
    "int": noted("must be a whole number, not {value}"),
    "float": noted("must be a number, not {value}"),
    "fraction": noted("must be a number, not {value}"),
    "decimal": noted("must be a number, not {value}"),
    "finite": noted("must be a number, not {value}"),
    "bool": noted("must be yes or no, not {value}"),
    "missing": noted("is required"),
    "extra": noted("is not an option"),
    "literal": noted("must be one of {expected}, not {value}"),
    "greater_than_equal": noted("must be at least {ge}, not {value}"),
    "less_than_equal": noted("must be at most {le}, not {value}"),
    "greater_than": noted("must be above {gt}, not {value}"),
    "less_than": noted("must be below {lt}, not {value}"),
    "too_long": noted("takes at most {max_length} values, not {actual_length}"),
    "too_short": noted("takes at least {min_length} values, not {actual_length}"),
}
"""Messages by the type of pydantic's error, or by its beginning."""


def fault_of(error: Mapping[str, Any]) -> Message:
    """Returns the fault of a value as a message in both languages, from an error of pydantic."""
    kind, values = error["type"], {**error.get("ctx", {}), "value": str(error.get("input"))}
    values |= {name: f"{bound:g}" for name, bound in values.items() if isinstance(bound, float)}
    if kind == "value_error":
        told = values["error"].args[0]
        return told if isinstance(told, Message) else joined([str(told)])
    if kind == "literal_error":
        values["expected"] = values["expected"].replace("'", "").replace(" or ", ", ")
    message = _FAULTS.get(kind) or _FAULTS.get(kind.partition("_")[0])
    return joined([error["msg"]]) if message is None else tell(message, **values)


def faults(error: ValidationError) -> Iterator[tuple[str, Message]]:
    """Yields each fault of the values: its field (empty if it concerns several fields), and the message."""
    for one in error.errors():
        yield str(one["loc"][0]) if one["loc"] else "", fault_of(one)


def wrong_usage(options: type[Options], error: ValidationError) -> WrongUsage:
    """Returns an exception that lists every fault of the options, by their names on the command line."""
    declared = options.declared()
    problems = [
        Problem(declared[field].words if field in declared else field, "option", message)
        for field, message in faults(error)
    ]
    said = [
        tell("{option} {fault}", option=as_typed(one.source), fault=one.message)
        if one.source
        else one.message
        for one in problems
    ]
    if len(problems) == 1:
        return WrongUsage(said[0])
    return WrongUsage.because("{n} options are wrong: {faults}", n=len(said), faults=joined(said, "; "))
