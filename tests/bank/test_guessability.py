"""How well keys are found by the looks of options: the model against plain loops, and on banks with cues."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from examgen.bank.guessing.choice import FirstSteps, fit, folds_of, without_each
from examgen.bank.guessing.looks import (
    CUES,
    PresentedItem,
    cues,
    extreme,
    in_places,
    look,
    look_of,
    places,
    together,
)
from examgen.bank.guessing.measure import Guessed, measure
from examgen.bank.guessing.results import advice, as_json, summary
from examgen.bank.guessing.wording import Worded, worded
from examgen.bank.loading import load_unit
from examgen.bank.rules.applying import read_settings
from tests.bank.labelled import judge, unit_draft_of

THAI = [
    "งาน", "ตรวจ", "บันทึก", "ผู้ดูแล", "อาคาร", "ห้อง", "เวลา", "แจ้ง", "เหตุ", "วัน", "ราคา", "สัญญา",
    "ลูกบ้าน", "ประชุม", "เอกสาร", "ส่ง", "รับ", "คืน", "ซ่อม", "น้ำ", "ไฟ", "สวน", "ลิฟต์",
]  # fmt: skip
ENGLISH = [
    "check", "record", "keeper", "house", "room", "time", "report", "case", "day", "price", "contract",
    "tenant", "meeting", "paper", "send", "take",
]  # fmt: skip


def bank(
    n: int = 200,
    seed: int = 1,
    words: Sequence[str] = THAI,
    n_options: Sequence[int] = (4,),
    n_keys: int = 1,
    criteria: int = 6,
) -> list[PresentedItem]:
    """Items whose options are words by lot, the key any of them."""
    chance = random.Random(seed)
    joint = "" if words is THAI else " "

    def text(least: int, most: int) -> str:
        return joint.join(chance.choices(words, k=chance.randint(least, most)))

    found = []
    for item in range(n):
        k = chance.choice(n_options)
        options = tuple(text(4, 9) for _ in range(k))
        keys = frozenset(chance.sample(range(k), n_keys))
        found.append(PresentedItem(f"i{item:03d}", f"c{item % criteria}", text(10, 20), options, keys))
    return found


def planted(
    items: Sequence[PresentedItem], change: Callable[[PresentedItem, str], str], every: int = 2
) -> list[PresentedItem]:
    """The items with the text of each key changed, in one of `every`."""
    return [
        one._replace(options=tuple(change(one, t) if k in one.keys else t for k, t in enumerate(one.options)))
        if n % every == 0
        else one
        for n, one in enumerate(items)
    ]


def found(items: Sequence[PresentedItem]) -> Guessed:
    return measure(look(items))


def share(items: Sequence[PresentedItem]) -> float:
    guessed = found(items)
    assert guessed.share is not None
    return guessed.share


def habit(guessed: Guessed, name: str) -> float:
    return next(one.share for one in guessed.habits if one.name == name)


# ── what is found ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("words", "n_options"), [(THAI, (4,)), (ENGLISH, (3, 4, 5, 6))])
def test_keys_by_lot_are_found_by_chance(seed: int, words: list[str], n_options: tuple[int, ...]) -> None:
    items = bank(240, seed, words, n_options)
    guessed = found(items)
    assert guessed.chance == pytest.approx(sum(1 / len(one.options) for one in items) / len(items))
    assert guessed.share == pytest.approx(guessed.chance, abs=0.09)
    assert guessed.shuffled == pytest.approx(guessed.chance, abs=0.02)
    assert not guessed.more_than_chance
    assert "chance explains it" in summary(guessed)


def _drop(one: PresentedItem, text: str) -> str:
    return text[: len(text) // 2]


PLANTED = {
    "longest": lambda one, text: text + max(one.options, key=len),
    "shortest": _drop,
    "stem": lambda one, text: one.stem[: len(text)],
    "others": lambda one, text: "".join(o[: len(o) // 2] for o in one.options if o != text)[: len(text)],
    "hedge": lambda one, text: "อาจ" + text,
    "digits": lambda one, text: text + " 25",
    "brackets": lambda one, text: f"{text} (งาน)",
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_cue_that_is_planted_in_every_second_key_is_found(name: str) -> None:
    sound = bank(160, 3)
    guessed = found(planted(sound, PLANTED[name]))
    assert (guessed.share or 0) > 0.5
    assert guessed.more_than_chance
    assert guessed.p == pytest.approx(1 / 201)
    kind = {"longest": "length", "shortest": "length", "hedge": "words", "brackets": "marks"}.get(name, name)
    assert next(one.share for one in guessed.groups if one.name == kind) > 0.4
    assert guessed.worst
    assert sum(int(one.item[1:]) % 2 == 0 for one in guessed.worst[:5]) >= 4


def test_the_more_keys_have_a_cue_the_more_are_found() -> None:
    sound = bank(160, 4)
    shares = [share(planted(sound, PLANTED["longest"], every)) for every in (1, 2, 4)] + [share(sound)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.95


def test_keys_of_the_starter_bank_made_longest_are_found_and_shuffled_are_not(root: Path) -> None:
    unit, _ = load_unit(root / "item_bank" / "DG-TWRT-007")
    assert unit is not None
    chance = random.Random(5)
    longest, shuffled = [], []
    for item in unit.items:
        [key] = item.key
        text = item.options[key] + " และแจ้งผู้เกี่ยวข้องให้ทราบเป็นลายลักษณ์อักษร"
        longest.append(item.model_copy(update={"options": {**item.options, key: text}}))
        shuffled.append(item.model_copy(update={"key": (chance.choice([*item.options]),)}))
    guessed = measure(look_of(longest))
    assert (guessed.share or 0) > 0.9
    assert habit(guessed, "longest") > 0.9
    told = advice(guessed.worst[0])
    assert "the key is the longest option" in told or "joining words" in told
    assert not measure(look_of(shuffled)).more_than_chance


def test_several_keys_count_as_found_where_one_of_them_is() -> None:
    items = bank(120, 6, ENGLISH, (5,), n_keys=2)
    guessed = found(items)
    assert guessed.chance == pytest.approx(0.4)
    assert not guessed.more_than_chance
    assert share(planted(items, lambda one, text: f"may {text}", 1)) > 0.95


def test_too_few_items_say_nothing_but_that() -> None:
    guessed = found(planted(bank(59), PLANTED["longest"]))
    assert (guessed.share, guessed.p, guessed.more_than_chance) == (None, None, False)
    assert summary(guessed) == (
        "59 items are too few to say how well their keys can be guessed: 60 are needed"
    )
    assert as_json(guessed)["found"] is None
    nothing = measure(look([]))
    assert (nothing.n_items, as_json(nothing)["chance"]) == (0, None)
    assert "no item" in summary(nothing)


def test_letters_of_options_make_no_difference_and_texts_without_any_are_read(root: Path) -> None:
    unit, _ = load_unit(root / "item_bank" / "DG-TWRT-007")
    assert unit is not None
    other = []
    for item in unit.items:
        names = dict(zip(item.options, "wxyz", strict=True))
        options = {names[name]: text for name, text in item.options.items()}
        other.append(item.model_copy(update={"options": options, "key": tuple(names[k] for k in item.key)}))
    assert as_json(measure(look_of(other))) == as_json(measure(look_of(unit.items)))
    odd = [PresentedItem(f"i{n}", "c", "", ("", " ", "x")[: 2 + n % 2], frozenset({0})) for n in range(80)]
    assert share(odd) > 0.9  # always the first


def test_an_option_that_stands_at_one_place_too_often_is_found() -> None:
    items = [one._replace(keys=frozenset({2})) if n % 2 else one for n, one in enumerate(bank(160, 7))]
    guessed = found(items)
    assert guessed.groups[0].name == "place"
    assert guessed.more_than_chance


# ── figures against plain loops ──────────────────────────────────────────────────────────────


def _height(rows: list[list[list[float]]], keys: list[set[int]], at: list[float], penalty: float) -> float:
    total = -penalty * sum(b * b for b in at) / 2
    for options, right in zip(rows, keys, strict=True):
        worth = [math.exp(sum(b * x for b, x in zip(at, option, strict=True))) for option in options]
        total += sum(math.log(worth[k] / sum(worth)) for k in right) / len(right)
    return total


def test_the_model_stands_at_the_top_of_the_likelihood() -> None:
    items = bank(60, 8, ENGLISH, (3, 4, 5), n_keys=2)
    looks = look(items)
    table, there = cues(looks)
    right = in_places(looks, there, looks.right)
    model = fit(table, there, right / right.sum(1, keepdims=True), 2.0)
    rows = [table[n, there[n]].tolist() for n in range(len(items))]
    keys = [set(one.keys) for one in items]
    top = _height(rows, keys, model.tolist(), 2.0)
    for cue in range(len(CUES)):
        for step in (-0.01, 0.01):
            aside = [b + step * (n == cue) for n, b in enumerate(model.tolist())]
            assert _height(rows, keys, aside, 2.0) < top


def test_each_fold_is_judged_by_a_model_of_the_others() -> None:
    looks = look(bank(90, 9))
    table, there = cues(looks)
    weight = in_places(looks, there, looks.right).astype(float)
    folds = folds_of(looks.criteria)
    assert folds.tolist() == [n % 6 for n in range(90)]
    believed, models = without_each(table, there, weight, folds)
    inside = folds == 4
    alone = fit(table[~inside], there[~inside], weight[~inside])
    assert np.allclose(models[4], alone, atol=1e-4)
    assert np.allclose(believed.sum(1), 1)
    assert folds_of(["a"] * 15 + ["b"] * 15).tolist() == [n % 10 for n in range(30)]
    assert len(set(folds_of([f"c{n}" for n in range(70)]).tolist())) == 20


def test_a_step_finds_of_shuffled_keys_what_the_whole_fit_finds() -> None:
    looks = look(bank(150, 10))
    table, there = cues(looks)
    weight = in_places(looks, there, looks.right).astype(float)
    folds = folds_of(looks.criteria)
    chance = np.random.default_rng(0)
    shuffled = np.stack(
        [np.take_along_axis(weight, chance.random(weight.shape).argsort(1), 1) for _ in range(12)]
    )
    step = FirstSteps(table, there, folds)(shuffled)
    whole = [without_each(table, there, keys, folds)[0] for keys in shuffled]
    hits = [
        [float((extreme(one, there) * keys).sum()) for one, keys in zip(found, shuffled, strict=True)]
        for found in (step, whole)
    ]
    assert np.corrcoef(hits[0], hits[1])[0, 1] > 0.8
    assert np.mean(hits[0]) == pytest.approx(np.mean(hits[1]), abs=3)


def test_habits_are_those_of_plain_counting() -> None:
    items = bank(80, 11, ENGLISH, (3, 4, 5))
    guessed = found(items)
    hits, spread = 0.0, 0.0
    for one in items:
        sizes = [len(text) for text in one.options]
        top = [k for k, size in enumerate(sizes) if size == min(sizes)]
        hits += sum(k in one.keys for k in top) / len(top)
        k, t = len(sizes), len(top)
        spread += (1 / k) * (1 - 1 / k) * (k - t) / (k - 1) / t
    expected = sum(1 / len(one.options) for one in items)
    [shortest] = [one for one in guessed.habits if one.name == "shortest"]
    assert shortest.share == pytest.approx(hits / len(items))
    assert shortest.z == pytest.approx((hits - expected) / math.sqrt(spread))


def test_a_number_between_the_others_is_a_habit() -> None:
    """Authors set lures on both sides of the right number; here one of the two is the key."""
    options = ("1,200 บาท", "80 บาท", "300 บาท", "950 บาท")
    of_four = [PresentedItem(f"i{n}", "c", "ข้อใด", options, frozenset({2 + n % 2})) for n in range(10)]
    assert habit(found(of_four), "number in the middle") == 0.5
    none = PresentedItem("j", "c", "ข้อใด", ("80 บาท", "1200", "ไม่มี", "300"), frozenset({3}))
    assert habit(found([none]), "number in the middle") == 0.25, "nothing is said where one has no number"
    same = PresentedItem("k", "c", "ข้อใด", ("80 บาท", "300 บาท", "300 คน", "900"), frozenset({1}))
    assert habit(found([same]), "number in the middle") == 0.25


def test_length_is_what_takes_room_on_the_line() -> None:
    looks = look([PresentedItem("i", "c", "ข้อใด", ("ที่นี่", "นา", "กำ", "abc"), frozenset({0}))])
    assert looks.seen[:, 0].tolist() == [2, 2, 2, 3]


def test_units_together_are_as_one_table() -> None:
    items = bank(70, 12)
    parts = together([look(items[:30]), look(items[30:])])
    assert np.array_equal(parts.seen, look(items).seen)
    assert places(parts).shape == (70, 4)


# ── the rule ─────────────────────────────────────────────────────────────────────────────────


def _shelf_data(items: Sequence[PresentedItem]) -> list[dict[str, object]]:
    return [
        {
            "id": one.item,
            "stem": one.stem,
            "options": dict(zip("abcdef", one.options, strict=False)),
            "key": ["abcdef"[k] for k in sorted(one.keys)],
        }
        for one in items
    ]


def test_the_rule_warns_of_a_unit_above_its_limit_and_of_no_other() -> None:
    read, _ = read_settings(None)
    flawed = planted(bank(80, 13), PLANTED["longest"])
    [problem] = judge([unit_draft_of(_shelf_data(flawed))], read, ["guessable"]).problems
    assert (problem.code, problem.severity, problem.item) == ("guessable", "warning", None)
    assert "most is told by length" in problem.message
    assert judge([unit_draft_of(_shelf_data(bank(80, 13)))], read, ["guessable"]).problems == []
    assert judge([unit_draft_of(_shelf_data(flawed[:50]))], read, ["guessable"]).problems == []


# ── wording ──────────────────────────────────────────────────────────────────────────────────


def test_a_word_of_the_keys_is_found_and_named_and_none_where_keys_are_shuffled() -> None:
    data = _shelf_data(bank(64, 14, ENGLISH))
    items = [one.item for one in unit_draft_of(data).found]
    sound = worded(items)
    assert (sound.p or 0) >= 0.05
    lot = random.Random(15)
    flawed = []
    for item in items:
        # one word in each option; in the key nearly always the same
        said = {
            name: f"{lot.choice(['banana', 'mango', 'lemon'])} {text}" for name, text in item.options.items()
        }
        [key] = item.key
        said[key] = f"{lot.choice(['durian'] * 3 + ['lemon'])} {item.options[key]}"
        flawed.append(item.model_copy(update={"options": said}))
    found = worded(flawed)
    assert (found.share or 0) > 0.6
    assert found.p == pytest.approx(1 / 201)
    assert found.words[0].word == "durian"
    assert found.words[0].keys == found.words[0].items
    assert found.words[0].expected == pytest.approx(found.words[0].items / 4)
    assert worded(flawed[:59]) == Worded(None, None, None, None, ())
