"""What the groups of a run's candidates are called: centres, or where none is told rooms, or answer files."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from examgen.models import Bilingual
    from examgen.reports.report_parts import Words
    from examgen.scored_run import PlaceKind


class PlaceWords(NamedTuple):
    """`one` heads a column, `many` a section, `none` is the group of those of whom it is not told; `notice`
    says what stands in place of centres."""

    one: Bilingual
    many: Bilingual
    none: Bilingual
    notice: Bilingual | None


def place_words(words: Words, kind: PlaceKind) -> PlaceWords:
    """The words for a kind of groups."""
    if kind == "room":
        notice = words(
            "No centre is named in the answers or in the list of candidates: rooms stand in place of "
            "centres, and what is said of a centre is said of a room."
        )
        return PlaceWords(words("Room"), words("Rooms"), words("no room given"), notice)
    if kind == "file":
        notice = words(
            "Neither a centre nor a room is named: answer files stand in place of centres, and what is said "
            "of a centre is said of a file."
        )
        return PlaceWords(words("Answer file"), words("Answer files"), words("not known"), notice)
    return PlaceWords(words("Centre"), words("Centres"), words("no centre given"), None)


def counted_places(words: Words, kind: PlaceKind, n: int) -> Bilingual:
    """`centres` below their number."""
    if kind == "room":
        return words.of_n("room", "rooms", n)
    if kind == "file":
        return words.of_n("answer file", "answer files", n)
    return words.of_n("centre", "centres", n)
