"""A package and one of its runs → scoring's own judgement once more: parts of the rule, scaled scores."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from examgen import exam, scoring
from examgen.score_error import TotalScale
from examgen.scored_run import ScaledPoints
from examgen.workflow.decisions_on_record import Records, corrections_on_record

if TYPE_CHECKING:
    from examgen.models import ScaledScore
    from examgen.scored_run import PartHeld, ScaleOf
    from examgen.scoring.rule_parts import RulePart


class KeyOfRun:
    """The key that a run was scored by, read and corrected when first asked for."""

    def __init__(self, folder: Path, run: exam.Run) -> None:
        self._folder = folder
        self.run = run

    @cached_property
    def asked(self) -> exam.Asked:
        """The forms of the package."""
        return exam.read_asked(self._folder)

    @cached_property
    def key(self) -> scoring.Key:
        """The key as it counted."""
        from examgen.workflow.scoring_runs import key_after_corrections, layout_of

        records = Records(corrections=corrections_on_record(self.run.audit))
        return key_after_corrections(self.asked, layout_of(self.asked, records), records)

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
        asked = exam.base_form(form), points, int(key.printed_points[n]), full
        steps = self._rule.steps(*asked)
        if steps is None:
            return None
        is_held = steps != self._unheld.steps(*asked)
        return ScaledPoints(Decimal(steps).scaleb(-self._rule.decimals), is_held)


def scaled_of(of: KeyOfRun) -> ScaledOf | None:
    """None where the run tells no scaled scores."""
    from examgen.models import ScaledScore

    audit = of.run.audit
    said = audit.get("scaled") or (audit["options"].get("report") or {}).get("scaled")
    return ScaledOf(ScaledScore.model_validate(said), of) if said else None


def scale_of(of: KeyOfRun) -> ScaleOf | None:
    """None where no correction gives a question to everybody."""
    made = of.run.audit.get("corrections") or ()
    if not any(one["kind"] == "credit_all" for one in made):
        return None

    scales = cache(lambda: scoring.total_scales(of.key))

    def found(form: str) -> TotalScale:
        least, most, n_items, given = scales()[of.number[form]]
        unit = of.key.unit
        return TotalScale(Fraction(least, unit), Fraction(most, unit), n_items, Fraction(given, unit))

    return found


class PassParts:
    """Holds each part of the rule against what somebody earned."""

    def __init__(self, of: KeyOfRun) -> None:
        self._of = of

    def __call__(self, form: str, points: Sequence[float]) -> tuple[PartHeld, ...]:
        """Each part in the order in which it is told, for points by criterion in the standard's order."""
        from examgen.scoring.rule_parts import part_held

        key, number = self._of.key, self._of.number
        parts, min_items = self._ready
        # points of a third of one are rounded in the files: the nearest unit is what was earned
        units = np.rint(np.array(points, dtype=np.float64) * key.unit).astype(np.int64)
        return tuple(part_held(part, number[form], units, min_items) for part in parts)

    @cached_property
    def _ready(self) -> tuple[tuple[RulePart, ...], int]:
        """The parts of the rule on the forms, and how many items a judgement needs."""
        from examgen.models import PassRule
        from examgen.scoring.rule_parts import rule_parts

        key, options = self._of.key, self._of.run.audit["options"]
        rule = PassRule.model_validate(options["pass"])
        parts = rule_parts(rule, key, exam.cuts_of(self._of.asked.manifest, key.names))
        return parts, scoring.judgement_of(options["judgement"]).min_items


def pass_parts(of: KeyOfRun) -> PassParts | None:
    """None where the run was decided by no rule."""
    return PassParts(of) if of.run.audit["options"].get("pass") else None
