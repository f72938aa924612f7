"""What is written of QTI, against its schemas: each is read once, which takes seconds."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from examgen.interchange.exporting import export_questions
from examgen.interchange.place import ExportOptions
from examgen.reports.exports.formats import export
from tests.interchange.expected import REFERENCE
from tests.screen_exams import screen_exam

NAMES = {
    "qti22": ("qtiv2p2/imsqti_v2p2p4.xsd", "qtiv2p2/qtiv2p2_imscpv1p2_v1p0.xsd"),
    "qti30": ("qtiv3p0/imsqti_asiv3p0_v1p0.xsd", "qtiv3p0/imsqtiv3p0_imscpv1p2_v1p0.xsd"),
}


def _schema(name: str) -> Any:
    if not REFERENCE.is_dir():
        pytest.skip("the schemas are not here")
    return etree.XMLSchema(etree.parse(str(REFERENCE / "schemas" / name)))


def _packages(root: Path, folder: Path, format: str) -> Iterator[tuple[Path, int]]:
    """Packages of a bank and of an exam, with the key and without; how many documents each has."""
    bank = folder / "bank.zip"
    export_questions(root / "item_bank", "DG-TWRT-007", bank, format)
    yield bank, 125
    exam = screen_exam(folder / "exam")
    for keys in ("none", "inside"):
        for name in export(exam, format, ExportOptions(out=folder / keys, keys=keys)).names:
            yield folder / keys / name, 15


@pytest.mark.long("a schema takes seconds to read; test_round_trips reads what is written")
@pytest.mark.parametrize("format", sorted(NAMES))
def test_packages_are_valid(root: Path, tmp_path: Path, format: str) -> None:
    whole, manifest = map(_schema, NAMES[format])
    for path, n in _packages(root, tmp_path, format):
        with zipfile.ZipFile(path) as archive:
            members = [name for name in archive.namelist() if name.endswith(".xml")]
            assert len(members) == n
            for name in members:
                schema = manifest if name == "imsmanifest.xml" else whole
                assert schema.validate(etree.fromstring(archive.read(name))), (path, name, schema.error_log)
