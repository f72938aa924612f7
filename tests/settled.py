"""Answer files in memory → what a scoring settles of them, by the steps of a scoring itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from examgen.capture.answer_layout import AnswerLayout
from examgen.capture.files import AnswerFile, recognise
from examgen.core.files import quiet
from examgen.core.models.decisions import Judgement, ReportRule
from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import Marks
from examgen.scoring import parts as scoring_parts
from examgen.scoring import tasks
from examgen.scoring.key import Key, KeyColumns, compile_key
from examgen.scoring.plan import JudgingRules, plan_of
from examgen.scoring.repeats import quarantined_rows, resolve_repeats, rows_in_notes
from examgen.scoring.spooled import lines_of

ROWS = {"file": str, "line": int, "candidate_id": str, "form": str}
QUARANTINE = {"file": str, "line": int, "candidate_id": str, "reason": str, "raw": str}


class InputFile(NamedTuple):
    """An answer file as it was recognised."""

    name: str
    sha256: str
    structure: str
    rows: int


class Responses(NamedTuple):
    """What candidates marked.

    `rows` has the columns of `ROWS`, then the extra columns that came in; `marks` (rows, questions).
    """

    rows: pl.DataFrame
    marks: Marks
    quarantine: pl.DataFrame
    files: tuple[InputFile, ...]
    rows_read: int
    identical_repeats: int

    @property
    def extra_columns(self) -> tuple[str, ...]:
        return tuple(name for name in self.rows.columns if name not in ROWS)


@lru_cache
def _key(options: tuple[tuple[str, tuple[int, ...]], ...]) -> Key:
    """A key of forms of so many options: A is right everywhere."""
    places = [(form, n) for form, questions in options for n in range(1, len(questions) + 1)]
    columns = [(form, str(n), f"i{n}", "U", "E", "P", "A", "1") for form, n in places]
    named = KeyColumns(*(list(column) for column in zip(*columns, strict=True)))
    return compile_key(named, dict(options), [("U", "E", "P")])


def read_answers(files: Sequence[tuple[str, bytes]], layout: AnswerLayout) -> Responses:
    """What candidates marked, from files of (name, content).

    Raises Refused, with every file's problems, where one of them is not an answer file.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        recognised = []
        problems: list[Problem] = []
        for number, (shown, data) in enumerate(files):
            path = folder / str(number)
            path.write_bytes(data)
            try:
                recognised.append(recognise(number, path, layout, shown=shown))
            except Refused as refused:
                problems.extend(refused.problems)
        if problems:
            raise Refused(f"{len(problems)} of {len(files)} answer files cannot be read", problems)
        digests = [hashlib.sha256(data).hexdigest() for _, data in files]
        return _settled(folder, tuple(recognised), digests, layout)


def _settled(
    folder: Path, files: tuple[AnswerFile, ...], digests: Sequence[str], layout: AnswerLayout
) -> Responses:
    key = _key(tuple(layout.options.items()))
    rules = JudgingRules(None, Judgement(), ReportRule(), None)
    parts = scoring_parts.cut(files)
    plan = plan_of(key, rules, layout, files, parts)
    read = scoring_parts.read_parts(None, folder, plan, quiet)
    settled = resolve_repeats(folder, None, read, rows_in_notes(folder, plan, read))
    names, extra_names = [file.structure.name for file in files], plan.writer.layout.extra_names
    rows: list[tuple[Any, ...]] = []
    marks = [np.empty((0, key.keys.shape[1]), np.uint8)]
    for number, (part, dropped) in enumerate(zip(parts, settled.dropped, strict=True)):
        for block in tasks.kept_rows(folder, number, dropped):
            line = (lines_of(block) + read.first_line[number]).tolist()
            extras = tasks.result_rows(block, plan, part.file).extras
            ids, forms = block["ids"].tolist(), block["form"].tolist()
            cells = zip(*map(list, extras), strict=True) if extras else [()] * len(ids)
            rows += [
                (names[part.file], at, one.decode(), key.names[form], *own)
                for at, one, form, own in zip(line, ids, forms, cells, strict=True)
            ]
            marks.append(block["marks"])
    aside = [(file, *row[:4]) for file, row in quarantined_rows(folder, plan, read, settled)]
    inputs = [
        InputFile(file.structure.name, digest, read.structure_of(file).label, read.rows_of(file.number))
        for file, digest in zip(files, digests, strict=True)
    ]
    return Responses(
        pl.DataFrame(rows, schema={**ROWS, **dict.fromkeys(extra_names, pl.String)}, orient="row"),
        np.concatenate(marks),
        pl.DataFrame(aside, schema=QUARANTINE, orient="row"),
        tuple(inputs),
        sum(one.rows for one in inputs),
        settled.identical_repeats,
    )
