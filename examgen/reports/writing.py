"""A scored run → what people read: the report of a kind as HTML and PDF, with the tables behind its pictures.

The kinds that are one document; candidates' reports, which are many, are in `candidates`. Each folder takes
the place of an earlier one whole; the same run and wishes give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from examgen.bank.settings import body_words
from examgen.core.exam.made_folders import recorded_folder
from examgen.core.exam.names import ANALYSIS, REPORTS, UNDER_CODES
from examgen.core.exam.runs import read_run
from examgen.core.files import Progress, quiet
from examgen.core.problems import Problem, WrongUsage
from examgen.core.resources import fonts, template_folders
from examgen.core.responses.table import NAME as RESPONSES
from examgen.core.scored_run import UNRELEASED, ReleaseState
from examgen.core.storage import OWN, csv_bytes, read_input, without_apostrophe
from examgen.core.text.fonts import missing
from examgen.core.words import Language, in_language, option, tell
from examgen.core.workbook import write_workbook
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import BY_NUMBER, Words, day_words, face_addresses, in_its_figures, printable
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.self_contained import self_contained
from examgen.rendering.templates.filling import fill
from examgen.reports.centre_report.page import centre_page
from examgen.reports.centre_report.report import centre_report
from examgen.reports.cohort_report.page import cohort_page
from examgen.reports.cohort_report.report import CohortReport, cohort_report
from examgen.reports.committee_report.list import write_list
from examgen.reports.committee_report.page import committee_page
from examgen.reports.committee_report.report import CommitteeBook, committee_book
from examgen.reports.coverage_report.page import coverage_page
from examgen.reports.coverage_report.report import coverage_report
from examgen.reports.decisions import RepeatedDecisions
from examgen.reports.language import notice_of
from examgen.reports.pseudonyms import HiddenPeople, hidden_run, pseudonymous_analysis, pseudonymous_changes
from examgen.reports.tables import tables_of
from examgen.scanning.gallery.why_decided import decision_told
from examgen.scoring.runs.compare import Compared, compare_folders
from examgen.scoring.runs.read import folder_before, name_of, read_scored

if TYPE_CHECKING:
    from examgen.core.models.papers import Digits
    from examgen.core.scored_run import ScoredRun
    from examgen.core.words import Message
    from examgen.rendering.parts import Lang


class ReportAsked(NamedTuple):
    """What is wanted of a report, whatever its kind."""

    run: str | None = None
    results: Path | None = None
    lang: Lang = "both"
    digits: Digits = "arabic"
    day: date | None = None
    """The date that is printed; none where it is left out."""
    out: Path | None = None
    """In place of `reports/run-NNNN/<kind>` of the package."""
    pdf: bool = True
    pseudonymous: bool = False


class Reported(NamedTuple):
    """Where a report is: its folder and the names in it; where the table of codes is."""

    folder: Path
    names: tuple[str, ...]
    codes: Path | None = None
    problems: tuple[Problem, ...] = ()
    run: int | None = None
    """Which run it is of, where it is of one, and whether that is what people are told."""
    release: ReleaseState = UNRELEASED
    gone: tuple[str, ...] = ()
    """Files of an earlier report in that folder that this one does not have: they were removed."""


# ── kinds that are one document ──────────────────────────────────────────────────────────────


class ReportKind(NamedTuple):
    """A kind that is one document: its template, its titles, what it says and how that is shown."""

    template: str
    title: Message
    """In the title of the document."""
    called: Message
    """As people call it."""
    contents: Callable[[ScoredRun, Path, pl.DataFrame | None], Any]
    """(run, package, table of codes where people are hidden) → what the report says."""
    page: Callable[..., dict[str, object]]
    """(run, contents, language, words, faces) → context of the template."""
    beside: Callable[..., dict[str, object]] | None = None
    """Writes a PDF beside the document: (run, contents, language, progress, folder, words, templates) → what
    else the page is given."""


def _cohort(run: ScoredRun, folder: Path, codes: pl.DataFrame | None) -> CohortReport:
    """How the cohort did, how often its decisions would repeat, and which parts an analysis of the run found
    to have no score worth telling."""
    repeated, analysis = _repeated(run, folder), _analysis(run, folder, codes)
    return cohort_report(run)._replace(
        repeated=repeated if repeated is not None and repeated.is_enough else None,
        subscores=tuple((analysis or {}).get("subscores", ())),
    )


def _committee(run: ScoredRun, folder: Path, codes: pl.DataFrame | None) -> CommitteeBook:
    """The committee's book, with what changed since the run before and what an analysis of the run found; and
    the run beside itself without its corrections, where it has any and is not of an examgen that kept no
    answers."""
    compared = by_key = None
    most_before: dict[str, float] = {}
    most_by_key: dict[str, float] = {}
    if (before := folder_before(run)) is not None:
        compared, most_before = _compared(before, run, codes)
    if run.audit.get("corrections") and (run.folder / RESPONSES).is_file():
        from examgen.scoring.score import score_without_corrections  # few runs have corrections

        with TemporaryDirectory() as name:
            without = Path(name) / "without"
            without.mkdir()
            score_without_corrections(folder, read_run(run.run, run.folder), without)
            by_key, most_by_key = _compared(without, run, codes)
    book = committee_book(
        run,
        compared,
        _analysis(run, folder, codes),
        most_before,
        _repeated(run, folder),
        by_key,
        most_by_key,
    )
    return book._replace(decided=tuple(decision_told(one) for one in book.decided))


def _compared(before: Path, run: ScoredRun, codes: pl.DataFrame | None) -> tuple[Compared, dict[str, float]]:
    """What is otherwise than in that run, and the points that each candidate could have there: by id, or by
    code where people are hidden."""
    compared = compare_folders(before, run.folder)
    people = pl.read_csv(before / "candidates.csv", infer_schema=False, columns=["candidate_id", "max_score"])
    mosts = {
        who: float(most)
        for who, most in people.with_columns(without_apostrophe(pl.col("candidate_id"))).iter_rows()
        if most
    }
    if codes is not None:
        compared = compared._replace(comparison=pseudonymous_changes(compared.comparison, codes))
        known = dict(codes.select("candidate_id", "code").rows())
        mosts = {known.get(who, ""): most for who, most in mosts.items()}
    return compared, mosts


def report_folder(folder: Path, run: int) -> Path:
    """Where the analysis of a run stands."""
    return folder / ANALYSIS / f"run-{run:04d}"


def _analysis(run: ScoredRun, folder: Path, codes: pl.DataFrame | None) -> dict[str, Any] | None:
    """What an analysis of this very scoring found; None where there was none."""
    found = report_folder(folder, run.run) / "analysis.json"
    analysis = json.loads(read_input(found).decode("utf-8")) if found.is_file() else None
    if analysis is None or analysis.get("fingerprint") != run.fingerprint:
        return None
    return analysis if codes is None else pseudonymous_analysis(analysis, codes)


def _repeated(run: ScoredRun, folder: Path) -> RepeatedDecisions | None:
    """How often the run's decisions would repeat; None where there is no pass rule or nobody was scored."""
    if run.audit["options"]["pass"] is None or not run.candidates.height:
        return None
    n_passed = int((run.candidates["decision"] == "pass").sum())
    found = RepeatedDecisions(run.candidates.height, n_passed, None)
    if not found.is_enough:
        return found
    document = _rule_of(folder, str(run.folder), run.fingerprint)
    if any(note["code"] in ("no-model", "far-off") for note in document["notes"]):
        return found
    [row], texts = document["methods"], document["shared_texts"] or {}
    return found._replace(
        shares=row,
        errors=document["se"],
        n_sharing=texts.get("n_items", 0),
        at_worst=texts.get("at_worst"),
    )


