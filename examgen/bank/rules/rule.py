"""Rules of `bank check`: a code, and a function from a unit's shelf to the faults found there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from examgen.bank.checks import LocatedItem, UnitDraft
from examgen.core.models.base import Model
from examgen.core.problems import Severity
from examgen.core.words import Message

HDR = "Haladyna, Downing & Rodriguez (2002), guideline"
ALONE = "Balepur, Ravichander & Rudinger (2024)"
THAI = "Thai test-construction practice"


class Setting(Model):
    """Settings of a rule that a workspace may change; further numbers are in the models of single rules."""

    severity: Severity | None = None


class RuleFault(NamedTuple):
    """Fault found by a rule, in an item's field or in the unit as a whole.

    `severity` is that of the rule where it is None; what the workspace sets comes before both.
    """

    found: LocatedItem | None
    field: str
    message: Message
    severity: Severity | None = None


Check = Callable[[UnitDraft, Any], Iterator[RuleFault]]


class Rule(NamedTuple):
    """A named rule: `check` judges a unit; without one it is judged over all units that are read."""

    code: str
    severity: Severity
    summary: str
    source: str
    check: Check | None
    setting: type[Setting] = Setting
    languages: tuple[str, ...] = ("th", "en")
    compares: bool = False
    """Whether what it finds in an item depends on the other items of the unit."""


def texts(found: LocatedItem) -> dict[str, str]:
    """Return the texts of an item that a candidate reads, by field."""
    options = {f"options.{name}": text for name, text in found.item.options.items()}
    return {"stem": found.item.stem} | options


def one_key(found: LocatedItem) -> tuple[str, dict[str, str]] | None:
    """The right option's id and the distractors; None where several are right."""
    if len(found.item.key) != 1:
        return None
    [key] = found.item.key
    return key, {name: text for name, text in found.item.options.items() if name != key}
