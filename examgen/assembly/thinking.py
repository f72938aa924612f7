"""The forms of an exam → whether they ask the same thinking, and the quotas by which they would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from examgen.core.models.base import CATEGORY_WORDS, COGNITIVE, Cognitive
from examgen.core.models.form import Exam
from examgen.core.problems import Problem
from examgen.core.words import listed, tell

_APART = 0.1
"""Forms are told to ask other thinking where they differ by more than this share of a form's items, and by
more than the one item that quotas of `same_thinking` allow."""
FORMS_APART = "forms-apart"


def _counts(built: Exam) -> dict[Cognitive, list[int]]:
    """Items of each cognitive category on each form, of the categories that any form has."""
    counts = [Counter(one.item.cognitive for one in form.items if one.points) for form in built.forms]
    return {name: own for name in COGNITIVE if any(own := [of[name] for of in counts])}


def other_thinking(built: Exam) -> Iterator[Problem]:
    """Name the difference between forms in items of a cognitive category, if it is more than a few."""
    apart = {
        name: (min(own), max(own))
        for name, own in _counts(built).items()
        if max(own) - min(own) > max(1, _APART * built.blueprint.items)
    }
    if apart:
        which = listed(
            tell("{words} {least}–{most}", words=CATEGORY_WORDS[name], least=least, most=most)
            for name, (least, most) in apart.items()
        )
        message = tell(
            "the numbers of items per category of behaviour differ between forms "
            "({which}). For parallel forms, set the number for each category.",
            which=which,
        )
        yield Problem(built.blueprint.exam, FORMS_APART, message, severity="warning")


def same_thinking(built: Exam) -> dict[Cognitive, int | dict[str, int]]:
    """Quotas of categories by which forms differ by one item at most: what these forms have on average, to
    the whole number below and above. They lie within whatever quotas the forms were found under."""
    n = len(built.forms)
    ends = {name: (sum(own) // n, -(-sum(own) // n)) for name, own in _counts(built).items()}
    return {name: low if low == high else {"min": low, "max": high} for name, (low, high) in ends.items()}
