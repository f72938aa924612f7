"""The audit of a run → its answer files, read again by the scoring's own steps, as a matrix of choices.

Parts are filled into one file by whatever workers there are; no more than the matrix ever stands in memory.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen import capture, exam, scoring
from examgen.problems import Problem, Refused
from examgen.storage import sha256_of, without_apostrophe
from examgen.workflow import result_files, scoring_parts
from examgen.workflow import scoring_tasks as tasks
from examgen.workflow.administration_columns import Columns, columns_of
from examgen.workflow.administration_filling import ReadAgain, matrix_of
from examgen.workflow.administrations import Administration
from examgen.workflow.decisions_on_record import Records, corrections_on_record, read_records
from examgen.workflow.files import Progress
from examgen.workflow.processes import pool, usable_cpus
from examgen.workflow.scored_files import NOTHING_ELSE, writing_of
from examgen.workflow.scoring_runs import key_after_corrections, layout_of
from examgen.workflow.settling import Settled, settle

if TYPE_CHECKING:
    import polars as pl


class Source(NamedTuple):
    """A package, one of its runs, files among which answers may be found, and what is said of their text."""

    folder: Path
    run: exam.Run
    answers: tuple[Path, ...]
    said: tuple[str | None, str | None, str | None]


# ── finding what was scored ──────────────────────────────────────────────────────────────────


class _Wanted(NamedTuple):
    """A file as the audit names it."""

    file: str
    sha256: str


def _found_files(source: Source, wanted: Sequence[_Wanted], what: str) -> list[Path]:
    """Where the files are now; raises Refused with every one that is gone or has changed."""
    given: dict[str, Path] = {}
    if source.answers:
        given = {sha256_of(path): path for path in source.answers if path.is_file()}
    found: list[Path] = []
    problems: list[Problem] = []
    for one in wanted:
        near = [path for path in _places(source.folder, one.file) if path.is_file()]
        same = given.get(one.sha256) or next((path for path in near if sha256_of(path) == one.sha256), None)
        if same is not None:
            found.append(same)
        elif near:
            message = (
                f"is not the file that run {source.run.number} scored: its SHA-256 differs; give that one"
            )
            problems.append(Problem(str(near[0]), f"{what}-changed", message))
        else:
            message = f"run {source.run.number} scored it, and it is not there: put it back, or name it anew"
            problems.append(Problem(one.file, f"{what}-missing", message))
    if problems:
        raise Refused(f"{len(problems)} of {len(wanted)} file(s) are not as they were scored", problems)
    return found


def _places(folder: Path, name: str) -> list[Path]:
    """Where a file may be that a scoring named so, wherever it was called from."""
    path, own = Path(name), folder.resolve()
    above = [own, *list(own.parents)[:3]]
    return list(
        dict.fromkeys([path, *(base / path for base in above), *(base / path.name for base in above)])
    )


def _records(source: Source, asked: exam.Asked, names: Sequence[Path]) -> Records:
    """The decisions of the run: those on rows from their files, the others as the audit has them."""
    audit = source.run.audit
    marks: dict[str, bool] = {}
    for one in audit.get("decided") or ():
        marks[one["source"].rpartition(":")[0]] = one["decision"].startswith("question ")
    wanted = [
        _Wanted(one["file"], one["sha256"]) for one in audit.get("records") or () if one["file"] in marks
    ]
    files = _found_files(source, wanted, "records")
    kinds = [marks[one.file] for one in wanted]
    rows = [path for path, is_mark in zip(files, kinds, strict=True) if not is_mark]
    repairs = [path for path, is_mark in zip(files, kinds, strict=True) if is_mark]
    read = read_records(asked, names, rows, repairs, None)
    if not audit.get("corrections") and not audit.get("scaled"):
        return read
    from examgen.models import ScaledScore

    corrections = corrections_on_record(audit)
    scaled = audit.get("scaled")
    return read._replace(
        corrections=corrections, scaled=ScaledScore.model_validate(scaled) if scaled else None
    )


def _taken(run: exam.Run) -> Iterator[bytes]:
    """Those who were scored in a run with a roster, whose ids were on a list: the roster may be gone."""
    if "ledger" not in run.audit:
        return
    import polars as pl

    def ids(name: str, *only: pl.Expr) -> set[str]:
        table = pl.scan_csv(run.folder / f"{name}.csv", infer_schema=False).filter(*only)
        found = table.select(without_apostrophe(pl.col("candidate_id").fill_null(""))).collect()
        return set(found["candidate_id"])

    unlisted = ids("quarantine", pl.col("reason") == capture.NOT_ON_LIST)
    for one in ids("candidates") - unlisted:
        yield capture.composed(one).encode()


_SHEET = re.compile(r"sheet '(.*)' of a workbook")


def _implied(label: str) -> capture.ReadingOptions:
    """What may have been said of a file, from how its audit says that it was read."""
    if sheet := _SHEET.search(label):
        return capture.ReadingOptions(sheet=sheet[1])
    encoding = next((name for name in ("cp874", "utf-16", "utf-8") if name.upper() in label.upper()), None)
    parts = [part.strip() for part in label.split(",")]
    delimiter = next((name for name in ("comma", "semicolon", "tab", "pipe") if name in parts), None)
    return capture.ReadingOptions(encoding, delimiter)


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read_again(
    source: Source, processes: int | None, executor: Executor | None, progress: Progress
) -> Administration:
    """The matrix of a run; raises Refused where it is not the one that was scored."""
    asked, audit = exam.read_asked(source.folder), source.run.audit
    _refuse_other_package(source, asked)
    inputs = audit["inputs"]
    names = [Path(one["file"]) for one in inputs]
    paths = _found_files(source, [_Wanted(one["file"], one["sha256"]) for one in inputs], "answers")
    records = _records(source, asked, names)
    layout = layout_of(asked, records, audit.get("unreadable") == "score")
    if audit.get("unlisted") == "aside":
        layout = replace(layout, dealing=capture.closed(layout.dealing, _taken(source.run)))
    columns_said = capture.columns_said(audit["columns"], "audit.json") if "columns" in audit else None
    key = key_after_corrections(asked, layout, records)
    columns = _columns(asked, key)
    many = sum(path.stat().st_size for path in paths) > scoring_parts.ALONE_BYTES
    n_workers = processes if processes is not None else usable_cpus() if many else 1
    with (
        tempfile.TemporaryDirectory(prefix="examgen-") as name,
        nullcontext(executor) if executor is not None else pool(n_workers) as workers,
    ):
        said = [capture.ReadingOptions(*source.said, columns=columns_said)] * len(paths)
        implied = [_implied(one["structure"])._replace(columns=columns_said) for one in inputs]
        options = [said, implied]
        found = None
        for n, of_files in enumerate(options):
            scratch = Path(name) / str(n)
            scratch.mkdir()
            with _or_try_again(n + 1 < len(options) and not any(source.said)):
                files = _recognised(paths, names, layout, of_files)
                found = _read(source, files, (asked, layout, key, records), scratch, workers, progress)
                break
        assert found is not None
        progress("filling the matrix")
        return matrix_of(source.run, asked, columns, found, scratch, workers)


@contextmanager
def _or_try_again(again: bool) -> Iterator[None]:
    try:
        yield
    except Refused:
        if not again:
            raise


def _refuse_other_package(source: Source, asked: exam.Asked) -> None:
    """Refuses a package that was printed anew since the run."""
    if source.run.audit["key"]["sha256"] != asked.manifest["files"][exam.KEY_CSV]:
        message = f"is not the key by which run {source.run.number} was scored: score the answers again"
        raise Refused(f"{source.folder} has changed since", [Problem(exam.KEY_CSV, "key-changed", message)])


def _columns(asked: exam.Asked, key: scoring.Key) -> Columns:
    rule = result_files.scoring_rule_of(asked.manifest)
    forms = exam.read_package(asked.folder).exam.forms
    items = {printed.item.id: printed.item for form in forms for printed in form.items}
    return columns_of(asked, key, items, rule.several if rule else "any")


def _recognised(
    paths: Sequence[Path],
    names: Sequence[Path],
    layout: capture.AnswerLayout,
    said: Sequence[capture.ReadingOptions],
) -> tuple[capture.AnswerFile, ...]:
    """How each file is to be read; `names` are those that the scoring knew the files by."""
    files = enumerate(zip(paths, capture.shown_names(names), said, strict=True))
    return tuple(capture.recognise(n, path, layout, name, options) for n, (path, name, options) in files)


def _read(
    source: Source,
    recognised: tuple[capture.AnswerFile, ...],
    how: tuple[exam.Asked, capture.AnswerLayout, scoring.Key, Records],
    scratch: Path,
    workers: Executor | None,
    progress: Progress,
) -> ReadAgain:
    """Reads the files by the steps of a scoring, and sees that the same rows come out."""
    asked, layout, key, records = how
    parts = scoring_parts.cut(recognised)
    writing = writing_of(key, result_files.rules_of(asked, key, records.scaled), recognised, NOTHING_ELSE)
    reading = tasks.Reading(recognised, parts, layout, key, False, writing)
    begun = scoring_parts.begin_reading(workers, scratch, reading)
    read = scoring_parts.end_reading(begun, reading, progress)
    settled = settle(scratch, workers, parts, read.sizes, read.repeated)
    _refuse_other_rows(source, recognised, read, settled)
    return ReadAgain(reading, read, settled)


def _refuse_other_rows(
    source: Source, files: Sequence[capture.AnswerFile], read: scoring_parts.ReadParts, settled: Settled
) -> None:
    """Refuses a reading that is not that of the run: a file says less of itself than somebody said of it."""
    kept = [size - len(dropped) for size, dropped in zip(read.sizes, settled.dropped, strict=True)]
    problems = []
    for file, said in zip(files, source.run.audit["inputs"], strict=True):
        scored = sum(n for n, part in zip(kept, read.parts, strict=True) if part.file == file.number)
        structure, rows = read.structure_of(file).label, read.rows_of(file.number)
        if (structure, rows, scored) != (said["structure"], said["rows"], said["scored"]):
            message = (
                f"was scored as {said['structure']}, {said['scored']:,} rows, and now reads as {structure}, "
                f"{scored:,} rows: say how it was scored (--encoding, --delimiter, --sheet) or score again"
            )
            problems.append(Problem(said["file"], "read-otherwise", message))
    if problems:
        raise Refused(f"{len(problems)} answer file(s) do not read as they were scored", problems)
