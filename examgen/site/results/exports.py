"""Exports of the released run: requested by a form, made by a job, and downloaded as a zip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase

from examgen.core.files import OWN
from examgen.core.words import tell
from examgen.interchange.place import EXPORTS
from examgen.reports.existing_reports import ReleasedRun
from examgen.reports.exports.formats import FORMATS
from examgen.site.abuse import Watched
from examgen.site.access import allowed
from examgen.site.accounts.models import Role
from examgen.site.audit.models import record
from examgen.site.forms import choice_field, tick_field, told_choices
from examgen.site.jobs.views import to_job
from examgen.site.requests import Request, attached_archive
from examgen.site.results.pages import result_page, told
from examgen.site.sittings.pages import holds
from examgen.site.workspace import exam_folder

ANY = frozenset({Role.APPROVER, Role.PSYCHOMETRICIAN})
RESPONSES = frozenset({Role.PSYCHOMETRICIAN})
"""The roles that may export responses, which include the key."""


def formats_for(request: Request, exam: str, run: ReleasedRun) -> dict[str, str]:
    """Returns the titles of the formats in which the user may export the run, by name. Responses with their
    key can be exported only from a released run."""
    return {
        one.name: one.title
        for one in FORMATS
        if one.of == "run"
        and holds(request, exam, *(ANY if one.name == "results" else RESPONSES))
        and (one.name == "results" or run.state.state == "released")
    }


class ExportForm(Watched):
    """The form for an export."""

    format = choice_field(tell("Format"))
    pseudonymous = tick_field(tell("codes instead of candidate numbers"))

    def __init__(self, *args: Any, formats: dict[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        self.choose("format", told_choices(formats))


def place_of(exam: str, run: ReleasedRun, name: str) -> Path:
    """Returns the folder of an export of the run."""
    return exam_folder(exam) / EXPORTS / f"run-{run.run.number:04d}" / name


@allowed("exams/<str:exam>/results/exports/", "results-exports", read=ANY, write=ANY, secret=True)
def exports(request: Request, exam: str) -> HttpResponse:
    """Shows the form, and the exports of this run. POST starts a job that makes one."""
    run = told(exam)
    formats = formats_for(request, exam, run)
    sent = request.POST if request.method == "POST" else None
    form = ExportForm(sent, formats=formats)
    if sent is not None and form.is_valid():
        wanted = form.cleaned_data
        return to_job(
            request,
            "export",
            exam,
            run=run.run.number,
            format=wanted["format"],
            pseudonymous=wanted["pseudonymous"],
        )
    made = [(name, title) for name, title in formats.items() if (place_of(exam, run, name) / OWN).is_file()]
    shown = {"form": form, "made": made, "formats": formats}
    return result_page(request, run, "results/exports.html", shown)


@allowed("exams/<str:exam>/results/exports/<str:format>/", "results-export-file", read=ANY, secret=True)
def export_file(request: Request, exam: str, format: str) -> HttpResponseBase:
    """Returns an export as a zip."""
    run = told(exam)
    if format not in {one.name for one in FORMATS if one.of == "run"}:
        raise Http404
    if format not in formats_for(request, exam, run):
        raise PermissionDenied
    folder = place_of(exam, run, format)
    if not (folder / OWN).is_file():
        raise Http404
    paths = [one for one in sorted(folder.iterdir()) if one.name != OWN and one.is_file()]
    record(request.user, "export.take", exam, run=run.run.number, format=format)
    files = ((one.name, one) for one in paths if not one.is_symlink())
    return attached_archive(files, f"{exam}-{run.run.number}-{format}")
