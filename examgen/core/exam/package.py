"""Reads the folder of an exam package into memory, and reports the faults of a package."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen import __version__
from examgen.core.changes import left_below
from examgen.core.coded_columns import as_written, coded, number_of_each, texts_of
from examgen.core.column_names import CENTRE, DEALT
from examgen.core.csv_files import csv_bytes, read_csv
from examgen.core.exam.manifest import (
    changed_files,
    check_files,
    is_rated,
    manifest_bytes,
    manifest_of,
    read_manifest,
    without_sheets,
)
from examgen.core.exam.names import (
    CANDIDATES_CSV,
    FORMS_CSV,
    KEY_CSV,
    MANIFEST,
    PAPERS,
    RESULTS,
    SECURE,
    SNAPSHOT,
    base_form,
)
from examgen.core.exam.tables import forms_table, key_table
from examgen.core.files import check_regular, read_input, sha256
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.decisions import FormCut
from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.models.item import Evidence, Instrument, Item, Stimulus
from examgen.core.models.papers import PapersRule
from examgen.core.models.standard import Unit
from examgen.core.problems import Problem, Refused
from examgen.core.readings import Readings
from examgen.core.words import messages_in, tell
from examgen.core.yamlfile import load

_MOST_FORMS = 1024
"""The number of forms whose texts a package caches at a time."""


class PrintedQuestion(NamedTuple):
    """A question on a form: its stem, and the texts of its options in printed order."""

    stem: str
    options: tuple[str, ...]


class Printing(NamedTuple):
    """The last printing: the rule of its papers, and whether each booklet has its own order."""

    papers: PapersRule
    personal: bool


@dataclass(frozen=True, eq=False)
class Package:
    """An exam package in memory. Its files were unchanged when it was read.

    `key`, `forms` and `candidates` are the tables in `secure/`, with every cell as text. `candidates` has no
    rows if the papers were not printed for a list of candidates. `key` and `forms` have a row for each
    question of each booklet with its own order, which is millions in a national sitting; so their columns are
    an `Enum` of the texts in order of first appearance. `written` is `exam.yaml` as bytes.
    """

    folder: Path
    manifest: dict[str, Any]
    written: bytes
    key: pl.DataFrame
    forms: pl.DataFrame
    candidates: pl.DataFrame
    _questions: dict[str, tuple[PrintedQuestion, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def exam(self) -> Exam:
        """The exam as models. Raises Refused if its snapshot has changed, or was written by another
        version."""
        return _checked_exam(self.folder, self.manifest)

    @property
    def is_rated(self) -> bool:
        """Whether assessors rate the exam."""
        return is_rated(self.manifest)

    @property
    def printing(self) -> Printing | None:
        """The last printing; None if nothing was printed. Raises Refused if the manifest does not state how
        the papers were printed."""
        said = self.manifest.get("printing")
        if not isinstance(said, dict):
            return None
        try:
            return Printing(PapersRule.model_validate(said["papers"]), bool(said["personal"]))
        except (KeyError, TypeError, ValueError) as error:
            raise Refused.because(
                "{manifest} does not state how the papers were printed. Print them again.", manifest=MANIFEST
            ) from error

    @property
    def has_list(self) -> bool:
        """Whether the papers were printed for a list of candidates."""
        return CANDIDATES_CSV in self.manifest["files"]

    @property
    def centres(self) -> list[str]:
        """The centre of each candidate; empty if the list of candidates has no centres."""
        blank = [""] * self.candidates.height
        return [*self.candidates.get_column(CENTRE, default=blank)]

    @property
    def form_names(self) -> tuple[str, ...]:
        """The names of all printed forms, including booklets with their own order."""
        return tuple(texts_of(self.forms["form"]))

    @property
    def most_questions(self) -> int:
        """The number of questions of the longest form."""
        return max(map(int, texts_of(self.forms["question"])))

    @property
    def criteria(self) -> tuple[tuple[str, str, str], ...]:
        """The unit, element and code of every criterion, in the order of the standards."""
        return tuple(
            (str(unit), str(element), str(code)) for unit, element, code in self.manifest["criteria"]
        )

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the exam and of its units, elements and criteria. None of them can be a candidate
        number."""
        return frozenset(
            (self.manifest["blueprint"]["exam"], *(code for one in self.criteria for code in one))
        )

    @property
    def texts(self) -> PrintedTexts:
        """The printed texts in a form that can be passed to another process."""
        return PrintedTexts(self.folder.resolve(), sha256(self.written))

    def questions(self, form: str) -> tuple[PrintedQuestion, ...]:
        """Returns the questions of a form, or of a booklet with its own order, in order; none if no such form
        was printed."""
        if form not in self._questions:
            rows = self._by_form.get((form,), self.forms.clear())
            found = {}
            for question, name, options in rows.select("question", "item", "options").iter_rows():
                item = self._items[name]
                shown = tuple(str(item["options"][option]) for option in options.split())
                found[int(question)] = PrintedQuestion(str(item["stem"]), shown)
            if len(self._questions) >= _MOST_FORMS:
                self._questions.clear()
            self._questions[form] = tuple(found[n] for n in sorted(found))
        return self._questions[form]

    @cached_property
    def _items(self) -> dict[str, dict[str, Any]]:
        """The items by id, as plain data, because scoring does not need the models."""
        return {one["id"]: one for one in read_part(self.folder, "items")}

    @cached_property
    def _by_form(self) -> dict[tuple[object, ...], pl.DataFrame]:
        """The rows of the table of forms, by form."""
        return self.forms.partition_by("form", as_dict=True)


