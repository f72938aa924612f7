"""The form of a rule of `bank check`: a code, and a function that yields the faults in a unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from examgen.bank.checks import LocatedItem, UnitDraft
from examgen.core.models.field_types import Model
from examgen.core.problems import Severity
from examgen.core.words import Message

HDR = "Haladyna, Downing & Rodriguez (2002), guideline"
ALONE = "Balepur, Ravichander & Rudinger (2024)"
THAI = "Thai test-construction practice"


class Setting(Model):
    """The settings of a rule that a workspace may change. Rules with more settings have their own models."""

    severity: Severity | None = None


class RuleFault(NamedTuple):
    """A fault found by a rule, in a field of an item or in the unit as a whole.

    If `severity` is None, that of the rule applies; a severity set by the workspace overrides both.
    """

    found: LocatedItem | None
    field: str
    message: Message
    severity: Severity | None = None


Check = Callable[[UnitDraft, Any], Iterator[RuleFault]]


class Rule(NamedTuple):
    """A named rule. `check` judges one unit; a rule without it is judged over all units that are read."""

    code: str
    severity: Severity
    summary: str
    source: str
    check: Check | None
    setting: type[Setting] = Setting
    languages: tuple[str, ...] = ("th", "en")
    compares: bool = False
    """Whether its findings in an item depend on the other items of the unit."""


def texts(found: LocatedItem) -> dict[str, str]:
    """Return the texts of an item that a candidate reads, by field."""
    options = {f"options.{name}": text for name, text in found.item.options.items()}
    return {"stem": found.item.stem} | options


def one_key(found: LocatedItem) -> tuple[str, dict[str, str]] | None:
    """Return the id of the right option, and the distractors; None if several options are right."""
    if len(found.item.key) != 1:
        return None
    [key] = found.item.key
    return key, {name: text for name, text in found.item.options.items() if name != key}
