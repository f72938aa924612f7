"""The damage corpus: what centres send, read as expected.yaml says by hand, or refused; nothing lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from examgen.capture import LIMITS, AnswerLayout, Limits, parts_at, parts_of, read_answers, read_part, recognise
from examgen.problems import Refused
from examgen.responses import SetAside

CORPUS = Path(__file__).parents[1] / "data" / "damaged"
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load((CORPUS / "expected.yaml").read_text("utf-8"))
LAYOUT = AnswerLayout({"A": (4,) * 4, "B": (4,) * 4})
READABLE = [name for name, said in EXPECTED.items() if "rows" in said]
REFUSED = [name for name, said in EXPECTED.items() if "refused" in said]
OTHER_FILE = {"candidate_in_two_files": "conflicting_rows"}
"""What is not told apart where all files are in memory."""


def files_of(case: str) -> list[Path]:
    return [CORPUS / name for name in case.split()]


def letters(marks: bytes) -> str:
    """Marks as expected.yaml writes them."""
    return "".join(map(written, marks))


def written(mark: int) -> str:
    if mark == 0x80:
        return "*"
    several = "".join(letter for k, letter in enumerate("ABCD") if mark & 1 << k)
    return several if len(several) == 1 else f"({several})" if several else "-"


def test_every_file_of_the_corpus_is_expected_to_be_something() -> None:
    there = {path.name for path in CORPUS.iterdir() if path.name not in ("make.py", "expected.yaml", "__pycache__")}
    assert there == {name for case in EXPECTED for name in case.split()}
    assert len(there) >= 60


@pytest.mark.parametrize("case", READABLE)
def test_rows_are_scored_or_set_aside_for_the_right_reason(case: str) -> None:
    said = EXPECTED[case]
    found = read_answers([(path.name, path.read_bytes()) for path in files_of(case)], LAYOUT)
    columns = (found.rows["candidate_id"], found.rows["form"], found.marks)
    scored = [f"{who} {form} {letters(marks.tobytes())}" for who, form, marks in zip(*columns, strict=True)]
    aside = [f"{line} {reason}" for line, reason in found.quarantine.select("line", "reason").rows()]
    expected = [OTHER_FILE.get(line.split()[1], "") and f"{line.split()[0]} conflicting_rows" or line
                for line in said.get("aside", [])]  # fmt: skip
    assert aside == expected
    assert scored == said.get("scored", [])
    assert found.identical_repeats == said.get("repeats", 0)
    assert found.rows_read == said["rows"]
    if "said" in said:
        assert [file.structure for file in found.files] == [said["said"]]


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused(case: str) -> None:
    said = EXPECTED[case]
    with pytest.raises(Refused) as caught:
        read_answers([(path.name, path.read_bytes()) for path in files_of(case)], LAYOUT)
    assert [problem.code for problem in caught.value.problems] == [said["refused"], *said.get("also", [])]
    assert all(len(problem.message) > 20 for problem in caught.value.problems)
