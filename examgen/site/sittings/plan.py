"""The plan of a sitting: body, day and hours, centres with rooms and invigilators, accommodation."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import redirect, render

from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import tell
from examgen.scoring.sitting_plan import PLAN, plan_of
from examgen.scoring.sitting_record import files_held
from examgen.site.access import allowed
from examgen.site.accounts.roles import Role
from examgen.site.language import said
from examgen.site.requests import Request
from examgen.site.sittings.forms import PlanFile
from examgen.site.sittings.pages import GRADERS, framed, holds, sitting, told, uploaded
from examgen.site.writing import deciding
from examgen.sitting.taking import Given, take

ARRANGES = GRADERS | {Role.ASSEMBLER}
"""Those who give the plan: papers are printed by it, and lists are checked against it."""


@allowed(read=ARRANGES | {Role.APPROVER}, write=ARRANGES, within="exam")
def plan(request: Request, exam: str) -> HttpResponseBase:
    """The plan as it is now, and a form to give another, which takes the record of the command."""
    place, faults = sitting(exam), list[dict[str, str]]()
    form = PlanFile(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            with (
                uploaded(form.cleaned_data["given"]) as files,
                deciding(request.user, place, "plan.upload", exam, file=next(iter(files))),
            ):
                [(name, path)] = files.items()
                take(place, [Given(path, name, "plan")], request.user.signature, reason, replace=True)
        except ExamgenError as error:
            faults = told(error)
        else:
            messages.success(request, said(tell("the plan is on record")))
            return redirect("plan", exam=exam)
    found, acts = None, place.acts(files=False)
    try:
        found = plan_of(place.exam)
    except Refused as refused:
        faults = faults or told(refused)
    context = framed(
        request,
        exam,
        "plan",
        form=form,
        faults=faults,
        plan=found,
        given=files_held(acts).get(PLAN),
        may_give=holds(request, exam, *ARRANGES),
    )
    return render(request, "sittings/plan.html", context, status=422 if faults or form.errors else 200)


@allowed(read=ARRANGES | {Role.APPROVER}, within="exam")
def plan_file(request: Request, exam: str) -> HttpResponseBase:
    """The plan as a file, to be changed and given again."""
    path = sitting(exam).given(PLAN)
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=PLAN, content_type="application/yaml")
