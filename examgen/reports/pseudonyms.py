"""A scored run and a secret → the same run with codes in place of people, and the table of codes.

A code is the keyed BLAKE2b of a candidate's id: the same person has the same code in every run that is
hidden by the same secret, and without it nobody can try ids out. What could name somebody beside the ids is
left out: names, seats, columns that came in with the answers, lines of the answer files and rows word for
word. Everybody stands in the order of their codes, since that of the files would tell who they are. Forms
that one candidate had are codes as well (`form_codes`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import polars as pl

from examgen.core.exam.names import base_form
from examgen.reports.form_codes import form_codes, short_codes, with_form_codes

if TYPE_CHECKING:
    from examgen.core.scored_run import ScoredRun
    from examgen.scoring.comparison import Comparison

_LEFT_OUT = ("decided", "records")
"""Fields of the audit that tell of single persons."""
_OWN = frozenset((
    "candidate_id", "form", "score", "max_score", "percent", "decision", "answered", "blank", "multiple",
    "invalid", "second_look", "scaled", "rank", "percentile", "t_score", "synthetic", "room", "centre",
))  # fmt: skip
"""Columns of candidates that are the scoring's own, or where they sat."""


def pseudonymous(run: ScoredRun, secret: bytes) -> tuple[ScoredRun, pl.DataFrame]:
    """The run without ids and names; and the table of codes in their order: `code, candidate_id, name`, and
    `form, form_code` of those who had a form of their own.

    `secret` is 16 to 64 random bytes, which stand apart from every report. Raises ValueError of a shorter
    or longer one.
    """
    if not 16 <= len(secret) <= 64:
        raise ValueError(f"a secret has 16 to 64 bytes, not {len(secret)}")
    names, files = _names(run), _files(run.audit)
    codes = {who: f"P-{code}" for who, code in short_codes(_ids(run), secret).items()}
    forms = form_codes(run, secret)
    sat = dict(run.candidates.select("candidate_id", "form").rows())
    run = with_form_codes(run, forms)
    hidden = run._replace(
        is_hidden=True,
        audit=_audit(run.audit, codes, names.values(), files),
        candidates=_people(run.candidates, codes, files),
        criteria=_coded(run.criteria, codes).sort("candidate_id"),
        quarantine=_emptied(_coded(run.quarantine, codes, files), "raw", "line", "may_be"),
        signals=None if run.signals is None else _signals(run.signals, codes, files),
        unreconciled=None if run.unreconciled is None else _unreconciled(run.unreconciled, codes),
    )
    rows = [
        (code, who, names.get(who, ""), form if form in forms else "", forms.get(form, ""))
        for code, who, form in sorted((code, who, sat.get(who, "")) for who, code in codes.items())
    ]
    heads = ("code", "candidate_id", "name", "form", "form_code")
    return hidden, pl.DataFrame(rows, dict.fromkeys(heads, pl.String), orient="row")


def pseudonymous_changes(found: Comparison, codes: pl.DataFrame) -> Comparison:
    """A comparison with an earlier run under the codes of the later one.

    Whoever stands in the earlier run alone has no code: they are counted, and not named; nor is a form of
    their own.
    """
    known = dict(codes.select("candidate_id", "code").rows())
    forms = _forms_of(codes)
    own = ("candidate_id", "form_before", "form_after", "score_before", "score_after", "decision_before",
           "decision_after", "change", "criteria")  # fmt: skip
    return found._replace(
        groups={
            name: tuple(sorted(one._replace(name=_form(one.name, forms)) for one in group))
            for name, group in found.groups.items()
            if name == "form"
        },
        only_before=tuple("" for _ in found.only_before),
        only_after=tuple(known.get(who, "") for who in found.only_after),
        rows=_coded(found.rows.select(own), known)
        .with_columns(
            pl.col(name).map_elements(lambda form: _form(form, forms), return_dtype=pl.String)
            for name in ("form_before", "form_after")
        )
        .sort("candidate_id"),
    )


def pseudonymous_analysis(found: Mapping[str, Any], codes: pl.DataFrame) -> dict[str, Any]:
    """The document of an item analysis, its forms under their codes and in the order of these."""
    forms = _forms_of(codes)
    items = [{**one, "asked": _in_code(one.get("asked") or (), forms)} for one in found["items"]]
    return {**found, "forms": _in_code(found["forms"], forms), "items": items}


def _in_code(found: Iterable[Mapping[str, Any]], codes: Mapping[str, str]) -> list[dict[str, Any]]:
    coded = ({**one, "form": _form(str(one["form"]), codes)} for one in found)
    return sorted(coded, key=lambda one: str(one["form"]))


def _forms_of(codes: pl.DataFrame) -> dict[str, str]:
    """Forms with a code, and those that they were drawn from."""
    found = dict(codes.select("form", "form_code").filter(pl.col("form") != "").rows())
    return {**{base_form(form): base_form(code) for form, code in found.items()}, **found}


