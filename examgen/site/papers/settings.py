"""Pages on which people set how the papers of an exam look.

They edit a form or its text, side by side, and save it for the next printing. A job makes a preview of the
first pages of a booklet.
"""

from __future__ import annotations

import difflib
import json
import re
import uuid
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from examgen.assembly.drafts import data_of
from examgen.core.files import read_input
from examgen.core.models.papers import PapersRule
from examgen.core.models.sitting import SittingPlan
from examgen.core.problems import ExamgenError, Problem, Refused
from examgen.core.text.thai import typed_day
from examgen.core.words import Message, tell
from examgen.papers.settings import forget_settings, keep_settings, rule_of, settings_text
from examgen.scoring.sitting_folder import PAPERS_SETTINGS, Sitting, SittingChanged, sitting_of
from examgen.site.abuse import Watched
from examgen.site.access import allowed, may
from examgen.site.accounts.roles import Role
from examgen.site.audit.record import putter
from examgen.site.blueprints.field_groups import PAPERS, Field
from examgen.site.blueprints.fields import applied, value_of
from examgen.site.blueprints.files import mark_of
from examgen.site.forms import AS_TYPED, NO_DAY
from examgen.site.jobs import queue
from examgen.site.jobs.models import Job
from examgen.site.language import day, said
from examgen.site.requests import Request
from examgen.site.workspace import exam_folder, fingerprints, manifest, units_of_exam
from examgen.site.writing import deciding

WRITE = (Role.ASSEMBLER,)
_TIME = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])")
MOST_CHARACTERS = 20_000
"""The longest text of settings that the site accepts."""
LOOK = "papers-look"
"""The kind of job that makes the first pages."""


def place_of(exam: str) -> Sitting:
    """Where the settings of an exam are kept; raises Http404 when there is no such exam."""
    return sitting_of(exam_folder(exam))._replace(built=fingerprints(exam).exam)


def settings_of(exam: str) -> str | None:
    """The settings that were saved for an exam; None when those of its blueprint apply."""
    place = place_of(exam)
    return settings_text(place) if place.given(PAPERS_SETTINGS) is not None else None


def rule_for(exam: str) -> PapersRule | None:
    """The rule of the saved settings; None when that of the blueprint applies."""
    text = settings_of(exam)
    return None if text is None else rule_of(text)


def fields_of(data: dict[str, Any]) -> dict[str, Field]:
    """The fields of the form by name, with their paths in a text that may or may not begin with `papers:`."""
    inside = set(data) == {"papers"}
    return {one.name: one if inside else one._replace(path=one.path[1:]) for one in PAPERS.fields}


DAY, HOURS = "papers_date", "papers_hours"
"""Fields that the page of the papers asks for, too."""
_BEFORE = "_before"


class DayForm(Watched):
    """Day and hours of the sitting, kept with the settings of the papers, and what they were when shown."""

    papers_date = forms.CharField(
        label=said(tell("Day of the sitting")), help_text=said(AS_TYPED), required=False, max_length=60
    )
    papers_hours = forms.CharField(
        label=said(tell("Hours of the sitting")),
        help_text=said(tell("as 09:00–11:00")),
        required=False,
        max_length=60,
    )
    papers_date_before = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    papers_hours_before = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def clean_papers_date(self) -> str:
        """A day that can be read."""
        typed = str(self.cleaned_data[DAY])
        if typed and typed_day(typed) is None:
            raise forms.ValidationError(said(NO_DAY))
        return typed


def named_day(exam: str) -> date | None:
    """The day that papers would have now by their settings; None where these name none."""
    return typed_day(_day_and_hours(exam)[DAY])


def _day_and_hours(exam: str) -> dict[str, str]:
    data = data_of(settings_text(place_of(exam))) or {}
    return {name: value_of(data, fields_of(data)[name]) for name in (DAY, HOURS)}


def day_form(exam: str) -> DayForm:
    """The form with the day and hours that papers would have now."""
    values = _day_and_hours(exam)
    found = typed_day(values[DAY])
    values[DAY] = day(found) if found else values[DAY]
    return DayForm(initial={**values, **{f"{name}{_BEFORE}": value for name, value in values.items()}})


