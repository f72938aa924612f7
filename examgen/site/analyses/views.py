"""Pages of analyses: files sent to a unit, what is asked of them, what came of it."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from examgen.analyses.reported.copying import SIGNAL
from examgen.capture.tabular.containers import TABLE_ENDINGS
from examgen.core.options import Argument
from examgen.core.problems import Refused
from examgen.core.storage import read_input
from examgen.core.words import Message, tell
from examgen.scoring.sitting_folder import SittingChanged
from examgen.site import uploads
from examgen.site.access import allowed, may, units_for
from examgen.site.analyses.forms import EXAM, SentFiles
from examgen.site.analyses.given import about, exams_of
from examgen.site.analyses.kept import ASKS, READS, Kept, all_kept, kept_for, of_exam, stands
from examgen.site.analyses.kept import remove as removed
from examgen.site.analyses.kinds import CUT, KINDS, SCALED, Kind
from examgen.site.analyses.work import JOB, units_of
from examgen.site.audit.models import Entry
from examgen.site.audit.record import record
from examgen.site.jobs import queue
from examgen.site.jobs.views import sent_before
from examgen.site.language import said
from examgen.site.requests import Request, attachment
from examgen.site.sittings.pages import sitting
from examgen.site.sittings.rules import put_by
from examgen.site.workspace import (
    exam_folder,
    exam_folders,
    unit_folder,
    unit_folders,
    units_of_exam,
)
from examgen.site.writing import deciding
from examgen.sitting.rules import RULES, points_are_items, take_rule

MOST_SENT = 50
"""Files of one person that may wait in a unit."""
MOST = 100
"""Analyses that the list shows."""
ENDINGS = (*TABLE_ENDINGS, ".gz", ".dat")
RULE_FILES = {CUT: "cut", SCALED: "scaled"}
"""Files that a scoring takes, by what it calls them."""


@allowed(read=READS)
def analyses(request: Request) -> HttpResponse:
    """What was analysed, of those units that one may read; where one may ask for more."""
    exam = request.GET.get("exam", "")
    found = [one for one in (of_exam(exam) if exam else all_kept()) if one.is_for(request.user)]
    held = units_for(request.user, ASKS)
    units = [code for code in unit_folders() if held is None or code in held]
    if exam:
        own = units_of_exam(exam) or frozenset()
        units = [code for code in units if code in own]
    shown = {"found": found[:MOST], "n": len(found), "most": MOST, "units": units, "exam": exam}
    return render(request, "analyses/list.html", shown)


@allowed(write=ASKS, within="unit")
def of_unit(request: Request, unit: str) -> HttpResponse:
    """The files that one has sent to a unit, and the analyses that there are; a post sends files."""
    unit_folder(unit)
    form = SentFiles(request.POST or None, request.FILES or None)
    sent = uploads.all_kept(request.user.username, about(unit))
    if request.method == "POST" and form.is_valid():
        if len(sent) + len(form.cleaned_data["given"]) > MOST_SENT:
            raise Refused(tell("at most {n} of your files may wait here: remove some first", n=MOST_SENT))
        for file in form.cleaned_data["given"]:
            uploads.keep(request.user, about(unit), str(file.name), file.chunks(), ENDINGS)
        record(request.user, "analyses.upload", unit, files=len(form.cleaned_data["given"]))
        return redirect("analyses-unit", unit=unit)
    shown = {
        "code": unit,
        "form": form,
        "sent": sent,
        "kinds": KINDS,
        "exam": request.GET.get("exam", ""),
    }
    return render(request, "analyses/unit.html", shown, status=422 if request.method == "POST" else 200)


@allowed(write=ASKS, within="unit")
@require_POST
def give_up(request: Request, unit: str, upload: uuid.UUID) -> HttpResponse:
    """Deletes a file that one has sent."""
    uploads.kept(request.user.username, about(unit), upload).give_up()
    return redirect("analyses-unit", unit=unit)


@allowed(write=ASKS, within="unit")
def ask(request: Request, unit: str, kind: str) -> HttpResponse:
    """What an analysis is asked; a post has it done."""
    unit_folder(unit)
    if kind not in KINDS:
        raise Http404
    one = KINDS[kind]
    sent = {str(file.id): file.name for file in uploads.all_kept(request.user.username, about(unit))}
    # the exams of the unit, those of whose units one is all a psychometrician
    names = [name for name in exam_folders() if unit in (units_of_exam(name) or ())]
    exams = {name: name for name in names if may(request.user, ASKS, units_of_exam(name))}
    first = request.GET.get("exam", "")
    initial: dict[str, Any] = {}
    if first in exams:
        name = next(name for name in ("exam", "files", "x", "new") if name in one.form.base_fields)
        initial = {name: [EXAM + first] if name == "files" else EXAM + first, "bank": "bank" in request.GET}
    elif again := request.GET.get("again"):
        initial = _asked_before(request, unit, one, again)
    else:
        initial = sent_before(request, JOB + one.name).get("options", {})
    form = one.form(request.POST or None, exams=exams, files=sent, initial=initial)
    if request.method == "POST" and form.is_valid():
        options = form.cleaned_data
        of = exams_of(options)
        if not may(request.user, ASKS, units_of(unit, of)):
            raise PermissionDenied
        job = queue.ask(
            JOB + one.name, of[0] if of else unit, request.user, unit=unit, id=str(uuid.uuid4()),
            options=options,
        )  # fmt: skip
        return redirect("job", job=job.id)
    shown = {"code": unit, "kind": one, "form": form, "n_sent": len(sent), "n_exams": len(exams)}
    return render(request, "analyses/ask.html", shown, status=422 if request.method == "POST" else 200)


def _asked_before(request: Request, unit: str, kind: Kind, number: str) -> dict[str, Any]:
    """What one asked of an analysis before, to be changed; nothing where it is not one's own of that kind."""
    try:
        before = kept_for(request.user, uuid.UUID(number))
    except ValueError:
        raise Http404 from None
    asked = before.asked
    if (asked["by"], asked["unit"], asked["kind"]) != (request.user.username, unit, kind.name):
        raise Http404
    return before.options


