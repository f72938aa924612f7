"""What a scoring needs of a package: who is asked what, by which key, and what it measures.

Read without the models, of which it needs none: a scoring begins at once.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from examgen.exam.leftovers import check_moved
from examgen.exam.manifest import changed_files, manifest_bytes, manifest_of, without_sheets
from examgen.exam.names import CANDIDATES_CSV, FORMS_CSV, KEY_CSV, SNAPSHOT, base_form
from examgen.problems import Refused
from examgen.storage import check_regular, read_input
from examgen.yamlfile import load

Columns = dict[str, list[str]]


class Asked(NamedTuple):
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


def read_asked(folder: Path) -> Asked:
    """The tables of the package in `folder`; raises `Refused` where it was changed since it was written."""
    written = manifest_bytes(folder)
    manifest = manifest_of(folder, written)
    check_moved(folder)
    problems = list(changed_files(folder, without_sheets(manifest["files"])))
    if problems:
        raise Refused(f"{folder} has been changed since it was built", problems)
    dealt = _columns(folder / CANDIDATES_CSV) if CANDIDATES_CSV in manifest["files"] else {}
    criteria = manifest.get("criteria") or _criteria(folder)
    return Asked(
        folder,
        manifest,
        _columns(folder / KEY_CSV),
        _columns(folder / FORMS_CSV),
        tuple((str(unit), str(element), str(code)) for unit, element, code in criteria),
        dealt,
        written,
    )


def cuts_of(manifest: Mapping[str, Any], forms: Iterable[str]) -> dict[str, Decimal]:
    """The cut score in points of those forms that have one of their own; a personal form has that of the
    form it was drawn from."""
    own = {name: Decimal(str(cut["cut"])) for name, cut in (manifest.get("cuts") or {}).items()}
    return {form: own[base_form(form)] for form in forms if base_form(form) in own}


_NEUTRALISED = re.compile(r"'[=+\-@\t\r]")


def _columns(path: Path) -> Columns:
    """The columns of a table that `csv_bytes` wrote."""
    check_regular(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        heads, *rows = csv.reader(file)
    return {
        head: [_plain(cell) for cell in column]
        for head, column in zip(heads, zip(*rows, strict=True) if rows else [()] * len(heads), strict=True)
    }


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _NEUTRALISED.match(cell) else cell


def _criteria(folder: Path) -> Sequence[Sequence[str]]:
    """The criteria of a package whose manifest does not list them."""
    return [
        (unit["code"], element["code"], criterion["code"])
        for unit in load(read_input(folder / SNAPSHOT))["units"]
        for element in unit["elements"]
        for criterion in element["criteria"]
    ]
