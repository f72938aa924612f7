"""A unit's folder is read whole, and every fault is told with file, line, item and field."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from examgen.bank.loading import load_unit, unit_codes, unit_yaml
from examgen.core.models.standard import Unit
from tests.samples import item_data, unit_data, write_unit


def faults(folder: Path) -> list[str]:
    unit, problems = load_unit(folder)
    assert (unit is None) == any(problem.severity == "error" for problem in problems)
    return [str(problem) for problem in problems]


def one_item(bank: Path, **changes: object) -> list[str]:
    return faults(write_unit(bank, [item_data("E1.01", 1, **changes)]))


def test_a_sound_unit_is_read_with_its_items_in_order(tmp_path: Path) -> None:
    folder = write_unit(tmp_path)
    unit, problems = load_unit(folder)
    assert problems == []
    assert unit is not None
    assert [item.id for item in unit.items] == sorted(item.id for item in unit.items)
    assert len(unit.items) == 30
    assert unit_codes(tmp_path) == ["T-1"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"key": "e"},
            "T-1/items/E1.01.yaml:14: E1.01-001 key: e is not an option. Choose one of a, b, c, d",
        ),
        (
            {"anchored": ["d", "e"]},
            "E1.01.yaml:23: E1.01-001 anchored: e is not an option. The options are a, b, c, d",
        ),
        ({"key": "ค"}, "key.0: must be c, the letter of the option in the file (found 'ค')"),
        ({"key": ["a", "D"]}, "key.1: must be d, the letter"),
        ({"options": {"ก": "x", "b": "y"}}, "options.ก: must be a, the letter"),
        ({"anchored": ["d", "d"]}, "anchored: lists an option twice"),
        ({"time_s": 0}, "time_s: must be at least 1"),
        ({"pcs": ["E1.01", "E2.0l"]}, "pcs: E2.0l is not a criterion of T-1. Did you mean E2.01?"),
        ({"levels": [2]}, "does not state level 2. Its levels are 3, 4 and 5"),
        ({"levels": []}, "list the levels that it suits"),
        ({"cognitive": "recall"}, "cognitive: must be 'remember'"),
        ({"status": "ok"}, "status: must be 'draft'"),
        ({"stem": ""}, "stem: must not be empty"),
        ({"stem": 12}, "stem: must be text. Put 12 in quotes."),
        ({"enemies": ["E1.01-009"]}, "E1.01-009 is not an item of T-1"),
        ({"enemies": ["E1.01-001"]}, "lists the item itself"),
        ({"shared_stimulus": "case-9"}, "case-9 is not in stimuli.yaml"),
        ({"reason": "x"}, "reason: is not a field here"),
        ({"ratoinale": "x"}, "Did you mean rationale?"),
        ({"options": {"a": "ก", "b": "ก", "c": "ข", "d": "ค"}}, "two options have the same text"),
        ({"rationale": {"a": "ผิด"}}, "has no rationale for option b"),
        ({"key": ["a", "b", "c", "d"]}, "every option is right"),
        ({"stem": "น\u0e4d\u0e49\u0e32ท่วม ควรทำอย่างไร"}, "contains U+0E4D U+0E49 U+0E32. Type ำ"),
        ({"stem": "ที่\u200bอยู่ ควรทำอย่างไร"}, "contains U+200B"),
        ({"id": "../x"}, "id: must have no spaces and no / "),
    ],
)
def test_a_fault_names_file_line_item_and_field(
    tmp_path: Path, changes: dict[str, object], expected: str
) -> None:
    messages = one_item(tmp_path, **changes)
    assert any(expected in message for message in messages), messages
    assert all(message.startswith("T-1/items/E1.01.yaml:") for message in messages)


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    rows = [item_data("E1.01", 1, key="z"), item_data("E1.01", 1), item_data("E2.01", 3, cognitive="x")]
    folder = write_unit(tmp_path, rows)
    (folder / "items" / "E1.02.yaml").write_text("- id: [\n", "utf-8")
    (folder / "items" / "E9.yaml").write_bytes(b"\xa1\xa2")
    (folder / "items" / "E8.yaml").write_text("", "utf-8")
    (folder / "items" / "E7.yaml").write_text("stem: x\n", "utf-8")
    codes = sorted(problem.code for problem in load_unit(folder)[1])
    assert codes == [
        "empty-file", "encoding", "item-twice", "key-not-an-option", "not-a-list", "value", "yaml-syntax",
    ]  # fmt: skip


def test_what_yaml_lets_pass_in_silence_is_a_fault(tmp_path: Path) -> None:
    folder = write_unit(tmp_path, [item_data("E1.01", 1)])
    path = folder / "items" / "E1.01.yaml"
    text = path.read_text("utf-8")
    path.write_text(text + "  key: b\n", "utf-8")
    assert "key: is written twice" in faults(folder)[0]
    path.write_text("- &a {id: x}\n- *a\n", "utf-8")
    assert "yaml-anchor" in faults(folder)[0]
    path.write_text("- !!python/object/apply:os.system ['echo']\n", "utf-8")
    assert "yaml-syntax" in faults(folder)[0]


def test_a_unit_document_in_the_wrong_folder_is_told(tmp_path: Path) -> None:
    folder = write_unit(tmp_path)
    folder.rename(tmp_path / "T-2")
    assert any("is T-1, but the folder is T-2" in message for message in faults(tmp_path / "T-2"))
    (tmp_path / "T-2" / "unit.yaml").unlink()
    assert any("has no unit.yaml" in message for message in faults(tmp_path / "T-2"))


def test_an_item_in_the_file_of_another_criterion_is_a_warning(tmp_path: Path) -> None:
    folder = write_unit(tmp_path, [item_data("E1.01", 1)])
    (folder / "items" / "E1.01.yaml").rename(folder / "items" / "E1.02.yaml")
    unit, problems = load_unit(folder)
    assert unit is not None
    assert [problem.code for problem in problems] == ["file-of-another-pc"]


def test_unit_yaml_reads_back_the_same() -> None:
    unit = Unit.model_validate(unit_data())
    assert Unit.model_validate(yaml.safe_load(unit_yaml(unit))) == unit


def test_the_hash_of_an_item_is_of_its_text_not_of_the_order_of_its_options(tmp_path: Path) -> None:
    write_unit(tmp_path, [item_data("E1.01", 1)])
    unit, _ = load_unit(tmp_path / "T-1")
    assert unit is not None
    [item] = unit.items
    turned = item.model_copy(update={"options": dict(reversed(item.options.items()))})
    assert turned.sha256() == item.sha256()
    assert item.model_copy(update={"key": ("a",)}).sha256() != item.sha256()


def test_images_that_cannot_be_printed_are_told_with_item_field_and_file(tmp_path: Path) -> None:
    options = {"a": "![](../unit.yaml)", "b": "![](/etc/passwd)", "c": "![](plan.svg)", "d": "![](zero.svg)"}
    folder = write_unit(tmp_path, [item_data("E1.01", 1, stem="![](cut.png) ข้อใดถูก", options=options)])
    (folder / "media").mkdir()
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{0}"><path d="M0 0h9"/></svg>'
    (folder / "media" / "plan.svg").write_text(drawing.format(9))
    (folder / "media" / "zero.svg").write_text(drawing.format(0))
    (folder / "media" / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "stimuli.yaml").write_text(
        "- id: case-1\n  text: |\n    | x |\n    |---|\n    | ![](zero.svg) |\n"
    )
    unit, problems = load_unit(folder)
    assert unit is None
    assert [(p.code, p.item, p.field) for p in problems] == [
        ("image-unreadable", "E1.01-001", "stem"),
        ("image-missing", "E1.01-001", "options.a"),
        ("image-missing", "E1.01-001", "options.b"),
        ("image-unreadable", "E1.01-001", "options.d"),
        ("image-unreadable", "case-1", "text"),
    ]
    assert "image 'cut.png' is " in problems[0].message
    assert problems[1].message == (
        "image '../unit.yaml' is not in the media folder. Write the name of a file there, "
        "for example plan.png."
    )
    assert "image 'zero.svg' has no size" in problems[3].message


def test_a_row_with_more_cells_than_its_heading_is_told(tmp_path: Path) -> None:
    rows = ["| 1 | 2 |", "| 1 | 2", "1 | 2 |", "| 1 \\| 1 | 2 |", "| 1 |", "| 1 | 2 | 3 |", "1 | 2 || 4"]
    table = "\n".join(["ก", "", "| ก | ข |", "|---|---|", *rows, "", "ข้อใด"])
    folder = write_unit(tmp_path, [item_data("E1.01", 1, stem=table), item_data("E1.01", 2)])
    (folder / "stimuli.yaml").write_text("- id: case-1\n  text: |\n    | x |\n    |---|\n    | 1 | 2 |\n")
    unit, problems = load_unit(folder)
    assert unit is not None
    assert [(p.code, p.item, p.field, p.severity) for p in problems] == [
        ("table-cut", "E1.01-001", "stem", "warning"),
        ("table-cut", "E1.01-001", "stem", "warning"),
        ("table-cut", "case-1", "text", "warning"),
    ]
    assert "row “| 1 | 2 | 3 |” has 3 cells but the heading of its table has 2" in problems[0].message
    assert "row “1 | 2 || 4” has 4 cells" in problems[1].message
