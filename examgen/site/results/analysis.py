"""Pages of the analysis of a run: doubtful keys first, then every item.

The pages name items, never their keys. Files that contain keys (the report, the options, the matrix) are for
psychometricians, and only once the run is released, because the exam may still be in use before. Opening one
is recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse

from examgen.analysis.options import MODELS
from examgen.commands.analyses.exam import AnalyseExam
from examgen.core.csv_files import csv_bytes
from examgen.core.exam.names import base_form
from examgen.core.problems import Refused
from examgen.reports.analysis_report.page import MODEL_FIELDS, wright_maps
from examgen.reports.existing_reports import MadeReport, ReleasedRun, analysis_of, reports_of
from examgen.site.access import allowed, may
from examgen.site.accounts.models import Role, people_of
from examgen.site.audit.models import record
from examgen.site.bank.units import opened
from examgen.site.forms import OptionsForm, form_of
from examgen.site.jobs.models import Job, State
from examgen.site.jobs.views import to_job
from examgen.site.language import told as in_language
from examgen.site.requests import Request, attachment, framed, or_404
from examgen.site.results.pages import FLAGS, result_page, told
from examgen.site.reviews.evidence import SEE
from examgen.site.sittings.pages import holds
from examgen.site.workspace import exam_folder, unit_folders, units_of_exam
from examgen.stats.item_flags import (
    BY_CHANCE,
    LEAST_CANDIDATES,
    LEAST_CERTAIN,
    LOW_DISCRIMINATION,
    MANY_BLANKS,
    TOO_EASY,
    TOO_HARD,
)

ANALYSTS = frozenset({Role.PSYCHOMETRICIAN})
READS = frozenset({Role.PSYCHOMETRICIAN, Role.APPROVER, Role.GRADER})


ANALYSIS = form_of(AnalyseExam, OptionsForm, ("model", "min_n", "pdf"))
"""The form for analysing a run."""
WRITE_BACK = form_of(
    AnalyseExam,
    OptionsForm,
    ("date", "administration", "synthetic", "replace", "own_scale"),
    required=["date"],  # it tells administrations apart
)
"""The form for writing the statistics of a run into the bank."""


def _document(found: MadeReport) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(found.data("analysis.json"))
    return document


@allowed("exams/<str:exam>/results/analysis/", "results-analysis", read=READS, write=ANALYSTS)
def analysis(request: Request, exam: str) -> HttpResponse:
    """Shows the analysis of the items; `?table=` returns a table of the page as CSV."""
    if table := _TABLES.get(request.GET.get("table", "")):
        run = told(exam)
        found = or_404(analysis_of(exam_folder(exam), run))
        return attachment(table(_document(found)), f"{exam}-{run.run.number}-{request.GET['table']}.csv")
    return _page(request, exam)


def _csv(heads: list[str], rows: Iterable[Sequence[Any]]) -> bytes:
    import polars as pl  # heavy: only who wants a table waits for it

    return csv_bytes(pl.DataFrame([*rows], heads, orient="row", infer_schema_length=None))


_OF_FORM = ("form", "n_candidates", "n_items", "mean", "sd", "alpha", "alpha_low", "alpha_high", "sem")


def _forms_table(document: dict[str, Any]) -> bytes:
    return _csv([*_OF_FORM], ([one.get(name) for name in _OF_FORM] for one in document["forms"]))


def _items_table(document: dict[str, Any]) -> bytes:
    """Returns the items as CSV, as on the page, without keys."""
    rows = (
        [
            *(one[name] for name in ("name", "unit", "pc")),
            forms_asking(one),
            *(one[name] for name in ("n", "facility", "item_rest")),
            " ".join(dict.fromkeys(flag["code"] for flag in one["flags"] if flag["code"] in FLAGS)),
            one["examined"],
            document["irt"]["model"]["name"],
            *(one["irt"].get(name) for name in MODEL_FIELDS),
        ]
        for one in document["items"]
    )
    heads = ["item", "unit", "criterion", "form", "n", "facility", "item_rest", "flags", "examined", "model"]
    return _csv([*heads, *("b" if name == "difficulty" else name for name in MODEL_FIELDS)], rows)


_TABLES = {"items": _items_table, "forms": _forms_table}


def forms_asking(item: dict[str, Any]) -> str:
    """Returns the forms that ask an item; a personal booklet counts as the form from which it was drawn."""
    return ", ".join(dict.fromkeys(base_form(one["form"]) for one in item.get("asked") or ()))


def _page(
    request: Request, exam: str, form: OptionsForm | None = None, analysing: OptionsForm | None = None
) -> HttpResponse:
    run = told(exam)
    found = analysis_of(exam_folder(exam), run)
    document = _document(found) if found is not None else None
    is_analyst = holds(request, exam, *ANALYSTS)
    items = document["items"] if document else []
    shown = {
        "found": found,
        "document": document,
        "alarms": [{"item": one["item"]} for one in document["alarms"]] if document else [],
        "forms_asking": forms_asking,
        "fitted": _fitted(document) if document else None,
        "limits": _LIMITS,
        "under_way": Job.objects.filter(
            kind="analysis", about=exam, state__in=(State.WAITING, State.RUNNING)
        ).first(),
        "is_analyst": is_analyst,
        "analysts": sorted(
            {who for unit in units_of_exam(exam) or () for who in people_of(unit, Role.PSYCHOMETRICIAN)}
        ),
        "form": form or WRITE_BACK(),
        "analysing": analysing or ANALYSIS(initial=_as_before(document)),
        "units_of": _units_of(request, document) if document else {},
        "marked": [one for one in items if one["flags"]],
        "unmarked": [one for one in items if not one["flags"]],
        "sees_corrections": holds(request, exam, Role.GRADER),
        "sees_openings": holds(request, exam, Role.ASSEMBLER, Role.APPROVER, Role.GRADER),
        "has_technical": "technical" in reports_of(exam_folder(exam), run),
        "may_open": is_analyst and run.state.state == "released",
    }
    return result_page(request, run, "results/analysis.html", shown)


def _as_before(document: dict[str, Any] | None) -> dict[str, Any]:
    """Returns initial values for the form of an analysis, as far as the last analysis states them."""
    pdf = {"pdf": False}  # of a report that nobody may open yet is for who asks for it
    if document is None or document["irt"]["chosen_by"] != "user":
        return pdf
    return {**pdf, "model": document["irt"]["model"]["name"]}


def _fitted(document: dict[str, Any]) -> dict[str, Any] | None:
    """Returns the fitted model for the page, with its maps; None if no model could be fitted."""
    irt = document["irt"]
    model = irt["model"]
    if model["log_likelihood"] is None:
        return None
    maps, words = wright_maps(document, in_language)
    items = [one["irt"] for one in document["items"]]
    return {
        "name": dict(MODELS)[model["name"]],
        "n": model["n_candidates"],
        "is_chosen": irt["chosen_by"] == "user",
        "converged": model["converged"],
        "maps": maps,
        "map_words": words,
        "has_cut": any(cut is not None for cut in irt["cuts"].values()),
        "has": {name: any(one.get(name) for one in items) for name in ("se_a", "c", "s_x2_p")},
    }


_LIMITS = {
    "hard": TOO_HARD,
    "easy": TOO_EASY,
    "low": LOW_DISCRIMINATION,
    "blanks": round(100 * MANY_BLANKS),
    "chance": round(100 * BY_CHANCE),
    "few": LEAST_CERTAIN,
    "enough": LEAST_CANDIDATES,
}
"""The limits beyond which an item is marked, as stated below the table."""


def _units_of(request: Request, document: dict[str, Any]) -> dict[str, str]:
    """Returns the unit of each item whose page with statistics the user may see."""
    found = dict[str, str]()
    for code in {one["unit"] for one in document["items"]} & {*unit_folders()}:
        if may(request.user, {*SEE, Role.AUDITOR}, {code}):
            with suppress(Refused):  # a unit with faults has no pages of items
                there = opened(code).items
                found |= {one["item"]: code for one in document["items"] if one["item"] in there}
    return found


@allowed("exams/<str:exam>/results/analysis/make/", "results-analyse", write=ANALYSTS, post_only=True)
def analyse(request: Request, exam: str) -> HttpResponse:
    """Starts a job that analyses the run that is reported to candidates."""
    run = told(exam)
    form = ANALYSIS(request.POST, known={"exam_dir": exam_folder(exam)})
    if not form.is_valid():
        return _page(request, exam, analysing=form)
    return to_job(request, "analysis", exam, run=run.run.number, options=form.asked())


@allowed(
    "exams/<str:exam>/results/analysis/write-back/", "results-write-back", write=ANALYSTS, post_only=True
)
def write_back(request: Request, exam: str) -> HttpResponse:
    """Starts a job that writes the statistics of that run into the bank."""
    form = WRITE_BACK(request.POST, known={"exam_dir": exam_folder(exam), "write_back": True})
    if not form.is_valid():
        return _page(request, exam, form)
    run = told(exam).run.number
    return to_job(request, "write-back", exam, run=run, options=form.asked())


def _opened(request: Request, exam: str, name: str) -> tuple[ReleasedRun, bytes]:
    """Returns a file of the analysis and records that it was opened.

    Raises PermissionDenied if the run is not released, Http404 if there is no such file.
    """
    run = told(exam)
    if run.state.state != "released":
        raise PermissionDenied
    found = analysis_of(exam_folder(exam), run)
    if found is None or name not in found.names:
        raise Http404
    data = found.data(name)
    record(request.user, "analysis.open", exam, run=run.run.number, file=name)
    return run, data


@allowed("exams/<str:exam>/results/analysis/page/", "results-analysis-page", read=ANALYSTS, secret=True)
def analysis_document(request: Request, exam: str) -> HttpResponse:
    """Shows the report of the analysis in a frame; it contains keys."""
    return framed(_opened(request, exam, "report.html")[1])


@allowed("exams/<str:exam>/results/analysis/<str:file>", "results-analysis-file", read=ANALYSTS, secret=True)
def analysis_file(request: Request, exam: str, file: str) -> HttpResponse:
    """Sends a file of the analysis; it contains keys."""
    run, data = _opened(request, exam, file)
    return attachment(data, f"{exam}-{run.run.number}-analysis-{file}")
