"""An exam analysis → its folder: the report as HTML and PDF, its tables, the response matrix and R code.

All of these files contain keys, so they are written to `analysis/run-NNNN` of the package, with mode 0700.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from examgen.core.csv_files import csv_bytes
from examgen.core.exam.made_folders import recorded_folder
from examgen.core.exam.names import MEDIA
from examgen.core.exam.package import read_written
from examgen.core.files import OWN, Progress, json_bytes, quiet
from examgen.core.problems import Refused
from examgen.core.resources import fonts, template_folders
from examgen.core.tables.writing import write_workbook
from examgen.core.words import tell
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.markup import image_address, to_html
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.self_contained import self_contained
from examgen.rendering.templates.filling import fill
from examgen.reports.analysis_report.page import MODEL_FIELDS, Document, analysis_report
from examgen.reports.localisation import notice_of
from examgen.reports.run_findings import report_folder

if TYPE_CHECKING:
    from examgen.analysis.exam import ExamAnalysis
    from examgen.core.changes import FileChange
    from examgen.core.exam.package import Package

REPORT_HTML, REPORT_PDF = "report.html", "report.pdf"

_ITEM = (
    "n", "facility", "facility_low", "facility_high", "item_total", "item_rest", "item_rest_low",
    "item_rest_high", "biserial", "d27", "omitted", "not_reached", "not_administered",
)  # fmt: skip
_OPTION = (
    "n", "administered", "share", "mean_score", "mean_share", "point_biserial", "point_biserial_rest",
    "able", "able_n",
)  # fmt: skip


class ReportFiles(NamedTuple):
    """The folder and the file names of a written report."""

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
    within: FileChange | None = None,
) -> ReportFiles:
    """Write all files of the report, replacing an earlier analysis of the same run. The same run gives the
    same bytes.

    If `within` is given, the files are written as part of that change.
    """
    document = found.document
    place = out or report_folder(folder, document["run"])
    package = read_written(folder)
    templates = template_folders(workspace)
    media = tuple(sorted((folder / MEDIA).glob("*"))) or (folder / MEDIA,)
    progress(tell("the report"))
    texts = dict(_texts(package, document["items"], templates, media))
    context = analysis_report(document, texts, package.exam.blueprint.choices)
    if out is None:
        place.parent.mkdir(mode=0o700, exist_ok=True)
    with recorded_folder(place, document["run"], document["fingerprint"], within) as made:
        html = fill("analysis.html", context, templates, line_setter(templates))
        (made / REPORT_HTML).write_text(self_contained(html, (*templates, fonts(), *media)), "utf-8")
        if pdf:
            progress(tell("the report as PDF"))
            html = fill("analysis.html", {**context, "printed": True}, templates, line_setter(templates))
            title = tell("{exam} – item analysis: CONFIDENTIAL", exam=document["exam"]).th
            readable = (*templates, fonts(), *(path for path in media if path.exists()))
            (made / REPORT_PDF).write_bytes(
                render_pdf(html, title=title, language="th", readable=readable, variant="pdf/ua-1")
            )
        (made / "analysis.json").write_bytes(json_bytes(document))
        tables = {"items": item_table(document), "options": option_table(document)}
        for name, table in tables.items():
            (made / f"{name}.csv").write_bytes(csv_bytes(table))
        notice = notice_of(found.administration.release, "both")
        write_workbook(made / "items.xlsx", tables, notice)
        (made / "scores.csv").write_bytes(csv_bytes(_scores(found)))
        (made / "analysis.R").write_text(r_code(document, found.chosen.items), "utf-8")
        names = tuple(sorted(path.name for path in made.iterdir() if path.name != OWN))
    return ReportFiles(place, names)


def _texts(
    package: Package, rows: Sequence[Document], templates: Sequence[Path], media: Sequence[Path]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the text of each item as it was printed, as HTML, and its criterion."""
    set_line = line_setter(templates)
    items = {printed.item.id: printed.item for form in package.exam.forms for printed in form.items}
    criteria = {one.code: f"{one.code} {one.text}" for unit in package.exam.units for one in unit.criteria}

    def html(field: str, text: str) -> object:
        return to_html(text, lambda name: image_address(name, media), set_line, field)

    for row in rows:
        item = items.get(row["item"])
        if item is None:
            raise Refused.because("{item} was scored but is in no form of the package", item=row["item"])
        yield (
            row["name"],
            {
                "stem": html("stem", item.stem),
                "options": {option: html("options", text) for option, text in item.options.items()},
                "rationale": {option: html("rationale", text) for option, text in item.reasons.items()},
                "criterion": criteria.get(row["pc"], row["pc"]),
            },
        )


# ── the tables behind the report ─────────────────────────────────────────────────────────────


