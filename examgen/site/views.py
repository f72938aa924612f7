"""The first page of the site, and the search for a candidate."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.form import Candidate
from examgen.core.problems import ExamgenError
from examgen.core.words import Message, joined, tell
from examgen.papers.candidate_lists import checked
from examgen.reports.existing_reports import told_of
from examgen.site.access import may, opens, signed_in
from examgen.site.accounts.confirming import is_alone
from examgen.site.accounts.models import Role, User, grants_of, has
from examgen.site.bank.authors import own_items
from examgen.site.bank.history import latest_decisions
from examgen.site.bank.units import SHOWN_WORDS
from examgen.site.exams.views import exams_on_hand, when_of
from examgen.site.language import address
from examgen.site.language import day as in_words
from examgen.site.papers.lists import printed
from examgen.site.papers.views import WRITE as PRINTS
from examgen.site.requests import Request, done
from examgen.site.results.views import people_of
from examgen.site.sittings.pages import AT_THE_DOOR, SEES, sitting
from examgen.site.waiting import first_steps, mail_settings, tasks_of, waits_for_others
from examgen.site.workspace import exam_folder, exam_folders, units_of_exam
from examgen.sitting import roster


@signed_in("", "home")
def home(request: Request) -> HttpResponse:
    """Shows the user's waiting tasks, the next step of each exam, and the first steps."""
    tasks = tasks_of(request.user)
    context = {
        "alone": has(request.user, Role.AUDITOR, Role.ADMINISTRATOR) and is_alone(),
        "has_role": bool(grants_of(request.user)),
        "tasks": tasks,
        "of_others": waits_for_others(request.user, tasks),
        "own": own_items(request.user) if has(request.user, Role.WRITER) else [],
        "decided": latest_decisions(request.user.username) if has(request.user, Role.REVIEWER) else [],
        "status_words": SHOWN_WORDS,
        "exams": exams_on_hand(request.user),
        "first_steps": first_steps(request.user),
        "may_be_written_to": bool(request.user.email) and mail_settings() is not None,
    }
    return render(request, "home.html", context)


@signed_in("letters/", "letters")
@require_POST
def letters(request: Request) -> HttpResponse:
    """Sets whether the user gets e-mails about waiting tasks."""
    wanted = request.POST.get("wanted") == "yes"
    User.objects.filter(pk=request.user.pk).update(is_written_to=wanted)
    words = (
        tell("You will be written to once a day while something waits for you.")
        if wanted
        else tell("You will not be written to any more.")
    )
    return done(request, words, "home")


SHOWN = 10
"""The maximum number of candidates listed."""
_MOST_EXAMS = 40
"""The number of exams, newest first, in which candidates are searched."""
_LONGEST = 200


class Found(NamedTuple):
    """A search result: its label, a description, and its URL."""

    words: str | Message
    about: str | Message
    address: str
    since: None = None


@signed_in("find/", "find")
def find(request: Request) -> HttpResponse:
    """Shows the candidates that match `?q=`."""
    words = request.GET.get("q", "")[:_LONGEST].strip()
    found = _candidates(request.user, words) if words else []
    shown = {"q": words, "n": len(found), "found": found[:SHOWN], "most_exams": _MOST_EXAMS}
    return render(request, "find.html", shown)


def _mine(user: Any, roles: Collection[Role]) -> list[str]:
    """Returns the exams in whose units the user has one of the roles; damaged exams are left out."""
    found = []
    for name in exam_folders():
        with suppress(ExamgenError):
            if may(user, {*roles, Role.AUDITOR}, units_of_exam(name)):
                found.append(name)
    return found


def _candidates(user: Any, words: str) -> list[Found]:
    """Returns people on the rosters and in the results of the newest exams with that number, or whose name
    contains the words. For users who print papers, people with printed papers are searched."""
    said, number, found = words.casefold(), canonical_number(words), list[Found]()

    def fits(who: str, name: str) -> bool:
        return canonical_number(who) == number or said in name.casefold()

    for exam in _mine(user, {*SEES, *AT_THE_DOOR, *PRINTS})[:_MOST_EXAMS]:
        of_exam = dict[str, Found]()
        try:
            listed = _listed(user, exam)
            results = address("results-candidates", exam)
            told = told_of(exam_folder(exam)) if opens(user, results) else None
            scored = people_of(exam, told) if told is not None else []
            for one, at in listed:
                if fits(one.candidate_id, one.name):
                    who = f"{one.candidate_id} {one.name}".strip()
                    of_exam[canonical_number(one.candidate_id)] = Found(who, _where(exam, one), at)
        except (ExamgenError, Http404):
            continue  # its own pages say what is wrong with it
        for who, name in scored:
            if (place := canonical_number(who)) in of_exam or fits(who, name):
                way = f"{address('results-candidate', exam)}?{urlencode({'id': who})}"
                about = of_exam[place].about if place in of_exam else exam
                of_exam[place] = Found(f"{who} {name}".strip(), about, way)
        found += of_exam.values()
    return found


def _listed(user: Any, exam: str) -> list[tuple[Candidate | roster.Person, str]]:
    """Returns the people on the roster of an exam, each with the URL of their room. For users who may not see
    the roster, the people with printed papers, with the URL of the papers."""
    if may(user, {*SEES, *AT_THE_DOOR, Role.AUDITOR}, units_of_exam(exam)):
        rooms = roster.rooms(sitting(exam))
        return [(one, address("room", exam, room.number)) for room in rooms for one in room.people]
    table = printed(exam)
    people = checked(table, exam_folder(exam)).candidates if table else ()
    return [(one, address("papers", exam)) for one in people]


def _where(exam: str, one: Candidate | roster.Person) -> Message:
    """Returns the exam of a person with day, hours, centre, room and seat, as far as they are known."""
    sat = when_of(exam)
    parts: list[str] = [exam, f"{in_words(sat.day)} {sat.hours}".strip() if sat.day else "", one.centre]
    parts += [tell("room {room}", room=one.room)] if one.room else []
    parts += [tell("seat {seat}", seat=one.seat)] if one.seat else []
    return joined(filter(None, parts), between=" · ")
