"""A blueprint that cannot be met: `build` ends with 4; every repair it offers gives forms, and none is dearer than it
need be. Whether there are forms is asked of a model of the bank's and the blueprint's own YAML (`blueprints.py`)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.guards.banks import PCS, Row, item, plain, write_bank
from tests.guards.blueprints import Forms, forms_exist, read_bank
from tests.guards.commands import CODE, Examgen

CASES = sorted((Path(__file__).parent / "data" / "infeasible").glob("*.yaml"))
COSTS = {"items": 4.0, "overlap": 3.0, "anchor": 3.0, "exposure.forms": 3.0, "forms": 10.0}
"""What a unit of a change costs, as docs/planning.md says; a quota 2 (`blueprints.py`), an item written 1."""
REPAIRS, CHANGE, WRITE, COST = "repairs", "change", "write", "cost"
"""Where `build --json` has its repairs."""
DAYS = (("2026-1", "2026-01-05"), ("2026-2", "2026-07-06"))


# ── banks ────────────────────────────────────────────────────────────────────────────────────

Made = tuple[list[Row], list[Row]]


def levels() -> Made:
    rows = [row | {"levels": [4]} for row in plain(8)]
    return [
        row | {"levels": [3] if n < 6 else [3, 4] if 10 <= n < 16 else [4]} for n, row in enumerate(rows)
    ], []


def statuses() -> Made:
    return [row | {"status": "operational" if n < 6 else "draft"} for n, row in enumerate(plain(8))], []


def used() -> Made:
    rows = plain(8)
    return rows, [{"item": row["id"], "administration": a, "date": d} for row in rows[:6] for a, d in DAYS]


def stimuli() -> Made:
    rows = [row for row in plain(8) if row["id"] not in ("E1.01-007", "E1.01-008")]
    return [
        row | ({"shared_stimulus": f"case-{1 + n // 3}"} if n < 6 else {}) for n, row in enumerate(rows)
    ], []


def enemies() -> Made:
    rows = [row for row in plain(8) if row["pcs"] != ["E1.01"] or row["id"] < "E1.01-005"]
    for row in rows[:4]:
        row["enemies"] = [other["id"] for other in rows[:4] if other is not row]
    return rows, []


def rated() -> Made:
    rows = plain(8)
    known = {"administration": "2025", "form": "A", "date": "2025-01-05", "n": 100, "c": 0}
    return rows, [
        known | {"item": row["id"], "facility": round(0.3 + 0.015 * n, 3)}
        | {"a": round(0.8 + 0.01 * n, 3), "b": round(-0.8 + n / 15, 3)}
        for n, row in enumerate(rows)
    ]  # fmt: skip


def pilots() -> Made:
    return [row | {"status": "pilot" if n in (6, 7) else "draft"} for n, row in enumerate(plain(8))], []


BANKS: dict[str, Callable[[], Made]] = {
    f.__name__: f for f in (levels, statuses, used, stimuli, enemies, rated, pilots)
}


@pytest.fixture(scope="module")
def banks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace for each bank that a case names."""
    folder = tmp_path_factory.mktemp("banks")
    for name in {bank_of(path) for path in CASES}:
        if name in BANKS:
            write_bank(folder / name, *BANKS[name]())
        elif name.startswith("plain-"):
            write_bank(folder / name, plain(int(name.removeprefix("plain-"))))
        else:
            shutil.copytree(CODE / "item_bank", folder / name / "item_bank")
    return folder


def bank_of(path: Path) -> str:
    """The bank that a comment of the blueprint names."""
    return path.read_text("utf-8").partition("# bank: ")[2].split("\n")[0]


# ── repairs ──────────────────────────────────────────────────────────────────────────────────


def changed(blueprint: Row, path: list[str | int], value: Any) -> Row:
    """The blueprint with another value at a path; `3` where parts of it are meant is `{items: 3}`."""
    new = deepcopy(blueprint)
    data: Any = new
    for step in path[:-1]:
        if isinstance(data, dict) and not isinstance(data.get(step), dict | list):
            data[step] = {} if data.get(step) is None else {"items": data[step]}
        data = data[step]
    data[path[-1]] = value
    return new


