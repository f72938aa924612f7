"""Ratings: agreement, intraclass correlations, components and severities, from frames, vectors and matrices."""

from __future__ import annotations

from itertools import combinations

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


@pytest.mark.parametrize("name", ["id", "candidate", "candidate_id", "person", "Person_ID", "no", "No.", "#"])
def test_a_column_that_names_the_candidates_is_no_assessor(name: str) -> None:
    wide = ratings().filter(item="essay").pivot("rater", index="id", values="resp")
    points = wide.drop("id")
    named = points.insert_column(0, pl.Series(name, range(66001, 66001 + len(wide))))
    without = es.agreement(points)
    assert es.agreement(named).table.equals(without.table)
    assert es.icc(named).table.equals(es.icc(points).table)
    assert es.generalizability(named).components.equals(es.generalizability(points).components)
    assert es.many_facet(named).assessors.equals(es.many_facet(points).assessors)
    assert es.many_facet(named).candidates["candidate"][0] == "66001"
    both = named.with_columns(**{"candidate_no": pl.Series(range(len(wide)))})
    assert es.agreement(both).table.equals(without.table)
    assert "(ann, bob, cyd, dan)" in es.agreement(both).title
    assert "(ann, bob, cyd, dan)" in es.icc(named).title


def test_a_column_unlike_ratings_is_refused_by_its_name() -> None:
    wide = ratings().filter(item="essay").pivot("rater", index="id", values="resp").rename({"id": "who"})
    for data in (wide, wide.with_columns(who=pl.int_range(pl.len()))):
        for verb in (es.agreement, es.assessors):
            with pytest.raises(es.ArgumentError, match="who has 60 different values"):
                verb(data)
    assert es.agreement(wide, candidate="who").n_assessors == 4
    points = pl.DataFrame({"a": np.arange(30) / 3, "b": np.arange(30) / 3 + 0.1})
    assert es.icc(points).n == 30  # points of many digits are unlike those of nobody


@pytest.mark.parametrize("heading", ["student_no", "matric", "code"])
@pytest.mark.parametrize("first", [1000, 1])
def test_numbers_of_candidates_are_no_assessor(heading: str, first: int) -> None:
    """20 candidates: kappa was −0.50 in place of 0.875."""
    points = {"A": [n % 5 for n in range(20)], "B": [(n + n % 3) % 5 for n in range(20)]}
    data = pl.DataFrame({heading: range(first, first + 20), **points})
    for verb in (es.agreement, es.icc, es.assessors, es.generalizability, es.many_facet):
        with pytest.raises(es.ArgumentError, match=f"{heading} has 20 different values of 20 candidates"):
            verb(data)
    named = es.agreement(data.rename({heading: "candidate"}))
    assert named["kappa"] == es.agreement(pl.DataFrame(points))["kappa"]


@pytest.mark.parametrize("heading", ["ลำดับ", "seat"])
def test_headings_that_are_no_ratings_are_left_out_and_told(heading: str) -> None:
    points = pl.DataFrame({"A": [n % 5 for n in range(20)], "B": [(n + n % 3) % 5 for n in range(20)]})
    found = es.agreement(points.with_columns(pl.int_range(20).alias(heading)))
    assert found["kappa"] == es.agreement(points)["kappa"]
    assert "columns-left-out" in {one.code for one in found.notes}


@pytest.mark.parametrize("heads", [
    ("student", "examiner", "criterion", "marks"), ("รหัสผู้สมัคร", "ผู้ประเมิน", "ข้อ", "คะแนน"),
    ("Candidate No.", "rater", "question", "score"),
])  # fmt: skip
def test_headings_of_files_are_headings_of_frames(heads: tuple[str, ...]) -> None:
    rows = [
        (n, by, task, (n + (by == "b") * (n % 3 == 0) + task) % 5)
        for n in range(20)
        for by in "ab"
        for task in (1, 2)
    ]
    usual = pl.DataFrame(rows, schema=["candidate", "assessor", "task", "points"], orient="row")
    other = usual.rename(dict(zip(usual.columns, heads, strict=True)))
    assert es.agreement(other).table.equals(es.agreement(usual).table)
    assert "columns-left-out" not in {one.code for one in es.agreement(other).notes}
    beside = other.with_columns(school=pl.lit("x"), room=pl.lit(1))
    told = [one for one in es.agreement(beside).notes if one.code == "columns-left-out"]
    assert [one.values["names"] for one in told] == ["school"]


