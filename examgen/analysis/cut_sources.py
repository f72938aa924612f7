"""An exam package and files of judges → what the functions of `examgen.stats` take to set a cut.

These are the forms, ratings, judged candidates, scores, and statistics of items.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.analysis.cut_options import SettingOptions
from examgen.analysis.judge_tables import Judgements, is_blank, judge_table, require
from examgen.analysis.shown import TextTable, refusal_by_line, refused
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
from examgen.core.words import Message, option, tell
from examgen.scoring.run_tables import read_table
from examgen.scoring.runs import check_files, run_of
from examgen.stats.arguments import BLANK_WORDS, GREATEST_POINTS, DataError, vector
from examgen.stats.data_notes import repeated_ids
from examgen.stats.judge_ratings import judge_ratings
from examgen.stats.person_cuts import unjudged
from examgen.stats.results import Note

Document = dict[str, Any]
Floats = NDArray[np.float64]
MOST_MEGABYTES = 200
"""The largest size of a file of judgements."""
ALL = ""
"""The name of the only form if no exam is given."""
NO_RATINGS = "no-ratings"
"""The code of the refusal if no ratings are on record."""
_KNOWN = ("facility", "a", "b", "c")


class CutSources:
    """The forms that a cut is set on, the scores of candidates, and the list of files that were read.

    The forms are those of an exam, or a single form of the items that the files name. `read` identifies files
    by their SHA-256, or for an exam by digests with its key, because statistics and ratings include digests
    of items with their keys.

    `forms` has the points of each scored item by form; it is empty for a form whose items are not known.
    Without a `package` the cut belongs to no exam.
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
        """`candidate_id`, `form` and `score` of candidates; None if no scores are given."""
        self.most: dict[str, float] = {}
        """The full score of each form as far as it is known, filled in when scores are read."""

    def files(self, paths: Sequence[Path]) -> list[tuple[str, bytes]]:
        """Return the name and the content of each file, and add it to `read`."""
        for path in paths:
            if not path.is_file():
                raise WrongUsage.because("{path} is not a file", path=path)
        found = read_files(paths, MOST_MEGABYTES)
        self.read += [
            {"file": name, "sha256": sha256(data) if self._key is None else keyed(self._key, data)}
            for name, data in found
        ]
        return found

    def table(self, path: Path, needed: Sequence[str], others: Sequence[str] = ()) -> TextTable:
        """Read a table that must have the columns `needed` and may have `others`."""
        return judge_table(*self.files([path])[0], needed, others)

    def read_exam(self, items: Iterable[str] = ()) -> None:
        """Read the forms of the exam; without an exam, make one form of these items, with one point each."""
        options = self.options
        if options.exam is not None:
            self.package = read_written(options.exam)
            self.forms = {
                form.name: {one.item.id: one.points for one in form.items if one.points}
                for form in self.package.exam.forms
            }
        elif options.run is not None:
            raise WrongUsage.because(
                "{run} selects a run of an exam. Give the exam with {exam}",
                run=option("run"),
                exam=option("exam"),
            )
        else:
            self.forms = {ALL: dict.fromkeys(items, 1)}
        for own in self.forms.values():  # another full score: the cut would be told on another scale
            if own and options.points is not None and sum(own.values()) != options.points:
                raise WrongUsage.because(
                    "{points_option} {points} does not match the {full} points of the items",
                    points=options.points,
                    full=sum(own.values()),
                    points_option=option("points"),
                )

    @property
    def items(self) -> tuple[str, ...]:
        """Every item of the forms, once."""
        return tuple(dict.fromkeys(item for own in self.forms.values() for item in own))

    # ── scores of candidates ─────────────────────────────────────────────────────────────────

    def read_totals(self) -> None:
        """Read the scores of candidates from the run or the table that the options name."""
        options = self.options
        if options.run is not None and options.totals is not None:
            raise WrongUsage.because(
                "{run} and {totals} both give the scores of candidates. Use only one of them",
                run=option("run"),
                totals=option("totals"),
            )
        if options.run is not None:
            self._read_run(options.run)
        elif options.totals is not None:
            table = self.table(options.totals, ("score",), ("candidate_id", "form"))
            self.totals = self.scored(table)
            self.most = {form: float(sum(own.values())) for form, own in self.forms.items() if own}

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

    def scored(self, table: TextTable) -> pl.DataFrame:
        """Return `candidate_id`, `form` and `score` of the rows of a table.

        Raises Refused for a form that the exam does not have, and for a cell that is not a score.
        """
        ids, forms = (
            table.frame[name].to_list() if name in table.frame.columns else [""] * len(table.places)
            for name in ("candidate_id", "form")
        )
        alone = next(iter(self.forms)) if len(self.forms) == 1 else ""
        if self.package is None:
            forms = [ALL] * len(forms)
        forms = [alone if is_blank(one) else base_form(one) for one in forms]
        faults = [
            Problem(place, "form-unknown", tell("has no form of the exam. Existing forms: {known}",
                    known=", ".join(sorted(self.forms)[:10])), field="form")
            for place, form in zip(table.places, forms, strict=True) if form not in self.forms
        ]  # fmt: skip
        if faults and "form" not in table.frame.columns:
            message = tell("requires a column `form`, because the exam has several forms")
            raise refused(table.name, "form-unknown", message)
        if faults:
            raise Refused.because("{name} has forms that the exam has not", faults, name=table.name)
        low, high = -GREATEST_POINTS, GREATEST_POINTS
        try:
            scores = vector("scores", table.frame["score"], missing=True, low=low, high=high, field="score")
        except DataError as error:
            raise refusal_by_line(error, {"scores": table}, {}, table.name) from None
        return pl.DataFrame({"candidate_id": ids, "form": forms, "score": scores})

    def scores(self, form: str) -> Floats | None:
        """Return the scores of the candidates of a form; None if there are none."""
        if self.totals is None:
            return None
        scores = self.totals.filter(pl.col("form") == form)["score"].to_numpy()
        return scores if len(scores) else None

    def full(self, form: str) -> float | None:
        """Return the full score of a form; None if it is not known."""
        if own := self.forms[form]:
            return float(sum(own.values()))
        if self.options.points is not None:
            return float(self.options.points)
        return self.most.get(form)


