"""Items of the bank, and forms of an exam → packages of QTI 2.2 and 3.0, valid against their schemas.

References
----------
IMS Question & Test Interoperability: ASI Information Model, 2.2 (2015), 3.0 (2022); IMS Content Packaging
1.2; Curriculum Standards Metadata 1.0.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Literal, NamedTuple
from urllib.parse import quote

from examgen.interchange.writing import Sent, xhtml

Version = Literal["qti22", "qti30"]
_DAY = (1980, 1, 1, 0, 0, 0)
"""The time of every member: the same items are the same bytes."""


class _Names(NamedTuple):
    """How a version names what it names."""

    space: str
    schema: str
    templates: str
    """What the names of its rules of scoring stand in."""
    item_type: str
    manifest: str

    def template(self, rule: str) -> str:
        """A rule of scoring by its name."""
        return self.templates.format(rule)


_VERSIONS: dict[Version, _Names] = {
    "qti22": _Names(
        "http://www.imsglobal.org/xsd/imsqti_v2p2",
        "http://www.imsglobal.org/xsd/qti/qtiv2p2/imsqti_v2p2p4.xsd",
        "http://www.imsglobal.org/question/qti_v2p2/rptemplates/{}",
        "imsqti_item_xmlv2p2",
        "http://www.imsglobal.org/xsd/imscp_v1p1",
    ),
    "qti30": _Names(
        "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
        "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd",
        "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/{}.xml",
        "imsqti_item_xmlv3p0",
        "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    ),
}


class Entry(NamedTuple):
    """An item as a package holds it, by what identifier and title.

    `choices` maps its options, in the order that they are shown, to their identifiers. `is_keyed` says that
    the key and how it is scored are in it, `is_of_bank` that all else is that a bank knows of it: rationales
    as feedback, what the item asks for, which options are never moved while others are. `several` says
    whether more than one option can be chosen.
    """

    sent: Sent
    name: str
    title: str
    choices: Mapping[str, str]
    several: bool
    is_keyed: bool = True
    is_of_bank: bool = True


class Section(NamedTuple):
    """A part of a test."""

    name: str
    title: str
    entries: Sequence[Entry]
    visible: bool = True


class Test(NamedTuple):
    """A test of a package: its file, its identifier and title, its parts, how long it takes.

    `is_sitting` says that it is sat as an exam: nothing is shown of what was right, and each item is answered
    once.
    """

    file: str
    name: str
    title: str
    sections: Sequence[Section]
    seconds: int | None = None
    is_sitting: bool = False


def write(sent: Sequence[Sent], unit: str, version: Version) -> bytes:
    """A package: an item a file, a test that names them by criteria, pictures, the manifest."""
    by_pc: dict[str, list[Entry]] = {}
    for one in sent:
        item = one.item
        name = "I-" + identifier(item.id)
        entry = Entry(one, name, item.id, {option: option for option in item.options}, len(item.key) > 1)
        by_pc.setdefault(item.pc, []).append(entry)
    sections = [Section(f"S-{identifier(pc)}", pc, own) for pc, own in by_pc.items()]
    test = Test("test.xml", f"T-{identifier(unit)}", unit, sections)
    return package([test], f"M-{identifier(unit)}", version, _by_its_name)


def package(
    tests: Sequence[Test], name: str, version: Version, picture: Callable[[str, bytes], str]
) -> bytes:
    """A package of these tests; `picture` says what a picture is called in it."""
    members: dict[str, bytes] = {}
    resources: list[str] = []
    tag = _Tags(version)
    for test in tests:
        for section in test.sections:
            for entry in section.entries:
                paths = {name: picture(name, data) for name, data in entry.sent.pictures.items()}
                members |= {paths[name]: data for name, data in entry.sent.pictures.items()}
                file = f"items/{entry.name}.xml"
                members[file] = _item(entry, tag, paths).encode()
                resources.append(_resource(entry, tag, file, paths))
        members[test.file] = _test(test, tag).encode()
    members["imsmanifest.xml"] = _manifest(tests, name, tag, resources).encode()
    return _packed(members)


def _packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members, key=lambda one: (one != "imsmanifest.xml", one)):
            info = zipfile.ZipInfo(name, _DAY)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, members[name])
    return buffer.getvalue()


def _by_its_name(name: str, data: bytes) -> str:
    stem, _, kind = name.rpartition(".")
    safe = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-") or "picture"
    return f"images/{safe}-{hashlib.sha256(data).hexdigest()[:8]}.{kind}"


def identifier(text: str) -> str:
    """A text as part of an identifier of QTI: letters, digits, `_`, `-`, `.`."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)


