"""The figures of each report, counted once more from the files of its run by polars and scipy.

What the pages say word for word, and every table beside them, stands in `test_pages.py`; here the numbers that
decide are reckoned without examgen: from candidates.csv, pc_coverage.csv, key.csv and statistics.csv alone.
"""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from openpyxl import load_workbook
from polars.testing import assert_frame_equal

from tests.effort import some
from tests.reports.readback import measures
from tests.reports.readback.conftest import Packages
from tests.reports.readback.packages import report
from tests.reports.readback.reader import Page
from tests.reports.readback.workspace import sat

PERCENT = 100 * pl.col("score") / pl.col("max_score")
RUNS = [("large", 1), ("small", 1), ("middle", 1), ("middle", 2), ("marked", 2), ("one", 1)]


def read(path: Path) -> pl.DataFrame:
    return pl.read_csv(
        path, schema_overrides={"candidate_id": pl.String, "place": pl.String}, infer_schema_length=None
    )


def run_of(package: Path, run: int) -> pl.DataFrame:
    """The candidates of a run with their score in per cent and where they sat."""
    folder = package / "results" / "runs" / f"{run:04d}"
    people = read(folder / "candidates.csv").with_columns(
        percent=PERCENT, passed=pl.col("decision") == "pass"
    )
    where = next((name for name in ("centre", "room") if name in people.columns), None)
    if where is None and (folder / "places.csv").is_file():
        people = people.join(read(folder / "places.csv"), on="candidate_id", how="left")
        where = "room"
    return people.with_columns(place=pl.col(where) if where else pl.lit(""))


@pytest.mark.parametrize(("name", "run"), some(RUNS, 4))
def test_the_cohort_and_its_criteria(packages: Packages, tmp_path: Path, name: str, run: int) -> None:
    package = packages(name)
    people = run_of(package, run)
    out = report(package, "cohort", tmp_path / "out", "--lang", "en", "--run", run)
    (summary,) = read(out / "summary.csv").to_dicts()
    n, passed, percent = people.height, people["passed"].sum(), people["percent"]
    low, high = measures.wilson(passed, n)
    wanted = {
        "candidates": n, "mean_percent": percent.mean(), "sd_percent": percent.std(), "median_percent": percent.median(),
        "least_percent": percent.min(), "greatest_percent": percent.max(), "passed_n": passed, "passed_of": n,
        "passed_share": passed / n, "passed_low": low, "passed_high": high,
    }  # fmt: skip
    assert summary == pytest.approx(wanted)
    drawn = read(out / "distribution.csv")
    assert (drawn["candidates"].sum(), drawn["passed"].sum()) == (n, passed)
    blanks = people.group_by("blank").agg(candidates=pl.len()).sort("blank")
    assert_frame_equal(read(out / "blanks.csv"), blanks, check_dtypes=False)
    coverage = read(package / "results" / "runs" / f"{run:04d}" / "pc_coverage.csv")
    criteria = {one["pc"]: one for one in read(out / "criteria.csv").to_dicts()}
    assert list(criteria) != []
    assert set(criteria) == set(coverage["pc"])
    for one in coverage.to_dicts():
        met, judged = one["met"], one["met"] + one["not_met"]
        ends = measures.wilson(met, judged) if judged else (None, None)
        row = criteria[one["pc"]]
        assert [row[name] for name in ("met", "judged", "insufficient")] == [met, judged, one["insufficient"]]
        assert [row["share"], row["low"], row["high"]] == pytest.approx(
            [met / judged if judged else None, *ends]
        )
    shares = [-1.0 if one["share"] is None else one["share"] for one in criteria.values()]
    judged_shares = [share for share in shares if share >= 0]
    assert judged_shares == sorted(judged_shares), "the least met first"
    assert -1.0 not in shares[: len(judged_shares)], "what nobody was judged in at last"
    page = {one.text for one in Page((out / "report.html").read_text("utf-8")).passages}
    assert f"{percent.mean():.1f} % mean score" in page
    assert any(text.startswith(f"{100 * passed / n:.1f} % passed: {passed} of {n}") for text in page)
    for path in out.glob("*.csv"):  # a sheet of the workbook for each table, with the same lines
        sheet = load_workbook(out / "tables.xlsx", read_only=True)[path.stem]
        heads, *lines = sheet.iter_rows(values_only=True)
        table = read(path)
        assert [list(map(str, heads)), len(lines)] == [table.columns, table.height]
        for line, row in zip(lines, table.rows(), strict=True):
            assert [str(cell or "") for cell in line] == [
                str(cell or "") if isinstance(cell, str | None) else str(was or "")
                if was == pytest.approx(cell) else f"{cell} in {path.name}"
                for was, cell in zip(line, row, strict=True)
            ]  # fmt: skip


