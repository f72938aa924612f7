"""Commands on answers: scored, and simulated for trials.

What a scoring needs of other libraries than numpy is loaded while its workers read.
"""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from examgen import __version__, capture, exam, scoring
from examgen.problems import Problem, Refused, WrongUsage
from examgen.reports.result_cells import csv_table
from examgen.reports.result_lists import pc_scale, quarantine
from examgen.reports.result_rows import RowWriter
from examgen.responses import Ints, ResultRows, ScoreScale, SetAside
from examgen.storage import sha256_of
from examgen.workflow import result_files, scoring_parts
from examgen.workflow import scoring_tasks as tasks
from examgen.workflow.decisions_on_record import Records, read_records
from examgen.workflow.files import Progress, quiet, read_files
from examgen.workflow.hashing import Hashing
from examgen.workflow.processes import pool, usable_cpus
from examgen.workflow.settling import Settled, nobody_twice, settle

if TYPE_CHECKING:
    from examgen.register import Register
    from examgen.scoring.ledger import Ledger
    from examgen.workflow.runs import Compared


def simulate(folder: Path, n_candidates: int, seed: int, out: Path, dirty: int = 0) -> None:
    """Answers of candidates of known ability, marked as synthetic."""
    from examgen.workflow import simulations

    simulations.simulate(folder, n_candidates, seed, out, dirty)


class Wanted(NamedTuple):
    """What a user asks of a scoring beside the answers.

    `roster`, `identities`, `marks`, `corrections` and `scaled` are files; `formats` are others than CSV;
    `elements` adds element_results.csv. `signals` looks for integrity signals; if left out, in answers that
    are read soon. `processes` is found out if left out; `careful` reads every row by the careful path;
    `said` are the encoding, the delimiter and the sheet where the content proves nothing.
    """

    roster: Path | None = None
    identities: Sequence[Path] = ()
    marks: Sequence[Path] = ()
    corrections: Path | None = None
    scaled: Path | None = None
    formats: Sequence[str] = ()
    elements: bool = False
    signals: bool | None = None
    processes: int | None = None
    careful: bool = False
    strict: bool = False
    said: tuple[str | None, str | None, str | None] = (None, None, None)


NOTHING_ELSE = Wanted()


class Scored(NamedTuple):
    """A scored run: where it stands and what it says; `told` are lines about what does not add up."""

    folder: Path
    run: int
    is_new: bool
    fingerprint: str
    audit: Mapping[str, Any]
    coverage: Sequence[Sequence[Any]]
    told: Sequence[str]

    @property
    def needs_attention(self) -> bool:
        """Whether something was set aside, or does not add up."""
        return bool(self.audit["rows"]["quarantined"]) or not self.audit.get("ledger", {}).get(
            "reconciled", True
        )


def score(
    folder: Path,
    answers: Sequence[Path],
    out: Path | None = None,
    strict: bool = False,
    progress: Progress = quiet,
    wanted: Wanted = NOTHING_ELSE,
    executor: Executor | None = None,
    hashing: Hashing | None = None,
) -> Scored:
    """Scores answer files into a new run of a package's results; `strict` refuses where a row is set aside.

    Whatever executor does the work, one of worker processes if none is given, the same bytes come out.
    """
    target = out if out is not None else folder / exam.RESULTS
    hashing = hashing or Hashing(answers)
    with exam.stage_run(target) as staged:
        made = _scored(
            folder,
            answers,
            staged.folder,
            wanted._replace(strict=strict or wanted.strict),
            progress,
            executor,
            hashing,
        )
        done = staged.commit(made.audit, made.hashes)
    run = done.run
    return Scored(target, run.number, done.is_new, run.fingerprint, run.audit, made.coverage, made.told)


class _Made(NamedTuple):
    """A scoring whose files are written: its audit, SHA-256 of files that are known, what is shown."""

    audit: dict[str, Any]
    hashes: dict[str, str]
    coverage: Sequence[Sequence[Any]]
    told: Sequence[str]