def known_of(sources: CutSources, statistics: Path | None) -> TextTable:
    """Return the known statistics of items: `item` and any of `facility`, `a`, `b`, `c`, one row an item, and
    the other columns of the table.

    They come from the file `statistics`; where it has rows of several administrations for an item, the last
    value of each column counts. Without a file they are those stored with the exam when it was built.

    Raises Refused if a table without administrations has an item twice.
    """
    if statistics is None:
        evidence = {} if sources.package is None else sources.package.exam.evidence
        known = {item: one for item, one in evidence.items() if one.facility is not None or one.b is not None}
        columns = {name: [getattr(one, name) for one in known.values()] for name in _KNOWN}
        frame = pl.DataFrame(
            {"item": [*known], **columns}, {"item": pl.String, **dict.fromkeys(_KNOWN, pl.Float64)}
        )
        return TextTable(tell("the parameters"), frame, [tell("the parameters")] * len(frame))
    table = sources.table(statistics, ("item",), _KNOWN)
    is_again = ~table.frame["item"].is_first_distinct()
    if "administration" not in table.frame.columns and is_again.any():
        said = tell("the item is in an earlier row, too. Keep one")
        again = [Problem(table.places[row], "item-twice", said) for row in is_again.arg_true()]
        raise Refused.because("{name} has items twice", again, name=table.name)
    names = [name for name in table.frame.columns if name != "item"]
    is_nothing = pl.col(names).str.to_lowercase().is_in(list(BLANK_WORDS))
    cells = table.frame.with_row_index("row").with_columns(pl.when(~is_nothing).then(pl.col(names)))
    last = cells.group_by("item", maintain_order=True).agg("row", pl.col(names).drop_nulls().last())
    places = [table.places[rows[0]] for rows in last["row"]]
    return TextTable(table.name, last.drop("row"), places)


