"""A folder as `examgen scan` writes one, drawn and read by hand: for what comes after the reading."""

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from examgen.papers.sheet.identity import sheet_geometry
from tests.papers.pages import exam, item

PER_MM = 150 / 25.4
BLANK, MARKED, UNCERTAIN = "blank", "marked", "uncertain"


class Row(NamedTuple):
    """A row in doubt: what a person sees there, and how dark each bubble is."""

    page: int
    question: int
    truth: str


class Folder(NamedTuple):
    path: Path
    doubts: tuple[Row, ...]
    n_questions: int


def geometry(n_items: int = 20, letters: str = "abcd", number: int = 5) -> dict[str, Any]:
    """The sheet.json of an exam of two forms."""
    options = dict.fromkeys(letters, "ก")
    asked = [item(n, options=options, rationale={}, key="a") for n in range(1, n_items + 1)]
    of = exam(asked, forms=("A", "B"))
    return json.loads(json.dumps(sheet_geometry(of, of.blueprint.papers)))  # type: ignore[no-any-return]


def drawn(sheet: Mapping[str, Any]) -> Image.Image:
    """The first page of the blank sheet, 150 dpi: rings and letters, without WeasyPrint."""
    size = tuple(round(sheet["paper"][side] * PER_MM) for side in ("width", "height"))
    image = Image.new("L", size, 250)
    pen = ImageDraw.Draw(image)
    for one in sheet["pages"][0]["bubbles"]:
        x, y, r = one["x"] * PER_MM, one["y"] * PER_MM, one["diameter"] / 2 * PER_MM
        pen.ellipse((x - r, y - r, x + r, y + r), outline=130)
        if one["value"].isascii():
            pen.text((x - 3, y - 5), one["value"], fill=170)
    for one in sheet["pages"][0]["timing"]:
        x, y, w, h = (one[name] * PER_MM for name in ("x", "y", "width", "height"))
        pen.rectangle((x - w / 2, y - h / 2, x + w / 2, y + h / 2), fill=0)
    return image


def write_scan(
    folder: Path,
    n_pages: int = 4,
    doubts_per_page: int = 5,
    seed: int = 1,
    sheet: Mapping[str, Any] | None = None,
    blank: Image.Image | None = None,
    names: Sequence[str] = ("ห้อง 301.tif",),
    unknown: Sequence[int] = (),
    turns: Sequence[int] = (0, 90, 180, 270),
    why: Mapping[int, str] | None = None,
) -> Folder:
    """Writes a scan of so many pages, split evenly over the sources; `unknown` pages lack their candidate. Of
    the pages of `why` it is said why rows are in doubt, and what is likely: what is marked."""
    sheet = sheet or geometry()
    blank = blank or drawn(sheet)
    rng = np.random.default_rng(seed)
    bubbles = sheet["pages"][0]["bubbles"]
    n_questions = max(one.get("question", 0) for one in bubbles)
    (folder / "scans").mkdir(parents=True)
    (folder / "review").mkdir()
    doubts: list[Row] = []
    tables: dict[str, list[Any]] = {"pages": [], "rows": [], "responses": []}
    marks: list[pl.DataFrame] = []
    sources = []
    per_source = math.ceil(n_pages / len(names))
    for k, name in enumerate(names):
        images = []
        for page in range(1, min(per_source, n_pages - k * per_source) + 1):
            number = f"{k * per_source + page:05d}"
            truth = {q: "ABCD"[rng.integers(4)] for q in range(1, n_questions + 1)}
            doubtful = {int(q) for q in 1 + rng.choice(n_questions, doubts_per_page, replace=False)}
            n = k * per_source + page
            for q in sorted(doubtful):
                truth[q] = ["A", "B", "C", "D", "-", "A|C"][rng.integers(6)]
                doubts.append(Row(n, q, truth[q]))
            image, darkness = _filled(blank, bubbles, truth, doubtful, number, "AB"[n % 2], rng)
            turn = turns[(n - 1) % len(turns)]
            angle = float(rng.uniform(-1.2, 1.2))
            image, x, y = _scanned(image, bubbles, turn, angle)
            images.append(image)
            is_unknown = n in unknown
            marks.append(_bubbles(name, page, bubbles, truth, doubtful, darkness, x, y))
            who = "" if is_unknown else number
            tables["pages"].append(
                [
                    name,
                    page,
                    *(("set_aside", "number-blank") if is_unknown else ("read", "")),
                    f"S-{n:04d}",
                    who,
                    "AB"[n % 2],
                    turn,
                    sheet["exam"],
                    *(1, "", "", k),
                ]
            )
            read = {q: "?" if q in doubtful else truth[q] for q in truth}
            for q, marked in truth.items():
                state = "uncertain" if q in doubtful else "marked"
                margin = round(float(rng.uniform(0, 0.05 if q in doubtful else 0.5)), 4)
                tables["rows"].append(
                    [name, page, f"S-{n:04d}", who, "AB"[n % 2], q, read[q], state, margin, sheet["exam"]]
                    + ([why[n], marked] if why and n in why and q in doubtful else ["", ""])
                )
            tables["responses"].append([who, "AB"[n % 2], f"S-{n:04d}", page, name, *read.values()])
        sha256 = _saved(images, folder / "scans")
        tables["pages"] = [
            [*line[:-1], sha256, "", "read", "", ""] if line[-1] == k else line for line in tables["pages"]
        ]
        sources.append({"name": name, "sha256": sha256, "pages": len(images)})
    heads = {
        "pages": "source,page,outcome,reason,serial,candidate_id,form,rotation,exam,sheet_page,with,may_be,sha256,"
        "also,code,marked,in_doubt",
        "rows": "source,page,serial,candidate_id,form,question,read,state,margin,exam,doubt,likely",
        "responses": "candidate_id,form,sheet,page,source,"
        + ",".join(f"Q{q}" for q in range(1, n_questions + 1)),
    }
    for name, head in heads.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([head.split(","), *tables[name]])
    pl.concat(marks).write_parquet(folder / "marks.parquet")
    package = folder.parent / f"{folder.name}-package"
    (package / "papers").mkdir(parents=True)
    (package / "papers/sheet.json").write_text(json.dumps(sheet), "utf-8")
    said = {
        "schema": "examgen-scan",
        "exams": [
            {
                "code": sheet["exam"],
                "package": str(package),
                "geometry": sheet["geometry"],
                "responses": "responses.csv",
            }
        ],
        "sources": sources,
    }
    (folder / "scan.json").write_text(json.dumps(said), "utf-8")
    return Folder(folder, tuple(doubts), n_questions)


