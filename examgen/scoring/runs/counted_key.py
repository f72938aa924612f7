"""The key by which a run was scored, corrections and all → what the run judged by it, once more.

Scaled scores, parts of the rule, what is sure to everybody; corrected questions; forms that ask alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import numpy as np
import polars as pl

from examgen.core.exam.names import KEY_CSV, base_form
from examgen.core.exam.package import Package, cuts_of, read_package
from examgen.core.files import sha256
from examgen.core.models.decisions import Judgement, PassRule, ScaledFile
from examgen.core.models.scoring import CORRECTION_KINDS
from examgen.core.problems import Problem, Refused
from examgen.core.scored_run import AlikeForms, ChangedQuestion, ScaledPoints
from examgen.core.uncertainty import TotalScale
from examgen.core.words import tell
from examgen.scoring.corrections import correction_places
from examgen.scoring.criteria import shapes_of
from examgen.scoring.decisions import part_held, rule_parts, total_scales
from examgen.scoring.exam_layout import key_after_corrections, layout_of
from examgen.scoring.key import Key
from examgen.scoring.runs.on_record import DecisionRecords, corrections_on_record

if TYPE_CHECKING:
    from examgen.core.exam.runs import Run
    from examgen.core.models.decisions import ScaledScore
    from examgen.core.scored_run import PartHeld
    from examgen.scoring.decisions import RulePart

_PLACE = ("level", "unit", "element", "pc")


_keys: WeakValueDictionary[tuple[Path, str, str], Key] = WeakValueDictionary()
"""Those that somebody holds, by package, run and manifest: one of 200,000 orders takes a quarter of a
gigabyte."""


class KeyOfRun:
    """The key that a run was scored by, read and corrected when first asked for."""

    def __init__(self, folder: Path, run: Run) -> None:
        self.folder = folder
        self.run = run

    @cached_property
    def asked(self) -> Package:
        """The forms of the package."""
        return read_package(self.folder)

    @cached_property
    def key(self) -> Key:
        """The key as it counted."""
        which = self.folder.resolve(), self.run.fingerprint, sha256(self.asked.written)
        found = _keys.get(which)
        if found is None:
            records = DecisionRecords(corrections=corrections_on_record(self.run.audit))
            found = key_after_corrections(self.asked, layout_of(self.asked, records), records)
            _keys[which] = found
        return found

    @cached_property
    def cuts(self) -> Mapping[str, Decimal]:
        """The cut in points of those forms that have one of their own: of the file, else of the package."""
        own = (self.run.audit.get("cut") or {}).get("forms")
        return cuts_of({"cuts": own} if own else self.asked.manifest, self.key.names)

    @cached_property
    def number(self) -> dict[str, int]:
        """The places of the forms."""
        return {name: n for n, name in enumerate(self.key.names)}


class ScaledOf:
    """Turns points on a form into the scaled score, as the run did."""

    def __init__(self, rule: ScaledScore, of: KeyOfRun) -> None:
        self._rule, self._of = rule, of
        self._unheld = rule.model_copy(update={"floor": None, "ceiling": None})

    def __call__(self, form: str, points: Fraction) -> ScaledPoints | None:
        """None where the conversion ends before."""
        key, n = self._of.key, self._of.number[form]
        full = Fraction(int(key.max_total[n]), key.unit)
        asked = base_form(form), points, int(key.printed_points[n]), full
        steps = self._rule.steps(*asked)
        if steps is None:
            return None
        is_held = steps != self._unheld.steps(*asked)
        return ScaledPoints(Decimal(steps).scaleb(-self._rule.decimals), is_held)


def scaled_of(of: KeyOfRun) -> ScaledOf | None:
    """None where the run tells no scaled scores."""
    audit = of.run.audit
    said = audit.get("scaled") or (audit["options"].get("report") or {}).get("scaled")
    return ScaledOf(ScaledFile.model_validate(said), of) if said else None


class TotalScales:
    """The total of each form, and what everybody is given of it; sent to the processes that print reports."""

    def __init__(self, of: KeyOfRun) -> None:
        self._of = of
        self._in_points: dict[TotalScale, TotalScale] = {}

    def __call__(self, form: str) -> TotalScale:
        """That of one form, in points; forms that are alike share it."""
        own = self._scales[self._of.number[form]]
        found = self._in_points.get(own)
        if found is None:
            (least, most, n_items, given), unit = own, self._of.key.unit
            found = TotalScale(Fraction(least, unit), Fraction(most, unit), n_items, Fraction(given, unit))
            self._in_points[own] = found
        return found

    @cached_property
    def _scales(self) -> list[TotalScale]:
        return total_scales(self._of.key)


def scale_of(of: KeyOfRun) -> TotalScales | None:
    """None where no correction gives everybody points."""
    credits = [CORRECTION_KINDS[one["kind"]].credit for one in of.run.audit.get("corrections") or ()]
    return TotalScales(of) if any(one and one.sure for one in credits) else None


class PassParts:
    """Holds each part of the rule against what somebody earned."""

    def __init__(self, of: KeyOfRun) -> None:
        self._of = of

    def __call__(self, form: str, points: Sequence[float]) -> tuple[PartHeld, ...]:
        """Each part in the order in which it is told, for points by criterion in the standard's order."""
        key, number = self._of.key, self._of.number
        parts, min_items = self._ready
        # points of a third of one are rounded in the files: the nearest unit is what was earned
        units = np.rint(np.array(points, dtype=np.float64) * key.unit).astype(np.int64)
        return tuple(part_held(part, number[form], units, min_items) for part in parts)

    @cached_property
    def _ready(self) -> tuple[tuple[RulePart, ...], int]:
        """The parts of the rule on the forms, and how many items a judgement needs."""
        key, options = self._of.key, self._of.run.audit["options"]
        rule = PassRule.model_validate(options["pass"])
        parts = rule_parts(rule, key, self._of.cuts)
        return parts, Judgement.model_validate(options["judgement"] or {}).min_items


