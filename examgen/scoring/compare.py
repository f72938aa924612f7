"""Two scored runs → the differences between them: causes, decisions, points, statuses.

`compare` joins two tables with a row for each candidate: `candidate_id`, `form`, `score` (points), `decision`
(`pass`, `fail` or null), `scaled` if points were converted to another scale, columns of groups if known, and
a column `<PC>_status` for each criterion. `compare_folders` reads them from the files of two runs, and finds
in their audits what was different when they were scored.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import polars as pl

from examgen.capture.cells import fold
from examgen.capture.list_columns import OneSpelling
from examgen.core.candidate_numbers import written_as
from examgen.core.csv_files import csv_bytes, without_apostrophe
from examgen.core.exam.names import SITTING
from examgen.core.exam.releases import UNRELEASED, ReleaseState
from examgen.core.exam.runs import AUDIT, find_run, read_run, recorded_scoring
from examgen.core.files import check_regular, read_input, write_file
from examgen.core.problems import Refused
from examgen.core.words import Message, command, joined, tell, without_ids
from examgen.scoring.corrections import as_written
from examgen.scoring.run_tables import HEADS_OF_PLACES, placed, read_columns, with_files
from examgen.scoring.runs import release_of

STATUS = "_status"
FORM, SCALED = "form", "scaled"
BEFORE, AFTER = "_before", "_after"
_STATUSES = ("met", "not_met", "undecided", "insufficient", "not_assessed")
_NO_GROUPS = {"candidate_id", "score", "decision", SCALED}


# ── two tables ───────────────────────────────────────────────────────────────────────────────


class Changes(NamedTuple):
    """What changed for a group of candidates. Counts are of candidates in both runs, except
    `candidates_before`, `candidates_after`, `passed_before` and `passed_after`, which are of one run each.
    """

    name: str
    candidates_before: int
    candidates_after: int
    passed_before: int | None
    """None if no decisions were made."""
    passed_after: int | None
    score_changed: int
    up: int
    down: int
    mean_change: float | None
    """Mean change in points over the candidates in both runs; None if there are none."""
    now_pass: int
    now_fail: int
    criteria_changed: int
    """Candidates whose status on any criterion changed."""

    @property
    def pass_rate_before(self) -> float | None:
        """Share of the scored candidates who passed in the first run, 0–1."""
        return _share(self.passed_before, self.candidates_before)

    @property
    def pass_rate_after(self) -> float | None:
        """Share of the scored candidates who passed in the second run, 0–1."""
        return _share(self.passed_after, self.candidates_after)

    @property
    def anything(self) -> bool:
        """Whether anything changed."""
        counts = self.score_changed, self.now_pass, self.now_fail, self.criteria_changed
        return any(counts) or self.candidates_before != self.candidates_after

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, with the pass rates, for JSON output."""
        rates = {"pass_rate_before": self.pass_rate_before, "pass_rate_after": self.pass_rate_after}
        return {**self._asdict(), **rates}


def _share(part: int | None, whole: int) -> float | None:
    return part / whole if part is not None and whole else None


class CriterionChanges(NamedTuple):
    """How many candidates in both runs changed their status on a criterion, and how many met it in
    each run.
    """

    pc: str
    changed: int
    now_met: int
    no_longer_met: int
    met_before: int
    met_after: int


class Comparison(NamedTuple):
    """The differences between two runs."""

    all: Changes
    groups: Mapping[str, tuple[Changes, ...]]
    """The changes of each group, by kind of group: form, answer file, room or centre."""
    criteria: tuple[CriterionChanges, ...]
    only_before: tuple[str, ...]
    """Candidates who are only in the first run."""
    only_after: tuple[str, ...]
    form_changed: int
    scaled_changed: int | None
    """Candidates whose scaled score changed; None if neither run has scaled scores."""
    rows: pl.DataFrame
    """A row for each candidate who changed or is in only one run, in the order of the runs: `candidate_id`,
    then `form`, `score`, `decision` (and `scaled`, if a run has it) each before and after, `change`,
    `criteria` as text, and the groups.
    """

    def other(self, name: Literal["decision", "scaled"]) -> pl.DataFrame:
        """Return the rows of candidates in both runs whose `decision`, or `scaled` score, changed."""
        if name + BEFORE not in self.rows.columns:
            return self.rows.clear()
        is_in_both = pl.all_horizontal(pl.col(FORM + BEFORE, FORM + AFTER).is_not_null())
        return self.rows.filter(is_in_both & _differs(name))


