"""Points → the three result tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from examgen.responses import KINDS
from examgen.scoring.coverage import pc_coverage
from examgen.scoring.decisions import Cuts, Standard, decide, passing_standard
from examgen.scoring.exact import least_points_of, percent_texts
from examgen.scoring.key import Criteria, read_key
from examgen.scoring.points import Points, points_of
from examgen.scoring.tallies import CriterionTally
from examgen.tables import CANDIDATES, Responses, Scores

if TYPE_CHECKING:
    import polars as pl

    from examgen.models import Judgement, PassRule


def score(
    responses: Responses,
    key: pl.DataFrame,
    criteria: Criteria,
    judgement: Judgement,
    pass_rule: PassRule | None,
    base: Mapping[str, str] | None = None,
    cuts: Cuts | None = None,
) -> Scores:
    """The result tables, candidates in the order of `responses`.

    A question earns its points where exactly one letter is marked and that is a letter of its key;
    a blank, a multiple or an invalid mark earns none. A question of 0 points (a pilot item) counts
    among the marks of a candidate and nowhere else. `base` names the form that a personal form was drawn
    from, which asks the same items: the two share a column of the coverage; `cuts` are those of
    `cut: angoff`, by name of form. Raises Refused where the key, the pass rule and the responses do not
    belong together.
    """
    read = read_key(key, criteria)
    standard = None if pass_rule is None else passing_standard(pass_rule, read, cuts)
    points = points_of(responses, read)
    return Scores(
        candidates=_candidates(responses, points, standard),
        pc_results=_pc_results(responses, points, criteria, judgement),
        pc_coverage=_pc_coverage(points, judgement, base or {}),
    )


def _candidates(responses: Responses, points: Points, standard: Standard | None) -> pl.DataFrame:
    import polars as pl

    total = points.total
    decision = None
    if standard is not None:
        passed = decide(standard, points.form, points.by_criterion).passed
        decision = np.where(passed, "pass", "fail").tolist()
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
    import polars as pl

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


def _pc_coverage(points: Points, judgement: Judgement, base: Mapping[str, str]) -> pl.DataFrame:
    import polars as pl

    tally = CriterionTally(points.key)
    tally.add(points.form, points.by_criterion)
    found = pc_coverage(points.key, tally, judgement, base)
    texts = ("unit", "element", "pc", "mean_percent")
    schema: dict[str, Any] = {name: pl.String if name in texts else pl.Int64 for name in found.columns}
    return pl.DataFrame(found.rows, schema=schema, orient="row")
