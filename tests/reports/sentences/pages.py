"""What the files hold that may stand on a page as it is: names, codes, words of the standard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from tests.reports.sentences.facts import Facts, rows_of


def data_of(facts: Facts) -> Iterator[str]:
    """Every text of the files that is not a sentence of a report."""
    yield from facts.exam["title"].values()
    yield facts.audit["exam"]
    if (day := facts.released_on) is not None:
        yield f"{day.day} {_IN_FULL[day.month - 1]} {day.year + 543}"
        yield f"{day.day} {day:%B} {day.year}"
    for one in facts.body.values():
        yield from (one["th"], one["en"]) if isinstance(one, dict) else (one,)
    yield from facts.printed
    for unit in facts.units:
        yield from (unit["code"], unit["title"], *unit.get("skills", ()), *unit.get("knowledge", ()))
        for element in unit["elements"]:
            yield from (element["code"], element["title"])
            for one in element["criteria"]:
                yield from (one["code"], one["text"])
    for row in facts.candidates:
        yield from (row[name] for name in ("candidate_id", "name", "seat") if name in row)
    for row in facts.where.values():
        yield from (row["centre"], row["room"])
    for row in facts.ledger:
        yield row["name"]
    yield from (row["item"] for row in facts.key)
    for one in facts.audit["inputs"]:
        yield Path(one["file"]).name
    for row in (*facts.quarantine, *facts.unreconciled):
        yield row.get("reason") or row["what"]
        yield row["candidate_id"][:40]
    for path in sorted((facts.package / "codes").glob("*.csv")):
        yield from (row["code"] for row in rows_of(path))
    for one in facts.corrections:
        yield from (str(one["reason"]), str(one["by"]), *_day(str(one["date"])))
        keys = one["key"] if isinstance(one.get("key"), list) else [str(one.get("key") or "")]
        yield from keys if one.get("item") else ("".join(map(facts.in_print, key)) for key in keys)
    for one in facts.audit.get("decided") or ():
        yield from (str(one["reason"]), str(one["by"]), *_day(str(one["date"])))
        yield from (
            ("void", "ไม่ใช่ของผู้ใด")
            if one["decision"] == "void"
            else (
                one["decision"],
                one["decision"].replace("candidate", "ผู้เข้าสอบ"),
            )
        )
    for row in facts.signals:
        yield from (row["seen_th"], row["seen_en"], f"({row['signal']})")
    for one in (facts.analysis or {}).get("alarms", ()):
        yield from (*one["key"], one["suggested"] or "")
        for row in rows_of(facts.package / "secure" / "forms.csv"):
            if row["item"] == one["item"] and one["suggested"]:
                order = row["options"].split()
                key, better = (
                    ", ".join(sorted(facts.in_print("ABCDE"[order.index(o)]) for o in own))
                    for own in (one["key"], [one["suggested"]])
                )
                yield f"({key} → {better})"
    yield facts.audit["manifest"][:16]
    yield facts.fingerprint[:16]


_IN_FULL = ["มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม"]  # fmt: skip
_MONTHS = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."]


def _day(written: str) -> Iterator[str]:
    """A date as reports write it: 20 Nov 2026, 20 พ.ย. 2569."""
    day = date.fromisoformat(written)
    yield f"{day.day} {day:%b} {day.year}"
    yield f"{day.day} {_MONTHS[day.month - 1]} {day.year + 543}"
