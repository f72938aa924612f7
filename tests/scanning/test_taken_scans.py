"""Scans that are given to a sitting: read, decided on in a gallery, taken back, each under a number of its own."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import date, datetime
from itertools import repeat
from pathlib import Path

import cv2
import numpy as np
import pytest

from examgen.scanning.gallery import commands as gallery
from tests.commands.conftest import Once, Run
from tests.scanning.test_gallery_decisions import lines, records, save
from tests.sittings import table


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scans")


@pytest.fixture
def tmp_path(place: Path) -> Path:
    """The same folder for each test, emptied: a scan knows its exam by its path."""
    shutil.rmtree(place)
    place.mkdir()
    return place


@pytest.fixture
def exam(package: Path, tmp_path: Path, run: Run, once: Once) -> Path:
    """The exam, and a tray of its three sheets, of which the second is smudged."""

    def filled(run: Run) -> None:
        shutil.copytree(package, tmp_path / "exam")
        run.ok("simulate", tmp_path / "exam", "--seed", 3, "--scans", tmp_path / "sim", "--format", "png")
        shutil.copytree(tmp_path / "sim/scans", tmp_path / "tray")
        smudge(tmp_path / "tray/scan-00002.png")

    once(tmp_path, filled, run)
    return tmp_path / "exam"


def smudge(path: Path) -> None:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    high, wide = picture.shape
    draw = np.random.default_rng(1)
    for _ in range(400):
        place = int(draw.integers(wide // 10, wide * 9 // 10)), int(draw.integers(high // 3, high * 9 // 10))
        cv2.circle(picture, place, int(draw.integers(6, 14)), int(draw.integers(120, 190)), -1)
    cv2.imwrite(str(path), picture)


@pytest.fixture
def tray_taken(exam: Path, tmp_path: Path, run: Run, once: Once) -> None:
    """The tray was given to the exam."""

    def given(run: Run) -> None:
        run("take", exam, tmp_path / "tray")

    once(tmp_path, given, run)


def filled_in(
    exam: Path, run: Run, tmp_path: Path, answer: str, by: str = "สมหญิง", task: str = "first"
) -> Path:
    """What somebody decides in the gallery of scan 1: one answer for all that is in doubt."""
    run.ok("scan", "gallery", exam / "sitting/scans/1", "--share", "0.5")
    return decided_in(exam / "sitting/scans/1", task, tmp_path / f"filled-{task}.csv", answer, by)


def decided_in(scan: Path, task: str, path: Path, answer: str, by: str) -> Path:
    """A file of decisions on all that the gallery of a scan asks for a task, without a day."""
    of = records(scan)
    assert not [one for one in of["people"] if task in one["tasks"]]
    save(path, [one | {"decided": answer, "by": by, "time": ""} for one in lines(of, repeat(answer), task)])
    return path


MARKS = "file,line,question,answer,reason,by,date\n"


def marks_file(path: Path, *lines: str) -> Path:
    path.write_text(MARKS + "".join(f"{line},looked again,สมชาย,2026-11-25\n" for line in lines), "utf-8")
    return path


def said_of(exam: Path, line: str, question: str) -> list[str]:
    """What the newest run says was decided on a mark."""
    audit = json.loads((exam / "results/audit.json").read_text("utf-8"))
    return [
        one["decision"].rpartition(" ")[2]
        for one in audit["decided"]
        if str(one["line"]) == line and one["decision"].startswith(f"question {question} is ")
    ]


def now() -> str:
    """The time of a decision that is made now."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def decided_again(exam: Path, path: Path, answer: str, time: str) -> Path:
    """What somebody saves who decides all of the gallery of scan 1 anew."""
    lines = table(exam / "sitting/scans/1/review/decisions.csv")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, [*lines[0]])
        writer.writeheader()
        writer.writerows(one | {"decided": answer, "time": time} for one in lines)
    return path


@pytest.fixture
def doubt(exam: Path, run: Run, tray_taken: None) -> tuple[str, str]:
    """A tray that was taken and scored: the line of the row that was set aside, and a question of it that is in
    doubt."""
    run("score", exam)
    [aside] = table(exam / "results/quarantine.csv")
    return aside["line"], aside["undecided"].split()[0].removeprefix("Q")


