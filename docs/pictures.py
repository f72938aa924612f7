"""Makes the pictures of the README anew: a booklet page and the summary of a scored exam.

Run from the checkout as `.venv/bin/python docs/pictures.py`; needs pdftoppm.
"""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
from pathlib import Path

from rich.console import Console

from examgen.cli import screen
from examgen.workflow import exams, sittings

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"


def main() -> None:
    """Builds, prints, simulates and scores level 4 of the starter bank in a folder of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        folder, answers = Path("output/ASM-REE-5-059ZB-L4"), Path("answers.csv")
        blueprint = ROOT / "item_bank/ASM-REE-5-059ZB/blueprints/level-4.yaml"
        exams.build(blueprint, ROOT, folder)
        exams.render(folder, ROOT)
        page = ["-r", "70", "-f", "3", "-l", "3", "-singlefile", "-png"]
        subprocess.run(
            ["pdftoppm", *page, str(folder / "papers/booklet-A.pdf"), str(IMAGES / "booklet")], check=True
        )
        sittings.simulate(folder, 300, 1, answers, dirty=12)
        screen.screen = Console(record=True, width=78, highlight=False, file=io.StringIO())
        screen.show_scored(sittings.score(folder, [answers]))
        screen.screen.save_svg(str(IMAGES / "result.svg"), title="examgen score")


if __name__ == "__main__":
    main()
