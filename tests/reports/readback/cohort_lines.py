"""What the files of a run say of its cohort: the order of criteria and of candidates, what does not add up."""

from __future__ import annotations

from tests.reports.readback.frame import MIN_N
from tests.reports.readback.raw import Line, Raw
from tests.reports.readback.speech import number

MOST_PEOPLE = 60
KINDS = ("answered", "blank", "multiple", "invalid")
IN_ORDER = ("by", "name", "registered", "present", "absent", "scored")


def least_met(raw: Raw) -> list[Line]:
    """Lines of pc_coverage.csv, the least met first, at last those that nobody was judged in."""

    def share(row: Line) -> tuple[bool, float, float]:
        met, judged = int(row["met"]), int(row["met"]) + int(row["not_met"])
        return not judged, met / judged if judged else 0.0, raw.mean(row["pc"]) or 0.0

    return sorted(raw.coverage, key=share)


def near_the_cut(raw: Raw) -> list[Line]:
    """Candidates marked for a second look, the nearest first."""

    def far(one: Line) -> tuple[float, str]:
        cut = raw.cut(one["max_score"])
        assert cut is not None
        return abs(float(one["score"]) - float(cut)), one["candidate_id"]

    return sorted((one for one in raw.candidates if one.get("second_look") == "yes"), key=far)


def heat_text(met: int, judged: int) -> str:
    """A cell of the heat map: per cent, or the counts of fewer than ten."""
    if not judged:
        return "–"
    return f"{met}/{judged}" if judged < MIN_N else number(100 * met / judged)


def is_odd(row: Line) -> bool:
    """Whether a room of the ledger has anything beside its sums."""
    return any(int(row[name]) for name in row if name not in IN_ORDER)
