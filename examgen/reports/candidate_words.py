"""The sentences of a candidate's report, each a message that the catalogues translate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from examgen.models import Bilingual
from examgen.reports.report_parts import short

if TYPE_CHECKING:
    from examgen.models import FormCut
    from examgen.reports.report_parts import Words

_Rule = Mapping[str, Any]
NOTHING = Bilingual(th="−", en="−")


# ── a line ───────────────────────────────────────────────────────────────────────────────────


def tally_words(words: Words, points: str, most: str, n_items: int) -> Bilingual:
    """What was right of what was asked; points apart from items where they differ."""
    if not n_items or not points:
        return NOTHING
    right = short(points)
    if n_items == 1 and Decimal(most) == 1:
        return words("{points} of 1 item", points=right)
    if Decimal(most) == n_items:
        return words("{points} of {n} items", points=right, n=n_items)
    return words("{points} of {most} points, {n} items", points=right, most=short(most), n=n_items)


def marks_words(words: Words, marks: tuple[str, ...]) -> Bilingual:
    """How many questions were answered, and how many were not, in whatever way."""
    answered, blank, multiple, invalid = marks
    return words(
        "{answered} questions answered, {blank} left blank, {multiple} marked more than once, "
        "{invalid} unreadable",
        answered=answered,
        blank=blank,
        multiple=multiple,
        invalid=invalid,
    )


# ── the total ────────────────────────────────────────────────────────────────────────────────


def uncertainty(
    words: Words, score: str, most: str, n_items: int, rule: _Rule | None, *, below_0: bool = False
) -> tuple[float, float, Bilingual | None]:
    """The score less and more one standard error of measurement, as shares of all points, and in words.

    The error is that of the pass rule's second look: a number of points, or Lord's binomial error of the
    score itself, √(x (m − x) / (n − 1)) for x of m points on n items. No words where there is none: fewer
    than two items, or no points to be had. At nought and at all points Lord's error is 0, and the words
    say that this means nothing. Where scores may be `below_0`, nought is not the end of the scale, and
    Lord's error is not defined below it. The shares are held between 0 and 1.

    References
    ----------
    Lord, F. M. (1955). Estimating test reliability. Educational and Psychological Measurement, 15, 325–336.
    """
    x, m = Decimal(score), Decimal(most)
    if n_items < 2 or not m:
        return 0.0, 0.0, None
    error = _error(x, m, n_items, rule)
    if not error:
        return _share(x, m), _share(x, m), _without_error(words, below_0 and x < m)
    low, high = x - error, min(x + error, m)
    if not below_0:
        low = max(low, Decimal(0))
    said = words(
        "No score is exact. If this exam were sat again with a paper like this one, the score would likely "
        "lie between {low} and {high} points (one standard error of measurement: {error}).",
        low=_rounded(low, 0),
        high=_rounded(high, 0),
        error=_rounded(error, 1),
    )
    return _share(low, m), _share(high, m), said


def _share(points: Decimal, most: Decimal) -> float:
    return float(min(max(points / most, Decimal(0)), Decimal(1)))


def _without_error(words: Words, low_down: bool) -> Bilingual:
    """`low_down`: at nought or below it, where scores may be lower still."""
    if low_down:
        return words(
            "A score of nought or less has no error that can be computed: "
            "on another paper like this one it could well differ by a few points."
        )
    return words(
        "A score at the very end of the scale has no error that can be computed: "
        "on another paper like this one it could well differ by a few points."
    )


def _error(x: Decimal, m: Decimal, n: int, rule: _Rule | None) -> Decimal:
    said = ((rule or {}).get("second_look") or {}).get("sem", "lord")
    if said != "lord" and Decimal(str(said)):
        return Decimal(str(said))
    return (max(x * (m - x), Decimal(0)) / (n - 1)).sqrt()


def _rounded(value: Decimal, decimals: int) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return str(rounded or abs(rounded)).replace("-", "−")  # 0 has no sign


def second_look_words(words: Words) -> Bilingual:
    """What it means that somebody is marked for a second look where the total decides."""
    return words(
        "The score lies within one standard error of measurement of the cut, so the decision could easily "
        "have been the other one: it is marked for a second look by the committee. The mark itself changes "
        "nothing."
    )


def second_look_other_words(words: Words) -> Bilingual:
    """What it means where another part of the rule than the total is not held."""
    return words(
        "The score lies within one standard error of measurement of its cut and is marked for a second look "
        "by the committee. Another score alone would not change the decision: another part of the rule is "
        "not held. The mark itself changes nothing."
    )


# ── the pass rule ────────────────────────────────────────────────────────────────────────────


def total_cut(rule: _Rule | None, of_form: FormCut | None, most: Decimal) -> Decimal | None:
    """The cut on the total in points, the higher one where there are two; None where there is none."""
    if rule is None:
        return None
    cuts = []
    if rule["percent"] is not None:
        cuts.append(Decimal(str(rule["percent"])) * most / 100)
    if rule["cut"] == "angoff" and of_form is not None:
        cuts.append(Decimal(of_form.cut))
    elif rule["cut"] is not None and rule["cut"] != "angoff":
        cuts.append(Decimal(str(rule["cut"])))
    return max(cuts, default=None)


def pass_rule_words(words: Words, rule: _Rule | None, cut: Decimal | None, most: str) -> Iterator[Bilingual]:
    """Every part of the rule, in words; all of them must hold."""
    if rule is None:
        return
    if cut is not None:
        yield _total(words, rule, cut, most)
    for pattern, percent in rule["criteria"].items():
        yield _each(words, pattern, percent, "criteria")
    for pattern, percent in rule["elements"].items():
        yield _each(words, pattern, percent, "elements")
    for pattern, percent in rule["units"].items():
        yield _each(words, pattern, percent, "units")
    if rule["at_least"]:
        yield _at_least(words, rule["at_least"])


def _total(words: Words, rule: _Rule, cut: Decimal, most: str) -> Bilingual:
    numbers = {"cut": short(str(cut)), "most": short(most)}
    percent = rule["percent"]
    if percent is not None and Decimal(str(percent)) * Decimal(most) == 100 * cut:
        return words(
            "at least {percent} % of all points: {cut} of {most}",
            percent=short(str(percent)),
            **numbers,
        )
    return words("at least {cut} of {most} points", **numbers)


def _each(words: Words, pattern: str, percent: object, of: str) -> Bilingual:
    value = short(str(percent))
    if pattern != "all":
        return words("at least {percent} % in {pattern}", percent=value, pattern=pattern)
    if of == "criteria":
        return words("at least {percent} % in every criterion that is asked", percent=value)
    if of == "elements":
        return words("at least {percent} % in every element that is asked", percent=value)
    return words("at least {percent} % in every unit that is asked", percent=value)


def _at_least(words: Words, rule: _Rule) -> Bilingual:
    value, met = short(str(rule["percent"])), rule["met"]
    if rule["of"] == "criteria":
        said = words("at least {met} criteria each at {percent} % or more", met=met, percent=value)
    elif rule["of"] == "elements":
        said = words("at least {met} elements each at {percent} % or more", met=met, percent=value)
    else:
        said = words("at least {met} units each at {percent} % or more", met=met, percent=value)
    if tuple(rule["among"]) == ("all",):
        return said
    among = ", ".join(rule["among"])
    return Bilingual(th=f"{said.th} ({among})", en=f"{said.en} ({among})")


# ── what the signs mean ──────────────────────────────────────────────────────────────────────


def meanings(words: Words, judgement: _Rule) -> dict[str, Bilingual]:
    """What is said of a status that does not speak for itself."""
    return {
        "insufficient": words(
            "Too few items: fewer than {n} items were asked, so neither met nor not met can be said. "
            "This is no fault of the candidate.",
            n=judgement["min_items"],
        ),
        "not_assessed": words("Not assessed: this paper asked nothing about it."),
    }


def bar_words(words: Words, judgement: _Rule) -> Bilingual:
    """How to read a bar."""
    return words(
        "The bar is the percentage of points; the thin line below it is the {confidence} % interval: "
        "the fewer the items, the longer it is. The upright mark is where a criterion counts as met.",
        confidence=short(str(judgement["confidence"])),
    )


def to_do_words(words: Words) -> dict[str, Bilingual]:
    """What leads the list of what to work on, or stands in its place."""
    return {
        "to_do": words("Start with these performance criteria, which are not met yet."),
        "to_do_whole": words(
            "Start with these, which are not met yet. A whole element or unit stands here where too few "
            "items were asked of each of its criteria to judge them one by one."
        ),
        "nothing_to_do": words("Every criterion that could be judged is met."),
        "not_passed_so": words("The exam is not passed all the same:"),
        "none_judged": words("No criterion could be judged: there is nothing to advise."),
    }