def item_table(found: Document) -> pl.DataFrame:
    """Return a row for each item: first the examined ones, those that need attention at the top, then the
    others."""
    rows = [
        {
            "item": row["name"],
            "unit": row["unit"],
            "pc": row["pc"],
            "standing": row["standing"],
            "examined": row["examined"],
            "key": " ".join(row["key"]),
            "forms": " ".join(f"{place['form']}:{place['question']}" for place in row["asked"]),
            **{field: row[field] for field in _ITEM},
            **{field: row["irt"].get(field) for field in MODEL_FIELDS},
            "flags": " ".join(dict.fromkeys(flag["code"] for flag in row["flags"])),
            "item_hash": row["item_hash"],
        }
        for row in found["items"]
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def option_table(found: Document) -> pl.DataFrame:
    """Return a row for each option of each item; the option is empty for candidates who left the item
    blank."""
    rows = [
        {
            "item": item,
            "option": option["option"] or "",
            "is_key": option["is_key"],
            **{field: option[field] for field in _OPTION},
            **{f"fifth_{n}": share for n, share in enumerate(option["fifths"], start=1)},
            **{f"fifth_{n}_n": size for n, size in enumerate(option["fifths_n"], start=1)},
        }
        for item, options in found["options"].items()
        for option in options
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _scores(found: ExamAnalysis) -> pl.DataFrame:
    """Return the matrix that was analysed: 1 right, 0 wrong, empty if an item was not administered or not
    reached."""
    administration, scored = found.administration, found.chosen.scored()
    columns = {
        "id": list(scored.candidates),
        "form": [administration.forms[n] for n in administration.form.tolist()],
        **{
            name: pl.Series(name, own, dtype=pl.Int8).set(pl.Series(own < 0), None)
            for name, own in zip(scored.items, scored.cells.T, strict=True)
        },
    }
    return pl.DataFrame(columns)


def r_code(found: Document, items: Sequence[str]) -> str:
    """Return R code that repeats the analysis with psych and mirt, from `scores.csv` in the same folder."""
    model = found["irt"]["model"]
    value = model["log_likelihood"]
    likelihood = "undefined" if value is None else f"{value:.6f}"
    fit = {
        "rasch": "m <- mirt(X, 1, itemtype = 'Rasch', SE = TRUE, TOL = 1e-7)",
        "1pl": "m <- mirt(X, mirt.model(paste0('F = 1-', k, '\\nCONSTRAIN = (1-', k, ', a1)')), "
        "itemtype = '2PL', SE = TRUE, TOL = 1e-7)",
        "2pl": "m <- mirt(X, 1, itemtype = '2PL', SE = TRUE, TOL = 1e-7)",
        "3pl": "m <- mirt(X, mirt.model(paste0('F = 1-', k, '\\nPRIOR = (1-', k, ', g, norm, -1.1, 0.5)')), "
        "itemtype = '3PL', SE = TRUE, TOL = 1e-6)",
    }[model["name"]]
    pilots = [row["name"] for row in found["items"] if row["standing"] == "pilot"]
    pilot = ", ".join(json.dumps(name, ensure_ascii=False) for name in pilots)
    return f"""# {found["exam"]}, run {found["run"]}: the analysis once more, in R.
# examgen found: log-likelihood {likelihood} with {model["n_parameters"]} parameters.
# scores.csv has 1 right, 0 wrong, blank not administered or not reached; {len(items)} items.
library(mirt)
D <- read.csv("scores.csv", check.names = FALSE, colClasses = c(id = "character"))
A <- as.matrix(D[, -(1:2), drop = FALSE])
# An item that all had right, or all wrong, or nobody reached, is not estimated.
X <- A[, apply(A, 2, function(x) length(unique(na.omit(x))) > 1), drop = FALSE]
X <- X[rowSums(!is.na(X)) > 0, , drop = FALSE]
k <- ncol(X)
{fit}
print(logLik(m))
print(coef(m, IRTpars = TRUE, simplify = TRUE)$items)
if (!anyNA(X)) print(itemfit(m, fit_stats = "S_X2"))
print(itemfit(m, fit_stats = "infit", method = "ML"))

# Classical, form by form; a blank of the form counts as wrong, and pilot items are not part of the total.
library(psych)
pilot <- c({pilot})
for (form in unique(D$form)) {{
  Y <- A[D$form == form, !colnames(A) %in% pilot, drop = FALSE]
  Y <- Y[, colSums(!is.na(Y)) > 0, drop = FALSE]
  Y[is.na(Y)] <- 0
  cat("form", form, "\\n")
  a <- alpha(as.data.frame(Y), check.keys = FALSE, warnings = FALSE)
  print(a$total)
  print(a$item.stats[, c("n", "raw.r", "r.drop", "mean", "sd")])
}}
"""
