"""The fields of the blueprint form, in groups, with their labels; and what only the text can set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from examgen.core.models.base import Interval, Overlap, Quota
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
    """text, number, cut, codes, numbers, lengths (by criterion), date, choice, flag (true or false)."""
    help: str = ""
    choices: Choices = ()
    words: tuple[tuple[str, Message], ...] = ()
    """Values that people see and type as words, in either language."""

    @property
    def default(self) -> Message:
        """What holds where nothing is chosen, with the value in the words of its choice."""
        value = json.dumps(found) if isinstance(found := _default(self.path), bool) else str(found)
        said = dict(self.choices).get(value)
        return tell("default: {value}", value=said) if said else tell("default")


def _default(path: Path) -> object:
    """The default of a field of the blueprint; None where it has none."""
    within: type[BaseModel] | None = Blueprint
    found: FieldInfo | None = None
    for step in path:
        fields = within.model_fields if within is not None else {}
        found = next((one for name, one in fields.items() if step in (name, one.alias)), None)
        inside = (found.annotation, *get_args(found.annotation)) if found is not None else ()
        within = next((one for one in inside if isinstance(one, type) and issubclass(one, BaseModel)), None)
    return None if found is None or found.is_required() else found.get_default(call_default_factory=True)


class Group(NamedTuple):
    """Fields that belong together, and the step of the form that has them: what, how much, or rules."""

    name: str
    title: Message
    fields: tuple[Field, ...]
    step: int = 3


_YES = (("true", tell("yes")), ("false", tell("no")))


def _of(path: str, label: Message, kind: str = "text", help: str = "", choices: Choices = ()) -> Field:
    steps = tuple(path.split("."))
    return Field(path.replace(".", "_"), steps, label, kind, help, _YES if kind == "flag" else choices)


def _worded(one: Field, value: str, words: Message) -> Field:
    """A field of numbers that may also say one thing in words."""
    return one._replace(help=tell("a number, or: {words}", words=words), words=((value, words),))


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
FORMS = Group(
    "forms",
    tell("More about the forms"),
    (
        _of("spare", tell("Spare forms"), "number"),
        _of("stimuli.min", tell("Items of a shared text, at least"), "number"),
        _of("stimuli.max", tell("Items of a shared text, at most"), "number"),
        _of("seed", tell("Seed"), "number", tell("another number produces other forms")),
    ),
)
STATISTICS = Group(
    "statistics",
    tell("Statistics of the forms"),
    (
        _of("statistics.facility.target", tell("Mean facility, target"), "number", tell("from 0 to 1")),
        _of("statistics.facility.within", tell("Mean facility, within"), "number"),
        _of("statistics.information.at", tell("Information at abilities"), "numbers", tell("-1, 0, 1")),
        _of("statistics.information.shape", tell("Information: its shape"), "numbers"),
        _of("statistics.information.target", tell("Information: its target"), "numbers"),
        _of("statistics.information.within", tell("Information: forms may differ by (percent)"), "number"),
        _of("statistics.reliability.min", tell("Reliability, at least"), "number"),
        _of("statistics.sem.at", tell("Standard error at ability"), "number"),
        _of("statistics.sem.max", tell("Standard error, at most"), "number"),
    ),
)
ANCHOR = Group(
    "anchor",
    tell("Anchor and pilot items"),
    (
        _of("anchor.items", tell("Anchor: items that all forms share"), "number"),
        _of("anchor.mirror", tell("Anchor: a small copy of the whole form"), "flag"),
        _one(
            "anchor.place",
            tell("Anchor: place in the forms"),
            ("same", tell("the same")),
            ("near", tell("nearly the same")),
            ("any", tell("anywhere")),
        ),
        _of("pilot.items", tell("Pilot items, unscored, in each form"), "number"),
        _of("pilot.statuses", tell("Pilot items: their statuses"), "codes", tell("pilot, approved")),
        _one(
            "pilot.place",
            tell("Pilot items: where they are printed"),
            ("end", tell("at the end")),
            ("among", tell("among the others")),
        ),
    ),
)
EXPOSURE = Group(
    "exposure",
    tell("How often items may be used"),
    (
        _of("exclude_last", tell("Without items of the last administrations (how many)"), "number"),
        _of("exposure.administrations", tell("Administrations, at most"), "number"),
        _of("exposure.candidates", tell("Candidates, at most"), "number"),
        _of("exposure.forms", tell("Forms of this exam, at most"), "number"),
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
        _one(
            "order.shared",
            tell("Places of shared items"),
            ("near", tell("near each other")),
            ("any", tell("anywhere")),
        ),
    ),
)
RULES = Group(
    "rules",
    tell("More about the pass rule and judgement"),
    (
        _of("pass.at_least.met", tell("To pass: number of parts reached"), "number"),
        _one(
            "pass.at_least.of",
            tell("To pass: the parts are"),
            ("criteria", tell("criteria")),
            ("elements", tell("elements")),
            ("units", tell("units")),
        ),
        _of("pass.at_least.among", tell("To pass: the parts that count"), "codes", tell("all, or codes")),
        _of("pass.at_least.percent", tell("To pass: a part is reached from (percent)"), "number"),
        _one(
            "pass.angoff.kind",
            tell("Angoff: which ratings"),
            ("angoff", tell("percentages")),
            ("angoff-yes-no", tell("yes or no")),
        ),
        _of("pass.angoff.round", tell("Angoff: round"), "number"),
        _of("pass.angoff.adjust_se", tell("Angoff: standard errors to move the cut"), "number"),
        _of(
            "pass.second_look.sem",
            tell("Second look: distance from the cut"),
            "number",
            tell("points, or lord"),
        ),
        _one(
            "judgement.interval",
            tell("Interval of a share"),
            ("wilson", "Wilson"),
            ("clopper_pearson", "Clopper–Pearson"),
        ),
        _of("judgement.confidence", tell("Confidence of the interval (percent)"), "number"),
        _one(
            "judgement.certainty.by",
            tell("Certainty: by"),
            ("posterior", tell("the probability after the answers")),
            ("interval", tell("the interval")),
        ),
        _one(
            "judgement.certainty.prior",
            tell("Certainty: before the answers"),
            ("uniform", tell("every share as likely")),
            ("jeffreys", "Jeffreys"),
        ),
        _of("judgement.error.percent", tell("Maximum share of wrong judgements (percent)"), "number"),
        _of(
            "judgement.error.apart",
            tell("… for candidates at least this far from the standard (percent)"),
            "number",
        ),
        _of("judgement.error.undecided", tell("… left undecided, at most (percent)"), "number"),
    ),
)
SCORING = Group(
    "scoring",
    tell("Scoring"),
    (
        _one(
            "scoring.several",
            tell("Items with several right answers"),
            ("any", tell("one of them earns the points")),
            ("all", tell("exactly the right ones must be marked")),
            ("partial", tell("in parts")),
        ),
        _one(
            "scoring.partial",
            tell("In parts: the rule"),
            (
                "false2",
                tell("a wrong mark deducts a share of the wrong options, at least two (false2)"),
            ),
            ("false", tell("a wrong mark deducts a share of the wrong options (false)")),
            ("true", tell("a wrong mark deducts as much as a right one earns (true)")),
            ("all", tell("a wrong mark deducts everything (all)")),
            ("none", tell("a wrong mark deducts nothing (none)")),
            ("moodle", tell("as Moodle counts (moodle)")),
        ),
        _worded(
            _of("scoring.wrong", tell("A wrong answer costs"), "number"),
            "by_options",
            tell("by the number of options"),
        ),
        _one(
            "scoring.multiple",
            tell("Several marks where one was asked"),
            ("wrong", tell("a wrong answer")),
            ("blank", tell("a blank")),
        ),
        _one(
            "scoring.invalid",
            tell("A mark that is not an option"),
            ("wrong", tell("a wrong answer")),
            ("blank", tell("a blank")),
        ),
        _one(
            "scoring.floor",
            tell("A negative score becomes 0"),
            ("item", tell("at each item")),
            ("total", tell("at the total")),
            ("none", tell("never")),
        ),
    ),
)
REPORT = Group(
    "report",
    tell("What reports show about a score"),
    (
        _of("report.rank", tell("Rank"), "flag"),
        _of("report.percentile", tell("Percentile rank"), "flag"),
        _one(
            "report.t_score",
            tell("T score"),
            ("linear", tell("linear")),
            ("normalised", tell("normalised")),
        ),
        _of("report.coverage", tell("How many criteria were met"), "flag"),
        _of("report.scaled.slope", tell("Scaled score: slope"), "number"),
        _of("report.scaled.intercept", tell("Scaled score: intercept"), "number"),
        _of("report.scaled.points", tell("Scaled score: full points it was made for"), "number"),
        _of("report.scaled.decimals", tell("Scaled score: decimals"), "number"),
        _of("report.scaled.floor", tell("Scaled score: lowest"), "number"),
        _of("report.scaled.ceiling", tell("Scaled score: highest"), "number"),
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
        _of("papers.body.th", tell("Certification body, in Thai"), "text"),
        _of("papers.body.en", tell("Certification body, in English"), "text"),
        _one(
            "papers.sections",
            tell("Headings"),
            ("none", tell("none")),
            ("element", tell("for each element")),
        ),
        _one(
            "papers.run_on",
            tell("When the items of a shared text continue on the next page"),
            ("refer", tell("the page refers to it")),
            ("repeat", tell("the text is repeated")),
        ),
        _of(
            "papers.working_space_mm",
            tell("Space for working below the options, in mm, by criterion"),
            "lengths",
            tell("as A4011.*: 30, A4012.01: 20"),
        ),
        _of("papers.facing", tell("Bound: inner margins wider"), "flag"),
        _one(
            "papers.pages_multiple",
            tell("Pages of a booklet are a multiple of"),
            *((one, one) for one in "124"),
            kind="number",
        ),
        _of("papers.candidate_number.length", tell("Candidate number: places"), "number"),
        _of("papers.candidate_number.letters", tell("Candidate number: places of letters"), "numbers"),
        _one(
            "papers.candidate_number.check",
            tell("Candidate number: check"),
            ("none", tell("none")),
            ("thai_id", tell("Thai national number")),
        ),
        _of("papers.personal.items", tell("For each candidate another order of items"), "flag"),
        _of("papers.personal.options", tell("For each candidate another order of options"), "flag"),
        _of("papers.personal.max_shift", tell("Places that an item may move, at most"), "number"),
        _of("papers.spare", tell("Spare booklets without a name, for each room"), "number"),
    ),
)
GROUPS = (
    EXAM,
    SIZE,
    JUDGED,
    RULES,
    OVERLAP,
    ANCHOR,
    EXPOSURE,
    STATISTICS,
    FORMS,
    ORDER,
    SCORING,
    REPORT,
    PAPERS,
)
TABLES = frozenset(("criteria", "cognitive", "unit_mix", "level_mix", "status_mix", "quantities", "statuses"))
"""Fields of a blueprint that the form shows as tables or tick boxes."""
_RANGES = (Interval, Overlap, Quota)


def leaves(model: type[BaseModel] = Blueprint, before: Path = ()) -> Iterator[Path]:
    """The paths of everything that a blueprint can set; a table counts as one."""
    for name, field in model.model_fields.items():
        path = (*before, field.alias or name)
        inner = _model(field.annotation)
        if inner is None or issubclass(inner, _RANGES):
            yield path
        else:
            yield from leaves(inner, path)


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model of a field that holds one nested model; None for other fields."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if getattr(annotation, "__origin__", None) in (tuple, list, dict):
        return None
    found = (_model(one) for one in get_args(annotation))
    return next((one for one in found if one is not None), None)


def in_text() -> list[str]:
    """What a blueprint can set but the form has no field for; the form leaves it as it is in the text."""
    named = {one.path for group in GROUPS for one in group.fields}
    named |= {("overlap",), ("statistics", "facility", "spread")}
    return [".".join(path) for path in leaves() if path not in named and path[0] not in TABLES]
