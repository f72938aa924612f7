"""Pages of units: the standards in the bank, a document with the text read from it, and an edition compared
with the present one."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from examgen.assembly.editions import kept as editions
from examgen.assembly.editions import remapping
from examgen.assembly.editions import units as importing
from examgen.bank.standards import words
from examgen.core.problems import ExamgenError
from examgen.core.words import tell, tell_n
from examgen.site.abuse import Watched
from examgen.site.access import allowed, may, opens, units_for
from examgen.site.accounts.models import Role, has
from examgen.site.forms import MEGABYTE, OneFile, text_field
from examgen.site.language import address, said
from examgen.site.requests import Request, say
from examgen.site.uploads import Kept, keep, kept
from examgen.site.workspace import bank, unit_folder, unit_folders
from examgen.site.writing import writing

STATES = {
    "present": tell("present"),
    "earlier": tell("earlier"),
    "waiting": tell("waiting"),
    "same": tell("the same as before"),
    "new": tell("new"),
}
"""The labels of the states of an edition."""

ENDINGS = (".txt", ".md", ".html", ".htm")
MOST_PASTED = 100_000
"""The maximum number of characters, as in `standards`."""


class DocumentForm(Watched):
    """The form for a unit document: a file or pasted text."""

    file = OneFile(
        tell("Unit document"),
        tell("The unit's page of the standards web site: .html, .txt or .md"),
        most=2 * MEGABYTE,
        endings=ENDINGS,
        required=False,
    )
    text = text_field(
        tell("Or the text of the unit, pasted"),
        tell("Whole, from the code of the unit to the methods of assessment"),
        most=MOST_PASTED,
        required=False,
        rows=8,
    )

    def clean_file(self) -> UploadedFile[Any] | None:
        """Returns the file, which has one of the accepted endings."""
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is not None and PurePath(file.name or "").suffix.lower() not in ENDINGS:
            message = tell(
                "Give a file that ends in {endings}: a Word document or a PDF is saved as .html or "
                ".txt first",
                endings=", ".join(ENDINGS),
            )
            raise forms.ValidationError(said(message))
        return file

    def clean(self) -> dict[str, Any]:
        """Requires either a file or a text, and not both."""
        data = super().clean() or {}
        given = [bool(data.get("file")), bool((data.get("text") or "").strip())]
        if not self.errors and sum(given) != 1:
            self.add_error(None, said(tell("Give a file, or paste the text: one of the two")))
        return data


READ = {Role.WRITER, Role.REVIEWER, Role.ASSEMBLER, Role.PSYCHOMETRICIAN, Role.APPROVER}
STANDARD, PASTED = "standard", "pasted.txt"
IMPORT = {Role.ASSEMBLER, Role.ADMINISTRATOR}
"""The roles that import a standard: the assembler, whose blueprints depend on it, and the administrator
of the site. Writers and reviewers do not, because a new edition may void the items and approvals of other
users."""


def _page(**context: Any) -> dict[str, Any]:
    return {"words": words, "STATES": STATES, **context}


@allowed("standards/", "standards", read=READ, write=IMPORT)
def units(request: Request) -> HttpResponse:
    """Shows the units of the workspace that the user may see, each with its editions."""
    mine = units_for(request.user, READ | IMPORT | {Role.AUDITOR})
    rows, faulty = [], []
    for code in unit_folders():
        if mine is not None and code not in mine:
            continue
        try:
            found = editions.list_editions(bank(), code)
        except ExamgenError as error:
            faulty.append((code, error.message))
            continue
        waiting = [one for one in found if one.state == "waiting"]
        rows.append({"code": code, "unit": found[0].unit, "editions": len(found), "waiting": waiting})
    may_import = has(request.user, *IMPORT)
    return render(
        request,
        "standards/list.html",
        _page(rows=rows, faulty=faulty, may_import=may_import),
    )


@allowed("standards/read/", "standards-read", write=IMPORT)
def read(request: Request) -> HttpResponse:
    """Shows the form for a unit document. POST stores the document and opens the page on which it is read."""
    is_given = request.method == "POST"
    form = DocumentForm(request.POST, request.FILES) if is_given else DocumentForm()
    if is_given and form.is_valid():
        file, text = form.cleaned_data["file"], form.cleaned_data["text"] or ""
        name, parts = (str(file.name), file.chunks()) if file else (PASTED, [text.encode()])
        found = keep(request.user, STANDARD, name, parts, ENDINGS)
        return redirect("standards-reading", document=found.id)
    return render(request, "standards/read.html", _page(form=form), status=422 if is_given else 200)


@allowed("standards/read/<uuid:document>/", "standards-reading", write=IMPORT)
def reading(request: Request, document: UUID) -> HttpResponse:
    """Shows what was read from a document, with its text. POST imports or discards it."""
    found = kept(request.user.username, STANDARD, document)
    if request.method == "POST" and request.POST.get("do") == "give-up":
        found.give_up()
        say(request, tell("{name} was given up: nothing was imported", name=found.name), "info")
        return redirect("standards")
    try:
        [one] = importing.import_units([found.path], bank(), dry_run=True)
    except ExamgenError as error:
        found.give_up()
        raise error
    code = one.unit.code or ""
    may_import = not one.unit.error and may(request.user, IMPORT, {code})
    if request.method == "POST":
        if not may_import:
            raise PermissionDenied
        return _imported(request, found, code)
    context = _page(
        read=one,
        document=found,
        may_import=may_import,
        is_there=code in unit_folders(),
        doubts={doubt.line for doubt in one.unit.warnings if doubt.line},
    )
    return render(request, "standards/reading.html", context)


def _imported(request: Request, document: Kept, code: str) -> HttpResponse:
    with writing(request.user, [code], f"{code}: standard imported") as change:
        [one] = importing.import_units([document.path], bank())
        change.did("unit.import", code, edition=str(one.edition), state=str(one.state))
    document.give_up()
    change.warn(request)
    if one.state == "waiting":
        say(
            request,
            tell("The edition is kept and waits: items would lose their criterion. See what differs."),
            "warning",
        )
        return redirect("standards-edition", unit=code, edition=str(one.edition))
    outcome = (
        tell("{code}: this is the present edition already, nothing was changed", code=code)
        if one.state == "same"
        else tell("{code} was imported", code=code)
    )
    say(request, outcome)
    for reason in one.reasons:
        say(
            request,
            tell(
                "The new edition does not allow this blueprint. {why}",
                why=tell("{source}: {message}", source=reason.source, message=reason.message),
            ),
            "warning",
        )
    return redirect("standards-unit", unit=code)


@allowed("standards/unit/<str:unit>/", "standards-unit", read=READ, write=IMPORT)
def unit(request: Request, unit: str) -> HttpResponse:
    """Shows a unit as it is in the bank, and its editions."""
    unit_folder(unit)
    found = editions.list_editions(bank(), unit)
    why = {
        one.sha256: editions.why_waiting(bank(), unit, one.sha256) for one in found if one.state == "waiting"
    }
    way = address("blueprint-new", unit)
    context = _page(
        code=unit,
        unit=found[0].unit,
        editions=found,
        why=why,
        blueprints=way if opens(request.user, way) else "",
    )
    return render(request, "standards/unit.html", context)


@allowed("standards/unit/<str:unit>/<str:edition>/", "standards-edition", read=READ, write=IMPORT)
def edition(request: Request, unit: str, edition: str) -> HttpResponse:
    """Shows another edition compared with the present one: the differences, what they affect, and moving
    items to it."""
    unit_folder(unit)
    known = {one.sha256: one for one in editions.list_editions(bank(), unit)}
    present = next(iter(known))
    if edition not in known or edition == present:
        raise Http404
    done, error = None, None
    if request.method == "POST":
        is_done = request.POST.get("do") == "carry"
        try:
            done = _carried(request, unit, edition, present, dry_run=not is_done)
        except ExamgenError as refused:
            error = refused
        else:
            if is_done:
                return redirect("standards-unit", unit=unit)
    one = known[edition]
    compared = editions.compare(bank(), unit, edition)
    may_carry = one.state == "waiting" and may(request.user, IMPORT, {unit})
    context = _page(
        code=unit,
        edition=one,
        present=present,
        compared=compared,
        pairs=remapping.pairs_to_confirm(bank(), unit, edition) if may_carry else [],
        done=done,
        error=error,
        may_carry=may_carry,
        differing=[pair for pair in compared.differences if pair[0].kinds != ("unchanged",)],
        why=editions.why_waiting(bank(), unit, edition),
        chosen=request.POST.getlist("pair"),
    )
    return render(request, "standards/edition.html", context, status=422 if error else 200)


def _carried(request: Request, unit: str, edition: str, present: str, dry_run: bool) -> remapping.Remapped:
    """Items carried over by the pairs that were ticked, or what would come of it."""
    if request.POST.get("present") != present:
        say(
            request,
            tell("Another edition has become the present one meanwhile: look again at what differs"),
            "warning",
        )
        dry_run = True
    pairs = request.POST.getlist("pair")
    if dry_run:
        return remapping.remap(bank(), unit, edition, pairs, by=request.user.signature, dry_run=True)
    message = f"{unit}: items carried over to edition {edition[:12]}"
    with writing(request.user, [unit], message) as change:
        done = remapping.remap(bank(), unit, edition, pairs, by=request.user.signature)
        n, aside = len(done.carried), len(done.orphaned)
        change.did("unit.remap", unit, edition=edition, carried=n, set_aside=aside)
    change.warn(request)
    say(
        request,
        tell_n(
            "{n} item was carried over, {aside} set aside",
            "{n} items were carried over, {aside} set aside",
            n,
            aside=aside,
        ),
    )
    return done
