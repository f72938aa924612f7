"""`examgen score` from top to bottom: answer files of a package → the files of a scored run.

`score` has a run staged, scored into and put in its place whole. `scored` is the journey of the rows: what
people decided, how files are to be read, the key as it counts, and the plan of all that, which every worker
has; parts of the files are read and scored by the workers, repeats are found between them, and the files of
the run are written. `dry_run` scores twice and keeps neither.

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
    ColumnMapping,
    ReadingOptions,
    assignment_of,
    closed,
    column_mapping,
    with_roster,
)
from examgen.capture.files import AnswerFile, head_is_guess, recognise
from examgen.capture.grader_decisions import shown_names, unmet
from examgen.capture.parts import is_read_as_utf8
from examgen.capture.reasons import EXPLANATIONS
from examgen.core.disk import temporary_folder
from examgen.core.exam.exam_tables import ExamTables, PrintedTexts, read_exam_tables
from examgen.core.exam.manifest import letters_by
from examgen.core.exam.names import KEY_CSV, RESULTS, SITTING
from examgen.core.exam.new_runs import stage_run
from examgen.core.exam.releases import all_releases, released_run, state_of
from examgen.core.exam.runs import STAGED_RUN, Run, newest_run
from examgen.core.files import Progress, quiet, read_document, read_files
from examgen.core.hashing import Hashing
from examgen.core.person_decisions import PersonDecision, without_result, without_result_in
from examgen.core.problems import Problem, Refused, WrongUsage, system_words
from examgen.core.processes import pool, usable_cpus
from examgen.core.scored_run import UNRELEASED, ReleaseState
from examgen.core.words import command, option, tell
from examgen.scoring import parts
from examgen.scoring.audit import with_paths_from
from examgen.scoring.key import Key, KeyColumns, compile_key
from examgen.scoring.options import ScoringOptions
from examgen.scoring.plan import plan_of, rules_of, scoring_rule_of
from examgen.scoring.repeats import settle
from examgen.scoring.run_files import SettledRun, WrittenRun, written
from examgen.scoring.runs.on_record import DecisionRecords, read_records
from examgen.scoring.sitting_record import SittingAct, decisions_of, files_held, taken_back_since

if TYPE_CHECKING:
    from examgen.scoring.runs.compare import Compared, MovedDecisions


NOTHING_ELSE = ScoringOptions()


class ScoringResult(NamedTuple):
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
    moved: MovedDecisions | None = None
    """Whose decision is another than in the run that people are told, where that is another run."""

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
    options: ScoringOptions = NOTHING_ELSE,
    executor: Executor | None = None,
    hashing: Hashing | None = None,
    others_read: Callable[[], None] | None = None,
    acts: Sequence[SittingAct] = (),
) -> ScoringResult:
    """Scores answer files into a new run of a package's results; `strict` refuses where a row is set aside.
    Without any, the responses of the newest run are scored again, as after a correction of the key. Where a
    run is released, the results folder goes on showing that one.

    Whatever executor does the work, one of worker processes if none is given, the same bytes come out.
    `others_read` is called once all files but the answers are read: who decides on rows meanwhile need not
    wait for the end. Answers that change while they are scored are refused. `acts` are the record of the
    sitting whose files these are: the run names the last of them, and leaves out what they took back.
    """
    results = out if out is not None else folder / RESULTS
    hashing = hashing or Hashing(answers)
    options = _with(options, strict=strict or options.strict)
    again = None if answers else _newest_kept(folder, results, options)
    if again is not None:
        _check_not_taken_back(again, acts)
    with stage_run(results) as staged:
        made = scored(
            folder,
            answers,
            staged.folder,
            options,
            progress,
            executor,
            hashing,
            others_read,
            again,
            persons=(persons := without_result(decisions_of(acts))),
        )
        audit = with_paths_from(options.with_paths_from, made.audit)
        if persons:
            audit |= {"persons": [one.as_dict() for one in persons.values()]}
        if acts:
            audit |= {SITTING: {"acts": acts[-1].n, "sha256": acts[-1].digest}}
        audit = _with_left_out(results, audit, staged.folder, options, folder, acts)
        # a run that named the same files by their whole paths says the same
        run, is_new = staged.commit(audit, made.hashes, partial(with_paths_from, options.with_paths_from))
    release, files, moved = UNRELEASED, results, None
    if releases := all_releases(results):
        release = state_of(run, releases)
        told = released_run(results)
        if told is not None and told.number != run.number:
            from examgen.scoring.runs.compare import decisions_moved

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


def _newest_kept(folder: Path, results: Path, options: ScoringOptions) -> Run:
    """The run whose responses are scored again; it takes longer to load than a scoring of files may."""
    from examgen.scoring.kept_responses import newest_kept

    return newest_kept(folder, results, options)


def _check_not_taken_back(run: Run, acts: Sequence[SittingAct]) -> None:
    """Refuses to score once more what a run read and somebody took back since."""
    held = {one.sha256 for one in files_held(acts).values()}
    gone = {one.sha256: one for one in acts if one.act == "taken-back" and one.sha256 not in held}
    if back := [gone[one["sha256"]] for one in run.audit["inputs"] if one["sha256"] in gone]:
        raise Refused(
            tell(
                "the answers that run {run} read were taken back, and no others were given: give answers "
                "with {take}, then score",
                run=run.number,
                take=command("take"),
            ),
            [
                Problem(one.file, "taken-back", tell("taken back: {reason}", reason=one.reason))
                for one in back
            ],
        )


def _with_left_out(
    results: Path,
    audit: Mapping[str, Any],
    folder: Path,
    options: ScoringOptions,
    package: Path,
    acts: Sequence[SittingAct] = (),
) -> dict[str, Any]:
    """The audit of a scoring into these results; refuses one that leaves out what the run before had, or the
    run that people are told."""
    newest, told = newest_run(results), released_run(results)
    if newest is None or told is None:
        return dict(audit)
    from examgen.scoring.omitted_inputs import audit_with_omissions

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
    """Scores answer files into a folder of its own, or once more the responses of the run `again`, which says
    how its rows were read. Decisions are those of `options`, or `records`; `persons` are those of whom it was
    decided that they have no result, by number as it is compared; None leaves them as the run `again` has
    them. Refused where that run has others: what it keeps has no rows of them, or too many.
    """
    without = {} if persons is None else {who: one.decision for who, one in persons.items()}
    if again is not None:
        if persons is not None and without != without_result_in(again.audit):
            raise Refused(
                tell(
                    "decisions on persons are not those of run {run}, and no answer files were given: give "
                    "them with {take}, then score",
                    run=again.number,
                    take=command("take"),
                )
            )
        without = {}  # their rows are among those that the run set aside
    kept = None
    if again is not None:
        from examgen.scoring.kept_responses import carried, kept_of

        kept = kept_of(again)
    # what is read beside answers
    asked = read_exam_tables(folder)
    if records is None:
        records = read_records(
            asked,
            answers,
            options.identities,
            options.marks,
            options.corrections,
            options.scaled,
            options.cut,
        )
    unreadable = options.unreadable if again is None else again.audit.get("unreadable")
    is_closed = None if options.unlisted != "score" else False
    if again is not None:
        is_closed = again.audit.get("unlisted") == "aside"
    layout, register = layout_of(asked, records, unreadable == "score"), None
    if options.roster is not None:
        from examgen.capture.candidate_lists import read_register

        [(name, data)] = read_files([options.roster])
        serials = dict(zip(asked.dealt.get("serial", ()), asked.dealt.get("form", ()), strict=True))
        register = read_register(name, data, tuple(layout.options), serials, layout.assignment.as_listed)
        register = register.with_forms(layout.assignment.dealt)
        layout = layout._replace(assignment=with_roster(layout.assignment, register.place.keys()))
    # rows of candidates who are on no list are set aside wherever a list is known, if nothing else is said
    if is_closed or (is_closed is None and (layout.assignment.dealt or register is not None)):
        layout = layout._replace(assignment=closed(layout.assignment))
    columns = columns_file(options.columns)
    if others_read is not None:
        others_read()
    said = ReadingOptions(*options.reading, columns=columns)
    guess = kept is None
    while True:
        if kept is not None:
            files, in_parts, rows = kept.files, kept.parts, kept.rows
        else:
            files = _recognised(answers, layout, said, guess)
            in_parts, rows = parts.cut(files), None
        guessed = [file for file in files if guess and head_is_guess(file)]
        try:
            key = key_after_corrections(asked, layout, records)
            rules = rules_of(asked, key, records.scaled, records.cut)
            plan = plan_of(
                key,
                rules,
                layout,
                files,
                in_parts,
                options.elements,
                options.scaled,
                options.careful,
                rows,
                without,
            )
            with (
                _scratch(target.parent) as scratch,
                _workers(files, options.processes, executor) as workers,
            ):
                refuses = kept is None and not options.unreadable
                read = parts.read_parts(workers, scratch, plan, progress, refuse_unreadable=refuses)
                if all(read.encoding_of(file) == "UTF-8" for file in guessed):
                    settled = settle(scratch, workers, plan, read)
                    run = SettledRun(
                        asked, records, rules, register, columns, plan, read, settled, scratch, target
                    )
                    # decisions on rows that are not there, or not as the grader saw them
                    if unmet_here := [
                        problem
                        for part, one in zip(in_parts, read.found, strict=True)
                        for problem in unmet(
                            records.grader_decisions,
                            files[part.file].structure.name,
                            one.met,
                            layout.options,
                        )
                        if part.line is not None
                    ]:
                        raise Refused(
                            tell("{n} decision(s) on record meet no such row", n=len(unmet_here)), unmet_here
                        )
                    if options.strict and (
                        aside := [
                            Problem(
                                f"{file}:{row.line}",
                                row.reason,
                                EXPLANATIONS[row.reason],
                                item=row.candidate_id,
                            )
                            for file, row in run.set_aside()
                        ]
                    ):
                        message = tell(
                            "{n:,} row(s) cannot be scored; without {strict} the others are",
                            n=len(aside),
                            strict=option("strict"),
                        )
                        raise Refused(message, aside)
                    if kept is not None:
                        made = written(run, workers, options, progress, kept.digests)
                        return carried(kept, made, target, records.files)
                    return written(run, workers, options, progress, (hashing or Hashing(answers)).done)
        except Refused:
            # what was refused may have been taken for what it is not
            if all(map(is_read_as_utf8, guessed)):
                raise
        guess = False


def score_without_corrections(folder: Path, run: Run, target: Path) -> None:
    """Scores the responses of a run by the key as it was built, all else being as in the run, into a folder:
    what differs is what the corrections of the run changed."""
    from examgen.core.models.cut_files import CutFile
    from examgen.core.models.decisions import ScaledFile

    scaled, cut = run.audit.get("scaled"), run.audit.get("cut")
    records = DecisionRecords(
        scaled=ScaledFile.model_validate(scaled) if scaled else None,
        cut=CutFile.model_validate(cut) if cut else None,
    )
    scored(folder, (), target, ScoringOptions(signals=False), again=run, records=records)


# ── what a scoring is scored with ────────────────────────────────────────────────────────────


def layout_of(asked: ExamTables, records: DecisionRecords, accepts_unreadable: bool = False) -> AnswerLayout:
    """What every form that answers may name asks; `accepts_unreadable` has rows scored that say little."""
    options: dict[str, list[tuple[int, int]]] = {}
    columns = (asked.forms[name] for name in ("form", "question", "options"))
    for form, question, printed in zip(*columns, strict=True):
        options.setdefault(form, []).append((int(question), printed.count(" ") + 1))
    dealt = (asked.dealt.get(name, ()) for name in ("candidate_id", "form", "serial"))
    return AnswerLayout(
        {form: tuple(n for _, n in sorted(numbers)) for form, numbers in options.items()},
        assignment_of(zip(*dealt, strict=True)) if asked.dealt else NO_LIST,
        records.grader_decisions,
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


def key_after_corrections(asked: ExamTables, layout: AnswerLayout, records: DecisionRecords) -> Key:
    """The key as it counts: under the rule of the blueprint, after corrections."""
    columns = KeyColumns(*(asked.key[name] for name in KeyColumns._fields))
    options = None
    if records.corrections:
        told = (asked.forms[name] for name in ("form", "question", "options"))
        options = {
            (form, int(question)): printed.split() for form, question, printed in zip(*told, strict=True)
        }
    rule = scoring_rule_of(asked.manifest)
    letters = letters_by(asked.manifest)
    key = compile_key(columns, layout.options, asked.criteria, rule, records.corrections, options, letters)
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


def columns_file(path: Path | None) -> ColumnMapping | None:
    """What a file says of the columns; None where there is none."""
    if path is None:
        return None
    return column_mapping(read_document(path, tell("the columns file")).data, str(path))


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
        many = sum(file.structure.size for file in files) > parts.ALONE_BYTES
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
    """Who would change by what was decided: scorings with it and without it, none of which is kept.

    Corrections alone make the difference where there are any; what is decided beside them (on rows, a cut) is
    in both scorings, and what it changes is told apart. With `beside`, a file of corrections or none, they
    are compared with those in their place, and nothing else is told.
    A cut or a conversion alone, or with what was decided for it already, is compared with the run that people
    are told, or, where only the newest has all of that, with the newest.

    Refused where the scoring itself would be: what the newest run had is missing.
    """
    from examgen.scoring.runs.compare import compare_folders, release_of

    options = _with(options, formats=(), elements=False, signals=False)
    again = None if answers else _newest_kept(folder, folder / RESULTS, options)
    plain = _with(options, strict=False)
    without = _with(plain, corrections=None, cut=None, identities=(), marks=())
    key_apart = without
    if options.corrections or beside is not None:
        key_apart = _with(plain, corrections=next(iter(beside or ()), None))
    elif not (options.identities or options.marks):
        without = key_apart = _with(without, scaled=None)
    with tempfile.TemporaryDirectory() as name:
        made: dict[str, Mapping[str, Any]] = {}

        def made_in(part: str, asked: ScoringOptions) -> Path:
            target = Path(name) / part
            target.mkdir()
            made[part] = scored(
                folder,
                answers,
                target,
                asked,
                progress,
                again=again,
                persons=without_result(decisions_of(acts)),
            ).audit
            return target

        # what was decided comes first: whatever is wrong with it is told at once
        progress(tell("scoring {part} what was decided", part=tell("with")))
        after = made_in("after", options)
        made["after"] = _with_left_out(folder / RESULTS, made["after"], after, options, folder, acts)
        # the run that a cut or a conversion is compared with, where one has all else that was decided
        told = None
        decided = options.corrections or options.identities or options.marks
        if beside is None and (not decided or options.cut or options.scaled):
            told = released_run(folder / RESULTS)
        if told is not None and decided:
            of_this = {name: made["after"].get(name) or [] for name in ("corrections", "decided")}
            told = next(
                (
                    one
                    for one in (told, newest_run(folder / RESULTS))
                    if one and all((one.audit.get(name) or []) == had for name, had in of_this.items())
                ),
                None,
            )
        called = tell("as it stands"), tell("with what was decided")
        apart = None
        if told is not None:
            before = told.folder
            called = tell("run {run}", run=told.number), called[1]
        else:
            progress(tell("scoring {part} what was decided", part=tell("without")))
            before = made_in("before", key_apart)
            if options.corrections or beside is not None:
                called = tell("without the corrections"), tell("with the corrections")
            if beside is None and key_apart != without:
                bare = made_in("bare", without)
                names = tell("as it stands"), tell("with what else was decided")
                apart = compare_folders(bare, before, names)
        found = compare_folders(before, after, called)._replace(apart=apart)
        if told is not None:
            found = found._replace(releases=(release_of(folder / RESULTS, told), UNRELEASED))
        before_had = (made.get("before") or {}).get("corrections") or ()
        new = tuple(one for one in made["after"].get("corrections", ()) if one not in before_had)
        return found._replace(new=new, left_out=tuple(made["after"].get("left_out", ())))


def _with(options: ScoringOptions, **others: Any) -> ScoringOptions:
    return options.model_copy(update=others)


def forms_of(run: Run) -> dict[str, Any]:
    """What else a run has its results in, as the options of a scoring."""
    from examgen.scoring.results.formats import RESULT_FORMATS

    has = {*run.files}
    formats = tuple(one.name for one in RESULT_FORMATS if has.issuperset(one.files))
    return {"formats": formats, "elements": "element_results.csv" in has}
