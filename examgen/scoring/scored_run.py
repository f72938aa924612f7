"""A scored run for reports: its tables, its exam, its identification, and whether it is released.

All reports are made from these values; none opens a file of the package or reads the live bank.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, NamedTuple

import polars as pl

from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.releases import UNRELEASED, ReleaseState
from examgen.core.files import sha256
from examgen.core.models.form import Exam
from examgen.core.models.sitting import BodyWords, SittingPlan
from examgen.core.other_methods import AllMethods, MethodResults, UnitStatus
from examgen.core.person_decisions import PersonDecision, without_result
from examgen.scoring.counted_key import AlikeForms, KeyOfRun

PlaceKind = Literal["centre", "room", "file", ""]
"""How the candidates of a run are grouped: by centres, if the answers, the roster or a list name any;
otherwise by rooms; otherwise by answer files, if there are several; otherwise not at all. The kinds are never
mixed.
"""


class EarlierRelease(NamedTuple):
    """What the release before this one reported differently for a candidate, as in candidates.csv."""

    run: int
    score: str
    max_score: str
    decision: str
    same: bool
    """Whether score, maximum score and decision are unchanged."""
    criteria: bool = True
    """Whether results of single criteria have changed."""
    standing: bool = False
    """Whether anything else that is reported has changed: scaled score, rank and such."""


class ScoredRun(NamedTuple):
    """A scored run. Its tables hold text as in the files; readers convert numbers themselves."""

    exam: Exam
    run: int
    fingerprint: str
    """The first digits of the SHA-256 of the run's audit."""
    folder: Path
    """The folder of its files."""
    audit: Mapping[str, Any]
    candidates: pl.DataFrame
    """candidates.csv; then `name`, `room`, `seat`, `organisation` if the answers, the roster or a list have
    them, and `centre`: the place of the kind `place_kind`, empty if it is not known for a candidate.
    """
    criteria: pl.DataFrame
    """pc_results.csv: the same candidates in the same order."""
    scale: pl.DataFrame
    """pc_scale.csv."""
    coverage: pl.DataFrame
    """pc_coverage.csv."""
    standard: pl.DataFrame
    """standard_coverage.csv."""
    quarantine: pl.DataFrame
    signals: pl.DataFrame | None
    ledger: pl.DataFrame | None
    unreconciled: pl.DataFrame | None
    key: KeyOfRun
    """The key by which it was scored."""
    alike: AlikeForms | None = None
    """The forms that ask alike, if a row of `scale` does not name all its forms."""
    release: ReleaseState = UNRELEASED
    """Whether this run is released."""
    earlier_release: Mapping[str, EarlierRelease] = {}
    """By candidate; read only for reports to candidates."""
    units_before: Mapping[str, Mapping[str, UnitStatus]] = {}
    """By canonical candidate number and unit, the status by all methods that the release before this one
    reported; read only for reports to candidates.
    """
    place_kind: PlaceKind = "centre"
    n_of_two_centres: int = 0
    """The number of candidates for whom answers, roster and list name different centres."""
    methods: MethodResults = {}  # noqa: RUF012  (never changed)
    """Results of the methods that the standard requires besides the written test: those of the release or,
    before any release, those in the sitting.
    """
    decisions: tuple[PersonDecision, ...] = ()
    """The decisions on persons in the record of the sitting, in order."""
    open_cases: tuple[str, ...] = ()
    """The numbers of the undecided appeals and complaints in that record."""
    plan: SittingPlan | None = None
    """The plan of the sitting, if the package has it."""
    held_on: date | None = None
    """The day on which the exam was held, as somebody confirmed."""
    last_act: str = ""
    """The digest of the last recorded act when the run was read; empty before any."""
    body: BodyWords | None = None
    """The texts of the certification body about itself and about results, from its workspace."""
    logo: Path | None = None
    """The image shown with its name."""

    @property
    def n_synthetic(self) -> int:
        """The number of synthetic candidates."""
        table = self.candidates
        return int((table["synthetic"] == "yes").sum()) if "synthetic" in table.columns else 0

    @property
    def held_back(self) -> dict[str, PersonDecision]:
        """By number as in the run, the candidates who have a result in it but none by a recorded decision; no
        such result is given out.
        """
        decided = without_result(self.decisions)
        people = self.candidates["candidate_id"] if decided else ()
        return {who: decided[number] for who in people if (number := canonical_number(who)) in decided}

    @property
    def given_out(self) -> ScoredRun:
        """The run without candidates whose result is held back."""
        if not (held := [*self.held_back]):
            return self
        tables = (
            table.filter(~table["candidate_id"].is_in(held)) for table in (self.candidates, self.criteria)
        )
        candidates, criteria = tables
        return self._replace(candidates=candidates, criteria=criteria)

    @property
    def all_methods(self) -> AllMethods:
        """The status of units by all methods that their standards require."""
        rule = self.exam.blueprint.all_methods
        table = self.candidates if rule is not None else self.candidates.head(0)
        written = {
            canonical_number(who): 100 * Fraction(score) / Fraction(most)
            for who, score, most in table.select("candidate_id", "score", "max_score").iter_rows()
            if score and most and Fraction(most)
        }
        return AllMethods({one.unit: one for one in self.exam.other_methods}, self.methods, rule, written)

    @property
    def key_version(self) -> str:
        """The version and the first digits of a digest of the key used for scoring: `1 (0a1114f5)`.

        After corrections it is `1.2 (…)`, with their number. The digest is a SHA-256 of the keyed digests of
        key and corrections and of that of the paper, so nobody can use it to test a guessed key.
        """
        key = self.audit.get("key") or {}
        version = str(key.get("version", ""))
        corrections = self.audit.get("corrections") or ()
        if corrections:
            version += f".{len(corrections)}"
        rests_on = [
            key.get("sha256"),
            self.audit.get("manifest"),
            (self.audit.get("keyed") or {}).get("corrections"),
        ]
        digest = sha256(json.dumps(rests_on, ensure_ascii=False).encode())
        return f"{version} ({digest[:8]})"

    @property
    def sat_on(self) -> date | None:
        """The day of the sitting: by its plan, otherwise as confirmed, otherwise by the blueprint."""
        if self.plan is not None:
            return self.plan.date
        return self.held_on or self.exam.blueprint.papers.date

    @property
    def paper(self) -> str:
        """The first digits of the SHA-256 of the package's manifest, which identify the paper."""
        return str(self.audit.get("manifest", ""))[:16]

    @property
    def editions(self) -> dict[str, str]:
        """The first digits of the edition of each unit's standard."""
        return {unit: str(edition)[:8] for unit, edition in (self.audit.get("editions") or {}).items()}