@pytest.mark.parametrize("heading", ["Nr.", "student"])
def test_ids_are_no_points(heading: str) -> None:
    points = {"A": [n % 5 for n in range(20)], "B": [(n + n % 3) % 5 for n in range(20)]}
    data = pl.DataFrame({heading: range(1000, 1020), **points})
    assert es.agreement(data)["kappa"] == es.agreement(pl.DataFrame(points))["kappa"]


def test_assessors_whose_ratings_all_differ_are_assessors() -> None:
    assert es.icc({"A": [9, 6, 8, 7, 10, 5], "B": [2, 1, 4, 1, 5, 2]}, candidate=None).n == 6
    assert es.agreement([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 5]).n_assessors == 2
    measured = {"A": [512, 430, 520, 428, 500, 600], "B": [525, 415, 508, 444, 500, 625]}
    assert es.icc(measured).n == 6


def test_a_long_table_is_read_as_one_everywhere() -> None:
    """Of integers, as of the review: 1,800 ratings were taken for those of four assessors."""
    long = ratings().rename({"id": "candidate_id", "rater": "assessor", "item": "task", "resp": "points"})
    codes = {name: long[name].rank("dense").cast(pl.Int64) for name in ("candidate_id", "assessor", "task")}
    found = es.agreement(long.drop("centre").with_columns(**codes))
    assert found.assessors["assessor"].to_list() == ["1", "2", "3", "4"]
    assert found.table.equals(es.agreement(long).table)
    assert es.icc(long).n == 30


def test_words_of_a_checklist_are_1_and_0_as_the_command_reads_them() -> None:
    """Of the review: kappa was 0, for a name never equals a number."""
    first = [1, 0, 1, 1, 0]
    numbers = es.agreement([1, 0, 1, 0, 0], first)
    for words in (["pass", "fail", "pass", "fail", "fail"], ["Yes", "no", "YES", " no", "not passed"],
                  ["1", "0", "pass", "ไม่ผ่าน", "0"]):  # fmt: skip
        assert es.agreement(words, first).table.equals(numbers.table)
    both = {"ann": ["pass", "fail", "pass"], "bob": [True, False, False]}
    assert es.icc(both).table.equals(es.icc({"ann": [1, 0, 1], "bob": [1, 0, 0]}).table)


def test_numbers_and_names_together_are_refused() -> None:
    for ratings_, second in ((["A", "B", "A"], [1, 2, 1]), (["A", "pass", "1"], ["A", "A", "A"])):
        with pytest.raises(es.ArgumentError, match=r"ratings mix numbers .* and names .*A"):
            es.agreement(ratings_, second)
    assert es.agreement(["yes", "no", "unsure"], ["yes", "no", "no"]).categories == ("no", "unsure", "yes")
    assert es.agreement(["1,5", "2"], [1.5, 2])["exact"] == 1


def test_agreement_of_several_has_shares_pairs_and_one_order_of_weights() -> None:
    found = es.agreement(ratings())
    names = found.table["coefficient"].to_list()
    assert names[:5] == ["exact", "within_1", "kappa_quadratic", "kappa_linear", "kappa"]
    assert names[5:] == [
        "fleiss_kappa", "ac2_quadratic", "ac2_linear", "ac1", "alpha_interval", "alpha_ordinal", "alpha_nominal",
        "ICC1", "ICC1k",
    ]  # fmt: skip
    assert found.pairs.select("first", "second").rows() == list(combinations(["ann", "bob", "cyd", "dan"], 2))
    wide = ratings().pivot("rater", index=["id", "item"], values="resp")
    two = es.agreement(wide.select(candidate="id", task="item", ann="ann", dan="dan"))
    row = found.pairs.row(by_predicate=(pl.col("first") == "ann") & (pl.col("second") == "dan"), named=True)
    for name, own in (("exact", "exact"), ("within", "within_1"), ("kappa_quadratic", "kappa_quadratic")):
        value = two.table.row(by_predicate=pl.col("coefficient") == own, named=True)
        assert [row[name], row[f"{name}_low"]] == pytest.approx([value["value"], value["low"]])


