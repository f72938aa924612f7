"""An exam package and files of judges → the forms that a cut is set on, ratings, judged candidates, scores
and statistics, as the functions of `examgen.stats` take them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.cut_options import HofsteeOptions, SettingOptions
from examgen.bank.cuts import rated_panels
from examgen.bank.reviews.moves import ratings_of
from examgen.bank.reviews.ratings import RATINGS_FILE, JudgedItem, by_panel, current
from examgen.capture.judge_tables import (
    BORDERLINE,
    COMPETENT,
    NOT_COMPETENT,
    JudgeCells,
    JudgeRow,
    Rated,
    Scale,
    is_blank,
    number_of,
    rows_of,
)
from examgen.core.candidate_numbers import writing_of
from examgen.core.exam.bindings import exam_sha256
from examgen.core.exam.digests import digest_key_of, keyed
from examgen.core.exam.names import DIGEST_KEY, RESULTS, base_form
from examgen.core.exam.package import Package, read_written
from examgen.core.files import read_files
from examgen.core.models.decisions import AngoffRule
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.storage import sha256
from examgen.core.words import option, tell
from examgen.scoring.runs.compare import run_of
from examgen.scoring.runs.read import check_files
from examgen.scoring.runs.result_tables import read_table

Document = dict[str, Any]
Floats = NDArray[np.float64]
Values = dict[str, dict[str, float]]
"""By item what each judge said of it, as a share of its points."""
Cell = tuple[str, str]
"""Of Ebel's grid: relevance and difficulty."""
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


class KnownItem(NamedTuple):
    """What statistics say of an item; None where they say nothing."""

    facility: float | None = None
    a: float | None = None
    b: float | None = None
    c: float | None = None


