"""`examgen score`: what each option does, and what is said where it is used wrongly."""

from __future__ import annotations

import csv
import json
import pickle
import re
import shlex
from pathlib import Path

import polars as pl
import pytest
import yaml

from examgen.core.responses import table as response_table
from examgen.scoring.runs import read_scored
from tests.commands.conftest import Run
from tests.runs import put
from tests.sittings import OPEN_LOOKS, releases_of, table

CORRECTION = {
    "kind": "drop", "form": "A", "question": 1, "reason": "two right", "by": "ก", "date": "2026-11-20",
}  # fmt: skip


@pytest.fixture
def answers(exam_dir: Path, run: Run) -> Path:
    """Sixty candidates in a.csv."""
    run.ok("simulate", exam_dir, "--candidates", 60, "--seed", 1, "--out", "a.csv")
    return Path("a.csv")


@pytest.fixture
def dirty(exam_dir: Path, run: Run) -> Path:
    """Sixty candidates in d.csv, some rows of them faulty."""
    run.ok("simulate", exam_dir, "--candidates", 60, "--seed", 3, "--out", "d.csv", "--dirty", 8)
    return Path("d.csv")


def test_what_is_advised_for_a_release_releases_this_run(exam_dir: Path, answers: Path, run: Run) -> None:
    """Results that are elsewhere are released to nobody: nothing is advised for them."""
    said = run("score", exam_dir, answers, "--out", "other place", "--format", "xlsx")
    assert "examgen release" not in said.out
    assert "its reports say so" in said.out
    assert "examgen release" not in run("score", exam_dir, answers).out, "second looks are open"
    run.ok("decide", exam_dir, "--all-open", "--as", "upheld", "--by", "c", "--reason", "r")
    [command] = re.findall("examgen (release .*)", run("score", exam_dir, answers).out)
    run.ok(*shlex.split(command))
    assert [one["run"] for one in releases_of(exam_dir)] == [1]


def write(name: str, text: str) -> str:
    Path(name).write_text(text, "utf-8")
    return name


def corrected(*changes: dict[str, object]) -> str:
    text = yaml.safe_dump([CORRECTION | change for change in changes], allow_unicode=True)
    return write("c.yaml", text)


# ── what comes out ───────────────────────────────────────────────────────────────────────────


def test_all_rows_scored_is_status_0_and_every_file_is_named(exam_dir: Path, answers: Path, run: Run) -> None:
    ran = run.ok("score", exam_dir, answers, "--verbose")
    assert "60 rows read = 60 scored + 0 repeated + 0 set aside" in ran.out
    results = exam_dir / "results"
    there = {path.name for path in results.iterdir() if path.is_file() and not path.name.startswith(".")}
    assert {name for name in there if f"results/{name}" not in ran.out} == set()
    again = run("score", exam_dir, answers)
    assert (again.status, "no new run was created, because run 1 has the same results" in again.out) == (
        0,
        True,
    )


def test_the_audit_is_documented_field_by_field(exam_dir: Path, dirty: Path, run: Run, root: Path) -> None:
    roster = write("r.csv", "candidate_id\nSYN-00001\n")
    marks = write("m.csv", "file,line,question,answer,reason,by,date\nd.csv,8,1,A,rubbed,ก,2026-11-20\n")
    scaled = write("s.yaml", "slope: 2\nintercept: 100\n")
    told = ("--roster", roster, "--marks", marks, "--corrections", corrected({}), "--scaled", scaled)
    ran = run("score", exam_dir, dirty, *told, "--json")
    assert ran.status == 3, ran.err
    audit = json.loads((exam_dir / "results/audit.json").read_text("utf-8"))
    assert {"ledger", "signals", "corrections", "decided", "scaled"} <= audit.keys()
    place, state = str(exam_dir / "results"), {"state": "unreleased", "release": None}
    told = {"results": place, "files_in": place, "new": True, "moved": None}
    state |= {"fingerprint": None, "told": None}
    assert json.loads(ran.out) == {**audit, **told, "release": state}
    text = (root / "docs/file-formats.md").read_text("utf-8").split("### `audit.json`")[1]
    assert [name for name in audit if not re.search(rf"`{name}`", text)] == []
    assert [name for name in audit["rows"] | audit["inputs"][0] if not re.search(rf"\b{name}\b", text)] == []


