"""A scoring whose answers are read → every file of its run, and what its audit says.

One of them is for rows of candidates who are on no list: whose they may be, as lines for `identities.csv`,
and what is told of that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from examgen.capture import likely_ids
from examgen.capture.answer_layout import ColumnMapping
from examgen.capture.grader_decisions import GraderDecisions, Met, over_certain_marks, without_effect
from examgen.capture.reasons import NOT_ON_LIST, NOT_OWN
from examgen.core.exam.exam_tables import ExamTables
from examgen.core.exam.manifest import is_rated
from examgen.core.exam.names import RUN_PACKAGE, base_form
from examgen.core.files import Progress
from examgen.core.problems import Problem
from examgen.core.register import ABSENT, PLACES, PLACES_HEADER, Register
from examgen.core.responses import table as response_table
from examgen.core.responses.rows import QuarantinedRow
from examgen.core.words import joined, tell, tell_n, with_ids
from examgen.scoring import parts, tasks
from examgen.scoring.audit import audit_of
from examgen.scoring.coverage import pc_coverage, standard_coverage
from examgen.scoring.plan import JudgingRules, ScoringPlan, with_cohort
from examgen.scoring.reconciliation import (
    LEDGER_HEADER,
    NOBODYS,
    UNRECONCILED_HEADER,
    ReconciledQuarantine,
    ScoredIds,
    reconcile,
)
from examgen.scoring.repeats import ResolvedRepeats, also_scored, faults, quarantined_rows
from examgen.scoring.results.csv_cells import csv_head, csv_line, csv_table
from examgen.scoring.results.rows import pc_scale, quarantine, whose
from examgen.scoring.runs.on_record import DecisionRecords
from examgen.scoring.spooled import Block, lines_of

if TYPE_CHECKING:
    from examgen.scoring.options import ScoringOptions


_EXAMPLES = 5
"""Rows with undecided marks, and of candidates on no list, that are named on the screen."""

LOOKED_AT_BYTES = 64 << 20
"""Signals are looked for in answers of up to so many bytes without being asked to."""


class SettledRun(NamedTuple):
    """A scoring under way, once its rows are read and settled."""

    asked: ExamTables
    records: DecisionRecords
    rules: JudgingRules
    register: Register | None
    """Who was to come, where that is known."""
    columns: ColumnMapping | None
    """What a file says of the columns of the answers."""
    plan: ScoringPlan
    read: parts.ReadParts
    settled: ResolvedRepeats
    scratch: Path
    """The folder that the workers leave rows in."""
    target: Path

    def set_aside(self) -> Iterator[tuple[str, QuarantinedRow]]:
        """Every row that is not scored, in the order of files and lines."""
        return quarantined_rows(self.scratch, self.plan, self.read, self.settled)

    def faults(self) -> Iterator[tuple[str, QuarantinedRow]]:
        """The rows that were set aside when they were read and stay so, some without their text."""
        return chain.from_iterable(
            faults(self.scratch, self.plan, self.read, self.settled, part)
            for part in range(len(self.read.parts))
        )

    def scored_blocks(self) -> Iterator[tuple[int, Block]]:
        """The rows that are scored, in the order of the results, each block with the number of its part."""
        for number, dropped in enumerate(self.settled.dropped):
            for block in tasks.kept_rows(self.scratch, number, dropped):
                yield number, block


def write_responses(run: SettledRun) -> None:
    """Writes the settled responses of the run."""
    files = [file.structure.name for file in run.plan.files]
    frames = (
        response_table.response_frame(
            block["ids"],
            block["form"],
            run.plan.key.names,
            files[run.read.parts[part].file],
            lines_of(block) + run.read.first_line[part],
            block["marks"],
        )
        for part, block in run.scored_blocks()
    )
    response_table.write(run.target / response_table.NAME, frames, files, run.plan.key.keys.shape[1])


class WrittenRun(NamedTuple):
    """A scoring whose files are written: its audit, digests of files that are known, what is shown; the
    `account` of everybody on a roster, in lines of which none may be left out."""

    audit: dict[str, Any]
    hashes: dict[str, str]
    coverage: Sequence[Sequence[Any]]
    told: Sequence[str]
    account: Sequence[str]


def written(
    run: SettledRun,
    workers: Executor | None,
    options: ScoringOptions,
    progress: Progress,
    digests: Callable[[], Sequence[str]],
) -> WrittenRun:
    """Judges all rows and writes every file of the run; `digests` are those of the answer files."""
    key, target = run.plan.key, run.target
    base = {name: base_form(name) for name in key.names}
    # the rows, by the workers, as soon as it is known how long their lines are
    if run.plan.at_once:
        plan_file = tasks.PLAN
        sums = parts.kept_sums(workers, run.scratch, run.read, run.settled)
    else:
        plan_file = tasks.COHORT_PLAN
        counted = with_cohort(run.plan, run.rules, options.scaled, run.read.counts(), run.settled.totals)
        run = run._replace(plan=counted)
        sums = parts.measured_sums(workers, run.scratch, run.plan, run.settled)
    writes = parts.begin_writing(
        workers, run.scratch, target, run.plan, plan_file, run.read, run.settled, sums
    )
    # meanwhile: what is told of all candidates together
    tally = sums[0].tally
    for one in sums[1:]:
        tally.merge(one.tally)
    coverage = pc_coverage(key, tally, run.rules.judgement, base)
    standard = standard_coverage(key, tally, run.rules.judgement, base)
    (target / "pc_coverage.csv").write_bytes(
        csv_table(coverage.columns, coverage.rows, numbers=("mean_percent",))
    )
    (target / "standard_coverage.csv").write_bytes(csv_table(standard.columns, standard.rows))
    (target / "pc_scale.csv").write_bytes(pc_scale(run.plan.writer.layout))
    # rows that are not scored
    offers = offers_of(run)
    may_be = {one: offer.candidate_id for one, offer in offers.items()}
    further, of_further = _further(run, workers)
    open_ = _undecided(run)
    reasons: Counter[str] = Counter()
    with (target / "quarantine.csv").open("wb") as quarantined:
        also = {row.candidate_id or "" for _, row in further}
        quarantined.writelines(quarantine(_counted(run.set_aside(), reasons), may_be, bool(open_), also))
    told: list[str] = []
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
    told += [*write_not_registered(run, offers), *open_, *of_further]
    (target / RUN_PACKAGE).write_bytes(run.asked.written)
    write_responses(run)
    known = parts.end_writing(writes, progress)
    # who was to come, signals, other forms of the results
    on_roster: dict[str, Any] = {}
    account: Sequence[str] = []
    register = run.register
    if register is None and run.asked.dealt:
        register = Register.of_printing(run.asked.dealt)
    if register is not None:
        scored = (ScoredIds(block["ids"], block["form"].astype(np.int64)) for _, block in run.scored_blocks())
        aside = (
            ReconciledQuarantine(file, row.line, row.candidate_id, row.reason, whose(row, may_be))
            for file, row in run.set_aside()
        )
        ledger = reconcile(register, scored, aside, key.names, base)
        (target / "ledger.csv").write_bytes(csv_table(LEDGER_HEADER, ledger.rows))
        (target / "unreconciled.csv").write_bytes(csv_table(UNRECONCILED_HEADER, ledger.unreconciled))
        of_file = {}
        if options.roster is not None:
            of_file = {"roster": {"file": str(options.roster), "sha256": register.sha256}}
            if register.has_places:
                (target / PLACES).write_bytes(csv_table(PLACES_HEADER, register.places_of()))
        on_roster, account = {"ledger": {**of_file, **ledger.record()}}, ledger.lines()
    of_signals = _signals(run, workers, options.signals, progress)
    for name in options.formats:
        from examgen.scoring.results.formats import RESULT_FORMATS

        progress(tell("writing {name}", name=name))
        [result_format] = [one for one in RESULT_FORMATS if one.name == name]
        rows = (
            tasks.result_rows(block, run.plan, run.read.parts[number].file)
            for number, block in run.scored_blocks()
        )
        result_format.write(run.plan.writer.layout, rows, target)
    # what the run says of itself
    audit = audit_of(run, sums, reasons, digests())
    if run.records.files:
        idle, said = _of_decisions(run)
        told += said
        if idle:
            audit["without_effect"] = idle
    if further:
        audit["also_scored"] = len({row.candidate_id for _, row in further})
    audit |= on_roster | of_signals
    shown = [coverage.columns.index(name) for name in _SHOWN if name in coverage.columns]
    return WrittenRun(audit, known, [[row[n] for n in shown] for row in coverage.rows], told, account)


_SHOWN = ("pc", "candidates", "mean_percent", "met", "not_met", "insufficient", "undecided")


def _counted(
    rows: Iterator[tuple[str, QuarantinedRow]], reasons: Counter[str]
) -> Iterator[tuple[str, QuarantinedRow]]:
    """The rows as they pass by, counted by reason."""
    for file, row in rows:
        reasons[row.reason] += 1
        yield file, row


def _undecided(run: SettledRun) -> list[str]:
    """Lines about rows with marks that a person has yet to decide, and the questions of the first."""
    found = [(file, row) for file, row in run.faults() if row.undecided]
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
    for file, row in found[:_EXAMPLES]:
        # questions stand in ascending order: `Q1–Q100 Q103`
        firsts = [n for n in row.undecided if n - 1 not in row.undecided]
        lasts = [n for n in row.undecided if n + 1 not in row.undecided]
        ranges = [f"Q{a}" if a == b else f"Q{a}–Q{b}" for a, b in zip(firsts, lasts, strict=True)]
        told.append(f"  {file}:{row.line}: {row.candidate_id}: {' '.join(ranges)}")
    more = len(found) - _EXAMPLES
    return [*told, tell("  … and {n:,} more in quarantine.csv", n=more)] if more > 0 else told


def _further(run: SettledRun, workers: Executor | None) -> tuple[list[tuple[str, QuarantinedRow]], list[str]]:
    """The rows set aside of candidates of whom another one is scored, but for those that are nobody's; and
    lines about them: what is scored may be a sheet that was given up."""
    aside = chain(chain.from_iterable(run.settled.set_aside.values()), (row for _, row in run.faults()))
    who = {row.candidate_id for row in aside if row.candidate_id and row.reason not in NOBODYS}
    scored = also_scored(run.scratch, workers, run.read, run.settled, who) if who else ()
    if not scored:
        return [], []
    further = [
        one for one in run.set_aside() if one[1].candidate_id in scored and one[1].reason not in NOBODYS
    ]
    if not further:
        return [], []
    said = tell_n(
        "{n:,} candidate is scored and has another row set aside. Check which of the two counts "
        "before you release the results.",
        "{n:,} candidates are scored and have another row set aside. Check which row counts "
        "before you release the results.",
        len({row.candidate_id for _, row in further}),
    )
    told: list[str] = [said]
    told += [f"  {file}:{row.line}: {row.candidate_id}: {row.reason}" for file, row in further[:_EXAMPLES]]
    if (more := len(further) - _EXAMPLES) > 0:
        told.append(tell("  … and {n:,} more in quarantine.csv", n=more))
    return further, told


def _signals(
    run: SettledRun, workers: Executor | None, asked_for: bool | None, progress: Progress
) -> dict[str, Any]:
    """Looks for integrity signals, unless asked not to or in many answers unasked, and writes them; returns
    what the audit says of them."""
    few = sum(file.structure.size for file in run.plan.files) <= LOOKED_AT_BYTES
    if asked_for is False or (asked_for is None and not few) or is_rated(run.asked.manifest):
        return {}
    from examgen.scoring import signals
    from examgen.scoring.answer_signals import tables

    progress(tell("looking for integrity signals"))
    found = signals.find(run.scratch, workers, run.asked, run.plan, run.read, run.settled, run.register)
    rows = tables.signal_rows(found.signals, found.names)
    again = tables.reassign_rows(found.signals, found.names, signals.raws_of(found, run.plan))
    (run.target / "signals.csv").write_bytes(csv_table(tables.SIGNAL_COLUMNS, rows))
    (run.target / "reassign.csv").write_bytes(csv_table(tables.REASSIGN_COLUMNS, again))
    return {"signals": {"found": tables.counts(found.signals), **with_ids("notes", found.notes)}}


def _of_decisions(run: SettledRun) -> tuple[list[str], list[str]]:
    """Lines about decisions that change nothing, and about lines handed back without one; and what is told of
    decisions: the first of these lines, and those that change a mark which was not in doubt."""

    def lines(found: Callable[[GraderDecisions, str, Mapping[int, Met]], list[Problem]]) -> list[str]:
        return [
            joined([problem.source, problem.message], between=": ")
            for part, one in zip(run.read.parts, run.read.found, strict=True)
            for problem in found(
                run.records.grader_decisions, run.plan.files[part.file].structure.name, one.met
            )
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
        told.append(
            tell_n(
                "{n:,} decision changes a mark that was not in doubt:",
                "{n:,} decisions change marks that were not in doubt:",
                len(changed),
            )
        )
        told += [joined(["  ", one], between="") for one in changed[:_EXAMPLES]]
        told += _and_more(len(changed))
    return idle, told


def _and_more(n: int) -> list[str]:
    """The line behind the first of so many."""
    return [tell("  … and {n:,} more", n=n - _EXAMPLES)] if n > _EXAMPLES else []


# ── rows of candidates who are on no list ────────────────────────────────────────────────────

FILE = "unlisted.csv"
COLUMNS = ("file", "line", "candidate_id", "form", "reason", "by", "date", "raw")


def offers_of(run: SettledRun) -> Mapping[str, likely_ids.Offer]:
    """By id that is on no list, the one on it that it may be, where that can be told."""
    unlisted = list(dict.fromkeys(row.candidate_id or "" for _, row in _unlisted(run)))
    if not unlisted:
        return {}
    assignment, register = run.plan.layout.assignment, run.register
    listed = dict.fromkeys(
        [*assignment.dealt, *(one.decode("utf-8", "surrogateescape") for one in assignment.roster.tolist())]
    )
    # who has a row of their own, scored or set aside
    scored: set[bytes] = set()
    for _, block in run.scored_blocks():
        scored.update(block["ids"].tolist())
    aside = chain(chain.from_iterable(run.settled.set_aside.values()), (row for _, row in run.faults()))
    own = {row.candidate_id for row in aside if row.candidate_id and row.reason not in NOT_OWN}
    # of whom the roster says that they did not come
    absent = set[str]()
    if register is not None:
        absent = {
            one.decode("utf-8", "surrogateescape")
            for one, place in register.place.items()
            if register.status[place] == ABSENT
        }
    return likely_ids.offers(unlisted, listed, own | {one.decode() for one in scored}, absent)


def _unlisted(run: SettledRun) -> Iterator[tuple[str, QuarantinedRow]]:
    """The rows of candidates who are on no list."""
    if not run.plan.layout.assignment.is_closed:
        return iter(())
    return ((file, row) for file, row in run.faults() if row.reason == NOT_ON_LIST)


def write_not_registered(run: SettledRun, offers: Mapping[str, likely_ids.Offer]) -> list[str]:
    """Writes the lines that would give rows to those whose they may be, `by` and `date` left to whoever
    decides; returns how many rows there are, and the first of them."""
    if offers:
        with (run.target / FILE).open("wb") as file:
            file.write(csv_head(COLUMNS))
            for name, row in _unlisted(run):
                if (offer := offers.get(row.candidate_id or "")) is not None:
                    reason = f"{row.candidate_id} is {offer.likeness}"
                    cells = name, str(row.line), offer.candidate_id, "", reason, "", "", row.raw
                    file.write(csv_line(cells))
    n_rows = n_like = 0
    like: list[str] = []
    others: dict[str, None] = {}
    for name, row in _unlisted(run):
        n_rows += 1
        if (offer := offers.get(own := row.candidate_id or "")) is None:
            others[own] = None
            continue
        n_like += 1
        if n_like <= _EXAMPLES:
            where = f"{name}:{row.line}"
            like.append(
                tell("  {where}: {id} may be {likeness}", where=where, id=own, likeness=offer.likeness)
            )
    if not n_rows:
        return []
    nowhere = tell("not on the roster")
    if run.plan.layout.assignment.dealt:
        nowhere = tell("not on the list used for printing the booklets")
        if run.register is not None:
            nowhere = tell("neither on the list used for printing the booklets nor on the roster")
    said = tell_n(
        "{n:,} row has a candidate number that is {nowhere}. Similar to one number there: {like:,}",
        "{n:,} rows have a candidate number that is {nowhere}. Similar to one number there: {like:,}",
        n_rows, nowhere=nowhere, like=n_like,
    )  # fmt: skip
    more = _and_more(n_like)
    if others:
        n, names = len(others) - _EXAMPLES, ", ".join(list(others)[:_EXAMPLES])
        named = tell("{names} and {n:,} more", names=names, n=n) if n > 0 else names
        more.append(tell("  similar to no number there, or to several: {named}", named=named))
    return [said, *like, *more]
