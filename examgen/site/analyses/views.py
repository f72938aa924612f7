"""Pages of analyses: uploading files to a unit, requesting an analysis, and showing its results."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from examgen.analysis.copying import SIGNAL
from examgen.core.exam.names import RESULTS
from examgen.core.exam.runs import is_scored
from examgen.core.files import read_input
from examgen.core.problems import Refused
from examgen.core.tables.opening import TABLE_ENDINGS
from examgen.core.words import Message, tell
from examgen.scoring.sitting_folder import SittingChanged
from examgen.site import uploads
from examgen.site.access import allowed, exams_of_unit, may, units_for
from examgen.site.analyses.forms import EXAM, SentFiles, forms_of
from examgen.site.analyses.kinds import CUT, KINDS, SCALED, Kind, about, exams_of
from examgen.site.analyses.pictures import picture_of
from examgen.site.analyses.work import ASKS, FOUND, JOB, READS, Kept, all_kept, kept_for, units_of
from examgen.site.analyses.work import remove as removed
from examgen.site.audit.models import record
from examgen.site.bank.units import units_seen
from examgen.site.jobs import queue
from examgen.site.jobs.views import sent_before
from examgen.site.language import moment, said
from examgen.site.requests import Request, attachment, done, say
from examgen.site.sittings.pages import sitting
from examgen.site.uploads import uploads_stay
from examgen.site.workspace import (
    exam_folder,
    unit_folder,
    unit_folders,
    units_of_exam,
)
from examgen.site.writing import deciding
from examgen.sitting.rules import RULES, points_are_items, take_rule

MOST_SENT = 50
"""The maximum number of a user's uploaded files in a unit."""
MOST = 100
"""The maximum number of analyses in the list."""
ENDINGS = (*TABLE_ENDINGS, ".gz", ".dat")
RULE_FILES = {CUT: "cut", SCALED: "scaled"}
"""Result files that a scoring can use, with the kind of rule each is."""
FILES: dict[str, Message] = {
    CUT: tell("The cut, as a scoring takes it (YAML)"),
    SCALED: tell("The conversion, as a scoring takes it (YAML)"),
    "items.csv": tell("Table of the items (CSV)"),
    "pairs.csv": tell("Table of the pairs (CSV)"),
    FOUND: tell("All figures (JSON)"),
}
"""The labels of the files of an analysis."""


@allowed("analyses/", "analyses", read=READS)
def analyses(request: Request) -> HttpResponse:
    """Shows the analyses that the user may read, and the units for which the user may request one."""
    found = [one for one in all_kept() if one.is_for(request.user)]
    held = units_for(request.user, ASKS)
    shown = {
        "found": found[:MOST],
        "n": len(found),
        "most": MOST,
        "units": [code for code in unit_folders() if held is None or code in held],
        "titles": {code: one.unit.title for code, one in units_seen(request.user, ASKS) if one is not None},
        "exam": request.GET.get("exam", ""),
    }
    return render(request, "analyses/list.html", shown)


@allowed("analyses/unit/<str:unit>/", "analyses-unit", write=ASKS)
def of_unit(request: Request, unit: str) -> HttpResponse:
    """Shows the files that the user uploaded to a unit, and the kinds of analyses. POST uploads files."""
    unit_folder(unit)
    form = SentFiles(request.POST or None, request.FILES or None)
    sent = uploads.all_kept(request.user.username, about(unit))
    if request.method == "POST" and form.is_valid():
        _take(request, unit, form)
        return redirect("analyses-unit", unit=unit)  # at its top: what came, and what can be asked now
    exams = exams_of_unit(request.user, ASKS, unit)
    shown = {
        "code": unit,
        "form": form,
        "sent": [(file, titled) for file, titled in zip(sent, _titled(sent), strict=True)],
        "goes": {file.id: (file.at + timedelta(seconds=uploads_stay())).date() for file in sent},
        "kinds": [*KINDS.values()],
        "lacks": not sent and not _scored(exams),
        "scored": _scored(exams),
        "exams": exams,
        "exam": request.GET.get("exam", ""),
    }
    return render(request, "analyses/unit.html", shown, status=422 if request.method == "POST" else 200)


def _take(request: Request, unit: str, form: SentFiles) -> list[uploads.Kept]:
    """Stores the uploaded files of a valid form. Raises Refused if the user would have too many."""
    waiting, given = uploads.all_kept(request.user.username, about(unit)), form.cleaned_data["given"]
    if len(waiting) + len(given) > MOST_SENT:
        raise Refused.because("at most {n} of your files may wait here: remove some first", n=MOST_SENT)
    kept = [uploads.keep(request.user, about(unit), str(file.name), file.chunks(), ENDINGS) for file in given]
    record(request.user, "analyses.upload", unit, files=len(kept))
    say(request, tell("Sent: {names}", names=", ".join(one.name for one in kept)))
    return kept


