"""A bank and a blueprint, read from their YAML → whether forms exist, and whether forms meet it: nothing of examgen.

Forms are found by HiGHS with one binary for each item and form. A count is of the items that count; an item counts
for its first criterion. Enemies never meet, items that share a stimulus come together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import combinations
from math import ceil, floor, inf
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix

from tests.guards.commands import read_csv

Row = dict[str, Any]
CLOSE = 1e-6
GRID = np.linspace(-4, 4, 41)
NORMAL = np.exp(-(GRID**2) / 2) / np.exp(-(GRID**2) / 2).sum()
MIRRORED = ("criteria", "cognitive", "level_mix", "status_mix")
ABOVE_OR_BELOW = re.compile("[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]")


class Rule(NamedTuple):
    """What the sum of these values over the items of a form may be; `weight`: what a unit of moving it costs."""

    field: str
    values: dict[str, float]
    least: float
    greatest: float
    weight: float | None


def read_bank(workspace: Path, units: list[str]) -> list[Row]:
    """The items of units, each with its element, what is known of it, and its administrations by day."""
    items: list[Row] = []
    for unit in units:
        folder = workspace / "item_bank" / unit
        standard = yaml.safe_load((folder / "unit.yaml").read_text("utf-8"))
        element = {c["code"]: e["code"] for e in standard["elements"] for c in e["criteria"]}
        known: dict[str, list[Row]] = {}
        if (folder / "statistics.csv").exists():
            for line in read_csv(folder / "statistics.csv"):
                known.setdefault(line["item"], []).append(line)
        for path in sorted((folder / "items").glob("*.yaml")):
            for row in yaml.safe_load(path.read_text("utf-8")):
                lines = known.get(row["id"], [])
                numbers = {
                    k: float(v)
                    for line in lines
                    for k, v in line.items()
                    if v and k in ("facility", "a", "b", "c")
                }
                uses = {line["administration"]: line["date"] for line in lines}
                items.append(row | numbers | {"element": element[row["pcs"][0]], "unit": unit, "uses": uses})
    return items


def usable(items: list[Row], blueprint: Row) -> tuple[list[Row], set[str]]:
    """The items that the blueprint admits, and the ids of those that are only tried out."""
    days = {name: day for row in items for name, day in row["uses"].items()}
    recent = set(sorted(days, key=lambda name: days[name])[len(days) - blueprint.get("exclude_last", 0) :])
    most = blueprint.get("exposure", {}).get("administrations", inf)
    pilot = {"pilot"} if "pilot" in blueprint else set()
    level = blueprint.get("level")
    admitted = [
        row
        for row in items
        if row["status"] in pilot | set(blueprint["statuses"])
        and (level is None or not row["levels"] or level in row["levels"])
        and not recent & set(row["uses"])
        and len(row["uses"]) < most
    ]
    return admitted, {row["id"] for row in admitted if row["status"] not in blueprint["statuses"]}


def bounds(quota: Any, size: int) -> tuple[float, float]:
    """Least and greatest of `3`, `{min: 3}`, `{max: 30%}`; shares of a form are rounded inwards."""
    if not isinstance(quota, dict):
        quota = {"min": quota, "max": quota}

    def number(value: Any, otherwise: float, rounding: Any) -> float:
        if value is None:
            return otherwise
        share = isinstance(value, str) and value.endswith("%")
        return float(rounding(round(float(value[:-1]) * size / 100, 9)) if share else value)

    return number(quota.get("min"), 0, ceil), number(quota.get("max"), inf, floor)


def information(row: Row, at: float) -> float:
    """Fisher information of the logistic model; of an item to be written, what is asked of it, level beyond."""
    if "information" in row:
        return float(np.interp(at, *zip(*row["information"], strict=True)))
    a, b, c = row.get("a", 0.0), row.get("b", 0.0), row.get("c", 0.0)
    right = c + (1 - c) / (1 + np.exp(-a * (at - b)))
    return float(a**2 * ((right - c) / (1 - c)) ** 2 * (1 - right) / right)


def quantity(row: Row, name: str) -> float:
    """Facility, or the characters of stem and options that take room, unless the item says otherwise."""
    if name in row:
        return float(row[name])
    assert name == "reading_length", name
    return float(sum(len(ABOVE_OR_BELOW.sub("", text)) for text in (row["stem"], *row["options"].values())))


def rules(items: list[Row], blueprint: Row) -> Iterator[Rule]:
    """What every form must keep, `items` being those that are admitted."""
    size, pilots = blueprint["items"], usable(items, blueprint)[1]
    scored = [row for row in items if row["id"] not in pilots]

    def count(field: str, rows: list[Row], quota: Any, weight: float | None = 2.0) -> Rule:
        return Rule(field, {row["id"]: 1.0 for row in rows}, *bounds(quota, size), weight)

    yield count("items", scored, size, None)
    if "pilot" in blueprint:
        asked = blueprint["pilot"]["items"] if isinstance(blueprint["pilot"], dict) else blueprint["pilot"]
        yield count("pilot", [row for row in items if row["id"] in pilots], asked)
    everywhere = sorted({row["pcs"][0] for row in items})
    judged = [
        (blueprint.get("pass", {}).get("criteria") or {}),
        blueprint.get("judgement", {}).get("min_items", 3),
    ]
    for pattern, quota in [
        *blueprint.get("criteria", {}).items(),
        *((p, {"min": judged[1]}) for p in judged[0]),
    ]:
        for one in everywhere if pattern == "all" else [pattern]:
            element = one.removesuffix(".*") if one.endswith(".*") else None
            held = [r for r in scored if r["element"] == element or fnmatchcase(r["pcs"][0], one)]
            yield count(f"criteria.{one}", held, quota)
    for name, quota in blueprint.get("cognitive", {}).items():
        yield count(f"cognitive.{name}", [r for r in scored if r["cognitive"] == name], quota)
    for level, quota in blueprint.get("level_mix", {}).items():
        yield count(f"level_mix.{level}", [r for r in scored if int(level) in r["levels"]], quota)
    for name, quota in blueprint.get("status_mix", {}).items():
        yield count(f"status_mix.{name}", [r for r in scored if r["status"] == name], quota)
    for one in blueprint.get("sets", []):
        held = [r for r in items if r["id"] in one["items"]]
        yield count("sets", held, {key: one.get(key) for key in ("min", "max")})
    for row in items:
        for enemy in {*row.get("enemies", [])} & {other["id"] for other in items}:
            yield Rule("enemies", {row["id"]: 1, enemy: 1}, 0, 1, None)
    for family in {row["family"] for row in items if row.get("family")}:
        yield count("family", [r for r in items if r.get("family") == family], {"max": 1}, None)
    for name, parts in blueprint.get("quantities", {}).items():
        for part, times in (("mean", size), ("sum", 1)):
            if part in parts:
                least, most = (n * times for n in (parts[part].get("min", -inf), parts[part].get("max", inf)))
                values = {row["id"]: quantity(row, name) for row in scored}
                yield Rule(f"quantities.{name}", values, least, most, 20 / (least if most == inf else most))
    statistics = blueprint.get("statistics", {})
    if "sem" in statistics:
        at, least = statistics["sem"]["at"], statistics["sem"]["max"] ** -2
        yield Rule("statistics.sem", {r["id"]: information(r, at) for r in scored}, least, inf, 20 / least)
    if target := statistics.get("information", {}).get("target"):
        rule = statistics["information"]
        for at, value in zip(rule["at"], target, strict=True):
            share = float(str(rule["within"]).rstrip("%")) / 100
            low, high = value * (1 - share), value * (1 + share)
            yield Rule("information", {r["id"]: information(r, at) for r in scored}, low, high, None)


class Forms:
    """The forms of a blueprint as a program for HiGHS; `free` lets quotas move at their cost, `new` items cost 1."""

    def __init__(self, items: list[Row], blueprint: Row, free: bool = False, new: list[Row] = []) -> None:  # noqa: B006
        self.items, pilots = usable([*items, *new], blueprint)
        self.ids = [row["id"] for row in self.items]
        self.n_forms, self.blueprint = blueprint.get("forms", 1), blueprint
        self.costs: list[float] = []
        self.kinds: list[tuple[float, float, int]] = []
        self.rows: list[tuple[dict[int, float], float, float]] = []
        anchor = blueprint.get("anchor")
        size = anchor["items"] if isinstance(anchor, dict) else anchor or 0
        mirror = anchor is not None and not (isinstance(anchor, dict) and anchor.get("mirror") is False)
        self.anchor = [self.variable(0, 0 if not size or i in pilots else 1) for i in self.ids]
        self.own = [[self.variable(0, 1) for _ in self.ids] for _ in range(self.n_forms)]
        at = {name: n for n, name in enumerate(self.ids)}
        self.rows.append((dict.fromkeys(self.anchor, 1.0), size, size))
        for rule in rules(self.items, blueprint):
            moved: dict[int, float] = {}
            if free and rule.weight:
                whole = int(rule.weight == 2)
                moved[self.variable(0, inf, rule.weight, whole)] = 1.0
                moved[self.variable(0, inf, rule.weight, whole)] = -1.0
            for own in self.own:
                sums = {own[at[i]]: value for i, value in rule.values.items()}
                sums |= {self.anchor[at[i]]: value for i, value in rule.values.items()}
                self.rows.append((sums | moved, rule.least, rule.greatest))
            if mirror and rule.field.split(".")[0] in MIRRORED:
                low, high = (
                    floor(rule.least * size / blueprint["items"]),
                    rule.greatest * size / blueprint["items"],
                )
                share = {self.anchor[at[i]]: 1.0 for i in rule.values}
                self.rows.append((share | moved, low, inf if high == inf else ceil(high)))
        for own in self.own:
            for n, anchored in enumerate(self.anchor):
                self.rows.append(({own[n]: 1.0, anchored: 1.0}, 0, 1))
            for name in {row["shared_stimulus"] for row in self.items if row.get("shared_stimulus")}:
                first, *others = [n for n, row in enumerate(self.items) if row.get("shared_stimulus") == name]
                for n in others:
                    self.rows.append(
                        ({own[first]: 1, self.anchor[first]: 1, own[n]: -1, self.anchor[n]: -1}, 0, 0)
                    )
        self.share(blueprint)
        for row in new:
            n, used = at[row["id"]], self.variable(0, 1, 1.0)
            for own in self.own:
                self.rows.append(({used: 1.0, own[n]: -1.0, self.anchor[n]: -1.0}, 0, inf))

    def share(self, blueprint: Row) -> None:
        """What two forms share beside the anchor, and in how many an item may be."""
        least, most = bounds(blueprint.get("overlap", 0), blueprint["items"])
        if not most:
            self.rows += [({own[n]: 1.0 for own in self.own}, 0, 1) for n in range(len(self.ids))]
        for one, other in combinations(self.own, 2) if most else ():
            both = [self.variable(0, 1) for _ in self.ids]
            for n, z in enumerate(both):
                self.rows.append(({z: 1.0, one[n]: -1.0, other[n]: -1.0}, -1, inf))
                self.rows += [({z: 1.0, own[n]: -1.0}, -inf, 0) for own in (one, other)]
            self.rows.append((dict.fromkeys(both, 1.0), least, most))
        if uses := blueprint.get("exposure", {}).get("forms"):
            self.rows += [({own[n]: 1.0 for own in self.own}, 0, uses) for n in range(len(self.ids))]

    def variable(self, low: float, high: float, cost: float = 0.0, whole: int = 1) -> int:
        """The number of a further variable."""
        self.kinds.append((low, high, whole))
        self.costs.append(cost)
        return len(self.kinds) - 1

    def solve(self, presolve: bool = True) -> float | None:
        """The least cost of forms; None where there are none."""
        entries = [(n, i, v) for n, (sums, _, _) in enumerate(self.rows) for i, v in sums.items()]
        numbers, columns, values = zip(*entries, strict=True)
        matrix = coo_matrix((values, (numbers, columns)), (len(self.rows), len(self.kinds)))
        low, high, whole = (np.array(part, dtype=float) for part in zip(*self.kinds, strict=True))
        limits = [np.array([row[k] for row in self.rows], dtype=float) for k in (1, 2)]
        options = {"presolve": presolve, "time_limit": 60.0}
        rows = LinearConstraint(matrix.tocsr(), limits[0] - CLOSE, limits[1] + CLOSE)
        found = milp(
            self.costs, integrality=whole, bounds=Bounds(low, high), constraints=rows, options=options
        )
        if found.status == 2 and presolve:
            return self.solve(presolve=False)  # the presolve of HiGHS has denied forms that there are
        assert found.status in (0, 2), found.message
        if found.x is None:
            return None
        self.chosen = [
            {i for n, i in enumerate(self.ids) if found.x[own[n]] + found.x[self.anchor[n]] > 0.5}
            for own in self.own
        ]
        return float(found.fun)


def forms_exist(items: list[Row], blueprint: Row) -> bool:
    """Whether there are forms; a reliability, which no line says, by tangents that cut off what falls short."""
    program = Forms(items, blueprint)
    least = blueprint.get("statistics", {}).get("reliability", {}).get("min")
    curves = {row["id"]: np.array([information(row, at) for at in GRID]) for row in program.items if least}
    shape = blueprint.get("statistics", {}).get("information", {})
    if "shape" in shape:
        lift(program, shape)
    for _ in range(100):
        if program.solve() is None:
            return False
        short = [c for c in (sum(curves[i] for i in form) for form in program.chosen if least)
                 if 1 - NORMAL @ (1 / (c + 1)) < least - CLOSE]  # fmt: skip
        for curve in short:
            slopes = NORMAL / (curve + 1) ** 2
            bound = NORMAL @ (1 / (curve + 1)) + slopes @ curve - (1 - least)
            for own in program.own:
                both = [(own[n], slopes @ curves[i]) for n, i in enumerate(program.ids)]
                both += [(program.anchor[n], slopes @ curves[i]) for n, i in enumerate(program.ids)]
                program.rows.append((dict(both), float(bound), inf))
        if not short:
            return True
    raise AssertionError("no end of cuts")


def lift(program: Forms, shape: Row) -> None:
    """All curves, over their shape, lie between a height and `within` above it."""
    height = program.variable(1e-4, inf, 0.0, 0)
    within = float(str(shape["within"]).rstrip("%")) / 100
    for own in program.own:
        for at, part in zip(shape["at"], shape["shape"], strict=True):
            values = [information(row, at) / part for row in program.items]
            sums = dict(zip([*own, *program.anchor], values * 2, strict=True))
            program.rows += [(sums | {height: -1.0}, 0, inf), (sums | {height: -1 - within}, -inf, 0)]


def broken(forms: dict[str, list[str]], items: list[Row], blueprint: Row) -> list[str]:
    """What forms break of their blueprint, counted item by item without a solver; an anchor is what all share."""
    admitted = {row["id"]: row for row in usable(items, blueprint)[0]}
    faults = [
        f"{name}: {i} is not admitted" for name, form in forms.items() for i in form if i not in admitted
    ]
    faults += [f"{name}: an item twice" for name, form in forms.items() if len(form) != len(set(form))]
    faults += [f"{len(forms)} forms"] * (len(forms) != blueprint.get("forms", 1))
    for name, form in forms.items():
        for rule in rules(list(admitted.values()), blueprint):
            total = sum(rule.values.get(i, 0) for i in form)
            if not rule.least - CLOSE <= total <= rule.greatest + CLOSE:
                faults.append(f"{name}: {rule.field} is {total}")
        for stimulus in {admitted[i].get("shared_stimulus") for i in form if i in admitted} - {None}:
            whole = {i for i, row in admitted.items() if row.get("shared_stimulus") == stimulus}
            faults += [f"{name}: a part of {stimulus}"] * bool(whole - set(form))
    least, most = bounds(blueprint.get("overlap", 0), blueprint["items"])
    anchor = blueprint.get("anchor", 0)
    size = anchor["items"] if isinstance(anchor, dict) else anchor
    common = set.intersection(*map(set, forms.values())) if forms else set()
    faults += ["no anchor"] * (len(common) < size)
    for (name, one), (other, two) in combinations(forms.items(), 2):
        shared = len(set(one) & set(two)) - size
        faults += [f"{name} and {other} share {shared}"] * (not least <= shared <= most)
    uses = blueprint.get("exposure", {}).get("forms", inf)
    for i in {i for form in forms.values() for i in form} - (common if size else set()):
        faults += [f"{i} is in too many forms"] * (sum(i in form for form in forms.values()) > uses)
    return faults
