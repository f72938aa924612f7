"""`examgen score`: score answer files into a run, and show its results on the screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any, Self

from pydantic import model_validator

from examgen.analysis.parts import Part, Parts, ReportedFiles, ReportedLine, ReportedTable, line, line_n
from examgen.commands import screen, summary
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Dask, ExamDir
from examgen.commands.runs import correction_words, moved_words, of_comparison, omission_message
from examgen.commands.summary import Lines, Need
from examgen.core.exam.names import RESULTS, SITTING
from examgen.core.hashing import Hashing
from examgen.core.options import argument, setting
from examgen.core.problems import Exit, WrongUsage
from examgen.core.processes import dask_cluster
from examgen.core.tables.kinds import TABLE_FILES
from examgen.core.words import Message, as_typed, command, invalid, joined, message_in, option, tell, tell_n
from examgen.scoring.options import FileKind, ScoringOptions

with on_use():
    from examgen.capture import quarantine_reasons
    from examgen.core import person_decisions
    from examgen.core.models import decisions as decision_models
    from examgen.scoring import (
        before_release,
        compare,
        method_results,
        reconcile,
        runs,
        sitting_folder,
        sitting_plan,
        sitting_record,
    )
    from examgen.scoring import score as scoring
    from examgen.sitting import deciding

_ALL_LINES = sys.maxsize
_MOST_FORMS = 20
"""The maximum number of forms whose cut is shown."""


class Score(ScoringOptions, Command):
    """A new numbered run, chained to those before it; or what changes, or changed between two runs."""

    has_verbose = True
    details = tell(
        "Every row is scored, counted as an identical repeat, or set aside "
        "unchanged with a reason. The exit status is 3 if rows were set aside, "
        "or if a roster is not accounted for. Without a roster, a candidate on the list for printing "
        "who has no row counts as absent."
    )

    exam_dir: ExamDir
    answers: tuple[Path, ...] = argument(
        tell(
            "Answer files ({kinds}), for example one per centre. Optional with "
            "--corrections, --scaled, --cut or --without, which score the answers of the "
            "newest run again.",
            kinds=", ".join(TABLE_FILES),
        ),
        (),
        metavar="ANSWERS",
    )
    out: Path | None = setting(
        "Results folder (default: that of the package); with --compare or --dry-run, a "
        "CSV file of all candidates who change.",
        None,
        metavar="PATH",
    )
    dry_run: bool = setting("Show whose results would change, without a new run.", False)
    compare: tuple[str, str] | None = setting(
        "Show what changed between two runs, named by number or folder.", None, metavar="RUN RUN"
    )
    dask: Dask = None

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        """Check that the options are those of one action: a scoring, a dry run, or a comparison of two
        runs."""
        if self.compare is not None:
            others = {*self.model_fields_set} - {"exam_dir", "compare", "out"}
            if others & {
                *("answers", "corrections", "identities", "marks", "dry_run", "roster", "scaled", "cut"),
                *("without", "formats", "elements", "strict"),
            }:
                raise invalid(
                    "--compare takes two existing runs and can only be combined with --out "
                    "and --json. To see what corrections would change, use --dry-run."
                )
        return self

    def execute(self, progress: Progress) -> Outcome:
        """Score the answers, or compare two runs."""
        if self.compare is not None:
            return of_comparison(
                compare.compare_runs(self.exam_dir / "results", *self.compare), self.exam_dir, self.out
            )
        # numpy's matrix library starts threads that wait busily, on processors that the workers could use
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        if not self.exam_dir.is_dir():
            raise WrongUsage.because(
                "{exam_dir} is not a folder. Give the folder that `examgen build` wrote, "
                "then the answer files.",
                exam_dir=self.exam_dir,
            )
        place = sitting_folder.sitting_of(self.exam_dir)
        if self.dry_run:
            return self._dry_run(place, progress)
        if place.is_kept:
            return self._score_sitting(place, progress)
        if not (self.answers or self._decided or self.without):
            raise WrongUsage.because(
                "Give the answer files, or add them to the sitting with {take}. To "
                "compare two runs, use {compare}.",
                take=command("take"),
                compare=option("compare"),
            )
        hashing = Hashing(self.answers)  # before the libraries are loaded that the rest needs
        with self._workers() as executor:
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
        return self._outcome(made)

    @property
    def _decided(self) -> bool:
        files = (self.corrections, self.identities, self.marks, self.scaled, self.cut)
        return any(files)

    def _workers(self) -> AbstractContextManager[Any]:
        return dask_cluster(self.dask) if self.dask is not None else nullcontext()

    def _outcome(
        self, made: scoring.ScoringResult, head: Sequence[Part] = (), excused: Sequence[str] = ()
    ) -> Outcome:
        """Return the outcome of a scored run: document, details and summary. `head` comes before the
        summary."""
        status = Exit.SET_ASIDE if made.needs_attention else Exit.DONE
        summary = [*head, *summary_of(made, self.exam_dir, excused)]
        return Outcome(document_of(made), of_scored(made, self.exam_dir), status, summary=summary)

    def _dry_run(self, place: sitting_folder.Sitting, progress: Progress) -> Outcome:
        """Show whose results would change if the given files were scored, together with the files of a
        sitting."""
        if not (place.is_kept or self._decided):
            raise WrongUsage.because(
                "--dry-run requires --corrections, --cut, --scaled, --identities or "
                "--marks, and shows what would change"
            )
        answers: Sequence[Path] = self.answers
        options: ScoringOptions = self
        beside: list[Path] | None = None
        if place.is_kept:
            own = place.options()
            named = self._named()
            named |= {name: (*getattr(self, name), *getattr(own, name)) for name in ("identities", "marks")}
            answers, options = [*place.answers, *self.answers], place.options(**named)
            if self.corrections and not any((self.identities, self.marks, self.cut, self.scaled)):
                # what the sitting has decided on rows is no change
                beside = [own.corrections] if own.corrections else []
        acts = place.acts(files=False)
        compared = scoring.dry_run(self.exam_dir, answers, options, progress, beside, acts)
        done = of_comparison(compared, self.exam_dir, self.out)
        return done._replace(shown=[*done.shown, line("This was a dry run. No run was created.", "cyan")])

    def _named(self, *but: str) -> dict[str, Any]:
        """Return the options given for this scoring, by name, except `but`."""
        names = self.model_fields_set & {*ScoringOptions.model_fields} - {*but}
        return {name: getattr(self, name) for name in names}

    def _score_sitting(self, place: sitting_folder.Sitting, progress: Progress) -> Outcome:
        """Add the given files to the sitting, then score everything in it."""
        files: list[tuple[Path, FileKind | None]] = [
            *((path, None) for path in self.answers),
            *((path, "identities") for path in self.identities),
            *((path, "marks") for path in self.marks),
        ]
        single: tuple[FileKind, ...] = ("roster", "corrections", "cut", "scaled", "columns")
        files += [(path, kind) for kind in single if (path := getattr(self, kind)) is not None]
        head = list[Part]()
        if files:
            from examgen.commands.sitting import left_after, of_left, of_taken, user_name
            from examgen.sitting import taking

            given = [taking.understood(place, path, kind) for path, kind in files]
            taken = taking.take(place, given, user_name(), progress=progress, unreadable=self.unreadable)
            left = left_after(place, (one.given.kind for one in taken), progress)
            head += [*of_taken(taken), *of_left(left, self.exam_dir)]
        asked = self._named("identities", "marks", *single)
        with place.scoring() as others_read, self._workers() as executor:
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
        return self._outcome(made, head, deciding.excused_with_result(place))


def document_of(done: scoring.ScoringResult) -> dict[str, Any]:
    """Return the `--json` document of a scored run."""
    return {
        "results": str(done.folder),
        "run": done.run,
        "new": done.is_new,
        "files_in": str(done.files),
        "release": done.release.as_dict(),
        "moved": None if done.moved is None else done.moved._asdict(),
        **done.audit,
    }


def summary_of(done: scoring.ScoringResult, exam_dir: Path, excused: Sequence[str] = ()) -> Parts:
    """Yield the summary of a scored run on one screen. `excused` are candidates with an excused absence who
    have a result."""
    rows, decisions = done.audit["rows"], done.audit["decisions"]
    scored = tell("Run {run}: {ledger}", run=done.run, ledger=_ledger(rows))
    is_decided = rows["scored"] and done.audit["options"]["pass"]
    passed = tell(
        " · {n:,} of {scored:,} pass ({share:.1f} %)",
        n=decisions["pass"],
        scored=rows["scored"],
        share=100 * decisions["pass"] / max(1, rows["scored"]),
    )
    yield ReportedLine(joined([scored, passed if is_decided else ""], ""), "bold")
    if not done.is_new:
        yield line("  no new run was created, because run {run} has the same results", "cyan", run=done.run)
    if is_decided and (scope := method_results.scope_of(exam_dir)) is not None:
        yield ReportedLine(joined(["  ", scope], ""), "yellow")
    changes = (*_changes(done, exam_dir), *_show_moved(done), *_show_cut(done.audit.get("cut")))
    for message in changes:
        yield ReportedLine(joined(["  ", message.text], ""), message.style)
    yield from summary.first_lines(done.told, most=_MOST_TOLD)
    yield from summary.first_lines(_out_of_reach(done), most=2)
    if done.audit.get("signals") is None:
        yield line("  Answers were not checked for signals (--signals).", "cyan")
    is_reconciled = done.audit.get("ledger", {}).get("reconciled", True)
    for message in summary.first_lines(done.account, "green" if is_reconciled else "yellow", _MOST_TOLD):
        yield message
    n_open, n_waiting = _n_open_looks(done, exam_dir), _n_waiting(done)
    yield from summary.needs_you([*_needs(done, exam_dir, excused, n_open)])
    if done.folder != exam_dir / RESULTS and done.release.state != "released":
        said = tell("run {run} is not released, and its reports say so", run=done.run)
        yield ReportedLine(joined(["  ", said], ""), "yellow")
    yield from summary.next_steps(*_next_commands(done, exam_dir, n_open, n_waiting))
    prints = tell("fingerprint {fingerprint} (for the minutes)", fingerprint=done.fingerprint)
    yield from summary.details(prints, tell("--verbose (criteria, files)"))


def _ledger(rows: Mapping[str, int]) -> Message:
    """Return the sentence that shows how the numbers of rows add up."""
    return tell_n(
        "{n:,} row read = {scored:,} scored + {identical_repeats:,} repeated + {quarantined:,} set aside",
        "{n:,} rows read = {scored:,} scored + {identical_repeats:,} repeated + {quarantined:,} set aside",
        rows["read"],
        **{name: rows[name] for name in ("scored", "identical_repeats", "quarantined")},
    )


def _n_waiting(done: scoring.ScoringResult) -> int:
    """Return the number of rows set aside that may belong to a candidate and on which nobody has decided."""
    decided = reconcile.NOBODYS | reconcile.OF_PERSONS
    return sum(n for reason, n in done.audit["quarantine"].items() if reason not in decided)


def _n_open_looks(done: scoring.ScoringResult, exam_dir: Path) -> int:
    """Return the number of results that need a second look on which nobody has decided."""
    marked: int = done.audit["decisions"].get("second_look") or 0
    if not (marked and done.audit["rows"]["scored"] and done.audit["options"]["pass"]):
        return 0
    if done.folder != exam_dir / RESULTS:
        return marked
    decisions = sitting_record.decisions_of(sitting_folder.sitting_of(exam_dir).acts(files=False))
    if not person_decisions.last_looks(decisions):  # before the libraries are loaded that tables need
        return marked
    run = runs.run_of(done.folder, str(done.run))
    return len(before_release.looks_of(run, decisions).open)


def _needs(
    done: scoring.ScoringResult, exam_dir: Path, excused: Sequence[str], n_open: int
) -> Iterator[Need]:
    """Yield everything in a run that needs a person, with the file or the command for it."""
    audit, place = done.audit, summary.typed(exam_dir)

    def file(name: str) -> str:
        return screen.short(done.files / name)

    not_decided = {code: n for code, n in audit["quarantine"].items() if code not in reconcile.NOT_USED}
    if n := sum(not_decided.values()):
        named = [
            tell("{n:,} × {reason}", n=count, reason=_reason(code)) for code, count in not_decided.items()
        ]
        why = joined([*named[:_MOST_REASONS], *(["…"] if len(named) > _MOST_REASONS else [])])
        text = tell_n("{n:,} row set aside: {reasons}", "{n:,} rows set aside: {reasons}", n, reasons=why)
        yield Need(text, file("quarantine.csv"))
    if "not_on_list" in audit["quarantine"]:
        if "unlisted.csv" in audit["files"]:
            yield Need(
                tell(
                    "Some of their numbers are close to one on the list. Keep the correct "
                    "lines, and add by and date."
                ),
                tell(
                    "{file}, then {command}",
                    file=file("unlisted.csv"),
                    command=as_typed(
                        f"examgen take {place} FILE"
                        if SITTING in audit
                        else f"examgen score {place} … --identities FILE"
                    ),
                ),
            )
        yield Need(
            tell("To score a candidate who is on no list, add a line with the number to identities.csv"),
            tell("or score all of them with --unlisted score"),
        )
    # nobody waits for what the account says, or for rows that are not used by decision
    settled = {reconcile.ADDS_UP, *(() if n else ("in_quarantine",))}
    if {*audit.get("ledger", {}).get("unreconciled", ())} - settled:
        yield Need(tell("Candidates with unknown status"), file("unreconciled.csv"))
    if n_open:
        yield Need(
            tell_n(
                "{n:,} result within one standard error of the cut needs a second look",
                "{n:,} results within one standard error of the cut need a second look",
                n_open,
            ),
            f"examgen decide {place}",
        )
    if missing := audit.get("not_on_list"):
        yield Need(
            tell_n(
                "{n:,} scored candidate is not on the list used for printing",
                "{n:,} scored candidates are not on the list used for printing",
                missing,
            )
        )
    if invalid := audit.get("invalid_marks"):
        text = tell_n(
            "{n:,} answer is not an option of its question and scores 0",
            "{n:,} answers in {rows} are not options of their question and score 0",
            invalid["marks"],
            rows=tell_n("{n:,} row", "{n:,} rows", invalid["rows"]),
        )
        yield Need(text, tell("{file}, column invalid", file=file("candidates.csv")))
    found = (audit.get("signals") or {}).get("found", {})
    if n := sum(seen["signals"] for seen in found.values()):
        text = tell_n("{n:,} signal to check (not a verdict)", "{n:,} signals to check (not a verdict)", n)
        yield Need(text, file("signals.csv"))
    if excused:
        text = tell_n(
            "{n:,} candidate is recorded as absent with leave but has a result: {who}",
            "{n:,} candidates are recorded as absent with leave but have a result: {who}",
            len(excused),
            who=joined([*excused[:MOST_NAMED], *(["…"] if len(excused) > MOST_NAMED else [])]),
        )
        yield Need(text, f"examgen decide {place} ID --as restored")
    plan = sitting_plan.plan_of(exam_dir)
    if plan is not None and plan.date > date.today():
        yield Need(
            tell("The exam is planned for {day}, which is in the future. Is this a trial?", day=plan.date)
        )


_MOST_TOLD = 8
"""The maximum number of lines about rows, and about a roster, shown on the screen."""
_MOST_REASONS = 2
"""The maximum number of reasons for setting rows aside shown on a line."""
MOST_NAMED = 3
"""The maximum number of candidates named on one line."""


def _changes(done: scoring.ScoringResult, exam_dir: Path, most: int = summary.MOST_LINES) -> Lines:
    """Yield the corrections, and the inputs left out on purpose."""
    corrected = correction_words(exam_dir, done.audit.get("corrections", ()))
    lines = [tell("corrected: {correction}", correction=one) for one in corrected]
    yield from summary.first_lines(lines, "cyan", most)
    omitted = map(omission_message, done.audit.get("left_out", ()))
    lines = [tell("deliberately left out: {left_out_said}", left_out_said=one) for one in omitted]
    yield from summary.first_lines(lines, most=most)


def _out_of_reach(done: scoring.ScoringResult) -> list[Message]:
    return [
        tell(
            "Form {form}: after corrections the cut is {cut} but only {max_score} points "
            "remain, so no candidate can pass. The committee must decide on the cut.",
            form=form,
            cut=of["cut"],
            max_score=of["max_score"],
        )
        for form, of in done.audit.get("cut_out_of_reach", {}).items()
    ]


def of_scored(done: scoring.ScoringResult, exam_dir: Path) -> Parts:
    """Yield the details of a scored run: the files read, each reason, the criteria, the files written."""
    yield from _show_read(done)
    yield from _changes(done, exam_dir, _ALL_LINES)
    yield from summary.first_lines(done.told, most=_ALL_LINES)
    yield from _show_signals(done)
    yield from summary.first_lines(_out_of_reach(done), most=_ALL_LINES)
    yield from _show_results(done)
    names = [*done.audit["files"], "audit.json"]
    yield ReportedFiles(tell("Files:"), [done.files / name for name in names])


def _show_read(done: scoring.ScoringResult) -> Parts:
    """Yield the files read, and the reasons for which rows are set aside."""
    for entry in done.audit["inputs"]:
        yield line_n(
            "read {path}: {structure}, {n:,} row",
            "read {path}: {structure}, {n:,} rows",
            entry["rows"],
            path=screen.short(Path(entry["file"])),
            structure=message_in(entry, "structure"),
        )
    for reason, count in done.audit["quarantine"].items():
        yield line("  set aside: {count:,} × {reason}", "yellow", count=count, reason=_reason(reason))


def _reason(code: str) -> str:
    """Return the short name of a reason for which rows are set aside."""
    return quarantine_reasons.NAMES.get(code, code)


def _show_results(done: scoring.ScoringResult) -> Parts:
    """Yield the table of results by criterion."""
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


def _show_moved(done: scoring.ScoringResult) -> Lines:
    """Yield which run is released, and how this one differs from it."""
    told = done.release.told
    if done.release.state == "released" or told is None:
        return
    yield line("results/ and reports remain those of run {told}, which is released", "yellow", told=told)
    if done.moved is not None:
        yield line(
            "compared with it: {moved_words} (--compare {told} {run} lists the candidates)",
            moved_words=moved_words(done.moved),
            told=told,
            run=done.run,
        )


def _next_commands(done: scoring.ScoringResult, exam_dir: Path, n_open: int, n_waiting: int) -> Iterator[str]:
    """Yield the commands that report the run and, if nothing waits for a decision, release it. Results in
    another folder cannot be released."""
    place = summary.typed(exam_dir)
    if done.folder != exam_dir / RESULTS:
        yield f"examgen report {place} --results {summary.typed(done.folder)}"
        return
    is_released = done.release.state == "released"
    if n_waiting and not is_released:
        yield tell("decide on {file}", file=screen.short(done.files / "quarantine.csv"))
    if n_open and not is_released:
        yield f"examgen decide {place}"
    if not (n_waiting or n_open or is_released):
        yield f"examgen analyse exam {place}"
        yield f"examgen release {place} --run {done.run} --by NAME --reason WHY"
    yield f"examgen report {place}"


def _show_signals(done: scoring.ScoringResult) -> Parts:
    looked = done.audit.get("signals")
    if looked is None:
        yield line("to check the answers for signals, add --signals", "cyan")
        return
    for kind, seen in looked["found"].items():
        if seen["signals"]:
            yield line(
                "signal: {signals:,} × {kind} ({rows:,} rows)",
                "yellow",
                signals=seen["signals"],
                kind=kind,
                rows=seen["rows"],
            )
    if any(seen["signals"] for seen in looked["found"].values()):
        yield line(
            "Signals are not a verdict. A person must check them: {files}",
            files=screen.short(done.files / "signals.csv"),
        )


def _show_cut(cut: Mapping[str, Any] | None) -> Lines:
    """Yield the cut score from a file by which the run was decided."""
    if cut is None:
        return
    forms = list(cut["forms"].items())
    shown = joined(f"{form} {one['cut']} / {one['points']}" for form, one in forms[:_MOST_FORMS])
    yield line(
        "cut by {method}: {forms}. It replaces the cut of the pass rule for the total.",
        "cyan",
        method=decision_models.METHOD_WORDS[cut["method"]],
        forms=shown,
    )
