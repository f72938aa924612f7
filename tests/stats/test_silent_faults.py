"""What was silent or said too much: a leaked anchor, another unit, one rating to all, who was judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.commands.conftest import Run, run
from tests.stats.test_doubtful_data import POINTS, RIGHT, codes

__all__ = ["run"]


def responses(difficulty: Any, *, n: int = 1600, mean: float = 0.0, seed: int = 7) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(seed)
    ability = rng.normal(mean, 1.0, (n, 1))
    chance = 1 / (1 + np.exp(1.1 * (difficulty - ability)))
    return np.asarray(rng.random((n, len(difficulty))) < chance, dtype=np.int64)


def told(found: Any, code: str) -> list[dict[str, Any]]:
    """The values of the notes of a code."""
    return [one.values for one in found.notes if getattr(one, "code", "") == code]


@pytest.mark.parametrize("place", [0, 6])
def test_a_leaked_anchor_at_either_end_is_told_and_does_not_turn_the_line(place: int) -> None:
    anchors, own = np.linspace(-1.4, 1.4, 7), np.linspace(-1.5, 1.5, 20)
    leaked = anchors - 0.9 * (np.arange(7) == place)
    names = [f"v{n}" for n in range(7)]
    x, y = (
        pl.DataFrame(responses(np.append(of, own), seed=n), schema=[*names, *(f"{n}u{k}" for k in range(20))])
        for n, of in enumerate((leaked, anchors))
    )
    assert [(one["items"], one["form"]) for one in told(es.equate(x, y), "anchor-drift")] == [
        (f"v{place}", "x")
    ]
    plain = pl.DataFrame(responses(np.append(anchors, own), seed=3), schema=x.columns)
    assert "anchor-drift" not in codes(es.equate(plain, y))


@pytest.mark.parametrize("times", [1.7, 1 / 1.7])
def test_units_apart_are_told_beside_an_anchor_that_drifts(times: float) -> None:
    b = np.linspace(-1.5, 1.5, 10)
    old = {
        "item": [f"v{n}" for n in range(10)],
        "a": np.full(10, 1.1) + 0.1 * (-1.0) ** np.arange(10),
        "b": b,
    }
    new = old | {"a": old["a"] * times, "b": b - 2.0 * (np.arange(10) == 0)}
    assert "methods-disagree" in codes(es.link(new, old))
    assert "methods-disagree" not in codes(es.link(new | {"a": old["a"]}, old))


def test_known_items_on_another_scale_than_the_candidates_are_told(run: Run, tmp_path: Path) -> None:
    b = np.linspace(-1.5, 1.5, 30)
    data = pl.DataFrame(responses(b, n=800), schema=[f"q{n}" for n in range(30)])
    known = pl.DataFrame({"item": data.columns, "a": [1.1] * 30, "b": b})
    assert "items-off" not in codes(es.decisions(data, 16, items=known))
    for other in (known.with_columns(b=pl.col("b") - 2), known.with_columns(a=pl.col("a") / 1.7)):
        assert "items-off" in codes(es.decisions(data, 16, items=other))
    scores, table = tmp_path / "s.csv", tmp_path / "p.csv"
    data.with_row_index("id", 1).write_csv(scores)
    other.write_csv(table)
    found = run.json("analyse", "decisions", scores, "--cut", 16, "--items", table)
    assert "items-off" in {one["code"] for one in found["notes"]}


def test_judges_with_one_rating_and_judges_of_another_round_are_told() -> None:
    ratings = {"judge": [*"ABCDE"], "round": [2] * 5} | {f"i{n}": [40 + 5 * n, 50 + n, 60, 45 + n, 30 + 4 * n]
                                                         for n in range(6)}  # fmt: skip
    first = ratings | {"round": [1, 2, 2, 2, 2]}
    for code, judge in (("judge-flat", "C"), ("judge-absent", "A")):
        assert [one["judge"] for one in told(es.angoff(first), code)] == [judge]
    assert "judge-absent" not in codes(es.angoff(ratings))


def test_an_assessor_who_gives_everybody_the_same_is_told() -> None:
    flat = POINTS.copy()
    flat[:, 2] = 3
    for verb in (es.agreement, es.many_facet, es.assessors):
        found = verb(dict(zip("abc", flat.T, strict=True)))
        assert [one["name"] for one in told(found, "same-to-all")] == ["c"]
        assert "same-to-all" not in codes(verb(dict(zip("abc", POINTS.T, strict=True))))
    assert "same-to-all" not in codes(es.agreement({"a": [1] * 39 + [0], "b": [1] * 40}))


def test_information_of_two_forms_is_told_to_be_of_all_items() -> None:
    data = RIGHT.astype(float)
    data[:150, 8:], data[150:, 4:8] = np.nan, np.nan
    assert [one["n"] for one in told(es.irt(data, "rasch"), "several-forms")] == [12]
    assert "several-forms" not in codes(es.irt(RIGHT, "rasch"))
    assert "nan" not in repr(es.irt(data, "rasch").model_fit())


def test_who_would_pass_is_counted_of_those_who_were_judged() -> None:
    totals = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    competent = es.contrasting_groups(totals, [0, 0, 1, 0, 1, 0, 1, 1, None])
    border = es.borderline_group(totals, [1, 0, 1, *[None] * 6])
    of_grades = es.borderline_regression(totals, [1, 1, 2, 2, 3, *[None] * 4], 2)
    for found, n in ((competent, 8), (border, 3), (of_grades, 5)):
        assert found.impact is not None
        assert set(found.impact["candidates"]) == {n}


def test_directions_of_a_pair_are_counted_as_such() -> None:
    data = es.example("choices", n_persons=120, n_items=30)
    assert data.choices is not None
    data.choices.cells[7] = data.choices.cells[3]
    found = es.copying(data, index="omega")
    assert "in both directions" in found.title
    assert "at most" not in str(found.findings[0])


def test_decisions_are_exact_at_the_true_cut() -> None:
    """Against nodes that begin and end there."""
    b = np.linspace(-1.5, 1.5, 20)
    items = {"item": [f"q{n}" for n in range(20)], "a": np.full(20, 1.3), "b": b}
    data = pl.DataFrame(responses(b, n=300), schema=[f"q{n}" for n in range(20)])
    found = es.decisions(data, 11, items=items, methods="lee-quadrature").table.row(0, named=True)

    def at(theta: Any) -> tuple[Any, Any]:
        p = 1 / (1 + np.exp(-1.3 * (theta[:, None] - b)))
        scores = np.ones((len(theta), 1))
        for j in range(20):
            scores = np.pad(scores * (1 - p[:, [j]]), ((0, 0), (0, 1))) + np.pad(
                scores * p[:, [j]], ((0, 0), (1, 0))
            )
        return scores, p.sum(axis=1)

    low, high = -6.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if at(np.array([middle]))[1][0] > 11 else (middle, high)
    points, weights = np.polynomial.legendre.leggauss(200)
    theta = (points * (low + 6) + low - 6) / 2
    chance = np.exp(-(theta**2) / 2) / np.sqrt(2 * np.pi) * at(theta)[0][:, 11:].sum(axis=1)
    assert found["false_pass"] == pytest.approx(weights @ chance * (low + 6) / 2, abs=1e-6)
