"""Scans of answer sheets: uploading them, reading them in a job, and deciding doubtful marks in the
gallery."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Annotated, Any

from csp.decorators import csp_replace
from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from pydantic import Field

from examgen.capture.grader_decisions import clean_text
from examgen.core.csv_files import csv_cells
from examgen.core.models.field_types import Model
from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import joined, tell, tell_n
from examgen.scanning.gallery.decisions import COLUMNS, CropDecision
from examgen.scanning.gallery.page import is_of_this_version, script_source
from examgen.scanning.reasons import reason_message
from examgen.site.access import allowed, opens
from examgen.site.audit.models import record
from examgen.site.jobs.views import to_job
from examgen.site.language import address, reader
from examgen.site.requests import Request, done, fault, or_404
from examgen.site.sittings.forms import GalleryDecisions, ScanFiles
from examgen.site.sittings.pages import GRADERS, SEES, Runs, keep, sitting, sitting_page, uploaded
from examgen.site.sittings.sitting_confirmation import check_scoring
from examgen.site.writing import deciding
from examgen.sitting import scans as kept
from examgen.sitting import worklist
from examgen.sitting.tray import sitting_tray

MOST = 300
"""The maximum number of sheets and pages in a list of the page. `examgen returns --json` lists all."""
MOST_SAID = 500_000
"""The maximum size of the decisions that a page sends at a time, in bytes."""


_Cell = Annotated[str, Field(max_length=500)]
_EACH = Field(min_length=len(COLUMNS), max_length=len(COLUMNS))


class SaidInGallery(Model):
    """What the gallery sends while a user decides: the user who was signed in when it was decided, and lines
    with the columns of a file of decisions."""

    user: str
    lines: Annotated[list[Annotated[list[_Cell], _EACH]], Field(max_length=500)]


_GALLERY = {
    "default-src": ["'none'"],
    "script-src": [script_source()],  # a folder of a scan, and the page in it, may come from anybody
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "font-src": ["data:"],
    "frame-ancestors": ["'self'"],
    "form-action": ["'none'"],
    # without forms nobody says who decides; without modals who leaves loses what was decided, unasked
    "sandbox": ["allow-scripts", "allow-forms", "allow-downloads", "allow-modals"],
}
"""The content security policy of the gallery, whose own script cannot use the user's account."""


@allowed("exams/<str:exam>/scans/", "scans", read=SEES, write=GRADERS)
def scans(request: Request, exam: str) -> HttpResponseBase:
    """Shows the scans, and accepts uploads."""
    place = sitting(exam)
    form = ScanFiles(request.POST or None, request.FILES or None)
    if request.method == "POST":
        check_scoring(request.user, exam)
    if request.method == "POST" and form.is_valid():
        if not kept.can_scan(place):
            raise Refused.because("no papers were printed for this exam: its answer sheets are not known yet")
        folder = Path(settings.SITE.uploads) / uuid.uuid4().hex
        folder.mkdir(mode=0o700)
        try:
            names = list(keep(form.cleaned_data["given"], folder))
        except OSError:  # the disk is full: what was begun would keep it so
            shutil.rmtree(folder, ignore_errors=True)
            raise
        record(request.user, "scans.upload", exam, files=names)
        return to_job(request, "scan", exam, upload=folder.name, names=names)
    newest = Runs(place).newest
    is_stale = newest is not None and worklist.is_of_other_answers(place, newest)
    context = {
        "form": form,
        "found": kept.all_read(place),
        "waiting": {} if is_stale or newest is None else worklist.waiting(place, newest),
        "is_stale": is_stale,
        "can_scan": kept.can_scan(place),
        "tray": sitting_tray(place),
        "reason_message": reason_message,
        "most": MOST,
        "returns_address": way if opens(request.user, way := address("returns", exam)) else None,
    }
    return sitting_page(request, "sittings/scans.html", context)


