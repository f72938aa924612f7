"""The ledger of a sitting as reports show it: the order of its lines, and how its sums match the number
scored.

Also lists candidates without a result, and gives the meaning of the codes in unreconciled.csv.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from examgen.capture.grader_decisions import VOIDED
from examgen.core.candidate_numbers import canonical_number
from examgen.core.person_decisions import standing
from examgen.core.text.thai import dictionary_order
from examgen.core.words import Pair
from examgen.scoring.reconcile import NOT_USED

if TYPE_CHECKING:
    import polars as pl

    from examgen.rendering.parts import Words
    from examgen.reports.cohort_report.report import CohortReport
    from examgen.scoring.scored_run import ScoredRun

IN_ORDER = ("registered", "present", "absent", "scored")
"""The counts of the ledger that are normal in every room; any other count is a discrepancy to examine."""
ADDS_UP = ("no_row", "absent")
"""Codes in unreconciled.csv that are no discrepancy."""
NO_ROW = ("missing", "no_row", "may_be_in_quarantine")
"""Codes in unreconciled.csv for candidates who have neither a score nor a row with their number and are not
recorded as absent."""
MOST_ASIDE = 100
"""The maximum number of candidates without a result in a report; more are only in the table beside it."""


# ── what codes mean ──────────────────────────────────────────────────────────────────────────


def ledger_words(words: Words, *, recorded: bool = True) -> Mapping[str, Pair]:
    """Return the headings of the columns of ledger.csv. If attendance was not recorded, they say what was
    counted instead."""
    return {
        "registered": words("registered"),
        "present": words("present") if recorded else words("with a row"),
        "absent": words("absent") if recorded else words("without a row"),
        "scored": words("scored"),
        "quarantined": words("in quarantine"),
        "missing": words("missing"),
        "status_unknown": words("attendance unknown"),
        "absent_but_scored": words("absent, but scored"),
        "absent_in_quarantine": words("absent, but a row is set aside"),
        "not_on_roster": words("scored, but not on the list"),
    }


# ── who has no result ────────────────────────────────────────────────────────────────────────


class NoResultRow(NamedTuple):
    """A row that is not scored, or a candidate without a row: the person, the discrepancy, and the file and
    line."""

    candidate_id: str
    """For a row that is not used by decision, the number in the row, even if it belongs to somebody else."""
    name: str
    what: str
    """The code in unreconciled.csv; empty if no roster was given."""
    file: str = ""
    line: str = ""
    reason: str = ""
    """The code in quarantine.csv."""


def set_aside(run: ScoredRun) -> Iterator[NoResultRow]:
    """Yield the registered candidates without a row, the rows in quarantine in the order of quarantine.csv,
    and the absent candidates.

    Rows that a grader decided not to use (`not_used`) are left out, because the candidate with that number
    may have been scored. Such a row is included if its candidate has no other.
    """
    rows = run.quarantine.select("candidate_id", "file", "line", "reason").rows()
    people = (
        () if run.unreconciled is None else run.unreconciled.select("candidate_id", "name", "what").rows()
    )
    excused = {who for who, one in standing(run.decisions).items() if one.decision == "excused"}
    known = {who: (name, what) for who, name, what in people if who and what != "absent_but_scored"}
    for who, name, what in people:
        if what in NO_ROW:
            yield NoResultRow(who, name, "excused" if canonical_number(who) in excused else what)
    for who, *row in rows:
        if row[-1] != VOIDED or known.get(who, ("", ""))[1] == "in_quarantine":
            yield NoResultRow(who, *known.get(who, ("", "")), *row)
    for who, name, what in people:
        if what == "absent":
            yield NoResultRow(who, name, "excused" if canonical_number(who) in excused else what)


def not_used(run: ScoredRun) -> Iterator[NoResultRow]:
    """Yield the rows that are not used by decision, in the order of quarantine.csv."""
    for who, *row in run.quarantine.select("candidate_id", "file", "line", "reason").rows():
        if row[-1] in NOT_USED:
            yield NoResultRow(who, "", "", *row)


def accounts(found: CohortReport) -> dict[str, object]:
    """Return the context of `report-accounts.html`: the numbers of rows and candidates by outcome."""
    total = {} if found.ledger is None else found.ledger.row(0, named=True)
    counts = {name: int(n or 0) for name, n in total.items() if name not in ("by", "name")}
    n_unused = n_not_used(found)
    return {
        "rows": found.rows,
        "n_scored": found.n,
        "n_unused": n_unused,
        "n_set_aside": n_set_aside(found),
        "total": counts,
        "was_recorded": was_recorded(found),
        "no_row": dict(found.unreconciled).get("no_row", 0),
    }


def n_not_used(found: CohortReport) -> int:
    """Return the number of rows that are not used by decision."""
    return sum(n for reason, n in found.quarantine if reason in NOT_USED)


def n_set_aside(found: CohortReport) -> int:
    """Return the number of rows that wait for a decision."""
    return found.rows.get("quarantined", 0) - n_not_used(found)


# ── the ledger ───────────────────────────────────────────────────────────────────────────────


def ledger_rows(ledger: pl.DataFrame) -> list[tuple[str, ...]]:
    """Return the total, the forms, and the rooms in natural order."""
    rows = ledger.rows()
    rooms = [row for row in rows if row[0] == "room"]
    others = [row for row in rows if row[0] != "room"]
    return [*others, *sorted(rooms, key=lambda row: dictionary_order(row[1]))]


def was_recorded(found: CohortReport) -> bool:
    """Return whether the roster records the attendance of any candidate. If not, only rows tell who came."""
    if found.ledger is None:
        return True
    total = found.ledger.row(0, named=True)
    registered = int(total["registered"] or 0)
    return not registered or int(total.get("status_unknown") or 0) < registered


def odd_ones(found: CohortReport) -> tuple[tuple[str, int], ...]:
    """Return the kinds of discrepancies with their counts."""
    return tuple(one for one in found.unreconciled if one[0] not in ADDS_UP)
