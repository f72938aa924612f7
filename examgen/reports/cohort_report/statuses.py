"""Criteria of all candidates → each candidate's status in every criterion, element and unit.

The statuses of criteria come from pc_results.csv. Elements and units are judged as in scoring: pc_scale.csv
gives the status for the sum of the points of their criteria. If the exam has only one unit, a pass or fail of
the candidate then decides the status of the unit.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.core.coded_columns import number_of_each, texts_of, values_of
from examgen.rendering.parts import JUDGED, unit_status
from examgen.scoring.form_cut_scores import of_forms

if TYPE_CHECKING:
    from examgen.scoring.scored_run import ScoredRun

Codes = npt.NDArray[np.int8]

CODES = ("not_assessed", "insufficient", "not_met", "undecided", "met")
"""Statuses by their number; those from `NOT_MET` on are of judged candidates."""
NOT_ASSESSED, INSUFFICIENT, NOT_MET, UNDECIDED, MET = range(5)


class StandardPlace(NamedTuple):
    """A unit, an element or a criterion of the standard, with the standard's own (Thai) text."""

    level: str
    """`unit`, `element` or `pc`."""
    unit: str
    element: str
    code: str
    text: str


class Statuses(NamedTuple):
    """The parts of the standard in order, each before the parts below it, and `codes` (places, n) with a
    status for each candidate."""

    places: tuple[StandardPlace, ...]
    codes: Codes


class _StatusRule(NamedTuple):
    """The status by points in one part of the standard: below `not_met` not met, from `met` on met, otherwise
    undecided; or `always` one status."""

    always: int = -1
    not_met: float = 0.0
    met: float = 0.0


def statuses_of(run: ScoredRun) -> Statuses:
    """Return the status of every candidate of the run in every part of the standard."""
    names = [name.removesuffix("_status") for name in run.criteria.columns if name.endswith("_status")]
    parts, rules = _parts(run), _rules(run.scale)
    codes = np.zeros((len(parts), run.criteria.height), np.int8)
    forms = texts_of(run.criteria["form"]).to_list()
    form = number_of_each(run.criteria["form"], forms)
    # an empty cell is of what the form does not ask
    statuses = [*CODES, ""]
    numbers = np.array([*range(len(CODES)), NOT_ASSESSED], dtype=np.int8)
    for n, (place, members) in enumerate(parts):
        if place.level == "pc":
            column = run.criteria[f"{names[members[0]]}_status"]
            codes[n] = numbers[number_of_each(column, statuses)]
            continue
        earned = [values_of(run.criteria[f"{names[member]}_correct"]) for member in members]
        where = (place.level, place.unit, place.code)
        own = [
            rule or _StatusRule(NOT_ASSESSED)
            for rule in of_forms(rules.get(where, {}), forms, where, run.alike)
        ]
        if own:
            # by the rule of the form that each sat
            always, not_met, met = np.array(own).T
            points = np.zeros(len(form))
            for values, which in earned:
                points += np.nan_to_num(values)[which]
            judged = np.where(points < not_met[form], np.int8(NOT_MET), np.int8(UNDECIDED))
            judged[points >= met[form]] = MET
            codes[n] = np.where(always[form] >= 0, always[form], judged)
        if place.level == "unit":
            by_points = codes[n].copy()
            for decision in texts_of(run.candidates["decision"]):
                who = (run.candidates["decision"] == decision).to_numpy()
                told = [CODES.index(unit_status(status, decision, len(run.exam.units))) for status in CODES]
                codes[n, who] = np.array(told, np.int8)[by_points[who]]
    return Statuses(tuple(place for place, _ in parts), codes)


def _parts(run: ScoredRun) -> list[tuple[StandardPlace, tuple[int, ...]]]:
    """Return the units, elements and criteria of pc_coverage.csv, in that order, each with the indices of its
    criteria, which are in the same order in pc_results.csv."""
    texts: dict[tuple[str, ...], str] = {}
    for unit in run.exam.units:
        code = str(unit.code)
        texts[code, ""] = unit.title or ""
        for element in unit.elements:
            texts[code, element.code] = element.title
            texts.update({(code, element.code, one.code): one.text for one in element.criteria})
    found = []
    rows = run.coverage.select("unit", "element", "pc").rows()
    for unit in dict.fromkeys(unit for unit, _, _ in rows):
        members = tuple(n for n, row in enumerate(rows) if row[0] == unit)
        found.append((StandardPlace("unit", unit, "", unit, texts.get((unit, ""), "")), members))
        for element in dict.fromkeys(rows[n][1] for n in members):
            own = tuple(n for n in members if rows[n][1] == element)
            text = texts.get((unit, element), "")
            found.append((StandardPlace("element", unit, element, element, text), own))
            for n in own:
                pc = rows[n][2]
                text = texts.get((unit, element, pc), "")
                found.append((StandardPlace("pc", unit, element, pc, text), (n,)))
    return found


def _rules(scale: pl.DataFrame) -> dict[tuple[str, str, str], dict[str, _StatusRule]]:
    """Return the rules of each element and unit, by the forms of a line of pc_scale.csv."""
    found: dict[tuple[str, str, str], dict[str, _StatusRule]] = {}
    groups = scale.filter(pl.col("level") != "pc").group_by(
        "level", "unit", "element", "forms", maintain_order=True
    )
    for (level, unit, element, forms), rows in groups:
        kinds = sorted(set(rows["status"]), key=CODES.index)
        if len(kinds) < 2 or not set(kinds) <= set(JUDGED):
            rule = _StatusRule(CODES.index(rows["status"][0]))
        else:
            points = [
                rows.filter(pl.col("status") == kind)["correct"].cast(pl.Float64).to_list() for kind in kinds
            ]
            # half way between two, since sums of points that the files round (a third) are not exact
            between = [(max(lower) + min(upper)) / 2 for lower, upper in pairwise(points)]
            rule = _StatusRule(
                not_met=between[0] if kinds[0] == "not_met" else -math.inf,
                met=between[-1] if kinds[-1] == "met" else math.inf,
            )
        place = (str(level), str(unit), str(element) if level == "element" else str(unit))
        found.setdefault(place, {})[str(forms)] = rule
    return found
