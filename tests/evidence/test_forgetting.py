"""`forget`: nothing of the person is left in any file, and everything that was counted or sealed holds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from examgen.core import work_folders
from examgen.evidence.persons.erasing import forget, locked
from tests.evidence.people import (
    FIRM,
    MISREAD,
    NAME,
    OTHER,
    OTHER_NAME,
    PERSON,
    PHONE,
    THAI,
    examgen,
    names,
    numbers,
    ok,
    tombstone_in,
)
from tests.evidence.searching import traces
from tests.sittings import table

ASKED = ("--by", "DPO", "--reason", "request 3/2569")
ALL = (PERSON, THAI, NAME, "ชูใจ ทองคำแท้", FIRM, PHONE, MISREAD)


@pytest.fixture(scope="module")
def forgotten(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The same after the person was forgotten, and the tombstone."""
    place = tmp_path_factory.mktemp("forgotten") / "ws"
    shutil.copytree(whole, place)
    return place, tombstone_in(ok(place, "forget", THAI, *ASKED))


def test_the_search_finds_the_person_before(whole: Path) -> None:
    found = "\n".join(traces(whole, ALL))
    for name in (
        *("secure/candidates.csv", "sitting/roster.csv", "sitting/sitting.yaml", "sitting/record.jsonl"),
        *("answers/plain.csv", "runs/0001/responses.parquet", "cohort/report.html", "notes.txt", "wide.csv"),
        *("people.xlsx", "sent.zip", "asked.json", "identities.csv", f"{PERSON}.txt"),
    ):
        assert name in found, name


def test_nothing_of_the_person_is_left(forgotten: tuple[Path, str]) -> None:
    assert traces(forgotten[0], ALL) == []


def test_everybody_else_is_where_they_were(whole: Path, forgotten: tuple[Path, str]) -> None:
    before = traces(whole, (OTHER, OTHER_NAME))
    gone = {one.split(":")[0] for one in before} - {
        one.split(":")[0] for one in traces(forgotten[0], (OTHER, OTHER_NAME))
    }
    assert {Path(one).suffix for one in gone} <= {".html"}  # pages for people are made again


def test_the_exam_verifies_and_says_that_somebody_was_erased(forgotten: tuple[Path, str]) -> None:
    text = ok(forgotten[0], "verify", "output/X")
    assert "runs 1, 2: every file as written" in text
    assert "1 person was erased" in text


def test_fingerprints_of_before_are_known(whole: Path, forgotten: tuple[Path, str]) -> None:
    before = json.loads(ok(whole, "verify", "output/X", "--json"))
    asked = [*before["runs"], *before["releases"]]
    words = [word for one in asked for word in ("--fingerprint", one["sha256"][:16])]
    text = ok(
        forgotten[0], "verify", "output/X", *words, "--fingerprint", before["fingerprints"]["package"][:16]
    )
    assert text.count("before erasure 1 of") == len(asked) + 1
    assert examgen(forgotten[0], "verify", "output/X", "--fingerprint", "0123456789abcdef")[0] == 1


def test_points_and_decisions_stay_under_the_tombstone(whole: Path, forgotten: tuple[Path, str]) -> None:
    folder, tombstone = forgotten
    for file in ("candidates.csv", "pc_results.csv"):
        for run in ("runs/0001", "runs/0002", "."):
            before = {row["candidate_id"]: row for row in table(whole / "output/X/results" / run / file)}
            after = {row["candidate_id"]: row for row in table(folder / "output/X/results" / run / file)}
            assert after.pop(tombstone) == {**before.pop(PERSON), "candidate_id": tombstone, **_blanked(file)}
            assert after == before


def _blanked(file: str) -> dict[str, str]:
    return {"remark": ""} if file == "candidates.csv" else {}


def test_scoring_again_comes_to_the_same_run(forgotten: tuple[Path, str], tmp_path: Path) -> None:
    place = tmp_path / "ws"
    shutil.copytree(forgotten[0], place)
    text = ok(place, "score", "output/X")
    assert "run 2" in text
    assert not (place / "output/X/results/runs/0003").exists()
    assert traces(place, ALL) == []


def test_reports_are_made_again_without_the_person(forgotten: tuple[Path, str], tmp_path: Path) -> None:
    place = tmp_path / "ws"
    shutil.copytree(forgotten[0], place)
    ok(place, "report", "output/X", "--no-pdf", "--lang", "en", "--kind", "committee")
    page = (place / "output/X/reports/run-0002/committee/report.html").read_text("utf-8")
    assert forgotten[1] in page
    assert traces(place, ALL) == []
    ok(place, "verify", "output/X")


def test_statistics_are_the_same(whole: Path, forgotten: tuple[Path, str], tmp_path: Path) -> None:
    said = []
    for n, place in enumerate((whole, forgotten[0])):
        out = tmp_path / str(n)
        ok(place, "analyse", "exam", "output/X", "--no-pdf", "--min-n", 2, "--out", out)
        said.append(_without(json.loads((out / "analysis.json").read_text("utf-8")), ("fingerprint",)))
    assert said[0] == said[1]
    assert traces(tmp_path / "1", ALL) == []


def _without(value: object, names: tuple[str, ...]) -> object:
    if isinstance(value, dict):
        return {name: _without(one, names) for name, one in value.items() if name not in names}
    return [_without(one, names) for one in value] if isinstance(value, list) else value


