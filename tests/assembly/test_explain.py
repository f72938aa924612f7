"""Blueprints that cannot be met: the cause that was planted is named, and every repair makes them feasible."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from itertools import cycle, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.assembly.assemble import find_forms
from examgen.assembly.infeasible import fields
from examgen.assembly.infeasible.explain import Explanation, explain
from examgen.assembly.measures import information
from examgen.assembly.search import solver
from examgen.assembly.task import Infeasible
from examgen.assembly.usable import Bank, bank_of, pool_of
from examgen.bank.loading import load_unit
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.item import BankUnit, Evidence, Item, Use
from examgen.core.yamlfile import Document, parse, validate
from tests.effort import examples, some
from tests.samples import PCS, blueprint, item_data, shelf

FOLDER = Path(__file__).parent / "infeasible"
BLUEPRINTS = sorted(FOLDER.glob("*.yaml"))
REAL = Path(__file__).parents[2] / "item_bank"


# ── banks ────────────────────────────────────────────────────────────────────────────────────


def eight() -> list[dict[str, Any]]:
    return [item_data(pc, n) for pc in PCS for n in range(1, 9)]


def levels() -> BankUnit:
    rows = eight()
    for row in rows:
        row["levels"] = [4]
    for row in rows[:6]:
        row["levels"] = [3]
    for row in rows[10:16]:
        row["levels"] = [3, 4]
    return shelf(items=rows)


def statuses() -> BankUnit:
    rows = eight()
    for row in rows[:6]:
        row["status"] = "operational"
    return shelf(items=rows)


def used() -> BankUnit:
    both = (Use(administration="2026-1", date="2026-01-05"), Use(administration="2026-2", date="2026-07-06"))
    first = shelf(8)
    return first.model_copy(update={"evidence": {item.id: Evidence(uses=both) for item in first.items[:6]}})


def stimuli() -> BankUnit:
    rows = [row for row in eight() if row["id"] not in ("E1.01-007", "E1.01-008")]
    for n, row in enumerate(rows[:6]):
        row["shared_stimulus"] = f"case-{1 + n // 3}"
    return shelf(items=rows)


def enemies() -> BankUnit:
    rows = [row for row in eight() if row["id"] not in [f"E1.01-00{n}" for n in range(5, 9)]]
    for row in rows[:4]:
        row["enemies"] = [other["id"] for other in rows[:4] if other is not row]
    return shelf(items=rows)


def rated() -> BankUnit:
    first = shelf(8)
    known = {
        item.id: Evidence(facility=round(0.3 + 0.015 * n, 3), a=0.8 + 0.01 * n, b=round(-0.8 + n / 15, 3))
        for n, item in enumerate(first.items)
    }
    return first.model_copy(update={"evidence": known})


def pilots() -> BankUnit:
    rows = eight()
    for row in rows[6:8]:
        row["status"] = "pilot"
    return shelf(items=rows)


BANKS: dict[str, Callable[[], BankUnit]] = {
    one.__name__: one for one in (levels, statuses, used, stimuli, enemies, rated, pilots)
}


@cache
def bank(name: str) -> BankUnit:
    if name.startswith("plain-"):
        return shelf(int(name.removeprefix("plain-")))
    if name in BANKS:
        return BANKS[name]()
    unit, problems = load_unit(REAL / name)
    assert unit is not None, problems
    return unit


# ── cases ────────────────────────────────────────────────────────────────────────────────────


def planted(path: Path) -> dict[str, str]:
    """`cause`, `code` and `bank` from the comments of a blueprint."""
    lines = [line[2:] for line in path.read_text("utf-8").splitlines() if line.startswith("# ")]
    return dict(line.split(": ", 1) for line in lines[1:])


def read(data: Any, document: Document) -> Blueprint:
    blueprint, problems = validate(document, [], data, Blueprint)
    assert blueprint is not None, problems
    return blueprint


@cache
def explained(path: Path) -> tuple[Document, Bank, Explanation]:
    document, problems = parse(path.read_text("utf-8"), path.name)
    assert not problems
    blueprint = read(document.data, document)
    held = bank_of([bank(planted(path)["bank"])])
    with pytest.raises(Infeasible):
        find_forms(pool_of(held, blueprint), blueprint)
    return document, held, explain(held, blueprint, document, find_forms, solver.solve)


@pytest.mark.parametrize("path", some(BLUEPRINTS, 12), ids=lambda path: path.stem)
def test_the_planted_cause_is_named_and_no_other_and_every_repair_followed_as_data_gives_forms(
    path: Path,
) -> None:
    document, held, explanation = explained(path)
    causes, codes = (planted(path)[key].split("; ") for key in ("cause", "code"))
    data = explanation.data
    found = {(why["code"], why["field"], tuple(why["clash"])) for why in data["causes"]}
    for cause, code in zip(causes, codes, strict=True):
        named = cause.split(", ")
        assert [one for one in found if one[:2] == (code, named[0]) and {*named[1:]} <= {*one[2]}], (
            cause,
            found,
        )
    assert len({(code, field) for code, field, _ in found}) == len(causes), found
    assert all(why["smallest"] for why in data["causes"])
    for one in (*data["causes"], *data["repairs"]):
        assert one["message"].replace(";\n", "; ").isprintable()
        assert not any("\u0e00" <= letter <= "\u0e7f" for letter in one["message"].replace("คู่", ""))
        assert any("\u0e00" <= letter <= "\u0e7f" for letter in one["th"])
    assert data["repairs"]
    for repair in data["repairs"]:
        follow(json.loads(json.dumps(repair)), document, held)


def follow(repair: dict[str, Any], document: Document, held: Bank) -> None:
    """Do what a repair says, as data, and build the forms; the solver's answer is recounted there."""
    data = deepcopy(document.data)
    for change in repair["change"]:
        put(data, change["path"], change["to"])
    blueprint = read(data, document)
    made = [item for n, line in enumerate(repair["write"]) for item in write(line, n, blueprint, held)]
    wider = held._replace(items=(*held.items, *made), evidence={**held.evidence, **ratings(made, repair)})
    find_forms(pool_of(wider, blueprint), blueprint)


