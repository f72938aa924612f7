"""A scoring that leaves out what the newest run had is refused, names all of it, and goes on with --without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from examgen.core.exam.runs import Run as ScoredRun
from examgen.scoring.left_out import left_out
from examgen.scoring.options import OMISSIBLE
from tests.commands.conftest import Once, Ran, Run, two_forms
from tests.runs import contents
from tests.sittings import table

ON_RECORD = "by: committee, date: 2026-11-20"


@pytest.fixture
def exam_dir(workspace: Path, run: Run, once: Once) -> Path:
    """Two forms, and forty candidates in n.csv and s.csv, twenty each."""
    return once(workspace, answered, run)


def answered(run: Run) -> None:
    two_forms(run)
    run.ok("simulate", "output/T-1-L4", "--candidates", 40, "--seed", 1, "--out", "all.csv")
    head, *lines = lines_of("all.csv")
    write("n.csv", head, *lines[:20])
    write("s.csv", head, *lines[20:])


def lines_of(name: str) -> list[str]:
    return Path(name).read_text("utf-8-sig").splitlines()


def write(name: str, *lines: str) -> str:
    Path(name).write_text("\n".join(lines) + "\n", "utf-8")
    return name


def drops(*questions: int) -> str:
    return write(
        "c.yaml",
        *(
            f"- {{kind: drop, form: A, question: {n}, only_here: true, reason: r, {ON_RECORD}}}"
            for n in questions
        ),
    )


def audit(exam_dir: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((exam_dir / "results/audit.json").read_text("utf-8"))
    return found


def runs(exam_dir: Path) -> int:
    return len(list((exam_dir / "results/runs").glob("0*")))


def said(ran: Ran) -> str:
    return " ".join(ran.err.split())


def refused(run: Run, exam_dir: Path, *words: object) -> str:
    """What is said where it is refused; nothing was written."""
    before = contents(exam_dir / "results")
    ran = run("score", exam_dir, *words)
    assert ran.status == 1, ran.out
    assert contents(exam_dir / "results") == before
    return said(ran)


@pytest.fixture
def full(exam_dir: Path, run: Run) -> list[str]:
    """Run 1 of everything that a scoring can have; the words after the exam."""
    ids = [line.split(",")[0] for line in lines_of("all.csv")[1:]]
    words = ["n.csv", "s.csv", "--corrections", drops(1, 2)]
    words += ["--roster", write("r.csv", "candidate_id", *ids)]
    words += ["--identities", write("i.csv", HEAD_OF_IDENTITIES, "n.csv,2,,A,booklet,ก,2026-11-20")]
    words += ["--marks", write("m.csv", HEAD_OF_MARKS, "s.csv,3,1,A,rubbed,ก,2026-11-20")]
    words += ["--scaled", write("s.yaml", "slope: 2", "intercept: 100")]
    run.ok("score", exam_dir, *words)
    return words


HEAD_OF_IDENTITIES = "file,line,candidate_id,form,reason,by,date"
HEAD_OF_MARKS = "file,line,question,answer,reason,by,date"


def without_option(words: list[str], option: str) -> list[str]:
    at = words.index(option)
    return words[:at] + words[at + 2 :]


# ── each thing ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("option", "name", "named"),
    [
        ("--corrections", "corrections", "2 × corrections of the key: does not count: A question 1; does not count: A"),
        ("--roster", "roster", "r.csv (40 registered)"),
        ("--identities", "decisions", "n.csv:2 form A: add them with --identities and --marks"),
        ("--marks", "decisions", "s.csv:3 question 1 is A"),
        ("--scaled", "scaled", "add it with --scaled"),
    ],
)  # fmt: skip
def test_one_thing_that_is_forgotten_is_named_and_can_be_left_out_on_purpose(
    exam_dir: Path, full: list[str], run: Run, option: str, name: str, named: str
) -> None:
    words = without_option(full, option)
    told = refused(run, exam_dir, *words)
    assert "this scoring lacks input that run 1 had" in told
    assert f"--without {name}" in told
    assert named in told
    other = "scaled" if name == "roster" else "roster"
    assert named in refused(run, exam_dir, *words, "--without", other)
    ran = run.ok("score", exam_dir, *words, "--without", name)
    assert f"deliberately left out: run 1: {OMISSIBLE[name]}, " in ran.out
    [one] = audit(exam_dir)["left_out"]  # type: ignore[misc]
    assert (one["what"], one["run"], one["n"]) == (name, 1, len(one["named"]))
    assert "because run 2 has the same results" in run("score", exam_dir, *words, "--without", name).out
    run.ok("score", exam_dir, *words)
    assert runs(exam_dir) == 2
    assert (
        f"deliberately left out: run 1: {OMISSIBLE[name]}, " in run("score", exam_dir, "--compare", 1, 2).out
    )


def test_answers_of_one_name_are_told_by_their_folders(exam_dir: Path, run: Run) -> None:
    """As those of scans are, of which nobody could be scored yet."""
    head, *lines = lines_of("s.csv")
    of_no_form = (",".join([line.split(",")[0], "Z", *line.split(",")[2:]]) for line in lines)
    for folder, own in (("one", lines_of("n.csv")[1:]), ("two", of_no_form)):
        Path(folder).mkdir()
        write(f"{folder}/responses.csv", head, *own)
    files = [f"{folder}/responses.csv" for folder in ("one", "two")]
    assert run("score", exam_dir, *files).status == 3
    told = refused(run, exam_dir, files[0])
    assert "1 × answer files: two/responses.csv (20 rows)" in told


def test_everything_that_is_forgotten_is_named_at_once(exam_dir: Path, full: list[str], run: Run) -> None:
    told = refused(run, exam_dir, "n.csv")
    assert "--without corrections,decisions,roster,scaled,answers:" not in told
    assert "--without corrections,decisions,roster,scaled,answers " in told
    for name in ("corrections", "decisions", "roster", "scaled", "answers"):
        assert f"[leaves-out-{name}]" in told
    assert "s.csv (20 rows)" in told
    run.ok("score", exam_dir, "n.csv", "--without", "corrections,decisions,roster,scaled,answers")
    left = audit(exam_dir)["left_out"]
    assert [one["what"] for one in left] == ["corrections", "decisions", "roster", "scaled", "answers"]  # type: ignore[attr-defined]
    assert json.loads(run("score", exam_dir, "n.csv", "--json", "--corrections", drops(1)).out)["run"] == 3
    assert full


def test_a_refusal_as_json_says_what_to_add(exam_dir: Path, full: list[str], run: Run) -> None:
    ran = run("score", exam_dir, *without_option(full, "--roster"), "--json")
    assert ran.status == 1
    assert '"without": "roster"' in ran.out


# ── corrections ──────────────────────────────────────────────────────────────────────────────


def test_single_entries_count_and_their_reasons_do_not(exam_dir: Path, run: Run) -> None:
    run.ok("score", exam_dir, "all.csv", "--corrections", drops(1, 2))
    told = refused(run, exam_dir, "all.csv", "--corrections", drops(2, 3))
    assert "1 × corrections of the key: does not count: A question 1:" in told
    [item] = [
        row["item"]
        for row in table(exam_dir / "secure/key.csv")
        if (row["form"], row["question"]) == ("A", "1")
    ]
    more = [f"- {{kind: drop, item: {item}, reason: otherwise, {ON_RECORD}}}"]
    drops(2, 3)
    write("c.yaml", *more, *lines_of("c.yaml"))
    run.ok("score", exam_dir, "all.csv", "--corrections", "c.yaml")
    assert "left_out" not in audit(exam_dir)


def test_a_correction_of_fewer_booklets_is_told_though_it_is_written_alike(tmp_path: Path) -> None:
    """Booklets are counted where there are too many to be named one by one."""

    def said(*booklets: int) -> dict[str, object]:
        places = [{"drawn_from": form, "booklets": n} for form, n in zip("AB", booklets, strict=False)]
        made = {"kind": "drop", "item": "E1.01-001", "places": places}
        return {
            "corrections": [made],
            "inputs": [{"file": "a.csv", "sha256": "0", "structure": "wide", "rows": 40}],
        }

    def told(now: dict[str, object]) -> list[tuple[str, ...]]:
        return [one.named for one in left_out(ScoredRun(1, tmp_path, "", said(300, 300)), now, tmp_path)]

    assert told(said(300, 300)) == []
    assert told(said(300, 200)) == told(said(300)) != []


def test_of_many_corrections_twenty_are_named_and_all_are_counted(tmp_path: Path) -> None:
    made = [{"kind": "drop", "places": [{"form": "A", "question": n}]} for n in range(1, 26)]
    inputs = [{"file": "a.csv", "sha256": "0", "structure": "wide", "rows": 40}]
    before = ScoredRun(1, tmp_path, "", {"corrections": made, "inputs": inputs})
    (missing,) = left_out(before, {"inputs": inputs}, tmp_path)
    assert (missing.n, len(missing.named), missing.named[-1]) == (25, 20, "does not count: A question 20")


# ── answers and candidates ───────────────────────────────────────────────────────────────────


def test_a_file_that_has_grown_or_was_exported_anew_is_not_missed(exam_dir: Path, run: Run) -> None:
    head, *lines = lines_of("n.csv")
    write("part.csv", head, *lines[:10])
    run.ok("score", exam_dir, "part.csv")
    write("part.csv", head, *lines)
    run.ok("score", exam_dir, "part.csv")
    write("other.csv", head.replace(",", ";"), *(line.replace(",", ";") for line in reversed(lines)))
    run.ok("score", exam_dir, "other.csv", "s.csv")
    run.ok("score", exam_dir, "s.csv", "all.csv")
    assert (runs(exam_dir), "left_out" in audit(exam_dir)) == (4, False)


def test_candidates_gone_from_a_file_are_named_and_those_set_aside_not(exam_dir: Path, run: Run) -> None:
    run.ok("score", exam_dir, "n.csv", "s.csv")
    head, *lines = lines_of("s.csv")
    write("s.csv", head, *lines[3:], lines[5] + ",A")
    gone = [line.split(",")[0] for line in lines[:3]]
    told = refused(run, exam_dir, "n.csv", "s.csv")
    assert f"3 × candidates who were scored: {'; '.join(gone)}: find" in told
    assert "--without candidates " in told
    ran = run("score", exam_dir, "n.csv", "s.csv", "--without", "candidates")
    assert ran.status == 3, ran.err
    assert f"deliberately left out: run 1: candidates who were scored, 3 ({'; '.join(gone)})" in ran.out
    write("s.csv", head, *(f"{line},A" for line in lines[3:]))  # too many fields: all of them set aside
    assert run("score", exam_dir, "n.csv", "s.csv").status == 3
    told = refused(run, exam_dir, "n.csv")
    assert "s.csv (17 rows)" in told


def test_many_who_are_gone_are_counted(exam_dir: Path, run: Run) -> None:
    run.ok("score", exam_dir, "all.csv")
    head, *lines = lines_of("all.csv")
    write("all.csv", head, lines[0])
    assert "39 × candidates" in (told := refused(run, exam_dir, "all.csv"))
    assert "; and 19 more: find their rows" in told


def test_a_shorter_roster_is_missed(exam_dir: Path, run: Run) -> None:
    ids = [line.split(",")[0] for line in lines_of("all.csv")[1:]]
    run.ok("score", exam_dir, "all.csv", "--roster", write("r.csv", "candidate_id", *ids))
    write("r.csv", "candidate_id", *ids[:30])
    assert "10 of the 40 candidates registered in r.csv" in refused(
        run, exam_dir, "all.csv", "--roster", "r.csv"
    )


# ── which run, which words ───────────────────────────────────────────────────────────────────


def test_results_elsewhere_are_compared_with_the_runs_there(exam_dir: Path, run: Run) -> None:
    corrected = ("--corrections", drops(1))
    run.ok("score", exam_dir, "all.csv", *corrected)
    run.ok("score", exam_dir, "n.csv", "--out", "here")
    run.ok("score", exam_dir, "n.csv", "s.csv", *corrected, "--out", "here")
    ran = run("score", exam_dir, "n.csv", "s.csv", "--out", "here")
    assert (ran.status, "that run 2 had" in said(ran)) == (1, True)


def test_what_is_no_name_is_refused_with_the_names(exam_dir: Path, run: Run) -> None:
    for word in ("corrections,everything", "all", ","):
        ran = run("score", exam_dir, "all.csv", "--without", word)
        assert ran.status == 2
        assert "Write one or more of corrections,decisions,roster,scaled,cut,answers,candidates" in said(ran)
    assert not (exam_dir / "results").exists()
    run.ok("score", exam_dir, "all.csv", "--without", "corrections")
    assert "left_out" not in audit(exam_dir)


def test_the_book_of_the_committee_says_what_was_left_out(exam_dir: Path, run: Run) -> None:
    run.ok("score", exam_dir, "n.csv", "s.csv", "--corrections", drops(1))
    head, *lines = lines_of("s.csv")
    write("s.csv", head, *lines[1:])
    asked = ("score", exam_dir, "n.csv", "s.csv", "--without", "corrections,candidates")
    run.ok(*asked)
    gone = lines[0].split(",")[0]
    run.ok("report", exam_dir, "--kind", "committee", "--no-pdf")
    [folder] = {path.parent for path in (exam_dir / "reports").rglob("left_out.csv")}
    rows = table(folder / "left_out.csv")
    assert [(row["what"], row["run"], row["n"]) for row in rows] == [
        ("corrections", "1", "1"),
        ("candidates", "1", "1"),
    ]
    page = (folder / "report.html").read_text("utf-8").replace("\u200b", "")
    assert "Left out on purpose" in page
    assert [gone in page, gone in (folder / "left_out.csv").read_text("utf-8")] == [True] * 2