def known_of(sources: SourcesRead, statistics: Path | None, subject: Subject) -> dict[str, KnownItem]:
    """Statistics of items: of a file with `item` and any of `facility`, `a`, `b`, `c`; else what was known
    when the forms of the exam were built."""
    if statistics is None:
        evidence = {} if subject.package is None else subject.package.exam.evidence
        return {
            item: KnownItem(one.facility, one.a, one.b, one.c)
            for item, one in evidence.items()
            if one.facility is not None or one.b is not None
        }
    name, data = sources.file(statistics)
    cells, found = JudgeCells(name), dict[str, KnownItem]()
    for row in rows_of(name, data, ("item",), _KNOWN):
        values = {
            role: float(cells.number(row, role))
            for role in _KNOWN
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


# ── ratings of items ─────────────────────────────────────────────────────────────────────────


class Ratings(NamedTuple):
    """What a panel said: by round the ratings of each item, by unit where panels of several units are
    apart."""

    kind: str
    rounds: Mapping[int, Mapping[str, Values]]
    named: tuple[str, ...] = ()
    """Items that the tables name, whether or not anybody rated them."""
    silent: tuple[str, ...] = ()
    """Judges whom the tables name and who rated nothing in any round."""
    places: Mapping[object, str] = {}
    """Where each judge rated each item."""


def of_tables(rated: Sequence[Rated], kind: str | None) -> Ratings:
    """Ratings of tables; of kind angoff-yes-no where all are 1 or 0 and no kind is named."""
    rounds: dict[int, dict[str, Values]] = {}
    for one in rated:
        if one.value is not None:
            own = rounds.setdefault(one.round, {}).setdefault(ALL, {})
            own.setdefault(one.item, {})[one.judge] = float(one.value)
    if not rounds:
        raise Refused(tell("there are no ratings, because every cell is empty"))
    if kind is None:
        kind = "angoff-yes-no" if {one.value for one in rated} <= {0, 1, None} else "angoff"
    spoke = {one.judge for one in rated if one.value is not None}
    return Ratings(
        kind,
        dict(sorted(rounds.items())),
        tuple(dict.fromkeys(one.item for one in rated)),
        tuple(dict.fromkeys(one.judge for one in rated if one.judge not in spoke)),
        {(one.round, one.judge, one.item): one.where for one in rated},
    )


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
    rounds: dict[int, Mapping[str, Values]] = {}
    faults: list[Problem] = []
    for which in sorted({panel.round for panel in panels}):
        rule = AngoffRule.model_validate({"kind": kind, "round": which})
        try:
            rated = rated_panels(exam.forms, ratings, rule, levels)
        except Refused as refused:
            faults = list(refused.problems)
            continue
        by_unit: dict[str, Values] = {}
        for code, panel in rated.items():
            values = by_unit.setdefault(code, {})
            for judge, said in panel.by_judge.items():
                for item, value in said.items():
                    values.setdefault(item, {})[judge] = value / panel.denominator
        rounds[which] = by_unit
    if not rounds:
        if not panels:
            message = tell("{bank} has no Angoff ratings of the items of this exam, at its level", bank=bank)
            raise Refused(message, [Problem(str(bank), NO_RATINGS, message)])
        raise Refused(tell("the ratings on record give no cut score for these forms"), faults)
    return Ratings(kind or min(panel.kind for panel in panels), rounds)


# ── Ebel's grid ──────────────────────────────────────────────────────────────────────────────


class EbelGrid(NamedTuple):
    """By item and judge ("" for all of them) the cell that an item stands in, by judge the share of each
    cell; names of cells as first written."""

    cells: Mapping[str, Mapping[str, Cell]]
    shares: Mapping[str, Mapping[Cell, float]]
    names: Mapping[Cell, Cell]

    def ratings(self, source: str) -> Values:
        """Each judge's rating of each item; raises Refused where a judge did not say the share of a cell in
        which an item stands."""
        values: Values = {}
        faults: list[Problem] = []
        for item, by_judge in self.cells.items():
            for judge, shares in self.shares.items():
                cell = by_judge.get(judge, by_judge.get(""))
                if cell is None:
                    continue  # this judge left the item out
                if cell in shares:
                    values.setdefault(item, {})[judge] = shares[cell]
                    continue
                relevance, difficulty = self.names[cell]
                message = tell(
                    "{judge} gives no proportion for {relevance} × {difficulty}, the cell of this item",
                    judge=judge,
                    relevance=relevance,
                    difficulty=difficulty,
                )
                faults.append(Problem(source, "share-missing", message, item, judge))
            if not faults and item not in values:
                message = tell("is not classified by any judge who gives proportions")
                faults.append(Problem(source, "item-unrated", message, item))
        if faults:
            raise Refused(tell("{shares} does not contain all proportions", shares=source), faults)
        return values

    def table(self, subject: Subject) -> list[Document]:
        """A row for each cell: how many items of the forms stand in it, a judge on average, and the mean
        share."""
        asked = set(subject.items)
        rows = []
        for cell, (relevance, difficulty) in self.names.items():
            n = [
                sum(one == cell for one in by_judge.values()) / len(by_judge)
                for item, by_judge in self.cells.items()
                if item in asked
            ]
            said = [own[cell] for own in self.shares.values() if cell in own]
            mean = float(np.mean(said)) if said else None
            rows.append({"relevance": relevance, "difficulty": difficulty, "items": float(sum(n)),
                         "judges": len(said), "share": mean})  # fmt: skip
        return rows


def grid_of(placed: tuple[str, bytes], shares: tuple[str, bytes], scale: Scale | None) -> EbelGrid:
    """The grid of both tables."""
    names: dict[Cell, Cell] = {}
    return EbelGrid(_placed(*placed, names), _shares(*shares, scale, names), names)


def _cell(cells: JudgeCells, row: JudgeRow, names: dict[Cell, Cell]) -> Cell:
    said = cells.text(row, "relevance"), cells.text(row, "difficulty")
    plain = (said[0].casefold(), said[1].casefold())
    names.setdefault(plain, said)
    return plain


def _placed(name: str, data: bytes, names: dict[Cell, Cell]) -> dict[str, dict[str, Cell]]:
    cells = JudgeCells(name)
    found: dict[str, dict[str, Cell]] = {}
    for row in rows_of(name, data, ("item", "difficulty", "relevance"), ("judge",)):
        judge = row.cells.get("judge", "").strip()
        own = found.setdefault(cells.text(row, "item"), {})
        cell = _cell(cells, row, names)
        if own.setdefault(judge, cell) != cell:
            cells.fault(row, "item", "placed-twice", tell("puts the item into a second cell of the grid"))
    cells.check()
    if not found:
        raise Refused(tell("{name} has a header but no items below it", name=name))
    return found


def _shares(
    name: str, data: bytes, scale: Scale | None, names: dict[Cell, Cell]
) -> dict[str, dict[Cell, float]]:
    """By judge the share of each cell; a table without a column `judge` is of one voice."""
    rows = rows_of(name, data, ("difficulty", "relevance", "rating"), ("judge",))
    cells = JudgeCells(name)
    found: dict[str, dict[Cell, float]] = {}
    said = [number_of(row.cells["rating"]) for row in rows]
    is_percent = scale == "percent" or (
        scale is None and any(one is not None and not one[1] and one[0] > 1 for one in said)
    )
    for row, value in zip(rows, said, strict=True):
        if value is None:
            cells.number(row, "rating")
            continue
        share, text = value[0] / 100 if value[1] or is_percent else value[0], row.cells["rating"][:20]
        if not 0 <= share <= 1:
            message = tell("{value} is neither a proportion from 0 to 1 nor a percentage", value=text)
            cells.fault(row, "rating", "rating-out-of-range", message)
        if is_percent and not value[1] and scale is None and 0 < value[0] < 1:
            message = tell(
                "{value} is a proportion, but other ratings are percentages. Use one kind for all, "
                "or choose it with {scale}",
                value=text,
                scale=option("scale"),
            )
            cells.fault(row, "rating", "scales-mixed", message)
        own = found.setdefault(row.cells.get("judge", "").strip() or tell("panel"), {})
        cell = _cell(cells, row, names)
        if cell in own:
            cells.fault(row, "rating", "rated-twice", tell("gives the proportion of this cell a second time"))
        own.setdefault(cell, float(share))
    cells.check()
    if not found:
        raise Refused(tell("{name} has a header but no proportions below it", name=name))
    return found


# ── bookmarks and limits ─────────────────────────────────────────────────────────────────────


class Bookmarks(NamedTuple):
    """By round the page or the item of each judge, where each said it, and cells that say nothing."""

    rounds: Mapping[int, Mapping[str, int | str]]
    places: Mapping[object, str]
    faults: Sequence[Problem]


def bookmarks_of(name: str, data: bytes, items: Iterable[str]) -> Bookmarks:
    """What judges said; a page is a whole number that is not the id of an item."""
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
        places[which, judge, None] = row.where
    if not found:
        cells.check()
        raise Refused(tell("{name} has a header but no bookmarks below it", name=name))
    return Bookmarks(dict(sorted(found.items())), places, cells.problems)


class Limits(NamedTuple):
    """By column what each judge can bear; cuts that are shares of the full score are named. Where the rows
    are and who they are of, and cells that say nothing."""

    values: Mapping[str, Floats]
    shares: frozenset[str]
    places: Mapping[object, str]
    names: dict[str, str]
    faults: Sequence[Problem]

    def on(self, most: float | None) -> dict[str, Floats]:
        """The limits in points of a form."""
        if self.shares and most is None:
            raise WrongUsage(
                tell(
                    "the maximum score is not known. Give it with {points}, or write the cuts in points",
                    points=option("points"),
                )
            )
        return {
            name: one * most if name in self.shares and most else one for name, one in self.values.items()
        }


def limits_of(sources: SourcesRead, options: HofsteeOptions) -> Limits:
    """What judges can bear; shares who fail are percentages where one is above 1 without a sign."""
    name, data = sources.file(options.limits)
    roles = {"low": "min_cut", "high": "max_cut", "least": "min_fail", "most": "max_fail"}
    rows = rows_of(name, data, ("judge", *roles))
    cells = JudgeCells(name)
    judges = [cells.text(row, "judge") for row in rows]
    values = {own: np.array([float(cells.number(row, role)) for row in rows]) for role, own in roles.items()}
    signs = {own: any(row.cells[role].strip().endswith("%") for row in rows) for role, own in roles.items()}
    if not rows:
        raise Refused(tell("{name} has a header but no judges below it", name=name))
    whole = np.array([row.where not in {one.source for one in cells.problems} for row in rows])
    if len(set(judges)) < len(judges):
        cells.problems.append(Problem(name, "rated-twice", tell("contains a judge twice")))
    if not whole.any():
        cells.check()
    fails = ("min_fail", "max_fail")
    if not any(signs[one] for one in fails) and any((values[one] > 1).any() for one in fails):
        values |= {one: values[one] / 100 for one in fails}
    kept = [(f"limits[{n}]", judges[k], rows[k].where) for n, k in enumerate(np.flatnonzero(whole).tolist())]
    return Limits(
        {own: one[whole] for own, one in values.items()},
        frozenset(one for one in ("min_cut", "max_cut") if signs[one]),
        {row: where for row, _, where in kept}, {row: judge for row, judge, _ in kept}, cells.problems,
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
