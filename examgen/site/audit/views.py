"""The pages of the record: searching and downloading it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render

from examgen.core.csv_files import csv_cells
from examgen.core.words import tell
from examgen.site.abuse import Watched
from examgen.site.access import allowed
from examgen.site.accounts.roles import Role
from examgen.site.audit.models import Entry
from examgen.site.audit.record import record
from examgen.site.audit.words import DETAILS, act, codes_like, value_words
from examgen.site.forms import DayField, text_field
from examgen.site.requests import Request


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
