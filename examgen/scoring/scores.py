"""Marks → points → the three result tables; candidates are rows of matrices, never a loop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

from examgen.models import Judgement, PassRule
from examgen.problems import Problem, Refused
from examgen.scoring.decisions import check_rule, passes
from examgen.scoring.exact import fraction_text, least_points, percent_texts
from examgen.scoring.key import Criteria, FormKey, Ints, read_key
from examgen.tables import BLANK, CANDIDATES, INVALID, Marks, Responses, Scores

_CHUNK = 16_384
"""Candidates scored at a time, so that the matrices stay small."""

_KINDS = ("answered", "blank", "multiple", "invalid")
_KIND = np.array(
    [
        3 if mask & INVALID else 1 if mask == BLANK else 0 if mask.bit_count() == 1 else 2
        for mask in range(256)
    ],
    dtype=np.uint8,
)
"""Which of `_KINDS` a bit mask is."""


@dataclass(frozen=True, slots=True)
class FormPoints:
    """What the candidates of one form earned; `rows` are their places among all responses.

    `total` (candidates,), `by_criterion` (candidates, criteria), `kinds` (candidates, 4) as `_KINDS`.
    """

    form: FormKey
    rows: Ints
    total: Ints
    by_criterion: Ints
    kinds: Ints


def score(
    responses: Responses,
    key: pl.DataFrame,
    criteria: Criteria,
    judgement: Judgement,
    pass_rule: PassRule | None,
) -> Scores:
    """The result tables, candidates in the order of `responses`.

    A question earns its points where exactly one letter is marked and that is a letter of its key;
    a blank, a multiple or an invalid mark earns none. A question of 0 points (a pilot item) counts
    among the marks of a candidate and nowhere else. Raises Refused where the key, the pass rule
    and the responses do not belong together.
    """
    if pass_rule is not None:
        check_rule(pass_rule, criteria)
    points = _all_points(responses, read_key(key, criteria))
    return Scores(
        candidates=_candidates(responses, points, criteria, pass_rule),
        pc_results=_pc_results(responses, points, criteria, judgement),
        pc_coverage=_pc_coverage(points, criteria, judgement),
    )


def _all_points(responses: Responses, forms: Sequence[FormKey]) -> list[FormPoints]:
    dealt = responses.rows["form"]
    if unknown := sorted(set(dealt.unique().to_list()) - {form.name for form in forms}, key=str):
        message = f"the key has no form {', '.join(map(str, unknown))}: score with the key of this exam"
        raise Refused(message, [Problem("key.csv", "form-without-key", message, field="form")])
    found = []
    for form in forms:
        rows = (dealt == form.name).to_numpy().nonzero()[0].astype(np.int64)
        found.append(_form_points(form, rows, _own_marks(responses.marks, form, rows)))
    return found


def _own_marks(marks: Marks, form: FormKey, rows: Ints) -> Marks:
    n_items = len(form.keys)
    if len(rows) and (marks.shape[1] < n_items or marks[rows, n_items:].any()):
        message = f"form {form.name} has {n_items} questions in the key, not as many as were answered"
        raise Refused(message, [Problem("key.csv", "form-of-other-length", message, field="form")])
    return marks[rows, :n_items]


def _form_points(form: FormKey, rows: Ints, marks: Marks) -> FormPoints:
    # float64 carries whole numbers exactly up to 2**53, and its product is much the fastest.
    worth = np.zeros((len(form.keys), len(form.n_items)))
    worth[np.arange(len(form.keys)), form.criterion] = form.points
    by_criterion = np.zeros((len(rows), len(form.n_items)), dtype=np.int64)
    kinds = np.zeros((len(rows), len(_KINDS)), dtype=np.int64)
    for start in range(0, len(rows), _CHUNK):
        part = slice(start, start + _CHUNK)
        kind = _KIND[marks[part]]
        right = (kind == 0) & ((marks[part] & form.keys) != 0)
        by_criterion[part] = right.astype(np.float64) @ worth
        for k in range(len(_KINDS)):
            kinds[part, k] = np.count_nonzero(kind == k, axis=1)
    return FormPoints(form, rows, by_criterion.sum(axis=1), by_criterion, kinds)


def _candidates(
    responses: Responses, points: Sequence[FormPoints], criteria: Criteria, rule: PassRule | None
) -> pl.DataFrame:
    n = responses.rows.height
    numbers = np.zeros((n, 2 + len(_KINDS)), dtype=np.int64)
    texts = np.full((n, 2), None, dtype=object)
    for part in points:
        numbers[part.rows, 0], numbers[part.rows, 1] = part.total, part.form.max_score
        numbers[part.rows, 2:] = part.kinds
        texts[part.rows, 0] = percent_texts(part.total, part.form.max_score)
        if rule is not None:
            passed = passes(rule, part.form, criteria, part.total, part.by_criterion)
            texts[part.rows, 1] = np.where(passed, "pass", "fail")
    columns: dict[str, Any] = {
        "candidate_id": responses.rows["candidate_id"],
        "form": responses.rows["form"],
        "score": numbers[:, 0],
        "max_score": numbers[:, 1],
        "percent": texts[:, 0].tolist(),
        "decision": texts[:, 1].tolist(),
        **{kind: numbers[:, 2 + k] for k, kind in enumerate(_KINDS)},
    }
    table = pl.DataFrame(columns, schema=CANDIDATES)
    return table.with_columns(responses.rows[name] for name in responses.extra_columns)


def _pc_results(
    responses: Responses, points: Sequence[FormPoints], criteria: Criteria, judgement: Judgement
) -> pl.DataFrame:
    n = responses.rows.height
    columns = [responses.rows["candidate_id"], responses.rows["form"]]
    for i, name in enumerate(_column_names(criteria)):
        cells = np.full((n, 3), None, dtype=object)
        cells[:, 2] = "not_assessed"
        for part in points:
            if part.form.n_items[i]:
                earned = part.by_criterion[:, i]
                cells[part.rows, 0] = earned
                cells[part.rows, 1] = percent_texts(earned, int(part.form.max_points[i]))
                cells[part.rows, 2] = _statuses(part, i, judgement)
        columns.append(pl.Series(f"{name}_correct", cells[:, 0].tolist(), dtype=pl.Int64))
        columns.append(pl.Series(f"{name}_percent", cells[:, 1].tolist(), dtype=pl.String))
        columns.append(pl.Series(f"{name}_status", cells[:, 2].tolist(), dtype=pl.String))
    return pl.DataFrame(columns)


def _column_names(criteria: Criteria) -> list[str]:
    """The PC codes; with their unit where several units have the same code."""
    counts = Counter(pc for _, _, pc in criteria)
    return [pc if counts[pc] == 1 else f"{unit}:{pc}" for unit, _, pc in criteria]


def _statuses(part: FormPoints, i: int, judgement: Judgement) -> Any:
    """`met`, `not_met` or `insufficient` for each candidate of a form that asks criterion i."""
    max_points = int(part.form.max_points[i])
    if part.form.n_items[i] < judgement.min_items:
        return np.full(len(part.rows), "insufficient", dtype=object)
    met = part.by_criterion[:, i] >= least_points(judgement.percent, max_points)
    return np.where(met, "met", "not_met")


def _pc_coverage(points: Sequence[FormPoints], criteria: Criteria, judgement: Judgement) -> pl.DataFrame:
    rows = [_coverage_row(points, i, criterion, judgement) for i, criterion in enumerate(criteria)]
    schema: dict[str, Any] = {
        **dict.fromkeys(("unit", "element", "pc"), pl.String),
        **{f"items_{part.form.name}": pl.Int64 for part in points},
        "candidates": pl.Int64,
        "mean_percent": pl.String,
        **dict.fromkeys(("met", "not_met", "insufficient"), pl.Int64),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _coverage_row(
    points: Sequence[FormPoints], i: int, criterion: tuple[str, str, str], judgement: Judgement
) -> tuple[object, ...]:
    asked = [part for part in points if part.form.n_items[i]]
    statuses = Counter(status for part in asked for status in _statuses(part, i, judgement).tolist())
    counts = (statuses["met"], statuses["not_met"], statuses["insufficient"])
    items = (int(part.form.n_items[i]) for part in points)
    return (*criterion, *items, sum(len(part.rows) for part in asked), _mean_percent(asked, i), *counts)


def _mean_percent(asked: Sequence[FormPoints], i: int) -> str | None:
    """The mean of the candidates' unrounded percentages, exact; null where nobody has one."""
    scored = [part for part in asked if len(part.rows)]
    if not scored:
        return None
    total = sum(
        (Fraction(100 * int(part.by_criterion[:, i].sum()), int(part.form.max_points[i])) for part in scored),
        start=Fraction(0),
    )
    return fraction_text(total / sum(len(part.rows) for part in scored))
