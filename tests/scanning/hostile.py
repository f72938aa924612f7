"""Files and pages that nobody should be handed, and some that are merely strange: what a reader is to survive.

Each is built from a sheet of ours as a scanner would give it: grey, upright, 150 dpi, some answers marked.
`outcomes` are those that its pages may have; `set_aside` also means a file that is refused as a whole.
Nothing here takes more than half a second to build or more than 3 MB on disk.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import cv2
import numpy as np
import pikepdf
from numpy.typing import NDArray
from PIL import Image

from examgen.rendering.symbols import qr_code
from examgen.scanning.sheet_layout import SheetLayout

Grey = NDArray[np.uint8]
DPI = 150
PER_MM = DPI / 25.4


class Given(NamedTuple):
    """A sheet of ours, filled."""

    image: Grey
    layout: SheetLayout


class Hostile(NamedTuple):
    """One kind of page or file."""

    name: str
    file: str
    make: Callable[[Given], bytes]
    outcomes: frozenset[str]


SET_ASIDE = frozenset({"set_aside"})
BLANK = frozenset({"blank", "set_aside"})
ANY = frozenset({"set_aside", "read"})
"""Where a careful reader may as well read it rightly."""


def jpeg(image: NDArray[Any], quality: int = 80) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def png(image: NDArray[Any]) -> bytes:
    return cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()


# ── files ────────────────────────────────────────────────────────────────────────────────────


def spoiled(given: Given) -> bytes:
    """A JPEG with a stretch of other bytes in its middle."""
    data = bytearray(jpeg(given.image))
    middle = len(data) // 2
    data[middle : middle + 4000] = np.random.default_rng(1).bytes(4000)
    return bytes(data)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png_of(width: int, height: int, depth: int, stream: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", stream) + _chunk(b"IEND", b"")


def boundless_png(_: Given) -> bytes:
    """A header that promises 2³¹ − 1 pixels each way."""
    return _png_of(2**31 - 1, 2**31 - 1, 8, zlib.compress(bytes(1000)))


def thin_png(_: Given) -> bytes:
    return png(np.full((4, 60_000), 255, np.uint8))


def _tiff(width: int, height: int, following: int) -> bytes:
    """A one-bit TIFF of a single directory, followed by the directory at `following`."""
    entries = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 1), (259, 3, 1, 1), (262, 3, 1, 0),
        (273, 4, 1, 8), (278, 4, 1, height), (279, 4, 1, 64),
    ]  # fmt: skip
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    at = 8 + 64
    head = struct.pack("<2sHI", b"II", 42, at) + bytes(64)
    return head + struct.pack("<H", len(entries)) + body + struct.pack("<I", following)


def huge_tiff(_: Given) -> bytes:
    return _tiff(60_000, 60_000, 0)


def endless_tiff(_: Given) -> bytes:
    """Its only page says that the next page is itself."""
    return _tiff(16, 16, 72)


def cmyk(given: Given) -> bytes:
    out = io.BytesIO()
    Image.fromarray(given.image).convert("CMYK").save(out, "JPEG")
    return out.getvalue()


def deep(given: Given) -> bytes:
    """Sixteen bits a pixel."""
    return png(given.image.astype(np.uint16) * 257)


def transparent(given: Given) -> bytes:
    """A sheet that nobody sees: every pixel is transparent."""
    return png(np.dstack([given.image] * 3 + [np.zeros_like(given.image)]))


def turned_by_exif(given: Given) -> bytes:
    """Stored sideways, with the note that it is to be shown upright."""
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.ascontiguousarray(np.rot90(given.image))).save(out, "JPEG", exif=exif)
    return out.getvalue()


def animated(given: Given) -> bytes:
    out = io.BytesIO()
    small = Image.fromarray(given.image).resize((300, 420))
    small.save(out, "GIF", save_all=True, append_images=[small.rotate(90)])
    return out.getvalue()


# ── PDF ──────────────────────────────────────────────────────────────────────────────────────


def _pdf(
    image: bytes | None, size: tuple[int, int], change: Callable[[pikepdf.Pdf], object], **save: Any
) -> bytes:
    """A PDF of one page with a JPEG on it, or nothing."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(595, 842))
        if image is not None:
            stream = pikepdf.Stream(
                pdf, image, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=size[1], Height=size[0],
                ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
            )  # fmt: skip
            page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=stream))
            page.Contents = pikepdf.Stream(pdf, b"q 595 0 0 842 0 0 cm /Im0 Do Q")
        change(pdf)
        out = io.BytesIO()
        pdf.save(out, **save)
        return out.getvalue()


