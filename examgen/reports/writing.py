"""A scored run → what people read: the report of a kind as HTML and PDF, with the tables behind its pictures.

The kinds that are one document; candidates' reports, which are many, are in `candidate_reporting`. Each
folder takes the place of an earlier one whole; the same run and wishes give the same bytes.

The list for signature of a large cohort, as a PDF beside the committee's book.

A scored run → the same under codes in place of people; who is behind them stands in `codes/`.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import lru_cache, partial
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.bank.settings import body_words
from examgen.core.exam.made_folders import recorded_folder
from examgen.core.exam.names import REPORTS, UNDER_CODES
from examgen.core.exam.runs import read_run
from examgen.core.files import Progress, quiet, write_workbook
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.resources import fonts, template_folders
from examgen.core.scored_run import UNRELEASED, ReleaseState
from examgen.core.storage import OWN, csv_bytes, read_input, without_apostrophe, write_file
from examgen.core.text.fonts import missing
from examgen.core.words import Language, in_language, tell
from examgen.rendering.self_contained import self_contained
from examgen.scanning.gallery.why_decided import decision_told
from examgen.scoring.runs.read import folder_before, name_of, read_scored

if TYPE_CHECKING:
    import polars as pl

    from examgen.core.models.papers import Digits
    from examgen.core.scored_run import ScoredRun
    from examgen.core.words import Pair
    from examgen.rendering.parts import Lang, Words
    from examgen.reports.cohort_report.report import CohortReport
    from examgen.reports.committee_report.list import Listing
    from examgen.reports.committee_report.report import CommitteeBook
    from examgen.reports.decision_consistency import Repeated
    from examgen.scoring.runs.compare import Compared

MOST_IN_BOOK = 1000
"""Of more candidates WeasyPrint would lay out the rows for minutes."""


def write_list(
    run: ScoredRun,
    book: CommitteeBook,
    lang: Lang,
    progress: Progress,
    folder: Path,
    words: Words,
    templates: Sequence[Path],
) -> Listing | None:
    """Writes the list where the cohort is large; None where it stands in the book."""
    if book.cohort.n <= MOST_IN_BOOK:
        return None
    from examgen.rendering.line_breaks import line_setter
    from examgen.rendering.parts import face_addresses
    from examgen.rendering.templates.filling import fill
    from examgen.reports.committee_report.list import CommitteeList, list_page
    from examgen.reports.committee_report.rows import LIST_FILE

    progress(tell("the list of {n:,} candidates for signature, as PDF", n=book.cohort.n))
    page = list_page(run, book, lang, words, face_addresses())
    html = fill("report-committee-list.html", page.context, templates, line_setter(templates))
    language: Language = "en" if lang == "en" else "th"
    made = CommitteeList(html, page.centres, templates, digits=words.digits, language=language)
    title = tell("{exam} – list for signature", exam=run.exam.blueprint.exam)
    return made.write(folder / LIST_FILE, in_language(title, language), progress)


_FOLDER = "codes"
_SECRET_BYTES = 32


class Hidden(NamedTuple):
    """Who is behind the codes: the file that says so, and the same as a table."""

    path: Path
    table: pl.DataFrame


def hidden_run(folder: Path, run: ScoredRun) -> tuple[ScoredRun, Hidden]:
    """The run under codes; a table of another run is never overwritten."""
    from examgen.reports.pseudonyms import pseudonymous

    place = folder / _FOLDER
    hidden, table = pseudonymous(run, secret_of(folder))
    path, data = place / f"{name_of(folder, run)}-codes.csv", csv_bytes(table)
    if path.is_file() and read_input(path) != data:
        # the package was scored anew after its results were taken away
        path = place / f"run-{run.run:04d}-{run.fingerprint}-codes.csv"
    write_file(path, data)
    return hidden, Hidden(path, table)


def has_secret(folder: Path) -> bool:
    """Whether anything was made from a package's secret yet."""
    return (folder / _FOLDER / "secret").is_file()


def secret_of(folder: Path) -> bytes:
    """What the codes of a package are made from: made once, by whoever asks first."""
    place = folder / _FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    place.chmod(0o700)
    path = place / "secret"
    with suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "wb") as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
    found = read_input(path)
    if len(found) != _SECRET_BYTES:
        message = tell(
            "has {n} bytes, not {secret_bytes}: restore it, or all codes change",
            n=len(found),
            secret_bytes=_SECRET_BYTES,
        )
        raise Refused(
            tell("{path} {message}", path=path, message=message),
            [Problem(str(path), "secret-damaged", message)],
        )
    return found


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


class _Around(NamedTuple):
    """What a report may need beside its run: the package, and the table of codes where people are hidden."""

    folder: Path
    codes: pl.DataFrame | None


