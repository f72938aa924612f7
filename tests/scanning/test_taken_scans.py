"""Scans that are given to a sitting: read, decided on in a gallery, taken back, each under a number of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import pytest

from tests.commands.conftest import Run
from tests.sittings import table


@pytest.fixture
def exam(package: Path, tmp_path: Path, run: Run) -> Path:
    """The exam, and a tray of its three sheets, of which the second is smudged."""
    folder = Path(shutil.copytree(package, tmp_path / "exam"))
    run.ok("simulate", folder, "--seed", 3, "--scans", tmp_path / "sim", "--format", "png")
    (tmp_path / "tray").mkdir()
    for path in sorted((tmp_path / "sim/scans").iterdir()):
        shutil.copy(path, tmp_path / "tray")
    smudged = str(tmp_path / "tray/scan-00002.png")
    picture = cv2.imread(smudged, cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    high, wide = picture.shape
    draw = np.random.default_rng(1)
    for _ in range(400):
        place = int(draw.integers(wide // 10, wide * 9 // 10)), int(draw.integers(high // 3, high * 9 // 10))
        cv2.circle(picture, place, int(draw.integers(6, 14)), int(draw.integers(120, 190)), -1)
    cv2.imwrite(smudged, picture)
    return folder


def filled_in(exam: Path, run: Run, tmp_path: Path, answer: str) -> Path:
    """The workbook of the gallery of scan 1, with one answer for all that is in doubt."""
    run.ok("scan", "gallery", exam / "sitting/scans/1", "--xlsx")
    book = openpyxl.load_workbook(exam / "sitting/scans/1/gallery-first.xlsx")
    for sheet in book:
        rows = list(sheet.iter_rows())
        heads = [[(str(cell.value or "").lower().split() or [""])[-1] for cell in row] for row in rows]
        for n, names in enumerate(heads):
            if "decided" not in names:
                continue
            for row in rows[n + 1 :]:
                if row[names.index("code")].value:
                    row[names.index("decided")].value = answer
                    row[names.index("by")].value = "สมหญิง"
    path = tmp_path / "filled.xlsx"
    book.save(path)
    return path


def test_a_tray_is_read_decided_and_scored_without_a_path_named_twice(
    exam: Path, run: Run, tmp_path: Path
) -> None:
    said = run("take", exam, tmp_path / "tray")
    assert said.status == 3, "marks are in doubt"
    assert "3 sheets read" in said.out
    assert "sitting/scans/1/gallery.html" in said.out
    assert run("score", exam).status == 3
    [aside] = table(exam / "results/quarantine.csv")
    assert aside["reason"] == "undecided_marks"
    book = filled_in(exam, run, tmp_path, "A")
    [taken] = run.json("take", exam, book)["taken"]
    assert (taken["kind"], taken["act"], taken["n"] > 0) == ("gallery", "taken", True)
    assert run.json("take", exam, book)["taken"][0]["act"] == "known"
    run.ok("score", exam)
    assert len(table(exam / "results/candidates.csv")) == 3
    assert "is of a scan that was not taken" in run.refused("take", fresh(exam, tmp_path), book)


def fresh(exam: Path, tmp_path: Path) -> Path:
    other = Path(shutil.copytree(exam, tmp_path / "other"))
    shutil.rmtree(other / "sitting")
    return other


def test_a_scan_that_is_taken_back_keeps_its_number(exam: Path, run: Run, tmp_path: Path) -> None:
    """Decisions on its rows bear the number: those on the rows of another scan would be taken for them."""
    (tmp_path / "tray/scan-00002.png").unlink()
    run.ok("take", exam, tmp_path / "tray")
    run.ok("score", exam)
    run.ok("take", exam, "--back", "scans/1", "--reason", "of another centre")
    assert (exam / "sitting/scans/removed-1/responses.csv").is_file()
    (tmp_path / "tray/scan-00003.png").unlink()
    run.ok("take", exam, tmp_path / "tray")
    assert (exam / "sitting/scans/2/responses.csv").is_file()
    run.ok("score", exam)
    assert len(table(exam / "results/candidates.csv")) == 1
    run.ok("verify", exam)


def test_the_folder_of_a_scan_is_taken_once_with_its_decisions(exam: Path, run: Run, tmp_path: Path) -> None:
    run("scan", tmp_path / "tray", "--exam", exam, "--out", tmp_path / "read")
    [one] = run.json("take", exam, tmp_path / "read")["taken"]
    assert (one["kind"], one["file"]) == ("scan", "scans/1/responses.csv")
    assert run.json("take", exam, tmp_path / "read")["taken"][0]["act"] == "known"
    assert run("score", exam).status == 3
    shutil.rmtree(exam / "sitting/scans/1")
    assert "taken-file-gone" in run.refused("score", exam)
