"""A scored run and a secret → the same run with codes in place of people, and the table of codes.

A code is the keyed BLAKE2b of a candidate's id: the same person has the same code in every run that is
hidden by the same secret, and without it nobody can try ids out. What could name somebody beside the ids is
left out: names, seats, columns that came in with the answers, lines of the answer files and rows word for
word. Candidates stand in the order of their codes, since that of the files would tell who they are.
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from examgen.reports.comparison import Comparison
    from examgen.scored_run import ScoredRun

SHORTEST = 8
"""Letters and figures of a code; more where two candidates would have the same."""
_LEFT_OUT = ("decided", "records")
"""Fields of the audit that tell of single persons."""
_OWN = frozenset((
    "candidate_id", "form", "score", "max_score", "percent", "decision", "answered", "blank", "multiple",
    "invalid", "second_look", "scaled", "rank", "percentile", "t_score", "synthetic", "room", "centre",
))  # fmt: skip
"""Columns of candidates that are the scoring's own, or where they sat."""


def pseudonymous(run: ScoredRun, secret: bytes) -> tuple[ScoredRun, pl.DataFrame]:
    """The run without ids and names; and the table `code, candidate_id, name` in the order of the codes.

    `secret` is 16 to 64 random bytes, which stand apart from every report. Raises ValueError of a shorter
    or longer one.
    """
    if not 16 <= len(secret) <= 64:
        raise ValueError(f"a secret has 16 to 64 bytes, not {len(secret)}")
    names = _names(run)
    codes = _codes(_ids(run), secret)
    hidden = run._replace(
        audit=_audit(run.audit, codes, names.values()),
        candidates=_people(run.candidates, codes),
        criteria=_coded(run.criteria, codes).sort("candidate_id"),
        quarantine=_emptied(_coded(run.quarantine, codes), "raw", "line"),
        signals=None if run.signals is None else _emptied(_coded(run.signals, codes), "line"),
        unreconciled=None if run.unreconciled is None else _unreconciled(run.unreconciled, codes),
    )
    rows = sorted((code, who, names.get(who, "")) for who, code in codes.items())
    return hidden, pl.DataFrame(
        rows, dict.fromkeys(("code", "candidate_id", "name"), pl.String), orient="row"
    )


def pseudonymous_changes(found: Comparison, codes: pl.DataFrame) -> Comparison:
    """A comparison with an earlier run under the codes of the later one.

    Whoever stands in the earlier run alone has no code: they are counted, and not named.
    """
    known = dict(codes.select("candidate_id", "code").rows())
    own = ("candidate_id", "form_before", "form_after", "score_before", "score_after", "decision_before",
           "decision_after", "change", "criteria")  # fmt: skip
    return found._replace(
        groups={name: group for name, group in found.groups.items() if name == "form"},
        only_before=tuple("" for _ in found.only_before),
        only_after=tuple(known.get(who, "") for who in found.only_after),
        rows=_coded(found.rows.select(own), known).sort("candidate_id"),
    )


# ── codes ────────────────────────────────────────────────────────────────────────────────────


def _ids(run: ScoredRun) -> list[str]:
    """Everybody that the run names, once, in the order of the ids."""
    tables = (run.candidates, run.criteria, run.quarantine, run.signals, run.unreconciled)
    found = {who for table in tables if table is not None for who in table["candidate_id"].to_list()}
    return sorted(who for who in found if who)


def _codes(ids: Iterable[str], secret: bytes) -> dict[str, str]:
    """As short as keeps all of them apart, and longer only where two are alike.

    Of two that are alike, the one whose id comes later in the order gets one letter more.
    """
    taken: dict[str, str] = {}
    for who in ids:
        whole = b32encode(blake2b(who.encode(), key=secret, digest_size=30).digest()).decode()
        length = SHORTEST
        while f"P-{whole[:length]}" in taken:
            length += 1
        taken[f"P-{whole[:length]}"] = who
    return {who: code for code, who in taken.items()}


def _names(run: ScoredRun) -> dict[str, str]:
    found: dict[str, str] = {}
    for table in (run.unreconciled, run.candidates):
        if table is not None and "name" in table.columns:
            found.update(pair for pair in table.select("candidate_id", "name").rows() if pair[1])
    return found


# ── tables ───────────────────────────────────────────────────────────────────────────────────


def _coded(table: pl.DataFrame, codes: Mapping[str, str]) -> pl.DataFrame:
    """The table with codes; whoever has none is nobody."""
    return table.with_columns(
        pl.col("candidate_id").replace_strict(codes, default="", return_dtype=pl.String)
    )


def _emptied(table: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return table.with_columns(pl.lit("").alias(name) for name in columns if name in table.columns)


def _people(table: pl.DataFrame, codes: Mapping[str, str]) -> pl.DataFrame:
    own = [name for name in table.columns if name in _OWN]
    empty = (pl.lit("").alias(name) for name in ("name", "seat"))
    return _coded(table.select(own), codes).with_columns(empty).sort("candidate_id")


def _unreconciled(table: pl.DataFrame, codes: Mapping[str, str]) -> pl.DataFrame:
    """Of the detail stays what it says of a form; lines of files are left out."""
    said = pl.col("detail").str.extract(r"^(scored on \S+)$").fill_null("")
    return _emptied(_coded(table, codes), "name", "seat").with_columns(said.alias("detail"))


# ── the audit ────────────────────────────────────────────────────────────────────────────────


def _audit(audit: Mapping[str, Any], codes: Mapping[str, str], names: Iterable[str]) -> dict[str, Any]:
    """The audit without what was decided of single persons; who corrected is not named either."""
    found = {name: value for name, value in audit.items() if name not in _LEFT_OUT}
    if found.get("corrections"):
        hide = {**codes, **dict.fromkeys(names, "…")}
        found["corrections"] = [
            {**one, "by": "", "reason": _hidden(str(one.get("reason", "")), hide)}
            for one in found["corrections"]
        ]
    found["inputs"] = [{**one, "file": PurePath(str(one["file"])).name} for one in audit.get("inputs") or ()]
    return found


def _hidden(text: str, hide: Mapping[str, str]) -> str:
    """A sentence that somebody wrote, with every id and name in it replaced, the longest first."""
    for one in sorted((one for one in hide if one in text), key=len, reverse=True):
        text = re.sub(rf"(?<![\w-]){re.escape(one)}(?![\w-])", hide[one], text)
    return text
