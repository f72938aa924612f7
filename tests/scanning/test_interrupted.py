"""A reading that is killed: no page is read twice, none is lost, and the folder is the same in the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from PIL import Image

from examgen.scanning.journal import Journal
from tests.scanning import drawn_sheets as sheets
from tests.sittings import table

N = 24


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exam, and a TIFF of its sheets."""
    folder = tmp_path_factory.mktemp("batch")
    exam = sheets.exam_with_sheets(folder / "exam", [f"{k:05}" for k in range(1, N + 1)])
    images = [
        Image.fromarray(sheets.personal(exam, serial, "ABCD"[n % 4 :] + "ABCD"[: n % 4]))
        for n, (serial, row) in enumerate(sheets.dealt(exam).items())
        if row["candidate_id"]
    ]
    images[0].save(folder / "all.tif", save_all=True, append_images=images[1:], compression="tiff_lzw")
    return folder


def command(folder: Path, out: Path) -> list[str]:
    words = ["scan", str(folder / "all.tif"), "--exam", str(folder / "exam"), "--out", str(out)]
    return [sys.executable, "-m", "examgen", *words, "--processes", "2"]


def test_after_kill_9_it_goes_on(batch: Path, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    subprocess.run(command(batch, whole), check=True, capture_output=True)
    journal = cut / "readings.jsonl"
    kills = 0
    for most in (8,):
        process = subprocess.Popen(command(batch, cut), start_new_session=True, stderr=subprocess.DEVNULL)
        size = (whole / "readings.jsonl").stat().st_size * most // N
        while process.poll() is None and not (journal.exists() and journal.stat().st_size > size):
            time.sleep(0.002)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.wait()
        assert not (cut / "pages.csv").exists() or process.returncode == 0
    os.truncate(journal, journal.stat().st_size - 777)  # a frame that was being written
    before = _pages_of(journal)
    done = subprocess.run([*command(batch, cut), "--json"], check=True, capture_output=True, text=True)
    assert kills >= 1
    assert len(before) == len(set(before)) >= 3
    assert f'"read_before": {len(before)}' in done.stdout
    after = _pages_of(journal)
    assert after[: len(before)] == before
    assert sorted(after) == sorted(_pages_of(whole / "readings.jsonl"))
    for name in ("pages.csv", "rows.csv", "responses.csv", "scan.json"):
        assert (cut / name).read_bytes() == (whole / name).read_bytes(), name
    assert pl.read_parquet(cut / "marks.parquet").equals(pl.read_parquet(whole / "marks.parquet"))
    assert len(table(cut / "responses.csv")) == N
    assert not [path for path in (cut / "scans").iterdir() if path.name.startswith(".")]


def _pages_of(journal: Path) -> list[tuple[str, int]]:
    """The pages that the journal holds, in the order of reading."""
    with Journal(journal) as found:
        return list(found.pages)
