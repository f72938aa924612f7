"""The scoring conditions of a QTI 1.2 item → what each answer earns, and the key that they prove.

Systems interpret some conditions differently (`<other/>`, a missing `continue`, bounds). An item has a key
only if every interpretation proves the same one.

References
----------
IMS Question & Test Interoperability: ASI Information Model Specification 1.2 (2002), 3.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any, Literal, NamedTuple

from examgen.core.words import Message, listed, tell
from examgen.interchange import weights
from examgen.interchange.markup import name_of
from examgen.interchange.weights import Answer

_MOST_STEPS = 2_000_000
"""The most conditions that are evaluated for one item; an item of five options takes a few hundred."""
_GROUPS = frozenset(("conditionvar", "and", "or", "not"))
_ACTIONS = {
    "set": lambda score, value: value,
    "add": lambda score, value: score + value,
    "subtract": lambda score, value: score - value,
    "multiply": lambda score, value: score * value,
}


class _Reading(NamedTuple):
    """One interpretation of what the specification, or the file, leaves open."""

    bare_and: bool = True
    """Whether several tests without `<and>` or `<or>` must all hold."""
    not_any: bool = True
    """Whether a `<not>` of several tests means that none of them holds (else: that not all of them hold)."""
    empty: bool = False
    """Whether a condition without tests holds."""
    stops: bool = True
    """Whether a condition that holds is the last if it has no `continue`."""
    other: Literal["earlier", "any", "earlier points", "any points"] = "earlier"
    """The conditions of which none may hold for `<other/>`."""
    bounds: Literal["none", "end", "each"] = "none"
    """When a score is clipped to the bounds of its variable."""
    strict: bool = True
    """Whether a test of another response, or of a name in another case, never holds."""


class _Condition(NamedTuple):
    """A condition: its tests, its effect on the score, and its `continue` (None if missing)."""

    test: Any
    sets: tuple[tuple[str, float], ...]
    goes_on: bool | None
    is_key: bool
    """Whether it is marked as the condition of the right answer, as in Blackboard and Canvas."""
    others: bool
    """Whether it contains `<other/>`."""


class Proved(NamedTuple):
    """The positions of the right options and each option's share of the points; or why no key is certain."""

    right: Answer
    shares: tuple[float, ...]
    is_plain: bool
    """Whether every option is either right or wrong, without part marks."""
    why: Message | None


class _Unread(Exception):
    """Raised for rules that are not understood; its argument is the message."""


def prove(item: Any, response: Any, names: list[str], several: bool) -> Proved:
    """The key of an item whose options have these names, in their order."""
    nothing = (0.0,) * len(names)
    try:
        rules = _Conditions(item, response.get("ident") or "", names)
        if not any(one.sets or one.is_key for one in rules.rules):
            return Proved(frozenset(), nothing, True, None)
        right = rules.key(several)
    except _Unread as error:
        return Proved(frozenset(), nothing, True, error.args[0])
    if isinstance(right, Message):
        return Proved(frozenset(), nothing, True, right)
    shares = rules.shares(several, right)
    gains = {one for one in shares if one > 0}
    return Proved(right, shares, len(gains) < 2 and min(shares, default=0.0) >= 0, None)