# ── ratings of items ─────────────────────────────────────────────────────────────────────────


def of_bank(sources: CutSources, bank: Path, kind: str | None) -> Judgements:
    """Return the ratings on record in a bank of the items that the exam printed, at the level of the exam.

    Raises WrongUsage without an exam or without a unit of it in the bank, Refused if there are no ratings, or
    none that give a cut.
    """
    if sources.package is None:
        raise WrongUsage.because(
            "{bank} needs {exam} with the rated items", bank=option("bank"), exam=option("exam")
        )
    exam = sources.package.exam
    levels = {str(unit.code): exam.blueprint.level if unit.levels else None for unit in exam.units}
    items = [one.item for form in exam.forms for one in form.items]
    printed = {item.id: JudgedItem(item.sha256(), item.pc) for item in items}
    ratings = {}
    for unit in exam.units:
        folder = bank / str(unit.code)
        if not folder.is_dir():
            raise WrongUsage.because("{bank} has no unit {code}", bank=bank, code=unit.code)
        ratings[str(unit.code)] = current(ratings_of(folder), printed)
        if (folder / RATINGS_FILE).is_file():
            sources.files([folder / RATINGS_FILE])
    panels = {
        panel
        for code, own in ratings.items()
        for panel in by_panel(own)
        if panel.kind != "ioc" and panel.level == levels[code] and kind in (None, panel.kind)
    }
    rows = list[tuple[str, str, int, str | Fraction | None]]()
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
        raise Refused.because("the ratings on record give no cut score for these forms", faults)
    kind = kind or min(panel.kind for panel in panels)
    return Judgements.of_rows(rows, kind=kind, panels=units)


# ── Ebel's grid ──────────────────────────────────────────────────────────────────────────────


class EbelGrid(NamedTuple):
    """The cell of each item and the expected share of each cell, by judge, in Ebel's grid.

    `cells` has by item and judge the cell ("" is the judge of a table without judges), `shares` by cell and
    judge the share, `names` the relevance and difficulty of each cell as first written, and `scale` the scale
    of the shares (`share` or `percent`).
    """

    cells: Mapping[str, Mapping[str, str]]
    shares: Mapping[str, Mapping[str, Fraction]]
    names: Mapping[str, tuple[str, str]]
    scale: str

    def ratings(self, source: str) -> Judgements:
        """Return each judge's rating of each item: the judge's share for the cell of the item.

        Raises Refused if a judge gave no share for such a cell, or an item has no cell from any judge with
        shares.
        """
        rows = list[tuple[str, str, int, str | Fraction | None]]()
        faults: list[Problem] = []
        judges = dict.fromkeys(judge for by_judge in self.shares.values() for judge in by_judge)
        most = 100 if self.scale == "percent" else 1
        for item, by_judge in self.cells.items():
            cells = [(judge, cell) for judge in judges if (cell := by_judge.get(judge, by_judge.get("")))]
            for judge, cell in cells:
                if (share := self.shares.get(cell, {}).get(judge)) is not None:
                    rows.append((judge, item, 1, most * share))
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
            raise Refused.because("{shares} does not contain all proportions", faults, shares=source)
        return Judgements.of_rows(rows, kind="ebel", scale=self.scale)

    def table(self, items: Sequence[str]) -> list[Document]:
        """Return a row for each cell with its mean number of these items, its judges, and the mean share."""
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
    """Read the grid from both tables; shares without a column `judge` are those of the panel as a whole."""
    of_items = sources.table(placed, ("item", "difficulty", "relevance"), ("judge",))
    of_shares = sources.table(shares, ("difficulty", "relevance", "rating"), ("judge",))
    names: dict[str, tuple[str, str]] = {}
    cells: dict[str, dict[str, str]] = {}

    def cells_of(table: TextTable) -> list[str]:
        texts = table.frame.select("relevance", "difficulty").rows()
        found = [" × ".join(one).casefold() for one in texts]
        for cell, text in zip(found, texts, strict=True):
            names.setdefault(cell, text)
        return found

    def judges_of(table: TextTable, alone: str) -> list[str]:
        columns = table.frame.columns
        return (
            [one or alone for one in table.frame["judge"]]
            if "judge" in columns
            else [alone] * len(table.places)
        )

    require(of_items, "item", "difficulty", "relevance")
    faults: list[Problem] = []
    rows = zip(
        of_items.places, of_items.frame["item"], judges_of(of_items, ""), cells_of(of_items), strict=True
    )
    for place, item, judge, cell in rows:
        if cells.setdefault(item, {}).setdefault(judge, cell) != cell:
            message = tell("puts the item into a second cell of the grid")
            faults.append(Problem(place, "placed-twice", message, field="item"))
    if faults:
        raise Refused.because("{name} classifies items twice", faults, name=of_items.name)
    require(of_shares, "difficulty", "relevance", "rating")
    columns = {
        "judge": judges_of(of_shares, tell("panel")),
        "item": cells_of(of_shares),
        "rating": of_shares.frame["rating"].to_list(),
    }
    try:
        found = judge_ratings(columns, scale, "shares")
    except DataError as error:
        places = {f"shares[{n}]": place for n, place in enumerate(of_shares.places)}
        raise refusal_by_line(error, {"shares": of_shares}, places, of_shares.name) from None
    return EbelGrid(cells, found.rounds[1], names, found.scale)


