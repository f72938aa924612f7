"""Forms meet their blueprint when recounted without the solver; the same inputs give the same forms."""

from __future__ import annotations

import random
from itertools import groupby

import pytest

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.assembly.recount import recount
from examgen.core.models.form import Exam
from examgen.core.models.item import BankUnit
from examgen.core.problems import BlueprintNotMet, Problem, Refused
from examgen.core.words import tell
from tests.samples import PCS, blueprint, item_data, shelf


def build(bank: BankUnit, **changes: object) -> Exam:
    return assemble([bank], *blueprint(**changes))


def count(exam: Exam, form: int, pc: str) -> int:
    return sum(p.item.pc == pc for p in exam.forms[form].items)


def test_a_recount_sees_a_form_that_misses_its_quota() -> None:
    exam = build(shelf(), criteria={"E2.01": 5})
    form = exam.forms[0]
    short = form.model_copy(update={"items": form.items[:-1]})
    assert {p.field for p in recount(exam.model_copy(update={"forms": (short,)}))} == {
        "items",
        "criteria.E2.01",
    }


def test_enemies_are_never_in_one_form() -> None:
    rows = [item_data(pc, n) for pc in PCS for n in range(1, 5)]
    rows[0]["enemies"] = [rows[1]["id"]]
    rows[5]["enemies"] = [rows[4]["id"]]
    exam = build(shelf(items=rows), items=10)
    used = {p.item.id for p in exam.forms[0].items}
    assert not {rows[0]["id"], rows[1]["id"]} <= used
    assert not {rows[4]["id"], rows[5]["id"]} <= used
    with pytest.raises(BlueprintNotMet):
        build(shelf(items=rows), items=11)


@pytest.mark.parametrize("kind", ["model", "family"])
def test_two_instances_of_a_model_and_two_items_of_a_family_are_never_in_one_form(kind: str) -> None:
    rows = [item_data(pc, n) for pc in PCS for n in range(1, 5)]
    for n, row in enumerate(rows[:3]):
        model = {"id": "E1.01-M01", "seed": 1, "values": {"days": str(n)}}
        row.update({"model": model} if kind == "model" else {"family": "E1.01-F01"})
    exam = build(shelf(items=rows), items=10, forms=3, overlap={"max": 10})
    assert all(sum(bool(p.item.kin) for p in form.items) <= 1 for form in exam.forms)
    assert sum(bool(p.item.kin) for form in exam.forms for p in form.items) == 3
    with pytest.raises(BlueprintNotMet) as told:
        build(shelf(items=rows), items=11)
    name = {"model": "E1.01-M01", "family": "E1.01-F01"}[kind]
    assert name in str([*told.value.advice, *map(str, told.value.problems), told.value.message])
    together = [p for p in exam.forms[0].items if not p.item.kin]
    spoilt = [p for form in exam.forms for p in form.items if p.item.kin] + together
    form = exam.forms[0].model_copy(update={"items": tuple(spoilt[:10])})
    assert "enemies" in {p.field for p in recount(exam.model_copy(update={"forms": (form,)}))}


def test_an_item_of_no_model_is_written_and_hashed_as_it_always_was() -> None:
    [item, *_] = shelf().items
    assert "model" not in item.model_dump(mode="json")


def test_items_of_a_stimulus_stay_together_in_order() -> None:
    rows = [item_data(pc, n) for pc in PCS for n in range(1, 5)]
    for row in rows[1:4]:
        row["shared_stimulus"] = "case-1"
    for seed in range(6):
        form = build(shelf(items=rows), items=8, criteria={"E1.01": {"min": 3}}, seed=seed).forms[0]
        ids = [p.item.id for p in form.items]
        start = ids.index("E1.01-002")
        assert ids[start : start + 3] == ["E1.01-002", "E1.01-003", "E1.01-004"]


def test_the_same_inputs_give_the_same_forms_whatever_the_order_in_the_bank() -> None:
    bank = shelf()
    mixed = list(bank.items)
    random.Random(4).shuffle(mixed)
    turned = tuple(
        item.model_copy(update={"options": dict(reversed(item.options.items()))}) for item in mixed
    )
    other = BankUnit(unit=bank.unit, items=turned)
    assert build(bank, forms=2, seed=7) == build(other, forms=2, seed=7)
    assert bank_sha256([bank]) == bank_sha256([other])
    assert build(bank, seed=7) != build(bank, seed=8)


