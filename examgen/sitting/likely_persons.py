"""Rows that a scoring set aside → the listed candidates they may belong to, with names and the reason.

`score` names at most one person in its files; this module finds everybody in question, from the current lists
and attendance, for a page. It decides nothing: a grader chooses one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from examgen.capture.likely_ids import all_offers
from examgen.capture.quarantine_reasons import NOT_ON_LIST, NOT_OWN
from examgen.core.candidate_numbers import canonical_column, canonical_number
from examgen.core.exam.names import CANDIDATES_CSV
from examgen.core.exam.package import read_package
from examgen.core.exam.runs import Run
from examgen.core.readings import Readings
from examgen.core.words import Message, tell
from examgen.scoring.run_tables import read_table
from examgen.scoring.sitting_folder import ROSTER, Sitting
from examgen.sitting import roster
from examgen.sitting.worklist import Aside, set_aside
from examgen.sitting.worklist import decided as decisions

MOST_LIKELY = 4
"""The maximum number of likely persons; if more are in question, none is named."""


class LikelyPerson(NamedTuple):
    """A person to whom a row with the number `written` may belong, and why."""

    written: str
    candidate_id: str
    name: str
    likeness: Message
    is_same: bool
    """Whether the row has the person's number in a different notation; otherwise a character differs."""
    has_row: bool

    @property
    def reason(self) -> Message:
        """The reason recorded if this person is chosen: `1 is 00001 written differently`."""
        return tell("{id} is {likeness}", id=self.written, likeness=self.likeness)


Likely = Mapping[str, Sequence[LikelyPerson]]
"""The persons to whom a row may belong, by its number that is on no list."""


def likely_persons(sitting: Sitting, run: Run) -> Likely:
    """Find the likely candidates of rows whose candidate is on no list."""
    lists = (sitting.path(ROSTER), sitting.exam / CANDIDATES_CSV)
    scored = run.folder / "candidates.csv"
    return _likely.of(run.folder, [*lists, scored], lambda: _read(sitting, run))


_likely = Readings[Likely](8)


def _read(sitting: Sitting, run: Run) -> Likely:
    rows = set_aside(run)
    unlisted = [row.candidate_id for row in rows if row.reason == NOT_ON_LIST and row.candidate_id]
    if not unlisted:
        return {}
    people = {one.candidate_id: one for one in roster.people(sitting)}
    dealt = read_package(sitting.exam).candidates["candidate_id"]
    listed = dict.fromkeys([*filter(None, dealt), *people])
    scored = read_table(run.folder / "candidates.csv")["candidate_id"].to_list()
    own = [row.candidate_id for row in rows if row.candidate_id and row.reason not in NOT_OWN]
    absent = [one.candidate_id for one in people.values() if one.status == "absent"]
    found = all_offers(unlisted, listed, {*scored, *own}, absent)
    return {
        written: [
            LikelyPerson(
                written,
                one.candidate_id,
                people[one.candidate_id].name if one.candidate_id in people else "",
                one.likeness,
                one.is_same,
                one.has_row,
            )
            for one in some
        ]
        for written, some in found.items()
        if len(some) <= MOST_LIKELY
    }


def likely_of(row: Aside, likely: Likely) -> Sequence[LikelyPerson]:
    """Return the likely candidates of a row."""
    return likely.get(row.candidate_id, ()) if row.reason == NOT_ON_LIST else ()


def without_row(sitting: Sitting, run: Run, near: str = "") -> list[roster.Person]:
    """Return the registered candidates without a row in a run, scored or set aside under their number: the
    numbers nearest to `near` first, those recorded as absent last."""
    rests_on = (sitting.path(ROSTER), sitting.exam / CANDIDATES_CSV, run.folder / "candidates.csv")
    unscored = _unscored.of(run.folder, rests_on, lambda: _without_row(sitting, run))
    decided = {
        canonical_number(one.said["candidate_id"])
        for one in (decisions(sitting) if unscored else ())
        if one.kind == "identity" and one.said["candidate_id"]
    }
    found = [one for number, one in unscored.items() if number not in decided]
    asked = canonical_number(near)

    def far(one: roster.Person) -> tuple[bool, float]:
        number = canonical_number(one.candidate_id)
        return one.status == "absent", -SequenceMatcher(None, asked, number).ratio() if asked else 0.0

    return sorted(found, key=far)


_unscored = Readings[Mapping[str, roster.Person]](8)


def _without_row(sitting: Sitting, run: Run) -> dict[str, roster.Person]:
    """Return the registered candidates without a row in a run, by canonical number."""
    listed = roster.people(sitting)
    if not listed:
        return {}
    own = [row.candidate_id for row in set_aside(run) if row.candidate_id and row.reason not in NOT_OWN]
    scored = canonical_column(read_table(run.folder / "candidates.csv")["candidate_id"])
    there = {*scored, *map(canonical_number, own)}
    people = {canonical_number(one.candidate_id): one for one in listed}
    return {number: one for number, one in people.items() if number not in there}


def same_numbers(
    rows: Sequence[Aside], likely: Likely, decided: Collection[tuple[str, int]]
) -> list[tuple[Aside, LikelyPerson]]:
    """Return the undecided rows that have the number of exactly one person in a different notation, with that
    person. The person has no other row, so that no two of these contradict each other."""
    found = [
        (row, some[0])
        for row in rows
        if (row.known_as, row.line) not in decided
        and len(some := likely_of(row, likely)) == 1
        and some[0].is_same
        and not some[0].has_row
    ]
    claims = Counter(person.candidate_id for _, person in found)
    return [(row, person) for row, person in found if claims[person.candidate_id] == 1]