def test_the_later_of_two_decisions_on_a_mark_holds_whoever_it_comes_from(
    exam: Path, run: Run, tmp_path: Path, doubt: tuple[str, str]
) -> None:
    line, question = doubt
    run.ok("take", exam, filled_in(exam, run, tmp_path, "A"))
    run.ok("score", exam)
    assert said_of(exam, line, question) == ["A"]
    for answer in ("B", "C"):  # the second one, too, is decided anew
        given = marks_file(tmp_path / f"marks-{answer}.csv", f"1/responses.csv,{line},{question},{answer}")
        [one] = run.json("take", exam, given)["taken"]
        assert (one["n"], one["anew"]) == (1, 1)
        run.ok("score", exam)
        assert said_of(exam, line, question) == [answer]
    again = decided_again(exam, tmp_path / "again.csv", "D", now())
    [one] = run.json("take", exam, again)["taken"]
    assert one["anew"] == 1
    run.ok("score", exam)
    assert said_of(exam, line, question) == ["D"]
    assert not (exam / "sitting/marks.csv").exists(), "nothing of it holds"
    assert any(",C," in path.read_text("utf-8") for path in (exam / "sitting/earlier").glob("*-marks.csv"))
    run.ok("verify", exam)


@pytest.mark.usefixtures("tray_taken")
def test_a_dispute_in_a_gallery_sets_the_row_aside_again(exam: Path, run: Run, tmp_path: Path) -> None:
    """What held is no longer given to the scoring, and nobody left it out by mistake."""
    run.ok("take", exam, filled_in(exam, run, tmp_path, "A"))
    run.ok("score", exam)
    second = filled_in(exam, run, tmp_path, "B", "มานี", "second")
    differ = run("take", exam, second)
    assert (differ.status, "Two people disagree" in differ.out, "มานี: B" in differ.out) == (3, True, True)
    assert run("score", exam).status == 3
    [aside] = table(exam / "results/quarantine.csv")
    assert aside["reason"] == "undecided_marks"


def test_a_mark_decided_in_a_gallery_and_in_a_file_given_with_it_is_refused(
    exam: Path, run: Run, tmp_path: Path, doubt: tuple[str, str]
) -> None:
    line, question = doubt
    book = filled_in(exam, run, tmp_path, "A")
    given = marks_file(tmp_path / "marks.csv", f"1/responses.csv,{line},{question},B")
    assert "decided-twice" in run.refused("take", exam, book, given)
    assert not (exam / "sitting/scans/1/review/decisions.csv").exists()
    assert not (exam / "sitting/marks.csv").exists()


def test_decisions_on_rows_go_with_the_scan_that_is_taken_back(exam: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "tray/scan-00002.png").unlink()
    run.ok("take", exam, tmp_path / "tray")
    (tmp_path / "late").mkdir()
    shutil.copy(tmp_path / "sim/scans/scan-00002.png", tmp_path / "late")
    run.ok("take", exam, tmp_path / "late")
    run.ok("score", exam)
    marks = marks_file(tmp_path / "marks.csv", "1/responses.csv,2,1,B", "2/responses.csv,2,1,C")
    who = tmp_path / "identities.csv"
    who.write_text(
        "file,line,candidate_id,form,reason,by,date\n2/responses.csv,2,-,,a copy,สมชาย,2026-11-25\n", "utf-8"
    )
    run.ok("take", exam, marks, who)
    assert run("score", exam).status == 3
    said = run.ok("take", exam, "--back", "scans/2", "--reason", "of another centre", "--by", "มานี").out
    assert said.count("was removed; the previous file is kept as") == 2
    assert [one["file"] for one in table(exam / "sitting/marks.csv")] == ["1/responses.csv"]
    assert not (exam / "sitting/identities.csv").exists()
    [kept] = (exam / "sitting/earlier").glob("*-marks.csv")
    assert "2/responses.csv,2,1,C" in kept.read_text("utf-8")
    run.ok("score", exam)
    assert said_of(exam, "2", "1") == ["B"]
    run("take", exam, tmp_path / "late")
    assert (exam / "sitting/scans/3/responses.csv").is_file(), "its number is nobody else's"
    run.ok("score", exam)
    run.ok("verify", exam)


@pytest.mark.usefixtures("tray_taken")
def test_files_of_two_people_are_taken_in_together(exam: Path, run: Run, tmp_path: Path) -> None:
    scan = exam / "sitting/scans/1"
    run.ok("scan", "gallery", scan, "--share", "1")
    first = decided_in(scan, "first", tmp_path / "decided.csv", "A", "สมหญิง")
    (tmp_path / "other").mkdir()
    second = decided_in(scan, "second", tmp_path / "other" / first.name, "A", "มานี")
    taken = run.json("take", exam, first, second)["taken"]
    assert [(one["act"], one["n"] > 0) for one in taken] == [("taken", True)] * 2
    run.ok("score", exam)
    assert {one["by"] for one in table(scan / "review/decisions.csv")} == {"สมหญิง", "มานี"}


