"""Interviews from blueprint to decision: level 7 by itself, level 5 beside the written test."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from statistics import median

import pytest

from tests.assessing.interviews import UNIT, Ratings, rated, tasks_of, write, write_ratings
from tests.commands.conftest import Run, run
from tests.sittings import OPEN_LOOKS, table

__all__ = ["run"]
WORDS = ("--by", "คณะกรรมการ", "--reason", "ครั้งที่ 9/2569", "--date", "2026-11-26", *OPEN_LOOKS)
MODERATED = ("candidate_id", "task", "points", "by", "date", "reason")


@pytest.fixture
def place(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(root / "item_bank", tmp_path / "item_bank")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def built(run: Run, name: str) -> Path:
    exam = Path("output") / name
    run.ok("build", f"item_bank/{UNIT}/blueprints/{name}.yaml", "--out", exam)
    return exam


def points_of(ratings: Ratings, decided: Mapping[tuple[str, str], float] = {}) -> dict[str, Fraction]:
    """The total of each candidate, reckoned here from the ratings alone."""
    by_task: dict[tuple[str, str], list[int]] = {}
    for (who, _, task), points in ratings.items():
        by_task.setdefault((who, task), []).append(points)
    totals: dict[str, Fraction] = {}
    for (who, task), given in by_task.items():
        points = Fraction(decided.get((who, task), median(given)))
        totals[who] = totals.get(who, Fraction(0)) + points
    return totals


def test_a_level_of_the_interview_alone_is_decided_and_told_by_it(place: Path, run: Run) -> None:
    exam = built(run, "interview-7")
    ratings = rated(exam, [f"70{n:03d}" for n in range(40)])
    run.ok("take", exam, write_ratings(Path("r.csv"), ratings))
    assert run("score", exam).status in (0, 3)
    totals = points_of(ratings)
    found = {row["candidate_id"]: row for row in table(exam / "results/candidates.csv")}
    assert {who: Fraction(row["score"]) for who, row in found.items()} == totals
    most = sum(anchors[-1] for anchors in tasks_of(exam)["A"].values())
    passed = {who for who, points in totals.items() if points * 10 >= most * 6}
    assert {who for who, row in found.items() if row["decision"] == "pass"} == passed
    assert 5 < len(passed) < 35
    run.ok("release", exam, "--run", 1, *WORDS)
    assert run.ok("verify", exam)
    # the unit is met by the interview, for the standard asks nothing else
    run.ok("report", exam, "--no-pdf")
    one = min(passed)
    run.ok("report", exam, "--kind", "candidate", "--candidate", one, "--lang", "en", "--html", "--no-pdf")
    html = next((exam / "reports/run-0001").glob("candidate*/**/*.html")).read_text("utf-8")
    assert "Written test" not in html
    assert "met" in html


@pytest.mark.parametrize(
    "line",
    [
        ("analyse", "exam"),
        ("analyse", "copying"),
        ("analyse", "subscores"),
        ("analyse", "decisions"),
        ("export", "--format", "gift", "--keys", "inside", "--out", "x"),
        ("export", "--format", "word", "--out", "x"),
        ("simulate", "--candidates", "4", "--seed", "1", "--out", "x"),
    ],
    ids=" ".join,
)
def test_what_needs_responses_to_items_is_refused_of_an_interview(
    place: Path, run: Run, line: tuple[str, ...]
) -> None:
    exam = built(run, "interview-7")
    said = run(*line, exam)
    assert said.status == 1
    assert "assessors rate this exam" in said.err
    assert not Path("x").exists()


def test_the_written_paper_of_that_level_is_still_refused(place: Path, run: Run) -> None:
    text = Path(f"item_bank/{UNIT}/blueprints/level-5.yaml").read_text("utf-8")
    Path("seven.yaml").write_text(text.replace("level: 5", "level: 7"), encoding="utf-8")
    said = run("build", "seven.yaml", "--workspace", place)
    assert said.status == 1
    assert "does not assess level 7 by a written test" in said.err
    # and an interview at the level of the written test alone
    text = Path(f"item_bank/{UNIT}/blueprints/interview-5.yaml").read_text("utf-8")
    Path("four.yaml").write_text(text.replace("level: 5", "level: 4"), encoding="utf-8")
    said = run("build", "four.yaml", "--workspace", place)
    assert said.status == 1
    assert "does not assess level 4 by this method (interview)" in said.err


def test_test_and_interview_of_sixty_decide_a_unit_together(place: Path, run: Run) -> None:
    written, interview = built(run, "level-5"), built(run, "interview-5")
    run.ok("simulate", written, "--candidates", 60, "--seed", 7, "--out", "a.csv")
    ids = [row["candidate_id"] for row in table(Path("a.csv"))]
    far = {who: 1 + n % 2 for n, who in enumerate(ids[:6])}
    ratings = rated(interview, ids, far=far)
    run.ok("take", interview, write_ratings(Path("r.csv"), ratings))
    said = run("score", interview)
    assert said.status == 3
    results = interview / "results"
    assert {row["candidate_id"] for row in table(results / "quarantine.csv")} == {*far}
    assert {row["reason"] for row in table(results / "quarantine.csv")} == {"to_be_moderated"}
    open_tasks = table(results / "to_moderate.csv")
    assert len(open_tasks) == sum(far.values())

    # the list comes back filled in; nobody of the two decides alone
    decided = {(row["candidate_id"], row["task"]): 1.5 + n % 2 for n, row in enumerate(open_tasks)}
    by_assessor = next(name for who, name, _ in ratings if who == ids[0])
    line = (ids[0], open_tasks[0]["task"], 2, by_assessor, "2026-11-21", "ฟังเทปแล้ว")
    said = run("take", interview, write(Path("alone.csv"), [line], MODERATED))
    assert said.status == 1
    assert "is one of the assessors" in said.err
    lines = [(*key, points, "ประธาน", "2026-11-21", "ฟังเทปแล้ว") for key, points in decided.items()]
    run.ok("take", interview, write(Path("m.csv"), lines, MODERATED))
    run.ok("score", interview)
    found = {row["candidate_id"]: row for row in table(results / "candidates.csv")}
    assert {who: Fraction(row["score"]) for who, row in found.items()} == points_of(ratings, decided)
    given = {
        (r["candidate_id"], r["assessor"], r["task"]): int(r["points"])
        for r in table(results / "ratings.csv")
    }
    assert given == ratings
    hows = {(r["candidate_id"], r["task"]): r["how"] for r in table(results / "ratings.csv")}
    assert {key for key, how in hows.items() if how == "moderated"} == {*decided}

    # people are told in the sitting of the written test, and there alone
    assert run("release", interview, "--run", 2, *WORDS).status == 1
    run.ok("take", written, "a.csv", results / "method_results.csv")
    assert run("score", written).status in (0, 3)
    run.ok("release", written, "--run", 1, *WORDS)
    test = {row["candidate_id"]: row["decision"] for row in table(written / "results/candidates.csv")}
    both = {who for who in ids if test[who] == found[who]["decision"] == "pass"}
    assert 0 < len(both) < 40
    said = run.ok("release", written, "--run", 1, *WORDS)
    assert f"{len(both)} met, {60 - len(both)} not met, 0 not decided yet" in said.out
    run.ok("verify", interview)
    run.ok("verify", written)


def test_methods_that_weigh_decide_together_once_each_is_passed(place: Path, run: Run) -> None:
    text = Path(f"item_bank/{UNIT}/blueprints/level-5.yaml").read_text("utf-8")
    for weights, code in (
        ("{written_objective: 30, interview: 70}", ""),
        ("{written_objective: 30, interview: 60}", "add up to 100"),
        ("{written_objective: 30, portfolio: 70}", "weights-of-methods"),
    ):
        rule = f"all_methods: {{percent: 72, weights: {weights}}}\n"
        Path(f"item_bank/{UNIT}/blueprints/weighed.yaml").write_text(text + rule, encoding="utf-8")
        if code:
            assert code in run("build", f"item_bank/{UNIT}/blueprints/weighed.yaml").err
    Path(f"item_bank/{UNIT}/blueprints/weighed.yaml").write_text(
        text + "all_methods: {percent: 72, weights: {written_objective: 30, interview: 70}}\n",
        encoding="utf-8",
    )
    written, interview = built(run, "weighed"), built(run, "interview-5")
    run.ok("simulate", written, "--candidates", 40, "--seed", 7, "--out", "a.csv")
    ids = [row["candidate_id"] for row in table(Path("a.csv"))]
    run.ok("take", interview, write_ratings(Path("r.csv"), rated(interview, ids)))
    run.ok("score", interview)
    given = interview / "results/method_results.csv"
    bare = [(row["candidate_id"], "interview", row["result"], "2026-11-20", "ก") for row in table(given)]
    head = ("candidate_id", "method", "result", "date", "assessor")
    assert run("take", written, write(Path("bare.csv"), bare, head)).err.count("[percent-missing]") == 40
    run.ok("take", written, "a.csv", given)
    assert run("score", written).status in (0, 3)
    test = {row["candidate_id"]: row for row in table(written / "results/candidates.csv")}
    talk = {row["candidate_id"]: row for row in table(interview / "results/candidates.csv")}
    passed = {who for who in ids if test[who]["decision"] == talk[who]["decision"] == "pass"}
    together = {
        who: sum(
            weight * Fraction(one[who]["score"]) / Fraction(one[who]["max_score"])
            for weight, one in ((30, test), (70, talk))
        )
        for who in passed
    }
    met = {who for who, percent in together.items() if percent >= 72}
    assert 0 < len(met) < len(passed)
    said = run.ok("release", written, "--run", 1, *WORDS)
    assert f"{len(met)} met, {40 - len(met)} not met, 0 not decided yet" in said.out
    run.ok("report", written, "--kind", "committee", "--lang", "en", "--no-pdf")
    book = next((written / "reports/run-0001/committee").glob("**/*.html")).read_text("utf-8")
    assert "reach 72 % of the points by their weights: objective written test 30 % and interview 70 %" in book
    words = ("--kind", "candidate", "--lang", "en", "--html", "--no-pdf", "--candidate")
    for who, sentence in (
        (min(met), "The candidate passed every method"),
        (min(passed - met), "Every method was passed, but together they do not come to what is asked"),
    ):
        run.ok("report", written, *words, who)
        page = next((written / "reports/run-0001").glob(f"candidate*/**/*{who}*.html")).read_text("utf-8")
        assert sentence in page
        assert f"{int(together[who] * 100) / 100:.2f} % of the points; 72 % are required" in page


def test_ratings_that_are_missing_leave_a_candidate_without_a_result(place: Path, run: Run) -> None:
    exam = built(run, "interview-7")
    ratings = rated(exam, ["70001", "70002", "70003"])
    alone = next(name for who, name, _ in ratings if who == "70001")
    for key in [key for key in ratings if key[0] == "70001" and key[1] == alone]:
        del ratings[key]
    gone = next(key for key in ratings if key[0] == "70002")
    del ratings[gone]
    run.ok("take", exam, write_ratings(Path("r.csv"), ratings))
    said = run("score", exam)
    assert said.status == 3
    aside = {row["candidate_id"]: row for row in table(exam / "results/quarantine.csv")}
    assert {who: row["reason"] for who, row in aside.items()} == dict.fromkeys(
        ("70001", "70002"), "ratings_missing"
    )
    assert aside["70001"]["raw"].startswith("1/2;")
    assert aside["70002"]["raw"].startswith(f"{gone[2]} ({gone[1]})")
    assert [row["candidate_id"] for row in table(exam / "results/candidates.csv")] == ["70003"]


def test_who_trained_a_candidate_does_not_assess_them(place: Path, run: Run) -> None:
    exam = built(run, "interview-7")
    ratings = rated(exam, ["70001", "70002"])
    trainer = next(name for who, name, _ in ratings if who == "70002")
    roster = [("70001", "present", "ใครบางคน"), ("70002", "present", f"  {trainer.upper()} ")]
    run.ok("take", exam, write(Path("roster.csv"), roster, ("candidate_id", "status", "trainer")))
    said = run("take", exam, write_ratings(Path("r.csv"), ratings))
    assert said.status == 1
    assert f"{trainer} has trained 70002" in said.err
    # of a list that comes after the ratings, the scoring knows it
    run.ok("take", exam, "--back", "roster.csv", "--reason", "ใหม่")
    run.ok("take", exam, "r.csv")
    run.ok("take", exam, "roster.csv")
    assert run("score", exam).status == 3
    aside = {row["candidate_id"]: row["reason"] for row in table(exam / "results/quarantine.csv")}
    assert aside == {"70002": "assessed_by_trainer"}


def test_who_did_not_come_is_absent_in_the_list_of_results(place: Path, run: Run) -> None:
    exam, written = built(run, "interview-5"), built(run, "level-5")
    ratings = rated(exam, ["1", "2"])
    lines = [
        (*key, points, "2026-11-20", "", "ตอบช้า" if key[0] == "1" else "") for key, points in ratings.items()
    ]
    run.ok("take", exam, write(Path("r.csv"), lines))
    roster = [("1", "นางสาวใจดี", "present"), ("2", "=นายงาม", "present"), ("3", "นายขาด", "absent")]
    run.ok("take", exam, write(Path("roster.csv"), roster, ("candidate_id", "name", "status")))
    run.ok("score", exam)
    found = {row["candidate_id"]: row for row in table(exam / "results/method_results.csv")}
    assert {who: row["result"] == "absent" for who, row in found.items()} == {
        "1": False,
        "2": False,
        "3": True,
    }
    scored = {row["candidate_id"]: row for row in table(exam / "results/candidates.csv")}
    for who, row in found.items():
        assert (row["unit"], row["method"], row["exam"]) == (
            UNIT,
            "interview",
            "ASM-REE-5-059ZB-L5-interview",
        )
        if who in scored:
            case = "B" if row["form"] == "A" else "A"  # as this blueprint deals them
            assert row["instrument"] == f"{UNIT}-interview-5{case}"
            same = ("score", "max_score", "percent", "form", "decision")
            assert [row[one] for one in ("points", "max_points", "percent", "form", "result")] == [
                scored[who][one] for one in same
            ]
    assert [row["comment"] for row in found.values()] == ["ตอบช้า", "", ""]
    assert [row["name"] for row in found.values()] == ["นางสาวใจดี", "'=นายงาม", "นายขาด"]
    # as it is, the sitting of the written test takes it
    run.ok("take", written, exam / "results/method_results.csv")


def test_a_task_that_is_dropped_counts_for_nobody(place: Path, run: Run) -> None:
    exam = built(run, "interview-7")
    ratings = rated(exam, ["70001", "70003"])
    run.ok("take", exam, write_ratings(Path("r.csv"), ratings))
    run.ok("score", exam)
    task = next(iter(tasks_of(exam)["A"]))
    said = f"item: {task}, reason: ถามผิด, by: ประธาน, date: 2026-11-21"
    Path("c.yaml").write_text(f"- {{kind: rekey, key: a, {said}}}\n", encoding="utf-8")
    refused = run("score", exam, "--corrections", "c.yaml")
    assert "is rated by assessors, so it has no key" in refused.err
    Path("c.yaml").write_text(f"- {{kind: drop, {said}}}\n", encoding="utf-8")
    run.ok("take", exam, "c.yaml")
    run.ok("score", exam)
    left = {key: points for key, points in ratings.items() if key[2] != task}
    found = {row["candidate_id"]: Fraction(row["score"]) for row in table(exam / "results/candidates.csv")}
    assert found == points_of(left)


def renamed(ratings: Ratings, names: Sequence[str]) -> list[tuple[object, ...]]:
    """Ratings of two assessors under other names, in the order in which they first come."""
    before = list(dict.fromkeys(name for _, name, _ in ratings))
    to = dict(zip(before, names, strict=True))
    return [(who, to[name], task, n, "2026-11-20", "", "") for (who, name, task), n in ratings.items()]


@pytest.mark.parametrize("names", [("Somchai", "S\u043emchai"), ("กี้ ใจดี", "ก\u0e49\u0e35 ใจดี"), ("Somchai Jaidee", "Jaidee Somchai")])  # fmt: skip
def test_one_person_by_two_names_that_look_alike_is_one_assessor(
    place: Path, run: Run, names: tuple[str, str]
) -> None:
    exam = built(run, "interview-7")
    lines = renamed(dict.fromkeys(rated(exam, ["70001"]), 0), names)  # the same points, else rated twice
    run.ok("take", exam, write(Path("r.csv"), lines))
    assert run("score", exam).status == 3
    [aside] = table(exam / "results/quarantine.csv")
    assert (aside["reason"], aside["raw"].split(";")[0]) == ("ratings_missing", "1/2")


def test_a_trainer_among_several_does_not_assess(place: Path, run: Run) -> None:
    exam = built(run, "interview-7")
    roster = [("70001", "present", "สมชาย ใจดี + มาลี")]
    run.ok("take", exam, write(Path("roster.csv"), roster, ("candidate_id", "status", "trainer")))
    said = run("take", exam, write(Path("r.csv"), renamed(rated(exam, ["70001"]), ("มาลี", "วิชัย แก้วใส"))))
    assert said.status == 1
    assert "มาลี has trained 70001" in said.err


def test_near_names_of_assessors_and_trainers_are_asked_about(place: Path, run: Run) -> None:
    exam = built(run, "interview-7")
    roster = [("70001", "present", "มาลี")]
    run.ok("take", exam, write(Path("roster.csv"), roster, ("candidate_id", "status", "trainer")))
    lines = renamed(rated(exam, ["70001"]), ("มาลี สุขใจ", "ม. สุขใจ"))
    run.ok("take", exam, write(Path("r.csv"), lines))
    said = run.ok("score", exam)
    assert "มาลี สุขใจ and ม. สุขใจ may be the same person (70001)" in said.out
    assert "มาลี สุขใจ and มาลี may be the same person (70001)" in said.out