@lru_cache(maxsize=1)
def _rule_of(folder: Path, run: str, fingerprint: str) -> dict[str, Any]:
    """What an analysis says of the rule of a run; cohort and committee ask for it one after the other."""
    from examgen.analyses.rule_decisions import analyse_rule

    return analyse_rule(folder, run).document


REPORTS_OF_RUN = {
    "cohort": ReportKind(
        "report-cohort.html", tell("cohort"), tell("The cohort and its criteria"), _cohort, cohort_page
    ),
    "centre": ReportKind(
        "report-centre.html",
        tell("centres and forms"),
        tell("Centres and forms"),
        lambda run, *_: centre_report(run),
        centre_page,
    ),
    "coverage": ReportKind(
        "report-standard.html",
        tell("coverage of the standard"),
        tell("Coverage of the standard"),
        lambda run, *_: coverage_report(run),
        coverage_page,
    ),
    "committee": ReportKind(
        "report-committee.html",
        tell("committee's book"),
        tell("The committee’s book"),
        _committee,
        committee_page,
        lambda *asked: {"listing": write_list(*asked)},
    ),
}
"""By kind; the tables of each stand in `tables.TABLES`."""
KINDS = ("candidate", *REPORTS_OF_RUN)


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def report(
    folder: Path, workspace: Path, kind: str, asked: ReportAsked, progress: Progress = quiet
) -> Reported:
    """Writes a report of a kind other than `candidate`; raises WrongUsage for one that is none."""
    if kind not in REPORTS_OF_RUN:
        raise WrongUsage(
            tell(
                "{kind_option} is one of {kinds}, not {kind}",
                kinds=", ".join(KINDS),
                kind=kind,
                kind_option=option("kind"),
            )
        )
    one = REPORTS_OF_RUN[kind]
    progress(tell("reading the run"))
    run, hidden = run_of(folder, asked)
    run = run._replace(body=body_words(workspace))
    contents = one.contents(run, folder, hidden.table if hidden is not None else None)
    dated = None if asked.day is None else in_its_figures(day_words(asked.day), asked.digits)
    made = write_document(
        place_of(folder, run, asked, kind),
        one.template,
        tell("{exam} – {report}", exam=run.exam.blueprint.exam, report=one.title),
        lambda words, faces, **more: {
            **one.page(run, contents, asked.lang, words, faces, **more),
            "dated": dated,
        },
        tables_of(kind, contents),
        asked,
        workspace,
        progress,
        one.beside and partial(one.beside, run, contents, asked.lang, progress),
        run,
    )
    return made._replace(codes=hidden.path if hidden is not None else None, run=run.run, release=run.release)


