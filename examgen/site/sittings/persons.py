"""Decisions on persons, and what came of the other methods of assessment: both as the record has them."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from examgen.core.candidate_numbers import canonical_number
from examgen.core.decision_kinds import DECISION_KINDS
from examgen.core.exam.package import read_exam
from examgen.core.models.standard import METHODS
from examgen.core.other_methods import MethodResults
from examgen.core.person_decisions import same_person
from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import tell, tell_n
from examgen.scoring.runs.method_results import methods_asked, results_now
from examgen.scoring.runs.second_looks import looks_of, open_looks
from examgen.scoring.sitting_plan import plan_of
from examgen.scoring.sitting_record import SittingAct, decisions_of, proposals
from examgen.site.access import allowed
from examgen.site.accounts.roles import Role
from examgen.site.language import address, said
from examgen.site.requests import Request
from examgen.site.sittings.forms import PersonDecisionForm
from examgen.site.sittings.pages import SEES, framed, holds, runs_of, sitting, told
from examgen.site.writing import deciding as under_lock
from examgen.sitting import deciding, roster

APPROVERS = frozenset({Role.APPROVER})
MOST = 200
"""Candidates without a result of another method, and second looks that are open, who are named."""
RESULT_WORDS = {
    "pass": tell("passed"),
    "fail": tell("not passed"),
    "absent": tell("absent"),
}


def _given(request: Request) -> QueryDict | None:
    """What the form is given, the candidates of second looks as those who are ticked."""
    if request.method != "POST":
        return None
    given = request.POST.copy()
    if "looks" in given:
        given["candidates"] = " ".join(given.getlist("who"))
    return given


def _faults_of(form: PersonDecisionForm) -> list[dict[str, str]]:
    """The faults of the fields of second looks, as lines above them."""
    words = {"candidates": tell("tick at least one candidate"), "reason": tell("write the reason")}
    return [{"severity": "error", "where": "", "text": words[name]} for name in words if name in form.errors]


@allowed(read=SEES, write=APPROVERS, within="exam")
def persons(request: Request, exam: str) -> HttpResponse:
    """All decisions, the second looks that are open, results of other methods; an approver decides here."""
    place, faults = sitting(exam), list[dict[str, str]]()
    built = read_exam(place.exam)
    asked = methods_asked(built)
    others = tuple(dict.fromkeys(one for methods in asked.values() for one in methods))
    looked_at = (request.POST if request.method == "POST" else request.GET).get("looks", "")
    run = next((one for one in runs_of(place) if looked_at in ("", str(one.number))), None)
    if run is None and looked_at:
        raise Http404
    form = PersonDecisionForm(_given(request), methods=others)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        who = re.split(r"[\s,;]+", given["candidates"].strip())
        try:
            # whoever confirms has an account of their own: a name that somebody types confirms nothing
            plan = plan_of(place.exam)
            asks_two = plan is not None and given["decision"] in plan.second_person
            with under_lock(request.user, place, "persons.decide", exam, n=len(who)) as one:
                made = deciding.decide(
                    place,
                    who,
                    given["decision"],
                    request.user.signature,
                    given["reason"],
                    confirmed_by="" if asks_two else given["confirmed_by"],
                    evidence=given["evidence"],
                    method=given.get("method", ""),
                    incident=given["incident"],
                )
                one.did("persons.decide", exam, n=len(made))
        except ExamgenError as error:
            faults = told(error)
        else:
            n = tell_n("{n:,} decision is on record", "{n:,} decisions are on record", len(made))
            if any(act.kind == "proposed" and act.act != "dropped" for act in made):
                n = tell("on record; it holds once another person has confirmed it on this page")
            messages.success(request, said(n))
            if looked_at and run is not None:
                if looks_of(run, place.decisions()).open:
                    return redirect(f"{address('persons', exam)}?looks={looked_at}")
                return redirect("release", exam=exam, run=run.number)
            return redirect("persons", exam=exam)
    acts: tuple[SittingAct, ...] = ()
    results: MethodResults = {}
    try:
        acts, results = place.acts(files=False), results_now(place.exam, built) if others else {}
    except Refused as refused:
        faults = told(refused)
    decisions = decisions_of(acts)
    looks = looks_of(run, decisions) if run is not None else None
    known = roster.known(place) if others else {}
    lacking = [name for number, name in known.items() if not any((number, unit) in results for unit in asked)]
    is_approver = holds(request, exam, Role.APPROVER)
    context = framed(
        request,
        exam,
        "persons",
        form=form if not looked_at else PersonDecisionForm(None, methods=others),
        faults=[*faults, *_faults_of(form)] if looked_at else faults,
        RESULT_WORDS=RESULT_WORDS,
        LOOKS=DECISION_KINDS,
        decisions=[(one, one.words) for one in reversed(decisions)],
        proposed=[
            (
                one,
                one.on_person().words,
                is_approver and not same_person(one.by, request.user.signature),
            )
            for one in proposals(acts).values()
        ],
        run=run,
        is_looking=bool(looked_at),
        is_all="all" in request.GET,
        ticked=request.POST.getlist("who"),
        open_looks=open_looks(run, looks)[:MOST] if run is not None and looks is not None else [],
        n_open=len(looks.open) if looks is not None else 0,
        has_methods=bool(others),
        results=[
            (one, tell(METHODS[one.method]), RESULT_WORDS[one.result])
            for held in results.values()
            for one in held.values()
        ],
        lacking=lacking[:MOST],
        n_lacking=len(lacking),
        most=MOST,
        names={canonical_number(who): name for who, name in roster.names(place).items()},
        canonical_number=canonical_number,
    )
    return render(request, "sittings/persons.html", context, status=422 if faults or form.errors else 200)
