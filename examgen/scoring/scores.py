"""Points → the three result tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

from examgen.models import Judgement, PassRule
from examgen.scoring.decisions import check_rule, passes
from examgen.scoring.exact import fraction_text, least_points_of, percent_texts
from examgen.scoring.key import Criteria, Ints, Key, read_key
from examgen.scoring.points import KINDS, Points, points_of
from examgen.tables import CANDIDATES, Responses, Scores

MOST_COLUMNS = 1000
"""Forms that have a column of the coverage; with more, the least and the most items of any form have one."""


def score(
    responses: Responses,
    key: pl.DataFrame,
    criteria: Criteria,
    judgement: Judgement,
    pass_rule: PassRule | None,
    base: Mapping[str, str] | None = None,
) -> Scores:
    """The result tables, candidates in the order of `responses`.

    A question earns its points where exactly one letter is marked and that is a letter of its key;
    a blank, a multiple or an invalid mark earns none. A question of 0 points (a pilot item) counts
    among the marks of a candidate and nowhere else. `base` names the form that a personal form was drawn
    from, which asks the same items: the two share a column of the coverage. Raises Refused where the key,
    the pass rule and the responses do not belong together.
    """
    if pass_rule is not None:
        check_rule(pass_rule, criteria)
    points = points_of(responses, read_key(key, criteria))
    return Scores(
        candidates=_candidates(responses, points, criteria, pass_rule),
        pc_results=_pc_results(responses, points, criteria, judgement),
        pc_coverage=_pc_coverage(points, criteria, judgement, base or {}),
    )


def _candidates(
    responses: Responses, points: Points, criteria: Criteria, rule: PassRule | None
) -> pl.DataFrame:
    total = points.total
    decision = None
    if rule is not None:
        decision = np.where(passes(rule, points, criteria), "pass", "fail").tolist()
    columns: dict[str, Any] = {
        "candidate_id": responses.rows["candidate_id"],
        "form": responses.rows["form"],
        "score": total,
        "max_score": points.max_score,
        "percent": percent_texts(total, points.max_score),
        "decision": decision or [None] * len(total),
        **{kind: points.kinds[:, k] for k, kind in enumerate(KINDS)},
    }
    table = pl.DataFrame(columns, schema=CANDIDATES)
    return table.with_columns(responses.rows[name] for name in responses.extra_columns)


def _pc_results(
    responses: Responses, points: Points, criteria: Criteria, judgement: Judgement
) -> pl.DataFrame:
    columns = [responses.rows["candidate_id"], responses.rows["form"]]
    for i, name in enumerate(_column_names(criteria)):
        earned, asked = points.by_criterion[:, i], points.n_items(i) > 0
        correct = [n if some else None for n, some in zip(earned.tolist(), asked.tolist(), strict=True)]
        percents = percent_texts(earned, np.where(asked, points.max_points(i), 0))
        columns.append(pl.Series(f"{name}_correct", correct, dtype=pl.Int64))
        columns.append(pl.Series(f"{name}_percent", percents, dtype=pl.String))
        columns.append(pl.Series(f"{name}_status", _statuses(points, i, judgement), dtype=pl.String))
    return pl.DataFrame(columns)


def _column_names(criteria: Criteria) -> list[str]:
    """The PC codes; with their unit where several units have the same code."""
    counts = Counter(pc for _, _, pc in criteria)
    return [pc if counts[pc] == 1 else f"{unit}:{pc}" for unit, _, pc in criteria]


def _statuses(points: Points, i: int, judgement: Judgement) -> list[str]:
    """`met`, `not_met`, `insufficient` or `not_assessed` for each candidate in criterion i."""
    n_items = points.n_items(i)
    met = points.by_criterion[:, i] >= least_points_of(judgement.percent, points.max_points(i))
    names = np.where(met, "met", "not_met")
    names = np.where(n_items < judgement.min_items, "insufficient", names)
    found: list[str] = np.where(n_items == 0, "not_assessed", names).tolist()
    return found


def _pc_coverage(
    points: Points, criteria: Criteria, judgement: Judgement, base: Mapping[str, str]
) -> pl.DataFrame:
    names, n_items = _form_columns(points.key, base)
    rows = [
        (*criterion, *n_items[:, i].tolist(), *_counts(points, i, judgement))
        for i, criterion in enumerate(criteria)
    ]
    schema: dict[str, Any] = {
        **dict.fromkeys(("unit", "element", "pc"), pl.String),
        **{f"items_{name}": pl.Int64 for name in names},
        "candidates": pl.Int64,
        "mean_percent": pl.String,
        **dict.fromkeys(("met", "not_met", "insufficient"), pl.Int64),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _form_columns(key: Key, base: Mapping[str, str]) -> tuple[list[str], Ints]:
    """Names of the forms that have a column, and the items that each asks, (columns, criteria)."""
    found: dict[str, int] = {}
    for n, name in enumerate(key.names):
        found.setdefault(base.get(name, name), n)
    n_items = key.n_items[list(found.values())]
    if len(found) <= MOST_COLUMNS:
        return list(found), n_items
    return ["least", "most"], np.stack([n_items.min(axis=0), n_items.max(axis=0)])


def _counts(points: Points, i: int, judgement: Judgement) -> tuple[object, ...]:
    asked = points.n_items(i) > 0
    statuses = Counter(_statuses(points, i, judgement))
    mean = _mean_percent(points.by_criterion[asked, i], points.max_points(i)[asked])
    return (int(asked.sum()), mean, statuses["met"], statuses["not_met"], statuses["insufficient"])


def _mean_percent(earned: Ints, max_points: Ints) -> str | None:
    """The mean of the candidates' unrounded percentages, exact; null where nobody has one."""
    if not len(earned):
        return None
    total = sum(
        (Fraction(100 * int(earned[max_points == most].sum()), int(most)) for most in np.unique(max_points)),
        start=Fraction(0),
    )
    return fraction_text(total / len(earned))
