"""The reports of a sitting, as pages of HTML by what they are: a kind, or a kind and whose page it is."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from examgen.core.resources import template_folders
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import Words, face_addresses
from examgen.rendering.pdf.page_parts import parts
from examgen.rendering.templates.filling import fill
from examgen.reports.candidates import CandidateReportOptions, candidate_reports
from examgen.reports.committee_report.list import SLOTS, kinds, list_page
from examgen.reports.committee_report.report import committee_book
from examgen.reports.kinds import DEFAULT_KINDS
from examgen.reports.writing import ReportOptions, report, run_of
from tests.reports.sentences.sitting import Sitting


def pages(sitting: Sitting, folder: Path, lang: str) -> Iterator[tuple[str, str]]:
    """Every report of a sitting and the pages of a few candidates."""
    package = sitting.made(folder)
    asked = ReportOptions(
        lang=lang,  # type: ignore[arg-type]
        pdf=False,
        run=str(sitting.read) if sitting.read else None,
    )
    for kind in DEFAULT_KINDS:
        out = folder / kind
        report(package, folder, kind, asked._replace(out=out))
        yield kind, (out / "report.html").read_text("utf-8")
    ids = sitting.ids()
    if ids:
        yield "list", _list_for_signature(package, asked)
    if sitting.told:
        chosen = tuple(dict.fromkeys(ids[n] for n in sitting.told))
        out = folder / "candidate"
        candidate_reports(
            package, folder, asked._replace(out=out), CandidateReportOptions(ids=chosen, html=True)
        )
        for n, path in enumerate(sorted(out.glob("*.html"))):
            yield f"candidate-{n + 1}", path.read_text("utf-8")


FOLDERS = template_folders(Path())
_OF_CENTRES = ("centre", "sums", "rows-head", "row", "foot", "page")


def _list_for_signature(package: Path, asked: ReportOptions) -> str:
    """The list that is a file of its own where the cohort is large, with everybody written into its parts."""
    run = run_of(package, asked)
    context, centres = list_page(
        run, committee_book(run), asked.lang, Words(messages(FOLDERS)), face_addresses()
    )
    html = fill("report-committee-list.html", context, FOLDERS, line_setter(FOLDERS))
    part = {name: [one.html for one in parts(html, (name,))] for name in ("head", *_OF_CENTRES)}
    rows = dict(zip(kinds(centres), part["row"], strict=True))
    body = list(part["head"])
    for one in centres:
        body += [
            _put(part[name][0], centre=one.name, sums=one.sums) for name in ("centre", "sums", "rows-head")
        ]
        for who, name, form, score, percent, *kind in one.rows:
            row = rows[tuple(kind)]  # type: ignore[index]
            body.append(_put(row, id=who, name=name, form=form, score=score, percent=percent))
    body += [_put(part[name][0], page="1 / 1") for name in ("foot", "page")]
    return f"<html><body><main>{''.join(body)}</main></body></html>"


def _put(html: str, **texts: str) -> str:
    for name, text in texts.items():
        html = html.replace(SLOTS[name], escape(text))
    return html
