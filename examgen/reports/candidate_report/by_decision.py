"""Decisions about a candidate who has a result → the sentences about them in the candidate's report.

Reasons and evidence are in the committee's book only. Decisions that leave a person without a result do not
appear in a report of a result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.candidate_numbers import canonical_number
from examgen.core.person_decisions import last_looks, look_of
from examgen.core.words import Pair, spoken
from examgen.rendering.parts import Words, day_words

if TYPE_CHECKING:
    from examgen.core.person_decisions import TotalResult
    from examgen.scoring.scored_run import ScoredRun

_UPHELD = {
    "pass": spoken("The result was reviewed on {day} and confirmed: passed."),
    "fail": spoken("The result was reviewed on {day} and confirmed: not passed."),
    "": spoken("The result was reviewed on {day} and confirmed."),
}
"""The sentence on an upheld result, by decision. It names the decision because a report may also mention an
earlier, different result."""
_CHANGED = spoken("The result was reviewed on {day} and changed. This report shows the new result.")
_SAID = {
    "remarked": spoken("Another person marked the answers again on {day}."),
    "appeal-allowed": spoken("An appeal against the result was allowed on {day}."),
    "appeal-dismissed": spoken("An appeal against the result was dismissed on {day}."),
}


class Decided(NamedTuple):
    """The decisions about a candidate in sentences, and whether a second look at the result is among them."""

    said: tuple[Pair, ...]
    has_look: bool


class DecisionWords:
    """Makes the sentences about decisions in a candidate's report. Can be sent to worker processes."""

    def __init__(self, run: ScoredRun, words: Words) -> None:
        self._words = words
        self._looks = last_looks(run.decisions)
        others: dict[str, list[tuple[str, str]]] = {}
        for one in run.decisions:
            if one.decision in _SAID:
                others.setdefault(canonical_number(one.candidate_id), []).append((one.decision, one.date))
        self._others: Mapping[str, Sequence[tuple[str, str]]] = others

    def __call__(self, who: str, result: TotalResult) -> Decided:
        """Return the sentences about a candidate with this result."""
        number = canonical_number(who)
        last = self._looks.get((number, result))
        look = look_of(last)
        said = []
        if last is not None and look != "open":
            said.append((_UPHELD[result.decision] if look == "upheld" else _CHANGED, last.date))
        said += [(_SAID[decision], day) for decision, day in self._others.get(number, ())]
        sentences = (self._words(one, day=day_words(date.fromisoformat(day))) for one, day in said)
        return Decided(tuple(sentences), look != "open")
