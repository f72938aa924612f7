"""The folder of an exam package → the package in memory, and the faults of a package."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from examgen import __version__
from examgen.core.changes import left_below
from examgen.core.csv_files import csv_bytes
from examgen.core.exam.manifest import changed_files, check_files, read_manifest, without_sheets
from examgen.core.exam.names import (
    CANDIDATES_CSV,
    FORMS_CSV,
    KEY_CSV,
    MANIFEST,
    PAPERS,
    RESULTS,
    SECURE,
    SNAPSHOT,
)
from examgen.core.exam.snapshot import read_snapshot
from examgen.core.exam.tables import forms_table, key_table, read_candidates
from examgen.core.files import read_input
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.decisions import FormCut
from examgen.core.models.form import Exam
from examgen.core.models.instrument import Instrument
from examgen.core.models.item import Evidence, Stimulus
from examgen.core.models.papers import PapersRule
from examgen.core.models.standard import Unit
from examgen.core.problems import Problem, Refused
from examgen.core.words import messages_in, tell


class Package(NamedTuple):
    """An exam package in memory: its folder, its exam and its manifest."""

    folder: Path
    exam: Exam
    manifest: dict[str, Any]


class Printing(NamedTuple):
    """The last printing: the rule of its papers, and whether each booklet has its own order."""

    papers: PapersRule
    personal: bool
    dealt: bool
    """Whether booklets were assigned to the candidates of a list."""


def last_printing(package: Package) -> Printing | None:
    """The last printing of a package; None if it was not printed, or by a version that did not record it.

    Raises Refused if the manifest does not say how the papers were printed.
    """
    said = package.manifest.get("printing")
    if not isinstance(said, dict):
        return None
    try:
        rule = PapersRule.model_validate(said["papers"])
        return Printing(rule, bool(said["personal"]), CANDIDATES_CSV in package.manifest["files"])
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(
            tell(
                "{manifest} does not state how the papers were printed. Print them again.", manifest=MANIFEST
            )
        ) from error


def assigned_booklets(package: Package) -> pl.DataFrame:
    """The table of candidates and their booklets: candidates.csv of the last printing."""
    return read_candidates(package.folder / CANDIDATES_CSV)


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read_package(folder: Path) -> Package:
    """The package in `folder`; raises Refused if it is not a package or has changed since it was written.

    Printed sheets may have been moved elsewhere: only `check_package` looks at them.
    """
    manifest = read_manifest(folder)
    return Package(folder, _checked_exam(folder, manifest, without_sheets(manifest["files"])), manifest)


def read_written(folder: Path) -> Package:
    """The package of a written test in `folder`; raises as `read_package` does, and Refused where assessors
    rate the exam: its tasks have no key, and ratings are not responses to items."""
    package = read_package(folder)
    if package.exam.blueprint.is_rated:
        message = tell(
            "this command needs the key and the responses of a written test, but assessors "
            "rate this exam. examgen analyse assessors {folder} shows how reliable the "
            "ratings are.",
            folder=folder,
        )
        refused = tell("the exam in {folder} is not a written test", folder=folder)
        raise Refused(refused, [Problem(MANIFEST, "is-rated", message, field="method")])
    return package


def read_exam(folder: Path) -> Exam:
    """Only the exam of the package in `folder`; its other files are not checked."""
    manifest = read_manifest(folder)
    own = {name: said for name, said in manifest["files"].items() if name == SNAPSHOT}
    return _checked_exam(folder, manifest, own)


def _checked_exam(folder: Path, manifest: dict[str, Any], files: Mapping[str, str]) -> Exam:
    check_files(folder, files)
    try:
        blueprint = Blueprint.model_validate(manifest["blueprint"])
        snapshot, forms = read_snapshot(read_input(folder / SNAPSHOT))
        return Exam(
            blueprint=blueprint,
            units=tuple(Unit.model_validate(unit) for unit in snapshot["units"]),
            forms=forms,
            stimuli=tuple(Stimulus.model_validate(stimulus) for stimulus in snapshot["stimuli"]),
            evidence={
                name: Evidence.model_validate(known) for name, known in snapshot.get("evidence", {}).items()
            },
            anchor=tuple(snapshot.get("anchor", ())),
            instruments=tuple(Instrument.model_validate(one) for one in snapshot.get("instruments", ())),
            cuts={name: FormCut.model_validate(cut) for name, cut in manifest.get("cuts", {}).items()},
            notices=tuple(messages_in(manifest, "notices")),
            void_approvals=tuple(manifest["void_approvals"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = tell(
            "{folder} was not written by examgen {version} ({name})",
            folder=folder / MANIFEST,
            version=__version__,
            name=type(error).__name__,
        )
        raise Refused(tell("{message}. Build the exam again.", message=message)) from error


def check_listed(folder: Path, files: Mapping[str, str]) -> list[Problem]:
    """Changed, missing and foreign files of a package that has these."""
    problems = list(changed_files(folder, files))
    for part in (PAPERS, SECURE):
        for path in sorted((folder / part).rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and name not in files:
                problems.append(Problem(name, "file-foreign", tell("was not written by examgen. Remove it.")))
    for work in left_below(folder.resolve().parent, folder):
        if work.is_relative_to(folder / RESULTS):
            continue  # the checks of runs tell it
        message = tell(
            "was left by an interrupted command and may contain copies of keys. The next "
            "command that writes there removes it, or remove it yourself."
        )
        problems.append(Problem(str(work), "left-behind", message))
    return problems


def check_package(package: Package) -> list[Problem]:
    """Faults of a package: changed, missing or foreign files; tables that disagree with the snapshot.

    The tables of personal booklets are checked elsewhere.
    """
    folder, _, manifest = package
    problems = check_listed(folder, manifest["files"])
    printed = last_printing(package)
    if printed is None or not printed.personal:
        for name, table in ((FORMS_CSV, forms_table(package.exam)), (KEY_CSV, key_table(package.exam))):
            if not (folder / name).is_file() or read_input(folder / name) != csv_bytes(table):
                message = tell("differs from secure/items.yaml")
                problems.append(Problem(name, "table-differs", message))
    mode = (folder / SECURE).stat().st_mode & 0o777
    if os.name == "posix" and mode & 0o077:
        problems.append(
            Problem(
                SECURE,
                "secure-open",
                tell("can be read by others (mode {mode:o}). Use chmod 700 on it.", mode=mode),
            )
        )
    return problems