@pytest.mark.parametrize(("name", "run"), some(RUNS, 3))
def test_centres_and_forms_are_compared(packages: Packages, tmp_path: Path, name: str, run: int) -> None:
    package = packages(name)
    people = run_of(package, run)
    rate = people["passed"].mean()
    out = report(package, "centre", tmp_path / "out", "--lang", "en", "--run", run)
    for table, column, by in (("centres", "centre", "place"), ("forms", "form", "form")):
        groups = {key: own for (key,), own in people.group_by(by) if key}
        found = {str(row[column]): row for row in read(out / f"{table}.csv").to_dicts()}
        assert set(found) == set(groups)
        large = [key for key, own in groups.items() if own.height >= 10]
        for key, own in groups.items():
            row, n, passed = found[key], own.height, own["passed"].sum()
            ends = measures.mean_interval(own["percent"].to_list()) if n > 1 else (None, None)
            assert [row["candidates"], row["passed"]] == [n, passed]
            assert [
                row["mean_percent"],
                row["sd_percent"],
                row["mean_low"],
                row["mean_high"],
            ] == pytest.approx([own["percent"].mean(), own["percent"].std(), *ends])
            assert [row["pass_rate_low"], row["pass_rate_high"]] == pytest.approx(
                list(measures.wilson(passed, n))
            )
            if table == "centres":
                compared = measures.verdict(passed, n, rate) if len(large) > 1 else None
                assert row["verdict"] == ("small" if n < 10 else compared)
    for row in read(out / "funnel_limits.csv").to_dicts():
        limits = measures.funnel(row["candidates"], rate, row["level"])
        assert [row["low"], row["high"]] == pytest.approx(list(limits))
    for row in read(out / "form_differences.csv").to_dicts():
        a, b = (people.filter(pl.col("form") == row[of]) for of in ("form", "other"))
        means = measures.welch(a["percent"].to_list(), b["percent"].to_list())
        rates = measures.newcombe((a["passed"].sum(), a.height), (b["passed"].sum(), b.height))
        assert [row[f"mean_{of}"] for of in ("difference", "low", "high")] == pytest.approx(list(means))
        assert [row[f"rate_{of}"] for of in ("difference", "low", "high")] == pytest.approx(list(rates))


@pytest.mark.parametrize(("name", "run"), some(RUNS[:-1], 3))
def test_the_committee_signs_what_was_scored(packages: Packages, tmp_path: Path, name: str, run: int) -> None:
    package = packages(name)
    people = run_of(package, run)
    out = report(package, "committee", tmp_path / "out", "--lang", "en", "--run", run)
    listed = read(out / "list.csv").sort("candidate_id")
    columns = ["candidate_id", "form", "score", "max_score", "decision"]
    assert_frame_equal(
        listed.select(columns), people.sort("candidate_id").select(columns), check_dtypes=False
    )
    assert listed["percent"].to_list() == pytest.approx(
        people.sort("candidate_id")["percent"].round(2).to_list(), abs=0.0051
    )
    near = read(out / "near_the_cut.csv")
    looked = (
        people.filter(pl.col("second_look") == "yes") if "second_look" in people.columns else people.clear()
    )
    assert set(near["candidate_id"]) == set(looked["candidate_id"])
    audit = json.loads((package / "results" / "runs" / f"{run:04d}" / "audit.json").read_text("utf-8"))
    percent = audit["options"]["pass"]["percent"]
    for row in near.to_dicts():
        (one,) = people.filter(pl.col("candidate_id") == row["candidate_id"]).to_dicts()
        cut = percent * one["max_score"] / 100
        assert [row["cut"], row["distance"]] == pytest.approx([cut, one["score"] - cut], abs=1e-4)
    assert near["distance"].abs().is_sorted()
    moved = read(out / "moved.csv")
    if run == 2:
        before = run_of(package, 1).join(people, on="candidate_id", suffix="_after")
        differ = before.filter(
            (pl.col("score") != pl.col("score_after")) | (pl.col("decision") != pl.col("decision_after"))
            | (pl.col("max_score") != pl.col("max_score_after"))
        )  # fmt: skip
        for row in moved.to_dicts():
            (one,) = before.filter(pl.col("candidate_id") == row["candidate_id"]).to_dicts()
            assert [row["score_before"], row["score_after"]] == [one["score"], one["score_after"]]
            assert row["change"] == pytest.approx(one["score_after"] - one["score"], abs=1e-4)
            assert [row["decision_before"], row["decision_after"]] == [one["decision"], one["decision_after"]]
        scores = differ.filter(pl.col("score") != pl.col("score_after"))
        assert set(scores["candidate_id"]) <= set(moved["candidate_id"])
    else:
        assert not moved.height
    aside = package / "results" / "runs" / f"{run:04d}" / "quarantine.csv"
    rows = read(aside).group_by("reason").agg(rows=pl.len())
    assert_frame_equal(read(out / "quarantine_reasons.csv"), rows, check_row_order=False, check_dtypes=False)


