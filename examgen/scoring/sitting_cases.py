"""The appeals and complaints of a sitting, from its record.

Each act of a case is a line of the record, of kind `case`, with the number of the case as its name and its
other fields in `details`. A case is the result of its acts in order. Its files are in `cases/<number>/` of
the sitting, each recorded by an act of kind `case-file`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal, NamedTuple

from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.decisions import CaseKind, CaseOutcome, CaseSource
from examgen.core.person_decisions import TotalResult
from examgen.scoring.sitting_record import CASES, SittingAct


class CaseFile(NamedTuple):
    """A file of a case: its path in the folder of the sitting, and its original name."""

    file: str
    name: str
    sha256: str
    size: int

    @property
    def case(self) -> str:
        """The number of its case."""
        return self.file.split("/")[1]


class ReadOtherwise(NamedTuple):
    """A question for which a second reading has other marks than the run scored."""

    question: int
    scored: str
    """Letters, or `-` if nothing is marked."""
    read: str


class SecondReading(NamedTuple):
    """The answers of a candidate as read by another person, compared with those that a run scored."""

    by: str
    date: str
    source: CaseSource
    run: int
    answers: str
    """`1=A 2=- 3=B|C`"""
    of: int
    differences: tuple[ReadOtherwise, ...]

    @property
    def n_alike(self) -> int:
        """The number of questions on which it agrees with the run."""
        return self.of - len(self.differences)


class CaseLetter(NamedTuple):
    """An answer that was sent."""

    file: str
    sha256: str
    date: str
    by: str


class Case(NamedTuple):
    """An appeal or a complaint."""

    number: str
    """A1 is the first appeal of a sitting, C1 its first complaint."""
    kind: CaseKind
    received: str
    about: str
    """What is requested, or complained about."""
    by: str
    """Who opened the case."""
    sender: str = ""
    """Who submitted it, if not a candidate."""
    candidate_id: str = ""
    due: str = ""
    """The day by which it must be answered; empty if there is none."""
    last_day: str = ""
    """For an appeal, the last day for appeals."""
    release: int = 0
    """For an appeal, the release that it is against; `run` is the run of that release, and `result` the
    candidate's result in it.
    """
    run: int = 0
    result: TotalResult | None = None
    notes: tuple[tuple[str, str, str], ...] = ()
    """What was added later: the day, the author, the text."""
    readings: tuple[SecondReading, ...] = ()
    outcome: CaseOutcome | Literal[""] = ""
    decided_on: str = ""
    decided_by: str = ""
    confirmed_by: str = ""
    reason: str = ""
    """The reason for the decision."""
    decision_act: str = ""
    """The fingerprint of the act that recorded the decision."""
    letters: tuple[CaseLetter, ...] = ()
    closed_on: str = ""
    closed_by: str = ""
    closed_reason: str = ""
    files: tuple[CaseFile, ...] = ()

    @property
    def whose(self) -> str:
        """Who submitted it: a candidate's number, or a name."""
        return self.candidate_id or self.sender

    @property
    def is_late(self) -> bool:
        """Whether an appeal was received after the last day for appeals."""
        return bool(self.last_day) and self.received > self.last_day

    @property
    def is_answered(self) -> bool:
        """Whether it was answered or closed."""
        return bool(self.letters or self.closed_on)

    def is_overdue(self, today: date) -> bool:
        """Return whether it was due before that day and is not answered."""
        return not self.is_answered and bool(self.due) and self.due < today.isoformat()

    @property
    def last_day_of_act(self) -> str:
        """The latest date of an act in the case."""
        days = (self.received, *(one.date for one in self.readings), self.decided_on)
        return max((*days, *(one.date for one in self.letters)))


def cases_of(acts: Iterable[SittingAct]) -> dict[str, Case]:
    """Return every case by its number, in the order in which they were opened."""
    found: dict[str, Case] = {}
    for act in acts:
        if act.kind == "case-file" and act.act == "taken":
            file = CaseFile(act.file, act.name, act.sha256, act.size)
            case = found.get(file.case)
            if case is not None:  # else its record was lost
                found[file.case] = case._replace(files=(*case.files, file))
        elif act.kind == "case":
            found[act.name] = _opened(act) if act.act == "case-opened" else _after(found[act.name], act)
    return found


def case_file(number: str, name: str, sha256: str) -> str:
    """Return the path of a file of a case; files with the same name are distinguished by their content."""
    return f"{CASES}/{number}/{sha256[:12]}-{name}"


def _opened(act: SittingAct) -> Case:
    said: Mapping[str, Any] = act.details
    return Case(
        number=act.name,
        kind=said["case"],
        received=act.date,
        by=act.by,
        run=act.run,
        result=act.result,
        **{name: value for name, value in said.items() if name != "case"},
    )


def _after(case: Case, act: SittingAct) -> Case:
    said: Mapping[str, Any] = act.details
    if act.act == "case-reading":
        differences = tuple(ReadOtherwise(**one) for one in said["differences"])
        others = {name: said[name] for name in ("source", "answers", "of")}
        reading = SecondReading(act.by, act.date, run=act.run, differences=differences, **others)
        return case._replace(readings=(*case.readings, reading))
    if act.act == "case-decided":
        return case._replace(
            outcome=said["outcome"],
            decided_on=act.date,
            decided_by=act.by,
            confirmed_by=act.confirmed_by,
            reason=act.reason,
            decision_act=act.fingerprint,
        )
    if act.act == "case-answered":
        letter = CaseLetter(said["letter"], act.sha256, act.date, act.by)
        return case._replace(letters=(*case.letters, letter))
    if act.act == "case-closed":
        return case._replace(closed_on=act.date, closed_by=act.by, closed_reason=act.reason)
    return case._replace(notes=(*case.notes, (act.date, act.by, act.reason)))


def cases_about(cases: Iterable[Case], candidate: str) -> list[Case]:
    """Return the cases of a candidate, however the number is written."""
    number = canonical_number(candidate)
    return [one for one in cases if one.candidate_id and canonical_number(one.candidate_id) == number]
