"""Ids that are on no list → the listed candidates whom each may mean, and why; `offers` only returns
unambiguous ones.

An id may be *the same, written differently*: in Thai digits, with dashes, without its leading zeros. Or *one
character is wrong*: replaced, missing or too many, or two neighbours are exchanged (a distance of 1 by
Damerau, 1964). The second is offered only for candidates who have no row of their own, because in a list of
consecutive numbers nearly every number is one digit from another. Nor is it offered for candidates known to
be absent.

Damerau, F. J. (1964). A technique for computer detection and correction of spelling errors. Communications of
the ACM, 7(3), 171–176.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from examgen.capture.cells import PLAIN
from examgen.core.words import Message, tell

MOST_SPELT = 2_000
"""The most ids in which a wrong character is looked for; with more, the list is that of another sitting."""
SHORTEST = 4
"""The fewest characters of an id in which one wrong character is looked for."""

_BETWEEN = re.compile(r"[\s\-_/.]+")


Spelling = tuple[str, str, str]
"""An id in three steps of normalisation: plain, without separators, without leading zeros."""


class Offer(NamedTuple):
    """The candidate to whom a row may belong, and why, in words: `00001 written differently`."""

    candidate_id: str
    likeness: Message
    is_same: bool = False
    """Whether it is the same id, written differently; otherwise a character is wrong."""
    has_row: bool = False
    """Whether that candidate has a row of their own."""


def offers(
    unlisted: Iterable[str],
    listed: Collection[str],
    with_rows: Collection[str] = (),
    absent: Collection[str] = (),
) -> dict[str, Offer]:
    """Return, by id as written, the candidate that it may mean, if there is only one and no other id may mean
    that candidate by a wrong character. `with_rows` are the listed candidates who have a row, `absent` those
    who were absent.
    """
    found = all_offers(unlisted, listed, with_rows, absent)
    claims = Counter(one.candidate_id for some in found.values() for one in some if len(some) == 1)
    return {
        one: some[0]
        for one, some in found.items()
        if len(some) == 1 and (some[0].is_same or claims[some[0].candidate_id] == 1)
    }


def all_offers(
    unlisted: Iterable[str],
    listed: Collection[str],
    with_rows: Collection[str] = (),
    absent: Collection[str] = (),
) -> dict[str, list[Offer]]:
    """Return, by id as written, all candidates that it may mean; the same as in `offers` if there is only
    one.
    """
    asked = {one: _spelling(one) for one in dict.fromkeys(unlisted)}
    by_bare: dict[str, list[tuple[str, Spelling]]] = {bare: [] for _, _, bare in asked.values()}
    by_joined: dict[str, list[str]] = {}
    for candidate in listed:
        spelling = _spelling(candidate)
        by_joined.setdefault(spelling[1], []).append(candidate)
        if spelling[2] in by_bare:
            by_bare[spelling[2]].append((candidate, spelling))

    # The same, written otherwise.
    found: dict[str, list[Offer]] = {}
    for one, own in asked.items():
        # Those with whom it has most in common: 0-1 is 01 where both 01 and 001 are on the list.
        same = by_bare[own[2]]
        levels = ([other for other in same if other[1][level] == own[level]] for level in range(len(own)))
        alike: list[tuple[str, Spelling]] = next(filter(None, levels), [])
        for candidate, _ in alike:
            said = tell("{id} written differently", id=candidate)
            if has_row := candidate in with_rows:
                said = tell("{said}; that number has its own row", said=said)
            found.setdefault(one, []).append(Offer(candidate, said, True, has_row))

    # A character is off, of those that nobody on the list has in another writing.
    open_ = [one for one, own in asked.items() if not by_bare[own[2]]]
    if not open_ or len(open_) > MOST_SPELT:
        return found
    taken = {*with_rows, *absent, *(some[0].candidate_id for some in found.values() if len(some) == 1)}
    characters = set[str]().union(*by_joined)
    for one in open_:
        _, text, _ = asked[one]
        if len(text) < SHORTEST:
            continue
        near = (other for other in sorted(_one_off(text, characters)) if len(other) >= SHORTEST)
        candidates = [candidate for other in near for candidate in by_joined.get(other, ())]
        free = [candidate for candidate in candidates if candidate not in taken]
        for candidate in free:
            said = tell("{id} with one character off", id=candidate)
            if others := len(candidates) - len(free):
                said = tell("{said}; just as similar, but already accounted for: {n}", said=said, n=others)
            found.setdefault(one, []).append(Offer(candidate, said))
    return found


def _spelling(one: str) -> Spelling:
    plain = (one if one.isascii() else one.translate(PLAIN)).casefold().strip()
    joined = plain if plain.isalnum() else _BETWEEN.sub("", plain)
    return plain, joined, joined.lstrip("0") or "0"


def _one_off(text: str, characters: Collection[str]) -> set[str]:
    """Return all texts that differ in one character, or by an exchange of two neighbours."""
    cuts = [(text[:k], text[k:]) for k in range(len(text) + 1)]
    less = {a + b[1:] for a, b in cuts if b}
    turned = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    other = {a + c + b[1:] for a, b in cuts if b for c in characters}
    more = {a + c + b for a, b in cuts for c in characters}
    return (less | turned | other | more) - {text}
