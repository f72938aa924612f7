"""Folders that are replaced whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from examgen.problems import WrongUsage
from examgen.storage import own_folder


def test_a_folder_of_our_own_takes_the_place_of_nothing_else(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(WrongUsage, match="holds other files"), own_folder(other):
        pass
    assert (other / "thesis.txt").read_text() == "mine"
    for text in ("one", "two"):
        with own_folder(tmp_path / "made") as made:
            (made / "report.html").write_text(text)
    assert (tmp_path / "made" / "report.html").read_text() == "two"