@pytest.mark.usefixtures("tray_taken")
def test_a_fault_in_one_file_leaves_the_other_out_too(exam: Path, run: Run, tmp_path: Path) -> None:
    scan = exam / "sitting/scans/1"
    run.ok("scan", "gallery", scan, "--share", "1")
    first = decided_in(scan, "first", tmp_path / "first.csv", "A", "สมหญิง")
    same = decided_in(scan, "second", tmp_path / "second.csv", "A", "สมหญิง")
    notes = marks_file(tmp_path / "marks.csv", "1/responses.csv,2,1,B")
    assert "checked-by-the-first" in run.refused("take", exam, first, same, notes)
    assert not (scan / "review/decisions.csv").exists()
    assert not (exam / "sitting/marks.csv").exists()


def test_a_tray_is_read_decided_and_scored_without_a_path_named_twice(
    exam: Path, run: Run, tmp_path: Path
) -> None:
    said = run("take", exam, tmp_path / "tray")
    assert said.status == 3, "marks are in doubt"
    assert "3 sheets read" in said.out
    assert "sitting/scans/1/gallery.html" in said.out
    assert run("score", exam).status == 3
    [aside] = table(exam / "results/quarantine.csv")
    assert aside["reason"] == "undecided_marks"
    book = filled_in(exam, run, tmp_path, "A")
    [taken] = run.json("take", exam, book)["taken"]
    assert (taken["kind"], taken["act"], taken["n"] > 0) == ("gallery", "taken", True)
    assert run.json("take", exam, book)["taken"][0]["act"] == "known"
    run.ok("score", exam)
    assert len(table(exam / "results/candidates.csv")) == 3
    assert "belongs to a scan that is not in the sitting" in run.refused("take", fresh(exam, tmp_path), book)


def fresh(exam: Path, tmp_path: Path) -> Path:
    other = Path(shutil.copytree(exam, tmp_path / "other"))
    shutil.rmtree(other / "sitting")
    return other


def test_a_scan_that_is_taken_back_keeps_its_number(exam: Path, run: Run, tmp_path: Path) -> None:
    """Decisions on its rows bear the number: those on the rows of another scan would be taken for them."""
    (tmp_path / "tray/scan-00002.png").unlink()
    run.ok("take", exam, tmp_path / "tray")
    run.ok("score", exam)
    run.ok("take", exam, "--back", "scans/1", "--reason", "of another centre")
    assert (exam / "sitting/scans/removed-1/responses.csv").is_file()
    (tmp_path / "tray/scan-00003.png").unlink()
    run.ok("take", exam, tmp_path / "tray")
    assert (exam / "sitting/scans/2/responses.csv").is_file()
    run.ok("score", exam)
    assert len(table(exam / "results/candidates.csv")) == 1
    run.ok("verify", exam)


def test_the_folder_of_a_scan_is_taken_once_with_its_decisions(exam: Path, run: Run, tmp_path: Path) -> None:
    run("scan", tmp_path / "tray", "--exam", exam, "--out", tmp_path / "read")
    [one] = run.json("take", exam, tmp_path / "read")["taken"]
    assert (one["kind"], one["file"]) == ("scan", "scans/1/responses.csv")
    assert run.json("take", exam, tmp_path / "read")["taken"][0]["act"] == "known"
    assert run("score", exam).status == 3
    shutil.rmtree(exam / "sitting/scans/1")
    assert "taken-file-gone" in run.refused("score", exam)


@pytest.mark.usefixtures("tray_taken")
def test_decisions_of_a_gallery_are_on_record(exam: Path, run: Run, tmp_path: Path) -> None:
    book = filled_in(exam, run, tmp_path, "A")
    run.ok("take", exam, book, "--by", "มานี")
    n = len(table(exam / "sitting/scans/1/review/decisions.csv"))
    again = decided_again(exam, tmp_path / "again.csv", "B", now())
    run.ok("take", exam, again, "--by", "สมชาย")
    acts = [json.loads(line) for line in (exam / "sitting/record.jsonl").read_text("utf-8").splitlines()]
    assert [(one["kind"], one["by"], one["file"], one["decisions"]) for one in acts[1:]] == [
        ("gallery", "มานี", "scans/1/review", n),
        ("gallery", "สมชาย", "scans/1/review", n),
    ]
    listed = run.ok("take", exam).out
    assert listed.count(f"{n} decision") == 2, listed
    run.ok("scan", "gallery", exam / "sitting/scans/1")
    run.ok("verify", exam)
    path = exam / "sitting/scans/1/review/marks.csv"
    path.write_text(path.read_text("utf-8").replace(",B,", ",C,"), "utf-8")
    for words in (("verify",), ("take",), ("score",)):
        assert "taken-file-changed" in run.refused(*words, exam)


