"""`examgen score`: answer files into a scored run, and what people read of it on the screen."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import model_validator

from examgen.analyses.reported.parts import Part, Parts, ReportedFiles, ReportedLine, ReportedTable
from examgen.capture.tabular.containers import TABLE_FILES
from examgen.commands import screen
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Dask, ExamDir
from examgen.commands.runs import correction_words, moved_words, of_comparison, omission_message
from examgen.core.exam.names import RESULTS, SITTING
from examgen.core.hashing import Hashing
from examgen.core.options import Argument, Option
from examgen.core.problems import Exit, WrongUsage
from examgen.core.processes import dask_cluster
from examgen.core.words import command, joined, message_in, messages_in, option, tell, tell_n
from examgen.scoring.options import FileKind, ScoringOptions

if TYPE_CHECKING:
    from examgen.scoring.score import ScoringResult
    from examgen.scoring.sitting_folder import Sitting

with on_use():
    from examgen.core.models import cut_files
    from examgen.scoring import score as scoring
    from examgen.scoring import sitting_folder, sitting_plan
    from examgen.scoring.runs import compare
    from examgen.scoring.runs import scope as run_scope
    from examgen.sitting import deciding

MOST_LINES = 20
"""Lines of a long list that are shown."""


class Score(ScoringOptions, Command):
    """A new numbered run, chained to those before it; or what changes, or changed between two runs."""

    details = tell(
        "Every row is scored, counted as an identical repeat, or set aside word for word with its reason; "
        "status 3 says that some were set aside, or that the ledger does not add up."
    )

    exam_dir: ExamDir
    answers: Annotated[
        tuple[Path, ...],
        Argument(
            tell(
                "Answer files: {kinds}; each centre its own. With --corrections, --scaled, --cut or "
                "--without they may be left out: what the newest run keeps is scored again.",
                kinds=", ".join(TABLE_FILES),
            ),
            metavar="ANSWERS",
        ),
    ] = ()
    out: Annotated[
        Path | None,
        Option(
            tell(
                "In place of the package's results folder; with --compare or --dry-run a CSV file of all who "
                "change."
            ),
            metavar="PATH",
        ),
    ] = None
    dry_run: Annotated[bool, Option(tell("Show who would change; make no run."))] = False
    compare: Annotated[
        tuple[str, str] | None,
        Option(tell("Show what changed between two runs, named by number or folder."), metavar="RUN RUN"),
    ] = None
    dask: Dask = None

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        """A scoring, a dry run, or a comparison of two runs."""
        if self.compare is not None:
            others = {*self.model_fields_set} - {"exam_dir", "compare", "out"}
            if others & {
                *("answers", "corrections", "identities", "marks", "dry_run", "roster", "scaled", "cut"),
                *("without", "formats", "elements", "strict"),
            }:
                raise ValueError(
                    tell(
                        "--compare takes two runs that are there, and nothing else but --out and --json; "
                        "what corrections would change, --dry-run shows"
                    )
                )
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Score, or compare."""
        if self.compare is not None:
            return of_comparison(
                compare.compare_runs(self.exam_dir / "results", *self.compare), self.exam_dir, self.out
            )
        # numpy's matrix library starts threads that wait busily, on processors that the workers could use
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        if not self.exam_dir.is_dir():
            raise WrongUsage(
                tell(
                    "{exam_dir} is not a folder: name the one that `examgen build` wrote, then the answers",
                    exam_dir=self.exam_dir,
                )
            )
        place = sitting_folder.sitting_of(self.exam_dir)
        if self.dry_run:
            if not (place.is_kept or self._decided or self.cut or self.scaled):
                raise WrongUsage(
                    tell(
                        "--dry-run shows what --corrections, --cut, --scaled, --identities or --marks would "
                        "change: name one"
                    )
                )
            answers, options = self._beside_sitting(place) if place.is_kept else (self.answers, self)
            compared = scoring.dry_run(
                self.exam_dir, answers, options, progress, acts=place.acts(files=False)
            )
            done = of_comparison(compared, self.exam_dir, self.out)
            nothing = ReportedLine(tell("no run was made: this was a dry run"), "cyan")
            return done._replace(shown=[*done.shown, nothing])
        if place.is_kept:
            return self._score_sitting(place, progress)
        if not (self.answers or self._decided or self.scaled or self.cut or self.without):
            raise WrongUsage(
                tell(
                    "name the answer files, or give them to the sitting with {take}; or name two runs with "
                    "{compare}",
                    take=command("take"),
                    compare=option("compare"),
                )
            )
        hashing = Hashing(self.answers)  # before the libraries are loaded that the rest needs
        with dask_cluster(self.dask) if self.dask is not None else nullcontext() as executor:
            made = scoring.score(
                self.exam_dir,
                self.answers,
                self.out,
                self.strict,
                progress,
                self,
                executor,
                hashing,
                acts=place.acts(files=False),
            )
        status = Exit.SET_ASIDE if made.needs_attention else Exit.DONE
        return Outcome(document_of(made), of_scoring(made, self.exam_dir), status)

    @property
    def _decided(self) -> bool:
        return bool(self.corrections or self.identities or self.marks)

    def _beside_sitting(self, place: Sitting) -> tuple[Sequence[Path], ScoringOptions]:
        """Answers and options of a sitting with what is named here, which is not given to it."""
        own = place.options()
        named = {
            name: getattr(self, name) for name in self.model_fields_set & set(ScoringOptions.model_fields)
        }
        named |= {name: (*getattr(self, name), *getattr(own, name)) for name in ("identities", "marks")}
        return [*place.answers, *self.answers], place.options(**named)

    def _score_sitting(self, place: Sitting, progress: Progress) -> Outcome:
        """Score all that was given to a sitting, once what is named here is given to it."""
        files: list[tuple[Path, FileKind | None]] = [
            *((path, None) for path in self.answers),
            *((path, "identities") for path in self.identities),
            *((path, "marks") for path in self.marks),
        ]
        single: tuple[FileKind, ...] = ("roster", "corrections", "cut", "scaled", "columns")
        files += [(path, kind) for kind in single if (path := getattr(self, kind)) is not None]
        shown = list[Part]()
        if files:
            from examgen.commands.sitting import left_after, of_left, of_taken, user_name
            from examgen.sitting import taking

            given = [taking.understood(place, path, kind) for path, kind in files]
            taken = taking.take(place, given, user_name(), progress=progress)
            left = left_after(place, (one.given.kind for one in taken), progress)
            shown += [*of_taken(taken), *of_left(left, self.exam_dir)]
        asked = {
            name: getattr(self, name)
            for name in self.model_fields_set & set(ScoringOptions.model_fields)
            if name not in ("identities", "marks", *single)
        }
        cluster = dask_cluster(self.dask) if self.dask is not None else nullcontext()
        with place.scoring() as others_read, cluster as executor:
            made = scoring.score(
                self.exam_dir,
                place.answers,
                self.out,
                self.strict,
                progress,
                place.options(**asked),
                executor,
                others_read=others_read,
                acts=place.acts(),
            )
        shown += of_scoring(made, self.exam_dir)
        if excused := deciding.excused_with_result(place):
            shown.append(
                ReportedLine(
                    tell_n(
                        "{n:,} candidate is on record as absent with leave and has a result: {who}; take the "
                        "decision back, or find out whose answers these are",
                        "{n:,} candidates are on record as absent with leave and have a result: {who}; take "
                        "the decisions back, or find out whose answers these are",
                        len(excused),
                        who=", ".join(excused),
                    ),
                    "yellow",
                )
            )
        status = Exit.SET_ASIDE if made.needs_attention else Exit.DONE
        return Outcome(document_of(made), shown, status)


