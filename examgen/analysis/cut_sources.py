"""An exam package and files of judges → the forms that a cut is set on, ratings, judged candidates, scores
and statistics, as the functions of `examgen.stats` take them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.cut_options import HofsteeOptions, SettingOptions
from examgen.analysis.judge_tables import (
    BORDERLINE,
    COMPETENT,
    NOT_COMPETENT,
    JudgeCells,
    JudgeRow,
    JudgeTable,
    faults_of,
    is_blank,
    number_of,
    rows_of,
)
from examgen.bank.cuts import rated_panels
from examgen.bank.reviews.moves import ratings_of
from examgen.bank.reviews.ratings import RATINGS_FILE, JudgedItem, by_panel, current
from examgen.core.candidate_numbers import writing_of
from examgen.core.exam.bindings import exam_sha256
from examgen.core.exam.digests import digest_key_of, keyed
from examgen.core.exam.names import DIGEST_KEY, RESULTS, base_form
from examgen.core.exam.package import Package, read_written
from examgen.core.files import read_files, sha256
from examgen.core.models.decisions import AngoffRule
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import option, tell
from examgen.scoring.runs.compare import run_of
from examgen.scoring.runs.read import check_files
from examgen.scoring.runs.result_tables import read_table
from examgen.stats.arguments import DataError
from examgen.stats.judge_ratings import judge_ratings

Document = dict[str, Any]
Floats = NDArray[np.float64]
MOST_MEGABYTES = 200
"""Of a file of judgements."""
ALL = ""
"""The name of the one form where no exam is given."""
NO_RATINGS = "no-ratings"
"""The code of the refusal where nothing is on record yet."""
GROUPS = {"competent": COMPETENT, "borderline": BORDERLINE, "not_competent": NOT_COMPETENT}
_KNOWN = ("facility", "a", "b", "c")


# ── the exam and its forms ───────────────────────────────────────────────────────────────────


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
        self.read += [
            {"file": name, "sha256": sha256(data) if self._key is None else keyed(self._key, data)}
            for name, data in found
        ]
        return found

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
        if form.points and options.points is not None and form.most != options.points:
            raise WrongUsage(
                tell(
                    "{points_option} {points} does not match the {full} points of the items",
                    points=options.points,
                    full=form.most,
                    points_option=option("points"),
                )
            )
    return subject


def form_named(text: str, subject: Subject) -> str:
    """The form that a cell names: the only one where it names none."""
    plain = text.strip()
    if is_blank(plain):
        return subject.forms[0].name if len(subject.forms) == 1 else ""
    return base_form(plain) if subject.package is not None else ALL


# ── what is known of items ───────────────────────────────────────────────────────────────────


def known_of(sources: SourcesRead, statistics: Path | None, subject: Subject) -> dict[str, list[Any]] | None:
    """A table of items with `item` and any of `facility`, `a`, `b`, `c`: of a file, else what was known when
    the forms of the exam were built; None where nothing is known."""
    found: dict[str, dict[str, float]] = {}
    if statistics is None:
        evidence = {} if subject.package is None else subject.package.exam.evidence
        for item, one in evidence.items():
            if one.facility is not None or one.b is not None:
                values = {name: getattr(one, name) for name in _KNOWN}
                found[item] = {name: value for name, value in values.items() if value is not None}
    else:
        name, data = sources.file(statistics)
        cells = JudgeCells(name)
        for row in rows_of(name, data, ("item",), _KNOWN):
            values = {
                role: float(cells.number(row, role))
                for role in _KNOWN
                if role in row.cells and not is_blank(row.cells[role])
            }
            _check_known(cells, row, values)
            # of several lines an item, the last that says it counts
            found.setdefault(cells.text(row, "item"), {}).update(values)
        cells.check()
    columns = {name: [own.get(name, np.nan) for own in found.values()] for name in _KNOWN}
    return {"item": [*found], **columns} if found else None


def _check_known(cells: JudgeCells, row: JudgeRow, values: Mapping[str, float]) -> None:
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


# ── ratings of items ─────────────────────────────────────────────────────────────────────────


class Ratings(NamedTuple):
    """What a panel said: a row for each rating, of what kind; the panel of each item where panels of several
    units are apart."""

    table: JudgeTable
    kind: str | None = None
    panels: Mapping[str, str] | None = None

    @property
    def rounds(self) -> list[int]:
        """The rounds in which somebody rated."""
        rows = zip(self.table.said["round"], self.table.said["rating"], strict=True)
        return sorted({which for which, one in rows if one is not None})


def of_bank(sources: SourcesRead, subject: Subject, bank: Path, kind: str | None) -> Ratings:
    """Ratings on record of the items as the exam printed them, of the exam's level."""
    if subject.package is None:
        raise WrongUsage(
            tell("{bank} needs {exam} with the rated items", bank=option("bank"), exam=option("exam"))
        )
    exam = subject.package.exam
    levels = {str(unit.code): exam.blueprint.level if unit.levels else None for unit in exam.units}
    items = [one.item for form in exam.forms for one in form.items]
    printed = {item.id: JudgedItem(item.sha256(), item.pc) for item in items}
    ratings = {}
    for unit in exam.units:
        folder = bank / str(unit.code)
        if not folder.is_dir():
            raise WrongUsage(tell("{bank} has no unit {code}", bank=bank, code=unit.code))
        ratings[str(unit.code)] = current(ratings_of(folder), printed)
        if (folder / RATINGS_FILE).is_file():
            sources.file(folder / RATINGS_FILE)
    panels = {
        panel
        for code, own in ratings.items()
        for panel in by_panel(own)
        if panel.kind != "ioc" and panel.level == levels[code] and kind in (None, panel.kind)
    }
    rows: list[tuple[str, str, int, Fraction]] = []
    units: dict[str, str] = {}
    faults: list[Problem] = []
    for which in sorted({panel.round for panel in panels}):
        rule = AngoffRule.model_validate({"kind": kind, "round": which})
        try:
            rated = rated_panels(exam.forms, ratings, rule, levels)
        except Refused as refused:
            faults = list(refused.problems)
            continue
        for code, panel in rated.items():
            for judge, said in panel.by_judge.items():
                units |= dict.fromkeys(said, code)
                rows += [(judge, item, which, Fraction(one, panel.denominator)) for item, one in said.items()]
    if not rows:
        if not panels:
            message = tell("{bank} has no Angoff ratings of the items of this exam, at its level", bank=bank)
            raise Refused(message, [Problem(str(bank), NO_RATINGS, message)])
        raise Refused(tell("the ratings on record give no cut score for these forms"), faults)
    return Ratings(_table(rows), kind or min(panel.kind for panel in panels), units)


