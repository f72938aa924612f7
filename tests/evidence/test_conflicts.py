"""Who had a part in a sitting, and the rules of the body: by files as people have them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from examgen.capture.centre_returns import Declaration
from examgen.evidence.conflicts import Conflicts, conflicts_of, declarations_of, scored_by
from examgen.evidence.participation import SittingSources, parts_of
from tests.commands.conftest import Run, run, workspace, write_blueprint
from tests.sittings import OPEN_LOOKS

__all__ = ["run", "workspace"]
DAY = "2026-11-26"
DECIDED = ("--reason", "x", "--date", DAY)
WORDS = ("--reason", "minutes 7/2569", "--date", DAY, *OPEN_LOOKS)
INVIGILATOR, TRAINER = "นางสมศรี ใจดี", "อ.มานะ กล้าหาญ"


def test_rules_that_are_switched_off_are_told(exam_dir: Path, run: Run) -> None:
    put("examgen.yaml", {"conflicts": {"scorer_apart": False, "interest_apart": False}})
    assert found_in(exam_dir)["switched_off"] == ["scorer_apart", "interest_apart"]


def put(name: str, said: object) -> Path:
    path = Path(name)
    path.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), "utf-8")
    return path


def approve(folder: Path, items: list[dict[str, Any]], by: str) -> None:
    """The items approved, on record."""
    from examgen.bank.reviews.statuses import move
    from examgen.bank.texts import append_records
    from examgen.core.models.item import Item
    from tests.bank.test_reviewing import DAY

    reviewed = [{**one, "status": "review"} for one in items]
    moves = [move(Item.model_validate(one), "approved", "e" * 64, by, DAY) for one in reviewed]
    (folder / "reviews.yaml").write_bytes(append_records(b"", moves, "reviews.yaml"))


@pytest.fixture
def exam_dir(workspace: Path, run: Run) -> Path:
    """A sitting in two rooms with trainers, scored: nobody is told anything yet."""
    write_blueprint(workspace / "bp.yaml", forms=2)
    run.ok("build", "bp.yaml")
    folder = workspace / "output" / "T-1-L4"
    run.ok("simulate", folder, "--candidates", 6, "--seed", 1, "--out", "answers.csv")
    rooms = [
        {"name": "301", "invigilators": [INVIGILATOR]},
        {"name": "302", "invigilators": ["นายชาติ ชาย", "Mana Klahan"]},
    ]
    put("sitting.yaml", {"date": "2026-11-20", "centres": [{"name": "ศูนย์ 1", "rooms": rooms}]})
    ids = [line.split(",")[0] for line in Path("answers.csv").read_text("utf-8-sig").splitlines()[1:]]
    rows = [
        f"{who},ก,ศูนย์ 1,{301 + n % 2},{TRAINER if n == 1 else ('Somchai' if n == 0 else '')}"
        for n, who in enumerate(ids)
    ]
    Path("list.csv").write_text("\n".join(["candidate_id,name,centre,room,trainer", *rows]), "utf-8")
    for name in ("sitting.yaml", "list.csv", "answers.csv"):
        run.ok("take", folder, name, "--by", "เจ้าหน้าที่ ก")
    run("score", folder)
    return folder


def found_in(folder: Path) -> dict[str, Any]:
    """Who had a part and which rules are broken, as the accreditation file has it."""
    sources = SittingSources(folder)
    return conflicts_of(sources, declarations_of(sources)).as_dict()


def told(folder: Path, *declarations: Declaration) -> Conflicts:
    return conflicts_of(SittingSources(folder), declarations)


def broken(found: Conflicts) -> set[tuple[str, str]]:
    return {(one.rule, one.person) for one in found.broken}


def ids_of(folder: Path) -> list[str]:
    return [one.candidate_id for one in SittingSources(folder).people]


def declared(
    name: str, role: str = "", interest: str = "", *candidates: str, signed: str = "yes"
) -> Declaration:
    return Declaration(name, role, "ศูนย์ 1", interest, candidates, "2026-11-20", signed, "returns/c1.csv:2")


def test_everybody_with_a_part_is_named_with_where_it_stands(exam_dir: Path, run: Run) -> None:
    run.ok("decide", exam_dir, ids_of(exam_dir)[2], "--as", "withheld", "--by", "A and B", *DECIDED)
    found = {(one.person, one.role, one.deed, one.where) for one in parts_of(SittingSources(exam_dir))}
    assert (INVIGILATOR, "invigilator", "invigilated", "sitting.yaml:7") in found
    assert ("Mana Klahan", "invigilator", "invigilated", "sitting.yaml:10") in found
    assert (TRAINER, "trainer", "trained", "roster.csv:3") in found
    assert ("เจ้าหน้าที่ ก", "grader", "gave", "record.jsonl:3") in found
    assert {("A", "decided"), ("B", "decided")} <= {(who, deed) for who, _, deed, _ in found}
    document = found_in(exam_dir)
    assert {one["name"] for one in document["people"]} >= {INVIGILATOR, TRAINER, "A", "B"}
    assert document["broken"] == []


def test_a_trainer_who_decides_on_his_candidate_is_told_and_other_candidates_are_not(
    exam_dir: Path, run: Run
) -> None:
    first, second, third = ids_of(exam_dir)[:3]
    for who in (first, third):
        run.ok("decide", exam_dir, who, "--as", "withheld", "--by", "Mr. Somchai", *DECIDED)
    [found] = told(exam_dir).broken
    assert (found.rule, found.person, found.candidates) == ("interest_apart", "Somchai", (first,))
    assert second not in found.message
    put("examgen.yaml", {"conflicts": {"interest_apart": False}})
    assert broken(told(exam_dir)) == set()


def test_who_took_part_in_the_scoring_does_not_release(exam_dir: Path, run: Run) -> None:
    ran = run.ok("release", exam_dir, "--run", 1, "--by", "คุณเจ้าหน้าที่ ก", *WORDS)
    [found] = told(exam_dir).broken
    assert f"1 rule on conflicts of interest is broken: {found.person}: {found.message}" in ran.out
    assert found.rule == "scorer_apart"
    assert re.fullmatch(r"record\.jsonl:\d+.*", found.where[0])
    assert "submitted files" in found.message
    # what the same person gives after the release has no part in it
    run.ok("take", exam_dir, "list.csv", "--by", "คุณเจ้าหน้าที่ ก", "--replace", "--reason", "later")
    assert len(told(exam_dir).broken[0].where) == len(found.where)


def test_another_person_releases_without_a_word(exam_dir: Path, run: Run) -> None:
    ran = run.ok("release", exam_dir, "--run", 1, "--by", "Committee", *WORDS)
    assert "conflicts of interest" not in ran.text
    run.ok("take", exam_dir, "list.csv", "--by", "Committee", "--replace", "--reason", "later")
    assert broken(told(exam_dir)) == set()


def test_a_body_may_have_broken_rules_stop_a_release(exam_dir: Path, run: Run) -> None:
    put("examgen.yaml", {"conflicts": {"stops_release": True}})
    said = run.refused("release", exam_dir, "--run", 1, "--by", "เจ้าหน้าที่ ก", *WORDS)
    assert "rules on conflicts of interest are broken" in said
    assert "a person who took part in scoring does not release" in said
    assert not (exam_dir / "results/releases").exists()
    run.ok("release", exam_dir, "--run", 1, "--by", "Committee", *WORDS)


def test_an_author_does_not_approve_alone(workspace: Path, run: Run) -> None:
    folder = workspace / "item_bank/T-1"
    put(str(folder / "provenance.yaml"), {"all": {"drafted_by": "Mr Wit", "answers_for": "Mr Wit"}})
    items = yaml.safe_load((folder / "items/E1.01.yaml").read_text("utf-8"))
    approve(folder, items, "wit")
    run.ok("build", "bp.yaml")
    found = told(workspace / "output/T-1-L4")
    assert broken(found) == {("own_work_not_alone", "Mr Wit")}
    n = sum(one.deed == "approved" for parts in found.people.values() for one in parts)
    assert n > 1
    approve(folder, items, "wit, Somsri")
    assert broken(told(workspace / "output/T-1-L4")) == set()


def test_a_declared_interest_stands_beside_what_was_done_for_these_candidates(exam_dir: Path) -> None:
    first, second = ids_of(exam_dir)[:2]
    found = told(
        exam_dir,
        declared(INVIGILATOR, "invigilator", "หลานสาว", first),
        declared("นายชาติ ชาย", "invigilator", "เพื่อน", first),
    )
    assert broken(found) == {("interest_apart", INVIGILATOR)}
    [one] = found.broken
    assert one.where[:2] == ("returns/c1.csv:2", "sitting.yaml:7")
    assert "หลานสาว" in one.message
    assert [len(each.parts) for each in found.interests] == [1, 0]
    assert broken(told(exam_dir, declared(INVIGILATOR, "", "หลาน", second))) == set()


def test_what_centres_send_back_has_declarations_and_who_looked_at_whom(exam_dir: Path, run: Run) -> None:
    first, second, third = ids_of(exam_dir)[:3]
    rows = [f"{INVIGILATOR},กรรมการคุมสอบ,เพื่อนบ้าน,{third},ลงชื่อแล้ว", "Mana Klahan,invigilator,ไม่มี,,"]
    Path("declared.csv").write_text("\n".join(["name,role,interest,candidates,signed", *rows]), "utf-8")
    came = [f"{first},present,บัตร,matched,{INVIGILATOR}", f"{second},present,บัตร,matched,{TRAINER}"]
    Path("came.csv").write_text(
        "\n".join(["candidate_id,status,document,identity,checked_by", *came]), "utf-8"
    )
    run.ok("take", exam_dir, "declared.csv", "came.csv", "--by", "clerk")
    document = found_in(exam_dir)
    assert document["declarations"] == 2
    found = {(one["rule"], one["person"]): one for one in document["broken"]}
    # the trainer looked at the document of the candidate whom he had trained
    assert found["interest_apart", TRAINER]["candidates"] == [second]
    assert f"checked the identity of {second}" in found["interest_apart", TRAINER]["message"]
    assert found["interest_apart", INVIGILATOR]["candidates"] == [third]
    [interest] = [one for one in document["interests"] if one["parts"]]
    assert (interest["name"], interest["interest"], interest["candidates"]) == (
        INVIGILATOR,
        "เพื่อนบ้าน",
        (third,),
    )


def test_parts_in_the_scoring_are_found_by_any_writing_of_a_name(exam_dir: Path) -> None:
    parts = parts_of(SittingSources(exam_dir))
    assert {one.deed for one in scored_by(parts, ["ก.", "เจ้าหน้าที่ ก (ko)"])} == {"gave"}
    assert scored_by(parts, [INVIGILATOR]) == []


def test_a_package_that_nobody_sat_has_no_parts_of_a_sitting(workspace: Path, run: Run) -> None:
    run.ok("build", "bp.yaml")
    found = found_in(workspace / "output/T-1-L4")
    assert (found["people"], found["broken"]) == ([], [])


def test_decisions_on_marks_and_the_key_are_parts_of_who_made_them(exam_dir: Path, run: Run) -> None:
    first, second = ids_of(exam_dir)[:2]
    head = "file,line,question,answer,reason,by,date"
    lines = [f"answers.csv,{n + 2},1,A,looked,{by},2026-11-21" for n, by in enumerate(("Somchai", TRAINER))]
    Path("marks.csv").write_text("\n".join([head, *lines]), "utf-8")
    correction = {
        "kind": "drop",
        "form": "A",
        "question": 2,
        "only_here": True,
        "reason": "two right answers",
    }
    put("corrections.yaml", [{**correction, "by": "Ms Key", "date": "2026-11-21"}])
    run.ok("take", exam_dir, "marks.csv", "corrections.yaml", "--by", "เจ้าหน้าที่ ก")
    parts = parts_of(SittingSources(exam_dir))
    found = {(one.person, one.deed, one.on, one.where, one.candidates) for one in parts}
    assert ("Somchai", "decided-mark", "answers.csv:2, 1", "marks.csv:2", (first,)) in found
    assert ("Ms Key", "corrected", "A:2", "corrections.yaml", ()) in found
    # each trained the candidate of the row
    assert broken(told(exam_dir)) == {("interest_apart", "Somchai"), ("interest_apart", TRAINER)}
    assert {one.candidates for one in told(exam_dir).broken} == {(first,), (second,)}


def test_who_decides_an_appeal_has_not_decided_on_that_candidate_before(exam_dir: Path, run: Run) -> None:
    third, fourth = ids_of(exam_dir)[2:4]
    run.ok("release", exam_dir, "--run", 1, "--by", "Committee", *WORDS)
    for who in (third, fourth):
        run.ok("decide", exam_dir, who, "--as", "appeal-dismissed", "--by", "Appeals board", *DECIDED)
    assert broken(told(exam_dir)) == set()
    for by in ("Dr. One", "Dr One"):
        decision = "withheld" if by == "Dr. One" else "restored"
        run.ok("decide", exam_dir, third, "--as", decision, "--by", by, *DECIDED)
    run.ok("decide", exam_dir, fourth, "--as", "appeal-dismissed", "--by", "Dr One", *DECIDED)
    assert broken(told(exam_dir)) == set()
    run.ok("decide", exam_dir, third, "--as", "appeal-dismissed", "--by", "Dr One", *DECIDED)
    [found] = told(exam_dir).broken
    assert (found.rule, found.person, found.candidates) == ("case_by_others", "Dr. One", (third,))
    put("examgen.yaml", {"conflicts": {"case_by_others": False}})
    assert broken(told(exam_dir)) == set()


# ── bad files ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("conflicts", "said"),
    [
        ({"stop_release": True}, "stops_release"),
        ({"interest_apart": "sometimes"}, "true or false"),
    ],
)
def test_faults_of_the_rules_are_told(exam_dir: Path, run: Run, conflicts: object, said: str) -> None:
    put("examgen.yaml", {"conflicts": conflicts})
    err = run.refused("release", exam_dir, "--run", 1, "--by", "Committee", *WORDS)
    assert "examgen.yaml:" in err
    assert said in err
    assert not (exam_dir / "results/releases").exists()


def test_names_from_files_never_lead_anywhere(exam_dir: Path, run: Run) -> None:
    run.ok("decide", exam_dir, ids_of(exam_dir)[0], "--as", "withheld", "--by", "=cmd|x", *DECIDED)
    before = sorted(os.listdir("."))
    document = found_in(exam_dir)
    assert "=cmd|x" in {one["name"] for one in document["people"]}
    assert sorted(os.listdir(".")) == before
