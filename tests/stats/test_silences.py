"""Data that a figure alone would hide: the command and the library tell the same of them, by a note."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from examgen.stats.results import Note
from tests.commands.conftest import Run, run
from tests.effort import some
from tests.stats.both_ways import Case, same_or_refused
from tests.stats.both_ways import answers as table

__all__ = ["run"]


def right(n: int, difficulties: Any, mean: float = 0.0, seed: int = 1) -> np.ndarray[Any, Any]:
    """Answers of n persons to items of a Rasch model."""
    rng = np.random.default_rng(seed)
    ability = rng.normal(mean, 1.2, size=(n, 1))
    return (rng.random((n, len(difficulties))) < 1 / (1 + np.exp(np.array(difficulties) - ability))).astype(
        int
    )


def notes_of(found: Any) -> list[Note]:
    """The notes of a result."""
    return list(found.notes)


# ── equating ─────────────────────────────────────────────────────────────────────────────────

ANCHOR = [f"A{n}" for n in range(10)]
LEVELS = np.linspace(-1.2, 1.2, 10)
OWN = np.linspace(-1, 1, 15)
NEW, OLD = ([*ANCHOR, *(f"{form}{n}" for n in range(15))] for form in "XY")
OLDER = table(right(900, [*LEVELS, *OWN]), OLD)


def newer(drift: float = 0.0, mean: float = 0.0, *, reverse: bool = False) -> pl.DataFrame:
    """A form with the anchor's first item but one easier by `drift`, or coded the other way round."""
    cells = right(700, [*(LEVELS - drift * (np.arange(10) == 1)), *OWN], mean, seed=2)
    cells[:, 1] = 1 - cells[:, 1] if reverse else cells[:, 1]
    return table(cells, NEW, "Q")


EQUATING = {
    "alike": Case(
        (newer(), OLDER), "equate 0 1", es.equate, {"method-chosen"},
        frozenset({"anchor-drift", "anchor-reversed"}),
    ),
    "an item of the anchor drifted": Case((newer(1.0), OLDER), "equate 0 1", es.equate, {"anchor-drift"}),
    "an item of the anchor reversed": Case(
        (newer(reverse=True), OLDER), "equate 0 1", es.equate, {"anchor-reversed"}
    ),
    "a cut above the full score": Case(
        (newer(), OLDER), "equate 0 1 --cut 60", lambda x, y: es.equate(x, y, cut=60), {"cut-above"}
    ),
    "linear with an anchor": Case(
        (newer(), OLDER), "equate 0 1 --method linear", lambda x, y: es.equate(x, y, "linear"),
        {"method-with-anchor"}, frozenset({"method-chosen"}),
    ),
    "tucker": Case(
        (newer(), OLDER), "equate 0 1 --method tucker", lambda x, y: es.equate(x, y, "tucker"), set(),
        frozenset({"method-with-anchor"}),
    ),
    "groups apart": Case((newer(mean=-0.8), OLDER), "equate 0 1", es.equate, {"method-chosen", "groups-apart"}),
}  # fmt: skip

# ── columns, rows and cells ──────────────────────────────────────────────────────────────────

RNG = np.random.default_rng(7)
N, ITEMS = 300, [f"Q{n}" for n in range(24)]
ANSWERS = right(N, np.linspace(-1.5, 1.5, 24), seed=3)


def with_column(values: object, name: str = "extra") -> pl.DataFrame:
    """The answers, and a column more."""
    return table(ANSWERS, ITEMS).with_columns(pl.Series(name, np.asarray(values)))


# ── ratings ──────────────────────────────────────────────────────────────────────────────────

JUDGES = ("ann", "bob", "cyd", "dan")
POINTS = np.clip(
    np.rint(RNG.normal(size=(60, 1, 1)) + np.array([-0.4, 0, 0.2, 0.5])[:, None] + RNG.normal(size=(60, 4, 3)) + 2), 0, 4
).astype(int)  # fmt: skip
POINTS[:2] = np.array([0, 4])[:, None, None]


