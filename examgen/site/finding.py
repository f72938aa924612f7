"""The search for a candidate by number or name, over the exams that the user may see."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render

from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.form import Candidate
from examgen.core.problems import ExamgenError
from examgen.core.words import Message, joined, tell
from examgen.papers.candidate_lists import checked
from examgen.reports.existing_reports import told_of
from examgen.site.access import may, opens, signed_in
from examgen.site.accounts.roles import Role
from examgen.site.exams.summaries import when_of
from examgen.site.language import address
from examgen.site.language import day as in_words
from examgen.site.papers.lists import printed
from examgen.site.papers.views import WRITE as PRINTS
from examgen.site.requests import Request
from examgen.site.results.views import people_of
from examgen.site.sittings.pages import AT_THE_DOOR, SEES, sitting
from examgen.site.workspace import exam_folder, exam_folders, units_of_exam
from examgen.sitting import roster

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