def document_of(done: ScoringResult) -> dict[str, Any]:
    """A scored run as `--json` prints it."""
    return {
        "results": str(done.folder),
        "run": done.run,
        "new": done.is_new,
        "files_in": str(done.files),
        "release": done.release.as_dict(),
        "moved": None if done.moved is None else done.moved._asdict(),
        **done.audit,
    }


def of_scoring(done: ScoringResult, exam_dir: Path) -> Parts:
    """A scored run, and what to do about rows that were set aside and people who are not accounted for."""
    yield from of_scored(done, exam_dir)
    plan = sitting_plan.plan_of(exam_dir)
    if plan is not None and plan.date > date.today():
        yield ReportedLine(
            tell("the sitting is still to come, on {day}: is this a trial?", day=plan.date),
            "yellow",
        )
    if done.audit["rows"]["quarantined"]:
        yield ReportedLine(
            tell("rows that were set aside: {files}", files=screen.short(done.files / "quarantine.csv")),
            "yellow",
        )
    if "not_on_list" in done.audit["quarantine"]:
        path = done.files / "unlisted.csv"
        if path.name in done.audit["files"]:
            yield ReportedLine(
                tell(
                    "ids that are close to one on the list: copy {path}, delete the lines that are wrong, "
                    "fill in `by` and `date`, and give the copy: examgen take {exam_dir} FILE",
                    path=screen.short(path),
                    exam_dir=exam_dir,
                )
                if SITTING in done.audit
                else tell(
                    "ids that are close to one on the list: copy {path}, delete the lines that are wrong, "
                    "fill in `by` and `date`, and score again with --identities and the copy",
                    path=screen.short(path),
                ),
                "yellow",
            )
        yield ReportedLine(
            tell(
                "somebody who sat without being on a list: write a line of identities.csv for the row, with "
                "its own id; to take all ids as they are, whoever is on a list: --unlisted score"
            ),
            "yellow",
        )
    ledger = done.audit.get("ledger", {})
    for line in done.account:
        yield ReportedLine(line, "green" if ledger["reconciled"] else "yellow")
    if ledger.get("unreconciled"):
        path = done.files / "unreconciled.csv"
        yield ReportedLine(
            tell("who is not accounted for, by name: {path}", path=screen.short(path)), "yellow"
        )


