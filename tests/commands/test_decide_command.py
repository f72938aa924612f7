"""`examgen decide`: who has no result by decision, from the record to results, release and reports."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from examgen.core.person_names import persons_in, same_person
from tests.commands.conftest import Once, Run, two_forms, write_blueprint
from tests.sittings import OPEN_LOOKS, releases_of, table

SAID = ("--by", "คณะกรรมการ", "--reason", "copied: record of room 2", "--date", "2026-11-20")


@pytest.fixture
def exam_dir(workspace: Path, run: Run, once: Once) -> Path:
    """Twelve candidates, of whom the second has her row twice, scored and released."""
    return once(workspace, sat_and_released, run)


def sat_and_released(run: Run) -> None:
    two_forms(run)
    folder = Path("output/T-1-L4")
    run.ok("simulate", folder, "--candidates", 12, "--seed", 1, "--out", "a.csv")
    lines = Path("a.csv").read_text("utf-8-sig").splitlines()
    Path("a.csv").write_text("\n".join([*lines, lines[2]]) + "\n", "utf-8")
    run.ok("take", folder, "a.csv")
    run.ok("score", folder)
    run.ok("release", folder, "--run", 1, "--by", "c", "--reason", "r", "--date", "2026-11-19", *OPEN_LOOKS)


def aside(exam_dir: Path, n: int) -> list[tuple[str, str]]:
    rows = table(exam_dir / f"results/runs/{n:04}/quarantine.csv")
    return [(row["candidate_id"], row["reason"]) for row in rows]


def audit(exam_dir: Path, n: int) -> dict[str, object]:
    found: dict[str, object] = json.loads((exam_dir / f"results/runs/{n:04}/audit.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("decision", ["withheld", "disqualified", "withdrawn"])
def test_who_has_no_result_by_decision_is_told_so_everywhere(exam_dir: Path, run: Run, decision: str) -> None:
    run.ok("decide", exam_dir, "SYN-00002", "--as", decision, *SAID, "--confirmed-by", "ประธาน")
    assert run("score", exam_dir).status == 3
    assert aside(exam_dir, 2) == [("SYN-00002", decision)] * 2, "the repeated row, too"
    said = audit(exam_dir, 2)
    assert said["rows"] == {"read": 13, "scored": 11, "identical_repeats": 0, "quarantined": 2}
    assert said["persons"] == [
        {
            "candidate_id": "SYN-00002", "decision": decision, "reason": "copied: record of room 2",
            "by": "คณะกรรมการ", "date": "2026-11-20", "confirmed_by": "ประธาน",
        }
    ]  # fmt: skip
    told = run.ok(
        "release", exam_dir, "--run", 2, "--by", "c", "--reason", "r2", "--date", "2026-11-21", *OPEN_LOOKS
    )
    assert "1 candidate has no result because of a recorded decision" in told.out
    assert "gets no result because" not in told.out
    assert "SYN-00002 no longer has a result" in told.out
    refused = run("report", exam_dir, "--kind", "candidate", "--candidate", "SYN-00002", "--no-pdf")
    assert refused.status == 1
    assert "by a recorded decision" in refused.err
    run.ok("verify", exam_dir)


def test_a_decision_that_is_taken_back_gives_the_result_again(exam_dir: Path, run: Run) -> None:
    before = table(exam_dir / "results/candidates.csv")
    run.ok("decide", exam_dir, "SYN-00002", "SYN-00003", "--as", "withheld", *SAID)
    run("score", exam_dir)
    assert run.json("decide", exam_dir)["persons"][0]["candidate_id"] == "SYN-00002"
    run.ok("decide", exam_dir, "SYN-00002", "--as", "restored", *SAID)
    run("score", exam_dir)
    assert aside(exam_dir, 3) == [("SYN-00003", "withheld")]
    run.ok("decide", exam_dir, "SYN-00003", "--as", "restored", *SAID)
    run.ok("score", exam_dir)
    assert table(exam_dir / "results/runs/0004/candidates.csv") == before
    said = run.json("decide", exam_dir)
    assert said["persons"] == []
    assert [one["decision"] for one in said["decisions"]] == ["withheld", "withheld", "restored", "restored"]


def test_a_decision_that_changes_nothing_or_is_of_nobody_is_refused(exam_dir: Path, run: Run) -> None:
    said = run.refused("decide", exam_dir, "SYN-00002", "SYN-77777", "--as", "withheld", *SAID)
    assert "unknown-candidate" in said
    assert run.json("decide", exam_dir)["decisions"] == [], "none of them"
    assert "nothing-to-restore" in run.refused("decide", exam_dir, "SYN-00002", "--as", "restored", *SAID)
    run.ok("decide", exam_dir, "SYN-00002", "--as", "withheld", *SAID)
    assert "decided-already" in run.refused("decide", exam_dir, "SYN-00002", "--as", "withheld", *SAID)
    late = [*SAID[:-1], "2126-01-01"]
    assert "in the future" in run.refused("decide", exam_dir, "SYN-00003", "--as", "withheld", *late)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["SYN-00002"], "a decision on a candidate requires --as, --reason and --by"),
        (["SYN-00002", "--as", "withheld", "--by", "c"], "a decision on a candidate requires"),
        (["--as", "withheld"], "give the candidate numbers"),
        (["SYN-00002", "--as", "expelled"], "--as must be one of"),
        (
            ["SYN-00002", "--as", "withheld", *SAID, "--confirmed-by", "คณะกรรมการ"],
            "--confirmed-by must be another person",
        ),
    ],
)
def test_wrong_usage_leaves_nothing(exam_dir: Path, run: Run, words: list[str], said: str) -> None:
    before = (exam_dir / "sitting/record.jsonl").read_bytes()
    assert said in run.refused("decide", exam_dir, *words, status=2)
    assert (exam_dir / "sitting/record.jsonl").read_bytes() == before


def test_without_answer_files_a_new_decision_on_a_person_is_refused_not_lost(
    workspace: Path, run: Run
) -> None:
    """What a run keeps of its answers knows nothing of decisions that came after it."""
    write_blueprint(workspace / "bp.yaml", forms=2)
    run.ok("build", "bp.yaml")
    folder = workspace / "output" / "T-1-L4"
    run.ok("simulate", folder, "--candidates", 12, "--seed", 1, "--out", "a.csv")
    run.ok("score", folder, "a.csv")
    run.ok("decide", folder, "SYN-00002", "--as", "withheld", *SAID)
    entry = "- {kind: drop, form: A, question: 1, reason: r, by: c, date: 2026-11-20}"
    Path("c.yaml").write_text(entry + "\n", "utf-8")
    again = ("score", folder, "--corrections", "c.yaml")
    assert "the answer files are needed" in run.refused(*again)
    assert run("score", folder, "a.csv").status == 3
    assert aside(folder, 2) == [("SYN-00002", "withheld")]
    assert run(*again).status == 3, "the decision is that of the run"
    run.ok("decide", folder, "SYN-00002", "--as", "restored", *SAID)
    assert "the answer files are needed" in run.refused(*again)


# ── second looks, appeals, leave ─────────────────────────────────────────────────────────────

LOOK = ("--by", "คณะกรรมการ", "--reason", "read by two people", "--date", "2026-11-20")
RELEASE = ("--by", "c", "--reason", "minutes 9", "--date", "2026-11-21")


def marked(exam_dir: Path, n: int) -> list[str]:
    rows = table(exam_dir / f"results/runs/{n:04}/candidates.csv")
    return [row["candidate_id"] for row in rows if row["second_look"] == "yes"]


def released(exam_dir: Path, n: int) -> dict[str, object]:
    found: dict[str, object] = releases_of(exam_dir)[n - 1]["details"]
    return found


def corrected(exam_dir: Path, run: Run, who: str) -> None:
    """Gives everybody the points of every question that this candidate's form asks: all results change."""
    [form] = [row["form"] for row in table(exam_dir / "results/candidates.csv") if row["candidate_id"] == who]
    entries = [
        f"- {{kind: credit_all, form: {form}, question: {n}, reason: r, by: c, date: 2026-11-20}}"
        for n in (1, 2, 3)
    ]
    Path("corrections.yaml").write_text("\n".join(entries) + "\n", "utf-8")
    run.ok("take", exam_dir, "corrections.yaml")
    assert run("score", exam_dir).status in (0, 3)


