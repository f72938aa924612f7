"""Scan files → pixels: what a scanner stored comes out as it was stored, in every kind of file."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image

from examgen.scanning.input.page_image import ImageLimits, PageImage
from examgen.scanning.input.sources import counted, pages_of

Grey = NDArray[np.uint8]
Name = pikepdf.Name


@pytest.fixture(scope="module")
def picture() -> Grey:
    """Soft shapes, so that a shift of half a pixel would show."""
    rng = np.random.default_rng(3)
    image = cv2.resize(rng.integers(0, 256, (35, 25), np.uint8), (500, 700), interpolation=cv2.INTER_CUBIC)
    image[:40, :40] = 0
    return image


def first(path: Path, page: int = 1, limits: ImageLimits | None = None) -> PageImage:
    with pages_of(path, *([limits] if limits else [])) as take:
        return take(page)


def pdf(path: Path, content: str, rotate: int = 0, **pictures: tuple[bytes, dict[str, object]]) -> Path:
    made = pikepdf.new()
    made.add_blank_page(page_size=(500, 700))
    page = made.pages[0].obj
    page.Rotate = rotate
    page.Contents = made.make_stream(content.encode())
    objects = pikepdf.Dictionary()
    for name, (data, about) in pictures.items():
        stream = pikepdf.Stream(made, data)
        stream.Subtype = Name.Image
        for key, value in about.items():
            stream[f"/{key}"] = value
        objects[f"/{name}"] = stream
    page.Resources = pikepdf.Dictionary(XObject=objects)
    made.save(path)
    return path


FULL = "q 500 0 0 700 0 0 cm /A Do Q"
SIZE = {"Width": 500, "Height": 700}


def stored(picture: Grey, how: str) -> tuple[bytes, dict[str, object], Grey]:
    """A picture as PDF files hold it, and the pixels that it is."""
    grey = {**SIZE, "BitsPerComponent": 8, "ColorSpace": Name.DeviceGray, "Filter": Name.FlateDecode}
    one_bit = (picture > 127).astype(np.uint8)
    match how:
        case "flate":
            return zlib.compress(picture.tobytes()), grey, picture
        case "colour":
            rgb = np.stack([picture] * 3, axis=2)
            return zlib.compress(rgb.tobytes()), {**grey, "ColorSpace": Name.DeviceRGB}, picture
        case "jpeg" | "jpeg in colour":
            kept = picture if how == "jpeg" else np.stack([picture] * 3, axis=2)
            data = cv2.imencode(".jpg", kept, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
            space = Name.DeviceGray if how == "jpeg" else Name.DeviceRGB
            about = {**grey, "Filter": Name.DCTDecode, "ColorSpace": space}
            return data, about, cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        case "one bit":
            packed = np.packbits(one_bit, axis=1).tobytes()
            return zlib.compress(packed), {**grey, "BitsPerComponent": 1}, one_bit * 255
        case "fax":
            out = io.BytesIO()
            Image.fromarray(one_bit * 255).convert("1").save(out, "tiff", compression="group4")
            with Image.open(out) as tiff:
                at, n = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
                black_is_1 = tiff.tag_v2[262] == 1
            parts = pikepdf.Dictionary(K=-1, Columns=500, Rows=700, BlackIs1=black_is_1)
            about = {**grey, "BitsPerComponent": 1, "Filter": Name.CCITTFaxDecode, "DecodeParms": parts}
            return out.getvalue()[at : at + n], about, one_bit * 255
        case _:
            palette = pikepdf.Array([Name.Indexed, Name.DeviceGray, 255, pikepdf.String(bytes(range(256)))])
            return zlib.compress(picture.tobytes()), {**grey, "ColorSpace": palette}, picture


@pytest.mark.parametrize("how", ["flate", "colour", "jpeg", "jpeg in colour", "one bit", "fax", "palette"])
def test_a_scanned_page_of_a_pdf_is_the_picture_that_was_stored(
    picture: Grey, how: str, tmp_path: Path
) -> None:
    data, about, pixels = stored(picture, how)
    over = " BT /F1 9 Tf 3 Tr 10 10 Td (seen by nobody) Tj ET"
    for n, (content, turned) in enumerate(
        ((FULL, 0), ("q 250 0 0 350 9 9 cm /A Do Q" + over, 0), (FULL, 90))
    ):
        found = first(pdf(tmp_path / f"{n}.pdf", content, turned, A=(data, about)))
        assert found.image is not None, found.fault
        assert found.image.shape == pixels.shape
        assert np.abs(found.image.astype(int) - pixels).max() <= 1
    with pikepdf.open(tmp_path / "0.pdf") as whole:
        whole.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="a", user="b"))
    assert counted(tmp_path / "locked.pdf").fault == "encrypted"


def test_what_a_page_shows_is_read_where_it_is_not_one_picture(picture: Grey, tmp_path: Path) -> None:
    data, about, _ = stored(picture, "flate")
    halves = "q 500 0 0 350 0 0 cm /A Do Q q 500 0 0 350 0 350 cm /A Do Q"
    mirrored = "q -500 0 0 700 500 0 cm /A Do Q"
    drawn = FULL + " 0 g 100 100 50 50 re f"
    shapes = {}
    for name, content in (("halves", halves), ("mirrored", mirrored), ("drawn", drawn)):
        found = first(pdf(tmp_path / f"{name}.pdf", content, A=(data, about)))
        assert found.image is not None
        shapes[name] = cv2.resize(found.image, (500, 700), interpolation=cv2.INTER_AREA).astype(int)
    np.testing.assert_allclose(shapes["mirrored"], picture[:, ::-1], atol=40)
    half = cv2.resize(picture, (500, 350), interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(shapes["halves"][:350] - half).mean() < 3
    assert (shapes["drawn"][560:590, 110:140] == 0).all()


def test_pictures_of_every_depth_are_grey_on_white(picture: Grey, tmp_path: Path) -> None:
    one = Image.fromarray(picture)
    deep = (picture.astype(np.uint16) << 8) | picture
    clear = Image.merge("LA", (Image.new("L", one.size, 0), Image.fromarray(255 - picture)))
    for name, image, wanted in (
        ("grey.png", one, picture),
        ("colour.png", one.convert("RGB"), picture),
        ("palette.png", one.convert("P"), picture),
        ("clear.png", clear, picture),
        ("deep.png", Image.fromarray(deep), picture),
        ("deep.tif", Image.fromarray(deep), picture),
        ("bits.tif", one.convert("1"), np.asarray(one.convert("1"), np.uint8) * 255),
        ("inks.tif", one.convert("RGB").convert("CMYK"), picture),
    ):
        image.save(tmp_path / name)
        found = first(tmp_path / name)
        assert found.image is not None, (name, found.fault)
        assert np.abs(found.image.astype(int) - wanted).max() <= 1, name


def test_pages_of_a_tiff_are_taken_in_any_order(picture: Grey, tmp_path: Path) -> None:
    pages = [Image.fromarray(np.roll(picture, 31 * n)) for n in range(4)]
    pages[0].save(
        tmp_path / "a.tif", save_all=True, append_images=pages[1:], compression="tiff_deflate", dpi=(240, 240)
    )
    assert counted(tmp_path / "a.tif")[1:] == (4, "")
    with pages_of(tmp_path / "a.tif") as take:
        for n in (3, 0, 2, 1):
            found = take(n + 1)
            assert found.image is not None
            assert (found.image == np.asarray(pages[n])).all()
        assert take(5).fault


def test_what_is_larger_than_reading_needs_is_made_smaller(tmp_path: Path) -> None:
    wide = np.tile(np.arange(0, 250, dtype=np.uint8), (300, 25))
    bits = (np.indices((6000, 300)).sum(axis=0) // 40 % 2 * 255).astype(np.uint8)
    for name, image, scale in (("wide.png", wide, 2), ("bits.png", bits, 2), ("wide.jpg", wide, 2)):
        cv2.imwrite(str(tmp_path / name), image)
        found = first(tmp_path / name)
        assert found.image is not None
        assert found.scale == scale
        assert found.image.shape == tuple(n // scale for n in image.shape)
    bit = first(tmp_path / "bits.png").image
    assert bit is not None
    assert set(np.unique(bit)) == {0, 255}
    few = ImageLimits(pixels=1_000_000)
    assert first(tmp_path / "wide.png", limits=few).fault == "too-many-pixels"
    assert first(tmp_path / "wide.jpg", limits=few).fault == "too-many-pixels"
