"""Exporting workbooks and files for other programs, and importing them by jobs: first what would change, then
the change."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from examgen.bank.spreadsheets import Imported, export_items, import_items
from examgen.core.files import read_input
from examgen.core.models.field_types import CATEGORY_WORDS
from examgen.core.models.standard import Unit
from examgen.core.problems import Problem
from examgen.core.words import tell, tell_n
from examgen.interchange.exporting import WRITERS, export_questions
from examgen.interchange.importing import ImportOptions, Taken, formats_read, import_questions, is_foreign
from examgen.site.abuse import Watched
from examgen.site.access import allowed
from examgen.site.accounts.models import Role
from examgen.site.audit.models import record, text_name
from examgen.site.bank.fields import letter, words_of
from examgen.site.bank.units import KEYS, opened, rights
from examgen.site.forms import MEGABYTE, OneFile, choice_field, ticks_field, told_choices
from examgen.site.jobs.models import Job, State
from examgen.site.jobs.queue import Outcome, Progress, ask, kind, on_unit
from examgen.site.language import kept as as_kept
from examgen.site.language import said
from examgen.site.requests import Request, attachment, or_404, say
from examgen.site.uploads import keep, kept
from examgen.site.workspace import bank
from examgen.site.writing import writing

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


MOST_SHOWN = 300
"""The maximum number of items of a file that are shown."""
MOST_LETTERS = 4_000
"""The maximum number of characters shown of a text."""


@kind(READ, tell("Read a file of items"), {Role.WRITER}, form=on_unit("bank-exchange"))
def read_file(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Returns what a file would change. Nothing is written to the bank."""
    unit, upload = asked["unit"], asked["upload"]
    values = _imported(asked, True, progress)[0]
    message = tell("The file has been read. Check what it would change.")
    return Outcome(message, reverse("bank-read", kwargs={"unit": unit, "upload": upload}), values)


@kind(TAKE, tell("Take over a file of items"), {Role.WRITER}, form=on_unit("bank-exchange"))
def take(asked: dict[str, Any], progress: Progress) -> Outcome:
    """Imports a file of items on behalf of the user who uploaded it."""
    unit = asked["unit"]
    with writing(asked["user"], [unit], f"{unit}: items from {asked['file']}") as one:
        before = _text_names(unit)
        _, names = _imported(asked, False, progress)
        now = _text_names(unit)
        for name in names:
            one.did("item.import", f"{unit}/{name}", hash=now.get(name, ""), was=before.get(name, ""))
        one.message = f"{unit}: {len(names)} items from {asked['file']}"
    kept(asked["by"], unit, UUID(asked["upload"])).give_up()
    message = tell_n("{n} item is now in the bank", "{n} items are now in the bank", len(names))
    return Outcome(message, reverse("bank-unit", kwargs={"unit": unit}))


def _text_names(unit: str) -> dict[str, str]:
    """Returns the name of each item's text in the record, by item."""
    return {name: text_name(item.sha256()) for name, item in opened(unit).items.items()}


def _imported(asked: dict[str, Any], dry_run: bool, progress: Progress) -> tuple[dict[str, Any], list[str]]:
    """Imports a file, or with `dry_run` only reads it. Returns the changes for the page, and the items."""
    unit = asked["unit"]
    path = kept(asked["by"], unit, UUID(asked["upload"])).path
    if not is_foreign(path, asked["format"]):
        done = import_items(bank(), path, unit, dry_run, with_statuses=False, progress=progress)
        names = [one.item for one in done.plan.changed] + [one.item.id for one in done.plan.added]
        return _of_workbook(done), names
    said = ImportOptions(asked["pc"], None, tuple(asked["levels"]), asked["cognitive"])
    taken = import_questions(bank(), path, unit, said, asked["format"], dry_run, progress)
    return _of_questions(taken), [item.id for _, item in taken.items]


def _of_workbook(done: Imported) -> dict[str, Any]:
    changed = [
        {
            "item": one.item,
            "changes": [
                {"field": as_kept(words_of(change.field)), "old": _text(change.old), "new": _text(change.new)}
                for change in one.changes
            ],
        }
        for one in done.plan.changed[:MOST_SHOWN]
    ]
    return {
        "kind": "workbook",
        "changed": changed,
        "n_changed": len(done.plan.changed),
        "new": [{"item": one.item.id, "stem": _text(one.item.stem)} for one in done.plan.added[:MOST_SHOWN]],
        "n_new": len(done.plan.added),
        "unchanged": done.plan.unchanged,
        "removed": list(done.plan.removed),
        "notices": [_notice(one) for one in done.notices[:MOST_SHOWN]],
    }


def _of_questions(taken: Taken) -> dict[str, Any]:
    return {
        "kind": "questions",
        "format": taken.format,
        "new": [
            {
                "item": one.name,
                "source": one.source,
                "stem": _text(one.stem),
                "options": [[letter, _text(text), is_right] for letter, text, is_right in one.options],
                "warnings": [as_kept(warning) for warning in one.warnings],
            }
            for one in taken.shown[:MOST_SHOWN]
        ],
        "n_new": len(taken.items),
        "left": [
            {"name": name, "source": source, "reason": as_kept(reason)} for name, source, reason in taken.left
        ],
        "notes": [as_kept(note) for note in taken.notes],
        "notices": [_notice(one) for one in taken.notices[:MOST_SHOWN]],
    }


def _notice(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "item": problem.item or "",
        "source": str(problem.source),
        "code": problem.code,
        "said": as_kept(problem.message),
    }


def _text(value: object) -> str:
    if value is None or value == ():
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"
