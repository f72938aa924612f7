"""Who came: the roster by room. Invigilators see these pages alone."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render

from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import tell, tell_n
from examgen.scoring.sitting_folder import ROSTER, SittingChanged
from examgen.site.access import allowed
from examgen.site.accounts.roles import Role
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
    """A room: who came, recorded by the invigilator."""
    place = sitting(exam)
    found = next((one for one in kept.rooms(place) if one.number == number), None)
    if found is None:
        raise Http404
    mine: dict[str, str] = {}
    fault = None
    if request.method == "POST":
        mine = {
            one.candidate_id: request.POST[f"status-{n}"]
            for n, one in enumerate(found.people)
            if request.POST.get(f"candidate-{n}") == one.candidate_id
            and request.POST.get(f"status-{n}") in kept.STATUSES
        }
        try:
            with deciding(request.user, place, "roster.record", exam, room=number) as one:
                now = kept.record_room(place, found.of, mine, request.POST.get("seen", ""))
                counts = {name: now.count(name) for name in kept.STATUSES}
                present, absent = counts["present"], counts["absent"]
                one.did("roster.record", exam, room=number, present=present, absent=absent)
        except Refused as error:
            fault = error.message
        else:
            words = tell(
                "recorded: {present} came, {absent} absent",
                present=counts["present"],
                absent=counts["absent"],
            )
            messages.success(request, said(words))
            return redirect("roster", exam=exam)
    context = framed(
        request,
        exam,
        "roster",
        room=found,
        mine=mine,
        fault=fault,
        words=STATUS_WORDS,
        may_record=holds(request, exam, Role.INVIGILATOR, Role.GRADER),
    )
    return render(request, "sittings/room.html", context, status=409 if fault else 200)
