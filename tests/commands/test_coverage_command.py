"""`bank coverage`: the table and the JSON say the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.commands.conftest import Run, write_blueprint
from tests.samples import PCS


def add_blueprint(workspace: Path, name: str, **changes: object) -> None:
    folder = workspace / "item_bank" / "T-1" / "blueprints"
    folder.mkdir(exist_ok=True)
    write_blueprint(folder / name, **changes)


def test_the_table_shows_levels_categories_statuses_and_what_to_write(workspace: Path, run: Run) -> None:
    add_blueprint(workspace, "two.yaml", forms=2, criteria={"E1.01": 6, "all": {"min": 1}})
    ran = run.ok("bank", "coverage", "T-1")
    lines = [line.split() for line in ran.out.splitlines()]
    assert ["criterion", "items", "L3", "L4", "L5*", "rem", "und", "app", "ana", "eva", "draft"] in lines
    assert ["E1.01", "10", "10", "10", "0", "3", "4", "3", "0", "0", "10"] in lines
    assert ["total", "30", "30", "30", "0", "9", "12", "9", "0", "0", "30"] in lines
    assert "E1.01 at level 4: 10 usable, 12 needed for 2 forms without overlap; write 2" in ran.out
    assert "  no items" not in ran.out  # level 5 is assessed by interview
    [shared] = run.json("bank", "coverage", "T-1")["levels_shared"]
    assert shared == {"levels": [3, 4], "lower": 30, "higher": 30, "both": 30, "share": 1.0}


def test_what_each_level_asks_is_in_the_json(workspace: Path, run: Run) -> None:
    assert run.json("bank", "coverage", "T-1")["level_meanings"] is None
    asked = "levels: [{level: 4, asked: {th: เลือกวิธี, en: Picks a method}}]"
    file = workspace / "item_bank" / "T-1" / "levels.yaml"
    file.write_text(f"drafted_by: examgen\n{asked}\n", "utf-8")
    told = run.json("bank", "coverage", "T-1", "--level", 4)
    assert told["level_meanings"]["levels"][0]["asked"] == {"th": "เลือกวิธี", "en": "Picks a method"}
    assert [one["level"] for one in told["framework"]["levels"]] == [4]
    assert told["framework"]["checked"] is False


def test_json_holds_every_cell_and_every_need(workspace: Path, run: Run) -> None:
    add_blueprint(workspace, "a.yaml")
    add_blueprint(workspace, "b.yaml", level=3)
    found = run.json("bank", "coverage", "T-1", "--level", 4, "--status", "draft")
    assert found["levels_without_written_test"] == [5]
    assert [(row["pc"], row["level"], row["items"]) for row in found["coverage"]] == [
        (pc, 4, 10) for pc in PCS
    ]
    assert found["coverage"][0]["by_cognitive_status"]["apply"] == {"draft": 3}
    [one] = found["blueprints"]  # of this level only
    assert (one["file"], one["level"], one["lacking"]) == ("a.yaml", 4, [])
    assert one["needs"] == [
        {"name": "items of a form", "field": "items", "least": 12, "needed": 12, "usable": 30, "lacking": 0}
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"level": 5}, "interview"),
        ({"criteria": {"E9.01": 2}}, "E9.01 matches no criterion"),
        ({"items": 0}, "items: "),
        ({"units": ["T-1", "T-2"]}, "T-2 is not in the bank"),
    ],
)
def test_a_blueprint_that_cannot_be_built_says_why_and_the_table_stands(
    workspace: Path, run: Run, changes: dict[str, object], expected: str
) -> None:
    add_blueprint(workspace, "wrong.yaml", **changes)
    ran = run.ok("bank", "coverage", "T-1")
    assert "wrong.yaml" in ran.out
    assert expected in ran.err
    assert "total" in ran.out


def test_laws_are_counted_with_their_sections_and_those_nobody_looked_up(workspace: Path, run: Run) -> None:
    path = workspace / "item_bank" / "T-1" / "items" / "E1.01.yaml"
    items = yaml.safe_load(path.read_text("utf-8"))
    items[0]["reference"] = "พ.ร.บ. ก มาตรา 3 [unchecked]; พ.ร.บ. ข มาตรา 4; พ.ร.บ. ค"
    items[1]["reference"] = "ป.พ.พ. ม. 5"
    path.write_text(yaml.safe_dump(items, allow_unicode=True), "utf-8")
    found = run.json("bank", "coverage", "T-1")
    assert found["laws"] == {"items": 2, "laws": 4, "with_section": 3, "unchecked": 1}
