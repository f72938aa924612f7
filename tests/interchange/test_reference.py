"""Files that other people's programs wrote: what is read of them is what their expected readings say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from examgen.core.problems import Refused
from examgen.interchange import formats
from tests.interchange.expected import REFERENCE, differences, expected_of

EXPECTED = sorted(
    path for path in REFERENCE.glob("*/*.expected.json") if path.parent.name not in ("qti12", "rexams")
)
ALL = sorted(
    path
    for path in REFERENCE.glob("*/*")
    if path.is_file()
    and path.parent.name not in ("schemas", "docx", "qti12", "rexams")
    and not path.name.endswith(".json")
)
NO_QUESTIONS = {"nops_eval.csv", "nops_registration.csv", "nops_scan_20170810004404.zip"}


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.name.removesuffix(".expected.json"))
def test_a_file_is_read_as_is_expected(path: Path) -> None:
    file = path.with_name(path.name.removesuffix(".expected.json"))
    expected = expected_of(file)
    read = formats.read(file.read_bytes(), file.name).as_dict()
    assert differences(read, expected) == []
    assert read["format"] == file.parent.name


@pytest.mark.parametrize("path", ALL, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_question_is_read_or_named_and_nothing_falls_over(path: Path) -> None:
    if path.name in NO_QUESTIONS or path.name == "tao_InvalidArchive.zip":
        with pytest.raises(Refused) as refused:
            formats.read(path.read_bytes(), path.name)
        assert refused.value.problems
        return
    read = formats.read(path.read_bytes(), path.name).as_dict()
    json.dumps(read)
    assert read["items"] or read["set_aside"]
    for item in read["items"]:
        assert set(item["right"]) <= set(range(len(item["options"])))
        assert len(item["feedback"]) == len(item["options"])
        assert item["right"] or item["warnings"]
    for one in read["set_aside"]:
        assert all(one[field] for field in ("source", "kind", "reason"))
