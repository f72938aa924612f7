"""The settled responses of a run as a Parquet file: what everything after a scoring begins with.

    candidate_id   text: as it was read, nothing put before it
    form           text: as in secure/forms.csv
    file           text: the answer file, by the name that quarantine.csv calls it
    line           whole number: its line there, from 1
    marks          so many bytes as the longest form has questions, each a bit mask: 0 blank, bit k letter k,
                   several bits a multiple mark, 128 what is not an option; 0 past the form's last question

Each candidate who is scored has one row, in the order of candidates.csv. The metadata of the file has the
names of all answer files and the number of bytes of `marks`, which are needed where there are no rows. The
bytes depend on the rows alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from examgen.core.problems import Refused
from examgen.core.responses.rows import Ints, Marks, Texts
from examgen.core.words import tell

NAME = "responses.parquet"
SCHEMA = pl.Schema(
    {"candidate_id": pl.String, "form": pl.String, "file": pl.String, "line": pl.Int32, "marks": pl.Binary}
)
_FILES, _QUESTIONS = "files", "questions"
_ROWS_AT_ONCE = 1 << 16


class ResponseRows(NamedTuple):
    """Rows of one answer file as they are read; `form` are places among the forms that were asked for, `file`
    that of its name among `files_of`."""

    ids: Texts
    form: Ints
    file: int
    line: Ints
    marks: Marks


def response_frame(
    ids: Texts, form: Ints, forms: Sequence[str], file: str, line: Ints, marks: Marks
) -> pl.DataFrame:
    """Rows of one answer file as they are written; `form` are places in `forms`."""
    width = marks.shape[1]
    rows = np.ascontiguousarray(marks).view(f"V{width}").ravel().tolist() if width else [b""] * len(ids)
    return pl.DataFrame(
        {
            "candidate_id": pl.Series(ids.tolist(), dtype=pl.Binary).cast(pl.String),
            "form": pl.Series(forms, dtype=pl.String).gather(form.astype(np.int64)),
            "file": pl.repeat(file, len(ids), dtype=pl.String, eager=True),
            "line": line.astype(np.int32),
            "marks": pl.Series(rows, dtype=pl.Binary),
        }
    )


def write(path: Path, frames: Iterable[pl.DataFrame], files: Sequence[str], n_questions: int) -> None:
    """Writes the rows of all answer files, `files`, in their order."""
    whole = pl.concat([SCHEMA.to_frame(), *frames])
    about = {_FILES: json.dumps(list(files)), _QUESTIONS: str(n_questions)}
    whole.write_parquet(path, metadata=about)


def width_of(path: Path) -> int:
    """How many marks each row has."""
    return int(_about(path)[_QUESTIONS])


def n_rows_of(path: Path) -> int:
    """How many candidates there are."""
    _about(path)
    return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())


def files_of(path: Path) -> tuple[str, ...]:
    """Names of the answer files, in the order in which they were read."""
    return tuple(json.loads(_about(path)[_FILES]))


def read_rows(path: Path, forms: Mapping[str, int], file: int | None = None) -> Iterator[ResponseRows]:
    """The rows, of all answer files or of one, some ten thousands at a time; `forms` says the place of each
    form.

    Takes a file of ours that is what its audit says: nothing else is promised to be understood.
    """
    files, width = files_of(path), width_of(path)
    for number in range(len(files)) if file is None else (file,):
        rows = pl.scan_parquet(path, glob=False).filter(pl.col("file") == files[number]).collect()
        for some in rows.iter_slices(_ROWS_AT_ONCE):
            marks = np.frombuffer(b"".join(some["marks"]), np.uint8)
            yield ResponseRows(
                np.array(some["candidate_id"].cast(pl.Binary).to_list()),
                some["form"].replace_strict(forms, return_dtype=pl.Int64).to_numpy(),
                number,
                some["line"].cast(pl.Int64).to_numpy(),
                marks.reshape(some.height, width),
            )


def _about(path: Path) -> dict[str, str]:
    """What the metadata of the file says of it. Raises Refused where it is none of ours."""
    try:
        about = pl.read_parquet_metadata(path)
    except PolarsError:
        raise Refused(tell("{path} is not a Parquet file", path=path)) from None
    if not about.keys() >= {_FILES, _QUESTIONS}:
        raise Refused(
            tell("{path} was written by another version of examgen. Score the answer files again", path=path)
        )
    return about
