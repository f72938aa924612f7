"""What columns are called that say where a candidate sat, in the files that people bring."""

from __future__ import annotations

CENTRE_HEADS = ("centre", "center", "site", "ศูนย์สอบ", "สนามสอบ")
ROOM_HEADS = ("room", "exam_room", "ห้องสอบ", "ห้อง")
NOT_MARKED = ("", "-", "0", "no", "false", "ไม่")
"""What stands in a column of marks for whom it is not meant."""