class PrintedTexts(NamedTuple):
    """The printed texts of a package, for passing to other processes. A process reads the package when it
    needs a text.

    `manifest_sha256` distinguishes it from an exam that was built again in the same folder.
    """

    folder: Path
    manifest_sha256: str

    def questions(self, form: str) -> tuple[PrintedQuestion, ...]:
        """Returns the questions of a form, in order."""
        return _package_of(self).questions(form)

    def forms(self) -> tuple[str, ...]:
        """Returns the names of all printed forms and booklets."""
        return _package_of(self).form_names


@lru_cache(maxsize=2)
def _package_of(texts: PrintedTexts) -> Package:
    return read_package(texts.folder)


def question_places(
    table: pl.DataFrame, forms: Sequence[str]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Returns, for each row of a table, the index of its form in `forms` and the index of its question, both
    from 0."""
    questions, question = coded(table["question"])
    numbers = np.array([int(number) - 1 for number in questions], np.int32)
    return number_of_each(table["form"], forms), numbers[question]


def cuts_of(manifest: Mapping[str, Any], forms: Iterable[str]) -> dict[str, Decimal]:
    """Returns the cut score in points of each form that has its own. A personal form has the cut of the form
    it was drawn from."""
    cuts = {name: Decimal(str(cut["cut"])) for name, cut in (manifest.get("cuts") or {}).items()}
    return {form: cuts[base_form(form)] for form in forms if base_form(form) in cuts}


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read_package(folder: Path) -> Package:
    """Returns the package in `folder`. Raises Refused if it is not a package or has changed since it was
    written.

    Printed sheets may have been moved elsewhere, so only `check_package` checks them. The package is cached
    until its files change, and shared, so callers must not modify it.
    """
    written = manifest_bytes(folder)
    manifest = _manifests.of((folder, written), (), lambda: manifest_of(folder, written))
    files = without_sheets(manifest["files"])
    paths = [folder / name for name in files]
    which = folder, folder.resolve(), written
    return _packages.of(which, paths, lambda: _read(folder, manifest, written, files))


_manifests = Readings[dict[str, Any]](8)
_packages = Readings[Package](8)


def _read(folder: Path, manifest: dict[str, Any], written: bytes, files: Mapping[str, str]) -> Package:
    check_files(folder, files)
    candidates = (
        read_csv(folder / CANDIDATES_CSV, {}) if CANDIDATES_CSV in files else pl.DataFrame(schema=DEALT)
    )
    key, forms = (_read_table(folder / name) for name in (KEY_CSV, FORMS_CSV))
    return Package(folder, manifest, written, key, forms, candidates)


def _read_table(path: Path) -> pl.DataFrame:
    """Reads a table that `csv_bytes` wrote; each column is an `Enum` of its texts."""
    check_regular(path)
    heads = pl.read_csv(path, n_rows=0).columns
    # categories of their own, which go with the table: those that all tables share stay in memory
    kinds = {head: pl.Categorical(pl.Categories.random()) for head in heads}
    table = pl.read_csv(path, schema_overrides=kinds)
    columns = (table.drop_in_place(head).fill_null("") for head in heads)
    return pl.DataFrame([as_written(cells.cast(pl.Enum(texts_of(cells)))) for cells in columns])


def read_written(folder: Path) -> Package:
    """Returns the package of a written test in `folder`. Raises as `read_package` does, and Refused if
    assessors rate the exam, because its tasks have no key and ratings are not responses to items."""
    package = read_package(folder)
    if package.is_rated:
        message = tell(
            "this command needs the key and the responses of a written test, but assessors "
            "rate this exam. examgen analyse assessors {folder} shows how reliable the "
            "ratings are.",
            folder=folder,
        )
        raise Refused.because(
            "the exam in {folder} is not a written test",
            [Problem(MANIFEST, "is-rated", message, field="method")],
            folder=folder,
        )
    return package


def read_exam(folder: Path) -> Exam:
    """Returns the exam of the package in `folder`, without checking the other files."""
    return _checked_exam(folder, read_manifest(folder))


def _checked_exam(folder: Path, manifest: dict[str, Any]) -> Exam:
    check_files(folder, {SNAPSHOT: manifest["files"][SNAPSHOT]})
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
        raise Refused.because("{message}. Build the exam again.", message=message) from error


_PART = rb"^%s:.*?(?=^[^\s-]|\Z)"


def read_part(folder: Path, name: str) -> list[dict[str, Any]]:
    """Returns one part of the snapshot of a package, `units` or `items`, without reading the others."""
    written = read_input(folder / SNAPSHOT)
    found = re.search(_PART % name.encode(), written, re.MULTILINE | re.DOTALL)
    part: list[dict[str, Any]] = load(found[0] if found else written)[name]
    return part


def read_snapshot(written: bytes) -> tuple[dict[str, Any], tuple[Form, ...]]:
    """Returns the parts of a snapshot as plain data, and its forms.

    Raises ValueError, KeyError, TypeError or AttributeError if examgen did not write it.
    """
    parts = load(written)
    items = {data["id"]: Item.model_validate(data) for data in parts["items"]}

    def printed(question: dict[str, Any]) -> PrintedItem:
        return PrintedItem.model_validate({**question, "item": items[question["item"]]})

    return parts, tuple(
        Form(name=form["name"], items=tuple(map(printed, form["items"]))) for form in parts["forms"]
    )


def check_listed(folder: Path, files: Mapping[str, str]) -> list[Problem]:
    """Returns the changed, missing and foreign files of a package for which `files` are recorded, and
    leftovers of interrupted commands."""
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
    """Returns the faults of a package: changed, missing or foreign files, tables that disagree with the
    snapshot, and a secure folder that others can read.

    The tables of personal booklets are checked elsewhere.
    """
    folder = package.folder
    problems = check_listed(folder, package.manifest["files"])
    if package.printing is None or not package.printing.personal:
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