@pytest.mark.usefixtures("tray_taken")
def test_a_second_check_is_open_until_another_person_has_decided(
    exam: Path, run: Run, tmp_path: Path
) -> None:
    scan = exam / "sitting/scans/1"
    said = run.ok("scan", "gallery", scan, "--share", "1").out
    assert "examgen take" in said
    first = decided_in(scan, "first", tmp_path / "first.csv", "A", "สมหญิง")
    second = decided_in(scan, "second", tmp_path / "second.csv", "A", "มานี")
    said = run.ok("take", exam, first).out
    n = len(table(scan / "review/decisions.csv"))
    assert f"scan 1: {n} second checks open" in said
    said = run.ok("take", exam, second).out
    assert "Nothing is left to decide in the galleries." in said


def test_a_better_scan_leaves_nothing_to_decide_in_the_gallery_of_the_first(
    exam: Path, run: Run, tmp_path: Path
) -> None:
    taken = run.json("take", exam, tmp_path / "tray")
    [left] = taken["left"]
    assert left["marks"] == taken["taken"][0]["read"]["doubts"]
    (tmp_path / "rescan").mkdir()
    shutil.copy(tmp_path / "sim/scans/scan-00002.png", tmp_path / "rescan")
    assert "Nothing is left to decide in the galleries." in run.ok("take", exam, tmp_path / "rescan").out
    assert "skipped, because another scan" in run.ok("scan", "gallery", exam / "sitting/scans/1").out
    said = run.json("take", exam, "--back", "scans/2", "--reason", "of another room")
    assert [(one["scan"], one["marks"]) for one in said["left"]] == [(1, left["marks"])]
    run.ok("verify", exam)


@pytest.mark.usefixtures("tray_taken")
def test_marks_that_a_file_decides_are_asked_of_nobody_else(exam: Path, run: Run, tmp_path: Path) -> None:
    run("score", exam)
    [aside] = table(exam / "results/quarantine.csv")
    lines = [f"1/responses.csv,{aside['line']},{q[1:]},A" for q in aside["undecided"].split()]
    said = run.ok("take", exam, marks_file(tmp_path / "one.csv", lines[0])).out
    assert "marks, added" in said
    said = run.ok("take", exam, marks_file(tmp_path / "others.csv", *lines[1:])).out
    assert "combined with earlier ones" in said
    assert "in place of" not in said
    assert "Nothing is left to decide in the galleries." in said


@pytest.mark.usefixtures("tray_taken")
def test_a_gallery_that_was_not_made_anew_is_so_by_the_next_take(
    exam: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the process was killed once the decisions were on record."""
    book = filled_in(exam, run, tmp_path, "A")
    page = exam / "sitting/scans/1/gallery.html"
    before = page.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(gallery, "write_gallery", interrupted)
        assert run("take", exam, book).status == 130
    assert page.read_bytes() == before
    run.ok("verify", exam)
    assert run.json("take", exam, book)["taken"][0]["act"] == "known"
    assert page.read_bytes() != before
    run.ok("score", exam)


def interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_day_is_no_moment_and_an_earlier_letter_may_be_decided_again(
    exam: Path, run: Run, tmp_path: Path, doubt: tuple[str, str]
) -> None:
    """A file may name the day alone: what is given last holds, also a letter that was decided before."""
    line, question = doubt
    run.ok("take", exam, filled_in(exam, run, tmp_path, "A"))
    first = table(exam / "sitting/scans/1/review/decisions.csv")

    def taken(answer: str) -> int:
        """How many decisions are new where all of the gallery is decided so, today."""
        path = tmp_path / "again.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, [*first[0]])
            writer.writeheader()
            today = date.today().isoformat()
            writer.writerows(one | {"decided": answer, "time": today} for one in first)
        [one] = run.json("take", exam, path)["taken"]
        n: int = one["n"]
        return n

    for answer in "BABA":
        assert taken(answer) == len(first), answer
        run.ok("score", exam)
        assert said_of(exam, line, question) == [answer]
        assert taken(answer) == 0, "the last, once more"
    given = marks_file(tmp_path / "marks.csv", f"1/responses.csv,{line},{question},C")
    run.ok("take", exam, given)
    assert taken("A") == 1, "what the gallery had, and the file changed"
    run.ok("score", exam)
    assert said_of(exam, line, question) == ["A"]


def test_decisions_of_several_files_are_taken_back_together(
    exam: Path, run: Run, tmp_path: Path, doubt: tuple[str, str]
) -> None:
    line, question = doubt
    for name, answer in (("first.csv", "B"), ("second.csv", "C")):
        run.ok("take", exam, marks_file(tmp_path / name, f"1/responses.csv,{line},{question},{answer}"))
    assert "not-taken" in run.refused("take", exam, "--back", "first.csv", "--reason", "r")
    assert "1 decision" in run.ok("take", exam, "--back", "marks.csv", "--reason", "r").out
