"""`examgen returns`: the returns of the centres of a sitting, and their discrepancies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import model_validator

from examgen.analysis.parts import Parts, ReportedFiles, ReportedLine, ReportedTable, line, line_n
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import ExamDir, Workspace, workspace_of
from examgen.commands.sitting import sitting_of, telling_acts, user_name
from examgen.commands.tallying import first_rows, of_tray
from examgen.core.options import setting
from examgen.core.problems import Exit
from examgen.core.words import Message, invalid, joined, tell, tell_n

with on_use():
    from examgen.capture import centre_returns
    from examgen.sitting import centre_forms, discrepancies, returns, tray

_MOST_FILES = 20


class Returns(Command):
    """What centres sent back: attendance, incidents, accommodation, packets, sheets, and what does not add
    up; the forms that they send back."""

    details = tell(
        "`--forms` writes a folder for each centre, with a workbook and paper "
        "forms. The forms already list candidates by room and seat, the booklets "
        "of each packet, invigilators and planned accommodations. Add the "
        "returned lists with `examgen take`. A decision on a candidate refers to "
        "an incident with `--incident`. To settle a discrepancy, add a corrected "
        "list, or record an explanation with `--explain`. The command also lists "
        "scanned sheets that are missing, set aside or without a candidate; it "
        "expects one sheet from each candidate not recorded as absent. The exit "
        "status is 3 while a discrepancy is open."
    )

    exam_dir: ExamDir
    explain: tuple[str, ...] = setting(
        "Explain the discrepancy with this reference; give --reason (repeatable).", (), metavar="REF"
    )
    reason: str = setting("Explanation: the finding, or the action taken.", "", metavar="WHY")
    by: str = setting(
        "Name to record for the explanation (default: the user of this machine).", "", metavar="NAME"
    )
    forms: Path | None = setting(
        "Output folder for the forms of the centres (only a folder that `returns` wrote is replaced).",
        None,
        metavar="DIR",
    )
    workspace: Workspace = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.explain and not self.reason.strip():
            raise invalid("Give the explanation with --reason. It is recorded.")
        if not self.explain and self.model_fields_set & {"reason", "by"}:
            raise invalid("--reason and --by require --explain")
        if self.explain and self.forms is not None:
            raise invalid("use either --explain or --forms")
        return self

    @telling_acts
    def execute(self, progress: Progress) -> Outcome:
        """Write the forms, record an explanation, or show the returns."""
        place = sitting_of(self.exam_dir)
        if self.forms is not None:
            workspace = workspace_of(self.workspace)
            paths = centre_forms.write_centre_forms(place, workspace, self.forms, progress)
            return Outcome({"written": [str(path) for path in paths]}, list(_written(paths, self.forms)))
        if self.explain:
            found = discrepancies.explain(place, self.explain, self.by or user_name(), self.reason)
            document = {"explained": [one.as_dict() for one in found]}
            return Outcome(document, list(_explained(found)))
        came, sheets = returns.returns_of(place), tray.sitting_tray(place)
        report: dict[str, Any] = came.as_dict()
        shown = list(of_returns(came, self.exam_dir))
        needs_attention = bool(came.n_open)
        if sheets is not None:
            report["sheets"] = sheets.as_dict()
            shown += of_tray(sheets)
            needs_attention |= sheets.needs_attention
        return Outcome(report, shown, Exit.SET_ASIDE if needs_attention else Exit.DONE)


def _written(paths: Sequence[Path], folder: Path) -> Parts:
    yield ReportedFiles(tell("written:"), paths[:_MOST_FILES])
    if len(paths) > _MOST_FILES:
        yield line_n(
            "  and {n:,} more file in {folder}",
            "  and {n:,} more files in {folder}",
            len(paths) - _MOST_FILES,
            folder=folder,
        )


def _explained(found: Sequence[discrepancies.Discrepancy]) -> Parts:
    for one in found:
        yield line("{where}: explained: {message}", where=one.where, message=one.message)


def of_returns(came: returns.SittingReturns, exam_dir: Path) -> Parts:
    """Yield the returns, table by table, and their discrepancies."""
    if not came.events.files:
        yield line("No centre has sent returns yet.")
        return
    yield from _centres(came.centres)
    yield from _incidents(came)
    yield from _discrepancies(came, exam_dir)


def _centres(counts: Sequence[returns.CentreCounts]) -> Parts:
    heads = [
        tell("centre"),
        tell("listed"),
        tell("attended"),
        tell("absent"),
        tell("identified"),
        tell("incidents"),
        tell("accommodation"),
        tell("packets"),
        tell("returned"),
        tell("not explained"),
    ]
    rows = [
        (
            one.centre or "–",
            *(f"{n:,}" for n in (one.listed, one.present, one.absent, one.identified, one.incidents)),
            *(f"{n:,}" for n in (one.accommodation, one.packets, one.returned, one.discrepancies)),
        )
        for one in counts
    ]
    yield ReportedTable(tell("Returns"), heads, rows)


def _incidents(came: returns.SittingReturns) -> Parts:
    if not came.events.incidents:
        return
    heads = [
        tell("incident"),
        tell("time"),
        tell("kind"),
        tell("candidates"),
        tell("what happened"),
        tell("what was done"),
        tell("decisions"),
    ]

    def row(one: centre_returns.Incident) -> tuple[str, ...]:
        decisions = came.decisions.get(one.name, ())
        return (
            " – ".join(filter(None, (one.name, one.room))),
            " ".join(filter(None, (one.day, one.time))) or "–",
            centre_returns.INCIDENT_KINDS[one.kind],
            ", ".join(one.candidates) or "–",
            one.what,
            one.done or "–",
            joined(
                (tell("{who}: {what}", who=each.candidate_id, what=each.words) for each in decisions), "; "
            )
            if decisions
            else "–",
        )

    rows = [*first_rows([row(one) for one in came.events.incidents])]
    yield ReportedTable(tell("Incidents"), heads, rows, numbers_from=len(heads))


def _discrepancies(came: returns.SittingReturns, exam_dir: Path) -> Parts:
    found = discrepancies.open_ones(came.discrepancies)
    if not found:
        if came.discrepancies:
            yield line("all discrepancies are explained", "green")
        else:
            yield line("the returns have no discrepancies", "green")
        return
    heads = [tell("reference"), tell("subject"), tell("discrepancy")]
    rows_open = [(one.ref, one.where, one.message) for one in found]
    title = tell("Discrepancies")
    shown = [*first_rows(rows_open)]
    yield ReportedTable(title, heads, shown, numbers_from=len(heads))
    yield ReportedLine(open_line(len(found)), "yellow")
    yield line(
        "Add a corrected list, or record an explanation: examgen returns "
        "{exam_dir} --explain REF --reason WHY",
        "yellow",
        exam_dir=exam_dir,
    )


def open_line(n: int) -> Message:
    """Return the number of open discrepancies in words."""
    return tell_n(
        "{n:,} discrepancy in the returns of centres is not explained",
        "{n:,} discrepancies in the returns of centres are not explained",
        n,
    )
