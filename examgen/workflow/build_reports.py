"""The report of a build: the figures of an exam, as a page and as lines for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from examgen.assembly.figuring.figures import figures
from examgen.models import Exam
from examgen.models.figures import BuildFigures
from examgen.workflow.self_contained import self_contained


def build_figures(exam: Exam) -> BuildFigures:
    """What the forms of an exam show, counted anew."""
    return figures(exam)


def build_report(found: BuildFigures, exam: Exam, solved: Mapping[str, object], workspace: Path) -> bytes:
    """The report as one HTML file that needs no other; `solved` as in `reports.build.build_report`."""
    from examgen.papers.templating import fill
    from examgen.papers.thai import line_setter
    from examgen.reports.build import build_report as context
    from examgen.resources import fonts, template_folders

    templates = template_folders(workspace)
    html = fill("build-report.html", context(found, exam, solved), templates, line_setter(templates))
    return self_contained(html, (*templates, fonts())).encode()


def report_lines(found: BuildFigures) -> list[str]:
    """The same as lines for the terminal."""
    from examgen.reports.build_lines import lines

    return lines(found)
