"""One function per command: read files, call the stages, write files.

Nothing here measures anything; a line that decides about measurement belongs in a stage.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen import __version__, assembly, bank, capture, exam, scoring, standards
from examgen.analysis import simulation
from examgen.models import BankUnit, Blueprint, Exam, Form, Status, Unit
from examgen.problems import Problem, Refused, WrongUsage
from examgen.tables import Responses, Scores
from examgen.yamlfile import parse, suggestion, validate

Progress = Callable[[str], None]

SOURCE_FILE = "source.txt"
_FOLDER_NAME = re.compile(r"^[A-Za-z0-9-][A-Za-z0-9._-]{0,99}$")


def quiet(message: str) -> None:
    """Progress that nobody wants to see."""


def _bytes(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Name and content of every file; every one that cannot be read is named."""
    problems: list[Problem] = []
    contents: list[tuple[str, bytes]] = []
    for path in paths:
        try:
            contents.append((str(path), path.read_bytes()))
        except OSError as error:
            problems.append(Problem(str(path), "file-unreadable", f"cannot be read: {error.strerror}"))
    if problems:
        raise WrongUsage("not every file can be read", problems)
    return contents


# ── units ────────────────────────────────────────────────────────────────────────────────────


class UnitImport(NamedTuple):
    """A document, what was read of it, and the folder it went to (None: nothing written)."""

    document: str
    unit: Unit
    folder: Path | None


def import_units(paths: Sequence[Path], into: Path, dry_run: bool = False) -> list[UnitImport]:
    """Reads every document; writes `unit.yaml` and the document only where all of them are units."""
    contents = _bytes(paths)
    readings = [(name, data, standards.read_unit(data, Path(name).name).unit) for name, data in contents]
    if dry_run or any(unit.error for _, _, unit in readings):
        return [UnitImport(name, unit, None) for name, _, unit in readings]
    folders = [_unit_folder(into, unit, name) for name, _, unit in readings]
    problems = _import_conflicts([(name, unit) for name, _, unit in readings], folders)
    if problems:
        raise Refused("nothing was imported", problems)
    for folder, (_, data, unit) in zip(folders, readings, strict=True):
        exam.write_file(folder / SOURCE_FILE, data)
        exam.write_file(folder / "unit.yaml", bank.unit_yaml(unit).encode())
    return [UnitImport(name, unit, folder) for folder, (name, _, unit) in zip(folders, readings, strict=True)]


def _unit_folder(into: Path, unit: Unit, document: str) -> Path:
    if unit.code is None or not _FOLDER_NAME.match(unit.code):
        message = f"its code {unit.code} cannot name a folder"
        raise Refused("nothing was imported", [Problem(document, "unit-code", message)])
    return into / unit.code


def _import_conflicts(units: Sequence[tuple[str, Unit]], folders: Sequence[Path]) -> list[Problem]:
    """One code on two documents, and a new edition that would leave items without their criterion."""
    problems = []
    for n, ((document, unit), folder) in enumerate(zip(units, folders, strict=True)):
        if folder in folders[:n]:
            message = f"has the code {unit.code} as {units[folders.index(folder)][0]} has: import one of them"
            problems.append(Problem(document, "unit-twice", message))
        elif (folder / bank.ITEM_FOLDER).is_dir():
            problems += _orphans(document, unit, folder)
    return problems


def _orphans(document: str, unit: Unit, folder: Path) -> list[Problem]:
    shelf, _ = bank.load_unit(folder)
    known = {criterion.code for criterion in unit.criteria}
    lost = sorted({pc for item in (shelf.items if shelf else ()) for pc in item.pcs} - known)
    if not lost:
        return []
    message = (
        f"does not have {', '.join(lost)}, for which {folder.name} holds items: move or retire them first"
    )
    return [Problem(document, "items-without-criterion", message)]


