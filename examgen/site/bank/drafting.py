"""The pages behind the form of an item while it is written: saving and checking the typed text, drawing it as
it will print, and inserting pictures and tables."""

from __future__ import annotations

import csv
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin

from examgen.bank.editing import draft_of, sketch_of
from examgen.core.problems import ExamgenError, Refused
from examgen.core.text.markdown import image_written, table_written
from examgen.core.words import joined, tell
from examgen.papers.item_pages import draft_page
from examgen.site.abuse import Watched
from examgen.site.access import allowed
from examgen.site.accounts.models import Role
from examgen.site.bank.fields import findings_of
from examgen.site.bank.reviewing import ANSWER, keep_reason
from examgen.site.bank.units import KEYS, item_of, opened
from examgen.site.bank.unsaved import Typed, keep_typed, throw_away, typed_in, unsaved
from examgen.site.bank.views import keep_picture
from examgen.site.bank.writing import begun, copy_of, is_with_key
from examgen.site.forms import MEGABYTE, OneFile
from examgen.site.language import reader, told
from examgen.site.requests import MEASURED_POLICY, Request, check_whose, say
from examgen.site.workspace import workspace

_MOST_ROWS, _MOST_COLUMNS = 60, 20
_MOST_ALT, _MOST_CELLS = 2_000, 100_000
"""The maximum number of characters of a picture's description, and of a table."""


class Picture(Watched):
    """The form for uploading a picture to the media folder."""

    file = OneFile(tell("Picture: PNG, JPEG, GIF, WebP or SVG"), most=20 * MEGABYTE)


@allowed("bank/<str:unit>/typed/", "bank-typed", read=KEYS, write={Role.WRITER}, secret=True, post_only=True)
def typed(request: Request, unit: str) -> HttpResponse:
    """Saves the unsaved text of the form and returns the findings of `bank check` on it; or discards what was
    saved before."""
    there, one = opened(unit), typed_in(request.POST)
    if "away" in request.POST:
        throw_away(request.user, unit, one.id)
        say(request, tell("Your unsaved text was discarded."), "info")
        if one.item in there.items:
            return redirect("bank-item", unit=unit, item=one.item)
        return redirect("bank-new", unit=unit)
    try:
        check_whose(request)
        keep_typed(request.user, unit, one)
    except Refused as error:
        return _refused(error)
    if "answer" in request.POST:
        keep_reason(request.user, unit, one.item, request.POST["answer"], ANSWER)
    found = findings_of(draft_of(there, _name(there, one), one.texts), one.texts, there.unit)
    context = {
        "found": found,
        "faults": found.at_fields("tried" in request.POST),
        "fields": [
            *(field for field in one.texts if field != "waivers"),
            *("options", "right_if", "rationale"),
        ],
        "kept": unsaved(request.user, unit, one.id),
    }
    return render(request, "bank/typed.html", context)


def _refused(error: ExamgenError) -> HttpResponse:
    """Returns the reason for a refusal as plain text, for the script of the form."""
    return HttpResponse(told(error.message), content_type="text/plain; charset=utf-8", status=422)


def _name(unit: Any, one: Typed) -> str | None:
    """Returns the id of the form's item if the bank has it, otherwise None."""
    return one.item if one.item in unit.items else None


@allowed("bank/<str:unit>/preview/", "bank-preview", read=KEYS, write={Role.WRITER}, secret=True)
@xframe_options_sameorigin
def preview(request: Request, unit: str) -> HttpResponse:
    """Returns an item as it will print, with its key or as candidates see it: the text in the form, the
    user's unsaved text, the text of a new copy, or the saved item."""
    there = opened(unit)
    try:
        if request.method == "POST":
            one = _drawn(there, typed_in(request.POST))
        elif request.GET.get("draft"):
            one = _drawn(there, unsaved(request.user, unit, UUID(request.GET["draft"])).typed)
        elif request.GET.get("copy"):
            source = item_of(there, request.GET["copy"])
            one = _drawn(there, copy_of(source, begun(None)))
        else:
            one = item_of(there, request.GET.get("item", ""))
    except ValueError:
        raise Http404 from None
    try:
        page = draft_page(workspace(), there.bank_unit, one, is_with_key(request), in_thai=reader() == "th")
        answer = HttpResponse(page)
    except ExamgenError as error:
        answer = render(request, "bank/no_preview.html", {"error": error})
    answer.headers["Content-Security-Policy"] = MEASURED_POLICY
    return answer


def _drawn(unit: Any, one: Typed) -> Any:
    """Returns the item of a form; if it has faults, a sketch of what is written so far."""
    draft = draft_of(unit, _name(unit, one), one.texts)
    is_whole = draft.item is not None and all(found.severity != "error" for found in draft.problems)
    return draft.item if is_whole else sketch_of(unit, one.texts)


@allowed("bank/<str:unit>/insert/", "bank-insert", write={Role.WRITER}, secret=True, post_only=True)
def insert(request: Request, unit: str) -> HttpResponse:
    """Returns the text that inserts a picture or a table into a field of the form. Saves nothing except the
    picture."""
    opened(unit)
    try:
        if request.POST.get("what") == "table":
            written = _table(request.POST.get("cells", ""))
        else:
            written = _picture(request, unit)
    except ExamgenError as error:
        return _refused(error)
    return HttpResponse(written, content_type="text/plain; charset=utf-8")


def _picture(request: Request, unit: str) -> str:
    """A picture that was sent is kept with the pictures of the unit; how a text shows it."""
    form = Picture(request.POST, request.FILES)
    if not form.is_valid():
        raise Refused(joined([str(one) for one in form.errors.get("file", ())]))
    alt = request.POST.get("alt", "").strip()[:_MOST_ALT]
    if not alt:
        raise Refused.because(
            "Describe what the picture shows. The text is read to candidates who cannot see it."
        )
    file: UploadedFile[Any] = form.cleaned_data["file"]
    name, change = keep_picture(request.user, unit, str(file.name), file.read())
    change.warn(request)
    return image_written(name, alt)


def _table(cells: str) -> str:
    """Returns a table for the text of an item, from cells copied from a spreadsheet.

    Raises Refused if there are no cells, or too many.
    """
    lines = cells[:_MOST_CELLS].strip("\r\n").splitlines(keepends=True)
    rows = [[*row] for row in csv.reader(lines, delimiter="\t")]
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise Refused.because("Fill in the cells of the table first.")
    if len(rows) > _MOST_ROWS or max(map(len, rows)) > _MOST_COLUMNS:
        raise Refused.because(
            "A table can have at most {rows} rows and {columns} columns.",
            rows=_MOST_ROWS,
            columns=_MOST_COLUMNS,
        )
    return table_written(rows)
