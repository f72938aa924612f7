"""Words of a checklist: yes is 1 point, no is 0, wherever ratings are read."""

from __future__ import annotations

YES = ("yes", "y", "true", "pass", "passed", "ใช่", "ผ่าน", "มี", "ได้", "ทำได้", "✓", "✔")
NO = (
    *("no", "n", "false", "fail", "failed", "not passed"),
    *("ไม่ใช่", "ไม่ผ่าน", "ไม่มี", "ไม่ได้", "ทำไม่ได้", "✗", "✘"),
)