def test_a_release_waits_for_second_looks(exam_dir: Path, run: Run) -> None:
    for name in ("sitting", "results"):
        shutil.rmtree(exam_dir / name)
    run.ok("take", exam_dir, "a.csv")
    run("score", exam_dir)
    who = marked(exam_dir, 1)
    assert len(who) > 1
    words = ("release", exam_dir, "--run", 1, *RELEASE)
    refused = run.refused(*words)
    assert f"{len(who)} second looks are open" in refused
    assert refused.count("second-look-open") == 1
    assert ", ".join(who[:5]) in refused
    assert not releases_of(exam_dir)
    assert run.json("decide", exam_dir)["open_second_looks"] == who
    run.ok("decide", exam_dir, *who[1:], "--as", "upheld", *LOOK)
    assert "1 second look is open" in run.refused(*words)
    run.ok("decide", exam_dir, who[0], "--as", "upheld", *LOOK)
    assert "All second looks are decided" in run.ok("decide", exam_dir).out
    run.ok(*words)
    said = released(exam_dir, 1)
    assert said["second_looks"] == {"marked": len(who), "upheld": len(who), "changed": 0, "open": 0}


def test_a_second_look_is_of_the_result_that_was_looked_at(exam_dir: Path, run: Run) -> None:
    """Another result of the same candidate has to be looked at again."""
    who = marked(exam_dir, 1)
    run.ok("decide", exam_dir, *who, "--as", "upheld", *LOOK)
    corrected(exam_dir, run, who[0])
    now = run.json("decide", exam_dir)["open_second_looks"]
    results = [
        {row["candidate_id"]: (row["score"], row["decision"]) for row in table(run_csv)}
        for run_csv in (exam_dir / f"results/runs/{n:04}/candidates.csv" for n in (1, 2))
    ]
    assert now == [one for one in marked(exam_dir, 2) if one not in who or results[0][one] != results[1][one]]
    assert now
    run.ok("decide", exam_dir, *now, "--as", "upheld", *LOOK)
    assert run.json("decide", exam_dir)["open_second_looks"] == []


