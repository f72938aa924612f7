"""No wrong key comes in unasked, whatever the rules of scoring: those that are drawn, and those of real files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from examgen.interchange import formats
from examgen.interchange.importing import ImportOptions, import_questions
from examgen.interchange.questions import Question
from tests.effort import some
from tests.interchange.scoring_rules import made
from tests.interchange.test_hostile import item
from tests.samples import write_unit


def _read(data: str | bytes, name: str = "questions") -> Question:
    [question] = formats.read(data.encode() if isinstance(data, str) else data, name).questions
    return question


def test_no_key_but_that_of_the_rules_is_read() -> None:
    """2,000 files whose keys are known; `make test` reads a spread of them."""
    wrong: list[str] = []
    read: Counter[str] = Counter()
    for seed in some(range(2000), 240):
        one = made(seed)
        question = _read(one.data)
        assert question.right or question.warnings
        if question.doubt is None and question.right:
            read[one.format] += 1
            if frozenset(question.right) != one.key:
                wrong.append(f"{seed}: {one.format}, {one.style}: {question.right}, not {one.key}")
    assert wrong == []
    assert set(read) == {"qti21", "qti22", "qti30", "moodle-xml", "gift"}
    assert read.total() > 120


def _mapped(
    mapping: str, key: str = "<correctResponse><value>A</value></correctResponse>", rules: str = ""
) -> str:
    return (
        item()
        .replace("<correctResponse><value>A</value></correctResponse>", f"{key}<mapping {mapping}</mapping>")
        .replace('cardinality="single"', 'cardinality="multiple"')
        .replace("</itemBody>", f"</itemBody>{rules}")
    )


_TWO = "<correctResponse><value>A</value><value>B</value></correctResponse>"
_BOTH = '><mapEntry mapKey="A" mappedValue="1"/><mapEntry mapKey="B" mappedValue="1"/>'
HELD = {
    "QTI 2: points against the key": _mapped('><mapEntry mapKey="B" mappedValue="1"/>'),
    "QTI 2: either of two, by a bound": _mapped(f'upperBound="1"{_BOTH}', _TWO),
    "QTI 2: two keys of one answer": item().replace(
        "</correctResponse>", "<value>B</value></correctResponse>"
    ),
    "QTI 2: a key that is none of the options": item().replace("<value>A", "<value>a"),
    "QTI 2: rules against the key": item().replace(
        "</itemBody>",
        '</itemBody><responseProcessing><responseCondition><responseIf><match><baseValue baseType="identifier">B'
        '</baseValue><variable identifier="R"/></match><setOutcomeValue identifier="SCORE"><baseValue baseType="float">'
        "1</baseValue></setOutcomeValue></responseIf></responseCondition></responseProcessing>",
    ),
    "Moodle: two of one answer": '<quiz><question type="multichoice"><questiontext><text>q</text></questiontext>'
    '<answer fraction="100"><text>a</text></answer><answer fraction="100"><text>b</text></answer></question></quiz>',
    "Moodle: any two of three": '<quiz><question type="multichoice"><questiontext><text>q</text></questiontext><single>false'
    "</single>"
    + "".join(f'<answer fraction="50"><text>{name}</text></answer>' for name in "abc")
    + "</question></quiz>",
    "GIFT: two of one answer": "q{=a =b ~c}",
    "GIFT: a weight of 100 beside others, no =": "q{~%100%a ~%50%b ~c}",
}

HELD |= {
    "Aiken: two first options": "q\nA. a\nA. b\nB. c\nANSWER: A\n",
}
ASIDE = {
    "Moodle: neither one answer nor several": (
        HELD["Moodle: two of one answer"].replace("</questiontext>", "</questiontext><single>maybe</single>"),
        "not true or false",
    ),
    "GIFT: a weight that cannot be read": ("q{~%+50%a ~%50%b ~c}", "+50%"),
    "GIFT: a weight with blanks": ("q{~% 50 %a ~%50%b ~c}", "cannot be read"),
}


@pytest.mark.parametrize("name", ASIDE)
def test_what_cannot_be_scored_is_set_aside(name: str) -> None:
    data, words = ASIDE[name]
    read = formats.read(data.encode(), "questions")
    assert read.questions == []
    assert words in read.set_aside[0].reason


def test_two_declarations_of_a_response_are_no_key() -> None:
    other = '<responseDeclaration identifier="R"><correctResponse><value>B</value></correctResponse></responseDeclaration>'
    question = _read(item().replace("<responseDeclaration", f"{other}<responseDeclaration", 1))
    assert question.right == ()
    assert any("2 times" in one for one in question.warnings)


@pytest.mark.parametrize("name", HELD)
def test_a_key_that_is_not_proved_is_asked(tmp_path: Path, name: str) -> None:
    question = _read(HELD[name])
    assert question.doubt is not None
    assert question.doubt in question.warnings
    code = write_unit(tmp_path / "item_bank").name
    (tmp_path / "questions").write_text(HELD[name], "utf-8")
    taken = import_questions(
        tmp_path / "item_bank", tmp_path / "questions", code, ImportOptions(pc="E1.01"), dry_run=True
    )
    assert taken.items == ()
    assert [one.reason for one in taken.aside] == [question.doubt]
