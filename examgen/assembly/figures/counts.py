"""An exam → what its forms hold: items of each kind, letters of the keys, shared items, exposure.

Everything is read off the printed forms; nothing of the solver's task or solution is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.order.key_places import run_of, spread_of
from examgen.assembly.order.ordering import key_place
from examgen.core.models.amounts import Quota
from examgen.core.models.base import COGNITIVE, STATUSES
from examgen.core.models.blueprint import matches
from examgen.core.models.build_figures import Exposure, Family, Keys, Sharing, Tally
from examgen.core.models.form import Exam
from examgen.core.models.item import Item
from examgen.core.text.characters import LETTERS

Floats = npt.NDArray[np.float64]

MATRIX_FORMS = 40
"""With more forms than these the matrix of shared items is left out: its distribution says more."""
_CHUNK = 1000


class Held(NamedTuple):
    """Who holds what: the printed items of all forms, each once, and the forms that print them."""

    items: tuple[Item, ...]
    """Sorted by id; `units` and `elements` stand beside them."""
    units: tuple[str, ...]
    elements: tuple[str, ...]
    printed: Floats
    """(forms, items), 1 where the form prints the item."""
    scored: Floats
    """The same of items that count."""
    first: npt.NDArray[np.int64]
    """(items,), the smallest question number that the item has in any form, as `last` the greatest."""
    last: npt.NDArray[np.int64]

    def where(self, names: Sequence[str]) -> npt.NDArray[np.bool_]:
        """(items,), true for the items of these ids."""
        wanted = set(names)
        return np.array([item.id in wanted for item in self.items], dtype=bool)


def held(exam: Exam) -> Held:
    """The forms as matrices."""
    known = {p.item.id: p for form in exam.forms for p in form.items}
    ids = sorted(known)
    position = {name: n for n, name in enumerate(ids)}
    flat = [
        (f, position[p.item.id], p.question, p.points > 0)
        for f, form in enumerate(exam.forms)
        for p in form.items
    ]
    forms, items, questions, counting = np.array(flat, dtype=np.int64).reshape(-1, 4).T
    printed = np.zeros((len(exam.forms), len(ids)))
    # an item that a form prints twice counts twice
    np.add.at(printed, (forms, items), 1)
    scored = np.zeros_like(printed)
    np.add.at(scored, (forms, items), counting)
    first = np.full(len(ids), np.iinfo(np.int64).max)
    last = np.zeros(len(ids), dtype=np.int64)
    np.minimum.at(first, items, questions)
    np.maximum.at(last, items, questions)
    return Held(
        tuple(known[name].item for name in ids),
        tuple(known[name].unit for name in ids),
        tuple(known[name].element for name in ids),
        printed, scored, first, last,
    )  # fmt: skip


# ── quotas ───────────────────────────────────────────────────────────────────────────────────


class _Asked(NamedTuple):
    """The tightest of all that is asked of one kind of item."""

    least: int = 0
    greatest: int | None = None
    fields: tuple[str, ...] = ()

    def also(self, field: str, least: int, greatest: int | None) -> _Asked:
        upper = [bound for bound in (self.greatest, greatest) if bound is not None]
        return _Asked(max(self.least, least), min(upper, default=None), (*self.fields, field))


def tallies(exam: Exam, found: Held) -> tuple[Tally, ...]:
    """Every count of every form: asked or not, in the order of the standard."""
    per_form = [
        *_lengths(exam, found),
        *_units(exam, found),
        *_standard(exam, found),
        *_mixes(exam, found),
        *_sets(exam, found),
        *_stimuli(exam, found),
        *_enemies(found),
    ]
    # The anchor's size, and its share of each quota where it mirrors the form.
    anchor: list[Tally] = []
    rule = exam.blueprint.anchor
    if rule is not None:
        anchor.append(
            Tally("anchor", "items of the anchor", "anchor", (len(exam.anchor),), rule.items, rule.items)
        )
        if rule.mirror:
            inside = found.where(exam.anchor).astype(float)[None, :]
            alone = found._replace(scored=inside, printed=inside)
            counted = {
                (one.family, one.name): one.counts for one in (*_units(exam, alone), *_standard(exam, alone))
            }
            counted |= {(one.family, one.name): one.counts for one in _mixes(exam, alone)}
            for row in per_form:
                if row.family in _MIRRORED and row.field.split(".")[0] not in ("", "pass", "scope"):
                    share = rule.items / exam.blueprint.items
                    greatest = (
                        None if row.greatest is None else min(rule.items, ceil(row.greatest * share - 1e-9))
                    )
                    anchor.append(Tally(
                        "anchor", row.name, "anchor", counted[row.family, row.name],
                        floor(row.least * share + 1e-9), greatest, text=row.text,
                    ))  # fmt: skip
    return (*per_form, *anchor)


def _tally(
    matrix: Floats, family: Family, name: str, mask: Sequence[bool], asked: _Asked, text: str = ""
) -> Tally:
    counts = tuple(int(n) for n in matrix @ np.array(mask, dtype=float))
    return Tally(family, name, ", ".join(asked.fields), counts, asked.least, asked.greatest, text=text)


def _quota(exam: Exam, asked: _Asked, field: str, quota: Quota | None) -> _Asked:
    if quota is None:
        return asked
    least, greatest = quota.bounds(exam.blueprint.items)
    return asked.also(field, least, None if greatest >= exam.blueprint.items else greatest)


def _lengths(exam: Exam, found: Held) -> Iterator[Tally]:
    n, every = exam.blueprint.items, [True] * len(found.items)
    yield _tally(found.scored, "items", "scored items", every, _Asked(n, n, ("items",)))
    pilots = exam.blueprint.pilot.items if exam.blueprint.pilot else 0
    if pilots or (found.printed > found.scored).any():
        asked = _Asked(pilots, pilots, ("pilot",))
        yield _tally(found.printed - found.scored, "pilot", "pilot items", every, asked)


def _units(exam: Exam, found: Held) -> Iterator[Tally]:
    for unit in exam.units:
        code = str(unit.code)
        asked = _quota(exam, _Asked(), f"unit_mix.{code}", exam.blueprint.unit_mix.get(code))
        mask = [one == code for one in found.units]
        yield _tally(found.scored, "unit", code, mask, asked, unit.title or "")


def _standard(exam: Exam, found: Held) -> Iterator[Tally]:
    """Each element followed by its criteria; those out of scope only where they are asked all the same."""
    quotas = exam.blueprint.criteria
    for unit in exam.units:
        for element in unit.elements:
            rows = [
                _criterion(exam, found, element.code, pc.code, pc.text)
                for pc in element.criteria
                if _in_scope(exam, pc.code, element.code) or any(item.pc == pc.code for item in found.items)
            ]
            if rows:
                pattern = f"{element.code}.*"
                asked = _quota(exam, _Asked(), f"criteria.{pattern}", quotas.get(pattern))
                mask = [
                    (place, code) == (str(unit.code), element.code)
                    for place, code in zip(found.units, found.elements, strict=True)
                ]
                yield _tally(found.scored, "element", element.code, mask, asked, element.title)
                yield from rows


def _in_scope(exam: Exam, pc: str, element: str) -> bool:
    scope = exam.blueprint.scope
    return not scope or any(matches(pattern, pc, element) for pattern in scope)


def _criterion(exam: Exam, found: Held, element: str, pc: str, text: str) -> Tally:
    blueprint = exam.blueprint
    asked = _quota(exam, _Asked(), f"criteria.{pc}", blueprint.criteria.get(pc))
    if _in_scope(exam, pc, element):
        asked = _quota(exam, asked, "criteria.all", blueprint.criteria.get("all"))
    else:
        asked = asked.also("scope", 0, 0)
    deciding = blueprint.pass_rule.criteria if blueprint.pass_rule else {}
    if any(matches(pattern, pc, element) for pattern in deciding):
        asked = asked.also("pass.criteria", blueprint.judgement.min_items, None)
    return _tally(found.scored, "criterion", pc, [item.pc == pc for item in found.items], asked, text)


def _mixes(exam: Exam, found: Held) -> Iterator[Tally]:
    blueprint = exam.blueprint
    for category in COGNITIVE:
        asked = _quota(exam, _Asked(), f"cognitive.{category}", blueprint.cognitive.get(category))
        mask = [item.cognitive == category for item in found.items]
        yield _tally(found.scored, "cognitive", category, mask, asked)
    suited = {level for item in found.items for level in item.levels} | set(blueprint.level_mix)
    for level in sorted(suited):
        asked = _quota(exam, _Asked(), f"level_mix.{level}", blueprint.level_mix.get(level))
        yield _tally(found.scored, "level", str(level), [level in item.levels for item in found.items], asked)
    for status in STATUSES:
        asked = _quota(exam, _Asked(), f"status_mix.{status}", blueprint.status_mix.get(status))
        mask = [item.status == status for item in found.items]
        if any(mask) or asked.fields:
            yield _tally(found.scored, "status", status, mask, asked)


def _sets(exam: Exam, found: Held) -> Iterator[Tally]:
    for one in exam.blueprint.sets:
        size = len(one.items)
        asked = _Asked(size, size, ("sets",)) if one.together else _Asked(one.min, one.max, ("sets",))
        row = _tally(found.printed, "set", one.name, list(found.where(one.items)), asked)
        yield row._replace(or_none=one.together)


def _stimuli(exam: Exam, found: Held) -> Iterator[Tally]:
    """Without numbers a form that asks of a stimulus asks all of its items that any form prints."""
    rule = exam.blueprint.stimuli
    pairs = [(unit, item.shared_stimulus) for unit, item in zip(found.units, found.items, strict=True)]
    for unit, stimulus in sorted({(unit, name) for unit, name in pairs if name is not None}):
        mask = [pair == (unit, stimulus) for pair in pairs]
        whole = rule.min is None and rule.max is None
        least, greatest = (sum(mask), sum(mask)) if whole else (rule.min or 1, rule.max)
        asked = _Asked(least, greatest, ("stimuli",))
        yield _tally(found.printed, "stimulus", stimulus, mask, asked)._replace(or_none=True)


def _enemies(found: Held) -> Iterator[Tally]:
    """Pairs of enemies in each form, where any printed items are enemies: there may be none."""
    position = {item.id: n for n, item in enumerate(found.items)}
    pairs = {
        frozenset((n, position[enemy]))
        for n, item in enumerate(found.items)
        for enemy in item.enemies
        if enemy in position and enemy != item.id
    }
    models = sorted({item.model.id for item in found.items if item.model is not None})
    if pairs or models:
        together = np.zeros(len(found.printed))
        for one, other in map(sorted, pairs):
            together += np.minimum(found.printed[:, one], found.printed[:, other])
        for model in models:
            held = sum(
                found.printed[:, n]
                for n, item in enumerate(found.items)
                if (item.model is not None and item.model.id == model)
            )
            together += held * (held - 1) / 2
        counts = tuple(int(n) for n in together)
        yield Tally("enemies", "enemy pairs", "enemies", counts, 0, 0)


_MIRRORED = ("unit", "element", "criterion", "cognitive", "level", "status")


# ── keys ─────────────────────────────────────────────────────────────────────────────────────


def keys(exam: Exam) -> Keys:
    """Letters of the right answers of each form, as they are printed."""
    forms = exam.forms
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


def sharing(exam: Exam, found: Held) -> Sharing:
    """Items that forms share, pair by pair."""
    anchored = found.where(exam.anchor)
    others = found.printed[:, ~anchored].astype(np.float32)
    several = (found.printed > 0).sum(axis=0) > 1
    apart = found.last - found.first
    matrix = (others @ others.T).astype(int) if len(others) <= MATRIX_FORMS else np.zeros((0, 0), dtype=int)
    in_all = np.asarray((found.printed > 0).all(axis=0), dtype=bool)
    held_by_all = {item.id for item, everywhere in zip(found.items, in_all, strict=True) if everywhere}
    # How many pairs of forms share how many items, a chunk of forms at a time.
    n = len(others)
    pairs = np.zeros(int(others.sum(axis=1).max(initial=0)) + 1, dtype=np.int64)
    for start in range(0, n, _CHUNK):
        shared = (others[start : start + _CHUNK] @ others[start:].T).astype(np.int64)
        upper = np.triu(np.ones(shared.shape, dtype=bool), k=1)
        pairs += np.bincount(shared[upper], minlength=len(pairs))
    return Sharing(
        matrix=tuple(tuple(row) for row in matrix.tolist()),
        pairs=tuple((shared, int(count)) for shared, count in enumerate(pairs) if count),
        anchor=tuple(exam.anchor),
        outside=tuple(name for name in exam.anchor if name not in held_by_all),
        anchor_apart=_most(apart[anchored & several]),
        shared_apart=_most(apart[~anchored & several]),
    )


def _most(values: npt.NDArray[np.int64]) -> int | None:
    return int(values.max()) if values.size else None


def exposure(found: Held) -> Exposure:
    """In how many forms each item stands."""
    n_forms = (found.printed > 0).sum(axis=0)
    uses = [(item.id, int(n)) for item, n in zip(found.items, n_forms, strict=True)]
    return Exposure(tuple(sorted(uses, key=lambda use: (-use[1], use[0]))))
