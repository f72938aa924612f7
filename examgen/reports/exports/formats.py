"""The formats of `examgen export`, for exam packages and for scored runs.

The kind of a folder is recognised by its files: an exam package has an `exam.yaml`, a scored run or a folder
of results has an `audit.json` and belongs to the package it is in. For a format of runs, an exam package
means its current run: the released one or, before any release, the newest.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from examgen.core.exam.names import MANIFEST, RESULTS
from examgen.core.exam.runs import AUDIT, RUNS
from examgen.core.problems import WrongUsage
from examgen.core.words import Message, command, either, option, tell
from examgen.interchange.place import Exported, ExportOptions, ExportSource
from examgen.papers import exam_export as exams
from examgen.reports.exports import responses, upload

Kind = Literal["exam", "run"]


class ExportFormat(NamedTuple):
    """A format: its name, whether it exports an exam or a run, its title, and the function that writes it."""

    name: str
    of: Kind
    title: Message
    write: Callable[[ExportSource, ExportOptions], Exported]
    has_keys: bool = False
    """Whether the user chooses if the file includes the key."""


FORMATS: tuple[ExportFormat, ...] = (
    ExportFormat("qti30", "exam", tell("QTI 3.0 packages, one per form"), exams.write_qti30, True),
    ExportFormat("qti22", "exam", tell("QTI 2.2 packages, one per form"), exams.write_qti22, True),
    ExportFormat("moodle-xml", "exam", tell("Moodle questions, with keys"), exams.write_moodle_xml, True),
    ExportFormat("gift", "exam", tell("GIFT questions, with keys"), exams.write_gift, True),
    ExportFormat("word", "exam", tell("Word documents of the forms, for editing"), exams.write_word),
    ExportFormat("csv", "run", tell("tables of responses (CSV)"), responses.write_csv),
    ExportFormat("mirt", "run", tell("tables and a script for mirt in R"), responses.write_mirt),
    ExportFormat("results", "run", tell("a spreadsheet for the awarding body"), upload.write_results),
)


def export(folder: Path, name: str, asked: ExportOptions) -> Exported:
    """Write an exam or a run in a format. Raises WrongUsage if the folder or an option does not suit the
    format."""
    wanted = next(one for one in FORMATS if one.name == name)
    source = source_of(folder, asked)
    if wanted.of == "exam" and source.run is not None:
        raise WrongUsage.because(
            "{format} exports an exam. Give the exam package, without a run", format=wanted.name
        )
    if asked.keys is not None and not wanted.has_keys:
        known = either(one.name for one in FORMATS if one.has_keys)
        raise WrongUsage.because(
            "{keys} applies to {known}. Remove it for {format}",
            known=known,
            format=wanted.name,
            keys=option("keys"),
        )
    return wanted.write(source, asked)


def source_of(folder: Path, asked: ExportOptions) -> ExportSource:
    """Return the exam package and the run to export. Raises WrongUsage if the folder is neither."""
    if (folder / MANIFEST).is_file():
        return ExportSource(folder, asked.run, asked.results)
    if not (folder / AUDIT).is_file():
        raise WrongUsage.because(
            "{folder} is neither an exam package nor a scored run. Give the folder written "
            "by {command}, or one of its results/runs",
            folder=folder,
            command=command("build"),
        )
    if asked.run is not None or asked.results is not None:
        raise WrongUsage.because(
            "{folder} is a run. Remove {run} and {results}",
            folder=folder,
            run=option("run"),
            results=option("results"),
        )
    place = folder.resolve()
    results = place.parent.parent if place.parent.name == RUNS else place
    if results.name != RESULTS or not (results.parent / MANIFEST).is_file():
        raise WrongUsage.because(
            "{folder} is not inside its exam package. Give the package, with {results} and {run}",
            folder=folder,
            results=option("results"),
            run=option("run"),
        )
    number = place.name if place.parent.name == RUNS else None
    return ExportSource(results.parent, number, results)