def rated(points: np.ndarray[Any, Any], **more: Any) -> pl.DataFrame:
    """A row for each candidate and assessor, with a column for each task."""
    n, judges, _ = points.shape
    names = {"candidate_id": np.repeat([f"K{k}" for k in range(n)], judges), "assessor": [*JUDGES] * n}
    tasks = {f"T{k + 1}": points[:, :, k].ravel() for k in range(points.shape[2])}
    return pl.DataFrame(names | tasks | {name: one.ravel() for name, one in more.items()})


def by(judge: int, value: object) -> np.ndarray[Any, Any]:
    """The points, with others of one assessor."""
    points: np.ndarray[Any, Any] = POINTS.copy()
    points[:, judge] = value
    return points


RATINGS = {
    "one in per cent": (by(2, POINTS[:, 2] * 25), {"other-scale"}),
    "one from 1 to 5": (by(2, POINTS[:, 2] + 1), {"other-scale"}),
    "one gives all points": (by(0, 4), {"not-estimable"}),
}
ASSESSORS = {
    name: Case((rated(points),), "assessors 0", es.assessors, codes, frozenset({"columns-left-out"}))
    for name, (points, codes) in RATINGS.items()
} | {
    "a column of totals": Case(
        (rated(POINTS, total=POINTS.sum(axis=2)),), "assessors 0", es.assessors, {"columns-left-out"},
        frozenset({"other-scale", "not-estimable"}),
    ),
}  # fmt: skip


# ── groups ───────────────────────────────────────────────────────────────────────────────────


def crossing() -> pl.DataFrame:
    """An item that tells much in one group and little in the other, at the same difficulty."""
    rng = np.random.default_rng(5)
    ability, group = rng.normal(size=2000), np.arange(2000) % 2
    difficulties = np.linspace(-1.5, 1.5, 24)
    slopes = np.where((np.arange(24) == 12) & (group[:, None] == 1), 0.2, 1.5)
    cells = (rng.random((2000, 24)) < 1 / (1 + np.exp(slopes * (difficulties - ability[:, None])))).astype(
        int
    )
    return table(cells, ITEMS).with_columns(pl.Series("sex", ["mf"[one] for one in group]))


GROUPS = {
    "an item that crosses": Case(
        (crossing(),), "dif 0 --group sex --focal f", lambda data: es.dif(data, "sex", focal="f"), {"non-uniform"}
    ),
    "an item that crosses in one of two focal groups": Case(
        (crossing().with_columns(sex=pl.when(pl.int_range(pl.len()) % 4 == 0).then(pl.lit("n")).otherwise("sex")),),
        "dif 0 --group sex --reference m", lambda data: es.dif(data, "sex", reference="m"), {"non-uniform"},
    ),
    "one person in the reference group": Case(
        (with_column(["r", *["f"] * (N - 1)], "sex"),), "dif 0 --group sex --focal f",
        lambda data: es.dif(data, "sex", focal="f"), {"few-in-group"},
    ),
    "spaces": Case(
        (with_column([("f", "m", "f ")[n % 3] for n in range(N)], "sex"),), "dif 0 --group sex --focal f",
        lambda data: es.dif(data, "sex", focal="f"), {"spaces-around"}, frozenset({"non-uniform"}),
    ),
}  # fmt: skip


# ── judges ───────────────────────────────────────────────────────────────────────────────────

PERCENT = np.clip(5 * np.rint(RNG.normal(size=(10, 12)) * 2 + RNG.normal(size=12) * 3 + 12), 20, 95)


def judged(percent: np.ndarray[Any, Any], **more: Any) -> pl.DataFrame:
    """A row for each judge, with a column for each item."""
    rows = table(percent, [f"Q{n}" for n in range(percent.shape[1])], "J").rename({"id": "judge"})
    return rows.with_columns(**{name: pl.Series(values) for name, values in more.items()})


