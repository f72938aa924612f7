"""An exam package and files of judges → the forms that a cut is set on, ratings, judged candidates, scores
and statistics, as the functions of `examgen.stats` take them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.analysis import judge_tables
from examgen.analysis.cut_options import HofsteeOptions, SettingOptions
from examgen.analysis.judge_tables import Judgements, JudgeRow, JudgeTable
from examgen.analysis.tables import refused
from examgen.bank.cuts import rated_panels
from examgen.bank.reviews.moves import ratings_of
from examgen.bank.reviews.ratings import RATINGS_FILE, JudgedItem, by_panel, current
from examgen.core.candidate_numbers import writing_of
from examgen.core.exam.digests import digest_key_of, keyed
from examgen.core.exam.names import DIGEST_KEY, RESULTS, base_form
from examgen.core.exam.package import Package, read_written
from examgen.core.files import read_files, sha256
from examgen.core.models.decisions import AngoffRule
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import option, tell
from examgen.scoring.run_tables import read_table
from examgen.scoring.runs import check_files, run_of
from examgen.stats.arguments import DataError
from examgen.stats.data_notes import repeated_ids
from examgen.stats.judge_ratings import judge_ratings, read_number
from examgen.stats.results import Note

Document = dict[str, Any]
Floats = NDArray[np.float64]
MOST_MEGABYTES = 200
"""Of a file of judgements."""
ALL = ""
"""The name of the one form where no exam is given."""
NO_RATINGS = "no-ratings"
"""The code of the refusal where nothing is on record yet."""
_KNOWN = ("facility", "a", "b", "c")


class CutSources:
    """What a cut is set on: the forms of an exam, or one form of the items that are named, and the scores of
    candidates. It reads files, and remembers which: of an exam by keyed digests, for statistics and ratings
    are bound to digests of items with their keys.

    `forms` has by form the points of each scored item; of an exam that is not named, none are known. Without
    a `package` the cut is bound to no exam.
    """

    def __init__(self, options: SettingOptions) -> None:
        self.options = options
        exam = options.exam
        is_package = exam is not None and (exam / DIGEST_KEY).is_file()
        self._key = digest_key_of(exam) if exam is not None and is_package else None
        self.read: list[Document] = []
        self.package: Package | None = None
        self.forms: dict[str, dict[str, int]] = {}
        self.totals: pl.DataFrame | None = None
        """`candidate_id`, `form` and `score` of candidates, where they are named."""
        self.most: dict[str, float] = {}
        """The full score by form that a table of scores tells."""

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

    def table(self, path: Path, needed: Sequence[str], others: Sequence[str] = ()) -> JudgeTable:
        """A table with these columns."""
        return JudgeTable(*self.files([path])[0], needed, others)

    def read_exam(self, items: Iterable[str] = ()) -> None:
        """The forms of the exam that is named; else one form of these items, each of one point."""
        options = self.options
        if options.exam is not None:
            self.package = read_written(options.exam)
            self.forms = {
                form.name: {one.item.id: one.points for one in form.items if one.points}
                for form in self.package.exam.forms
            }
        elif options.run is not None:
            message = tell(
                "{run} selects a run of an exam. Give the exam with {exam}",
                run=option("run"),
                exam=option("exam"),
            )
            raise WrongUsage(message)
        else:
            self.forms = {ALL: dict.fromkeys(items, 1)}
        for own in self.forms.values():  # another full score: the cut would be told on another scale
            if own and options.points is not None and sum(own.values()) != options.points:
                message = tell(
                    "{points_option} {points} does not match the {full} points of the items",
                    points=options.points,
                    full=sum(own.values()),
                    points_option=option("points"),
                )
                raise WrongUsage(message)

    @property
    def items(self) -> tuple[str, ...]:
        """Every item of the forms, once."""
        return tuple(dict.fromkeys(item for own in self.forms.values() for item in own))

    def form_named(self, row: JudgeRow) -> str:
        """The form that a row names: the only one where it names none."""
        text = row.cells.get("form", "").strip()
        if judge_tables.is_blank(text):
            return next(iter(self.forms)) if len(self.forms) == 1 else ""
        return ALL if self.package is None else base_form(text)

    # ── scores of candidates ─────────────────────────────────────────────────────────────────

    def read_totals(self) -> None:
        """The scores that --run or --totals names."""
        options = self.options
        if options.run is not None and options.totals is not None:
            message = tell(
                "{run} and {totals} both give the scores of candidates. Use only one of them",
                run=option("run"),
                totals=option("totals"),
            )
            raise WrongUsage(message)
        if options.run is not None:
            self._read_run(options.run)
        elif options.totals is not None:
            self._read_table_of_totals(options.totals)

    def _read_run(self, number: str) -> None:
        assert self.package is not None
        assert self.options.exam is not None
        run = run_of(self.options.results or self.options.exam / RESULTS, number)
        check_files(run, self.package, so=tell("no cut was set"))
        table = read_table(run.folder / "candidates.csv")
        self.read.append({"file": f"run {run.number}", "sha256": run.sha256})
        forms = [base_form(one) for one in table["form"].to_list()]
        scores = [float(one) for one in table["score"].to_list()]
        self.totals = table.select("candidate_id", form=pl.Series(forms), score=pl.Series(scores))
        self.most = dict(zip(self.totals["form"], map(float, table["max_score"].to_list()), strict=True))

    def _read_table_of_totals(self, path: Path) -> None:
        table = self.table(path, ("score",), ("candidate", "form"))
        scores = [table.score(row) for row in table.rows]
        forms = [self.form_named(row) for row in table.rows]
        if unknown := sorted({*forms} - {*self.forms}):
            message = tell("requires a column `form`, because the exam has several forms")
            if unknown != [""]:
                message = tell(
                    "contains the form {unknown}, but the forms of the exam are {known}",
                    unknown=", ".join(one or "–" for one in unknown[:5]),
                    known=", ".join(sorted(self.forms)[:10]),
                )
            raise refused(table.name, "form-unknown", message)
        table.check()
        if not table.rows:
            raise Refused(tell("{name} has a header but no candidates below it", name=table.name))
        ids = [row.cells.get("candidate", "").strip() for row in table.rows]
        self.totals = pl.DataFrame({"candidate_id": ids, "form": forms, "score": scores})
        self.most = {form: float(sum(own.values())) for form, own in self.forms.items() if own}

    def scores(self, form: str) -> Floats | None:
        """The scores of those who sat a form; None where nobody did, and where no scores are named."""
        if self.totals is None:
            return None
        scores = self.totals.filter(pl.col("form") == form)["score"].to_numpy()
        return scores if len(scores) else None

    def full(self, form: str) -> float | None:
        """The full score of a form, where it is known."""
        if own := self.forms[form]:
            return float(sum(own.values()))
        if self.options.points is not None:
            return float(self.options.points)
        return self.most.get(form)


# ── what is known of items ───────────────────────────────────────────────────────────────────


def known_of(sources: CutSources, statistics: Path | None) -> dict[str, list[Any]] | None:
    """A table of items with `item` and any of `facility`, `a`, `b`, `c`: of a file, else what was known when
    the forms of the exam were built; None where nothing is known."""
    found: dict[str, dict[str, float]] = {}
    if statistics is None:
        evidence = {} if sources.package is None else sources.package.exam.evidence
        for item, one in evidence.items():
            if one.facility is not None or one.b is not None:
                values = {name: getattr(one, name) for name in _KNOWN}
                found[item] = {name: value for name, value in values.items() if value is not None}
    else:
        table = sources.table(statistics, ("item",), _KNOWN)
        for row in table.rows:
            values = {
                role: float(table.number(row, role))
                for role in _KNOWN
                if role in row.cells and not judge_tables.is_blank(row.cells[role])
            }
            _check_known(table, row, values)
            # of several lines an item, the last that says it counts
            found.setdefault(table.text(row, "item"), {}).update(values)
        table.check()
    columns = {name: [own.get(name, np.nan) for own in found.values()] for name in _KNOWN}
    return {"item": [*found], **columns} if found else None


def _check_known(table: JudgeTable, row: JudgeRow, values: Mapping[str, float]) -> None:
    if not 0 <= values.get("facility", 0.5) <= 1:
        message = tell("{value} is not a proportion from 0 to 1", value=row.cells["facility"])
        table.fault(row, "facility", "facility-out-of-range", message)
    if not 0 <= values.get("c", 0.0) < 1:
        message = tell(
            "{value} is not a lower asymptote. Write a proportion from 0 to below 1", value=row.cells["c"]
        )
        table.fault(row, "c", "parameter-out-of-range", message)
    for name in ("a", "b"):
        value = values.get(name, 1.0)
        if abs(value) > 100 or (name == "a" and value == 0):
            message = tell("is not an item parameter. Slopes cannot be 0, and no parameter can exceed 100")
            table.fault(row, name, "parameter-out-of-range", message)


# ── ratings of items ─────────────────────────────────────────────────────────────────────────


def of_bank(sources: CutSources, bank: Path, kind: str | None) -> Judgements:
    """Ratings on record of the items as the exam printed them, of the exam's level."""
    if sources.package is None:
        raise WrongUsage(
            tell("{bank} needs {exam} with the rated items", bank=option("bank"), exam=option("exam"))
        )
    exam = sources.package.exam
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
            sources.files([folder / RATINGS_FILE])
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
    kind = kind or min(panel.kind for panel in panels)
    return Judgements.of_rows(rows, kind=kind, panels=units)


