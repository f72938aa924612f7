"""A sitting of two forms of 40 items, 222 candidates each, of which one form is some 12 points harder.

What is odd about it is on purpose: no common items, the key of one item of form B wrong, an item that all
but one get right, one with a distractor that nobody takes, blanks inside and at the end.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from examgen.analyses import exam as exam_analyses
from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.reports.analysis_report import writing as exam_reports
from examgen.scoring import score as sittings
from tests.samples import PCS, blueprint, item_data, shelf

N, ITEMS = 222, 40
WRONG_KEY, ALL_RIGHT, IDLE = ("B", 28), ("A", 5), ("A", 9)


class Sitting(NamedTuple):
    """Where it is."""

    package: Path
    answers: Path
    report: Path


def sit(folder: Path, pdf: bool = False) -> Sitting:
    """Builds, answers, scores and analyses it."""
    bank = shelf(items=[item_data(pc, n) for pc in PCS for n in range(1, 100 // len(PCS) + 1)])
    package = folder / "exam"
    built = assemble([bank], *blueprint(forms=2, items=ITEMS, overlap=0))
    write_package(package, exam_files(built, bank_sha256([bank]), {}))
    answers = folder / "answers.csv"
    _answer(package, answers)
    sittings.score(package, [answers])
    found = exam_analyses.analyse_exam(package)
    report = exam_reports.write_report(package, found, folder, pdf=pdf)
    return Sitting(package, answers, report.folder)


def _answer(package: Path, path: Path) -> None:
    """What the candidates mark: 2PL, form B 1.6 logits harder; distractors by a nominal model."""
    generator = np.random.default_rng(17)
    with (package / "secure/key.csv").open(encoding="utf-8-sig", newline="") as file:
        keys = {(row["form"], int(row["question"])): row["key"] for row in csv.DictReader(file)}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["candidate_id", "form", *(f"Q{n}" for n in range(1, ITEMS + 1))])
        for form, shift in (("A", -1.42), ("B", 0.26)):
            theta = generator.normal(size=N)
            marks = np.array(
                [_marks(keys[form, q], (form, q), theta, shift, generator) for q in range(1, ITEMS + 1)]
            ).T
            for row in marks[::31, 10:14]:
                row[:] = ""
            marks[::37, -3:] = ""
            for n, row in enumerate(marks):
                writer.writerow([f"{form}{n:04d}", form, *row])


def _marks(
    key: str, place: tuple[str, int], theta: np.ndarray, shift: float, generator: np.random.Generator
) -> list[str]:
    right = "ABCD"[("ABCD".index(key) + 1) % 4] if place == WRONG_KEY else key
    others = [letter for letter in "ABCD" if letter != right]
    a, b = np.exp(generator.normal(0, 0.35)), generator.normal(shift, 0.8)
    knows = generator.random(N) < 1 / (1 + np.exp(-a * (theta - b)))
    if place == ALL_RIGHT:
        knows[:] = np.arange(N) != 1
    weights = generator.dirichlet([3.0, 3.0, 3.0]) if place != IDLE else np.array([0.5, 0.5, 0.0])
    wrong = generator.choice(others, N, p=weights)
    return [right if known else str(other) for known, other in zip(knows, wrong, strict=True)]
