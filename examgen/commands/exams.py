"""The commands `examgen build` and `verify`: make an exam package, and check that it is unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from examgen.analyses.reported.parts import Parts, ReportedLine, ReportedProblems, ReportedTable
from examgen.assembly.build_report.lines import report_lines
from examgen.commands import runs, screen
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import ExamDir, Workspace, workspace_near
from examgen.commands.screen import reader
from examgen.core.options import Argument, Option
from examgen.core.problems import Refused
from examgen.core.words import joined, tell, tell_n

if TYPE_CHECKING:
    from examgen.assembly.building import PlannedExam
    from examgen.assembly.verification import Verified
    from examgen.core.models.build_figures import BuildFigures
    from examgen.core.models.characteristics import Characteristics

with on_use():
    from examgen.assembly import building, verification
    from examgen.assembly.build_report import characteristics
    from examgen.bank import workspaces
    from examgen.evidence import certificates


class Build(Command):
    """Builds an exam package of forms that meet a blueprint."""

    details = tell("Where the bank cannot give them, it says why and what would help (status 4).")

    blueprint: Annotated[Path, Argument(tell("The blueprint, a YAML file."))]
    out: Annotated[Path | None, Option(tell("The package's folder; output/<exam> if left out."))] = None
    seed: Annotated[Annotated[int, Field(ge=0)] | None, Option(tell("In place of the blueprint's seed."))] = (
        None
    )
    replace: Annotated[bool, Option(tell("Even if that loses papers or results."))] = False
    dry_run: Annotated[bool, Option(tell("Show what would be built."))] = False
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Assemble the forms and, unless it is a dry run, write the package."""
        place = workspace_near(self.workspace, self.blueprint)
        if self.dry_run:
            planned = building.plan(self.blueprint, place, self.seed)
            nothing = ReportedLine(tell("nothing was written: this was a dry run"), "cyan")
            return Outcome(building.as_dict(planned), [*of_planned(planned), nothing])
        built = building.build(self.blueprint, place, self.out, self.seed, self.replace)
        folder = screen.short(built.folder)
        shown = [
            *of_planned(built.planned),
            ReportedLine(
                tell("written to {folder}; the report is in secure/build-report.html", folder=folder)
            ),
            ReportedLine(
                tell(
                    "fingerprint of the exam {exam}, however often it is printed: write it into the minutes",
                    exam=built.fingerprints.told()["exam"],
                ),
                "bold",
            ),
            ReportedLine(tell("print it with `examgen render {folder}`", folder=folder)),
        ]
        where = {"exam_dir": str(built.folder), "fingerprints": built.fingerprints._asdict()}
        return Outcome({**where, **building.as_dict(built.planned)}, shown)


class Verify(Command):
    """Checks that a package, its runs and reports are as they were written."""

    details = tell(
        "Every file must be as it was written, results of every run, reports and analyses too; runs must "
        "have been scored with the exam as it stands; every quota must hold when counted anew."
    )

    exam_dir: ExamDir
    results: Annotated[Path | None, Option(tell("Where `score --out` put the results."))] = None
    fingerprint: Annotated[
        tuple[str, ...],
        Option(
            tell(
                "Of the exam, the printed package, a run, a release, an act or a certificate, as in the "
                "minutes (again for each)."
            )
        ),
    ] = ()

    def execute(self, progress: Progress) -> Outcome:
        """Read everything, and compare it with the records."""
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
            message = tell("{exam_dir} is not as it should be", exam_dir=self.exam_dir)
            return Outcome(document, refused=Refused(message, found.problems))
        return Outcome(document, [*of_verified(found), *runs.of_runs(told, releases, self.fingerprint)])


def of_planned(planned: PlannedExam) -> Parts:
    """The lines on a planned exam: problems and notices, its forms, and how they were found."""
    sat = planned.exam
    for problem in planned.problems:
        yield ReportedLine(
            tell(
                "{severity}: {problem}",
                severity=screen.severity_words(problem.severity),
                problem=problem.told(reader()),
            ),
            "yellow",
        )
    for notice in sat.notices:
        yield ReportedLine(tell("notice: {notice}", notice=notice), "cyan")
    if sat.has_drafts:
        yield ReportedLine(
            tell("notice: it holds items that no subject-matter expert has approved; every page says so"),
            "cyan",
        )
    blueprint = sat.blueprint
    at = tell(", level {level}", level=blueprint.level) if blueprint.level is not None else ""
    pilot = tell(" and {items} pilot items", items=blueprint.pilot.items) if blueprint.pilot else ""
    yield ReportedLine(
        tell(
            "{exam}{at}: {n:,} form(s) of {items} items{pilot}",
            exam=blueprint.exam,
            at=at,
            n=len(sat.forms),
            items=blueprint.items,
            pilot=pilot,
        ),
        "bold",
    )
    yield from of_figures(planned.figures)
    if line := _levels(planned):
        yield ReportedLine(line)
    yield from of_characteristics(planned.characteristics)
    yield ReportedLine(_found(planned))


