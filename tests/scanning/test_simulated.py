"""Simulated scans: repeatable, true about where bubbles came to lie and about what was made in them."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from examgen.scanning.filled_sheets import Side, side_of
from examgen.scanning.sheet_layout import ITEM, SheetLayout
from tests.commands.conftest import Run
from tests.effort import some
from tests.scanning.simulated.pages import PRINTED_DPI, SimulatedPage, SimulationOptions, simulated_page
from tests.scanning.simulated.scans import simulate_scans
from tests.scanning.test_reading import Printed, printed  # noqa: F401

PER_MM = PRINTED_DPI / 25.4
SEED = 4
ANSWERS = [("A", "B", "C", "D", "", "AC")[n % 6] for n in range(40)]


def nobodys(layout: SheetLayout, sheet: int) -> Side:
    return side_of(layout, layout.pages[0], sheet, "", "1234567890123", "B", ANSWERS)


def darkest_centre(page: SimulatedPage, place: NDArray[np.float64], around: int) -> NDArray[np.float64]:
    """The middle of what is dark near a place, in pixels."""
    image = page.scan.page.image
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
    per_mm = page.scan.page.dpi / 25.4
    asked = np.flatnonzero(layout.pages[0].group == ITEM)[::3]
    away = [darkest_centre(page, page.xy[i], round(2.2 * per_mm)) - page.xy[i] for i in asked]
    distances = np.hypot(*np.transpose(away)) / per_mm
    assert np.median(distances) < 0.05
    assert np.quantile(distances, 0.9) < 0.12


# ── scans of an exam ─────────────────────────────────────────────────────────────────────────


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [*csv.DictReader(file)]


def test_files_of_scans_and_their_truth(package: Path, tmp_path: Path) -> None:
    simulate_scans(package, tmp_path, tmp_path / "made", SimulationOptions(1, 3, dpi=100))
    answers, pages = rows_of(tmp_path / "made/truth.csv"), rows_of(tmp_path / "made/truth-pages.csv")
    marks = rows_of(tmp_path / "made/truth-marks.csv")
    assert [row["candidate_id"] for row in answers] == [f"{n:013}" for n in range(3)]
    assert [row["page"] for row in pages] == ["1", "2", "3"]
    for answer, page in zip(answers, pages, strict=True):
        assert page["number_marked"] == page["candidate_id"] == answer["candidate_id"]
        of_page = [row for row in marks if row["page"] == page["page"] and row["counts"] == "1"]
        said = {f"Q{row['place']}": row["value"] for row in of_page if row["group"] == "item"}
        assert said == {name: value for name, value in answer.items() if name.startswith("Q") and value}


# ── filled sheets, by the command ────────────────────────────────────────────────────────────


def test_filled_sheets_are_read_as_they_were_filled(run: Run, package: Path, tmp_path: Path) -> None:
    """In two formats: the answers that are read are those of truth.csv, and nothing is in doubt."""
    for form in ("pdf", "jpeg"):
        words = ("--seed", 3, "--format", form, "--processes", 1)
        run.ok("simulate", package, "--scans", tmp_path / form, *words)
    answers = rows_of(tmp_path / "pdf/truth.csv")
    assert [row["candidate_id"] for row in answers] == [f"{n:013}" for n in range(3)]
    assert [*answers[0]][-1] == "Q6"
    assert (tmp_path / "jpeg/truth.csv").read_bytes() == (tmp_path / "pdf/truth.csv").read_bytes()
    with Image.open(tmp_path / "jpeg/scans/scan-00001.jpg") as jpeg:
        assert jpeg.info["dpi"] == (200, 200)
    run.ok("scan", tmp_path / "pdf/scans", "--exam", package, "--out", tmp_path / "read")
    read = {row["candidate_id"]: row for row in rows_of(tmp_path / "read/responses.csv")}
    assert [{name: read[row["candidate_id"]][name] for name in row} for row in answers] == answers


def test_sheets_of_nobody_and_what_is_refused(run: Run, package: Path, tmp_path: Path) -> None:
    """More than were dealt booklets: the sheet that is nobody's, number and form filled in."""
    out = tmp_path / "scans"
    run.ok("simulate", package, "--scans", out, "--seed", 3, "--candidates", 4, "--format", "tiff")
    truth = rows_of(out / "truth.csv")
    assert len({row["candidate_id"] for row in truth}) == 4
    with Image.open(out / "scans/scan-00001.tif") as tiff:
        assert tiff.n_frames == 4
    run.ok("scan", out / "scans", "--exam", package, "--out", tmp_path / "read")
    read = rows_of(tmp_path / "read/responses.csv")
    assert {row["candidate_id"] for row in read} == {row["candidate_id"] for row in truth}
    for words in ((), ("--scans", out, "--dirty", 1), ("--scans", tmp_path / "x", "--level", 2)):
        assert run("simulate", package, "--seed", 3, *words).status == 2
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    ran = run("simulate", package, "--seed", 3, "--scans", tmp_path / "full")
    assert (ran.status, "contains other files" in ran.err) == (2, True)
    assert (tmp_path / "full" / "thesis.txt").read_text() == "mine"
