"""`examgen returns`: the returns of the centres of a sitting, and their discrepancies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import model_validator

from examgen.analysis.parts import Parts, ReportedFiles, ReportedLine, ReportedTable
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import ExamDir, Workspace, workspace_of
from examgen.commands.sitting import sitting_of, telling_acts, user_name
from examgen.commands.tallying import of_tray
from examgen.core.options import Option
from examgen.core.problems import Exit
from examgen.core.words import Message, joined, tell, tell_n

if TYPE_CHECKING:
    from examgen.capture.centre_returns import AccommodationGiven, Incident, Packet
    from examgen.scoring.sitting_record import SittingAct
    from examgen.sitting.discrepancies import Discrepancy
    from examgen.sitting.returns import CentreCounts, SittingReturns

with on_use():
    from examgen.capture import centre_returns
    from examgen.scoring import sitting_events
    from examgen.sitting import centre_forms, discrepancies, returns, tray

_MOST_FILES = 20
_MOST = 100
"""The maximum number of rows in a table on the screen; `--json` has all."""


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
    explain: Annotated[
        tuple[str, ...],
        Option(
            tell("Explain the discrepancy with this reference; give --reason (repeatable)."), metavar="REF"
        ),
    ] = ()
    reason: Annotated[str, Option(tell("Explanation: the finding, or the action taken."), metavar="WHY")] = ""
    by: Annotated[
        str,
        Option(
            tell("Name to record for the explanation (default: the user of this machine)."), metavar="NAME"
        ),
    ] = ""
    forms: Annotated[
        Path | None,
        Option(
            tell(
                "Output folder for the forms of the centres (only a folder that `returns` wrote is replaced)."
            ),
            metavar="DIR",
        ),
    ] = None
    centre: Annotated[
        str | None,
        Option(tell("Only the forms of this centre, named as in the list or plan."), metavar="NAME"),
    ] = None
    workspace: Workspace = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.explain and not self.reason.strip():
            raise ValueError(tell("Give the explanation with --reason. It is recorded."))
        if not self.explain and self.model_fields_set & {"reason", "by"}:
            raise ValueError(tell("--reason and --by require --explain"))
        if self.explain and self.forms is not None:
            raise ValueError(tell("use either --explain or --forms"))
        if self.centre is not None and self.forms is None:
            raise ValueError(tell("--centre requires --forms"))
        return self

    @telling_acts
    def execute(self, progress: Progress) -> Outcome:
        """Write the forms, record an explanation, or show the returns."""
        place = sitting_of(self.exam_dir)
        if self.forms is not None:
            workspace = workspace_of(self.workspace)
            paths = centre_forms.write_centre_forms(place, workspace, self.forms, self.centre, progress)
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
        yield ReportedLine(
            tell_n(
                "  and {n:,} more file in {folder}",
                "  and {n:,} more files in {folder}",
                len(paths) - _MOST_FILES,
                folder=folder,
            )
        )


def _explained(found: Sequence[Discrepancy]) -> Parts:
    for one in found:
        yield ReportedLine(tell("{where}: explained: {message}", where=one.where, message=one.message))


def of_returns(came: SittingReturns, exam_dir: Path) -> Parts:
    """Yield the returns, table by table, and their discrepancies."""
    if not came.events.files:
        yield ReportedLine(tell("No centre has sent returns yet."))
        yield from _given_way(came.given_way)
        return
    yield from _centres(came.centres)
    yield from _incidents(came)
    yield from _accommodation(came.events.accommodation)
    yield from _packets(came.events.packets)
    yield from _given_way(came.given_way)
    yield from _discrepancies(came, exam_dir)


def _cut(rows: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    yield from rows[:_MOST]
    if len(rows) > _MOST:
        yield ("…", *("" for _ in rows[0][1:]))


def _centres(counts: Sequence[CentreCounts]) -> Parts:
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
    yield ReportedTable(tell("Returns"), heads, rows, wide=True)


def _incidents(came: SittingReturns) -> Parts:
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

    def row(one: Incident) -> tuple[str, ...]:
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

    rows = [*_cut([row(one) for one in came.events.incidents])]
    yield ReportedTable(tell("Incidents"), heads, rows, numbers_from=len(heads), wide=True)


def _accommodation(given: Sequence[AccommodationGiven]) -> Parts:
    if not given:
        return
    heads = [tell("candidate"), tell("given"), tell("extra minutes"), tell("reason"), tell("approved by")]
    rows = [
        (
            one.candidate_id,
            one.given or tell("nothing"),
            "–" if one.extra_minutes is None else str(one.extra_minutes),
            one.reason or "–",
            one.approved_by or "–",
        )
        for one in given
    ]
    yield ReportedTable(tell("Accommodation given"), heads, [*_cut(rows)], numbers_from=len(heads), wide=True)


def _packets(packets: Sequence[Packet]) -> Parts:
    if not packets:
        return
    columns = next(one for one in centre_returns.RETURN_LISTS if one.name == "packets")
    heads = [
        tell("packet"),
        tell("booklets"),
        *(columns.column(name).label for name in ("opened_at", *_COUNTS)),
    ]
    rows = [
        (
            sitting_events.packet_name(one),
            " – ".join(filter(None, (one.first, one.last))) or "–",
            one.opened_at.text or "–",
            *(_shown(getattr(one, name)) for name in _COUNTS),
        )
        for one in packets
    ]
    yield ReportedTable(tell("Packets of booklets"), heads, [*_cut(rows)], numbers_from=len(heads), wide=True)


def _given_way(acts: Sequence[SittingAct]) -> Parts:
    if not acts:
        return
    heads = [tell("file"), tell("outcome"), tell("when"), tell("by"), tell("why"), tell("kept as")]
    words = {"replaced": tell("file replaced"), "taken-back": tell("file removed")}
    rows = [
        (one.name, words[one.act], one.time, one.by, one.reason or "–", one.earlier or "–") for one in acts
    ]
    title = tell("Replaced or removed")
    yield ReportedTable(title, heads, [*_cut(rows)], numbers_from=len(heads), wide=True)


_COUNTS = ("used", "unused", "void", "returned", "destroyed")
"""The columns of a packet list that count booklets by what became of them."""


def _shown(value: object) -> str:
    return "–" if value is None else str(getattr(value, "text", value))


def _discrepancies(came: SittingReturns, exam_dir: Path) -> Parts:
    found = discrepancies.open_ones(came.discrepancies)
    explained = [one for one in came.discrepancies if one.explained is not None]
    if explained:
        heads = [tell("subject"), tell("discrepancy"), tell("explanation"), tell("explained by")]
        rows = [
            (one.where, one.message, act.reason, act.by)
            for one in explained
            if (act := one.explained) is not None
        ]
        yield ReportedTable(tell("Explained"), heads, [*_cut(rows)], numbers_from=len(heads), wide=True)
    if not found:
        if explained:
            yield ReportedLine(tell("all discrepancies are explained"), "green")
        else:
            yield ReportedLine(tell("the returns have no discrepancies"), "green")
        return
    heads = [tell("reference"), tell("subject"), tell("discrepancy")]
    rows_open = [(one.ref, one.where, one.message) for one in found]
    title = tell("Discrepancies")
    shown = [*_cut(rows_open)]
    yield ReportedTable(title, heads, shown, numbers_from=len(heads), wide=True)
    yield ReportedLine(open_line(len(found)), "yellow")
    yield ReportedLine(
        tell(
            "Add a corrected list, or record an explanation: examgen returns "
            "{exam_dir} --explain REF --reason WHY",
            exam_dir=exam_dir,
        ),
        "yellow",
    )


def open_line(n: int) -> Message:
    """Return the number of open discrepancies in words."""
    return tell_n(
        "{n:,} discrepancy in the returns of centres is not explained",
        "{n:,} discrepancies in the returns of centres are not explained",
        n,
    )
