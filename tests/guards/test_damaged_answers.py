"""Answer files as centres sent them: read as was written down by hand, or refused; nothing lost, nothing misread."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from tests.guards.answer_files import Scored, exam_of_two_forms, score, tried
from tests.guards.commands import Examgen

CORPUS = Path(__file__).parents[1] / "data" / "damaged"
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load((CORPUS / "expected.yaml").read_text("utf-8"))
ANYHOW = ("--unreadable", "aside")
"""Rows of which most is not understood are quarantined, however many a file has."""
LATE = "header-of-other-columns.csv"
"""Found out only when its rows are read: refused by itself."""


@pytest.fixture(scope="module")
def exam(examgen: Examgen, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forms A and B, four questions of four options each."""
    return exam_of_two_forms(examgen, tmp_path_factory.mktemp("damaged"))


def test_every_file_of_the_corpus_is_expected_to_be_something() -> None:
    assert {name for case in EXPECTED for name in case.split()} == {
        path.name for path in CORPUS.iterdir() if path.is_file() and path.name != "expected.yaml"
    }


def test_the_corpus_reads_as_was_written_down_by_hand(examgen: Examgen, exam: Path) -> None:
    wrong = {}
    for case, said in EXPECTED.items():
        if "rows" in said:
            found = score(examgen, exam, [CORPUS / name for name in case.split()], *ANYHOW)
            aside = [f"{row.line} {row.reason}" for row in found.aside]
            got = [found.read, found.repeats, found.lines, aside]
            if got != [said["rows"], said.get("repeats", 0), said.get("scored", []), said.get("aside", [])]:
                wrong[case] = got
    assert not wrong


def refusals(examgen: Examgen, exam: Path, *files: Path) -> dict[str, str]:
    """The code for each file of a refused scoring, which writes nothing."""
    out = exam.parent / "refused"
    ran = examgen("score", exam, *files, "--out", out, "--json", *ANYHOW, cwd=exam.parent, status=1)
    assert not out.exists()
    return {Path(one["source"].split(":")[0]).name: one["code"] for one in ran.json["problems"]}


def test_what_is_no_answer_file_is_refused_and_every_file_is_named(examgen: Examgen, exam: Path) -> None:
    refused = {
        case: said["refused"] for case, said in EXPECTED.items() if "refused" in said and " " not in case
    }
    late = {LATE: refused.pop(LATE)}
    assert len(refused) > 40
    assert refusals(examgen, exam, CORPUS / "utf8.csv", *(CORPUS / name for name in refused)) == refused
    assert refusals(examgen, exam, CORPUS / "utf8.csv", CORPUS / LATE) == late


# ── bytes damaged at random ──────────────────────────────────────────────────────────────────

WIDE = "candidate_id,form,Q1,Q2,Q3,Q4,ชื่อ\n" + "".join(
    f"{i:04d},{'AB'[i % 2]},{','.join('ABCDกข'[(i + k) % 6] for k in range(4))},สมชาย {i}\n"
    for i in range(30)
)
STRINGS = "candidate_id;form;answers\n" + "".join(
    f"{i:04d};A;{'ABCD'[i % 4 :]}{'DCBA'[: i % 4]}\n" for i in range(30)
)


def damaged(random: Random, data: bytes) -> bytes:
    """Bytes with up to six faults."""
    out = bytearray(data)
    for _ in range(random.randint(1, 6)):
        place, byte = (
            random.randrange(len(out)),
            random.choice([random.randrange(256), *b'",;\t|\n\r\0\xe0\xff']),
        )
        kind = random.choice(["set", "insert", "delete", "cut", "double"])
        if kind == "set":
            out[place] = byte
        elif kind == "insert":
            out.insert(place, byte)
        elif kind == "double":
            out[place:place] = out[place : place + byte]
        else:
            del out[place : place + (1 if kind == "delete" else byte)]
    return bytes(out)


def lines_seen(found: Scored, places: dict[str, int]) -> set[int]:
    """The lines that are scored or quarantined."""
    seen = set(places.values())
    for row in found.aside:
        seen |= set(range(row.line, row.line + row.raw.count("\n") + 1))
    return seen


def test_no_line_is_lost_and_no_untouched_line_misread(examgen: Examgen, exam: Path, tmp_path: Path) -> None:
    n_read = 0
    for seed in range(24):
        random = Random(seed)
        head, body = random.choice([WIDE, STRINGS]).encode().split(b"\n", 1)
        path = tmp_path / f"{seed}.csv"
        path.write_bytes(head + b"\n" + damaged(random, body))
        found = tried(examgen, exam, [path], *ANYHOW)
        if found is None:  # refused as a whole, so nothing is misread
            continue
        n_read += 1
        text = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = text.split(b"\n")
        seen = lines_seen(found, found.places)
        lost = [n for n, line in enumerate(lines, 1) if n > 1 and line.strip(b" ,;\t\x1a") and n not in seen]
        assert len(lost) <= found.repeats + sum(row.get("ชื่อ", "").count("\n") for row in found.candidates), (
            seed
        )
        whole = dict(zip(body.split(b"\n"), truth(body.decode()), strict=False))
        for who, line in found.places.items():
            if lines[line - 1] in whole:
                assert (who, *found.marks[who]) == whole[lines[line - 1]], seed
    assert n_read >= 12


def truth(body: str) -> list[tuple[str, str, str]]:
    """Candidate, form and marks of each undamaged line."""
    latin = str.maketrans("กข", "AB")
    rows = [line.replace(";", ",").split(",") for line in body.splitlines()]
    return [(row[0], row[1], "".join(row[2:6] if len(row) > 3 else row[2]).translate(latin)) for row in rows]


def test_random_bytes_are_refused_or_accounted_for(examgen: Examgen, exam: Path, tmp_path: Path) -> None:
    ended = []
    for seed in range(16):
        data = Random(seed).randbytes(300)
        if seed % 2:
            data = b"candidate_id,form,answers\n" + bytes(byte for byte in data if byte >= 9)
        path = tmp_path / f"{seed}.csv"
        path.write_bytes(data)
        found = tried(examgen, exam, [path], *ANYHOW)
        ended.append(found is not None)
        assert found is None or not found.marks
    assert {*ended} == {True, False}