def with_script(given: Given) -> bytes:
    """A sheet in a PDF that would run JavaScript, start a program and ask a server when it is opened."""

    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root.OpenAction = pikepdf.Dictionary(
            S=pikepdf.Name.JavaScript,
            JS="app.launchURL('http://203.0.113.1/');",
            Next=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="/bin/true"),
        )

    return _pdf(jpeg(given.image), given.image.shape[:2], change)


def with_password(given: Given) -> bytes:
    secret = pikepdf.Encryption(owner="a", user="b", R=6)
    return _pdf(jpeg(given.image), given.image.shape[:2], lambda _: None, encryption=secret)


def half_a_pdf(given: Given) -> bytes:
    data = _pdf(jpeg(given.image), given.image.shape[:2], lambda _: None)
    return data[: len(data) // 2]


def endless_pdf(_: Given) -> bytes:
    """A form that draws itself, on a page as large as PDF allows."""

    def change(pdf: pikepdf.Pdf) -> None:
        form = pdf.make_stream(b"/F Do /F Do", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form)
        form.BBox = pikepdf.Array([0, 0, 14400, 14400])
        form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
        page = pdf.pages[0]
        page.MediaBox = pikepdf.Array([0, 0, 14400, 14400])
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
        page.Contents = pikepdf.Stream(pdf, b"/F Do")

    return _pdf(None, (0, 0), change)


# ── archives ─────────────────────────────────────────────────────────────────────────────────


def zip_bomb(_: Given) -> bytes:
    """40 entries of 64 MB of zeros each: 2.5 GB in 2.5 MB, their sizes told rightly."""
    size = 64 * 2**20
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(2**20)
    packed = b"".join(packer.compress(block) for _ in range(64)) + packer.flush()
    check = 0
    for _ in range(64):
        check = zlib.crc32(block, check)
    parts, directory, at = [], [], 0
    for n in range(40):
        name = f"page-{n:02}.png".encode()
        told = (20, 0, 8, 0, 33, check, len(packed), size, len(name), 0)
        local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", *told) + name + packed
        entry = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, *told, 0, 0, 0, 0, at) + name
        parts.append(local)
        directory.append(entry)
        at += len(local)
    listed = b"".join(directory)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 40, 40, len(listed), at, 0)
    return b"".join(parts) + listed + end


