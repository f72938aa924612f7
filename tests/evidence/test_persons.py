"""What is held of a person at known places, and name and contacts removed from them."""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import zipfile
from pathlib import Path

import pytest

from tests.evidence.people import (
    FIRM,
    NAME,
    OTHER,
    OTHER_NAME,
    PERSON,
    PHONE,
    THAI,
    examgen,
    numbers,
    ok,
    table,
)
from tests.sittings import write_table

LATE = "1-1002-00300-99-1"
DECIDED = ("--by", "DPO", "--reason", "asked")


def held(place: Path, number: str = PERSON) -> list[dict[str, object]]:
    """The entries of `person show`."""
    entries: list[dict[str, object]] = json.loads(ok(place, "person", "show", number, "--json"))["entries"]
    return entries


def digests(place: Path, *names: str) -> dict[str, str]:
    """The SHA-256 of every file below these folders."""
    files = (path for name in names for path in [place / name, *(place / name).rglob("*")] if path.is_file())
    return {str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("number", [PERSON, THAI, PERSON.replace("-", "")])
def test_every_part_is_held_under_the_number_however_it_is_written(whole: Path, number: str) -> None:
    found = held(whole, number)
    assert {one["part"] for one in found} == {"list", "register", "responses", "results", "decisions"}
    [listed] = [one["values"] for one in found if one["part"] == "list"]
    assert (listed["name"], listed["phone"]) == (NAME, PHONE)


def test_nobody_has_a_number_that_only_a_cell_or_a_file_has(whole: Path) -> None:
    for number in ("999", "E1.01-001", PHONE, NAME, "candidates.csv", "1-1002-00300-14"):
        assert examgen(whole, "person", "show", number)[0] == 2
        assert examgen(whole, "person", "remove", number, *DECIDED)[0] == 2


def test_texts_of_others_are_shown_and_not_given(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "person.zip"
    text = ok(whole, "person", "show", PERSON, "--out", out)
    assert "was ill" in text, "the officer reads it"
    with zipfile.ZipFile(out) as archive:
        given = archive.read("data.json").decode() + archive.read("data.csv").decode("utf-8-sig")
        assert archive.testzip() is None
    assert "was ill" not in given
    assert "letter of" not in given
    assert NAME in given
    assert out.stat().st_mode & 0o777 == 0o600
    assert examgen(whole, "person", "show", PERSON, "--out", out)[0] == 2


def test_a_list_that_names_items_and_files_opens_none_of_them(place: Path) -> None:
    """F0, F1: what a candidate wrote into a registration form never decides which file is read or rewritten."""
    item = table(place / "output/X/secure/key.csv")[0]["item"]
    roster = place / "output/X/sitting/roster.csv"
    text = roster.read_text("utf-8-sig")
    roster.write_text("\ufeff" + text.replace(FIRM, f"{item} key.csv"), "utf-8")
    before = digests(
        place, "item_bank", "output/X/secure", "output/X/exam.yaml", "bp.yaml", "output/X/results"
    )
    said = json.dumps(held(place), ensure_ascii=False)
    assert item in said
    assert "rationale" not in said
    assert "stem" not in said
    ok(place, "person", "remove", PERSON, *DECIDED)
    after = digests(
        place, "item_bank", "output/X/secure", "output/X/exam.yaml", "bp.yaml", "output/X/results"
    )
    assert {name for name in before if before[name] != after.get(name)} == {"output/X/secure/candidates.csv"}


def test_name_and_contacts_go_and_results_keep_the_number(place: Path) -> None:
    exam = place / "output/X"
    before = digests(exam, "results", "exam.yaml")
    text = ok(place, "person", "remove", PERSON, *DECIDED)
    for name in ("secure/candidates.csv", "sitting/roster.csv"):
        [row] = [row for row in table(exam / name) if row["candidate_id"] == PERSON]
        assert row["serial"] or name.startswith("sitting"), "the booklet stays theirs"
        assert row["seat"]
        assert not {NAME, FIRM, PHONE} & {*row.values()}
        unnamed = [row for row in table(exam / name) if row["candidate_id"] and not row["name"]]
        assert unnamed == [row], "everybody else keeps theirs"
    assert digests(exam, "results", "exam.yaml") == before
    act = json.loads((exam / "sitting/record.jsonl").read_text("utf-8").splitlines()[-1])
    assert (act["act"], act["name"], act["by"], act["reason"]) == ("person-removed", PERSON, "DPO", "asked")
    assert f"Entry {act['n']} of the record" in text
    told = ok(place, "verify", exam)
    assert "removed" in told
    ok(place, "score", exam)
    ok(place, "report", exam, "--kind", "candidate", "--html", "--no-pdf")


def test_a_dry_run_changes_nothing(place: Path) -> None:
    before = digests(place, "output")
    said = json.loads(ok(place, "person", "remove", PERSON, *DECIDED, "--dry-run", "--json"))
    assert "secure/candidates.csv" in said["removed"][0]["files"]
    assert said["removed"][0]["act"] is None
    assert digests(place, "output") == before


def test_an_act_cannot_excuse_another_change(place: Path) -> None:
    """F2: a line that names a changed result, a key or a form does not make `verify` accept it."""
    exam = place / "output/X"
    ok(place, "person", "remove", PERSON, *DECIDED)
    record = exam / "sitting/record.jsonl"
    whole = record.read_bytes()
    [*lines, last] = whole.splitlines(keepends=True)
    for name in (
        "results/runs/0002/candidates.csv",
        "secure/key.csv",
        "secure/forms.csv",
        "secure/items.yaml",
    ):
        path = exam / name
        kept, mode = path.read_bytes(), path.stat().st_mode
        path.chmod(0o600)
        path.write_bytes(kept.replace(b"1", b"2", 1))
        details = json.loads(last)["details"]
        details["files"][name] = hashlib.sha256(path.read_bytes()).hexdigest()
        record.write_bytes(b"".join(lines))
        append(exam, {"act": "person-removed", "details": details})
        assert examgen(place, "verify", exam)[0] == 1, name
        assert name in examgen(place, "verify", exam)[1]
        path.write_bytes(kept)
        path.chmod(mode)


def test_an_act_that_names_the_list_cannot_assign_booklets_to_others(place: Path) -> None:
    """N1: who can write the list and the record exchanges the booklets of two people, or their numbers."""
    exam = place / "output/X"
    listed = exam / "secure/candidates.csv"
    ok(place, "person", "remove", PERSON, *DECIDED)
    record = exam / "sitting/record.jsonl"
    [*lines, last] = record.read_bytes().splitlines(keepends=True)
    now, details = listed.read_bytes(), json.loads(last)["details"]
    for columns in (("form", "serial", "base"), ("candidate_id",), ("candidate_id", "name", "seat")):
        rows = table(listed)
        one, other = (row for row in rows if row["candidate_id"] in (PERSON, OTHER))
        for column in columns:
            one[column], other[column] = other[column], one[column]
        write_table(listed, rows)
        key = (exam / "secure/digest.key").read_bytes()
        details["files"] = {"secure/candidates.csv": hmac.new(key, listed.read_bytes(), "sha256").hexdigest()}
        record.write_bytes(b"".join(lines))
        append(exam, {"act": "person-removed", "details": details})
        status, text = examgen(place, "verify", exam)
        assert (status, "secure/candidates.csv" in text) == (1, True), columns
        listed.write_bytes(now)


def test_what_a_certificate_and_an_open_case_keep_is_said(place: Path) -> None:
    exam = "output/X"
    ok(place, "case", "open", exam, "--as", "appeal", "--candidate", PERSON, "--about", "a mark", "--by", "clerk",
       "--received", "2026-11-25")  # fmt: skip
    text = ok(place, "person", "remove", PERSON, *DECIDED)
    assert "A1" in text


@pytest.mark.parametrize(
    "number",
    ["1100200300148", "๑๑๐๐๒๐๐๓๐๐๑๔๘", "1-1002-00300-14-8", "TH-0001/A", "กท-0001"],
)
def test_numbers_of_every_kind_are_shown_and_removed(place: Path, number: str) -> None:
    lists = [place / "output/X" / name for name in ("sitting/roster.csv",)]
    for path in lists:
        path.write_text(path.read_text("utf-8-sig").replace(OTHER, number), "utf-8-sig")
    if number != PERSON and number not in ("1100200300148", "๑๑๐๐๒๐๐๓๐๐๑๔๘"):  # these are the person's
        assert {one["part"] for one in held(place, number)} == {"register"}
    ok(place, "person", "remove", number, *DECIDED)
    assert len(numbers()) == len(table(lists[0]))


@pytest.mark.parametrize("number", ["X", "T-1", "E1", "A4011.01", "a_b", "-1", "1 2", "x" * 33, "../x"])
def test_a_list_with_another_kind_of_number_is_refused(place: Path, number: str) -> None:
    (place / "list.csv").write_text(f"candidate_id,name\n{number},ก ข\n", "utf-8")
    status, text = examgen(place, "render", "output/X", "--candidates", "list.csv", "--replace")
    assert status == 1
    assert "list.csv:2" in text
    (place / "roster2.csv").write_text(f"candidate_id,name,status\n{number},ก ข,present\n", "utf-8")
    status, text = examgen(
        place, "take", "output/X", "roster2.csv", "--as", "roster", "--replace", "--reason", "x"
    )
    assert status == 1
    assert ":2" in text


def test_a_letter_of_a_closed_case_goes_and_the_record_says_so(place: Path) -> None:
    exam = "output/X"
    ok(place, "case", "open", exam, "--as", "appeal", "--candidate", PERSON, "--about", "a mark", "--by", "clerk",
       "--received", "2026-11-25")  # fmt: skip
    ok(
        place,
        "case",
        "decide",
        exam,
        "A1",
        "--as",
        "dismissed",
        "--by",
        "appeals panel",
        "--reason",
        "right",
        "--date",
        "2026-11-26",
    )
    ok(place, "case", "decide", exam, "A1", "--letter", "answer.pdf", "--by", "clerk", "--date", "2026-11-26")
    letters = [*(place / exam / "sitting/cases/A1").iterdir()]
    assert letters
    assert "letters" in {one["part"] for one in held(place)}
    ok(place, "person", "remove", PERSON, *DECIDED)
    assert not any(path.exists() for path in letters)
    ok(place, "verify", exam)


def test_only_a_report_as_it_was_written_is_given(place: Path, tmp_path: Path) -> None:
    """A link to the key, or another file, in the place of a report is not packed for the person."""
    exam = place / "output/X"
    ok(place, "report", exam, "--kind", "candidate", "--html", "--no-pdf")
    [report] = [*exam.glob(f"reports/run-*/candidate/{PERSON}.html")]
    for n, change in enumerate(
        (lambda: None, lambda: report.symlink_to(exam / "secure/key.csv"), lambda: report.write_text("x"))
    ):
        if n:
            report.unlink()
        change()
        ok(place, "person", "show", PERSON, "--out", tmp_path / f"{n}.zip")
        with zipfile.ZipFile(tmp_path / f"{n}.zip") as archive:
            assert sum(name.startswith("files/") for name in archive.namelist()) == (n == 0)
    ok(place, "report", exam, "--kind", "candidate", "--no-pdf", "--candidate", PERSON)
    [report] = [*exam.glob(f"reports/run-*/candidate-*/{PERSON}.html")]
    ok(place, "person", "remove", PERSON, *DECIDED)
    assert not report.exists()


def test_the_archive_takes_the_place_of_no_file_of_ours(place: Path) -> None:
    before = digests(place, "output", "item_bank")
    for name in ("output/X/secure/key.csv", "item_bank/T-1/unit.yaml", "output/X/exam.yaml"):
        assert examgen(place, "person", "show", PERSON, "--out", name, "--replace")[0] == 2
    assert digests(place, "output", "item_bank") == before


@pytest.mark.parametrize("remark", [f"ลอกจาก{OTHER_NAME}เลข{OTHER.replace('-', '')}โทร", f"({THAI}) {OTHER}"])
def test_what_a_list_says_that_may_name_others_is_held_back(place: Path, remark: str) -> None:
    roster = place / "output/X/sitting/roster.csv"
    rows = [*csv.reader(roster.read_text("utf-8-sig").splitlines())]
    of = rows[0].index("organisation")
    rows[0].append("note")
    for row in rows[1:]:
        row.append(remark if row[0] == PERSON else "")
        row[of] = remark if row[0] == PERSON else row[of]
    roster.write_text("\ufeff" + "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows), "utf-8")
    [entry] = [one for one in held(place) if one["part"] == "register"]
    assert {"note", "organisation"} <= {*entry["held_back"]}  # type: ignore[misc]
    given = str(entry["values"])
    assert not any(text in given for text in (OTHER_NAME, OTHER, OTHER.replace("-", "")))


@pytest.mark.parametrize(
    "details", [{}, 3, [], {"files": []}, {"files": {"secure/candidates.csv": 3}}, {"files": 1}]
)
def test_a_removal_that_examgen_does_not_write_is_no_reason_for_a_fault(place: Path, details: object) -> None:
    append(place / "output/X", {"act": "person-removed", "details": details})
    assert examgen(place, "verify", "output/X")[0] in (0, 1)


def test_results_by_person_go_as_a_whole_or_not_at_all(place: Path) -> None:
    exam = place / "output/X"
    names = ["results/runs/0002/pc_results.csv", "results/pc_results.csv"]
    for name in names:
        (exam / name).unlink()
    append(exam, {"act": "results-removed", "details": {"files": dict.fromkeys(names, "")}})
    status, text = examgen(place, "verify", exam)
    assert (status, "pc_results.csv" in text) == (1, True)


def append(exam: Path, what: dict[str, object]) -> None:
    """An act that somebody writes behind the last one, chained as examgen chains."""
    path = exam / "sitting/record.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    said = {**json.loads(lines[-1]), "kind": "retention", "name": PERSON, "date": "2026-11-26", **what}
    said |= {"n": len(lines) + 1, "before": said.pop("digest")}
    said["digest"] = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
    path.write_bytes(b"".join(lines) + json.dumps(said, ensure_ascii=False).encode() + b"\n")


def test_names_of_who_is_not_accounted_for_go_as_well(place: Path) -> None:
    exam = place / "output/X"
    folder = exam / "results/runs/0002"
    for path in (folder / "unreconciled.csv", exam / "results/unreconciled.csv"):
        assert path.is_file()
    rows = table(folder / "unreconciled.csv")
    [name] = [row["name"] for row in rows if row["candidate_id"] == PERSON] or [""]
    ok(place, "person", "remove", PERSON, *DECIDED)
    now = table(folder / "unreconciled.csv")
    assert [row["name"] for row in now if row["candidate_id"] == PERSON] == [""] * bool(name)
    assert examgen(place, "verify", exam)[0] == 0


def test_a_run_from_which_names_were_taken_stays_as_it_was_written(place: Path) -> None:
    """Somebody on the roster without a row of answers: the run names them among those not accounted for."""
    exam = place / "output/X"
    people = [
        {name: row[name] for name in ("candidate_id", "name", "centre", "room")}
        for row in table(exam / "sitting/roster.csv")
    ]
    write_table(place / "roster.csv", [*people, {**people[0], "candidate_id": LATE, "name": "นางมาสาย"}])
    ok(place, "take", exam, place / "roster.csv", "--as", "roster")
    ok(place, "score", exam)
    unreconciled = exam / "results/runs/0003/unreconciled.csv"
    ok(place, "person", "remove", LATE, *DECIDED)
    assert {row["name"] for row in table(unreconciled) if row["candidate_id"] == LATE} == {""}
    ok(place, "verify", exam)
    ok(place, "score", exam)
    unreconciled.chmod(0o600)
    unreconciled.write_text("edited", "utf-8")
    status, text = examgen(place, "verify", exam)
    assert (status, "runs/0003/unreconciled.csv" in text) == (1, True)


def test_a_list_whose_names_are_put_back_is_found(place: Path) -> None:
    exam = place / "output/X"
    before = (exam / "secure/candidates.csv").read_bytes()
    ok(place, "person", "remove", PERSON, *DECIDED)
    (exam / "secure/candidates.csv").write_bytes(before)
    status, text = examgen(place, "verify", exam)
    assert (status, "removed-is-back" in text) == (1, True)


def test_what_is_not_utf8_does_not_go_on_record(place: Path) -> None:
    record = place / "output/X/sitting/record.jsonl"
    before = record.read_bytes()
    assert examgen(place, "person", "remove", PERSON, "--by", "\udcff", "--reason", "r")[0] == 2
    assert record.read_bytes() == before


@pytest.mark.parametrize(
    "what",
    [
        {"kind": "person", "act": "foo"},
        {"kind": "person", "act": "withdrawn", "name": 5},
        {"kind": "held", "act": "held", "date": ""},
        {"kind": "held", "act": "held", "date": 3},
        {"kind": "release", "act": "released", "run": "2"},
        {"details": [1]},
    ],
)
def test_an_act_that_examgen_does_not_write_is_refused_by_its_line(
    place: Path, what: dict[str, object]
) -> None:
    append(place / "output/X", what)
    n = len((place / "output/X/sitting/record.jsonl").read_bytes().splitlines())
    for words in (("verify", "output/X"), ("decide", "output/X"), ("person", "show", PERSON)):
        status, text = examgen(place, *words)
        assert (status, f"record.jsonl:{n}" in text) == (1, True), words
