"""A sitting at two centres, and the lists that these send back."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from examgen.core.models.form import Candidate
from tests.sittings import print_for, small_package, table

PLAN = """
date: 2025-11-20
begins: "09:00"
ends: "11:00"
centres:
  - {name: กรุงเทพ, rooms: [{name: "301"}, {name: "302"}]}
  - {name: เชียงใหม่, rooms: [{name: "1"}]}
accommodation:
  - {candidate_id: "0002", given: extra time, extra_minutes: 30, reason: low vision, approved_by: Committee}
"""
ROOMS = (("กรุงเทพ", "301"), ("กรุงเทพ", "302"), ("เชียงใหม่", "1"))
ATTENDANCE = (
    *("candidate_id", "centre", "room", "status", "document", "identity", "checked_by", "serial", "remark"),
)
INCIDENTS = ("no", "time", "centre", "room", "kind", "candidates", "what", "done", "reported_by")
GIVEN = ("candidate_id", "given", "extra_minutes", "reason", "approved_by", "given_by")
PACKETS = (
    *("packet", "centre", "room", "first", "last", "packed_at", "packed_by", "seal", "received_at"),
    *("received_by", "seal_at_receipt", "opened_at", "used", "unused", "void", "returned_at", "returned"),
    *("returned_seal", "destroyed_at", "destroyed"),
)


def package(folder: Path) -> Path:
    """An exam that was printed for nine candidates in three rooms, with a spare booklet in each; and the
    plan of its sitting beside it."""
    exam = small_package(folder)
    candidates = [
        Candidate(candidate_id=f"{n:04}", name=f"ผู้สอบ {n}", centre=centre, room=room, seat=str(n))
        for n, (centre, room) in enumerate((place for place in ROOMS for _ in range(3)), 1)
    ]
    print_for(exam, candidates)
    return exam


def serials(exam: Path, room: str = "") -> list[str]:
    """The booklets of a room, the spare one last."""
    return [row["serial"] for row in table(exam / "secure/candidates.csv") if room in ("", row["room"])]


def csv_of(head: Sequence[str], *rows: Sequence[object]) -> str:
    """A table; cells that a row leaves out are empty."""
    text = io.StringIO()
    filled = [[*row, *([""] * (len(head) - len(row)))] for row in rows]
    csv.writer(text, lineterminator="\n").writerows([head, *filled])
    return text.getvalue()


def attendance(exam: Path, absent: Sequence[str] = ()) -> list[list[str]]:
    """A line for each candidate: all came but these, and each was the person."""
    people = [row for row in table(exam / "secure/candidates.csv") if row["candidate_id"]]
    return [
        [row["candidate_id"], row["centre"], row["room"], "absent"]
        if row["candidate_id"] in absent
        else [row["candidate_id"], row["centre"], row["room"], "present", "ID card", "matched", "สมศรี"]
        for row in people
    ]


def packet(exam: Path, room: str, **cells: object) -> list[object]:
    """The line of the packet of a room in which three booklets were used and the spare one was not."""
    centre = next(centre for centre, name in ROOMS if name == room)
    own = serials(exam, room)
    said: dict[str, object] = {
        "packet": f"P{room}",
        "centre": centre,
        "room": room,
        "first": own[0],
        "last": own[-1],
        "packed_at": "2025-11-18 10:00",
        "packed_by": "มานะ",
        "seal": f"77{room}",
        "received_at": "2025-11-20 07:30",
        "received_by": "สมศรี",
        "seal_at_receipt": f"77{room}",
        "opened_at": "08.30 น.",
        "used": 3,
        "unused": own[-1],
        "void": "-",
        "returned_at": "12:00",
        "returned": 4,
        "returned_seal": f"88{room}",
    }
    return [{**said, **cells}.get(name, "") for name in PACKETS]