@allowed(read=READS)
def kept(request: Request, result: uuid.UUID) -> HttpResponse:
    """What came of an analysis."""
    one = kept_for(request.user, result)
    if one.kind.is_secret:
        record(request.user, "analyses.open", _of(one), kind=one.kind.name, result=str(one.id))
    return _page(request, one)


def _page(request: Request, one: Kept, overtaken: str = "") -> HttpResponse:
    """An analysis; its file goes to no sitting where another one stands there than when the page was opened,
    in the exam that is `overtaken`."""
    shown = {
        "one": one,
        "kind": one.kind,
        "parts": one.told,
        "names": one.names,
        "options": _options(one),
        "signal": SIGNAL if one.kind.is_secret else "",
        "rules": [RULES[RULE_FILES[name]][1] for name in one.names if name in RULE_FILES],
        "rule_exams": [_taker(one, exam) for exam in _rule_exams(request, one)],
        "overtaken": overtaken,
        "since": _since(one),
        "is_undecided": CUT in one.kind.ticks.values() and CUT not in one.names,
        "may_ask": one.asked["by"] == request.user.username and may(request.user, ASKS, [one.asked["unit"]]),
        "may_remove": not one.exams
        and one.asked["by"] == request.user.username
        and may(request.user, ASKS, one.asked["units"]),
    }
    return render(request, "analyses/kept.html", shown, status=409 if overtaken else 200)


class Taker(NamedTuple):
    """An exam whose sitting can take a file of an analysis; `seen` tells what stands there, `put` who has put
    it there."""

    exam: str
    seen: str
    put: Entry | None


def _taker(one: Kept, exam: str) -> Taker:
    kind = next(RULE_FILES[name] for name in one.names if name in RULE_FILES)
    place = sitting(exam)
    return Taker(exam, place.state(RULES[kind][0]), put_by(place, kind))