def _table(rows: Sequence[tuple[str, str, int, Fraction]]) -> JudgeTable:
    names = ("judge", "item", "round", "rating")
    return JudgeTable({name: [row[n] for row in rows] for n, name in enumerate(names)}, {}, [])


# ── Ebel's grid ──────────────────────────────────────────────────────────────────────────────


class EbelGrid(NamedTuple):
    """By item and judge ("" for all of them) the cell that an item stands in, by cell and judge the share;
    relevance and difficulty of cells as first written."""

    cells: Mapping[str, Mapping[str, str]]
    shares: Mapping[str, Mapping[str, Fraction]]
    names: Mapping[str, tuple[str, str]]

    def ratings(self, source: str) -> Ratings:
        """Each judge's rating of each item; raises Refused where a judge did not say the share of a cell in
        which an item stands."""
        rows: list[tuple[str, str, int, Fraction]] = []
        faults: list[Problem] = []
        judges = dict.fromkeys(judge for said in self.shares.values() for judge in said)
        for item, by_judge in self.cells.items():
            cells = {judge: by_judge.get(judge, by_judge.get("")) for judge in judges}
            for judge, cell in cells.items():
                if cell is not None and judge in (said := self.shares.get(cell, {})):
                    rows.append((judge, item, 1, said[judge]))
                elif cell is not None:
                    relevance, difficulty = self.names[cell]
                    message = tell(
                        "{judge} gives no proportion for {relevance} × {difficulty}, the cell of this item",
                        judge=judge,
                        relevance=relevance,
                        difficulty=difficulty,
                    )
                    faults.append(Problem(source, "share-missing", message, item, judge))
            if not any(cells.values()):
                message = tell("is not classified by any judge who gives proportions")
                faults.append(Problem(source, "item-unrated", message, item))
        if faults:
            raise Refused(tell("{shares} does not contain all proportions", shares=source), faults)
        return Ratings(_table(rows), "ebel")

    def table(self, subject: Subject) -> list[Document]:
        """A row for each cell: how many items of the forms stand in it, a judge on average, and the mean
        share."""
        placed = [list(by_judge.values()) for item, by_judge in self.cells.items() if item in subject.items]
        return [
            {
                "relevance": relevance,
                "difficulty": difficulty,
                "items": float(sum(own.count(cell) / len(own) for own in placed)),
                "judges": len(said := [*self.shares.get(cell, {}).values()]),
                "share": float(sum(said) / len(said)) if said else None,
            }
            for cell, (relevance, difficulty) in self.names.items()
        ]


