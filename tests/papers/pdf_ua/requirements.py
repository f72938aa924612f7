"""What ISO 14289-1 (PDF/UA-1) asks of a file, as far as a program can see, with the faults of a file.

Numbers such as 09-004 are those of the Matterhorn Protocol 1.1 (PDF Association), which lists ways to fail;
those such as 7.21.5 are clauses of ISO 14289-1. Nothing of examgen is used to look at the file.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pikepdf

from tests.papers.pdf_ua import content, document, fonts, tags


class Checked(NamedTuple):
    """A requirement and what of the file fails it."""

    number: str
    requirement: str
    faults: list[str]


def checked(data: bytes) -> list[Checked]:
    """Every requirement with its faults in that file."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [Checked(number, text, list(check(pdf))) for number, text, check in REQUIREMENTS]


REQUIREMENTS: tuple[tuple[str, str, Callable[[pikepdf.Pdf], Iterator[str]]], ...] = (
    ("06-001", "XMP says pdfuaid:part 1 and the title (06-002, 06-003)", document.metadata),
    ("6.1", "the file is PDF 1.x", document.version),
    ("01-003", "no artifact inside tagged content", content.artifacts_inside_tagged),
    ("01-004", "no tagged content inside an artifact", content.tagged_inside_artifacts),
    ("01-005", "all that is drawn is tagged or an artifact", content.unmarked),
    ("01-007", "MarkInfo.Marked is true, Suspects is not", document.marked),
    ("7.1a", "each MCID stands once on its page and once in the tree", content.marks_twice),
    ("7.1b", "each MCID drawn is in the tree, each of the tree is drawn", content.orphans),
    ("7.1c", "the parent tree leads from each MCID to the tag that holds it", content.parent_tree),
    ("7.1d", "each tag names the parent that holds it", tags.parents),
    ("7.1e", "one Document at the top", tags.one_document),
    ("7.1f", "no tag without content", tags.empty),
    ("02-001", "every type of tag is standard or mapped", tags.unknown_types),
    ("02-003", "the role map is not circular and maps no standard type (02-004)", tags.role_map),
    ("07-001", "the title is there and shown in place of the file name (07-002)", document.title_shown),
    ("09-004", "tables are built of rows and cells", tags.table_structure),
    ("7.5", "rows of a table have as many cells", tags.table_rows),
    ("15-003", "every table has header cells, each with its scope", tags.scopes),
    ("09-005", "lists are built of L, LI, Lbl, LBody", tags.list_structure),
    ("7.6", "lists with labels say how they are numbered", tags.list_numbering),
    ("11-001", "the language of the document is known, and that of its tags is a code (11-002 … 11-006)", document.language),
    ("13-004", "every figure has an Alt", tags.alternatives("Figure")),
    ("17-002", "every formula has an Alt", tags.alternatives("Formula")),
    ("14.8.5", "boxes of figures and formulas lie on their page (ISO 32000-1)", tags.boxes),
    ("14-002", "headings begin with H1 and skip no level (14-003, 14-006, 14-007)", tags.headings),
    ("7.17", "every heading has its bookmark", document.bookmarks),
    ("7.18", "no annotations or forms but a signature nobody sees, no layers, actions, attachments, encryption (20, 21, 25, 26, 28)", document.interactive),
    ("7.18.3", "tab order follows the structure on every page", document.tabs),
    ("30-001", "no reference XObjects, no MCIDs in form XObjects (30-002)", document.forms),
    ("7.21", "all fonts are TrueType composites", fonts.composite_only),
    ("7.21.4", "every font is embedded", fonts.embedded),
    ("7.21.3", "encodings are Identity-H, every font has its CIDToGIDMap", fonts.cid_maps),
    ("7.21.7", "every font has a ToUnicode that maps to characters", fonts.code_texts),
    ("10-001", "every code used has its text or an ActualText, its glyph and its width (7.21.5, 7.21.8)", fonts.glyphs),
)  # fmt: skip
