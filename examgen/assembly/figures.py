"""An exam → the figures of its build, counted and measured again from the printed forms.

The input is the forms, the blueprint, the units, the evidence and the anchor of the exam. Nothing comes
from the solver, so the report is valid for any build. Terms and designs follow van der Linden (2005),
Linear Models for Optimal Test Design. Unknown values are None, never NaN.

Test information, expected score and reliability over θ are those of the three-parameter logistic model with
D = 1 (see Birnbaum 1968, in Lord & Novick, ch. 20), unrounded. They are computed independently of
`measures`, whose rounded coefficients the solver uses; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.constraints import ANCHOR_ITEMS, SPREAD
from examgen.assembly.measures import QUANTITIES, QUANTITY_NAMES
from examgen.assembly.order.key_places import run_of, spread_of
from examgen.assembly.order.ordering import key_place
from examgen.core.models.blueprint import matches
from examgen.core.models.field_types import COGNITIVE, STATUSES, Quota
from examgen.core.models.figures import (
    BuildFigures,
    Demand,
    Exposure,
    Family,
    Information,
    ItemSharing,
    Keys,
    Known,
    MeasuredQuantity,
    Target,
)
from examgen.core.models.form import Exam
from examgen.core.models.item import Evidence, Item
from examgen.core.text.characters import LETTERS
from examgen.core.words import tell

Floats = npt.NDArray[np.float64]

GRID: Floats = np.round(np.linspace(-4, 4, 81), 1)
_DENSITY = np.exp(-(GRID**2) / 2)
NORMAL: Floats = _DENSITY / _DENSITY.sum()
"""Weights of the grid for θ ~ N(0, 1)."""

MATRIX_FORMS = 40
"""With more forms, the matrix of shared items is left out, because its distribution is more informative."""
_CELLS = 1 << 21
"""The number of pairs of forms that are counted at a time."""

RELIABILITY, EXPECTED_SCORE = tell("marginal reliability"), tell("expected score")
_MIRRORED = ("unit", "element", "criterion", "cognitive", "level", "status")


class HeldItems(NamedTuple):
    """The printed items of all forms, each once, and the forms that print them."""

    items: tuple[Item, ...]
    """Sorted by id, in the same order as `units` and `elements`."""
    units: tuple[str, ...]
    elements: tuple[str, ...]
    printed: Floats
    """(forms, items), the number of times that the form prints the item, normally 0 or 1."""
    scored: Floats
    """(forms, items), the same for scored items only."""

    def where(self, names: Sequence[str]) -> npt.NDArray[np.bool_]:
        """(items,), true for the items of these ids."""
        wanted = set(names)
        return np.array([item.id in wanted for item in self.items], dtype=bool)


def build_figures(exam: Exam) -> BuildFigures:
    """Return all figures of the forms, with the demands of their blueprint.

    Quotas, quantities and statistics are computed from the scored items; keys, sets, stimuli, enemies,
    shared items and exposure from all printed items.
    """
    found = held(exam)
    values = [_quantity(exam, found, name) for name in QUANTITIES]
    quantities = tuple(one.measured for one in values)
    shown = measured_information(exam, found)
    shared, used = sharing(exam, found), exposure(found)
    return BuildFigures(
        names=tuple(form.name for form in exam.forms),
        demands=(*counts(exam, found), *_demands(exam, found, values, shown, shared, used)),
        measured=quantities,
        keys=keys(exam),
        sharing=shared,
        exposure=used,
        information=shown,
    )


# ── quantities ───────────────────────────────────────────────────────────────────────────────


class _Values(NamedTuple):
    """A quantity for each printed item (NaN if unknown), and its summaries for the forms."""

    of_items: Floats
    measured: MeasuredQuantity
    each: tuple[Known, Known]
    """The smallest and largest value of any scored item."""


def _quantity(exam: Exam, found: HeldItems, name: str) -> _Values:
    known = [exam.evidence.get(item.id, Evidence()) for item in found.items]
    raw = [QUANTITIES[name](item, one, exam.blueprint) for item, one in zip(found.items, known, strict=True)]
    values = np.array([np.nan if value is None else value for value in raw], dtype=float)
    there = ~np.isnan(values)
    on_record = there
    if name == "time_s":
        on_record = np.array([item.time_s is not None for item in found.items], dtype=bool)
    n = found.scored @ there
    centre = float(values[there].mean()) if there.any() else 0.0
    apart = np.where(there, values - centre, 0.0)
    safe = np.maximum(n, 1)
    offset = found.scored @ apart / safe
    complete = n == found.scored.sum(axis=1)
    scored = values[there & (found.scored.sum(axis=0) > 0)]
    return _Values(
        values,
        MeasuredQuantity(
            name=name,
            known=tuple(int(count) for count in found.scored @ on_record),
            mean=_known(centre + offset, n > 0),
            total=_known((centre + offset) * n, (n > 0) & complete),
        ),
        (float(scored.min()), float(scored.max())) if scored.size else (None, None),
    )


def _known(values: Floats, there: npt.NDArray[np.bool_]) -> tuple[Known, ...]:
    return tuple(float(v) if known else None for v, known in zip(values, there, strict=True))


# ── demands ──────────────────────────────────────────────────────────────────────────────────


def _demands(
    exam: Exam,
    found: HeldItems,
    values: Sequence[_Values],
    shown: Information | None,
    shared: ItemSharing,
    used: Exposure,
) -> Iterator[Demand]:
    """Yield the requirements on quantities, statistics, and the exam as a whole, with the values reached."""
    blueprint, n = exam.blueprint, float(len(exam.forms))
    by_name = {one.measured.name: one for one in values}
    nothing: tuple[Known, ...] = (None,) * len(exam.forms)
    for name, asked in blueprint.quantities.items():
        there, field, words = by_name.get(name), f"quantities.{name}", QUANTITY_NAMES[name]
        if asked.mean:
            mean = there.measured.mean if there else nothing
            yield Demand(
                tell("mean {quantity}", quantity=words), f"{field}.mean", mean, asked.mean.min, asked.mean.max
            )
        if asked.sum:
            total = there.measured.total if there else nothing
            yield Demand(
                tell("total {quantity}", quantity=words), f"{field}.sum", total, asked.sum.min, asked.sum.max
            )
        if asked.each:
            each = there.each if there else (None, None)
            yield Demand(
                tell("{quantity} of each item", quantity=words),
                f"{field}.each",
                each,
                asked.each.min,
                asked.each.max,
                False,
            )
    rule = blueprint.statistics
    if rule and rule.facility:
        facility, target, within = by_name["facility"], rule.facility.target, rule.facility.within
        mean = facility.measured.mean
        yield Demand(tell("mean facility"), "statistics.facility", mean, target - within, target + within)
        if spread := rule.facility.spread:
            # Root mean square distance of the facilities of each form from the target.
            known = ~np.isnan(facility.of_items)
            n_known = found.scored @ known
            squares = np.where(known, (facility.of_items - target) ** 2, 0.0)
            distance = _known(np.sqrt(found.scored @ squares / np.maximum(n_known, 1)), n_known > 0)
            field = "statistics.facility.spread"
            yield Demand(SPREAD, field, distance, spread.min, spread.max)
    if rule and rule.information:
        off = shown.target.deviation if shown and shown.target else nothing
        within = float(rule.information.within) / 100
        yield Demand(tell("information off target"), "statistics.information", off, None, within)
    if rule and rule.reliability:
        reliability = shown.reliability if shown else nothing
        least = rule.reliability.min
        yield Demand(RELIABILITY, "statistics.reliability", reliability, least, None)
    if rule and rule.sem:
        at_cut = _curves(exam, found, [rule.sem.at])[0][:, 0]
        errors = tuple(float(v) ** -0.5 if v > 0 else None for v in at_cut)
        yield Demand(
            tell("standard error at θ = {at:g}", at=rule.sem.at), "statistics.sem", errors, None, rule.sem.max
        )
    yield Demand(tell("forms"), "forms", (n, n), blueprint.n_forms, blueprint.n_forms, False)
    if shared.pairs:
        seen = (float(shared.pairs[0][0]), float(shared.pairs[-1][0]))
        yield Demand(
            tell("shared items"), "overlap", seen, blueprint.overlap.min, blueprint.overlap.max, False
        )
    if blueprint.anchor:
        lacking = float(len(shared.outside))
        yield Demand(tell("anchor items that a form lacks"), "anchor", (lacking, lacking), None, 0, False)
    anchor = set(exam.anchor)
    counts = [float(n) for name, n in used.uses if name not in anchor] or [0.0]
    ends = (counts[-1], counts[0])
    if blueprint.exposure.forms is not None:
        most = blueprint.exposure.forms
        yield Demand(tell("forms that hold an item"), "exposure.forms", ends, None, most, False)


# ── items and forms ──────────────────────────────────────────────────────────────────────────


def held(exam: Exam) -> HeldItems:
    """Return the printed items and forms as matrices."""
    known = {p.item.id: p for form in exam.forms for p in form.items}
    ids = sorted(known)
    position = {name: n for n, name in enumerate(ids)}
    flat = [(f, position[p.item.id], p.points > 0) for f, form in enumerate(exam.forms) for p in form.items]
    forms, items, counting = np.array(flat, dtype=np.int64).reshape(-1, 3).T
    printed = np.zeros((len(exam.forms), len(ids)))
    # an item that a form prints twice counts twice
    np.add.at(printed, (forms, items), 1)
    scored = np.zeros_like(printed)
    np.add.at(scored, (forms, items), counting)
    return HeldItems(
        tuple(known[name].item for name in ids),
        tuple(known[name].unit for name in ids),
        tuple(known[name].element for name in ids),
        printed, scored,
    )  # fmt: skip


# ── quotas ───────────────────────────────────────────────────────────────────────────────────


class _Asked(NamedTuple):
    """The tightest bounds on the number of items of one kind, and the fields that set them."""

    least: int = 0
    greatest: int | None = None
    fields: tuple[str, ...] = ()

    def also(self, field: str, least: int, greatest: int | None) -> _Asked:
        upper = [bound for bound in (self.greatest, greatest) if bound is not None]
        return _Asked(max(self.least, least), min(upper, default=None), (*self.fields, field))


def counts(exam: Exam, found: HeldItems) -> tuple[Demand, ...]:
    """Return every count in every form, whether or not a demand applies, in the order of the standard."""
    blueprint = exam.blueprint
    per_form: list[Demand] = []
    n, every = blueprint.items, [True] * len(found.items)
    per_form.append(_count(found.scored, "items", tell("scored items"), every, _Asked(n, n, ("items",))))
    pilots = blueprint.pilot.items if blueprint.pilot else 0
    if pilots or (found.printed > found.scored).any():
        asked = _Asked(pilots, pilots, ("pilot",))
        per_form.append(_count(found.printed - found.scored, "pilot", tell("pilot items"), every, asked))
    per_form += [*_units(exam, found), *_standard(exam, found), *_mixes(exam, found)]
    for one in blueprint.sets:
        size = len(one.items)
        asked = _Asked(size, size, ("sets",)) if one.together else _Asked(one.min, one.max, ("sets",))
        row = _count(found.printed, "set", one.name, list(found.where(one.items)), asked)
        per_form.append(row._replace(or_none=one.together))
    # Without bounds, a form that uses a stimulus must have all of its items that any form prints.
    stimuli = blueprint.stimuli
    pairs = [(unit, item.shared_stimulus) for unit, item in zip(found.units, found.items, strict=True)]
    for unit, stimulus in sorted({(unit, name) for unit, name in pairs if name is not None}):
        mask = [pair == (unit, stimulus) for pair in pairs]
        whole = stimuli.min is None and stimuli.max is None
        asked = _Asked(sum(mask), sum(mask)) if whole else _Asked(stimuli.min or 1, stimuli.max)
        asked = asked._replace(fields=("stimuli",))
        row = _count(found.printed, "stimulus", stimulus, mask, asked)
        per_form.append(row._replace(or_none=True))
    # Pairs of enemies in each form, where any printed items are enemies: there may be none.
    position = {item.id: n for n, item in enumerate(found.items)}
    enemies = {
        frozenset((n, position[enemy]))
        for n, item in enumerate(found.items)
        for enemy in item.enemies
        if enemy in position and enemy != item.id
    }
    kin = sorted({one for item in found.items for one in item.kin})
    if enemies or kin:
        together = np.zeros(len(found.printed))
        for first, other in map(sorted, enemies):
            together += np.minimum(found.printed[:, first], found.printed[:, other])
        for group in kin:
            of_kin = found.printed[:, np.array([group in item.kin for item in found.items])].sum(axis=1)
            together += of_kin * (of_kin - 1) / 2
        pairs_of_form = tuple(map(int, together))
        per_form.append(Demand(tell("enemy pairs"), "enemies", pairs_of_form, None, 0, family="enemies"))
    # The anchor's size, and its share of each quota where it mirrors the form.
    anchor: list[Demand] = []
    rule = exam.blueprint.anchor
    if rule is not None:
        size = rule.items
        anchor.append(
            Demand(ANCHOR_ITEMS, "anchor", (len(exam.anchor),), size, size, per_form=False, family="anchor")
        )
        if rule.mirror:
            inside = found.where(exam.anchor).astype(float)[None, :]
            alone = found._replace(scored=inside, printed=inside)
            inside_of = (*_units(exam, alone), *_standard(exam, alone), *_mixes(exam, alone))
            counted = {(one.family, one.name): one.values for one in inside_of}
            for row in per_form:
                if row.family in _MIRRORED and row.field.split(".")[0] not in ("", "pass", "scope"):
                    share = size / exam.blueprint.items
                    most = None if row.greatest is None else min(size, ceil(row.greatest * share - 1e-9))
                    least = floor((row.least or 0) * share + 1e-9) or None
                    own = counted[row.family, row.name]
                    anchor.append(
                        Demand(row.name, "anchor", own, least, most, False, "anchor", text=row.text)
                    )
    return (*per_form, *anchor)


def _count(
    matrix: Floats, family: Family, name: str, mask: Sequence[bool], asked: _Asked, text: str = ""
) -> Demand:
    values = tuple(int(n) for n in matrix @ np.array(mask, dtype=float))
    fields, least = ", ".join(asked.fields), asked.least or None
    return Demand(name, fields, values, least, asked.greatest, family=family, text=text)


def _quota(exam: Exam, asked: _Asked, field: str, quota: Quota | None) -> _Asked:
    if quota is None:
        return asked
    least, greatest = quota.bounds(exam.blueprint.items)
    return asked.also(field, least, None if greatest >= exam.blueprint.items else greatest)


def _units(exam: Exam, found: HeldItems) -> Iterator[Demand]:
    for unit in exam.units:
        code = str(unit.code)
        asked = _quota(exam, _Asked(), f"unit_mix.{code}", exam.blueprint.unit_mix.get(code))
        mask = [one == code for one in found.units]
        yield _count(found.scored, "unit", code, mask, asked, unit.title or "")


def _standard(exam: Exam, found: HeldItems) -> Iterator[Demand]:
    """Yield each element followed by its criteria. A criterion out of scope is left out unless a form has
    items of it."""
    quotas, scope = exam.blueprint.criteria, exam.blueprint.scope
    deciding = exam.blueprint.pass_rule.criteria if exam.blueprint.pass_rule else {}
    for unit in exam.units:
        for element in unit.elements:
            rows: list[Demand] = []
            for pc in element.criteria:
                held = [item.pc == pc.code for item in found.items]
                in_scope = not scope or any(matches(pattern, pc.code, element.code) for pattern in scope)
                if not (in_scope or any(held)):
                    continue
                asked = _quota(exam, _Asked(), f"criteria.{pc.code}", quotas.get(pc.code))
                if in_scope:
                    asked = _quota(exam, asked, "criteria.all", quotas.get("all"))
                else:
                    asked = asked.also("scope", 0, 0)
                if any(matches(pattern, pc.code, element.code) for pattern in deciding):
                    asked = asked.also("pass.criteria", exam.blueprint.judgement.min_items, None)
                rows.append(_count(found.scored, "criterion", pc.code, held, asked, pc.text))
            if rows:
                pattern = f"{element.code}.*"
                asked = _quota(exam, _Asked(), f"criteria.{pattern}", quotas.get(pattern))
                mask = [
                    (place, code) == (str(unit.code), element.code)
                    for place, code in zip(found.units, found.elements, strict=True)
                ]
                yield _count(found.scored, "element", element.code, mask, asked, element.title)
                yield from rows


def _mixes(exam: Exam, found: HeldItems) -> Iterator[Demand]:
    blueprint = exam.blueprint
    for category in COGNITIVE:
        asked = _quota(exam, _Asked(), f"cognitive.{category}", blueprint.cognitive.get(category))
        mask = [item.cognitive == category for item in found.items]
        yield _count(found.scored, "cognitive", category, mask, asked)
    suited = {level for item in found.items for level in item.levels} | set(blueprint.level_mix)
    for level in sorted(suited):
        asked = _quota(exam, _Asked(), f"level_mix.{level}", blueprint.level_mix.get(level))
        yield _count(found.scored, "level", str(level), [level in item.levels for item in found.items], asked)
    for status in STATUSES:
        asked = _quota(exam, _Asked(), f"status_mix.{status}", blueprint.status_mix.get(status))
        mask = [item.status == status for item in found.items]
        if any(mask) or asked.fields:
            yield _count(found.scored, "status", status, mask, asked)


# ── keys ─────────────────────────────────────────────────────────────────────────────────────


def keys(exam: Exam) -> Keys:
    """Return counts of the printed key letters in each form; empty if assessors rate the exam."""
    forms = () if exam.instruments else exam.forms
    options = [[len(p.order) for p in form.items] for form in forms]
    most = max((n for form in options for n in form), default=0)
    single = [[key_place(p.item, p.order) for p in form.items] for form in forms]
    return Keys(
        letters=LETTERS[:most],
        counts=tuple(tuple(form.count(letter) for letter in range(most)) for form in single),
        several=tuple(sum(len(p.item.key) > 1 for p in form.items) for form in forms),
        spread=tuple(spread_of(sizes, form) for form, sizes in zip(single, options, strict=True)),
        longest_run=tuple(map(run_of, single)),
    )


# ── shared items and exposure ────────────────────────────────────────────────────────────────


def sharing(exam: Exam, found: HeldItems) -> ItemSharing:
    """Return the numbers of items shared by pairs of forms."""
    anchored = found.where(exam.anchor)
    others = found.printed[:, ~anchored].astype(np.float32)
    matrix = (others @ others.T).astype(int) if len(others) <= MATRIX_FORMS else np.zeros((0, 0), dtype=int)
    in_all = np.asarray((found.printed > 0).all(axis=0), dtype=bool)
    held_by_all = {item.id for item, everywhere in zip(found.items, in_all, strict=True) if everywhere}
    # How many pairs of forms share how many items, a chunk of forms at a time.
    n = len(others)
    pairs = np.zeros(int(others.sum(axis=1).max(initial=0)) + 1, dtype=np.int64)
    at_once = max(1, _CELLS // max(1, n))
    for start in range(0, n, at_once):
        shared = (others[start : start + at_once] @ others[start:].T).astype(np.int32)
        upper = np.triu(np.ones(shared.shape, dtype=bool), k=1)
        pairs += np.bincount(shared[upper], minlength=len(pairs))
    return ItemSharing(
        matrix=tuple(tuple(row) for row in matrix.tolist()),
        pairs=tuple((shared, int(count)) for shared, count in enumerate(pairs) if count),
        anchor=tuple(exam.anchor),
        outside=tuple(name for name in exam.anchor if name not in held_by_all),
    )


def exposure(found: HeldItems) -> Exposure:
    """Return the number of forms that contain each item."""
    n_forms = (found.printed > 0).sum(axis=0)
    uses = [(item.id, int(n)) for item, n in zip(found.items, n_forms, strict=True)]
    return Exposure(tuple(sorted(uses, key=lambda use: (-use[1], use[0]))))


def _curves(exam: Exam, found: HeldItems, points: Sequence[float]) -> tuple[Floats, Floats]:
    """Return the information and expected score of every form at these values of θ, (forms, points), from the
    scored items with known parameters."""
    known = [exam.evidence.get(item.id, Evidence()) for item in found.items]
    weights = found.scored[:, _complete(known)]
    return weights @ information(known, points), weights @ probability(known, points)


def _complete(known: Sequence[Evidence]) -> npt.NDArray[np.bool_]:
    return np.array([one.a is not None and one.b is not None for one in known], dtype=bool)


def _parameters(known: Sequence[Evidence]) -> tuple[Floats, Floats, Floats]:
    """Return a, b and c of the items with known parameters, as columns; c is 0 if missing."""
    rows = [(one.a, one.b, one.c or 0.0) for one in known if one.a is not None and one.b is not None]
    a, b, c = np.array(rows, dtype=float).reshape(-1, 3).T
    return a[:, None], b[:, None], c[:, None]


def probability(known: Sequence[Evidence], points: Sequence[float]) -> Floats:
    """Return the probabilities of a right answer, (items with parameters, points): P(θ) = c + (1 − c) / (1 +
    exp(−a(θ − b)))."""
    a, b, c = _parameters(known)
    # logistic(x) = (1 + tanh(x / 2)) / 2, which overflows nowhere
    right: Floats = c + (1 - c) * 0.5 * (1 + np.tanh(a * (np.asarray(points, dtype=float)[None, :] - b) / 2))
    return right


def information(known: Sequence[Evidence], points: Sequence[float]) -> Floats:
    """Return the Fisher information, (items with parameters, points): I(θ) = a² (Q / P) ((P − c) / (1 − c))²
    (see Lord 1980, ch. 5)."""
    a, b, c = _parameters(known)
    logistic = 0.5 * (1 + np.tanh(a * (np.asarray(points, dtype=float)[None, :] - b) / 2))
    right = c + (1 - c) * logistic
    with np.errstate(invalid="ignore", divide="ignore"):
        found = a**2 * (1 - right) / right * logistic**2
    # where P underflows to 0 so does the information
    return np.nan_to_num(found, nan=0.0, posinf=0.0)


def measured_information(exam: Exam, found: HeldItems) -> Information | None:
    """Return the information curves of the forms and values derived from them; None if no scored item has
    parameters."""
    complete = _complete([exam.evidence.get(item.id, Evidence()) for item in found.items])
    if not (found.scored.sum(axis=0)[complete] > 0).any():
        return None
    curves, expected = _curves(exam, found, GRID.tolist())
    lacking = (found.scored > 0) & ~complete[None, :]
    whole = np.asarray(~lacking.any(axis=1))
    rule = exam.blueprint.statistics.information if exam.blueprint.statistics else None
    target: Target | None = None
    if rule is not None:
        # The target, the level of a shape, and the relative deviation of each form.
        values = _curves(exam, found, rule.at)[0]
        asked = rule.target if rule.target is not None else rule.shape
        assert asked is not None
        ratios, level = values / np.asarray(asked)[None, :], 1.0
        if rule.target is not None:
            off = np.abs(ratios - 1).max(axis=1)
        else:
            level = float(ratios.min())
            off = ratios.max(axis=1) / level - 1 if level > 0 else np.zeros(len(ratios))
        target = Target(
            kind="absolute" if rule.target is not None else "relative",
            at=rule.at,
            asked=asked,
            level=level,
            within=float(rule.within) / 100,
            values=_tuples(values),
            deviation=tuple(off.tolist()),
        )
    return Information(
        grid=tuple(GRID.tolist()),
        curves=_tuples(curves),
        characteristic=_tuples(expected),
        missing=tuple(tuple(found.items[n].id for n in np.flatnonzero(row)) for row in lacking),
        reliability=_known(1 - (1 / (curves + 1)) @ NORMAL, whole),
        expected_score=_known(expected @ NORMAL, whole),
        target=target,
    )


def _tuples(matrix: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())
