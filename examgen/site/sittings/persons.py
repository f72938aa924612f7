"""Decisions on persons, and what came of the other methods of assessment: both as the record has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect

from examgen.capture.quarantine_reasons import NOT_OWN
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.package import read_exam
from examgen.core.exam.runs import Run
from examgen.core.models.decisions import DECISION_KINDS
from examgen.core.models.form import Exam
from examgen.core.models.standard import METHODS
from examgen.core.other_methods import MethodResults
from examgen.core.person_decisions import SecondLooks, TotalResult, in_words, standing
from examgen.core.person_names import same_person
from examgen.core.words import Message, joined, listed, tell, tell_n
from examgen.scoring.before_release import OpenLook, looks_of, open_looks
from examgen.scoring.form_cut_scores import cut_of_form, total_cut
from examgen.scoring.method_results import methods_asked, results_now
from examgen.scoring.run_tables import read_table
from examgen.scoring.runs import decided_by
from examgen.scoring.sitting_folder import Sitting
from examgen.scoring.sitting_record import SittingAct, decisions_of, proposals
from examgen.site.access import allowed
from examgen.site.accounts.models import Role
from examgen.site.language import address
from examgen.site.requests import Request, say
from examgen.site.sittings.forms import PersonDecisionForm
from examgen.site.sittings.pages import (
    SEES,
    Runs,
    holds,
    refusals,
    refused,
    sitting,
    sitting_page,
)
from examgen.site.writing import deciding as under_lock
from examgen.sitting import deciding, roster, worklist

APPROVERS = frozenset({Role.APPROVER})
MOST = 200
"""Candidates without a result of another method, and second looks that are open, who are named."""
RESULT_WORDS = {
    "pass": tell("passed"),
    "fail": tell("not passed"),
    "absent": tell("absent"),
}


def _given(request: Request) -> QueryDict | None:
    """Returns the data for the form; None if nothing was sent to it.

    For second looks, the candidates are those ticked.
    """
    if request.method != "POST" or "all" in request.POST:
        return None
    given = request.POST.copy()
    if "looks" in given:
        given["candidates"] = " ".join(given.getlist("who"))
    return given


def _faults_of(form: PersonDecisionForm) -> list[dict[str, str]]:
    """Returns the faults of the form for second looks, to be shown above the list."""
    words = {"candidates": tell("tick at least one candidate"), "reason": tell("write the reason")}
    return [{"severity": "error", "where": "", "text": words[name]} for name in words if name in form.errors]


def _is_of_result(act: SittingAct) -> bool:
    return DECISION_KINDS[act.act].about == "result" and not act.method


def _what_follows(place: Sitting, made: Sequence[SittingAct]) -> Message:
    """Returns a message on the immediate effect of a decision on results, and on what has to be done next."""
    who = listed(act.name for act in made if _is_of_result(act))
    if all(act.act == "restored" for act in made):
        now = tell("From now on the results of {who} are what they were before.", who=who)
    else:
        now = tell(
            "From now on nothing of the results of {who} is given out: no report or certificate. "
            "Reports that were made before are closed until they are made again.",
            who=who,
        )
    if not Runs(place).is_overtaken:
        return now
    then = tell(
        "The runs are not changed: for figures and lists without them a grader scores again, and an approver "
        "releases the new run."
    )
    if all(act.act == "restored" for act in made):
        then = tell("To release them a grader scores again, and an approver releases the new run.")
    return joined([now, then], between=" ")


def _shown_looks(
    runs: Runs, exam: Exam, run: Run, looks: SecondLooks
) -> list[tuple[OpenLook, Decimal | None, TotalResult | None]]:
    """Returns the open second looks, each with its cut, and what the candidate was told by another run that
    is released."""
    told = dict[str, TotalResult]()
    if runs.told is not None and runs.told.number != run.number:
        columns = read_table(runs.told.folder / "candidates.csv").select("candidate_id", *TotalResult._fields)
        told = {canonical_number(who): TotalResult(*result) for who, *result in columns.iter_rows()}
    rule, decided = run.audit["options"]["pass"], decided_by(exam, run)
    return [
        (
            one,
            total_cut(rule, cut_of_form(decided, one.form), Decimal(one.result.max_score)),
            told.get(canonical_number(one.candidate_id)),
        )
        for one in open_looks(run, looks)[:MOST]
    ]


@allowed("exams/<str:exam>/persons/", "persons", read=SEES, write=APPROVERS)
def persons(request: Request, exam: str) -> HttpResponse:
    """Shows all decisions, open second looks, and results of other methods. An approver decides here."""
    place = sitting(exam)
    runs = Runs(place)
    built = read_exam(place.exam)
    asked = methods_asked(built)
    others = tuple(dict.fromkeys(one for methods in asked.values() for one in methods))
    looked_at = (request.POST if request.method == "POST" else request.GET).get("looks", "")
    run = next((one for one in runs.all if looked_at in ("", str(one.number))), None)
    if run is None and looked_at:
        raise Http404
    named = request.GET.get("who", "")[:200]
    held = standing(place.decisions()).get(canonical_number(named)) if named else None
    form = PersonDecisionForm(
        _given(request), methods=others, held=held, initial={"candidates": named} if named else None
    )
    if form.is_valid():
        given = form.cleaned_data
        who = re.split(r"[\s,;]+", given["candidates"].strip())
        with refusals(request), under_lock(request.user, place, "persons.decide") as written:
            made = deciding.decide(
                place,
                who,
                given["decision"],
                request.user.signature,
                given["reason"],
                evidence=given["evidence"],
                method=given.get("method", ""),
                incident=given["incident"],
            )
            written.note(n=len(made))
        if not refused(request):
            n = tell_n("{n:,} decision is on record", "{n:,} decisions are on record", len(made))
            if any(act.kind == "proposed" and act.act != "dropped" for act in made):
                n = tell("on record; it holds once another person has confirmed it on this page")
            say(request, n)
            if any(act.kind == "person" and _is_of_result(act) for act in made):
                say(request, _what_follows(place, made), "info")
            if looked_at and run is not None:
                if looks_of(run, place.decisions()).open:
                    return redirect(f"{address('persons', exam)}?looks={looked_at}")
                return redirect("release", exam=exam, run=run.number)
            return redirect("persons", exam=exam)
    acts: tuple[SittingAct, ...] = ()
    results: MethodResults = {}
    with refusals(request):
        acts, results = place.acts(files=False), results_now(place.exam, built) if others else {}
    decisions = decisions_of(acts)
    looks = looks_of(run, decisions) if run is not None else None
    shown = _shown_looks(runs, built, run, looks) if run is not None and looks is not None else []
    known = roster.known(place, without=NOT_OWN) if others else {}
    lacking = [
        known[number] for number in sorted(known) if not any((number, unit) in results for unit in asked)
    ]
    is_approver = holds(request, exam, Role.APPROVER)
    if looked_at:
        refused(request).extend(_faults_of(form))
    context = {
        "form": form if not looked_at else PersonDecisionForm(None, methods=others),
        "RESULT_WORDS": RESULT_WORDS,
        "LOOKS": DECISION_KINDS,
        "decisions": in_words(decisions)[::-1],
        "proposed": [
            (
                one,
                one.on_person().words,
                is_approver and not same_person(one.by, request.user.signature),
            )
            for one in proposals(acts).values()
        ],
        "run": run,
        "is_looking": bool(looked_at),
        "is_named": bool(named),
        "n_rows": sum(worklist.waiting(place, run).values()) if run is not None and looked_at else 0,
        "is_all": "all" in request.POST,
        "ticked": request.POST.getlist("who"),
        "open_looks": shown,
        "is_told": any(told for _, _, told in shown),
        "n_open": len(looks.open) if looks is not None else 0,
        "has_methods": bool(others),
        "results": [
            (one, tell(METHODS[one.method]), RESULT_WORDS[one.result])
            for held in results.values()
            for one in held.values()
        ],
        "lacking": lacking[:MOST],
        "n_lacking": len(lacking),
        "most": MOST,
    }
    return sitting_page(request, "sittings/persons.html", context)
