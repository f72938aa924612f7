"""Rules of `bank check`: a code, and a function from a unit's shelf to the faults found there."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple

from examgen.bank.checks import LocatedItem, UnitDraft
from examgen.bank.rules.item_words import BYTES, plain
from examgen.core.models.base import Model
from examgen.core.problems import Severity
from examgen.core.words import Message

HDR = "Haladyna, Downing & Rodriguez (2002), guideline"
ALONE = "Balepur, Ravichander & Rudinger (2024)"
THAI = "Thai test-construction practice"
THAI_DIGITS = "".join(map(chr, range(0xE50, 0xE5A))).encode(BYTES)
ARABIC_DIGITS = string.digits.encode()


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


class Reading(NamedTuple):
    """Texts of an item that a candidate reads, as one text: a rule can skip whatever it lacks.

    `options` is the plain text of the options alone; the rest is of the stem and them, as typed. `coded`
    has a byte for each character, and is None where one is not of the Thai code page.
    """

    raw: str
    options: str
    coded: bytes | None

    def may_hold(self, characters: bytes) -> bool:
        """Whether any of these characters may stand in the item."""
        return self.coded is None or len(self.coded.translate(None, characters)) < len(self.coded)


def reading(found: LocatedItem) -> Reading:
    """The whole text of an item, put together once for all rules."""
    return _reading(found.item.stem, *found.item.options.values())


@lru_cache(maxsize=1024)
def _reading(*parts: str) -> Reading:
    raw = "\n".join(parts)
    coded = None
    with suppress(UnicodeEncodeError):
        coded = raw.encode(BYTES)
    return Reading(raw, "\n".join(map(plain, parts[1:])), coded)


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