def grid_of(placed: tuple[str, bytes], shares: tuple[str, bytes], scale: str | None) -> EbelGrid:
    """The grid of both tables."""
    names: dict[str, tuple[str, str]] = {}
    return EbelGrid(_placed(*placed, names), _shares(*shares, scale, names), names)


def _cell(cells: JudgeCells, row: JudgeRow, names: dict[str, tuple[str, str]]) -> str:
    said = cells.text(row, "relevance"), cells.text(row, "difficulty")
    cell = " × ".join(said).casefold()
    names.setdefault(cell, said)
    return cell


def _placed(name: str, data: bytes, names: dict[str, tuple[str, str]]) -> dict[str, dict[str, str]]:
    cells = JudgeCells(name)
    found: dict[str, dict[str, str]] = {}
    for row in rows_of(name, data, ("item", "difficulty", "relevance"), ("judge",)):
        own = found.setdefault(cells.text(row, "item"), {})
        cell = _cell(cells, row, names)
        if own.setdefault(row.cells.get("judge", "").strip(), cell) != cell:
            cells.fault(row, "item", "placed-twice", tell("puts the item into a second cell of the grid"))
    cells.check()
    if not found:
        raise Refused(tell("{name} has a header but no items below it", name=name))
    return found


def _shares(
    name: str, data: bytes, scale: str | None, names: dict[str, tuple[str, str]]
) -> dict[str, dict[str, Fraction]]:
    """By cell the share of each judge; a table without a column `judge` is of one voice."""
    cells, rows = JudgeCells(name), rows_of(name, data, ("difficulty", "relevance", "rating"), ("judge",))
    if not rows:
        raise Refused(tell("{name} has a header but no proportions below it", name=name))
    said = {
        "judge": [row.cells.get("judge", "").strip() or tell("panel") for row in rows],
        "item": [_cell(cells, row, names) for row in rows],
        "rating": [cells.written(row, "rating") for row in rows],
    }
    try:
        shares = judge_ratings(said, scale, "shares").rounds
    except DataError as error:
        places = {f"shares[{n}]": row.where for n, row in enumerate(rows)}
        cells.problems += faults_of(error, places, {}, name)
    cells.check()
    return shares[1]


# ── bookmarks and limits ─────────────────────────────────────────────────────────────────────


def bookmarks_of(name: str, data: bytes, items: Iterable[str]) -> JudgeTable:
    """By round the page or the item of each judge; a page is a whole number that is not the id of an item."""
    cells, known = JudgeCells(name), set(items)
    found: dict[int, dict[str, int | str]] = {}
    places: dict[object, str] = {}
    for row in rows_of(name, data, ("judge", "bookmark"), ("round",)):
        judge, said, which = cells.text(row, "judge"), cells.text(row, "bookmark"), cells.round(row)
        if is_blank(said):
            continue
        value = number_of(said)
        page = int(value[0]) if value and not value[1] and value[0].denominator == 1 else None
        if judge in (own := found.setdefault(which, {})):
            message = tell("{judge} has a second bookmark in that round", judge=judge)
            cells.fault(row, "judge", "rated-twice", message)
        own[judge] = said if said in known or page is None else page
        places[which, judge] = row.where
    if not found:
        cells.check()
        raise Refused(tell("{name} has a header but no bookmarks below it", name=name))
    return JudgeTable(dict(sorted(found.items())), places, cells.problems)


