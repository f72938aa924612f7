"""The first page of the site, and the menu with what waits."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from examgen.site.access import signed_in
from examgen.site.accounts.confirming import is_alone
from examgen.site.accounts.roles import DUTIES, Role, grants_of, has
from examgen.site.bank.own import own_items
from examgen.site.exams.summaries import exams_on_hand
from examgen.site.requests import Request
from examgen.site.waiting import first_steps, keep_tasks, waits_for_others


@signed_in
def places(request: Request) -> HttpResponse:
    """The menu of the page that asks, with how much waits at each place."""
    keep_tasks(request.user)
    return render(request, "places.html")


@signed_in
def home(request: Request) -> HttpResponse:
    """What waits for the user, the next step of each exam, the first steps and the roles of the user."""
    grants = [
        {"role": Role(one.role), "unit": one.unit, "duty": DUTIES[Role(one.role)]}
        for one in grants_of(request.user)
    ]
    tasks = keep_tasks(request.user)
    context = {
        "alone": has(request.user, Role.AUDITOR, Role.ADMINISTRATOR) and is_alone(),
        "grants": grants,
        "tasks": tasks,
        "of_others": waits_for_others(request.user, tasks),
        "own": own_items(request.user) if has(request.user, Role.WRITER) else [],
        "exams": exams_on_hand(request.user),
        "first_steps": first_steps(request.user),
    }
    return render(request, "home.html", context)
