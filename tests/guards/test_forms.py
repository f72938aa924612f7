"""Forms that `build` writes meet their blueprint when they are counted again from forms.csv and the bank's YAML, without
a solver; a blueprint is refused as one that cannot be met exactly when there are no forms; and only what the standard
assesses by an objective test is built at all."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.guards.banks import PCS, Row, item, plain, save, write_bank
from tests.guards.blueprints import broken, forms_exist, read_bank
from tests.guards.commands import Examgen, read_csv

N_BLUEPRINTS = 20
"""Drawn at random, of which about half can be met."""
REFUSED, NOT_MET = 1, 4
BLUEPRINT: Row = {
    "exam": "T",
    "title": {"th": "ทดลอง", "en": "Trial"},
    "units": ["T-1"],
    "level": 4,
    "statuses": ["draft"],
    "time_min": 20,
    "pass": {"percent": 60},
}


def written(package: Path) -> dict[str, list[str]]:
    """The items of each form, in the order in which they are printed."""
    forms: dict[str, list[str]] = {}
    for row in sorted(read_csv(package / "secure" / "forms.csv"), key=lambda row: int(row["question"])):
        forms.setdefault(row["form"], []).append(row["item"])
    return forms


def described(package: Path, items: list[Row]) -> list[str]:
    """Lines of forms.csv and key.csv that say of an item what the bank does not."""
    rows = {row["id"]: row for row in items}
    lines, keys = (read_csv(package / "secure" / name) for name in ("forms.csv", "key.csv"))
    faults = [
        f"{line['form']} {line['question']}"
        for line in lines
        for row in [rows[line["item"]]]
        if [line["pc"], line["element"], line["unit"]] != [row["pcs"][0], row["element"], row["unit"]]
        or sorted(line["options"].split()) != sorted(row["options"])
    ]
    faults += [
        f"key of {key['form']} {key['question']}"
        for line, key in zip(lines, keys, strict=True)
        if [line["form"], line["question"], line["item"]] != [key["form"], key["question"], key["item"]]
        or line["options"].split()["ABCDE".index(key["key"])] != rows[line["item"]]["key"]
    ]
    for form in {line["form"] for line in lines}:
        numbers = [int(line["question"]) for line in lines if line["form"] == form]
        faults += [f"numbers of {form}"] * (sorted(numbers) != list(range(1, len(numbers) + 1)))
    return faults


def drawn_bank(chance: random.Random) -> list[Row]:
    """36 items: some for level 3 alone, of other statuses, enemies of each other, of a stimulus, of a family."""
    rows = plain(12)
    for row in chance.sample(rows, 8):
        row["levels"] = [3]
    for row in chance.sample(rows, 8):
        row["status"] = chance.choice(["operational", "review", "retired"])
    for one, other in zip(chance.sample(rows, 6), chance.sample(rows, 6), strict=True):
        if one is not other:
            one["enemies"] = [other["id"]]
    for n, pc in enumerate(PCS):
        for row in chance.sample([row for row in rows if row["pcs"] == [pc] and not row.get("enemies")], 2):
            row |= {"shared_stimulus": f"case-{n}", "status": "draft", "levels": [3, 4]}
    return rows


def drawn_blueprint(chance: random.Random, n: int) -> Row:
    """A blueprint of one or two forms with a few quotas, which may well contradict each other."""
    size = chance.randint(6, 11)
    some = {"exam": f"T-{n}", "items": size, "forms": chance.choice([1, 2, 2]), "seed": n}
    mixes: dict[str, Any] = {
        "criteria": {
            **{pc: chance.choice([2, 3, {"min": 2}, {"max": 3}, {"min": 1, "max": 3}]) for pc in chance.sample(PCS, 2)},
            **chance.choice([{}, {"all": {"min": 1}}, {"E1.*": {"max": size - 2}}, {"E1.*": {"min": 5}}]),
        },
        "cognitive": {"apply": chance.choice([{"min": "30%"}, {"max": "30%"}, 3, {"min": 2}]), "remember": {"max": "50%"}},
        "level_mix": {3: chance.choice([{"min": 2}, {"max": size}])},
        "overlap": chance.choice([1, 3, {"min": 1, "max": 3}, {"max": 5}]),
        "statuses": ["draft", "operational"],
        "exposure": {"forms": chance.choice([1, 2])},
    }  # fmt: skip
    anchor: Row = chance.choice([{}, {}, {"anchor": 2}, {"anchor": {"items": 3, "mirror": False}}])
    names = chance.sample(sorted(mixes), chance.randint(2, 5))
    return BLUEPRINT | some | anchor | {name: mixes[name] for name in names}


def test_blueprints_are_met_as_written_or_refused_where_there_are_no_forms(
    examgen: Examgen, tmp_path: Path
) -> None:
    chance, met = random.Random(4), 0
    workspaces = [write_bank(tmp_path / f"bank-{n}", drawn_bank(chance)) for n in range(4)]
    for n in range(N_BLUEPRINTS):
        workspace = workspaces[n % len(workspaces)]
        blueprint, items = drawn_blueprint(chance, n), read_bank(workspace, ["T-1"])
        possible = forms_exist(items, blueprint)
        path = save(workspace / f"{n}.yaml", blueprint)
        ended = examgen("build", path, "--json", cwd=workspace, status=None)
        assert ended.status == (0 if possible else NOT_MET), (blueprint, ended)
        package, met = workspace / "output" / blueprint["exam"], met + possible
        assert package.exists() == possible
        if possible:
            assert broken(written(package), items, blueprint) == [], blueprint
            assert described(package, items) == []
            examgen("verify", package, cwd=workspace)
    assert N_BLUEPRINTS // 4 < met < N_BLUEPRINTS, met


@pytest.mark.parametrize(
    ("per_pc", "overlap", "possible"),
    [(5, {"max": 3}, True), (5, {"max": 2}, False), (9, {"min": 4, "max": 4}, True), (9, 4, True)],
)
def test_two_forms_share_what_the_overlap_says_and_no_item_more(
    examgen: Examgen, tmp_path: Path, per_pc: int, overlap: Any, possible: bool
) -> None:
    workspace = write_bank(tmp_path / "workspace", plain(per_pc))
    blueprint = BLUEPRINT | {"items": 9, "forms": 2, "overlap": overlap}
    path = save(workspace / "blueprint.yaml", blueprint)
    examgen("build", path, "--out", "built", cwd=workspace, status=0 if possible else NOT_MET)
    if possible:
        assert broken(written(workspace / "built"), read_bank(workspace, ["T-1"]), blueprint) == []


@pytest.mark.parametrize("name", ["standard", "three", "three-anchored"])
def test_blueprints_of_the_starter_bank_are_met(examgen: Examgen, workspace: Path, name: str) -> None:
    path = workspace / "item_bank" / "DG-TWRT-007" / "blueprints" / f"{name}.yaml"
    blueprint, items = yaml.safe_load(path.read_text("utf-8")), read_bank(workspace, ["DG-TWRT-007"])
    examgen("build", path, "--out", "built", cwd=workspace)
    assert broken(written(workspace / "built"), items, blueprint) == []


@pytest.mark.parametrize("change", [{"level": 5}, {"level": 2}, {"level": None}], ids=str)
def test_a_level_that_the_standard_does_not_assess_by_an_objective_test_is_refused(
    examgen: Examgen, tmp_path: Path, change: Row
) -> None:
    workspace = write_bank(tmp_path / "workspace", [row | {"levels": [3, 4, 5]} for row in plain(5)])
    blueprint = BLUEPRINT | {"items": 5, "forms": 1}
    examgen("build", save(workspace / "right.yaml", blueprint), "--out", "right", cwd=workspace)
    wrong = {key: value for key, value in (blueprint | change).items() if value is not None}
    examgen("build", save(workspace / "wrong.yaml", wrong), "--out", "wrong", cwd=workspace, status=REFUSED)
    assert not (workspace / "wrong").exists()


def test_a_unit_that_the_standard_does_not_assess_by_an_objective_test_is_refused(
    examgen: Examgen, tmp_path: Path
) -> None:
    interview = [{"occupation": "ช่าง", "levels": [], "methods": ["interview", "practical"]}]
    items = [item(pc, n, levels=[]) for pc in PCS for n in range(1, 6)]
    workspace = write_bank(tmp_path / "workspace", items, levels=[], assessment=interview, source=None)
    blueprint = {key: value for key, value in BLUEPRINT.items() if key != "level"} | {"items": 5, "forms": 1}
    path = save(workspace / "wrong.yaml", blueprint)
    examgen("build", path, "--out", "wrong", cwd=workspace, status=REFUSED)
    assert not (workspace / "wrong").exists()
    objective = [interview[0] | {"methods": ["written_objective"]}]
    other = write_bank(tmp_path / "other", items, levels=[], assessment=objective, source=None)
    examgen("build", path, "--out", "right", cwd=other)
    assert (other / "right" / "secure" / "forms.csv").exists()