def test_right_answers_stand_where_chance_puts_them() -> None:
    """Of 40 forms hardly any has ten of each letter, and some have a letter right four times running."""
    forms = [build(shelf(20), items=40, seed=seed).forms[0] for seed in range(40)]
    letters = [[p.key_letters for p in form.items] for form in forms]
    assert sum({form.count(letter) for letter in "ABCD"} == {10} for form in letters) < 3
    assert sum(max(len(list(run)) for _, run in groupby(form)) > 3 for form in letters) > 5


def test_keys_rest_on_the_secret_text_of_the_items_not_on_the_seed_alone() -> None:
    bank = shelf()
    other = BankUnit(
        unit=bank.unit,
        items=tuple(item.model_copy(update={"stem": item.stem + " (ก)"}) for item in bank.items),
    )
    first, second = build(bank).forms[0], build(other).forms[0]
    assert {p.item.id for p in first.items} == {p.item.id for p in second.items}
    assert [p.key_letters for p in first.items] != [p.key_letters for p in second.items]


def test_items_of_other_levels_and_statuses_are_not_used() -> None:
    rows = [item_data(pc, n) for pc in PCS for n in range(1, 5)]
    rows += [item_data(pc, n, levels=[3]) for pc in PCS for n in range(5, 9)]
    rows += [item_data(pc, n, status="retired") for pc in PCS for n in range(9, 12)]
    exam = build(shelf(items=rows))
    assert all(4 in p.item.levels and p.item.status == "draft" for p in exam.forms[0].items)


# ── the gate ─────────────────────────────────────────────────────────────────────────────────


def refusal(**changes: object) -> list[str]:
    unit = changes.pop("unit", {})
    with pytest.raises(Refused) as caught:
        assemble([shelf(**unit)], *blueprint(**changes))  # type: ignore[arg-type]
    assert caught.value.exit_code == 1
    return [str(problem) for problem in caught.value.problems]


def test_a_level_without_a_written_test_is_refused_with_the_words_of_the_standard() -> None:
    [message] = refusal(level=5)
    assert "18.2 “สำหรับหัวหน้าช่าง ระดับ 5 · สอบสัมภาษณ์”" in message
    assert "blueprint.yaml:7" in message
    assert "possible at 3, 4" in message


def test_a_level_that_the_standard_does_not_state_is_refused() -> None:
    [message] = refusal(level=2)
    assert "does not state level 2; it states 3, 4, 5" in message


def test_a_unit_with_levels_needs_one_and_a_unit_without_takes_none() -> None:
    assert "level-missing" in refusal(level=None)[0]
    bare = {"levels": [], "assessment": [{"levels": [], "methods": ["written"]}], "source": None}
    assert "states no level. Remove `level`." in refusal(unit=bare, level=4)[0]


def test_written_without_objective_is_built_with_a_notice() -> None:
    rows = [item_data(pc, n, levels=[]) for pc in PCS for n in range(1, 6)]
    bank = shelf(items=rows, levels=[], assessment=[{"levels": [], "methods": ["written"]}], source=None)
    exam = build(bank, level=None)
    assert len(exam.notices) == 1
    assert (
        "this exam is multiple choice, but the standard does not state which kind of written test"
        in exam.notices[0]
    )


def test_a_level_that_section_18_leaves_out_is_refused() -> None:
    entries = [{"occupation": "ช่าง", "levels": [3], "methods": ["written_objective"]}]
    assert "method-not-stated" in refusal(unit={"assessment": entries, "source": None})[0]


def test_occupations_tested_differently_at_one_level_must_be_told_apart() -> None:
    entries = [
        {"occupation": "ช่าง", "levels": [4], "methods": ["written_objective"]},
        {"occupation": "ผู้ตรวจ", "levels": [4], "methods": ["interview"]},
    ]
    bank = shelf(assessment=entries, source=None)
    assert "so give one" in refusal(unit={"assessment": entries, "source": None})[0]
    assert len(build(bank, occupation="ช่าง").forms) == 1
    with pytest.raises(Refused):
        build(bank, occupation="ผู้ตรวจ")
    with pytest.raises(Refused, match="was not built"):
        build(bank, occupation="ครู")


