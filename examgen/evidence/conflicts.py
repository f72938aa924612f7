"""The parts that people had in a sitting, and the body's rules on conflicts of interest → the rules that are
broken.

A rule is broken if two parts of one person are incompatible (ISO/IEC 17024:2012, 5.2 and 6.2): nobody decides
on their own work, or on a candidate in whom they have an interest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from examgen.bank.settings import conflict_rules
from examgen.capture.centre_returns import Declaration
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.names import RECORD, RESULTS
from examgen.core.exam.releases import all_releases
from examgen.core.person_names import known_as, same_person
from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, joined, tell, tell_n
from examgen.evidence.participation import (
    DEED_WORDS,
    SCORED,
    Deed,
    PartTaken,
    SittingSources,
    parts_of,
    release_parts,
)

RuleName = Literal["own_work_not_alone", "scorer_apart", "case_by_others", "interest_apart"]
RULE_WORDS: Mapping[RuleName, Message] = {
    "own_work_not_alone": tell(
        "the writer of an item does not approve it alone, and an assessor of a candidate does not decide or "
        "release alone"
    ),
    "scorer_apart": tell("a person who took part in scoring does not release"),
    "case_by_others": tell("the handler of a case has not decided on that candidate before"),
    "interest_apart": tell(
        "a person who trained a candidate, or declared an interest in one, has no part in matters of that "
        "candidate"
    ),
}
"""The rules in words for people."""
_MOST_NAMED = 10
_BEFORE_A_CASE: Collection[Deed] = (
    *("assessed", "moderated", "decided-row", "decided-mark", "decided", "confirmed"),
)
_WITH_CANDIDATES: Collection[Deed] = frozenset(
    (*_BEFORE_A_CASE, "invigilated", "checked-identity", "gave-accommodation", "handled-case")
)


class ConflictFinding(NamedTuple):
    """A broken rule: the person, the message, and the records that show it."""

    rule: RuleName
    person: str
    message: Message
    where: tuple[str, ...]
    """The files and lines, each once."""
    candidates: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the finding for JSON."""
        lists = {"where": list(self.where), "candidates": list(self.candidates)}
        return {**self._asdict(), "message": self.message.en, **lists}


class Interest(NamedTuple):
    """A declared interest, and the parts that the person had in matters of those candidates."""

    declaration: Declaration
    parts: tuple[PartTaken, ...]


