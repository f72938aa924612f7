"""The first page, and the language of all of them."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from examgen.web.access import signed_in
from examgen.web.accounts.roles import DUTIES, Role, grants_of
from examgen.web.jobs.models import Job
from examgen.web.requests import Request


@signed_in
def home(request: Request) -> HttpResponse:
    """What one may do here, and what one has under way."""
    grants = [
        {"role": Role(one.role), "unit": one.unit, "duty": DUTIES[Role(one.role)]}
        for one in grants_of(request.user)
    ]
    jobs = Job.objects.filter(by=request.user)[:5]
    return render(request, "home.html", {"grants": grants, "jobs": jobs})
