"""The exam package on disk: the only code that knows its file names.

    exam.yaml                 blueprint, bank hash, seed, versions, SHA-256 of every file below
    papers/                   may leave the building: booklets, answer sheet, forms.csv
    secure/                   under lock (mode 0700): key.csv, key sheets, items.yaml (snapshot)
    results/                  written by scoring, replaced whole

Everything is written to a temporary name and then renamed; nothing is ever half there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import polars as pl

from examgen import __version__
from examgen.models import Blueprint, Evidence, Exam, Form, Item, PrintedItem, Stimulus, Unit
from examgen.problems import Problem, Refused, WrongUsage
from examgen.storage import SECRET_FOLDER, csv_bytes, json_bytes, new_folder, sha256, write_files, yaml_bytes
from examgen.tables import FORMS, KEY, Scores
from examgen.yamlfile import load

MANIFEST = "exam.yaml"
PAPERS = "papers"
SECURE = SECRET_FOLDER
RESULTS = "results"
FORMS_CSV = f"{PAPERS}/forms.csv"
TEMPLATE_CSV = f"{PAPERS}/answers-template.csv"
ANSWER_SHEET = f"{PAPERS}/answer-sheet.pdf"
KEY_CSV = f"{SECURE}/key.csv"
SNAPSHOT = f"{SECURE}/items.yaml"
MEDIA = f"{SECURE}/media"
BUILD_REPORT = f"{SECURE}/build-report.html"

Files = dict[str, bytes]


def booklet_path(form: str) -> str:
    """Where a form's booklet stands in the package."""
    return f"{PAPERS}/booklet-{form}.pdf"


def key_sheet_path(form: str) -> str:
    """Where a form's key sheet stands in the package."""
    return f"{SECURE}/key-{form}.pdf"


class Package(NamedTuple):
    """An exam package as read: the exam, its manifest, its folder."""

    folder: Path
    exam: Exam
    manifest: dict[str, Any]


def editions(package: Package) -> dict[str, str]:
    """The edition of each unit that a package was built on; empty where it does not say."""
    named = package.manifest.get("bank")
    found = named.get("editions") if isinstance(named, dict) else None
    return dict(found) if isinstance(found, dict) else {}


# ── tables ───────────────────────────────────────────────────────────────────────────────────


def forms_table(exam: Exam) -> pl.DataFrame:
    """What each form prints, without the key."""
    rows = [(*_question(form, p), " ".join(p.order)) for form in exam.forms for p in form.items]
    return pl.DataFrame(rows, schema=FORMS, orient="row")


def key_table(exam: Exam) -> pl.DataFrame:
    """The printed letter of the right answer of every question."""
    rows = [(*_question(form, p), p.key_letters, p.points) for form in exam.forms for p in form.items]
    return pl.DataFrame(rows, schema=KEY, orient="row")


def _question(form: Form, p: PrintedItem) -> tuple[str | int, ...]:
    return form.name, p.question, p.item.id, p.unit, p.element, p.item.pc


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def exam_files(
    exam: Exam,
    bank_sha256: str,
    media: Mapping[tuple[str, str], bytes],
    editions: Mapping[str, str] | None = None,
    report: bytes | None = None,
) -> Files:
    """Every file of a package as `build` leaves it: path in the package → bytes.

    `media` holds the images that its items show, by unit and name; `editions` the SHA-256 of the
    `unit.yaml` that each unit's items were written for; `report` is the page on the build.
    """
    files = {
        FORMS_CSV: csv_bytes(forms_table(exam)),
        KEY_CSV: csv_bytes(key_table(exam)),
        SNAPSHOT: yaml_bytes(_snapshot(exam)),
        **{f"{MEDIA}/{unit}/{name}": data for (unit, name), data in sorted(media.items())},
        **({BUILD_REPORT: report} if report is not None else {}),
    }
    return {MANIFEST: yaml_bytes(_manifest(exam, bank_sha256, editions or {}, files)), **files}


