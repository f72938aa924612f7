"""`bank pilot-plan`: candidates, sittings, blueprints that build, and what cannot be done."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from examgen.assembly.building import plan as assembled
from examgen.assembly.pilot_options import PilotOptions
from examgen.assembly.pilot_planning import PilotPlan, dealt, pilot_plan, write_blueprints
from examgen.core.models.item import Item
from tests.samples import PCS, item_data, write_unit

ASKED = PilotOptions(errors=(("facility", 0.05), ("b", 0.3)), level=3, seats=300, own=6, anchor=4)


def bank(place: Path, n: int = 12, **changes: Callable[[int], Any]) -> Path:
    rows = [item_data(pc, k) for pc in PCS for k in range(1, n + 1)]
    for field, value in changes.items():
        for k, row in enumerate(rows):
            if (given := value(k)) is not None:
                row[field] = given
    write_unit(place / "item_bank", rows)
    return place


def planned(place: Path, **changes: Any) -> PilotPlan:
    return pilot_plan(place, "T-1", ASKED.model_copy(update=changes))


def forms(path: Path, place: Path) -> list[list[tuple[str, bool]]]:
    """What `build` prints of a blueprint: items of each form, and whether they count."""
    built = assembled(path, place).exam
    return [[(p.item.id, p.points > 0) for p in form.items] for form in built.forms]


def test_every_item_is_in_one_form_and_the_anchor_in_all(tmp_path: Path) -> None:
    bank(tmp_path)
    plan = planned(tmp_path)
    assert plan.can_be_done
    assert plan.each == max(plan.needed.values()) == 100
    assert plan.reached["b"] <= 0.3
    assert [(one.forms, one.own, one.times) for one in plan.sittings] == [(3, 6, 1), (2, 6, 1), (1, 2, 1)][: len(plan.sittings)]  # fmt: skip
    paths = write_blueprints(plan, tmp_path / "pilot.yaml", replace=False)
    found = [form for path in paths for form in forms(path, tmp_path)]
    seen = Counter(name for form in found for name, _ in form)
    assert set(seen) | set(plan.left) == {f"{pc}-{n:03}" for pc in PCS for n in range(1, 13)}
    assert {name for name, n in seen.items() if n > 1} == set(plan.anchor)
    assert all(set(plan.anchor) <= {name for name, _ in form} for form in found)
    for one, path in zip(plan.sittings, paths, strict=True):
        own = {name for form in forms(path, tmp_path) for name, _ in form} - set(plan.anchor)
        assert own == set(one.items)


def test_beside_scored_items_new_ones_are_pilot_items(tmp_path: Path) -> None:
    bank(tmp_path, status=lambda k: "operational" if k % 2 else None)
    bp = tmp_path / "bp.yaml"
    data = {"exam": "E", "title": {"th": "ก", "en": "E"}, "units": ["T-1"], "level": 3, "items": 9, "criteria": {"all": 3}, "time_min": 30}  # fmt: skip
    bp.write_text(yaml.safe_dump(data), "utf-8")
    plan = planned(tmp_path, blueprint=bp)
    assert plan.can_be_done
    assert plan.assumed.others == 9
    [path] = write_blueprints(plan, tmp_path / "pilot.yaml", replace=False)
    found = forms(path, tmp_path)
    assert len(found) == 3
    assert len({tuple(sorted(name for name, counts in form if counts)) for form in found}) == 1
    pilots = [name for form in found for name, counts in form if not counts]
    assert len(pilots) == len(set(pilots)) == 18
    assert sorted(pilots) == sorted(plan.sittings[0].items)


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    bank(tmp_path)
    short = planned(tmp_path, candidates=250)
    assert not short.can_be_done
    said = " ".join(short.notices)
    assert "250 candidates are not enough" in said
    assert "2 form(s) can be tried: 16 items" in said
    small = planned(tmp_path, seats=40)
    assert all(one.forms == 1 and one.times == 3 for one in small.sittings)
    assert "40 seats are not enough" in " ".join(small.notices)
    at_war = bank(tmp_path / "b", n=3, enemies=lambda k: [f"{PCS[0]}-001"] if k in (1, 2) else None)
    assert f"{PCS[0]}-001" not in planned(at_war).anchor


def test_an_anchor_that_falls_short_says_how_many_there_are_and_what_can_be_done(tmp_path: Path) -> None:
    at_war = bank(tmp_path / "war", enemies=lambda k: [f"{PCS[k // 12]}-{k % 12 + 2:03}"] if k % 12 > 0 and k % 12 < 11 else None)  # fmt: skip
    free = len(planned(at_war, anchor=30).anchor)
    assert 0 < free < 5
    said = planned(at_war, anchor=8).notices
    assert [str(one) for one in said if "--anchor" in str(one)] == [
        f"--anchor asked for 8 items, and {free} of the 36 to be tried can stand in all forms: those without "
        "enemies, family and stimulus, and at least one is left to be tried"
    ]
    assert sum(all(word in str(one) for word in ("--blueprint", "--seats", "by lot")) for one in said) == 1
    # as many as were asked for, but few; enough; enough for a scale, though not all that were asked for
    there = bank(tmp_path / "peace")
    assert "ask for 5 or more by --anchor" in " ".join(planned(there, anchor=4).notices)
    assert "--anchor" not in " ".join(planned(there, anchor=5).notices)
    some = bank(tmp_path / "some", enemies=lambda k: [f"{PCS[k // 12]}-{k % 12 + 2:03}"] if 2 < k % 12 < 11 else None)  # fmt: skip
    said = " ".join(planned(some, anchor=20).notices)
    assert "--anchor asked for 20 items, and 9 of the 36" in said
    assert "hardly" not in said


def test_stimuli_stay_whole_and_instances_of_a_model_are_parted() -> None:
    rows = [item_data("E1.01", n) for n in range(1, 13)]
    for row in rows[:4]:
        row["shared_stimulus"] = "case"
    for row in rows[4:8]:
        row["model"] = {"id": "M", "seed": 1, "values": {}}
    items = tuple(Item.model_validate(row) for row in rows)
    found = dealt(items, 4, 2, 2)
    where = {name: n for n, one in enumerate(found.sittings) for name in one.items}
    assert not {row["id"] for row in rows[:8]} & set(found.anchor)
    assert len({where[row["id"]] for row in rows[:4]}) == 1
    assert max(Counter(where[row["id"]] for row in rows[4:8] if row["id"] in where).values()) <= 2


@pytest.mark.parametrize("words", [["--se", "p=0.1"], ["--se", "b"], ["--se", "b=0"], ["--level", "9"]])
def test_what_means_nothing_is_refused(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:  # fmt: skip
    from examgen.commands import main

    bank(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["examgen", "bank", "pilot-plan", "T-1", *words, "--json"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code in (1, 2)
    message = json.loads(capfd.readouterr().out)["error"]["message"]
    assert words[0] != "--se" or message.startswith(f"--se {words[1]}: write one of facility, item-rest, b")
