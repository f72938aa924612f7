"""When and where each exam is sat, as lists and pages of exams tell it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import NamedTuple

from examgen.core.exam.names import CANDIDATES_CSV, RESULTS
from examgen.core.exam.runs import AUDIT, newest_run
from examgen.core.problems import Refused
from examgen.core.readings import Readings
from examgen.scoring.sitting_folder import ROSTER
from examgen.scoring.sitting_plan import plan_of
from examgen.site.sittings.pages import sitting
from examgen.site.sittings.sitting_confirmation import cover_day, statement
from examgen.sitting.roster import people


class SittingDate(NamedTuple):
    """When and where an exam is sat, as far as anybody has said, and by how many."""

    day: date | None
    hours: str
    place: str
    n_candidates: int


_counts = Readings[int](512)


def when_of(name: str) -> SittingDate:
    """When and where an exam is sat, by the statement, the plan or the papers."""
    place, plan = sitting(name), None
    with suppress(Refused):  # the page of the plan says what is wrong with it
        plan = plan_of(place.exam)
    held = statement(name)
    day = held.day if held else plan.date if plan else cover_day(name)
    listed, scored = place.given(ROSTER) or place.exam / CANDIDATES_CSV, place.exam / RESULTS / AUDIT

    def count() -> int:
        with suppress(Refused):  # its own page says what is wrong with it
            if n := sum(1 for one in people(place) if one.candidate_id):
                return n
            if (run := newest_run(place.exam / RESULTS)) is not None:
                return int(run.audit["rows"]["scored"])
        return 0

    n = _counts.of(place.exam, [listed, scored], count)
    return SittingDate(day, plan.hours if plan else "", plan.place if plan else "", n)
