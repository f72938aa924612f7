"""Writes items of the bank and forms of an exam as packages of QTI 2.2 and 3.0, valid against their schemas.

References
----------
IMS Question & Test Interoperability: ASI Information Model, 2.2 (2015), 3.0 (2022); IMS Content Packaging
1.2; Curriculum Standards Metadata 1.0.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Literal, NamedTuple
from urllib.parse import quote

from examgen.interchange.writing import WrittenItem, packed, xhtml

Version = Literal["qti22", "qti30"]
_SITTING = {
    "maxAttempts": "1",
    "showFeedback": "false",
    "allowReview": "false",
    "showSolution": "false",
    "allowSkipping": "true",
}
_LOM = "http://ltsc.ieee.org/xsd/LOM"


class _Names(NamedTuple):
    """The namespaces, schema addresses and type names of a version."""

    space: str
    schema: str
    templates: str
    """The address pattern of its response-processing templates."""
    item_type: str
    test_type: str
    standards: str
    """The namespace of its curriculum standards metadata."""
    manifest: str
    manifest_schema: str
    manifest_version: str


_VERSIONS: dict[Version, _Names] = {
    "qti22": _Names(
        "http://www.imsglobal.org/xsd/imsqti_v2p2",
        "http://www.imsglobal.org/xsd/qti/qtiv2p2/imsqti_v2p2p4.xsd",
        "http://www.imsglobal.org/question/qti_v2p2/rptemplates/{}",
        "imsqti_item_xmlv2p2",
        "imsqti_test_xmlv2p2",
        "http://www.imsglobal.org/xsd/qti/qtiv2p2/imscsmd_v1p0",
        "http://www.imsglobal.org/xsd/imscp_v1p1",
        "QTIv2.2 Package",
        "1.0.0",
    ),
    "qti30": _Names(
        "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
        "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd",
        "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/{}.xml",
        "imsqti_item_xmlv3p0",
        "imsqti_test_xmlv3p0",
        "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscsmd_v1p1",
        "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
        "QTI Package",
        "3.0.0",
    ),
}


class PackagedItem(NamedTuple):
    """An item in a package, with its identifier and title.

    `choices` maps its options, in displayed order, to their identifiers. `is_keyed`: the package contains the
    key and the scoring. `is_of_bank`: it contains everything else that a bank needs: rationales as feedback,
    keywords, and which options keep their place in shuffling. `several`: more than one option may be chosen.
    """

    sent: WrittenItem
    name: str
    title: str
    choices: Mapping[str, str]
    several: bool
    is_keyed: bool = True
    is_of_bank: bool = True


class Section(NamedTuple):
    """A section of a test."""

    name: str
    title: str
    entries: Sequence[PackagedItem]
    visible: bool = True


class Test(NamedTuple):
    """A test in a package: its file, identifier, title, sections and time limit.

    `is_sitting`: it is taken as an exam, so no right answers are shown and each item is answered once.
    """

    file: str
    name: str
    title: str
    sections: Sequence[Section]
    seconds: int | None = None
    is_sitting: bool = False

    @property
    def entries(self) -> list[PackagedItem]:
        """The items of all its sections."""
        return [entry for section in self.sections for entry in section.entries]


def write(sent: Sequence[WrittenItem], unit: str, version: Version) -> bytes:
    """Return a package with one file for each item, a test that lists the items by criterion, pictures and a
    manifest.
    """
    by_pc: dict[str, list[PackagedItem]] = {}
    for one in sent:
        item = one.item
        name = "I-" + identifier(item.id)
        entry = PackagedItem(
            one, name, item.id, {option: option for option in item.options}, len(item.key) > 1
        )
        by_pc.setdefault(item.pc, []).append(entry)

    def picture(name: str, data: bytes) -> str:
        stem, _, kind = name.rpartition(".")
        safe = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-") or "picture"
        return f"images/{safe}-{hashlib.sha256(data).hexdigest()[:8]}.{kind}"

    sections = [Section(f"S-{identifier(pc)}", pc, own) for pc, own in by_pc.items()]
    test = Test("test.xml", f"T-{identifier(unit)}", unit, sections)
    return package([test], f"M-{identifier(unit)}", version, picture)


def package(
    tests: Sequence[Test], name: str, version: Version, picture: Callable[[str, bytes], str]
) -> bytes:
    """Return a package of these tests; `picture` returns the path of a picture in it."""
    members: dict[str, bytes] = {}
    own: list[str] = []
    resources: list[str] = []
    tag = _Tags(version)
    for test in tests:
        for entry in test.entries:
            paths = {name: picture(name, data) for name, data in entry.sent.pictures.items()}
            members |= {paths[name]: data for name, data in entry.sent.pictures.items()}
            file = f"items/{entry.name}.xml"
            members[file] = _item(entry, tag, paths).encode()
            resources.append(_resource(entry, tag, file, list(paths.values())))
        members[test.file] = _test(test, tag).encode()
        needed = "".join(f'<dependency identifierref="{entry.name}"/>' for entry in test.entries)
        own.append(
            f'<resource identifier="{"TEST" if len(tests) == 1 else test.name}" type="{tag.names.test_type}" '
            f'href="{test.file}"><file href="{test.file}"/>{needed}</resource>'
        )
    names = tag.names
    members["imsmanifest.xml"] = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<manifest xmlns="{names.manifest}" '
        f'identifier="{name}"><metadata><schema>{names.manifest_schema}</schema>'
        f"<schemaversion>{names.manifest_version}</schemaversion></metadata><organizations/>"
        f"<resources>{''.join(own + resources)}</resources></manifest>\n"
    ).encode()
    return packed(dict(sorted(members.items(), key=lambda one: (one[0] != "imsmanifest.xml", one[0]))))


def identifier(text: str) -> str:
    """Return a text as part of a QTI identifier: letters, digits, `_`, `-`, `.`."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)


