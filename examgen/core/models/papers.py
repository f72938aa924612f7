"""The layout of the papers of an exam, and what may differ between candidates."""

from __future__ import annotations

from datetime import date as Day
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from examgen.core.models.base import Bilingual, Count, Model, Positive
from examgen.core.text.thai import FIRST_BUDDHIST_YEAR, common_year
from examgen.core.words import tell

PaperSize = Literal["A4", "Letter", "A5"]
Digits = Literal["arabic", "thai"]
Era = Literal["buddhist", "gregorian"]


def _gregorian(day: Day) -> Day:
    if day.year >= FIRST_BUDDHIST_YEAR:
        raise ValueError(
            tell(
                "{day} is in the Buddhist era. Write {year}-{day:%m-%d}.", day=day, year=common_year(day.year)
            )
        )
    return day


GregorianDay = Annotated[Day, AfterValidator(_gregorian)]
"""A date with a year of the common era."""
Millimetres = Annotated[float, Field(gt=0, le=250, allow_inf_nan=False)]

NATIONAL_ID_DIGITS = 13


class CandidateNumber(Model):
    """The candidate number as bubbles: so many places, each a digit or (`letters`) A–Z.

    `check: thai_id` is the 13-digit national number, whose last digit follows from the others.
    """

    length: Annotated[int, Field(ge=1, le=16, strict=True)] = NATIONAL_ID_DIGITS
    letters: Annotated[tuple[int, ...], Field(max_length=2)] = ()
    """Places, counted from 1, that hold a letter in place of a digit."""
    check: Literal["none", "thai_id"] = "none"

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.check == "thai_id" and (self.length != NATIONAL_ID_DIGITS or self.letters):
            raise ValueError(tell("a Thai national number has 13 digits and no letters"))
        if any(not 1 <= place <= self.length for place in self.letters):
            raise ValueError(tell("`letters` uses positions from 1 to {length}", length=self.length))
        return self

    def fault(self, candidate_id: str) -> str | None:
        """Returns the reason why an id cannot be marked in the bubbles; None if it can."""
        if len(candidate_id) != self.length:
            n = len(candidate_id)
            return tell("has {n} characters, but a candidate number has {length}", n=n, length=self.length)
        for place, char in enumerate(candidate_id, 1):
            letter = place in self.letters
            if not (char.isascii() and (char.isupper() if letter else char.isdigit())):
                return tell(
                    "has {char!r} in position {place}, where a candidate number has {wanted}",
                    char=char,
                    place=place,
                    wanted=tell("a letter A–Z") if letter else tell("a digit 0–9"),
                )
        if self.check == "thai_id" and int(candidate_id[-1]) != thai_id_check_digit(candidate_id[:-1]):
            right = thai_id_check_digit(candidate_id[:-1])
            return tell(
                "is not a Thai national number, because the last digit after {first} must be {right}",
                first=candidate_id[:-1],
                right=right,
            )
        return None


def thai_id_check_digit(digits: str) -> int:
    """Returns the thirteenth digit of a Thai national number, computed from the first twelve.

    They are weighted 13, 12, … 2. The digit is the last digit of 11 minus the remainder of the sum divided by
    11. An error in the third digit is not detected, because its weight is 11.
    """
    total = sum(weight * int(digit) for weight, digit in zip(range(13, 1, -1), digits, strict=True))
    return (11 - total % 11) % 10


def is_thai_id(number: str) -> bool:
    """Returns whether a number is a Thai national number with the right check digit."""
    if len(number) != NATIONAL_ID_DIGITS or not number.isdecimal():
        return False
    return int(number[-1]) == thai_id_check_digit(number[:-1])


class PersonalOrder(Model):
    """What is drawn for each candidate: the order of items, of options; how far an item may move.

    Items of one stimulus stay together and anchored options stay where they are, whatever is drawn.
    """

    items: bool = False
    options: bool = False
    max_shift: Positive | None = None
    """Places that an item may move at most; None for no bound."""

    @model_validator(mode="after")
    def _shift_of_items(self) -> Self:
        if self.max_shift is not None and not self.items:
            raise ValueError(tell("`max_shift` limits how far items move. Also write `items: true`."))
        return self


class PapersRule(Model):
    """How papers are set. Every field has a default: a blueprint needs none of them."""

    size: PaperSize = "A4"
    columns: Literal[1, 2] = 1
    text: Literal["normal", "large"] = "normal"
    digits: Digits = "arabic"
    era: Era = "buddhist"
    date: GregorianDay | None = None
    """The day of the sitting, for the cover."""
    hours: str = ""
    """The hours of the exam: `09:00–11:00`."""
    body: Bilingual | None = None
    """The certification body, as it is named on papers."""
    sections: Literal["none", "element"] = "none"
    """`element` prints a heading before the first item of each element."""
    run_on: Literal["refer", "repeat"] = "refer"
    """What is printed on the next page if the items of a stimulus continue there."""
    working_space_mm: dict[str, Millimetres] = {}
    """Space below the options, by pattern of criteria: `{"A4011.*": 30}`."""
    facing: bool = False
    """Inner margins wider than outer ones, for booklets that are bound."""
    pages_multiple: Literal[1, 2, 4] = 2
    """The number of pages of a booklet is a multiple of this: 2 for double-sided, 4 for folded sheets."""
    candidate_number: CandidateNumber = CandidateNumber()
    personal: PersonalOrder = PersonalOrder()
    spare: Count = 0
    """The number of spare booklets for each room."""
