"""Attendance: the roster by room, which invigilators see and fill in."""

from __future__ import annotations

from django.http import HttpResponseBase

from examgen.core.problems import Refused
from examgen.core.words import Message, tell, tell_n
from examgen.scoring.reconcile import UNRECONCILED_WORDS
from examgen.scoring.sitting_folder import ROSTER, plain_name
from examgen.site.access import allowed
from examgen.site.accounts.models import Role
from examgen.site.requests import Request, done, or_404
from examgen.site.sittings.forms import RosterFile
from examgen.site.sittings.pages import (
    AT_THE_DOOR,
    GRADERS,
    SEES,
    holds,
    refusals,
    runs_of,
    sitting,
    sitting_page,
    uploaded,
)
from examgen.site.writing import deciding
from examgen.sitting import roster as kept

OPEN = 100
"""The maximum number of people for which all rooms are shown expanded."""
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
        "registered": sum(len(room.people) for room in rooms),
        "is_kept": place.given(ROSTER) is not None,
        "form": RosterFile(),
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
    form, faults = RosterFile(request.POST or None, request.FILES or None), list[dict[str, str]]()
    place = sitting(exam)
    if request.method == "POST" and form.is_valid():
        file = plain_name(form.cleaned_data["given"][0].name or "")
        with (
            refusals(faults),
            uploaded(form.cleaned_data["given"]) as files,
            deciding(request.user, place, "roster.upload", exam, file=file) as one,
        ):
            n = kept.take_list(place, file, next(iter(files.values())), request.POST.get("seen", ""))
            one.did("roster.upload", exam, file=file, people=n)
            words = tell_n("{n:,} person is on the roster", "{n:,} people are on the roster", n)
            return done(request, words, "roster")
    context = {
        "form": form,
        "faults": faults,
        "seen": kept.list_state(place),
    }
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
            with deciding(request.user, place, "roster.record", exam, room=number) as one:
                now = kept.record_room(place, found.of, mine, request.POST.get("seen", ""))
                n_present, n_absent = now.count("present"), now.count("absent")
                one.did("roster.record", exam, room=number, present=n_present, absent=n_absent)
        except Refused as error:
            fault = error.message
        else:
            return done(request, _recorded(n_present, n_absent), "roster")
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
    rooms = kept.rooms(place)
    absent, fault = request.POST.getlist("absent"), None
    if request.method == "POST":
        try:
            with deciding(request.user, place, "roster.record", exam) as one:
                n = kept.record_rest(place, absent, request.POST.get("seen", ""))
                n_absent = sum(
                    not one.status and one.candidate_id in absent for room in rooms for one in room.people
                )
                one.did("roster.record", exam, present=n - n_absent, absent=n_absent)
        except Refused as error:
            fault = error.message
        else:
            return done(request, _recorded(n - n_absent, n_absent), "roster")
    waiting_in = [(room, [one for one in room.people if not one.status]) for room in rooms]
    context = {
        "rooms": [(room, some) for room, some in waiting_in if some],
        "n": sum(len(some) for _, some in waiting_in),
        "seen": kept.attendance_state(kept.people(place)),
        "absent": absent,
        "fault": fault,
        "opens": sum(len(some) for _, some in waiting_in) <= OPEN,
    }
    return sitting_page(request, "sittings/attendance.html", context, status=409 if fault else 200)


def _recorded(present: int, absent: int) -> Message:
    return tell("recorded: {present} came, {absent} absent", present=present, absent=absent)
