"""A unit of competency by all methods that its standard requires → the sentences about it in a candidate's
report.

There are none unless the sitting has a result of another method; the report then covers the written test
alone, and says so.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.standard import METHODS
from examgen.core.other_methods import AssessedUnit, MethodResult
from examgen.core.words import Pair, listed, spoken, tell
from examgen.rendering.parts import Words, day_words

if TYPE_CHECKING:
    from examgen.core.models.decisions import MethodsRule
    from examgen.scoring.scored_run import ScoredRun

_RESULT = {
    "pass": spoken("{method}: passed on {day}"),
    "fail": spoken("{method}: not passed on {day}"),
    "absent": spoken("{method}: did not come on {day}"),
    "waived": spoken("{method}: waived by a decision of {day}"),
}
_WRITTEN = {"met": spoken("Written test: passed"), "not_met": spoken("Written test: not passed")}
_BEFORE = {
    "met": spoken("A report that was released before said: met."),
    "not_met": spoken("A report that was released before said: not met."),
}


class UnitWords:
    """Makes the sentences about each unit in a candidate's report. There are none if the standard requires
    only the written test, or if no result of another method is recorded for anybody. Can be sent to worker
    processes."""

    def __init__(self, run: ScoredRun, words: Words) -> None:
        self._words = words
        self._all_methods, self._before = run.all_methods, run.units_before
        self._known: dict[tuple[Any, ...], tuple[Pair, ...]] = {}

    def __call__(self, who: str, unit: str, status: str, decision: str) -> tuple[Pair, ...]:
        """Return the sentences about a unit, given its status in the written test and the decision of the
        exam."""
        before = self._before.get(canonical_number(who), {}).get(unit, "") if self._before else ""
        found = self._all_methods.of(who, unit, status, decision)
        if found is None:
            return (self._words(_BEFORE[before]),) if before in _BEFORE else ()
        asked = self._all_methods.asked[unit]
        results = tuple((one.method, one.result, one.day) for one in found.held)
        key = unit, found.status, found.written, found.lacking, found.together, results, before
        if key not in self._known:
            sentences = _sentences(self._words, unit, asked.level, found, asked.of_some)
            if found.together is not None and self._all_methods.rule is not None:
                sentences.insert(-1, _together(self._words, found.together, self._all_methods.rule))
            if before in _BEFORE and before != found.status:
                sentences.append(self._words(_BEFORE[before]))
            self._known[key] = tuple(sentences)
        return self._known[key]


def _sentences(words: Words, unit: str, level: int | None, found: AssessedUnit, of_some: bool) -> list[Pair]:
    name = tell("{unit}, level {level}", unit=unit, level=level) if level is not None else unit
    held = {one.method: one for one in found.held}
    lines = [words(_WRITTEN[found.written])] if found.written in _WRITTEN else []
    lines += [_result(words, one) for one in held.values()]
    lacking = [one for one in found.lacking if one not in held]
    lines += [words("{method}: no result yet", method=tell(METHODS[one])) for one in lacking]
    if found.status == "met" and found.waived:
        lines.append(
            words(
                "{name}: met. The candidate passed every method of assessment that was not waived.",
                name=name,
            )
        )
    elif found.status == "met":
        lines.append(
            words(
                "{name}: met. The candidate passed every method of assessment that the standard asks.",
                name=name,
            )
        )
    elif found.status == "not_met" and found.together is not None:
        lines.append(
            words(
                "{name}: not met. Every method was passed, but together they do not come to what is asked.",
                name=name,
            )
        )
    elif found.status == "not_met":
        failed = [tell(METHODS[one]) for one in found.failed]
        if found.written == "not_met":
            failed.insert(0, tell("written test"))
        lines.append(words("{name}: not met. Not passed: {failed}.", name=name, failed=listed(failed)))
    else:
        open_now = [tell(METHODS[one]) for one in found.lacking]
        if found.written == "reached":
            lines.append(
                words(
                    "{name}: not decided. Its points in the written test reach what is asked, but the exam "
                    "as a whole was not passed.",
                    name=name,
                )
            )
        elif found.written != "met":
            open_now.insert(0, tell("written test"))
        if open_now:
            lines.append(words("{name}: not decided yet. Open: {open}.", name=name, open=listed(open_now)))
    if of_some and found.lacking:
        lines.append(words("The standard asks some of these methods for some occupations alone."))
    return lines


def _together(words: Words, together: Fraction, rule: MethodsRule) -> Pair:
    return words(
        "All methods together, weighed as the standard says: {percent} % of the points; {least} % are "
        "required.",
        percent=f"{int(together * 100) / 100:.2f}",
        least=f"{rule.percent:g}",
    )


def _result(words: Words, one: MethodResult) -> Pair:
    day = day_words(date.fromisoformat(one.day))
    return words(_RESULT[one.result], method=tell(METHODS[one.method]), day=day)
