"""The pages on which an expert rates: one item at a time, without the ratings of others. Ratings are saved at
once."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control

from examgen.core.files import read_input, write_file
from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import joined, tell
from examgen.papers import review_forms as ratings
from examgen.site.access import allowed
from examgen.site.accounts.models import Role
from examgen.site.audit.models import record
from examgen.site.language import address, reader
from examgen.site.requests import Request, is_of_program, say, sent_by_program
from examgen.site.reviews.models import Answer, Expert, Round
from examgen.site.reviews.rules import RatingForm, close, panel_of, unit_draft_of
from examgen.site.reviews.views import round_of
from examgen.site.workspace import bank, workspace

EXPERT = {Role.REVIEWER}


def _expert(request: Request, unit: str, number: int) -> Expert:
    """Returns the user as an expert of that round. Raises PermissionDenied if they are not one."""
    one = round_of(unit, number)
    found = Expert.objects.filter(round=one, user=request.user).select_related("round", "user").first()
    if found is None:
        raise PermissionDenied
    return found


@allowed("reviews/unit/<str:unit>/round/<int:number>/rate/", "reviews-begin", write=EXPERT)
def begin(request: Request, unit: str, number: int) -> HttpResponse:
    """Redirects an expert who has not begun to the first item; otherwise shows the list of items and
    ratings."""
    expert = _expert(request, unit, number)
    answers = {one.item: one for one in expert.answers.all()}
    unrated = [item for item in expert.items if item not in answers or answers[item].value is None]
    if unrated and expert.ended_at is None and not answers:
        return redirect("reviews-rate", unit=unit, number=number, item=unrated[0])
    panel = panel_of(expert.round)
    rows = [(item, _said(panel.kind, answers.get(item)), answers.get(item)) for item in expert.items]
    context = {"code": unit, "round": expert.round, "expert": expert, "rows": rows, "unrated": unrated}
    return render(request, "reviews/mine.html", context)


@allowed(
    "reviews/unit/<str:unit>/round/<int:number>/rate/<str:item>/", "reviews-rate", write=EXPERT, secret=True
)
@sent_by_program
def item(request: Request, unit: str, number: int, item: str) -> HttpResponse:
    """Shows one item as it prints, with the form to rate it. A script saves the rating as soon as it is
    made."""
    expert = _expert(request, unit, number)
    if item not in expert.items:
        raise Http404
    one, panel = expert.round, panel_of(expert.round)
    answer = expert.answers.filter(item=item).first()
    if request.method == "POST":
        form = RatingForm(request.POST, kind=one.kind, levels=one.levels)
        if form.is_valid():
            if not _saved(expert, item, form):
                raise Refused.because("Not saved: you have ended, or the round is closed.")
            return redirect(_after(unit, number, expert, item))
        if is_of_program(request):
            raise Refused(
                joined([str(one) for faults in form.errors.values() for one in faults], between=" ")
            )
    else:
        initial = {}
        if answer is not None:
            value = _said(one.kind, answer)
            initial = {
                "value": _chosen(one.kind, answer.value, value),
                "suits": answer.suits,
                "comment": answer.comment,
            }
        form = RatingForm(initial=initial, kind=one.kind, levels=one.levels)
    shelf = unit_draft_of(unit)
    shown = ratings.item_shown(shelf, item, panel)
    at = expert.items.index(item)
    context = {
        "code": unit,
        "round": one,
        "expert": expert,
        "item": shown,
        "form": form,
        "at": at + 1,
        "of": len(expert.items),
        "rated": expert.answers.exclude(value=None).filter(item__in=expert.items).count(),
        "answer": answer,
        "is_changed": shown.hash != one.items[item][0],
        "before": expert.items[at - 1] if at else None,
        "after": expert.items[at + 1] if at + 1 < len(expert.items) else None,
        "earlier": ratings.said_before(bank(), unit, panel, expert.user.username).get(item)
        if panel.round > 1
        else None,
        "told": ratings.instructions_to_experts(workspace(), shelf, panel, reader()),
    }
    return render(request, "reviews/rate.html", context, status=422 if request.method == "POST" else 200)


def _said(kind: str, answer: Answer | None) -> str:
    """Returns the rating as text; empty if there is none."""
    return "" if answer is None or answer.value is None else ratings.rating_shown(kind, answer.value)


def _chosen(kind: str, value: float | None, shown: str) -> str:
    """Returns the value of the form field for a rating; empty if there is none."""
    if value is None:
        return ""
    return ("yes" if value else "no") if kind == "angoff-yes-no" else shown


def _saved(expert: Expert, item: str, form: RatingForm) -> bool:
    """Saves the rating. Returns False if the expert's ratings or the round have been closed."""
    data = form.cleaned_data
    with transaction.atomic():
        one = Round.objects.select_for_update().get(pk=expert.round_id)  # nobody closes it meanwhile
        now = Expert.objects.select_for_update().get(pk=expert.pk)
        if now.ended_at is not None or not one.is_open:
            return False
        Answer.objects.update_or_create(
            expert=now,
            item=item,
            defaults={"value": data["value"], "suits": data.get("suits"), "comment": data["comment"].strip()},
        )
    return True


def _after(unit: str, number: int, expert: Expert, item: str) -> str:
    """Returns the URL of the next item or, after the last one, of the list of all items."""
    at = expert.items.index(item) + 1
    if at < len(expert.items):
        return address("reviews-rate", unit, number, expert.items[at])
    return address("reviews-begin", unit, number)


@allowed("reviews/unit/<str:unit>/round/<int:number>/end/", "reviews-end", write=EXPERT)
def end(request: Request, unit: str, number: int) -> HttpResponse:
    """Closes the expert's ratings, and the round if all experts have closed theirs."""
    expert = _expert(request, unit, number)
    if request.method != "POST":
        return redirect("reviews-begin", unit=unit, number=number)
    with transaction.atomic():
        now = Expert.objects.select_for_update().get(pk=expert.pk)
        if now.ended_at is None and now.round.is_open:
            now.ended_at = timezone.now()
            now.save()
            record(request.user, "round.end", unit, round=number)
    say(request, tell("Your ratings are closed. Thank you."))
    if not expert.round.experts.filter(ended_at=None).exists():
        try:
            close(expert.round.pk, None)
        except ExamgenError:
            say(
                request,
                tell("The ratings could not be put on record yet: who leads the round is to look at it."),
                "warning",
            )
    return redirect("reviews-begin", unit=unit, number=number)


@allowed(
    "reviews/unit/<str:unit>/round/<int:number>/rate/<str:item>/picture.png",
    "reviews-picture",
    read=EXPERT,
    secret=True,
)
@cache_control(private=True, max_age=3600)
def picture(request: Request, unit: str, number: int, item: str) -> HttpResponse:
    """Returns an item as it prints, as PNG. The picture is made once for each text."""
    expert = _expert(request, unit, number)
    if item not in expert.items:
        raise Http404
    shelf = unit_draft_of(unit)
    shown = ratings.item_shown(shelf, item, panel_of(expert.round))
    name = hashlib.sha256(repr((unit, shown)).encode()).hexdigest()
    path = Path(settings.SITE.state) / "pictures" / f"{name}.png"
    if path.is_file():
        data = read_input(path)
    else:
        data = ratings.item_picture(workspace(), shelf, item)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_file(path, data)
    answer = HttpResponse(data, content_type="image/png")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
