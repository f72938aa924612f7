"""What a unit of the bank is worth: its findings, its coverage, its pictures."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from examgen.bank.opened import OpenUnit
from examgen.bank.pictures import add_picture, name_for, pictures_of
from examgen.core.files import read_input
from examgen.core.models.base import COGNITIVE, STATUSES, Status
from examgen.core.problems import ExamgenError
from examgen.core.words import Message, kept, tell, tell_n
from examgen.reports.coverage_report.bank_coverage import UnitCoverage, bank_coverage
from examgen.site.access import allowed
from examgen.site.accounts.roles import Role
from examgen.site.audit.models import Entry
from examgen.site.bank.forms import Picture
from examgen.site.bank.units import (
    KEYS,
    SEE,
    SHOWN,
    SHOWN_WORDS,
    bank_stamp,
    opened,
    rights,
    shown_as,
    stamp_text,
)
from examgen.site.bank.work import CHECK
from examgen.site.jobs.models import Job, State
from examgen.site.jobs.queue import ask
from examgen.site.language import said
from examgen.site.requests import Request
from examgen.site.workspace import bank
from examgen.site.writing import Writing, writing

PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_LONGEST_NAME = 200
COUNTED: tuple[Status, ...] = tuple(status for status in STATUSES if status != "retired")
_FEWEST = 5
"""How many of the criteria with the fewest items are named where none lacks any."""
_covered: dict[str, tuple[Any, UnitCoverage]] = {}


@allowed(read=KEYS, write=KEYS, within="unit", secret=True)
def check(request: Request, unit: str) -> HttpResponse:
    """The last check of a unit; a new one is a job."""
    there = opened(unit)
    if request.method == "POST":
        return redirect("job", job=ask(CHECK, unit, request.user, unit=unit).pk)
    job = Job.objects.filter(kind=CHECK, about=unit, state=State.DONE).order_by("-ended_at").first()
    context = {
        **rights(request.user, there),
        "job": job,
        "is_now": bool(job and job.result.get("stamp") == stamp_text(unit)),
        "structure": there.problems,
        "in_words": in_words,
        "kept": kept,
    }
    return render(request, "bank/check.html", context)


def in_words(code: str, made: Any) -> Message | None:
    """What a page says of a finding that names a field of a file, as `kept` made it; None of any other."""
    n = made.get("values", {}).get("n", 0) if isinstance(made, dict) else 0
    if code == "nobody-answers":
        return tell_n(
            "{n} approved item or instrument has no responsible person. A server "
            "administrator can enter the name in the files of the unit.",
            "{n} approved items and instruments have no responsible person. A server "
            "administrator can enter the names in the files of the unit.",
            n,
        )
    if code == "provenance-missing":
        return tell_n(
            "{n} approved item does not state who drafted it and who is responsible for "
            "it. A server administrator can enter both in the files of the unit.",
            "{n} approved items do not state who drafted them and who is responsible for "
            "them. A server administrator can enter both in the files of the unit.",
            n,
        )
    return None


@allowed(read=SEE, within="unit")
def coverage(request: Request, unit: str) -> HttpResponse:
    """Items by criterion and level, and what is to be written."""
    there = opened(unit)
    stamp = bank_stamp()
    known = _covered.get(unit)
    if known is None or known[0] != stamp:
        known = _covered[unit] = (
            stamp,
            bank_coverage(bank(), there.code, None, COUNTED, there.bank_unit if there.is_sound else None),
        )
    found = known[1]
    counts = {(row.pc, row.level): row for row in found.rows}
    mixes = _mixes(there, found)
    tested = [row for row in found.rows if row.level not in found.untested]
    shown = [name for name in SHOWN if any(name in one for one in mixes.values())]
    context = {
        **rights(request.user, there),
        "found": found,
        "counts": counts,
        "holdings": {row.pc: row for row in found.holdings},
        "mixes": mixes,
        "has_levels": any(found.levels),
        "lacking": [row for row in tested if row.items == 0],
        "fewest": sorted(tested, key=lambda row: row.items)[:_FEWEST],
        "cognitive": COGNITIVE,
        "lacking_plans": [one for one in found.blueprints if one.problems or one.sentences],
        "enough_plans": [one for one in found.blueprints if not (one.problems or one.sentences)],
        "statuses": shown,
        "stand": [
            tell("{status} {n}", status=SHOWN_WORDS[name], n=sum(one[name] for one in mixes.values()))
            for name in dict.fromkeys(["approved", *shown])
        ],
    }
    return render(request, "bank/coverage.html", context)


def _mixes(unit: OpenUnit, found: UnitCoverage) -> dict[str, Counter[str]]:
    """By criterion, how many of its usable items are shown as what."""
    mixes = {row.pc: Counter[str]() for row in found.holdings}
    for item in unit.items.values():
        suits = any(level is None or level in item.levels for level in found.levels)
        if suits and item.status in COUNTED and item.pc in mixes:
            mixes[item.pc][shown_as(unit, item)] += 1
    return mixes


@allowed(read=SEE, write={Role.WRITER}, within="unit")
def media(request: Request, unit: str) -> HttpResponse:
    """The pictures of a unit; a new one is looked at before it is kept."""
    there = opened(unit)
    form = Picture(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file: UploadedFile[Any] = form.cleaned_data["file"]
        try:
            name, change = keep_picture(request.user, unit, str(file.name), file.read())
        except ExamgenError as error:
            form.add_error("file", said(error.message))
        else:
            change.warn(request)
            messages.success(request, said(tell("{name} is kept", name=name)))
            return redirect("bank-media", unit=unit)
    pictures = [
        {**one._asdict(), "address": reverse("bank-picture", kwargs={"unit": unit, "name": one.name})}
        for one in pictures_of(there)
    ]
    status = 422 if form.is_bound else 200
    context = {**rights(request.user, there), "pictures": pictures, "form": form}
    return render(request, "bank/media.html", context, status=status)


def keep_picture(user: Any, unit: str, name: str, data: bytes, is_named: bool = True) -> tuple[str, Writing]:
    """Keeps a picture of a unit, under its name or, unless it `is_named`, under one that is free; that name,
    and the change."""
    with writing(user, [unit], f"{unit}: picture") as change:
        own = PurePath(name.replace("\\", "/")).name[:_LONGEST_NAME]
        name = name if is_named else name_for(bank(), unit, name, data)
        path = add_picture(bank(), unit, name, data)
        change.did("bank.picture", unit, name=path.name, file=own)
        change.message = f"{unit}: picture {path.name}"
    return path.name, change


def own_name(unit: str, name: str) -> str:
    """What the file of a picture was called by who put it in; where that is not known, the name it has."""
    entries = Entry.objects.filter(about=unit, what="bank.picture", detail__name=name).order_by("number")
    return next((str(one.detail["file"]) for one in entries if one.detail.get("file")), name)


KINDS = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
}


@allowed(read=SEE, within="unit")
def picture(request: Request, unit: str, name: str) -> HttpResponse:
    """A picture of a unit, as a file that runs nothing."""
    found = {one.name: one for one in pictures_of(opened(unit))}.get(name)
    if found is None or found.path.suffix.lower() not in KINDS:
        raise Http404
    answer = HttpResponse(read_input(found.path), content_type=KINDS[found.path.suffix.lower()])
    answer.headers["Content-Security-Policy"] = PICTURE_POLICY
    return answer
