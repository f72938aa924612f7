"""Every kind of table of judges: the command and the function have the same numbers, notes and refusals."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import examgen.stats as es
from tests.commands.conftest import Run, run
from tests.stats.both_ways import as_arguments

__all__ = ["run"]

SHARE = [[0.6, 0.7, 0.5, 0.8, 0.4, 0.9], [0.5, 0.6, 0.5, 0.7, 0.5, 0.8], [0.7, 0.7, 0.6, 0.9, 0.3, 0.9]]


def ratings(rows: Any, wide: bool = False) -> str:
    """A table of judges × items, as text; None is an empty cell."""
    cells = [["" if one is None else f"{one:g}" for one in row] for row in rows]
    if wide:
        head = ",".join(["judge", *(f"Q{n + 1}" for n in range(len(cells[0])))])
        return "\n".join([head, *(",".join([f"J{n + 1}", *row]) for n, row in enumerate(cells))])
    lines = [f"J{n + 1},Q{k + 1},{one}" for n, row in enumerate(cells) for k, one in enumerate(row)]
    return "\n".join(["judge,item,rating", *lines])


def _found(call: Callable[[], es.Result]) -> dict[str, Any] | set[str]:
    """The result, or the codes of what is refused."""
    try:
        return call().to_dict()
    except es.ArgumentError as error:
        return {one.values.get("fault", one).code for one in error.args}


def both(run: Run, words: list[object], call: Callable[[], es.Result]) -> None:
    """Fails where the command says another thing than the function."""
    ran = run("analyse", "cut", "--method", *words, "--json")
    told = json.loads(ran.out or ran.err)
    found = _found(call)
    if isinstance(found, set):
        assert ran.status in (1, 2), ran.text
        assert {one["code"] for one in told["problems"]} <= found
        return
    assert ran.status == 0, ran.text
    [form] = told["forms"]
    same = ("cut", "judged", "se", "low", "high", "se_over")
    assert {name: form[name] for name in same} == {name: found[name] for name in same}
    assert {name: form[name] for name in found["details"]} == found["details"]
    assert form["impact"] == found["impact"]
    assert as_arguments(told["notes"], found["notes"]) == found["notes"]
    if found["judges"] is not None:
        assert told["judges"] == [{"form": "", **row} for row in found["judges"]]


TABLE = Path(__file__).parents[1] / "data" / "cuts" / "awkward.csv"
with TABLE.open(encoding="utf-8", newline="") as lines:
    AWKWARD = [
        pytest.param(row, id=f"{n} {row['method']} {row['name']}")
        for n, row in enumerate(csv.DictReader(lines), 2)
    ]
"""A line for each table: method, a second table, options, and, where it is refused, the status of the command with
what it says, or the line, code and field of each fault. ` / ` parts the lines of a table."""
NUMBERS: dict[str, Callable[[str], Any]] = {"adjust_se": float, "round": int, "points": int}


@pytest.mark.parametrize("row", AWKWARD)
def test_awkward_tables_of_judges(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text, beside, options = (row[name].replace(" / ", "\n") for name in ("table", "beside", "words"))
    Path("r.csv").write_text(text, "utf-8")
    Path("p.csv").write_text(beside, "utf-8")
    Path("t.csv").write_text("score\n" + "\n".join(map(str, range(1, 21))))
    files = {"ebel": ["r.csv", "p.csv"], "bookmark": ["r.csv", "--parameters", "p.csv"],
             "hofstee": ["r.csv", "--totals", "t.csv"]}.get(row["method"], ["r.csv"])  # fmt: skip
    words = [row["method"], *files, *options.split()]
    if not row["status"]:
        named = [one.removeprefix("--").replace("-", "_") for one in options.split()]
        more = {
            name: NUMBERS.get(name, str)(value)
            for name, value in zip(named[::2], options.split()[1::2], strict=True)
        }
        table = pl.read_csv(StringIO(text), infer_schema_length=None)
        call = lambda: es.angoff(table, **more)  # noqa: E731
        both(
            run,
            words,
            call if row["method"] == "angoff" else lambda: es.hofstee([*range(1, 21)], table, **more),
        )
        return
    ran = run("analyse", "cut", "--method", *words)
    assert ran.status == int(row["status"]), ran.text
    assert row["said"] in " ".join(ran.err.split())
    if row["faults"]:
        problems = run.json("analyse", "cut", "--method", *words)["problems"]
        told = [":".join([one["source"], one["code"], one["field"]]) for one in problems]
        assert told == [f"r.csv:{fault}" for fault in row["faults"].split()]


@pytest.mark.parametrize("head", ["judge,bookmark", "กรรมการ,หน้า", "Expert,Page", "judge,mark"])
def test_headings_of_bookmarks(run: Run, tmp_path: Path, head: str) -> None:
    marks, items = tmp_path / "b.csv", tmp_path / "p.csv"
    marks.write_text(f"{head}\nA,2\na,3\nC,3")
    items.write_text("item,b\nx,-1\ny,0\nz,1")
    words = ["bookmark", marks, "--parameters", items]
    both(run, words, lambda: es.bookmark(pl.read_csv(marks), pl.read_csv(items)))


@pytest.mark.parametrize("names", ["Q1,Q2,Q3", "X1,X2,X3"])
def test_statistics_of_other_items_are_told(run: Run, tmp_path: Path, names: str) -> None:
    (tmp_path / "r.csv").write_text(ratings(SHARE))
    rows = [f"{name},0.{k}" for k, name in enumerate(names.split(","), start=4)]
    (tmp_path / "s.csv").write_text("\n".join(["ข้อสอบ,p_value", *rows]))
    tables = [pl.read_csv(tmp_path / f"{one}.csv") for one in "rs"]
    call = lambda: es.angoff(tables[0], statistics=tables[1])  # noqa: E731
    both(run, ["angoff", tmp_path / "r.csv", "--statistics", tmp_path / "s.csv"], call)
    assert ("no-statistics" in {one.code for one in call().notes}) == (names[0] == "X")


@pytest.mark.parametrize("method", ["borderline", "contrasting", "regression"])
def test_candidates_without_a_judgement_are_counted(run: Run, tmp_path: Path, method: str) -> None:
    """And nothing is told of their scores."""
    scores = [*range(5, 25), 99, None]
    groups = ["borderline" if method == "borderline" else ("no", "yes")[k > 14] for k in range(5, 25)]
    role, cells = (
        ("grade", [str(k // 6) for k in range(5, 25)]) if method == "regression" else ("group", groups)
    )
    path = tmp_path / "j.csv"
    pl.DataFrame({"candidate_id": range(22), "score": scores, role: [*cells, None, None]}).write_csv(path)
    table = pl.read_csv(path)
    calls = {
        "borderline": lambda: es.borderline_group(table["score"], table[role], points=30),
        "contrasting": lambda: es.contrasting_groups(table["score"], table[role], points=30),
        "regression": lambda: es.borderline_regression(table["score"], table[role], 2, points=30),
    }
    words = [method, path, "--points", 30, *(["--border", 2] if method == "regression" else [])]
    both(run, words, calls[method])
    [told] = [one for one in calls[method]().notes if one.code == "no-judgement"]
    assert told.values["n"] == 2
    assert "no-score" not in {one.code for one in calls[method]().notes}


def test_a_table_of_totals_below_0(run: Run, tmp_path: Path) -> None:
    """The scores count, as those of a vector do, whether they are read as totals, as a table or as responses."""
    limits, totals = tmp_path / "h.csv", tmp_path / "t.csv"
    limits.write_text("judge,min_cut,max_cut,min_fail,max_fail\nA,9,14,0.05,0.6\nB,10,15,0.1,0.5")
    totals.write_text("id,score\n" + "\n".join(f"c{n},{n - 2}" for n in range(22)))
    words = ["hofstee", limits, "--totals", totals, "--points", 20]
    table = pl.read_csv(totals)
    found = [es.hofstee(one, pl.read_csv(limits), points=20) for one in (table, es.read_responses(totals))]
    for one in found:
        both(run, words, lambda one=one: one)
        assert [note.code for note in one.notes] == ["below-0"]


def test_a_file_of_one_judge(run: Run, tmp_path: Path) -> None:
    """Whose name is that of the file; other columns are left out."""
    text = "item,rating,n\nQ1,0.5,3\nQ2,0.4,3"
    path = tmp_path / "judge 1.csv"
    path.write_text(text)
    both(run, ["angoff", path], lambda: es.angoff(pl.read_csv(StringIO(text))))


SCORES: dict[str, tuple[list[float | None], set[str]]] = {
    "within the scale": ([1, 2, 3, 3, 4, 6, 2, 5], set()),
    "a blank": ([1, 2, None, 3, 4, 6, 2, 5], {"no-score"}),
    "below 0": ([1, 2, -1, 3, 4, 6, 2, 5], {"below-0"}),
    "99": ([1, 2, 99, 3, 4, 6, 2, 5], {"above-full-score"}),
    "99 far from the others": ([1, 2, 3, 3, 4, 6, 2, 5] * 2 + [99, 99], {"above-full-score", "far-scores"}),
    "proportions": ([0.2, 0.3, 0.5, 0.5, 0.7, 1, 0.3, 0.8], {"shares"}),
}


@pytest.mark.parametrize("name", SCORES)
def test_scores_of_candidates_beside_ratings(run: Run, tmp_path: Path, name: str) -> None:
    scores, codes = SCORES[name]
    text, path, totals = ratings(SHARE), tmp_path / "r.csv", tmp_path / "t.csv"
    path.write_text(text)
    pl.DataFrame({"candidate_id": range(len(scores)), "score": scores}).write_csv(totals)
    table = pl.read_csv(StringIO(text))
    both(run, ["angoff", path, "--totals", totals], lambda: es.angoff(table, totals=pl.read_csv(totals)))
    both(run, ["angoff", path, "--totals", totals], lambda: es.angoff(table, totals=scores))
    codes = {"no-total" if one == "no-score" else one for one in codes}
    assert codes == {one.code for one in es.angoff(table, totals=scores).notes} - {
        "few-judges",
        "judge-unlike-others",
    }


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("method", ["borderline", "contrasting", "regression"])
@pytest.mark.parametrize("points", [6, None])
def test_scores_of_judged_candidates(
    run: Run, tmp_path: Path, name: str, method: str, points: int | None
) -> None:
    scores, codes = SCORES[name]
    n = len(scores)
    groups = ["borderline" if method == "borderline" else ("no", "yes")[(k or 0) > 2.5] for k in scores]
    said = {"group": groups} if method != "regression" else {"grade": [k % 3 + (k == 5) for k in range(n)]}
    path = tmp_path / "j.csv"
    pl.DataFrame({"candidate_id": range(n), "score": scores, **said}).write_csv(path)
    more: dict[str, Any] = {} if points is None else {"points": points}
    calls = {
        "borderline": lambda: es.borderline_group(scores, **more),
        "contrasting": lambda: es.contrasting_groups(scores, [one == "yes" for one in groups], **more),
        "regression": lambda: es.borderline_regression(scores, said["grade"], 1.5, **more),
    }
    words = [one for name, value in more.items() for one in (f"--{name}", value)]
    words += ["--border", 1.5] if method == "regression" else []
    both(run, [method, path, *words], calls[method])
    told, scores = _found(calls[method]), pl.read_csv(path).select("candidate_id", "score")
    assert _found(calls[method]) == told
    found = _found(calls[method])
    if isinstance(found, dict):
        unscaled = {"shares", "above-full-score"} if points is None else set()
        assert codes - unscaled <= {one["code"] for one in found["notes"]}
    else:
        assert found & {"score-outside-scale", "group-empty", "groups-reversed", "cut-outside-scale"}


def test_a_judge_of_ebel_on_another_scale(run: Run, tmp_path: Path) -> None:
    items, shares = tmp_path / "items.csv", tmp_path / "shares.csv"
    names = [f"Q{n}" for n in range(6)]
    items.write_text("item,difficulty,relevance\n" + "".join(f"{one},{one},x\n" for one in names))
    given = [
        (judge, n, (70 + n) // part) for judge, part in (("A", 1), ("B", 1), ("C", 10)) for n in range(6)
    ]
    rows = "".join(f"{judge},{names[n]},x,{share}\n" for judge, n, share in given)
    shares.write_text("judge,difficulty,relevance,rating\n" + rows)
    table = {"judge": [one for one, _, _ in given], "item": [names[n] for _, n, _ in given]}
    table["rating"] = [share for _, _, share in given]
    both(run, ["ebel", items, shares], lambda: es.angoff(table, kind="ebel"))
    assert "judge-on-other-scale" in {one.code for one in es.angoff(table, kind="ebel").notes}


DOUBTFUL: dict[str, tuple[dict[str, list[Any]], str, str]] = {
    "9 among grades": ({"grade": [1, 2, 3, 4, 5] * 8 + [9]}, "regression", "grade-gap"),
    "-1 among grades": ({"grade": [1, 2, 3, 4, 5] * 8 + [-1]}, "regression", "grade-below-0"),
    "scores that are alike": ({"group": ["borderline"] * 41}, "borderline", "no-spread"),
    "groups as codes": ({"group": [1, 2] * 20 + [1]}, "contrasting", "group-unknown"),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_judgements_that_may_be_none(run: Run, tmp_path: Path, name: str) -> None:
    judged, method, code = DOUBTFUL[name]
    [values] = judged.values()
    scores = [20] * 41 if method == "borderline" else [3 * n + 5 for n in [1, 2, 3, 4, 5] * 8 + [3]]
    path = tmp_path / "j.csv"
    pl.DataFrame({"score": scores, **judged}).write_csv(path)
    calls = {
        "regression": lambda: es.borderline_regression(scores, values, 2, points=40),
        "borderline": lambda: es.borderline_group(scores, values, points=40),
        "contrasting": lambda: es.contrasting_groups(scores, values, points=40),
    }
    words = [method, path, "--points", 40, *(["--border", 2] if method == "regression" else [])]
    both(run, words, calls[method])
    found = _found(calls[method])
    if isinstance(found, dict):
        assert code in {one["code"] for one in found["notes"]}
        return
    assert found == {code}
    ran = run("analyse", "cut", "--method", *words, "--json")
    assert json.loads(ran.out or ran.err)["problems"][0]["source"] == f"{path}:3"


def test_difficulties_that_are_none(run: Run, tmp_path: Path) -> None:
    marks, items = tmp_path / "b.csv", tmp_path / "p.csv"
    marks.write_text("judge,bookmark\nA,2\nB,3\nC,3")
    items.write_text("item,b\nx,20\ny,40\nz,70")
    call = lambda: es.bookmark(pl.read_csv(marks), pl.read_csv(items))  # noqa: E731
    both(run, ["bookmark", marks, "--parameters", items], call)
    assert "difficulty is beyond 10" in str(call().notes)
    items.write_text("item,b,c\nx,1,0\ny,2,0.9\nz,3,0")
    ran = run("analyse", "cut", "--method", "bookmark", marks, "--parameters", items, "--json")
    assert json.loads(ran.out or ran.err)["problems"][0]["source"] == str(items)


@pytest.mark.parametrize(
    ("names", "marks", "code"),
    [("2,1,4,3", "3,4,4", "page-or-item"), ("1,2,3,4", "3,4,4", ""), ("101,102,103,104", "103,4,104", ""),
     ("a,b,c,d", "c,4,d", ""), ("a,b,c,d", "3,4,9", "page-unknown")],
)  # fmt: skip
def test_numbers_that_are_pages_or_items(run: Run, tmp_path: Path, names: str, marks: str, code: str) -> None:
    pages, items = tmp_path / "b.csv", tmp_path / "p.csv"
    pages.write_text("judge,bookmark\n" + "".join(f"J{n},{one}\n" for n, one in enumerate(marks.split(","))))
    items.write_text("item,b\n" + "".join(f"{one},{n - 2}\n" for n, one in enumerate(names.split(","))))
    tables = pl.read_csv(pages), pl.read_csv(items)
    both(run, ["bookmark", pages, "--parameters", items], lambda: es.bookmark(*tables))
    found = _found(lambda: es.bookmark(dict(tables[0].iter_rows()), tables[1]))
    assert found == ({code} if code else _found(lambda: es.bookmark(*tables)))
    assert code or found["judges"][0]["bookmark"] == 3  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    ("statistics", "code"),
    [("b", ""), ("50 + 10 * b", "far-difficulties"), ("-b", "difficulties-reversed")],
)
def test_difficulties_beside_ratings(run: Run, tmp_path: Path, statistics: str, code: str) -> None:
    table, known = tmp_path / "r.csv", tmp_path / "s.csv"
    table.write_text(ratings(SHARE))
    values = [eval(statistics, {"b": b}) for b in (-0.3, -0.6, 0.4, -1.2, 1.1, -1.9)]
    known.write_text("item,b\n" + "".join(f"Q{n},{b}\n" for n, b in enumerate(values, 1)))
    tables = [pl.read_csv(one) for one in (table, known)]
    call = lambda: es.angoff(tables[0], statistics=tables[1])  # noqa: E731
    both(run, ["angoff", table, "--statistics", known], call)
    told = {one.code for one in call().notes} & {"far-difficulties", "difficulties-reversed"}
    assert told == {one for one in (code,) if one}


def test_a_last_row_of_means_is_no_judge(run: Run, tmp_path: Path) -> None:
    limits, marks, items, totals = (tmp_path / f"{one}.csv" for one in "lmit")
    limits.write_text(
        "judge,min_cut,max_cut,min_fail,max_fail\nA,9,14,0.05,0.6\nB,10,15,0.1,0.5\nC,8,15,0.1,0.6\n"
        "Mean,9,14.7,0.083,0.567"
    )
    marks.write_text("judge,bookmark\nA,2\nB,3\nC,3\nMedian,3")
    items.write_text("item,b\nx,-1\ny,0\nz,1")
    totals.write_text("id,score\n" + "\n".join(f"c{n},{n}" for n in range(21)))
    scores = pl.read_csv(totals)
    calls = {
        "hofstee": lambda: es.hofstee(scores, pl.read_csv(limits), points=20),
        "bookmark": lambda: es.bookmark(pl.read_csv(marks), pl.read_csv(items)),
    }
    both(run, ["hofstee", limits, "--totals", totals, "--points", 20], calls["hofstee"])
    both(run, ["bookmark", marks, "--parameters", items], calls["bookmark"])
    for call in calls.values():
        assert "is-summary" in {one.code for one in call().notes}


def test_a_table_of_items_is_known_by_a_thai_heading() -> None:
    items = pl.DataFrame({"item": ["e", "m", "h", "x"], "b": [-1.0, 0.0, 0.7, 1.5]})
    marks = {"ann": "m", "bob": "h", "cyd": "h"}
    assert es.bookmark(marks, items.rename({"item": "ข้อ"})).cut == es.bookmark(marks, items).cut
