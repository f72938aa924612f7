"""A scoring whose answers are read → every file of its run, and what its audit says.

One of them is for rows of candidates who are on no list: whose they may be, as lines for `identities.csv`,
and what is told of that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from examgen.capture.files import AnswerFile
from examgen.capture.overlays import Met, Overlays, over_certain_marks, without_effect
from examgen.capture.rows import NOT_ON_LIST
from examgen.core.exam.names import RUN_PACKAGE, base_form
from examgen.core.files import Progress
from examgen.core.problems import Problem, Refused
from examgen.core.processes import leave
from examgen.core.register import PLACES, PLACES_HEADER
from examgen.core.responses.rows import Ints, ResultRows, ScoreScale, SetAside
from examgen.core.words import joined, tell, tell_n
from examgen.scoring import inputs, parts, tasks
from examgen.scoring.audit import Run, audit_of
from examgen.scoring.coverage import pc_coverage, standard_coverage
from examgen.scoring.key import Key
from examgen.scoring.repeats import also_scored
from examgen.scoring.results.csv_cells import csv_head, csv_line, csv_table
from examgen.scoring.results.rows import RowWriter, pc_scale, quarantine, whose
from examgen.scoring.scales import score_scale

if TYPE_CHECKING:
    from examgen.capture.likely_ids import Offer
    from examgen.core.register import Register
    from examgen.scoring.reconciliation import Ledger


class Wanted(NamedTuple):
    """What a user asks of a scoring beside the answers.

    `roster`, `identities`, `marks`, `corrections` and `scaled` are files; `formats` are others than CSV;
    `elements` adds element_results.csv. `signals` looks for integrity signals; if left out, in answers that
    are read soon. `processes` is found out if left out; `careful` reads every row by the careful path;
    `said` are the encoding, the delimiter and the sheet where the content proves nothing, `columns` a file
    that says which column is what. Rows of which most marks are not understood are set aside, and a file with
    many of them is refused; with `unreadable` all of them are set aside (`aside`) or scored (`score`). Rows
    of candidates who are on no list are set aside where one is known, or scored (`unlisted`: `score`).
    `without` names what the newest run had and this one leaves out on purpose. The audit names files that
    lie below the folder `told_from` from there.
    """

    roster: Path | None = None
    identities: Sequence[Path] = ()
    marks: Sequence[Path] = ()
    corrections: Path | None = None
    scaled: Path | None = None
    cut: Path | None = None
    formats: Sequence[str] = ()
    elements: bool = False
    signals: bool | None = None
    processes: int | None = None
    careful: bool = False
    strict: bool = False
    said: tuple[str | None, str | None, str | None] = (None, None, None)
    columns: Path | None = None
    unreadable: str | None = None
    unlisted: str | None = None
    without: Sequence[str] = ()
    told_from: Path | None = None


NOTHING_ELSE = Wanted()

_EXAMPLES = 5
"""Rows with undecided marks, and of candidates on no list, that are named on the screen."""

LOOKED_AT_BYTES = 64 << 20
"""Signals are looked for in answers of up to so many bytes without being asked to."""


class Made(NamedTuple):
    """A scoring whose files are written: its audit, digests of files that are known, what is shown; the
    `account` of everybody on a roster, in lines of which none may be left out."""

    audit: dict[str, Any]
    hashes: dict[str, str]
    coverage: Sequence[Sequence[Any]]
    told: Sequence[str]
    account: Sequence[str]


def _score_scale(key: Key, rules: inputs.Rules, scaled: Path | None, counts: Sequence[Ints]) -> ScoreScale:
    """What each total means; what a conversion lacks is told of the file that it stands in."""
    try:
        return score_scale(key, rules.report, counts, _base(key), key.printed_points.tolist())
    except Refused as refused:
        if scaled is None:
            raise
        fields = [(problem.field or "").removeprefix("report.scaled.") for problem in refused.problems]
        told = [
            problem._replace(source=str(scaled), field=field)
            for problem, field in zip(refused.problems, fields, strict=True)
        ]
        raise Refused(refused.message, told) from refused


def writing_of(
    key: Key,
    rules: inputs.Rules,
    files: Sequence[AnswerFile],
    wanted: Wanted,
    counts: Sequence[Ints] = (),
) -> tasks.Writing:
    """What rows are judged and written with; `counts` are the cohort's, once they are known."""
    scale = _score_scale(key, rules, wanted.scaled, counts)
    coverage = rules.coverage(key)
    own = () if coverage is None else coverage.names
    layout = inputs.layout_of(key, rules, scale, [*own, *inputs.extra_names(files)])
    return tasks.Writing(
        rules.standard,
        rules.second_look,
        RowWriter(layout),
        ("candidates", "pc_results", *(("element_results",) if wanted.elements else ())),
        inputs.extra_places(files),
        not rules.by_cohort,
        coverage,
    )