JUDGED: dict[str, tuple[pl.DataFrame, set[str]]] = {
    "points of ten as percentages": (judged(PERCENT / 10), {"low-percentages"}),
    "one judge of ten": (
        judged(np.where(np.arange(10)[:, None] == 2, PERCENT / 10, PERCENT)), {"judge-on-other-scale"},
    ),
    "a column that is no rating": (
        judged(PERCENT, tenure=[3, 12, 7, 20, 15, 9, 4, 30, 11, 6]), {"item-in-other-steps"},
    ),
    "a last row of means": (
        pl.concat([judged(PERCENT), judged(PERCENT.mean(axis=0, keepdims=True)).with_columns(judge=pl.lit("ค่าเฉลี่ย"))]),
        {"is-summary"},
    ),
    "a column of rounded means": (judged(PERCENT, overall=np.rint(PERCENT.mean(axis=1))), {"is-summary", "item-in-other-steps"}),
    "percentages": (judged(PERCENT), set()),
}  # fmt: skip
OF_JUDGES = {"low-percentages", "judge-on-other-scale", "item-in-other-steps", "is-summary"}
NOISE = table(np.random.default_rng(4).integers(0, 2, (300, 10)), ITEMS[:10])
MODELS = {
    "noise": Case((NOISE,), "irt 0", es.irt, {"slopes-by-chance", "difficulty-unknown"}),
    "answers": Case(
        (table(ANSWERS, ITEMS),), "irt 0", es.irt, set(), frozenset({"slopes-by-chance", "difficulty-unknown"})
    ),
    "few persons": Case(
        (table(ANSWERS[:60], ITEMS),), "decisions 0 --cut 12", lambda data: es.decisions(data, 12),
        {"few-candidates"},
    ),
    "persons": Case(
        (table(ANSWERS, ITEMS),), "decisions 0 --cut 12", lambda data: es.decisions(data, 12), set(),
        frozenset({"few-candidates"}),
    ),
}  # fmt: skip
KNOWN = pl.DataFrame({"item": ITEMS[:12], "a": 1.2, "b": np.linspace(-2, 2, 12)})
OF_KNOWN = table(right(400, np.linspace(-2, 2, 12)), ITEMS[:12])
for name, known, codes in (
    ("right", KNOWN, set[str]()),
    ("with the constant 1.7", KNOWN.with_columns(pl.col("a") * 1.7), {"anchors-unit"}),
    ("on another scale", KNOWN.with_columns(pl.col("b") + 3), {"population-unlike"}),
):
    MODELS[f"known items {name}"] = Case(
        (OF_KNOWN, known), "irt 0 --anchors 1 --fix-ability 0,1",
        lambda data, items: es.irt(data, anchors=items, fix_ability=(0, 1)), codes,
        frozenset({"anchors-unit", "population-unlike"} - codes if not codes else set()),
    )  # fmt: skip
MODELS["known items divided by the constant 1.7"] = Case(
    (OF_KNOWN, KNOWN.with_columns(a=1 / 1.7)), "irt 0 --anchors 1",
    lambda data, items: es.irt(data, anchors=items), {"anchors-unit"},
)  # fmt: skip
FOUR = KNOWN.with_columns(a=1 / 1.7)[::4].vstack(KNOWN.with_columns(a=1 / 1.7)[11:])
MODELS["four of the items divided by the constant 1.7"] = Case(
    (OF_KNOWN, FOUR), "irt 0 --anchors 1", lambda data, items: es.irt(data, anchors=items), {"anchors-unit"},
)  # fmt: skip
MODELS["four of the items"] = Case(
    (OF_KNOWN, FOUR.with_columns(a=1.0)), "irt 0 --anchors 1", lambda data, items: es.irt(data, anchors=items), set(),
    frozenset({"anchors-unit"}),
)  # fmt: skip
MODELS["persons without any score"] = Case(
    (OF_KNOWN.with_columns(pl.when(pl.int_range(pl.len()) > 1).then(pl.exclude("id"))),),
    "irt 0", es.irt, {"empty-candidates"},
)  # fmt: skip
MODELS["a reference without groups"] = Case(
    (OF_KNOWN,), "irt 0 --reference x", lambda data: es.irt(data, reference="x"), {"reference-without-groups"}
)

# ── data that contradict each other ──────────────────────────────────────────────────────────

