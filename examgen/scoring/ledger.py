"""Register and what became of each candidate → the ledger of a sitting, and whoever does not add up.

    registered = present + absent
    present    = scored + quarantined + missing

in total, by room and by form, for every register. Where the register does not say whether somebody came,
who has a row counts as present and who has none as absent, and the ledger says how many these are. Rows of
those who were not to have one (absent, or not on the register) are counted beside the sums.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from examgen.register import Register
from examgen.responses import Ints
from examgen.scoring.fates import (
    Bools,
    ScoredIds,
    SetAsideRow,
    drawn_forms,
    fates_of,
    kinds_of,
    on_other_forms,
    picked,
)
from examgen.scoring.unreconciled import ADDS_UP, UNRECONCILED_HEADER, WHAT, Unreconciled, unreconciled

__all__ = [
    "COUNTS",
    "LEDGER_HEADER",
    "UNRECONCILED_HEADER",
    "WHAT",
    "Ledger",
    "ScoredIds",
    "SetAsideRow",
    "Unreconciled",
    "reconcile",
]

COUNTS = (
    "registered",
    "present",
    "absent",
    "scored",
    "quarantined",
    "missing",
    "status_unknown",
    "absent_but_scored",
    "absent_in_quarantine",
    "not_on_roster",
)
LEDGER_HEADER = ("by", "name", *COUNTS)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The sums, as rows of `LEDGER_HEADER`: the total, then each room, then each form; and who is not in
    them as they should be. The empty name is of those whose room or form nobody knows."""

    rows: tuple[tuple[str | int, ...], ...]
    unreconciled: tuple[Unreconciled, ...]

    @property
    def total(self) -> dict[str, int]:
        """The counts over everybody."""
        return dict(zip(COUNTS, map(int, self.rows[0][2:]), strict=True))

    @property
    def found(self) -> dict[str, int]:
        """How often each thing does not add up, in the order of `WHAT`."""
        kinds = [one.what for one in self.unreconciled]
        return {what: n for what in WHAT if (n := kinds.count(what))}

    @property
    def is_reconciled(self) -> bool:
        """Whether everybody is accounted for."""
        return not set(self.found) - {ADDS_UP}

    def record(self) -> dict[str, Any]:
        """The ledger as it stands in the audit."""
        return {"total": self.total, "unreconciled": self.found, "reconciled": self.is_reconciled}

    def lines(self) -> list[str]:
        """The ledger as it is told on the screen."""
        n = {name: f"{count:,}" for name, count in self.total.items()}
        said = [
            f"registered {n['registered']} = present {n['present']} + absent {n['absent']}",
            f"present {n['present']} = scored {n['scored']} + quarantined {n['quarantined']} "
            f"+ missing {n['missing']}",
        ]
        if self.total["status_unknown"]:
            said.append(
                f"of {n['status_unknown']} it is not known whether they came: who has a row is taken as "
                "present, who has none as absent"
            )
        return said + [f"{count:,} × {what}: {WHAT[what]}" for what, count in self.found.items()]


def reconcile(
    register: Register,
    scored: Iterable[ScoredIds],
    set_aside: Iterable[SetAsideRow],
    forms: Sequence[str],
    base: Mapping[str, str] | None = None,
) -> Ledger:
    """The ledger of a sitting.

    `forms` are the names of the numbers of forms; `base` the form that one with an order of its own was
    drawn from, under which it is counted.
    """
    drawn = drawn_forms(forms, base or {})
    fates = fates_of(register, scored, set_aside)
    dealt = picked([drawn.number.get(form, -1) for form in register.forms], register.form)
    kinds = kinds_of(register, fates)
    strangers = np.array([form for _, form in fates.strangers], dtype=np.int64)
    of_form = picked(drawn.group, np.where(dealt >= 0, dealt, fates.form))
    rows = [
        *_rows("total", ("",), np.zeros(register.size, np.int64), kinds, np.zeros_like(strangers)),
        *_rows("room", register.rooms, register.room.astype(np.int64), kinds, np.full_like(strangers, -1)),
        *_rows("form", drawn.groups, of_form, kinds, picked(drawn.group, strangers)),
    ]
    others = on_other_forms(drawn, dealt, fates.form)
    return Ledger(tuple(rows), tuple(unreconciled(register, fates, kinds, others, drawn)))


# ── the sums ─────────────────────────────────────────────────────────────────────────────────


def _rows(
    by: str, names: Sequence[str], group: Ints, kinds: Mapping[str, Bools], strangers: Ints
) -> Iterator[tuple[str | int, ...]]:
    """A row for each name, in the order of names; and one without a name where somebody is in none."""
    n = len(names)
    counts = [np.bincount(group[who] % (n + 1), minlength=n + 1) for who in kinds.values()]
    counts.append(np.bincount(strangers % (n + 1), minlength=n + 1))
    table = np.stack(counts, axis=1)
    for place in sorted(range(n), key=lambda place: _natural(names[place])):
        yield by, names[place], *table[place].tolist()
    if table[n].any():
        yield by, "", *table[n].tolist()


def _natural(name: str) -> list[tuple[int, str]]:
    """Names in the order that people count: room 2 before room 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