def _zip(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def climbing_zip(given: Given) -> bytes:
    """Names that lead out of any folder."""
    data = jpeg(np.full((100, 100), 255, np.uint8))
    return _zip(("../../climbed.jpg", data), ("/tmp/climbed.jpg", data), ("C:\\climbed.jpg", data))


def linking_zip(_: Given) -> bytes:
    """An entry that is a link to a file of the machine."""
    link = zipfile.ZipInfo("page.jpg")
    link.create_system = 3
    link.external_attr = 0o120777 << 16
    return _zip((link, b"/etc/passwd"))


def locked_zip(given: Given) -> bytes:
    """Its entry says that it is encrypted."""
    data = bytearray(_zip(("page.jpg", jpeg(np.full((100, 100), 255, np.uint8)))))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


# ── pages ────────────────────────────────────────────────────────────────────────────────────


def like(given: Given, grey: int) -> Grey:
    return np.full_like(given.image, grey)


def cat(given: Given) -> bytes:
    """A cat on a sofa, as far as it can be drawn with ellipses."""
    image = np.full((*given.image.shape, 3), (90, 120, 160), np.uint8)
    height, width = image.shape[:2]
    middle, fur = (width // 2, height // 2), (60, 110, 190)
    cv2.ellipse(image, (middle[0], int(height * 0.72)), (330, 420), 0, 0, 360, fur, -1)
    cv2.circle(image, middle, 260, fur, -1)
    for side in (-1, 1):
        ear = np.array([[side * 230, -90], [side * 210, -360], [side * 60, -240]]) + middle
        cv2.fillPoly(image, [ear], fur)
        eye = middle[0] + side * 100, middle[1] - 40
        for radius, colour in ((56, (210, 240, 240)), (48, (90, 190, 150)), (20, (10, 10, 10))):
            cv2.circle(image, eye, radius, colour, -1)
        for lean in (-40, 0, 40):
            start = middle[0] + side * 60, middle[1] + 70
            cv2.line(image, start, (middle[0] + side * 330, middle[1] + 60 + lean), (240, 240, 240), 3)
    cv2.ellipse(image, (middle[0], middle[1] + 60), (26, 18), 0, 0, 360, (120, 120, 220), -1)
    noise = np.random.default_rng(3).normal(0, 9, image.shape)
    return jpeg(np.clip(cv2.GaussianBlur(image, (0, 0), 2) + noise, 0, 255).astype(np.uint8))


def with_code(given: Given, text: str) -> Grey:
    """The sheet with another QR code in its place."""
    image, (x, y, size) = given.image.copy(), given.layout.pages[0].qr
    modules = np.array([[bool(one) for one in row] for row in qr_code(text, "M")])
    side = round(size * PER_MM)
    left, top = round((x - size / 2) * PER_MM), round((y - size / 2) * PER_MM)
    drawn = np.where(modules, 0, 255).astype(np.uint8)
    image[top - 8 : top + side + 8, left - 8 : left + side + 8] = 255
    image[top : top + side, left : left + side] = cv2.resize(
        drawn, (side, side), interpolation=cv2.INTER_NEAREST
    )
    return image


def code_of(given: Given, **changed: str) -> str:
    """Our text with some fields changed and a check that suits it, unless `check` is given too."""
    fields = {"kind": "EG1", "exam": given.layout.exam, "serial": "", "candidate": "", "page": "1/1",
              "geometry": given.layout.geometry} | changed  # fmt: skip
    check = fields.pop("check", "")
    said = ":".join(fields.values())
    return f"{said}:{check or format(zlib.crc32(said.encode()), '08X')}"


def bullseyes(given: Given) -> bytes:
    """Our corner marks all over the page, and nothing else."""
    image = like(given, 255)
    outer, ring, dot = (length * PER_MM for length in given.layout.pages[0].bullseye)
    for y in range(70, image.shape[0] - 40, 110):
        for x in range(70, image.shape[1] - 40, 110):
            cv2.circle(image, (x, y), round((outer - ring) / 2), 0, round(ring), cv2.LINE_AA)
            cv2.circle(image, (x, y), round(dot / 2), 0, -1, cv2.LINE_AA)
    return png(image)


def letter(given: Given) -> bytes:
    """A page of something else: lines of text."""
    image = like(given, 250)
    for y in range(120, image.shape[0] - 100, 32):
        cv2.putText(
            image, "The invoice is due within thirty days of", (110, y), cv2.FONT_HERSHEY_COMPLEX, 0.9, 30, 2
        )
    return jpeg(image)


def foreign_sheet(given: Given) -> bytes:
    """A bubble sheet of somebody else's: squares in the corners, rows of circles."""
    image = like(given, 252)
    height, width = image.shape
    for x in (60, width - 100):
        for y in (60, height - 100):
            cv2.rectangle(image, (x, y), (x + 40, y + 40), 0, -1)
    for y in range(300, height - 200, 40):
        for x in range(200, width - 200, 45):
            cv2.circle(image, (x, y), 13, 110, 2, cv2.LINE_AA)
        cv2.circle(image, (200 + 45 * (y % 5), y), 12, 60, -1, cv2.LINE_AA)
    return jpeg(image)


def _covered(given: Given) -> bytes:
    """A sleeve over the right half of the sheet."""
    image = given.image.copy()
    image[:, image.shape[1] // 2 :] = 40
    return jpeg(image)


def _upper(given: Given) -> bytes:
    """The upper half alone."""
    return jpeg(given.image[: given.image.shape[0] // 2])


def _one_bit(given: Given) -> bytes:
    return png(np.where(given.image < 128, 0, 255).astype(np.uint8))


def _coarse(given: Given) -> bytes:
    return jpeg(cv2.resize(given.image, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA))


def _formula(given: Given) -> bytes:
    """A code with a right check and fields that would do harm in a spreadsheet, a page or a path."""
    exam = "%3Dcmd%7C%27%2FC%20calc%27%21A0"
    return png(with_code(given, code_of(given, exam=exam, serial="..%2F..%2Fetc", candidate="%3Cscript%3E")))


# what else is hostile stands in test_hostile with the reason that it is set aside for
HOSTILE: tuple[Hostile, ...] = (
    Hostile("text that is called a PDF", "text.pdf", lambda _: b"Dear Sir or Madam,\n" * 50, SET_ASIDE),
    Hostile("a JPEG with a spoiled middle", "spoiled.jpg", spoiled, ANY),
    Hostile("a PNG of 2³¹ − 1 squared", "boundless.png", boundless_png, SET_ASIDE),
    Hostile("a picture of four lines", "thin.png", thin_png, SET_ASIDE),
    Hostile("a TIFF of 60,000 × 60,000", "huge.tif", huge_tiff, SET_ASIDE),
    Hostile("a JPEG for print, CMYK", "cmyk.jpg", cmyk, ANY),
    Hostile("a PNG of 16 bits", "deep.png", deep, ANY),
    Hostile("a PNG all transparent", "transparent.png", transparent, ANY | BLANK),
    Hostile("a photograph turned by its EXIF note", "exif.jpg", turned_by_exif, ANY),
    Hostile("an animation called JPEG", "animated.jpg", animated, SET_ASIDE),
    Hostile("a PDF with JavaScript", "script.pdf", with_script, ANY),
    Hostile("a PDF with a password", "password.pdf", with_password, SET_ASIDE),
    Hostile("half a PDF", "half.pdf", half_a_pdf, ANY),
    Hostile("a PDF that draws itself", "endless.pdf", endless_pdf, BLANK),
    Hostile("zip bomb", "bomb.zip", zip_bomb, SET_ASIDE),
    Hostile("a zip that climbs out", "climbing.zip", climbing_zip, SET_ASIDE),
    Hostile("a zip with a link", "linking.zip", linking_zip, SET_ASIDE),
    Hostile("a zip with a password", "locked.zip", locked_zip, SET_ASIDE),
    Hostile("a letter", "letter.jpg", letter, SET_ASIDE),
    Hostile("a bubble sheet of somebody else's", "foreign.jpg", foreign_sheet, SET_ASIDE),
    Hostile("our marks all over", "bullseyes.png", bullseyes, SET_ASIDE),
    Hostile("a code of somebody else's on our sheet", "url.png",
            lambda given: png(with_code(given, "https://example.org/pay?id=1")), ANY),
    Hostile("a code of another exam", "other.png",
            lambda given: png(with_code(given, code_of(given, exam="OTHER", geometry="1-0000"))), SET_ASIDE),
    Hostile("a code whose check is wrong", "check.png",
            lambda given: png(with_code(given, code_of(given, candidate="999", check="00000000"))), ANY),
    Hostile("a code that would do harm", "formula.png", _formula, SET_ASIDE),
    Hostile("a negative", "negative.jpg", lambda given: jpeg(255 - given.image), SET_ASIDE),
    Hostile("60 dots per inch", "coarse.jpg", _coarse, SET_ASIDE),
    Hostile("the upper half", "upper.jpg", _upper, SET_ASIDE),
    Hostile("half of it covered", "covered.jpg", _covered, SET_ASIDE),
)  # fmt: skip