def _titled(files: Sequence[uploads.Kept]) -> list[str]:
    """Returns the names of files; those with the same name also have the time of upload."""
    names = Counter(one.name for one in files)
    return [one.name if names[one.name] == 1 else f"{one.name} ({moment(one.at)})" for one in files]


@allowed(
    "analyses/unit/<str:unit>/files/<uuid:upload>/remove/", "analyses-give-up", write=ASKS, post_only=True
)
def give_up(request: Request, unit: str, upload: uuid.UUID) -> HttpResponse:
    """Deletes a file that the user uploaded."""
    uploads.kept(request.user.username, about(unit), upload).give_up()
    return redirect("analyses-unit", unit=unit)


@allowed("analyses/unit/<str:unit>/<str:kind>/", "analyses-ask", write=ASKS)
def ask(request: Request, unit: str, kind: str) -> HttpResponse:
    """Shows the form of an analysis. POST starts it; a POST with files uploads them and shows the form again
    with what was filled in."""
    unit_folder(unit)
    if kind not in KINDS:
        raise Http404
    one = KINDS[kind]
    sends = request.method == "POST" and bool(request.FILES or "send" in request.POST)
    sending = SentFiles(request.POST if sends else None, request.FILES if sends else None)
    sending.fields["given"].required = False  # only where this page sends one
    came = [str(file.id) for file in _take(request, unit, sending)] if sends and sending.is_valid() else []
    waiting = uploads.all_kept(request.user.username, about(unit))
    sent = {str(file.id): titled for file, titled in zip(waiting, _titled(waiting), strict=True)}
    names = exams_of_unit(request.user, ASKS, unit)
    exams: dict[str, Any] = {name: name for name in names}
    if one.base.of_forms:
        exams = {
            f"{name}/{form}": said(tell("{exam}, form {form}", exam=name, form=form))
            for name in _scored(names)
            for form in forms_of(name)
        }
    if sends:
        fields = one.form.base_fields.items()
        typed = {n: field.widget.value_from_datadict(request.POST, {}, n) for n, field in fields}
        initial = one.form.with_sent(typed, came)
    else:
        initial = _begun(request, unit, one, names)
    given = None if sends else request.POST or None
    form = one.form(given, exams=exams, files=sent, initial=initial)
    if given and form.is_valid():
        options = form.cleaned_data
        of = exams_of(options)
        if not may(request.user, ASKS, units_of(unit, of)):
            raise PermissionDenied
        job = queue.ask(
            JOB + one.name, of[0] if of else unit, request.user, unit=unit, id=str(uuid.uuid4()),
            options=options,
        )  # fmt: skip
        return redirect("job", job=job.id)
    lacks = not waiting and not any(is_scored(exam_folder(name) / RESULTS) for name in names)
    shown = {"code": unit, "kind": one, "form": form, "sending": sending, "lacks": lacks}
    return render(request, "analyses/ask.html", shown, status=422 if given or sending.errors else 200)


def _begun(request: Request, unit: str, one: Kind, exams: list[str]) -> dict[str, Any]:
    """Returns the initial values of the fields: those for an exam, or those used before."""
    if (first := request.GET.get("exam", "")) in exams:
        return {**one.form.of_exam(first), "bank": "bank" in request.GET}
    if again := request.GET.get("again"):
        return one.form.began(_asked_before(request, unit, one, again))
    if before := sent_before(request, JOB + one.name):
        return one.form.began(before["options"])
    return {}


def _scored(exams: list[str]) -> list[str]:
    return [name for name in exams if is_scored(exam_folder(name) / RESULTS)]


def _asked_before(request: Request, unit: str, kind: Kind, number: str) -> dict[str, Any]:
    """Returns the options of an earlier analysis, to be changed.

    Raises Http404 unless it is the user's own, of this unit and kind.
    """
    try:
        before = kept_for(request.user, uuid.UUID(number))
    except ValueError:
        raise Http404 from None
    asked = before.asked
    if (asked["by"], asked["unit"], asked["kind"]) != (request.user.username, unit, kind.name):
        raise Http404
    return before.options


@allowed("analyses/<uuid:result>/", "analysis-kept", read=READS)
def kept(request: Request, result: uuid.UUID) -> HttpResponse:
    """Shows the results of an analysis."""
    one = kept_for(request.user, result)
    if one.kind.is_secret:
        record(request.user, "analyses.open", _of(one), kind=one.kind.name, result=str(one.id))
    return _page(request, one)