def test_the_record_of_erasures_has_nothing_of_the_person(forgotten: tuple[Path, str]) -> None:
    [line] = (forgotten[0] / "erasures.jsonl").read_text("utf-8").splitlines()
    said = json.loads(line)
    assert said["forgotten"] == [forgotten[1]]
    assert (said["by"], said["reason"]) == ("DPO", "request 3/2569")
    assert {*said["exams"]["output/X"]} == {"package", "record", "runs", "releases"}
    changed = line.replace("request 3", "request 4")
    (forgotten[0] / "erasures.jsonl").write_text(changed + "\n", "utf-8")
    try:
        status, text = examgen(forgotten[0], "verify", "output/X")
    finally:
        (forgotten[0] / "erasures.jsonl").write_text(line + "\n", "utf-8")
    assert status == 1
    assert "erasures.jsonl:1" in text


def test_the_next_one_is_chained_and_the_first_fingerprints_are_known(
    whole: Path, forgotten: tuple[Path, str], tmp_path: Path
) -> None:
    place = tmp_path / "ws"
    shutil.copytree(forgotten[0], place)
    ok(place, "forget", OTHER, *ASKED)
    assert traces(place, (*ALL, OTHER, OTHER_NAME)) == []
    run = json.loads(ok(whole, "verify", "output/X", "--json"))["runs"][0]["sha256"]
    assert "before erasure 1" in ok(place, "verify", "output/X", "--fingerprint", run)
    assert "2 persons were erased" in ok(place, "verify", "output/X")


def test_a_dry_run_writes_nothing(whole: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*") if path.is_file()}
    said = json.loads(ok(whole, "forget", PERSON, *ASKED, "--dry-run", "--json"))
    assert said["erasure"] is None
    assert {one["becomes"] for one in said["files"]} == {"rewritten", "removed", "renamed"}
    again = next(one["again"] for one in said["files"] if one["path"].endswith("cohort/report.html"))
    assert again == "examgen report output/X --run 2 --kind cohort"
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("reason", [f"asked by {THAI}", f"คำขอของ{NAME}", f"({PERSON})"])
def test_the_reason_must_not_name_the_person(whole: Path, reason: str) -> None:
    status, text = examgen(whole, "forget", PERSON, "--by", "DPO", "--reason", reason)
    assert status == 1
    assert "--reason" in text
    assert not (whole / "erasures.jsonl").exists()


def test_whom_nobody_knows_is_told(whole: Path) -> None:
    assert examgen(whole, "forget", "9-9999-99999-99-9", *ASKED)[0] == 2
    assert examgen(whole, "forget", "forgotten-01234567", *ASKED)[0] == 2
    assert examgen(whole, "forget", "--", "---", *ASKED)[0] == 2


def test_a_file_that_was_touched_before_stops_it(whole: Path, tmp_path: Path) -> None:
    place = tmp_path / "ws"
    shutil.copytree(whole, place)
    release = place / "output/X/results/releases/0001.json"
    release.chmod(0o600)
    release.write_text(release.read_text("utf-8").replace("first", "other"), "utf-8")
    status, text = examgen(place, "forget", PERSON, *ASKED)
    assert status == 1
    assert "releases/0001.json" in text
    assert traces(place, [PERSON])


def test_nobody_scores_meanwhile(whole: Path, tmp_path: Path) -> None:
    with locked(whole.resolve()):
        import subprocess
        import sys

        done = subprocess.run(
            [sys.executable, "-c", "import examgen.core.changes as c; c.WAIT = 0.1\n"
             "from examgen.commands import main; main()", "score", "output/X"],
            cwd=whole, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "another" in done.stderr


def test_what_changes_while_everything_is_looked_at_is_looked_at_again(whole: Path, tmp_path: Path) -> None:
    place = tmp_path / "ws"
    shutil.copytree(whole, place)
    answers = next((place / "output/X/sitting/answers").glob("*.csv"))
    before = answers.read_text("utf-8")

    def at_work(message: str) -> None:
        if "meanwhile" not in message:
            return
        (place / "late.csv").write_text(f"candidate_id,note\n{PERSON},{NAME}\n", "utf-8")
        (place / "notes.txt").write_text(f"called {NAME}\n", "utf-8")
        (place / "output/X/late").mkdir()
        (place / "output/X/late" / f"{PERSON}.txt").write_text("x", "utf-8")
        (place / "wide.csv").unlink()

    erased = forget(place, [PERSON], "DPO", "asked for it", progress=at_work)
    assert traces(place, ALL) == []
    assert not (place / "wide.csv").exists()
    assert answers.read_text("utf-8") != before
    assert {"late.csv", "notes.txt"} <= {one.path for one in erased.located.files}
    ok(place, "verify", "output/X")


def test_it_waits_for_who_prints_or_reports(whole: Path, tmp_path: Path) -> None:
    place = tmp_path / "ws"
    shutil.copytree(whole, place)
    work = work_folders.begin(place / "output/X/reports")
    try:
        status, text = examgen(place, "forget", PERSON, *ASKED)
    finally:
        work_folders.end(work)
    assert status == 1
    assert "output/X/reports: is being written by another command" in text
    ok(place, "forget", PERSON, *ASKED)


def test_everybody_can_be_found(whole: Path) -> None:
    assert len(names()) == len(numbers())
    said = json.loads(ok(whole, "person", "where", OTHER, "--json"))
    assert said["exams"] == ["output/X"]
