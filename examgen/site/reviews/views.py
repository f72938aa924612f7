"""Pages of rounds of ratings: opening, following and closing a round, and the results of recorded ratings."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from examgen.assembly.editions.units import show_unit
from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import tell
from examgen.papers import review_forms as rating_work
from examgen.site.access import allowed, exams_of_unit, may, units_for
from examgen.site.accounts.models import Role, holders
from examgen.site.audit.models import record
from examgen.site.bank.units import opened
from examgen.site.language import said
from examgen.site.requests import Request, done, or_404, say
from examgen.site.reviews.models import Expert, Kind, Round
from examgen.site.reviews.rules import (
    FEW_EXPERTS,
    RoundForm,
    close,
    is_missing,
    items_of_exam,
    missing_of,
    rated_by,
    written_by,
)
from examgen.site.workspace import bank, unit_folder, unit_folders, workspace

LEAD = {Role.APPROVER, Role.PSYCHOMETRICIAN}
"""The roles that open and close rounds: approvers, who decide on the results, and psychometricians, who set
standards. Neither rates in a round they lead."""
READ = {Role.WRITER, Role.REVIEWER, Role.ASSEMBLER, Role.PSYCHOMETRICIAN, Role.APPROVER}
SEE_ROUNDS = {Role.REVIEWER, Role.AUDITOR} | LEAD
"""The roles that see the progress of a round."""


@allowed("reviews/", "reviews", read=READ)
def rounds(request: Request) -> HttpResponse:
    """Shows the ratings requested from the user, and the units whose rounds the user may see."""
    mine = units_for(request.user, READ | {Role.AUDITOR})
    codes = [code for code in unit_folders() if mine is None or code in mine]
    mine_open = Expert.objects.filter(user=request.user, round__closed_at=None).select_related("round")
    asked = [_progress(one) for one in mine_open if one.round.unit in codes]
    found = Round.objects.filter(unit__in=codes)
    counts = {code: [one for one in found if one.unit == code] for code in codes}
    return render(request, "reviews/rounds.html", {"asked": asked, "counts": counts})


def _progress(one: Expert) -> dict[str, Any]:
    rated = one.answers.exclude(value=None).filter(item__in=one.items).count()
    return {"expert": one, "round": one.round, "rated": rated, "of": len(one.items)}


@allowed("reviews/unit/<str:unit>/", "reviews-unit", read=READ)
def unit(request: Request, unit: str) -> HttpResponse:
    """Shows the rounds of a unit."""
    unit_folder(unit)
    found = [
        (one, [_progress(expert) for expert in one.experts.select_related("user", "round")])
        for one in Round.objects.filter(unit=unit).select_related("by")
    ]
    context = {
        "code": unit,
        "rounds": found,
        "may_lead": may(request.user, LEAD, {unit}),
        "sees_rounds": may(request.user, SEE_ROUNDS, {unit}),
    }
    return render(request, "reviews/unit.html", context)


@allowed("reviews/unit/<str:unit>/new/", "reviews-new", write=LEAD)
def new(request: Request, unit: str) -> HttpResponse:
    """Shows the form for opening a round. The page of a cut links here with the ratings that its exam
    lacks."""
    unit_folder(unit)
    standard = show_unit(bank(), unit)
    people = [one for one in holders(Role.REVIEWER, unit) if one != request.user]
    is_given = request.method == "POST"
    exams = exams_of_unit(request.user, LEAD, unit)
    form = RoundForm(
        request.POST if is_given else None,
        levels=standard.levels,
        people=people,
        exams=exams,
        codes=[*opened(unit).items],
        initial={} if is_given else request.GET.dict(),
    )
    if is_given and form.is_valid():
        try:
            made = _opened(request, unit, form, {one.username: one for one in people})
        except ExamgenError as error:
            form.add_error(None, said(error.message))
            for problem in error.problems[:20]:
                form.add_error(None, said(problem.message))
        except IntegrityError:
            form.add_error(
                None, said(tell("This round is open already: close it first, or open the next one"))
            )
        else:
            return done(
                request,
                tell("The round is open: the experts find it under Reviews"),
                "reviews-round",
                number=made.pk,
            )
    context = {"code": unit, "form": form, "people": people, "least": FEW_EXPERTS}
    return render(request, "reviews/new.html", context, status=422 if is_given else 200)


def _opened(request: Request, unit: str, form: RoundForm, people: dict[str, Any]) -> Round:
    """Opens the round and returns it. Experts do not rate items that they wrote."""
    data = form.cleaned_data
    level, choice = data["level"], rating_work.ItemChoice(tuple(data["items"]))
    if data["statuses"]:
        choice = choice._replace(statuses=tuple(data["statuses"]))
    if data["exam"]:
        named, of_exam = items_of_exam(unit, data["exam"])
        choice = choice._replace(items=named)
        level = of_exam if data["kind"] != Kind.IOC else level
    panel = rating_work.panel(data["kind"], level, data["number"])
    asked = rating_work.open_round(workspace(), unit, panel, choice)
    items = asked.items
    rated = rated_by(unit, panel, items)
    if data["unrated"]:
        items = {item: values for item, values in items.items() if is_missing(item, rated, data["experts"])}
    own = written_by([people[name] for name in data["experts"]], unit, items)
    lists = {
        name: [
            item
            for item in items
            if item not in own[name] and not (data["unrated"] and item in rated.get(name, ()))
        ]
        for name in data["experts"]
    }
    if not any(lists.values()):
        raise Refused.because("nothing is left to rate for the experts that you chose")
    with transaction.atomic():
        made = Round.objects.create(
            unit=unit,
            kind=panel.kind,
            level=level or 0,
            number=panel.round,
            edition=asked.edition,
            items={item: list(values) for item, values in items.items()},
            levels=list(asked.levels),
            by=request.user,
        )
        for name, listed in lists.items():
            if listed:
                Expert.objects.create(round=made, user=people[name], items=listed)
        record(
            request.user,
            "round.open",
            unit,
            round=made.pk,
            kind=panel.kind,
            items=len(items),
            experts=[name for name, listed in lists.items() if listed],
            **({"exam": data["exam"]} if data["exam"] else {}),
        )
    return made


@allowed("reviews/unit/<str:unit>/round/<int:number>/", "reviews-round", read=SEE_ROUNDS, write=LEAD)
def round_page(request: Request, unit: str, number: int) -> HttpResponse:
    """Shows the progress of a round: how many items each expert has rated, without the ratings. POST closes
    it, if the user leads it."""
    one = round_of(unit, number)
    is_asked = one.experts.filter(user=request.user).exists()
    if request.method == "POST":
        if is_asked:  # who rates does not decide when the others have ended
            raise PermissionDenied
        done = close(one.pk, request.user)
        if done is None:
            say(request, tell("This round is closed already"), "info")
        else:
            say(request, tell("The round is closed: its ratings are on record"))
        return redirect("reviews-round", unit=unit, number=number)
    experts = [_progress(expert) for expert in one.experts.select_related("user", "round")]
    written = written_by([expert["expert"].user for expert in experts], unit, one.items)
    for expert in experts:
        expert["own"] = len(written[expert["expert"].user.username] - {*expert["expert"].items})
        expert["missing"] = missing_of(expert["expert"])
    context = {
        "code": unit,
        "round": one,
        "experts": experts,
        "unrated": sum(one["of"] - one["rated"] for one in experts),
        "may_lead": not is_asked and may(request.user, LEAD, {unit}),
        "is_asked": is_asked,
    }
    return render(request, "reviews/round.html", context)


def round_of(unit: str, number: int) -> Round:
    """Returns the round of a unit with that number. Raises Http404 if there is none."""
    unit_folder(unit)
    return or_404(Round.objects.filter(unit=unit, pk=number).select_related("by").first())


@allowed("reviews/unit/<str:unit>/ratings/", "reviews-ratings", read=READ)
def ratings(request: Request, unit: str) -> HttpResponse:
    """Shows the results of the recorded ratings for the items as they are now, with a table for each
    round."""
    unit_folder(unit)
    tables = [_table(one) for one in rating_work.ratings_on_record(bank(), unit)]
    exams = exams_of_unit(request.user, LEAD | {Role.AUDITOR}, unit)
    return render(request, "reviews/ratings.html", {"code": unit, "tables": tables, "exams": exams})


def _table(one: rating_work.PanelResult) -> dict[str, Any]:
    """Returns the table of a round: a line for each item, with a cell for each expert."""
    names = {rating.expert: rating.name or rating.expert for rating in one.ratings}
    by = {(rating.item, rating.expert): rating for rating in one.ratings}
    levels = {found.item: found for found in one.levels.items} if one.levels else {}
    lines: dict[str, Any] = (
        {c.item: c for c in one.cut.items} if one.cut else {c.item: c for c in one.congruence}
    )
    said_of = sorted({rating.item for rating in one.ratings})
    rows = [
        {
            "item": item,
            "line": lines.get(item),
            "level": levels.get(item),
            "cells": [
                "–"
                if (rating := by.get((item, expert))) is None or rating.value is None
                else rating_work.rating_shown(one.panel.kind, rating.value)
                for expert in one.experts
            ],
            "comments": one.comments.get(item, ()),
        }
        for item in said_of
    ]
    return {"of": one, "kind": Kind(one.panel.kind).label, "names": names, "rows": rows}
