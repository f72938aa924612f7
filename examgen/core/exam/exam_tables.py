"""What a scoring needs of a package: who is asked what, by which key, and what it measures.

Read without the models, of which it needs none. The texts of questions and options are read only where an
answer file speaks of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from examgen.core.columns import Column, Columns, Ints, coded
from examgen.core.exam.manifest import check_files, manifest_bytes, manifest_of, without_sheets
from examgen.core.exam.names import CANDIDATES_CSV, FORMS_CSV, KEY_CSV, base_form
from examgen.core.exam.snapshot import read_part
from examgen.core.files import check_regular, sha256
from examgen.core.readings import Readings

_NEUTRALISED = re.compile(r"'[=+\-@\t\r]")


class PrintedQuestion(NamedTuple):
    """A question of a form: its stem, and the texts of its options as they are lettered."""

    stem: str
    options: tuple[str, ...]


class PrintedTexts(NamedTuple):
    """The texts of a package, read from its folder when they are asked for."""

    folder: Path
    manifest_sha256: str
    """Of its manifest: an exam that was built anew in the folder is another."""

    def questions(self, form: str) -> tuple[PrintedQuestion, ...]:
        """The questions of a form, or of a booklet with an order of its own, from the first."""
        return _questions(self, form)

    def forms(self) -> tuple[str, ...]:
        """The names of all that is printed."""
        return tuple(_printed(self).lines)


class _Printed(NamedTuple):
    """The items of a package by their ids, the table of its forms, and where the lines of each form stand in
    it: from, and up to."""

    items: dict[str, dict[str, Any]]
    forms: Columns
    lines: dict[str, list[tuple[int, int]]]


@lru_cache(maxsize=2)
def _printed(texts: PrintedTexts) -> _Printed:
    forms = read_exam_tables(texts.folder).forms
    lines: dict[str, list[tuple[int, int]]] = {}
    at = 0
    for form, own in groupby(forms["form"]):
        n = sum(1 for _ in own)
        lines.setdefault(form, []).append((at, at + n))
        at += n
    return _Printed({one["id"]: one for one in read_part(texts.folder, "items")}, forms, lines)


@lru_cache(maxsize=1024)
def _questions(texts: PrintedTexts, form: str) -> tuple[PrintedQuestion, ...]:
    """Asked for each row whose answers may be words."""
    printed = _printed(texts)
    columns = [printed.forms[name] for name in ("question", "item", "options")]
    found = {}
    for start, end in printed.lines.get(form, ()):
        for number, name, options in zip(*(column[start:end] for column in columns), strict=True):
            item = printed.items[name]
            shown = tuple(str(item["options"][option]) for option in options.split())
            found[int(number)] = PrintedQuestion(str(item["stem"]), shown)
    return tuple(found[n] for n in sorted(found))


class ExamTables(NamedTuple):
    """The forms of a package, as scoring reads them.

    `key` and `forms` are the columns of `key.csv` and `forms.csv`; `criteria` are unit, element and code of
    every criterion, in the order of the standards; `dealt` the columns of `candidates.csv`, empty where the
    papers were printed for no list; `written` is `exam.yaml` as it stood then.
    """

    folder: Path
    manifest: dict[str, Any]
    key: Columns
    forms: Columns
    criteria: tuple[tuple[str, str, str], ...]
    dealt: Columns
    written: bytes = b""

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the exam, its units, elements and criteria: none can be a candidate number."""
        return frozenset(
            (self.manifest["blueprint"]["exam"], *(code for one in self.criteria for code in one))
        )

    @property
    def texts(self) -> PrintedTexts:
        """What its forms print."""
        return PrintedTexts(self.folder.resolve(), sha256(self.written))


def read_exam_tables(folder: Path) -> ExamTables:
    """The tables of the package in `folder`, kept as long as its files stay as they are: nobody may change
    them. Raises `Refused` where it was changed since it was written."""
    written = manifest_bytes(folder)
    manifest = _manifests.of((folder, written), (), lambda: manifest_of(folder, written))
    files = without_sheets(manifest["files"])
    paths = [folder / name for name in files]
    here = folder.resolve()
    found = _packages.of((here, written), paths, lambda: _read(here, manifest, written, files))
    return found._replace(folder=folder)


_manifests = Readings[dict[str, Any]](8)
_packages = Readings[ExamTables](8)


def _read(folder: Path, manifest: dict[str, Any], written: bytes, files: Mapping[str, str]) -> ExamTables:
    check_files(folder, files)
    dealt = _columns(folder / CANDIDATES_CSV) if CANDIDATES_CSV in files else {}
    return ExamTables(
        folder,
        manifest,
        _columns(folder / KEY_CSV),
        _columns(folder / FORMS_CSV),
        tuple((str(unit), str(element), str(code)) for unit, element, code in manifest["criteria"]),
        dealt,
        written,
    )


def places_of(table: Columns, forms: Mapping[str, int]) -> tuple[Ints, Ints]:
    """The number of the form, as `forms` has it, and of the question, from 0, of each line of a table.
    KeyError for a form without a number."""
    form, question = coded(table["form"]), coded(table["question"])
    return (
        form.taken([forms[name] for name in form.values]),
        question.taken([int(number) - 1 for number in question.values]),
    )


def cuts_of(manifest: Mapping[str, Any], forms: Iterable[str]) -> dict[str, Decimal]:
    """The cut score in points of those forms that have one of their own; a personal form has that of the
    form it was drawn from."""
    own = {name: Decimal(str(cut["cut"])) for name, cut in (manifest.get("cuts") or {}).items()}
    return {form: own[base_form(form)] for form in forms if base_form(form) in own}


def _columns(path: Path) -> Columns:
    """The columns of a table that `csv_bytes` wrote."""
    check_regular(path)
    heads = pl.read_csv(path, n_rows=0).columns
    # categories of their own, which go with the table: those that all tables share stay in memory
    kinds = {head: pl.Categorical(pl.Categories.random()) for head in heads}
    table = pl.read_csv(path, schema_overrides=kinds)
    return {head: _column(table.drop_in_place(head)) for head in heads}


def _column(cells: pl.Series) -> Column:
    different = cells.drop_nulls().unique(maintain_order=True)
    texts = [*map(_as_written, different.cast(str).to_list()), ""]
    known = different.to_physical().to_numpy()
    place = np.full(known.max(initial=0) + 2, len(texts) - 1, np.min_scalar_type(len(texts)))
    place[known] = np.arange(len(texts) - 1)
    return Column(texts, place[cells.to_physical().fill_null(len(place) - 1).to_numpy()])


def _as_written(cell: str) -> str:
    return cell[1:] if _NEUTRALISED.match(cell) else cell