def _scored(
    folder: Path,
    answers: Sequence[Path],
    target: Path,
    wanted: Wanted,
    progress: Progress,
    executor: Executor | None,
    hashing: Hashing,
) -> _Made:
    """Scores into a folder of its own."""
    asked = exam.read_asked(folder)
    decided = (wanted.identities, wanted.marks, wanted.corrections, wanted.scaled)
    records = read_records(asked, answers, *decided)
    layout = _layout(asked, records)
    files = _recognised(answers, layout, capture.ReadingOptions(*wanted.said))
    key = _key(asked, layout, records)
    rules = result_files.rules_of(asked, key, records.scaled)
    writing = _writing(key, rules, files, wanted)
    parts = scoring_parts.cut(files)
    reading = tasks.Reading(files, parts, layout, key, wanted.careful, writing)
    with (
        _scratch(target.parent) as scratch,
        _workers(files, wanted.processes, executor) as workers,
    ):
        begun = scoring_parts.begin_reading(workers, scratch, reading)
        read = scoring_parts.end_reading(begun, reading, progress)
        settled = (
            nobody_twice(parts) if read.has_nobody_twice else settle(scratch, workers, parts, read.sizes)
        )
        run = _Run(asked, reading, read, settled, rules, records, scratch, target)
        _refuse_unmet(run)
        if wanted.strict:
            _refuse_set_aside(run)
        return _written(run, workers, wanted, progress, hashing)


def _score_scale(
    key: scoring.Key, rules: result_files.Rules, scaled: Path | None, counts: Sequence[Ints]
) -> ScoreScale:
    """What each total means; what a conversion lacks is told of the file that it stands in."""
    try:
        return scoring.score_scale(key, rules.report, counts, _base(key))
    except Refused as refused:
        if scaled is None:
            raise
        fields = [(problem.field or "").removeprefix("report.scaled.") for problem in refused.problems]
        told = [
            replace(problem, source=str(scaled), field=field)
            for problem, field in zip(refused.problems, fields, strict=True)
        ]
        raise Refused(refused.message, told) from refused


def _writing(
    key: scoring.Key,
    rules: result_files.Rules,
    files: Sequence[capture.AnswerFile],
    wanted: Wanted,
    counts: Sequence[Ints] = (),
) -> tasks.Writing:
    """What rows are judged and written with; `counts` are the cohort's, once they are known."""
    scale = _score_scale(key, rules, wanted.scaled, counts)
    layout = result_files.layout_of(key, rules, scale, result_files.extra_names(files))
    return tasks.Writing(
        rules.standard,
        rules.second_look,
        RowWriter(layout),
        ("candidates", "pc_results", *(("element_results",) if wanted.elements else ())),
        result_files.extra_places(files),
        not rules.by_cohort,
    )


def _base(key: scoring.Key) -> dict[str, str]:
    """The form that each form was drawn from."""
    return {name: exam.base_form(name) for name in key.names}


class _Run(NamedTuple):
    """A scoring under way, once its answers are read."""

    asked: exam.Asked
    reading: tasks.Reading
    read: scoring_parts.ReadParts
    settled: Settled
    rules: result_files.Rules
    records: Records
    scratch: Path
    target: Path

    def set_aside(self) -> Iterator[tuple[str, SetAside]]:
        """Every row that is not scored, in the order of files and lines."""
        return result_files.set_aside_rows(self.scratch, self.reading, self.read, self.settled)


@contextmanager
def _scratch(runs: Path) -> Iterator[Path]:
    """A folder for what the workers leave; a scoring that was killed leaves it to the next one to remove."""
    folder = Path(tempfile.mkdtemp(prefix=exam.STAGED_RUN, dir=runs))
    try:
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)


@contextmanager
def _workers(
    files: Sequence[capture.AnswerFile], processes: int | None, executor: Executor | None
) -> Iterator[Executor | None]:
    if executor is not None:
        yield executor
        return
    if processes is None:
        many = sum(file.structure.size for file in files) > scoring_parts.ALONE_BYTES
        processes = usable_cpus() if many else 1
    with pool(processes) as workers:
        yield workers


# ── what is read with ────────────────────────────────────────────────────────────────────────


