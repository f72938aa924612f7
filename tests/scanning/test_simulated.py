"""Simulated scans: repeatable, true about where bubbles came to lie and about what was made in them."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray
from PIL import Image

from examgen.commands import main
from examgen.scanning.sheet_layout import ITEM, SheetLayout
from examgen.scanning.simulated.distortions import LEVELS
from examgen.scanning.simulated.pages import SimulatedPage, SimulationOptions, simulated_page
from examgen.scanning.simulated.sheets import PRINTED_DPI, Side, said, side_of
from tests.effort import some
from tests.scanning.test_reading import Printed, printed  # noqa: F401

PER_MM = PRINTED_DPI / 25.4
SEED = 4
ANSWERS = [("A", "B", "C", "D", "", "AC")[n % 6] for n in range(40)]


def nobodys(layout: SheetLayout, sheet: int) -> Side:
    return side_of(layout, layout.pages[0], sheet, "", "1234567890123", "B", ANSWERS)


@pytest.fixture(scope="module")
def raster(printed: Printed) -> NDArray[np.uint8]:  # noqa: F811
    size = round(printed.layout.width * PER_MM), round(printed.layout.height * PER_MM)
    return np.asarray(cv2.resize(printed.blank, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def darkest_centre(page: SimulatedPage, place: NDArray[np.float64], around: int) -> NDArray[np.float64]:
    """The middle of what is dark near a place, in pixels."""
    image = page.scan.image
    grey = (image if image.ndim == 2 else image[..., 1]).astype(float)
    x, y = (round(v) for v in place)
    part = grey[y - around : y + around + 1, x - around : x + around + 1]
    dark = np.maximum(np.median(part) - part - 40, 0)
    rows, columns = np.mgrid[: dark.shape[0], : dark.shape[1]]
    return np.array([(dark * columns).sum(), (dark * rows).sum()]) / dark.sum() + [x - around, y - around]


@pytest.mark.parametrize("level", some(range(6), 2))
def test_bubbles_lie_where_the_truth_says(printed: Printed, level: int) -> None:  # noqa: F811
    """A page of nothing but discs where bubbles are: the middle of each is found in the scan."""
    layout = printed.layout
    dots = np.full((round(layout.height * PER_MM), round(layout.width * PER_MM)), 255, np.uint8)
    for x, y in (layout.pages[0].bubbles * PER_MM - 0.5) * 16:
        cv2.circle(dots, (round(x), round(y)), round(1.2 * PER_MM * 16), 0, -1, cv2.LINE_AA, 4)
    blank = nobodys(layout, level)._replace(meant=np.zeros(len(layout.pages[0].value), np.bool_))
    page = simulated_page(blank, dots, SimulationOptions(level, SEED, "tidy", dpi=150))
    per_mm = page.scan.dpi / 25.4
    asked = np.flatnonzero(layout.pages[0].group == ITEM)[::3]
    away = [darkest_centre(page, page.xy[i], round(2.2 * per_mm)) - page.xy[i] for i in asked]
    distances = np.hypot(*np.transpose(away)) / per_mm
    assert np.median(distances) < 0.05
    assert np.quantile(distances, 0.9) < 0.12


@pytest.mark.parametrize("sheet", some([3, 8], 1))
def test_bubbles_lie_where_the_picture_shows_them(printed: Printed, sheet: int) -> None:  # noqa: F811
    """A raster has whole pixels, and is wider than its page; the truth allows for it."""
    layout = printed.layout
    dots = np.full((round(layout.height * PER_MM) + 3, round(layout.width * PER_MM) + 3), 255, np.uint8)
    stretched = np.array(dots.shape[::-1]) / [layout.width, layout.height]
    for x, y in (layout.pages[0].bubbles * stretched - 0.5) * 16:
        cv2.circle(dots, (round(x), round(y)), round(0.6 * PER_MM * 16), 0, -1, cv2.LINE_AA, 4)
    blank = nobodys(layout, sheet)._replace(meant=np.zeros(len(layout.pages[0].value), np.bool_))
    page = simulated_page(blank, dots, SimulationOptions(3, SEED, "tidy", dpi=150))
    per_mm = page.scan.dpi / 25.4
    asked = np.flatnonzero(layout.pages[0].group == ITEM)
    away = [darkest_centre(page, page.xy[i], round(1.5 * per_mm)) - page.xy[i] for i in asked]
    assert np.quantile(np.hypot(*np.array(away).T), 0.98) < 0.05 * per_mm


@pytest.mark.long("what the simulator draws, no scan that anybody reads")
def test_bubbles_on_a_slip_lie_in_several_places(printed: Printed) -> None:  # noqa: F811
    layout = printed.layout
    plain = np.full((round(layout.height * PER_MM), round(layout.width * PER_MM)), 255, np.uint8)
    several = 0
    for sheet in range(12):
        blank = nobodys(layout, sheet)._replace(meant=np.zeros(len(layout.pages[0].value), np.bool_))
        page = simulated_page(blank, plain, SimulationOptions(4, SEED, "tidy", dpi=150))
        apart = np.hypot(*(page.ends[:, 1] - page.ends[:, 0]).T) * 25.4 / page.scan.dpi
        least = (
            np.hypot(*(page.ends - page.xy[:, None]).transpose(2, 0, 1)).min(axis=1) * 25.4 / page.scan.dpi
        )
        # a line hides up to 1.6 mm, and crosses few rows or columns
        assert apart.max() < 3.0
        assert np.mean(apart > 0.1) < 0.4
        assert np.all(least <= apart + 0.02)
        several += bool((apart > 0.3).any())
    assert 3 <= several < 12


@pytest.mark.long("what the simulator draws, no scan that anybody reads")
def test_a_seed_gives_the_same_pixels_in_any_order(
    printed: Printed,  # noqa: F811
    raster: NDArray[np.uint8],
) -> None:
    sides = [nobodys(printed.layout, n) for n in range(2)]
    once = [simulated_page(side, raster, SimulationOptions(2, SEED)) for side in sides]
    again = [simulated_page(side, raster, SimulationOptions(2, SEED)) for side in reversed(sides)][::-1]
    assert [page.scan.jpeg for page in once] == [page.scan.jpeg for page in again]
    assert once[0].scan.jpeg != once[1].scan.jpeg
    other = simulated_page(sides[0], raster, SimulationOptions(2, SEED + 1))
    assert other.scan.jpeg != once[0].scan.jpeg


def test_what_counts_is_dark_and_what_was_meant(
    printed: Printed,  # noqa: F811
    raster: NDArray[np.uint8],
) -> None:
    page = simulated_page(nobodys(printed.layout, 0), raster, SimulationOptions(0, SEED, "tidy"))
    assert said(page.side.page, page.counts, ITEM) == tuple("|".join(letters) for letters in ANSWERS)
    assert page.darkness[page.counts].min() > 0.4
    assert np.abs(page.darkness[[not kind for kind in page.made]]).max() < 0.02
    grey = page.scan.image[page.xy[:, 1].round().astype(int), page.xy[:, 0].round().astype(int)]
    assert grey[page.counts].max() < 170 < np.median(grey[~page.counts])


def test_the_number_of_a_sheet_is_marked_however_it_is_written(printed: Printed) -> None:  # noqa: F811
    plain, *others = (
        side_of(printed.layout, printed.layout.pages[0], 0, "A-0001-19", number, "B", ANSWERS).printed
        for number in ("1234567890123", "๑๒๓๔๕๖๗๘๙๐๑๒๓", "1-2345-67890-12-3")
    )
    assert plain.sum() == 14  # and the form
    assert all((one == plain).all() for one in others)


@pytest.mark.long("what the simulator draws, no scan that anybody reads")
def test_every_kind_of_mark_is_made(printed: Printed, raster: NDArray[np.uint8]) -> None:  # noqa: F811
    found: Counter[str] = Counter()
    tools: Counter[str] = Counter()
    for n in range(12):
        page = simulated_page(nobodys(printed.layout, n), raster, SimulationOptions(1, SEED, "odd", dpi=150))
        found.update(kind for made in page.made for kind in made.split("+"))
        tools.update(page.tool)
        lone = [i for i, made in enumerate(page.made) if made in ("erased", "stray", "cancelled")]
        assert not page.counts[lone].any()
    assert {"disc", "tick", "cross", "ring", "erased", "stray"} <= set(found)
    assert {"pencil", "red", "green"} <= set(tools)


# ── the command ──────────────────────────────────────────────────────────────────────────────


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [*csv.DictReader(file)]


def run(*words: object) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["examgen", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main()
    return int(stop.value.code or 0)


@pytest.mark.long("two formats at full size; pages and their truth are tried by the functions that make them")
def test_the_command_writes_scans_and_the_truth(package: Path, tmp_path: Path) -> None:
    for form in ("pdf", "jpeg"):
        assert run("simulate", package, "--scans", tmp_path / form, "--seed", 3, "--format", form, "--dpi", 150,
                   "--mixed", "--level", 1, "--processes", 1) == 0  # fmt: skip
    answers = rows_of(tmp_path / "pdf/truth.csv")
    assert [row["candidate_id"] for row in answers] == [f"{n:013}" for n in range(3)]
    assert [*answers[0]][-1] == "Q6"
    with pypdfium2.PdfDocument(tmp_path / "pdf/scans/scan-00001.pdf") as pdf:
        images = [next(page.get_objects(filter=[3])).get_bitmap().to_numpy() for page in pdf]  # type: ignore[call-arg]
    pages = rows_of(tmp_path / "pdf/truth-pages.csv")
    marks = rows_of(tmp_path / "pdf/truth-marks.csv")
    assert [row["page"] for row in pages] == ["1", "2", "3"]
    for n, (image, page, alone) in enumerate(
        zip(images, pages, rows_of(tmp_path / "jpeg/truth-pages.csv"), strict=True), 1
    ):
        stored = cv2.imread(str(tmp_path / "jpeg/scans" / f"scan-{n:05}.jpg"), cv2.IMREAD_UNCHANGED)
        assert stored is not None
        assert image.shape[:2] == stored.shape[:2] == (int(page["height"]), int(page["width"]))
        assert {**alone, "source": "", "page": ""} == {**page, "source": "", "page": ""}
        assert page["number_marked"] == page["candidate_id"]
        of_page = [row for row in marks if row["page"] == page["page"]]
        said = {
            f"Q{row['place']}": row["value"]
            for row in of_page
            if row["group"] == "item" and row["counts"] == "1"
        }
        [whole] = [row for row in answers if row["candidate_id"] == page["candidate_id"]]
        assert said == {name: value for name, value in whole.items() if name.startswith("Q") and value}
        for row in of_page:
            if row["counts"] == "1" and row["group"] == "number":
                assert image[round(float(row["y"])), round(float(row["x"]))].min() < 100
    with Image.open(tmp_path / "jpeg/scans/scan-00001.jpg") as jpeg:
        assert jpeg.info["dpi"] == (150, 150)


def test_sheets_of_nobody_and_what_is_refused(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """More than were dealt booklets: the sheet that is nobody's, marked by hand."""
    out = tmp_path / "scans"
    assert run("simulate", package, "--scans", out, "--seed", 3, "--candidates", 4, "--level", 0,
               "--format", "tiff", "--dpi", 100, "--marks", "odd") == 0  # fmt: skip
    pages = rows_of(out / "truth-pages.csv")
    assert len({row["candidate_id"] for row in pages}) == 4
    assert {row["serial"] for row in pages} == {""}
    with Image.open(out / "scans/scan-00001.tif") as tiff:
        assert tiff.n_frames == 4
    assert run("simulate", package, "--seed", 3) == 2
    assert run("simulate", package, "--seed", 3, "--scans", out, "--dirty", 1) == 2
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    assert run("simulate", package, "--seed", 3, "--scans", tmp_path / "full") == 2
    assert "holds other files" in capsys.readouterr().err
    assert (tmp_path / "full" / "thesis.txt").read_text() == "mine"


