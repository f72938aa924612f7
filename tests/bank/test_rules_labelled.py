"""Rules of `bank check` judged on the labelled set: precision and recall of each (`pytest -s` prints them)."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from examgen.bank.rules import RULES
from examgen.bank.rules.applying import read_settings
from tests.bank.labelled import cases, judge, unit_draft_of

# judged on a unit as a whole or on files, in test_rules.py
NOT_ITEMS = {
    "keys-unbalanced", "key-longest-often", "key-shortest-often", "key-seldom-longest",
    "lure-never-right", "rationale-not-compared", "cognitive-unbalanced", "image-too-coarse", "decided-elsewhere", "level-framed",
}  # fmt: skip

# levels 3, 4, 6 and 7 in writing, 5 by interview
TESTED = [
    {"levels": [3, 4, 6, 7], "methods": ["written_objective"]},
    {"levels": [5], "methods": ["interview"]},
]


class Judged(NamedTuple):
    """Which items a rule must find, and which it found."""

    meant: set[str]
    found: set[str]

    @property
    def precision(self) -> float:
        return len(self.meant & self.found) / len(self.found) if self.found else 0.0

    @property
    def recall(self) -> float:
        return len(self.meant & self.found) / len(self.meant)


@pytest.fixture(scope="module")
def judged(root: Path) -> dict[str, Judged]:
    data = [case for found in cases(root).values() for case in found]
    settings, problems = read_settings(None)
    assert problems == []
    findings = judge([unit_draft_of(data, levels=[3, 4, 5, 6, 7], assessment=TESTED)], settings)
    return {
        rule.code: Judged(
            {case["id"] for case in data if rule.code in case.get("flaws", [])},
            {str(problem.item) for problem in findings.problems if problem.code == rule.code},
        )
        for rule in RULES
        if rule.code not in NOT_ITEMS
    }


def test_the_set_is_large_enough_and_labelled_with_known_codes(root: Path) -> None:
    found = cases(root)
    codes = {rule.code for rule in RULES}
    flawed = [case for name in found if name.endswith("flawed") for case in found[name] if case.get("flaws")]
    sound = [case for name in found if name.endswith("sound") for case in found[name]]
    assert len(flawed) >= 80
    assert len(sound) >= 80
    assert not any(case.get("flaws") for case in sound)
    assert {code for case in flawed for code in case["flaws"]} == codes - NOT_ITEMS


@pytest.mark.long("all rules over a labelled bank; test_rules has a case for and against each")
def test_precision_and_recall(judged: dict[str, Judged]) -> None:
    print(f"\n{'rule':32}{'items':>6}{'found':>6}{'right':>6}{'precision':>11}{'recall':>8}")
    for code, one in judged.items():
        right = len(one.meant & one.found)
        print(f"{code:32}{len(one.meant):6}{len(one.found):6}{right:6}{one.precision:11.2f}{one.recall:8.2f}")
    weak = {code: one for code, one in judged.items() if one.precision < 0.9 or one.recall < 0.7}
    told = {
        code: (sorted(one.found - one.meant), sorted(one.meant - one.found)) for code, one in weak.items()
    }
    assert told == {}


@pytest.mark.long("all rules over a labelled bank; test_rules has a case for and against each")
def test_no_rule_finds_fault_with_a_sound_item_more_than_rarely(judged: dict[str, Judged]) -> None:
    accused = {item for one in judged.values() for item in one.found if "sound" in item}
    assert len(accused) <= 4, accused
