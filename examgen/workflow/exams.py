"""Commands on exams: built from a blueprint, printed, verified."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from examgen import assembly, bank, exam
from examgen.models import BankUnit, Blueprint, Exam
from examgen.problems import Problem, Refused
from examgen.workflow.banks import load_bank
from examgen.workflow.blueprints import read_blueprint
from examgen.workflow.edition_blueprints import edition_hashes
from examgen.workflow.files import Progress, quiet


class Built(NamedTuple):
    """An exam and the folder it was written to."""

    folder: Path
    exam: Exam


def build(
    blueprint_path: Path,
    workspace: Path,
    out: Path | None = None,
    seed: int | None = None,
    replace: bool = False,
) -> Built:
    """Assembles the forms that a blueprint asks for and writes the exam package."""
    blueprint, document = read_blueprint(blueprint_path)
    if seed is not None:
        blueprint = blueprint.model_copy(update={"seed": seed})
    shelves, warnings = _shelves(workspace, blueprint)
    built = _with_void_approvals(assembly.assemble(shelves, blueprint, document), warnings)
    bank_folder = workspace / "item_bank"
    folder = out if out is not None else workspace / "output" / blueprint.exam
    media, editions = _media(bank_folder, built), edition_hashes(bank_folder, blueprint.units)
    files = exam.exam_files(built, assembly.bank_sha256(shelves), media, editions)
    exam.write_package(folder, files, replace)
    return Built(folder, built)


def _shelves(workspace: Path, blueprint: Blueprint) -> tuple[list[BankUnit], list[Problem]]:
    shelves, problems = load_bank(workspace / "item_bank", blueprint.units)
    if len(shelves) < len(blueprint.units):
        raise Refused(
            "the item bank has faults: mend them first", [p for p in problems if p.severity == "error"]
        )
    if clashes := bank.across_units(shelves):
        raise Refused("these units cannot be in one exam", clashes)
    return shelves, problems


def _with_void_approvals(built: Exam, warnings: list[Problem]) -> Exam:
    """The exam with the printed items named whose approval does not stand: it is a sample then."""
    void = {problem.item for problem in warnings if problem.code == "approval-void"}
    used = sorted({p.item.id for form in built.forms for p in form.items if p.item.id in void})
    return built.model_copy(update={"void_approvals": tuple(used)})


def _media(bank_folder: Path, built: Exam) -> dict[tuple[str, str], bytes]:
    """The files of each unit's media folder that a printed text names."""
    printed = [p.item for form in built.forms for p in form.items]
    texts = [text for item in printed for text in (item.stem, *item.options.values())]
    texts += [stimulus.text for stimulus in built.stimuli]
    return {
        (unit, name): data
        for unit in built.blueprint.units
        for name, data in bank.media(bank_folder / unit, texts).items()
    }


def render(folder: Path, workspace: Path, progress: Progress = quiet) -> list[Path]:
    """Prints booklets, answer sheet and key sheets of a package; returns the files written."""
    from examgen import papers
    from examgen.resources import template_folders

    package = exam.read_package(folder)
    problems = papers.check_glyphs(package.exam)
    if problems:
        raise Refused("nothing was printed: the fonts lack characters", problems)
    templates = template_folders(workspace)
    media = sorted((folder / exam.MEDIA).glob("*"))
    files = {
        exam.TEMPLATE_CSV: papers.answers_template(package.exam).encode("utf-8-sig"),
    }
    progress("answer sheet")
    files[exam.ANSWER_SHEET] = papers.answer_sheet(package.exam, templates)
    for form in package.exam.forms:
        progress(f"booklet {form.name}")
        files[exam.booklet_path(form.name)] = papers.booklet(package.exam, form, templates, media)
        progress(f"key sheet {form.name}")
        files[exam.key_sheet_path(form.name)] = papers.key_sheet(package.exam, form, templates)
    exam.add_files(package, files)
    return [folder / path for path in sorted(files)]


def verify(folder: Path) -> tuple[Exam, list[Problem]]:
    """Every fault of a package: files changed, tables that disagree, a blueprint not met."""
    package = exam.read_package(folder)
    return package.exam, [*exam.check_package(package), *assembly.recount(package.exam)]
