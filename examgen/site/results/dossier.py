"""The accreditation file of an exam: asked for by a form, made by a job, taken away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from examgen.core.files import read_input
from examgen.core.words import tell
from examgen.evidence.dossier import FOLDER, file_name
from examgen.reports.signing import private_keys
from examgen.site.abuse import Watched
from examgen.site.access import allowed
from examgen.site.accounts.roles import Role
from examgen.site.audit.record import record
from examgen.site.forms import DayField
from examgen.site.jobs import queue
from examgen.site.language import said
from examgen.site.requests import Request, attachment
from examgen.site.results.pages import around, told
from examgen.site.sittings.pages import holds
from examgen.site.workspace import exam_folder, workspace

READ = frozenset({Role.APPROVER, Role.AUDITOR})
WRITE = frozenset({Role.APPROVER})


class DossierForm(Watched):
    """How it is made."""

    key = forms.ChoiceField(label=said(tell("Signed by")), required=False)
    date = DayField(tell("Date printed on it"))

    def __init__(self, *args: Any, keys: list[str], **more: Any) -> None:
        super().__init__(*args, **more)
        self.choose("key", [("", said(tell("not signed"))), *((one, one) for one in keys)])


def place_of(exam: str) -> Path:
    """Where the file of the exam stands."""
    return exam_folder(exam) / FOLDER / file_name(exam)


@allowed(read=READ, write=WRITE, within="exam")
def dossier(request: Request, exam: str) -> HttpResponse:
    """The form, and the file that was made; a post asks for one."""
    run = told(exam)
    keys = [*private_keys(workspace())]
    sent = request.POST if request.method == "POST" else None
    form = DossierForm(sent, keys=keys)
    if sent is not None and form.is_valid():
        wanted = form.cleaned_data
        job = queue.ask(
            "dossier",
            exam,
            request.user,
            exam=exam,
            key=wanted["key"] or "",
            date=wanted["date"].isoformat() if wanted["date"] else "",
        )
        return redirect("job", job=job.id)
    made = path.name if (path := place_of(exam)).is_file() else ""
    may_make = holds(request, exam, *WRITE)
    shown = around(request, exam, "results-dossier", run, form=form, made=made, may_make=may_make)
    return render(request, "results/dossier.html", shown, status=422 if sent is not None else 200)


@allowed(read=READ, within="exam")
def dossier_file(request: Request, exam: str) -> HttpResponse:
    """The file that was made."""
    if not (path := place_of(exam)).is_file():
        raise Http404
    record(request.user, "dossier.take", exam)
    return attachment(read_input(path, 2_000), path.name)
