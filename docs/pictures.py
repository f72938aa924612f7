"""Makes the pictures of the README and of docs/planning.md: a page of a booklet, a build report.

Run from the checkout as `.venv/bin/python docs/pictures.py`; needs pdftoppm and Chromium.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

import yaml

from examgen.assembly import building as exams
from examgen.core.models.form import Exam
from examgen.papers import printing as papers

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"


def main() -> None:
    """Builds and prints level 4 of the starter bank in a folder of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        folder = Path("output/ASM-REE-5-059ZB-L4")
        blueprint = ROOT / "item_bank/ASM-REE-5-059ZB/blueprints/level-4.yaml"
        exams.build(blueprint, ROOT, folder)
        draw_booklet(folder)
        planned = exams.plan(_with_statistics(Path("workspace")), Path("workspace"))
        found = planned.solution
        gap = 1 - found.objective / found.bound if found.objective and found.bound else None
        solved = {"path": found.path, "objective": found.objective, "bound": found.bound, "gap": gap}
        draw_report(planned.exam, {**solved, "editions": planned.editions})


def draw_booklet(folder: Path) -> None:
    """A page of a candidate's booklet."""
    listed = "candidate_id,name,room,seat\n1100200300406,นางสาวตัวอย่าง ทดสอบระบบ,301,A1\n"
    Path("candidates.csv").write_text(listed, "utf-8")
    papers.render(folder, ROOT, papers.PrintingOptions(candidates=Path("candidates.csv")))
    file = str(folder / "papers/rooms/301/booklets.pdf")
    where = ["-r", "70", "-f", "3", "-l", "3", "-singlefile", "-png"]
    subprocess.run(["pdftoppm", *where, file, str(IMAGES / "booklet")], check=True)


def _with_statistics(workspace: Path) -> Path:
    """The starter bank with item parameters that are made up, and a blueprint that asks for information."""
    unit = workspace / "item_bank/ASM-REE-5-059ZB"
    shutil.copytree(ROOT / "item_bank/ASM-REE-5-059ZB", unit)
    chance = random.Random(5)
    names = [
        one["id"]
        for path in sorted((unit / "items").glob("*.yaml"))
        for one in yaml.safe_load(path.read_text("utf-8"))
    ]
    rows = [
        f"{name},made-up,2026-01-01,{min(0.95, max(0.2, chance.gauss(0.62, 0.15))):.2f},"
        f"{chance.lognormvariate(0, 0.3):.2f},{chance.gauss(-0.2, 0.9):.2f},0.2"
        for name in names
    ]
    lines = ["item,administration,date,facility,a,b,c", *rows]
    (unit / "statistics.csv").write_text("\n".join(lines), "utf-8")
    path = unit / "blueprints/level-4.yaml"
    asked = yaml.safe_load(path.read_text("utf-8"))
    asked |= {"forms": 4, "items": 20, "overlap": {"max": 4}}
    asked["criteria"] = {"A4011.*": 5, "A4012.*": {"min": 7}, "A4013.*": {"min": 7}, "all": {"min": 2}}
    shape = {"at": [-2, -1, 0, 1, 2], "shape": [0.45, 1, 1.2, 1, 0.45], "within": 12}
    asked["statistics"] = {"information": shape}
    path.write_text(yaml.safe_dump(asked, allow_unicode=True, sort_keys=False), "utf-8")
    return path


def draw_report(exam: Exam, solved: dict[str, object]) -> None:
    """The first page of the report of a build."""
    exam = exam.model_copy(update={"notices": (*exam.notices, "The statistics of these items are made up.")})
    html, pdf = Path("report.html").resolve(), Path("report.pdf").resolve()
    html.write_bytes(exams.build_report(exams.build_figures(exam), exam, solved, ROOT))
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    drawing = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={html.parent / 'browser'}",
    ]
    subprocess.run(
        [browser, *drawing, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", html.as_uri()],
        check=True,
        capture_output=True,
    )
    first = ["-r", "80", "-f", "1", "-l", "1", "-singlefile", "-png"]
    subprocess.run(["pdftoppm", *first, str(pdf), str(IMAGES / "build-report")], check=True)


if __name__ == "__main__":
    main()
