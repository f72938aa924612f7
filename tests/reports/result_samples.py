"""Scored rows made by chance, for the tests of the result files."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
from hypothesis import strategies as st

from examgen.scoring.criteria import groups_of
from examgen.scoring.results import (
    CriterionScale,
    JudgedColumns,
    ResultLayout,
    ResultPlace,
    ResultRows,
    ScoreScale,
)

CELLS = st.text(st.sampled_from("ก้าAz09 -=+@,\"\t\r\n'.;é😀"), max_size=6)
NAMES = st.sampled_from(["สมชาย ใจดี", "x", "ห้อง 1", "a=b", "1+1"])
IDS = st.text(st.sampled_from("ก้A09-=+@,\"\t\r\n'"), min_size=1, max_size=13)


def number(units: int, unit: int) -> str:
    """Points as text: `3`, `2.5`, `-0.25`."""
    value = Fraction(units, unit)
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.2f}"


def scale(n_items: int, most: int, least: int, unit: int) -> CriterionScale:
    """Of a criterion with items of any points."""
    numbers = range(least, most + 1)
    percent = tuple(f"{100 * n / most:.2f}" if most and n_items else None for n in numbers)
    low = tuple(f"{max(0, float(p) - 7):.2f}" if p else None for p in percent)
    status = ("not_met", "insufficient", "met") if n_items else ("not_assessed",)
    texts = tuple(number(n, unit) for n in numbers)
    return CriterionScale(
        n_items, most, least, texts, percent, low, percent, tuple(status[n % len(status)] for n in numbers)
    )


A_FEW = st.integers(1, 5)


@st.composite
def exams(draw: st.DrawFn, n_forms: st.SearchStrategy[int] = A_FEW) -> ResultLayout:
    """An exam of a few criteria, of which each form asks another number of items."""
    unit = draw(st.sampled_from([1, 1, 2, 4]))
    criteria = draw(
        st.lists(st.sampled_from([(u, e, f"{e}.{n}") for u in "UV" for e in "AB" for n in "12"]), min_size=1, unique=True)
    )  # fmt: skip
    forms = draw(n_forms)
    known = [shapes(draw, unit) for _ in criteria]
    chance = np.random.default_rng(draw(st.integers(0, 99)))
    shape = np.stack([chance.integers(0, len(scales), forms) for scales in known], axis=1)
    elements, in_all = groups_of(criteria)
    places = [ResultPlace("element", *name) for name in elements.names]
    places += [ResultPlace("unit", unit) for unit, _ in in_all.names]
    members = [*elements.members, *in_all.members]
    names = draw(st.lists(CELLS.filter(bool), min_size=min(forms, 5), max_size=min(forms, 5), unique=True))
    names += [f"F-{n}" for n in range(len(names), forms)]
    trailing = draw(st.sampled_from([(), ("scaled",), ("rank", "percentile")]))
    extras = draw(st.lists(CELLS.map(lambda text: f"{text}x"), max_size=2, unique=True))
    decided = draw(st.booleans())
    return ResultLayout(
        tuple(names),
        tuple(sum(known[k][s].n_items for k, s in enumerate(line)) + 2 for line in shape.tolist()),
        JudgedColumns(tuple(ResultPlace("pc", *one) for one in criteria), tuple(known), shape),
        summed(places, members, known, shape, unit),
        tuple(members),
        totals(known, shape, unit, trailing),
        decided,
        decided and draw(st.booleans()),
        tuple(extras),
    )


def shapes(draw: st.DrawFn, unit: int) -> tuple[CriterionScale, ...]:
    """The scales of a criterion, different ones."""
    sizes = draw(
        st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=1, max_size=3, unique=True)
    )
    return tuple(scale(n, n * unit, -below if n else 0, unit) for n, below in sizes)


def summed(
    places: list[ResultPlace], members: list[tuple[int, ...]], known: Any, shape: Any, unit: int
) -> JudgedColumns:
    """Elements and units with scales of their own."""
    scales: list[tuple[CriterionScale, ...]] = []
    columns: list[list[int]] = []
    for group in members:
        found: dict[tuple[int, int, int], int] = {}
        columns.append([])
        for line in shape.tolist():
            parts = [known[k][line[k]] for k in group]
            key = (
                sum(p.n_items for p in parts), sum(p.max_units for p in parts), sum(p.least_units for p in parts)
            )  # fmt: skip
            columns[-1].append(found.setdefault(key, len(found)))
        scales.append(tuple(scale(*key, unit) for key in found))
    return JudgedColumns(tuple(places), tuple(scales), np.array(columns).T)


def totals(known: Any, shape: Any, unit: int, names: tuple[str, ...]) -> ScoreScale:
    """What totals mean."""
    least, leading, trailing = [], [], []
    for form, line in enumerate(shape.tolist()):
        parts = [known[k][s] for k, s in enumerate(line)]
        low, high = sum(p.least_units for p in parts), sum(p.max_units for p in parts)
        least.append(low)
        leading.append(
            tuple((number(n, unit), number(high, unit), f"{100 * n / high:.2f}" if high else "") for n in range(low, high + 1))
        )  # fmt: skip
        trailing.append(
            tuple(tuple(f"{n + k + form % 2}.5" for k in range(len(names))) for n in range(low, high + 1))
        )
    return ScoreScale(tuple(least), tuple(leading), names, tuple(trailing) if names else ())


@st.composite
def scored(draw: st.DrawFn, layout: ResultLayout, most: int = 8) -> ResultRows:
    """Rows of that exam."""
    n = draw(st.integers(0, most))
    chance = np.random.default_rng(draw(st.integers(0, 99)))
    form = chance.integers(0, len(layout.forms), n)
    units = np.zeros((n, len(layout.criteria.places)), np.int32)
    for row, f in enumerate(form):
        for k, scales in enumerate(layout.criteria.scales):
            one = scales[layout.criteria.shape[f, k]]
            units[row, k] = chance.integers(one.least_units, one.max_units + 1)
    ids = np.array([draw(IDS).encode() for _ in range(n)] or [b""], "S")[:n]
    kind: Any = draw(st.sampled_from([CELLS, st.none() | CELLS, st.just("ห้อง 1")]))
    texts = st.just([None] * n) | st.lists(kind, min_size=n, max_size=n)
    text: Any = draw(st.sampled_from([CELLS, NAMES, NAMES, NAMES | st.just("\ud55c")]))
    texts |= st.lists(text, min_size=n, max_size=n)
    column: Any = texts.map(lambda cells: pl.Series(cells, dtype=pl.String))
    return ResultRows(
        ids,
        form,
        units,
        marks(layout, form, chance, draw(st.booleans())),
        chance.integers(0, 2, n).astype(bool) if layout.decided else None,
        chance.integers(0, 2, n).astype(bool) if layout.second_look else None,
        tuple(draw(column) for _ in layout.extra_names),
    )


def marks(layout: ResultLayout, form: Any, chance: np.random.Generator, plain: bool) -> Any:
    """Kinds of marks that add up to the questions."""
    found = np.zeros((len(form), 4), np.int32)
    for row, f in enumerate(form):
        left = layout.n_questions[f]
        for kind in () if plain else (3, 2, 1):
            found[row, kind] = chance.integers(0, left + 1) * chance.integers(0, 2)
            left -= found[row, kind]
        found[row, 0] = left
    return found


def often(layout: ResultLayout, rows: ResultRows, times: int) -> tuple[ResultLayout, ResultRows]:
    """The same with each form many times over, under other names, of other numbers of questions."""
    n = len(layout.forms)
    more = layout._replace(
        forms=tuple(f"{name}-{k}" for k in range(times) for name in layout.forms),
        n_questions=tuple(size + k % 7 for k in range(times) for size in layout.n_questions),
        criteria=layout.criteria._replace(shape=np.tile(layout.criteria.shape, (times, 1))),
        groups=layout.groups._replace(shape=np.tile(layout.groups.shape, (times, 1))),
        total=ScoreScale(
            layout.total.least_units * times,
            layout.total.leading * times,
            layout.total.trailing_names,
            layout.total.trailing * times,
        ),
    )
    form = rows.form + n * ((np.arange(len(rows.form)) * 977) % times)
    return more, rows._replace(form=form)