def _form(form: str, codes: Mapping[str, str]) -> str:
    """The code of a form; of a booklet without one the form that it was drawn from."""
    base = base_form(form)
    return codes.get(form) or codes.get(base, base)


# ── codes ────────────────────────────────────────────────────────────────────────────────────


def _ids(run: ScoredRun) -> list[str]:
    """Everybody that the run names, once, in the order of the ids."""
    tables = (run.candidates, run.criteria, run.quarantine, run.signals, run.unreconciled)
    found = {who for table in tables if table is not None for who in table["candidate_id"].to_list()}
    return sorted(who for who in found if who)


def _names(run: ScoredRun) -> dict[str, str]:
    found: dict[str, str] = {}
    for table in (run.unreconciled, run.candidates):
        if table is not None and "name" in table.columns:
            found.update(pair for pair in table.select("candidate_id", "name").rows() if pair[1])
    return found


# ── tables ───────────────────────────────────────────────────────────────────────────────────


def _coded(
    table: pl.DataFrame, codes: Mapping[str, str], files: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """The table with codes, in their order; whoever has none is nobody."""
    coded = table.with_columns(
        pl.col("candidate_id").replace_strict(codes, default="", return_dtype=pl.String)
    )
    if files is not None:
        coded = coded.with_columns(pl.col("file").replace_strict(files, default="", return_dtype=pl.String))
    return coded.sort("candidate_id", maintain_order=True)


def _emptied(table: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return table.with_columns(pl.lit("").alias(name) for name in columns if name in table.columns)


def _people(table: pl.DataFrame, codes: Mapping[str, str], files: Mapping[str, str]) -> pl.DataFrame:
    own = [name for name in table.columns if name in _OWN]
    empty = (pl.lit("").alias(name) for name in ("name", "seat"))
    # where nothing else told the centre it is called as the answer file
    centre = (pl.col(name).replace(files) for name in ("centre",) if name in own)
    return _coded(table.select(own), codes).with_columns(*empty, *centre)


def _signals(table: pl.DataFrame, codes: Mapping[str, str], files: Mapping[str, str]) -> pl.DataFrame:
    """Signals numbered anew: their numbers followed the answer files."""
    kinds = {kind: n for n, kind in enumerate(table["kind"].unique(maintain_order=True))}
    coded = _emptied(_coded(table, codes, files), "line", "figures").sort(
        pl.col("kind").replace_strict(kinds, return_dtype=pl.Int64),
        pl.col("candidate_id").min().over("signal"),
        "signal",
        maintain_order=True,
    )
    numbers = {old: str(n) for n, old in enumerate(coded["signal"].unique(maintain_order=True), 1)}
    return coded.with_columns(pl.col("signal").replace(numbers))


def _unreconciled(table: pl.DataFrame, codes: Mapping[str, str]) -> pl.DataFrame:
    """Of the detail stays what it says of a form; lines of files are left out."""
    said = pl.col("detail").str.extract(r"^(scored on \S+)$").fill_null("")
    return _emptied(_coded(table, codes), "name", "seat").with_columns(said.alias("detail"))


# ── the audit ────────────────────────────────────────────────────────────────────────────────


def _files(audit: Mapping[str, Any]) -> dict[str, str]:
    """What answer files are called instead: their names are whatever somebody called them."""
    found: dict[str, str] = {}
    for n, one in enumerate(audit.get("inputs") or (), 1):
        path = str(one["file"])
        found |= {path: f"file {n}", PurePath(path).name: f"file {n}"}
    return found


def _audit(
    audit: Mapping[str, Any], codes: Mapping[str, str], names: Iterable[str], files: Mapping[str, str]
) -> dict[str, Any]:
    """The audit without what was decided of single persons; who corrected is not named either."""
    found = {name: value for name, value in audit.items() if name not in _LEFT_OUT}
    if found.get("corrections"):
        hide = {**codes, **dict.fromkeys(names, "…")}
        found["corrections"] = [
            {**one, "by": "", "reason": _hidden(str(one.get("reason", "")), hide)}
            for one in found["corrections"]
        ]
    if found.get("left_out"):
        found["left_out"] = [{**one, "named": []} for one in found["left_out"]]
    found["inputs"] = [{**one, "file": files[str(one["file"])]} for one in audit.get("inputs") or ()]
    return found


def _hidden(text: str, hide: Mapping[str, str]) -> str:
    """A sentence that somebody wrote, with every id and name in it replaced, the longest first."""
    for one in sorted((one for one in hide if one in text), key=len, reverse=True):
        text = re.sub(rf"(?<![\w-]){re.escape(one)}(?![\w-])", hide[one], text)
    return text
