"""`people.yaml` of a workspace: who does the work of the body, what they were appointed to, what they can."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from examgen.core.models.base import Model, Positive, Text
from examgen.core.models.papers import GregorianDay
from examgen.core.words import Message, tell

StaffRole = Literal[
    "writer", "reviewer", "judge", "assembler", "invigilator", "assessor", "grader", "decider", "case_officer"
]
STAFF_ROLES: tuple[StaffRole, ...] = get_args(StaffRole)
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
"""What a person may be appointed to."""

_Name = Annotated[str, Field(min_length=1, max_length=200)]


class Appointment(Model):
    """A role that a person was appointed to: from when until when (both included; without `until`: to this
    day), and by whom."""

    role: StaffRole
    since: Annotated[GregorianDay, Field(alias="from")]
    until: GregorianDay | None = None
    by: _Name

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.until is not None and self.until < self.since:
            message = tell("`until` {until} is before `from` {since}", until=self.until, since=self.since)
            raise ValueError(message)
        return self


class Training(Model):
    """A training that a person went through, on what day; without `roles` it counts for each of them."""

    what: Text
    day: GregorianDay
    roles: tuple[StaffRole, ...] = ()


class StaffMember(Model):
    """A person: the name, other ways in which it is written, the account on the site."""

    name: _Name
    also: tuple[_Name, ...] = ()
    account: Annotated[str, Field(pattern=r"^[A-Za-z0-9._@+-]{1,150}$")] | None = None
    roles: tuple[Appointment, ...] = ()
    qualifications: tuple[Text, ...] = ()
    trainings: tuple[Training, ...] = ()
    remarks: str = ""

    @property
    def writings(self) -> tuple[str, ...]:
        """Every way in which the name may stand in a file."""
        account = (self.account,) if self.account else ()
        with_account = (f"{self.name} ({self.account})",) if self.account else ()
        return (self.name, *self.also, *account, *with_account)


class StaffFile(Model):
    """The content of `people.yaml`."""

    people: Annotated[tuple[StaffMember, ...], Field(min_length=1, max_length=100_000)]


class ConflictRules(Model):
    """What a body asks so that nobody decides on what is his own (`conflicts` in examgen.yaml).

    Each rule holds unless it is `false`. `appointed` and `declared` name roles whose people must be in
    people.yaml, and must have declared their interests for the sitting; where they are left out, it is only
    told who is not there. `trained_years` asks, by role, for a training that is no older.
    """

    trainer_apart: bool = True
    assessor_not_alone: bool = True
    author_not_alone: bool = True
    scorer_apart: bool = True
    case_by_others: bool = True
    interest_apart: bool = True
    appointed: tuple[StaffRole, ...] | None = None
    declared: tuple[StaffRole, ...] | None = None
    trained_years: dict[StaffRole, Annotated[Positive, Field(le=50)]] = {}
    stops_release: bool = False
