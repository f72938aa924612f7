"""A unit of competency → a framework of CASE: the unit, its elements and their criteria, as a tree.

Identifiers are UUIDs made of the unit's code and of what the edition says, so that the same edition has the
same identifiers wherever it is written, and another edition has others.

References
----------
1EdTech, Competencies and Academic Standards Exchange (CASE) Service 1.0 (2017) and 1.1 (2024), REST/JSON
binding: CFPackage.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid5

from examgen.core.models.standard import Unit

Version = Literal["1.0", "1.1"]
_SPACE = UUID("5f4c2f0e-8a0c-5d3c-9a3e-2a6c1d0b7e41")
"""The namespace of our identifiers."""


class Published(NamedTuple):
    """Who publishes a standard, the day on which it last changed (ISO 8601), and where its parts are found:
    the beginning of their addresses, without one they have the address of their UUID."""

    creator: str
    day: str
    address: str | None = None


class _CaseKind(NamedTuple):
    code: str
    title: str
    thai: str
    said: str


_UNIT = _CaseKind(
    "1", "Unit of competency", "หน่วยสมรรถนะ", "What a person in an occupation is able to do (UoC)"
)
_ELEMENT = _CaseKind("1.1", "Element of competency", "สมรรถนะย่อย", "A part of a unit of competency (EOC)")
_CRITERION = _CaseKind(
    "1.1.1",
    "Performance criterion",
    "เกณฑ์การปฏิบัติงาน",
    "By what it is seen that an element is mastered (PC)",
)


def edition_of(unit: Unit) -> str:
    """What tells one edition of a unit from another: the SHA-256 of what it says, not of how it was read."""
    said = unit.model_dump(mode="json", exclude={"source", "warnings", "error"})
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def identifier(unit: Unit, *names: str) -> str:
    """The UUID of a part of an edition: of the unit itself, or of what the names say."""
    return str(uuid5(_SPACE, "\n".join((unit.code or "", edition_of(unit), *names))))


def criteria(unit: Unit) -> dict[str, str]:
    """The UUID of each criterion, by its code."""
    return {one.code: identifier(unit, "item", one.code) for one in unit.criteria}


def package(unit: Unit, published: Published, version: Version = "1.1") -> dict[str, Any]:
    """The framework with its items, their associations and their kinds, as `getCFPackage` answers."""
    made = _Package(unit, published)
    items = list(made.items())
    document: dict[str, Any] = {
        **made.document(),
        "creator": published.creator,
        "title": unit.title or unit.code or "",
        "description": unit.description,
        "subject": [unit.field] if unit.field else None,
        "language": made.language,
        "version": unit.revision or edition_of(unit)[:12],
    }
    if version == "1.1":
        document |= {"caseVersion": "1.1", "frameworkType": "Unit of competency"}
    kinds = [made.kind(one) for one in (_UNIT, _ELEMENT, _CRITERION)]
    return {
        "CFDocument": _stated(document),
        "CFItems": [item for item, _ in items],
        "CFAssociations": list(made.associations(items)),
        "CFDefinitions": {"CFItemTypes": kinds},
    }


def written(unit: Unit, published: Published, version: Version = "1.1") -> bytes:
    """The package as a JSON file."""
    return (json.dumps(package(unit, published, version), ensure_ascii=False, indent=2) + "\n").encode()


def _stated(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _normal(text: str) -> str:
    """A text on one line, as `NormalizedString` has it."""
    return " ".join(text.split())


class _Package:
    """A package as it is being written."""

    def __init__(self, unit: Unit, published: Published) -> None:
        self.unit, self.published = unit, published
        self.language = "th" if re.search("[\u0e00-\u0e7f]", unit.title or "") else "en"
        self.changed = f"{published.day}T00:00:00+00:00"

    def uri(self, room: str, one: str) -> str:
        """Where a part is found."""
        address = self.published.address
        return f"{address.rstrip('/')}/{room}/{one}" if address else f"urn:uuid:{one}"

    def document(self) -> dict[str, Any]:
        """The identifier of the document, its address, and when it last changed."""
        one = identifier(self.unit, "document")
        return {
            "identifier": one,
            "uri": self.uri("CFDocuments", one),
            "lastChangeDateTime": self.changed,
        }

    def kind(self, kind: _CaseKind) -> dict[str, Any]:
        """What a kind of item is."""
        one = str(uuid5(_SPACE, kind.title))
        return {
            "identifier": one,
            "uri": self.uri("CFItemTypes", one),
            "title": kind.title,
            "description": f"{kind.said}: {kind.thai}",
            "hierarchyCode": kind.code,
            "lastChangeDateTime": self.changed,
        }

    def items(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Each item with what it is a child of, both as links have them."""
        unit = self.unit
        document = identifier(unit, "document")
        above = _link(unit.title or unit.code or "", document, self.uri("CFDocuments", document))
        levels = [str(level) for level in unit.levels] or None
        top = self.item(unit.code or "", unit.title or "", _UNIT, "unit", levels=levels)
        yield top, above
        for n, element in enumerate(unit.elements, 1):
            part = self.item(element.code, element.title, _ELEMENT, "element", str(n))
            yield part, _link_of(top)
            for k, one in enumerate(element.criteria, 1):
                label = one.system_code
                yield self.item(one.code, one.text, _CRITERION, "item", f"{n}.{k}", label), _link_of(part)

    def item(
        self,
        code: str,
        text: str,
        kind: _CaseKind,
        what: str,
        place: str | None = None,
        label: str | None = None,
        levels: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """An item of the framework."""
        one, kind_id = identifier(self.unit, what, code), str(uuid5(_SPACE, kind.title))
        return _stated(
            {
                "identifier": one,
                "uri": self.uri("CFItems", one),
                "fullStatement": _normal(text) or code,
                "humanCodingScheme": code or None,
                "alternativeLabel": label,
                "listEnumeration": place,
                "CFItemType": kind.title,
                "CFItemTypeURI": _link(kind.title, kind_id, self.uri("CFItemTypes", kind_id)),
                "educationLevel": levels,
                "language": self.language,
                "lastChangeDateTime": self.changed,
            }
        )

    def associations(
        self, items: Sequence[tuple[dict[str, Any], dict[str, Any]]]
    ) -> Iterator[dict[str, Any]]:
        """Each item is the child of what stands above it, in the order of the standard."""
        counts: dict[str, int] = {}
        for item, above in items:
            counts[above["identifier"]] = counts.get(above["identifier"], 0) + 1
            one = identifier(self.unit, "isChildOf", item["identifier"], above["identifier"])
            yield {
                "identifier": one,
                "uri": self.uri("CFAssociations", one),
                "associationType": "isChildOf",
                "sequenceNumber": counts[above["identifier"]],
                "originNodeURI": _link_of(item),
                "destinationNodeURI": above,
                "lastChangeDateTime": self.changed,
            }


def _link(title: str, one: str, uri: str) -> dict[str, Any]:
    return {"title": _normal(title), "identifier": one, "uri": uri}


def _link_of(item: Mapping[str, Any]) -> dict[str, Any]:
    return _link(
        f"{item.get('humanCodingScheme', '')} {item['fullStatement']}", item["identifier"], item["uri"]
    )