def limits_of(sources: SourcesRead, options: HofsteeOptions) -> JudgeTable:
    """By column what judges can bear, as it is written."""
    name, data = sources.file(options.limits)
    roles = {"low": "min_cut", "high": "max_cut", "least": "min_fail", "most": "max_fail"}
    rows = rows_of(name, data, ("judge", *roles))
    if not rows:
        raise Refused(tell("{name} has a header but no judges below it", name=name))
    cells = JudgeCells(name)
    judges = [cells.text(row, "judge") for row in rows]
    values = {own: [cells.written(row, role) for row in rows] for role, own in roles.items()}
    whole = [n for n in range(len(rows)) if all(own[n] is not None for own in values.values())]
    if len(set(judges)) < len(judges):
        cells.problems.append(Problem(name, "rated-twice", tell("contains a judge twice")))
    if not whole:
        cells.check()
    return JudgeTable(
        {own: [said for n in whole if (said := column[n]) is not None] for own, column in values.items()},
        {f"limits[{k}]": rows[n].where for k, n in enumerate(whole)}, cells.problems,
    )  # fmt: skip


# ── candidates ───────────────────────────────────────────────────────────────────────────────


class CandidateTotals(NamedTuple):
    """Scores of candidates: ids, the form and the points of each."""

    ids: tuple[str, ...]
    forms: tuple[str, ...]
    points: Floats
    most: Mapping[str, float]
    """Full score by form, where it is known."""

    def of(self, form: str) -> Floats | None:
        """The points of those who sat a form; None where nobody did."""
        own = self.points[np.array([one == form for one in self.forms], dtype=np.bool_)]
        return own if len(own) else None


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
        message = tell("requires a column `form`, because the exam has several forms")
        if unknown != [""]:
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
    most = {form.name: float(form.most) for form in subject.forms if form.points}
    return CandidateTotals(ids, forms, points, most)


class JudgedCandidates(NamedTuple):
    """Judged candidates: the form and points of each, the judgement (a group or a grade), and the judges that
    the table names, if any."""

    forms: NDArray[np.str_]
    points: Floats
    said: NDArray[Any]
    judges: tuple[str, ...]


def judged_of(
    sources: SourcesRead, table: Path, role: str, subject: Subject, totals: CandidateTotals | None
) -> JudgedCandidates:
    """The candidates whose cell `role`, `group` or `grade`, is filled in. Their scores come from a column of
    the table or, by candidate id, from `totals`."""
    name, data = sources.file(table)
    needed = (role, "candidate") if totals is not None else (role,)
    rows = rows_of(name, data, needed, ("judge", "form", "candidate", "score"))
    if not rows:
        raise Refused(tell("{name} has a header but no candidates below it", name=name))
    if totals is None and "score" not in rows[0].cells:
        message = tell(
            "requires a column `score`, or `candidate_id` and the scores of a run ({run}) or of a "
            "table ({totals})",
            run=option("run"),
            totals=option("totals"),
        )
        raise Refused(tell("{name} has no scores", name=name), [Problem(name, "column-missing", message)])
    cells = JudgeCells(name)
    rows = [row for row in rows if not is_blank(row.cells[role])]
    if totals is None:
        points = np.array([float(cells.number(row, "score")) for row in rows], dtype=np.float64)
        forms = tuple(form_named(row.cells.get("form", ""), subject) for row in rows)
        known = {form.name for form in subject.forms}
        for row, form in zip(rows, forms, strict=True):
            if form not in known:
                message = tell(
                    "has no form of the exam. Existing forms: {known}", known=", ".join(sorted(known)[:10])
                )
                cells.fault(row, "form", "form-unknown", message)
    else:
        at = _places(cells, rows, totals)
        points, forms = totals.points[at], tuple(totals.forms[n] for n in at)
    cells.check()
    if not rows:
        raise Refused(tell("{name} contains no judgements, because every cell is empty", name=name))
    if role == "grade":
        said: NDArray[Any] = np.array([float(cells.number(row, role)) for row in rows])
    else:
        said = np.array([cells.one_of(row, role, GROUPS) for row in rows])
    cells.check()
    judges = (row.cells.get("judge", "").strip() for row in rows)
    return JudgedCandidates(np.array(forms), points, said, tuple(dict.fromkeys(filter(None, judges))))


def _places(cells: JudgeCells, rows: Sequence[JudgeRow], totals: CandidateTotals) -> list[int]:
    """Whose scores they are."""
    place = {one: n for n, one in enumerate(totals.ids)}
    writing = writing_of(place)
    at = []
    for row in rows:
        found = place.get(writing(cells.text(row, "candidate")))
        if found is None:
            message = tell("{who} is not among the given scores", who=row.cells["candidate"][:40])
            cells.fault(row, "candidate", "candidate-unknown", message)
        at.append(found or 0)
    return at