def compare(before: pl.DataFrame, after: pl.DataFrame) -> Comparison:
    """Return the differences of the second run from the first."""
    is_scaled = SCALED in before.columns or SCALED in after.columns
    criteria = [
        name.removesuffix(STATUS)
        for name in before.columns
        if name.endswith(STATUS) and name in after.columns
    ]
    table, groups = _joined(before, after, is_scaled)
    groups = [name for name in groups if table[name].n_unique() > 1 or name == FORM]
    marked = table.with_columns(**_marks(criteria, is_scaled))
    # An individual order counts under the form that it was drawn from, as in `base_form`.
    by = {name: pl.col(name) for name in groups} | {FORM: pl.col(FORM).str.extract("^([^-]*)", 1)}
    counted = {name: marked.group_by(by[name]).agg(_counts()).sort(name) for name in groups}
    alone = marked.filter(~pl.col("both"))
    return Comparison(
        Changes("all", *marked.select(_counts()).row(0)),
        {name: tuple(Changes(*row) for row in rows.iter_rows()) for name, rows in counted.items()},
        tuple(CriterionChanges(pc, *marked.select(**_criterion_counts(pc)).row(0)) for pc in criteria),
        tuple(alone.filter(pl.col("n" + BEFORE))["candidate_id"]),
        tuple(alone.filter(pl.col("n" + AFTER))["candidate_id"]),
        int(marked["form_changed"].sum()),
        int(marked["scaled_changed"].sum()) if is_scaled else None,
        _rows(marked, criteria, groups, is_scaled),
    )


def _joined(before: pl.DataFrame, after: pl.DataFrame, is_scaled: bool) -> tuple[pl.DataFrame, list[str]]:
    """Return both runs joined by candidate, with columns named `_before` and `_after`; and the names of the
    columns of groups, which come from the second run if the candidate is in it.
    """
    sides = []
    for table, end in ((before, BEFORE), (after, AFTER)):
        more = {"n" + end: pl.lit(True)}
        if is_scaled and SCALED not in table.columns:
            more[SCALED + end] = pl.lit(None, pl.String)
        sides.append(table.select("candidate_id", pl.exclude("candidate_id").name.suffix(end), **more))
    groups = {
        name: [name + end for end, table in ((AFTER, after), (BEFORE, before)) if name in table.columns]
        for name in dict.fromkeys((*before.columns, *after.columns))
        if name not in _NO_GROUPS and not name.endswith(STATUS)
    }
    both = sides[0].join(sides[1], "candidate_id", "full", coalesce=True, maintain_order="left_right")
    both = both.with_columns(
        pl.col("n" + BEFORE, "n" + AFTER).fill_null(False),
        *(pl.coalesce(ends).cast(pl.String).fill_null("").alias(name) for name, ends in groups.items()),
    )
    return both, [*groups]


_SIXTIETHS, _ROUNDED_BY = 60, 5.1e-5


def _exact(points: str) -> pl.Expr:
    """Points as they were before they were written with four decimals: shares of points are halves, thirds,
    quarters, fifths and what these add up to."""
    near = (pl.col(points) * _SIXTIETHS).round() / _SIXTIETHS
    return pl.when((near - pl.col(points)).abs() <= _ROUNDED_BY).then(near).otherwise(pl.col(points))


def _is(column: str, value: str) -> pl.Expr:
    return (pl.col(column) == value).fill_null(False)


def _differs(name: str) -> pl.Expr:
    return pl.col(name + BEFORE).ne_missing(pl.col(name + AFTER))


def _marks(criteria: Sequence[str], is_scaled: bool) -> dict[str, pl.Expr]:
    """Return expressions for what changed for a candidate; false for a candidate in only one run."""
    both = pl.col("n" + BEFORE) & pl.col("n" + AFTER)
    was, now = _is("decision" + BEFORE, "pass"), _is("decision" + AFTER, "pass")
    changed = {
        "form_changed": pl.col(FORM + BEFORE) != pl.col(FORM + AFTER),
        "now_pass": now & ~was,
        "now_fail": was & ~now,
        "decision_changed": _differs("decision"),
        "criteria_changed": pl.any_horizontal(pl.lit(False), *(_differs(pc + STATUS) for pc in criteria)),
        "scaled_changed": _differs(SCALED) if is_scaled else pl.lit(False),
    }
    return {
        "both": both,
        "change": (_exact("score" + AFTER) - _exact("score" + BEFORE)).round(6),
        **{name: both & is_so for name, is_so in changed.items()},
    }


