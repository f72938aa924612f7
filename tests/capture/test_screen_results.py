"""Results of exams that were sat on screen, scored beside those on paper: nothing odd is taken, nothing lost."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from examgen.core.problems import Refused
from examgen.interchange.place import ExportOptions
from examgen.reports.exports.formats import export
from examgen.scoring import score as sittings
from examgen.scoring.sitting_folder import sitting_of
from examgen.sitting.taking import take, understood
from tests.screen_exams import answers, item_result, names_of, packed, reported, result, screen_exam, wide
from tests.sittings import table

N = 13


class Sat(NamedTuple):
    """An exam, and what its tests are called by form."""

    exam: Path
    tests: dict[str, str]

    def result(self, candidate: str, form: str, marks: list[str], status: str = "final") -> str:
        names = names_of(self.tests[form], N)
        return result(candidate, self.tests[form], dict(zip(names, marks, strict=True)), status)


@pytest.fixture(scope="module")
def sat(tmp_path_factory: pytest.TempPathFactory) -> Sat:
    folder = tmp_path_factory.mktemp("sat")
    exam = screen_exam(folder / "exam")
    made = export(exam, "qti30", ExportOptions(out=folder / "packages"))
    return Sat(exam, {name: form["test"] for name, form in made.facts["forms"].items()})


def _scored(sat: Sat, out: Path, *files: Path) -> Path:
    sittings.score(sat.exam, files, out)
    return out


def _aside(out: Path) -> dict[str, str]:
    return {row["candidate_id"] or row["raw"]: row["reason"] for row in table(out / "quarantine.csv")}


def test_paper_and_screen_are_one_run(sat: Sat, tmp_path: Path) -> None:
    """Two hundred on paper and two hundred on screen: one ledger, each row the truth of its candidate."""
    marks = answers(400, N, seed=23)
    rows = [(f"{n:05d}", "AB"[n % 2], own) for n, own in enumerate(marks)]
    paper = wide(tmp_path / "paper.csv", rows[:200])
    screen = packed(
        tmp_path / "screen.zip",
        [(f"out/{who}.xml", sat.result(f"_{who}", form, own)) for who, form, own in rows[200:]],
    )
    roster = tmp_path / "roster.csv"
    roster.write_text("candidate_id\n" + "".join(f"{who}\n" for who, _, _ in rows), "utf-8")
    sittings.score(
        sat.exam, [paper, screen], tmp_path / "both", options=sittings.ScoringOptions(roster=roster)
    )
    key = {(row["form"], int(row["question"])): row for row in table(sat.exam / "secure/key.csv")}
    found = {row["candidate_id"]: row for row in table(tmp_path / "both" / "candidates.csv")}
    assert len(found) == 400
    for who, form, own in rows:
        asked = [key[form, n] for n in range(1, N + 1)]
        right = [mark in one["key"].split("|") and bool(mark) for one, mark in zip(asked, own, strict=True)]
        points = sum(int(one["points"]) for one, is_right in zip(asked, right, strict=True) if is_right)
        assert found[who]["form"] == form
        assert float(found[who]["score"]) == points
        assert int(found[who]["blank"]) == own.count("")
        assert found[who]["result_file"] == ("" if who < "00200" else f"out/{who}.xml")
    _scored(sat, tmp_path / "truth", wide(tmp_path / "all.csv", rows))
    for name in ("pc_results.csv", "pc_coverage.csv"):
        assert (tmp_path / "both" / name).read_bytes() == (tmp_path / "truth" / name).read_bytes()
    [ledger, *_] = table(tmp_path / "both" / "ledger.csv")
    assert (ledger["registered"], ledger["scored"], ledger["quarantined"], ledger["missing"]) == (
        "400", "400", "0", "0",
    )  # fmt: skip


def test_who_is_there_twice_is_found(sat: Sat, tmp_path: Path) -> None:
    same, other = ["A"] * N, ["B"] + ["A"] * (N - 1)
    paper = wide(tmp_path / "paper.csv", [("0001", "A", same), ("0002", "A", same), ("0003", "A", same)])
    folder = tmp_path / "screen"
    folder.mkdir()
    for name, text in {
        "a.xml": sat.result("0001", "A", same),
        "b.xml": sat.result("0002", "A", other),
        "c1.xml": sat.result("0004", "B", same),
        "c2.xml": sat.result("0004", "B", other),
    }.items():
        (folder / name).write_text(text, "utf-8")
    out = _scored(sat, tmp_path / "out", paper, folder)
    assert [row["candidate_id"] for row in table(out / "candidates.csv")] == ["0001", "0003"]
    assert _aside(out) == {"0002": "candidate_in_two_files", "0004": "conflicting_rows"}
    assert '"identical_repeats": 1' in (out / "audit.json").read_text()


def _odd(sat: Sat) -> dict[str, tuple[str, str]]:
    """By candidate, a result that cannot be scored for certain, and the reason."""
    plain = sat.result("who", "A", ["A"] * N)
    names = names_of(sat.tests["A"], N)
    of_other = names_of(sat.tests["B"], N)[0]
    first = item_result(names[0], "A")
    return {
        "unknown-item": (plain.replace(names[3], of_other), "unknown_question"),
        "foreign-item": (plain.replace(names[3], "Q004"), "unknown_question"),
        "unknown-choice": (plain.replace("<value>A</value>", "<value>E</value>"), "unknown_choice"),
        "bank-choice": (plain.replace("<value>A</value>", "<value>a</value>"), "unknown_choice"),
        "twice": (plain.replace(first, first + item_result(names[0], "B")), "question_repeated"),
        "lacking": (plain.replace(first, ""), "question_missing"),
        "unfinished": (plain.replace('"final"', '"pendingSubmission"', 1), "not_finished"),
        "unbegun": (sat.result("who", "A", [""] * N, "initial"), "not_finished"),
        "other-status": (plain.replace('"final"', '"suspended"', 1), "not_finished"),
        "other-build": (re.sub(r"_A_[0-9a-f]{12}", "_A_0123456789ab", plain), "unknown_form"),
        "other-test": (plain.replace(sat.tests["A"], re.sub(r".$", "z", sat.tests["A"])), ""),
        "of-another-exam": (
            plain.replace(sat.tests["A"], sat.tests["A"].replace("T_T-1-L4_", "T_ZZ_")),
            "unknown_form",
        ),
        "form-of-another": (
            plain.replace(sat.tests["A"], sat.tests["A"].replace("_A_", "_B_")),
            "unknown_form",
        ),
        "called-like-a-form": (
            re.sub(r'(itemResult identifier="Q\d+)[^"]*', r"\1", plain.replace(sat.tests["A"], "A")),
            "unknown_form",
        ),
        "no-items": (re.sub("<itemResult.*</itemResult>", "", plain), "not_finished"),
    }


def test_what_is_odd_is_named_and_set_aside(sat: Sat, tmp_path: Path) -> None:
    odd = _odd(sat)
    members: list[tuple[str, str | bytes]] = [
        (f"{who}.xml", text.replace('"who"', f'"{who}"')) for who, (text, _) in odd.items()
    ]
    nobody = sat.result("", "A", ["A"] * N)
    bomb = sat.result("x", "A", ["A"] * N).replace("?>", '?><!DOCTYPE r [<!ENTITY a "b">]>', 1)
    members += [
        ("nobody.xml", nobody),
        ("nobody-2.xml", re.sub("<context[^>]*>", "<context/>", nobody)),
        ("bomb.xml", bomb),
        ("cut.xml", nobody[:-30]),
        ("letter.xml", "<letter/>"),
        ("notes.txt", "=cmd()"),
        ("../out.xml", nobody),
        ("imsmanifest.xml", "<manifest/>"),
        ("__MACOSX/._a.xml", b"\0"),
        ("good.xml", sat.result("good", "B", ["D"] * N)),
    ]
    out = _scored(sat, tmp_path / "out", packed(tmp_path / "screen.zip", members))
    assert [row["candidate_id"] for row in table(out / "candidates.csv")] == ["good", "other-test"]
    aside = _aside(out)
    assert {who: aside.pop(who) for who in odd if who != "other-test"} == {
        who: reason for who, (_, reason) in odd.items() if reason
    }
    reasons = sorted((re.findall(r"[\w./-]+\.\w+(?=,)", raw)[-1], reason) for raw, reason in aside.items())
    assert reasons == [
        ("../out.xml", "not_a_result"), ("bomb.xml", "not_a_result"), ("cut.xml", "not_a_result"),
        ("letter.xml", "not_a_result"), ("nobody-2.xml", "no_candidate"), ("nobody.xml", "no_candidate"),
        ("notes.txt", "not_a_result"),
    ]  # fmt: skip
    assert any("declares entities" in raw for raw in aside)


def test_an_answer_under_another_variable_is_read_or_set_aside_and_never_a_blank(
    sat: Sat, tmp_path: Path
) -> None:
    plain = sat.result("who", "A", ["D"] * N)
    own = '<responseVariable identifier="RESPONSE" cardinality="single" baseType="identifier">'
    ways = {
        "renamed": plain.replace('"RESPONSE"', '"RESPONSE_1"'),
        "renamed-one": plain.replace('"RESPONSE"', '"RESPONSE_1"', 1),
        "ours-and-another": plain.replace(own, own.replace("RESPONSE", "HINT") + "</responseVariable>" + own),
        "two": plain.replace(own, own.replace("RESPONSE", "R2") + "</responseVariable>" + own).replace(
            '"RESPONSE"', '"R1"'
        ),
        "none": re.sub(r'<responseVariable identifier="RESPONSE".*?</responseVariable>', "", plain, count=1),
        "bare": plain.replace("<value>D</value>", "D", 1),
        "plain": plain,
    }
    for who, text in ways.items():
        (tmp_path / f"{who}.xml").write_text(text.replace('"who"', f'"{who}"'), "utf-8")
    out = _scored(sat, tmp_path / "out", *sorted(tmp_path.glob("*.xml")))
    rows = table(out / "candidates.csv")
    assert {row["candidate_id"] for row in rows} == {"ours-and-another", "plain", "renamed-one", "renamed"}
    assert len({row["score"] for row in rows}) == 1
    assert {row["blank"] for row in rows} == {"0"}
    raws = {row["candidate_id"]: row["raw"] for row in table(out / "quarantine.csv")}
    assert set(_aside(out).values()) == {"not_a_result"}
    assert "R2" in raws["two"]
    assert "no response variable" in raws["none"]
    assert "<value>" in raws["bare"]


def test_results_of_other_versions_and_systems_say_the_same(sat: Sat, tmp_path: Path) -> None:
    marks = ["A|C", "", *["B"] * (N - 2)]
    plain = sat.result("who", "A", marks)
    named = re.sub(r"<(/?)(\w+)", lambda one: f"<{one[1]}qti-{_hyphened(one[2])}", plain.partition("?>")[2])
    ways = {
        "v3": re.sub(r" (\w+)=", lambda one: f" {_hyphened(one[1])}=", named),
        "bom": "\ufeff" + plain,
        "own-names": plain.replace(sat.tests["A"], "delivery of Monday"),
        "no-test": re.sub("<testResult[^>]*>", "", plain),
        "v21": plain.replace("v2p2", "v2p1"),
    }
    for way, text in ways.items():
        (tmp_path / f"{way}.xml").write_text(text.replace('"who"', f'"{way}"'), "utf-8")
    (tmp_path / "wide.xml").write_text(plain.replace('"who"', '"wide"').replace("UTF-8", "UTF-16"), "utf-16")
    out = _scored(sat, tmp_path / "out", *sorted(tmp_path.glob("*.xml")))
    rows = table(out / "candidates.csv")
    assert [row["candidate_id"] for row in rows] == sorted([*ways, "wide"])
    assert {(row["form"], row["blank"], row["multiple"], row["score"]) for row in rows} == {
        ("A", "1", "1", rows[0]["score"])
    }


def _hyphened(name: str) -> str:
    return re.sub("[A-Z]", lambda one: "-" + one[0].lower(), name)


def test_a_folder_that_changes_or_holds_no_result_is_refused(sat: Sat, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("nothing")
    (tmp_path / "empty").mkdir()
    for name in ("notes", "empty"):
        with pytest.raises(Refused) as refused:
            _scored(sat, tmp_path / "out", tmp_path / name)
        assert "result" in str(refused.value.problems[0].message)


def test_what_a_player_said_is_what_was_chosen(sat: Sat, root: Path, tmp_path: Path) -> None:
    """Recorded of qti3-item-player by `scripts/screen`, which had clicked on what is `chosen`."""
    recorded = json.loads((root / "tests/data/screen/states.json").read_text("utf-8"))
    assert {one["form"] for one in recorded} == {"A", "B"}
    for one in recorded:
        told = json.dumps(one["states"])
        digest = sat.tests[one["form"]].rpartition("_")[2]
        states = json.loads(re.sub(r"_([AB])_[0-9a-f]{12}", rf"_\1_{digest}", told))
        text = reported(f"_{one['candidate']}", sat.tests[one["form"]], states)
        (tmp_path / f"{one['candidate']}.xml").write_text(text, "utf-8")
    out = _scored(sat, tmp_path / "out", *tmp_path.glob("*.xml"))
    found = {row["candidate_id"]: row for row in pl.read_parquet(out / "responses.parquet").to_dicts()}
    for one in recorded:
        marks = [1 << "ABCD".index(letter) if letter else 0 for letter in one["chosen"]]
        assert list(found[one["candidate"]]["marks"]) == marks


def test_a_folder_of_results_is_given_to_a_sitting_as_one(sat: Sat, tmp_path: Path) -> None:
    exam = Path(shutil.copytree(sat.exam, tmp_path / "exam"))
    folder = tmp_path / "results"
    folder.mkdir()
    for n, marks in enumerate(answers(2, N, seed=5)):
        (folder / f"{n}.xml").write_text(sat.result(f"0{n}", "A", marks), "utf-8")
    sitting = sitting_of(exam)
    [taken] = take(sitting, [understood(sitting, folder)], "ก")
    assert (taken.given.kind, taken.file) == ("answers", "answers/results")
    sittings.score(exam, sitting.answers, options=sitting.options(), acts=sitting.acts())
    assert len(table(exam / "results/candidates.csv")) == 2
    (exam / "sitting/answers/results/0.xml").unlink()
    with pytest.raises(Refused) as caught:
        sitting.acts()
    assert [one.code for one in caught.value.problems] == ["taken-file-changed"]
