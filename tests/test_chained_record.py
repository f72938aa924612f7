"""A record of sealed lines, each of which names the one before: read as it was written, or not at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from examgen.core.problems import Refused
from examgen.scoring.sitting_record import RECORD, SittingAct, read_acts

GOLDEN = Path(__file__).parent / "data" / "records" / "sitting-record.jsonl"
"""A record of a sitting as it was written before the register had one of the same kind."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    shutil.copyfile(GOLDEN, tmp_path / RECORD)
    return tmp_path


def test_an_old_record_is_read_and_would_be_written_as_it_is(place: Path) -> None:
    acts = read_acts(place)
    assert [one.act for one in acts] == ["taken", "replaced", "upheld", "waived", "taken"]
    assert b"".join(one.line for one in acts) == GOLDEN.read_bytes()
    assert SittingAct(**acts[2]._asdict()).line == GOLDEN.read_bytes().splitlines(keepends=True)[2]


def lines(place: Path) -> list[bytes]:
    return (place / RECORD).read_bytes().splitlines(keepends=True)


def refused(place: Path, changed: list[bytes]) -> str:
    """The line that is named."""
    (place / RECORD).write_bytes(b"".join(changed))
    with pytest.raises(Refused) as told:
        read_acts(place)
    (problem,) = told.value.problems
    assert problem.code == "record-changed"
    return problem.source


def test_a_line_that_was_touched_is_named(place: Path) -> None:
    old = lines(place)
    assert refused(place, [old[0], old[1].replace(b"5121", b"5122"), *old[2:]]) == "record.jsonl:2"
    assert refused(place, [old[0], old[0], *old[1:]]) == "record.jsonl:2"
    assert refused(place, [old[0], *old[2:]]) == "record.jsonl:2"
    assert refused(place, old[1:]) == "record.jsonl:1"
    assert refused(place, [*old[:4], old[4][:-1]]) == "record.jsonl:5"
    assert refused(place, [*old[:4], old[4][:40]]) == "record.jsonl:5"
    assert refused(place, [*old, b"\n"]) == "record.jsonl:6"
    assert refused(place, [b"[]\n", *old[1:]]) == "record.jsonl:1"
    assert refused(place, [b"\xff\xfe\n", *old[1:]]) == "record.jsonl:1"
    spaced = json.dumps(json.loads(old[2]), ensure_ascii=False, indent=None, separators=(",", ":"))
    assert refused(place, [*old[:2], spaced.encode() + b"\n", *old[3:]]) == "record.jsonl:3"
    sealed = {**json.loads(old[2]), "more": 1}
    assert refused(place, [*old[:2], json.dumps(sealed).encode() + b"\n", *old[3:]]) == "record.jsonl:3"
