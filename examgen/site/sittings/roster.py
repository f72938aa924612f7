"""Who came: the roster by room. Invigilators see these pages alone."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render

from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import Message, tell, tell_n
from examgen.scoring.sitting_folder import ROSTER, SittingChanged
from examgen.site.access import allowed
from examgen.site.audit.models import Entry
from examgen.site.language import said
from examgen.site.requests import Request
from examgen.site.sittings.forms import RosterFile
from examgen.site.sittings.pages import (
    AT_THE_DOOR,
    GRADERS,
    SEES,
    framed,
    held_back,
    holds,
    runs_of,
    sitting,
    told,
    waiting,
)
from examgen.site.writing import deciding
from examgen.sitting import roster as kept

OPEN = 100
"""Of how many people the rooms stand open at first."""
STATUS_WORDS = {"present": tell("came"), "absent": tell("absent"), "": tell("not recorded")}


@allowed(read=SEES | AT_THE_DOOR, within="exam")
def roster(request: Request, exam: str) -> HttpResponseBase:
    """The rooms: how many were registered, came, are absent; the ledger of the newest run beside them."""
    place = sitting(exam)
    rooms = kept.rooms(place)
    context = framed(request, exam, "roster")
    sees = context["sees"]
    run = next(iter(runs_of(place)), None) if sees else None
    ledger = kept.ledger(run.folder, "ledger.csv") if run else []
    context |= {
        "rooms": rooms,
        "sums": {name: sum(room.count(name) for room in rooms) for name in kept.STATUSES},
        "registered": sum(len(room.people) for room in rooms),
        "is_kept": place.given(ROSTER) is not None,
        "form": RosterFile(),
        "run": run,
        "ledger": [line for line in ledger if line["by"] in ("total", "room")],
        "unreconciled": kept.ledger(run.folder, "unreconciled.csv")[:200] if run else [],
        "may_record": holds(request, exam, *AT_THE_DOOR),
        "what_words": kept.WHAT,
        "detail_words": kept.detail_words,
    }
    return render(request, "sittings/roster.html", context)


@allowed(write=GRADERS, within="exam")
def roster_file(request: Request, exam: str) -> HttpResponseBase:
    """Takes a list of those registered."""
    waits = waiting(request, exam, "roster")
    form, faults = RosterFile(request.POST or None, None if waits else request.FILES or None), []
    place, is_overtaken = sitting(exam), False
    if waits and "drop" in request.POST:
        waits.give_up()
        return redirect("roster", exam=exam)
    if request.method == "POST" and (waits or form.is_valid()):
        waits = waits or held_back(request, exam, "roster", form.cleaned_data["given"][0])
        name = waits.name
        try:
            with deciding(request.user, place, "roster.upload", exam, file=name) as one:
                n = kept.take_list(place, name, waits.path, request.POST.get("seen", ""))
                one.did("roster.upload", exam, file=name, people=n)
        except SittingChanged:
            form, is_overtaken = RosterFile(), True
        except ExamgenError as error:
            faults = told(error)
            waits.give_up()
        else:
            waits.give_up()
            messages.success(
                request, said(tell_n("{n:,} person is on the roster", "{n:,} people are on the roster", n))
            )
            return redirect("roster", exam=exam)
    context = framed(
        request,
        exam,
        "roster",
        form=form,
        faults=faults,
        seen=kept.list_state(place),
        waits=waits if is_overtaken else None,
        rooms=kept.rooms(place) if is_overtaken else (),
        # who has given the list; attendance that was recorded since has written the file anew
        put=Entry.objects.filter(what="roster.upload", about=exam).last() if is_overtaken else None,
    )
    status = 409 if is_overtaken else 422 if faults or form.errors else 200
    return render(request, "sittings/roster_file.html", context, status=status)


@allowed(read=SEES | AT_THE_DOOR, write=AT_THE_DOOR, within="exam")
def room(request: Request, exam: str, number: int) -> HttpResponseBase:
    """A room: all came but those that are ticked, recorded by the invigilator."""
    place = sitting(exam)
    found = next((one for one in kept.rooms(place) if one.number == number), None)
    if found is None:
        raise Http404
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
            messages.success(request, said(_recorded(n_present, n_absent)))
            return redirect("roster", exam=exam)
    context = framed(
        request,
        exam,
        "roster",
        room=found,
        mine=mine,
        fault=fault,
        words=STATUS_WORDS,
        may_record=holds(request, exam, *AT_THE_DOOR),
    )
    return render(request, "sittings/room.html", context, status=409 if fault else 200)


@allowed(write=AT_THE_DOOR, within="exam")
def attendance(request: Request, exam: str) -> HttpResponseBase:
    """All rooms at once: everybody of whom nothing is recorded came, but those that are ticked."""
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
            messages.success(request, said(_recorded(n - n_absent, n_absent)))
            return redirect("roster", exam=exam)
    waiting_in = [(room, [one for one in room.people if not one.status]) for room in rooms]
    context = framed(
        request,
        exam,
        "roster",
        rooms=[(room, some) for room, some in waiting_in if some],
        n=sum(len(some) for _, some in waiting_in),
        seen=kept.attendance_state(kept.people(place)),
        absent=absent,
        fault=fault,
        opens=sum(len(some) for _, some in waiting_in) <= OPEN,
    )
    return render(request, "sittings/attendance.html", context, status=409 if fault else 200)


def _recorded(present: int, absent: int) -> Message:
    return tell("recorded: {present} came, {absent} absent", present=present, absent=absent)
