"""One search over what somebody may see: items, blueprints, exams, candidates, and the handbook."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from itertools import accumulate
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render

from examgen.bank.finding import Sought
from examgen.commands.declared import Command
from examgen.commands.tree import declaration
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.names import RESULTS
from examgen.core.exam.runs import is_scored
from examgen.core.models.form import Candidate
from examgen.core.models.item import Item
from examgen.core.problems import ExamgenError
from examgen.core.words import Language, Message, joined, tell, tell_n
from examgen.papers.candidate_lists import checked
from examgen.rendering.pdf.thai_words import thai_words
from examgen.reports.shown import told_of
from examgen.scoring.sitting_plan import plan_of
from examgen.site.access import may, opens, signed_in, units_for
from examgen.site.accounts.roles import Role
from examgen.site.analyses.kept import ASKS
from examgen.site.analyses.kinds import KINDS
from examgen.site.bank.authors import written_here
from examgen.site.bank.units import READ as READS_ITEMS
from examgen.site.bank.units import SHOWN_WORDS, sees_keys, shown_as, units_seen
from examgen.site.bank.views import stem_shown
from examgen.site.blueprints.files import listed_blueprints
from examgen.site.blueprints.views import READ as READS_BLUEPRINTS
from examgen.site.exams.summaries import READ as READS_EXAMS
from examgen.site.exams.summaries import when_of
from examgen.site.handbook import lookup
from examgen.site.language import address, reader
from examgen.site.language import day as in_words
from examgen.site.papers.lists import printed
from examgen.site.papers.views import WRITE as PRINTS
from examgen.site.requests import Request
from examgen.site.results.views import people_of
from examgen.site.sittings.pages import AT_THE_DOOR, SEES, sitting
from examgen.site.sittings.plan import ARRANGES
from examgen.site.workspace import exam_folder, exam_folders, manifest, unit_folders, units_of_exam
from examgen.sitting import roster

SHOWN = 10
"""How many of each kind are listed; a link leads to the others where there is such a page."""
HANDBOOK_SHOWN = 5
"""Parts of the handbook stand before the rest, so they are few."""
_MOST_EXAMS = 40
"""In how many exams, the newest first, candidates are looked for."""
_LONGEST = 200
_SHORT = 160
LANGUAGES: tuple[Language, ...] = ("th", "en")


class Found(NamedTuple):
    """Something that fits: what it is called, what it is about, and where it is."""

    words: str | Message
    about: str | Message
    address: str
    since: None = None


class FoundGroup(NamedTuple):
    """What was found of a kind: how many in all, the first of them, and where the others are."""

    words: Message
    n: int
    first: list[Found]
    others: str = ""


@signed_in
def find(request: Request) -> HttpResponse:
    """What fits `?q=`, kind by kind."""
    words = request.GET.get("q", "")[:_LONGEST].strip()
    groups = [one for one in _groups(request.user, words) if one.n] if words else []
    return render(request, "find.html", {"q": words, "groups": groups, "most_exams": _MOST_EXAMS})


def _groups(user: Any, words: str) -> list[FoundGroup]:
    exams = _exams(user, words)
    people = _candidates(user, words)
    plans = _blueprints(user, words)
    help_parts = [
        Found(
            one["title"],
            joined([one["page"], *filter(None, [_around(one["text"], words)])], between=" · "),
            one["address"],
        )
        for one in lookup(words)
    ]
    return [
        FoundGroup(tell("Handbook"), len(help_parts), help_parts[:HANDBOOK_SHOWN]),
        *_items(user, words),
        FoundGroup(tell("Blueprints"), len(plans), plans[:SHOWN]),
        FoundGroup(tell("Exams"), len(exams), exams[:SHOWN]),
        FoundGroup(tell("Candidates"), len(people), people[:SHOWN]),
        *_analyses(user, words),
    ]


def _items(user: Any, words: str) -> list[FoundGroup]:
    """Items unit by unit: the list of a unit shows all of them."""
    groups = []
    for code, unit in units_seen(user, READS_ITEMS):
        if unit is None:
            continue
        with_keys = sees_keys(user, code)
        own = written_here(code).get(user.username, {}) if with_keys else {}
        found = sorted(unit.found(Sought(words=words), with_keys), key=lambda one: one.id not in own)
        listed = f"{address('bank-unit', code)}?words="
        first = [
            Found(
                one.id,
                joined(
                    [
                        SHOWN_WORDS[shown_as(unit, one)],
                        *([tell("yours")] if one.id in own else []),
                        _part_of(one, words, with_keys),
                    ],
                    between=" · ",
                ),
                address("bank-item", code, one.id) if with_keys else listed + one.id,
            )
            for one in found[:SHOWN]
        ]
        groups.append(FoundGroup(tell("Items of {unit}", unit=code), len(found), first, listed))
    return groups


def _analyses(user: Any, words: str) -> list[FoundGroup]:
    """The analyses whose form says the words in either language, for who may ask for one; that of answers on
    the pages of the exams that were scored."""
    if units_for(user, ASKS) == set():
        return []
    sought = words.casefold()
    found = [
        Found(one.question or one.title, one.title, address("analyses"))
        for one in KINDS.values()
        if _says(sought, [one.question, one.title, one.about, one.needs, *_of_form(one.command)])
    ]
    items = tell("Do the items work, and are the keys right?")
    if _says(sought, [items, *_of_form(declaration("analyse exam"))]):
        found += [
            Found(items, name, address("results-analysis", name))
            for name in _mine(user, ASKS)
            if may(user, ASKS, units_of_exam(name)) and is_scored(exam_folder(name) / RESULTS)
        ]
    return [FoundGroup(tell("Analyses"), len(found), found[:SHOWN])]


def _of_form(command: type[Command]) -> list[str | None]:
    """What a form of a command says: labels, hints, and the words of values."""
    options = [one.option for one in command.declared().values()]
    values = [words for option in options for _, words in option.values]
    return [*(text for option in options for text in (option.label, option.hint)), *values]


def _says(sought: str, texts: Collection[str | None]) -> bool:
    return any(
        sought in (text.told(language) if isinstance(text, Message) else text).casefold()
        for text in texts
        if text
        for language in LANGUAGES
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def _part_of(item: Item, words: str, with_keys: bool) -> str:
    """What holds the words of an item: its stem, an option, what tells its key; else how the stem begins."""
    stem = stem_shown(item.stem)
    others = [*item.options.values(), *(item.reasons.values() if with_keys else ())]
    return next(filter(None, (_around(text, words) for text in (stem, *others))), _short(stem))


def _around(text: str, words: str) -> str:
    """The part of a text that holds the words; nothing where it does not."""
    at = text.casefold().find(words.casefold())
    if at < 0:
        return ""
    begin = at - _SHORT // 3 if len(text) > _SHORT else 0
    if begin > 0:  # at the beginning of a word
        begin = next((n for n in accumulate(map(len, thai_words(text[:at]))) if n >= begin), at)
    begin = max(0, begin)
    end = begin + _SHORT
    return f"{'…' if begin else ''}{text[begin:end].strip()}{'…' if end < len(text) else ''}"


def _blueprints(user: Any, words: str) -> list[Found]:
    held, said = units_for(user, {*READS_BLUEPRINTS, Role.AUDITOR}), words.casefold()
    found = []
    for unit in unit_folders():
        if held is not None and unit not in held:
            continue
        for one in listed_blueprints(unit):
            title = getattr(one.asked.title, reader()) if one.asked and one.asked.title else ""
            if any(said in text.casefold() for text in (one.name, unit, title)):
                found.append(
                    Found(title or one.name, f"{unit} · {one.name}", address("blueprint", unit, one.name))
                )
    return found


def _exams(user: Any, words: str) -> list[Found]:
    said, found = words.casefold(), []
    for name in _mine(user, READS_EXAMS):
        text = manifest(name)["title"][reader()]
        if said in name.casefold() or said in text.casefold():
            found.append(Found(name, text, address("exam", name)))
    return found


def _mine(user: Any, roles: Collection[Role]) -> list[str]:
    """The exams in whose units somebody has one of the roles, the newest first, but damaged ones."""
    found = []
    for name in exam_folders():
        with suppress(ExamgenError):
            if may(user, {*roles, Role.AUDITOR}, units_of_exam(name)):
                found.append(name)
    return found


def _candidates(user: Any, words: str) -> list[Found]:
    """People on the rosters and in the results of the newest exams whose number is that, or whose name holds
    the words; for who prints papers, people for whom they were printed."""
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
                    of_exam[canonical_number(one.candidate_id)] = Found(who, _where(user, exam, one), at)
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
    """Who is on the roster of an exam, each with the page of the room; for who sees no roster, those for whom
    papers were printed, with the page of the papers."""
    if may(user, {*SEES, *AT_THE_DOOR, Role.AUDITOR}, units_of_exam(exam)):
        rooms = roster.rooms(sitting(exam))
        return [(one, address("room", exam, room.number)) for room in rooms for one in room.people]
    table = printed(exam)
    people = checked(table, exam_folder(exam)).candidates if table else ()
    at = address("papers", exam)
    return [(one, f"{at}?{urlencode({'who': one.candidate_id})}#sought") for one in people]


def _where(user: Any, exam: str, one: Candidate | roster.Person) -> Message:
    """In which exam somebody sits, when and where; who may know of more time is told when it ends."""
    sat = when_of(exam)
    parts: list[str] = [exam, f"{in_words(sat.day)} {sat.hours}".strip() if sat.day else ""]
    if may(user, ARRANGES | {Role.APPROVER, Role.INVIGILATOR}, units_of_exam(exam)):
        plan, number = plan_of(exam_folder(exam)), canonical_number(one.candidate_id)
        given = plan.accommodation if plan else ()
        n = next((it.extra_minutes for it in given if canonical_number(it.candidate_id) == number), 0)
        if plan and n and (ends := plan.ends_after(n)):
            words = tell_n(
                "{n} minute more, ends at {time}", "{n} minutes more, ends at {time}", n, time=ends
            )
            parts += [words]
        elif n:
            parts += [tell_n("{n} minute more", "{n} minutes more", n)]
    parts += [one.centre]
    parts += [tell("room {room}", room=one.room)] if one.room else []
    parts += [tell("seat {seat}", seat=one.seat)] if one.seat else []
    return joined(filter(None, parts), between=" · ")
