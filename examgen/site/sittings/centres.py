"""What centres report of a sitting: who came, room by room, incidents, and the lists that they send back.

Invigilators record attendance, and read and upload lists. They see neither the reasons for accommodations nor
the decisions about candidates. Graders and approvers can also withdraw a file, and explain discrepancies.
"""

from __future__ import annotations

from contextlib import suppress

from django.http import HttpResponse, HttpResponseBase

from examgen.capture.centre_returns import INCIDENT_KINDS
from examgen.capture.grader_decisions import clean_text
from examgen.core.exam.package import read_package
from examgen.core.files import read_input, sha256_of
from examgen.core.problems import Refused
from examgen.core.words import Message, tell, tell_n
from examgen.scoring.reconcile import UNRECONCILED_WORDS
from examgen.scoring.sitting_events import places_of
from examgen.scoring.sitting_folder import ROSTER, Sitting, SittingChanged, mark, plain_name
from examgen.scoring.sitting_record import RETURNS, SittingAct, files_held
from examgen.site.access import allowed
from examgen.site.accounts.models import Role, is_auditor
from examgen.site.requests import Request, attachment, done, numbered, or_404
from examgen.site.sittings.forms import IncidentForm, ReturnedFiles, RosterFile
from examgen.site.sittings.pages import (
    AT_THE_DOOR,
    GRADERS,
    OVERSEES,
    REPORTS_BACK,
    SEES,
    holds,
    refusals,
    runs_of,
    sitting,
    sitting_page,
    uploaded,
)
from examgen.site.writing import deciding
from examgen.sitting import centre_forms
from examgen.sitting import roster as kept
from examgen.sitting.discrepancies import explain, open_ones
from examgen.sitting.one_incident import enter_incident
from examgen.sitting.returns import SittingReturns, returns_of
from examgen.sitting.taking import Given, take, take_back

OPEN = 100
"""The maximum number of people for which all rooms are shown expanded."""
MOST = 300
"""The maximum number of rows of a list on the page; the files contain all."""
STATUS_WORDS = {"present": tell("came"), "absent": tell("absent"), "": tell("not recorded")}


@allowed("exams/<str:exam>/roster/", "roster", read=SEES | AT_THE_DOOR)
def roster(request: Request, exam: str) -> HttpResponseBase:
    """Shows the rooms with the numbers of registered, present and absent candidates, and the ledger of the
    newest run."""
    place = sitting(exam)
    rooms = kept.rooms(place)
    run = next(iter(runs_of(place)), None) if holds(request, exam, *SEES, Role.AUDITOR) else None
    ledger = kept.ledger(run.folder, "ledger.csv") if run else []
    context = {
        "rooms": rooms,
        "sums": {name: sum(room.count(name) for room in rooms) for name in kept.STATUSES},
        "is_kept": place.given(ROSTER) is not None,
        "run": run,
        "ledger": [line for line in ledger if line["by"] in ("total", "room")],
        "unreconciled": kept.ledger(run.folder, "unreconciled.csv")[:200] if run else [],
        "may_record": holds(request, exam, *AT_THE_DOOR),
        "what_words": UNRECONCILED_WORDS,
        "detail_words": kept.detail_words,
    }
    return sitting_page(request, "sittings/roster.html", context)


@allowed("exams/<str:exam>/roster/list/", "roster-file", write=GRADERS)
def roster_file(request: Request, exam: str) -> HttpResponseBase:
    """Replaces the roster by an uploaded list."""
    form, place = RosterFile(request.POST or None, request.FILES or None), sitting(exam)
    if form.is_valid():
        file = plain_name(form.cleaned_data["given"][0].name or "")
        with (
            refusals(request),
            uploaded(form.cleaned_data["given"]) as files,
            deciding(request.user, place, "roster.upload", file=file) as act,
        ):
            n = kept.take_list(place, file, next(iter(files.values())), request.POST.get("seen", ""))
            act.note(people=n)
            words = tell_n("{n:,} person is on the roster", "{n:,} people are on the roster", n)
            return done(request, words, "roster")
    context = {"form": form, "seen": kept.list_state(place)}
    return sitting_page(request, "sittings/roster_file.html", context)


@allowed("exams/<str:exam>/roster/<int:number>/", "room", read=SEES | AT_THE_DOOR, write=AT_THE_DOOR)
def room(request: Request, exam: str, number: int) -> HttpResponseBase:
    """Shows a room and records its attendance: all candidates are present except those ticked."""
    place = sitting(exam)
    found = or_404(next((one for one in kept.rooms(place) if one.number == number), None))
    mine = {one.candidate_id: one.status for one in found.people}
    fault = None
    if request.method == "POST":
        absent = request.POST.getlist("absent")
        mine = {who: "absent" if who in absent else "present" for who in mine}
        if "clear" in request.POST:
            mine = dict.fromkeys(mine, "")
        try:
            with deciding(request.user, place, "roster.record", room=number) as act:
                now = kept.record_room(place, found.of, mine, request.POST.get("seen", ""))
                counts = {"present": now.count("present"), "absent": now.count("absent")}
                act.note(**counts)
            return done(request, _recorded(**counts), "roster")
        except Refused as error:
            fault = error.message
    context = {
        "room": found,
        "mine": mine,
        "fault": fault,
        "words": STATUS_WORDS,
        "may_record": holds(request, exam, *AT_THE_DOOR),
    }
    return sitting_page(request, "sittings/room.html", context, status=409 if fault else 200)