def test_changed_is_said_of_a_result_that_was_another_before(exam_dir: Path, run: Run) -> None:
    [who, *_] = marked(exam_dir, 1)
    assert "nothing-changed" in run.refused("decide", exam_dir, who, "--as", "changed", *LOOK)
    corrected(exam_dir, run, who)
    [said] = run.json("decide", exam_dir, who, "--as", "changed", *LOOK)["persons"]
    [row] = [
        one for one in table(exam_dir / "results/runs/0002/candidates.csv") if one["candidate_id"] == who
    ]
    assert said["run"] == 2
    assert said["result"] == {name: row[name] for name in ("score", "max_score", "decision")}
    assert "decided-already" in run.refused("decide", exam_dir, who, "--as", "changed", *LOOK)
    assert "decided-otherwise" in run.refused("decide", exam_dir, who, "--as", "upheld", *LOOK)
    run.ok("decide", exam_dir, who, "--as", "reopened", *LOOK)
    assert "nothing-to-reopen" in run.refused("decide", exam_dir, who, "--as", "reopened", *LOOK)
    run.ok("decide", exam_dir, who, "--as", "upheld", *LOOK)


def test_who_has_a_result_was_not_absent_and_who_has_none_has_no_second_look(
    exam_dir: Path, run: Run
) -> None:
    Path("roster.csv").write_text("candidate_id,name\nSYN-09999,ก\nSYN-00001,ข\n", "utf-8")
    run.ok("take", exam_dir, "roster.csv")
    assert "not-absent" in run.refused("decide", exam_dir, "SYN-00001", "--as", "excused", *LOOK)
    assert "no-result" in run.refused("decide", exam_dir, "SYN-09999", "--as", "upheld", *LOOK)
    assert "no-result" in run.refused("decide", exam_dir, "SYN-09999", "--as", "remarked", *LOOK)
    run.ok("decide", exam_dir, "SYN-09999", "--as", "excused", *LOOK)
    assert "decided-already" in run.refused("decide", exam_dir, "SYN-09999", "--as", "excused", *LOOK)
    run("score", exam_dir)
    run.ok("report", exam_dir, "--run", 2, "--kind", "committee", "--no-pdf", "--lang", "en")
    rows = table(exam_dir / "reports/run-0002/committee/no_result.csv")
    assert {"SYN-09999": "excused"}.items() <= {row["candidate_id"]: row["what"] for row in rows}.items()


