"""Files made to hurt: each is read or refused by name, soon, and nothing falls over."""

from __future__ import annotations

import io
import json
import struct
import time
import zipfile
from collections.abc import Callable
from functools import cache

import pytest

from examgen.core.problems import Refused
from examgen.interchange import formats

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


def _word(body: str, numbering: str = "", more: tuple[str, str] = ("docProps/app.xml", "<p/>")) -> bytes:
    question = "".join(
        f"<w:p><w:r><w:t>{one}</w:t></w:r></w:p>" for one in ("1. q", "A. a", "B. b", "Answer: A")
    )
    return packed(
        ("word/document.xml", f'<w:document xmlns:w="{_W}"><w:body>{body}{question}</w:body></w:document>'),
        ("word/numbering.xml", f'<w:numbering xmlns:w="{_W}">{numbering}</w:numbering>'),
        more,
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
DEEP = "elements of HTML within each other"
READ: dict[str, Callable[[], bytes]] = {
    DEEP: lambda: html("<div>" * _MANY + "x"),
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
    "a file by XInclude": lambda: item(
        '<p>q</p><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    ).encode(),
    "paths of Windows, and a picture out of the archive": lambda: packed(
        ("..\\..\\x.xml", item()),
        ("C:\\x.xml", item()),
        ("i.xml", item('<p>q <img src="../../../../etc/passwd"/></p>')),
    ),
    "a picture of Word that is a file elsewhere": lambda: _word(
        '<w:p><w:r><w:t>1. q</w:t></w:r></w:p><w:p><w:r><w:drawing><a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:link="r1"/></w:drawing>'
        "</w:r></w:p><w:p><w:r><w:t>A. a</w:t></w:r></w:p><w:p><w:r><w:t>B. b</w:t></w:r></w:p>",
        more=(
            "word/_rels/document.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
            'Id="r1" Type="image" Target="file:///etc/passwd" TargetMode="External"/></Relationships>',
        ),
    ),
    "a megabyte of base64 that is none": lambda: moodle(
        "q &lt;img src='@@PLUGINFILE@@/a.png'/&gt;</text><file name='a.png' encoding='base64'>"
        + "*" * 1_000_000
        + "</file><text>"
    ),
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
    "a bomb of entities in a Word file": (
        "entities",
        lambda: packed(
            (
                "word/document.xml",
                '<!DOCTYPE d [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><w:document xmlns:w="'
                f'{_W}"><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>',
            )
        ),
    ),
    "a parameter entity of nowhere": (
        "entities",
        lambda: moodle("x", '<!DOCTYPE quiz [<!ENTITY % d SYSTEM "http://127.0.0.1:9/d"> %d;]>'),
    ),
    "broken UTF-8": ("encoding", lambda: b"q{=a ~b}\n\n" + bytes(range(128, 256)) * 50),
    "a null byte": ("encoding", lambda: b"q\0{=a ~b}"),
    "half a character": ("not-xml", lambda: moodle("&#xD800;x")),
    "a picture in a Word file's clothes": ("not-zip", lambda: b"PK\x03\x04GIF89a" + b"A" * 1000),
    "twenty thousand members": ("too-many", lambda: packed(*((f"{n}.xml", "x") for n in range(20_001)))),
}


@cache
def deep_elements() -> formats.QuestionFile:
    """What is read of elements within each other; who asks first reads it."""
    return formats.read(READ[DEEP](), "questions")


@pytest.mark.parametrize("name", READ)
def test_what_is_read_is_read_soon_and_whole(name: str) -> None:
    data = READ[name]()
    start = time.process_time()
    read = deep_elements() if name == DEEP else formats.read(data, "questions")
    assert time.process_time() - start < 20, "tenths of a second, where time goes with the size"
    assert read.questions
    assert "root:" not in json.dumps(read.as_dict(), allow_nan=False), "/etc/passwd"
    assert [choice.text.plain for choice in read.questions[-1].choices] == ["a", "b"]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_by_name(name: str) -> None:
    code, make = REFUSED[name]
    with pytest.raises(Refused) as refused:
        formats.read(make(), "questions")
    assert [problem.code for problem in refused.value.problems] == [code]


def test_what_is_lost_of_a_hostile_file_is_told() -> None:
    deep = deep_elements().questions[0]
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
    for name in (
        "a file by XInclude",
        "paths of Windows, and a picture out of the archive",
        "a picture of Word that is a file elsewhere",
        "a megabyte of base64 that is none",
    ):
        read = formats.read(READ[name](), "q")
        assert read.questions[0].warnings, name


_MANIFEST = '<manifest><resources><resource type="imsqti_item_xmlv2p1" href="{0}"><file href="{0}"/></resource></resources></manifest>'
BROKEN = {
    "a damaged manifest": (
        (("imsmanifest.xml", "<manifest><resources>"),),
        "imsmanifest.xml",
        "not well-formed",
    ),
    "a path out of the package": (
        (("imsmanifest.xml", _MANIFEST.format("../out.xml")),),
        "p.zip",
        "../out.xml",
    ),
    "an item that is not there": (
        (("imsmanifest.xml", _MANIFEST.format("missing.xml")),),
        "p.zip",
        "missing.xml",
    ),
    "a member out of the package": ((("../etc/passwd", "x"), ("a.txt", "x")), "p.zip", "../etc/passwd"),
    "an item that is damaged": ((("item.xml", "<assessmentItem"),), "item.xml", "not well-formed"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_package_without_questions_is_refused_by_what_is_wrong(name: str) -> None:
    members, source, words = BROKEN[name]
    with pytest.raises(Refused) as refused:
        formats.read(packed(*members), "p.zip")
    assert any(source in one.source and words in one.message for one in refused.value.problems)