def test_how_often_decisions_would_repeat(packages: Packages, tmp_path: Path) -> None:
    """The table is an estimate of the answers; by the totals alone it is nearly the same (Huynh 1976)."""
    out = report(packages("large"), "committee", tmp_path / "out", "--lang", "en")
    people = run_of(packages("large"), 1)
    (row,) = read(out / "repeated.csv").to_dicts()
    assert row.pop("n") == people.height
    by_centre = [own["score"].to_list() for _, own in people.group_by("place")]
    by_totals = measures.repeated(by_centre, 30, 0.6)
    assert all(abs(row[of] - by_totals[of]) < 0.06 for of in by_totals if of != "kappa"), (row, by_totals)
    again, failing = row["pass_again"], row["fail_again"]
    rate = (1 - failing) / (2 - again - failing)
    assert row["consistency"] == pytest.approx(rate * again + (1 - rate) * failing, abs=1e-9)
    chance = rate**2 + (1 - rate) ** 2
    assert row["kappa"] == pytest.approx((row["consistency"] - chance) / (1 - chance), abs=1e-9)
    assert row["accuracy"] == pytest.approx(1 - row["false_pass"] - row["false_fail"], abs=1e-9)
    text = (out / "report.html").read_text("utf-8")
    assert all(f"{100 * row[of]:.0f}" in text for of in ("pass_again", "fail_again"))


@pytest.mark.parametrize(
    ("name", "who"), some([("small", "010"), ("small", "012"), ("marked", "K-4"), ("marked", "K-1")], 2)
)
def test_a_candidates_page(packages: Packages, tmp_path: Path, name: str, who: str) -> None:
    package = packages(name)
    run = len(list((package / "results" / "runs").glob("0*")))
    people = run_of(package, run)
    (one,) = people.filter(pl.col("candidate_id") == who).to_dicts()
    out = report(package, "candidate", tmp_path / "out", "--lang", "en", "--html", "--candidate", who)
    page = Page((out / f"{who}.html").read_text("utf-8"))
    texts = [passage.text for passage in page.passages]
    assert f"{_short(one['score'])} / {_short(one['max_score'])} points" in texts
    assert f"{_short(one['percent'])} % of all points" in texts
    assert ("■ Pass" if one["passed"] else "▲ Not passed") in texts
    values = {term: texts[n + 1] for n, term in enumerate(texts[:-1])}
    scaled = people["scaled"]
    assert values["Scaled score"] == _short(one["scaled"])
    assert int(values["Rank"]) == 1 + (scaled > one["scaled"]).sum()
    below = (scaled < one["scaled"]).sum() + (scaled == one["scaled"]).sum() / 2
    assert float(values["Percentile rank"]) == pytest.approx(100 * below / people.height, abs=0.051)
    t_score = 50 + 10 * (one["scaled"] - scaled.mean()) / scaled.std(ddof=0)
    assert float(values["T-score"]) == pytest.approx(t_score, abs=0.51)
    statuses = read(package / "results" / "runs" / f"{run:04d}" / "pc_results.csv").filter(
        pl.col("candidate_id") == who
    )
    words = {
        "met": "■ met",
        "not_met": "▲ not met",
        "insufficient": "◆ too few items",
        "not_assessed": "− not assessed",
    }
    for column in (name for name in statuses.columns if name.endswith("_status")):
        code = column.removesuffix("_status")
        place = next(
            p.place for p in page.passages if p.text.startswith(f"{code} ") and "column 1" in p.place
        )
        told = next(p.text for p in page.passages if p.place == place.replace("column 1", "column 5"))
        assert told == words[str(statuses[column][0])], code


def _short(value: float) -> str:
    text = f"{value:.4f}" if value == round(value, 4) and value != round(value, 2) else f"{value:.2f}"
    return text.rstrip("0").rstrip(".").replace("-", "−")


@pytest.mark.parametrize("exam", ["T-1-L4", "T-1-SMALL"])
def test_coverage_of_the_standard(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, exam: str
) -> None:
    package = sat(tmp_path_factory) / "output" / exam
    out = report(package, "coverage", tmp_path / "out", "--lang", "en")
    run = sorted((package / "results" / "runs").iterdir())[-1]
    coverage = read(run / "pc_coverage.csv")
    key = read(package / "secure" / "key.csv")
    found = {(row["unit"], row["pc"]): row for row in read(out / "criteria.csv").to_dicts()}
    for one in coverage.to_dicts():
        row = found[one["unit"], one["pc"]]
        met, judged = one["met"], one["met"] + one["not_met"]
        assert [row["met"], row["judged"], row["insufficient"]] == [met, judged, one["insufficient"]]
        ends = measures.wilson(met, judged) if judged else (None, None)
        assert [row["share"], row["low"], row["high"]] == pytest.approx(
            [met / judged if judged else None, *ends]
        )
        for form in key["form"].unique():
            asked = key.filter(
                (pl.col("form") == form) & (pl.col("pc") == one["pc"]) & (pl.col("unit") == one["unit"])
            )
            assert row[f"items_{form}"] <= asked.height
    (all_of,) = read(out / "standard.csv").filter(pl.col("part") == "all").to_dicts()
    assert all_of["criteria"] == coverage.height
    for form in key["form"].unique():
        assert all_of[f"asked_{form}"] == sum(row[f"items_{form}"] > 0 for row in found.values())
