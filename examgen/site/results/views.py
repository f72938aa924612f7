"""Pages of results: the released run, its reports, its candidates, and what a
committee sees."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase

from examgen.commands.reporting import Report
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.names import RESULTS
from examgen.core.exam.runs import newest_run
from examgen.core.files import read_input
from examgen.core.models.decisions import DECISION_KINDS
from examgen.core.person_decisions import TotalResult, in_words, last_looks, look_of, without_result
from examgen.core.problems import Refused
from examgen.core.words import Message, tell
from examgen.reports.candidates import CandidateReportOptions, candidate_reports
from examgen.reports.existing_reports import (
    MadeReport,
    ReleasedRun,
    analysis_of,
    candidate_of,
    candidates_like,
    reports_of,
    table_of,
    told_of,
    with_names,
)
from examgen.reports.kinds import DEFAULT_KINDS
from examgen.reports.signing import private_keys
from examgen.reports.writing import ReportOptions
from examgen.scoring.before_release import looks_in, looks_of, n_not_used, waiting_of
from examgen.scoring.form_cut_scores import cuts_of
from examgen.scoring.run_tables import read_table
from examgen.scoring.runs import read_people, read_scored, result_of
from examgen.scoring.sitting_cases import cases_of
from examgen.scoring.sitting_folder import sitting_of
from examgen.site.access import allowed
from examgen.site.accounts.models import Role, is_auditor
from examgen.site.exams.views import cautions
from examgen.site.forms import OptionsForm, form_of
from examgen.site.jobs.views import to_job
from examgen.site.language import address, said, told
from examgen.site.requests import Request, attached_archive, attachment, framed, or_404
from examgen.site.results.pages import KINDS, PLACES, READ, chosen, result_page, title_of
from examgen.site.sittings.pages import holds, is_rated, odd_of
from examgen.site.sittings.sitting_confirmation import why_not_score
from examgen.site.workspace import exam_folder, workspace
from examgen.sitting.cases import unread_answers
from examgen.sitting.roster import names
from examgen.sitting.rules import rules_of
from examgen.sitting.scored_rows import answers_read
from examgen.sitting.second_reading import scored_row

if TYPE_CHECKING:
    import polars as pl

ON_PAGE = 40
"""The number of candidates on a page. It is short, because the search finds the others."""
ALL_PDFS = "all.zip"
"""The name in the URL under which all PDFs of a report are downloaded."""
MOST_PDFS = 3
"""The maximum number of PDFs of a report with a button. If there are more, they are in the list of its
files."""
MOST_LISTED = 60
"""The maximum number of files listed on the page of a report, because there may be thousands of candidate
reports."""


OF_CANDIDATES = ("by", "candidate", "html", "verify_code")
"""The options that only candidate reports have."""


class ReportsForm(OptionsForm):
    """The form for making reports: kinds, language and format, and the key for the verification code, by its
    name in the workspace."""

    days_to_come = ("date",)

    def __init__(self, *args: Any, keys: Collection[str] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["kind"].initial = DEFAULT_KINDS
        none = said(tell("none: without a code to verify"))
        self.choose("verify_code", [("", none), *((one, one) for one in keys)])
        if not keys:
            del self.fields["verify_code"]

    def given(self, found: dict[str, Any]) -> dict[str, Any]:
        """Leaves out the options of candidate reports if none are made. Candidate reports are HTML unless
        they are PDF."""
        if "candidate" not in found["kind"]:
            return {name: value for name, value in found.items() if name not in OF_CANDIDATES}
        return {**found, "html": found["html"] or not found["pdf"]}


REPORTS = form_of(
    Report,
    ReportsForm,
    ("kind", "lang", "pdf", "digits", "date", "by", "candidate", "html", "verify_code"),
    {"verify_code": forms.ChoiceField(label=said(Report.declared()["verify_code"].label), required=False)},
    required=["kind"],
)


def keys_for(request: Request, exam: str, run: ReleasedRun) -> list[str]:
    """Returns the names of the keys with which the user may sign: those of the workspace, if the run is
    released and the user is an approver."""
    if run.state.state != "released" or not holds(request, exam, Role.APPROVER):
        return []
    return [*private_keys(workspace())]


@allowed("exams/<str:exam>/results/", "results", read=READ)
def results(request: Request, exam: str) -> HttpResponse:
    """Shows the released run: its figures, its reports, and the form for making reports."""
    run = told_of(exam_folder(exam))
    form = None
    if run is not None and holds(request, exam, *READ):
        wanted = [kind for kind in request.GET.getlist("make") if kind in KINDS]
        form = REPORTS(keys=keys_for(request, exam, run), initial={"kind": wanted} if wanted else None)
    return _results(request, exam, run, form)


def _results(request: Request, exam: str, run: ReleasedRun | None, form: ReportsForm | None) -> HttpResponse:
    folder, more = exam_folder(exam), dict[str, Any]()
    if run is not None:
        more = {
            "reports": reports_of(folder, run),
            "looks": looks_of(run.run, sitting_of(folder).decisions()),
            "unused": n_not_used(run.run),
            "lacks_key": not private_keys(workspace()),
        }
    return result_page(request, run, "results/results.html", {"form": form, **more})


@allowed("exams/<str:exam>/results/make/", "results-make", write=READ, post_only=True)
def make(request: Request, exam: str) -> HttpResponse:
    """Starts a job that makes reports."""
    run = chosen(request, exam)
    known = {"exam_dir": exam_folder(exam), "run": str(run.run.number)}
    form = REPORTS(request.POST, keys=keys_for(request, exam, run), known=known)
    if not form.is_valid():
        return _results(request, exam, run, form)
    return to_job(request, "reports", exam, run=run.run.number, options=form.asked())


def shown_report(request: Request, exam: str, kind: str) -> tuple[ReleasedRun, MadeReport]:
    """Returns a report of the chosen run. Raises Http404 if it was not made, and PermissionDenied if an
    auditor asks for a committee report, which names corrected keys."""
    if kind.startswith("committee") and is_auditor(request.user):
        raise PermissionDenied
    run = chosen(request, exam)
    found = or_404(reports_of(exam_folder(exam), run).get(kind))
    if found.held and kind.startswith("candidate"):
        raise Refused.because(
            "these reports cannot be handed out, because they include the withheld result "
            "of {who}. Write them again",
            who=", ".join(found.held),
        )
    return run, found


@allowed("exams/<str:exam>/results/reports/<str:kind>/", "results-report", read=READ)
def report(request: Request, exam: str, kind: str) -> HttpResponse:
    """Shows a report in a frame, with its files."""
    run, found = shown_report(request, exam, kind)
    all_pdfs = [name for name in found.names if name.endswith(".pdf")]
    pdfs = all_pdfs if len(all_pdfs) <= MOST_PDFS else []
    of_all = kind == "candidate" and len(all_pdfs) == 1 and run.run.audit["rows"]["scored"] > 1
    others = [name for name in found.names if name not in pdfs]
    shown = {
        "kind": kind,
        "title": title_of(kind),
        "report": found,
        "pdfs": pdfs,
        "n_pdfs": len(all_pdfs),
        "of_all": of_all,
        "ALL_PDFS": ALL_PDFS,
        "files": others[:MOST_LISTED],
        "n_more": max(0, len(others) - MOST_LISTED),
    }
    return result_page(request, run, "results/report.html", shown)


@allowed("exams/<str:exam>/results/reports/<str:kind>/page/", "results-document", read=READ)
def document(request: Request, exam: str, kind: str) -> HttpResponse:
    """Returns the document of a report, for the frame."""
    _, found = shown_report(request, exam, kind)
    try:
        return framed(found.data("report.html"))
    except KeyError:
        raise Http404 from None


@allowed("exams/<str:exam>/results/reports/<str:kind>/<str:file>", "results-file", read=READ)
def file(request: Request, exam: str, kind: str, file: str) -> HttpResponseBase:
    """Returns a file of a report by name, or all its PDFs as a zip."""
    run, found = shown_report(request, exam, kind)
    called = f"{exam} {run.run.number} {told(title_of(kind))}"
    if file == ALL_PDFS:
        return attached_archive(found.every(".pdf"), called)
    try:
        return attachment(found.data(file), f"{called}.pdf" if file == "report.pdf" else f"{called} {file}")
    except KeyError:
        raise Http404 from None


# ── candidates ───────────────────────────────────────────────────────────────────────────────


def named(exam: str, candidates: pl.DataFrame) -> pl.DataFrame:
    """Returns the candidates with their names, from the roster if neither answers nor papers contain names.
    Users who see results also see the roster."""
    return with_names(candidates, lambda: names(sitting_of(exam_folder(exam))))


def people_of(exam: str, run: ReleasedRun) -> list[tuple[str, str]]:
    """Returns the number and name of every candidate that a run scored."""
    people = read_people(exam_folder(exam), str(run.run.number))
    return named(exam, people.candidates).select("candidate_id", "name").rows()


@allowed("exams/<str:exam>/results/candidates/", "results-candidates", read=READ)
def candidates(request: Request, exam: str) -> HttpResponse:
    """Shows the candidates found by number or name, or all near the cut, in the run of the URL or else the
    released run."""
    run = chosen(request, exam)
    text = request.GET.get("text", "").strip()[:100]
    people = read_people(exam_folder(exam), str(run.run.number))
    decisions = sitting_of(exam_folder(exam)).decisions()
    near = looks_in(people.candidates, decisions).open
    found = candidates_like(named(exam, people.candidates), text)
    if is_near := "near" in request.GET:
        found = found.filter(found["candidate_id"].is_in(near))
    page = Paginator(range(found.height), ON_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    shown = {
        "text": text,
        "near": frozenset(near),
        "held": without_result(decisions),
        "canonical_number": canonical_number,
        "is_near": is_near,
        "found": found.slice(ON_PAGE * (page.number - 1), ON_PAGE).to_dicts(),
        "n": found.height,
        "page": page,
        "query": query.urlencode(),
        "place": PLACES[people.place_kind],
    }
    return result_page(request, run, "results/candidates.html", shown)


@allowed("exams/<str:exam>/results/candidate/", "results-candidate", read=READ)
def candidate(request: Request, exam: str) -> HttpResponse:
    """Shows the result of one candidate (`?id=`) in a run."""
    run, who = chosen(request, exam), request.GET.get("id", "")
    scored = read_scored(exam_folder(exam), str(run.run.number), who=who)
    found = or_404(candidate_of(scored._replace(candidates=named(exam, scored.candidates)), who))
    person, criteria = found
    own = [one for one in scored.decisions if canonical_number(one.candidate_id) == canonical_number(who)]
    result = TotalResult(person["score"], person["max_score"], person["decision"])
    shown: dict[str, Any] = {
        "person": person,
        "criteria": criteria,
        "place": PLACES[scored.place_kind],
        "decisions": in_words(own),
        "held": next(iter(scored.held_back.values()), None),
        "cut": cuts_of(scored).get(person["form"]),
        "is_total_alone": _is_total_alone((run.run.audit.get("options") or {}).get("pass")),
        "may_decide": holds(request, exam, Role.APPROVER),
        "LOOKS": DECISION_KINDS,
        "look": look_of(last_looks(own).get((canonical_number(who), result))),
        **_answers(request, exam, run, person["candidate_id"]),
    }
    return result_page(request, run, "results/candidate.html", shown)


def _is_total_alone(rule: Mapping[str, Any] | None) -> bool:
    """Whether no part of the rule but the total decides."""
    return bool(rule) and not any(map((rule or {}).get, ("criteria", "elements", "units", "at_least")))


def _answers(request: Request, exam: str, run: ReleasedRun, who: str) -> dict[str, Any]:
    """Returns for a grader the answers of a candidate as they were read, unless a case waits for a second
    reading, which this grader may have to do without knowing them. Key and points are not included, because
    opening keys takes two people."""
    place = sitting_of(exam_folder(exam))
    if is_auditor(request.user) or not holds(request, exam, Role.GRADER) or is_rated(exam):
        return {"row": None}
    row = scored_row(place, run.run, who)
    if row is None:
        return {"row": None}
    waits = unread_answers(place, request.user.signature)
    unread = next((one.case for one in waits if one.candidate == canonical_number(who)), "")
    newest = newest_run(place.exam / RESULTS)
    is_newest = newest is not None and newest.number == run.run.number
    return {
        "row": row,
        "unread_case": unread,
        "answers": [] if unread else answers_read(row),
        "may_correct": is_newest and why_not_score(request.user, exam) is None,
    }


@allowed("exams/<str:exam>/results/candidate/report/", "results-candidate-document", read=READ)
def candidate_document(request: Request, exam: str) -> HttpResponse:
    """Returns the report of one candidate as it would be printed but without a verification code, or with
    `?pdf=1` as PDF. It is made for this request only."""
    run, who, folder = chosen(request, exam), request.GET.get("id", ""), exam_folder(exam)
    if result_of(run.run, who) is None:
        raise Http404
    with tempfile.TemporaryDirectory(dir=settings.SITE.uploads) as place:
        is_pdf = "pdf" in request.GET
        asked = ReportOptions(str(run.run.number), out=Path(place) / "report", pdf=is_pdf)
        made = candidate_reports(folder, workspace(), asked, CandidateReportOptions((who,), "candidate"))
        [name] = made.names
        data = read_input(made.folder / name)
        return attachment(data, f"{exam}-{run.run.number}-{name}") if is_pdf else framed(data)


BOOK = "committee"


def to_see(exam: str, run: ReleasedRun, book: MadeReport | None) -> list[tuple[Message, int, str]]:
    """Returns what to look at before a decision: its label, its number, and the URL of its page.
    What there is none of is left out."""
    audit, number = run.run.audit, run.run.number
    place = sitting_of(exam_folder(exam))
    waiting, looks = waiting_of(run.run, place.decisions()), looks_of(run.run, place.decisions())
    cases = cases_of(place.acts(files=False)).values()
    made, signals = analysis_of(exam_folder(exam), run), run.run.folder / "signals.csv"
    alarms = json.loads(made.data("analysis.json"))["alarms"] if made else ()
    n_moved = table_of(book, "moved.csv", 0).n if book and "moved.csv" in book.names else 0
    n_signalled = read_table(signals).height if signals.is_file() else 0  # as the report counts them
    aside, of_run = address("quarantine", exam), address("run", exam, number)
    to_looks = f"{address('persons', exam)}?looks={number}"
    report = f"{address('results-report', exam, BOOK)}?run={number}" if book else ""
    found = (
        (tell("Rows set aside"), audit["rows"]["quarantined"] - n_not_used(run.run), aside),
        (tell("Candidates without a result yet"), waiting.people, aside),
        (tell("Rows without a candidate that are not decided"), waiting.rows, aside),
        (tell("Registered candidates whose attendance is not recorded"), waiting.unrecorded, ""),
        (tell("Candidates near the cut, for a second look"), len(looks.open), to_looks),
        (tell("Results no better than guessing"), len(odd_of(place, run.run).at_chance), f"{of_run}#odd"),
        (tell("Corrections of the key"), len(audit.get("corrections") or ()), report),
        (tell("Candidates whose result changed since the previous run"), n_moved, report),
        (tell("Deliberately left out of the scoring"), len(audit.get("left_out") or ()), of_run),
        (tell("Candidates named by integrity signals"), n_signalled, report),
        (tell("Open appeals and complaints"), sum(not one.outcome for one in cases), address("cases", exam)),
        (tell("Items whose key is in doubt"), len(alarms), address("results-analysis", exam)),
    )
    return [one for one in found if one[1]]


@allowed("exams/<str:exam>/results/committee/", "results-committee", read=READ, secret=True)
def committee(request: Request, exam: str) -> HttpResponse:
    """Shows what a committee should see before it decides."""
    run = chosen(request, exam)
    book = reports_of(exam_folder(exam), run).get(BOOK)
    shown = {
        "book": book,
        "to_see": to_see(exam, run, book),
        "scope": None,  # the cautions say it
        "cautions": cautions(exam),
        "of_files": rules_of(run.run.audit),
        "files": [name for name in (book.names if book else ()) if name.endswith((".pdf", ".xlsx"))],
    }
    return result_page(request, run, "results/committee.html", shown)