class Conflicts(NamedTuple):
    """The parts of all people in a sitting by name, the declared interests, and the broken rules."""

    people: Mapping[str, Sequence[PartTaken]]
    interests: tuple[Interest, ...]
    broken: tuple[ConflictFinding, ...]
    switched_off: tuple[RuleName, ...]
    """The rules that the body has switched off in examgen.yaml, and that were not checked."""
    n_declarations: int

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for JSON."""
        return {
            "people": [
                {"name": name, "parts": [part.as_dict() for part in parts]}
                for name, parts in self.people.items()
            ],
            "interests": [
                {**one.declaration._asdict(), "parts": [part.as_dict() for part in one.parts]}
                for one in self.interests
            ],
            "broken": [one.as_dict() for one in self.broken],
            "switched_off": list(self.switched_off),
            "declarations": self.n_declarations,
        }


def conflicts_of(
    sources: SittingSources, declarations: Sequence[Declaration] = (), also: Iterable[PartTaken] = ()
) -> Conflicts:
    """Return the parts of people in a sitting, and the broken rules. `also` are parts that no file records,
    such as those of the person who is about to release. Raises Refused if a file cannot be read."""
    rules = conflict_rules(sources.workspace)
    names_candidates = any(one.candidates for one in declarations)
    index, of_person = PersonIndex(), dict[int, list[PartTaken]]()
    for part in (*parts_of(sources, by_candidate=names_candidates), *also):
        of_person.setdefault(index.number(part.person), []).append(part)
    interests = [
        Interest(one, tuple(_about(of_person.get(index.number(one.name), ()), one.candidates)))
        for one in declarations
        if one.interest or one.candidates
    ]
    declared: dict[int, list[Interest]] = {}
    for interest in interests:
        declared.setdefault(index.number(interest.declaration.name), []).append(interest)
    findings = [
        _finding(rule, index.shown(number), breach)
        for rule, check in _CHECKS.items()
        if getattr(rules, rule)
        for number, parts in of_person.items()
        for breach in check(parts, declared.get(number, ()))
        if breach.parts
    ]
    people = {index.shown(number): parts for number, parts in of_person.items()}
    return Conflicts(
        dict(sorted(people.items())),
        tuple(interests),
        tuple(findings),
        tuple(name for name in RULE_WORDS if not getattr(rules, name)),
        len(declarations),
    )


def scored_by(parts: Iterable[PartTaken], names: Iterable[str]) -> list[PartTaken]:
    """Return the parts that any of these persons had in the scoring. Such a person must not release it."""
    index = PersonIndex()
    those = {index.number(name) for name in names}
    return [part for part in parts if part.deed in SCORED and index.find(part.person) in those]


class PersonIndex:
    """An index of persons by the notations of their names. A name that matches nobody is a new person."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._keys: dict[str, list[int]] = {}
        self._found: dict[str, int | None] = {}

    def find(self, name: str) -> int | None:
        """Return the number of a person; None if the name matches nobody."""
        if name not in self._found:
            some = dict.fromkeys(n for key in known_as(name) for n in self._keys.get(key, ()))
            self._found[name] = next((n for n in some if same_person(name, self._names[n])), None)
        return self._found[name]

    def number(self, name: str) -> int:
        """Return the number of a person; an unknown name gets a new number."""
        found = self.find(name)
        if found is None:
            self._found.clear()
            found = len(self._names)
            self._names.append(name)
            for key in known_as(name):
                self._keys.setdefault(key, []).append(found)
        return found

    def shown(self, number: int) -> str:
        """Return the name as it was first written."""
        return self._names[number]


# ── rules ────────────────────────────────────────────────────────────────────────────────────


class _Breach(NamedTuple):
    """The parts of one person that a rule forbids together, none if it is kept; the candidates concerned; the
    declaration that shows the interest."""

    parts: Sequence[PartTaken]
    candidates: Collection[str] = ()
    declaration: Declaration | None = None


def _finding(rule: RuleName, person: str, breach: _Breach) -> ConflictFinding:
    """Return a breach with its message: the rule, and what the person did."""
    did = list(dict.fromkeys(joined([DEED_WORDS[part.deed], part.on], " ") for part in breach.parts))
    named = [*did[:_MOST_NAMED], *(["…"] if len(did) > _MOST_NAMED else [])]
    where = [part.where for part in breach.parts]
    if breach.declaration is not None:
        named.insert(0, tell("declared: {interest}", interest=breach.declaration.interest or "–"))
        where.insert(0, breach.declaration.source)
    those = set(map(canonical_number, breach.candidates))
    every = (who for part in breach.parts for who in part.candidates if canonical_number(who) in those)
    message = tell("{rule} ({parts})", rule=RULE_WORDS[rule], parts=joined(named, "; "))
    return ConflictFinding(rule, person, message, tuple(dict.fromkeys(filter(None, where))),
                           tuple(dict.fromkeys(every)))  # fmt: skip


def _about(parts: Iterable[PartTaken], candidates: Iterable[str]) -> list[PartTaken]:
    """Return the parts in matters of these candidates."""
    those = set(map(canonical_number, candidates))
    return [
        part
        for part in parts
        if part.deed in _WITH_CANDIDATES and not those.isdisjoint(map(canonical_number, part.candidates))
    ]


def _candidates(parts: Iterable[PartTaken]) -> list[str]:
    return [who for part in parts for who in part.candidates]


def _own_work(parts: Sequence[PartTaken], interests: Sequence[Interest]) -> Iterator[_Breach]:
    drafted = {part.on: part for part in parts if part.deed == "drafted"}
    approved = [part for part in parts if part.deed == "approved" and part.alone and part.on in drafted]
    yield _Breach([*approved, *(drafted[part.on] for part in approved)])
    assessed = [part for part in parts if part.deed == "assessed"]
    decided = [
        part
        for part in _about(parts, _candidates(assessed))
        if part.deed in ("decided", "moderated") and part.alone
    ]
    yield _Breach([*decided, *_about(assessed, _candidates(decided))], _candidates(decided))
    released = [part for part in parts if part.deed == "released" and part.alone]
    if assessed and released:
        yield _Breach([*released, assessed[0]])


