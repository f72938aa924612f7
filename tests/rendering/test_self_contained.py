"""A page of HTML has its files inside it, and of our fonts what it is written in, shaped as ever."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest
import uharfbuzz
from fontTools.ttLib import TTFont

from examgen.core.problems import Refused
from examgen.core.resources import fonts
from examgen.core.text.fonts import COMMON, FACES, cut_web_face, web_face, web_file, widths
from examgen.rendering.parts import face_addresses
from examgen.rendering.self_contained import self_contained

THAI = "น้ำทิพย์ ปิ่นแก้ว กตัญญู ฐานฎีกา กฤษฎิ์เมธา ฎุ ฏู ญู ฐู ป่า ฝ้า ฟ้ำ ปี่ ฬู้ เปี๊ยะ ก็์ ฤๅ ฯลฯ ๆ ๏ ๚ ๛ ๑๒๓ AVA To ffi 12.5 % ■ ▲ ◆ −"


def page(text: str) -> str:
    faces = "".join(
        f'@font-face {{ font-family: Sarabun; src: url("{address}"); font-weight: {weight} }}'
        for weight, address in face_addresses().items()
    )
    return self_contained(f"<style>{faces}</style><p>{text}</p>", [fonts()])


def programs(html: str) -> list[bytes]:
    """The fonts in a page as TrueType."""
    found = []
    for data in re.findall(r'url\("data:font/woff2;base64,([^"]+)"\)', html):
        with TTFont(io.BytesIO(base64.b64decode(data)), recalcTimestamp=False) as font:
            font.flavor = None
            plain = io.BytesIO()
            font.save(plain)
            found.append(plain.getvalue())
    assert "file:" not in html
    return found


def drawn(program: bytes, text: str) -> list[tuple[str, int, int, int]]:
    """The outline of each glyph of a shaped text, its advance, and how far it is moved."""
    font = uharfbuzz.Font(uharfbuzz.Face(program))
    run = uharfbuzz.Buffer()
    run.add_str(text)
    run.guess_segment_properties()
    uharfbuzz.shape(font, run)
    places = zip(run.glyph_infos, run.glyph_positions, strict=True)
    return [(_outline(font, info.codepoint), at.x_advance, at.x_offset, at.y_offset) for info, at in places]


def _outline(font: uharfbuzz.Font, glyph: int) -> str:
    from fontTools.pens.svgPathPen import SVGPathPen

    pen = SVGPathPen(None)
    font.draw_glyph_with_pen(glyph, pen)
    return pen.getCommands()


@pytest.mark.parametrize("text", [THAI, f"José Łukasz Cafe\u0301 ½ {THAI}"])
def test_text_is_shaped_and_drawn_as_with_the_whole_font(text: str) -> None:
    for program, name in zip(programs(page(text)), ("Regular", "Bold"), strict=True):
        assert drawn(program, text) == drawn((fonts() / f"Sarabun-{name}.ttf").read_bytes(), text)


def test_the_faces_for_pages_are_cut_from_those_for_paper(update_golden: bool) -> None:
    """Two of six, for each takes its time; all are written anew together."""
    for name in FACES if update_golden else ():
        for common in (True, False):
            web_file(name, common).write_bytes(cut_web_face(name, common))
    for name, common in (("Regular", True), ("Bold", False)):
        assert web_face(name, common) == cut_web_face(name, common)


@pytest.mark.parametrize("told", ["é", "&eacute;", "&#233;", '<style>p::before { content: "\\e9" }</style>'])
def test_a_rare_letter_is_there_however_it_is_told(told: str) -> None:
    for program in programs(page(told)):
        assert 0xE9 in TTFont(io.BytesIO(program)).getBestCmap()


def test_common_letters_are_those_of_the_faces_and_few() -> None:
    small, whole = page(f"{THAI} 漢字"), page("é")
    assert len(small) < 46_000 < len(whole) < 80_000
    assert all(set(widths(name)) >= COMMON for name in ("Regular", "Bold"))
    for program in programs(small):
        assert {ord(char) for char in COMMON} <= set(TTFont(io.BytesIO(program)).getBestCmap())


def test_fonts_bear_no_time() -> None:
    for program, name in zip(programs(page("ก")), ("Regular", "Bold"), strict=True):
        shipped = TTFont(fonts() / f"Sarabun-{name}.ttf")
        assert TTFont(io.BytesIO(program), recalcTimestamp=False)["head"].modified == shipped["head"].modified


def test_other_files_are_put_in_whole_and_only_from_the_folders(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for place in ("in/a.png", "b.png"):
        (tmp_path / place).write_bytes(b"picture")
    shown = f'<img src="{(tmp_path / "in/a.png").as_uri()}">'
    held = base64.b64encode(b"picture").decode()
    assert self_contained(shown, [tmp_path / "in"]) == f'<img src="data:image/png;base64,{held}">'
    with pytest.raises(Refused, match=r"b\.png"):
        self_contained(f"<img src='{(tmp_path / 'b.png').as_uri()}'>", [tmp_path / "in"])


def test_a_drawing_has_the_letters_of_its_texts_in_it(tmp_path: Path) -> None:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" font-family="Sarabun"><text>น้ำ 12</text></svg>'
    (tmp_path / "plan.svg").write_text(drawing, "utf-8")
    (tmp_path / "bare.svg").write_text(drawing.replace("text", "g"), "utf-8")
    shown = "".join(f'<img src="{(tmp_path / name).as_uri()}">' for name in ("plan.svg", "bare.svg"))
    html = self_contained(shown, [tmp_path])
    written, bare = re.findall(r"data:image/svg\+xml;base64,([^\"]+)", html)
    assert "data:" not in base64.b64decode(bare).decode()
    faces = re.findall(r'url\("data:font/ttf;base64,([^"]+)"\)', base64.b64decode(written).decode())
    assert len(faces) == len(FACES)
    with TTFont(io.BytesIO(base64.b64decode(faces[0]))) as font:
        assert {*map(ord, "น้ำ12")} <= {*font.getBestCmap()} < {*map(ord, COMMON)} | {0x0E4D}