def _counts() -> list[pl.Expr]:
    """Return expressions for the fields of `Changes` except its name, in their order."""

    def passed(end: str) -> pl.Expr:
        decided = pl.col("decision" + end)
        return pl.when(decided.is_not_null().any()).then((decided == "pass").sum()).alias("passed" + end)

    return [
        pl.col("n" + BEFORE).sum(),
        pl.col("n" + AFTER).sum(),
        passed(BEFORE),
        passed(AFTER),
        (pl.col("change") != 0).sum().alias("score_changed"),
        (pl.col("change") > 0).sum().alias("up"),
        (pl.col("change") < 0).sum().alias("down"),
        pl.col("change").mean(),
        pl.col("now_pass", "now_fail", "criteria_changed").sum(),
    ]


def _criterion_counts(pc: str) -> dict[str, pl.Expr]:
    """Return expressions for the fields of `CriterionChanges` except its name."""
    was, now = _is(pc + STATUS + BEFORE, "met"), _is(pc + STATUS + AFTER, "met")
    both = pl.col("both")
    fields = [both & _differs(pc + STATUS), both & now & ~was, both & was & ~now, was, now]
    return {name: field.sum() for name, field in zip(CriterionChanges._fields[1:], fields, strict=True)}


def _rows(
    marked: pl.DataFrame, criteria: Sequence[str], groups: Sequence[str], is_scaled: bool
) -> pl.DataFrame:
    """Return the rows of candidates who changed, as in `Comparison.rows`."""
    words = [
        pl.when(pl.col("both") & _differs(pc + STATUS)).then(
            pl.format(
                "{}: {} → {}",
                pl.lit(pc),
                *(
                    pl.col(pc + STATUS + end).cast(pl.String).fill_null("not_assessed")
                    for end in (BEFORE, AFTER)
                ),
            )
        )
        for pc in criteria
    ]
    names = (FORM, "score", "decision", *([SCALED] if is_scaled else ()))
    return marked.filter(
        (pl.col("change") != 0).fill_null(True)
        | pl.any_horizontal("form_changed", "decision_changed", "criteria_changed", "scaled_changed")
    ).select(
        "candidate_id",
        *(name + end for name in names for end in (BEFORE, AFTER)),
        "change",
        (pl.concat_str(words, separator="; ", ignore_nulls=True) if words else pl.lit("")).alias("criteria"),
        *(name for name in groups if name != FORM),
    )


# ── two runs ─────────────────────────────────────────────────────────────────────────────────

Correction = Mapping[str, Any]