def of_scored(done: ScoringResult, exam_dir: Path) -> Parts:
    """A scored run, as a coordinator reads it."""
    yield from _show_read(done)
    yield from _first_of(
        [
            tell("corrected: {correction}", correction=one)
            for one in correction_words(exam_dir, done.audit.get("corrections", ()))
        ],
        "cyan",
    )
    yield from _first_of(
        [
            tell("left out on purpose: {left_out_said}", left_out_said=omission_message(one))
            for one in done.audit.get("left_out", ())
        ]
    )
    yield from _first_of(done.told)
    yield from _show_signals(done)
    yield from _show_cut(done.audit.get("cut"))
    yield from _show_results(done, exam_dir)
    names = [*done.audit["files"], "audit.json"]
    yield ReportedFiles(tell("written:"), [done.files / name for name in names])
    yield from _show_release(done, exam_dir)
    said = "" if done.is_new else tell(" already says this: no new run was made")
    yield ReportedLine(
        tell(
            "run {run}{said}; fingerprint {fingerprint}: write it into the minutes",
            run=done.run,
            said=said,
            fingerprint=done.fingerprint,
        ),
        "bold",
    )


def _show_read(done: ScoringResult) -> Parts:
    """What was read and how it adds up; what of it does not count, and where nobody can pass."""
    rows = done.audit["rows"]
    for entry in done.audit["inputs"]:
        yield ReportedLine(
            tell_n(
                "read {path}: {structure}, {n:,} row",
                "read {path}: {structure}, {n:,} rows",
                entry["rows"],
                path=screen.short(Path(entry["file"])),
                structure=message_in(entry, "structure"),
            )
        )
    yield ReportedLine(
        tell_n(
            "{n:,} row read = {scored:,} scored + {identical_repeats:,} repeated + {quarantined:,} set aside",
            "{n:,} rows read = {scored:,} scored + {identical_repeats:,} repeated + "
            "{quarantined:,} set aside",
            rows["read"],
            scored=rows["scored"],
            identical_repeats=rows["identical_repeats"],
            quarantined=rows["quarantined"],
        ),
        "bold",
    )
    for reason, count in done.audit["quarantine"].items():
        yield ReportedLine(tell("  set aside: {count:,} × {reason}", count=count, reason=reason), "yellow")
    if invalid := done.audit.get("invalid_marks"):
        yield ReportedLine(
            tell_n(
                "{n:,} mark is no option of its question and earns nothing: the column `invalid` of "
                "candidates.csv has it",
                "{n:,} marks in {rows} are no options of their questions and earn nothing: the column "
                "`invalid` of candidates.csv has them",
                invalid["marks"],
                rows=tell_n("{n:,} row", "{n:,} rows", invalid["rows"]),
            ),
            "yellow",
        )
    yield from _first_of(
        [
            tell(
                "form {form}: the cut is {cut} of {max_score} points that are left, so that nobody can pass: "
                "a cut in points stays what it was, and the committee decides whether it should",
                form=form,
                cut=of["cut"],
                max_score=of["max_score"],
            )
            for form, of in done.audit.get("cut_out_of_reach", {}).items()
        ]
    )
    if missing := done.audit.get("not_on_list"):
        yield ReportedLine(
            tell_n(
                "{n:,} of those scored is not on the list that the booklets were printed for",
                "{n:,} of those scored are not on the list that the booklets were printed for",
                missing,
            ),
            "yellow",
        )