def _layout(asked: exam.Asked, records: Records) -> capture.AnswerLayout:
    """The number of options of each question of every form that answers may name."""
    options: dict[str, list[tuple[int, int]]] = {}
    columns = (asked.forms[name] for name in ("form", "question", "options"))
    for form, question, printed in zip(*columns, strict=True):
        options.setdefault(form, []).append((int(question), printed.count(" ") + 1))
    dealt = (asked.dealt.get(name, ()) for name in ("candidate_id", "form", "serial"))
    return capture.AnswerLayout(
        {form: tuple(n for _, n in sorted(numbers)) for form, numbers in options.items()},
        capture.dealing_of(zip(*dealt, strict=True)) if asked.dealt else capture.NO_LIST,
        records.overlays,
    )


def _recognised(
    answers: Sequence[Path], layout: capture.AnswerLayout, said: capture.ReadingOptions
) -> tuple[capture.AnswerFile, ...]:
    """How each file is to be read; raises Refused with every file that is no answer file."""
    files: list[capture.AnswerFile] = []
    problems: list[Problem] = []
    unreadable: list[Problem] = []
    for number, (path, shown) in enumerate(zip(answers, capture.shown_names(answers), strict=True)):
        try:
            files.append(capture.recognise(number, path, layout, shown, said))
        except Refused as refused:
            problems.extend(refused.problems)
        except OSError as error:
            unreadable.append(Problem(str(path), "file-unreadable", f"cannot be read: {error.strerror}"))
    if unreadable:
        raise WrongUsage("not every file can be read", unreadable)
    if problems:
        raise Refused(f"{len(problems)} of {len(answers)} answer file(s) cannot be read", problems)
    return tuple(files)


def _key(asked: exam.Asked, layout: capture.AnswerLayout, records: Records) -> scoring.Key:
    """The key as it counts: under the rule of the blueprint, after corrections."""
    columns = scoring.KeyColumns(*(asked.key[name] for name in scoring.KeyColumns._fields))
    options = None
    if records.corrections:
        told = (asked.forms[name] for name in ("form", "question", "options"))
        options = {
            (form, int(question)): printed.split() for form, question, printed in zip(*told, strict=True)
        }
    rule = result_files.scoring_rule_of(asked.manifest)
    return scoring.compile_key(columns, layout.options, asked.criteria, rule, records.corrections, options)


def _refuse_set_aside(run: _Run) -> None:
    from examgen.capture.reasons import QUARANTINE_REASONS

    means = {reason.code: reason.explanation for reason in QUARANTINE_REASONS}
    problems = [
        Problem(f"{file}:{row.line}", row.reason, means[row.reason], item=row.candidate_id)
        for file, row in run.set_aside()
    ]
    if problems:
        raise Refused(f"{len(problems):,} row(s) cannot be scored; without --strict the others are", problems)


def _refuse_unmet(run: _Run) -> None:
    """Refuses decisions on rows that are not there, or not as the grader saw them."""
    overlays, options = run.records.overlays, run.reading.layout.options
    problems = [
        problem
        for part, one in zip(run.read.parts, run.read.found, strict=True)
        for problem in capture.unmet(overlays, run.reading.files[part.file].structure.name, one.met, options)
        if part.line is not None
    ]
    if problems:
        raise Refused(f"{len(problems)} decision(s) on record meet no such row", problems)


def _without_effect(run: _Run) -> list[str]:
    """Lines about decisions that change nothing."""
    return [
        f"{problem.source}: {problem.message}"
        for part, one in zip(run.read.parts, run.read.found, strict=True)
        for problem in capture.without_effect(
            run.records.overlays, run.reading.files[part.file].structure.name, one.met
        )
    ]


# ── what is written ──────────────────────────────────────────────────────────────────────────