def _page(request: Request, one: Kept) -> HttpResponse:
    found = json.loads(read_input(one.folder / FOUND))
    rules = [name for name in one.names if name in RULE_FILES]
    shown = {
        "one": one,
        "kind": one.kind,
        "picture": picture_of(one.kind.name, found),
        **_ordered(one.told),
        "files": [(name, said(FILES.get(name, name))) for name in one.names],
        "signal": SIGNAL if one.kind.is_secret and found.get("n_listed") else "",
        "rules": [RULES[RULE_FILES[name]][1] for name in rules],
        "rule_exams": [
            (exam, sitting(exam).state(RULES[RULE_FILES[rules[0]]][0])) for exam in _rule_exams(request, one)
        ],
        "is_undecided": CUT in one.kind.ticks.values() and CUT not in one.names,
        "may_ask": one.asked["by"] == request.user.username and may(request.user, ASKS, [one.asked["unit"]]),
        "may_remove": not one.exams
        and one.asked["by"] == request.user.username
        and may(request.user, ASKS, one.asked["units"]),
    }
    return render(request, "analyses/kept.html", shown)


def _ordered(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Sorts the results: the meaning first, then cautions, then tables, and how they were computed."""
    lines = [part for part in parts if "line" in part]
    return {
        "means": [part["line"] for part in lines if part["style"] == "bold"],
        "minds": [part["line"] for part in lines if part["style"] == "yellow"],
        "tables": [part for part in parts if "line" not in part],
        "computed": [part["line"] for part in lines if not part["style"]],
    }


def _of(one: Kept) -> str:
    return str(one.exams[0] if one.exams else one.asked["unit"])


def _rule_exams(request: Request, one: Kept) -> list[str]:
    """Returns the exams whose scoring can use a file of the analysis, if the user may upload it there."""
    given = RULE_FILES.get(next((name for name in one.names if name in RULE_FILES), ""))
    exam = str(one.options.get(one.kind.scored) or "")
    name = exam.removeprefix(EXAM)
    if given is None or not exam.startswith(EXAM) or not one.is_of(name):
        return []
    if one.kind.name == "link" and not points_are_items(sitting(name)):
        return []
    return [name] if may(request.user, ASKS, units_of_exam(name)) else []


@allowed("analyses/<uuid:result>/<str:file>", "analysis-kept-file", read=READS)
def file(request: Request, result: uuid.UUID, file: str) -> HttpResponse:
    """Returns a file of an analysis."""
    one = kept_for(request.user, result)
    if file not in one.names:
        raise Http404
    record(request.user, "analyses.take", _of(one), kind=one.kind.name, result=str(one.id), file=file)
    return attachment(read_input(one.folder / file), f"{_of(one)}-{one.kind.name}-{file}")


@allowed("analyses/<uuid:result>/use/", "analysis-use", write=ASKS, post_only=True)
def use(request: Request, result: uuid.UUID) -> HttpResponse:
    """Gives a cut or a conversion to the sitting of an exam, to be used in its next scoring."""
    one = kept_for(request.user, result)
    exam = request.POST.get("exam", "")
    names = [name for name in one.names if name in RULE_FILES]
    if not names or exam not in _rule_exams(request, one):
        raise PermissionDenied
    kind = RULE_FILES[names[0]]
    place = sitting(exam)
    try:
        with deciding(request.user, place, "rules.give", kind=kind, result=str(one.id)):
            take_rule(place, kind, one.folder / names[0], names[0], request.POST.get("seen", ""))
    except SittingChanged:
        words = tell("Somebody has given another file to {exam} meanwhile. Look at it first.", exam=exam)
        say(request, words, "error")
        return redirect("analysis-kept", result=one.id)
    return done(
        request, tell("{what}: the next scoring uses this file", what=RULES[kind][1]), "rules", exam=exam
    )


@allowed("analyses/<uuid:result>/remove/", "analysis-remove", write=ASKS, post_only=True)
def remove(request: Request, result: uuid.UUID) -> HttpResponse:
    """Deletes an analysis that used uploaded files only, if the user requested it. An analysis of an exam is
    deleted with the exam."""
    one = kept_for(request.user, result)
    if one.exams or one.asked["by"] != request.user.username:
        raise PermissionDenied
    removed(one)
    record(request.user, "analyses.remove", one.asked["unit"], kind=one.kind.name, result=str(one.id))
    return done(request, tell("The analysis is gone."), "analyses")
