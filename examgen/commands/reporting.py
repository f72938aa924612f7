"""The command `examgen report`: write the reports of a scored run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator

from examgen.analysis.parts import Parts, ReportedFiles, ReportedProblems, line, line_n
from examgen.commands import screen, summary
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import (
    Dask,
    ExamDir,
    Results,
    ScoredRun,
    Workspace,
    workspace_near,
)
from examgen.commands.signing import prompt_passphrase
from examgen.core.options import Day, Processes, setting
from examgen.core.processes import Workers
from examgen.core.words import Message, either, joined, tell, tell_n
from examgen.reports.kinds import DEFAULT_KINDS, KINDS, REPORT_KINDS, Kind
from examgen.reports.signing import opened_keys

with on_use():
    from examgen.analysis import exam_shown
    from examgen.reports import candidates, writing


class Report(Command):
    """Reports of a scored run."""

    has_verbose = True

    exam_dir: ExamDir
    kind: tuple[Kind, ...] = setting(
        tell(
            "{kinds} (repeatable; default: all but {others}).",
            kinds=either(KINDS),
            others=", ".join(one for one in KINDS if one not in DEFAULT_KINDS),
        ),
        (),
        label=tell("Reports"),
        hint="",
        values=tuple(
            (one.name, one.called) for one in sorted(REPORT_KINDS, key=lambda one: not one.is_default)
        ),
        metavar="KIND",
    )
    run: ScoredRun = None
    lang: Literal["th", "en", "both"] = setting(
        "Language of the reports: th, en or both.",
        "both",
        label=tell("Language"),
        hint="",
        values=(("both", tell("Thai and English")), ("th", tell("Thai")), ("en", tell("English"))),
    )
    digits: Literal["arabic", "thai"] = setting(
        "Digits in Thai texts: arabic or thai.",
        "arabic",
        label=tell("Digits in Thai texts"),
        hint="",
        values=(("arabic", "1 2 3"), ("thai", tell("Thai digits"))),
    )
    date: Day | None = setting(
        "Date to print on the reports.",
        None,
        label=tell("Date printed on the reports"),
        hint=tell("default: none"),
    )
    out: Path | None = setting(
        "Output folder, for one kind of report (default: reports/run-NNNN of the package).",
        None,
        metavar="DIR",
    )
    results: Results = None
    candidate: tuple[str, ...] = setting(
        "Only this candidate, in a separate folder (repeatable).",
        (),
        label=tell("Candidates’ reports: only for these candidates"),
        hint=tell("candidate numbers, separated by commas (default: all)"),
        metavar="ID",
    )
    by: Literal["centre", "room", "candidate"] | None = setting(
        "Write candidates' reports in one PDF per centre, room or candidate.",
        None,
        label=tell("Candidates’ reports: one file per"),
        hint="",
        values=(("centre", tell("centre")), ("room", tell("room")), ("candidate", tell("candidate"))),
        metavar="WHAT",
    )
    html: bool = setting(
        "Also write candidates' reports as HTML.",
        False,
        label=tell("Candidates’ reports: also as HTML"),
        hint="",
    )
    pdf: bool = setting(
        "Also write the report as PDF.", True, label=tell("Also as PDF"), hint="", negative="--no-pdf"
    )
    verify_code: Path | None = setting(
        "Add a QR code for checking candidates' reports, and sign their PDFs (HTML is not signed).",
        None,
        label=tell("Candidates’ reports signed by"),
        hint="",
        metavar="PRIVATE.pem",
    )
    sign: str | None = setting(
        "Sign candidates' PDFs with the key and certificate of a PEM or PKCS#12 file.", None, metavar="KEY"
    )
    certificate: Path | None = setting(
        "Certificate of that key (PEM or DER).", None, metavar="FILE", is_rare=True
    )
    timestamp: str | None = setting(
        "Time-stamp server (RFC 3161) for signed PDFs.", None, metavar="URL", is_rare=True
    )
    passphrase: bool = setting("Prompt for the passphrase of these keys.", False)
    processes: Processes = None
    dask: Dask = None
    workspace: Workspace = None

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        """Raise ValueError with all combinations of options that are not allowed."""
        if faults := [*self._faults()]:
            raise ValueError(joined(faults, "; "))
        return self

    def _faults(self) -> Iterator[Message]:
        if self.out is not None and len(self.kinds) > 1:
            yield tell("choose one report with --kind to use --out")
        for_candidates = self.words_of("candidate", "by", "html", "verify_code", "sign")
        if for_candidates and "candidate" not in self.kinds:
            yield tell(
                "add --kind candidate to use {options}",
                options=", ".join(for_candidates),
            )
        of_files = self.words_of("sign", "certificate", "timestamp")
        if of_files and not self.pdf:
            yield tell(
                "remove --no-pdf to use {options}, because HTML cannot be signed",
                options=", ".join(of_files),
            )
        of_keys = [*of_files, *self.words_of("passphrase")]
        if of_keys and not (self.verify_code or self.sign):
            yield tell(
                "give a key with --verify-code or --sign to use {options}",
                options=", ".join(of_keys),
            )

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of reports to write."""
        return self.kind or DEFAULT_KINDS

    def execute(self, progress: Progress) -> Outcome:
        """Write the reports."""
        asked = writing.ReportOptions(
            self.run, self.results, self.lang, self.digits, self.date, self.out, self.pdf
        )
        place = workspace_near(self.workspace, self.exam_dir / "exam.yaml")
        ask = prompt_passphrase if self.passphrase else None
        with opened_keys(self.verify_code, self.sign, self.certificate, self.timestamp, ask, self.pdf) as (
            key,
            signer,
        ):
            which = candidates.CandidateReportOptions(
                self.candidate,
                self.by or ("candidate" if self.candidate else "centre"),
                self.html,
                key,
                signer,
                Workers(self.processes, self.dask),
            )
            made = [
                candidates.candidate_reports(self.exam_dir, place, asked, which, progress)
                if name == "candidate"
                else writing.report(self.exam_dir, place, name, asked, progress)
                for name in self.kinds
            ]
        problems = [problem for one in made for problem in one.problems]
        rows = [_document(name, one) for name, one in zip(self.kinds, made, strict=True)]
        document = {"reports": rows, "problems": [problem.as_dict() for problem in problems]}
        listed = [
            ReportedFiles(f"{name}:", [one.folder / file for file in one.names])
            for name, one in zip(self.kinds, made, strict=True)
        ]
        return Outcome(document, listed, summary=[*self._summary(made), ReportedProblems(problems)])

    def _summary(self, made: Sequence[writing.Reported]) -> Parts:
        """Yield which reports were written, their folder, and what to open first."""
        folders = {one.folder.parent for one in made}
        where = screen.short(folders.pop() if len(folders) == 1 and len(made) > 1 else made[0].folder)
        yield line_n(
            "{n} report written to {folder}",
            "{n} reports written to {folder}",
            len(made),
            "bold",
            folder=where,
        )
        for one in made:
            yield from _to_open(one)
            yield from _removed(one)
        for number, release in {(one.run, one.release) for one in made if one.run is not None}:
            yield from exam_shown.not_released(number, release)


def _to_open(made: writing.Reported) -> Parts:
    """Yield the file to open first, and the number of other files in its folder."""
    if made.names:
        more = len(made.names) - 1
        first = summary.to_open(made.folder / name for name in made.names)
        beside = tell_n(" (and {n:,} more file)", " (and {n:,} more files)", more) if more else ""
        yield line("  Open: {file}{beside}", file=screen.short(first), beside=beside)


def _removed(made: writing.Reported) -> Parts:
    """Yield a line with the files of an earlier report that were removed, if any."""
    if made.gone:
        named = ", ".join(made.gone[:5]) + (" …" if len(made.gone) > 5 else "")
        words = {"folder": screen.short(made.folder), "named": named}
        yield line(
            "  files of the earlier report removed from {folder}: {n:,} ({named})",
            "yellow",
            n=len(made.gone),
            **words,
        )


def _document(kind: str, made: writing.Reported) -> dict[str, object]:
    return {
        "kind": kind,
        "folder": str(made.folder),
        "files": list(made.names),
        "removed": list(made.gone),
        **({} if made.run is None else {"run": made.run, "release": made.release.as_dict()}),
    }
