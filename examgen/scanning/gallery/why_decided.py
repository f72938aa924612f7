"""The reason of a decision made in the gallery: columns of its file, and a sentence made from them.

In older files, the reason is the sentence itself, in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from examgen.core.words import message_in, noted, tell

_SETTLED_NOTED = noted("{file} page {page}, crop {code}, read {read}, settled between {who}: {note}")
_SETTLED = noted("{file} page {page}, crop {code}, read {read}, settled between {who}")
_CHECKED_NOTED = noted("{file} page {page}, crop {code}, read {read}, checked by {who}: {note}")
_CHECKED = noted("{file} page {page}, crop {code}, read {read}, checked by {who}")
_ALONE_NOTED = noted("{file} page {page}, crop {code}, read {read}: {note}")
_ALONE = noted("{file} page {page}, crop {code}, read {read}")

_ON_SHEET = noted("as seen on the image of the sheet")
"""The reason if the person noted none."""


def reason_of(note: str) -> str:
    """Return the text of the column `reason`."""
    return note or tell(_ON_SHEET)


def _of_columns(one: Mapping[str, Any]) -> str:
    """Return a sentence with the crop, the other people who looked at it, and the note."""
    note = "" if one["reason"] == _ON_SHEET else one["reason"]
    if not one["checked_by"]:
        said = _ALONE_NOTED if note else _ALONE
    elif one["settled"]:
        said = _SETTLED_NOTED if note else _SETTLED
    else:
        said = _CHECKED_NOTED if note else _CHECKED
    return tell(
        said,
        file=one["picture"],
        page=one["page"],
        code=one["crop"],
        read=one["read"],
        who=one["checked_by"],
        note=note,
    )


def decision_messages(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return a decision of an audit, with its decision and its reason as messages."""
    return {
        **one,
        "decision": message_in(one, "decision"),
        "reason": _of_columns(one) if one.get("crop") else message_in(one, "reason"),
    }
