"""The page of a job, which is updated until the job has ended; and the list of jobs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve
from django.views.decorators.http import require_POST

from examgen.core.problems import Refused
from examgen.core.words import Message, tell
from examgen.site.access import may, opens, signed_in
from examgen.site.accounts.models import Role, has
from examgen.site.blueprints.fields import on_form
from examgen.site.jobs import queue
from examgen.site.jobs.models import NOT_DONE, Job, State
from examgen.site.jobs.queue import kinds
from examgen.site.language import of_kept
from examgen.site.requests import Request, say, wants_part


@signed_in("work/", "jobs")
def jobs(request: Request) -> HttpResponse:
    """Shows the user's own jobs, of roles that the user still has. Auditors and administrators see all
    jobs."""
    found = Job.objects.select_related("by")
    if not has(request.user, Role.AUDITOR, Role.ADMINISTRATOR):
        found = found.filter(by=request.user)
    shown = [one for one in found[:200] if _may_see(request, one)]
    return render(request, "jobs/list.html", {"jobs": shown, "kinds": kinds()})


def _may_see(request: Request, job: Job) -> bool:
    """Returns whether the user may see the outcome of a job: the user who started it as long as they have one
    of its roles, auditors and administrators."""
    if has(request.user, Role.AUDITOR, Role.ADMINISTRATOR):
        return True
    kind = kinds().get(job.kind)
    if job.by != request.user or kind is None or not kind.roles:
        return job.by == request.user
    units = queue.units_of(job)
    return may(request.user, kind.roles, units) if units else has(request.user, *kind.roles)


@signed_in("work/<uuid:job>/", "job")
def job(request: Request, job: UUID) -> HttpResponse:
    """Shows the state of a job; only that part of the page if htmx requests it."""
    found = get_object_or_404(Job.objects.select_related("by"), pk=job)
    if not _may_see(request, found):
        raise PermissionDenied
    template = "jobs/state.html" if wants_part(request) else "jobs/job.html"
    address = found.result.get("address")
    goes_on = address if address and opens(request.user, address) else None
    if wants_part(request) and goes_on and _leads_on(found):
        say(request, of_kept(found.message))
        return HttpResponse(headers={"HX-Redirect": goes_on})
    shown = {
        "job": found,
        "is_part": wants_part(request),
        "kind": kinds().get(found.kind),
        "may_stop": queue.can_stop(found) and _may_stop(request, found),
        "goes_on": goes_on,
        "where_to": _where_to(address),
        "to_decide": found.result.get("to_decide") or 0,
        "form": _form(request, found),
        "worded": on_form if found.kind == "build" else str,
    }
    return render(request, template, shown)


def _leads_on(job: Job) -> bool:
    """Returns whether the page of a job that has just ended gives way to its result: if nothing is to be read
    or decided first, and the result is a page, not a download."""
    is_read = job.problems or job.result.get("to_decide") or job.kind in _READ_FIRST
    return job.state == State.DONE and not is_read


_READ_FIRST = ("render", "release")
"""The kinds of jobs whose outcome is not passed over: papers to download, and a fingerprint for the
minutes."""

_WHERE_TO: dict[str, Message] = {
    "scans": tell("See what was scanned"),
    "proposal": tell("See who would move"),
    "papers-everything": tell("Download everything"),
    "papers": tell("Next: {step}", step=tell("set day and candidates")),
    "results": tell("To the results and their reports"),
    "results-report": tell("Open the reports"),
    "analysis-kept": tell("To the result of the analysis"),
}
"""The label of the button that leads from a finished job to its result, by the URL name of that page."""


def _where_to(address: str | None) -> Message:
    """What the button is called that leads to the page that came of a job."""
    try:
        found = resolve(urlsplit(address or "").path)
    except Resolver404:
        return tell("Go on")
    if found.url_name == "run":
        return tell("See run {n}", n=found.kwargs["run"])
    return _WHERE_TO.get(found.url_name or "", tell("Go on"))


def _form(request: Request, job: Job) -> str | None:
    """Returns the URL of the form on which the user can start a failed job again with the same values; also
    for an exam that was built with warnings."""
    kind = kinds().get(job.kind)
    asks_again = job.state in NOT_DONE or (job.kind == "build" and job.problems)
    if job.by != request.user or not asks_again or kind is None or kind.form is None:
        return None
    try:
        way = kind.form(job.asked)
    except KeyError:
        return None  # it does not say of what it is
    return f"{way}?job={job.id}" if opens(request.user, way) else None


def to_job(request: Request, kind: str, exam: str, **asked: Any) -> HttpResponse:
    """Starts a job on an exam, and redirects to the page of the job."""
    return redirect("job", job=queue.ask(kind, exam, request.user, exam=exam, **asked).id)


def sent_before(request: Request, kind: str) -> dict[str, Any]:
    """Returns what the user sent with the job in the URL (`?job=`); empty if it is of another kind."""
    try:
        number = UUID(request.GET.get("job", ""))
    except ValueError:
        return {}
    found = Job.objects.filter(pk=number, by=request.user, kind=kind).first()
    return found.asked if found else {}


def _may_stop(request: Request, job: Job) -> bool:
    return job.by == request.user or has(request.user, Role.ADMINISTRATOR)


@signed_in("work/<uuid:job>/stop/", "job-stop")
@require_POST
def stop(request: Request, job: UUID) -> HttpResponse:
    """Stops a job, on behalf of its user or an administrator."""
    found = get_object_or_404(Job.objects.select_related("by"), pk=job)
    if not _may_stop(request, found):
        raise PermissionDenied
    try:
        queue.stop(found, request.user)
    except Refused as refused:
        say(request, refused.message, "warning")
    return redirect("job", job=found.id)