def test_reports_say_what_was_decided_and_not_what_is_marked(exam_dir: Path, run: Run) -> None:
    [upheld, opened, *_] = marked(exam_dir, 1)
    run.ok("decide", exam_dir, upheld, "--as", "upheld", *LOOK, "--confirmed-by", "ประธาน")
    run.ok("decide", exam_dir, opened, "--as", "appeal-dismissed", *LOOK)
    words = ("report", exam_dir, "--no-pdf", "--lang", "en")
    run.ok(*words, "--kind", "candidate", "--kind", "committee", "--kind", "cohort")
    place = {
        kind: next((exam_dir / "reports/run-0001").glob(f"{kind}*"))
        for kind in ("candidate", "committee", "cohort")
    }
    of = {row["candidate_id"]: row for row in table(place["committee"] / "list.csv")}
    assert [row["marks"] for row in of.values() if row["second_look"] == "yes"].count("upheld") == 1
    persons = table(place["committee"] / "persons.csv")
    assert [row["decision"] for row in persons] == ["upheld", "appeal-dismissed"]
    assert "read by two people" in (place["committee"] / "report.html").read_text("utf-8")
    pages = {one.stem: one.read_text("utf-8") for one in place["candidate"].glob("*.html")}
    decision = {
        row["candidate_id"]: row["decision"] for row in table(exam_dir / "results/runs/0001/candidates.csv")
    }
    told = {"pass": "passed", "fail": "not passed"}[decision[upheld]]
    said = f"The result was reviewed on 20 November 2026 and confirmed: {told}."
    assert sum(said in page for page in pages.values()) == 1
    assert sum("appeal against the result was dismissed" in page for page in pages.values()) == 1
    assert not any(
        "marked for a second look" in page or "read by two people" in page for page in pages.values()
    )
    assert "upheld the result: 1;" in " ".join((place["cohort"] / "report.html").read_text("utf-8").split())


def test_a_file_that_nobody_gave_is_not_scored(exam_dir: Path, run: Run) -> None:
    lines = Path("a.csv").read_text("utf-8").splitlines()
    hidden = exam_dir / "sitting/answers/.a.csv.swp"
    hidden.write_text("x", "utf-8")
    run.ok("verify", exam_dir)
    other = exam_dir / "sitting/answers/b.csv"
    other.write_text("\n".join([lines[0], lines[1].replace("SYN-00001", "SYN-00099")]), "utf-8")
    for command in ("verify", "score", "decide"):
        said = run.refused(command, exam_dir)
        assert "answers/b.csv" in said
        assert "not-on-record" in said
    other.rename("b.csv")
    run.ok("take", exam_dir, "b.csv")
    run.ok("score", exam_dir)


def test_what_is_taken_back_of_several_decisions_is_the_last(exam_dir: Path, run: Run) -> None:
    run.ok("decide", exam_dir, "SYN-00002", "--as", "withheld", *SAID)
    run.ok("decide", exam_dir, "SYN-00002", "--as", "disqualified", *SAID)
    run.ok("decide", exam_dir, "SYN-00002", "--as", "restored", *SAID)
    assert [one["decision"] for one in run.json("decide", exam_dir)["persons"]] == ["withheld"]
    run.ok("decide", exam_dir, "SYN-00002", "--as", "restored", *SAID)
    assert run.json("decide", exam_dir)["persons"] == []
    assert "nothing-to-restore" in run.refused("decide", exam_dir, "SYN-00002", "--as", "restored", *SAID)


