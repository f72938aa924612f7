"""An exam analysis → its folder: the report as HTML and PDF, the tables behind it, the matrix and R code.

All of it names keys, so it stands under lock: in `analysis/run-NNNN` of the package, mode 0700.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from examgen.analyses.exam import ExamAnalysis
from examgen.core.changes import Change
from examgen.core.exam.made_folders import recorded_folder
from examgen.core.exam.names import MEDIA
from examgen.core.exam.package import read_package
from examgen.core.files import Progress, quiet, write_workbook
from examgen.core.problems import Refused
from examgen.core.resources import fonts, template_folders
from examgen.core.storage import OWN, csv_bytes, json_bytes
from examgen.core.words import tell
from examgen.rendering.self_contained import self_contained
from examgen.reports.language import notice_of
from examgen.reports.writing import report_folder

if TYPE_CHECKING:
    import polars as pl

    from examgen.core.exam.package import Package
    from examgen.core.models.item import Item
    from examgen.reports.analysis_report.items import ItemText

REPORT_HTML, REPORT_PDF = "report.html", "report.pdf"


class ReportFiles(NamedTuple):
    """Where the report is."""

    folder: Path
    names: tuple[str, ...]


def write_report(
    folder: Path,
    found: ExamAnalysis,
    workspace: Path,
    out: Path | None = None,
    *,
    pdf: bool,
    progress: Progress = quiet,
    within: Change | None = None,
) -> ReportFiles:
    """Writes everything, in place of an earlier analysis of the same run; the same run, the same bytes.

    `within` a change, together with what else that writes.
    """
    from examgen.rendering.line_breaks import line_setter
    from examgen.rendering.parts import face_addresses
    from examgen.rendering.pdf.document import render_pdf
    from examgen.rendering.templates.filling import fill
    from examgen.reports.analysis_report.page import analysis_report
    from examgen.reports.analysis_report.tables import item_table, option_table, r_code

    place = out or report_folder(folder, found.document["run"])
    package = read_package(folder)
    templates = template_folders(workspace)
    media = tuple(sorted((folder / MEDIA).glob("*"))) or (folder / MEDIA,)
    progress(tell("the report"))
    texts = dict(_texts(package, found.document["items"], templates, media))
    context = analysis_report(found.document, texts, package.exam.blueprint.choices)
    if out is None:
        place.parent.mkdir(mode=0o700, exist_ok=True)
    with recorded_folder(place, found.document["run"], found.document["fingerprint"], within) as made:
        html = fill("analysis.html", context, templates, line_setter(templates))
        (made / REPORT_HTML).write_text(self_contained(html, (*templates, fonts(), *media)), "utf-8")
        if pdf:
            progress(tell("the report as PDF"))
            context |= {"faces": face_addresses(), "printed": True}
            html = fill("analysis.html", context, templates, line_setter(templates))
            title = tell("{exam} – item analysis: CONFIDENTIAL", exam=found.document["exam"]).th
            readable = (*templates, fonts(), *(path for path in media if path.exists()))
            (made / REPORT_PDF).write_bytes(
                render_pdf(html, title=title, language="th", readable=readable, variant="pdf/ua-1")
            )
        (made / "analysis.json").write_bytes(json_bytes(found.document))
        items, options = item_table(found.document), option_table(found.document)
        (made / "items.csv").write_bytes(csv_bytes(items))
        (made / "options.csv").write_bytes(csv_bytes(options))
        notice = notice_of(found.administration.release, "both")
        write_workbook(made / "items.xlsx", {"items": items, "options": options}, notice)
        (made / "scores.csv").write_bytes(csv_bytes(_scores(found)))
        (made / "analysis.R").write_text(r_code(found.document, found.chosen.items), "utf-8")
        names = tuple(sorted(path.name for path in made.iterdir() if path.name != OWN))
    return ReportFiles(place, names)


def _texts(
    package: Package, rows: Sequence[Mapping[str, Any]], templates: Sequence[Path], media: Sequence[Path]
) -> Iterator[tuple[str, ItemText]]:
    """The text of each item as it was asked, as HTML."""
    from examgen.rendering.line_breaks import line_setter
    from examgen.rendering.markup import image_address, to_html
    from examgen.reports.analysis_report.items import ItemText

    set_line = line_setter(templates)
    items: dict[str, Item] = {one.item.id: one.item for form in package.exam.forms for one in form.items}
    criteria = {
        criterion.code: f"{criterion.code} {criterion.text}"
        for unit in package.exam.units
        for element in unit.elements
        for criterion in element.criteria
    }

    def html(field: str, text: str) -> object:
        return to_html(text, lambda name: image_address(name, media), set_line, field)

    for row in rows:
        item = items.get(row["item"])
        if item is None:
            raise Refused(tell("{item} was scored and is in no form of the package", item=row["item"]))
        yield (
            row["name"],
            ItemText(
                html("stem", item.stem),
                {option: html("options", text) for option, text in item.options.items()},
                {option: html("rationale", text) for option, text in item.rationale.items()},
                criteria.get(row["pc"], row["pc"]),
            ),
        )


def _scores(found: ExamAnalysis) -> pl.DataFrame:
    """The matrix that was analysed: 1 right, 0 wrong, blank where an item was not given or not reached."""
    import polars as pl

    cells = found.chosen.scored().cells
    administration = found.administration
    forms = np.array(administration.forms, dtype=object)[administration.form]
    columns = {
        "id": list(administration.chosen.candidates),
        "form": [str(form) for form in forms],
        **{
            name: pl.Series(name, cells[:, j], dtype=pl.Int8).set(pl.Series(cells[:, j] < 0), None)
            for j, name in enumerate(found.chosen.items)
        },
    }
    return pl.DataFrame(columns)
