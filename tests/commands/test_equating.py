"""`examgen analyse equate`: the document that others rely on, hostile files, and the way into scoring."""

from __future__ import annotations

import csv
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from examgen.analysis.equating import conversion_text, equate_forms
from examgen.analysis.options import EQUATING_METHODS, EquatingOptions, ResponseSource
from examgen.stats import equating, equating_findings, equating_scores
from tests.commands.conftest import Run, write_blueprint
from tests.psychometrics.test_equating import simulated

TABLES = (equating, equating_findings, equating_scores)
"""The modules whose sentences `equate` says."""


def told(run: Run, *words: object) -> dict[str, Any]:
    ran = run("analyse", "equate", *words, "--json")
    assert (ran.status, ran.err) == (0, ""), ran.text
    document = dict(json.loads(ran.out))
    check_numbers(document)
    return document


def check_numbers(value: Any) -> None:
    """No NaN, nothing infinite, anywhere."""
    if isinstance(value, dict):
        for one in value.values():
            check_numbers(one)
    elif isinstance(value, list):
        for one in value:
            check_numbers(one)
    elif isinstance(value, float):
        assert math.isfinite(value)


def ys(document: dict[str, Any]) -> list[float]:
    return [row["equated"] for row in document["table"]]


def codes(document: dict[str, Any]) -> set[str]:
    return {note["code"] for note in document["notes"]}