def write_document(
    place: Path,
    template: str,
    title: Message,
    page: Callable[..., dict[str, object]],
    tables: Mapping[str, pl.DataFrame],
    asked: ReportAsked,
    workspace: Path,
    progress: Progress,
    beside: Callable[[Path, Words, Sequence[Path]], dict[str, object]] | None = None,
    run: ScoredRun | None = None,
) -> Reported:
    """Writes one document as HTML and PDF with its tables; `page` gives its context, with fonts for a PDF.

    Where there is a PDF, `beside` writes another first, and says what else `page` is given.
    """
    templates = template_folders(workspace)
    readable, words = (*templates, fonts()), Words(messages(templates), asked.digits)
    before = names_in(place)
    with recorded_folder(place, *(() if run is None else (run.run, run.fingerprint))) as made:
        more = beside(made, words, templates) if beside is not None and asked.pdf else {}
        progress(title)
        html = fill(template, page(words, None, **more), templates, line_setter(templates, browsers=True))
        (made / "report.html").write_text(self_contained(html, readable), "utf-8")
        if asked.pdf:
            progress(tell("{title}, as PDF", title=title))
            html = fill(template, page(words, face_addresses(), **more), templates, line_setter(templates))
            if lacking := missing(html):
                progress(
                    tell(
                        "the fonts lack {lacking}: the PDF has numbers in their place",
                        lacking=" ".join(lacking[:20]),
                    )
                )
                html = printable(html, escape(BY_NUMBER))
            language: Language = "en" if asked.lang == "en" else "th"
            data = render_pdf(
                html,
                title=in_language(title, language),
                language=language,
                readable=readable,
                variant="pdf/ua-1",
            )
            (made / "report.pdf").write_bytes(data)
        for name, table in tables.items():
            (made / f"{name}.csv").write_bytes(csv_bytes(table))
        notice = notice_of(run.release, asked.lang) if run is not None else ""
        write_workbook(made / "tables.xlsx", tables, notice)
        names = names_in(made)
    return Reported(place, names, gone=gone_of(before, names))


def names_in(folder: Path) -> tuple[str, ...]:
    """The files of a report; none where there is none yet."""
    return tuple(sorted(path.name for path in folder.glob("*") if path.name != OWN))


def gone_of(before: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """What stood there and does no longer."""
    return tuple(sorted({*before} - {*names}))


def run_of(
    folder: Path, asked: ReportAsked, *, unmarked: bool = False
) -> tuple[ScoredRun, HiddenPeople | None]:
    """The run, under codes in place of people where that is asked; with where somebody marked nothing."""
    run = read_scored(folder, asked.run, asked.results, unmarked=unmarked)
    if not asked.pseudonymous:
        return run, None
    return hidden_run(folder, run)


def place_of(folder: Path, run: ScoredRun, asked: ReportAsked, kind: str) -> Path:
    """The folder of a report."""
    if asked.out is not None:
        return asked.out
    name = kind + UNDER_CODES if asked.pseudonymous else kind
    above = folder / REPORTS
    above.mkdir(mode=0o700, exist_ok=True)
    return above / name_of(folder, run) / name
