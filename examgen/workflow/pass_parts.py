"""A package and one of its runs → what of the pass rule held for a candidate, by scoring's own judgement."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from examgen import exam, scoring
from examgen.workflow.decisions_on_record import Records, corrections_on_record

if TYPE_CHECKING:
    from examgen.scored_run import PartHeld
    from examgen.scoring.rule_parts import RulePart


class _Ready(NamedTuple):
    """The key as it counted, and the parts of the rule on its forms."""

    key: scoring.Key
    number: dict[str, int]
    parts: tuple[RulePart, ...]
    min_items: int


class PassParts:
    """Holds each part of the rule against what somebody earned; the key is read when first asked for."""

    def __init__(self, folder: Path, run: exam.Run) -> None:
        self._folder, self._run = folder, run

    def __call__(self, form: str, points: Sequence[float]) -> tuple[PartHeld, ...]:
        """Each part in the order in which it is told, for points by criterion in the standard's order."""
        from examgen.scoring.rule_parts import part_held

        key, number, parts, min_items = self._ready
        # points of a third of one are rounded in the files: the nearest unit is what was earned
        units = np.rint(np.array(points, dtype=np.float64) * key.unit).astype(np.int64)
        return tuple(part_held(part, number[form], units, min_items) for part in parts)

    @cached_property
    def _ready(self) -> _Ready:
        from examgen.models import PassRule
        from examgen.scoring.rule_parts import rule_parts
        from examgen.workflow.scoring_runs import key_after_corrections, layout_of

        asked = exam.read_asked(self._folder)
        records = Records(corrections=corrections_on_record(self._run.audit))
        key = key_after_corrections(asked, layout_of(asked, records), records)
        options = self._run.audit["options"]
        rule = PassRule.model_validate(options["pass"])
        parts = rule_parts(rule, key, exam.cuts_of(asked.manifest, key.names))
        min_items = scoring.judgement_of(options["judgement"]).min_items
        return _Ready(key, {name: n for n, name in enumerate(key.names)}, parts, min_items)


def pass_parts(folder: Path, run: exam.Run) -> PassParts | None:
    """None where the run was decided by no rule."""
    return PassParts(folder, run) if run.audit["options"].get("pass") else None
