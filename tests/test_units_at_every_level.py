"""The units of the repository at every level: what the standard asks, what is built, given, decided and said."""

from __future__ import annotations

import csv
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from examgen.evidence.public import answer_to
from examgen.reports.codes import codes_in
from tests.commands.conftest import Run, run
from tests.effort import some
from tests.sittings import OPEN_LOOKS, table

__all__ = ["run"]
UNIT, WITHOUT_LEVELS = "ASM-REE-5-059ZB", "DG-TWRT-007"
WORDS = ("--by", "คณะกรรมการ", "--reason", "ครั้งที่ 9/2569", "--date", "2026-11-21")
INTERVIEWS = ("pass", "fail", "absent", "", "waived")
"""What came of the interview, in turn: nothing is in no list; the last is a decision."""


@pytest.fixture
def place(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(root / "item_bank", tmp_path / "item_bank")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def built(run: Run, unit: str, blueprint: str) -> Path:
    """An exam of two forms of the first items that fill it, and 60 answer rows of which some pass."""
    exam = Path("output/exam")
    run.ok("build", f"item_bank/{unit}/blueprints/{blueprint}.yaml", "--out", exam)
    run.ok("simulate", exam, "--candidates", 60, "--seed", 3, "--out", "a.csv")
    return exam


class Person(NamedTuple):
    """What came of one candidate, as this test decided or read it."""

    written: str
    interview: str
    is_withheld: bool

    @property
    def unit(self) -> str:
        """The unit where the standard asks an interview as well."""
        if "fail" in (self.written, self.interview):
            return "not_met"
        return "met" if self.interview in ("pass", "waived") else "open"


@pytest.mark.parametrize("level", some([5, 3, 6], 1))
def test_where_an_interview_is_asked_the_unit_is_met_by_both(place: Path, run: Run, level: int) -> None:
    exam = built(run, UNIT, f"level-{level}")
    run.ok("take", exam, "a.csv")
    assert run("score", exam).status in (0, 3)
    written = {row["candidate_id"]: row["decision"] for row in table(exam / "results/candidates.csv")}
    assert Counter(written.values()).keys() == {"pass", "fail"}
    people: dict[str, Person] = {}
    for decision in ("pass", "fail"):  # each with everything that an interview may come to, withheld or not
        for n, who in enumerate(who for who, own in written.items() if own == decision):
            people[who] = Person(decision, INTERVIEWS[n % 5], n % 10 >= 8)
    combinations = Counter((one.written, one.interview) for one in people.values())
    assert len(combinations) == 10, "all of them"

    # and some who did not come to the written test, with everything that an interview may come to
    absent = {f"ABS-{n}": result for n, result in enumerate(INTERVIEWS, 1)}
    roster = [*((who, "present") for who in people), *((who, "absent") for who in absent)]
    with open("roster.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("candidate_id", "status"), *roster])
    run.ok("take", exam, "roster.csv")
    with open("interview.csv", "w", encoding="utf-8", newline="") as file:
        rows = [
            (who, "interview", result, "2026-11-20", "สมศรี")
            for who, result in {**{who: one.interview for who, one in people.items()}, **absent}.items()
            if result in ("pass", "fail", "absent")
        ]
        csv.writer(file).writerows([("candidate_id", "method", "result", "date", "assessor"), *rows])
    run.ok("take", exam, "interview.csv")
    waived = [who for who, one in people.items() if one.interview == "waived"]
    run.ok("decide", exam, *waived, "ABS-5", "--as", "waived", "--method", "interview", *WORDS)
    run.ok("decide", exam, "ABS-4", "--as", "excused", *WORDS)
    withheld = [who for who, one in people.items() if one.is_withheld]
    run.ok("decide", exam, *withheld, "--as", "withheld", *WORDS)
    assert run("score", exam).status == 3
    known = {who: one for who, one in people.items() if not one.is_withheld}
    counts = Counter(one.unit for one in known.values())
    said = f"{counts['met']} met, {counts['not_met']} not met, {counts['open']} not decided yet"

    assert f"{UNIT}: {said}" in run.ok("release", exam, "--run", 2, *WORDS, *OPEN_LOOKS).out
    run.ok("export", exam, "--format", "results", "--out", "r")
    told = {"met": "met", "not_met": "not_met", "open": "written_met"}
    assert {row["candidate_id"]: row["status"] for row in table(Path("r/results.csv"))} == {
        who: told[one.unit] for who, one in known.items()
    }
    for kind in ("committee", "cohort"):
        run.ok("report", exam, "--kind", kind, "--no-pdf", "--lang", "en", "--out", kind)
        assert f"{UNIT}, by all methods that the standard asks: {said}" in plain(Path(kind) / "report.html")
    run.ok("site", "keys", "--body", "สถาบันสมมติ", "keys/body.pem")
    words = ("--verify-code", "keys/body.pem", "--by", "candidate")
    run.ok("report", exam, "--kind", "candidate", "--no-pdf", "--html", "--lang", "en", "--out", "c", *words)
    pages = {path.stem: plain(path) for path in Path("c").glob("*.html")}
    assert pages.keys() == known.keys(), "nobody whose result is withheld, or who was absent"
    for who, one in known.items():
        [code] = codes_in((Path("c") / f"{who}.html").read_text("utf-8"))
        answer = answer_to(place, code)
        assert (answer.standing, answer.decision, dict(answer.by_all_methods)) == (
            "valid",
            one.written,
            {UNIT: one.unit},
        )
        if who == next(iter(known)):
            stated = run.ok("verify-report", code, "--key", "keys/body.public.json").out
            words_of = {"met": "met", "not_met": "not met", "open": "not decided yet"}
            assert f"all methods: {UNIT} {words_of[one.unit]}" in stated
    for who, one in known.items():
        assert sentences(pages[who], level) == expected(one, level), (who, one)
    run.ok("verify", exam)


def plain(path: Path) -> str:
    text = re.sub(r"<[^>]+>", " ", path.read_text("utf-8"))
    return re.sub(r"\s+", " ", text)


def sentences(page: str, level: int) -> set[str]:
    """What a page says of the unit, and of methods."""
    unit = re.findall(rf"{UNIT}, level {level}: (met|not met|not decided yet)\.([^.]*\.)", page)
    of_methods = re.findall(
        r"Written test: (?:passed|not passed)|interview: (?:passed on|not passed on|did not come on|no result"
        r" yet|waived by a decision of)",
        page,
    )
    return {*(f"{status}.{rest}" for status, rest in unit), *of_methods}


def expected(one: Person, level: int) -> set[str]:
    said = {"Written test: passed" if one.written == "pass" else "Written test: not passed"}
    said.add(
        {
            "pass": "interview: passed on",
            "fail": "interview: not passed on",
            "absent": "interview: did not come on",
            "": "interview: no result yet",
            "waived": "interview: waived by a decision of",
        }[one.interview]
    )
    if one.unit == "met":
        end = "was not waived." if one.interview == "waived" else "the standard asks."
        whole = "met. The candidate passed every method of assessment that "
        return {*said, whole + end}
    if one.unit == "open":
        return {*said, "not decided yet. Open: interview."}
    failed = [
        name
        for name, state in (("written test", one.written), ("interview", one.interview))
        if state == "fail"
    ]
    return {*said, f"not met. Not passed: {' and '.join(failed)}."}


@pytest.mark.parametrize(("unit", "blueprint"), [(UNIT, "level-4"), (WITHOUT_LEVELS, "standard")])
def test_where_the_written_test_is_all_that_is_asked_it_decides(
    place: Path, run: Run, unit: str, blueprint: str
) -> None:
    exam = built(run, unit, blueprint)
    run.ok("score", exam, "a.csv")
    said = run.ok("release", exam, "--run", 1, *WORDS, *OPEN_LOOKS).out
    assert "by all methods" not in said
    Path("interview.csv").write_text(
        "candidate_id,method,result,date,assessor\nSYN-00001,interview,pass,2026-11-20,ก\n", "utf-8"
    )
    assert "method-not-asked" in run.refused("take", exam, "interview.csv")
    run.ok("export", exam, "--format", "results", "--out", "r")
    decisions = {row["candidate_id"]: row["decision"] for row in table(exam / "results/candidates.csv")}
    asked = yaml.safe_load((exam / "exam.yaml").read_text("utf-8"))["blueprint"].get("pass")
    for row in table(Path("r/results.csv")):
        if asked is not None and decisions[row["candidate_id"]] == "fail":
            assert row["status"] != "met", row
        assert not row["status"].startswith("written_"), row


def test_a_unit_of_an_exam_that_failed_as_a_whole_is_neither_met_nor_open(place: Path, run: Run) -> None:
    """Two units in one exam: points of one reach what is asked, those of both together do not."""
    Path("two.yaml").write_text(
        yaml.safe_dump(
            {
                "exam": "TWO",
                "title": {"th": "สอง", "en": "Two"},
                "units": [UNIT, WITHOUT_LEVELS],
                "level": 5,
                "forms": 1,
                "items": 40,
                "criteria": {"all": {"min": 1}},
                "statuses": ["draft"],
                "time_min": 60,
                "pass": {"percent": 60},
                "judgement": {"min_items": 3, "percent": 60},
            },
            allow_unicode=True,
        ),
        "utf-8",
    )
    run.ok("build", "two.yaml", "--out", "exam")
    exam = Path("exam")
    run.ok("simulate", exam, "--candidates", 200, "--seed", 3, "--out", "a.csv")
    run.ok("take", exam, "a.csv")
    assert run("score", exam).status in (0, 3)
    decisions = {row["candidate_id"]: row["decision"] for row in table(exam / "results/candidates.csv")}
    lines = ["candidate_id,method,result,date,assessor"]
    lines += [f"{who},interview,pass,2026-11-20,สมศรี" for who in decisions]
    Path("interview.csv").write_text("\n".join(lines) + "\n", "utf-8")
    run.ok("take", exam, "interview.csv")
    run.ok("release", exam, "--run", 1, *WORDS, *OPEN_LOOKS)
    run.ok("report", exam, "--kind", "candidate", "--no-pdf", "--html", "--lang", "en", "--out", "c")
    said = {who: plain(Path("c") / f"{who}.html") for who in decisions}
    reached = (
        f"{UNIT}, level 5: not decided. Its points in the written test reach what is asked, but the exam"
    )
    failed = {who for who, decision in decisions.items() if decision == "fail"}
    of_whole = {who for who, page in said.items() if reached in page}
    assert of_whole, "somebody whose points of this unit reach what is asked"
    assert of_whole < failed
    for who in decisions:
        is_met = f"{UNIT}, level 5: met." in said[who]
        assert not (is_met and who in failed)
        assert "not decided yet" not in said[who] or who not in of_whole


def test_at_a_level_that_only_an_interview_assesses_no_exam_is_built(place: Path, run: Run) -> None:
    blueprints = place / "item_bank" / UNIT / "blueprints"
    data: dict[str, Any] = yaml.safe_load((blueprints / "level-6.yaml").read_text("utf-8"))
    (blueprints / "level-7.yaml").write_text(
        yaml.safe_dump({**data, "level": 7}, allow_unicode=True), "utf-8"
    )
    said = run.refused("build", f"item_bank/{UNIT}/blueprints/level-7.yaml", "--out", "exam")
    assert "level-without-written-test" in said
    assert "only by interview" in said
    assert not Path("exam").exists()
