"""What changes a scoring: corrections of the key, proposed, tried and made; and files with cuts or a
conversion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from examgen.core.exam.manifest import letters_of
from examgen.core.exam.places import in_print
from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.scoring.corrections import CONTRADICTS
from examgen.scoring.sitting_folder import Sitting
from examgen.site.access import allowed
from examgen.site.accounts.models import Role, is_auditor, people_of
from examgen.site.audit.models import record
from examgen.site.jobs.views import to_job
from examgen.site.language import said
from examgen.site.requests import Request, attached_file, done, or_404
from examgen.site.sittings.forms import KINDS, BackForm, CorrectionForm, RuleFile
from examgen.site.sittings.pages import (
    GRADERS,
    SEES,
    has_responses,
    holds,
    refusals,
    runs_of,
    score_again_form,
    sitting,
    sitting_page,
    uploaded,
)
from examgen.site.sittings.sitting_confirmation import check_scoring
from examgen.site.workspace import exam_folder, units_of_exam
from examgen.site.writing import deciding
from examgen.sitting import correcting
from examgen.sitting.rules import RULES, remove_rule, rules_shown, take_rule
from examgen.sitting.worklist import forms_and_questions, problems_by_field
from examgen.stats.cuts import least_mark

MOST_MOVED = 300
_STANDS_ALREADY = tell(
    "This question already has a correction that contradicts the new one. Take the recorded correction back "
    "first."
)


@allowed("exams/<str:exam>/corrections/", "corrections", read=SEES, write=GRADERS)
def corrections(request: Request, exam: str) -> HttpResponseBase:
    """Shows the recorded and the proposed corrections, with a form for a new one."""
    place = sitting(exam)
    names, _, _ = forms_and_questions(place)
    given = {name: request.GET[name] for name in ("form", "question") if name in request.GET}
    initial = {"date": timezone.localdate(), **({"kind": "drop", **given} if given else {})}
    form = CorrectionForm(names, request.POST or None, initial=initial)
    if request.method == "POST":
        check_scoring(request.user, exam, by_key=True)
    if request.method == "POST" and form.is_valid():
        tried = {name: str(form.cleaned_data[name]) for name in ("kind", "form", "question")}
        try:
            if not has_responses(place):
                raise Refused.because("there are no answer files yet: upload and score them first")
            with deciding(request.user, place, "corrections.propose", **tried) as act:
                found = correcting.propose(place, form.entry())
                act.note(proposal=found.id)
            return to_job(request, "try-correction", exam, proposal=found.id)
        except Refused as error:
            record(request.user, "corrections.refused", exam, **tried)
            _beside_fields(form, error)
    context = {
        "form": form,
        "entries": [
            (entry, _back(number, place)) for number, entry in enumerate(correcting.on_record(place))
        ],
        "proposals": correcting.proposals(place),
        "taken_back": correcting.taken_back(place),
        "in_print": _in_print(exam),
        "kinds": KINDS,
        "graders": sorted(
            {who for unit in units_of_exam(exam) or () for who in people_of(unit, Role.GRADER)}
        ),
        "shows_key": not is_auditor(request.user),
        "has_runs": bool(runs_of(place)),
    }
    return sitting_page(request, "sittings/corrections.html", context)


def _back(number: int, place: Sitting) -> BackForm:
    """Returns the form that takes back the correction with this number."""
    held = {"number": number, "digest": correcting.digest_on_record(place), "date": timezone.localdate()}
    return BackForm(initial=held, auto_id=f"back-{number}-%s")


@allowed("exams/<str:exam>/corrections/back/", "corrections-back", write=GRADERS, post_only=True)
def back(request: Request, exam: str) -> HttpResponse:
    """Proposes to take back a recorded correction."""
    check_scoring(request.user, exam, by_key=True)
    form, place = BackForm(request.POST), sitting(exam)
    if not form.is_valid():
        wrong = " ".join(str(one) for some in form.errors.values() for one in some)
        raise Refused.because("not taken back: {wrong}", wrong=wrong)
    given = form.cleaned_data
    with deciding(request.user, place, "corrections.back", reason=given["reason"]) as act:
        found = correcting.propose_back(
            place, given["number"], given["digest"], given["reason"], given["by"], str(given["date"])
        )
        act.note(proposal=found.id, kind=str(found.entry.get("kind")))
    return to_job(request, "try-correction", exam, proposal=found.id)


def _in_print(exam: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Returns a function that gives a correction with the letters printed on the papers of an exam."""
    letters = letters_of(exam_folder(exam))
    return lambda entry: in_print(entry, letters)


