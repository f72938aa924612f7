"""Two scored runs → what differs between them: causes, decisions, points, statuses."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from examgen.capture.cells import CENTRE_HEADS, ROOM_HEADS
from examgen.capture.list_columns import OneSpelling
from examgen.core.candidate_numbers import written_as
from examgen.core.csv_files import csv_bytes, without_apostrophe
from examgen.core.exam.names import SITTING
from examgen.core.exam.new_runs import settle
from examgen.core.exam.releases import Release, all_releases, released_run, state_of
from examgen.core.exam.runs import AUDIT, RUNS, Run, find_run, read_run, recorded_scoring
from examgen.core.files import check_regular, read_input, write_file
from examgen.core.problems import Refused, WrongUsage
from examgen.core.scored_run import UNRELEASED, ReleaseState
from examgen.core.words import Message, command, joined, tell, without_ids
from examgen.scoring.comparison import FILE, SCALED, STATUS, Comparison, compare
from examgen.scoring.comparison import Changes as Changes  # noqa: PLC0414  (the command line names it)
from examgen.scoring.runs.on_record import as_written
from examgen.scoring.runs.result_tables import in_one_spelling

_STATUSES = ("met", "not_met", "undecided", "insufficient", "not_assessed")


Correction = Mapping[str, Any]


class Compared(NamedTuple):
    """Two runs, the differences of their audits, and what changed for candidates."""

    before: str
    after: str
    causes: tuple[str, ...]
    """Fields of the audit that differ, apart from results: `key`, `corrections`, `inputs` …"""
    comparison: Comparison
    gone: tuple[Correction, ...] = ()
    """Corrections that only the first run has, as its audit has them."""
    new: tuple[Correction, ...] = ()
    """Corrections that only the second run has."""
    left_out: tuple[Mapping[str, Any], ...] = ()
    """Inputs that the second run leaves out on purpose, as its audit has them."""
    releases: tuple[ReleaseState, ReleaseState] = (UNRELEASED, UNRELEASED)
    """The release state of each run."""
    apart: Compared | None = None
    """For a dry run of corrections: the other decisions, and what these change without the corrections."""


def run_of(results: Path, name: str | None) -> Run:
    """The run of that number or folder; by default the released run, or the newest before any release.

    Raises WrongUsage if there is none, Refused where it is not known what was released.
    """
    if name is None:
        settle(results)
        told = released_run(results)
        if told is None:
            raise WrongUsage(
                tell(
                    "{results} contains no scored run. Score the answers first (examgen score)",
                    results=results,
                )
            )
        return told
    folder = find_run(results, name)
    try:
        return read_run(int(folder.name) if folder.name.isdecimal() else 0, folder)
    except (ValueError, OSError) as error:
        raise WrongUsage(
            tell("{folder} has no readable audit.json. Give the number of a run", folder=folder)
        ) from error


def release_of(results: Path, run: Run) -> ReleaseState:
    """The release state of a run; a run named by its path may be in another results folder."""
    return state_of(run, releases_of(results, run))


def releases_of(results: Path, run: Run) -> list[Release]:
    """The releases in the results folder of a run."""
    runs = run.folder.parent
    return all_releases(runs.parent if runs.name == RUNS else results)


class MovedDecisions(NamedTuple):
    """How many decisions changed in a later run, and how many candidates are in only one run."""

    now_pass: int
    now_fail: int
    only_before: int
    only_after: int


def decisions_moved(before: Path, after: Path) -> MovedDecisions:
    """How many decisions differ between two folders of results; hundreds of thousands take a second."""
    one, other = (
        _columns(folder / "candidates.csv", "candidate_id", pl.col("decision").replace("", None))
        for folder in (before, after)
    )
    one = one.with_columns(written_as(one["candidate_id"], other["candidate_id"]))
    both = one.join(other, on="candidate_id", how="full", suffix="_after")
    was, now = pl.col("decision"), pl.col("decision_after")
    counts = both.select(
        now_pass=(was.eq("fail") & now.eq("pass")).sum(),
        now_fail=(was.eq("pass") & now.eq("fail")).sum(),
        only_before=pl.col("candidate_id_after").is_null().sum(),
        only_after=pl.col("candidate_id").is_null().sum(),
    )
    return MovedDecisions(**counts.row(0, named=True))


def compare_runs(results: Path, before: str, after: str) -> Compared:
    """Compares two runs of a results folder, each named by number or path."""
    folders = find_run(results, before), find_run(results, after)
    one, other = (_release_of(results, folder) for folder in folders)
    return compare_folders(*folders)._replace(releases=(one, other))


def _release_of(results: Path, folder: Path) -> ReleaseState:
    try:
        return release_of(results, read_run(int(folder.name) if folder.name.isdecimal() else 0, folder))
    except (ValueError, OSError):
        return UNRELEASED


def compare_folders(before: Path, after: Path, called: tuple[str, str] | None = None) -> Compared:
    """Compares two folders of results, named `called`; the second may be staged, without an audit yet."""
    audits = _audit(before), _audit(after)
    spelling = OneSpelling()
    one, other = _read(before, spelling), _read(after, spelling)
    found = compare(one.with_columns(written_as(one["candidate_id"], other["candidate_id"])), other)
    left_out = tuple(audits[1].get("left_out") or ())
    gone, new = _only(*audits), _only(*reversed(audits))
    return Compared(*(called or (before.name, after.name)), _causes(*audits), found, gone, new, left_out)


def _only(audit: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[Correction, ...]:
    """Corrections that one audit has and the other lacks, wherever they apply."""
    there = [as_written(one) for one in other.get("corrections") or ()]
    return tuple(one for one in audit.get("corrections") or () if as_written(one) not in there)


_NO_CAUSES = {
    "keyed",
    "files",
    "decisions",
    "rows",
    "quarantine",
    "not_on_list",
    "ledger",
    "signals",
    "records",
    "left_out",
    "without_effect",
    "also_scored",
    SITTING,
}
"""Fields of the audit that are results, or that say where decisions are written."""


def _causes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    if not (before and after):
        return ()
    one, other = (
        {
            **without_ids(recorded_scoring(audit)),
            "inputs": [entry.get("sha256") for entry in audit.get("inputs") or ()],
            "corrections": [as_written(one) for one in audit.get("corrections") or ()],
        }
        for audit in (before, after)
    )
    if one.get("cut") != other.get("cut"):  # the pass rule includes the cut, and would be a second cause
        for said in (one, other):
            said["options"] = {**(said.get("options") or {}), "pass": None}
    return tuple(
        name
        for name in dict.fromkeys((*one, *other))
        if name not in _NO_CAUSES and (one.get(name) or None) != (other.get(name) or None)
    )


_CAUSE_WORDS = {
    "key": tell("key"),
    "corrections": tell("corrections"),
    "inputs": tell("answer files"),
    "options": tell("rules in the blueprint"),
    "cut": tell("cut scores from a file"),
    "scaled": tell("conversion to scaled scores"),
    "decided": tell("decisions on rows and marks"),
    "persons": tell("decisions on candidates"),
    "columns": tell("assignment of columns"),
    "unreadable": tell("treatment of unreadable rows"),
    "unlisted": tell("treatment of candidates on no list"),
    "invalid_marks": tell("treatment of marks that are not options"),
    "cut_out_of_reach": tell("treatment of a cut that cannot be reached"),
    "editions": tell("editions of the standard"),
    "manifest": tell("the package of the exam"),
    "examgen": tell("examgen version"),
}
"""The names of these fields for people; other fields appear by their own name."""


def cause_words(causes: Iterable[str]) -> Message:
    """The causes of a comparison, as people read them."""
    return joined(_CAUSE_WORDS.get(name, name) for name in causes)


def _audit(folder: Path) -> dict[str, Any]:
    """The audit of a run; empty if it is only staged."""
    try:
        said = json.loads(read_input(folder / AUDIT))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise Refused(
            tell(
                "{folder} is damaged. {command} lists the changed files",
                folder=folder / AUDIT,
                command=command("verify"),
            )
        ) from error
    return said if isinstance(said, dict) else {}


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def _read(folder: Path, spelling: OneSpelling) -> pl.DataFrame:
    """The candidates of a run, with the columns that `compare` needs."""
    path, pcs = folder / "candidates.csv", folder / "pc_results.csv"
    centres, rooms = (
        [name for name in _heads(path) if name.strip().casefold() in known]
        for known in (CENTRE_HEADS, ROOM_HEADS)
    )
    points, said = pl.col("score").cast(pl.Float64), pl.col("decision").replace("", None)
    who = without_apostrophe(pl.col("candidate_id"))
    # scaled scores count only if the column is ours, not one that came with the answers
    heads = _heads(path)
    has_scaled = "invalid" in heads and SCALED in heads[heads.index("invalid") :]
    scaled = [pl.col(SCALED).replace("", None)] if has_scaled else []
    table = _columns(path, who, pl.col("form").fill_null(""), points, said, *scaled, *centres, *rooms)
    table = _placed(table, centres, rooms, spelling)
    if table["candidate_id"].is_duplicated().any():
        raise Refused(
            tell("{path} lists a candidate twice, so it is not a result file of examgen", path=path)
        )
    statuses = [name for name in _heads(pcs) if name.endswith(STATUS)]
    kinds = pl.col(statuses).cast(pl.Enum(_STATUSES), strict=False)
    criteria = _columns(pcs, who, kinds)
    table = with_files(table, _audit(folder))
    if criteria["candidate_id"].equals(table["candidate_id"]):
        return table.hstack(criteria.drop("candidate_id"))
    return table.join(criteria, on="candidate_id", how="left", maintain_order="left")


def _placed(
    table: pl.DataFrame, centres: Sequence[str], rooms: Sequence[str], spelling: OneSpelling
) -> pl.DataFrame:
    """The table with one spelling of centres and rooms; rooms of one name at two centres are two rooms."""
    said = pl.coalesce(*(pl.col(name).replace("", None) for name in centres), pl.lit(""))
    table = table.with_columns(
        said.alias("_of"), *(pl.col(name).fill_null("") for name in (*centres, *rooms))
    )
    for name in centres:
        one = {text: spelling.of(text.strip()) for text in table[name].unique(maintain_order=True)}
        table = table.with_columns(pl.col(name).replace(one))
    of = pl.col("_of").replace("", None)
    for name in rooms:
        table = in_one_spelling(table, spelling, "_of", name)
        shown = pl.concat_str(of, name, separator=" – ", ignore_nulls=True)
        table = table.with_columns(pl.when(pl.col(name) != "").then(shown).otherwise(pl.lit("")).alias(name))
    return table.drop("_of")


def _heads(path: Path) -> list[str]:
    if not path.is_file():
        raise Refused(
            tell(
                "{path} is missing. Only runs with candidates.csv and pc_results.csv can be compared",
                path=path,
            )
        )
    check_regular(path)
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return next(csv.reader(file), [])


def _columns(path: Path, *wanted: str | pl.Expr) -> pl.DataFrame:
    """Columns of a table, if possible without holding the text of all cells in memory."""
    try:
        return pl.scan_csv(path, infer_schema=False).select(*wanted).collect(engine="streaming")
    except pl.exceptions.PolarsError as error:
        reason = str(error).partition("\n")[0]
        raise Refused(
            tell("{path} is not a result file of examgen: {reason}", path=path, reason=reason)
        ) from error


def with_files(table: pl.DataFrame, audit: Mapping[str, Any]) -> pl.DataFrame:
    """The candidates with the answer file of each: rows are in the order of the inputs, and the audit has the
    number of scored rows of each input."""
    inputs = audit.get("inputs") or []
    counts = [entry.get("scored") for entry in inputs]
    if len(inputs) < 2 or None in counts or sum(counts) != table.height:
        return table
    names = pl.Series([entry["file"] for entry in inputs])
    return table.with_columns(names.gather(np.repeat(np.arange(len(inputs)), counts)).alias(FILE))


# ── output ───────────────────────────────────────────────────────────────────────────────────


def as_dict(compared: Compared) -> dict[str, Any]:
    """The comparison as JSON: all counts, and every candidate whose decision changed."""
    found = compared.comparison
    return {
        "before": compared.before,
        "after": compared.after,
        "releases": [one.as_dict() for one in compared.releases],
        "causes": list(compared.causes),
        "left_out": list(compared.left_out),
        "corrections": {"gone": list(compared.gone), "new": list(compared.new)},
        "all": changes_record(found.all),
        "groups": {name: [changes_record(one) for one in group] for name, group in found.groups.items()},
        "criteria": [one._asdict() for one in found.criteria],
        "only_before": list(found.only_before),
        "only_after": list(found.only_after),
        "form_changed": found.form_changed,
        "decisions": decided(found).to_dicts(),
        "scaled_changed": found.scaled_changed,
        "scaled": rescaled(found).to_dicts(),
        "apart": None if compared.apart is None else as_dict(compared.apart),
    }


def decided(found: Comparison) -> pl.DataFrame:
    """The changed rows with a changed decision."""
    rows = found.rows
    in_both = rows["form_before"].is_not_null() & rows["form_after"].is_not_null()
    return rows.filter(in_both & rows["decision_before"].ne_missing(rows["decision_after"]))


def rescaled(found: Comparison) -> pl.DataFrame:
    """The changed rows with a changed scaled score."""
    rows = found.rows
    if found.scaled_changed is None:
        return rows.clear()
    in_both = rows["form_before"].is_not_null() & rows["form_after"].is_not_null()
    return rows.filter(in_both & rows["scaled_before"].ne_missing(rows["scaled_after"]))


def changes_record(changes: Changes) -> dict[str, Any]:
    """The changes of a group as `--json` shows them."""
    return {
        **changes._asdict(),
        "pass_rate_before": changes.pass_rate_before,
        "pass_rate_after": changes.pass_rate_after,
    }


def write_changes(compared: Compared, path: Path) -> None:
    """Writes a CSV with a line for each candidate who changed or is in only one run."""
    write_file(path, changes_csv(compared.comparison))


def changes_csv(found: Comparison) -> bytes:
    """The CSV of changed candidates, with points as in results."""

    rows, points = found.rows, ("score_before", "score_after", "change")
    # points as in results: with at most four decimals, and none if they are whole
    texts = rows.with_columns(
        pl.Series(
            name,
            [None if one is None else f"{one:.4f}".rstrip("0").rstrip(".") for one in rows[name]],
            dtype=pl.String,
        )
        for name in points
    )
    scaled = [
        name
        for name in ("scaled_before", "scaled_after")
        if name in rows.columns and rows[name].cast(pl.Float64, strict=False).count() == rows[name].count()
    ]
    return csv_bytes(texts, numbers=(*points, *scaled))
