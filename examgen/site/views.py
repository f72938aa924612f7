"""The first page of the site."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from examgen.site.access import signed_in
from examgen.site.accounts.confirming import is_alone
from examgen.site.accounts.roles import DUTIES, Role, grants_of, has
from examgen.site.jobs.models import Job
from examgen.site.openings.views import ROLES, waiting_for
from examgen.site.requests import Request
from examgen.site.sittings.assessed import assessing_of


@signed_in
def home(request: Request) -> HttpResponse:
    """The roles of the user, their latest jobs, and what waits for them: openings to approve, candidates to
    rate, tasks to moderate."""
    grants = [
        {"role": Role(one.role), "unit": one.unit, "duty": DUTIES[Role(one.role)]}
        for one in grants_of(request.user)
    ]
    jobs = Job.objects.filter(by=request.user)[:5]
    openings = []
    if has(request.user, *ROLES):  # nobody grants their own request
        openings = [one for one in waiting_for(request.user) if one.by != request.user]
    alone = has(request.user, Role.AUDITOR, Role.ADMINISTRATOR) and is_alone()
    context = {
        "alone": alone,
        "grants": grants,
        "jobs": jobs,
        "openings": openings,
        "assessing": assessing_of(request.user),
    }
    return render(request, "home.html", context)
