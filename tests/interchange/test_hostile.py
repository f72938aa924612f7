"""Files made to hurt: each is read or refused by name, soon, and nothing falls over."""

from __future__ import annotations

import io
import json
import struct
import time
import zipfile
from collections.abc import Callable

import pytest

from examgen.interchange import formats
from examgen.problems import Refused

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def packed(*members: tuple[str, str | bytes]) -> bytes:
    """A zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def moodle(stem: str, head: str = "") -> bytes:
    """A question of Moodle whose stem is HTML."""
    return (
        f'{head}<quiz><question type="multichoice"><questiontext format="html"><text>{stem}</text></questiontext>'
        '<answer fraction="100"><text>a</text></answer><answer fraction="0"><text>b</text></answer>'
        "</question></quiz>"
    ).encode()


def html(text: str) -> bytes:
    """The same of HTML as it is."""
    return moodle(f"<![CDATA[{text}]]>")


def item(body: str = "<p>q</p>") -> str:
    """An item of QTI 2.1."""
    return (
        '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i"><responseDeclaration '
        'identifier="R" cardinality="single"><correctResponse><value>A</value></correctResponse>'
        f'</responseDeclaration><itemBody>{body}<choiceInteraction responseIdentifier="R"><simpleChoice '
        'identifier="A">a</simpleChoice><simpleChoice identifier="B">b</simpleChoice></choiceInteraction>'
        "</itemBody></assessmentItem>"
    )


def _word(body: str, numbering: str = "") -> bytes:
    question = "".join(
        f"<w:p><w:r><w:t>{one}</w:t></w:r></w:p>" for one in ("1. q", "A. a", "B. b", "Answer: A")
    )
    return packed(
        ("word/document.xml", f'<w:document xmlns:w="{_W}"><w:body>{body}{question}</w:body></w:document>'),
        ("word/numbering.xml", f'<w:numbering xmlns:w="{_W}">{numbering}</w:numbering>'),
    )


def _counted(level: str, start: str) -> bytes:
    return _word(
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr></w:p>',
        f'<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="{level}"><w:start w:val="{start}"/><w:numFmt '
        'w:val="lowerLetter"/><w:lvlText w:val="%1."/></w:lvl></w:abstractNum><w:num w:numId="1">'
        '<w:abstractNumId w:val="0"/></w:num>',
    )


def _damaged() -> bytes:
    data = bytearray(packed(("a.xml", item()), ("b.xml", item())))
    data[60] ^= 0xFF
    return bytes(data)


def _lying() -> bytes:
    data = bytearray(packed(("a.xml", item()), ("b.xml", "<assessmentItem " + "x" * (4 << 20))))
    size = data.rfind(b"PK\x01\x02") + 24
    data[size : size + 4] = struct.pack("<I", 1000)
    return bytes(data)


_MANY = 100_000
READ: dict[str, Callable[[], bytes]] = {
    "elements of HTML within each other": lambda: html("<div>" * _MANY + "x"),
    "the same, each closed": lambda: html("<span>" * 3000 + "x" + "</span>" * 3000),
    "tables within each other": lambda: html("<table><tr><td>" * 5000 + "x"),
    "emphasis that is never closed": lambda: html("<b><p>" * 3000 + "x"),
    "lists within each other": lambda: html("<ul><li>" * 1000 + "x"),
    "formulas within each other": lambda: html("<math>" + "<mrow>" * 5000 + "x"),
    "elements of QTI within each other": lambda: item("<span>" * 240 + "x" + "</span>" * 240).encode(),
    "scripts": lambda: html(
        '<p onclick="x()">q<script>alert(1)</script><iframe src="file:///etc/passwd"></p>'
    ),
    "a document type elsewhere": lambda: moodle(
        "a&nbsp;b", '<!DOCTYPE quiz SYSTEM "http://127.0.0.1:9/x.dtd">'
    ),
    "paths out of the archive": lambda: packed(("../a.xml", item()), ("/b.xml", item()), ("c.xml", item())),
    "a member of other bytes": _damaged,
    "a member of another size": _lying,
    "a list that begins at ²": lambda: _counted("x", "²"),
    "a list that begins at a trillion": lambda: _counted("0", "999999999999"),
    "blanks about an answer": lambda: b"q\nA. a\nB. b\nANSWER: A" + b" " * _MANY + b"x\n",
    "lines of nothing": lambda: b"\n" * _MANY + b"q\nA. a\nB. b\nANSWER: A\n",
    "headings of keys": lambda: b"Keys\n" * 2000 + b"1. q\nA. a\nB. b\n",
    "formulas that do not end": lambda: html(r"\(" * 20_000),
    "a table whose first row is wide": lambda: html(
        "<table><tr>" + "<td>x" * 2000 + "</tr>" + "<tr><td>y</tr>" * 2000 + "</table>"
    ),
    "UTF-16": lambda: (
        '<?xml version="1.0" encoding="UTF-16"?>'.encode("utf-16") + moodle("x").decode().encode("utf-16")[2:]
    ),
    "points that are no number": lambda: (
        item()
        .replace(
            "</correctResponse>",
            '</correctResponse><mapping defaultValue="nan"><mapEntry mapKey="A" mappedValue="inf"/></mapping>',
        )
        .encode()
    ),
    "options without end": lambda: b"q{=a" + b"~b" * _MANY + b"}\n\nr{=a ~b}",
}
REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a bomb of entities": (
        "entities",
        lambda: moodle("&b;", '<!DOCTYPE quiz [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'),
    ),
    "an entity that is a file": (
        "entities",
        lambda: moodle("&a;", '<!DOCTYPE quiz [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
    ),
    "an entity of nowhere": (
        "entities",
        lambda: moodle("&x1;", '<!DOCTYPE quiz SYSTEM "http://127.0.0.1:9/x">'),
    ),
    "elements of XML within each other": ("not-xml", lambda: b"<quiz>" + b"<question>" * _MANY),
    "a text of many megabytes": ("too-large", lambda: b"q{=" + b"a" * (17 << 20) + b"~b}"),
    "a member that swells": ("too-large", lambda: _word("<w:p/>" * 1_000_000)),
    "a zip within a zip": ("unknown-format", lambda: packed(("a.zip", packed(("i.xml", item()))))),
    "a picture by another name": ("encoding", lambda: b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(range(256)) * 9),
    "nothing": ("unknown-format", lambda: b""),
    "half a zip": ("not-zip", lambda: packed(("i.xml", item()))[:-30]),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_read_is_read_soon_and_whole(name: str) -> None:
    data = READ[name]()
    start = time.process_time()
    read = formats.read(data, "questions")
    assert time.process_time() - start < 20, "tenths of a second, where time goes with the size"
    assert read.questions
    json.dumps(read.as_dict(), allow_nan=False)
    assert [choice.text.plain for choice in read.questions[-1].choices] == ["a", "b"]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_by_name(name: str) -> None:
    code, make = REFUSED[name]
    with pytest.raises(Refused) as refused:
        formats.read(make(), "questions")
    assert [problem.code for problem in refused.value.problems] == [code]


def test_what_is_lost_of_a_hostile_file_is_told() -> None:
    deep = formats.read(READ["elements of HTML within each other"](), "q").questions[0]
    assert any("nested too deep" in one for one in deep.warnings)
    assert deep.stem.plain == "x"
    for name in ("a member of other bytes", "a member of another size"):
        assert [one.kind for one in formats.read(READ[name](), "q.zip").set_aside] == ["damaged"]
    assert any(
        "3 members" in one or "2 members" in one
        for one in formats.read(READ["paths out of the archive"](), "q").notes
    )
    signs = formats.read(READ["a document type elsewhere"](), "q").questions[0]
    assert signs.stem.plain == "a b"
    assert [one.kind for one in formats.read(READ["options without end"](), "q").set_aside] == ["several"]
