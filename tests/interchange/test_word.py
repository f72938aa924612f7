"""Word documents and plain text as people write them: every question, every option, no key that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from examgen.interchange import formats
from tests.interchange.documents import DOCUMENTS, Written


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("written", DOCUMENTS, ids=lambda one: one.__name__)
def test_a_document_is_read_as_its_writer_meant(written: Callable[[], Written]) -> None:
    data, expected = written()
    read = formats.read(data, "questions.docx")
    assert read.format == "docx"
    assert [_bare(one.stem.plain) for one in read.questions] == [_bare(one.stem) for one in expected]
    for question, meant in zip(read.questions, expected, strict=True):
        assert [_bare(one.text.plain) for one in question.choices] == [_bare(one) for one in meant.options]
        assert question.right == (meant.right or ())
        assert meant.right or any("key" in one for one in question.warnings)


def test_what_has_no_options_is_named() -> None:
    read = formats.read(
        next(one for one in DOCUMENTS if one.__name__ == "essay_questions_between")()[0], "x.docx"
    )
    assert [one.name[0] for one in read.set_aside] == ["4", "5"]
