"""Settled candidates → rows of answers, which are scored as those of answer files are.

The mark of a task has its one or two ratings in the middle; the points of a mark are their mean. Whoever has
no result yet is set aside, and a line for each says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from examgen.capture.answer_layout import AnswerLayout
from examgen.capture.files import AnswerFile, kept_file
from examgen.capture.reasons import NOT_ON_LIST
from examgen.core.responses.rows import FileStructure, QuarantinedRow
from examgen.core.responses.table import ResponseRows
from examgen.core.words import tell_n
from examgen.scoring.answer_rows import ReadAnswers, SetAside
from examgen.scoring.assessing.settling import Rated, SettledCandidate
from examgen.scoring.kept_responses import kept_answers, kept_rows

EXTRA_NAMES = ("assessors", "assessed_on", "centre")
"""Columns of candidates.csv that ratings fill."""


def rated_answers(
    files: Sequence[AnswerFile],
    candidates: Sequence[SettledCandidate],
    rated: Sequence[Rated],
    layout: AnswerLayout,
) -> ReadAnswers:
    """The rows of candidates whom assessors rated, of the files of ratings; those of whom rows are not taken
    are set aside."""
    kept: list[list[SettledCandidate]] = [[] for _ in files]
    aside: list[SetAside] = []
    lines: dict[str, list[str]] = {}
    for rating in rated:
        said = f"{rating.assessor}: {rating.task} {rating.points}"
        lines.setdefault(rating.candidate_id, []).append(said)
    for one in candidates:
        reason = one.reason if layout.assignment.knows(one.candidate_id) else NOT_ON_LIST
        if reason:
            raw = "; ".join((*one.lacking, *lines[one.candidate_id]))
            row = QuarantinedRow(one.line, one.candidate_id, reason, raw, form=one.form)
            aside.append(SetAside(one.file, row))
        else:
            kept[one.file].append(one)
    number = {name: n for n, name in enumerate(layout.options)}
    n_questions = max((len(one.tasks) for one in candidates), default=1)
    parts = [
        ResponseRows(
            ids=np.array([one.candidate_id.encode() for one in own], np.bytes_),
            form=np.array([number[one.form] for one in own], np.int64),
            file=n,
            line=np.array([one.line for one in own], np.int64),
            marks=np.array(
                [[*(task.mark for task in one.tasks), *[0] * (n_questions - len(one.tasks))] for one in own],
                np.uint8,
            ).reshape(len(own), n_questions),
        )
        for n, own in enumerate(kept)
    ]
    cells = [(", ".join(one.assessors), one.day, one.centre) for own in kept for one in own]
    extras = pl.DataFrame(cells, dict.fromkeys(EXTRA_NAMES, pl.String), orient="row").to_dict()
    rows = replace(kept_rows(parts, layout), extras=extras)
    return kept_answers(files, rows, sorted(aside, key=lambda one: one.file))


def rated_files(
    paths: Sequence[Path], shown: Sequence[str], candidates: Sequence[SettledCandidate]
) -> tuple[AnswerFile, ...]:
    """The files of ratings, called as they are `shown`."""
    counts, files = Counter(one.file for one in candidates), []
    for n, (path, name) in enumerate(zip(paths, shown, strict=True)):
        label = tell_n("ratings of {n:,} candidate", "ratings of {n:,} candidates", counts[n])
        files.append(kept_file(n, path, FileStructure(name, label, EXTRA_NAMES, path.stat().st_size)))
    return tuple(files)