def test_the_page_of_the_manual_tells_the_bounds_of_each_level(root: Path, update_golden: bool) -> None:
    page = root / "docs/scanning.md"
    before, rest = page.read_text("utf-8").split("<!-- levels -->\n")
    _, after = rest.split("\nAt level 5 a phone", 1)
    whole = f"{before}<!-- levels -->\n{levels_table()}\nAt level 5 a phone{after}"
    if update_golden:
        page.write_text(whole, "utf-8")
    assert page.read_text("utf-8") == whole


UNITS = {
    "dpi": "dots per inch", "skew": "skew, ± degrees", "scale": "size, ±", "stretch": "stretched by the feeder, ±",
    "shift": "shifted, ± mm", "margin": "scan larger than the paper, mm", "wave": "paper not flat, mm", "light": "light missing",
    "noise": "noise, of 255", "blur": "blur, 1/100 inch", "black": "grey of black print", "white": "grey of paper",
    "toner": "toner", "jpeg": "JPEG quality", "upside_down": "fed upside down", "sideways": "fed sideways", "colour": "in colour",
    "copied": "sheet copied before", "fold": "folded", "slip": "slipped in the feeder", "lost_lines": "lines lost",
    "dark_edge": "dark edge", "corner": "corner lost", "holes": "holes punched", "dirt": "dirt", "streaks": "streaks of dust",
    "written_over": "written over",
}  # fmt: skip
SHARES = ("scale", "stretch", "light", "toner")


def levels_table() -> str:
    rows = ["| | " + " | ".join(f"{n}: {level.name}" for n, level in enumerate(LEVELS)) + " |"]
    rows.append("|---|" + "---|" * len(LEVELS))
    for field, words in UNITS.items():
        cells = [cell_of(field, getattr(level, field)) for level in LEVELS]
        rows.append(f"| {words} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def cell_of(field: str, value: object) -> str:
    if field == "dpi":
        return ", ".join(str(one) for one in sorted(set(value)))  # type: ignore[call-overload]
    chance = field in SHARES or list(UNITS).index(field) >= list(UNITS).index("upside_down")
    bounds = value if isinstance(value, tuple) else (value,)
    texts = [f"{100 * one:g}" if chance else f"{one:g}" for one in bounds]
    text = "–".join(dict.fromkeys(texts))
    return "–" if not any(bounds) else f"{text} %" if chance else text
