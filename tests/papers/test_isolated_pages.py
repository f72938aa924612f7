"""Fragments laid out one over the other are drawn as each is on a page of its own."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest

from examgen.core.resources import fonts
from examgen.rendering.pdf.isolate_pages import Fragment, FragmentPages, lay_out
from tests.papers.test_pdf_composer import STYLE


def drawn(sheets: FragmentPages) -> dict[int, list[tuple[bytes, float | None]]]:
    """By fragment what its pages draw, and how far down it ends; fonts by their faces."""
    found: dict[int, list[tuple[bytes, float | None]]] = {}
    with pikepdf.open(io.BytesIO(sheets.raw)) as pdf:
        for sheet, page in zip(sheets.pages, pdf.pages, strict=True):
            content = re.sub(rb"^1 0 0 -1 0 \S+ cm", b"", page.Contents.read_bytes())
            for name, font in page.Resources.Font.items():
                content = content.replace(f"{name} ".encode(), f"{font.BaseFont} ".encode())
            found.setdefault(sheet.n, []).append((content, sheet.end))
    return found


def all_drawn(
    css: str, *fragments: Fragment, **options: object
) -> dict[int, list[tuple[bytes, float | None]]]:
    found = {}
    for sheets in lay_out(css, fragments, readable=[fonts()], **options):
        found.update(drawn(sheets))
    return found


@pytest.mark.parametrize(
    ("css", "html"),
    [
        ("", "<p>ก</p><p style='break-before:page'>ข</p>"),
        ("", "<div><p>ไม่ปิด</p>"),
        ("", "<p>ปิดเกิน</p></div>"),
        ("", "<p style='margin-left:5vw'>ก</p>"),
        ("", "<p style='position:fixed;top:2px'>ก</p>"),
        ("body { padding: 0 11px }", "<p>ก</p>"),
        ("body { max-width: 99px; margin: 0 auto }", "<p>ก</p>"),
        ("html { overflow: hidden }", "<p>ก</p>"),
    ],
)
def test_what_asks_for_its_page_has_one(css: str, html: str) -> None:
    others = Fragment("<p>หนึ่ง</p>", 300.0), Fragment("<p>สอง</p>", 300.0)
    mixed = others[0], Fragment(html, 300.0), others[1]
    assert all_drawn(STYLE + css, *mixed) == all_drawn(STYLE + css, *mixed, cut=True)
