"""The picture of a candidate's sheet for a second reading of the answers: as scanned, with nothing on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from tests.commands.conftest import Run
from tests.scanning import drawn_sheets


def test_the_picture_is_the_sheet_as_it_was_scanned(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = drawn_sheets.exam_with_sheets(tmp_path / "exam", ["10001", "10002"])
    serials = {row["candidate_id"]: serial for serial, row in drawn_sheets.dealt(folder).items()}
    monkeypatch.chdir(tmp_path)
    for who, letters in (("10001", "ABCD"), ("10002", "BAAC")):
        image = drawn_sheets.personal(folder, serials[who], letters)
        drawn_sheets.save(np.rot90(image, 2) if who == "10002" else image, tmp_path / f"{who}.png")
    run.ok("take", folder, "10001.png", "10002.png")
    run.ok("score", folder)
    run.ok("release", folder, "--run", 1, "--by", "c", "--reason", "r", "--open-looks", "l")
    run.ok("case", "open", folder, "--as", "appeal", "--candidate", "10002", "--about", "x", "--by", "Ann")
    run.ok("case", "show", folder, "A1", "--sheet", "s.png")
    run.ok("case", "show", folder, "A1", "--sheet", "s.pdf")
    with Image.open("s.png") as picture, Image.open("10002.png") as scanned:
        upright = scanned.convert("L").transpose(Image.Transpose.ROTATE_180)
        assert picture.size == upright.size
        assert picture.tobytes() == upright.tobytes()
    assert Path("s.png").stat().st_mode & 0o077 == 0
    with pikepdf.open("s.pdf") as pdf:
        assert len(pdf.pages) == 1
    assert "already exists" in run.refused("case", "show", folder, "A1", "--sheet", "s.png", status=2)
    assert "must end in .png or .pdf" in run.refused(
        "case", "show", folder, "A1", "--sheet", "s.txt", status=2
    )
    words = ("case", "open", folder, "A1", "--by", "Dee", "--answers", "1=B 2=A 3=A 4=C")
    [reading] = run.json(*words)["readings"]
    assert (reading["source"], reading["differences"]) == ("picture", [])
