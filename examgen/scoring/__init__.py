"""Marks and key → what candidates earned, and what that says of them and of each performance criterion.

All comparisons with a cut are exact: a percentage is turned into the least number of points that
meets it by rational arithmetic, and printed percentages are rounded half up from integers.
"""

from __future__ import annotations

from examgen.scoring.asked import Groups, Shapes, asked_by, groups_of, shapes_of
from examgen.scoring.corrections import correction_places, read_corrections
from examgen.scoring.coverage import pc_coverage, standard_coverage
from examgen.scoring.decisions import (
    Cuts,
    Decisions,
    Standard,
    decide,
    nameless_parts,
    passing_standard,
    total_scales,
)
from examgen.scoring.judging import Coverage, criteria_met, criterion_scale, met_counts, met_from, scales_of
from examgen.scoring.key import Criteria, Key, KeyColumns, compile_key, letters_mask
from examgen.scoring.points import earn, total_of, total_places
from examgen.scoring.said import judgement_of, pass_rule_of, report_of
from examgen.scoring.scales import score_scale
from examgen.scoring.tallies import CriterionTally

__all__ = [
    "Coverage",
    "Criteria",
    "CriterionTally",
    "Cuts",
    "Decisions",
    "Groups",
    "Key",
    "KeyColumns",
    "Shapes",
    "Standard",
    "asked_by",
    "compile_key",
    "correction_places",
    "criteria_met",
    "criterion_scale",
    "decide",
    "earn",
    "groups_of",
    "judgement_of",
    "letters_mask",
    "met_counts",
    "met_from",
    "nameless_parts",
    "pass_rule_of",
    "passing_standard",
    "pc_coverage",
    "read_corrections",
    "report_of",
    "scales_of",
    "score_scale",
    "shapes_of",
    "standard_coverage",
    "total_of",
    "total_places",
    "total_scales",
]
