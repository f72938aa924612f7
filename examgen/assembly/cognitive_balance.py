"""The forms of an exam → whether they require the same thinking, and quotas that would ensure it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from examgen.core.models.field_types import CATEGORY_WORDS, COGNITIVE, Cognitive
from examgen.core.models.form import Exam
from examgen.core.problems import Problem
from examgen.core.words import listed, tell

_APART = 0.1
"""The difference between forms, as a proportion of a form's items, above which they are reported as requiring
different thinking; a difference of one item, which quotas of `same_thinking` allow, is never reported."""
FORMS_APART = "forms-apart"


def _counts(built: Exam) -> dict[Cognitive, list[int]]:
    """Return the number of scored items in each form by cognitive category, for categories that any form
    has."""
    counts = [Counter(one.item.cognitive for one in form.items if one.points) for form in built.forms]
    return {name: own for name in COGNITIVE if any(own := [of[name] for of in counts])}


def other_thinking(built: Exam) -> Iterator[Problem]:
    """Yield a warning on the cognitive categories in which the forms differ by more than a few items."""
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
    """Return quotas by category under which forms differ by at most one item: the average of these forms,
    rounded down and up. They lie within the quotas under which the forms were found."""
    n = len(built.forms)
    ends = {name: (sum(own) // n, -(-sum(own) // n)) for name, own in _counts(built).items()}
    return {name: low if low == high else {"min": low, "max": high} for name, (low, high) in ends.items()}
