"""Tables of ratings, ratings on record in a bank, Ebel's grid → what a panel said of which item, round by
round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from examgen.analyses.standard_setting.subjects import ALL, Document, SourcesRead, Subject
from examgen.bank.cuts import rated_panels
from examgen.bank.reviews.moves import ratings_of
from examgen.bank.reviews.ratings import RATINGS_FILE, JudgedItem, by_panel, current
from examgen.capture.judge_tables import JudgeCells, JudgeRow, Rated, Scale, number_of, rows_of
from examgen.core.models.decisions import AngoffRule
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import option, tell

NO_RATINGS = "no-ratings"
"""The code of the refusal where nothing is on record yet."""
Values = dict[str, dict[str, Fraction]]
"""By item what each judge said of it."""


class Ratings(NamedTuple):
    """What a panel said: by round the ratings of each item, by unit where panels of several units are
    apart."""

    kind: str
    rounds: Mapping[int, Mapping[str, Values]]
    named: tuple[str, ...] = ()
    """Items that the tables name, whether or not anybody rated them."""
    silent: tuple[str, ...] = ()
    """Judges whom the tables name and who rated nothing in any round."""


# ── where ratings come from ──────────────────────────────────────────────────────────────────


def of_tables(rated: Sequence[Rated], kind: str | None) -> Ratings:
    """Ratings of tables; of kind angoff-yes-no where all are 1 or 0 and no kind is named."""
    rounds: dict[int, dict[str, Values]] = {}
    for one in rated:
        if one.value is not None:
            own = rounds.setdefault(one.round, {}).setdefault(ALL, {})
            own.setdefault(one.item, {})[one.judge] = one.value
    if not rounds:
        raise Refused(tell("there are no ratings, because every cell is empty"))
    values = {one.value for one in rated if one.value is not None}
    is_yes_no = kind == "angoff-yes-no" or (kind is None and values <= {0, 1})
    if is_yes_no and not values <= {0, 1}:
        message = tell(
            "{kind} angoff-yes-no needs 1 and 0, or yes and no, but these ratings have other values",
            kind=option("kind"),
        )
        raise Refused(
            message,
            [
                Problem(one.where, "rating-not-yes-no", message, one.item, one.judge)
                for one in rated
                if one.value not in (None, 0, 1)
            ][:20],
        )
    named = tuple(dict.fromkeys(one.item for one in rated))
    spoke = {one.judge for one in rated if one.value is not None}
    silent = tuple(dict.fromkeys(one.judge for one in rated if one.judge not in spoke))
    return Ratings("angoff-yes-no" if is_yes_no else "angoff", dict(sorted(rounds.items())), named, silent)


def of_bank(sources: SourcesRead, subject: Subject, bank: Path, kind: str | None) -> Ratings:
    """Ratings on record of the items as the exam printed them, of the exam's level."""
    package = subject.package
    if package is None:
        raise WrongUsage(
            tell(
                "{bank} needs {exam} with the rated items",
                bank=option("bank"),
                exam=option("exam"),
            )
        )
    exam = package.exam
    blueprint = exam.blueprint
    levels = {str(unit.code): blueprint.level if unit.levels else None for unit in exam.units}
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
                    values.setdefault(item, {})[judge] = Fraction(value, panel.denominator)
        rounds[which] = by_unit
    if not rounds:
        if not panels:
            message = tell("{bank} has no Angoff ratings of the items of this exam, at its level", bank=bank)
            raise Refused(message, [Problem(str(bank), NO_RATINGS, message)])
        raise Refused(tell("the ratings on record give no cut score for these forms"), faults)
    found = kind or next(iter(sorted(panel.kind for panel in panels)))
    return Ratings(found, rounds)


# ── Ebel's grid ──────────────────────────────────────────────────────────────────────────────

Cell = tuple[str, str]
"""Relevance and difficulty."""


class EbelGrid(NamedTuple):
    """By item and judge ("" for all of them) the cell that an item stands in; names of cells as first
    written."""

    cells: Mapping[str, Mapping[str, Cell]]
    names: Mapping[Cell, Cell]


def _cell(cells: JudgeCells, row: JudgeRow, names: dict[Cell, Cell]) -> Cell:
    said = cells.text(row, "relevance"), cells.text(row, "difficulty")
    plain_ = (said[0].casefold(), said[1].casefold())
    names.setdefault(plain_, said)
    return plain_


