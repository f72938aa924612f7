"""Criteria of all candidates → what each candidate reached in every criterion, element and unit.

Criteria stand in pc_results.csv. Elements and units are judged as the scoring judges them, by the points of
their criteria together, with what pc_scale.csv says that those mean; units then follow the decision.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.rendering.parts import JUDGED, unit_status
from examgen.reports.cohort_report.rows import Floats
from examgen.scoring.runs.form_cuts import of_forms

if TYPE_CHECKING:
    from examgen.core.scored_run import ScoredRun

Codes = npt.NDArray[np.int8]

CODES = ("not_assessed", "insufficient", "not_met", "undecided", "met")
"""Statuses by their number: from `NOT_MET` on, those of who was judged."""
NOT_ASSESSED, INSUFFICIENT, NOT_MET, UNDECIDED, MET = range(5)


class Place(NamedTuple):
    """A unit, an element or a criterion of the standard, in the standard's own (Thai) words."""

    level: str
    """`unit`, `element` or `pc`."""
    unit: str
    element: str
    code: str
    text: str


class Statuses(NamedTuple):
    """Places in the order of the standard, what is whole before its parts; `codes` (places, n)."""

    places: tuple[Place, ...]
    codes: Codes


class _Part(NamedTuple):
    """A place with the numbers of its criteria."""

    place: Place
    members: tuple[int, ...]


def statuses_of(run: ScoredRun) -> Statuses:
    """What every candidate of the run reached everywhere."""
    names = [name.removesuffix("_status") for name in run.criteria.columns if name.endswith("_status")]
    parts = list(_parts(run))
    rules = _rules(run.scale)
    codes = np.zeros((len(parts), run.criteria.height), np.int8)
    forms = run.criteria["form"].unique(maintain_order=True).to_list()
    form = run.criteria["form"].replace_strict({f: n for n, f in enumerate(forms)}, return_dtype=pl.Int64)
    for n, part in enumerate(parts):
        if part.place.level == "pc":
            codes[n] = _codes(run.criteria[f"{names[part.members[0]]}_status"])
        else:
            points = _sum(run.criteria, [names[member] for member in part.members])
            where = (part.place.level, part.place.unit, part.place.code)
            own = of_forms(rules.get(where, {}), forms, where, run.alike)
            codes[n] = _judged(points, form.to_numpy(), own)
            if part.place.level == "unit":
                codes[n] = _decided(codes[n], run)
    return Statuses(tuple(part.place for part in parts), codes)


def _decided(codes: Codes, run: ScoredRun) -> Codes:
    """The statuses of a unit by points → those that follow the decision."""
    found = codes.copy()
    for decision in run.candidates["decision"].unique():
        own = (run.candidates["decision"] == decision).to_numpy()
        told = [CODES.index(unit_status(status, decision, len(run.exam.units))) for status in CODES]
        found[own] = np.array(told, np.int8)[codes[own]]
    return found


def _parts(run: ScoredRun) -> Iterator[_Part]:
    """The places of the criteria of pc_coverage.csv, which stand there as in pc_results.csv."""
    texts = _texts(run)
    rows = run.coverage.select("unit", "element", "pc").rows()
    for unit in dict.fromkeys(unit for unit, _, _ in rows):
        members = [n for n, row in enumerate(rows) if row[0] == unit]
        yield _Part(Place("unit", unit, "", unit, texts.get((unit, ""), "")), tuple(members))
        for element in dict.fromkeys(rows[n][1] for n in members):
            own = [n for n in members if rows[n][1] == element]
            yield _Part(Place("element", unit, element, element, texts.get((unit, element), "")), tuple(own))
            for n in own:
                pc = rows[n][2]
                yield _Part(Place("pc", unit, element, pc, texts.get((unit, element, pc), "")), (n,))


def _texts(run: ScoredRun) -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for unit in run.exam.units:
        code = str(unit.code)
        found[code, ""] = unit.title or ""
        for element in unit.elements:
            found[code, element.code] = element.title
            found.update({(code, element.code, one.code): one.text for one in element.criteria})
    return found


def _codes(column: pl.Series) -> Codes:
    numbers = {name: n for n, name in enumerate(CODES)} | {"": NOT_ASSESSED}
    return column.replace_strict(numbers, return_dtype=pl.Int8).to_numpy()


def _sum(table: pl.DataFrame, names: Sequence[str]) -> Floats:
    points = np.zeros(table.height)
    for name in names:
        points += table[f"{name}_correct"].replace("", "0").cast(pl.Float64).to_numpy()
    return points


class _Rule(NamedTuple):
    """What points mean in a place: below `not_met` not met, from `met` on met, else undecided; or one status
    whatever the points."""

    always: int | None
    not_met: float = 0.0
    met: float = 0.0


_UNKNOWN = _Rule(NOT_ASSESSED)


def _rules(scale: pl.DataFrame) -> dict[tuple[str, str, str], dict[str, _Rule]]:
    """Of each element and unit, by the forms of a line of pc_scale.csv."""
    found: dict[tuple[str, str, str], dict[str, _Rule]] = {}
    groups = scale.filter(pl.col("level") != "pc").group_by(
        "level", "unit", "element", "forms", maintain_order=True
    )
    for (level, unit, element, forms), rows in groups:
        place = (str(level), str(unit), str(element) if level == "element" else str(unit))
        found.setdefault(place, {})[str(forms)] = _rule(rows)
    return found


def _rule(rows: pl.DataFrame) -> _Rule:
    kinds = sorted(set(rows["status"]), key=CODES.index)
    if len(kinds) < 2 or not set(kinds) <= set(JUDGED):
        return _Rule(CODES.index(rows["status"][0]))
    points = [_points(rows, kind) for kind in kinds]
    # half way between two, since sums of points that the files round (a third) are not exact
    between = [(max(lower) + min(upper)) / 2 for lower, upper in pairwise(points)]
    return _Rule(
        None,
        between[0] if kinds[0] == "not_met" else -math.inf,
        between[-1] if kinds[-1] == "met" else math.inf,
    )


def _points(rows: pl.DataFrame, kind: str) -> list[float]:
    return rows.filter(pl.col("status") == kind)["correct"].cast(pl.Float64).to_list()


def _judged(points: Floats, form: npt.NDArray[np.int64], rules: Sequence[_Rule | None]) -> Codes:
    """The statuses of candidates with these points, by the rule of the form that each sat."""
    known = [rule or _UNKNOWN for rule in rules]
    if not known:
        return np.zeros(0, np.int8)
    always = np.array([-1 if rule.always is None else rule.always for rule in known], np.int8)[form]
    not_met, met = (np.array([getattr(rule, end) for rule in known])[form] for end in ("not_met", "met"))
    found = np.select([points >= met, points < not_met], [MET, NOT_MET], UNDECIDED)
    return np.where(always >= 0, always, found).astype(np.int8)


def band_counts(
    codes: Codes, band: npt.NDArray[np.int64], n_bands: int
) -> Mapping[int, npt.NDArray[np.int64]]:
    """How many candidates of each band have each status of those judged: status → (n_bands,)."""
    return {code: np.bincount(band[codes == code], minlength=n_bands) for code in (MET, NOT_MET, UNDECIDED)}
