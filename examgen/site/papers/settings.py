"""Day and hours of a sitting as its papers print them, kept beside the exam for the next printing."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms

from examgen.assembly.drafts import data_of
from examgen.core.models.papers import PapersRule
from examgen.core.models.sitting import SittingPlan
from examgen.core.problems import Refused
from examgen.core.text.thai import typed_day
from examgen.core.words import Message, tell
from examgen.papers.settings import keep_settings, rule_of, settings_text
from examgen.scoring.sitting_folder import PAPERS_SETTINGS, Sitting, sitting_of
from examgen.site.abuse import Watched
from examgen.site.blueprints.field_groups import PAPERS, Field
from examgen.site.blueprints.fields import applied, value_of
from examgen.site.forms import AS_TYPED, NO_DAY
from examgen.site.language import day, said
from examgen.site.requests import Request
from examgen.site.workspace import exam_folder, fingerprints, manifest
from examgen.site.writing import deciding

_TIME = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])")


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
