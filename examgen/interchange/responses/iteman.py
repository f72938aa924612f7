"""A sheet → the files of Iteman (Assessment Systems Corporation).

Iteman 4 takes a data matrix of fixed columns (id, a blank, the responses) and an item control file of six
columns parted by tabs: item, key (several letters where several are right), number of alternatives, domain,
`Y` scored, `N` left out or `P` pretest, `M` multiple choice. Omitted responses are `O`, items that were not
administered `N`, which are the program's own standards.

Iteman 3 takes one file, which Iteman 4 reads, too: a line with the number of items, the codes of omitted and
not administered items and the width of the id; the keys; the numbers of alternatives; `Y` or `N`; then the
id and the responses of each candidate. It knows one key for an item, and no pretest.

References
----------
Guyer, R., & Thompson, N. A. (2013). User's Manual for Iteman 4.3. Assessment Systems Corporation, chapter 2.
User's Manual for the ITEMAN Conventional Item Analysis Program, version 3.6 (2006), chapter 2.
"""

from __future__ import annotations

from collections.abc import Mapping

from examgen.core.words import Message, tell, tell_n
from examgen.interchange.responses.coded import (
    INVALID,
    NOT_GIVEN,
    OMITTED,
    Coded,
    coded,
    told_of,
)
from examgen.interchange.responses.sheet import ResponseFiles, ResponseSheet, differences, file_name, lines

_INCLUSION = {"scored": "Y", "pilot": "P", "dropped": "N", "credited": "N"}
_MOST_OLD = 999
"""Items that the first line of Iteman 3 has room for."""


def write(sheets: Mapping[str, ResponseSheet], book: Mapping[str, Coded]) -> ResponseFiles:
    """Files for each form: `responses`, `control`, and `iteman3` with both in one."""
    files: dict[str, bytes] = {}
    told: list[Message] = []
    for form, sheet in sheets.items():
        of = book[form]
        width = max(map(len, of.persons.labels), default=1)
        who = [f"{label:<{width}}" for label in of.persons.labels]
        rows = list(zip(who, of.rows, strict=True))
        files[file_name("responses", form, "txt")] = lines(f"{one} {row}" for one, row in rows)
        files[file_name("control", form, "txt")] = lines(
            "\t".join(
                (
                    one.label,
                    one.right or "A",
                    str(len(one.letters)),
                    "".join(letter if " " < letter <= "~" else "_" for letter in one.item.criterion) or "1",
                    _INCLUSION[one.item.standing],
                    "M",
                )
            )
            for one in of.items
        )
        if len(of.items) <= _MOST_OLD:
            heads = [
                f"{len(of.items):3d} {OMITTED} {NOT_GIVEN} {width:02d}",
                "".join(one.right[:1] or "A" for one in of.items),
                "".join(str(min(len(one.letters), 9)) for one in of.items),
                "".join(
                    "Y" if one.item.standing == "scored" and len(one.right) == 1 else "N" for one in of.items
                ),
            ]
            files[file_name("iteman3", form, "txt")] = lines([*heads, *(one + row for one, row in rows)])
        told += [*told_of(of), *differences(sheet)]
        if any(OMITTED in row for row in of.rows) and any(INVALID in one.codes for one in of.items):
            told.append(tell("marks that are no option of the item stand as omitted (O), and count as wrong"))
        several = sum(len(one.right) != 1 and one.item.standing == "scored" for one in of.items)
        if several:
            told.append(
                tell_n(
                    "Iteman 3 knows one key for an item: {n} item with several is left out there (N)",
                    "Iteman 3 knows one key for an item: {n} items with several are left out there (N)",
                    several,
                )
            )
    return ResponseFiles(files, tuple(dict.fromkeys(told)))


def code(sheet: ResponseSheet) -> Coded:
    """The letters that Iteman knows: what it has none for was scored as a blank is, as wrong."""
    return coded(sheet, invalid=OMITTED, not_reached=OMITTED)
