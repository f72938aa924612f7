"""A sheet → the control and data files of Winsteps.

Responses are letters in fixed columns; `KEY1=` to `KEY9=` are the right ones, all scored 1 by `KEYSCR=`, `*`
where an item has no further one. Valid codes that are not right score 0, so `O` (omitted), `R` (not reached)
and `X` (no option of the item) do; `N` (not on the candidate's form) is no valid code, and missing. Items
that count for nobody are deleted (`IDFILE=`), pilot items have the weight 0 (`IWEIGHT=`). Labels are ASCII:
the columns are counted in bytes.

References
----------
Linacre, J. M. Winsteps Rasch measurement computer program User's Guide: KEYn=, KEYSCR=, CODES=, IDFILE=,
IWEIGHT=, “Rules of assigning values to control variables”.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from examgen.core.words import Message, tell
from examgen.interchange.responses.coded import (
    INVALID,
    NOT_REACHED,
    OMITTED,
    Coded,
    told_of,
)
from examgen.interchange.responses.sheet import ResponseFiles, ResponseSheet, differences, lines

DATA = "responses.txt"
_WIDTH = 100
"""A longer value goes on in the next line."""
_MOST_KEYS = 9
"""So many keys can be given a score of their own."""
_NO_KEY = "*"


def write(sheet: ResponseSheet, of: Coded) -> ResponseFiles:
    """`winsteps.txt`, the control file, and the responses."""
    width = max(map(len, of.persons.labels), default=1)
    rows = (f"{label:<{width}} {row}" for label, row in zip(of.persons.labels, of.rows, strict=True))
    files = {"winsteps.txt": lines(_control(sheet, of, width)), DATA: lines(rows)}
    told: list[Message] = [*told_of(of), *differences(sheet)]
    if any(len(one.right) > _MOST_KEYS for one in of.items):
        told.append(tell("of more than {n} right answers the first {n} are keys", n=_MOST_KEYS))
    if any(NOT_REACHED in row for row in of.rows):
        told.append(
            tell(
                "items that were not reached (R) are wrong, as in the run; take R from CODES, and "
                "they are missing"
            )
        )
    return ResponseFiles(files, tuple(told))


def _control(sheet: ResponseSheet, of: Coded, width: int) -> Iterator[str]:
    title = "".join(one if " " <= one <= "~" and one != '"' else "_" for one in sheet.title)
    letters = sorted({code for one in of.items for code in one.letters})
    keys = min(max((len(one.right) for one in of.items), default=1) or 1, _MOST_KEYS)
    yield "&INST"
    yield f'TITLE = "{title}"'
    yield "; O omitted, R not reached, X no option of the item: wrong. N not on the form: missing"
    yield f"NI = {len(of.items)}"
    yield "NAME1 = 1"
    yield f"NAMLEN = {width}"
    yield f"ITEM1 = {width + 2}"
    yield "XWIDE = 1"
    yield f'CODES = "{"".join(letters)}{OMITTED}{NOT_REACHED}{INVALID}"'
    for n in range(keys):
        value = "".join(one.right[n : n + 1] or _NO_KEY for one in of.items)
        parts = [value[at : at + _WIDTH] for at in range(0, len(value), _WIDTH)] or [""]
        for at, part in enumerate(parts):  # over several lines, which `+` joins
            yield ("+" if at else f"KEY{n + 1} = ") + part + ("+" if at < len(parts) - 1 else "")
    if keys > 1:
        yield f"KEYSCR = {'1' * keys}"
    yield from _listed("IDFILE", (n for n, one in enumerate(of.items, 1) if not one.item.counts), "")
    pilots = (n for n, one in enumerate(of.items, 1) if one.item.standing == "pilot")
    yield from _listed("IWEIGHT", pilots, " 0")
    yield f"DATA = {DATA}"
    yield "&END"
    for one in of.items:
        yield one.label
    yield "END NAMES"


def _listed(name: str, numbers: Iterable[int], after: str) -> Iterator[str]:
    """A list of items in the control file itself; nothing where there are none."""
    found = [*numbers]
    if found:
        yield f"{name} = *"
        yield from (f"{n}{after}" for n in found)
        yield "*"