def _written(
    run: _Run,
    workers: Executor | None,
    wanted: Wanted,
    progress: Progress,
    hashing: Hashing,
) -> _Made:
    """Judges all rows and writes every file of the run."""
    key, rules = run.reading.key, run.rules
    base, writing = _base(key), run.reading.writing
    if not writing.at_once:
        counts = result_files.cohort(key, run.read.counts(), run.settled.totals)
        writing = _writing(key, rules, run.reading.files, wanted, counts)
        tasks.leave(run.scratch, tasks.WRITING, writing)
    sums = scoring_parts.kept_sums(workers, run.scratch, run.reading, run.read, run.settled)
    known = scoring_parts.write(workers, run.scratch, run.target, writing, run.settled, sums, progress)
    tally = sums[0].tally
    for one in sums[1:]:
        tally.merge(one.tally)
    coverage = scoring.pc_coverage(key, tally, rules.judgement, base)
    standard = scoring.standard_coverage(key, tally, rules.judgement, base)
    lines = csv_table(coverage.columns, coverage.rows, numbers=("mean_percent",))
    (run.target / "pc_coverage.csv").write_bytes(lines)
    (run.target / "standard_coverage.csv").write_bytes(csv_table(standard.columns, standard.rows))
    (run.target / "pc_scale.csv").write_bytes(pc_scale(writing.writer.layout))
    with (run.target / "quarantine.csv").open("wb") as file:
        file.writelines(quarantine(run.set_aside()))
    register = _register(run, wanted)
    ledger = _ledger(run, register, base) if register is not None else None
    looked = _signals(run, workers, wanted, register, progress)
    for name in wanted.formats:
        progress(f"writing {name}")
        result_files.write_format(name, writing.writer.layout, _result_rows(run, writing), run.target)
    audit = _audit(run, sums, hashing.done())
    told = _without_effect(run) if run.records.files else []
    if ledger is not None:
        audit["ledger"] = {**_roster_said(wanted), **ledger.record()}
        told += ledger.lines()
    if looked is not None:
        audit["signals"] = looked
    shown = [coverage.columns.index(name) for name in _SHOWN]
    return _Made(audit, known, [[row[n] for n in shown] for row in coverage.rows], told)


_SHOWN = ("pc", "candidates", "mean_percent", "met", "not_met", "insufficient")


def _result_rows(run: _Run, writing: tasks.Writing) -> Iterator[ResultRows]:
    """All rows that are scored, judged, in the order of the results."""
    for number, dropped in enumerate(run.settled.dropped):
        for block in tasks.kept_rows(run.scratch, number, dropped):
            yield tasks.result_rows(block, writing, run.read.parts[number].file)


def _register(run: _Run, wanted: Wanted) -> Register | None:
    """Who was to come, where that is known."""
    if wanted.roster is None:
        return None
    from examgen.capture.registers import read_register

    [(name, data)] = read_files([wanted.roster])
    serials = dict(zip(run.asked.dealt.get("serial", ()), run.asked.dealt.get("form", ()), strict=True))
    return read_register(name, data, run.reading.key.names, serials)


def _roster_said(wanted: Wanted) -> dict[str, Any]:
    """Which roster it was, as the audit says it."""
    path = wanted.roster
    return {} if path is None else {"roster": {"file": str(path), "sha256": sha256_of(path)}}


