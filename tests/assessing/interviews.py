"""Interviews of the starter bank, and ratings that assessors gave in them."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.sittings import table

UNIT = "ASM-REE-5-059ZB"
ASSESSORS = ("วิชัย แก้วใส", "มาลี ทองดี", "Somsak Kla", "พรทิพย์ ใจงาม")
HEAD = ("candidate_id", "assessor", "task", "points", "date", "centre", "comment")
Ratings = dict[tuple[str, str, str], int]
"""By candidate, assessor and task."""


def tasks_of(exam: Path) -> dict[str, dict[str, list[int]]]:
    """By form and task the points that may be given."""
    found: dict[str, dict[str, list[int]]] = {}
    for row in table(exam / "secure/key.csv"):
        found.setdefault(row["form"], {})[row["item"]] = [int(one) for one in row["anchors"].split("|")]
    return found


def rated(
    exam: Path, candidates: Iterable[str], seed: int = 1, n_assessors: int = 2, far: Mapping[str, int] = {}
) -> Ratings:
    """Ratings of each candidate by so many assessors, at most a point apart; of the candidates `far` so many
    tasks lie as far apart as can be. Candidates have the forms in turn."""
    draw, forms = random.Random(seed), tasks_of(exam)
    found: Ratings = {}
    for n, who in enumerate(candidates):
        tasks = forms[sorted(forms)[n % len(forms)]]
        assessors = draw.sample(ASSESSORS, n_assessors)
        able = draw.gauss(0.62, 0.25)
        for k, (task, anchors) in enumerate(tasks.items()):
            first = min(anchors, key=lambda one: abs(one / anchors[-1] - able - draw.gauss(0, 0.15)))
            for each, name in enumerate(assessors):
                points = first if not each else min(anchors[-1], max(0, first + draw.choice((0, 0, 1, -1))))
                if k < far.get(who, 0):
                    points = anchors[-1] if each else anchors[0]
                found[who, name, task] = points
    return found


def write(path: Path, rows: Iterable[Sequence[object]], head: Sequence[str] = HEAD) -> Path:
    """A table as CSV."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def write_ratings(path: Path, ratings: Ratings, day: str = "2026-11-20") -> Path:
    """The file of ratings, a line for each."""
    rows = ((who, name, task, points, day, "", "") for (who, name, task), points in ratings.items())
    return write(path, rows)
