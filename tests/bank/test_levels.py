"""What levels ask: the framework, a unit's `levels.yaml`, its faults with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from examgen.bank.loading import load_unit
from tests.samples import write_unit

SOUND = """\
drafted_by: คณะทำงาน
levels:
- level: 3
  asked: {th: ทำตามขั้นตอน, en: Works by procedure}
  elements:
    E1: {th: ระบุได้, en: Names it}
    E2: {th: ตรวจได้, en: Checks it}
- level: 4
  asked: {th: เลือกวิธี, en: Picks a method}
  elements:
    E1: {th: อธิบายได้, en: Explains it}
    E2: {th: ประเมินได้, en: Judges it}
"""


def test_the_starter_bank_says_what_each_tested_level_asks_of_each_element(root: Path) -> None:
    unit, problems = load_unit(root / "item_bank" / "ASM-REE-5-059ZB")
    assert unit is not None
    assert unit.meanings is not None
    assert [one for one in problems if one.code != "method-not-asked"] == []  # of the portfolio
    assert (unit.meanings.drafted_by, unit.meanings.is_draft) == ("examgen", True)
    assert [one.level for one in unit.meanings.levels] == [3, 4, 5, 6]
    assert all(set(one.elements) == {"A4011", "A4012", "A4013"} for one in unit.meanings.levels)


@pytest.mark.parametrize(
    ("old", "new", "line", "code", "severity"),
    [
        ("level: 4", "level: 3", 8, "level-twice", "warning"),
        ("level: 4", "level: 6", 8, "level-unknown", "warning"),
        ("    E2: {th: ประเมินได้, en: Judges it}\n", "", 11, "element-missing", "warning"),
        ("    E2: {th: ตรวจได้", "    E3: {th: ตรวจได้", 7, "element-unknown", "warning"),
        (SOUND[SOUND.index("- level: 4") :], "", 3, "level-missing", "warning"),
        ("level: 4", "level: four", 8, "value", "error"),
        (", en: Picks a method}", "}", 9, "field-missing", "error"),
        ("drafted_by: คณะทำงาน", "draft_by: คณะทำงาน", 1, "field-unknown", "error"),
    ],
)
def test_faults_of_a_units_levels_are_told_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, code: str, severity: str
) -> None:
    folder = write_unit(tmp_path)
    (folder / "levels.yaml").write_text(SOUND, "utf-8")
    assert load_unit(folder)[1] == []
    assert old in SOUND
    (folder / "levels.yaml").write_text(SOUND.replace(old, new), "utf-8")
    unit, problems = load_unit(folder)
    assert (unit is None) == (severity == "error")
    assert (f"T-1/levels.yaml:{line}", code, severity) in [(p.source, p.code, p.severity) for p in problems]