STEPS = ANSWERS[:, :8] + ANSWERS[:, 8:16] + ANSWERS[:, 16:]
SUMS = ANSWERS.sum(axis=1)
HALF = ANSWERS.copy()
HALF[:, ::2] = 1 - HALF[:, ::2]
ROOM = pl.Series("room", RNG.integers(1, 6, N))
GRADE = pl.Series("grade", np.searchsorted([6, 10, 14, 18], SUMS, side="right"))
WIDE = pl.DataFrame(
    {"candidate_id": [f"K{n}" for n in range(60)], **dict(zip(JUDGES, POINTS[:, :, 0].T, strict=True))}
)
LONG = pl.DataFrame({
    "candidate_id": np.repeat([f"K{n}" for n in range(60)], 4), "assessor": [*JUDGES] * 60,
    "points": POINTS[:, :, 0].ravel(), "round": np.arange(240) // 120 + 1,
})  # fmt: skip


def totals(scores: Any, prefix: str = "P") -> pl.DataFrame:
    """A row for each person, with a total score."""
    return pl.DataFrame({"id": [f"{prefix}{n}" for n in range(len(scores))], "total": scores})


def consistent(table: pl.DataFrame, codes: set[str], silent: str = "", more: str = "", **how: Any) -> Case:
    """A case of decisions."""
    words = f"decisions 0 --cut 12 {more}"
    return Case((table,), words, lambda data: es.decisions(data, 12, **how), codes, frozenset(silent.split()))


DOUBTS = "reversed is-pass-mark unlike far-below-full"
CONTRADICTIONS = {
    "half of the items reversed": consistent(table(HALF, ITEMS), {"reversed"}),
    "a grade made from the total": consistent(table(ANSWERS, ITEMS).with_columns(GRADE), {"is-pass-mark"}),
    "a room among points": consistent(table(STEPS, ITEMS[:8]).with_columns(ROOM), {"unlike"}),
    "points": consistent(table(STEPS, ITEMS[:8]), set(), DOUBTS),
    "a wrong full score": consistent(
        table(ANSWERS, ITEMS), {"far-below-full"}, more="--max-score 60", max_score=60
    ),
    "formula scores": Case(
        (totals(1.25 * SUMS - 6),), "decisions 0 --cut 12 --max-score 24 --min-score -6 --reliability 0.8",
        lambda data: es.decisions(data, 12, max_score=24, min_score=-6, reliability=0.8), {"below-0"},
        frozenset({"few-of-scale"}),
    ),
    "the same persons twice": Case(
        (totals(SUMS), totals(SUMS + RNG.integers(-2, 3, N) + 2)), "equate 0 1 --method linear --points 28",
        lambda x, y: es.equate(x, y, "linear", points=28), {"same-persons"},
    ),
    "other persons": Case(
        (totals(SUMS), totals(RNG.permutation(SUMS))), "equate 0 1 --method linear --points 28",
        lambda x, y: es.equate(x, y, "linear", points=28), set(), frozenset({"same-persons", "two-scales"}),
    ),
    "points and percentages": Case(
        (totals(np.where(np.arange(N) % 2, np.rint(SUMS / 24 * 20) * 5, np.rint(SUMS / 24 * 20))), totals(SUMS, "Q")),
        "equate 0 1 --method linear --points 100", lambda x, y: es.equate(x, y, "linear", points=100), {"two-scales"},
    ),
    "a final column": Case(
        (WIDE.with_columns(final=pl.mean_horizontal(JUDGES).round()),), "assessors 0", es.assessors, {"is-summary"}
    ),
    "no final column": Case((WIDE,), "assessors 0", es.assessors, set(), frozenset({"is-summary", "two-scales"})),
    "a round that is not used": Case((LONG,), "assessors 0", es.assessors, {"columns-left-out"}),
    "files on two scales": Case(
        (pl.concat([WIDE, WIDE.select("candidate_id", pl.exclude("candidate_id") * 25)])
         .with_columns(candidate_id=pl.int_range(pl.len()).cast(pl.String)),),
        "assessors 0", es.assessors, {"two-scales"},
    ),
}  # fmt: skip
for groups, is_told in (([9, 10, 11], False), ([9, 10], False), ([5, 9, 13], False), ([1, 2, 1, 2, 9], True)):
    CONTRADICTIONS[f"groups {groups}"] = Case(
        (with_column([groups[n % len(groups)] for n in range(N)], "sex"),), f"dif 0 --group sex --reference {groups[0]}",
        lambda data, first=groups[0]: es.dif(data, "sex", reference=first), {"word-as-group"} if is_told else set(),
        frozenset() if is_told else frozenset({"word-as-group"}),
    )  # fmt: skip
