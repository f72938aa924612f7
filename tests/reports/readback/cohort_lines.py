"""What the files of a run say of its cohort: the order of criteria and of candidates, what does not add up."""

from __future__ import annotations

from math import ceil, floor

from tests.reports.readback.frame import MIN_N
from tests.reports.readback.raw import Line, Raw, per_cent
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


class Bars:
    """The bars of a distribution as the rules of the report have them: whole points where all forms have the
    same points and cut, else steps of five per cent."""

    def __init__(self, raw: Raw) -> None:
        mosts = {one["max_score"] for one in raw.candidates}
        self.in_points = len(mosts) == 1
        self.most = float(mosts.pop()) if self.in_points else 100.0
        values = [float(one["score"]) for one in raw.candidates] if self.in_points else raw.percents()
        least = min(0.0, *values)
        self.step = max(1, ceil((self.most - least + 1) / 60)) if self.in_points else 5
        self.whole = self.in_points and all(value == int(value) for value in values)
        self.single = self.whole and self.step == 1
        self.first = floor(least / self.step)
        last = floor(self.most / self.step) if self.single else ceil(self.most / self.step) - 1
        self.rows: list[tuple[float, int, int]] = []
        for k in range(self.first, last + 1):
            own = [n for n, value in enumerate(values) if min(floor(value / self.step), last) == k]
            passed = sum(raw.candidates[n]["decision"] == "pass" for n in own)
            self.rows.append((float(k * self.step), len(own), passed))
        self.last = float(last * self.step)

    def until(self, low: float) -> float:
        """Where a range ends: the last one with the full score."""
        return min(low + self.step, self.most) if not self.single else low + 1

    def greatest(self, low: float) -> float | None:
        """The greatest score of a bar of whole scores."""
        if not self.whole:
            return None
        return low if self.single else self.most if low == self.last else low + self.step - 1

    def told(self, low: float) -> str:
        """The scores of a bar."""
        greatest = self.greatest(low)
        if greatest is not None:
            return f"{low:g}" if greatest == low else f"{low:g}–{greatest:g}"
        return f"{low:g}–{'<' if low < self.last else ''}{self.until(low):g}"


def order_of(raw: Raw) -> list[int]:
    """Candidates from the best score down, equals in the order of the files."""
    return sorted(range(raw.n), key=lambda n: -per_cent(raw.candidates[n]))


def strips_rows(raw: Raw, statuses: dict[tuple[str, str], list[str]]) -> list[dict[str, object]]:
    """The table behind the strips."""
    rows = []
    for k, n in enumerate(order_of(raw)):
        person = raw.candidates[n]
        row: dict[str, object] = {
            "from_rank": k + 1,
            "to_rank": k + 1,
            "mean_percent": per_cent(person),
            "passed": int(person["decision"] == "pass"),
        }
        for level, code, _, _ in raw.places():
            status = statuses[level, code][n]
            unit = raw.units[0]["code"]
            row[f"{unit}:{code} met"] = int(status == "met")
            row[f"{unit}:{code} judged"] = int(status in ("met", "not_met"))
        rows.append(row)
    return rows
