"""The page of a committee: what is to be seen before a result is decided on, figures each beside its numbers.

It is drawn from the tables of the reports of the run that people are told, as they were made; what it leaves
out for want of room is in their files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from examgen.core.words import tell
from examgen.reports.shown import MadeReport, ReleasedRun, analysis_of, reports_of, table_of
from examgen.scoring.before_release import looks_of, n_not_used, waiting_of
from examgen.scoring.run_tables import read_table
from examgen.scoring.sitting_cases import cases_of
from examgen.scoring.sitting_folder import sitting_of
from examgen.site.access import allowed
from examgen.site.exams.cautions import cautions
from examgen.site.language import day
from examgen.site.requests import Request
from examgen.site.results.pages import KINDS, PLACES, READ, around, chosen, place_kind
from examgen.site.results.words import HEADS, VALUES, cells
from examgen.site.sittings.pages import odd_of
from examgen.site.workspace import exam_folder
from examgen.sitting.rules import rules_of

NEEDED = ("cohort", "centre", "committee")
"""Reports whose tables the page is drawn from."""
MOST = 100
"""Rows of a table on the page."""
FEW = 15
"""Rows of a table that are seen at once, and on paper; the others are folded."""


class Bar(NamedTuple):
    """A share from 0 to 1 with its interval, drawn in a cell; the cells beside it say the same."""

    share: float
    low: float
    high: float


class Stack(NamedTuple):
    """Candidates as parts of the longest row: who passed, and all."""

    passed: float
    all: float


class Person(NamedTuple):
    """A candidate, who has a page."""

    id: str


class Number(str):
    """A number, or the dash in place of one: these stand below each other by their last figure."""

    __slots__ = ()


NONE = Number("–")
Cell = str | Bar | Stack | Person
Row = Mapping[str, str]


class Figure(NamedTuple):
    """A figure that is its own table: the columns, the rows that are seen at once and those that are folded,
    the file with all of it."""

    title: str
    heads: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    folded: Sequence[Sequence[Cell]]
    n: int
    kind: str
    name: str

    @property
    def are_numbers(self) -> list[bool]:
        """Of each column whether it has numbers."""
        return [isinstance(one, Number) for one in self.rows[0]]


def _percent(share: str) -> Number:
    return Number(f"{100 * float(share):.1f}\u00a0%") if share else NONE


def _of_hundred(per_cent: str) -> Number:
    return Number(f"{float(per_cent):.1f}\u00a0%") if per_cent else NONE


def _plain(number: str) -> Number:
    return Number(f"{float(number):g}") if number else NONE


def _of(n: str, of: str) -> Number:
    return Number(f"{_plain(n)}/{_plain(of)}") if of not in ("", "0") else NONE


def _bar(row: Row, share: str, low: str, high: str) -> Cell:
    return Bar(float(row[share]), float(row[low]), float(row[high])) if row[share] else "–"


def _mean_bar(row: Row) -> Cell:
    if not row["mean_low"]:
        return "–"
    mean, low, high = (float(row[f"mean_{one}"]) / 100 for one in ("percent", "low", "high"))
    return Bar(max(0.0, mean), max(0.0, low), min(1.0, high))


def _distribution(row: Row, most: float, has_rule: bool) -> Iterator[Cell]:
    unit = "points" if "from_points" in row else "percent"
    low, below = (_plain(row[f"{one}_{unit}"]) for one in ("from", "below"))
    if greatest := row.get("to_points"):
        last = _plain(greatest)
        yield str(low) if last == low else f"{low}–{last}"
    else:
        ends_with_all = below == "100" and unit == "percent"
        said = tell("{low} to {high}", low=low, high=below)
        yield said if ends_with_all else tell("{low} to below {high}", low=low, high=below)
    yield _plain(row["candidates"])
    if has_rule:
        yield _plain(row["passed"])
    yield Stack(float(row["passed"] or 0) / most, float(row["candidates"]) / most)


def _criterion(row: Row) -> Iterator[Cell]:
    yield row["pc"]
    yield row["text"]
    yield _of(row["met"], row["judged"])
    yield _percent(row["share"])
    yield _bar(row, "share", "low", "high")
    yield _of_hundred(row["mean_percent"])


def _group(name: str, has_rule: bool) -> Callable[[Row], Iterator[Cell]]:
    """A row of a centre or a form: who passed; the mean where there is no pass rule."""

    def cells_of(row: Row) -> Iterator[Cell]:
        yield row[name] or "–"
        yield _plain(row["candidates"])
        yield _of_hundred(row["mean_percent"])
        if not has_rule:
            yield _mean_bar(row)
            return
        yield _of(row["passed"], row["passed_of"])
        yield _percent(row["pass_rate"])
        yield _bar(row, "pass_rate", "pass_rate_low", "pass_rate_high")
        if "verdict" in row:
            yield VALUES.get(row["verdict"], "–")

    return cells_of


def _near(row: Row) -> Iterator[Cell]:
    yield Person(row["candidate_id"])
    yield row["name"]
    yield row["form"]
    yield from (_plain(row[one]) for one in ("score", "cut", "distance"))
    yield VALUES.get(row["decision"], "–")


def _moved(row: Row) -> Iterator[Cell]:
    yield Person(row["candidate_id"])
    yield row["name"]
    yield from (_plain(row[one]) for one in ("score_before", "score_after"))
    yield from (VALUES.get(row[one], "–") for one in ("decision_before", "decision_after"))


def _correction(row: Row) -> Iterator[Cell]:
    """Without the key: that is in the book, and nowhere else on a page."""
    yield from cells(("kind",), (row["kind"],))
    yield row["item"] or f"{row['form']}:{row['question']}"
    yield from (row[one] for one in ("reason", "by"))
    yield day(row["date"])


def _heads(*names: str) -> tuple[str, ...]:
    return tuple(HEADS[one] for one in names)


BY_PLACE = {
    "centre": tell("Results by centre"),
    "room": tell("Results by room"),
    "file": tell("Results by answer file"),
    "": tell("Results by centre"),
}


def figures(reports: Mapping[str, MadeReport], has_rule: bool, place: str = "centre") -> Iterator[Figure]:
    """The figures of the reports that were made, those without rows left out; `place` is what stands for
    centres."""
    share, met = tell("share, with its 95 % interval"), tell("met, of those judged")
    rate: tuple[str, ...] = (HEADS["candidates"], HEADS["mean_percent"])
    rate += (HEADS["passed_n"], HEADS["pass_rate"], share) if has_rule else (tell("mean, with its interval"),)
    drawn_as = tell("dark: passed; light: failed") if has_rule else tell("number, drawn")
    wanted: tuple[tuple[str, str, str, tuple[str, ...], Any], ...] = (
        (
            *("cohort", "distribution", tell("Scores of the cohort")),
            (
                *(tell("score"), HEADS["candidates"]),
                *((HEADS["passed_n"],) if has_rule else ()),
                drawn_as,
            ),
            None,
        ),
        (
            *("committee", "near_the_cut", tell("Near the cut, for a second look")),
            _heads("candidate_id", "name", "form", "score", "cut", "distance", "decision"),
            _near,
        ),
        (
            *("committee", "moved", tell("Candidates whose result changed since the previous run")),
            _heads(
                *("candidate_id", "name", "score_before", "score_after"),
                *("decision_before", "decision_after"),
            ),
            _moved,
        ),
        (
            *("committee", "corrections", tell("Corrections of the key")),
            (HEADS["kind"], HEADS["item"], HEADS["reason"], tell("decided by"), HEADS["date"]),
            _correction,
        ),
        (
            *("cohort", "criteria", tell("Criteria, the one met least often first")),
            (HEADS["pc"], HEADS["text"], met, HEADS["percent"], share, HEADS["mean_percent"]),
            _criterion,
        ),
        (
            *("centre", "centres", BY_PLACE[place]),
            (PLACES[place], *rate, *((HEADS["verdict"],) if has_rule else ())),
            _group("centre", has_rule),
        ),
        (*("centre", "forms", tell("Results by form")), (HEADS["form"], *rate), _group("form", has_rule)),
    )
    for kind, name, title, heads, cells_of in wanted:
        if kind in reports and f"{name}.csv" in reports[kind].names:
            table = table_of(reports[kind], f"{name}.csv", MOST)
            rows = [dict(zip(table.heads, row, strict=False)) for row in table.rows]
            if name == "distribution":
                folded = _bars(rows, has_rule) if len(rows) > FEW else []
                drawn = _bars(_in_steps(rows), has_rule)
            else:
                drawn = [[*cells_of(row)] for row in rows]
                drawn, folded = drawn[:FEW], drawn[FEW:]
            if drawn:
                yield _filled(Figure(title, heads, drawn, folded, table.n, kind, name))


def _bars(rows: Sequence[Row], has_rule: bool) -> list[list[Cell]]:
    most = max((float(row["candidates"]) for row in rows), default=1.0) or 1.0
    return [[*_distribution(row, most, has_rule)] for row in rows]


def _in_steps(rows: Sequence[Row]) -> list[Row]:
    """The rows of a distribution, so many of them as one that few are left."""
    step = ceil(len(rows) / FEW) or 1
    return [_as_one(rows[n : n + step]) for n in range(0, len(rows), step)]


def _as_one(rows: Sequence[Row]) -> Row:
    """Neighbours as one row: from where the first begins to where the last ends."""
    first, last = rows[0], rows[-1]
    sums = {
        name: f"{sum(float(row[name]) for row in rows):g}"
        for name in ("candidates", "passed")
        if first.get(name)
    }
    begins = {name: text for name, text in first.items() if name.startswith("from_")}
    return {**last, **begins, **sums}


def _filled(figure: Figure) -> Figure:
    """A figure without columns that say nothing in any row; the first names the row."""
    rows = [*figure.rows, *figure.folded]
    said = [any(row[n] not in ("", "–") for row in rows) for n in range(len(figure.heads))]
    kept = [n for n, is_said in enumerate(said) if is_said or n == 0]
    return figure._replace(
        heads=tuple(figure.heads[n] for n in kept),
        rows=[[row[n] for n in kept] for row in figure.rows],
        folded=[[row[n] for n in kept] for row in figure.folded],
    )


class ToSee(NamedTuple):
    """Something to look at before a decision: how much of it there is, and where it is told."""

    words: str
    n: int
    address: str = ""


def to_see(exam: str, run: ReleasedRun, reports: Mapping[str, MadeReport]) -> Iterator[ToSee]:
    """What speaks against deciding unseen; nothing of what there is none of."""
    audit, book = run.run.audit, reports.get("committee")

    def n_rows(name: str) -> int:
        return table_of(book, f"{name}.csv", 0).n if book and f"{name}.csv" in book.names else 0

    place = sitting_of(exam_folder(exam))
    waiting = waiting_of(run.run, place.decisions())
    aside = reverse("quarantine", args=[exam])
    found = (
        ToSee(tell("Rows set aside"), audit["rows"]["quarantined"] - n_not_used(run.run), aside),
        ToSee(tell("Candidates without a result yet"), waiting.people, aside),
        ToSee(tell("Rows without a candidate that are not decided"), waiting.rows, aside),
        ToSee(tell("Registered candidates whose attendance is not recorded"), waiting.unrecorded),
        ToSee(
            tell("Candidates near the cut, for a second look"),
            len(looks_of(run.run, place.decisions()).open),
            f"{reverse('persons', args=[exam])}?looks={run.run.number}",
        ),
        ToSee(
            tell("Results no better than guessing"),
            len(odd_of(place, run.run).at_chance),
            f"{reverse('run', args=[exam, run.run.number])}#odd",
        ),
        ToSee(
            tell("Corrections of the key"),
            len(audit.get("corrections") or ()),
            "#corrections" if book else "",
        ),
        ToSee(
            tell("Candidates whose result changed since the previous run"),
            n_rows("moved"),
            "#moved" if book else "",
        ),
        ToSee(
            tell("Deliberately left out of the scoring"),
            len(audit.get("left_out") or ()),
            reverse("run", args=[exam, run.run.number]),
        ),
        ToSee(tell("Candidates named by integrity signals"), _n_signalled(run), _report(exam, run, book)),
        ToSee(
            tell("Open appeals and complaints"),
            sum(not one.outcome for one in cases_of(place.acts(files=False)).values()),
            reverse("cases", args=[exam]),
        ),
        ToSee(
            tell("Items whose key is in doubt"),
            _alarms(exam, run),
            reverse("results-analysis", args=[exam]),
        ),
    )
    return (one for one in found if one.n)


def _n_signalled(run: ReleasedRun) -> int:
    """How many candidates a signal of the run names, as often as it does, as the book counts them."""
    path = run.run.folder / "signals.csv"
    return read_table(path).height if path.is_file() else 0


def _report(exam: str, run: ReleasedRun, book: MadeReport | None) -> str:
    address = reverse("results-report", args=[exam, "committee"])
    return f"{address}?run={run.run.number}" if book else ""


def _alarms(exam: str, run: ReleasedRun) -> int:
    found = analysis_of(exam_folder(exam), run)
    return 0 if found is None else len(json.loads(found.data("analysis.json"))["alarms"])


@allowed(read=READ, within="exam", secret=True)
def committee(request: Request, exam: str) -> HttpResponse:
    """What a committee sees before it decides."""
    run = chosen(request, exam)
    reports = reports_of(exam_folder(exam), run)
    has_rule = bool((run.run.audit.get("options") or {}).get("pass"))
    place = place_kind(exam, run) if "centre" in reports else ""
    shown = around(
        request,
        exam,
        "results-committee",
        run,
        missing=[KINDS[kind] for kind in NEEDED if kind not in reports],
        needed=NEEDED,
        stale=[KINDS[kind] for kind in NEEDED if kind in reports and reports[kind].is_stale],
        figures=[*figures(reports, has_rule, place)],
        to_see=[*to_see(exam, run, reports)],
        scope=None,  # the cautions say it
        cautions=cautions(exam),
        of_files=rules_of(run.run.audit),
        files=[
            name
            for name in (reports["committee"].names if "committee" in reports else ())
            if name.endswith((".pdf", ".xlsx"))
        ],
        is_bar=lambda cell: isinstance(cell, Bar),
        is_stack=lambda cell: isinstance(cell, Stack),
        is_person=lambda cell: isinstance(cell, Person),
        most=MOST,
    )
    return render(request, "results/committee.html", shown)
