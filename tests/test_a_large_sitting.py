"""A sitting of 3,000 at twelve centres, from its plan to the second release: nobody is lost or told otherwise."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.commands.conftest import Run, run, workspace, write_blueprint
from tests.sittings import releases_of, table

__all__ = ["run", "workspace"]
N, CENTRES = 3000, 12
ROOMS = ("301", "302", "ห้องประชุม")
WORDS = ("--by", "คณะกรรมการ", "--reason", "ครั้งที่ 9/2569", "--date", "2026-11-21")


def where(n: int) -> tuple[str, str]:
    return f"ศูนย์สอบ {n % CENTRES + 1}", ROOMS[n // CENTRES % len(ROOMS)]


@pytest.mark.long("3,000 people; each of its decisions is tried on twelve in tests/commands")
def test_a_large_sitting(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", forms=2)
    run.ok("build", "bp.yaml", "--out", "exam")
    exam = Path("exam")
    run.ok("simulate", exam, "--candidates", N, "--seed", 5, "--out", "all.csv")
    lines = Path("all.csv").read_text("utf-8-sig").splitlines()
    ids = [line.split(",")[0] for line in lines[1:]]

    plan = {
        "date": "2026-11-18",
        "centres": [
            {"name": f"ศูนย์สอบ {k + 1}", "rooms": [{"name": room, "seats": 90} for room in ROOMS]}
            for k in range(CENTRES)
        ],
    }
    Path("sitting.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True), "utf-8")
    absent = {ids[n] for n in (7, 1500, 2999)}
    with open("roster.csv", "w", encoding="utf-8", newline="") as file:
        rows = [(who, *where(n), "absent" if who in absent else "present") for n, who in enumerate(ids)]
        csv.writer(file).writerows([("candidate_id", "centre", "room", "status"), *rows])
    files = []
    for k in range(CENTRES):  # a file for each centre, one of them late
        own = [line for n, line in enumerate(lines[1:]) if n % CENTRES == k and ids[n] not in absent]
        files.append(Path(f"centre-{k + 1:02}.csv"))
        files[-1].write_text("\n".join([lines[0], *own]) + "\n", "utf-8")
    run.ok("take", exam, "sitting.yaml", "roster.csv", *files[:-1])
    assert run("score", exam).status in (0, 3)
    run.ok("take", exam, files[-1])
    run.ok("score", exam)
    scored = {row["candidate_id"]: row for row in table(exam / "results/candidates.csv")}
    assert scored.keys() == set(ids) - absent

    run.ok("decide", exam, ids[7], "--as", "excused", *WORDS)
    withheld = ids[10:13]
    run.ok("decide", exam, *withheld, "--as", "withheld", *WORDS)
    near = [who for who in run.json("decide", exam)["open_second_looks"] if who not in withheld]
    run.ok("decide", exam, *near[:-2], "--as", "upheld", *WORDS)
    assert run("score", exam).status == 3
    refused = run.refused("release", exam, "--run", 3, *WORDS)
    assert "2 second looks are open" in refused
    assert all(who in refused for who in near[-2:])
    run.ok("release", exam, "--run", 3, *WORDS, "--open-looks", "both sheets are at the centre")
    said = releases_of(exam)[0]["details"]["second_looks"]
    assert said == {
        "marked": len(near), "upheld": len(near) - 2, "changed": 0, "open": 2,
        "reason": "both sheets are at the centre",
    }  # fmt: skip

    run.ok("decide", exam, ids[20], "--as", "disqualified", *WORDS)
    run.ok("decide", exam, withheld[0], "--as", "restored", *WORDS)
    assert run("score", exam).status == 3
    # who was withheld and has a result again may be near the cut, too
    again = run.json("decide", exam)["open_second_looks"]
    run.ok("decide", exam, *again, "--as", "upheld", *WORDS)
    told = run.ok("release", exam, "--run", 4, *WORDS).out
    assert f"{ids[20]} has no result now" in told
    assert "3 candidates have no result because of recorded decisions" in told
    now = {row["candidate_id"]: row for row in table(exam / "results/candidates.csv")}
    without = {ids[20], *withheld[1:]}
    assert now.keys() == set(ids) - absent - without
    assert all(now[who] == scored[who] for who in now), "no decision on a person moves a result"

    rooms = [row for row in table(exam / "results/ledger.csv") if row["by"] == "room"]
    assert len(rooms) == CENTRES * len(ROOMS), "rooms of one name are rooms of their centres"
    assert sum(int(row["registered"]) for row in rooms) == N
    sat = Counter(where(n) for n, who in enumerate(ids) if who not in absent | without)
    run.ok("report", exam, "--kind", "centre", "--kind", "committee", "--no-pdf", "--lang", "en")
    place = exam / "reports/run-0004"
    centres = {row["centre"]: int(row["candidates"]) for row in table(place / "centre/centres.csv")}
    expected: Counter[str] = Counter()
    for (centre, _), n in sat.items():
        expected[centre] += n
    assert centres == expected
    aside = {row["candidate_id"]: row["what"] for row in table(place / "committee/no_result.csv")}
    assert aside[ids[7]] == "excused"
    decisions = Counter(row["decision"] for row in table(place / "committee/persons.csv"))
    assert decisions == {
        "excused": 1, "withheld": 3, "upheld": len(near) - 2 + len(again), "disqualified": 1, "restored": 1,
    }  # fmt: skip
    run.ok("verify", exam)

    for path, old, new in (
        (exam / "sitting/record.jsonl", "excused", "waived"),
        (exam / "sitting/sitting.yaml", "2026-11-18", "2026-11-19"),
        (exam / "sitting/answers/centre-12.csv", ids[11], ids[12]),
        (exam / "sitting/record.jsonl", "both sheets", "all sheets"),
        (exam / "results/runs/0004/candidates.csv", ids[21], ids[22]),
    ):
        data = path.read_bytes()
        assert old.encode() in data
        path.chmod(0o600)
        path.write_bytes(data.replace(old.encode(), new.encode(), 1))
        assert run("verify", exam).status == 1, path
        path.write_bytes(data)
    run.ok("verify", exam)