def pass_parts(of: KeyOfRun) -> PassParts | None:
    """None where the run was decided by no rule."""
    return PassParts(of) if of.run.audit["options"].get("pass") else None


class ChangedQuestions:
    """The questions of a form that corrections changed."""

    def __init__(self, of: KeyOfRun) -> None:
        self._of = of

    def __call__(self, form: str) -> tuple[ChangedQuestion, ...]:
        """In the order of the questions."""
        return tuple(sorted(self._by_form.get(form, ()), key=lambda one: one.question))

    @cached_property
    def _by_form(self) -> dict[str, list[ChangedQuestion]]:
        found: dict[str, list[ChangedQuestion]] = {}
        if made := corrections_on_record(self._of.run.audit):
            places = correction_places(made, self._of.asked.forms)
            for one, where in zip(made, places, strict=True):
                for place in where:
                    found.setdefault(place.form, []).append(ChangedQuestion(one.kind, place.question))
        return found


def alike_forms(of: KeyOfRun, scale: pl.DataFrame) -> AlikeForms | None:
    """Which forms ask a place alike, for a pc_scale.csv that has more than 50 to a line; None where
    every form is named, or all ask alike.

    Raises Refused where forms are not named and the package was printed anew since the run.
    """
    if not _unnamed(scale):
        return None
    if of.run.audit["key"]["sha256"] != of.asked.manifest["files"][KEY_CSV]:
        message = tell(
            "is not the key that run {number} was scored with. Score the answers again", number=of.run.number
        )
        raise Refused(
            tell("{folder} has changed since", folder=of.folder), [Problem(KEY_CSV, "key-changed", message)]
        )
    return _alike(of.key)


def _unnamed(scale: pl.DataFrame) -> bool:
    """Whether a place with several scales has one whose forms are not all named."""
    cells = scale.select(*_PLACE, "forms").unique()
    shortened = pl.col("forms").str.contains(" … ", literal=True).any().alias("shortened")
    places = cells.group_by(_PLACE).agg(pl.len(), shortened)
    return not places.filter((pl.col("len") > 1) & pl.col("shortened")).is_empty()


def _alike(key: Key) -> AlikeForms:
    shapes = np.stack(shapes_of(key))
    members: dict[tuple[str, str, str], list[int]] = {}
    for n, (unit, element, pc) in enumerate(key.criteria):
        for place in (("pc", unit, pc), ("element", unit, element), ("unit", unit, unit)):
            members.setdefault(place, []).append(n)
    first = {}
    for place, own in members.items():
        _, begins, which = np.unique(
            shapes[:, :, own].sum(axis=2), axis=1, return_index=True, return_inverse=True
        )
        first[place] = begins[which.ravel()].tolist()
    return AlikeForms(key.names, {name: n for n, name in enumerate(key.names)}, first)
