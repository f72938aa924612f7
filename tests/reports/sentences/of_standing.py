"""Statements of a candidate's report on what is told beside points: scaled score, rank, percentile rank, T, criteria."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.reports.sentences.of_decisions import lost, printed_points
from tests.reports.sentences.statement import CANDIDATE, About, Catalogue, number

says = Catalogue(CANDIDATE)

for _key, _name in (
    ("scaled", "Scaled score"), ("rank", "Rank"), ("percentile", "Percentile rank"), ("t_score", "T-score"),
    ("criteria_met", "Criteria met"),
):  # fmt: skip
    says(_name, when=lambda a, key=_key: a.who[key])


def _on_line(a: About, points: Decimal) -> Decimal:
    """A line from points to the scale, as the blueprint has it; after a drop from points in proportion."""
    points = points * printed_points(a.facts, a.who.form) / Decimal(a.who["max_score"])
    rule = _scale(a)
    return Decimal(str(rule["slope"])) * points + Decimal(str(rule["intercept"]))


def _scale(a: About) -> dict[str, Any]:
    return dict(a.facts.audit["options"]["report"]["scaled"])


def _on_scale(a: About, points: Decimal) -> Decimal:
    """The same, rounded and held between the ends of the scale."""
    rule = _scale(a)
    value = round(_on_line(a, points), rule["decimals"])
    low, high = (Decimal(str(rule.get(end) or value)) for end in ("floor", "ceiling"))
    return min(max(value, low), high)


def _is(text: str, value: Decimal) -> bool:
    return abs(Decimal(str(number(text))) - value) < Decimal("0.051")


says(
    "The scale of this form goes from {least} to {most}.",
    when=lambda a: a.who["scaled"],
    says=lambda a, v, at: (
        _is(v["least"], _on_scale(a, Decimal(0)))
        and _is(v["most"], _on_scale(a, Decimal(a.who["max_score"])))
    ),
)
says(
    "The cut of {points} points is {cut} on it; points decide.",
    when=lambda a: a.who["scaled"] and a.facts.has_cut,
    says=lambda a, v, at: _is(v["cut"], _on_scale(a, a.facts.cut(a.who.form) or Decimal(0))),
)
says(
    "Points count in proportion to the full score as printed, since some was dropped.",
    when=lambda a: a.who["scaled"] and lost(a.facts, a.who.form),
)


def _true(a: About) -> list[Decimal]:
    """Wilson's interval of z = 1 about the score, in points: where each item earns a point or none."""
    n, x = a.who.n_items, float(a.who.score)
    middle, half = x + 0.5, (x * (n - x) / n + 0.25) ** 0.5
    return [Decimal((middle + sign * half) * n / (n + 1)) for sign in (-1, 1)]


def _told_alike(a: About) -> bool:
    low, high = (_on_scale(a, end) for end in _true(a))
    return low == high


def _is_held(a: About) -> bool:
    """Whether the scale ends before the range does."""
    rule = _scale(a)
    return any(round(_on_line(a, x), rule["decimals"]) != _on_scale(a, x) for x in _true(a))


def _t_of(a: About, end: Decimal) -> Decimal:
    """The T-score of points, where T is by the scaled score."""
    values = [float(one["scaled"]) for one in a.facts.candidates]
    mean = sum(values) / len(values)
    spread = (sum((x - mean) ** 2 for x in values) / len(values)) ** 0.5
    return Decimal(50 + 10 * (float(_on_scale(a, end)) - mean) / spread)


def _range_said(a: About, v: dict[str, str], at: str) -> bool:
    """The ends on the scale, or as T-scores; without a scale, that they are on either side of the T-score."""
    told = [number(v["low"]), number(v["high"])]
    if not a.who["scaled"]:
        return told[0] - 0.51 <= float(a.who["t_score"]) <= told[1] + 0.51
    shown = [[float(of(a, end)) for end in _true(a)] for of in (_on_scale, _t_of)]
    return any(
        all(abs(x - y) < by for x, y in zip(told, one, strict=True))
        for one, by in zip(shown, (0.051, 0.51), strict=True)
    )


def _ranged(a: About) -> bool:
    return bool((a.who["scaled"] or a.who["t_score"]) and not a.who.is_blank)


says.may(
    "The range of the true score is {low} to {high}.",
    when=lambda a: _ranged(a) and not (a.who["scaled"] and _is_held(a)),
    says=_range_said,
)
says(
    "The range of the true score is {low} to {high}, cut where scaled scores end.",
    when=lambda a: _ranged(a) and a.who["scaled"] and _is_held(a) and not _told_alike(a),
    says=_range_said,
)
says(
    "Scaled scores end here: no range of the true score can be told.",
    when=lambda a: _ranged(a) and a.who["scaled"] and _is_held(a) and _told_alike(a),
)


def _ranked(a: About, by: str) -> bool:
    """By what candidates are compared: the scaled score, points, or per cent where forms have other points."""
    mosts = {one["max_score"] for one in a.facts.candidates}
    own = "scaled" if a.who["scaled"] else "score" if len(mosts) == 1 else "percent"
    return bool(a.who["rank"]) and own == by


def _rank_said(a: About, v: dict[str, str], at: str, by: str) -> bool:
    higher = sum(float(one[by]) > float(a.who[by]) for one in a.facts.candidates)
    return number(v["n"]) == a.facts.n and int(a.who["rank"]) == higher + 1


for _by, _words in (
    ("scaled", "by scaled score"),
    ("score", "by points"),
    ("percent", "by per cent of the points of their form"),
):
    says(
        f"Of the {{n}} candidates scored, {_words}; 1 is the highest, equals share a rank.",
        when=lambda a, by=_by: _ranked(a, by),
        says=lambda a, v, at, by=_by: _rank_said(a, v, at, by),
    )


def _all(a: About, v: dict[str, str], at: str) -> bool:
    return number(v["n"]) == a.facts.n


def _t(a: About, *kinds: str) -> bool:
    return bool(a.who["t_score"]) and a.facts.audit["options"]["report"]["t_score"] in kinds


def _has_mean_50(a: About) -> bool:
    """Mean and deviation over N of all T-scores."""
    values = [float(one["t_score"]) for one in a.facts.candidates]
    mean = sum(values) / len(values)
    deviation = (sum((x - mean) ** 2 for x in values) / len(values)) ** 0.5
    return abs(mean - 50) < 0.05 and abs(deviation - 10) < 0.05


says(
    "So many per cent of the {n} candidates scored stand lower, those with an equal score counted by half.",
    when=lambda a: a.who["percentile"],
    says=_all,
)
says(
    "The {n} candidates scored have a mean of 50 and a standard deviation of 10.",
    when=lambda a: _t(a, "linear") and _has_mean_50(a),
    says=_all,
)
says(
    "Made from the percentile rank, so that the {n} candidates scored are spread about 50 with a standard "
    "deviation of about 10.",
    when=lambda a: _t(a, "normalised"),
    says=_all,
)


def _coverage(a: About, v: dict[str, str], at: str) -> bool:
    criteria = [one for one in a.who.places.values() if one.level == "pc"]
    asked = sum(one.asked > 0 for one in criteria)
    judged = sum(one.is_judged for one in criteria)
    found = tuple(int(v[name]) for name in ("stated", "asked", "judged", "n"))
    return found == (len(criteria), asked, judged, a.facts.judgement["min_items"])


says(
    "Met, of those judged. Of {stated} criteria of the standard {asked} were asked, {judged} of them with the "
    "{n} items or more that a judgement needs.",
    when=lambda a: a.who["criteria_met"],
    says=_coverage,
)
