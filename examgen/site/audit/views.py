"""The pages of the record: searching and downloading it, with labels for its codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render

from examgen.core.csv_files import csv_cells
from examgen.core.words import joined, tell
from examgen.site.abuse import Watched
from examgen.site.access import allowed
from examgen.site.accounts.models import Role
from examgen.site.audit.models import Entry, record
from examgen.site.forms import DayField, text_field
from examgen.site.jobs.queue import kinds
from examgen.site.requests import Request

ACTS = {
    "account.address": tell("set somebody's address"),
    "account.close": tell("closed an account"),
    "account.link": tell("made a link to choose a password"),
    "account.make": tell("made an account"),
    "account.open": tell("opened an account again"),
    "analyses.made": tell("had an analysis done"),
    "analyses.open": tell("opened an analysis that names candidates"),
    "analyses.remove": tell("removed an analysis"),
    "analyses.take": tell("took a file of an analysis"),
    "analyses.upload": tell("sent files for analyses"),
    "analysis.made": tell("analysed answers"),
    "analysis.open": tell("opened an analysis that names keys"),
    "analysis.write_back": tell("wrote statistics into the bank"),
    "answers.columns": tell("matched columns of answers"),
    "answers.reading": tell("said how answer files are read"),
    "answers.remove": tell("removed an answer file"),
    "answers.upload": tell("uploaded answer files"),
    "assess.begin": tell("began to rate a candidate"),
    "assess.done": tell("gave ratings of a candidate"),
    "assess.go_on": tell("went on with an assessment that was stopped"),
    "assess.stop": tell("recorded that an assessment was stopped or did not take place"),
    "assess.give_up": tell("left a candidate to another assessor"),
    "assess.moderate": tell("decided on points that assessors rated far apart"),
    "audit.export": tell("took the record as a file"),
    "bank.export": tell("took items with their keys"),
    "bank.picture": tell("added a picture to the bank"),
    "body.set": tell("set the name or the logo of the body"),
    "blueprint.new": tell("wrote a first blueprint"),
    "blueprint.copy": tell("copied a blueprint"),
    "blueprint.save": tell("saved a blueprint"),
    "cases.add": tell("added to a case"),
    "cases.answer": tell("answered a case"),
    "cases.close": tell("closed a case"),
    "cases.decide": tell("decided a case"),
    "cases.open": tell("opened a case"),
    "cases.read": tell("read answers a second time for a case"),
    "certificate.change": tell("changed a certificate"),
    "certificate.issue": tell("issued certificates"),
    "certificate.list": tell("took the list of certificates"),
    "certificate.take": tell("took a certificate as PDF"),
    "corrections.back": tell("proposed to take a correction back"),
    "corrections.drop": tell("dropped a proposed correction"),
    "corrections.make": tell("made a correction"),
    "corrections.refused": tell("tried a correction that was refused"),
    "corrections.propose": tell("proposed a correction"),
    "corrections.taken-back": tell("took a correction back"),
    "corrections.tried": tell("had it worked out who moves by a correction"),
    "door.failed": tell("failed to sign in"),
    "door.in": tell("signed in"),
    "door.out": tell("signed out"),
    "exam.build": tell("built an exam"),
    "exam.replace": tell("set an exam aside"),
    "export.made": tell("made an export"),
    "export.take": tell("took an export"),
    "factor.add": tell("added a second factor"),
    "factor.remove": tell("removed a second factor"),
    "factor.reset": tell("made recovery codes anew"),
    "item.change": tell("changed an item"),
    "item.import": tell("brought in items from a file"),
    "item.second": tell("approved an item, as the first of two"),
    "item.second-withdrawn": tell("took a first approval of an item back"),
    "item.status": tell("gave an item a status"),
    "item.write": tell("wrote an item"),
    "opening.ask": tell("asked to open secret files"),
    "opening.close": tell("closed an opening"),
    "opening.decline": tell("declined an opening"),
    "opening.grant": tell("granted an opening"),
    "opening.take": tell("took a copy of a secret file"),
    "papers.list": tell("sent a candidate list"),
    "papers.print": tell("printed papers"),
    "papers.forget": tell("took the settings of the blueprint again"),
    "papers.settings": tell("saved settings of the papers"),
    "papers.take": tell("took papers"),
    "password.change": tell("changed a password"),
    "password.reset": tell("chose a password anew"),
    "password.set": tell("chose a password"),
    "persons.decide": tell("decided on persons"),
    "plan.upload": tell("gave the plan of the sitting"),
    "release.make": tell("released results"),
    "reports.made": tell("made reports"),
    "returns.back": tell("took back what a centre sent back"),
    "returns.explain": tell("said what came of what does not add up"),
    "returns.incident": tell("recorded an incident"),
    "returns.upload": tell("gave what a centre sent back"),
    "role.give": tell("gave a role"),
    "role.take": tell("took a role"),
    "roster.record": tell("recorded who came"),
    "roster.upload": tell("gave the roster"),
    "round.close": tell("closed a round of review"),
    "round.end": tell("ended own ratings"),
    "round.open": tell("opened a round of review"),
    "rules.give": tell("gave a cut or a conversion"),
    "rules.remove": tell("removed a cut or a conversion"),
    "rows.decide": tell("decided on a row of answers"),
    "rows.take_back": tell("withdrew a decision on a row"),
    "scans.read": tell("had scans read"),
    "try-correction.ask": tell("tried a correction of the key"),
    "scans.decide": tell("decided on doubtful marks"),
    "scans.remove": tell("removed scans"),
    "scans.upload": tell("gave scans"),
    "sitting.held": tell("stated that a sitting was held"),
    "sitting.never": tell("stated that nobody will sit an exam"),
    "sitting.not_held": tell("took back that a sitting was held"),
    "second.ask": tell("asked for what a second administrator confirms"),
    "second.decline": tell("declined what waited for a second administrator"),
    "score.ask": tell("asked for the scoring"),
    "score.run": tell("scored the run"),
    "run.take": tell("took results as a file"),
    "unit.import": tell("imported a unit"),
    "unit.remap": tell("carried items over to another edition"),
}
"""The labels of acts."""
DETAILS = {
    "alone": tell("by one administrator alone"),
    "aside": tell("is called now"),
    "asked_by": tell("asked by"),
    "by": tell("by"),
    "candidate": tell("candidate"),
    "carried": tell("carried over"),
    "day": tell("day"),
    "decisions": tell("number of decisions"),
    "edition": tell("edition"),
    "exam": tell("exam"),
    "exams": tell("exams"),
    "experts": tell("experts"),
    "fields": tell("fields"),
    "file": tell("file"),
    "files": tell("files"),
    "fingerprint": tell("Fingerprint"),
    "act": tell("Last entry of the record"),
    "form": tell("form"),
    "first": tell("first"),
    "forgotten": tell("by itself again"),
    "format": tell("format"),
    "from": tell("changed from"),
    "granted_by": tell("granted by"),
    "hash": tell("hash"),
    "is_demo": tell("demo"),
    "is_set": tell("is set"),
    "is_signed": tell("signed"),
    "items": tell("number of items"),
    "job": tell("number of the work"),
    "kind": tell("kind"),
    "kinds": tell("kinds"),
    "last": tell("last"),
    "line": tell("line"),
    "lines": tell("number of lines"),
    "n": tell("number"),
    "name": tell("name"),
    "new": tell("is new"),
    "opening": tell("opening"),
    "people": tell("number of people"),
    "proposal": tell("proposal"),
    "question": tell("question"),
    "reason": tell("reason"),
    "release": tell("release"),
    "result": tell("analysis"),
    "role": tell("role"),
    "room": tell("room"),
    "round": tell("round"),
    "run": tell("run"),
    "saw_others": tell("rated anew after the points of the other assessor were seen"),
    "scan": tell("scan"),
    "set_aside": tell("set aside"),
    "sha256": tell("SHA-256"),
    "state": tell("Status"),
    "stored": tell("stored"),
    "to": tell("changed to"),
    "unit": tell("unit"),
    "encoding": tell("encoding"),
    "delimiter": tell("delimiter"),
    "sheet": tell("sheet"),
    "method": tell("method"),
}
"""The labels of details."""


_OF_WORK = {
    "ask": tell("asked for"),
    "stop": tell("stopped"),
    "done": tell("done"),
    "refused": tell("could not be done"),
    "interrupted": tell("interrupted"),
    "withdrawn": tell("withdrawn"),
    "failed": tell("failed"),
}


def act(code: str) -> str:
    """Returns the label of an act; for a job, its title and state. Empty for an unknown code."""
    name, _, state = code.partition(".")
    if code not in ACTS and name in kinds() and state in _OF_WORK:
        return joined([kinds()[name].title, _OF_WORK[state]], between=": ")
    return ACTS.get(code, "")


def value_words(value: Any) -> str:
    """Returns a detail as text: yes or no, a list without brackets, a dash for nothing."""
    if isinstance(value, bool):
        return tell("yes") if value else tell("no")
    if isinstance(value, list):
        return joined(map(value_words, value)) if value else "–"
    return "–" if value in (None, "") else str(value)


def codes_like(text: str) -> list[str]:
    """Returns the codes of acts whose label contains the text in either language."""
    asked = text.casefold()
    return [code for code, said in ACTS.items() if asked in said.en.casefold() or asked in said.th.casefold()]


class Search(Watched):
    """The form for searching the record by parts of names and by days; an empty field does not limit the
    search."""

    who = text_field(tell("Who"), most=150, required=False)
    what = text_field(tell("What was done"), most=60, required=False)
    about = text_field(tell("About"), most=240, required=False)
    since = DayField(tell("From"))
    until = DayField(tell("To"))


READERS = {Role.AUDITOR, Role.ADMINISTRATOR}
_ON_A_PAGE = 30


def found_by(form: Search) -> QuerySet[Entry]:
    """Returns the entries that match a search; all entries if the form is not valid."""
    entries = Entry.objects.all()
    if not form.is_valid():
        return entries
    asked = form.cleaned_data
    if asked["what"]:
        said = codes_like(asked["what"])
        entries = entries.filter(Q(what__icontains=asked["what"]) | Q(what__in=said))
    for name in ("who", "about"):
        if asked[name]:
            entries = entries.filter(**{f"{name}__icontains": asked[name]})
    if asked["since"]:
        entries = entries.filter(at__date__gte=asked["since"])
    if asked["until"]:
        entries = entries.filter(at__date__lte=asked["until"])
    return entries


@allowed("record/", "record", read=READERS)
def entries(request: Request) -> HttpResponse:
    """Shows a page of the record with the entries that match the search, newest first."""
    form = Search(request.GET or None)
    pages = Paginator(found_by(form).order_by("-number"), _ON_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    shown = {
        "form": form,
        "page": page,
        "query": query.urlencode(),
        "act": act,
        "DETAILS": DETAILS,
        "value_words": value_words,
    }
    return render(request, "audit/entries.html", shown)


@allowed("record/record.csv", "record-csv", read=READERS)
def csv_export(request: Request) -> HttpResponseBase:
    """Returns the search result as a table for a spreadsheet."""
    return _exported(request, "csv", csv_lines, "text/csv; charset=utf-8")


@allowed("record/record.jsonl", "record-jsonl", read=READERS)
def json_export(request: Request) -> HttpResponseBase:
    """Returns the search result as JSON lines."""
    return _exported(request, "jsonl", json_lines, "application/x-ndjson")


def _exported(
    request: Request, kind: str, lines_of: Callable[[QuerySet[Entry]], Iterator[str]], content_type: str
) -> HttpResponseBase:
    found = found_by(Search(request.GET or None)).order_by("number")
    record(request.user, "audit.export", "", kind=kind, n=found.count())
    answer = StreamingHttpResponse(lines_of(found), content_type=content_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="record.{kind}"'
    return answer


FIELDS = ("number", "at", "who", "what", "about", "detail")


def values(entry: Entry) -> dict[str, object]:
    """Returns the values of an entry by name."""
    shown: dict[str, object] = {name: getattr(entry, name) for name in FIELDS}
    shown["at"] = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    return shown


def json_lines(found: QuerySet[Entry]) -> Iterator[str]:
    """Yields the entries as JSON, one object on each line."""
    for entry in found.iterator():
        yield json.dumps(values(entry), ensure_ascii=False, sort_keys=True) + "\n"


def csv_lines(found: QuerySet[Entry]) -> Iterator[str]:
    """Yields the entries as CSV. Cells that a spreadsheet would run as formulas become text."""
    yield "\ufeff" + ",".join(FIELDS) + "\r\n"
    for entry in found.iterator():
        row = values(entry)
        row["detail"] = json.dumps(row["detail"], ensure_ascii=False, sort_keys=True)
        yield csv_cells(str(one) for one in row.values()) + "\r\n"
