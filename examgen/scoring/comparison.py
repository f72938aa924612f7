"""Two runs of one sitting → who changed, by how much, and what that does to decisions.

A run comes as a table with one row a candidate: `candidate_id`, `form`, `score` (points), `decision`
(`pass`, `fail` or null), `scaled` where points were turned into another scale, columns of `GROUPS` where
known, and a column `<PC>_status` for each criterion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

STATUS = "_status"
FORM, FILE, SCALED = "form", "file", "scaled"
BEFORE, AFTER = "_before", "_after"


class Changes(NamedTuple):
    """What changed for a group of candidates. Counts are of candidates that stand in both runs, but for
    those before and after, which are of each run."""

    name: str
    candidates_before: int
    candidates_after: int
    passed_before: int | None
    """None where no decision was taken."""
    passed_after: int | None
    score_changed: int
    up: int
    down: int
    mean_change: float | None
    """Points, over all who stand in both runs; None where nobody does."""
    now_pass: int
    now_fail: int
    criteria_changed: int
    """Who has another status on some criterion."""

    @property
    def pass_rate_before(self) -> float | None:
        """Share of those scored, 0–1."""
        return _share(self.passed_before, self.candidates_before)

    @property
    def pass_rate_after(self) -> float | None:
        """Share of those scored, 0–1."""
        return _share(self.passed_after, self.candidates_after)

    @property
    def anything(self) -> bool:
        """Whether anything is another than before."""
        counts = self.score_changed, self.now_pass, self.now_fail, self.criteria_changed
        return any(counts) or self.candidates_before != self.candidates_after


class CriterionChanges(NamedTuple):
    """How many candidates of both runs have another status on a criterion, and who meets it."""

    pc: str
    changed: int
    now_met: int
    no_longer_met: int
    met_before: int
    met_after: int


class Comparison(NamedTuple):
    """What one run says otherwise than another."""

    all: Changes
    groups: Mapping[str, tuple[Changes, ...]]
    """By what candidates are grouped: form, answer file, room or centre."""
    criteria: tuple[CriterionChanges, ...]
    only_before: tuple[str, ...]
    """Candidates that stand in the first run alone."""
    only_after: tuple[str, ...]
    form_changed: int
    scaled_changed: int | None
    """Who has another scaled score; None where neither run has any."""
    rows: pl.DataFrame
    """A row for each candidate that changed or stands in one run only, in the order of the runs:
    `candidate_id`, then `form`, `score`, `decision` (and `scaled`, where a run has it) each before and after,
    `change`, `criteria` in words, and the groups."""


def _share(part: int | None, whole: int) -> float | None:
    return part / whole if part is not None and whole else None


def compare(before: pl.DataFrame, after: pl.DataFrame) -> Comparison:
    """What the second run says otherwise than the first."""
    is_scaled = SCALED in before.columns or SCALED in after.columns
    if is_scaled:
        before, after = (
            one if SCALED in one.columns else one.with_columns(pl.lit(None, pl.String).alias(SCALED))
            for one in (before, after)
        )
    joined = _joined(before, after)
    criteria = [
        name.removesuffix(STATUS)
        for name in before.columns
        if name.endswith(STATUS) and name in after.columns
    ]
    groups = [name for name in _groups(before, after) if joined[name].n_unique() > 1 or name == FORM]
    marked = joined.with_columns(_marks(criteria, is_scaled))
    # an order of one's own counts under the form that it was drawn from, as `base_form` has it
    of = {name: pl.col(name) for name in groups} | {FORM: pl.col(FORM).str.extract("^([^-]*)", 1)}
    counted = {name: marked.group_by(of[name]).agg(_counts()).sort(name) for name in groups}
    return Comparison(
        Changes("all", *marked.select(_counts()).row(0)),
        {name: tuple(Changes(*row) for row in table.iter_rows()) for name, table in counted.items()},
        tuple(_criterion(marked, pc) for pc in criteria),
        _ids(marked, pl.col("both").not_() & pl.col("n" + BEFORE)),
        _ids(marked, pl.col("both").not_() & pl.col("n" + AFTER)),
        int(marked["form_changed"].sum()),
        int(marked["scaled_changed"].sum()) if is_scaled else None,
        _rows(marked, criteria, groups, is_scaled),
    )


def _joined(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Both runs side by side: columns named `_before` and `_after`, groups as the second run has them."""
    sides = [
        table.select(
            "candidate_id", pl.lit(True).alias("n" + end), pl.exclude("candidate_id").name.suffix(end)
        )
        for table, end in ((before, BEFORE), (after, AFTER))
    ]
    joined = sides[0].join(
        sides[1], on="candidate_id", how="full", coalesce=True, maintain_order="left_right"
    )
    return joined.with_columns(
        pl.coalesce(
            *(name + end for end, table in ((AFTER, after), (BEFORE, before)) if name in table.columns)
        )
        .cast(pl.String)
        .fill_null("")
        .alias(name)
        for name in _groups(before, after)
    ).with_columns(pl.col("n" + BEFORE, "n" + AFTER).fill_null(False))


