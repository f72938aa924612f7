"""A run → its responses as if its answer files had been read, for another scoring.

Which rows were read, repeated or quarantined stays as in the run; the rows that it scored are scored again.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from examgen.capture.answer_files import AnswerFile, kept_file
from examgen.capture.answer_layout import AnswerLayout
from examgen.core.column_names import ASKED_RESULTS, CANDIDATES
from examgen.core.csv_files import without_apostrophe
from examgen.core.exam.package import read_package
from examgen.core.exam.runs import Run, newest_run
from examgen.core.files import sha256_of
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.responses import table as response_table
from examgen.core.responses.rows import AnswerRows, FileStructure, QuarantinedRow
from examgen.core.words import either, joined, message_in, option, tell
from examgen.scoring.answer_rows import ReadAnswers, SetAside
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
"""The fields of the audit on how answers were read and duplicates were resolved."""
_COPIED = ("quarantine.csv", "unlisted.csv")


class KeptRun(NamedTuple):
    """A run whose responses are scored again, and its answer files, which are not read."""

    run: Run
    files: tuple[AnswerFile, ...]
    extras: Mapping[str, pl.Series]
    """The extra columns of the rows, null if the file of a row has no column of that name."""

    def answers(self, layout: AnswerLayout) -> ReadAnswers:
        """Return the rows that the run scored and those in its quarantine, as they were read."""
        forms = {name: n for n, name in enumerate(layout.options)}
        parts = [*response_table.read_rows(self.run.folder / response_table.NAME, forms)]
        rows = replace(kept_rows(parts, layout), extras=self.extras)
        number = {file.structure.name: file.number for file in self.files}
        aside: list[SetAside] = []
        with (self.run.folder / "quarantine.csv").open(encoding="utf-8-sig", newline="") as file:
            csv.field_size_limit(1 << 30)
            for row in csv.DictReader(file):
                undecided = questions_of(row.get("undecided") or "")
                own = QuarantinedRow(
                    int(row["line"]), row["candidate_id"] or None, row["reason"], row["raw"], undecided
                )
                aside.append(SetAside(number[row["file"]], own))
        return kept_answers(self.files, rows, sorted(aside, key=lambda one: one.file))

    def digests(self) -> list[str]:
        """Return the SHA-256 of each original answer file."""
        return [str(one["sha256"]) for one in self.run.audit["inputs"]]

    def finished(self, made: WrittenRun, target: Path, asked: Sequence[RecordFile]) -> WrittenRun:
        """Return the new scoring `made`, with what the audit of this run says about the answer files.

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
    """Return the newest run, to be scored again without its answer files.

    Raises WrongUsage if there is no run, or if an option concerns how rows are read, for which the files are
    needed. Raises Refused if `options` name another roster than that of the run.
    """
    run = newest_run(results)
    if run is None:
        raise WrongUsage.because(
            "{results} contains no run that can be scored again. Name the answer files", results=results
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
        raise WrongUsage.because(
            "{named}: only the answer files show how rows are read. Name the files", named=joined(named)
        )
    check_files(run, read_package(folder), tell("the exam was not scored again"))
    # the roster of the run decided which rows were quarantined; with another one, rows must be read again
    roster, said = options.roster, (run.audit.get("ledger") or {}).get("roster") or {}
    if roster is not None and (not roster.is_file() or sha256_of(roster) != said.get("sha256")):
        message = tell(
            "is not the roster of run {number}. To score with another roster, name the answer files as well",
            number=run.number,
        )
        raise Refused.because(
            "the answer files must be read again", [Problem(str(roster), "other-roster", message)]
        )
    return run


def kept_of(run: Run) -> KeptRun:
    """Return the responses of a run, whose audit lists its answer files."""
    path = run.folder / response_table.NAME
    width, names = response_table.width_of(path), response_table.files_of(path)
    table = pl.scan_csv(run.folder / "candidates.csv", infer_schema=False)
    own = {*CANDIDATES, *ASKED_RESULTS}
    cells = table.select(name for name in table.collect_schema().names() if name not in own).collect()
    files: list[AnswerFile] = []
    extras: list[pl.DataFrame] = []
    start = 0
    for n, (one, name) in enumerate(zip(run.audit["inputs"], names, strict=True)):
        rows = cells.slice(start, int(one["scored"]))
        start += rows.height if cells.width else 0
        # a file without scored rows may have had any column, so it keeps all of them, in their order
        heads = [head for head in cells.columns if not rows.height or rows[head].null_count() < rows.height]
        extras.append(rows.with_columns(without_apostrophe(pl.col(heads).fill_null(""))))
        size = int(one["scored"]) * width
        structure = FileStructure(name, message_in(one, "structure"), tuple(heads), size)
        files.append(kept_file(n, Path(one["file"]), structure))
    kept = dict.fromkeys(head for file in files for head in file.structure.extra_names)
    return KeptRun(run, tuple(files), pl.concat([cells.clear(), *extras]).select([*kept]).to_dict())


def kept_rows(parts: Sequence[response_table.ResponseRows], layout: AnswerLayout) -> AnswerRows:
    """Return the rows of all parts, each with a mark for every question of any form; without extra
    columns.
    """
    none, width = np.empty(0, np.int64), max(layout.sizes.values())
    nothing = (none, none, np.empty(0, "S1"), none, np.empty((0, width), np.uint8))
    arrays = [
        (
            *(np.full(len(one.ids), one.file), one.line, one.ids, one.form),
            np.pad(one.marks[:, :width], ((0, 0), (0, max(0, width - one.marks.shape[1])))),
        )
        for one in parts
    ]
    file, line, ids, form, marks = (np.concatenate(column) for column in zip(nothing, *arrays, strict=True))
    return AnswerRows(file, line, ids, form, marks, {}, {})


def kept_answers(files: Sequence[AnswerFile], rows: AnswerRows, set_aside: Sequence[SetAside]) -> ReadAnswers:
    """Return rows that were not read from their files as if they had been."""
    in_files = [*rows.file.tolist(), *(one.file for one in set_aside)]
    n_rows = tuple(np.bincount(np.array(in_files, np.int64), minlength=len(files)).tolist())
    return ReadAnswers(rows, set_aside, n_rows, ({},) * len(files))
