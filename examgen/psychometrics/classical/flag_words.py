"""Flags → sentences in English and Thai that say what was seen in an item, with the numbers.

Callers put the name of the item in front; options have the names that callers give.
"""

from __future__ import annotations

from typing import NamedTuple

from examgen.core.words import Message, tell


class ConfidenceInterval(NamedTuple):
    """A 95 % interval."""

    low: float
    high: float

    @property
    def said(self) -> Message:
        """The interval as sentences show it."""
        return tell("95 %: {low:.2f} to {high:.2f}", low=self.low, high=self.high)


def too_hard(shown: str, limit: str, ends: ConfidenceInterval, n: int) -> Message:
    """A facility below its limit."""
    return tell(
        "facility {shown} ({ends}; {n} candidates) is below {limit} (too hard)",
        shown=shown,
        ends=ends.said,
        n=n,
        limit=limit,
    )


def too_easy(shown: str, limit: str, ends: ConfidenceInterval, n: int) -> Message:
    """A facility above its limit."""
    return tell(
        "facility {shown} ({ends}; {n} candidates) is above {limit} (too easy)",
        shown=shown,
        ends=ends.said,
        n=n,
        limit=limit,
    )


def negative(r: float, ends: ConfidenceInterval, n: int) -> Message:
    """An item–rest correlation below 0, beyond chance."""
    return tell(
        "item–rest correlation {r:.2f} ({ends}; {n} candidates): able candidates do worse. "
        "Check the key first",
        r=r,
        ends=ends.said,
        n=n,
    )


def low(r: float, limit: float, ends: ConfidenceInterval, n: int) -> Message:
    """An item–rest correlation whose whole interval is below the limit."""
    return tell(
        "item–rest correlation {r:.2f} ({ends}; {n} candidates): the whole interval is below {limit:.2f}",
        r=r,
        ends=ends.said,
        n=n,
        limit=limit,
    )


def many_blanks(shown: str, limit: str, n: int) -> Message:
    """A proportion of blanks above its limit."""
    return tell(
        "{shown} of the {n} candidates left it blank, more than {limit}", shown=shown, n=n, limit=limit
    )


def attracts(
    name: str, r: float, able: tuple[int, int], others: tuple[int, int], tested: tuple[float, int]
) -> Message:
    """A wrong option that goes with high scores.

    `able` and `others`: how many of the able candidates and of the others chose it, and how many there are.
    `tested`: its p and the number of distractors tested.
    """
    p, n_tests = tested
    chance = "p < 0.001" if p < 0.001 else f"p {p:.3f}"
    return tell(
        "{name} is wrong according to the key but is chosen by candidates with high scores: "
        "option–rest correlation {r:.2f} ({chance}), significant over {n_tests} distractors "
        "(Holm, 5 %). It was chosen by {able_chose} of the {n_able} most able (upper 27 %, "
        "including ties) and by {others_chose} of the {n_others} others",
        name=name,
        r=r,
        chance=chance,
        n_tests=n_tests,
        n_able=able[1],
        able_chose=able[0],
        n_others=others[1],
        others_chose=others[0],
    )


def idle(name: str, shown: str, limit: str, n: int, n_wrong: int, even: float) -> Message:
    """A distractor that drew few of the wrong answers."""
    return tell(
        "{name} was chosen by {shown}, fewer than {limit}: {n} of {n_wrong} wrong answers (an "
        "even share would be {even:.0f})",
        name=name,
        shown=shown,
        limit=limit,
        n=n,
        n_wrong=n_wrong,
        even=even,
    )


def under_chance(shown: str, limit: str, n: int) -> Message:
    """Fewer right answers than guessing would give."""
    return tell(
        "{shown} of the {n} who answered are right, but guessing would give {limit}",
        shown=shown,
        n=n,
        limit=limit,
    )


def misfit_outfit(outfit: float, z: float) -> Message:
    """An outfit far from 1: answers are less or more regular than the model expects."""
    than = tell("less") if outfit > 1 else tell("more")
    return tell(
        "outfit {outfit:.2f} (z {z:.1f}): answers are {than} regular than the model expects",
        outfit=outfit,
        z=z,
        than=than,
    )


def misfit_curve() -> Message:
    """S-X² with p below 0.001: the curve does not fit the answers."""
    return tell("S-X2 has p < 0.001, so the curve does not fit the answers")
