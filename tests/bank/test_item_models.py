"""Item models: exact and bounded expressions, texts as papers print them, instances that are sound items."""

from __future__ import annotations

import datetime
import time
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from examgen.bank import checking
from examgen.bank.generation import expressions, texts
from examgen.bank.generation.checking import FoundModel, load_models, sampled
from examgen.bank.generation.functions import Value, Wrong
from examgen.bank.generation.instances import CONDITION, NOT_WRONG, Instance, Maker, ModelFault
from examgen.bank.generation.texts import NumberWriting
from examgen.bank.loading import load_unit
from examgen.papers import generated_items as generation
from examgen.papers.generated_items import generate, generate_into_items
from examgen.papers.item_pages import Sought, find_items
from examgen.reports.coverage_report.bank_coverage import bank_coverage
from tests.samples import item_data, write_unit

NAMES: dict[str, Value] = {
    "n": Fraction(5), "third": Fraction(1, 3), "big": Fraction("1234567.5"), "day": datetime.date(2026, 4, 9),
    "at": datetime.time(8, 30), "flag": True, "word": "คำขอ",
}  # fmt: skip


def value(text: str) -> Value:
    return expressions.read(text, frozenset(NAMES)).value(NAMES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1 + 0.2 == 0.3", True),
        ("1 / 3 * 3", Fraction(1)),
        ("round(2.5)", Fraction(3)),
        ("round(-2.5)", Fraction(-3)),
        ("round(1.005, 2)", Fraction(101, 100)),
        ("floor(7 / 2) + ceil(7 / 2)", Fraction(7)),
        ("mean(1, 2, 4)", Fraction(7, 3)),
        ("median(4, 1, 3, 2)", Fraction(5, 2)),
        ("nearest_rank(90, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)", Fraction(9)),
        ("count(n > 4, n > 5)", Fraction(1)),
        ("n if flag else 0", Fraction(5)),
        ("1 < n <= 5 and not n == 4", True),
        ('sequence(2, "ข", 1, "ก")', "ก → ข"),
        ('workday(day, 3, date("2026-04-13"))', datetime.date(2026, 4, 15)),
        ('workdays(day, date("2026-04-15"), date("2026-04-13"))', Fraction(4)),
        ("day + 30", datetime.date(2026, 5, 9)),
        ('day - date("2026-04-01")', Fraction(8)),
        ("weekday(day)", Fraction(4)),
        ("at + 45", datetime.time(9, 15)),
        ('time("10:00") - at', Fraction(90)),
        ("n in (1, 2, 5)", True),
        ("word + word", "คำขอคำขอ"),
        ("-2 ** 2 + 7 % 4 + 7 // 2", Fraction(2)),
    ],
)
def test_an_expression_has_its_exact_value(text: str, expected: Value) -> None:
    assert value(text) == expected


HOSTILE = [
    "9**9**9", "2**300", "'a'*99999999", "10**40*10**40*10**40", "9" * 500, "+".join(["word"] * 100) + "*2",
    "().__class__.__base__", "n.numerator", "n[0]", "__import__('os')", "eval('1')", "open('x')", "print(n)",
    "[n for n in (1,2)]", "lambda: 1", "f'{n}'", "(n := 5)", "min(*day)", "round(n, places=2)", "exit", "{}",
    "((" * 200 + "1" + "))" * 200, "-" * 550 + "1", "((1,2),(3,4))", "x" * 5000, "1e400", "0x10", "1j", "b'a'", "...",
    "round(n, 10**9)", "workday(day, 10**9)", "date('9999-12-31') + 1", "at + 10**6", "not_known", "n +", "",
    "n / 0", "0 ** -1", "n < word", "n and flag", "flag + 1", "day + 0.5", "choose(9, 1, 2)", "sequence(1,'a',1,'b')",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: str(text)[:20])
def test_what_reaches_out_or_never_ends_is_refused_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises(Wrong) as told:
        value(text)
    assert time.process_time() - start < 0.2
    assert len(told.value.message) < 400


@given(st.recursive(st.sampled_from(["n", "third", "2", "0.5"]), lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]}{p[1]}{p[2]})"), max_leaves=6))  # fmt: skip
def test_arithmetic_is_that_of_fractions(text: str) -> None:
    """Against Python's own reckoning on Fractions, which also says where there is no value."""
    names = {"n": NAMES["n"], "third": NAMES["third"]}
    plain = text.replace("0.5", "half").replace("2", "two")
    try:
        expected = eval(plain, {}, names | {"half": Fraction(1, 2), "two": Fraction(2)})
    except ZeroDivisionError:
        expected = None
    try:
        assert value(text) == expected
    except Wrong:
        assert expected is None


