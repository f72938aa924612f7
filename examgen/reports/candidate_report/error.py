"""A total and the scale of its form → the range of the true score, in numbers and words."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.models.scoring import ScoringRule
from examgen.core.uncertainty import TotalScale, true_score_range
from examgen.core.words import Pair
from examgen.rendering.parts import joined, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from examgen.rendering.parts import Words


class Marks(NamedTuple):
    """The numbers of questions of a sheet that were answered, left blank, marked more than once, and
    unreadable."""

    answered: int
    blank: int
    multiple: int
    invalid: int

    @property
    def is_blank(self) -> bool:
        """Whether the sheet has no mark at all."""
        return not (self.answered or self.multiple or self.invalid)


class Exactness(NamedTuple):
    """The lowest and highest number of points that the true score may have, not rounded, and a sentence on
    them. Both are the score itself if no range can be given."""

    low: Decimal
    high: Decimal
    said: Pair | None


def exactness(words: Words, score: str, scale: TotalScale, marks: Marks, rule: ScoringRule) -> Exactness:
    """Return the range of the true score and a sentence on it; for a sheet without marks, a sentence that the
    score says nothing about the candidate's knowledge.

    Each item is assumed to have earned its maximum or its minimum, which gives the widest possible range. If
    wrong answers cost points, blank questions are known to lie between the two.
    """
    x = Decimal(score)
    if scale.n_items < 2 or not scale.most:
        return Exactness(x, x, None)
    if marks.is_blank:
        said = words(
            "No question was answered. The score says only that: what the candidate knows cannot be told "
            "from it."
        )
        return Exactness(x, x, said)
    if scale.least < 0 and rule.floor == "total" and not x:
        said = words(
            "Deductions for wrong answers used up all points, so the score is 0. Its margin of "
            "error cannot be calculated."
        )
        return Exactness(x, x, said)
    spread = _spread(Fraction(x), scale, marks, rule)
    found = true_score_range(Fraction(x), scale, spread)
    low, high = map(Decimal, found)
    if rule.floor == "total":
        low = max(low, Decimal(0))
    said = words(
        "On another paper of the same kind the score might be a little higher or lower. The "
        "range from {low} to {high} points shows how much: ranges made this way contain the true "
        "score of about 68 of 100 candidates.",
        low=_told(tenths(low)),
        high=_told(tenths(high)),
    )
    return Exactness(min(low, x), max(high, x), said)


def _spread(x: Fraction, scale: TotalScale, marks: Marks, rule: ScoringRule) -> float:
    """Return the variance of the items given this sheet, as a share of the variance if all items had earned
    their maximum or minimum: with R right, W wrong and the others blank, (R + c² W − x² / n) to (x − l) (m
    − x) / n.

    c is the mean cost of a wrong answer, −l / n points of m / n.
    """
    n, most = scale.n_items, scale.most
    x -= scale.given
    widest = (x - scale.least) * (most - x) / n
    if not scale.least or widest <= 0:
        return 1.0
    blanks = marks.blank + sum(
        count
        for count, counts_as in ((marks.multiple, rule.multiple), (marks.invalid, rule.invalid))
        if counts_as == "blank"
    )
    worth, cost = Fraction(most) / n, -Fraction(scale.least) / n
    # pilot items and dropped ones are among the marks: what earns points is taken to be alike
    marked = n - Fraction(n * blanks, sum(marks))
    right = min(max((x + cost * marked) / (worth + cost), Fraction(0)), marked)
    variance = worth**2 * right + cost**2 * (marked - right) - x**2 / n
    return float(min(max(variance / widest, Fraction(0)), Fraction(1))) or 1.0


def tenths(value: Decimal) -> Decimal:
    """Round a number of points to one decimal."""
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _told(value: Decimal) -> str:
    return short(str(value or abs(value)))  # 0 has no sign


class SecondLook(NamedTuple):
    """A notice that a score is so near the cut score that it is marked for a second look."""

    cut: str
    error: str
    by_lord: bool
    """Whether the error is Lord's binomial error; otherwise the pass rule sets it."""
    case: str = ""
    """`within`: the cut score is within the range of the true score; `outside`: it is not; `other`: a part of
    the rule other than the total is not met."""


def second_look(cut: Decimal, error: float, rule: Mapping[str, Any]) -> SecondLook:
    """Return the cut score and the error on which a second look at a total is based."""
    by_lord = (rule.get("second_look") or {}).get("sem", "lord") == "lord"
    return SecondLook(short(str(cut)), short(str(Decimal(str(error)).quantize(Decimal("0.01")))), by_lord)


# ── how points are earned ────────────────────────────────────────────────────────────────────


def scoring_of(audit: Mapping[str, Any]) -> ScoringRule:
    """Return the scoring rule of a run from its audit."""
    return ScoringRule.model_validate(audit["options"].get("scoring") or {})


def scoring_words(words: Words, rule: ScoringRule) -> list[Pair]:
    """Return sentences on a scoring rule that is not the usual one, as far as a candidate needs them to
    understand the points."""
    found = []
    if rule.wrong == "by_options":
        found.append(
            words(
                "A wrong answer costs points: 1/(k − 1) of a point on a question of k options. A question "
                "left blank costs nothing."
            )
        )
    elif rule.penalty(2):
        found.append(
            words(
                "A wrong answer costs points: {share} of those of the question. A question left blank costs "
                "nothing.",
                share=str(rule.wrong),
            )
        )
    if found and rule.floor == "total":
        found.append(words("A total below 0 is shown as 0."))
    if rule.several == "partial":
        found.append(words("A question with several right answers may earn a part of its points."))
    return found


def odd_marks_words(words: Words, rule: ScoringRule, *, multiple: bool, invalid: bool) -> Iterator[Pair]:
    """Yield sentences on the points for multiple marks on a single-answer question and for unreadable marks,
    if there are any."""
    costs = rule.penalty(2) > 0
    if multiple and rule.several != "any":
        yield words("Several marks are as asked on a question with several right answers.")
    if multiple and costs and rule.multiple == "wrong":
        yield words(
            "A question marked more than once where one answer was asked costs what a wrong answer does."
        )
    elif multiple:
        yield words("A question marked more than once where one answer was asked earns nothing.")
    if invalid and costs and rule.invalid == "wrong":
        yield words("A question with an unreadable mark costs what a wrong answer does.")
    elif invalid:
        yield words("A question with an unreadable mark earns nothing.")


def bar_caption(words: Words, *, has_range: bool, has_cut: bool, by_total_alone: bool) -> Pair:
    """Return the explanation of the bar of the total."""
    parts = [words("Bar: the score.")]
    if has_range:
        parts.append(words("Thin line: margin of error (68 %)."))
    if has_cut and by_total_alone:
        parts.append(words("Upright mark: the score to pass."))
    elif has_cut:
        parts.append(words("Upright mark: the total required. Other requirements are listed with the rule."))
    return joined(*parts)
