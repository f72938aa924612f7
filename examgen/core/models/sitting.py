"""What is arranged for sittings: the rules of the certification body, its staff, and the plan of each
sitting."""

from __future__ import annotations

import calendar
from collections import Counter
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.decisions import DecisionName
from examgen.core.models.field_types import Bilingual, Count, Model, Positive
from examgen.core.models.papers import GregorianDay
from examgen.core.words import Message, invalid, tell

_Period = Annotated[int, Field(ge=1, le=1000, strict=True)]


class BodyRule(Bilingual):
    """A rule in the body's words. If it has a period, counted from the release, reports give the resulting
    date."""

    days: _Period | None = None
    months: _Period | None = None
    years: _Period | None = None

    @property
    def is_reckoned(self) -> bool:
        """Whether the rule has a period."""
        return any((self.days, self.months, self.years))

    def after(self, day: date) -> date:
        """Returns the date one period after `day`. If the month is too short, the last day of that month
        counts."""
        months = 12 * day.year + day.month - 1 + 12 * (self.years or 0) + (self.months or 0)
        year, month = divmod(months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(day.day, last)) + timedelta(self.days or 0)


LOGO_KINDS = (".png", ".svg")


def _within_workspace(path: str) -> str:
    """Checks that a path is that of a picture below the workspace, without looking at the file."""
    parts = PurePosixPath(path)
    if any(sign in path for sign in ":\\\0") or parts.is_absolute() or ".." in parts.parts:
        raise invalid("must be the path of a file in the workspace, for example logo.png")
    if parts.suffix.lower() not in LOGO_KINDS:
        raise invalid("must be a PNG or an SVG file, and end in .png or .svg")
    return path


class BodyWords(Model):
    """The certification body's own words about results (ISO/IEC 17024:2012, 9): how long they are valid, when
    a candidate may sit again, and how to appeal. They are printed unchanged. `name` is the body's name,
    `logo` the path of a picture in the workspace printed next to it, `verify` the address of the page where
    anyone can check a report."""

    name: Bilingual | None = None
    logo: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_within_workspace)] | None = None
    verify: Annotated[str, Field(pattern=r"^https?://[!-~]{3,200}$")] | None = None
    validity: BodyRule | None = None
    resitting: BodyRule | None = None
    appeal: BodyRule | None = None

    @property
    def given(self) -> tuple[BodyRule, ...]:
        """The rules about validity, resitting and appeals that are set, in that order."""
        return tuple(one for one in (self.validity, self.resitting, self.appeal) if one is not None)

    def given_to(self, decision: str) -> tuple[BodyRule, ...]:
        """Returns the rules that concern a candidate with that decision (`pass`, `fail` or empty)."""
        validity = None if decision == "fail" else self.validity
        resitting = None if decision == "pass" else self.resitting
        return tuple(one for one in (validity, resitting, self.appeal) if one is not None)


# ── people ──────────────────────────────────────────────────────────────────────────────────


StaffRole = Literal[
    "writer", "reviewer", "judge", "assembler", "invigilator", "assessor", "grader", "decider", "case_officer"
]
STAFF_ROLE_WORDS: dict[StaffRole, Message] = {
    "writer": tell("item writer"),
    "reviewer": tell("reviewer"),
    "judge": tell("judge of the cut score"),
    "assembler": tell("coordinator of exams"),
    "invigilator": tell("invigilator"),
    "assessor": tell("assessor"),
    "grader": tell("grader"),
    "decider": tell("decision maker"),
    "case_officer": tell("case officer"),
}
"""The roles to which a person can be appointed."""

_Name = Annotated[str, Field(min_length=1, max_length=200)]


class ConflictRules(Model):
    """A body's rules against conflicts of interest (`conflicts` in examgen.yaml).

    Each of the first four rules applies unless it is `false`; `stops_release` applies only if it is `true`.
    """

    own_work_not_alone: bool = True
    scorer_apart: bool = True
    case_by_others: bool = True
    interest_apart: bool = True
    stops_release: bool = False


# ── the plan ────────────────────────────────────────────────────────────────────────────────


_Time = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class PlannedRoom(Model):
    """An exam room of a centre. `seats` is the number of candidates for whom there is room."""

    name: _Name
    seats: Positive | None = None
    invigilators: tuple[_Name, ...] = ()


class PlannedCentre(Model):
    """A test centre and its rooms; without rooms, it accepts rooms of any name."""

    name: _Name
    address: str = ""
    rooms: tuple[PlannedRoom, ...] = ()


class Accommodation(Model):
    """An accommodation for one candidate: extra time, a reader, a separate room."""

    candidate_id: _Name
    given: _Name
    extra_minutes: Count = 0
    reason: str = ""
    approved_by: str = ""


class SittingPlan(Model):
    """The content of `sitting.yaml`. A plan without centres does not fix where candidates sit."""

    date: GregorianDay
    begins: _Time | None = None
    ends: _Time | None = None
    body: Bilingual | None = None
    """The certification body; by default, the one named in examgen.yaml."""
    centres: tuple[PlannedCentre, ...] = ()
    accommodation: tuple[Accommodation, ...] = ()
    second_person: tuple[DecisionName, ...] = ()
    """The decisions about persons that take effect only after another person has confirmed them."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.begins and self.ends and self.ends <= self.begins:
            raise invalid("`ends` {ends} is not after `begins` {begins}", ends=self.ends, begins=self.begins)
        counts = Counter(canonical_number(one.candidate_id) for one in self.accommodation)
        if twice := next((who for who, n in counts.items() if n > 1), ""):
            raise invalid("has two entries for {who} under `accommodation`. Write one entry.", who=twice)
        return self

    @property
    def hours(self) -> str:
        """The hours, such as `09:00–11:00`; empty if the plan does not give any."""
        return self.hours_with(0)

    def hours_with(self, minutes: int) -> str:
        """Returns the hours for a candidate with that many extra minutes."""
        return "–".join(filter(None, (self.begins, self.ends_after(minutes))))

    def ends_after(self, minutes: int) -> str:
        """Returns the time at which the exam ends for a candidate with that many extra minutes; empty if the
        plan gives no end, or if it is past midnight."""
        if self.ends is None:
            return ""
        hour, minute = divmod(60 * int(self.ends[:2]) + int(self.ends[3:]) + minutes, 60)
        return f"{hour:02}:{minute:02}" if hour < 24 else ""

    @property
    def place(self) -> str:
        """The names of the centres, separated by commas."""
        return ", ".join(centre.name for centre in self.centres)
