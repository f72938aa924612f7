"""Ratings of five judges' workbooks to a cut to a scored decision, and all that may be wrong with a cut's file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest
import yaml

from examgen.core.exam.digests import digest_key_of, keyed_of
from tests.bank.test_review_commands import experts, fill
from tests.commands.conftest import Ran, Run, write_blueprint
from tests.samples import PCS, item_data, write_unit
from tests.sittings import OPEN_LOOKS, table, write_table
from tests.standard_setting.conftest import write

DECIDED = ("--by", "คณะกรรมการ", "--reason", "มติที่ 7/2569", "--date", "2026-11-21")
EXAM = Path("output/T-1-L4")


@pytest.fixture
def exam(workspace: Path, run: Run) -> Path:
    """Two forms of twelve items, passed with 60 per cent of all points and 25 in each element."""
    write_blueprint(workspace / "bp.yaml", forms=2, **{"pass": {"percent": 60, "elements": {"all": 25}}})
    run.ok("build", "bp.yaml")
    run.ok("simulate", EXAM, "--candidates", 60, "--seed", 3, "--out", "answers.csv")
    return EXAM


def forms(folder: Path) -> dict[str, list[str]]:
    """The items of each form."""
    found: dict[str, list[str]] = {}
    for row in table(folder / "secure/forms.csv"):
        found.setdefault(row["form"], []).append(row["item"])
    return found


def rated(folder: Path) -> Path:
    """Ratings of three judges of every item of the forms, as a wide table."""
    items = [item for own in forms(folder).values() for item in own]
    rows = [
        [f"J{j}", *(f"{0.45 + 0.02 * (n % 7) + 0.03 * j:.2f}" for n in range(len(items)))] for j in range(3)
    ]
    return write_table("ratings.csv", rows, ["judge", *items])


@pytest.fixture
def cut(exam: Path, run: Run) -> dict[str, Any]:
    """cut.yaml of three judges, as it was written."""
    run.ok("analyse", "cut", "--method", "angoff", rated(exam), "--exam", exam, "--out", "cut.yaml", *DECIDED)
    return said("cut.yaml")


def said(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(Path(name).read_text("utf-8"))
    return found


def audit(folder: Path, n: int | None = None) -> dict[str, Any]:
    place = folder / "results" if n is None else folder / f"results/runs/{n:04d}"
    found: dict[str, Any] = json.loads((place / "audit.json").read_text("utf-8"))
    return found


def decided_by_hand(folder: Path, cuts: dict[str, float]) -> dict[str, str]:
    """Who passes: the cut of the form, and a quarter of the points of each element, counted from the results."""
    points = {row["candidate_id"]: row for row in table(folder / "results/pc_results.csv")}
    asked: dict[tuple[str, str], int] = {}
    for row in table(folder / "secure/key.csv"):
        asked[row["form"], row["element"]] = asked.get((row["form"], row["element"]), 0) + 1
    found = {}
    for row in table(folder / "results/candidates.csv"):
        own = points[row["candidate_id"]]
        reached = float(row["score"]) >= cuts[row["form"]]
        for (form, element), n in asked.items():
            if form == row["form"]:
                right = sum(
                    float(value or 0)
                    for name, value in own.items()
                    if name.startswith(f"{element}.") and name.endswith("_correct")
                )
                reached &= 4 * right >= n
        found[row["candidate_id"]] = "pass" if reached else "fail"
    return found


def test_from_workbooks_to_decisions(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [item_data(pc, n) for pc in PCS for n in range(1, 4)]
    write_unit(tmp_path / "item_bank", items)
    (tmp_path / "output").mkdir()
    monkeypatch.chdir(tmp_path)
    # forms of the bank for five experts, filled in and read back; the PDF beside them is nobody's here
    monkeypatch.setattr("examgen.papers.review_forms.review_sheet", lambda *_: b"%PDF-")
    words = ("T-1", "--kind", "angoff", "--level", 4, *experts(5), "--out", "review")
    run.ok("bank", "review", *words)
    ratings = {
        str(one["id"]): [35 + (7 * n + 3 * e + n * e % 5) % 40 for e in range(5)]
        for n, one in enumerate(items)
    }
    books = sorted(Path("review").glob("*.xlsx"))
    assert len(books) == 5
    for expert, path in enumerate(books, 1):
        fill(path, ratings, expert)
    run.ok("bank", "review", "T-1", *books, "--date", "2026-11-20")

    write_blueprint(
        tmp_path / "bp.yaml", forms=2, items=4, **{"pass": {"percent": 60, "elements": {"all": 25}}}
    )
    run.ok("build", "bp.yaml")
    run.ok("simulate", EXAM, "--candidates", 60, "--seed", 3, "--out", "answers.csv")
    asked = ("analyse", "cut", "--method", "angoff", "--bank", "item_bank", "--exam")
    run.ok(*asked, EXAM, "--out", "cut.yaml", *DECIDED)
    written = said("cut.yaml")
    # each form by hand: the sum of the items' means; s/√5 of the judges' sums
    for form, own in forms(EXAM).items():
        sums = [sum(ratings[item][judge] for item in own) / 100 for judge in range(5)]
        assert written["forms"][form]["cut"] == pytest.approx(mean(sums), abs=5.1e-5)
        assert written["forms"][form]["se"] == pytest.approx(stdev(sums) / 5**0.5, abs=5.1e-5)
        assert (written["forms"][form]["judges"], written["forms"][form]["points"]) == (5, 4)

    assert "cut by Angoff" in run.ok("score", EXAM, "answers.csv", "--cut", "cut.yaml").out
    cuts = {form: float(one["cut"]) for form, one in written["forms"].items()}
    decisions = {row["candidate_id"]: row["decision"] for row in table(EXAM / "results/candidates.csv")}
    assert decisions == decided_by_hand(EXAM, cuts)
    assert set(decisions.values()) == {"pass", "fail"}
    # the audit names file, hash, method, sources and who decided
    found, ratings_file = audit(EXAM), Path("item_bank/T-1/ratings.yaml")
    assert found["records"] == [
        {"file": "cut.yaml", "sha256": keyed_of(digest_key_of(EXAM), Path("cut.yaml"))}
    ]
    assert found["cut"]["sources"] == [
        {"file": str(ratings_file), "sha256": keyed_of(digest_key_of(EXAM), ratings_file)}
    ]
    told = [found["cut"][name] for name in ("method", "by", "reason", "date")]
    assert told == ["angoff", "คณะกรรมการ", "มติที่ 7/2569", "2026-11-21"]
    rule = found["options"]["pass"]
    assert (rule["cut"], rule["percent"], rule["reason"]) == ("file", None, "มติที่ 7/2569")
    assert run("verify", EXAM).status in (0, 3)

    # `pass: {cut: angoff}` finds form by form the same when the exam is built
    write_blueprint(
        tmp_path / "bp.yaml",
        exam="BUILT",
        forms=2,
        items=4,
        **{"pass": {"cut": "angoff", "angoff": {"adjust_se": -1}}},
    )
    run.ok("build", "bp.yaml")
    built = said("output/BUILT/exam.yaml")["cuts"]
    for one in run.json(*asked, "output/BUILT", "--adjust-se", "-1")["forms"]:
        own_cut = {name: float(value) for name, value in built[one["form"]].items()}
        assert (one["cut"], one["judges"]) == (own_cut["cut"], own_cut["judges"])
        assert [round(one[name], 4) for name in ("judged", "se")] == [own_cut["judged"], own_cut["se"]]


def test_only_what_is_asked_of_the_total_is_replaced(exam: Path, cut: dict[str, Any], run: Run) -> None:
    run.ok("score", exam, "answers.csv")
    run.ok("score", exam, "answers.csv", "--cut", "cut.yaml")
    assert audit(exam, 1)["options"]["pass"]["elements"] == audit(exam, 2)["options"]["pass"]["elements"]
    assert run.json("score", exam, "--compare", 1, 2)["causes"] == ["cut"]
    # without it, the cut that a run had is not forgotten
    assert "add them with --cut" in " ".join(run.refused("score", exam, "answers.csv").split())
    run.ok("score", exam, "answers.csv", "--without", "cut")
    assert audit(exam, 3)["left_out"][0]["what"] == "cut"


def test_what_is_kept_is_scored_again_by_a_cut(exam: Path, cut: dict[str, Any], run: Run) -> None:
    run.ok("score", exam, "answers.csv")
    run.ok("score", exam, "--cut", "cut.yaml")
    direct = audit(exam, 2)
    drop = "- {kind: drop, form: A, question: 1, only_here: true, reason: r, by: c, date: 2026-11-20}"
    write("c.yaml", drop)
    run.ok("score", exam, "--cut", "cut.yaml", "--corrections", "c.yaml")
    # a cut in points stays what it was
    assert audit(exam, 3)["cut"] == direct["cut"]
    again = run("score", exam, "answers.csv", "--cut", "cut.yaml", "--corrections", "c.yaml")
    assert "has the same results" in again.out, again.text
    run.ok("score", exam, "--cut", "cut.yaml", "--corrections", "c.yaml", "--dry-run")


def test_a_released_run_does_not_move(exam: Path, cut: dict[str, Any], run: Run) -> None:
    run.ok("score", exam, "answers.csv")
    run.ok("release", exam, "--run", 1, "--by", "c", "--reason", "r", *OPEN_LOOKS)
    before = (exam / "results/candidates.csv").read_bytes()
    run.ok("score", exam, "answers.csv", "--cut", "cut.yaml")
    assert (exam / "results/candidates.csv").read_bytes() == before
    assert "cut" not in audit(exam)
    assert run("verify", exam).status in (0, 3)


def test_a_sitting_without_a_pass_rule_is_decided_by_the_cut_alone(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", **{"pass": None})
    run.ok("build", "bp.yaml")
    run.ok("simulate", EXAM, "--candidates", 20, "--seed", 1, "--out", "answers.csv")
    run.ok("analyse", "cut", "--method", "angoff", rated(EXAM), "--exam", EXAM, "--out", "cut.yaml", *DECIDED)
    run.ok("score", EXAM, "answers.csv", "--cut", "cut.yaml")
    limit = float(said("cut.yaml")["forms"]["A"]["cut"])
    for row in table(EXAM / "results/candidates.csv"):
        assert row["decision"] == ("pass" if float(row["score"]) >= limit else "fail")


def test_groups_of_a_run_set_the_cut_of_the_next(exam: Path, run: Run) -> None:
    run.ok("score", exam, "answers.csv")
    rows = table(exam / "results/candidates.csv")
    by_form: dict[str, list[float]] = {}
    for row in rows[:40]:
        by_form.setdefault(row["form"], []).append(float(row["score"]))
    write(
        "g.csv", "candidate_id,group\n" + "\n".join(f"{row['candidate_id']},borderline" for row in rows[:40])
    )
    words = (
        "analyse",
        "cut",
        "--method",
        "borderline",
        "g.csv",
        "--exam",
        exam,
        "--run",
        1,
        "--out",
        "cut.yaml",
    )
    run.ok(*words, *DECIDED, "--json")
    written = said("cut.yaml")
    for form, scores in by_form.items():
        own = sorted(scores)
        half = len(own) // 2
        median = own[half] if len(own) % 2 else (own[half - 1] + own[half]) / 2
        assert (written["forms"][form]["cut"], written["forms"][form]["candidates"]) == (median, len(own))
    assert written["sources"][-1]["file"] == "run 1" or written["sources"][0]["file"] == "run 1"
    run.ok("score", exam, "answers.csv", "--cut", "cut.yaml")


# ── what may be wrong with the file ──────────────────────────────────────────────────────────


SPOILED: list[tuple[Callable[[dict[str, Any]], dict[str, Any]], str]] = [
        (lambda c: {**c, "exam": "OTHER"}, "is a cut of exam OTHER, not of T-1-L4"),
        (lambda c: {**c, "fingerprint": "0" * 64}, "of an earlier build of"),
        (lambda c: {**c, "forms": {"A": c["forms"]["A"]}}, "has no cut for form B"),
        (lambda c: {**c, "forms": {**c["forms"], "C": c["forms"]["A"]}}, "for form C, which is not in the exam"),
        (lambda c: {**c, "forms": {**c["forms"], "A": {**c["forms"]["A"], "points": 40}}}, "but the form has 12"),
        (lambda c: {**c, "forms": {**c["forms"], "A": {**c["forms"]["A"], "cut": 13}}}, "outside the scale (0 to 12"),
        (lambda c: {**c, "forms": {**c["forms"], "A": {**c["forms"]["A"], "cut": -1}}}, "outside the scale (0 to 12"),
        (lambda c: {**c, "forms": {**c["forms"], "A": {**c["forms"]["A"], "se": -1}}}, "must be at least 0"),
        (lambda c: {**c, "forms": {**c["forms"], "A": {**c["forms"]["A"], "cut": float("nan")}}}, "cut"),
        (lambda c: {**c, "forms": {}}, "forms"),
        (lambda c: {**c, "method": "guess"}, "method"),
        (lambda c: {k: v for k, v in c.items() if k != "reason"}, "reason"),
        (lambda c: {k: v for k, v in c.items() if k != "by"}, "by"),
        (lambda c: {**c, "wisdom": 1}, "wisdom"),
]  # fmt: skip


def test_a_cut_that_is_not_one_of_this_exam_is_refused(exam: Path, cut: dict[str, Any], run: Run) -> None:
    for change, message in SPOILED:
        # written as JSON: without anchors
        Path("bad.yaml").write_text(json.dumps(change(cut), default=str), "utf-8")
        ran = run("score", exam, "answers.csv", "--cut", "bad.yaml")
        assert (ran.status, (exam / "results/audit.json").exists()) == (1, False), ran.text
        assert message in " ".join(ran.err.split())


def test_files_that_are_no_cut(exam: Path, run: Run) -> None:
    for data, status in ((b"", 1), (b"\xff\xfe\x00", 1), (b"- 1", 1), (b"a: [", 1)):
        Path("bad.yaml").write_bytes(data)
        assert run("score", exam, "answers.csv", "--cut", "bad.yaml").status == status
    assert run("score", exam, "answers.csv", "--cut", "nowhere.yaml").status == 2


def test_a_blueprint_does_not_say_that_a_file_has_the_cut(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", **{"pass": {"cut": "file"}})
    assert "Remove it here" in " ".join(run.refused("build", "bp.yaml").split())


def test_items_on_no_form_are_told_and_items_unrated_are_refused(exam: Path, run: Run) -> None:
    own = forms(exam)
    every = [*own["A"], *own["B"]]
    write(
        "r.csv",
        "judge,item,rating\n"
        + "\n".join(f"J{j},{item},0.5" for j in (1, 2) for item in [*every, "X.01-001"]),
    )
    found = run.json("analyse", "cut", "--method", "angoff", "r.csv", "--exam", exam)
    assert "items-elsewhere" in {one["code"] for one in found["notes"]}
    write(
        "r.csv", "judge,item,rating\n" + "\n".join(f"J{j},{item},0.5" for j in (1, 2) for item in every[1:])
    )
    ran: Ran = run("analyse", "cut", "--method", "angoff", "r.csv", "--exam", exam)
    assert (ran.status, every[0] in ran.err) == (1, True)
    write("r.csv", "judge,item,rating\nJ,X.01-001,0.5")
    assert "Check that the items are named by their ids" in " ".join(
        run("analyse", "cut", "--method", "angoff", "r.csv", "--exam", exam).err.split()
    )


def test_a_bank_without_ratings_and_a_file_that_is_read(exam: Path, run: Run) -> None:
    ran = run("analyse", "cut", "--method", "angoff", "--bank", "item_bank", "--exam", exam)
    assert (ran.status, "has no Angoff ratings" in ran.err) == (1, True)
    assert run("analyse", "cut", "--method", "angoff", "--bank", "nowhere", "--exam", exam).status == 2
    path = rated(exam).rename("ratings.yaml")
    ran = run("analyse", "cut", "--method", "angoff", path, "--exam", exam, "--out", path, *DECIDED)
    assert (ran.status, "is an input file" in " ".join(ran.err.split())) == (2, True)
    ran = run("analyse", "cut", "--method", "angoff", path, "--exam", exam, "--out", "cut.yaml", "--by", "me")
    assert (ran.status, "--out also needs --reason, --date" in " ".join(ran.err.split())) == (2, True)


def test_analyses_and_reports_of_the_run_go_by_its_cut(exam: Path, cut: dict[str, Any], run: Run) -> None:
    run.ok("score", exam, "answers.csv", "--cut", "cut.yaml")
    ran = run("analyse", "exam", exam, "--no-pdf", "--json")
    assert ran.status in (0, 3), ran.text
    for form in json.loads(ran.out)["forms"]:
        limit = cut["forms"][form["form"]]["cut"]
        assert (form["cut"], form["cut_points"]) == (limit, limit)
    assert run("report", exam, "--kind", "committee", "--no-pdf", "--lang", "en").status in (0, 3)
    [page] = (exam / "reports").rglob("committee/report.html")
    html = page.read_text("utf-8")
    assert "at least the cut that judges set by the Angoff method" in html
    assert "reason of the cut: มติที่ 7/2569" in html
    assert f"form A: {cut['forms']['A']['cut']:g} points by 3 judges" in html
