"""What a committee's oracle expects → rows of the tables beside the book."""

from __future__ import annotations

from collections.abc import Sequence

from tests.reports.readback.looks import decisions_in, look_of
from tests.reports.readback.oracle_b_committee import ODD, Committee
from tests.reports.readback.oracle_b_files import Row

Rows = Sequence[dict[str, object]]


def committee_tables(book: Committee) -> dict[str, Rows]:
    """Name → rows."""
    files = book.files
    return {
        "list": [
            {"centre": centre, **_person(book, row), **_of(row, "form", "score", "max_score", "percent", "decision", "second_look"), "marks": _codes(book, row), **_why(book, row)}
            for centre, rows in book.centres
            for row in rows
        ],
        "corrections": [dict(one) for one in book.corrections],
        "decided": [dict(one) for one in book.decided],
        "persons": [
            {
                "candidate_id": book.who(act["name"]), "decision": act["act"], "run": str(act.get("run", "")),
                **{name: act.get("result", {}).get(of, "") for name, of in (("score", "score"), ("max_score", "max_score"), ("result", "decision"))},
                "method": act.get("method", ""),
                **{name: "" if book.hidden is not None else act.get(name, "") for name in ("reason", "by", "confirmed_by", "evidence")},
                "date": act["date"],
            }
            for act in decisions_in(book.files.package)
        ],
        "left_out": [],
        "moved": [one._asdict() for one in book.moved],
        "by_corrections": [one._asdict() for one in book.moved_by_key],
        "signals": [
            {**_of(row, "signal", "kind", "room"), "candidate_id": book.who(row["candidate_id"]), "form": row["form"]}
            for rows in book.signals
            for row in rows
        ],
        "items": [
            {
                "item": one["name"],
                **{name: one[name] for name in ("pc", "n", "facility", "item_rest")},
                "flags": " ".join(dict.fromkeys(flag["code"] for flag in one["flags"])),
            }
            for one in book.flagged
        ],
        "repeated": [],  # of these sittings it cannot be said: `Committee._repeated`
        "near_the_cut": [
            {**_person(book, row), **_of(row, "form", "score"), "cut": cut, "distance": distance, "decision": row["decision"], **_looked(book, row)}
            for row, cut, distance in book.near
        ],
        "ledger": [dict(row) for row in files.rows("ledger")],
        "quarantine_reasons": [{"reason": code, "rows": n} for code, n in book.quarantine],
        "unreconciled_counts": [{"what": code, "n": n} for code, n in book.unreconciled],
        "no_result": _no_result(book),
        "not_used": [
            {
                "candidate_id": book.who(row["candidate_id"]), "file": book.file_of(row),
                "line": row["line"] if book.hidden is None else "", "reason": row["reason"],
            }
            for row in book.rows_not_used
        ],
    }  # fmt: skip


def _looked(book: Committee, row: Row) -> dict[str, object]:
    look, day = look_of(book.files.package, row)
    return {"second_look": look, "second_look_date": day}


def _no_result(book: Committee) -> Rows:
    """Who has no result, with what the other file says of them."""
    known = {
        row["candidate_id"]: row
        for row in book.files.rows("unreconciled")
        if row["candidate_id"] and row["what"] != "absent_but_scored"
    }
    found = []
    for row in book.aside:
        who = row["candidate_id"]
        of = row if "what" in row else known.get(who, {})
        name = of.get("name", "") if book.hidden is None else ""
        line = row.get("line", "") if book.hidden is None else ""
        found.append(
            {
                "candidate_id": book.who(who),
                "name": name,
                "what": of.get("what", ""),
                "file": book.file_of(row) if "file" in row else "",
                "line": line,
                "reason": row.get("reason", ""),
            }
        )
    return found


def _person(book: Committee, row: Row) -> dict[str, object]:
    return {"candidate_id": book.who(row["candidate_id"]), "name": book.name(row["candidate_id"])}


def _why(book: Committee, row: Row) -> dict[str, object]:
    """Why not passed, as the codes of the list."""
    said = book.why.get(row["candidate_id"], "")
    if not said:
        return {"why": "", "why_percent": None, "why_place": ""}
    if said == "no answer at all":
        return {"why": "blank", "why_percent": None, "why_place": ""}
    code, _, percent = said.partition(" < ")
    if not percent:
        return {"why": "total", "why_percent": None, "why_place": ""}
    return {"why": "criteria", "why_percent": float(percent.removesuffix(" %")), "why_place": code}


def _codes(book: Committee, row: Row) -> str:
    """The marks of a candidate by their codes."""
    names = {"†": "second_look", "=": "upheld", "≠": "changed", "¶": "signal", **ODD}
    return " ".join(names[sign] for sign in book.marks[row["candidate_id"]].split())


def _of(row: Row, *columns: str) -> dict[str, object]:
    return {name: row[name] for name in columns}
