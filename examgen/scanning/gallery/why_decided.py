"""The reason of a decision made in the gallery: columns of its file, and a sentence made from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from examgen.core.words import joined, message_in, noted, tell

_ON_SHEET = noted("as seen on the image of the sheet")
"""The reason if the person noted none."""


def reason_of(note: str) -> str:
    """Return the text of the column `reason`."""
    return note or tell(_ON_SHEET)


def decision_messages(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return a decision of an audit, with its decision and its reason as messages. The reason states the
    crop, the other people who looked at it, and the note."""
    reason = message_in(one, "reason")
    if one.get("crop"):
        parts = [
            tell(
                "{file} page {page}, crop {code}, read {read}",
                file=one["picture"], page=one["page"], code=one["crop"], read=one["read"],
            )
        ]  # fmt: skip
        if who := one["checked_by"]:
            parts.append(
                tell("settled between {who}", who=who)
                if one["settled"]
                else tell("checked by {who}", who=who)
            )
        note = one["reason"]
        reason = joined([joined(parts), *([note] if note != _ON_SHEET else [])], ": ")
    return {**one, "decision": message_in(one, "decision"), "reason": reason}