def _base(key: Key) -> dict[str, str]:
    """The form that each form was drawn from."""
    return {name: base_form(name) for name in key.names}


def written(
    run: Run,
    workers: Executor | None,
    wanted: Wanted,
    progress: Progress,
    digests: Callable[[], Sequence[str]],
) -> Made:
    """Judges all rows and writes every file of the run; `digests` are those of the answer files."""
    key, rules = run.reading.key, run.rules
    base, writing = _base(key), run.reading.writing
    if not writing.at_once:
        counts = inputs.cohort(key, run.read.counts(), run.settled.totals)
        writing = writing_of(key, rules, run.reading.files, wanted, counts)
        leave(run.scratch / tasks.WRITING, writing)
    sums = parts.kept_sums(workers, run.scratch, run.reading, run.read, run.settled)
    begun = workers, run.scratch, run.target, writing, run.reading, run.read, run.settled, sums
    writes = parts.begin_writing(*begun)
    tally = sums[0].tally
    for one in sums[1:]:
        tally.merge(one.tally)
    coverage = pc_coverage(key, tally, rules.judgement, base)
    standard = standard_coverage(key, tally, rules.judgement, base)
    lines = csv_table(coverage.columns, coverage.rows, numbers=("mean_percent",))
    (run.target / "pc_coverage.csv").write_bytes(lines)
    (run.target / "standard_coverage.csv").write_bytes(csv_table(standard.columns, standard.rows))
    (run.target / "pc_scale.csv").write_bytes(pc_scale(writing.writer.layout))
    reasons: Counter[str] = Counter()
    offers = offers_of(run)
    further = _further(run, workers)
    with (run.target / "quarantine.csv").open("wb") as file:
        rows = _counted(run.set_aside(), reasons)
        also = {row.candidate_id or "" for _, row in further}
        file.writelines(quarantine(rows, _may_be(offers), bool(open_ := _undecided(run)), also))
    told = _of_conversion(run) + write_unlisted(run, offers) + open_ + _further_said(further)
    (run.target / RUN_PACKAGE).write_bytes(run.asked.written)
    known = parts.end_writing(writes, progress)
    register = run.register
    ledger = _ledger(run, register, base, _may_be(offers)) if register is not None else None
    if register is not None and register.rooms:
        (run.target / PLACES).write_bytes(csv_table(PLACES_HEADER, register.places_of()))
    looked = _signals(run, workers, wanted, run.register, progress)
    for name in wanted.formats:
        progress(tell("writing {name}", name=name))
        inputs.write_format(name, writing.writer.layout, _result_rows(run, writing), run.target)
    audit = audit_of(run, sums, reasons, digests())
    if idle := _without_effect(run) if run.records.files else []:
        audit["without_effect"] = idle
        told += idle[:_EXAMPLES]
        told += [tell("  … and {n:,} more", n=n)] if (n := len(idle) - _EXAMPLES) > 0 else []
    told += _over_certain_marks(run) if run.records.files else []
    if further:
        audit["also_scored"] = len({row.candidate_id for _, row in further})
    if register is not None and ledger is not None:
        audit["ledger"] = {**_roster_said(wanted, register), **ledger.record()}
    if looked is not None:
        audit["signals"] = looked
    shown = [coverage.columns.index(name) for name in _SHOWN if name in coverage.columns]
    account = ledger.lines() if ledger is not None else []
    return Made(audit, known, [[row[n] for n in shown] for row in coverage.rows], told, account)


_SHOWN = ("pc", "candidates", "mean_percent", "met", "not_met", "insufficient", "undecided")


def _counted(rows: Iterable[tuple[str, SetAside]], reasons: Counter[str]) -> Iterator[tuple[str, SetAside]]:
    """The rows as they pass by, counted by reason."""
    for file, row in rows:
        reasons[row.reason] += 1
        yield file, row