def _beside_fields(form: CorrectionForm, error: Refused) -> None:
    """Adds the faults of a refused correction to the fields of the form that they are about."""
    fields = {"everywhere": "where", "only_here": "where", "item": "question"}
    placed = False
    for name, some in problems_by_field(error).items():
        field = fields.get(name, name)
        for problem in some:
            message = _STANDS_ALREADY if problem.code == CONTRADICTS else problem.message
            form.add_error(field if field in form.fields else None, said(message))
            placed = True
    if not placed:
        form.add_error(None, said(error.message))


@allowed("exams/<str:exam>/corrections/<str:proposal>/", "proposal", read=SEES)
def proposal(request: Request, exam: str, proposal: str) -> HttpResponse:
    """Shows a proposed correction, and the candidates it would affect. Leads to all corrections once it has
    been recorded or dropped: the page of its job still has this address."""
    place = sitting(exam)
    found = correcting.proposal(place, proposal)
    if found is None:
        return redirect("corrections", exam=exam)
    moved = found.moved()
    context = {
        "proposal": found,
        "in_print": _in_print(exam),
        "is_tried_on_these": found.is_of(place),
        "moved": moved[:MOST_MOVED],
        "n_moved": len(moved),
        "kinds": KINDS,
        "shows_key": not is_auditor(request.user),
    }
    return sitting_page(request, "sittings/proposal.html", context)


@allowed("exams/<str:exam>/corrections/<str:proposal>/moved.csv", "proposal-moved", read=SEES)
def moved_file(request: Request, exam: str, proposal: str) -> HttpResponseBase:
    """Returns all candidates that the correction would affect, as a table."""
    path = or_404(correcting.proposal(sitting(exam), proposal)).folder / correcting.MOVED
    if not path.is_file():
        raise Http404
    return attached_file(path.open("rb"), f"{exam}-moved.csv")


@allowed("exams/<str:exam>/corrections/<str:proposal>/make/", "proposal-make", write=GRADERS, post_only=True)
def make(request: Request, exam: str, proposal: str) -> HttpResponse:
    """Makes a proposed correction, or takes one back, and starts a scoring job."""
    check_scoring(request.user, exam, by_key=True)
    place = sitting(exam)
    with deciding(request.user, place, "corrections.make") as act:
        made = correcting.make(place, proposal, request.user.signature)
        what = "corrections.make" if made.back is None else "corrections.taken-back"
        act.did(what, exam, kind=str(made.entry.get("kind")), proposal=proposal)
    return to_job(request, "score", exam, keeps_forms=True, options={})


@allowed("exams/<str:exam>/corrections/<str:proposal>/drop/", "proposal-drop", write=GRADERS, post_only=True)
def drop(request: Request, exam: str, proposal: str) -> HttpResponse:
    """Discards a proposal."""
    place = sitting(exam)
    with deciding(request.user, place, "corrections.drop", proposal=proposal) as act:
        act.note(kind=str(correcting.drop(place, proposal).entry.get("kind")))
    return done(request, tell("the proposal was dropped"), "corrections")


SETS = frozenset({Role.GRADER, Role.PSYCHOMETRICIAN})
"""The roles that upload these files. Users who do so count as having taken part in the scoring."""


@allowed("exams/<str:exam>/rules/", "rules", read=SEES, write=SETS)
def rules(request: Request, exam: str) -> HttpResponseBase:
    """Shows the files' contents. POST uploads a file."""
    form, place = RuleFile(request.POST or None, request.FILES or None), sitting(exam)
    if form.is_valid():
        kind = form.cleaned_data["kind"]
        with (
            refusals(request),
            uploaded(form.cleaned_data["given"]) as files,
            deciding(request.user, place, "rules.give", kind=kind),
        ):
            [(name, path)] = files.items()
            take_rule(place, kind, path, name, request.POST.get(f"seen-{kind}", ""))
            return done(
                request, tell("{what}: the next scoring uses this file", what=RULES[kind][1]), "rules"
            )
    context = {
        "form": form,
        "found": rules_shown(place),
        "least_mark": lambda cut: least_mark(float(cut)),
        "has_responses": has_responses(place),
        "score": score_again_form(place),
        "sets": holds(request, exam, *SETS),
        "seen": {kind: place.state(name) for kind, (name, _) in RULES.items()},
        "RULES": RULES,
    }
    return sitting_page(request, "sittings/rules.html", context)


@allowed("exams/<str:exam>/rules/remove/", "rules-remove", write=SETS, post_only=True)
def remove(request: Request, exam: str) -> HttpResponse:
    """Removes a file."""
    kind = request.POST.get("kind", "")
    if kind not in RULES:
        raise Http404
    place = sitting(exam)
    with deciding(request.user, place, "rules.remove", kind=kind):
        remove_rule(place, kind, request.POST.get("seen", ""))
    return done(request, tell("{what}: the blueprint holds again", what=RULES[kind][1]), "rules")