def load_bank(folder: Path, codes: Sequence[str]) -> tuple[list[BankUnit], list[Problem]]:
    """The named units, or all; units with errors are left out, their problems are not."""
    known = bank.unit_codes(folder)
    unknown = [code for code in codes if code not in known and not (folder / code).is_dir()]
    if unknown:
        problems = [
            Problem(str(folder), "unit-unknown", f"{code} is not in the bank{suggestion(code, known)}")
            for code in unknown
        ]
        raise Refused("no such unit in the bank", problems)
    loaded = [bank.load_unit(folder / code) for code in (codes or known)]
    return [unit for unit, _ in loaded if unit], [problem for _, faults in loaded for problem in faults]


def show_unit(folder: Path, code: str) -> Unit:
    """A unit of the bank, as it was read."""
    shelves, problems = load_bank(folder, [code])
    if not shelves:
        raise Refused(f"{code} cannot be read", problems)
    return shelves[0].unit


def check_bank(folder: Path, codes: Sequence[str]) -> tuple[list[BankUnit], list[Problem]]:
    """Every fault of the named units, or of all."""
    if not bank.unit_codes(folder):
        raise WrongUsage(f"{folder} holds no unit: import one with `examgen unit import FILE`")
    return load_bank(folder, codes)


class UnitCoverage(NamedTuple):
    """What the bank holds for a unit: one row for each criterion and level."""

    unit: Unit
    items: int
    rows: list[bank.Coverage]


def bank_coverage(folder: Path, code: str, level: int | None, statuses: Collection[Status]) -> UnitCoverage:
    """Usable items of a unit by criterion and level."""
    shelves, problems = load_bank(folder, [code])
    if not shelves:
        raise Refused(f"{code} has faults: mend them first", problems)
    unit = shelves[0].unit
    if level is not None and level not in unit.levels:
        stated = ", ".join(map(str, unit.levels)) or "none"
        raise Refused(f"{code} does not state level {level}; it states {stated}")
    levels: list[int | None] = [level] if level is not None else [*unit.levels] or [None]
    return UnitCoverage(unit, len(shelves[0].items), bank.coverage(shelves[0], levels, statuses))


# ── exams ────────────────────────────────────────────────────────────────────────────────────


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
    [(source, data)] = _bytes([blueprint_path])
    try:
        document, problems = parse(data.decode("utf-8-sig"), source)
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text (byte {error.start}): a blueprint is a YAML file"
        raise Refused("the blueprint cannot be read", [Problem(source, "encoding", message)]) from error
    if problems:
        raise Refused("the blueprint cannot be read", problems)
    blueprint, problems = validate(document, [], document.data, Blueprint)
    if blueprint is None:
        raise Refused("the blueprint is not right", problems)
    if seed is not None:
        blueprint = blueprint.model_copy(update={"seed": seed})
    shelves = _shelves(workspace, blueprint)
    built = assembly.assemble(shelves, blueprint, document)
    folder = out if out is not None else workspace / "output" / blueprint.exam
    files = exam.exam_files(built, assembly.bank_sha256(shelves), _media(workspace / "item_bank", built))
    exam.write_package(folder, files, replace)
    return Built(folder, built)


def _shelves(workspace: Path, blueprint: Blueprint) -> list[BankUnit]:
    shelves, problems = load_bank(workspace / "item_bank", blueprint.units)
    if len(shelves) < len(blueprint.units):
        raise Refused(
            "the item bank has faults: mend them first", [p for p in problems if p.severity == "error"]
        )
    return shelves


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


# ── answers ──────────────────────────────────────────────────────────────────────────────────


def simulate(folder: Path, n_candidates: int, seed: int, out: Path, dirty: int = 0) -> None:
    """Answers of candidates of known ability, marked as synthetic."""
    forms = exam.read_package(folder).exam.forms
    drawn = simulation.simulate_forms([_simulated(form) for form in forms], n_candidates, seed)
    text = capture.synthetic_csv([forms[n].name for n in drawn.form], drawn.marks)
    if dirty:
        text = capture.dirty(text, dirty, seed)
    exam.write_file(out, text.encode("utf-8-sig"))


def _simulated(form: Form) -> simulation.SimulatedForm:
    unknown = (math.nan,) * len(form.items)
    return simulation.SimulatedForm(
        item_ids=tuple(p.item.id for p in form.items),
        keys=tuple(p.key_mask for p in form.items),
        n_options=tuple(len(p.order) for p in form.items),
        a=unknown,
        b=unknown,
    )


