"""A sitting of 3,000 at twelve centres with all that happens around it: from the lists that centres send back
to the accreditation file, a person forgotten and a certificate withdrawn on the way."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from examgen.capture.centre_returns import RETURN_LISTS
from examgen.papers.centre_forms.workbook import HEAD_ROW
from tests.commands.conftest import Run, run, workspace, write_blueprint
from tests.sittings import table

__all__ = ["run", "workspace"]
N, CENTRES = 3000, 12
ROOMS = ("301", "302", "ห้องประชุม")
DAY = "2026-11-18"
WORDS = ("--by", "คณะกรรมการรับรอง", "--reason", "ครั้งที่ 9/2569", "--date", "2026-11-21")
BODY: dict[str, Any] = {
    "reports": {
        "name": {"th": "สถาบันสมมติ", "en": "The Example Institute"},
        "verify": "https://exam.example.or.th/verify/",
        "validity": {"th": "มีอายุ 3 ปี", "en": "Valid for three years.", "years": 3},
        "appeal": {"th": "อุทธรณ์ได้ภายในสิบห้าวัน", "en": "Appeal within fifteen days.", "days": 15},
    },
}


def number(n: int) -> str:
    """Of a candidate: thirteen digits, as on an identity card."""
    return f"11{n * 7919 % 10**9:09d}{n % 97:02d}"


def name(n: int) -> str:
    return f"ศรีสมบูรณ์ที่{n} ทดสอบยิ่งยง{n}"


def centre(k: int) -> str:
    return f"ศูนย์สอบ {k + 1}"


def where(n: int) -> tuple[int, str]:
    return n % CENTRES, ROOMS[n // CENTRES % len(ROOMS)]


def write(path: str, data: Any) -> None:
    Path(path).write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")


def write_rows(path: str, *rows: tuple[object, ...]) -> None:
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def lines_of(sheet: Worksheet) -> dict[int, dict[str, str]]:
    """What is filled in of a sheet, by row."""
    roles = [one.role for one in next(of for of in RETURN_LISTS if of.name == sheet.title).columns]
    return {
        row: {role: str(sheet.cell(row, n).value or "") for n, role in enumerate(roles, 1)}
        for row in range(HEAD_ROW + 1, sheet.max_row + 1)
    }


def fill(sheet: Worksheet, row: int, **cells: object) -> None:
    roles = [one.role for one in next(of for of in RETURN_LISTS if of.name == sheet.title).columns]
    for role, value in cells.items():
        sheet.cell(row, roles.index(role) + 1).value = value  # type: ignore[assignment]


def fill_in(path: Path, k: int, serials: Mapping[str, str]) -> None:
    """The workbook of a centre as it comes back: two centres' packets do not add up."""
    book = load_workbook(path)
    for row, line in lines_of(book["attendance"]).items():
        if line["candidate_id"]:
            came = line["candidate_id"] not in ABSENT
            more = (
                {"document": "บัตรประชาชน", "identity": "matched", "checked_by": f"กรรมการ {k}"}
                if came
                else {}
            )
            fill(book["attendance"], row, status="มา" if came else "ขาด", **more)
    people = [one["candidate_id"] for one in lines_of(book["attendance"]).values() if one["candidate_id"]]
    first = HEAD_ROW + 1
    for n in range(3 if k == 0 else 2):  # 25 in all
        said = {"time": f"9.{10 + n} น.", "room": "301", "kind": "ทุจริต" if n == 0 else "ไฟดับ"}
        who = next(one for one in people if one not in ABSENT)
        fill(
            book["incidents"],
            first + n,
            time=said["time"],
            room=said["room"],
            kind="misconduct" if n == 0 else "equipment",
            candidates=who if n == 0 else "",
            what="พบโพยใต้กระดาษคำตอบ" if n == 0 else "ไฟฟ้าดับห้านาที",
            done="ยึดไว้และให้สอบต่อ" if n == 0 else "รอจนไฟมา",
            reported_by=f"กรรมการ {k}",
        )
    for row, line in lines_of(book["accommodation"]).items():
        if line["candidate_id"]:
            fill(
                book["accommodation"], row, given=line["approved"], extra_minutes=30, given_by=f"กรรมการ {k}"
            )
    for row, line in lines_of(book["packets"]).items():
        if not line["packet"]:
            continue
        room = [n for n in range(N) if where(n) == (k, line["room"])]
        used = sum(number(n) not in ABSENT for n in room)
        left = [serials[who] for who in map(number, room) if who in ABSENT]
        seal = f"S{k:02}-{line['packet']}"
        fill(
            book["packets"],
            row,
            packed_at="2026-11-16 10:00", packed_by="สำนักงาน", seal=seal,
            received_at=f"{DAY} 08:10", received_by=f"หัวหน้า {k}",
            seal_at_receipt="S99" if k == 7 and line["room"] == "301" else seal,
            opened_at=f"{DAY} 08:50", opened_by=f"หัวหน้า {k}",
            used=used - 1 if k == 3 and line["room"] == "302" else used,
            unused=", ".join(left) if left else "-", void="-",
            returned_at=f"{DAY} 13:00", returned_by=f"หัวหน้า {k}", returned=len(room),
            returned_seal=f"R{k:02}-{line['packet']}",
        )  # fmt: skip
    for row, line in lines_of(book["declarations"]).items():
        if line["name"]:
            fill(book["declarations"], row, interest="-", day=DAY, signed="yes")
    book.save(path)