def _manifest(exam: Exam, bank_sha256: str, editions: Mapping[str, str], files: Files) -> dict[str, Any]:
    return {
        "exam": exam.blueprint.exam,
        "title": exam.blueprint.title.model_dump(),
        "forms": [form.name for form in exam.forms],
        "items": exam.blueprint.items,
        "draft": exam.has_drafts,
        "notices": list(exam.notices),
        "void_approvals": list(exam.void_approvals),
        "seed": exam.blueprint.seed,
        "bank": {
            "units": list(exam.blueprint.units),
            "sha256": bank_sha256,
            "editions": dict(sorted(editions.items())),
        },
        "versions": {"examgen": __version__},
        "blueprint": exam.blueprint.model_dump(mode="json", by_alias=True),
        "files": _hashes(files),
    }


def _snapshot(exam: Exam) -> dict[str, Any]:
    items = {p.item.id: p.item for form in exam.forms for p in form.items}
    evidence = {name: known.model_dump(mode="json") for name, known in sorted(exam.evidence.items())}
    return {
        **({"evidence": evidence} if evidence else {}),
        **({"anchor": list(exam.anchor)} if exam.anchor else {}),
        "units": [unit.model_dump(mode="json") for unit in exam.units],
        "stimuli": [stimulus.model_dump(mode="json") for stimulus in exam.stimuli],
        "items": [items[name].model_dump(mode="json") for name in sorted(items)],
        "forms": [
            {
                "name": form.name,
                "items": [
                    {**p.model_dump(mode="json", exclude={"item"}), "item": p.item.id} for p in form.items
                ],
            }
            for form in exam.forms
        ],
    }


def _hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: sha256(files[path]) for path in sorted(files) if path != MANIFEST}


def write_package(folder: Path, files: Files, replace: bool = False) -> None:
    """A new package. The same one is left as it is, papers, results and all; another one is lost
    only where it was neither printed nor scored, or where `replace` says so."""
    if folder.is_dir() and any(folder.iterdir()) and _is_same(folder, files, replace):
        return
    with new_folder(folder) as staged:
        _write_below(staged, files)
        (staged / PAPERS).mkdir(exist_ok=True)
        (staged / SECURE).mkdir(exist_ok=True)
        (staged / SECURE).chmod(0o700)


def _is_same(folder: Path, files: Files, replace: bool) -> bool:
    if not (folder / MANIFEST).is_file():
        raise WrongUsage(f"{folder} holds files but no exam package: name another folder with --out")
    same = all(_same_file(folder / path, data) for path, data in files.items() if path != MANIFEST)
    if same and _identity((folder / MANIFEST).read_bytes()) == _identity(files[MANIFEST]):
        return True
    in_use = (folder / RESULTS).exists() or any((folder / PAPERS).glob("booklet-*.pdf"))
    if in_use and not replace:
        raise Refused(
            f"{folder} holds another exam that has been printed or scored: name another folder with "
            f"--out, or give --replace to lose its papers and results"
        )
    return False


def _identity(manifest: bytes) -> object:
    """What a manifest says of the exam itself, not of the files made from it."""
    try:
        data = load(manifest)
    except ValueError:
        return None
    return (
        {name: value for name, value in data.items() if name != "files"} if isinstance(data, dict) else None
    )