# ── judged candidates ────────────────────────────────────────────────────────────────────────


def judged_of(sources: CutSources, path: Path, role: str) -> tuple[TextTable, int | None, list[Note]]:
    """Return the judged candidates, the number of judges, and the notes on the others and on repeated ids.

    The table has `form`, `score` and `role` (`group` or `grade`) of the candidates whose cell for it is
    filled in. The number is None if the table names no judges. Scores are those of the run, if one is given;
    otherwise those in the table; otherwise those in the table of totals.
    """
    table = sources.table(path, (role,), ("judge", "form", "candidate_id", "score"))
    is_own = sources.options.run is None and "score" in table.frame.columns
    totals = None if is_own else sources.totals
    if totals is None and not is_own:
        message = tell(
            "requires a column `score`, or `candidate_id` and the scores of a run ({run}) or of a "
            "table ({totals})",
            run=option("run"),
            totals=option("totals"),
        )
        raise refused(table.name, "column-missing", message)
    is_judged = [not is_blank(one) for one in table.frame[role]]
    notes = unjudged(is_judged.count(False))
    table = table.part(is_judged)
    if not table.places:
        raise Refused.because("{name} contains no judgements, because every cell is empty", name=table.name)
    scored = sources.scored(table) if totals is None else totals[_rows_of(table, totals["candidate_id"])]
    judges = [one for one in table.frame["judge"] if one] if "judge" in table.frame.columns else []
    if "candidate_id" in table.frame.columns:
        named = table.frame.filter(pl.col("candidate_id") != "")
        keys = [name for name in ("candidate_id", "judge") if name in named.columns]
        notes += [*repeated_ids(["\n".join(row) for row in named.select(keys).rows()])]
    frame = scored.select("form", "score").with_columns(table.frame[role])
    return table._replace(frame=frame), len({*judges}) or None, notes


def _rows_of(table: TextTable, candidates: Iterable[str]) -> list[int]:
    """Return the row of each candidate's score; raises Refused for candidates without a score."""
    require(table, "candidate_id")
    place = {one: n for n, one in enumerate(candidates)}
    writing = writing_of(place)
    rows = [place.get(writing(one)) for one in table.frame["candidate_id"]]
    faults = [
        Problem(where, "candidate-unknown", _unknown(who), field="candidate_id")
        for where, who, row in zip(table.places, table.frame["candidate_id"], rows, strict=True)
        if row is None
    ]
    if faults:
        raise Refused.because("{name} has candidates without a score", faults, name=table.name)
    return [row for row in rows if row is not None]


def _unknown(who: str) -> Message:
    return tell("{who} is not among the given scores", who=who[:40])
