"""A scoring whose answers are read → every file of its run, and its audit.

One of the files is for rows of candidates who are on no list: it has lines for `identities.csv` with the
candidates to whom they may belong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from examgen.capture import likely_ids
from examgen.capture.answer_layout import ColumnMapping
from examgen.capture.grader_decisions import GraderDecisions, Met, over_certain_marks, without_effect
from examgen.capture.quarantine_reasons import NOT_ON_LIST, NOT_OWN
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.manifest import is_rated
from examgen.core.exam.names import RUN_PACKAGE, base_form
from examgen.core.exam.package import Package
from examgen.core.files import Progress
from examgen.core.problems import Problem
from examgen.core.register import ABSENT, PLACES, PLACES_HEADER, Register
from examgen.core.responses import table as response_table
from examgen.core.responses.rows import QuarantinedRow
from examgen.core.words import joined, tell, tell_n, with_ids
from examgen.scoring import signals
from examgen.scoring.answer_rows import ReadAnswers, RowSource
from examgen.scoring.audit import audit_of
from examgen.scoring.coverage import pc_coverage, standard_coverage, tally
from examgen.scoring.judge import JudgingRules
from examgen.scoring.key import Key
from examgen.scoring.reconcile import (
    LEDGER_HEADER,
    NOBODYS,
    UNRECONCILED_HEADER,
    ReconciledQuarantine,
    ScoredIds,
    reconcile,
)
from examgen.scoring.recorded_decisions import DecisionRecords
from examgen.scoring.results import (
    RESULT_FORMATS,
    ResultLayout,
    ResultRows,
    csv_table,
    pc_scale,
    quarantine,
    whose,
    write_results,
)
from examgen.scoring.settle import Settled

if TYPE_CHECKING:
    from examgen.scoring.options import ScoringOptions


_EXAMPLES = 5
"""The most rows with undecided marks, or of candidates on no list, that are named on the screen."""

LOOKED_AT_BYTES = 64 << 20
"""The size of answers up to which signals are looked for by default."""


@dataclass(frozen=True)
class ScoredRun:
    """A scoring in progress, once its rows are settled, scored and judged."""

    asked: Package
    records: DecisionRecords
    rules: JudgingRules
    key: Key
    register: Register | None
    """The expected candidates; None if they are not known."""
    columns: ColumnMapping | None
    """The assignment of columns of the answers from a file."""
    source: RowSource
    read: ReadAnswers
    """The answers, with only the rows that are scored."""
    settled: Settled
    layout: ResultLayout
    results: ResultRows
    target: Path
    to_check: Sequence[str]
    """Messages about answers that may not be what they seem."""

    @property
    def quarantine(self) -> Iterator[tuple[str, QuarantinedRow]]:
        """All rows that are not scored, each with the name of its file, in the order of files and lines."""
        names = [file.structure.name for file in self.source.files]
        return ((names[one.file], one.row) for one in self.settled.quarantine)


class WrittenRun(NamedTuple):
    """A scoring whose files are written: its audit, and what is shown. `account` are the lines about
    candidates on a roster, none of which may be omitted.
    """

    audit: dict[str, Any]
    coverage: Sequence[Sequence[Any]]
    told: Sequence[str]
    account: Sequence[str]


def write_run(
    run: ScoredRun, options: ScoringOptions, progress: Progress, digests: Callable[[], Sequence[str]]
) -> WrittenRun:
    """Write every file of the run; `digests` returns those of the answer files."""
    key, target = run.key, run.target
    base = {name: base_form(name) for name in key.names}
    names = ("candidates", "pc_results", *(("element_results",) if options.elements else ()))
    write_results(run.layout, run.results, names, target)
    write_responses(run)
    counted = tally(key, run.results.form, run.results.units)
    coverage = pc_coverage(key, counted, run.rules.judgement, base)
    standard = standard_coverage(key, counted, run.rules.judgement, base)
    (target / "pc_coverage.csv").write_bytes(
        csv_table(coverage.columns, coverage.rows, numbers=("mean_percent",))
    )
    (target / "standard_coverage.csv").write_bytes(csv_table(standard.columns, standard.rows))
    (target / "pc_scale.csv").write_bytes(pc_scale(run.layout))
    # rows that are not scored
    offers = offers_of(run)
    may_be = {one: offer.candidate_id for one, offer in offers.items()}
    further, of_further = _further(run)
    undecided = _undecided(run)
    also = {row.candidate_id or "" for _, row in further}
    (target / "quarantine.csv").write_bytes(quarantine(run.quarantine, may_be, bool(undecided), also))
    told: list[str] = [*run.to_check]
    source = run.records.scaled.source if run.records.scaled else None
    if source is not None and source.advice is not None:
        # a conversion that is estimated to be off by more than none at all
        message = tell(
            "scaled scores: unconverted points (identity) would be at least as accurate. The "
            "estimated error is {error:.2f} points for equating by {method} and {identity:.2f} "
            "points for identity",
            method=source.method,
            error=source.advice.error,
            identity=source.advice.identity_error,
        )
        told.append(message)
    told += [*write_not_registered(run, offers), *undecided, *of_further]
    (target / RUN_PACKAGE).write_bytes(run.asked.written)
    # who was to come, signals, other forms of the results
    on_roster, account = _ledger(run, options, base, may_be)
    of_signals = _signals(run, options.signals, progress)
    for one in RESULT_FORMATS:
        if one.name in options.formats:
            progress(tell("writing {name}", name=one.name))
            one.write(run.layout, run.results, target)
    # what the run says of itself
    audit = audit_of(run, digests())
    if run.records.files:
        idle, of_decisions = _of_decisions(run)
        told += of_decisions
        if idle:
            audit["without_effect"] = idle
    if further:
        audit["also_scored"] = len({row.candidate_id for _, row in further})
    if run.to_check:
        audit |= with_ids("to_check", run.to_check)
    audit |= on_roster | of_signals
    shown = [coverage.columns.index(name) for name in _SHOWN if name in coverage.columns]
    return WrittenRun(audit, [[row[n] for n in shown] for row in coverage.rows], told, account)


def write_responses(run: ScoredRun) -> None:
    """Write the settled responses of the run."""
    rows, files = run.read.rows, [file.structure.name for file in run.source.files]
    frames = []
    for number, name in enumerate(files):
        own = np.flatnonzero(rows.file == number)
        frames.append(
            response_table.response_frame(
                rows.ids[own], rows.form[own], run.key.names, name, rows.line[own], rows.marks[own]
            )
        )
    response_table.write(run.target / response_table.NAME, frames, files, run.key.keys.shape[1])


def _ledger(
    run: ScoredRun, options: ScoringOptions, base: Mapping[str, str], may_be: Mapping[str, str]
) -> tuple[dict[str, Any], Sequence[str]]:
    """Write the ledger of a sitting if the expected candidates are known. Returns its entry in the audit, and
    the lines to show.
    """
    register = run.register
    if register is None and run.asked.has_list:
        register = Register.of_printing(run.asked.candidates)
    if register is None:
        return {}, ()
    aside = (
        ReconciledQuarantine(file, row.line, row.candidate_id, row.reason, whose(row, may_be))
        for file, row in run.quarantine
    )
    scored = [ScoredIds(run.results.ids, run.results.form)]
    ledger = reconcile(register, scored, aside, run.key.names, base)
    (run.target / "ledger.csv").write_bytes(csv_table(LEDGER_HEADER, ledger.rows))
    (run.target / "unreconciled.csv").write_bytes(csv_table(UNRECONCILED_HEADER, ledger.unreconciled))
    of_file = {}
    if options.roster is not None:
        of_file = {"roster": {"file": str(options.roster), "sha256": register.sha256}}
        if register.has_places:
            (run.target / PLACES).write_bytes(csv_table(PLACES_HEADER, register.places_of()))
    return {"ledger": {**of_file, **ledger.record()}}, ledger.lines()


_SHOWN = ("pc", "candidates", "mean_percent", "met", "not_met", "insufficient", "undecided")


def _undecided(run: ScoredRun) -> list[str]:
    """Return lines about rows with marks that a person has yet to decide, and the questions of the
    first few.
    """
    found = [(file, row) for file, row in run.quarantine if row.undecided]
    if not found:
        return []
    n_marks = sum(len(row.undecided) for _, row in found)
    told: list[str] = [
        tell_n(
            "{n:,} mark in {rows} is undecided (?). Decide on it; if a page is missing, scan it",
            "{n:,} marks in {rows} are undecided (?). Decide on them; if a page is missing, scan it",
            n_marks,
            rows=tell_n("{n:,} row", "{n:,} rows", len(found)),
        )
    ]
    shown = []
    for file, row in found[:_EXAMPLES]:
        # questions stand in ascending order: `Q1–Q100 Q103`
        firsts = [n for n in row.undecided if n - 1 not in row.undecided]
        lasts = [n for n in row.undecided if n + 1 not in row.undecided]
        ranges = [f"Q{a}" if a == b else f"Q{a}–Q{b}" for a, b in zip(firsts, lasts, strict=True)]
        shown.append(f"{file}:{row.line}: {row.candidate_id}: {' '.join(ranges)}")
    return [*told, *_first_of(shown, len(found))]


def _first_of(lines: Iterable[str], n: int) -> list[str]:
    """Return the first few of `n` lines, and how many more there are in quarantine.csv."""
    told: list[str] = [joined(["  ", one], between="") for one in islice(lines, _EXAMPLES)]
    more = n - len(told)
    return [*told, *([tell("  … and {n:,} more in quarantine.csv", n=more)] if more > 0 else [])]


def _further(run: ScoredRun) -> tuple[list[tuple[str, QuarantinedRow]], list[str]]:
    """Return the quarantined rows of candidates who also have a scored row, except rows that are nobody's;
    and lines about them, because the scored row may not be the one that counts.
    """
    aside = [(file, row) for file, row in run.quarantine if row.candidate_id and row.reason not in NOBODYS]
    numbers = {who: canonical_number(who) for who in {row.candidate_id or "" for _, row in aside}}
    scored = run.read.rows.places_of(set(numbers.values())) if numbers else {}
    further = [one for one in aside if numbers[one[1].candidate_id or ""] in scored]
    if not further:
        return [], []
    said = tell_n(
        "{n:,} candidate is scored and has another row set aside. Check which of the two counts "
        "before you release the results.",
        "{n:,} candidates are scored and have another row set aside. Check which row counts "
        "before you release the results.",
        len({row.candidate_id for _, row in further}),
    )
    rows = [f"{file}:{row.line}: {row.candidate_id}: {row.reason}" for file, row in further]
    return further, [said, *_first_of(rows, len(rows))]


def _signals(run: ScoredRun, asked_for: bool | None, progress: Progress) -> dict[str, Any]:
    """Look for integrity signals and write them, unless the user excluded them or the answers are many and
    the user did not ask. Returns the entry in the audit.
    """
    few = sum(file.structure.size for file in run.source.files) <= LOOKED_AT_BYTES
    if asked_for is False or (asked_for is None and not few) or is_rated(run.asked.manifest):
        return {}
    progress(tell("looking for integrity signals"))
    found, files = signals.find(run.key, run.read.rows), run.source.files
    names = [file.structure.name for file in files]
    rows = signals.signal_rows(found, names, run.key.names)
    again = signals.reassign_rows(found, names, signals.raws_of(found, files))
    (run.target / "signals.csv").write_bytes(csv_table(signals.SIGNAL_COLUMNS, rows))
    (run.target / "reassign.csv").write_bytes(csv_table(signals.REASSIGN_COLUMNS, again))
    return {"signals": {"found": signals.counts(found)}}


def _of_decisions(run: ScoredRun) -> tuple[list[str], list[str]]:
    """Return lines about decisions without effect and about lines returned without a decision; and what is
    shown of decisions: the first of these lines, and decisions that change a mark that was not in doubt.
    """

    def lines(found: Callable[[GraderDecisions, str, Mapping[int, Met]], list[Problem]]) -> list[str]:
        return [
            joined([problem.source, problem.message], between=": ")
            for file, met in zip(run.source.files, run.read.met, strict=True)
            for problem in found(run.records.grader_decisions, file.structure.name, met)
        ]

    undecided = run.records.grader_decisions.undecided
    came_back = tell_n(
        "{n:,} line of quarantine.csv was returned without a decision",
        "{n:,} lines of quarantine.csv were returned without a decision",
        undecided,
    )
    idle = [*([came_back] if undecided else []), *lines(without_effect)]
    told: list[str] = [*idle[:_EXAMPLES], *_and_more(len(idle))]
    if changed := lines(over_certain_marks):
        said = tell_n(
            "{n:,} decision changes a mark that was not in doubt:",
            "{n:,} decisions change marks that were not in doubt:",
            len(changed),
        )
        shown = [joined(["  ", one], between="") for one in changed[:_EXAMPLES]]
        told += [said, *shown, *_and_more(len(changed))]
    return idle, told


def _and_more(n: int) -> list[str]:
    """Return the line that follows the first few of `n` lines."""
    return [tell("  … and {n:,} more", n=n - _EXAMPLES)] if n > _EXAMPLES else []


# ── rows of candidates who are on no list ────────────────────────────────────────────────────

FILE = "unlisted.csv"
COLUMNS = ("file", "line", "candidate_id", "form", "reason", "by", "date", "raw")


def offers_of(run: ScoredRun) -> Mapping[str, likely_ids.Offer]:
    """Return, by id that is on no list, the listed candidate that is probably meant, if that can be
    determined.
    """
    unlisted = list(dict.fromkeys(row.candidate_id or "" for _, row in _unlisted(run)))
    if not unlisted:
        return {}
    assignment, register = run.source.layout.assignment, run.register
    listed = dict.fromkeys(
        [*assignment.dealt, *(one.decode("utf-8", "surrogateescape") for one in assignment.roster.tolist())]
    )
    # who has a row of their own, scored or set aside
    own = {row.candidate_id for _, row in run.quarantine if row.candidate_id and row.reason not in NOT_OWN}
    own |= {one.decode() for one in run.results.ids.tolist()}
    # of whom the roster says that they did not come
    absent = set[str]()
    if register is not None:
        absent = {
            one.decode("utf-8", "surrogateescape")
            for one, place in register.place.items()
            if register.status[place] == ABSENT
        }
    return likely_ids.offers(unlisted, listed, own, absent)


def _unlisted(run: ScoredRun) -> Iterator[tuple[str, QuarantinedRow]]:
    """Return the rows of candidates who are on no list."""
    is_closed = run.source.layout.assignment.is_closed
    return ((file, row) for file, row in run.quarantine if is_closed and row.reason == NOT_ON_LIST)


def write_not_registered(run: ScoredRun, offers: Mapping[str, likely_ids.Offer]) -> list[str]:
    """Write the lines that would assign rows to the candidates who are probably meant, with `by` and `date`
    empty for the person who decides. Returns lines about how many rows there are, and the first few.
    """
    rows = [(name, row, row.candidate_id or "") for name, row in _unlisted(run)]
    like = [(name, row, who, offers[who]) for name, row, who in rows if who in offers]
    if like:
        lines = [
            (name, row.line, offer.candidate_id, "", f"{who} is {offer.likeness}", "", "", row.raw)
            for name, row, who, offer in like
        ]
        (run.target / FILE).write_bytes(csv_table(COLUMNS, lines))
    if not rows:
        return []
    said: list[str] = [
        tell_n(
            "{n:,} row has a candidate number that is on no list. Similar to one number there: {like:,}",
            "{n:,} rows have a candidate number that is on no list. Similar to one number there: {like:,}",
            len(rows),
            like=len(like),
        )
    ]
    for name, row, who, offer in like[:_EXAMPLES]:
        where = f"{name}:{row.line}"
        said.append(tell("  {where}: {id} may be {likeness}", where=where, id=who, likeness=offer.likeness))
    said += _and_more(len(like))
    if others := list(dict.fromkeys(who for _, _, who in rows if who not in offers)):
        named = joined([*others[:_EXAMPLES], *(["…"] if len(others) > _EXAMPLES else [])])
        said.append(tell("  similar to no number there, or to several: {named}", named=named))
    return said