def followed(repair: Row, blueprint: Row) -> tuple[list[Row], Row]:
    """The items that a repair has written, and the blueprint as it changes it."""
    for one in repair[CHANGE]:
        blueprint = changed(blueprint, one["path"], one["to"])
    near = {path.split(".")[1]: value for path, value in repair["near"].items()}
    curve = {"information": repair["information"]} if repair["information"] else {}
    return [
        item(line["pc"] or PCS[0], 900 + 30 * k + n)
        | {"levels": line["levels"], "cognitive": (line["cognitive"] or ["understand"])[0]}
        | {"status": (line["statuses"] or blueprint["statuses"])[0]}
        | {"element": (line["pc"] or PCS[0]).split(".")[0], "uses": {}} | near | curve
        for k, line in enumerate(repair[WRITE])
        for n in range(line["n"])
    ], blueprint  # fmt: skip


def cheaper(items: list[Row], blueprint: Row, cost: float) -> Iterator[str]:
    """Changes of one kind that cost less than `cost` and give forms."""
    least = Forms(items, blueprint, free=True).solve()
    if least is not None and least < cost * 0.999:
        yield f"quotas at {least}"
    for field, weight in COSTS.items():
        for by in range(1, ceil_below(cost / weight) + 1):
            for what, other in moved(blueprint, field, by):
                if forms_exist(items, other):
                    yield what
    if not {"quantities", "statistics"} & set(blueprint):  # of those, new items bring what nobody has said
        kinds = [
            item(
                pc,
                900 + 90 * k + 30 * n + copy,
                cognitive=category,
                levels=sorted({3, blueprint["level"]}),
                status=status,
            )
            | {"element": pc.split(".")[0], "uses": {}}
            for k, pc in enumerate(PCS)
            for n, category in enumerate(("remember", "understand", "apply"))
            for status in [*blueprint["statuses"], *(["pilot"] if "pilot" in blueprint else [])][-1:]
            for copy in range(min(9, ceil_below(cost)))
        ]
        written = Forms(items, blueprint, new=kinds).solve() if kinds else None
        if written is not None and written < cost - 0.001:
            yield f"{written} items written"


def ceil_below(value: float) -> int:
    """The greatest whole number that is less."""
    return max(0, -int(-value // 1) - 1)


def moved(blueprint: Row, field: str, by: int) -> Iterator[tuple[str, Row]]:
    """The blueprint with one field moved by so much, in every direction that can help."""
    if field == "overlap":
        overlap = blueprint.get("overlap", 0)
        both = overlap if isinstance(overlap, dict) else {"min": overlap, "max": overlap}
        for wider in ({"max": both["max"] + by} if "max" in both else {}, {"min": both.get("min", 0) - by}):
            if wider and blueprint.get("forms", 1) > 1 and wider.get("min", 0) >= 0:
                yield f"overlap {wider}", blueprint | {"overlap": both | wider}
    elif field == "exposure.forms" and "forms" in blueprint.get("exposure", {}):
        more = blueprint["exposure"]["forms"] + by
        yield f"exposure {more}", changed(blueprint, ["exposure", "forms"], more)
    elif field == "anchor" and "anchor" in blueprint:
        size = blueprint["anchor"]["items"] if isinstance(blueprint["anchor"], dict) else blueprint["anchor"]
        if size > by:
            yield f"anchor {size - by}", changed(blueprint | {"anchor": {"items": size, "mirror": True} | (
                blueprint["anchor"] if isinstance(blueprint["anchor"], dict) else {})}, ["anchor", "items"], size - by)  # fmt: skip
    elif field == "forms" and blueprint.get("forms", 1) > by:
        yield f"{blueprint['forms'] - by} forms", blueprint | {"forms": blueprint["forms"] - by}
    elif field == "items":
        for size in (blueprint["items"] - by, blueprint["items"] + by):
            if size > 0:
                yield f"{size} items", blueprint | {"items": size}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_repair_gives_forms_and_none_is_cheaper(examgen: Examgen, banks: Path, path: Path) -> None:
    blueprint = yaml.safe_load(path.read_text("utf-8"))
    workspace = banks / bank_of(path)
    items = read_bank(workspace, blueprint["units"])
    assert not forms_exist(items, blueprint)
    repairs = examgen("build", path, "--json", cwd=workspace, status=4).json[REPAIRS]
    assert repairs
    for repair in repairs:
        written, other = followed(repair, blueprint)
        assert forms_exist([*items, *written], other), repair
    if blueprint["units"] == ["T-1"] and not {"shape", "reliability"} & set(str(blueprint).split("'")):
        cost = min(repair[COST] for repair in repairs)
        assert not list(cheaper(items, blueprint, cost))
    assert not (workspace / "output" / blueprint["exam"]).exists()
