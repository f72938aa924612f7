"""What `build` says beforehand of forms that cannot judge a criterion, or do not ask elements alike."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from examgen.assembly import building as exams
from examgen.core.exam.package import read_exam
from examgen.core.words import Message
from tests.commands.conftest import Run
from tests.reports.scored_samples import items_of, long_unit
from tests.samples import blueprint_data, write_unit

UNIT = long_unit(14)
"""Elements of ten and of four criteria."""


def built(folder: Path, each: int = 3, **asked: Any) -> exams.BuiltExam:
    """Forms of a bank with so many items for every criterion."""
    write_unit(folder / "item_bank", items_of(UNIT, each), elements=UNIT["elements"])
    path = folder / "bp.yaml"
    path.write_text(yaml.safe_dump(blueprint_data(**asked), allow_unicode=True), "utf-8")
    return exams.build(path, folder)


def counts(made: exams.BuiltExam, of: str) -> list[Counter[str]]:
    """Items of each form by criterion or element, counted from forms.csv."""
    lines = (made.folder / "secure" / "forms.csv").read_text("utf-8-sig").splitlines()
    heads = lines[0].split(",")
    rows = [dict(zip(heads, line.split(","), strict=False)) for line in lines[1:]]
    forms = sorted({row["form"] for row in rows})
    return [Counter(row[of] for row in rows if row["form"] == form) for form in forms]


def about(made: exams.BuiltExam, words: str) -> list[str]:
    return [one for one in made.exam.notices if words in one]


def test_a_paper_that_can_judge_no_criterion_says_so(tmp_path: Path) -> None:
    made = built(tmp_path, items=10, criteria={"all": {"min": 0, "max": 1}})
    (own,) = counts(made, "pc")
    (said,) = about(made, "judged")
    assert said.startswith(
        "none of the 10 criteria of the blueprint can be judged, because no form has 3 items of them"
    )
    named = re.findall(r"(E\d\.\d\d) \((\d)\)", said)
    assert [name for name, _ in named] == sorted(own)[:8]
    assert {n for _, n in named} == {"1"}
    assert "and 2 more" in said
    (kept,) = [one for one in read_exam(made.folder).notices if one == said]
    assert isinstance(kept, Message)  # exam.yaml keeps its id and values
    assert re.findall("[A-Za-z]{3,}", kept.th) == ["judgement", "min", "items"]
    assert said.endswith("Write more items for them, lower that number, or remove them from the blueprint.")


def test_some_criteria_can_never_be_judged(tmp_path: Path) -> None:
    made = built(tmp_path, items=8, criteria={"E1.01": 3, "E1.02": 3, "E1.03": 2, "all": {"min": 0}})
    (own,) = counts(made, "pc")
    few = {pc: n for pc, n in own.items() if n < 3}
    (said,) = about(made, "judged")
    assert said.startswith(f"{len(few)} of the {len(own)} criteria of the blueprint can never be judged")
    assert ", ".join(f"{pc} ({n})" for pc, n in sorted(few.items())) in said


def test_criteria_that_nobody_can_meet_with_the_certainty_asked_are_named(tmp_path: Path) -> None:
    rule = {"min_items": 2, "certainty": {"percent": 90}}
    asked = {"E1.01": 4, "E1.02": 3, "E1.03": 2, "all": {"min": 0}}
    made = built(tmp_path, each=4, items=9, criteria=asked, judgement=rule)
    # 0.6 ** (n + 1) is the doubt that n of n right leave: 0.22 of two, 0.13 of three, 0.08 of four
    (said,) = about(made, "at the required certainty")
    assert said.startswith("E1.02 (3), E1.03 (2) cannot be met at the required certainty")


@pytest.mark.parametrize("asked", [{"judgement": {"min_items": 1}}, {"items": 42, "criteria": {"all": 3}}])
def test_where_all_can_be_judged_nothing_is_said(tmp_path: Path, asked: dict[str, Any]) -> None:
    assert about(built(tmp_path, **{"items": 14, "criteria": {"all": 1}, **asked}), "judged") == []


def test_a_criterion_that_one_form_alone_can_judge(tmp_path: Path) -> None:
    asked = {"all": {"min": 0}, "E1.01": {"min": 2, "max": 3}, "E1.02": 2}
    made = built(
        tmp_path, each=5, forms=2, items=5, criteria={**asked, "E2.*": 0}, overlap={"min": 0, "max": 5}
    )
    a, b = counts(made, "pc")
    only = sorted(pc for pc in {*a, *b} if min(a[pc], b[pc]) < 3 <= max(a[pc], b[pc]))
    told = about(made, "only on some forms")
    assert bool(told) == bool(only)
    for pc in only:
        assert f"{pc} ({min(a[pc], b[pc])}–{max(a[pc], b[pc])})" in told[0]


def test_forms_that_differ_by_element_are_told_with_their_numbers(tmp_path: Path) -> None:
    seen = set()
    for seed in range(3):
        place = tmp_path / str(seed)
        made = built(place, forms=2, items=5, criteria={"all": {"min": 0, "max": 1}}, seed=seed)
        a, b = counts(made, "element")
        apart = sorted(name for name in {*a, *b} if a[name] != b[name])
        told = about(made, "forms differ")
        assert bool(told) == bool(apart), (seed, a, b)
        seen.add(bool(apart))
        for name in apart:
            assert f"{name} ({min(a[name], b[name])}–{max(a[name], b[name])})" in told[0]
    assert True in seen
    alike = built(tmp_path / "alike", forms=2, items=5, criteria={"E1.*": 3, "E2.*": 2})
    assert about(alike, "forms differ") == []


def test_screen_json_and_report_say_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = built(tmp_path, items=10, criteria={"all": {"min": 0, "max": 1}})
    (said,) = about(made, "judged")
    words = ("build", tmp_path / "bp.yaml", "--out", tmp_path / "again")
    ran = run.ok(*words)
    assert f"! {said}" in " ".join(ran.text.split())
    ran = run("build", tmp_path / "bp.yaml", "--out", tmp_path / "third", "--json")
    assert said in json.loads(ran.out)["notices"]
    (report,) = (tmp_path / "again").rglob("*build*.html")
    assert said in report.read_text("utf-8")


def test_parts_that_fail_people_on_few_items_are_told_in_thai_as_well(tmp_path: Path) -> None:
    asked = {"items": 14, "criteria": {"all": {"min": 1}}}
    made = built(
        tmp_path,
        each=6,
        **asked,
        **{"pass": {"percent": 60, "elements": {"all": 50}}},
        judgement={"min_items": 12},
    )
    (said,) = about(made, "can fail candidates on fewer")
    (kept,) = [one for one in read_exam(made.folder).notices if one == said]
    assert isinstance(kept, Message)
    assert set(re.findall("[A-Za-z]{3,}", kept.th)) == {"pass", "elements", "judgement", "min", "items"}
