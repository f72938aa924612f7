"""A scored run → the people who would have no result if it were released, and those of unknown attendance."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from examgen.capture.reasons import EXPLANATIONS
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.runs import Run
from examgen.core.person_decisions import PersonDecision, standing
from examgen.core.words import Message, tell, tell_n
from examgen.scoring.reconciliation import (
    ABSENT_ONES,
    MAY_BE,
    NO_ROW,
    NOBODYS,
    NOT_USED,
    OF_PERSONS,
    first_of,
)
from examgen.scoring.runs.result_tables import read_table

_WITHOUT = frozenset(("missing", "in_quarantine", "conflict", MAY_BE))
"""The codes in unreconciled.csv of people on the roster who are not absent and have no result."""


def n_not_used(run: Run) -> int:
    """How many rows of a run are not used since somebody decided so: they are nobody's, or of persons who
    have no result by a decision. The others that it set aside still wait."""
    reasons = run.audit.get("quarantine") or {}
    return sum(n for reason, n in reasons.items() if reason in NOT_USED)


class WithoutResult(NamedTuple):
    """How many people and rows have no result.

    `people` are those without a result who came or have a quarantined row; `missing` of them came and have no
    row. `rows` are quarantined rows that
    name nobody, without those that a grader has decided are nobody's.
    """

    people: int
    rows: int
    registered: int | None
    """The number of registered candidates; None if the run has no roster."""
    unrecorded: int
    """Registered candidates without a row whose attendance the roster does not say."""
    decided: int = 0
    """People who have no result by a decision on the person."""
    missing: int = 0
    """Of `people`, those who came and have no row."""
    no_row: tuple[str, ...] = ()
    """The numbers of those without a row of their own: the `unrecorded`, the `missing`, and those whom a
    quarantined row may belong to."""
    with_row: int = 0
    """Registered candidates who have a row of their own."""

    def lines(self) -> Iterator[Message]:
        """What people should know before they release results."""
        if aside := self.people - self.missing:
            yield tell_n(
                "{n:,} candidate gets no result because their rows are set aside",
                "{n:,} candidates get no result because their rows are set aside",
                aside,
            )
        if self.missing:
            yield tell_n(
                "{n:,} candidate was present but has no row, and so has no result",
                "{n:,} candidates were present but have no row, and so have no results",
                self.missing,
            )
        if self.decided:
            yield tell_n(
                "{n:,} candidate has no result because of a recorded decision",
                "{n:,} candidates have no result because of recorded decisions",
                self.decided,
            )
        if self.rows:
            yield tell_n(
                "{n:,} row set aside has no candidate number and is not assigned",
                "{n:,} rows set aside have no candidate number and are not assigned",
                self.rows,
            )
        if self.registered is None:
            yield tell("The run has no roster, so absent candidates cannot be listed")
        elif self.no_row:
            yield tell(
                "{n:,} of {all:,} candidates on the list have a row of answers. No row: {who}",
                n=self.with_row,
                all=self.registered,
                who=first_of(self.no_row),
            )
        if self.unrecorded:
            yield tell_n(
                "attendance is not recorded for {n:,} candidate without a row, who counts as absent",
                "attendance is not recorded for {n:,} candidates without a row, who count as absent",
                self.unrecorded,
            )


class WaitingRow(NamedTuple):
    """A quarantined row, and the reason in words."""

    candidate_id: str
    where: str
    why: Message


def waiting_rows(run: Run, numbers: Collection[str]) -> list[WaitingRow]:
    """The quarantined rows of these candidates."""
    wanted = set(map(canonical_number, numbers))
    rows = read_table(run.folder / "quarantine.csv").select("candidate_id", "file", "line", "reason").rows()
    return [
        WaitingRow(who, f"{file}:{line}", EXPLANATIONS.get(reason, reason))
        for who, file, line, reason in rows
        if who and canonical_number(who) in wanted
    ]


def waiting_of(run: Run, decisions: Iterable[PersonDecision] = ()) -> WithoutResult:
    """Who has no result, by the files of a run; those absent with leave by `decisions` are not asked for."""
    scored = {
        canonical_number(one) for one in read_table(run.folder / "candidates.csv")["candidate_id"] if one
    }
    quarantine = read_table(run.folder / "quarantine.csv")
    rows = quarantine.select("candidate_id", "reason").rows()
    open_ = [who for who, reason in rows if reason not in NOBODYS | OF_PERSONS]
    decided = {canonical_number(who) for who, reason in rows if reason in OF_PERSONS}
    people = {canonical_number(who) for who in open_ if who}
    path = run.folder / "unreconciled.csv"
    total = ((run.audit.get("ledger") or {}).get("total") or {}) if path.is_file() else None
    no_row, missing, with_row = dict[str, str](), set[str](), 0
    if total is not None:
        odd = read_table(path).select("candidate_id", "what").rows()
        # a row that may belong to such a candidate is listed under another number
        theirs = {canonical_number(who) for who, what in odd if what == MAY_BE}
        if theirs and "may_be" in quarantine.columns:
            may_be = quarantine.select("candidate_id", "may_be").rows()
            people -= {
                canonical_number(who)
                for who, whose in may_be
                if who and whose and canonical_number(whose) in theirs
            }
        people |= {canonical_number(who) for who, what in odd if what in _WITHOUT}
        missing = {canonical_number(who) for who, what in odd if what == "missing"}
        excused = {who for who, one in standing(decisions).items() if one.decision == "excused"}
        no_row = {who: what for who, what in odd if what in (*NO_ROW, MAY_BE)}
        with_row = int(total.get("registered", 0)) - len(no_row) - sum(what == ABSENT_ONES for _, what in odd)
        no_row = {who: what for who, what in no_row.items() if canonical_number(who) not in excused}
    waiting = people - scored - decided
    return WithoutResult(
        len(waiting),
        sum(not who for who in open_),
        None if total is None else int(total.get("registered", 0)),
        sum(what == "no_row" for what in no_row.values()),
        len(decided),
        len(waiting & missing),
        tuple(no_row),
        with_row,
    )
