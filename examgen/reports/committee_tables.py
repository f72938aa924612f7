"""A committee's book → the tables behind it, whole, as the files have their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from examgen.reports.cohort_tables import cohort_tables

if TYPE_CHECKING:
    from examgen.reports.committee import CommitteeBook

_TEXT, _COUNT, _REAL = pl.String, pl.Int64, pl.Float64
_CORRECTION = ("kind", "form", "question", "item", "key", "reason", "by", "date", "places")
_OF_COHORT = ("near_the_cut", "ledger", "quarantine_reasons", "unreconciled_counts")


def committee_tables(book: CommitteeBook) -> dict[str, pl.DataFrame]:
    """Name → table; the list for signature, who moved, signals, flagged items, and those of the cohort."""
    cohort = cohort_tables(book.cohort)
    return {
        "list": _list(book),
        "corrections": _documents(tuple(map(_placed, book.corrections)), _CORRECTION),
        "decided": _documents(book.decided, ("file", "line", "decision", "reason", "by", "date")),
        "left_out": _documents(book.left_out, ("what", "run", "n", "named"), "; "),
        "moved": _moved(book),
        "signals": _signals(book),
        "items": _items(book),
        **{name: cohort[name] for name in _OF_COHORT},
    }  # fmt: skip


def _list(book: CommitteeBook) -> pl.DataFrame:
    rows = [
        (centre.name, one.candidate_id, one.name, one.form,
         *(float(text) if text else None for text in (one.score, one.max_score, one.percent)),
         one.decision, "yes" if one.second_look else "no", " ".join(one.marks))
        for centre in book.centres
        for one in centre.people
    ]  # fmt: skip
    schema = {
        **dict.fromkeys(("centre", "candidate_id", "name", "form"), _TEXT),
        **dict.fromkeys(("score", "max_score", "percent"), _REAL),
        **dict.fromkeys(("decision", "second_look", "marks"), _TEXT),
    }
    return pl.DataFrame(rows, schema, orient="row")


def _documents(found: tuple[object, ...], heads: tuple[str, ...], between: str = " ") -> pl.DataFrame:
    rows = [tuple(_cell(one.get(name), between) for name in heads) for one in found if isinstance(one, dict)]
    return pl.DataFrame(rows, dict.fromkeys(heads, _TEXT), orient="row")


def _placed(one: Mapping[str, Any]) -> dict[str, Any]:
    """A correction with its places as text: `A:13=C`, `A×120` of booklets, `001…900×900` of many forms."""
    return {**one, "places": [_place(where) for where in one.get("places") or ()]}


def _place(where: Mapping[str, Any]) -> str:
    if "booklets" in where:
        return f"{where['drawn_from']}×{where['booklets']}"
    if "forms" in where:
        ends = (str(where[name]) for name in ("first", "last") if name in where)
        return f"{'…'.join(ends)}×{where['forms']}"
    return f"{where['form']}:{where['question']}{'=' if 'key' in where else ''}{where.get('key', '')}"


def _cell(value: object, between: str) -> str:
    if isinstance(value, list | tuple):
        return between.join(map(str, value))
    return "" if value is None else str(value)


def _moved(book: CommitteeBook) -> pl.DataFrame:
    """Columns that are named as the fields of `Moved` are, but for the points that could be had."""
    schema = {
        **dict.fromkeys(("candidate_id", "name"), _TEXT),
        **dict.fromkeys(("score_before", "score_after", "change"), _REAL),
        **dict.fromkeys(("decision_before", "decision_after", "criteria"), _TEXT),
        **dict.fromkeys(("most_before", "most_after"), _REAL),
    }
    rows = [one._asdict() for one in book.corrected.moved] if book.corrected else []
    return pl.DataFrame(rows, schema, orient="row").rename(
        {"most_before": "max_score_before", "most_after": "max_score_after"}
    )


def _signals(book: CommitteeBook) -> pl.DataFrame:
    rows = [
        (one.number, one.kind, room, who, form) for one in book.signals or () for who, form, room in one.rows
    ]
    return pl.DataFrame(
        rows, dict.fromkeys(("signal", "kind", "room", "candidate_id", "form"), _TEXT), orient="row"
    )


def _items(book: CommitteeBook) -> pl.DataFrame:
    flagged = book.items.flagged if book.items else ()
    rows = [(one.item, one.pc, one.n, one.facility, one.item_rest, " ".join(one.flags)) for one in flagged]
    schema = {"item": _TEXT, "pc": _TEXT, "n": _COUNT, "facility": _REAL, "item_rest": _REAL, "flags": _TEXT}
    return pl.DataFrame(rows, schema, orient="row")
