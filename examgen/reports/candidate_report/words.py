"""The sentences of a candidate's report, each a message that the catalogues translate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from examgen.core.models.base import Bilingual
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
    """Say how many items were right; in points if these are not a count of items (`as_items`)."""
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


def rated_words(words: Words, marks: tuple[str, ...]) -> Pair:
    """How many tasks assessors rated, and of how many the points are the mean of two ratings."""
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
    """Every part of the rule, in words; all of them must hold. `required` is the lowest score that reaches
    the cut."""
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
    """The certainty that is asked of judgements, in per cent; empty where none is."""
    asked = judgement.get("certainty")
    return short(str(asked["percent"])) if asked else ""


MOST_PARTLY = 6
"""So many units and elements are named of those that were not asked whole."""


def partly_words(words: Words, partly: Sequence[tuple[str, str, int]]) -> Pair | None:
    """That units and elements are judged by what was asked alone: the code of each, how many of its criteria
    were asked (on several forms from the least to the most), of how many; None of none."""
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
    """State the rules of the body for a result with that decision, each with its date; that there is none
    while nothing is released."""
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
    """That some of the questions which were answered or left blank count for nobody."""
    return words(
        "Of these {n} questions, those that count for the score: {counted}.", n=n_questions, counted=n_counted
    )
