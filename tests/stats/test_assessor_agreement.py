"""Ratings: agreement, intraclass correlations, components and severities, from frames, vectors and matrices."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import examgen.stats as es


def ratings(n: int = 60, seed: int = 1) -> pl.DataFrame:
    """A long table: three assessors, two tasks, a fourth assessor who is severe on some candidates."""
    rng = np.random.default_rng(seed)
    ability, rows = rng.normal(size=n), []
    for person in range(n):
        for rater, severity in (("ann", -0.5), ("bob", 0.0), ("cyd", 0.5), ("dan", 1.5)):
            if rater == "dan" and person % 2:
                continue
            for item, difficulty in (("essay", 0.3), ("talk", -0.3)):
                chance = 1 / (1 + np.exp(difficulty + severity - ability[person]))
                rows.append((f"p{person}", rater, item, int(rng.binomial(3, chance)), "north"))
    return pl.DataFrame(rows, schema=["id", "rater", "item", "resp", "centre"], orient="row")


def test_kappa_of_words_and_of_numbers() -> None:
    first, second = ["low", "mid", "high", "low", "mid"], ["low", "high", "high", "low", None]
    of_words = es.agreement(first, second)
    assert "kappa_linear" not in of_words.table["coefficient"].to_list()
    ordered = es.agreement(first, second, order=["low", "mid", "high"])
    place = {"low": 0, "mid": 1, "high": 2, None: np.nan}
    of_numbers = es.agreement([place[one] for one in first], [place[one] for one in second])
    assert ordered.table.equals(of_numbers.table)
    assert ordered["kappa"] == of_words["kappa"]
    matrix = es.agreement({"a": [place[one] for one in first], "b": [place[one] for one in second]})
    assert matrix.table.equals(of_numbers.table)
    with pytest.raises(es.ArgumentError, match="order has no mid"):
        es.agreement(first, second, order=["low", "high"])


def test_severity_comes_by_name_from_an_irw_table() -> None:
    found = es.many_facet(ratings())
    assert found.assessors["assessor"].to_list() == ["dan", "cyd", "bob", "ann"]
    assert found.tasks.sort("difficulty")["task"].to_list() == ["talk", "essay"]
    assert found.model["steps"] == "rating-scale"
    assert found.model["p"] < 0.01
    assert found.assessors["fair_points"].is_sorted()
    renamed = ratings().rename({"rater": "who", "resp": "mark"})
    assert es.many_facet(renamed, assessor="who", score="mark").assessors.equals(found.assessors)


def test_assessors_whom_nobody_links_are_refused_by_name() -> None:
    data = ratings().filter(
        ((pl.col("rater") == "ann") & (pl.col("id") < "p3"))
        | ((pl.col("rater") == "bob") & (pl.col("id") > "p3"))
    )
    with pytest.raises(es.ArgumentError, match="ann; bob"):
        es.many_facet(data)


def test_components_say_what_more_assessors_are_worth() -> None:
    found = es.generalizability(ratings(), n_assessors=[1, 2, 4], n_tasks=2)
    assert found.d_study["phi"].is_sorted()
    assert found.components.filter(effect="assessor")["variance"][0] > 0
    wide = ratings().filter(item="essay").pivot("rater", index="id", values="resp")
    of_matrix = es.icc(wide)
    assert of_matrix.n == 30
    assert of_matrix.table["type"][1] == "ICC2"
    same = es.generalizability(wide.drop("id").to_numpy(), n_assessors=1)
    assert same.n_ratings == wide.drop("id").count().sum_horizontal()[0]


def test_reliabilities_of_many_facets_are_named() -> None:
    rng = np.random.default_rng(2)
    ability, severity = rng.normal(size=(300, 1, 1)), np.array([-1.0, 0.0, 1.0])[:, None]
    points = rng.binomial(1, 1 / (1 + np.exp(severity - ability - np.zeros((1, 1, 8)))))
    rows = [
        (f"c{i}", f"r{j}", f"t{k}", int(points[i, j, k]))
        for i in range(300)
        for j in range(3)
        for k in range(8)
    ]
    table = pl.DataFrame(rows, schema=["id", "rater", "item", "resp"], orient="row")
    found = es.many_facet(table)
    squared = float(np.corrcoef(found.candidates["ability"], ability.ravel())[0, 1] ** 2)
    assert found.model["candidate_reliability"] == pytest.approx(squared, abs=0.05)
    assert found.model["reliability"] > 0.9
