"""Answer sheets drawn from their sheet.json, filled and scanned without fault: for what is not about reading.

Drawn here once more, from docs/papers.md, so that a sheet says whatever a test wants it to say.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from examgen.core.exam.package import read_package
from examgen.core.models.form import Candidate
from examgen.core.models.papers import PapersRule
from examgen.papers.sheet.identity import sheet_geometry
from tests.sittings import print_for, small_package, table

Grey = NDArray[np.uint8]
DPI = 150
PX = DPI / 25.4
PLAIN = PapersRule.model_validate({"spare": 2, "candidate_number": {"length": 5}})


def exam_with_sheets(folder: Path, ids: Sequence[str] = ()) -> Path:
    """A small package whose sheets are printed, dealt to candidates of these ids (to nobody, if none)."""
    small_package(folder)
    if ids:
        people = [Candidate(candidate_id=one, name="x", room="1", seat=str(k)) for k, one in enumerate(ids)]
        print_for(folder, people, PLAIN)
    sheet = json.loads(json.dumps(sheet_geometry(read_package(folder).exam, PLAIN)))
    (folder / "papers").mkdir(exist_ok=True)
    (folder / "papers/sheet.json").write_text(json.dumps(sheet), "utf-8")
    return folder


def sheet_of(folder: Path) -> dict[str, Any]:
    """What sheet.json says."""
    found: dict[str, Any] = json.loads((folder / "papers/sheet.json").read_text("utf-8"))
    return found


def dealt(folder: Path) -> dict[str, dict[str, str]]:
    """candidates.csv by serial."""
    return {row["serial"]: row for row in table(folder / "secure/candidates.csv")}


def code_text(
    sheet: Mapping[str, Any], serial: str = "", candidate: str = "", page: int = 1, exam: str | None = None
) -> str:
    """What the QR code says."""
    exam, serial, candidate = (
        quote(one, safe="") for one in (sheet["exam"] if exam is None else exam, serial, candidate)
    )
    text = f"EG1:{exam}:{serial}:{candidate}:{page}/{len(sheet['pages'])}:{sheet['geometry']}"
    return f"{text}:{zlib.crc32(text.encode()):08X}"


def drawn(
    sheet: Mapping[str, Any],
    marks: Mapping[tuple[str, int], str],
    code: str | None,
    page: int = 1,
    darkness: Mapping[tuple[str, int], int] = {},
) -> Grey:
    """A page of the sheet: `marks` by group and place (("number", 1): "7", ("item", 3): "AC"), `code` the
    text of the QR code or None, `darkness` the grey of those marks that are not black."""
    of = sheet["pages"][page - 1]
    height, width = (round(sheet["paper"][side] * PX) for side in ("height", "width"))
    image = np.full((height, width), 255, np.uint8)
    for corner in of["corners"]:
        at = _at(corner)
        for radius, grey in ((corner["diameter"] / 2, 0), (corner["diameter"] / 2 - corner["ring"], 255)):
            _disc(image, at, radius, grey)
        _disc(image, at, corner["dot"] / 2, 0)
    for bar in (*of["timing"], *({**patch, "grey": patch["grey"]} for patch in of["patches"])):
        _box(image, bar, round(255 * (1 - bar.get("grey", 1.0))))
    if code is not None:
        _code(image, of["qr"], code)
    for bubble in of["bubbles"]:
        key = bubble["group"], bubble.get("place", bubble.get("question", 0))
        cv2.circle(
            image, _shifted(_at(bubble)), round(bubble["diameter"] / 2 * PX * 16), 150, 1, cv2.LINE_AA, 4
        )
        marked = marks.get(key, "")
        if bubble["value"] in (marked.split("|") if bubble["group"] == "form" else [*marked]):
            _disc(image, _at(bubble), bubble["diameter"] / 2 - 0.2, darkness.get(key, 40))
    return image


def answers(letters: Sequence[str]) -> dict[tuple[str, int], str]:
    """The marks of questions 1, 2 …"""
    return {("item", n): letter for n, letter in enumerate(letters, 1)}


def number(text: str) -> dict[tuple[str, int], str]:
    """The marks of a candidate number."""
    return {("number", n): digit for n, digit in enumerate(text, 1)}


def personal(folder: Path, serial: str, letters: Sequence[str], **more: Any) -> Grey:
    """The sheet of that serial as it was printed for its candidate, with these answers."""
    sheet, row = sheet_of(folder), dealt(folder)[serial]
    marks = {**number(row["candidate_id"]), ("form", 0): row["base"], **answers(letters)}
    return drawn(sheet, marks, code_text(sheet, serial, row["candidate_id"]), **more)


def save(image: Grey, path: Path) -> Path:
    """The scan as a file, by the ending of its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ok, data = cv2.imencode(path.suffix, image)
    assert ok
    path.write_bytes(data.tobytes())
    return path


def _at(mark: Mapping[str, float]) -> tuple[float, float]:
    return mark["x"] * PX - 0.5, mark["y"] * PX - 0.5


def _shifted(at: tuple[float, float]) -> tuple[int, int]:
    return round(at[0] * 16), round(at[1] * 16)


def _disc(image: Grey, at: tuple[float, float], radius: float, grey: int) -> None:
    cv2.circle(image, _shifted(at), round(radius * PX * 16), grey, -1, cv2.LINE_AA, 4)


def _box(image: Grey, box: Mapping[str, float], grey: int) -> None:
    x, y = _at(box)
    half_x, half_y = box["width"] * PX / 2, box["height"] * PX / 2
    cv2.rectangle(
        image,
        _shifted((x - half_x, y - half_y)),
        _shifted((x + half_x, y + half_y)),
        grey,
        -1,
        cv2.LINE_AA,
        4,
    )


def _code(image: Grey, at: Mapping[str, float], text: str) -> None:
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = np.asarray(made.to_image(scale=1, add_quiet_zones=False), np.uint8)
    size = round(at["size"] * PX)
    code = cv2.resize(modules, (size, size), interpolation=cv2.INTER_NEAREST)
    left, top = round(at["x"] * PX - size / 2), round(at["y"] * PX - size / 2)
    image[top : top + size, left : left + size] = code
