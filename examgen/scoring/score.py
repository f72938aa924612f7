"""`examgen score` from top to bottom: answer files of a package → the files of a scored run.

`score` stages a run, scores into it, and commits it as a whole. `scored` follows the rows: it collects
people's decisions, how the files are to be read, and the key after corrections; reads all rows; settles which
of them are scored; finds and judges what they earned; and writes the files of the run. `dry_run` scores with
and without decisions, and keeps neither result.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from examgen.capture.answer_files import AnswerFile, recognise
from examgen.capture.answer_layout import (
    AnswerLayout,
    ReadingOptions,
    closed,
    with_roster,
)
from examgen.capture.candidate_lists import read_register
from examgen.capture.grader_decisions import shown_names, unmet
from examgen.capture.quarantine_reasons import EXPLANATIONS
from examgen.core.exam.digests import digest_key_of
from examgen.core.exam.manifest import is_rated
from examgen.core.exam.names import RESULTS, SITTING
from examgen.core.exam.new_runs import stage_run
from examgen.core.exam.package import Package, read_package
from examgen.core.exam.releases import UNRELEASED, ReleaseState, all_releases, released_run, state_of
from examgen.core.exam.runs import Run, newest_run
from examgen.core.files import Progress, quiet, read_files
from examgen.core.hashing import Hashing
from examgen.core.models.decisions import CutFile, ScaledFile
from examgen.core.person_decisions import PersonDecision, without_result, without_result_in
from examgen.core.problems import Problem, Refused, WrongUsage, system_words
from examgen.core.processes import pool, usable_cpus
from examgen.core.register import Register
from examgen.core.words import Message, command, messages_in, option, tell, tell_n
from examgen.scoring.answer_rows import ReadAnswers, RowSource, read_answers
from examgen.scoring.answers_in_doubt import doubted_rows
from examgen.scoring.answers_to_check import answers_to_check
from examgen.scoring.assessing.assessed_run import AssessedRun, assessed_run
from examgen.scoring.audit import with_keyed, with_paths_from
from examgen.scoring.compare import Compared, MovedDecisions, compare_folders, decisions_moved
from examgen.scoring.earn import earn
from examgen.scoring.exam_layout import columns_file, key_after_corrections, layout_of
from examgen.scoring.judge import judge, result_layout, rules_of
from examgen.scoring.kept_responses import KeptRun, kept_of, newest_kept
from examgen.scoring.key import Key
from examgen.scoring.left_out import audit_with_omissions
from examgen.scoring.options import ScoringOptions
from examgen.scoring.recorded_decisions import DecisionRecords, read_records
from examgen.scoring.results import RESULT_FORMATS
from examgen.scoring.run import ScoredRun, WrittenRun, write_run
from examgen.scoring.runs import release_of
from examgen.scoring.settle import Settled, settle
from examgen.scoring.sitting_record import SittingAct, decisions_of, files_held, taken_back_since

NOTHING_ELSE = ScoringOptions()
ALONE_BYTES = 64 << 20
"""Answers of up to this size are read sooner than worker processes start."""


class ScoringResult(NamedTuple):
    """A scored run and its results; `told` are messages about rows, `account` messages about a roster."""

    folder: Path
    run: int
    is_new: bool
    fingerprint: str
    audit: Mapping[str, Any]
    coverage: Sequence[Sequence[Any]]
    told: Sequence[str]
    account: Sequence[str]
    files: Path
    """The folder with the files of the run: `folder`, or the run's own folder if `folder` shows a released
    run.
    """
    release: ReleaseState
    moved: MovedDecisions | None = None
    """How decisions differ from those of the released run; None if there is none, or if it is this run."""

    @property
    def needs_attention(self) -> bool:
        """Whether rows were quarantined, or a roster does not reconcile; a printed list need not
        reconcile.
        """
        ledger = self.audit.get("ledger", {})
        return bool(self.audit["rows"]["quarantined"] or ("roster" in ledger and not ledger["reconciled"]))

    def __repr__(self) -> str:
        rows = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in self.audit["rows"].items())
        state = "" if self.is_new else ", which was there already"
        return f"run {self.run} of {self.audit['exam']}{state}: rows {rows}; in {self.files}"


def score(
    folder: Path | str,
    answers: Sequence[Path | str] | Path | str,
    out: Path | str | None = None,
    strict: bool = False,
    progress: Progress = quiet,
    options: ScoringOptions = NOTHING_ELSE,
    executor: Executor | None = None,
    hashing: Hashing | None = None,
    others_read: Callable[[], None] | None = None,
    acts: Sequence[SittingAct] = (),
) -> ScoringResult:
    """Score answer files into a new run of a package's results.

    Without answer files, the responses of the newest run are scored again, for example after a correction of
    the key. If a run is released, the results folder still shows that run.

    The results are the same bytes with every executor; without one, worker processes do the work.
    `others_read` is called once all files except the answers are read, so that a grader may decide on further
    rows before the scoring ends. `acts` are the record of the sitting to which the files belong: the run
    names the last act, and may lack files that an act removed. Raises Refused if answers change while they
    are scored, and with `strict` if a row is quarantined.
    """
    folder = Path(folder)
    given = [Path(one) for one in ([answers] if isinstance(answers, (str, Path)) else answers)]
    results = Path(out) if out is not None else folder / RESULTS
    hashing = hashing or Hashing(given)
    options = _with(options, strict=strict or options.strict)
    again = None if given else newest_kept(folder, results, options)
    if again is not None:
        _check_not_taken_back(again, acts)
    with stage_run(results) as staged:
        made = scored(
            folder,
            given,
            staged.folder,
            options,
            progress,
            executor,
            hashing,
            others_read,
            again,
            persons=(persons := without_result(decisions_of(acts))),
        )
        audit = with_keyed(with_paths_from(options.with_paths_from, made.audit), digest_key_of(folder))
        if persons:
            audit |= {"persons": [one.as_dict() for one in persons.values()]}
        if acts:
            audit |= {SITTING: {"acts": acts[-1].n, "sha256": acts[-1].digest}}
        audit = _with_left_out(results, audit, staged.folder, options, folder, acts)
        # a run that differs only in absolute paths of the same files is the same run
        run, is_new = staged.commit(audit, partial(with_paths_from, options.with_paths_from))
    release, files, moved = UNRELEASED, results, None
    if releases := all_releases(results):
        release = state_of(run, releases)
        told = released_run(results)
        if told is not None and told.number != run.number:
            files, moved = run.folder, decisions_moved(told.folder, run.folder)
    return ScoringResult(
        results,
        run.number,
        is_new,
        run.fingerprint,
        run.audit,
        made.coverage,
        made.told,
        made.account,
        files,
        release,
        moved,
    )


def _check_not_taken_back(run: Run, acts: Sequence[SittingAct]) -> None:
    """Raise Refused if the run has read a file that was later removed from the sitting."""
    held = {one.sha256 for one in files_held(acts).values()}
    gone = {one.sha256: one for one in acts if one.act == "taken-back" and one.sha256 not in held}
    if back := [gone[one["sha256"]] for one in run.audit["inputs"] if one["sha256"] in gone]:
        raise Refused.because(
            "the answers of run {run} were removed from the sitting and not replaced. Add "
            "answers with {take}, then score",
            [Problem(one.file, "taken-back", tell("removed: {reason}", reason=one.reason)) for one in back],
            run=run.number,
            take=command("take"),
        )


def _with_left_out(
    results: Path,
    audit: Mapping[str, Any],
    folder: Path,
    options: ScoringOptions,
    package: Path,
    acts: Sequence[SittingAct] = (),
) -> dict[str, Any]:
    """Return the audit of a scoring into these results. Raises Refused if it omits inputs of the newest or
    the released run that are not recorded as left out.
    """
    newest, told = newest_run(results), released_run(results)
    if newest is None or told is None:
        return dict(audit)
    before = [newest] if told.number == newest.number else [newest, told]
    since = min(int(run.audit.get(SITTING, {}).get("acts", 0)) for run in before)
    without = (*options.without, *taken_back_since(acts, since))
    return audit_with_omissions(before, audit, folder, without, package)


def scored(
    folder: Path,
    answers: Sequence[Path],
    target: Path,
    options: ScoringOptions,
    progress: Progress = quiet,
    executor: Executor | None = None,
    hashing: Hashing | None = None,
    others_read: Callable[[], None] | None = None,
    again: Run | None = None,
    records: DecisionRecords | None = None,
    persons: Mapping[str, PersonDecision] | None = None,
) -> WrittenRun:
    """Score answer files into a folder, or score again the responses of the run `again`, which records how
    its rows were read.

    Decisions come from `options`, or from `records` if given. `persons` are the decisions that candidates
    have no result, by canonical number; None leaves them as in the run `again`. Raises Refused if that run
    has different ones, because its responses then lack rows or include too many.
    """
    without = _without_result(again, persons)
    asked = read_package(folder)
    if records is None:
        records = read_records(
            asked,
            answers,
            options.identities,
            options.marks,
            options.corrections,
            options.scaled,
            options.cut,
            options.first_holds,
        )
    kept: KeptRun | AssessedRun | None = kept_of(again) if again is not None else None
    layout, register = _whom(asked, records, options, again)
    columns = columns_file(options.columns)
    if others_read is not None:
        others_read()
    if is_rated(asked.manifest) and kept is None:
        kept = assessed_run(asked, layout, register, answers, options.moderation)
    said = ReadingOptions(*options.reading, columns=columns)
    files = kept.files if kept is not None else _recognised(answers, layout, said)
    key = key_after_corrections(asked, layout, records)
    rules = rules_of(asked, key, records.scaled, records.cut)
    tables = result_layout(key, rules, options.scaled)
    source = RowSource(files, layout, None if kept is None else kept.answers(layout))
    read, in_doubt, doubts = _read_and_doubted(source, key, options, target, progress, executor)
    settled = settle(source, read, without, in_doubt)
    _check_decisions(source, read)
    if options.strict:
        _check_all_scored(source, settled)
    read = read.with_rows(settled.is_scored)
    earned = earn(key, read.rows.form, read.rows.marks)
    tables, results = judge(tables, key, rules, read.rows, earned)
    listed = partial(_list_of, asked, register)
    checks: list[str] = [*doubts, *answers_to_check(source, read, key, listed)]
    if again is not None:
        checks = messages_in(again.audit, "to_check")
    run = ScoredRun(
        asked, records, rules, key, register, columns, source, read, settled, tables, results, target, checks
    )
    if kept is not None:
        return kept.finished(write_run(run, options, progress, kept.digests), target, records.files)
    return write_run(run, options, progress, (hashing or Hashing(answers)).done)


def check_answers(folder: Path, answers: Sequence[Path], options: ScoringOptions) -> None:
    """Raise Refused with every fault for which a scoring with these options would refuse the answer files,
    which must have columns that are recognised.
    """
    asked = read_package(folder)
    records = read_records(asked, answers, (), (), options.corrections)
    layout, _ = _whom(asked, records, options, None)
    said = ReadingOptions(*options.reading, columns=columns_file(options.columns))
    source = RowSource(_recognised(answers, layout, said), layout)
    key = key_after_corrections(asked, layout, records)
    with tempfile.TemporaryDirectory() as scratch:
        _read_and_doubted(source, key, options, Path(scratch))


def _read_and_doubted(
    source: RowSource,
    key: Key,
    options: ScoringOptions,
    scratch: Path,
    progress: Progress = quiet,
    executor: Executor | None = None,
) -> tuple[ReadAnswers, dict[int, str], list[Message]]:
    """Return all rows, why some of them wait, and messages about them. Raises Refused with every fault for
    which a file is refused after its columns are recognised.
    """
    with _workers(source.files, options.processes, executor) as workers:
        read = read_answers(source, workers, scratch, progress)
    return read, *doubted_rows(source, read, key, refuses=not options.unreadable)


def _without_result(again: Run | None, persons: Mapping[str, PersonDecision] | None) -> dict[str, str]:
    """Return why candidates have no result, by canonical number; empty for a run `again`, which already has
    their rows in its quarantine. Raises Refused if that run has different decisions.
    """
    without = {who: one.decision for who, one in (persons or {}).items()}
    if again is None:
        return without
    if persons is not None and without != without_result_in(again.audit):
        raise Refused.because(
            "decisions on candidates have changed since run {run}, so the answer files "
            "are needed. Add them with {take}, then score",
            run=again.number,
            take=command("take"),
        )
    return {}


def _whom(
    asked: Package, records: DecisionRecords, options: ScoringOptions, again: Run | None
) -> tuple[AnswerLayout, Register | None]:
    """Return how answers are read, including the candidates expected; and the register, if a roster is
    given.
    """
    unreadable = options.unreadable if again is None else again.audit.get("unreadable")
    layout, register = layout_of(asked, records, unreadable == "score"), None
    if options.roster is not None:
        [(name, data)] = read_files([options.roster])
        serials = dict(asked.candidates.select("serial", "form").iter_rows())
        register = read_register(
            name, data, tuple(layout.options), serials, layout.assignment.as_listed, asked.codes
        )
        register = register.with_forms(layout.assignment.dealt)
        layout = layout._replace(assignment=with_roster(layout.assignment, register.place.keys()))
    # by default, rows of candidates who are on no list are quarantined if there is a list
    has_list = bool(layout.assignment.dealt) or register is not None
    is_closed = has_list and options.unlisted != "score"
    if again is not None:
        is_closed = again.audit.get("unlisted") == "aside"
    if is_closed:
        layout = layout._replace(assignment=closed(layout.assignment))
    return layout, register


def _list_of(asked: Package, register: Register | None) -> Register | None:
    """Return the roster, or the list for which papers were printed."""
    is_printed = register is None and asked.has_list
    return Register.of_printing(asked.candidates) if is_printed else register


def _check_decisions(source: RowSource, read: ReadAnswers) -> None:
    """Raise Refused with the decisions on rows that are missing, or differ from what the grader saw."""
    layout = source.layout
    problems = [
        problem
        for file, met in zip(source.files, read.met, strict=True)
        for problem in unmet(
            layout.grader_decisions, file.structure.name, met, layout.options, layout.assignment.lists
        )
    ]
    if problems:
        raise Refused(
            tell_n(
                "{n} recorded decision matches no row",
                "{n} recorded decisions match no row",
                len(problems),
            ),
            problems,
        )


def _check_all_scored(source: RowSource, settled: Settled) -> None:
    """Raise Refused with the rows that are set aside, if any."""
    problems = [
        Problem(
            f"{source.files[file].structure.name}:{row.line}",
            row.reason,
            EXPLANATIONS[row.reason],
            item=row.candidate_id,
        )
        for file, row in settled.quarantine
    ]
    if problems:
        message = tell_n(
            "{n:,} row cannot be scored. Without {strict} the other rows are scored",
            "{n:,} rows cannot be scored. Without {strict} the other rows are scored",
            len(problems),
            strict=option("strict"),
        )
        raise Refused(message, problems)


def score_without_corrections(folder: Path, run: Run, target: Path) -> None:
    """Score the responses of a run into a folder by the original key.

    Everything else is as in the run, so all differences come from its corrections.
    """
    scaled, cut = run.audit.get("scaled"), run.audit.get("cut")
    records = DecisionRecords(
        scaled=ScaledFile.model_validate(scaled) if scaled else None,
        cut=CutFile.model_validate(cut) if cut else None,
    )
    scored(folder, (), target, ScoringOptions(signals=False), again=run, records=records)


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def _recognised(
    answers: Sequence[Path], layout: AnswerLayout, said: ReadingOptions
) -> tuple[AnswerFile, ...]:
    """Return how each file is to be read.

    Raises Refused with every file that is not an answer file, WrongUsage if a file cannot be opened.
    """
    files: list[AnswerFile] = []
    problems: list[Problem] = []
    unreadable: list[Problem] = []
    for number, (path, shown) in enumerate(zip(answers, shown_names(answers), strict=True)):
        try:
            files.append(recognise(number, path, layout, shown, said))
        except Refused as refused:
            problems.extend(refused.problems)
        except OSError as error:
            unreadable.append(
                Problem(
                    str(path),
                    "file-unreadable",
                    tell("cannot be read: {strerror}", strerror=system_words(error)),
                )
            )
    if unreadable:
        raise WrongUsage.because("some files cannot be read", unreadable)
    if problems:
        raise Refused.because(
            "{n} of {answers_n} answer files cannot be read",
            problems,
            n=len(problems),
            answers_n=len(answers),
        )
    return tuple(files)


@contextmanager
def _workers(
    files: Sequence[AnswerFile], processes: int | None, executor: Executor | None
) -> Iterator[Executor | None]:
    if executor is not None:
        yield executor
        return
    if processes is None:
        many = sum(file.structure.size for file in files) > ALONE_BYTES
        processes = usable_cpus() if many else 1
    with pool(processes) as workers:
        yield workers


# ── scorings compared, and the forms of results ──────────────────────────────────────────────


def dry_run(
    folder: Path,
    answers: Sequence[Path],
    options: ScoringOptions,
    progress: Progress = quiet,
    beside: Sequence[Path] | None = None,
    acts: Sequence[SittingAct] = (),
) -> Compared:
    """Compare the results with and without the decisions; neither scoring is kept.

    Corrections are compared with a scoring without them, or with the corrections of `beside`; decisions on
    rows alone, with a scoring without these. A cut or a conversion is compared with the released run, or
    before any release with the newest run. Raises Refused whenever the scoring itself would, for example if
    inputs of the newest run are missing.
    """
    options = _with(options, formats=(), elements=False, signals=False)
    results, is_of_key = folder / RESULTS, bool(options.corrections) or beside is not None
    again = None if answers else newest_kept(folder, results, options)
    persons = without_result(decisions_of(acts))
    with tempfile.TemporaryDirectory() as name:

        def made_in(part: str, asked: ScoringOptions) -> tuple[Path, Mapping[str, Any]]:
            target = Path(name) / part
            target.mkdir()
            made = scored(folder, answers, target, asked, progress, again=again, persons=persons)
            return target, made.audit

        # first with the decisions, so that their faults are reported at once
        progress(tell("scoring with the changes"))
        after, audit = made_in("after", options)
        audit = _with_left_out(results, audit, after, options, folder, acts)
        told, called = None, (tell("without the changes"), tell("with the changes"))
        if options.cut or options.scaled or not (is_of_key or options.identities or options.marks):
            told = released_run(results) if beside is None else None
        if told is not None:
            before, had = told.folder, told.audit
            called = tell("run {run}", run=told.number), called[1]
        else:
            progress(tell("scoring without the changes"))
            fewer: dict[str, Any] = {"cut": None, "scaled": None, "identities": (), "marks": ()}
            if is_of_key:
                fewer = {"corrections": next(iter(beside or ()), None)}
                called = tell("without the corrections"), tell("with the corrections")
            before, had = made_in("before", _with(options, strict=False, **fewer))
        found = compare_folders(before, after, called)
    if told is not None:
        found = found._replace(releases=(release_of(results, told), UNRELEASED))
    new = tuple(one for one in audit.get("corrections", ()) if one not in (had.get("corrections") or ()))
    return found._replace(new=new, left_out=tuple(audit.get("left_out", ())))


def _with(options: ScoringOptions, **others: Any) -> ScoringOptions:
    return options.model_copy(update=others)


def forms_of(run: Run) -> dict[str, Any]:
    """Return the additional formats of a run's results, as options of a scoring."""
    has = {*run.files}
    formats = tuple(one.name for one in RESULT_FORMATS if has.issuperset(one.files))
    return {"formats": formats, "elements": "element_results.csv" in has}
