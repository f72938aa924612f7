"""Files that no scanner made: each is named, nothing hangs, no memory is lost."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from PIL import Image

from tests.scanning import drawn_sheets as sheets
from tests.sittings import table

White = np.full((1754, 1240), 255, np.uint8)
GIB = 1 << 30


def png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG that says to be so large, whatever it holds."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(image: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", image)[1].tobytes()


def pdf(*pages: str, image: dict[str, object] | None = None, data: bytes = b"", root: str = "") -> bytes:
    """A PDF of pages with these contents; `image` is /Im0 of each."""
    made = pikepdf.new()
    for content in pages:
        made.add_blank_page(page_size=(595, 842))
        page = made.pages[-1].obj
        page.Contents = made.make_stream(content.encode())
        if image is not None:
            stream = pikepdf.Stream(made, data)
            stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
            for name, value in image.items():
                stream[f"/{name}"] = value
            page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=stream))
    if root:
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String(root))
        made.Root.OpenAction = made.make_indirect(action)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


SHOW = "q 595 0 0 842 0 0 cm /Im0 Do Q"
GREY = {"Width": 1240, "Height": 1754, "ColorSpace": pikepdf.Name.DeviceGray, "BitsPerComponent": 8}
FLATE = {"Filter": pikepdf.Name.FlateDecode}


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, data in members.items():
            packed.writestr(name.replace("__", "."), data)
    return out.getvalue()


def tiff(n: int, **more: object) -> bytes:
    out = io.BytesIO()
    pages = [Image.fromarray(White) for _ in range(n)]
    pages[0].save(out, "tiff", save_all=True, append_images=pages[1:], **more)
    return out.getvalue()


def endless_tiff() -> bytes:
    """A TIFF whose only page says that the next one is itself."""
    data = bytearray(tiff(1))
    at = struct.unpack_from("<I", data, 4)[0]
    n = struct.unpack_from("<H", data, at)[0]
    struct.pack_into("<I", data, at + 2 + 12 * n, at)
    return bytes(data)


def cat() -> np.ndarray:
    """Something with round eyes."""
    image = np.full((1600, 1200), 200, np.uint8)
    cv2.ellipse(image, (600, 800), (420, 380), 0, 0, 360, 90, -1)
    for x in (430, 770):
        cv2.fillPoly(image, [np.array([(x - 120, 560), (x, 300), (x + 120, 560)])], 90)
        cv2.circle(image, (x, 740), 70, 255, -1)
        cv2.circle(image, (x, 740), 30, 0, -1)
    return image


def bomb() -> bytes:
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(bytes(1 << 24)) for _ in range(64)) + packer.flush()  # 1 GiB of nothing


def hostile(good: np.ndarray) -> dict[str, tuple[bytes, str]]:
    """Files by name, and the reason that each has to have."""
    whole, noise = jpeg(good), np.random.default_rng(1).integers(0, 256, White.shape, np.uint8)
    packed_bomb = bomb()
    half = good.copy()
    half[900:] = 255
    return {
        "huge.png": (png(30_000, 30_000, zlib.compress(bytes(1000))), "too-many-pixels"),
        "huge whole.png": (png(30_000, 30_000, packed_bomb), "too-many-pixels"),
        "zero.png": (png(0, 10, b""), "damaged"),
        "cut.png": (cv2.imencode(".png", good)[1].tobytes()[:30_000], "cut-short"),
        "rows missing.png": (png(1240, 1754, zlib.compress(bytes(50_000))), "cut-short"),
        "cut.jpg": (whole[: len(whole) // 2], "cut-short"),
        "head only.jpg": (whole[:300], "damaged"),
        "letters.jpg": (b"\xff\xd8\xff" + b"not a picture at all" * 50, "damaged"),
        "tiny.jpg": (jpeg(White[:40, :40]), "low-resolution"),
        "empty.pdf": (b"", "empty-file"),
        "notes.txt": (b"these are the scans of room 3", "not-a-scan"),
        "phone.heic": (b"\0\0\0\x18ftypheic" + bytes(100), "kind-not-read"),
        "moving.gif": (b"GIF89a" + bytes(100), "kind-not-read"),
        "damaged.tif": (tiff(1)[:100], "cut-short"),
        "cut.tif": (tiff(1, compression="tiff_lzw")[:-20], "damaged"),
        "endless.tif": (endless_tiff(), "white-page"),
        "broken.pdf": (b"%PDF-1.7\n" + bytes(range(256)) * 40, "damaged"),
        "no pages.pdf": (pdf(), "damaged"),
        "script.pdf": (pdf("", root="app.alert('x');"), "pdf-with-script"),
        "endless form.pdf": (pdf("/Im0 Do " * 100_000), "white-page"),
        "huge picture.pdf": (
            pdf(SHOW, image={**GREY, **FLATE, "Width": 60_000, "Height": 60_000}, data=packed_bomb),
            "too-many-pixels",
        ),
        "bomb picture.pdf": (pdf(SHOW, image={**GREY, **FLATE}, data=packed_bomb), "too-dark"),
        "bomb content.pdf": (_content_bomb(packed_bomb), "stopped-the-reader"),
        "mirrored.pdf": (
            pdf(
                "q -595 0 0 842 595 0 cm /Im0 Do Q",
                image={**GREY, **FLATE},
                data=zlib.compress(good.tobytes()),
            ),
            "mirrored",
        ),
        "bomb.zip": (zipped(x__png=bytes(220_000_000)), "unpacks-too-large"),
        "nested.zip": (zipped(a__zip=zipped(b__png=b"x")), "zip-in-zip"),
        "broken.zip": (b"PK\x03\x04" + bytes(100), "damaged"),
        "of others.zip": (zipped(readme__txt=b"nothing"), "not-a-scan"),
        "empty.zip": (zipped(), "no-pages"),
        "outside.zip": (zipped(**{"../../../tmp/outside__txt": b"nothing"}), "unsafe-name"),
        "black.png": (cv2.imencode(".png", White * 0)[1].tobytes(), "too-dark"),
        "white.png": (cv2.imencode(".png", White)[1].tobytes(), "white-page"),
        "noise.png": (cv2.imencode(".png", noise)[1].tobytes(), "not-our-sheet"),
        "cat.jpg": (jpeg(cat()), "not-our-sheet"),
        "mirrored.png": (cv2.imencode(".png", good[:, ::-1])[1].tobytes(), "mirrored"),
        "one bit.tif": (_one_bit(good), "one-bit"),
    }


def _content_bomb(packed: bytes) -> bytes:
    """A page whose contents unpack to a gigabyte."""
    made = pikepdf.new()
    made.add_blank_page(page_size=(595, 842))
    made.pages[0].obj.Contents = made.make_indirect(
        pikepdf.Stream(made, packed, Filter=pikepdf.Name.FlateDecode)
    )
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _one_bit(image: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(image).convert("1", dither=Image.Dither.NONE).save(out, "tiff", compression="group4")
    return out.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.mark.long(
    "some forty files at full size; what is set aside is tried in test_scan and test_scan_folder_holds"
)
def test_every_hostile_file_is_named_and_the_sheets_among_them_are_read(folder: Path) -> None:
    exam = sheets.exam_with_sheets(folder / "exam", ["10001", "10002"])
    serial = next(iter(sheets.dealt(exam)))
    good = sheets.personal(exam, serial, "ABCD")
    files = hostile(good)
    for name, (data, _) in files.items():
        (folder / "in").mkdir(exist_ok=True)
        (folder / "in" / name).write_bytes(data)
    sheets.save(good, folder / "in/good.png")
    os.mkfifo(folder / "in/pipe.pdf")
    (folder / "in/dangling.jpg").symlink_to("nowhere")
    code = (
        "import resource, sys; from examgen.commands import main\n"
        "try: main()\n"
        "except SystemExit as stop: status = stop.code\n"
        # getrusage of itself would tell what the process of the tests held that began it
        "own = next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "print(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss), file=sys.stderr)\n"
        "sys.exit(status)"
    )
    words = [
        "scan", str(folder / "in"), "--exam", str(exam), "--out", str(folder / "out"),
        "--processes", "2", "--json",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code, *words], check=False, capture_output=True, text=True, timeout=400
    )
    assert done.returncode == 3, done.stderr
    pages = table(folder / "out/pages.csv")
    found = {row["source"].removeprefix("in/"): row for row in pages if row["source"].startswith("in/")}
    told = {name.split("/")[0] if ".zip/" in name else name: row["reason"] for name, row in found.items()}
    wanted = {name: reason for name, (_, reason) in files.items()}
    differ = {name: (reason, told.get(name)) for name, reason in wanted.items() if told.get(name) != reason}
    assert not differ
    assert told == {**wanted, "good.png": "", "pipe.pdf": "not-a-file", "dangling.jpg": "cannot-be-opened"}
    assert found["good.png"]["outcome"] == "read"
    counts = json.loads(done.stdout)["pages"]
    assert counts["all"] == sum(counts.values()) - counts["all"] == len(pages)
    assert int(done.stderr.splitlines()[-1]) * 1024 < GIB