# ── Ebel's grid ──────────────────────────────────────────────────────────────────────────────


class EbelGrid(NamedTuple):
    """By item and judge ("" for all of them) the cell that an item is in, by cell and judge the share;
    relevance and difficulty of cells as first written."""

    cells: Mapping[str, Mapping[str, str]]
    shares: Mapping[str, Mapping[str, Fraction]]
    names: Mapping[str, tuple[str, str]]

    def ratings(self, source: str) -> Judgements:
        """Each judge's rating of each item; raises Refused where a judge did not give the share of a cell in
        which an item is."""
        rows: list[tuple[str, str, int, Fraction]] = []
        faults: list[Problem] = []
        judges = dict.fromkeys(judge for by_judge in self.shares.values() for judge in by_judge)
        for item, by_judge in self.cells.items():
            cells = [(judge, cell) for judge in judges if (cell := by_judge.get(judge, by_judge.get("")))]
            for judge, cell in cells:
                if (share := self.shares.get(cell, {}).get(judge)) is not None:
                    rows.append((judge, item, 1, share))
                    continue
                relevance, difficulty = self.names[cell]
                message = tell(
                    "{judge} gives no proportion for {relevance} × {difficulty}, the cell of this item",
                    judge=judge,
                    relevance=relevance,
                    difficulty=difficulty,
                )
                faults.append(Problem(source, "share-missing", message, item, judge))
            if not cells:
                message = tell("is not classified by any judge who gives proportions")
                faults.append(Problem(source, "item-unrated", message, item))
        if faults:
            raise Refused(tell("{shares} does not contain all proportions", shares=source), faults)
        return Judgements.of_rows(rows, kind="ebel")

    def table(self, items: Sequence[str]) -> list[Document]:
        """A row for each cell: how many items of the forms are in it, a judge on average, and the mean
        share."""
        placed = [list(by_judge.values()) for item, by_judge in self.cells.items() if item in items]
        return [
            {
                "relevance": relevance,
                "difficulty": difficulty,
                "items": float(sum(cells.count(cell) / len(cells) for cells in placed)),
                "judges": len(shares := [*self.shares.get(cell, {}).values()]),
                "share": float(sum(shares) / len(shares)) if shares else None,
            }
            for cell, (relevance, difficulty) in self.names.items()
        ]


