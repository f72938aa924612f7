"""What happened at a sitting: lists that centres sent back, incidents, and discrepancies.

Invigilators read and upload lists. They see neither the reasons for accommodations nor the decisions about
candidates. Graders and approvers can also withdraw a file, and explain discrepancies.
"""

from __future__ import annotations

from contextlib import suppress

from django.http import HttpResponse, HttpResponseBase

from examgen.capture.centre_returns import INCIDENT_KINDS
from examgen.capture.grader_decisions import clean_text
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.package import read_package
from examgen.core.files import read_input, sha256_of
from examgen.core.problems import Refused
from examgen.core.words import tell, tell_n
from examgen.scoring.sitting_events import places_of
from examgen.scoring.sitting_folder import Sitting, SittingChanged, mark
from examgen.scoring.sitting_record import RETURNS, SittingAct, files_held
from examgen.site.access import allowed
from examgen.site.accounts.models import is_auditor
from examgen.site.requests import Request, attachment, done, numbered, or_404
from examgen.site.sittings.forms import IncidentForm, ReturnedFiles
from examgen.site.sittings.pages import (
    OVERSEES,
    REPORTS_BACK,
    holds,
    refusals,
    sitting,
    sitting_page,
    uploaded,
)
from examgen.site.writing import deciding
from examgen.sitting import centre_forms, roster
from examgen.sitting.discrepancies import explain, open_ones
from examgen.sitting.one_incident import enter_incident
from examgen.sitting.returns import SittingReturns, returns_of
from examgen.sitting.taking import Given, take, take_back

MOST = 300
"""The maximum number of rows of a list on the page; the files contain all."""


@allowed("exams/<str:exam>/returns/", "returns", read=REPORTS_BACK, write=REPORTS_BACK)
def returns(request: Request, exam: str) -> HttpResponse:
    """Shows what centres sent back, and discrepancies. POST adds files, or shows their faults."""
    form, place = ReturnedFiles(request.POST or None, request.FILES or None), sitting(exam)
    faults = list[dict[str, str]]()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        reason = {"reason": given["reason"]} if given["reason"] else {}
        with (
            refusals(faults),
            uploaded(given["given"]) as files,
            deciding(request.user, place, "returns.upload", exam, file=", ".join(files), **reason) as one,
        ):
            if given["replace"] and request.POST.get("seen", "") != _state(place):
                raise SittingChanged
            lists = [Given(path, name, "returns") for name, path in files.items()]
            taken = take(place, lists, request.user.signature, given["reason"], replace=given["replace"])
            n = sum(each.n or 0 for each in taken)
            one.did("returns.upload", exam, file=", ".join(files), lines=n, **reason)
            words = tell_n("{n:,} line is on record", "{n:,} lines are on record", n)
            return done(request, words, "returns")
    return _page(request, exam, place, faults, form)


@allowed("exams/<str:exam>/returns/incident/", "returns-incident", write=REPORTS_BACK)
def incident(request: Request, exam: str) -> HttpResponse:
    """Records an incident and gives it a number."""
    place, faults = sitting(exam), list[dict[str, str]]()
    centres, rooms = _places(place)
    form = IncidentForm(request.POST or None, centres=centres, rooms=rooms, by=request.user.signature)
    if request.method == "POST" and form.is_valid():
        with refusals(faults), deciding(request.user, place, "returns.incident", exam) as one:
            name = enter_incident(place, form.line(), request.user.signature)
            one.did("returns.incident", exam, incident=name)
            return done(request, tell("incident {name} is on record", name=name), "returns")
    context = {
        "form": form,
        "faults": faults,
    }
    return sitting_page(request, "sittings/incident.html", context)