def keep_day(request: Request, exam: str, form: DayForm) -> bool:
    """Keeps what was changed of a valid form with the settings of the papers; whether anything was."""
    sent = {name: form.cleaned_data[name] for name in (DAY, HOURS)}
    before = {name: form.cleaned_data[f"{name}{_BEFORE}"] for name in sent}
    if sent == before:
        return False
    place = place_of(exam)
    there = settings_text(place)
    text = applied(there, sent, before, fields_of(data_of(there) or {}))
    if text is None:
        raise Refused(tell("the settings of the papers are not right"))
    with deciding(request.user, place, "papers.settings", exam):
        keep_settings(place, text, there)
    return True


def follow_plan(request: Request, exam: str, plan: SittingPlan) -> None:
    """Takes another day than that of the plan out of the settings of the papers, with its hours: the day of a
    sitting is kept in one place, once it is planned."""
    place = place_of(exam)
    there, before = settings_text(place), _day_and_hours(exam)
    if named_day(exam) in (None, plan.date):
        return
    text = applied(there, dict.fromkeys(before, ""), before, fields_of(data_of(there) or {}))
    if text is not None:
        with deciding(request.user, place, "papers.settings", exam):
            keep_settings(place, text, there)


def unlike_the_time(exam: str, hours: str) -> Message | None:
    """That the hours of a sitting are longer or shorter than the time that the papers of the exam give."""
    times = [60 * int(hour) + int(minute) for hour, minute in _TIME.findall(hours)]
    n = int(manifest(exam)["blueprint"]["time_min"])
    if len(times) != 2 or times[1] - times[0] == n:
        return None
    end = f"{times[1] // 60:02}:{times[1] % 60:02}"
    return tell(
        "The exam takes {n} minutes, but {hours} is {span} minutes. The papers show both, and extra time is "
        "added after {end}. If the hours are wrong, change them.",
        n=n,
        hours=hours,
        span=times[1] - times[0],
        end=end,
    )


def hours_of_papers(exam: str) -> str:
    """The hours that papers would have now by their settings."""
    return _day_and_hours(exam)[HOURS]


@allowed(read=WRITE, write=WRITE, within="exam")
def paper_settings(request: Request, exam: str) -> HttpResponse:
    """The settings: POST saves them, forgets them, or shows the page again with form and text in line."""
    place = place_of(exam)
    there = settings_text(place)
    if request.method != "POST":
        return _page(request, exam, there, mark_of(there))
    mark = request.POST.get("mark", "")
    if "forget" in request.POST:
        try:
            if mark != mark_of(there):
                raise SittingChanged
            with deciding(request.user, place, "papers.forget", exam):
                forget_settings(place, there)
        except SittingChanged:
            now = settings_text(place)
            return _page(request, exam, now, mark_of(now), changed=[])
        messages.success(request, said(tell("The settings of the blueprint apply again")))
        return redirect("papers-settings", exam=exam)
    text = _sent_text(request)
    if "save" not in request.POST:
        return _page(request, exam, text, mark)
    if mark != mark_of(there) and text != there:
        return _overtaken(request, exam, text)
    try:
        with deciding(request.user, place, "papers.settings", exam):
            keep_settings(place, text, there)
    except SittingChanged:
        return _overtaken(request, exam, text)
    except ExamgenError:
        return _page(request, exam, text, mark, is_refused=True)
    messages.success(request, said(tell("Saved: the next printing uses these settings")))
    return redirect("papers-settings", exam=exam)


def _overtaken(request: Request, exam: str, text: str) -> HttpResponse:
    """The page with the user's text when somebody else has saved meanwhile, and how the two texts differ."""
    there = settings_text(place_of(exam))
    lines = difflib.unified_diff(there.splitlines(), text.splitlines(), lineterm="", n=2)
    return _page(request, exam, text, mark_of(there), changed=[*lines][2:])


@allowed(write=WRITE, within="exam", post_only=True)
def draft(request: Request, exam: str) -> HttpResponse:
    """The form and the text brought into line, with what is wrong with them: parts of the page, for htmx."""
    shown = _shown(exam, _sent_text(request))
    return render(request, "papers/draft.html", {**shown, "origin": request.POST.get("from", "form")})


def _sent_text(request: Request) -> str:
    """The text with the changes made in the form; raises Refused when it is too long."""
    text = request.POST.get("text", "").replace("\r\n", "\n")
    if len(text) > MOST_CHARACTERS:
        raise Refused(tell("settings have {n:,} characters at most", n=MOST_CHARACTERS))
    try:
        was = json.loads(request.POST.get("was") or "{}")
    except (ValueError, RecursionError):
        was = {}
    if not isinstance(was, dict):
        return text
    sent = {name: request.POST.get(name, "") for name in was}
    return applied(text, sent, was, fields_of(data_of(text) or {})) or text


