"""The settings of an exam's papers, saved with the exam for the next printing.

The page has a form and its text; whatever button is pressed, changes of the form are put into the text.
A job draws the first pages of a booklet.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render

from examgen.assembly.drafts import data_of, with_fields
from examgen.core.exam.package import read_package
from examgen.core.files import read_input
from examgen.core.models.papers import PapersRule
from examgen.core.models.sitting import SittingPlan
from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import tell
from examgen.papers.settings import forget_settings, keep_settings, rule_of, settings_text
from examgen.scoring.sitting_folder import PAPERS_SETTINGS, Sitting, SittingChanged, sitting_of
from examgen.site.access import allowed, may
from examgen.site.accounts.models import Role
from examgen.site.blueprints.fields import PAPERS, Field, applied, value_of
from examgen.site.blueprints.files import mark_of
from examgen.site.jobs.models import Job
from examgen.site.jobs.views import to_job
from examgen.site.requests import Request, done
from examgen.site.workspace import exam_folder, fingerprints, units_of_exam
from examgen.site.writing import deciding

WRITE = (Role.ASSEMBLER,)
MOST_CHARACTERS = 20_000
"""The maximum length of the settings text, in characters."""
LOOK = "papers-look"
"""The kind of job that draws the first pages."""


def place_of(exam: str) -> Sitting:
    """Returns the sitting that stores the settings of an exam. Raises Http404 if there is no such exam."""
    return sitting_of(exam_folder(exam))._replace(built=fingerprints(exam).exam)


def settings_of(exam: str) -> str | None:
    """Returns the settings that were saved for an exam; None if those of its blueprint apply."""
    place = place_of(exam)
    return settings_text(place) if place.given(PAPERS_SETTINGS) is not None else None


def rule_for(exam: str) -> PapersRule | None:
    """Returns the rule of the saved settings; None if that of the blueprint applies."""
    text = settings_of(exam)
    return None if text is None else rule_of(text)


def fields_of(data: dict[str, Any]) -> dict[str, Field]:
    """Returns the fields of the form by name, with their paths in a text that may or may not begin with
    `papers:`."""
    inside = set(data) == {"papers"}
    return {one.name: one if inside else one._replace(path=one.path[1:]) for one in PAPERS.fields}


def papers_rule(exam: str) -> PapersRule:
    """Returns the settings by which the next printing goes: those saved for the exam, or else those of its
    blueprint."""
    return rule_for(exam) or read_package(exam_folder(exam)).exam.blueprint.papers


def follow_plan(request: Request, exam: str, plan: SittingPlan) -> None:
    """Removes day and hours from the settings of the papers, which a blueprint may name, if their day differs
    from that of the plan: the day of a sitting is stored in its plan."""
    place, day_and_hours = place_of(exam), ("date", "hours")
    with suppress(Refused):  # the page of the settings says what is wrong with them
        if papers_rule(exam).date in (None, plan.date):
            return
    there = settings_text(place)
    data = data_of(there) or {}
    others = {name: one for name, one in data.get("papers", {}).items() if name not in day_and_hours}
    text = with_fields(there, {"papers": others} if "papers" in data else dict.fromkeys(day_and_hours))
    if text is not None:
        with deciding(request.user, place, "papers.settings"):
            keep_settings(place, text, there)


@allowed("exams/<str:exam>/papers/settings/", "papers-settings", read=WRITE, write=WRITE)
def paper_settings(request: Request, exam: str) -> HttpResponse:
    """Shows the settings. POST saves them, restores those of the blueprint, or starts a job that draws the
    first pages."""
    place = place_of(exam)
    there = settings_text(place)
    if request.method != "POST":
        job = _look(request, exam, request.GET.get("look", ""))
        return _page(request, exam, str(job.asked["text"]) if job else there, job)
    does_forget = "forget" in request.POST
    text = there if does_forget else _sent_text(request)
    try:
        if request.POST.get("mark") != mark_of(there):
            raise SittingChanged
        if "look" in request.POST:
            rule_of(text)
            return to_job(request, LOOK, exam, text=text, upload=str(uuid.uuid4()))
        with deciding(request.user, place, "papers.forget" if does_forget else "papers.settings"):
            if does_forget:
                forget_settings(place, there)
            else:
                keep_settings(place, text, there)
    except ExamgenError as error:
        return _page(request, exam, text, error=error)
    words = (
        tell("The settings of the blueprint apply again")
        if does_forget
        else tell("Saved: the next printing uses these settings")
    )
    return done(request, words, "papers-settings")


def _sent_text(request: Request) -> str:
    """Returns the submitted text with the changes made in the form; raises Refused if it is too long."""
    text = request.POST.get("text", "").replace("\r\n", "\n")
    if len(text) > MOST_CHARACTERS:
        raise Refused.because("settings have {n:,} characters at most", n=MOST_CHARACTERS)
    fields = fields_of(data_of(text) or {})
    sent = {name: request.POST.get(name, "") for name in fields}
    was = {name: request.POST.get(f"was:{name}", "") for name in fields}
    return applied(text, sent, was, fields) or text


def _page(
    request: Request,
    exam: str,
    text: str,
    job: Job | None = None,
    error: ExamgenError | None = None,
) -> HttpResponse:
    data = data_of(text) if text.strip() else {}
    place = place_of(exam)
    shown = {
        "exam": exam,
        "text": text,
        "fields": PAPERS.fields,
        "values": {name: value_of(data or {}, one) for name, one in fields_of(data or {}).items()},
        "is_readable": data is not None,
        "mark": mark_of(settings_text(place)),
        "is_own": place.given(PAPERS_SETTINGS) is not None,
        "refusals": [one.message for one in error.problems] or [error.message] if error else [],
        "may_write": may(request.user, WRITE, units_of_exam(exam)),
        "job": job,
    }
    return render(request, "papers/settings.html", shown, status=422 if error else 200)


def _look(request: Request, exam: str, upload: str) -> Job | None:
    """Returns the user's job for a preview of the first pages; None if there is no such job."""
    return Job.objects.filter(kind=LOOK, about=exam, by=request.user, asked__upload=upload).first()


@allowed(
    "exams/<str:exam>/papers/settings/look/<uuid:look>/pages.png", "papers-picture", write=WRITE, secret=True
)
def picture(request: Request, exam: str, look: uuid.UUID) -> HttpResponse:
    """Returns the first pages as a picture."""
    if _look(request, exam, str(look)) is None:
        raise Http404
    try:
        return HttpResponse(read_input(picture_file(str(look))), content_type="image/png")
    except FileNotFoundError:
        raise Http404 from None


def picture_file(upload: str) -> Path:
    """Returns the path of the picture that a job draws."""
    return Path(settings.SITE.uploads) / upload / "pages.png"
