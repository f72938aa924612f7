"""What a rule of `bank check` is: a code, and a function from a unit's shelf to what it finds there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from examgen.bank.checks import Found, Shelf
from examgen.models import Model
from examgen.problems import Severity

HDR = "Haladyna, Downing & Rodriguez (2002), guideline"
THAI = "Thai test-construction practice"


class Setting(Model):
    """What a workspace may change of a rule; further numbers stand in the models of single rules."""

    severity: Severity | None = None


class Fault(NamedTuple):
    """What a rule has found: in an item's field, or in the unit as a whole."""

    found: Found | None
    field: str
    message: str


Check = Callable[[Shelf, Any], Iterator[Fault]]


class Rule(NamedTuple):
    """A named rule: `check` judges a unit; without one it is judged over all units that are read."""

    code: str
    severity: Severity
    summary: str
    source: str
    check: Check | None
    setting: type[Setting] = Setting
    languages: tuple[str, ...] = ("th", "en")


def texts(found: Found) -> dict[str, str]:
    """What a candidate reads of an item, by field."""
    options = {f"options.{name}": text for name, text in found.item.options.items()}
    return {"stem": found.item.stem} | options


def one_key(found: Found) -> tuple[str, dict[str, str]] | None:
    """The right option's id and the distractors; None where several are right."""
    if len(found.item.key) != 1:
        return None
    [key] = found.item.key
    return key, {name: text for name, text in found.item.options.items() if name != key}
