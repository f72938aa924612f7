"""What a figure alone would hide: codes among scores, what is turned round, names that nearly match, leaked anchors, other units."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.commands.conftest import Run, run

__all__ = ["run"]

RNG = np.random.default_rng(11)
N = 300
ABILITY = RNG.normal(size=(N, 1))
RIGHT = (RNG.random((N, 12)) < 1 / (1 + np.exp(np.linspace(-1.5, 1.5, 12) - 1.5 * ABILITY))).astype(int)
POINTS = np.clip(np.rint(2.5 + 1.8 * ABILITY + 0.5 * RNG.normal(size=(N, 3))), 0, 5).astype(int)[:60]
ITEMS = [f"q{n}" for n in range(12)]


def codes(found: Any) -> set[str]:
    return {getattr(one, "code", "") for one in found.notes}


def coded(code: int) -> np.ndarray[Any, Any]:
    """A twentieth of the answers is a code for no answer."""
    return np.where(RNG.random(RIGHT.shape) < 0.06, code, RIGHT)


@pytest.mark.parametrize("code", [2, 3])
def test_a_code_among_scores_is_told_and_partial_scores_are_not(code: int) -> None:
    assert "code-among-scores" in codes(es.items(coded(code)))
    assert "code-among-scores" not in codes(es.items(RIGHT + RIGHT[:, ::-1]))


@pytest.mark.parametrize(
    "verb", [lambda data: es.irt(data, "rasch"), lambda data: es.decisions(data, 7), es.person_fit]
)
def test_an_item_that_is_turned_round_is_told(verb: Callable[[Any], Any]) -> None:
    turned = RIGHT.copy()
    turned[:, 4] = 1 - turned[:, 4]
    told = [one for one in verb(turned).notes if getattr(one, "code", "") == "reversed"]
    assert [one.values["items"] for one in told] == ["i5"]
    assert "reversed" not in codes(verb(RIGHT))


def test_an_assessor_or_a_task_that_is_turned_round_is_told() -> None:
    for turned, name in ((0, "a"), (1, "b"), (2, "c")):
        points = POINTS.copy()
        points[:, turned] = 5 - points[:, turned]
        found = es.agreement(dict(zip("abc", points.T, strict=True)))
        assert [one.values["names"] for one in found.notes if one.code == "reversed"] == [name]
        said = " ".join(map(str, es.generalizability(dict(zip("abc", points.T, strict=True))).findings))
        assert "More tasks would" not in said
    rows = {"candidate": np.repeat(np.arange(60), 2), "assessor": ["x", "y"] * 60}
    tasks = {
        "t1": POINTS.repeat(2, 0)[:, 0],
        "t2": 5 - POINTS.repeat(2, 0)[:, 1],
        "t3": POINTS.repeat(2, 0)[:, 2],
    }
    found = es.agreement(rows | tasks)
    assert [one.values["names"] for one in found.notes if one.code == "reversed"] == ["t2"]
    assert "reversed" not in codes(es.agreement(dict(zip("abc", POINTS.T, strict=True))))


def test_a_code_among_ratings_and_a_column_of_years() -> None:
    points = POINTS.copy()
    points[::6, 2] = 8
    rows = {"candidate": np.tile(np.arange(60), 3), "assessor": np.repeat(["x", "y", "z"], 60)}
    assert "code-among-scores" in codes(es.agreement(rows | {"score": points.T.ravel()}))
    assert "code-among-scores" not in codes(es.agreement(rows | {"score": POINTS.T.ravel()}))
    found = es.agreement(dict(zip("abc", POINTS.T, strict=True)) | {"year": [1, 2, 3] * 20})
    assert [one.values["names"] for one in found.notes if one.code == "columns-left-out"] == ["year"]
    with pytest.raises(es.ArgumentError, match="column years is not a column of ratings"):
        es.angoff({"judge": ["J1", "J2"], "i1": [60, 70], "i2": [40, 35], "years": [3, 12]})


def test_two_forms_in_one_file_with_a_key(run: Run, tmp_path: Path) -> None:
    """Blanks of the other form count as wrong, which is told; by form each form has its own items alone."""
    letters = np.where(RIGHT == 1, "A", "B").astype(object)
    letters[:150, 8:], letters[150:, 4:8] = "", ""
    table = pl.DataFrame({"id": range(N), "form": ["xy"[n >= 150] for n in range(N)]})
    table = table.with_columns(
        **{item: pl.Series(own, dtype=pl.String) for item, own in zip(ITEMS, letters.T, strict=True)}
    )
    path, key, alone = tmp_path / "a.csv", tmp_path / "key.csv", tmp_path / "x.csv"
    table.write_csv(path)
    table.filter(form="x").select("id", *ITEMS[:8]).write_csv(alone)
    key.write_text("item,key\n" + "".join(f"{item},A\n" for item in ITEMS))
    whole = run.json("analyse", "items", path, "--key", key, "--exclude", "form")
    assert "forms-in-file" in {one["code"] for one in whole["notes"]}
    own_key = tmp_path / "own.csv"
    own_key.write_text("item,key\n" + "".join(f"{item},A\n" for item in ITEMS[:8]))
    by_form = run.json("analyse", "items", path, "--key", key, "--by", "form")["groups"]
    expected = run.json("analyse", "items", alone, "--key", own_key)["test"]
    assert by_form[0]["test"]["kr20"] == pytest.approx(expected["kr20"], abs=1e-12)
    assert {one["code"] for one in by_form[0]["notes"]} >= {"items-not-answered"}


def test_percentages_of_fewer_items_are_told_to_be_too_favourable() -> None:
    totals = 2.5 * RNG.binomial(40, 1 / (1 + np.exp(-ABILITY[:, 0])))
    found = es.decisions(totals, 60, max_score=100)
    assert "few-of-scale" in codes(found)
    assert "too low" not in " ".join(map(str, found.notes))
    assert "few-of-scale" not in codes(es.decisions(totals / 2.5, 24, max_score=40))


def test_names_that_differ_in_letters_or_spaces_alone() -> None:
    x, y = (pl.DataFrame(RIGHT[:, :6], schema=[f"{c}{n}" for n in range(6)]) for c in "cC")
    assert "items-alike" in codes(es.equate(x.with_columns(own=pl.lit(1)), y.with_columns(other=pl.lit(1))))
    old = {"item": ["m1", "m2", "m3"], "a": [1.0, 1.2, 0.9], "b": [-1.0, 0.0, 1.0]}
    assert len(es.link(old | {"item": ["m1", "m2 ", " m3"]}, old).anchors) == 3
    with pytest.raises(es.ArgumentError, match="m3: the other table has"):
        es.link(old, old | {"item": ["x", "y", "M3"]})


def test_what_is_used_of_anchors_and_slopes_with_1_7() -> None:
    fit = es.irt(pl.DataFrame(RIGHT, schema=ITEMS), "2pl")
    known = fit.items.select("item", "a", "b").head(4)
    table = pl.concat([known, known.with_columns(item="z_" + pl.col("item"))])
    told = [
        one
        for one in es.irt(pl.DataFrame(RIGHT, schema=ITEMS), "2pl", anchors=table).notes
        if one.code == "unused-items"
    ]
    assert [(one.values["n"], one.values["of"]) for one in told] == [(4, 8)]
    scaled = fit.items.select("item", a=pl.col("a") / 2.5, b="b")
    assert "anchored-sd" in codes(es.irt(pl.DataFrame(RIGHT, schema=ITEMS), "2pl", anchors=scaled))
    assert "anchored-sd" not in codes(es.irt(pl.DataFrame(RIGHT, schema=ITEMS), "2pl", anchors=known))


def test_one_slip_among_proportions_and_levels_in_place_of_them() -> None:
    shares = {"judge": ["J1", "J2", "J3"], **{f"i{n}": [0.6, 0.7, 0.5] for n in range(6)}}
    with pytest.raises(es.ArgumentError) as refused:
        es.angoff(shares | {"i2": [1.2, 0.7, 0.5]})
    assert [one.code for one in refused.value.args] == ["rating-out-of-range"]
    with pytest.raises(es.ArgumentError, match="Levels, such as 1 to 5"):
        es.angoff({"judge": ["J1", "J2"], "i1": [4, 5], "i2": [1, 3]})


def test_sentences_of_what_is_not_known(run: Run, tmp_path: Path) -> None:
    """No nan on the screen, no reliability that there is none of, and groups that touch."""
    judge, totals, table = tmp_path / "j.csv", tmp_path / "t.csv", tmp_path / "b.csv"
    judge.write_text("judge,i1,i2\nJ1,60,40\n")
    totals.write_text(
        "id,total\n" + "".join(f"p{n},{share}\n" for n, share in enumerate((0.2, 0.5, 0.9, 0.7)))
    )
    for words in (
        ("cut", "--method", "angoff", judge),
        ("decisions", totals, "--cut", 0.6, "--max-score", 1),
    ):
        shown = run.ok("analyse", *words).out
        assert " nan" not in shown
        assert "KR-21 is used" not in shown
    found = es.contrasting_groups([10, 12, 14, 14, 16, 18], [0, 0, 0, 1, 1, 1])
    assert any("overlap at 14 points alone" in one for one in found.notes)
    table.write_text("item,a,b\ni1,1,500\ni2,1,1\n")
    judge.write_text("judge,bookmark\nJ1,2\n")
    said = run.refused("analyse", "cut", "--method", "bookmark", judge, "--parameters", table)
    assert "b.csv:2: b: b of item i1 is 500" in said


def test_the_library_has_the_column_of_rooms_and_no_zero_below_0() -> None:
    data = pl.DataFrame(RIGHT, schema=ITEMS).with_columns(room=pl.Series([n % 5 for n in range(N)]))
    assert es.copying(data, rooms="room").to_dict()["within"] == "room"
    assert es.copying(data.drop("room")).to_dict()["within"] is None
    assert str(es.results.Note("x", "r {r:.2f}", r=-0.001)) == "r 0.00"


def test_counts_and_scores_that_are_none_are_named_by_row_and_line(run: Run, tmp_path: Path) -> None:
    """As every table: the command reads cells as the library does."""
    counts = {"total": [1, 2, 3], "count": [5, -1, 2.5]}
    with pytest.raises(es.ArgumentError) as refused:
        es.equate(counts, {"total": [1, 2, 3], "count": [5, 6, 7]}, "mean")
    faults = [one.values["fault"].code for one in refused.value.args]
    assert faults == ["too-low", "not-whole"]
    path = tmp_path / "c.csv"
    path.write_text("scale,xcount,ycount\n1,5,5\n2,-1,6\n3,2.5,7\n")
    said = run.refused("analyse", "equate", path, "--design", "eg", "--method", "mean")
    assert "c.csv:3" in said
    assert "c.csv:4" in said


def test_groups_in_words_and_bookmarks_in_a_table_are_what_the_command_reads(
    run: Run, tmp_path: Path
) -> None:
    """The library takes the words and columns of the command's files; a word that is no group is named alike."""
    groups = {
        "score": [8, 9, 11, 12, 10, 13, 14, 15],
        "group": ["fail"] * 4 + ["Competent", "pass", "master", "ผ่าน"],
    }
    path, marks, table = tmp_path / "g.csv", tmp_path / "b.csv", tmp_path / "p.csv"
    pl.DataFrame(groups).write_csv(path)
    cut = run.json("analyse", "cut", "--method", "contrasting", path)["forms"][0]["cut"]
    assert es.contrasting_groups(groups["score"], groups["group"]).cut == pytest.approx(cut, abs=1e-12)
    border = ["borderline"] * 3 + ["not competent"] * 5
    assert es.borderline_group(groups["score"], border).cut == es.borderline_group([8, 9, 11]).cut
    path.write_text("score,group\n8,fail\n9,good\n12,pass\n")
    refused = run.refused("analyse", "cut", "--method", "contrasting", path)
    with pytest.raises(es.ArgumentError) as error:
        es.contrasting_groups([8, 9, 12], ["fail", "good", "pass"])
    sentence = str(error.value.args[0].values["fault"])
    assert sentence == "`good` is not a group. Write competent, borderline or not competent"
    assert sentence in refused
    marks.write_text("judge,bookmark,round\nJ1,1,1\nJ2,2,1\nJ1,3,2\nJ2,4,2\n")
    table.write_text("item,b\ne,-1\nm,0\nh,0.7\nx,1.5\n")
    cut = run.json("analyse", "cut", "--method", "bookmark", marks, "--parameters", table)["forms"][0]["cut"]
    found = es.bookmark(pl.read_csv(marks), pl.read_csv(table))
    assert found.cut == pytest.approx(cut, abs=1e-12)
    assert found.judges is not None
    assert found.judges["bookmark"].to_list() == [3, 4]


