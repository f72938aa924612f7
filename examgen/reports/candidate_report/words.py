"""The sentences of a candidate's report, each a message that the catalogues translate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from examgen.core.models.field_types import Bilingual
from examgen.core.words import Pair
from examgen.rendering.parts import day_words, joined, short

if TYPE_CHECKING:
    from examgen.core.exam.releases import ReleaseState
    from examgen.core.models.sitting import BodyWords
    from examgen.rendering.parts import Words

_Rule = Mapping[str, Any]
NOTHING = Bilingual(th="−", en="−")


# ── a line ───────────────────────────────────────────────────────────────────────────────────


def tally_words(words: Words, points: str, most: str, n_items: int, *, as_items: bool) -> Pair:
    """Return a sentence on how many items were right, or on the points if these do not count items
    (`as_items`)."""
    if not n_items or not points:
        return NOTHING
    right = short(points)
    as_items = as_items and Decimal(most) == n_items
    if as_items and n_items == 1:
        return words("{points} of 1 item", points=right)
    if as_items:
        return words("{points} of {n} items", points=right, n=n_items)
    return words("{points} of {most} points, {n} items", points=right, most=short(most), n=n_items)


def marks_words(words: Words, marks: tuple[str, ...]) -> Pair:
    """Return a sentence on how many questions were answered, left blank, marked more than once and
    unreadable."""
    answered, blank, multiple, invalid = marks
    return words(
        "{answered} questions answered, {blank} left blank, {multiple} marked more than once, "
        "{invalid} unreadable",
        answered=answered,
        blank=blank,
        multiple=multiple,
        invalid=invalid,
    )


def rated_words(words: Words, marks: tuple[str, ...]) -> Pair:
    """Return a sentence on how many tasks were rated, and for how many the points are the mean of two
    ratings."""
    answered, blank, multiple, _ = map(int, marks)
    if not multiple:
        return words("Assessors rated {n} tasks.", n=answered + blank)
    return words(
        "Assessors rated {n} tasks; the points of {means} of them are the mean of two ratings.",
        n=answered + blank + multiple,
        means=multiple,
    )


# ── the pass rule ────────────────────────────────────────────────────────────────────────────


def pass_rule_words(
    words: Words, rule: _Rule | None, cut: Decimal | None, required: Decimal | None, most: str
) -> Iterator[Pair]:
    """Yield every part of the rule in words; all of them must be met. `required` is the lowest score that
    reaches the cut score."""
    if rule is None:
        return
    if cut is not None:
        numbers = {"cut": short(str(required)), "most": short(most)}
        percent = rule["percent"]
        if percent is not None and Decimal(str(percent)) * Decimal(most) == 100 * cut:
            yield words(
                "at least {percent} % of the points: {cut} of {most}", percent=short(str(percent)), **numbers
            )
        else:
            yield words("at least {cut} of {most} points", **numbers)
    for of in ("criteria", "elements", "units"):
        for pattern, percent in rule[of].items():
            value = short(str(percent))
            if pattern != "all":
                yield words("at least {percent} % in {pattern}", percent=value, pattern=pattern)
            elif of == "criteria":
                yield words("at least {percent} % in every criterion that is asked", percent=value)
            elif of == "elements":
                yield words("at least {percent} % in every element that is asked", percent=value)
            else:
                yield words("at least {percent} % in every unit that is asked", percent=value)
    if wanted := rule["at_least"]:
        value, met = short(str(wanted["percent"])), wanted["met"]
        if wanted["of"] == "criteria":
            said = words("at least {met} criteria each at {percent} % or more", met=met, percent=value)
        elif wanted["of"] == "elements":
            said = words("at least {met} elements each at {percent} % or more", met=met, percent=value)
        else:
            said = words("at least {met} units each at {percent} % or more", met=met, percent=value)
        if tuple(wanted["among"]) != ("all",):
            among = ", ".join(wanted["among"])
            said = Bilingual(th=f"{said.th} ({among})", en=f"{said.en} ({among})")
        yield said


def certainty_of(judgement: _Rule) -> str:
    """Return the certainty required for judgements, in per cent; empty if none is required."""
    asked = judgement.get("certainty")
    return short(str(asked["percent"])) if asked else ""


MOST_PARTLY = 6
"""The maximum number of units and elements that are named as only partly covered."""


def partly_words(words: Words, partly: Sequence[tuple[str, str, int]]) -> Pair | None:
    """Return a sentence that units and elements are judged only by the criteria that were covered; None if
    `partly` is empty.

    `partly` has the code of each, how many of its criteria were covered (for several forms a range), and how
    many it has.
    """
    if not partly:
        return None
    which = ", ".join(f"{code} {asked}/{of}" for code, asked, of in partly[:MOST_PARTLY])
    if len(partly) > MOST_PARTLY:
        which += f" … (+{len(partly) - MOST_PARTLY})"
    return words(
        "Units and elements are judged only by those of their criteria with items that count: {parts}.",
        parts=which,
    )


def body_rules(words: Words, body: BodyWords | None, release: ReleaseState, decision: str) -> Iterator[Pair]:
    """Yield the body's rules for a result with that decision, each with its date, or with a note that there
    is no date before the release."""
    for rule in body.given_to(decision) if body is not None else ():
        if not rule.is_reckoned:
            yield rule
        elif release.state != "released" or not release.day:
            yield joined(rule, words("The day is not known before the result is released."))
        else:
            day = rule.after(date.fromisoformat(release.day))
            if body is not None and rule is body.resitting:
                yield joined(rule, words("For this result, the first day is {day}.", day=day_words(day)))
            else:
                last = day - timedelta(1) if body is not None and rule is body.validity else day
                yield joined(rule, words("For this result: until {day}.", day=day_words(last)))


def uncounted_words(words: Words, n_questions: int, n_counted: int) -> Pair:
    """Return a sentence that some of the questions do not count for anybody."""
    return words(
        "Of these {n} questions, those that count for the score: {counted}.", n=n_questions, counted=n_counted
    )
