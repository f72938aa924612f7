"""The groups that candidates are in, by a file that was sent for an analysis of an exam."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from examgen.capture.cells import fold
from examgen.capture.columns import named_column
from examgen.core.candidate_numbers import canonical_number
from examgen.core.problems import Problem, Refused
from examgen.core.tables.coded import read_coded
from examgen.core.words import Message, joined, tell, tell_n
from examgen.stats.checklists import CANDIDATE_NAMES

GROUPS = {"room": tell("Room"), "centre": tell("Centre"), "organisation": tell("Organisation")}
"""Columns of the list of candidates that are groups of people."""


def groups_in(name: str, data: bytes, group: str, scored: Collection[str]) -> tuple[dict[str, str], Message]:
    """By canonical number the groups of those of the candidates `scored` of whom a file says one, and what
    became of its rows; raises Refused where it has no such column, and with all of them that it puts into two
    groups."""
    table = read_coded(name, data)
    own = next((one for one in table.columns if one.name == group), None)
    if own is None:
        raise Refused(tell("{name} has no column {group}", name=name, group=group))
    who = table.columns[_number_at(name, [one.name for one in table.columns])]
    numbers = [canonical_number(text) for text in who.texts]
    rows: dict[str, list[tuple[int, str, str]]] = {}
    nameless = strange = empty = 0
    for line, number, value in zip(table.lines, who.codes.tolist(), own.codes.tolist(), strict=True):
        if not numbers[number]:
            nameless += 1
        elif numbers[number] not in scored:
            strange += 1
        elif not own.texts[value]:
            empty += 1
        else:
            rows.setdefault(numbers[number], []).append((int(line), who.texts[number], own.texts[value]))
    twofold = [found for found in rows.values() if len({text for _, _, text in found}) > 1]
    if twofold:
        raise Refused(
            tell_n(
                "{name} puts {n} candidate into more than one group: mend it and send it again",
                "{name} puts {n} candidates into more than one group: mend it and send it again",
                len(twofold),
                name=name,
            ),
            [Problem(name, "two-groups", _twofold(found)) for found in twofold],
        )
    counts = tell(
        "{name}: {n} rows in all; candidates with a score and a group {used}, rows that say the same again "
        "{twice}, without a number {nameless}, of nobody with a score on this form {strange}, without a "
        "group {empty}.",
        name=name,
        n=table.n_rows,
        used=len(rows),
        twice=sum(len(found) - 1 for found in rows.values()),
        nameless=nameless,
        strange=strange,
        empty=empty,
    )
    return {number: found[0][2] for number, found in rows.items()}, counts


def _twofold(found: Sequence[tuple[int, str, str]]) -> Message:
    """A candidate as the file writes the number, with the rows and what each says."""
    each = [tell("row {line}: {group}", line=line, group=text) for line, _, text in found]
    return tell("{who} – {rows}", who=found[0][1], rows=joined(each))


def _number_at(name: str, heads: Sequence[str]) -> int:
    """The column of the candidates' numbers: by its heading, or else the first."""
    return named_column([fold(one) for one in heads], CANDIDATE_NAMES, "candidate_id", name) or 0