CASES = {**EQUATING, **ASSESSORS, **GROUPS, **MODELS}


@pytest.mark.parametrize(
    "name", [*some(CASES, 28), *CONTRADICTIONS, *(one for one in MODELS if one.startswith("four"))]
)
def test_told_both_ways(run: Run, tmp_path: Path, name: str) -> None:
    {**CASES, **CONTRADICTIONS}[name].hold(run, tmp_path)


def test_auto_takes_levine_where_groups_are_apart() -> None:
    """As docs/standard-setting.md says; the note gives the reason."""
    between = es.equate(newer(mean=-0.45), OLDER)
    assert between.anchor is not None
    assert 0.2 <= between.anchor["groups"] < 0.3
    assert between.figures["groups_apart"] == between.anchor["groups"]
    assert between.method == "chained-linear"
    found = es.equate(newer(mean=-0.8), OLDER)
    assert found.method == "levine"
    chosen = next(one for one in notes_of(found) if one.code == "method-chosen")
    assert chosen.values["off"] >= 0.3
    assert "standard deviations apart" in chosen
    assert es.equate(newer(), OLDER).method == "tucker"
    totals = [one.select(total=pl.sum_horizontal(pl.exclude("id"))) for one in (newer(), OLDER)]
    assert "The data cannot check this" in es.equate(totals[0], totals[1]).findings[-1]
    assert "cannot check" not in found.findings[-1]


@pytest.mark.parametrize("name", ["one in per cent", "one from 1 to 5"])
@pytest.mark.parametrize("verb", [es.agreement, es.icc, es.many_facet, es.generalizability])
def test_a_scale_of_ones_own_is_told_by_every_verb(verb: Callable[..., Any], name: str) -> None:
    found = verb(rated(RATINGS[name][0]))
    assert [one.values["name"] for one in found.notes if one.code == "other-scale"] == ["cyd"]


def test_an_assessor_without_a_finite_severity() -> None:
    found = es.many_facet(rated(RATINGS["one gives all points"][0]))
    row = found.assessors.row(by_predicate=pl.col("assessor") == "ann", named=True)
    assert [row[name] for name in ("severity", "infit", "outfit", "fair_points")] == [None] * 4
    assert any("ann gave only the highest" in one for one in found.notes)
    assert "Among those whose severity can be estimated" in found.findings[0]


def test_the_correlation_where_all_rate_all_is_two_way(run: Run, tmp_path: Path) -> None:
    rated(POINTS).write_csv(tmp_path / "r.csv")
    crossed = es.agreement(rated(POINTS))
    table = {row["type"]: row["value"] for row in es.icc(rated(POINTS)).table.to_dicts()}
    assert [crossed["ICC2"], crossed["ICC2k"]] == [table["ICC2"], table["ICC2k"]]
    shown = run.ok("analyse", "assessors", tmp_path / "r.csv").out
    assert f"ICC of totals                  {table['ICC2']:.3f}" in shown
    assert "Gwet's AC2, quadratic weights" in shown
    assert "ICC2)" in shown
    some = rated(POINTS).filter(pl.int_range(pl.len()) != 3)
    assert "ICC2" not in es.agreement(some).table["coefficient"]


def test_a_dependability_that_only_rounds_to_what_is_wanted() -> None:
    found = es.generalizability(rated(POINTS))
    phi = found.d_study.filter(n_assessors=4)["phi"][0]
    for wanted in (phi - 0.01, round(phi, 2), phi + 0.0001, min(phi + 0.1, 0.999)):
        said = " ".join(map(str, es.generalizability(rated(POINTS), phi=wanted).findings))
        assert ("just below" in said) == (phi < wanted <= round(phi, 2))


def test_groups_with_spaces_are_told_where_they_are_a_list_too() -> None:
    data, groups = table(ANSWERS, ITEMS), [("f", "m", "f ")[n % 3] for n in range(N)]
    for found in (es.dif(data, groups, focal="f"), es.irt(data, "rasch", groups=groups)):
        assert [str(one) for one in notes_of(found) if one.code == "spaces-around"] == [
            "groups: f also occur with spaces around them, and count as the same"
        ]