@allowed("exams/<str:exam>/scans/<int:scan>/", "gallery", read=GRADERS, write=GRADERS, secret=True)
def gallery(request: Request, exam: str, scan: int) -> HttpResponseBase:
    """Shows the page around the gallery of a scan. POST has the gallery made, if the reading of the scan was
    interrupted before it was."""
    if request.method == "POST":
        check_scoring(request.user, exam)
        return to_job(request, "gallery", exam, scan=scan)
    place = sitting(exam)
    path = or_404(kept.gallery_of(place, scan))
    known = kept.on_record(place, scan, request.user.signature)
    mine = {
        task: {code: _as_in_page(one) for code, one in found.items()} for task, found in known.mine.items()
    }
    context = {
        "scan": scan,
        "decisions": GalleryDecisions(),
        "on_record": {
            "by": request.user.signature,
            "mine": mine,
            "others": known.others,
            "language": reader(),
        },
        "is_current": is_of_this_version(path),
    }
    return sitting_page(request, "sittings/gallery.html", context)


def _as_in_page(one: CropDecision) -> dict[str, Any]:
    seconds = float(one.seconds or 0)
    return {"v": one.decided, "f": one.form, "n": one.note, "t": one.time, "w": one.way, "s": seconds}


@allowed("exams/<str:exam>/scans/<int:scan>/page/", "gallery-page", read=GRADERS, secret=True)
@xframe_options_sameorigin
@csp_replace(_GALLERY)  # type: ignore[arg-type] # its types know views without names in their address
def gallery_page(request: Request, exam: str, scan: int) -> HttpResponseBase:
    """Returns the gallery itself, for a frame."""
    path = or_404(kept.gallery_of(sitting(exam), scan))
    return FileResponse(path.open("rb"), content_type="text/html; charset=utf-8")


@allowed("exams/<str:exam>/scans/<int:scan>/remove/", "scan-remove", write=GRADERS, post_only=True)
def remove(request: Request, exam: str, scan: int) -> HttpResponseBase:
    """Removes a scan."""
    place = sitting(exam)
    reason = clean_text(request.POST.get("reason", ""))
    why = {"reason": reason} if reason else {}
    with deciding(request.user, place, "scans.remove", scan=scan, **why) as act:
        act.note(files=[*kept.remove(place, scan, request.user.signature, reason)])
    return done(request, tell("scan {n} was taken away", n=scan), "scans")


@allowed(
    "exams/<str:exam>/scans/<int:scan>/decided/", "gallery-keep", write=GRADERS, secret=True, post_only=True
)
def keep_decided(request: Request, exam: str, scan: int) -> HttpResponse:
    """Saves the decisions that the gallery sends as they are made."""
    try:
        if len(request.body) > MOST_SAID:
            raise ValueError
        sent = SaidInGallery.model_validate_json(request.body, strict=True)
        if sent.user != request.user.username:
            raise Refused.because("somebody else is signed in now: sign in as who decided")
        check_scoring(request.user, exam)
        place, day = sitting(exam), timezone.localdate().isoformat()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "decisions.csv"
            path.write_text("".join(csv_cells(line) + "\n" for line in (COLUMNS, *sent.lines)), "utf-8")
            with deciding(request.user, place, "scans.decide", scan=scan) as act:
                files = {path.name: path}
                n = kept.decide(place, scan, files, request.user.signature, day, as_one_goes=True).n_new
                act.note(decisions=n)
    except ValueError:  # pydantic's, too
        return fault(tell("what the page sent cannot be understood: load it anew"), 422)
    except ExamgenError as error:
        problems = error.problems if isinstance(error, Refused) else ()
        return fault(problems[0].message if problems else error.message, 409)
    return JsonResponse({"kept": n})


@allowed("exams/<str:exam>/scans/<int:scan>/decide/", "gallery-decide", write=GRADERS, post_only=True)
def decide(request: Request, exam: str, scan: int) -> HttpResponseBase:
    """Saves the decisions in the file that the gallery saved."""
    check_scoring(request.user, exam)
    form = GalleryDecisions(request.POST, request.FILES)
    if not form.is_valid():
        faults = form.errors.get("given") if request.FILES else None
        raise Refused(joined([str(faults[0])]) if faults else tell("choose the file that the gallery saved"))
    place, day = sitting(exam), timezone.localdate().isoformat()
    with (
        uploaded(form.cleaned_data["given"]) as files,
        deciding(request.user, place, "scans.decide", scan=scan) as act,
    ):
        n = kept.decide(place, scan, files, request.user.signature, day).n_new
        act.note(decisions=n)
    words = tell_n("{n} decision was taken over", "{n} decisions were taken over", n)
    return done(request, words, "scans")
