"""Exam and papers rule → the identity and geometry of the answer sheet, for print and for sheet.json.

**Identity**, the text of the QR code: seven fields separated by `:`,

    EG1:<exam>:<serial>:<candidate>:<page>/<pages>:<geometry>:<check>

`EG1` identifies this format. Serial and candidate are empty on a sheet for no particular candidate. All
characters except the letters A–Z and a–z, digits and `. _ - ~` are percent-encoded as UTF-8. Geometry is
`<design>-<hash>`, the version of the sheet.json from which the sheet was drawn. Check is the CRC-32 (zlib)
of everything before its colon, as eight hexadecimal digits.
"""

from __future__ import annotations

import binascii
import json
import zlib
from typing import Any, NamedTuple
from urllib.parse import quote

from examgen.core.models.form import Exam
from examgen.core.models.papers import PapersRule
from examgen.papers.candidate import letters
from examgen.papers.sheet import design as sizes
from examgen.papers.sheet.design import SheetDesign, sheet_design, sheet_size
from examgen.rendering.symbols import QUIET_MODULES

SCHEMA_VERSION = 1
DESIGN = 1
"""Version of the design; changed whenever a size, mark or position shared by the sheets of one exam
changes."""

MOST_IDENTITY = 122
"""The maximum number of bytes of a QR code of 45 × 45 modules at level M, which has 3 dots of a 150-dpi scan
for each module."""


class PageIdentity(NamedTuple):
    """Content of the QR code of one page of one sheet."""

    exam: str
    serial: str
    candidate: str
    page: int
    n_pages: int
    geometry: str


def identity_text(identity: PageIdentity) -> str:
    """Return the text of the QR code.

    A candidate number that would make the code too fine to scan is left out, because the serial identifies
    the sheet.
    """
    text = _checked(identity)
    if len(text) > MOST_IDENTITY and identity.candidate and identity.serial:
        return _checked(identity._replace(candidate=""))
    return text


def _checked(identity: PageIdentity) -> str:
    exam, serial, candidate = (quote(part, safe="") for part in identity[:3])
    page = f"{identity.page}/{identity.n_pages}"
    text = ":".join(("EG1", exam, serial, candidate, page, identity.geometry))
    return f"{text}:{zlib.crc32(text.encode()):08X}"


def exam_design(exam: Exam, rule: PapersRule) -> SheetDesign:
    """Return the answer sheet of an exam, which all its forms share."""
    most = max(len(form.items) for form in exam.forms)
    forms = [form.name for form in exam.forms]
    return sheet_design(sheet_size(rule.size), most, letters(exam), forms, rule.candidate_number)


def geometry_version(design: SheetDesign, rule: PapersRule) -> str:
    """Return `<design>-<hash>`; the hash is a CRC-16 of all numbers that a reader of scans uses."""
    numbers = json.dumps(_numbers(design, rule), ensure_ascii=False, sort_keys=True)
    return f"{DESIGN}-{binascii.crc_hqx(numbers.encode(), 0):04X}"


def sheet_geometry(exam: Exam, rule: PapersRule) -> dict[str, Any]:
    """Return the content of sheet.json; docs/papers.md explains each field."""
    design = exam_design(exam, rule)
    version = geometry_version(design, rule)
    name = exam.blueprint.exam
    n_pages = len(design.pages)
    numbers = _numbers(design, rule)
    for page in numbers["pages"]:
        page["qr"]["text"] = identity_text(PageIdentity(name, "", "", page["page"], n_pages, version))
    return {
        "schema": "examgen-sheet",
        "version": SCHEMA_VERSION,
        "exam": name,
        "geometry": version,
        **numbers,
    }


def _numbers(design: SheetDesign, rule: PapersRule) -> dict[str, Any]:
    size, number = design.size, rule.candidate_number
    width, height = sizes.BAR_MM
    x, y = sizes.QR_AT
    corners = [
        {
            "name": mark.name,
            "x": mark.x,
            "y": mark.y,
            "diameter": sizes.BULLSEYE_MM,
            "ring": sizes.RING_MM,
            "dot": sizes.DOT_MM,
        }
        for mark in design.corners
    ]
    patches = [
        {"x": mark.x, "y": mark.y, "width": sizes.PATCH_MM, "height": sizes.PATCH_MM, "grey": grey}
        for mark, grey in zip(design.patches, sizes.PATCHES, strict=True)
    ]
    pages = []
    for page in design.pages:
        bubbles = []
        for bubble in page.bubbles:
            place = {"number": {"place": bubble.place}, "form": {}, "item": {"question": bubble.place}}
            bubbles.append(
                {
                    "group": bubble.group,
                    **place[bubble.group],
                    "value": bubble.value,
                    "label": bubble.label,
                    "x": bubble.x,
                    "y": bubble.y,
                    "diameter": sizes.BUBBLE_MM,
                }
            )
        pages.append(
            {
                "page": page.number,
                "corners": corners,
                "timing": [
                    {"kind": bar.name, "x": bar.x, "y": bar.y, "width": width, "height": height}
                    for bar in page.bars
                ],
                "patches": patches,
                "qr": {
                    "x": x + sizes.QR_MM / 2,
                    "y": y + sizes.QR_MM / 2,
                    "size": sizes.QR_MM,
                    "quiet_modules": QUIET_MODULES,
                    "level": "M",
                },
                "areas": [area._asdict() for area in design.areas if area.name != "how"],
                "bubbles": bubbles,
            }
        )
    return {
        "units": "mm",
        "origin": "top left of the page; x to the right, y down; x and y of a mark or bubble are its centre",
        "paper": {"name": size.name, "width": size.width, "height": size.height},
        "letters": list(design.letters),
        "forms": list(design.forms),
        "candidate_number": {
            "length": number.length,
            "letters": list(number.letters),
            "check": number.check,
        },
        "bubble": {"diameter": sizes.BUBBLE_MM, "outline": sizes.OUTLINE_MM},
        "pages": pages,
    }
