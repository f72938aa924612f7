"""Settled candidates → rows as a run keeps them, which are scored as the responses of a run are.

The mark of a task has its one or two ratings in the middle; the points of a mark are their mean. Whoever has
no result yet is set aside, and a line for each says why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from examgen.capture.files import AnswerFile, kept_file
from examgen.capture.reasons import NOT_ON_LIST
from examgen.core.responses import table as response_table
from examgen.core.responses.rows import FileStructure, Part, QuarantinedRow
from examgen.core.words import tell_n
from examgen.scoring.assessing.settling import Rated, SettledCandidate
from examgen.scoring.kept_responses import KeptRows
from examgen.scoring.results import csv_table

EXTRA_NAMES = ("assessors", "assessed_on", "centre")
"""Columns of candidates.csv that ratings fill."""


class RatedRows(NamedTuple):
    """Candidates whom assessors rated, as files of one part each, and the rows of each part."""

    files: tuple[AnswerFile, ...]
    parts: tuple[Part, ...]
    rows: tuple[KeptRows, ...]


def rated_rows(
    folder: Path,
    paths: Sequence[Path],
    shown: Sequence[str],
    candidates: Sequence[SettledCandidate],
    rated: Sequence[Rated],
    forms: Sequence[str],
    is_known: Callable[[str], bool],
) -> RatedRows:
    """Writes the rows into an empty folder. `paths` are the files of ratings, `shown` their names; `is_known`
    says whether rows of a candidate are taken."""
    by_file: list[list[SettledCandidate]] = [[] for _ in paths]
    aside: list[list[QuarantinedRow]] = [[] for _ in paths]
    lines: dict[str, list[str]] = {}
    for rating in rated:
        said = f"{rating.assessor}: {rating.task} {rating.points}"
        lines.setdefault(rating.candidate_id, []).append(said)
    for one in candidates:
        reason = one.reason if is_known(one.candidate_id) else NOT_ON_LIST
        if reason:
            raw = "; ".join((*one.lacking, *lines[one.candidate_id]))
            row = QuarantinedRow(one.line, one.candidate_id, reason, raw, form=one.form)
            aside[one.file].append(row)
        else:
            by_file[one.file].append(one)
    n_questions = max((len(one.tasks) for one in candidates), default=1)
    number = {name: n for n, name in enumerate(forms)}
    frames = []
    for file, some in zip(shown, by_file, strict=True):
        marks = np.zeros((len(some), n_questions), np.uint8)
        for k, one in enumerate(some):
            marks[k, : len(one.tasks)] = [task.mark for task in one.tasks]
        ids = np.array([one.candidate_id.encode() for one in some], np.bytes_)
        form, line = (
            np.array(values, np.int64)
            for values in ([number[one.form] for one in some], [one.line for one in some])
        )
        frames.append(response_table.response_frame(ids, form, forms, file, line, marks))
    path = folder / response_table.NAME
    response_table.write(path, frames, shown, n_questions)
    every = [one for some in by_file for one in some]
    cells = [(one.candidate_id, ", ".join(one.assessors), one.day, one.centre) for one in every]
    (folder / "candidates.csv").write_bytes(csv_table(("candidate_id", *EXTRA_NAMES), cells))
    files, first, rows = [], 0, []
    for n, (each, name) in enumerate(zip(paths, shown, strict=True)):
        own = len(by_file[n]) + len(aside[n])
        label = tell_n("ratings of {n:,} candidate", "ratings of {n:,} candidates", own)
        structure = FileStructure(name, label, EXTRA_NAMES, each.stat().st_size)
        files.append(kept_file(n, each, structure))
        rows.append(KeptRows(folder, first, len(by_file[n]), EXTRA_NAMES, tuple(aside[n])))
        first += len(by_file[n])
    return RatedRows(tuple(files), tuple(Part(n, path, 0, None, 1) for n in range(len(files))), tuple(rows))