def test_columns_without_scores_are_told_in_one_line(run: Run, tmp_path: Path) -> None:
    options = table(np.where(ANSWERS == 1, "A", "B"), ITEMS)
    options.write_csv(tmp_path / "o.csv")
    said = run.refused("analyse", "items", tmp_path / "o.csv")
    assert said.count("contain") == 2
    assert "24 columns (Q0, Q1" in said
    with pytest.raises(es.ArgumentError, match=r"24 columns .*key"):
        es.items(options)


@pytest.mark.parametrize("name", JUDGED)
def test_ratings_of_judges_on_doubtful_scales(run: Run, tmp_path: Path, name: str) -> None:
    data, codes = JUDGED[name]
    data.write_csv(tmp_path / "j.csv")
    words = ("--method", "angoff", tmp_path / "j.csv", "--scale", "percent")
    ours = run.json("analyse", "cut", *words)["notes"]
    theirs = es.angoff(data, scale="percent").notes
    assert [one["message"] for one in ours] == [str(one) for one in theirs]
    assert {one["code"] for one in ours} & OF_JUDGES == codes


def test_points_of_ten_are_asked_for() -> None:
    with pytest.raises(es.ArgumentError, match=r"If these are points of 10, divide them by 10"):
        es.angoff(judged(PERCENT / 10))


