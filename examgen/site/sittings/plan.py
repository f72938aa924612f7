"""The plan of a sitting: body, day and hours, centres with rooms and invigilators, accommodation."""

from __future__ import annotations

import yaml
from django.contrib import messages
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import redirect, render

from examgen.core.problems import ExamgenError, Refused
from examgen.core.text.thai import typed_day
from examgen.core.words import tell
from examgen.papers.candidate_lists import checked
from examgen.scoring.sitting_plan import PLAN, plan_of
from examgen.scoring.sitting_record import files_held
from examgen.site.access import allowed
from examgen.site.accounts.roles import Role
from examgen.site.language import said
from examgen.site.language import told as words
from examgen.site.papers import lists
from examgen.site.papers.settings import DAY, day_form, rule_for
from examgen.site.requests import Request, attachment
from examgen.site.sittings.forms import PlanFile
from examgen.site.sittings.pages import GRADERS, framed, holds, sitting, told, uploaded
from examgen.site.workspace import exam_folder
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
    """The plan as a file, to be changed and given again; a template where there is none."""
    path = sitting(exam).given(PLAN)
    if path is None:
        return attachment(_template(request, exam).encode(), PLAN)
    return FileResponse(path.open("rb"), as_attachment=True, filename=PLAN, content_type="application/yaml")


def _template(request: Request, exam: str) -> str:
    """A plan to be filled in, with the day of the papers and the rooms of the list that one has sent."""
    table = lists.kept(request, exam)
    people = checked(table, exam_folder(exam), rule_for(exam)).candidates if table else ()
    rooms: dict[str, dict[str, int]] = {}
    for one in people:
        of_centre = rooms.setdefault(one.centre, {})
        of_centre[one.room] = of_centre.get(one.room, 0) + 1
    centres = [
        {
            "name": centre or words(tell("name of the centre")),
            "rooms": [{"name": room, "seats": n, "invigilators": []} for room, n in some.items() if room],
        }
        for centre, some in (rooms or {"": {"1": 30}}).items()
    ]
    day = typed_day(day_form(exam).initial[DAY]) or ""
    return "\n".join(
        [
            f"# {words(tell('Fill this in with a text editor, then send it on the site.'))}",
            f"date: {day}  # {words(tell('the day, as 2026-11-22'))}",
            f"# begins: '09:00'  # {words(tell('take # away where a line is to hold'))}",
            "# ends: '11:00'",
            f"# {words(tell('Between the brackets: names of the invigilators, with commas between them'))}",
            yaml.safe_dump({"centres": centres}, allow_unicode=True, sort_keys=False),
            f"# {words(tell('Who is given more time, a reader or a room of their own:'))}",
            "# accommodation:",
            f"#   - {{candidate_id: '1001', given: {words(tell('more time'))}, extra_minutes: 30}}",
            "",
        ]
    )
