"""A scored run → what somebody should know before its results are released: who would have no result, which
second looks are open, and which results are suspicious.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from examgen.capture.quarantine_reasons import EXPLANATIONS
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.names import CANDIDATES_CSV
from examgen.core.exam.runs import Run
from examgen.core.person_decisions import (
    PersonDecision,
    SecondLooks,
    TotalResult,
    last_looks,
    second_looks,
    standing,
)
from examgen.core.readings import Readings
from examgen.core.responses import table as response_table
from examgen.core.responses.rows import INVALID
from examgen.core.words import Message, tell, tell_n
from examgen.scoring.counted_key import KeyOfRun
from examgen.scoring.numbers_to_check import unlike_others
from examgen.scoring.reconcile import (
    ABSENT_ONES,
    MAY_BE,
    NO_ROW,
    NOBODYS,
    NOT_USED,
    OF_PERSONS,
    first_of,
)
from examgen.scoring.run_tables import read_table

# ── people without a result ──────────────────────────────────────────────────────────────────

_WITHOUT = frozenset(("missing", "in_quarantine", "conflict", MAY_BE))
"""The codes in unreconciled.csv of people on the roster who are not absent and have no result."""


def n_not_used(run: Run) -> int:
    """Return how many rows of a run are unused because of a decision: they are nobody's, or of persons who
    have no result by a decision. Other quarantined rows still wait.
    """
    reasons = run.audit.get("quarantine") or {}
    return sum(n for reason, n in reasons.items() if reason in NOT_USED)


class WithoutResult(NamedTuple):
    """The numbers of people and rows without a result.

    `people` are those without a result who were present or have a quarantined row; `missing` of them were
    present and have no row. `rows` are quarantined rows without a candidate number, except those that a
    grader has decided are nobody's.
    """

    people: int
    rows: int
    registered: int | None
    """The number of registered candidates; None if the run has no roster."""
    unrecorded: int
    """Registered candidates without a row whose attendance is not in the roster."""
    decided: int = 0
    """People who have no result by a decision on the person."""
    missing: int = 0
    """Of `people`, those who were present and have no row."""
    no_row: tuple[str, ...] = ()
    """The numbers of candidates without a row of their own: the `unrecorded`, the `missing`, and those to
    whom a quarantined row may belong.
    """
    with_row: int = 0
    """Registered candidates who have a row of their own."""

    def lines(self) -> Iterator[Message]:
        """Yield what people should know before they release results."""
        if aside := self.people - self.missing:
            yield tell_n(
                "{n:,} candidate gets no result because their rows are set aside or not used",
                "{n:,} candidates get no result because their rows are set aside or not used",
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


def waiting_of(run: Run, decisions: Iterable[PersonDecision] = ()) -> WithoutResult:
    """Return the numbers of candidates without a result, by the files of a run; those excused by `decisions`
    are left out of `no_row`.
    """
    quarantine = read_table(run.folder / "quarantine.csv")
    rows = quarantine.select("candidate_id", "reason").rows()
    undecided = [who for who, reason in rows if reason not in NOBODYS | OF_PERSONS]
    decided = _numbers(who for who, reason in rows if reason in OF_PERSONS)
    people = _numbers(undecided)
    path = run.folder / "unreconciled.csv"
    ledger = ((run.audit.get("ledger") or {}).get("total") or {}) if path.is_file() else None
    lists = read_table(path).select("candidate_id", "what").rows() if ledger is not None else []
    # a row that may belong to somebody on the list is in quarantine under another number
    theirs = _numbers(who for who, what in lists if what == MAY_BE)
    if theirs and "may_be" in quarantine.columns:
        may_be = quarantine.select("candidate_id", "may_be").rows()
        people -= _numbers(who for who, whose in may_be if canonical_number(whose) in theirs)
    people |= _numbers(who for who, what in lists if what in _WITHOUT)
    missing = _numbers(who for who, what in lists if what == "missing")
    no_row = {who: what for who, what in lists if what in (*NO_ROW, MAY_BE)}
    registered = None if ledger is None else int(ledger.get("registered", 0))
    with_row = (registered or 0) - len(no_row) - sum(what == ABSENT_ONES for _, what in lists)
    excused = {who for who, one in standing(decisions).items() if one.decision == "excused"}
    no_row = {who: what for who, what in no_row.items() if canonical_number(who) not in excused}
    waiting = people - _numbers(read_table(run.folder / "candidates.csv")["candidate_id"]) - decided
    return WithoutResult(
        people=len(waiting),
        rows=sum(not who for who in undecided),
        registered=registered,
        unrecorded=sum(what == "no_row" for what in no_row.values()),
        decided=len(decided),
        missing=len(waiting & missing),
        no_row=tuple(no_row),
        with_row=with_row if ledger is not None else 0,
    )


def _numbers(candidates: Iterable[str]) -> set[str]:
    return {canonical_number(who) for who in candidates if who}


class WaitingRow(NamedTuple):
    """A quarantined row, with its reason as text."""

    candidate_id: str
    where: str
    why: Message


def waiting_rows(run: Run, numbers: Collection[str]) -> list[WaitingRow]:
    """Return the quarantined rows of these candidates."""
    wanted = _numbers(numbers)
    rows = read_table(run.folder / "quarantine.csv").select("candidate_id", "file", "line", "reason").rows()
    return [
        WaitingRow(who, f"{file}:{line}", EXPLANATIONS.get(reason, reason))
        for who, file, line, reason in rows
        if who and canonical_number(who) in wanted
    ]


# ── second looks ─────────────────────────────────────────────────────────────────────────────

_marked = Readings[pl.DataFrame](16)
"""The marked results by file, because pages need them often and a run may have 200,000 results."""


def _marked_of(run: Run) -> pl.DataFrame:
    path = run.folder / "candidates.csv"
    return _marked.of(path, [path], lambda: _marked_in(read_table(path)))


def _marked_in(candidates: pl.DataFrame) -> pl.DataFrame:
    """Return the results that a run marks for a second look."""
    if "second_look" not in candidates.columns:
        return candidates.clear()
    return candidates.filter(pl.col("second_look") == "yes")


def looks_of(run: Run, decisions: Sequence[PersonDecision]) -> SecondLooks:
    """Return the second looks of a run; none is marked if its pass rule requires none."""
    return _looks(_marked_of(run), decisions)


def looks_in(candidates: pl.DataFrame, decisions: Sequence[PersonDecision]) -> SecondLooks:
    """Return the second looks that a table of candidates marks."""
    return _looks(_marked_in(candidates), decisions)


def _looks(marked: pl.DataFrame, decisions: Sequence[PersonDecision]) -> SecondLooks:
    if not last_looks(decisions):  # of tens of thousands no number need be compared
        return SecondLooks((), (), tuple(marked["candidate_id"]))
    rows = marked.select("candidate_id", "score", "max_score", "decision").iter_rows()
    return second_looks(((who, TotalResult(*result)) for who, *result in rows), decisions)


class OpenLook(NamedTuple):
    """A result that waits for a second look."""

    candidate_id: str
    form: str
    result: TotalResult


def open_looks(run: Run, looks: SecondLooks) -> list[OpenLook]:
    """Return the results whose second look is open, highest score first."""
    table = _marked_of(run)
    rows = table.filter(table["candidate_id"].is_in(looks.open))
    results = rows.select("candidate_id", "form", "score", "max_score", "decision").iter_rows()
    found = [OpenLook(who, form, TotalResult(*result)) for who, form, *result in results]
    return sorted(found, key=lambda one: (-float(one.result.score), one.candidate_id))


# ── odd results ──────────────────────────────────────────────────────────────────────────────


class OddResult(NamedTuple):
    """A candidate with a suspicious result: the points, and the question numbers concerned, from 1."""

    candidate_id: str
    score: str
    max_score: str
    questions: tuple[int, ...] = ()


class OddNumber(NamedTuple):
    """A candidate whose number is written unlike nearly all others in the answer file, and an example of the
    others.
    """

    candidate_id: str
    file: str
    usual: str


class OddResults(NamedTuple):
    """The suspicious results of a run: no more points than by guessing, several marks, marks that are not
    options, the same answers throughout (all members of each group), and, if there is no list of candidates,
    numbers unlike the others in their file.
    """

    at_chance: Sequence[OddResult] = ()
    several: Sequence[OddResult] = ()
    not_options: Sequence[OddResult] = ()
    alike: Sequence[Sequence[str]] = ()
    unlike_numbers: Sequence[OddNumber] = ()


def odd_results(exam: Path, run: Run) -> OddResults:
    """Return the suspicious results of a run, each list by candidate number. Guessing earns on average one
    point in as many as a question has options.
    """
    table = read_table(run.folder / "candidates.csv")
    if "multiple" not in table.columns:  # what assessors rated
        return OddResults()
    key = KeyOfRun(exam, run)
    shares: dict[str, list[float]] = {}
    for form, options in zip(key.asked.forms["form"], key.asked.forms["options"], strict=True):
        shares.setdefault(form, []).append(1 / (options.count(" ") + 1))
    chance = {form: sum(some) / len(some) for form, some in shares.items()}
    numbers = table.with_columns(
        pl.col("score").cast(pl.Float64, strict=False).alias("points"),
        pl.col("max_score").cast(pl.Float64, strict=False).alias("most"),
        pl.col("form").replace_strict(chance, default=None, return_dtype=pl.Float64).alias("chance"),
    )
    found = numbers.sort("candidate_id")
    several, not_options, unlike = _read(key)

    def those(which: pl.Expr, questions: Mapping[str, tuple[int, ...]] = {}) -> list[OddResult]:
        rows = found.filter(which).select("candidate_id", "score", "max_score").iter_rows()
        return [OddResult(who, score, most, questions.get(who, ())) for who, score, most in rows]

    return OddResults(
        those(pl.col("points") <= pl.col("chance") * pl.col("most")),
        those(pl.col("candidate_id").is_in([*several]), several),
        those(pl.col("candidate_id").is_in([*not_options]), not_options),
        same_answers(run),
        unlike,
    )


Questions = dict[str, tuple[int, ...]]
"""The numbers of the questions concerned, from 1, by candidate."""


def _read(key: KeyOfRun) -> tuple[Questions, Questions, list[OddNumber]]:
    """Return the questions with several marks and those with a mark that is not an option; and, if there is
    no list of candidates, the numbers that are unlike the others in their file.
    """
    several, no_options = Questions(), Questions()
    by_file: dict[int, list[np.ndarray]] = {}
    path = key.run.folder / response_table.NAME
    for rows in response_table.read_rows(path, key.number):
        by_file.setdefault(rows.file, []).append(rows.ids)
        is_invalid = rows.marks >= INVALID
        for found, which in (
            (several, ~is_invalid & (np.bitwise_count(rows.marks) > 1)),
            (no_options, is_invalid),
        ):
            for n in np.flatnonzero(which.any(axis=1)).tolist():
                found[rows.ids[n].decode()] = tuple((np.flatnonzero(which[n]) + 1).tolist())
    is_listed = bool(key.run.audit.get("ledger")) or (key.folder / CANDIDATES_CSV).is_file()
    names = () if is_listed else response_table.files_of(path)
    unlike = (_unlike_numbers(names[file], ids) for file, ids in by_file.items()) if names else ()
    return several, no_options, [one for some in unlike for one in some]


def same_answers(run: Run) -> list[list[str]]:
    """Return the candidates of each group with the same answers throughout, beyond what chance explains;
    empty if the answers were not tested for that.
    """
    path = run.folder / "signals.csv"
    if not path.is_file():
        return []
    table = read_table(path).filter(pl.col("kind") == "same_answers")
    groups = table.group_by("signal", maintain_order=True).agg("candidate_id")
    return [list(dict.fromkeys(some)) for some in groups["candidate_id"]]


def _unlike_numbers(name: str, ids: Sequence[np.ndarray]) -> Iterator[OddNumber]:
    """Yield numbers that are written unlike nearly all others in the same file."""
    every = np.concatenate(ids)
    unlike = unlike_others(every)
    if len(unlike):
        usual = every[np.setdiff1d(np.arange(len(every)), unlike)[0]].decode()
        yield from (OddNumber(one.decode(), name, usual) for one in every[unlike].tolist())
