"""An exam package, or the table alone → the test that a cut is set on; files → scores and statistics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analyses.standard_setting.options import SettingOptions
from examgen.bank.cuts import rounded
from examgen.capture.judge_tables import JudgeCells, is_blank, number_of, rows_of
from examgen.core.exam.bindings import exam_sha256
from examgen.core.exam.digests import digest_key_of, keyed
from examgen.core.exam.names import DIGEST_KEY, RESULTS, base_form
from examgen.core.exam.package import Package, read_written
from examgen.core.files import read_files
from examgen.core.models.decisions import FormCut
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.storage import sha256
from examgen.core.words import Message, option, tell
from examgen.scoring.runs.compare import run_of
from examgen.scoring.runs.read import check_files
from examgen.scoring.runs.result_tables import read_table

Document = dict[str, Any]
Floats = NDArray[np.float64]
MOST_MEGABYTES = 200
"""Of a file of judgements."""
ALL = ""
"""The name of the one form where no exam is given."""


class TestForm(NamedTuple):
    """A form: its name, and the points of each scored item; of an exam that is not named, none are known."""

    name: str
    points: Mapping[str, int]

    @property
    def most(self) -> int:
        """All points."""
        return sum(self.points.values())


class Subject(NamedTuple):
    """What the cut is set on. Without a package `exam` and `fingerprint` are None: it is bound to no exam."""

    exam: str | None
    fingerprint: str | None
    forms: tuple[TestForm, ...]
    package: Package | None = None

    @property
    def items(self) -> tuple[str, ...]:
        """Every item of the forms, once."""
        return tuple(dict.fromkeys(item for form in self.forms for item in form.points))


class SourcesRead:
    """Reads files, and remembers which: of an exam by keyed digests, for statistics and ratings are bound to
    digests of items with their keys."""

    def __init__(self, exam: Path | None) -> None:
        is_package = exam is not None and (exam / DIGEST_KEY).is_file()
        self._key = digest_key_of(exam) if exam is not None and is_package else None
        self.read: list[Document] = []

    def files(self, paths: Sequence[Path]) -> list[tuple[str, bytes]]:
        """Name and content of each."""
        for path in paths:
            if not path.is_file():
                raise WrongUsage(tell("{path} is not a file", path=path))
        found = read_files(paths, MOST_MEGABYTES)
        self.read += [{"file": name, "sha256": self._digest(data)} for name, data in found]
        return found

    def _digest(self, data: bytes) -> str:
        return sha256(data) if self._key is None else keyed(self._key, data)

    def file(self, path: Path) -> tuple[str, bytes]:
        """Name and content."""
        return self.files([path])[0]


def subject_of(options: SettingOptions, items: Iterable[str] = ()) -> Subject:
    """The exam that is named; else one form of these items, each of one point."""
    if options.exam is None:
        if options.run is not None:
            raise WrongUsage(
                tell(
                    "{run} selects a run of an exam. Give the exam with {exam}",
                    run=option("run"),
                    exam=option("exam"),
                )
            )
        return _scaled(options, Subject(None, None, (TestForm(ALL, dict.fromkeys(items, 1)),)))

    package = read_written(options.exam)
    forms = tuple(
        TestForm(form.name, {one.item.id: one.points for one in form.items if one.points})
        for form in package.exam.forms
    )
    return _scaled(
        options, Subject(package.exam.blueprint.exam, exam_sha256(package.manifest), forms, package)
    )


def _scaled(options: SettingOptions, subject: Subject) -> Subject:
    """Refuses a full score that is not that of the items: the cut would be told on another scale."""
    for form in subject.forms:
        full = sum(form.points.values())
        if form.points and options.points is not None and full != options.points:
            message = tell(
                "{points_option} {points} does not match the {full} points of the items",
                points=options.points,
                full=full,
                points_option=option("points"),
            )
            raise WrongUsage(message)
    return subject


# ── what is known of items ───────────────────────────────────────────────────────────────────


class KnownItem(NamedTuple):
    """What statistics say of an item; None where they say nothing."""

    facility: float | None = None
    a: float | None = None
    b: float | None = None
    c: float | None = None

    @property
    def has_curve(self) -> bool:
        """Whether it has a difficulty; a slope that is left out is 1, an asymptote 0."""
        return self.b is not None


def known_of(sources: SourcesRead, statistics: Path | None, subject: Subject) -> dict[str, KnownItem]:
    """Statistics of items: of a file with `item` and any of `facility`, `a`, `b`, `c`; else what was known
    when the forms of the exam were built."""
    if statistics is None:
        package = subject.package
        evidence = {} if package is None else package.exam.evidence
        return {
            item: KnownItem(one.facility, one.a, one.b, one.c)
            for item, one in evidence.items()
            if one.facility is not None or one.b is not None
        }
    name, data = sources.file(statistics)
    rows = rows_of(name, data, ("item",), ("facility", "a", "b", "c"))
    cells, found = JudgeCells(name), dict[str, KnownItem]()
    for row in rows:
        values = {
            role: float(cells.number(row, role))
            for role in ("facility", "a", "b", "c")
            if role in row.cells and not is_blank(row.cells[role])
        }
        item = cells.text(row, "item")
        if not 0 <= values.get("facility", 0.5) <= 1:
            message = tell("{value} is not a proportion from 0 to 1", value=row.cells["facility"])
            cells.fault(row, "facility", "facility-out-of-range", message)
        if not 0 <= values.get("c", 0.0) < 1:
            message = tell(
                "{value} is not a lower asymptote. Write a proportion from 0 to below 1", value=row.cells["c"]
            )
            cells.fault(row, "c", "parameter-out-of-range", message)
        if abs(values.get("a", 1.0)) > 100 or abs(values.get("b", 0.0)) > 100 or values.get("a", 1.0) == 0:
            message = tell("is not an item parameter. Slopes cannot be 0, and no parameter can exceed 100")
            cells.fault(row, "a", "parameter-out-of-range", message)
        before = found.get(item, KnownItem())
        found[item] = before._replace(**values)  # of several lines an item, the last that says it counts
    cells.check()
    return found


# ── scores of candidates ─────────────────────────────────────────────────────────────────────


class CandidateTotals(NamedTuple):
    """Scores of candidates: ids, the form and the points of each; `told` says where they come from."""

    ids: tuple[str, ...]
    forms: tuple[str, ...]
    points: Floats
    most: Mapping[str, float]
    """Full score by form, where it is known."""

    def of(self, form: str) -> Floats:
        """The points of those who sat a form."""
        return self.points[np.array([one == form for one in self.forms], dtype=np.bool_)]


def totals_of(sources: SourcesRead, options: SettingOptions, subject: Subject) -> CandidateTotals | None:
    """The scores that --run or --totals names; None where neither is given."""
    if options.run is not None and options.totals is not None:
        raise WrongUsage(
            tell(
                "{run} and {totals} both give the scores of candidates. Use only one of them",
                run=option("run"),
                totals=option("totals"),
            )
        )
    if options.run is not None:
        assert subject.package is not None
        assert options.exam is not None
        place = options.results if options.results is not None else options.exam / RESULTS
        run = run_of(place, options.run)
        check_files(run, subject.package, so=tell("no cut was set"))
        table = read_table(run.folder / "candidates.csv")
        sources.read.append({"file": f"run {run.number}", "sha256": run.sha256})
        forms = tuple(base_form(one) for one in table["form"].to_list())
        most = dict(zip(forms, (float(one) for one in table["max_score"].to_list()), strict=True))
        points = np.array([float(one) for one in table["score"].to_list()], dtype=np.float64)
        return CandidateTotals(tuple(table["candidate_id"].to_list()), forms, points, most)
    if options.totals is None:
        return None
    name, data = sources.file(options.totals)
    rows = rows_of(name, data, ("score",), ("candidate", "form"))
    cells = JudgeCells(name)
    points = np.array([float(cells.number(row, "score")) for row in rows], dtype=np.float64)
    ids = tuple(row.cells.get("candidate", "").strip() for row in rows)
    forms = tuple(form_named(row.cells.get("form", ""), subject) for row in rows)
    known = {form.name for form in subject.forms}
    if unknown := sorted(set(forms) - known):
        if unknown == [""]:
            message = tell("requires a column `form`, because the exam has several forms")
        else:
            message = tell(
                "contains the form {unknown}, but the forms of the exam are {known}",
                unknown=", ".join(one or "–" for one in unknown[:5]),
                known=", ".join(sorted(known)[:10]),
            )
        raise Refused(
            tell("{name} {message}", name=name, message=message), [Problem(name, "form-unknown", message)]
        )
    cells.check()
    if not rows:
        raise Refused(tell("{name} has a header but no candidates below it", name=name))
    return CandidateTotals(
        ids, forms, points, {form.name: form.most for form in subject.forms if form.points}
    )


def form_named(text: str, subject: Subject) -> str:
    """The form that a cell names: the only one where it names none."""
    plain = text.strip()
    if is_blank(plain):
        return subject.forms[0].name if len(subject.forms) == 1 else ""
    return base_form(plain) if subject.package is not None else ALL


# ── what a cut would mean ────────────────────────────────────────────────────────────────────


def impact(totals: CandidateTotals | None, form: str, found: FormCut) -> list[Document] | None:
    """Who would pass at the cut, and one and two standard errors to either side; None without scores."""
    if totals is None:
        return None
    scores = totals.of(form)
    if not len(scores):
        return None
    steps = (-2, -1, 0, 1, 2) if found.se else (0,)
    rows = []
    for step in steps:
        cut = Fraction(found.cut) + step * Fraction(found.se or 0)
        passing = int((scores >= float(cut) - 1e-9).sum())
        rows.append(
            {
                "se": step,
                "cut": float(cut),
                "candidates": len(scores),
                "passing": passing,
                "share": passing / len(scores),
            }
        )
    return rows


def note(code: str, message: Message, item: str | None = None, judge: str | None = None) -> Document:
    """What a person should know of a figure."""
    return {"code": code, "item": item, "judge": judge, "message": message}


def as_decimal(value: float) -> Decimal:
    """A figure to four decimals, as a cut has it."""
    return rounded(Fraction(value))


def count(text: str) -> int | None:
    """A whole number of a cell; None for anything else."""
    found = number_of(text)
    return int(found[0]) if found and not found[1] and found[0].denominator == 1 else None