def _result_rows(run: Run, writing: tasks.Writing) -> Iterator[ResultRows]:
    """All rows that are scored, judged, in the order of the results."""
    for number, dropped in enumerate(run.settled.dropped):
        for block in tasks.kept_rows(run.scratch, number, dropped):
            yield tasks.result_rows(block, writing, run.read.parts[number].file)


def _of_conversion(run: Run) -> list[str]:
    """A line about a conversion that is estimated to be off by more than none at all."""
    source = run.records.scaled.source if run.records.scaled else None
    if source is None or source.advice is None:
        return []
    message = tell(
        "scaled scores: points as they are (identity) would be as good or better: equating by {method} is "
        "estimated to be {error:.2f} points off, identity {identity:.2f}",
        method=source.method,
        error=source.advice.error,
        identity=source.advice.identity_error,
    )
    return [message]


def _undecided(run: Run) -> list[str]:
    """Lines about rows with marks that a person has yet to decide, and the questions of the first."""
    faults = (one for part in inputs.faults(run.scratch, run.reading, run.read, run.settled) for one in part)
    found = [(file, row) for file, row in faults if row.undecided]
    if not found:
        return []
    n_marks = sum(len(row.undecided) for _, row in found)
    told: list[str] = [
        tell_n(
            "{n:,} mark in {rows} is undecided (?): decide on it in marks.csv, or scan the page that is "
            "missing",
            "{n:,} marks in {rows} are undecided (?): decide on them in marks.csv, or scan the page that is "
            "missing",
            n_marks,
            rows=tell_n("{n:,} row", "{n:,} rows", len(found)),
        )
    ]
    for file, row in found[:_EXAMPLES]:
        told.append(f"  {file}:{row.line}: {row.candidate_id}: {_in_ranges(row.undecided)}")
    more = len(found) - _EXAMPLES
    return [*told, tell("  … and {n:,} more: see quarantine.csv", n=more)] if more > 0 else told


def _in_ranges(questions: Sequence[int]) -> str:
    """Questions in ascending order as a person reads them: `Q1–Q100 Q103`."""
    firsts = [n for n in questions if n - 1 not in questions]
    lasts = [n for n in questions if n + 1 not in questions]
    ranges = zip(firsts, lasts, strict=True)
    return " ".join(f"Q{a}" if a == b else f"Q{a}–Q{b}" for a, b in ranges)


def _further(run: Run, workers: Executor | None) -> list[tuple[str, SetAside]]:
    """The rows set aside of candidates of whom another one is scored, but for those that are nobody's."""
    from examgen.scoring.reconciliation import NOBODYS

    who = {row.candidate_id for row in _rows_aside(run) if row.candidate_id and row.reason not in NOBODYS}
    scored = also_scored(run.scratch, workers, run.read, run.settled, who) if who else ()
    if not scored:
        return []
    return [one for one in run.set_aside() if one[1].candidate_id in scored and one[1].reason not in NOBODYS]


def _rows_aside(run: Run) -> Iterator[SetAside]:
    """The rows set aside, some without their text, in no order of files."""
    faults = inputs.faults(run.scratch, run.reading, run.read, run.settled)
    yield from chain.from_iterable(run.settled.set_aside.values())
    yield from (row for part in faults for _, row in part)


def _further_said(further: Sequence[tuple[str, SetAside]]) -> list[str]:
    """Lines about them: what is scored may be a sheet that was given up."""
    if not further:
        return []
    said = tell_n(
        "{n:,} candidate is scored and has another row in quarantine: look which of the two counts before "
        "the results are released",
        "{n:,} candidates are scored and have another row in quarantine: look which of the two counts "
        "before the results are released",
        len({row.candidate_id for _, row in further}),
    )
    some = [f"  {file}:{row.line}: {row.candidate_id}: {row.reason}" for file, row in further[:_EXAMPLES]]
    more = len(further) - _EXAMPLES
    return [said, *some, *([tell("  … and {n:,} more: see quarantine.csv", n=more)] if more > 0 else [])]


def _may_be(offers: Mapping[str, Offer]) -> Mapping[str, str]:
    """By id of a row that is on no list, whose it may be."""
    return {one: offer.candidate_id for one, offer in offers.items()}