EXAM = Path("output/exam")
IDS = [number(n) for n in range(N)]
ABSENT = {IDS[n] for n in (7, 700, 1500, 2999)}
HELPED = IDS[40:80]


def prepare(run: Run) -> None:
    """The EXAM, its papers, the plan, and what centres get."""
    write("examgen.yaml", BODY)
    run.ok("site", "keys", "keys/body.pem", "--body", "The Example Institute")
    write_blueprint(Path("bp.yaml"), forms=2)
    run.ok("build", "bp.yaml", "--out", "output/exam")

    assert len(set(IDS)) == N
    rows = [(number(n), name(n), centre(where(n)[0]), where(n)[1]) for n in range(N)]
    write_rows("list.csv", ("candidate_id", "name", "centre", "room"), *rows)
    run.ok("render", EXAM, "--candidates", "list.csv")
    plan = {
        "date": DAY,
        "begins": "09:00",
        "ends": "11:00",
        "centres": [
            {
                "name": centre(k),
                "rooms": [{"name": room, "seats": 90, "invigilators": [f"กรรมการ {k}"]} for room in ROOMS],
            }
            for k in range(CENTRES)
        ],
        "accommodation": [
            {
                "candidate_id": who,
                "given": "เพิ่มเวลา",
                "extra_minutes": 30,
                "reason": "สายตา",
                "approved_by": "แพทย์",
            }
            for who in HELPED
        ],
    }
    write("sitting.yaml", plan)
    run.ok("take", EXAM, "sitting.yaml", "list.csv")
    run.ok("returns", EXAM, "--forms", "forms")


def hold(run: Run) -> None:
    """Answers, and what came back from twelve centres."""
    run.ok("simulate", EXAM, "--candidates", N, "--seed", 5, "--out", "all.csv")
    lines = Path("all.csv").read_text("utf-8-sig").splitlines()
    of = {line.split(",")[0]: line for line in lines[1:]}
    assert of.keys() == set(IDS)
    books = []
    serials = {row["candidate_id"]: row["serial"] for row in table(EXAM / "secure/candidates.csv")}
    for k in range(CENTRES):
        own = [of[IDS[n]] for n in range(N) if n % CENTRES == k and IDS[n] not in ABSENT]
        Path(f"answers-{k + 1:02}.csv").write_text("\n".join([lines[0], *own]) + "\n", "utf-8")
        books.append(next(Path("forms").glob(f"*/returns-{centre(k)}.xlsx")))
        fill_in(books[-1], k, serials)
    run.ok("take", EXAM, *sorted(Path().glob("answers-*.csv")))
    run.ok("take", EXAM, *books)
    assert run("score", EXAM).status in (0, 3)

    happened = run.json("returns", EXAM)
    assert [one["returned"] for one in happened["centres"]] == [len(ROOMS)] * CENTRES
    assert sum(one["incidents"] for one in happened["centres"]) == 25
    assert sum(one["accommodation"] for one in happened["centres"]) == 40
    assert sum(one["identified"] for one in happened["centres"]) == N - len(ABSENT)
    found = Counter((one["centre"], one["code"]) for one in happened["discrepancies"])
    assert found == {
        (centre(3), "packet-count"): 1,
        (centre(3), "used-not-present"): 1,
        (centre(7), "seal-at-receipt"): 1,
    }


def decide_all(run: Run) -> None:
    """Decisions on persons and the release, certificates of those who passed."""
    refs = [one["ref"] for one in run.json("returns", EXAM)["discrepancies"]]
    run.ok(
        "returns",
        EXAM,
        "--explain",
        refs[0],
        "--reason",
        "the seal was broken at the gate",
        "--by",
        "ศูนย์กลาง",
    )
    cheated = next(one for one in run.json("returns", EXAM)["incidents"] if one["kind"] == "misconduct")
    [who] = cheated["candidates"]
    name_of_it = f"{cheated['centre']} {cheated['number']}"
    run.ok("decide", EXAM, who, "--as", "disqualified", "--incident", name_of_it, *WORDS)
    assert run("score", EXAM).status == 3
    run.ok("decide", EXAM, "--all-open", "--as", "upheld", *WORDS)
    told = run.ok("release", EXAM, "--run", 2, *WORDS).out
    assert "2 " in told
    issued = run.json("certificate", "issue", EXAM, "--by", "คณะกรรมการรับรอง")
    assert len(issued["certificates"]) > 100