def put(data: Any, path: list[str | int], value: Any) -> None:
    for step in path[:-1]:
        if isinstance(data, dict) and not isinstance(data.get(step), dict | list):
            short = data.get(step)
            data[step] = {} if short is None else {"items": short}
        data = data[step]
    key = path[-1]
    data[str(key) if isinstance(data, dict) and str(key) in data else key] = value


def write(line: dict[str, Any], number: int, blueprint: Blueprint, held: Bank) -> list[Item]:
    status = (line["statuses"] or blueprint.statuses)[0]
    pc = line["pc"] or held.items[0].pc
    category = (line["cognitive"] or ["understand"])[0]
    return [
        Item.model_validate(
            item_data(pc, n, id=f"{pc}-new{number}-{n}", levels=line["levels"], cognitive=category)
            | {"status": status, "stem": "ถ", "options": dict.fromkeys("abcd", "ก")}
        )
        for n in range(line["n"])
    ]


def ratings(made: list[Item], repair: dict[str, Any]) -> dict[str, Evidence]:
    """New items as the repair asks for them: of this facility, with this information at these θ."""
    near = repair["near"]
    facility = near.get("quantities.facility.mean", near.get("statistics.facility", 0.5))
    points = dict(repair["information"]) or {0.0: 0.5}
    return {
        item.id: Evidence(facility=facility, a=a, b=b)
        for item, (a, b) in zip(made, cycle(parameters(points)), strict=False)
    }


def parameters(points: dict[float, float]) -> list[tuple[float, float]]:
    """Items that have this information on average: (a, b) of one, or of three in turn."""
    if len(points) == 1:
        [(at, value)] = points.items()
        return [(2.0001 * value**0.5, at)]
    if len(points) == 3:
        return [(4.0, at) for at in points]
    grid = product(np.linspace(0.5, 4, 71).tolist(), np.linspace(-4, 4, 81).tolist())
    return [min(grid, key=lambda ab: misfit(*ab, points))]