def _scorer(parts: Sequence[PartTaken], interests: Sequence[Interest]) -> Iterator[_Breach]:
    for release in (part for part in parts if part.deed == "released"):
        scored = [part for part in parts if part.deed in SCORED and not _is_after(part, release)]
        yield _Breach([release, *scored] if scored else ())


def _case(parts: Sequence[PartTaken], interests: Sequence[Interest]) -> Iterator[_Breach]:
    for case in (part for part in parts if part.deed == "handled-case"):
        before = [
            part
            for part in _about(parts, case.candidates)
            if part.deed in _BEFORE_A_CASE and not _is_after(part, case)
        ]
        yield _Breach([case, *before] if before else (), case.candidates)


def _interest(parts: Sequence[PartTaken], interests: Sequence[Interest]) -> Iterator[_Breach]:
    trained = {canonical_number(part.on): part for part in parts if part.deed == "trained"}
    acted = _about(parts, trained)
    taught = [
        trained[who] for who in dict.fromkeys(map(canonical_number, _candidates(acted))) if who in trained
    ]
    yield _Breach([*acted, *taught], trained)
    for one in interests:
        yield _Breach(one.parts, one.declaration.candidates, one.declaration)


def _is_after(part: PartTaken, other: PartTaken) -> bool:
    """Return whether a part was taken after another, by the order on record if known, otherwise by the
    days."""
    if part.number and other.number:
        return part.number > other.number
    return bool(other.day) and part.day > other.day


_CHECKS: Mapping[RuleName, Callable[[Sequence[PartTaken], Sequence[Interest]], Iterable[_Breach]]] = {
    "own_work_not_alone": _own_work,
    "scorer_apart": _scorer,
    "case_by_others": _case,
    "interest_apart": _interest,
}


# ── before and after a release ───────────────────────────────────────────────────────────────


def declarations_of(sources: SittingSources) -> tuple[Declaration, ...]:
    """Return the declarations that the centres of a sitting returned."""
    return sources.events.declarations


def check_release(sources: SittingSources, run: int, by: str) -> None:
    """Raise Refused with each broken rule, if the body's settings say that these prevent a release
    (`stops_release`)."""
    if not conflict_rules(sources.workspace).stops_release:
        return
    broken = _of_release(sources, run, by).broken
    if broken:
        problems = [
            Problem(one.where[0] if one.where else "–", one.rule.replace("_", "-"), one.message, one.person)
            for one in broken
        ]
        raise Refused.because(
            "rules on conflicts of interest are broken, and examgen.yaml does not allow a release then",
            problems,
        )


def told_of_release(sources: SittingSources, run: int, by: str) -> Message | None:
    """Return a message on the rules broken by a release that was made; None if there are none."""
    try:
        broken = _of_release(sources, run, by).broken
    except Refused as refused:
        return tell("conflicts of interest were not checked: {why}", why=refused.message)
    if not broken:
        return None
    which = [joined([one.person, one.message], ": ") for one in broken[:_MOST_NAMED]]
    if len(broken) > _MOST_NAMED:
        which.append(tell("{n:,} more", n=len(broken) - _MOST_NAMED))
    return tell_n(
        "{n:,} rule on conflicts of interest is broken: {which}",
        "{n:,} rules on conflicts of interest are broken: {which}",
        len(broken),
        which=joined(which, "; "),
    )


def _of_release(sources: SittingSources, run: int, by: str) -> Conflicts:
    last = sources.acts[-1].n if sources.acts else 0
    releases = all_releases(sources.exam_dir / RESULTS)
    is_made = bool(releases) and releases[-1].run == run and releases[-1].said["by"] == by.strip()
    also = () if is_made else release_parts(by, run, RECORD, n_acts=last)
    return conflicts_of(sources, declarations_of(sources), also)
