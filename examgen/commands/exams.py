"""The commands `examgen build` and `verify`: make an exam package, and check that it is unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from examgen.analysis.parts import Parts, ReportedLine, ReportedProblems, line, line_n
from examgen.commands import runs, screen, summary
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import ExamDir, Workspace, workspace_near
from examgen.commands.screen import reader
from examgen.core.exam.names import SECURE
from examgen.core.options import argument, setting
from examgen.core.problems import Refused
from examgen.core.words import joined, tell, tell_n

with on_use():
    from examgen.assembly import building, verification
    from examgen.assembly.build_report import characteristics, lines
    from examgen.bank import workspaces
    from examgen.evidence import certificates


class Build(Command):
    """Builds an exam package of forms that meet a blueprint."""

    details = tell(
        "If the bank cannot supply the forms, the command explains why and what would help (exit status 4)."
    )

    blueprint: Path = argument("The blueprint, a YAML file.")
    out: Path | None = setting("Folder of the package (default: output/<exam>).", None)
    seed: Annotated[int, Field(ge=0)] | None = setting("Random seed (default: the blueprint's).", None)
    replace: bool = setting("Overwrite, even if printed papers or results are lost.", False)
    dry_run: bool = setting("Show what would be built, without writing it.", False)
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Assemble the forms and, unless it is a dry run, write the package."""
        place = workspace_near(self.workspace, self.blueprint)
        if self.dry_run:
            planned = building.plan(self.blueprint, place, self.seed)
            nothing = line("This was a dry run. Nothing was written.", "cyan")
            return Outcome(building.as_dict(planned), [*summary_of(planned), nothing])
        built = building.build(self.blueprint, place, self.out, self.seed, self.replace)
        folder = screen.short(built.folder)
        report = f"{folder}/{SECURE}/build-report.html"
        prints = tell("fingerprint {exam}", exam=built.fingerprints.told()["exam"])
        shown = [
            *summary_of(built.planned),
            *summary.next_steps(f"examgen render {summary.typed(built.folder)}"),
            *summary.details(report, prints),
        ]
        where = {"exam_dir": str(built.folder), "fingerprints": built.fingerprints._asdict()}
        document = {**where, **building.as_dict(built.planned)}
        return Outcome(document, shown)


class Verify(Command):
    """Checks that a package, its runs and reports are as they were written."""

    has_verbose = True

    details = tell(
        "Checks that no file of the package, run, report or analysis was changed, that "
        "the runs were scored with this exam, and that every quota is met on recount."
    )

    exam_dir: ExamDir
    results: Path | None = setting("Results folder of `score --out`.", None)
    fingerprint: tuple[str, ...] = setting(
        "Fingerprint from the minutes: of the exam, printed package, run, "
        "release, entry of the record or certificate (repeatable).",
        (),
    )

    def execute(self, progress: Progress) -> Outcome:
        """Check everything against the records."""
        workspace = workspaces.find_workspace(self.exam_dir.resolve())
        of_register, digests = certificates.checked_register(workspace)
        found = verification.verify(self.exam_dir, self.results, self.fingerprint, digests)
        if self.results is None:
            of_register += certificates.acts_lacking(workspace, self.exam_dir)
            found = found._replace(problems=[*found.problems, *of_register])
        place = self.results or self.exam_dir / "results"
        told, releases = runs.told(place), runs.release_records(place)
        document = {**as_dict(found), "runs": told, "releases": releases}
        if found.problems:
            return Outcome(
                document,
                refused=Refused.because(
                    "{exam_dir} was changed or does not meet its blueprint",
                    found.problems,
                    exam_dir=self.exam_dir,
                ),
            )
        shown = [*of_verified(found), *runs.of_runs(told, releases, self.fingerprint)]
        return Outcome(document, [*of_unchecked(found)], summary=[*shown, *unchecked_in_short(found)])


def _first(items: Sequence[str], most: int = 5) -> str:
    """Return the first items, with the total number if there are more."""
    return ", ".join(items[:most]) + (f" … ({len(items)})" if len(items) > most else "")


