"""Commands on answers, scored, and simulated for trials: answer files of a package → the files of a scored
run, by the workers that there are.

What a scoring needs of other libraries than numpy is loaded where it is used: reading begins at once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.capture.answer_layout import (
    NO_LIST,
    AnswerLayout,
    ColumnsSaid,
    ReadingOptions,
    closed,
    columns_said,
    dealing_of,
    with_roster,
)
from examgen.capture.files import AnswerFile, head_is_guess, recognise
from examgen.capture.overlays import shown_names, unmet
from examgen.capture.parts import is_read_as_utf8
from examgen.core.disk import temporary_folder
from examgen.core.exam import runs as exam_runs
from examgen.core.exam.asked import Asked, PrintedTexts, read_asked
from examgen.core.exam.names import KEY_CSV, RESULTS
from examgen.core.exam.new_runs import Committed, stage_run
from examgen.core.exam.releases import all_releases, state_of, told_run
from examgen.core.exam.runs import STAGED_RUN, newest_run
from examgen.core.files import Progress, quiet
from examgen.core.hashing import Hashing
from examgen.core.problems import Problem, Refused, WrongUsage, system_words
from examgen.core.processes import pool, usable_cpus
from examgen.core.scored_run import UNRELEASED, ReleaseState
from examgen.core.words import tell
from examgen.scoring import inputs, tasks
from examgen.scoring import parts as scoring_parts
from examgen.scoring.audit import Run, told_from
from examgen.scoring.key import Key, KeyColumns, compile_key
from examgen.scoring.repeats import (
    rows_in_notes,
    settle,
    with_other_forms,
    with_sheets,
    with_undecided,
)
from examgen.scoring.run_files import NOTHING_ELSE, Made, Wanted, writing_of, written
from examgen.scoring.runs.on_record import Records, read_records

if TYPE_CHECKING:
    from examgen.core.register import Register
    from examgen.scoring.kept_responses import Kept
    from examgen.scoring.run_files import Made
    from examgen.scoring.runs.compare import Compared, Moved


def simulate(folder: Path, n_candidates: int, seed: int, out: Path, dirty: int = 0) -> None:
    """Answers of candidates of known ability, marked as synthetic."""
    from examgen.scoring import simulations

    simulations.simulate(folder, n_candidates, seed, out, dirty)


class Scored(NamedTuple):
    """A scored run: where it stands and what it says; `told` are lines about rows, `account` those of the
    ledger of a roster."""

    folder: Path
    run: int
    is_new: bool
    fingerprint: str
    audit: Mapping[str, Any]
    coverage: Sequence[Sequence[Any]]
    told: Sequence[str]
    account: Sequence[str]
    files: Path
    """Where the files of the run are seen: `folder`, or its own folder where that shows a released run."""
    release: ReleaseState
    moved: Moved | None = None
    """Whose decision is another than in the run that people are told, where that is another run."""

    @property
    def needs_attention(self) -> bool:
        """Whether something was set aside, or does not add up."""
        return bool(self.audit["rows"]["quarantined"]) or not self.audit.get("ledger", {}).get(
            "reconciled", True
        )


class Forms(NamedTuple):
    """What a run has its results in beside the two files of CSV; `elements`: by element and unit, too."""

    formats: tuple[str, ...] = ()
    elements: bool = False


def forms_of(run: exam_runs.Run) -> Forms:
    """What else a run has its results in."""
    from examgen.scoring.results.formats import RESULT_FORMATS

    has = {*run.files}
    return Forms(
        tuple(one.name for one in RESULT_FORMATS if has.issuperset(one.files)), "element_results.csv" in has
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
    others_read: Callable[[], None] | None = None,
) -> Scored:
    """Scores answer files into a new run of a package's results; `strict` refuses where a row is set aside.
    Without any, the responses of the newest run are scored again, as after a correction of the key. Where a
    run is released, the results folder goes on showing that one.

    Whatever executor does the work, one of worker processes if none is given, the same bytes come out.
    `others_read` is called once all files but the answers are read: who decides on rows meanwhile need not
    wait for the end. Answers that change while they are scored are refused.
    """
    target = out if out is not None else folder / RESULTS
    hashing = hashing or Hashing(answers)
    wanted = wanted._replace(strict=strict or wanted.strict)
    again = None if answers else _kept_run(folder, target, wanted)
    with stage_run(target) as staged:
        if again is not None:
            made = rescored(folder, again, staged.folder, wanted, progress, executor, others_read)
        else:
            made = scored(folder, answers, staged.folder, wanted, progress, executor, hashing, others_read)
        audit = told_from(wanted.told_from, made.audit)
        audit = _settled(target, audit, staged.folder, wanted, folder)
        # a run that named the same files by their whole paths says the same
        done = staged.commit(audit, made.hashes, partial(told_from, wanted.told_from))
    return _told(target, done, made)


def _kept_run(folder: Path, results: Path, wanted: Wanted) -> exam_runs.Run:
    """The run whose responses are scored again; it takes longer to load than a scoring of files may."""
    from examgen.scoring.kept_responses import newest_kept

    return newest_kept(folder, results, wanted)


def _told(target: Path, done: Committed, made: Made) -> Scored:
    run, release, files, moved = done.run, UNRELEASED, target, None
    if releases := all_releases(target):
        release = state_of(run, releases)
        told = told_run(target)
        if told is not None and told.number != run.number:
            from examgen.scoring.runs.compare import decisions_moved

            files, moved = run.folder, decisions_moved(told.folder, run.folder)
    said = run.number, done.is_new, run.fingerprint, run.audit, made.coverage, made.told, made.account
    return Scored(target, *said, files, release, moved)


def _settled(
    results: Path, audit: Mapping[str, Any], folder: Path, wanted: Wanted, package: Path
) -> dict[str, Any]:
    """The audit of a scoring into these results; refuses one that leaves out what the run before had, or the
    run that people are told."""
    newest, told = newest_run(results), told_run(results)
    if newest is None or told is None:
        return dict(audit)
    from examgen.scoring.omitted_inputs import settled_audit

    before = [newest] if told.number == newest.number else [newest, told]
    return settled_audit(before, audit, folder, wanted.without, package)


class Corrections(NamedTuple):
    """Corrections of the key that are on record; None where none are."""

    path: Path | None


def dry_run(
    folder: Path,
    answers: Sequence[Path],
    wanted: Wanted,
    progress: Progress = quiet,
    beside: Corrections | None = None,
) -> Compared:
    """Who would change by what was decided: scorings with it and without it, none of which is kept.

    Corrections alone make the difference where there are any; what is decided beside them (on rows, a cut) is
    in both scorings, and what it changes is told apart. With `beside` they are compared with those in
    their place, and nothing else is told.
    A cut or a conversion alone, or with what was decided for it already, is compared with the run that people
    are told, or, where only the newest has all of that, with the newest.

    Refused where the scoring itself would be: what the newest run had is missing.
    """
    from examgen.scoring.runs.compare import compare_folders, release_of

    wanted = wanted._replace(formats=(), elements=False, signals=False)
    again = None if answers else _kept_run(folder, folder / RESULTS, wanted)
    plain = wanted._replace(strict=False)
    without = plain._replace(corrections=None, cut=None, identities=(), marks=())
    key_apart = without
    if wanted.corrections or beside is not None:
        key_apart = plain._replace(corrections=None if beside is None else beside.path)
    elif not (wanted.identities or wanted.marks):
        without = key_apart = without._replace(scaled=None)
    with tempfile.TemporaryDirectory() as name:
        made: dict[str, Mapping[str, Any]] = {}

        def made_in(part: str, asked: Wanted) -> Path:
            target = Path(name) / part
            target.mkdir()
            if again is not None:
                made[part] = rescored(folder, again, target, asked, progress, None).audit
            else:
                made[part] = scored(folder, answers, target, asked, progress, None, Hashing(answers)).audit
            return target

        # what was decided comes first: whatever is wrong with it is told at once
        progress(tell("scoring {part} what was decided", part=tell("with")))
        after = made_in("after", wanted)
        made["after"] = _settled(folder / RESULTS, made["after"], after, wanted, folder)
        told = _told_as_decided(folder, wanted, made["after"]) if beside is None else None
        called = tell("as it stands"), tell("with what was decided")
        apart = None
        if told is not None:
            before = told.folder
            called = tell("run {run}", run=told.number), called[1]
        else:
            progress(tell("scoring {part} what was decided", part=tell("without")))
            before = made_in("before", key_apart)
            if wanted.corrections or beside is not None:
                called = tell("without the corrections"), tell("with the corrections")
            if beside is None and key_apart != without:
                bare = made_in("bare", without)
                names = tell("as it stands"), tell("with what else was decided")
                apart = compare_folders(bare, before, names)
        found = compare_folders(before, after, called)._replace(apart=apart)
        if told is not None:
            found = found._replace(releases=(release_of(folder / RESULTS, told), UNRELEASED))
        had = (made.get("before") or {}).get("corrections") or ()
        new = tuple(one for one in made["after"].get("corrections", ()) if one not in had)
        return found._replace(new=new, left_out=tuple(made["after"].get("left_out", ())))


def _told_as_decided(folder: Path, wanted: Wanted, audit: Mapping[str, Any]) -> exam_runs.Run | None:
    """The run that a cut or a conversion is compared with, where one has all else that was decided."""
    decided = wanted.corrections or wanted.identities or wanted.marks
    told = told_run(folder / RESULTS) if not decided or wanted.cut or wanted.scaled else None
    if told is None or not decided:
        return told
    beside = (told, newest_run(folder / RESULTS))
    return next((one for one in beside if one and _is_decided_so(one.audit, audit)), None)


def _is_decided_so(told: Mapping[str, Any], audit: Mapping[str, Any]) -> bool:
    """Whether a run has the very corrections and decisions of another scoring."""
    return all((told.get(name) or []) == (audit.get(name) or []) for name in ("corrections", "decided"))


def scored(
    folder: Path,
    answers: Sequence[Path],
    target: Path,
    wanted: Wanted,
    progress: Progress,
    executor: Executor | None,
    hashing: Hashing,
    others_read: Callable[[], None] | None = None,
) -> Made:
    """Scores into a folder of its own; `others_read` is called once all files but the answers are read."""
    by = _read_others(folder, answers, wanted)
    if others_read is not None:
        others_read()
    given = by, answers, target, wanted, progress, executor, hashing
    guessed: list[AnswerFile] = []
    try:
        return _scored(*given, guessed)
    except (_HeadMistaken, Refused) as fault:
        # what was refused may have been taken for what it is not
        if isinstance(fault, Refused) and all(map(is_read_as_utf8, guessed)):
            raise
    return _scored(*given, None)


class _HeadMistaken(Exception):
    """A file whose head was taken for UTF-8 is not that as a whole."""


class _Others(NamedTuple):
    """What a scoring reads beside answers."""

    asked: Asked
    records: Records
    layout: AnswerLayout
    register: Register | None
    columns: ColumnsSaid | None


def _read_others(folder: Path, answers: Sequence[Path], wanted: Wanted) -> _Others:
    asked = read_asked(folder)
    decided = (wanted.identities, wanted.marks, wanted.corrections, wanted.scaled, wanted.cut)
    records = read_records(asked, answers, *decided)
    layout = layout_of(asked, records, wanted.unreadable == "score")
    register = _register(asked, layout, wanted.roster)
    if register is not None:
        layout = layout._replace(dealing=with_roster(layout.dealing, register.place.keys()))
    if wanted.unlisted != "score" and (layout.dealing.dealt or register is not None):
        layout = layout._replace(dealing=closed(layout.dealing))
    return _Others(asked, records, layout, register, columns_file(wanted.columns))


def _scored(
    by: _Others,
    answers: Sequence[Path],
    target: Path,
    wanted: Wanted,
    progress: Progress,
    executor: Executor | None,
    hashing: Hashing,
    guessed: list[AnswerFile] | None,
) -> Made:
    """Scores; files whose heads are taken for UTF-8 until all of them is seen are put into `guessed`, None
    where that is to be known beforehand."""
    asked, records, layout, register, columns = by
    said = ReadingOptions(*wanted.said, columns=columns)
    files = _recognised(answers, layout, said, guess=guessed is not None)
    if guessed is not None:
        guessed += filter(head_is_guess, files)
    key = key_after_corrections(asked, layout, records)
    rules = inputs.rules_of(asked, key, records.scaled, records.cut)
    writing = writing_of(key, rules, files, wanted)
    parts = scoring_parts.cut(files)
    reading = tasks.Reading(files, parts, layout, key, wanted.careful, writing, said)
    with (
        _scratch(target.parent) as scratch,
        _workers(files, wanted.processes, executor) as workers,
    ):
        begun = scoring_parts.begin_reading(workers, scratch, reading)
        read = scoring_parts.end_reading(begun, reading, progress, refuse_unreadable=not wanted.unreadable)
        if any(read.encoding_of(file) != "UTF-8" for file in guessed or ()):
            raise _HeadMistaken
        settled = settle(
            scratch, workers, parts, read.sizes, read.repeated, rows_in_notes(scratch, reading, read)
        )
        settled = with_sheets(scratch, workers, reading, read, settled)
        settled = with_undecided(scratch, workers, reading, read, settled)
        settled = with_other_forms(scratch, workers, reading, read, settled)
        run = Run(asked, reading, read, settled, rules, records, scratch, target, register)
        _refuse_unmet(run)
        if wanted.strict:
            _refuse_set_aside(run)
        return written(run, workers, wanted, progress, hashing.done)


def rescored(
    folder: Path,
    run: exam_runs.Run,
    target: Path,
    wanted: Wanted,
    progress: Progress,
    executor: Executor | None,
    others_read: Callable[[], None] | None = None,
) -> Made:
    """Scores the responses of a run once more, into a folder of its own; `others_read` as in `scored`."""
    from examgen.scoring.kept_responses import carried, kept_of

    kept, asked = kept_of(run), read_asked(folder)
    records = read_records(asked, (), (), (), wanted.corrections, wanted.scaled, wanted.cut)
    made = _rescored(kept, asked, records, target, wanted, progress, executor, others_read)
    return carried(kept, made, target, records.files)


def score_without_corrections(folder: Path, run: exam_runs.Run, target: Path) -> None:
    """Scores the responses of a run by the key as it was built, all else being as in the run, into a folder:
    what differs is what the corrections of the run changed."""
    from examgen.core.models.cut_files import CutFile
    from examgen.core.models.decisions import ScaledFile
    from examgen.scoring.kept_responses import kept_of

    scaled, cut = run.audit.get("scaled"), run.audit.get("cut")
    records = Records(
        scaled=ScaledFile.model_validate(scaled) if scaled else None,
        cut=CutFile.model_validate(cut) if cut else None,
    )
    wanted = NOTHING_ELSE._replace(signals=False)
    _rescored(kept_of(run), read_asked(folder), records, target, wanted, quiet, None)


def _rescored(
    kept: Kept,
    asked: Asked,
    records: Records,
    target: Path,
    wanted: Wanted,
    progress: Progress,
    executor: Executor | None,
    others_read: Callable[[], None] | None = None,
) -> Made:
    """Scores responses that were kept."""
    layout = layout_of(asked, records, kept.run.audit.get("unreadable") == "score")
    register = _register(asked, layout, wanted.roster)
    if register is not None:
        layout = layout._replace(dealing=with_roster(layout.dealing, register.place.keys()))
    if kept.run.audit.get("unlisted") == "aside":
        layout = layout._replace(dealing=closed(layout.dealing))
    if others_read is not None:
        others_read()
    key = key_after_corrections(asked, layout, records)
    rules = inputs.rules_of(asked, key, records.scaled, records.cut)
    writing = writing_of(key, rules, kept.files, wanted)
    reading = tasks.Reading(kept.files, kept.parts, layout, key, False, writing, kept=kept.rows)
    with _scratch(target.parent) as scratch, _workers(kept.files, wanted.processes, executor) as workers:
        begun = scoring_parts.begin_reading(workers, scratch, reading)
        read = scoring_parts.end_reading(begun, reading, progress)
        settled = settle(scratch, workers, reading.parts, read.sizes, read.repeated, {})
        again = Run(asked, reading, read, settled, rules, records, scratch, target, register)
        if wanted.strict:
            _refuse_set_aside(again)
        return written(again, workers, wanted, progress, kept.digests)


def _register(asked: Asked, layout: AnswerLayout, roster: Path | None) -> Register | None:
    """Who was to come, where that is known."""
    if roster is None:
        return None
    from examgen.capture.candidate_lists import read_register
    from examgen.core.files import read_files

    [(name, data)] = read_files([roster])
    serials = dict(zip(asked.dealt.get("serial", ()), asked.dealt.get("form", ()), strict=True))
    register = read_register(name, data, tuple(layout.options), serials, layout.dealing.as_listed)
    return register.with_forms(layout.dealing.dealt)


def columns_file(path: Path | None) -> ColumnsSaid | None:
    """What a file says of the columns; None where there is none."""
    if path is None:
        return None
    from examgen.core.files import read_document

    return columns_said(read_document(path, tell("the columns file")).data, str(path))


@contextmanager
def _scratch(runs: Path) -> Iterator[Path]:
    """A folder for what the workers leave; a scoring that was killed leaves it to the next one to remove."""
    folder = temporary_folder(runs, STAGED_RUN)
    try:
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)


@contextmanager
def _workers(
    files: Sequence[AnswerFile], processes: int | None, executor: Executor | None
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


def layout_of(asked: Asked, records: Records, accepts_unreadable: bool = False) -> AnswerLayout:
    """What every form that answers may name asks; `accepts_unreadable` has rows scored that say little."""
    options: dict[str, list[tuple[int, int]]] = {}
    columns = (asked.forms[name] for name in ("form", "question", "options"))
    for form, question, printed in zip(*columns, strict=True):
        options.setdefault(form, []).append((int(question), printed.count(" ") + 1))
    dealt = (asked.dealt.get(name, ()) for name in ("candidate_id", "form", "serial"))
    return AnswerLayout(
        {form: tuple(n for _, n in sorted(numbers)) for form, numbers in options.items()},
        dealing_of(zip(*dealt, strict=True)) if asked.dealt else NO_LIST,
        records.overlays,
        PrintedTexts(asked.folder.resolve()),
        accepts_unreadable,
        str(asked.manifest.get("exam", "")),
    )


def _recognised(
    answers: Sequence[Path], layout: AnswerLayout, said: ReadingOptions, guess: bool
) -> tuple[AnswerFile, ...]:
    """How each file is to be read; raises Refused with every file that is not an answer file."""
    files: list[AnswerFile] = []
    problems: list[Problem] = []
    unreadable: list[Problem] = []
    for number, (path, shown) in enumerate(zip(answers, shown_names(answers), strict=True)):
        try:
            try:
                file = recognise(number, path, layout, shown, said, guess)
            except Refused:
                if not guess:
                    raise
                file = recognise(number, path, layout, shown, said)
            files.append(file)
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
        raise WrongUsage(tell("not every file can be read"), unreadable)
    if problems:
        raise Refused(
            tell("{n} of {answers_n} answer file(s) cannot be read", n=len(problems), answers_n=len(answers)),
            problems,
        )
    return tuple(files)


def key_after_corrections(asked: Asked, layout: AnswerLayout, records: Records) -> Key:
    """The key as it counts: under the rule of the blueprint, after corrections."""
    columns = KeyColumns(*(asked.key[name] for name in KeyColumns._fields))
    options = None
    if records.corrections:
        told = (asked.forms[name] for name in ("form", "question", "options"))
        options = {
            (form, int(question)): printed.split() for form, question, printed in zip(*told, strict=True)
        }
    rule = inputs.scoring_rule_of(asked.manifest)
    key = compile_key(columns, layout.options, asked.criteria, rule, records.corrections, options)
    empty = [name for name, most in zip(key.names, key.max_total.tolist(), strict=True) if not most]
    if records.corrections and empty:
        # everybody would pass a form on which there is nothing to be had
        message = tell(
            "nothing is left to be scored on form {empty}: drop fewer items", empty=", ".join(empty[:5])
        )
        problem = Problem(records.corrections[0].source, "nothing-left", message)
        raise Refused(tell("the corrections leave nothing"), [problem])
    if empty:
        message = tell(
            "no question of form {empty} has any points: build the exam again", empty=", ".join(empty[:5])
        )
        raise Refused(tell("there is nothing to be scored"), [Problem(KEY_CSV, "no-points", message)])
    return key


def _refuse_set_aside(run: Run) -> None:
    from examgen.capture.reasons import QUARANTINE_REASONS

    means = {reason.code: reason.explanation for reason in QUARANTINE_REASONS}
    problems = [
        Problem(f"{file}:{row.line}", row.reason, means[row.reason], item=row.candidate_id)
        for file, row in run.set_aside()
    ]
    if problems:
        raise Refused(
            tell("{n:,} row(s) cannot be scored; without --strict the others are", n=len(problems)), problems
        )


def _refuse_unmet(run: Run) -> None:
    """Refuses decisions on rows that are not there, or not as the grader saw them."""
    overlays, options = run.records.overlays, run.reading.layout.options
    problems = [
        problem
        for part, one in zip(run.read.parts, run.read.found, strict=True)
        for problem in unmet(overlays, run.reading.files[part.file].structure.name, one.met, options)
        if part.line is not None
    ]
    if problems:
        raise Refused(tell("{n} decision(s) on record meet no such row", n=len(problems)), problems)