def _shown(exam: str, text: str) -> dict[str, Any]:
    """Context for templates: the form filled from a text, and why the text is refused, if it is."""
    data = data_of(text) if text.strip() else {}
    values = {name: value_of(data or {}, one) for name, one in fields_of(data or {}).items()}
    refusal = None
    beside: dict[str, list[Message]] = {}
    others: list[tuple[Message | None, Message, Problem]] = []
    try:
        rule_of(text)
    except ExamgenError as error:
        refusal = error
        for one in error.problems:
            found = _field_of(one, fields_of(data or {}))
            is_no_day = found is not None and found.kind == "date" and not typed_day(values[found.name])
            words = NO_DAY if is_no_day else one.message
            if found is not None:
                beside.setdefault(found.name, []).append(words)
            others.append((found.label if found else None, words, one))
    return {
        "exam": exam,
        "text": text,
        "group": PAPERS,
        "values": values,
        "was": json.dumps(values, ensure_ascii=False),
        "is_readable": data is not None,
        "refusal": refusal,
        "beside": beside,
        "others": others,
    }


def _field_of(problem: Problem, fields: Mapping[str, Field]) -> Field | None:
    """The field of the form that a fault is about; None where the form has none."""
    steps = tuple((problem.field or "").split("."))
    fits = [one for one in fields.values() if steps[: len(one.path)] == one.path]
    return max(fits, key=lambda one: len(one.path), default=None)


def _page(
    request: Request,
    exam: str,
    text: str,
    mark: str,
    changed: list[str] | None = None,
    is_refused: bool = False,
    job: Job | None = None,
) -> HttpResponse:
    shown = {
        **_shown(exam, text),
        "origin": "page",
        "mark": mark,
        "changed": changed,
        "put": putter(place_of(exam).path(PAPERS_SETTINGS), ("papers.settings", "papers.forget"), exam)
        if changed is not None
        else None,
        "is_refused": is_refused,
        "is_own": place_of(exam).given(PAPERS_SETTINGS) is not None,
        "may_write": may(request.user, WRITE, units_of_exam(exam)),
        "job": job,
        "is_faulty": False,
    }
    status = 409 if changed is not None else 422 if is_refused else 200
    return render(request, "papers/settings.html", shown, status=status)


# ── first pages ──────────────────────────────────────────────────────────────────────────────


@allowed(write=WRITE, within="exam", post_only=True)
def ask_look(request: Request, exam: str) -> HttpResponse:
    """Starts the job that makes the first pages with the settings as they were sent, saved or not."""
    text = _sent_text(request)
    job = None
    if _shown(exam, text)["refusal"] is None:
        asked = {"exam": exam, "text": text, "upload": str(uuid.uuid4())}
        job = queue.ask(LOOK, exam, request.user, **asked)
    if request.htmx:
        return render(request, "papers/pages.html", {"exam": exam, "job": job, "is_faulty": job is None})
    return _page(request, exam, text, request.POST.get("mark", ""), is_refused=job is None, job=job)


def _own(request: Request, exam: str, look: uuid.UUID) -> Job:
    """The user's own job that makes the first pages; raises Http404 when there is none."""
    found = Job.objects.filter(kind=LOOK, about=exam, by=request.user, asked__upload=str(look)).first()
    if found is None:
        raise Http404
    return found


@allowed(write=WRITE, within="exam", secret=True)
def pages(request: Request, exam: str, look: uuid.UUID) -> HttpResponse:
    """How far the job of the first pages has come; for htmx, only that part of the page."""
    found = _own(request, exam, look)
    if request.htmx:
        return render(request, "papers/pages.html", {"exam": exam, "job": found, "is_faulty": False})
    text = str(found.asked["text"])
    return _page(request, exam, text, mark_of(settings_text(place_of(exam))), job=found)


@allowed(write=WRITE, within="exam", secret=True)
def picture(request: Request, exam: str, look: uuid.UUID) -> HttpResponse:
    """The first pages as a PNG; raises Http404 when the job has not made them."""
    _own(request, exam, look)
    path = picture_file(str(look))
    if not path.is_file():
        raise Http404
    answer = HttpResponse(read_input(path), content_type="image/png")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def picture_file(upload: str) -> Path:
    """The path of the first pages that a job made."""
    return Path(settings.SITE.uploads) / uuid.UUID(upload).hex / "pages.png"