class _Kind(NamedTuple):
    """A kind that is one document: what it says, its template, its context and its tables."""

    template: str
    title: str
    contents: Callable[[ScoredRun, _Around], Any]
    page: Callable[..., dict[str, object]]
    """(run, contents, language, words, faces) → context of the template."""
    tables: Callable[[Any], dict[str, pl.DataFrame]]
    beside: Callable[..., dict[str, object]] | None = None
    """Writes a PDF beside the document: (run, contents, language, progress, folder, words, templates) → what
    else the page is given."""


# ── kinds that are one document ──────────────────────────────────────────────────────────────


def _cohort() -> _Kind:
    from examgen.reports.cohort_report.page import cohort_page
    from examgen.reports.cohort_report.tables import cohort_tables

    return _Kind("report-cohort.html", tell("cohort"), _of_cohort, cohort_page, cohort_tables)


def _of_cohort(run: ScoredRun, around: _Around) -> CohortReport:
    """How the cohort did, how often its decisions would repeat, and which parts an analysis of the run found
    to have no score worth telling."""
    from examgen.reports.cohort_report.report import cohort_report

    repeated, analysis = _repeated(run, around.folder), _analysis(run, around)
    return cohort_report(run)._replace(
        repeated=repeated if repeated is not None and repeated.is_enough else None,
        subscores=tuple((analysis or {}).get("subscores", ())),
    )


def _centre() -> _Kind:
    from examgen.reports.centre_report.page import centre_page, centre_tables
    from examgen.reports.centre_report.report import centre_report

    title = tell("centres and forms")
    return _Kind("report-centre.html", title, lambda run, _: centre_report(run), centre_page, centre_tables)


def _coverage() -> _Kind:
    from examgen.reports.coverage_report.page import coverage_page, coverage_tables
    from examgen.reports.coverage_report.report import coverage_report

    title = tell("coverage of the standard")
    return _Kind(
        "report-standard.html", title, lambda run, _: coverage_report(run), coverage_page, coverage_tables
    )


def _committee() -> _Kind:
    from examgen.reports.committee_report.page import committee_page
    from examgen.reports.committee_report.rows import committee_tables

    return _Kind(
        "report-committee.html",
        tell("committee's book"),
        _book,
        committee_page,
        committee_tables,
        _list_beside,
    )


def _list_beside(*wanted: Any) -> dict[str, object]:
    return {"listing": write_list(*wanted)}


def _book(run: ScoredRun, around: _Around) -> CommitteeBook:
    """The committee's book, with what changed since the run before and what an analysis of the run found."""
    from examgen.reports.committee_report.report import committee_book
    from examgen.scoring.runs.compare import compare_folders

    before = folder_before(run)
    compared = compare_folders(before, run.folder) if before is not None else None
    if compared is not None and around.codes is not None:
        from examgen.reports.pseudonyms import pseudonymous_changes

        hidden = pseudonymous_changes(compared.comparison, around.codes)
        compared = compared._replace(comparison=hidden)
    analysis = _analysis(run, around)
    mosts = {} if before is None else _mosts(before, around.codes)
    repeated = _repeated(run, around.folder)
    book = committee_book(run, compared, analysis, mosts, repeated, *_by_key(run, around))
    return book._replace(decided=tuple(decision_told(one) for one in book.decided))


def _by_key(run: ScoredRun, around: _Around) -> tuple[Compared | None, dict[str, float]]:
    """The run beside itself without its corrections, and the points that each could have there; None where it
    has none, or is of an examgen that kept no answers."""
    from examgen.core.responses.table import NAME as RESPONSES
    from examgen.scoring.runs.compare import compare_folders
    from examgen.scoring.score import score_without_corrections

    if not run.audit.get("corrections") or not (run.folder / RESPONSES).is_file():
        return None, {}
    with TemporaryDirectory() as name:
        before = Path(name) / "without"
        before.mkdir()
        score_without_corrections(around.folder, read_run(run.run, run.folder), before)
        compared = compare_folders(before, run.folder)
        mosts = _mosts(before, around.codes)
    if around.codes is not None:
        from examgen.reports.pseudonyms import pseudonymous_changes

        compared = compared._replace(comparison=pseudonymous_changes(compared.comparison, around.codes))
    return compared, mosts


def _analysis(run: ScoredRun, around: _Around) -> dict[str, Any] | None:
    """What an analysis of this very scoring found; None where there was none."""
    from examgen.reports.analysis_report.writing import report_folder

    found = report_folder(around.folder, run.run) / "analysis.json"
    analysis = json.loads(read_input(found).decode("utf-8")) if found.is_file() else None
    if analysis is not None and analysis.get("fingerprint") != run.fingerprint:
        analysis = None  # of another scoring
    if analysis is not None and around.codes is not None:
        from examgen.reports.pseudonyms import pseudonymous_analysis

        analysis = pseudonymous_analysis(analysis, around.codes)
    return analysis