def _levels(planned: PlannedExam) -> str:
    """The mean level that the items claim, beside that of the paper; empty if there are no levels."""
    means = [*building.mean_levels(planned.exam).values()]
    if not means or planned.exam.blueprint.level is None:
        return ""
    least, most = f"{min(means):.1f}", f"{max(means):.1f}"
    return tell(
        "mean level that items claim: {mean}; the paper is for level {level}",
        mean=least if least == most else f"{least} – {most}",
        level=planned.exam.blueprint.level,
    )


_WAYS = {
    "exact": tell("exact"),
    "select-deal-polish": tell("select-deal-polish"),
}
"""The ways of finding forms that have words for people."""


def _found(planned: PlannedExam) -> str:
    solution = planned.solution
    text = tell(
        "found by {path} in {seconds:.1f} s",
        path=_WAYS.get(solution.path, solution.path),
        seconds=planned.seconds,
    )
    if solution.objective is None or solution.bound is None:
        return text
    apart = building.gap(solution)
    near = tell(" ({apart:.2%} from it)", apart=apart) if apart is not None else ""
    bound = tell("no forms can do better than {bound:.4g}{near}", bound=solution.bound, near=near)
    return tell(
        "{text}: objective {objective:.4g}, {bound}", text=text, objective=solution.objective, bound=bound
    )


def of_figures(found: BuildFigures) -> Parts:
    """Lines on demands, content and parallelism of the forms; the first is green if all demands are met."""
    verdict, *rest = report_lines(found, reader())
    yield ReportedLine(verdict, "yellow" if found.missed else "green")
    for n, line in enumerate(rest):
        yield ReportedLine(line, "yellow" if n < len(found.missed) else "")


def of_characteristics(found: Characteristics) -> Parts:
    """The table of how often people with a true proportion meet a criterion or pass, with its sentences."""
    told = characteristics.characteristics_table(found)
    if told.rows:
        title = tell("met in so many of 100 sittings, by true share of the points:")
        yield ReportedTable(title, ["", *told.heads], told.rows)
    for sentence in told.sentences:
        yield ReportedLine(sentence)


MOST_UNCHECKED = 8
"""The most unchecked files that the screen names; `--json` has them all."""


def as_dict(found: Verified) -> dict[str, Any]:
    """The document of `--json`."""
    return {
        "exam": found.exam,
        "problems": [problem.as_dict() for problem in found.problems],
        "notes": [note.as_dict() for note in found.notes],
        "fingerprints": found.fingerprints._asdict(),
        "checked": found.checked,
        "not_checked": found.unchecked,
    }


def of_verified(found: Verified) -> Parts:
    """The lines on a package without faults: what was checked, what was not, and the fingerprints."""
    checked = found.checked
    yield ReportedLine(found.files_told, "green")
    if checked["runs"]:
        named = ", ".join(map(str, checked["runs"]))
        yield ReportedLine(
            tell(
                "{runs}: every file as written, scored with this exam",
                runs=(
                    tell("run {named}", named=named)
                    if len(checked["runs"]) == 1
                    else tell("runs {named}", named=named)
                ),
            ),
            "green",
        )
    if made := checked["reports"]:
        n = sum(made.values())
        yield ReportedLine(
            tell("{n:,} report(s) and analyses: {n_2:,} files, each as written", n=len(made), n_2=n), "green"
        )
    yield ReportedProblems(found.notes)
    told = found.unchecked[:MOST_UNCHECKED]
    more = (
        tell("; and {n:,} more", n=len(found.unchecked) - len(told))
        if len(told) < len(found.unchecked)
        else ""
    )
    yield ReportedLine(tell("not checked: {told}{more}", told=joined(told, between="; "), more=more))
    for name, of in (("exam", tell("the exam")), ("package", tell("the package as it is printed"))):
        known = tell(", as in the minutes") if name in found.known.values() else ""
        yield ReportedLine(
            tell(
                "{of}: fingerprint {fingerprints}{known}",
                of=of,
                fingerprints=found.fingerprints.told()[name],
                known=known,
            )
        )
    if found.acts:
        n, fingerprint = len(found.acts), found.acts[-1].fingerprint
        said = tell_n(
            "the record: {n:,} act; fingerprint {fingerprint}",
            "the record: {n:,} acts; fingerprint of the last {fingerprint}",
            n,
            fingerprint=fingerprint,
        )
        yield ReportedLine(said)
    for asked, name in found.known.items():
        which, _, n_act = name.partition(" ")
        act = found.acts[int(n_act) - 1] if which == "act" else None
        if act is not None:
            what = joined([act.act, act.name], " ")
            said = tell("{act}, as in the minutes: {what}, by {by}", act=name, what=what, by=act.by)
            yield ReportedLine(said)
        elif which == "certificate":
            yield ReportedLine(tell("{fingerprint}, as in the minutes: {name}", fingerprint=asked, name=name))
