"""A scored run → a report as HTML and PDF, with the tables behind its figures.

This covers the kinds of reports that are one document; candidates' reports are in `candidates`. The folder
of a report replaces an earlier one as a whole; the same run and options give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.csv_files import csv_bytes
from examgen.core.exam.made_folders import recorded_folder
from examgen.core.exam.names import REPORTS
from examgen.core.exam.releases import UNRELEASED, ReleaseState
from examgen.core.files import OWN, Progress, quiet
from examgen.core.problems import Problem, WrongUsage
from examgen.core.resources import fonts, template_folders
from examgen.core.tables.writing import write_workbook
from examgen.core.text.fonts import missing
from examgen.core.words import Language, in_language, option, tell
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import BY_NUMBER, Words, day_words, face_addresses, in_its_figures, printable
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.self_contained import self_contained
from examgen.rendering.templates.filling import fill
from examgen.reports.bodies import with_body
from examgen.reports.kinds import KINDS, REPORT_KINDS, document
from examgen.reports.localisation import notice_of
from examgen.scoring.runs import name_of, read_scored

if TYPE_CHECKING:
    import polars as pl

    from examgen.core.models.papers import Digits
    from examgen.core.words import Message
    from examgen.rendering.parts import Lang
    from examgen.scoring.scored_run import ScoredRun


class ReportOptions(NamedTuple):
    """The options that are common to all kinds of reports."""

    run: str | None = None
    results: Path | None = None
    lang: Lang = "both"
    digits: Digits = "arabic"
    day: date | None = None
    """The printed date; None for no date."""
    out: Path | None = None
    """The folder in place of `reports/run-NNNN/<kind>` of the package."""
    pdf: bool = True


class Reported(NamedTuple):
    """A written report: its folder, and the names of its files."""

    folder: Path
    names: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    run: int | None = None
    """The number of the run, if the report is about one; `release` is the state of that run."""
    release: ReleaseState = UNRELEASED
    gone: tuple[str, ...] = ()
    """Files of an earlier report in the folder that this report does not have, and that were removed."""


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def report(
    folder: Path, workspace: Path, kind: str, asked: ReportOptions, progress: Progress = quiet
) -> Reported:
    """Write a report of a kind other than `candidate`. Raises WrongUsage for an unknown kind."""
    one = next((one for one in REPORT_KINDS if one.name == kind != "candidate"), None)
    if one is None:
        raise WrongUsage.because(
            "{kind_option} must be one of {kinds}, not {kind}",
            kinds=", ".join(KINDS),
            kind=kind,
            kind_option=option("kind"),
        )
    how = document(one)
    progress(tell("reading the run"))
    run = with_body(run_of(folder, asked), workspace)
    contents = how.contents(run, folder)
    dated = None if asked.day is None else in_its_figures(day_words(asked.day), asked.digits)
    made = write_document(
        place_of(folder, run, asked, kind),
        how.template,
        tell("{exam} – {report}", exam=run.exam.blueprint.exam, report=one.title),
        lambda words, faces: {**how.page(run, contents, asked.lang, words, faces), "dated": dated},
        how.tables(contents),
        asked,
        workspace,
        progress,
        run,
    )
    return made._replace(run=run.run, release=run.release)


def write_document(
    place: Path,
    template: str,
    title: Message,
    page: Callable[..., dict[str, object]],
    tables: Mapping[str, pl.DataFrame],
    asked: ReportOptions,
    workspace: Path,
    progress: Progress,
    run: ScoredRun | None = None,
) -> Reported:
    """Write one document as HTML and PDF, with its tables. `page` takes words and fonts (None for HTML), and
    returns the context."""
    templates = template_folders(workspace)
    logo = None if run is None else run.logo
    readable, words = (*templates, fonts(), *filter(None, [logo])), Words(messages(templates), asked.digits)
    before = names_in(place)
    of = (None, None, None, "") if run is None else (run.run, run.fingerprint, None, run.last_act)
    with recorded_folder(place, *of) as made:
        progress(title)
        html = fill(template, page(words, None), templates, line_setter(templates, browsers=True))
        (made / "report.html").write_text(self_contained(html, readable), "utf-8")
        if asked.pdf:
            progress(tell("{title}, as PDF", title=title))
            html = fill(template, page(words, face_addresses()), templates, line_setter(templates))
            if lacking := missing(html):
                progress(
                    tell(
                        "the fonts lack {lacking}, so the PDF has numbers in their place",
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
    """Return the names of the files of a report; empty if there is no report yet."""
    return tuple(sorted(path.name for path in folder.glob("*") if path.name != OWN))


def gone_of(before: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of earlier files that no longer exist."""
    return tuple(sorted({*before} - {*names}))


def run_of(folder: Path, asked: ReportOptions, *, unmarked: bool = False) -> ScoredRun:
    """Read the scored run; `unmarked` adds the criteria in which a candidate marked nothing."""
    return read_scored(folder, asked.run, asked.results, unmarked=unmarked)


def place_of(folder: Path, run: ScoredRun, asked: ReportOptions, kind: str) -> Path:
    """Return the folder of a report: `asked.out`, otherwise one below the package's folder of reports."""
    if asked.out is not None:
        return asked.out
    above = folder / REPORTS
    above.mkdir(mode=0o700, exist_ok=True)
    return above / name_of(folder, run) / kind
