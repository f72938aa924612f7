"""What real files do that no specification says, each in the smallest file that does it."""

from __future__ import annotations

from typing import Any

import pytest

from examgen.interchange import formats
from tests.interchange.test_hostile import item, packed


def _read(data: str | bytes, name: str = "questions") -> dict[str, Any]:
    return formats.read(data.encode() if isinstance(data, str) else data, name).as_dict()


def _moodle(answers: str, rest: str = "", stem: str = "<text>q</text>") -> str:
    return (
        f'<quiz><question type="multichoice"><name><text>n</text></name><questiontext>{stem}</questiontext>'
        f"{answers}{rest}</question></quiz>"
    )


def _mapped(mapping: str, key: str = "", cardinality: str = "single") -> str:
    return (
        item()
        .replace("<correctResponse><value>A</value></correctResponse>", f"{key}<mapping {mapping}</mapping>")
        .replace('cardinality="single"', f'cardinality="{cardinality}"')
    )


_KEY_A = "<correctResponse><value>A</value></correctResponse>"
RIGHT: dict[str, tuple[str, list[list[int]], list[str]]] = {
    "GIFT: a weight of 100 beside others, no =": ("q{~%100%a ~%50%b ~c}", [[0, 1]], []),
    "GIFT: two questions run together": ("::a::q{=a ~b}\n::b::r{=c ~d}", [], ["several"]),
    "GIFT: braces of a formula in the stem": (r"q \frac{1}{2} {=a ~b}", [], ["several"]),
    "GIFT: braces of a formula in an answer": (r"q {=\frac{1}{2} ~b}", [[0]], []),
    "Aiken: a key with its sign": ("q\nA. a\nB. b\nANSWER: B.", [[1]], []),
    "Aiken: a question without a key above another": (
        "q\nA. a\nB. b\n\nr\nA. c\nB. d\nANSWER: B",
        [[], [1]],
        [],
    ),
    "Aiken: a stem that begins with a letter": ("A. Smith wrote\nA. a\nB. b\nANSWER: A", [[0]], []),
    "QTI: points by default": (_mapped('defaultValue="1"><mapEntry mapKey="B" mappedValue="0"/>'), [[0]], []),
    "Moodle: single is a word": (
        _moodle(
            '<answer fraction="33.33333"><text>a</text></answer><answer fraction="66.66667"><text>b</text></answer>',
            "<single>FALSE</single>",
        ),
        [[0, 1]],
        [],
    ),
    "Moodle: 99.99999 is all": (
        _moodle(
            '<answer fraction="0"><text>a</text></answer><answer fraction="99.99999"><text>b</text></answer>'
        ),
        [[1]],
        [],
    ),
    "Moodle: a decimal comma": (
        _moodle('<answer fraction="33,3"><text>a</text></answer>'),
        [],
        ["multichoice"],
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_keys_are_those_that_the_file_means(name: str) -> None:
    text, right, aside = RIGHT[name]
    read = _read(text)
    assert [one["right"] for one in read["items"]] == right
    assert [one["kind"] for one in read["set_aside"]] == aside
    assert all(one["stem"] for one in read["items"])
    assert all(one["name"] for one in read["set_aside"])


_Q3 = 'xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0"'
_SHARED = (
    f'<qti-assessment-item {_Q3} identifier="i"><qti-assessment-stimulus-ref identifier="s" href="s.xml"/>'
    '<qti-item-body><p>q</p><qti-choice-interaction response-identifier="R"><qti-simple-choice identifier="A">a'
    "</qti-simple-choice></qti-choice-interaction></qti-item-body></qti-assessment-item>"
)
_PLAIN = '<answer fraction="100"><text>a</text></answer><answer fraction="0"><text>b</text></answer>'
TOLD = {
    "QTI: points against the key": (
        _mapped('><mapEntry mapKey="B" mappedValue="1"/>', _KEY_A),
        "points contradict",
    ),
    "QTI: a shared text that is not there": (packed(("i.xml", _SHARED)), "s.xml"),
    "QTI: a text by XInclude": (
        item('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="t.xml"/><p>q</p>'),
        "t.xml",
    ),
    "Moodle: feedback of right answers as such": (
        _moodle(_PLAIN, "<correctfeedback><text>Well done</text></correctfeedback>"),
        "feedback for right",
    ),
    "Moodle: a program whose lines are indented": (
        _moodle(_PLAIN, stem="<text>&lt;pre&gt;if x:\n    y()&lt;/pre&gt;</text>"),
        "indentation",
    ),
    "Moodle 1.9: a picture that is not held": (
        _moodle(_PLAIN, "<image>a b.gif</image>"),
        "a b.gif is not in",
    ),
    "Moodle: a picture of nothing": (
        _moodle(_PLAIN, "<image>c.gif</image><image_base64></image_base64>"),
        "c.gif is not in",
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_doubtful_or_lost_is_told(name: str) -> None:
    data, words = TOLD[name]
    [one] = _read(data)["items"]
    assert any(words in warning for warning in one["warnings"]), one["warnings"]


def test_a_picture_is_found_from_the_root_of_its_package() -> None:
    data = packed(("items/i.xml", item('<p>q <img src="/media/a%20b.png"/></p>')), ("media/a b.png", b"x"))
    [one] = _read(data)["items"]
    assert (one["images"], one["missing_images"]) == (["media/a b.png"], [])


def test_pictures_of_one_name_in_two_folders_are_two() -> None:
    shown = '<![CDATA[<img src="@@PLUGINFILE@@/a/p.png"><img src="@@PLUGINFILE@@/b/p.png">]]>'
    held = "".join(f'<file name="p.png" path="/{n}/" encoding="base64">{n * 4}</file>' for n in "ab")
    read = formats.read(_moodle(_PLAIN, stem=f"<text>{shown}</text>{held}").encode(), "q")
    assert len({one.data for one in read.questions[0].pictures}) == 2


def test_a_gift_file_without_options_is_gift() -> None:
    """Nothing of it is taken, and each question is named."""
    essays = "::e::Write an essay{}\n\n::d::A text alone\n\n// a comment\nWhat do you think?\n"
    read = _read(essays, "quiz.gift")
    assert (read["format"], read["items"]) == ("gift", [])
    assert [one["kind"] for one in read["set_aside"]] == ["essay", "description", "description"]
    assert _read("::e::Write an essay{}\n", "quiz.txt")["format"] == "gift"
