"""Who had a part in a sitting, and the rules of the body on conflicts of interest, with what the record of
the site has of items and scorings beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from django.http import HttpResponse
from django.shortcuts import render

from examgen.core.exam.package import read_exam
from examgen.core.problems import Refused
from examgen.core.words import Message, joined, tell
from examgen.evidence.conflicts import RULE_WORDS, Conflicts, PersonParts, conflicts_of, declarations_of
from examgen.evidence.parts import DEED_WORDS, PART_ROLE_WORDS, Deed, PartRole, PartTaken, SittingSources
from examgen.site.access import allowed
from examgen.site.accounts.models import User
from examgen.site.audit.models import Entry
from examgen.site.bank.authors import WRITTEN
from examgen.site.requests import Request
from examgen.site.sittings.pages import READS_CONFLICTS, framed, sitting, told
from examgen.site.sittings.separation import ACTS
from examgen.site.workspace import workspace
from examgen.sitting.setting_aside import names_of

MOST = 10
"""Places that a line of the page names."""


@allowed(read=READS_CONFLICTS, within="exam")
def conflicts(request: Request, exam: str) -> HttpResponse:
    """Rules that are broken, declared interests, and everybody's parts."""
    place, faults, found = sitting(exam), list[dict[str, str]](), None
    sources = SittingSources(place.exam, workspace())
    try:
        found = conflicts_of(sources, declarations_of(sources), parts_on_site(exam, sources))
    except Refused as refused:
        faults = told(refused)
    context = framed(
        request,
        exam,
        "conflicts",
        found=found,
        faults=faults,
        people=[] if found is None else list(_people(found)),
        RULES=RULE_WORDS,
        DEEDS=DEED_WORDS,
        where_of=_places,
    )
    return render(request, "sittings/conflicts.html", context, status=422 if faults else 200)


def _people(found: Conflicts) -> Iterator[tuple[PersonParts, list[tuple[Message, Message, int, str]]]]:
    """Each person with a line for each thing that they did."""
    for one in found.people:
        counts = Counter((part.role, part.deed) for part in one.parts)
        yield (
            one,
            [
                (PART_ROLE_WORDS[role], DEED_WORDS[deed], n, _where(one, role, deed))
                for (role, deed), n in counts.items()
            ],
        )


def _where(one: PersonParts, role: PartRole, deed: Deed) -> Message:
    return _places(part.where for part in one.parts if (part.role, part.deed) == (role, deed))


def _places(where: Iterable[str]) -> Message:
    every = list(dict.fromkeys(where))
    return joined([*every[:MOST], *(["…"] if len(every) > MOST else [])])


def parts_on_site(exam: str, sources: SittingSources) -> list[PartTaken]:
    """What the record of the site has of an exam: who wrote its items, and took part in its scoring."""
    items = {
        f"{one.unit}/{one.item.id}": one.item.id
        for form in read_exam(sources.exam_dir).forms
        for one in form.items
    }
    written = Entry.objects.filter(about__in=items, what__in=WRITTEN)
    done = Entry.objects.filter(about__in=names_of(exam), what__in=ACTS)
    entries = [one for one in (*written, *done) if one.who]
    users = {
        one.username: one.signature for one in User.objects.filter(username__in={e.who for e in entries})
    }
    found = []
    for entry in entries:
        role: PartRole = "writer" if entry.what in WRITTEN else "grader"
        deed: Deed = "drafted" if entry.what in WRITTEN else "scored"
        found.append(
            PartTaken(
                users.get(entry.who, entry.who),
                role,
                deed,
                items.get(entry.about, exam),
                tell("record of the site, entry {n}", n=entry.number),
                entry.at.date().isoformat(),
            )
        )
    return found
