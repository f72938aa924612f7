"""The page for a committee: what to look at before it decides on results, and its report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from django.http import HttpResponse
from django.urls import reverse

from examgen.core.words import tell
from examgen.reports.existing_reports import MadeReport, ReleasedRun, analysis_of, reports_of, table_of
from examgen.scoring.before_release import looks_of, n_not_used, waiting_of
from examgen.scoring.run_tables import read_table
from examgen.scoring.sitting_cases import cases_of
from examgen.scoring.sitting_folder import sitting_of
from examgen.site.access import allowed
from examgen.site.exams.summaries import cautions
from examgen.site.requests import Request
from examgen.site.results.pages import READ, chosen, result_page
from examgen.site.sittings.pages import odd_of
from examgen.site.workspace import exam_folder
from examgen.sitting.rules import rules_of

BOOK = "committee"


class ToSee(NamedTuple):
    """Something to look at before a decision: a label, its number, and the URL of its page."""

    words: str
    n: int
    address: str = ""


def to_see(exam: str, run: ReleasedRun, book: MadeReport | None) -> Iterator[ToSee]:
    """Returns what to look at before a decision, without entries whose number is zero."""
    audit = run.run.audit

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
            _report(exam, run, book),
        ),
        ToSee(
            tell("Candidates whose result changed since the previous run"),
            n_rows("moved"),
            _report(exam, run, book),
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
    """Returns the number of rows in the table of signals, which is the number that the report gives."""
    path = run.run.folder / "signals.csv"
    return read_table(path).height if path.is_file() else 0


def _report(exam: str, run: ReleasedRun, book: MadeReport | None) -> str:
    address = reverse("results-report", args=[exam, "committee"])
    return f"{address}?run={run.run.number}" if book else ""


def _alarms(exam: str, run: ReleasedRun) -> int:
    found = analysis_of(exam_folder(exam), run)
    return 0 if found is None else len(json.loads(found.data("analysis.json"))["alarms"])


@allowed("exams/<str:exam>/results/committee/", "results-committee", read=READ, secret=True)
def committee(request: Request, exam: str) -> HttpResponse:
    """Shows what a committee should see before it decides."""
    run = chosen(request, exam)
    book = reports_of(exam_folder(exam), run).get(BOOK)
    shown = {
        "book": book,
        "to_see": [*to_see(exam, run, book)],
        "scope": None,  # the cautions say it
        "cautions": cautions(exam),
        "of_files": rules_of(run.run.audit),
        "files": [name for name in (book.names if book else ()) if name.endswith((".pdf", ".xlsx"))],
    }
    return result_page(request, run, "results/committee.html", shown)