@given(
    st.dates(datetime.date(2020, 1, 1), datetime.date(2030, 1, 1)),
    st.integers(0, 40),
    st.lists(st.integers(-3, 60), max_size=6),
)
def test_working_days_are_those_of_a_calendar_that_is_leafed_through(
    start: datetime.date, n: int, holidays: list[int]
) -> None:
    closed = {start + datetime.timedelta(k) for k in holidays}
    day, left = start, n
    while left:
        day += datetime.timedelta(1)
        left -= day.weekday() < 5 and day not in closed
    listed = "".join(f', date("{one}")' for one in sorted(closed))
    assert value(f'workday(date("{start}"), {n}{listed})') == day
    days = [start + datetime.timedelta(k) for k in range((day - start).days + 1)]
    assert value(f'workdays(date("{start}"), date("{day}"){listed})') == sum(
        one.weekday() < 5 and one not in closed for one in days
    )


@pytest.mark.parametrize(
    ("text", "th", "thai_digits", "en"),
    [
        ("{{ big }}", "1,234,567.5", "๑,๒๓๔,๕๖๗.๕", "1,234,567.5"),
        ("{{ big | plain }}", "1234567.5", "๑๒๓๔๕๖๗.๕", "1234567.5"),
        ("{{ third | number(2) }}", "0.33", "๐.๓๓", "0.33"),
        ("{{ third | percent(1) }}", "0.3%", "๐.๓%", "0.3%"),
        ("{{ n | number(1) }}", "5.0", "๕.๐", "5.0"),
        ("{{ big | baht }}", "1,234,567.50 บาท", "๑,๒๓๔,๕๖๗.๕๐ บาท", "1,234,567.50 baht"),
        ("{{ n | baht }}", "5 บาท", "๕ บาท", "5 baht"),
        ("{{ day }}", "9 เมษายน 2569", "๙ เมษายน ๒๕๖๙", "9 April 2026"),
        ("{{ day | short_day }}", "9 เม.ย. 2569", "๙ เม.ย. ๒๕๖๙", "9 Apr 2026"),
        (
            "{{ day | weekday }}",
            "วันพฤหัสบดีที่ 9 เมษายน 2569",
            "วันพฤหัสบดีที่ ๙ เมษายน ๒๕๖๙",
            "Thursday 9 April 2026",
        ),
        ("{{ at }}", "08.30 น.", "๐๘.๓๐ น.", "08.30 hrs"),
        ("{{ n | duration }}", "5 นาที", "๕ นาที", "5 minutes"),
        ("{{ word if flag else n }} {{ n }}", "คำขอ 5", "คำขอ ๕", "คำขอ 5"),
    ],
)
def test_values_are_written_as_papers_print_them(text: str, th: str, thai_digits: str, en: str) -> None:
    for writing, expected in (
        (NumberWriting("th", "arabic"), th),
        (NumberWriting("th", "thai"), thai_digits),
        (NumberWriting("en", "arabic"), en),
    ):
        assert texts.read(text, frozenset(NAMES), writing).text(NAMES) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in range(9999999) %}x{% endfor %}", "{{ n * 2 }}", "{{ n.numerator }}", "{{ word | upper }}",
        "{{ ''.__class__ }}", "{{ n(1) }}", "{% set x = 1 %}", "{{ n", "{{ other }}", "{{ [n] }}", "{{ n | number(places=2) }}",
        "{{ third }}", "{{ word | number }}", "{{ flag }}", "{{ n | number(99) }}", "{{ n | day }}", "{% include 'x' %}",
        "{{ n | number('x') }}", "{{ n | number(1, 2) }}", "{% raw %}x{% endraw %}{{ cycler }}", "{{ word[0] }}",
    ],
)  # fmt: skip
def test_a_text_holds_values_alone(text: str) -> None:
    with pytest.raises(Wrong):
        texts.read(text, frozenset(NAMES), NumberWriting("th", "arabic")).text(NAMES)


# ── models in a unit's folder ────────────────────────────────────────────────────────────────


