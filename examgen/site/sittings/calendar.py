"""The sittings of a month on a calendar."""

from __future__ import annotations

import re
from calendar import Calendar
from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from examgen.core.text.thai import WEEKDAYS, month_en, month_th
from examgen.core.words import tell
from examgen.site.access import allowed
from examgen.site.language import address, reader
from examgen.site.requests import Request
from examgen.site.waiting import TOLD_WHEN, planned

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_SHORT = (tell("Mon"), tell("Tue"), tell("Wed"), tell("Thu"), tell("Fri"), tell("Sat"), tell("Sun"))
"""Over the days of the calendar."""


@allowed(read=TOLD_WHEN)
def calendar(request: Request) -> HttpResponse:
    """A month of sittings, `?month=2026-12`; else the month of the next sitting, or this one."""
    today = timezone.localdate()
    sat = planned(request.user)
    asked = _MONTH.fullmatch(request.GET.get("month", ""))
    if asked:
        first = date(int(asked[1]), int(asked[2]), 1)
    else:
        first = next((one.day for one in sat if one.day >= today), today).replace(day=1)
    by_day: dict[date, list[object]] = {}
    for one in sat:
        by_day.setdefault(one.day, []).append(one)
    weeks = [
        [(day, day.month == first.month, by_day.get(day, [])) for day in week]
        for week in Calendar().monthdatescalendar(first.year, first.month)
    ]
    before, after = first - timedelta(days=1), first + timedelta(days=31)
    context = {
        "title": month_en(first) if reader() == "en" else month_th(first),
        "weekdays": [*zip(WEEKDAYS, _SHORT, strict=True)],
        "weeks": weeks,
        "today": today,
        "n": sum((one.day.year, one.day.month) == (first.year, first.month) for one in sat),
        "before": f"{address('calendar')}?month={before:%Y-%m}",
        "after": f"{address('calendar')}?month={after:%Y-%m}",
    }
    return render(request, "sittings/calendar.html", context)