def test_tasks_that_are_pooled_are_told_where_their_points_differ() -> None:
    same = es.agreement(ratings())
    assert "2 tasks together" in same.title
    assert [note.code for note in same.notes] == []
    doubled = ratings().with_columns(resp=pl.when(item="talk").then(pl.col("resp") * 10).otherwise("resp"))
    found = es.agreement(doubled)
    [note] = found.notes
    assert (note.code, note.values) == ("pooled-scales", {"low": 3.0, "high": 30.0})
    assert "tasks together" not in es.agreement(ratings().filter(item="talk")).title


def test_half_points_are_points() -> None:
    half = ratings().with_columns(resp=pl.col("resp") / 2)
    found, whole = es.assessors(half, apart=1), es.assessors(ratings(), apart=2)
    for name in ("kappa_quadratic", "kappa", "ac2_linear", "alpha_interval", "ICC1", "exact"):
        assert found.agreement[name] == pytest.approx(whole.agreement[name])
    assert len(found.agreement.moderation) == len(whole.agreement.moderation) > 0
    severity = found.severity.assessors
    assert severity["severity"].to_list() == pytest.approx(whole.severity.assessors["severity"].to_list())
    assert severity["fair_points"].to_list() == pytest.approx(
        [one / 2 for one in whole.severity.assessors["fair_points"]]
    )
    phi = [one.dependability.d_study["phi"].to_list() for one in (found, whole)]
    assert phi[0] == pytest.approx(phi[1])
    assert es.many_facet(half.with_columns(resp=pl.col("resp") * 3 + 0.5)).notes == ()


def test_half_points_up_to_five_are_no_bands() -> None:
    rng = np.random.default_rng(3)
    points = np.clip(
        np.round(2 * (2.5 + rng.normal(0, 1.2, (300, 1)) + rng.normal(0, 0.5, (300, 3)))) / 2, 0, 5
    )
    assert len(np.unique(points)) == 11
    found = es.many_facet(points)
    assert found.notes == ()
    assert found.thresholds["points"].to_list() == [k / 2 for k in range(1, 11)]


def test_icc_says_that_blanks_count_in_one_way_coefficients_alone() -> None:
    points = np.random.default_rng(3).integers(1, 6, (30, 3)).astype(float)
    points[:8, 2] = np.nan
    points[8, 1:] = np.nan
    found = es.icc(points)
    assert [(one.code, one.values) for one in found.notes] == [("icc-blanks", {"all": 29, "n": 21})]
    one_way = found.table.filter(type="ICC1").row(0, named=True)
    two_way = found.table.filter(type="ICC2").row(0, named=True)
    assert (one_way["df1"], two_way["df1"]) == (28, 20)
    assert "note:" in repr(found)
    assert es.icc(points[9:]).notes == ()


def test_an_assessor_who_rates_at_random_is_named() -> None:
    rng = np.random.default_rng(4)
    able = rng.normal(2.5, 1.2, (80, 1))
    points = np.clip(np.round(able + rng.normal(0, 0.7, (80, 4))), 0, 5)
    assert es.agreement(points).notes == ()
    points[:, 2] = rng.integers(0, 6, 80)
    found = es.agreement(points)
    assert [(one.code, one.values["assessor"]) for one in found.notes] == [
        ("assessor-unlike-others", "assessor 3")
    ]
    assert repr(found).endswith("[assessor-unlike-others]")


def test_figures_are_read_by_name_and_empty_tables_keep_their_columns() -> None:
    found = es.icc([[9, 2, 5], [6, 1, 3], [8, 4, 6], [7, 1, 2]])
    assert found["ICC1k"] == found.table.filter(type="ICC1k")["value"][0]
    with pytest.raises(es.ArgumentError, match="it has n, n_assessors"):
        found["ICC9"]
    with pytest.raises(TypeError):
        iter(found)
    lone = es.agreement([[1, np.nan], [np.nan, 2], [2, np.nan]])
    assert lone.pairs["kappa_quadratic"].to_list() == []
    assert lone.moderation["candidate"].to_list() == []
    fit = es.irt(es.example(n_persons=300, n_items=8), "rasch").model_fit()
    assert fit["rmsea"] == fit.rmsea
