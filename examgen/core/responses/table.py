"""The settled responses of a run as a Parquet file, from which everything after scoring starts.

    candidate_id   text: as read, without a leading apostrophe
    form           text: as in secure/forms.csv
    file           text: the answer file, by its name in quarantine.csv
    line           whole number: its line there, from 1
    marks          a byte for each question of the longest form, each a bit mask: 0 blank, bit k letter k,
                   several bits a multiple mark, 128 not an option; 0 past the form's last question

Each scored candidate has one row, in the order of candidates.csv. The metadata of the file contains the names
of all answer files and the number of bytes of `marks`, which are needed if there are no rows. The bytes
depend only on the rows.
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

NAME = "responses.parquet"
SCHEMA = pl.Schema(
    {"candidate_id": pl.String, "form": pl.String, "file": pl.String, "line": pl.Int32, "marks": pl.Binary}
)
_FILES, _QUESTIONS = "files", "questions"
_ROWS_AT_ONCE = 1 << 16


class ResponseRows(NamedTuple):
    """Rows of one answer file as read. `form` are indices among the requested forms, `file` the index of the
    file's name in `files_of`."""

    ids: Texts
    form: Ints
    file: int
    line: Ints
    marks: Marks


def response_frame(
    ids: Texts, form: Ints, forms: Sequence[str], file: str, line: Ints, marks: Marks
) -> pl.DataFrame:
    """Returns rows of one answer file as they are written. `form` are indices into `forms`."""
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
    """Writes the rows of all answer files, in the order of `files`."""
    whole = pl.concat([SCHEMA.to_frame(), *frames])
    about = {_FILES: json.dumps(list(files)), _QUESTIONS: str(n_questions)}
    whole.write_parquet(path, metadata=about)


def width_of(path: Path) -> int:
    """Returns the number of marks in each row."""
    return int(_about(path)[_QUESTIONS])


def n_rows_of(path: Path) -> int:
    """Returns the number of candidates."""
    _about(path)
    return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())


def files_of(path: Path) -> tuple[str, ...]:
    """Returns the names of the answer files, in the order in which they were read."""
    return tuple(json.loads(_about(path)[_FILES]))


def read_rows(path: Path, forms: Mapping[str, int], file: int | None = None) -> Iterator[ResponseRows]:
    """Yields the rows of all answer files or of one, up to 65,536 at a time. `forms` has the index of each
    form.

    The file must have been written by examgen and match its audit; any other content is unsupported.
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
    """Returns the metadata of the file. Raises Refused if examgen did not write it."""
    try:
        about = pl.read_parquet_metadata(path)
    except PolarsError:
        raise Refused.because("{path} is not a Parquet file", path=path) from None
    if not about.keys() >= {_FILES, _QUESTIONS}:
        raise Refused.because(
            "{path} was written by another version of examgen. Score the answer files again", path=path
        )
    return about
