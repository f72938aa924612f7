"""A scored run → its responses and how they were scored, for item analysis programs.

The files contain what was scored: marks as people settled them, the key after corrections, and no rows that
were set aside. Candidates are identified by id or by code; none of these files contains a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from examgen.analysis.administrations import responses_of
from examgen.core.csv_files import csv_bytes
from examgen.core.exam.names import RESULTS
from examgen.core.problems import Refused
from examgen.core.words import Message, listed, tell, tell_n
from examgen.interchange.place import EXPORTS, Exported, ExportOptions, ExportSource, written
from examgen.interchange.responses import coded, mirt
from examgen.interchange.responses.sheet import (
    ResponseFiles,
    ResponseSheet,
    SheetItem,
    penalties,
)
from examgen.reports.pseudonyms import candidate_codes
from examgen.scoring.runs import name_of, read_scored, run_of

if TYPE_CHECKING:
    from pathlib import Path

    from examgen.scoring.scored_run import ScoredRun


class ResponsesRead(NamedTuple):
    """The run and its responses, with codes in place of ids if candidates are to be hidden."""

    sheet: ResponseSheet
    run: ScoredRun
    place: Path
    """The folder of the run's exports."""
    codes: Path | None


def read(source: ExportSource, asked: ExportOptions) -> ResponsesRead:
    """Read the responses of the candidates of a run. Raises Refused if the run was changed since it was
    scored, or scored nobody; WrongUsage if there is no such run."""
    results = source.results if source.results is not None else source.exam / RESULTS
    number = source.run if source.run is not None else str(run_of(results, None).folder)
    found = responses_of(source.exam, number, results=results)
    run = read_scored(source.exam, number, results)
    if not found.chosen.candidates:
        raise Refused.because("run {run} has no scored candidate, so there is nothing to export", run=run.run)
    place = source.exam / EXPORTS / name_of(source.exam, run)
    ids = tuple(map(str, found.chosen.candidates))
    scores = dict(run.candidates.select("candidate_id", "score").rows())
    items = tuple(
        SheetItem(
            one.name, one.pc, one.options, one.n_own, one.key, one.standing, one.points, one.worth, one.blank
        )
        for one in found.columns
    )
    forms = tuple(found.forms[n] for n in found.form.tolist())
    sheet = ResponseSheet(
        f"{found.name}, run {found.run}",
        ids,
        forms,
        tuple(scores[one] for one in ids),
        items,
        found.chosen.cells,
        found.unit,
    )
    if not asked.pseudonymous:
        return ResponsesRead(sheet, run, place, None)
    # the same under codes, in the order of these
    codes = candidate_codes(source.exam, run)
    names = [codes.by_candidate[one] for one in ids]
    order = sorted(range(len(names)), key=names.__getitem__)
    coded = sheet._replace(
        candidates=tuple(names[n] for n in order),
        forms=tuple(forms[n] for n in order),
        scores=tuple(sheet.scores[n] for n in order),
        cells=sheet.cells[order],
    )
    return ResponsesRead(coded, run, place, codes.path)


def told_of(sheet: ResponseSheet) -> Iterator[Message]:
    """Yield messages about items that were changed after the sitting, for every format."""
    dropped = [one.name for one in sheet.items if one.standing == "dropped"]
    credited = [one.name for one in sheet.items if one.standing == "credited"]
    several = [one.name for one in sheet.items if one.standing != "credited" and len(one.right) > 1]
    if dropped:
        yield tell_n(
            "{n} item was dropped and does not count: {items}",
            "{n} items were dropped and do not count: {items}",
            len(dropped),
            items=listed(dropped),
        )
    if credited:
        yield tell_n(
            "{n} item was counted as right for all, or for all who answered it: {items}",
            "{n} items were counted as right for all, or for all who answered them: {items}",
            len(credited),
            items=listed(credited),
        )
    if several:
        yield tell_n(
            "{n} item has several right answers: {items}",
            "{n} items have several right answers: {items}",
            len(several),
            items=listed(several),
        )


def finished(format: str, of: ResponsesRead, made: ResponseFiles, asked: ExportOptions) -> Exported:
    """Write the files of a format. Messages that apply to every format come first."""
    folder = asked.out or of.place / format
    names = written(folder, made.files, asked.replace, whole=True)
    said: tuple[Message, ...] = (*told_of(of.sheet), *made.told)
    if of.codes is not None:
        said += (tell("candidates are listed by code. Their numbers are in {path}", path=of.codes),)
    facts = {
        "exam": of.run.exam.blueprint.exam,
        "run": of.run.run,
        "fingerprint": of.run.fingerprint,
        "release": of.run.release.as_dict(),
        "candidates": len(of.sheet.candidates),
        "items": len(of.sheet.items),
        "codes": None if of.codes is None else str(of.codes),
    }
    return Exported(format, folder, names, said, facts)


def write_csv(source: ExportSource, asked: ExportOptions) -> Exported:
    """Write tables of the responses: letters, score categories, items, candidates."""
    found = read(source, asked)
    _, files = _tables(found.sheet)
    return finished("csv", found, files, asked)


def write_mirt(source: ExportSource, asked: ExportOptions) -> Exported:
    """Write the tables with a script for mirt in R."""
    found = read(source, asked)
    made, files = _tables(found.sheet)
    files = files._replace(files={"mirt.R": made.script.encode(), **files.files})
    return finished("mirt", found, files, asked)


def _tables(sheet: ResponseSheet) -> tuple[mirt.Tables, ResponseFiles]:
    """Return the tables, including a codebook of the letters, and messages about them."""
    of = coded.coded(sheet)
    made = mirt.mirt(sheet, of)
    files = {
        name: _csv(table, made.numbers if name == "candidates.csv" else ())
        for name, table in (made.tables | {"codebook.csv": coded.codebook(of, sheet)}).items()
    }
    told = list(penalties(sheet))
    if len({*sheet.forms}) > 1:
        told = [tell("items that were not on a candidate's form are missing by design"), *told]
    return made, ResponseFiles(files, tuple(told))


def _csv(columns: Mapping[str, Sequence[str]], numbers: Sequence[str] = ()) -> bytes:
    """Return a table as CSV. Columns in `numbers` contain numbers that examgen wrote, so that a negative one
    is not taken for a formula."""
    cells = {name: [one or None for one in column] for name, column in columns.items()}
    return csv_bytes(pl.DataFrame(cells, dict.fromkeys(cells, pl.String)), numbers)
