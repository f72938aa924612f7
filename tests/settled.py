"""Answer files in memory → what a scoring settles of them, by the steps of a scoring itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import polars as pl

from examgen.capture.answer_files import AnswerFile, recognise
from examgen.capture.answer_layout import AnswerLayout
from examgen.core.files import quiet
from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import Marks
from examgen.scoring import answer_rows
from examgen.scoring.answer_rows import RowSource
from examgen.scoring.settle import Settling

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
    source = RowSource(files, layout)
    read = answer_rows.read_answers(source, None, folder, quiet)
    settling = Settling(source, read)
    settling.set_notes_aside()
    settling.compare_repeats()
    settled = settling.settled()
    kept = read.rows.some(np.flatnonzero(settled.is_scored))
    names, forms = [file.structure.name for file in files], list(layout.options)
    rows = {
        "file": [names[file] for file in kept.file.tolist()],
        "line": kept.line,
        "candidate_id": [one.decode() for one in kept.ids.tolist()],
        "form": [forms[form] for form in kept.form.tolist()],
    }
    aside = [(names[one.file], *one.row[:4]) for one in settled.quarantine]
    inputs = [
        InputFile(file.structure.name, digest, file.structure.label, n_rows)
        for file, digest, n_rows in zip(files, digests, read.n_rows, strict=True)
    ]
    return Responses(
        pl.DataFrame({**rows, **kept.extras}, schema_overrides=ROWS),
        kept.marks,
        pl.DataFrame(aside, schema=QUARANTINE, orient="row"),
        tuple(inputs),
        sum(one.rows for one in inputs),
        settled.identical_repeats,
    )