def _show_results(done: ScoringResult, exam_dir: Path) -> Parts:
    """How many pass, of what, and the criteria."""
    rows, decisions = done.audit["rows"], done.audit["decisions"]
    if rows["scored"] and done.audit["options"]["pass"]:
        share = 100 * decisions["pass"] / rows["scored"]
        yield ReportedLine(
            tell(
                "{decisions_pass:,} of {scored:,} pass ({share:.1f} %)",
                decisions_pass=decisions["pass"],
                scored=rows["scored"],
                share=share,
            )
        )
        if (scope := run_scope.scope_of(exam_dir)) is not None:
            yield ReportedLine(scope, "yellow")
        if near := decisions.get("second_look"):
            yield ReportedLine(
                tell(
                    "{near:,} within one standard error of the cut: marked for a second look; a release "
                    "waits for what is decided on them ({decide})",
                    near=near,
                    decide=command("decide"),
                ),
                "cyan",
            )
    heads = [
        tell("criterion"),
        tell("candidates"),
        tell("mean %"),
        tell("met"),
        tell("not met"),
        tell("too few items"),
    ]
    if done.coverage and len(done.coverage[0]) > len(heads):
        heads.append(tell("undecided"))
    yield ReportedTable(tell("Results by performance criterion"), heads, done.coverage)


def _show_release(done: ScoringResult, exam_dir: Path) -> Parts:
    """Whether people are told this run, and how to release it."""
    state, told = done.release, done.release.told
    if state.state == "released":
        yield ReportedLine(
            tell("run {run} is released (release {release})", run=done.run, release=state.release), "green"
        )
        return
    if told is not None:
        yield ReportedLine(
            tell("results/ and reports stay those of run {told}, which is released", told=told), "yellow"
        )
        if done.moved is not None:
            yield ReportedLine(
                tell(
                    "  against it: {moved_words} (--compare {told} {run} tells whom)",
                    moved_words=moved_words(done.moved),
                    told=told,
                    run=done.run,
                )
            )
    said = tell("is no longer released") if state.state == "superseded" else tell("is not released")
    how = f"examgen release EXAM_DIR --run {done.run} --by NAME --reason WHY"
    if done.folder != exam_dir / RESULTS:  # only the exam's own results are released
        yield ReportedLine(
            tell("run {run} {said}, and its reports say so", run=done.run, said=said), "yellow"
        )
        return
    yield ReportedLine(
        tell(
            "run {run} {said}, and its reports say so; to release it: {how}", run=done.run, said=said, how=how
        ),
        "yellow",
    )


def _show_signals(done: ScoringResult) -> Parts:
    looked = done.audit.get("signals")
    if looked is None:
        yield ReportedLine(tell("signals were not looked for: add --signals"), "cyan")
        return
    for kind, seen in looked["found"].items():
        if seen["signals"]:
            yield ReportedLine(
                tell(
                    "signal: {signals:,} × {kind} ({rows:,} rows)",
                    signals=seen["signals"],
                    kind=kind,
                    rows=seen["rows"],
                ),
                "yellow",
            )
    yield from _first_of(messages_in(looked, "notes"))
    if any(seen["signals"] for seen in looked["found"].values()):
        yield ReportedLine(
            tell(
                "signals are for a person to look at, no verdict: {files}",
                files=screen.short(done.files / "signals.csv"),
            )
        )


def _first_of(lines: Sequence[str], style: str = "yellow") -> Parts:
    for line in lines[:MOST_LINES]:
        yield ReportedLine(line, style)
    if len(lines) > MOST_LINES:
        yield ReportedLine(tell("  … and {n:,} more lines", n=len(lines) - MOST_LINES), style)


def _show_cut(cut: Mapping[str, Any] | None) -> Parts:
    """The cut of a file that the run was decided by."""
    if cut is None:
        return
    forms = list(cut["forms"].items())
    shown = joined(f"{form} {one['cut']} / {one['points']}" for form, one in forms[:MOST_LINES])
    yield ReportedLine(
        tell(
            "cut by {method}: {forms}; it stands in place of what the pass rule asks of the total",
            method=cut_files.METHOD_WORDS[cut["method"]],
            forms=shown,
        ),
        "cyan",
    )