def _filled(
    blank: Image.Image,
    bubbles: Sequence[Mapping[str, Any]],
    truth: Mapping[int, str],
    doubtful: set[int],
    number: str,
    form: str,
    rng: np.random.Generator,
) -> tuple[Image.Image, NDArray[np.float32]]:
    image = blank.copy()
    pen = ImageDraw.Draw(image)
    darkness = rng.uniform(0, 0.05, len(bubbles)).astype(np.float32)
    for n, one in enumerate(bubbles):
        is_item = one["group"] == "item"
        if is_item:
            is_marked = one["value"] in truth[one["question"]].split("|")
        elif one["group"] == "form":
            is_marked = one["value"] == form
        else:
            is_marked = one["place"] <= len(number) and number[one["place"] - 1] == one["value"]
        if is_marked:
            ink = 175 if is_item and one["question"] in doubtful else 60
            darkness[n] = (250 - ink) / 250
            x, y = one["x"] * PER_MM, one["y"] * PER_MM
            pen.ellipse((x - 10, y - 10, x + 10, y + 10), fill=ink)
    return image, darkness


def _scanned(
    image: Image.Image, bubbles: Sequence[Mapping[str, Any]], turn: int, angle: float
) -> tuple[Image.Image, NDArray[np.float64], NDArray[np.float64]]:
    """The page askew by an angle (degrees), stored so that it must be turned clockwise by `turn`."""
    wide, high = image.size
    skewed = image.rotate(angle, Image.Resampling.BILINEAR, fillcolor=250)
    x, y = (np.array([one[axis] for one in bubbles]) * PER_MM for axis in ("x", "y"))
    a, cx, cy = math.radians(-angle), (wide - 1) / 2, (high - 1) / 2
    u = cx + (x - cx) * math.cos(a) - (y - cy) * math.sin(a)
    v = cy + (x - cx) * math.sin(a) + (y - cy) * math.cos(a)
    if turn == 0:
        return skewed, u, v
    method = {
        90: Image.Transpose.ROTATE_90,
        180: Image.Transpose.ROTATE_180,
        270: Image.Transpose.ROTATE_270,
    }[turn]
    turned = {90: (v, wide - 1 - u), 180: (wide - 1 - u, high - 1 - v), 270: (high - 1 - v, u)}[turn]
    return skewed.transpose(method), *turned


def _bubbles(
    source: str,
    page: int,
    bubbles: Sequence[Mapping[str, Any]],
    truth: Mapping[int, str],
    doubtful: set[int],
    darkness: NDArray[np.float32],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> pl.DataFrame:
    states = [
        BLANK if dark < 0.1 else UNCERTAIN if one.get("question") in doubtful else MARKED
        for one, dark in zip(bubbles, darkness, strict=True)
    ]
    return pl.DataFrame(
        {
            "source": [source] * len(bubbles),
            "page": np.full(len(bubbles), page, np.int32),
            "group": [one["group"] for one in bubbles],
            "place": np.array([one.get("question", one.get("place", 0)) for one in bubbles], np.int32),
            "value": [one["value"] for one in bubbles],
            "darkness": darkness,
            "state": states,
            "margin": np.full(len(bubbles), 0.1, np.float32),
            "x": x.astype(np.float32),
            "y": y.astype(np.float32),
            "radius": np.full(len(bubbles), bubbles[0]["diameter"] / 2 * PER_MM, np.float32),
        }
    )


def _saved(images: Sequence[Image.Image], folder: Path) -> str:
    """The pages as one TIFF, named by its hash."""
    path = folder / "new.tif"
    images[0].save(path, save_all=True, append_images=images[1:], compression="tiff_deflate", dpi=(150, 150))
    name = hashlib.sha256(path.read_bytes()).hexdigest()
    path.rename(folder / f"{name}.tif")
    return name
