"""No wrong key comes in unasked, whatever the rules of scoring: those that are drawn, and those of real files."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from examgen.interchange import formats
from examgen.interchange.importing import ImportOptions, import_questions
from examgen.interchange.questions import Question
from tests.effort import some
from tests.interchange.scoring_rules import made
from tests.interchange.test_hostile import item, packed
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
    assert set(read) == {"qti12", "canvas", "qti21", "qti22", "qti30", "moodle-xml", "gift"}
    assert read.total() > 120


def qti12(conditions: str, several: bool = True, more: str = "", n: int = 4, shown: str = "") -> str:
    """An item of QTI 1.2 with the options A, B, C, D."""
    labels = "".join(
        f'<response_label ident="{name}"><material><mattext>{name.lower()}</mattext></material></response_label>'
        for name in "ABCDEF"[:n]
    )
    return (
        f'<questestinterop><item ident="i"><presentation><material><mattext>q</mattext></material><response_lid ident='
        f'"R" rcardinality="{"Multiple" if several else "Single"}">{shown}<render_choice>{labels}</render_choice>'
        '</response_lid></presentation><resprocessing><outcomes><decvar varname="SCORE" minvalue="0" maxvalue="1"/>'
        f"</outcomes>{conditions}</resprocessing>{more}</item></questestinterop>"
    )


def when(test: str, *sets: str, goes_on: str = "Yes", title: str = "", shown: str = "") -> str:
    """A condition; `sets` are `Set 100`."""
    inside = "".join(
        f'<setvar varname="SCORE" action="{action}">{points}</setvar>'
        for action, points in map(str.split, sets)
    )
    link = f'<displayfeedback feedbacktype="{shown}" linkrefid="{shown}"/>' if shown else ""
    return (
        f'<respcondition{f" continue={chr(34)}{goes_on}{chr(34)}" if goes_on else ""} title="{title}">'
        f"<conditionvar>{test}</conditionvar>{inside}{link}</respcondition>"
    )


def has(names: str) -> str:
    """Tests that options are marked."""
    return "".join(f'<varequal respident="R">{name}</varequal>' for name in names)


SAID = (
    '<itemfeedback ident="Solution"><material><mattext>A is so, B is not</mattext></material></itemfeedback>'
)
OF_R_EXAMS = (
    "".join(when(has(name), "Add 0.5", title="Mastery") for name in "AE")
    + "".join(when(has(name), "Add -0.333", title="Fail", shown="Solution") for name in "BCD")
    + when(f"<and>{has('AE')}</and><not><or>{has('BCD')}</or></not>", title="Mastery")
    + when(f"<or>{has('BCD')}</or>", title="Fail", shown="Solution")
    + when("<other/>", title="Fail", shown="Solution")
)


def test_a_condition_without_points_decides_nothing() -> None:
    """As R/exams writes questions with several answers for OLAT: the condition that names most options gives
    none. Its solution is told of the question, not of each wrong option."""
    question = _read(qti12(OF_R_EXAMS, more=SAID, n=5))
    assert (question.right, question.doubt) == ((0, 4), None)
    assert [one.feedback for one in question.choices] == [None] * 5
    assert question.feedback is not None
    assert question.feedback.plain == "A is so, B is not"
    whole = when(f"<and>{has('AE')}</and><not><or>{has('BCD')}</or></not>", "Set 1") + when(
        "<other/>", "Set 0"
    )
    assert _read(qti12(whole, n=5)).right == (0, 4)


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
    "points against the answer that is called correct (Canvas)": qti12(
        when(has("A"), "Set 10") + when(has("B"), "Set 5").replace("title", 'correctanswer="Yes" title'),
        several=False,
    ),
    "a title against the points": qti12(
        when(has("B"), goes_on="", title="correct") + when(has("A"), "Set 1")
    ),
    "a title where the points name no option": qti12(
        when(has("A"), "Add -3", goes_on="", title="correct") + when(has("A"), "Set 8"), several=False
    ),
    "either of two": qti12(when(f"<or>{has('AB')}</or>", "Set 1")),
    "two of three": qti12("".join(when(has(name), "Add 0.5") for name in "ABC")),
    "each ends the processing": qti12("".join(when(has(name), "Add 0.5", goes_on="") for name in "AB")),
    "tests beside each other, in one reading either is enough": qti12(when(has("AB"), "Set 1")),
    "nothing marked is as good": qti12(when("<other/>", "Set 1") + when(has("B"), "Set 0")),
    "an option that is not there": qti12(when(f"<or>{has('AX')}</or>", "Set 1"), several=False),
    "the name of an option in small letters": qti12(when(has("a"), "Set 1"), several=False),
    "two options of one name": qti12(when(has("A"), "Set 1")).replace('ident="B"', 'ident="A"'),
    "another response": qti12(
        when(has("A").replace('"R"', '"S"'), "Set 1") + when(has("B"), "Set 0.5"), several=False
    ),
    "a variable that is not the score": qti12(when(has("A"), "Set 1")).replace("SCORE", "ERRORS"),
    "a test of another kind": qti12(
        when(has("A"), "Set 1") + when('<durlt respident="R">5</durlt>', "Set 9")
    ),
    "points that are no number": qti12(when(has("A"), "Set 1") + when(has("B"), "Set x*2")),
    "rules of a program": qti12(when(has("A"), "Set 1") + "<itemproc_extension>x</itemproc_extension>"),
    "two ways of scoring": qti12(when(has("A"), "Set 1")).replace(
        "</item>", f"<resprocessing>{when(has('B'), 'Set 1')}</resprocessing></item>"
    ),
    "fewer marks than right options": qti12(when(f"<and>{has('AB')}</and>", "Set 1")).replace(
        "<render_choice", '<render_choice maxnumber="1"'
    ),
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

_RMD = "Question\n========\nq\n\nAnswerlist\n----------\n* a\n* b\n\nMeta-information\n================\nextype: schoice\n"
HELD |= {
    "Aiken: two first options": "q\nA. a\nA. b\nB. c\nANSWER: A\n",
    "rqti: another solution than the first option": "---\nrqti: x\ntype: sc\nsolution: 2\n---\n# question\nq\n\n- a\n- b\n",
    "rqti: another star than the first option": "---\nrqti: x\ntype: sc\n---\n# question\nq\n\n- a\n- *b*\n",
}
ASIDE = {
    "QTI 1.2: options to be put in order": (
        qti12(when(has("A"), "Set 1")).replace("Multiple", "Ordered"),
        "ordered",
    ),
    "Moodle: neither one answer nor several": (
        HELD["Moodle: two of one answer"].replace("</questiontext>", "</questiontext><single>maybe</single>"),
        "neither",
    ),
    "GIFT: a weight that cannot be read": ("q{~%+50%a ~%50%b ~c}", "+50%"),
    "GIFT: a weight with blanks": ("q{~% 50 %a ~%50%b ~c}", "cannot be read"),
    "R/exams: two solutions": (f"{_RMD}exsolution: 10\nexsolution: 01\nexname: n\n", "exsolution"),
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


def test_words_and_pictures_of_respondus_and_canvas_are_found() -> None:
    shown = '<material><mattext texttype="text/html">&lt;img src="%%LINKPATH%%ab logo.png"&gt; and this</mattext></material>'
    data: Any = packed(("q.xml", qti12(when(has("A"), "Set 1"), shown=shown)), ("ab logo.png", b"x"))
    question = _read(data)
    assert question.stem.plain == "q and this"
    assert [(one.name, one.data) for one in question.pictures] == [("ab logo.png", b"x")]


def test_rules_without_end_are_not_tried() -> None:
    start = time.process_time()
    question = _read(qti12(when(has("A"), "Add 1") * 15_000, n=6))
    assert question.doubt is not None
    assert "too many" in question.doubt
    rule = '<setOutcomeValue identifier="SCORE"><mapResponse identifier="R"/></setOutcomeValue>'
    more = "".join(f'<simpleChoice identifier="O{n}">{n}</simpleChoice>' for n in range(8))
    data = _mapped(
        '><mapEntry mapKey="A" mappedValue="1"/>',
        rules=f"<responseProcessing>{rule * 5000}</responseProcessing>",
    )
    question = _read(data.replace("</choiceInteraction>", f"{more}</choiceInteraction>"))
    assert question.right == (0,)
    assert any("rules of its own" in one for one in question.warnings)
    assert time.process_time() - start < 10, "a second or two: what is not tried takes no time"
