"""Banks as exercises of R/exams and back: to the character, the byte; and no text of theirs is code of R."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.interchange import formats, markup, rexams
from examgen.interchange.questions import Question
from examgen.interchange.writing import WrittenItem
from tests.effort import examples
from tests.interchange.test_word_documents import RICH, SVG, item_of, picture

RUNS = re.compile(r"`r[ #]|^[ \t]*```+ *\{(?!r, echo = FALSE, results = 'hide'\}$)", re.MULTILINE)
"""What knitr would run, but for the chunk that fetches pictures."""


def _written(sent: WrittenItem) -> tuple[str, Question]:
    data = rexams.write([sent], "X")
    [name] = [one for one in zipfile.ZipFile(io.BytesIO(data)).namelist() if one.endswith(".Rmd")]
    read = formats.read(data, "bank.zip")
    assert read.format == "rexams"
    [question] = read.questions
    return zipfile.ZipFile(io.BytesIO(data)).read(name).decode(), question


def test_all_that_a_text_may_hold_comes_back() -> None:
    pictures = {"p.png": picture("PNG"), "d.svg": SVG, "w.webp": picture("WEBP")}
    item = item_of(RICH, ("**หนา**", "1. เลข $x^2$", "* ดาว\nอีกบรรทัด", "![q](p.png)"), (1, 2))
    text, question = _written(WrittenItem(item, None, pictures))
    held = {one.name: one.data for one in question.pictures}
    assert sorted(filter(None, held.values())) == sorted(pictures.values())
    stem = question.stem.markdown
    for name, data in held.items():
        stem = stem.replace(name, next(one for one, kept in pictures.items() if kept == data))
    assert "$$\\sum_{i=1}^{n} i^2 = \\frac{n(n+1)}{2}$$" in stem
    assert "| **หนา** | 1,000 |" in stem
    assert "- หนึ่ง $x^2$\n- สอง **หนา**" in stem
    assert stem.endswith("![รูป](p.png) ![แผน](d.svg) ![w](w.webp)\nบรรทัดที่สอง $x^{2}$ 1. จุด")
    assert question.kind == "multiple"
    assert question.right == (1, 2)
    assert question.choices[2].text.markdown == "* ดาว\nอีกบรรทัด"
    assert [one.feedback and one.feedback.markdown for one in question.choices] == list(
        item.rationale.values()
    )
    assert question.feedback is not None
    assert question.feedback.markdown == item.reference
    assert question.category == "X/X.01"
    assert text.count("include_supplement") == 3


WORDS = st.text(st.sampled_from("กข่าำ ab1.-*_`$[]()!&<>|#\\\n+=:~^@'\"%{}r"), min_size=1, max_size=30).filter(
    lambda text: bool(markup.from_plain(text, "lines").plain)
)


@settings(max_examples=examples(120))
@given(WORDS, WORDS, WORDS)
def test_any_signs_come_back_as_they_were_and_none_is_code(stem: str, one: str, other: str) -> None:
    texts = [markup.from_plain(text, "lines").markdown for text in (one, other)]
    item = item_of(markup.from_plain(stem, "stem").markdown, texts, (0,), reference=one.strip() or "–")
    text, question = _written(WrittenItem(item, None, {}))
    assert question.stem.plain.split() == stem.split()
    assert [part.text.plain.split() for part in question.choices] == [one.split(), other.split()]
    assert not RUNS.search(text)


CODE = ("`r 1+1`", "``` {r}", "$\\text{`r 1+1`}$", "![`r 1`](`r 2`.png)", "\\item x", "Answerlist\n-------")


@pytest.mark.parametrize("text", CODE)
def test_what_looks_like_code_is_letters(text: str) -> None:
    item = item_of(f"ก {text}\n{text}", (text, "ข"), (0,), reference=text, id="`r#1`")
    written, question = _written(WrittenItem(item, None, {}))
    assert not RUNS.search(written)
    assert len(question.choices) == 2


def test_pictures_that_an_exercise_fetches_are_those_beside_it() -> None:
    text = (
        '```{r, echo=FALSE}\ninclude_supplement("a.png")\n```\nQuestion\n========\nดู ![](a.png)\n\nAnswerlist\n'
        "----------\n* ใช่\n* ไม่\n\nMeta-information\n================\nexname: a\nextype: schoice\nexsolution: 10\n"
    )
    assert formats.read(text.encode(), "a.Rmd").questions[0].pictures[0].data is None
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("q/a.Rmd", text)
        archive.writestr("q/a.png", picture("PNG"))
        archive.writestr("q/b.Rmd", text.replace('"a.png")', '"a.png"); system("x")'))
    read = formats.read(buffer.getvalue(), "q.zip")
    assert [one.pictures[0].data for one in read.questions] == [picture("PNG")]
    assert [one.kind for one in read.set_aside] == ["dynamic schoice"]
