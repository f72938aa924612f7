"""The parts that people had in a sitting, and the body's rules on conflicts of interest → the rules that are
broken.

A rule is broken if two parts of one person are incompatible (ISO/IEC 17024:2012, 5.2 and 6.2): nobody decides
on their own work, or on a candidate in whom they have an interest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
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
_WITH_CANDIDATES: Collection[Deed] = frozenset(
    (
        *("invigilated", "checked-identity", "gave-accommodation"),
        *("assessed", "moderated", "decided-row", "decided-mark"),
        *("decided", "confirmed", "handled-case"),
    )
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
        return {
            **self._asdict(),
            "message": self.message.en,
            "where": list(self.where),
            "candidates": list(self.candidates),
        }


class PersonParts(NamedTuple):
    """A person and all their recorded parts in a sitting."""

    name: str
    parts: tuple[PartTaken, ...]


class Interest(NamedTuple):
    """A declared interest, and the parts that the person had in matters of those candidates."""

    declaration: Declaration
    parts: tuple[PartTaken, ...]


class Conflicts(NamedTuple):
    """The parts of all people in a sitting, the declared interests, and the broken rules."""

    people: tuple[PersonParts, ...]
    interests: tuple[Interest, ...]
    broken: tuple[ConflictFinding, ...]
    switched_off: tuple[RuleName, ...]
    """The rules that the body has switched off in examgen.yaml, and that were not checked."""
    n_declarations: int

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for JSON."""
        return {
            "people": [
                {
                    "name": one.name,
                    "parts": [part.as_dict() for part in one.parts],
                }
                for one in self.people
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
    parts = (*parts_of(sources, by_candidate=names_candidates), *also)
    sitting = _Sitting(parts, declarations)
    findings = [found for rule, check in _CHECKS.items() if getattr(rules, rule) for found in check(sitting)]
    return Conflicts(
        tuple(sitting.people),
        tuple(sitting.interests),
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


class _Sitting:
    """The data for the checks, with each person identified by a number."""

    def __init__(
        self,
        parts: Sequence[PartTaken],
        declarations: Sequence[Declaration],
    ) -> None:
        self.index = PersonIndex()
        self.of_person: dict[int, list[PartTaken]] = {}
        for part in parts:
            self.of_person.setdefault(self.index.number(part.person), []).append(part)
        self.declared: dict[int, list[Declaration]] = {}
        for one in declarations:
            self.declared.setdefault(self.index.number(one.name), []).append(one)

    @property
    def people(self) -> Iterator[PersonParts]:
        """All people with a part, by name."""
        for number, parts in sorted(self.of_person.items(), key=lambda one: self.index.shown(one[0])):
            yield PersonParts(self.index.shown(number), tuple(parts))

    @property
    def interests(self) -> Iterator[Interest]:
        """Declarations of an interest or of candidates, with the parts that the person had in their
        matters."""
        for number, declarations in self.declared.items():
            for one in declarations:
                if one.interest or one.candidates:
                    those = set(map(canonical_number, one.candidates))
                    own = self.of_person.get(number, ())
                    yield Interest(one, tuple(part for part in own if _about(part, those)))

    @cached_property
    def trainers(self) -> dict[int, dict[str, PartTaken]]:
        """The candidates of each trainer, by canonical number."""
        found: dict[int, dict[str, PartTaken]] = {}
        for number, parts in self.of_person.items():
            trained = {canonical_number(one.on): one for one in parts if one.deed == "trained"}
            if trained:
                found[number] = trained
        return found

    def deeds(self, number: int, *deeds: Deed) -> list[PartTaken]:
        """Return the parts of a person with one of these deeds."""
        return [part for part in self.of_person[number] if part.deed in deeds]


def _about(part: PartTaken, those: Collection[str]) -> list[str]:
    """Return the candidates of a part who are in `those`, as they are written there."""
    if part.deed not in _WITH_CANDIDATES:
        return []
    return [who for who in part.candidates if canonical_number(who) in those]


def _finding(
    sitting: _Sitting,
    rule: RuleName,
    number: int,
    message: Message,
    parts: Iterable[PartTaken],
    candidates: Iterable[str] = (),
) -> ConflictFinding:
    where = tuple(dict.fromkeys(part.where for part in parts))
    name = sitting.index.shown(number)
    return ConflictFinding(rule, name, message, where, tuple(dict.fromkeys(candidates)))


def _some(names: Iterable[str]) -> str:
    every = list(dict.fromkeys(names))
    return ", ".join(every[:_MOST_NAMED]) + (" …" if len(every) > _MOST_NAMED else "")


# ── rules ────────────────────────────────────────────────────────────────────────────────────


def _trainers(sitting: _Sitting) -> Iterator[ConflictFinding]:
    for number, trained in sitting.trainers.items():
        by_deed: dict[Deed, list[tuple[PartTaken, list[str]]]] = {}
        for part in sitting.of_person[number]:
            if who := _about(part, trained):
                by_deed.setdefault(part.deed, []).append((part, who))
        for deed, found in by_deed.items():
            candidates = list(dict.fromkeys(one for _, who in found for one in who))
            message = tell_n(
                "{deed} {n:,} candidate whom they had trained: {who}",
                "{deed} {n:,} candidates whom they had trained: {who}",
                len(candidates),
                deed=_on_candidates(deed),
                who=_some(candidates),
            )
            taught = [trained[canonical_number(one)] for one in candidates]
            parts = [*(part for part, _ in found), *taught]
            yield _finding(sitting, "interest_apart", number, message, parts, candidates)


def _on_candidates(deed: Deed) -> Message:
    """Return the phrase for a deed, to be followed by candidates."""
    return _ON_CANDIDATES.get(deed, DEED_WORDS[deed])


_ON_CANDIDATES: Mapping[Deed, Message] = {
    "decided-row": tell("decided on rows of"),
    "decided-mark": tell("decided on marks of"),
    "handled-case": tell("read or decided in a case of"),
}


def _assessors_alone(sitting: _Sitting) -> Iterator[ConflictFinding]:
    for number in sitting.of_person:
        assessed = sitting.deeds(number, "assessed")
        if not assessed:
            continue
        own = {canonical_number(who) for part in assessed for who in part.candidates}
        alone = [part for part in sitting.deeds(number, "decided", "moderated") if part.alone]
        some = [(part, who) for part in alone if (who := _about(part, own))]
        if some:
            candidates = [one for _, who in some for one in who]
            message = tell_n(
                "decided alone on {n:,} candidate whom they had assessed: {who}",
                "decided alone on {n:,} candidates whom they had assessed: {who}",
                len(set(candidates)),
                who=_some(candidates),
            )
            those = set(map(canonical_number, candidates))
            parts = [*(part for part, _ in some), *(one for one in assessed if _about(one, those))]
            yield _finding(sitting, "own_work_not_alone", number, message, parts, candidates)
        if released := [part for part in sitting.deeds(number, "released") if part.alone]:
            message = tell(
                "released run {run} alone after assessing candidates", run=_some(p.on for p in released)
            )
            yield _finding(sitting, "own_work_not_alone", number, message, [*released, assessed[0]])


def _authors(sitting: _Sitting) -> Iterator[ConflictFinding]:
    for number in sitting.of_person:
        drafted = {part.on: part for part in sitting.deeds(number, "drafted")}
        approved = [part for part in sitting.deeds(number, "approved") if part.alone and part.on in drafted]
        if approved:
            message = tell_n(
                "approved alone {n:,} item that they had drafted: {items}",
                "approved alone {n:,} items that they had drafted: {items}",
                len(approved),
                items=_some(part.on for part in approved),
            )
            parts = [*approved, *(drafted[part.on] for part in approved)]
            yield _finding(sitting, "own_work_not_alone", number, message, parts)


def _is_after(part: PartTaken, release: PartTaken) -> bool:
    """Return whether a part was taken after the release, by the order on record if known, otherwise by the
    days."""
    if release.number and part.number:
        return part.number > release.number
    return bool(release.day) and part.day > release.day


def _scorers(sitting: _Sitting) -> Iterator[ConflictFinding]:
    for number in sitting.of_person:
        for release in sitting.deeds(number, "released"):
            scored = [part for part in sitting.deeds(number, *SCORED) if not _is_after(part, release)]
            if scored:
                message = tell(
                    "released run {run} after taking part in its scoring: {deeds}",
                    run=release.on,
                    deeds=", ".join(dict.fromkeys(DEED_WORDS[part.deed] for part in scored)),
                )
                yield _finding(sitting, "scorer_apart", number, message, [release, *scored])


_BEFORE_A_CASE: tuple[Deed, ...] = (
    *("assessed", "moderated", "decided-row", "decided-mark", "decided", "confirmed"),
)


def _cases(sitting: _Sitting) -> Iterator[ConflictFinding]:
    for number in sitting.of_person:
        for case in sitting.deeds(number, "handled-case"):
            those = set(map(canonical_number, case.candidates))
            before = [
                part
                for part in sitting.deeds(number, *_BEFORE_A_CASE)
                if _about(part, those)
                and not (part.number and part.number > case.number)
                and not (part.day and part.day > case.day)
            ]
            if before:
                message = tell(
                    "read or decided in case {case} after taking part in its subject: {deeds}",
                    case=case.on,
                    deeds=", ".join(dict.fromkeys(_on_candidates(part.deed) for part in before)),
                )
                parts = [case, *before]
                yield _finding(sitting, "case_by_others", number, message, parts, case.candidates)


def _interests(sitting: _Sitting) -> Iterator[ConflictFinding]:
    for one in sitting.interests:
        if not one.parts:
            continue
        number = sitting.index.number(one.declaration.name)
        those = set(map(canonical_number, one.declaration.candidates))
        candidates = [who for part in one.parts for who in _about(part, those)]
        message = tell_n(
            "declared an interest in {n:,} candidate ({interest}) and {deeds} them: {who}",
            "declared an interest in {n:,} candidates ({interest}) and {deeds} them: {who}",
            len(set(candidates)),
            interest=one.declaration.interest or "–",
            deeds=", ".join(dict.fromkeys(_on_candidates(part.deed) for part in one.parts)),
            who=_some(candidates),
        )
        found = _finding(sitting, "interest_apart", number, message, one.parts, candidates)
        yield found._replace(where=(*filter(None, (one.declaration.source,)), *found.where))


def _own_work(sitting: _Sitting) -> Iterator[ConflictFinding]:
    yield from _authors(sitting)
    yield from _assessors_alone(sitting)


def _interested(sitting: _Sitting) -> Iterator[ConflictFinding]:
    yield from _trainers(sitting)
    yield from _interests(sitting)


_CHECKS: Mapping[RuleName, Callable[[_Sitting], Iterable[ConflictFinding]]] = {
    "own_work_not_alone": _own_work,
    "scorer_apart": _scorers,
    "case_by_others": _cases,
    "interest_apart": _interested,
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
        raise Refused(
            tell("rules on conflicts of interest are broken, and examgen.yaml does not allow a release then"),
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
