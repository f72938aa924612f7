"""The fields of the blueprint form, in groups, with their labels. Everything else is set in the text."""

from __future__ import annotations

from typing import NamedTuple

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


class Group(NamedTuple):
    """Fields that belong together. The first step of the form shows the first group, the second the next, and
    the third all others."""

    name: str
    title: Message
    fields: tuple[Field, ...]


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
)
SIZE = Group(
    "size",
    tell("Forms and items"),
    (
        _of("items", tell("Items in each form"), "number"),
        _of("forms", tell("Number of forms"), "number"),
        _of("time_min", tell("Time in minutes"), "number"),
    ),
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