def _groups(before: pl.DataFrame, after: pl.DataFrame) -> list[str]:
    own = {"candidate_id", "score", "decision", SCALED}
    names = dict.fromkeys((*before.columns, *after.columns))
    return [name for name in names if name not in own and not name.endswith(STATUS)]


_SIXTIETHS, _ROUNDED_BY = 60, 5.1e-5


def _exact(points: str) -> pl.Expr:
    """Points as they were before they were written with four decimals: shares of points are halves, thirds,
    quarters, fifths and what these add up to."""
    near = (pl.col(points) * _SIXTIETHS).round() / _SIXTIETHS
    return pl.when((near - pl.col(points)).abs() <= _ROUNDED_BY).then(near).otherwise(pl.col(points))


def _marks(criteria: Sequence[str], is_scaled: bool) -> list[pl.Expr]:
    """What changed for a candidate: false for who stands in one run only."""
    both = pl.col("n" + BEFORE) & pl.col("n" + AFTER)
    change = (_exact("score" + AFTER) - _exact("score" + BEFORE)).round(6)
    passed = {end: (pl.col("decision" + end) == "pass").fill_null(False) for end in (BEFORE, AFTER)}
    other_scaled = pl.lit(False)
    if is_scaled:
        other_scaled = both & pl.col(SCALED + BEFORE).ne_missing(pl.col(SCALED + AFTER))
    return [
        both.alias("both"),
        change.alias("change"),
        (both & (pl.col("form" + BEFORE) != pl.col("form" + AFTER))).alias("form_changed"),
        (both & passed[AFTER] & passed[BEFORE].not_()).alias("now_pass"),
        (both & passed[BEFORE] & passed[AFTER].not_()).alias("now_fail"),
        (both & pl.col("decision" + BEFORE).ne_missing(pl.col("decision" + AFTER))).alias("decision_changed"),
        (both & pl.any_horizontal(pl.lit(False), *map(_differs, criteria))).alias("criteria_changed"),
        other_scaled.alias("scaled_changed"),
    ]


def _differs(pc: str) -> pl.Expr:
    return pl.col(pc + STATUS + BEFORE).ne_missing(pl.col(pc + STATUS + AFTER))


def _counts() -> list[pl.Expr]:
    """The fields of `Changes` but its name, in their order."""

    def passed(end: str) -> pl.Expr:
        decided = pl.col("decision" + end)
        return pl.when(decided.is_not_null().any()).then((decided == "pass").sum())

    return [
        pl.col("n" + BEFORE).sum().alias("candidates_before"),
        pl.col("n" + AFTER).sum().alias("candidates_after"),
        passed(BEFORE).alias("passed_before"),
        passed(AFTER).alias("passed_after"),
        (pl.col("change") != 0).sum().alias("score_changed"),
        (pl.col("change") > 0).sum().alias("up"),
        (pl.col("change") < 0).sum().alias("down"),
        pl.col("change").mean().alias("mean_change"),
        *(pl.col(name).sum() for name in ("now_pass", "now_fail", "criteria_changed")),
    ]


def _criterion(marked: pl.DataFrame, pc: str) -> CriterionChanges:
    both = pl.col("both")
    met = {end: (pl.col(pc + STATUS + end) == "met").fill_null(False) for end in (BEFORE, AFTER)}
    counts = marked.select(
        (both & _differs(pc)).sum().alias("changed"),
        (both & met[AFTER] & met[BEFORE].not_()).sum().alias("now_met"),
        (both & met[BEFORE] & met[AFTER].not_()).sum().alias("no_longer_met"),
        met[BEFORE].sum().alias("met_before"),
        met[AFTER].sum().alias("met_after"),
    )
    return CriterionChanges(pc, *counts.row(0))


def _ids(marked: pl.DataFrame, where: pl.Expr) -> tuple[str, ...]:
    return tuple(marked.filter(where)["candidate_id"].to_list())


def _rows(
    marked: pl.DataFrame, criteria: Sequence[str], groups: Sequence[str], is_scaled: bool
) -> pl.DataFrame:
    changed = marked.filter(
        (pl.col("change") != 0).fill_null(True)
        | pl.any_horizontal("form_changed", "decision_changed", "criteria_changed", "scaled_changed")
    )
    words = [
        pl.when(pl.col("both") & _differs(pc)).then(
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
    told = pl.concat_str(words, separator="; ", ignore_nulls=True) if words else pl.lit("")
    return changed.select(
        "candidate_id",
        *(
            name + end
            for name in ("form", "score", "decision", *([SCALED] if is_scaled else ()))
            for end in (BEFORE, AFTER)
        ),
        "change",
        told.alias("criteria"),
        *(name for name in groups if name != FORM),
    )