@allowed("exams/<str:exam>/returns/back/", "returns-back", write=OVERSEES, post_only=True)
def back(request: Request, exam: str) -> HttpResponse:
    """Withdraws a file that a centre sent, with a reason."""
    name, reason = request.POST.get("name", ""), clean_text(request.POST.get("reason", ""))
    place = sitting(exam)
    if not any(path.name == name for path in place.returns):
        raise Refused(tell("{name} is not among what centres sent back", name=name))
    if not reason:
        raise Refused(tell("say why the file is taken back: it stays on record"))
    with deciding(request.user, place, "returns.back", exam, file=name, reason=reason):
        take_back(place, [f"{RETURNS}/{name}"], request.user.signature, reason)
    return done(request, tell("{name} was taken away", name=name), "returns")


@allowed("exams/<str:exam>/returns/explained/", "returns-explained", write=OVERSEES, post_only=True)
def explained(request: Request, exam: str) -> HttpResponse:
    """Records the explanation of discrepancies."""
    refs, reason = request.POST.getlist("ref"), clean_text(request.POST.get("reason", ""))
    place = sitting(exam)
    if not reason:
        raise Refused(tell("say what came of it: it stays on record"))
    with deciding(request.user, place, "returns.explain", exam, n=len(refs), reason=reason):
        found = explain(place, refs, request.user.signature, reason)
    words = tell_n("what came of it is on record", "what came of {n:,} of them is on record", len(found))
    return done(request, words, "returns")


@allowed("exams/<str:exam>/returns/form/<int:number>/", "returns-form", read=REPORTS_BACK)
def form_file(request: Request, exam: str, number: int) -> HttpResponseBase:
    """Returns the workbook for a centre to fill in; `number` counts the centres from 1."""
    place = sitting(exam)
    centre = numbered(centre_forms.centres_of(place), number)
    return attachment(centre_forms.workbook_of(place, centre), centre_forms.workbook_name(centre.centre))


@allowed("exams/<str:exam>/returns/files/<str:file>", "returns-file", read=OVERSEES)
def held_file(request: Request, exam: str, file: str) -> HttpResponseBase:
    """Returns a file as it was sent back."""
    path = or_404(next((one for one in sitting(exam).returns if one.name == file), None))
    return attachment(read_input(path), path.name)


def _places(place: Sitting) -> tuple[list[str], list[str]]:
    """Returns the centres and the rooms of a sitting, as they are spelt there."""
    places = places_of(place, read_package(place.exam))
    rooms = dict.fromkeys(room for some in places.rooms.values() for room in some.values())
    return [*places.centres.values()], [*rooms]


def _state(place: Sitting) -> str:
    """Returns a text that changes whenever a returned file changes."""
    return mark("\n".join(f"{path.name}\t{sha256_of(path)}" for path in place.returns))


def _page(
    request: Request, exam: str, place: Sitting, faults: list[dict[str, str]], form: ReturnedFiles
) -> HttpResponse:
    came: SittingReturns | None = None
    forms, held = list[str](), dict[str, SittingAct]()
    with refusals(faults):
        came = returns_of(place)
        held = files_held(place.acts(files=False))
    with suppress(Refused):
        forms = [one.centre for one in centre_forms.centres_of(place)]
    oversees = holds(request, exam, *OVERSEES) or is_auditor(request.user)
    context = {
        "form": form,
        "faults": faults,
        "came": came,
        "forms": forms,
        "files": [(path.name, held.get(f"{RETURNS}/{path.name}")) for path in place.returns],
        "open": open_ones(came.discrepancies) if came is not None else [],
        "explained": [one for one in came.discrepancies if one.explained is not None]
        if came is not None
        else [],
        "names": {canonical_number(who): name for who, name in roster.names(place).items()},
        "kinds": INCIDENT_KINDS,
        "most": MOST,
        "oversees": oversees,
        "may_oversee": holds(request, exam, *OVERSEES),
        "seen": _state(place),
        "may_give": holds(request, exam, *REPORTS_BACK),
    }
    return sitting_page(request, "sittings/returns.html", context)