def afterwards(run: Run) -> None:
    """Three appeals, two complaints, a certificate withdrawn, a person's name removed."""
    people = {row["candidate_id"]: row for row in table(EXAM / "results/candidates.csv")}
    failed = sorted(
        (who for who, row in people.items() if row["decision"] == "fail"),
        key=lambda who: -float(people[who]["score"]),
    )
    keys = {(row["form"], row["question"]): row["key"] for row in table(EXAM / "secure/key.csv")}
    clerk = ("--by", "ธุรการ")
    # one point below the cut, and a light mark that was not read
    wins = failed[0]
    for who in failed[:3]:
        run.ok("case", "open", EXAM, "--as", "appeal", "--candidate", who, "--about", "ขอให้ตรวจใหม่", *clerk)
    run.ok("case", "open", EXAM, "--as", "complaint", "--from", "ผู้ปกครอง", "--about", "ห้องร้อน", *clerk)
    run.ok("case", "open", EXAM, "--as", "complaint", "--candidate", failed[9], "--about", "เสียงดัง", *clerk)
    for no, who in zip(("A1", "A2", "A3"), failed, strict=False):
        n = IDS.index(who)
        file = f"answers-{n % CENTRES + 1:02}.csv"
        line, row = next(
            (line, row) for line, row in enumerate(table(Path(file)), 2) if row["candidate_id"] == who
        )
        read = {name: row[name] or "-" for name in row if name.startswith("Q")}
        if no == "A1":
            wrong = next(name for name in read if read[name] != keys[row["form"], name[1:]])
            read[wrong] = keys[row["form"], wrong[1:]]
            decided = (file, line, wrong[1:], read[wrong], "case A1: read again", "คณะตรวจซ้ำ", "2026-11-22")
            write_rows("marks.csv", ("file", "line", "question", "answer", "reason", "by", "date"), decided)
        write_rows("read.csv", ("question", "answer"), *((name[1:], read[name]) for name in read))
        run.ok("case", "open", EXAM, no, "--answers", "read.csv", "--by", "ผู้อ่านที่สอง", "--from-paper")
        outcome = "allowed" if no == "A1" else "dismissed"
        run.ok("case", "decide", EXAM, no, "--as", outcome, "--reason", "ตามมติ", "--by", "กรรมการอุทธรณ์")
    run.ok("take", EXAM, "marks.csv")
    assert run("score", EXAM).status == 3
    run.ok("release", EXAM, "--run", 3, *WORDS[:4], "--open-looks", "the committee has seen all of them")
    now = {row["candidate_id"]: row["decision"] for row in table(EXAM / "results/candidates.csv")}
    assert (people[wins]["decision"], now[wins]) == ("fail", "pass")
    assert sum(now[who] != people[who]["decision"] for who in people) == 1
    for no in ("A1", "A2", "A3"):
        run.ok("case", "decide", EXAM, no, "--letter", f"{no}.pdf", *clerk)
    today = date.today().isoformat()
    run.ok("certificate", "issue", EXAM, wins, "--by", "คณะกรรมการรับรอง", "--from", today)
    for no in ("C1", "C2"):
        run.ok("case", "decide", EXAM, no, "--as", "dismissed", "--reason", "ตามมติ", "--by", "ผู้อำนวยการ")
        run.ok("case", "decide", EXAM, no, "--letter", f"{no}.pdf", *clerk)
    assert {one["number"]: one["status"] for one in run.json("case", "show", EXAM)["cases"]} == dict.fromkeys(
        ("A1", "A2", "A3", "C1", "C2"), "closed"
    )
    first = run.json("certificate", "list")["certificates"][0]["number"]
    run.ok(
        "certificate",
        "change",
        first,
        "--as",
        "withdrawn",
        "--reason",
        "ครั้งที่ 10/2569",
        "--by",
        "คณะกรรมการรับรอง",
    )

    run.ok("report", EXAM, "--kind", "cohort", "--kind", "committee", "--kind", "technical")
    run.ok("verify", EXAM)
    before = run.json("analyse", "exam", EXAM)
    run.ok("person", "remove", failed[20], "--by", "เจ้าหน้าที่คุ้มครองข้อมูล", "--reason", "คำขอที่ 1/2569")
    assert run.json("analyse", "exam", EXAM) == before, "statistics are the same"
    run.ok("verify", EXAM)


def show(run: Run) -> None:
    """The accreditation file."""
    run.ok("dossier", EXAM, "--sign", "keys/body.pem", "--out", "full.zip")
    run.ok("verify-report", "full.zip", "--key", "keys/body.public.json")
    run.ok("verify", EXAM)


@pytest.mark.long("3,000 people with their papers; each list, case and removal is tried on a few elsewhere")
def test_a_whole_sitting(workspace: Path, run: Run) -> None:
    prepare(run)
    hold(run)
    decide_all(run)
    afterwards(run)
    show(run)
