"""A file of ratings (bytes) → `Rating`s: who gave which candidate how many points for which task."""

from __future__ import annotations

from typing import NamedTuple

from examgen.capture.cells import fold, read_id, visible
from examgen.capture.grader_decisions import clean_text
from examgen.capture.list_columns import recognised_list


class Rating(NamedTuple):
    """A rating as the file has it."""

    line: int
    candidate_id: str
    assessor: str
    task: str
    points: str
    centre: str = ""
    day: str = ""
    comment: str = ""


def read_ratings(name: str, data: bytes) -> tuple[Rating, ...]:
    """Stub: the one of the branch `agreement` takes its place."""
    shown = visible(name)
    table, columns = recognised_list(shown, data)
    heads = [fold(cell) for cell in table.header.fields]
    place = {
        role: heads.index(role)
        for role in ("assessor", "task", "points", "centre", "date", "comment")
        if role in heads
    }
    found = []
    for record in table.body(len(heads)):

        def cell(role: str) -> str:
            return clean_text(record.fields[place[role]]) if role in place else ""

        who, assessor = read_id(record.fields[columns.candidate]), cell("assessor")
        if "task" in place:
            found.append(
                Rating(
                    record.line,
                    who,
                    assessor,
                    cell("task"),
                    cell("points"),
                    cell("centre"),
                    cell("date"),
                    cell("comment"),
                )
            )
        else:
            for n, head in enumerate(table.header.fields):
                if n != columns.candidate and n not in place.values() and record.fields[n].strip():
                    found.append(
                        Rating(
                            record.line,
                            who,
                            assessor,
                            head.strip(),
                            record.fields[n].strip(),
                            cell("centre"),
                            cell("date"),
                            cell("comment"),
                        )
                    )
    return tuple(found)