@allowed("exams/<str:exam>/roster/all/", "attendance", write=AT_THE_DOOR)
def attendance(request: Request, exam: str) -> HttpResponseBase:
    """Shows all rooms and records the attendance of all candidates without an entry: they are present except
    those ticked."""
    place = sitting(exam)
    absent, fault = request.POST.getlist("absent"), None
    rooms = [(room, [one for one in room.people if not one.status]) for room in kept.rooms(place)]
    people = [one for _, some in rooms for one in some]
    if request.method == "POST":
        try:
            with deciding(request.user, place, "roster.record") as act:
                n = kept.record_rest(place, absent, request.POST.get("seen", ""))
                n_absent = sum(one.candidate_id in absent for one in people)
                act.note(present=n - n_absent, absent=n_absent)
            return done(request, _recorded(n - n_absent, n_absent), "roster")
        except Refused as error:
            fault = error.message
    context = {
        "rooms": [(room, some) for room, some in rooms if some],
        "n": len(people),
        "seen": kept.attendance_state(kept.people(place)),
        "absent": absent,
        "fault": fault,
        "opens": len(people) <= OPEN,
    }
    return sitting_page(request, "sittings/attendance.html", context, status=409 if fault else 200)


def _recorded(present: int, absent: int) -> Message:
    return tell("recorded: {present} came, {absent} absent", present=present, absent=absent)


@allowed("exams/<str:exam>/returns/", "returns", read=REPORTS_BACK, write=REPORTS_BACK)
def returns(request: Request, exam: str) -> HttpResponse:
    """Shows what centres sent back, and discrepancies. POST adds files, or shows their faults."""
    form, place = ReturnedFiles(request.POST or None, request.FILES or None), sitting(exam)
    if form.is_valid():
        given = form.cleaned_data
        reason = {"reason": given["reason"]} if given["reason"] else {}
        with (
            refusals(request),
            uploaded(given["given"]) as files,
            deciding(request.user, place, "returns.upload", file=", ".join(files), **reason) as act,
        ):
            if given["replace"] and request.POST.get("seen", "") != _state(place):
                raise SittingChanged
            lists = [Given(path, name, "returns") for name, path in files.items()]
            taken = take(place, lists, request.user.signature, given["reason"], replace=given["replace"])
            n = sum(each.n or 0 for each in taken)
            act.note(lines=n)
            words = tell_n("{n:,} line is on record", "{n:,} lines are on record", n)
            return done(request, words, "returns")
    came: SittingReturns | None = None
    centres, held = list[str](), dict[str, SittingAct]()
    with refusals(request):
        came = returns_of(place)
        held = files_held(place.acts(files=False))
    with suppress(Refused):
        centres = [one.centre for one in centre_forms.centres_of(place)]
    discrepancies = came.discrepancies if came is not None else ()
    context = {
        "form": form,
        "came": came,
        "centres": centres,
        "files": [(path.name, held.get(f"{RETURNS}/{path.name}")) for path in place.returns],
        "open": open_ones(discrepancies),
        "explained": [one for one in discrepancies if one.explained is not None],
        "kinds": INCIDENT_KINDS,
        "most": MOST,
        "oversees": holds(request, exam, *OVERSEES) or is_auditor(request.user),
        "may_oversee": holds(request, exam, *OVERSEES),
        "seen": _state(place),
        "may_give": holds(request, exam, *REPORTS_BACK),
    }
    return sitting_page(request, "sittings/returns.html", context)


def _state(place: Sitting) -> str:
    """Returns a text that changes whenever a returned file changes."""
    return mark("\n".join(f"{path.name}\t{sha256_of(path)}" for path in place.returns))


@allowed("exams/<str:exam>/returns/incident/", "returns-incident", write=REPORTS_BACK)
def incident(request: Request, exam: str) -> HttpResponse:
    """Records an incident and gives it a number."""
    place = sitting(exam)
    places = places_of(place, read_package(place.exam))
    rooms = [*dict.fromkeys(room for some in places.rooms.values() for room in some.values())]
    form = IncidentForm(
        request.POST or None, centres=[*places.centres.values()], rooms=rooms, by=request.user.signature
    )
    if form.is_valid():
        with refusals(request), deciding(request.user, place, "returns.incident") as act:
            name = enter_incident(place, form.line(), request.user.signature)
            act.note(incident=name)
            return done(request, tell("incident {name} is on record", name=name), "returns")
    return sitting_page(request, "sittings/incident.html", {"form": form})


@allowed("exams/<str:exam>/returns/back/", "returns-back", write=OVERSEES, post_only=True)
def back(request: Request, exam: str) -> HttpResponse:
    """Withdraws a file that a centre sent, with a reason."""
    name, reason = request.POST.get("name", ""), clean_text(request.POST.get("reason", ""))
    place = sitting(exam)
    if not any(path.name == name for path in place.returns):
        raise Refused.because("{name} is not among what centres sent back", name=name)
    if not reason:
        raise Refused.because("say why the file is taken back: it stays on record")
    with deciding(request.user, place, "returns.back", file=name, reason=reason):
        take_back(place, [f"{RETURNS}/{name}"], request.user.signature, reason)
    return done(request, tell("{name} was taken away", name=name), "returns")


@allowed("exams/<str:exam>/returns/explained/", "returns-explained", write=OVERSEES, post_only=True)
def explained(request: Request, exam: str) -> HttpResponse:
    """Records the explanation of discrepancies."""
    refs, reason = request.POST.getlist("ref"), clean_text(request.POST.get("reason", ""))
    place = sitting(exam)
    if not reason:
        raise Refused.because("say what came of it: it stays on record")
    with deciding(request.user, place, "returns.explain", n=len(refs), reason=reason):
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
