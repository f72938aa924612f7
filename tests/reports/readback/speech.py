"""How a report writes numbers and sentences in its language: read from the catalogue of translations alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

from babel.messages.pofile import read_po

from tests.reports.readback.reader import Passage, Table, plain

CATALOGUE = Path(__file__).parents[3] / "templates" / "locale" / "th.po"
DECISIONS = {"pass": ("■", "ผ่าน", "Pass"), "fail": ("▲", "ไม่ผ่าน", "Not passed")}
STATUSES = {
    "met": ("■", "ผ่านเกณฑ์", "met"),
    "not_met": ("▲", "ยังไม่ผ่าน", "not met"),
    "insufficient": ("◆", "ข้อมูลไม่พอ", "too few items"),
    "not_assessed": ("−", "ไม่ได้วัด", "not assessed"),
}
_THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
_PLACE = re.compile(r"\{(\w+)\}")


@cache
def catalogue() -> dict[str, str]:
    """English message → Thai, singular and plural alike."""
    found: dict[str, str] = {}
    with CATALOGUE.open("rb") as file:
        for one in read_po(file, locale="th"):
            thai = one.string if isinstance(one.string, str) else (one.string or [""])[0]
            for english in (one.id,) if isinstance(one.id, str) else one.id:
                if english:
                    found[english] = thai
    return found


@cache
def _by_values() -> dict[frozenset[str], list[str]]:
    """Messages by the names of their values."""
    found: dict[frozenset[str], list[str]] = {}
    for one in catalogue():
        found.setdefault(frozenset(_PLACE.findall(one)), []).append(one)
    return found


@cache
def fixed(tongue: Tongue) -> frozenset[str]:
    """Sentences with numbers that never change."""
    told = [one for one in _by_values()[frozenset()] if any(letter.isdigit() for letter in one)]
    return frozenset(way for message in told for way in tongue.label(message))


def number(value: float | Decimal, decimals: int = 0) -> str:
    """Thousands by commas, a real minus, none on nought."""
    text = f"{value:,.{decimals}f}"
    return text.replace("-", "−") if text.strip("-0.,") else text.lstrip("-")


def short(text: str | Decimal) -> str:
    """A number without noughts at its end."""
    text = f"{Decimal(text):f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def percent(n: int, of: int, decimals: int = 1) -> str:
    """The share of n of so many."""
    return f"{number(100 * n / of, decimals)} %"


def ends(low: float, high: float, decimals: int) -> str:
    return f"{number(low, decimals)}–{number(high, decimals)}"


def in_order(name: str) -> tuple[list[tuple[int, str]], str]:
    """Names as people look for them: 2 before 10, a Thai vowel written before its consonant after it, tones
    last."""
    letters = re.sub("([เแโใไ])([ก-ฮ])", r"\2\1", name.casefold())
    letters = re.sub("[\u0e47-\u0e4e]", "", letters)
    parts = [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", letters)]
    return parts, name


class Tongue(NamedTuple):
    """A language of a report and the figures of its Thai."""

    lang: str = "both"
    digits: str = "arabic"

    def figures(self, text: object) -> str:
        """A number that stands alone."""
        return str(text).translate(_THAI) if self.digits == "thai" and self.lang != "en" else str(text)

    def pair(self, thai: str, english: str) -> list[str]:
        """The ways in which two texts stand beside each other."""
        if self.lang == "en" or not thai:
            return [plain(english)]
        if self.lang == "th" or thai == english:
            return [plain(thai)]
        return [plain(f"{thai} {english}"), plain(f"{thai} · {english}")]

    def label(self, message: str) -> list[str]:
        """A message without values, in the ways it may stand."""
        assert message in catalogue(), f"no message {message!r}"
        return self.pair(self._thai(message, {}), message)

    def heading(self, message: str) -> str:
        """What a heading of that message has in every language of the report."""
        return message if self.lang == "en" else self._thai(message, {})

    def messages(self, values: Mapping[str, object]) -> Iterator[str]:
        """Messages of the catalogue that take these values and no others."""
        yield from _by_values().get(frozenset(values), ())

    def fill(self, message: str, values: Mapping[str, object]) -> list[str]:
        """A message with its values, in the ways it may stand."""
        english = _PLACE.sub(lambda found: str(values[found[1]]), message)
        return self.pair(self._thai(message, values), english)

    def _thai(self, message: str, values: Mapping[str, object]) -> str:
        thai = catalogue()[message]
        if self.digits == "thai":
            thai = thai.translate(_THAI)
        return _PLACE.sub(lambda found: self._value(str(values[found[1]])), thai)

    def _value(self, text: str) -> str:
        is_code = re.search("[A-Za-z]", text)
        return text.translate(_THAI) if self.digits == "thai" and not is_code else text

    # ── claims ───────────────────────────────────────────────────────────────────────────────

    def labels(self, passage: Passage, message: str, before: str = "", after: str = "") -> None:
        """Claims a passage: words that are always the same, with what stands before and after them."""
        self.one_of(passage, [f"{before} {said}{after}" for said in self.label(message)])

    def tells(self, passage: Passage, before: str = "", after: str = "", **values: object) -> None:
        """Claims a passage: some message with these values, each in the place that its name has."""
        self.tell_each(passage, [values], before, after)

    def tell_each(
        self, passage: Passage, several: Sequence[Mapping[str, object]], before: str = "", after: str = ""
    ) -> None:
        """Claims a passage: the same message several times, each time with other values."""
        ways: list[str] = []
        for message in self.messages(several[0]):
            for said in product(*(self.fill(message, values) for values in several)):
                ways.append(f"{before} {' '.join(said)}{after}")
        self.one_of(passage, ways)

    def heads(self, table: Table, *messages: str) -> None:
        """Claims the heads of a table: these messages; `%` and the like as they are."""
        assert len(table.heads) == len(messages), [one.text for one in table.heads]
        for head, message in zip(table.heads, messages, strict=True):
            if message in catalogue():
                self.labels(head, message)
            else:
                head.says(message)

    def decision(self, of: str) -> list[str]:
        """Sign and word of a decision."""
        sign, thai, english = DECISIONS[of]
        return [f"{sign} {words}" for words in self.pair(thai, english)]

    def status(self, of: str) -> list[str]:
        """Sign and word of a status."""
        sign, thai, english = STATUSES[of]
        return [f"{sign} {words}" for words in self.pair(thai, english)]

    def ways(self, *containing: str, **values: object) -> list[str]:
        """The ways in which messages with these values may stand, of those that have these words."""
        messages = (one for one in self.messages(values) if all(words in one for words in containing))
        return [way for message in messages for way in self.fill(message, values)]

    def one_of(self, passage: Passage, ways: Sequence[str]) -> None:
        """Claims a passage: it says one of these."""
        wanted = {plain(way) for way in ways}
        passage.is_claimed = True
        assert passage.text in wanted, f"{passage.place}: {passage.text!r} is none of {sorted(wanted)[:6]}"