def _repeated(run: ScoredRun, folder: Path) -> Repeated | None:
    """How often the run's decisions would repeat; None where there is no pass rule or nobody was scored."""
    from examgen.reports.decision_consistency import Repeated

    if run.audit["options"]["pass"] is None or not run.candidates.height:
        return None
    found = Repeated(run.candidates.height, int((run.candidates["decision"] == "pass").sum()), None)
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


def _mosts(folder: Path, codes: pl.DataFrame | None) -> dict[str, float]:
    """Points that each candidate of a run could have, by id, or by code where people are hidden."""
    import polars as pl

    found = pl.read_csv(folder / "candidates.csv", infer_schema=False, columns=["candidate_id", "max_score"])
    people = found.with_columns(without_apostrophe(pl.col("candidate_id")))
    known = None if codes is None else dict(codes.select("candidate_id", "code").rows())
    return {
        who if known is None else known.get(who, ""): float(most) for who, most in people.iter_rows() if most
    }


_KINDS = {"cohort": _cohort, "centre": _centre, "coverage": _coverage, "committee": _committee}
KINDS = ("candidate", *_KINDS)


def report(
    folder: Path, workspace: Path, kind: str, asked: ReportAsked, progress: Progress = quiet
) -> Reported:
    """Writes a report of a kind other than `candidate`; raises WrongUsage for one that is none."""
    if kind not in _KINDS:
        raise WrongUsage(tell("--kind is one of {kinds}, not {kind}", kinds=", ".join(KINDS), kind=kind))
    one = _KINDS[kind]()
    progress(tell("reading the run"))
    run, hidden = run_of(folder, asked)
    run = run._replace(body=body_words(workspace))
    around = _Around(folder, hidden.table if hidden is not None else None)
    contents = one.contents(run, around)
    made = write_document(
        place_of(folder, run, asked, kind),
        one.template,
        tell("{exam} – {report}", exam=run.exam.blueprint.exam, report=one.title),
        lambda words, faces, **more: {
            **one.page(run, contents, asked.lang, words, faces, **more),
            "dated": _dated(asked),
        },
        one.tables(contents),
        asked,
        workspace,
        progress,
        one.beside and partial(one.beside, run, contents, asked.lang, progress),
        run,
    )
    return made._replace(codes=hidden.path if hidden is not None else None, run=run.run, release=run.release)


def _dated(asked: ReportAsked) -> Pair | None:
    from examgen.rendering.parts import day_words, in_its_figures

    return None if asked.day is None else in_its_figures(day_words(asked.day), asked.digits)


def write_document(
    place: Path,
    template: str,
    title: str,
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
    from examgen.rendering.language import messages
    from examgen.rendering.line_breaks import line_setter
    from examgen.rendering.parts import BY_NUMBER, Words, face_addresses, printable
    from examgen.rendering.pdf.document import render_pdf
    from examgen.rendering.templates.filling import fill

    templates = template_folders(workspace)
    words = Words(messages(templates), asked.digits)
    before = names_in(place)
    with recorded_folder(place, *(() if run is None else (run.run, run.fingerprint))) as made:
        more = beside(made, words, templates) if beside is not None and asked.pdf else {}
        progress(title)
        html = fill(template, page(words, None, **more), templates, line_setter(templates, browsers=True))
        (made / "report.html").write_text(self_contained(html, (*templates, fonts())), "utf-8")
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
            readable = (*templates, fonts())
            data = render_pdf(
                html,
                title=in_language(title, language),
                language=language,
                readable=readable,
                variant="pdf/ua-1",
            )
            (made / "report.pdf").write_bytes(data)
        _write_tables(made, tables, notice_of(run.release, asked.lang) if run is not None else "")
        names = names_in(made)
    return Reported(place, names, gone=gone_of(before, names))


def names_in(folder: Path) -> tuple[str, ...]:
    """The files of a report; none where there is none yet."""
    return tuple(sorted(path.name for path in folder.glob("*") if path.name != OWN))


def gone_of(before: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """What stood there and does no longer."""
    return tuple(sorted({*before} - {*names}))


def run_of(folder: Path, asked: ReportAsked, *, unmarked: bool = False) -> tuple[ScoredRun, Hidden | None]:
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


def notice_of(release: ReleaseState, lang: Lang) -> str:
    """What is to be known of the release of a run, in a line; nothing of the one that people are told."""
    from examgen.rendering.parts import release_notice

    said = release_notice(release)
    if said is None:
        return ""
    return {"th": said.th, "en": said.en}.get(lang, f"{said.th} · {said.en}")


def _write_tables(folder: Path, tables: Mapping[str, pl.DataFrame], notice: str) -> None:
    """Each table as CSV, and all of them as sheets of a workbook."""
    for name, table in tables.items():
        (folder / f"{name}.csv").write_bytes(csv_bytes(table))
    write_workbook(folder / "tables.xlsx", tables, notice)
