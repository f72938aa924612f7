"""`examgen score` of an exam that assessors rate: ratings → rows to be scored; then further files of the run.

ratings.csv        every rating, and the result of the task: one line for each assessor and task
to_moderate.csv    the tasks on which assessors are too far apart, to be filled in and returned
method_results.csv the result of each candidate, in the form that the sitting of the written test accepts

The mark of a task has its one or two ratings in the middle; the points of a mark are their mean. Candidates
without a result yet are set aside, each with a line that says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from examgen.capture.answer_files import AnswerFile, kept_file
from examgen.capture.answer_layout import AnswerLayout
from examgen.capture.grader_decisions import shown_names
from examgen.capture.quarantine_reasons import NOT_ON_LIST
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.package import Package, read_exam
from examgen.core.files import read_files, sha256
from examgen.core.register import ABSENT, Register
from examgen.core.responses.rows import FileStructure, QuarantinedRow
from examgen.core.responses.table import ResponseRows
from examgen.core.words import joined, tell, tell_n
from examgen.scoring.answer_rows import ReadAnswers, SetAside
from examgen.scoring.assessing.reading import (
    MISSING,
    OPEN,
    Assessments,
    SettledCandidate,
    SettledTask,
    read_assessments,
    rule_of,
)
from examgen.scoring.exact_arithmetic import points_text
from examgen.scoring.kept_responses import kept_answers, kept_rows
from examgen.scoring.results import csv_table

if TYPE_CHECKING:
    from examgen.scoring.recorded_decisions import RecordFile
    from examgen.scoring.run import WrittenRun


EXTRA_NAMES = ("assessors", "assessed_on", "centre")
"""Columns of candidates.csv that are filled from the ratings."""


def rated_answers(files: Sequence[AnswerFile], found: Assessments, layout: AnswerLayout) -> ReadAnswers:
    """Return the rows of candidates whom assessors rated, by file of ratings; candidates with a reason to
    have no result, or on no list, are set aside.
    """
    n_of = {file.structure.name: file.number for file in files}
    kept: list[list[SettledCandidate]] = [[] for _ in files]
    aside: list[SetAside] = []
    lines: dict[str, list[str]] = {}
    for rating in found.rated:
        rated = f"{rating.assessor}: {rating.task} {rating.points}"
        lines.setdefault(rating.candidate_id, []).append(rated)
    for one in found.candidates:
        reason = one.reason if layout.assignment.knows(one.candidate_id) else NOT_ON_LIST
        if reason:
            raw = "; ".join((*one.lacking, *lines[one.candidate_id]))
            row = QuarantinedRow(one.line, one.candidate_id, reason, raw, form=one.form)
            aside.append(SetAside(n_of[one.file], row))
        else:
            kept[n_of[one.file]].append(one)
    number = {name: n for n, name in enumerate(layout.options)}
    width = max((len(one.tasks) for one in found.candidates), default=1)
    parts = []
    for n, own in enumerate(kept):
        marks = np.zeros((len(own), width), np.uint8)
        for row_marks, one in zip(marks, own, strict=True):
            row_marks[: len(one.tasks)] = [task.mark for task in one.tasks]
        ids = np.array([one.candidate_id.encode() for one in own], np.bytes_)
        form, line = (
            np.array(numbers, np.int64)
            for numbers in ([number[one.form] for one in own], [one.line for one in own])
        )
        parts.append(ResponseRows(ids=ids, form=form, file=n, line=line, marks=marks))
    cells = [(", ".join(one.assessors), one.day, one.centre) for own in kept for one in own]
    extras = pl.DataFrame(cells, dict.fromkeys(EXTRA_NAMES, pl.String), orient="row").to_dict()
    rows = replace(kept_rows(parts, layout), extras=extras)
    return kept_answers(files, rows, sorted(aside, key=lambda one: one.file))


def rated_files(
    paths: Sequence[Path], shown: Sequence[str], candidates: Sequence[SettledCandidate]
) -> tuple[AnswerFile, ...]:
    """Return the files of ratings, under the names `shown`."""
    counts, files = Counter(one.file for one in candidates), []
    for n, (path, name) in enumerate(zip(paths, shown, strict=True)):
        label = tell_n("ratings of {n:,} candidate", "ratings of {n:,} candidates", counts[name])
        files.append(kept_file(n, path, FileStructure(name, label, EXTRA_NAMES, path.stat().st_size)))
    return tuple(files)


RATINGS, TO_MODERATE, METHOD_RESULTS = "ratings.csv", "to_moderate.csv", "method_results.csv"
RATINGS_HEADER = (
    *("candidate_id", "form", "question", "task", "pc", "assessor", "points", "settled", "how"),
    *("moderated_by", "moderated_on", "reason", "assessed_on", "centre", "comment"),
)
MODERATE_HEADER = ("candidate_id", "form", "question", "task", "ratings", "points", "by", "date", "reason")
METHOD_HEADER = (
    *("candidate_id", "unit", "method", "result", "date", "assessor", "points", "max_points", "percent"),
    *("comment", "name", "exam", "form", "instrument"),
)
_MOST_NAMED = 20


class AssessedRun(NamedTuple):
    """The ratings of an exam, as rows to be scored (see `KeptRun`)."""

    assessments: Assessments
    asked: Package
    paths: tuple[Path, ...]
    files: tuple[AnswerFile, ...]
    given: tuple[str, ...]
    """The SHA-256 of each file of ratings."""
    moderation: tuple[Mapping[str, str], ...]
    """Each file of moderated points, with its SHA-256."""
    absent: tuple[str, ...]
    """Candidates who are absent by the roster and whom nobody rated."""
    names: Mapping[str, str]
    """The names in the roster, by canonical candidate number."""

    def answers(self, layout: AnswerLayout) -> ReadAnswers:
        """Return the rows of the candidates, as if they had been read from the files of ratings."""
        return rated_answers(self.files, self.assessments, layout)

    def digests(self) -> Sequence[str]:
        """Return the SHA-256 of each file of ratings."""
        return self.given

    def finished(self, made: WrittenRun, target: Path, _: Sequence[RecordFile]) -> WrittenRun:
        """Add to a scored run the files with each assessor's ratings and with the points that still need
        moderation.
        """
        candidates = self.assessments.candidates
        open_ = [one for one in candidates if one.reason == OPEN]
        (target / RATINGS).write_bytes(csv_table(RATINGS_HEADER, self._ratings()))
        (target / TO_MODERATE).write_bytes(
            csv_table(MODERATE_HEADER, [row for one in open_ for row in _to_moderate(one)])
        )
        (target / METHOD_RESULTS).write_bytes(csv_table(METHOD_HEADER, self._results(target)))
        hows = Counter(task.how for one in candidates for task in one.tasks if not one.reason)
        rule = rule_of(self.asked)
        said: dict[str, Any] = {
            "rule": rule.model_dump(mode="json", exclude_none=True),
            "assessors": len({name for one in candidates for name in one.assessors}),
            "tasks": dict(sorted(hows.items())),
            "open": len(open_),
        }
        if self.moderation:
            said["moderation"] = [dict(one) for one in self.moderation]
        told = [*self._told(open_), *made.told]
        return made._replace(audit={**made.audit, "assessing": said}, told=told)

    def _told(self, open_: Sequence[SettledCandidate]) -> list[str]:
        told: list[str] = [*self.assessments.questions()]
        if open_:
            n = sum(task.how == "open" for one in open_ for task in one.tasks)
            told.append(
                tell_n(
                    "{n:,} task of {candidates} is open because the assessors are too far apart. Fill in "
                    "{file} and add it to the sitting",
                    "{n:,} tasks of {candidates} are open because the assessors are too far apart. Fill in "
                    "{file} and add it to the sitting",
                    n,
                    candidates=tell_n("{n:,} candidate", "{n:,} candidates", len(open_)),
                    file=TO_MODERATE,
                )
            )
        lacking = [one for one in self.assessments.candidates if one.reason == MISSING]
        if lacking:
            told.append(
                tell_n(
                    "ratings of {n:,} candidate are missing:",
                    "ratings of {n:,} candidates are missing:",
                    len(lacking),
                )
            )
            told += [
                joined(["  ", one.candidate_id, ": ", ", ".join(one.lacking[:5])], "")
                for one in lacking[:_MOST_NAMED]
            ]
            if len(lacking) > _MOST_NAMED:
                told.append(tell("  … and {n:,} more in quarantine.csv", n=len(lacking) - _MOST_NAMED))
        return told

    def _ratings(self) -> list[tuple[str, ...]]:
        comments = {(one.candidate_id, one.assessor, one.task): one for one in self.assessments.rated}
        found: list[tuple[str, ...]] = []
        for one in self.assessments.candidates:
            for task in one.tasks:
                for name, points in zip(one.assessors, task.ratings, strict=True):
                    said = comments.get((one.candidate_id, name, task.of.task))
                    if points is None or said is None:
                        continue
                    by = task.decided
                    found.append(
                        (
                            *(one.candidate_id, one.form, str(task.of.question), task.of.task, task.of.pc),
                            *(name, str(points), _settled(task), task.how if not one.reason else one.reason),
                            *((by.by, by.day, by.reason) if by is not None else ("", "", "")),
                            *(said.day_text, said.centre, said.comment),
                        )
                    )
        return found

    def _results(self, target: Path) -> list[tuple[str, ...]]:
        """Return the results of the scored candidates, and of absent ones, in the columns of lists of
        results.
        """
        blueprint = self.asked.manifest["blueprint"]
        method, units, exam = str(blueprint["method"]), blueprint["units"], str(blueprint["exam"])
        table = pl.read_csv(target / "candidates.csv", infer_schema=False)
        comments: dict[str, dict[str, None]] = {}
        for one in self.assessments.rated:
            if one.comment:
                comments.setdefault(canonical_number(one.candidate_id), {})[one.comment] = None

        def about(who: str) -> tuple[str, str]:
            number = canonical_number(who)
            return "; ".join(comments.get(number, ())), self.names.get(number, "")

        of_task = {task.id: one.id for one in read_exam(self.asked.folder).instruments for task in one.tasks}
        drawn: dict[str, dict[str, None]] = {}
        for form, item in zip(self.asked.key["form"], self.asked.key["item"], strict=True):
            drawn.setdefault(form, {})[of_task[item]] = None
        columns = ("decision", "assessed_on", "assessors", "score", "max_score", "percent")
        last = max((one.day_text for one in self.assessments.rated), default="")
        results = [
            (who, (decision, *(one or "" for one in rest)), (form, ", ".join(drawn[form])))
            for who, form, decision, *rest in table.select("candidate_id", "form", *columns).iter_rows()
            if decision
        ]
        results += [(who, ("absent", last, "–", "", "", ""), ("", "")) for who in self.absent]
        return [
            (who, unit, method, *result, *about(who), exam, *asked)
            for who, result, asked in results
            for unit in units
        ]


def _settled(task: SettledTask) -> str:
    return "" if task.points is None else points_text(task.points.numerator, task.points.denominator)


def _to_moderate(one: SettledCandidate) -> list[tuple[str, ...]]:
    return [
        (
            *(one.candidate_id, one.form, str(task.of.question), task.of.task),
            "; ".join(f"{name}: {points}" for name, points in zip(one.assessors, task.ratings, strict=True)),
            *("", "", "", ""),
        )
        for task in one.tasks
        if task.how == "open"
    ]


def assessed_run(
    asked: Package,
    layout: AnswerLayout,
    register: Register | None,
    ratings: Sequence[Path],
    moderation: Sequence[Path],
) -> AssessedRun:
    """Read the ratings and moderation files of an exam that assessors rate, ready to be scored. Raises
    Refused with every fault of every file.
    """
    names = shown_names(ratings)
    given = [(name, data) for name, (_, data) in zip(names, read_files(ratings), strict=True)]
    decided = read_files(moderation) if moderation else []
    trainers = register.trainers if register is not None else {}
    found = read_assessments(asked, given, decided, layout.assignment, trainers)
    said = [
        {"file": str(path), "sha256": sha256(data)}
        for path, (_, data) in zip(moderation, decided, strict=True)
    ]
    rated = {canonical_number(one.candidate_id) for one in found.candidates}
    absent, named = list[str](), dict[str, str]()
    if register is not None:
        for who, at in register.place.items():
            number = canonical_number(who.decode())
            named[number] = register.names[at]
            if register.status[at] == ABSENT and number not in rated:
                absent.append(who.decode())
    return AssessedRun(
        found,
        asked,
        tuple(ratings),
        rated_files(ratings, names, found.candidates),
        tuple(sha256(data) for _, data in given),
        tuple(said),
        tuple(absent),
        named,
    )