def _options(one: Kept) -> dict[str, str]:
    """By option what was said, files and exams by their names."""
    files: dict[str, list[str]] = {}
    for file in one.asked["files"]:
        files.setdefault(file["field"], []).append(f"{file['name']} (SHA-256 {file['sha256'][:16]}…)")
    fields, declared = one.kind.form.base_fields, one.kind.command.declared()
    arguments = {name for name, own in declared.items() if isinstance(own.option, Argument)}
    found = {}
    for name, value in one.options.items():
        if value is False or value in ("", None, []):
            continue
        values = value if isinstance(value, list) else [value]
        exams = [said.removeprefix(EXAM) for said in values if str(said).startswith(EXAM)]
        known = [*exams, *files.get(name, [])]
        if name in arguments:
            shown = str(fields[name].label)
        else:  # an analysis of before may have an option that the command no longer has
            shown = declared[name].words if name in declared else "--" + name.replace("_", "-")
        found[shown] = ", ".join(known) if known else str(said(tell("yes")) if value is True else value)
    return found


def _of(one: Kept) -> str:
    return str(one.exams[0] if one.exams else one.asked["unit"])


def _since(one: Kept) -> list[Message]:
    """What has been scored or released since, of the exams that the analysis is of."""
    found = []
    for name, before in one.asked.get("stood", {}).items():
        now = stands(exam_folder(name)) if before and one.is_of(name) else None
        if now is not None and now["newest"] != before["newest"]:
            found.append(
                tell(
                    "{exam} was scored again after this analysis: run {run} is the newest now. What the "
                    "analysis took from scores is of an earlier run.",
                    exam=name,
                    run=now["newest"][0],
                )
            )
        if now is not None and now["released"] != before["released"]:
            found.append(
                tell(
                    "Run {run} of {exam} was released after this analysis.",
                    exam=name,
                    run=now["released"][0],
                )
            )
    return found


def _rule_exams(request: Request, one: Kept) -> list[str]:
    """The exams whose scoring can take a file of the analysis, where who asks may give it."""
    given = RULE_FILES.get(next((name for name in one.names if name in RULE_FILES), ""))
    exam = str(one.options.get(one.kind.scored) or "")
    name = exam.removeprefix(EXAM)
    if given is None or not exam.startswith(EXAM) or not one.is_of(name):
        return []
    if one.kind.name == "link" and not points_are_items(sitting(name)):
        return []
    return [name] if may(request.user, ASKS, units_of_exam(name)) else []


@allowed(read=READS)
def file(request: Request, result: uuid.UUID, file: str) -> HttpResponse:
    """A file of an analysis."""
    one = kept_for(request.user, result)
    if file not in one.names:
        raise Http404
    record(request.user, "analyses.take", _of(one), kind=one.kind.name, result=str(one.id), file=file)
    return attachment(read_input(one.folder / file), f"{_of(one)}-{one.kind.name}-{file}")


@allowed(write=ASKS)
@require_POST
def use(request: Request, result: uuid.UUID) -> HttpResponse:
    """Gives a cut or a conversion to the sitting of an exam: its next scoring takes it."""
    one = kept_for(request.user, result)
    exam = request.POST.get("exam", "")
    names = [name for name in one.names if name in RULE_FILES]
    if not names or exam not in _rule_exams(request, one):
        raise PermissionDenied
    kind = RULE_FILES[names[0]]
    place = sitting(exam)
    try:
        with deciding(request.user, place, "rules.give", exam, kind=kind, result=str(one.id)):
            take_rule(place, kind, one.folder / names[0], names[0], request.POST.get("seen", ""))
    except SittingChanged:
        return _page(request, one, overtaken=exam)
    messages.success(request, said(tell("{what}: the next scoring uses this file", what=RULES[kind][1])))
    return redirect("rules", exam=exam)


@allowed(write=ASKS)
@require_POST
def remove(request: Request, result: uuid.UUID) -> HttpResponse:
    """Takes away an analysis of files alone, by who had it done; one of an exam goes with the exam."""
    one = kept_for(request.user, result)
    if one.exams or one.asked["by"] != request.user.username:
        raise PermissionDenied
    removed(one)
    record(request.user, "analyses.remove", one.asked["unit"], kind=one.kind.name, result=str(one.id))
    messages.success(request, said(tell("The analysis is gone.")))
    return redirect("analyses")
