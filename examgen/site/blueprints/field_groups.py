"""The fields of the blueprint form, in groups, with their labels. Everything else is set in the text."""

from __future__ import annotations

import json
from typing import NamedTuple, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from examgen.core.models.blueprint import Blueprint
from examgen.core.words import Message, tell
from examgen.site.forms import AS_TYPED

Path = tuple[str, ...]
Choices = tuple[tuple[str, str], ...]


class Field(NamedTuple):
    """A field of the form: its path in the blueprint, its label, and what may be entered."""

    name: str
    path: Path
    label: Message
    kind: str = "text"
    """One of text, number, cut, codes, date, choice, flag (true or false)."""
    help: str = ""
    choices: Choices = ()

    @property
    def default(self) -> Message:
        """The label for leaving the field empty, which names the default."""
        value = json.dumps(found) if isinstance(found := _default(self.path), bool) else str(found)
        said = dict(self.choices).get(value)
        return tell("default: {value}", value=said) if said else tell("default")


def _default(path: Path) -> object:
    """Returns the default of a field of the blueprint; None if it has none."""
    within: type[BaseModel] | None = Blueprint
    found: FieldInfo | None = None
    for step in path:
        fields = within.model_fields if within is not None else {}
        found = next((one for name, one in fields.items() if step in (name, one.alias)), None)
        inside = (found.annotation, *get_args(found.annotation)) if found is not None else ()
        within = next((one for one in inside if isinstance(one, type) and issubclass(one, BaseModel)), None)
    return None if found is None or found.is_required() else found.get_default(call_default_factory=True)


class Group(NamedTuple):
    """Fields that belong together, and the step of the form that shows them: 1 the exam, 2 its size, 3 the
    rules."""

    name: str
    title: Message
    fields: tuple[Field, ...]
    step: int = 3


_YES = (("true", tell("yes")), ("false", tell("no")))


def _of(path: str, label: Message, kind: str = "text", help: str = "", choices: Choices = ()) -> Field:
    steps = tuple(path.split("."))
    return Field(path.replace(".", "_"), steps, label, kind, help, _YES if kind == "flag" else choices)


def _one(path: str, label: Message, *choices: tuple[str, str], kind: str = "choice") -> Field:
    return _of(path, label, kind, "", tuple(choices))


EXAM = Group(
    "exam",
    tell("The exam"),
    (
        _of("title.th", tell("Title in Thai")),
        _of("title.en", tell("Title in English")),
        _of("exam", tell("Name of the exam"), help=tell("letters, digits, . _ and -")),
        _of("units", tell("Units"), "codes", tell("codes, with a comma between them")),
        _of("level", tell("Level"), "number"),
        _of("occupation", tell("Occupation")),
        _of("scope", tell("Only these criteria and elements"), "codes"),
    ),
    step=1,
)
SIZE = Group(
    "size",
    tell("Forms and items"),
    (
        _of("items", tell("Items in each form"), "number"),
        _of("forms", tell("Number of forms"), "number"),
        _of("time_min", tell("Time in minutes"), "number"),
    ),
    step=2,
)
JUDGED = Group(
    "judged",
    tell("Pass rule and judgement"),
    (
        _of("pass.percent", tell("To pass: percent of all points"), "number"),
        _of("pass.cut", tell("To pass: cut score"), "cut", tell("points, or angoff")),
        _of("pass.reason", tell("Where the cut score comes from")),
        _of("pass.criteria.all", tell("To pass: percent of the points of each criterion"), "number"),
        _of("judgement.percent", tell("A criterion is met from (percent)"), "number"),
        _of("judgement.min_items", tell("Fewest items to judge a criterion"), "number"),
        _of("judgement.certainty.percent", tell("Required certainty (percent), if any"), "number"),
    ),
)
OVERLAP = Group(
    "overlap",
    tell("Items that forms share"),
    (
        _of("overlap.min", tell("Items that two forms share, at least"), "number"),
        _of("overlap.max", tell("Items that two forms share, at most"), "number"),
    ),
)
ANCHOR = Group(
    "anchor",
    tell("Anchor and pilot items"),
    (
        _of("anchor.items", tell("Anchor: items that all forms share"), "number"),
        _of("pilot.items", tell("Pilot items, unscored, in each form"), "number"),
    ),
)
EXPOSURE = Group(
    "exposure",
    tell("How often items may be used"),
    (
        _of("exclude_last", tell("Without items of the last administrations (how many)"), "number"),
        _of("exposure.administrations", tell("Administrations, at most"), "number"),
    ),
)
ORDER = Group(
    "order",
    tell("Order of items and options"),
    (
        _one(
            "order.items",
            tell("Order of the items"),
            ("by_criterion", tell("by criterion")),
            ("by_element", tell("by element")),
            ("mixed", tell("mixed")),
            ("easy_to_hard", tell("from easy to hard")),
        ),
        _one(
            "order.options",
            tell("Order of the options"),
            ("shuffled", tell("shuffled")),
            ("as_written", tell("as written")),
        ),
        _one(
            "choices",
            tell("Letters of the options"),
            ("thai", tell("letters: Thai")),
            ("latin", tell("letters: A B C")),
        ),
    ),
)
PAPERS = Group(
    "papers",
    tell("Papers"),
    (
        _one("papers.size", tell("Size of the paper"), *((one, one) for one in ("A4", "Letter", "A5"))),
        _one("papers.columns", tell("Columns on a page"), ("1", "1"), ("2", "2"), kind="number"),
        _one("papers.text", tell("Text size"), ("normal", tell("normal")), ("large", tell("large"))),
        _one("papers.digits", tell("Figures"), ("arabic", "1 2 3"), ("thai", tell("Thai figures"))),
        _one(
            "papers.era",
            tell("Years"),
            ("buddhist", tell("Buddhist era")),
            ("gregorian", tell("common era")),
        ),
        _of("papers.date", tell("Day of the sitting, for the cover"), "date", AS_TYPED),
        _of("papers.hours", tell("Hours of the sitting, for the cover"), "text", tell("as 09:00–11:00")),
        _of("papers.candidate_number.length", tell("Candidate number: places"), "number"),
        _of("papers.personal.items", tell("For each candidate another order of items"), "flag"),
        _of("papers.personal.options", tell("For each candidate another order of options"), "flag"),
        _of("papers.spare", tell("Spare booklets without a name, for each room"), "number"),
    ),
)
GROUPS = (
    EXAM,
    SIZE,
    JUDGED,
    OVERLAP,
    ANCHOR,
    EXPOSURE,
    ORDER,
    PAPERS,
)
