"""Statements of a candidate's report on how exact the score is, and on the second look."""

from __future__ import annotations

import math
from decimal import Decimal

from tests.reports.sentences.places import Own
from tests.reports.sentences.statement import (
    CANDIDATE,
    COHORT,
    COMMITTEE,
    LIST,
    About,
    Catalogue,
    number,
    same,
)

says = Catalogue(CANDIDATE)


def _counted(a: About, kind: str) -> bool:
    """Whether marks of a kind are counted on the page, of a cohort those of anybody."""
    people = [a.who.row] if a.kind == CANDIDATE else a.facts.candidates
    return any(one[kind] != "0" and Own(a.facts, one, {}).marks[kind] for one in people)


def _cost(a: About, kind: str, otherwise: str) -> bool:
    """Whether such a mark costs what a wrong answer does."""
    return bool(a.facts.is_penal) and a.facts.scoring.get(kind, otherwise) == "wrong"


for _kind, _else, _words in (
    ("multiple", "wrong", "A question marked more than once where one answer was asked"),
    ("invalid", "blank", "A question with an unreadable mark"),
):
    for _says, _is_so in (("costs what a wrong answer does.", True), ("earns nothing.", False)):
        says(
            f"{_words} {_says}",
            when=lambda a, kind=_kind, other=_else, is_so=_is_so: (
                (a.facts.is_penal if a.kind in (COMMITTEE, LIST) else _counted(a, kind))
                and _cost(a, kind, other) == is_so
            ),
            kinds=(CANDIDATE, COHORT, COMMITTEE, LIST),
        )

says(
    "Several marks are as asked on a question with several right answers.",
    when=lambda a: _counted(a, "multiple") and a.facts.scoring.get("several", "any") != "any",
    kinds=(CANDIDATE, COHORT),
)

# ── how exact it is ──────────────────────────────────────────────────────────────────────────


def _cut_at_nought(a: About) -> bool:
    return bool(a.facts.is_penal and a.facts.scoring["floor"] == "total" and not a.who.score)


def _exact(a: About) -> bool:
    return a.who.n_items > 1 and not a.who.is_blank and not _cut_at_nought(a)


def _range(a: About) -> tuple[float, float]:
    """The true scores t with (x − t)² ≤ s (t − l) (m − t) / n, the roots of a quadratic; each item is of one
    point, and a wrong one costs the same everywhere."""
    given = a.facts.given(a.who.form)
    n, x = a.who.n_items - given, float(a.who.score) - given
    wrong = str(a.facts.scoring.get("wrong", 0))
    cost = 1 / 3 if wrong == "by_options" else float(wrong)
    spread, low = 1.0, -cost * n
    if cost:
        kinds = a.who.marks
        lost = [kinds["blank"]] + [kinds[k] for k, so in _BLANK_AS.items() if not _cost(a, k, so)]
        marked = n - n * sum(lost) / sum(kinds.values())
        right = min(max((x + cost * marked) / (1 + cost), 0), marked)
        widest = (x - low) * (n - x) / n
        own = right + cost * cost * (marked - right) - x * x / n
        spread = min(max(own / widest, 0), 1) or 1.0 if widest > 0 else 1.0
    k = spread / n
    b, c = 2 * x + k * (n + low), x * x + k * low * n
    root = math.sqrt(max(b * b - 4 * (1 + k) * c, 0))
    ends = [(b - root) / (2 + 2 * k) + given, (b + root) / (2 + 2 * k) + given]
    return (max(ends[0], 0), ends[1]) if a.facts.scoring.get("floor") == "total" else (ends[0], ends[1])


_BLANK_AS = {"multiple": "wrong", "invalid": "blank"}


says(
    "No score is exact: ranges like this one, from {low} to {high} points, hold the true score, the average "
    "over many papers like this one, of about 68 in 100 candidates.",
    when=_exact,
    says=lambda a, v, at: (
        number(v["low"]) - 0.051 <= float(a.who.score) <= number(v["high"]) + 0.051
        and all(abs(number(v[k]) - end) <= 0.051 for k, end in zip(("low", "high"), _range(a), strict=True))
    ),
)
says(
    "No question was answered. The score says only that: what the candidate knows cannot be told from it.",
    when=lambda a: a.who.is_blank and a.who.n_items > 1,
)
says(
    "Wrong answers cost as many points as right ones earned, or more, and a total below nought is told as "
    "nought: how exact it is cannot be told.",
    when=lambda a: _cut_at_nought(a) and not a.who.is_blank,
)
says("Bar: the score.")
says.may("Thin line: the range that holds the true score of about 68 in 100 candidates.", when=_exact)


def _alone(a: About) -> bool:
    return [one.kind for one in a.who.parts] == ["total"]


says("Upright mark: the score to pass.", when=lambda a: a.facts.has_cut and _alone(a))
says(
    "Upright mark: the points asked in all, which alone do not decide: see the parts of the rule.",
    when=lambda a: a.facts.has_cut and not _alone(a),
)


def _marked(a: About) -> bool:
    """Who is told of a second look: nobody any longer once people were told the result."""
    return a.who["second_look"] == "yes" and a.facts.state == "unreleased"


def _by_lord(a: About) -> bool:
    return bool(a.facts.rule) and a.facts.rule["second_look"]["sem"] == "lord"


says("Second look", when=_marked)
says(
    "The score lies within one standard error of measurement at the cut ({error} points) of the cut, {cut} "
    "points.",
    when=lambda a: _marked(a) and _by_lord(a),
    says=lambda a, v, at: (
        same(v["cut"], a.facts.cut(a.who.form))
        and abs(a.who.score - Decimal(v["cut"])) <= Decimal(v["error"]) + Decimal("0.005")
    ),
)
says(
    "The score lies within {error} points, the error that the pass rule names, of the cut, {cut} points.",
    when=lambda a: _marked(a) and not _by_lord(a),
    says=lambda a, v, at: abs(a.who.score - Decimal(v["cut"])) <= Decimal(v["error"]),
)


def _by_total(a: About) -> bool:
    return all(one.kind == "total" for one in a.who.failed)


def _holds_cut(a: About) -> bool:
    """Whether the range of the true score, where there is one, holds the cut."""
    if not _exact(a):
        return False
    low, high = _range(a)
    return low <= float(a.facts.cut(a.who.form)) <= high


says(
    "From this paper alone it cannot be told for certain on which side of the cut the true score lies: it is "
    "marked for a second look by the committee. The mark itself changes nothing.",
    when=lambda a: _marked(a) and _by_total(a) and _holds_cut(a),
)
says(
    "It is marked for a second look by the committee. The mark itself changes nothing.",
    when=lambda a: _marked(a) and _by_total(a) and not _holds_cut(a),
)
says(
    "It is marked for a second look by the committee. To reach this cut alone is not enough to pass: another "
    "part of the rule is not held. The mark itself changes nothing.",
    when=lambda a: _marked(a) and any(one.kind != "total" for one in a.who.failed),
)
