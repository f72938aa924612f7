"""Rows of candidates who are on no list → whose they may be: lines for `identities.csv`, and what is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from examgen import capture
from examgen.reports.result_cells import csv_table
from examgen.responses import SetAside
from examgen.workflow import result_files
from examgen.workflow import scoring_tasks as tasks
from examgen.workflow.scored_audit import Run

if TYPE_CHECKING:
    from examgen.capture.likely_ids import Offer

FILE = "unlisted.csv"
COLUMNS = ("file", "line", "candidate_id", "form", "reason", "by", "date", "raw")
_EXAMPLES = 5


def offers_of(run: Run) -> Mapping[str, Offer]:
    """By id that is on no list, the one on it that it may be, where that can be told."""
    unlisted = list(dict.fromkeys(row.candidate_id or "" for _, row in _rows(run)))
    if not unlisted:
        return {}
    from examgen.capture.likely_ids import offers

    dealing = run.reading.layout.dealing
    listed = dict.fromkeys([*dealing.dealt, *(one.decode() for one in dealing.roster.tolist())])
    return offers(unlisted, listed, _with_rows(run), _absent(run))


def _rows(run: Run) -> Iterator[tuple[str, SetAside]]:
    """The rows of candidates who are on no list."""
    if not run.reading.layout.dealing.is_closed:
        return iter(())
    faults = (one for part in result_files.faults(run.scratch, run.reading, run.read) for one in part)
    return ((file, row) for file, row in faults if row.reason == capture.NOT_ON_LIST)


def _with_rows(run: Run) -> set[str]:
    """Candidates who have a row of their own, scored or set aside."""
    found: set[bytes] = set()
    for number, dropped in enumerate(run.settled.dropped):
        for block in tasks.kept_rows(run.scratch, number, dropped):
            found.update(block["ids"].tolist())
    aside = [row for rows in run.settled.set_aside.values() for row in rows]
    aside += [row for part in result_files.faults(run.scratch, run.reading, run.read) for _, row in part]
    own = {row.candidate_id for row in aside if row.candidate_id and row.reason != capture.NOT_ON_LIST}
    return own | {capture.composed(one.decode()) for one in found}


def _absent(run: Run) -> set[str]:
    """Candidates of whom the roster says that they did not come."""
    register = run.register
    if register is None:
        return set()
    from examgen.register import ABSENT

    return {one.decode() for one, place in register.place.items() if register.status[place] == ABSENT}


def write_unlisted(run: Run, offers: Mapping[str, Offer]) -> list[str]:
    """Writes the lines that would give rows to those whose they may be, `by` and `date` left to whoever
    decides; returns what is told."""
    rows = list(_rows(run)) if run.reading.layout.dealing.is_closed else []
    if not rows:
        return []
    if offers:
        lines = (
            _line(file, row, offers[row.candidate_id or ""])
            for file, row in rows
            if row.candidate_id in offers
        )
        (run.target / FILE).write_bytes(csv_table(COLUMNS, lines))
    return _told(run, rows, offers)


def _line(file: str, row: SetAside, offer: Offer) -> tuple[str, ...]:
    reason = f"{row.candidate_id} is {offer.likeness}"
    return file, str(row.line), offer.candidate_id, "", reason, "", "", row.raw


def _told(run: Run, rows: Sequence[tuple[str, SetAside]], offers: Mapping[str, Offer]) -> list[str]:
    """How many there are, and the first of them."""
    like = [(file, row, offers[row.candidate_id]) for file, row in rows if row.candidate_id in offers]
    others = list(dict.fromkeys(row.candidate_id or "" for _, row in rows if row.candidate_id not in offers))
    said = [
        f"{len(rows):,} row(s) with an id that is {_nowhere(run)}; whose they may be is told of {len(like):,}"
    ]
    said += [
        f"  {file}:{row.line}: {row.candidate_id} may be {offer.likeness}"
        for file, row, offer in like[:_EXAMPLES]
    ]
    if len(like) > _EXAMPLES:
        said.append(f"  … and {len(like) - _EXAMPLES:,} more")
    if others:
        more = f" and {len(others) - _EXAMPLES:,} more" if len(others) > _EXAMPLES else ""
        said.append(f"  like nobody's, or like several: {', '.join(others[:_EXAMPLES])}{more}")
    return said


def _nowhere(run: Run) -> str:
    """On which lists the ids are not."""
    dealing = run.reading.layout.dealing
    names = ["on the list that the booklets were printed for"] if dealing.dealt else []
    names += ["on the roster"] if run.register is not None else []
    return f"neither {' nor '.join(names)}" if len(names) > 1 else f"not {names[0]}"
