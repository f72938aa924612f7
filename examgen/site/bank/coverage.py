"""The coverage of a unit of the bank, and its pictures."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from examgen.bank.opened import OpenUnit
from examgen.bank.pictures import add_picture, name_for, pictures_of
from examgen.core.files import read_input
from examgen.core.models.field_types import COGNITIVE, STATUSES, Status
from examgen.core.words import tell
from examgen.reports.coverage_report.bank_coverage import UnitCoverage, bank_coverage
from examgen.site.access import allowed
from examgen.site.bank.units import (
    SEE,
    SHOWN,
    SHOWN_WORDS,
    bank_stamp,
    opened,
    rights,
    shown_as,
)
from examgen.site.requests import Request
from examgen.site.workspace import bank
from examgen.site.writing import Writing, writing

PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_LONGEST_NAME = 200
COUNTED: tuple[Status, ...] = tuple(status for status in STATUSES if status != "retired")
_FEWEST = 5
"""The number of criteria with the fewest items that are named if none lacks any."""
_covered: dict[str, tuple[Any, UnitCoverage]] = {}


@allowed("bank/<str:unit>/coverage/", "bank-coverage", read=SEE)
def coverage(request: Request, unit: str) -> HttpResponse:
    """Shows the number of items by criterion and level, and what is missing."""
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
        "statuses": shown,
        "stand": [
            tell("{status} {n}", status=SHOWN_WORDS[name], n=sum(one[name] for one in mixes.values()))
            for name in dict.fromkeys(["approved", *shown])
        ],
    }
    return render(request, "bank/coverage.html", context)


def _mixes(unit: OpenUnit, found: UnitCoverage) -> dict[str, Counter[str]]:
    """Returns, by criterion, the numbers of its usable items by `shown_as`."""
    mixes = {row.pc: Counter[str]() for row in found.holdings}
    for item in unit.items.values():
        suits = any(level is None or level in item.levels for level in found.levels)
        if suits and item.status in COUNTED and item.pc in mixes:
            mixes[item.pc][shown_as(unit, item)] += 1
    return mixes


def keep_picture(user: Any, unit: str, name: str, data: bytes) -> tuple[str, Writing]:
    """Saves a picture of a unit under a free name. Returns that name, and the change."""
    with writing(user, [unit], f"{unit}: picture") as change:
        own = PurePath(name.replace("\\", "/")).name[:_LONGEST_NAME]
        path = add_picture(bank(), unit, name_for(bank(), unit, name, data), data)
        change.did("bank.picture", unit, name=path.name, file=own)
        change.message = f"{unit}: picture {path.name}"
    return path.name, change


KINDS = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
}


@allowed("bank/<str:unit>/media/<path:name>", "bank-picture", read=SEE)
def picture(request: Request, unit: str, name: str) -> HttpResponse:
    """Returns a picture of a unit, with a policy that forbids scripts."""
    found = {one.name: one for one in pictures_of(opened(unit))}.get(name)
    if found is None or found.path.suffix.lower() not in KINDS:
        raise Http404
    answer = HttpResponse(read_input(found.path), content_type=KINDS[found.path.suffix.lower()])
    answer.headers["Content-Security-Policy"] = PICTURE_POLICY
    return answer