class _Tags:
    """Writes elements and attributes in the form of the version: `simpleChoice` or `qti-simple-choice`."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self.names = _VERSIONS[version]

    def tag(self, name: str) -> str:
        """Return the name of an element, given as in QTI 2."""
        return name if self.version == "qti22" else "qti-" + self.attribute(name)

    def attribute(self, name: str) -> str:
        """Return the name of an attribute, given as in QTI 2."""
        return name if self.version == "qti22" else re.sub("[A-Z]", lambda one: "-" + one[0].lower(), name)

    def open(self, name: str, **attributes: str) -> str:
        """Return a start tag."""
        given = "".join(f' {self.attribute(key)}="{escape(value)}"' for key, value in attributes.items())
        return f"<{self.tag(name)}{given}>"

    def close(self, name: str) -> str:
        """Return an end tag."""
        return f"</{self.tag(name)}>"

    def whole(self, name: str, inner: str = "", **attributes: str) -> str:
        """Return an element with its attributes and content, as XML text."""
        return self.open(name, **attributes) + inner + self.close(name)


def _item(entry: PackagedItem, tag: _Tags, pictures: Mapping[str, str]) -> str:
    """Return the file of an item: its declarations, body, scoring and rationales."""
    item = entry.sent.item

    def address(name: str) -> str:
        return "../" + quote(pictures.get(name, f"images/{name}"))

    def marked(text: str, field: str) -> str:
        return xhtml(text, field, address, "mathml")

    def choice(option: str, shown: str) -> str:
        fixed = {"fixed": str(option in item.anchored).lower()} if entry.is_of_bank else {}
        text = marked(item.options[option], f"options.{option}")
        return tag.whole("simpleChoice", text, identifier=shown, **fixed)

    def content(html: str) -> str:
        # a feedback holds blocks alone
        html = html if html.startswith("<p>") else f"<p>{html}</p>"
        return html if tag.version == "qti22" else tag.whole("contentBody", html)

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
            content(marked(text, f"rationale.{name}")),
            outcomeIdentifier="FEEDBACK",
            showHide="show",
            identifier=entry.choices[name],
        )
        for name, text in (item.rationale.items() if entry.is_of_bank else ())
    )
    # what is answered, with its key where that is told, and what becomes of it: of several right options of
    # which one may be marked each earns the points, else the answer is the key
    rule = "map_response" if len(item.key) > 1 and not entry.several else "match_correct"
    keys = [entry.choices[key] for key in item.key] if entry.is_keyed else []
    right = tag.whole("correctResponse", "".join(tag.whole("value", key) for key in keys))
    if keys and rule == "map_response":
        right = tag.whole("correctResponse", tag.whole("value", keys[0]))
        points = "".join(tag.whole("mapEntry", mapKey=key, mappedValue="1") for key in keys)
        right += tag.whole("mapping", points, lowerBound="0", upperBound="1", defaultValue="0")
    declared = tag.whole(
        "responseDeclaration",
        right if keys else "",
        identifier="RESPONSE",
        cardinality="multiple" if entry.several else "single",
        baseType="identifier",
    )
    scoring = ""
    if entry.is_keyed:
        declared += "".join(
            tag.whole(
                "outcomeDeclaration",
                tag.whole("defaultValue", tag.whole("value", value)),
                identifier=name,
                cardinality="single",
                baseType="float",
            )
            for name, value in (("SCORE", "0"), ("MAXSCORE", "1"))
        )
        if entry.is_of_bank:
            declared += tag.whole(
                "outcomeDeclaration", identifier="FEEDBACK", cardinality="single", baseType="identifier"
            )
        scoring = tag.whole("responseProcessing", template=tag.names.templates.format(rule))
    names = tag.names
    root = tag.tag("assessmentItem")
    time = tag.attribute("timeDependent")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{names.space}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{names.space} {names.schema}" identifier="{entry.name}" '
        f'title="{escape(entry.title)}" adaptive="false" {time}="false" xml:lang="th">'
        f"{declared}{body}{scoring}{said}</{root}>\n"
    )


def _test(test: Test, tag: _Tags) -> str:
    """Return the file of a test: its sections, and the total score if it is taken as an exam and contains all
    keys.
    """
    weighed = test.is_sitting and all(entry.is_keyed for entry in test.entries)

    def reference(entry: PackagedItem) -> str:
        # of a sitting under its own name, by which its result is known
        return tag.whole(
            "assessmentItemRef",
            tag.whole("weight", identifier="POINTS", value=str(entry.sent.points)) if weighed else "",
            identifier=entry.name if test.is_sitting else f"R-{entry.name}",
            href=f"items/{entry.name}.xml",
        )

    inner = "".join(
        tag.whole(
            "assessmentSection",
            "".join(map(reference, section.entries)),
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


def _resource(entry: PackagedItem, tag: _Tags, file: str, pictures: Sequence[str]) -> str:
    """Return the manifest entry of an item: its criteria, its keywords, its files."""
    guids = "".join(
        f"<csm:labelledGUID><csm:label>{escape(pc)}</csm:label>"
        f"<csm:GUID>{escape(pc)}</csm:GUID></csm:labelledGUID>"
        for pc in entry.sent.item.pcs
    )
    keywords = "".join(
        f'<lom:keyword><lom:string language="en">{escape(word)}</lom:string></lom:keyword>'
        for word in (entry.sent.tags if entry.is_of_bank else ())
    )
    lom = f'<lom:lom xmlns:lom="{_LOM}"><lom:general>{keywords}</lom:general></lom:lom>' if keywords else ""
    files = "".join(f'<file href="{escape(path)}"/>' for path in dict.fromkeys([file, *pictures]))
    return (
        f'<resource identifier="{entry.name}" type="{tag.names.item_type}" href="{file}"><metadata>'
        f'<csm:curriculumStandardsMetadataSet xmlns:csm="{tag.names.standards}">'
        f"<csm:curriculumStandardsMetadata><csm:setOfGUIDs>{guids}</csm:setOfGUIDs></csm:curriculumStandardsMetadata>"
        f"</csm:curriculumStandardsMetadataSet>{lom}</metadata>{files}</resource>"
    )
