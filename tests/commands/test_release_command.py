"""`examgen release`: what people are told, and what says that they are not told it yet."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from tests.commands.conftest import Once, Run, two_forms
from tests.sittings import OPEN_LOOKS, releases_of, table

WORDS = ("--by", "Committee", "--reason", "minutes 7/2569", *OPEN_LOOKS)


@pytest.fixture
def exam_dir(workspace: Path, run: Run, once: Once) -> Path:
    """An exam that was scored twice, the second time with answers of others."""
    return once(workspace, scored_twice, run)


def scored_twice(run: Run) -> None:
    two_forms(run)
    folder = Path("output/T-1-L4")
    for name, seed in (("one.csv", 1), ("two.csv", 2)):
        run.ok("simulate", folder, "--candidates", 12, "--seed", seed, "--out", name)
        run.ok("score", folder, name)


def shown(exam_dir: Path) -> int:
    return int(json.loads((exam_dir / "results/audit.json").read_bytes())["run"])


def cohort(run: Run, exam_dir: Path, *words: object) -> str:
    """The words of a cohort's report."""
    asked = ("--kind", "cohort", "--lang", "en", "--no-pdf", "--out", "made")
    run.ok("report", exam_dir, *asked, *words)
    html = Path("made/report.html").read_text("utf-8")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html.partition("<body")[2].partition(">")[2]))


def test_a_released_run_is_what_is_told_until_another_is(exam_dir: Path, run: Run) -> None:
    assert "Not released. These results may still change" in cohort(run, exam_dir)
    ran = run.ok("release", exam_dir, "--run", 1, *WORDS, "--date", "2026-11-20")
    assert "Run 1 is released. results/, reports and analyses are now those of run 1." in ran.out
    [fingerprint] = re.findall(
        r"^Release 1, fingerprint ((?:[0-9a-f]{4} ){3}[0-9a-f]{4}). Write it", ran.out, flags=re.M
    )
    assert shown(exam_dir) == 1
    told = cohort(run, exam_dir)
    assert f"Release 1 ({fingerprint})" in told
    assert "eleased:" not in told
    assert "Not released. The released results are those of run 1." in cohort(run, exam_dir, "--run", 2)
    ran = run("release", exam_dir, "--run", 2, *WORDS)
    assert "previously released: run 1" in ran.out
    assert re.search(r"compared with it: \d+ now pass, \d+ now fail", ran.out)
    assert shown(exam_dir) == 2
    assert "No longer released. Run 2 replaces these results." in cohort(run, exam_dir, "--run", 1)
    run.ok("verify", exam_dir, "--fingerprint", fingerprint)
    assert "run 1 is older than run 2" in run("release", exam_dir, "--run", 1, *WORDS).out


def test_what_the_released_run_had_is_never_forgotten(exam_dir: Path, run: Run) -> None:
    said = "reason: x, by: y, date: 2026-11-20"
    item = next(iter(table(exam_dir / "secure/key.csv")))["item"]
    Path("c.yaml").write_text(f"[{{kind: credit_all, item: {item}, {said}}}]")
    run.ok("score", exam_dir, "two.csv", "--corrections", "c.yaml")
    run.ok("release", exam_dir, "--run", 3, *WORDS)
    run.ok("score", exam_dir, "two.csv", "--without", "corrections")
    Path("r.csv").write_text("candidate_id\nSYN-00001\n")
    assert "this scoring lacks input that run 3 had" in run.refused(
        "score", exam_dir, "two.csv", "--roster", "r.csv"
    )  # though run 4 had it neither
    assert shown(exam_dir) == 3


def heads(path: str) -> set[str | None]:
    """What stands at the head of the printed sheets of a workbook."""
    return {sheet.oddHeader.center.text for sheet in openpyxl.load_workbook(path)}


def test_printed_tables_say_that_they_are_not_released(exam_dir: Path, run: Run) -> None:
    cohort(run, exam_dir)
    [said] = heads("made/tables.xlsx")
    assert said is not None
    assert said.startswith("Not released. These results may still change")
    run.ok("release", exam_dir, "--run", 2, *WORDS)
    cohort(run, exam_dir)
    assert heads("made/tables.xlsx") == {None}


def test_the_analysis_is_of_the_released_run_and_says_what_it_is_of(exam_dir: Path, run: Run) -> None:
    def analysed(*words: object) -> tuple[int, str]:
        ran = run.ok("analyse", "exam", exam_dir, "--no-pdf", "--out", "analysed", *words)
        document = json.loads(Path("analysed/analysis.json").read_text("utf-8"))
        html = Path("analysed/report.html").read_text("utf-8")
        said = "Not released" in html, "No longer released" in html, "is not released" in ran.out
        assert said[2] == (document["release"]["state"] == "unreleased")
        assert said[:2] == (
            document["release"]["state"] == "unreleased",
            document["release"]["state"] == "superseded",
        )
        return document["run"], document["release"]["state"]

    assert analysed() == (2, "unreleased")
    run.ok("release", exam_dir, "--run", 1, *WORDS)
    assert analysed() == (1, "released")
    assert analysed("--run", 2) == (2, "unreleased")


def test_results_elsewhere_are_released_to_nobody(exam_dir: Path, run: Run) -> None:
    run.ok("score", exam_dir, "one.csv", "--out", "elsewhere")
    assert run("release", exam_dir, "--run", 1, *WORDS, "--results", "elsewhere").status == 2
    assert not releases_of(exam_dir)


def test_second_looks_that_are_decided_are_not_asked_for(exam_dir: Path, run: Run) -> None:
    n = int(re.findall(r"([0-9]+) near the cut", cohort(run, exam_dir))[0])
    assert n > 0
    assert f"{n} near the cut; second looks: 0 upheld, 0 changed, {n} open" in cohort(run, exam_dir)
    run.ok("decide", exam_dir, "--all-open", "--as", "upheld", "--by", "A", "--reason", "seen")
    assert f"{n} near the cut; second looks: {n} upheld, 0 changed, 0 open" in cohort(run, exam_dir)


def test_a_release_says_that_its_items_were_not_analysed(exam_dir: Path, run: Run) -> None:
    said = "The items of this run have not been analysed yet."
    first = run("release", exam_dir, "--run", 1, *WORDS).out
    assert said in first
    assert first.count("analyse exam") == 1
    assert run.json("release", exam_dir, "--run", 1, *WORDS)["analysed"] is False
    run("analyse", "exam", exam_dir, "--run", 2, "--no-pdf")
    assert said in run("release", exam_dir, "--run", 1, *WORDS).out, "another run was analysed"
    ran = run("release", exam_dir, "--run", 2, *WORDS)
    assert "Run 2 is released" in ran.out
    assert said not in ran.out


def test_a_release_without_a_day_is_of_today(exam_dir: Path, run: Run) -> None:
    run.ok("release", exam_dir, "--run", 1, *WORDS)
    assert releases_of(exam_dir)[0]["date"] == date.today().isoformat()
    assert "Nothing changed" in run.ok("release", exam_dir, "--run", 1, *WORDS).out