def test_entries_for_all_occupations_add_to_those_for_one() -> None:
    entries = [
        {"occupation": None, "levels": [], "methods": ["interview"]},
        {"occupation": None, "levels": [4], "methods": ["written_objective"]},
    ]
    assert len(build(shelf(assessment=entries, source=None)).forms) == 1
    told = refusal(unit={"assessment": entries, "source": None}, level=3)[0]
    assert "level-without-written-test" in told
    assert "A written test is possible at 4 [" in told, "of 3, 4 and 5"
    with pytest.raises(Refused) as caught:
        build(shelf(assessment=entries, source=None), level=3)
    (problem,) = caught.value.problems
    assert "สัมภาษณ์" in problem.message.th  # type: ignore[attr-defined]


def test_units_that_share_the_code_of_a_criterion_are_not_mixed() -> None:
    one, other = shelf(), shelf(code="T-2")
    with pytest.raises(Refused) as caught:
        assemble([one, other], *blueprint(units=["T-1", "T-2"]))
    assert "E1.01, E1.02, E2.01. Build one exam for each" in str(caught.value.problems[0])


def test_all_faults_of_a_blueprint_come_at_once() -> None:
    messages = refusal(level=5, criteria={"E9.01": 2, "E1.*": 14}, cognitive={"apply": {"min": 13}})
    assert len(messages) == 4
    assert "Did you mean E1.01?" in refusal(criteria={"E1.o1": 2})[0]


# ── what the bank lacks ──────────────────────────────────────────────────────────────────────


def lacking(bank: BankUnit, **changes: object) -> list[str]:
    with pytest.raises(BlueprintNotMet) as caught:
        build(bank, **changes)
    assert caught.value.exit_code == 4
    return [str(problem) for problem in caught.value.problems]


def test_a_short_criterion_is_named_with_what_to_write() -> None:
    rows = [item_data(pc, n) for pc in PCS for n in range(1, 11)]
    rows[0]["levels"] = [3]
    rows[1]["status"] = "retired"
    [message] = lacking(shelf(items=rows), forms=2, criteria={"E1.01": 6})
    assert (
        "the blueprint requires 6 items of E1.01 in each of 2 forms without overlap, "
        "so 12 different items" in message
    )
    assert "8 that can be used (10 in all: 1 for other levels, 1 status retired)" in message
    assert "write 4 more, or require 4 in each form" in message


def test_quotas_that_do_not_add_up_are_named() -> None:
    assert "add up to 15, more than the 12" in lacking(shelf(), criteria={"all": 5})[0]
    assert "add up to 9, fewer than the 12" in lacking(shelf(), criteria={"all": {"max": 3}})[0]


def test_quotas_that_only_fail_together_are_named() -> None:
    rows = [item_data("E1.01", n, cognitive="remember") for n in range(1, 11)]
    rows += [item_data("E2.01", n, cognitive="apply") for n in range(1, 11)]
    [message] = lacking(shelf(items=rows), criteria={"E1.01": 8}, cognitive={"apply": {"min": 6}})
    assert "add up to 14, more than the 12 items of a form (E1.01 8 + apply 6)" in message


def test_enemies_that_leave_too_few_items_are_told() -> None:
    rows = [item_data(pc, n) for pc in PCS for n in range(1, 5)]
    for row in rows[1:]:
        row["enemies"] = [rows[0]["id"]]
    assert "forms-impossible" in lacking(shelf(items=rows))[0]


def test_criteria_that_decide_on_passing_get_enough_items_to_be_judged() -> None:
    exam = build(shelf(), items=9, **{"pass": {"criteria": {"all": 50}}})
    assert [count(exam, 0, pc) for pc in PCS] == [3, 3, 3]
    assert "counts for passing" in lacking(shelf(2), items=6, **{"pass": {"criteria": {"E2.01": 50}}})[0]


def test_a_refusal_says_its_first_reasons_where_python_shows_it() -> None:
    problems = [
        Problem(f"b.yaml:{n}", "unknown-field", tell("is not a field here"), field="x") for n in range(8)
    ]
    told = str(Refused(tell("the blueprint has errors"), problems))
    assert told.splitlines()[:2] == [
        "the blueprint has errors",
        "  b.yaml:0: x: is not a field here [unknown-field]",
    ]
    assert told.splitlines()[-1] == "  … and 3 more in .problems"
    assert (
        str(Refused(tell("a.csv: is empty"), [Problem("a.csv", "empty", tell("is empty"))]))
        == "a.csv: is empty"
    )