class Scored(NamedTuple):
    """A scored run: what was read, the tables, the audit and where they were written."""

    folder: Path
    exam: Exam
    responses: Responses
    scores: Scores
    audit: dict[str, Any]


def score(
    folder: Path,
    answers: Sequence[Path],
    out: Path | None = None,
    strict: bool = False,
    progress: Progress = quiet,
) -> Scored:
    """Scores answer files into the results of a package; `strict` refuses where a row is set aside."""
    package = exam.read_package(folder)
    progress(f"reading {len(answers)} answer file(s)")
    responses = capture.read_answers(_bytes(answers), _layout(package.exam))
    if strict and responses.quarantine.height:
        raise Refused(f"{responses.quarantine.height} rows cannot be scored", _set_aside(responses))
    progress(f"scoring {responses.rows.height:,} candidates")
    blueprint = package.exam.blueprint
    key = exam.key_table(package.exam)
    scores = scoring.score(responses, key, _criteria(package.exam), blueprint.judgement, blueprint.pass_rule)
    audit = _audit(package, responses, scores)
    target = out if out is not None else folder / exam.RESULTS
    progress(f"writing {target}")
    exam.write_results(target, exam.result_files(scores, responses.quarantine, audit))
    return Scored(target, package.exam, responses, scores, audit)


def _set_aside(responses: Responses) -> list[Problem]:
    return [
        Problem(f"{row['file']}:{row['line']}", str(row["reason"]), "set aside", item=row["candidate_id"])
        for row in responses.quarantine.iter_rows(named=True)
    ]


def _criteria(sat: Exam) -> list[tuple[str, str, str]]:
    """Unit, element and code of every criterion, in the order of the standards."""
    return [
        (str(unit.code), element.code, criterion.code)
        for unit in sat.units
        for element in unit.elements
        for criterion in element.criteria
    ]


def _layout(sat: Exam) -> capture.AnswerLayout:
    return capture.AnswerLayout({f.name: tuple(len(p.order) for p in f.items) for f in sat.forms})


def _audit(package: exam.Package, responses: Responses, scores: Scores) -> dict[str, Any]:
    reasons = responses.quarantine["reason"].to_list()
    decisions = scores.candidates["decision"].to_list()
    blueprint = package.exam.blueprint
    return {
        "exam": blueprint.exam,
        "examgen": __version__,
        "key": {"version": 1, "sha256": package.manifest["files"][exam.KEY_CSV]},
        "manifest": exam.sha256((package.folder / exam.MANIFEST).read_bytes()),
        "options": {
            "pass": blueprint.pass_rule.model_dump(mode="json") if blueprint.pass_rule else None,
            "judgement": blueprint.judgement.model_dump(mode="json"),
        },
        "inputs": [
            {"file": file.name, "sha256": file.sha256, "structure": file.structure, "rows": file.rows}
            for file in responses.files
        ],
        "rows": {
            "read": responses.rows_read,
            "scored": responses.rows.height,
            "identical_repeats": responses.identical_repeats,
            "quarantined": responses.quarantine.height,
        },
        "quarantine": {reason: reasons.count(reason) for reason in sorted(set(reasons))},
        "decisions": {name: decisions.count(name) for name in ("pass", "fail")},
    }


def init(folder: Path, empty: bool = False) -> Path:
    """A new workspace: the starter bank (or an empty one), and a folder for output."""
    import shutil

    from examgen.resources import builtin

    if folder.exists() and any(folder.iterdir()):
        raise WrongUsage(f"{folder} is not empty: name a new folder")
    (folder / "output").mkdir(parents=True)
    if empty:
        (folder / "item_bank").mkdir()
    else:
        shutil.copytree(builtin("item_bank"), folder / "item_bank")
    return folder


def find_workspace(start: Path) -> Path:
    """The nearest folder, from `start` upwards, that holds an item bank; `start` where none does."""
    return next((place for place in (start, *start.parents) if (place / "item_bank").is_dir()), start)
