"""The key by which a run was scored, including corrections → what the run judged by it, computed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakValueDictionary

import numpy as np
import polars as pl

from examgen.core.exam.names import KEY_CSV, base_form
from examgen.core.exam.package import Package, cuts_of, read_package
from examgen.core.files import sha256
from examgen.core.models.decisions import Judgement, PassRule, ScaledFile
from examgen.core.problems import Problem, Refused
from examgen.core.uncertainty import TotalScale
from examgen.core.words import tell
from examgen.scoring.corrections import corrections_on_record
from examgen.scoring.criteria import shapes_of
from examgen.scoring.decisions import PartHeld, part_held, rule_parts, total_scales
from examgen.scoring.exam_layout import key_after_corrections, layout_of
from examgen.scoring.key import Key
from examgen.scoring.recorded_decisions import DecisionRecords

if TYPE_CHECKING:
    from examgen.core.exam.runs import Run
    from examgen.core.models.decisions import ScaledScore
    from examgen.scoring.decisions import RulePart

_PLACE = ("level", "unit", "element", "pc")


_keys: WeakValueDictionary[tuple[Path, str, str], Key] = WeakValueDictionary()
"""Keys in use, by package, run and manifest; one of 200,000 individual orders takes a quarter of a
gigabyte.
"""


class ChangedQuestion(NamedTuple):
    """A question of a form that a correction of the key changed."""

    kind: str
    """The kind of correction in `corrections.yaml`: `rekey`, `drop` …"""
    question: int


class ScaledPoints(NamedTuple):
    """Points on the reporting scale."""

    value: Decimal
    is_held: bool
    """Whether the floor or the ceiling of the scale replaces the result of the conversion."""


class AlikeForms(NamedTuple):
    """The forms that ask a place alike, for reading pc_scale.csv, which names no more than 50 forms in a row.

    `first` is by level, unit and code of the place: (F,) for each form the index of the first form that asks
    the place in the same way, which is the first that the row names.
    """

    names: tuple[str, ...]
    number: Mapping[str, int]
    first: Mapping[tuple[str, str, str], Sequence[int]]

    def first_of(self, place: tuple[str, str, str], form: str) -> str:
        """Return the form that pc_scale.csv names in place of this one; the form itself if every form of the
        place is named.
        """
        if place not in self.first or form not in self.number:
            return form
        return self.names[self.first[place][self.number[form]]]


class KeyOfRun:
    """The key by which a run was scored. It is read and corrected on first use, also in processes that print
    reports, to which this object is sent.
    """

    def __init__(self, folder: Path, run: Run) -> None:
        self.folder = folder
        self.run = run

    @cached_property
    def asked(self) -> Package:
        """The forms of the package."""
        return read_package(self.folder)

    @cached_property
    def key(self) -> Key:
        """The key after corrections."""
        which = self.folder.resolve(), self.run.fingerprint, sha256(self.asked.written)
        found = _keys.get(which)
        if found is None:
            records = DecisionRecords(corrections=corrections_on_record(self.run.audit))
            found = key_after_corrections(self.asked, layout_of(self.asked, records), records)
            _keys[which] = found
        return found

    @cached_property
    def cuts(self) -> Mapping[str, Decimal]:
        """The cut in points of those forms that have their own: from the file, otherwise from the package."""
        own = (self.run.audit.get("cut") or {}).get("forms")
        return cuts_of({"cuts": own} if own else self.asked.manifest, self.key.names)

    @cached_property
    def number(self) -> dict[str, int]:
        """The indices of the forms, by name."""
        return self.key.number

    # ── scaled scores ────────────────────────────────────────────────────────────────────────

    @cached_property
    def scaled_rule(self) -> ScaledScore | None:
        """The rule by which points were converted into scaled scores; None if the run has none."""
        audit = self.run.audit
        rule = audit.get("scaled") or (audit["options"].get("report") or {}).get("scaled")
        return ScaledFile.model_validate(rule) if rule else None

    def scaled(self, form: str, points: Fraction) -> ScaledPoints | None:
        """Return the scaled score of points on a form; None if the conversion does not cover them, or there
        is none.
        """
        rule = self.scaled_rule
        if rule is None:
            return None
        n = self.number[form]
        full = Fraction(int(self.key.max_total[n]), self.key.unit)
        given = base_form(form), points, int(self.key.printed_points[n]), full
        steps = rule.steps(*given)
        if steps is None:
            return None
        is_held = steps != rule.model_copy(update={"floor": None, "ceiling": None}).steps(*given)
        return ScaledPoints(Decimal(steps).scaleb(-rule.decimals), is_held)

    # ── totals, parts of the rule, questions ─────────────────────────────────────────────────

    def total_scale(self, form: str) -> TotalScale:
        """Return the total of a form in points, including the points that everybody is given."""
        least, most, n_items, sure = self._total_scales[self.number[form]]
        unit = self.key.unit
        return TotalScale(Fraction(least, unit), Fraction(most, unit), n_items, Fraction(sure, unit))

    @cached_property
    def _total_scales(self) -> list[TotalScale]:
        return total_scales(self.key)

    def parts_held(self, form: str, points: Sequence[float]) -> tuple[PartHeld, ...]:
        """Return each part of the pass rule, in the order of reports, for points by criterion in the order of
        the standard; empty if the run has no pass rule.
        """
        if not self.run.audit["options"].get("pass"):
            return ()
        parts, min_items = self._rule_parts
        # points of a third of one are rounded in the files: the nearest unit is what was earned
        units = np.rint(np.array(points, dtype=np.float64) * self.key.unit).astype(np.int64)
        return tuple(part_held(part, self.number[form], units, min_items) for part in parts)

    @cached_property
    def _rule_parts(self) -> tuple[tuple[RulePart, ...], int]:
        """The parts of the rule on the forms, and the number of items that a judgement requires."""
        options = self.run.audit["options"]
        parts = rule_parts(PassRule.model_validate(options["pass"]), self.key, self.cuts)
        return parts, Judgement.model_validate(options["judgement"] or {}).min_items

    def changed_questions(self, form: str) -> tuple[ChangedQuestion, ...]:
        """Return the questions of a form that corrections changed, in order."""
        return tuple(sorted(self._changed.get(form, ()), key=lambda one: one.question))

    @cached_property
    def _changed(self) -> dict[str, list[ChangedQuestion]]:
        found: dict[str, list[ChangedQuestion]] = {}
        if made := self.run.audit.get("corrections"):
            for one, places in zip(made, self.key.corrected, strict=True):
                for place in places:
                    found.setdefault(place.form, []).append(ChangedQuestion(one["kind"], place.question))
        return found

    # ── forms that ask alike ─────────────────────────────────────────────────────────────────

    def alike_forms(self, scale: pl.DataFrame) -> AlikeForms | None:
        """Return which forms ask a place alike, for a pc_scale.csv with more than 50 in a row; None if every
        form is named, or all ask alike.

        Raises Refused if forms are not named and the package was printed again since the run.
        """
        cells = scale.select(*_PLACE, "forms").unique()
        shortened = pl.col("forms").str.contains(" … ", literal=True).any().alias("shortened")
        places = cells.group_by(_PLACE).agg(pl.len(), shortened)
        if places.filter((pl.col("len") > 1) & pl.col("shortened")).is_empty():
            return None
        if self.run.audit["key"]["sha256"] != self.asked.manifest["files"][KEY_CSV]:
            message = tell(
                "is not the key that run {number} was scored with. Score the answers again",
                number=self.run.number,
            )
            raise Refused.because(
                "{folder} has changed since", [Problem(KEY_CSV, "key-changed", message)], folder=self.folder
            )
        shapes = np.stack(shapes_of(self.key))
        members: dict[tuple[str, str, str], list[int]] = {}
        for n, (unit, element, pc) in enumerate(self.key.criteria):
            for place in (("pc", unit, pc), ("element", unit, element), ("unit", unit, unit)):
                members.setdefault(place, []).append(n)
        first = {}
        for place, own in members.items():
            _, begins, which = np.unique(
                shapes[:, :, own].sum(axis=2), axis=1, return_index=True, return_inverse=True
            )
            first[place] = begins[which.ravel()].tolist()
        return AlikeForms(self.key.names, self.number, first)
