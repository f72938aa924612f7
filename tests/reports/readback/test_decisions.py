"""What decisions rest on stands in the reports that are signed, with its numbers: the method and error of a cut,
what a dropped question did to it, forms that are apart, people who should not be there, synthetic candidates.

Each sitting is built and scored as a user would; what must be said is counted from its results alone.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from bs4 import BeautifulSoup, Tag

from examgen.assembly import building as exams
from tests.bank.test_cuts import workspace
from tests.reports.readback.packages import SAID, examgen, keys, report, write_csv
from tests.reports.readback.reader import plain, rows
from tests.samples import PCS

N = 40


class Sitting(NamedTuple):
    """A sitting to be made: its pass rule, how able those of each form are, questions of form A dropped."""

    rule: dict[str, Any] | None
    able: tuple[float, float] = (0.7, 0.7)
    dropped: Sequence[int] = ()
    synthetic: int = 0
    roster: bool = False


REASON = "การประชุมกำหนดคะแนนจุดตัด 5/2569"
SITTINGS = {
    "percent": Sitting({"percent": 60}, dropped=(3,)),
    "points": Sitting({"cut": 7, "reason": REASON}, dropped=(1, 2, 5)),
    "angoff": Sitting({"cut": "angoff"}, dropped=(2, 4, 7)),
    "moved": Sitting({"cut": "angoff", "angoff": {"adjust_se": -1}}),
    "none": Sitting(None, able=(0.9, 0.4), dropped=(1,)),
    "mixed": Sitting({"percent": 60, "second_look": {"sem": 2}}, synthetic=15, roster=True),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("decisions")


class Read(NamedTuple):
    """The reports of a sitting, and what its files say."""

    cohort: BeautifulSoup
    book: BeautifulSoup
    package: Path
    book_folder: Path

    def section(self, page: BeautifulSoup, heading: str) -> Tag:
        """The part of a page under that heading."""
        (found,) = (one for one in page.find_all("h2") if plain(one.get_text()) == heading)
        part = found.find_parent("section")
        assert isinstance(part, Tag)
        return part


@cache
def read(folder: Path, name: str) -> Read:
    """A sitting, made, scored and reported in English."""
    place, sitting = folder / name, SITTINGS[name]
    place.mkdir()
    passing = {} if sitting.rule is None else {"pass": sitting.rule}
    path = workspace(place, PCS, forms=2, **passing)
    if sitting.rule is None:
        asked = yaml.safe_load(path.read_text("utf-8"))
        asked.pop("pass", None)
        path.write_text(yaml.safe_dump(asked, allow_unicode=True), "utf-8")
    package = exams.build(path, place).folder
    answers, wanted = _answers(place, package, sitting), list[object]()
    if sitting.roster:
        # somebody who is not on it is scored all the same
        wanted += ["--roster", _roster(place), "--unlisted", "score"]
    if sitting.dropped:
        said = [
            {"kind": "drop", "form": "A", "question": n, "reason": "ตีความได้สองทาง", **SAID}
            for n in sitting.dropped
        ]
        corrected = place / "corrections.yaml"
        examgen("score", package, answers, *wanted)
        corrected.write_text(yaml.safe_dump(said, allow_unicode=True), "utf-8")
        wanted += ["--corrections", corrected]
    examgen("score", package, answers, *wanted)
    pages = [
        BeautifulSoup(
            (report(package, kind, place / kind, "--lang", "en") / "report.html").read_text("utf-8"),
            "html.parser",
        )
        for kind in ("cohort", "committee")
    ]
    return Read(pages[0], pages[1], package, place / "committee")


def _answers(place: Path, package: Path, sitting: Sitting) -> Path:
    chance, key = random.Random(11), keys(package)
    head = ["candidate_id", "form", *(f"Q{n}" for n in range(1, 13)), "synthetic"]
    people = []
    for n in range(N):
        form = "AB"[n % 2]
        sheet = [
            one["key"] if chance.random() < sitting.able[n % 2] else chance.choice("ABCD")
            for one in key[form]
        ]
        people.append([f"{n:03d}", form, *sheet, "yes" if n < sitting.synthetic else ""])
    return write_csv(place / "answers.csv", [head, *people])


def _roster(place: Path) -> Path:
    """Number 7 is absent, 9 not on it, 12 was dealt the other form, 77 is missing, 78 absent."""
    listed = [
        [f"{n:03d}", "B" if n == 12 else "AB"[n % 2], "absent" if n == 7 else "present"]
        for n in range(N)
        if n != 9
    ]
    head = ["candidate_id", "form", "status"]
    return write_csv(place / "roster.csv", [head, *listed, ["077", "A", "present"], ["078", "A", "absent"]])


def texts(part: Tag, *names: str, **attributes: str) -> list[str]:
    """What stands in the elements of these names."""
    attributes = {name.rstrip("_"): value for name, value in attributes.items()}
    return [plain(one.get_text(" ")) for name in names for one in part.find_all(name, attrs={**attributes})]


def test_the_rule_says_how_the_cut_was_set(folder: Path) -> None:
    def told(name: str) -> list[str]:
        found = read(folder, name)
        heading = "How it was scored" if name == "none" else "How it was decided"
        return texts(found.section(found.book, heading), "li")

    assert told("percent") == ["at least 60 % of all points of the form"]
    assert told("points") == [f"at least 7 points, set by hand: {REASON}"]
    # twelve items at 0.7; sums 7.2, 8.4, 9.6 of three judges: deviation 1.2, over √3
    method = "at least the cut that judges set by the Angoff method"
    by = "8.4 points by 3 judges, standard error over judges 0.69"
    assert told("angoff") == [method, f"form A: {by}", f"form B: {by}"]
    assert told("moved") == [method, *(f"form {form}: {by}, moved to 7.7072" for form in "AB")]
    assert told("none") == []


def test_an_angoff_cut_stays_when_questions_are_dropped_and_that_is_for_the_committee(folder: Path) -> None:
    notice = texts(read(folder, "angoff").cohort, "p", class_="notice")
    (said,) = (one for one in notice if "Form A" in one)
    assert "3 questions count for nobody after corrections; 9 points can be had in place of 12" in said
    # 8.4 of 9 is 93.3 %, of 12 it was 70.0 %
    assert "The cut stays 8.4 points: 93.3 % of all points, where it was 70.0 %." in said
    assert "for the committee to decide" in said


def test_without_a_rule_nothing_is_marked_and_no_mark_explained(folder: Path) -> None:
    found = read(folder, "none")
    for page in (found.cohort, found.book):
        text = plain(page.get_text(" "))
        assert text.count("The exam has no pass rule: nobody passes or fails") == 1
        for word in (
            "near the cut",
            "Near the cut",
            "How it was decided",
            "pass now",
            "the decision",
            "cut, %",
        ):
            assert word not in text
    book = plain(found.book.get_text(" "))
    assert "†" not in book
    assert "adopt the scores of 40 candidates" in book
    assert "adopt the results" not in book


def test_a_score_before_and_now_has_what_could_be_had(folder: Path) -> None:
    found = read(folder, "percent")
    moved = {
        cells[0]: cells[1:3]
        for tr in found.section(found.book, "Corrections and whom they moved").find_all("tr")
        if (cells := [plain(c.get_text(" ")) for c in tr.find_all(["th", "td"])])[0].isdecimal()
    }
    runs = [
        {one["candidate_id"]: f"{one['score']} / {one['max_score']}" for one in rows(run / "candidates.csv")}
        for run in sorted((found.package / "results" / "runs").iterdir())
    ]
    assert len(moved) > 5
    for who, (before, now) in moved.items():
        assert [before, now] == [runs[0][who], runs[1][who]]
        assert now.endswith(" / 11")


def test_the_list_marks_who_should_not_be_there_and_who_is_synthetic(folder: Path) -> None:
    found = read(folder, "mixed")
    run = sorted((found.package / "results" / "runs").iterdir())[-1]
    people = rows(run / "candidates.csv")
    odd = {row["candidate_id"]: row["what"] for row in rows(run / "unreconciled.csv")}
    signalled = {row["candidate_id"] for row in rows(run / "signals.csv")}
    signs = {"absent_but_scored": "‡", "not_on_roster": "§", "other_form": "#"}
    wanted = {}
    for one in people:
        who = one["candidate_id"]
        own = ["†"] * (one["second_look"] == "yes") + [signs[w] for w in [odd.get(who)] if w in signs]
        wanted[who] = " ".join(own + ["¶"] * (who in signalled) + ["*"] * (one["synthetic"] == "yes"))
    assert {odd.get(who) for who in ("007", "009", "012")} == set(signs)
    part = found.section(found.book, "List for signature")
    (table,) = part.find_all("table", class_="signed")
    lines = [[plain(c.get_text(" ")) for c in tr.find_all(["th", "td"])] for tr in table.find_all("tr")][1:]
    assert {line[0]: line[-1] for line in lines} == wanted
    legend = dict(line.split(" ", 1) for line in texts(part, "li"))
    counts = {sign: sum(sign in own.split() for own in wanted.values()) for sign in "†‡§#¶*"}
    assert {sign: int(said.rpartition(": ")[2]) for sign, said in legend.items()} == {
        sign: n for sign, n in counts.items() if n
    }
    with (found.book_folder / "list.csv").open(encoding="utf-8-sig", newline="") as file:
        codes = {row["candidate_id"]: row["marks"].split() for row in csv.DictReader(file)}
    assert all(len(codes[who]) == len(own.split()) for who, own in wanted.items())


def test_what_to_see_before_signing_is_what_the_files_say(folder: Path) -> None:
    found = read(folder, "mixed")
    said = texts(found.section(found.book, "Signatures of the committee"), "li")
    assert (
        "15 of 40 candidates are synthetic. They did not take this exam, but every figure "
        "includes them." in said
    )
    assert "1 candidate was present and has no row." in said
    assert "‡ 1 candidate is said to have been absent, but is scored." in said
    assert "§ 1 candidate is scored, but not on the list." in said
    assert "# 1 candidate is scored on a form that was not dealt." in said
    assert any(one.startswith("The items of this run have not been analysed") for one in said)
    ledger = plain(found.section(found.cohort, "Is everybody accounted for?").get_text(" "))
    # 41 are registered: 38 scored, one absent and scored, one missing, one absent; number 9 is not on the list
    assert "Candidates scored 40 = 38 + 1 absent, but scored + 1 not on the list." in ledger
