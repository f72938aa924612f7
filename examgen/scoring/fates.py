"""Register, scored ids and rows in quarantine → what became of everybody, by place in the register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.register import ABSENT, NOT_KNOWN, PRESENT, Register, composed
from examgen.responses import Ints, Texts

Bools = npt.NDArray[np.bool_]

NOBODYS = frozenset(("voided_by_grader", "header_repeated", "totals_line"))
"""Reasons of rows that are not candidate's: who else is in them is not counted as having a row."""


class SetAsideRow(NamedTuple):
    """A row in quarantine: where it stands, its candidate as far as readable, and the reason; where the id is
    on no list, whose row it may be."""

    file: str
    line: int
    candidate_id: str | None
    reason: str
    may_be: str = ""


class ScoredIds(NamedTuple):
    """Candidates that were scored: `ids` (n,) as UTF-8, `form` (n,) numbers of forms; nobody twice."""

    ids: Texts
    form: Ints


@dataclass(frozen=True, slots=True)
class Fates:
    """By place in the register: `form` (n,) scored by, -1 where not scored; rows in quarantine.

    `strangers` were scored and are not on the register; `others` are rows in quarantine of no one on it. A
    row that may be somebody's who is not scored, and not said to be absent, is among `rows`.
    """

    form: Ints
    rows: Mapping[int, Sequence[SetAsideRow]]
    strangers: Sequence[tuple[bytes, int]]
    others: Sequence[SetAsideRow]

    @property
    def quarantined(self) -> Ints:
        """Places of those who have a row in quarantine."""
        return np.fromiter(self.rows, dtype=np.int64, count=len(self.rows))


def fates_of(register: Register, scored: Iterable[ScoredIds], set_aside: Iterable[SetAsideRow]) -> Fates:
    """What became of everybody; ids are compared composed (NFC)."""
    form = np.full(register.size, -1, dtype=np.int64)
    strangers: list[tuple[bytes, int]] = []
    for ids, forms in scored:
        places = register.places(ids)
        known = places >= 0
        form[places[known]] = forms[known]
        strangers += zip(ids[~known].tolist(), forms[~known].tolist(), strict=True)
    rows: dict[int, list[SetAsideRow]] = {}
    others: list[SetAsideRow] = []
    for row in set_aside:
        if row.reason not in NOBODYS:
            place = _place(register, row.candidate_id)
            if place is None:
                place = _likely(register, row.may_be, form)
            others.append(row) if place is None else rows.setdefault(place, []).append(row)
    return Fates(form, rows, strangers, others)


def _likely(register: Register, may_be: str, form: Ints) -> int | None:
    """The place of whom a row may be; nobody's where they are scored, or did not come."""
    place = _place(register, may_be)
    if place is None or form[place] >= 0 or register.status[place] == ABSENT:
        return None
    return place


def _place(register: Register, candidate_id: str | None) -> int | None:
    if not candidate_id:
        return None
    return register.place.get(composed(candidate_id.encode("utf-8", "surrogatepass")))


def kinds_of(register: Register, fates: Fates) -> dict[str, Bools]:
    """For each count, who belongs to it."""
    is_scored = fates.form >= 0
    in_quarantine = np.zeros(register.size, dtype=np.bool_)
    in_quarantine[fates.quarantined] = True
    in_quarantine &= ~is_scored
    unknown, absent = register.status == NOT_KNOWN, register.status == ABSENT
    present = (register.status == PRESENT) | (unknown & (is_scored | in_quarantine))
    return {
        "registered": np.ones(register.size, dtype=np.bool_),
        "present": present,
        "absent": ~present,
        "scored": present & is_scored,
        "quarantined": present & in_quarantine,
        "missing": present & ~is_scored & ~in_quarantine,
        "status_unknown": unknown,
        "absent_but_scored": absent & is_scored,
        "absent_in_quarantine": absent & in_quarantine,
    }


# ── forms ────────────────────────────────────────────────────────────────────────────────────


class Drawn(NamedTuple):
    """Forms by name and number, those that others are drawn from last where nobody was scored by them.

    `groups` are the forms that the ledger has rows for, `group` their number for each form; `is_base` says
    which forms are drawn from no other.
    """

    forms: Sequence[str]
    number: Mapping[str, int]
    groups: tuple[str, ...]
    group: Sequence[int]
    is_base: Sequence[bool]


def drawn_forms(scored_by: Sequence[str], base: Mapping[str, str]) -> Drawn:
    """The forms that answers are scored by, in the order of their numbers, and those they are drawn from."""
    forms = tuple(dict.fromkeys((*scored_by, *(base.get(form, form) for form in scored_by))))
    bases = [base.get(form, form) for form in forms]
    group = {form: n for n, form in enumerate(dict.fromkeys(bases))}
    return Drawn(
        forms=forms,
        number={form: n for n, form in enumerate(forms)},
        groups=tuple(group),
        group=[group[form] for form in bases],
        is_base=[form == drawn_from for form, drawn_from in zip(forms, bases, strict=True)],
    )


def picked(values: Sequence[int], places: npt.NDArray[np.integer[Any]]) -> Ints:
    """The values at the places; -1 where the place is -1."""
    found: Ints = np.array([*values, -1], dtype=np.int64)[places]
    return found


def on_other_forms(drawn: Drawn, dealt: Ints, scored: Ints) -> Bools:
    """Who was scored on a form that they were not dealt; one drawn from the form dealt is that form."""
    is_drawn = np.array([*drawn.is_base, False])[dealt]
    is_drawn &= picked(drawn.group, dealt) == picked(drawn.group, scored)
    others: Bools = (dealt >= 0) & (scored >= 0) & (dealt != scored) & ~is_drawn
    return others
