"""How often the decisions of a run would repeat on a parallel form: the sentences of cohort and committee."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from examgen.core.words import Pair
    from examgen.reports.language import Voice

LEAST_REPEATED, LEAST_ON_EACH_SIDE = 100, 10
"""Of fewer candidates, and of fewer who passed or who did not, nothing is said of a parallel form."""

Shares = Mapping[str, float | None]
"""`consistency`, `kappa`, `accuracy`, `false_pass`, `false_fail`, `pass_again`, `fail_again`."""


class Repeated(NamedTuple):
    """How often decisions would repeat on a parallel form, as shares; `shares` is None where that cannot be
    said: of too few candidates, or where no model fits what they answered."""

    n: int
    passed: int
    shares: Shares | None
    errors: Shares | None = None
    """Standard errors of `shares`."""
    n_sharing: int = 0
    """Items that share a text or a picture with others."""
    at_worst: Shares | None = None
    """The shares where all that such items have in common were due to it; None where it is known how much."""

    @property
    def is_enough(self) -> bool:
        """Whether there are candidates enough for a figure."""
        return self.n >= LEAST_REPEATED and LEAST_ON_EACH_SIDE <= self.passed <= self.n - LEAST_ON_EACH_SIDE


def repeated_words(voice: Voice, found: Repeated | None) -> Iterator[Pair]:
    """How often the decisions would repeat on a parallel form, and are right; or why that cannot be said."""
    words = voice.spoken
    if found is None:
        return
    if not found.is_enough:
        yield words(
            "How often these decisions would repeat on a parallel form cannot be said: it takes {least} "
            "candidates, at least {side} who passed and {side} who did not.",
            least=voice.number(LEAST_REPEATED),
            side=voice.number(LEAST_ON_EACH_SIDE),
        )
        return
    if found.shares is None:
        yield words(
            "How often these decisions would repeat on a parallel form cannot be said: no model fits the "
            "answers."
        )
        return

    def of_100(shares: Shares | None, name: str, decimals: int = 0) -> str:
        return voice.number(100 * ((shares or {}).get(name) or 0.0), decimals)

    yield words(
        "Of 100 candidates who passed, about {passed} would pass again on a parallel form; of 100 who did "
        "not pass, about {failed} would not pass again.",
        passed=of_100(found.shares, "pass_again"),
        failed=of_100(found.shares, "fail_again"),
    )
    yield words(
        "By their true scores, about {false_pass} of 100 candidates passed and should not have, and about "
        "{false_fail} did not pass and should have.",
        false_pass=of_100(found.shares, "false_pass"),
        false_fail=of_100(found.shares, "false_fail"),
    )
    yield words(
        "That is estimated from the answers of {n} candidates, by simulating parallel administrations that "
        "this rule decides; a parallel form is one of other items, equally hard in every criterion.",
        n=voice.number(found.n),
    )
    yield words(
        "Standard errors, in the same order: {passed}, {failed}, {false_pass} and {false_fail} of 100.",
        passed=of_100(found.errors, "pass_again", 1),
        failed=of_100(found.errors, "fail_again", 1),
        false_pass=of_100(found.errors, "false_pass", 1),
        false_fail=of_100(found.errors, "false_fail", 1),
    )
    if found.n_sharing and found.at_worst is None:
        yield words(
            "{n} items share a text or a picture with others; that another form would have another text is "
            "taken into account.",
            n=voice.number(found.n_sharing),
        )
    elif found.at_worst is not None:
        yield words(
            "{n} items share a text or a picture with others, and these answers cannot tell what is due to "
            "the text: on a form with other texts it might be {passed} of 100 who pass again, and {failed} "
            "of 100 who again do not.",
            n=voice.number(found.n_sharing),
            passed=of_100(found.at_worst, "pass_again"),
            failed=of_100(found.at_worst, "fail_again"),
        )
