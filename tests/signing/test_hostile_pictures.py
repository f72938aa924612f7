"""Pictures that were made to hold up whoever looks for a code in them."""

from __future__ import annotations

import time
import zlib
from itertools import product
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from examgen.core.problems import Refused
from examgen.core.signing.keys import make_keys
from examgen.reports.verifying import verify_report
from tests.effort import some


def finder_patterns(side: int) -> Image.Image:
    """A grid of the patterns by which a QR code is found, 9 by 9 modules of a pixel each."""
    one = np.ones((9, 9), np.uint8)
    one[1:8, 1:8], one[2:7, 2:7], one[3:6, 3:6] = 0, 1, 0
    n = -(-side // 9)
    return Image.fromarray(np.tile(one, (n, n))[:side, :side] * np.uint8(255))


def one_colour(path: Path, side: int) -> None:
    """A PNG of one colour, line by line: its pixels are never all in memory here."""
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(bytes(1 + side)) for _ in range(side)) + packer.flush()
    head = side.to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + name + content + check

    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_keys(tmp_path_factory.mktemp("keys") / "body.pem", "Body")[0]


def refused(path: Path, key: Path, seconds: float) -> set[str]:
    begun = time.monotonic()
    with pytest.raises(Refused) as fault:
        verify_report(str(path), [key])
    assert time.monotonic() - begun < seconds
    return {one.code for one in fault.value.problems}


@pytest.mark.parametrize(("scale", "side"), some(product((2, 1), (1350, 1990, 2000, 2250, 5400)), 3))
def test_a_grid_of_finder_patterns_takes_seconds(tmp_path: Path, key: Path, side: int, scale: int) -> None:
    picture = finder_patterns(side // scale)
    picture.resize((side, side), Image.Resampling.NEAREST).save(tmp_path / "grid.png")
    assert refused(tmp_path / "grid.png", key, 48) <= {"code-not-in-time", "no-code"}


def test_a_search_that_takes_too_long_is_ended_in_plain_words(
    tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from examgen.reports import code_search

    monkeypatch.setattr(code_search, "BOUNDS", code_search.BOUNDS._replace(seconds=0.0))
    finder_patterns(1990).save(tmp_path / "grid.png")
    with pytest.raises(Refused) as fault:
        verify_report(str(tmp_path / "grid.png"), [key])
    (problem,) = fault.value.problems
    assert problem.code == "code-not-in-time"
    assert problem.message == "No code was found in this picture in time. Type the code instead."


def test_pixels_that_fill_the_memory_are_refused_unread(tmp_path: Path, key: Path) -> None:
    one_colour(tmp_path / "large.png", 12_000)
    assert refused(tmp_path / "large.png", key, 40) == {"damaged-picture"}


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "WEBP", "SVG"])
def test_other_kinds_of_pictures_are_not_opened(tmp_path: Path, key: Path, kind: str) -> None:
    path = tmp_path / f"picture.{kind}"
    if kind == "SVG":
        path.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', "utf-8")
    else:
        frames = [finder_patterns(900)] * 3
        frames[0].save(path, kind, save_all=True, append_images=frames[1:])
    assert refused(path, key, 20) == {"not-a-report"}


def test_a_picture_that_only_begins_as_a_png_is_not_opened_as_another_kind(tmp_path: Path, key: Path) -> None:
    path = tmp_path / "x.png"
    finder_patterns(90).save(path, "PNG")
    path.write_bytes(path.read_bytes()[:40] + b"GIF89a" + bytes(1000))
    assert refused(path, key, 20) == {"damaged-picture"}


def test_a_pdf_of_thousands_of_pages_is_refused_unread(tmp_path: Path, key: Path) -> None:
    with pikepdf.new() as pdf:
        for _ in range(2_000):
            pdf.add_blank_page()
        pdf.save(tmp_path / "long.pdf")
    assert refused(tmp_path / "long.pdf", key, 32) == {"too-many-pages"}


def test_a_page_that_takes_too_long_to_draw_ends_the_search(tmp_path: Path, key: Path) -> None:
    with pikepdf.new() as pdf:
        for n in range(3):
            page = pdf.add_blank_page(page_size=(595, 842))
            lines = "".join(f"0 {k % 842} m 595 {k * 7 % 842} l S\n" for k in range(400_000 if n == 1 else 1))
            page.Contents = pdf.make_stream(lines.encode())
        pdf.save(tmp_path / "slow.pdf")
    assert refused(tmp_path / "slow.pdf", key, 60) == {"code-not-in-time"}
