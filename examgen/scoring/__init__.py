"""Responses and key → `Scores`: candidates, performance criteria and their coverage.

All comparisons with a cut are exact: a percentage is turned into the least number of points that
meets it by rational arithmetic, and printed percentages are rounded half up from integers.
"""

from __future__ import annotations

from examgen.scoring.key import Criteria, letters_mask
from examgen.scoring.scores import score

__all__ = ["Criteria", "letters_mask", "score"]