def model_data(**changes: Any) -> dict[str, Any]:
    """Minutes of a job with a break that candidates forget, add twice, or take for all of it."""
    return {
        "id": "E1.01-M01",
        "pcs": ["E1.01"],
        "levels": [3],
        "cognitive": "apply",
        "variables": {
            "jobs": {"integer": {"from": 2, "to": 40}},
            "each": {"integer": {"from": 10, "to": 60, "step": 5}},
            "pause": {"list": [15, 20, 30, 45]},
            "room": {"names": ["ห้องประชุม", "ห้องพัก", "ห้องครัว"]},
        },
        "compute": {"work": "jobs * each", "whole": "work + pause"},
        "conditions": ["jobs != each", "whole < 1200"],
        "stem": "ทำความสะอาด{{ room }} {{ jobs }} ห้อง ห้องละ {{ each }} นาที และพัก {{ pause }} นาทีหนึ่งครั้ง ใช้เวลารวมเท่าใด",
        "option": "{{ value }} นาที",
        "key": {"value": "whole", "rationale": "{{ jobs }} × {{ each }} + {{ pause }} = {{ value }} นาที"},
        "distractors": [
            {"mistake": "forgot_break", "value": "work", "rationale": "ลืมเวลาพัก"},
            {"mistake": "break_each", "value": "jobs * (each + pause)", "rationale": "นับเวลาพักทุกห้อง"},
            {"mistake": "break_taken_off", "value": "work - pause", "rationale": "หักเวลาพักออก", "wrong": "pause > 0"},
            {"mistake": "break_twice", "value": "work + 2 * pause", "rationale": "นับเวลาพักสองครั้ง"},
            {"mistake": "one_less", "value": "(jobs - 1) * each + pause", "rationale": "นับห้องขาดไปหนึ่ง"},
        ],
        "reference": "คู่มือทดลอง",
        **changes,
    }  # fmt: skip


def written(bank: Path, *models: dict[str, Any]) -> Path:
    """A unit with these models in a file."""
    folder = bank / "T-1" if (bank / "T-1").is_dir() else write_unit(bank)
    (folder / "models").mkdir(exist_ok=True)
    text = yaml.safe_dump(list(models), allow_unicode=True, sort_keys=False)
    (folder / "models" / "E1.01.yaml").write_text(text, "utf-8")
    return folder


def read(bank: Path, **changes: Any) -> FoundModel:
    [one], problems = load_models(written(bank, model_data(**changes)))
    assert problems == []
    return one


def made(one: FoundModel, n: int, seed: int = 1) -> tuple[list[Instance], Counter[str]]:
    assert one.read is not None
    maker = Maker(one.read, seed)
    return list(maker.made(n)), maker.aside


def test_instances_are_different_items_each_with_one_right_answer(tmp_path: Path) -> None:
    instances, _ = made(read(tmp_path), 400)
    assert len({(one.item.stem, *one.item.options.values()) for one in instances}) == 400
    assert len({one.item.id for one in instances}) == 400
    places = Counter(one.item.key[0] for one in instances)
    assert max(places.values()) - min(places.values()) <= 4
    for one in instances:
        drawn = one.item.model
        assert drawn is not None
        jobs, each, pause = (int(drawn.values[name]) for name in ("jobs", "each", "pause"))
        by_option = {name: int(text.split()[0].replace(",", "")) for name, text in one.item.options.items()}
        right = jobs * each + pause
        assert [name for name, minutes in by_option.items() if minutes == right] == list(one.item.key)
        assert list(by_option.values()) == sorted(set(by_option.values()))
        assert len(by_option) == 4
        assert set(drawn.mistakes) == set(by_option) - set(one.item.key)
        of = {"forgot_break": jobs * each, "break_each": jobs * (each + pause), "break_taken_off": jobs * each - pause,
              "break_twice": right + pause, "one_less": right - each}  # fmt: skip
        assert all(by_option[name] == of[mistake] for name, mistake in drawn.mistakes.items())


def test_the_same_seed_gives_the_same_instances_and_another_others(tmp_path: Path) -> None:
    one = read(tmp_path)
    assert made(one, 20, 5) == made(one, 20, 5)
    assert [i.item.stem for i in made(one, 20, 5)[0]] != [i.item.stem for i in made(one, 20, 6)[0]]


def test_what_does_not_fit_is_left_aside_and_counted(tmp_path: Path) -> None:
    few = read(tmp_path, variables={**model_data()["variables"], "each": {"list": [10]}, "jobs": {"list": [10, 12]}, "pause": {"list": [30]}})  # fmt: skip
    instances, aside = made(few, 50)
    assert {one.item.model.values["jobs"] for one in instances if one.item.model} == {"12"}
    assert len(instances) == 3
    assert aside[CONDITION] == 3
    alike = read(tmp_path, distractors=[{**one, "value": "whole"} for one in model_data()["distractors"]])
    instances, aside = made(alike, 5)
    assert instances == []
    assert aside[NOT_WRONG] > 100
    assert [p.code for p in sampled(alike).problems] == ["model-empty"]
    wide = read(tmp_path, apart="40")
    for one in made(wide, 30)[0]:
        minutes = sorted(int(text.split()[0].replace(",", "")) for text in one.item.options.values())
        assert all(b - a >= 40 for a, b in pairwise(minutes))


