"""What is found where somebody touches a record: every line of it cut off, changed, added, moved, taken from a copy.

A record is touched on the files, without examgen, and `verify` is asked with the fingerprints of some acts in the
minutes, of all, or without any. The tables below name what is found of each; the tests compute them. What is not
found without minutes is what nothing else knows: acts behind the last one that a run, a report or a certificate names.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.guards.commands import Examgen
from tests.guards.test_tampering import BLUEPRINT

BY = ("--by", "ก", "--reason", "r")
DAY = ("--date", "2026-11-21")
RECORD, REGISTER = "output/X/sitting/record.jsonl", "register/certificates.jsonl"
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("build", "bp.yaml"),
    ("simulate", "output/X", "--candidates", "20", "--seed", "1", "--out", "answers.csv"),
    ("take", "output/X", "answers.csv", "roster.csv", "--by", "ก"),
    ("decide", "output/X", "SYN-00003", "--as", "disqualified", *BY, *DAY),
    ("score", "output/X"),
    ("release", "output/X", "--run", "1", *BY, *DAY, "--open-looks", "x"),
    ("case", "open", "output/X", "--as", "complaint", "--from", "Y", "--about", "hot", "--by", "ข"),
    ("certificate", "issue", "output/X", "--by", "ก", "--until", "2030-01-01"),
    ("case", "decide", "output/X", "C1", "--as", "dismissed", "--reason", "r", "--by", "ค"),
    ("decide", "output/X", "SYN-00004", "--as", "withheld", *BY, *DAY),
    ("certificate", "change", "{first}", "--as", "suspended", *BY),
    ("certificate", "change", "{first}", "--as", "withdrawn", *BY),
)
"""A sitting to the end; {first} is the number of the first certificate."""


class Kept(NamedTuple):
    """A workspace after the last command, and what each act printed for the minutes."""

    workspace: Path
    minutes: list[str]

    def lines(self, record: str) -> list[bytes]:
        """The lines of a record."""
        return (self.workspace / record).read_bytes().splitlines(keepends=True)

    def fingerprints(self, record: str) -> list[str]:
        """By act, its fingerprint, computed without examgen and written as somebody may write it."""
        return [" ".join(digest_of(line)[:16]).upper() for line in self.lines(record)]


def digest_of(line: bytes) -> str:
    """The digest of an act: of all that its line says before it."""
    said = json.loads(line)
    digest = str(said.pop("digest"))
    assert digest == hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
    return digest


@pytest.fixture(scope="module")
def kept(examgen: Examgen, starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    place = Path(shutil.copytree(starter, tmp_path_factory.mktemp("record") / "workspace"))
    (place / "bp.yaml").write_text(BLUEPRINT, "utf-8")
    people = "".join(f"SYN-{n:05},ผู้สมัคร {n},1\n" for n in range(1, 21))
    (place / "roster.csv").write_text("candidate_id,name,room\n" + people, "utf-8")
    minutes, first = [], ""
    for words in COMMANDS:
        command = [word.format(first=first) for word in words]
        asked = [] if command[0] == "simulate" else ["--json"]
        ran = examgen(*command, *asked, cwd=place, status=None)
        assert ran.status in (0, 3), (command, ran)
        said = ran.json if asked else {}
        first = first or next(iter(said.get("certificates", [{}])), {}).get("number", "")
        if told := said.get("act", {}).get("fingerprint") or (
            command[0] == "release" and said["fingerprint"]
        ):
            minutes.append(told)
    return Kept(place, minutes)


def found(examgen: Examgen, kept: Kept, folder: Path, record: str, data: bytes, *minutes: str) -> bool:
    """Whether `verify` finds that a record has other bytes."""
    place = folder / "workspace"
    if not place.exists():
        shutil.copytree(kept.workspace, place)
    (place / record).write_bytes(data)
    words = [word for one in minutes for word in ("--fingerprint", one)]
    ran = examgen("verify", "output/X", *words, "--json", cwd=place, status=None)
    assert ran.status in (0, 1)
    (place / record).write_bytes((kept.workspace / record).read_bytes())
    return ran.status == 1


def changed(line: bytes) -> bytes:
    """A line by somebody else."""
    said = json.loads(line)
    return json.dumps({**said, "by": "somebody else"}, ensure_ascii=False).encode() + b"\n"


def rechained(lines: Sequence[bytes]) -> list[bytes]:
    """Lines with numbers and digests that follow each other, as examgen writes them."""
    made: list[bytes] = []
    for n, line in enumerate(lines, 1):
        said = {**json.loads(line), "n": n, "before": digest_of(made[-1]) if made else ""}
        del said["digest"]
        digest = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
        made.append(json.dumps({**said, "digest": digest}, ensure_ascii=False).encode() + b"\n")
    return made


Edit = Callable[[list[bytes], int], list[bytes]]
EDITS: dict[str, Edit] = {
    "cut off from here": lambda lines, n: lines[:n],
    "taken out": lambda lines, n: [*lines[:n], *lines[n + 1 :]],
    "changed": lambda lines, n: [*lines[:n], changed(lines[n]), *lines[n + 1 :]],
    "twice": lambda lines, n: [*lines[: n + 1], lines[n], *lines[n + 1 :]],
    "added, chained": lambda lines, n: [*lines[: n + 1], rechained([*lines[: n + 1], lines[n]])[-1], *lines[n + 1 :]],
    "with the next exchanged": lambda lines, n: [*lines[:n], *lines[n + 1 : n + 2], lines[n], *lines[n + 2 :]],
    "without its end": lambda lines, n: [*lines[:n], lines[n][:-1], *lines[n + 1 :]],
    "taken out, all written anew": lambda lines, n: rechained([*lines[:n], *lines[n + 1 :]]),
    "changed, all written anew": lambda lines, n: rechained([*lines[:n], changed(lines[n]), *lines[n + 1 :]]),
}  # fmt: skip


def edits(kept: Kept, record: str) -> Iterator[tuple[str, int, bytes]]:
    """Every edit of every line that makes another record, and from which act on it differs."""
    lines = kept.lines(record)
    for name, edit in EDITS.items():
        for n in range(len(lines)):
            data = b"".join(edit(lines, n))
            if data != b"".join(lines):
                yield name, n, data


LAST, LAST_OF_REGISTER = [6], [7]
NOT_FOUND: dict[str, dict[str, list[int]]] = {
    RECORD: {
        "cut off from here": [5, 6],
        "taken out": LAST,
        "added, chained": LAST,
        "without its end": LAST,
        "taken out, all written anew": [5, 6],
        "changed, all written anew": [5, 6],
    },
    REGISTER: {
        "cut off from here": [*range(8)],
        "taken out": LAST_OF_REGISTER,
        "added, chained": LAST_OF_REGISTER,
        "without its end": LAST_OF_REGISTER,
        "taken out, all written anew": [*range(1, 8)],
        "changed, all written anew": [*range(8)],
    },
}
"""What no file tells. Acts of the record: 0 and 1 are files, 2 a decision on which run 1 rests, 3 the release, 4 a case,
which the certificates name; 5 and 6 came after they were issued. No file of the package names an act of the register:
what was cut off it, or written anew, the minutes tell, and on a site its own record."""


def not_found(examgen: Examgen, kept: Kept, folder: Path, record: str, *minutes: str) -> dict[str, list[int]]:
    """By edit, the lines at which it passes `verify`."""
    passed: dict[str, list[int]] = {}
    for name, n, data in edits(kept, record):
        if not found(examgen, kept, folder, record, data, *minutes):
            passed.setdefault(name, []).append(n)
    return passed


@pytest.mark.parametrize("record", [RECORD, REGISTER])
def test_what_is_not_found_without_minutes_is_what_nothing_names(
    examgen: Examgen, kept: Kept, tmp_path: Path, record: str
) -> None:
    assert not_found(examgen, kept, tmp_path, record) == NOT_FOUND[record]


@pytest.mark.parametrize("record", [RECORD, REGISTER])
def test_everything_is_found_with_the_last_fingerprint_in_the_minutes(
    examgen: Examgen, kept: Kept, tmp_path: Path, record: str
) -> None:
    """It binds all before it, even where all that follows is written anew with its digests."""
    lines, last = kept.lines(record), kept.fingerprints(record)[-1]
    assert not found(examgen, kept, tmp_path, record, b"".join(lines), *kept.fingerprints(record))
    for name, at in NOT_FOUND[record].items():
        for n in at:
            data = b"".join(EDITS[name](lines, n))
            # one act more behind the last can be put there by whoever can write there, and is there to be read
            is_more = (name, n) == ("added, chained", len(lines) - 1)
            assert found(examgen, kept, tmp_path, record, data, last) != is_more, (name, n)


def test_every_act_prints_its_fingerprint(examgen: Examgen, kept: Kept) -> None:
    own = [digest_of(line) for name in (RECORD, REGISTER) for line in kept.lines(name)]
    plain = [one.replace(" ", "") for one in kept.minutes]
    assert len(plain) == len(COMMANDS) - 3, "all but build, simulate and score put an act on record"
    assert all(len(one) == 16 and any(digest.startswith(one) for digest in own) for one in plain)
    said = examgen("verify", "output/X", "--fingerprint", kept.minutes[1], cwd=kept.workspace).out
    assert "disqualified SYN-00003" in said


def test_the_end_of_a_line_that_was_not_written_never_happened(
    examgen: Examgen, kept: Kept, tmp_path: Path
) -> None:
    place = Path(shutil.copytree(kept.workspace, tmp_path / "workspace"))
    with (place / RECORD).open("ab") as file:
        file.write(b'{"n": 9, "before": "ab')
    examgen("verify", "output/X", cwd=place)
    examgen("decide", "output/X", "SYN-00005", "--as", "withheld", *BY, *DAY, cwd=place)
    lines = (place / RECORD).read_bytes().splitlines(keepends=True)
    assert lines[:-1] == kept.lines(RECORD)
    assert json.loads(lines[-1])["before"] == digest_of(lines[-2])


def test_older_copies_of_both_records_are_found_by_the_minutes_alone(
    examgen: Examgen, kept: Kept, tmp_path: Path
) -> None:
    place = Path(shutil.copytree(kept.workspace, tmp_path / "workspace"))
    last = kept.fingerprints(RECORD)[-1]
    (place / RECORD).write_bytes(b"".join(kept.lines(RECORD)[:4]))
    (place / REGISTER).unlink()
    shutil.rmtree(place / "output/X/sitting/cases", ignore_errors=True)
    examgen("verify", "output/X", cwd=place)
    ran = examgen("verify", "output/X", "--fingerprint", last, "--json", cwd=place, status=1)
    assert {one["code"] for one in ran.json["problems"]} == {"fingerprint-differs"}