def grid_of(sources: CutSources, placed: Path, shares: Path, scale: str | None) -> EbelGrid:
    """The grid of both tables: a table of shares without a column `judge` is of one voice."""
    (of_items,), (of_shares,) = sources.files([placed]), sources.files([shares])
    names: dict[str, tuple[str, str]] = {}
    cells: dict[str, dict[str, str]] = {}

    def cell_of(table: JudgeTable, row: JudgeRow) -> str:
        text = table.text(row, "relevance"), table.text(row, "difficulty")
        cell = " × ".join(text).casefold()
        names.setdefault(cell, text)
        return cell

    table = JudgeTable(*of_items, ("item", "difficulty", "relevance"), ("judge",))
    for row in table.rows:
        by_judge, cell = cells.setdefault(table.text(row, "item"), {}), cell_of(table, row)
        if by_judge.setdefault(row.cells.get("judge", "").strip(), cell) != cell:
            table.fault(row, "item", "placed-twice", tell("puts the item into a second cell of the grid"))
    table.check()
    table.needs(cells, tell("{name} has a header but no items below it", name=table.name))
    table = JudgeTable(*of_shares, ("difficulty", "relevance", "rating"), ("judge",))
    table.needs(table.rows, tell("{name} has a header but no proportions below it", name=table.name))
    columns = {
        "judge": [row.cells.get("judge", "").strip() or tell("panel") for row in table.rows],
        "item": [cell_of(table, row) for row in table.rows],
        "rating": [table.written(row, "rating") for row in table.rows],
    }
    try:
        found = judge_ratings(columns, scale, "shares").rounds
    except DataError as error:
        places = {f"shares[{n}]": row.where for n, row in enumerate(table.rows)}
        table.problems += judge_tables.faults_of(error, places, {}, table.name)
    table.check()
    return EbelGrid(cells, found[1], names)


# ── bookmarks and limits ─────────────────────────────────────────────────────────────────────