def _roster_said(wanted: Wanted, register: Register) -> dict[str, Any]:
    """Which roster it was, as the audit says it."""
    path = wanted.roster
    return {} if path is None else {"roster": {"file": str(path), "sha256": register.sha256}}


def _ledger(run: Run, register: Register, base: Mapping[str, str], may_be: Mapping[str, str]) -> Ledger:
    """The ledger of the sitting; `may_be` says whose rows may be that are on no list."""
    from examgen.scoring.reconciliation import (
        LEDGER_HEADER,
        UNRECONCILED_HEADER,
        ScoredIds,
        SetAsideRow,
        reconcile,
    )

    scored = (
        ScoredIds(block["ids"], block["form"].astype(np.int64))
        for number, dropped in enumerate(run.settled.dropped)
        for block in tasks.kept_rows(run.scratch, number, dropped)
    )
    aside = (
        SetAsideRow(file, row.line, row.candidate_id, row.reason, whose(row, may_be))
        for file, row in run.set_aside()
    )
    found = reconcile(register, scored, aside, run.reading.key.names, base)
    (run.target / "ledger.csv").write_bytes(csv_table(LEDGER_HEADER, found.rows))
    (run.target / "unreconciled.csv").write_bytes(csv_table(UNRECONCILED_HEADER, found.unreconciled))
    return found


def _signals(
    run: Run, workers: Executor | None, wanted: Wanted, register: Register | None, progress: Progress
) -> dict[str, Any] | None:
    """Looks for integrity signals and writes them; returns what the audit says of them."""
    few = sum(file.structure.size for file in run.reading.files) <= LOOKED_AT_BYTES
    if wanted.signals is False or (wanted.signals is None and not few):
        return None
    from examgen.psychometrics.signals import tables
    from examgen.scoring import signals

    progress(tell("looking for signals"))
    settled, reading = run.settled, run.reading
    found = signals.find(run.scratch, workers, run.asked, reading, run.read, settled, register)
    rows = tables.signal_rows(found.signals, found.names)
    again = tables.reassign_rows(found.signals, found.names, signals.raws_of(found, reading))
    (run.target / "signals.csv").write_bytes(csv_table(tables.SIGNAL_COLUMNS, rows))
    (run.target / "reassign.csv").write_bytes(csv_table(tables.REASSIGN_COLUMNS, again))
    return {"found": tables.counts(found.signals), "notes": list(found.notes)}


def _without_effect(run: Run) -> list[str]:
    """Lines about decisions that change nothing, and about lines handed back without one."""
    undecided = run.records.overlays.undecided
    came_back = tell_n(
        "{n:,} line of quarantine.csv came back without a decision",
        "{n:,} lines of quarantine.csv came back without a decision",
        undecided,
    )
    left: list[str] = [came_back] if undecided else []
    return left + _said_of_met(run, without_effect)


def _over_certain_marks(run: Run) -> list[str]:
    """Lines about decisions that change a mark which was not in doubt."""
    changed = _said_of_met(run, over_certain_marks)
    if not changed:
        return []
    told: list[str] = [
        tell_n(
            "{n:,} decision changes a mark that was not in doubt:",
            "{n:,} decisions change a mark that was not in doubt:",
            len(changed),
        )
    ]
    told += [joined(["  ", one], between="") for one in changed[:_EXAMPLES]]
    more = len(changed) - _EXAMPLES
    return [*told, tell("  … and {n:,} more", n=more)] if more > 0 else told


def _said_of_met(run: Run, found: Callable[[Overlays, str, Mapping[int, Met]], list[Problem]]) -> list[str]:
    return [
        joined([problem.source, problem.message], between=": ")
        for part, one in zip(run.read.parts, run.read.found, strict=True)
        for problem in found(run.records.overlays, run.reading.files[part.file].structure.name, one.met)
    ]


FILE = "unlisted.csv"
COLUMNS = ("file", "line", "candidate_id", "form", "reason", "by", "date", "raw")
_NOT_OWN = (NOT_ON_LIST, "voided_by_grader")
"""Reasons of rows that are not those of the candidate whose id they bear."""


