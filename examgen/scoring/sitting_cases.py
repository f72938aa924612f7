"""The appeals and complaints of a sitting, as its record has them.

Each act of a case is a line of the record: of kind `case`, with the number of the case as its name, and what
else it says in `details`. A case is what its acts come to, in their order. Its files lie in `cases/<number>/`
of the sitting, each on record by an act of kind `case-file`.
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
    """A file of a case: its path in the folder of the sitting, and its name as it was given."""

    file: str
    name: str
    sha256: str
    size: int

    @property
    def case(self) -> str:
        """The number of its case."""
        return self.file.split("/")[1]


class ReadOtherwise(NamedTuple):
    """A question of which a second reading has other marks than the run scored."""

    question: int
    scored: str
    """Letters, `-` where nothing is marked."""
    read: str


class SecondReading(NamedTuple):
    """The answers of a candidate as another person read them, beside those that a run scored."""

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
        """On how many questions it agrees with the run."""
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
    """What is asked, or complained of."""
    by: str
    """Who opened the case."""
    handler: str
    """Who handles it."""
    sender: str = ""
    """Who brought it, where that is no candidate."""
    candidate_id: str = ""
    way: str = ""
    """How it came: a letter, by hand, a telephone call."""
    due: str = ""
    """The day by which it is to be answered; empty where there is none."""
    last_day: str = ""
    """Of an appeal, the last day on which one could appeal."""
    release: int = 0
    """Of an appeal, the release that it is against; `run` is what that release told, `result` the candidate's
    result of it."""
    run: int = 0
    result: TotalResult | None = None
    notes: tuple[tuple[str, str, str], ...] = ()
    """What was added later: the day, by whom, what."""
    readings: tuple[SecondReading, ...] = ()
    outcome: CaseOutcome | Literal[""] = ""
    decided_on: str = ""
    decided_by: str = ""
    confirmed_by: str = ""
    reason: str = ""
    """Why it was decided so."""
    decision_act: str = ""
    """The fingerprint of the act by which it was."""
    letters: tuple[CaseLetter, ...] = ()
    closed_on: str = ""
    closed_by: str = ""
    closed_reason: str = ""
    files: tuple[CaseFile, ...] = ()

    @property
    def whose(self) -> str:
        """Who brought it: a candidate's number, or a name."""
        return self.candidate_id or self.sender

    @property
    def is_late(self) -> bool:
        """Whether an appeal came after the last day for it."""
        return bool(self.last_day) and self.received > self.last_day

    @property
    def is_answered(self) -> bool:
        """Whether nobody waits for its answer."""
        return bool(self.letters or self.closed_on)

    def is_overdue(self, today: date) -> bool:
        """Whether it should have been answered before that day, and was not."""
        return not self.is_answered and bool(self.due) and self.due < today.isoformat()

    @property
    def last_day_of_act(self) -> str:
        """The day of the last act in it."""
        days = (self.received, *(one.date for one in self.readings), self.decided_on)
        return max((*days, *(one.date for one in self.letters)))


def cases_of(acts: Iterable[SittingAct]) -> dict[str, Case]:
    """Every case by its number, in the order in which they were opened."""
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
    """The path of a file of a case: two of one name are kept apart by their content."""
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
    notes = (*case.notes, (act.date, act.by, act.reason)) if act.reason else case.notes
    return case._replace(notes=notes, **{name: said[name] for name in ("handler", "due") if name in said})


def cases_about(cases: Iterable[Case], candidate: str) -> list[Case]:
    """The cases of a candidate, however the number is written."""
    number = canonical_number(candidate)
    return [one for one in cases if one.candidate_id and canonical_number(one.candidate_id) == number]
