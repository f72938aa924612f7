"""Pass rule and points → who passes. Every part of the rule that is given must hold."""

from __future__ import annotations

import numpy as np

from examgen.models import PassRule, matches
from examgen.problems import Problem, Refused
from examgen.scoring.exact import least_points_of
from examgen.scoring.key import Bools, Criteria
from examgen.scoring.points import Points


def check_rule(rule: PassRule, criteria: Criteria) -> None:
    """Refuse a pattern that names no criterion: it would hold for everybody."""
    problems = [
        Problem(
            "blueprint",
            "pass-rule-names-nothing",
            f"{pattern!r} names no criterion of this exam; write `all`, `<element>.*` or a PC code",
            field=f"pass.criteria.{pattern}",
        )
        for pattern in rule.criteria
        if not any(matches(pattern, pc, element) for _, element, pc in criteria)
    ]
    if problems:
        raise Refused("the pass rule cannot be applied", problems)


def passes(rule: PassRule, points: Points, criteria: Criteria) -> Bools:
    """Who passes, (candidates,)."""
    total = points.total
    passed = np.ones(len(total), dtype=np.bool_)
    if rule.percent is not None:
        passed &= total >= least_points_of(rule.percent, points.max_score)
    if rule.cut is not None:
        passed &= total >= rule.cut
    for pattern, percent in rule.criteria.items():
        for i, (_, element, pc) in enumerate(criteria):
            # A criterion that the form does not ask has no points, and asks none.
            if matches(pattern, pc, element):
                passed &= points.by_criterion[:, i] >= least_points_of(percent, points.max_points(i))
    return passed