def _ledger(run: _Run, register: Register, base: Mapping[str, str]) -> Ledger:
    """The ledger of the sitting."""
    from examgen.scoring.ledger import (
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
    aside = (SetAsideRow(file, row.line, row.candidate_id, row.reason) for file, row in run.set_aside())
    found = reconcile(register, scored, aside, run.reading.key.names, base)
    (run.target / "ledger.csv").write_bytes(csv_table(LEDGER_HEADER, found.rows))
    (run.target / "unreconciled.csv").write_bytes(csv_table(UNRECONCILED_HEADER, found.unreconciled))
    return found


def _signals(
    run: _Run, workers: Executor | None, wanted: Wanted, register: Register | None, progress: Progress
) -> dict[str, Any] | None:
    """Looks for integrity signals and writes them; returns what the audit says of them."""
    from examgen.analysis import signal_tables
    from examgen.workflow import signals

    few = sum(file.structure.size for file in run.reading.files) <= signals.LOOKED_AT_BYTES
    if wanted.signals is False or (wanted.signals is None and not few):
        return None
    progress("looking for signals")
    settled, reading = run.settled, run.reading
    found = signals.find(run.scratch, workers, run.asked, reading, run.read, settled, register)
    rows = signal_tables.signal_rows(found.signals, found.names)
    again = signal_tables.reassign_rows(found.signals, found.names, signals.raws_of(found, reading))
    (run.target / "signals.csv").write_bytes(csv_table(signal_tables.SIGNAL_COLUMNS, rows))
    (run.target / "reassign.csv").write_bytes(csv_table(signal_tables.REASSIGN_COLUMNS, again))
    return {"found": signal_tables.counts(found.signals), "notes": list(found.notes)}


def _audit(run: _Run, sums: Sequence[tasks.PartSums], hashes: Sequence[str]) -> dict[str, Any]:
    said, read, settled = run.asked.manifest, run.read, run.settled
    scored = sum(one.rows for one in sums)
    aside = result_files.reason_counts(run.set_aside())
    passing = run.rules.passing
    decisions: dict[str, int] = {"pass": 0, "fail": 0}
    if passing is not None:
        passed = sum(one.passed for one in sums)
        decisions = {"pass": passed, "fail": scored - passed}
        if run.rules.second_look:
            decisions["second_look"] = sum(one.second_look for one in sums)
    return {
        "exam": said["blueprint"]["exam"],
        "examgen": __version__,
        "key": {"version": 1, "sha256": said["files"][exam.KEY_CSV]},
        "manifest": sha256_of(run.asked.folder / exam.MANIFEST),
        "editions": (said.get("bank") or {}).get("editions") or {},
        "options": {name: said["blueprint"].get(name) for name in ("pass", "judgement", "report", "scoring")},
        **_decisions_on_record(run.records),
        "inputs": [
            {
                "file": str(file.path),
                "sha256": digest,
                "structure": read.structure_of(file).label,
                "rows": read.rows_of(file.number),
                "scored": _of_file(read, sums, file.number),
            }
            for file, digest in zip(run.reading.files, hashes, strict=True)
        ],
        "rows": {
            "read": sum(one.rows + one.set_aside for one in read.found),
            "scored": scored,
            "identical_repeats": settled.identical_repeats,
            "quarantined": sum(aside.values()),
        },
        "quarantine": aside,
        **_not_on_list(run),
        "decisions": decisions,
    }


def _of_file(read: scoring_parts.ReadParts, sums: Sequence[tasks.PartSums], file: int) -> int:
    return sum(one.rows for part, one in zip(read.parts, sums, strict=True) if part.file == file)


def _decisions_on_record(records: Records) -> dict[str, Any]:
    """What people decided, with the hashes of the files that say so; nothing where they decided nothing."""
    if not records.files:
        return {}
    return {
        "records": [{"file": str(path), "sha256": sha256_of(path)} for path in records.files],
        "decided": records.overlays.record(),
        "corrections": [one.model_dump(mode="json", exclude_none=True) for one in records.corrections],
        **({"scaled": records.scaled.model_dump(mode="json")} if records.scaled else {}),
    }


def _not_on_list(run: _Run) -> dict[str, int]:
    """How many of those scored are not on the list of candidates; nothing where there is no list."""
    listed = {name for name in run.asked.dealt.get("candidate_id", ()) if name}
    if not listed:
        return {}
    found = 0
    for number, dropped in enumerate(run.settled.dropped):
        for block in tasks.kept_rows(run.scratch, number, dropped):
            ids = (unicodedata.normalize("NFC", one.decode()) for one in block["ids"].tolist())
            found += sum(one not in listed for one in ids)
    return {"not_on_list": found}


def dry_run(folder: Path, answers: Sequence[Path], wanted: Wanted, progress: Progress = quiet) -> Compared:
    """Who would change by corrections and decisions: the scoring without them and with them, neither kept."""
    from examgen.workflow.runs import compare_folders

    without = wanted._replace(corrections=None, identities=(), marks=(), formats=(), roster=None)
    with tempfile.TemporaryDirectory() as name:
        # what was decided comes first: whatever is wrong with it is told at once
        for part, asked in (("after", wanted._replace(formats=(), roster=None)), ("before", without)):
            progress(f"scoring {'without' if part == 'before' else 'with'} what was decided")
            target = Path(name) / part
            target.mkdir()
            _scored(folder, answers, target, asked, progress, None, Hashing(answers))
        called = ("as it stands", "with what was decided")
        return compare_folders(Path(name) / "before", Path(name) / "after", called)
