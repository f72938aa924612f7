"""Exams that were printed or taken, and the items of the bank that they used, whether their statistics were
written back or not.

Packages are found in `output/` and in the records in `uses/` of the workspace. Printing writes a record; it
stays when the package is moved, replaced or removed.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from examgen.bank.statistics import Statistic
from examgen.core.changes import make_folders
from examgen.core.exam.bindings import exam_sha256
from examgen.core.exam.manifest import read_manifest
from examgen.core.exam.names import (
    CANDIDATES_CSV,
    FORMS_CSV,
    MANIFEST,
    PAPERS,
    RECORD,
    RESULTS,
    SITTING,
    base_form,
)
from examgen.core.exam.releases import all_releases, released_run
from examgen.core.exam.runs import RUNS, is_scored
from examgen.core.files import PRIVATE_FOLDER, json_bytes, read_input, write_file
from examgen.core.models.item import Evidence, Use
from examgen.core.problems import ExamgenError, Problem
from examgen.core.words import tell

USES = "uses"
"""The folder of the records, within the workspace."""
_DIGITS = 16
ASIDE = re.compile(r"(.+)\.earlier-[1-9][0-9]{0,2}")
"""The folder name of an exam that another exam has replaced."""


class UsedPackage(NamedTuple):
    """An exam that people may have seen: the items of each form, and its number of candidates by form, if
    known.
    """

    exam: str
    fingerprint: str
    day: str
    """The date in ISO 8601; empty if it is unknown."""
    folder: str
    forms: Mapping[str, Sequence[str]]
    candidates: Mapping[str, int]
    is_sat: bool = False
    """Whether answers of real candidates were scored; if not, the exam was printed."""

    @property
    def items(self) -> frozenset[str]:
        """The ids of all items on its forms."""
        return frozenset(item for own in self.forms.values() for item in own)

    def n(self, item: str) -> int | None:
        """Return the number of candidates whose form had an item; None if it is unknown."""
        return sum(self.candidates.get(form, 0) for form, own in self.forms.items() if item in own) or None


def packages_of(workspace: Path, exam: str = "") -> tuple[list[UsedPackage], list[Problem]]:
    """Return every exam that was printed or taken, each once, and a warning for each that cannot be read.

    The exam named `exam` is left out while its package exists, because building it again is not another use.
    """
    found: dict[str, UsedPackage] = {}
    problems: list[Problem] = []
    places = [*(workspace / USES).glob("*.json"), *(workspace / "output").glob(f"*/{MANIFEST}")]
    for path in sorted(places, key=lambda path: (path.name == MANIFEST, path)):
        try:
            one = _seen(path.parent) if path.name == MANIFEST else UsedPackage(**json.loads(read_input(path)))
        except (ExamgenError, OSError, ValueError, KeyError, AttributeError, TypeError):
            message = tell("cannot be read, so the items that it used are not counted")
            problems.append(Problem(str(path), "use-unknown", message, severity="warning"))
            continue
        if one is not None:
            found[one.fingerprint] = one
    return [one for one in found.values() if one.exam != exam or not _is_there(one)], problems


def record_use(workspace: Path, folder: Path) -> None:
    """Record the items of a package that was printed or taken.

    Nothing is recorded if the workspace lacks one of its units.
    """
    if not (folder / MANIFEST).is_file():
        return
    one = None
    with suppress(ExamgenError, OSError, ValueError, KeyError, AttributeError):  # damaged: not recorded
        units = read_manifest(folder)["blueprint"]["units"]
        if all((workspace / "item_bank" / unit).is_dir() for unit in units):
            one = _seen(folder)
    if one is None:
        return
    path = workspace / USES / f"{one.exam}-{one.fingerprint[:_DIGITS]}.json"
    data = json_bytes(one._asdict())
    if not path.is_file() or read_input(path) != data:
        make_folders(path.parent, PRIVATE_FOLDER)
        write_file(path, data)


def _is_there(one: UsedPackage) -> bool:
    """Return whether its package is still in its folder, under its own name."""
    folder = Path(one.folder)
    if ASIDE.fullmatch(folder.name) or not (folder / MANIFEST).is_file():
        return False
    with suppress(ExamgenError, OSError, ValueError, KeyError, AttributeError):
        return exam_sha256(read_manifest(folder)) == one.fingerprint
    return False


def _seen(folder: Path) -> UsedPackage | None:
    """Return the use of items by a package; None if it was neither printed nor taken."""
    results = folder / RESULTS
    marks = [folder / MANIFEST, folder / FORMS_CSV, results / RUNS, folder / SITTING / RECORD]
    return _read(folder.resolve(), tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in marks))


@lru_cache(maxsize=256)
def _read(folder: Path, state: tuple[int, ...]) -> UsedPackage | None:
    manifest = read_manifest(folder)
    is_printed = "printing" in manifest or any((folder / PAPERS).glob("booklet-*.pdf"))
    is_sat, sat = _sat(folder / RESULTS)
    if not is_printed and not is_sat:
        return None
    papers = (manifest.get("printing") or {}).get("papers") or manifest["blueprint"].get("papers") or {}
    # The items of each form; personal forms have the items of their base.
    found: dict[str, dict[str, None]] = {}
    with (folder / FORMS_CSV).open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(base_form(row["form"]), {})[row["item"]] = None
    return UsedPackage(
        manifest["blueprint"]["exam"],
        exam_sha256(manifest),
        str(papers.get("date") or "") or _released(folder / RESULTS),
        str(folder),
        {form: list(items) for form, items in found.items()},
        sat or _dealt(folder),
        is_sat,
    )


def _dealt(folder: Path) -> dict[str, int]:
    """Return how many candidates of the list were assigned each form."""
    path = folder / CANDIDATES_CSV
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        return dict(Counter(row["base"] for row in csv.DictReader(file) if row["candidate_id"]))


def _sat(results: Path) -> tuple[bool, dict[str, int]]:
    """Return whether real candidates took the exam, and how many took each form, by the released run.

    Synthetic candidates do not count. If the run cannot be read, the exam may have been taken, so the result
    is True.
    """
    if not is_scored(results):
        return False, {}
    with suppress(ExamgenError, OSError, ValueError, KeyError):
        run = released_run(results)
        if run is not None:
            with (run.folder / "candidates.csv").open(encoding="utf-8-sig", newline="") as file:
                rows = [row for row in csv.DictReader(file) if row.get("synthetic") != "yes"]
            found = dict(Counter(base_form(row["form"]) for row in rows))
            return bool(found), found
    return True, {}


def _released(results: Path) -> str:
    """Return the date of the first release; empty if there is none."""
    with suppress(ExamgenError, OSError, ValueError):
        return next((str(one.said.get("date") or "") for one in all_releases(results)), "")
    return ""


# ── uses that were not written back ──────────────────────────────────────────────────────────


def with_packages(
    evidence: Mapping[str, Evidence],
    statistics: Sequence[Statistic],
    packages: Sequence[UsedPackage],
    items: Collection[str],
) -> dict[str, Evidence]:
    """Return the evidence on the items of a unit with the uses of packages added.

    An administration whose statistics were written back, under the name of the exam or another name, is not
    counted again.
    """
    found = dict(evidence)
    for package, name, day in called(packages, statistics, items):
        for item in package.items.intersection(items):
            known = found.get(item, Evidence())
            if any(use.administration == name for use in known.uses):
                continue
            use = Use(administration=name, date=day, n=package.n(item), is_sat=package.is_sat)
            found[item] = known.model_copy(update={"uses": (*known.uses, use)})
    return found


class Administration(NamedTuple):
    """The last day of an administration, and the items that it used, by form."""

    day: str
    forms: dict[str, set[str]]


def administrations(statistics: Iterable[Statistic]) -> dict[str, Administration]:
    """Return the administrations in lines of statistics, by name."""
    found: dict[str, Administration] = {}
    for one in statistics:
        day, forms = found.get(one.administration, Administration("", {}))
        forms.setdefault(one.form, set()).add(one.item)
        found[one.administration] = Administration(max(day, one.date), forms)
    return found


def same_forms(
    forms: Mapping[str, Collection[str]], asked: Mapping[str, Collection[str]], own: Collection[str]
) -> bool:
    """Return whether the forms of an administration are forms of the exam with the same items."""
    items = set(own)
    return any(forms) and all(
        set(some) & items == set(asked.get(form, ())) & items for form, some in forms.items() if form
    )


def called(
    packages: Sequence[UsedPackage], statistics: Iterable[Statistic], own: Collection[str]
) -> Iterator[tuple[UsedPackage, str, str]]:
    """Yield each package with the name and the day of its administration.

    Name and day come from the statistics if these were written back under the name of the exam, or under a
    name that no exam has but with the same items on the same forms. Otherwise they are those of the package.
    """
    written = administrations(one for one in statistics if not one.synthetic)
    exams = {package.exam for package in packages}
    for package in packages:
        name, day = package.exam, package.day
        if own_lines := written.get(name):
            if all(items <= package.items for items in own_lines.forms.values()):
                day = own_lines.day
            else:  # another exam once had this name
                name = f"{name} ({package.fingerprint[:_DIGITS]})"
        else:
            others = (other for other in written if other not in exams)
            name = next((one for one in others if same_forms(written[one].forms, package.forms, own)), name)
            day = written[name].day if name in written else day
        yield package, name, day