def test_a_roster_that_lacks_people_does_not_take_the_place_of_one(exam_dir: Path, run: Run) -> None:
    people = "".join(f"SYN-{n:05},ก\n" for n in range(1, 13))
    Path("roster.csv").write_text(f"candidate_id,name\n{people}", "utf-8")
    run.ok("take", exam_dir, "roster.csv")
    Path("less.csv").write_text("candidate_id,name\nSYN-00001,ก\n", "utf-8")
    assert "leaves-out-candidates" in run.refused("take", exam_dir, "less.csv")
    run.ok("take", exam_dir, "less.csv", "--replace", "--reason", "the first was of another day")
    for text in (
        "candidate_id,result,date,assessor\nSYN-00001,pass,2026-11-18,ก\n",
        "candidate_id,name,interview\nSYN-00001,ก,pass\n",
    ):
        Path("interview.csv").write_text(text, "utf-8")
        run.refused("take", exam_dir, "interview.csv")
    assert len(table(exam_dir / "sitting/roster.csv")) == 1


# ── a second person ──────────────────────────────────────────────────────────────────────────


def asks_two(exam_dir: Path, run: Run, *decisions: str) -> None:
    Path("sitting.yaml").write_text(f"date: 2026-11-18\nsecond_person: [{', '.join(decisions)}]\n", "utf-8")
    run.ok("take", exam_dir, "sitting.yaml")


def by(who: str) -> tuple[str, ...]:
    return ("--by", who, "--reason", f"seen by {who}", "--date", "2026-11-20")


def test_where_two_persons_are_asked_one_alone_decides_nothing(exam_dir: Path, run: Run) -> None:
    asks_two(exam_dir, run, "disqualified")
    said = run.ok("decide", exam_dir, "SYN-00002", "SYN-00003", "--as", "disqualified", *by("ก ข")).out
    assert said.count("takes effect when another person makes the same decision") == 2
    run.ok("score", exam_dir)
    assert aside(exam_dir, 1) == [], "nobody is set aside"
    words = ("--run", 1, "--by", "c", "--reason", "again", "--date", "2026-11-21", *OPEN_LOOKS)
    run.ok("decide", exam_dir, "SYN-00002", "--as", "appeal-dismissed", *by("ก ข"))  # is not of those
    for name in ("กข", "ก\u200bข", "ก ข.", "ค, กข"):
        again = run.refused("decide", exam_dir, "SYN-00002", "--as", "disqualified", *by(name))
        assert "was proposed by ก ข. A different person must confirm" in again
    early = ("--by", "ค", "--reason", "r", "--date", "2026-11-19")
    assert "before-the-proposal" in run.refused(
        "decide", exam_dir, "SYN-00002", "--as", "disqualified", *early
    )
    Path("less.yaml").write_text("date: 2026-11-18\n", "utf-8")
    assert "asks-less" in run.refused("take", exam_dir, "less.yaml")
    assert run.json("decide", exam_dir)["persons"] == []

    run.ok("decide", exam_dir, "SYN-00002", "--as", "disqualified", *by("ค"))
    held = run.json("decide", exam_dir)
    [one] = held["persons"]
    assert (one["by"], one["confirmed_by"], one["reason"]) == ("ก ข", "ค", "seen by ก ข; seen by ค")
    assert [one["candidate_id"] for one in held["proposed"]] == ["SYN-00003"]
    assert run("score", exam_dir).status == 3
    assert {who for who, _ in aside(exam_dir, 2)} == {"SYN-00002"}
    refused = run.refused("release", exam_dir, "--run", 2, *words[2:])
    assert "not-confirmed" in refused
    assert "SYN-00003" in refused
    run.ok("decide", exam_dir, "SYN-00003", "--as", "dropped", *by("ค"))
    assert run.json("decide", exam_dir)["proposed"] == []
    run.ok("release", exam_dir, "--run", 2, *words[2:])
    run.ok("verify", exam_dir)


def test_a_second_person_who_is_named_at_once_confirms(exam_dir: Path, run: Run) -> None:
    asks_two(exam_dir, run, "withheld")
    run.ok("decide", exam_dir, "SYN-00002", "--as", "withheld", *by("ก"))
    run.ok("decide", exam_dir, "SYN-00002", "--as", "withheld", *by("ก"), "--confirmed-by", "ข")
    held = run.json("decide", exam_dir)
    assert [one["decision"] for one in held["decisions"]] == ["withheld"]
    assert held["proposed"] == []
    assert "nothing-to-drop" in run.refused("decide", exam_dir, "SYN-00002", "--as", "dropped", *by("ข"))