def bookmarks_of(sources: CutSources, path: Path) -> Judgements:
    """By round the page or the item of each judge; a page is a whole number that is not the id of an item."""
    table, known = sources.table(path, ("judge", "bookmark"), ("round",)), {*sources.items}
    found: dict[int, dict[str, int | str]] = {}
    places: dict[object, str] = {}
    for row in table.rows:
        judge, said, which = table.text(row, "judge"), table.text(row, "bookmark"), table.round(row)
        if judge_tables.is_blank(said):
            continue
        value = read_number(said)
        page = int(value[0]) if value and not value[1] and value[0].denominator == 1 else None
        if judge in (own := found.setdefault(which, {})):
            message = tell("{judge} has a second bookmark in that round", judge=judge)
            table.fault(row, "judge", "rated-twice", message)
        own[judge] = said if said in known or page is None else page
        places[which, judge] = row.where
    table.needs(found, tell("{name} has a header but no bookmarks below it", name=table.name))
    return Judgements(dict(sorted(found.items())), places, table.problems)


def limits_of(sources: CutSources, options: HofsteeOptions) -> Judgements:
    """By column what judges can bear, as it is written."""
    roles = {"low": "min_cut", "high": "max_cut", "least": "min_fail", "most": "max_fail"}
    table = sources.table(options.limits, ("judge", *roles))
    table.needs(table.rows, tell("{name} has a header but no judges below it", name=table.name))
    judges = [table.text(row, "judge") for row in table.rows]
    columns = [[table.written(row, role) for row in table.rows] for role in roles]
    whole = {
        row.where: values for row, *values in zip(table.rows, *columns, strict=True) if None not in values
    }
    if len(set(judges)) < len(judges):
        table.problems.append(Problem(table.name, "rated-twice", tell("contains a judge twice")))
    if not whole:
        table.check()
    limits = dict(zip(roles.values(), map(list, zip(*whole.values(), strict=True)), strict=True))
    return Judgements(limits, {f"limits[{n}]": where for n, where in enumerate(whole)}, table.problems)


# ── judged candidates ────────────────────────────────────────────────────────────────────────


def judged_of(sources: CutSources, path: Path, role: str) -> tuple[pl.DataFrame, int | None, list[Note]]:
    """The `form`, `score` and judgement, `said`, of candidates whose cell `role`, `group` or `grade`, is
    filled in, how many judges the table names, if any, and the note of ids that a judge has twice.

    Their scores come from a column of the table or, by candidate id, from the totals that are named.
    """
    totals = sources.totals
    needed = (role, "candidate") if totals is not None else (role,)
    table = sources.table(path, needed, ("judge", "form", "candidate", "score"))
    table.needs(table.rows, tell("{name} has a header but no candidates below it", name=table.name))
    if totals is None and "score" not in table.heads:
        message = tell(
            "requires a column `score`, or `candidate_id` and the scores of a run ({run}) or of a "
            "table ({totals})",
            run=option("run"),
            totals=option("totals"),
        )
        problem = Problem(table.name, "column-missing", message)
        raise Refused(tell("{name} has no scores", name=table.name), [problem])
    rows = [row for row in table.rows if not judge_tables.is_blank(row.cells[role])]
    if totals is None:
        scores = [table.score(row) for row in rows]
        forms = [sources.form_named(row) for row in rows]
        known = ", ".join(sorted(sources.forms)[:10])
        for row, form in zip(rows, forms, strict=True):
            if form not in sources.forms:
                message = tell("has no form of the exam. Existing forms: {known}", known=known)
                table.fault(row, "form", "form-unknown", message)
    else:
        at = _places(table, rows, totals["candidate_id"].to_list())
        scores, forms = (totals[name].gather(at).to_list() for name in ("score", "form"))
    table.check()
    if not rows:
        raise Refused(tell("{name} contains no judgements, because every cell is empty", name=table.name))
    if role == "grade":
        said: list[Any] = [float(table.number(row, role)) for row in rows]
    else:
        said = [table.group(row, role) for row in rows]
    table.check()
    judges = {judge for row in rows if (judge := row.cells.get("judge", "").strip())}
    named = [row.cells for row in rows if row.cells.get("candidate", "").strip()]
    notes = [*repeated_ids([f"{own['candidate'].strip()}\n{own.get('judge', '')}" for own in named])]
    return pl.DataFrame({"form": forms, "score": scores, "said": said}), len(judges) or None, notes


def _places(table: JudgeTable, rows: Sequence[JudgeRow], candidates: Sequence[str]) -> list[int]:
    """Whose scores they are."""
    place = {one: n for n, one in enumerate(candidates)}
    writing = writing_of(place)
    at = []
    for row in rows:
        found = place.get(writing(table.text(row, "candidate")))
        if found is None:
            message = tell("{who} is not among the given scores", who=row.cells["candidate"][:40])
            table.fault(row, "candidate", "candidate-unknown", message)
        at.append(found or 0)
    return at
