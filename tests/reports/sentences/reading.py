"""A page and the facts → faults: what nobody has checked, what is not true, what is left out, what one language lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from tests.reports.readback.reader import Page
from tests.reports.sentences import (
    of_all,
    of_candidate,
    of_cohort,
    of_committee,
    of_criteria,
    of_decisions,
    of_error,
    of_items,
    of_ledger,
    of_others,
    of_standing,
    of_unit,
)
from tests.reports.sentences.labels import LABELS
from tests.reports.sentences.pages import data_of
from tests.reports.sentences.speech import Reader, Said
from tests.reports.sentences.statement import About, Statement

_CATALOGUES = (
    of_all.says, of_candidate.says, of_error.says, of_standing.says, of_criteria.says, of_cohort.says,
    of_decisions.says, of_ledger.says, of_others.says, of_others.covers, of_committee.says, of_items.says, of_unit.says,
)  # fmt: skip
STATEMENTS: tuple[Statement, ...] = tuple(one for catalogue in _CATALOGUES for one in catalogue.entries)
_LETTER = re.compile(r"[^\W\d_]")


class Told(NamedTuple):
    """What was found on a page."""

    faults: list[str]
    met: set[Statement]
    """True statements that it makes."""
    labels: set[str]


@cache
def by_message(kind: str) -> dict[str, list[Statement]]:
    """Message → the statements of a kind of report that it may make."""
    found: dict[str, list[Statement]] = {}
    for one in STATEMENTS:
        if kind in one.kinds:
            for message in one.messages:
                found.setdefault(message, []).append(one)
    return found


@lru_cache(maxsize=4)
def reader(langs: tuple[str, ...], data: tuple[str, ...]) -> Reader:
    """The reader of the pages of a sitting."""
    return Reader(langs, data)


def told(about: About, html: str, lang: str, data: Iterable[str] = ()) -> Told:
    """Everything that a page says, held against the facts."""
    langs = ("th", "en") if lang == "both" else (lang,)
    found = Told([], set(), set())
    spoken: dict[str, set[Statement]] = {name: set() for name in langs}
    read = reader(langs, tuple(data) or tuple(data_of(about.facts)))
    for one in Page(html).passages:
        if not _LETTER.search(one.text):
            continue
        pieces = read(one.text)
        if pieces is None:
            found.faults.append(f"unknown: {one.text!r} ({one.place})")
            continue
        for piece in pieces:
            true = _true(about, piece, one.place, found)
            for name in (piece.lang,) if piece.lang else langs:
                spoken[name].update(true)
    for statement in _wanted(about):
        for name in langs:
            if statement not in spoken[name]:
                found.faults.append(f"left out in {name}: {statement.messages[0]!r}")
    found.met.update(*spoken.values())
    return found


def _true(about: About, piece: Said, place: str, found: Told) -> list[Statement]:
    """What a piece of a text states, where that is true; else a fault, unless it is a label."""
    known = by_message(about.kind)
    meant = [one for name in sorted(piece.names) for one in known.get(name, ())]
    true = [
        one for one in meant if one.when(about) and (one.says is None or one.says(about, piece.values, place))
    ]
    if true:
        return true
    if labels := piece.names & LABELS:
        found.labels.update(labels)
    elif meant:
        found.faults.append(f"not true: {min(piece.names)!r} {piece.values} ({place})")
    else:
        found.faults.append(f"no entry for {about.kind}: {min(piece.names)!r} ({place})")
    return []


def _wanted(about: About) -> Iterator[Statement]:
    """What must stand on the page."""
    return (one for one in STATEMENTS if about.kind in one.kinds and not one.may and one.when(about))
