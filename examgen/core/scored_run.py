"""A scored run as reports read it: its tables, the exam it is of, what names it; whether people were told it.

All reports are made from these plain values; none opens a file of the package or looks at the live bank.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from examgen.core.candidate_numbers import canonical_number
from examgen.core.files import sha256
from examgen.core.other_methods import AllMethods, MethodResults, UnitStatus
from examgen.core.person_decisions import PersonDecision, without_result
from examgen.core.uncertainty import TotalScale
from examgen.core.words import tell

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import polars as pl

    from examgen.core.models.form import Exam
    from examgen.core.models.sitting import BodyWords, SittingPlan

State = Literal["released", "superseded", "unreleased"]
SCALE = ("level", "unit", "element", "pc", "forms", "asked", "correct", "percent", "low", "high", "status")
"""Columns of pc_scale.csv: what each number of points means in each criterion, element and unit."""
_WORDS = {
    "released": tell("released"),
    "superseded": tell("no longer released"),
    "unreleased": tell("not released"),
}
WHAT_CORRECTIONS_DO = ("kind", "form", "question", "item", "key", "places")
"""Fields of a correction that change the key; the others say who made it and why."""
PlaceKind = Literal["centre", "room", "file", ""]
"""What a run groups its candidates by: centres, where the answers, the roster or a list name any; else
rooms; else answer files, of several; nothing where nothing tells. A room is no centre: never some of these
beside others."""


class ReleaseState(NamedTuple):
    """Of a run: `released` is what people are told, `superseded` was until another was released.

    `release` is the number of the last release of this very run, `fingerprint` that of its record; `told` is
    the run that people are told, None where none was ever released.
    """

    state: State = "unreleased"
    release: int | None = None
    fingerprint: str = ""
    told: int | None = None
    day: str = ""
    """The day that the last release of this very run says, as in its record."""

    def as_dict(self) -> dict[str, object]:
        """The words of JSON output."""
        return {
            "state": self.state,
            "release": self.release,
            "fingerprint": self.fingerprint or None,
            "told": self.told,
        }


UNRELEASED = ReleaseState()
"""Of every run before the first release."""


def state_words(of: ReleaseState) -> str:
    """The state in a word or two, for lists of runs."""
    return _WORDS[of.state]


class AlikeForms(NamedTuple):
    """Which forms ask a place alike: for pc_scale.csv, which does not name more than 50 forms to a line.

    `first` is by level, unit and code of the place: (F,) for each form the number of the first one that asks
    the place as it does, which is the first that its line names.
    """

    names: tuple[str, ...]
    number: Mapping[str, int]
    first: Mapping[tuple[str, str, str], Sequence[int]]

    def first_of(self, place: tuple[str, str, str], form: str) -> str:
        """The form that pc_scale.csv names for this one; itself where every form of the place is named."""
        if place not in self.first or form not in self.number:
            return form
        return self.names[self.first[place][self.number[form]]]


class RulePlace(NamedTuple):
    """A criterion (`pc`), an element or a unit that a pass rule asks something of."""

    level: str
    unit: str
    code: str


class PartHeld(NamedTuple):
    """One part of a pass rule for one candidate."""

    held: bool
    reached: int
    """How many of the places of this part reach what it asks; of the total, 1 or 0."""
    asked: int
    """How many places this part is about, of those that the form asks; of the total, 1."""
    missed: tuple[RulePlace, ...]
    """The places that do not."""
    few: tuple[RulePlace, ...]
    """Those of which fewer items were asked than a judgement needs."""


HoldParts = Callable[[str, Sequence[float]], tuple[PartHeld, ...]]
"""Form and points by criterion, in the standard's order → each part of the pass rule, as scoring judged."""


class ChangedQuestion(NamedTuple):
    """A question of a form that a correction of the key changed."""

    kind: str
    """What was done, as `corrections.yaml` names it: `rekey`, `drop` …"""
    question: int


ChangedOf = Callable[[str], tuple[ChangedQuestion, ...]]
"""Form → its questions that corrections changed."""


class ScaledPoints(NamedTuple):
    """Points on the scale."""

    value: Decimal
    is_held: bool
    """Whether the floor or the ceiling of the scale stands in place of what the conversion gives."""


ScaledOf = Callable[[str, Fraction], ScaledPoints | None]
"""Form and points → the scaled score as scoring has it; None where the conversion ends before."""


ScaleOf = Callable[[str], TotalScale]
"""Form → the scale of its total."""


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
    alike: AlikeForms | None = None
    """Where a line of `scale` does not name all its forms."""
    release: ReleaseState = UNRELEASED
    """Whether this run is what people are told."""
    hold_parts: HoldParts | None = None
    """None where nobody was decided by a rule."""
    changed_of: ChangedOf | None = None
    scaled_of: ScaledOf | None = None
    """None where no scaled scores are told."""
    scale_of: ScaleOf | None = None
    """None where no question was given to everybody: pc_scale.csv tells it then."""
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
