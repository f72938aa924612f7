"""The ledger of a sitting as reports show it: the order of its lines, how its sums meet the number scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examgen.text.thai import dictionary_order
from examgen.words import Pair

if TYPE_CHECKING:
    import polars as pl

    from examgen.reports.cohort_report.report import CohortReport
    from examgen.reports.language import Voice
    from examgen.reports.parts import Words

IN_ORDER = ("registered", "present", "absent", "scored")
"""Counts of the ledger that every room has; any other means that somebody is to be looked at."""
ADDS_UP = "no_row"
"""What unreconciled.csv names although it adds up."""


def ledger_rows(ledger: pl.DataFrame) -> list[tuple[str, ...]]:
    """The total, the forms, and the rooms in the order of their names."""
    rows = ledger.rows()
    rooms = [row for row in rows if row[0] == "room"]
    others = [row for row in rows if row[0] != "room"]
    return [*others, *sorted(rooms, key=lambda row: dictionary_order(row[1]))]


def ledger_sum(words: Words, found: CohortReport) -> Pair | None:
    """How all who were scored stand in the ledger, where some of them are not in its column `scored`."""
    if found.ledger is None:
        return None
    total = found.ledger.row(0, named=True)
    scored, absent, strangers = (
        int(total.get(name) or 0) for name in ("scored", "absent_but_scored", "not_on_roster")
    )
    if found.n != scored + absent + strangers or not absent + strangers:
        return None
    return words(
        "Candidates scored {n} = {scored} + {absent} absent, but scored + {strangers} not on the roster.",
        n=f"{found.n:,}",
        scored=f"{scored:,}",
        absent=f"{absent:,}",
        strangers=f"{strangers:,}",
    )


def odd_ones(found: CohortReport) -> tuple[tuple[str, int], ...]:
    """What does not add up, and how often."""
    return tuple(one for one in found.unreconciled if one[0] != ADDS_UP)


def no_row(voice: Voice, found: CohortReport) -> dict[str, object]:
    """How many registered candidates have no row and are counted as absent."""
    n = dict(found.unreconciled).get(ADDS_UP, 0)
    return {"no_row": n, "no_row_n": voice.number(n)}
