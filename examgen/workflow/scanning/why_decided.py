"""Why an overlay of the gallery says so: a line of its file, and the same for people.

Files keep the sentence in English, as audits of runs do; for people it is the message again that it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from examgen.capture.overlays import DECISIONS
from examgen.scanning.gallery.records import Doubt
from examgen.words import noted, recognised, tell

_SETTLED_NOTED = noted("{file} page {page}, crop {code}, read {read}, settled between {who}: {note}")
_SETTLED = noted("{file} page {page}, crop {code}, read {read}, settled between {who}")
_CHECKED_NOTED = noted("{file} page {page}, crop {code}, read {read}, checked by {who}: {note}")
_CHECKED = noted("{file} page {page}, crop {code}, read {read}, checked by {who}")
_ALONE_NOTED = noted("{file} page {page}, crop {code}, read {read}: {note}")
_ALONE = noted("{file} page {page}, crop {code}, read {read}")
_WRITTEN = (_SETTLED_NOTED, _SETTLED, _CHECKED_NOTED, _CHECKED, _ALONE_NOTED, _ALONE)


def written(doubt: Doubt, others: Sequence[str], *, is_settled: bool, note: str) -> str:
    """The crop, who else looked at it, and what was noted."""
    if not others:
        said = _ALONE_NOTED if note else _ALONE
    elif is_settled:
        said = _SETTLED_NOTED if note else _SETTLED
    else:
        said = _CHECKED_NOTED if note else _CHECKED
    file, page = doubt.page
    return tell(
        said, file=file, page=page, code=doubt.code, read=doubt.read, who=", ".join(others), note=note
    )


def why_told(reason: str) -> str:
    """The reason of a decision for people, where the gallery wrote it; what somebody typed as it is."""
    return recognised(reason, _WRITTEN)


def what_told(decision: str) -> str:
    """What was decided on a row, as an audit has it."""
    return recognised(decision, DECISIONS)


def decision_told(one: Mapping[str, Any]) -> dict[str, Any]:
    """A decision of an audit, its decision and its reason as messages."""
    return {
        **one,
        "decision": what_told(str(one["decision"])),
        "reason": why_told(str(one["reason"])),
    }
