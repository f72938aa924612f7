"""A unit as a framework of CASE: whole, a tree, with identifiers that stay; packages of QTI name them."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from examgen.assembly.editions.units import CaseOptions, export_case
from examgen.bank.loading import load_unit
from examgen.bank.standards import case
from examgen.commands import main
from examgen.core.models.standard import Unit
from examgen.core.problems import WrongUsage
from examgen.interchange.exporting import export_questions
from examgen.interchange.place import ExportOptions
from examgen.reports.exports.formats import export
from tests.sittings import build

PUBLISHED = case.Published("สคช.", "2025-06-30")
LINK = {"title", "identifier", "uri"}
FIELDS: dict[str, tuple[set[str], set[str]]] = {
    "CFDocument": (
        {"identifier", "uri", "creator", "title", "lastChangeDateTime"},
        {
            "frameworkType", "caseVersion", "officialSourceURL", "publisher", "description", "subject",
            "subjectURI",
        }
        | {
            "language",
            "version",
            "adoptionStatus",
            "statusStartDate",
            "statusEndDate",
            "licenseURI",
            "notes",
        },
    ),
    "CFItems": (
        {"identifier", "uri", "fullStatement", "lastChangeDateTime"},
        {"alternativeLabel", "CFItemType", "humanCodingScheme", "listEnumeration", "abbreviatedStatement"}
        | {"conceptKeywords", "conceptKeywordsURI", "notes", "subject", "subjectURI", "language"}
        | {"educationLevel", "CFItemTypeURI", "licenseURI", "statusStartDate", "statusEndDate"},
    ),
    "CFAssociations": (
        {"identifier", "uri", "associationType", "originNodeURI", "destinationNodeURI", "lastChangeDateTime"},
        {"sequenceNumber", "CFAssociationGroupingURI", "notes"},
    ),
    "CFItemTypes": (
        {"identifier", "uri", "title", "description", "hierarchyCode", "lastChangeDateTime"},
        {"typeCode"},
    ),
}  # fmt: skip
"""Of each class in a package the fields that it must have, and those that it may: the binding of CASE 1.1,
which allows no others. Files were held against its JSON Schema when this was written."""


def _unit(root: Path, code: str) -> Unit:
    shelf, _ = load_unit(root / "item_bank" / code)
    assert shelf is not None
    return shelf.unit


@pytest.mark.parametrize("code", ["ASM-REE-5-059ZB", "DG-TWRT-007"])
def test_a_framework_has_what_the_binding_asks_and_is_a_tree(root: Path, code: str) -> None:
    unit = _unit(root, code)
    made = json.loads(case.written(unit, PUBLISHED))
    assert set(made) == {"CFDocument", "CFItems", "CFAssociations", "CFDefinitions"}
    rooms = {name: made[name] for name in ("CFItems", "CFAssociations")}
    rooms |= {"CFDocument": [made["CFDocument"]], "CFItemTypes": made["CFDefinitions"]["CFItemTypes"]}
    for room, parts in rooms.items():
        needed, allowed = FIELDS[room]
        for one in parts:
            assert needed <= set(one) <= needed | allowed, one
            assert str(UUID(one["identifier"])) == one["identifier"]
            for name, value in one.items():
                assert not (name.endswith("URI") and isinstance(value, dict)) or set(value) == LINK
    identifiers = [one["identifier"] for parts in rooms.values() for one in parts]
    assert len(set(identifiers)) == len(identifiers)
    items = {one["identifier"]: one for one in made["CFItems"]}
    above = {
        one["originNodeURI"]["identifier"]: one["destinationNodeURI"]["identifier"]
        for one in made["CFAssociations"]
        if one["associationType"] == "isChildOf"
    }
    assert set(above) == set(items)

    def codes(one: str) -> tuple[str, ...]:
        item = items.get(one)
        return () if item is None else (*codes(above[one]), item["humanCodingScheme"])

    meant = {(unit.code,)} | {(unit.code, element.code) for element in unit.elements}
    meant |= {(unit.code, element.code, one.code) for element in unit.elements for one in element.criteria}
    assert {codes(one) for one in items} == meant
    said = {one["humanCodingScheme"]: one["fullStatement"] for one in items.values()}
    assert all(said[one.code] == " ".join(one.text.split()) for one in unit.criteria)
    assert made["CFDocument"]["language"] == "th"


def test_identifiers_are_those_of_the_edition(root: Path) -> None:
    unit = _unit(root, "DG-TWRT-007")
    first = case.criteria(unit)
    assert case.criteria(unit.model_copy(update={"source": None, "warnings": ()})) == first
    other = case.criteria(unit.model_copy(update={"title": "another"}))
    assert set(other) == set(first)
    assert not set(other.values()) & set(first.values())
    assert first["DG401.01"] == "e6c3202d-48b4-591a-a1de-29b53bbde685"


def test_case_1_0_has_no_fields_of_1_1(root: Path) -> None:
    document: dict[str, Any] = case.package(_unit(root, "DG-TWRT-007"), PUBLISHED, "1.0")["CFDocument"]
    assert not {"caseVersion", "frameworkType"} & set(document)
    addressed = case.package(
        _unit(root, "DG-TWRT-007"), PUBLISHED._replace(address="https://example.org/ims/case/v1p1/")
    )
    assert re.fullmatch(
        r"https://example\.org/ims/case/v1p1/CFItems/[0-9a-f-]{36}", addressed["CFItems"][0]["uri"]
    )


def test_packages_of_qti_name_the_same_criteria(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "bank.zip"
    export_questions(root / "item_bank", "DG-TWRT-007", path, "qti30")
    found = zipfile.ZipFile(path).read("imsmanifest.xml").decode()
    named = dict(re.findall(r"<csm:label>([^<]*)</csm:label><csm:GUID>([^<]*)</csm:GUID>", found))
    assert named == case.criteria(_unit(root, "DG-TWRT-007"))
    exam = build(tmp_path / "exam")
    name = next(
        one
        for one in export(exam, "qti30", ExportOptions(out=tmp_path / "out")).names
        if one.endswith(".zip")
    )
    found = zipfile.ZipFile(tmp_path / "out" / name).read("imsmanifest.xml").decode()
    named = dict(re.findall(r"<csm:label>([^<]*)</csm:label><csm:GUID>([^<]*)</csm:GUID>", found))
    assert named
    assert all(str(UUID(one)) == one for one in named.values())


def test_the_command_and_what_it_refuses(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "standard.json"
    words = ["unit", "export", "DG-TWRT-007", str(path), "--creator", "สคช.", "--workspace", str(root)]
    monkeypatch.setattr("sys.argv", ["examgen", *words, "--date", "2025-06-30"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code in (0, None)
    assert path.read_bytes() == case.written(_unit(root, "DG-TWRT-007"), PUBLISHED)
    bank, good = root / "item_bank", CaseOptions("สคช.", date(2025, 6, 30))
    for place, asked in (
        (path, good),
        (tmp_path / "x.xml", good),
        (tmp_path / "x.json", good._replace(creator=" ")),
        (tmp_path / "x.json", good._replace(address="ftp://x")),
    ):
        with pytest.raises(WrongUsage):
            export_case(bank, "DG-TWRT-007", place, asked)
    for option, value in (("--date", "June"), ("--format", "rdf")):
        monkeypatch.setattr("sys.argv", ["examgen", *words, "--replace", option, value])
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 2
        assert option in capsys.readouterr().err
