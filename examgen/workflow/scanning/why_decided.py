"""Why an overlay of the gallery says so: a line of its file, and the same for people."""

from __future__ import annotations

import re
from collections.abc import Sequence

from examgen.scanning.gallery.records import Doubt
from examgen.words import Message, tell


def written(doubt: Doubt, others: Sequence[str], *, is_settled: bool, note: str) -> str:
    """The crop, who else looked at it, and what was noted."""
    where = f"{doubt.page[0]} page {doubt.page[1]}, crop {doubt.code}, read {doubt.read}"
    how = "settled between" if is_settled else "checked by"
    also = f", {how} {', '.join(others)}" if others else ""
    return f"{where}{also}{': ' if note else ''}{note}"


_WRITTEN = re.compile(
    r"(?P<file>.+) page (?P<page>\d+), crop (?P<code>[0-9A-Z-]+), read (?P<read>[^,:]*)"
    r"(?:, (?P<how>settled between|checked by) (?P<who>[^:]+))?(?P<note>: .+)?"
)


def why_told(reason: str) -> Message | str:
    """The reason of a decision for people, where the gallery wrote it; what somebody typed as it is."""
    found = _WRITTEN.fullmatch(reason)
    if found is None:
        return reason
    file, page, code, read, how, who, note = found.groups(default="")
    if how == "settled between":
        return tell(
            "{file} page {page}, crop {code}, read {read}, settled between {who}{note}",
            file=file, page=page, code=code, read=read, who=who, note=note,
        )  # fmt: skip
    if how:
        return tell(
            "{file} page {page}, crop {code}, read {read}, checked by {who}{note}",
            file=file, page=page, code=code, read=read, who=who, note=note,
        )  # fmt: skip
    return tell(
        "{file} page {page}, crop {code}, read {read}{note}",
        file=file, page=page, code=code, read=read, note=note,
    )  # fmt: skip