def test_advice_names_what_helps(run: Run, tmp_path: Path) -> None:
    """Options without a key, half points where totals are taken, keys of two forms in one table."""
    path, key = tmp_path / "a.csv", tmp_path / "key.csv"
    options = np.where(RIGHT == 1, 1, 2 + RIGHT.cumsum(axis=1) % 3)
    pl.DataFrame(options, schema=ITEMS).with_row_index("id").write_csv(path)
    [note] = [one for one in run.json("analyse", "items", path)["notes"] if one["code"] == "no-zero"]
    assert "give their key" in note["message"]
    pl.DataFrame(RIGHT / 2, schema=ITEMS).with_row_index("id").write_csv(path)
    assert "give total scores" in run.refused("analyse", "decisions", path, "--cut", 5)
    with pytest.raises(es.ArgumentError, match="give total scores"):
        es.decisions(RIGHT / 2, 5)
    key.write_text("form,item,key\nx,q0,A\ny,q0,B\n")
    assert "Analyse each form by itself" in run.refused("analyse", "items", path, "--key", key)


def test_a_key_of_two_forms_serves_the_file_of_one(run: Run, tmp_path: Path) -> None:
    """As it serves both files together; a column without a key may be an item under another name, which is
    refused."""
    letters = pl.DataFrame(np.where(RIGHT == 1, "A", "B"), schema=ITEMS).with_row_index("id")
    x, y, key, own = (tmp_path / f"{name}.csv" for name in ("x", "y", "key", "own"))
    letters.select("id", *ITEMS[:8]).write_csv(x)
    key.write_text("item,key\n" + "".join(f"{item},A\n" for item in ITEMS))
    own.write_text("item,key\n" + "".join(f"{item},A\n" for item in ITEMS[:8]))
    found = run.json("analyse", "items", x, "--key", key)
    assert found["test"] == run.json("analyse", "items", x, "--key", own)["test"]
    assert [one["values"]["n"] for one in found["notes"] if one["code"] == "key-of-others"] == [4]
    assert "key-of-others" in codes(es.read_responses(x, key=key))
    letters.select("id", *ITEMS[:8], extra="q9").write_csv(y)
    assert "no column for 4 items" in run.refused("analyse", "items", y, "--key", key)


