"""Pages about the evidence on items: their statistics with curves, and their ratings."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from markupsafe import Markup

from examgen.analysis import cuts
from examgen.analysis.cut_options import AngoffOptions
from examgen.analysis.cut_sources import NO_RATINGS
from examgen.analysis.options import MODELS
from examgen.analysis.shown import message
from examgen.bank.cuts import UNRATED
from examgen.bank.item_statistics import (
    AnalysedItem,
    analysed_item,
    option_shares,
    recorded,
)
from examgen.bank.opened import OpenUnit
from examgen.bank.reviews.progress import UnitProgress, progress_of
from examgen.bank.rules.item_words import plain
from examgen.core.models.item import Item
from examgen.core.problems import Refused
from examgen.core.text.markdown import images, in_rows
from examgen.core.words import joined, tell
from examgen.rendering.plot import PENS, Panel, across, dot, line, polyline, upwards
from examgen.reports.existing_reports import analysis_of, told_of
from examgen.site.access import allowed, may
from examgen.site.accounts.models import Role, people_of
from examgen.site.analyses.pictures import WIDTH, drawn, in_words, judges_picture
from examgen.site.bank.units import KEYS, opened
from examgen.site.language import told
from examgen.site.requests import Request
from examgen.site.results.pages import READ
from examgen.site.reviews.models import Round
from examgen.site.reviews.views import LEAD
from examgen.site.sittings.pages import sitting
from examgen.site.workspace import bank, exam_folder, exam_folders, output, units_of_exam
from examgen.sitting.rules import rules_shown
from examgen.stats.cuts import least_mark

SEE = {Role.WRITER, Role.REVIEWER, Role.ASSEMBLER, Role.PSYCHOMETRICIAN, Role.APPROVER}
RESULTS = READ | {Role.AUDITOR}
_ON_A_PAGE = 50
_MOST_ANALYSED = 6
"""The maximum number of exams for which a page shows the results of groups of candidates."""


@allowed("reviews/unit/<str:unit>/statistics/", "reviews-statistics", read=SEE)
def statistics(request: Request, unit: str) -> HttpResponse:
    """Shows the items of a unit, with the evidence on each in its present wording."""
    there = opened(unit)
    lines, problems = recorded(bank(), unit, tuple(there.items.values()))
    rows = [
        {
            "id": name,
            "pc": item.pc,
            "status": item.status,
            "evidence": there.evidence.get(name),
            "lines": lines.get(name, ()),
        }
        for name, item in there.items.items()
    ]
    rows.sort(key=_worst_first)
    page = Paginator(rows, _ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "code": unit,
        "page": page,
        "n": len(rows),
        "n_known": len(lines),
        "problems": problems,
        "readers": _readers(request, unit),
    }
    return render(request, "reviews/statistics.html", context)


def _worst_first(row: dict[str, Any]) -> tuple[bool, bool, float, str]:
    """Returns a sort key: items that were used come first, and those with the lowest discrimination before
    the others."""
    evidence = row["evidence"]
    rest = evidence.item_rest if evidence else None
    return not row["lines"], rest is None, rest if rest is not None else 0.0, row["id"]


def _readers(request: Request, unit: str) -> list[str] | None:
    """Returns the names of those who may read the items of a unit, for a user who may not; None for a user
    who may."""
    return None if may(request.user, KEYS, {unit}) else people_of(unit, *KEYS)


@allowed("reviews/unit/<str:unit>/statistics/<str:item>/", "reviews-item", read=SEE)
def of_item(request: Request, unit: str, item: str) -> HttpResponse:
    """Shows one item with all its administrations, and what groups of candidates did in its exams."""
    there = opened(unit)
    if item not in there.items:
        raise Http404
    lines, _ = recorded(bank(), unit, (there.items[item],))
    sees_item = may(request.user, KEYS, {unit})
    context = {
        "code": unit,
        "item": there.items[item],
        "readers": _readers(request, unit),
        "asks": [] if sees_item else asks_of(there, there.items[item]),
        "lines": lines.get(item, ()),
        "evidence": there.evidence.get(item),
        "sees_item": sees_item,
        "shares": option_shares(output(), unit, item) if sees_item else {},
        "sees_results": may(request.user, RESULTS, {unit}),
        "analysed": [
            (one, groups_picture(one, n))
            for n, one in enumerate(analysed(request, there.items[item], unit), 1)
        ],
    }
    return render(request, "reviews/of_item.html", context)


def asks_of(unit: OpenUnit, item: Item) -> list[str]:
    """Returns the text of an item line by line, its shared stimulus first. A picture is shown as a
    placeholder."""
    shared = next((one.text for one in unit.shelf.stimuli if one.id == item.shared_stimulus), "")
    found = list[str]()
    for words in filter(None, (shared, item.stem)):
        found += filter(None, map(plain, in_rows(words).splitlines()))
        found += [told(tell("[picture]"))] * bool(images(words, "stem"))
    return found


def analysed(request: Request, item: Item, unit: str) -> list[AnalysedItem]:
    """Returns the item in the analyses of its exams, at most `_MOST_ANALYSED`. Analyses of unreleased runs
    are included only if the user may see results."""
    found = []
    for name, folder in exam_folders().items():
        with suppress(Refused):  # nobody can tell what people are told, or a file is not as it was written
            units = units_of_exam(name) or frozenset()
            run = told_of(folder) if unit in units else None
            if run is None or not (run.state.state == "released" or may(request.user, RESULTS, units)):
                continue
            made = analysis_of(folder, run)
            if made is not None and "analysis.json" in made.names:
                one = analysed_item(name, made.data("analysis.json"), item)
                found += [one] if one is not None else []
    return found[:_MOST_ANALYSED]


def groups_picture(one: AnalysedItem, number: int) -> Markup:
    """Draws what groups of candidates of like score did, and the curve of the fitted model. `number` makes
    its name unique on the page."""
    panel, parts = _panel()
    if one.curve:
        parts.append(polyline([(panel.x(x), panel.y(y)) for x, y in one.curve], PENS[0], 2.4))
    for group in one.seen:
        if panel.x0 <= group.ability <= panel.x1:
            x = panel.x(group.ability)
            parts += [line((x, panel.y(group.low)), (x, panel.y(group.high)), "error")]
            parts += [dot(x, panel.y(group.share), 4.5, "seen")]
    title = tell(
        "Dots: the share right of groups of candidates of like score, with its 95 % interval. Line: the "
        "fitted model ({model}).",
        model=dict(MODELS).get(one.model, one.model),
    )
    description = tell(
        "What groups of candidates did in {exam}, and the fitted curve; the table beside it says the same.",
        exam=one.exam,
    )
    return drawn(panel.bottom + 44, f"seen-{number}", title, description, parts)


def _panel() -> tuple[Panel, list[str]]:
    """Returns the panel of a picture of curves, and its drawn axes."""
    panel = Panel(56, 14, WIDTH - 76, 220, -4, 4, 0, 1)
    label = joined([tell("ability"), "θ"], " ")
    axes = [*upwards(panel, in_words(tell("Chance of a right answer"))), *across(panel, in_words(label))]
    return panel, axes


@allowed("reviews/exam/<str:exam>/cut/", "reviews-cut", read=LEAD)
def cut(request: Request, exam: str) -> HttpResponse:
    """Shows the Angoff cut of each form from the recorded ratings, its standard error, the cut of each judge,
    their progress, and what is missing. It shows no item of the exam."""
    folder = exam_folder(exam)
    try:
        found = cuts.angoff(AngoffOptions(exam=folder, bank=bank()))
    except Refused as refused:
        if not {one.code for one in refused.problems} <= {NO_RATINGS, UNRATED}:
            raise
        found = None
    units = units_of_exam(exam) or frozenset()
    document = found.document() if found else None
    shown = {
        "exam": exam,
        "found": document,
        "notes": [message(one, cuts.WORDS) for one in found.notes] if found else [],
        "given": rules_shown(sitting(exam)),
        "units": units,
        "so_far": [_so_far(one) for one in progress_of(folder, bank())],
        "writes": may(request.user, {Role.PSYCHOMETRICIAN}, units),
        "leads": may(request.user, LEAD, units),
        "marks": [least_mark(one["cut"]) for one in document["forms"]] if document else [],
        "picture": judges_picture(document["judges"], document["forms"]) if document else "",
    }
    return render(request, "reviews/cut.html", shown)


def _so_far(one: UnitProgress) -> dict[str, Any]:
    """Returns the context of a unit: how many items each judge has rated, what is missing by criterion, and
    the open round."""
    now = {item: found.sha256() for item, found in opened(one.unit).items.items()}
    changed = sum(now.get(item) != printed.hash for item, printed in one.items.items())
    rows = [
        {"name": judge.name, "rated": len(judge.rated), "missing": _by_criterion(one, judge.rated)}
        for judge in one.judges
    ]
    rated = frozenset(one.items) - {*one.unrated}
    return {
        "unit": one.unit,
        "panel": one.panel,
        "of": len(one.items),
        "rows": rows,
        "unrated": len(one.unrated),
        "unrated_of": _by_criterion(one, rated),
        "is_whole": not one.unrated and not any(row["missing"] for row in rows),
        "changed": changed,
        "open": Round.objects.filter(
            unit=one.unit, kind=one.panel.kind, level=one.panel.level or 0, closed_at=None
        ).first(),
    }


def _by_criterion(one: UnitProgress, rated: frozenset[str]) -> list[tuple[str, int]]:
    left = Counter(printed.pc for item, printed in one.items.items() if item not in rated)
    return sorted(left.items())