class Compared(NamedTuple):
    """Two runs, the differences between their audits, and what changed for candidates."""

    before: str
    after: str
    causes: tuple[str, ...]
    """Fields of the audit that differ, apart from results: `key`, `corrections`, `inputs` …"""
    comparison: Comparison
    gone: tuple[Correction, ...] = ()
    """Corrections that only the first run has, as recorded in its audit."""
    new: tuple[Correction, ...] = ()
    """Corrections that only the second run has."""
    left_out: tuple[Mapping[str, Any], ...] = ()
    """Inputs that the second run leaves out on purpose, as recorded in its audit."""
    releases: tuple[ReleaseState, ReleaseState] = (UNRELEASED, UNRELEASED)
    """The release state of each run."""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for JSON output: all counts, and every candidate whose decision or scaled score
        changed.
        """
        found = self.comparison
        return {
            "before": self.before,
            "after": self.after,
            "releases": [one.as_dict() for one in self.releases],
            "causes": list(self.causes),
            "left_out": list(self.left_out),
            "corrections": {"gone": list(self.gone), "new": list(self.new)},
            "all": found.all.as_dict(),
            "groups": {name: [one.as_dict() for one in group] for name, group in found.groups.items()},
            "criteria": [one._asdict() for one in found.criteria],
            "only_before": list(found.only_before),
            "only_after": list(found.only_after),
            "form_changed": found.form_changed,
            "decisions": found.other("decision").to_dicts(),
            "scaled_changed": found.scaled_changed,
            "scaled": found.other("scaled").to_dicts(),
        }


def compare_runs(results: Path, before: str, after: str) -> Compared:
    """Compare two runs of a results folder, each given by number or path."""
    folders = find_run(results, before), find_run(results, after)
    one, other = (_release_of(results, folder) for folder in folders)
    return compare_folders(*folders)._replace(releases=(one, other))


def _release_of(results: Path, folder: Path) -> ReleaseState:
    try:
        return release_of(results, read_run(int(folder.name) if folder.name.isdecimal() else 0, folder))
    except (ValueError, OSError):
        return UNRELEASED


def compare_folders(before: Path, after: Path, called: tuple[str, str] | None = None) -> Compared:
    """Compare two folders of results, shown under the names `called`; the second may be staged, without an
    audit yet.
    """
    audits = _audit(before), _audit(after)
    spelling = OneSpelling()
    one, other = (
        _read(folder, audit, spelling) for folder, audit in zip((before, after), audits, strict=True)
    )
    found = compare(one.with_columns(written_as(one["candidate_id"], other["candidate_id"])), other)
    left_out = tuple(audits[1].get("left_out") or ())
    gone, new = _only(*audits), _only(*reversed(audits))
    return Compared(*(called or (before.name, after.name)), _causes(*audits), found, gone, new, left_out)


class MovedDecisions(NamedTuple):
    """How many decisions changed in a later run, and how many candidates are in only one run."""

    now_pass: int
    now_fail: int
    only_before: int
    only_after: int


def decisions_moved(before: Path, after: Path) -> MovedDecisions:
    """Return how many decisions differ between two folders of results."""
    found = compare_folders(before, after).comparison
    return MovedDecisions(
        found.all.now_pass, found.all.now_fail, len(found.only_before), len(found.only_after)
    )


def _only(audit: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[Correction, ...]:
    """Return the corrections that one audit has and the other lacks, wherever they apply."""
    there = [as_written(one) for one in other.get("corrections") or ()]
    return tuple(one for one in audit.get("corrections") or () if as_written(one) not in there)


_NO_CAUSES = {
    "to_check",
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
"""Fields of the audit that are results, or that record where decisions are written."""


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
"""The names of these fields for display; other fields are shown under their own name."""


def cause_words(causes: Iterable[str]) -> Message:
    """Return the causes of a comparison as text."""
    return joined(_CAUSE_WORDS.get(name, name) for name in causes)


def _audit(folder: Path) -> dict[str, Any]:
    """The audit of a run; empty if it is only staged."""
    try:
        said = json.loads(read_input(folder / AUDIT))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise Refused.because(
            "{folder} is damaged. {command} lists the changed files",
            folder=folder / AUDIT,
            command=command("verify"),
        ) from error
    return said if isinstance(said, dict) else {}


def _read(folder: Path, audit: Mapping[str, Any], spelling: OneSpelling) -> pl.DataFrame:
    """The candidates of a run, with the columns that `compare` needs."""
    path, pcs = folder / "candidates.csv", folder / "pc_results.csv"
    heads = _heads(path)
    places = [name for name in heads if fold(name) in HEADS_OF_PLACES]
    who, decision = without_apostrophe(pl.col("candidate_id")), pl.col("decision").replace("", None)
    points = pl.col("score").cast(pl.Float64)
    # scaled scores count only if the column is ours, not one that came with the answers
    has_scaled = "invalid" in heads and SCALED in heads[heads.index("invalid") :]
    own = [who, pl.col(FORM).fill_null(""), points, decision]
    own += [pl.col(SCALED).replace("", None)] if has_scaled else []
    table = placed(read_columns(path, *own, *places), spelling)
    # rooms of one name at two centres are two rooms
    room = pl.concat_str(pl.col("centre").replace("", None), "room", separator=" – ", ignore_nulls=True)
    room = pl.when(pl.col("room") != "").then(room).otherwise(pl.lit("")).alias("room")
    table = table.select(
        "candidate_id", FORM, "score", "decision", *([SCALED] if has_scaled else ()), "centre", room
    )
    if table["candidate_id"].is_duplicated().any():
        raise Refused.because(
            "{path} lists a candidate twice, so it is not a result file of examgen", path=path
        )
    statuses = [name for name in _heads(pcs) if name.endswith(STATUS)]
    criteria = read_columns(pcs, who, pl.col(statuses).cast(pl.Enum(_STATUSES), strict=False))
    table = with_files(table, audit)
    if criteria["candidate_id"].equals(table["candidate_id"]):
        return table.hstack(criteria.drop("candidate_id"))
    return table.join(criteria, on="candidate_id", how="left", maintain_order="left")


def _heads(path: Path) -> list[str]:
    if not path.is_file():
        raise Refused.because(
            "{path} is missing. Only runs with candidates.csv and pc_results.csv can be compared", path=path
        )
    check_regular(path)
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return next(csv.reader(file), [])


# ── those who changed, as a file ─────────────────────────────────────────────────────────────


def write_changes(found: Comparison, path: Path) -> None:
    """Write a CSV with a row for each candidate who changed or is in only one run."""
    write_file(path, changes_csv(found))


def changes_csv(found: Comparison) -> bytes:
    """Return the CSV of changed candidates, with points written as in the results."""
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
