"""What was printed or sat is not forgotten: by `build`, its rules, `bank show`, whatever becomes of the package."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.commands.conftest import Run, write_blueprint

pytestmark = pytest.mark.usefixtures("quick")


def built(run: Run, exam: str, *words: object, **changes: object) -> set[str]:
    """The items of an exam that is built."""
    write_blueprint(Path(f"{exam}.yaml"), exam=exam, **changes)
    ran = run.ok("build", f"{exam}.yaml", "--json", *words)
    return {item for form in json.loads(ran.out)["forms"] for item in form["items"]}


def said(run: Run, exam: str) -> str:
    """What is told of items that were asked before."""
    ran = run.ok("build", f"{exam}.yaml", "--dry-run")
    return next((line for line in ran.text.splitlines() if "before (" in line), "")


def printed(run: Run, folder: str, n: int = 4) -> None:
    Path("list.csv").write_text("candidate_id\n" + "".join(f"{k}\n" for k in range(n)), "utf-8")
    run.ok("render", folder, "--candidates", "list.csv")


def sat(run: Run, folder: str, synthetic: bool = False) -> None:
    """Scored with the answers of four people, or of made-up ones."""
    out = Path("answers.csv")
    run.ok("simulate", folder, "--candidates", 4, "--seed", 1, "--out", out)
    if not synthetic:
        lines = [line.rpartition(",")[0] for line in out.read_text("utf-8-sig").splitlines()]
        assert not any("synthetic" in line for line in lines)
        out.write_text("\n".join(lines), "utf-8")
    run.ok("score", folder, out)


def shown(run: Run, item: str) -> dict[str, object] | None:
    ran = run.ok("bank", "show", item, "--json")
    exposure: dict[str, object] | None = json.loads(ran.out)["items"][0]["exposure"]
    return exposure


def test_an_exam_that_was_sat_is_the_last_though_nothing_was_written_back(workspace: Path, run: Run) -> None:
    first = built(run, "first", items=12)
    sat(run, "output/first")
    item = min(first)
    assert shown(run, item) == {"administrations": 1, "candidates": 4, "last": "", "printed": []}
    assert "exposure: 1 administration; 4 candidates" in run("bank", "show", item).out
    again = built(run, "second", "--dry-run", items=12)
    assert (
        f"{len(first & again)} of the 12 items were used or printed before ({len(first & again)} in first"
        in said(run, "second")
    )
    assert not first & built(run, "third", items=12, exclude_last=1)
    assert not first & built(run, "fourth", items=12, exposure={"administrations": 1})
    assert not first & built(run, "fifth", items=12, exposure={"candidates": 4})
    assert first == built(run, "first", items=12), "the same exam built again is no other use"


@pytest.mark.parametrize("gone", ["nothing", "package", "replaced", "elsewhere"])
def test_a_printed_exam_counts_wherever_its_package_is(workspace: Path, run: Run, gone: str) -> None:
    folder = "else/where" if gone == "elsewhere" else "output/first"
    first = built(run, "first", "--out", folder, items=12)
    printed(run, folder)
    if gone in ("package", "elsewhere"):
        shutil.rmtree(folder)
    if gone == "replaced":
        first -= built(run, "first", "--replace", items=12, seed=9)
        assert first
    assert not first & built(run, "second", items=12, exclude_last=1)
    assert shown(run, min(first)) == {"administrations": 0, "candidates": 0, "last": "", "printed": ["first"]}
    assert "printed, with no record that it was taken: first" in run("bank", "show", min(first)).out
    records = [*Path("uses").glob("first-*.json")]
    assert len(records) == 1
    assert records[0].stat().st_mode & 0o077 == 0


def test_the_record_is_made_before_a_scored_exam_is_replaced(workspace: Path, run: Run) -> None:
    first = built(run, "first", items=12)
    sat(run, "output/first")
    second = built(run, "first", "--replace", items=12, seed=9)
    assert not (first | second) & built(run, "next", items=6, exclude_last=1) - (second - first)


def test_synthetic_candidates_are_no_use(workspace: Path, run: Run) -> None:
    first = built(run, "first", items=12)
    sat(run, "output/first", synthetic=True)
    assert shown(run, min(first)) is None
    write_blueprint(Path("next.yaml"), exam="next", items=12, exclude_last=1)
    assert not said(run, "next")


@pytest.mark.parametrize("name", ["first", "2570/1"])
def test_an_administration_is_counted_once_under_any_name(workspace: Path, run: Run, name: str) -> None:
    first = built(run, "first", items=12)
    sat(run, "output/first")
    words = [
        "--no-pdf",
        "--write-back",
        "--date",
        "2027-01-09",
        *(["--administration", name] if name != "first" else []),
    ]
    run.ok("analyse", "exam", "output/first", *words)
    assert shown(run, min(first)) == {
        "administrations": 1, "candidates": 4, "last": "2027-01-09", "printed": [],
    }  # fmt: skip
    write_blueprint(Path("next.yaml"), exam="next", items=12)
    assert f" in {name}" in said(run, "next")


def test_exams_without_a_day_are_among_the_last(workspace: Path, run: Run) -> None:
    old = built(run, "old", items=6, papers={"date": "2026-01-01"})
    new = built(run, "new", items=6, papers={"date": "2026-06-01"}, exclude_last=0, seed=5)
    undated = built(run, "undated", items=6, seed=8)
    for exam in ("old", "new", "undated"):
        printed(run, f"output/{exam}")
    assert not built(run, "next", items=6, exclude_last=1, seed=3) & (new | undated)
    assert old - new - undated


def test_a_package_that_cannot_be_read_is_told(workspace: Path, run: Run) -> None:
    built(run, "first", items=12)
    printed(run, "output/first")
    for path in (Path("output/first/exam.yaml"), *Path("uses").iterdir()):
        path.write_text("{", "utf-8")
    ran = run("build", "bp.yaml", "--dry-run")
    assert ran.text.count("so the items that it used are not counted") == 2
