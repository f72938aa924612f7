"""The long jobs on results: reports, analysis, statistics for the bank, and exports."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from examgen.analysis import exam as analysing
from examgen.analysis import write_back as writing_back
from examgen.analysis.parts import ReportedProblems
from examgen.commands.analyses.exam import AnalyseExam
from examgen.commands.reporting import Report
from examgen.core.problems import Problem, Refused
from examgen.core.words import joined, tell, tell_n
from examgen.interchange.place import ExportOptions
from examgen.reports.candidates import folder_of
from examgen.reports.existing_reports import told_of
from examgen.reports.exports.formats import export as exported
from examgen.reports.signing import private_keys
from examgen.site.access import check_still
from examgen.site.accounts.models import Role
from examgen.site.jobs.queue import Outcome, Progress, kind, on_exam
from examgen.site.results.exports import ANY, RESPONSES
from examgen.site.workspace import bank, exam_folder, units_of_exam, workspace
from examgen.site.writing import recording, writing


@kind(
    "reports",
    tell("Make reports"),
    {Role.GRADER, Role.APPROVER, Role.PSYCHOMETRICIAN},
    is_long=True,
    form=on_exam("results"),
)
def reports(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Makes the chosen kinds of reports of a run."""
    exam = str(asked["exam"])
    folder, options = exam_folder(exam), dict(asked["options"])
    by = asked["user"]
    if own := options.get("verify_code"):
        check_still(by, {Role.APPROVER}, units_of_exam(exam))
        told = told_of(folder)
        if told is None or told.run.number != asked["run"] or told.state.state != "released":
            raise Refused.because("only reports of the released run are signed")
        options["verify_code"] = private_keys(workspace()).get(own)
        if options["verify_code"] is None:
            raise Refused.because("the key {key} no longer exists", key=own)
    known = {"exam_dir": folder, "run": str(asked["run"]), "workspace": workspace(), "processes": 1}
    report = Report.model_validate({**known, **options})
    problems: list[Problem] = []
    for name in report.kind:  # each on record as soon as it is in its place: the next may be refused
        is_signed = report.verify_code is not None
        detail = {"run": asked["run"], "kinds": [name], "is_signed": is_signed}
        with recording(by, folder, "reports.made", exam, **detail):
            done = report.model_copy(update={"kind": (name,)}).execute(progress)
        problems += [
            problem
            for part in done.summary or ()
            if isinstance(part, ReportedProblems)
            for problem in part.problems
        ]
    n = len(report.kind)
    message = tell_n(
        "{n} report of run {run} is ready", "{n} reports of run {run} are ready", n, run=asked["run"]
    )
    told = told_of(folder)
    address = reverse("results", args=[exam])
    if report.kind == ("candidate",):
        address = reverse("results-report", args=[exam, folder_of(report.candidate)])
    if told is not None and told.run.number != asked["run"]:
        address = f"{reverse('results-committee', args=[exam])}?run={asked['run']}"
    return Outcome(message, address, problems=tuple(problems))


@kind(
    "analysis",
    tell("Analyse the answers"),
    {Role.PSYCHOMETRICIAN},
    is_long=True,
    form=on_exam("results-analysis"),
)
def analysis(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Makes the analysis of a run, as the command writes it."""
    exam = str(asked["exam"])
    folder = exam_folder(exam)
    known = {"exam_dir": folder, "run": str(asked["run"]), "workspace": workspace()}
    analysis = AnalyseExam.model_validate({**known, **asked["options"]})
    with recording(asked["user"], folder, "analysis.made", exam, run=asked["run"]):
        done = analysis.execute(progress)
    alarms = len(done.document["alarms"])
    message = tell_n("{n} key is in doubt", "{n} keys are in doubt", alarms)
    return Outcome(message, reverse("results-analysis", args=[exam]))


@kind(
    "write-back",
    tell("Write statistics into the bank"),
    {Role.PSYCHOMETRICIAN},
    form=on_exam("results-analysis"),
)
def write_back(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Writes the statistics of a run into the bank, as `analyse exam --write-back` does."""
    exam = str(asked["exam"])
    folder = exam_folder(exam)
    told = told_of(folder)
    if told is None or told.run.number != asked["run"] or told.state.state != "released":
        raise Refused.because("only statistics of the released run are written to the bank")
    known = {"exam_dir": folder, "run": str(asked["run"]), "write_back": True}
    options = AnalyseExam.model_validate({**known, **asked["options"]})
    assert options.date is not None
    found = analysing.analyse_exam(folder, options.run, progress=progress)
    name = writing_back.sitting_name(folder, found.administration, options.administration, options.synthetic)
    units = units_of_exam(exam) or ()
    with writing(asked["user"], units, f"{exam}: statistics of run {asked['run']}") as one:
        written, notices = writing_back.write_back(
            found, bank(), name, options.date, replace=options.replace, own_scale=options.own_scale
        )
        one.did("analysis.write_back", exam, run=asked["run"], lines=written.n_lines)
    message = tell_n(
        "{n} line of statistics is in the bank", "{n} lines of statistics are in the bank", written.n_lines
    )
    return Outcome(
        message,
        reverse("results-analysis", args=[exam]),
        problems=tuple(notices),
    )


@kind(
    "export",
    tell("Export the run"),
    {Role.APPROVER, Role.PSYCHOMETRICIAN},
    form=on_exam("results-exports"),
)
def export(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Makes an export of a run, which replaces an earlier one in the same format."""
    exam, name = str(asked["exam"]), str(asked["format"])
    by = asked["user"]
    check_still(by, ANY if name == "results" else RESPONSES, units_of_exam(exam))
    folder = exam_folder(exam)
    told = told_of(folder)
    if told is None or told.run.number != asked["run"]:
        raise Refused.because("another run was released meanwhile. Try again")
    if name != "results" and told.state.state != "released":
        raise Refused.because("only the released run can be exported in this way")
    progress(tell("the run is being exported"))
    wanted = ExportOptions(run=str(asked["run"]), replace=True, pseudonymous=bool(asked["pseudonymous"]))
    with recording(by, folder, "export.made", exam, run=asked["run"], format=name):
        made = exported(folder, name, wanted)
    message = tell_n(
        "{n} file of {format} is ready", "{n} files of {format} are ready", len(made.names), format=name
    )
    notes = [Problem(name, "told", joined([one]), severity="notice") for one in made.told]
    return Outcome(message, reverse("results-exports", args=[exam]), problems=tuple(notes))