def _same_file(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


def add_files(package: Package, files: Files) -> None:
    """Adds rendered files to a package and their hashes to its manifest, which is written last."""
    if _read_manifest(package.folder) != package.manifest:
        raise Refused(f"{package.folder} was built anew while it was being printed: print it again")
    hashes = {**package.manifest["files"], **_hashes(files)}
    manifest = {**package.manifest, "files": dict(sorted(hashes.items()))}
    _write_below(package.folder, {**files, MANIFEST: yaml_bytes(manifest)})


def result_files(scores: Scores, quarantine: pl.DataFrame, audit: dict[str, Any]) -> Files:
    """The files of one scored run, by their names in `results/`."""
    return {
        "candidates.csv": csv_bytes(scores.candidates),
        "pc_results.csv": csv_bytes(scores.pc_results),
        "pc_coverage.csv": csv_bytes(scores.pc_coverage),
        "quarantine.csv": csv_bytes(quarantine),
        "audit.json": json_bytes(audit),
    }


def write_results(folder: Path, files: Files) -> None:
    """Replaces a results folder whole, where it holds nothing but results."""
    foreign = (
        sorted(path.name for path in folder.iterdir() if path.name not in files) if folder.is_dir() else []
    )
    if foreign:
        raise WrongUsage(
            f"{folder} holds {', '.join(foreign)}, which would be lost: move it, or name "
            f"another folder with --out"
        )
    with new_folder(folder) as staged:
        _write_below(staged, files)


def _write_below(folder: Path, files: Files) -> None:
    for name in files:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise Refused(f"{name} lies outside the folder that it is written to")
    write_files({folder / name: data for name, data in files.items()})


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read_package(folder: Path) -> Package:
    """The package in `folder`; `Refused` where it is none or was changed since it was written.

    Printed sheets may have been moved elsewhere: only `check_package` looks at them.
    """
    manifest = _read_manifest(folder)
    problems = [
        problem for problem in _changed_files(folder, manifest) if not problem.source.endswith(".pdf")
    ]
    if problems:
        raise Refused(f"{folder} has been changed since it was built", problems)
    try:
        blueprint = Blueprint.model_validate(manifest["blueprint"])
        snapshot = load((folder / SNAPSHOT).read_bytes())
        return Package(folder, _exam(blueprint, snapshot, manifest), manifest)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"{folder / MANIFEST} is not what examgen {__version__} writes ({type(error).__name__})"
        raise Refused(f"{message}: build the exam anew") from error


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not folder.is_dir():
        raise WrongUsage(f"{folder} is no folder: name the folder that `examgen build` wrote")
    if not path.is_file():
        raise WrongUsage(f"{folder} holds no {MANIFEST}: name the folder that `examgen build` wrote")
    try:
        manifest = load(path.read_bytes())
    except ValueError as error:
        raise Refused(f"{path} is damaged: build the exam anew") from error
    if not isinstance(manifest, dict) or not _lists_files(manifest.get("files")):
        raise Refused(f"{path} does not list the files of an exam: it is not the manifest of a package")
    return manifest


def _lists_files(files: object) -> bool:
    return (
        isinstance(files, dict)
        and all(isinstance(part, str) for pair in files.items() for part in pair)
        and {FORMS_CSV, KEY_CSV, SNAPSHOT} <= set(files)
    )


def _exam(blueprint: Blueprint, snapshot: dict[str, Any], manifest: dict[str, Any]) -> Exam:
    items = {data["id"]: Item.model_validate(data) for data in snapshot["items"]}
    forms = tuple(
        Form(
            name=form["name"],
            items=tuple(PrintedItem.model_validate({**p, "item": items[p["item"]]}) for p in form["items"]),
        )
        for form in snapshot["forms"]
    )
    return Exam(
        blueprint=blueprint,
        units=tuple(Unit.model_validate(unit) for unit in snapshot["units"]),
        forms=forms,
        stimuli=tuple(Stimulus.model_validate(stimulus) for stimulus in snapshot["stimuli"]),
        evidence={
            name: Evidence.model_validate(known) for name, known in snapshot.get("evidence", {}).items()
        },
        anchor=tuple(snapshot.get("anchor", ())),
        notices=tuple(manifest["notices"]),
        void_approvals=tuple(manifest["void_approvals"]),
    )


def _changed_files(folder: Path, manifest: dict[str, Any]) -> Iterable[Problem]:
    for path, expected in manifest["files"].items():
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            yield Problem(MANIFEST, "path-outside", f"names {path}, which is outside the package")
        elif not (folder / path).is_file():
            yield Problem(path, "file-missing", "is missing")
        elif sha256((folder / path).read_bytes()) != expected:
            yield Problem(path, "file-changed", "is not the file that was written: its SHA-256 differs")


def check_package(package: Package) -> list[Problem]:
    """Faults of a package: files changed, missing or foreign; tables that disagree with the snapshot."""
    folder, exam, manifest = package
    problems = list(_changed_files(folder, manifest))
    for part in (PAPERS, SECURE):
        for path in sorted((folder / part).rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and name not in manifest["files"]:
                problems.append(Problem(name, "file-foreign", "was not written by examgen: remove it"))
    for name, table in ((FORMS_CSV, forms_table(exam)), (KEY_CSV, key_table(exam))):
        if not _same_file(folder / name, csv_bytes(table)):
            problems.append(Problem(name, "table-differs", "does not say what secure/items.yaml says"))
    mode = (folder / SECURE).stat().st_mode & 0o777
    if os.name == "posix" and mode & 0o077:
        problems.append(Problem(SECURE, "secure-open", f"is open to others (mode {mode:o}): chmod 700 it"))
    return problems