class _Tags:
    """Elements and attributes as the version writes them: `simpleChoice`, `qti-simple-choice`."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self.names = _VERSIONS[version]

    def tag(self, name: str) -> str:
        """The name of an element, given as QTI 2 has it."""
        return name if self.version == "qti22" else "qti-" + self.attribute(name)

    def attribute(self, name: str) -> str:
        """The name of an attribute, given as QTI 2 has it."""
        return name if self.version == "qti22" else re.sub("[A-Z]", lambda one: "-" + one[0].lower(), name)

    def open(self, name: str, **attributes: str) -> str:
        """A start tag."""
        given = "".join(f' {self.attribute(key)}="{escape(value)}"' for key, value in attributes.items())
        return f"<{self.tag(name)}{given}>"

    def close(self, name: str) -> str:
        """An end tag."""
        return f"</{self.tag(name)}>"

    def whole(self, name: str, inner: str = "", **attributes: str) -> str:
        """An element with what is in it."""
        return self.open(name, **attributes) + inner + self.close(name)


def _item(entry: Entry, tag: _Tags, pictures: Mapping[str, str]) -> str:
    item = entry.sent.item

    def address(name: str) -> str:
        return "../" + quote(pictures.get(name, f"images/{name}"))

    def marked(text: str, field: str) -> str:
        return xhtml(text, field, address, "mathml")

    def choice(option: str, shown: str) -> str:
        fixed = {"fixed": str(option in item.anchored).lower()} if entry.is_of_bank else {}
        text = marked(item.options[option], f"options.{option}")
        return tag.whole("simpleChoice", text, identifier=shown, **fixed)

    choices = "".join(choice(option, shown) for option, shown in entry.choices.items())
    shared = entry.sent.stimulus
    stimulus = f'<div class="stimulus">{marked(shared[1], "stimulus")}</div>' if shared else ""
    body = tag.whole(
        "itemBody",
        f'{stimulus}<div class="stem">{marked(item.stem, "stem")}</div>'
        + tag.whole(
            "choiceInteraction",
            choices,
            responseIdentifier="RESPONSE",
            shuffle="true" if entry.is_of_bank else "false",
            maxChoices="0" if entry.several else "1",
        ),
    )
    said = "".join(
        tag.whole(
            "modalFeedback",
            _content(marked(text, f"rationale.{name}"), tag),
            outcomeIdentifier="FEEDBACK",
            showHide="show",
            identifier=entry.choices[name],
        )
        for name, text in (item.rationale.items() if entry.is_of_bank else ())
    )
    names = tag.names
    root = tag.tag("assessmentItem")
    time = tag.attribute("timeDependent")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{names.space}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{names.space} {names.schema}" identifier="{entry.name}" '
        f'title="{escape(entry.title)}" adaptive="false" {time}="false" xml:lang="th">'
        + _declared(entry, tag)
        + body
        + _scoring(entry, tag)
        + said
        + f"</{root}>\n"
    )


def _scoring(entry: Entry, tag: _Tags) -> str:
    """What an answer earns, where the key is told."""
    if not entry.is_keyed:
        return ""
    return tag.whole("responseProcessing", template=tag.names.template(_template(entry)))


def _template(entry: Entry) -> str:
    """How an answer becomes points: one of several right ones by points of each, else by equality."""
    return "map_response" if len(entry.sent.item.key) > 1 and not entry.several else "match_correct"


def _declared(entry: Entry, tag: _Tags) -> str:
    """The response, with its key where that is told, and what becomes of it."""
    keys = [entry.choices[key] for key in entry.sent.item.key] if entry.is_keyed else []
    right = tag.whole("correctResponse", "".join(tag.whole("value", key) for key in keys))
    if keys and _template(entry) == "map_response":
        right = tag.whole("correctResponse", tag.whole("value", keys[0]))
        points = "".join(tag.whole("mapEntry", mapKey=key, mappedValue="1") for key in keys)
        right += tag.whole("mapping", points, lowerBound="0", upperBound="1", defaultValue="0")
    response = tag.whole(
        "responseDeclaration",
        right if keys else "",
        identifier="RESPONSE",
        cardinality="multiple" if entry.several else "single",
        baseType="identifier",
    )
    if not entry.is_keyed:
        return response
    outcomes = "".join(
        tag.whole(
            "outcomeDeclaration",
            tag.whole("defaultValue", tag.whole("value", value)),
            identifier=name,
            cardinality="single",
            baseType="float",
        )
        for name, value in (("SCORE", "0"), ("MAXSCORE", "1"))
    )
    feedback = tag.whole(
        "outcomeDeclaration", identifier="FEEDBACK", cardinality="single", baseType="identifier"
    )
    return response + outcomes + (feedback if entry.is_of_bank else "")


def _content(html: str, tag: _Tags) -> str:
    """What a feedback holds: blocks alone."""
    html = html if html.startswith("<p>") else f"<p>{html}</p>"
    return html if tag.version == "qti22" else tag.whole("contentBody", html)


def _test(test: Test, tag: _Tags) -> str:
    entries = [entry for section in test.sections for entry in section.entries]
    weighed = test.is_sitting and all(entry.is_keyed for entry in entries)
    inner = "".join(
        tag.whole(
            "assessmentSection",
            "".join(_reference(entry, test, tag, weighed) for entry in section.entries),
            identifier=section.name,
            title=section.title,
            visible="true" if section.visible else "false",
        )
        for section in test.sections
    )
    control = tag.whole("itemSessionControl", **_SITTING) if test.is_sitting else ""
    part = tag.whole(
        "testPart",
        control + inner,
        identifier="P1",
        navigationMode="nonlinear",
        submissionMode="simultaneous",
    )
    names, root = tag.names, tag.tag("assessmentTest")
    limits = tag.whole("timeLimits", maxTime=str(test.seconds)) if test.seconds else ""
    score = tag.whole("outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
    total = tag.whole(
        "outcomeProcessing",
        tag.whole(
            "setOutcomeValue",
            tag.whole(
                "sum", tag.whole("testVariables", variableIdentifier="SCORE", weightIdentifier="POINTS")
            ),
            identifier="SCORE",
        ),
    )
    whole = score + limits + part + total if weighed else limits + part
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{names.space}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{names.space} {names.schema}" '
        f'identifier="{test.name}" title="{escape(test.title)}">{whole}</{root}>\n'
    )


_SITTING = {
    "maxAttempts": "1",
    "showFeedback": "false",
    "allowReview": "false",
    "showSolution": "false",
    "allowSkipping": "true",
}


def _reference(entry: Entry, test: Test, tag: _Tags, weighed: bool) -> str:
    """An item of a test; of a sitting under its own name, by which its result is known."""
    return tag.whole(
        "assessmentItemRef",
        tag.whole("weight", identifier="POINTS", value=str(entry.sent.points)) if weighed else "",
        identifier=entry.name if test.is_sitting else f"R-{entry.name}",
        href=f"items/{entry.name}.xml",
    )


_STANDARDS = {
    "qti22": "http://www.imsglobal.org/xsd/qti/qtiv2p2/imscsmd_v1p0",
    "qti30": "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscsmd_v1p1",
}


def _resource(entry: Entry, tag: _Tags, file: str, pictures: Mapping[str, str]) -> str:
    space = _STANDARDS[tag.version]
    guids = "".join(
        f"<csm:labelledGUID><csm:label>{escape(pc)}</csm:label>"
        f"<csm:GUID>{escape(entry.sent.guids.get(pc, pc))}</csm:GUID></csm:labelledGUID>"
        for pc in entry.sent.item.pcs
    )
    keywords = "".join(
        f'<lom:keyword><lom:string language="en">{escape(word)}</lom:string></lom:keyword>'
        for word in (entry.sent.tags if entry.is_of_bank else ())
    )
    lom = f'<lom:lom xmlns:lom="{_LOM}"><lom:general>{keywords}</lom:general></lom:lom>' if keywords else ""
    files = "".join(f'<file href="{escape(path)}"/>' for path in dict.fromkeys([file, *pictures.values()]))
    return (
        f'<resource identifier="{entry.name}" type="{tag.names.item_type}" href="{file}"><metadata>'
        f'<csm:curriculumStandardsMetadataSet xmlns:csm="{space}"><csm:curriculumStandardsMetadata>'
        f"<csm:setOfGUIDs>{guids}</csm:setOfGUIDs></csm:curriculumStandardsMetadata>"
        f"</csm:curriculumStandardsMetadataSet>{lom}</metadata>{files}</resource>"
    )


_LOM = "http://ltsc.ieee.org/xsd/LOM"


def _manifest(tests: Sequence[Test], name: str, tag: _Tags, resources: Sequence[str]) -> str:
    kind = "imsqti_test_xmlv2p2" if tag.version == "qti22" else "imsqti_test_xmlv3p0"
    schema, version = ("QTIv2.2 Package", "1.0.0") if tag.version == "qti22" else ("QTI Package", "3.0.0")
    own = "".join(
        f'<resource identifier="{"TEST" if len(tests) == 1 else test.name}" type="{kind}" href="{test.file}">'
        f'<file href="{test.file}"/>'
        + "".join(
            f'<dependency identifierref="{entry.name}"/>'
            for section in test.sections
            for entry in section.entries
        )
        + "</resource>"
        for test in tests
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<manifest xmlns="{tag.names.manifest}" '
        f'identifier="{name}"><metadata><schema>{schema}</schema>'
        f"<schemaversion>{version}</schemaversion></metadata><organizations/><resources>{own}{''.join(resources)}"
        "</resources></manifest>\n"
    )
