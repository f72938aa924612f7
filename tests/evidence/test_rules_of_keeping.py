"""What a rule keeps of a person, whose time is over, and what a person is given of what is held."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from examgen.core.signing.codes import SignedCertificate, signed
from examgen.core.signing.keys import code_key, read_private
from examgen.evidence.certificates import CertificateAct
from examgen.evidence.public import answer_to
from tests.evidence.people import (
    FIRM,
    NAME,
    OTHER,
    OTHER_NAME,
    PERSON,
    examgen,
    names,
    numbers,
    ok,
    tombstone_in,
)
from tests.evidence.searching import plain, traces
from tests.sittings import table, write_table

ASKED = ("--by", "DPO", "--reason", "request 3/2569")


def certificate(place: Path, *acts: dict[str, Any]) -> Path:
    """A register of certificates, chained as the body keeps it."""
    path = place / "register/certificates.jsonl"
    path.parent.mkdir()
    issued = {
        "candidate_id": PERSON,
        "name": NAME,
        "unit": "T-1",
        "title": "T",
        "exam": "X",
        "run": 2,
        "release": 2,
    }
    lines: list[bytes] = []
    for n, act in enumerate(acts, 1):
        said = {"time": "2026-11-20T09:00:00+07:00", "by": "c", "number": "C-1", **act}
        said |= issued if act["act"] == "issued" else {"reason": "r"}
        previous = hashlib.sha256(lines[-1]).hexdigest() if lines else ""
        lines.append(CertificateAct(n=n, previous=previous, **said).line)
    path.write_bytes(b"".join(lines))
    end = {"n": len(lines), "sha256": hashlib.sha256(lines[-1]).hexdigest()}
    (path.parent / "certificates.end.json").write_text(json.dumps(end, indent=2) + "\n", "utf-8")
    return path


def day(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()


def test_a_certificate_in_force_stops_an_erasure_or_limits_it(place: Path) -> None:
    path = certificate(place, {"act": "issued", "since": "2026-01-01", "until": day(100)})
    status, text = examgen(place, "forget", PERSON, *ASKED)
    assert status == 1
    assert f"C-1 is in force until {day(100)}" in text
    before = path.read_bytes()
    ok(place, "forget", PERSON, *ASKED, "--limited")
    assert path.read_bytes() == before
    assert {one.split(":")[0] for one in traces(place, [PERSON, NAME])} == {"register/certificates.jsonl"}


@pytest.mark.parametrize("last", [{"act": "withdrawn"}, {"act": "renewed", "until": day(-1)}])
def test_a_certificate_that_ended_goes_with_the_rest(place: Path, last: dict[str, str]) -> None:
    path = certificate(place, {"act": "issued", "since": "2026-01-01", "until": day(-1)}, last)
    ok(place, "site", "keys", "keys/body.pem", "--body", "B")
    key = code_key(place / "keys/body.pem", read_private(place / "keys/body.pem"))
    printed = signed(SignedCertificate("C-1", NAME, "T-1", "", "2026-01-01", day(-1)), key)
    assert answer_to(place, printed).who == NAME
    ok(place, "forget", PERSON, *ASKED)
    answer = answer_to(place, printed)
    assert (answer.certificate, answer.who) == ("C-1", ""), "nobody is named who was forgotten"
    first, _ = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert first["name"] == first["candidate_id"]
    assert first["name"].startswith("forgotten-")
    assert first["title"] == "T", "of the unit"
    assert "C-1" in ok(place, "certificate", "list")  # its chain and its end hold
    assert traces(place, [PERSON, NAME]) == []


def test_an_open_case_stops_it_until_it_is_answered(place: Path) -> None:
    letter = place.parent / f"{PERSON}.pdf"
    letter.write_bytes(f"%PDF of {PERSON}, {NAME}".encode())
    ok(place, "case", "open", "output/X", "--as", "complaint", "--candidate", PERSON, "--by", "clerk",
       "--about", f"{NAME} heard noise", "--file", letter)  # fmt: skip
    status, text = examgen(place, "forget", PERSON, *ASKED, "--limited")
    assert status == 1
    assert "case C1 is open" in text
    why = ("--reason", f"settled with {NAME}", "--by", "director")
    ok(place, "case", "decide", "output/X", "C1", "--as", "withdrawn", *why)
    ok(place, "case", "decide", "output/X", "C1", "--as", "closed", *why)
    assert list((place / "output/X/sitting/cases/C1").iterdir())
    ok(place, "forget", PERSON, *ASKED)
    assert traces(place, [PERSON, NAME]) == []
    [paper] = (place / "output/X/sitting/cases/C1").iterdir()
    assert paper.read_bytes() == b"erased\n"
    ok(place, "verify", "output/X")
    assert "C1" in ok(place, "case", "show", "output/X")


def test_results_are_kept_for_the_time_of_the_body(place: Path) -> None:
    (place / "examgen.yaml").write_text(
        "retention: {least: 36500, reason: {th: ตามระเบียบ, en: rule 12 of the body}}\n", "utf-8"
    )
    status, text = examgen(place, "forget", PERSON, *ASKED)
    assert status == 1
    assert "rule 12 of the body" in text
    assert "output/X are kept until" in text


def test_retention_erases_everybody_whose_time_is_over_in_one_pass(place: Path) -> None:
    assert examgen(place, "retention")[0] == 2  # nothing says how long
    (place / "examgen.yaml").write_text("site: {keep: {persons: 36500}}\n", "utf-8")
    assert json.loads(ok(place, "retention", "--json"))["persons"] == 0
    (place / "examgen.yaml").write_text("site: {keep: {persons: 30}}\n", "utf-8")
    said = _later(place, "--dry-run")
    assert said["persons"] == len(numbers())
    assert not (place / "erasures.jsonl").exists()
    said = _later(place)
    assert len(said["erasures"]) == 1
    assert len(said["erasures"][0]["forgotten"]) == len(numbers())
    everybody = [*numbers(), *names().values()]
    assert traces(place, everybody, but=["book"]) == []
    rows = table(place / "output/X/results/candidates.csv")
    assert len({row["candidate_id"] for row in rows}) == len(rows) == len(numbers())
    ok(place, "verify", "output/X")
    assert _later(place)["persons"] == 0


def _later(place: Path, *words: str) -> Any:
    """What `retention` does a year later."""
    from examgen.evidence.persons.retention import retention

    done = retention(place, dry_run="--dry-run" in words, today=date.today() + timedelta(days=400))
    return {
        "persons": done.persons,
        "erasures": [one.erasure._asdict() for one in done.erased if one.erasure is not None],
    }


def test_a_short_number_is_only_a_number_where_candidates_are_named(place: Path) -> None:
    write_table(place / "few.csv", [["7", "7", "A7", "มานพ"], ["8", "7", "B7", "สมพร"]],
                ["candidate_id", "score", "note", "name"])  # fmt: skip
    (place / "text.txt").write_text("7 of 7\n", "utf-8")
    ok(place, "forget", "7", *ASKED)
    rows = table(place / "few.csv")
    assert rows[0]["candidate_id"].startswith("forgotten-")
    assert (rows[0]["score"], rows[0]["name"]) == ("7", "")
    assert rows[1] == {"candidate_id": "8", "score": "7", "note": "B7", "name": "สมพร"}
    assert (place / "text.txt").read_text("utf-8") == "7 of 7\n"
    ok(place, "verify", "output/X")


def test_a_name_that_others_have_is_told_and_not_replaced(place: Path) -> None:
    roster = place / "people.csv"
    write_table(roster, [["55555555", "ชูใจ"], ["66666666", OTHER_NAME]], ["candidate_id", "name"])
    (place / "text.txt").write_text(f"ชูใจดี; {OTHER_NAME}\n", "utf-8")
    said = json.loads(ok(place, "forget", "66666666", *ASKED, "--json"))
    assert said["names_not_looked_for"] == [OTHER_NAME]
    assert OTHER_NAME in (place / "text.txt").read_text("utf-8")
    ok(place, "forget", "55555555", *ASKED)
    assert "ชูใจดี" in (place / "text.txt").read_text("utf-8")


def test_an_extract_has_what_is_held_and_nothing_of_others(place: Path) -> None:
    out = place / "extract.zip"
    said = json.loads(ok(place, "person", "extract", PERSON, "--out", out, "--json"))
    for part in ("register", "answers", "results", "decisions"):
        assert said["entries"][part], part
    assert out.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(out) as archive:
        data = json.loads(archive.read("data.json"))
        index = archive.read("index.html").decode()
        everything = plain(
            "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
        )
    assert FIRM in index
    assert "candidate_id" in {name for one in data["register"] for name in one["said"]}
    assert "พระราชบัญญัติคุ้มครองข้อมูลส่วนบุคคล" in index
    others = [one for one in (*numbers(), *names().values()) if one not in (PERSON, NAME)]
    assert [one for one in others if plain(one) in everything] == []
    scores = {one["said"]["score"] for one in data["results"] if "score" in one["said"]}
    row = next(
        row for row in table(place / "output/X/results/candidates.csv") if row["candidate_id"] == PERSON
    )
    assert row["score"] in scores
    keys = {row["key"] for row in table(place / "output/X/secure/key.csv")}
    assert keys
    assert "key" not in {
        name for part in data.values() if isinstance(part, list) for one in part for name in one["said"]
    }
    assert examgen(place, "person", "extract", PERSON, "--out", out)[0] == 2
    assert examgen(place, "person", "extract", "9999999999999", "--out", place / "none.zip")[0] == 2
    assert not (place / "none.zip").exists()
    assert OTHER not in index


def test_what_a_centre_sent_back_is_without_the_person(place: Path) -> None:
    attendance = [
        ["candidate_id", "name", "centre", "room", "status", "document", "identity", "checked_by", "remark"]
    ]
    attendance += [[one, names()[one], ("เหนือ", "ใต้")[n % 2], "301", "present", "บัตรประชาชน", "matched", "สมศรี",
                    f"มากับ{NAME}" if one == PERSON else ""] for n, one in enumerate(numbers())]  # fmt: skip
    write_table(place / "attendance.csv", attendance[1:], attendance[0])
    incident = [
        "1",
        "2026-11-18",
        "09:30",
        "เหนือ",
        "301",
        "illness",
        f"{PERSON}, {OTHER}",
        f"{NAME} เป็นลม",
        "พัก",
        "สมศรี",
    ]
    heads = ["number", "day", "time", "centre", "room", "kind", "candidates", "what", "done", "reported_by"]
    write_table(place / "incidents.csv", [incident], heads)
    given = [PERSON, "เหนือ", "extra time", "30", "โรคประจำตัว", "committee"]
    write_table(
        place / "given.csv",
        [given],
        ["candidate_id", "centre", "given", "extra_minutes", "reason", "approved_by"],
    )
    ok(place, "take", "output/X", "attendance.csv", "incidents.csv", "given.csv")
    tombstone = tombstone_in(ok(place, "forget", PERSON, *ASKED))
    assert traces(place, [PERSON, NAME, "โรคประจำตัว"]) == []
    said = ok(place, "returns", "output/X", "--json")
    assert tombstone in said
    assert OTHER in said
    [row] = table(place / "incidents.csv")
    assert row["candidates"] == f"{tombstone}, {OTHER}"
    assert row["what"].endswith("เป็นลม")
    ok(place, "verify", "output/X")