def test_formats_and_elements(exam_dir: Path, answers: Path, run: Run) -> None:
    asked = [word for name in ("parquet", "xlsx") for word in ("--format", name)]
    run.ok("score", exam_dir, answers, *asked, "--elements")
    results = exam_dir / "results"
    candidates = table(results / "candidates.csv")
    frame = pl.read_parquet(results / "candidates.parquet")
    assert frame["candidate_id"].to_list() == [row["candidate_id"] for row in candidates]
    assert [f"{score:g}" for score in frame["score"]] == [row["score"] for row in candidates]
    elements = table(results / "element_results.csv")
    assert [row["U:T-1_correct"] for row in elements] == [row["score"] for row in candidates]
    assert (results / "results.xlsx").read_bytes()[:2] == b"PK"
    audit = json.loads((results / "audit.json").read_text("utf-8"))
    assert {"element_results.csv", "results.xlsx", "candidates.parquet"} <= audit["files"].keys()


# ── rows, rosters ────────────────────────────────────────────────────────────────────────────


def test_strict_refuses_and_writes_nothing(exam_dir: Path, dirty: Path, answers: Path, run: Run) -> None:
    ran = run("score", exam_dir, dirty, "--strict")
    assert ran.status == 1
    assert "d.csv:2: SYN-00001: The candidate has rows with different" in ran.err
    assert "Without --strict the other rows are scored" in ran.err
    assert not (exam_dir / "results").exists()
    run.ok("score", exam_dir, answers, "--strict")


def test_what_a_roster_does_not_account_for_is_status_3(exam_dir: Path, answers: Path, run: Run) -> None:
    names = [row["candidate_id"] for row in table(answers)]
    lines = ["candidate_id,name,room,status", *(f"{name},ชื่อ,{n % 2 + 1},มา" for n, name in enumerate(names))]
    run.ok("score", exam_dir, answers, "--roster", write("r.csv", "\n".join(lines)))
    absent = write("r.csv", "\n".join([*lines, "010,ไม่มา,2,ขาด"]))  # who is absent and has no row adds up
    run.ok("score", exam_dir, answers, "--roster", absent)
    short = write("r.csv", "\n".join([*lines[:-1], "009,หายไป,2,มา", "010,ไม่มา,2,ขาด"]))
    ran = run("score", exam_dir, answers, "--roster", short)
    assert ran.status == 3
    assert "registered 61 = present 60 + absent 1" in ran.out
    assert "1 × present, but without a row" in ran.out
    assert "Candidates with unknown status" in ran.out
    assert "  output/T-1-L4/results/unreconciled.csv\n" in ran.out
    found = table(exam_dir / "results/unreconciled.csv")
    assert [(row["candidate_id"], row["what"]) for row in found] == [
        ("009", "missing"),
        ("010", "absent"),
        (names[-1], "not_on_roster"),
    ]
    audit = json.loads((exam_dir / "results/audit.json").read_text("utf-8"))
    assert audit["ledger"]["unreconciled"] == {"missing": 1, "not_on_roster": 1}
    assert [row["registered"] for row in table(exam_dir / "results/ledger.csv")][:3] == ["61", "30", "31"]