def placed_items(name: str, data: bytes) -> EbelGrid:
    """In which cell of the grid each item stands: for all judges, or for each of them."""
    rows = rows_of(name, data, ("item", "difficulty", "relevance"), ("judge",))
    cells, names = JudgeCells(name), dict[Cell, Cell]()
    found: dict[str, dict[str, Cell]] = {}
    for row in rows:
        judge = row.cells.get("judge", "").strip()
        own = found.setdefault(cells.text(row, "item"), {})
        cell = _cell(cells, row, names)
        if own.setdefault(judge, cell) != cell:
            cells.fault(row, "item", "placed-twice", tell("puts the item into a second cell of the grid"))
    cells.check()
    if not found:
        raise Refused(tell("{name} has a header but no items below it", name=name))
    return EbelGrid(found, names)


def shares_of(name: str, data: bytes, scale: Scale | None) -> dict[str, dict[Cell, Fraction]]:
    """By judge the share of each cell; a table without a column `judge` is of one voice."""
    rows = rows_of(name, data, ("difficulty", "relevance", "rating"), ("judge",))
    cells, names = JudgeCells(name), dict[Cell, Cell]()
    found: dict[str, dict[Cell, Fraction]] = {}
    said = {n: number_of(row.cells["rating"]) for n, row in enumerate(rows)}
    is_percent = scale == "percent" or (
        scale is None and any(one is not None and not one[1] and one[0] > 1 for one in said.values())
    )
    for n, row in enumerate(rows):
        value = said[n]
        if value is None:
            cells.number(row, "rating")
            continue
        share = value[0] / 100 if value[1] or is_percent else value[0]
        if not 0 <= share <= 1:
            cells.fault(
                row,
                "rating",
                "rating-out-of-range",
                tell(
                    "{value} is neither a proportion from 0 to 1 nor a percentage",
                    value=row.cells["rating"][:20],
                ),
            )
        if is_percent and not value[1] and scale is None and 0 < value[0] < 1:
            cells.fault(
                row,
                "rating",
                "scales-mixed",
                tell(
                    "{value} is a proportion, but other ratings are percentages. Use one kind "
                    "for all, or choose it with {scale}",
                    value=row.cells["rating"][:20],
                    scale=option("scale"),
                ),
            )
        judge = row.cells.get("judge", "").strip() or tell("panel")
        own = found.setdefault(judge, {})
        if own.setdefault(_cell(cells, row, names), share) is not share:
            cells.fault(row, "rating", "rated-twice", tell("gives the proportion of this cell a second time"))
    cells.check()
    if not found:
        raise Refused(tell("{name} has a header but no proportions below it", name=name))
    return found


def from_grid(
    placed: EbelGrid, grid: Mapping[str, Mapping[Cell, Fraction]], source: str
) -> tuple[Values, list[Problem]]:
    """Each judge's rating of each item, and every cell in which items stand whose share a judge did not
    say."""
    values: Values = {}
    faults: list[Problem] = []
    for item, by_judge in placed.cells.items():
        for judge, shares in grid.items():
            cell = by_judge.get(judge, by_judge.get(""))
            if cell is None:
                continue  # this judge left the item out
            if cell not in shares:
                relevance, difficulty = placed.names[cell]
                message = tell(
                    "{judge} gives no proportion for {relevance} × {difficulty}, the cell of this item",
                    judge=judge,
                    relevance=relevance,
                    difficulty=difficulty,
                )
                faults.append(Problem(source, "share-missing", message, item, judge))
                continue
            values.setdefault(item, {})[judge] = shares[cell]
        if not faults and item not in values:
            message = tell("is not classified by any judge who gives proportions")
            faults.append(Problem(source, "item-unrated", message, item))
    return values, faults


def grid_table(
    placed: EbelGrid, grid: Mapping[str, Mapping[Cell, Fraction]], subject: Subject
) -> list[Document]:
    """A row for each cell: how many items of the forms stand in it, a judge on average, and the mean
    share."""
    asked = set(subject.items)
    rows = []
    for cell, (relevance, difficulty) in placed.names.items():
        n = [
            sum(one == cell for one in by_judge.values()) / len(by_judge)
            for item, by_judge in placed.cells.items()
            if item in asked
        ]
        shares = [float(own[cell]) for own in grid.values() if cell in own]
        rows.append(
            {
                "relevance": relevance,
                "difficulty": difficulty,
                "items": float(sum(n)),
                "judges": len(shares),
                "share": float(np.mean(shares)) if shares else None,
            }
        )
    return rows