def test_options_that_print_alike_never_meet(tmp_path: Path) -> None:
    one = read(tmp_path, option="{{ value | number(0) }} นาที", key={"value": "whole / 7", "rationale": "-"},
               distractors=[{"mistake": f"m{n}", "value": f"whole / 7 + {n} / 10", "rationale": "-"} for n in range(30)])  # fmt: skip
    for instance in made(one, 40)[0]:
        assert len(set(instance.item.options.values())) == 4


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"compute": {"work": "jobs * eech"}}, "compute.work: eech is not a name of this "
                                               "model. Did you mean each?"),
        ({"compute": {"work": "whole", "whole": "1"}}, "compute.work: whole is not a name of this model"),
        ({"conditions": ["jobs >"]}, "conditions.0: jobs > is not an expression"),
        ({"stem": "{{ jops }}"}, "stem: jops is not a name of this model. Did you mean jobs?"),
        ({"option": "{{ value | numbr }}"}, "option: numbr is not a format for a value. "
                                            "Did you mean number?"),
        ({"stem": "{{ value }}"}, "stem: value is not a name of this model"),
        ({"variables": {"jobs": {"integer": {"from": 5, "to": 2}}}}, "variables.jobs: contains no value"),
        ({"variables": {"jobs": {"list": [1], "names": ["a"]}}}, "variables.jobs: must have exactly one kind"),
        ({"variables": {"jobs": {"list": [1, 2], "draw": 3}}}, "variables.jobs.draw: draws "
                                                               "3 different values from "
                                                               "only 2"),
        ({"variables": {"max": {"list": [1]}}}, "variables.max: max is a reserved name"),
        ({"variables": {"t": {"table": {"columns": ["a", "b"], "rows": [[1]]}}}}, "row 1 has 1 values for 2 columns"),
        ({"choices": 5, "distractors": model_data()["distractors"][:2]}, "distractors: are "
                                                                         "2, but 5 options "
                                                                         "need at least 4"),
        ({"pcs": ["E9.01"]}, "pcs: E9.01 is not a criterion of T-1"),
        ({"levels": [8]}, "levels: T-1 does not state level 8"),
        ({"enemies": ["E1.01-999"]}, "enemies: E1.01-999 is not an item of T-1"),
        ({"sed": 1}, "sed: is not a field here"),
        ({"compute": {"work": "1", "whole": "jobs / (each - each)"}}, "compute.whole: "
                                                                      "divides by 0. Set a "
                                                                      "condition. (drawn: "
                                                                      "jobs = "),
        ({"option": "{{ value }} {{ third }}", "compute": {"work": "1", "whole": "2", "third": "jobs / 7"}}, "has no last decimal"),
        ({"conditions": ["jobs"]}, "jobs is neither true nor false"),
        ({"conditions": ["jobs > 100"]}, "has no usable instance ("),
        ({"stem": "ข้อใดไม่ถูก  {{ jobs }} {{ each }} {{ pause }} {{ room }}"}, "negative"),
    ],
)  # fmt: skip
def test_faults_are_told_with_line_and_field(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    written(tmp_path / "item_bank", model_data(**changes))
    found = [str(problem) for problem in checking.check(tmp_path, ["T-1"]).problems]
    mine = [text for text in found if "T-1/models/E1.01.yaml:" in text and "E1.01-M01" in text]
    assert any(expected in text for text in mine), found
    assert (
        not any("T-1/models/E1.01.yaml:1:" in text for text in mine if "id:" not in text)
        or "expected" in expected
    )


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    bad = model_data(stem="{{ x }}", conditions=["y"], compute={"work": "z", "whole": "1"})
    _, problems = load_models(written(tmp_path, bad, model_data()))
    assert [problem.field for problem in problems] == ["compute.work", "conditions.0", "stem", "id"]


def test_a_sound_model_is_checked_in_silence_and_its_waivers_count(tmp_path: Path) -> None:
    written(tmp_path / "item_bank", model_data())
    checked = checking.check(tmp_path, ["T-1"])
    assert [str(p) for p in checked.problems if "M01" in str(p)] == []
    doubled = "{{ room }}  {{ jobs }} {{ each }} {{ pause }} ใช้เวลารวมเท่าใด"
    written(tmp_path / "item_bank", model_data(stem=doubled))
    assert [p.code for p in checking.check(tmp_path, ["T-1"]).problems if p.item == "E1.01-M01"] == [
        "double-space"
    ]
    assert generate(tmp_path, ["E1.01-M01"], 3, 1).models[0].aside["double-space"] > 100
    written(tmp_path / "item_bank", model_data(stem=doubled, waivers={"double-space": "จำเป็น"}))
    checked = checking.check(tmp_path, ["T-1"])
    assert [one.problem.item for one in checked.waived] == ["E1.01-M01"]
    assert len(generate(tmp_path, ["E1.01-M01"], 3, 1).items) == 3


def test_instances_go_into_the_bank_and_are_numbered_on(tmp_path: Path) -> None:
    bank = tmp_path / "item_bank"
    folder = written(bank, model_data())
    before = (folder / "items" / "E1.01.yaml").read_text("utf-8")
    first = generate_into_items(bank, ["T-1"], 3, 1)
    assert (folder / "items" / "E1.01.yaml").read_text("utf-8").startswith(before)
    second = generate_into_items(bank, ["E1.01-M01"], 3, 1)
    assert [item.id[-4:] for item in (*first.items, *second.items)] == [f"{n:04}" for n in range(1, 7)]
    shelf, problems = load_unit(folder)
    assert shelf is not None
    assert problems == []
    kept = [item for item in shelf.items if item.model]
    assert kept == [*first.items, *second.items]
    assert len({item.stem for item in kept}) == 6
    assert [
        p
        for p in checking.check(tmp_path, ["T-1"]).problems
        if p.code == "near-duplicate" and "M01" in str(p)
    ] == []


def test_statistics_of_instances_are_pooled_by_model(tmp_path: Path) -> None:
    bank = tmp_path / "item_bank"
    folder = written(bank, model_data())
    one, two, three = generate_into_items(bank, [], 3, 1).items
    lines = [f"{one.id},,1,A,2026-01-01,100,0.5,0.30", f"{two.id},,1,A,2026-01-01,300,0.9,0.10"]
    heads = "item,item_hash,administration,form,date,n,facility,item_rest"
    (folder / "statistics.csv").write_text(
        "\n".join([heads, *lines, "E1.01-001,,1,A,2026-01-01,50,0.1,0"]), "utf-8"
    )
    [found] = bank_coverage(bank, "T-1", None, ["draft"]).models
    assert found[:4] == ("E1.01-M01", 3, 2, 400)
    assert found.facility == pytest.approx((50 + 270) / 400)
    assert (found.least, found.greatest) == (0.5, 0.9)
    assert found.item_rest == pytest.approx((30 + 30) / 400)
    ids = [f.item.id for f in find_items(bank, "T-1", Sought(model="E1.01-M01")).items]
    assert ids == [one.id, two.id, three.id]


def test_a_number_is_no_part_of_a_longer_one(tmp_path: Path) -> None:
    values = {"a": "125 คะแนน", "b": "1,125 คะแนน", "c": "2,125 คะแนน", "d": "3,125.50 คะแนน"}
    folder = write_unit(tmp_path / "item_bank", [item_data("E1.01", 1, options=values, key="b")])
    assert folder.is_dir()
    found = checking.check(tmp_path, [], ["options-contain-each-other"])
    assert found.problems == []


def test_pages_and_data_show_the_instances(tmp_path: Path) -> None:
    written(tmp_path / "item_bank", model_data())
    done = generate(tmp_path, [], 2, 1)
    data = generation.as_json(done)
    assert [one["model"]["id"] for one in data["items"]] == ["E1.01-M01"] * 2
    out = generation.write_out(done, tmp_path, tmp_path / "two.yaml", replace=False)
    assert yaml.safe_load(out.files[0].read_text("utf-8")) == data["items"]


def test_a_fault_that_shows_late_is_told_with_what_was_drawn(tmp_path: Path) -> None:
    rare = model_data(compute={"work": "jobs * each", "whole": "work + pause + 0 * (1 / (jobs - 40))"})
    one = load_models(written(tmp_path, rare))[0][0]
    with pytest.raises(ModelFault) as told:
        made(one, 2000)
    assert (told.value.field, "jobs = 40" in told.value.drawn) == ("compute.whole", True)
