"""Facts about a centre → the sheets that it fills in by hand (PDF), with the columns of `RETURN_LISTS`.

They have the design of the papers for rooms. The sheet of accommodations is only for invigilators.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.capture.centre_returns import INCIDENT_KINDS, RETURN_LISTS, ListName
from examgen.core.models.form import Exam
from examgen.core.words import tell
from examgen.papers.centre_forms.contents import INVIGILATOR, CentreContents
from examgen.papers.rooms.lists import room_context
from examgen.rendering.templates.filling import print_pdf

_INCIDENTS = 14
_MORE_ACCOMMODATION = 4
_MORE_PACKETS = 1
_MORE_DECLARATIONS = 4


class CentreSheet(NamedTuple):
    """A sheet of a centre: its template, its file, its list, and a function that returns its content."""

    template: str
    file: str
    of: ListName
    context: Callable[[CentreContents], dict[str, object]]

    def printed(self, exam: Exam, of: CentreContents, templates: Sequence[Path]) -> bytes:
        """Return the sheet of a centre as PDF."""
        own = next(one for one in RETURN_LISTS if one.name == self.of)
        shown = {
            **room_context(exam),
            "centre": of.centre,
            "title": own.title,
            "heads": {column.role: column.label for column in own.columns},
            **self.context(of),
        }
        title = tell("{exam} – {kind}, {centre}", exam=exam.blueprint.exam, kind=own.title, centre=of.centre)
        return print_pdf(self.template, shown, title.th, templates)


def _incidents(_: CentreContents) -> dict[str, object]:
    return {"numbers": range(1, _INCIDENTS + 1), "kinds": list(INCIDENT_KINDS.values())}


def _accommodation(of: CentreContents) -> dict[str, object]:
    return {"accommodation": of.accommodation, "n_more": _MORE_ACCOMMODATION}


def _packets(of: CentreContents) -> dict[str, object]:
    return {"packets": of.packets, "n_more": _MORE_PACKETS}


def _declarations(of: CentreContents) -> dict[str, object]:
    names = list(dict.fromkeys(who for who, _ in of.invigilators))
    return {"names": names, "role": INVIGILATOR, "n_more": _MORE_DECLARATIONS}


SHEETS = (
    CentreSheet("incident-sheet.html", "incidents.pdf", "incidents", _incidents),
    CentreSheet("accommodation-sheet.html", "accommodation.pdf", "accommodation", _accommodation),
    CentreSheet("packet-sheet.html", "packets.pdf", "packets", _packets),
    CentreSheet("declarations.html", "declarations.pdf", "declarations", _declarations),
)
"""The sheets of a centre, in addition to the papers of its rooms."""
