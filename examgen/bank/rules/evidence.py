"""Judges whether an explanation agrees with the key, contradicts it, or cannot be compared with it.

An explanation is comparable if a clause of it names an option, or approves or disapproves of the option that
it explains. What approves, blames or forbids is known by classes of words, which a negation turns round, and
which do not count in a condition, in a contrast, of another thing than the option, or if the question itself
has them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from examgen.bank.rules.item_words import content
from examgen.bank.rules.patterns import (
    ABOUT_THE_OPTION,
    APPROVES_OR_BLAMES,
    ASKS_FOR_FAULT,
    CONCLUDES,
    CONCLUSION,
    CONDITION,
    CONTRAST,
    DENIED_BEFORE,
    DENIES_STATEMENT,
    ENDS_FORBIDDEN,
    LEADS_IN,
    NEGATES,
    NOT_OF_THE_OPTION,
    OF_ANOTHER,
    STATEMENTS,
    THIS_ACT,
)
from examgen.bank.rules.quantities import quantity
from examgen.bank.rules.statements import mentioned, root


class Relation(IntEnum):
    """How an explanation relates to the key."""

    UNKNOWN = 0
    AGREES = 1
    MAY_CONTRADICT = 2
    CONTRADICTS = 3


class Evidence(NamedTuple):
    """The relation of an explanation to the key, and the clause that shows it."""

    relation: Relation
    clause: str = ""


class _Judgement(NamedTuple):
    """Whether a clause approves, and whether it does no more than begin by that."""

    approves: bool
    is_plain: bool


@lru_cache(maxsize=4096)
def evidence(
    stem: str, options: tuple[str, ...], key: frozenset[int], explanation: str, explained: int | None = None
) -> Evidence:
    """Return how an explanation, in words, of the key or of the option at `explained` relates to the key."""
    turned = bool(NEGATES.search(stem) or ASKS_FOR_FAULT.search(stem))
    best = Evidence(Relation.UNKNOWN)
    before: frozenset[int] = frozenset()
    parts = STATEMENTS.split(LEADS_IN.sub("", explanation))
    clauses = [*filter(None, (one.strip() for part in parts for one in CONCLUDES.split(part)))]
    for clause, after in pairwise([*clauses, ""]):
        said, *behind = CONTRAST.split(clause, maxsplit=1)
        named, in_full = mentioned(said, options)
        named = named or (before if CONCLUSION.match(clause) else frozenset())
        before = named or before
        of_own = explained is not None and named <= {explained}
        of = frozenset({explained}) if of_own and explained is not None else named
        told = (
            None
            if turned or behind or OF_ANOTHER.match(after)
            else _judgement(clause, stem, options, of, explained)
        )
        denies = bool(DENIES_STATEMENT.search(said))
        is_of_key, is_of_others = bool(of) and of <= key, bool(of) and not of & key
        if told and len(of) == 1 and (is_of_key or is_of_others):
            if told.approves == is_of_key:
                found = Evidence(Relation.AGREES, clause)
            elif told.is_plain or named == of:
                sure = told.is_plain or not told.approves
                found = Evidence(Relation.CONTRADICTS if sure else Relation.MAY_CONTRADICT, clause)
            else:
                continue
        elif (
            CONCLUSION.match(clause)
            and len(in_full) == 1
            and not named & key
            and (explained is None or explained in key)
        ):
            found = Evidence(Relation.UNKNOWN if denies or turned else Relation.MAY_CONTRADICT, clause)
        else:
            affirms_key = (named & key or _touches(said, options, key)) and (turned or not denies)
            denies_other = named and not named & key and (denies or behind)
            found = Evidence(Relation.AGREES if affirms_key or denies_other else Relation.UNKNOWN, clause)
        if found.relation > best.relation:
            best = found
    return best


def _judgement(
    clause: str, stem: str, options: Sequence[str], of: Collection[int], explained: int | None
) -> _Judgement | None:
    """Return what a clause says of an option in words of approval, blame or prohibition; None if nothing, or
    both, or only under a condition.
    """
    if OF_ANOTHER.search(clause) or CONDITION.search(clause) or not of:
        return None
    asked = " ".join((stem, *options)).lower()
    found = set()
    for hit in APPROVES_OR_BLAMES.finditer(clause):
        rest = clause[hit.end() :]
        if (
            NOT_OF_THE_OPTION.search(rest)
            or hit[0].lower() in asked
            or (hit["forbids"] and not _is_about(rest, options, of))
        ):
            continue
        start = clause[: hit.start()]
        own = DENIED_BEFORE.sub("", re.split(r"[,;:–—]\s", start)[-1])
        begins = ABOUT_THE_OPTION.fullmatch(own) is not None
        if explained is None and not hit["forbids"] and begins and hit.start() == 0:
            continue
        is_denied = bool(DENIED_BEFORE.search(start))
        found.add(_Judgement(bool(hit["good"] or hit["good2"]) != is_denied, begins))
    kinds = {one.approves for one in found}
    return max(found) if len(kinds) == 1 else None


def _is_about(forbidden: str, options: Sequence[str], of: Collection[int]) -> bool:
    """Return whether what is forbidden is what an option says, or not said."""
    if THIS_ACT.match(forbidden):
        return True
    what = {root(word) for word in content(ENDS_FORBIDDEN.split(forbidden, maxsplit=1)[0])}
    others = {root(word) for n, text in enumerate(options) if n not in of for word in content(text)}
    own = {root(word) for place in of for word in content(options[place])} - others
    return not what or bool(what & own)


def _touches(clause: str, options: Sequence[str], key: Collection[int]) -> bool:
    """Return whether a clause has a word that only right options have, and none that only wrong ones have."""
    said = {root(word) for word in content(clause)}
    right = {root(word) for place in key for word in content(options[place])}
    wrong = {root(word) for place, text in enumerate(options) if place not in key for word in content(text)}
    amounts = {quantity(options[place]) for place in key} - {None}
    return bool(said & (right - wrong)) and not said & (wrong - right) and (not amounts or bool(said & right))