def test_a_second_look_is_confirmed_on_the_result_that_both_saw(exam_dir: Path, run: Run) -> None:
    asks_two(exam_dir, run, "upheld")
    n_open = len(run.json("decide", exam_dir)["open_second_looks"])
    assert n_open
    run.ok("decide", exam_dir, "--all-open", "--as", "upheld", *by("ก"))
    assert len(run.json("decide", exam_dir)["open_second_looks"]) == n_open
    run.ok("decide", exam_dir, "--all-open", "--as", "upheld", *by("ข"))
    held = run.json("decide", exam_dir)
    assert (held["open_second_looks"], held["proposed"]) == ([], [])
    assert {(one["by"], one["confirmed_by"]) for one in held["decisions"]} == {("ก", "ข")}


# ── what was decided after a scoring ─────────────────────────────────────────────────────────


def test_a_run_that_does_not_know_of_a_decision_is_not_released(exam_dir: Path, run: Run) -> None:
    words = ("--by", "c", "--reason", "again", "--date", "2026-11-21", *OPEN_LOOKS)
    Path("more.csv").write_text(Path("a.csv").read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    run.ok("decide", exam_dir, "SYN-00002", "--as", "disqualified", *SAID)
    assert run("score", exam_dir).status == 3
    run.ok("release", exam_dir, "--run", 2, *words)
    said = run.refused("release", exam_dir, "--run", 1, *words)
    assert "run 1 was scored before decisions on candidates" in said
    assert "decided-since" in said
    assert "SYN-00002" in said
    run.ok("decide", exam_dir, "SYN-00002", "--as", "restored", *SAID)
    run.ok("decide", exam_dir, "SYN-00004", "--as", "withheld", *SAID)
    said = run.refused("release", exam_dir, "--run", 1, *words)
    assert "SYN-00004" in said
    assert "SYN-00002" not in said
    assert run("score", exam_dir).status == 3
    run.ok("release", exam_dir, "--run", 3, *words)


def test_answers_of_somebody_who_was_absent_with_leave_are_named(exam_dir: Path, run: Run) -> None:
    Path("roster.csv").write_text("candidate_id,name\nSYN-09999,ก\n", "utf-8")
    run.ok("take", exam_dir, "roster.csv", "--as", "roster")
    run.ok("decide", exam_dir, "SYN-09999", "--as", "excused", *SAID)
    assert "excused absence" not in run("score", exam_dir).out
    lines = Path("a.csv").read_text("utf-8").splitlines()
    Path("late.csv").write_text("\n".join([lines[0], lines[2].replace("SYN-00002", "SYN-09999")]), "utf-8")
    run.ok("take", exam_dir, "late.csv")
    said = run("score", exam_dir).out
    assert "1 candidate is recorded as absent with leave but has a result: SYN-09999" in " ".join(
        said.split()
    )


def test_a_run_that_lacks_what_came_since_is_not_released(exam_dir: Path, run: Run) -> None:
    words = ("--by", "c", "--reason", "again", "--date", "2026-11-21", *OPEN_LOOKS)
    lines = Path("a.csv").read_text("utf-8").splitlines()
    Path("late.csv").write_text("\n".join([lines[0], lines[1].replace("SYN-00001", "SYN-00099")]), "utf-8")
    run.ok("take", exam_dir, "late.csv")
    run("score", exam_dir)
    Path("more.csv").write_text("\n".join([lines[0], lines[1].replace("SYN-00001", "SYN-00098")]), "utf-8")
    run.ok("take", exam_dir, "more.csv")
    said = run.refused("release", exam_dir, "--run", 2, *words)
    assert "run 2 does not include all files of the sitting" in said
    assert "answers/more.csv" in said
    assert "late.csv" not in said
    run.ok("take", exam_dir, "--back", "more.csv", "--reason", "of another day")
    run.ok("release", exam_dir, "--run", 2, *words)


def test_answers_that_were_taken_back_are_scored_no_more(exam_dir: Path, run: Run) -> None:
    run.ok("take", exam_dir, "--back", "a.csv", "--reason", "of another day")
    said = run.refused("score", exam_dir)
    assert "the answers of run 1 were removed" in said
    assert "of another day" in said
    run.ok("take", exam_dir, "a.csv")
    run.ok("score", exam_dir)


def test_what_was_given_is_taken_back_by_the_name_that_it_has_there(exam_dir: Path, run: Run) -> None:
    Path("who.csv").write_text("candidate_id,name\nSYN-00001,ก\n", "utf-8")
    run.ok("take", exam_dir, "who.csv", "--as", "roster")
    assert "who.csv" in run.ok("take", exam_dir).out
    run.ok("take", exam_dir, "--back", "roster.csv", "--reason", "not this one")
    assert not (exam_dir / "sitting/roster.csv").exists()
    assert "not-taken" in run.refused("take", exam_dir, "--back", "roster.csv", "--reason", "again")


def test_a_release_says_by_json_who_has_no_result(exam_dir: Path, run: Run) -> None:
    run.ok("decide", exam_dir, "SYN-00002", "--as", "withheld", *SAID)
    run("score", exam_dir)
    words = ("--by", "c", "--reason", "r2", "--date", "2026-11-21", *OPEN_LOOKS)
    said = run.json("release", exam_dir, "--run", 2, *words)
    assert said["without_result"]["decided"] == 1
    assert set(said["no_result_now"]) == {"SYN-00002"}


def test_an_older_run_may_be_released_and_what_it_lacks_is_named(exam_dir: Path, run: Run) -> None:
    drop = "- {kind: drop, form: A, question: 3, reason: two right, by: c, date: 2026-11-20}\n"
    Path("corrections.yaml").write_text(drop, "utf-8")
    run.ok("take", exam_dir, "corrections.yaml")
    run.ok("score", exam_dir)
    words = ("--by", "c", "--date", "2026-11-21", *OPEN_LOOKS, "--reason")
    run.ok("release", exam_dir, "--run", 2, *words, "corrected")
    told = run.ok("release", exam_dir, "--run", 1, *words, "the correction was wrong").out
    assert "Files were added or removed after run 1: corrections.yaml" in " ".join(told.split())


def test_answers_that_were_scored_by_name_and_then_given_are_scored_again(exam_dir: Path, run: Run) -> None:
    shutil.rmtree(exam_dir / "sitting")
    shutil.rmtree(exam_dir / "results")
    run.ok("score", exam_dir, "a.csv")
    run.ok("take", exam_dir, "a.csv")
    words = ("--by", "c", "--reason", "again", "--date", "2026-11-21", *OPEN_LOOKS)
    assert "given-since" in run.refused("release", exam_dir, "--run", 1, *words)
    run.ok("score", exam_dir)
    run.ok("release", exam_dir, "--run", 2, *words)


def test_a_result_that_comes_again_has_the_second_look_that_it_had(exam_dir: Path, run: Run) -> None:
    who = marked(exam_dir, 1)
    run.ok("decide", exam_dir, *who, "--as", "upheld", *LOOK)
    corrected(exam_dir, run, who[0])
    run.ok("decide", exam_dir, who[0], "--as", "changed", *LOOK)
    words = ("--by", "c", "--date", "2026-11-21", "--reason")
    if run.json("decide", exam_dir)["open_second_looks"]:
        run.ok("decide", exam_dir, "--all-open", "--as", "upheld", *LOOK)
    run.ok("release", exam_dir, "--run", 2, *words, "corrected")
    said = run.ok("release", exam_dir, "--run", 1, *words, "the correction was wrong").out
    assert f"second looks: {len(who)} upheld, 0 changed, 0 open" in said
    run.ok("decide", exam_dir, who[0], "--as", "reopened", *LOOK)
    assert "nothing-to-reopen" in run.refused("decide", exam_dir, who[0], "--as", "reopened", *LOOK)


def test_what_was_proposed_of_an_earlier_decision_is_void_after_another(exam_dir: Path, run: Run) -> None:
    asks_two(exam_dir, run, "withheld", "restored", "upheld", "changed")
    for who in "กข":
        run.ok("decide", exam_dir, "SYN-00002", "--as", "withheld", *by(who))
    run.ok("decide", exam_dir, "SYN-00002", "--as", "restored", *by("ก"))
    run.ok("decide", exam_dir, "SYN-00002", "--as", "disqualified", *by("ค"))
    assert run.json("decide", exam_dir)["proposed"] == []
    said = run.ok("decide", exam_dir, "SYN-00002", "--as", "restored", *by("ข")).out
    assert "takes effect when another person makes the same decision" in said
    assert [one["decision"] for one in run.json("decide", exam_dir)["persons"]] == ["disqualified"]


def test_accounts_of_one_name_are_two_people() -> None:
    assert not same_person("สมชาย (somchai)", "สมชาย (somchai2)")
    assert same_person("สมชาย (somchai)", "somchai")
    assert same_person("สมชาย (somchai)", "สมชาย")
    account = "สมชาย ใจดี (somchai)"
    for name in ("นายสมชาย ใจดี", "อ. สมชาย ใจดี", "คุณสมชาย ใจดี", "สมชาย ใจดี (บริษัท กขค)"):
        assert same_person(account, name), name
    assert same_person(account, "มาลี สุข/สมชาย ใจดี")
    assert persons_in("คณะกรรมการ มติ 4/2569") == ("คณะกรรมการ มติ 4/2569",)
    assert persons_in("Committee, 4/2569; Somchai/Malee") == ("Committee", "Somchai", "Malee")
    assert not same_person("Somchai, minutes 4/2569", "Malee, minutes 9/2569")
    assert not same_person(account, "นายสมชาย ใจดี (somchai2)")
    assert not same_person(account, "นางสาวมาลี ใจดี")
    assert same_person("ผู้ประเมิน (ตัวอย่าง)", "ผู้ประเมิน (ตัวอย่าง) (assessor)")
    assert same_person("Dr. Ann Lee", "ann lee")
    assert not same_person("คุณากร ดี", "ากร ดี")
    assert not same_person("กรรมการ 1", "กรรมการ 2")
    assert same_person("กรรมการ 7", "กรรมการ\u200b ๗.")
    assert not same_person("-", "–")


@pytest.mark.parametrize("title", ["ว่าที่ ร.ต.", "ว่าที่ร้อยตรีหญิง ", "พ.ต.ท. ", "พล.ต.ต.", "พันตำรวจโท", "จ.ส.อ.",
                                   "ร.ต.อ. ดร.", "ม.ร.ว. ", "ศาสตราจารย์ "])  # fmt: skip
def test_ranks_are_titles(title: str) -> None:
    assert same_person(f"{title}สมชาย ใจดี", "นายสมชาย ใจดี")
    assert not same_person(f"{title}สมชาย ใจดี", "ใจดี")


def test_names_are_one_however_they_are_typed() -> None:
    assert same_person("เเดง เเก้วใส", "แดง แก้วใส")
    assert same_person("นาย Mo Smith", "Mo Smith")
    for name, other in (("พลอย ใจดี", "อย ใจดี"), ("เอกชัย ดี", "ชัย ดี"), ("พันธ์ ดี", "ธ์ ดี"), ("ร. ดี", "ดี")):
        assert not same_person(name, other), name


def test_a_release_is_offered_once_nothing_waits(exam_dir: Path, run: Run) -> None:
    release = "examgen release output/T-1-L4 --run 1 --by NAME --reason WHY"
    for name in ("sitting", "results"):
        shutil.rmtree(exam_dir / name)
    run.ok("take", exam_dir, "a.csv")
    said = run("score", exam_dir).out
    assert "examgen decide output/T-1-L4" in said.partition("Next: ")[2]
    assert release not in said
    run.ok("decide", exam_dir, "--all-open", "--as", "upheld", *LOOK)
    said = run("score", exam_dir).out
    assert release in said.partition("Next: ")[2]
    assert "second look" not in said


def test_what_somebody_decided_not_to_use_needs_nobody(exam_dir: Path, run: Run) -> None:
    for name in ("sitting", "results"):
        shutil.rmtree(exam_dir / name)
    run.ok("take", exam_dir, "a.csv")
    Path("who.csv").write_text("file,line,candidate_id,reason,by,date\na.csv,4,-,r,c,2026-11-20\n", "utf-8")
    run.ok("take", exam_dir, "who.csv")
    ran = run("score", exam_dir)
    assert ran.status == 3
    assert "row set aside" not in ran.out
    assert "quarantine.csv" not in ran.out
    assert "unknown status" not in ran.out