def misfit(a: float, b: float, points: dict[float, float]) -> float:
    found = information([Evidence(a=a, b=b)], list(points))[0]
    return float(((found / np.array(list(points.values())) - 1) ** 2).sum())


# ── words ────────────────────────────────────────────────────────────────────────────────────


def words(name: str) -> tuple[list[str], list[str]]:
    explanation = explained(FOLDER / f"{name}.yaml")[2]
    return [str(problem) for problem in explanation.problems], [one.en for one in explanation.advice]


def test_a_shortage_says_how_much_is_lacking_and_what_is_left_out() -> None:
    problems, repairs = words("level-left-out")
    assert problems == [
        "level-left-out.yaml:12: criteria.E1.01: the blueprint requires 4 items of E1.01, "
        "but the bank has 2 that can be used (8 in all: 6 for other levels). Please write 2 "
        "more, or require 2 in each form. [bank-too-small]"
    ]
    assert repairs == ["write 2 items of E1.01 (level 4)", "E1.01: 2 to 4 instead of exactly 4"]


def test_several_forms_need_more_and_may_share_more_or_be_fewer() -> None:
    problems, repairs = words("criterion-short-with-overlap")
    assert (
        "5 items of E1.01 in each of 2 forms sharing at most 2, so 8 different items, but the bank has 7"
        in problems[0]
    )
    assert repairs == [
        "write 1 item of E1.01 (level 4)",
        "E1.01: 4 to 5 instead of exactly 5",
        "most items that two forms share: 3 instead of 2",
        "number of forms: 1 instead of 2",
    ]


def test_a_clash_names_every_part_of_it() -> None:
    problems, repairs = words("criterion-against-category")
    assert "E1.01 (at least 8); apply (at least 5); 9 items in a form" in problems[0]
    assert "write 1 item of E1.01 (level 4, apply)" in repairs


def test_the_same_blueprint_is_explained_the_same_way_twice() -> None:
    path = FOLDER / "stimuli-and-facility.yaml"
    first = explained(path)[2]
    explained.cache_clear()
    assert explained(path)[2] == first


def test_the_docs_give_the_costs_that_repairs_are_sorted_by() -> None:
    text = (Path(__file__).parents[2] / "docs" / "planning.md").read_text("utf-8")
    table = text.split("| change | cost |\n")[1].split("\n\n")[0]
    told = [float(line.split("|")[2]) for line in table.splitlines()[1:]]
    assert told == [
        fields.WRITE_COST, fields.QUOTA_COST, fields.SHARE_COST, fields.ANCHOR_COST, fields.LENGTH_COST,
        fields.ADMIT_COST, fields.FORM_COST, fields.PERCENT_COST,
    ]  # fmt: skip


# ── any blueprint ────────────────────────────────────────────────────────────────────────────


@st.composite
def blueprints(draw: st.DrawFn) -> dict[str, Any]:
    """A blueprint that asks more of a bank of 4 items for each criterion than some banks can give."""
    quotas = {
        pc: draw(st.integers(0, 5)) for pc in draw(st.sets(st.sampled_from(PCS), min_size=1, max_size=3))
    }
    asked = {"items": draw(st.integers(2, 14)), "forms": draw(st.integers(1, 3)), "criteria": quotas}
    if asked["forms"] > 1:
        asked["overlap"] = draw(st.integers(0, 3))
    if draw(st.booleans()):
        asked["cognitive"] = {"apply": draw(st.integers(0, 6))}
    return asked


@settings(max_examples=examples(60), deadline=None)
@given(blueprints())
def test_every_repair_of_a_random_blueprint_gives_forms(asked: dict[str, Any]) -> None:
    rows = [item_data(pc, n, cognitive=["apply", "remember"][n % 2]) for pc in PCS for n in range(1, 5)]
    own, document = blueprint(**asked)
    held = bank_of([shelf(items=rows)])
    try:
        find_forms(pool_of(held, own), own)
    except Infeasible:
        found = explain(held, own, document, find_forms, solver.solve).data
        assert found["causes"]
        for repair in found["repairs"]:
            follow(json.loads(json.dumps(repair)), document, held)
