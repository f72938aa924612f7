"""Pictures that can be printed, and why others cannot; nothing is fetched, nothing expanded."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile, ImageOps, PngImagePlugin

from examgen.core.pictures import fault, find
from examgen.core.problems import Refused
from examgen.core.shown_pictures import shown
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.pdf.engine import weasyprint
from tests.effort import examples, promptly

RECT = '<rect width="9" height="9"/>'


def svg(inside: str = RECT, size: str = 'width="40" height="20"') -> str:
    links = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"<svg {links} {size}>{inside}</svg>"


def told(folder: Path, name: str, data: bytes | str) -> str | None:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return fault(path, name)


def raster(kind: str, size: tuple[int, int] = (64, 48)) -> bytes:
    image = Image.effect_noise(size, 90).convert("P" if kind == "GIF" else "RGB")
    image.save(made := io.BytesIO(), kind)
    return made.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


# ── pictures of pixels ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.png", "PNG"), ("a.PNG", "PNG"), ("a.jpg", "JPEG"), ("a.jpeg", "JPEG"), ("a.gif", "GIF"), ("a.webp", "WEBP")],
)  # fmt: skip
def test_what_is_whole_is_printed_and_what_is_cut_short_is_not(tmp_path: Path, name: str, kind: str) -> None:
    whole = raster(kind)
    assert told(tmp_path, name, whole) is None
    for part in (0.9, 0.5, 0.05):
        message = told(tmp_path, name, whole[: int(len(whole) * part)])
        assert message is not None
        assert message.startswith(f"image {name!r} is ")


def test_what_is_cut_short_is_found_after_weasyprint_was_loaded_too(tmp_path: Path) -> None:
    weasyprint()
    assert ImageFile.LOAD_TRUNCATED_IMAGES
    for kind in ("JPEG", "GIF"):
        data = raster(kind)
        assert told(tmp_path, f"late.{kind.lower()}", data[: len(data) // 2])
    assert ImageFile.LOAD_TRUNCATED_IMAGES


def test_a_png_with_a_damaged_byte_is_found(tmp_path: Path) -> None:
    data = bytearray(raster("PNG"))
    data[len(data) // 2] ^= 0xFF
    assert "damaged or incomplete" in (told(tmp_path, "a.png", bytes(data)) or "")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.png", b"", "is empty"),
        ("a.svg", b"", "is empty"),
        ("a.png", b"plain text", "is not a PNG, JPEG, GIF or WebP"),
        ("a.png", svg().encode(), "is not a PNG, JPEG, GIF or WebP"),
        ("a.png", png_claiming(12_000, 7_000), "84 megapixels. Use at most 80"),
        ("a.png", png_claiming(12_000, 8_000), "too many pixels. Use at most 80"),
        ("a.png", png_claiming(60_000, 60_000), "too many pixels. Use at most 80"),
        ("a.bmp", raster("BMP"), "Use a PNG, JPEG, GIF, WebP or SVG"),
        ("a.png", raster("BMP"), "is not a PNG, JPEG, GIF or WebP"),
        ("a.pdf", b"%PDF-1.7", "Use a PNG, JPEG, GIF, WebP or SVG"),
    ],
)
def test_what_is_no_picture_is_told(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert message in (told(tmp_path, name, data) or "")


def test_a_picture_that_was_mended_is_read_again(tmp_path: Path) -> None:
    assert told(tmp_path, "a.png", b"x") is not None
    assert told(tmp_path, "a.png", raster("PNG")) is None
    (tmp_path / "a.png").unlink()
    assert "cannot be read" in (fault(tmp_path / "a.png", "a.png") or "")


# ── what their files hold besides ────────────────────────────────────────────────────────────


def noted(kind: str, turned: int) -> bytes:
    """A picture with notes of a camera, a comment, and something behind its end."""
    notes = Image.Exif()
    notes[0x010E], notes[0x0112] = "SECRET", turned
    comment = PngImagePlugin.PngInfo()
    comment.add_text("Comment", "SECRET")
    image = Image.effect_noise((64, 48), 90).convert("P" if kind == "GIF" else "RGB")
    image.save(made := io.BytesIO(), kind, exif=notes, comment=b"SECRET", pnginfo=comment, progressive=True)
    return made.getvalue() + b"SECRET"


@pytest.mark.parametrize("turned", [1, 6])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_for_candidates_is_the_same_and_says_nothing_else(kind: str, turned: int) -> None:
    was = noted(kind, turned)
    now = shown(was, f"a.{kind.lower()}")
    assert b"SECRET" in was
    assert b"SECRET" not in now
    one, other = (ImageOps.exif_transpose(Image.open(io.BytesIO(data))) for data in (was, now))
    assert (one.size, one.tobytes()) == (other.size, other.tobytes())


@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]), st.integers(0, 5_000), st.binary(max_size=8))
@settings(max_examples=examples(200), deadline=None)
def test_a_damaged_picture_costs_no_paper(kind: str, at: int, wrong: bytes) -> None:
    data = raster(kind)
    shown(data[:at] + wrong + data[at + len(wrong) :], "a.png")
    shown(data[:at], "a.png")


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- SECRET -->",
        "<title>SECRET</title><desc>SECRET</desc><metadata><x>SECRET</x></metadata>",
        '<g id="SECRET" class="SECRET" data-x="SECRET" xmlns:i="urn:i" i:label="SECRET"/>',
        '<i:view xmlns:i="urn:i">SECRET</i:view>',
        '<g display="none"><text>SECRET</text></g>',
        '<g style="fill:red; display: none"><text>SECRET</text></g>',
        "<style>/* SECRET */ rect{fill:#000}</style>",
    ],
)
def test_a_drawing_for_candidates_has_nothing_that_is_not_seen(hidden: str) -> None:
    now = shown(svg(hidden + RECT).encode(), "a.svg")
    assert b"SECRET" not in now
    assert b'<rect width="9" height="9"' in now


@pytest.mark.parametrize(
    "needed",
    [
        '<g display="none"><linearGradient id="g"/></g><rect fill="url(#g)" width="9" height="9"/>',
        '<g id="a" display="none"><text>1</text></g><use href="#a"/>',
        '<style>.a{display:inline}</style><g class="a" display="none"><text>1</text></g>',
        '<g display="none"><set attributeName="display" to="inline"/><text>1</text></g>',
    ],
)
def test_what_is_hidden_and_used_elsewhere_stays(needed: str) -> None:
    was, now = (ElementTree.fromstring(data) for data in (svg(needed), shown(svg(needed).encode(), "a.svg")))
    assert [(one.tag, one.attrib, one.text) for one in was.iter()] == [
        (one.tag, one.attrib, one.text) for one in now.iter()
    ]


def test_a_comment_in_a_photograph_is_not_in_the_pdf(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(noted("JPEG", 1))
    page = f'<html><body><img src="{(tmp_path / "a.jpg").as_uri()}"></body></html>'
    assert b"SECRET" not in render_pdf(page, title="x", language="th", readable=[tmp_path])


# ── drawings ─────────────────────────────────────────────────────────────────────────────────


def test_the_drawings_of_the_starter_bank_can_be_printed(root: Path) -> None:
    files = sorted((root / "item_bank").glob("*/media/*"))
    assert len(files) >= 3
    assert [fault(path, path.name) for path in files] == [None] * len(files)


@pytest.mark.parametrize(
    "drawing",
    [
        svg(),
        "\ufeff" + svg(),
        '<?xml version="1.0" encoding="UTF-8"?>' + svg(),
        svg(size='viewBox="0 0 600 400"'),
        svg(size='viewBox="-10,-10,600.5,4e2" width="100%" height="auto"'),
        svg(size='width="12.5mm" height=".5in"'),
        svg('<text font-family="Sarabun">ผังอาคาร</text>'),
        svg("<style>text{font-family:'Sarabun', sans-serif}</style><text>ผัง</text>"),
        svg('<text style="font: bold 12px Sarabun">ผัง</text>'),
        svg("<title>漢</title><desc>😀</desc>" + RECT),
        svg('<defs><g id="a"><path d="M0 0h9"/></g></defs><use href="#a"/><use xlink:href="#a" x="9"/>'),
        svg('<linearGradient id="g"/><rect width="9" height="9" fill="url(#g)" style="stroke:url( \'#g\' )"/>'),
    ],
)  # fmt: skip
def test_a_sound_drawing_is_printed(tmp_path: Path, drawing: str) -> None:
    assert told(tmp_path, "a.svg", drawing) is None


BOMB = (
    '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {y} "{f"&{x};" * 10}">' for x, y in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
    + svg("<text>&i;</text>")
)
USES = "".join(
    f'<g id="g{n}">{f"""<use href="#g{n - 1}"/>""" * 10 if n else RECT}</g>' for n in range(12)
)  # 10 ** 11 shapes


@pytest.mark.parametrize(
    ("drawing", "message"),
    [
        ("plain text", "is not a readable SVG"),
        (svg()[:-9], "is not a readable SVG"),
        ("<html/>", "is not an SVG"),
        ('<svg width="9" height="9"><rect/></svg>', 'xmlns="http://www.w3.org/2000/svg"'),
        (svg().encode("utf-16"), "Save it as UTF-8"),
        ('<?xml version="1.0" encoding="TIS-620"?>' + svg(), "Save it as UTF-8"),
        (svg("<title>ก</title>" + RECT).encode("cp874"), "Save it as UTF-8"),
        ('<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">' + svg(), "contains <!DOCTYPE …>"),
        ('<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + svg("<text>&x;</text>"), "<!DOCTYPE …>"),
        (BOMB, "contains <!DOCTYPE …>"),
        ('<?xml-stylesheet href="x.css"?>' + svg(), "style sheet in another file"),
        (svg(size='width="0" height="0"'), "has no size"),
        (svg(size='width="0" height="0" viewBox="0 0 9 9"'), "has no size"),
        (svg(size='width="abc" height="9"'), "not 'abc'"),
        (svg(size='width="-4" height="9"'), "not '-4'"),
        (svg(size='width="NaN" height="9"'), "not 'NaN'"),
        (svg(size='width="9"'), "Give it a viewBox"),
        (svg(size=""), "Give it a viewBox"),
        (svg(size='width="100%" height="100%"'), "Give it a viewBox"),
        (svg(size='viewBox="0 0 0 9"'), "viewBox must be like"),
        (svg(size='viewBox="0 0 9"'), "viewBox must be like"),
        (svg(size='viewBox="0 0 inf nan"'), "viewBox must be like"),
        (svg(""), "draws nothing"),
        (svg("<script>alert(1)</script>" + RECT), "contains a script"),
        (svg(RECT + '<g onload="alert(1)"/>'), "contains a script"),
        (svg('<foreignObject width="9" height="9"><p xmlns="http://www.w3.org/1999/xhtml">ก</p></foreignObject>'), "foreignObject"),
        (svg('<image href="http://example.com/x.png"/>'), "refers to 'http://example.com/x.png'"),
        (svg('<image xlink:href="file:///etc/passwd"/>'), "refers to 'file:///etc/passwd'"),
        (svg('<image href="data:image/png;base64,iVBO"/>'), "refers to 'data:image/png;base64,iVBO'"),
        (svg('<use href="other.svg#a"/>'), "refers to 'other.svg#a'"),
        (svg('<rect fill="url(http://example.com/#a)"/>'), "refers to 'http://example.com/#a'"),
        (svg('<rect style="fill: URL( \'x.svg#a\' )"/>'), "refers to 'x.svg#a'"),
        (svg("<style>@font-face{src:url(x.ttf)}</style>" + RECT), "refers to 'x.ttf'"),
        (svg('<style>@import "x.css";</style>' + RECT), "@import"),
        (svg(r"<style>\40 import 'x.css';</style>" + RECT), "Write them without"),
        (svg('<g id="a"><use href="#a"/></g>'), "draws part 'a' inside itself"),
        (svg('<g id="a"><use href="#b"/></g><g id="b"><use xlink:href="#a"/></g>'), "inside itself"),
        (svg('<pattern id="p"><rect fill="url(#p)"/></pattern><rect fill="url(#p)"/>'), "inside itself"),
        (svg(USES), "Simplify it"),
        (svg("<g>" * 5000 + RECT + "</g>" * 5000), "Simplify it"),
        (svg('<text font-family="Sarabun">漢</text>'), "U+6F22"),
        (svg('<text font-family="Sarabun">ก<tspan>😀</tspan></text>'), "U+1F600"),
        (svg("<text>ก</text>"), "has no font"),
        (svg('<text font-family="Arial, Sarabun">ก</text>'), "uses the font 'Arial, Sarabun'"),
        (svg("<style>text{font:12px Arial}</style><text>ก</text>"), "uses the font '12px Arial'"),
    ],
)  # fmt: skip
def test_an_unprintable_drawing_says_why(tmp_path: Path, drawing: str | bytes, message: str) -> None:
    found = told(tmp_path, "a.svg", drawing) or ""
    assert message in found
    assert found.startswith("image 'a.svg' ")


def test_two_megabytes_of_entities_are_refused_at_once(tmp_path: Path) -> None:
    entities = '<!DOCTYPE svg [<!ENTITY a "' + "x" * 100_000 + '">]>'
    with promptly():
        assert "DOCTYPE" in (told(tmp_path, "a.svg", entities + svg(f"<text>{'&a;' * 600_000}</text>")) or "")


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(60)
)
@given(
    st.sampled_from(["a.png", "a.jpg", "a.gif", "a.webp", "a.svg"]),
    st.binary(max_size=400),
    st.integers(0, 99),
)
def test_no_bytes_whatever_raise(tmp_path: Path, name: str, noise: bytes, at: int) -> None:
    kinds = {"a.png": "PNG", "a.jpg": "JPEG", "a.gif": "GIF", "a.webp": "WEBP"}
    sound = raster(kinds[name], (8, 8)) if name in kinds else svg().encode()
    message = told(tmp_path, name, sound[:at] + noise + sound[at + len(noise) :])
    assert message is None or message.startswith(f"image {name!r} ")


# ── where it lies ────────────────────────────────────────────────────────────────────────────


def test_a_picture_is_looked_for_in_media_folders_alone(tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    (media / "plan.svg").write_text(svg())
    (tmp_path / "unit.yaml").write_text("code: T-1")
    assert find("../media/plan.svg", [media]) == (media / "plan.svg").resolve()
    assert find("none.svg", [media]) is None
    assert find("x" * 5000, [media]) is None
    for name in ("../unit.yaml", "/etc/passwd", "media/../../unit.yaml", "http://x/y.png", "a\0.png", ""):
        with pytest.raises(Refused, match="is not in the media folder"):
            find(name, [media])
