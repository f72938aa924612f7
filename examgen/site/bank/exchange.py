"""Exporting workbooks and files for other programs, and importing them: first what would change, then the
change."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from examgen.bank.spreadsheets import export_items
from examgen.core.files import read_input
from examgen.core.models.field_types import CATEGORY_WORDS
from examgen.core.models.standard import Unit
from examgen.core.words import tell
from examgen.interchange.exporting import WRITERS, export_questions
from examgen.interchange.importing import formats_read
from examgen.site.abuse import Watched
from examgen.site.access import allowed
from examgen.site.accounts.models import Role
from examgen.site.audit.models import record
from examgen.site.bank.fields import letter
from examgen.site.bank.units import KEYS, opened, rights
from examgen.site.forms import MEGABYTE, OneFile, choice_field, ticks_field, told_choices
from examgen.site.jobs.models import Job, State
from examgen.site.jobs.queue import ask
from examgen.site.language import said
from examgen.site.requests import Request, attachment, or_404, say
from examgen.site.uploads import keep, kept
from examgen.site.workspace import bank

WORKBOOK = "xlsx"
PROGRAMS = {
    "moodle-xml": "Moodle XML",
    "gift": "GIFT",
    "word": "Word",
    "qti22": "QTI 2.2",
    "qti30": "QTI 3.0",
}
"""The labels of formats. A format that is missing here is called by its own name."""
READ, TAKE = "bank-read", "bank-take"


class FileOfItems(Watched):
    """The form for importing a workbook or questions of another program, with the values that such a file
    lacks."""

    file = OneFile(tell("File"), most=30 * MEGABYTE)
    format = choice_field(tell("Kind of file"), required=False)
    pc = choice_field(tell("Criterion for questions that do not give one"), required=False)
    levels = ticks_field(tell("Levels that the questions suit (default: all of the unit)"), required=False)
    cognitive = choice_field(tell("Cognitive category"), CATEGORY_WORDS, required=False, is_list=True)

    def __init__(self, unit: Unit, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        told = tell("from its content; a workbook or CSV of the bank by its ending")
        self.choose("format", [("", said(told)), *told_choices(dict(formats_read()))])
        pcs = [(one.code, f"{one.code} {one.text}") for one in unit.criteria]
        self.choose("pc", [("", said(tell("none"))), *pcs])
        self.choose("levels", [(str(level), str(level)) for level in unit.levels])
        if not unit.levels:
            del self.fields["levels"]
        self.fields["cognitive"].initial = "understand"


def writers() -> list[tuple[str, str]]:
    """Returns the export formats of a unit, with their labels."""
    workbook = tell("Workbook for item writers (Excel)")
    return [(WORKBOOK, workbook), *((name, PROGRAMS.get(name, name)) for name in WRITERS)]


@allowed("bank/<str:unit>/files/", "bank-exchange", read=KEYS, secret=True)
def exchange(request: Request, unit: str) -> HttpResponse:
    """Shows the export formats and the form for an import."""
    there = opened(unit)
    context = {
        **rights(request.user, there),
        "writers": writers(),
        "form": FileOfItems(there.unit),
    }
    return render(request, "bank/exchange.html", context)


@allowed("bank/<str:unit>/export/<str:format>/", "bank-export", read=KEYS, secret=True)
def export(request: Request, unit: str, format: str) -> HttpResponse:
    """Returns a file with all items of a unit and their keys."""
    opened(unit)
    if format != WORKBOOK and format not in WRITERS:
        raise Http404
    name = f"{unit}{'.xlsx' if format == WORKBOOK else WRITERS[format]}"
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / name
        if format == WORKBOOK:
            export_items(bank(), unit, path)
        else:
            export_questions(bank(), unit, path, format)
        data = read_input(path)
    record(request.user, "bank.export", unit, format=format)
    return attachment(data, name)


@allowed("bank/<str:unit>/import/", "bank-upload", write={Role.WRITER}, secret=True)
def upload(request: Request, unit: str) -> HttpResponse:
    """Uploads a file and starts a job that shows what it would change. Nothing is written to the bank."""
    there = opened(unit)
    if request.method != "POST":
        return redirect("bank-exchange", unit=unit)
    form = FileOfItems(there.unit, request.POST, request.FILES)
    if not form.is_valid():
        context = {**rights(request.user, there), "writers": writers(), "form": form}
        return render(request, "bank/exchange.html", context, status=422)
    given = form.cleaned_data
    file = keep(request.user, unit, str(given["file"].name), given["file"].chunks())
    asked = {
        "unit": unit,
        "upload": str(file.id),
        "file": file.name,
        "format": given["format"] or None,
        "pc": given["pc"] or None,
        "levels": [int(level) for level in given.get("levels", ())],
        "cognitive": given["cognitive"] or "understand",
    }
    return redirect("job", job=ask(READ, unit, request.user, **asked).pk)


@allowed("bank/<str:unit>/import/<uuid:upload>/", "bank-read", write={Role.WRITER}, secret=True)
def read(request: Request, unit: str, upload: UUID) -> HttpResponse:
    """Shows what a file would change. Its user imports or discards it."""
    there = opened(unit)
    job = or_404(
        Job.objects.filter(kind=READ, about=unit, by=request.user, state=State.DONE)
        .filter(asked__upload=str(upload))
        .first()
    )
    file = kept(request.user.username, unit, upload)
    if request.method == "POST":
        if "give_up" in request.POST:
            file.give_up()
            say(request, tell("{name} was cancelled, and nothing was changed", name=file.name), "info")
            return redirect("bank-exchange", unit=unit)
        return redirect("job", job=ask(TAKE, unit, request.user, **job.asked).pk)
    context = {
        **rights(request.user, there),
        "name": file.name,
        "found": job.result,
        "upload": upload,
        "letter_of": letter,
    }
    return render(request, "bank/read.html", context)