def test_ids_that_repeat_among_judged_candidates(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    scores = rng.integers(5, 20, 80)
    ids = [f"K{n % 75}" for n in range(80)]
    data = pl.DataFrame({"candidate_id": ids, "score": scores, "group": np.where(scores > 12, "competent", "not competent"),
                         "grade": scores // 5})  # fmt: skip
    path = tmp_path / "b.csv"
    for method, table_, more in (
        ("contrasting", data, ()),
        ("borderline", data.with_columns(group=pl.lit("borderline")), ()),
        ("regression", data, ("--border", "2")),
    ):
        table_.write_csv(path)
        notes = {
            one["code"]: one["values"]
            for one in run.json("analyse", "cut", "--method", method, path, *more)["notes"]
        }
        assert notes["ids-repeated"] == {"n": 5}
    several = pl.concat([data.head(75).with_columns(judge=pl.lit(judge)) for judge in "AB"])
    several.write_csv(path)
    found = run.json("analyse", "cut", "--method", "contrasting", path)["notes"]
    assert "ids-repeated" not in {one["code"] for one in found}
    answers = table(ANSWERS, ITEMS).with_columns(id=pl.Series([f"P{n % 290}" for n in range(N)]))
    assert "ids-repeated" in {one.code for one in es.borderline_group(answers).notes}


def test_kr21_has_one_divisor_wherever_it_stands() -> None:
    data = table(ANSWERS, ITEMS)
    totals = ANSWERS.sum(axis=1)
    found = es.decisions(totals, 12, max_score=24)
    assert found.reliability == pytest.approx(es.items(data).test["kr21"], rel=1e-12)


def test_a_zero_among_whole_numbers_is_one(run: Run, tmp_path: Path) -> None:
    paths = [tmp_path / "x.csv", tmp_path / "y.csv"]
    for path, data in zip(paths, (newer(), OLDER), strict=True):
        data.write_csv(path)
    shown = run.ok("analyse", "equate", *paths).out
    assert [line.split()[2:] for line in shown.splitlines() if line.startswith("least score")] == [["0", "0"]]


def test_the_table_of_totals_is_on_the_screen(run: Run, tmp_path: Path) -> None:
    table(ANSWERS, ITEMS).write_csv(tmp_path / "a.csv")
    assert "SEM (Keats)" in run.ok("analyse", "items", tmp_path / "a.csv", "--verbose").out
    assert "SEM (Keats)" not in run.ok("analyse", "items", tmp_path / "a.csv").out


def test_a_total_is_told_among_any_number_of_items_with_points() -> None:
    points = np.random.default_rng(3).integers(0, 3, (120, 70))
    cells = np.column_stack([points, points.sum(axis=1)])
    noted = es.items(cells).notes
    assert [one.values["items"] for one in noted if isinstance(one, Note) and one.code == "is-sum"] == ["i71"]


def test_an_assessor_who_always_agrees_with_another_is_named(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    true = rng.integers(1, 5, 60)
    own = np.clip(true[:, None] + rng.integers(-1, 2, (60, 3)), 0, 5)
    ratings = pl.DataFrame(own, [f"A{n}" for n in range(3)], orient="row").insert_column(
        0, pl.Series("candidate", [f"S{n}" for n in range(60)])
    )
    assert "assessors-alike" not in {one.code for one in es.agreement(ratings).notes}
    copied = ratings.with_columns(A3=pl.col("A1"))
    [told] = [one for one in es.assessors(copied).notes if one.code == "assessors-alike"]
    assert (told.values["first"], told.values["second"], told.values["n"]) == ("A1", "A3", 60)
    copied.write_csv(tmp_path / "r.csv")
    assert (
        "A1 and A3 gave the same points in all of their 60"
        in run.ok("analyse", "assessors", tmp_path / "r.csv").out
    )


def test_judges_with_the_same_limits_show_no_error() -> None:
    limits = pl.DataFrame(
        {"judge": list("ABC"), "min_cut": 10, "max_cut": 15, "min_fail": 0.1, "max_fail": 0.6}
    )
    found = es.hofstee(ANSWERS.sum(axis=1), limits, points=24)
    assert found.se == 0
    assert [one.code for one in found.notes] == ["judges-agree"]


def test_bookmarks_after_the_last_page_are_told_once_and_have_no_error() -> None:
    items = pl.DataFrame({"item": ["a", "b", "c"], "a": 1.1, "b": [-1.3, 0.2, 0.7]})
    found = es.bookmark(dict.fromkeys(["ann", "bob", "cyd", "dee", "eve", "fay"], 4), items)
    told = [one for one in found.notes if one.code.startswith("bookmark-behind")]
    assert (found.se, [one.values["judge"] for one in told]) == (0.0, ["ann, bob, cyd, dee, eve, fay"])


def test_an_item_with_two_rows_of_parameters_is_refused_by_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("item,a,b\nq1,1,-1\nq2,1,0\nq1,1,1\n")
    (tmp_path / "m.csv").write_text("judge,bookmark\nJ1,2\nJ2,2\n")
    asked = ("analyse", "cut", tmp_path / "m.csv", "--method", "bookmark", "--parameters", tmp_path / "p.csv")
    assert "p.csv:4: the item is in an earlier row, too" in run(*asked).err


def test_items_are_taken_out_of_responses_and_other_arguments_are_refused() -> None:
    data = es.example("choices", n_persons=300, n_items=6)
    found = es.responses(data, exclude=["I02"])
    assert found.items == ("I01", "I03", "I04", "I05", "I06")
    assert found.others["I02"].to_list() == data.frame()["I02"].to_list()
    raw = data.frame().drop("I02")
    assert es.reliability(found)["alpha"] == pytest.approx(es.reliability(raw)["alpha"], abs=1e-12)
    assert es.items(found).alarms.equals(es.items(found).alarms)
    assert es.responses(data, items=["I03", "I01"]).items == ("I03", "I01")
    assert es.responses(data).items == data.items
    with pytest.raises(es.ArgumentError, match=r"nope.* is no item"):
        es.responses(data, exclude=["nope"])
    for argument in ({"key": "ABCDAB"}, {"missing": [9]}, {"persons": "id"}, {"omitted_wrong": False}):
        with pytest.raises(es.ArgumentError, match="go where they are read"):
            es.responses(data, **argument)


def test_omitted_answers_in_scores_are_told_of_a_model_as_of_items() -> None:
    frame = es.example(n_persons=400, n_items=6).frame().with_columns(pl.col("I01").cast(pl.String))
    data = frame.with_columns(
        pl.when(pl.int_range(400) < 20).then(pl.lit("OM")).otherwise("I01").alias("I01")
    )
    read = es.responses(data, missing={"OM": "omitted"})
    for found in (es.items(read), es.irt(read, "rasch")):
        assert "omitted-scores" in {one.code for one in notes_of(found)}


def test_the_rasch_model_of_several_points_is_named() -> None:
    data = es.example("partial", n_persons=200, n_items=4)
    for model, other in (("rasch", "pcm"), ("2pl", "grm or gpcm")):
        with pytest.raises(es.ArgumentError, match=f"model {other} for all"):
            es.irt(data, model)


def test_a_cut_rounded_on_the_test_of_effective_length_is_told() -> None:
    totals = np.random.default_rng(5).binomial(20, np.random.default_rng(6).beta(5, 5, 400))
    told = {}
    for reliability in (0.70, 0.72, 0.76, 0.787):
        found = es.decisions(totals, 11, reliability=reliability, max_score=20, methods="livingston-lewis")
        told[reliability] = "cut-rounded" in {one.code for one in notes_of(found)}
    assert told == {0.70: True, 0.72: True, 0.76: False, 0.787: False}


def test_steps_that_follow_from_the_highest_points_given_are_told() -> None:
    rng = np.random.default_rng(2)
    rows = [
        {"candidate": f"C{c}", "assessor": f"R{r}", "task": f"T{t}", "points": int(rng.integers(0, 6 - (t == 1)))}
        for c in range(30) for r in range(3) for t in (1, 2, 3)
    ]  # fmt: skip
    told = [one for one in notes_of(es.many_facet(pl.DataFrame(rows))) if one.code == "steps-by-task"]
    assert [(one.values["high"], one.values["low"], one.values["tasks"]) for one in told] == [
        (5.0, 4.0, "T1")
    ]
    named = es.many_facet(pl.DataFrame(rows), steps="rating-scale")
    assert "steps-by-task" not in {one.code for one in notes_of(named)}


def test_blanks_of_a_file_of_scores_are_flagged_as_those_of_options_are() -> None:
    data = (
        es.example(n_persons=300, n_items=6)
        .frame()
        .with_columns(pl.when(pl.int_range(300) < 60).then(-2).otherwise(pl.col("I06")).alias("I06"))
    )
    flagged = {row["item"]: row["flags"] for row in es.items(data).items.to_dicts()}
    assert "many-blanks" in flagged.pop("I06")
    assert not any("many-blanks" in flags for flags in flagged.values())


def test_tables_of_parameters_are_read_alike_by_cut_and_library(run: Run, tmp_path: Path) -> None:
    """With any further columns, also those of `analyse irt --out`; p is that of a test, not the facility."""
    items = [f"i{n}" for n in range(1, 9)]
    table = pl.DataFrame({"item": items, "a": [1.2] * 8, "b": np.linspace(-2, 2, 8), "p": [0.9] * 8})
    marks = pl.DataFrame({"judge": ["J1", "J2", "J3"], "bookmark": [4, 5, 5]})
    ratings = pl.DataFrame({"judge": ["J1", "J2", "J3"], **{item: [0.5, 0.6, 0.7] for item in items}})
    lacking = table.with_columns(pl.when(pl.col("item") != "i4").then(pl.col("b")).alias("b"))
    for name, one in (("marks", marks), ("ratings", ratings)):
        one.write_csv(tmp_path / f"{name}.csv")
    known = tmp_path / "known.csv"
    cut = "analyse", "cut", tmp_path / "marks.csv", "--method", "bookmark", "--parameters", known, "--json"
    table.write_csv(known)
    found = run.json(*cut)["forms"][0]
    assert found["judged"] == pytest.approx(es.bookmark(marks, table).judged, abs=1e-12)
    for parameters in (table.rename({"a": "discrimination"}), lacking):
        parameters.write_csv(known)
        assert same_or_refused(run(*cut), partial(es.bookmark, marks, parameters))
    table.write_csv(known)
    words = "--method", "angoff", "--statistics", known, "--json"
    found = run.json("analyse", "cut", tmp_path / "ratings.csv", *words)["forms"][0]
    assert found["judged"] == pytest.approx(es.angoff(ratings, statistics=table).judged, abs=1e-12)
    assert "facility" not in es.angoff(ratings, statistics=table).judges.columns
