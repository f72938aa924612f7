"""Headings → which columns say whose a row is, and what of a person's row stays.

What counts in statistics stays with the tombstone: form, answers, points, decisions, where somebody sat.
Names, seats, organisations, remarks and whatever else a list says of a person go.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

from examgen.capture.candidate_lists import SERIAL_NAMES, STATUS_NAMES
from examgen.capture.cells import CENTRE_HEADS, fold, question_number
from examgen.capture.centre_returns import RETURN_LISTS
from examgen.capture.columns import ANSWER_NAMES, CANDIDATE_NAMES, FORM_NAMES, QUESTION_NAMES
from examgen.capture.list_columns import ENGLISH, NAME_NAMES, ROOM_NAMES, THAI, VARIANTS
from examgen.core import tables
from examgen.core.register import ROSTER_COLUMNS


def _returned(*of: str) -> frozenset[str]:
    """Headings of what centres send back, of columns of these kinds or roles."""
    return frozenset(
        fold(head)
        for listed in RETURN_LISTS
        for one in listed.columns
        if one.kind in of or one.role in of
        for tier in one.tiers
        for head in tier
    )


_IDS = frozenset(fold(head) for row in CANDIDATE_NAMES for head in row) | _returned("candidate")
_MORE_IDS = _returned("candidates") | frozenset(
    map(fold, ("source", "copier", "candidates", "with", "may_be", "number", "who"))
)
"""Columns of our own tables and of lists that name candidates beside the one whose row it is."""
_NAMES = {head for row in NAME_NAMES for head in row}
_NAMES |= {head for language in (ENGLISH, THAI) for heads in language for head in heads}
_PERSONAL = frozenset(
    fold(head)
    for head in (
        *_NAMES,
        *(head for one in ROSTER_COLUMNS for heads in one.heads for head in heads),
        *VARIANTS,
        *("raw", "remark", "remarks", "note", "notes", "comment", "comments", "badge", "email", "phone"),
        *("address", "identity document", "identity_document", "document", "หมายเหตุ", "อีเมล", "โทรศัพท์"),
        *("ที่อยู่", "ข้อคิดเห็น", "ความเห็น"),
    )
)  # fmt: skip
_KEPT = frozenset(
    fold(head)
    for head in (
        *(head for rows in (FORM_NAMES, SERIAL_NAMES, STATUS_NAMES, ROOM_NAMES, ANSWER_NAMES) for row in rows
          for head in row),
        *(head for row in QUESTION_NAMES for head in row),
        *CENTRE_HEADS, *tables.CANDIDATES, *tables.ASKED_RESULTS, *tables.KEY, *tables.FORMS, *tables.DEALT,
        *("file", "line", "base", "sheet", "page", "source", "synthetic", "item", "task", "assessor"),
        *("method", "result", "date", "unit", "points", "level", "decision", "reason", "by"),
        *("evidence", "what", "detail", "kind", "signal", "figures", "seen_th", "seen_en", "outcome"),
        *("rotation", "exam", "sheet_page", "sha256", "may_be", "read", "state", "margin", "act"),
        *("confirmed_by", "run", "incident", "case", "status", "time", "code", "form_code"),
        *("valid_from", "valid_until", "until", "from", "given", "extra_minutes", "began", "ended"),
        *("given_by", "approved_by", "checked_by", "moved", "rank", "second_look", "second_look_date"),
        *("change", "distance", "why", "verdict", "flags", "places", "score", "identity_result"),
    )
    if fold(head) not in _PERSONAL
)  # fmt: skip
_OF_RESULTS = re.compile(
    r"^(?:items|asked|percent|score|points|status|correct|met|true|answer|key|q)_|_(?:correct|percent|status|score|"
    r"points|before|after|th|en)$|^[A-Z]{0,4}[0-9][A-Za-z0-9.\-]*(?: \(.*)?\*?$"
)
"""Headings of our own tables that are made of a code: of a form, a criterion, an item."""
_KEPT = _KEPT | (
    _returned(
        *("given", "word", "day", "time", "moment", "count", "serial", "serials"),
        *("centre", "room", "approved", "checked_by", "given_by", "approved_by"),
    )
    - _PERSONAL
)
_GIVEN, _REASON = _returned("given"), _returned("reason")
_WORDS = frozenset((
    *("pass", "fail", "met", "not_met", "insufficient", "undecided", "not_assessed", "yes", "no"),
    *("true", "false", "read", "marked", "blank", "uncertain", "present", "absent", "right", "wrong"),
))  # fmt: skip
"""What a cell of a column that nobody knows may say and say nothing of a person."""
_PLAIN = re.compile(r"\s*[-+]?[0-9]{1,5}(?:[.,][0-9]{1,6})?\s*%?|.{0,2}", re.DOTALL)


@cache
def names_candidates(head: str) -> bool:
    """Whether a column holds numbers of candidates."""
    return fold(head) in _IDS or fold(head) in _MORE_IDS


@cache
def is_whose(head: str) -> bool:
    """Whether the number in a column says whose the row is."""
    return fold(head) in _IDS


@cache
def _is_personal(head: str) -> bool:
    plain = fold(head)
    return plain in _PERSONAL or plain.startswith("ชื่อ")


@cache
def _is_kept(head: str) -> bool:
    plain = fold(head)
    is_known = plain in _KEPT or plain in _IDS or plain in _MORE_IDS
    return is_known or question_number(head) is not None or bool(_OF_RESULTS.search(head))


def is_of_what_is_given(heads: Collection[str]) -> bool:
    """Whether a table lists what candidates are given: why is a matter of their health."""
    return any(fold(head) in _GIVEN for head in heads)


def says_why(head: str) -> bool:
    """Whether a column has reasons."""
    return fold(head) in _REASON


def stays(head: str, cell: str) -> bool:
    """Whether a cell of a person's row stays, under that heading."""
    if _is_personal(head):
        return not cell
    return _is_kept(head) or cell in _WORDS or _PLAIN.fullmatch(cell) is not None


def is_personal(field: str) -> bool:
    """Whether a field of a person's object goes."""
    return _is_personal(field)
