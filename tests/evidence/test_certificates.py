"""The register of certificates: issued once, under numbers that never come again; what becomes of them; what
is refused."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import stat
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from examgen.core.exam.names import KEY_CSV
from examgen.core.problems import Refused, WrongUsage
from examgen.core.signing.keys import make_keys
from examgen.evidence.certificates import (
    Doubts,
    Term,
    by_candidate,
    change,
    issue,
    list_csv,
    number_key,
    read_register,
)
from examgen.evidence.public import answer_to
from examgen.scoring.releases import release
from examgen.scoring.score import score
from tests.commands.conftest import Run, run
from tests.sittings import small_package, table

__all__ = ["run"]
EXAM = "T-EXAM"
HEAD = "candidate_id,name,form,Q1,Q2,Q3,Q4\n"
SETTINGS = """
reports:
  name: {th: สถาบันทดสอบ, en: Test Body}
  validity: {th: มีอายุ, en: Valid., years: 100}
certificates:
  number: "TPQI-{thai_year}-{n:05}"
  signers: [{th: ผู้อำนวยการ, en: Director}]
"""
BY = ("--by", "นายทะเบียน")
PASSED = ("0001", "0002", "0003")


def sat(workspace: Path, name: str = EXAM, people: tuple[str, ...] = PASSED) -> Path:
    """A released exam: these passed, 0009 did not."""
    exam = small_package(workspace / "output" / name)
    right = ",".join(one["key"] for one in table(exam / KEY_CSV) if one["form"] == "A")
    rows = [f"{who},=สม{who} ใจดี,A,{right}\n" for who in people]
    given = workspace / f"{name}.csv"
    given.write_text(HEAD + "".join(rows) + "0009,ไม่ผ่าน,A,,,,\n", "utf-8")
    score(exam, [given])
    release(exam, 1, "กรรมการ", "ครบถ้วน", date(2026, 11, 20), open_looks="ภายหลัง")
    return exam


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates") / "workspace"
    (folder / "item_bank").mkdir(parents=True)
    (folder / "examgen.yaml").write_text(SETTINGS, "utf-8")
    sat(folder)
    make_keys(folder / "body.pem", "สถาบันทดสอบ")
    return folder


@pytest.fixture
def workspace(once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(shutil.copytree(once, tmp_path / "workspace"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def exam(workspace: Path) -> Path:
    return workspace / "output" / EXAM


def test_who_met_the_unit_is_certified_once(workspace: Path, exam: Path, run: Run) -> None:
    told = run.json("certificate", "issue", exam, *BY, "--dry-run")
    assert len(told["certificates"]) == 3
    assert not (workspace / "register").exists()
    made = run.json("certificate", "issue", exam, *BY)["certificates"]
    assert [one["number"] for one in made] == [f"TPQI-2569-0000{n}" for n in (1, 2, 3)]
    first = made[0]
    assert (first["candidate_id"], first["name"], first["unit"], first["level"]) == (
        "0001",
        "=สม0001 ใจดี",
        "T-1",
        4,
    )
    assert (first["from"], first["until"], first["status"]) == ("2026-11-20", "2126-11-19", "valid")
    assert (first["exam"], first["run"]) == ("T-1-L4", 1)
    folder = workspace / "register"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    again = run.json("certificate", "issue", exam, *BY)
    assert (again["certificates"], again["with_certificate"]) == ([], 3)
    listed = list_csv(read_register(workspace), Doubts({}, (), ()), date.today())
    rows = list(csv.DictReader(io.StringIO(listed.decode("utf-8-sig"))))
    assert [row["name"][:2] for row in rows] == ["'="] * 3
    assert [row["from"] for row in rows] == ["2026-11-20"] * 3
    assert [one.number for one in by_candidate(read_register(workspace))["0002"]] == ["TPQI-2569-00002"]


def test_numbers_never_come_again(workspace: Path, exam: Path, run: Run) -> None:
    run.ok("certificate", "issue", exam, "0002", *BY)
    run.ok("certificate", "change", "TPQI-2569-00001", "--as", "withdrawn", "--reason", "ทุจริต", *BY)
    assert run.json("certificate", "issue", exam, *BY)["with_certificate"] == 1
    assert len(read_register(workspace)) == 3, "a certificate that was withdrawn is given to nobody unasked"
    run.ok("certificate", "issue", exam, "0002", *BY)
    numbers = [one.number for one in read_register(workspace)]
    assert numbers == [f"TPQI-2569-0000{n}" for n in (1, 2, 3, 4)]
    (workspace / "examgen.yaml").write_text(
        SETTINGS.replace("TPQI-{thai_year}-{n:05}", "{n}/{year}"), "utf-8"
    )
    other = sat(workspace, "OTHER", ("0004",))
    assert run.json("certificate", "issue", other, *BY)["certificates"][0]["number"] == "1/2026"
    assert run.json("certificate", "list", "--status", "withdrawn")["certificates"][0]["number"] == numbers[0]


def test_every_status_and_what_becomes_of_it(workspace: Path, exam: Path, run: Run) -> None:
    issue(workspace, exam, "ก", term=Term(date(2026, 11, 20), date.today() + timedelta(10)))
    one, two, three = (one.number for one in read_register(workspace))
    said = ("--reason", "มติ 3/2569", *BY)
    assert "suspended" in run.ok("certificate", "change", one.lower(), two, "--as", "suspended", *said).out
    run.ok("certificate", "change", two, "--as", "reinstated", *said)
    run.ok("certificate", "change", three, "--as", "withdrawn", *said)
    renewed = run.json("certificate", "change", two, "--as", "renewed", *said)["certificates"][0]
    begin = date.today() + timedelta(11)
    assert renewed["until"] == (date(begin.year + 100, begin.month, begin.day) - timedelta(1)).isoformat()
    held = {one.number: one for one in read_register(workspace)}
    later = date.today() + timedelta(20)
    assert [held[number].status(date.today()) for number in (one, two, three)] == [
        "suspended",
        "valid",
        "withdrawn",
    ]
    assert held[two].status(later) == "valid"
    assert held[two].status(date(2290, 1, 1)) == "expired"
    assert [act.act for act in held[two].acts] == ["issued", "suspended", "reinstated", "renewed"]
    assert held[three].acts[1].reason == "มติ 3/2569"
    faults = run.refused("certificate", "change", one, three, "77", "--as", "suspended", *said)
    for fault in (
        f"{one}: is suspended. It can only be reinstated or withdrawn",
        f"{three}: is withdrawn",
        "77: is not",
    ):
        assert fault in faults
    assert read_register(workspace) == tuple(held.values()), "nothing is written where one does not fit"


def test_who_may_not_be_certified_is_named(workspace: Path, exam: Path, run: Run) -> None:
    run.ok("certificate", "issue", exam, "0001", *BY)
    reason = ("--reason", "ทุจริต", "--by", "กรรมการ")
    run.ok("decide", exam, "0002", "--as", "disqualified", *reason)
    faults = run.refused("certificate", "issue", exam, "0001", "0002", "0003", "0009", "12", *BY)
    assert "0001: already has certificate TPQI-2569-00001 of T-1, which is valid" in faults
    assert "0002: has no result: disqualified" in faults
    assert "0009: did not pass" in faults
    assert "12: has no result in run 1" in faults
    assert "0003" not in faults
    assert len(read_register(workspace)) == 1
    told = run.json("certificate", "issue", exam, *BY)
    assert [one["candidate_id"] for one in told["certificates"]] == ["0003"]
    assert [one["candidate_id"] for one in told["without_result"]] == ["0002"]


def test_a_decision_and_a_later_release_put_a_certificate_in_doubt(
    workspace: Path, exam: Path, run: Run
) -> None:
    run.ok("certificate", "issue", exam, *BY)
    assert run("certificate", "list").status == 0
    run.ok("decide", exam, "0002", "--as", "withheld", "--reason", "สอบสวน", "--by", "กรรมการ")
    listed = run("certificate", "list")
    assert listed.status == 3
    assert "TPQI-2569-00002: the holder no longer meets the unit" in re.sub(r"\s+", " ", listed.out)
    assert answer_to(workspace, "TPQI-2569-00002").in_doubt
    assert not answer_to(workspace, "TPQI-2569-00001").in_doubt
    shutil.rmtree(exam)
    assert "with unknown later results: 3" in run.ok("certificate", "list").text


def test_the_name_is_that_of_the_roster(workspace: Path, exam: Path, run: Run) -> None:
    (workspace / "roster.csv").write_text("candidate_id,name\n0001,นางสาวสมหญิง ใจดี\n0009,x\n", "utf-8")
    run.ok("take", exam, "roster.csv", "--as", "roster", "--by", "ก")
    names = [one["name"] for one in run.json("certificate", "issue", exam, *BY)["certificates"]]
    assert names == ["นางสาวสมหญิง ใจดี", "=สม0002 ใจดี", "=สม0003 ใจดี"]


BAD_WORDS = {
    "no candidate exam": (("issue", "output", *BY), "is not an exam package"),
    "no --by": (("issue", f"output/{EXAM}"), "--by"),
    "blank --by": (("issue", f"output/{EXAM}", "--by", " "), "--by"),
    "a day to come": (("issue", f"output/{EXAM}", *BY, "--from", "2099-01-01"), "in the future"),
    "ends before": (("issue", f"output/{EXAM}", *BY, "--until", "2026-11-19"), "is not after"),
    "no day": (("issue", f"output/{EXAM}", *BY, "--until", "tomorrow"), "tomorrow"),
    "no number": (("change", "--as", "withdrawn", "--reason", "x", *BY), "NUMBER"),
    "no reason": (("change", "1", "--as", "withdrawn", "--reason", " ", *BY), "--reason"),
    "no such act": (("change", "1", "--as", "lost", "--reason", "x", *BY), "lost"),
    "days of no renewal": (
        ("change", "1", "--as", "withdrawn", "--reason", "x", *BY, "--until", "2030-01-01"),
        "only to a renewal",
    ),
    "no such status": (("list", "--status", "gone"), "gone"),
    "print nothing": (("list", "--out", "out"), "--out requires the numbers"),
    "print to nowhere": (("list", "1", "--sign", "body.pem"), "--out"),
    "passphrase of no key": (("list", "1", "--out", "out", "--passphrase"), "--sign"),
}


@pytest.mark.parametrize("case", BAD_WORDS)
def test_bad_words_are_refused(workspace: Path, run: Run, case: str) -> None:
    words, said = BAD_WORDS[case]
    ran = run("certificate", *words)
    assert ran.status == 2, ran.text
    assert said in ran.err
    assert not (workspace / "register" / "certificates.jsonl").exists()


BAD_SETTINGS = {
    "TPQI-{thai_year}": "{n} once",
    "{n}-{n}": "{n} once",
    "{x}-{n}": "{year}",
    "{n.__class__}": "{year}",
    "{n:99999999}": "{year}",
    "=cmd|{n}": "{year}",
    "../../{n}\\n": "{year}",
}


@pytest.mark.parametrize("pattern", BAD_SETTINGS)
def test_patterns_that_give_no_good_number_are_refused(
    workspace: Path, exam: Path, run: Run, pattern: str
) -> None:
    (workspace / "examgen.yaml").write_text(
        "reports: {validity: {th: ก, en: V, years: 1}}\ncertificates:\n  number: " + json.dumps(pattern),
        "utf-8",
    )
    said = run.refused("certificate", "issue", exam, *BY)
    assert "examgen.yaml:3" in said
    assert BAD_SETTINGS[pattern] in said


def test_what_is_not_released_named_or_dated_is_refused(workspace: Path, exam: Path, run: Run) -> None:
    (workspace / "examgen.yaml").write_text("{}\n", "utf-8")
    assert "the end date is not known" in run.refused("certificate", "issue", exam, *BY, status=2)
    nameless = small_package(workspace / "output" / "NAMELESS")
    right = ",".join(one["key"] for one in table(nameless / KEY_CSV) if one["form"] == "A")
    (workspace / "n.csv").write_text(
        f"candidate_id,form,Q1,Q2,Q3,Q4\n0005,A,{right}\n0006,A,{right}\n", "utf-8"
    )
    score(nameless, [workspace / "n.csv"])
    until = ("--until", "2030-01-01")
    assert "no run is released" in run.refused("certificate", "issue", nameless, *BY, *until)
    release(nameless, 1, "ก", "ข", date(2026, 11, 20), open_looks="x")
    said = run.refused("certificate", "issue", nameless, *BY, *until)
    assert "0005: has no name on the roster" in said
    assert "0006: has no name on the roster" in said
    assert read_register(workspace) == ()


def test_a_register_that_was_touched_is_refused_with_its_line(workspace: Path, exam: Path, run: Run) -> None:
    run.ok("certificate", "issue", exam, *BY)
    path = workspace / "register/certificates.jsonl"
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    damaged = (
        ("certificates.jsonl:2", whole.replace(b"00002", b"00007")),
        ("certificates.jsonl:2", lines[0] + lines[2]),
        ("certificates.jsonl:1", b"".join(lines[1:])),
    )
    for place, data in damaged:
        path.write_bytes(data)
        assert place in run.refused("certificate", "list")
        assert place in run.refused("verify", exam)
        assert place in run.refused("certificate", "issue", exam, *BY)
        assert place in run.refused("certificate", "change", "1", "--as", "withdrawn", "--reason", "x", *BY)
        assert answer_to(workspace, "TPQI-2569-00001").standing == "unknown"
        assert path.read_bytes() == data
    path.write_bytes(whole)
    run.ok("certificate", "list")
    run.ok("verify", exam)


ISSUES = """
import sys
from pathlib import Path
from examgen.evidence.certificates import issue
workspace, exam = Path(sys.argv[1]), Path(sys.argv[1], "output", sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
for who in sys.argv[3:]:
    issue(workspace, exam, "ก", (who,))
"""


def test_two_who_issue_at_once_give_no_number_twice(workspace: Path, exam: Path) -> None:
    people = [f"1{n:03}" for n in range(6)]
    sat(workspace, "OTHER", tuple(people))
    root = Path(__file__).parents[2]
    both = [
        subprocess.Popen(
            [sys.executable, "-c", ISSUES, str(workspace), name, *who],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root, text=True,
        )
        for name, who in (("OTHER", people), (EXAM, PASSED))
    ]  # fmt: skip
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in both:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    assert [one.wait(60) for one in both] == [0, 0]
    for one in both:
        assert one.stdin is not None
        assert one.stdout is not None
        one.stdin.close()
        one.stdout.close()
    numbers = [one.number for one in read_register(workspace)]
    assert sorted(numbers) == [f"TPQI-2569-{n:05}" for n in range(1, 10)]


def test_numbers_are_compared_as_people_write_them() -> None:
    assert number_key(" tpqi–๒๕๖๙ -00001") == number_key("TPQI-2569-00001")
    assert number_key("A/1") != number_key("A-1")


def test_a_change_of_nothing_writes_nothing(workspace: Path, exam: Path) -> None:
    with pytest.raises(Refused) as refused:
        change(workspace, ["1", "2"], "withdrawn", "ก", "ข")
    assert [one.code for one in refused.value.problems] == ["unknown-number"] * 2
    assert read_register(workspace) == ()


def test_a_renewal_leaves_no_days_out(workspace: Path, exam: Path, run: Run) -> None:
    run.ok("certificate", "issue", exam, *BY)
    renew = ("certificate", "change", "TPQI-2569-00001", "--as", "renewed", "--reason", "x", *BY)
    until = read_register(workspace)[0].until
    assert until is not None
    late = (until + timedelta(2)).isoformat()
    said = run.refused(*renew, "--from", late, "--until", "2190-01-01")
    assert f"is valid until {until}. A renewal must start on or before {until + timedelta(1)}" in said
    with pytest.raises(WrongUsage, match=r"is in the Buddhist era\. Write 2190-01-01"):
        change(workspace, ["TPQI-2569-00001"], "renewed", "ก", "x", Term(until=date(2733, 1, 1)))
    run.ok(*renew, "--from", (until + timedelta(1)).isoformat(), "--until", "2190-01-01")


def test_doubts_are_told_where_a_certificate_is_renewed_or_printed(
    workspace: Path, exam: Path, run: Run
) -> None:
    run.ok("certificate", "issue", exam, *BY)
    run.ok("decide", exam, "0001", "--as", "disqualified", "--by", "ก", "--reason", "x")
    number, told = "TPQI-2569-00001", "the holder no longer meets the unit"
    until = ("--until", "2190-01-01", "--reason", "x", *BY)
    assert told in run.ok("certificate", "change", number, "--as", "renewed", *until).out
    assert told in run.ok("certificate", "list", number, "--out", "out").err
    assert told not in run.ok("certificate", "list", "TPQI-2569-00002", "--out", "others").err


# ── what an attack found ─────────────────────────────────────────────────────────────────────

WITHDRAWN = ("--as", "withdrawn", "--by", "ข", "--reason", "fraud", "--date", "2026-11-22")


def test_a_copy_of_the_package_hides_no_decision(workspace: Path, exam: Path, run: Run) -> None:
    run.ok("certificate", "issue", exam, *BY)
    shutil.copytree(exam, workspace / "output/A-backup")
    run.ok("decide", exam, "0001", *WITHDRAWN)
    assert answer_to(workspace, "TPQI-2569-00001").in_doubt
    assert not answer_to(workspace, "TPQI-2569-00002").in_doubt


@pytest.mark.parametrize("spoil", ["damaged", "removed", "cut"])
def test_a_certificate_whose_record_is_spoilt_is_not_confirmed(
    workspace: Path, exam: Path, run: Run, spoil: str, tmp_path: Path
) -> None:
    """Nor by a copy of the package that knows nothing of the withdrawal."""
    run.ok("certificate", "issue", exam, *BY)
    kept = shutil.copytree(exam, tmp_path / "kept")
    run.ok("decide", exam, "0001", *WITHDRAWN)
    run.ok("take", exam, workspace / f"{EXAM}.csv", "--by", "ข")
    run("score", exam)
    path = exam / "sitting/record.jsonl"
    if spoil == "removed":
        path.unlink()
    elif spoil == "cut":
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    else:
        path.write_bytes(path.read_bytes() + b"x\n")
    shutil.copytree(kept, workspace / "output/A-backup")
    assert answer_to(workspace, "TPQI-2569-00001").standing == "unknown"
    listed = run.json("certificate", "list")
    assert (len(listed["unread"]), listed["without_exam"]) == (3, [])


def test_an_audit_that_cannot_be_read_hides_no_decision(workspace: Path, exam: Path, run: Run) -> None:
    run.ok("certificate", "issue", exam, *BY)
    run.ok("decide", exam, "0001", *WITHDRAWN)
    path = exam / "results/runs/0001/audit.json"
    path.unlink()
    path.write_text("{")
    told = answer_to(workspace, "TPQI-2569-00001")
    assert told.in_doubt or told.standing == "unknown"


def test_nothing_is_issued_or_reported_from_a_record_that_was_cut(
    workspace: Path, exam: Path, run: Run
) -> None:
    run.ok("decide", exam, "0001", *WITHDRAWN)
    run.ok("take", exam, workspace / f"{EXAM}.csv", "--by", "ข")
    run("score", exam)
    path = exam / "sitting/record.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    assert "record-cut" in run.refused("certificate", "issue", exam, "0001", *BY)
    assert "record-cut" in run.refused("report", exam, "--kind", "cohort", "--no-pdf")


def test_a_register_that_is_no_file_is_refused(workspace: Path, exam: Path, run: Run) -> None:
    run.ok("certificate", "issue", exam, *BY)
    path = workspace / "register/certificates.jsonl"
    path.unlink()
    path.mkdir()
    assert "is not a file" in run.refused("certificate", "list")