def summary_of(planned: building.PlannedExam) -> Parts:
    """Yield a summary of what was built, with warnings."""
    sat, figures = planned.exam, planned.figures
    blueprint, n_missed, n_asked = sat.blueprint, len(figures.missed), len(figures.asked)
    met = (
        tell_n("its one requirement met", "all {n} requirements met", n_asked)
        if not n_missed
        else tell("{n_missed} of {n} requirements not met", n_missed=n_missed, n=n_asked)
    )
    level = tell(" (level {level})", level=blueprint.level) if blueprint.level is not None else ""
    pilot = (
        tell_n(" and {n} pilot item", " and {n} pilot items", blueprint.pilot.items)
        if blueprint.pilot
        else ""
    )
    yield line_n(
        "Built {exam}{level}: {n:,} form × {items} items{pilot}, {met}",
        "Built {exam}{level}: {n:,} forms × {items} items{pilot}, {met}",
        len(sat.forms),
        "yellow" if n_missed else "bold green",
        exam=blueprint.exam,
        level=level,
        items=blueprint.items,
        pilot=pilot,
        met=met,
    )
    yield from (ReportedLine(line, "yellow") for line in lines.miss_lines(figures))
    if short := [*lines.in_short(figures)]:
        yield ReportedLine(joined(["  ", joined(short, " · ")], ""))
    if certainty := characteristics.certainty(planned.characteristics):
        yield ReportedLine(joined(["  ", certainty], ""))
    if sat.has_drafts:
        statuses = {one.item.id: one.item.status for form in sat.forms for one in form.items}
        n_drafts = sum(status in ("draft", "review") for status in statuses.values())
        if n_drafts == len(statuses):
            line = tell_n(
                "! The only item is a draft. Use for trials only.",
                "! All {n} items are drafts. Use for trials only.",
                n_drafts,
            )
        elif n_drafts:
            line = tell(
                "! {n} of {of} items are not approved. Use for trials only.", n=n_drafts, of=len(statuses)
            )
        else:
            void = _first(sat.void_approvals)
            line = tell("! Changed since they were approved: {items}. Use for trials only.", items=void)
        yield ReportedLine(line, "yellow")
    for one in planned.problems:
        severity = screen.severity_words(one.severity)
        line = tell("! {severity}: {problem}", severity=severity, problem=one.told(reader()))
        yield ReportedLine(line, "yellow")
    yield from (ReportedLine(joined(["! ", one], ""), "yellow") for one in planned.exam.notices)


MOST_UNCHECKED = 5
"""The maximum number of unchecked files named on the screen; `--verbose` and `--json` list all."""


def as_dict(found: verification.Verified) -> dict[str, Any]:
    """Return the document for `--json`."""
    return {
        "exam": found.exam,
        "problems": [problem.as_dict() for problem in found.problems],
        "notes": [note.as_dict() for note in found.notes],
        "fingerprints": found.fingerprints._asdict(),
        "checked": found.checked,
        "not_checked": found.unchecked,
    }


def of_verified(found: verification.Verified) -> Parts:
    """Yield the lines about a package without faults: what was checked, and the fingerprints."""
    checked = found.checked
    yield ReportedLine(found.files_told, "green")
    if checked["runs"]:
        yield line_n(
            "run {named}: all files unchanged, scored with this exam",
            "runs {named}: all files unchanged, scored with this exam",
            len(checked["runs"]),
            "green",
            named=", ".join(map(str, checked["runs"])),
        )
    if made := checked["reports"]:
        n = sum(made.values())
        yield line_n(
            "{n:,} report or analysis: {files:,} files, all unchanged",
            "{n:,} reports and analyses: {files:,} files, all unchanged",
            len(made),
            "green",
            files=n,
        )
    yield ReportedProblems(found.notes)
    for name, of in (("exam", tell("the exam")), ("package", tell("the printed package"))):
        known = tell(" (matches the minutes)") if name in found.known.values() else ""
        yield line(
            "{of}: fingerprint {fingerprints}{known}",
            of=of,
            fingerprints=found.fingerprints.told()[name],
            known=known,
        )
    if found.acts:
        n, fingerprint = len(found.acts), found.acts[-1].fingerprint
        yield line_n(
            "the record: {n:,} entry; fingerprint {fingerprint}",
            "the record: {n:,} entries; fingerprint of the last entry {fingerprint}",
            n,
            fingerprint=fingerprint,
        )
    for asked, name in found.known.items():
        which, _, n_act = name.partition(" ")
        act = found.acts[int(n_act) - 1] if which == "act" else None
        if act is not None:
            what = joined([act.act, act.name], " ")
            yield line(
                "entry {n} of the record (matches the minutes): {what}, by {by}",
                n=n_act,
                what=what,
                by=act.by,
            )
        elif which == "certificate":
            yield line("{fingerprint} (matches the minutes): {name}", fingerprint=asked, name=name)


def of_unchecked(found: verification.Verified) -> Parts:
    """Yield the list of what was not checked."""
    yield line("Not checked:")
    for one in found.unchecked:
        yield ReportedLine(joined(["  ", one], ""))


def unchecked_in_short(found: verification.Verified) -> Parts:
    """Yield what was not checked in this package, and the number of checks that are never made."""
    never = [one for one in found.unchecked if one in verification.NEVER_CHECKED]
    own = [one for one in found.unchecked if one not in never]
    for one in own[:MOST_UNCHECKED]:
        yield line("not checked: {what}", "yellow", what=one)
    if more := len(own[MOST_UNCHECKED:]) + len(never):
        yield line_n(
            "not checked: {n} kind of file (--verbose names it)",
            "not checked: {n} kinds of files (--verbose names them)",
            more,
        )
