"""A run → its responses as input of another scoring, in place of answer files.

Which rows were read, repeated or quarantined stays as the run says; its rows are scored again.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from examgen.capture.files import AnswerFile, kept_file
from examgen.capture.parts import Chunk
from examgen.core.column_names import ASKED_RESULTS, CANDIDATES
from examgen.core.csv_files import without_apostrophe
from examgen.core.exam.package import read_package
from examgen.core.exam.runs import Run, newest_run
from examgen.core.files import sha256_of
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.responses import table as response_table
from examgen.core.responses.rows import Batch, Cells, FileStructure, Part, QuarantinedRow
from examgen.core.words import either, joined, message_in, option, tell
from examgen.scoring.results import questions_of
from examgen.scoring.runs import check_files

if TYPE_CHECKING:
    from examgen.scoring.options import ScoringOptions
    from examgen.scoring.recorded_decisions import RecordFile
    from examgen.scoring.run import WrittenRun

_CARRIED = (
    *("columns", "unreadable", "unlisted", "inputs", "rows", "quarantine", "not_on_list"),
    *("decided", "without_effect"),
)
"""The fields of the audit that say how answers were read and duplicates were resolved."""
_COPIED = ("quarantine.csv", "unlisted.csv")


class KeptRows(NamedTuple):
    """Where the rows of a part are: the folder of the run, the position of the first row (from 0) and their
    number, the names of extra columns, and the quarantined rows of its file."""

    folder: Path
    first: int
    n_rows: int
    extra_names: tuple[str, ...]
    set_aside: tuple[QuarantinedRow, ...]


class KeptRun(NamedTuple):
    """The responses of a run as answer files of one part each, and the rows of each part."""

    run: Run
    files: tuple[AnswerFile, ...]
    parts: tuple[Part, ...]
    rows: tuple[KeptRows, ...]

    def digests(self) -> list[str]:
        """The SHA-256 of the original answer files."""
        return [str(one["sha256"]) for one in self.run.audit["inputs"]]

    def finished(self, made: WrittenRun, target: Path, asked: Sequence[RecordFile]) -> WrittenRun:
        """The new scoring `made`, with what the audit of this run says about the answer files.

        Its quarantine is copied into `target`. `asked` are the decisions given for this scoring.
        """
        audit, before = dict(made.audit), self.run.audit
        of_rows = {one["source"].rpartition(":")[0] for one in before.get("decided") or ()}
        records = [one for one in before.get("records") or () if one["file"] in of_rows]
        audit |= {name: before[name] for name in _CARRIED if name in before}
        records += [one.said() for one in asked]
        if records:
            audit["records"] = records
        for name in _COPIED:
            (target / name).unlink(missing_ok=True)
            if name in self.run.files:
                shutil.copyfile(self.run.folder / name, target / name)
        return made._replace(audit=audit)


def newest_kept(folder: Path, results: Path, options: ScoringOptions) -> Run:
    """The newest run, to be scored again without its answer files.

    Raises WrongUsage if there is no run, or if an option concerns how rows are read, for which the files are
    needed. Raises Refused if `options` name another roster than that of the run.
    """
    run = newest_run(results)
    if run is None:
        raise WrongUsage(
            tell("{results} contains no run that can be scored again. Name the answer files", results=results)
        )
    of_rows = {
        option("identities"): options.identities,
        option("marks"): options.marks,
        option("columns"): options.columns,
        option("unreadable"): options.unreadable,
        option("unlisted"): options.unlisted,
        either(map(option, ("encoding", "delimiter", "sheet"))): any(options.reading),
    }
    if named := [name for name, value in of_rows.items() if value]:
        raise WrongUsage(
            tell("{named}: only the answer files show how rows are read. Name the files", named=joined(named))
        )
    check_files(run, read_package(folder), tell("the exam was not scored again"))
    # the roster of the run decided which rows were quarantined; with another one, rows must be read again
    roster, said = options.roster, (run.audit.get("ledger") or {}).get("roster") or {}
    if roster is not None and (not roster.is_file() or sha256_of(roster) != said.get("sha256")):
        message = tell(
            "is not the roster of run {number}. To score with another roster, name the answer files as well",
            number=run.number,
        )
        raise Refused(
            tell("the answer files must be read again"), [Problem(str(roster), "other-roster", message)]
        )
    return run


def kept_of(run: Run) -> KeptRun:
    """The responses of a run, whose audit lists its answer files."""
    inputs, path = run.audit["inputs"], run.folder / response_table.NAME
    counts = [int(one["scored"]) for one in inputs]
    names = response_table.files_of(path)
    ends = list(accumulate(counts, initial=0))
    extras = _extra_names(run.folder, ends)
    aside: dict[str, list[QuarantinedRow]] = {}
    with (run.folder / "quarantine.csv").open(encoding="utf-8-sig", newline="") as file:
        csv.field_size_limit(1 << 30)
        for row in csv.DictReader(file):
            own = QuarantinedRow(int(row["line"]), row["candidate_id"] or None, row["reason"], row["raw"])
            own = own._replace(undecided=questions_of(row.get("undecided") or ""))
            aside.setdefault(row["file"], []).append(own)
    files, parts, rows = [], [], []
    for n, (one, name) in enumerate(zip(inputs, names, strict=True)):
        structure = FileStructure(
            name, message_in(one, "structure"), extras[n], counts[n] * response_table.width_of(path)
        )
        files.append(kept_file(n, Path(one["file"]), structure))
        parts.append(Part(n, path, 0, None, 1))
        rows.append(KeptRows(run.folder, ends[n], counts[n], extras[n], tuple(aside.get(name, ()))))
    return KeptRun(run, tuple(files), tuple(parts), tuple(rows))


def _extra_names(folder: Path, ends: Sequence[int]) -> list[tuple[str, ...]]:
    """The names of the extra columns of each file; rows have null in columns that their file lacks."""
    table = pl.scan_csv(folder / "candidates.csv", infer_schema=False)
    own = {*CANDIDATES, *ASKED_RESULTS}
    names = [name for name in table.collect_schema().names() if name not in own]
    if not names:
        return [()] * (len(ends) - 1)
    cells = table.select(names).collect()
    slices = [cells.slice(start, end - start) for start, end in pairwise(ends)]
    return [
        # a file without scored rows may have had any column, so it keeps all of them, in their order
        tuple(name for name in names if not rows.height or rows[name].null_count() < rows.height)
        for rows in slices
    ]


def chunks_of(rows: KeptRows, file: int, forms: Mapping[str, int]) -> Iterator[Chunk]:
    """The rows of a part, its quarantined rows first; `forms` has the number of each form by its name."""
    yield Chunk(None, list(rows.set_aside), 0)
    cells: list[pl.Series] = []
    if rows.extra_names and rows.n_rows:
        # the extra columns as they were in the file
        table = pl.scan_csv(rows.folder / "candidates.csv", infer_schema=False)
        texts = [without_apostrophe(pl.col(name).fill_null("")) for name in rows.extra_names]
        cells = table.slice(rows.first, rows.n_rows).select(texts).collect().get_columns()
    start = 0
    for own in response_table.read_rows(rows.folder / response_table.NAME, forms, file):
        n = len(own.ids)
        extras = tuple(Cells.of(column.slice(start, n).to_list()) for column in cells)
        yield Chunk(Batch(own.line, own.ids, own.form, np.asarray(own.marks), extras), [], 0)
        start += n
