"""Settings of the papers of an exam, in the format of a blueprint's `papers`: read from a file, stored beside
an exam, and previewed as the first pages of its booklets."""

from __future__ import annotations

import tempfile
from pathlib import Path

from examgen.assembly.drafts import with_fields
from examgen.bank.body import logo_of
from examgen.core.exam.names import MEDIA
from examgen.core.exam.package import read_package
from examgen.core.files import Progress, read_input, write_file, write_files
from examgen.core.models.papers import PapersRule
from examgen.core.problems import Refused
from examgen.core.resources import template_folders
from examgen.core.words import tell
from examgen.core.yamlfile import Document, parse, read_document, validate
from examgen.papers.booklet.printing import BookletPrinter, plain_booklet
from examgen.papers.candidate import check_images
from examgen.rendering.glyphs import check_glyphs
from examgen.rendering.pdf.reading.pdfium import pages_beside
from examgen.scoring.sitting_folder import PAPERS_SETTINGS, Sitting, SittingChanged


def read_rule(path: Path) -> PapersRule:
    """Read the rule from a YAML file, with or without `papers:` above it. Raises `Refused` with every
    fault."""
    return _checked(read_document(path, tell("the settings of the papers")))


def rule_of(text: str) -> PapersRule:
    """Read the rule from a text in the format of the stored file. Raises `Refused` with every fault."""
    document, problems = parse(text, PAPERS_SETTINGS)
    if problems:
        raise Refused.because("{what} cannot be read", problems, what=tell("the settings of the papers"))
    return _checked(document)


def _checked(document: Document) -> PapersRule:
    inside = isinstance(document.data, dict) and set(document.data) == {"papers"}
    where = ["papers"] if inside else []
    data_of_rule = document.data["papers"] if inside else document.data
    rule, problems = validate(document, where, {} if data_of_rule is None else data_of_rule, PapersRule)
    if rule is None:
        raise Refused.because("the settings of the papers have errors", problems)
    return rule


def settings_text(sitting: Sitting) -> str:
    """Return the settings stored for an exam or, if there are none, those of its blueprint, which then
    apply."""
    path = sitting.given(PAPERS_SETTINGS)
    if path is not None:
        return read_input(path).decode("utf-8-sig", "replace").replace("\r\n", "\n")
    rule = read_package(sitting.exam).exam.blueprint.papers
    said = rule.model_dump(exclude_defaults=True)
    return (with_fields("", said) or "").strip("\n") + "\n" if said else ""


def keep_settings(sitting: Sitting, text: str, there: str) -> None:
    """Store settings for the next printing in place of the settings `there`.

    Raises `Refused` with every fault in them, and `SittingChanged` if the current settings are not `there`.
    """
    rule_of(text)
    with sitting.changing():
        _check_there(sitting, there)
        write_file(sitting.path(PAPERS_SETTINGS), text.encode())


def _check_there(sitting: Sitting, there: str) -> None:
    if settings_text(sitting) != there:
        raise SittingChanged


def forget_settings(sitting: Sitting, there: str) -> None:
    """Remove the stored settings, so that those of the blueprint apply again. Raises `SittingChanged` if the
    current settings are not `there`."""
    with sitting.changing():
        _check_there(sitting, there)
        if (path := sitting.given(PAPERS_SETTINGS)) is not None:
            write_files({}, within=sitting.place, without=[path])


def first_pages(folder: Path, workspace: Path, rule: PapersRule, progress: Progress) -> bytes:
    """Return a PNG of up to two cover pages of the first form and the page with its first questions, without
    any key. Raises `Refused` if the exam cannot be printed."""
    exam = read_package(folder).exam
    form, blueprint = exam.forms[0], exam.blueprint.model_copy(update={"papers": rule})
    shown = exam.model_copy(update={"blueprint": blueprint, "forms": (form,)})
    media = sorted((folder / MEDIA).glob("*"))
    if problems := [*check_glyphs(shown), *check_images(shown, media)]:
        raise Refused.because("the pages cannot be shown", problems)
    logo = logo_of(workspace, rule.body)
    printer = BookletPrinter(shown, rule, template_folders(workspace), media, progress, logo=logo)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "booklet.pdf"
        printer.write(path, [plain_booklet(form)], title=form.name)
        return pages_beside(read_input(path), form.name, sorted({0, 1, printer.n_cover}))