def write(path: Path, head: str, rows: Any) -> Path:
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n", "utf-8")
    return path


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Two files of totals with an internal anchor, 800 candidates each."""
    x, y, _ = simulated(1)
    paths = []
    for name, counts in (("x.csv", x), ("y.csv", y)):
        rows = [(f"{n}", t, a) for n, (t, a) in enumerate(each(counts))]
        paths.append(write(tmp_path / name, "id,total,anchor", rows))
    return paths[0], paths[1]


def each(counts: Any) -> list[tuple[int, int]]:
    """Total and anchor of each candidate."""
    return [(t, a) for (t, a), n in np.ndenumerate(counts) for _ in range(int(n))]


# ── the contract ─────────────────────────────────────────────────────────────────────────────


def test_the_cut_on_the_other_form(run: Run, tmp_path: Path) -> None:
    rows = [(s, n, m) for s, n, m in zip(range(6), (1, 2, 9, 9, 2, 1), (1, 1, 2, 9, 9, 3), strict=True)]
    path = write(tmp_path / "counts.csv", "scale,xcount,ycount", rows)
    document = told(run, path, "--design", "eg", "--method", "mean", "--cut", 4)
    shift = float(np.average(range(6), weights=(1, 1, 2, 9, 9, 3)) - 2.5)
    own = document["comparison"]
    assert own["score"] == pytest.approx(4 - shift)
    assert own["least"] == math.ceil(4 - shift)
    assert (own["harder"], own["difference"]) == ("x", pytest.approx(shift))
    said = run("analyse", "equate", path, "--design", "eg", "--method", "mean", "--cut", 4).out
    assert (
        f"The cut of 4 points on Y is equivalent to {4 - shift:.2f} points on X, so {own['least']:.0f} or more"
        in said
    )
    assert "X is the harder form" in said
    below = run("analyse", "equate", path, "--design", "eg", "--method", "mean", "--cut", -1).out
    assert "Every score on X is equivalent to more than the cut of -1 points on Y." in below
    assert "No score" not in below
    back = write(tmp_path / "back.csv", "scale,ycount,xcount", rows)
    assert (
        f"intercept: -{shift:.4f}" in run("analyse", "equate", back, "--design", "eg", "--method", "mean").out
    )
    outside = told(run, path, "--design", "eg", "--method", "mean", "--cut", 40)["comparison"]
    assert (outside["score"], outside["least"]) == (None, None)
    assert (
        "No score on X is equivalent to"
        in run("analyse", "equate", path, "--design", "eg", "--method", "mean", "--cut", 40).out
    )


def test_rounding_across_the_cut_is_told_and_which_of_the_two_decides(run: Run, tmp_path: Path) -> None:
    """By hand: the mean of X is 2.5, that of Y 83 / 25 = 3.32, so y = x + 0.82 (mean equating, Kolen & Brennan
    2014, section 2.4): 3 points are worth 3.82, below a cut of 4, and read 4 when rounded half up."""
    rows = [(s, n, m) for s, n, m in zip(range(6), (1, 2, 9, 9, 2, 1), (1, 1, 2, 9, 9, 3), strict=True)]
    path = write(tmp_path / "counts.csv", "scale,xcount,ycount", rows)
    words = ("analyse", "equate", path, "--design", "eg", "--method", "mean", "--cut", 4)
    said = " ".join(run(*words).out.split())
    assert "4 or more on X reach it" in said
    assert "Decisions use the points on X and the cut for form X" in said
    assert "3 points on X are equivalent to 3.820 and shown as 4 when rounded to 0 decimals" in said
    assert "Decide on one cut on X, 3 or 4 points" in said
    exact = " ".join(run(*words, "--decimals", 2).out.split())
    assert (
        "After rounding to 2 decimals, 4 is also the lowest score on X that converts to 4 or more." in exact
    )
    assert "Rounding changes a decision" not in exact
    assert "assume that the two groups are equally able" in exact


def test_an_error_of_nothing_is_not_told(run: Run, tmp_path: Path) -> None:
    """The squared difference is estimated as mean (y − x)² less SE²; below 0 it says that no difference beyond
    random error was found, not that scores as they are would be 0.00 points off."""
    rows = [(s, n, n) for s, n in zip(range(6), (1, 2, 9, 9, 2, 1), strict=True)]
    path = write(tmp_path / "counts.csv", "scale,xcount,ycount", rows)
    document = told(run, path, "--design", "eg", "--method", "mean")
    assert document["advice"]["identity_error"] == 0
    [said] = [one["message"] for one in document["notes"] if one["code"] == "identity-as-good"]
    assert "The forms do not differ by more than random error" in said
    assert "0.00 points off" not in said


def test_every_field_is_in_the_docs(run: Run, root: Path, pair: tuple[Path, Path]) -> None:
    page = re.sub(r"```.*?```", "", (root / "docs" / "standard-setting.md").read_text("utf-8"), flags=re.S)
    named = set(re.findall(r"[a-z_0-9]+", " ".join(re.findall(r"`([^`]+)`", page))))
    fields: set[str] = set()

    def collect(value: Any) -> None:
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            collect(one)
        if isinstance(value, dict):
            fields.update(value)

    for words in (("frequency-estimation", "--degree", "4,3,1"), ("levine",)):
        document = told(run, *pair, "--design", "neat", "--method", *words, "--bootstrap", 5)
        collect({**document, "notes": [{**one, "values": None} for one in document["notes"]], "findings": []})
    assert len(fields) > 55
    assert fields <= named, fields - named
    for name in EQUATING_METHODS:
        assert f"`{name}`" in page, name
    code = (root / "examgen" / "analysis" / "equating.py").read_text("utf-8")
    notes = {key.partition(".")[0] for one in TABLES for key in one.TEXTS} | set(
        re.findall(r'_noted\("([a-z-]+)"', code)
    )
    assert len(notes) >= 40
    assert [code for code in notes - {"title", "of-table"} if f"`{code}`" not in page] == []


# ── hostile files ────────────────────────────────────────────────────────────────────────────


def refused(run: Run, status: int, code: str, *words: object) -> str:
    ran = run("analyse", "equate", *words)
    assert ran.status == status, ran.text
    as_json = run("analyse", "equate", *words, "--json")
    assert as_json.status == status
    problems = json.loads(as_json.out)["problems"]
    assert code == "" or code in {one["code"] for one in problems}, ran.text
    return ran.text


def test_samples_that_say_nothing(run: Run, pair: tuple[Path, Path], tmp_path: Path) -> None:
    same = write(tmp_path / "same.csv", "total,anchor", [(7, 3)] * 40)
    one = write(tmp_path / "one.csv", "total,anchor", [(7, 3)])
    flat = write(tmp_path / "flat.csv", "total,anchor", [(t, 3) for t in range(4, 20)])
    none = write(tmp_path / "none.csv", "total,anchor", [])
    mixed = write(tmp_path / "mixed.csv", "total,anchor", [(t, t + 1) for t in range(20)])
    bad = write(tmp_path / "bad.csv", "total,anchor", [(7, 3), ("seven", 3), ("", 2)])
    lacking = write(tmp_path / "lacking.csv", "total", [(7,), (8,)])
    for path, code in (
        (same, "constant-score"), (one, "one-candidate"), (flat, "constant-anchor"), (none, ""),
        (mixed, "anchor-above-total"), (bad, "not-a-number"), (lacking, "no-anchor-column"),
    ):  # fmt: skip
        refused(run, 1, code, path, pair[1], "--design", "neat", "--method", "tucker")
    assert "bad.csv:3" in refused(
        run, 1, "not-a-number", bad, pair[1], "--design", "neat", "--method", "tucker"
    )
    few = write(tmp_path / "few.csv", "total", [(7,), (8,), (8,), (9,)])
    words = ("--design", "eg", "--method", "equipercentile")
    refused(run, 1, "cannot-smooth", few, pair[1], *words, "--degree", 4)
    # what is still defined is told
    document = told(run, same, pair[1], "--design", "eg", "--method", "mean")
    assert document["table"][7]["equated"] == pytest.approx(document["forms"][1]["mean"])
    # but not how far other samples would be off
    assert {row["se"] for row in document["table"]} == {None}
    assert (document["comparison"]["sure"], "no-error" in codes(document)) == (None, True)


def test_wrong_words(run: Run, pair: tuple[Path, Path], tmp_path: Path) -> None:
    for words in (
        ("--design", "random"), ("--design", "eg", "--method", "tucker"), ("--design", "neat", "--weight", 2),
        ("--design", "neat", "--method", "tucker", "--smooth", "loglinear"), ("--design", "neat", "--degree", "x"),
        ("--design", "neat", "--method", "chained-linear", "--weight", 0.5), ("--design", "neat", "--bootstrap", -1),
        ("--design", "neat", "--anchor", "both"), ("--design", "neat", "--cut", "many"),
        ("--design", "neat", "--forms", "A,B"), ("--design", "neat", "--out", tmp_path / "table.csv"),
        ("--design", "neat", "--points", "-3"), ("--design", "neat", "--out", pair[0]),
        ("--design", "neat", "--seed", -1), ("--design", "neat", "--smooth", "spline"),
    ):  # fmt: skip
        refused(run, 2, "", *pair, *words)
    refused(run, 2, "", pair[0], "--design", "neat")
    refused(run, 2, "", tmp_path / "nowhere.csv", pair[1], "--design", "neat")
    refused(run, 1, "above-full-score", *pair, "--design", "neat", "--points", 15)
    refused(run, 1, "off-scale", *pair, "--design", "neat", "--step", 3)


def test_anchors_that_tell_little(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    files, longer = [], []
    for form in "xy":
        rows = rng.integers(0, 2, (60, 12))
        files.append(
            write(
                tmp_path / f"{form}.csv",
                f"id,A1,{','.join(f'{form}{n}' for n in range(11))}",
                [(n, *r) for n, r in enumerate(rows)],
            )
        )
        rows = [(a // 4, a) for a in rng.integers(0, 40, 80)]
        longer.append(write(tmp_path / f"{form}-longer.csv", "total,anchor", rows))
    document = told(run, *files, "--design", "neat", "--method", "chained-equipercentile")
    assert {"anchor-of-one", "few-candidates", "weak-anchor"} <= codes(document)
    alike = write(tmp_path / "alike.csv", "id,A1,z1", [(1, 1, 0), (2, 0, 1)])
    notes = told(run, files[0], alike, "--design", "neat", "--method", "chained-mean")["notes"]
    (unknown,) = (
        note["message"] for note in notes if note["code"] == "weak-anchor" and "anchor_y" in note["message"]
    )
    assert "nan" not in unknown
    assert "anchor-longer" in codes(
        told(run, *longer, "--design", "neat", "--method", "tucker", "--anchor", "external")
    )
    other = write(tmp_path / "z.csv", "id,z1,z2", [(n, n % 2, n % 3 > 0) for n in range(30)])
    assert "no item in common" in refused(run, 1, "no-common-items", files[0], other, "--design", "neat")
    assert len(told(run, files[0], other, "--design", "eg")["table"]) == 13
    refused(run, 2, "", *files, "--design", "neat", "--not-anchor", "x1")
    refused(run, 1, "no-common-items", *files, "--design", "neat", "--not-anchor", "A1")


def test_the_same_file_twice_is_told(run: Run, pair: tuple[Path, Path]) -> None:
    x, y = pair
    for files, is_told in (((x, x), True), ((x, y), False)):
        assert ("same-file" in codes(told(run, *files, "--design", "eg", "--method", "linear"))) is is_told


def test_one_key_for_both_forms(run: Run, tmp_path: Path) -> None:
    """Options of two forms with two common items; the key stands in one file."""
    rng = np.random.default_rng(9)
    names = {"x": ["C1", "C2", "x1", "x2", "x3"], "y": ["C1", "C2", "y1", "y2", "y3", "y4"]}
    files, right = [], {}
    for form, own in names.items():
        cells = np.where(rng.random((90, len(own))) < 0.6, "A", rng.choice(list("BCD"), (90, len(own))))
        right[form] = (cells == "A").sum(axis=1)
        files.append(
            write(tmp_path / f"{form}.csv", "id," + ",".join(own), [(n, *row) for n, row in enumerate(cells)])
        )
    key = write(
        tmp_path / "key.csv", "item,key", [(name, "A") for name in dict.fromkeys([*names["x"], *names["y"]])]
    )
    document = told(run, *files, "--key", key, "--design", "neat", "--method", "chained-mean")
    assert [form["mean"] for form in document["forms"]] == pytest.approx(
        [right[form].mean() for form in "xy"]
    )
    assert [form["points"] for form in document["forms"]] == [5, 6]
    assert document["anchor"]["items"] == ["C1", "C2"]
    assert document["comparison"]["harder"] is None
    outside = told(
        run, *files, "--key", key, "--design", "neat", "--method", "chained-mean", "--anchor", "external"
    )
    assert [form["points"] for form in outside["forms"]] == [3, 4]


def test_lines_that_lead_astray(run: Run, pair: tuple[Path, Path], tmp_path: Path) -> None:
    hard = write(tmp_path / "hard.csv", "total", [(t,) for t in (*[1] * 30, 0, 2, 20)])
    easy = write(tmp_path / "easy.csv", "total", [(t,) for t in (*[18] * 30, 19, 20, 17)])
    message = refused(run, 1, "not-determined", hard, easy, "--design", "eg", "--method", "circle-arc")
    assert "would be worth fewer" in message
    narrow = write(tmp_path / "narrow.csv", "total,anchor", [(t, t // 2) for t in (*[10] * 30, 9, 16)] * 3)
    document = told(run, narrow, pair[1], "--design", "eg", "--method", "linear")
    assert "beyond-scale" in codes(document)
    inside = [row["equated"] for row in document["table"] if row["n"]]
    assert not -0.5 <= inside[-1] <= 20.5


def test_groups_that_are_far_apart(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    files = [
        write(
            tmp_path / f"{form}.csv",
            "total,anchor",
            [(a + b, a) for a, b in zip(rng.binomial(10, p, 500), rng.binomial(20, p, 500), strict=True)],
        )
        for form, p in (("x", 0.2), ("y", 0.8))
    ]
    document = told(run, *files, "--design", "neat", "--method", "frequency-estimation")
    assert {"groups-apart", "anchor-alone"} <= codes(document)
    smooth = told(run, *files, "--design", "neat", "--method", "frequency-estimation", "--degree", "2,2,1")
    assert "anchor-alone" not in codes(smooth)


def test_odd_scores(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    halves = [
        write(tmp_path / f"{n}.csv", "total", [(t / 2,) for t in rng.integers(-6, 40, 300)]) for n in "ab"
    ]
    for method in ("equipercentile", "linear", "circle-arc"):
        document = told(run, *halves, "--design", "eg", "--method", method)
        assert [row["score"] for row in document["table"][:3]] == [-3, -2.5, -2]
        assert "parts-of-points" in codes(document)
    fives = [
        write(tmp_path / f"{n}5.csv", "total", [(5 * t,) for t in rng.integers(0, 12, 300)]) for n in "ab"
    ]
    assert "wide-steps" in codes(told(run, *fives, "--design", "eg", "--method", "linear"))
    assert len(told(run, *fives, "--design", "eg", "--method", "linear", "--step", 5)["table"]) == 12
    fine = [write(tmp_path / f"{n}6.csv", "total", [(t,) for t in rng.normal(50, 9, 50)]) for n in "ab"]
    refused(run, 1, "scale-too-fine", *fine, "--design", "eg")


# ── into scoring ─────────────────────────────────────────────────────────────────────────────


def test_from_two_forms_of_a_run_to_scaled_scores(run: Run, workspace: Path) -> None:
    write_blueprint(workspace / "bp.yaml", forms=2, items=12, anchor=4)
    run.ok("build", "bp.yaml")
    exam = next((workspace / "output").iterdir())
    run.ok("simulate", exam, "--candidates", 300, "--seed", 5, "--out", "answers.csv")
    run.ok("score", exam, "answers.csv")
    words = ("analyse", "equate", exam, "--forms", "B,A", "--design", "neat", "--method", "chained-linear")
    ran = run.ok(*words, "--out", "scaled.yaml", "--json", "--decimals", 2)
    document = json.loads(ran.out)
    assert len(document["anchor"]["items"]) == 4
    assert sum(form["n"] for form in document["forms"]) == 300
    written = yaml.safe_load((workspace / "scaled.yaml").read_text("utf-8"))
    assert written["forms"]["B"]["table"] == {row["score"]: row["equated"] for row in document["table"]}
    assert written["source"]["x"]["sha256"] == document["x"]["sha256"]
    run.ok("score", exam, "--scaled", "scaled.yaml")
    table = {row["score"]: row["equated"] for row in document["table"]}
    most = document["forms"][1]["points"]
    with (exam / "results" / "candidates.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 300
    for row in rows:
        exact = table[int(row["score"])] if row["form"] == "B" else int(row["score"])
        held = min(max(exact, 0), most)
        assert float(row["scaled"]) == pytest.approx(math.floor(held * 100 + 0.5) / 100, abs=1e-9)
    audit = json.loads((exam / "results" / "audit.json").read_text("utf-8"))
    assert audit["scaled"]["source"]["method"] == "chained-linear"
    assert [Path(one["file"]).name for one in audit["records"]] == ["scaled.yaml"]
    # totals of the run are those of its candidates.csv
    scores = [int(row["score"]) for row in rows if row["form"] == "B"]
    assert document["forms"][0]["mean"] == pytest.approx(np.mean(scores))
    # a form of another exam may have the same name: nothing is said of it
    source = ResponseSource(files=(exam,))
    both = equate_forms(source, EquatingOptions(design="eg", method="mean", forms=("B", "A")))
    assert '"A": {slope: 1, intercept: 0}' in conversion_text(both.result, both.x, both.y)
    assert '"A": {' not in conversion_text(both.result, both.x, both.y._replace(exam=workspace))
    refused(run, 2, "", exam, "--design", "eg")
    refused(run, 2, "", exam, "--design", "eg", "--forms", "A,C")
    two = told(
        run, exam / "results" / "runs" / "0001", exam, "--forms", "B,A", "--runs", "1,2", "--design", "neat"
    )
    assert two["y"]["name"].endswith("run 2 form A")


def test_conversions_survive_the_file_exactly(run: Run, pair: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "scaled.yaml"
    told(
        run, *pair, "--design", "neat", "--method", "chained-circle-arc", "--out", out
    )  # 0 is nearly 0 there
    assert yaml.safe_load(out.read_text("utf-8"))["table"][0] == 0
    document = told(run, *pair, "--design", "neat", "--method", "levine", "--out", out)
    written = yaml.safe_load(out.read_text("utf-8"))
    assert [written["table"][row["score"]] for row in document["table"]] == ys(document)
    assert document["files"] == [str(out)]
    assert len(neat_free(written)) == 64


def neat_free(written: dict[str, Any]) -> str:
    assert written["decimals"] == 0
    return str(written["source"]["y"]["sha256"])


def test_scoring_by_a_conversion_that_identity_would_do_for_says_so(run: Run, workspace: Path) -> None:
    write_blueprint(workspace / "bp.yaml", forms=2, items=12, anchor=4)
    run.ok("build", "bp.yaml")
    exam = next((workspace / "output").iterdir())
    run.ok("simulate", exam, "--candidates", 60, "--seed", 9, "--out", "answers.csv")
    run.ok("score", exam, "answers.csv")
    words = ("analyse", "equate", exam, "--forms", "B,A", "--design", "eg", "--out", "scaled.yaml")
    advice = run.json(*words)["advice"]
    assert advice["method"] == "identity"
    said = "unconverted points (identity) would be at least as accurate"
    assert said in " ".join(run("score", exam, "--scaled", "scaled.yaml").text.split())
    audit = json.loads((exam / "results" / "audit.json").read_text("utf-8"))
    assert audit["scaled"]["source"]["advice"]["error"] == round(advice["error"], 4)
    written = (workspace / "scaled.yaml").read_text("utf-8")
    written = re.sub(r"  advice:\n(    .*\n)+", "", written)
    (workspace / "other.yaml").write_text(written, "utf-8")
    assert said not in " ".join(run("score", exam, "--scaled", "other.yaml").text.split())
    audit = json.loads((exam / "results" / "audit.json").read_text("utf-8"))
    assert "advice" not in audit["scaled"]["source"]


def test_what_the_screen_says_in_thai(run: Run, pair: tuple[Path, Path]) -> None:
    ran = run.ok(
        "--lang", "th", "analyse", "equate", *pair, "--design", "neat", "--method", "tucker", "--cut", 12
    )
    assert "คะแนน" in ran.out
    assert " points" not in ran.out
