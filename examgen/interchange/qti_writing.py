"""Items of the bank → packages of QTI 2.2 and 3.0, valid against their schemas.

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
from collections.abc import Sequence
from html import escape
from typing import Literal, NamedTuple
from urllib.parse import quote

from examgen.interchange.writing import Sent, xhtml
from examgen.models.item import Item

Version = Literal["qti22", "qti30"]
_DAY = (1980, 1, 1, 0, 0, 0)
"""The time of every member: the same items are the same bytes."""


class _Names(NamedTuple):
    """How a version names what it names."""

    space: str
    schema: str
    template: str
    item_type: str
    manifest: str


_VERSIONS: dict[Version, _Names] = {
    "qti22": _Names(
        "http://www.imsglobal.org/xsd/imsqti_v2p2",
        "http://www.imsglobal.org/xsd/qti/qtiv2p2/imsqti_v2p2p4.xsd",
        "http://www.imsglobal.org/question/qti_v2p2/rptemplates/match_correct",
        "imsqti_item_xmlv2p2",
        "http://www.imsglobal.org/xsd/imscp_v1p1",
    ),
    "qti30": _Names(
        "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
        "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd",
        "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml",
        "imsqti_item_xmlv3p0",
        "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    ),
}


def write(sent: Sequence[Sent], unit: str, version: Version) -> bytes:
    """A package: an item a file, a test that names them by criteria, pictures, the manifest."""
    members: dict[str, bytes] = {}
    resources: list[str] = []
    tag = _Tags(version)
    pictures: dict[str, str] = {}
    for one in sent:
        for name, data in one.pictures.items():
            pictures[f"{one.item.id}/{name}"] = _picture(name, data)
            members[pictures[f"{one.item.id}/{name}"]] = data
        file = f"items/{_name(one.item)}.xml"
        members[file] = _item(one, tag, pictures).encode()
        resources.append(_resource(one, tag, file, pictures))
    members["test.xml"] = _test(sent, unit, tag).encode()
    members["imsmanifest.xml"] = _manifest(sent, unit, tag, resources).encode()
    return _packed(members)


def _packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members, key=lambda one: (one != "imsmanifest.xml", one)):
            info = zipfile.ZipInfo(name, _DAY)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, members[name])
    return buffer.getvalue()


def _picture(name: str, data: bytes) -> str:
    stem, _, kind = name.rpartition(".")
    safe = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-") or "picture"
    return f"images/{safe}-{hashlib.sha256(data).hexdigest()[:8]}.{kind}"


def _name(item: Item) -> str:
    """The id as an identifier of QTI: letters, digits, `_`, `-`, `.`, a letter first."""
    return "I-" + re.sub(r"[^A-Za-z0-9_.-]", "_", item.id)


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


def _item(one: Sent, tag: _Tags, pictures: dict[str, str]) -> str:
    item = one.item
    several = len(item.key) > 1

    def address(name: str) -> str:
        return "../" + quote(pictures.get(f"{item.id}/{name}", f"images/{name}"))

    def marked(text: str, field: str) -> str:
        return xhtml(text, field, address, "mathml")

    right = "".join(tag.whole("value", key) for key in item.key)
    response = tag.whole(
        "responseDeclaration",
        tag.whole("correctResponse", right),
        identifier="RESPONSE",
        cardinality="multiple" if several else "single",
        baseType="identifier",
    )
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
    choices = "".join(
        tag.whole(
            "simpleChoice",
            marked(text, f"options.{name}"),
            identifier=name,
            fixed="true" if name in item.anchored else "false",
        )
        for name, text in item.options.items()
    )
    stimulus = f'<div class="stimulus">{marked(one.stimulus[1], "stimulus")}</div>' if one.stimulus else ""
    body = tag.whole(
        "itemBody",
        f'{stimulus}<div class="stem">{marked(item.stem, "stem")}</div>'
        + tag.whole(
            "choiceInteraction",
            choices,
            responseIdentifier="RESPONSE",
            shuffle="true",
            maxChoices="0" if several else "1",
        ),
    )
    said = "".join(
        tag.whole(
            "modalFeedback",
            _content(marked(text, f"rationale.{name}"), tag),
            outcomeIdentifier="FEEDBACK",
            showHide="show",
            identifier=name,
        )
        for name, text in item.rationale.items()
    )
    names = tag.names
    root = tag.tag("assessmentItem")
    time = tag.attribute("timeDependent")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{names.space}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{names.space} {names.schema}" identifier="{_name(item)}" '
        f'title="{escape(item.id)}" adaptive="false" {time}="false" xml:lang="th">'
        + "".join((response, outcomes, feedback, body))
        + tag.whole("responseProcessing", template=names.template)
        + said
        + f"</{root}>\n"
    )


def _content(html: str, tag: _Tags) -> str:
    """What a feedback holds: blocks alone."""
    html = html if html.startswith("<p>") else f"<p>{html}</p>"
    return html if tag.version == "qti22" else tag.whole("contentBody", html)


def _test(sent: Sequence[Sent], unit: str, tag: _Tags) -> str:
    sections: dict[str, list[Sent]] = {}
    for one in sent:
        sections.setdefault(one.item.pc, []).append(one)
    inner = "".join(
        tag.whole(
            "assessmentSection",
            "".join(
                tag.whole(
                    "assessmentItemRef",
                    identifier=f"R-{_name(one.item)}",
                    href=f"items/{_name(one.item)}.xml",
                )
                for one in own
            ),
            identifier=f"S-{re.sub(r'[^A-Za-z0-9_.-]', '_', pc)}",
            title=pc,
            visible="true",
        )
        for pc, own in sections.items()
    )
    part = tag.whole(
        "testPart", inner, identifier="P1", navigationMode="nonlinear", submissionMode="simultaneous"
    )
    names, root = tag.names, tag.tag("assessmentTest")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{names.space}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{names.space} {names.schema}" '
        f'identifier="T-{re.sub(r"[^A-Za-z0-9_.-]", "_", unit)}" title="{escape(unit)}">{part}</{root}>\n'
    )


_STANDARDS = {
    "qti22": "http://www.imsglobal.org/xsd/qti/qtiv2p2/imscsmd_v1p0",
    "qti30": "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscsmd_v1p1",
}


def _resource(one: Sent, tag: _Tags, file: str, pictures: dict[str, str]) -> str:
    item = one.item
    space = _STANDARDS[tag.version]
    guids = "".join(
        f"<csm:labelledGUID><csm:label>{escape(pc)}</csm:label><csm:GUID>{escape(pc)}</csm:GUID></csm:labelledGUID>"
        for pc in item.pcs
    )
    keywords = "".join(
        f'<lom:keyword><lom:string language="en">{escape(word)}</lom:string></lom:keyword>'
        for word in one.tags
    )
    files = "".join(
        f'<file href="{escape(path)}"/>'
        for path in dict.fromkeys([file, *(pictures[f"{item.id}/{name}"] for name in one.pictures)])
    )
    return (
        f'<resource identifier="{_name(item)}" type="{tag.names.item_type}" href="{file}"><metadata>'
        f'<csm:curriculumStandardsMetadataSet xmlns:csm="{space}"><csm:curriculumStandardsMetadata>'
        f"<csm:setOfGUIDs>{guids}</csm:setOfGUIDs></csm:curriculumStandardsMetadata>"
        f'</csm:curriculumStandardsMetadataSet><lom:lom xmlns:lom="{_LOM}"><lom:general>{keywords}'
        f"</lom:general></lom:lom></metadata>{files}</resource>"
    )


_LOM = "http://ltsc.ieee.org/xsd/LOM"


def _manifest(sent: Sequence[Sent], unit: str, tag: _Tags, resources: Sequence[str]) -> str:
    kind = "imsqti_test_xmlv2p2" if tag.version == "qti22" else "imsqti_test_xmlv3p0"
    schema, version = ("QTIv2.2 Package", "1.0.0") if tag.version == "qti22" else ("QTI Package", "3.0.0")
    depends = "".join(f'<dependency identifierref="{_name(one.item)}"/>' for one in sent)
    test = f'<resource identifier="TEST" type="{kind}" href="test.xml">'
    test += f'<file href="test.xml"/>{depends}</resource>'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<manifest xmlns="{tag.names.manifest}" '
        f'identifier="M-{re.sub(r"[^A-Za-z0-9_.-]", "_", unit)}"><metadata><schema>{schema}</schema>'
        f"<schemaversion>{version}</schemaversion></metadata><organizations/><resources>{test}{''.join(resources)}"
        "</resources></manifest>\n"
    )
