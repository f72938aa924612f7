"""Rows of candidates who are on no list → whose they may be: lines for `identities.csv`, and what is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from examgen.capture.layout import composed
from examgen.capture.rows import NOT_ON_LIST
from examgen.reports.results.cells import csv_head, csv_line
from examgen.responses.rows import SetAside
from examgen.words import tell
from examgen.workflow.scoring import inputs, tasks
from examgen.workflow.scoring.audit import Run

if TYPE_CHECKING:
    from examgen.capture.likely_ids import Offer

FILE = "unlisted.csv"
COLUMNS = ("file", "line", "candidate_id", "form", "reason", "by", "date", "raw")
_EXAMPLES = 5
_NOT_OWN = (NOT_ON_LIST, "voided_by_grader")
"""Reasons of rows that are not those of the candidate whose id they bear."""


def offers_of(run: Run) -> Mapping[str, Offer]:
    """By id that is on no list, the one on it that it may be, where that can be told."""
    unlisted = list(dict.fromkeys(row.candidate_id or "" for _, row in _rows(run)))
    if not unlisted:
        return {}
    from examgen.capture.likely_ids import offers

    dealing = run.reading.layout.dealing
    listed = dict.fromkeys(
        [*dealing.dealt, *(one.decode("utf-8", "surrogateescape") for one in dealing.roster.tolist())]
    )
    return offers(unlisted, listed, _with_rows(run), _absent(run))


def _rows(run: Run) -> Iterator[tuple[str, SetAside]]:
    """The rows of candidates who are on no list."""
    if not run.reading.layout.dealing.is_closed:
        return iter(())
    faults = (one for part in inputs.faults(run.scratch, run.reading, run.read) for one in part)
    return ((file, row) for file, row in faults if row.reason == NOT_ON_LIST)


def _with_rows(run: Run) -> set[str]:
    """Candidates who have a row of their own, scored or set aside."""
    found: set[bytes] = set()
    for number, dropped in enumerate(run.settled.dropped):
        for block in tasks.kept_rows(run.scratch, number, dropped):
            found.update(block["ids"].tolist())
    faults = inputs.faults(run.scratch, run.reading, run.read)
    aside = chain(
        chain.from_iterable(run.settled.set_aside.values()), (row for part in faults for _, row in part)
    )
    own = {composed(row.candidate_id) for row in aside if row.candidate_id and row.reason not in _NOT_OWN}
    return own | {composed(one.decode()) for one in found}


def _absent(run: Run) -> set[str]:
    """Candidates of whom the roster says that they did not come."""
    register = run.register
    if register is None:
        return set()
    from examgen.register import ABSENT

    return {
        one.decode("utf-8", "surrogateescape")
        for one, place in register.place.items()
        if register.status[place] == ABSENT
    }


def write_unlisted(run: Run, offers: Mapping[str, Offer]) -> list[str]:
    """Writes the lines that would give rows to those whose they may be, `by` and `date` left to whoever
    decides; returns what is told."""
    if offers:
        with (run.target / FILE).open("wb") as file:
            file.write(csv_head(COLUMNS))
            file.writelines(_lines(_rows(run), offers))
    return _told(run, offers)


def _lines(rows: Iterable[tuple[str, SetAside]], offers: Mapping[str, Offer]) -> Iterator[bytes]:
    for file, row in rows:
        if (offer := offers.get(row.candidate_id or "")) is not None:
            reason = f"{row.candidate_id} is {offer.likeness}"
            yield csv_line((file, str(row.line), offer.candidate_id, "", reason, "", "", row.raw))


def _told(run: Run, offers: Mapping[str, Offer]) -> list[str]:
    """How many there are, and the first of them."""
    n_rows = n_like = 0
    like: list[str] = []
    others: dict[str, None] = {}
    for file, row in _rows(run):
        n_rows += 1
        if (offer := offers.get(own := row.candidate_id or "")) is None:
            others[own] = None
            continue
        n_like += 1
        if n_like <= _EXAMPLES:
            where = f"{file}:{row.line}"
            like.append(
                tell("  {where}: {id} may be {likeness}", where=where, id=own, likeness=offer.likeness)
            )
    if not n_rows:
        return []
    said = tell(
        "{rows:,} row(s) with an id that is {nowhere}; whose they may be is told of {like:,}",
        rows=n_rows,
        nowhere=_nowhere(run),
        like=n_like,
    )
    more = [tell("  … and {n:,} more", n=n_like - _EXAMPLES)] if n_like > _EXAMPLES else []
    if others:
        n, names = len(others) - _EXAMPLES, ", ".join(list(others)[:_EXAMPLES])
        named = tell("{names} and {n:,} more", names=names, n=n) if n > 0 else names
        more.append(tell("  like nobody's, or like several: {named}", named=named))
    return [said, *like, *more]


def _nowhere(run: Run) -> str:
    """On which lists the ids are not."""
    dealing = run.reading.layout.dealing
    if dealing.dealt and run.register is not None:
        return tell("neither on the list that the booklets were printed for nor on the roster")
    if dealing.dealt:
        return tell("not on the list that the booklets were printed for")
    return tell("not on the roster")