def test_two_files_of_which_one_has_the_excluded_column(run: Run, tmp_path: Path) -> None:
    x, y = tmp_path / "x.csv", tmp_path / "y.csv"
    scores = pl.DataFrame(RIGHT, schema=ITEMS).with_row_index("id")
    scores.with_columns(sex=pl.lit("f")).write_csv(x)
    scores.rename({"q11": "other"}).write_csv(y)
    run.ok("analyse", "equate", x, y, "--exclude", "sex", "--method", "linear")
    assert es.read_responses([x, y], exclude=["sex"]).n_items == 13
    assert "no column age" in run("analyse", "equate", x, y, "--exclude", "age").text
    with pytest.raises(es.ArgumentError, match="no column age"):
        es.read_responses([x, y], exclude=["age"])


def test_totals_may_be_called_score(run: Run, tmp_path: Path) -> None:
    """With other columns beside them, as cut scores and candidates' results have them."""
    totals = RIGHT.sum(axis=1)
    x, y = tmp_path / "x.csv", tmp_path / "y.csv"
    pl.DataFrame({"id": range(N), "total": totals}).write_csv(x)
    pl.DataFrame({"id": range(N), "score": totals, "rank": range(N)}).write_csv(y)
    found = run.json("analyse", "equate", x, y, "--method", "mean")
    own = es.equate(pl.read_csv(x), pl.read_csv(y), "mean")
    assert [one["equated"] for one in found["table"]] == own.table["equated"].to_list()


def test_a_rating_scale_that_is_turned_round_is_told_without_a_word_of_keys() -> None:
    points = np.clip(np.rint(2.5 + ABILITY + RNG.normal(size=(N, 6))), 0, 5).astype(int)
    points[:, 2] = 5 - points[:, 2]
    [told] = [str(one) for one in es.irt(points, "grm").notes if getattr(one, "code", "") == "reversed"]
    assert "its scale is turned round" in told
    assert "key" not in told


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
