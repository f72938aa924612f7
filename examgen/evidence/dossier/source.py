"""Sources of an accreditation file: the package of an exam, its runs, its sitting, the workspace."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from examgen.bank.provenance import read_provenance
from examgen.bank.reviews.ratings import RATINGS_FILE, Rating
from examgen.bank.reviews.statuses import REVIEWS_FILE, Review
from examgen.bank.texts import read_records
from examgen.core.exam.bindings import Fingerprints, fingerprints_of
from examgen.core.exam.digests import digest_key_of, keyed_of
from examgen.core.exam.names import RESULTS
from examgen.core.exam.package import Package, read_package
from examgen.core.exam.releases import Release, all_releases, released_run
from examgen.core.exam.runs import Run, all_runs
from examgen.core.files import read_input
from examgen.core.models.base import Model
from examgen.core.models.form import PrintedItem
from examgen.core.models.item import UnitProvenance
from examgen.core.models.sitting import SittingPlan
from examgen.core.problems import Refused
from examgen.evidence.conflicts import Conflicts, conflicts_of
from examgen.evidence.parts import SittingSources
from examgen.reports.bodies import with_body
from examgen.reports.technical_report.report import TechnicalReport, technical_report
from examgen.scoring.runs import read_scored
from examgen.scoring.scored_run import ScoredRun
from examgen.scoring.sitting_events import SittingEvents
from examgen.scoring.sitting_folder import Sitting, sitting_of
from examgen.scoring.sitting_plan import plan_of
from examgen.scoring.sitting_record import SittingAct

M = TypeVar("M", bound=Model)


class ExamItem(NamedTuple):
    """A printed item, and the forms that have it."""

    printed: PrintedItem
    forms: tuple[str, ...]


class DossierSource:
    """One administration."""

    def __init__(self, exam: Path, workspace: Path) -> None:
        self.exam, self.workspace = exam, workspace
        self.package: Package = read_package(exam)
        self.sitting: Sitting = sitting_of(exam)
        self.results = exam / RESULTS

    @property
    def name(self) -> str:
        """The exam's id."""
        return self.package.exam.blueprint.exam

    @property
    def manifest(self) -> Mapping[str, Any]:
        """`exam.yaml`."""
        return self.package.manifest

    @cached_property
    def fingerprints(self) -> Fingerprints:
        """Return the fingerprints of exam and package."""
        return fingerprints_of(self.exam)

    def keyed(self, path: Path) -> str:
        """The digest of a file that says which answers are right, as it may leave the house."""
        return keyed_of(digest_key_of(self.exam), path)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Every scored run, the first first."""
        return tuple(all_runs(self.results))

    @cached_property
    def releases(self) -> tuple[Release, ...]:
        """Every release, the first first."""
        return tuple(all_releases(self.results))

    @cached_property
    def run(self) -> ScoredRun | None:
        """The run that people are told, before any release the newest; None before any."""
        told = released_run(self.results)
        if told is None:
            return None
        found = read_scored(self.exam, str(told.number))
        return with_body(found, self.workspace)

    @cached_property
    def technical(self) -> TechnicalReport | None:
        """The technical report of the run; None without a run, and of what assessors rated."""
        run = self.run
        if run is None or run.exam.blueprint.is_rated:
            return None
        return technical_report(run, self.exam)

    @cached_property
    def acts(self) -> tuple[SittingAct, ...]:
        """The record of the sitting. Raises Refused where it lacks what a run or a release rests on."""
        return self.sitting.acts(files=False)

    @cached_property
    def plan(self) -> SittingPlan | None:
        """The plan of the sitting."""
        return plan_of(self.exam)

    @cached_property
    def parts(self) -> SittingSources:
        """Return the sources from which the parts of people are read."""
        return SittingSources(self.exam, self.workspace)

    @property
    def events(self) -> SittingEvents:
        """Return the events that centres reported."""
        return self.parts.events

    @cached_property
    def conflicts(self) -> Conflicts:
        """Return the parts of people, the rules that are broken, and what is missing."""
        return conflicts_of(self.parts, self.events.declarations)

    @cached_property
    def provenance(self) -> dict[str, UnitProvenance]:
        """Return the recorded origin of the items of each unit."""
        found = {}
        for unit in self.units:
            told, _, problems = read_provenance(self.bank(unit))
            if told is not None and not problems:
                found[unit] = told
        return found

    @cached_property
    def items(self) -> dict[str, ExamItem]:
        """Every printed item once, in the order of the forms."""
        found: dict[str, ExamItem] = {}
        for form in self.package.exam.forms:
            for one in form.items:
                known = found.get(one.item.id, ExamItem(one, ()))
                found[one.item.id] = known._replace(forms=(*known.forms, form.name))
        return found

    @property
    def units(self) -> tuple[str, ...]:
        """The codes of the units."""
        return tuple(str(unit.code) for unit in self.package.exam.units)

    def bank(self, unit: str) -> Path:
        """The folder of a unit in the bank of the workspace."""
        return self.workspace / "item_bank" / unit

    @cached_property
    def reviews(self) -> tuple[tuple[str, Review], ...]:
        """Unit and record of every move of an item of the exam that the bank has on record."""
        return tuple(
            (unit, one)
            for unit, one in self._records(REVIEWS_FILE, Review)
            if one.item in self.items and self.items[one.item].printed.unit == unit
        )

    @cached_property
    def ratings(self) -> tuple[tuple[str, Rating], ...]:
        """Return the experts' ratings of the printed texts."""
        return tuple(
            (unit, one)
            for unit, one in self._records(RATINGS_FILE, Rating)
            if one.item in self.items and self.items[one.item].printed.item.sha256() == one.hash
        )

    def _records(self, name: str, model: type[M]) -> Iterator[tuple[str, M]]:
        for unit in self.units:
            path = self.bank(unit) / name
            if path.is_file():
                records, problems = read_records(read_input(path), f"{unit}/{name}", model)
                if problems:
                    raise Refused(problems[0].message, problems)
                yield from ((unit, one) for one in records)


def as_json(value: Any) -> Any:
    """A value as JSON has it."""
    return json.loads(json.dumps(value, ensure_ascii=False, default=str))
