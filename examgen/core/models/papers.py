"""The layout of the papers of an exam, and what may differ between candidates."""

from __future__ import annotations

from datetime import date as Day
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from examgen.core.models.field_types import Bilingual, Count, Model, Positive
from examgen.core.text.thai import FIRST_BUDDHIST_YEAR, common_year
from examgen.core.words import invalid, tell

PaperSize = Literal["A4", "Letter", "A5"]
Digits = Literal["arabic", "thai"]
Era = Literal["buddhist", "gregorian"]


def _gregorian(day: Day) -> Day:
    if day.year >= FIRST_BUDDHIST_YEAR:
        raise invalid(
            "{day} is in the Buddhist era. Write {year}-{day:%m-%d}.", day=day, year=common_year(day.year)
        )
    return day


GregorianDay = Annotated[Day, AfterValidator(_gregorian)]
"""A date with a year of the common era."""
Millimetres = Annotated[float, Field(gt=0, le=250, allow_inf_nan=False)]

NATIONAL_ID_DIGITS = 13


class CandidateNumber(Model):
    """The bubbles for the candidate number on answer sheets.

    - `length` (default 13, at most 16): the number of characters.
    - `letters`: up to two positions, counted from 1, that have a letter A–Z in place of a digit: `[1, 2]`.
    - `check` (default `none`): `thai_id` for Thai national numbers, whose last digit is a check digit.
    """

    length: Annotated[int, Field(ge=1, le=16, strict=True)] = NATIONAL_ID_DIGITS
    letters: Annotated[tuple[int, ...], Field(max_length=2)] = ()
    check: Literal["none", "thai_id"] = "none"

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.check == "thai_id" and (self.length != NATIONAL_ID_DIGITS or self.letters):
            raise invalid("a Thai national number has 13 digits and no letters")
        if any(not 1 <= place <= self.length for place in self.letters):
            raise invalid("`letters` uses positions from 1 to {length}", length=self.length)
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
    """What is drawn at random for each candidate; nothing by default.

    - `items: true`: the order of items. Items of one stimulus stay together.
    - `options: true`: the order of options. Options that an item lists as `anchored` keep their places.
    - `max_shift`: with `items: true`, the most places that an item may move; without it there is no limit.
    """

    items: bool = False
    options: bool = False
    max_shift: Positive | None = None

    @model_validator(mode="after")
    def _shift_of_items(self) -> Self:
        if self.max_shift is not None and not self.items:
            raise invalid("`max_shift` limits how far items move. Also write `items: true`.")
        return self


class PapersRule(Model):
    """The layout of papers. All fields are optional.

    - `size` (default `A4`): `A4`, `Letter` or `A5`.
    - `columns` (default 1): columns of questions on a page, 1 or 2.
    - `text` (default `normal`): `normal`, or `large` for 18 points.
    - `digits` (default `arabic`): `arabic` or `thai`, in numbers that papers print themselves.
    - `era` (default `buddhist`): years on papers, `buddhist` or `gregorian`.
    - `date`, `hours`: the day of the exam in the common era (2026-12-20) and its hours (`09:00–11:00`), for
      the cover.
    - `body`: the name of the certification body in Thai and English.
    - `sections` (default `none`): `element` prints a heading before the first item of each element.
    - `run_on` (default `refer`): if the items of a stimulus continue on the next page, that page refers to
      the stimulus (`refer`) or repeats it (`repeat`).
    - `working_space_mm`: space below the options in millimetres, up to 250, by criteria: `{"A4011.*": 30}`.
    - `facing` (default false): inner margins are wider than outer ones, for bound booklets.
    - `pages_multiple` (default 2): the number of pages of a booklet is a multiple of 1, 2 (for printing on
      both sides) or 4 (for folded sheets).
    - `candidate_number`: the bubbles for the candidate number.
    - `personal`: what is drawn for each candidate.
    - `spare` (default 0): spare booklets for each room.
    """

    size: PaperSize = "A4"
    columns: Literal[1, 2] = 1
    text: Literal["normal", "large"] = "normal"
    digits: Digits = "arabic"
    era: Era = "buddhist"
    date: GregorianDay | None = None
    hours: str = ""
    body: Bilingual | None = None
    sections: Literal["none", "element"] = "none"
    run_on: Literal["refer", "repeat"] = "refer"
    working_space_mm: dict[str, Millimetres] = {}
    facing: bool = False
    pages_multiple: Literal[1, 2, 4] = 2
    candidate_number: CandidateNumber = CandidateNumber()
    personal: PersonalOrder = PersonalOrder()
    spare: Count = 0