class _Conditions:
    def __init__(self, item: Any, response: str, names: list[str]) -> None:
        self.response, self.names = response, names
        self.places = {name: place for place, name in enumerate(names)}
        if len(self.places) < len(names) or "" in self.places:
            raise _Unread(tell("two of its options have the same identifier, so its key is not clear"))
        self.folded = {name.casefold(): place for name, place in self.places.items()}
        blocks = [one for one in _of(item, "resprocessing") if any(True for _ in _of(one, "respcondition"))]
        if len(blocks) > 1:
            raise _Unread(tell("has {n} blocks of scoring rules: leave one", n=len(blocks)))
        for extension in _of(item, "respcond_extension", "itemproc_extension", "var_extension"):
            raise _Unread(
                tell("its scoring rules use {name}, which is not supported", name=name_of(extension))
            )
        self.variable = self._variable(blocks)
        score: Any = next((one for one in _of(item, "decvar") if _variable(one) == self.variable), {})
        self.low = weights.number_or_none(score.get("minvalue"))
        self.high = weights.number_or_none(score.get("maxvalue"))
        self.start = weights.number_or_none(score.get("defaultval")) or 0.0
        self.rules = [self._rule(one) for block in blocks for one in _of(block, "respcondition")]
        titles = {(one.get("title") or "").lower() for block in blocks for one in _of(block, "respcondition")}
        self.is_blackboard = titles >= {"correct", "incorrect"} and all(
            one.goes_on is None for one in self.rules
        )
        """Whether titles identify its conditions, none of which has a `continue`."""
        self.held: dict[Any, list[bool]] = {}
        """Which conditions without `<other/>` hold, by answer and interpretation."""
        # conditions that give points must name options of the item
        lacking = dict.fromkeys(
            name
            for rule in self.rules
            if (rule.sets or rule.is_key) and rule.test is not None
            for one in _of(rule.test, "varequal", "varsubset")
            for name in _names(one)
            if name and name.casefold() not in self.folded
        )
        if lacking:
            raise _Unread(tell("its key {key} is none of its options", key=", ".join(lacking)))

    def _variable(self, blocks: list[Any]) -> str:
        """The name of the score variable, case-folded."""
        found = {_variable(one) for block in blocks for one in _of(block, "setvar")}
        if not found or "score" in found:
            return "score"
        if len(found) == 1 and re.search("score|point|grade|mark", next(iter(found))):
            return found.pop()
        raise _Unread(
            tell(
                "sets the variables {names}: it is not clear which of them is the score",
                names=listed(sorted(found)),
            )
        )

    def _rule(self, element: Any) -> _Condition:
        sets = []
        for one in _of(element, "setvar"):
            if _variable(one) != self.variable:
                continue
            action, text = (one.get("action") or "Set").lower(), (one.text or "").strip()
            value = (
                (self.high or 1.0) if re.fullmatch(r"\w+\.max", text, re.I) else weights.number_or_none(text)
            )
            if value is None or action not in _ACTIONS:
                raise _Unread(
                    tell("its scoring rules have {text!r}, which cannot be read", text=f"{action} {text}")
                )
            sets.append((action, value))
        said = (element.get("continue") or "").lower()
        title = (element.get("title") or "").strip().lower()
        return _Condition(
            next(_of(element, "conditionvar"), None),
            tuple(sets),
            {"yes": True, "no": False}.get(said),
            title == "correct" or (element.get("correctanswer") or "").lower() == "yes",
            any(True for _ in _of(element, "other")),
        )

    def key(self, several: bool) -> Answer | Message:
        """The key that every interpretation proves, or a message why it is not certain."""
        readings = list(self._readings())
        if len(readings) * len(self.rules) * 2 ** min(len(self.names), weights.MOST_TRIED) > _MOST_STEPS:
            return tell("has too many scoring conditions to check")
        n = len(self.names)
        by_points = [weights.key_of(n, several, lambda one: self.score(one, reading)) for reading in readings]  # noqa: B023
        proved = {one for one in by_points if not isinstance(one, Message)}
        titled = [one for one in self.rules if one.is_key]
        by_title = {
            weights.key_of(n, several, lambda one: self._holds(titled[0].test, one, reading, False))  # noqa: B023
            for reading in (readings if len(titled) == 1 else ())
        }
        if len(by_title) == 1 and not isinstance(key := by_title.pop(), Message):
            in_parts = False
            if not titled[0].sets:
                # single options may still earn points: Blackboard gives them part of the points, and the
                # condition of the right answer none
                alone = {
                    self._place(_names(tests[0])[0], tests[0], _Reading()): rule.sets[-1][1]
                    for rule in self.rules
                    if rule.test is not None and rule.sets and len(tests := list(rule.test.iter())[1:]) == 1
                }
                gains = {place: value for place, value in alone.items() if value > 0}
                in_parts = len(set(gains.values())) < 2 and gains.keys() == key
            if set(by_points) == {key} or (self.is_blackboard and (proved <= {key} or in_parts)):
                return key
        elif len(set(by_points)) == 1 or not proved:
            return by_points[0]
        return tell(
            "its scoring rules can be read in ways that give different keys: make them plain in the file"
        )

    def _readings(self) -> Iterator[_Reading]:
        """The interpretations of the conditions that make a difference for this item."""
        tests = [
            one for rule in self.rules if rule.test is not None for one in rule.test.iter() if name_of(one)
        ]
        groups = [
            (_name(one), [_name(each) for each in _inside(one)]) for one in tests if _name(one) in _GROUPS
        ]
        bare = any(
            name == "conditionvar" and len(inside) > 1 and not set(inside) & _GROUPS
            for name, inside in groups
        )
        several = any(name == "not" and len(inside) > 1 for name, inside in groups)
        empty = any(not inside for _, inside in groups) or any(one.test is None for one in self.rules)
        untold = any(one.goes_on is None for one in self.rules[:-1])
        others = any(one.others and (one.sets or not one.goes_on) for one in self.rules)
        bounded = any(
            action != "set" or self._within(value) != value
            for one in self.rules
            for action, value in one.sets
        )
        odd = any(
            name not in self.places or (one.get("respident") or self.response) != self.response
            for one in tests
            if _name(one) in ("varequal", "varsubset")
            for name in _names(one)
        )
        both = (True, False)
        ways: dict[str, tuple[Any, ...]] = {
            "bare_and": both if bare else (True,),
            "not_any": both if several else (True,),
            "empty": (False, True) if empty else (False,),
            "stops": both if untold else (True,),
            "other": ("earlier", "any", "earlier points", "any points") if others else ("earlier",),
            "bounds": ("none", "end", "each") if bounded else ("none",),
            "strict": both if odd else (True,),
        }
        for values in product(*ways.values()):
            yield _Reading(**dict(zip(ways, values, strict=True)))

    def score(self, answer: Answer, reading: _Reading) -> float:
        """The score of an answer."""
        score = self.start
        said = (answer, reading.bare_and, reading.not_any, reading.empty, reading.strict)
        if said not in self.held:
            self.held[said] = [
                not rule.others and self._holds(rule.test, answer, reading, False) for rule in self.rules
            ]
        held = [*self.held[said]]
        for at, rule in enumerate(self.rules):
            if rule.others:
                among = range(at) if reading.other.startswith("earlier") else range(len(held))
                is_other = not any(
                    held[n] and (self.rules[n].sets or "points" not in reading.other) for n in among
                )
                held[at] = self._holds(rule.test, answer, reading, is_other)
            if not held[at]:
                continue
            for action, value in rule.sets:
                score = _ACTIONS[action](score, value)
                score = self._within(score) if reading.bounds == "each" else score
            if rule.goes_on is False or (rule.goes_on is None and reading.stops):
                break
        return self._within(score) if reading.bounds == "end" else score

    def _within(self, score: float) -> float:
        score = score if self.high is None else min(score, self.high)
        return score if self.low is None else max(score, self.low)

    def _holds(self, test: Any, answer: Answer, reading: _Reading, is_other: bool) -> bool:
        """Whether a test holds for an answer."""
        name = "" if test is None else _name(test)
        if name in _GROUPS or not name:
            inside = [] if test is None else _inside(test)
            if not inside:
                return reading.empty
            held = [self._holds(one, answer, reading, is_other) for one in inside]
            if name == "not":
                return not any(held) if reading.not_any else not all(held)
            is_bare = name == "conditionvar" and not any(_name(one) in _GROUPS for one in inside)
            return any(held) if name == "or" or (is_bare and not reading.bare_and) else all(held)
        if name == "other":
            return is_other
        if name == "unanswered":
            return not answer
        if name not in ("varequal", "varsubset"):
            raise _Unread(tell("its scoring rules use {name}, which is not supported", name=name))
        places = [self._place(one, test, reading) for one in _names(test)]
        if name == "varequal":
            return places[0] in answer
        if (test.get("setmatch") or "Exact").lower() != "exact":
            raise _Unread(
                tell("its scoring rules use {name}, which is not supported", name="varsubset setmatch")
            )
        return answer == frozenset(places)

    def _place(self, name: str, test: Any, reading: _Reading) -> int:
        """The position of the option that a test names; -1 if there is none."""
        response = test.get("respident") or self.response
        if reading.strict:
            return self.places.get(name, -1) if response == self.response else -1
        if not name:  # Blackboard tests an option by its own name
            return self.places.get(response, -1)
        return self.folded.get(name.casefold(), -1)

    def shares(self, several: bool, right: Answer) -> tuple[float, ...]:
        """The share of points that each option earns alone; equal shares if only all together earn any."""
        reading = next(self._readings())
        nothing = self.score(frozenset(), reading)
        try:
            alone = [self.score(frozenset((place,)), reading) for place in range(len(self.names))]
        except _Unread:
            alone = []
        if several:
            alone = [one - nothing for one in alone]
        whole = sum(one for one in alone if one > 0) if several else max(alone, default=0.0)
        gaining = frozenset(place for place, one in enumerate(alone) if one > 0)
        if whole > 0 and (not several or gaining == right):
            return tuple(one / whole for one in alone)
        return tuple(1 / len(right) if place in right else 0.0 for place in range(len(self.names)))


def _name(element: Any) -> str:
    return name_of(element).lower()


def _inside(element: Any) -> list[Any]:
    return [one for one in element if name_of(one)]


def _of(element: Any, *names: str) -> Iterator[Any]:
    return (one for one in element.iter() if _name(one) in names)


def _variable(element: Any) -> str:
    return (element.get("varname") or element.get("variablename") or "SCORE").strip().casefold()


def _names(test: Any) -> list[str]:
    """The names of the options in a test."""
    text = (test.text or "").strip()
    return [text] if _name(test) == "varequal" else [one.strip() for one in text.split(",")]
