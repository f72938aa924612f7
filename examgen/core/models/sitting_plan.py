"""The plan of a sitting (`sitting.yaml`): body, time, centres, rooms, invigilators, accommodations."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Self

from pydantic import Field, model_validator

from examgen.core.candidate_numbers import canonical_number
from examgen.core.decision_kinds import DecisionName
from examgen.core.models.base import Bilingual, Count, Model, Positive
from examgen.core.models.papers import GregorianDay
from examgen.core.words import tell

_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Time = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class PlannedRoom(Model):
    """An exam room of a centre; `seats` is the number of candidates that it holds."""

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
    """The content of `sitting.yaml`; without centres, it does not say where people sit."""

    date: GregorianDay
    begins: _Time | None = None
    ends: _Time | None = None
    body: Bilingual | None = None
    """The certification body; by default, the one that examgen.yaml names."""
    centres: tuple[PlannedCentre, ...] = ()
    accommodation: tuple[Accommodation, ...] = ()
    second_person: tuple[DecisionName, ...] = ()
    """Decisions on persons that hold only once another person has confirmed them."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.begins and self.ends and self.ends <= self.begins:
            message = tell("`ends` {ends} is not after `begins` {begins}", ends=self.ends, begins=self.begins)
            raise ValueError(message)
        counts = Counter(canonical_number(one.candidate_id) for one in self.accommodation)
        if twice := next((who for who, n in counts.items() if n > 1), ""):
            raise ValueError(
                tell("has two entries for {who} under `accommodation`. Write one entry.", who=twice)
            )
        return self

    @property
    def hours(self) -> str:
        """The hours, such as `09:00–11:00`; empty if the plan does not give any."""
        return self.hours_with(0)

    def hours_with(self, minutes: int) -> str:
        """The hours of somebody who has so many minutes more."""
        return "–".join(filter(None, (self.begins, self.ends_after(minutes))))

    def ends_after(self, minutes: int) -> str:
        """When the exam ends for somebody who has so many minutes more; empty where that is not said, or is
        another day."""
        if self.ends is None:
            return ""
        hour, minute = divmod(60 * int(self.ends[:2]) + int(self.ends[3:]) + minutes, 60)
        return f"{hour:02}:{minute:02}" if hour < 24 else ""

    @property
    def place(self) -> str:
        """The names of the centres, with commas between them."""
        return ", ".join(centre.name for centre in self.centres)