def test_decisions_go_out_as_quarantine_and_come_back(exam_dir: Path, dirty: Path, run: Run) -> None:
    assert run("score", exam_dir, dirty).status == 3
    heads = ["file", "line", "candidate_id", "form", "reason", "raw", "why", "by", "date"]
    with Path("decided.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, heads)
        writer.writeheader()
        for row in table(exam_dir / "results/quarantine.csv"):
            more = {"form": "B"} if row["reason"] == "unknown_form" else {"candidate_id": "NEW-1"}
            on_record = {"why": "seen", "by": "ก", "date": "2026-11-20"}
            is_decided = row["reason"] in ("unknown_form", "no_candidate")
            writer.writerow(row | (more | on_record if is_decided else {}))
    before = Path("d.csv").read_bytes()
    ran = run("score", exam_dir, dirty, "--identities", "decided.csv")
    assert (ran.status, Path("d.csv").read_bytes() == before) == (3, True)
    reasons = {row["reason"] for row in table(exam_dir / "results/quarantine.csv")}
    assert reasons == {"conflicting_rows", "too_few_fields", "too_many_fields"}
    assert "NEW-1" in {row["candidate_id"] for row in table(exam_dir / "results/candidates.csv")}
    told = json.loads((exam_dir / "results/audit.json").read_text("utf-8"))["decided"]
    assert [(one["decision"], one["reason"], one["by"]) for one in told] == [
        ("candidate NEW-1", "seen", "ก"),
        ("candidate SYN-00039, form B", "seen", "ก"),
    ]


def test_a_decision_on_a_row_that_stays_aside_changes_nothing(exam_dir: Path, dirty: Path, run: Run) -> None:
    marks = write("m.csv", "file,line,question,answer,reason,by,date\nd.csv,5,1,A,rubbed,ก,2026-11-20\n")
    ran = run("score", exam_dir, dirty, "--marks", marks)
    assert (
        "m.csv:2: 1 decision on line 5 of d.csv has no effect, because the row is set aside for another"
        in ran.out
    )


# ── corrections ──────────────────────────────────────────────────────────────────────────────


def test_a_correction_needs_no_answer_files(exam_dir: Path, answers: Path, run: Run) -> None:
    run.ok("score", exam_dir, answers)
    gone = answers.rename("elsewhere")
    name = corrected({"kind": "credit_all"})
    ran = run("score", exam_dir, "--corrections", name)
    assert (ran.status, "Run 2: " in ran.out) == (0, True), ran.err
    same = run("score", exam_dir, gone.rename(answers), "--corrections", name)
    assert "no new run was created, because run 2 has the same results" in same.out
    asked = run("score", exam_dir, "--corrections", name, "--marks", "m.csv")
    assert (asked.status, "--marks: only the answer files show how rows are read" in asked.err) == (2, True)


def test_a_run_that_gives_a_question_to_everybody_goes_to_the_processes_that_print_its_reports(
    exam_dir: Path, answers: Path, run: Run
) -> None:
    run.ok("score", exam_dir, answers, "--corrections", corrected({"kind": "credit_all"}))
    found = read_scored(exam_dir).key.total_scale
    assert pickle.loads(pickle.dumps(found))("A") == found("A")


def test_a_run_of_an_earlier_version_is_refused_in_a_sentence(
    exam_dir: Path, answers: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answers are a Parquet file that says less of itself."""
    with monkeypatch.context() as patch:
        patch.setattr(response_table, "write", lambda path, frames, *_: pl.concat(frames).write_parquet(path))
        run.ok("score", exam_dir, answers)
    for words in (
        ("score", exam_dir, "--corrections", corrected({"kind": "credit_all"})),
        ("analyse", "exam", exam_dir),
    ):
        assert "another version of examgen. Score the answer files again" in run.refused(*words)


def test_a_dry_run_makes_no_run_and_names_who_changes(exam_dir: Path, answers: Path, run: Run) -> None:
    asked = ("score", exam_dir, answers, "--corrections", corrected({"kind": "credit_all"}), "--dry-run")
    assert "This was a dry run. No run was created." in run.ok(*asked, "--out", "who.csv").out
    assert not (exam_dir / "results").exists()
    told = run.json(*asked)
    changed = table(Path("who.csv"))
    assert len(changed) == told["all"]["score_changed"] == told["all"]["up"] > 0
    assert {(row["form_after"], row["change"]) for row in changed} == {("A", "1")}
    run.ok("score", exam_dir, answers)
    run.ok("score", exam_dir, answers, "--corrections", "c.yaml")
    compared = run.json("score", exam_dir, "--compare", 1, 2)
    assert (compared["causes"], compared["all"], compared["decisions"]) == (
        ["corrections"],
        told["all"],
        told["decisions"],
    )
    run.ok("verify", exam_dir)


def test_a_dry_run_of_a_cut_is_held_against_the_release(exam_dir: Path, answers: Path, run: Run) -> None:
    Path("first.yaml").write_text("slope: 2\nintercept: 10\n")
    Path("second.yaml").write_text("slope: 3\nintercept: 10\n")
    run.ok("score", exam_dir, answers, "--scaled", "first.yaml")
    run.ok("release", exam_dir, "--run", 1, "--by", "A", "--reason", "r", *OPEN_LOOKS)
    rows = {row["candidate_id"]: row for row in table(exam_dir / "results/candidates.csv")}
    asked = ("score", exam_dir, "--scaled", "second.yaml", "--dry-run")
    ran = run.ok(*asked, "--out", "who.csv")
    assert "run 1 (released) → with the changes" in ran.out
    moved = [one for one, row in rows.items() if float(row["score"])]
    assert f"whose scaled score changed: {len(moved)}" in ran.out
    assert f"คะแนนแปลงเปลี่ยน {len(moved):,} คน" in run("--lang", "th", *asked).out
    told = run.json(*asked)
    assert (told["before"], told["scaled_changed"], told["decisions"]) == ("run 1", len(moved), [])
    assert [one["candidate_id"] for one in told["scaled"]] == moved
    for row in table(Path("who.csv")):
        old = rows[row["candidate_id"]]
        assert row["scaled_before"] == old["scaled"]
        assert float(row["scaled_after"]) == 3 * float(old["score"]) + 10

    words = ("analyse", "cut", "--method", "angoff", "ratings.csv", "--exam", exam_dir, "--out", "cut.yaml")
    items = [row["item"] for row in table(exam_dir / "secure/key.csv")]
    lines = [
        f"J{judge},{item},{share}" for judge in (1, 2, 3) for item in dict.fromkeys(items) for share in [0.95]
    ]
    Path("ratings.csv").write_text("judge,item,rating\n" + "\n".join(lines))
    why = ("--by", "คณะ", "--reason", "ทดลอง", "--date", "2026-11-20")
    run.ok(*words, *why)
    asked = ("score", exam_dir, "--scaled", "first.yaml", "--cut", "cut.yaml", "--dry-run")
    told = run.json(*asked)
    cut = yaml.safe_load(Path("cut.yaml").read_text("utf-8"))["forms"]["A"]["cut"]
    failing = {one for one, row in rows.items() if row["decision"] == "pass" and float(row["score"]) < cut}
    assert failing
    assert {one["candidate_id"] for one in told["decisions"]} == failing
    assert (told["scaled_changed"], told["all"]["now_fail"]) == (0, len(failing))
    assert sorted(path.name for path in (exam_dir / "results/runs").iterdir()) == ["0001"]


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("", 1, "c.yaml:1: contains no corrections: start each correction with '- kind: …'"),
        ("kind: drop\n", 1, "c.yaml:1: must be a list of corrections"),
        ("- kind: [\n", 1, "is not YAML"),
        ("- {kind: drop}\n", 1, "c.yaml:1: reason: is missing"),
        ("- {kind: dorp, form: A, question: 1, reason: r, by: b, date: 2026-11-20}\n", 1, "c.yaml:1: kind: must be 'rekey', 'accept'"),
        ("- {kind: drop, form: A, question: 99, reason: r, by: b, date: 2026-11-20}\n", 1, "c.yaml:1: question: form A has no question 99. Write a number from 1 to"),
        ("- {kind: drop, form: Z, question: 1, reason: r, by: b, date: 2026-11-20}\n", 1, "c.yaml:1: form: there is no form Z"),
        ("- {kind: drop, form: A, question: 1, reason: r, by: b, date: 2569-11-20}\n", 1, "date: write the year of the common era, 2026 (found 2569-11-20)"),
        (None, 2, "c.yaml: cannot be read: No such file or directory"),
    ],
)  # fmt: skip
def test_corrections_that_cannot_be_made_say_what_to_write(
    exam_dir: Path, answers: Path, run: Run, text: str | None, status: int, said: str
) -> None:
    if text is not None:
        write("c.yaml", text)
    for word in ("--dry-run", "--no-signals"):
        ran = run("score", exam_dir, answers, "--corrections", "c.yaml", word)
        assert (ran.status, said in ran.err) == (status, True), ran.err
    assert not (exam_dir / "results").exists()


# ── used wrongly ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Give the answer files, or add them to the sitting with `examgen take`"),
        (["nowhere.csv"], "nowhere.csv: cannot be read: No such file or directory"),
        (["a.csv", "--format", "csv"], "--format must be one of parquet, xlsx, not"),
        (["a.csv", "--dry-run"], "--dry-run requires --corrections, --cut, --scaled, --identities or --marks"),
        (["a.csv", "--compare", "1", "1"], "--compare takes two existing runs and can only"),
        (["--compare", "1", "1", "--corrections", "c.yaml"], "To see what corrections would change, use --dry-run"),
        (["--compare", "1"], "requires 2 arguments"),
        (["--compare", "1", "2"], "contains no run 1 (found: none)"),
        (["a.csv", "--encoding", "latin-1"], "encoding 'latin-1' is not known. Write utf-8, utf-16, cp874"),
        (["a.csv", "--delimiter", "x"], "delimiter 'x' is not known. Write comma, semicolon, tab, pipe"),
        (["a.csv", "--processes", "0"], "--processes"),
        (["a.csv", "--roster", "nowhere.csv"], "nowhere.csv: cannot be read: No such file or directory"),
        (["a.csv", "--identities", "nowhere.csv"], "nowhere.csv: cannot be read: No such file or directory"),
        (["a.csv", "--marks", "nowhere.csv"], "nowhere.csv: cannot be read: No such file or directory"),
        (["a.csv", "--scaled", "nowhere.yaml"], "nowhere.yaml: cannot be read: No such file or directory"),
        (["a.csv", "--out", "a.csv"], "a.csv is a file, not a folder"),
        (["a.csv", "--out", "."], "which was not written by scoring. Move it, or choose another folder"),
        (["a.csv", "--nonsense"], "No such option"),
    ],
)  # fmt: skip
def test_wrong_usage_leaves_nothing(
    exam_dir: Path, answers: Path, run: Run, words: list[str], said: str
) -> None:
    assert answers.is_file()
    there = sorted(Path.cwd().rglob("*"))
    ran = run("score", exam_dir, *words)
    assert (ran.status, said in ran.err) == (2, True), ran.err
    assert sorted(Path.cwd().rglob("*")) == there


@pytest.mark.parametrize(
    ("option", "text", "said"),
    [
        (
            "--identities",
            "a,b\n1,2\n",
            "i.csv:1: no columns `file`, `line`, `reason`, `by`, `date`, `candidate_id` among",
        ),
        ("--identities", "a.csv,99,X,A,r,b,2026-11-20\n", "a.csv has no row that starts on line 99"),
        ("--identities", "b.csv,2,X,A,r,b,2026-11-20\n", "b.csv is not one of the answer files: a.csv"),
        ("--identities", "a.csv,2,X,Z,r,b,2026-11-20\n", "Z is not a form of this exam. Its forms: A, B"),
        ("--identities", "a.csv,2,X,A,,,\n", "lacks the person who decided. Fill in `by`"),
        ("--identities", "a.csv,2,X,A,r,b,20/11/2569\n", "is in the Buddhist era. Write 2026-11-20"),
        ("--roster", "name\nก\n", "no column of candidate numbers. The headings are name"),
        ("--roster", "candidate_id,status\n1,maybe\n", "Write present or absent (มา, ขาด)"),
        ("--roster", "candidate_id\n1\n1\n", "candidate 1 is on lines 2 and 3. Keep one line"),
        ("--scaled", "slope: 2\n", "a line needs both slope and intercept"),
        ("--scaled", "table: {0: 1}\n", "i.csv: table: the table has no scaled score for 1, 2"),
    ],
)
def test_files_beside_the_answers_are_refused_with_what_to_write(
    exam_dir: Path, answers: Path, run: Run, option: str, text: str, said: str
) -> None:
    head = "file,line,candidate_id,form,reason,by,date\n" if text.startswith(("a.csv", "b.csv")) else ""
    ran = run("score", exam_dir, answers, option, write("i.csv", head + text))
    assert (ran.status, said in ran.err) == (1, True), ran.err
    assert not (exam_dir / "results").exists()


def test_a_package_that_was_changed_is_not_scored(exam_dir: Path, answers: Path, run: Run) -> None:
    path = exam_dir / "secure/key.csv"
    put(path, path.read_bytes().replace(b",A,1", b",B,1", 1))
    ran = run("score", exam_dir, answers)
    assert (ran.status, "secure/key.csv" in ran.err) == (1, True), ran.err
    for first in ("nowhere", answers):
        ran = run("score", first, exam_dir)
        assert (ran.status, "is not a folder. Give the folder that `examgen build` wrote" in ran.err) == (
            2,
            True,
        )
    assert not (exam_dir / "results").exists()
