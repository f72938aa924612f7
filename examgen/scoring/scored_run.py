"""A scored run as reports read it: its tables, the exam it is of, what names it, whether people were told it.

All reports are made from these values; none opens a file of the package or looks at the live bank.
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
"""What a run groups its candidates by: centres, where the answers, the roster or a list name any; else
rooms; else answer files, of several; nothing where nothing tells. A room is no centre: never some of these
beside others."""


class EarlierRelease(NamedTuple):
    """What the release before this one told of a candidate otherwise, as candidates.csv has it."""

    run: int
    score: str
    max_score: str
    decision: str
    same: bool
    """Whether these are as they were."""
    criteria: bool = True
    """Whether results of single criteria are not as they were."""
    standing: bool = False
    """Whether what is told beside the score is not: scaled score, rank and such."""


class ScoredRun(NamedTuple):
    """Tables hold text as it stands in the files; numbers are cast by who needs them."""

    exam: Exam
    run: int
    fingerprint: str
    """First digits of the SHA-256 of the run's audit."""
    folder: Path
    """Where its files stand."""
    audit: Mapping[str, Any]
    candidates: pl.DataFrame
    """candidates.csv; then `name`, `room`, `seat`, `organisation` where the answers, the roster or a list say
    them, and `centre`: what `place_kind` says, empty where it is not told of a candidate."""
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
    """What it was judged by."""
    alike: AlikeForms | None = None
    """Where a line of `scale` does not name all its forms."""
    release: ReleaseState = UNRELEASED
    """Whether this run is what people are told."""
    earlier_release: Mapping[str, EarlierRelease] = {}
    """By candidate; read for candidates' reports alone."""
    units_before: Mapping[str, Mapping[str, UnitStatus]] = {}
    """By number of the candidate, as it is compared, and unit: the status by all methods that the release
    before this one told; read for candidates' reports alone."""
    place_kind: PlaceKind = "centre"
    n_of_two_centres: int = 0
    """Candidates of whom answers, roster and list do not all name the same centre."""
    methods: MethodResults = {}  # noqa: RUF012  (never changed)
    """Results of the methods that the standard asks besides the written test: what the release took, before
    any release what the sitting holds."""
    decisions: tuple[PersonDecision, ...] = ()
    """The decisions on persons in the record of the sitting, in their order."""
    open_cases: tuple[str, ...] = ()
    """Appeals and complaints in that record that nobody has decided, by their numbers."""
    plan: SittingPlan | None = None
    """What was arranged for the sitting, where the package has it."""
    held_on: date | None = None
    """The day on which somebody confirmed that the exam was sat."""
    last_act: str = ""
    """The digest of the last act on record when the run was read; empty before any."""
    body: BodyWords | None = None
    """What the certification body says of itself and of results, as its workspace has it."""
    logo: Path | None = None
    """The picture that stands with its name."""

    @property
    def held_back(self) -> dict[str, PersonDecision]:
        """By number as the run writes it, who has a result in it and none by a decision on record: nothing of
        such a result is given out."""
        decided = without_result(self.decisions)
        people = self.candidates["candidate_id"] if decided else ()
        return {who: decided[number] for who in people if (number := canonical_number(who)) in decided}

    @property
    def given_out(self) -> ScoredRun:
        """The run without those whose result is held back."""
        if not (held := [*self.held_back]):
            return self
        tables = (
            table.filter(~table["candidate_id"].is_in(held)) for table in (self.candidates, self.criteria)
        )
        candidates, criteria = tables
        return self._replace(candidates=candidates, criteria=criteria)

    @property
    def all_methods(self) -> AllMethods:
        """What units are by all methods that their standards ask."""
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
        """Version and first digits of a digest of the key that was scored by: `1 (0a1114f5)`.

        After corrections it is `1.2 (…)`, with their number. The digest is a SHA-256 of the keyed digests of
        key and corrections and of that of the paper: nobody can try a key by it.
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
        """The day of the sitting by its plan; without one the day that was confirmed, else that of the
        blueprint."""
        if self.plan is not None:
            return self.plan.date
        return self.held_on or self.exam.blueprint.papers.date

    @property
    def paper(self) -> str:
        """First digits of the SHA-256 of the package's manifest: which paper was sat."""
        return str(self.audit.get("manifest", ""))[:16]

    @property
    def editions(self) -> dict[str, str]:
        """First digits of the edition of each unit's standard."""
        return {unit: str(edition)[:8] for unit, edition in (self.audit.get("editions") or {}).items()}