def offers_of(run: Run) -> Mapping[str, Offer]:
    """By id that is on no list, the one on it that it may be, where that can be told."""
    unlisted = list(dict.fromkeys(row.candidate_id or "" for _, row in _rows(run)))
    if not unlisted:
        return {}
    from examgen.capture.likely_ids import offers

    dealing = run.reading.layout.dealing
    listed = dict.fromkeys(
        [*dealing.dealt, *(one.decode("utf-8", "surrogateescape") for one in dealing.roster.tolist())]
    )
    return offers(unlisted, listed, _with_rows(run), _absent(run))


def _rows(run: Run) -> Iterator[tuple[str, SetAside]]:
    """The rows of candidates who are on no list."""
    if not run.reading.layout.dealing.is_closed:
        return iter(())
    faults = (one for part in inputs.faults(run.scratch, run.reading, run.read, run.settled) for one in part)
    return ((file, row) for file, row in faults if row.reason == NOT_ON_LIST)


def _with_rows(run: Run) -> set[str]:
    """Candidates who have a row of their own, scored or set aside."""
    found: set[bytes] = set()
    for number, dropped in enumerate(run.settled.dropped):
        for block in tasks.kept_rows(run.scratch, number, dropped):
            found.update(block["ids"].tolist())
    faults = inputs.faults(run.scratch, run.reading, run.read, run.settled)
    aside = chain(
        chain.from_iterable(run.settled.set_aside.values()), (row for part in faults for _, row in part)
    )
    own = {row.candidate_id for row in aside if row.candidate_id and row.reason not in _NOT_OWN}
    return own | {one.decode() for one in found}


def _absent(run: Run) -> set[str]:
    """Candidates of whom the roster says that they did not come."""
    register = run.register
    if register is None:
        return set()
    from examgen.core.register import ABSENT

    return {
        one.decode("utf-8", "surrogateescape")
        for one, place in register.place.items()
        if register.status[place] == ABSENT
    }


def write_unlisted(run: Run, offers: Mapping[str, Offer]) -> list[str]:
    """Writes the lines that would give rows to those whose they may be, `by` and `date` left to whoever
    decides; returns what is told."""
    if offers:
        with (run.target / FILE).open("wb") as file:
            file.write(csv_head(COLUMNS))
            file.writelines(_lines(_rows(run), offers))
    return _told(run, offers)


def _lines(rows: Iterable[tuple[str, SetAside]], offers: Mapping[str, Offer]) -> Iterator[bytes]:
    for file, row in rows:
        if (offer := offers.get(row.candidate_id or "")) is not None:
            reason = f"{row.candidate_id} is {offer.likeness}"
            yield csv_line((file, str(row.line), offer.candidate_id, "", reason, "", "", row.raw))


def _told(run: Run, offers: Mapping[str, Offer]) -> list[str]:
    """How many there are, and the first of them."""
    n_rows = n_like = 0
    like: list[str] = []
    others: dict[str, None] = {}
    for file, row in _rows(run):
        n_rows += 1
        if (offer := offers.get(own := row.candidate_id or "")) is None:
            others[own] = None
            continue
        n_like += 1
        if n_like <= _EXAMPLES:
            where = f"{file}:{row.line}"
            like.append(
                tell("  {where}: {id} may be {likeness}", where=where, id=own, likeness=offer.likeness)
            )
    if not n_rows:
        return []
    said = tell_n(
        "{n:,} row has an id that is {nowhere}; close to one id there: {like:,}",
        "{n:,} rows have an id that is {nowhere}; close to one id there: {like:,}",
        n_rows, nowhere=_nowhere(run), like=n_like,
    )  # fmt: skip
    more = [tell("  … and {n:,} more", n=n_like - _EXAMPLES)] if n_like > _EXAMPLES else []
    if others:
        n, names = len(others) - _EXAMPLES, ", ".join(list(others)[:_EXAMPLES])
        named = tell("{names} and {n:,} more", names=names, n=n) if n > 0 else names
        more.append(tell("  close to no id there, or to several: {named}", named=named))
    return [said, *like, *more]


def _nowhere(run: Run) -> str:
    """On which lists the ids are not."""
    dealing = run.reading.layout.dealing
    if dealing.dealt and run.register is not None:
        return tell("neither on the list that the booklets were printed for nor on the roster")
    if dealing.dealt:
        return tell("not on the list that the booklets were printed for")
    return tell("not on the roster")
