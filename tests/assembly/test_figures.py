"""The figures of a build are what one counts by hand from the printed forms, and never NaN."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from itertools import combinations, groupby
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.assembly import figures, measures
from examgen.assembly.assemble import assemble
from examgen.assembly.figures import build_figures
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.figures import BuildFigures, Demand
from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.models.item import Evidence, Item, Use
from examgen.core.models.standard import Unit
from tests.effort import examples
from tests.samples import PCS, blueprint, blueprint_data, item_data, shelf, unit_data

UNIT = Unit.model_validate(unit_data())


def printed(item: Item, question: int, order: str = "", points: int = 1) -> PrintedItem:
    return PrintedItem(
        question=question,
        item=item,
        unit="T-1",
        element=UNIT.element_of(item.pc),
        order=tuple(order or sorted(item.options)),
        points=points,
    )


def made(
    forms: Sequence[Sequence[dict[str, Any]]],
    evidence: dict[str, Evidence] | None = None,
    held_by_all: tuple[str, ...] = (),
    pilots: Sequence[str] = (),
    **asked: Any,
) -> Exam:
    """An exam of these items, put together by hand."""
    items = [[Item.model_validate(one) for one in form] for form in forms]
    data = blueprint_data(**{"forms": len(forms), "items": len(forms[0]), **asked})
    return Exam(
        blueprint=Blueprint.model_validate(data),
        units=(UNIT,),
        forms=tuple(
            Form(
                name="ABCDEFGH"[n],
                items=tuple(printed(one, q, points=one.id not in pilots) for q, one in enumerate(form, 1)),
            )
            for n, form in enumerate(items)
        ),
        evidence=evidence or {},
        anchor=held_by_all,
    )


def rows(pcs: str, **changes: Any) -> list[dict[str, Any]]:
    """`E1.01:1-3 E2.01:2` as items."""
    found = []
    for part in pcs.split():
        pc, _, numbers = part.partition(":")
        low, _, high = numbers.partition("-")
        found += [item_data(pc, n, **changes) for n in range(int(low), int(high or low) + 1)]
    return found


def tally(found: BuildFigures, family: str, name: str) -> Demand:
    [one] = [one for one in found.demands if (one.family, one.name) == (family, name)]
    return one


def demand(found: BuildFigures, name: str) -> Demand:
    [one] = [one for one in found.demands if one.name == name]
    return one


# ── counts ───────────────────────────────────────────────────────────────────────────────────


def test_items_are_counted_by_criterion_element_category_level_and_status() -> None:
    found = build_figures(
        made(
            [
                [*rows("E1.01:1-3"), *rows("E1.02:1", levels=[4], status="approved")],
                [*rows("E1.01:4-5"), *rows("E2.01:1-2")],
            ]
        )
    )
    assert tally(found, "criterion", "E1.01").values == (3, 2)
    assert tally(found, "criterion", "E2.01").values == (0, 2)
    assert tally(found, "element", "E1").values == (4, 2)
    assert tally(found, "unit", "T-1").values == (4, 4)
    assert tally(found, "level", "3").values == (3, 4)
    assert tally(found, "level", "4").values == (4, 4)
    assert tally(found, "status", "approved").values == (1, 0)
    # by n % 3: 1 understand, 2 apply, 3 remember, 4 understand, 5 apply
    assert tally(found, "cognitive", "understand").values == (2, 2)
    assert tally(found, "cognitive", "evaluate").values == (0, 0)


def test_the_tightest_of_all_quotas_of_a_criterion_is_what_is_asked() -> None:
    asked = {
        "criteria": {"all": {"min": 1, "max": 3}, "E1.01": {"min": "50%"}, "E1.*": {"max": 4}},
        "pass": {"criteria": {"E2.*": 50}},
        "judgement": {"min_items": 2},
    }
    found = build_figures(made([rows("E1.01:1-3 E1.02:1 E2.01:1")], **asked))
    e101 = tally(found, "criterion", "E1.01")
    assert (e101.least, e101.greatest, e101.field) == (3, 3, "criteria.E1.01, criteria.all")
    e201 = tally(found, "criterion", "E2.01")
    assert (e201.least, e201.greatest, e201.field) == (2, 3, "criteria.all, pass.criteria")
    assert (e201.missed, e101.missed) == ((0,), ())
    assert tally(found, "element", "E1").greatest == 4
    assert [one.name for one in found.missed] == ["E2.01"]


def test_quotas_count_what_is_scored_and_pilots_stand_beside() -> None:
    exam = made(
        [rows("E1.01:1-4 E2.01:1")],
        pilots=["E2.01-001"],
        items=4,
        pilot={"items": 1, "statuses": ["draft"]},
        criteria={"E2.01": 0},
    )
    found = build_figures(exam)
    assert tally(found, "items", "scored items").values == (4,)
    assert tally(found, "pilot", "pilot items").values == (1,)
    assert found.missed == []


def test_a_criterion_out_of_scope_is_shown_only_where_it_is_asked_all_the_same() -> None:
    within = build_figures(made([rows("E1.01:1-4")], scope=["E1.*"], criteria={"all": {"min": 1}}))
    assert {one.name for one in within.family("criterion")} == {"E1.01", "E1.02"}
    assert [one.name for one in within.missed] == ["E1.02"]
    beyond = build_figures(made([rows("E1.01:1-4 E2.01:1")], scope=["E1.*"]))
    assert tally(beyond, "criterion", "E2.01").missed == (0,)


def test_sets_stimuli_and_enemies_are_counted() -> None:
    case = rows("E1.01:1-3", shared_stimulus="case")
    enemies = [item_data("E2.01", 1, enemies=["E2.01-002"]), *rows("E2.01:2")]
    sets = [
        {"name": "pair", "items": ["E1.02-001", "E1.02-002"], "together": True},
        {"name": "few", "items": ["E2.01-001", "E2.01-003"], "max": 1},
    ]
    found = build_figures(made([[*case, *enemies], [*case[:2], *rows("E1.02:1 E2.01:3-4")]], sets=sets))
    assert tally(found, "stimulus", "case").missed == (1,)
    assert tally(found, "enemies", "enemy pairs").values == (1, 0)
    assert tally(found, "set", "pair").missed == (1,)
    assert tally(found, "set", "few").values == (1, 1)
    two = build_figures(made([case[:2], case[1:]], stimuli={"min": 2, "max": 2}))
    assert tally(two, "stimulus", "case").missed == ()


def test_an_assembled_exam_meets_all_that_is_asked_and_a_changed_one_does_not() -> None:
    asked = {"criteria": {"all": 4}, "cognitive": {"apply": {"min": "25%"}}, "overlap": {"max": 2}}
    exam = assemble([shelf()], *blueprint(forms=2, **asked))
    found = build_figures(exam)
    assert found.missed == []
    assert len(found.asked) >= 7
    first, second = exam.forms
    short = first.model_copy(update={"items": first.items[1:]})
    missed = {one.name for one in build_figures(exam.model_copy(update={"forms": (short, second)})).missed}
    assert {"scored items", first.items[0].item.pc} <= missed


# ── quantities ───────────────────────────────────────────────────────────────────────────────


def test_quantities_are_means_deviations_and_sums_of_the_scored_items() -> None:
    items = rows("E1.01:1-4")
    items[0]["time_s"] = 40
    facility = [0.2, 0.5, 0.9]
    known = {
        row["id"]: Evidence(facility=f, uses=(Use(administration="x", date="2026-01-01"),) * 2)
        for row, f in zip(items, facility, strict=False)
    }
    found = {one.name: one for one in build_figures(made([items], known)).measured}
    assert found["facility"].known == (3,)
    assert found["facility"].mean[0] == pytest.approx(statistics.mean(facility))
    assert found["facility"].total == (None,)
    lengths = [measures.reading_length(Item.model_validate(row), Evidence(), None) for row in items]  # type: ignore[arg-type]
    assert found["reading_length"].total == (sum(lengths),)
    assert found["time_s"].known == (1,)
    assert found["times_used"].mean == (0.75,)


def test_what_is_asked_of_quantities_and_facility_is_held_against_them() -> None:
    items = rows("E1.01:1-4")
    known = {row["id"]: Evidence(facility=f) for row, f in zip(items, [0.3, 0.5, 0.7, 0.9], strict=True)}
    found = build_figures(
        made(
            [items],
            known,
            quantities={"times_used": {"mean": {"max": 0}, "each": {"max": 1}}},
            statistics={"facility": {"target": 0.5, "within": 0.05, "spread": {"max": 0.25}}},
        )
    )
    assert demand(found, "mean facility").values == (pytest.approx(0.6),)
    assert demand(found, "mean facility").missed == (0,)
    spread = math.sqrt(statistics.mean((f - 0.5) ** 2 for f in (0.3, 0.5, 0.7, 0.9)))
    assert demand(found, "spread of facility").values == (pytest.approx(spread),)
    assert demand(found, "spread of facility").missed == ()
    assert demand(found, "mean number of times used").missed == ()
    assert demand(found, "number of times used of each item").missed == ()


# ── information ──────────────────────────────────────────────────────────────────────────────

CURVES = st.lists(st.tuples(st.floats(0.2, 3), st.floats(-3, 3), st.floats(0, 0.35)), min_size=2, max_size=6)


@given(CURVES)
def test_information_is_the_squared_slope_over_the_variance(parameters: list[tuple[float, ...]]) -> None:
    known = [Evidence(a=a, b=b, c=c) for a, b, c in parameters]
    at, h = np.linspace(-4, 4, 17), 1e-5
    right = figures.probability(known, at.tolist())
    slope = (
        figures.probability(known, (at + h).tolist()) - figures.probability(known, (at - h).tolist())
    ) / (2 * h)
    by_definition = slope**2 / (right * (1 - right))
    found = figures.information(known, at.tolist())
    assert found == pytest.approx(by_definition, rel=1e-4, abs=1e-8)
    # and what the solver works on is the same, rounded
    assert np.abs(measures.information(known, at.tolist()) - found).max() <= 0.6e-5


def test_information_peaks_where_birnbaum_says() -> None:
    # Birnbaum 1968, eq. 20.4.22: θ = b + ln((1 + √(1 + 8c)) / 2) / a
    at = np.linspace(-2, 3, 50_001)
    curve = figures.information([Evidence(a=1.4, b=0.3, c=0.2)], at.tolist())[0]
    peak = 0.3 + math.log((1 + math.sqrt(1 + 8 * 0.2)) / 2) / 1.4
    assert at[curve.argmax()] == pytest.approx(peak, abs=2e-4)
    assert figures.information([Evidence(a=1, b=0)], [0.0])[0, 0] == pytest.approx(0.25)
    extreme = figures.information([Evidence(a=500, b=4), Evidence(a=500, b=-4, c=0.2)], [-4.0, 4.0])
    assert np.isfinite(extreme).all()


def two_forms(**asked: Any) -> Exam:
    forms = [rows("E1.01:1-6"), rows("E1.02:1-6")]
    known = {
        row["id"]: Evidence(a=1 + 0.1 * n, b=-1 + 0.4 * n, c=0.1, facility=0.5)
        for form in forms
        for n, row in enumerate(form)
    }
    known["E1.02-006"] = Evidence(a=2.0, b=1.0, c=0.1, facility=0.5)
    return made(forms, known, **asked)


def test_curves_reliability_and_expected_scores_of_the_forms() -> None:
    exam = two_forms()
    shown = build_figures(exam).information
    assert shown is not None
    assert (len(shown.grid), shown.grid[0], shown.grid[40], shown.grid[80]) == (81, -4, 0, 4)
    known = [exam.evidence[p.item.id] for p in exam.forms[0].items]
    assert shown.curves[0] == pytest.approx(measures.information(known, shown.grid).sum(axis=0), abs=1e-4)
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    weights = weights / weights.sum()
    information = figures.information(known, nodes.tolist()).sum(axis=0)
    assert shown.reliability[0] == pytest.approx(1 - weights @ (1 / (information + 1)), abs=5e-4)
    expected = figures.probability(known, nodes.tolist()).sum(axis=0)
    assert shown.expected_score[0] == pytest.approx(weights @ expected, abs=5e-4)
    curve = measures.information(known, measures.GRID.tolist()).sum(axis=0)
    assert shown.reliability[0] == pytest.approx(measures.reliability(curve), abs=1e-4)


def test_items_without_parameters_are_named_and_leave_sums_unknown() -> None:
    exam = two_forms()
    known = {**exam.evidence, "E1.01-003": Evidence(facility=0.5)}
    shown = build_figures(exam.model_copy(update={"evidence": known})).information
    assert shown is not None
    assert shown.missing == (("E1.01-003",), ())
    assert shown.expected_score[0] is None
    assert shown.expected_score[1] is not None
    nothing = build_figures(exam.model_copy(update={"evidence": {}}))
    assert nothing.information is None


def test_a_target_is_held_against_the_curves() -> None:
    at = [-1, 0, 1]
    plain = build_figures(two_forms(statistics={"information": {"at": at, "shape": [1, 1, 1]}})).information
    assert plain is not None
    assert plain.target is not None
    values = np.array(plain.target.values)
    assert plain.target.level == pytest.approx(values.min())
    assert plain.target.deviation == pytest.approx(values.max(axis=1) / values.min() - 1)
    near = [round(float(v), 3) for v in values[0]]
    information = {"at": at, "target": near, "within": 1}
    found = build_figures(two_forms(statistics={"information": information, "reliability": {"min": 0.3}}))
    off = demand(found, "information off target")
    assert off.values[0] == pytest.approx(0, abs=1e-3)
    assert off.values[1] == pytest.approx(np.abs(values[1] / near - 1).max())
    assert off.missed == (1,)
    assert demand(found, "marginal reliability").missed == ()


def test_the_error_at_the_cut_is_one_over_the_root_of_information() -> None:
    exam = two_forms(statistics={"sem": {"at": 0.25, "max": 0.8}})
    found = demand(build_figures(exam), "standard error at θ = 0.25")
    known = [exam.evidence[p.item.id] for p in exam.forms[0].items]
    assert found.values[0] == pytest.approx(measures.information(known, [0.25]).sum() ** -0.5, abs=1e-4)
    assert build_figures(made([rows("E1.01:1")], statistics={"sem": {"at": 0, "max": 1}})).family("measured")[
        0
    ].values == (None,)


# ── keys, shared items, exposure ─────────────────────────────────────────────────────────────


def test_letters_of_keys_are_counted_as_printed() -> None:
    items = [Item.model_validate(item_data("E1.01", n, key=key)) for n, key in enumerate("aaabcd", 1)]
    items.append(Item.model_validate(item_data("E1.01", 7, key=["a", "b"])))
    form = Form(
        name="A",
        items=tuple(printed(item, q, order="badc") for q, item in enumerate(items, 1)),
    )
    exam = made([rows("E1.01:1")]).model_copy(update={"forms": (form,)})
    found = build_figures(exam)
    # printed b a d c: key a is letter B, b is A, c is D, d is C
    assert found.keys.letters == "ABCD"
    assert found.keys.counts == ((1, 3, 1, 1),)
    assert (found.keys.several, found.keys.spread, found.keys.longest_run) == ((1,), (2,), (3,))
    assert [one.name for one in found.demands if one.field.startswith("order.")] == []


def test_shared_items_leave_the_anchor_aside() -> None:
    forms = [
        rows("E1.01:1-3 E1.02:1-2"),
        rows("E1.02:1 E1.01:1-2 E1.01:4 E2.01:1"),
        rows("E1.01:1-2 E2.01:2-4"),
    ]
    asked = {"overlap": {"max": 0}, "anchor": {"items": 2, "mirror": False}, "exposure": {"forms": 1}}
    found = build_figures(made(forms, held_by_all=("E1.01-001", "E1.01-002"), **asked))
    assert found.sharing.matrix == ((3, 1, 0), (1, 3, 0), (0, 0, 3))
    assert found.sharing.pairs == ((0, 2), (1, 1))
    assert found.sharing.outside == ()
    assert demand(found, "shared items").missed == (1,)
    assert demand(found, "forms that hold an item").missed == (1,)
    assert dict(found.exposure.uses)["E1.02-001"] == 2
    assert found.exposure.uses[0] == ("E1.01-001", 3)
    assert found.exposure.distribution == ((1, 7), (2, 1), (3, 2))


def test_an_anchor_that_some_form_lacks_is_told() -> None:
    forms = [rows("E1.01:1-4"), rows("E1.01:2-5")]
    found = build_figures(made(forms, held_by_all=("E1.01-001",), overlap=3))
    assert found.sharing.outside == ("E1.01-001",)


def test_an_anchor_that_mirrors_the_form_has_its_share_of_each_quota() -> None:
    forms = [rows("E1.01:1-6 E2.01:1-6"), rows("E1.01:1-2 E2.01:1 E1.01:7-10 E2.01:7-11")]
    asked = {"criteria": {"E1.01": 6, "E2.01": 6}, "anchor": 4, "overlap": 0}
    right = made(forms, held_by_all=("E1.01-001", "E1.01-002", "E2.01-001", "E2.01-002"), **asked)
    wrong = right.model_copy(update={"anchor": ("E1.01-001", "E1.01-002", "E2.01-001")})
    assert [one.missed for one in build_figures(right).family("anchor")] == [(), (), ()]
    assert {(one.name, one.missed) for one in build_figures(wrong).family("anchor")} == {
        ("items of the anchor", (0,)),
        ("E1.01", ()),
        ("E2.01", (0,)),
    }


# ── laws ─────────────────────────────────────────────────────────────────────────────────────

BANK = [item_data(pc, n) for pc in PCS for n in range(1, 7)]
DRAWN = st.lists(st.sets(st.integers(0, len(BANK) - 1), min_size=3, max_size=9), min_size=1, max_size=5)


@settings(max_examples=examples(40))
@given(DRAWN, st.randoms(use_true_random=False))
def test_whatever_is_drawn_is_counted_as_by_hand(drawn: list[set[int]], chance: Any) -> None:
    forms = [[BANK[n] for n in chance.sample(sorted(form), len(form))] for form in drawn]
    found = build_figures(made(forms, overlap={"min": 0}))
    for n, form in enumerate(forms):
        assert tally(found, "items", "scored items").values[n] == len(form)
        by_pc = Counter(row["pcs"][0] for row in form)
        assert {one.name: one.values[n] for one in found.family("criterion")} == {pc: by_pc[pc] for pc in PCS}
        keys = [row["key"] for row in form]
        assert dict(zip("abcd", found.keys.counts[n], strict=True)) == {k: keys.count(k) for k in "abcd"}
        assert found.keys.longest_run[n] == max(len(list(run)) for _, run in groupby(keys))
    shared = Counter(len(one & other) for one, other in combinations(drawn, 2))
    assert dict(found.sharing.pairs) == dict(shared)
    uses = Counter(n for form in drawn for n in form)
    assert sum(n for _, n in found.exposure.uses) == sum(uses.values())
    assert_no_nan(found)


def assert_no_nan(value: object) -> None:
    if isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, tuple):
        for part in value:
            assert_no_nan(part)


def test_many_forms_have_a_distribution_in_place_of_a_matrix() -> None:
    forms = [[BANK[(n * k) % len(BANK)] for n in range(4)] for k in (1, 5, 7, 11, 13) for _ in range(12)]
    exam = made(forms[:8], overlap={"min": 0})
    many = exam.model_copy(
        update={
            "forms": tuple(exam.forms[n % 8].model_copy(update={"name": f"{n:03d}"}) for n in range(1200)),
        }
    )
    found = build_figures(many)
    assert found.sharing.matrix == ()
    assert sum(n for _, n in found.sharing.pairs) == 1200 * 1199 // 2
    by_pairs = Counter(
        len({p.item.id for p in one.items} & {p.item.id for p in other.items})
        for one, other in combinations(exam.forms, 2)
    )
    assert set(dict(found.sharing.pairs)) == set(by_pairs) | {4}
